//! Which nodes have room for a pod, and how well it would fill them: resources, ports, the number of pods.
//!
//! It changes on the node to which a pod comes or from which it goes, and nowhere else.

use super::bits::Bits;
use super::census::Census;
use crate::cluster::NodeInfo;
use crate::objects::{HostPort, Pod, Requests, Resources};
use crate::plugins::node_ports::conflict;
use crate::plugins::node_resources_fit::{amount, has_room};
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What pods must have in common to need the same room.
#[derive(PartialEq)]
pub(super) struct RoomKey<'p> {
    requests: &'p Requests,
    host_ports: &'p [HostPort],
}

impl Hash for RoomKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.requests.asked.milli_cpu, self.requests.asked.memory, self.requests.counted_cpu).hash(state);
        self.host_ports.len().hash(state);
    }
}

impl<'p> RoomKey<'p> {
    pub(super) fn of(pod: &'p Pod) -> RoomKey<'p> {
        RoomKey { requests: &pod.requests, host_ports: &pod.host_ports }
    }
}

/// Which of the plugins that look at room the profile asks, and what their scores weigh.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    ports: bool,
    fit: bool,
    fit_weight: Option<i64>,
    balance_weight: Option<i64>,
}

impl Asked {
    pub(super) fn by(profile: &Profile) -> Asked {
        let spec = profile.spec();
        Asked {
            ports: spec.asks(PluginName::NodePorts, Point::Filter),
            fit: spec.asks(PluginName::NodeResourcesFit, Point::Filter),
            fit_weight: spec.score_weight(PluginName::NodeResourcesFit),
            balance_weight: spec.score_weight(PluginName::NodeResourcesBalancedAllocation),
        }
    }
}

/// What a class has seen of what happened.
#[derive(Clone, Copy)]
struct Seen {
    epoch: u64,
    changes: u64,
    moves: u64,
}

/// The room for pods of a class.
pub(super) struct Room {
    pub(super) pod: Arc<Pod>,
    asked: Asked,
    /// What is filtered by, once ignored resources are left out.
    needs: Resources,
    seen: Option<Seen>,
    /// The rows with room.
    pub(super) fits: Bits,
    /// Weighted scores by row.
    pub(super) scores: Vec<i64>,
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
}

impl Room {
    pub(super) fn new(pod: Arc<Pod>, profile: &Profile) -> Room {
        let needs = profile.spec().args.node_resources_fit.filtered(&pod.requests.asked);
        Room {
            pod,
            asked: Asked::by(profile),
            needs,
            seen: None,
            fits: Bits::default(),
            scores: Vec::new(),
            used: 0,
        }
    }

    /// Looks again at the nodes that changed, and on which pods came or went, since it was last asked; at all of them if that is
    /// less.
    pub(super) fn refresh(&mut self, profile: &Profile, census: &Census) {
        let now = Seen { epoch: census.epoch, changes: census.changes.end(), moves: census.moves.end() };
        let seen = self.seen.replace(now).filter(|seen| seen.epoch == now.epoch);
        let since =
            seen.and_then(|seen| census.changes.since(seen.changes).zip(census.moves.since(seen.moves)));
        let rows = census.rows.len();
        self.scores.resize(rows as usize, 0);
        match since {
            Some((changed, moves)) if changed.len() + moves.len() < rows as usize => {
                for row in changed.iter().copied().chain(moves.iter().map(|moved| moved.row)) {
                    self.look_at(profile, census, row);
                }
            }
            _ => {
                self.fits = Bits::default();
                (0..rows).for_each(|row| self.look_at(profile, census, row));
            }
        }
    }

    fn look_at(&mut self, profile: &Profile, census: &Census, row: u32) {
        let node = census.node(row).filter(|node| self.fits(node, &node.requested, &[]));
        self.fits.set(row, node.is_some());
        self.scores[row as usize] = node.map_or(0, |node| self.score(profile, node));
    }

    /// Whether there would be room on a node with some pods more.
    pub(super) fn fits_beside(&self, node: &NodeInfo, waiting: &[&Pod]) -> bool {
        let mut requested = node.requested.clone();
        for pod in waiting {
            requested.add(&pod.requests.asked, 1);
        }
        self.fits(node, &requested, waiting)
    }

    fn fits(&self, node: &NodeInfo, requested: &Resources, waiting: &[&Pod]) -> bool {
        let pods = node.pods.len() + waiting.len();
        self.has_ports(node, waiting)
            && (!self.asked.fit || has_room(&self.needs, &node.node, requested, pods))
    }

    fn has_ports(&self, node: &NodeInfo, waiting: &[&Pod]) -> bool {
        !self.asked.ports
            || self.pod.host_ports.is_empty()
            || !conflict(
                &self.pod.host_ports,
                node.host_ports().chain(waiting.iter().flat_map(|pod| &pod.host_ports)),
            )
    }

    fn score(&self, profile: &Profile, node: &NodeInfo) -> i64 {
        let args = &profile.spec().args;
        let requests = &self.pod.requests;
        let mut score = 0;
        if let Some(weight) = self.asked.fit_weight {
            let counted = (node.counted_cpu, node.counted_memory);
            let fit = &args.node_resources_fit;
            let amounts =
                fit.resources.iter().map(|r| amount(node, &r.name, requests.scored.get(&r.name), counted));
            score += weight * fit.score(amounts);
        }
        if let Some(weight) = self.asked.balance_weight {
            let balance = &args.node_resources_balanced_allocation;
            if balance.concerns(&requests.asked) {
                score += weight * balance.score(node, &requests.asked, profile.version());
            }
        }
        score
    }
}

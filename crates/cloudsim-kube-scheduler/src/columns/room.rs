//! Which nodes have room for a pod, and how well it would fill them: resources, ports, the number of pods.
//!
//! It changes on the node to which a pod comes or from which it goes, and nowhere else.

use super::bits::Bits;
use super::log::Log;
use crate::cluster::{Cluster, NodeInfo};
use crate::objects::{HostPort, Pod, Requests, Resources};
use crate::plugins::node_ports::conflict;
use crate::plugins::node_resources_fit::{amount, lacking};
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

/// The room for pods of a class.
pub(super) struct Room {
    pub(super) pod: Arc<Pod>,
    asked: Asked,
    /// What is filtered by, once ignored resources are left out.
    needs: Resources,
    seen: Option<(u64, u64)>,
    /// The slots with room.
    pub(super) fits: Bits,
    /// Weighted scores by slot.
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

    /// Looks again at the nodes on which pods came or went since it was last asked; at all of them if nodes changed.
    pub(super) fn refresh(&mut self, profile: &Profile, cluster: &Cluster, log: &Log, nodes_version: u64) {
        let slots = cluster.nodes().len();
        let since =
            self.seen.filter(|seen| seen.0 == nodes_version).and_then(|(_, position)| log.since(position));
        match since {
            Some(moves) if moves.len() < slots => {
                for moved in moves {
                    self.look_at(profile, cluster, moved.slot as usize);
                }
            }
            _ => {
                self.fits = Bits::none(slots);
                self.scores.clear();
                self.scores.resize(slots, 0);
                for slot in 0..slots {
                    self.look_at(profile, cluster, slot);
                }
            }
        }
        self.seen = Some((nodes_version, log.end()));
    }

    fn look_at(&mut self, profile: &Profile, cluster: &Cluster, slot: usize) {
        let node = &cluster.nodes()[slot];
        let fits = self.has_ports(node)
            && (!self.asked.fit
                || lacking(&self.needs, &node.node, &node.requested, node.pods.len()).is_ok());
        self.fits.set(slot, fits);
        self.scores[slot] = if fits { self.score(profile, node) } else { 0 };
    }

    fn has_ports(&self, node: &NodeInfo) -> bool {
        !self.asked.ports
            || self.pod.host_ports.is_empty()
            || !conflict(&self.pod.host_ports, node.host_ports())
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

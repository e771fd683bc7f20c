//! The decision for one pod, from the columns.

use super::peers::{Around, AskedOfPeers, View};
use super::room::{Room, RoomKey};
use super::suitability::{Suitability, SuitabilityKey};
use super::topology::Topology;
use super::{Buffers, Placed, Placer, number};
use crate::cycle::{Search, totals};
use crate::framework::{Choice, Diagnosis};
use crate::numbers::{double, truncated};
use crate::objects::Pod;
use crate::plugins::pod_topology_spread::{count_score, weight};
use crate::plugins::{PluginName, inter_pod_affinity, normalize};
use std::sync::Arc;

/// The classes of a pod.
#[derive(Clone, Copy)]
struct ClassesOf {
    suitability: u32,
    room: u32,
    peer: u32,
}

impl Placer {
    /// Decides where a pod goes; it does not put it there.
    pub fn place(&mut self, pod: &Pod, search: Search, choice: &mut Choice<'_>) -> Placed {
        self.decisions += 1;
        if !self.in_columns(pod) {
            return self.place_plainly(pod, search, choice);
        }
        self.settle();
        let classes = self.classes_of(pod);
        let looked_at = self.filter(classes, search);
        let feasible = self.last.feasible.len();
        if feasible == 0 {
            return Placed { feasible, looked_at, slot: None, total: None };
        }
        if feasible == 1 {
            return Placed { feasible, looked_at, slot: Some(self.last.feasible[0] as usize), total: None };
        }
        self.score(classes);
        let (slot, total) = self.last.choose(search == Search::default(), choice);
        Placed { feasible, looked_at, slot: Some(slot), total: Some(total) }
    }

    /// The slots that were feasible for the pod that was decided last, in the order in which they were looked at, and their
    /// totals if more than one was.
    #[must_use]
    pub fn last_scores(&self) -> (&[u32], &[i64]) {
        (&self.last.feasible, &self.last.totals)
    }

    /// The slots with the highest total of the last decision, by name.
    #[must_use]
    pub fn last_best(&self) -> &[u32] {
        if self.last.feasible.len() == 1 { &self.last.feasible } else { &self.last.best }
    }

    /// Whether columns are enough to decide about a pod.
    fn in_columns(&self, pod: &Pod) -> bool {
        pod.node_name.is_none()
            && pod.nominated_node.is_none()
            && pod.resource_claims.is_empty()
            && pod.volumes.is_empty()
            && !self.cluster.has_nominated()
    }

    fn place_plainly(&mut self, pod: &Pod, search: Search, choice: &mut Choice<'_>) -> Placed {
        let filtered = self.profile.filter(&self.cluster, pod, search);
        let scores = self.profile.score(&self.cluster, pod, &filtered.feasible);
        let last = &mut self.last;
        last.feasible.clear();
        let slots = filtered.feasible.iter().filter_map(|node| self.cluster.slot(node.name()));
        last.feasible.extend(slots.map(number));
        last.totals = totals(last.feasible.len(), &scores);
        let looked_at = filtered.looked_at;
        let feasible = last.feasible.len();
        if feasible == 0 {
            return Placed { feasible, looked_at, slot: None, total: None };
        }
        let (slot, total) = last.choose(false, choice);
        Placed { feasible, looked_at, slot: Some(slot), total: (feasible > 1).then_some(total) }
    }

    /// The classes of a pod, each up to date.
    fn classes_of(&mut self, pod: &Pod) -> ClassesOf {
        self.sweep();
        let key = SuitabilityKey::of(pod);
        let is = |class: &Suitability| SuitabilityKey::of(&class.pod) == key;
        let suitability = self.suitabilities.find(&key, is, || Suitability::new(Arc::new(pod.clone())));
        let of = self.suitabilities.get_mut(suitability);
        of.used = self.decisions;
        of.refresh(&self.profile, &self.cluster, self.nodes_version);

        let key = RoomKey::of(pod);
        let is = |class: &Room| RoomKey::of(&class.pod) == key;
        let room = self.rooms.find(&key, is, || Room::new(Arc::new(pod.clone()), &self.profile));
        let of = self.rooms.get_mut(room);
        of.used = self.decisions;
        of.refresh(&self.profile, &self.cluster, &self.log, self.nodes_version);

        let peer = self.peer(pod);
        let mut of = self.peers.take(peer);
        of.used = self.decisions;
        let mut around = Around {
            profile: &self.profile,
            cluster: &self.cluster,
            topology: &mut self.topology,
            log: &self.log,
            version: self.version,
        };
        let view = of.view.take();
        of.view = Some(View::refresh(view, &of.pod, (peer, &of.on), &mut around, &self.peers));
        self.peers.put(peer, of);
        ClassesOf { suitability, room, peer }
    }

    /// Finds the feasible slots. Returns how many were looked at.
    fn filter(&mut self, classes: ClassesOf, search: Search) -> usize {
        let suitability = self.suitabilities.get(classes.suitability);
        let room = self.rooms.get(classes.room);
        let view = self.peers.get(classes.peer).view.as_ref().expect("it was made just now");
        let last = &mut self.last;
        last.feasible.clear();
        if suitability.rejected.is_some() {
            return 0;
        }
        view.limits(&mut last.limits);
        let (limits, feasible, topology) = (&last.limits, &mut last.feasible, &self.topology);
        let wanted = |slot: u32| suitability.wanted.as_ref().is_none_or(|wanted| wanted.get(slot as usize));
        let listed = match suitability.wanted {
            Some(_) => self.order.iter().filter(|slot| wanted(**slot)).count(),
            None => self.cluster.len(),
        };
        if search == Search::default() {
            suitability.suits.for_each_common(&room.fits, |slot| feasible.push(slot));
            if view.filters() {
                view.retain_allowed(limits, topology, feasible);
            }
            return listed;
        }
        let enough = search.enough.of(listed);
        let mut looked_at = 0;
        let start = search.start.checked_rem(listed).unwrap_or(0);
        // The search goes round the list of those that are wanted.
        let first = self
            .order
            .iter()
            .enumerate()
            .filter(|(_, slot)| wanted(**slot))
            .nth(start)
            .map_or(0, |(at, _)| at);
        let (before, after) = self.order.split_at(first);
        let one = &mut last.one;
        let mut peers_allow = |slot: u32| {
            one.clear();
            one.push(slot);
            view.retain_allowed(limits, topology, one);
            !one.is_empty()
        };
        let peers_filter = view.filters();
        for &slot in after.iter().chain(before).filter(|slot| wanted(**slot)) {
            if feasible.len() >= enough {
                break;
            }
            looked_at += 1;
            let at = slot as usize;
            if suitability.suits.get(at) && room.fits.get(at) && (!peers_filter || peers_allow(slot)) {
                feasible.push(slot);
            }
        }
        looked_at
    }

    /// Totals of the feasible slots.
    fn score(&mut self, classes: ClassesOf) {
        let suitability = self.suitabilities.get(classes.suitability);
        let room = self.rooms.get(classes.room);
        let view = self.peers.get(classes.peer).view.as_ref().expect("it was made just now");
        let last = &mut self.last;
        last.totals.clear();
        last.totals.extend(last.feasible.iter().map(|slot| room.scores[*slot as usize] + suitability.flat));
        for of_plugin in &suitability.scores {
            last.raw.clear();
            last.raw.extend(last.feasible.iter().map(|slot| of_plugin.raw[*slot as usize]));
            match of_plugin.plugin {
                PluginName::TaintToleration => normalize::least_is_best(&mut last.raw),
                PluginName::NodeAffinity => normalize::most_is_best(&mut last.raw),
                _ => {}
            }
            last.add(self.profile.spec().weight(of_plugin.plugin));
        }
        let asked = AskedOfPeers::by(&self.profile);
        if let Some(weight) = asked.spread_weight
            && !view.soft.is_empty()
        {
            last.score_spread(view, &self.topology);
            last.add(weight);
        }
        if let Some(weight) = asked.affinity_weight
            && view.has_preferences()
        {
            view.preferences(&self.topology, &last.feasible, &mut last.raw);
            let worst = last.raw.iter().copied().min().unwrap_or(0);
            let apart = last.raw.iter().copied().max().unwrap_or(0) - worst;
            for raw in &mut last.raw {
                *raw = inter_pod_affinity::normalized(*raw, worst, apart);
            }
            last.add(weight);
        }
    }

    /// Why the pod that was decided last fits nowhere.
    #[must_use]
    pub fn diagnosis(&self, pod: &Pod) -> Diagnosis {
        self.profile.filter(&self.cluster, pod, Search::default()).diagnosis
    }
}

impl Buffers {
    /// One of the slots with the highest total, and that total. At least one slot is feasible; slots are in the order of
    /// names, the feasible ones only if they were found `in_order`.
    fn choose(&mut self, in_order: bool, choice: &mut Choice<'_>) -> (usize, i64) {
        let greatest = *self.totals.iter().max().expect("nodes are feasible");
        self.best.clear();
        let nodes = self.feasible.iter().zip(&self.totals);
        self.best.extend(nodes.filter(|(_, total)| **total == greatest).map(|(slot, _)| *slot));
        if !in_order {
            self.best.sort_unstable();
        }
        (self.best[choice.pick(self.best.len())] as usize, greatest)
    }

    /// Adds the raw scores, weighted, to the totals.
    fn add(&mut self, weight: i64) {
        for (total, raw) in self.totals.iter_mut().zip(&self.raw) {
            *total += weight * raw;
        }
    }

    /// The normalized score of the soft spread constraints, into `raw`.
    fn score_spread(&mut self, view: &View, topology: &Topology) {
        let scored = |slot: u32| view.soft_on.as_ref().is_none_or(|on| on.get(slot as usize));
        let hosts = self.feasible.iter().filter(|slot| scored(**slot)).count();
        self.weights.clear();
        for soft in &view.soft {
            let domains = if soft.per_host {
                hosts
            } else {
                // A node without the key stands for one domain more.
                let nowhere = topology.nowhere(soft.key);
                if self.seen.len() <= nowhere {
                    self.seen.resize(nowhere + 1, 0);
                }
                self.stamp += 1;
                let mut domains = 0;
                let of = topology.domains(soft.key);
                for slot in self.feasible.iter().filter(|slot| scored(**slot)) {
                    let domain = of[*slot as usize] as usize;
                    domains += usize::from(self.seen[domain] != self.stamp);
                    self.seen[domain] = self.stamp;
                }
                domains
            };
            self.weights.push(weight(domains));
        }
        self.sums.clear();
        self.sums.resize(self.feasible.len(), 0.0);
        for (soft, weight) in view.soft.iter().zip(&self.weights) {
            let count = view.soft_counts(soft, topology);
            for (sum, slot) in self.sums.iter_mut().zip(&self.feasible) {
                if let Some(count) = count(*slot) {
                    *sum += count_score(count, soft.max_skew, *weight);
                }
            }
        }
        self.raw.clear();
        self.raw.extend(self.sums.iter().map(|sum| rounded(*sum)));
        let (mut least, mut greatest) = (i64::MAX, 0);
        for (raw, slot) in self.raw.iter_mut().zip(&self.feasible) {
            if scored(*slot) {
                least = least.min(*raw);
                greatest = greatest.max(*raw);
            } else {
                *raw = -1;
            }
        }
        for raw in &mut self.raw {
            *raw = match (*raw, greatest) {
                (-1, _) => 0,
                (_, 0) => normalize::MAX,
                (raw, _) => divided(normalize::MAX * (greatest + least - raw), greatest),
            };
        }
    }
}

/// Half away from zero, of a number that is not negative: what `f64::round` does, without a call.
fn rounded(x: f64) -> i64 {
    let whole = truncated(x);
    whole + i64::from(x - double(whole) >= 0.5)
}

/// The truncated quotient of two numbers that are not negative; in doubles where they hold it exactly, because that is faster.
fn divided(a: i64, b: i64) -> i64 {
    const EXACT: i64 = 1 << 40;
    // Below 2^40 the quotient is at least 2^-40 away from a whole number that it is not, and doubles are finer than that.
    if a < EXACT && b < EXACT && a / 1024 < b { truncated(double(a) / double(b)) } else { a / b }
}

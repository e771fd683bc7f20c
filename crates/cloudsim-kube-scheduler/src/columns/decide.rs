//! The decision for one pod, from the columns.

use super::bits::Bits;
use super::census::Census;
use super::peers::{Around, View};
use super::room::{Room, RoomKey};
use super::suitability::{Suitability, SuitabilityKey};
use super::topology::Topology;
use super::{Buffers, COLUMNS_KEPT, Columns, Placed};
use crate::cycle::Search;
use crate::framework::Choice;
use crate::numbers::{double, truncated};
use crate::objects::Pod;
use crate::plugins::pod_topology_spread::{count_score, weight};
use crate::plugins::{PluginName, inter_pod_affinity, normalize};
use crate::profile::Profile;
use std::sync::Arc;

/// The classes of a pod.
#[derive(Clone, Copy)]
struct ClassesOf {
    suitability: u32,
    room: u32,
    peer: u32,
}

impl Columns {
    /// Decides where a pod goes; `None` if columns are not enough for it.
    pub(crate) fn place(
        &mut self,
        census: &mut Census,
        profile: &Profile,
        pod: &Pod,
        search: Search,
        choice: &mut Choice<'_>,
    ) -> Option<Placed> {
        if !self.are_enough_for(census, profile, pod) {
            return None;
        }
        census.count_decision();
        self.sweep(census);
        let classes = self.classes_of(census, profile, pod);
        self.last.totals.clear();
        let looked_at = self.filter(census, profile, pod, classes, search);
        let feasible = self.last.feasible.len();
        let slot = |row: u32| census.rows.slot(row);
        let (slot, total) = match *self.last.feasible {
            [] => (None, None),
            [only] => (slot(only), None),
            _ => {
                self.score(census, classes);
                let (row, total) = self.last.choose(census, choice);
                (slot(row), Some(total))
            }
        };
        Some(Placed { feasible, looked_at, slot, total })
    }

    /// Whether columns are enough to decide about a pod.
    fn are_enough_for(&self, census: &Census, profile: &Profile, pod: &Pod) -> bool {
        // By the defaults of the system a zone without a name is the same as none.
        let spreads = &profile.spec().args.pod_topology_spread;
        let names_matter = census.nameless_zones > 0 && !spreads.needs_every_key(pod);
        self.follow_profile
            && !names_matter
            && pod.node_name.is_none()
            && pod.resource_claims.is_empty()
            && pod.volumes.is_empty()
    }

    /// The classes of a pod, each up to date.
    fn classes_of(&mut self, census: &mut Census, profile: &Profile, pod: &Pod) -> ClassesOf {
        let now = census.decisions;
        let key = SuitabilityKey::of(pod);
        let is = |class: &Suitability| SuitabilityKey::of(&class.pod) == key;
        let suitability = self.suitabilities.find(&key, is, || Suitability::new(Arc::new(pod.clone())));
        let of = self.suitabilities.get_mut(suitability);
        of.used = now;
        of.refresh(profile, census);

        let key = RoomKey::of(pod);
        let is = |class: &Room| RoomKey::of(&class.pod) == key;
        let room = self.rooms.find(&key, is, || Room::new(Arc::new(pod.clone()), profile));
        let of = self.rooms.get_mut(room);
        of.used = now;
        of.refresh(profile, census);

        let peer = census.peer(pod);
        census.peers.get_mut(peer).used = now;
        let at = peer as usize;
        if self.views.len() <= at {
            self.views.resize_with(at + 1, || None);
        }
        let mut view =
            View::refresh(self.views[at].take(), peer, &mut Around::of(census, profile, self.asked));
        view.used = now;
        self.views[at] = Some(view);
        ClassesOf { suitability, room, peer }
    }

    /// Forgets, now and then, the columns of classes that were not asked about for long.
    fn sweep(&mut self, census: &Census) {
        if census.decisions - self.swept < COLUMNS_KEPT {
            return;
        }
        let old = self.swept;
        self.swept = census.decisions;
        self.suitabilities.retain(|class| class.used >= old);
        self.rooms.retain(|class| class.used >= old);
        for view in self.views.iter_mut().filter(|view| view.as_ref().is_some_and(|view| view.used < old)) {
            *view = None;
        }
    }

    fn view(&self, classes: ClassesOf) -> &View {
        self.views[classes.peer as usize].as_ref().expect("it was made just now")
    }

    /// Finds the feasible rows. Returns how many were looked at.
    fn filter(
        &mut self,
        census: &mut Census,
        profile: &Profile,
        pod: &Pod,
        classes: ClassesOf,
        search: Search,
    ) -> usize {
        let mut last = std::mem::take(&mut self.last);
        let looked_at = self.filter_into(&mut last, census, profile, pod, classes, search);
        self.last = last;
        looked_at
    }

    fn filter_into(
        &self,
        last: &mut Buffers,
        census: &mut Census,
        profile: &Profile,
        pod: &Pod,
        classes: ClassesOf,
        search: Search,
    ) -> usize {
        let suitability = self.suitabilities.get(classes.suitability);
        let room = self.rooms.get(classes.room);
        let view = self.view(classes);
        last.feasible.clear();
        last.in_order = false;
        if suitability.rejected {
            return 0;
        }
        view.limits(&mut last.limits);
        last.find_crowded(census, profile, pod, (suitability, room, view));
        let mut rejected_first = None;
        if let Some(slot) = pod.nominated_node.as_ref().and_then(|name| census.cluster().slot(name)) {
            let row = census.rows.row(slot);
            if last.is_feasible(row, (suitability, room, view), &census.topology) {
                last.feasible.push(row);
                return 0;
            }
            rejected_first = Some(row);
        }
        let wanted = |row: u32| suitability.wanted.as_ref().is_none_or(|wanted| wanted.get(row));
        let listed = suitability.wanted.as_ref().map_or(census.cluster().len(), Bits::count);
        let enough = search.enough.of(listed);
        if enough >= listed {
            last.in_order = census.rows.in_order();
            suitability.suits.for_each_common(&room.fits, |row| last.feasible.push(row));
            if view.filters() {
                view.retain_allowed(&last.limits, &census.topology, &mut last.feasible);
            }
            if !last.crowded.is_empty() {
                let crowded = &last.crowded;
                last.feasible.retain(|row| crowded.binary_search(row).is_err());
            }
            // A node that was rejected before the search is looked at once all the same.
            return listed + usize::from(rejected_first.is_some_and(|row| !wanted(row)));
        }
        census.settle_order();
        let order = census.order();
        let start = search.start % listed;
        // The search goes round the list of those that are wanted.
        let first = if suitability.wanted.is_none() {
            start
        } else {
            let mut listed = order.iter().enumerate().filter(|(_, row)| wanted(**row));
            listed.nth(start).map_or(0, |(at, _)| at)
        };
        let (before, after) = order.split_at(first);
        // Most pods and clusters have nothing to ask beyond the two sets.
        let sets_decide = !view.filters() && last.crowded.is_empty();
        let mut looked_at = 0;
        for &row in after.iter().chain(before).filter(|row| wanted(**row)) {
            if last.feasible.len() >= enough {
                break;
            }
            looked_at += 1;
            rejected_first = rejected_first.filter(|rejected| *rejected != row);
            let is_feasible = if sets_decide {
                suitability.suits.get(row) && room.fits.get(row)
            } else {
                last.is_feasible(row, (suitability, room, view), &census.topology)
            };
            if is_feasible {
                last.feasible.push(row);
            }
        }
        looked_at + usize::from(rejected_first.is_some())
    }

    /// Totals of the feasible rows.
    fn score(&mut self, census: &Census, classes: ClassesOf) {
        let suitability = self.suitabilities.get(classes.suitability);
        let room = self.rooms.get(classes.room);
        let view = self.views[classes.peer as usize].as_ref().expect("it was made just now");
        let topology = &census.topology;
        let last = &mut self.last;
        let flat: i64 = suitability.scores.iter().filter(|of| of.nonzero == 0).map(|of| of.flat).sum();
        last.totals.clear();
        last.totals.extend(last.feasible.iter().map(|row| room.scores[*row as usize] + flat));
        for of_plugin in suitability.scores.iter().filter(|of| of.nonzero > 0) {
            last.raw.clear();
            last.raw.extend(last.feasible.iter().map(|row| of_plugin.raw[*row as usize]));
            match of_plugin.plugin {
                PluginName::TaintToleration => normalize::least_is_best(&mut last.raw),
                PluginName::NodeAffinity => normalize::most_is_best(&mut last.raw),
                _ => {}
            }
            last.add(of_plugin.weight);
        }
        let asked = self.asked;
        if let Some(weight) = asked.spread_weight
            && !view.soft.is_empty()
        {
            last.score_spread(view, topology);
            last.add(weight);
        }
        if let Some(weight) = asked.affinity_weight
            && view.has_preferences()
        {
            view.preferences(topology, &last.feasible, &mut last.raw);
            let worst = last.raw.iter().copied().min().unwrap_or(0);
            let apart = last.raw.iter().copied().max().unwrap_or(0) - worst;
            for raw in &mut last.raw {
                *raw = inter_pod_affinity::normalized(*raw, worst, apart);
            }
            last.add(weight);
        }
    }
}

/// What the classes of a pod say.
type Said<'c> = (&'c Suitability, &'c Room, &'c View);

impl Buffers {
    /// Whether one row is feasible.
    fn is_feasible(&mut self, row: u32, said: Said<'_>, topology: &Topology) -> bool {
        self.would_be_feasible(row, said, topology) && self.crowded.binary_search(&row).is_err()
    }

    /// The same, if nobody waited for room there.
    fn would_be_feasible(
        &mut self,
        row: u32,
        (suitability, room, view): Said<'_>,
        topology: &Topology,
    ) -> bool {
        if !(suitability.suits.get(row) && room.fits.get(row)) {
            return false;
        }
        if view.filters() {
            self.one.clear();
            self.one.push(row);
            view.retain_allowed(&self.limits, topology, &mut self.one);
            return !self.one.is_empty();
        }
        true
    }

    /// Finds the rows that would be feasible but for the pods that wait for room there and are no less important.
    fn find_crowded(&mut self, census: &Census, profile: &Profile, pod: &Pod, said: Said<'_>) {
        self.crowded.clear();
        let cycle = profile.cycle(census.cluster(), pod);
        let mut plain = None;
        let (_, room, view) = said;
        for (name, waiting) in census.cluster().all_nominated() {
            if !waiting.iter().any(|waiting| cycle.minds(waiting)) {
                continue;
            }
            let Some(slot) = census.cluster().slot(name) else { continue };
            let row = census.rows.row(slot);
            if !self.would_be_feasible(row, said, &census.topology) {
                continue;
            }
            let node = &census.cluster().nodes()[slot];
            let waiting: Vec<&Pod> =
                waiting.iter().map(|pod| &**pod).filter(|pod| cycle.minds(pod)).collect();
            let is_feasible = if view.filters() || waiting.iter().any(|pod| !pod.anti_affinity.is_empty()) {
                // What they mean to the pod is asked of the plugins.
                let state = plain.get_or_insert_with(|| profile.pre_filter(&cycle));
                state.as_ref().is_ok_and(|(state, _)| state.filter_with_nominated(&cycle, node).is_ok())
            } else {
                room.fits_beside(node, &waiting)
            };
            if !is_feasible {
                self.crowded.push(row);
            }
        }
        self.crowded.sort_unstable();
    }

    /// One of the rows with the highest total, and that total. At least one row is feasible.
    pub(super) fn choose(&mut self, census: &Census, choice: &mut Choice<'_>) -> (u32, i64) {
        let greatest = *self.totals.iter().max().expect("nodes are feasible");
        self.best.clear();
        let nodes = self.feasible.iter().zip(&self.totals);
        self.best.extend(nodes.filter(|(_, total)| **total == greatest).map(|(row, _)| *row));
        let picked = choice.pick(self.best.len());
        if self.in_order {
            return (self.best[picked], greatest);
        }
        (*self.best.select_nth_unstable_by_key(picked, |row| census.rows.slot(*row)).1, greatest)
    }

    /// Adds the raw scores, weighted, to the totals.
    fn add(&mut self, weight: i64) {
        for (total, raw) in self.totals.iter_mut().zip(&self.raw) {
            *total += weight * raw;
        }
    }

    /// The normalized score of the soft spread constraints, into `raw`.
    fn score_spread(&mut self, view: &View, topology: &Topology) {
        let scored = |row: u32| view.soft_on.as_ref().is_none_or(|on| on.get(row));
        let hosts = self.feasible.iter().filter(|row| scored(**row)).count();
        self.weights.clear();
        for soft in &view.soft {
            let domains = if soft.per_host {
                hosts
            } else {
                // A node without the key stands for one domain more.
                if self.seen.len() < topology.count(soft.key) {
                    self.seen.resize(topology.count(soft.key), 0);
                }
                self.stamp += 1;
                let mut domains = 0;
                let of = topology.domains(soft.key);
                for row in self.feasible.iter().filter(|row| scored(**row)) {
                    let domain = of[*row as usize] as usize;
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
            for (sum, row) in self.sums.iter_mut().zip(&self.feasible) {
                if let Some(count) = count(*row) {
                    *sum += count_score(count, soft.max_skew, *weight);
                }
            }
        }
        self.raw.clear();
        self.raw.extend(self.sums.iter().map(|sum| rounded(*sum)));
        let (mut least, mut greatest) = (i64::MAX, 0);
        for (raw, row) in self.raw.iter_mut().zip(&self.feasible) {
            if scored(*row) {
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

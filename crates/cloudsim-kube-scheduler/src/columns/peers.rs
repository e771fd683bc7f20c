//! What the pods that are there mean to a pod: spreading, affinity, anti-affinity.
//!
//! Pods that other pods cannot tell apart are one class. For a class that is to be placed, what one pod of another class means
//! is worked out once ([`Relation`]); from then on each pod that comes or goes adds to or takes from a few counts.

use super::bits::Bits;
use super::classes::Classes;
use super::log::Log;
use super::topology::{KeyId, Topology};
use crate::cluster::Cluster;
use crate::framework::Cycle;
use crate::numbers::count;
use crate::objects::{
    AffinityTerm, Labels, NodeSelector, Owner, Pod, PreferredAffinityTerm, Selector, SpreadConstraint, Text,
    Toleration, Unsatisfiable,
};
use crate::plugins::inter_pod_affinity::prepared;
use crate::plugins::pod_topology_spread::{has_every_key, tainted_domains};
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What pods must have in common to mean the same to others and to see others alike.
#[derive(PartialEq)]
pub(super) struct PeerKey<'p> {
    namespace: &'p Text,
    labels: &'p Labels,
    terminating: bool,
    owner: &'p Option<Owner>,
    spread: &'p [SpreadConstraint],
    affinity: &'p [AffinityTerm],
    anti_affinity: &'p [AffinityTerm],
    preferred_affinity: &'p [PreferredAffinityTerm],
    preferred_anti_affinity: &'p [PreferredAffinityTerm],
    // Which nodes a spread constraint counts on depends on these.
    tolerations: &'p [Toleration],
    node_selector: &'p Option<Selector>,
    required_nodes: &'p Option<NodeSelector>,
}

impl Hash for PeerKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.namespace.hash(state);
        self.labels.hash(state);
        self.owner.hash(state);
    }
}

impl<'p> PeerKey<'p> {
    pub(super) fn of(pod: &'p Pod) -> PeerKey<'p> {
        PeerKey {
            namespace: &pod.namespace,
            labels: &pod.labels,
            terminating: pod.terminating,
            owner: &pod.owner,
            spread: &pod.spread,
            affinity: &pod.affinity,
            anti_affinity: &pod.anti_affinity,
            preferred_affinity: &pod.preferred_affinity,
            preferred_anti_affinity: &pod.preferred_anti_affinity,
            tolerations: &pod.tolerations,
            node_selector: &pod.node_selector,
            required_nodes: &pod.required_nodes,
        }
    }
}

/// A class of pods, as others see it, and what it sees once it is to be placed.
pub(super) struct Peer {
    pub(super) pod: Arc<Pod>,
    /// How many of its pods are on which slots.
    pub(super) on: BTreeMap<u32, u32>,
    pub(super) view: Option<View>,
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
}

impl Peer {
    pub(super) fn new(pod: Arc<Pod>) -> Peer {
        Peer { pod, on: BTreeMap::new(), view: None, used: 0 }
    }

    /// Counts one of its pods more, or less, on a slot.
    pub(super) fn count(&mut self, slot: u32, by: i8) {
        let pods = self.on.entry(slot).or_insert(0);
        *pods = pods.wrapping_add_signed(i32::from(by));
        if *pods == 0 {
            self.on.remove(&slot);
        }
    }

    /// Follows the slots from one on, which move by one: away from it, or onto it.
    pub(super) fn shift(&mut self, from: u32, by: i32) {
        let moved = self.on.split_off(&from);
        self.on.extend(moved.into_iter().map(|(slot, pods)| (slot.wrapping_add_signed(by), pods)));
    }
}

/// One thing that is counted for a class.
struct Counted {
    key: KeyId,
    /// The slots that take part; `None` is all that have the key.
    on: Option<Bits>,
    /// How many pods, or what weight, in each domain; in the last, of nodes without the label, always nothing.
    by_domain: Vec<i64>,
    nowhere: usize,
    /// All of them.
    total: i64,
}

impl Counted {
    fn add(&mut self, topology: &Topology, slot: usize, amount: i64) {
        if self.on.as_ref().is_some_and(|on| !on.get(slot)) {
            return;
        }
        let domain = topology.domains(self.key)[slot] as usize;
        if domain < self.nowhere {
            self.by_domain[domain] += amount;
            self.total += amount;
        }
    }

    fn at(&self, domain: usize) -> i64 {
        self.by_domain[domain]
    }

    /// What is counted in the domain of each slot, and whether it has one.
    fn column<'t>(&'t self, topology: &'t Topology) -> impl Fn(u32) -> Option<i64> + use<'t> {
        let (domains, counts, nowhere) = (topology.domains(self.key), &*self.by_domain, self.nowhere);
        move |slot| {
            let domain = domains[slot as usize] as usize;
            (domain < nowhere).then(|| counts[domain])
        }
    }
}

/// One pod of another class adds `amount` to the thing counted at `counted`.
#[derive(Clone, Copy)]
struct Effect {
    counted: u32,
    amount: i64,
}

/// What one pod of another class means to a class; `None` while it has not been worked out.
type Relation = Option<Box<[Effect]>>;

/// A hard spread constraint.
pub(super) struct Hard {
    counted: usize,
    /// Whether the pod counts itself.
    own: i64,
    max_skew: i64,
    min_domains: i64,
    /// By domain: whether it takes part in the minimum, that is has a node that is counted on and is not left out.
    takes_part: Vec<bool>,
    domains: i64,
}

/// A soft spread constraint.
pub(super) struct Soft {
    counted: usize,
    pub(super) key: KeyId,
    pub(super) max_skew: i32,
    pub(super) per_host: bool,
}

/// What a class sees of the pods that are there.
pub(super) struct View {
    /// Of what state of nodes and listers it is.
    version: u64,
    seen: u64,
    counted: Vec<Counted>,
    relations: Vec<Relation>,
    pub(super) hard: Vec<Hard>,
    pub(super) soft: Vec<Soft>,
    soft_constraints: Vec<SpreadConstraint>,
    /// The slots that the soft constraints score; `None` is all.
    pub(super) soft_on: Option<Bits>,
    /// The affinity terms as they are asked about other pods.
    affinity: Vec<AffinityTerm>,
    anti_affinity: Vec<AffinityTerm>,
    preferred: Vec<(i64, AffinityTerm)>,
    /// Whether the pod matches all of its own affinity terms.
    first_may_come: bool,
    /// Counts of the pods that match all affinity terms, by term.
    with: Vec<usize>,
    /// Counts of the pods that match an anti-affinity term, by term.
    against: Vec<usize>,
    /// Counts of anti-affinity terms of other pods that match it, by key.
    against_it: Vec<usize>,
    /// Weights of preferences, by key.
    preferences: Vec<usize>,
}

/// The plugins that look at other pods, as the profile asks them.
#[derive(Clone, Copy)]
pub(super) struct AskedOfPeers {
    pub(super) filter_spread: bool,
    pub(super) filter_affinity: bool,
    pub(super) spread_weight: Option<i64>,
    pub(super) affinity_weight: Option<i64>,
}

impl AskedOfPeers {
    pub(super) fn by(profile: &Profile) -> AskedOfPeers {
        let spec = profile.spec();
        AskedOfPeers {
            filter_spread: spec.asks(PluginName::PodTopologySpread, Point::Filter),
            filter_affinity: spec.asks(PluginName::InterPodAffinity, Point::Filter),
            spread_weight: spec.score_weight(PluginName::PodTopologySpread),
            affinity_weight: spec.score_weight(PluginName::InterPodAffinity),
        }
    }
}

/// Everything that a view is made of besides the class itself.
pub(super) struct Around<'a> {
    pub(super) profile: &'a Profile,
    pub(super) cluster: &'a Cluster,
    pub(super) topology: &'a mut Topology,
    pub(super) log: &'a Log,
    /// Of the state of nodes and listers.
    pub(super) version: u64,
}

impl View {
    /// The view of a class, up to date. `peers` has all classes but this one; its own pods are `on` their slots.
    pub(super) fn refresh(
        view: Option<View>,
        pod: &Pod,
        (class, on): (u32, &BTreeMap<u32, u32>),
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) -> View {
        let behind = view.filter(|view| view.version == around.version).and_then(|view| {
            let moves = around.log.since(view.seen)?;
            // Counting everything again costs as much as following this many moves.
            (moves.len() < 4 * around.cluster.len() + 1024).then_some(view)
        });
        let Some(mut view) = behind else { return View::new(pod, (class, on), around, peers) };
        let moves = around.log.since(view.seen).expect("it was there just now");
        for moved in moves {
            view.apply(pod, class, moved.peer, moved.slot as usize, i64::from(moved.by), around, peers);
        }
        view.seen = around.log.end();
        view
    }

    fn new(
        pod: &Pod,
        (class, on): (u32, &BTreeMap<u32, u32>),
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) -> View {
        let cluster = around.cluster;
        let cycle = Cycle { cluster, pod, version: around.profile.version() };
        let asked = AskedOfPeers::by(around.profile);
        let spread = &around.profile.spec().args.pod_topology_spread;
        let of_kind = |kind| spread.constraints(cluster, pod, kind);
        let hard = if asked.filter_spread { of_kind(Unsatisfiable::DoNotSchedule) } else { Vec::new() };
        let soft =
            if asked.spread_weight.is_some() { of_kind(Unsatisfiable::ScheduleAnyway) } else { Vec::new() };
        let prepare =
            |terms: &[AffinityTerm]| terms.iter().map(|term| prepared(&cycle, term)).collect::<Vec<_>>();
        let (affinity, anti_affinity) = (prepare(&pod.affinity), prepare(&pod.anti_affinity));
        let weighted = |terms: &[PreferredAffinityTerm], sign: i64| {
            let weighted =
                |p: &PreferredAffinityTerm| (sign * i64::from(p.weight), prepared(&cycle, &p.term));
            terms.iter().map(weighted).collect::<Vec<_>>()
        };
        let mut preferred = weighted(&pod.preferred_affinity, 1);
        preferred.extend(weighted(&pod.preferred_anti_affinity, -1));
        let nameless = Labels::new();
        let mut view = View {
            version: around.version,
            seen: around.log.end(),
            counted: Vec::new(),
            relations: Vec::new(),
            hard: Vec::new(),
            soft: Vec::new(),
            soft_constraints: Vec::new(),
            soft_on: None,
            first_may_come: !affinity.is_empty() && affinity.iter().all(|term| term.matches(pod, &nameless)),
            affinity,
            anti_affinity,
            preferred,
            with: Vec::new(),
            against: Vec::new(),
            against_it: Vec::new(),
            preferences: Vec::new(),
        };
        view.count_hard(&cycle, hard, around);
        view.count_soft(&cycle, soft, spread.needs_every_key(pod), around);
        if asked.filter_affinity {
            for term in 0..view.affinity.len() {
                let counted = view.count(around, &pod.affinity[term].topology_key, None);
                view.with.push(counted);
            }
            for term in 0..view.anti_affinity.len() {
                let counted = view.count(around, &pod.anti_affinity[term].topology_key, None);
                view.against.push(counted);
            }
        } else {
            view.affinity.clear();
            view.anti_affinity.clear();
        }
        view.count_all(pod, (class, on), around, peers);
        view
    }

    fn count(&mut self, around: &mut Around<'_>, key: &Text, on: Option<Bits>) -> usize {
        let key = around.topology.key(around.cluster, key);
        self.count_by(around, key, on)
    }

    fn count_by(&mut self, around: &mut Around<'_>, key: KeyId, on: Option<Bits>) -> usize {
        let nowhere = around.topology.nowhere(key);
        self.counted.push(Counted { key, on, by_domain: vec![0; nowhere + 1], nowhere, total: 0 });
        self.counted.len() - 1
    }

    fn count_hard(&mut self, cycle: &Cycle<'_>, constraints: Vec<SpreadConstraint>, around: &mut Around<'_>) {
        let nodes = cycle.cluster.nodes();
        let ignore_tainted = around.profile.spec().args.pod_topology_spread.ignore_tainted_domains;
        let closed = if ignore_tainted { tainted_domains(cycle, &constraints) } else { Vec::new() };
        for (i, constraint) in constraints.iter().enumerate() {
            let mut on = Bits::none(nodes.len());
            for (slot, node) in nodes.iter().enumerate() {
                let counts =
                    has_every_key(&constraints, &node.node) && constraint.counts_on(cycle.pod, &node.node);
                on.set(slot, counts);
            }
            let counted = self.count(around, &constraint.topology_key, Some(on.clone()));
            let key = self.counted[counted].key;
            let mut takes_part = vec![false; around.topology.nowhere(key)];
            for (slot, node) in nodes.iter().enumerate().filter(|(slot, _)| on.get(*slot)) {
                let is_closed = closed.get(i).is_some_and(|closed| {
                    node.label(&constraint.topology_key).is_some_and(|domain| closed.contains(domain))
                });
                takes_part[around.topology.domains(key)[slot] as usize] = !is_closed;
            }
            self.hard.push(Hard {
                counted,
                own: i64::from(constraint.selector.matches(&cycle.pod.labels)),
                max_skew: i64::from(constraint.max_skew),
                min_domains: i64::from(constraint.min_domains),
                domains: count(takes_part.iter().filter(|part| **part).count()),
                takes_part,
            });
        }
        self.soft_constraints.extend(constraints);
    }

    fn count_soft(
        &mut self,
        cycle: &Cycle<'_>,
        constraints: Vec<SpreadConstraint>,
        needs_every_key: bool,
        around: &mut Around<'_>,
    ) {
        let nodes = cycle.cluster.nodes();
        if needs_every_key && !constraints.is_empty() {
            let mut on = Bits::none(nodes.len());
            for (slot, node) in nodes.iter().enumerate() {
                on.set(slot, has_every_key(&constraints, &node.node));
            }
            self.soft_on = Some(on);
        }
        for constraint in &constraints {
            let per_host = constraint.per_host();
            let on = (!per_host).then(|| {
                let mut on = Bits::none(nodes.len());
                for (slot, node) in nodes.iter().enumerate() {
                    let takes_part = self.soft_on.as_ref().is_none_or(|on| on.get(slot));
                    on.set(slot, takes_part && constraint.counts_on(cycle.pod, &node.node));
                }
                on
            });
            let key = if per_host {
                around.topology.nodes_with(cycle.cluster, &constraint.topology_key)
            } else {
                around.topology.key(cycle.cluster, &constraint.topology_key)
            };
            let counted = self.count_by(around, key, on);
            self.soft.push(Soft { counted, key, max_skew: constraint.max_skew, per_host });
        }
        self.soft_constraints.extend(constraints);
    }

    fn count_all(
        &mut self,
        pod: &Pod,
        (class, on): (u32, &BTreeMap<u32, u32>),
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) {
        if !on.is_empty() {
            self.count_class(pod, class, (class, on), around, peers);
        }
        for (other, peer) in peers.iter().filter(|(_, peer)| !peer.on.is_empty()) {
            self.count_class(pod, class, (other, &peer.on), around, peers);
        }
    }

    /// Counts all pods of another class; most mean nothing, and then no slot is looked at.
    fn count_class(
        &mut self,
        pod: &Pod,
        class: u32,
        (other, on): (u32, &BTreeMap<u32, u32>),
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) {
        if self.relation(pod, class, other, around, peers).is_empty() {
            return;
        }
        for (slot, pods) in on {
            self.apply(pod, class, other, *slot as usize, i64::from(*pods), around, peers);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "who is moved, whose view, and all that is around")]
    fn apply(
        &mut self,
        pod: &Pod,
        class: u32,
        other: u32,
        slot: usize,
        by: i64,
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) {
        self.relation(pod, class, other, around, peers);
        let relation = self.relations[other as usize].as_ref().expect("it was worked out just now");
        for effect in relation {
            self.counted[effect.counted as usize].add(around.topology, slot, by * effect.amount);
        }
    }

    /// Works out, once, what one pod of another class means.
    fn relation(
        &mut self,
        pod: &Pod,
        class: u32,
        other: u32,
        around: &mut Around<'_>,
        peers: &Classes<Peer>,
    ) -> &[Effect] {
        let at = other as usize;
        if self.relations.len() <= at {
            self.relations.resize_with(at + 1, || None);
        }
        if self.relations[at].is_none() {
            let effects = if other == class {
                self.effects(pod, pod, around)
            } else {
                let other = peers.get(other).pod.clone();
                self.effects(pod, &other, around)
            };
            self.relations[at] = Some(effects.into());
        }
        self.relations[at].as_ref().expect("it was worked out just now")
    }

    fn effects(&mut self, pod: &Pod, other: &Pod, around: &mut Around<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if other.namespace == pod.namespace && !other.terminating {
            let counted =
                self.hard.iter().map(|hard| hard.counted).chain(self.soft.iter().map(|soft| soft.counted));
            for (constraint, counted) in self.soft_constraints.iter().zip(counted) {
                if !constraint.selector.is_everything() && constraint.selector.matches(&other.labels) {
                    add_effect(&mut effects, counted, 1);
                }
            }
        }
        let nameless = Labels::new();
        if !self.affinity.is_empty() && self.affinity.iter().all(|term| term.matches(other, &nameless)) {
            self.with.iter().for_each(|counted| add_effect(&mut effects, *counted, 1));
        }
        for (term, counted) in self.anti_affinity.iter().zip(&self.against) {
            if term.matches(other, &nameless) {
                add_effect(&mut effects, *counted, 1);
            }
        }
        let asked = AskedOfPeers::by(around.profile);
        let namespace_labels = around.cluster.namespace_labels(&pod.namespace);
        let mut of_others: Vec<(Text, bool, i64)> = Vec::new();
        if asked.filter_affinity {
            for term in other.anti_affinity.iter().filter(|term| term.matches(pod, namespace_labels)) {
                of_others.push((term.topology_key.clone(), true, 1));
            }
        }
        if asked.affinity_weight.is_some() {
            let args = &around.profile.spec().args.inter_pod_affinity;
            for (weight, term) in self.preferred.iter().filter(|(_, term)| term.matches(other, &nameless)) {
                of_others.push((term.topology_key.clone(), false, *weight));
            }
            if !(self.preferred.is_empty() && args.ignore_preferred_terms_of_existing_pods) {
                let about_it = |term: &AffinityTerm| term.matches(pod, namespace_labels);
                let hard = i64::from(args.hard_pod_affinity_weight);
                if hard > 0 {
                    for term in other.affinity.iter().filter(|term| about_it(term)) {
                        of_others.push((term.topology_key.clone(), false, hard));
                    }
                }
                for (terms, sign) in [(&other.preferred_affinity, 1), (&other.preferred_anti_affinity, -1)] {
                    for preferred in terms.iter().filter(|preferred| about_it(&preferred.term)) {
                        of_others.push((
                            preferred.term.topology_key.clone(),
                            false,
                            sign * i64::from(preferred.weight),
                        ));
                    }
                }
            }
        }
        for (key, is_against, amount) in of_others {
            let counted = self.by_key(&key, is_against, around);
            add_effect(&mut effects, counted, amount);
        }
        effects
    }

    /// What is counted by a key for all terms together.
    fn by_key(&mut self, key: &Text, is_against: bool, around: &mut Around<'_>) -> usize {
        let id = around.topology.key(around.cluster, key);
        let list = if is_against { &self.against_it } else { &self.preferences };
        if let Some(&counted) = list.iter().find(|&&counted| self.counted[counted].key == id) {
            return counted;
        }
        let counted = self.count(around, key, None);
        if is_against { &mut self.against_it } else { &mut self.preferences }.push(counted);
        counted
    }
}

fn add_effect(effects: &mut Vec<Effect>, counted: usize, amount: i64) {
    effects.push(Effect { counted: u32::try_from(counted).expect("few things are counted"), amount });
}

/// A hard constraint with the least count as it is now.
pub(super) struct Limit {
    counted: usize,
    /// The most pods that a domain may have before the pod comes.
    most: i64,
}

impl View {
    /// The hard constraints, with the least counts as they are now, into `limits`.
    pub(super) fn limits(&self, limits: &mut Vec<Limit>) {
        limits.clear();
        for hard in &self.hard {
            let counted = &self.counted[hard.counted];
            let counts = hard.takes_part.iter().enumerate().filter(|(_, part)| **part);
            let least = counts.map(|(domain, _)| counted.at(domain)).min();
            let least = if hard.domains < hard.min_domains { 0 } else { least.unwrap_or(0) };
            limits.push(Limit { counted: hard.counted, most: hard.max_skew + least - hard.own });
        }
    }

    /// Leaves only the slots that spread, affinity and anti-affinity allow; one column after the other.
    pub(super) fn retain_allowed(&self, limits: &[Limit], topology: &Topology, slots: &mut Vec<u32>) {
        for limit in limits {
            let count = self.counted[limit.counted].column(topology);
            slots.retain(|slot| count(*slot).is_some_and(|count| count <= limit.most));
        }
        let nobody_yet =
            self.first_may_come && self.with.iter().all(|&counted| self.counted[counted].total == 0);
        for &counted in &self.with {
            let count = self.counted[counted].column(topology);
            slots.retain(|slot| count(*slot).is_some_and(|count| nobody_yet || count > 0));
        }
        for &counted in self.against.iter().chain(&self.against_it) {
            let count = self.counted[counted].column(topology);
            slots.retain(|slot| count(*slot).is_none_or(|count| count <= 0));
        }
    }

    /// Whether filters have anything to ask.
    pub(super) fn filters(&self) -> bool {
        !(self.hard.is_empty()
            && self.with.is_empty()
            && self.against.is_empty()
            && self.against_it.is_empty())
    }

    /// What a soft constraint counts at each slot; `None` where the label is missing.
    pub(super) fn soft_counts<'t>(
        &'t self,
        soft: &Soft,
        topology: &'t Topology,
    ) -> impl Fn(u32) -> Option<i64> + use<'t> {
        self.counted[soft.counted].column(topology)
    }

    /// Whether there are preferences about other pods.
    pub(super) fn has_preferences(&self) -> bool {
        !self.preferences.is_empty()
    }

    /// The weights of the preferences at some slots, into `weights`.
    pub(super) fn preferences(&self, topology: &Topology, slots: &[u32], weights: &mut Vec<i64>) {
        weights.clear();
        weights.resize(slots.len(), 0);
        for &counted in &self.preferences {
            let count = self.counted[counted].column(topology);
            for (weight, slot) in weights.iter_mut().zip(slots) {
                *weight += count(*slot).unwrap_or(0);
            }
        }
    }
}

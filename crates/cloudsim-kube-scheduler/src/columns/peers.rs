//! What the pods that are there mean to a pod: spreading, affinity, anti-affinity.
//!
//! Pods that other pods cannot tell apart are one class. For a class that is to be placed, what one pod of another class means
//! is worked out once ([`Relation`]); from then on each pod that comes or goes adds to or takes from a few counts.

use super::bits::Bits;
use super::census::Census;
use super::classes::Classes;
use super::log::{Log, Move};
use super::rows::Rows;
use super::topology::{KeyId, NO_DOMAIN, Topology};
use crate::cluster::{Cluster, NodeInfo};
use crate::framework::Cycle;
use crate::objects::{
    AffinityTerm, Labels, NodeSelector, Owner, Pod, PreferredAffinityTerm, Selector, SpreadConstraint, Text,
    Toleration, Unsatisfiable,
};
use crate::plugins::inter_pod_affinity::prepared;
use crate::plugins::taint_toleration::first_untolerated;
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
use rustc_hash::FxHashMap;
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

/// A class of pods, as others see it.
pub(super) struct Peer {
    pub(super) pod: Arc<Pod>,
    /// How many of its pods are in which rows.
    on: FxHashMap<u32, u32>,
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
}

impl Peer {
    pub(super) fn new(pod: Arc<Pod>) -> Peer {
        Peer { pod, on: FxHashMap::default(), used: 0 }
    }

    /// Counts one of its pods more, or less, in a row.
    pub(super) fn count(&mut self, row: u32, by: i8) {
        let pods = self.on.entry(row).or_insert(0);
        *pods = pods.wrapping_add_signed(i32::from(by));
        if *pods == 0 {
            self.on.remove(&row);
        }
    }

    /// The class of a pod, if it has one.
    pub(super) fn find(peers: &Classes<Peer>, pod: &Pod) -> Option<u32> {
        let key = PeerKey::of(pod);
        peers.find_existing(&key, |peer| PeerKey::of(&peer.pod) == key)
    }

    /// Forgets where its pods are.
    pub(super) fn clear(&mut self) {
        self.on.clear();
    }

    /// Whether any of its pods is on a node.
    pub(super) fn is_anywhere(&self) -> bool {
        !self.on.is_empty()
    }

    #[expect(
        clippy::iter_over_hash_type,
        reason = "counts are added up, which comes to the same in any order"
    )]
    fn for_each_row(&self, mut f: impl FnMut(u32, u32)) {
        for (&row, &pods) in &self.on {
            f(row, pods);
        }
    }
}

/// One thing that is counted for a class.
struct Counted {
    key: KeyId,
    /// The rows that take part; `None` is all that have the key.
    on: Option<Bits>,
    /// How many pods, or what weight, in each domain; nothing where there is no domain.
    by_domain: Vec<i64>,
    /// All of them.
    total: i64,
}

impl Counted {
    fn add(&mut self, topology: &Topology, row: u32, amount: i64) {
        if self.on.as_ref().is_none_or(|on| on.get(row)) {
            self.add_anyway(topology, row, amount);
        }
    }

    /// Adds for a row whether it takes part or not.
    fn add_anyway(&mut self, topology: &Topology, row: u32, amount: i64) {
        let domain = topology.domains(self.key)[row as usize];
        if domain != NO_DOMAIN {
            self.by_domain[domain as usize] += amount;
            self.total += amount;
        }
    }

    /// What is counted in the domain of each row; `None` if it has none.
    fn column<'t>(&'t self, topology: &'t Topology) -> impl Fn(u32) -> Option<i64> + use<'t> {
        let (domains, counts) = (topology.domains(self.key), &*self.by_domain);
        move |row| {
            let domain = domains[row as usize];
            (domain != NO_DOMAIN).then(|| counts[domain as usize])
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
    /// By domain: how many nodes are counted on.
    nodes: Vec<u32>,
    /// The nodes that the pod tolerates, and how many there are by domain, if a domain without any is left out.
    open: Option<(Bits, Vec<u32>)>,
    /// By domain: whether it takes part in the minimum, that is has a node that is counted on and is not left out.
    takes_part: Vec<bool>,
    domains: i64,
}

impl Hard {
    fn grow(&mut self, domains: usize) {
        self.nodes.resize(domains, 0);
        self.takes_part.resize(domains, false);
        if let Some((_, open)) = &mut self.open {
            open.resize(domains, 0);
        }
    }

    /// Settles whether a domain takes part, of which a node has changed.
    fn settle(&mut self, domain: usize) {
        let is_open = self.open.as_ref().is_none_or(|(_, open)| open[domain] > 0);
        let takes_part = self.nodes[domain] > 0 && is_open;
        self.domains += i64::from(takes_part) - i64::from(self.takes_part[domain]);
        self.takes_part[domain] = takes_part;
    }
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
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
    /// Of what state of rows and listers it is.
    version: u64,
    moves_seen: u64,
    changes_seen: u64,
    counted: Vec<Counted>,
    relations: Vec<Relation>,
    pub(super) hard: Vec<Hard>,
    pub(super) soft: Vec<Soft>,
    /// The hard constraints, then the soft ones.
    constraints: Vec<SpreadConstraint>,
    /// The rows that the soft constraints score; `None` is all.
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
    filter_spread: bool,
    filter_affinity: bool,
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
    profile: &'a Profile,
    asked: AskedOfPeers,
    cluster: &'a Cluster,
    rows: &'a Rows,
    topology: &'a mut Topology,
    peers: &'a Classes<Peer>,
    moves: &'a Log<Move>,
    changes: &'a Log<u32>,
    /// Of the state of rows and listers.
    version: u64,
}

impl<'a> Around<'a> {
    pub(super) fn of(census: &'a mut Census, profile: &'a Profile, asked: AskedOfPeers) -> Around<'a> {
        Around {
            profile,
            asked,
            cluster: &census.cluster,
            rows: &census.rows,
            topology: &mut census.topology,
            peers: &census.peers,
            moves: &census.moves,
            changes: &census.changes,
            version: census.version,
        }
    }

    fn cycle<'c>(&self, pod: &'c Pod) -> Cycle<'c>
    where
        'a: 'c,
    {
        Cycle { cluster: self.cluster, pod, version: self.profile.version() }
    }

    fn node(&self, row: u32) -> Option<&'a NodeInfo> {
        Some(&self.cluster.nodes()[self.rows.slot(row)?])
    }

    /// What happened since a view was up to date; `None` if following it is no cheaper than counting everything again.
    fn since(&self, view: &View) -> Option<(&'a [Move], &'a [u32])> {
        let moves = self.moves.since(view.moves_seen)?;
        let changes = self.changes.since(view.changes_seen)?;
        let worth =
            moves.len() < 4 * self.cluster.len() + 1024 && changes.len() < self.cluster.len() / 4 + 16;
        (view.version == self.version && worth).then_some((moves, changes))
    }
}

impl View {
    /// The view of a class, up to date.
    pub(super) fn refresh(view: Option<Box<View>>, class: u32, around: &mut Around<'_>) -> Box<View> {
        let behind = view.and_then(|view| around.since(&view).map(|since| (view, since)));
        let Some((mut view, (moves, changes))) = behind else { return Box::new(View::new(class, around)) };
        if !changes.is_empty() {
            view.grow(around.topology);
        }
        for moved in moves {
            view.apply(class, moved.peer, moved.row, i64::from(moved.by), around);
        }
        // Moves counted by who took part before; pods that are there now are counted where that has changed.
        for row in changes {
            view.look_at(class, *row, around);
        }
        view.moves_seen = around.moves.end();
        view.changes_seen = around.changes.end();
        view
    }

    fn new(class: u32, around: &mut Around<'_>) -> View {
        let pod = around.peers.get(class).pod.clone();
        let (cluster, asked) = (around.cluster, around.asked);
        let cycle = around.cycle(&pod);
        let spread = &around.profile.spec().args.pod_topology_spread;
        let of_kind = |kind| spread.constraints(cluster, &pod, kind);
        let hard = if asked.filter_spread { of_kind(Unsatisfiable::DoNotSchedule) } else { Vec::new() };
        let soft =
            if asked.spread_weight.is_some() { of_kind(Unsatisfiable::ScheduleAnyway) } else { Vec::new() };
        let prepare =
            |terms: &[AffinityTerm]| terms.iter().map(|term| prepared(&cycle, term)).collect::<Vec<_>>();
        let (affinity, anti_affinity) = if asked.filter_affinity {
            (prepare(&pod.affinity), prepare(&pod.anti_affinity))
        } else {
            (Vec::new(), Vec::new())
        };
        let weighted = |terms: &[PreferredAffinityTerm], sign: i64| {
            let weighted =
                |p: &PreferredAffinityTerm| (sign * i64::from(p.weight), prepared(&cycle, &p.term));
            terms.iter().map(weighted).collect::<Vec<_>>()
        };
        let mut preferred = weighted(&pod.preferred_affinity, 1);
        preferred.extend(weighted(&pod.preferred_anti_affinity, -1));
        let nameless = Labels::new();
        let needs_every_key = spread.needs_every_key(&pod) && !soft.is_empty();
        let mut view = View {
            used: 0,
            version: around.version,
            moves_seen: around.moves.end(),
            changes_seen: around.changes.end(),
            counted: Vec::new(),
            relations: Vec::new(),
            hard: Vec::new(),
            soft: Vec::new(),
            constraints: Vec::new(),
            soft_on: needs_every_key.then(Bits::default),
            first_may_come: !affinity.is_empty() && affinity.iter().all(|term| term.matches(&pod, &nameless)),
            affinity,
            anti_affinity,
            preferred,
            with: Vec::new(),
            against: Vec::new(),
            against_it: Vec::new(),
            preferences: Vec::new(),
        };
        for constraint in &hard {
            view.add_hard(&pod, constraint, around);
        }
        for constraint in &soft {
            view.add_soft(constraint, around);
        }
        view.constraints = hard;
        view.constraints.extend(soft);
        for term in 0..view.affinity.len() {
            let counted = view.count(around, &pod.affinity[term].topology_key, None);
            view.with.push(counted);
        }
        for term in 0..view.anti_affinity.len() {
            let counted = view.count(around, &pod.anti_affinity[term].topology_key, None);
            view.against.push(counted);
        }
        if !view.constraints.is_empty() {
            for row in 0..around.rows.len() {
                view.take_part(&pod, row, around, |_, _| {});
            }
        }
        for (other, peer) in around.peers.iter().filter(|(_, peer)| peer.is_anywhere()) {
            // Most mean nothing, and then no row is looked at.
            if !view.relation(class, other, around).is_empty() {
                peer.for_each_row(|row, pods| view.apply(class, other, row, i64::from(pods), around));
            }
        }
        view
    }

    fn count(&mut self, around: &mut Around<'_>, key: &Text, on: Option<Bits>) -> usize {
        let key = around.topology.key(around.cluster, around.rows, key);
        self.count_by(around, key, on)
    }

    fn count_by(&mut self, around: &mut Around<'_>, key: KeyId, on: Option<Bits>) -> usize {
        let by_domain = vec![0; around.topology.count(key)];
        self.counted.push(Counted { key, on, by_domain, total: 0 });
        self.counted.len() - 1
    }

    fn add_hard(&mut self, pod: &Pod, constraint: &SpreadConstraint, around: &mut Around<'_>) {
        let counted = self.count(around, &constraint.topology_key, Some(Bits::default()));
        let ignore_tainted = around.profile.spec().args.pod_topology_spread.ignore_tainted_domains;
        let mut hard = Hard {
            counted,
            own: i64::from(constraint.selector.matches(&pod.labels)),
            max_skew: i64::from(constraint.max_skew),
            min_domains: i64::from(constraint.min_domains),
            nodes: Vec::new(),
            open: ignore_tainted.then(Default::default),
            takes_part: Vec::new(),
            domains: 0,
        };
        hard.grow(around.topology.count(self.counted[counted].key));
        self.hard.push(hard);
    }

    fn add_soft(&mut self, constraint: &SpreadConstraint, around: &mut Around<'_>) {
        let per_host = constraint.per_host();
        let key = if per_host {
            around.topology.nodes_with(around.cluster, around.rows, &constraint.topology_key)
        } else {
            around.topology.key(around.cluster, around.rows, &constraint.topology_key)
        };
        let counted = self.count_by(around, key, (!per_host).then(Bits::default));
        self.soft.push(Soft { counted, key, max_skew: constraint.max_skew, per_host });
    }

    /// Makes room for domains that came.
    fn grow(&mut self, topology: &Topology) {
        for counted in &mut self.counted {
            counted.by_domain.resize(topology.count(counted.key), 0);
        }
        for hard in &mut self.hard {
            hard.grow(topology.count(self.counted[hard.counted].key));
        }
    }

    /// Looks again at a row whose node came, changed or went: what its pods count for changes with whether it takes part.
    fn look_at(&mut self, class: u32, row: u32, around: &mut Around<'_>) {
        if self.constraints.is_empty() {
            return;
        }
        let pod = around.peers.get(class).pod.clone();
        let mut turned = Vec::new();
        self.take_part(&pod, row, around, |counted, takes_part| turned.push((counted, takes_part)));
        let Some(node) = around.node(row).filter(|_| !turned.is_empty()) else { return };
        for other in &node.pods {
            let other = Peer::find(around.peers, other).expect("a pod on a node is of a class");
            self.relation(class, other, around);
            for effect in self.relations[other as usize].iter().flatten() {
                for (counted, takes_part) in &turned {
                    if effect.counted as usize == *counted {
                        let amount = if *takes_part { effect.amount } else { -effect.amount };
                        self.counted[*counted].add_anyway(around.topology, row, amount);
                    }
                }
            }
        }
    }

    /// Settles in which of the counts of spread constraints a row takes part. `turned` is told where that is new.
    fn take_part(&mut self, pod: &Pod, row: u32, around: &Around<'_>, mut turned: impl FnMut(usize, bool)) {
        let node = around.node(row).map(|info| &*info.node);
        let (hard, soft) = self.constraints.split_at(self.hard.len());
        let has_key =
            |counted: usize| around.topology.domains(self.counted[counted].key)[row as usize] != NO_DOMAIN;
        let of_hard = node.filter(|_| self.hard.iter().all(|of| has_key(of.counted)));
        let every_soft_key = self.soft.iter().all(|of| has_key(of.counted));
        let of_soft = node.filter(|_| self.soft_on.is_none() || every_soft_key);
        for (constraint, of) in hard.iter().zip(&mut self.hard) {
            let counted = &mut self.counted[of.counted];
            let domain = around.topology.domains(counted.key)[row as usize] as usize;
            if let Some((open, by_domain)) = &mut of.open {
                let is_open = domain != NO_DOMAIN as usize
                    && node.is_some_and(|node| first_untolerated(pod, &node.taints).is_none());
                by_domain[domain] += u32::from(is_open);
                by_domain[domain] -= u32::from(open.get(row));
                open.set(row, is_open);
            }
            let on = counted.on.as_mut().expect("hard constraints say who takes part");
            let (before, now) = (on.get(row), of_hard.is_some_and(|node| constraint.counts_on(pod, node)));
            if before != now {
                of.nodes[domain] = of.nodes[domain].wrapping_add_signed(if now { 1 } else { -1 });
                on.set(row, now);
                turned(of.counted, now);
            }
            of.settle(domain);
        }
        if let Some(soft_on) = &mut self.soft_on {
            soft_on.set(row, of_soft.is_some());
        }
        for (constraint, of) in soft.iter().zip(&self.soft) {
            let Some(on) = &mut self.counted[of.counted].on else { continue };
            let (before, now) = (on.get(row), of_soft.is_some_and(|node| constraint.counts_on(pod, node)));
            if before != now {
                on.set(row, now);
                turned(of.counted, now);
            }
        }
    }

    fn apply(&mut self, class: u32, other: u32, row: u32, by: i64, around: &mut Around<'_>) {
        self.relation(class, other, around);
        let relation = self.relations[other as usize].as_ref().expect("it was worked out just now");
        for effect in relation {
            self.counted[effect.counted as usize].add(around.topology, row, by * effect.amount);
        }
    }

    /// Works out, once, what one pod of another class means.
    fn relation(&mut self, class: u32, other: u32, around: &mut Around<'_>) -> &[Effect] {
        let at = other as usize;
        if self.relations.len() <= at {
            self.relations.resize_with(at + 1, || None);
        }
        if self.relations[at].is_none() {
            let peers = around.peers;
            let effects = self.effects(&peers.get(class).pod, &peers.get(other).pod, around);
            self.relations[at] = Some(effects.into());
        }
        self.relations[at].as_ref().expect("it was worked out just now")
    }

    fn effects(&mut self, pod: &Pod, other: &Pod, around: &mut Around<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if other.namespace == pod.namespace && !other.terminating {
            let counted =
                self.hard.iter().map(|hard| hard.counted).chain(self.soft.iter().map(|soft| soft.counted));
            for (constraint, counted) in self.constraints.iter().zip(counted) {
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
        let asked = around.asked;
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
        let id = around.topology.key(around.cluster, around.rows, key);
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
            let counts = hard.takes_part.iter().zip(&counted.by_domain).filter(|(part, _)| **part);
            let least = counts.map(|(_, count)| *count).min();
            let least = if hard.domains < hard.min_domains { 0 } else { least.unwrap_or(0) };
            limits.push(Limit { counted: hard.counted, most: hard.max_skew + least - hard.own });
        }
    }

    /// Leaves only the rows that spread, affinity and anti-affinity allow; one column after the other.
    pub(super) fn retain_allowed(&self, limits: &[Limit], topology: &Topology, rows: &mut Vec<u32>) {
        for limit in limits {
            let count = self.counted[limit.counted].column(topology);
            rows.retain(|row| count(*row).is_some_and(|count| count <= limit.most));
        }
        let nobody_yet =
            self.first_may_come && self.with.iter().all(|&counted| self.counted[counted].total == 0);
        for &counted in &self.with {
            let count = self.counted[counted].column(topology);
            rows.retain(|row| count(*row).is_some_and(|count| nobody_yet || count > 0));
        }
        for &counted in self.against.iter().chain(&self.against_it) {
            let count = self.counted[counted].column(topology);
            rows.retain(|row| count(*row).is_none_or(|count| count <= 0));
        }
    }

    /// Whether filters have anything to ask.
    pub(super) fn filters(&self) -> bool {
        !(self.hard.is_empty()
            && self.with.is_empty()
            && self.against.is_empty()
            && self.against_it.is_empty())
    }

    /// What a soft constraint counts in each row; `None` where the label is missing.
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

    /// The weights of the preferences in some rows, into `weights`.
    pub(super) fn preferences(&self, topology: &Topology, rows: &[u32], weights: &mut Vec<i64>) {
        weights.clear();
        weights.resize(rows.len(), 0);
        for &counted in &self.preferences {
            let count = self.counted[counted].column(topology);
            for (weight, row) in weights.iter_mut().zip(rows) {
                *weight += count(*row).unwrap_or(0);
            }
        }
    }
}

//! Spreads pods over zones, hosts and other domains. Points: pre-filter, filter, pre-score, score.

use super::normalize::MAX;
use super::taint_toleration::first_untolerated;
use crate::cluster::{Cluster, HOSTNAME, NodeInfo, ZONE};
use crate::framework::{
    self, ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Score, Status,
};
use crate::numbers::{self, double, truncated};
use crate::objects::{
    Labels, Node, NodeInclusion, Pod, Selector, SpreadConstraint, Text, Unsatisfiable, WorkloadKind,
};
use cloudsim_units::math;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// `PodTopologySpreadArgs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTopologySpreadArgs {
    /// What spreads pods that say nothing themselves.
    pub defaults: DefaultConstraints,
    /// KEP-5980, a proposal: a domain whose nodes all have taints that the pod does not tolerate neither has nor sets the least
    /// count, whatever `nodeTaintsPolicy` says.
    pub ignore_tainted_domains: bool,
}

/// What spreads pods that say nothing themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DefaultConstraints {
    /// Over hosts with a skew of 3 and over zones with a skew of 5, as preferences.
    #[default]
    System,
    /// As the profile says; their selectors are derived.
    List(Vec<SpreadConstraint>),
}

impl DefaultConstraints {
    fn list(&self) -> Cow<'_, [SpreadConstraint]> {
        match self {
            DefaultConstraints::List(list) => Cow::Borrowed(list),
            DefaultConstraints::System => {
                Cow::Owned(vec![system_default(HOSTNAME, 3), system_default(ZONE, 5)])
            }
        }
    }
}

fn system_default(topology_key: &str, max_skew: i32) -> SpreadConstraint {
    SpreadConstraint {
        max_skew,
        topology_key: topology_key.into(),
        when_unsatisfiable: Unsatisfiable::ScheduleAnyway,
        selector: Selector::Nothing,
        min_domains: 1,
        node_affinity_policy: NodeInclusion::Honor,
        node_taints_policy: NodeInclusion::Ignore,
    }
}

impl PodTopologySpreadArgs {
    /// The constraints of one kind that a pod is placed by.
    pub(crate) fn constraints(
        &self,
        cluster: &Cluster,
        pod: &Pod,
        kind: Unsatisfiable,
    ) -> Vec<SpreadConstraint> {
        let of_kind = |constraint: &&SpreadConstraint| constraint.when_unsatisfiable == kind;
        if !pod.spread.is_empty() {
            return pod.spread.iter().filter(of_kind).cloned().collect();
        }
        let mut defaults: Vec<_> = self.defaults.list().iter().filter(of_kind).cloned().collect();
        if !defaults.is_empty() {
            let selector = default_selector(cluster, pod);
            if selector.is_everything() {
                return Vec::new();
            }
            for constraint in &mut defaults {
                constraint.selector = selector.clone();
            }
        }
        defaults
    }

    /// Whether a node without one of the keys is left out of the preferences.
    pub(crate) fn needs_every_key(&self, pod: &Pod) -> bool {
        !pod.spread.is_empty() || self.defaults != DefaultConstraints::System
    }
}

/// What a pod without constraints is counted with: what its services and its controller select.
fn default_selector(cluster: &Cluster, pod: &Pod) -> Selector {
    let mut labels = Labels::new();
    for service in cluster.services.iter().filter(|service| service.selects(pod)) {
        labels.extend(service.selector.clone().unwrap_or_default());
    }
    let mut selector = Selector::of_labels(&labels);
    let Some(workload) = cluster.workload_of(pod) else { return selector };
    for requirement in workload.selector.requirements() {
        // The labels of a replication controller are merged with those of the services, and are the last.
        if workload.kind == WorkloadKind::ReplicationController {
            selector.forget(requirement.key());
        }
        selector.add(requirement.clone());
    }
    selector
}

impl SpreadConstraint {
    /// Whether a node takes part in counting for a pod.
    pub(crate) fn counts_on(&self, pod: &Pod, node: &Node) -> bool {
        (self.node_affinity_policy == NodeInclusion::Ignore || pod.may_use(node))
            && (self.node_taints_policy == NodeInclusion::Ignore
                || first_untolerated(pod, &node.taints).is_none())
    }

    /// How many pods of a node it counts.
    pub(crate) fn count(&self, namespace: &Text, node: &NodeInfo) -> i64 {
        if self.selector.is_everything() {
            // A selector without conditions counts no pod, though it does select the pod that comes.
            return 0;
        }
        let counted =
            |pod: &Pod| !pod.terminating && pod.namespace == *namespace && self.selector.matches(&pod.labels);
        numbers::count(node.pods.iter().filter(|pod| counted(pod)).count())
    }

    /// The domain of a node.
    fn domain<'n>(&self, node: &'n NodeInfo) -> Option<&'n Text> {
        node.label(&self.topology_key)
    }
}

/// Whether a node has all the keys of some constraints.
pub(crate) fn has_every_key(constraints: &[SpreadConstraint], node: &Node) -> bool {
    constraints.iter().all(|constraint| node.labels.contains_key(&constraint.topology_key))
}

/// The plugin.
pub(super) struct PodTopologySpread {
    args: PodTopologySpreadArgs,
}

impl PodTopologySpread {
    /// With its arguments.
    pub(super) fn new(args: PodTopologySpreadArgs) -> PodTopologySpread {
        PodTopologySpread { args }
    }
}

impl Plugin for PodTopologySpread {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let constraints = self.args.constraints(cycle.cluster, cycle.pod, Unsatisfiable::DoNotSchedule);
        if constraints.is_empty() {
            return PreFiltered::Skip;
        }
        let mut counts = vec![BTreeMap::new(); constraints.len()];
        for node in cycle.cluster.nodes().iter().filter(|node| has_every_key(&constraints, &node.node)) {
            for (constraint, counts) in constraints.iter().zip(&mut counts) {
                if constraint.counts_on(cycle.pod, &node.node) {
                    let domain = constraint.domain(node).expect("it has every key");
                    *counts.entry(domain.clone()).or_insert(0) +=
                        constraint.count(&cycle.pod.namespace, node);
                }
            }
        }
        let closed =
            if self.args.ignore_tainted_domains { tainted_domains(cycle, &constraints) } else { Vec::new() };
        PreFiltered::filter(Skew { pod: cycle.pod, constraints, counts, closed })
    }

    /// A node with all the keys came, went, or changed its domain or taints; or one got or lost a key; or the number of
    /// pods that a constraint counts changed in the pod's namespace, or whether it counts the pod itself; or the pod's
    /// tolerations changed and a constraint honours taints.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let pod = cycle.pod;
        let constraints = self.args.constraints(cycle.cluster, pod, Unsatisfiable::DoNotSchedule);
        let in_namespace = |other: &Pod| other.namespace == pod.namespace;
        let counted_by =
            |constraint: &SpreadConstraint, other: &Pod| constraint.selector.matches(&other.labels);
        let counted_differently =
            |old: &Pod, new: &Pod| constraints.iter().any(|c| counted_by(c, old) != counted_by(c, new));
        let every_key = |node: &Node| has_every_key(&constraints, node);
        Hint::queue_if(match event {
            ClusterEvent::NodeAdded(node) | ClusterEvent::NodeDeleted(node) => every_key(node),
            ClusterEvent::NodeUpdated { old, new } => {
                let key_changed = |constraint: &SpreadConstraint| {
                    let key = &constraint.topology_key;
                    old.labels.get(key) != new.labels.get(key)
                };
                every_key(old) != every_key(new)
                    || (every_key(new) && (old.taints != new.taints || constraints.iter().any(key_changed)))
            }
            ClusterEvent::AssignedPodAdded(other) | ClusterEvent::AssignedPodDeleted(other) => {
                in_namespace(other) && constraints.iter().any(|constraint| counted_by(constraint, other))
            }
            ClusterEvent::AssignedPodUpdated { old, new } => {
                in_namespace(new) && counted_differently(old, new)
            }
            ClusterEvent::PendingPodUpdated { .. } => event.own_change(pod).is_some_and(|(old, new)| {
                let honours = |c: &SpreadConstraint| c.node_taints_policy == NodeInclusion::Honor;
                (old.tolerations != new.tolerations && constraints.iter().any(honours))
                    || counted_differently(old, new)
            }),
            _ => false,
        })
    }

    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, feasible: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        let constraints = self.args.constraints(cycle.cluster, cycle.pod, Unsatisfiable::ScheduleAnyway);
        if constraints.is_empty() {
            return None;
        }
        let every_key = self.args.needs_every_key(cycle.pod);
        let takes_part = |node: &NodeInfo| !every_key || has_every_key(&constraints, &node.node);
        let scored: Vec<_> = feasible.iter().filter(|node| takes_part(node)).collect();
        let mut counts = vec![BTreeMap::new(); constraints.len()];
        let mut weights = Vec::new();
        for (constraint, counts) in constraints.iter().zip(&mut counts) {
            let domains = if constraint.per_host() {
                scored.len()
            } else {
                for node in &scored {
                    counts.insert(constraint.named(node), 0);
                }
                counts.len()
            };
            weights.push(weight(domains));
        }
        for node in cycle.cluster.nodes().iter().filter(|node| takes_part(node)) {
            for (constraint, counts) in constraints.iter().zip(&mut counts) {
                if let Some(count) = counts.get_mut(constraint.named(node))
                    && constraint.counts_on(cycle.pod, &node.node)
                {
                    *count += constraint.count(&cycle.pod.namespace, node);
                }
            }
        }
        Some(Box::new(Spread { pod: cycle.pod, constraints, counts, weights, every_key }))
    }
}

impl SpreadConstraint {
    /// The domain that a node is scored by: one without the key is in the domain without a name, and counts for it.
    fn named<'n>(&self, node: &'n NodeInfo) -> &'n str {
        self.domain(node).map_or("", |domain| &**domain)
    }

    /// Whether its domains are the nodes themselves: then each node's pods are counted where it is scored.
    pub(crate) fn per_host(&self) -> bool {
        &*self.topology_key == HOSTNAME
    }
}

/// What a count weighs among so many domains.
pub(crate) fn weight(domains: usize) -> f64 {
    math::ln(double(numbers::count(domains + 2)))
}

/// What a count of pods adds to a score: the skew that is allowed waters differences down.
pub(crate) fn count_score(count: i64, max_skew: i32, weight: f64) -> f64 {
    double(count) * weight + f64::from(max_skew - 1)
}

/// The domains of each constraint in which a pod tolerates no node.
pub(crate) fn tainted_domains(cycle: &Cycle<'_>, constraints: &[SpreadConstraint]) -> Vec<BTreeSet<Text>> {
    constraints
        .iter()
        .map(|constraint| {
            let mut closed = BTreeMap::new();
            for node in cycle.cluster.nodes() {
                if let Some(domain) = constraint.domain(node) {
                    let open = first_untolerated(cycle.pod, &node.node.taints).is_none();
                    *closed.entry(domain.clone()).or_insert(true) &= !open;
                }
            }
            closed.into_iter().filter(|(_, closed)| *closed).map(|(domain, _)| domain).collect()
        })
        .collect()
}

#[derive(Clone)]
struct Skew<'c> {
    pod: &'c Pod,
    constraints: Vec<SpreadConstraint>,
    /// Of each constraint, the pods in each domain.
    counts: Vec<BTreeMap<Text, i64>>,
    /// Of each constraint, the domains that are left out; empty if none are.
    closed: Vec<BTreeSet<Text>>,
}

impl Skew<'_> {
    /// The domains of a constraint that take part, and their counts.
    fn open(&self, constraint: usize) -> impl Iterator<Item = (&Text, &i64)> + Clone {
        let closed = self.closed.get(constraint);
        let counts = self.counts[constraint].iter();
        counts.filter(move |(domain, _)| closed.is_none_or(|closed| !closed.contains(*domain)))
    }

    /// What keeps a constraint from being met on a node, if anything.
    fn obstacle(&self, constraint: usize, node: &NodeInfo) -> Option<Obstacle> {
        let of = &self.constraints[constraint];
        let topology_key = of.topology_key.clone();
        let Some(domain) = of.domain(node).cloned() else {
            return Some(Obstacle::NoDomain { topology_key });
        };
        let domains = self.open(constraint).count();
        let enough = numbers::count(domains) >= i64::from(of.min_domains);
        let least = self.open(constraint).map(|(_, count)| *count).min().filter(|_| enough).unwrap_or(0);
        let count = self.counts[constraint].get(&domain).copied().unwrap_or(0);
        let counts_itself = of.selector.matches(&self.pod.labels);
        let needed = count + i64::from(counts_itself) - i64::from(of.max_skew);
        let elsewhere = self.open(constraint).filter(|(other, _)| **other != domain);
        let skew = framework::Skew {
            least_in: self.open(constraint).filter(|(_, c)| **c <= least).map(|(d, _)| d.clone()).collect(),
            missing_elsewhere: elsewhere.map(|(_, count)| (needed - count).max(0)).sum(),
            topology_key,
            domain,
            count,
            counts_itself,
            least,
            domains,
            min_domains: of.min_domains,
            max_skew: of.max_skew,
        };
        (skew.excess() > 0).then_some(Obstacle::Skew(skew))
    }

    fn move_pod(&mut self, pod: &Pod, node: &NodeInfo, by: i64) {
        if pod.namespace != self.pod.namespace || !has_every_key(&self.constraints, &node.node) {
            return;
        }
        for (constraint, counts) in self.constraints.iter().zip(&mut self.counts) {
            if constraint.selector.matches(&pod.labels) && constraint.counts_on(self.pod, &node.node) {
                let domain = constraint.domain(node).expect("it has every key");
                *counts.entry(domain.clone()).or_insert(0) += by;
            }
        }
    }
}

impl Filter for Skew<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        for (i, constraint) in self.constraints.iter().enumerate() {
            let Some(domain) = constraint.domain(node) else {
                return Err(Status::unresolvable(
                    "node(s) didn't match pod topology spread constraints (missing required label)",
                ));
            };
            let counts = &self.counts[i];
            let mut open = self.open(i);
            let domains = open.clone().count();
            let least =
                open.next().map(|(_, first)| open.fold(*first, |least, (_, count)| least.min(*count)));
            let least = if numbers::count(domains) < i64::from(constraint.min_domains) {
                0
            } else {
                least.unwrap_or(0)
            };
            let own = i64::from(constraint.selector.matches(&self.pod.labels));
            if counts.get(domain).unwrap_or(&0) + own - least > i64::from(constraint.max_skew) {
                return Err(Status::unschedulable("node(s) didn't match pod topology spread constraints"));
            }
        }
        Ok(())
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let of_each = (0..self.constraints.len()).filter_map(|i| self.obstacle(i, node));
        of_each.collect()
    }

    fn add_pod(&mut self, pod: &Pod, node: &NodeInfo) {
        self.move_pod(pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &Pod, node: &NodeInfo) {
        self.move_pod(pod, node, -1);
    }

    fn copied(&self) -> Option<Box<dyn Filter + '_>> {
        Some(Box::new(self.clone()))
    }
}

struct Spread<'c> {
    pod: &'c Pod,
    constraints: Vec<SpreadConstraint>,
    /// Of each constraint that is not per host, the pods in each domain that has a feasible node. A node without the key
    /// counts for the domain without a name.
    counts: Vec<BTreeMap<&'c str, i64>>,
    weights: Vec<f64>,
    every_key: bool,
}

impl Spread<'_> {
    fn ignores(&self, node: &NodeInfo) -> bool {
        self.every_key && !has_every_key(&self.constraints, &node.node)
    }
}

impl Score for Spread<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        if self.ignores(node) {
            return 0;
        }
        let mut score = 0.0;
        for ((constraint, counts), weight) in self.constraints.iter().zip(&self.counts).zip(&self.weights) {
            if let Some(domain) = constraint.domain(node) {
                let count = if constraint.per_host() {
                    constraint.count(&self.pod.namespace, node)
                } else {
                    counts[&**domain]
                };
                score += count_score(count, constraint.max_skew, *weight);
            }
        }
        truncated(f64::round(score))
    }

    fn normalize(&self, nodes: &[&NodeInfo], scores: &mut [i64]) {
        let taking_part: Vec<bool> = nodes.iter().map(|node| !self.ignores(node)).collect();
        let of_those = || scores.iter().zip(&taking_part).filter(|(_, part)| **part).map(|(score, _)| *score);
        let least = of_those().min().unwrap_or(0);
        let greatest = of_those().max().unwrap_or(0);
        for (score, part) in scores.iter_mut().zip(&taking_part) {
            *score = match (part, greatest) {
                (false, _) => 0,
                (true, 0) => MAX,
                (true, _) => MAX * (greatest + least - *score) / greatest,
            };
        }
    }
}

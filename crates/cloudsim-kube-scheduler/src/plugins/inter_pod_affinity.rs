//! Places pods by the pods that are there. Points: pre-filter, filter, pre-score, score.

use super::normalize::MAX;
use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Score, Status};
use crate::numbers::{double, truncated};
use crate::objects::{AffinityTerm, Labels, Pod, PodKey, PreferredAffinityTerm, Text};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `InterPodAffinityArgs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterPodAffinityArgs {
    /// What a required affinity term of a pod that is there weighs as a preference, 0 to 100.
    pub hard_pod_affinity_weight: i32,
    /// Whether preferences of pods that are there are left out if the pod that comes has none itself.
    pub ignore_preferred_terms_of_existing_pods: bool,
}

impl Default for InterPodAffinityArgs {
    fn default() -> InterPodAffinityArgs {
        InterPodAffinityArgs { hard_pod_affinity_weight: 1, ignore_preferred_terms_of_existing_pods: false }
    }
}

/// A term of the pod that comes, as kube-scheduler prepares it: the namespaces that its selector chooses are added by name.
///
/// The selector itself stays, and is then asked about an empty set of labels: a selector of nothing but `NotIn` and
/// `DoesNotExist` matches pods of every namespace. Source: <https://github.com/kubernetes/kubernetes/issues/141526>, in v1.34.1
/// as in v1.36.2.
pub(crate) fn prepared(cycle: &Cycle<'_>, term: &AffinityTerm) -> AffinityTerm {
    let mut term = term.clone();
    if !term.namespace_selector.is_everything() {
        let chosen = cycle.cluster.namespaces().filter(|(_, labels)| term.namespace_selector.matches(labels));
        term.namespaces.extend(chosen.map(|(name, _)| name.clone()));
    }
    term
}

/// A prepared term is asked without the labels of the other pod's namespace.
fn matches(term: &AffinityTerm, pod: &Pod) -> bool {
    term.matches(pod, &Labels::new())
}

fn matches_all(terms: &[AffinityTerm], pod: &Pod) -> bool {
    !terms.is_empty() && terms.iter().all(|term| matches(term, pod))
}

/// Key and value of a label that names a domain.
type Domain = (Text, Text);

fn domain(term: &AffinityTerm, node: &NodeInfo) -> Option<Domain> {
    node.label(&term.topology_key).map(|value| (term.topology_key.clone(), value.clone()))
}

/// How many terms and pods match, by domain; a domain without is not there.
#[derive(Clone, Default)]
struct Counts(BTreeMap<Domain, i64>);

impl Counts {
    fn add(&mut self, term: &AffinityTerm, node: &NodeInfo, by: i64) {
        let Some(domain) = domain(term, node) else { return };
        let count = self.0.entry(domain.clone()).or_insert(0);
        *count += by;
        if *count == 0 {
            self.0.remove(&domain);
        }
    }

    fn at(&self, term: &AffinityTerm, node: &NodeInfo) -> i64 {
        domain(term, node).and_then(|domain| self.0.get(&domain).copied()).unwrap_or(0)
    }
}

/// The plugin.
pub(super) struct InterPodAffinity {
    args: InterPodAffinityArgs,
}

impl InterPodAffinity {
    /// With its arguments.
    pub(super) fn new(args: InterPodAffinityArgs) -> InterPodAffinity {
        InterPodAffinity { args }
    }
}

impl Plugin for InterPodAffinity {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let pod = cycle.pod;
        let mut required = Required {
            pod,
            namespace_labels: cycle.namespace_labels(),
            affinity: pod.affinity.iter().map(|term| prepared(cycle, term)).collect(),
            anti_affinity: pod.anti_affinity.iter().map(|term| prepared(cycle, term)).collect(),
            with: Counts::default(),
            against: Counts::default(),
            against_it: Counts::default(),
            conflicts: OnceCell::new(),
        };
        for node in cycle.cluster.nodes() {
            for existing in &node.pods {
                required.move_pod(existing, node, 1);
            }
        }
        if required.against_it.0.is_empty() && pod.affinity.is_empty() && pod.anti_affinity.is_empty() {
            return PreFiltered::Skip;
        }
        PreFiltered::filter(required)
    }

    /// A pod came that all its affinity terms are about, or came to be one; a pod went that all its anti-affinity terms
    /// are about, or stopped being one; or a node got into or out of a domain of its terms.
    ///
    /// As in kube-scheduler, terms are asked without the labels of the other pod's namespace, and the departure of a
    /// pod whose own anti-affinity kept this one away goes unnoticed: only the flush of unschedulable pods helps then.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let (with, against) = (&cycle.pod.affinity, &cycle.pod.anti_affinity);
        Hint::queue_if(match event {
            ClusterEvent::AssignedPodAdded(new) => matches_all(with, new),
            ClusterEvent::AssignedPodUpdated { old, new } => {
                (matches_all(with, new) && !matches_all(with, old))
                    || (matches_all(against, old) && !matches_all(against, new))
            }
            ClusterEvent::AssignedPodDeleted(old) => matches_all(against, old),
            ClusterEvent::NodeAdded(node) => {
                !against.is_empty() || with.iter().any(|term| node.labels.contains_key(&term.topology_key))
            }
            ClusterEvent::NodeUpdated { old, new } => {
                let domains =
                    |term: &AffinityTerm| [old, new].map(|node| node.labels.get(&term.topology_key));
                let entered = |term: &AffinityTerm| {
                    let [before, after] = domains(term);
                    after.is_some() && before != after
                };
                let left = |term: &AffinityTerm| {
                    let [before, after] = domains(term);
                    before.is_some() && before != after
                };
                with.iter().any(entered) || against.iter().any(left)
            }
            _ => false,
        })
    }

    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        let pod = cycle.pod;
        let has_preferences = !pod.preferred_affinity.is_empty() || !pod.preferred_anti_affinity.is_empty();
        if self.args.ignore_preferred_terms_of_existing_pods && !has_preferences {
            return None;
        }
        let prepare = |terms: &[PreferredAffinityTerm]| -> Vec<(i64, AffinityTerm)> {
            terms
                .iter()
                .map(|preferred| (i64::from(preferred.weight), prepared(cycle, &preferred.term)))
                .collect()
        };
        let (with, against) = (prepare(&pod.preferred_affinity), prepare(&pod.preferred_anti_affinity));
        let namespace_labels = cycle.namespace_labels();
        let mut scores = Preferred::default();
        for node in cycle.cluster.nodes() {
            for existing in node.pods.iter().filter(|existing| has_preferences || existing.has_affinity()) {
                for (weight, term) in with.iter().filter(|(_, term)| matches(term, existing)) {
                    scores.add(term, node, *weight);
                }
                for (weight, term) in against.iter().filter(|(_, term)| matches(term, existing)) {
                    scores.add(term, node, -weight);
                }
                let hard = i64::from(self.args.hard_pod_affinity_weight);
                let about_it = |term: &AffinityTerm| term.matches(pod, namespace_labels);
                if hard > 0 {
                    for term in existing.affinity.iter().filter(|term| about_it(term)) {
                        scores.add(term, node, hard);
                    }
                }
                for preferred in
                    existing.preferred_affinity.iter().filter(|preferred| about_it(&preferred.term))
                {
                    scores.add(&preferred.term, node, i64::from(preferred.weight));
                }
                for preferred in
                    existing.preferred_anti_affinity.iter().filter(|preferred| about_it(&preferred.term))
                {
                    scores.add(&preferred.term, node, -i64::from(preferred.weight));
                }
            }
        }
        if scores.by_key.is_empty() { None } else { Some(Box::new(scores)) }
    }
}

#[derive(Clone)]
struct Required<'c> {
    pod: &'c Pod,
    namespace_labels: &'c Labels,
    affinity: Vec<AffinityTerm>,
    anti_affinity: Vec<AffinityTerm>,
    /// Of pods that match all affinity terms: once for each term.
    with: Counts,
    /// Of pods that match an anti-affinity term.
    against: Counts,
    /// Of anti-affinity terms, of pods that are there, that match the pod.
    against_it: Counts,
    /// Of all pods of the cluster; only looked for once somebody asks what would have to change.
    conflicts: OnceCell<Conflicts>,
}

/// The pods that an anti-affinity term keeps the pod away from, by whose term it is, its own or theirs, and domain.
type Conflicts = BTreeMap<(bool, Text), BTreeMap<Text, Arc<[PodKey]>>>;

impl Required<'_> {
    fn move_pod(&mut self, other: &Pod, node: &NodeInfo, by: i64) {
        for term in other.anti_affinity.iter().filter(|term| term.matches(self.pod, self.namespace_labels)) {
            self.against_it.add(term, node, by);
        }
        if matches_all(&self.affinity, other) {
            for term in &self.affinity {
                self.with.add(term, node, by);
            }
        }
        for term in self.anti_affinity.iter().filter(|term| matches(term, other)) {
            self.against.add(term, node, by);
        }
    }

    /// The pods of some nodes that the pod is to keep away from, or that keep it away.
    fn conflicts_on<'n>(&self, nodes: impl IntoIterator<Item = &'n NodeInfo>) -> Conflicts {
        let mut found: BTreeMap<(bool, Domain), BTreeSet<&PodKey>> = BTreeMap::new();
        for (node, pod) in nodes.into_iter().flat_map(|node| node.pods.iter().map(move |pod| (node, pod))) {
            let own = self.anti_affinity.iter().filter(|term| matches(term, pod)).map(|term| (true, term));
            let about_it = |term: &&AffinityTerm| term.matches(self.pod, self.namespace_labels);
            let theirs = pod.anti_affinity.iter().filter(about_it).map(|term| (false, term));
            for (own, term) in own.chain(theirs) {
                if let Some(domain) = domain(term, node) {
                    found.entry((own, domain)).or_default().insert(&pod.key);
                }
            }
        }
        let mut conflicts = Conflicts::new();
        for ((own, (key, domain)), pods) in found {
            let pods = pods.into_iter().cloned().collect();
            conflicts.entry((own, key)).or_default().insert(domain, pods);
        }
        conflicts
    }

    fn affinity_holds(&self, node: &NodeInfo) -> bool {
        if !self.affinity.iter().all(|term| node.label(&term.topology_key).is_some()) {
            return false;
        }
        self.affinity.iter().all(|term| self.with.at(term, node) > 0)
            // The first of pods that want to be together may go anywhere.
            || (self.with.0.is_empty() && matches_all(&self.affinity, self.pod))
    }
}

impl Filter for Required<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if !self.affinity_holds(node) {
            return Err(Status::unresolvable("node(s) didn't match pod affinity rules"));
        }
        if self.anti_affinity.iter().any(|term| self.against.at(term, node) > 0) {
            return Err(Status::unschedulable("node(s) didn't match pod anti-affinity rules"));
        }
        let closed = |(key, value): &Domain| node.label(key) == Some(value);
        if self.against_it.0.iter().any(|(domain, count)| *count > 0 && closed(domain)) {
            return Err(Status::unschedulable("node(s) didn't satisfy existing pods anti-affinity rules"));
        }
        Ok(())
    }

    fn obstacles(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        if !self.affinity_holds(node) {
            for term in self.affinity.iter().filter(|term| self.with.at(term, node) == 0) {
                let key = &term.topology_key;
                let company = self.with.0.iter().filter(|((of, _), count)| of == key && **count > 0);
                obstacles.push(Obstacle::Alone {
                    topology_key: key.clone(),
                    domain: node.label(key).cloned(),
                    selectors: self.affinity.iter().map(|term| term.selector.clone()).collect(),
                    company: company.map(|((_, domain), count)| (domain.clone(), *count)).collect(),
                });
            }
        }
        let cluster = cycle.cluster;
        let is_known = cluster.node(node.name()).is_some_and(|known| std::ptr::eq(known, node));
        let changed;
        let conflicts = if is_known {
            self.conflicts.get_or_init(|| self.conflicts_on(cluster.nodes()))
        } else {
            // A node on which something is tried holds other pods than the cluster knows.
            let others = cluster.nodes().iter().filter(|other| other.name() != node.name());
            changed = self.conflicts_on(others.chain([node]));
            &changed
        };
        obstacles.extend(conflicts.iter().filter_map(|((own, key), by_domain)| {
            let (domain, pods) = by_domain.get_key_value(node.label(key)?)?;
            let (topology_key, domain) = (key.clone(), domain.clone());
            Some(Obstacle::Conflict { own: *own, topology_key, domain, pods: pods.clone() })
        }));
        obstacles
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

/// Weights by key and value of a label.
#[derive(Default)]
struct Preferred {
    by_key: BTreeMap<Text, BTreeMap<Text, i64>>,
}

impl Preferred {
    fn add(&mut self, term: &AffinityTerm, node: &NodeInfo, weight: i64) {
        if let Some((key, value)) = domain(term, node) {
            *self.by_key.entry(key).or_default().entry(value).or_insert(0) += weight;
        }
    }
}

impl Score for Preferred {
    fn score(&self, node: &NodeInfo) -> i64 {
        self.by_key.iter().filter_map(|(key, weights)| weights.get(node.label(key)?)).sum()
    }

    fn normalize(&self, _: &[&NodeInfo], scores: &mut [i64]) {
        let least = scores.iter().copied().min().unwrap_or(0);
        let apart = scores.iter().copied().max().unwrap_or(0) - least;
        for score in scores {
            *score = normalized(*score, least, apart);
        }
    }
}

/// A score between the least and the greatest, which are `apart`.
pub(crate) fn normalized(score: i64, least: i64, apart: i64) -> i64 {
    if apart > 0 { truncated(double(MAX) * (double(score - least) / double(apart))) } else { 0 }
}

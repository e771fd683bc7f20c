//! What became of nodes and pods.

use crate::document::ServiceMeasures;
use crate::held::{HeldMeasures, held};
use crate::lanes::step;
use crate::measures::Change;
use crate::milestones::silences;
use crate::waiting::{WaitingMeasures, waiting};
use cloudsim_records::{
    EntityId, EntityKind, Names, NodeState, NodesLost, PodReason, PodState, Record, Room, RunStarted,
};
use cloudsim_units::SimTime;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes and pods of all clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubernetesMeasures {
    /// Nodes that are ready at the end.
    pub nodes_ready: u64,
    /// Nodes that are not.
    pub nodes_not_ready: u64,
    /// Pods that run at the end and are not about to end, as the API has it.
    pub pods_running: u64,
    /// Pods that wait at the end, for a node or for their containers.
    pub pods_pending: u64,
    /// Pods that were evicted: from tainted or drained nodes, or for want of memory.
    pub pods_evicted: u64,
    /// Pods that found a node after the start.
    pub pods_rescheduled: u64,
    /// Pods that had to make room.
    pub pods_preempted: u64,
    /// Why pods wait at the end, the most frequent first, with their number: together all that are pending.
    pub pending_reasons: Vec<(String, u64)>,
    /// What each fault that took nodes left, in order of time.
    pub capacity: Vec<CapacityMeasures>,
    /// The pods that fitted nowhere for a while, those first that waited the longest.
    pub waiting: Vec<WaitingMeasures>,
    /// The pods that waited for a volume or that a budget kept where they were, and those that keep others waiting because they
    /// cannot end when all is over, in order of time.
    pub held: Vec<HeldMeasures>,
    /// The bare pods that were evicted, had to make room or went with their node, which nothing makes again; in order of time.
    pub bare_pods_lost: Vec<String>,
    /// The clusters whose API servers answer nobody when all is over, and since when. What is counted here of nodes and pods
    /// is what they had then.
    pub silent: Vec<(String, SimTime)>,
    /// Of each workload, where others are the services: when not all of its pods served. Its availability is the share of
    /// the time in which they did.
    pub workloads: Vec<ServiceMeasures>,
}

/// Whether the nodes that a fault left had room for the pods of those that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityMeasures {
    /// When that was.
    pub at: SimTime,
    /// The fault, by name.
    pub fault: String,
    /// The cluster, by name.
    pub cluster: String,
    /// So many nodes, pods and resources.
    pub lost: NodesLost,
}

impl CapacityMeasures {
    /// Whether the nodes that are left, all of them together, have room for what the displaced pods ask for.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.lost.room.iter().all(|room| short(room) == 0)
    }
}

impl KubernetesMeasures {
    /// Whether faults took nodes of several clusters, so that it has to be said of which.
    pub(crate) fn several_lost_nodes(&self) -> bool {
        self.capacity.windows(2).any(|two| two[0].cluster != two[1].cluster)
    }
}

/// How much of a resource is missing on the nodes that are left, all of them together.
#[must_use]
pub fn short(room: &Room) -> i64 {
    room.requested.saturating_add(room.displaced).saturating_sub(room.allocatable).max(0)
}

/// What is known of a pod.
#[derive(Clone, Copy, Debug, Default)]
struct Pod {
    runs: bool,
    terminates: bool,
    node: Option<EntityId>,
}

impl Pod {
    fn is_pending(self) -> bool {
        !self.runs && !self.terminates
    }
}

/// All pods that there are. Those of the inventory run, unless a record says otherwise.
struct Pods(BTreeMap<EntityId, Pod>);

impl Pods {
    fn at_start(run: &RunStarted) -> Self {
        let pods = run.entities.iter().filter(|entity| entity.kind == EntityKind::Pod);
        Self(pods.map(|pod| (pod.id, Pod { runs: true, ..Pod::default() })).collect())
    }

    /// Follows a record.
    fn apply(&mut self, record: &Record) {
        match record {
            Record::EntityAdded(entity) if entity.kind == EntityKind::Pod => {
                self.0.insert(entity.id, Pod::default());
            }
            Record::PodChanged { pod, state, reason, node } => {
                let known = self.0.entry(*pod).or_default();
                known.node = *node;
                match (state, reason) {
                    (PodState::Running, _) => known.runs = true,
                    (PodState::Pending, _) => known.runs = false,
                    (PodState::Terminating, _) => known.terminates = true,
                    (PodState::Gone | PodState::Succeeded, _)
                    | (PodState::Failed, PodReason::None | PodReason::MemoryPressure) => {
                        self.0.remove(pod);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn is_pending(&self, pod: EntityId) -> bool {
        self.0.get(&pod).is_some_and(|pod| pod.is_pending())
    }
}

/// How many pods are pending, and from when on.
pub(crate) fn pending(run: &RunStarted, changes: &[Change]) -> Vec<(SimTime, u32)> {
    let mut pods = Pods::at_start(run);
    let mut steps = vec![(SimTime::ZERO, 0)];
    for change in changes {
        let pod = match &change.record {
            Record::EntityAdded(entity) => entity.id,
            Record::PodChanged { pod, .. } => *pod,
            _ => continue,
        };
        let before = pods.is_pending(pod);
        pods.apply(&change.record);
        let after = pods.is_pending(pod);
        if before != after {
            step(&mut steps, change.at, after);
        }
    }
    steps
}

/// Counts nodes and pods. Those of the inventory were ready and ran, unless a record says otherwise.
pub(crate) fn measure(
    run: &RunStarted,
    names: &Names,
    changes: &[Change],
    workloads: Vec<ServiceMeasures>,
    reached: SimTime,
) -> KubernetesMeasures {
    let capacity = changes.iter().filter_map(|change| match &change.record {
        Record::NodesLost(lost) => Some(CapacityMeasures {
            at: change.at,
            fault: run.faults[lost.fault as usize].name.clone(),
            cluster: names.name(lost.cluster).to_owned(),
            lost: NodesLost::clone(lost),
        }),
        _ => None,
    });
    let mut all = KubernetesMeasures {
        workloads,
        capacity: capacity.collect(),
        waiting: waiting(names, changes, reached),
        held: held(changes, names)
            .iter()
            .filter(|wait| wait.keeps_waiting(names))
            .map(|wait| wait.measures(names))
            .collect(),
        silent: silences(changes)
            .into_iter()
            .filter(|silence| silence.until.is_none())
            .map(|silence| (names.name(silence.cluster).to_owned(), silence.from))
            .collect(),
        ..KubernetesMeasures::default()
    };
    let nodes = nodes(run, changes);
    let mut pods = Pods::at_start(run);
    let mut reasons: BTreeMap<EntityId, &str> = BTreeMap::new();
    let mut preempted = BTreeSet::new();
    for change in changes {
        pods.apply(&change.record);
        match &change.record {
            Record::PodUnschedulable { pod, message, .. } => {
                reasons.insert(*pod, message);
            }
            Record::PodChanged { pod, state, reason, .. } => {
                if is_lost(*state, *reason) && is_bare(names, *pod) {
                    all.bare_pods_lost.push(names.name(*pod).to_owned());
                }
                match (state, reason) {
                    (PodState::Terminating, PodReason::TaintEviction | PodReason::Drained)
                    | (PodState::Failed, PodReason::MemoryPressure) => all.pods_evicted += 1,
                    (PodState::Terminating, PodReason::Preemption) => {
                        all.pods_preempted += u64::from(preempted.insert(*pod));
                    }
                    (PodState::Scheduled, _) => all.pods_rescheduled += 1,
                    _ => {}
                }
                if !matches!(state, PodState::Pending) {
                    reasons.remove(pod);
                }
            }
            _ => {}
        }
    }
    all.nodes_ready = count(nodes.values().filter(|ready| **ready));
    all.nodes_not_ready = count(nodes.values().filter(|ready| !**ready));
    all.pods_running = count(pods.0.values().filter(|pod| pod.runs && !pod.terminates));
    all.pods_pending = count(pods.0.values().filter(|pod| pod.is_pending()));
    let mut by_reason: BTreeMap<&str, u64> = BTreeMap::new();
    for (id, pod) in pods.0.iter().filter(|(_, pod)| pod.is_pending()) {
        let reason = match (reasons.get(id), pod.node.map(|node| nodes.get(&node))) {
            (Some(reason), _) => reason,
            (None, None) => "no node has been chosen yet",
            (None, Some(Some(true))) => "bound, and its containers do not run yet",
            (None, Some(Some(false))) => "bound to a node that is not ready",
            (None, Some(None)) => "bound to a node that is gone",
        };
        *by_reason.entry(reason).or_default() += 1;
    }
    all.pending_reasons = by_reason.into_iter().map(|(reason, pods)| (reason.to_owned(), pods)).collect();
    all.pending_reasons.sort_by_key(|(_, pods)| Reverse(*pods));
    all
}

/// The nodes that there are when all is over, and whether each is ready, as the API has it.
pub(crate) fn nodes(run: &RunStarted, changes: &[Change]) -> BTreeMap<EntityId, bool> {
    let nodes = run.entities.iter().filter(|entity| entity.kind == EntityKind::Node);
    let mut nodes: BTreeMap<EntityId, bool> = nodes.map(|node| (node.id, true)).collect();
    for change in changes {
        match &change.record {
            Record::EntityAdded(entity) if entity.kind == EntityKind::Node => {
                nodes.insert(entity.id, false);
            }
            Record::NodeChanged { node, state } => match state {
                NodeState::Ready => *nodes.entry(*node).or_default() = true,
                NodeState::NotReady | NodeState::Unknown => *nodes.entry(*node).or_default() = false,
                NodeState::Gone => {
                    nodes.remove(node);
                }
                NodeState::Cordoned | NodeState::Uncordoned => {}
            },
            _ => {}
        }
    }
    nodes
}

/// Whether a pod is taken away by what happens to others, or to its node.
fn is_lost(state: PodState, reason: PodReason) -> bool {
    use PodReason::{Drained, MemoryPressure, NodeGone, Preemption, TaintEviction};
    match state {
        PodState::Terminating => matches!(reason, TaintEviction | Drained | Preemption | NodeGone),
        PodState::Failed => reason == MemoryPressure,
        _ => false,
    }
}

/// Whether a pod is nobody's but its cluster's.
fn is_bare(names: &Names, pod: EntityId) -> bool {
    let parent = names.entity(pod).and_then(|of| of.parent).and_then(|of| names.entity(of));
    parent.is_some_and(|of| of.kind == EntityKind::Cluster)
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).expect("a usize fits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::held::HeldBy;
    use crate::story::{Story, s};
    use cloudsim_records::Action;

    fn story() -> Story {
        let mut story = Story::new(600);
        story.workload("deployment").serves(s(0), None, 1, 1);
        story
    }

    #[test]
    fn each_pod_that_is_pending_at_the_end_has_a_reason() {
        let reasons = |tell: &dyn Fn(&mut Story)| {
            let mut story = story();
            story.pod(s(100), "shop/web-1", PodState::Pending, PodReason::None);
            tell(&mut story);
            let all = story.measure().kubernetes;
            let pending = story.measure().lanes.pending;
            assert_eq!(pending.last().map(|(_, pods)| u64::from(*pods)), Some(all.pods_pending));
            assert_eq!(all.pods_pending, all.pending_reasons.iter().map(|(_, pods)| pods).sum::<u64>());
            all.pending_reasons.into_iter().map(|(reason, _)| reason).collect::<Vec<_>>()
        };
        let node = |story: &mut Story, state| {
            let node = story.id("node-1");
            story.at(s(90), Record::NodeChanged { node, state });
        };
        let bound = |story: &mut Story| {
            story.pod(s(101), "shop/web-1", PodState::Scheduled, PodReason::None);
        };
        assert_eq!(reasons(&bound), ["bound, and its containers do not run yet"]);
        let on = |state| {
            reasons(&move |story: &mut Story| {
                node(story, state);
                bound(story);
            })
        };
        assert_eq!(on(NodeState::Unknown), ["bound to a node that is not ready"]);
        assert_eq!(on(NodeState::Gone), ["bound to a node that is gone"]);
        let no_room = |story: &mut Story| {
            let (pod, message) = (story.id("shop/web-1"), "0/1 nodes are available".into());
            story.at(s(101), Record::PodUnschedulable { pod, message, blame: Vec::new() });
        };
        assert_eq!(reasons(&no_room), ["0/1 nodes are available"]);
        let runs = |story: &mut Story| {
            bound(story);
            story.pod(s(102), "shop/web-1", PodState::Running, PodReason::None);
        };
        assert_eq!(reasons(&runs), [] as [&str; 0]);
    }

    #[test]
    fn bare_pods_that_are_taken_away_are_lost_and_others_are_not() {
        let lost = |pod: &str, state, reason| {
            story().pod(s(100), pod, state, reason).measure().kubernetes.bare_pods_lost
        };
        for reason in
            [PodReason::Drained, PodReason::TaintEviction, PodReason::Preemption, PodReason::NodeGone]
        {
            assert_eq!(lost("shop/bare", PodState::Terminating, reason), ["shop/bare"]);
            assert_eq!(lost("shop/web-1", PodState::Terminating, reason), [] as [&str; 0]);
        }
        assert_eq!(lost("shop/bare", PodState::Terminating, PodReason::Operator), [] as [&str; 0]);
        assert_eq!(
            lost("shop/bare", PodState::Lost, PodReason::HostDied),
            [] as [&str; 0],
            "it may come back"
        );
    }

    #[test]
    fn a_pod_of_a_set_that_could_not_end_for_long_was_held_by_its_node() {
        let held = |kind: &str, heard: u64| {
            let mut story = Story::new(600);
            story.workload(kind).serves(s(0), None, 1, 1);
            let node = story.id("node-1");
            story
                .at(s(100), Record::NodeChanged { node, state: NodeState::Unknown })
                .pod(s(110), "shop/web-1", PodState::Terminating, PodReason::TaintEviction)
                .at(s(heard), Record::NodeChanged { node, state: NodeState::Ready })
                .pod(s(heard + 1), "shop/web-1", PodState::Gone, PodReason::None);
            story.measure()
        };
        let run = held("statefulset", 400);
        let of = &run.kubernetes.held[0];
        assert_eq!((&of.by, of.from, of.until), (&HeldBy::Node, s(110), Some(s(401))));
        let text = run.to_text(&crate::TextOptions { colour: false, width: 200, command: "" });
        let line = "shop/web-1 of shop/statefulset/web was to end from 1m50s to 6m41s on node-1, of which nothing was heard";
        assert!(text.contains(line), "{text}");
        // Half a minute is what any kubelet may take, and a deployment has made another pod long since.
        assert!(held("statefulset", 150).kubernetes.held.is_empty());
        assert!(held("deployment", 400).kubernetes.held.is_empty());
    }

    #[test]
    fn a_pod_that_its_budget_keeps_on_a_drained_node_is_held_until_it_leaves() {
        let held = |leaves: bool| {
            let mut story = story();
            let (pod, node) = (story.id("shop/web-1"), story.id("node-1"));
            story
                .operated(s(100), Action::Drain, "node-1")
                .at(s(100), Record::EvictionRefused { pod, budget: "shop/web".into(), node })
                .pod(s(150), "shop/web-1", PodState::NotReady, PodReason::ProbeFailed)
                .pod(s(160), "shop/web-1", PodState::Ready, PodReason::None);
            if leaves {
                story.pod(s(200), "shop/web-1", PodState::Terminating, PodReason::Drained);
            }
            story.measure()
        };
        let run = held(false);
        let of = &run.kubernetes.held[0];
        assert_eq!((&of.by, of.from, of.until), (&HeldBy::Budget("shop/web".into()), s(100), None));
        let text = run.to_text(&crate::TextOptions { colour: false, width: 200, command: "" });
        let line = "shop/web-1 of shop/deployment/web was to leave node-1 from 1m40s to the end: budget shop/web does \
                    not let it go";
        assert!(text.contains(line), "{text}");
        assert_eq!(held(true).kubernetes.held[0].until, Some(s(200)));
    }
}

//! Pods that something else holds: those whose volume is attached to another node, those that a budget keeps on a node which
//! is to be emptied, and those that are to end on a node of which nothing is heard.

use crate::measures::Change;
use crate::milestones::{is_stateful_set, kind_of};
use crate::waiting::owner;
use cloudsim_records::{EntityId, Names, NodeState, PodReason, PodState, Record, RolloutState};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet};

/// A pod that was held, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMeasures {
    /// Whose it is: `namespace/kind/name`, or the pod itself if it is nobody's.
    pub workload: String,
    /// The pod, as `namespace/name`.
    pub pod: String,
    /// Since when.
    pub from: SimTime,
    /// Until when; `None` if it is at the end.
    pub until: Option<SimTime>,
    /// What it waits for.
    pub by: HeldBy,
    /// The node that has the volume, or that it cannot leave.
    pub node: String,
}

/// What holds a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// A volume that another node has, by name.
    Volume(Box<str>),
    /// A disruption budget that does not let it go, by name: its node is to be emptied.
    Budget(Box<str>),
    /// Its own end, of which its node is silent.
    Node,
}

/// What ends sooner on a node of which nothing is heard kept nobody waiting for long.
///
/// Chosen: a minute; a pod that a kubelet ends has half of that by default.
const LONG: SimDuration = SimDuration::from_mins(1);

/// A pod that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) pod: EntityId,
    pub(crate) node: EntityId,
    pub(crate) by: HeldBy,
    pub(crate) from: SimTime,
    pub(crate) until: Option<SimTime>,
    /// Whether its workload has made another since: one that is to end keeps nobody waiting then, but in a stateful set.
    pub(crate) replaced: bool,
}

/// All pods that waited for volumes or were kept by budgets, those of stateful sets that could not end for long, and those that
/// cannot end when all is over, in the order in which that began.
pub(crate) fn held(changes: &[Change], names: &Names) -> Vec<Held> {
    let mut waits: Vec<Held> = Vec::new();
    let mut of_pod: BTreeMap<EntityId, Vec<usize>> = BTreeMap::new();
    let mut ending: BTreeMap<EntityId, (SimTime, EntityId, bool)> = BTreeMap::new();
    let mut unheard = BTreeSet::new();
    // When each node was last heard again.
    let mut heard: BTreeMap<EntityId, SimTime> = BTreeMap::new();
    let workload = |pod: EntityId| names.entity(pod).and_then(|pod| pod.parent);
    let is_set = |pod: EntityId| workload(pod).is_some_and(|of| is_stateful_set(names.name(of)));
    let mut made: BTreeMap<EntityId, SimTime> = BTreeMap::new();
    let mut rolled_out: BTreeMap<EntityId, SimTime> = BTreeMap::new();
    for change in changes {
        match &change.record {
            Record::PodHeld { pod, node, .. } | Record::EvictionRefused { pod, node, .. } => {
                of_pod.entry(*pod).or_default().push(waits.len());
                let by = match &change.record {
                    Record::PodHeld { volume, .. } => HeldBy::Volume(volume.clone()),
                    Record::EvictionRefused { budget, .. } => HeldBy::Budget(budget.clone()),
                    _ => unreachable!("one of the two"),
                };
                let (pod, node) = (*pod, *node);
                waits.push(Held { pod, node, by, from: change.at, until: None, replaced: false });
            }
            Record::PodChanged { pod, state, node, reason } => {
                // Whatever becomes of a pod that is kept, it is to leave until it does.
                let stays = match state {
                    PodState::Terminating | PodState::Gone | PodState::Succeeded => false,
                    PodState::Failed => *reason == PodReason::ProcessFailed,
                    _ => true,
                };
                let open = of_pod.get_mut(pod).into_iter().flat_map(|of| {
                    of.extract_if(.., |place| !(stays && matches!(waits[*place].by, HeldBy::Budget(_))))
                });
                for place in open.collect::<Vec<_>>() {
                    waits[place].until = Some(change.at);
                }
                match (state, node) {
                    (PodState::Pending, _) => made.extend(workload(*pod).map(|of| (of, change.at))),
                    (PodState::Terminating, Some(node)) => {
                        let is_wanted = *reason != PodReason::ScaledDown;
                        ending.entry(*pod).or_insert((change.at, *node, is_wanted));
                    }
                    (PodState::Gone | PodState::Succeeded | PodState::Failed, _) => {
                        let Some((from, node, is_wanted)) = ending.remove(pod) else { continue };
                        let was_unheard = unheard.contains(&node) || heard.get(&node) >= Some(&from);
                        if is_set(*pod) && is_wanted && was_unheard && change.at.since(from) >= LONG {
                            let (pod, by, until) = (*pod, HeldBy::Node, Some(change.at));
                            waits.push(Held { pod, node, by, from, until, replaced: false });
                        }
                    }
                    _ => {}
                }
            }
            Record::RolloutChanged { workload, state: RolloutState::Progressing } => {
                rolled_out.insert(*workload, change.at);
            }
            Record::NodeChanged { node, state: NodeState::Unknown } => {
                unheard.insert(*node);
            }
            Record::NodeChanged { node, state: NodeState::Ready | NodeState::Gone }
                if unheard.remove(node) =>
            {
                heard.insert(*node, change.at);
            }
            _ => {}
        }
    }
    let ending = ending.into_iter().filter(|(pod, (_, node, is_wanted))| {
        // A set makes no other of a number that it does not want.
        unheard.contains(node) && (*is_wanted || !is_set(*pod))
    });
    waits.extend(ending.map(|(pod, (from, node, is_wanted))| {
        let replaced = workload(pod).is_some_and(|of| {
            // What was made of the template before does not count.
            let rolled_out = rolled_out.get(&of).copied().filter(|rolled_out| *rolled_out >= from);
            let made = made.get(&of).is_some_and(|at| *at >= rolled_out.unwrap_or(from));
            // In place of one that is not wanted none is, but a rollout may wait for it.
            made || (!is_wanted && rolled_out.is_none())
        });
        Held { pod, node, by: HeldBy::Node, from, until: None, replaced }
    }));
    waits.sort_by_key(|wait| wait.from);
    waits
}

impl Held {
    /// Whether others wait for it: a pod of a stateful set has a number that no other gets before it is gone, and jobs and
    /// deployments may make none as long as it is there.
    pub(crate) fn keeps_waiting(&self, names: &Names) -> bool {
        let workload = names.entity(self.pod).and_then(|pod| pod.parent).map(|of| names.name(of));
        let waits = |kind: &str| kind == "statefulset" || (kind != "daemonset" && !self.replaced);
        self.by != HeldBy::Node || workload.and_then(kind_of).is_some_and(waits)
    }

    pub(crate) fn measures(&self, names: &Names) -> HeldMeasures {
        HeldMeasures {
            workload: owner(names, self.pod),
            pod: names.name(self.pod).to_owned(),
            from: self.from,
            until: self.until,
            by: self.by.clone(),
            node: names.name(self.node).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_records::{EntityInfo, EntityKind};

    const POD: EntityId = EntityId(1);
    const NODE: EntityId = EntityId(9);

    fn change(at: u64, record: Record) -> Change {
        Change { at: SimTime::from_secs(at), number: 0, record }
    }

    fn pod(at: u64, state: PodState) -> Change {
        change(at, Record::PodChanged { pod: POD, node: Some(NODE), state, reason: PodReason::None })
    }

    fn node(at: u64, state: NodeState) -> Change {
        change(at, Record::NodeChanged { node: NODE, state })
    }

    #[test]
    fn a_pod_waits_for_its_volume_until_that_is_released() {
        let waits = change(5, Record::PodHeld { pod: POD, volume: "data".into(), node: NODE });
        let all = [pod(4, PodState::Scheduled), waits, pod(366, PodState::Released)];
        let held = held(&all, &Names::new());
        assert_eq!(held.len(), 1);
        assert_eq!(
            (&held[0].by, held[0].until),
            (&HeldBy::Volume("data".into()), Some(SimTime::from_secs(366)))
        );
    }

    #[test]
    fn a_pod_that_is_to_end_is_held_only_where_nobody_hears_of_its_node() {
        let ends = [node(1, NodeState::Unknown), pod(5, PodState::Terminating)];
        assert_eq!(held(&ends, &Names::new()).len(), 1);
        let node_is_back = [ends[0].clone(), ends[1].clone(), node(9, NodeState::Ready)];
        assert_eq!(held(&node_is_back, &Names::new()), []);
        let gone = [ends[0].clone(), ends[1].clone(), pod(9, PodState::Gone)];
        assert_eq!(held(&gone, &Names::new()), []);
    }

    /// A pod of a workload of that kind cannot end from 5 s on; another is made at 6 s, or none is.
    fn keeps_waiting(kind: &str, another: bool) -> bool {
        let entity = |id, kind, name: &str, parent| {
            let info = EntityInfo { id, kind, name: name.into(), zone: None, parent };
            Record::EntityAdded(Box::new(info))
        };
        let (workload, next) = (EntityId(7), EntityId(2));
        let mut names = Names::new();
        names.observe(&entity(workload, EntityKind::Workload, &format!("shop/{kind}/web"), None));
        for (id, name) in [(POD, "shop/web-1"), (next, "shop/web-2")] {
            names.observe(&entity(id, EntityKind::Pod, name, Some(workload)));
        }
        let mut changes = vec![node(1, NodeState::Unknown), pod(5, PodState::Terminating)];
        let reason = PodReason::None;
        let made = Record::PodChanged { pod: next, node: None, state: PodState::Pending, reason };
        changes.extend(another.then(|| change(6, made)));
        held(&changes, &names)[0].keeps_waiting(&names)
    }

    #[test]
    fn a_pod_that_cannot_end_keeps_waiting_who_makes_none_in_its_place() {
        assert!(keeps_waiting("statefulset", false) && keeps_waiting("statefulset", true));
        assert!(keeps_waiting("job", false) && !keeps_waiting("job", true));
        assert!(keeps_waiting("deployment", false) && !keeps_waiting("deployment", true));
        assert!(!keeps_waiting("daemonset", false));
    }
}

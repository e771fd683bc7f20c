//! What keeps pods from being placed: that they fit nowhere, or that nobody answers.

use crate::measures::Change;
use cloudsim_records::{EntityId, NodeState, PodState, Record};
use cloudsim_units::SimTime;
use std::collections::BTreeMap;

/// The phase in which a pod fits on no node.
pub(crate) const NO_ROOM: &str = "unschedulable";

/// Which pods fit nowhere.
#[derive(Default)]
pub(super) struct Room {
    /// Since when, and when that was last found.
    without: BTreeMap<EntityId, (SimTime, SimTime)>,
    joined: BTreeMap<EntityId, SimTime>,
}

impl Room {
    /// Takes in a record; true if a pod was bound to a node that had been there when it last fitted nowhere.
    pub(super) fn found_by(&mut self, change: &Change) -> bool {
        match change.record {
            Record::NodeChanged { node, state: NodeState::Ready } => {
                self.joined.insert(node, change.at);
            }
            Record::PodUnschedulable { pod, .. } => {
                self.without.entry(pod).or_insert((change.at, change.at)).1 = change.at;
            }
            Record::PodChanged { pod, node, state, .. } if state != PodState::Pending => {
                let Some((_, last)) = self.without.remove(&pod) else { return false };
                let joined = node.and_then(|node| self.joined.get(&node));
                return state == PodState::Scheduled && joined.is_none_or(|joined| *joined <= last);
            }
            _ => {}
        }
        false
    }
}

/// The pods that fit nowhere when all is over, the one that has waited longest first.
pub(crate) fn without_room(changes: &[Change]) -> Vec<EntityId> {
    let mut room = Room::default();
    for change in changes {
        room.found_by(change);
    }
    let mut pods: Vec<(SimTime, EntityId)> =
        room.without.into_iter().map(|(pod, (since, _))| (since, pod)).collect();
    pods.sort_unstable();
    pods.into_iter().map(|(_, pod)| pod).collect()
}

/// The clusters whose API servers answer nobody when all is over, and since when.
pub(crate) fn silent(changes: &[Change]) -> BTreeMap<EntityId, SimTime> {
    let mut silent = BTreeMap::new();
    for change in changes {
        match change.record {
            Record::ControlPlaneChanged { cluster, answers: false } => silent.insert(cluster, change.at),
            Record::ControlPlaneChanged { cluster, answers: true } => silent.remove(&cluster),
            _ => None,
        };
    }
    silent
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_records::PodReason;

    const NODE: EntityId = EntityId(9);

    fn change(at: u64, record: Record) -> Change {
        Change { at: SimTime::from_secs(at), record }
    }

    fn rejected(at: u64, pod: u32) -> Change {
        let (message, blame) = ("no".into(), Vec::new());
        change(at, Record::PodUnschedulable { pod: EntityId(pod), message, blame })
    }

    fn bound(at: u64, pod: u32) -> Change {
        let (state, reason) = (PodState::Scheduled, PodReason::None);
        change(at, Record::PodChanged { pod: EntityId(pod), node: Some(NODE), state, reason })
    }

    fn joined(at: u64) -> Change {
        change(at, Record::NodeChanged { node: NODE, state: NodeState::Ready })
    }

    fn found(changes: &[Change]) -> Vec<bool> {
        let mut room = Room::default();
        changes.iter().map(|change| room.found_by(change)).collect()
    }

    #[test]
    fn a_pod_that_was_never_rejected_had_room_all_the_time() {
        assert_eq!(found(&[joined(0), bound(10, 1)]), [false, false]);
    }

    #[test]
    fn a_rejected_pod_finds_room_on_a_node_that_was_there() {
        assert_eq!(
            found(&[joined(0), rejected(5, 1), rejected(7, 1), bound(10, 1)]),
            [false, false, false, true]
        );
    }

    #[test]
    fn a_pod_that_waited_for_a_node_to_join_was_kept_by_that() {
        assert_eq!(found(&[rejected(5, 1), joined(8), bound(10, 1)]), [false, false, false]);
    }

    #[test]
    fn those_without_room_at_the_end_are_told_in_the_order_in_which_they_began_to_wait() {
        let changes = [rejected(3, 7), rejected(5, 2), rejected(6, 4), rejected(8, 7), bound(9, 2)];
        assert_eq!(without_room(&changes), [EntityId(7), EntityId(4)]);
    }
}

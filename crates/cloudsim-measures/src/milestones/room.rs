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
    /// When that was last found.
    without: BTreeMap<EntityId, SimTime>,
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
                self.without.insert(pod, change.at);
            }
            Record::PodChanged { pod, node, state, .. } if state != PodState::Pending => {
                let Some(last) = self.without.remove(&pod) else { return false };
                let joined = node.and_then(|node| self.joined.get(&node));
                return state == PodState::Scheduled && joined.is_none_or(|joined| *joined <= last);
            }
            _ => {}
        }
        false
    }
}

/// A time in which a pod fitted nowhere; `until` is `None` if it still does not when all is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WithoutRoom {
    pub(crate) pod: EntityId,
    pub(crate) from: SimTime,
    pub(crate) until: Option<SimTime>,
}

/// All of them, in the order in which they began.
pub(crate) fn without_room(changes: &[Change]) -> Vec<WithoutRoom> {
    let mut all: Vec<WithoutRoom> = Vec::new();
    let mut open: BTreeMap<EntityId, usize> = BTreeMap::new();
    for change in changes {
        match change.record {
            Record::PodUnschedulable { pod, .. } => {
                open.entry(pod).or_insert_with(|| {
                    all.push(WithoutRoom { pod, from: change.at, until: None });
                    all.len() - 1
                });
            }
            Record::PodChanged { pod, state, .. } if state != PodState::Pending => {
                if let Some(place) = open.remove(&pod) {
                    all[place].until = Some(change.at);
                }
            }
            _ => {}
        }
    }
    all
}

/// A time in which the API servers of a cluster answered nobody; `until` is `None` if they do not when all is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    pub(crate) cluster: EntityId,
    pub(crate) from: SimTime,
    pub(crate) until: Option<SimTime>,
}

/// All of them, in the order in which they began.
pub(crate) fn silences(changes: &[Change]) -> Vec<Silence> {
    let mut all: Vec<Silence> = Vec::new();
    for change in changes {
        if let Record::ControlPlaneChanged { cluster, answers } = change.record {
            if let Some(open) = all.iter_mut().find(|of| of.cluster == cluster && of.until.is_none()) {
                open.until = answers.then_some(change.at);
            } else if !answers {
                all.push(Silence { cluster, from: change.at, until: None });
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_records::PodReason;

    const NODE: EntityId = EntityId(9);

    fn change(at: u64, record: Record) -> Change {
        Change { at: SimTime::from_secs(at), number: 0, record }
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
        let open: Vec<EntityId> =
            without_room(&changes).iter().filter(|of| of.until.is_none()).map(|of| of.pod).collect();
        assert_eq!(open, [EntityId(7), EntityId(4)]);
    }
}

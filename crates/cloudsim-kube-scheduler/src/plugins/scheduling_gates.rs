//! Keeps pods with scheduling gates out of the queue. Points: pre-enqueue.

use crate::framework::{ClusterEvent, Cycle, Hint, Plugin, Status};
use crate::objects::Pod;

/// The plugin.
pub(super) struct SchedulingGates;

impl Plugin for SchedulingGates {
    fn pre_enqueue(&self, pod: &Pod) -> Result<(), Status> {
        if pod.scheduling_gates.is_empty() {
            return Ok(());
        }
        let gates = pod.scheduling_gates.join(" ");
        Err(Status::unresolvable(format!("waiting for scheduling gates: [{gates}]")))
    }

    /// The last gate of the pod itself was removed.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        Hint::queue_if(
            event.own_change(cycle.pod).is_some_and(|(old, new)| {
                new.scheduling_gates.is_empty() && !old.scheduling_gates.is_empty()
            }),
        )
    }
}

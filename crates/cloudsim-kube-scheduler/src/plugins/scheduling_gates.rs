//! Keeps pods with scheduling gates out of the queue. Points: pre-enqueue.

use crate::framework::{Plugin, Status};
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
}

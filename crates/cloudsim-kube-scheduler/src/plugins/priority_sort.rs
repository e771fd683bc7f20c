//! The more important pod first, then the one that has waited longer. Points: queue sort.

use crate::framework::{Plugin, QueueOrder};
use crate::objects::Pod;
use cloudsim_units::SimTime;
use std::cmp::Reverse;

/// The plugin.
pub(super) struct PrioritySort;

impl Plugin for PrioritySort {
    fn queue_sort(&self, pod: &Pod, since: SimTime) -> QueueOrder {
        (Reverse(pod.priority), since)
    }
}

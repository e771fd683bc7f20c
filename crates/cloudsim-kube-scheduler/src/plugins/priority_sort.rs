//! The more important pod first, then the one that has waited longer. Points: queue sort.

use crate::framework::Plugin;
use crate::objects::Pod;
use std::cmp::Ordering;

/// The plugin.
pub(super) struct PrioritySort;

impl Plugin for PrioritySort {
    fn queue_sort(&self, (a, a_since): (&Pod, u64), (b, b_since): (&Pod, u64)) -> Ordering {
        b.priority.cmp(&a.priority).then(a_since.cmp(&b_since))
    }
}

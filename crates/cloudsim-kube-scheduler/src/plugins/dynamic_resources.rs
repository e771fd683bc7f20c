//! Dynamic resource allocation, as far as it concerns pods without claims. Points: pre-enqueue, pre-filter, post-filter.
//!
//! Claims are not modelled: a pod that names one is rejected, with that reason.

use crate::framework::{
    Choice, ClusterEvent, Code, Cycle, CycleState, Diagnosis, Hint, Plugin, PostFiltered, PreFiltered, Status,
};
use crate::version::Version;

/// The plugin.
pub(super) struct DynamicResources;

impl Plugin for DynamicResources {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        match cycle.pod.resource_claims.first() {
            None => PreFiltered::Skip,
            Some(claim) => PreFiltered::Rejected(Status::unresolvable(format!(
                "resource claims are not simulated (the pod names claim {claim:?})"
            ))),
        }
    }

    /// Nothing that is simulated makes a claim usable.
    fn hint(&self, _: &Cycle<'_>, _: &ClusterEvent) -> Hint {
        Hint::Skip
    }

    /// Says its word before preemption is asked. After a rejection by a pre-filter it misses what its own pre-filter would have
    /// kept, and fails; preemption is then not asked at all. Before 1.34 nobody asks it.
    fn post_filter(
        &self,
        cycle: &Cycle<'_>,
        _: &CycleState<'_>,
        diagnosis: &Diagnosis,
        _: &mut Choice<'_>,
    ) -> Option<PostFiltered> {
        if cycle.version < Version::V1_34 {
            return None;
        }
        Some(PostFiltered::rejected(if diagnosis.pre_filter.is_some() {
            Status::new(Code::Error, "not found")
        } else {
            Status::unschedulable("no new claims to deallocate")
        }))
    }
}

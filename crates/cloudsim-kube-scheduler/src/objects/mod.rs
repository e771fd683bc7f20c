//! What the scheduler keeps of the API's objects: read once, in whole units, with compiled selectors.
//!
//! Each type has a `read` from the object as the API server stores it; what the API server would have refused and the
//! scheduler could not use is a [`Malformed`] with the field's path.

mod labels;
mod node;
mod pod;
mod quantity;
mod resources;
mod volumes;
mod workloads;

pub use labels::{Labels, Requirement, Selector, check_labels};
pub(crate) use labels::{is_label_value, not_a_key};
pub use node::{Image, Node, NodeSelector, NodeTerm, PreferredNodeTerm, Taint, TaintEffect};
pub use pod::{
    AffinityTerm, HostPort, NodeInclusion, Owner, Pod, PodKey, PreferredAffinityTerm, Requests,
    SpreadConstraint, Toleration, Unsatisfiable,
};
pub use quantity::Quantity;
pub use resources::{ResourceName, Resources};
pub use volumes::{
    AccessMode, BETA_STORAGE_CLASS, BindingMode, ClaimKey, ClaimRef, CsiDriver, CsiNode, CsiStorageCapacity,
    Disk, PersistentVolume, PersistentVolumeClaim, StorageClass, Volume, VolumeAttachment, VolumeMode,
    VolumeSource,
};
pub use workloads::{Namespace, PodDisruptionBudget, Service, Workload, WorkloadKind};

use std::sync::Arc;

/// A name or another short text of an object, shared by all that mention it.
pub type Text = Arc<str>;

/// A field that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Malformed {
    /// The path of the field in the object, as `kubectl explain` writes it: `spec.containers[0].ports[1].hostPort`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Malformed {
    /// Says what is wrong with a field; without a path, with the whole object.
    #[must_use]
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Malformed {
        Malformed { field: field.into(), problem: problem.into() }
    }

    /// The way to the field, step by step.
    ///
    /// ```
    /// use cloudsim_kube_scheduler::objects::Malformed;
    ///
    /// let wrong = Malformed::new("containers[0].resources.requests[cpu]", "less than nothing");
    /// assert_eq!(wrong.steps(), ["containers", "0", "resources", "requests", "cpu"]);
    /// ```
    #[must_use]
    pub fn steps(&self) -> Vec<&str> {
        let mut steps = Vec::new();
        let mut rest = self.field.as_str();
        while !rest.is_empty() {
            let (step, tail) = match rest.strip_prefix('[') {
                Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
                None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
            };
            steps.push(step);
            rest = tail.strip_prefix('.').unwrap_or(tail);
        }
        steps
    }

    /// The same, where the field lies below `parent`.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Malformed {
        self.field = if self.field.is_empty() || self.field.starts_with('[') {
            format!("{parent}{}", self.field)
        } else {
            format!("{parent}.{}", self.field)
        };
        self
    }
}

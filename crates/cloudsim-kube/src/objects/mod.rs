//! What is kept of the API's objects: read once from the types of `k8s-openapi`, defaults filled in.
//!
//! What the scheduler looks at is kept in the scheduler's own types.

mod autoscaler;
mod disruption_budget;
mod failure_policy;
mod pod;
mod pod_rules;
mod workload;

pub use autoscaler::{
    Behavior, CpuMetric, CpuTarget, HorizontalPodAutoscaler, ScalingPolicy, ScalingRules, ScalingValue,
    Select,
};
pub use cloudsim_kube_scheduler::objects::{
    BETA_STORAGE_CLASS, Labels, Malformed, Namespace, Node, PersistentVolume, PersistentVolumeClaim,
    Quantity, Requirement, Resources, Selector, StorageClass, Taint, TaintEffect, Text, check_labels,
};
pub use disruption_budget::{Budget, PodDisruptionBudget, UnhealthyPods};
pub(crate) use failure_policy::Failure;
pub use failure_policy::{FailureAction, FailureRule, Failures};
pub use pod::{Action, Container, MIRROR, NoExecute, PodTemplate, Probe, PullPolicy, RestartPolicy};
pub use workload::{IntOrPercent, Job, Kind, RollingUpdate, StatefulUpdate, Workload};

use std::fmt;
use std::str::FromStr;

/// Namespace and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for ObjectKey {
    type Err = std::convert::Infallible;

    /// Reads `namespace/name`; a name alone is in `default`.
    fn from_str(text: &str) -> Result<ObjectKey, Self::Err> {
        let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
        Ok(ObjectKey { namespace: namespace.into(), name: name.into() })
    }
}

/// A number that the API has as a signed one and that cannot be negative.
fn natural(number: Option<i32>, default: u32, field: &str) -> Result<u32, Malformed> {
    match number {
        None => Ok(default),
        Some(number) => u32::try_from(number)
            .map_err(|_| Malformed { field: field.to_owned(), problem: format!("{number} is negative") }),
    }
}

//! What stands around pods: namespaces, services, controllers, disruption budgets.

use super::labels::read_labels;
use super::{Labels, Malformed, Pod, Selector, Text};
use k8s_openapi::api::{apps, core::v1 as core, policy::v1 as policy};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeSet;

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: Text,
    /// Its labels.
    pub labels: Labels,
}

impl Namespace {
    /// Reads a namespace of the API.
    #[must_use]
    pub fn read(namespace: &core::Namespace) -> Namespace {
        Namespace { name: name(&namespace.metadata), labels: read_labels(namespace.metadata.labels.as_ref()) }
    }
}

/// A service: what it selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its namespace.
    pub namespace: Text,
    /// The labels it selects; `None` selects nothing.
    pub selector: Option<Labels>,
}

impl Service {
    /// Reads a service of the API.
    #[must_use]
    pub fn read(service: &core::Service) -> Service {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        Service {
            namespace: namespace(&service.metadata),
            selector: selector.map(|selector| read_labels(Some(selector))),
        }
    }

    /// Whether its selector is there and selects a pod of its namespace.
    #[must_use]
    pub fn selects(&self, pod: &Pod) -> bool {
        let selects = |labels: &Labels| labels.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
        self.namespace == pod.namespace && self.selector.as_ref().is_some_and(selects)
    }
}

/// The kinds of controllers whose selector spreads their pods by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// v1
    ReplicationController,
    /// apps/v1
    ReplicaSet,
    /// apps/v1
    StatefulSet,
}

/// A controller of pods: what it selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What it is.
    pub kind: WorkloadKind,
    /// Its namespace.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// What it selects.
    pub selector: Selector,
}

impl Workload {
    /// Reads a replication controller.
    #[must_use]
    pub fn read_replication_controller(controller: &core::ReplicationController) -> Workload {
        let selector = controller.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        Workload {
            kind: WorkloadKind::ReplicationController,
            namespace: namespace(&controller.metadata),
            name: name(&controller.metadata),
            selector: Selector::of(selector),
        }
    }

    /// Reads a replica set.
    ///
    /// # Errors
    /// A selector that is none.
    pub fn read_replica_set(set: &apps::v1::ReplicaSet) -> Result<Workload, Malformed> {
        let selector = Selector::read(set.spec.as_ref().map(|spec| &spec.selector));
        Workload::read_set(WorkloadKind::ReplicaSet, &set.metadata, selector)
    }

    /// Reads a stateful set.
    ///
    /// # Errors
    /// A selector that is none.
    pub fn read_stateful_set(set: &apps::v1::StatefulSet) -> Result<Workload, Malformed> {
        let selector = Selector::read(set.spec.as_ref().map(|spec| &spec.selector));
        Workload::read_set(WorkloadKind::StatefulSet, &set.metadata, selector)
    }

    fn read_set(
        kind: WorkloadKind,
        metadata: &ObjectMeta,
        selector: Result<Selector, Malformed>,
    ) -> Result<Workload, Malformed> {
        let selector = selector.map_err(|e| e.below("spec.selector"))?;
        Ok(Workload { kind, namespace: namespace(metadata), name: name(metadata), selector })
    }
}

/// A pod disruption budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodDisruptionBudget {
    /// Its namespace.
    pub namespace: Text,
    /// What it protects.
    pub selector: Selector,
    /// How many more disruptions it allows.
    pub disruptions_allowed: i32,
    /// The names of pods whose disruption it has counted already.
    pub disrupted: BTreeSet<Text>,
}

impl PodDisruptionBudget {
    /// Reads a budget of the API.
    ///
    /// # Errors
    /// A selector that is none.
    pub fn read(budget: &policy::PodDisruptionBudget) -> Result<PodDisruptionBudget, Malformed> {
        let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let status = budget.status.as_ref();
        Ok(PodDisruptionBudget {
            namespace: namespace(&budget.metadata),
            selector: Selector::read(selector).map_err(|e| e.below("spec.selector"))?,
            disruptions_allowed: status.map_or(0, |status| status.disruptions_allowed),
            disrupted: status
                .and_then(|status| status.disrupted_pods.as_ref())
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str().into())
                .collect(),
        })
    }

    /// Whether it protects a pod. A selector without conditions protects none here.
    #[must_use]
    pub fn protects(&self, pod: &Pod) -> bool {
        self.namespace == pod.namespace
            && !self.selector.is_everything()
            && self.selector.matches(&pod.labels)
    }
}

pub(super) fn name(metadata: &ObjectMeta) -> Text {
    metadata.name.as_deref().unwrap_or_default().into()
}

/// The namespace of an object: `default` where none is written, as `kubectl` has it.
pub(super) fn namespace(metadata: &ObjectMeta) -> Text {
    metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty()).unwrap_or("default").into()
}

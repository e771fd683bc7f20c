//! What stands in the words of the Kubernetes API: which type of it, and where it is described.

use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core,
    policy::v1 as policy, storage::v1 as storage,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};
use std::borrow::Cow;
use std::fmt;

/// The key of a type of the Kubernetes API, and of where it is described.
pub(crate) const API: &str = "x-api";

/// A type of the Kubernetes API.
pub(crate) trait ApiType: fmt::Debug + JsonSchema {
    /// The type itself.
    type Value: fmt::Debug + DeserializeOwned;
}

macro_rules! api_types {
    ($($name:ident: $type:ty, $group:literal, $page:literal;)+) => {$(
        #[doc = concat!("`", stringify!($name), "` of ", $group, ".")]
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl ApiType for $name {
            type Value = $type;
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "object",
                    "description": concat!("`", stringify!($name), "` of the Kubernetes API, ", $group, "."),
                    "x-api": concat!("https://kubernetes.io/docs/reference/kubernetes-api/", $page),
                })
            }
        }
    )+};
}

api_types! {
    DeploymentSpec: apps::DeploymentSpec, "apps/v1", "workload-resources/deployment-v1/#DeploymentSpec";
    ReplicaSetSpec: apps::ReplicaSetSpec, "apps/v1", "workload-resources/replica-set-v1/#ReplicaSetSpec";
    StatefulSetSpec: apps::StatefulSetSpec, "apps/v1", "workload-resources/stateful-set-v1/#StatefulSetSpec";
    DaemonSetSpec: apps::DaemonSetSpec, "apps/v1", "workload-resources/daemon-set-v1/#DaemonSetSpec";
    JobSpec: batch::JobSpec, "batch/v1", "workload-resources/job-v1/#JobSpec";
    CronJobSpec: batch::CronJobSpec, "batch/v1", "workload-resources/cron-job-v1/#CronJobSpec";
    PodSpec: core::PodSpec, "core/v1", "workload-resources/pod-v1/#PodSpec";
    ServiceSpec: core::ServiceSpec, "core/v1", "service-resources/service-v1/#ServiceSpec";
    PodDisruptionBudgetSpec: policy::PodDisruptionBudgetSpec, "policy/v1",
        "policy-resources/pod-disruption-budget-v1/#PodDisruptionBudgetSpec";
    HorizontalPodAutoscalerSpec: autoscaling::HorizontalPodAutoscalerSpec, "autoscaling/v2",
        "workload-resources/horizontal-pod-autoscaler-v2/#HorizontalPodAutoscalerSpec";
    PersistentVolumeSpec: core::PersistentVolumeSpec, "core/v1",
        "config-and-storage-resources/persistent-volume-v1/#PersistentVolumeSpec";
    PersistentVolumeClaimSpec: core::PersistentVolumeClaimSpec, "core/v1",
        "config-and-storage-resources/persistent-volume-claim-v1/#PersistentVolumeClaimSpec";
    StorageClass: storage::StorageClass, "storage.k8s.io/v1",
        "config-and-storage-resources/storage-class-v1/#StorageClass";
}

/// A field in the words of the API. It is read from the tree itself, after everything around it: `ron` sees that it is there.
#[derive(Debug)]
pub(crate) struct Api<T: ApiType>(pub(crate) Option<T::Value>);

impl<'de, T: ApiType> Deserialize<'de> for Api<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(None))
    }
}

impl<T: ApiType> JsonSchema for Api<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A thing of which one field is in the words of the API.
pub(crate) trait HasApi {
    /// The type of that field.
    type Type: ApiType;

    /// The field.
    fn api_mut(&mut self) -> &mut Api<Self::Type>;
}

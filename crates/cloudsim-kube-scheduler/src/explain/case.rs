//! A case: a cluster and a pod, as Kubernetes objects in JSON.

use crate::cluster::Cluster;
use crate::config;
use crate::objects::{
    CsiDriver, CsiNode, CsiStorageCapacity, Malformed, Namespace, Node, PersistentVolume,
    PersistentVolumeClaim, Pod, PodDisruptionBudget, Service, StorageClass, VolumeAttachment, Workload,
};
use crate::profile::{Profile, ProfileSpec};
use crate::storage::Storage;
use crate::version::Version;
use k8s_openapi::api::{apps::v1 as apps, core::v1 as core, policy::v1 as policy, storage::v1 as storage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a case cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CaseError(pub Malformed);

impl From<Malformed> for CaseError {
    fn from(malformed: Malformed) -> CaseError {
        CaseError(malformed)
    }
}

/// A cluster, and a pod to place in it.
pub struct Case {
    /// Its name.
    pub id: Value,
    /// How it is decided.
    pub profile: Profile,
    /// Where.
    pub cluster: Cluster,
    /// What.
    pub pod: Pod,
}

/// The objects of a cluster in a case, and in the first line of a trace.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    config: Option<Value>,
    #[serde(default)]
    nodes: Vec<core::Node>,
    #[serde(default)]
    pods: Vec<core::Pod>,
    #[serde(default)]
    nominated_pods: Vec<core::Pod>,
    #[serde(default)]
    namespaces: Vec<core::Namespace>,
    #[serde(default)]
    services: Vec<core::Service>,
    #[serde(default)]
    replication_controllers: Vec<core::ReplicationController>,
    #[serde(default)]
    replica_sets: Vec<apps::ReplicaSet>,
    #[serde(default)]
    stateful_sets: Vec<apps::StatefulSet>,
    #[serde(default)]
    pod_disruption_budgets: Vec<policy::PodDisruptionBudget>,
    #[serde(default)]
    persistent_volume_claims: Vec<core::PersistentVolumeClaim>,
    #[serde(default)]
    persistent_volumes: Vec<core::PersistentVolume>,
    #[serde(default)]
    storage_classes: Vec<storage::StorageClass>,
    #[serde(default)]
    csi_nodes: Vec<storage::CSINode>,
    #[serde(default)]
    csi_drivers: Vec<storage::CSIDriver>,
    #[serde(default)]
    csi_storage_capacities: Vec<storage::CSIStorageCapacity>,
    #[serde(default)]
    volume_attachments: Vec<storage::VolumeAttachment>,
    pod: Option<core::Pod>,
    #[serde(default, rename = "expect")]
    _expect: IgnoredAny,
    #[serde(default, rename = "family")]
    _family: IgnoredAny,
    #[serde(default, rename = "tags")]
    _tags: IgnoredAny,
}

/// Reads a line, and says which field of it is wrong.
pub(super) fn from_line<T: for<'de> Deserialize<'de>>(line: &str) -> Result<T, Malformed> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        Malformed::new(if path == "." { String::new() } else { path }, error.into_inner().to_string())
    })?;
    reader.end().map_err(|error| Malformed::new("", error.to_string()))?;
    Ok(read)
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(line: &str, version: Version) -> Result<Case, CaseError> {
        let written: Written = from_line(line)?;
        let pod = written.pod.as_ref().ok_or_else(|| Malformed::new("pod", "a case needs a pod to place"))?;
        let pod = Pod::read(pod).map_err(|e| e.below("pod"))?;
        let cluster = written.cluster()?;
        if let Some(node) = cluster.node_of(&pod.key) {
            let problem = format!("{} is on node `{}` already", pod.key, node.name());
            return Err(Malformed::new("pod.metadata.name", problem).into());
        }
        let profile = profile_for(written.config.as_ref(), &pod, version)?;
        Ok(Case { id: written.id, profile, cluster, pod })
    }
}

/// The cluster of the first line of a trace.
pub(super) fn read_cluster(line: &str) -> Result<Cluster, CaseError> {
    let written: Written = from_line(line)?;
    if written.pod.is_some() {
        return Err(Malformed::new(
            "pod",
            "the first line of a trace is the cluster, without a pod to place",
        )
        .into());
    }
    written.cluster()
}

/// The profile that a pod names; a single one serves every pod.
fn profile_for(configuration: Option<&Value>, pod: &Pod, version: Version) -> Result<Profile, CaseError> {
    let Some(configuration) = configuration else { return Ok(Profile::new(ProfileSpec::default(), version)) };
    let mut profiles = config::read(configuration)
        .map_err(|problems| problems.into_iter().next().expect("a refusal has a problem").below("config"))?
        .profiles;
    let at = profiles.iter().position(|profile| profile.scheduler_name == pod.scheduler_name);
    match at {
        Some(at) => Ok(Profile::new(profiles.swap_remove(at), version)),
        None if profiles.len() == 1 => Ok(Profile::new(profiles.swap_remove(0), version)),
        None => {
            let problem = format!("no profile of the configuration is named `{}`", pod.scheduler_name);
            Err(Malformed::new("pod.spec.schedulerName", problem).into())
        }
    }
}

impl Written {
    fn cluster(&self) -> Result<Cluster, CaseError> {
        let mut cluster = Cluster::new();
        for namespace in &self.namespaces {
            cluster.set_namespace(Namespace::read(namespace));
        }
        for (i, node) in self.nodes.iter().enumerate() {
            let node = Node::read(node).map_err(|e| e.below(&format!("nodes[{i}]")))?;
            if cluster.node(&node.name).is_some() {
                let problem = format!("there is a node `{}` already", node.name);
                return Err(Malformed::new(format!("nodes[{i}].metadata.name"), problem).into());
            }
            cluster.set_node(node);
        }
        let mut names = BTreeSet::new();
        for (i, pod) in self.pods.iter().enumerate() {
            let at = format!("pods[{i}]");
            let pod = Pod::read(pod).map_err(|e| e.below(&at))?;
            if !names.insert(pod.key.clone()) {
                let problem = format!("there is a pod {} already", pod.key);
                return Err(Malformed::new(format!("{at}.metadata.name"), problem).into());
            }
            let Some(node) = pod.node_name.clone() else {
                let problem = "a pod of the cluster is on a node; pods that wait are in nominatedPods";
                return Err(Malformed::new(format!("{at}.spec.nodeName"), problem).into());
            };
            if !cluster.add_pod(Arc::new(pod), &node) {
                return Err(Malformed::new(
                    format!("{at}.spec.nodeName"),
                    format!("there is no node `{node}`"),
                )
                .into());
            }
        }
        for (i, pod) in self.nominated_pods.iter().enumerate() {
            let at = format!("nominatedPods[{i}]");
            let pod = Pod::read(pod).map_err(|e| e.below(&at))?;
            if pod.nominated_node.is_none() {
                return Err(Malformed::new(format!("{at}.status.nominatedNodeName"), "is missing").into());
            }
            cluster.nominate(Arc::new(pod));
        }
        cluster.services = self.services.iter().map(Service::read).collect();
        let controllers = self.replication_controllers.iter().map(Workload::read_replication_controller);
        cluster.workloads = controllers.collect();
        for (i, set) in self.replica_sets.iter().enumerate() {
            let set = Workload::read_replica_set(set).map_err(|e| e.below(&format!("replicaSets[{i}]")))?;
            cluster.workloads.push(set);
        }
        for (i, set) in self.stateful_sets.iter().enumerate() {
            let set = Workload::read_stateful_set(set).map_err(|e| e.below(&format!("statefulSets[{i}]")))?;
            cluster.workloads.push(set);
        }
        for (i, budget) in self.pod_disruption_budgets.iter().enumerate() {
            let at = format!("podDisruptionBudgets[{i}]");
            cluster.disruption_budgets.push(PodDisruptionBudget::read(budget).map_err(|e| e.below(&at))?);
        }
        cluster.storage = self.storage()?;
        Ok(cluster)
    }

    fn storage(&self) -> Result<Storage, CaseError> {
        let mut storage = Storage::default();
        for claim in
            each(&self.persistent_volume_claims, "persistentVolumeClaims", PersistentVolumeClaim::read)
        {
            storage.set_claim(claim?);
        }
        for volume in each(&self.persistent_volumes, "persistentVolumes", PersistentVolume::read) {
            storage.set_volume(volume?);
        }
        for class in each(&self.storage_classes, "storageClasses", StorageClass::read) {
            storage.set_class(class?);
        }
        for node in each(&self.csi_nodes, "csiNodes", CsiNode::read) {
            storage.set_csi_node(node?);
        }
        for driver in each(&self.csi_drivers, "csiDrivers", CsiDriver::read) {
            storage.set_csi_driver(driver?);
        }
        for capacity in each(&self.csi_storage_capacities, "csiStorageCapacities", CsiStorageCapacity::read) {
            storage.set_capacity(capacity?);
        }
        for attachment in each(&self.volume_attachments, "volumeAttachments", VolumeAttachment::read) {
            storage.set_attachment(attachment?);
        }
        Ok(storage)
    }
}

/// Reads objects that lie in a list.
fn each<'w, A, T>(
    objects: &'w [A],
    list: &'w str,
    read: impl Fn(&A) -> Result<T, Malformed> + 'w,
) -> impl Iterator<Item = Result<T, Malformed>> + 'w {
    objects
        .iter()
        .enumerate()
        .map(move |(i, object)| read(object).map_err(|e| e.below(&format!("{list}[{i}]"))))
}

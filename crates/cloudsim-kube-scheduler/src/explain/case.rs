//! A case: a cluster and a pod, as Kubernetes objects in JSON.

use crate::cluster::Cluster;
use crate::config;
use crate::cycle::Search;
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

/// How cases are decided, and what holds for those that carry no configuration.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Whose decisions are followed.
    pub version: Version,
    /// The profiles of cases without a configuration; without any, the default profile.
    pub profiles: Vec<ProfileSpec>,
    /// Whether `PodTopologySpread` ignores domains that are wholly tainted (KEP-5980), in every profile.
    pub ignore_tainted_domains: bool,
}

impl From<Version> for Defaults {
    fn from(version: Version) -> Defaults {
        Defaults { version, ..Defaults::default() }
    }
}

impl Defaults {
    /// The profiles of a case, or of a trace, with this configuration.
    pub(super) fn profiles(&self, configuration: Option<&Value>) -> Result<Vec<Profile>, Malformed> {
        let own = configuration.map(config::read).transpose();
        let own = own.map_err(|problems| {
            problems.into_iter().next().expect("a refusal has a problem").below("config")
        })?;
        let mut specs = own.map_or_else(|| self.profiles.clone(), |own| own.profiles);
        if specs.is_empty() {
            specs.push(ProfileSpec::default());
        }
        Ok(specs
            .into_iter()
            .map(|mut spec| {
                spec.args.pod_topology_spread.ignore_tainted_domains |= self.ignore_tainted_domains;
                Profile::new(spec, self.version)
            })
            .collect())
    }
}

/// Which profile serves a pod: a single one serves every pod.
pub(super) fn serving<'p>(
    mut profiles: impl ExactSizeIterator<Item = &'p Profile>,
    pod: &Pod,
) -> Result<usize, Malformed> {
    let named = |profile: &Profile| profile.spec().scheduler_name == pod.scheduler_name;
    let at = if profiles.len() == 1 { Some(0) } else { profiles.position(named) };
    at.ok_or_else(|| {
        let problem =
            format!("no profile of the configuration is named `{}`", pod.scheduler_name.escape_debug());
        Malformed::new("pod.spec.schedulerName", problem)
    })
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
    /// How the search goes through the nodes.
    pub search: Search,
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
    let read = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Malformed::new(field_of(&error.path().to_string()), problem_of(error.inner())))?;
    reader.end().map_err(|error| Malformed::new("", problem_of(&error)))?;
    Ok(read)
}

/// A path as far as it names fields, and not without end.
fn field_of(path: &str) -> String {
    const CHARS_MAX: usize = 200;
    let path = path.strip_suffix('?').unwrap_or(path).trim_end_matches('.');
    match path.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}

/// What a reader of one line says, without the number of the line, which is always 1.
fn problem_of(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match said.strip_suffix(&place) {
        Some(problem) => format!("{problem} (column {})", error.column()),
        None => said,
    }
}

impl Case {
    /// The `id` of a line that is no case, as far as it can be found.
    #[must_use]
    pub fn id_of(line: &str) -> Option<Value> {
        #[derive(Deserialize)]
        struct Named {
            id: Value,
        }
        serde_json::from_str::<Named>(line).ok().map(|named| named.id)
    }

    /// Reads a case.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read(line: &str, version: Version) -> Result<Case, CaseError> {
        Case::read_with(line, &version.into())
    }

    /// Reads a case, which is decided by `defaults` as far as it does not say otherwise.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn read_with(line: &str, defaults: &Defaults) -> Result<Case, CaseError> {
        let written: Written = from_line(line)?;
        let pod = written.pod.as_ref().ok_or_else(|| Malformed::new("pod", "a case needs a pod to place"))?;
        let pod = Pod::read(pod).map_err(|e| e.below("pod"))?;
        let cluster = written.cluster()?;
        if let Some(node) = cluster.node_of(&pod.key) {
            let problem = format!("{} is on node `{}` already", pod.key, node.name());
            return Err(Malformed::new("pod.metadata.name", problem).into());
        }
        let mut profiles = defaults.profiles(written.config.as_ref())?;
        let profile = profiles.swap_remove(serving(profiles.iter(), &pod)?);
        Ok(Case { id: written.id, profile, cluster, pod, search: Search::default() })
    }
}

/// The cluster of the first line of a trace, and the profiles of its pods.
pub(super) fn read_cluster(line: &str, defaults: &Defaults) -> Result<(Cluster, Vec<Profile>), CaseError> {
    let written: Written = from_line(line)?;
    if written.pod.is_some() {
        return Err(Malformed::new(
            "pod",
            "the first line of a trace is the cluster, without a pod to place",
        )
        .into());
    }
    Ok((written.cluster()?, defaults.profiles(written.config.as_ref())?))
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

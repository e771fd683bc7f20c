//! A case: a cluster and a pod, as Kubernetes objects in JSON.

use super::line;
use crate::cluster::Cluster;
use crate::config;
use crate::cycle::Search;
use crate::framework::Status;
use crate::objects::{
    CsiDriver, CsiNode, CsiStorageCapacity, Malformed, Namespace, Node, PersistentVolume,
    PersistentVolumeClaim, Pod, PodDisruptionBudget, PodKey, Service, StorageClass, Text, VolumeAttachment,
    Workload,
};
use crate::profile::{Profile, ProfileSpec};
use crate::storage::Storage;
use crate::version::Version;
use k8s_openapi::api::{apps::v1 as apps, core::v1 as core, policy::v1 as policy, storage::v1 as storage};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
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
    /// The pods of the cluster that count nowhere.
    pub uncounted: BTreeMap<PodKey, Uncounted>,
    /// What.
    pub pod: Pod,
    /// Why kube-scheduler does not try the pod, if it does not: the decision is then what it would be otherwise.
    pub untried: Option<Untried>,
    /// How the search goes through the nodes.
    pub search: Search,
}

/// Why a pod of the cluster counts nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncounted {
    /// It is on this node, which is not listed: kube-scheduler keeps it, and no cycle sees it before the node is there.
    Elsewhere(Text),
    /// It has succeeded or failed: kube-scheduler is not told of it.
    Ended,
}

/// Why kube-scheduler does not try a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untried {
    /// It has succeeded or failed.
    Ended,
    /// It is on this node.
    Assigned(Text),
    /// A plugin keeps it out of the queue, with what it says: its scheduling gates are still there.
    Kept(Status),
    /// It is being deleted.
    Terminating,
}

impl Untried {
    /// Why a pod is not tried by a profile, if it is not.
    fn of(written: &core::Pod, pod: &Pod, profile: &Profile) -> Option<Untried> {
        if has_ended(written) {
            return Some(Untried::Ended);
        }
        if let Some(node) = &pod.node_name {
            return Some(Untried::Assigned(node.clone()));
        }
        if let Err(status) = profile.pre_enqueue(pod) {
            return Some(Untried::Kept(status));
        }
        pod.terminating.then_some(Untried::Terminating)
    }
}

/// Whether a pod has succeeded or failed. kube-scheduler asks the API server for the others alone.
fn has_ended(pod: &core::Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// A list. Go writes one that is empty as null.
struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<List<T>, D::Error> {
        Ok(List(Option::deserialize(deserializer)?.unwrap_or_default()))
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// The objects of a cluster in a case, and in the first line of a trace.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    id: Value,
    config: Option<Value>,
    nodes: List<core::Node>,
    pods: List<core::Pod>,
    nominated_pods: List<core::Pod>,
    namespaces: List<core::Namespace>,
    services: List<core::Service>,
    replication_controllers: List<core::ReplicationController>,
    replica_sets: List<apps::ReplicaSet>,
    stateful_sets: List<apps::StatefulSet>,
    pod_disruption_budgets: List<policy::PodDisruptionBudget>,
    persistent_volume_claims: List<core::PersistentVolumeClaim>,
    persistent_volumes: List<core::PersistentVolume>,
    storage_classes: List<storage::StorageClass>,
    csi_nodes: List<storage::CSINode>,
    csi_drivers: List<storage::CSIDriver>,
    csi_storage_capacities: List<storage::CSIStorageCapacity>,
    volume_attachments: List<storage::VolumeAttachment>,
    pod: Option<core::Pod>,
    #[serde(rename = "expect")]
    _expect: IgnoredAny,
    #[serde(rename = "family")]
    _family: IgnoredAny,
    #[serde(rename = "tags")]
    _tags: IgnoredAny,
}

impl Case {
    /// The `id` of a line that is no case, as far as it can be found.
    #[must_use]
    pub fn id_of(line: &str) -> Option<Value> {
        #[derive(Deserialize)]
        struct Named {
            id: Value,
        }
        serde_json::from_str::<Named>(line::unmarked(line)).ok().map(|named| named.id)
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
        let written: Written = line::read(line, "a case")?;
        let to_place =
            written.pod.as_ref().ok_or_else(|| Malformed::new("pod", "a case needs a pod to place"))?;
        let pod = Pod::read(to_place).map_err(|e| e.below("pod"))?;
        let (cluster, uncounted) = written.cluster()?;
        if let Some(node) = cluster.node_of(&pod.key) {
            let problem = format!("{} is on node `{}` already", pod.key, node.name());
            return Err(Malformed::new("pod.metadata.name", problem).into());
        }
        let mut profiles = defaults.profiles(written.config.as_ref())?;
        let profile = profiles.swap_remove(serving(profiles.iter(), &pod)?);
        let untried = Untried::of(to_place, &pod, &profile);
        let search = Search::default();
        Ok(Case { id: written.id, profile, cluster, uncounted, pod, untried, search })
    }
}

/// The cluster of the first line of a trace, its pods that count nowhere, and the profiles of those that come.
#[expect(clippy::type_complexity, reason = "a name would say no more")]
pub(super) fn read_cluster(
    line: &str,
    defaults: &Defaults,
) -> Result<(Cluster, BTreeMap<PodKey, Uncounted>, Vec<Profile>), CaseError> {
    let written: Written = line::read(line, "the cluster of a trace")?;
    if written.pod.is_some() {
        return Err(Malformed::new(
            "pod",
            "the first line of a trace is the cluster, without a pod to place",
        )
        .into());
    }
    let (cluster, uncounted) = written.cluster()?;
    Ok((cluster, uncounted, defaults.profiles(written.config.as_ref())?))
}

impl Written {
    /// The cluster, and its pods that count nowhere.
    fn cluster(&self) -> Result<(Cluster, BTreeMap<PodKey, Uncounted>), CaseError> {
        let (mut cluster, mut uncounted) = (Cluster::new(), BTreeMap::new());
        for namespace in self.namespaces.iter() {
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
        for (i, written) in self.pods.iter().enumerate() {
            let at = format!("pods[{i}]");
            let pod = Pod::read(written).map_err(|e| e.below(&at))?;
            if !names.insert(pod.key.clone()) {
                let problem = format!("there is a pod {} already", pod.key);
                return Err(Malformed::new(format!("{at}.metadata.name"), problem).into());
            }
            if has_ended(written) {
                uncounted.insert(pod.key, Uncounted::Ended);
                continue;
            }
            let Some(node) = pod.node_name.clone() else {
                let problem = "a pod of the cluster is on a node; pods that wait are in nominatedPods";
                return Err(Malformed::new(format!("{at}.spec.nodeName"), problem).into());
            };
            let key = pod.key.clone();
            if !cluster.add_pod(Arc::new(pod), &node) {
                uncounted.insert(key, Uncounted::Elsewhere(node));
            }
        }
        for (i, written) in self.nominated_pods.iter().enumerate() {
            let at = format!("nominatedPods[{i}]");
            let pod = Pod::read(written).map_err(|e| e.below(&at))?;
            if has_ended(written) {
                continue;
            }
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
        Ok((cluster, uncounted))
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

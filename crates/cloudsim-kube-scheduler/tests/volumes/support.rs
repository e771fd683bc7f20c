//! What volumes, claims and pods of these tests are like.

use cloudsim_kube_scheduler::framework::Code;
use cloudsim_kube_scheduler::objects::{
    CsiNode, Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass,
};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::{Cluster, Profile, ProfileSpec, Search, Version};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn api<T: DeserializeOwned>(object: &Value) -> T {
    serde_json::from_value(object.clone()).unwrap()
}

/// Nodes `a` and `b` in zones `z-a` and `z-b`, and a class `wait` whose volumes are made by `csi.example` when a pod
/// has a node.
pub(crate) fn cluster() -> Cluster {
    let mut cluster = Cluster::new();
    for name in ["a", "b"] {
        let labels = json!({"topology.kubernetes.io/zone": format!("z-{name}"), "host": name});
        let allocatable = json!({"cpu": "8", "memory": "8Gi", "pods": "110"});
        let node =
            json!({"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}});
        cluster.set_node(Node::read(&api(&node)).unwrap());
    }
    class(
        &mut cluster,
        json!({"metadata": {"name": "wait"}, "provisioner": "csi.example",
        "volumeBindingMode": "WaitForFirstConsumer"}),
    );
    class(
        &mut cluster,
        json!({"metadata": {"name": "by-hand"}, "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer"}),
    );
    class(
        &mut cluster,
        json!({"metadata": {"name": "at-once"}, "provisioner": "csi.example",
        "volumeBindingMode": "Immediate"}),
    );
    cluster
}

pub(crate) fn class(cluster: &mut Cluster, object: Value) {
    cluster.storage.set_class(StorageClass::read(&api(&object)).unwrap());
}

/// Lays `over` over `object`, deeply.
pub(crate) fn lay(object: &mut Value, over: Value) {
    match (object, over) {
        (Value::Object(object), Value::Object(over)) => {
            for (key, value) in over {
                lay(object.entry(key).or_insert(Value::Null), value);
            }
        }
        (object, over) => *object = over,
    }
}

/// A claim of 10Gi that waits for its first pod, with what is laid over it.
pub(crate) fn claim(cluster: &mut Cluster, name: &str, over: Value) {
    let mut object = json!({"metadata": {"name": name, "namespace": "ns", "uid": format!("u-{name}")},
        "spec": {"storageClassName": "wait", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}}}});
    lay(&mut object, over);
    cluster.storage.set_claim(PersistentVolumeClaim::read(&api(&object)).unwrap());
}

/// A claim bound to a volume.
pub(crate) fn bound(cluster: &mut Cluster, name: &str, volume: &str) {
    claim(
        cluster,
        name,
        json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"volumeName": volume}}),
    );
}

/// A volume of 10Gi of the class `by-hand` that is available, with what is laid over it.
pub(crate) fn volume(cluster: &mut Cluster, name: &str, over: Value) {
    let mut object = json!({"metadata": {"name": name}, "spec": {"storageClassName": "by-hand",
        "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}, "status": {"phase": "Available"}});
    lay(&mut object, over);
    cluster.storage.set_volume(PersistentVolume::read(&api(&object)).unwrap());
}

/// Affinity of a volume to nodes with a label.
pub(crate) fn on(key: &str, value: &str) -> Value {
    json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}]}}}})
}

pub(crate) fn csi_node(cluster: &mut Cluster, name: &str, driver: &str, limit: Value, migrated: &str) {
    let object = json!({"metadata": {"name": name,
            "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": migrated}},
        "spec": {"drivers": [{"name": driver, "nodeID": name, "allocatable": {"count": limit}}]}});
    cluster.storage.set_csi_node(CsiNode::read(&api(&object)).unwrap());
}

pub(crate) fn csi(driver: &str, handle: &str) -> Value {
    json!({"spec": {"csi": {"driver": driver, "volumeHandle": handle}}})
}

pub(crate) fn pod_of(namespace: &str, name: &str, volumes: Value) -> Pod {
    let object = json!({"metadata": {"name": name, "namespace": namespace, "uid": format!("u-{name}")},
        "spec": {"containers": [{"name": "c"}], "volumes": volumes}});
    Pod::read(&api(&object)).unwrap()
}

pub(crate) fn pod(volumes: Value) -> Pod {
    Pod { priority: 10, ..pod_of("ns", "pod", volumes) }
}

pub(crate) fn mounts(claim: &str) -> Value {
    json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}})
}

/// Puts a pod on a node.
pub(crate) fn runs(cluster: &mut Cluster, node: &str, name: &str, volumes: Value) {
    assert!(cluster.add_pod(Arc::new(pod_of("ns", name, volumes)), node));
}

/// What the default profile says of a pod on a node: plugin, code and reasons.
type Verdict = Result<(), (PluginName, Code, Vec<String>)>;

pub(crate) fn verdict_by(profile: &Profile, cluster: &Cluster, pod: &Pod, node: &str) -> Verdict {
    let filtered = profile.filter(cluster, pod, Search::default());
    let diagnosis = &filtered.diagnosis;
    if let Some(status) = diagnosis.pre_filter.as_ref().or_else(|| diagnosis.nodes.get(node)) {
        let reasons = status.reasons.iter().map(ToString::to_string).collect();
        return Err((status.plugin.unwrap(), status.code, reasons));
    }
    assert!(filtered.feasible.iter().any(|feasible| &**feasible.name() == node));
    Ok(())
}

pub(crate) fn verdict(cluster: &Cluster, pod: &Pod, node: &str) -> Verdict {
    verdict_by(&Profile::default(), cluster, pod, node)
}

/// The default profile with no volume plugin but one.
pub(crate) fn only(plugin: PluginName) -> Profile {
    let volume_plugins = [
        PluginName::VolumeRestrictions,
        PluginName::NodeVolumeLimits,
        PluginName::VolumeBinding,
        PluginName::VolumeZone,
    ];
    let mut spec = ProfileSpec::default();
    for plugins in spec.enabled.values_mut() {
        plugins.retain(|other| *other == plugin || !volume_plugins.contains(other));
    }
    Profile::new(spec, Version::default())
}

pub(crate) fn no(plugin: PluginName, code: Code, reason: &str) -> Verdict {
    Err((plugin, code, vec![reason.to_owned()]))
}

pub(crate) fn no_disk() -> Verdict {
    no(PluginName::VolumeRestrictions, Code::Unschedulable, "node(s) had no available disk")
}

pub(crate) fn over_limit() -> Verdict {
    no(PluginName::NodeVolumeLimits, Code::Unschedulable, "node(s) exceed max volume count")
}

pub(crate) fn binding(reason: &str) -> Verdict {
    no(PluginName::VolumeBinding, Code::UnschedulableAndUnresolvable, reason)
}

pub(crate) const NO_VOLUME: &str = "node(s) didn't find available persistent volumes to bind";
pub(crate) const CONFLICT: &str = "node(s) didn't match PersistentVolume's node affinity";
pub(crate) const NO_ROOM: &str = "node(s) did not have enough free storage";
pub(crate) const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

pub(crate) fn no_zone() -> Verdict {
    let reason = "node(s) had no available volume zone";
    no(PluginName::VolumeZone, Code::UnschedulableAndUnresolvable, reason)
}

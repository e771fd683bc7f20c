//! Which event of storage wakes a pod that a volume plugin has rejected.

use crate::hints::{added, updated, wakes};
use crate::make::{at, node, on, pod};
use cloudsim_kube_scheduler::framework::{Change, Choice, ClusterEvent};
use cloudsim_kube_scheduler::objects::{
    CsiDriver, CsiNode, CsiStorageCapacity, Malformed, Node, PersistentVolume, PersistentVolumeClaim, Pod,
    StorageClass, VolumeAttachment,
};
use cloudsim_kube_scheduler::plugins::PluginName::{
    self, NodeVolumeLimits, VolumeBinding, VolumeRestrictions, VolumeZone,
};
use cloudsim_kube_scheduler::queue::QueueConfig;
use cloudsim_kube_scheduler::{Decision, Delta, HOSTNAME, Profiles, Scheduler, StorageDelta, ZONE};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

fn read<A: DeserializeOwned, T>(object: Value, read: fn(&A) -> Result<T, Malformed>) -> T {
    read(&serde_json::from_value(object).unwrap()).unwrap()
}

fn came<T>(new: T) -> Change<T> {
    Change { old: None, new: Arc::new(new) }
}

fn changed<T>(old: T, new: T) -> Change<T> {
    Change { old: Some(Arc::new(old)), new: Arc::new(new) }
}

fn claim(namespace: &str, name: &str) -> PersistentVolumeClaim {
    read(json!({"metadata": {"namespace": namespace, "name": name}}), PersistentVolumeClaim::read)
}

fn volume(zone: &str) -> PersistentVolume {
    read(json!({"metadata": {"name": "v", "labels": {ZONE: zone}}}), PersistentVolume::read)
}

fn class(mode: &str, zones: &[&str]) -> StorageClass {
    let topologies: Vec<Value> = zones
        .iter()
        .map(|zone| json!({"matchLabelExpressions": [{"key": ZONE, "values": [zone]}]}))
        .collect();
    let object = json!({"metadata": {"name": "s"}, "provisioner": "csi.example", "volumeBindingMode": mode,
        "allowedTopologies": topologies});
    read(object, StorageClass::read)
}

fn csi_node(limit: Option<u32>, migrated: &str) -> CsiNode {
    let driver = json!({"name": "csi.example", "nodeID": "n", "allocatable": {"count": limit}});
    let annotations = json!({"storage.alpha.kubernetes.io/migrated-plugins": migrated});
    read(
        json!({"metadata": {"name": "n", "annotations": annotations}, "spec": {"drivers": [driver]}}),
        CsiNode::read,
    )
}

fn capacity(room: Option<&str>) -> CsiStorageCapacity {
    let object = json!({"metadata": {"name": "room"}, "storageClassName": "s", "capacity": room});
    read(object, CsiStorageCapacity::read)
}

fn detached(attacher: &str) -> ClusterEvent {
    let spec = json!({"attacher": attacher, "nodeName": "n", "source": {"persistentVolumeName": "v"}});
    let object = json!({"metadata": {"name": "a"}, "spec": spec});
    ClusterEvent::AttachmentDeleted(Arc::new(read(object, VolumeAttachment::read)))
}

fn with(name: &str, volume: Value) -> Pod {
    pod(name, json!({"spec": {"volumes": [volume]}}))
}

fn claiming(name: &str, claim: &str) -> Pod {
    with(name, json!({"name": "data", "persistentVolumeClaim": {"claimName": claim}}))
}

/// Its claim is `p-data`.
fn ephemeral() -> Pod {
    with("p", json!({"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}))
}

fn on_disk(name: &str, id: &str) -> Pod {
    with(name, json!({"name": "data", "awsElasticBlockStore": {"volumeID": id}}))
}

fn in_zone(zone: &str, taints: Value) -> Node {
    node("n", json!({"metadata": {"labels": {ZONE: zone}}, "spec": {"taints": taints}}))
}

const ALL: [PluginName; 4] = [VolumeBinding, VolumeZone, VolumeRestrictions, NodeVolumeLimits];

#[test]
fn every_volume_plugin_is_helped_by_the_claim_that_the_pod_names_and_by_no_other() {
    let p = claiming("p", "c");
    for plugin in ALL {
        let wakes = |namespace, name| wakes(&p, plugin, ClusterEvent::Claim(came(claim(namespace, name))));
        assert!(wakes("default", "c"), "{plugin:?}");
        assert!(!wakes("default", "other"), "{plugin:?}");
        assert!(!wakes("elsewhere", "c"), "{plugin:?}");
    }
}

#[test]
fn binding_and_limits_are_helped_by_the_claim_of_a_generic_ephemeral_volume() {
    let woken =
        ALL.map(|plugin| wakes(&ephemeral(), plugin, ClusterEvent::Claim(came(claim("default", "p-data")))));
    assert_eq!(woken, [true, false, false, true]);
}

#[test]
fn binding_and_zones_are_helped_by_a_change_of_the_claim() {
    let p = claiming("p", "c");
    let change = || ClusterEvent::Claim(changed(claim("default", "c"), claim("default", "c")));
    assert_eq!(ALL.map(|plugin| wakes(&p, plugin, change())), [true, true, false, false]);
}

#[test]
fn binding_is_helped_by_any_news_of_a_volume_and_zones_only_by_those_of_its_places() {
    let p = claiming("p", "c");
    let wake = |change: fn() -> Change<PersistentVolume>| {
        ALL.map(|plugin| wakes(&p, plugin, ClusterEvent::Volume(change())))
    };
    assert_eq!(wake(|| came(volume("a"))), [true, true, false, false]);
    assert_eq!(wake(|| changed(volume("a"), volume("a__b"))), [true, true, false, false]);
    assert_eq!(wake(|| changed(volume("a__b"), volume("b__a"))), [true, false, false, false]);
}

#[test]
fn binding_is_helped_by_a_new_class_or_new_topologies_and_zones_only_by_a_new_class_that_waits() {
    let p = claiming("p", "c");
    let wake = |change: fn() -> Change<StorageClass>| {
        ALL.map(|plugin| wakes(&p, plugin, ClusterEvent::StorageClass(change())))
    };
    assert_eq!(wake(|| came(class("WaitForFirstConsumer", &[]))), [true, true, false, false]);
    assert_eq!(wake(|| came(class("Immediate", &[]))), [true, false, false, false]);
    assert_eq!(
        wake(|| changed(class("WaitForFirstConsumer", &["a"]), class("WaitForFirstConsumer", &["a", "b"]))),
        [true, false, false, false]
    );
    assert_eq!(wake(|| changed(class("Immediate", &["a"]), class("Immediate", &["a"]))), [false; 4]);
}

#[test]
fn all_but_limits_are_helped_by_a_new_node_and_two_by_new_labels_of_one() {
    let p = claiming("p", "c");
    let taint = json!([{"key": "k", "effect": "NoSchedule"}]);
    let wake = |event: &dyn Fn() -> ClusterEvent| ALL.map(|plugin| wakes(&p, plugin, event()));
    assert_eq!(wake(&|| added(in_zone("a", json!([])))), [true, true, true, false]);
    assert_eq!(
        wake(&|| updated(in_zone("a", json!([])), in_zone("b", json!([])))),
        [true, true, false, false]
    );
    assert_eq!(wake(&|| updated(in_zone("a", taint.clone()), in_zone("a", json!([])))), [false; 4]);
}

#[test]
fn a_csi_node_helps_limits_by_taking_more_volumes_and_binding_by_other_migrated_plugins() {
    let p = claiming("p", "c");
    let wake = |change: fn() -> Change<CsiNode>| {
        ALL.map(|plugin| wakes(&p, plugin, ClusterEvent::CsiNode(change())))
    };
    assert_eq!(wake(|| came(csi_node(Some(1), ""))), [true, false, false, true]);
    assert_eq!(wake(|| changed(csi_node(Some(1), ""), csi_node(Some(2), ""))), [false, false, false, true]);
    assert_eq!(wake(|| changed(csi_node(Some(2), ""), csi_node(Some(1), ""))), [false; 4]);
    assert_eq!(wake(|| changed(csi_node(None, ""), csi_node(Some(1), ""))), [false, false, false, true]);
    assert_eq!(
        wake(|| changed(csi_node(Some(1), ""), csi_node(Some(1), "kubernetes.io/aws-ebs"))),
        [true, false, false, false]
    );
}

#[test]
fn binding_is_helped_by_more_room_for_volumes() {
    let p = claiming("p", "c");
    let wake = |change: fn() -> Change<CsiStorageCapacity>| {
        ALL.map(|plugin| wakes(&p, plugin, ClusterEvent::StorageCapacity(change())))
    };
    let woken = [true, false, false, false];
    assert_eq!(wake(|| came(capacity(None))), woken);
    assert_eq!(wake(|| changed(capacity(None), capacity(Some("1Gi")))), woken);
    assert_eq!(wake(|| changed(capacity(Some("1Gi")), capacity(Some("2Gi")))), woken);
    assert_eq!(wake(|| changed(capacity(Some("2Gi")), capacity(Some("1Gi")))), [false; 4]);
    assert_eq!(wake(|| changed(capacity(Some("1Gi")), capacity(None))), [false; 4]);
}

#[test]
fn binding_is_helped_by_a_driver_that_no_longer_says_how_much_room_there_is_if_the_pod_itself_has_a_volume_of_it()
 {
    let driver = |storage_capacity: bool| {
        let driver =
            json!({"metadata": {"name": "csi.example"}, "spec": {"storageCapacity": storage_capacity}});
        CsiDriver::read(&serde_json::from_value(driver).unwrap()).unwrap()
    };
    let inline = |driver: &str| {
        let volumes = json!([{"name": "v", "csi": {"driver": driver}},
            {"name": "c", "persistentVolumeClaim": {"claimName": "c"}}]);
        pod("p", json!({"spec": {"volumes": volumes}}))
    };
    let wake = |p: &Pod, change: Change<CsiDriver>| {
        let event = ClusterEvent::CsiDriver(change);
        ALL.map(|plugin| wakes(p, plugin, event.clone()))
    };
    let (own, other) = (inline("csi.example"), inline("csi.other"));
    assert_eq!(wake(&own, changed(driver(true), driver(false))), [true, false, false, false]);
    assert_eq!(wake(&own, changed(driver(false), driver(true))), [false; 4]);
    assert_eq!(wake(&own, came(driver(false))), [false; 4]);
    assert_eq!(wake(&other, changed(driver(true), driver(false))), [false; 4]);
    assert_eq!(wake(&claiming("p", "c"), changed(driver(true), driver(false))), [false; 4]);
}

#[test]
fn limits_are_helped_by_a_volume_that_is_detached_if_the_pod_has_a_claim_or_a_disk_of_that_driver() {
    let helps = |p: &Pod, attacher: &str| wakes(p, NodeVolumeLimits, detached(attacher));
    assert!(helps(&claiming("p", "c"), "csi.example"));
    assert!(!helps(&ephemeral(), "csi.example"));
    assert!(helps(&on_disk("p", "vol-1"), "ebs.csi.aws.com"));
    assert!(!helps(&on_disk("p", "vol-1"), "csi.example"));
    for plugin in [VolumeBinding, VolumeZone, VolumeRestrictions] {
        assert!(!wakes(&claiming("p", "c"), plugin, detached("csi.example")), "{plugin:?}");
    }
}

#[test]
fn limits_are_helped_by_the_departure_of_any_pod_with_a_volume_to_detach() {
    let gone = |pod: Pod| ClusterEvent::AssignedPodDeleted(on("n", pod));
    let p = claiming("p", "c");
    assert!(wakes(&p, NodeVolumeLimits, gone(claiming("other", "d"))));
    assert!(wakes(&p, NodeVolumeLimits, gone(on_disk("other", "vol-1"))));
    assert!(!wakes(&p, NodeVolumeLimits, gone(pod("other", json!({})))));
}

#[test]
fn restrictions_are_helped_by_the_departure_of_a_pod_of_the_namespace_with_the_same_claim_or_disk() {
    let helps =
        |p: &Pod, gone: Pod| wakes(p, VolumeRestrictions, ClusterEvent::AssignedPodDeleted(on("n", gone)));
    assert!(helps(&claiming("p", "c"), claiming("other", "c")));
    assert!(!helps(&claiming("p", "c"), claiming("other", "d")));
    assert!(helps(&on_disk("p", "vol-1"), on_disk("other", "vol-1")));
    assert!(!helps(&on_disk("p", "vol-1"), on_disk("other", "vol-2")));
    let elsewhere = pod(
        "other",
        json!({"metadata": {"namespace": "elsewhere"},
            "spec": {"volumes": [{"name": "data", "awsElasticBlockStore": {"volumeID": "vol-1"}}]}}),
    );
    assert!(!helps(&on_disk("p", "vol-1"), elsewhere));
}

#[test]
fn a_pod_waits_for_its_claim_and_then_takes_a_volume_that_the_next_one_cannot_have() {
    let mut scheduler = Scheduler::new(Profiles::default(), QueueConfig::default());
    let tell = |scheduler: &mut Scheduler, seconds, delta| scheduler.apply(at(seconds), delta);
    let local = |name: &str| {
        let object = json!({"metadata": {"name": name}, "spec": {"storageClassName": "local",
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "nodeAffinity": {"required":
                {"nodeSelectorTerms": [{"matchExpressions": [{"key": HOSTNAME, "operator": "In", "values": ["n"]}]}]}}},
            "status": {"phase": "Available"}});
        StorageDelta::Volume(read(object, PersistentVolume::read))
    };
    let claim = |name: &str| {
        let object = json!({"metadata": {"namespace": "default", "name": name}, "spec": {"storageClassName": "local",
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        StorageDelta::Claim(read(object, PersistentVolumeClaim::read))
    };
    let class = json!({"metadata": {"name": "local"}, "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer"});
    tell(&mut scheduler, 0, Delta::Storage(StorageDelta::Class(read(class, StorageClass::read))));
    tell(&mut scheduler, 0, Delta::Storage(local("v")));
    tell(&mut scheduler, 0, Delta::Node(node("n", json!({"metadata": {"labels": {HOSTNAME: "n"}}}))));
    tell(&mut scheduler, 0, Delta::Pod(claiming("p", "c")));
    let schedule =
        |scheduler: &mut Scheduler, seconds| scheduler.schedule_one(at(seconds), &mut Choice::FirstByName);
    assert!(matches!(schedule(&mut scheduler, 0), Some(Decision::Unschedulable { .. })));
    assert!(schedule(&mut scheduler, 100).is_none());

    tell(&mut scheduler, 100, Delta::Storage(claim("c")));
    let Some(Decision::Bound { volumes, .. }) = schedule(&mut scheduler, 100) else { panic!() };
    assert_eq!(&*volumes.bindings[0].volume, "v");

    tell(&mut scheduler, 101, Delta::Storage(claim("d")));
    tell(&mut scheduler, 101, Delta::Pod(claiming("q", "d")));
    let Some(Decision::Unschedulable { message, .. }) = schedule(&mut scheduler, 101) else { panic!() };
    assert!(message.contains("didn't find available persistent volumes to bind"), "{message}");

    tell(&mut scheduler, 200, Delta::Storage(local("w")));
    let Some(Decision::Bound { volumes, .. }) = schedule(&mut scheduler, 200) else { panic!() };
    assert_eq!(&*volumes.bindings[0].volume, "w");
}

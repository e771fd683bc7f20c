//! Objects around volumes as they are read.

use crate::support::{NO_ROOM, api};
use cloudsim_kube_scheduler::Version;
use cloudsim_kube_scheduler::explain::Case;
use cloudsim_kube_scheduler::objects::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use serde_json::{Value, json};

#[test]
fn a_field_that_cannot_be_used_is_named() {
    let claim = |spec: Value| {
        let object = json!({"metadata": {"name": "c"}, "spec": spec});
        PersistentVolumeClaim::read(&api(&object)).unwrap_err().field
    };
    assert_eq!(claim(json!({"accessModes": ["ReadWriteOnce", "rw"]})), "spec.accessModes[1]");
    assert_eq!(claim(json!({"volumeMode": "Tape"})), "spec.volumeMode");
    assert_eq!(
        claim(json!({"resources": {"requests": {"storage": "much"}}})),
        "spec.resources.requests[storage]"
    );
    let selector = json!({"selector": {"matchExpressions": [{"key": "k", "operator": "Like"}]}});
    assert_eq!(claim(selector), "spec.selector.matchExpressions[0]");
    let volume = |spec: Value| {
        let object = json!({"metadata": {"name": "v"}, "spec": spec});
        PersistentVolume::read(&api(&object)).unwrap_err().field
    };
    assert_eq!(volume(json!({"capacity": {"storage": "1 GB"}})), "spec.capacity[storage]");
    let affinity = json!({"nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "k", "operator": "In", "values": []}]}]}}});
    assert_eq!(volume(affinity), "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0]");
    let class = json!({"metadata": {"name": "c"}, "provisioner": "p", "volumeBindingMode": "Later"});
    assert_eq!(StorageClass::read(&api(&class)).unwrap_err().field, "volumeBindingMode");
    let nameless = PersistentVolume::read(&api(&json!({"metadata": {}}))).unwrap_err();
    assert_eq!(nameless.to_string(), "metadata.name: a volume needs a name");
}

/// A line of a case with all kinds of objects around volumes.
fn case() -> Value {
    json!({
        "id": "volumes",
        "nodes": [{"metadata": {"name": "a", "labels": {"host": "a"}},
            "status": {"allocatable": {"cpu": "8", "pods": "9"}}}],
        "persistentVolumeClaims": [{"metadata": {"name": "c", "namespace": "ns"}, "spec": {
            "storageClassName": "wait", "resources": {"requests": {"storage": "10Gi"}}}}],
        "persistentVolumes": [{"metadata": {"name": "v"}, "spec": {"capacity": {"storage": "1Gi"}}}],
        "storageClasses": [{"metadata": {"name": "wait"}, "provisioner": "csi.example",
            "volumeBindingMode": "WaitForFirstConsumer"}],
        "csiNodes": [{"metadata": {"name": "a"}, "spec": {"drivers": [
            {"name": "csi.example", "nodeID": "a", "allocatable": {"count": 1}}]}}],
        "csiDrivers": [{"metadata": {"name": "csi.example"}, "spec": {"storageCapacity": true}}],
        "csiStorageCapacities": [{"metadata": {"name": "r"}, "storageClassName": "wait", "capacity": "9Gi",
            "nodeTopology": {"matchLabels": {"host": "a"}}}],
        "volumeAttachments": [],
        "pod": {"metadata": {"name": "p", "namespace": "ns"}, "spec": {"containers": [{"name": "c"}],
            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "c"}}]}},
    })
}

#[test]
fn a_case_carries_the_objects_around_volumes() {
    let decided = |case: &Value| {
        let decided = Case::read(&case.to_string(), Version::V1_34).unwrap().decide().to_json();
        decided["fitError"].as_str().map(str::to_owned)
    };
    let mut case = case();
    assert_eq!(decided(&case).unwrap(), format!("0/1 nodes are available: 1 {NO_ROOM}."));
    case["csiStorageCapacities"][0]["capacity"] = json!("10Gi");
    assert_eq!(decided(&case), None);
    case["csiNodes"][0]["spec"]["drivers"][0]["allocatable"]["count"] = json!(0);
    let expected = "0/1 nodes are available: 1 node(s) exceed max volume count.";
    assert_eq!(decided(&case).as_deref(), Some(expected));
}

#[test]
fn a_case_names_the_object_with_the_field_that_cannot_be_used() {
    for (at, wrong, field) in [
        (
            "/persistentVolumeClaims/0/spec/volumeMode",
            json!("Tape"),
            "persistentVolumeClaims[0].spec.volumeMode",
        ),
        (
            "/persistentVolumes/0/spec/capacity/storage",
            json!("x"),
            "persistentVolumes[0].spec.capacity[storage]",
        ),
        ("/storageClasses/0/volumeBindingMode", json!("Later"), "storageClasses[0].volumeBindingMode"),
        ("/csiNodes/0/metadata/name", json!(""), "csiNodes[0].metadata.name"),
        ("/csiDrivers/0/metadata/name", json!(""), "csiDrivers[0].metadata.name"),
        ("/csiStorageCapacities/0/capacity", json!("x"), "csiStorageCapacities[0].capacity"),
    ] {
        let mut case = case();
        let place = at.rsplit_once('/').unwrap();
        case.pointer_mut(place.0).unwrap()[place.1] = wrong;
        let error = Case::read(&case.to_string(), Version::V1_34).err().unwrap();
        assert_eq!(error.0.field, field);
    }
}

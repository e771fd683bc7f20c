//! Zones that volumes name.

use crate::support::{
    api, binding, bound, claim, class, cluster, mounts, no, no_zone, only, pod, verdict, verdict_by, volume,
};
use cloudsim_kube_scheduler::framework::Code;
use cloudsim_kube_scheduler::objects::Node;
use cloudsim_kube_scheduler::plugins::PluginName;
use serde_json::{Value, json};

#[test]
fn a_pod_goes_to_a_zone_that_its_volume_names() {
    let labelled = |labels: Value| {
        let mut cluster = cluster();
        volume(&mut cluster, "v", json!({"metadata": {"labels": labels}}));
        bound(&mut cluster, "c", "v");
        let pod = pod(json!([mounts("c")]));
        (verdict(&cluster, &pod, "a"), verdict(&cluster, &pod, "b"))
    };
    let zone = "topology.kubernetes.io/zone";
    let old = "failure-domain.beta.kubernetes.io/zone";
    assert_eq!(labelled(json!({zone: "z-a"})), (Ok(()), no_zone()));
    assert_eq!(labelled(json!({zone: "z-a__z-b"})), (Ok(()), Ok(())));
    assert_eq!(labelled(json!({old: "z-b"})), (no_zone(), Ok(())));
    // The nodes name no region.
    assert_eq!(labelled(json!({"topology.kubernetes.io/region": "r"})), (no_zone(), no_zone()));
    // A list with nothing between two bars is no list, and is not looked at.
    assert_eq!(labelled(json!({zone: "z-c__"})), (Ok(()), Ok(())));
    assert_eq!(labelled(json!({})), (Ok(()), Ok(())));
}

#[test]
fn a_node_that_names_no_zone_is_in_every_zone() {
    let mut cluster = cluster();
    let bare = json!({"metadata": {"name": "bare"}, "status": {"allocatable": {"cpu": "8", "pods": "9"}}});
    cluster.set_node(Node::read(&api(&bare)).unwrap());
    volume(&mut cluster, "v", json!({"metadata": {"labels": {"topology.kubernetes.io/zone": "z-a"}}}));
    bound(&mut cluster, "c", "v");
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "bare"), Ok(()));
}

#[test]
fn the_zones_plugin_alone_says_what_binding_would_have_said_before_it() {
    let alone = only(PluginName::VolumeZone);
    let says = |over: Value, reason: &str| {
        let mut cluster = cluster();
        class(&mut cluster, json!({"metadata": {"name": "odd"}, "provisioner": "p"}));
        claim(&mut cluster, "c", over);
        let expected = no(PluginName::VolumeZone, Code::UnschedulableAndUnresolvable, reason);
        assert_eq!(verdict_by(&alone, &cluster, &pod(json!([mounts("c")])), "a"), expected);
    };
    let class = |name: &str| json!({"spec": {"storageClassName": name}});
    says(class("at-once"), "PersistentVolume had no name");
    says(class(""), "PersistentVolumeClaim had no pv name and storageClass name");
    says(class("none"), "storageclass.storage.k8s.io \"none\" not found");
    says(class("odd"), "VolumeBindingMode not set for StorageClass \"odd\"");
    let nameless = json!([{"name": "n", "persistentVolumeClaim": {"claimName": ""}}]);
    let reason = "PersistentVolumeClaim had no name";
    assert_eq!(
        verdict_by(&alone, &cluster(), &pod(nameless), "a"),
        no(PluginName::VolumeZone, Code::UnschedulableAndUnresolvable, reason)
    );
}

#[test]
fn the_old_annotation_names_the_class_before_the_field() {
    let mut cluster = cluster();
    claim(
        &mut cluster,
        "c",
        json!({"metadata": {"annotations":
        {"volume.beta.kubernetes.io/storage-class": "at-once"}}}),
    );
    let reason = "pod has unbound immediate PersistentVolumeClaims";
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), binding(reason));
}

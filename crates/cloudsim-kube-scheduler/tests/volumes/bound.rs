//! Claims that have their volumes, or should.

use crate::support::{
    CONFLICT, GONE, NO_VOLUME, binding, bound, claim, class, cluster, lay, mounts, no, on, only, pod,
    verdict, verdict_by, volume,
};
use cloudsim_kube_scheduler::framework::Code;
use cloudsim_kube_scheduler::plugins::PluginName;
use serde_json::json;

#[test]
fn a_pod_goes_where_the_volumes_of_its_claims_are() {
    let mut cluster = cluster();
    volume(&mut cluster, "v", on("host", "a"));
    bound(&mut cluster, "c", "v");
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "b"), binding(CONFLICT));
}

#[test]
fn the_name_of_a_node_is_not_looked_at_in_the_affinity_of_volumes() {
    let mut cluster = cluster();
    let field = json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}}}});
    volume(&mut cluster, "v", field);
    bound(&mut cluster, "c", "v");
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), binding(CONFLICT));
}

#[test]
fn a_claim_bound_to_a_volume_that_is_gone_is_for_zones_to_reject_and_else_for_binding() {
    let mut cluster = cluster();
    bound(&mut cluster, "c", "gone");
    let gone = "persistentvolume \"gone\" not found";
    let expected = no(PluginName::VolumeZone, Code::UnschedulableAndUnresolvable, gone);
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), expected);
    let alone = only(PluginName::VolumeBinding);
    assert_eq!(verdict_by(&alone, &cluster, &pod(json!([mounts("c")])), "a"), binding(GONE));
}

#[test]
fn all_that_speaks_against_a_node_is_said_in_order() {
    let mut cluster = cluster();
    let mut here = on("host", "a");
    lay(&mut here, json!({"status": {"phase": "Bound"}}));
    volume(&mut cluster, "v", here);
    bound(&mut cluster, "here", "v");
    claim(&mut cluster, "nowhere", json!({"spec": {"storageClassName": "by-hand"}}));
    let pod = pod(json!([mounts("here"), mounts("nowhere")]));
    let expected = Err((
        PluginName::VolumeBinding,
        Code::UnschedulableAndUnresolvable,
        vec![CONFLICT.to_owned(), NO_VOLUME.to_owned()],
    ));
    assert_eq!(verdict(&cluster, &pod, "b"), expected);
    assert_eq!(verdict(&cluster, &pod, "a"), binding(NO_VOLUME));
}

#[test]
fn a_claim_that_should_have_its_volume_already_stops_the_pod() {
    let reason = "pod has unbound immediate PersistentVolumeClaims";
    for over in [
        json!({"spec": {"storageClassName": "at-once"}}),
        json!({"spec": {"storageClassName": "no-such-class"}}),
        json!({"spec": {"storageClassName": ""}}),
        // Wants this volume, and is not bound to it yet.
        json!({"spec": {"volumeName": "v"}}),
    ] {
        let mut cluster = cluster();
        claim(&mut cluster, "c", over);
        assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), binding(reason));
    }
}

#[test]
fn a_claim_that_is_lost_or_going_stops_the_pod() {
    let mut cluster = cluster();
    claim(&mut cluster, "c", json!({"spec": {"volumeName": "v"}, "status": {"phase": "Lost"}}));
    let lost = "persistentvolumeclaim \"c\" bound to non-existent persistentvolume \"v\"";
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), binding(lost));
    claim(&mut cluster, "c", json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}));
    let going = "persistentvolumeclaim \"c\" is being deleted";
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), binding(going));
}

#[test]
fn a_generic_ephemeral_volume_needs_a_claim_that_is_the_pods_own() {
    let mut cluster = cluster();
    let pod = pod(json!([{"name": "scratch", "ephemeral": {}}]));
    let missing =
        "waiting for ephemeral volume controller to create the persistentvolumeclaim \"pod-scratch\"";
    assert_eq!(verdict(&cluster, &pod, "a"), binding(missing));
    claim(&mut cluster, "pod-scratch", json!({}));
    let stranger = "PVC ns/pod-scratch was not created for pod ns/pod (pod is not owner)";
    assert_eq!(verdict(&cluster, &pod, "a"), binding(stranger));
    claim(
        &mut cluster,
        "pod-scratch",
        json!({"metadata": {"ownerReferences": [
        {"apiVersion": "v1", "kind": "Pod", "name": "pod", "uid": "u-pod", "controller": true}]}}),
    );
    assert_eq!(verdict(&cluster, &pod, "a"), Ok(()));
}

#[test]
fn a_class_without_a_binding_mode_breaks_the_attempt() {
    let mut cluster = cluster();
    class(&mut cluster, json!({"metadata": {"name": "odd"}, "provisioner": "p"}));
    claim(&mut cluster, "c", json!({"spec": {"storageClassName": "odd"}}));
    let reason =
        "running PreFilter plugin \"VolumeBinding\": VolumeBindingMode not set for StorageClass \"odd\"";
    let expected = no(PluginName::VolumeBinding, Code::Error, reason);
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c")])), "a"), expected);
}

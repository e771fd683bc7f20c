//! Volumes that one node, or one pod, alone can have.

use crate::support::{
    claim, cluster, mounts, no, no_disk, only, pod, pod_of, runs, verdict, verdict_by, volume,
};
use cloudsim_kube_scheduler::framework::{Choice, Code};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::{Cluster, Profile, Search};
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn volumes_that_go_anywhere_are_not_looked_at() {
    let volumes = json!([{"name": "tmp", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}},
        {"name": "i", "csi": {"driver": "secrets.example"}}]);
    let pod = pod(volumes);
    assert!(pod.volumes.is_empty());
    assert_eq!(verdict(&cluster(), &pod, "a"), Ok(()));
}

#[test]
fn two_pods_of_a_node_cannot_have_one_ebs_volume_even_to_read() {
    let mut cluster = cluster();
    let disk = |id: &str| json!([{"name": "d", "awsElasticBlockStore": {"volumeID": id, "readOnly": true}}]);
    runs(&mut cluster, "a", "other", disk("vol-1"));
    assert_eq!(verdict(&cluster, &pod(disk("vol-1")), "a"), no_disk());
    assert_eq!(verdict(&cluster, &pod(disk("vol-1")), "b"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(disk("vol-2")), "a"), Ok(()));
}

#[test]
fn other_disks_may_be_read_by_several_pods_of_a_node_and_written_by_none_beside_them() {
    let gce = |read_only| json!({"name": "d", "gcePersistentDisk": {"pdName": "p", "readOnly": read_only}});
    let iscsi = |read_only| {
        json!({"name": "d",
        "iscsi": {"iqn": "q", "lun": 0, "targetPortal": "t", "readOnly": read_only}})
    };
    let rbd = |read_only| {
        json!({"name": "d",
        "rbd": {"monitors": ["m", "n"], "pool": "p", "image": "i", "readOnly": read_only}})
    };
    for disk in [&gce as &dyn Fn(bool) -> Value, &iscsi, &rbd] {
        let mut cluster = cluster();
        runs(&mut cluster, "a", "reader", json!([disk(true)]));
        assert_eq!(verdict(&cluster, &pod(json!([disk(true)])), "a"), Ok(()));
        assert_eq!(verdict(&cluster, &pod(json!([disk(false)])), "a"), no_disk());
        runs(&mut cluster, "b", "writer", json!([disk(false)]));
        assert_eq!(verdict(&cluster, &pod(json!([disk(true)])), "b"), no_disk());
    }
}

#[test]
fn ceph_images_are_the_same_if_monitor_pool_and_name_are() {
    let rbd = |monitor: &str, pool: &str, image: &str| {
        let rbd = json!({"monitors": [monitor, "x"], "pool": pool, "image": image});
        json!([{"name": "d", "rbd": rbd}])
    };
    let alone =
        |monitor: &str| json!([{"name": "d", "rbd": {"monitors": [monitor], "pool": "p", "image": "i"}}]);
    let mut cluster = cluster();
    runs(&mut cluster, "a", "other", alone("m"));
    assert_eq!(verdict(&cluster, &pod(rbd("m", "p", "i")), "a"), no_disk());
    for other in [rbd("n", "p", "i"), rbd("m", "q", "i"), rbd("m", "p", "j")] {
        assert_eq!(verdict(&cluster, &pod(other), "a"), Ok(()));
    }
}

#[test]
fn disks_of_azure_and_openstack_keep_nobody_away() {
    let disks = json!([{"name": "a", "azureDisk": {"diskName": "d", "diskURI": "/d"}},
        {"name": "c", "cinder": {"volumeID": "v"}}, {"name": "p", "portworxVolume": {"volumeID": "v"}}]);
    let mut cluster = cluster();
    runs(&mut cluster, "a", "other", disks.clone());
    assert_eq!(verdict(&cluster, &pod(disks), "a"), Ok(()));
}

#[test]
fn a_claim_that_does_not_exist_is_named_by_the_first_plugin_that_looks() {
    let expected = no(
        PluginName::VolumeRestrictions,
        Code::UnschedulableAndUnresolvable,
        "persistentvolumeclaim \"gone\" not found",
    );
    assert_eq!(verdict(&cluster(), &pod(json!([mounts("gone")])), "a"), expected);
    let looked_up = "looking up PVC ns/gone: persistentvolumeclaim \"gone\" not found";
    assert_eq!(
        verdict_by(&only(PluginName::NodeVolumeLimits), &cluster(), &pod(json!([mounts("gone")])), "a"),
        no(PluginName::NodeVolumeLimits, Code::UnschedulableAndUnresolvable, looked_up)
    );
    for plugin in [PluginName::VolumeBinding, PluginName::VolumeZone] {
        assert_eq!(
            verdict_by(&only(plugin), &cluster(), &pod(json!([mounts("gone")])), "a"),
            no(plugin, Code::UnschedulableAndUnresolvable, "persistentvolumeclaim \"gone\" not found")
        );
    }
}

/// A claim for one pod of the cluster, bound to a volume that every node reaches.
fn exclusive() -> Cluster {
    let mut cluster = cluster();
    volume(&mut cluster, "v", json!({"spec": {"accessModes": ["ReadWriteOncePod"]}}));
    claim(
        &mut cluster,
        "one",
        json!({
        "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"volumeName": "v", "accessModes": ["ReadWriteOncePod"]}}),
    );
    cluster
}

#[test]
fn a_claim_for_one_pod_keeps_a_second_one_from_every_node() {
    let mut cluster = exclusive();
    assert_eq!(verdict(&cluster, &pod(json!([mounts("one")])), "a"), Ok(()));
    let elsewhere = Arc::new(pod_of("other", "same", json!([mounts("one")])));
    cluster.add_pod(elsewhere, "a");
    assert_eq!(verdict(&cluster, &pod(json!([mounts("one")])), "a"), Ok(()));
    runs(&mut cluster, "a", "first", json!([mounts("one")]));
    let reason =
        "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
    for node in ["a", "b"] {
        assert_eq!(
            verdict(&cluster, &pod(json!([mounts("one")])), node),
            no(PluginName::VolumeRestrictions, Code::Unschedulable, reason)
        );
    }
}

#[test]
fn preemption_evicts_the_one_pod_that_has_the_claim() {
    let mut cluster = exclusive();
    runs(&mut cluster, "a", "first", json!([mounts("one")]));
    runs(&mut cluster, "a", "bystander", json!([]));
    runs(&mut cluster, "b", "other", json!([]));
    let (profile, pod) = (Profile::default(), pod(json!([mounts("one")])));
    let filtered = profile.filter(&cluster, &pod, Search::default());
    let (nominated, tried) = profile.post_filter(&cluster, &pod, &filtered, &mut Choice::FirstByName);
    let nominated = nominated.unwrap();
    let victims: Vec<String> = nominated.victims.iter().map(|victim| victim.key.to_string()).collect();
    assert_eq!((&*nominated.node, victims), ("a", vec!["ns/first".to_owned()]));
    assert_eq!(tried.unwrap().failures.keys().map(|name| &**name).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn a_victim_of_another_namespace_counts_if_its_claim_has_the_name_as_it_does_with_kube_scheduler() {
    let mut cluster = exclusive();
    runs(&mut cluster, "a", "first", json!([mounts("one")]));
    cluster.add_pod(Arc::new(pod_of("other", "stranger", json!([mounts("one")]))), "b");
    let (profile, pod) = (Profile::default(), pod(json!([mounts("one")])));
    let filtered = profile.filter(&cluster, &pod, Search::default());
    let (_, tried) = profile.post_filter(&cluster, &pod, &filtered, &mut Choice::FirstByName);
    let candidates: Vec<_> =
        tried.unwrap().candidates.iter().map(|candidate| candidate.node.clone()).collect();
    assert_eq!(candidates, ["a".into(), "b".into()]);
}

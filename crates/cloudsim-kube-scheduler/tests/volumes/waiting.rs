//! Claims that wait for a pod: volumes that are found for them, and volumes that are made.

use crate::support::{
    CONFLICT, NO_ROOM, NO_VOLUME, api, binding, bound, claim, class, cluster, csi_node, lay, mounts, no_zone,
    on, pod, verdict, volume,
};
use cloudsim_kube_scheduler::objects::{CsiDriver, CsiStorageCapacity, Node, PersistentVolumeClaim};
use cloudsim_kube_scheduler::{Binding, Cluster, PodVolumes};
use serde_json::{Value, json};

/// What is bound for a pod with one claim of the class `by-hand` on node `a`.
pub(crate) fn found(cluster: &Cluster, over: Value) -> Option<String> {
    let mut cluster = cluster.clone();
    claim(&mut cluster, "c", json!({"spec": {"storageClassName": "by-hand"}}));
    let mut object = json!({"metadata": {"name": "c", "namespace": "ns", "uid": "u-c"}, "spec": {
        "storageClassName": "by-hand", "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}}}});
    lay(&mut object, over);
    cluster.storage.set_claim(PersistentVolumeClaim::read(&api(&object)).unwrap());
    let pod = pod(json!([mounts("c")]));
    let volumes = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap());
    assert_eq!(volumes.is_ok(), verdict(&cluster, &pod, "a").is_ok());
    volumes.ok().map(|volumes| {
        assert!(volumes.provisions.is_empty());
        volumes.bindings[0].volume.to_string()
    })
}

#[test]
fn a_claim_that_waits_takes_the_smallest_volume_that_fits() {
    let mut cluster = cluster();
    let size = |size: &str| json!({"spec": {"capacity": {"storage": size}}});
    assert_eq!(found(&cluster, json!({})), None);
    volume(&mut cluster, "small", size("5Gi"));
    assert_eq!(found(&cluster, json!({})), None);
    volume(&mut cluster, "large", size("30Gi"));
    assert_eq!(found(&cluster, json!({})).as_deref(), Some("large"));
    volume(&mut cluster, "middle", size("20Gi"));
    assert_eq!(found(&cluster, json!({})).as_deref(), Some("middle"));
    volume(&mut cluster, "alike", size("20Gi"));
    assert_eq!(found(&cluster, json!({})).as_deref(), Some("alike"));
}

#[test]
fn a_volume_fits_a_claim_only_in_every_respect() {
    let unfit = [
        json!({"spec": {"capacity": {"storage": "9Gi"}}}),
        json!({"spec": {"accessModes": ["ReadOnlyMany"]}}),
        json!({"spec": {"storageClassName": "wait"}}),
        json!({"spec": {"volumeMode": "Block"}}),
        json!({"spec": {"volumeAttributesClassName": "gold"}}),
        json!({"spec": {"claimRef": {"namespace": "ns", "name": "other"}}}),
        json!({"spec": {"claimRef": {"namespace": "ns", "name": "c", "uid": "an-older-one"}}}),
        json!({"status": {"phase": "Released"}}),
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
        on("host", "b"),
    ];
    for over in unfit {
        let mut cluster = cluster();
        volume(&mut cluster, "v", over.clone());
        assert_eq!(found(&cluster, json!({})), None, "{over}");
    }
    let mut cluster = cluster();
    volume(&mut cluster, "v", json!({"metadata": {"labels": {"tier": "fast"}}}));
    assert_eq!(found(&cluster, json!({"spec": {"selector": {"matchLabels": {"tier": "slow"}}}})), None);
    let fast = json!({"spec": {"selector": {"matchLabels": {"tier": "fast"}}}});
    assert_eq!(found(&cluster, fast).as_deref(), Some("v"));
}

#[test]
fn a_volume_that_is_kept_for_a_claim_goes_before_smaller_ones() {
    let mut cluster = cluster();
    volume(&mut cluster, "exact", json!({}));
    volume(
        &mut cluster,
        "kept",
        json!({"spec": {"capacity": {"storage": "99Gi"},
        "claimRef": {"namespace": "ns", "name": "c"}}, "status": {"phase": "Pending"}}),
    );
    assert_eq!(found(&cluster, json!({})).as_deref(), Some("kept"));
    // Kept for it where the node cannot reach it: the claim cannot be served there, whatever else there is.
    let mut elsewhere = on("host", "b");
    lay(&mut elsewhere, json!({"spec": {"claimRef": {"namespace": "ns", "name": "c"}}}));
    volume(&mut cluster, "kept", elsewhere);
    assert_eq!(found(&cluster, json!({})), None);
}

#[test]
fn the_smaller_claim_leaves_the_larger_volume_to_the_larger_claim() {
    let mut cluster = cluster();
    volume(&mut cluster, "v10", json!({}));
    volume(&mut cluster, "v20", json!({"spec": {"capacity": {"storage": "20Gi"}}}));
    claim(
        &mut cluster,
        "big",
        json!({"spec": {"storageClassName": "by-hand",
        "resources": {"requests": {"storage": "15Gi"}}}}),
    );
    claim(&mut cluster, "little", json!({"spec": {"storageClassName": "by-hand"}}));
    let pod = pod(json!([mounts("big"), mounts("little")]));
    let volumes = PodVolumes::on(&cluster, &pod, cluster.node("b").unwrap()).unwrap();
    let pairs: Vec<_> = volumes.bindings.iter().map(|b| (&*b.claim.name, &*b.volume)).collect();
    assert_eq!(pairs, [("little", "v10"), ("big", "v20")]);
}

#[test]
fn a_volume_is_made_where_its_class_allows_it() {
    let mut cluster = cluster();
    claim(&mut cluster, "c", json!({}));
    let pod = pod(json!([mounts("c")]));
    assert_eq!(verdict(&cluster, &pod, "a"), Ok(()));
    let wait = |topologies: Value| {
        json!({"metadata": {"name": "wait"}, "provisioner": "csi.example",
            "volumeBindingMode": "WaitForFirstConsumer", "allowedTopologies": topologies})
    };
    let zone = |zone: &str| json!({"key": "topology.kubernetes.io/zone", "values": [zone, "z-c"]});
    class(&mut cluster, wait(json!([{"matchLabelExpressions": [zone("z-a")]}])));
    assert_eq!(verdict(&cluster, &pod, "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod, "b"), binding(NO_VOLUME));
    let both = json!([{"matchLabelExpressions": [zone("z-a"), {"key": "host", "values": ["b"]}]},
        {"matchLabelExpressions": []}]);
    class(&mut cluster, wait(both));
    assert_eq!(verdict(&cluster, &pod, "a"), binding(NO_VOLUME));
    class(
        &mut cluster,
        wait(json!([{"matchLabelExpressions": [zone("z-a")]}, {"matchLabelExpressions": [zone("z-b")]}])),
    );
    assert_eq!((verdict(&cluster, &pod, "a"), verdict(&cluster, &pod, "b")), (Ok(()), Ok(())));
}

#[test]
fn a_volume_is_made_where_its_driver_says_there_is_room() {
    let mut cluster = cluster();
    claim(&mut cluster, "c", json!({}));
    let pod = pod(json!([mounts("c")]));
    let driver = |tracks: bool| {
        CsiDriver::read(&api(
            &json!({"metadata": {"name": "csi.example"}, "spec": {"storageCapacity": tracks}}),
        ))
        .unwrap()
    };
    let room = |host: &str, class: &str, sizes: Value| {
        let mut object = json!({"metadata": {"name": format!("{class}-{host}")}, "storageClassName": class,
            "nodeTopology": {"matchLabels": {"host": host}}});
        lay(&mut object, sizes);
        CsiStorageCapacity::read(&api(&object)).unwrap()
    };
    cluster.storage.set_csi_driver(driver(false));
    assert_eq!(verdict(&cluster, &pod, "a"), Ok(()));
    cluster.storage.set_csi_driver(driver(true));
    assert_eq!(verdict(&cluster, &pod, "a"), binding(NO_ROOM));
    cluster.storage.set_capacity(room("a", "wait", json!({"capacity": "10Gi"})));
    cluster.storage.set_capacity(room("b", "wait", json!({"capacity": "99Gi", "maximumVolumeSize": "9Gi"})));
    cluster.storage.set_capacity(room("b", "at-once", json!({"capacity": "99Gi"})));
    assert_eq!((verdict(&cluster, &pod, "a"), verdict(&cluster, &pod, "b")), (Ok(()), binding(NO_ROOM)));
    claim(&mut cluster, "c", json!({"spec": {"resources": {"requests": null}}}));
    assert_eq!(verdict(&cluster, &pod, "b"), Ok(()));
}

#[test]
fn a_claim_whose_volume_is_being_made_for_a_node_waits_for_that_node() {
    let mut cluster = cluster();
    claim(
        &mut cluster,
        "c",
        json!({"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "b"}}}),
    );
    let pod = pod(json!([mounts("c")]));
    assert_eq!((verdict(&cluster, &pod, "a"), verdict(&cluster, &pod, "b")), (binding(NO_VOLUME), Ok(())));
}

#[test]
fn a_disk_taken_over_by_a_driver_is_where_the_driver_says() {
    let zone = "topology.kubernetes.io/zone";
    let driver_zone = "topology.ebs.csi.aws.com/zone";
    let mut cluster = cluster();
    for name in ["a", "b"] {
        // The driver has swapped the zones, so that its label and the other differ.
        let other = if name == "a" { "z-b" } else { "z-a" };
        let object = json!({"metadata": {"name": name, "labels": {zone: format!("z-{name}"), driver_zone: other}},
            "status": {"allocatable": {"cpu": "8", "pods": "9"}}});
        cluster.set_node(Node::read(&api(&object)).unwrap());
    }
    let mut disk = on(zone, "z-a");
    lay(&mut disk, json!({"spec": {"awsElasticBlockStore": {"volumeID": "vol-1"}}}));
    volume(&mut cluster, "v", disk);
    bound(&mut cluster, "c", "v");
    let pod = pod(json!([mounts("c")]));
    let both = |cluster: &Cluster| (verdict(cluster, &pod, "a"), verdict(cluster, &pod, "b"));
    assert_eq!(both(&cluster), (Ok(()), binding(CONFLICT)));
    for name in ["a", "b"] {
        csi_node(&mut cluster, name, "ebs.csi.aws.com", Value::Null, "kubernetes.io/aws-ebs");
    }
    assert_eq!(both(&cluster), (binding(CONFLICT), Ok(())));
    // Without affinity the zones come from the label; the zones plugin then looks at that label as well.
    volume(
        &mut cluster,
        "v",
        json!({"metadata": {"labels": {zone: "z-a"}},
        "spec": {"awsElasticBlockStore": {"volumeID": "vol-1"}}}),
    );
    assert_eq!(both(&cluster), (binding(CONFLICT), no_zone()));
}

#[test]
fn what_is_promised_to_one_pod_is_not_there_for_another() {
    let mut cluster = cluster();
    volume(&mut cluster, "v", json!({}));
    claim(&mut cluster, "c", json!({"spec": {"storageClassName": "by-hand"}}));
    claim(&mut cluster, "d", json!({"spec": {"storageClassName": "by-hand"}}));
    claim(&mut cluster, "made", json!({}));
    let (one, two) = (pod(json!([mounts("c"), mounts("made")])), pod(json!([mounts("d")])));
    let volumes = PodVolumes::on(&cluster, &one, cluster.node("a").unwrap()).unwrap();
    let key = one.claim(&"c".into());
    assert_eq!(volumes.bindings, [Binding { claim: key, volume: "v".into() }]);
    assert_eq!(volumes.provisions, [one.claim(&"made".into())]);
    cluster.storage.assume(&volumes, &"a".into());
    assert_eq!(verdict(&cluster, &two, "a"), binding(NO_VOLUME));
    assert_eq!((verdict(&cluster, &one, "a"), verdict(&cluster, &one, "b")), (Ok(()), binding(NO_VOLUME)));
}

#[test]
fn news_from_the_api_end_a_promise() {
    let mut cluster = cluster();
    claim(&mut cluster, "made", json!({}));
    let pod = pod(json!([mounts("made")]));
    let volumes = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap()).unwrap();
    cluster.storage.assume(&volumes, &"a".into());
    assert_eq!(verdict(&cluster, &pod, "b"), binding(NO_VOLUME));
    claim(&mut cluster, "made", json!({}));
    assert_eq!(verdict(&cluster, &pod, "b"), Ok(()));
}

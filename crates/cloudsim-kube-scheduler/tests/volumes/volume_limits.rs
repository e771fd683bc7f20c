//! How many volumes a node takes.

use crate::support::{
    api, bound, claim, cluster, csi, csi_node, mounts, no, only, over_limit, pod, runs, verdict, verdict_by,
    volume,
};
use cloudsim_kube_scheduler::framework::{Choice, Code};
use cloudsim_kube_scheduler::objects::{Pod, VolumeAttachment};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::{Cluster, Placer, Profile, Search};
use serde_json::{Value, json};

/// Volumes `v0`…`v3` of `csi.example`, claimed by `c0`…`c3`; node `a` takes two of them.
fn limited() -> Cluster {
    let mut cluster = cluster();
    for i in 0..4 {
        volume(&mut cluster, &format!("v{i}"), csi("csi.example", &format!("h{i}")));
        bound(&mut cluster, &format!("c{i}"), &format!("v{i}"));
    }
    csi_node(&mut cluster, "a", "csi.example", json!(2), "");
    cluster
}

#[test]
fn a_node_takes_no_more_volumes_of_a_driver_than_its_limit() {
    let mut cluster = limited();
    runs(&mut cluster, "a", "p0", json!([mounts("c0")]));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c1")])), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c1"), mounts("c2")])), "a"), over_limit());
    runs(&mut cluster, "a", "p1", json!([mounts("c1")]));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c2")])), "a"), over_limit());
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c2")])), "b"), Ok(()));
}

#[test]
fn a_pod_with_volumes_is_placed_by_them_even_where_its_like_without_is_known() {
    let mut placer = Placer::with_cluster(Profile::default(), limited());
    let mut slot = |pod: &Pod| placer.place(pod, Search::default(), &mut Choice::FirstByName).slot;
    assert_eq!(slot(&pod(json!([]))), Some(0));
    assert_eq!(slot(&pod(json!([mounts("c0"), mounts("c1"), mounts("c2")]))), Some(1));
    assert_eq!(slot(&pod(json!([mounts("gone")]))), None);
}

#[test]
fn a_volume_counts_once_however_many_pods_use_it() {
    let mut cluster = limited();
    runs(&mut cluster, "a", "p0", json!([mounts("c0")]));
    runs(&mut cluster, "a", "p1", json!([mounts("c0")]));
    runs(&mut cluster, "a", "p2", json!([mounts("c1")]));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c0"), mounts("c1")])), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c0"), mounts("c2")])), "a"), over_limit());
}

#[test]
fn a_driver_without_a_limit_takes_any_number() {
    let mut cluster = limited();
    csi_node(&mut cluster, "a", "csi.example", Value::Null, "");
    let all = json!([mounts("c0"), mounts("c1"), mounts("c2"), mounts("c3")]);
    assert_eq!(verdict(&cluster, &pod(all), "a"), Ok(()));
}

#[test]
fn a_claim_without_a_volume_counts_for_the_driver_that_will_make_it() {
    let mut cluster = limited();
    claim(&mut cluster, "new", json!({}));
    claim(&mut cluster, "newer", json!({}));
    runs(&mut cluster, "a", "p0", json!([mounts("c0")]));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("new")])), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("new"), mounts("newer")])), "a"), over_limit());
}

#[test]
fn what_is_still_attached_counts_too() {
    let mut cluster = limited();
    let attach = |volume: &str, node: &str| {
        let object = json!({"metadata": {"name": format!("{volume}-{node}")}, "spec": {"attacher": "csi.example",
            "nodeName": node, "source": {"persistentVolumeName": volume}}});
        VolumeAttachment::read(&api(&object)).unwrap()
    };
    runs(&mut cluster, "a", "p0", json!([mounts("c0")]));
    cluster.storage.set_attachment(attach("v0", "a"));
    cluster.storage.set_attachment(attach("v3", "b"));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c1")])), "a"), Ok(()));
    cluster.storage.set_attachment(attach("v3", "a"));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c1")])), "a"), over_limit());
    // Volume and attachment are one, and count as two.
    assert_eq!(verdict(&cluster, &pod(json!([mounts("c3")])), "a"), over_limit());
}

#[test]
fn disks_without_csi_count_as_those_of_the_driver_that_took_them_over() {
    let mut cluster = cluster();
    csi_node(&mut cluster, "a", "ebs.csi.aws.com", json!(1), "");
    volume(&mut cluster, "old", json!({"spec": {"awsElasticBlockStore": {"volumeID": "aws://z-a/vol-1"}}}));
    volume(&mut cluster, "new", csi("ebs.csi.aws.com", "vol-1"));
    volume(&mut cluster, "other", csi("ebs.csi.aws.com", "vol-2"));
    for name in ["old", "new", "other"] {
        bound(&mut cluster, name, name);
    }
    runs(&mut cluster, "a", "p", json!([mounts("old")]));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("new")])), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(json!([mounts("other")])), "a"), over_limit());
    let inline = |id: &str| json!([{"name": "d", "awsElasticBlockStore": {"volumeID": id}}]);
    assert_eq!(verdict(&cluster, &pod(inline("vol-1")), "a"), Ok(()));
    assert_eq!(verdict(&cluster, &pod(inline("vol-3")), "a"), over_limit());
}

#[test]
fn disks_of_portworx_count_only_where_the_node_lists_them_as_migrated() {
    for (migrated, expected) in
        [("", Ok(())), ("kubernetes.io/x,kubernetes.io/portworx-volume", over_limit())]
    {
        let mut cluster = cluster();
        csi_node(&mut cluster, "a", "pxd.portworx.com", json!(0), migrated);
        let disk = json!([{"name": "d", "portworxVolume": {"volumeID": "v"}}]);
        assert_eq!(verdict(&cluster, &pod(disk), "a"), expected);
    }
}

#[test]
fn a_gce_disk_is_known_by_its_zone_or_its_region() {
    let limit_one = |labels: Value, handle: &str| {
        let mut cluster = cluster();
        csi_node(&mut cluster, "a", "pd.csi.storage.gke.io", json!(1), "");
        volume(
            &mut cluster,
            "old",
            json!({"metadata": {"labels": labels},
            "spec": {"gcePersistentDisk": {"pdName": "d"}}}),
        );
        volume(&mut cluster, "new", csi("pd.csi.storage.gke.io", handle));
        bound(&mut cluster, "old", "old");
        bound(&mut cluster, "new", "new");
        runs(&mut cluster, "a", "p", json!([mounts("old")]));
        verdict_by(&only(PluginName::NodeVolumeLimits), &cluster, &pod(json!([mounts("new")])), "a")
    };
    let zone = "topology.kubernetes.io/zone";
    assert_eq!(limit_one(json!({}), "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d"), Ok(()));
    assert_eq!(
        limit_one(json!({zone: "eu-west1-b"}), "projects/UNSPECIFIED/zones/eu-west1-b/disks/d"),
        Ok(())
    );
    let both = json!({zone: "eu-west1-b__eu-west1-c"});
    assert_eq!(limit_one(both.clone(), "projects/UNSPECIFIED/regions/eu-west1/disks/d"), Ok(()));
    assert_eq!(limit_one(both, "projects/UNSPECIFIED/zones/eu-west1-b/disks/d"), over_limit());
    // Zones of two regions: the volume has no name with the driver, and does not count.
    assert_eq!(limit_one(json!({zone: "eu-west1-b__us-east1-c"}), "h"), Ok(()));
}

#[test]
fn a_disk_whose_name_cannot_be_read_breaks_the_attempt() {
    let mut cluster = cluster();
    csi_node(&mut cluster, "a", "ebs.csi.aws.com", json!(1), "");
    let disk = json!([{"name": "d", "awsElasticBlockStore": {"volumeID": "aws://z/x/vol-1"}}]);
    let reason = "running \"NodeVolumeLimits\" filter plugin: converting volume(d) from inline to csi: failed to \
        translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (aws://z/x/vol-1)";
    assert_eq!(verdict(&cluster, &pod(disk), "a"), no(PluginName::NodeVolumeLimits, Code::Error, reason));
}

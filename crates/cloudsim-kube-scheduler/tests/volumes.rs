//! The four volume plugins: every reason with its code, told through the default profile.

use cloudsim_kube_scheduler::explain::Case;
use cloudsim_kube_scheduler::framework::{Choice, Code};
use cloudsim_kube_scheduler::objects::{
    CsiDriver, CsiNode, CsiStorageCapacity, Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass,
    VolumeAttachment,
};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::{Binding, Cluster, Placer, PodVolumes, Profile, ProfileSpec, Search, Version};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

fn api<T: DeserializeOwned>(object: &Value) -> T {
    serde_json::from_value(object.clone()).unwrap()
}

/// Nodes `a` and `b` in zones `z-a` and `z-b`, and a class `wait` whose volumes are made by `csi.example` when a pod
/// has a node.
fn cluster() -> Cluster {
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

fn class(cluster: &mut Cluster, object: Value) {
    cluster.storage.set_class(StorageClass::read(&api(&object)).unwrap());
}

/// Lays `over` over `object`, deeply.
fn lay(object: &mut Value, over: Value) {
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
fn claim(cluster: &mut Cluster, name: &str, over: Value) {
    let mut object = json!({"metadata": {"name": name, "namespace": "ns", "uid": format!("u-{name}")},
        "spec": {"storageClassName": "wait", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "10Gi"}}}});
    lay(&mut object, over);
    cluster.storage.set_claim(PersistentVolumeClaim::read(&api(&object)).unwrap());
}

/// A claim bound to a volume.
fn bound(cluster: &mut Cluster, name: &str, volume: &str) {
    claim(
        cluster,
        name,
        json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
        "spec": {"volumeName": volume}}),
    );
}

/// A volume of 10Gi of the class `by-hand` that is available, with what is laid over it.
fn volume(cluster: &mut Cluster, name: &str, over: Value) {
    let mut object = json!({"metadata": {"name": name}, "spec": {"storageClassName": "by-hand",
        "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}, "status": {"phase": "Available"}});
    lay(&mut object, over);
    cluster.storage.set_volume(PersistentVolume::read(&api(&object)).unwrap());
}

/// Affinity of a volume to nodes with a label.
fn on(key: &str, value: &str) -> Value {
    json!({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}]}}}})
}

fn csi_node(cluster: &mut Cluster, name: &str, driver: &str, limit: Value, migrated: &str) {
    let object = json!({"metadata": {"name": name,
            "annotations": {"storage.alpha.kubernetes.io/migrated-plugins": migrated}},
        "spec": {"drivers": [{"name": driver, "nodeID": name, "allocatable": {"count": limit}}]}});
    cluster.storage.set_csi_node(CsiNode::read(&api(&object)).unwrap());
}

fn csi(driver: &str, handle: &str) -> Value {
    json!({"spec": {"csi": {"driver": driver, "volumeHandle": handle}}})
}

fn pod_of(namespace: &str, name: &str, volumes: Value) -> Pod {
    let object = json!({"metadata": {"name": name, "namespace": namespace, "uid": format!("u-{name}")},
        "spec": {"containers": [{"name": "c"}], "volumes": volumes}});
    Pod::read(&api(&object)).unwrap()
}

fn pod(volumes: Value) -> Pod {
    Pod { priority: 10, ..pod_of("ns", "pod", volumes) }
}

fn mounts(claim: &str) -> Value {
    json!({"name": claim, "persistentVolumeClaim": {"claimName": claim}})
}

/// Puts a pod on a node.
fn runs(cluster: &mut Cluster, node: &str, name: &str, volumes: Value) {
    assert!(cluster.add_pod(Arc::new(pod_of("ns", name, volumes)), node));
}

/// What the default profile says of a pod on a node: plugin, code and reasons.
type Verdict = Result<(), (PluginName, Code, Vec<String>)>;

fn verdict_by(profile: &Profile, cluster: &Cluster, pod: &Pod, node: &str) -> Verdict {
    let filtered = profile.filter(cluster, pod, Search::default());
    let diagnosis = &filtered.diagnosis;
    if let Some(status) = diagnosis.pre_filter.as_ref().or_else(|| diagnosis.nodes.get(node)) {
        let reasons = status.reasons.iter().map(ToString::to_string).collect();
        return Err((status.plugin.unwrap(), status.code, reasons));
    }
    assert!(filtered.feasible.iter().any(|feasible| &**feasible.name() == node));
    Ok(())
}

fn verdict(cluster: &Cluster, pod: &Pod, node: &str) -> Verdict {
    verdict_by(&Profile::default(), cluster, pod, node)
}

/// The default profile with no volume plugin but one.
fn only(plugin: PluginName) -> Profile {
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

fn no(plugin: PluginName, code: Code, reason: &str) -> Verdict {
    Err((plugin, code, vec![reason.to_owned()]))
}

fn no_disk() -> Verdict {
    no(PluginName::VolumeRestrictions, Code::Unschedulable, "node(s) had no available disk")
}

fn over_limit() -> Verdict {
    no(PluginName::NodeVolumeLimits, Code::Unschedulable, "node(s) exceed max volume count")
}

fn binding(reason: &str) -> Verdict {
    no(PluginName::VolumeBinding, Code::UnschedulableAndUnresolvable, reason)
}

const NO_VOLUME: &str = "node(s) didn't find available persistent volumes to bind";
const CONFLICT: &str = "node(s) didn't match PersistentVolume's node affinity";
const NO_ROOM: &str = "node(s) did not have enough free storage";
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

fn no_zone() -> Verdict {
    let reason = "node(s) had no available volume zone";
    no(PluginName::VolumeZone, Code::UnschedulableAndUnresolvable, reason)
}

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

/// What is bound for a pod with one claim of the class `by-hand` on node `a`.
fn found(cluster: &Cluster, over: Value) -> Option<String> {
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

prop_compose! {
    /// A few volumes and claims of the classes `by-hand` and `wait`, and a pod that mounts all claims.
    fn some_storage()(
        volumes in prop::collection::vec((1u32..6, 0usize..3, any::<bool>(), any::<bool>()), 0..6),
        claims in prop::collection::vec((1u32..6, any::<bool>()), 1..4),
    ) -> (Cluster, Pod) {
        let mut cluster = cluster();
        for (i, (size, host, by_hand, available)) in volumes.into_iter().enumerate() {
            let class = if by_hand { "by-hand" } else { "wait" };
            let mut over = json!({"spec": {"capacity": {"storage": format!("{size}Gi")}, "storageClassName": class},
                "status": {"phase": if available { "Available" } else { "Bound" }}});
            if let Some(host) = ["a", "b"].get(host) {
                lay(&mut over, on("host", host));
            }
            volume(&mut cluster, &format!("v{i}"), over);
        }
        let mut mounted = Vec::new();
        for (i, (size, by_hand)) in claims.into_iter().enumerate() {
            let class = if by_hand { "by-hand" } else { "wait" };
            claim(&mut cluster, &format!("c{i}"), json!({"spec": {"storageClassName": class,
                "resources": {"requests": {"storage": format!("{size}Gi")}}}}));
            mounted.push(mounts(&format!("c{i}")));
        }
        (cluster, pod(Value::Array(mounted)))
    }
}

proptest! {
    #[test]
    fn every_claim_is_served_once_by_a_volume_of_its_own_that_is_large_enough((cluster, pod) in some_storage()) {
        for node in cluster.nodes() {
            let volumes = PodVolumes::on(&cluster, &pod, node);
            prop_assert_eq!(volumes.is_ok(), verdict(&cluster, &pod, node.name()).is_ok());
            let Ok(volumes) = volumes else { continue };
            let mut served: Vec<_> = volumes.bindings.iter().map(|binding| &binding.claim).collect();
            served.extend(&volumes.provisions);
            served.sort();
            let wanted: Vec<_> = pod.volumes.iter().filter_map(|v| v.claim()).map(|c| pod.claim(c)).collect();
            prop_assert_eq!(served, wanted.iter().collect::<Vec<_>>());
            let mut taken: Vec<_> = volumes.bindings.iter().map(|binding| &binding.volume).collect();
            taken.sort();
            taken.dedup();
            prop_assert_eq!(taken.len(), volumes.bindings.len());
            for binding in &volumes.bindings {
                let volume = cluster.storage.volume(&binding.volume).unwrap();
                let claim = cluster.storage.claim(&binding.claim).unwrap();
                prop_assert!(volume.capacity >= claim.request.unwrap());
                prop_assert!(volume.reaches(&node.node.labels) && volume.class == claim.class);
            }
        }
    }

    #[test]
    fn a_promise_is_found_again((cluster, pod) in some_storage()) {
        let mut cluster = cluster;
        let Ok(volumes) = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap()) else { return Ok(()) };
        cluster.storage.assume(&volumes, &"a".into());
        let again = PodVolumes::on(&cluster, &pod, cluster.node("a").unwrap()).unwrap();
        prop_assert_eq!(&again.bindings, &volumes.bindings);
    }
}

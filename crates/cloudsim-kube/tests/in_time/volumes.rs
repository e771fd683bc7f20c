//! Volumes in their zones: who can have one, where, and how long that takes.

use crate::support::{Cx, Run, cluster, deployment, named, run, stateful_set, template, three_zones};
use cloudsim_kube::objects::{PersistentVolume, PersistentVolumeClaim, StorageClass};
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_kube::{AttachmentState, Cluster, VolumePhase};
use cloudsim_records::{NodeState, PodReason, PodState, Record};
use cloudsim_units::SimTime;
use cloudsim_world::ZoneId;
use serde_json::json;
use std::collections::BTreeSet;

const DEATH: u64 = 100;

/// Three pods, each with a volume, over three zones with two nodes each.
fn three_of_a_set() -> ClusterSpec {
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "db"}}}]});
    let mut spec = cluster("1.34");
    spec.workloads.push(stateful_set("db", 3, template("db", spread)));
    spec
}

/// Kills the node of the first pod.
fn kill_first(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let node = first(cluster);
    cluster.host_died(node, cx);
}

/// The instance of that node is terminated, as an Auto Scaling group does that replaces it.
fn terminate_first(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let node = first(cluster);
    cluster.instance_gone(node, cx);
}

fn first(cluster: &Cluster) -> cloudsim_kube::NodeId {
    let (_, pod) = cluster.pods.present().find(|(_, pod)| &*pod.key.name == "db-0").unwrap();
    pod.node.unwrap()
}

/// Seconds at which records of pods of that state were made, with the names of the pods.
fn states(run: &Run, state: PodState) -> Vec<(f64, &str)> {
    let of = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::PodChanged { pod, state: of, .. } if of == state => {
            let after = stamped.at.since(SimTime::ZERO).as_secs_f64();
            Some((after, run.world.names[pod.0 as usize].as_str()))
        }
        _ => None,
    });
    of.collect()
}

fn only(times: &[(f64, &str)]) -> f64 {
    assert_eq!(times.len(), 1, "{times:?}");
    assert_eq!(times[0].1, "default/db-0");
    times[0].0
}

fn said(cluster: &Cluster, reason: &str) -> Vec<String> {
    let events = cluster.events.at(SimTime::from_secs(3_000));
    events.iter().filter(|event| event.reason == reason).map(|event| event.message.to_string()).collect()
}

#[test]
fn each_pod_of_a_set_has_a_volume_in_the_zone_of_its_node() {
    let run = run(1, three_of_a_set(), three_zones(2), &[], 10, |_| {});
    let cluster = &run.world.cluster;
    let names: BTreeSet<_> =
        cluster.volumes.claims().map(|(_, claim)| claim.object.key.to_string()).collect();
    assert_eq!(
        names,
        ["default/data-db-0", "default/data-db-1", "default/data-db-2"].map(String::from).into()
    );
    let mut zones = BTreeSet::new();
    for (_, volume) in cluster.volumes.iter() {
        assert_eq!(volume.phase(), VolumePhase::Bound);
        let (node, attachment) = volume.attachments.first_key_value().expect("it is on a node");
        assert_eq!(cluster.volumes.attachment(*attachment).state, AttachmentState::Listed);
        assert_eq!(cluster.nodes.get(*node).zone, volume.zone);
        zones.extend(volume.zone);
    }
    assert_eq!(zones.len(), 3);
}

#[test]
fn a_class_that_waits_for_nobody_spreads_the_volumes_of_a_set_by_their_numbers() {
    let mut spec = three_of_a_set();
    let class = json!({"metadata": {"name": "at-once"}, "provisioner": "ebs.csi.aws.com"});
    spec.storage_classes.push(StorageClass::read(&serde_json::from_value(class).unwrap()).unwrap());
    let run = run(1, spec, three_zones(2), &[], 10, |_| {});
    let volumes = run.world.cluster.volumes.iter();
    let zones: Vec<u32> = volumes.map(|(_, volume)| volume.zone.expect("in a zone").0).collect();
    // One after the other, from a zone that the name `db` chooses.
    let turns: Vec<u32> = (0..3).map(|turn| (zones[0] + turn) % 3).collect();
    assert_eq!(zones, turns);
}

#[test]
fn a_pod_that_is_added_waits_for_its_volume_to_be_made_attached_and_mounted() {
    fn grow(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        cluster.scale(cloudsim_kube::WorkloadId(0), 4, cx);
    }
    for seed in 0..50 {
        let run = run(seed, three_of_a_set(), three_zones(2), &[(DEATH, grow)], 200, |_| {});
        let of = |state| {
            let times = states(&run, state);
            let fourth: Vec<_> = times.iter().filter(|(_, name)| *name == "default/db-3").collect();
            assert_eq!(fourth.len(), 1, "seed {seed}: {times:?}");
            fourth[0].0
        };
        // The claim is placed, its volume made in one to several seconds (a median of 1.5 s), and bound; the scheduler looks
        // once a second.
        let bound = of(PodState::Scheduled) - of(PodState::Pending);
        assert!((1.0..9.0).contains(&bound), "seed {seed}: {bound}");
        assert!(
            (bound % 1.0) < 0.5,
            "seed {seed}: in whole seconds and the milliseconds of requests: {bound}"
        );
        // Attached in 1 to 4 s, meanwhile reported as in use in up to 10 s; the kubelet looks from then on, after 0.5,
        // 1.5, 3.5 and at most 7.5 s; then it is mounted, in a second or a few.
        let mounted = of(PodState::Mounted) - of(PodState::Scheduled);
        assert!((1.0..22.0).contains(&mounted), "seed {seed}: {mounted}");
        assert!(states(&run, PodState::Released).is_empty(), "nobody had it before");
        let cluster = &run.world.cluster;
        assert_eq!(said(cluster, "ProvisioningSucceeded").len(), 1);
        assert_eq!(said(cluster, "SuccessfulAttachVolume").len(), 1);
    }
}

#[test]
fn a_pod_that_is_deleted_on_a_node_that_is_well_has_its_volume_elsewhere_within_seconds() {
    fn move_away(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let node = first(cluster);
        cluster.drain(node, cx);
    }
    for seed in 0..50 {
        let run = run(seed, three_of_a_set(), three_zones(2), &[(DEATH, move_away)], 300, |_| {});
        let placed = only(&states(&run, PodState::Scheduled));
        // The node says within 10 s that the volume is not in use any more, and EC2 detaches it in 1 to 4 s.
        let released = only(&states(&run, PodState::Released)) - placed;
        assert!((0.9..15.0).contains(&released), "seed {seed}: {released}");
        // It is attached in 1 to 4 s. The kubelet looks since its node has said that the volume is in use: the look that sees it
        // comes at most as much later as the volume had been awaited before.
        let mounted = only(&states(&run, PodState::Mounted)) - placed;
        assert!((2.0..45.0).contains(&mounted), "seed {seed}: {mounted}");
        assert_eq!(run.world.cluster.workloads.iter().next().unwrap().1.serving, 3, "seed {seed}");
    }
}

#[test]
fn on_a_lost_node_a_pod_of_a_set_and_its_volume_stay_until_the_node_is_back_or_gone() {
    fn back(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let node = first(cluster);
        cluster.host_returned(node, cx);
    }
    let deeds: &[(u64, crate::support::Deed)] = &[(DEATH, kill_first), (2_000, back)];
    let run = run(1, three_of_a_set(), three_zones(2), deeds, 2_400, |_| {});
    // It is told to leave after some six minutes, and its name is free only when its kubelet is back, 15 to 60 s after
    // its host, and has said that it has ended.
    let leaves = only(&states(&run, PodState::Terminating));
    assert!((440.0..462.0).contains(&leaves), "{leaves}");
    let made = only(&states(&run, PodState::Pending));
    assert!((2_015.0..2_065.0).contains(&made), "{made}");
    assert_eq!(run.world.cluster.workloads.iter().next().unwrap().1.serving, 3);
    // A volume goes from node to node within a zone only: the new pod is in the same one.
    let zones: BTreeSet<_> = run.world.cluster.volumes.iter().map(|(_, volume)| volume.zone).collect();
    assert_eq!(zones.len(), 3);
}

#[test]
fn over_100_seeds_a_node_that_is_gone_keeps_its_volume_for_six_more_minutes() {
    for seed in 0..100 {
        let deeds: &[(u64, crate::support::Deed)] = &[(DEATH, kill_first), (DEATH + 60, terminate_first)];
        let run = run(seed, three_of_a_set(), three_zones(2), deeds, 1_400, |_| {});
        let gone = run
            .records
            .iter()
            .find(|stamped| matches!(stamped.record, Record::NodeChanged { state: NodeState::Gone, .. }));
        let node_gone = gone.expect("it goes").at.since(SimTime::ZERO).as_secs_f64();
        // The collector of pods leaves them alone for 40 s and looks every 20 s.
        let pod_gone = only(&states(&run, PodState::Gone));
        assert!((40.0..61.0).contains(&(pod_gone - node_gone)), "seed {seed}: {node_gone} {pod_gone}");
        // The set makes the pod at once, and it goes to the other node of the zone, but its volume is still on the first:
        // nobody says that it was unmounted, so the controller waits for six minutes from when no pod needed it there.
        let made = only(&states(&run, PodState::Pending));
        assert!((0.0..1.0).contains(&(made - pod_gone)), "seed {seed}: {made}");
        let released = only(&states(&run, PodState::Released));
        assert!((361.0..367.0).contains(&(released - pod_gone)), "seed {seed}: {released}");
        // The kubelet has looked since its node said within 10 s that the volume is in use, at growing intervals: the look after
        // 249.5 s came too early, the one after 371.5 s, or after 493.5 s, finds it.
        let mounted = only(&states(&run, PodState::Mounted)) - pod_gone;
        assert!((370.0..510.0).contains(&mounted), "seed {seed}: {mounted}");
        let refused = said(&run.world.cluster, "FailedAttachVolume");
        assert_eq!(refused.len(), 1, "seed {seed}: {refused:?}");
        assert!(
            refused[0].starts_with("Multi-Attach error for volume \"pvc-")
                && refused[0]
                    .ends_with("already exclusively attached to one node and can't be attached to another"),
            "{refused:?}"
        );
    }
}

#[test]
fn a_node_that_is_declared_out_of_service_gives_up_its_volume_without_a_wait() {
    fn declare(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let node = first(cluster);
        cluster.out_of_service(node, cx);
    }
    let deeds: &[(u64, crate::support::Deed)] = &[(DEATH, kill_first), (DEATH + 120, declare)];
    let run = run(1, three_of_a_set(), three_zones(2), deeds, 500, |_| {});
    // The taint evicts at once; the collector looks every 20 s and takes the pod out; its volume is detached in 1 to 4 s.
    let leaves = only(&states(&run, PodState::Terminating));
    assert!((0.0..2.0).contains(&(leaves - 220.0)), "{leaves}");
    let gone = only(&states(&run, PodState::Gone));
    assert!((0.0..21.0).contains(&(gone - leaves)), "{gone}");
    let released = only(&states(&run, PodState::Released));
    assert!((1.0..6.0).contains(&(released - gone)), "{released}");
    assert_eq!(run.world.cluster.workloads.iter().next().unwrap().1.serving, 3);
}

#[test]
fn a_pod_whose_volume_is_in_a_dead_zone_can_go_nowhere_else() {
    fn zone_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let zone = cluster.nodes.get(first(cluster)).zone.unwrap();
        cluster.control_plane_turns(zone, false, cx);
        for node in named(cluster, ["node-a", "node-b", "node-c"][zone.0 as usize]) {
            cluster.host_died(node, cx);
        }
    }
    fn nodes_go(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let zone = cluster.nodes.get(first(cluster)).zone.unwrap();
        for node in named(cluster, ["node-a", "node-b", "node-c"][zone.0 as usize]) {
            cluster.instance_gone(node, cx);
        }
    }
    let deeds: &[(u64, crate::support::Deed)] = &[(DEATH, zone_dies), (DEATH + 200, nodes_go)];
    let run = run(1, three_of_a_set(), three_zones(2), deeds, 1_500, |_| {});
    let cluster = &run.world.cluster;
    let (_, pod) = cluster.pods.present().find(|(_, pod)| &*pod.key.name == "db-0").unwrap();
    assert!(pod.is_waiting());
    let why = pod.unschedulable.as_deref().unwrap();
    assert!(why.contains("4 node(s) didn't match PersistentVolume's node affinity"), "{why}");
    // The wait of six minutes is over, but EC2 cannot detach anything in a zone without power.
    let dark = cluster
        .volumes
        .iter()
        .find(|(_, volume)| volume.attachments.keys().any(|node| cluster.nodes.get(*node).gone));
    let (_, volume) = dark.expect("it is still on a node that is gone");
    let attachment = *volume.attachments.first_key_value().unwrap().1;
    assert_eq!(cluster.volumes.attachment(attachment).state, AttachmentState::Detaching);
    let evicted = run
        .records
        .iter()
        .any(|stamped| matches!(stamped.record, Record::PodChanged { reason: PodReason::NodeGone, .. }));
    assert!(evicted, "the collector has taken the pod out");
}

#[test]
fn a_claim_gets_the_smallest_volume_that_fits_and_its_pod_goes_to_that_zone() {
    let mut spec = cluster("1.34");
    let class = json!({"metadata": {"name": "by-hand"}, "provisioner": "kubernetes.io/no-provisioner"});
    spec.storage_classes.push(StorageClass::read(&serde_json::from_value(class).unwrap()).unwrap());
    for (name, zone, size) in [("large", "a", "100Gi"), ("fits", "c", "50Gi"), ("small", "b", "10Gi")] {
        let terms = json!([{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In",
            "values": [format!("us-east-1{zone}")]}]}]);
        let volume = json!({"metadata": {"name": name}, "status": {"phase": "Available"}, "spec": {
            "storageClassName": "by-hand", "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"],
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{name}")},
            "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}});
        spec.volumes.push(PersistentVolume::read(&serde_json::from_value(volume).unwrap()).unwrap());
    }
    let claim = json!({"metadata": {"name": "ledger", "namespace": "default"}, "spec": {
        "storageClassName": "by-hand", "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "40Gi"}}}});
    spec.claims.push(PersistentVolumeClaim::read(&serde_json::from_value(claim).unwrap()).unwrap());
    let mounts = json!({"volumes": [{"name": "ledger", "persistentVolumeClaim": {"claimName": "ledger"}}]});
    spec.workloads.push(deployment("books", 1, template("books", mounts)));
    let run = run(1, spec, three_zones(2), &[], 10, |_| {});
    let cluster = &run.world.cluster;
    let bound = cluster.volumes.iter().filter(|(_, volume)| volume.phase() == VolumePhase::Bound);
    let bound: Vec<&str> = bound.map(|(_, volume)| &*volume.object.name).collect();
    assert_eq!(bound, ["fits"]);
    let (_, pod) = cluster.pods.present().next().unwrap();
    assert_eq!(cluster.nodes.get(pod.node.unwrap()).zone, Some(ZoneId(2)));
}

#[test]
fn a_volume_of_a_template_gives_way_to_the_claim_of_its_name() {
    // As manifests write it that were made before claim templates: the claim `data` itself is nowhere.
    let same = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
    let mut spec = cluster("1.34");
    spec.workloads.push(stateful_set("db", 3, template("db", same)));
    let run = run(1, spec, three_zones(1), &[], 10, |_| {});
    assert!(run.world.cluster.pods.present().all(|(_, pod)| pod.serves && pod.object.volumes.len() == 1));
}

//! What is to blame for pods that fit nowhere when a zone is gone, and whether the nodes that are left have room.

use crate::support::{
    Cx, Run, bare, cluster, deployment, named, of, run, stateful_set, template, three_zones,
};
use cloudsim_kube::Cluster;
use cloudsim_kube::objects::Workload;
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_records::{Blame, BlameKind, NodesLost, Record, Room};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// By then all evictions of a zone that died at 100 s are over.
const EVICTED: u64 = 1_000;

fn zone_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let up = cluster.nodes_up();
    for node in named(cluster, "node-a") {
        cluster.host_died(node, cx);
    }
    cluster.tell_of_lost_nodes(0, &up, cx);
}

/// The same, and the instances are terminated, so that volumes are let go.
fn zone_goes(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node-a") {
        cluster.host_died(node, cx);
        cluster.instance_gone(node, cx);
    }
}

/// What was blamed last of each pod that waits at the end, with its name.
fn blamed(run: &Run) -> Vec<(&str, &[Blame])> {
    let waits: BTreeSet<u32> = (run.world.cluster.pods.present())
        .filter(|(_, pod)| pod.is_waiting())
        .map(|(_, pod)| pod.entity.0)
        .collect();
    waits
        .into_iter()
        .map(|pod| {
            let blame = run.records.iter().rev().find_map(|stamped| match &stamped.record {
                Record::PodUnschedulable { pod: of, blame, .. } if of.0 == pod => Some(blame.as_slice()),
                _ => None,
            });
            (run.world.names[pod as usize].as_str(), blame.expect("a pod that waits has a reason"))
        })
        .collect()
}

fn thing(kind: BlameKind, what: &str, nodes: u32, alone: u32) -> Blame {
    Blame { kind, what: what.into(), nodes, alone }
}

fn one_node_a_zone(spec: ClusterSpec) -> Run {
    run(1, spec, three_zones(1), &[(100, zone_dies)], EVICTED, |_| {})
}

fn lost(run: &Run) -> &NodesLost {
    let lost = run.records.iter().find_map(|stamped| match &stamped.record {
        Record::NodesLost(lost) => Some(&**lost),
        _ => None,
    });
    lost.expect("nodes were lost")
}

fn room(lost: &NodesLost, resource: &str) -> (i64, i64, i64) {
    let room = lost.room.iter().find(|room| room.resource == resource).expect("it is asked for");
    let Room { resource: _, allocatable, requested, displaced } = room;
    (*allocatable, *requested, *displaced)
}

#[test]
fn a_full_cluster_is_short_of_the_resource_that_is_full() {
    // Three nodes of 4 cores have room for 24 pods of half a core, two for 16.
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 20, template("web", json!({}))));
    let run = one_node_a_zone(spec);
    let blamed = blamed(&run);
    assert_eq!(blamed.len(), 4);
    for (_, blame) in blamed {
        assert_eq!(blame, [thing(BlameKind::Capacity, "cpu", 2, 2)]);
    }
    let lost = lost(&run);
    let on_left = i64::from(20 - lost.displaced);
    assert_eq!((lost.lost, lost.left, lost.bare), (1, 2, 0));
    assert_eq!(room(lost, "cpu"), (8_000, on_left * 500, i64::from(lost.displaced) * 500));
    assert_eq!(room(lost, "memory"), (32 << 30, on_left << 29, i64::from(lost.displaced) << 29));
    assert_eq!(room(lost, "pods"), (116, on_left, lost.displaced.into()));
}

#[test]
fn a_volume_of_a_dead_zone_is_named_with_its_claim_and_its_zone() {
    let mut spec = cluster("1.34");
    spec.workloads.push(stateful_set("db", 3, template("db", spread("ScheduleAnyway", "db"))));
    let run = run(1, spec, three_zones(1), &[(100, zone_goes)], EVICTED, |_| {});
    let blamed = blamed(&run);
    let [(pod, blame)] = blamed.as_slice() else { panic!("{blamed:?}") };
    let number = pod.strip_prefix("default/db-").expect("a pod of the set");
    let [of] = *blame else { panic!("{blame:?}") };
    assert_eq!((of.kind, of.nodes, of.alone), (BlameKind::Volume, 2, 2));
    assert!(of.what.starts_with(&format!("claim default/data-db-{number}, volume pvc-")), "{}", of.what);
    assert!(of.what.contains("topology.kubernetes.io/zone=us-east-1a"), "{}", of.what);
}

#[test]
fn a_spread_constraint_that_nothing_can_meet_is_named() {
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 6, template("web", spread("DoNotSchedule", "web"))));
    let run = one_node_a_zone(spec);
    let blamed = blamed(&run);
    // Two pods of the dead zone: one more than there, where none is left, is allowed elsewhere, and two are.
    assert_eq!(blamed.len(), 2);
    for (_, blame) in blamed {
        assert_eq!(blame, [thing(BlameKind::Spread, "topology.kubernetes.io/zone, maxSkew 1", 2, 2)]);
    }
    assert!(lost(&run).room.iter().all(|room| room.requested + room.displaced <= room.allocatable));
}

#[test]
fn what_is_in_the_way_beside_other_things_is_not_alone() {
    // A selector that keeps the pods in the dead zone, and not enough cores elsewhere.
    let mut spec = cluster("1.34");
    let there = json!({"nodeSelector": {"topology.kubernetes.io/zone": "us-east-1a"}});
    spec.workloads.push(deployment("web", 4, template("web", there)));
    spec.workloads.push(deployment("filler", 16, template("filler", elsewhere())));
    let run = one_node_a_zone(spec);
    let blamed = blamed(&run);
    assert_eq!(blamed.len(), 4);
    for (_, blame) in blamed {
        assert_eq!(
            blame,
            [
                thing(BlameKind::Capacity, "cpu", 2, 0),
                thing(BlameKind::NodeAffinity, "topology.kubernetes.io/zone=us-east-1a", 2, 0),
            ]
        );
    }
}

#[test]
fn pods_that_keep_away_from_each_other_have_one_term_to_blame() {
    let away = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": {"app": "web"}}}]}}});
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 3, template("web", away)));
    let run = one_node_a_zone(spec);
    let blame = blamed(&run)[0].1;
    assert_eq!(blame, [thing(BlameKind::PodAntiAffinity, "topology.kubernetes.io/zone", 2, 2)]);
}

#[test]
fn with_all_nodes_gone_no_constraint_is_blamed() {
    let mut spec = cluster("1.34");
    spec.control_plane.api_servers = vec![cloudsim_world::ZoneId(1).into()];
    spec.workloads.push(deployment("web", 4, template("web", spread("DoNotSchedule", "web"))));
    let all_die = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        for node in named(cluster, "node-") {
            cluster.host_died(node, cx);
        }
    };
    // When all of them have been found dead.
    let all_deleted = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        for pod in cluster.pods.present().map(|(id, _)| id).collect::<Vec<_>>() {
            cluster.delete_pod(pod, cx);
        }
    };
    let run = run(1, spec, three_zones(1), &[(100, all_die), (300, all_deleted)], EVICTED, |_| {});
    let blamed = blamed(&run);
    assert_eq!(blamed.len(), 4);
    for (_, blame) in blamed {
        assert_eq!(blame, [thing(BlameKind::NoNode, "", 0, 0)]);
    }
}

#[test]
fn daemons_are_not_displaced_and_bare_pods_are_lost() {
    let mut spec = cluster("1.34");
    let daemon =
        json!({"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent", json!({}))});
    let daemon =
        Workload::read_daemon_set("agent".parse().unwrap(), &serde_json::from_value(daemon).unwrap());
    spec.workloads.push(of(daemon.unwrap()));
    spec.workloads.push(deployment("web", 3, template("web", spread("DoNotSchedule", "web"))));
    spec.pods.push(bare("alone", "node-a-0", json!({})));
    let run = one_node_a_zone(spec);
    let lost = lost(&run);
    assert_eq!((lost.displaced, lost.bare), (1, 1));
    // On the two nodes that are left: two daemons and two of the deployment.
    assert_eq!(room(lost, "cpu"), (8_000, 2_000, 500));
}

#[test]
fn cordoned_nodes_are_not_left_and_a_fault_that_takes_no_node_says_nothing() {
    let cordon = |cluster: &mut Cluster, cx: &mut Cx<'_>| {
        let up = cluster.nodes_up();
        let node = named(cluster, "node-b")[0];
        cluster.cordon(node, true, cx);
        cluster.tell_of_lost_nodes(0, &up, cx);
    };
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 3, template("web", spread("DoNotSchedule", "web"))));
    let run = run(1, spec, three_zones(1), &[(50, cordon), (100, zone_dies)], EVICTED, |_| {});
    let told = run.records.iter().filter(|stamped| matches!(stamped.record, Record::NodesLost(_)));
    assert_eq!(told.count(), 1);
    assert_eq!((lost(&run).lost, lost(&run).left), (1, 1));
    assert_eq!(room(lost(&run), "cpu").0, 4_000);
}

fn spread(unsatisfiable: &str, app: &str) -> Value {
    json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": unsatisfiable, "labelSelector": {"matchLabels": {"app": app}}}]})
}

/// Not in the first zone.
fn elsewhere() -> Value {
    json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "NotIn", "values": ["us-east-1a"]}]}]}}}})
}

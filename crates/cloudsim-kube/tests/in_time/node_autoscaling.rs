//! The cluster autoscaler against its published rules: when nodes come, when they go, and when nothing is done at all.

use crate::support::{Act, Run, cluster, deployment, node, run, run_acts, template, three_zones};
use cloudsim_kube::objects::{Budget, IntOrPercent, PodDisruptionBudget, UnhealthyPods};
use cloudsim_kube::spec::{ClusterAutoscalerSpec, ClusterSpec, NodeGroupSpec};
use cloudsim_kube::{Cluster, NewNode, Signal, WorkloadId, limits};
use cloudsim_records::{NodeState, Record, ScaleReason};
use cloudsim_units::SimTime;
use cloudsim_world::AutoScalingGroupId;
use proptest::prelude::*;
use serde_json::json;

/// A cluster whose nodes are a group of at least `min` and at most `max`, with a deployment of so many pods of half a core.
fn scaled(min: u32, max: u32, replicas: u32) -> ClusterSpec {
    let mut spec = cluster("1.34");
    let template_node = node(0, 0);
    spec.node_groups.push(NodeGroupSpec {
        group: AutoScalingGroupId(0),
        name: "nodes".into(),
        min,
        max,
        labels: template_node.object.labels.clone(),
        taints: Vec::new(),
        allocatable: template_node.object.allocatable.clone(),
        pods_max: template_node.object.pods_max,
        template: template_node.object,
        join: limits::JOIN,
    });
    spec.cluster_autoscaler = Some(ClusterAutoscalerSpec::default());
    spec.workloads.push(deployment("web", replicas, template("web", json!({}))));
    spec
}

fn nodes_in(zones: u32, each: u32) -> Vec<NewNode> {
    (0..zones).flat_map(|zone| (0..each).map(move |number| node(zone, number))).collect()
}

/// When the group was to have another number of nodes, which, and why.
fn resized(run: &Run) -> Vec<(SimTime, u32, ScaleReason)> {
    let all = run.world.signals.iter().filter_map(|(at, signal)| match *signal {
        Signal::GroupResized { to, why, .. } => Some((*at, to, why)),
        _ => None,
    });
    all.collect()
}

/// When instances were given up.
fn given_up(run: &Run) -> Vec<(SimTime, ScaleReason)> {
    let all = run.world.signals.iter().filter_map(|(at, signal)| match *signal {
        Signal::InstanceUnwanted { why, .. } => Some((*at, why)),
        _ => None,
    });
    all.collect()
}

fn halts(run: &Run) -> Vec<(SimTime, bool)> {
    let all = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::AutoscalerHalted { halted, .. } => Some((stamped.at, halted)),
        _ => None,
    });
    all.collect()
}

fn waiting(run: &Run) -> usize {
    run.world.cluster.pods.present().filter(|(_, pod)| pod.is_waiting()).count()
}

fn has_event(cluster: &Cluster, reason: &str, until: u64) -> bool {
    cluster.events.at(SimTime::from_secs(until)).iter().any(|event| event.reason == reason)
}

fn secs(at: u64) -> SimTime {
    SimTime::from_secs(at)
}

#[test]
fn pods_without_room_get_as_many_nodes_as_they_need_within_a_scan_a_launch_and_a_join() {
    // Six nodes take eight pods each: 60 pods need two more. The autoscaler looks within 10 s; a launch takes 26 s, and
    // a kubelet joins within a minute.
    for seed in 0..20 {
        let grow: fn(&mut Cluster, &mut crate::support::Cx<'_>) =
            |cluster, cx| cluster.scale(WorkloadId(0), 60, cx);
        let run = run(seed, scaled(6, 12, 48), nodes_in(3, 2), &[(60, grow)], 300, |_| ());
        let all = resized(&run);
        assert!(all.iter().all(|(at, ..)| (secs(60)..=secs(81)).contains(at)), "{all:?}");
        assert_eq!(all.last().map(|(_, to, why)| (*to, *why)), Some((8, ScaleReason::PodsPending)));
        assert_eq!(waiting(&run), 0);
        let cluster = &run.world.cluster;
        assert!(has_event(cluster, "TriggeredScaleUp", 300));
        assert_eq!(cluster.nodes.present().count(), 8);
        let joined = run.records.iter().filter_map(|stamped| match stamped.record {
            Record::NodeChanged { state: NodeState::Ready, .. } => Some(stamped.at),
            _ => None,
        });
        assert!(joined.max().is_some_and(|at| at <= secs(81 + 26 + 60 + 2)));
    }
}

#[test]
fn a_group_never_grows_beyond_its_maximum_and_pods_are_told_so() {
    let run = run(1, scaled(6, 7, 80), nodes_in(3, 2), &[], 300, |_| ());
    assert_eq!(resized(&run).last().map(|(_, to, _)| *to), Some(7));
    // Seven nodes take 56 of 80.
    assert_eq!(waiting(&run), 24);
    let events = run.world.cluster.events.at(secs(300));
    let told = events.iter().any(|event| {
        event.reason == "NotTriggerScaleUp"
            && &*event.message == "pod didn't trigger scale-up: 1 max node group size reached"
    });
    assert!(told);
}

#[test]
fn pods_that_fit_on_no_node_of_a_group_do_not_make_it_grow() {
    let mut spec = scaled(6, 12, 8);
    let big = json!({"nodeSelector": {"disk": "fast"}});
    spec.workloads.push(deployment("db", 1, template("db", big)));
    let run = run(1, spec, nodes_in(3, 2), &[], 300, |_| ());
    assert_eq!(resized(&run), []);
    let events = run.world.cluster.events.at(secs(300));
    let told = events.iter().find(|event| event.reason == "NotTriggerScaleUp").expect("it is told");
    assert_eq!(
        &*told.message,
        "pod didn't trigger scale-up: 1 node(s) didn't match Pod's node affinity/selector"
    );
}

/// Zone a dies after a minute, and then more pods are wanted than there is room for.
fn loses_a_zone(zones: u32, each: u32) -> Run {
    let dies: fn(&mut Cluster, &mut crate::support::Cx<'_>) = |cluster, cx| {
        for node in crate::support::named(cluster, "node-a") {
            cluster.host_died(node, cx);
        }
    };
    let grows: fn(&mut Cluster, &mut crate::support::Cx<'_>) =
        |cluster, cx| cluster.scale(WorkloadId(0), 120, cx);
    let spec = scaled(zones * each, 40, 40);
    run(3, spec, nodes_in(zones, each), &[(60, dies), (150, grows)], 600, |_| ())
}

#[test]
fn a_cluster_over_two_zones_that_loses_one_is_not_scaled_at_all() {
    let run = loses_a_zone(2, 6);
    assert!(halts(&run).first().is_some_and(|(at, halted)| *halted && *at < secs(60 + 55 + 10 + 2)));
    assert_eq!(halts(&run).len(), 1, "nobody replaces the dead instances here, so that it never goes on");
    assert_eq!(resized(&run), []);
    assert!(waiting(&run) > 0);
    assert!(has_event(&run.world.cluster, "ClusterUnhealthy", 600));
}

#[test]
fn a_cluster_over_three_zones_that_loses_one_is_scaled_on() {
    let run = loses_a_zone(3, 4);
    assert_eq!(halts(&run), []);
    assert!(resized(&run).first().is_some_and(|(at, ..)| *at <= secs(171)));
    assert_eq!(waiting(&run), 0);
}

#[test]
fn a_group_without_capacity_is_given_up_and_left_alone_for_five_minutes() {
    let grows: fn(&mut Cluster, &mut crate::support::Cx<'_>) = |cluster, cx| {
        cx.pool.has_capacity = false;
        cluster.scale(WorkloadId(0), 52, cx);
    };
    let returns: fn(&mut Cluster, &mut crate::support::Cx<'_>) = |_, cx| cx.pool.has_capacity = true;
    let run = run(2, scaled(6, 12, 48), nodes_in(3, 2), &[(60, grows), (200, returns)], 900, |_| ());
    let all = resized(&run);
    let whys: Vec<_> = all.iter().map(|(_, to, why)| (*to, *why)).collect();
    assert_eq!(
        whys,
        [(7, ScaleReason::PodsPending), (6, ScaleReason::LaunchFailed), (7, ScaleReason::PodsPending)]
    );
    // It is left alone for five minutes, and looked at once more within ten seconds.
    let pause = all[2].0.since(all[1].0).as_nanos() / 1_000_000_000;
    assert!((300..=310).contains(&pause), "{pause} s");
    let cluster = &run.world.cluster;
    assert!(has_event(cluster, "ScaleUpFailed", 900));
    assert_eq!(waiting(&run), 0);
}

#[test]
fn nodes_that_never_join_are_given_up_after_a_quarter_of_an_hour() {
    let grows: fn(&mut Cluster, &mut crate::support::Cx<'_>) = |cluster, cx| {
        cx.pool.boots = false;
        cluster.scale(WorkloadId(0), 52, cx);
    };
    let run = run(2, scaled(6, 12, 48), nodes_in(3, 2), &[(60, grows)], 1100, |_| ());
    let all = given_up(&run);
    let asked = resized(&run)[0].0;
    let waited = all[0].0.since(asked).as_nanos() / 1_000_000_000;
    assert_eq!(all[0].1, ScaleReason::NotRegistered);
    assert!((900..=930).contains(&waited), "{waited} s");
    assert!(has_event(&run.world.cluster, "ScaleUpTimedOut", 1100));
    assert_eq!(resized(&run).len(), 1, "the group is left alone for five minutes");
}

#[test]
fn nodes_that_nobody_needs_go_after_ten_minutes_and_the_least_stay() {
    // Twelve pods on six nodes: a quarter of each. Two nodes would do, but three are the least.
    let run = run(5, scaled(3, 12, 12), nodes_in(3, 2), &[], 2400, |_| ());
    let all = given_up(&run);
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|(at, why)| *at >= secs(600) && *why == ScaleReason::NodeUnneeded), "{all:?}");
    assert_eq!(run.world.pool.desired, 3);
    let workload = run.world.cluster.workloads.get(WorkloadId(0));
    assert_eq!(workload.serving, 12);
}

#[test]
fn nodes_whose_pods_ask_for_half_of_them_stay() {
    // Four of eight half cores on each.
    let run = run(5, scaled(1, 12, 24), nodes_in(3, 2), &[], 1800, |_| ());
    assert_eq!(given_up(&run), []);
}

#[test]
fn a_budget_that_lets_nobody_go_keeps_its_nodes() {
    let mut spec = scaled(1, 12, 6);
    let selector = spec.workloads[0].workload.selector.clone();
    spec.disruption_budgets.push(PodDisruptionBudget {
        key: "web".parse().expect("a key"),
        selector,
        allows: Budget::MaxUnavailable(IntOrPercent::Int(0)),
        unhealthy: UnhealthyPods::IfHealthyBudget,
    });
    let run = run(5, spec, nodes_in(3, 2), &[], 1800, |_| ());
    assert_eq!(given_up(&run), []);
}

fn act() -> impl Strategy<Value = (u64, Act)> {
    let node = 0_usize..12;
    let what = prop_oneof![
        node.clone().prop_map(Act::Die),
        node.clone().prop_map(Act::Return),
        (node.clone(), any::<bool>()).prop_map(|(node, connected)| Act::Connect(node, connected)),
        node.clone().prop_map(Act::Drain),
        node.prop_map(Act::Uncordon),
        (0_usize..40).prop_map(Act::Delete),
        (0_u32..90).prop_map(Act::Scale),
    ];
    (10_u64..2400, what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// That a node which goes is empty is asserted where it goes.
    #[test]
    fn no_group_leaves_its_bounds_and_nothing_is_scaled_while_too_many_nodes_are_unready(
        seed in 0_u64..1000,
        acts in prop::collection::vec(act(), 1..20),
    ) {
        let run = run_acts(seed, scaled(4, 10, 30), three_zones(2), &acts, 3000, |_| ());
        let halts = halts(&run);
        let is_halted = |at: SimTime| halts.iter().rfind(|(since, _)| *since <= at).is_some_and(|(_, halted)| *halted);
        for (at, to, _) in resized(&run) {
            prop_assert!((4..=10).contains(&to), "{to} nodes at {at}");
            prop_assert!(!is_halted(at), "scaled at {at}: {halts:?}");
        }
        prop_assert!((4..=10).contains(&run.world.pool.desired));
    }
}

//! Nodes that are emptied, and the budgets of the pods on them.

use crate::support::{
    Cx, Deed, Run, bare, budget, cluster, deployment, named, of, run, template, three_zones,
};
use cloudsim_kube::objects::IntOrPercent;
use cloudsim_kube::objects::{Budget, MIRROR, PodDisruptionBudget, UnhealthyPods, Workload};
use cloudsim_kube::spec::{ClusterSpec, WorkSpec, WorkloadSpec};
use cloudsim_kube::{Cluster, Signal};
use cloudsim_records::{PodReason, PodState, Record};
use serde_json::json;

fn cordon_zone_a(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node-a-") {
        cluster.cordon(node, true, cx);
    }
}

fn drain_zone_a(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node-a-") {
        cluster.drain(node, cx);
    }
}

fn zone_a_dies(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node-a-") {
        cluster.host_died(node, cx);
    }
}

/// Six pods over three zones with a budget, and what is done.
fn drained(allows: Budget, unhealthy: UnhealthyPods, twice: bool, deeds: &[(u64, Deed)]) -> Run {
    let mut spec = cluster("1.34");
    let spread = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "web"}}}]});
    spec.workloads.push(deployment("web", 6, template("web", spread)));
    let of_web = budget("web", allows, unhealthy);
    let too = PodDisruptionBudget { key: "too".parse().unwrap(), ..of_web.clone() };
    spec.disruption_budgets.extend([of_web, too].into_iter().take(if twice { 2 } else { 1 }));
    run(1, spec, three_zones(2), deeds, 1_000, |_| {})
}

/// Seconds at which pods were drained, and at which they were ready in their stead.
fn seconds(run: &Run, which: impl Fn(PodState, PodReason) -> bool) -> Vec<u64> {
    let at = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::PodChanged { state, reason, .. } if which(state, reason) => {
            Some(stamped.at.as_nanos() / 1_000_000_000)
        }
        _ => None,
    });
    at.collect()
}

fn leaves(run: &Run) -> Vec<u64> {
    seconds(run, |state, reason| state == PodState::Terminating && reason == PodReason::Drained)
}

const MAX_ONE: Budget = Budget::MaxUnavailable(IntOrPercent::Int(1));
const ALL: Budget = Budget::MinAvailable(IntOrPercent::Int(6));

#[test]
fn pods_leave_a_drained_node_one_by_one_if_the_budget_wants_it_so() {
    // What is cordoned first gets none of the pods that leave the others.
    let deeds: [(u64, Deed); 2] = [(90, cordon_zone_a), (100, drain_zone_a)];
    let run = drained(MAX_ONE, UnhealthyPods::IfHealthyBudget, false, &deeds);
    let (leave, ready) = (leaves(&run), seconds(&run, |state, _| state == PodState::Ready));
    assert_eq!(leave.len(), 2, "{leave:?}");
    let first = ready.iter().find(|at| **at > leave[0]).expect("another is ready instead");
    assert!(leave[1] >= *first, "the second at {} waits for the first's successor at {first}", leave[1]);
    let empty = run.world.signals.iter().filter(|(_, signal)| matches!(signal, Signal::NodeDrained { .. }));
    assert_eq!(empty.count(), 2);
}

#[test]
fn a_budget_that_wants_all_pods_lets_no_drain_end() {
    let run = drained(ALL, UnhealthyPods::IfHealthyBudget, false, &[(100, drain_zone_a)]);
    assert_eq!(leaves(&run), [] as [u64; 0]);
    assert!(!run.world.signals.iter().any(|(_, signal)| matches!(signal, Signal::NodeDrained { .. })));
    assert_eq!(refused(&run), ["default/web"; 2], "it is said once of each");
}

/// The budgets that are said to be in the way.
fn refused(run: &Run) -> Vec<&str> {
    let all = run.records.iter().filter_map(|stamped| match &stamped.record {
        Record::EvictionRefused { budget, .. } => Some(&**budget),
        _ => None,
    });
    all.collect()
}

#[test]
fn pods_with_two_budgets_are_not_evicted_at_all() {
    let run = drained(MAX_ONE, UnhealthyPods::IfHealthyBudget, true, &[(100, drain_zone_a)]);
    assert_eq!(leaves(&run), [] as [u64; 0]);
    assert_eq!(refused(&run), ["default/web, default/too"; 2]);
}

#[test]
fn pods_that_are_not_ready_wait_for_their_budget_unless_that_lets_them_go() {
    let deeds: [(u64, Deed); 2] = [(100, zone_a_dies), (110, drain_zone_a)];
    let kept = drained(ALL, UnhealthyPods::IfHealthyBudget, false, &deeds);
    assert_eq!(leaves(&kept), [] as [u64; 0], "they leave as their toleration ends");
    let evicted = seconds(&kept, |_, reason| reason == PodReason::TaintEviction);
    assert!(evicted.len() == 2 && evicted.iter().all(|at| *at > 440), "{evicted:?}");
    let let_go = drained(ALL, UnhealthyPods::AlwaysAllow, false, &deeds);
    let leave = leaves(&let_go);
    // The grace period of 50 s ends up to 15 s later; kubectl asks again every five.
    assert!(leave.len() == 2 && leave.iter().all(|at| (140..=170).contains(at)), "{leave:?}");
}

/// A cluster with a bare pod in each zone, and a budget for them.
fn three_tools(allows: Budget) -> ClusterSpec {
    let mut spec = cluster("1.34");
    for zone in ["a", "b", "c"] {
        let mut tool = bare(&format!("tool-{zone}"), &format!("node-{zone}-0"), json!({}));
        tool.template = bare("tool", "", json!({})).template;
        spec.pods.push(tool);
    }
    spec.disruption_budgets.push(budget("tool", allows, UnhealthyPods::IfHealthyBudget));
    spec
}

/// How many of three pods without a controller leave as all their nodes are drained.
fn tools_that_leave(allows: Budget) -> usize {
    let all: Deed = |cluster, cx| {
        for node in named(cluster, "node-") {
            cluster.drain(node, cx);
        }
    };
    leaves(&run(1, three_tools(allows), three_zones(1), &[(100, all)], 400, |_| {})).len()
}

#[test]
fn a_budget_that_has_to_know_how_many_pods_are_wanted_lets_none_go_that_nobody_wants() {
    assert_eq!(tools_that_leave(MAX_ONE), 0);
    assert_eq!(tools_that_leave(Budget::MinAvailable(IntOrPercent::Percent(50))), 0);
    // Two are to stay, wherever they are from.
    assert_eq!(tools_that_leave(Budget::MinAvailable(IntOrPercent::Int(2))), 1);
}

#[test]
fn a_budget_that_has_to_know_how_many_pods_are_wanted_lets_no_pod_of_a_job_go() {
    let job = json!({"parallelism": 3, "completions": 3, "template": template("sums", json!({"restartPolicy": "Never"}))});
    let job = Workload::read_job("sums".parse().unwrap(), &serde_json::from_value(job).unwrap()).unwrap();
    let hour = cloudsim_units::DurationDistribution::Constant(cloudsim_units::SimDuration::from_secs(3_600));
    let work = Some(WorkSpec { lasts: hour, fails: cloudsim_units::Ratio::from_percent(0) });
    let all: Deed = |cluster, cx| {
        for node in named(cluster, "node-") {
            cluster.drain(node, cx);
        }
    };
    let left = |allows| {
        let mut spec = cluster("1.34");
        spec.workloads.push(WorkloadSpec { work, ..of(job.clone()) });
        spec.disruption_budgets.push(budget("sums", allows, UnhealthyPods::IfHealthyBudget));
        leaves(&run(1, spec, three_zones(1), &[(100, all)], 400, |_| {})).len()
    };
    assert_eq!(left(MAX_ONE), 0);
    assert_eq!(left(Budget::MinAvailable(IntOrPercent::Int(2))), 1);
}

#[test]
fn of_two_workloads_under_a_budget_each_needs_what_the_other_leaves() {
    let needed = |replicas: [u32; 2], allows| {
        let mut spec = cluster("1.34");
        for (name, replicas) in ["one", "two"].into_iter().zip(replicas) {
            let mut of = deployment("web", replicas, template("web", json!({})));
            of.workload.key = name.parse().unwrap();
            spec.workloads.push(of);
        }
        spec.disruption_budgets.push(budget("web", allows, UnhealthyPods::IfHealthyBudget));
        let run = run(1, spec, three_zones(2), &[], 10, |_| {});
        let cluster = &run.world.cluster;
        cluster.workloads.iter().map(|(id, _)| cluster.needed(id).pods).collect::<Vec<_>>()
    };
    let least = |pods| Budget::MinAvailable(IntOrPercent::Int(pods));
    // Four of three and three: one of each, if the other has all its three.
    assert_eq!(needed([3, 3], least(4)), [1, 1]);
    assert_eq!(needed([3, 3], least(6)), [3, 3]);
    assert_eq!(needed([4, 2], least(5)), [3, 1]);
    // Nobody needs more than there are to be.
    assert_eq!(needed([1, 1], least(5)), [1, 1]);
    assert_eq!(needed([3, 3], MAX_ONE), [2, 2]);
}

#[test]
fn no_pod_comes_back_to_the_node_that_it_was_drained_from() {
    for seed in 0..40 {
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 6, template("web", json!({}))));
        let run = run(seed, spec, three_zones(1), &[(100, drain_zone_a)], 200, |_| {});
        let drained = run.world.cluster.nodes.get(named(&run.world.cluster, "node-a-0")[0]).entity;
        let came = run.records.iter().any(|stamped| {
            let late = stamped.at.as_nanos() > 100_000_000_000;
            late && matches!(stamped.record, Record::PodChanged { state: PodState::Scheduled, node: Some(node), .. }
                if node == drained)
        });
        assert!(!came && leaves(&run).len() == 2, "seed {seed}");
    }
}

#[test]
fn the_mirror_of_a_static_pod_stays_on_its_node_whatever_becomes_of_that() {
    let run_with = |annotations, deed| {
        let mut spec = cluster("1.34");
        spec.pods.push(bare("proxy", "node-a-0", annotations));
        run(1, spec, three_zones(2), &[(100, deed)], 700, |_| {}).world.cluster.pods.present().count()
    };
    let deeds: [Deed; 2] = [drain_zone_a, zone_a_dies];
    for deed in deeds {
        assert_eq!(run_with(json!({MIRROR: "0123"}), deed), 1);
    }
    assert_eq!(run_with(json!({}), drain_zone_a), 0, "any other bare pod goes");
}

#[test]
fn a_drain_asks_for_the_pods_that_were_there_and_for_none_that_come_later() {
    fn uncordon_zone_a(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        for node in named(cluster, "node-a-") {
            cluster.cordon(node, false, cx);
        }
    }
    // The tool on node-a-0 never may go, so that the drain never ends.
    let mut spec = three_tools(Budget::MinAvailable(IntOrPercent::Int(3)));
    spec.workloads.push(deployment(
        "web",
        3,
        template(
            "web",
            json!({"nodeSelector": {
        "topology.kubernetes.io/zone": "us-east-1a"}}),
        ),
    ));
    let deeds: [(u64, Deed); 2] = [(100, drain_zone_a), (200, uncordon_zone_a)];
    let run = run(1, spec, three_zones(1), &deeds, 1_000, |_| {});
    assert_eq!(leaves(&run).len(), 3, "each of them once: {:?}", leaves(&run));
    let ready = seconds(&run, |state, _| state == PodState::Ready);
    assert_eq!(ready.len(), 3, "and those in their place stay: {ready:?}");
}

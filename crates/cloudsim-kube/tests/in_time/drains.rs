//! Nodes that are emptied, and the budgets of the pods on them.

use crate::support::{Cx, Deed, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::objects::IntOrPercent;
use cloudsim_kube::objects::{Budget, PodDisruptionBudget, UnhealthyPods};
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
    let selector = spec.workloads[0].workload.selector.clone();
    let budget = |name: &str| PodDisruptionBudget {
        key: name.parse().unwrap(),
        selector: selector.clone(),
        allows,
        unhealthy,
    };
    let budgets = ["web", "too"].map(budget);
    spec.disruption_budgets.extend(budgets.into_iter().take(if twice { 2 } else { 1 }));
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
}

#[test]
fn pods_with_two_budgets_are_not_evicted_at_all() {
    let run = drained(MAX_ONE, UnhealthyPods::IfHealthyBudget, true, &[(100, drain_zone_a)]);
    assert_eq!(leaves(&run), [] as [u64; 0]);
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

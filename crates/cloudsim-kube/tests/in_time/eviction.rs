//! Kubelets that evict pods, because those of a node use more memory than it has for them.

use crate::support::{Cx, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::objects::TaintEffect;
use cloudsim_kube::spec::{ClusterSpec, WorkloadSpec};
use cloudsim_kube::{Cluster, NodeId};
use cloudsim_records::{PodReason, PodState, Record};
use cloudsim_units::SimTime;
use serde_json::json;

/// Six pods that ask for half a gibibyte each and use so many, for three nodes of sixteen.
fn hungry(gibibytes: u64) -> ClusterSpec {
    let mut spec = cluster("1.34");
    let web = deployment("web", 6, template("web", json!({})));
    spec.workloads.push(WorkloadSpec { uses_memory: Some(gibibytes << 30), ..web });
    spec
}

fn kill_zone_a(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let victim = named(cluster, "node-a-0")[0];
    cluster.host_died(victim, cx);
}

fn survivors(cluster: &Cluster) -> Vec<NodeId> {
    [named(cluster, "node-b-0")[0], named(cluster, "node-c-0")[0]].into()
}

/// When pods were evicted for want of memory, in seconds.
fn evicted(run: &Run) -> Vec<f64> {
    let all = run.records.iter().filter(|stamped| {
        matches!(
            stamped.record,
            Record::PodChanged { state: PodState::Failed, reason: PodReason::MemoryPressure, .. }
        )
    });
    all.map(|stamped| stamped.at.since(SimTime::ZERO).as_secs_f64()).collect()
}

/// Two pods of six gibibytes on each node are twelve; when a zone is gone and its two pods have come to the other two nodes,
/// three are eighteen of sixteen. By what they ask for, thirty fit.
#[test]
fn survivors_of_a_zone_evict_what_requests_have_let_in() {
    let low = |cluster: &mut Cluster, _: &mut Cx<'_>| {
        for node in survivors(cluster) {
            let of = cluster.nodes.get(node);
            assert_eq!(of.pods.iter().filter(|pod| cluster.pods.get(**pod).serves).count(), 2);
            assert!(of.memory_pressure);
            assert!(of.has_taint(cloudsim_kube::MEMORY_PRESSURE, TaintEffect::NoSchedule));
        }
        let waiting = cluster.pods.present().filter(|(_, pod)| pod.is_waiting()).count();
        assert_eq!(waiting, 2, "nobody takes those that were made instead");
    };
    let run = run(1, hungry(6), three_zones(1), &[(100, kill_zone_a), (700, low)], 710, |_| {});
    let evicted = evicted(&run);
    // One of the pods that are made instead of the first two comes before the taints do, and goes with the next look.
    assert_eq!(evicted.len(), 3, "{evicted:?}");
    // Given up after the grace period and three hundred seconds, made, scheduled, started; then a look within ten.
    assert!(evicted.iter().all(|at| (450.0..490.0).contains(at)), "{evicted:?}");
}

/// A taint goes five minutes after the last eviction, the pods that wait come, and are too many again.
#[test]
fn a_node_that_has_forgotten_its_pressure_takes_the_same_pods_and_evicts_again() {
    let run = run(1, hungry(6), three_zones(1), &[(100, kill_zone_a)], 1_000, |_| {});
    let evicted = evicted(&run);
    let (before, after): (Vec<f64>, Vec<f64>) = evicted.into_iter().partition(|at| *at < 600.0);
    // The node that evicted last but one is the first to forget.
    assert!((300.0..312.0).contains(&(after[0] - before[before.len() - 2])), "{before:?} {after:?}");
}

#[test]
fn pods_that_fit_stay() {
    let run = run(1, hungry(5), three_zones(1), &[(100, kill_zone_a)], 700, |cluster| {
        assert!(survivors(cluster).iter().all(|node| !cluster.nodes.get(*node).memory_pressure));
    });
    assert!(evicted(&run).is_empty());
}

//! What becomes of a zone of which some, most or all nodes die, as the source of the node controller has it.

use crate::support::{Cx, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::objects::TaintEffect;
use cloudsim_kube::{Cluster, UNREACHABLE, ZoneState, zone_state};
use cloudsim_records::{NodeTaint, PodReason, Record};
use cloudsim_units::SimTime;
use serde_json::json;

const DEATH: u64 = 100;

fn kill(cluster: &mut Cluster, cx: &mut Cx<'_>, prefix: &str, count: usize) {
    for node in named(cluster, prefix).into_iter().take(count) {
        cluster.host_died(node, cx);
    }
}

/// Seconds after the death at which nodes got the taint that evicts.
fn taints(run: &Run) -> Vec<f64> {
    let tainted = run.records.iter().filter(|stamped| {
        matches!(stamped.record, Record::NodeTainted { taint: NodeTaint::Unreachable, present: true, .. })
    });
    tainted.map(|stamped| stamped.at.since(SimTime::from_secs(DEATH)).as_secs_f64()).collect()
}

fn state_of_a(run: &Run) -> ZoneState {
    let mut states = run.world.cluster.zone_states();
    states.find(|(zone, _)| zone.ends_with("us-east-1a")).expect("it was judged").1
}

#[test]
fn a_zone_is_judged_by_how_many_of_its_nodes_are_not_ready() {
    use ZoneState::{FullDisruption, Normal, PartialDisruption};

    let spec = cluster("1.34").control_plane;
    for (ready, not_ready, state) in [
        (4, 0, Normal),
        // Two are never enough, whatever their share.
        (1, 2, Normal),
        // 3 of 6 are 50 %, 3 of 5 are 60 %; the threshold is 55 %.
        (3, 3, Normal),
        (2, 3, PartialDisruption),
        // 11 of 20 are 55 % exactly.
        (9, 11, PartialDisruption),
        (0, 1, FullDisruption),
        (0, 7, FullDisruption),
        (0, 0, Normal),
    ] {
        assert_eq!(zone_state(ready, not_ready, &spec), state, "{ready} {not_ready}");
    }
}

#[test]
fn half_of_a_zone_is_given_up_one_node_in_ten_seconds() {
    fn half(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        kill(cluster, cx, "node-a-", 2);
    }
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 24, template("web", json!({}))));
    let run = run(3, spec, three_zones(4), &[(DEATH, half)], 300, |_| {});
    let taints = taints(&run);
    assert_eq!(taints.len(), 2);
    // 0.1 a second; the queue is looked at every tenth of a second, a write takes milliseconds.
    assert!((9.5..11.0).contains(&(taints[1] - taints[0])), "{taints:?}");
    assert_eq!(state_of_a(&run), ZoneState::Normal);
}

#[test]
fn most_of_a_small_zone_is_not_given_up_once_it_is_seen_to_be_disrupted() {
    fn most(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        kill(cluster, cx, "node-a-", 3);
    }
    for seed in 0..20 {
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 24, template("web", json!({}))));
        let run = run(seed, spec, three_zones(4), &[(DEATH, most)], 700, |_| {});
        // Leases end within ten seconds of each other, and nodes are looked at every five: one or two may be given up before the
        // third is seen to be silent. Then the rate of a zone of four nodes is zero.
        assert!(taints(&run).len() < 3, "seed {seed}: {:?}", taints(&run));
        assert_eq!(state_of_a(&run), ZoneState::PartialDisruption, "seed {seed}");
    }
}

#[test]
fn most_of_a_large_zone_is_given_up_one_node_in_a_hundred_seconds() {
    fn most(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        kill(cluster, cx, "node-a-", 40);
    }
    let run = run(5, cluster("1.34"), three_zones(60), &[(DEATH, most)], 1100, |_| {});
    assert_eq!(state_of_a(&run), ZoneState::PartialDisruption);
    let taints = taints(&run);
    let late: Vec<f64> = taints.into_iter().filter(|at| *at > 80.0).collect();
    assert!(late.len() >= 8, "{late:?}");
    for pair in late.windows(2) {
        assert!((99.0..101.0).contains(&(pair[1] - pair[0])), "{late:?}");
    }
}

#[test]
fn a_whole_zone_is_given_up_at_the_normal_rate() {
    fn whole(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        kill(cluster, cx, "node-a-", 4);
    }
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 24, template("web", json!({}))));
    let run = run(1, spec, three_zones(4), &[(DEATH, whole)], 800, |_| {});
    assert_eq!(state_of_a(&run), ZoneState::FullDisruption);
    let taints = taints(&run);
    assert_eq!(taints.len(), 4);
    for pair in taints.windows(2) {
        assert!(pair[1] - pair[0] > 9.5, "{taints:?}");
    }
    let serving = run.world.cluster.workloads.iter().next().expect("one").1.serving;
    assert_eq!(serving, 24, "they all come back in the other zones");
}

#[test]
fn when_no_zone_is_heard_of_nobody_is_given_up_and_afterwards_time_begins_anew() {
    fn cut(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        for node in named(cluster, "node-") {
            cluster.connect(node, false, cx);
        }
    }
    fn heal(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        for node in named(cluster, "node-") {
            cluster.connect(node, true, cx);
        }
    }
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 12, template("web", json!({}))));
    let run = run(1, spec, three_zones(2), &[(DEATH, cut), (DEATH + 600, heal)], 900, |_| {});
    let evicted = run
        .records
        .iter()
        .any(|stamped| matches!(stamped.record, Record::PodChanged { reason: PodReason::TaintEviction, .. }));
    assert!(!evicted, "ten minutes without a word, and nobody was evicted");
    let cluster = &run.world.cluster;
    let tainted =
        cluster.nodes.present().any(|(_, node)| node.has_taint(UNREACHABLE, TaintEffect::NoExecute));
    assert!(!tainted);
    assert!(cluster.pods.present().all(|(_, pod)| pod.ready));
}

#[test]
fn a_zone_that_is_not_counted_is_given_up_at_the_normal_rate() {
    fn whole(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        kill(cluster, cx, "node-a-", 4);
    }
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 24, template("web", json!({}))));
    let mut nodes = three_zones(4);
    for node in nodes.iter_mut().filter(|node| node.object.name.starts_with("node-a-")) {
        let excluded = "node.kubernetes.io/exclude-disruption";
        node.object.labels.insert(excluded.into(), "true".into());
    }
    let run = run(1, spec, nodes, &[(DEATH, whole)], 800, |_| {});
    assert!(
        !run.world.cluster.zone_states().any(|(zone, _)| zone.ends_with("us-east-1a")),
        "it is not judged"
    );
    let taints = taints(&run);
    assert_eq!(taints.len(), 4);
    assert!(taints.windows(2).all(|pair| pair[1] - pair[0] > 9.5), "{taints:?}");
}

//! The timing chain from a lost node to a pod in service, against the primitive rules.

use crate::support::{Cx, Run, cluster, deployment, named, run, template, three_zones};
use cloudsim_kube::{Cluster, Pod};
use cloudsim_records::{NodeState, NodeTaint, PodReason, PodState, Record};
use cloudsim_units::SimTime;
use serde_json::json;

const DEATH: u64 = 100;

fn kill_one(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let victim = named(cluster, "node-a-0")[0];
    cluster.host_died(victim, cx);
}

/// Seconds after the death at which a record was first made.
fn after(run: &Run, is: impl Fn(&Record) -> bool) -> f64 {
    let at = run.records.iter().find(|stamped| is(&stamped.record)).map(|stamped| stamped.at);
    at.expect("it happens").since(SimTime::from_secs(DEATH)).as_secs_f64()
}

fn lose_a_node(seed: u64, version: &str) -> Run {
    let mut spec = cluster(version);
    // Eight pods of half a core over three nodes: each has two or three.
    spec.workloads.push(deployment("web", 8, template("web", json!({}))));
    run(seed, spec, three_zones(1), &[(DEATH, kill_one)], 700, |_| {})
}

#[test]
fn over_200_seeds_a_lost_node_is_noticed_given_up_and_emptied_as_the_rules_say() {
    for (version, grace) in [("1.31", 40.0), ("1.32", 50.0)] {
        let (mut soonest, mut latest) = (f64::MAX, 0.0_f64);
        for seed in 0..200 {
            let run = lose_a_node(seed, version);
            let unknown =
                |record: &Record| matches!(record, Record::NodeChanged { state: NodeState::Unknown, .. });
            let not_ready = after(&run, unknown);
            // The last renewal was up to 10 s before the death, and was seen at a look up to 5 s (and 10 ms) after it was
            // made. The grace period runs from that look, in whole looks: ten looks are 50.1 s, eight 40.08 s. Then a
            // write, which takes milliseconds.
            assert!((grace - 10.0..grace + 5.5).contains(&not_ready), "{version}, seed {seed}: {not_ready}");
            soonest = soonest.min(not_ready);
            latest = latest.max(not_ready);
            // The pods of it are marked in the same look.
            let marked = after(&run, |record| {
                matches!(record, Record::PodChanged { reason: PodReason::NodeNotReady, .. })
            });
            assert!((marked - not_ready).abs() < 1.0, "{version}, seed {seed}: {marked} {not_ready}");
            // At the next look, 5 s later, it is put in the queue, which is looked at every tenth of a second. It is the
            // only node of its zone: fully disrupted, the normal rate, whose first token is there.
            let tainted = after(&run, |record| {
                matches!(record, Record::NodeTainted { taint: NodeTaint::Unreachable, present: true, .. })
            });
            let gap = tainted - not_ready;
            assert!((4.0..6.0).contains(&gap), "{version}, seed {seed}: {gap}");
            // Pods tolerate that for 300 s from when the controller sees the taint.
            let evicted = after(&run, |record| {
                matches!(record, Record::PodChanged { reason: PodReason::TaintEviction, .. })
            });
            let tolerated = evicted - tainted;
            assert!((300.0..302.0).contains(&tolerated), "{version}, seed {seed}: {tolerated}");
            // Replacements are made at once, and are ready after a pull of 200 MiB at 100 MB/s at most, start and probe.
            let back =
                run.records.iter().rev().find(|stamped| {
                    matches!(stamped.record, Record::PodChanged { state: PodState::Ready, .. })
                });
            let back = back.expect("they come back").at.since(SimTime::from_secs(DEATH)).as_secs_f64();
            let return_takes = back - evicted;
            assert!((1.0..25.0).contains(&return_takes), "{version}, seed {seed}: {return_takes}");
            let serving = run.world.cluster.workloads.iter().next().expect("one").1.serving;
            assert_eq!(serving, 8, "{version}, seed {seed}");
        }
        // All of the range is reached: the phases of lease and look are free.
        assert!(soonest < grace - 7.0 && latest > grace + 2.5, "{version}: {soonest} to {latest}");
    }
}

fn terminate_one(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    let victim = named(cluster, "node-a-0")[0];
    cluster.instance_gone(victim, cx);
}

#[test]
fn a_node_without_an_instance_is_taken_out_once_it_is_not_ready() {
    let (mut soonest, mut latest) = (f64::MAX, 0.0_f64);
    for seed in 0..40 {
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 8, template("web", json!({}))));
        let gone = |record: &Record| matches!(record, Record::NodeChanged { state: NodeState::Gone, .. });
        let unknown =
            |record: &Record| matches!(record, Record::NodeChanged { state: NodeState::Unknown, .. });
        // Terminated while it is ready: it stays until it has not been heard of for the grace period.
        let live = run(seed, spec.clone(), three_zones(1), &[(DEATH, terminate_one)], 300, |_| {});
        let lag = after(&live, gone) - after(&live, unknown);
        // The cloud's controller looks every 5 s, at a phase of its own; then a write, which takes milliseconds.
        assert!((0.0..5.5).contains(&lag), "seed {seed}: {lag}");
        // Terminated when nothing has been heard of it for long: the next look takes it out.
        let deeds: [(u64, crate::support::Deed); 2] = [(DEATH - 70, kill_one), (DEATH, terminate_one)];
        let dead = run(seed, spec, three_zones(1), &deeds, 300, |_| {});
        let lag = after(&dead, gone);
        assert!((0.0..5.5).contains(&lag), "seed {seed}: {lag}");
        soonest = soonest.min(lag);
        latest = latest.max(lag);
    }
    assert!(soonest < 1.0 && latest > 4.0, "{soonest} to {latest}");
}

#[test]
fn a_pod_that_tolerates_less_leaves_sooner() {
    let quick = json!({"tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists",
        "effect": "NoExecute", "tolerationSeconds": 15}]});
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 6, template("web", quick)));
    let run = run(1, spec, three_zones(1), &[(DEATH, kill_one)], 400, |_| {});
    let tainted = after(&run, |record| matches!(record, Record::NodeTainted { present: true, .. }));
    let evicted =
        after(&run, |record| matches!(record, Record::PodChanged { reason: PodReason::TaintEviction, .. }));
    assert!((15.0..17.0).contains(&(evicted - tainted)), "{tainted} {evicted}");
}

#[test]
fn a_node_that_is_heard_again_in_time_keeps_its_pods() {
    fn back(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let victim = named(cluster, "node-a-0")[0];
        cluster.connect(victim, true, cx);
    }
    fn cut(cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let victim = named(cluster, "node-a-0")[0];
        cluster.connect(victim, false, cx);
    }
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 6, template("web", json!({}))));
    let run = run(1, spec, three_zones(1), &[(DEATH, cut), (DEATH + 200, back)], 900, |_| {});
    let evicted = run
        .records
        .iter()
        .any(|stamped| matches!(stamped.record, Record::PodChanged { reason: PodReason::TaintEviction, .. }));
    assert!(!evicted);
    let unready = run.world.cluster.pods.present().filter(|(_, pod): &(_, &Pod)| !pod.ready).count();
    assert_eq!(unready, 0);
    let cancelled = run.world.cluster.events.at(SimTime::from_secs(900));
    assert!(cancelled.iter().any(|event| event.message.starts_with("Cancelling deletion of Pod")));
}

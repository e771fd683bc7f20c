//! What the scheduler of a cluster is told to do: how it takes one of equals, and what it leaves alone.

use crate::support::{Cx, Run, cluster, deployment, run, template, three_zones};
use cloudsim_kube::spec::{ClusterSpec, TieBreak};
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::{BlameKind, PodState, Record};
use cloudsim_units::{SimDuration, SimTime};
use serde_json::json;
use std::collections::BTreeSet;

/// The node of the only pod of a cluster of three.
fn taken(seed: u64, tie_break: TieBreak) -> String {
    let mut spec = cluster("1.34");
    spec.scheduler.tie_break = tie_break;
    spec.workloads.push(deployment("web", 1, template("web", json!({}))));
    let Run { world, .. } = run(seed, spec, three_zones(1), &[], 1, |_| {});
    let (_, pod) = world.cluster.pods.present().next().expect("a pod");
    world.cluster.nodes.get(pod.node.expect("a node")).name.to_string()
}

#[test]
fn one_of_equals_is_drawn_or_is_the_first_by_name() {
    let all = |tie_break| (1..30).map(|seed| taken(seed, tie_break)).collect::<BTreeSet<_>>();
    assert_eq!(all(TieBreak::Drawn).len(), 3);
    assert_eq!(all(TieBreak::FirstByName), BTreeSet::from(["node-a-0".to_owned()]));
}

/// What is recorded of pods that no scheduler sees, made by a workload of one.
fn unseen(more: serde_json::Value) -> Vec<String> {
    let mut spec: ClusterSpec = cluster("1.34");
    spec.workloads.push(deployment("web", 1, template("web", more)));
    let run = run(1, spec, three_zones(1), &[(10, restart)], 60, |_| {});
    let said = run.records.iter().filter_map(|stamped| match &stamped.record {
        Record::PodUnschedulable { message, blame, .. } => {
            assert_eq!(blame.iter().map(|of| of.kind).collect::<Vec<_>>(), [BlameKind::Pod]);
            Some(message.to_string())
        }
        _ => None,
    });
    said.collect()
}

fn restart(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.rollout_restart(WorkloadId(0), cx);
}

#[test]
fn a_pod_that_no_scheduler_sees_says_so_from_the_start_and_whenever_it_is_made() {
    let other = unseen(json!({"schedulerName": "volcano"}));
    assert_eq!(other, ["its schedulerName volcano is no scheduler"; 2]);
    let nowhere = unseen(json!({"nodeName": "gone"}));
    assert_eq!(nowhere, ["its nodeName gone is no node"; 2]);
}

#[test]
fn a_pod_at_its_scheduling_gates_waits_for_good_and_says_why() {
    let mut spec: ClusterSpec = cluster("1.34");
    let gates = json!({"schedulingGates": [{"name": "example.com/quota"}]});
    spec.workloads.push(deployment("web", 1, template("web", gates)));
    let run = run(1, spec, three_zones(1), &[], 600, |_| {});
    let mut said = run.records.iter().filter_map(|stamped| match &stamped.record {
        Record::PodUnschedulable { message, blame, .. } => Some((&**message, blame)),
        _ => None,
    });
    let (message, blame) = said.next().expect("it waits");
    assert_eq!(message, "Scheduling is blocked due to non-empty scheduling gates");
    assert_eq!((blame.len(), blame[0].kind), (1, BlameKind::Pod));
    assert_eq!(&*blame[0].what, "waiting for scheduling gates: [example.com/quota]");
    assert_eq!(said.count(), 0, "said once");
}

fn ten(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.scale(WorkloadId(0), 11, cx);
}

/// When ten pods were bound that were asked for at once, in milliseconds after that.
fn bound(pods_per_second: Option<u32>) -> Vec<u64> {
    let mut spec: ClusterSpec = cluster("1.34");
    spec.scheduler.pods_per_second = pods_per_second;
    spec.workloads.push(deployment("web", 1, template("web", json!({}))));
    let run = run(1, spec, three_zones(4), &[(30, ten)], 60, |_| {});
    let asked = SimTime::from_secs(30);
    let bound = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::PodChanged { state: PodState::Scheduled, .. } if stamped.at > asked => {
            Some(stamped.at.since(asked).as_nanos() / 1_000_000)
        }
        _ => None,
    });
    bound.collect()
}

#[test]
fn a_scheduler_that_is_limited_takes_its_pods_one_by_one_at_that_rate() {
    let (free, limited) = (bound(None), bound(Some(2)));
    assert_eq!((free.len(), limited.len()), (10, 10));
    assert!(free[9] < 1_000, "{free:?}");
    let gaps: Vec<u64> = limited.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (450..550).contains(gap)), "{gaps:?}");
}

#[test]
fn what_watches_learn_late_makes_the_way_of_a_pod_longer_by_each_watch_on_it() {
    let ready = |watch: u64| {
        let mut spec: ClusterSpec = cluster("1.34");
        spec.assumed.watch = SimDuration::from_millis(watch);
        spec.workloads.push(deployment("web", 1, template("web", json!({}))));
        let run = run(1, spec, three_zones(1), &[(30, ten)], 60, |_| {});
        let ready = run.records.iter().find_map(|stamped| match stamped.record {
            Record::PodChanged { state: PodState::Ready, .. } if stamped.at > SimTime::from_secs(30) => {
                Some(stamped.at)
            }
            _ => None,
        });
        ready.expect("a pod is ready")
    };
    // The controller that hears of the new number, and the kubelet that hears of its pod.
    assert_eq!(ready(1_005).since(ready(5)), SimDuration::from_secs(2));
}

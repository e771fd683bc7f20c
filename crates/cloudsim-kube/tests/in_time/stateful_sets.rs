//! Stateful sets: which numbers their pods have, and how they come to a new template.

use crate::support::{Cx, Deed, Run, cluster, named, of, run, template, three_zones};
use cloudsim_kube::objects::Workload;
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::{PodState, Record};
use cloudsim_units::SimDuration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn restart(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.rollout_restart(WorkloadId(0), cx);
}

/// A set `db` of five pods with more fields of its specification.
fn ran(more: Value, deeds: &[(u64, Deed)]) -> Run {
    let mut set = json!({"replicas": 5, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
        "template": template("db", json!({}))});
    set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let set = Workload::read_stateful_set("db".parse().unwrap(), &serde_json::from_value(set).unwrap());
    let mut spec = cluster("1.34");
    spec.workloads.push(of(set.unwrap()));
    run(1, spec, three_zones(2), deeds, 900, |_| {})
}

/// Which template each pod has in the end.
fn templates(run: &Run) -> BTreeMap<String, u32> {
    let pods = run.world.cluster.pods.present();
    pods.map(|(_, pod)| (pod.key.name.to_string(), pod.owner.unwrap().revision)).collect()
}

/// The times at which pods that are there in the end became ready, in order, from one to the next.
fn gaps(run: &Run) -> Vec<SimDuration> {
    let mut ready: Vec<_> = run.world.cluster.pods.present().map(|(_, pod)| pod.ready_since).collect();
    ready.sort();
    ready.windows(2).map(|pair| pair[1].since(pair[0])).collect()
}

#[test]
fn pods_are_counted_from_the_first_number_on() {
    let names: Vec<String> = templates(&ran(json!({"ordinals": {"start": 3}}), &[])).into_keys().collect();
    assert_eq!(names, ["db-3", "db-4", "db-5", "db-6", "db-7"]);
}

#[test]
fn no_pod_is_there_at_the_start_before_the_one_before_it_has_a_place() {
    let there = |policy: &str, node| {
        let of = json!({"podManagementPolicy": policy, "template": template("db", json!({"nodeSelector": {"disk": node}}))});
        templates(&ran(of, &[])).len()
    };
    // No node has that label.
    assert_eq!((there("OrderedReady", "ssd"), there("Parallel", "ssd")), (1, 5));
}

#[test]
fn an_update_leaves_pods_below_its_partition_alone_and_those_that_are_made_anew_keep_their_template() {
    let dies: Deed = |cluster, cx| cluster.host_died(named(cluster, "node-a")[0], cx);
    let update = |partition| json!({"updateStrategy": {"rollingUpdate": {"partition": partition}}});
    let after = templates(&ran(update(2), &[(30, restart)]));
    assert_eq!(after.into_values().collect::<Vec<_>>(), [0, 0, 1, 1, 1]);
    let after = templates(&ran(update(5), &[(30, restart), (100, dies)]));
    assert!(after.values().all(|revision| *revision == 0), "{after:?}");
    let from_two = json!({"ordinals": {"start": 2}, "updateStrategy": {"rollingUpdate": {"partition": 4}}});
    assert_eq!(
        templates(&ran(from_two, &[(30, restart)])).into_values().collect::<Vec<_>>(),
        [0, 0, 0, 0, 1]
    );
}

#[test]
fn nothing_is_updated_that_is_updated_on_deletion() {
    let after = templates(&ran(json!({"updateStrategy": {"type": "OnDelete"}}), &[(30, restart)]));
    assert!(after.values().all(|revision| *revision == 0), "{after:?}");
}

#[test]
fn the_next_pod_waits_until_the_one_before_it_has_been_ready_for_long_enough() {
    let careful = ran(json!({"minReadySeconds": 20}), &[(30, restart)]);
    assert!(templates(&careful).values().all(|revision| *revision == 1));
    assert!(gaps(&careful).iter().all(|gap| *gap >= SimDuration::from_secs(20)), "{:?}", gaps(&careful));
    let quick = ran(json!({}), &[(30, restart)]);
    assert!(gaps(&quick).iter().all(|gap| *gap < SimDuration::from_secs(20)), "{:?}", gaps(&quick));
}

#[test]
fn an_update_takes_the_next_pod_only_when_the_one_before_it_is_there_again() {
    let run = ran(json!({"podManagementPolicy": "Parallel"}), &[(30, restart)]);
    assert!(templates(&run).values().all(|revision| *revision == 1), "{:?}", templates(&run));
    let mut away = BTreeSet::new();
    for stamped in &run.records {
        let Record::PodChanged { pod, state, .. } = stamped.record else { continue };
        let name = &run.world.names[pod.0 as usize];
        match state {
            PodState::Terminating => _ = away.insert(name),
            PodState::Ready => _ = away.remove(name),
            _ => {}
        }
        assert!(away.len() <= 1, "{away:?} are away at {}", stamped.at);
    }
}

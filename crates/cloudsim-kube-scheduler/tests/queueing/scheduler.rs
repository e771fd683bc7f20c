//! What becomes of pods: bound, nominated, or left waiting, as the cluster changes.

use crate::make::{asking, at, key, node, pod};
use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::Pod;
use cloudsim_kube_scheduler::plugins::Point;
use cloudsim_kube_scheduler::queue::{Place, QueueConfig};
use cloudsim_kube_scheduler::{Decision, Delta, Profile, ProfileSpec, Profiles, Scheduler, Version};
use serde_json::json;

fn scheduler() -> Scheduler {
    Scheduler::new(Profiles::default(), QueueConfig::default())
}

fn with_nodes(names: &[&str]) -> Scheduler {
    let mut scheduler = scheduler();
    for name in names {
        scheduler.apply(at(0), Delta::Node(node(name, json!({}))));
    }
    scheduler
}

fn next(scheduler: &mut Scheduler, now: u64) -> Option<Decision> {
    scheduler.schedule_one(at(now), &mut Choice::FirstByName)
}

fn bound(decision: Option<Decision>) -> (String, String) {
    match decision {
        Some(Decision::Bound { pod, node, .. }) => (pod.name.to_string(), node.to_string()),
        other => panic!("not bound: {other:?}"),
    }
}

fn said(decision: Option<Decision>) -> String {
    match decision {
        Some(Decision::Unschedulable { message, .. }) => message,
        other => panic!("not unschedulable: {other:?}"),
    }
}

fn place(scheduler: &Scheduler, name: &str) -> Option<Place> {
    scheduler.queue().get(&key(name)).map(|waiting| waiting.place)
}

fn terminating(scheduler: &Scheduler, name: &str) -> Pod {
    let info = scheduler.cluster().node_of(&key(name)).unwrap();
    let pod = info.pods.iter().find(|pod| pod.key == key(name)).unwrap();
    Pod { terminating: true, preempted: true, ..Pod::clone(pod) }
}

#[test]
fn pods_are_bound_one_by_one_and_count_at_once() {
    let mut scheduler = with_nodes(&["a", "b"]);
    for name in ["p", "q", "r"] {
        scheduler.apply(at(0), Delta::Pod(asking(name, 600, 0)));
    }
    assert_eq!(bound(next(&mut scheduler, 0)), ("p".into(), "a".into()));
    assert_eq!(bound(next(&mut scheduler, 0)), ("q".into(), "b".into()));
    let message = said(next(&mut scheduler, 0));
    assert_eq!(
        message,
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are \
         available: 2 No preemption victims found for incoming pod."
    );
    assert!(next(&mut scheduler, 0).is_none());
    assert!(matches!(place(&scheduler, "r"), Some(Place::Unschedulable { .. })));
}

#[test]
fn a_pod_that_found_no_room_is_bound_once_another_is_gone() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(asking("p", 600, 0)));
    scheduler.apply(at(0), Delta::Pod(asking("q", 600, 0)));
    bound(next(&mut scheduler, 0));
    said(next(&mut scheduler, 0));
    scheduler.apply(at(60), Delta::PodDeleted(key("p")));
    assert_eq!(scheduler.next_wake_up(at(60)), Some(at(60)));
    assert_eq!(bound(next(&mut scheduler, 60)), ("q".into(), "a".into()));
    assert_eq!(scheduler.next_wake_up(at(60)), None);
}

#[test]
fn in_a_cluster_without_nodes_a_pod_is_tried_again_after_each_backoff() {
    let mut scheduler = scheduler();
    scheduler.apply(at(0), Delta::Pod(asking("p", 1, 0)));
    assert_eq!(said(next(&mut scheduler, 0)), "no nodes available to schedule pods");
    assert_eq!(place(&scheduler, "p"), Some(Place::ErrorBackoff { until: at(2) }));
    scheduler.apply(at(1), Delta::Node(node("a", json!({}))));
    assert!(next(&mut scheduler, 1).is_none(), "a new node does not shorten it");
    assert_eq!(bound(next(&mut scheduler, 2)), ("p".into(), "a".into()));
}

#[test]
fn a_pod_that_is_bound_wakes_one_that_wants_to_be_with_it() {
    let mut scheduler = scheduler();
    scheduler.apply(at(0), Delta::Node(node("a", json!({"metadata": {"labels": {"zone": "a"}}}))));
    let term = json!({"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "zone"});
    let follower = json!({"spec": {"priority": 1, "affinity": {"podAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [term]
    }}}});
    scheduler.apply(at(0), Delta::Pod(pod("follower", follower)));
    scheduler.apply(at(0), Delta::Pod(pod("db", json!({"metadata": {"labels": {"app": "db"}}}))));
    assert!(said(next(&mut scheduler, 0)).contains("didn't match pod affinity rules"));
    assert_eq!(bound(next(&mut scheduler, 0)).0, "db");
    assert_eq!(bound(next(&mut scheduler, 0)).0, "follower");
}

#[test]
fn a_preemptor_waits_for_its_victims_and_then_takes_their_node() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(asking("low", 800, 0)));
    bound(next(&mut scheduler, 0));
    scheduler.apply(at(1), Delta::Pod(asking("high", 800, 9)));
    let Some(Decision::Nominated { nominated, message, .. }) = next(&mut scheduler, 1) else {
        panic!("it is not nominated")
    };
    assert_eq!((&*nominated.node, &*nominated.victims[0].key.name), ("a", "low"));
    assert_eq!(message, "0/1 nodes are available: 1 Insufficient cpu.");
    assert_eq!(scheduler.cluster().nominated("a").len(), 1);

    scheduler.apply(at(1), Delta::Pod(terminating(&scheduler, "low")));
    scheduler.apply(at(2), Delta::Pod(asking("cheeky", 800, 5)));
    let message = said(next(&mut scheduler, 2));
    assert!(message.contains("No preemption victims") || message.contains("Insufficient cpu"), "{message}");

    scheduler.apply(at(31), Delta::PodDeleted(key("low")));
    assert_eq!(bound(next(&mut scheduler, 31)), ("high".into(), "a".into()));
    assert!(scheduler.cluster().nominated("a").is_empty());
    said(next(&mut scheduler, 31));
}

#[test]
fn a_preemptor_that_fails_again_while_its_victims_leave_keeps_its_nomination() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(asking("low", 800, 0)));
    bound(next(&mut scheduler, 0));
    scheduler.apply(at(1), Delta::Pod(asking("high", 800, 9)));
    assert!(matches!(next(&mut scheduler, 1), Some(Decision::Nominated { .. })));
    scheduler.apply(at(1), Delta::Pod(terminating(&scheduler, "low")));
    scheduler.apply(
        at(2),
        Delta::Node(node("tiny", json!({"status": {"allocatable": {"cpu": "900m", "pods": "0"}}}))),
    );
    scheduler.apply(
        at(2),
        Delta::Node(node("small", json!({"status": {"allocatable": {"cpu": "900m", "pods": "1"}}}))),
    );
    scheduler.apply(at(2), Delta::Pod(Pod { node_name: Some("small".into()), ..asking("squatter", 200, 9) }));
    let message = said(next(&mut scheduler, 2));
    assert!(
        message.ends_with("preemption: not eligible due to a terminating pod on the nominated node."),
        "{message}"
    );
    assert_eq!(scheduler.cluster().nominated("a").len(), 1);
}

#[test]
fn a_more_important_preemptor_takes_the_room_of_a_less_important_one() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(asking("low", 800, 0)));
    bound(next(&mut scheduler, 0));
    for (name, priority) in [("high", 5), ("highest", 9)] {
        scheduler.apply(at(1), Delta::Pod(asking(name, 800, priority)));
        assert!(matches!(next(&mut scheduler, 1), Some(Decision::Nominated { .. })), "{name}");
    }
    let waiting: Vec<_> = scheduler.cluster().nominated("a").iter().map(|pod| pod.key.name.clone()).collect();
    assert_eq!(waiting, ["highest".into()]);
}

#[test]
fn the_nominated_node_comes_first_even_if_another_is_better() {
    let mut scheduler = with_nodes(&["a", "b"]);
    scheduler.apply(at(0), Delta::Pod(Pod { node_name: Some("b".into()), ..asking("there", 500, 0) }));
    scheduler.apply(at(0), Delta::Pod(Pod { nominated_node: Some("b".into()), ..asking("p", 100, 0) }));
    assert_eq!(bound(next(&mut scheduler, 0)), ("p".into(), "b".into()));
}

#[test]
fn a_gated_pod_is_not_tried() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(pod("p", json!({"spec": {"schedulingGates": [{"name": "g"}]}}))));
    assert!(next(&mut scheduler, 0).is_none());
    assert_eq!(place(&scheduler, "p"), Some(Place::Gated));
    scheduler.apply(at(5), Delta::Pod(pod("p", json!({}))));
    assert_eq!(bound(next(&mut scheduler, 5)).0, "p");
}

#[test]
fn a_pod_that_is_being_deleted_is_dropped_untried() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(Pod { terminating: true, ..asking("p", 1, 0) }));
    scheduler.apply(at(0), Delta::Pod(asking("q", 1, 0)));
    assert_eq!(bound(next(&mut scheduler, 0)).0, "q");
    assert_eq!(place(&scheduler, "p"), None);
}

#[test]
fn pods_of_a_node_that_is_gone_are_there_again_when_it_returns() {
    let mut scheduler = with_nodes(&["a"]);
    scheduler.apply(at(0), Delta::Pod(asking("p", 600, 0)));
    bound(next(&mut scheduler, 0));
    scheduler.apply(at(1), Delta::NodeDeleted("a".into()));
    assert!(scheduler.cluster().is_empty());
    scheduler.apply(at(2), Delta::Node(node("a", json!({}))));
    assert_eq!(scheduler.cluster().node("a").unwrap().requested.milli_cpu, 600);
    scheduler.apply(at(3), Delta::PodDeleted(key("p")));
    assert_eq!(scheduler.cluster().node("a").unwrap().requested.milli_cpu, 0);
}

#[test]
fn each_pod_is_scheduled_by_the_profile_it_names() {
    let mut packing = ProfileSpec { scheduler_name: "bin-packer".into(), ..ProfileSpec::default() };
    packing.enabled.remove(&Point::Score);
    let profiles = Profiles::new([Profile::default(), Profile::new(packing, Version::default())]);
    let mut scheduler = Scheduler::new(profiles, QueueConfig::default());
    for name in ["a", "b"] {
        scheduler.apply(at(0), Delta::Node(node(name, json!({}))));
    }
    scheduler.apply(at(0), Delta::Pod(Pod { node_name: Some("a".into()), ..asking("there", 500, 0) }));
    scheduler.apply(at(0), Delta::Pod(asking("spread", 100, 1)));
    scheduler.apply(at(0), Delta::Pod(Pod { scheduler_name: "bin-packer".into(), ..asking("any", 100, 0) }));
    scheduler
        .apply(at(0), Delta::Pod(Pod { scheduler_name: "somebody".into(), ..asking("foreign", 100, 9) }));
    assert_eq!(bound(next(&mut scheduler, 0)), ("spread".into(), "b".into()));
    assert_eq!(bound(next(&mut scheduler, 0)).0, "any");
    assert!(next(&mut scheduler, 0).is_none());
}

#[test]
fn without_scores_the_search_stops_at_the_first_feasible_node_and_goes_on_behind_it() {
    let mut spec = ProfileSpec::default();
    spec.enabled.remove(&Point::Score);
    let mut scheduler =
        Scheduler::new(Profiles::new([Profile::new(spec, Version::default())]), QueueConfig::default());
    for name in ["a", "b", "c"] {
        scheduler.apply(at(0), Delta::Node(node(name, json!({}))));
    }
    let mut nodes = Vec::new();
    for i in 0..4 {
        scheduler.apply(at(0), Delta::Pod(asking(&format!("p{i}"), 1, 0)));
        nodes.push(bound(next(&mut scheduler, 0)).1);
    }
    assert_eq!(nodes, ["a", "b", "c", "a"]);
}

#[test]
fn a_large_cluster_is_searched_in_turns() {
    let mut scheduler = scheduler();
    for i in 0..250 {
        scheduler.apply(at(0), Delta::Node(node(&format!("n{i:03}"), json!({}))));
    }
    let mut nodes = Vec::new();
    for i in 0..3 {
        scheduler.apply(at(0), Delta::Pod(asking(&format!("p{i}"), 1, 0)));
        nodes.push(bound(next(&mut scheduler, 0)).1);
    }
    // 48 % of 250 nodes are 120 feasible ones a time: the third search begins at 240 and wraps around, where n000 holds
    // a pod.
    assert_eq!(nodes, ["n000", "n120", "n001"]);
}

#[test]
fn ties_are_drawn_uniformly_from_the_best_nodes() {
    let mut counts = std::collections::BTreeMap::new();
    for luck in 0..300usize {
        let mut scheduler = with_nodes(&["a", "b", "c"]);
        scheduler.apply(at(0), Delta::Pod(Pod { node_name: Some("b".into()), ..asking("there", 500, 0) }));
        scheduler.apply(at(0), Delta::Pod(asking("p", 100, 0)));
        let mut asked = Vec::new();
        let mut draw = |equals: usize| {
            asked.push(equals);
            luck % equals
        };
        let decision = scheduler.schedule_one(at(0), &mut Choice::Drawn(&mut draw));
        *counts.entry(bound(decision).1).or_insert(0) += 1;
        assert_eq!(asked, [2], "one draw, among the two best");
    }
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 150), ("c".to_owned(), 150)]);
}

#[test]
fn a_changed_node_keeps_its_turn_in_the_search() {
    let mut scheduler = with_nodes(&["a", "b", "c"]);
    let order = |scheduler: &Scheduler| -> Vec<String> {
        scheduler.cluster().interleaved().iter().map(|info| info.name().to_string()).collect()
    };
    scheduler.apply(at(0), Delta::Node(node("a", json!({"spec": {"unschedulable": true}}))));
    assert_eq!(order(&scheduler), ["a", "b", "c"]);
    let zoned = json!({"metadata": {"labels": {"topology.kubernetes.io/zone": "z"}}});
    scheduler.apply(at(0), Delta::Node(node("b", zoned.clone())));
    assert_eq!(order(&scheduler), ["a", "b", "c"], "one of each zone in turn");
    scheduler.apply(at(0), Delta::Node(node("b", zoned)));
    assert_eq!(order(&scheduler), ["a", "b", "c"]);
}

//! Active, backing off, unschedulable, gated, in flight.

use crate::make::{asking, at, key, node, nothing, on, pod, queue, rejected_by, strict_queue};
use cloudsim_kube_scheduler::Profiles;
use cloudsim_kube_scheduler::framework::{ClusterEvent, Rejectors};
use cloudsim_kube_scheduler::objects::Pod;
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::queue::{Outcome, Place, Queue, QueueConfig};
use cloudsim_units::{SimDuration, SimTime};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

const FIT: PluginName = PluginName::NodeResourcesFit;

fn add(queue: &mut Queue, now: u64, pod: Pod) {
    assert!(queue.add(at(now), Arc::new(pod)));
}

fn reject(queue: &mut Queue, now: u64, by: &[PluginName]) {
    let attempt = queue.pop(at(now)).unwrap();
    queue.done(at(now), attempt, Outcome::Rejected(rejected_by(by)), &nothing());
}

fn place(queue: &Queue, name: &str) -> Place {
    queue.get(&key(name)).unwrap().place
}

fn popped(queue: &mut Queue, now: u64) -> Option<String> {
    let attempt = queue.pop(at(now))?;
    let name = attempt.pod.key.name.to_string();
    queue.done(at(now), attempt, Outcome::Settled, &nothing());
    Some(name)
}

fn room() -> ClusterEvent {
    ClusterEvent::AssignedPodDeleted(on("n", asking("gone", 100, 0)))
}

#[test]
fn the_more_important_pod_comes_first_then_the_one_that_waits_longer_then_the_one_that_came_first() {
    let mut queue = queue();
    add(&mut queue, 0, asking("z-first", 1, 0));
    add(&mut queue, 0, asking("a-second", 1, 0));
    add(&mut queue, 1, asking("later", 1, 0));
    add(&mut queue, 2, asking("important", 1, 9));
    let order: Vec<_> = std::iter::from_fn(|| popped(&mut queue, 2)).collect();
    assert_eq!(order, ["important", "z-first", "a-second", "later"]);
}

#[test]
fn a_pod_of_another_scheduler_is_not_queued() {
    let mut queue = queue();
    assert!(!queue.add(at(0), Arc::new(pod("p", json!({"spec": {"schedulerName": "mine"}})))));
    assert!(queue.get(&key("p")).is_none() && queue.pop(at(0)).is_none());
}

#[test]
fn a_rejected_pod_waits_until_something_happens_that_may_help_it() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 0, &[FIT]);
    assert!(queue.pop(at(20)).is_none());
    queue.on_event(at(20), ClusterEvent::AssignedPodAdded(on("n", asking("other", 1, 0))), &nothing());
    assert!(queue.pop(at(20)).is_none());
    queue.on_event(at(20), room(), &nothing());
    assert_eq!(place(&queue, "p"), Place::Active, "its backoff was over long ago");
    assert_eq!(popped(&mut queue, 20).as_deref(), Some("p"));
}

#[test]
fn a_pod_that_has_just_failed_backs_off_first() {
    let mut queue = strict_queue();
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 0, &[FIT]);
    queue.on_event(at(0), room(), &nothing());
    assert_eq!(place(&queue, "p"), Place::Backoff { until: at(2) });
    assert_eq!(queue.next_wake_up(at(0)), Some(at(2)));
    assert!(queue.pop(SimTime::from_nanos(1_999_999_999)).is_none());
    assert_eq!(popped(&mut queue, 2).as_deref(), Some("p"));
}

#[test]
fn a_pod_is_tried_before_its_backoff_is_over_if_no_other_waits() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 9));
    reject(&mut queue, 0, &[FIT]);
    queue.on_event(at(0), room(), &nothing());
    assert_eq!(queue.next_wake_up(at(0)), Some(at(0)));
    add(&mut queue, 0, asking("active", 1, 0));
    assert_eq!(popped(&mut queue, 0).as_deref(), Some("active"), "though it is less important");
    assert_eq!(popped(&mut queue, 0).as_deref(), Some("p"));
}

#[test]
fn who_backs_off_comes_in_order_of_the_window_then_of_importance() {
    let mut queue = queue();
    for (name, priority) in [("low", 0), ("high", 5)] {
        add(&mut queue, 0, asking(name, 500, priority));
    }
    reject(&mut queue, 0, &[FIT]);
    reject(&mut queue, 0, &[FIT]);
    add(&mut queue, 1, asking("highest", 500, 9));
    reject(&mut queue, 1, &[FIT]);
    queue.on_event(at(1), room(), &nothing());
    let order: Vec<_> = std::iter::from_fn(|| popped(&mut queue, 1)).collect();
    assert_eq!(order, ["high", "low", "highest"]);
}

#[test]
fn a_pod_that_failed_by_an_error_backs_off_to_the_end() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    for (now, until) in [(0, 2), (2, 5), (5, 10), (10, 19), (19, 30), (30, 41)] {
        let attempt = queue.pop(at(now)).unwrap();
        queue.done(at(now), attempt, Outcome::Failed, &nothing());
        assert_eq!(place(&queue, "p"), Place::ErrorBackoff { until: at(until) });
        assert!(queue.pop(at(until - 1)).is_none(), "it is not tried early");
    }
}

#[test]
fn rejections_do_not_make_the_wait_after_an_error_longer() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    for now in [0, 20, 40] {
        reject(&mut queue, now, &[FIT]);
        queue.on_event(at(now + 19), room(), &nothing());
    }
    let attempt = queue.pop(at(60)).unwrap();
    queue.done(at(60), attempt, Outcome::Failed, &nothing());
    assert_eq!(place(&queue, "p"), Place::ErrorBackoff { until: at(62) });
}

#[test]
fn who_nothing_has_helped_is_tried_again_after_five_minutes() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 10, &[FIT]);
    assert_eq!(place(&queue, "p"), Place::Unschedulable { until: at(330) });
    assert_eq!(queue.next_wake_up(at(10)), Some(at(330)));
    assert!(queue.pop(at(329)).is_none());
    assert_eq!(popped(&mut queue, 330).as_deref(), Some("p"));
}

#[test]
fn what_happens_while_a_pod_is_tried_counts_when_it_comes_back() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    let attempt = queue.pop(at(0)).unwrap();
    assert_eq!(place(&queue, "p"), Place::InFlight);
    queue.on_event(at(0), room(), &nothing());
    queue.done(at(1), attempt, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert_eq!(place(&queue, "p"), Place::Backoff { until: at(3) });
}

#[test]
fn what_happened_before_a_pod_was_tried_does_not_count_for_it() {
    let mut queue = queue();
    add(&mut queue, 0, asking("first", 500, 0));
    add(&mut queue, 0, asking("second", 500, 0));
    let first = queue.pop(at(0)).unwrap();
    queue.on_event(at(0), room(), &nothing());
    let second = queue.pop(at(0)).unwrap();
    queue.done(at(0), second, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    queue.done(at(0), first, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert!(matches!(place(&queue, "second"), Place::Unschedulable { .. }));
    assert!(matches!(place(&queue, "first"), Place::Backoff { .. }));
}

#[test]
fn any_of_several_rejectors_can_have_a_pod_tried_again() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 0, &[FIT, PluginName::TaintToleration]);
    queue.on_event(
        at(9),
        ClusterEvent::NodeAdded(Arc::new(node(
            "n",
            json!({"spec": {"taints": [
                {"key": "t", "effect": "NoSchedule"}
            ]}}),
        ))),
        &nothing(),
    );
    assert_eq!(place(&queue, "p"), Place::Active, "the node is large enough, if tainted");
}

#[test]
fn a_pod_that_a_plugin_had_pending_skips_its_backoff() {
    let mut queue = strict_queue();
    add(&mut queue, 0, asking("p", 500, 0));
    let attempt = queue.pop(at(0)).unwrap();
    let pending =
        Rejectors { rejected: BTreeSet::from([PluginName::TaintToleration]), pending: BTreeSet::from([FIT]) };
    queue.done(at(0), attempt, Outcome::Rejected(pending), &nothing());
    queue.on_event(at(0), room(), &nothing());
    assert_eq!(place(&queue, "p"), Place::Active);
}

#[test]
fn a_gated_pod_waits_until_its_last_gate_is_removed() {
    let gated = |gates: &[&str]| {
        let gates: Vec<_> = gates.iter().map(|name| json!({"name": name})).collect();
        Arc::new(pod("p", json!({"spec": {"schedulingGates": gates}})))
    };
    let mut queue = queue();
    assert!(queue.add(at(0), gated(&["a", "b"])));
    assert_eq!(place(&queue, "p"), Place::Gated);
    let why = queue.get(&key("p")).unwrap().gate.clone().unwrap();
    assert_eq!(why.message(), "waiting for scheduling gates: [a b]");
    assert_eq!(queue.next_wake_up(at(0)), None);
    queue.on_event(at(1), room(), &nothing());
    queue.activate(at(1), &key("p"));
    assert!(queue.pop(at(10_000)).is_none(), "neither events nor activation nor time open a gate");
    queue.update(at(10_000), gated(&["b"]), &nothing());
    assert_eq!(place(&queue, "p"), Place::Gated);
    queue.update(at(10_000), gated(&[]), &nothing());
    assert_eq!(place(&queue, "p"), Place::Active);
    assert!(queue.get(&key("p")).unwrap().gate.is_none());
}

#[test]
fn an_activated_pod_is_tried_at_once() {
    let mut queue = strict_queue();
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 0, &[FIT]);
    queue.activate(at(0), &key("p"));
    assert_eq!(place(&queue, "p"), Place::Active);
}

#[test]
fn a_pod_that_is_activated_while_it_is_tried_backs_off_only() {
    let mut queue = strict_queue();
    add(&mut queue, 0, asking("p", 500, 0));
    add(&mut queue, 0, asking("q", 500, 0));
    let p = queue.pop(at(0)).unwrap();
    let q = queue.pop(at(0)).unwrap();
    queue.activate(at(0), &key("p"));
    queue.done(at(0), p, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    queue.done(at(0), q, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert!(matches!(place(&queue, "p"), Place::Backoff { .. }));
    assert!(matches!(place(&queue, "q"), Place::Unschedulable { .. }), "it was not meant");
}

#[test]
fn a_pod_that_is_deleted_while_it_is_tried_does_not_come_back() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    let attempt = queue.pop(at(0)).unwrap();
    assert!(queue.remove(&key("p")).is_some());
    queue.done(at(0), attempt, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert!(queue.get(&key("p")).is_none());
}

#[test]
fn a_namesake_that_comes_while_its_predecessor_is_tried_keeps_its_own_turn() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    let old = queue.pop(at(0)).unwrap();
    add(&mut queue, 0, asking("p", 100, 0));
    queue.done(at(0), old, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert_eq!(place(&queue, "p"), Place::Active);
    assert_eq!(queue.pop(at(0)).unwrap().attempts, 1);
}

#[test]
fn a_pod_that_changes_while_it_is_tried_comes_back_as_it_is_now() {
    let mut queue = queue();
    add(&mut queue, 0, asking("p", 500, 0));
    let attempt = queue.pop(at(0)).unwrap();
    queue.update(at(0), Arc::new(asking("p", 400, 0)), &nothing());
    queue.done(at(0), attempt, Outcome::Rejected(rejected_by(&[FIT])), &nothing());
    assert!(matches!(place(&queue, "p"), Place::Backoff { .. }), "it asks for less now");
    assert_eq!(queue.get(&key("p")).unwrap().pod.requests.asked.milli_cpu, 400);
}

#[test]
fn no_pod_waits_if_the_longest_backoff_is_zero() {
    let config = QueueConfig { max_backoff: SimDuration::default(), ..QueueConfig::default() };
    let mut queue = Queue::new(config, Arc::new(Profiles::default()));
    add(&mut queue, 0, asking("p", 500, 0));
    reject(&mut queue, 0, &[FIT]);
    queue.on_event(at(0), room(), &nothing());
    assert_eq!(place(&queue, "p"), Place::Active);
}

#[test]
fn who_asks_why_a_pod_is_pending_is_told_since_when_how_often_and_by_whom() {
    let mut queue = queue();
    add(&mut queue, 3, asking("p", 500, 0));
    reject(&mut queue, 4, &[FIT]);
    let waiting = queue.get(&key("p")).unwrap();
    assert_eq!((waiting.added, waiting.since, waiting.attempts), (at(3), at(4), 1));
    assert_eq!(waiting.rejectors, rejected_by(&[FIT]));
    assert_eq!(queue.iter().count(), 1);
}

//! The way of an `apply` is that of the records of its run.

use super::watched::PodNotes;
use super::way::{Leg, Part};
use super::*;
use cloudsim_records::{EntityId, PodState, TargetHealth};
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use std::collections::BTreeMap;

fn plan(scenario: &str, set: &[&str]) -> Plan {
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    load(&MemoryFiles::default(), scenario, &overrides).expect("it ships and can be set so").plan
}

/// The flagship with little traffic and without its fault: its pods are targets of load balancers.
fn balanced() -> Plan {
    plan("az-a-outage", &["traffic.visitors.rate=20/s", "faults=[]"])
}

/// A stateful set, a daemon set and a job beside what the cluster has.
fn every_kind() -> Plan {
    let of = |list: &str, name: &str, more: &str| {
        format!(
            r#"{list}=[(name: "shop/{name}", spec: ({more}selector: (matchLabels: {{"app": "{name}"}}), template: (
            metadata: (labels: {{"app": "{name}"}}), spec: (containers: [(name: "one", image: "shop/{name}:1")]))))]"#
        )
    };
    let set = of("stateful_sets", "db", "replicas: 3, serviceName: \"db\", ");
    let daemons = of("daemon_sets", "agent", "");
    let job = of("jobs", "report", "parallelism: 2, completions: 2, ")
        .replace(r#"selector: (matchLabels: {"app": "report"}), "#, "");
    let job = job.replace("spec: (containers", "spec: (restartPolicy: \"Never\", containers");
    plan("k8s-whole-zone", &[&set, &daemons, &job])
}

#[derive(Default)]
struct All(Vec<Stamped<Record>>);

impl RecordSink<Record> for All {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        self.0.extend_from_slice(batch);
    }
}

/// Applies a workload, and keeps all records.
fn applied(plan: &Plan, seed: u64, name: &str, at: SimDuration) -> (Watched, All) {
    let target = target(plan, name).expect("there is one of that name");
    let asked = Asked { held_back: Some(target), pods: Vec::new() };
    let mut all = All::default();
    let (watched, stop, _) =
        watch(plan, seed, target, &asked, (at, plan.duration), &mut all, &mut |_: SimTime| false);
    assert_eq!(stop, StopReason::Horizon);
    (watched, all)
}

/// When each thing that happened to a pod was recorded, by its name.
fn recorded(all: &All) -> BTreeMap<String, Vec<(PodState, SimTime)>> {
    let mut names: BTreeMap<EntityId, String> = BTreeMap::new();
    let mut found: BTreeMap<String, Vec<(PodState, SimTime)>> = BTreeMap::new();
    for stamped in &all.0 {
        match &stamped.record {
            Record::EntityAdded(info) => {
                names.insert(info.id, info.name.clone());
            }
            Record::PodChanged { pod, state, .. } => {
                if let Some(name) = names.get(pod) {
                    found.entry(name.clone()).or_default().push((*state, stamped.at));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn every_time_is_that_of_a_record_and_legs_follow_each_other() {
    let (cluster, balanced) = (plan("k8s-whole-zone", &[]), balanced());
    let mut pods = 0;
    for seed in 1..=4 {
        for (plan, name, seconds) in
            [(&cluster, "api", 0), (&cluster, "worker", 30), (&balanced, "frontend", 5)]
        {
            let at = SimDuration::from_secs(seconds);
            let (watched, all) = applied(plan, seed, name, at);
            let recorded = recorded(&all);
            let object = &watched.notes.object;
            assert_eq!(object[0].from, SimTime::ZERO + at);
            for pod in watched.notes.pods.values() {
                pods += 1;
                let legs: Vec<&Leg> = object.iter().chain(&pod.legs).collect();
                assert!(legs.windows(2).all(|two| two[0].until == two[1].from), "{legs:#?}");
                let records = &recorded[&pod.key.to_string()];
                for (state, part) in [
                    (PodState::Pending, Part::Etcd),
                    (PodState::Scheduled, Part::Etcd),
                    (PodState::Pulled, Part::ContainerRuntime),
                    (PodState::Running, Part::ContainerRuntime),
                    (PodState::Ready, Part::Etcd),
                ] {
                    let when = records.iter().find(|(found, _)| *found == state).map(|(_, when)| when);
                    let when =
                        when.unwrap_or_else(|| panic!("seed {seed}, {}: {state:?}: {records:?}", pod.key));
                    let told = pod.legs.iter().any(|leg| leg.part == part && leg.until == *when);
                    assert!(told, "seed {seed}, {}: {state:?} at {when}: {legs:#?}", pod.key);
                }
            }
        }
    }
    assert!(pods > 4 * 18, "{pods}");
}

#[test]
fn a_target_arrives_when_the_last_node_of_the_balancer_finds_it_healthy() {
    let plan = balanced();
    let (watched, all) = applied(&plan, 3, "frontend", SimDuration::from_secs(5));
    assert!(watched.notes.pods.len() > 1);
    for (id, pod) in &watched.notes.pods {
        let entity = watched.cluster().pods.get(*id).entity;
        let registered = all.0.iter().find(
            |stamped| matches!(stamped.record, Record::TargetRegistered { target, .. } if target == entity),
        );
        let healthy = all.0.iter().filter(|stamped| {
            matches!(stamped.record, Record::TargetHealthChanged { target, health: TargetHealth::Healthy, .. }
                if target == entity)
        });
        let healthy: Vec<SimTime> = healthy.map(|stamped| stamped.at).collect();
        let of = |part: Part| pod.legs.iter().filter(move |leg| leg.part == part);
        let last = of(Part::CloudController).next_back().expect("it was registered");
        assert_eq!(last.until, registered.expect("it was recorded").at);
        assert_eq!(of(Part::LoadBalancer).next().map(|leg| leg.until), healthy.first().copied());
        assert_eq!(pod.legs.last().map(|leg| leg.until), healthy.last().copied());
    }
}

#[test]
fn a_workload_of_every_kind_is_not_there_before_and_arrives() {
    let plan = every_kind();
    let at = SimDuration::from_secs(10);
    for (name, pods) in [("api", 9), ("db", 3), ("agent", 12), ("report", 2)] {
        let told = apply(&plan, 1, name, at, |_| false).told.expect("there is one");
        assert_eq!((told.wanted, told.arrived, told.made), (pods, pods, pods), "{name}");
        let (watched, all) = applied(&plan, 1, name, at);
        let recorded = recorded(&all);
        for pod in watched.notes.pods.values() {
            let (_, first) = recorded[&pod.key.to_string()][0];
            assert!(first > SimTime::ZERO + at, "{}: {first}", pod.key);
        }
        let (first, last) = (told.first.expect("a pod"), told.last.expect("another"));
        assert!(first.until() <= last.until());
        for pod in [&first, &last] {
            let chosen = pod.chosen.as_ref().expect("its node was chosen");
            assert_eq!(Some(&chosen.node), pod.node.as_ref());
            assert!(chosen.feasible >= 1 && chosen.feasible <= chosen.nodes, "{chosen:?}");
        }
    }
}

#[test]
fn the_pods_of_an_ordered_set_wait_for_each_other() {
    let (watched, _) = applied(&every_kind(), 1, "db", SimDuration::from_secs(10));
    let pods: Vec<&PodNotes> = watched.notes.pods.values().collect();
    for two in pods.windows(2) {
        let ready = two[0].legs.iter().rfind(|leg| leg.part == Part::Etcd).expect("it is ready").until;
        assert!(two[1].legs[0].until > ready, "{} before {}", two[1].key, two[0].key);
    }
}

#[test]
fn what_does_not_arrive_is_told_with_what_it_waits_for() {
    let plan = plan("k8s-whole-zone", &["deployments.shop/api.spec.replicas=60", "duration=3m"]);
    let way = apply(&plan, 1, "shop/api", SimDuration::from_secs(1), |_| false).told.expect("there is one");
    assert!(way.arrived > 9 && way.arrived < 60, "{}", way.arrived);
    let last = way.last.expect("more than one was made");
    assert!(!last.arrived && last.node.is_none());
    assert!(last.waits.is_some_and(|why| why.contains("Insufficient cpu")));
}

#[test]
fn names_that_mean_nothing_or_too_much_are_told() {
    let plan = every_kind();
    let told =
        |name: &str| apply(&plan, 1, name, SimDuration::ZERO, |_| false).told.expect_err("no such thing");
    assert_eq!(told("ap").to_string(), "no workload `ap`");
    assert_eq!(told("ap").hint.as_deref(), Some("did you mean `api`?"));
    assert_eq!(told("shop/wroker").hint.as_deref(), Some("did you mean `shop/worker`?"));
    let twice = every_kind_twice();
    let told = apply(&twice, 1, "api", SimDuration::ZERO, |_| false).told.expect_err("it is both");
    assert_eq!(told.to_string(), "several workloads are called `api`");
    assert_eq!(told.hint.as_deref(), Some("write one of shop/deployment/api, shop/daemonset/api"));
    let one = apply(&twice, 1, "shop/daemonset/api", SimDuration::ZERO, |_| false).told.expect("one of them");
    assert_eq!(one.kind, "daemonset");
}

/// A daemon set that is called as a deployment is.
fn every_kind_twice() -> Plan {
    let daemons = r#"daemon_sets=[(name: "shop/api", spec: (selector: (matchLabels: {"app": "other"}), template: (
        metadata: (labels: {"app": "other"}), spec: (containers: [(name: "one", image: "shop/api:1")]))))]"#;
    plan("k8s-whole-zone", &[daemons])
}

//! Rollouts of deployments: how they come along, when they are complete, and when they are said to stand still.

use crate::support::{Cx, Deed, cluster, deployment, named, of, run, template, three_zones};
use cloudsim_kube::objects::Workload;
use cloudsim_kube::spec::{ImageSpec, PlacedPod};
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::Record;
use cloudsim_records::RolloutState::{self, Complete, DeadlineExceeded, Progressing};
use cloudsim_units::{Bytes, SimDuration, SimTime};
use serde_json::{Value, json};

fn restart(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.rollout_restart(WorkloadId(0), cx);
}

fn cordon_all(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node") {
        cluster.cordon(node, true, cx);
    }
}

fn uncordon_all(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    for node in named(cluster, "node") {
        cluster.cordon(node, false, cx);
    }
}

/// What is said of the rollouts of four pods, and at which second.
fn said(min_ready: u64, deeds: &[(u64, Deed)]) -> Vec<(u64, RolloutState)> {
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 4, template("web", json!({}))));
    spec.workloads[0].workload.min_ready = SimDuration::from_secs(min_ready);
    let run = run(1, spec, three_zones(1), deeds, 2_000, |_| {});
    let told = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::RolloutChanged { state, .. } => Some((stamped.at.as_nanos() / 1_000_000_000, state)),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_runs_before_a_zone_is_lost_is_no_rollout() {
    let lost: Deed = |cluster, cx| cluster.host_died(named(cluster, "node-a")[0], cx);
    assert_eq!(said(0, &[(30, lost)]), []);
}

#[test]
fn a_rollout_that_comes_no_further_for_ten_minutes_is_said_to_stand_still_until_it_does() {
    let told = said(0, &[(20, cordon_all), (30, restart), (900, uncordon_all)]);
    let states: Vec<_> = told.iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [Progressing, DeadlineExceeded, Progressing, Complete]);
    // One more than four, and one of four less: two new pods are made and one old pod ends at once, after which nothing
    // happens. The deadline is 600 s, and is looked at a second later.
    assert_eq!(told[0].0, 30);
    assert!((631..=633).contains(&told[1].0), "{told:?}");
    assert!((900..=930).contains(&told[2].0), "{told:?}");
}

#[test]
fn a_rollout_waits_until_pods_have_been_ready_for_as_long_as_they_must_be() {
    let quick = said(0, &[(30, restart)]).last().copied().expect("a rollout");
    let careful = said(40, &[(30, restart)]).last().copied().expect("a rollout");
    assert_eq!((quick.1, careful.1), (Complete, Complete));
    // Two at a time (as above), so that four pods come in two waves, each of which waits 40 s longer than it would.
    let longer = careful.0 - quick.0;
    assert!((75..=85).contains(&longer), "{quick:?} {careful:?}");
}

/// The least that served while a daemon set of six nodes was rolled out, and how many of its pods are new in the end.
fn rolled(strategy: Value) -> (u32, usize) {
    let daemon = json!({"selector": {"matchLabels": {"app": "agent"}}, "updateStrategy": strategy,
        "template": template("agent", json!({}))});
    let workload =
        Workload::read_daemon_set("agent".parse().unwrap(), &serde_json::from_value(daemon).unwrap());
    let mut spec = cluster("1.34");
    spec.workloads.push(of(workload.unwrap()));
    let run = run(1, spec, three_zones(2), &[(30, restart)], 900, |_| {});
    let served = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::WorkloadServes { serving, .. } => Some(serving),
        _ => None,
    });
    let pods = &run.world.cluster.pods;
    let is_new = |pod: &cloudsim_kube::Pod| pod.ready && pod.owner.is_some_and(|owner| owner.revision == 1);
    (served.min().unwrap(), pods.present().filter(|(_, pod)| is_new(pod)).count())
}

#[test]
fn a_daemon_set_is_rolled_out_node_by_node_or_as_many_at_once_as_may_be_unavailable() {
    assert_eq!(rolled(json!({})), (5, 6));
    assert_eq!(rolled(json!({"rollingUpdate": {"maxUnavailable": "50%"}})), (3, 6));
    assert_eq!(rolled(json!({"type": "OnDelete"})), (6, 0));
    // New pods beside the old ones, which end once those serve.
    assert_eq!(rolled(json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})), (6, 6));
    assert_eq!(rolled(json!({"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}})), (6, 6));
}

#[test]
fn a_pod_without_probes_is_ready_as_soon_as_its_containers_run() {
    let lag = |probe: Value| {
        let mut template = template("web", json!({}));
        template["spec"]["containers"][0]["readinessProbe"] = probe;
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 4, template));
        let run = run(1, spec, three_zones(1), &[(30, restart)], 900, |_| {});
        let pods =
            run.world.cluster.pods.present().map(|(_, pod)| pod.ready_since.since(pod.started.unwrap()));
        pods.max().unwrap()
    };
    // No more than the API server takes, whether the process answers yet or not.
    assert!(lag(Value::Null) < SimDuration::from_millis(100));
    assert!(lag(json!({"httpGet": {"port": 80}})) > SimDuration::from_millis(100));
}

#[test]
fn an_image_whose_pull_was_cut_short_is_pulled_again() {
    let pulled_after = |deeds: &[(u64, Deed)]| {
        let mut spec = cluster("1.34");
        spec.images.push(ImageSpec { name: "web:2".into(), size: Bytes(6 << 30), regions: Vec::new() });
        spec.workloads.push(deployment("web", 1, template("web", json!({}))));
        let run = run(1, spec, three_zones(1)[..1].to_vec(), deeds, 900, |_| {});
        let pods = &run.world.cluster.pods;
        let started = pods.present().filter(|(_, pod)| &*pod.template.containers[0].image == "web:2");
        started.filter_map(|(_, pod)| pod.started).max().unwrap().since(SimTime::from_secs(100))
    };
    let change: Deed = |cluster, cx| cluster.set_image(WorkloadId(0), 0, "web:2", cx);
    let dies: Deed = |cluster, cx| cluster.host_died(named(cluster, "node-a")[0], cx);
    let returns: Deed = |cluster, cx| cluster.host_returned(named(cluster, "node-a")[0], cx);
    let whole = pulled_after(&[(100, change)]);
    let cut = pulled_after(&[(100, change), (110, dies), (120, returns)]);
    assert!(cut > whole + SimDuration::from_secs(20), "{whole} {cut}");
}

#[test]
fn what_is_made_in_place_of_pods_that_were_found_has_the_hash_in_their_names_until_a_rollout() {
    let hashes = |deed: Deed| {
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 2, template("web", json!({}))));
        let found = ["a-0", "b-0"].iter().zip(["web-7c5f-x1", "web-7c5f-x2"]);
        let found = found
            .map(|(node, pod)| PlacedPod { name: pod.into(), node: Some(format!("node-{node}").into()) });
        spec.workloads[0].pods = Some(found.collect());
        let run = run(1, spec, three_zones(1), &[(30, deed)], 900, |_| {});
        let pods =
            run.world.cluster.pods.all().map(|pod| pod.key.name.rsplit_once('-').unwrap().0.to_owned());
        pods.collect::<Vec<_>>()
    };
    let zone_a_dies: Deed = |cluster, cx| cluster.host_died(named(cluster, "node-a")[0], cx);
    assert_eq!(hashes(zone_a_dies), ["web-7c5f"; 3]);
    let restarted = hashes(restart);
    assert_eq!(restarted.len(), 4);
    assert!(restarted[2] == restarted[3] && restarted[2] != "web-7c5f", "{restarted:?}");
}

#[test]
fn pods_that_name_their_node_run_there_and_nobody_schedules_them() {
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 2, template("web", json!({"nodeName": "node-b-0"}))));
    let run = run(1, spec, three_zones(1), &[(30, restart)], 300, |_| {});
    let node = named(&run.world.cluster, "node-b")[0];
    let pods: Vec<_> = run.world.cluster.pods.present().map(|(_, pod)| (pod.node, pod.ready)).collect();
    assert_eq!(pods, [(Some(node), true); 2]);
}

#[test]
fn pods_that_nobody_hears_of_count_as_gone_once_their_node_is_not_ready() {
    let cut: Deed = |cluster, cx| {
        for node in named(cluster, "node-c") {
            cluster.connect(node, false, cx);
        }
    };
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 6, template("web", json!({}))));
    let run = run(1, spec, three_zones(2), &[(30, cut)], 200, |_| {});
    let served = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::WorkloadServes { serving, .. } => Some((stamped.at.as_nanos() / 1_000_000_000, serving)),
        _ => None,
    });
    let (first_loss, _) = served.clone().find(|(_, serving)| *serving < 6).unwrap();
    // A grace period of 50 s since the last lease, which may be 10 s old, and a look every 5 s.
    assert!((70..=86).contains(&first_loss), "{first_loss}");
    assert_eq!(served.map(|(_, serving)| serving).min(), Some(4));
}

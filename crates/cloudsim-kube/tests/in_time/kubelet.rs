//! What kubelets do with the containers of a pod, and what they say of it.

use crate::support::{Cx, Deed, Run, cluster, deployment, run, template, three_zones};
use cloudsim_engine::Context;
use cloudsim_kube::spec::{ImageSpec, PodServerSpec};
use cloudsim_kube::{About, Cluster, PodId, WorkloadId};
use cloudsim_records::{PodState, Record};
use cloudsim_units::{Bytes, DurationDistribution, SimDuration, SimTime};
use serde_json::{Value, json};

/// What a kubelet says of a page of a pod that nothing answers for.
const REFUSED: &str = r#"Get "http://10.0.0.9:80/": dial tcp 10.0.0.9:80: connect: connection refused"#;

fn restart(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.rollout_restart(WorkloadId(0), cx);
}

/// A deployment of one pod that is restarted after 30 s, whose process takes so long to answer.
fn restarted(starts_in: u64, container: &Value, more: Value) -> Run {
    let mut template = template("web", more);
    let own = &mut template["spec"]["containers"][0];
    own.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    let mut spec = cluster("1.34");
    for name in ["web:1", "helper:1"] {
        spec.images.push(ImageSpec { name: name.into(), size: Bytes(200_000_000), regions: Vec::new() });
    }
    spec.workloads.push(deployment("web", 1, template));
    let start = DurationDistribution::Constant(SimDuration::from_secs(starts_in));
    spec.workloads[0].server = Some(PodServerSpec { workers: 1, connections_max: 100, start });
    run(1, spec, three_zones(1), &[(30, restart)], 300, |_| {})
}

/// The pod that was made in place of the first.
fn second(run: &Run) -> PodId {
    run.world.cluster.pods.present().map(|(id, _)| id).last().unwrap()
}

/// What was said of a pod: how often, the reason and the message.
fn said(run: &Run, of: PodId) -> Vec<(u32, &'static str, String)> {
    let events = run.world.cluster.events.at(SimTime::from_secs(300));
    let is_of = |about| about == About::Pod(of) || matches!(about, About::Container(pod, _) if pod == of);
    let of = events.into_iter().filter(|event| is_of(event.about) && event.by.component == "kubelet");
    of.map(|event| (event.count, event.reason, event.message.to_string())).collect()
}

fn once(reason: &'static str, message: &str) -> (u32, &'static str, String) {
    (1, reason, message.to_owned())
}

#[test]
fn containers_are_pulled_made_and_started_one_by_one() {
    let init = json!({"initContainers": [
        {"name": "setup", "image": "helper:1"},
        {"name": "proxy", "image": "helper:1", "restartPolicy": "Always"}]});
    let run = restarted(2, &json!({"readinessProbe": null, "image": "web:1"}), init);
    let pod = second(&run);
    let present = |image: &str| format!("Container image {image:?} already present on machine");
    let told = said(&run, pod);
    // The images are on the node of the first pod only if the second is there too.
    let pulls = told.iter().filter(|(_, reason, _)| matches!(*reason, "Pulling" | "Pulled"));
    let pulls: Vec<&str> = pulls.map(|(_, _, message)| message.as_str()).collect();
    let pulled = |image: &str| {
        format!(
            "Successfully pulled image {image:?} in 2s (2s including waiting). Image size: 200000000 bytes."
        )
    };
    let fetched = [
        "Pulling image \"helper:1\"".to_owned(),
        pulled("helper:1"),
        present("helper:1"),
        "Pulling image \"web:1\"".to_owned(),
        pulled("web:1"),
    ];
    let all_present = [present("helper:1"), present("helper:1"), present("web:1")];
    assert!(pulls == fetched || pulls == all_present, "{pulls:?}");
    let states = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::PodChanged { pod: of, state, .. } if of == run.world.cluster.pods.get(pod).entity => {
            Some(state)
        }
        _ => None,
    });
    let states: Vec<PodState> = states.collect();
    let (pending, bound) = (PodState::Pending, PodState::Scheduled);
    let then = [PodState::Initialised, PodState::Pulled, PodState::Running, PodState::Ready];
    assert_eq!(states, [&[pending, bound], &then[..]].concat());
    let began: Vec<&str> = told
        .iter()
        .filter(|(_, reason, _)| matches!(*reason, "Created" | "Started"))
        .map(|(_, _, message)| message.as_str())
        .collect();
    assert_eq!(
        began,
        [
            "Created container: setup",
            "Started container setup",
            "Created container: proxy",
            "Started container proxy",
            "Created container: web",
            "Started container web",
        ]
    );
}

/// How many containers of the newest pod are ready.
fn ready_at(cluster: &mut Cluster, cx: &Cx<'_>) -> usize {
    let (pod, _) = cluster.pods.present().last().unwrap();
    cluster.ready_containers(pod, cx.now())
}

fn none_ready(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    assert_eq!(ready_at(cluster, cx), 0);
}

fn two_ready(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    assert_eq!(ready_at(cluster, cx), 2);
}

fn three_ready(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    assert_eq!(ready_at(cluster, cx), 3);
}

#[test]
fn containers_that_nobody_asks_are_ready_as_soon_as_they_run() {
    let more = json!({"initContainers": [{"name": "proxy", "image": "helper:1", "restartPolicy": "Always"}]});
    let mut template = template("web", more);
    let own = &mut template["spec"]["containers"];
    own[0]["readinessProbe"] = json!({"httpGet": {"port": 80}, "periodSeconds": 5});
    own.as_array_mut().unwrap().push(json!({"name": "beside", "image": "helper:1"}));
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 1, template));
    let start = DurationDistribution::Constant(SimDuration::from_secs(60));
    spec.workloads[0].server = Some(PodServerSpec { workers: 1, connections_max: 100, start });
    let looks: &[(u64, Deed)] = &[(30, restart), (31, none_ready), (80, two_ready), (200, three_ready)];
    let run = run(1, spec, three_zones(1), looks, 300, |_| {});
    // No two events have the same name, which is made of the time.
    let events = run.world.cluster.events.at(SimTime::from_secs(300));
    let names: std::collections::BTreeSet<u64> =
        events.iter().map(|event| event.first.as_nanos() + u64::from(event.nth)).collect();
    assert_eq!(names.len(), events.len());
    let scheduled = events.iter().find(|event| event.reason == "Scheduled").unwrap();
    assert!(scheduled.by.instance.as_deref().unwrap().starts_with("default-scheduler-control-plane-"));
}

#[test]
fn a_readiness_probe_fails_until_the_process_answers_and_kills_nobody() {
    let probe = json!({"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5}});
    let run = restarted(22, &probe, json!({}));
    let pod = second(&run);
    let told = said(&run, pod);
    let unhealthy: Vec<_> = told.iter().filter(|(_, reason, _)| *reason == "Unhealthy").collect();
    let [(times, _, message)] = unhealthy[..] else { panic!("{told:?}") };
    // Every 5 s for 22 s.
    assert!((4..=5).contains(times), "{times}");
    assert_eq!(message, &format!("Readiness probe failed: {REFUSED}"));
    let pod = run.world.cluster.pods.get(pod);
    assert!(pod.ready && pod.restarts == 0);
}

#[test]
fn a_process_that_starts_more_slowly_than_its_startup_probe_permits_is_started_again_and_later_each_time() {
    let probe = json!({"startupProbe": {"httpGet": {"port": 80}, "periodSeconds": 5, "failureThreshold": 3}});
    let run = restarted(100, &probe, json!({}));
    let pod = run.world.cluster.pods.present().find(|(_, pod)| pod.restarts > 0).expect("one is restarted").0;
    let told = said(&run, pod);
    assert!(told.iter().any(|(_, reason, message)| *reason == "Unhealthy"
        && *message == format!("Startup probe failed: {REFUSED}")));
    let times =
        |reason: &str| told.iter().filter(|(_, of, _)| *of == reason).map(|(count, ..)| *count).sum::<u32>();
    let restarts = run.world.cluster.pods.get(pod).restarts;
    let killed = once("Killing", "Container web failed startup probe, will be restarted").2;
    let (kills, ..) = told.iter().find(|(_, _, message)| *message == killed).expect("it is told");
    // Three probes of each life failed; the first restart was made at once, so that no back-off is told of it.
    assert!(restarts >= 4, "{restarts}");
    assert_eq!(times("Unhealthy").div_ceil(3), times("Started"));
    assert!((restarts..=restarts + 1).contains(kills), "{restarts} {kills}");
    assert_eq!(times("BackOff"), kills - 1);
    // Each is told once, with how often.
    assert_eq!(told.iter().filter(|(_, reason, _)| *reason == "Created").count(), 1);
}

#[test]
fn a_process_that_a_liveness_probe_gives_up_is_started_again_later_each_time_and_at_last_every_five_minutes()
{
    let probe =
        json!({"livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 10, "failureThreshold": 3}});
    let mut template = template("web", json!({}));
    template["spec"]["containers"][0].as_object_mut().unwrap().extend(probe.as_object().unwrap().clone());
    let mut spec = cluster("1.34");
    spec.workloads.push(deployment("web", 1, template));
    let start = DurationDistribution::Constant(SimDuration::from_mins(60));
    spec.workloads[0].server = Some(PodServerSpec { workers: 1, connections_max: 100, start });
    let run = run(1, spec, three_zones(1), &[(30, restart)], 3_000, |_| {});
    let pod = run.world.cluster.pods.present().find(|(_, pod)| pod.restarts > 0).expect("one is restarted").1;
    let running: Vec<u64> = run
        .records
        .iter()
        .filter_map(|stamped| match stamped.record {
            Record::PodChanged { pod: of, state: PodState::Running, .. } if of == pod.entity => {
                Some(stamped.at.as_nanos() / 1_000_000_000)
            }
            _ => None,
        })
        .collect();
    // Three probes in a row fail within 30 s, then the container stops; the first restart is at once, the next ones wait
    // 10 s, 20 s and so on since the one before, at most 300 s.
    let lives: Vec<u64> = running.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let waits = [0, 10, 20, 40, 80, 160, 300, 300, 300];
    assert!(lives.len() >= waits.len(), "{lives:?}");
    for (life, wait) in lives.iter().zip(waits) {
        assert!((wait + 20..=wait + 62).contains(life), "{lives:?}");
    }
}

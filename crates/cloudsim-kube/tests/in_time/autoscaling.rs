//! Autoscalers in a cluster: from what pods use, by way of kubelets and metrics-server, to another number of pods.

use crate::support::{Run, cluster, deployment, run, template, three_zones};
use cloudsim_kube::objects::HorizontalPodAutoscaler;
use cloudsim_kube::spec::WorkloadSpec;
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::Record;
use cloudsim_units::SimTime;
use serde_json::{Value, json};

/// So many pods that ask for 500m and use so much, and what is said of their autoscaler besides.
fn scaled(seed: u64, replicas: u32, uses: Option<u32>, more: &Value, until: u64) -> Run {
    let mut spec = cluster("1.34");
    let mut web = deployment("web", replicas, template("web", json!({})));
    web.uses_milli_cpu = uses;
    spec.workloads.push(web);
    let target = json!({"kind": "Deployment", "name": "web"});
    let mut autoscaler = json!({"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 10,
        "metrics": [{"type": "Resource", "resource":
            {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]});
    autoscaler.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let autoscaler =
        HorizontalPodAutoscaler::read("web".parse().unwrap(), &serde_json::from_value(autoscaler).unwrap());
    spec.autoscalers.push(autoscaler.unwrap());
    run(seed, spec, three_zones(2), &[], until, |_| ())
}

/// When the number of pods was changed, and how.
fn rescaled(run: &Run) -> Vec<(SimTime, u32, u32)> {
    let all = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::WorkloadRescaled { from, to, .. } => Some((stamped.at, from, to)),
        _ => None,
    });
    all.collect()
}

fn replicas(cluster: &Cluster) -> u32 {
    cluster.workloads.get(WorkloadId(0)).replicas
}

#[test]
fn pods_that_use_more_than_they_should_become_more_within_a_minute_and_a_half() {
    // A counter is first read 10 to 20 s after the start. Where that is later than 15 s, metrics-server needs two
    // readings, and may miss the first: two come before 35 s then, a third up to 20 s later. Up to 15 s go by until it
    // asks again, and up to 15 s until the autoscaler looks: at the latest at 85 s.
    for seed in 0..40 {
        let run = scaled(seed, 4, Some(450), &json!({}), 400);
        let all = rescaled(&run);
        let (first, from, to) = all[0];
        assert!((SimTime::from_secs(10)..=SimTime::from_secs(85)).contains(&first), "{first}");
        // 90 % where 60 % are to be: half as many again, or fewer while some are not known yet.
        assert!(from == 4 && (5..=6).contains(&to), "{all:?}");
        assert_eq!(replicas(&run.world.cluster), 10, "they go on using that much, and ten is the most");
        assert!(
            all.windows(2).all(|pair| pair[1].0.since(pair[0].0).as_nanos() >= 15_000_000_000),
            "{all:?}"
        );
    }
}

#[test]
fn pods_become_fewer_after_five_minutes_that_agree() {
    // 20 % where 60 % are to be: a third of eight, rounded up. While pods are not known yet, which is until 85 s at the
    // latest, they count as 100 %, and eight or a few less are wanted. All that was wanted counts for 300 s; the look after
    // that is up to 15 s later: the first way down is between 300 and 400 s. In the end a third of three is one, and two is
    // the least.
    for seed in 0..20 {
        let all = rescaled(&scaled(seed, 8, Some(100), &json!({}), 1000));
        assert!((SimTime::from_secs(300)..=SimTime::from_secs(400)).contains(&all[0].0), "{all:?}");
        assert!(all.iter().all(|(_, from, to)| to < from), "{all:?}");
        assert!(all.iter().any(|(_, _, to)| *to == 3), "{all:?}");
        let (end, _, least) = all[all.len() - 1];
        assert_eq!(least, 2);
        // Three was wanted until there were three; 300 s after that, two may be.
        assert!((SimTime::from_secs(600)..=SimTime::from_secs(730)).contains(&end), "{all:?}");
    }
}

#[test]
fn a_policy_of_one_pod_a_minute_is_kept() {
    let slow =
        json!({"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}});
    let all = rescaled(&scaled(1, 4, Some(450), &slow, 400));
    assert!(all.len() >= 4);
    for pair in all.windows(2) {
        assert_eq!(pair[1].2, pair[1].1 + 1);
        assert!(pair[1].0.since(pair[0].0).as_nanos() >= 60_000_000_000);
    }
}

#[test]
fn pods_of_which_nobody_knows_what_they_use_keep_their_number() {
    let run = scaled(1, 6, None, &json!({}), 900);
    assert_eq!(rescaled(&run), []);
    assert_eq!(rescaled(&scaled(1, 12, None, &json!({}), 20))[0].2, 10, "unless they are too many");
}

#[test]
fn bounds_hold_whatever_is_known() {
    let all = rescaled(&scaled(1, 1, Some(0), &json!({}), 20));
    assert_eq!(all.first().map(|(_, from, to)| (*from, *to)), Some((1, 2)));
    let all = rescaled(&scaled(1, 12, Some(0), &json!({}), 20));
    assert_eq!(all.first().map(|(_, from, to)| (*from, *to)), Some((12, 10)));
}

#[test]
fn of_pods_that_ask_for_nothing_no_share_is_known() {
    let mut spec = cluster("1.34");
    let mut bare = template("web", json!({}));
    bare["spec"]["containers"][0]["resources"] = json!({});
    spec.workloads.push(WorkloadSpec { uses_milli_cpu: Some(400), ..deployment("web", 3, bare) });
    let autoscaler = json!({"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 10});
    let autoscaler =
        HorizontalPodAutoscaler::read("web".parse().unwrap(), &serde_json::from_value(autoscaler).unwrap());
    spec.autoscalers.push(autoscaler.unwrap());
    let run = run(1, spec, three_zones(1), &[], 300, |_| ());
    assert_eq!(rescaled(&run), []);
    let events = run.world.cluster.events.at(SimTime::from_secs(300));
    let last = events.iter().rfind(|event| event.reason == "FailedGetResourceMetric").expect("it says so");
    assert!(last.message.contains("missing request for cpu"), "{}", last.message);
}

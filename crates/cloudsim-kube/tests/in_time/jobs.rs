//! Jobs and cron jobs: how many pods are at work, when they are over, and what is left of them.

use crate::support::{Act, cluster, of, run, run_acts, template, three_zones};
use cloudsim_kube::cron::Schedule;
use cloudsim_kube::objects::Workload;
use cloudsim_kube::spec::{ClusterSpec, Concurrency, CronJobSpec, WorkSpec, WorkloadSpec};
use cloudsim_kube::{Cluster, CronJobId, JobEnd, WorkloadId, limits};
use cloudsim_records::{PodReason, PodState, Record};
use cloudsim_units::{DurationDistribution, Ratio, SimDuration, SimTime};
use cloudsim_world::ZoneId;
use proptest::prelude::*;
use serde_json::{Value, json};

const JOB: WorkloadId = WorkloadId(0);

fn work(seconds: u64, fails: u64) -> WorkSpec {
    let lasts = DurationDistribution::Constant(SimDuration::from_secs(seconds));
    WorkSpec { lasts, fails: Ratio::from_percent(fails) }
}

fn workload(more: &Value, restart: &str) -> Workload {
    let mut spec = json!({"template": template("sums", json!({"restartPolicy": restart}))});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Workload::read_job("sums".parse().unwrap(), &serde_json::from_value(spec).unwrap()).unwrap()
}

fn job(more: &Value, restart: &str, work: WorkSpec) -> ClusterSpec {
    let mut spec = cluster("1.34");
    spec.workloads.push(WorkloadSpec { work: Some(work), ..of(workload(more, restart)) });
    spec
}

/// Whether no more pods are at work than may be, and none has ended well beyond what was to.
fn check(cluster: &Cluster) {
    for (id, workload) in cluster.workloads.iter() {
        let Some((job, state)) = cluster.job(id) else { continue };
        let active = workload.pods.iter().filter(|pod| cluster.pods.get(**pod).is_active()).count();
        assert!(active <= workload.replicas as usize, "{active} pods are at work");
        if let Some(completions) = job.completions {
            assert!(state.succeeded <= completions, "{} have ended well", state.succeeded);
            if state.finished.is_some_and(|(_, end)| end == JobEnd::Complete) {
                assert_eq!(state.succeeded, completions);
            }
        }
    }
}

/// When pods failed, in seconds.
fn failures(records: &[cloudsim_engine::Stamped<Record>]) -> Vec<u64> {
    let failed = records.iter().filter(|stamped| {
        matches!(stamped.record, Record::PodChanged { state: PodState::Failed, reason: PodReason::None, .. })
    });
    failed.map(|stamped| stamped.at.as_nanos() / 1_000_000_000).collect()
}

#[test]
fn a_job_is_complete_when_all_its_work_is_done() {
    // Seven pieces of 60 s, three at a time, are three rounds; between two of them are the second in which the
    // controller gathers what happened and a few for the next pod's start.
    let spec = job(&json!({"completions": 7, "parallelism": 3}), "Never", work(60, 0));
    let run = run(1, spec, three_zones(2), &[], 600, check);
    let (_, state) = run.world.cluster.job(JOB).unwrap();
    assert_eq!((state.succeeded, state.failed), (7, 0));
    let (finished, end) = state.finished.unwrap();
    assert_eq!(end, JobEnd::Complete);
    assert!((SimTime::from_secs(182)..SimTime::from_secs(210)).contains(&finished), "{finished}");
}

#[test]
fn each_failure_in_a_row_doubles_the_wait() {
    // Every pod fails after 5 s. The controller waits 10, 20, 40 and 80 s from each failure; up to a second goes by
    // until it looks, and some until the next pod runs. With a limit of four the fifth failure is the last.
    let spec = job(&json!({"backoffLimit": 4}), "Never", work(5, 100));
    let run = run(3, spec, three_zones(2), &[], 900, check);
    let times = failures(&run.records);
    assert_eq!(times.len(), 5);
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (gap, wait) in gaps.iter().zip([10, 20, 40, 80]) {
        let start = gap - wait - 5;
        assert!((1..=12).contains(&start), "{gaps:?}");
    }
    let (_, state) = run.world.cluster.job(JOB).unwrap();
    assert_eq!(state.finished.unwrap().1, JobEnd::BackoffLimitExceeded);
    assert_eq!(state.failed, 5);
}

#[test]
fn containers_that_are_started_again_count_as_failures() {
    // With OnFailure the kubelet starts them again in their pod; three restarts reach the limit, and the pod is taken
    // away.
    let spec = job(&json!({"backoffLimit": 3}), "OnFailure", work(5, 100));
    let run = run(3, spec, three_zones(2), &[], 900, check);
    let (_, state) = run.world.cluster.job(JOB).unwrap();
    assert_eq!(state.finished.unwrap().1, JobEnd::BackoffLimitExceeded);
    assert_eq!(run.world.cluster.pods.present().count(), 0);
}

#[test]
fn a_job_that_takes_too_long_is_given_up_and_forgotten() {
    let more = json!({"activeDeadlineSeconds": 30, "ttlSecondsAfterFinished": 100});
    let spec = job(&more, "Never", work(60, 0));
    let given_up = |until| {
        let run = run(1, spec.clone(), three_zones(2), &[], until, check);
        let (_, state) = run.world.cluster.job(JOB).unwrap();
        (state.finished, run.world.cluster.workloads.get(JOB).gone)
    };
    // It was first looked at when the run began.
    assert_eq!(given_up(120), (Some((SimTime::from_secs(30), JobEnd::DeadlineExceeded)), false));
    assert!(given_up(140).1, "the time to live is over at 130 s");
}

#[test]
fn a_pod_whose_node_died_is_replaced_once_it_is_evicted() {
    let deed = |cluster: &mut Cluster, cx: &mut crate::support::Cx<'_>| {
        let (_, pod) = cluster.pods.present().next().unwrap();
        let node = pod.node.unwrap();
        cluster.host_died(node, cx);
    };
    let spec = job(&json!({}), "Never", work(120, 0));
    let run = run(1, spec, three_zones(2), &[(10, deed)], 900, check);
    let (_, state) = run.world.cluster.job(JOB).unwrap();
    assert_eq!((state.succeeded, state.failed), (1, 1));
    // Not heard of after 50 s, evicted 300 s later, made anew after ten seconds of back-off, and 120 s of work.
    let (finished, _) = state.finished.unwrap();
    assert!((SimTime::from_secs(470)..SimTime::from_secs(520)).contains(&finished), "{finished}");
}

/// A job of one pod whose failures from outside do not count, with what else its specification says.
fn forgiving(more: &Value) -> Value {
    let rule =
        json!({"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]});
    let mut spec = json!({"backoffLimit": 0, "podFailurePolicy": {"rules": [rule]}});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    spec
}

#[test]
fn a_pod_that_was_disrupted_counts_unless_the_failure_policy_says_otherwise_and_is_replaced_once_it_is_gone()
{
    let dies = |cluster: &mut Cluster, cx: &mut crate::support::Cx<'_>| {
        let (_, pod) = cluster.pods.present().next().unwrap();
        cluster.host_died(pod.node.unwrap(), cx);
    };
    let goes = |cluster: &mut Cluster, cx: &mut crate::support::Cx<'_>| {
        let (_, pod) = cluster.pods.present().next().unwrap();
        assert!(pod.ending.is_some(), "it was evicted long ago, and none was made in its place");
        assert_eq!(cluster.pods.present().count(), 1);
        cluster.instance_gone(pod.node.unwrap(), cx);
    };
    let ended = |spec: &Value| {
        let run = run(
            1,
            job(spec, "Never", work(120, 0)),
            three_zones(2),
            &[(10, dies), (900, goes)],
            1_500,
            check,
        );
        let (_, state) = run.world.cluster.job(JOB).unwrap();
        (state.finished.unwrap(), state.failed)
    };
    let ((at, end), failed) = ended(&forgiving(&json!({})));
    assert_eq!((end, failed), (JobEnd::Complete, 0));
    // The collector of garbage looks every 20 s and waits 40; then come ten seconds of back-off and 120 s of work.
    assert!((SimTime::from_secs(1_070)..SimTime::from_secs(1_110)).contains(&at), "{at}");
    // Without the rule the failure counts, once the pod is gone.
    let ((at, end), failed) = ended(&json!({"backoffLimit": 0, "podReplacementPolicy": "Failed"}));
    assert_eq!((end, failed), (JobEnd::BackoffLimitExceeded, 1));
    assert!(at > SimTime::from_secs(900), "{at}");
}

#[test]
fn a_failure_policy_gives_a_job_up_at_the_first_failure_that_fits_and_counts_others() {
    let ended = |codes: &Value| {
        let rule = json!({"action": "FailJob", "onExitCodes": codes});
        let spec = json!({"backoffLimit": 2, "podFailurePolicy": {"rules": [rule]}});
        let run = run(1, job(&spec, "Never", work(5, 100)), three_zones(2), &[], 600, check);
        let (_, state) = run.world.cluster.job(JOB).unwrap();
        let told = run.world.cluster.events.at(SimTime::from_secs(600));
        let told: Vec<String> = told.into_iter().map(|event| event.message.to_string()).collect();
        (state.finished.unwrap().1, state.failed, told)
    };
    let (end, failed, told) = ended(&json!({"operator": "In", "values": [limits::JOB_FAILS_WITH]}));
    assert_eq!((end, failed), (JobEnd::PodFailurePolicy, 1));
    let said = "failed with exit code 1 matching FailJob rule at index 0";
    assert!(
        told.iter()
            .any(|message| message.starts_with("Container sums for pod default/sums-")
                && message.ends_with(said)),
        "{told:?}"
    );
    let (end, failed, _) = ended(&json!({"operator": "NotIn", "values": [limits::JOB_FAILS_WITH]}));
    assert_eq!((end, failed), (JobEnd::BackoffLimitExceeded, 3));
}

#[test]
fn an_indexed_job_does_each_number_once() {
    let more = json!({"completions": 4, "parallelism": 2, "completionMode": "Indexed", "backoffLimit": 50});
    let run = run(5, job(&more, "Never", work(10, 40)), three_zones(2), &[], 3600, check);
    let cluster = &run.world.cluster;
    let (_, state) = cluster.job(JOB).unwrap();
    assert_eq!(state.succeeded, 4);
    let mut numbers: Vec<u32> = cluster
        .pods
        .present()
        .filter(|(_, pod)| pod.phase == cloudsim_kube::Phase::Succeeded)
        .map(|(_, pod)| pod.owner.unwrap().ordinal.unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3]);
    assert!(state.failed > 0, "some of them failed on the way");
    for (_, pod) in cluster.pods.present() {
        let start = format!("sums-{}-", pod.owner.unwrap().ordinal.unwrap());
        assert!(pod.key.name.starts_with(&*start), "{}", pod.key);
    }
}

#[test]
fn without_a_number_of_completions_one_that_ends_well_ends_all() {
    let spec = job(&json!({"parallelism": 3}), "Never", work(20, 0));
    let run = run(1, spec, three_zones(2), &[], 300, check);
    let (job, state) = run.world.cluster.job(JOB).unwrap();
    assert_eq!(job.completions, None);
    assert_eq!(state.succeeded, 3, "those that are at work may end");
    assert_eq!(state.finished.unwrap().1, JobEnd::Complete);
}

fn cron_job(schedule: &str, concurrency: Concurrency, seconds: u64) -> ClusterSpec {
    let mut spec = cluster("1.34");
    spec.cron_jobs.push(CronJobSpec {
        key: "sums".parse().unwrap(),
        schedule: Schedule::parse(schedule).unwrap(),
        concurrency,
        starting_deadline: None,
        suspended: false,
        keeps_successful: limits::JOBS_KEPT_SUCCESSFUL,
        keeps_failed: limits::JOBS_KEPT_FAILED,
        job: workload(&json!({}), "Never"),
        work: work(seconds, 0),
    });
    spec
}

/// The minutes for which jobs were started, and how many of these jobs have completed.
fn started(run: &crate::support::Run) -> (Vec<u64>, usize) {
    let first = limits::CLOCK.0 / 60;
    let name = |workload: &cloudsim_kube::Workload| workload.spec.workload.key.name.to_string();
    let jobs: Vec<_> = run.world.cluster.workloads.iter().collect();
    let minutes = jobs.iter().map(|(_, job)| name(job)[5..].parse::<u64>().unwrap() - first);
    let complete = jobs.iter().filter(|(id, _)| run.world.cluster.job(*id).unwrap().1.succeeded == 1);
    (minutes.collect(), complete.count())
}

#[test]
fn a_cron_job_starts_jobs_by_the_clock_and_keeps_the_last_three() {
    let run = run(1, cron_job("*/2 * * * *", Concurrency::Allow, 20), three_zones(1), &[], 11 * 60, check);
    assert_eq!(started(&run), (vec![2, 4, 6, 8, 10], 5));
    let kept = &run.world.cluster.cron_job(CronJobId(0)).jobs;
    assert_eq!(kept.as_slice(), [WorkloadId(2), WorkloadId(3), WorkloadId(4)]);
    assert_eq!(run.world.cluster.pods.present().count(), 3, "the pods of the others went with them");
}

#[test]
fn while_a_job_runs_another_may_be_started_beside_it_left_out_or_put_in_its_place() {
    // Each job takes 150 s, and one is due every minute.
    let until = |concurrency| {
        let spec = cron_job("* * * * *", concurrency, 150);
        run(1, spec, three_zones(2), &[], 10 * 60 + 30, check)
    };
    let (minutes, _) = started(&until(Concurrency::Allow));
    assert_eq!(minutes, (1..=10).collect::<Vec<u64>>());
    // The first runs from 1:00 to a little after 3:30; then the start of 3:00, which was left out, is made up for at
    // once, until 6:02 or so, that of 6:00, and that of 8:00.
    assert_eq!(started(&until(Concurrency::Forbid)).0, [1, 3, 6, 8]);
    let (minutes, complete) = started(&until(Concurrency::Replace));
    assert_eq!((minutes, complete), ((1..=10).collect::<Vec<u64>>(), 0), "none ever comes to its end");
}

#[test]
fn a_start_that_comes_too_late_is_left_out() {
    let dark = |cluster: &mut Cluster, cx: &mut crate::support::Cx<'_>| {
        for zone in 0..3 {
            cluster.control_plane_turns(ZoneId(zone), false, cx);
        }
    };
    let back = |cluster: &mut Cluster, cx: &mut crate::support::Cx<'_>| {
        for zone in 0..3 {
            cluster.control_plane_turns(ZoneId(zone), true, cx);
        }
    };
    let minutes = |deadline: Option<u64>| {
        let mut spec = cron_job("*/5 * * * *", Concurrency::Allow, 10);
        spec.cron_jobs[0].starting_deadline = deadline.map(SimDuration::from_secs);
        started(&run(1, spec, three_zones(1), &[(240, dark), (420, back)], 11 * 60, check)).0
    };
    // The API is silent from 4:00 to 7:00: the start of 5:00 is made at about 7:10, if 120 s are not too late for it.
    assert_eq!(minutes(None), [5, 10]);
    assert_eq!(minutes(Some(200)), [5, 10]);
    assert_eq!(minutes(Some(60)), [10]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever dies and comes back, no more pods are at work than may be, and a job that is complete has done all.
    #[test]
    fn no_history_lets_a_job_do_more_than_it_is_to_do(
        seed in 0_u64..1000,
        completions in 1_u32..9,
        parallelism in 1_u32..5,
        indexed in any::<bool>(),
        fails in 0_u64..60,
        acts in prop::collection::vec((10_u64..600, prop_oneof![
            (0_usize..6).prop_map(Act::Die),
            (0_usize..6).prop_map(Act::Return),
            (0_usize..6, any::<bool>()).prop_map(|(node, connected)| Act::Connect(node, connected)),
            (0_usize..40).prop_map(Act::Delete),
        ]), 0..12),
    ) {
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        let mut more = json!({"completions": completions, "parallelism": parallelism, "backoffLimit": 1000});
        more["completionMode"] = mode.into();
        let run = run_acts(seed, job(&more, "Never", work(30, fails)), three_zones(2), &acts, 900, check);
        let (_, state) = run.world.cluster.job(JOB).unwrap();
        if let Some((_, end)) = state.finished {
            prop_assert_eq!(end, JobEnd::Complete);
            prop_assert_eq!(state.succeeded, completions);
        }
    }
}

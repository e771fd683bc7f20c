//! Workloads and their pods.

use super::nodes::{NodeNames, node_there};
use super::{cluster_of, key, read};
use crate::diagnostics::codes;
use crate::place::At;
use crate::resolve::Context;
use crate::spec::{Amount, ApiType, Distribution, PodServer, Text};
use crate::{limits, spec};
use cloudsim_kube::cron::Schedule;
use cloudsim_kube::limits as kube;
use cloudsim_kube::objects::{IntOrPercent, MIRROR, Malformed, ObjectKey, PodTemplate, Workload};
use cloudsim_kube::spec::{
    BarePodSpec, ClusterSpec, Concurrency, CronJobSpec, PlacedPod, PodServerSpec, WorkSpec, WorkloadSpec,
};
use cloudsim_units::{Ratio, SimDuration};
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub(super) fn workloads<'a, T: ApiType>(
    cx: &mut Context<'a>,
    list: &'static str,
    all: &'a [spec::Workload<T>],
    of_api: fn(ObjectKey, &T::Value) -> Result<Workload, Malformed>,
    names: &[NodeNames],
    clusters: &mut [ClusterSpec],
) {
    for (index, workload) in all.iter().enumerate() {
        let at = cx.at(list, index);
        let cluster = cluster_of(cx, at, workload.cluster.as_ref());
        let key = key(cx, at, &workload.name);
        let own = workload.spec.0.as_ref().map(|spec| of_api(key, spec));
        let read = own.and_then(|own| read(cx, at, own));
        let server = workload.server.as_ref().map(|server| pod_server(cx, at.field("server"), server));
        if let Some(member) = &workload.member {
            cx.name(at.field("member"), member);
        }
        let needs = workload.needs.as_ref();
        let needs = needs.and_then(|needs| needed(cx, at.field("needs"), &needs.0, "pods"));
        let (runs_for, fails) = (workload.runs_for.as_ref(), workload.fails.as_ref());
        let work = (list == "jobs").then(|| work(cx, at, runs_for, fails));
        if work.is_none() {
            let given = [("runs_for", runs_for.is_some()), ("fails", fails.is_some())];
            for (field, _) in given.into_iter().filter(|(_, given)| *given) {
                let message = format!("the pods of `{}` do not end by themselves", workload.name);
                cx.error(&codes::RANGE, at.field(field).span(), message).hint =
                    Some("leave it out; only jobs have it".into());
            }
        }
        let uses_milli_cpu = workload.uses_cpu.as_ref().map(|cpu| used(cx, at.field("uses_cpu"), cpu));
        let uses_memory = workload.uses_memory.as_ref();
        let uses_memory = uses_memory.and_then(|memory| memory_used(cx, at.field("uses_memory"), memory));
        let Some(cluster) = cluster else { continue };
        let pods = placed(cx, at, workload, &names[cluster]);
        let Some(read) = read else { continue };
        let member = workload.member.clone();
        clusters[cluster].workloads.push(WorkloadSpec {
            workload: read,
            pods,
            server,
            member,
            needs,
            uses_milli_cpu,
            uses_memory,
            work,
        });
    }
}

fn pod_server(cx: &mut Context<'_>, at: At<'_>, server: &PodServer) -> PodServerSpec {
    PodServerSpec {
        workers: cx.count(at.field("workers"), server.workers, &limits::WORKERS),
        connections_max: cx.count(at.field("connections_max"), server.connections_max, &limits::CONNECTIONS),
        start: cx.distribution_or(at, "start", server.start.as_ref(), cx.assumed.kube.container_start),
    }
}

/// The work of the pods of a job.
fn work(
    cx: &mut Context<'_>,
    at: At<'_>,
    runs_for: Option<&Distribution>,
    fails: Option<&Text<Ratio>>,
) -> WorkSpec {
    WorkSpec {
        lasts: cx.distribution_or(at, "runs_for", runs_for, cx.assumed.kube.job_runs_for),
        fails: cx.value_or(at, "fails", fails, Ratio::ZERO),
    }
}

/// An amount of CPU, in thousandths of a processor.
fn used(cx: &mut Context<'_>, at: At<'_>, amount: &Amount) -> u32 {
    let parsed = cloudsim_kube::objects::Quantity::parse(&amount.0);
    match parsed.map(|quantity| u32::try_from(quantity.milli_value())) {
        Ok(Ok(milli)) => milli,
        Ok(Err(_)) => {
            cx.error(&codes::RANGE, at.span(), "no pod uses that much CPU");
            0
        }
        Err(problem) => {
            cx.error(&codes::VALUE, at.span(), problem);
            0
        }
    }
}

/// An amount of memory, in bytes.
fn memory_used(cx: &mut Context<'_>, at: At<'_>, amount: &Amount) -> Option<u64> {
    match cloudsim_kube::objects::Quantity::parse(&amount.0) {
        Ok(quantity) => u64::try_from(quantity.value()).ok().or_else(|| {
            cx.error(&codes::RANGE, at.span(), "no pod uses less than nothing");
            None
        }),
        Err(problem) => {
            cx.error(&codes::VALUE, at.span(), problem);
            None
        }
    }
}

/// A number of pods, or of nodes, or a share of them.
pub(in crate::resolve) fn needed(
    cx: &mut Context<'_>,
    at: At<'_>,
    text: &str,
    what: &str,
) -> Option<IntOrPercent> {
    let number = text.parse().ok().map(IntOrPercent::Int);
    let share =
        || text.strip_suffix('%')?.parse().ok().filter(|share| *share <= 100).map(IntOrPercent::Percent);
    let needs = number.or_else(share);
    if needs.is_none() {
        cx.error(
            &codes::VALUE,
            at.span(),
            format!("`{}` is no number of {what} and no share", text.escape_debug()),
        )
        .hint = Some("write a number, as in 3, or a share, as in \"50%\"".into());
    }
    needs
}

/// The pods that are there at the start.
fn placed<T: ApiType>(
    cx: &mut Context<'_>,
    at: At<'_>,
    workload: &spec::Workload<T>,
    names: &NodeNames,
) -> Option<Vec<PlacedPod>> {
    if workload.running.is_none() && workload.pending.is_none() {
        return None;
    }
    let mut pods = Vec::new();
    for (pod, node) in workload.running.iter().flatten() {
        node_there(cx, names, node, || at.field("running").value_of(pod).span());
        pods.push(PlacedPod { name: pod.as_str().into(), node: Some(node.as_str().into()) });
    }
    for (index, pod) in workload.pending.iter().flatten().enumerate() {
        if workload.running.as_ref().is_some_and(|running| running.contains_key(pod)) {
            let place = at.field("pending").item(index).span();
            cx.error(&codes::DUPLICATE_NAME, place, format!("pod `{pod}` is running and pending")).hint =
                Some("keep it in one of the two".into());
        }
        pods.push(PlacedPod { name: pod.as_str().into(), node: None });
    }
    Some(pods)
}

pub(super) fn cron_jobs(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, cron_job) in cx.spec.cron_jobs.iter().enumerate() {
        let at = cx.at("cron_jobs", index);
        let cluster = cluster_of(cx, at, cron_job.cluster.as_ref());
        let key = key(cx, at, &cron_job.name);
        let work = work(cx, at, cron_job.runs_for.as_ref(), cron_job.fails.as_ref());
        let own = cron_job.spec.0.as_ref().map(|spec| read_cron_job(key, spec, work));
        let Some(read) = own.and_then(|own| read(cx, at, own)) else { continue };
        let Some(cluster) = cluster else { continue };
        clusters[cluster].cron_jobs.push(read);
    }
}

fn read_cron_job(
    key: ObjectKey,
    spec: &batch::CronJobSpec,
    work: WorkSpec,
) -> Result<CronJobSpec, Malformed> {
    let wrong = |field: &str, problem: String| Malformed { field: field.to_owned(), problem };
    let schedule = Schedule::parse(&spec.schedule).map_err(|problem| wrong("schedule", problem))?;
    let kept = |number: Option<i32>, default: u32, field: &str| {
        number.map_or(Ok(default), |number| {
            u32::try_from(number).map_err(|_| wrong(field, format!("{number} is negative")))
        })
    };
    let concurrency = match spec.concurrency_policy.as_deref() {
        None | Some("" | "Allow") => Concurrency::Allow,
        Some("Forbid") => Concurrency::Forbid,
        Some("Replace") => Concurrency::Replace,
        Some(other) => {
            let problem = format!("`{}` is none of Allow, Forbid and Replace", other.escape_debug());
            return Err(wrong("concurrencyPolicy", problem));
        }
    };
    let deadline = spec.starting_deadline_seconds.map(|seconds| {
        let negative = |_| wrong("startingDeadlineSeconds", format!("{seconds} is negative"));
        u64::try_from(seconds).map(SimDuration::from_secs).map_err(negative)
    });
    let job = spec.job_template.spec.clone().unwrap_or_default();
    let job = Workload::read_job(key.clone(), &job).map_err(|error| error.below("jobTemplate.spec"))?;
    Ok(CronJobSpec {
        key,
        schedule,
        concurrency,
        starting_deadline: deadline.transpose()?,
        suspended: spec.suspend == Some(true),
        keeps_successful: kept(
            spec.successful_jobs_history_limit,
            kube::JOBS_KEPT_SUCCESSFUL,
            "successfulJobsHistoryLimit",
        )?,
        keeps_failed: kept(spec.failed_jobs_history_limit, kube::JOBS_KEPT_FAILED, "failedJobsHistoryLimit")?,
        job,
        work,
    })
}

pub(super) fn pods(cx: &mut Context<'_>, names: &[NodeNames], clusters: &mut [ClusterSpec]) {
    for (index, pod) in cx.spec.pods.iter().enumerate() {
        let at = cx.at("pods", index);
        let cluster = cluster_of(cx, at, pod.cluster.as_ref());
        let key = key(cx, at, &pod.name);
        let template = core::PodTemplateSpec {
            metadata: Some(ObjectMeta {
                labels: Some(pod.labels.clone()),
                annotations: pod.mirror.then(|| [(MIRROR.to_owned(), pod.name.clone())].into()),
                ..ObjectMeta::default()
            }),
            spec: pod.spec.0.clone(),
        };
        let Some(template) = read_below_spec(cx, at, PodTemplate::read(&template)) else { continue };
        let Some(cluster) = cluster else { continue };
        if let Some(node) = &pod.node {
            node_there(cx, &names[cluster], node, || at.field("node").span());
        }
        clusters[cluster].pods.push(BarePodSpec { key, node: pod.node.as_deref().map(Into::into), template });
    }
}

/// As [`read`], of something whose fields the error counts from the thing itself.
pub(super) fn read_below_spec<T>(
    cx: &mut Context<'_>,
    at: At<'_>,
    result: Result<T, Malformed>,
) -> Option<T> {
    let below = |error: Malformed| {
        let field =
            error.field.strip_prefix("spec").map_or(error.field.as_str(), |own| own.trim_start_matches('.'));
        Malformed { field: field.to_owned(), problem: error.problem.clone() }
    };
    read(cx, at, result.map_err(below))
}

//! The way of a `kubectl apply` through the parts of a cluster: from the object to pods that get requests.
//!
//! The workload is held back until it is applied; then every event of the run that brings one of its pods on is a leg of that
//! pod's way. Legs follow each other without a gap, so that they add up.

mod watched;
pub(super) mod way;
pub(super) mod words;

use super::{Asked, Told, WhyProblem, ended};
use crate::Cloud;
use crate::words::Root;
use cloudsim_engine::{Context, Kernel, RecordSink, Stamped, StopReason};
use cloudsim_kube::WorkloadId;
use cloudsim_kube::objects::ObjectKey;
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_records::Record;
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::cell::Cell;
use std::rc::Rc;
use watched::{Notes, Watched};
use way::Way;

#[cfg(test)]
mod tests;

/// Applies a workload in a re-run of a plan in which it is not there before, and tells its way until all of its pods have
/// arrived, or the run ends.
///
/// `name` is `NAME`, `NAMESPACE/NAME`, or `NAMESPACE/KIND/NAME`, after `CLUSTER/` where there are several.
/// `interrupted` is asked now and then with the simulated time.
#[must_use]
pub fn apply(
    plan: &Plan,
    seed: u64,
    name: &str,
    at: SimDuration,
    mut interrupted: impl FnMut(SimTime) -> bool,
) -> Told<Way> {
    let target = match target(plan, name) {
        Ok(target) => target,
        Err(problem) => {
            let run = ended(&StopReason::Drained, SimTime::ZERO, 0);
            return Told { run, told: Err(problem) };
        }
    };
    let asked = Asked { held_back: Some(target), pods: Vec::new() };
    let (watched, stop, now) =
        watch(plan, seed, target, &asked, (at, plan.duration), &mut Nobody, &mut interrupted);
    let mut run = ended(&stop, now, watched.cloud.next_request);
    let mut way = watched.way();
    // The same once more, to see the cluster as the scheduler saw it when it chose the nodes.
    let told = [watched.first(), watched.last()];
    let pods = told.iter().flatten().map(|id| watched.notes.pods[id].key.clone()).collect();
    let decided = told.iter().flatten().filter_map(|id| watched.notes.pods[id].decided).max();
    let is_whole = matches!(stop, StopReason::Horizon | StopReason::Drained);
    if let Some(decided) = decided.filter(|_| is_whole) {
        let asked = Asked { held_back: Some(target), pods };
        let until = decided.since(SimTime::ZERO);
        let (again, stop, now) =
            watch(plan, seed, target, &asked, (at, until), &mut Nobody, &mut interrupted);
        if stop == StopReason::Interrupted {
            run = ended(&stop, now, again.cloud.next_request);
        }
        for (of, id) in [(&mut way.first, told[0]), (&mut way.last, told[1])] {
            if let (Some(of), Some(id)) = (of, id) {
                of.chosen = again.chosen(&watched.notes.pods[&id].key, of.node.as_deref());
            }
        }
    }
    Told { run, told: Ok(way) }
}

/// The workload that is meant, and its cluster.
fn target(plan: &Plan, typed: &str) -> Result<(usize, WorkloadId), WhyProblem> {
    let all = || {
        plan.clusters.iter().enumerate().flat_map(|(cluster, spec)| {
            let ids = (0..).map(WorkloadId);
            ids.zip(&spec.workloads).map(move |(id, of)| (cluster, spec, id, &of.workload))
        })
    };
    let is_it = |typed: &str, key: &ObjectKey, path: &str| {
        super::is_meant(typed, &key.namespace, &key.name) || path == typed
    };
    let is_cron_job = |spec: &ClusterSpec, key: &ObjectKey| {
        let path = format!("{}/cronjob/{}", key.namespace, key.name);
        spec.is_meant(typed, |own| is_it(own, key, &path))
    };
    let mut clusters = plan.clusters.iter();
    let found: Vec<_> = all()
        .filter(|(_, spec, _, of)| spec.is_meant(typed, |own| is_it(own, &of.key, &of.path())))
        .collect();
    match found.as_slice() {
        [(cluster, _, id, _)] => Ok((*cluster, *id)),
        [] if clusters.any(|spec| spec.cron_jobs.iter().any(|of| is_cron_job(spec, &of.key))) => {
            let message = format!("`{typed}` is a cron job: applying it starts nothing, its schedule does");
            Err(WhyProblem::new(message, Some("`get jobs,pods --at` shows what it has started".to_owned())))
        }
        [] if all().next().is_none() => {
            Err(WhyProblem::new("no cluster of the scenario has a workload", None))
        }
        [] => {
            let typed_namespace = typed.contains('/');
            let name = |spec: &ClusterSpec, key: &ObjectKey| {
                if typed_namespace { spec.called(key) } else { key.name.to_string() }
            };
            let names: Vec<String> = all().map(|(_, spec, _, of)| name(spec, &of.key)).collect();
            Err(WhyProblem::unknown("workload", typed, &names, &listed(&names)))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(_, spec, _, of)| spec.called(of.path())).collect();
            let message = format!("several workloads are called `{typed}`");
            Err(WhyProblem::new(message, Some(format!("write one of {}", names.join(", ")))))
        }
    }
}

/// The first of some names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("workloads are {}{more}", names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
}

/// Runs a plan in which a workload is applied at a time, until that one's pods have arrived or the time is over.
fn watch(
    plan: &Plan,
    seed: u64,
    (cluster, workload): (usize, WorkloadId),
    asked: &Asked,
    (at, until): (SimDuration, SimDuration),
    sink: &mut impl RecordSink<Record>,
    interrupted: &mut impl FnMut(SimTime) -> bool,
) -> (Watched, StopReason, SimTime) {
    let mut kernel = Kernel::<Root>::new(seed);
    let cloud = Cloud::place_asked(plan, seed, asked, &mut kernel);
    let number = u8::try_from(cluster).expect("few clusters");
    let done = Rc::new(Cell::new(false));
    let applied = SimTime::ZERO + at;
    let notes = Notes::new((number, workload), applied, done.clone());
    let mut watched = Watched { cloud, notes };
    let mut stop = kernel.run(&mut watched, applied, sink, &mut *interrupted);
    if matches!(stop, StopReason::Horizon | StopReason::Drained) {
        watched.cloud.with_cluster(number, &mut kernel, None, |cluster, cx| cluster.apply(workload, cx));
        stop = kernel.run(&mut watched, SimTime::ZERO + until, sink, |now| done.get() || interrupted(now));
    }
    if done.get() {
        // It ended because there is no more to see.
        stop = StopReason::Horizon;
    }
    (watched, stop, Context::<Root>::now(&kernel))
}

/// Takes records that nobody asks for.
struct Nobody;

impl RecordSink<Record> for Nobody {
    fn take(&mut self, _: &[Stamped<Record>]) {}
}

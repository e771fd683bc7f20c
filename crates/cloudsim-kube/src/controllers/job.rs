//! Jobs: pods that are to end well, so many of them.
//!
//! # Modelled
//! Completions and parallelism, indexed or not, the back-off after failures, `backoffLimit`, deadlines, the time to
//! live after the end, suspension from the start, pod failure policies and replacement policies. A pod that is told to
//! end before its work is done has failed: one that was evicted from a node that is gone counts against `backoffLimit`,
//! and is replaced at once. With `podReplacementPolicy: Failed`, which a failure policy brings with it, it has failed only
//! once it is gone: on a node of which nothing is heard, not before that node is deleted or taken out of service.
//!
//! # Left out
//! Success policies, back-off limits per index, suspension at work.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/job/job_controller.go> and
//! `pod_failure_policy.go` beside it.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{PodId, WorkloadId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::{Failure, FailureAction, Failures, Job, Kind, RestartPolicy};
use crate::pods::{Ending, Phase, Pod};
use crate::words::{Event, KubeContext};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeSet;

/// Who says what happens here.
const NAME: &str = "job-controller";

/// How far a job has come.
#[derive(Debug, Default)]
pub struct JobState {
    /// So many pods have ended well: of an indexed job, of different numbers.
    pub succeeded: u32,
    /// So many have failed.
    pub failed: u32,
    /// When its controller first looked at it.
    pub started: Option<SimTime>,
    /// When it ended, and how.
    pub finished: Option<(SimTime, JobEnd)>,
    /// The pods that are in these numbers.
    counted: BTreeSet<PodId>,
    /// The numbers of which one has ended well.
    done: BTreeSet<u32>,
    /// Why its failure policy gives it up, if it does.
    given_up: Option<String>,
    /// Failures since the last that ended well, and the time of the last failure.
    in_a_row: u32,
    last_failure: SimTime,
    /// Whether the controller will look at it because of its pods.
    due: bool,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// All that was to end well did.
    Complete,
    /// Too many pods have failed.
    BackoffLimitExceeded,
    /// It took too long.
    DeadlineExceeded,
    /// Its failure policy gave it up.
    PodFailurePolicy,
}

impl JobEnd {
    /// The reason and the message of its event; a failure policy has a message of its own.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            JobEnd::Complete => ("Completed", "Job completed"),
            JobEnd::BackoffLimitExceeded => {
                ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            }
            JobEnd::DeadlineExceeded => ("DeadlineExceeded", "Job was active longer than specified deadline"),
            JobEnd::PodFailurePolicy => ("PodFailurePolicy", ""),
        }
    }
}

impl JobState {
    /// How long no pod is made in place of one that failed.
    fn backs_off(&self, now: SimTime) -> SimDuration {
        let doubled = self
            .in_a_row
            .checked_sub(1)
            .map(|more| limits::JOB_BACKOFF.saturating_mul(1 << more.min(16)).min(limits::JOB_BACKOFF_MAX));
        let until = doubled.map_or(now, |wait| self.last_failure.saturating_add(wait));
        until.max(now).since(now)
    }
}

impl Cluster {
    /// Lets the controller look at a pod's job soon, together with what else becomes of its pods.
    pub(crate) fn sync_job_of(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let Some(owner) = self.pods.get(id).owner else { return };
        let Some(job) = &mut self.workloads.get_mut(owner.workload).job else { return };
        if !job.due {
            job.due = true;
            let workload = owner.workload;
            ctx.schedule_in(limits::JOB_SYNC_BATCH, Event::WorkloadSeen { workload });
        }
    }

    /// Counts a pod of a job that has ended, or is to end before its work is done.
    pub(crate) fn count_if_of_job(&mut self, id: PodId, now: SimTime) {
        let pod = self.pods.get(id);
        let Some(owner) = pod.owner else { return };
        let Some((of, job)) = self.job(owner.workload) else { return };
        let ends = pod.ending.is_some() && !of.replaces_failed_only;
        let failed = pod.phase == Phase::Failed || pod.gone || ends;
        if job.finished.is_some() || !(pod.phase == Phase::Succeeded || failed) || job.counted.contains(&id) {
            return;
        }
        let succeeded = pod.phase == Phase::Succeeded;
        let (rule, why) = if succeeded { (None, None) } else { self.judged(of, pod) };
        let job = self.workloads.get_mut(owner.workload).job.as_mut().expect("a job has a state");
        job.counted.insert(id);
        if succeeded {
            if owner.ordinal.is_none_or(|number| job.done.insert(number)) {
                job.succeeded += 1;
            }
            job.in_a_row = 0;
        } else {
            // One that does not count is waited for like any other.
            job.failed += u32::from(rule != Some(FailureAction::Ignore));
            job.in_a_row += 1;
            job.last_failure = now;
            job.given_up = job.given_up.take().or(why);
        }
    }

    /// What the failure policy of a job does about a pod that failed, and why it gives the job up, if it does.
    fn judged(&self, of: &Job, pod: &Pod) -> (Option<FailureAction>, Option<String>) {
        let failure = self.failure_of(pod);
        let mut rules = of.failure_policy.iter().flat_map(|rules| rules.iter()).enumerate();
        let Some((place, rule)) = rules.find(|(_, rule)| rule.fits(failure)) else { return (None, None) };
        let how = match (&rule.fits, failure.exited) {
            (Failures::ExitCodes { .. }, Some((name, code))) => {
                format!("Container {name} for pod {} failed with exit code {code}", pod.key)
            }
            _ => format!("Pod {} has condition DisruptionTarget", pod.key),
        };
        let gives_up = rule.action == FailureAction::FailJob;
        (Some(rule.action), gives_up.then(|| format!("{how} matching FailJob rule at index {place}")))
    }

    /// How a pod failed. A node that is gone or cut off has told nobody how its containers ended.
    fn failure_of<'p>(&self, pod: &'p Pod) -> Failure<'p> {
        let why = pod.ending.map(|(why, _)| why);
        let told = pod.node.is_some_and(|node| {
            let node = self.nodes.get(node);
            !node.gone && node.ready == Ready::True
        });
        let code = match why {
            None if pod.evicted => Some(limits::KILLED),
            None => Some(limits::JOB_FAILS_WITH),
            Some(_) => (told && pod.started.is_some()).then_some(limits::TERMINATED),
        };
        let disrupted = pod.evicted
            || matches!(
                why,
                Some(Ending::TaintEviction | Ending::Preemption | Ending::Drained | Ending::NodeGone)
            );
        let first = pod.template.containers.first();
        Failure { exited: first.map(|first| &*first.name).zip(code), disrupted }
    }

    pub(crate) fn sync_job(&mut self, id: WorkloadId, of: &Job, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let workload = self.workloads.get_mut(id);
        let job = workload.job.as_mut().expect("a job has a state");
        job.due = false;
        if of.suspended || workload.gone {
            return;
        }
        if let Some((finished, _)) = job.finished {
            if of.ttl_after_finished.is_some_and(|ttl| finished.saturating_add(ttl) <= now) {
                self.ask(Client::Job, Write::RemoveJob { workload: id }, ctx);
            }
            return;
        }
        if job.started.is_none() {
            job.started = Some(now);
            if let Some(deadline) = of.active_deadline {
                ctx.schedule_in(deadline, Event::WorkloadSeen { workload: id });
            }
        }
        let started = job.started.expect("it was just set");
        let workload = self.workloads.get(id);
        let job = workload.job.as_ref().expect("a job has a state");
        // Whose place nobody takes yet.
        let is_active = |pod: &PodId| {
            let pod = self.pods.get(*pod);
            pod.is_active() || (of.replaces_failed_only && !pod.gone && !pod.has_ended())
        };
        let active: Vec<PodId> = workload.pods.iter().copied().filter(is_active).collect();
        let asked = workload.asked.get(&0).copied().unwrap_or(0);
        let running = u32::try_from(active.len()).expect("few pods") + asked;
        let (parallelism, succeeded) = (workload.replicas, job.succeeded);
        let end = if job.given_up.is_some() {
            Some(JobEnd::PodFailurePolicy)
        } else if job.failed > of.backoff_limit || self.restarted_too_often(id, of) {
            Some(JobEnd::BackoffLimitExceeded)
        } else if of.active_deadline.is_some_and(|deadline| started.saturating_add(deadline) <= now) {
            Some(JobEnd::DeadlineExceeded)
        } else {
            let complete = match of.completions {
                Some(completions) => succeeded >= completions,
                None => succeeded > 0 && running == 0,
            };
            complete.then_some(JobEnd::Complete)
        };
        if let Some(end) = end {
            self.finish_job(id, of, end, ctx);
            return;
        }
        let wanted = match of.completions {
            Some(completions) => parallelism.min(completions - succeeded),
            // Once one has ended well no more are begun.
            None if succeeded > 0 => running,
            None => parallelism,
        };
        if running >= wanted {
            return;
        }
        let wait = job.backs_off(now);
        if !wait.is_zero() {
            ctx.schedule_in(wait, Event::WorkloadSeen { workload: id });
            return;
        }
        for number in self.free_numbers(id, of, &active, (wanted - running) as usize) {
            let name = self.next_name(id, 0, number, ctx);
            let new = self.new_pod(id, 0, (name, number, None));
            self.ask_for_pod(new, ctx);
        }
    }

    /// The numbers of the next pods: the lowest that are neither done nor at work.
    fn free_numbers(&self, id: WorkloadId, of: &Job, active: &[PodId], count: usize) -> Vec<Option<u32>> {
        let Some(completions) = of.completions.filter(|_| of.indexed) else { return vec![None; count] };
        let workload = self.workloads.get(id);
        let done = &workload.job.as_ref().expect("a job has a state").done;
        let at_work: BTreeSet<u32> =
            active.iter().filter_map(|pod| self.pods.get(*pod).owner?.ordinal).collect();
        let taken = |number: &u32| {
            done.contains(number) || at_work.contains(number) || workload.asked_ordinals.contains(number)
        };
        (0..completions).filter(|number| !taken(number)).take(count).map(Some).collect()
    }

    /// Whether containers that are started again in their pods have failed too often.
    fn restarted_too_often(&self, id: WorkloadId, of: &Job) -> bool {
        let workload = self.workloads.get(id);
        if workload.spec.workload.template.restart != RestartPolicy::OnFailure {
            return false;
        }
        let pods = workload.pods.iter().map(|pod| self.pods.get(*pod)).filter(|pod| !pod.has_ended());
        let restarts: u32 = pods.map(|pod| pod.restarts).sum();
        restarts >= of.backoff_limit.max(1)
    }

    fn finish_job(&mut self, id: WorkloadId, of: &Job, end: JobEnd, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let (reason, message) = end.words();
        let given_up = self.workloads.get(id).job.as_ref().and_then(|job| job.given_up.clone());
        let message = given_up.filter(|_| end == JobEnd::PodFailurePolicy).unwrap_or_else(|| message.into());
        let about = About::Workload(id);
        if end == JobEnd::Complete {
            self.events.normal(now, about, NAME, reason, message);
        } else {
            self.events.warning(now, about, NAME, reason, message);
        }
        self.workloads.get_mut(id).job.as_mut().expect("a job has a state").finished = Some((now, end));
        for pod in self.workloads.get(id).pods.clone() {
            if self.pods.get(pod).is_active() {
                self.ask_to_end(pod, Ending::JobOver, ctx);
            }
        }
        if let Some(ttl) = of.ttl_after_finished {
            ctx.schedule_in(ttl, Event::WorkloadSeen { workload: id });
        }
        self.job_finished(id, end, ctx);
    }

    /// A job is taken out: so are its pods.
    pub(crate) fn commit_job_removal(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) -> Option<Event> {
        let workload = self.workloads.get_mut(id);
        if workload.gone {
            return None;
        }
        workload.gone = true;
        ctx.remove(workload.entity);
        for pod in workload.pods.clone() {
            self.ask(
                Client::GarbageCollector,
                Write::DeletePod { pod, why: Ending::JobOver, grace: None },
                ctx,
            );
        }
        None
    }

    /// How far a job has come; `None` of what is no job.
    #[must_use]
    pub fn job(&self, id: WorkloadId) -> Option<(&Job, &JobState)> {
        let workload = self.workloads.get(id);
        match &workload.spec.workload.kind {
            Kind::Job(job) => Some((job, workload.job.as_ref().expect("a job has a state"))),
            _ => None,
        }
    }
}

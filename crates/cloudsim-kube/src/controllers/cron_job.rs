//! Cron jobs: jobs that are started by the clock.
//!
//! # Modelled
//! Schedules, what happens while the last job still runs, deadlines for starts that come too late, suspension, how many
//! jobs that are over are kept. A start that `Forbid` leaves out is made up for as soon as the job before it is over,
//! if its deadline lets it.
//!
//! # Left out
//! Time zones: all schedules are in UTC.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::controllers::job::JobEnd;
use crate::cron::WallClock;
use crate::events::About;
use crate::ids::{CronJobId, WorkloadId};
use crate::limits;
use crate::objects::{ObjectKey, Workload};
use crate::spec::{Concurrency, WorkloadSpec};
use crate::words::{Event, KubeContext};
use cloudsim_records::Component;
use cloudsim_units::SimTime;

/// Who says what happens here.
const NAME: &str = "cronjob-controller";

/// A cron job at work.
#[derive(Debug, Default)]
pub struct CronJobState {
    /// The time that its last job was started for.
    pub last: Option<SimTime>,
    /// Its jobs that are there, the oldest first.
    pub jobs: Vec<WorkloadId>,
}

impl Cluster {
    /// What the clock shows at a time.
    fn wall(&self, at: SimTime) -> WallClock {
        WallClock(self.spec.clock.0 + at.as_nanos() / 1_000_000_000)
    }

    /// When the clock will show a time.
    fn at_wall(&self, time: WallClock) -> SimTime {
        SimTime::from_secs(time.0.saturating_sub(self.spec.clock.0))
    }

    /// Lets cron jobs wait for their times.
    pub(crate) fn begin_cron_jobs(&mut self, ctx: &mut impl KubeContext) {
        for index in 0..self.spec.cron_jobs.len() {
            self.cron_jobs.push(CronJobState::default());
            self.await_next(CronJobId::from_index(index), ctx);
        }
    }

    fn await_next(&self, id: CronJobId, ctx: &mut impl KubeContext) {
        let spec = &self.spec.cron_jobs[id.index()];
        if spec.suspended {
            return;
        }
        if let Some(next) = spec.schedule.next(self.wall(ctx.now())) {
            let at = self.at_wall(next).saturating_add(limits::CRON_DELAY);
            ctx.schedule_at(at, Event::CronJobDue { cron_job: id });
        }
    }

    /// The time of a schedule is there.
    pub(crate) fn cron_job_due(&mut self, id: CronJobId, ctx: &mut impl KubeContext) {
        if self.acts(Component::ControllerManager) {
            self.sync_cron_job(id, ctx);
            self.await_next(id, ctx);
        } else {
            // It looks again when its requests are answered, for the last time that it has missed.
            ctx.schedule_in(self.spec.assumed.retry_max, Event::CronJobDue { cron_job: id });
        }
    }

    /// The last time of a schedule that has not been started for yet, and whether there are too many of them.
    fn missed(&self, id: CronJobId, now: SimTime) -> (Option<SimTime>, bool) {
        let spec = &self.spec.cron_jobs[id.index()];
        let mut from = self.cron_jobs[id.index()].last.unwrap_or(SimTime::ZERO);
        if let Some(deadline) = spec.starting_deadline {
            from = from.max(now.saturating_sub(deadline));
        }
        let wall = self.wall(now);
        let times =
            std::iter::successors(spec.schedule.next(self.wall(from)), |time| spec.schedule.next(*time));
        let (mut last, mut count) = (None, 0);
        for time in times.take_while(|time| *time <= wall) {
            last = Some(self.at_wall(time));
            count += 1;
        }
        (last, count > limits::CRON_MISSED_MAX)
    }

    fn sync_cron_job(&mut self, id: CronJobId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let about = About::CronJob(id);
        self.forget_old_jobs(id, ctx);
        if self.spec.cron_jobs[id.index()].suspended {
            return;
        }
        let (missed, too_many) = self.missed(id, now);
        if too_many {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or \
                check clock skew";
            self.events.warning(now, about, NAME, "TooManyMissedTimes", message);
        }
        let Some(scheduled) = missed else { return };
        let spec = &self.spec.cron_jobs[id.index()];
        let state = &self.cron_jobs[id.index()];
        if state.last == Some(scheduled) {
            return;
        }
        if spec.starting_deadline.is_some_and(|deadline| scheduled.saturating_add(deadline) < now) {
            let message = format!("Missed scheduled time to start a job: {}", self.wall(scheduled));
            self.events.warning(now, about, NAME, "MissSchedule", message);
            return;
        }
        let active: Vec<WorkloadId> = state.jobs.iter().copied().filter(|job| !self.is_over(*job)).collect();
        match spec.concurrency {
            Concurrency::Forbid if !active.is_empty() => {
                let message =
                    "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.events.normal(now, about, NAME, "JobAlreadyActive", message);
                return;
            }
            Concurrency::Replace => active.into_iter().for_each(|job| self.delete_job(id, job, ctx)),
            Concurrency::Allow | Concurrency::Forbid => {}
        }
        self.cron_jobs[id.index()].last = Some(scheduled);
        let minute = self.wall(scheduled).0 / 60;
        self.ask(Client::CronJob, Write::MakeJob { cron_job: id, minute }, ctx);
    }

    /// Makes a job that a cron job has started.
    pub(crate) fn commit_job(&mut self, id: CronJobId, minute: u64, ctx: &mut impl KubeContext) -> Event {
        let spec = &self.spec.cron_jobs[id.index()];
        let key = ObjectKey {
            namespace: spec.key.namespace.clone(),
            name: format!("{}-{minute}", spec.key.name).into(),
        };
        let message = format!("Created job {}", key.name);
        let workload = WorkloadSpec {
            workload: Workload { key, ..spec.job.clone() },
            pods: None,
            server: None,
            member: None,
            needs: None,
            uses_milli_cpu: None,
            uses_memory: None,
            work: Some(spec.work),
        };
        let job = self.add_workload(workload, ctx);
        self.cron_jobs[id.index()].jobs.push(job);
        self.events.normal(ctx.now(), About::CronJob(id), NAME, "SuccessfulCreate", message);
        Event::WorkloadSeen { workload: job }
    }

    /// A job is over: if a cron job has started it, it is told.
    pub(crate) fn job_finished(&mut self, job: WorkloadId, end: JobEnd, ctx: &mut impl KubeContext) {
        let Some(index) = self.cron_jobs.iter().position(|state| state.jobs.contains(&job)) else { return };
        let id = CronJobId::from_index(index);
        let condition = if end == JobEnd::Complete { "Complete" } else { "Failed" };
        let name = &self.workloads.get(job).spec.workload.key.name;
        let message = format!("Saw completed job: {name}, condition: {condition}");
        self.events.normal(ctx.now(), About::CronJob(id), NAME, "SawCompletedJob", message);
        self.sync_cron_job(id, ctx);
    }

    fn is_over(&self, job: WorkloadId) -> bool {
        let workload = self.workloads.get(job);
        workload.gone || workload.job.as_ref().is_some_and(|job| job.finished.is_some())
    }

    /// Deletes the oldest of the jobs that are over, as far as there are more than are to be kept.
    fn forget_old_jobs(&mut self, id: CronJobId, ctx: &mut impl KubeContext) {
        let workloads = &self.workloads;
        self.cron_jobs[id.index()].jobs.retain(|job| !workloads.get(*job).gone);
        let spec = &self.spec.cron_jobs[id.index()];
        for (complete, kept) in [(true, spec.keeps_successful), (false, spec.keeps_failed)] {
            let is = |job: &WorkloadId| {
                let end = self.workloads.get(*job).job.as_ref().and_then(|job| job.finished);
                end.is_some_and(|(_, end)| (end == JobEnd::Complete) == complete)
            };
            let over: Vec<WorkloadId> = self.cron_jobs[id.index()].jobs.iter().copied().filter(is).collect();
            let many = over.len().saturating_sub(kept as usize);
            for job in over.into_iter().take(many) {
                self.delete_job(id, job, ctx);
            }
        }
    }

    fn delete_job(&mut self, id: CronJobId, job: WorkloadId, ctx: &mut impl KubeContext) {
        let message = format!("Deleted job {}", self.workloads.get(job).spec.workload.key.name);
        self.events.normal(ctx.now(), About::CronJob(id), NAME, "SuccessfulDelete", message);
        self.cron_jobs[id.index()].jobs.retain(|other| *other != job);
        self.ask(Client::CronJob, Write::RemoveJob { workload: job }, ctx);
    }

    /// How far a cron job has come.
    #[must_use]
    pub fn cron_job(&self, id: CronJobId) -> &CronJobState {
        &self.cron_jobs[id.index()]
    }

    /// How many jobs of a cron job are not over.
    #[must_use]
    pub fn active_jobs(&self, id: CronJobId) -> usize {
        self.cron_jobs[id.index()].jobs.iter().filter(|job| !self.is_over(**job)).count()
    }
}

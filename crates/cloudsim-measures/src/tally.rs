//! What is counted of a service while its requests end.

use crate::blame::Blame;
use crate::buckets::{BUCKET_NANOS, Bucket};
use crate::errors::Errors;
use crate::heat::Heat;
use crate::latency::Latency;
use cloudsim_records::{Cause, EntityId, Outcome, RequestFinished};
use cloudsim_units::SimTime;
use std::collections::BTreeSet;

/// Of so many requests the paths are looked at, to learn what the service goes through.
const PATHS_MAX: u64 = 4096;

/// A request that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) at: SimTime,
    /// The number of its record.
    pub(crate) number: u64,
    pub(crate) request: u64,
    pub(crate) class: u16,
    pub(crate) cause: Cause,
    pub(crate) failed: bool,
}

/// The requests that ended in one second.
#[derive(Clone, Copy, Debug, Default)]
struct Endings {
    /// The last one that failed.
    failed: Option<Ended>,
    /// The last one of any outcome.
    any: Option<Ended>,
}

/// What failed of the requests that arrived in one second.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    /// When the first of them failed.
    first: Option<SimTime>,
    /// How many point to each part of the path.
    by_blame: [u32; Blame::COUNT],
    /// How many say that servers do not keep up.
    by_load: u32,
}

/// The requests of one service. It grows with the seconds of a run, never with its requests.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    pub(crate) good: u64,
    pub(crate) latency: Latency,
    pub(crate) heat: Heat,
    pub(crate) errors: Errors,
    /// By second of arrival.
    pub(crate) buckets: Vec<Bucket>,
    /// By second of arrival, too.
    failures: Vec<Failures>,
    /// By second of ending.
    endings: Vec<Endings>,
    /// What the first requests went through.
    pub(crate) seen: BTreeSet<EntityId>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            requests: 0,
            good: 0,
            latency: Latency::new(),
            heat: Heat::default(),
            errors: Errors::default(),
            buckets: Vec::new(),
            failures: Vec::new(),
            endings: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Counts a request that arrived after the warm-up and ended at `at`.
    pub(crate) fn observe(&mut self, at: SimTime, number: u64, request: &RequestFinished) {
        let bucket = slot(&mut self.buckets, request.arrived);
        if request.outcome == Outcome::Unfinished {
            bucket.unfinished += 1;
            return;
        }
        bucket.valid += 1;
        let RequestFinished { request: id, class, cause, .. } = *request;
        let failed = request.outcome != Outcome::Ok;
        let ended = Ended { at, number, request: id, class, cause, failed };
        let ending = slot(&mut self.endings, at);
        ending.any = Some(ended);
        if request.outcome == Outcome::Ok {
            bucket.good += 1;
            self.good += 1;
            let took = at.since(request.arrived);
            self.latency.observe(took);
            self.heat.observe(request.arrived, took);
        } else {
            ending.failed = Some(ended);
            let failures = slot(&mut self.failures, request.arrived);
            failures.first.get_or_insert(at);
            if let Some(blame) = Blame::of(request.cause) {
                failures.by_blame[blame as usize] += 1;
            }
            failures.by_load += u32::from(Blame::is_load(request.cause));
            self.errors.observe(request);
        }
        if self.requests < PATHS_MAX {
            self.seen.extend(request.hops.iter().flatten());
        }
        self.requests += 1;
    }

    /// When the first request failed of those that arrived in `from..to`, whole seconds.
    pub(crate) fn first_failure(&self, from: SimTime, to: SimTime) -> Option<SimTime> {
        self.failures_of(from, to).iter().filter_map(|failures| failures.first).min()
    }

    /// What the failures point to of the requests that arrived in `from..to`, whole seconds.
    pub(crate) fn blame(&self, from: SimTime, to: SimTime) -> Option<Blame> {
        let mut sum = [0; Blame::COUNT];
        for failures in self.failures_of(from, to) {
            for (sum, count) in sum.iter_mut().zip(failures.by_blame) {
                *sum += count;
            }
        }
        Blame::most(&sum)
    }

    /// Whether most of the failures that point to servers, of requests that arrived in `from..to`, whole seconds, are of
    /// servers that do not keep up.
    pub(crate) fn is_overload(&self, from: SimTime, to: SimTime) -> bool {
        let failures = self.failures_of(from, to).iter();
        let (load, all) = failures.fold((0_u64, 0_u64), |(load, all), of| {
            (load + u64::from(of.by_load), all + u64::from(of.by_blame[Blame::Target as usize]))
        });
        load * 2 > all
    }

    fn failures_of(&self, from: SimTime, to: SimTime) -> &[Failures] {
        let end = index(to).min(self.failures.len());
        &self.failures[index(from).min(end)..end]
    }

    /// When the last request failed in a second that was over at `until`, after `after`.
    pub(crate) fn last_failed(&self, after: SimTime, until: SimTime) -> Option<SimTime> {
        self.last(after, until, |ending| ending.failed)
    }

    /// When the last request ended in a second that was over at `until`, after `after`.
    pub(crate) fn last_ended(&self, after: SimTime, until: SimTime) -> Option<SimTime> {
        self.last(after, until, |ending| ending.any)
    }

    fn last(
        &self,
        after: SimTime,
        until: SimTime,
        of: impl Fn(&Endings) -> Option<Ended>,
    ) -> Option<SimTime> {
        let end = index(until).min(self.endings.len());
        let begin = index(after).min(end);
        self.endings[begin..end].iter().rev().find_map(of).map(|ended| ended.at).filter(|at| *at > after)
    }

    /// The request that ended at that instant, if it was the last one, or the last that failed, of its second.
    pub(crate) fn ended_at(&self, at: SimTime) -> Option<Ended> {
        let Endings { failed, any } = self.endings.get(index(at))?;
        [failed, any].into_iter().flatten().find(|ended| ended.at == at).copied()
    }
}

fn index(at: SimTime) -> usize {
    usize::try_from(at.as_nanos() / BUCKET_NANOS).expect("a count of seconds")
}

fn slot<T: Clone + Default>(seconds: &mut Vec<T>, at: SimTime) -> &mut T {
    let place = index(at);
    if place >= seconds.len() {
        seconds.resize(place + 1, T::default());
    }
    &mut seconds[place]
}

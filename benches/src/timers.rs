//! W3, timers: Poisson requests; each schedules a completion and a timeout, and the first to come cancels the other.
//!
//! The service time is exponential such that one in a hundred takes longer than the timeout of 30 s. A unit is a
//! request that ended: three events scheduled, two fired, one cancelled.

use crate::Workload;
use crate::rng::SplitMix64;
use cloudsim_engine::{EventKey, Queue};
use cloudsim_units::{SimDuration, SimTime, math};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The timeout of each request.
pub const TIMEOUT_NS: u64 = 30_000_000_000;

/// The seed of the times between arrivals.
pub const ARRIVALS_SEED: u64 = 20;

/// The seed of the service times.
pub const SERVICE_SEED: u64 = 21;

/// Arrivals per second that keep 10,000 requests in flight.
pub const RATE_10K: f64 = 1_535.0;

/// Arrivals per second that keep a million requests in flight.
pub const RATE_1M: f64 = 153_500.0;

/// Arrivals per second that keep about so many requests in flight.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "it is about so many")]
pub fn rate_for(in_flight: u64) -> f64 {
    in_flight as f64 * (RATE_10K / 1e4)
}

/// The mean service time, of which a hundredth exceeds the timeout.
#[must_use]
pub fn service_mean_ns() -> f64 {
    30e9 / math::ln(100.0)
}

/// The draws of the workload, and its counts.
pub struct Traffic {
    arrivals: SplitMix64,
    services: SplitMix64,
    gap_mean_ns: f64,
    service_mean_ns: f64,
    arrivals_left: u64,
    /// Requests that were completed in time.
    pub done: u64,
    /// Requests that were not.
    pub timed_out: u64,
}

impl Traffic {
    fn new(rate: f64, requests: u64) -> Self {
        Self {
            arrivals: SplitMix64::new(ARRIVALS_SEED),
            services: SplitMix64::new(SERVICE_SEED),
            gap_mean_ns: 1e9 / rate,
            service_mean_ns: service_mean_ns(),
            arrivals_left: requests,
            done: 0,
            timed_out: 0,
        }
    }

    /// How long until the next request arrives, if there is one.
    fn next_gap(&mut self) -> Option<u64> {
        self.arrivals_left = self.arrivals_left.checked_sub(1)?;
        Some(self.arrivals.exponential(self.gap_mean_ns))
    }

    fn service(&mut self) -> u64 {
        self.services.exponential(self.service_mean_ns)
    }

    fn ended(&self) -> u64 {
        self.done + self.timed_out
    }
}

/// One engine's form of the workload.
pub trait Timers: Sized {
    /// The workload of `requests` arriving at `rate` per second.
    fn new(rate: f64, requests: u64) -> Self;
    /// Lets the next event happen; false if there is none.
    fn step(&mut self) -> bool;
    /// What happened so far.
    fn traffic(&self) -> &Traffic;
}

/// Runs any form.
pub struct Running<T>(pub T);

impl<T: Timers> Workload for Running<T> {
    fn advance(&mut self, units: u64) -> u64 {
        let goal = self.0.traffic().ended() + units;
        while self.0.traffic().ended() < goal && self.0.step() {}
        units
    }
}

enum Event {
    Arrived,
    Completed(u32),
    TimedOut(u32),
}

/// Our queue: the timeout is armed in a lane of constant delay, the completion in the wheel.
pub struct OurTimers {
    queue: Queue<Event>,
    traffic: Traffic,
    rows: Vec<Option<(EventKey, EventKey)>>,
    vacant: Vec<u32>,
}

impl Timers for OurTimers {
    fn new(rate: f64, requests: u64) -> Self {
        let (mut queue, mut traffic) = (Queue::default(), Traffic::new(rate, requests));
        if let Some(gap) = traffic.next_gap() {
            queue.push(SimTime::from_nanos(gap), Event::Arrived);
        }
        Self { queue, traffic, rows: Vec::new(), vacant: Vec::new() }
    }

    fn step(&mut self) -> bool {
        let Some((now, event)) = self.queue.pop_until(SimTime::MAX) else { return false };
        match event {
            Event::Arrived => {
                let row = self.vacant.pop().unwrap_or_else(|| {
                    self.rows.push(None);
                    u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 are in flight")
                });
                let service = SimDuration::from_nanos(self.traffic.service());
                let completion = self.queue.arm(now + service, Event::Completed(row));
                let timeout =
                    self.queue.arm_after(now, SimDuration::from_nanos(TIMEOUT_NS), Event::TimedOut(row));
                self.rows[row as usize] = Some((completion, timeout));
                if let Some(gap) = self.traffic.next_gap() {
                    self.queue.push(now + SimDuration::from_nanos(gap), Event::Arrived);
                }
            }
            Event::Completed(row) => {
                let keys = self.rows[row as usize].take();
                self.queue.cancel(keys.expect("in flight").1);
                self.vacant.push(row);
                self.traffic.done += 1;
            }
            Event::TimedOut(row) => {
                let keys = self.rows[row as usize].take();
                self.queue.cancel(keys.expect("in flight").0);
                self.vacant.push(row);
                self.traffic.timed_out += 1;
            }
        }
        true
    }

    fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

/// The naive heap, which cannot cancel: what was cancelled is skipped when it comes.
pub struct NaiveTimers {
    /// Time, number, and twice the request's number; odd for its timeout. An arrival is `u64::MAX`.
    heap: BinaryHeap<Reverse<(u64, u64, u64)>>,
    pushed: u64,
    requests: u64,
    ended: Vec<bool>,
    traffic: Traffic,
}

impl NaiveTimers {
    fn push(&mut self, at: u64, payload: u64) {
        self.heap.push(Reverse((at, self.pushed, payload)));
        self.pushed += 1;
    }
}

impl Timers for NaiveTimers {
    fn new(rate: f64, requests: u64) -> Self {
        let traffic = Traffic::new(rate, requests);
        let mut timers = Self { heap: BinaryHeap::new(), pushed: 0, requests: 0, ended: Vec::new(), traffic };
        if let Some(gap) = timers.traffic.next_gap() {
            timers.push(gap, u64::MAX);
        }
        timers
    }

    fn step(&mut self) -> bool {
        let Some(Reverse((now, _, payload))) = self.heap.pop() else { return false };
        if payload == u64::MAX {
            let service = self.traffic.service();
            self.push(now + service, self.requests * 2);
            self.push(now + TIMEOUT_NS, self.requests * 2 + 1);
            self.requests += 1;
            self.ended.push(false);
            if let Some(gap) = self.traffic.next_gap() {
                self.push(now + gap, u64::MAX);
            }
            return true;
        }
        let ended = &mut self.ended[usize::try_from(payload / 2).expect("requests fit in memory")];
        if !std::mem::replace(ended, true) {
            if payload % 2 == 0 {
                self.traffic.done += 1;
            } else {
                self.traffic.timed_out += 1;
            }
        }
        true
    }

    fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

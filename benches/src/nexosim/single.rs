//! W1, W2 and W3 as one model each: cheaper for it than a model per entity, as no message goes between models.

use super::{Counter, run_for};
use crate::rng::SplitMix64;
use crate::{Workload, hold, phold, timers};
use nexosim::model::{Context, Model, schedulable};
use nexosim::simulation::{EventKey, Mailbox, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const ENDLESS: &str = "delays are positive";

fn simulation<M: Model<Env = ()>>(model: M) -> Simulation {
    let init = SimInit::with_num_threads(1).add_model(model, Mailbox::new(), "model");
    init.init(MonotonicTime::EPOCH).expect("a bench of one model")
}

#[derive(Serialize, Deserialize)]
struct Holder {
    rng: SplitMix64,
    pending: u64,
    #[serde(skip)]
    popped: Counter,
}

#[Model]
impl Holder {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, (): &mut ()) {
        for payload in 0..self.pending {
            self.put_back(payload, cx);
        }
    }

    fn put_back(&mut self, payload: u64, cx: &Context<Self>) {
        let delay = Duration::from_nanos(self.rng.exponential(hold::MEAN_NS));
        cx.schedule_event(delay, schedulable!(Self::pop), payload).expect(ENDLESS);
    }

    #[nexosim(schedulable)]
    fn pop(&mut self, payload: u64, cx: &Context<Self>) {
        self.popped.add(1);
        self.put_back(payload, cx);
    }
}

/// W1 in `NeXosim`.
pub struct NexosimHold {
    simulation: Simulation,
    popped: Counter,
    pending: u64,
}

impl NexosimHold {
    /// The hold model with `pending` events.
    #[must_use]
    pub fn new(pending: u64) -> Self {
        let popped = Counter::default();
        let rng = SplitMix64::new(hold::SEED);
        let simulation = simulation(Holder { rng, pending, popped: popped.clone() });
        Self { simulation, popped, pending }
    }
}

impl Workload for NexosimHold {
    fn advance(&mut self, units: u64) -> u64 {
        run_for(&mut self.simulation, &self.popped, units * 1_000_000 / self.pending * 1_000)
    }
}

#[derive(Serialize, Deserialize)]
struct Entities {
    rng: SplitMix64,
    counters: Vec<u64>,
    #[serde(skip)]
    popped: Counter,
}

#[Model]
impl Entities {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, (): &mut ()) {
        for entity in 0..self.counters.len() {
            for _ in 0..phold::EVENTS_PER_ENTITY {
                let delay = Duration::from_nanos(self.rng.exponential(phold::MEAN_NS));
                cx.schedule_event(delay, schedulable!(Self::pop), entity).expect(ENDLESS);
            }
        }
    }

    #[nexosim(schedulable)]
    fn pop(&mut self, entity: usize, cx: &Context<Self>) {
        self.popped.add(1);
        self.counters[entity] += 1;
        let delay = Duration::from_nanos(self.rng.exponential(phold::MEAN_NS));
        let target = self.rng.below(self.counters.len() as u64);
        let target = usize::try_from(target).expect("entities fit in memory");
        cx.schedule_event(delay, schedulable!(Self::pop), target).expect(ENDLESS);
    }
}

/// W2 in `NeXosim`.
pub struct NexosimPhold {
    simulation: Simulation,
    popped: Counter,
    pending: u64,
}

impl NexosimPhold {
    /// PHOLD with this many entities.
    #[must_use]
    pub fn new(entities: usize) -> Self {
        let popped = Counter::default();
        let rng = SplitMix64::new(phold::SEED);
        let simulation = simulation(Entities { rng, counters: vec![0; entities], popped: popped.clone() });
        Self { simulation, popped, pending: entities as u64 * phold::EVENTS_PER_ENTITY }
    }
}

impl Workload for NexosimPhold {
    fn advance(&mut self, units: u64) -> u64 {
        run_for(&mut self.simulation, &self.popped, units * 1_000_000 / self.pending * 1_000)
    }
}

#[derive(Serialize, Deserialize)]
struct Requests {
    arrivals: SplitMix64,
    services: SplitMix64,
    gap_mean_ns: f64,
    service_mean_ns: f64,
    rows: Vec<Option<(EventKey, EventKey)>>,
    vacant: Vec<usize>,
    #[serde(skip)]
    ended: Counter,
}

#[Model]
impl Requests {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, (): &mut ()) {
        let gap = Duration::from_nanos(self.arrivals.exponential(self.gap_mean_ns));
        cx.schedule_event(gap, schedulable!(Self::arrive), ()).expect(ENDLESS);
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, (): (), cx: &Context<Self>) {
        let row = self.vacant.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.rows.len() - 1
        });
        let service = Duration::from_nanos(self.services.exponential(self.service_mean_ns));
        let timeout = Duration::from_nanos(timers::TIMEOUT_NS);
        let completion = cx.schedule_keyed_event(service, schedulable!(Self::complete), row).expect(ENDLESS);
        let timeout = cx.schedule_keyed_event(timeout, schedulable!(Self::time_out), row).expect(ENDLESS);
        self.rows[row] = Some((completion, timeout));
        let gap = Duration::from_nanos(self.arrivals.exponential(self.gap_mean_ns));
        cx.schedule_event(gap, schedulable!(Self::arrive), ()).expect(ENDLESS);
    }

    #[nexosim(schedulable)]
    fn complete(&mut self, row: usize) {
        if let Some((_, timeout)) = self.rows[row].take() {
            timeout.cancel();
        }
        self.end(row);
    }

    #[nexosim(schedulable)]
    fn time_out(&mut self, row: usize) {
        if let Some((completion, _)) = self.rows[row].take() {
            completion.cancel();
        }
        self.end(row);
    }

    fn end(&mut self, row: usize) {
        self.vacant.push(row);
        self.ended.add(1);
    }
}

/// W3 in `NeXosim`.
pub struct NexosimTimers {
    simulation: Simulation,
    ended: Counter,
    gap_mean_ns: f64,
}

impl NexosimTimers {
    /// Requests arriving at `rate` per second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let ended = Counter::default();
        let requests = Requests {
            arrivals: SplitMix64::new(timers::ARRIVALS_SEED),
            services: SplitMix64::new(timers::SERVICE_SEED),
            gap_mean_ns: 1e9 / rate,
            service_mean_ns: timers::service_mean_ns(),
            rows: Vec::new(),
            vacant: Vec::new(),
            ended: ended.clone(),
        };
        Self { simulation: simulation(requests), ended, gap_mean_ns: 1e9 / rate }
    }
}

impl Workload for NexosimTimers {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "about as many requests will do"
    )]
    fn advance(&mut self, units: u64) -> u64 {
        run_for(&mut self.simulation, &self.ended, (units as f64 * self.gap_mean_ns) as u64)
    }
}

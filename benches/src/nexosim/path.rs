//! W5 as a source and 26 stations joined by ports. Each station has a stream of service times of its own.

use super::{Counter, run_for};
use crate::Workload;
use crate::path::{
    APPLICATION_SIZE, BALANCER_SIZE, DATABASE_SIZE, FARM, GAP_MEAN_NS, SEEDS, WEB_SIZE, ns_of,
};
use crate::rng::SplitMix64;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit, Simulation};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// A request: when it arrived, its two members, and whether the balancer has seen it before.
type Job = (u64, u8, u8, bool);

const ENDLESS: &str = "delays are positive";

#[derive(Serialize, Deserialize)]
struct Source {
    arrivals: SplitMix64,
    routing: SplitMix64,
    to: Output<Job>,
    #[serde(skip)]
    events: Counter,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, (): &mut ()) {
        self.schedule_next(cx);
    }

    fn schedule_next(&mut self, cx: &Context<Self>) {
        let gap = Duration::from_nanos(self.arrivals.exponential(GAP_MEAN_NS));
        cx.schedule_event(gap, schedulable!(Self::arrive), ()).expect(ENDLESS);
    }

    fn member(&mut self) -> u8 {
        u8::try_from(self.routing.below(u64::from(FARM))).expect("below 12")
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, (): (), cx: &Context<Self>) {
        self.events.add(1);
        self.schedule_next(cx);
        let job = (nanos(cx.time()), self.member(), self.member(), false);
        self.to.send(job).await;
    }
}

/// Where a station's requests go next.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Next {
    /// To the web member, or the second time to the application member.
    Members,
    /// Wherever the only port leads.
    Port,
    /// Out.
    Nowhere,
}

#[derive(Serialize, Deserialize)]
struct Station {
    rng: SplitMix64,
    mean_ns: f64,
    idle: u32,
    waiting: VecDeque<Job>,
    next: Next,
    to: Vec<Output<Job>>,
    #[serde(skip)]
    events: Counter,
    #[serde(skip)]
    finished: Counter,
    #[serde(skip)]
    total_ns: Counter,
}

#[Model]
impl Station {
    fn enter(&mut self, job: Job, cx: &Context<Self>) {
        if self.idle == 0 {
            self.waiting.push_back(job);
        } else {
            self.idle -= 1;
            self.serve(job, cx);
        }
    }

    fn serve(&mut self, job: Job, cx: &Context<Self>) {
        let service = Duration::from_nanos(self.rng.exponential(self.mean_ns));
        cx.schedule_event(service, schedulable!(Self::served), job).expect(ENDLESS);
    }

    #[nexosim(schedulable)]
    async fn served(&mut self, job: Job, cx: &Context<Self>) {
        self.events.add(1);
        if let Some(next) = self.waiting.pop_front() {
            self.serve(next, cx);
        } else {
            self.idle += 1;
        }
        let (arrived, web, application, seen) = job;
        match self.next {
            Next::Members if seen => self.to[usize::from(FARM + application)].send(job).await,
            Next::Members => self.to[usize::from(web)].send((arrived, web, application, true)).await,
            Next::Port => self.to[0].send(job).await,
            Next::Nowhere => {
                self.finished.add(1);
                self.total_ns.add(nanos(cx.time()) - arrived);
            }
        }
    }
}

/// W5 in `NeXosim`.
pub struct NexosimPath {
    simulation: Simulation,
    events: Counter,
    finished: Counter,
    total_ns: Counter,
}

impl Default for NexosimPath {
    fn default() -> Self {
        let [events, finished, total_ns] = [(); 3].map(|()| Counter::default());
        let station = |seed: u64, (idle, mean_ns): (u32, f64), next: Next| Station {
            rng: SplitMix64::new(seed),
            mean_ns,
            idle,
            waiting: VecDeque::new(),
            next,
            to: Vec::new(),
            events: events.clone(),
            finished: finished.clone(),
            total_ns: total_ns.clone(),
        };
        let port_to = |mailbox: &Mailbox<Station>| {
            let mut port = Output::default();
            port.connect(Station::enter, mailbox);
            port
        };
        let (balancer_box, database_box) = (Mailbox::new(), Mailbox::new());
        let mut balancer = station(100, BALANCER_SIZE, Next::Members);
        let mut init = SimInit::with_num_threads(1);
        for (first_seed, size, target, name) in
            [(110, WEB_SIZE, &balancer_box, "web"), (130, APPLICATION_SIZE, &database_box, "application")]
        {
            for member in 0..FARM {
                let mailbox = Mailbox::new();
                balancer.to.push(port_to(&mailbox));
                let mut server = station(first_seed + u64::from(member), size, Next::Port);
                server.to.push(port_to(target));
                init = init.add_model(server, mailbox, &format!("{name} {member}"));
            }
        }
        let source = Source {
            arrivals: SplitMix64::new(SEEDS[0]),
            routing: SplitMix64::new(SEEDS[1]),
            to: port_to(&balancer_box),
            events: events.clone(),
        };
        let simulation = init
            .add_model(balancer, balancer_box, "balancer")
            .add_model(station(101, DATABASE_SIZE, Next::Nowhere), database_box, "database")
            .add_model(source, Mailbox::new(), "source")
            .init(MonotonicTime::EPOCH)
            .expect("all ports lead somewhere");
        Self { simulation, events, finished, total_ns }
    }
}

impl NexosimPath {
    /// The mean time of a request, in milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean for people and plausibility checks")]
    pub fn mean_ms(&self) -> f64 {
        self.total_ns.get() as f64 / self.finished.get() as f64 / 1e6
    }
}

impl Workload for NexosimPath {
    fn advance(&mut self, units: u64) -> u64 {
        run_for(&mut self.simulation, &self.events, ns_of(units))
    }
}

fn nanos(time: MonotonicTime) -> u64 {
    let since = time.duration_since(MonotonicTime::EPOCH);
    u64::try_from(since.as_nanos()).expect("a bench lasts less than 584 years")
}

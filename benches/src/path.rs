//! W5, request path: 10,000 requests per second through stations with queues.
//!
//! ```text
//! balancer (8 servers, 0.1 ms) ─► web, one of 12 (8 servers, 5 ms) ─► balancer ─►
//!     application, one of 12 (16 servers, 12 ms) ─► database (64 servers, 4 ms)
//! ```
//! Service times are exponential, hops take no time. A unit is a model event: an arrival or the end of a service, six per
//! request. By theory (Jackson) a request takes 21.4088 ms in the mean.

use crate::Workload;
use crate::rng::SplitMix64;
use cloudsim_engine::{Context, Kernel, Model, RecordSink, Stamped, StopReason, Vocabulary};
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The mean time between arrivals.
pub const GAP_MEAN_NS: f64 = 1e5;

/// Seeds of arrivals, routing and services.
pub const SEEDS: [u64; 3] = [10, 11, 12];

/// Web servers, and as many application servers.
pub const FARM: u8 = 12;

const BALANCER: u8 = 0;
const WEB: u8 = 1;
const APPLICATION: u8 = WEB + FARM;
const DATABASE: u8 = APPLICATION + FARM;

/// The servers and the mean service time in nanoseconds of each station.
pub const BALANCER_SIZE: (u32, f64) = (8, 1e5);
/// See [`BALANCER_SIZE`].
pub const WEB_SIZE: (u32, f64) = (8, 5e6);
/// See [`BALANCER_SIZE`].
pub const APPLICATION_SIZE: (u32, f64) = (16, 12e6);
/// See [`BALANCER_SIZE`].
pub const DATABASE_SIZE: (u32, f64) = (64, 4e6);

/// What happens: 8 bytes.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// The next request comes in.
    Arrived,
    /// A station has served a request.
    Served {
        /// Which station.
        station: u8,
        /// Which request, by its row.
        request: u32,
    },
}

struct Station {
    idle: u32,
    mean_ns: f64,
    waiting: VecDeque<u32>,
}

struct Request {
    arrived: u64,
    route: [u8; 5],
    hop: u8,
}

/// The stations and the requests in them, whatever engine drives them.
pub struct Stations {
    arrivals: SplitMix64,
    routing: SplitMix64,
    services: SplitMix64,
    servers: Vec<Station>,
    requests: Vec<Request>,
    vacant: Vec<u32>,
    /// Requests that went all the way.
    pub finished: u64,
    /// The sum of their times, in nanoseconds.
    pub total_ns: u64,
}

impl Default for Stations {
    fn default() -> Self {
        let sizes = std::iter::once(BALANCER_SIZE)
            .chain((0..FARM).map(|_| WEB_SIZE))
            .chain((0..FARM).map(|_| APPLICATION_SIZE))
            .chain(std::iter::once(DATABASE_SIZE));
        let [arrivals, routing, services] = SEEDS.map(SplitMix64::new);
        Self {
            arrivals,
            routing,
            services,
            servers: sizes
                .map(|(idle, mean_ns)| Station { idle, mean_ns, waiting: VecDeque::new() })
                .collect(),
            requests: Vec::new(),
            vacant: Vec::new(),
            finished: 0,
            total_ns: 0,
        }
    }
}

impl Stations {
    /// The mean time of a request, in milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean for people and plausibility checks")]
    pub fn mean_ms(&self) -> f64 {
        self.total_ns as f64 / self.finished as f64 / 1e6
    }

    /// How long until the first arrival.
    pub fn first_gap(&mut self) -> u64 {
        self.arrivals.exponential(GAP_MEAN_NS)
    }

    /// Lets one event happen; `later` takes what follows, and after how many nanoseconds.
    #[inline]
    pub fn handle(&mut self, now: u64, event: Event, mut later: impl FnMut(u64, Event)) {
        match event {
            Event::Arrived => {
                later(self.arrivals.exponential(GAP_MEAN_NS), Event::Arrived);
                let web = WEB + self.member();
                let application = APPLICATION + self.member();
                let route = [BALANCER, web, BALANCER, application, DATABASE];
                let request = Request { arrived: now, route, hop: 0 };
                let row = if let Some(row) = self.vacant.pop() {
                    self.requests[row as usize] = request;
                    row
                } else {
                    self.requests.push(request);
                    u32::try_from(self.requests.len() - 1).expect("fewer than 2^32 are in flight")
                };
                self.enter(BALANCER, row, later);
            }
            Event::Served { station, request } => {
                let served = &mut self.servers[usize::from(station)];
                if let Some(next) = served.waiting.pop_front() {
                    let service = self.services.exponential(served.mean_ns);
                    later(service, Event::Served { station, request: next });
                } else {
                    served.idle += 1;
                }
                let row = &mut self.requests[request as usize];
                row.hop += 1;
                if let Some(next) = row.route.get(usize::from(row.hop)).copied() {
                    self.enter(next, request, later);
                } else {
                    self.finished += 1;
                    self.total_ns += now - row.arrived;
                    self.vacant.push(request);
                }
            }
        }
    }

    fn member(&mut self) -> u8 {
        u8::try_from(self.routing.below(u64::from(FARM))).expect("below 12")
    }

    fn enter(&mut self, station: u8, request: u32, mut later: impl FnMut(u64, Event)) {
        let entered = &mut self.servers[usize::from(station)];
        if entered.idle == 0 {
            entered.waiting.push_back(request);
        } else {
            entered.idle -= 1;
            later(self.services.exponential(entered.mean_ns), Event::Served { station, request });
        }
    }
}

/// The model in our kernel.
pub struct OurPath {
    kernel: Kernel<Words>,
    model: Served,
}

/// The stations, and how many events they have seen.
struct Served {
    stations: Stations,
    events: u64,
    /// After so many nothing happens any more.
    events_max: u64,
}

/// The words of the model. It records nothing, as the peers do.
#[derive(Debug)]
pub struct Words;

impl Vocabulary for Words {
    type Event = Event;
    type Record = ();
    type Signal = ();
}

struct Nobody;

impl RecordSink<()> for Nobody {
    fn take(&mut self, _: &[Stamped<()>]) {}
}

impl Model<Words> for Served {
    #[inline]
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Words>) {
        if self.events == self.events_max {
            return;
        }
        self.events += 1;
        let now = Context::<Words>::now(kernel).as_nanos();
        self.stations.handle(now, event, |delay, event| {
            Context::<Words>::schedule_in(kernel, SimDuration::from_nanos(delay), event);
        });
    }

    fn react(&mut self, (): (), _: &mut Kernel<Words>) {}

    fn kind_of(event: &Event) -> &'static str {
        match event {
            Event::Arrived => "Arrived",
            Event::Served { .. } => "Served",
        }
    }
}

impl Default for OurPath {
    fn default() -> Self {
        let mut kernel = Kernel::new(0);
        let mut stations = Stations::default();
        let first = SimTime::from_nanos(stations.first_gap());
        Context::<Words>::schedule_at(&mut kernel, first, Event::Arrived);
        Self { kernel, model: Served { stations, events: 0, events_max: u64::MAX } }
    }
}

impl OurPath {
    /// Runs for exactly so many events more. What is pending then is drained, and nothing comes of it.
    #[must_use]
    pub fn run_for(mut self, events: u64) -> Stations {
        self.model.events_max = self.model.events + events;
        let reason = self.kernel.run(&mut self.model, SimTime::MAX, &mut Nobody, |_| false);
        assert_eq!((reason, self.model.events), (StopReason::Drained, self.model.events_max));
        self.model.stations
    }

    /// Runs until `until` nanoseconds.
    pub fn run_until(&mut self, until: u64) -> &Stations {
        let reason = self.kernel.run(&mut self.model, SimTime::from_nanos(until), &mut Nobody, |_| false);
        assert_eq!(reason, StopReason::Horizon);
        &self.model.stations
    }
}

impl Workload for OurPath {
    fn advance(&mut self, units: u64) -> u64 {
        let before = self.model.events;
        let now = Context::<Words>::now(&self.kernel).as_nanos();
        self.run_until(now + ns_of(units));
        self.model.events - before
    }
}

/// The model over a naive heap.
pub struct NaivePath {
    heap: BinaryHeap<Reverse<(u64, u64, u64)>>,
    pushed: u64,
    stations: Stations,
    now: u64,
}

/// An event as one word: the row and the station, or all bits set for an arrival.
const ARRIVED: u64 = u64::MAX;

impl Default for NaivePath {
    fn default() -> Self {
        let mut stations = Stations::default();
        let heap = BinaryHeap::from([Reverse((stations.first_gap(), 0, ARRIVED))]);
        Self { heap, pushed: 1, stations, now: 0 }
    }
}

impl NaivePath {
    /// Lets the next event happen, if there is one until `until` nanoseconds; gives whether there was.
    fn step(&mut self, until: u64) -> bool {
        let Some(Reverse((at, _, word))) = self.heap.peek().copied() else { return false };
        if at > until {
            return false;
        }
        self.heap.pop();
        let event = if word == ARRIVED {
            Event::Arrived
        } else {
            let [station, _, _, _, row @ ..] = word.to_le_bytes();
            Event::Served { station, request: u32::from_le_bytes(row) }
        };
        let (heap, pushed) = (&mut self.heap, &mut self.pushed);
        self.stations.handle(at, event, |delay, event| {
            let word = match event {
                Event::Arrived => ARRIVED,
                Event::Served { station, request } => u64::from(request) << 32 | u64::from(station),
            };
            heap.push(Reverse((at + delay, *pushed, word)));
            *pushed += 1;
        });
        true
    }

    /// Runs until `until` nanoseconds; gives how many events there were.
    pub fn run_until(&mut self, until: u64) -> (&Stations, u64) {
        let mut events = 0;
        while self.step(until) {
            events += 1;
        }
        self.now = until;
        (&self.stations, events)
    }

    /// Runs for exactly so many events more.
    #[must_use]
    pub fn run_for(mut self, events: u64) -> Stations {
        for _ in 0..events {
            assert!(self.step(u64::MAX), "one arrival follows the other");
        }
        self.stations
    }
}

impl Workload for NaivePath {
    fn advance(&mut self, units: u64) -> u64 {
        self.run_until(self.now + ns_of(units)).1
    }
}

/// How much simulated time holds about this many events: 60,000 happen in a second.
#[must_use]
pub const fn ns_of(units: u64) -> u64 {
    units * 100_000 / 6
}

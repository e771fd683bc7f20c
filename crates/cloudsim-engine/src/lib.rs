//! A deterministic discrete-event engine: time, a queue, a loop and random streams.
//!
//! It knows no cloud, no ECS and no I/O. A model gives it three words (events, records, signals) and a handler;
//! the engine keeps order, time and luck.
//!
//! A shop with one counter, as a whole program:
//!
//! ```
//! use cloudsim_engine::{Context, Kernel, Model, RecordSink, Stamped, StopReason, Stream, Streams, Vocabulary};
//! use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
//!
//! struct Shop;
//! enum Event {
//!     CustomerArrived,
//!     CustomerServed,
//! }
//! #[derive(Clone)]
//! struct Left {
//!     still_inside: u32,
//! }
//! impl Vocabulary for Shop {
//!     type Event = Event;
//!     type Record = Left;
//!     type Signal = ();
//! }
//!
//! struct Counter {
//!     inside: u32,
//!     gaps: Stream,
//!     services: Stream,
//! }
//!
//! fn handle(counter: &mut Counter, event: Event, ctx: &mut impl Context<Shop>) {
//!     let gap = DurationDistribution::Exponential(SimDuration::from_secs(60));
//!     let service = DurationDistribution::Exponential(SimDuration::from_secs(30));
//!     match event {
//!         Event::CustomerArrived => {
//!             ctx.schedule_in(gap.sample(counter.gaps.word()), Event::CustomerArrived);
//!             counter.inside += 1;
//!             if counter.inside == 1 {
//!                 ctx.schedule_in(service.sample(counter.services.word()), Event::CustomerServed);
//!             }
//!         }
//!         Event::CustomerServed => {
//!             counter.inside -= 1;
//!             ctx.record(Left { still_inside: counter.inside });
//!             if counter.inside > 0 {
//!                 ctx.schedule_in(service.sample(counter.services.word()), Event::CustomerServed);
//!             }
//!         }
//!     }
//! }
//!
//! impl Model<Shop> for Counter {
//!     fn handle(&mut self, event: Event, kernel: &mut Kernel<Shop>) {
//!         handle(self, event, kernel);
//!     }
//!     fn react(&mut self, (): (), _: &mut Kernel<Shop>) {}
//!     fn kind_of(event: &Event) -> &'static str {
//!         match event {
//!             Event::CustomerArrived => "CustomerArrived",
//!             Event::CustomerServed => "CustomerServed",
//!         }
//!     }
//! }
//!
//! #[derive(Default)]
//! struct Queueing {
//!     served: u64,
//!     left_behind: u64,
//! }
//! impl RecordSink<Left> for Queueing {
//!     fn take(&mut self, batch: &[Stamped<Left>]) {
//!         for stamped in batch {
//!             self.served += 1;
//!             self.left_behind += u64::from(stamped.record.still_inside);
//!         }
//!     }
//! }
//!
//! let mut kernel = Kernel::<Shop>::new(1);
//! let streams = Streams::new(1);
//! let gaps = streams.stream("door", "gaps");
//! let services = streams.stream("counter", "services");
//! let mut counter = Counter { inside: 0, gaps, services };
//! Context::<Shop>::schedule_at(&mut kernel, SimTime::ZERO, Event::CustomerArrived);
//! let mut queueing = Queueing::default();
//! let reason = kernel.run(&mut counter, SimTime::from_secs(100 * 24 * 3600), &mut queueing, |_| false);
//! assert_eq!(reason, StopReason::Horizon);
//! // Half of the time someone is served: an M/M/1 queue of load 1/2 leaves one behind on average.
//! let mean = queueing.left_behind as f64 / queueing.served as f64;
//! assert!((0.9..1.1).contains(&mean), "{mean}");
//! ```

mod context;
mod kernel;
mod probe;
mod queue;
mod streams;

pub use context::{Context, EventKey, Vocabulary};
pub use kernel::{INSTANT_STEPS_MAX, Kernel, Model, RecordSink, Stamped, StopReason};
pub use probe::Probe;
pub use queue::Queue;
pub use streams::{Refill, Stream, Streams, WordIndex, mix};

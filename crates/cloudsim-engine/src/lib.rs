//! A deterministic discrete-event engine: time, a queue, a loop and random streams.
//!
//! It knows no cloud, no ECS and no I/O. A model gives it three words (events, records, signals) and a handler;
//! the engine keeps order, time and luck.

mod context;
mod kernel;
mod probe;
mod queue;
mod streams;

pub use context::{Context, EventKey, Vocabulary};
pub use kernel::{Kernel, Model, RecordSink, Stamped, StopReason};
pub use probe::Probe;
pub use queue::Queue;
pub use streams::{Refill, Stream, Streams};

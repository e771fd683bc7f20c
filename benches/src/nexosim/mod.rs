//! The workloads in `NeXosim`, on one thread: with one event per instant more threads only cost.
//!
//! A model's events are written as its users write them: methods that schedule themselves, stations joined by ports.

#![expect(clippy::unused_async, reason = "its models are initialised by async functions")]

mod path;
mod single;

pub use path::NexosimPath;
pub use single::{NexosimHold, NexosimPhold, NexosimTimers};

use ::nexosim::simulation::Simulation;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts events across the models of a simulation.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl Counter {
    fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Advances `simulation` by `nanos` of simulated time; gives how much was counted.
fn run_for(simulation: &mut Simulation, counter: &Counter, nanos: u64) -> u64 {
    let before = counter.get();
    simulation.step_until(Duration::from_nanos(nanos)).expect("the model never halts");
    counter.get() - before
}

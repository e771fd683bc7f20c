//! Pending sets with one payload word per event.

use cloudsim_engine::Queue;
use cloudsim_units::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What pops first in, first out within an instant.
pub trait PendingSet: Default {
    /// Adds an event.
    fn push(&mut self, at: u64, payload: u64);
    /// Takes the next event: its time and payload.
    fn pop(&mut self) -> Option<(u64, u64)>;
}

/// What one writes first: a binary heap of time, number and payload.
#[derive(Default)]
pub struct NaiveHeap {
    heap: BinaryHeap<Reverse<(u64, u64, u64)>>,
    next: u64,
}

impl PendingSet for NaiveHeap {
    #[inline]
    fn push(&mut self, at: u64, payload: u64) {
        self.heap.push(Reverse((at, self.next, payload)));
        self.next += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<(u64, u64)> {
        self.heap.pop().map(|Reverse((at, _, payload))| (at, payload))
    }
}

impl PendingSet for Queue<u64> {
    #[inline]
    fn push(&mut self, at: u64, payload: u64) {
        Queue::push(self, SimTime::from_nanos(at), payload);
    }

    #[inline]
    fn pop(&mut self) -> Option<(u64, u64)> {
        self.pop_until(SimTime::MAX).map(|(at, payload)| (at.as_nanos(), payload))
    }
}

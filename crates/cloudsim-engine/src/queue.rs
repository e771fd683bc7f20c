//! The pending set, in the order of time and number.

use crate::EventKey;
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// What will happen, in order.
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Reverse<(SimTime, u64)>>,
    events: std::collections::BTreeMap<u64, E>,
    armed: BTreeSet<u64>,
    next: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            events: std::collections::BTreeMap::new(),
            armed: BTreeSet::new(),
            next: 0,
        }
    }
}

impl<E> Queue<E> {
    /// Adds an event that cannot be cancelled.
    pub fn push(&mut self, at: SimTime, event: E) {
        self.heap.push(Reverse((at, self.next)));
        self.events.insert(self.next, event);
        self.next += 1;
    }

    /// Adds an event that can be cancelled.
    pub fn arm(&mut self, at: SimTime, event: E) -> EventKey {
        let key = EventKey(self.next);
        self.armed.insert(self.next);
        self.push(at, event);
        key
    }

    /// Adds an event that can be cancelled, `delay` after `now`; `now` must not go back from call to call.
    pub fn arm_after(&mut self, now: SimTime, delay: SimDuration, event: E) -> EventKey {
        self.arm(now + delay, event)
    }

    /// Removes an armed event.
    pub fn cancel(&mut self, key: EventKey) -> Option<E> {
        if self.armed.remove(&key.0) { self.events.remove(&key.0) } else { None }
    }

    /// The next event, if it is due at `until` or before.
    pub fn pop_until(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        loop {
            let Reverse((at, number)) = *self.heap.peek()?;
            if at > until {
                return None;
            }
            self.heap.pop();
            self.armed.remove(&number);
            if let Some(event) = self.events.remove(&number) {
                return Some((at, event));
            }
        }
    }

    /// How many events are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

//! What a handler may do besides changing its own state.

use crate::Streams;
use cloudsim_units::{SimDuration, SimTime};
use std::num::NonZeroU64;

/// The words one domain speaks to the kernel.
pub trait Vocabulary {
    /// What will happen.
    type Event;
    /// What did happen; the only output of a run.
    type Record;
    /// What other domains are told about a change of state.
    type Signal;
}

/// Names one pending event, so that it can be cancelled. A key is never used again in a run.
///
/// Takes 8 bytes, in an [`Option`] too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKey(NonZeroU64);

impl EventKey {
    /// The key of a row in its `generation`-th use, counted from 1.
    pub(crate) fn new(row: u32, generation: u32) -> Self {
        let bits = u64::from(generation) << 32 | u64::from(row);
        Self(NonZeroU64::new(bits).expect("generations count from 1"))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the row is the lower half")]
    pub(crate) const fn row(self) -> u32 {
        self.0.get() as u32
    }

    pub(crate) const fn generation(self) -> u32 {
        (self.0.get() >> 32) as u32
    }
}

/// All that a handler may do besides changing its own state: read the clock, schedule, cancel, record and signal.
pub trait Context<V: Vocabulary> {
    /// The current instant.
    fn now(&self) -> SimTime;

    /// The random streams of the run.
    fn streams(&self) -> &Streams;

    /// Lets `event` happen at `at`, behind everything already scheduled for that instant.
    ///
    /// # Panics
    /// If `at` lies in the past.
    fn schedule_at(&mut self, at: SimTime, event: impl Into<V::Event>);

    /// Lets `event` happen after `delay`. What would be later than [`SimTime::MAX`] is due then.
    fn schedule_in(&mut self, delay: SimDuration, event: impl Into<V::Event>) {
        self.schedule_at(self.now().saturating_add(delay), event);
    }

    /// Like [`Context::schedule_at`], for an event that may be cancelled, up to the moment it happens.
    ///
    /// # Panics
    /// If `at` lies in the past.
    fn arm_at(&mut self, at: SimTime, event: impl Into<V::Event>) -> EventKey;

    /// Like [`Context::arm_at`], after `delay`. Timers of few distinct delays are cheapest: those of one delay are
    /// kept in the order they were armed. What would be later than [`SimTime::MAX`] is due then.
    fn arm_in(&mut self, delay: SimDuration, event: impl Into<V::Event>) -> EventKey;

    /// Takes back an armed event; false if it has happened or was cancelled before.
    fn cancel(&mut self, key: EventKey) -> bool;

    /// Notes what happened.
    fn record(&mut self, record: impl Into<V::Record>);

    /// Tells the other domains about a change of state. Reactions run before the next event.
    fn signal(&mut self, signal: impl Into<V::Signal>);
}

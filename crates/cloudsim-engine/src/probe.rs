//! A context for unit tests: it keeps what a handler said.
//!
//! It orders events as the kernel does, without its queue; signals wait for the test to look at them.

use crate::{Context, EventKey, Streams, Vocabulary};
use cloudsim_units::{SimDuration, SimTime};

/// Keeps what a handler scheduled, cancelled, recorded and signalled.
#[derive(Debug)]
pub struct Probe<V: Vocabulary> {
    /// The instant the handler sees.
    pub now: SimTime,
    /// What was scheduled or armed and neither taken nor cancelled: key, instant, event, in the order of the calls.
    pub scheduled: Vec<(EventKey, SimTime, V::Event)>,
    /// What was recorded.
    pub records: Vec<V::Record>,
    /// What was signalled.
    pub signals: Vec<V::Signal>,
    streams: Streams,
    keys: u32,
}

impl<V: Vocabulary> Probe<V> {
    /// A probe at t = 0.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: SimTime::ZERO,
            scheduled: Vec::new(),
            records: Vec::new(),
            signals: Vec::new(),
            streams: Streams::new(seed),
            keys: 0,
        }
    }

    /// Takes the next event in the order of time and number, and moves the clock to it.
    pub fn next_event(&mut self) -> Option<V::Event> {
        // Of several earliest, `min_by_key` gives the first: the one scheduled first.
        let (index, _) = self.scheduled.iter().enumerate().min_by_key(|(_, (_, at, _))| *at)?;
        let (_, at, event) = self.scheduled.remove(index);
        self.now = at;
        Some(event)
    }
}

impl<V: Vocabulary> Context<V> for Probe<V> {
    fn now(&self) -> SimTime {
        self.now
    }

    fn streams(&self) -> &Streams {
        &self.streams
    }

    fn schedule_at(&mut self, at: SimTime, event: impl Into<V::Event>) {
        self.arm_at(at, event);
    }

    fn arm_at(&mut self, at: SimTime, event: impl Into<V::Event>) -> EventKey {
        assert!(at >= self.now, "an event cannot be scheduled in the past");
        self.keys += 1;
        let key = EventKey::new(0, self.keys);
        self.scheduled.push((key, at, event.into()));
        key
    }

    fn arm_in(&mut self, delay: SimDuration, event: impl Into<V::Event>) -> EventKey {
        self.arm_at(self.now.saturating_add(delay), event)
    }

    fn cancel(&mut self, key: EventKey) -> bool {
        let before = self.scheduled.len();
        self.scheduled.retain(|(scheduled, _, _)| *scheduled != key);
        self.scheduled.len() < before
    }

    fn record(&mut self, record: impl Into<V::Record>) {
        self.records.push(record.into());
    }

    fn signal(&mut self, signal: impl Into<V::Signal>) {
        self.signals.push(signal.into());
    }
}

//! The loop: pop, handle, react, record.

use crate::{Context, EventKey, Queue, Streams, Vocabulary};
use cloudsim_units::{SimDuration, SimTime};

/// A record with the instant it was made and its number, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped<R> {
    /// When it was made.
    pub at: SimTime,
    /// Its place in the stream of all records.
    pub number: u64,
    /// What happened.
    pub record: R,
}

/// Takes records as they are made. It sees no state, so it cannot change the run.
pub trait RecordSink<R> {
    /// Takes the next batch, in order. A batch is never empty.
    fn take(&mut self, batch: &[Stamped<R>]);
}

/// What the engine runs.
pub trait Model<V: Vocabulary> {
    /// Lets one event happen.
    fn handle(&mut self, event: V::Event, kernel: &mut Kernel<V>);
    /// Reacts to one signal.
    fn react(&mut self, signal: V::Signal, kernel: &mut Kernel<V>);
    /// A short name of an event's kind, for the message about a loop that makes no progress.
    fn kind_of(event: &V::Event) -> &'static str;
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The horizon was reached.
    Horizon,
    /// Nothing was left to happen.
    Drained,
    /// The caller asked for it.
    Interrupted,
    /// Events kept scheduling events for the same instant; the kind that did so most is named.
    Stuck {
        /// The kind of event seen most often at that instant.
        culprit: &'static str,
    },
}

/// Time, the queue, the streams, and what handlers have said.
#[derive(Debug)]
pub struct Kernel<V: Vocabulary> {
    now: SimTime,
    queue: Queue<V::Event>,
    streams: Streams,
    records: Vec<Stamped<V::Record>>,
    next_record: u64,
    signals: std::collections::VecDeque<V::Signal>,
}

impl<V: Vocabulary> Kernel<V> {
    /// A kernel at t = 0 with nothing pending.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: SimTime::ZERO,
            queue: Queue::default(),
            streams: Streams::new(seed),
            records: Vec::new(),
            next_record: 0,
            signals: std::collections::VecDeque::new(),
        }
    }

    /// Runs until `horizon` (its instant included), until nothing is pending, until `interrupted` says so, or until
    /// an instant does not end. Records go to `sink` in batches; all have been taken when this returns.
    pub fn run(
        &mut self,
        model: &mut impl Model<V>,
        horizon: SimTime,
        sink: &mut impl RecordSink<V::Record>,
        mut interrupted: impl FnMut(SimTime) -> bool,
    ) -> StopReason {
        let mut handled: u64 = 0;
        let reason = loop {
            while let Some(signal) = self.signals.pop_front() {
                model.react(signal, self);
            }
            if self.records.len() >= 4096 {
                self.flush(sink);
            }
            handled += 1;
            if handled.is_multiple_of(4096) && interrupted(self.now) {
                break StopReason::Interrupted;
            }
            match self.queue.pop_until(horizon) {
                Some((at, event)) => {
                    self.now = at;
                    model.handle(event, self);
                }
                None if self.queue.is_empty() => break StopReason::Drained,
                None => {
                    self.now = horizon;
                    break StopReason::Horizon;
                }
            }
        };
        self.flush(sink);
        reason
    }

    /// Hands all pending records to `sink`.
    pub fn flush(&mut self, sink: &mut impl RecordSink<V::Record>) {
        if !self.records.is_empty() {
            sink.take(&self.records);
            self.records.clear();
        }
    }
}

impl<R, S> Context<S> for Kernel<R>
where
    R: Vocabulary,
    S: Vocabulary,
    S::Event: Into<R::Event>,
    S::Record: Into<R::Record>,
    S::Signal: Into<R::Signal>,
{
    fn now(&self) -> SimTime {
        self.now
    }

    fn streams(&self) -> &Streams {
        &self.streams
    }

    fn schedule_at(&mut self, at: SimTime, event: impl Into<S::Event>) {
        assert!(at >= self.now, "an event cannot be scheduled in the past");
        self.queue.push(at, event.into().into());
    }

    fn arm_at(&mut self, at: SimTime, event: impl Into<S::Event>) -> EventKey {
        assert!(at >= self.now, "an event cannot be armed in the past");
        self.queue.arm(at, event.into().into())
    }

    fn arm_in(&mut self, delay: SimDuration, event: impl Into<S::Event>) -> EventKey {
        self.queue.arm_after(self.now, delay, event.into().into())
    }

    fn cancel(&mut self, key: EventKey) -> bool {
        self.queue.cancel(key).is_some()
    }

    fn record(&mut self, record: impl Into<S::Record>) {
        let record = record.into().into();
        self.records.push(Stamped { at: self.now, number: self.next_record, record });
        self.next_record += 1;
    }

    fn signal(&mut self, signal: impl Into<S::Signal>) {
        self.signals.push_back(signal.into().into());
    }
}

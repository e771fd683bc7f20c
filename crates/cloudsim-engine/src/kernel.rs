//! The loop: pop, handle, react, record.

use crate::{Context, EventKey, Queue, Streams, Vocabulary};
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

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
    /// A short name of a signal's kind, for the same message.
    fn kind_of_signal(_signal: &V::Signal) -> &'static str {
        "signal"
    }
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The horizon was reached, and the clock stands there; what is due later stays pending.
    Horizon,
    /// Nothing was left to happen, what comes last in an instant after the horizon aside; the clock stands at the last event.
    Drained,
    /// The caller asked for it, between two events.
    Interrupted,
    /// Events kept scheduling events for the same instant, or signals signals; the kind that did so most is named.
    Stuck {
        /// The kind of event or signal seen most often towards the end.
        culprit: &'static str,
    },
}

/// How many events and reactions one instant may have before the run counts as [`StopReason::Stuck`].
///
/// Assumed: the largest cluster (100,000 nodes, a million pods) may come into being at one instant with a few events and
/// signals each; a loop without delay reaches this in about a second.
pub const INSTANT_STEPS_MAX: u64 = 10_000_000;

/// How many of an instant's last steps are counted by kind, to find the culprit.
const TALLIED_STEPS: u64 = 4096;

/// How many steps are made between two looks at `interrupted`.
const STEPS_PER_LOOK: u64 = 256;

/// How many records are handed over at once: few enough that they are still in the processor's nearest caches.
const BATCH: usize = 128;

/// Time, the queue, the streams, and what handlers have said.
#[derive(Debug)]
pub struct Kernel<V: Vocabulary> {
    now: SimTime,
    queue: Queue<V::Event>,
    /// What comes last in its instant, by time and then first in, first out.
    last: VecDeque<(SimTime, V::Event)>,
    streams: Streams,
    records: Vec<Stamped<V::Record>>,
    next_record: u64,
    signals: VecDeque<V::Signal>,
    instant_steps_max: u64,
}

impl<V: Vocabulary> Kernel<V> {
    /// A kernel at t = 0 with nothing pending.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: SimTime::ZERO,
            queue: Queue::default(),
            last: VecDeque::new(),
            streams: Streams::new(seed),
            records: Vec::new(),
            next_record: 0,
            signals: VecDeque::new(),
            instant_steps_max: INSTANT_STEPS_MAX,
        }
    }

    /// The same kernel with another limit than [`INSTANT_STEPS_MAX`].
    #[must_use]
    pub fn with_instant_steps_max(mut self, steps: u64) -> Self {
        self.instant_steps_max = steps;
        self
    }

    /// How many events are pending.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.len() + self.last.len()
    }

    /// How many records were made.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.next_record
    }

    /// Lets `event` happen at `at`, behind everything else of that instant, whenever and however that was scheduled, with all
    /// that follows from it within the instant. Several of one instant happen first in, first out, each with what follows
    /// from it.
    ///
    /// This is for who acts on a run from outside, and has seen an instant whole before doing so.
    ///
    /// # Panics
    /// If `at` lies in the past.
    pub fn schedule_last(&mut self, at: SimTime, event: V::Event) {
        assert!(at >= self.now, "an event cannot be scheduled in the past");
        let place = self.last.partition_point(|(other, _)| *other <= at);
        self.last.insert(place, (at, event));
    }

    /// Runs until `horizon` (its instant included), until nothing is pending, until `interrupted` says so, or until
    /// an instant does not end. Records go to `sink` in batches; all have been taken when this returns.
    ///
    /// May be called again, with a later horizon or after an interruption: the run goes on as if it had not stopped.
    /// `interrupted` is asked before the first event and every few hundred events, with the current instant.
    pub fn run(
        &mut self,
        model: &mut impl Model<V>,
        horizon: SimTime,
        sink: &mut impl RecordSink<V::Record>,
        interrupted: impl FnMut(SimTime) -> bool,
    ) -> StopReason {
        let reason = self.run_until(model, horizon, sink, interrupted);
        self.flush(sink);
        reason
    }

    fn run_until<M: Model<V>>(
        &mut self,
        model: &mut M,
        horizon: SimTime,
        sink: &mut impl RecordSink<V::Record>,
        mut interrupted: impl FnMut(SimTime) -> bool,
    ) -> StopReason {
        let mut steps: u64 = 0;
        let mut steps_left = self.instant_steps_max;
        let mut tally = Tally::default();
        loop {
            if let Some(signal) = self.signals.pop_front() {
                if steps_left <= TALLIED_STEPS {
                    tally.count(M::kind_of_signal(&signal));
                }
                model.react(signal, self);
            } else {
                if steps.is_multiple_of(STEPS_PER_LOOK) && interrupted(self.now) {
                    return StopReason::Interrupted;
                }
                steps += 1;
                let Some((at, event)) = self.pop_until(horizon) else {
                    // What comes last in an instant after the horizon is no part of the run up to there.
                    if self.queue.is_empty() {
                        return StopReason::Drained;
                    }
                    self.now = self.now.max(horizon);
                    return StopReason::Horizon;
                };
                if at > self.now {
                    self.now = at;
                    steps_left = self.instant_steps_max;
                    tally.clear();
                }
                if steps_left <= TALLIED_STEPS {
                    tally.count(M::kind_of(&event));
                }
                model.handle(event, self);
            }
            if self.records.len() >= BATCH {
                self.flush(sink);
            }
            steps_left = steps_left.saturating_sub(1);
            if steps_left == 0 {
                return StopReason::Stuck { culprit: tally.most() };
            }
        }
    }

    /// The next event that is due at `horizon` or before.
    #[inline]
    fn pop_until(&mut self, horizon: SimTime) -> Option<(SimTime, V::Event)> {
        let last = self.last.front().map(|(last, _)| *last);
        let next = self.queue.pop_until(last.map_or(horizon, |last| last.min(horizon)));
        if next.is_none() && last.is_some_and(|last| last <= horizon) { self.last.pop_front() } else { next }
    }

    /// Hands all pending records to `sink`.
    pub fn flush(&mut self, sink: &mut impl RecordSink<V::Record>) {
        if !self.records.is_empty() {
            sink.take(&self.records);
            self.records.clear();
        }
    }
}

/// How often each kind was seen at the end of a long instant.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    #[cold]
    fn count(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }

    #[inline]
    fn clear(&mut self) {
        if !self.0.is_empty() {
            self.0.clear();
        }
    }

    /// The kind seen most often; of several, the first by name.
    fn most(&self) -> &'static str {
        self.0.iter().max_by_key(|(kind, count)| (**count, Reverse(**kind))).map_or("", |(kind, _)| kind)
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
    #[inline]
    fn now(&self) -> SimTime {
        self.now
    }

    #[inline]
    fn streams(&self) -> &Streams {
        &self.streams
    }

    #[inline]
    fn schedule_at(&mut self, at: SimTime, event: impl Into<S::Event>) {
        assert!(at >= self.now, "an event cannot be scheduled in the past");
        self.queue.push(at, event.into().into());
    }

    #[inline]
    fn arm_at(&mut self, at: SimTime, event: impl Into<S::Event>) -> EventKey {
        assert!(at >= self.now, "an event cannot be armed in the past");
        self.queue.arm(at, event.into().into())
    }

    #[inline]
    fn arm_in(&mut self, delay: SimDuration, event: impl Into<S::Event>) -> EventKey {
        self.queue.arm_after(self.now, delay, event.into().into())
    }

    #[inline]
    fn cancel(&mut self, key: EventKey) -> bool {
        self.queue.cancel(key).is_some()
    }

    #[inline]
    fn record(&mut self, record: impl Into<S::Record>) {
        let record = record.into().into();
        self.records.push(Stamped { at: self.now, number: self.next_record, record });
        self.next_record += 1;
    }

    #[inline]
    fn signal(&mut self, signal: impl Into<S::Signal>) {
        self.signals.push_back(signal.into().into());
    }
}

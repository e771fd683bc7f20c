//! The pending set, in the order of time and number.

mod armed;
mod bottom;
mod chunks;
mod entry;
mod lanes;
#[cfg(test)]
mod tests;
mod wheel;

use crate::EventKey;
use armed::Armed;
use cloudsim_units::{SimDuration, SimTime};
use entry::{Entry, Rank, What};
use lanes::{Lanes, Timer};
use std::collections::VecDeque;
use std::fmt;
use wheel::Wheel;

/// Cancelled entries are swept out when they outnumber the pending ones by this many: a sweep's cost is then spread
/// over at least half as many cancellations.
const SWEEP_MIN: usize = 1024;

/// A deque of up to this many entries keeps its memory however few of them it has.
const POPPED_SHRINK_MIN: usize = 1024;

/// What will happen, in order: by time, and first in, first out within an instant.
///
/// Three structures share the work, and are merged by time and number:
/// - events for the very instant that was popped last wait in a FIFO;
/// - armed events of a delay that is used often wait in a FIFO of that delay;
/// - all others wait in a hierarchical wheel, whose cost per event hardly depends on how many are pending.
///
/// A cancelled event is dropped at once; the entry it leaves behind is swept out before such entries outnumber the
/// pending events by a small constant, so memory follows what is pending.
pub struct Queue<E> {
    /// The latest instant popped.
    now: u64,
    /// How many events were pushed or armed so far.
    next_number: u64,
    /// Pending events.
    live: usize,
    /// Entries whose event was cancelled.
    dead: usize,
    /// Events pushed for `now` since it was reached.
    current: VecDeque<Entry<E>>,
    lanes: Lanes,
    wheel: Wheel<E>,
    armed: Armed<E>,
}

/// Where the next entry waits.
#[derive(Clone, Copy)]
enum Source {
    Nowhere,
    Current,
    Lane,
    Wheel,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            now: 0,
            next_number: 0,
            live: 0,
            dead: 0,
            current: VecDeque::new(),
            lanes: Lanes::new(),
            wheel: Wheel::new(),
            armed: Armed::new(),
        }
    }
}

impl<E> Queue<E> {
    /// Adds an event that cannot be cancelled.
    ///
    /// Any instant will do; one before the last popped comes next, and costs more.
    #[inline]
    pub fn push(&mut self, at: SimTime, event: E) {
        let rank = self.next_rank(at);
        self.place(Entry { rank, what: What::Pushed(event) });
    }

    /// Adds an event that can be cancelled.
    pub fn arm(&mut self, at: SimTime, event: E) -> EventKey {
        let rank = self.next_rank(at);
        let key = self.armed.insert(event);
        self.place(Entry { rank, what: What::Armed(key) });
        key
    }

    /// Adds an event that can be cancelled, `delay` after `now`; `now` must not go back from call to call. What would
    /// be later than [`SimTime::MAX`] is due then.
    ///
    /// The delays used most get lanes of their own, up to sixteen at a time.
    pub fn arm_after(&mut self, now: SimTime, delay: SimDuration, event: E) -> EventKey {
        let at = now.saturating_add(delay);
        if at.as_nanos() == self.now {
            return self.arm(at, event);
        }
        let lane = self.lanes.lane_for(delay.as_nanos(), at.as_nanos());
        let Some(lane) = lane else { return self.arm(at, event) };
        let rank = self.next_rank(at);
        let key = self.armed.insert(event);
        self.lanes.push(lane, Timer { rank, key });
        key
    }

    /// Removes an armed event; nothing if it was popped or cancelled before.
    pub fn cancel(&mut self, key: EventKey) -> Option<E> {
        let event = self.armed.take(key)?;
        self.live -= 1;
        self.dead += 1;
        if self.dead > self.live + SWEEP_MIN {
            self.sweep();
        }
        Some(event)
    }

    /// The next event, if it is due at `until` or before.
    #[inline]
    pub fn pop_until(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        if self.live == 0 {
            return None;
        }
        let until = until.as_nanos();
        loop {
            let mut first = self.lanes.first();
            let mut source = if first == Rank::NONE { Source::Nowhere } else { Source::Lane };
            if let Some(entry) = self.current.front()
                && entry.rank < first
            {
                (first, source) = (entry.rank, Source::Current);
            }
            // Nothing is popped before this limit, except from the wheel; so the wheel may move up to it.
            if let Some(rank) = self.wheel.first(until.min(first.time), self.live)
                && rank < first
            {
                (first, source) = (rank, Source::Wheel);
            }
            if first.time > until {
                return None;
            }
            let what = match source {
                Source::Nowhere => return None,
                Source::Current => {
                    let entry = self.current.pop_front()?;
                    shrink_if_sparse(&mut self.current);
                    entry.what
                }
                Source::Lane => What::Armed(self.lanes.pop_first()?.key),
                Source::Wheel => self.wheel.pop_first()?.what,
            };
            let event = match what {
                What::Pushed(event) => Some(event),
                What::Armed(key) => self.armed.take(key),
            };
            let Some(event) = event else {
                self.dead -= 1;
                continue;
            };
            self.live -= 1;
            self.now = self.now.max(first.time);
            return Some((SimTime::from_nanos(first.time), event));
        }
    }

    /// How many events are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How much memory the queue holds, in bytes, without what events own elsewhere.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.current.capacity() * size_of::<Entry<E>>()
            + self.lanes.memory_bytes()
            + self.wheel.memory_bytes()
            + self.armed.memory_bytes()
    }

    #[inline]
    fn next_rank(&mut self, at: SimTime) -> Rank {
        let number = self.next_number;
        self.next_number += 1;
        self.live += 1;
        Rank { time: at.as_nanos(), number }
    }

    #[inline]
    fn place(&mut self, entry: Entry<E>) {
        if entry.rank.time == self.now {
            self.current.push_back(entry);
        } else {
            self.wheel.push(entry);
        }
    }

    /// Removes all entries whose event was cancelled.
    #[cold]
    fn sweep(&mut self) {
        let armed = &self.armed;
        self.lanes.retain(|timer| armed.holds(timer.key));
        let pending = |entry: &Entry<E>| match entry.what {
            What::Pushed(_) => true,
            What::Armed(key) => armed.holds(key),
        };
        self.current.retain(pending);
        shrink_if_sparse(&mut self.current);
        self.wheel.retain(pending);
        self.dead = 0;
    }
}

/// Gives memory back when less than an eighth of it is used.
fn shrink_if_sparse<T>(deque: &mut VecDeque<T>) {
    if deque.capacity() > POPPED_SHRINK_MIN && deque.len() < deque.capacity() / 8 {
        deque.shrink_to(deque.len() * 2);
    }
}

impl<E> fmt::Debug for Queue<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Queue").field("now", &self.now).field("len", &self.live).finish_non_exhaustive()
    }
}

//! One pending event, and its place in the order of all.

use crate::EventKey;
use std::cmp::Ordering;

/// The order in which events happen: by time, and first in, first out within an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// When the event is due, in nanoseconds since t = 0.
    pub(super) time: u64,
    /// How many events were pushed or armed before it.
    pub(super) number: u64,
}

impl Rank {
    /// Behind every event.
    pub(super) const NONE: Self = Self { time: u64::MAX, number: u64::MAX };
}

/// One pending event. With a root event of 16 bytes that has a niche, it takes 32: two to a cache line.
pub(super) struct Entry<E> {
    pub(super) rank: Rank,
    pub(super) what: What<E>,
}

/// What an entry stands for.
pub(super) enum What<E> {
    /// An event nobody can take back, stored in place so that popping it touches no other memory.
    Pushed(E),
    /// An event stored with the armed ones, where it can be taken back.
    Armed(EventKey),
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

//! Lanes of constant delay: timers of one delay come due in the order they were armed, so each lane is a plain FIFO.

use super::entry::Rank;
use super::shrink_if_sparse;
use crate::EventKey;
use std::collections::VecDeque;

/// How many delays have a lane at once; the others use the wheel.
const LANES_MAX: usize = 16;

/// A delay gets a lane when it is armed for this time in a row without a stranger of the same hash between, so that
/// random delays, which hardly ever repeat, take no lane.
const SIGHTINGS: u8 = 3;

const CANDIDATES: usize = 64;

/// An armed event, stored elsewhere.
pub(super) struct Timer {
    pub(super) rank: Rank,
    pub(super) key: EventKey,
}

/// # Invariants
/// Each lane is sorted by rank. `heads[i]` is the rank of lane `i`'s front, and `first` the least of them.
pub(super) struct Lanes {
    delays: Vec<u64>,
    heads: Vec<Rank>,
    fifos: Vec<VecDeque<Timer>>,
    first: Rank,
    first_lane: usize,
    candidates: [(u64, u8); CANDIDATES],
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            delays: Vec::new(),
            heads: Vec::new(),
            fifos: Vec::new(),
            first: Rank::NONE,
            first_lane: 0,
            candidates: [(0, 0); CANDIDATES],
        }
    }

    /// The lane for timers of `delay` that come due at `time`, if there is one or the delay has earned one.
    pub(super) fn lane_for(&mut self, delay: u64, time: u64) -> Option<usize> {
        let lane = match self.delays.iter().position(|known| *known == delay) {
            Some(lane) => lane,
            None => self.promote(delay)?,
        };
        // A clock that went back, against the contract, must not break the order.
        self.fifos[lane].back().is_none_or(|last| last.rank.time <= time).then_some(lane)
    }

    fn promote(&mut self, delay: u64) -> Option<usize> {
        // Fibonacci hashing: the highest byte of the product is the best mixed.
        let [hash, ..] = delay.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        let (candidate, sightings) = &mut self.candidates[usize::from(hash) % CANDIDATES];
        if *candidate != delay {
            (*candidate, *sightings) = (delay, 0);
        }
        *sightings = sightings.saturating_add(1);
        if *sightings < SIGHTINGS {
            return None;
        }
        if self.fifos.len() < LANES_MAX {
            self.delays.push(delay);
            self.heads.push(Rank::NONE);
            self.fifos.push(VecDeque::new());
            return Some(self.fifos.len() - 1);
        }
        let idle = self.fifos.iter().position(VecDeque::is_empty)?;
        self.delays[idle] = delay;
        Some(idle)
    }

    pub(super) fn push(&mut self, lane: usize, timer: Timer) {
        if self.fifos[lane].is_empty() {
            self.heads[lane] = timer.rank;
            if timer.rank < self.first {
                (self.first, self.first_lane) = (timer.rank, lane);
            }
        }
        self.fifos[lane].push_back(timer);
    }

    /// The rank of the first timer of all lanes, or [`Rank::NONE`].
    #[inline]
    pub(super) fn first(&self) -> Rank {
        self.first
    }

    pub(super) fn pop_first(&mut self) -> Option<Timer> {
        let lane = self.fifos.get_mut(self.first_lane)?;
        let timer = lane.pop_front();
        shrink_if_sparse(lane);
        self.heads[self.first_lane] = lane.front().map_or(Rank::NONE, |next| next.rank);
        self.find_first();
        timer
    }

    fn find_first(&mut self) {
        self.first = Rank::NONE;
        for (lane, head) in self.heads.iter().enumerate() {
            if *head < self.first {
                (self.first, self.first_lane) = (*head, lane);
            }
        }
    }

    /// Keeps only the timers that `keep` accepts.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Timer) -> bool) {
        for (lane, head) in self.fifos.iter_mut().zip(&mut self.heads) {
            lane.retain(&mut keep);
            shrink_if_sparse(lane);
            *head = lane.front().map_or(Rank::NONE, |next| next.rank);
        }
        self.find_first();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.fifos.iter().map(VecDeque::capacity).sum::<usize>() * size_of::<Timer>()
    }
}

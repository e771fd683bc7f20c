//! The main queue: a hierarchical wheel of 32 slots per level with ticks of 1 ns, above a small sorted bottom.
//!
//! ```text
//! level 12   |  .  |  .  | ...  16 slots of 2^60 ns
//!   ...
//! level 1    |  .  |  .  | ...  32 slots of 32 ns
//! level 0    |  .  |  .  | ...  32 slots of 1 ns
//! bottom     what is due up to `edge`, sorted
//! ```
//!
//! An entry's level is that of the highest base-32 digit in which its time differs from `base`, its slot is that digit. So
//! everything on a lower level is due before everything on a higher one, and one bitmap per level finds the next slot.
//! A slot of few entries becomes the bottom at once, without walking down the levels: an entry is moved two to five times
//! in its life, in sequence, whatever the number pending.

use super::bottom::{Bottom, SPAN_BITS_MAX};
use super::chunks::{CHUNK, Chunked, Pool};
use super::entry::{Entry, Rank};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const DIGIT_BITS: u32 = 5;
const DIGIT_MASK: u64 = (1 << DIGIT_BITS) - 1;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 64_u32.div_ceil(DIGIT_BITS) as usize;

/// A slot becomes the bottom if it has at most one in `TAKEN_SHARE` of all pending entries, so that few pushes fall into
/// the span of the bottom and have to be inserted; within bounds, since sorting is cheap for few and dear for many.
/// A larger slot is dealt to the levels below.
const TAKEN_SHARE: usize = 16;
const TAKEN_MIN: usize = 32;
const TAKEN_MAX: usize = 380;

const _: () = assert!(TAKEN_MAX <= CHUNK, "what is taken is one chunk");

/// # Invariants
/// - No entry of the bottom or of a slot is due before `base`; all of `early` are.
/// - Every entry in a slot is due after `edge`. The bottom holds what is due from `base` to `edge`; or, if the last slot
///   taken was one of level 0, the first entries of that slot, and `edge` lies before it.
/// - Above level 0, the slot of `base`'s own digit is empty: what shares that digit belongs further down.
/// - Within a slot, entries of equal time stand in the order of their numbers.
pub(super) struct Wheel<E> {
    bottom: Bottom<E>,
    edge: u64,
    base: u64,
    /// Bit `l` is set if level `l` has a slot in use.
    levels: u32,
    /// Bit `s` of level `l` is set if slot `s` there has entries.
    occupied: [u32; LEVELS],
    slots: Vec<Chunked<E>>,
    pool: Pool<E>,
    /// What was pushed behind the wheel's back; only a caller whose clock lags behind what it has looked at does that.
    early: BinaryHeap<Reverse<Entry<E>>>,
}

impl<E> Wheel<E> {
    pub(super) fn new() -> Self {
        Self {
            bottom: Bottom::new(),
            edge: 0,
            base: 1,
            levels: 0,
            occupied: [0; LEVELS],
            slots: std::iter::repeat_with(Chunked::new).take(LEVELS * SLOTS).collect(),
            pool: Pool::new(),
            early: BinaryHeap::new(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        if entry.rank.time > self.edge {
            self.put(entry);
        } else {
            self.insert(entry);
        }
    }

    /// Puts an entry that is due after `edge` into its slot.
    #[inline]
    fn put(&mut self, entry: Entry<E>) {
        let time = entry.rank.time;
        // The lowest bit is set so that a time equal to the base finds level 0.
        let highest_bit = ((time ^ self.base) | 1).ilog2();
        let level = highest_bit / DIGIT_BITS;
        let digit = (time >> (level * DIGIT_BITS) & DIGIT_MASK) as usize;
        let level = level as usize;
        if self.slots[level * SLOTS + digit].push(entry, &mut self.pool) {
            self.levels |= 1 << level;
            self.occupied[level] |= 1 << digit;
        }
    }

    /// Puts an entry that is due at `edge` or before in its place.
    #[inline(never)]
    fn insert(&mut self, entry: Entry<E>) {
        if entry.rank.time < self.base {
            self.early.push(Reverse(entry));
        } else if let Err(entry) = self.bottom.insert(entry, &mut self.pool) {
            self.spill();
            self.put(entry);
        }
    }

    /// Puts the bottom back into the wheel, which spreads it over narrower slots than the one it came from.
    fn spill(&mut self) {
        self.edge = self.base - 1;
        while let Some(entry) = self.bottom.pop_first() {
            self.put(entry);
        }
    }

    /// The rank of the first entry; entries due after `limit` may be reported as none.
    ///
    /// This moves the wheel up to `limit`, so time should not lag behind it afterwards. `pending` only tunes the speed.
    #[inline]
    pub(super) fn first(&mut self, limit: u64, pending: usize) -> Option<Rank> {
        if let Some(Reverse(entry)) = self.early.peek() {
            return Some(entry.rank);
        }
        if self.bottom.is_empty() && self.levels != 0 {
            self.refill(limit, pending);
        }
        self.bottom.first()
    }

    #[inline]
    pub(super) fn pop_first(&mut self) -> Option<Entry<E>> {
        if let Some(Reverse(entry)) = self.early.pop() {
            return Some(entry);
        }
        self.bottom.pop_first()
    }

    /// Fills the empty bottom with the first entries, if they may be due by `limit`.
    #[inline(never)]
    fn refill(&mut self, limit: u64, pending: usize) {
        let taken_max = (pending / TAKEN_SHARE).clamp(TAKEN_MIN, TAKEN_MAX);
        while self.levels != 0 {
            let lowest = self.levels.trailing_zeros();
            let (level, shift) = (lowest as usize, lowest * DIGIT_BITS);
            let digit = self.occupied[level].trailing_zeros() as usize;
            let above = self.base & u64::MAX.checked_shl(shift + DIGIT_BITS).unwrap_or(0);
            let start = above | ((digit as u64) << shift);
            if start > limit {
                return;
            }
            self.base = start;
            self.edge = start - 1;
            let slot = &mut self.slots[level * SLOTS + digit];
            if slot.len() <= taken_max && shift <= SPAN_BITS_MAX || level == 0 {
                if level > 0 {
                    self.edge = start | ((1 << shift) - 1);
                }
                self.bottom.fill(start, slot.take_chunk(), &mut self.pool);
                if slot.len() == 0 {
                    self.vacate(level, digit);
                }
                return;
            }
            self.deal(level, digit);
        }
    }

    /// Empties a slot, from whose start on the base is counted now, into slots further down.
    fn deal(&mut self, level: usize, digit: usize) {
        self.vacate(level, digit);
        let mut slot = std::mem::replace(&mut self.slots[level * SLOTS + digit], Chunked::new());
        while slot.len() > 0 {
            let mut chunk = slot.take_chunk();
            for entry in chunk.drain(..).flatten() {
                self.put(entry);
            }
            self.pool.give_back(chunk);
        }
    }

    #[inline]
    fn vacate(&mut self, level: usize, digit: usize) {
        self.occupied[level] &= !(1 << digit);
        if self.occupied[level] == 0 {
            self.levels &= !(1 << level);
        }
    }

    /// Keeps only the entries that `keep` accepts.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        self.early.retain(|Reverse(entry)| keep(entry));
        self.bottom.retain(&mut keep);
        for level in 0..LEVELS {
            let mut occupied = self.occupied[level];
            while occupied != 0 {
                let digit = occupied.trailing_zeros() as usize;
                occupied &= occupied - 1;
                let mut slot = std::mem::replace(&mut self.slots[level * SLOTS + digit], Chunked::new());
                let mut kept = Chunked::new();
                while slot.len() > 0 {
                    let mut chunk = slot.take_chunk();
                    for entry in chunk.drain(..).flatten().filter(&mut keep) {
                        kept.push(entry, &mut self.pool);
                    }
                    self.pool.give_back(chunk);
                }
                if kept.len() == 0 {
                    self.vacate(level, digit);
                }
                self.slots[level * SLOTS + digit] = kept;
            }
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Chunked<E>>()
            + self.pool.memory_bytes()
            + self.early.capacity() * size_of::<Entry<E>>()
    }
}

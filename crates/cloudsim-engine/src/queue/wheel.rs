//! The main queue: a hierarchical wheel of 64 slots per level with ticks of 1 ns, above a small sorted bottom.
//!
//! ```text
//! level 10   |  .  |  .  | ...  16 slots of 2^60 ns
//!   ...
//! level 1    |  .  |  .  | ...  64 slots of 64 ns
//! level 0    |  .  |  .  | ...  64 slots of 1 ns
//! bottom     what is due up to `edge`, sorted; popped from its front
//! ```
//!
//! An entry's level is that of the highest base-64 digit in which its time differs from `base`, its slot is that digit. So
//! everything on a lower level is due before everything on a higher one, and one bitmap per level finds the next slot.
//! A slot of few entries is sorted into the bottom at once, without walking down the levels: an entry is moved three to
//! five times in its life, in sequence, whatever the number pending.

use super::chunks::{Chunked, Pool};
use super::entry::{Entry, Rank};
use super::{POPPED_SHRINK_MIN, shrink_if_sparse};
use std::collections::VecDeque;

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = 11;

/// A slot of at most this many entries is sorted into the bottom; a larger one is dealt to the level below.
const TAKEN_MAX: usize = 64;

/// A bottom that grows beyond this by pushes is put back into the wheel, whose slots are narrower now.
const BOTTOM_MAX: usize = 256;

/// # Invariants
/// - The bottom is sorted; every entry in the wheel is due after `edge`, every one in the bottom at `edge` or before.
/// - `base <= edge + 1`, and no entry in the wheel is due before `base`.
/// - Above level 0, the slot of `base`'s own digit is empty: what shares that digit belongs further down.
/// - Within a slot, entries of equal time stand in the order of their numbers.
pub(super) struct Wheel<E> {
    bottom: VecDeque<Entry<E>>,
    edge: u64,
    base: u64,
    /// Bit `l` is set if level `l` has a slot in use.
    levels: u32,
    /// Bit `s` of level `l` is set if slot `s` there has entries.
    occupied: [u64; LEVELS],
    slots: Vec<Chunked<E>>,
    pool: Pool<E>,
}

impl<E> Wheel<E> {
    pub(super) fn new() -> Self {
        Self {
            bottom: VecDeque::new(),
            edge: 0,
            base: 0,
            levels: 0,
            occupied: [0; LEVELS],
            slots: std::iter::repeat_with(Chunked::default).take(LEVELS * SLOTS).collect(),
            pool: Pool::new(),
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
        let highest_bit = 63 - ((time ^ self.base) | 1).leading_zeros();
        let level = highest_bit / DIGIT_BITS;
        let digit = (time >> (level * DIGIT_BITS)) as usize % SLOTS;
        let level = level as usize;
        self.levels |= 1 << level;
        self.occupied[level] |= 1 << digit;
        self.slots[level * SLOTS + digit].push(entry, &mut self.pool);
    }

    /// Puts an entry that is due at `edge` or before in its place.
    fn insert(&mut self, entry: Entry<E>) {
        if self.bottom.len() >= BOTTOM_MAX && self.edge > self.base && entry.rank.time >= self.base {
            self.spill();
            self.put(entry);
            return;
        }
        // Ties come last among equals, and a burst of them arrives in order.
        if self.bottom.back().is_none_or(|last| last.rank < entry.rank) {
            self.bottom.push_back(entry);
        } else {
            let place = self.bottom.partition_point(|other| other.rank < entry.rank);
            self.bottom.insert(place, entry);
        }
    }

    /// Puts the bottom back into the wheel, which spreads it over narrower slots than the one it came from.
    #[cold]
    fn spill(&mut self) {
        let early = self.bottom.partition_point(|entry| entry.rank.time < self.base);
        let spilt = self.bottom.split_off(early);
        self.edge = self.base - 1;
        for entry in spilt {
            self.put(entry);
        }
    }

    /// The rank of the first entry; entries due after `limit` may be reported as none.
    ///
    /// The caller promises that time never goes back behind `limit`: this moves the wheel up to it, and what is pushed
    /// before `base` later has to be inserted into the bottom one by one.
    #[inline]
    pub(super) fn first(&mut self, limit: u64) -> Option<Rank> {
        if self.bottom.is_empty() && self.levels != 0 {
            self.refill(limit);
        }
        self.bottom.front().map(|entry| entry.rank)
    }

    #[inline]
    pub(super) fn pop_first(&mut self) -> Option<Entry<E>> {
        self.bottom.pop_front()
    }

    /// Fills the empty bottom with the first entries, if they may be due by `limit`.
    fn refill(&mut self, limit: u64) {
        while self.levels != 0 {
            let level = self.levels.trailing_zeros() as usize;
            let digit = self.occupied[level].trailing_zeros() as usize;
            let shift = level as u32 * DIGIT_BITS;
            let above = self.base & u64::MAX.checked_shl(shift + DIGIT_BITS).unwrap_or(0);
            let start = above | ((digit as u64) << shift);
            if start > limit {
                return;
            }
            self.occupied[level] &= !(1 << digit);
            if self.occupied[level] == 0 {
                self.levels &= !(1 << level);
            }
            let slot = std::mem::take(&mut self.slots[level * SLOTS + digit]);
            self.base = start;
            if level == 0 || slot.len() <= TAKEN_MAX {
                self.edge = start | ((1 << shift) - 1);
                self.take(slot, level);
                return;
            }
            self.edge = start - 1;
            for mut chunk in slot.into_chunks() {
                for entry in chunk.drain(..) {
                    self.put(entry);
                }
                self.pool.give_back(chunk);
            }
        }
    }

    /// Sorts a slot into the empty bottom.
    fn take(&mut self, slot: Chunked<E>, level: usize) {
        self.bottom.clear();
        if self.bottom.capacity() > POPPED_SHRINK_MIN && slot.len() < self.bottom.capacity() / 8 {
            self.bottom.shrink_to(POPPED_SHRINK_MIN);
        }
        for mut chunk in slot.into_chunks() {
            self.bottom.extend(chunk.drain(..));
            self.pool.give_back(chunk);
        }
        // On level 0 all entries have one time and stand in order.
        if level > 0 {
            self.bottom.make_contiguous().sort_unstable_by_key(|entry| entry.rank);
        }
    }

    /// Keeps only the entries that `keep` accepts.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        self.bottom.retain(&mut keep);
        shrink_if_sparse(&mut self.bottom);
        for level in 0..LEVELS {
            let mut occupied = self.occupied[level];
            while occupied != 0 {
                let digit = occupied.trailing_zeros() as usize;
                occupied &= occupied - 1;
                let slot = std::mem::take(&mut self.slots[level * SLOTS + digit]);
                let mut kept = Chunked::default();
                for mut chunk in slot.into_chunks() {
                    for entry in chunk.drain(..).filter(&mut keep) {
                        kept.push(entry, &mut self.pool);
                    }
                    self.pool.give_back(chunk);
                }
                if kept.len() == 0 {
                    self.occupied[level] &= !(1 << digit);
                }
                self.slots[level * SLOTS + digit] = kept;
            }
            if self.occupied[level] == 0 {
                self.levels &= !(1 << level);
            }
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.bottom.capacity() * size_of::<Entry<E>>()
            + self.slots.capacity() * size_of::<Chunked<E>>()
            + self.pool.memory_bytes()
    }
}

//! The first few entries of the wheel, sorted.

use super::chunks::{CHUNK, Chunk, Pool};
use super::entry::{Entry, Rank};

const CELL_BITS: u32 = 9;
const CELL_MASK: u64 = (1 << CELL_BITS) - 1;

const _: () = assert!(CHUNK <= 1 << CELL_BITS);

/// The widest span of a bottom, as a number of bits: times are kept as offsets, beside the number of a cell.
pub(super) const SPAN_BITS_MAX: u32 = 64 - CELL_BITS;

/// One chunk of entries and the order to pop them in. What is sorted are words of 8 bytes; the entries stay where they are.
///
/// # Invariants
/// `order` holds `(time - start) << CELL_BITS | cell` of each entry, the last due first. Of equal times, the one pushed
/// first stands behind; the numbers of cells say nothing about that, except just after [`Bottom::fill`].
pub(super) struct Bottom<E> {
    start: u64,
    order: Vec<u64>,
    cells: Chunk<E>,
}

impl<E> Bottom<E> {
    pub(super) const fn new() -> Self {
        Self { start: 0, order: Vec::new(), cells: Vec::new() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Replaces the empty bottom by a chunk of entries due at `start` or up to 2^[`SPAN_BITS_MAX`] later.
    #[inline]
    pub(super) fn fill(&mut self, start: u64, chunk: Chunk<E>, pool: &mut Pool<E>) {
        let old = std::mem::replace(&mut self.cells, chunk);
        if old.capacity() > 0 {
            pool.give_back(old);
        }
        self.start = start;
        let entries = self.cells.iter().flatten();
        self.order
            .extend((0..).zip(entries).map(|(cell, entry)| (entry.rank.time - start) << CELL_BITS | cell));
        self.order.sort_unstable_by(|a, b| b.cmp(a));
    }

    #[inline]
    pub(super) fn first(&self) -> Option<Rank> {
        let cell = (self.order.last()? & CELL_MASK) as usize;
        self.cells[cell].as_ref().map(|entry| entry.rank)
    }

    #[inline]
    pub(super) fn pop_first(&mut self) -> Option<Entry<E>> {
        let cell = (self.order.pop()? & CELL_MASK) as usize;
        self.cells[cell].take()
    }

    /// Puts an entry in its place, behind those of its time; gives it back if there is no room.
    pub(super) fn insert(&mut self, entry: Entry<E>, pool: &mut Pool<E>) -> Result<(), Entry<E>> {
        if self.cells.len() == self.cells.capacity() {
            if self.order.len() > CHUNK / 2 {
                return Err(entry);
            }
            self.compact(pool);
        }
        let offset = (entry.rank.time - self.start) << CELL_BITS;
        let place = self.order.partition_point(|key| *key & !CELL_MASK > offset);
        self.order.insert(place, offset | self.cells.len() as u64);
        self.cells.push(Some(entry));
        Ok(())
    }

    /// Makes room where entries have been popped.
    fn compact(&mut self, pool: &mut Pool<E>) {
        let mut cells = pool.take();
        for key in &mut self.order {
            let entry = self.cells[(*key & CELL_MASK) as usize].take();
            *key = *key & !CELL_MASK | cells.len() as u64;
            cells.push(entry);
        }
        let old = std::mem::replace(&mut self.cells, cells);
        if old.capacity() > 0 {
            pool.give_back(old);
        }
    }

    /// Keeps only the entries that `keep` accepts.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        let cells = &mut self.cells;
        self.order.retain(|key| {
            let cell = &mut cells[(*key & CELL_MASK) as usize];
            *cell = cell.take().filter(&mut keep);
            cell.is_some()
        });
    }
}

//! Lists of entries cut into chunks that come from one pool, so that memory follows what is pending, not where it was.
//!
//! A growing `Vec` per slot would keep the largest size that each of 416 slots ever had.

use super::entry::Entry;
use std::collections::VecDeque;

/// Entries per chunk. Of 32 bytes each, a chunk is no power of two, so that the starts of chunks spread over the
/// sets of the cache.
pub(super) const CHUNK: usize = 508;

/// How many chunks are kept for later, whatever is in use.
const SPARE_MIN: usize = 64;

/// Entries in the order of their pushes; each is `None` once it has been taken out.
pub(super) type Chunk<E> = Vec<Option<Entry<E>>>;

/// A list in the order of its pushes. Only the tail has room.
pub(super) struct Chunked<E> {
    full: VecDeque<Chunk<E>>,
    tail: Chunk<E>,
}

/// Chunks that nothing uses at the moment.
pub(super) struct Pool<E> {
    spare: Vec<Chunk<E>>,
    in_use: usize,
}

impl<E> Chunked<E> {
    pub(super) const fn new() -> Self {
        Self { full: VecDeque::new(), tail: Vec::new() }
    }

    /// Adds an entry; true if it is the first.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>, pool: &mut Pool<E>) -> bool {
        let mut first = false;
        if self.tail.len() == self.tail.capacity() {
            first = self.open_next(pool);
        }
        self.tail.push(Some(entry));
        first
    }

    /// Makes room in the tail; true if there was no list yet.
    #[inline(never)]
    fn open_next(&mut self, pool: &mut Pool<E>) -> bool {
        let tail = std::mem::replace(&mut self.tail, pool.take());
        let first = tail.capacity() == 0;
        if !first {
            self.full.push_back(tail);
        }
        first
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.full.len() * CHUNK + self.tail.len()
    }

    /// Takes out the first chunk, which is to be given back to the pool. The list must not be empty.
    #[inline]
    pub(super) fn take_chunk(&mut self) -> Chunk<E> {
        self.full.pop_front().unwrap_or_else(|| std::mem::take(&mut self.tail))
    }
}

impl<E> Pool<E> {
    pub(super) const fn new() -> Self {
        Self { spare: Vec::new(), in_use: 0 }
    }

    #[inline]
    pub(super) fn take(&mut self) -> Chunk<E> {
        self.in_use += 1;
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK))
    }

    /// Takes back a chunk, and frees chunks as long as more are spare than in use.
    #[inline]
    pub(super) fn give_back(&mut self, mut chunk: Chunk<E>) {
        chunk.clear();
        self.in_use -= 1;
        self.spare.push(chunk);
        // Two at a time, since each chunk given back also lowers what may be spare.
        if self.spare.len() > self.in_use + SPARE_MIN {
            self.spare.truncate(self.spare.len() - 2);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        (self.spare.len() + self.in_use) * CHUNK * size_of::<Option<Entry<E>>>()
    }
}

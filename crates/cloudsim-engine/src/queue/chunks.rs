//! Lists of entries cut into chunks that come from one pool, so that memory follows what is pending, not where it was.
//!
//! A growing `Vec` per slot would keep the largest size that each of 704 slots ever had.

use super::entry::Entry;

/// Entries per chunk. Of 32 bytes each, a chunk is no power of two, so that the starts of chunks spread over the
/// sets of the cache.
const CHUNK: usize = 60;

/// How many chunks are kept for later, whatever is in use.
const SPARE_MIN: usize = 64;

pub(super) type Chunk<E> = Vec<Entry<E>>;

/// A list in the order of its pushes.
pub(super) struct Chunked<E> {
    full: Vec<Chunk<E>>,
    tail: Chunk<E>,
}

/// Chunks that nothing uses at the moment.
pub(super) struct Pool<E> {
    spare: Vec<Chunk<E>>,
    in_use: usize,
}

impl<E> Default for Chunked<E> {
    fn default() -> Self {
        Self { full: Vec::new(), tail: Vec::new() }
    }
}

impl<E> Chunked<E> {
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>, pool: &mut Pool<E>) {
        if self.tail.len() == self.tail.capacity() {
            self.extend(pool);
        }
        self.tail.push(entry);
    }

    #[cold]
    #[inline(never)]
    fn open_next(&mut self, pool: &mut Pool<E>) {
        let full = std::mem::replace(&mut self.tail, pool.take());
        self.full.push(full);
    }

    #[inline]
    fn extend(&mut self, pool: &mut Pool<E>) {
        if self.tail.capacity() == 0 {
            self.tail = pool.take();
        } else {
            self.open_next(pool);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.full.len() * CHUNK + self.tail.len()
    }

    /// The chunks, in order. Each is to be given back to the pool.
    pub(super) fn into_chunks(self) -> impl Iterator<Item = Chunk<E>> {
        self.full.into_iter().chain(std::iter::once(self.tail))
    }
}

impl<E> Pool<E> {
    pub(super) const fn new() -> Self {
        Self { spare: Vec::new(), in_use: 0 }
    }

    #[inline]
    fn take(&mut self) -> Chunk<E> {
        self.in_use += 1;
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK))
    }

    /// Takes back an emptied chunk, and frees chunks as long as more are spare than in use.
    #[inline]
    pub(super) fn give_back(&mut self, chunk: Chunk<E>) {
        debug_assert!(chunk.is_empty());
        self.in_use -= 1;
        self.spare.push(chunk);
        // Two at a time, since each chunk given back also lowers what may be spare.
        if self.spare.len() > self.in_use + SPARE_MIN {
            self.spare.truncate(self.spare.len() - 2);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        (self.spare.len() + self.in_use) * CHUNK * size_of::<Entry<E>>()
    }
}

//! Random streams: one per name and purpose, so that a new draw here moves nothing there.
//!
//! Every word that a run can see is computed here and in `rand_chacha`'s block function alone, whose output is the
//! published cipher of eight rounds. Ranges and shuffles are our own: those of `rand` may change with its versions.

use blake3::Hasher;
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;
use std::fmt;

/// Makes the streams of one run.
#[derive(Clone)]
pub struct Streams {
    seed: u64,
    /// Has taken in the seed; each stream's key goes on from here.
    seeded: Hasher,
}

/// One stream of random words. Two streams of the same seed, path and purpose give the same words.
///
/// As a `rand` generator it can feed whatever takes one; but only what [`Stream::word`], [`Stream::below`],
/// [`Stream::shuffle`] and [`Stream::refill`] give is the same with every version of `rand`.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u8; 32],
    words: ChaCha8Rng,
}

/// The 32 words of one numbered thing, such as a request: word `i` is the same whoever draws it and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill(pub [u64; Refill::WORDS]);

/// Which word of a [`Refill`]: in bounds by construction, so that reading it cannot fail.
///
/// ```
/// use cloudsim_engine::{Streams, WordIndex};
/// const SERVICE_TIME: WordIndex = WordIndex::new(3);
///
/// let requests = Streams::new(1).stream("web", "requests");
/// let first_try = requests.refill(7, 0);
/// assert_eq!(first_try.word(SERVICE_TIME), requests.refill(7, 0).word(SERVICE_TIME));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordIndex(u8);

impl Streams {
    /// The streams of the run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut seeded = Hasher::new_derive_key("cloudsim 2026 random stream: seed, path, purpose");
        seeded.update(&seed.to_le_bytes());
        Self { seed, seeded }
    }

    /// The stream of the entity at `path` for one purpose, from its beginning.
    #[must_use]
    pub fn stream(&self, path: &str, purpose: &str) -> Stream {
        let mut hasher = self.seeded.clone();
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
        hasher.update(purpose.as_bytes());
        let key = *hasher.finalize().as_bytes();
        Stream { key, words: ChaCha8Rng::from_seed(key) }
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Streams").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Stream {
    /// The next word.
    pub fn word(&mut self) -> u64 {
        let Ok(word) = self.words.try_next_u64();
        word
    }

    /// A number below `n`, from the next word. None is more likely than another by more than `n` in 2^64.
    ///
    /// # Panics
    /// If `n` is 0: there is no such number.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "no number is below 0");
        high_half(self.word(), n)
    }

    /// Puts `items` in random order, with one word for each but the first.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        // Fisher and Yates, from the end.
        for last in (1..items.len()).rev() {
            let chosen = high_half(self.word(), last as u64 + 1);
            items.swap(last, usize::try_from(chosen).expect("at most the index it is drawn for"));
        }
    }

    /// The words of thing number `number`, below 2^62, of its `retry`-th retry, 0 for the first try. They are a function
    /// of these two alone, and differ from those of [`Stream::word`], which this does not move.
    #[must_use]
    pub fn refill(&self, number: u64, retry: u64) -> Refill {
        const BLOCK_WORDS: u128 = 16;
        const BLOCKS: u128 = 4;
        let mut rng = ChaCha8Rng::from_seed(self.key);
        // ChaCha's stream 0 is that of `word`.
        rng.set_stream(retry.wrapping_add(1));
        rng.set_word_pos(u128::from(number) * BLOCKS * BLOCK_WORDS);
        let mut bytes = [0; Refill::WORDS * 8];
        let Ok(()) = rng.try_fill_bytes(&mut bytes);
        let (words, _) = bytes.as_chunks();
        Refill(std::array::from_fn(|index| u64::from_le_bytes(words[index])))
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.words.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.words.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.words.try_fill_bytes(bytes)
    }
}

impl Refill {
    /// How many words one has.
    pub const WORDS: usize = 32;

    /// The word at `index`.
    #[must_use]
    pub const fn word(&self, index: WordIndex) -> u64 {
        self.0[index.0 as usize]
    }
}

impl WordIndex {
    /// The word at place `index`, counted from 0.
    ///
    /// # Panics
    /// If `index` is 32 or more; in a constant, that is an error of the compiler.
    #[must_use]
    pub const fn new(index: u8) -> Self {
        assert!((index as usize) < Refill::WORDS, "a refill has 32 words");
        Self(index)
    }
}

/// The high half of the product: `word` scaled to the numbers below `n`.
const fn high_half(word: u64, n: u64) -> u64 {
    ((word as u128 * n as u128) >> 64) as u64
}

/// One of several words made of one: a step of Sebastiano Vigna's `SplitMix64`, the `salt`-th.
#[must_use]
pub const fn mix(word: u64, salt: u64) -> u64 {
    let mut z = word.wrapping_add(salt.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

//! Random streams: one per name and purpose, so that a new draw here moves nothing there.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Makes the streams of one run.
#[derive(Clone, Debug)]
pub struct Streams {
    seed: u64,
}

/// One stream of random words. Two streams of the same seed, path and purpose give the same words.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

/// The words of one numbered thing, such as a request: word `i` is the same whoever draws it and when.
#[derive(Clone, Copy, Debug)]
pub struct Refill(pub [u64; 32]);

impl Streams {
    /// The streams of the run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    fn key(&self, path: &str, purpose: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("cloudsim 2026 random stream: seed, path, purpose");
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
        hasher.update(purpose.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The stream of the entity at `path` for one purpose.
    #[must_use]
    pub fn stream(&self, path: &str, purpose: &str) -> Stream {
        Stream(ChaCha8Rng::from_seed(self.key(path, purpose)))
    }
}

impl Stream {
    /// The next word.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The words of thing number `number`, of its `retry`-th try. Does not move the stream of [`Stream::word`]'s caller
    /// in any way that matters: a stream is used either for words or for refills.
    pub fn refill(&mut self, number: u64, retry: u64) -> Refill {
        self.0.set_stream(retry);
        self.0.set_word_pos(u128::from(number) * 64);
        let mut words = [0; 32];
        for word in &mut words {
            *word = self.0.next_u64();
        }
        Refill(words)
    }
}

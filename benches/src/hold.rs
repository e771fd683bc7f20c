//! W1, hold: N events pending; pop the first, put it back an exponential second later.

use crate::Workload;
use crate::pending::PendingSet;
use crate::rng::SplitMix64;

/// The mean of all increments.
pub const MEAN_NS: f64 = 1e9;

/// The seed of the increments.
pub const SEED: u64 = 1;

/// The hold model over a pending set.
pub struct Hold<Q> {
    queue: Q,
    rng: SplitMix64,
    /// Of all times and payloads popped, in order.
    pub checksum: u64,
    /// When the last event popped was due, in nanoseconds.
    pub last: u64,
}

impl<Q: PendingSet> Hold<Q> {
    /// The model with `pending` events.
    #[must_use]
    pub fn new(pending: u64) -> Self {
        let (mut queue, mut rng) = (Q::default(), SplitMix64::new(SEED));
        for payload in 0..pending {
            queue.push(rng.exponential(MEAN_NS), payload);
        }
        Self { queue, rng, checksum: 0, last: 0 }
    }
}

impl<Q: PendingSet> Workload for Hold<Q> {
    fn advance(&mut self, units: u64) -> u64 {
        for _ in 0..units {
            let (at, payload) = self.queue.pop().expect("as many are pushed as popped");
            self.checksum = self.checksum.wrapping_mul(31).wrapping_add(at ^ payload);
            self.last = at;
            self.queue.push(at + self.rng.exponential(MEAN_NS), payload);
        }
        units
    }
}

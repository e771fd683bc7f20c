//! The random generator of all workloads.

use cloudsim_units::math;
use serde::{Deserialize, Serialize};

/// `SplitMix64` (Steele, Lea and Flood): tiny, fast and good enough to load a queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The generator with this state.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next word.
    #[inline]
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// An exponential draw with this mean, in whole nanoseconds, at least 1.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "53 bits are exact, and nanoseconds are far below 2^63"
    )]
    pub fn exponential(&mut self, mean_ns: f64) -> u64 {
        let u = (self.word() >> 11) as f64 / 9_007_199_254_740_992.0;
        // By way of i64, since to u64 a processor may need several steps.
        ((-math::ln(1.0 - u) * mean_ns) as i64).max(1).cast_unsigned()
    }

    /// A number below `n`: the high half of the product.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        u64::try_from((u128::from(self.word()) * u128::from(n)) >> 64).expect("below n")
    }
}

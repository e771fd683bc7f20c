//! How long something takes when it does not always take the same time.

use crate::{SimDuration, math};
use std::fmt;

/// A distribution of durations, sampled by its quantile: one uniform word gives one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DurationDistribution {
    /// Always the same.
    Constant(SimDuration),
    /// Anywhere between the two, each equally likely.
    Uniform(SimDuration, SimDuration),
    /// Memoryless, with this mean.
    Exponential(SimDuration),
    /// The logarithm is normal; given by the median and the shape sigma.
    LogNormal {
        /// Half of the samples are shorter.
        median: SimDuration,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
}

/// The z value of the 95th percentile of a standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_7;

impl DurationDistribution {
    /// A log-normal distribution through a median and a 95th percentile.
    ///
    /// # Panics
    /// If the median is zero or above the percentile.
    #[must_use]
    pub fn log_normal(median: SimDuration, p95: SimDuration) -> Self {
        assert!(!median.is_zero() && median <= p95, "a log-normal needs 0 < median <= p95");
        let sigma = math::ln(p95.as_secs_f64() / median.as_secs_f64()) / Z95;
        Self::LogNormal { median, sigma }
    }

    /// The sample that belongs to a uniformly drawn word.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "nanoseconds below 2^53 are exact, longer ones are rounded"
    )]
    pub fn sample(&self, word: u64) -> SimDuration {
        // The middle of one of 2^53 cells: never 0, and never 1, which the middle of the last would be rounded to.
        let u = (((word >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)).min(1.0 - f64::EPSILON / 2.0);
        match *self {
            Self::Constant(span) => span,
            Self::Uniform(low, high) => {
                let width = high.saturating_sub(low).as_nanos();
                let offset = (u128::from(word) * (u128::from(width) + 1)) >> 64;
                low + SimDuration::from_nanos(u64::try_from(offset).unwrap_or(width))
            }
            Self::Exponential(mean) => SimDuration::from_nanos_f64(-math::ln(u) * mean.as_nanos() as f64),
            Self::LogNormal { median, sigma } => SimDuration::from_nanos_f64(
                median.as_nanos() as f64 * math::exp(sigma * math::normal_quantile(u)),
            ),
        }
    }

    /// The same, each sample so many times as long.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as in a sample")]
    pub fn times(&self, factor: f64) -> Self {
        let longer = |span: SimDuration| SimDuration::from_nanos_f64(span.as_nanos() as f64 * factor);
        match *self {
            Self::Constant(span) => Self::Constant(longer(span)),
            Self::Uniform(low, high) => Self::Uniform(longer(low), longer(high)),
            Self::Exponential(mean) => Self::Exponential(longer(mean)),
            Self::LogNormal { median, sigma } => Self::LogNormal { median: longer(median), sigma },
        }
    }

    /// The mean.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean for people and plausibility checks")]
    pub fn mean(&self) -> SimDuration {
        match *self {
            Self::Constant(span) | Self::Exponential(span) => span,
            Self::Uniform(low, high) => low.saturating_add(high) / 2,
            Self::LogNormal { median, sigma } => {
                SimDuration::from_nanos_f64(median.as_nanos() as f64 * math::exp(sigma * sigma / 2.0))
            }
        }
    }
}

impl fmt::Display for DurationDistribution {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(span) => write!(out, "{span}"),
            Self::Uniform(low, high) => write!(out, "{low}..{high}"),
            Self::Exponential(mean) => write!(out, "exponential, mean {mean}"),
            Self::LogNormal { median, sigma } => {
                let p95 = SimDuration::from_nanos_f64(median.as_secs_f64() * 1e9 * math::exp(sigma * Z95));
                write!(out, "log-normal, median {median}, p95 {p95}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> impl Iterator<Item = u64> {
        (0..10_000_u64).map(|i| i * (u64::MAX / 10_000) + u64::MAX / 20_000)
    }

    fn mean_of(distribution: &DurationDistribution) -> f64 {
        words().map(|word| distribution.sample(word).as_secs_f64()).sum::<f64>() / 10_000.0
    }

    fn one_of_each() -> [DurationDistribution; 4] {
        let second = SimDuration::from_secs(1);
        [
            DurationDistribution::Constant(second),
            DurationDistribution::Uniform(second, second * 3),
            DurationDistribution::Exponential(second),
            DurationDistribution::log_normal(second, second * 2),
        ]
    }

    #[test]
    fn samples_average_to_the_mean() {
        for distribution in one_of_each() {
            let (sampled, exact) = (mean_of(&distribution), distribution.mean().as_secs_f64());
            assert!((sampled / exact - 1.0).abs() < 0.005, "{distribution}: {sampled} against {exact}");
        }
    }

    #[test]
    fn a_distribution_that_is_thrice_as_long_has_samples_that_are() {
        for distribution in one_of_each() {
            let thrice = distribution.times(3.0);
            for word in words() {
                let (one, other) = (distribution.sample(word), thrice.sample(word));
                assert!((other.as_secs_f64() - 3.0 * one.as_secs_f64()).abs() < 1e-6, "{distribution}");
            }
        }
    }

    #[test]
    fn a_log_normal_goes_through_its_median_and_its_95th_percentile() {
        let distribution =
            DurationDistribution::log_normal(SimDuration::from_secs(85), SimDuration::from_secs(120));
        let mut samples: Vec<_> = words().map(|word| distribution.sample(word)).collect();
        samples.sort_unstable();
        assert!((samples[5_000].as_secs_f64() - 85.0).abs() < 0.1);
        assert!((samples[9_500].as_secs_f64() - 120.0).abs() < 0.1);
    }

    #[test]
    fn the_ends_of_a_uniform_are_reached() {
        let distribution =
            DurationDistribution::Uniform(SimDuration::from_nanos(3), SimDuration::from_nanos(5));
        assert_eq!(distribution.sample(0), SimDuration::from_nanos(3));
        assert_eq!(distribution.sample(u64::MAX), SimDuration::from_nanos(5));
    }

    #[test]
    fn the_last_word_gives_the_rarest_sample() {
        let distribution =
            DurationDistribution::log_normal(SimDuration::from_secs(1), SimDuration::from_secs(2));
        assert!(distribution.sample(u64::MAX) > distribution.sample(u64::MAX - (1 << 40)));
        assert!(distribution.sample(u64::MAX) < SimDuration::from_secs(60));
    }

    #[test]
    fn no_word_gives_an_infinite_sample() {
        for word in [0, 1, u64::MAX] {
            assert!(
                DurationDistribution::Exponential(SimDuration::from_secs(1)).sample(word)
                    < SimDuration::from_secs(60)
            );
        }
    }
}

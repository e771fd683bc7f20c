//! How likely something is that happened in `k` of `n` runs.

use super::{Interval, TAIL, beta};

/// The exact interval: whatever the probability is, it is missed on each side in at most 2.5 % of all sweeps.
///
/// Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
/// Biometrika 26 (1934), 404-413 (<https://doi.org/10.1093/biomet/26.4.404>). `None` without runs.
#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
pub(crate) fn probability(k: u64, n: u64) -> Option<Interval> {
    (n > 0).then(|| Interval {
        low: if k == 0 { 0.0 } else { beta::quantile(TAIL, k as f64, (n - k) as f64 + 1.0) },
        high: if k == n { 1.0 } else { beta::quantile(1.0 - TAIL, k as f64 + 1.0, (n - k) as f64) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::level::assert_held;
    use cloudsim_engine::Streams;
    use cloudsim_units::math;

    /// Without a success the upper end is that of which `n` failures in a row have 2.5 %: `1 - 0.025^(1/n)`.
    #[test]
    fn never_and_always_agree_with_the_closed_form() {
        for n in [1, 20, 200] {
            let never = probability(0, n).expect("there are runs");
            let end = 1.0 - math::pow(0.025, 1.0 / f64::from(u32::try_from(n).expect("small")));
            assert!(never.low <= 0.0 && (never.high - end).abs() < 1e-12, "{never:?}, {end}");
            let always = probability(n, n).expect("there are runs");
            assert!(always.high >= 1.0 && (always.low - (1.0 - end)).abs() < 1e-12, "{always:?}");
        }
        assert_eq!(probability(0, 0), None);
    }

    /// Runs of which each breaches by luck of its own.
    #[test]
    fn the_level_is_held_in_sweeps_too() {
        const SWEEPS: u64 = 4_000;
        let mut luck = Streams::new(1).stream("clopper pearson", "test");
        for (truth, per_mille, n) in [(0.005, 5, 60), (0.05, 50, 100), (0.5, 500, 30), (0.98, 980, 200)] {
            let mut held = 0;
            for _ in 0..SWEEPS {
                let k = (0..n).filter(|_| luck.below(1000) < per_mille).count() as u64;
                let Interval { low, high } = probability(k, n).expect("there are runs");
                held += u64::from((low..=high).contains(&truth));
            }
            assert_held(held, SWEEPS, 0.95);
        }
    }

    /// The probability that the interval holds the truth, summed over all outcomes that there are.
    #[test]
    fn whatever_the_probability_the_level_is_held() {
        for n in [5, 20, 100] {
            let intervals: Vec<Interval> = (0..=n).filter_map(|k| probability(k, n)).collect();
            for thousandths in (1..1000).step_by(7) {
                let p = f64::from(thousandths) / 1000.0;
                let mut covered = 0.0;
                for (k, interval) in (0..).zip(&intervals) {
                    if (interval.low..=interval.high).contains(&p) {
                        let below = if k == 0 { 0.0 } else { beta::at_most(k - 1, n, p) };
                        covered += beta::at_most(k, n, p) - below;
                    }
                }
                assert!(covered >= 0.95 - 1e-9, "n = {n}, p = {p}: {covered}");
            }
        }
    }
}

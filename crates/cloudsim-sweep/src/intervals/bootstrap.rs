//! A share of sums, such as all good requests of all runs over all requests.

use super::{Interval, TAIL};
use cloudsim_engine::Streams;
use cloudsim_units::math;

/// How often the runs are drawn again.
const RESAMPLES: usize = 2_000;

/// Of fewer runs no interval is given.
///
/// Chosen: what few runs are drawn again to is little else than themselves; two make an interval of 50 %.
const RUNS_MIN: usize = 10;

/// The interval of `Σ part / Σ whole` over runs, which are drawn again with replacement: bias-corrected and accelerated,
/// because availabilities are skewed. The draws are the same for the same number of runs. `None` for fewer than ten runs,
/// if all are alike, which says nothing of how far others may be, or if there is nothing to divide by.
///
/// Source: B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82 (1987),
/// 171-185 (<https://doi.org/10.1080/01621459.1987.10478410>). Its level is held for many runs, not for few.
pub(crate) fn share_of_sums(runs: &[(u64, u64)]) -> Option<Interval> {
    let whole = Sums::of(runs.iter().copied());
    if runs.len() < RUNS_MIN || whole.whole == 0 {
        return None;
    }
    let estimate = whole.share();
    let mut luck = Streams::new(0).stream("sweep", "bootstrap");
    let count = runs.len() as u64;
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let draw = || runs[usize::try_from(luck.below(count)).expect("a run")];
            Sums::of(std::iter::repeat_with(draw).take(runs.len())).share()
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    if drawn.first() >= drawn.last() {
        return None;
    }
    let bias = bias(&drawn, estimate);
    let acceleration = acceleration(runs, whole);
    let end = |p: f64| {
        let z = bias + math::normal_quantile(p);
        drawn[place(math::normal_cdf(bias + z / (1.0 - acceleration * z)))]
    };
    Some(Interval { low: end(TAIL), high: end(1.0 - TAIL) })
}

/// How far the estimate is from the median of what is drawn, in deviations. What equals it is half below; that all of it is on
/// one side is never concluded from a finite number.
#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn bias(drawn: &[f64], estimate: f64) -> f64 {
    let below = drawn.partition_point(|value| *value < estimate) as f64;
    let up_to = drawn.partition_point(|value| *value <= estimate) as f64;
    let most = drawn.len() as f64;
    math::normal_quantile(f64::midpoint(below, up_to).clamp(0.5, most - 0.5) / most)
}

/// How skewed the estimate is, from leaving out each run in turn.
#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
fn acceleration(runs: &[(u64, u64)], whole: Sums) -> f64 {
    let without: Vec<f64> = runs.iter().map(|run| whole.without(*run).share()).collect();
    let mean = without.iter().sum::<f64>() / without.len() as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in without {
        let far = mean - value;
        squares += far * far;
        cubes += far * far * far;
    }
    if squares > 0.0 { cubes / (6.0 * squares * squares.sqrt()) } else { 0.0 }
}

/// The place of the quantile `p` among what is drawn.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a probability of two thousand"
)]
fn place(p: f64) -> usize {
    ((p * RESAMPLES as f64) as usize).min(RESAMPLES - 1)
}

#[derive(Clone, Copy)]
struct Sums {
    part: u128,
    whole: u128,
}

impl Sums {
    fn of(runs: impl Iterator<Item = (u64, u64)>) -> Self {
        runs.fold(Self { part: 0, whole: 0 }, |sums, (part, whole)| Self {
            part: sums.part + u128::from(part),
            whole: sums.whole + u128::from(whole),
        })
    }

    fn without(self, (part, whole): (u64, u64)) -> Self {
        Self { part: self.part - u128::from(part), whole: self.whole - u128::from(whole) }
    }

    /// Nothing of nothing is all.
    #[expect(clippy::cast_precision_loss, reason = "shares are printed with six places")]
    fn share(self) -> f64 {
        if self.whole == 0 { 1.0 } else { self.part as f64 / self.whole as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::level::{assert_held, assert_useful};

    /// A service of which in one run of four something fails, 1 to 20 % of its requests alike: of 1,000 requests in each run
    /// 1000 · (1 - 0.25 · 0.105) = 973.75 are good.
    #[test]
    fn the_level_is_nearly_held_on_a_skewed_distribution() {
        const SWEEPS: u64 = 500;
        let mut luck = Streams::new(1).stream("bootstrap", "test");
        let mut held = 0;
        for _ in 0..SWEEPS {
            let runs: Vec<(u64, u64)> =
                (0..100)
                    .map(|_| {
                        if luck.below(4) == 0 {
                            (1000 - 10 * (1 + luck.below(20)), 1000)
                        } else {
                            (1000, 1000)
                        }
                    })
                    .collect();
            let Interval { low, high } = share_of_sums(&runs).expect("many runs");
            held += u64::from((low..=high).contains(&0.973_75));
        }
        // The method is an approximation, of which a point is forgiven.
        assert_held(held, SWEEPS, 0.94);
        assert_useful(held, SWEEPS, 0.96);
    }

    #[test]
    fn runs_that_are_few_or_all_alike_have_no_interval() {
        let unlike: Vec<(u64, u64)> = (0..10).map(|run| (900 + run, 1000)).collect();
        assert!(share_of_sums(&unlike).is_some());
        assert_eq!(share_of_sums(&unlike[..9]), None);
        assert_eq!(share_of_sums(&[(9, 10); 50]), None);
        assert_eq!(share_of_sums(&[(0, 0); 50]), None);
    }

    #[test]
    fn the_same_runs_have_the_same_interval_and_more_runs_a_shorter_one() {
        let runs: Vec<(u64, u64)> = (0..40).map(|run| (900 + run, 1000)).collect();
        let more: Vec<(u64, u64)> = runs.iter().cycle().take(400).copied().collect();
        let (one, other) = (share_of_sums(&runs).expect("runs"), share_of_sums(&more).expect("runs"));
        assert_eq!(share_of_sums(&runs), Some(one));
        assert!(other.high - other.low < (one.high - one.low) / 2.0, "{one:?} {other:?}");
    }
}

//! Between which of the sorted runs a quantile is.

use super::{TAIL, beta};

/// Runs in order from the best to the worst, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ranks {
    /// The run that is the quantile: at least that share of all runs is no worse.
    pub(crate) at: u64,
    /// The run below; `None` if there are too few to say.
    pub(crate) low: Option<u64>,
    /// The run above; `None` if there are too few to say.
    pub(crate) high: Option<u64>,
}

/// The ranks of a quantile of `n` runs, and of the ends of its interval. It holds for every distribution, because the number
/// of runs that are no worse than the true quantile is binomial; and as it needs nothing but their order, a run whose value
/// is only known to be worse than all others counts in full.
///
/// Source: H. A. David, H. N. Nagaraja, "Order Statistics", 3rd edition, section 7.1 (<https://doi.org/10.1002/0471722162>).
/// `None` without runs.
pub(crate) fn ranks(n: u64, percent: u32) -> Option<Ranks> {
    if n == 0 {
        return None;
    }
    let p = f64::from(percent) / 100.0;
    // How many ranks from 1 up lie so low that fewer runs than that are below the quantile in at most 2.5 % of sweeps.
    let low = count_while(n, |rank| beta::at_most(rank - 1, n, p) <= TAIL);
    let too_low = count_while(n, |rank| 1.0 - beta::at_most(rank - 1, n, p) > TAIL);
    Some(Ranks {
        at: (n * u64::from(percent)).div_ceil(100).max(1),
        low: (low > 0).then_some(low),
        high: (too_low < n).then_some(too_low + 1),
    })
}

/// For how many of `1..=n`, from the first on, it holds; it never holds again once it did not.
pub(super) fn count_while(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut yes, mut no) = (0, n + 1);
    while no - yes > 1 {
        let middle = yes.midpoint(no);
        if holds(middle) { yes = middle } else { no = middle }
    }
    yes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::level::{assert_held, assert_useful};
    use cloudsim_engine::Streams;
    use cloudsim_units::math;

    /// The median of ten lies between the second and the ninth: of ten coins at most one, or at least nine, are heads with
    /// 22 in 1024, and at most two or at least eight with 112.
    #[test]
    fn the_median_of_ten_is_between_the_second_and_the_ninth() {
        assert_eq!(ranks(10, 50), Some(Ranks { at: 5, low: Some(2), high: Some(9) }));
    }

    /// `0.99^n` is below 2.5 % from 368 runs on: 0.99^367 = 0.02501, 0.99^368 = 0.02476.
    #[test]
    fn too_few_runs_have_no_upper_end() {
        assert_eq!(ranks(367, 99).expect("runs").high, None);
        assert_eq!(ranks(368, 99).expect("runs").high, Some(368));
        assert_eq!(ranks(1, 50), Some(Ranks { at: 1, low: None, high: None }));
        assert_eq!(ranks(0, 50), None);
    }

    #[test]
    fn the_quantile_lies_in_its_interval() {
        for n in 1..400 {
            for percent in [50, 90, 95, 99] {
                let Ranks { at, low, high } = ranks(n, percent).expect("runs");
                assert!(low.is_none_or(|low| 1 <= low && low <= at), "{n} {percent}");
                assert!(high.is_none_or(|high| at <= high && high <= n), "{n} {percent}");
            }
        }
    }

    /// Waits of an exponential distribution, of which those above 2 are only known to be so: `q = -ln(1 - p)`, and at 90 %
    /// and above the truth is one of those.
    #[test]
    fn the_level_is_held_on_an_exponential_distribution_that_is_cut_off() {
        const SWEEPS: u64 = 4_000;
        let mut luck = Streams::new(1).stream("order statistics", "test");
        for percent in [50, 90, 95] {
            let truth = -math::ln(1.0 - f64::from(percent) / 100.0);
            let mut held = 0;
            for _ in 0..SWEEPS {
                let mut runs: Vec<f64> = (0..100).map(|_| exponential(luck.word()).min(2.0)).collect();
                runs.sort_by(f64::total_cmp);
                let Ranks { low, high, .. } = ranks(100, percent).expect("runs");
                let at = |rank: u64| runs[usize::try_from(rank - 1).expect("a rank")];
                let above = high.is_none_or(|high| truth <= at(high) || at(high) >= 2.0);
                held += u64::from(low.is_none_or(|low| at(low) <= truth) && above);
            }
            assert_held(held, SWEEPS, 0.95);
            // Where the truth is cut off, there is no end on that side to miss it by.
            if percent == 50 {
                assert_useful(held, SWEEPS, 0.98);
            }
        }
    }

    /// Dice: many runs are alike, and the truth is one of the values; of six the median is 3, and 95 % is 6.
    #[test]
    fn the_level_is_held_on_a_distribution_of_few_values() {
        const SWEEPS: u64 = 2_000;
        let mut luck = Streams::new(2).stream("order statistics", "test");
        for (percent, truth) in [(50, 3), (95, 6)] {
            for n in [20, 200] {
                let mut held = 0;
                for _ in 0..SWEEPS {
                    let mut runs: Vec<u64> = (0..n).map(|_| 1 + luck.below(6)).collect();
                    runs.sort_unstable();
                    let Ranks { low, high, .. } = ranks(n, percent).expect("runs");
                    let at = |rank: u64| runs[usize::try_from(rank - 1).expect("a rank")];
                    let below = low.is_none_or(|low| at(low) <= truth);
                    let in_it = below && high.is_none_or(|high| truth <= at(high));
                    held += u64::from(in_it);
                }
                assert_held(held, SWEEPS, 0.95);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn exponential(word: u64) -> f64 {
        -math::ln(((word >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
    }
}

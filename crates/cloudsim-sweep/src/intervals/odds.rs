//! Whether something is rarer than a share, by the runs in which it happened.

use super::beta;
use super::order_statistics::count_while;
use crate::sweep::RUNS_MAX;

/// What is to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Odds {
    /// That it is rarer than this.
    pub(crate) share: f64,
    /// How probable a mistake may be.
    pub(crate) error: f64,
}

/// In how many of `n` runs it may happen, so that the upper end of the one-sided exact interval is no more than the share: the
/// binomial test of C. J. Clopper and E. S. Pearson (<https://doi.org/10.1093/biomet/26.4.404>). `None` if `n` are too few even
/// if it never happens.
pub(crate) fn allowed(n: u64, odds: Odds) -> Option<u64> {
    count_while(n, |more| beta::at_most(more - 1, n, odds.share) <= odds.error).checked_sub(1)
}

/// In how many of `n` runs it has to happen, so that the lower end of the one-sided exact interval is above the share: the same
/// test from the other side. `None` if `n` are too few even if it always happens.
pub(crate) fn needed(n: u64, odds: Odds) -> Option<u64> {
    // Seen from the other side it is what does not happen that is rare.
    let other = Odds { share: 1.0 - odds.share, error: odds.error };
    allowed(n, other).map(|most| n - most).filter(|least| *least > 0)
}

/// The fewest runs that can show it, if it never happens.
pub(crate) fn seeds_needed(odds: Odds) -> u64 {
    count_while(RUNS_MAX, |n| allowed(n, odds).is_none()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::level::assert_held;
    use cloudsim_engine::{Stream, Streams};

    /// 0.95^58 = 0.0510, 0.95^59 = 0.0485; with one breach it takes 93, with two 124.
    #[test]
    fn fifty_nine_runs_without_a_breach_show_95_of_95() {
        let odds = Odds { share: 0.05, error: 0.05 };
        assert_eq!(seeds_needed(odds), 59);
        let known = [(58, None), (59, Some(0)), (92, Some(0)), (93, Some(1)), (123, Some(1)), (124, Some(2))];
        for (n, most) in known {
            assert_eq!(allowed(n, odds), most, "{n}");
        }
    }

    /// With p = 0.05: of 1 run one is 0.05; of 20, P(X >= 4) = 0.0159 and P(X >= 3) = 0.0755; of 59, P(X >= 7) = 0.0274 and
    /// P(X >= 6) = 0.0738.
    #[test]
    fn more_breaches_than_luck_has_show_the_contrary() {
        let odds = Odds { share: 0.05, error: 0.05 };
        for (n, least) in [(20, 4), (59, 7)] {
            assert_eq!(needed(n, odds), Some(least), "{n}");
        }
        for n in 1..200 {
            let (most, least) = (allowed(n, odds), needed(n, odds));
            assert!(
                most.is_none_or(|most| least.is_none_or(|least| most < least)),
                "{n}: {most:?} {least:?}"
            );
        }
        assert_eq!(needed(5, Odds { share: 1.0, error: 0.05 }), None, "nothing is more frequent than always");
    }

    /// What happens in exactly 5 % of runs is not rarer than that, and is said to be in at most 5 % of sweeps.
    #[test]
    fn what_is_as_frequent_as_the_share_is_rarely_called_rarer() {
        const SWEEPS: u64 = 4_000;
        let odds = Odds { share: 0.05, error: 0.05 };
        let mut luck = Streams::new(1).stream("odds", "test");
        for n in [59, 93, 200, 500] {
            let most = allowed(n, odds).expect("enough runs");
            let is_called = |luck: &mut Stream| (0..n).filter(|_| luck.below(20) == 0).count() as u64 <= most;
            let not_called = (0..SWEEPS).filter(|_| !is_called(&mut luck)).count() as u64;
            assert_held(not_called, SWEEPS, 0.95);
        }
    }
}

//! Whether pairs that differ do so to one side more than luck would.

use super::beta;

/// How probable a split at least so uneven is, if either side is as likely: exact, two-sided. Pairs that are alike are no
/// part of it.
///
/// Source: W. J. Dixon, A. M. Mood, "The statistical sign test", Journal of the American Statistical Association 41 (1946),
/// 557-566 (<https://doi.org/10.1080/01621459.1946.10501898>). Of pairs of yes and no it is the exact form of Q. McNemar, "Note
/// on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12 (1947), 153-157
/// (<https://doi.org/10.1007/BF02295996>).
pub(crate) fn sign_test(one: u64, other: u64) -> f64 {
    (2.0 * beta::at_most(one.min(other), one + other, 0.5)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ten coins none or one, or nine or all, are heads with 22 of 1024.
    #[test]
    fn it_counts_coins() {
        assert!((sign_test(1, 9) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((sign_test(9, 1) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((sign_test(5, 5) - 1.0).abs() < 1e-12);
        assert!((sign_test(0, 0) - 1.0).abs() < 1e-12);
    }

    /// Where either side is as likely, 5 % is undercut in at most 5 % of all sweeps, summed over all outcomes.
    #[test]
    fn what_is_no_difference_is_rarely_called_one() {
        for n in [1, 6, 20, 101, 400] {
            let mut called = 0.0;
            for one in 0..=n {
                if sign_test(one, n - one) < 0.05 {
                    let below = if one == 0 { 0.0 } else { beta::at_most(one - 1, n, 0.5) };
                    called += beta::at_most(one, n, 0.5) - below;
                }
            }
            assert!(called <= 0.05, "{n}: {called}");
        }
    }
}

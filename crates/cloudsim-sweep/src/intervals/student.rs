//! The distribution of a mean over its estimated error.

use super::{TAIL, beta};
use cloudsim_units::math;

/// How many standard errors the ends of an interval are away from a mean whose error is estimated with so many degrees of
/// freedom.
///
/// Source: Student, "The probable error of a mean", Biometrika 6 (1908), 1-25 (<https://doi.org/10.2307/2331554>); its
/// distribution as NIST's Digital Library of Mathematical Functions has it, 8.17.
pub(crate) fn student(freedom: f64) -> f64 {
    let x = beta::quantile(2.0 * TAIL, freedom / 2.0, 0.5);
    math::pow(freedom * (1.0 - x) / x, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_tables() {
        for (freedom, t) in [(1.0, 12.706_205), (4.0, 2.776_445), (30.0, 2.042_272), (1e6, 1.959_966)] {
            assert!((student(freedom) - t).abs() < 1e-5, "{freedom}");
        }
    }
}

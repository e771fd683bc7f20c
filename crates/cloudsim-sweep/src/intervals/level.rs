//! Whether a method holds its level: it is used in many sweeps of a known truth, and how often it was right is judged by the
//! binomial distribution itself.

use super::beta;

/// Chance alone lets a method that holds its level fail here in one of so many tests.
const RARE: f64 = 1e-4;

/// Panics if `held` of `tries` are too few for a method that is right with probability `level` or above.
pub(crate) fn assert_held(held: u64, tries: u64, level: f64) {
    let luck = beta::at_most(held, tries, level);
    assert!(luck > RARE, "{held} of {tries} held what {level} of them should: {luck:e} by luck");
}

/// Panics if it is right so often that it says next to nothing: more often than `at_most` lets it.
pub(crate) fn assert_useful(held: u64, tries: u64, at_most: f64) {
    let luck = beta::at_most(tries - held, tries, 1.0 - at_most);
    assert!(luck > RARE, "{held} of {tries} held, though {at_most} should at most: {luck:e} by luck");
}

#[test]
fn a_method_that_is_too_bold_or_too_shy_is_found_out() {
    let is_found =
        |test: fn(u64, u64, f64), held| std::panic::catch_unwind(|| test(held, 2000, 0.95)).is_err();
    assert!(!is_found(assert_held, 1900) && !is_found(assert_useful, 1900));
    assert!(is_found(assert_held, 1860), "93 % of 2,000");
    assert!(is_found(assert_useful, 1940), "97 % of 2,000");
}

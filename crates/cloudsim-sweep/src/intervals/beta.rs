//! The distribution of Beta, which is that of binomial counts seen from the other side.

use cloudsim_units::math;

/// The regularized incomplete beta function `I_x(a, b)`; `a` and `b` are positive.
///
/// Source: NIST Digital Library of Mathematical Functions, 8.17(v), the continued fraction 8.17.22
/// (<https://dlmf.nist.gov/8.17#v>), evaluated as W. J. Lentz does, "Generating Bessel functions in Mie scattering calculations
/// using continued fractions" (<https://doi.org/10.1364/AO.15.000668>).
pub(super) fn regularized(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = math::ln_gamma(a + b) - math::ln_gamma(a) - math::ln_gamma(b)
        + a * math::ln(x)
        + b * math::ln(1.0 - x);
    let front = math::exp(ln_front);
    // The fraction converges fast on this side of the mean; the other side is the complement.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const CLOSE: f64 = 1e-15;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = below;
    let mut step = 1.0;
    loop {
        let twice = a + 2.0 * step;
        let even = step * (b - step) * x / ((twice - 1.0) * twice);
        let odd = -(a + step) * (a + b + step) * x / (twice * (twice + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            below = 1.0 / away_from_zero(1.0 + term * below);
            above = away_from_zero(1.0 + term / above);
            change = above * below;
            value *= change;
        }
        step += 1.0;
        // It takes about the root of the larger of a and b.
        if (change - 1.0).abs() < CLOSE || step > 1e6 {
            return value;
        }
    }
}

/// The `x` at which `I_x(a, b)` is `p`.
pub(super) fn quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if regularized(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability of at most `k` successes in `n` tries of probability `p`.
///
/// Source: NIST Digital Library of Mathematical Functions, 8.17.5 (<https://dlmf.nist.gov/8.17#i>).
#[expect(clippy::cast_precision_loss, reason = "counts of runs are far below 2^52")]
pub(super) fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { regularized(1.0 - p, (n - k) as f64, k as f64 + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12, "{one} is not {other}");
    }

    /// `I_x(a, 1) = x^a` and `I_x(1, b) = 1 - (1 - x)^b`.
    #[test]
    fn it_agrees_with_closed_forms() {
        for x in [0.001, 0.1, 0.5, 0.9, 0.999] {
            for shape in [0.5, 1.0, 3.0, 40.0, 2000.0] {
                assert_close(regularized(x, shape, 1.0), math::pow(x, shape));
                assert_close(regularized(x, 1.0, shape), 1.0 - math::pow(1.0 - x, shape));
            }
        }
        assert_close(regularized(0.5, 1000.0, 1000.0), 0.5);
    }

    /// Term by term: 7 tries of probability 0.3.
    #[test]
    fn it_adds_up_binomial_terms() {
        let mut sum = 0.0;
        for (k, ways) in [1.0, 7.0, 21.0, 35.0, 35.0, 21.0, 7.0, 1.0].into_iter().enumerate() {
            let k = u32::try_from(k).expect("up to seven");
            sum += ways * math::pow(0.3, f64::from(k)) * math::pow(0.7, f64::from(7 - k));
            assert_close(at_most(k.into(), 7, 0.3), sum);
        }
    }

    #[test]
    fn quantiles_are_its_inverse() {
        for (a, b) in [(1.0, 200.0), (5.0, 3.0), (199.0, 2.0)] {
            for p in [0.025, 0.5, 0.975] {
                assert_close(regularized(quantile(p, a, b), a, b), p);
            }
        }
    }
}

//! Money: whole nano-dollars, so that sums do not depend on their order.

use crate::ParseUnitError;
use crate::split_decimal;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

const NANOS_PER_DOLLAR: i64 = 1_000_000_000;

/// US dollars, counted in thousand-millionths. A sum that cannot be written, beyond some nine thousand million dollars, stays
/// at that: no scenario whose bill is absurd ends in a panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoUsd(i64);

impl NanoUsd {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);

    /// An amount of `nanos` nano-dollars.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// An amount of `micros` millionths of a dollar: `0.0225` dollars are 22,500 of them.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros * 1_000)
    }

    /// The amount in nano-dollars.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// This price per unit times `units / per`, rounded half to even.
    ///
    /// # Panics
    /// If `per` is zero.
    #[must_use]
    pub fn times(self, units: u128, per: u128) -> Self {
        let product = i128::from(self.0).saturating_mul(i128::try_from(units).unwrap_or(i128::MAX));
        Self::saturated(round_half_even(product, i128::try_from(per).unwrap_or(i128::MAX)))
    }

    /// Parts in proportion to weights that add up to the amount exactly: each is rounded down, and what is then left goes, a
    /// nano-dollar each, to those that lost most, the first of equals first. Without any weight all weigh the same.
    #[must_use]
    pub fn split(self, weights: &[u64]) -> Vec<Self> {
        let all: i128 = weights.iter().copied().map(i128::from).sum();
        let equal = all == 0;
        let all = if equal { i128::try_from(weights.len()).unwrap_or(i128::MAX).max(1) } else { all };
        let shares = weights.iter().map(|weight| {
            let product = i128::from(self.0) * if equal { 1 } else { i128::from(*weight) };
            (product.div_euclid(all), product.rem_euclid(all))
        });
        let mut shares: Vec<(usize, (i128, i128))> = shares.enumerate().collect();
        let left: i128 = shares.iter().map(|(_, (_, lost))| lost).sum::<i128>() / all;
        shares.sort_by_key(|(place, (_, lost))| (std::cmp::Reverse(*lost), *place));
        for (_, (part, _)) in shares.iter_mut().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            *part += 1;
        }
        shares.sort_by_key(|(place, _)| *place);
        shares.into_iter().map(|(_, (part, _))| Self::saturated(part)).collect()
    }

    fn saturated(nanos: i128) -> Self {
        Self(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Reads an amount in dollars: `"0.045"` or `"$0.045"`.
    ///
    /// # Errors
    /// The text is not a plain decimal number, or finer than a nano-dollar.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let wrong =
            || ParseUnitError::new(format!("`{text}` is not an amount"), "write dollars, as in \"0.045\"");
        let number = text.trim();
        let number = number.strip_prefix('$').unwrap_or(number);
        let (digits, decimals, rest) = split_decimal(number).ok_or_else(wrong)?;
        if !rest.is_empty() || decimals > 9 {
            return Err(wrong());
        }
        let nanos = digits * 10_u128.pow(9 - decimals);
        Ok(Self(i64::try_from(nanos).map_err(|_| wrong())?))
    }
}

fn round_half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, remainder) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    // Not twice the remainder with the denominator, which might overflow.
    match remainder.cmp(&(denominator - remainder)) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

impl Add for NanoUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for NanoUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<i64> for NanoUsd {
    type Output = Self;
    fn mul(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Dollars with two decimals, half to even: `1234.50`.
impl fmt::Display for NanoUsd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = round_half_even(i128::from(self.0), i128::from(NANOS_PER_DOLLAR / 100));
        let sign = if cents < 0 { "-" } else { "" };
        write!(out, "{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_print_with_two_decimals_half_to_even() {
        assert_eq!(NanoUsd::from_micros(22_500).to_string(), "0.02");
        assert_eq!(NanoUsd::from_nanos(15_000_000).to_string(), "0.02");
        assert_eq!(NanoUsd::from_nanos(25_000_000).to_string(), "0.02");
        assert_eq!(NanoUsd::from_nanos(25_000_001).to_string(), "0.03");
        assert_eq!(NanoUsd::from_nanos(-1_234_000_000).to_string(), "-1.23");
    }

    #[test]
    fn a_bill_that_cannot_be_written_stays_at_the_largest_that_can() {
        let price = NanoUsd::from_micros(90_000);
        let most = NanoUsd::from_nanos(i64::MAX);
        assert_eq!(price.times(u128::MAX, 1), most);
        assert_eq!(most + price, most);
        assert_eq!(most * 730, most);
        assert_eq!([most, most].into_iter().sum::<NanoUsd>(), most);
    }

    #[test]
    fn parts_add_up_to_the_amount_to_the_nano_dollar() {
        let parts = |nanos, weights: &[u64]| -> Vec<i64> {
            let parts = NanoUsd::from_nanos(nanos).split(weights);
            parts.into_iter().map(NanoUsd::as_nanos).collect()
        };
        // 3⅓ each leave one; 5 in the proportion 2 to 1 are 3⅓ and 1⅔, which lost more.
        assert_eq!(parts(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(parts(5, &[2, 1]), [3, 2]);
        assert_eq!(parts(7, &[0, 0]), [4, 3]);
        assert_eq!(parts(i64::MAX, &[u64::MAX, u64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
        assert!(parts(7, &[]).is_empty());
    }

    #[test]
    fn an_hourly_price_times_a_month_is_exact() {
        let nat = NanoUsd::parse("0.045").expect("an amount");
        assert_eq!(nat * 730, NanoUsd::parse("$32.85").expect("an amount"));
    }
}

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

    fn saturated(nanos: i128) -> Self {
        Self(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Reads an amount in dollars: `"0.045"`.
    ///
    /// # Errors
    /// The text is not a plain decimal number, or finer than a nano-dollar.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let wrong =
            || ParseUnitError::new(format!("`{text}` is not an amount"), "write dollars, as in \"0.045\"");
        let (digits, decimals, rest) = split_decimal(text.trim()).ok_or_else(wrong)?;
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
    fn an_hourly_price_times_a_month_is_exact() {
        let nat = NanoUsd::parse("0.045").expect("an amount");
        assert_eq!(nat * 730, NanoUsd::parse("32.85").expect("an amount"));
    }
}

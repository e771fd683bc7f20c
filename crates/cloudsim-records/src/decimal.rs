//! Numbers as text, computed from integers: no float ever touches what is printed.

use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use std::fmt;

/// A decimal number held as a whole number of `10^-places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    value: i128,
    places: u32,
    trimmed: bool,
}

impl Decimal {
    /// `value / 10^places`, without trailing zeros: `68.2`, `5`.
    #[must_use]
    pub const fn trimmed(value: i128, places: u32) -> Self {
        Self { value, places, trimmed: true }
    }

    /// `value / 10^places`, with all its places: `0.990000`.
    #[must_use]
    pub const fn fixed(value: i128, places: u32) -> Self {
        Self { value, places, trimmed: false }
    }

    /// `numerator / denominator` rounded half to even, with `places` places.
    ///
    /// # Panics
    /// If `denominator` is not positive, or the quotient needs more than 127 bits.
    #[must_use]
    pub const fn quotient(numerator: i128, denominator: i128, places: u32) -> Self {
        assert!(denominator > 0, "a quotient needs a positive denominator");
        let numerator = numerator * 10_i128.pow(places);
        let (whole, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
        let twice = rest * 2;
        let up = twice > denominator || (twice == denominator && whole & 1 == 1);
        Self::fixed(whole + if up { 1 } else { 0 }, places)
    }

    /// The units that a text such as `-68.2` has of `10^-places`; `None` if it is none, or has more places.
    pub(crate) fn units(text: &str, places: usize) -> Option<i128> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 24
            || decimals.len() > places
            || !are_digits(whole)
            || !are_digits(decimals)
        {
            return None;
        }
        let units: i128 = format!("{whole}{decimals:0<places$}").parse().ok()?;
        Some(if negative { -units } else { units })
    }

    /// The number in whole `10^-places`.
    #[must_use]
    pub const fn unscaled(self) -> i128 {
        self.value
    }

    /// An instant in seconds since t = 0, exact.
    #[must_use]
    pub const fn instant(at: SimTime) -> Self {
        Self::trimmed(at.as_nanos() as i128, 9)
    }

    /// A span in seconds, exact.
    #[must_use]
    pub const fn seconds(span: SimDuration) -> Self {
        Self::trimmed(span.as_nanos() as i128, 9)
    }

    /// A share, exact.
    #[must_use]
    pub const fn share(ratio: Ratio) -> Self {
        Self::trimmed(ratio.as_billionths() as i128, 9)
    }

    /// An amount in dollars, exact.
    #[must_use]
    pub const fn dollars(amount: NanoUsd) -> Self {
        Self::trimmed(amount.as_nanos() as i128, 9)
    }

    /// An amount in dollars and cents, half to even.
    #[must_use]
    pub const fn cents(amount: NanoUsd) -> Self {
        Self::quotient(amount.as_nanos() as i128, 1_000_000_000, 2)
    }

    /// The number as JSON, digit by digit.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        serde_json::Value::Number(self.to_string().parse().expect("a decimal is a JSON number"))
    }
}

/// Without exponent, and without a sign if it is not negative.
impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut value, mut places) = (self.value.unsigned_abs(), self.places);
        while self.trimmed && places > 0 && value.is_multiple_of(10) {
            value /= 10;
            places -= 1;
        }
        let sign = if self.value < 0 { "-" } else { "" };
        if places == 0 {
            return write!(out, "{sign}{value}");
        }
        let scale = 10_u128.pow(places);
        let width = usize::try_from(places).expect("a handful of places");
        write!(out, "{sign}{}.{:0width$}", value / scale, value % scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seconds_are_exact_and_trimmed() {
        assert_eq!(Decimal::instant(SimTime::from_nanos(68_200_000_000)).to_string(), "68.2");
        assert_eq!(Decimal::instant(SimTime::from_nanos(1)).to_string(), "0.000000001");
        assert_eq!(Decimal::seconds(SimDuration::from_secs(300)).to_string(), "300");
        assert_eq!(Decimal::seconds(SimDuration::ZERO).to_string(), "0");
    }

    #[test]
    fn quotients_round_half_to_even() {
        assert_eq!(Decimal::quotient(1, 3, 6).to_string(), "0.333333");
        assert_eq!(Decimal::quotient(1, 2, 0).to_string(), "0");
        assert_eq!(Decimal::quotient(3, 2, 0).to_string(), "2");
        assert_eq!(Decimal::quotient(990, 1000, 6).to_string(), "0.990000");
    }

    #[test]
    fn dollars_agree_with_the_unit_that_prints_them() {
        for nanos in [0, 15_000_000, 25_000_000, 25_000_001, -1_234_000_000, -5_000_000] {
            let amount = NanoUsd::from_nanos(nanos);
            assert_eq!(Decimal::cents(amount).to_string(), amount.to_string());
        }
    }

    proptest! {
        #[test]
        fn an_exact_decimal_reads_back_as_itself(nanos: u64) {
            let text = Decimal::trimmed(i128::from(nanos), 9).to_string();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let read: u128 = format!("{whole}{fraction:0<9}").parse().expect("digits");
            prop_assert_eq!(read, u128::from(nanos));
            prop_assert!(!fraction.ends_with('0'));
        }
    }
}

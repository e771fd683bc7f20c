//! Amounts of data and rates of things.

use crate::{ParseUnitError, SimDuration, split_decimal};
use std::fmt;

/// An amount of data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    /// How long so many take at a rate in a second; at none as long as at one byte.
    #[must_use]
    pub fn take(self, per_second: Self) -> SimDuration {
        let nanos = u128::from(self.0) * 1_000_000_000 / u128::from(per_second.0.max(1));
        SimDuration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Reads `"20GiB"`, `"1.5KB"`, `"2Gi"` or `"512B"`; `KB` is 1000, `KiB` and `Ki` are 1024.
    ///
    /// # Errors
    /// The text has no number, no known unit, or is not a whole number of bytes.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let wrong = || {
            ParseUnitError::new(
                format!("`{text}` is not an amount of data"),
                "write a number with a unit, as in \"2GiB\" or \"512B\"",
            )
        };
        let (digits, decimals, unit) = split_decimal(text.trim()).ok_or_else(wrong)?;
        let factor: u128 = match unit {
            "B" => 1,
            "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KiB" | "Ki" => 1 << 10,
            "MiB" | "Mi" => 1 << 20,
            "GiB" | "Gi" => 1 << 30,
            "TiB" | "Ti" => 1 << 40,
            _ => return Err(wrong()),
        };
        let scale = 10_u128.pow(decimals);
        if !(digits * factor).is_multiple_of(scale) {
            return Err(wrong());
        }
        Ok(Self(u64::try_from(digits * factor / scale).map_err(|_| wrong())?))
    }
}

/// The amount with the largest unit that divides it.
impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in [("TiB", 1_u64 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 >= factor && self.0.is_multiple_of(factor) {
                return write!(out, "{}{unit}", self.0 / factor);
            }
        }
        write!(out, "{}B", self.0)
    }
}

/// How often something happens: a count in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    count: u64,
    per: SimDuration,
}

impl Rate {
    /// `count` things in every `per`.
    ///
    /// # Panics
    /// If `per` is zero.
    #[must_use]
    pub const fn new(count: u64, per: SimDuration) -> Self {
        assert!(!per.is_zero(), "a rate needs a span");
        Self { count, per }
    }

    /// The mean time between two things; `None` if nothing ever happens.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the mean of a distribution")]
    pub fn mean_gap_nanos(self) -> Option<f64> {
        (self.count > 0).then(|| self.per.as_nanos() as f64 / self.count as f64)
    }

    /// How many things are expected in `span`, rounded up.
    #[must_use]
    pub fn expected_in(self, span: SimDuration) -> u128 {
        (u128::from(self.count) * u128::from(span.as_nanos())).div_ceil(u128::from(self.per.as_nanos()))
    }

    /// Reads `"1000/s"`, `"0.5/s"`, `"120/m"` or `"5/h"`.
    ///
    /// # Errors
    /// The text is not a number, a slash and `s`, `m`, `h` or `d`.
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let wrong = || {
            ParseUnitError::new(
                format!("`{text}` is not a rate"),
                "write a count per s, m, h or d, as in \"1000/s\"",
            )
        };
        let (digits, decimals, unit) = split_decimal(text.trim()).ok_or_else(wrong)?;
        let seconds: u64 = match unit {
            "/s" => 1,
            "/m" => 60,
            "/h" => 3_600,
            "/d" => 86_400,
            _ => return Err(wrong()),
        };
        let per = 10_u64
            .checked_pow(decimals)
            .and_then(|scale| scale.checked_mul(seconds * 1_000_000_000))
            .ok_or_else(wrong)?;
        Ok(Self { count: u64::try_from(digits).map_err(|_| wrong())?, per: SimDuration::from_nanos(per) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.count, self.per)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_read_in_decimal_and_binary_units() {
        assert_eq!(Bytes::parse("2Gi"), Ok(Bytes(2 << 30)));
        assert_eq!(Bytes::parse("1.5KB"), Ok(Bytes(1_500)));
        assert!(Bytes::parse("1.5B").is_err());
        assert!(Bytes::parse("12").is_err());
        assert_eq!(Bytes(2 << 30).to_string(), "2GiB");
    }

    #[test]
    fn a_rate_knows_its_mean_gap() {
        assert_eq!(Rate::parse("1000/s").expect("a rate").mean_gap_nanos(), Some(1_000_000.0));
        assert_eq!(Rate::parse("0.5/s").expect("a rate").mean_gap_nanos(), Some(2e9));
        assert_eq!(Rate::parse("0/s").expect("a rate").mean_gap_nanos(), None);
        assert_eq!(Rate::parse("120/m").expect("a rate").expected_in(SimDuration::from_mins(2)), 240);
        assert!(Rate::parse("5").is_err());
    }
}

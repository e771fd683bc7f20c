//! Ratios between 0 and 1, such as an availability: whole thousand-millionths.

use crate::{ParseUnitError, split_decimal};
use std::fmt;

const WHOLE: u64 = 1_000_000_000;

/// A share between nothing and all, counted in thousand-millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u64);

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All.
    pub const ONE: Self = Self(WHOLE);

    /// A share of `billionths` thousand-millionths; more than all counts as all.
    #[must_use]
    pub const fn from_billionths(billionths: u64) -> Self {
        Self(if billionths > WHOLE { WHOLE } else { billionths })
    }

    /// A share of `percent` hundredths; more than all counts as all.
    #[must_use]
    pub const fn from_percent(percent: u64) -> Self {
        Self::from_billionths(percent * (WHOLE / 100))
    }

    /// The share in thousand-millionths.
    #[must_use]
    pub const fn as_billionths(self) -> u64 {
        self.0
    }

    /// The share that is nearest to a number; below nothing is nothing, above all is all.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded and kept within 0 and 1 before"
    )]
    pub fn from_f64(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * 1e9).round() as u64)
    }

    /// The share as a number between 0 and 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / WHOLE as f64
    }

    /// What is missing to all.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(WHOLE - self.0)
    }

    /// Whether `part` of `whole` is at least this share, compared exactly.
    #[must_use]
    pub fn is_met_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) >= u128::from(self.0) * u128::from(whole)
    }

    /// Whether a uniformly drawn word falls into this share.
    #[must_use]
    pub fn chosen_by(self, word: u64) -> bool {
        u128::from(word) * u128::from(WHOLE) < u128::from(self.0) << 64
    }

    /// Reads `"99.9%"` or `"0.999"`.
    ///
    /// # Errors
    /// The text is not a number, above 100 %, or finer than a thousand-millionth.
    ///
    /// ```
    /// use cloudsim_units::Ratio;
    /// assert_eq!(Ratio::parse("99.9%"), Ratio::parse("0.999"));
    /// assert!(Ratio::parse("101%").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let wrong = || {
            ParseUnitError::new(
                format!("`{text}` is not a share"),
                "write a percentage between 0% and 100%, as in \"99.9%\"",
            )
        };
        let (digits, decimals, rest) = split_decimal(text.trim()).ok_or_else(wrong)?;
        let unit = match rest {
            "%" => u128::from(WHOLE / 100),
            "" => u128::from(WHOLE),
            _ => return Err(wrong()),
        };
        let scale = 10_u128.pow(decimals);
        if (digits * unit) % scale != 0 {
            return Err(wrong());
        }
        let billionths = u64::try_from(digits * unit / scale).map_err(|_| wrong())?;
        if billionths > WHOLE {
            return Err(ParseUnitError::new(
                format!("`{text}` is more than all"),
                "a share lies between 0% and 100%",
            ));
        }
        Ok(Self(billionths))
    }
}

/// A percentage, exact: `99.9%`.
impl fmt::Display for Ratio {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / (WHOLE / 100), self.0 % (WHOLE / 100));
        if fraction == 0 {
            return write!(out, "{whole}%");
        }
        let digits = format!("{fraction:07}");
        write!(out, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_compared_exactly() {
        let three_nines = Ratio::parse("99.9%").expect("a share");
        assert!(three_nines.is_met_by(999, 1000));
        assert!(!three_nines.is_met_by(998, 999));
    }

    #[test]
    fn a_share_prints_as_it_is_written() {
        for text in ["99.9%", "100%", "0%", "8.74%", "0.00001%"] {
            assert_eq!(Ratio::parse(text).expect("a share").to_string(), text);
        }
    }

    #[test]
    fn a_word_chooses_nothing_of_none_and_everything_of_all() {
        assert!(!Ratio::ZERO.chosen_by(0));
        assert!(Ratio::ONE.chosen_by(u64::MAX));
        assert!(Ratio::from_percent(50).chosen_by(u64::MAX / 2));
        assert!(!Ratio::from_percent(50).chosen_by(u64::MAX / 2 + 1));
    }
}

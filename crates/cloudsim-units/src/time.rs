//! Simulated time: nanoseconds since the start of a run.

use crate::{ParseUnitError, split_decimal};
use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

const NANOS_PER_MICRO: u64 = 1_000;
const NANOS_PER_MILLI: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// An instant of a run, in nanoseconds since t = 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// A length of simulated time, in nanoseconds.
///
/// What is longer than [`SimDuration::MAX`], 584 years, counts as that long: sums and products saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that can happen.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `seconds` seconds after the start.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// This instant moved by `delay`, or [`SimTime::MAX`] where that cannot be written.
    #[must_use]
    pub const fn saturating_add(self, delay: SimDuration) -> Self {
        Self(self.0.saturating_add(delay.0))
    }

    /// This instant moved back by `delay`, or the start of the run.
    #[must_use]
    pub const fn saturating_sub(self, delay: SimDuration) -> Self {
        Self(self.0.saturating_sub(delay.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span that can be written.
    pub const MAX: Self = Self(u64::MAX);

    /// A span of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(NANOS_PER_MICRO))
    }

    /// A span of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// A span of `seconds` seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND))
    }

    /// A span of `minutes` minutes.
    #[must_use]
    pub const fn from_mins(minutes: u64) -> Self {
        Self::from_secs(minutes.saturating_mul(60))
    }

    /// The span in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The span in seconds, for statistics and distributions only: never compared or hashed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "statistics need no more than 53 bits")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span nearest to `nanos` nanoseconds; zero for anything below, [`SimDuration::MAX`] for anything above.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, as promised"
    )]
    pub fn from_nanos_f64(nanos: f64) -> Self {
        Self((nanos + 0.5) as u64)
    }

    /// The sum, or [`SimDuration::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The product, or [`SimDuration::MAX`].
    #[must_use]
    pub const fn saturating_mul(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Whether the span is empty.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads a span as people write it: `"250ms"`, `"0.15ms"`, `"5m"`, `"1h30m"`, `"2d"`, `"0s"`.
    ///
    /// # Errors
    /// The text is empty, lacks a unit, has an unknown one, or is longer than about 584 years.
    ///
    /// ```
    /// use cloudsim_units::SimDuration;
    /// assert_eq!(SimDuration::parse("1m30s"), Ok(SimDuration::from_secs(90)));
    /// assert!(SimDuration::parse("90").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseUnitError> {
        let hint = "write a number with a unit: ns, us, ms, s, m, h or d, as in \"90s\" or \"1m30s\"";
        let wrong = || ParseUnitError::new(format!("`{text}` is not a duration"), hint);
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        let mut total: u64 = 0;
        let mut previous_unit = u64::MAX;
        while !rest.is_empty() {
            let (digits, decimals, tail) = split_decimal(rest).ok_or_else(wrong)?;
            let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let nanos = match unit {
                "ns" => 1,
                "us" | "µs" => NANOS_PER_MICRO,
                "ms" => NANOS_PER_MILLI,
                "s" => NANOS_PER_SECOND,
                "m" | "min" => 60 * NANOS_PER_SECOND,
                "h" => 3_600 * NANOS_PER_SECOND,
                "d" => 86_400 * NANOS_PER_SECOND,
                "" => return Err(ParseUnitError::new(format!("`{text}` has no unit"), hint)),
                _ => return Err(ParseUnitError::new(format!("`{text}` has an unknown unit `{unit}`"), hint)),
            };
            if nanos >= previous_unit {
                return Err(wrong());
            }
            previous_unit = nanos;
            let scale = 10_u128.pow(decimals);
            let product = digits * u128::from(nanos);
            if product % scale != 0 {
                return Err(ParseUnitError::new(
                    format!("`{text}` is finer than a nanosecond"),
                    "time is counted in whole nanoseconds",
                ));
            }
            let part = u64::try_from(product / scale).map_err(|_| too_long(text))?;
            total = total.checked_add(part).ok_or_else(|| too_long(text))?;
            rest = tail;
        }
        Ok(Self(total))
    }
}

fn too_long(text: &str) -> ParseUnitError {
    ParseUnitError::new(format!("`{text}` is too long"), "the longest time is about 584 years")
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, delay: SimDuration) -> Self {
        self.saturating_add(delay)
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, delay: SimDuration) {
        *self = *self + delay;
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<u64> for SimDuration {
    type Output = Self;
    fn mul(self, factor: u64) -> Self {
        self.saturating_mul(factor)
    }
}

impl Div<u64> for SimDuration {
    type Output = Self;
    fn div(self, divisor: u64) -> Self {
        Self(self.0 / divisor)
    }
}

/// Seconds with up to nine decimals, trailing zeros trimmed: `307.25`.
fn write_seconds(nanos: u64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (seconds, fraction) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    if fraction == 0 {
        return write!(out, "{seconds}");
    }
    let digits = format!("{fraction:09}");
    write!(out, "{seconds}.{}", digits.trim_end_matches('0'))
}

/// A number of seconds, exact: at most nine decimals, no trailing zeros, no exponent.
impl fmt::Display for SimTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(self.0, out)
    }
}

/// The span as people write it, exact, and readable by [`SimDuration::parse`]: `1m30s`, `250ms`.
impl fmt::Display for SimDuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return out.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, nanos) in [
            ("d", 86_400 * NANOS_PER_SECOND),
            ("h", 3_600 * NANOS_PER_SECOND),
            ("m", 60 * NANOS_PER_SECOND),
            ("s", NANOS_PER_SECOND),
            ("ms", NANOS_PER_MILLI),
            ("us", NANOS_PER_MICRO),
            ("ns", 1),
        ] {
            if rest >= nanos {
                write!(out, "{}{unit}", rest / nanos)?;
                rest %= nanos;
            }
        }
        Ok(())
    }
}

impl SimDuration {
    /// Shows the span as a number of seconds, exact: `0.25`.
    #[must_use]
    pub fn in_seconds(self) -> impl fmt::Display {
        SimTime(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_durations_in_many_ways() {
        assert_eq!(SimDuration::parse("0s"), Ok(SimDuration::ZERO));
        assert_eq!(SimDuration::parse("0.15ms"), Ok(SimDuration::from_micros(150)));
        assert_eq!(SimDuration::parse("1h30m"), Ok(SimDuration::from_mins(90)));
        assert_eq!(SimDuration::parse(" 2d "), Ok(SimDuration::from_secs(172_800)));
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_a_hint() {
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "5 s",
            "1.s",
            "1..5s",
            "5x",
            "30s1m",
            "1m1m",
            "nan",
            "1e3s",
            "0.1ns",
            "999999999d",
        ] {
            assert!(SimDuration::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_print_as_exact_seconds() {
        assert_eq!(SimTime::from_nanos(307_250_000_000).to_string(), "307.25");
        assert_eq!(SimTime::from_nanos(1).to_string(), "0.000000001");
        assert_eq!(SimTime::from_secs(60).to_string(), "60");
    }

    proptest! {
        #[test]
        fn a_printed_duration_reads_back_as_itself(nanos: u64) {
            let span = SimDuration::from_nanos(nanos);
            prop_assert_eq!(SimDuration::parse(&span.to_string()), Ok(span));
        }
    }
}

//! Time, money, ratios and distributions of a simulated cloud: integers wherever results are compared.

mod assumption;
mod distribution;
pub mod math;
mod money;
mod quantity;
mod ratio;
mod time;

pub use assumption::{Assumable, Assumed, Assumption, Assumptions};
pub use distribution::DurationDistribution;
pub use money::NanoUsd;
pub use quantity::{Bytes, Rate};
pub use ratio::Ratio;
pub use time::{SimDuration, SimTime};

/// Why a text is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseUnitError {
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What would be right, as a lower-case fragment.
    pub hint: String,
}

impl ParseUnitError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// Splits a decimal number from what follows it: `"0.15ms"` is `(15, 2, "ms")`, which reads 15 / 10^2.
///
/// At most eighteen digits count, so that no product with a unit overflows 128 bits.
pub(crate) fn split_decimal(text: &str) -> Option<(u128, u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    if number.contains('.') && fraction.is_empty() {
        return None;
    }
    if whole.len() + fraction.len() > 18 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?, rest))
}

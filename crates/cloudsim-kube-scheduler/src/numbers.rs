//! Conversions between kinds of numbers, as kube-scheduler's language makes them.

/// How many there are.
pub(crate) fn count(things: usize) -> i64 {
    i64::try_from(things).expect("memory holds fewer")
}

/// The nearest double.
#[expect(
    clippy::cast_precision_loss,
    reason = "kube-scheduler calculates shares in doubles, and rounds here too"
)]
pub(crate) fn double(x: i64) -> f64 {
    x as f64
}

/// The whole part.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is behind the point is to be cut off; scores are small"
)]
pub(crate) fn truncated(x: f64) -> i64 {
    x as i64
}

//! How sure a figure is: one method a file, each after its publication.
//!
//! Each interval is for its own figure. Of twenty at 95 %, one is expected to miss.

mod beta;
mod bootstrap;
mod clopper_pearson;
#[cfg(test)]
pub(crate) mod level;
mod odds;
mod order_statistics;
mod sign_test;
mod student;

pub(crate) use bootstrap::share_of_sums;
pub(crate) use clopper_pearson::probability;
pub(crate) use odds::{Odds, allowed, needed, seeds_needed};
pub(crate) use order_statistics::{Ranks, ranks};
pub(crate) use sign_test::sign_test;
pub(crate) use student::student;

/// The confidence of every interval, in percent.
pub const LEVEL_PERCENT: u32 = 95;

/// What lies outside of an interval, on each side of it.
const TAIL: f64 = 0.025;

/// Between which numbers, both included, the truth is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

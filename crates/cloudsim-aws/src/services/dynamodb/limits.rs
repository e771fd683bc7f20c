//! Published numbers of DynamoDB, and the assumed ones where nothing is published.

use cloudsim_units::{Bytes, DurationDistribution, SimDuration, assumptions};

/// The regions of a table that is strongly consistent over regions, that of its witness included.
///
/// Source: DR-08, Amazon `DynamoDB` Developer Guide, "How global tables work": exactly three, with three replicas, or two and a
/// witness.
pub const STRONG_REGIONS: usize = 3;

/// From an acknowledged write until another region has it.
///
/// Assumed: DR-07 documents that it usually takes no more than a second; a log-normal with a median of 0.5 s and a 99th
/// percentile of 2.5 s is a proposal. What is lost with a region, and how often two regions overwrite each other, is
/// proportional to it.
pub const LAG: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(500), sigma: 0.691_830_284_882_769_7 };

/// From a request that reaches a table until its answer leaves.
///
/// Assumed: AWS speaks of single-digit milliseconds; a log-normal with a median of 4 ms and a 95th percentile of 10 ms.
/// Latencies of what calls tables rest on it.
pub const RESPONSE: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(4), sigma: 0.557_065_210_460_327_6 };

/// How many items a table has.
///
/// Assumed: as many as some thousand users make. How often two regions write the same item at the same time is inversely
/// proportional to it.
pub const ITEMS: u32 = 100_000;

/// How large an item is.
///
/// Assumed: a session or a cart. Only the bill rests on it.
pub const ITEM_SIZE: Bytes = Bytes(1 << 10);

/// What tables are paid at, in percent of what was recalled.
///
/// Assumed: as recalled. Only the bill rests on it.
const PRICES: u32 = 100;

assumptions! {
    /// What is assumed of tables.
    Assumed {
        /// From an acknowledged write until another region has it: neighbours, or the other side of a busy world.
        lag: DurationDistribution = LAG, r#"Constant("200ms")"# to r#"LogNormal(median: "1s", p95: "5s")"#;
        /// From a request until its answer: a cache would be as fast, and slower is not single-digit.
        response: DurationDistribution = RESPONSE, r#"Constant("1ms")"# to r#"Constant("10ms")"#;
        /// How many items a table has: few that all use, or one for each of many users.
        items: u32 = ITEMS, "1000" to "10000000";
        /// How large an item is: a counter, or a document.
        item_size: Bytes = ITEM_SIZE, "100B" to "100KiB";
        /// Prices, in percent of what was recalled: a fifth less, or a quarter more.
        prices: u32 = PRICES, "80" to "125";
    }
}

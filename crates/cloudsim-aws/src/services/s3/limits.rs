//! Published numbers of S3, and the assumed ones where nothing is published.

use cloudsim_units::{Bytes, DurationDistribution, SimDuration, assumptions};

/// An expedited retrieval from Glacier Flexible Retrieval.
///
/// Source: DR-13, Amazon S3 User Guide, "Archive retrieval options": 1 to 5 minutes, for objects below 250 MB or with
/// provisioned capacity, which is taken to be there.
pub const FLEXIBLE_EXPEDITED: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(1), SimDuration::from_mins(5));

/// A standard one.
///
/// Source: DR-13, as above: 3 to 5 hours.
pub const FLEXIBLE_STANDARD: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(180), SimDuration::from_mins(300));

/// A bulk one.
///
/// Source: DR-13, as above: 5 to 12 hours.
pub const FLEXIBLE_BULK: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(300), SimDuration::from_mins(720));

/// A standard retrieval from Glacier Deep Archive.
///
/// Source: DR-14, as above: within 12 hours. The lower end is a proposal.
pub const DEEP_STANDARD: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(540), SimDuration::from_mins(720));

/// A bulk one.
///
/// Source: DR-14, as above: within 48 hours. The lower end is a proposal.
pub const DEEP_BULK: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_mins(2160), SimDuration::from_mins(2880));

/// What an object in Glacier Flexible Retrieval is paid for at least, however soon it is written over.
///
/// Source: Amazon S3 User Guide, "Understanding and managing Amazon S3 storage classes"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>): 90 days.
pub const FLEXIBLE_LEAST: SimDuration = SimDuration::from_mins(90 * 24 * 60);

/// What one in Glacier Deep Archive is paid for at least.
///
/// Source: as above: 180 days.
pub const DEEP_LEAST: SimDuration = SimDuration::from_mins(180 * 24 * 60);

/// How long an object takes to another region with Replication Time Control.
///
/// Assumed: DR-11 documents that most objects take seconds and 99.99 % less than 15 minutes; log-normal with a median of 5 s,
/// of which one in ten thousand takes longer. How old what was kept is rests on it.
pub const TIME_CONTROL: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_secs(5), sigma: 1.396 };

/// How long one takes without, beside its bytes.
///
/// Assumed: DR-12 documents that most objects take less than 15 minutes; log-normal with a median of a minute and a 90th
/// percentile of 15. How old what was kept is rests on it.
pub const BEST_EFFORT: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_mins(1), sigma: 2.113 };

/// What is copied of a large object in a second.
///
/// Assumed: DR-12 documents "up to several hours" for large objects; 50 MiB make 5 hours of a terabyte. How old what was kept
/// is rests on it.
pub const COPY_PER_SECOND: Bytes = Bytes(50 << 20);

assumptions! {
    /// What is assumed of S3.
    Assumed {
        /// A standard retrieval from Deep Archive: sooner than documented (DR-14), or at the end of that.
        deep_standard: DurationDistribution = DEEP_STANDARD,
            r#"Uniform("4h", "8h")"# to r#"Constant("12h")"#;
        /// A bulk one: the same.
        deep_bulk: DurationDistribution = DEEP_BULK, r#"Uniform("12h", "24h")"# to r#"Constant("48h")"#;
        /// To another region with time control: all in seconds, or many near the 15 minutes of DR-11.
        time_control: DurationDistribution = TIME_CONTROL,
            r#"Uniform("1s", "5s")"# to r#"LogNormal(median: "1m", p95: "10m")"#;
        /// To another region without: as with time control, or hours (DR-12).
        best_effort: DurationDistribution = BEST_EFFORT,
            r#"LogNormal(median: "5s", p95: "1m")"# to r#"LogNormal(median: "15m", p95: "3h")"#;
        /// What is copied of a large object in a second: slow, or many parts at once.
        copy_per_second: Bytes = COPY_PER_SECOND, "10MiB" to "250MiB";
    }
}

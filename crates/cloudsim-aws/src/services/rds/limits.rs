//! Published numbers of RDS.

use cloudsim_units::{DurationDistribution, SimDuration};

/// From a crashed host or process until it is noticed.
///
/// Source: RDS-02, awsi.click, "How many seconds does an RDS failover take": a few seconds; the range is a proposal.
pub const DETECTION_CRASH: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(3), SimDuration::from_secs(10));

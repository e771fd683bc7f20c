//! Published numbers of target groups.

use cloudsim_units::SimDuration;
use std::ops::RangeInclusive;

/// Time from probe to probe.
///
/// Source: ALB-01, User Guide for Application Load Balancers, "Health checks for your target groups".
pub const INTERVAL: SimDuration = SimDuration::from_secs(30);

/// The shortest and longest time from probe to probe.
///
/// Source: ALB-01, as above.
pub const INTERVAL_RANGE: RangeInclusive<SimDuration> =
    SimDuration::from_secs(5)..=SimDuration::from_secs(300);

/// A probe without an answer for that long has failed.
///
/// Source: ALB-02, as above.
pub const TIMEOUT: SimDuration = SimDuration::from_secs(5);

/// The shortest and longest timeout of a probe.
///
/// Source: ALB-02, as above.
pub const TIMEOUT_RANGE: RangeInclusive<SimDuration> =
    SimDuration::from_secs(2)..=SimDuration::from_secs(120);

/// Failures in a row that make a target unhealthy.
///
/// Source: ALB-03, as above.
pub const UNHEALTHY_THRESHOLD: u32 = 2;

/// Passes in a row that make an unhealthy target healthy.
///
/// Source: ALB-04, as above.
pub const HEALTHY_THRESHOLD: u32 = 5;

/// The fewest and most of either.
///
/// Source: ALB-03 and ALB-04, as above.
pub const THRESHOLD_RANGE: RangeInclusive<u32> = 2..=10;

/// Passes that make a newly registered target healthy.
///
/// Source: ALB-04, as above.
pub const INITIAL_THRESHOLD: u32 = 1;

/// How long a deregistered target keeps what is under way.
///
/// Source: ALB-20, User Guide for Application Load Balancers, "Edit target group attributes".
pub const DEREGISTRATION_DELAY: SimDuration = SimDuration::from_secs(300);

/// The longest deregistration delay.
///
/// Source: ALB-20, as above.
pub const DEREGISTRATION_DELAY_MAX: SimDuration = SimDuration::from_secs(3_600);

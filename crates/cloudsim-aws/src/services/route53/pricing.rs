//! Prices of health checks.

use super::HealthCheckSpec;
use crate::services::route53::limits;
use cloudsim_units::NanoUsd;

/// For each health check of something of AWS in a month.
///
/// Source: PRC-18, AWS price list by way of Infracost's Route 53 health check example, July 2024.
pub const HEALTH_CHECK_MONTH: NanoUsd = NanoUsd::from_micros(500_000);

/// For each of its optional features in a month: HTTPS, and requests every ten seconds.
///
/// Source: PRC-18, as above.
pub const FEATURE_MONTH: NanoUsd = NanoUsd::from_micros(1_000_000);

/// What a health check costs in a month.
#[must_use]
pub fn month(check: &HealthCheckSpec) -> NanoUsd {
    let features = i64::from(check.https) + i64::from(check.interval == limits::FAST_INTERVAL);
    HEALTH_CHECK_MONTH + FEATURE_MONTH * features
}

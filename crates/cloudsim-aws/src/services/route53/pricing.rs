//! What health checks are billed by.

use super::EndpointCheck;
use crate::prices::{Price, PriceList};
use crate::services::route53::limits;
use cloudsim_units::NanoUsd;

/// What a health check costs in a month: itself, and each of its optional features, which are HTTPS and requests every ten
/// seconds.
#[must_use]
pub fn month(check: &EndpointCheck, prices: &PriceList) -> NanoUsd {
    let features = i64::from(check.https) + i64::from(check.interval == limits::FAST_INTERVAL);
    prices.of(Price::HealthCheck) + prices.of(Price::HealthCheckFeature) * features
}

//! Prices of Application Load Balancers, us-east-1.

use cloudsim_units::NanoUsd;

/// For each hour a load balancer exists.
///
/// Source: PRC-13, AWS price list by way of Infracost's load balancer example, July 2024.
pub const HOUR: NanoUsd = NanoUsd::from_micros(22_500);

/// For each load balancer capacity unit and hour.
///
/// Source: PRC-13, as above.
pub const LCU_HOUR: NanoUsd = NanoUsd::from_micros(8_000);

/// New connections per second in one unit.
///
/// Assumed: ALB-31, from memory of the Elastic Load Balancing price page; only the bill rests on it.
pub const LCU_NEW_CONNECTIONS_PER_SECOND: u64 = 25;

/// Gigabytes per hour in one unit.
///
/// Assumed: ALB-31, as above.
pub const LCU_GIGABYTES_PER_HOUR: u64 = 1;

/// Active connections, sampled per minute, in one unit.
///
/// Assumed: ALB-31, as above.
pub const LCU_ACTIVE_CONNECTIONS: u64 = 3_000;

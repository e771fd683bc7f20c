//! Prices of NAT gateways, us-east-1.

use cloudsim_units::NanoUsd;

/// For each hour a gateway exists.
///
/// Source: PRC-12, AWS price list by way of Infracost's NAT gateway example, July 2024.
pub const HOUR: NanoUsd = NanoUsd::from_micros(45_000);

/// For each gigabyte that passes through, in either direction.
///
/// Source: PRC-12, as above.
pub const GIGABYTE: NanoUsd = NanoUsd::from_micros(45_000);

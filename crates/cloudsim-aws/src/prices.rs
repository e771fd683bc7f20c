//! How far prices that were recalled may be off.

use cloudsim_units::{NanoUsd, assumptions};

/// What recalled prices are taken at, in percent.
///
/// Assumed: they are as recalled. Only the bill rests on it.
const AS_RECALLED: u32 = 100;

assumptions! {
    /// What is assumed of prices that were recalled, in percent of each list; published ones are not touched.
    Assumed {
        /// Instances, in percent of what was recalled: a fifth less, or a quarter more.
        instances: u32 = AS_RECALLED, "80" to "125";
        /// Databases, in percent of what was recalled: as for instances.
        databases: u32 = AS_RECALLED, "80" to "125";
        /// Interface endpoints, in percent of what was recalled: as for instances.
        interface_endpoints: u32 = AS_RECALLED, "80" to "125";
        /// Public IPv4 addresses, in percent of what was recalled: as for instances.
        public_addresses: u32 = AS_RECALLED, "80" to "125";
        /// Capacity units of load balancers, in percent of what the recalled dimensions make: half as many, or twice.
        capacity_units: u32 = AS_RECALLED, "50" to "200";
    }
}

/// So many hundredths of a price.
#[must_use]
pub fn at(price: NanoUsd, percent: u32) -> NanoUsd {
    price.times(percent.into(), 100)
}

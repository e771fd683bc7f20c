//! Who asks and how: clients, their resolvers, traffic, and what a request of each class does on its way.

mod class;
mod client;
pub mod limits;
mod traffic;

pub use class::{CallSpec, ClassSpec, HandlerSpec, ReadFrom, Tier};
pub use client::{BackoffSpec, ClientSpec, ResolverSpec};
pub use traffic::{Arrivals, OpenLoopSpec};

use cloudsim_units::{DurationDistribution, Ratio};
use std::net::Ipv4Addr;

/// Something on the internet that servers call, such as a payment provider.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointSpec {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// From a request that leaves the region until its answer is back.
    pub response: DurationDistribution,
    /// The share of requests that it answers with an error.
    pub error_rate: Ratio,
}

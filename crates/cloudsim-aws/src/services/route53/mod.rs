//! Route 53 and the resolvers that ask it: names, answers, and who keeps them for how long.
//!
//! # Modelled
//! Alias names of load balancers with their TTL, answers that hold the addresses of the nodes in service, caching
//! resolvers, and those that keep an answer longer than they may.
//!
//! # Left out
//! Routing policies, health checks of one's own, negative caching, packet limits of the VPC resolver.

pub mod limits;
mod resolver;

pub use resolver::{Answer, Resolver};

use cloudsim_units::SimDuration;
use cloudsim_world::LoadBalancerId;

/// A name that points to a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsNameSpec {
    /// The name, as `shop.example.com`; a load balancer's own name is the load balancer's.
    pub name: String,
    /// The load balancer it is an alias of.
    pub alias: LoadBalancerId,
    /// How long an answer may be kept.
    pub ttl: SimDuration,
}

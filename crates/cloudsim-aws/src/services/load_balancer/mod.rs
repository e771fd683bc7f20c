//! Application Load Balancers: a node in each zone, listeners, and the addresses that DNS lists.
//!
//! # Modelled
//! One node per zone, cross-zone on or off per target group, fail-open, connect and idle timeouts, withdrawal of a
//! zone's address from DNS by itself or by a zonal shift, 502/503/504 as they arise, hours and LCUs.
//!
//! # Left out
//! Capacity scaling of nodes, several nodes in one zone, TLS handshakes as a cost of their own, rules and WebSockets. Zonal
//! autoshift, the expiry of a zonal shift, and that a load balancer has to opt in to one.

mod balancers;
pub mod limits;
pub mod pricing;

pub use balancers::{Balancers, Event, GroupView, LoadBalancing, Node, Signal};

use cloudsim_units::SimDuration;
use cloudsim_world::{SecurityGroupId, SubnetId, TargetGroupId};

/// Who can reach a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The internet.
    InternetFacing,
    /// The VPC only.
    Internal,
}

/// A load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerSpec {
    /// Its name, which is also a DNS name.
    pub name: String,
    /// Who can reach it.
    pub scheme: Scheme,
    /// One subnet per zone it spans.
    pub subnets: Vec<SubnetId>,
    /// The ports it answers.
    pub listeners: Vec<ListenerSpec>,
    /// The security groups of its nodes; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// A request that gets no answer for that long ends with 504.
    pub idle_timeout: SimDuration,
}

impl LoadBalancerSpec {
    /// The target groups of its listeners, each once, in the order of the first listener of each. A node's views stand in
    /// this order.
    #[must_use]
    pub fn target_groups(&self) -> Vec<TargetGroupId> {
        let mut groups = Vec::new();
        for listener in &self.listeners {
            if !groups.contains(&listener.target_group) {
                groups.push(listener.target_group);
            }
        }
        groups
    }
}

/// A port of a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerSpec {
    /// The port.
    pub port: u16,
    /// Whether it speaks HTTPS; if not, HTTP.
    pub https: bool,
    /// Where its requests go.
    pub target_group: TargetGroupId,
}

//! VPCs: address ranges, subnets, route tables and gateways to the internet.
//!
//! # Modelled
//! Subnets in zones, route tables with longest-prefix match, the internet gateway, latency within and between zones.
//!
//! # Left out
//! Security groups, network ACLs, endpoints, peering.

mod latency;
pub mod pricing;
mod route;

pub use latency::Latencies;
pub use route::{Route, RouteTarget, longest_prefix_match};

use cloudsim_world::{RouteTableId, VpcId, ZoneId};
use ipnet::Ipv4Net;

/// A zone of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneSpec {
    /// Its short name, as `a`.
    pub name: String,
    /// The region it belongs to, as `us-east-1`.
    pub region: String,
}

/// A private network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcSpec {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
}

/// A range of a VPC's addresses in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetSpec {
    /// Its name.
    pub name: String,
    /// The network it is part of.
    pub vpc: VpcId,
    /// The zone it lies in.
    pub zone: ZoneId,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// Where its packets go.
    pub route_table: RouteTableId,
}

/// A list of routes that subnets share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTableSpec {
    /// Its name.
    pub name: String,
    /// The VPC whose `local` route it holds.
    pub vpc: VpcId,
    /// The routes besides `local`.
    pub routes: Vec<Route>,
}

/// The way between a VPC and the internet. Regional and redundant: no zone takes it down.
///
/// Source: NET-17, Amazon VPC User Guide, "Internet gateways".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternetGatewaySpec {
    /// Its name.
    pub name: String,
    /// The VPC it is attached to.
    pub vpc: VpcId,
}

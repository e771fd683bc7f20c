//! VPCs: address ranges, subnets, route tables and gateways to the internet.
//!
//! # Modelled
//! Subnets in zones with their addresses, route tables with longest-prefix match, the internet gateway, security groups,
//! network ACLs, gateway and interface endpoints, latency within and between zones, zones that are cut off, and
//! zones at whose border packets are late or lost.
//!
//! # Left out
//! IPv6, peering, transit gateways, prefix lists, flow logs, protocols other than TCP. Connections that are tracked by a
//! security group, so that they outlive a change of its rules: each request is held against the rules that hold when it
//! begins.

mod address;
mod endpoint;
mod latency;
pub mod limits;
mod link;
mod network;
mod network_acl;
mod port;
pub mod pricing;
mod route;
mod security_group;
#[cfg(test)]
mod tests;
mod trace;

pub use address::{AddressPool, usable_addresses};
pub use endpoint::{VpcEndpointKind, VpcEndpointSpec};
pub use latency::Latencies;
pub use link::{Condition, Grey, Impairment, Links, Trip, Unheard};
pub use network::{End, Interface, Network, NetworkSpec};
pub use network_acl::{AclRule, Action, NetworkAclSpec};
pub use port::{PortRange, Protocol};
pub use route::{Route, RouteTarget, longest_prefix_match};
pub use security_group::{Peer, SecurityGroupSpec, SecurityRule};
pub use trace::{AclVerdict, Decision, Denied, Direction, GroupVerdict, Step, Stop, Trace};

use cloudsim_world::{NetworkAclId, RouteTableId, VpcId, ZoneId};
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
    /// What may enter and leave it; without one, everything may, as the default ACL of a VPC says.
    ///
    /// Source: NET-15, Amazon VPC User Guide, "Default network ACL".
    pub network_acl: Option<NetworkAclId>,
    /// Whether instances in it get a public address.
    pub public_addresses: bool,
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

//! Security groups: stateful, allow-only rules at each network interface.

use super::{PortRange, Protocol};
use cloudsim_world::{SecurityGroupId, VpcId};
use ipnet::Ipv4Net;

/// A set of rules that network interfaces share. What no rule lets through is dropped; answers to what was let through pass.
///
/// Source: NET-14, Amazon VPC User Guide, "Security groups".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupSpec {
    /// Its name.
    pub name: String,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// Who may connect to its members.
    pub ingress: Vec<SecurityRule>,
    /// Whom its members may connect to.
    pub egress: Vec<SecurityRule>,
}

/// A rule of a security group: connections that it matches are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The destination's ports.
    pub ports: PortRange,
    /// The other side.
    pub peer: Peer,
}

/// The other side of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Addresses.
    Cidr(Ipv4Net),
    /// The interfaces that are members of a group, by their private addresses.
    Group(SecurityGroupId),
}

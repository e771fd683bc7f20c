//! Network access control lists: stateless, ordered rules at the border of a subnet.

use super::{PortRange, Protocol};
use cloudsim_world::VpcId;
use ipnet::Ipv4Net;

/// A list of rules that subnets share. Each packet that enters or leaves a subnet is held against the rules in the order of
/// their numbers; the first that matches decides, and what none matches is dropped. Answers are packets like any others.
///
/// Source: NET-15, Amazon VPC User Guide, "Network ACLs".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAclSpec {
    /// Its name.
    pub name: String,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// What may enter its subnets, by number.
    pub ingress: Vec<AclRule>,
    /// What may leave them, by number.
    pub egress: Vec<AclRule>,
}

/// A rule of a network ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclRule {
    /// Lower ones are looked at first; unique within a direction.
    pub number: u16,
    /// What happens to a packet that it matches.
    pub action: Action,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination's ports.
    pub ports: PortRange,
    /// The source's addresses of what enters, the destination's of what leaves.
    pub cidr: Ipv4Net,
}

/// What a rule of a network ACL does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Lets it pass.
    Allow,
    /// Drops it.
    Deny,
}

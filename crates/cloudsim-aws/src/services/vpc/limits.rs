//! What AWS documents of VPCs.

use super::PortRange;

/// Addresses of each subnet that nobody can have: the first four and the last.
///
/// Source: NET-11, Amazon VPC User Guide, "Subnet CIDR blocks".
pub const RESERVED_ADDRESSES: u32 = 5;

/// The source ports of load balancers, NAT gateways, and of clients on the internet, whose systems are not known.
///
/// Source: NET-16, Amazon VPC User Guide, "Network ACLs", "Ephemeral ports".
pub const EPHEMERAL_PORTS: PortRange = PortRange { first: 1024, last: 65_535 };

/// The source ports of servers and databases, which run Linux.
///
/// Source: NET-16, Amazon VPC User Guide, "Network ACLs", "Ephemeral ports"; the upper end is Linux's default
/// `ip_local_port_range`.
pub const EPHEMERAL_PORTS_LINUX: PortRange = PortRange { first: 32_768, last: 60_999 };

/// The largest and the smallest prefix of a VPC or a subnet.
///
/// Source: Amazon VPC User Guide, "VPC CIDR blocks": between /16 and /28.
pub const PREFIXES: std::ops::RangeInclusive<u8> = 16..=28;

/// Rules of one direction of a security group, and of a network ACL.
///
/// Source: NET-14 and NET-15, Amazon VPC User Guide, "Amazon VPC quotas".
pub const SECURITY_RULES_MAX: usize = 60;

/// Rules of one direction of a network ACL.
///
/// Source: NET-15, Amazon VPC User Guide, "Amazon VPC quotas".
pub const ACL_RULES_MAX: usize = 20;

/// The highest number of a rule of a network ACL.
///
/// Source: NET-15, Amazon VPC User Guide, "Network ACL rules": 1 to 32766.
pub const ACL_NUMBER_MAX: u16 = 32_766;

/// Security groups of one network interface.
///
/// Source: NET-14, Amazon VPC User Guide, "Amazon VPC quotas".
pub const GROUPS_PER_INTERFACE_MAX: usize = 5;

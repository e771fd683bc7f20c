//! VPC endpoints: private ways to services outside of a VPC, past its NAT gateways.

use cloudsim_world::{EndpointId, RouteTableId, SecurityGroupId, SubnetId, VpcId};
use ipnet::Ipv4Net;

/// A private way to an endpoint outside of the VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpointSpec {
    /// Its name.
    pub name: String,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// What it leads to.
    pub endpoint: EndpointId,
    /// The addresses of what it leads to.
    pub to: Ipv4Net,
    /// How it is reached.
    pub kind: VpcEndpointKind,
}

/// How a VPC endpoint is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcEndpointKind {
    /// By a route to the service's addresses, as S3 and DynamoDB have. Regional, and free of charge.
    ///
    /// Source: NET-25, Amazon VPC User Guide, "Gateway endpoints".
    Gateway {
        /// The route tables that lead to it.
        route_tables: Vec<RouteTableId>,
    },
    /// By a network interface in each of its subnets, to which the service's name points inside of the VPC.
    ///
    /// Source: NET-25, AWS `PrivateLink` Guide, "Interface endpoints", private DNS enabled.
    Interface {
        /// The subnets, one for each zone.
        subnets: Vec<SubnetId>,
        /// The groups of its interfaces; `None` lets everything through.
        security_groups: Option<Vec<SecurityGroupId>>,
    },
}

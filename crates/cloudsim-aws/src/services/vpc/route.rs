//! Routes, and which of them a packet takes.

use cloudsim_world::{InternetGatewayId, NatGatewayId, VpcEndpointId};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteTarget {
    /// To the VPC itself.
    Local,
    /// To the internet, for instances with a public address.
    InternetGateway(InternetGatewayId),
    /// To the internet, through a NAT gateway.
    NatGateway(NatGatewayId),
    /// To a service outside, through a gateway endpoint.
    VpcEndpoint(VpcEndpointId),
    /// Nowhere: the packet is dropped.
    Blackhole,
}

/// One line of a route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destinations it is for.
    pub to: Ipv4Net,
    /// Where it leads.
    pub via: RouteTarget,
}

/// The route that a packet to `destination` takes: of those that contain it, the one with the longest prefix.
///
/// Source: NET-12, Amazon VPC User Guide, "Configure route tables".
#[must_use]
pub fn longest_prefix_match(routes: &[Route], destination: Ipv4Addr) -> Option<Route> {
    routes
        .iter()
        .filter(|route| route.to.contains(&destination))
        .max_by_key(|route| route.to.prefix_len())
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(to: &str, via: RouteTarget) -> Route {
        Route { to: to.parse().expect("a prefix"), via }
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let nat = RouteTarget::NatGateway(NatGatewayId(0));
        let mut routes = vec![route("0.0.0.0/0", nat), route("10.0.0.0/16", RouteTarget::Local)];
        for _ in 0..2 {
            let via = |address| longest_prefix_match(&routes, address).map(|route| route.via);
            assert_eq!(via(Ipv4Addr::new(10, 0, 48, 7)), Some(RouteTarget::Local));
            assert_eq!(via(Ipv4Addr::new(203, 0, 113, 10)), Some(nat));
            routes.reverse();
        }
    }

    #[test]
    fn without_a_default_route_the_internet_cannot_be_reached() {
        let routes = [route("10.0.0.0/16", RouteTarget::Local)];
        assert_eq!(longest_prefix_match(&routes, Ipv4Addr::new(203, 0, 113, 10)), None);
    }
}

//! Things by name, if they exist.

use crate::resolve::{Context, Kind};
use crate::spec::{AutoScalingGroup, LoadBalancer, RouteTable, Subnet, Via, VpcEndpointKind};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// Where a route table sends the packets to an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    InternetGateway,
    Other,
    Nowhere,
}

impl<'a> Context<'a> {
    pub(super) fn subnet(&self, name: &str) -> Option<&'a Subnet> {
        self.find(Kind::Subnet, name).map(|index| &self.spec.subnets[index])
    }

    pub(super) fn vpc_range(&self, name: &str) -> Option<Ipv4Net> {
        self.find(Kind::Vpc, name).and_then(|index| self.spec.vpcs[index].cidr.read().ok())
    }

    pub(super) fn route_table(&self, name: &str) -> Option<&'a RouteTable> {
        self.find(Kind::RouteTable, name).map(|index| &self.spec.route_tables[index])
    }

    /// The load balancers that a name may stand for: itself, or those of a record. None if one of them is not known.
    pub(super) fn balancers(&self, dns_name: &str) -> Vec<&'a LoadBalancer> {
        let Some(index) = self.find(Kind::DnsName, dns_name) else { return Vec::new() };
        let balancers = &self.spec.load_balancers;
        let Some(record) = index.checked_sub(balancers.len()) else { return vec![&balancers[index]] };
        let aliases = self.spec.dns_records[record].aliases();
        let found = aliases.map(|alias| Some(&balancers[self.find(Kind::LoadBalancer, alias)?]));
        found.collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// Where packets from a subnet to an address go; `None` if something on the way is not known.
    pub(super) fn way(&self, subnet: &Subnet, to: Ipv4Addr) -> Option<Way> {
        if self.vpc_range(&subnet.vpc)?.contains(&to) {
            return Some(Way::Other);
        }
        let private = self.spec.vpc_endpoints.iter().any(|endpoint| {
            let leads_there = || {
                let target = self.find(Kind::Endpoint, &endpoint.endpoint)?;
                Some(self.spec.endpoints[target].address.read().ok()? == to)
            };
            let serves = match &endpoint.kind {
                VpcEndpointKind::Gateway { route_tables } => route_tables.contains(&subnet.route_table),
                VpcEndpointKind::Interface { .. } => endpoint.vpc == subnet.vpc,
            };
            serves && leads_there() == Some(true)
        });
        if private {
            return Some(Way::Other);
        }
        let mut best: Option<(u8, Way)> = None;
        for route in &self.route_table(&subnet.route_table)?.routes {
            let range = route.to.read().ok()?;
            let way =
                if matches!(route.via, Via::InternetGateway(_)) { Way::InternetGateway } else { Way::Other };
            if range.contains(&to) && best.is_none_or(|(length, _)| length <= range.prefix_len()) {
                best = Some((range.prefix_len(), way));
            }
        }
        Some(best.map_or(Way::Nowhere, |(_, way)| way))
    }

    /// The groups that fill a target group.
    pub(super) fn groups_behind(&self, target_group: &str) -> impl Iterator<Item = &'a AutoScalingGroup> {
        let groups = &self.spec.auto_scaling_groups;
        self.behind(target_group).iter().map(move |index| &groups[*index])
    }
}

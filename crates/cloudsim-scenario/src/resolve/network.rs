//! Zones, VPCs, what is in them, and the load balancers in front.

use super::security::security_groups;
use super::{Context, Kind};
use crate::diagnostics::codes;
use crate::limits;
use crate::place::At;
use crate::spec::{Protocol, Scheme, Text, Via};
use cloudsim_aws::services::load_balancer::{self, ListenerSpec, LoadBalancerSpec};
use cloudsim_aws::services::nat_gateway::{self, NatGatewaySpec};
use cloudsim_aws::services::vpc::{
    self, InternetGatewaySpec, Latencies, Route, RouteTableSpec, RouteTarget, SubnetSpec, VpcSpec, ZoneSpec,
};
use cloudsim_world::{
    InternetGatewayId, NatGatewayId, NetworkAclId, RouteTableId, SubnetId, TargetGroupId, VpcId, ZoneId,
};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn zones(cx: &mut Context<'_>) -> Vec<ZoneSpec> {
    for (index, region) in cx.spec.regions.iter().enumerate() {
        let at = cx.at("regions", index);
        cx.name(at, &region.name);
    }
    let mut zones = Vec::new();
    for (index, zone) in cx.spec.zones.iter().enumerate() {
        let at = cx.at("zones", index);
        cx.reference(at.field("region").span(), Kind::Region, &zone.region);
        zones.push(ZoneSpec { name: cx.name(at, &zone.name), region: zone.region.clone() });
    }
    zones
}

/// The quotas of regions that have one.
pub(super) fn vcpu_quotas(cx: &mut Context<'_>) -> BTreeMap<String, u32> {
    let mut all = BTreeMap::new();
    for (index, region) in cx.spec.regions.iter().enumerate() {
        if let Some(quotas) = &region.quotas {
            let at = cx.at("regions", index).field("quotas").field("vcpus");
            all.insert(region.name.clone(), cx.count(at, quotas.vcpus, &limits::VCPUS));
        }
    }
    all
}

/// A file holds round-trip times, a plan one-way ones.
pub(super) fn latencies(cx: &mut Context<'_>) -> Latencies {
    let at = At::new(cx.root).field("latencies");
    let default = crate::spec::Latencies::default();
    let spec = cx.spec.latencies.as_ref().unwrap_or(&default);
    let assumed = cx.assumed.requests.within_zone;
    let within = cx.span_or(at, "within_zone", spec.within_zone.as_ref(), assumed);
    let between = cx.span_or(at, "between_zones", spec.between_zones.as_ref(), limits::RTT_BETWEEN_ZONES);
    let assumed = cx.assumed.regions.between_regions;
    let far = cx.span_or(at, "between_regions", spec.between_regions.as_ref(), assumed);
    let zones = &cx.spec.zones;
    let mut latencies = Latencies::new(zones.len(), within / 2, between / 2);
    latencies.set_between_regions(far / 2, |zone| &zones[zone.index()].region);
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (index, pair) in spec.pairs.iter().enumerate() {
        let at = at.field("pairs").item(index);
        let zones = at.field("zones");
        let one = cx.reference(zones.item(0).span(), Kind::Zone, &pair.zones.0);
        let other = cx.reference(zones.item(1).span(), Kind::Zone, &pair.zones.1);
        let rtt = cx.span(at.field("rtt"), &pair.rtt);
        // One of an unknown name stands for the first, about which nothing needs to be said.
        let known = |name: &str| cx.find(Kind::Zone, name).is_some();
        if known(&pair.zones.0) && known(&pair.zones.1) {
            let both = (one.min(other), one.max(other));
            if one == other {
                cx.error(&codes::RANGE, zones.span(), "a pair of a zone and itself").hint =
                    Some("the latency within all zones is `within_zone`".into());
            } else if seen.contains(&both) {
                cx.error(&codes::RANGE, zones.span(), "a pair of zones given before").hint =
                    Some("a pair counts in both directions; keep one of the two".into());
            }
            seen.insert(both);
            latencies.set(ZoneId::from_index(one), ZoneId::from_index(other), rtt / 2);
        }
    }
    latencies
}

pub(super) fn vpcs(cx: &mut Context<'_>) -> Vec<VpcSpec> {
    let mut vpcs = Vec::new();
    for (index, vpc) in cx.spec.vpcs.iter().enumerate() {
        let at = cx.at("vpcs", index);
        let cidr = network_range(cx, at.field("cidr"), &vpc.cidr);
        vpcs.push(VpcSpec { name: cx.name(at, &vpc.name), cidr });
    }
    vpcs
}

/// The addresses of a VPC or a subnet.
fn network_range(cx: &mut Context<'_>, at: At<'_>, text: &Text<Ipv4Net>) -> Ipv4Net {
    let range = cx.value(at, text);
    // A text that is no range stands for all addresses, and was told already.
    if range.prefix_len() > 0 && !vpc::limits::PREFIXES.contains(&range.prefix_len()) {
        let (first, last) = (vpc::limits::PREFIXES.start(), vpc::limits::PREFIXES.end());
        let message = format!("`{range}` has a prefix of /{}", range.prefix_len());
        cx.error(&codes::RANGE, at.span(), message).hint =
            Some(format!("AWS takes prefixes from /{first} to /{last}"));
    }
    range
}

pub(super) fn subnets(cx: &mut Context<'_>) -> Vec<SubnetSpec> {
    let mut subnets = Vec::new();
    for (index, subnet) in cx.spec.subnets.iter().enumerate() {
        let at = cx.at("subnets", index);
        let table = cx.reference(at.field("route_table").span(), Kind::RouteTable, &subnet.route_table);
        let network_acl = subnet.network_acl.as_ref().map(|acl| {
            NetworkAclId::from_index(cx.reference(at.field("network_acl").span(), Kind::NetworkAcl, acl))
        });
        subnets.push(SubnetSpec {
            name: cx.name(at, &subnet.name),
            vpc: VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &subnet.vpc)),
            zone: ZoneId::from_index(cx.reference(at.field("zone").span(), Kind::Zone, &subnet.zone)),
            cidr: network_range(cx, at.field("cidr"), &subnet.cidr),
            route_table: RouteTableId::from_index(table),
            network_acl,
            public_addresses: subnet.public_addresses.unwrap_or(false),
        });
    }
    subnets
}

pub(super) fn internet_gateways(cx: &mut Context<'_>) -> Vec<InternetGatewaySpec> {
    let mut gateways = Vec::new();
    for (index, gateway) in cx.spec.internet_gateways.iter().enumerate() {
        let at = cx.at("internet_gateways", index);
        let vpc = VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &gateway.vpc));
        gateways.push(InternetGatewaySpec { name: cx.name(at, &gateway.name), vpc });
    }
    gateways
}

pub(super) fn nat_gateways(cx: &mut Context<'_>) -> Vec<NatGatewaySpec> {
    let mut gateways = Vec::new();
    for (index, gateway) in cx.spec.nat_gateways.iter().enumerate() {
        let at = cx.at("nat_gateways", index);
        let subnet = cx.reference(at.field("subnet").span(), Kind::Subnet, &gateway.subnet);
        gateways.push(NatGatewaySpec {
            name: cx.name(at, &gateway.name),
            subnet: SubnetId::from_index(subnet),
            addresses: cx.count_or(at, "addresses", gateway.addresses, &nat_gateway::limits::ADDRESSES, 1),
        });
    }
    gateways
}

pub(super) fn route_tables(cx: &mut Context<'_>) -> Vec<RouteTableSpec> {
    let mut tables = Vec::new();
    for (index, table) in cx.spec.route_tables.iter().enumerate() {
        let at = cx.at("route_tables", index);
        let mut routes = Vec::new();
        for (index, route) in table.routes.iter().enumerate() {
            let at = at.field("routes").item(index);
            let place = at.field("via").item(0).span();
            let via = match &route.via {
                Via::InternetGateway(name) => {
                    let gateway = cx.reference(place, Kind::InternetGateway, name);
                    RouteTarget::InternetGateway(InternetGatewayId::from_index(gateway))
                }
                Via::NatGateway(name) => {
                    let gateway = cx.reference(place, Kind::NatGateway, name);
                    RouteTarget::NatGateway(NatGatewayId::from_index(gateway))
                }
                Via::Blackhole => RouteTarget::Blackhole,
            };
            routes.push(Route { to: cx.value(at.field("to"), &route.to), via });
        }
        let vpc = VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &table.vpc));
        tables.push(RouteTableSpec { name: cx.name(at, &table.name), vpc, routes });
    }
    tables
}

pub(super) fn load_balancers(cx: &mut Context<'_>) -> Vec<LoadBalancerSpec> {
    let mut balancers = Vec::new();
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        let at = cx.at("load_balancers", index);
        let mut listeners = Vec::new();
        for (index, listener) in balancer.listeners.iter().enumerate() {
            let at = at.field("listeners").item(index);
            let group =
                cx.reference(at.field("target_group").span(), Kind::TargetGroup, &listener.target_group);
            listeners.push(ListenerSpec {
                port: cx.port(at.field("port"), listener.port),
                https: listener.protocol == Protocol::Https,
                target_group: TargetGroupId::from_index(group),
            });
        }
        let timeout = at.field("idle_timeout");
        let idle = cx.value_or(
            at,
            "idle_timeout",
            balancer.idle_timeout.as_ref(),
            load_balancer::limits::IDLE_TIMEOUT,
        );
        balancers.push(LoadBalancerSpec {
            name: cx.name(at, &balancer.name),
            scheme: match balancer.scheme {
                Scheme::InternetFacing => load_balancer::Scheme::InternetFacing,
                Scheme::Internal => load_balancer::Scheme::Internal,
            },
            subnets: subnet_list(cx, at, &balancer.subnets),
            listeners,
            security_groups: security_groups(cx, at, balancer.security_groups.as_deref()),
            idle_timeout: cx.within(timeout, idle, &limits::IDLE_TIMEOUT_RANGE),
        });
    }
    balancers
}

/// The subnets that a field `subnets` names.
pub(super) fn subnet_list(cx: &mut Context<'_>, at: At<'_>, names: &[String]) -> Vec<SubnetId> {
    let list = at.field("subnets");
    let subnets = names.iter().enumerate();
    subnets
        .map(|(index, name)| SubnetId::from_index(cx.reference(list.item(index).span(), Kind::Subnet, name)))
        .collect()
}

//! Zones, networks, gateways and routes.

use super::Content::{Count, Counts, Flag, List, Text, Words};
use super::servers::present;
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::vpc::RouteTarget;
use cloudsim_records::InstanceState;
use cloudsim_scenario::plan::Plan;
use cloudsim_world::{EndpointId, InterfaceId, NatGatewayId, RouteTableId, SubnetId, VpcId, ZoneId};

pub(super) const REGIONS: [Column; 4] =
    [always("name", Text), always("zones", List), wide("vcpus", Count), wide("vcpu_quota", Count).or_none()];

pub(super) fn regions(paused: &Paused) -> Table {
    let (plan, cloud) = (paused.plan(), &paused.cloud);
    let rows = plan.regions().into_iter().zip(0..).map(|(region, number)| {
        let own = plan.zones.iter().filter(|zone| zone.region == region);
        let quota = cloud.quotas.vcpus(number as usize);
        [
            region.into(),
            own.map(|zone| zone.name.clone()).collect::<Vec<_>>().into(),
            usize::try_from(cloud.running_vcpus(number)).expect("few servers").into(),
            quota.map_or(Cell::None, |vcpus| Cell::Count(u64::from(vcpus))),
        ]
    });
    Table::new(REGIONS, rows)
}

pub(super) const ZONES: [Column; 6] = [
    always("name", Text),
    always("region", Text),
    always("power", Text),
    always("running", Count),
    always("cut_from", List),
    wide("shifted", Flag),
];

pub(super) fn zones(paused: &Paused) -> Table {
    let rows = paused.plan().zones.iter().enumerate().map(|(index, zone)| {
        let id = ZoneId::from_index(index);
        let there = present(paused).filter(|server| paused.cloud.fleet.get(*server).zone == id);
        let running = there.filter(|server| paused.state_of(*server) == InstanceState::Running).count();
        let power = if paused.cloud.dark_zones.contains(&id) { "Off" } else { "On" };
        let others = (0..paused.plan().zones.len()).map(ZoneId::from_index).filter(|other| *other != id);
        let cut = |other| paused.cloud.links.cut_by(Some(id), other).is_some();
        let cut_from = others.filter(|other| cut(Some(*other))).map(|other| zone_name(paused.plan(), other));
        let cut_from = cut_from.chain(cut(None).then_some("internet"));
        [
            Cell::from(&zone.name),
            (&zone.region).into(),
            power.into(),
            running.into(),
            cut_from.map(str::to_owned).collect::<Vec<_>>().into(),
            paused.cloud.balancers.is_shifted(id).into(),
        ]
    });
    Table::new(ZONES, rows)
}

pub(super) const VPCS: [Column; 3] = [always("name", Text), always("cidr", Text), always("subnets", Count)];

pub(super) fn vpcs(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.vpcs.iter().enumerate().map(|(index, vpc)| {
        let id = VpcId::from_index(index);
        let subnets = plan.subnets.iter().filter(|subnet| subnet.vpc == id).count();
        [Cell::from(&vpc.name), vpc.cidr.to_string().into(), subnets.into()]
    });
    Table::new(VPCS, rows)
}

pub(super) const SUBNETS: [Column; 8] = [
    always("name", Text),
    always("vpc", Text),
    always("zone", Text),
    always("cidr", Text),
    always("route_table", Text),
    wide("network_acl", Text).or_none(),
    wide("instances", Count),
    wide("public_addresses", Flag),
];

pub(super) fn subnets(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.subnets.iter().enumerate().map(|(index, subnet)| {
        let id = SubnetId::from_index(index);
        let instances = present(paused).filter(|server| paused.cloud.fleet.get(*server).subnet == id).count();
        [
            Cell::from(&subnet.name),
            (&plan.vpcs[subnet.vpc.index()].name).into(),
            zone_name(plan, subnet.zone).into(),
            subnet.cidr.to_string().into(),
            (&plan.route_tables[paused.cloud.network.route_table(id).index()].name).into(),
            paused.cloud.network.network_acl(id).map(|acl| &plan.network_acls[acl.index()].name).into(),
            instances.into(),
            subnet.public_addresses.into(),
        ]
    });
    Table::new(SUBNETS, rows)
}

pub(super) const ROUTE_TABLES: [Column; 4] =
    [always("name", Text), always("vpc", Text), always("routes", Words), wide("subnets", List)];

pub(super) fn route_tables(paused: &Paused) -> Table {
    let plan = paused.plan();
    let via = |target| match target {
        RouteTarget::Local => Cell::from("local"),
        RouteTarget::InternetGateway(id) => (&plan.internet_gateways[id.index()].name).into(),
        RouteTarget::NatGateway(id) => (&plan.nat_gateways[id.index()].name).into(),
        RouteTarget::VpcEndpoint(id) => (&plan.vpc_endpoints[id.index()].name).into(),
        RouteTarget::Blackhole => "blackhole".into(),
    };
    let rows = plan.route_tables.iter().enumerate().map(|(index, table)| {
        let id = RouteTableId::from_index(index);
        let vpc = &plan.vpcs[table.vpc.index()];
        let routes = paused.cloud.network.routes(id).iter();
        let routes = routes.map(|route| (route.to.to_string(), via(route.via)));
        let used = |number: usize| paused.cloud.network.route_table(SubnetId::from_index(number)) == id;
        let subnets = plan.subnets.iter().enumerate().filter(|(number, _)| used(*number));
        [
            Cell::from(&table.name),
            (&vpc.name).into(),
            routes.collect::<Vec<_>>().into(),
            subnets.map(|(_, subnet)| subnet.name.clone()).collect::<Vec<_>>().into(),
        ]
    });
    Table::new(ROUTE_TABLES, rows)
}

pub(super) const INTERNET_GATEWAYS: [Column; 2] = [always("name", Text), always("vpc", Text)];

pub(super) fn internet_gateways(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan
        .internet_gateways
        .iter()
        .map(|gateway| [Cell::from(&gateway.name), (&plan.vpcs[gateway.vpc.index()].name).into()]);
    Table::new(INTERNET_GATEWAYS, rows)
}

pub(super) const NAT_GATEWAYS: [Column; 7] = [
    always("name", Text),
    always("state", Text),
    always("zone", Text),
    always("subnet", Text),
    wide("addresses", Count),
    wide("ports_in_use", Counts),
    wide("bytes", Count),
];

pub(super) fn nat_gateways(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.nat_gateways.iter().enumerate().map(|(index, gateway)| {
        let id = NatGatewayId::from_index(index);
        let ports = plan.endpoints.iter().enumerate().map(|(number, endpoint)| {
            let held = paused.cloud.nats.ports(id, EndpointId::from_index(number), paused.now()).0;
            (endpoint.name.clone(), Cell::from(held))
        });
        [
            Cell::from(&gateway.name),
            if paused.cloud.nats.is_up(id) { "Up" } else { "Down" }.into(),
            zone_name(plan, paused.cloud.nats.zone(id)).into(),
            (&plan.subnets[gateway.subnet.index()].name).into(),
            gateway.addresses.into(),
            ports.collect::<Vec<_>>().into(),
            paused.cloud.usage.nat_bytes[index].into(),
        ]
    });
    Table::new(NAT_GATEWAYS, rows)
}

impl Paused {
    /// The private address of an interface.
    pub(super) fn address(&self, interface: InterfaceId) -> String {
        self.cloud.network.interface(interface).address.to_string()
    }
}

pub(super) fn zone_name(plan: &Plan, zone: ZoneId) -> &str {
    &plan.zones[zone.index()].name
}

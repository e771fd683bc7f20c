//! The network of all VPCs: interfaces, and the rules that decide who reaches whom.

use super::{
    AclRule, Decision, InternetGatewaySpec, NetworkAclSpec, PortRange, Route, RouteTableSpec, RouteTarget,
    SecurityGroupSpec, SubnetSpec, VpcEndpointKind, VpcEndpointSpec, VpcSpec,
};
use cloudsim_world::{
    InterfaceId, InternetGatewayId, NatGatewayId, NetworkAclId, RouteTableId, SecurityGroupId, SubnetId,
    VpcId, ZoneId,
};
use rustc_hash::FxHashMap;
use std::net::Ipv4Addr;

/// A network interface: what has an address in a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Whether it has a public address too.
    pub public: bool,
    /// The groups it is a member of; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// The source ports of its connections.
    pub ephemeral: PortRange,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// An interface in a VPC.
    Interface(InterfaceId),
    /// An address on the internet.
    Outside(Ipv4Addr),
}

impl End {
    /// Another number below 2^33 for each end.
    fn bits(self) -> u64 {
        match self {
            Self::Interface(id) => id.0.into(),
            Self::Outside(address) => 1 << 32 | u64::from(address.to_bits()),
        }
    }
}

/// What a network is made of, as the scenario says.
#[derive(Clone, Debug, Default)]
pub struct NetworkSpec {
    /// The VPCs.
    pub vpcs: Vec<VpcSpec>,
    /// The subnets.
    pub subnets: Vec<SubnetSpec>,
    /// The route tables.
    pub route_tables: Vec<RouteTableSpec>,
    /// The internet gateways.
    pub internet_gateways: Vec<InternetGatewaySpec>,
    /// The security groups.
    pub security_groups: Vec<SecurityGroupSpec>,
    /// The network ACLs.
    pub network_acls: Vec<NetworkAclSpec>,
    /// The VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpointSpec>,
}

/// Interfaces, routes and rules, and what they decide of each connection.
///
/// Decisions are kept until something that they depend on changes.
#[derive(Debug)]
pub struct Network {
    pub(super) spec: NetworkSpec,
    pub(super) interfaces: Vec<Interface>,
    /// The interface of each NAT gateway.
    pub(super) nat_gateways: Vec<InterfaceId>,
    /// The routes of each table, the VPC's own and those to gateway endpoints included.
    routes: Vec<Vec<Route>>,
    /// The table and the ACL of each subnet; without one everything passes.
    route_tables: Vec<RouteTableId>,
    acls: Vec<Option<NetworkAclId>>,
    /// The group whose rules hold for the members of each group.
    rules_of: Vec<SecurityGroupId>,
    decisions: Decisions,
}

/// What was decided until something changed, small so that it stays close at hand: it is asked at each step of a request.
#[derive(Debug, Default)]
struct Decisions {
    /// The place in `distinct`, by both ends and the port. Never walked, so that its order reaches nothing.
    places: FxHashMap<(u64, u64), u32>,
    distinct: Vec<Decision>,
}

impl Decisions {
    fn key(from: End, to: End, port: u16) -> (u64, u64) {
        (from.bits(), to.bits() << 16 | u64::from(port))
    }

    #[inline]
    fn get(&self, key: (u64, u64)) -> Option<Decision> {
        self.places.get(&key).map(|place| self.distinct[*place as usize])
    }

    fn keep(&mut self, key: (u64, u64), decision: Decision) {
        let known = self.distinct.iter().position(|other| *other == decision);
        let place = known.unwrap_or_else(|| {
            self.distinct.push(decision);
            self.distinct.len() - 1
        });
        self.places.insert(key, u32::try_from(place).expect("fewer than 2^32 decisions"));
    }
}

impl Network {
    /// A network without interfaces.
    #[must_use]
    pub fn new(spec: NetworkSpec) -> Self {
        let routes = spec.route_tables.iter().enumerate().map(|(index, table)| {
            let local = Route { to: spec.vpcs[table.vpc.index()].cidr, via: RouteTarget::Local };
            let endpoints = spec.vpc_endpoints.iter().enumerate().filter_map(move |(number, endpoint)| {
                let VpcEndpointKind::Gateway { route_tables } = &endpoint.kind else { return None };
                let via = RouteTarget::VpcEndpoint(cloudsim_world::VpcEndpointId::from_index(number));
                route_tables
                    .contains(&RouteTableId::from_index(index))
                    .then_some(Route { to: endpoint.to, via })
            });
            std::iter::once(local).chain(endpoints).chain(table.routes.iter().copied()).collect()
        });
        Self {
            routes: routes.collect(),
            route_tables: spec.subnets.iter().map(|subnet| subnet.route_table).collect(),
            acls: spec.subnets.iter().map(|subnet| subnet.network_acl).collect(),
            rules_of: (0..spec.security_groups.len()).map(SecurityGroupId::from_index).collect(),
            interfaces: Vec::new(),
            nat_gateways: Vec::new(),
            decisions: Decisions::default(),
            spec,
        }
    }

    /// Adds an interface.
    pub fn attach(&mut self, interface: Interface) -> InterfaceId {
        self.interfaces.push(interface);
        InterfaceId::from_index(self.interfaces.len() - 1)
    }

    /// Adds the interface of the next NAT gateway.
    pub fn attach_nat_gateway(&mut self, interface: Interface) -> InterfaceId {
        let id = self.attach(interface);
        self.nat_gateways.push(id);
        id
    }

    /// The interface.
    #[must_use]
    pub fn interface(&self, id: InterfaceId) -> &Interface {
        &self.interfaces[id.index()]
    }

    /// The interface of a NAT gateway.
    #[must_use]
    pub fn nat_gateway(&self, id: NatGatewayId) -> InterfaceId {
        self.nat_gateways[id.index()]
    }

    /// What it is made of.
    #[must_use]
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// The route table of a subnet.
    #[must_use]
    pub fn route_table(&self, subnet: SubnetId) -> RouteTableId {
        self.route_tables[subnet.index()]
    }

    /// The routes of a table: the VPC's own, those to gateway endpoints, those of the scenario.
    #[must_use]
    pub fn routes(&self, table: RouteTableId) -> &[Route] {
        &self.routes[table.index()]
    }

    /// The network ACL of a subnet; without one everything passes.
    #[must_use]
    pub fn network_acl(&self, subnet: SubnetId) -> Option<NetworkAclId> {
        self.acls[subnet.index()]
    }

    /// The rules that hold for the members of a security group.
    #[must_use]
    pub fn rules(&self, group: SecurityGroupId) -> &SecurityGroupSpec {
        &self.spec.security_groups[self.rules_of[group.index()].index()]
    }

    /// Associates a subnet with another route table.
    pub fn set_route_table(&mut self, subnet: SubnetId, table: RouteTableId) {
        self.route_tables[subnet.index()] = table;
        self.decisions = Decisions::default();
    }

    /// Associates a subnet with another network ACL.
    pub fn set_network_acl(&mut self, subnet: SubnetId, acl: Option<NetworkAclId>) {
        self.acls[subnet.index()] = acl;
        self.decisions = Decisions::default();
    }

    /// Lets the rules of one group hold for the members of another.
    pub fn set_rules(&mut self, group: SecurityGroupId, rules_of: SecurityGroupId) {
        self.rules_of[group.index()] = rules_of;
        self.decisions = Decisions::default();
    }

    /// What routes and rules decide of a connection, from memory if it was asked before.
    pub fn decide(&mut self, from: End, to: End, port: u16) -> Decision {
        let key = Decisions::key(from, to, port);
        if let Some(decision) = self.decisions.get(key) {
            return decision;
        }
        let decision = Decision::of(&self.trace(from, to, port), self.zone_of(from));
        self.decisions.keep(key, decision);
        decision
    }

    /// The zone of an end; `None` is the internet.
    #[must_use]
    pub fn zone_of(&self, end: End) -> Option<ZoneId> {
        match end {
            End::Interface(id) => Some(self.zone(self.interface(id).subnet)),
            End::Outside(_) => None,
        }
    }

    pub(super) fn zone(&self, subnet: SubnetId) -> ZoneId {
        self.spec.subnets[subnet.index()].zone
    }

    pub(super) fn vpc(&self, subnet: SubnetId) -> VpcId {
        self.spec.subnets[subnet.index()].vpc
    }

    /// The internet gateway attached to a VPC.
    pub(super) fn internet_gateway(&self, vpc: VpcId) -> Option<InternetGatewayId> {
        let place = self.spec.internet_gateways.iter().position(|gateway| gateway.vpc == vpc);
        place.map(InternetGatewayId::from_index)
    }

    pub(super) fn acl(&self, id: NetworkAclId) -> (&[AclRule], &[AclRule]) {
        let acl = &self.spec.network_acls[id.index()];
        (&acl.ingress, &acl.egress)
    }
}

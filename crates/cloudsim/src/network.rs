//! Who is attached where: the interface of everything that has an address, and what routes and rules say between two.

use crate::Cloud;
use cloudsim_aws::services::rds::InstanceSlot;
use cloudsim_aws::services::target_group::{NodeSlot, ServerSlot};
use cloudsim_aws::services::vpc::{AddressPool, Decision, End, Interface, Stop, VpcEndpointKind};
use cloudsim_engine::mix;
use cloudsim_records::Cause;
use cloudsim_scenario::plan::{Attached, FaultKind, Plan};
use cloudsim_world::{
    AutoScalingGroupId, FaultId, InterfaceId, LoadBalancerId, SecurityGroupId, SubnetId, VpcEndpointId,
    ZoneId,
};
use std::net::Ipv4Addr;

/// Everything that has an address, by its slot.
#[derive(Debug)]
pub(crate) struct Interfaces {
    /// What each subnet has left.
    pools: Vec<AddressPool>,
    pub(crate) nodes: Vec<InterfaceId>,
    pub(crate) servers: Vec<InterfaceId>,
    pub(crate) instances: Vec<InterfaceId>,
    /// Those of each VPC endpoint; none of a gateway endpoint.
    pub(crate) vpc_endpoints: Vec<Vec<InterfaceId>>,
}

impl Interfaces {
    pub(crate) fn of(plan: &Plan) -> Self {
        Self {
            pools: plan.subnets.iter().map(|subnet| AddressPool::new(subnet.cidr)).collect(),
            nodes: Vec::new(),
            servers: Vec::new(),
            instances: Vec::new(),
            vpc_endpoints: Vec::new(),
        }
    }
}

/// Why something gets no further, and in which zone (`None` is the internet).
pub(crate) type Stopped = (Cause, Option<ZoneId>);

/// Whether a decision lets a connection through; `word` draws its source port.
///
/// # Errors
/// Why it does not.
pub(crate) fn admitted(decision: &Decision, word: impl Fn() -> u64) -> Result<(), Stopped> {
    if decision.passes(|| mix(word(), 1)) {
        return Ok(());
    }
    Err((cause_of(decision.stop.expect("what does not pass was stopped")), decision.zone))
}

/// What vanishes at the border of a zone is stopped there.
pub(crate) fn cut_off(border: ZoneId) -> Stopped {
    (Cause::ZoneCutOff, Some(border))
}

/// What a caller that hears nothing would be told if it knew: why routes and rules stop its packets.
pub(crate) fn cause_of(stop: Stop) -> Cause {
    match stop {
        Stop::SecurityGroup => Cause::SecurityGroupDenied,
        Stop::NetworkAcl => Cause::NetworkAclDenied,
        Stop::NoRoute => Cause::NoRoute,
        Stop::NoPublicAddress => Cause::NoPublicAddress,
    }
}

impl Cloud {
    /// Gives something an interface in a subnet; `None` if the subnet has no address left.
    fn interface_in(&mut self, of: Attached, subnet: SubnetId) -> Option<Interface> {
        let address = self.interfaces.pools[subnet.index()].take()?;
        Some(self.plan.interface(of, subnet, address))
    }

    /// An address of a subnet for what has no interface of its own; `None` if none is left.
    pub(crate) fn take_address(&mut self, subnet: SubnetId) -> Option<Ipv4Addr> {
        self.interfaces.pools[subnet.index()].take()
    }

    /// Such an address is free again.
    pub(crate) fn give_back_address(&mut self, subnet: SubnetId, address: Ipv4Addr) {
        self.interfaces.pools[subnet.index()].give_back(address);
    }

    /// The interface of something that stands at first.
    fn first_interface_in(&mut self, of: Attached, subnet: SubnetId) -> Interface {
        self.interface_in(of, subnet).expect("checked: what stands at first has addresses")
    }

    /// The interface of the next NAT gateway.
    pub(crate) fn attach_nat_gateway(&mut self, subnet: SubnetId) -> InterfaceId {
        let interface = self.first_interface_in(Attached::NatGateway, subnet);
        self.network.attach_nat_gateway(interface)
    }

    /// The interface of the next node of a load balancer.
    pub(crate) fn attach_node(&mut self, balancer: LoadBalancerId, subnet: SubnetId) -> InterfaceId {
        let interface = self.first_interface_in(Attached::BalancerNode(balancer), subnet);
        let id = self.network.attach(interface);
        self.interfaces.nodes.push(id);
        id
    }

    /// The interface of the next server; `None` if the subnet has no address left.
    pub(crate) fn attach_server(
        &mut self,
        group: AutoScalingGroupId,
        subnet: SubnetId,
    ) -> Option<InterfaceId> {
        let interface = self.interface_in(Attached::Server(group), subnet)?;
        let id = self.network.attach(interface);
        self.interfaces.servers.push(id);
        Some(id)
    }

    /// A server is gone; its address is free.
    pub(crate) fn detach_server(&mut self, server: ServerSlot) {
        let interface = self.network.interface(self.interfaces.servers[server.0 as usize]);
        self.interfaces.pools[interface.subnet.index()].give_back(interface.address);
    }

    /// The interface of the next instance of a database.
    pub(crate) fn attach_instance(&mut self, of: Attached, subnet: SubnetId) -> InterfaceId {
        let interface = self.first_interface_in(of, subnet);
        let id = self.network.attach(interface);
        self.interfaces.instances.push(id);
        id
    }

    /// The interfaces of all VPC endpoints.
    pub(crate) fn attach_vpc_endpoints(&mut self) {
        for (index, spec) in self.plan.vpc_endpoints.clone().into_iter().enumerate() {
            let mut interfaces = Vec::new();
            if let VpcEndpointKind::Interface { subnets, .. } = spec.kind {
                for subnet in subnets {
                    let of = Attached::VpcEndpoint(VpcEndpointId::from_index(index));
                    let interface = self.first_interface_in(of, subnet);
                    interfaces.push(self.network.attach(interface));
                }
            }
            self.interfaces.vpc_endpoints.push(interfaces);
        }
    }

    pub(crate) fn node_end(&self, node: NodeSlot) -> End {
        End::Interface(self.interfaces.nodes[node.0 as usize])
    }

    pub(crate) fn server_end(&self, server: ServerSlot) -> End {
        End::Interface(self.interfaces.servers[server.0 as usize])
    }

    /// The interface of a database's instance. One that was restored in another zone than the standby's uses the subnet
    /// that the database has there.
    pub(crate) fn instance_end(&self, instance: InstanceSlot) -> End {
        let zone = self.databases.zone(instance);
        let own = self.interfaces.instances[instance.0 as usize];
        if self.zone_of(own) == zone {
            return End::Interface(own);
        }
        let database = self.databases.database_of(instance);
        let siblings = (0_u32..).map(InstanceSlot).zip(&self.interfaces.instances);
        let there = siblings
            .filter(|(slot, _)| self.databases.database_of(*slot) == database)
            .find(|(_, interface)| self.zone_of(**interface) == zone);
        End::Interface(there.map_or(own, |(_, interface)| *interface))
    }

    pub(crate) fn zone_of(&self, interface: InterfaceId) -> ZoneId {
        self.plan.subnets[self.network.interface(interface).subnet.index()].zone
    }

    /// The interface endpoint through which the servers of a subnet reach an endpoint outside, if its VPC has one; `word`
    /// chooses among its interfaces in zones with power.
    pub(crate) fn vpc_endpoint_for(
        &self,
        subnet: SubnetId,
        endpoint: cloudsim_world::EndpointId,
        word: u64,
    ) -> Option<(VpcEndpointId, InterfaceId)> {
        let vpc = self.plan.subnets[subnet.index()].vpc;
        let place = self.plan.vpc_endpoints.iter().position(|spec| {
            spec.vpc == vpc
                && spec.endpoint == endpoint
                && matches!(spec.kind, VpcEndpointKind::Interface { .. })
        })?;
        let all = &self.interfaces.vpc_endpoints[place];
        let live: Vec<InterfaceId> =
            all.iter().copied().filter(|id| !self.dark_zones.contains(&self.zone_of(*id))).collect();
        let choice = if live.is_empty() { all } else { &live };
        let index = (u128::from(word) * choice.len() as u128) >> 64;
        let chosen = *choice.get(usize::try_from(index).expect("below the length"))?;
        Some((VpcEndpointId::from_index(place), chosen))
    }

    /// Lets the routes and rules hold that the scenario begins with, changed by the faults that are at work, the last one
    /// last.
    pub(crate) fn rewire(&mut self) {
        for (index, subnet) in self.plan.subnets.iter().enumerate() {
            self.network.set_route_table(SubnetId::from_index(index), subnet.route_table);
            self.network.set_network_acl(SubnetId::from_index(index), subnet.network_acl);
        }
        for group in (0..self.plan.security_groups.len()).map(SecurityGroupId::from_index) {
            self.network.set_rules(group, group);
        }
        for fault in &self.active_faults {
            match &self.plan.faults[fault.index()].kind {
                FaultKind::RouteTableChange { subnets, route_table } => {
                    for subnet in subnets {
                        self.network.set_route_table(*subnet, *route_table);
                    }
                }
                FaultKind::NetworkAclChange { subnets, network_acl } => {
                    for subnet in subnets {
                        self.network.set_network_acl(*subnet, Some(*network_acl));
                    }
                }
                FaultKind::SecurityGroupChange { security_group, rules_of } => {
                    self.network.set_rules(*security_group, *rules_of);
                }
                _ => {}
            }
        }
    }

    /// Whether a zone is cut off from every other zone of its region.
    pub(crate) fn is_isolated(&self, zone: ZoneId, from: &[ZoneId]) -> bool {
        let region = &self.plan.zones[zone.index()].region;
        let mut others = (0..self.plan.zones.len())
            .map(ZoneId::from_index)
            .filter(|other| *other != zone && self.plan.zones[other.index()].region == *region);
        others.all(|other| from.contains(&other))
    }

    /// Lets the border of zones be wrong in the ways of the faults that are at work.
    pub(crate) fn reimpair(&mut self) {
        let impairments = self
            .active_faults
            .iter()
            .filter_map(|fault: &FaultId| crate::faults::impairment(&self.plan.faults[fault.index()].kind));
        let impairments: Vec<_> = impairments.collect();
        self.links.impair(impairments.iter());
    }
}

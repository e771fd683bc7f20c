//! A second reading of AWS's documents: single packets with a source port each, carried from place to place.
//!
//! It shares nothing with the evaluator but the specification. Rules are tried one by one, routes are sorted, connections
//! are tracked and translated in tables, and an answer is the packet turned around.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    source: (Ipv4Addr, u16),
    target: (Ipv4Addr, u16),
    /// Whether it opens the connection.
    opens: bool,
}

impl Packet {
    fn answer(self) -> Self {
        Self { source: self.target, target: self.source, opens: false }
    }
}

/// What was met on the way, as far as the evaluator tells it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Groups(InterfaceId, Direction),
    Acl(SubnetId, Direction),
    Route(SubnetId),
    NatGateway(NatGatewayId),
    InternetGateway,
    VpcEndpoint(VpcEndpointId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An interface lets go of it.
    Sent(InterfaceId),
    /// It goes out of a subnet.
    Leaving(SubnetId),
    /// The router of the VPC has it from a subnet.
    Routed(SubnetId),
    /// It goes into the subnet of an interface.
    Entering(InterfaceId),
    /// It is at an interface.
    Reaching(InterfaceId),
    /// It is on the internet.
    Internet,
    /// It is at the service behind an endpoint of a VPC.
    Service(VpcEndpointId),
}

/// Where it stays, if it stays anywhere.
type Carried = Result<(Place, Packet), Stop>;

/// One connection, from one source port.
pub(super) struct Walk<'a> {
    drawn: &'a Drawn,
    /// The source port that a NAT gateway takes.
    nat_port: u16,
    /// Connections that the groups of an interface let through, as its packets look there.
    tracked: Vec<(InterfaceId, Packet)>,
    /// What a NAT gateway rewrote: the packet as it came, and its port since.
    translated: Option<(NatGatewayId, Packet, u16)>,
    pub(super) met: Vec<Met>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(drawn: &'a Drawn, nat_port: u16) -> Self {
        Self { drawn, nat_port, tracked: Vec::new(), translated: None, met: Vec::new() }
    }

    /// Whether the first packet of a connection arrives and its answer comes back.
    pub(super) fn connect(&mut self, from: End, to: End, source_port: u16, port: u16) -> Result<(), Stop> {
        let target = match to {
            End::Interface(to) if matches!(from, End::Interface(_)) => self.interface(to).address,
            End::Interface(to) => {
                self.internet_gateway(self.vpc(self.interface(to).subnet)).ok_or(Stop::NoRoute)?;
                self.public_address(to).ok_or(Stop::NoPublicAddress)?
            }
            End::Outside(address) => address,
        };
        let (start, source) = match from {
            End::Interface(from) => (Place::Sent(from), self.interface(from).address),
            End::Outside(address) => (Place::Internet, address),
        };
        let first = Packet { source: (source, source_port), target: (target, port), opens: true };
        let (place, arrived) = self.carry(start, first)?;
        let answers_from = match (place, to) {
            (Place::Reaching(at), End::Interface(to)) if at == to => Place::Sent(at),
            (Place::Internet | Place::Service(_), End::Outside(_)) => place,
            elsewhere => panic!("{first:?} went to {elsewhere:?}"),
        };
        let (place, answer) = self.carry(answers_from, arrived.answer())?;
        match (place, from) {
            (Place::Reaching(at), End::Interface(from)) if at == from => {}
            (Place::Internet, End::Outside(_)) => {}
            elsewhere => panic!("{answer:?} went to {elsewhere:?}"),
        }
        assert_eq!(answer, first.answer(), "who asked knows the answer as one");
        Ok(())
    }

    fn carry(&mut self, mut place: Place, mut packet: Packet) -> Carried {
        loop {
            place = match place {
                Place::Sent(interface) => self.sent(interface, packet)?,
                Place::Leaving(subnet) => {
                    self.ask_acl(subnet, Direction::Egress, packet.target.0, packet)?;
                    Place::Routed(subnet)
                }
                Place::Routed(subnet) => {
                    let (next, rewritten) = self.routed(subnet, packet)?;
                    packet = rewritten;
                    if matches!(next, Place::Internet | Place::Service(_)) {
                        return Ok((next, packet));
                    }
                    next
                }
                Place::Entering(interface) => {
                    let subnet = self.interface(interface).subnet;
                    self.ask_acl(subnet, Direction::Ingress, packet.source.0, packet)?;
                    Place::Reaching(interface)
                }
                Place::Reaching(interface) => {
                    let Some(gateway) = self.is_nat_gateway(interface) else {
                        self.ask_groups(interface, Direction::Ingress, packet)?;
                        return Ok((Place::Reaching(interface), packet));
                    };
                    packet = self.translate(gateway, interface, packet)?;
                    Place::Sent(interface)
                }
                Place::Internet => {
                    // The internet gateway of whoever has that public address takes it in.
                    self.met.push(Met::InternetGateway);
                    let all = (0..self.all().count()).map(InterfaceId::from_index);
                    let to = { all }.find(|id| self.public_address(*id) == Some(packet.target.0));
                    let to = to.expect("only addresses that exist are asked for");
                    packet.target.0 = self.interface(to).address;
                    Place::Entering(to)
                }
                Place::Service(endpoint) => {
                    self.met.push(Met::VpcEndpoint(endpoint));
                    let vpc = self.drawn.spec.vpc_endpoints[endpoint.index()].vpc;
                    Place::Entering(self.holder(vpc, packet.target.0).ok_or(Stop::NoRoute)?)
                }
            };
        }
    }

    fn sent(&mut self, interface: InterfaceId, packet: Packet) -> Result<Place, Stop> {
        let own = self.interface(interface).clone();
        if self.is_nat_gateway(interface).is_none() {
            self.ask_groups(interface, Direction::Egress, packet)?;
        }
        // What stays within the subnet sees neither its ACL nor its routes; a NAT gateway of the same subnet is a
        // neighbour, to which a route leads.
        if let Some(neighbour) = self.holder(self.vpc(own.subnet), packet.target.0)
            && self.interface(neighbour).subnet == own.subnet
        {
            return Ok(Place::Reaching(neighbour));
        }
        if let Some(RouteTarget::NatGateway(gateway)) = self.route(own.subnet, packet.target.0)
            && packet.opens
            && !is_private(packet.target.0)
            && self.is_nat_gateway(interface).is_none()
            && self.interface(self.nat_interface(gateway)).subnet == own.subnet
        {
            return Ok(Place::Routed(own.subnet));
        }
        Ok(Place::Leaving(own.subnet))
    }

    fn routed(&mut self, subnet: SubnetId, packet: Packet) -> Carried {
        self.met.push(Met::Route(subnet));
        let vpc = self.vpc(subnet);
        let next = match self.route(subnet, packet.target.0).ok_or(Stop::NoRoute)? {
            RouteTarget::Blackhole => return Err(Stop::NoRoute),
            RouteTarget::Local => Place::Entering(self.holder(vpc, packet.target.0).ok_or(Stop::NoRoute)?),
            // Beyond a gateway nobody knows the way to a private address.
            _ if is_private(packet.target.0) => return Err(Stop::NoRoute),
            RouteTarget::InternetGateway(_) => {
                self.met.push(Met::InternetGateway);
                let sender = self.holder(vpc, packet.source.0).expect("somebody has sent it");
                let public = self.public_address(sender).ok_or(Stop::NoPublicAddress)?;
                return Ok((Place::Internet, Packet { source: (public, packet.source.1), ..packet }));
            }
            // Neither knows the connection of which this would be an answer.
            _ if !packet.opens => return Err(Stop::NoRoute),
            RouteTarget::NatGateway(gateway) => {
                let nat = self.nat_interface(gateway);
                // A NAT gateway has to be in a public subnet: one behind another leads nowhere.
                if self.translated.is_some() || self.interface(nat).address == packet.source.0 {
                    return Err(Stop::NoRoute);
                }
                if self.interface(nat).subnet == subnet { Place::Reaching(nat) } else { Place::Entering(nat) }
            }
            RouteTarget::VpcEndpoint(endpoint) => {
                self.met.push(Met::VpcEndpoint(endpoint));
                return Ok((Place::Service(endpoint), packet));
            }
        };
        Ok((next, packet))
    }

    /// A NAT gateway sends on in its own name what comes from inside, and gives back what comes from outside.
    fn translate(&mut self, gateway: NatGatewayId, own: InterfaceId, packet: Packet) -> Result<Packet, Stop> {
        self.met.push(Met::NatGateway(gateway));
        let address = self.interface(own).address;
        if packet.opens {
            self.translated = Some((gateway, packet, self.nat_port));
            return Ok(Packet { source: (address, self.nat_port), ..packet });
        }
        let (_, original, _) = self
            .translated
            .filter(|(of, _, port)| *of == gateway && packet.target == (address, *port))
            .ok_or(Stop::NoRoute)?;
        Ok(Packet { target: original.source, ..packet })
    }

    /// Any rule of any group will do, and an answer to what was let through needs none.
    fn ask_groups(&mut self, id: InterfaceId, direction: Direction, packet: Packet) -> Result<(), Stop> {
        self.met.push(Met::Groups(id, direction));
        let interface = self.interface(id);
        let Some(groups) = &interface.security_groups else { return Ok(()) };
        if self.tracked.iter().any(|(at, first)| *at == id && first.answer() == packet) {
            return Ok(());
        }
        let other = if direction == Direction::Ingress { packet.source.0 } else { packet.target.0 };
        let vpc = self.vpc(interface.subnet);
        for group in groups {
            let spec = &self.drawn.spec.security_groups[group.index()];
            let rules = if direction == Direction::Ingress { &spec.ingress } else { &spec.egress };
            for rule in rules {
                let protocol = rule.protocol != Protocol::Udp;
                let port = rule.protocol == Protocol::All
                    || (rule.ports.first..=rule.ports.last).contains(&packet.target.1);
                let peer = match rule.peer {
                    Peer::Cidr(cidr) => cidr.contains(&other),
                    Peer::Group(peer) => self.holder(vpc, other).is_some_and(|holder| {
                        self.interface(holder).security_groups.iter().flatten().any(|group| *group == peer)
                    }),
                };
                if protocol && port && peer {
                    self.tracked.push((id, packet));
                    return Ok(());
                }
            }
        }
        Err(Stop::SecurityGroup)
    }

    /// The rules one after another from the lowest number; what none is about is dropped.
    fn ask_acl(
        &mut self,
        subnet: SubnetId,
        direction: Direction,
        other: Ipv4Addr,
        packet: Packet,
    ) -> Result<(), Stop> {
        self.met.push(Met::Acl(subnet, direction));
        let Some(acl) = self.drawn.spec.subnets[subnet.index()].network_acl else { return Ok(()) };
        let acl = &self.drawn.spec.network_acls[acl.index()];
        let rules = if direction == Direction::Ingress { &acl.ingress } else { &acl.egress };
        for number in 1..=limits::ACL_NUMBER_MAX.min(200) {
            let Some(rule) = rules.iter().find(|rule| rule.number == number) else { continue };
            let protocol = rule.protocol != Protocol::Udp;
            let port = rule.protocol == Protocol::All
                || (rule.ports.first..=rule.ports.last).contains(&packet.target.1);
            if protocol && port && rule.cidr.contains(&other) {
                return if rule.action == Action::Allow { Ok(()) } else { Err(Stop::NetworkAcl) };
            }
        }
        Err(Stop::NetworkAcl)
    }

    /// The most specific route.
    fn route(&self, subnet: SubnetId, to: Ipv4Addr) -> Option<RouteTarget> {
        let spec = &self.drawn.spec;
        let id = spec.subnets[subnet.index()].route_table;
        let table = &spec.route_tables[id.index()];
        let mut routes = vec![(spec.vpcs[table.vpc.index()].cidr, RouteTarget::Local)];
        routes.extend(table.routes.iter().map(|route| (route.to, route.via)));
        for (index, endpoint) in spec.vpc_endpoints.iter().enumerate() {
            if let VpcEndpointKind::Gateway { route_tables } = &endpoint.kind
                && route_tables.contains(&id)
            {
                routes.push((endpoint.to, RouteTarget::VpcEndpoint(VpcEndpointId::from_index(index))));
            }
        }
        routes.sort_by_key(|(to, _)| std::cmp::Reverse(to.prefix_len()));
        routes.into_iter().find(|(range, _)| range.contains(&to)).map(|(_, via)| via)
    }

    fn all(&self) -> impl Iterator<Item = &'a Interface> + use<'a> {
        self.drawn.interfaces.iter().chain(&self.drawn.nat_gateways)
    }

    fn interface(&self, id: InterfaceId) -> &'a Interface {
        self.all().nth(id.index()).expect("it exists")
    }

    fn nat_interface(&self, id: NatGatewayId) -> InterfaceId {
        InterfaceId::from_index(self.drawn.interfaces.len() + id.index())
    }

    fn is_nat_gateway(&self, id: InterfaceId) -> Option<NatGatewayId> {
        id.index().checked_sub(self.drawn.interfaces.len()).map(NatGatewayId::from_index)
    }

    fn vpc(&self, subnet: SubnetId) -> VpcId {
        self.drawn.spec.subnets[subnet.index()].vpc
    }

    fn internet_gateway(&self, vpc: VpcId) -> Option<&InternetGatewaySpec> {
        self.drawn.spec.internet_gateways.iter().find(|gateway| gateway.vpc == vpc)
    }

    /// Who has a private address.
    fn holder(&self, vpc: VpcId, address: Ipv4Addr) -> Option<InterfaceId> {
        let place = self.all().position(|one| self.vpc(one.subnet) == vpc && one.address == address);
        place.map(InterfaceId::from_index)
    }

    fn public_address(&self, id: InterfaceId) -> Option<Ipv4Addr> {
        let number = u8::try_from(id.0).expect("few interfaces");
        self.interface(id).public.then_some(Ipv4Addr::new(192, 0, 2, number))
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    cidr("10.0.0.0/8").contains(&address)
}

//! The way of a connection, there and back: each route, rule and gateway that lets it pass or stops it.

use super::port::tcp_ports;
use super::{AclRule, Action, End, Interface, Network, Peer, PortRange, Route, RouteTarget, SecurityRule};
use cloudsim_world::{
    InterfaceId, InternetGatewayId, NatGatewayId, NetworkAclId, RouteTableId, SecurityGroupId, SubnetId,
    VpcEndpointId, ZoneId,
};
use std::net::Ipv4Addr;

/// Whether packets enter or leave what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They enter.
    Ingress,
    /// They leave.
    Egress,
}

/// One thing on the way of a packet that lets it pass or stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The security groups of an interface are asked for a new connection.
    SecurityGroups {
        /// The interface.
        interface: InterfaceId,
        /// Whether the connection enters or leaves it.
        direction: Direction,
        /// What they say.
        verdict: GroupVerdict,
    },
    /// The security groups of an interface know the connection: its answers pass.
    Tracked {
        /// The interface.
        interface: InterfaceId,
        /// Whether the answer enters or leaves it.
        direction: Direction,
    },
    /// The network ACL of a subnet is asked.
    NetworkAcl {
        /// The subnet.
        subnet: SubnetId,
        /// Its ACL; without one everything passes.
        acl: Option<NetworkAclId>,
        /// Whether the packet enters or leaves the subnet.
        direction: Direction,
        /// What it says.
        verdict: AclVerdict,
    },
    /// The route table of a subnet is asked; `None` if no route matches.
    Route {
        /// The subnet.
        subnet: SubnetId,
        /// Its table.
        table: RouteTableId,
        /// The route with the longest matching prefix.
        route: Option<Route>,
        /// Whether it leads on to where the packet goes.
        leads_on: bool,
    },
    /// A NAT gateway puts its own address in the place of the sender's, or the other way round.
    NatGateway(NatGatewayId),
    /// An internet gateway; it lets pass what has a public address.
    InternetGateway {
        /// The gateway, if the VPC has one.
        gateway: Option<InternetGatewayId>,
        /// The interface inside.
        interface: InterfaceId,
        /// Whether that has a public address.
        public: bool,
    },
    /// A gateway endpoint.
    VpcEndpoint(VpcEndpointId),
    /// From one zone, or the internet, to another.
    Crossing {
        /// Where from; `None` is the internet.
        from: Option<ZoneId>,
        /// Where to; `None` is the internet.
        to: Option<ZoneId>,
    },
}

/// What the security groups of an interface say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupVerdict {
    /// The interface has no groups that were named: everything passes.
    Unrestricted,
    /// A rule lets it through: the group, and the number of its rule, from 0.
    Allowed(SecurityGroupId, usize),
    /// No rule does.
    NoRule,
}

/// What a network ACL says of one port, or of each of a range of source ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclVerdict {
    /// How many of the ports pass.
    pub passing: u32,
    /// How many were asked for.
    pub of: u32,
    /// The number of the first rule that lets some of them pass.
    pub allowed_by: Option<u16>,
    /// The number of the first rule that drops some of them; `None` if none does, or what no rule matches is dropped.
    pub denied_by: Option<u16>,
}

impl Step {
    /// Whether it lets at least some packets pass.
    #[must_use]
    pub fn passes(&self) -> bool {
        match *self {
            Self::SecurityGroups { verdict, .. } => verdict != GroupVerdict::NoRule,
            Self::NetworkAcl { verdict, .. } => verdict.passing > 0,
            Self::Route { leads_on, .. } => leads_on,
            Self::InternetGateway { gateway, public, .. } => gateway.is_some() && public,
            Self::Tracked { .. } | Self::NatGateway(_) | Self::VpcEndpoint(_) | Self::Crossing { .. } => true,
        }
    }
}

/// The way of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What its packets meet on their way, up to the first thing that stops them.
    pub forward: Vec<Step>,
    /// What the answers meet; empty if nothing arrives.
    pub back: Vec<Step>,
}

impl Trace {
    /// What stops the connection, and whether it is the answers that are stopped.
    #[must_use]
    pub fn stopped_by(&self) -> Option<(&Step, bool)> {
        let stop = |steps: &'_ [Step]| steps.iter().position(|step| !step.passes());
        match (stop(&self.forward), stop(&self.back)) {
            (Some(place), _) => Some((&self.forward[place], false)),
            (None, Some(place)) => Some((&self.back[place], true)),
            (None, None) => None,
        }
    }
}

/// Why routes and rules let no connection through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No rule of a security group lets it through.
    SecurityGroup,
    /// A network ACL drops it, or its answers.
    NetworkAcl,
    /// No route leads there, or none back.
    NoRoute,
    /// It would need a public address.
    NoPublicAddress,
}

/// What routes and rules decide of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Why it is stopped, or would be on the source ports that do not pass.
    pub stop: Option<Stop>,
    /// The share of source ports on which answers come back, of 2^32: all of it unless a network ACL names others.
    passing: u64,
    /// The NAT gateway that it goes through.
    pub nat_gateway: Option<NatGatewayId>,
    /// The gateway endpoint that it goes through.
    pub vpc_endpoint: Option<VpcEndpointId>,
    /// The zone, or the internet (`None`), in which what stops it stands; the source's if nothing does.
    pub zone: Option<ZoneId>,
}

const WHOLE: u64 = 1 << 32;

impl Decision {
    /// What a trace that begins in a zone, or on the internet, comes to.
    #[must_use]
    pub fn of(trace: &Trace, from: Option<ZoneId>) -> Self {
        let mut decision =
            Self { stop: None, passing: WHOLE, nat_gateway: None, vpc_endpoint: None, zone: from };
        for step in trace.forward.iter().chain(&trace.back) {
            match *step {
                Step::NatGateway(id) => decision.nat_gateway = Some(id),
                Step::VpcEndpoint(id) => decision.vpc_endpoint = Some(id),
                Step::Crossing { to, .. } if decision.stop.is_none() => decision.zone = to,
                Step::NetworkAcl { verdict, .. } if verdict.passing < verdict.of => {
                    decision.stop = decision.stop.or(Some(Stop::NetworkAcl));
                    decision.passing = decision.passing * u64::from(verdict.passing) / u64::from(verdict.of);
                }
                ref step if !step.passes() => {
                    decision.stop = Some(match step {
                        Step::SecurityGroups { .. } => Stop::SecurityGroup,
                        Step::Route { .. } | Step::InternetGateway { gateway: None, .. } => Stop::NoRoute,
                        _ => Stop::NoPublicAddress,
                    });
                    decision.passing = 0;
                }
                _ => {}
            }
        }
        decision
    }

    /// Whether a connection gets through both ways; `word` draws its source port.
    #[inline]
    #[must_use]
    pub fn passes(&self, word: u64) -> bool {
        (word >> 32) < self.passing
    }

    /// Whether connections from all source ports get through.
    #[must_use]
    pub fn always_passes(&self) -> bool {
        self.passing == WHOLE
    }
}

/// A packet at the border of a subnet, as its network ACL sees it.
#[derive(Clone, Copy)]
struct Packet {
    direction: Direction,
    /// The other side: the source of what enters, the destination of what leaves.
    other: Ipv4Addr,
    /// Its destination ports: one of a request, a range for the answers to one of many source ports.
    ports: PortRange,
}

impl Network {
    /// The way of a TCP connection to a port, there and back, by routes and rules alone: nothing is out of order.
    #[must_use]
    pub fn trace(&self, from: End, to: End, port: u16) -> Trace {
        let mut trace = Trace::default();
        let ports = PortRange { first: port, last: port };
        let arrived = match (from, to) {
            (End::Interface(from), End::Interface(to)) => self.inside(from, to, ports, &mut trace),
            (End::Interface(from), End::Outside(to)) => self.outwards(from, to, ports, &mut trace),
            (End::Outside(from), End::Interface(to)) => self.inwards(from, to, ports, &mut trace),
            // Between two places on the internet there is nothing that could stop it.
            (End::Outside(_), End::Outside(_)) => Some(()),
        };
        debug_assert!(arrived.is_some() || trace.stopped_by().is_some(), "what does not arrive was stopped");
        trace
    }

    /// From interface to interface.
    fn inside(&self, from: InterfaceId, to: InterfaceId, ports: PortRange, trace: &mut Trace) -> Option<()> {
        let (source, target) = (self.interface(from), self.interface(to));
        let there = &mut trace.forward;
        add(there, self.ask_groups(from, Direction::Egress, Some(to), target.address, ports.first))?;
        self.travel(source.subnet, target.subnet, (source.address, target.address), ports, there)?;
        add(there, self.ask_groups(to, Direction::Ingress, Some(from), source.address, ports.first))?;
        let back = &mut trace.back;
        add(back, self.tracked(to, Direction::Egress))?;
        let answers = (target.address, source.address);
        self.travel(target.subnet, source.subnet, answers, source.ephemeral, back)?;
        add(back, self.tracked(from, Direction::Ingress))
    }

    /// From subnet to subnet of a VPC: out of the one by its ACL and route table, into the other by its ACL.
    fn travel(
        &self,
        from: SubnetId,
        to: SubnetId,
        (source, target): (Ipv4Addr, Ipv4Addr),
        ports: PortRange,
        steps: &mut Vec<Step>,
    ) -> Option<()> {
        if from == to {
            // Within a subnet no ACL is asked.
            return add(steps, self.ask_route(from, target, |via| via == RouteTarget::Local));
        }
        add(steps, self.ask_acl(from, Packet { direction: Direction::Egress, other: target, ports }))?;
        let same = self.vpc(from) == self.vpc(to);
        add(steps, self.ask_route(from, target, |via| same && via == RouteTarget::Local))?;
        self.cross(Some(self.zone(from)), Some(self.zone(to)), steps);
        add(steps, self.ask_acl(to, Packet { direction: Direction::Ingress, other: source, ports }))
    }

    /// From an interface to the internet: directly, through a NAT gateway, or through a gateway endpoint.
    fn outwards(&self, from: InterfaceId, to: Ipv4Addr, ports: PortRange, trace: &mut Trace) -> Option<()> {
        let source = self.interface(from);
        let there = &mut trace.forward;
        let leaves = Packet { direction: Direction::Egress, other: to, ports };
        let returns = Packet { direction: Direction::Ingress, other: to, ports: source.ephemeral };
        add(there, self.ask_groups(from, Direction::Egress, None, to, ports.first))?;
        add(there, self.ask_acl(source.subnet, leaves))?;
        let route = self
            .ask_route(source.subnet, to, |via| !matches!(via, RouteTarget::Local | RouteTarget::Blackhole));
        add(there, route)?;
        let Step::Route { route: Some(Route { via, .. }), .. } = route else { unreachable!("it leads on") };
        let zone = Some(self.zone(source.subnet));
        match via {
            RouteTarget::NatGateway(gateway) => {
                self.through_nat(from, gateway, to, ports, trace)?;
                add(&mut trace.back, self.ask_acl(source.subnet, returns))?;
            }
            RouteTarget::VpcEndpoint(endpoint) => {
                add(there, Step::VpcEndpoint(endpoint))?;
                add(&mut trace.back, Step::VpcEndpoint(endpoint))?;
                add(&mut trace.back, self.ask_acl(source.subnet, returns))?;
            }
            RouteTarget::InternetGateway(gateway) => {
                let step =
                    Step::InternetGateway { gateway: Some(gateway), interface: from, public: source.public };
                add(there, step)?;
                self.cross(zone, None, there);
                self.cross(None, zone, &mut trace.back);
                add(&mut trace.back, step)?;
                add(&mut trace.back, self.ask_acl(source.subnet, returns))?;
            }
            RouteTarget::Local | RouteTarget::Blackhole => unreachable!("it leads on"),
        }
        add(&mut trace.back, self.tracked(from, Direction::Ingress))
    }

    /// From the subnet of `from` to a NAT gateway, on to the internet, and back to that subnet.
    fn through_nat(
        &self,
        from: InterfaceId,
        gateway: NatGatewayId,
        to: Ipv4Addr,
        ports: PortRange,
        trace: &mut Trace,
    ) -> Option<()> {
        let (source, id) = (self.interface(from), self.nat_gateway(gateway));
        let nat = self.interface(id);
        let (near, far) = (Some(self.zone(source.subnet)), Some(self.zone(nat.subnet)));
        let apart = source.subnet != nat.subnet;
        let there = &mut trace.forward;
        self.cross(near, far, there);
        if apart {
            let enters = Packet { direction: Direction::Ingress, other: source.address, ports };
            add(there, self.ask_acl(nat.subnet, enters))?;
        }
        add(there, Step::NatGateway(gateway))?;
        add(there, self.ask_acl(nat.subnet, Packet { direction: Direction::Egress, other: to, ports }))?;
        let route = self.ask_route(nat.subnet, to, |via| matches!(via, RouteTarget::InternetGateway(_)));
        add(there, route)?;
        let vpc = self.vpc(nat.subnet);
        let step =
            Step::InternetGateway { gateway: self.internet_gateway(vpc), interface: id, public: nat.public };
        add(there, step)?;
        self.cross(far, None, there);

        let back = &mut trace.back;
        self.cross(None, far, back);
        add(back, step)?;
        let answers = Packet { direction: Direction::Ingress, other: to, ports: nat.ephemeral };
        add(back, self.ask_acl(nat.subnet, answers))?;
        add(back, Step::NatGateway(gateway))?;
        if apart {
            let leaves =
                Packet { direction: Direction::Egress, other: source.address, ports: source.ephemeral };
            add(back, self.ask_acl(nat.subnet, leaves))?;
        }
        let home = self.ask_route(nat.subnet, source.address, |via| via == RouteTarget::Local);
        add(back, home)?;
        self.cross(far, near, back);
        Some(())
    }

    /// From the internet to an interface with a public address.
    fn inwards(&self, from: Ipv4Addr, to: InterfaceId, ports: PortRange, trace: &mut Trace) -> Option<()> {
        let target = self.interface(to);
        let zone = Some(self.zone(target.subnet));
        let there = &mut trace.forward;
        let gateway = self.internet_gateway(self.vpc(target.subnet));
        let step = Step::InternetGateway { gateway, interface: to, public: target.public };
        add(there, step)?;
        self.cross(None, zone, there);
        add(
            there,
            self.ask_acl(target.subnet, Packet { direction: Direction::Ingress, other: from, ports }),
        )?;
        add(there, self.ask_groups(to, Direction::Ingress, None, from, ports.first))?;
        let back = &mut trace.back;
        add(back, self.tracked(to, Direction::Egress))?;
        let leaves =
            Packet { direction: Direction::Egress, other: from, ports: super::limits::EPHEMERAL_PORTS };
        add(back, self.ask_acl(target.subnet, leaves))?;
        // An answer that left by a NAT gateway would come from another address.
        let route = self.ask_route(target.subnet, from, |via| matches!(via, RouteTarget::InternetGateway(_)));
        add(back, route)?;
        add(back, step)?;
        self.cross(zone, None, back);
        Some(())
    }

    fn cross(&self, from: Option<ZoneId>, to: Option<ZoneId>, steps: &mut Vec<Step>) {
        if from != to {
            steps.push(Step::Crossing { from, to });
        }
    }

    fn tracked(&self, interface: InterfaceId, direction: Direction) -> Step {
        if self.interface(interface).security_groups.is_some() {
            Step::Tracked { interface, direction }
        } else {
            Step::SecurityGroups { interface, direction, verdict: GroupVerdict::Unrestricted }
        }
    }

    /// Whether a rule of the interface's groups lets a new connection through; the other side is an interface or not.
    fn ask_groups(
        &self,
        interface: InterfaceId,
        direction: Direction,
        other: Option<InterfaceId>,
        address: Ipv4Addr,
        port: u16,
    ) -> Step {
        let Interface { security_groups: Some(groups), .. } = self.interface(interface) else {
            return Step::SecurityGroups { interface, direction, verdict: GroupVerdict::Unrestricted };
        };
        let other = other.and_then(|other| self.interface(other).security_groups.as_deref()).unwrap_or(&[]);
        let matches = |rule: &SecurityRule| {
            tcp_ports(rule.protocol, rule.ports).is_some_and(|ports| ports.contains(port))
                && match rule.peer {
                    Peer::Cidr(cidr) => cidr.contains(&address),
                    Peer::Group(group) => other.contains(&group),
                }
        };
        let allowed = groups.iter().find_map(|&group| {
            let rules = self.rules(group);
            let rules = match direction {
                Direction::Ingress => &rules.ingress,
                Direction::Egress => &rules.egress,
            };
            rules.iter().position(matches).map(|place| GroupVerdict::Allowed(group, place))
        });
        Step::SecurityGroups { interface, direction, verdict: allowed.unwrap_or(GroupVerdict::NoRule) }
    }

    fn ask_route(&self, subnet: SubnetId, to: Ipv4Addr, leads_on: impl Fn(RouteTarget) -> bool) -> Step {
        let table = self.route_table(subnet);
        let route = super::longest_prefix_match(self.routes(table), to);
        Step::Route { subnet, table, route, leads_on: route.is_some_and(|route| leads_on(route.via)) }
    }

    fn ask_acl(&self, subnet: SubnetId, packet: Packet) -> Step {
        let acl = self.network_acl(subnet);
        let verdict = match acl {
            None => {
                let of = packet.ports.count();
                AclVerdict { passing: of, of, allowed_by: None, denied_by: None }
            }
            Some(acl) => {
                let (ingress, egress) = self.acl(acl);
                judge(if packet.direction == Direction::Ingress { ingress } else { egress }, packet)
            }
        };
        Step::NetworkAcl { subnet, acl, direction: packet.direction, verdict }
    }
}

/// Adds a step; `None` if it is the last because nothing passes.
fn add(steps: &mut Vec<Step>, step: Step) -> Option<()> {
    steps.push(step);
    step.passes().then_some(())
}

/// What the rules of an ACL say: for each port the first rule that matches decides.
fn judge(rules: &[AclRule], packet: Packet) -> AclVerdict {
    let of = packet.ports.count();
    let mut verdict = AclVerdict { passing: 0, of, allowed_by: None, denied_by: None };
    let mut undecided = vec![packet.ports];
    for rule in rules.iter().filter(|rule| rule.cidr.contains(&packet.other)) {
        let Some(ports) = tcp_ports(rule.protocol, rule.ports) else { continue };
        let mut rest = Vec::new();
        let mut decided = 0;
        for range in undecided {
            let (first, last) = (range.first.max(ports.first), range.last.min(ports.last));
            if first > last {
                rest.push(range);
                continue;
            }
            decided += PortRange { first, last }.count();
            if range.first < first {
                rest.push(PortRange { first: range.first, last: first - 1 });
            }
            if last < range.last {
                rest.push(PortRange { first: last + 1, last: range.last });
            }
        }
        undecided = rest;
        if decided > 0 && rule.action == Action::Allow {
            verdict.passing += decided;
            verdict.allowed_by = verdict.allowed_by.or(Some(rule.number));
        } else if decided > 0 {
            verdict.denied_by = verdict.denied_by.or(Some(rule.number));
        }
    }
    verdict
}

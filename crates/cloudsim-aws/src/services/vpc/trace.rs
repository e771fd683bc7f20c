//! The way of a connection, there and back: each route, rule and gateway that lets it pass or stops it.

use super::limits::EPHEMERAL_PORTS;
use super::port::{count, tcp_ports};
use super::{AclRule, Action, End, Interface, Network, Peer, PortRange, Route, RouteTarget, SecurityRule};
use cloudsim_units::Ratio;
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

/// What a network ACL says of packets: of a request, which has one destination port, or of the answers to all source ports
/// whose answers came so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclVerdict {
    /// How many of the ports pass.
    pub passing: u32,
    /// How many were asked for.
    pub of: u32,
    /// The number of the first rule that lets some of them pass.
    pub allowed_by: Option<u16>,
    /// The lowest of those that do not pass.
    pub denied: Option<Denied>,
}

/// Ports of which a network ACL drops the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The ports.
    pub ports: PortRange,
    /// The number of the rule; `None` is the `*` at the end, which drops what no rule matches.
    pub by: Option<u16>,
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
                    // Each ACL is asked for the ports that the one before let pass, so that shares of shares are exact.
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

    /// Whether a connection gets through both ways; `word` draws its source port, only where that matters.
    #[inline]
    #[must_use]
    pub fn passes(&self, word: impl FnOnce() -> u64) -> bool {
        self.always_passes() || (word() >> 32) < self.passing
    }

    /// The share of source ports from which connections get through.
    #[must_use]
    pub fn share(&self) -> Ratio {
        Ratio::from_billionths((self.passing * 1_000_000_000).div_ceil(WHOLE))
    }

    /// Whether connections from all source ports get through.
    #[inline]
    #[must_use]
    pub fn always_passes(&self) -> bool {
        self.passing == WHOLE
    }
}

/// The ports of packets: of a request the one that it goes to, of answers all source ports of the requests.
type Ports = Vec<PortRange>;

impl Network {
    /// The way of a TCP connection to a port, there and back, by routes and rules alone: nothing is out of order.
    #[must_use]
    pub fn trace(&self, from: End, to: End, port: u16) -> Trace {
        let mut trace = Trace::default();
        let arrived = match (from, to) {
            (End::Interface(from), End::Interface(to)) => self.inside(from, to, port, &mut trace),
            (End::Interface(from), End::Outside(to)) => self.outwards(from, to, port, &mut trace),
            (End::Outside(from), End::Interface(to)) => self.inwards(from, to, port, &mut trace),
            // Between two places on the internet there is nothing that could stop it.
            (End::Outside(_), End::Outside(_)) => Some(()),
        };
        debug_assert!(arrived.is_some() || trace.stopped_by().is_some(), "what does not arrive was stopped");
        trace
    }

    /// From interface to interface.
    fn inside(&self, from: InterfaceId, to: InterfaceId, port: u16, trace: &mut Trace) -> Option<()> {
        let (source, target) = (self.interface(from), self.interface(to));
        let there = &mut trace.forward;
        add(there, self.ask_groups(from, Direction::Egress, Some(to), target.address, port))?;
        self.travel(source, target, &mut vec![PortRange::one(port)], there)?;
        add(there, self.ask_groups(to, Direction::Ingress, Some(from), source.address, port))?;
        let back = &mut trace.back;
        add(back, self.tracked(to, Direction::Egress))?;
        self.travel(target, source, &mut vec![source.ephemeral], back)?;
        add(back, self.tracked(from, Direction::Ingress))
    }

    /// From subnet to subnet of a VPC: out of the one by its ACL and route table, into the other by its ACL.
    ///
    /// Within a subnet neither is asked: ACLs stand at its border, and its route table is for what leaves it.
    ///
    /// Source: NET-12 and NET-15, Amazon VPC User Guide, "Subnet routing" and "Network ACL basics".
    fn travel(
        &self,
        source: &Interface,
        target: &Interface,
        ports: &mut Ports,
        steps: &mut Vec<Step>,
    ) -> Option<()> {
        let (from, to) = (source.subnet, target.subnet);
        if from == to {
            return Some(());
        }
        add(steps, self.ask_acl(from, Direction::Egress, target.address, ports))?;
        let same = self.vpc(from) == self.vpc(to);
        add(steps, self.ask_route(from, target.address, |via| same && via == RouteTarget::Local))?;
        cross(Some(self.zone(from)), Some(self.zone(to)), steps);
        add(steps, self.ask_acl(to, Direction::Ingress, source.address, ports))
    }

    /// From an interface to the internet: directly, through a NAT gateway, or through a gateway endpoint.
    fn outwards(&self, from: InterfaceId, to: Ipv4Addr, port: u16, trace: &mut Trace) -> Option<()> {
        let source = self.interface(from);
        let subnet = source.subnet;
        let there = &mut trace.forward;
        add(there, self.ask_groups(from, Direction::Egress, None, to, port))?;
        let (route, via) = self.route_out(subnet, to, |_| true);
        let nat = via.and_then(|via| match via {
            RouteTarget::NatGateway(gateway) => Some((gateway, self.nat_gateway(gateway))),
            _ => None,
        });
        let leaves = nat.is_none_or(|(_, nat)| self.interface(nat).subnet != subnet);
        if leaves {
            add(there, self.ask_acl(subnet, Direction::Egress, to, &mut vec![PortRange::one(port)]))?;
        }
        add(there, route)?;
        let answers = &mut vec![source.ephemeral];
        match nat {
            Some(nat) => self.through_nat(source, nat, to, port, answers, trace)?,
            None => self.out(from, via?, trace)?,
        }
        if leaves {
            add(&mut trace.back, self.ask_acl(subnet, Direction::Ingress, to, answers))?;
        }
        add(&mut trace.back, self.tracked(from, Direction::Ingress))
    }

    /// From an interface to a NAT gateway, on to the internet, and back to the border of the interface's subnet.
    fn through_nat(
        &self,
        source: &Interface,
        (gateway, id): (NatGatewayId, InterfaceId),
        to: Ipv4Addr,
        port: u16,
        answers: &mut Ports,
        trace: &mut Trace,
    ) -> Option<()> {
        let nat = self.interface(id);
        let (near, far) = (Some(self.zone(source.subnet)), Some(self.zone(nat.subnet)));
        let apart = source.subnet != nat.subnet;
        let port = &mut vec![PortRange::one(port)];
        let there = &mut trace.forward;
        cross(near, far, there);
        if apart {
            add(there, self.ask_acl(nat.subnet, Direction::Ingress, source.address, port))?;
        }
        add(there, Step::NatGateway(gateway))?;
        add(there, self.ask_acl(nat.subnet, Direction::Egress, to, port))?;
        // A NAT gateway that leads to another one is in no public subnet.
        let (route, via) = self.route_out(nat.subnet, to, |via| !matches!(via, RouteTarget::NatGateway(_)));
        add(there, route)?;
        self.out(id, via?, trace)?;

        let back = &mut trace.back;
        add(back, self.ask_acl(nat.subnet, Direction::Ingress, to, &mut vec![nat.ephemeral]))?;
        add(back, Step::NatGateway(gateway))?;
        if apart {
            add(back, self.ask_acl(nat.subnet, Direction::Egress, source.address, answers))?;
            add(back, self.ask_route(nat.subnet, source.address, |via| via == RouteTarget::Local))?;
        }
        cross(far, near, back);
        Some(())
    }

    /// From an interface out of the VPC, and back up to the border of its subnet.
    fn out(&self, interface: InterfaceId, via: RouteTarget, trace: &mut Trace) -> Option<()> {
        let Interface { subnet, public, .. } = *self.interface(interface);
        match via {
            RouteTarget::VpcEndpoint(endpoint) => {
                add(&mut trace.forward, Step::VpcEndpoint(endpoint))?;
                add(&mut trace.back, Step::VpcEndpoint(endpoint))
            }
            RouteTarget::InternetGateway(gateway) => {
                let zone = Some(self.zone(subnet));
                let step = Step::InternetGateway { gateway: Some(gateway), interface, public };
                add(&mut trace.forward, step)?;
                cross(zone, None, &mut trace.forward);
                cross(None, zone, &mut trace.back);
                add(&mut trace.back, step)
            }
            RouteTarget::Local | RouteTarget::NatGateway(_) | RouteTarget::Blackhole => {
                unreachable!("the route leads out")
            }
        }
    }

    /// The route of a subnet to an address outside, and where it leads if it leads on.
    fn route_out(
        &self,
        subnet: SubnetId,
        to: Ipv4Addr,
        leads_on: impl Fn(RouteTarget) -> bool,
    ) -> (Step, Option<RouteTarget>) {
        let outside = |via| !matches!(via, RouteTarget::Local | RouteTarget::Blackhole) && leads_on(via);
        let step = self.ask_route(subnet, to, outside);
        let via = match step {
            Step::Route { route: Some(route), leads_on: true, .. } => Some(route.via),
            _ => None,
        };
        (step, via)
    }

    /// From the internet to an interface with a public address.
    fn inwards(&self, from: Ipv4Addr, to: InterfaceId, port: u16, trace: &mut Trace) -> Option<()> {
        let target = self.interface(to);
        let (subnet, zone) = (target.subnet, Some(self.zone(target.subnet)));
        let there = &mut trace.forward;
        let gateway = self.internet_gateway(self.vpc(subnet));
        let step = Step::InternetGateway { gateway, interface: to, public: target.public };
        add(there, step)?;
        cross(None, zone, there);
        add(there, self.ask_acl(subnet, Direction::Ingress, from, &mut vec![PortRange::one(port)]))?;
        add(there, self.ask_groups(to, Direction::Ingress, None, from, port))?;
        let back = &mut trace.back;
        add(back, self.tracked(to, Direction::Egress))?;
        add(back, self.ask_acl(subnet, Direction::Egress, from, &mut vec![EPHEMERAL_PORTS]))?;
        // An answer that left by a NAT gateway would come from another address.
        add(back, self.ask_route(subnet, from, |via| matches!(via, RouteTarget::InternetGateway(_))))?;
        add(back, step)?;
        cross(zone, None, back);
        Some(())
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

    /// Asks the network ACL of a subnet about packets from or to `other`, and leaves of `ports` those that pass.
    fn ask_acl(&self, subnet: SubnetId, direction: Direction, other: Ipv4Addr, ports: &mut Ports) -> Step {
        let acl = self.network_acl(subnet);
        let verdict = match acl {
            None => {
                let of = count(ports);
                AclVerdict { passing: of, of, allowed_by: None, denied: None }
            }
            Some(acl) => {
                let (ingress, egress) = self.acl(acl);
                let rules = if direction == Direction::Ingress { ingress } else { egress };
                judge(rules.iter().filter(|rule| rule.cidr.contains(&other)), ports)
            }
        };
        Step::NetworkAcl { subnet, acl, direction, verdict }
    }
}

fn cross(from: Option<ZoneId>, to: Option<ZoneId>, steps: &mut Vec<Step>) {
    if from != to {
        steps.push(Step::Crossing { from, to });
    }
}

/// Adds a step; `None` if it is the last because nothing passes.
fn add(steps: &mut Vec<Step>, step: Step) -> Option<()> {
    steps.push(step);
    step.passes().then_some(())
}

/// What the rules of an ACL say, which are in the order of their numbers: for each port the first that matches decides. Of
/// `ports` those are left that pass.
fn judge<'a>(rules: impl Iterator<Item = &'a AclRule>, ports: &mut Ports) -> AclVerdict {
    let of = count(ports);
    let mut undecided = std::mem::take(ports);
    let (mut allowed_by, mut denied) = (None, Vec::new());
    for rule in rules {
        let Some(named) = tcp_ports(rule.protocol, rule.ports) else { continue };
        let mut rest = Vec::new();
        for range in undecided {
            let Some(matched) = range.common(named) else {
                rest.push(range);
                continue;
            };
            match rule.action {
                Action::Allow => {
                    allowed_by = allowed_by.or(Some(rule.number));
                    ports.push(matched);
                }
                Action::Deny => denied.push(Denied { ports: matched, by: Some(rule.number) }),
            }
            if range.first < matched.first {
                rest.push(PortRange { first: range.first, last: matched.first - 1 });
            }
            if matched.last < range.last {
                rest.push(PortRange { first: matched.last + 1, last: range.last });
            }
        }
        undecided = rest;
    }
    denied.extend(undecided.into_iter().map(|ports| Denied { ports, by: None }));
    let denied = denied.into_iter().min_by_key(|denied| denied.ports.first);
    AclVerdict { passing: count(ports), of, allowed_by, denied }
}

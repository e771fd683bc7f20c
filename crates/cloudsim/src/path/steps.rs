//! The steps of the network, told: each rule and route by its name and in its own words.

use super::ends::Place;
use super::overlay::said_of;
use super::{Direction, Hop, Verdict};
use crate::Paused;
use cloudsim_aws::services::vpc::{
    AclRule, AclVerdict, Action, Denied, Direction as Way, End, GroupVerdict, Peer, PortRange, Protocol,
    Route, RouteTarget, Step,
};
use cloudsim_world::{InterfaceId, InternetGatewayId, NetworkAclId, SubnetId};

/// Both ends of a way, and the port.
type Ends = (Place, Place, u16);

impl Paused {
    /// Adds the steps of one direction, as the world lets them be.
    pub(super) fn put(&self, steps: &[Step], ends: Ends, direction: Direction, hops: &mut Vec<Hop>) {
        let asked = |step: &Step| matches!(step, Step::NetworkAcl { .. } | Step::Route { .. });
        let neighbours = matches!((self.end(ends.0), self.end(ends.1)), (End::Interface(one), End::Interface(other))
            if self.cloud.network.interface(one).subnet == self.cloud.network.interface(other).subnet);
        for (place, step) in steps.iter().enumerate() {
            hops.push(self.hop(step, ends, direction));
            if place == 0 && neighbours && !steps.iter().any(asked) {
                hops.push(self.neighbours(ends.0, direction));
            }
        }
    }

    fn neighbours(&self, place: Place, direction: Direction) -> Hop {
        let End::Interface(interface) = self.end(place) else { unreachable!("neighbours share a subnet") };
        let subnet = self.cloud.network.interface(interface).subnet;
        let why = "within a subnet neither its route table nor its network ACL is asked".to_owned();
        let at = self.subnet(subnet).to_owned();
        Hop { direction, at, by: "subnet".to_owned(), verdict: Verdict::Passes, why, short: None }
    }

    fn hop(&self, step: &Step, ends: Ends, direction: Direction) -> Hop {
        let plan = self.plan();
        let stopped = if step.passes() { Verdict::Passes } else { Verdict::Dropped };
        let (at, by, verdict, why) = match *step {
            Step::SecurityGroups { interface, direction: way, verdict } => {
                let why = self.groups_say(ends, way, verdict);
                (self.holder(interface, ends), self.groups(interface), stopped, why)
            }
            Step::Tracked { interface, .. } => (
                self.holder(interface, ends),
                self.groups(interface),
                stopped,
                "an answer to a connection that was let through: security groups are stateful".to_owned(),
            ),
            Step::NetworkAcl { subnet, acl, direction: way, verdict } => {
                let by = acl.map_or("network ACL (default)".to_owned(), |acl| {
                    format!("network ACL {}", plan.network_acls[acl.index()].name)
                });
                let why = self.acl_says(acl, way, verdict, ends, direction);
                let stopped = match verdict.passing {
                    0 => Verdict::Dropped,
                    passing if passing < verdict.of => Verdict::PassesInPart,
                    _ => Verdict::Passes,
                };
                (self.subnet(subnet).to_owned(), by, stopped, why)
            }
            Step::Route { subnet, table, route, leads_on } => {
                let by = format!("route table {}", plan.route_tables[table.index()].name);
                let why = self.route_says(route, leads_on, ends, direction);
                (self.subnet(subnet).to_owned(), by, stopped, why)
            }
            Step::NatGateway(id) => {
                let (verdict, why) = self.pass_nat(id, ends.1, direction);
                (plan.nat_gateways[id.index()].name.clone(), "NAT gateway".to_owned(), verdict, why)
            }
            Step::InternetGateway { gateway, interface, public } => {
                let (at, why) = self.gateway_says(gateway, interface, public, ends, direction);
                (at, "internet gateway".to_owned(), stopped, why)
            }
            Step::VpcEndpoint(id) => {
                let spec = &plan.vpc_endpoints[id.index()];
                let endpoint = &plan.endpoints[spec.endpoint.index()].name;
                let why = match direction {
                    Direction::There => format!("leads to `{endpoint}` past NAT and internet gateways"),
                    Direction::Back => format!("answers of `{endpoint}` come back the same way"),
                };
                (spec.name.clone(), "gateway endpoint".to_owned(), stopped, why)
            }
            Step::Crossing { from, to } => {
                let (at, verdict, why) = self.crossing(from, to);
                (at, "link".to_owned(), verdict, why)
            }
        };
        let short = match *step {
            Step::SecurityGroups { direction: Way::Ingress, .. } => {
                Some(format!("no ingress rule of {by} matches"))
            }
            Step::SecurityGroups { direction: Way::Egress, .. } => {
                Some(format!("no egress rule of {by} matches"))
            }
            Step::NetworkAcl { .. } if direction == Direction::There => Some(format!("{by} denies it")),
            Step::NetworkAcl { .. } => Some(format!("{by} denies the answers, or some of them")),
            Step::Route { route: None, .. } => Some(format!("{by} has no route")),
            Step::Route { route: Some(_), .. } => Some(format!("{by}: {why}")),
            Step::NatGateway(_) => Some(said_of(&format!("`{at}`"), &why)),
            Step::InternetGateway { gateway: Some(_), .. } => {
                Some(format!("`{at}` lets nothing pass without a public address"))
            }
            _ => None,
        };
        Hop { direction, at, by, verdict, why, short: short.filter(|_| verdict != Verdict::Passes) }
    }

    fn subnet(&self, subnet: SubnetId) -> &str {
        &self.plan().subnets[subnet.index()].name
    }

    /// Whose interface it is: that of an end, or a NAT gateway's.
    fn holder(&self, interface: InterfaceId, (from, to, _): Ends) -> String {
        let place = [from, to].into_iter().find(|place| self.end(*place) == End::Interface(interface));
        place.map_or_else(|| self.nat_name(interface), |place| self.name(place))
    }

    fn nat_name(&self, interface: InterfaceId) -> String {
        let ids = (0..self.plan().nat_gateways.len()).map(cloudsim_world::NatGatewayId::from_index);
        let mut all = ids.zip(&self.plan().nat_gateways);
        let found = all.find(|(id, _)| self.cloud.network.nat_gateway(*id) == interface);
        found.map(|(_, spec)| spec.name.clone()).expect("only ends and NAT gateways have interfaces on a way")
    }

    fn groups(&self, interface: InterfaceId) -> String {
        let name = |group: &cloudsim_world::SecurityGroupId| {
            self.plan().security_groups[group.index()].name.as_str()
        };
        match self.cloud.network.interface(interface).security_groups.as_deref() {
            None => "security groups (none named)".to_owned(),
            Some([group]) => format!("security group {}", name(group)),
            Some(groups) => {
                format!("security groups {}", groups.iter().map(name).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn groups_say(&self, (from, to, port): Ends, way: Way, verdict: GroupVerdict) -> String {
        let (word, preposition, other) = match way {
            Way::Ingress => ("ingress", "from", from),
            Way::Egress => ("egress", "to", to),
        };
        match verdict {
            GroupVerdict::Unrestricted => "without security groups everything passes".to_owned(),
            GroupVerdict::NoRule => {
                let inwards = if way == Way::Ingress { "in" } else { "out" };
                format!("no rule lets tcp {port} {preposition} {} {inwards}", self.addressed(other))
            }
            GroupVerdict::Allowed(group, place) => {
                let name = &self.plan().security_groups[group.index()].name;
                let rules = self.cloud.network.rules(group);
                let rule = match way {
                    Way::Ingress => rules.ingress[place],
                    Way::Egress => rules.egress[place],
                };
                let peer = match rule.peer {
                    Peer::Cidr(cidr) => cidr.to_string(),
                    Peer::Group(group) => {
                        format!("members of `{}`", self.plan().security_groups[group.index()].name)
                    }
                };
                let rule = format!("{} {preposition} {peer}", traffic(rule.protocol, rule.ports));
                if rules.name == *name {
                    format!("{word} rule {} of `{name}`: {rule}", place + 1)
                } else {
                    format!("{word} rule {} of `{}`, which `{name}` has now: {rule}", place + 1, rules.name)
                }
            }
        }
    }

    /// An end by its address, and by its name if it has one in the cloud.
    fn addressed(&self, place: Place) -> String {
        let address = self.address_of(place);
        match place {
            Place::Internet(_) => format!("{address} (internet)"),
            _ => format!("{address} (`{}`)", self.name(place)),
        }
    }

    fn address_of(&self, place: Place) -> std::net::Ipv4Addr {
        match self.end(place) {
            End::Interface(interface) => self.cloud.network.interface(interface).address,
            End::Outside(address) => address,
        }
    }

    fn acl_says(
        &self,
        acl: Option<NetworkAclId>,
        way: Way,
        verdict: AclVerdict,
        (from, to, port): Ends,
        direction: Direction,
    ) -> String {
        let Some(acl) = acl else { return "the default one lets everything pass".to_owned() };
        let acl = &self.plan().network_acls[acl.index()];
        let (rules, preposition) = match way {
            Way::Ingress => (&acl.ingress, "from"),
            Way::Egress => (&acl.egress, "to"),
        };
        let rule = |number: u16| {
            let rule = rules.iter().find(|rule| rule.number == number).expect("the rule that decided exists");
            let verb = if rule.action == Action::Allow { "allows" } else { "denies" };
            let AclRule { protocol, ports, cidr, .. } = *rule;
            format!("rule {number} {verb} {} {preposition} {cidr}", traffic(protocol, ports))
        };
        let denied = |denied: Denied| {
            if let Some(number) = denied.by {
                return rule(number);
            }
            let what = match direction {
                Direction::There => format!("tcp {port}"),
                Direction::Back => format!("tcp {}", denied.ports),
            };
            let other = match (way, direction) {
                (Way::Ingress, Direction::There) | (Way::Egress, Direction::Back) => from,
                (Way::Egress, Direction::There) | (Way::Ingress, Direction::Back) => to,
            };
            format!("no rule is about {what} {preposition} {}, so rule * denies it", self.addressed(other))
        };
        let back = match direction {
            Direction::There => "",
            Direction::Back => " on the way back: network ACLs are stateless",
        };
        match (verdict.allowed_by, verdict.denied) {
            (Some(number), None) => rule(number),
            (None, Some(what)) => format!("{}{back}", denied(what)),
            (Some(number), Some(what)) => format!(
                "{} of {} source ports pass: {}; {}{back}",
                verdict.passing,
                verdict.of,
                rule(number),
                denied(what)
            ),
            (None, None) => unreachable!("a rule decides, or the last one does"),
        }
    }

    fn route_says(
        &self,
        route: Option<Route>,
        leads_on: bool,
        (from, to, _): Ends,
        direction: Direction,
    ) -> String {
        let plan = self.plan();
        let target = if direction == Direction::There { to } else { from };
        let Some(Route { to, via }) = route else {
            return format!("no route to {}", self.addressed(target));
        };
        let via_name = match via {
            RouteTarget::Local => "local",
            RouteTarget::InternetGateway(id) => &plan.internet_gateways[id.index()].name,
            RouteTarget::NatGateway(id) => &plan.nat_gateways[id.index()].name,
            RouteTarget::VpcEndpoint(id) => &plan.vpc_endpoints[id.index()].name,
            RouteTarget::Blackhole => "blackhole",
        };
        let route = format!("route {to} → {via_name}");
        if leads_on {
            return route;
        }
        let because = match (via, direction) {
            (RouteTarget::Blackhole, _) => "packets are dropped",
            (RouteTarget::Local, _) => "nobody in the VPC has that address",
            (RouteTarget::NatGateway(_), Direction::Back) => {
                "the gateway does not know the connection that this would be an answer of"
            }
            (RouteTarget::NatGateway(_), Direction::There)
                if matches!(target, Place::Internet(_) | Place::Endpoint(_)) =>
            {
                "a NAT gateway has to be in a public subnet"
            }
            _ => "that does not lead there",
        };
        format!("{route}: {because}")
    }

    fn gateway_says(
        &self,
        gateway: Option<InternetGatewayId>,
        interface: InterfaceId,
        public: bool,
        ends: Ends,
        direction: Direction,
    ) -> (String, String) {
        let plan = self.plan();
        let subnet = self.cloud.network.interface(interface).subnet;
        let vpc = &plan.vpcs[plan.subnets[subnet.index()].vpc.index()].name;
        let Some(gateway) = gateway else {
            return (vpc.clone(), format!("VPC `{vpc}` has no internet gateway"));
        };
        let at = plan.internet_gateways[gateway.index()].name.clone();
        let holder = self.holder(interface, ends);
        if public {
            let why = match direction {
                Direction::There => format!("`{holder}` has a public address"),
                Direction::Back => "the same way back".to_owned(),
            };
            return (at, why);
        }
        let place = [ends.0, ends.1].into_iter().find(|place| self.end(*place) == End::Interface(interface));
        let why = match place {
            Some(Place::Node(node)) => {
                let balancer = self.cloud.balancers.node(node).balancer;
                format!("no public address: `{}` is internal", plan.load_balancers[balancer.index()].name)
            }
            Some(Place::Server(_)) => {
                format!("no public address: `{}` gives its instances none", self.subnet(subnet))
            }
            _ => format!("no public address: `{holder}` has a private one only"),
        };
        (at, why)
    }
}

/// What a rule is about, as `tcp 443`.
fn traffic(protocol: Protocol, ports: PortRange) -> String {
    match protocol {
        Protocol::All => "everything".to_owned(),
        Protocol::Tcp if ports == PortRange::ALL => "tcp".to_owned(),
        Protocol::Tcp => format!("tcp {ports}"),
        Protocol::Udp => format!("udp {ports}"),
    }
}

//! Random networks: for every pair of ends, what is decided is what packets from each single source port do.

use super::oracle::{Met, Walk};
use super::*;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::{BTreeMap, BTreeSet};

/// The source ports of connections, few enough to try each.
const EPHEMERAL: PortRange = PortRange { first: 40_000, last: 40_011 };

const DESTINATIONS: [&str; 6] = [
    "0.0.0.0/0",
    "203.0.113.0/24",
    "203.0.113.0/28",
    "203.0.113.4/32",
    "203.0.113.128/25",
    // Within the VPCs, more specific than `local`: two subnets of the first.
    "10.0.0.16/28",
];

/// The services behind gateway endpoints; neither is a destination of a route as well.
const SERVICES: [&str; 2] = ["203.0.113.0/25", "203.0.113.4/31"];

const OUTSIDE: [&str; 3] = ["203.0.113.4", "203.0.113.200", "198.18.0.9"];

const PEERS: [&str; 9] = [
    "0.0.0.0/0",
    "0.0.0.0/0",
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.0.0.0/27",
    "10.1.0.0/24",
    "203.0.113.0/24",
    "203.0.113.4/32",
];

fn ports() -> impl Strategy<Value = (Protocol, PortRange)> {
    let range = |first, last| (Protocol::Tcp, PortRange { first, last });
    prop_oneof![
        6 => Just((Protocol::All, PortRange::ALL)),
        2 => Just(range(443, 443)),
        1 => Just(range(80, 443)),
        2 => Just(range(1_024, 65_535)),
        1 => Just(range(32_768, 60_999)),
        3 => (39_998..40_012_u16, 0..9_u16).prop_map(move |(first, more)| range(first, first + more)),
        1 => Just((Protocol::Udp, PortRange::ALL)),
    ]
}

fn peer() -> impl Strategy<Value = ipnet::Ipv4Net> {
    prop::sample::select(&PEERS[..]).prop_map(cidr)
}

/// A rule of a security group; a group of the same VPC stands for its number.
fn security_rules() -> impl Strategy<Value = Vec<DrawnRule>> {
    let rule = (ports(), peer(), prop::option::weighted(0.3, 0..2_usize));
    prop::collection::vec(
        rule.prop_map(|((protocol, ports), cidr, group)| (protocol, ports, cidr, group)),
        1..5,
    )
}

fn acl_rules() -> impl Strategy<Value = Vec<AclRule>> {
    let action = prop_oneof![4 => Just(Action::Allow), 1 => Just(Action::Deny)];
    let rule = (action, ports(), peer()).prop_map(|(action, (protocol, ports), cidr)| AclRule {
        number: 0,
        action,
        protocol,
        ports,
        cidr,
    });
    let steps = prop::collection::vec((rule, 1..40_u16), 1..5);
    steps.prop_map(|steps| {
        let mut number = 0;
        let numbered = steps.into_iter().map(|(rule, step)| {
            number += step;
            AclRule { number, ..rule }
        });
        numbered.collect()
    })
}

/// A rule of a security group, before its group is known.
type DrawnRule = (Protocol, PortRange, ipnet::Ipv4Net, Option<usize>);

/// A network by numbers, which stand for things of the VPC that they are in.
#[derive(Clone, Debug)]
struct Numbers {
    /// Two groups of each VPC: what may come in, what may go out.
    groups: Vec<(Vec<DrawnRule>, Vec<DrawnRule>)>,
    /// Two ACLs of each VPC.
    acls: Vec<(Vec<AclRule>, Vec<AclRule>)>,
    /// Three tables of each VPC: destinations and targets, with a default route or without.
    tables: Vec<(BTreeMap<usize, Index>, Option<Index>)>,
    /// VPC, zone, table, ACL.
    subnets: Vec<(usize, usize, usize, Option<usize>)>,
    /// Whether each VPC has an internet gateway.
    gateways: [bool; 2],
    /// Subnet, and whether it has a public address.
    nats: Vec<(usize, bool)>,
    /// VPC and tables of each gateway endpoint.
    endpoints: Vec<(usize, BTreeSet<usize>)>,
    /// Subnet, whether it has a public address, groups.
    interfaces: Vec<(usize, bool, Option<BTreeSet<usize>>)>,
}

/// Two VPCs with five subnets in three zones, up to four NAT gateways, up to two endpoints, five interfaces.
fn networks() -> impl Strategy<Value = Drawn> {
    let routes = prop::collection::btree_map(0..DESTINATIONS.len(), any::<Index>(), 0..4);
    let default = prop::option::weighted(0.8, any::<Index>());
    let acl = prop::option::weighted(0.4, 0..2_usize);
    let members = prop::option::weighted(0.5, prop::collection::btree_set(0..2_usize, 1..3));
    let numbers = (
        prop::collection::vec((security_rules(), security_rules()), 4),
        prop::collection::vec((acl_rules(), acl_rules()), 4),
        prop::collection::vec((routes, default), 6),
        prop::collection::vec((0..2_usize, 0..3_usize, 0..3_usize, acl), 5),
        [prop::bool::weighted(0.9), prop::bool::weighted(0.95)],
        prop::collection::vec((0..5_usize, prop::bool::weighted(0.9)), 1..5),
        prop::collection::vec((0..2_usize, prop::collection::btree_set(0..3_usize, 0..3)), 0..3),
        prop::collection::vec((0..5_usize, prop::bool::weighted(0.6), members), 5),
    );
    numbers.prop_map(|(groups, acls, tables, subnets, gateways, nats, endpoints, interfaces)| {
        Numbers { groups, acls, tables, subnets, gateways, nats, endpoints, interfaces }.drawn()
    })
}

impl Numbers {
    fn drawn(self) -> Drawn {
        let mut spec = NetworkSpec {
            vpcs: vec![vpc("one", "10.0.0.0/24"), vpc("two", "10.1.0.0/24")],
            ..NetworkSpec::default()
        };
        for (place, exists) in self.gateways.into_iter().enumerate() {
            if exists {
                let vpc = VpcId::from_index(place);
                spec.internet_gateways.push(InternetGatewaySpec { name: format!("igw-{place}"), vpc });
            }
        }
        self.draw_rules(&mut spec);
        self.draw_subnets(&mut spec);
        self.draw_routes(&mut spec);
        let mut taken = 3;
        let mut interface = |subnet: usize, public, security_groups| {
            taken += 1;
            Interface {
                subnet: SubnetId::from_index(subnet),
                address: spec.subnets[subnet].cidr.hosts().nth(taken).expect("few interfaces"),
                public,
                security_groups,
                ephemeral: EPHEMERAL,
            }
        };
        let mut interfaces = Vec::new();
        for (subnet, public, groups) in self.interfaces {
            let first = self.subnets[subnet].0 * 2;
            let id = |number| SecurityGroupId::from_index(first + number);
            interfaces.push(interface(
                subnet,
                public,
                groups.map(|groups| groups.into_iter().map(id).collect()),
            ));
        }
        let nat_gateways = self.nats.into_iter().map(|(subnet, public)| interface(subnet, public, None));
        let nat_gateways = nat_gateways.collect();
        Drawn { spec, interfaces, nat_gateways }
    }

    fn draw_rules(&self, spec: &mut NetworkSpec) {
        for (place, (ingress, egress)) in self.groups.iter().enumerate() {
            let rule = |&(protocol, ports, cidr, group): &DrawnRule| {
                let group = group.map(|group| SecurityGroupId::from_index(place / 2 * 2 + group));
                SecurityRule { protocol, ports, peer: group.map_or(Peer::Cidr(cidr), Peer::Group) }
            };
            spec.security_groups.push(SecurityGroupSpec {
                name: format!("group-{place}"),
                vpc: VpcId::from_index(place / 2),
                ingress: ingress.iter().map(rule).collect(),
                egress: egress.iter().map(rule).collect(),
            });
        }
        for (place, (ingress, egress)) in self.acls.iter().enumerate() {
            spec.network_acls.push(NetworkAclSpec {
                name: format!("acl-{place}"),
                vpc: VpcId::from_index(place / 2),
                ingress: ingress.clone(),
                egress: egress.clone(),
            });
        }
    }

    fn draw_subnets(&self, spec: &mut NetworkSpec) {
        for (place, (vpc, zone, table, acl)) in self.subnets.iter().enumerate() {
            spec.subnets.push(SubnetSpec {
                name: format!("subnet-{place}"),
                vpc: VpcId::from_index(*vpc),
                zone: ZoneId::from_index(*zone),
                cidr: cidr(&format!("10.{vpc}.0.{}/28", 16 * place)),
                route_table: RouteTableId::from_index(vpc * 3 + table),
                network_acl: acl.map(|acl| NetworkAclId::from_index(vpc * 2 + acl)),
                public_addresses: false,
            });
        }
    }

    fn draw_routes(&self, spec: &mut NetworkSpec) {
        for (place, (vpc, tables)) in self.endpoints.iter().enumerate() {
            let table = |table: &usize| RouteTableId::from_index(vpc * 3 + table);
            spec.vpc_endpoints.push(VpcEndpointSpec {
                name: format!("endpoint-{place}"),
                vpc: VpcId::from_index(*vpc),
                endpoint: EndpointId::from_index(0),
                to: cidr(SERVICES[place]),
                kind: VpcEndpointKind::Gateway { route_tables: tables.iter().map(table).collect() },
            });
        }
        for (place, (routes, default)) in self.tables.iter().enumerate() {
            let owner = VpcId::from_index(place / 3);
            let mut targets = vec![RouteTarget::Blackhole];
            for (number, gateway) in spec.internet_gateways.iter().enumerate() {
                if gateway.vpc == owner {
                    targets.push(RouteTarget::InternetGateway(InternetGatewayId::from_index(number)));
                }
            }
            for (number, (subnet, _)) in self.nats.iter().enumerate() {
                // The first table of each VPC is one for public subnets, if it has a default route.
                if spec.subnets[*subnet].vpc == owner && place % 3 > 0 {
                    targets.extend([RouteTarget::NatGateway(NatGatewayId::from_index(number)); 3]);
                }
            }
            let mut routes = routes.clone();
            routes.extend(default.map(|default| (0, default)));
            let route = |(place, target): (usize, Index)| {
                let to = cidr(DESTINATIONS[place]);
                // Gateways do not lead back into the VPC.
                let inside = to.addr().octets()[0] == 10;
                Route { to, via: if inside { RouteTarget::Blackhole } else { *target.get(&targets) } }
            };
            let routes = routes.into_iter().map(route).collect();
            spec.route_tables.push(RouteTableSpec { name: format!("table-{place}"), vpc: owner, routes });
        }
    }
}

fn vpc(name: &str, range: &str) -> VpcSpec {
    VpcSpec { name: name.to_owned(), cidr: cidr(range) }
}

/// The steps of a trace, as the packets of the other reading tell them.
fn met(trace: &Trace) -> Vec<Met> {
    let steps = trace.forward.iter().chain(&trace.back);
    let met = steps.filter_map(|step| match *step {
        Step::SecurityGroups { interface, direction, .. } | Step::Tracked { interface, direction } => {
            Some(Met::Groups(interface, direction))
        }
        Step::NetworkAcl { subnet, direction, .. } => Some(Met::Acl(subnet, direction)),
        Step::Route { subnet, .. } => Some(Met::Route(subnet)),
        Step::NatGateway(id) => Some(Met::NatGateway(id)),
        Step::InternetGateway { .. } => Some(Met::InternetGateway),
        Step::VpcEndpoint(id) => Some(Met::VpcEndpoint(id)),
        Step::Crossing { .. } => None,
    });
    met.collect()
}

/// Holds a decision against packets from each source port.
fn compare(drawn: &Drawn, network: &Network, (from, to): (End, End), port: u16) -> Result<(), TestCaseError> {
    let trace = network.trace(from, to, port);
    let decision = Decision::of(&trace, network.zone_of(from));
    let sources = match from {
        End::Interface(_) => EPHEMERAL,
        End::Outside(_) => limits::EPHEMERAL_PORTS,
    };
    let (mut passing, mut all) = (0_u64, 0_u64);
    let mut stops = BTreeSet::new();
    for source in sources.first..=sources.last {
        for nat_port in EPHEMERAL.first..=EPHEMERAL.last {
            let mut walk = Walk::new(drawn, nat_port);
            all += 1;
            match walk.connect(from, to, source, port) {
                Ok(()) => {
                    passing += 1;
                    prop_assert_eq!(&walk.met, &met(&trace));
                }
                Err(stop) => {
                    stops.insert(format!("{stop:?}"));
                }
            }
            if !walk.met.iter().any(|met| matches!(met, Met::NatGateway(_))) {
                // The port that a NAT gateway takes decides of nothing.
                break;
            }
        }
    }
    let expected = (passing << 32) / all;
    // Each of up to three ACLs may round down once.
    prop_assert!(
        share(&decision) <= expected && expected <= share(&decision) + 3,
        "{} of {} ports pass, but {:?} of {:#?}",
        passing,
        all,
        decision,
        trace
    );
    prop_assert_eq!(decision.always_passes(), passing == all);
    prop_assert_eq!(trace.stopped_by().is_some(), passing == 0);
    match decision.stop {
        None => prop_assert!(stops.is_empty(), "{:?}", stops),
        Some(stop) => {
            prop_assert!(stops.contains(&format!("{stop:?}")), "{:?}, not {:?}: {:#?}", stops, stop, trace);
        }
    }
    Ok(())
}

fn pairs(drawn: &Drawn) -> Vec<(End, End)> {
    let inside: Vec<End> =
        (0..drawn.interfaces.len()).map(|place| End::Interface(InterfaceId::from_index(place))).collect();
    let outside: Vec<End> = OUTSIDE.iter().map(|text| End::Outside(address(text))).collect();
    let targets: Vec<End> = inside.iter().chain(&outside).copied().collect();
    let pairs = inside.iter().flat_map(|from| targets.iter().map(move |to| (*from, *to)));
    pairs.filter(|(from, to)| from != to).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn connections_from_inside_are_decided_as_their_packets_fare(drawn in networks()) {
        let network = drawn.network();
        for pair in pairs(&drawn) {
            for port in [443, 80, 40_003] {
                compare(&drawn, &network, pair, port)?;
            }
        }
    }
}

proptest! {
    // Each of 64,512 source ports of the internet is tried.
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn connections_from_the_internet_are_decided_as_their_packets_fare(
        drawn in networks(),
        from in prop::sample::select(&OUTSIDE[..]),
        port in prop::sample::select(&[443_u16, 40_003][..]),
    ) {
        let network = drawn.network();
        for place in 0..drawn.interfaces.len() {
            let to = End::Interface(InterfaceId::from_index(place));
            compare(&drawn, &network, (End::Outside(address(from)), to), port)?;
        }
    }
}

#[test]
fn a_change_is_seen_by_decisions_that_are_remembered() {
    let mut runner = TestRunner::deterministic();
    let mut changed = 0;
    for _ in 0..60 {
        let drawn = networks().new_tree(&mut runner).expect("a network").current();
        let mut network = drawn.network();
        for (from, to) in pairs(&drawn) {
            let before = network.decide(from, to, 443);
            assert_eq!(network.decide(from, to, 443), before);
        }
        network.set_route_table(SubnetId(0), network.route_table(SubnetId(1)));
        network.set_network_acl(SubnetId(2), None);
        network.set_rules(SecurityGroupId(0), SecurityGroupId(1));
        for (from, to) in pairs(&drawn) {
            let fresh = Decision::of(&network.trace(from, to, 443), network.zone_of(from));
            assert_eq!(network.decide(from, to, 443), fresh);
            let old = drawn.network();
            let before = Decision::of(&old.trace(from, to, 443), old.zone_of(from));
            changed += u32::from(fresh != before);
        }
    }
    assert!(changed > 100, "only {changed} decisions changed: the changes change nothing");
}

#[test]
fn the_networks_hold_everything_that_can_happen() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<&str, u32>::new();
    for _ in 0..1_000 {
        let drawn = networks().new_tree(&mut runner).expect("a network").current();
        let network = drawn.network();
        let mut see = |what| *seen.entry(what).or_default() += 1;
        for (from, to) in pairs(&drawn) {
            let trace = network.trace(from, to, 443);
            let decision = Decision::of(&trace, network.zone_of(from));
            match decision.stop {
                Some(Stop::SecurityGroup) => see("stopped by a security group"),
                Some(Stop::NoRoute) => see("stopped for want of a route"),
                Some(Stop::NoPublicAddress) => see("stopped for want of a public address"),
                Some(Stop::NetworkAcl) if share(&decision) > 0 => see("stopped in part"),
                Some(Stop::NetworkAcl) if trace.back.is_empty() => see("stopped by an ACL"),
                Some(Stop::NetworkAcl) => see("stopped by an ACL on the way back"),
                None => see("passes"),
            }
            let passes = share(&decision) > 0;
            if passes && decision.nat_gateway.is_some() {
                see("passes through a NAT gateway");
                if decision.stop.is_some() {
                    see("passes through a NAT gateway in part");
                }
                if decision.vpc_endpoint.is_some() {
                    see("passes through a NAT gateway and a gateway endpoint");
                }
            } else if passes && decision.vpc_endpoint.is_some() {
                see("passes through a gateway endpoint");
            } else if passes && matches!(to, End::Outside(_)) {
                see("passes through an internet gateway");
            }
        }
    }
    for (what, count) in &seen {
        assert!(*count >= 8, "only {count} of those that are {what}: {seen:#?}");
    }
    assert_eq!(seen.len(), 12, "{seen:#?}");
}

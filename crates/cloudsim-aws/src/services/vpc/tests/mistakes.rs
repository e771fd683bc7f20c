//! The classic mistakes of VPCs, each in the smallest network that shows it.

use super::*;

/// Zone a has a public subnet with a load balancer and a NAT gateway, and a private one with two servers; zone b has a
/// private subnet with a database. The public one leads to the internet gateway, the private ones to the NAT gateway.
fn two_tiers() -> Drawn {
    let subnet = |name: &str, zone: u32, range: &str, table: u32| SubnetSpec {
        name: name.to_owned(),
        vpc: VpcId(0),
        zone: ZoneId(zone),
        cidr: cidr(range),
        route_table: RouteTableId(table),
        network_acl: None,
        public_addresses: false,
    };
    let table = |name: &str, via| RouteTableSpec {
        name: name.to_owned(),
        vpc: VpcId(0),
        routes: vec![Route { to: cidr("0.0.0.0/0"), via }],
    };
    let interface = |subnet: u32, address_: &str, public, ephemeral| Interface {
        subnet: SubnetId(subnet),
        address: address(address_),
        public,
        security_groups: None,
        ephemeral,
    };
    let (node, linux) = (limits::EPHEMERAL_PORTS, limits::EPHEMERAL_PORTS_LINUX);
    Drawn {
        spec: NetworkSpec {
            vpcs: vec![VpcSpec { name: "main".into(), cidr: cidr("10.0.0.0/16") }],
            subnets: vec![
                subnet("public-a", 0, "10.0.0.0/24", 0),
                subnet("private-a", 0, "10.0.1.0/24", 1),
                subnet("private-b", 1, "10.0.2.0/24", 1),
            ],
            route_tables: vec![
                table("public", RouteTarget::InternetGateway(InternetGatewayId(0))),
                table("private", RouteTarget::NatGateway(NatGatewayId(0))),
            ],
            internet_gateways: vec![InternetGatewaySpec { name: "igw".into(), vpc: VpcId(0) }],
            ..NetworkSpec::default()
        },
        interfaces: vec![
            interface(0, "10.0.0.4", true, node),
            interface(1, "10.0.1.4", false, linux),
            interface(1, "10.0.1.5", false, linux),
            interface(2, "10.0.2.4", false, linux),
        ],
        nat_gateways: vec![interface(0, "10.0.0.5", true, node)],
    }
}

const BALANCER: End = End::Interface(InterfaceId(0));
const SERVER: End = End::Interface(InterfaceId(1));
const NEIGHBOUR: End = End::Interface(InterfaceId(2));
const DATABASE: End = End::Interface(InterfaceId(3));
const PAYMENTS: End = End::Outside(Ipv4Addr::new(203, 0, 113, 10));
const BROWSER: End = End::Outside(Ipv4Addr::new(198, 51, 100, 7));

const PUBLIC: usize = 0;
const PRIVATE: usize = 1;

impl Drawn {
    fn acl(&mut self, subnet: usize, ingress: Vec<AclRule>, egress: Vec<AclRule>) {
        let id = NetworkAclId::from_index(self.spec.network_acls.len());
        self.spec.network_acls.push(NetworkAclSpec {
            name: format!("acl-{}", id.0),
            vpc: VpcId(0),
            ingress,
            egress,
        });
        self.spec.subnets[subnet].network_acl = Some(id);
    }

    fn group(&mut self, members: &[usize], ingress: Vec<SecurityRule>, egress: Vec<SecurityRule>) -> Peer {
        let id = SecurityGroupId::from_index(self.spec.security_groups.len());
        let name = format!("group-{}", id.0);
        self.spec.security_groups.push(SecurityGroupSpec { name, vpc: VpcId(0), ingress, egress });
        for member in members {
            self.interfaces[*member].security_groups.get_or_insert_default().push(id);
        }
        Peer::Group(id)
    }

    fn decide(&self, from: End, to: End, port: u16) -> Decision {
        let network = self.network();
        Decision::of(&network.trace(from, to, port), network.zone_of(from))
    }

    fn stop(&self, from: End, to: End, port: u16) -> Option<Stop> {
        self.decide(from, to, port).stop
    }
}

fn rule(number: u16, action: Action, first: u16, last: u16, range: &str) -> AclRule {
    let ports = PortRange { first, last };
    AclRule { number, action, protocol: Protocol::Tcp, ports, cidr: cidr(range) }
}

fn allow(number: u16, first: u16, last: u16) -> AclRule {
    rule(number, Action::Allow, first, last, "0.0.0.0/0")
}

fn tcp(port: u16, peer: Peer) -> SecurityRule {
    SecurityRule { protocol: Protocol::Tcp, ports: PortRange::one(port), peer }
}

fn anyone() -> Peer {
    Peer::Cidr(cidr("0.0.0.0/0"))
}

#[test]
fn without_groups_and_acls_routes_and_public_addresses_decide() {
    let drawn = two_tiers();
    assert_eq!(drawn.stop(BROWSER, BALANCER, 443), None);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), None);
    assert_eq!(drawn.stop(SERVER, DATABASE, 3306), None);
    assert_eq!(drawn.stop(BROWSER, SERVER, 80), Some(Stop::NoPublicAddress));
    let out = drawn.decide(SERVER, PAYMENTS, 443);
    assert_eq!((out.stop, out.nat_gateway), (None, Some(NatGatewayId(0))));
}

#[test]
fn an_acl_without_a_rule_for_ephemeral_ports_stops_the_answers() {
    let mut drawn = two_tiers();
    drawn.acl(PRIVATE, vec![allow(100, 80, 80)], vec![allow(100, 443, 443)]);
    let trace = drawn.network().trace(BALANCER, SERVER, 80);
    let (stopped, back) = trace.stopped_by().expect("it is stopped");
    assert!(back, "the request arrives");
    let Step::NetworkAcl { subnet, direction: Direction::Egress, verdict, .. } = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(*subnet, SubnetId(1));
    assert_eq!((verdict.passing, verdict.of), (0, 64_512));
    // No rule is about them, so it is the `*` at the end.
    let all = PortRange { first: 1024, last: 65_535 };
    assert_eq!(verdict.denied, Some(Denied { ports: all, by: None }));
    let decision = Decision::of(&trace, Some(ZoneId(0)));
    assert_eq!(decision.zone, Some(ZoneId(0)), "it is stopped where the servers are");
}

#[test]
fn an_acl_with_the_ephemeral_ports_of_linux_lets_a_balancer_through_in_part() {
    let mut drawn = two_tiers();
    drawn.acl(PRIVATE, vec![allow(100, 80, 80)], vec![allow(100, 32_768, 65_535)]);
    let decision = drawn.decide(BALANCER, SERVER, 80);
    assert_eq!(decision.stop, Some(Stop::NetworkAcl));
    // 32,768 of the 64,512 ports from 1024 to 65535 pass.
    assert_eq!(share(&decision), (32_768 << 32) / 64_512);
    // Servers run Linux, whose ports all pass.
    drawn.acl(2, vec![allow(100, 3306, 3306)], vec![allow(100, 32_768, 65_535)]);
    drawn.acl(PRIVATE, vec![allow(100, 32_768, 65_535)], vec![allow(100, 3306, 3306)]);
    assert!(drawn.decide(SERVER, DATABASE, 3306).always_passes());
}

#[test]
fn two_acls_that_drop_the_same_ports_drop_them_once() {
    let mut drawn = two_tiers();
    let high = || vec![allow(100, 443, 443), allow(200, 32_768, 65_535)];
    drawn.acl(PUBLIC, high(), vec![allow(100, 80, 80)]);
    drawn.acl(PRIVATE, vec![allow(100, 80, 80)], high());
    let decision = drawn.decide(BALANCER, SERVER, 80);
    assert_eq!(share(&decision), (32_768 << 32) / 64_512, "not the square of it");
}

#[test]
fn the_ports_of_a_nat_gateway_have_nothing_to_do_with_those_of_the_server_behind_it() {
    let mut drawn = two_tiers();
    // Half of the NAT gateway's 64,512 source ports have their answers let in; of the server's 28,232, from 32768 to 60999,
    // those up to 46883, which is half as well.
    drawn.acl(
        PUBLIC,
        vec![allow(100, 443, 443), allow(200, 1_024, 33_279)],
        vec![allow(100, 443, 443), allow(200, 32_768, 46_883)],
    );
    let decision = drawn.decide(SERVER, PAYMENTS, 443);
    assert_eq!(share(&decision), 1 << 30, "a half of a half");
}

#[test]
fn the_lowest_number_decides() {
    let mut drawn = two_tiers();
    let deny = |number| rule(number, Action::Deny, 0, 65_535, "10.0.0.0/24");
    drawn.acl(PRIVATE, vec![allow(100, 0, 65_535), deny(200)], vec![allow(100, 0, 65_535)]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), None);
    drawn.acl(PRIVATE, vec![deny(90), allow(100, 0, 65_535)], vec![allow(100, 0, 65_535)]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), Some(Stop::NetworkAcl));
    assert_eq!(drawn.stop(DATABASE, SERVER, 80), None, "the rule is about other addresses");
}

#[test]
fn security_groups_are_stateful_and_acls_are_not() {
    let mut drawn = two_tiers();
    // The server's group lets nothing out, yet its answers leave.
    drawn.group(&[1], vec![tcp(80, anyone())], vec![]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), None);
    assert_eq!(drawn.stop(SERVER, PAYMENTS, 443), Some(Stop::SecurityGroup), "a connection of its own");
    // The same said by an ACL stops the answers.
    drawn.acl(PRIVATE, vec![allow(100, 80, 80)], vec![]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), Some(Stop::NetworkAcl));
}

#[test]
fn a_rule_for_a_group_is_for_its_members_wherever_they_are() {
    let mut drawn = two_tiers();
    let balancers = drawn.group(&[0], vec![tcp(443, anyone())], vec![tcp(80, anyone())]);
    drawn.group(&[1, 2], vec![tcp(80, balancers)], vec![]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), None);
    // The database has an address in the same VPC, but is no member.
    assert_eq!(drawn.stop(DATABASE, SERVER, 80), Some(Stop::SecurityGroup));
    assert_eq!(drawn.stop(BALANCER, SERVER, 8080), Some(Stop::SecurityGroup));
    drawn.interfaces[3].subnet = SubnetId(0);
    let Peer::Group(balancers) = balancers else { unreachable!("it is a group") };
    drawn.interfaces[3].security_groups = Some(vec![balancers]);
    assert_eq!(drawn.stop(DATABASE, SERVER, 80), None, "now it is one");
}

#[test]
fn a_rule_of_any_group_of_an_interface_will_do() {
    let mut drawn = two_tiers();
    drawn.group(&[1], vec![tcp(22, anyone())], vec![]);
    drawn.group(&[1], vec![tcp(80, anyone())], vec![]);
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), None);
    assert_eq!(drawn.stop(BALANCER, SERVER, 22), None);
    assert_eq!(drawn.stop(BALANCER, SERVER, 443), Some(Stop::SecurityGroup));
}

#[test]
fn within_a_subnet_no_acl_and_no_route_is_asked_but_groups_are() {
    let mut drawn = two_tiers();
    drawn.acl(PRIVATE, vec![], vec![]);
    drawn.spec.route_tables[1].routes.push(Route { to: cidr("10.0.1.0/24"), via: RouteTarget::Blackhole });
    assert_eq!(drawn.stop(SERVER, NEIGHBOUR, 8080), None);
    assert_eq!(drawn.stop(SERVER, DATABASE, 3306), Some(Stop::NetworkAcl));
    drawn.group(&[2], vec![], vec![]);
    assert_eq!(drawn.stop(SERVER, NEIGHBOUR, 8080), Some(Stop::SecurityGroup));
}

#[test]
fn an_answer_that_leaves_by_a_nat_gateway_is_lost() {
    let mut drawn = two_tiers();
    // A server with a public address in a subnet that leads out through the NAT gateway.
    drawn.interfaces[1].public = true;
    let trace = drawn.network().trace(BROWSER, SERVER, 80);
    let (stopped, back) = trace.stopped_by().expect("it is stopped");
    assert!(back && matches!(stopped, Step::Route { leads_on: false, .. }), "{stopped:?}");
    assert_eq!(drawn.stop(SERVER, PAYMENTS, 443), None, "its own connections leave");
}

#[test]
fn a_nat_gateway_in_a_private_subnet_leads_nowhere() {
    let mut drawn = two_tiers();
    drawn.nat_gateways[0].subnet = SubnetId(2);
    let decision = drawn.decide(SERVER, PAYMENTS, 443);
    assert_eq!((decision.stop, decision.zone), (Some(Stop::NoRoute), Some(ZoneId(1))));
}

#[test]
fn without_an_internet_gateway_nothing_comes_in() {
    let mut drawn = two_tiers();
    drawn.spec.internet_gateways.clear();
    drawn.spec.route_tables[0].routes.clear();
    assert_eq!(drawn.stop(BROWSER, BALANCER, 443), Some(Stop::NoRoute));
    assert_eq!(drawn.stop(BALANCER, PAYMENTS, 443), Some(Stop::NoRoute));
}

#[test]
fn a_route_that_is_more_specific_than_local_wins() {
    let mut drawn = two_tiers();
    drawn.spec.route_tables[0].routes.push(Route { to: cidr("10.0.1.0/24"), via: RouteTarget::Blackhole });
    assert_eq!(drawn.stop(BALANCER, SERVER, 80), Some(Stop::NoRoute));
    let trace = drawn.network().trace(SERVER, BALANCER, 443);
    let (stopped, back) = trace.stopped_by().expect("it is stopped");
    assert!(back && matches!(stopped, Step::Route { .. }), "the answers are lost: {stopped:?}");
}

#[test]
fn a_gateway_endpoint_bypasses_the_nat_gateway() {
    let mut drawn = two_tiers();
    drawn.spec.vpc_endpoints.push(VpcEndpointSpec {
        name: "storage".into(),
        vpc: VpcId(0),
        endpoint: EndpointId(0),
        to: cidr("203.0.113.0/28"),
        kind: VpcEndpointKind::Gateway { route_tables: vec![RouteTableId(1)] },
    });
    let decision = drawn.decide(SERVER, PAYMENTS, 443);
    assert_eq!((decision.stop, decision.nat_gateway), (None, None));
    assert_eq!(decision.vpc_endpoint, Some(VpcEndpointId(0)));
    // Other addresses still leave by the NAT gateway, and ACLs are asked either way.
    assert_eq!(drawn.decide(SERVER, BROWSER, 443).nat_gateway, Some(NatGatewayId(0)));
    drawn.acl(PRIVATE, vec![], vec![allow(100, 443, 443)]);
    assert_eq!(drawn.stop(SERVER, PAYMENTS, 443), Some(Stop::NetworkAcl));
}

#[test]
fn a_nat_gateway_follows_the_routes_of_its_own_subnet_to_an_endpoint() {
    let mut drawn = two_tiers();
    drawn.spec.vpc_endpoints.push(VpcEndpointSpec {
        name: "storage".into(),
        vpc: VpcId(0),
        endpoint: EndpointId(0),
        to: cidr("203.0.113.0/28"),
        kind: VpcEndpointKind::Gateway { route_tables: vec![RouteTableId(0)] },
    });
    let decision = drawn.decide(SERVER, PAYMENTS, 443);
    assert_eq!(decision.stop, None);
    assert_eq!(decision.nat_gateway.zip(decision.vpc_endpoint), Some((NatGatewayId(0), VpcEndpointId(0))));
}

#[test]
fn what_stops_a_connection_before_it_leaves_stops_it_in_its_own_zone() {
    let mut drawn = two_tiers();
    drawn.group(&[3], vec![], vec![]);
    let decision = drawn.decide(DATABASE, SERVER, 80);
    assert_eq!((decision.stop, decision.zone), (Some(Stop::SecurityGroup), Some(ZoneId(1))));
    let decision = drawn.decide(SERVER, NEIGHBOUR, 80);
    assert_eq!((decision.stop, decision.zone), (None, Some(ZoneId(0))));
}

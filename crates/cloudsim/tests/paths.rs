//! Whether one thing reaches another, in the flagship's worlds: by its rules, and by what has happened to it.

use cloudsim::path::{Cell, Direction, Extent, Hop, Matrix, Path, Verdict};
use cloudsim::{Paused, pause};
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::SimDuration;

/// The flagship's world at 30 s with other faults and settings, and with few users.
fn world(faults: &str, set: &[&str]) -> Paused {
    let set = set.iter().map(ToString::to_string);
    let ours = ["traffic.visitors.rate=5/s".to_owned(), format!("faults=[{faults}]")];
    let overrides = Overrides { set: ours.into_iter().chain(set).collect(), ..Overrides::default() };
    let loaded = load(&MemoryFiles::default(), "az-a-outage-ec2.ron", &overrides).expect("it is valid");
    pause(&loaded.plan, 1, SimDuration::from_secs(30), |_| false)
}

/// The same with pods in place of instances.
fn cluster(faults: &str, at: u64) -> Paused {
    let set = vec!["traffic.visitors.rate=5/s".to_owned(), format!("faults=[{faults}]")];
    let overrides = Overrides { set, ..Overrides::default() };
    let loaded = load(&MemoryFiles::default(), "az-a-outage.ron", &overrides).expect("it is valid");
    pause(&loaded.plan, 1, SimDuration::from_secs(at), |_| false)
}

fn ask(world: &Paused, from: &str, to: &str) -> Path {
    world.path(from, to).unwrap_or_else(|problem| panic!("{from} {to}: {problem}"))
}

/// What stops a connection: where, how and why.
fn stop(path: &Path) -> (&str, Verdict, &str) {
    let hop = path.stopped_by().unwrap_or_else(|| panic!("nothing stops {path:#?}"));
    (&hop.at, hop.verdict, &hop.why)
}

fn hop<'a>(path: &'a Path, direction: Direction, at: &str, by: &str) -> &'a Hop {
    let found = path.hops.iter().find(|hop| hop.direction == direction && hop.at == at && hop.by == by);
    found.unwrap_or_else(|| panic!("no {at}, {by} in {path:#?}"))
}

#[test]
fn the_tiers_reach_what_they_call_and_nothing_else_does() {
    let world = world("", &[]);
    for (from, to) in [
        ("internet", "frontend-alb"),
        ("frontend-alb", "frontend-server"),
        ("frontend-server", "backend-alb"),
        ("backend-alb", "backend-server"),
        ("backend-server", "orders"),
        ("backend-server", "orders-replica"),
        ("backend-server", "payments"),
    ] {
        let path = ask(&world, from, to);
        assert!(path.stopped_by().is_none(), "{from} {to}: {path:#?}");
        assert!(path.hops.iter().any(|hop| hop.direction == Direction::Back), "the answers are followed");
        assert!(path.others.iter().all(|other| other.stopped_by.is_none()), "{from} {to}: {path:#?}");
    }
    for (from, to, at, why) in [
        ("internet", "backend-alb:8080", "igw", "no public address: `backend-alb` is internal"),
        (
            "internet",
            "frontend-server",
            "igw",
            "no public address: `private-web-subnet-a` gives its instances none",
        ),
        ("internet", "orders", "igw", "no public address: `orders-1` has a private one only"),
        (
            "frontend-server",
            "orders",
            "frontend-server-1",
            "no rule lets tcp 3306 to 10.0.144.4 (`orders-1`) out",
        ),
        (
            "frontend-alb",
            "payments",
            "frontend-alb/a",
            "no rule lets tcp 443 to 203.0.113.10 (`payments`) out",
        ),
    ] {
        assert_eq!(stop(&ask(&world, from, to)), (at, Verdict::Dropped, why), "{from} {to}");
    }
}

#[test]
fn private_servers_leave_through_nat_both_ways() {
    let path = ask(&world("", &[]), "backend-server", "payments:443");
    assert_eq!(path.via.as_deref(), Some("nat-a"));
    let route = hop(&path, Direction::There, "private-app-subnet-a", "route table private-a");
    assert_eq!(route.why, "route 0.0.0.0/0 → nat-a");
    hop(&path, Direction::There, "nat-a", "NAT gateway");
    hop(&path, Direction::Back, "nat-a", "NAT gateway");
    let home = hop(&path, Direction::Back, "public-web-subnet-a", "route table public");
    assert_eq!(home.why, "route 10.0.0.0/16 → local");
    let zones: Vec<_> =
        path.others.iter().map(|other| (other.zone.as_deref(), other.via.as_deref())).collect();
    assert_eq!(zones, [(Some("b"), Some("nat-b")), (Some("c"), Some("nat-b"))]);
}

#[test]
fn security_groups_act_at_the_instance_and_acls_at_the_subnet() {
    let path = ask(&world("", &[]), "backend-server", "orders");
    let group = hop(&path, Direction::There, "orders-1", "security group database");
    assert_eq!(group.why, "ingress rule 1 of `database`: tcp 3306 from members of `backend`");
    let acl = hop(&path, Direction::There, "private-db-subnet-a", "network ACL database");
    assert_eq!(acl.why, "rule 100 allows tcp 3306 from 10.0.96.0/19");
    let tracked = hop(&path, Direction::Back, "orders-1", "security group database");
    assert_eq!(tracked.why, "an answer to a connection that was let through: security groups are stateful");
    let again = hop(&path, Direction::Back, "private-db-subnet-a", "network ACL database");
    assert!(again.why.starts_with("rule 100 allows tcp "), "an ACL is asked anew: {}", again.why);
}

#[test]
fn a_forgotten_rule_for_ephemeral_ports_stops_the_answers() {
    let acl = |egress: &str| {
        format!(
            "network_acls=[(name: \"tight\", vpc: \"main\", \
             ingress: [(rule: 100, action: Allow, ports: \"80\", cidr: \"10.0.0.0/18\")], \
             egress: [{egress}]), (name: \"database\", vpc: \"main\")]"
        )
    };
    let subnet = "subnets.private-web-subnet-a.network_acl=tight";
    let forgotten = world("", &[&acl(""), subnet]);
    let path = ask(&forgotten, "frontend-alb", "frontend-server-1");
    let (at, verdict, why) = stop(&path);
    assert_eq!((at, verdict), ("private-web-subnet-a", Verdict::Dropped));
    assert_eq!(
        why,
        "no rule is about tcp 1024-65535 to 10.0.0.5 (`frontend-alb/a`), so rule * denies it on the way back: \
         network ACLs are stateless"
    );
    assert_eq!(path.stopped_by().map(|hop| hop.direction), Some(Direction::Back));
    // Linux's ports instead of a load balancer's: 32,768 of 64,512 answers come through.
    let rule = r#"(rule: 100, action: Allow, ports: "32768-65535", cidr: "10.0.0.0/16")"#;
    let linux = world("", &[&acl(rule), subnet]);
    let path = ask(&linux, "frontend-alb", "frontend-server-1");
    assert!(path.reachable());
    assert_eq!(path.share.as_billionths(), 32_768_000_000_000_u64.div_ceil(64_512));
    assert_eq!(stop(&path).1, Verdict::PassesInPart);
    assert!(stop(&path).2.starts_with("32768 of 64512 source ports pass: rule 100 allows tcp 32768-65535"));
}

#[test]
fn a_dead_nat_gateway_stops_those_whose_route_leads_to_it() {
    let world = world(r#"NatGatewayLoss(nat_gateway: "nat-a", at: "10s")"#, &[]);
    let path = ask(&world, "backend-server", "payments");
    assert_eq!(stop(&path), ("nat-a", Verdict::Dropped, "it has failed: packets vanish"));
    assert!(path.hops.iter().all(|hop| hop.direction == Direction::There), "there is no way back");
    assert!(path.others.iter().all(|other| other.stopped_by.is_none()), "{:#?}", path.others);
}

#[test]
fn the_dead_are_silent_and_those_without_a_process_refuse() {
    let host = world(r#"HostDeath(instance: "frontend-server-1", at: "20s")"#, &[]);
    assert_eq!(
        stop(&ask(&host, "frontend-alb", "frontend-server-1")),
        ("frontend-server-1", Verdict::Dropped, "its host is dead: nobody answers")
    );
    assert_eq!(
        stop(&ask(&host, "frontend-server-1", "backend-alb")),
        ("frontend-server-1", Verdict::Dropped, "its host is dead: nothing is sent")
    );
    // A group is asked by a member that lives.
    let group = ask(&host, "frontend-alb", "frontend-server");
    assert_eq!((group.to.as_str(), group.reachable()), ("frontend-server-2", true));
    let process = world(r#"ProcessDeath(instance: "frontend-server-1", at: "20s")"#, &[]);
    assert_eq!(
        stop(&ask(&process, "frontend-alb", "frontend-server-1")),
        ("frontend-server-1", Verdict::Refused, "its process is dead: the connection is refused")
    );
    assert_eq!(
        stop(&ask(&process, "backend-server", "orders-2")),
        (
            "orders-2",
            Verdict::Refused,
            "it is a standby, which takes no connections: the connection is refused"
        )
    );
}

#[test]
fn a_zone_without_power_takes_everything_in_it_along() {
    let world = world(r#"ZonePowerLoss(zone: "a", at: "20s")"#, &[]);
    for (from, to, at) in [
        ("internet", "frontend-alb/a", "frontend-alb/a"),
        ("backend-server-2", "orders", "orders-1"),
        ("backend-server-2", "backend-server-1:8080", "backend-server-2"),
    ] {
        assert_eq!(stop(&ask(&world, from, to)).0, at, "{from} {to}");
    }
    assert_eq!(stop(&ask(&world, "internet", "frontend-alb/a")).2, "zone a has no power: nobody answers");
    let balancer = ask(&world, "internet", "frontend-alb");
    assert_eq!((balancer.to.as_str(), balancer.reachable()), ("frontend-alb/b", true));
    assert_eq!(
        extent(&world.matrix(), "internet", "frontend-alb"),
        Some(Extent::Some),
        "two of three nodes live"
    );
}

#[test]
fn a_port_on_which_nobody_listens_is_refused() {
    let world = world("", &[]);
    let path = ask(&world, "backend-server", "payments:443");
    assert!(path.reachable());
    let path = ask(&world, "internet", "payments:80");
    assert_eq!(stop(&path), ("payments", Verdict::Refused, "nobody listens on port 80"));
}

#[test]
fn a_listener_without_targets_takes_connections_all_the_same() {
    let world = world("", &["auto_scaling_groups.frontend.desired=0"]);
    let path = ask(&world, "internet", "frontend-alb");
    let listener = hop(&path, Direction::There, "frontend-alb/a", "load balancer");
    assert_eq!(listener.why, "listener 443 leads to `frontend`: no target is in reach, so requests get 503");
    assert!(path.reachable());
}

#[test]
fn a_zone_that_is_cut_off_is_reached_from_within_only() {
    let world = world(r#"ZonePartition(zone: "a", at: "20s")"#, &[]);
    let path = ask(&world, "frontend-server-2", "backend-alb/a");
    assert_eq!(
        stop(&path),
        ("zone b → zone a", Verdict::Dropped, "cut at the border of zone a: packets vanish")
    );
    assert!(ask(&world, "frontend-server-1", "backend-alb/a").reachable());
    assert!(ask(&world, "frontend-server-2", "backend-alb/c").reachable());
    assert!(ask(&world, "internet", "frontend-alb/a").reachable(), "the internet is not cut off");
}

#[test]
fn a_grey_zone_makes_one_direction_late() {
    let fault =
        r#"GreyZone(zone: "a", latency: "20ms", jitter: "30ms", loss: "10%", direction: Egress, at: "20s")"#;
    let path = ask(&world(fault, &[]), "frontend-server-1", "backend-alb/b");
    let there = hop(&path, Direction::There, "zone a → zone b", "link");
    assert_eq!(
        there.why,
        "packets are 20ms to 50ms late, 10 % of all packets are lost and sent again at the border of zone a"
    );
    assert_eq!(hop(&path, Direction::Back, "zone b → zone a", "link").why, "300us one way");
    assert!(path.reachable());
}

#[test]
fn rules_that_change_during_a_run_are_asked_as_they_are() {
    let changed =
        r#"RouteTableChange(subnets: ["private-app-subnet-a"], route_table: "private-b", at: "20s")"#;
    assert_eq!(ask(&world(changed, &[]), "backend-server", "payments").via.as_deref(), Some("nat-b"));
    let changed = r#"SecurityGroupChange(security_group: "backend-alb", rules_of: "database", at: "20s")"#;
    let path = ask(&world(changed, &[]), "frontend-server", "backend-alb");
    assert_eq!(stop(&path).0, "backend-alb/a");
    assert!(stop(&path).2.starts_with("no rule lets tcp 8080 from 10.0.48.4"), "{}", stop(&path).2);
}

#[test]
fn a_private_name_leads_to_an_interface_endpoint_and_a_route_to_a_gateway_endpoint() {
    let interface = r#"vpc_endpoints=[(name: "pay", vpc: "main", endpoint: "payments", kind: Interface(subnets: ["private-app-subnet-b"]))]"#;
    let path = ask(&world("", &[interface]), "backend-server", "payments");
    assert_eq!((path.to.as_str(), path.via.as_deref()), ("pay/b", Some("pay")));
    assert_eq!(
        hop(&path, Direction::There, "payments", "private DNS").why,
        "inside of `main` the name leads to `pay/b`"
    );
    let gateway = r#"vpc_endpoints=[(name: "pay", vpc: "main", endpoint: "payments", kind: Gateway(route_tables: ["private-a"]))]"#;
    let world = world("", &[gateway]);
    let path = ask(&world, "backend-server-1", "payments");
    assert_eq!(path.via.as_deref(), Some("pay"));
    assert!(path.reachable() && path.hops.iter().all(|hop| hop.by != "NAT gateway"));
    let problem = world.path("backend-server-1", "pay").expect_err("it has no address");
    assert_eq!(
        problem.to_string(),
        "`pay` is a gateway endpoint, which has no address, and no end of a path"
    );
}

#[test]
fn what_is_no_end_is_said() {
    let world = world("", &[]);
    for (from, to, message, hint) in [
        ("interet", "frontend-alb", "no end `interet`", "did you mean `internet`?"),
        ("internet", "frontend-alp:443", "no end `frontend-alp`", "did you mean `frontend-alb`?"),
        ("internet", "private-db-subnet-a", "`private-db-subnet-a` is a subnet", "something that lies in it"),
        ("internet", "web", "`web` is a service", "load balancer"),
        ("internet", "frontend-alb:x", "`x` is no port", "from 1 to 65535"),
        ("internet", "frontend-alb:0", "`0` is no port", "from 1 to 65535"),
        ("backend-server", "internet", "which port of `internet`?", "`internet:443`"),
        ("frontend-server", "frontend-server-1", "are the same", "from one thing to another"),
        ("internet", "10.0.255.1:80", "no end `10.0.255.1`", ""),
    ] {
        let problem = world.path(from, to).expect_err("it is no path");
        assert!(problem.to_string().contains(message), "{from} {to}: {problem}");
        let said = problem.hint.clone().unwrap_or_default();
        assert!(said.contains(hint), "{from} {to}: {said}");
    }
}

#[test]
fn an_end_has_many_names() {
    let world = world("", &[]);
    let path = ask(&world, "browser", "shop.example.com");
    assert_eq!((path.from.as_str(), path.to.as_str()), ("internet", "frontend-alb/a"));
    for name in ["backend", "backend-server", "backend-server-1", "10.0.96.5"] {
        let path = ask(&world, "backend-alb", &format!("{name}:8080"));
        assert_eq!(path.to, "backend-server-1", "{name}");
    }
    assert_eq!(ask(&world, "198.51.100.77", "frontend-alb").from, "internet");
    assert_eq!(ask(&world, "backend-server", "203.0.113.10").to, "payments");
    for end in world.ends() {
        let asked = world.path("10.0.0.5", &format!("{end}:443"));
        let known = asked.as_ref().map_or_else(ToString::to_string, |path| path.to.clone());
        assert!(asked.is_ok() || known.contains("the same"), "{end}: {known}");
    }
}

/// How far one end reaches the first port of another.
fn extent(matrix: &Matrix, from: &str, to: &str) -> Option<Extent> {
    let place = |name| matrix.ends.iter().position(|end| end == name).expect("it is an end");
    let column = matrix.columns.iter().position(|column| column.end == place(to)).expect("it has a column");
    match &matrix.cells[place(from)][column] {
        Cell::Asked { extent, .. } => Some(*extent),
        Cell::Unasked | Cell::Absent => None,
    }
}

const ENDPOINTS: &str = r#"vpc_endpoints=[
    (name: "pay", vpc: "main", endpoint: "payments", kind: Interface(subnets: ["private-app-subnet-b"])),
    (name: "gate", vpc: "main", endpoint: "payments", kind: Gateway(route_tables: ["private-a"])),
]"#;

#[test]
fn a_matrix_says_what_paths_say() {
    let world = world(r#"NatGatewayLoss(nat_gateway: "nat-a", at: "10s")"#, &[]);
    let matrix = world.matrix();
    let mut seen = Vec::new();
    for (from, row) in matrix.ends.iter().zip(&matrix.cells) {
        for (column, cell) in matrix.columns.iter().zip(row) {
            let (to, port) = (&matrix.ends[column.end], column.port);
            let Cell::Asked { extent, stopped_by } = cell else { continue };
            let path = ask(&world, from, &format!("{to}:{port}"));
            let others = path.others.iter().map(|other| other.stopped_by.is_none());
            let all: Vec<bool> = others.chain([path.stopped_by().is_none()]).collect();
            let expected = match (all.iter().all(|open| *open), all.iter().any(|open| *open)) {
                (true, _) => Extent::All,
                (false, true) => Extent::Some,
                (false, false) => Extent::None,
            };
            assert_eq!(*extent, expected, "{from} {to}:{port}");
            assert_eq!(stopped_by.is_some(), *extent != Extent::All);
            seen.push(*extent);
        }
    }
    // Through the gateway that lives, and the one that does not, payments is reached by some.
    for extent in [Extent::All, Extent::Some, Extent::None] {
        assert!(seen.contains(&extent), "{extent:?} is nowhere");
    }
}

#[test]
fn everything_that_is_an_end_has_a_row_or_a_reason_or_is_one_of_several() {
    let world = world("", &[ENDPOINTS]);
    let matrix = world.matrix();
    for name in ["orders-replica", "nat-a", "nat-b", "pay", "payments", "internet"] {
        assert!(matrix.ends.iter().any(|end| end == name), "{name} has no row: {:?}", matrix.ends);
    }
    let left_out: Vec<&str> = matrix.left_out.iter().map(|left| left.name.as_str()).collect();
    assert_eq!(left_out, ["browser", "shop.example.com", "gate"]);
    let single = |end: &str| {
        let several = ["frontend", "backend", "orders"].iter().any(|word| end.starts_with(word));
        several && !matrix.ends.iter().any(|row| row == end)
    };
    for end in world.ends() {
        let known = matrix.ends.contains(&end) || left_out.contains(&end.as_str());
        assert!(known || single(&end), "{end}");
    }
    assert_eq!(extent(&matrix, "backend-server", "pay"), Some(Extent::All));
    assert_eq!(extent(&matrix, "nat-a", "internet"), Some(Extent::All));
    assert_eq!(extent(&matrix, "backend-server", "nat-a"), Some(Extent::None));
    assert_eq!(extent(&matrix, "internet", "payments"), None, "both are outside");
    let away = self::world("", &["auto_scaling_groups.frontend.desired=0"]).matrix();
    assert_eq!(extent(&away, "frontend-alb", "frontend-server"), None, "nothing of it is there");
}

#[test]
fn a_handshake_that_is_later_than_its_caller_waits_is_given_up() {
    let grey = |latency: &str| {
        format!(
            r#"GreyZone(zone: "a", latency: "{latency}", jitter: "0s", loss: "0%", direction: Egress, at: "20s")"#
        )
    };
    let late = world(&grey("1200ms"), &[]);
    let path = ask(&late, "internet", "frontend-alb/a");
    assert!(!path.reachable());
    assert_eq!(
        stop(&path),
        (
            "internet",
            Verdict::Dropped,
            "a handshake takes at least 1s200ms, for packets are late at the border of zone a: the caller gives up \
             after 1s (`connect_timeout` of `browser`)"
        )
    );
    assert!(ask(&late, "internet", "frontend-alb/b").reachable());
    assert!(ask(&late, "frontend-alb/a", "frontend-server-2").reachable(), "a load balancer waits for 10 s");
    assert!(ask(&world(&grey("900ms"), &[]), "internet", "frontend-alb/a").reachable());
    let patient = world(&grey("1200ms"), &["clients.browser.connect_timeout=2s"]);
    assert!(ask(&patient, "internet", "frontend-alb/a").reachable());
    // A server calls the next tier, the database, and the endpoint, each with a patience of its own.
    let later = world(&grey("11s"), &[]);
    for (from, to) in [
        ("frontend-alb/a", "frontend-server-2"),
        ("frontend-server-1", "backend-alb/b"),
        ("backend-server-2", "orders"),
        ("backend-server-1", "payments"),
    ] {
        assert_eq!(stop(&ask(&later, from, to)).0, from, "{from} {to}");
    }
}

#[test]
fn a_host_that_comes_back_is_not_dead_and_one_that_is_fenced_is_cut_off() {
    let host = world(r#"HostDeath(instance: "frontend-server-1", at: "20s", lasts: "5s")"#, &[]);
    let why = stop(&ask(&host, "frontend-alb", "frontend-server-1")).2.to_owned();
    assert_eq!(why, "its host is coming back: nobody answers");
    let power = world(r#"ZonePowerLoss(zone: "a", at: "20s", lasts: "5s")"#, &[]);
    let said = |to: &str| stop(&ask(&power, "backend-server-2", to)).2.to_owned();
    assert_eq!(said("orders-1"), "its host is coming back: nobody answers");
    let cut = world(r#"ZonePartition(zone: "a", at: "20s")"#, &[]);
    let path = ask(&cut, "backend-server-1", "orders-1");
    assert_eq!(stop(&path).2, "it is cut off from its peers and counts as lost: nobody answers");
    let standby = world(r#"DatabaseStandbyLoss(database: "orders", at: "20s", lasts: "1m")"#, &[]);
    assert_eq!(stop(&ask(&standby, "backend-server", "orders-2")).2, "its host is dead: nobody answers");
}

#[test]
fn what_fails_alone_stops_a_path_where_it_is() {
    let endpoint = world(r#"EndpointOutage(endpoint: "payments", at: "20s")"#, &[]);
    let path = ask(&endpoint, "backend-server-1", "payments");
    assert_eq!(stop(&path).2, "it is out of service: nobody answers");
    let node = world(r#"BalancerNodeLoss(node: "frontend-alb/a", at: "20s")"#, &[]);
    assert_eq!(stop(&ask(&node, "internet", "frontend-alb/a")).2, "it is dead: nobody answers");
    assert!(ask(&node, "internet", "frontend-alb/b").reachable());
}

#[test]
fn pods_are_ends_by_their_workload_their_name_and_their_target_group() {
    let quiet = cluster("", 30);
    for (from, to) in [
        ("frontend-alb", "frontend"),
        ("frontend-alb", "default/frontend"),
        ("frontend-alb", "frontend-1"),
        ("default/frontend-1", "backend-alb"),
        ("backend-alb", "backend"),
        ("api", "orders"),
        ("api-2", "payments"),
    ] {
        let path = ask(&quiet, from, to);
        assert!(path.stopped_by().is_none(), "{from} {to}: {path:#?}");
    }
    // A target group has a port, and so have the pods behind it; the groups of its node let nobody else in.
    assert_eq!(ask(&quiet, "frontend-alb", "frontend").port, 80);
    assert_eq!(ask(&quiet, "backend-alb", "api").port, 8080);
    assert!(!ask(&quiet, "frontend-alb", "api").reachable());
    let ends = quiet.ends();
    assert!(["frontend", "api", "default/api-6"].iter().all(|end| ends.iter().any(|known| known == end)));
}

#[test]
fn a_dead_pod_is_silent_and_one_that_has_gone_is_no_end() {
    let dark = cluster(r#"ZonePowerLoss(zone: "a", at: "20s")"#, 30);
    let dead = ask(&dark, "frontend-alb/b", "frontend-1");
    assert_eq!(stop(&dead).2, "zone a has no power: nobody answers");
    // Six and a half minutes later its node is given up, and another pod stands for it.
    let later = cluster(r#"ZonePowerLoss(zone: "a", at: "20s")"#, 430);
    let problem = later.path("frontend-alb/b", "frontend-1").expect_err("it has gone");
    assert_eq!(problem.to_string(), "`frontend-1` is gone");
    assert!(ask(&later, "frontend-alb/b", "frontend-7").reachable());
    assert!(later.path("frontend-alb", "frontend-99").expect_err("it never was").hint.is_some());
}

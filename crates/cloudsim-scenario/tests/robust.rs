//! Whatever a file holds, reading it ends soon, without a panic, with a plan or with a problem that has a place.

use cloudsim_aws::services::auto_scaling_group::Keeper;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, SHIPPED, load, render};
use cloudsim_workload::{CallSpec, Tier};
use cloudsim_world::{DatabaseId, DnsNameId, SubnetId, TargetGroupId};
use proptest::prelude::*;
use proptest::sample::Index;

/// Loads a text as a scenario with the shipped worlds and checks what is promised of every text.
fn survive(text: impl Into<Vec<u8>>, overrides: &Overrides) {
    let files = MemoryFiles::from([("mine.ron", text.into())]);
    match load(&files, "mine.ron", overrides) {
        Ok(loaded) => {
            sound(&loaded.plan);
            let files = MemoryFiles::from([("again.ron", loaded.plan.resolved.clone())]);
            let again = load(&files, "again.ron", &Overrides { allow_large: true, ..Overrides::default() });
            let again = again.unwrap_or_else(|problems| panic!("{}\n{problems}", loaded.plan.resolved));
            assert_eq!(again.plan.resolved, loaded.plan.resolved);
        }
        Err(problems) => {
            assert!(!problems.problems.is_empty());
            for problem in &problems.problems {
                let place = problem.place().expect("a place");
                let location = problems.sources.locate(place);
                assert!(location.column > 0 && place.start <= place.end);
                let shown = render(problem, &problems.sources, false);
                assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
            }
        }
    }
}

/// Every reference of a plan leads to something.
fn sound(plan: &Plan) {
    let subnet = |id: SubnetId| assert!(id.index() < plan.subnets.len());
    let group = |id: TargetGroupId| assert!(id.index() < plan.target_groups.len());
    let name = |id: DnsNameId| assert!(id.index() < plan.dns_names.len());
    let database = |id: DatabaseId| assert!(id.index() < plan.databases.len());
    for one in &plan.subnets {
        assert!(one.vpc.index() < plan.vpcs.len() && one.zone.index() < plan.zones.len());
        assert!(one.route_table.index() < plan.route_tables.len());
    }
    plan.nat_gateways.iter().for_each(|gateway| subnet(gateway.subnet));
    let aliases = plan.dns_names.iter().flat_map(|name| &name.records);
    for record in aliases {
        assert!(record.alias.index() < plan.load_balancers.len());
        assert!(record.health_check.is_none_or(|check| check.index() < plan.health_checks.len()));
    }
    let mut asked = plan.health_checks.iter().filter_map(|check| check.endpoint());
    assert!(asked.all(|check| check.target.index() < plan.load_balancers.len()));
    for balancer in &plan.load_balancers {
        balancer.subnets.iter().copied().for_each(subnet);
        balancer.listeners.iter().for_each(|listener| group(listener.target_group));
    }
    for servers in &plan.auto_scaling_groups {
        servers.subnets.iter().copied().for_each(subnet);
        servers.target_groups.iter().copied().for_each(group);
        let is_node = plan.clusters.iter().flat_map(|cluster| &cluster.node_groups);
        let is_node = is_node.map(|node| &plan.auto_scaling_groups[node.group.index()].name);
        let is_node =
            is_node.into_iter().any(|name| *name == servers.name) || servers.keeper == Keeper::Karpenter;
        let serves = servers.server.workers > 0 || is_node;
        assert!(servers.desired <= servers.max && serves);
    }
    for one in &plan.databases {
        subnet(one.primary);
        subnet(one.standby);
        one.replicas.iter().for_each(|replica| subnet(replica.subnet));
        assert!(one.clients.iter().any(|client| client.weight > 0));
    }
    for class in &plan.classes {
        name(class.enter);
        assert!(class.client.index() < plan.clients.len());
        for handler in &class.handlers {
            match handler.at {
                Tier::TargetGroup(id) => group(id),
                Tier::KubernetesService(id) => assert!(id.index() < plan.kubernetes_services.len()),
            }
            for call in &handler.calls {
                match call {
                    CallSpec::Http { to, .. } => name(*to),
                    CallSpec::Service { to, .. } => {
                        assert!(to.index() < plan.kubernetes_services.len());
                    }
                    CallSpec::Read { database: id, .. } | CallSpec::Write { database: id, .. } => {
                        database(*id);
                    }
                    CallSpec::Item { table, .. } => assert!(table.index() < plan.tables.len()),
                    CallSpec::External { endpoint, .. } => assert!(endpoint.index() < plan.endpoints.len()),
                }
            }
        }
    }
    assert!(plan.services.iter().all(|service| !service.classes.is_empty()));
    for traffic in &plan.traffic {
        assert!(traffic.mix.iter().all(|(class, _)| class.index() < plan.classes.len()));
        assert!(traffic.mix.iter().any(|(_, weight)| *weight > 0));
    }
}

fn shipped_files() -> impl Strategy<Value = &'static str> {
    prop::sample::select(SHIPPED).prop_map(|(_, text)| text)
}

/// Words and signs that are likely to matter to a reader of scenarios.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "//",
    "/*",
    "*/",
    "#",
    "r#\"",
    "0",
    "-1",
    "1e999",
    "1e-400",
    "18446744073709551616",
    "true",
    "None",
    "Some(",
    "\"\"",
    "\"0s\"",
    "\"5m\"",
    "\"584y\"",
    "\"0.0.0.0/0\"",
    "name: \"a\"",
    "()",
    "[]",
    "{}",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "漢",
    "\r\n",
    "\t",
    "\"999999d\"",
    "65536",
    "\"999999999TiB\"",
    "\"0%\"",
    "\"1000000000/s\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(text in shipped_files(), changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4)) {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survive(bytes, &Overrides::default());
    }

    #[test]
    fn pieces_put_in_or_cut_out(
        text in shipped_files(),
        changes in prop::collection::vec((any::<Index>(), prop::sample::select(PIECES), 0_usize..30), 1..4),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, piece, cut) in changes {
            let at = at.index(chars.len());
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        survive(chars.into_iter().collect::<String>(), &Overrides::default());
    }

    #[test]
    fn values_replaced_by_others(text in shipped_files(), at in any::<Index>(), other in any::<Index>()) {
        // Swaps two texts in quotes: syntax stays right, meaning does not.
        let mut parts: Vec<&str> = text.split('"').collect();
        let (at, other) = (at.index(parts.len() / 2) * 2 + 1, other.index(parts.len() / 2) * 2 + 1);
        parts.swap(at, other);
        survive(parts.join("\""), &Overrides::default());
    }

    #[test]
    fn any_setting(path in "[a-z_.0-9]{0,40}", value in any::<String>()) {
        let overrides = Overrides { set: vec![format!("{path}={value}")], ..Overrides::default() };
        survive(SHIPPED[0].1, &overrides);
    }

    #[test]
    fn any_fault(
        text in any::<String>(),
        kind in prop::sample::select(&["zone:", "host:", "rds:", ""]),
        at in "[0-9a-z@+:]{0,12}",
    ) {
        let overrides = Overrides { faults: vec![format!("{kind}{at}{text}")], ..Overrides::default() };
        survive(SHIPPED[0].1, &overrides);
    }

    #[test]
    fn any_intervention(
        text in any::<String>(),
        at in "[0-9a-z: ]{0,6}",
        action in prop::sample::select(&["4m: failover db/", "4m: scale group/frontend ", "4m:\u{a0}restart ", ""]),
    ) {
        let overrides = Overrides { interventions: vec![format!("{at}{action}{text}")], ..Overrides::default() };
        survive(SHIPPED[0].1, &overrides);
    }
}

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "(", "{", "a(", "(a:", "{0:", "[Some("] {
        survive(open.repeat(100_000), &Overrides::default());
    }
    survive(format!("{}{}", "/*".repeat(100_000), "*/".repeat(99_999)), &Overrides::default());
}

#[test]
fn large_nonsense_is_refused() {
    survive(vec![b'x'; 1 << 20], &Overrides::default());
    survive(vec![0xff; 1 << 20], &Overrides::default());
    survive("\u{1b}[31m漢\n".repeat(100_000), &Overrides::default());
    survive(format!("(version: 1, zones: [{}])", "1,".repeat(200_000)), &Overrides::default());
    survive(format!("(version: 1, zones: [{}])", "(name: 5),".repeat(19_000)), &Overrides::default());
    let fields = (0..20_000).map(|number| format!("f{number}: 1,")).collect::<Vec<_>>().concat();
    survive(format!("(version: 1, zones: [({fields})])"), &Overrides::default());
    survive(format!("(version: 1, {fields})"), &Overrides::default());
    let faults = "ZonePowerLoss(zone: \"a\", at: \"5m\"),".repeat(19_000);
    survive(format!("(version: 1, faults: [{faults}])"), &Overrides::default());
    let subnets =
        "(name: \"a\", vpc: \"v\", zone: \"a\", cidr: \"10.0.0.0/8\", route_table: \"r\"),".repeat(19_000);
    survive(format!("(version: 1, subnets: [{subnets}])"), &Overrides::default());
}

#[test]
fn a_file_above_the_limit_is_refused() {
    let files = MemoryFiles::from([("big.ron", vec![b' '; (16 << 20) + 1])]);
    let problems = load(&files, "big.ron", &Overrides::default()).expect_err("too large");
    assert_eq!(problems.to_string(), "error[CS0002]: `big.ron` is larger than 16 MiB\n");
}

#[test]
fn ends_of_lines_marks_and_blanks_do_not_matter() {
    let text = SHIPPED[0].1;
    let plan = |text: String| {
        let files = MemoryFiles::from([("mine.ron", text)]);
        load(&files, "mine.ron", &Overrides::default()).expect("a right scenario").plan
    };
    let usual = plan(text.to_owned());
    assert_eq!(plan(text.replace('\n', "\r\n")), usual);
    assert_eq!(plan(format!("\u{feff}{text}")), usual);
    assert_eq!(plan(text.replace("    ", "\t")), usual);
    assert_eq!(plan(text.replace(": ", " : /* a /* nested */ comment */ ")), usual);
}

#[test]
fn places_count_characters() {
    let files =
        MemoryFiles::from([("mine.ron", "\u{feff}(\r\n\tname: \"漢字\", seed: \"one\", version: 1)")]);
    let problems = load(&files, "mine.ron", &Overrides::default()).expect_err("several problems");
    let shown = problems.to_string();
    assert!(shown.contains("mine.ron:2:20"), "{shown}");
}

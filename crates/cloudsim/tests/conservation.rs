//! What holds in every world under all faults: every request ends exactly once, every commit is in exactly one class, and
//! the same seed gives the same records.

#![expect(
    clippy::struct_excessive_bools,
    clippy::too_many_lines,
    reason = "a random world is a list of switches and one long text"
)]

mod support;

use cloudsim_records::{Outcome, Record};
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{Records, plan_with};

/// A random world with two or three zones, one or two tiers and a database.
#[derive(Clone, Debug)]
struct Case {
    zones: usize,
    tiers: usize,
    servers: u32,
    workers: u32,
    connections: u32,
    rate: u32,
    tries: u32,
    least_outstanding: bool,
    cross_zone: bool,
    multi_az: bool,
    replica: bool,
    recovery: usize,
    patience: u32,
    faults: Vec<(usize, usize, u32, Option<u32>)>,
    interventions: Vec<(usize, usize, u32)>,
    seed: u64,
}

prop_compose! {
    fn cases()(
        zones in 2_usize..=3,
        tiers in 1_usize..=2,
        servers in 1_u32..=5,
        workers in 1_u32..=3,
        connections in prop_oneof![Just(3_u32), Just(50), Just(1000)],
        rate in 5_u32..60,
        tries in 1_u32..=3,
        least_outstanding: bool,
        cross_zone: bool,
        multi_az: bool,
        replica: bool,
        recovery in 0_usize..3,
        patience in prop_oneof![Just(2_u32), Just(10), Just(80)],
        faults in prop::collection::vec((0_usize..11, 0_usize..3, 1_u32..200, prop::option::of(1_u32..120)), 0..5),
        interventions in prop::collection::vec((0_usize..7, 0_usize..9, 1_u32..200), 0..4),
        seed: u64,
    ) -> Case {
        Case {
            zones, tiers, servers, workers, connections, rate, tries, least_outstanding, cross_zone, multi_az, replica,
            recovery, patience, faults, interventions, seed,
        }
    }
}

impl Case {
    /// What an operator does, as far as this world has it.
    fn interventions(&self) -> Vec<String> {
        let zone = |number: &usize| ["a", "b", "c"][number % self.zones];
        let what = |(kind, number, at): &(usize, usize, u32)| {
            let action = match kind {
                0 if self.multi_az => "failover database/db".to_owned(),
                1 if self.replica => "promote replica/db-replica".to_owned(),
                0..=2 => format!("shift-away zone/{}", zone(number)),
                3 => format!("shift-back zone/{}", zone(number)),
                4 => format!("scale group/front {number}"),
                5 => "restart instance/front-server".to_owned(),
                _ => "terminate instance/front-server".to_owned(),
            };
            format!("{}s: {action}", at.min(&199))
        };
        self.interventions.iter().map(what).collect()
    }

    fn text(&self) -> String {
        let names = &["a", "b", "c"][..self.zones];
        let each =
            |of: &dyn Fn(&str) -> String| names.iter().map(|zone| of(zone)).collect::<Vec<_>>().join(", ");
        let subnet = |zone: &str| format!("\"s{zone}\"");
        let public = |zone: &str| format!("\"p{zone}\"");
        let algorithm = if self.least_outstanding { "LeastOutstandingRequests" } else { "RoundRobin" };
        let tier = |name: &str| {
            let scheme = if name == "front" { "InternetFacing" } else { "Internal" };
            let balancer = format!(
                r#"(name: "{name}-lb", scheme: {scheme}, subnets: [{}], listeners: [(port: 80, protocol: Http, target_group: "{name}")])"#,
                each(if name == "front" { &public } else { &subnet }),
            );
            let group = format!(
                r#"(name: "{name}", port: 80, interval: "5s", timeout: "2s", algorithm: {algorithm}, cross_zone: {}, deregistration_delay: "20s")"#,
                self.cross_zone,
            );
            let servers = format!(
                r#"(name: "{name}", member: "{name}-server", subnets: [{}], desired: {}, max: 8, target_groups: ["{name}"], security_groups: ["web"], health_check: Elb,
                    server: (instance_type: "m5.large", workers: {}, connections_max: {}, start: Constant("5s")))"#,
                each(&subnet),
                self.servers,
                self.workers,
                self.connections,
            );
            (balancer, group, servers)
        };
        let parts: Vec<_> = ["front", "back"][..self.tiers].iter().map(|name| tier(name)).collect();
        let deepest = ["front", "back"][self.tiers - 1];
        let onwards = r#"(at: "front", work: Exponential("5ms"), calls: [Http(to: "back-lb", port: 80, connect_timeout: "300ms", timeout: "3s")]),"#;
        let keep_alive = if self.cross_zone { "keep_alive: \"10s\", " } else { "" };
        let write = format!(
            r#"(at: "{deepest}", work: Exponential("5ms"), calls: [
                Read(database: "db", from: ReplicaThenPrimary, work: Exponential("3ms"), timeout: "500ms"),
                External(endpoint: "far", {keep_alive}timeout: "1s"),
                Write(database: "db", work: Exponential("5ms"), timeout: "1s"),
            ])"#
        );
        let replicas = if self.replica { r#"[(name: "db-replica", subnet: "sb")]"# } else { "[]" };
        let recovery = match (self.recovery, self.replica) {
            (0, _) => r#"Restore(decide: "20s")"#,
            (1, true) => r#"Promote(decide: "20s")"#,
            _ => "Wait",
        };
        let faults: Vec<String> = self
            .faults
            .iter()
            .enumerate()
            .map(|(number, (kind, zone, at, lasts))| {
                let lasts = lasts.map_or(String::new(), |lasts| format!(", lasts: \"{lasts}s\""));
                let what = match kind {
                    0 => format!(r#"ZonePowerLoss(zone: "{}""#, names[zone % names.len()]),
                    1 => r#"HostDeath(instance: "front-server""#.to_owned(),
                    2 => r#"ProcessDeath(instance: "front-server""#.to_owned(),
                    3 => r#"NatGatewayLoss(nat_gateway: "nat""#.to_owned(),
                    4 => r#"DatabasePrimaryCrash(database: "db""#.to_owned(),
                    5 => format!(r#"ZonePartition(zone: "{}", internet: {}"#, names[zone % names.len()], self.replica),
                    6 => format!(
                        r#"GreyZone(zone: "{}", latency: "5ms", jitter: "80ms", loss: "30%", direction: Egress"#,
                        names[zone % names.len()]
                    ),
                    7 => r#"NetworkAclChange(subnets: ["sa", "sb"], network_acl: "tight""#.to_owned(),
                    8 => r#"RouteTableChange(subnets: ["sa"], route_table: "closed""#.to_owned(),
                    9 => r#"SecurityGroupChange(security_group: "web", rules_of: "nobody""#.to_owned(),
                    _ if self.multi_az => r#"DatabaseStandbyLoss(database: "db""#.to_owned(),
                    _ => format!(r#"ZonePowerLoss(zone: "{}""#, names[(zone + 1) % names.len()]),
                };
                format!(r#"{what}, name: "f{number}", at: "{at}s"{lasts})"#)
            })
            .collect();
        let balancers: Vec<_> = parts.iter().map(|part| part.0.clone()).collect();
        let groups: Vec<_> = parts.iter().map(|part| part.1.clone()).collect();
        let servers: Vec<_> = parts.iter().map(|part| part.2.clone()).collect();
        format!(
            r#"(
    version: 1, name: "case", duration: "200s",
    regions: [(name: "r")],
    zones: [{zones}],
    vpcs: [(name: "net", cidr: "10.0.0.0/16")],
    subnets: [{subnets}, {publics}],
    internet_gateways: [(name: "igw", vpc: "net")],
    nat_gateways: [(name: "nat", subnet: "pa")],
    route_tables: [
        (name: "out", vpc: "net", routes: [(to: "0.0.0.0/0", via: NatGateway("nat"))]),
        (name: "public", vpc: "net", routes: [(to: "0.0.0.0/0", via: InternetGateway("igw"))]),
        (name: "closed", vpc: "net"),
    ],
    security_groups: [
        (name: "web", vpc: "net", ingress: [(from: Cidr("0.0.0.0/0"))]),
        (name: "nobody", vpc: "net", egress: []),
    ],
    network_acls: [(
        name: "tight", vpc: "net",
        ingress: [(rule: 10, action: Allow, cidr: "0.0.0.0/0")],
        egress: [(rule: 10, action: Allow, ports: "1-40000", cidr: "0.0.0.0/0")],
    )],
    load_balancers: [{balancers}],
    target_groups: [{groups}],
    auto_scaling_groups: [{servers}],
    databases: [(
        name: "db", engine: PostgreSql, instance_class: "db.m5.large", storage: "20GiB", primary: "sa", multi_az: {multi_az},
        standby: "sb", replicas: {replicas}, workers: 4, log_shipping: "30s", checkpoint_interval: "30s",
        clients: [(caching: HonourTtl, weight: 1), (caching: CacheFor("30s"), weight: 1), (caching: CacheForEver, weight: 1)],
        recovery: {recovery},
    )],
    endpoints: [(name: "far", address: "198.51.100.1", port: 443, response: Exponential("50ms"), error_rate: "1%")],
    clients: [(name: "user", latency: Exponential("10ms"), tries: {tries}, try_timeout: "{patience}s", timeout: "{patience}s",
        resolvers: (count: 20))],
    classes: [(name: "write", enter: "front-lb", port: 80, client: "user", handlers: [{onwards} {write}])],
    services: [(name: "site", classes: ["write"])],
    traffic: [OpenLoop(name: "users", rate: "{rate}/s", arrivals: Poisson, mix: {{ "write": 1 }})],
    faults: [{faults}],
)"#,
            zones = each(&|zone| format!(r#"(name: "{zone}", region: "r")"#)),
            publics = names
                .iter()
                .enumerate()
                .map(|(i, zone)| format!(
                    r#"(name: "p{zone}", vpc: "net", zone: "{zone}", cidr: "10.0.{}.0/24", route_table: "public")"#,
                    i + 10
                ))
                .collect::<Vec<_>>()
                .join(", "),
            subnets = names
                .iter()
                .enumerate()
                .map(|(i, zone)| format!(
                    r#"(name: "s{zone}", vpc: "net", zone: "{zone}", cidr: "10.0.{i}.0/24", route_table: "out")"#
                ))
                .collect::<Vec<_>>()
                .join(", "),
            balancers = balancers.join(", "),
            groups = groups.join(", "),
            servers = servers.join(", "),
            multi_az = self.multi_az,
            onwards = if self.tiers == 2 { onwards } else { "" },
            tries = self.tries,
            patience = self.patience,
            rate = self.rate,
            faults = faults.join(", "),
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_request_ends_once_and_every_commit_is_in_one_class(case in cases()) {
        let plan = plan_with(&case.text(), &[], &case.interventions());
        let records = Records::of(&plan, case.seed);

        let mut ended: Vec<u64> = Vec::new();
        let (mut good, mut unfinished) = (0_u64, 0_u64);
        let (mut settled, mut lost) = (None, BTreeMap::new());
        for (number, stamped) in (0_u64..).zip(&records.0) {
            prop_assert_eq!(stamped.number, number, "records are numbered without gaps");
            match &stamped.record {
                Record::RequestFinished(request) => {
                    ended.push(request.request);
                    good += u64::from(request.outcome == Outcome::Ok);
                    unfinished += u64::from(request.outcome == Outcome::Unfinished);
                    prop_assert!(u32::from(request.tries) <= case.tries);
                    prop_assert!(stamped.at >= request.arrived);
                }
                Record::CommitsSettled { commits, .. } => {
                    prop_assert!(settled.replace(*commits).is_none(), "commits are settled once");
                }
                // A recovery that fails is followed by another of the same outage, which tells the loss of both.
                Record::RecoveryPointChosen(point) => {
                    lost.insert(point.started, point.commits_lost);
                }
                _ => {}
            }
        }
        ended.sort_unstable();
        prop_assert!(ended.iter().copied().eq(0..ended.len() as u64), "requests end exactly once");
        let ended_well = matches!(records.0.last().map(|last| &last.record), Some(Record::RunEnded { .. }));
        prop_assert!(ended_well, "the last record ends the run");

        let commits = settled.expect("commits are settled");
        // A good request has its commit acknowledged; one that ended otherwise may have.
        prop_assert!(commits.acked_kept + commits.acked_lost >= good);
        prop_assert_eq!(commits.acked_lost, lost.values().sum::<u64>(), "what recoveries lost is what is lost");
        let begun = commits.acked_kept + commits.acked_lost + commits.unacked_kept + commits.unacked_gone;
        prop_assert!(begun <= (ended.len() as u64) * u64::from(case.tries) + unfinished);

        let again = Records::of(&plan, case.seed);
        prop_assert!(records.0 == again.0, "the same seed gives the same records");
    }
}

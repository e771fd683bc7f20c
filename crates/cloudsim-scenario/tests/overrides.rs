//! What the command line changes: by names, in order, as RON or as bare text.

use cloudsim_aws::services::rds::Recovery;
use cloudsim_scenario::plan::{Action, FaultKind, Member, Plan};
use cloudsim_scenario::{Loaded, MemoryFiles, Overrides, load};
use cloudsim_units::{NanoUsd, SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, DatabaseId, NatGatewayId, ZoneId};

fn changed(set: &[&str], faults: &[&str]) -> Plan {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let overrides = Overrides { set: owned(set), faults: owned(faults), ..Overrides::default() };
    match load(&MemoryFiles::default(), "az-a-outage-ec2", &overrides) {
        Ok(Loaded { plan, .. }) => plan,
        Err(problems) => panic!("{set:?} {faults:?}:\n{problems}"),
    }
}

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

#[test]
fn fields_of_things_are_set_by_name() {
    let plan = changed(
        &[
            "target_groups.backend.interval=15s",
            "databases.orders.replicas.orders-replica.subnet=private-db-subnet-b",
            "auto_scaling_groups.frontend.server.workers=5",
            "clients.browser.resolvers.ttl_violators=0%",
            "traffic.visitors.mix.browse=50",
            "traffic.visitors.rate=\"2000/s\"",
            "databases.orders.recovery.decide=1m",
            "classes.browse.handlers.backend.calls.0.timeout=900ms",
            "load_balancers.frontend-alb.listeners.443.protocol=Http",
            "latencies.between_zones=2ms",
            "objectives.rto-web.expect=Breached",
            "faults.a-dark.at=6m",
        ],
        &[],
    );
    assert_eq!(plan.target_groups[1].interval, secs(15));
    assert_eq!(plan.subnets[plan.databases[0].replicas[0].subnet.index()].name, "private-db-subnet-b");
    assert_eq!(plan.auto_scaling_groups[0].server.workers, 5);
    assert_eq!(plan.clients[0].resolvers.ttl_violators.as_billionths(), 0);
    assert_eq!(plan.traffic[0].mix[0].1, 50);
    assert_eq!(plan.traffic[0].rate.to_string(), "2000/1s");
    assert_eq!(plan.databases[0].recovery, Recovery::Restore { decide: secs(60) });
    assert!(!plan.load_balancers[0].listeners[0].https);
    assert_eq!(plan.latencies.one_way(ZoneId(0), ZoneId(2)), SimDuration::from_millis(1));
    assert!(plan.objectives[0].expect_breached);
    assert_eq!(plan.faults[0].at, SimTime::from_secs(360));
}

#[test]
fn prices_are_set_by_name_whether_or_not_the_scenario_has_any() {
    let plan = changed(
        &["prices.usd.m5.large=0.09", "prices.usd.x9.mega=\"$2\"", "prices.region=eu-central-1"],
        &[],
    );
    let usd = |text: &str| NanoUsd::parse(text).ok();
    assert_eq!(
        (plan.prices.instance_hour("m5.large"), plan.prices.instance_hour("x9.mega")),
        (usd("0.09"), usd("2"))
    );
    assert_eq!(plan.prices.own_region.as_deref(), Some("eu-central-1"));
    let set = vec!["prices.usd.nat_gatewy=1".to_owned()];
    let overrides = Overrides { set, ..Overrides::default() };
    let problems =
        load(&MemoryFiles::default(), "az-a-outage", &overrides).expect_err("no such price").to_string();
    assert!(
        problems.contains("a list has no price `nat_gatewy`") && problems.contains("`nat_gateway`"),
        "{problems}"
    );
}

#[test]
fn names_with_dots_are_found() {
    let plan = changed(&["dns_records.shop.example.com.alias=frontend-alb"], &[]);
    assert_eq!(plan.dns_names[2].name, "shop.example.com");
}

#[test]
fn fields_of_the_scenario_and_whole_lists_are_set() {
    let plan = changed(&["duration=10m", "seed=3", "faults=[]", "name=mine"], &[]);
    assert_eq!((plan.duration, plan.seed, plan.name.as_str()), (secs(600), 3, "mine"));
    assert!(plan.faults.is_empty());
}

#[test]
fn a_bare_word_is_a_text_where_a_text_is_wanted_and_a_kind_where_a_kind_is() {
    let plan = changed(
        &[
            "regions.us-east-1.name=moon",
            "zones.a.region=moon",
            "zones.b.region=moon",
            "zones.c.region=moon",
            "auto_scaling_groups.backend.health_check=Ec2",
        ],
        &[],
    );
    assert_eq!(plan.zones[0].region, "moon");
}

#[test]
fn the_last_of_several_settings_counts_and_all_are_recorded_in_order() {
    let plan = changed(
        &["target_groups.frontend.interval=10s", "target_groups.frontend.interval=20s"],
        &["zone:b@20m"],
    );
    assert_eq!(plan.target_groups[0].interval, secs(20));
    assert_eq!(
        plan.overrides,
        [
            "set target_groups.frontend.interval=10s",
            "set target_groups.frontend.interval=20s",
            "fault zone:b@20m"
        ]
    );
}

#[test]
fn a_setting_of_the_file_comes_before_those_of_the_command_line() {
    let overrides = Overrides { set: vec!["databases.orders.multi_az=true".into()], ..Overrides::default() };
    let none = MemoryFiles::default();
    let file = load(&none, "rds-single-az", &Overrides::default()).expect("it is shipped").plan;
    assert!(!file.databases[0].multi_az && file.overrides.is_empty());
    assert!(load(&none, "rds-single-az", &overrides).expect("it is shipped").plan.databases[0].multi_az);
}

#[test]
fn faults_are_added_in_short_and_in_full() {
    let plan = changed(
        &["faults=[]"],
        &[
            "zone:a@5m+15m",
            "zone:a@25m",
            "host:frontend-server@5m+10m",
            "host:frontend-server-2@5m",
            "process:backend-server-6@5m",
            "nat:nat-a@5m+10m",
            "rds:orders@20m",
            "standby:orders@5m+10m",
            "capacity:b@5m+10m",
            "region:us-east-1@5m+1h",
            "ZonePowerLoss(zone: \"b\", at: \"7m\")",
            "ZonePowerLoss(name: \"mine\", zone: \"b\", at: \"8m\")",
        ],
    );
    let names: Vec<&str> = plan.faults.iter().map(|fault| fault.name.as_str()).collect();
    let expected = [
        "zone-a",
        "zone-a-2",
        "host-frontend-server",
        "host-frontend-server-2",
        "process-backend-server-6",
        "nat-a",
        "rds-orders",
        "standby-orders",
        "capacity-b",
        "region-us-east-1",
        "zone-b",
        "mine",
    ];
    assert_eq!(names, expected);
    let kinds: Vec<FaultKind> = plan.faults.iter().map(|fault| fault.kind.clone()).collect();
    assert_eq!(kinds[0], FaultKind::ZonePowerLoss { zone: ZoneId(0) });
    assert!(matches!(kinds[2], FaultKind::HostDeath { member: Member::Any, .. }));
    assert!(matches!(kinds[3], FaultKind::HostDeath { member: Member::Number(2), .. }));
    assert!(matches!(kinds[4], FaultKind::ProcessDeath { member: Member::Number(6), .. }));
    assert_eq!(kinds[5], FaultKind::NatGatewayLoss { nat_gateway: NatGatewayId(0) });
    assert_eq!(kinds[6], FaultKind::DatabasePrimaryCrash { database: DatabaseId(0) });
    let capacity = FaultKind::InsufficientCapacity { zone: ZoneId(1), instance_type: None };
    assert_eq!(kinds[8], capacity);
    let region = FaultKind::RegionPowerLoss {
        region: "us-east-1".into(),
        zones: [0, 1, 2].map(ZoneId).to_vec(),
        return_apart: SimDuration::ZERO,
    };
    assert_eq!(kinds[9], region);
    assert_eq!((plan.faults[0].lasts, plan.faults[1].lasts), (Some(secs(900)), None));
}

#[test]
fn interventions_are_read_and_are_no_part_of_the_scenario() {
    let texts = [
        "1m30s: failover db/orders",
        " 4m :promote   replica/orders-replica ",
        "4m: shift-away zone/b",
        "5m: shift-back az/b",
        "3m: scale asg/frontend 9",
        "4m: restart instance/frontend-server",
        "4m: terminate ec2/backend-server-2",
    ];
    let interventions = texts.iter().map(|text| (*text).to_owned()).collect();
    let overrides = Overrides { set: vec!["duration=20m".into()], interventions, ..Overrides::default() };
    let plan = load(&MemoryFiles::default(), "az-a-outage-ec2", &overrides).expect("it is shipped").plan;
    let (frontend, backend) = (AutoScalingGroupId(0), AutoScalingGroupId(1));
    let expected = [
        (90, Action::Failover { database: DatabaseId(0) }),
        (240, Action::Promote { database: DatabaseId(0), replica: 0 }),
        (240, Action::ShiftAway { zone: ZoneId(1) }),
        (300, Action::ShiftBack { zone: ZoneId(1) }),
        (180, Action::Scale { group: frontend, desired: 9 }),
        (240, Action::Restart { group: frontend, member: Member::Any }),
        (240, Action::Terminate { group: backend, member: Member::Number(2) }),
    ];
    let read: Vec<_> = plan.interventions.iter().map(|spec| (spec.at, spec.action.clone())).collect();
    assert_eq!(read, expected.map(|(at, action)| (Some(SimTime::from_secs(at)), action)));
    assert_eq!(plan.overrides, ["set duration=20m"]);
    let all: Vec<String> =
        plan.overrides.iter().cloned().chain(texts.map(|text| format!("do {text}"))).collect();
    assert_eq!(plan.changes(), all);
    let without = changed(&["duration=20m"], &[]);
    assert_eq!(plan.resolved, without.resolved);
}

#[test]
fn a_scenario_has_interventions_of_its_own() {
    let own = r#"interventions=[(at: "4m", action: "failover database/orders"), (name: "shift", at: "5m",
        action: "shift-away zone/b")]"#;
    let set = |more: &str| vec![own.to_owned(), "duration=20m".into(), more.to_owned()];
    let interventions = vec!["1m: shift-away zone/a".to_owned()];
    let overrides =
        Overrides { set: set("interventions.shift.at=6m"), interventions, ..Overrides::default() };
    let plan = load(&MemoryFiles::default(), "az-a-outage-ec2", &overrides).expect("it is shipped").plan;
    let texts: Vec<&str> = plan.interventions.iter().map(|spec| spec.text.as_str()).collect();
    assert_eq!(texts, ["4m: failover database/orders", "6m: shift-away zone/b", "1m: shift-away zone/a"]);
    assert_eq!(plan.interventions[1].at, Some(SimTime::from_secs(360)));
    // Only what the command line adds is said once more when the run is.
    assert_eq!(plan.changes().last().map(String::as_str), Some("do 1m: shift-away zone/a"));
    assert_eq!(plan.changes().len(), plan.overrides.len() + 1);
    assert!(plan.resolved.contains("failover-database/orders"), "it has a name: {}", plan.resolved);
}

#[test]
fn a_seed_is_no_part_of_the_scenario() {
    let overrides = Overrides { seed: Some(7), ..Overrides::default() };
    let plan = load(&MemoryFiles::default(), "quiet-day", &overrides).expect("it is shipped").plan;
    assert_eq!(plan.seed, 7);
    assert!(plan.resolved.contains("seed: 1,") && plan.overrides.is_empty());
}

#[test]
fn a_large_run_must_be_meant() {
    let mut overrides =
        Overrides { set: vec!["traffic.visitors.rate=1000000/s".into()], ..Overrides::default() };
    assert!(load(&MemoryFiles::default(), "quiet-day", &overrides).is_err());
    overrides.allow_large = true;
    assert!(load(&MemoryFiles::default(), "quiet-day", &overrides).is_ok());
}

/// A shop with a standby or without, whatever it had before.
#[test]
fn an_alternative_sets_all_that_it_names() {
    let text = r#"(
        version: 1, name: "mine", duration: "10m", include: ["worlds/two-zone-blog.ron"],
        alternatives: { "posts": {
            "safe": { "databases.posts.multi_az": true, "target_groups.writers.interval": "5s" },
            "on the cheap": { "databases.posts.multi_az": false, "target_groups.writers.interval": "30s" },
        } },
        set: { "alternatives.posts": "safe" },
    )"#;
    let with = |set: &[&str]| {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let files = MemoryFiles::from([("mine.ron", text)]);
        load(&files, "mine.ron", &Overrides { set, ..Overrides::default() }).map(|loaded| loaded.plan)
    };
    let is = |plan: &Plan| (plan.databases[0].multi_az, plan.target_groups[0].interval);
    let plan = |set: &[&str]| with(set).expect("it is right");
    assert_eq!(is(&plan(&[])), (true, secs(5)), "the file chooses");
    let cheap = plan(&["alternatives.posts=on the cheap"]);
    assert_eq!(is(&cheap), (false, secs(30)), "the command line does after it");
    assert_eq!(cheap.overrides, ["set alternatives.posts=on the cheap"]);
    let by_hand = plan(&["databases.posts.multi_az=false", "target_groups.writers.interval=30s"]);
    assert_eq!(cheap.resolved, by_hand.resolved, "there is no other difference");
    let later = plan(&["alternatives.posts=on the cheap", "target_groups.writers.interval=7s"]);
    assert_eq!(is(&later), (false, secs(7)), "what comes after it counts");
    let problem = with(&["alternatives.posts=cheap"]).expect_err("there is none");
    assert!(problem.to_string().contains("`cheap` is no alternative of `posts`"), "{problem}");
}

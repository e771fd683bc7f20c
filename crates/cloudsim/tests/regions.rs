//! Two regions: a name that turns by what checkers find, a replica that takes over, a region that comes back zone by zone.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a few thousand requests, and times within minutes"
)]

mod support;

use cloudsim_records::{
    BillItem, DatabaseInstanceState, EntityKind, Outcome, Record, RecoveryPoint, RequestFinished,
};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use cloudsim_world::ZoneId;
use std::collections::BTreeSet;
use support::{Records, Samples, plan, plan_with, seconds, secs};

const TWO_REGIONS: &str = include_str!("two_regions.ron");

/// When the first region loses power.
const DARK: f64 = 60.0;

fn world(set: &[&str]) -> Plan {
    plan(TWO_REGIONS, set)
}

/// When answers for the name lead to the second region, after the first is dark.
fn turns(records: &Records) -> f64 {
    let west = records.entity(EntityKind::LoadBalancer, "west").id;
    let turned = records.times(
        |record| matches!(record, Record::DnsRecordChanged { balancer, listed: true, .. } if *balancer == west),
    );
    assert_eq!(turned.len(), 1, "the name turns once");
    turned[0] - DARK
}

/// How the requests of a class ended that arrived in that time.
fn ends(records: &Records, class: &str, from: f64, to: f64) -> Vec<RequestFinished> {
    let class = records.started().classes.iter().position(|name| name == class).expect("a class");
    let ended = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) if usize::from(request.class) == class => Some(*request),
        _ => None,
    });
    ended
        .filter(|of| (from..to).contains(&seconds(of.arrived)) && of.outcome != Outcome::Unfinished)
        .collect()
}

/// How long each of them took, in seconds.
fn took(records: &Records, class: &str, from: f64, to: f64) -> Vec<f64> {
    let requests: BTreeSet<u64> = ends(records, class, from, to).iter().map(|of| of.request).collect();
    let ended = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(of) if requests.contains(&of.request) => Some((stamped.at, of.arrived)),
        _ => None,
    });
    ended.map(|(at, arrived)| seconds(at) - seconds(arrived)).collect()
}

fn good(requests: &[RequestFinished]) -> usize {
    requests.iter().filter(|request| request.outcome == Outcome::Ok).count()
}

#[test]
fn zones_of_two_regions_are_half_a_round_trip_apart() {
    let plan = world(&[]);
    assert_eq!(plan.regions(), ["us-east-1", "us-west-2"]);
    assert_eq!(plan.latencies.one_way(ZoneId(0), ZoneId(3)), SimDuration::from_millis(35));
    assert_eq!(plan.latencies.one_way(ZoneId(0), ZoneId(1)), SimDuration::from_micros(500));
}

/// Sixteen checkers ask with phases of their own. The endpoint is healthy while more than 18 % of them say so, which are
/// three; so it fails with the fourteenth that gives up. Each of them waits for its next request, uniformly up to an
/// interval, then three times for a connection, 4 s each, with an interval after the first and after the second. The
/// fourteenth of sixteen uniform times is at 14/17 of the interval in the mean; it is Beta(14, 3) distributed, with a
/// deviation of sqrt(14 * 3 / (17^2 * 18)) = 0.0899 intervals.
fn turns_as_the_rules_say(interval: &str, seconds: f64) {
    let plan = world(&[
        "duration=170s",
        "traffic.users.rate=1/s",
        "assumptions.health_checks.checker_latency=Constant(\"1ms\")",
        &format!("health_checks.east-web.interval={interval}"),
    ]);
    let waits = 3.0 * 4.0 + 2.0 * seconds;
    // The answers of checkers take 5 ms.
    let latest = waits + seconds + 0.1;
    let samples = Samples::over(0..100, |seed| turns(&Records::of(&plan, seed)));
    samples.agree(interval, (waits, latest), waits + seconds * 14.0 / 17.0, 0.0899 * seconds);
}

#[test]
fn a_name_turns_with_the_fourteenth_checker_that_gives_up() {
    turns_as_the_rules_say("30s", 30.0);
}

#[test]
fn fast_checks_turn_it_earlier() {
    turns_as_the_rules_say("10s", 10.0);
}

/// With the APIs of the region in which records are changed gone, a change of a record is refused. A switch is not: the name
/// turns as soon as that is known, and back when it is switched on.
#[test]
fn a_routing_control_turns_a_name_whatever_region_is_silent() {
    let set = [
        r#"faults=[ControlPlaneLoss(region: "us-east-1", at: "30s", lasts: "10m")]"#,
        "traffic.users.rate=1/s",
        "duration=4m",
        r#"routing_controls=[(name: "east-on")]"#,
        "dns_records.www.failover.health_check=east-on",
        r#"assumptions.health_checks.routing_control=Constant("5s")"#,
    ];
    let doing =
        ["1m: point record/www west", "1m: switch-off control/east-on", "3m: switch-on control/east-on"];
    let plan = plan_with(TWO_REGIONS, &set, &doing.map(str::to_owned));
    let records = Records::of(&plan, 1);
    let refused = |record: &Record| matches!(record, Record::Intervened(of) if of.refusal.is_some());
    assert_eq!(records.times(refused), [60.0]);
    let west = records.entity(EntityKind::LoadBalancer, "west").id;
    let leads = |there: bool| {
        records.times(|record| {
            matches!(record, Record::DnsRecordChanged { balancer, listed, .. } if *balancer == west && *listed == there)
        })
    };
    assert_eq!((leads(true), leads(false)), (vec![65.0], vec![185.0]));
    let bill = records.0.iter().find_map(|stamped| match &stamped.record {
        Record::BillDrawn(items) => items.iter().find(|item| item.what == "routing control cluster"),
        _ => None,
    });
    // 730 hours for 2.50 dollars.
    assert_eq!(bill.map(|item| item.usd), Some(NanoUsd::from_micros(1_825_000_000)));
}

/// The east is dark; nobody's check turns the name, but a person does after ten minutes, and Route 53 takes five seconds.
#[test]
fn what_a_person_turns_is_told_as_the_wait_for_a_person_and_for_dns() {
    let set = [
        "traffic.users.rate=5/s",
        "duration=15m",
        r#"routing_controls=[(name: "east-on")]"#,
        "dns_records.www.failover.health_check=east-on",
        r#"assumptions.health_checks.routing_control=Constant("5s")"#,
    ];
    let plan = plan_with(TWO_REGIONS, &set, &["11m: switch-off control/east-on".to_owned()]);
    let document = Records::of(&plan, 1).document();
    let service = document.services.iter().find(|service| !service.outages.is_empty()).expect("one was away");
    let phases: Vec<(&str, f64)> =
        service.outages[0].phases.iter().map(|phase| (phase.name.as_str(), seconds(phase.to))).collect();
    assert_eq!(&phases[..2], [("operator", 660.0), ("dns", 665.0)], "{phases:?}");
}

#[test]
fn a_healthy_endpoint_turns_nothing() {
    let plan = world(&["faults=[]", "traffic.users.rate=1/s", "duration=30m"]);
    let changed = |record: &Record| {
        matches!(record, Record::HealthCheckChanged { .. } | Record::DnsRecordChanged { .. })
    };
    assert!(Records::of(&plan, 1).times(changed).is_empty());
}

/// Checkers take the way of a client: what a rule keeps from them counts as dead, and so does a balancer without targets.
#[test]
fn checkers_see_what_a_client_would() {
    let cut = |set: &[&str]| {
        let mut all = vec!["faults=[]", "traffic.users.rate=1/s", "duration=170s"];
        all.extend(set);
        let records = Records::of(&world(&all), 1);
        records.times(|record| matches!(record, Record::HealthCheckChanged { healthy: false, .. })).len()
    };
    let closed = r#"security_groups=[
        (name: "closed", vpc: "east", ingress: []),
        (name: "west-web", vpc: "west", ingress: [(ports: "80", from: Cidr("0.0.0.0/0"))]),
        (name: "west-data", vpc: "west", ingress: [(ports: "3306", from: SecurityGroup("west-web"))]),
    ]"#;
    assert_eq!(cut(&[closed, r#"load_balancers.east.security_groups=["closed"]"#]), 1);
    assert_eq!(cut(&[closed, r#"auto_scaling_groups.east-web.security_groups=["closed"]"#]), 1);
    assert_eq!(cut(&["auto_scaling_groups.east-web.desired=0"]), 1);
    assert_eq!(cut(&[]), 0);
}

/// A check that asks for a page that writes fails with the database: the name turns though all servers are well.
#[test]
fn a_check_of_a_class_sees_what_its_handlers_need() {
    let fails = |set: &[&str]| {
        let crash = r#"faults=[DatabasePrimaryCrash(database: "orders", at: "60s", lasts: "10m")]"#;
        let mut all = vec![crash, "databases.orders.multi_az=false", "traffic.users.rate=1/s", "duration=4m"];
        all.extend(set);
        let records = Records::of(&world(&all), 1);
        records.times(|record| matches!(record, Record::HealthCheckChanged { healthy: false, .. })).len()
    };
    assert_eq!(fails(&[]), 0);
    assert_eq!(fails(&["health_checks.east-web.class=write"]), 1);
}

#[test]
fn reads_come_back_by_dns_alone_and_writes_with_the_promotion() {
    let plan = world(&["assumptions.rds.replica_promotion=Constant(\"2m\")", "duration=10m"]);
    for seed in 0..5 {
        let records = Records::of(&plan, seed);
        let turned = DARK + turns(&records);
        let west = records.entity(EntityKind::DatabaseInstance, "orders-west").id;
        let takes_writes = |record: &Record| {
            matches!(record, Record::DatabaseInstanceChanged { instance, state: DatabaseInstanceState::Writer, .. }
                if *instance == west)
        };
        let promoted = records.times(takes_writes);
        // Five minutes to decide, two to promote.
        assert_eq!(promoted, [DARK + 300.0 + 120.0], "seed {seed}");
        // Every answer that a resolver kept is gone a TTL after the name has turned. While the promotion reboots the replica
        // reads fail that were under way.
        let (first, last) = (turned + 60.0, promoted[0] - 5.0);
        let reads = ends(&records, "read", first, last);
        assert!(
            reads.len() > 1_000 && good(&reads) == reads.len(),
            "seed {seed}: {} {}",
            good(&reads),
            reads.len()
        );
        let writes = ends(&records, "write", first, last);
        assert!(writes.len() > 1_000 && good(&writes) == 0, "seed {seed}: {}", good(&writes));
        // The servers' name is that of their region's replica: nobody has to change it.
        let after = ends(&records, "write", promoted[0], 595.0);
        assert!(
            after.len() > 500 && good(&after) == after.len(),
            "seed {seed}: {} {}",
            good(&after),
            after.len()
        );
        // Between the fault and the turn of the name nothing is answered that nobody asks again after it.
        assert_eq!(good(&ends(&records, "read", DARK + 1.0, turned - 5.0)), 0, "seed {seed}");
    }
}

#[test]
fn where_requests_would_be_answered_agrees() {
    let plan = world(&["assumptions.rds.replica_promotion=Constant(\"2m\")", "duration=10m"]);
    let answered = cloudsim::answered(&plan, 3, |_| false);
    let turned = DARK + turns(&Records::of(&plan, 3));
    let share = |service: usize, at: f64| {
        let at = SimTime::ZERO + SimDuration::from_millis((at * 1_000.0) as u64);
        answered.services[service].share(at)
    };
    for (at, reads, writes) in [
        (59.0, Ratio::ONE, Ratio::ONE),
        (61.0, Ratio::ZERO, Ratio::ZERO),
        (turned + 0.1, Ratio::ONE, Ratio::ZERO),
        (481.0, Ratio::ONE, Ratio::ONE),
    ] {
        assert_eq!((share(0, at), share(1, at)), (reads, writes), "at {at}");
    }
}

/// The log takes 35 ms to the other region and is applied 800 ms later. What was acknowledged within that time before the
/// writer died is lost; of some hundred writes a second, between the last that is kept and the last that is lost lies that,
/// give or take the gaps between them.
#[test]
fn what_is_lost_is_what_the_replica_had_not_applied() {
    let plan = world(&[
        "traffic.users.rate=200/s",
        "duration=100s",
        r#"databases.orders.recovery=Promote(decide: "10s")"#,
    ]);
    for seed in 0..20 {
        let records = Records::of(&plan, seed);
        let lost = records.0.iter().find_map(|stamped| match &stamped.record {
            Record::RecoveryPointChosen(point) => Some((**point).clone()),
            _ => None,
        });
        let RecoveryPoint { rpo, commits_lost, .. } = lost.expect("the replica is promoted");
        assert!((secs(rpo) - 0.835).abs() < 0.15, "seed {seed}: {rpo}");
        // Poisson with a mean of 83.5: five deviations are 46.
        assert!(commits_lost.abs_diff(83) < 46, "seed {seed}: {commits_lost}");
    }
}

#[test]
fn a_restore_stays_in_its_region() {
    let plan = world(&[
        r#"databases.orders.recovery=Restore(decide: "10s")"#,
        "traffic.users.rate=1/s",
        "duration=1h",
    ]);
    let writers = |record: &Record| {
        matches!(record, Record::DatabaseInstanceChanged { state: DatabaseInstanceState::Writer, .. })
    };
    assert!(Records::of(&plan, 1).times(writers).is_empty());
}

/// The second zone returns up to five minutes after the first, uniformly: 150 s in the mean, with a deviation of
/// 300 / sqrt(12) = 86.6 s.
#[test]
fn a_region_returns_zone_by_zone() {
    let plan = world(&[
        "faults.east-dark.lasts=60s",
        "faults.east-dark.return_apart=5m",
        "assumptions.ec2_instance.power_return=Constant(\"2s\")",
        "databases.orders.recovery=Wait",
        "traffic.users.rate=1/s",
        "duration=8m",
    ]);
    let starts = |records: &Records, name: &str| {
        let of = records.entity(EntityKind::DatabaseInstance, name).id;
        let starts = |record: &Record| {
            matches!(record, Record::DatabaseInstanceChanged { instance, state: DatabaseInstanceState::Starting, .. }
                if *instance == of)
        };
        records.times(starts)[0]
    };
    let samples = Samples::over(0..100, |seed| {
        let records = Records::of(&plan, seed);
        let first = starts(&records, "orders-1");
        assert!((first - DARK - 62.0).abs() < 1e-6, "seed {seed}: {first}");
        starts(&records, "orders-2") - first
    });
    samples.agree("the second zone", (0.0, 300.0), 150.0, 86.6);
}

#[test]
fn names_with_weights_share_requests_by_them() {
    let text = TWO_REGIONS.replace(
        r#"failover: (primary: "east", secondary: "west", health_check: "east-web"),"#,
        r#"weighted: [(alias: "east", weight: 3, health_check: "east-web"), (alias: "west")],"#,
    );
    let records = Records::of(&plan(&text, &["faults=[]", "duration=10m"]), 1);
    let west = records.entity(EntityKind::LoadBalancer, "west").id;
    let is_west = |request: &RequestFinished| {
        let node = request.hops[0].expect("a request goes through a node");
        records.entities().any(|info| info.id == node && info.parent == Some(west))
    };
    let reads = ends(&records, "read", 0.0, 590.0);
    let there = reads.iter().filter(|request| is_west(request)).count();
    // A hundred resolvers ask ten times each: a deviation of sqrt(0.25 * 0.75 / 1000) = 1.4 points.
    let share = there as f64 / reads.len() as f64;
    assert!((share - 0.25).abs() < 0.07, "{share}");
    assert_eq!(good(&reads), reads.len(), "each region reads from what it has");
}

/// Each of ten commits a second sends its redo to the replica of the other region; a check of HTTP every 30 s costs half a
/// dollar.
#[test]
fn copies_to_another_region_and_health_checks_are_on_the_bill() {
    let bill = |set: &[&str]| -> Vec<BillItem> {
        let records = Records::of(&world(set), 1);
        let mut bills = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::BillDrawn(items) => Some((**items).clone()),
            _ => None,
        });
        bills.next().expect("a run has a bill")
    };
    let items = bill(&["duration=2m", "databases.orders.redo_per_commit=10KiB"]);
    let item =
        |what: &str| items.iter().find(|item| item.what == what).unwrap_or_else(|| panic!("{items:?}"));
    let data = item("data between regions");
    // 10 commits a second of 10,240 bytes over 730 h are 269 GB.
    assert!(data.quantity_milli.abs_diff(269_000) < 40_000, "{data:?}");
    assert_eq!(data.usd, NanoUsd::from_micros(20_000).times(data.quantity_milli.into(), 1_000));
    assert_eq!(item("east-web health check").usd, NanoUsd::from_micros(500_000));
    let fast = bill(&["duration=2m", "health_checks.east-web.interval=10s"]);
    let fast = fast.iter().find(|item| item.what == "east-web health check").expect("it is there");
    assert_eq!(fast.usd, NanoUsd::from_micros(1_500_000));
}

/// Names whose answers hold both regions' addresses, two of each.
const BOTH: &str = r#"dns_records.www=(name: "www", multivalue: [
    (alias: "east", health_check: "east-web"), (alias: "west", health_check: "west-web"),
])"#;
const CHECKS: &str =
    r#"health_checks=[(name: "east-web", target: "east"), (name: "west-web", target: "west")]"#;

/// A client begins at any of four addresses and goes on in their order: at the first of the two dead ones it waits twice for a
/// connection, at the second once, each a second. All are answered at once by whoever begins in the second region.
#[test]
fn clients_who_hold_both_regions_addresses_go_on_to_the_other_one() {
    let plan = world(&[BOTH, CHECKS, "duration=90s", "traffic.users.mix={ \"read\": 1 }"]);
    let records = Records::of(&plan, 1);
    // No check has given up before 72 s.
    let after = ends(&records, "read", DARK + 1.0, DARK + 10.0);
    assert_eq!(good(&after), after.len(), "everyone is answered");
    let waited = took(&records, "read", DARK + 1.0, DARK + 10.0);
    let waits = |seconds: f64| {
        let some = waited.iter().filter(|took| (seconds..seconds + 0.5).contains(*took)).count();
        some as f64 / after.len() as f64
    };
    let deviation = (0.25_f64 * 0.75 / after.len() as f64).sqrt();
    for (wait, share) in [(0.0, 0.5), (1.0, 0.25), (2.0, 0.25)] {
        assert!((waits(wait) - share).abs() < 5.0 * deviation, "{wait}: {}", waits(wait));
    }
}

#[test]
fn an_answer_loses_the_addresses_of_a_region_whose_check_fails() {
    let plan = world(&[BOTH, CHECKS, "duration=5m", "traffic.users.mix={ \"read\": 1 }"]);
    let records = Records::of(&plan, 1);
    let east = records.entity(EntityKind::LoadBalancer, "east").id;
    let left = records.times(
        |record| matches!(record, Record::DnsRecordChanged { balancer, listed: false, .. } if *balancer == east),
    );
    assert_eq!(left.len(), 1);
    // Answers are kept for a minute.
    let later = took(&records, "read", left[0] + 61.0, 290.0);
    assert!(later.len() > 1000 && later.iter().all(|took| *took < 0.5), "nobody waits for a dead address");
}

/// The second region is nearer, so all go there, over half of the distance; when it is lost they go to the first one.
#[test]
fn a_latency_record_leads_to_the_nearest_healthy_region() {
    let nearest = r#"dns_records.www=(name: "www", latency: [
        (alias: "east", health_check: "east-web"), (alias: "west", health_check: "west-web"),
    ])"#;
    let nearer = r#"clients.user.latencies=[(region: "us-west-2", latency: Constant("5ms"))]"#;
    let lost = r#"faults=[RegionPowerLoss(name: "dark", region: "us-west-2", at: "60s")]"#;
    let plan = world(&[nearest, nearer, lost, CHECKS, "duration=5m", "traffic.users.mix={ \"read\": 1 }"]);
    let records = Records::of(&plan, 1);
    let [east, west] = ["east", "west"].map(|name| records.entity(EntityKind::LoadBalancer, name).id);
    let over = |from: f64, to: f64, balancer| {
        let nodes = |id| records.started().entities.iter().find(|of| of.id == id).and_then(|of| of.parent);
        let ended = ends(&records, "read", from, to);
        let through = |of: &&RequestFinished| of.hops[0].and_then(nodes) == Some(balancer);
        (ended.iter().filter(through).count(), ended.len(), good(&ended))
    };
    let (there, all, _) = over(10.0, 59.0, west);
    assert_eq!(there, all, "it is the nearest");
    let (there, all, good) = over(250.0, 290.0, east);
    assert_eq!((there, good), (all, all), "it is the nearest that is healthy");
    // Four trips of 5 ms instead of 10 ms: a handshake of two, a request and an answer.
    let median = |from, to| {
        let mut took = took(&records, "read", from, to);
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    };
    let saved = median(250.0, 290.0) - median(10.0, 59.0);
    assert!((saved - 4.0 * 0.005).abs() < 0.002, "{saved}");
}

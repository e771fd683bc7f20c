//! Secrets of a region: a server that has none does not start, one that has an old one is refused by the database.

mod support;

use cloudsim_measures::RunDocument;
use cloudsim_records::{Cause, EntityKind, InstanceState, Outcome, Record, Refusal};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimDuration;
use support::{Records, plan_with, seconds};

const TWO_REGIONS: &str = include_str!("two_regions.ron");

const MISSING: &str = r#"secrets=[(name: "login", database: "orders", regions: ["us-east-1"])]"#;
const STALE: &str =
    r#"secrets=[(name: "login", database: "orders", regions: ["us-east-1"], stale_in: ["us-west-2"])]"#;
const CURRENT: &str = r#"secrets=[(name: "login", database: "orders", regions: ["us-east-1", "us-west-2"])]"#;

fn world(secret: &str, set: &[&str], done: &[&str]) -> Plan {
    let all = [
        "traffic.users.rate=2/s",
        "duration=40m",
        secret,
        "auto_scaling_groups.east-web.server.secrets=[login]",
        "auto_scaling_groups.west-web.server.secrets=[login]",
        "databases.orders.recovery=Promote(decide: \"1m\")",
        "assumptions.rds.replica_promotion=Constant(\"5m\")",
    ];
    let done: Vec<String> = done.iter().map(|text| (*text).to_owned()).collect();
    plan_with(TWO_REGIONS, &[&all, set].concat(), &done)
}

/// The outcomes and causes of the requests that arrived between two instants, in seconds.
fn answers(records: &Records, from: f64, to: f64) -> Vec<(Outcome, Cause)> {
    let finished = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(of) => Some((seconds(of.arrived), of.outcome, of.cause)),
        _ => None,
    });
    let within = finished.filter(|(at, ..)| (from..to).contains(at));
    within.map(|(_, outcome, cause)| (outcome, cause)).collect()
}

#[test]
fn a_server_does_not_start_without_its_secret() {
    for seed in 1..=20 {
        let set = [
            "faults=[]",
            "auto_scaling_groups.west-web.desired=0",
            "auto_scaling_groups.west-web.health_check=Elb",
            "auto_scaling_groups.west-web.grace_period=60s",
        ];
        let done = ["30s: scale group/west-web 2", "10m: set secret/login us-west-2"];
        let records = Records::of(&world(MISSING, &set, &done), seed);
        let secret = records.entity(EntityKind::Secret, "login").id;
        let failed =
            records.times(|record| matches!(record, Record::StartFailed { lacks, .. } if *lacks == secret));
        let started = records.times(|record| {
            matches!(record, Record::InstanceStateChanged { state: InstanceState::Running, .. })
        });
        assert_eq!(records.times(|record| matches!(record, Record::CopyMade { .. })), [600.0], "seed {seed}");
        assert!(failed.len() >= 6 && failed.iter().all(|at| *at < 600.0), "seed {seed}: {failed:?}");
        // What starts after that has it, be it replaced or not; all is replaced within two minutes and a half.
        assert_eq!(started.len(), 2, "seed {seed}: {started:?}");
        assert!(started.iter().all(|at| (600.0..=800.0).contains(at)), "seed {seed}: {started:?}");
    }
}

#[test]
fn a_database_refuses_a_login_from_before_a_rotation_until_somebody_sets_it() {
    for seed in 1..=20 {
        let records = Records::of(&world(STALE, &[], &["20m: set secret/login us-west-2"]), seed);
        // By ten minutes names lead to the other region, whose database takes writes; servers there are well.
        let refused = answers(&records, 600.0, 1190.0);
        assert!(refused.len() > 1000, "seed {seed}: {}", refused.len());
        assert!(refused.iter().all(|of| *of == (Outcome::Error, Cause::LoginRefused)), "seed {seed}");
        let group = records.entity(EntityKind::TargetGroup, "west-web").id;
        let probed = records.times(|record| {
            matches!(record, Record::TargetHealthChanged { group: of, health, .. } if *of == group && health.is_unhealthy())
        });
        assert_eq!(probed, Vec::<f64>::new(), "seed {seed}");
        // A server asks again for what was refused, so that it holds at once.
        let served = answers(&records, 1200.0, 2000.0);
        assert!(served.iter().all(|of| *of == (Outcome::Ok, Cause::None)), "seed {seed}");
    }
}

#[test]
fn nobody_sets_a_secret_where_no_api_answers() {
    let silent = r#"faults=[ControlPlaneLoss(name: "silent", region: "us-west-2", at: "20s", lasts: "60s")]"#;
    let records = Records::of(&world(STALE, &[silent], &["30s: set secret/login us-west-2"]), 1);
    let refusals = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(of) => Some(of.refusal),
        _ => None,
    });
    assert_eq!(refusals.collect::<Vec<_>>(), [Some(Refusal::ControlPlaneSilent)]);
    assert_eq!(records.times(|record| matches!(record, Record::CopyMade { .. })), Vec::<f64>::new());
}

fn rto(document: &RunDocument, service: &str) -> SimDuration {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    service.outages[0].rto().expect("it is restored")
}

#[test]
fn the_way_back_says_that_a_secret_was_old_or_missing() {
    let current = Records::of(&world(CURRENT, &[], &[]), 1).document();
    let missing = [
        "auto_scaling_groups.west-web.desired=0",
        "auto_scaling_groups.west-web.health_check=Elb",
        "auto_scaling_groups.west-web.grace_period=60s",
    ];
    for (secret, set, scaled) in
        [(STALE, &[][..], None), (MISSING, &missing, Some("2m: scale group/west-web 4"))]
    {
        let done: Vec<&str> = scaled.into_iter().chain(["20m: set secret/login us-west-2"]).collect();
        let document = Records::of(&world(secret, set, &done), 1).document();
        for service in ["reads", "writes"] {
            let of = document.services.iter().find(|of| of.name == service).expect("it is measured");
            let phase = of.outages[0].phases.iter().find(|phase| phase.name == "secret");
            let phase = phase.expect("it was waited for");
            assert!((seconds(phase.to) - 1200.0).abs() < 1e-6, "{phase:?}");
            assert_eq!(phase.setting.as_deref(), Some("secrets.login.regions"));
        }
        // Readers wait for nothing else.
        let longer = rto(&document, "reads").saturating_sub(rto(&current, "reads"));
        assert!(longer > SimDuration::from_mins(10), "{longer}");
    }
    let phases = current.services.iter().flat_map(|of| &of.outages).flat_map(|outage| &outage.phases);
    assert_eq!(phases.filter(|phase| phase.name == "secret").count(), 0);
}

#[test]
fn a_secret_that_every_region_has_is_as_good_as_none() {
    let with = Records::of(&world(CURRENT, &[], &[]), 1);
    let set = [
        "traffic.users.rate=2/s",
        "duration=40m",
        "databases.orders.recovery=Promote(decide: \"1m\")",
        "assumptions.rds.replica_promotion=Constant(\"5m\")",
    ];
    let without = Records::of(&plan_with(TWO_REGIONS, &set, &[]), 1);
    let [with, without] = [with, without].map(|records| answers(&records, 0.0, 2400.0));
    assert!(with.contains(&(Outcome::Ok, Cause::None)) && with == without);
}

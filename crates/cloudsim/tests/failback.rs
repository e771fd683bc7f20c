//! The way back after a region was lost and another one took over: a replica is created where the writer was, and the database
//! is switched over to it.

mod support;

use cloudsim_records::{Action, DatabaseInstanceState, EntityId, EntityKind, Record, RecoveryPoint, Refusal};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimDuration;
use support::{Records, plan};

const TWO_REGIONS: &str = include_str!("two_regions.ron");

/// The first region is dark for five minutes, and people promote the replica in the second one; then `after` is done.
fn world(after: &[&str], set: &[&str]) -> Plan {
    let steps: Vec<String> = ["2m: promote replica/orders-west"].iter().chain(after).map(action).collect();
    let interventions = format!("interventions=[{}]", steps.join(", "));
    let mut all = vec![
        r#"databases.orders.replicas=[
            (name: "orders-west", subnet: "sw1", security_groups: ["west-data"]),
            (name: "orders-home", subnet: "se2", exists: false),
        ]"#,
        "databases.orders.recovery=Wait",
        // Nobody is led home before there is a writer.
        "health_checks.east-web.class=write",
        "faults.east-dark.lasts=5m",
        "duration=80m",
        &interventions,
    ];
    all.extend(set);
    plan(TWO_REGIONS, &all)
}

fn action(done: &&str) -> String {
    let (at, action) = done.split_once(": ").expect("a time and an action");
    format!("(at: \"{at}\", action: \"{action}\")")
}

fn points(records: &Records) -> Vec<RecoveryPoint> {
    let point = |stamped: &cloudsim_engine::Stamped<Record>| match &stamped.record {
        Record::RecoveryPointChosen(point) => Some((**point).clone()),
        _ => None,
    };
    records.0.iter().filter_map(point).collect()
}

/// When an instance came into a state.
fn became(records: &Records, name: &str, wanted: DatabaseInstanceState) -> Vec<f64> {
    let id: EntityId = records.entity(EntityKind::DatabaseInstance, name).id;
    records.times(
        |record| matches!(record, Record::DatabaseInstanceChanged { instance, state, .. } if *instance == id && *state == wanted),
    )
}

/// What came of an action, each time that it was tried.
fn tried(records: &Records, wanted: Action) -> Vec<Option<Refusal>> {
    let tried = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(of) if of.action == wanted => Some(of.refusal),
        _ => None,
    });
    tried.collect()
}

/// 20 GiB are copied at 100 MB/s in 215 s, and an instance is there 5 to 20 minutes after that (RDS-20, RDS-24).
#[test]
fn a_replica_is_created_from_a_copy_and_works_off_what_was_written_meanwhile() {
    let creates = world(&["10m: create replica/orders-home"], &[]);
    for seed in 0..5 {
        let records = Records::of(&creates, seed);
        let there = became(&records, "orders-home", DatabaseInstanceState::Replica);
        assert_eq!(there.len(), 1, "seed {seed}");
        let took = there[0] - 600.0;
        assert!((215.0 - 1.0 + 300.0..=215.0 + 1.0 + 1200.0).contains(&took), "seed {seed}: {took}");
    }
}

#[test]
fn nothing_is_lost_by_a_switch_over_and_much_by_a_promotion_that_comes_too_soon() {
    // Whatever luck it has, the replica is there after 34 minutes.
    let home = |verb: &str, at: &str| {
        let step = format!("{at}: {verb} replica/orders-home");
        Records::of(&world(&["10m: create replica/orders-home", &step], &[]), 3)
    };
    let there = became(&home("promote", "70m"), "orders-home", DatabaseInstanceState::Replica)[0];
    let soon = format!("{}ms", (there * 1000.0).ceil() + 1.0);
    let lost = |records: &Records| {
        let points = points(records);
        assert_eq!(points.len(), 2, "there and back");
        (points[1].commits_lost, points[1].rpo)
    };
    assert_eq!(lost(&home("switch-over", &soon)), (0, SimDuration::ZERO));
    let (commits, rpo) = lost(&home("promote", &soon));
    // It has begun a moment ago to work off all that was written since the copy began.
    assert!(commits > 1000 && rpo > SimDuration::from_secs(514), "{commits} in {rpo}");
    let (_, later) = lost(&home("promote", "70m"));
    assert!(later < SimDuration::from_secs(2), "by then it follows: {later}");
}

#[test]
fn writes_stop_while_the_database_is_switched_over_and_go_on_at_home() {
    let records = Records::of(
        &world(&["10m: create replica/orders-home", "60m: switch-over replica/orders-home"], &[]),
        1,
    );
    let home = became(&records, "orders-home", DatabaseInstanceState::Writer);
    assert_eq!((home.len(), tried(&records, Action::SwitchOver)), (1, vec![None]));
    assert_eq!(became(&records, "orders-west", DatabaseInstanceState::Abandoned), [3600.0]);
    let ends = records.times(|record| matches!(record, Record::FailoverFinished { .. }));
    assert!(ends.len() == 2 && ends[1] > home[0] && home[0] > 3600.0 + 60.0, "{ends:?} {home:?}");
}

#[test]
fn what_a_takeover_lost_is_written_again_from_the_old_volume_once_that_has_power() {
    let again =
        ["4m: reconcile database/orders", "20m: reconcile database/orders", "21m: reconcile database/orders"];
    let records = Records::of(&world(&again, &[]), 1);
    let refusals = [Some(Refusal::Recovering), None, Some(Refusal::NothingLost)];
    assert_eq!(tried(&records, Action::Reconcile), refusals);
    let lost = points(&records)[0].commits_lost;
    let found = records.0.iter().find_map(|stamped| match stamped.record {
        Record::CommitsReconciled { commits, .. } => Some(commits),
        _ => None,
    });
    assert!(lost > 0 && found == Some(lost), "{lost} lost, {found:?} found");
    let document = records.document();
    assert_eq!((document.databases[0].reconciled, document.databases[0].commits.acked_lost), (lost, lost));
    // While the region is dark nobody gets at its volumes.
    let dark = Records::of(&world(&["20m: reconcile database/orders"], &["faults.east-dark.lasts=70m"]), 1);
    assert_eq!(tried(&dark, Action::Reconcile), [Some(Refusal::NoPower)]);
}

#[test]
fn a_replica_that_is_lost_while_it_is_made_has_to_be_made_once_more() {
    let steps = [
        "10m: create replica/orders-home",
        "12m: create replica/orders-home",
        "14m: create replica/orders-home",
        "40m: create replica/orders-home",
    ];
    let again = r#"faults=[
        RegionPowerLoss(name: "east-dark", region: "us-east-1", at: "60s", lasts: "5m"),
        ZonePowerLoss(name: "second", zone: "e2", at: "13m", lasts: "10m"),
    ]"#;
    let records = Records::of(&world(&steps, &[again]), 2);
    let refusals = [None, Some(Refusal::AlreadyThere), Some(Refusal::NoPower), None];
    assert_eq!(tried(&records, Action::Create), refusals);
    let there = became(&records, "orders-home", DatabaseInstanceState::Replica);
    assert!(there.len() == 1 && there[0] > 40.0 * 60.0 + 500.0, "{there:?}");
}

/// A second failure on the way back: the only instance that takes writes is lost before there is another one.
#[test]
fn nobody_takes_over_if_the_other_region_is_lost_before_the_replica_is_there() {
    let second = r#"faults=[
        RegionPowerLoss(name: "east-dark", region: "us-east-1", at: "60s", lasts: "5m"),
        ZonePowerLoss(name: "second", zone: "w1", at: "13m"),
    ]"#;
    let steps = ["10m: create replica/orders-home", "60m: switch-over replica/orders-home"];
    let records = Records::of(&world(&steps, &[second]), 1);
    assert_eq!(tried(&records, Action::SwitchOver), [Some(Refusal::Recovering)]);
    assert!(became(&records, "orders-home", DatabaseInstanceState::Writer).is_empty());
}

//! Tables in two regions: what they do to each other's writes, what is lost with one, and what strong consistency takes.

#![expect(clippy::cast_precision_loss, reason = "shares of some thousand writes")]

mod support;

use cloudsim::{Cell, Kind, pause};
use cloudsim_measures::{RunDocument, TableMeasures};
use cloudsim_records::{Cause, EntityKind, Outcome, Record, RecoveryPoint, RequestFinished};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::math::exp;
use cloudsim_units::{SimDuration, SimTime};
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{Records, Samples, plan, seconds, secs};

const TABLES: &str = include_str!("tables.ron");

/// With a witness in the third region.
const STRONG: &str = "tables.sessions.consistency=Strong(witness: \"us-east-2\")";

/// East without power from the sixtieth second on.
const EAST_IS_LOST: &str = "faults=[RegionPowerLoss(region: \"us-east-1\", at: \"60s\")]";

/// Nobody writes in the west.
const EAST_ALONE: &str = "traffic.westerners.mix={\"put-west\": 0, \"put-east\": 1}";

fn world(set: &[&str]) -> Plan {
    plan(TABLES, set)
}

fn sessions(run: &RunDocument) -> &TableMeasures {
    &run.tables[0]
}

/// Acknowledged writes: kept, lost with a region, overwritten, on their way.
fn acked(run: &RunDocument) -> [u64; 4] {
    let TableMeasures { data, overwritten, open } = sessions(run);
    [data.commits.acked_kept, data.commits.acked_lost, *overwritten, *open]
}

fn points(records: &Records) -> Vec<RecoveryPoint> {
    let point = |record: &Record| match record {
        Record::RecoveryPointChosen(point) => Some((**point).clone()),
        _ => None,
    };
    records.0.iter().filter_map(|stamped| point(&stamped.record)).collect()
}

/// How the requests ended, and when, by their numbers.
fn ends(records: &Records) -> BTreeMap<u64, (SimTime, RequestFinished)> {
    let ended = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) if request.outcome != Outcome::Unfinished => {
            Some((request.request, (stamped.at, *request)))
        }
        _ => None,
    });
    ended.collect()
}

fn good(records: &Records) -> u64 {
    ends(records).values().filter(|(_, request)| request.outcome == Outcome::Ok).count() as u64
}

/// Each item is written by each region at a rate of x a lag. A write of one region, at 0, is overwritten if the other writes
/// the same item within a lag, first after s, and if nobody writes on top of it before that write is there, after s and a
/// lag: the integral over s up to a lag of x exp(-x s) exp(-x (s + 1)), in lags, which is exp(-x) (1 - exp(-2 x)) / 2.
#[test]
fn two_regions_overwrite_each_other_as_often_as_poisson_says() {
    for (items, x) in [(100, 0.5_f64), (500, 0.1), (25, 2.0)] {
        let plan = world(&["duration=200s", &format!("tables.sessions.items={items}")]);
        let samples = Samples::over(0..5, |seed| {
            let [kept, lost, overwritten, _] = acked(&Records::of(&plan, seed).document());
            assert_eq!(lost, 0);
            overwritten as f64 / (kept + overwritten) as f64
        });
        let expected = exp(-x) * (1.0 - exp(-2.0 * x)) / 2.0;
        // Of 100,000 writes; writes of one item depend on each other, which is taken to double the deviation at most.
        let error = 4.0 * 2.0 * (expected * (1.0 - expected) / 100_000.0).sqrt();
        assert!((samples.mean() - expected).abs() < error, "{items}: {} of {expected}", samples.mean());
    }
}

/// What one region alone writes is never overwritten, whatever the order in which it arrives.
#[test]
fn a_region_overwrites_nothing_of_its_own() {
    let plan = world(&[EAST_ALONE, "tables.sessions.items=1", "tables.sessions.lag=Exponential(\"1s\")"]);
    let [_, lost, overwritten, _] = acked(&Records::of(&plan, 1).document());
    assert_eq!([lost, overwritten], [0, 0]);
}

/// A hundred writes a second arrive after up to 2 s, uniformly. As in a queue with as many servers as it takes, the number on
/// their way is Poisson distributed with a mean of 100 times 1 s. None of them is older than a with probability
/// exp(-100 (2 - a)^2 / 4): 2 minus the age of the oldest is Rayleigh distributed with a scale of sqrt(2 / 100), so the age
/// is 2 - 0.1414 sqrt(pi / 2) = 1.823 s in the mean with a deviation of 0.1414 sqrt(2 - pi / 2) = 0.093 s. From there the
/// recovery point counts back to the write before it, and from the newest: both are 10 ms in the mean, and cancel out.
#[test]
fn with_a_region_goes_what_is_on_its_way() {
    let plan = world(&[EAST_IS_LOST, EAST_ALONE, "tables.sessions.lag=Uniform(\"0s\", \"2s\")"]);
    let points: Vec<RecoveryPoint> = (0..100)
        .map(|seed| {
            let records = Records::of(&plan, seed);
            let [point] = &points(&records)[..] else { panic!("west goes on") };
            let run = records.document();
            assert_eq!(
                (point.commits_lost, point.rpo),
                (acked(&run)[1], sessions(&run).data.failovers[0].rpo)
            );
            point.clone()
        })
        .collect();
    let lost = Samples(points.iter().map(|point| point.commits_lost as f64).collect());
    lost.agree("lost writes", (50.0, 150.0), 100.0, 10.0);
    let rpo = Samples(points.iter().map(|point| secs(point.rpo)).collect());
    rpo.agree("RPO", (1.0, 2.1), 1.823, 0.095);
}

/// The longer the lag the more is lost: of a fixed one all of it, to within two gaps of 20 ms in the mean.
#[test]
fn an_objective_limits_what_a_table_loses() {
    let objective = |limit: &str| format!("objectives=[Rpo(database: \"sessions\", at_most: \"{limit}\")]");
    let met = |set: &[&str]| {
        let run = Records::of(&world(set), 1).document();
        (run.objectives[0].conclusive, run.objectives[0].met)
    };
    assert_eq!(met(&[EAST_IS_LOST, &objective("1200ms")]), (true, true));
    assert_eq!(met(&[EAST_IS_LOST, &objective("800ms")]), (true, false));
    assert_eq!(met(&[EAST_IS_LOST, STRONG, &objective("0s")]), (true, true));
    let single = "tables.sessions.regions=[\"us-east-1\"]";
    let west = "traffic.westerners.mix={\"put-east\": 1}";
    let reads = "classes.put-west.handlers=[(at: \"west-web\", work: Constant(\"1ms\"))]";
    assert_eq!(met(&[EAST_IS_LOST, single, west, reads, &objective("9s")]), (false, false), "nobody knows");
}

/// East returns after ten seconds with its second of writes. West has written a hundred items five hundred times meanwhile, so
/// that most of what is delivered is older than what is there.
#[test]
fn what_was_missing_comes_back_and_newer_versions_win() {
    let returns =
        "faults=[RegionPowerLoss(region: \"us-east-1\", at: \"60s\", lasts: \"10s\", return_apart: \"0s\")]";
    for seed in 0..5 {
        let records = Records::of(&world(&[returns]), seed);
        let [point] = &points(&records)[..] else { panic!("west goes on") };
        let [_, lost, ..] = acked(&records.document());
        assert!(lost > 0 && lost < point.commits_lost, "{lost} of {}", point.commits_lost);
        let up = records.times(|record| matches!(record, Record::TableReplicaChanged { up: true, .. }));
        assert_eq!(up, [70.0]);
    }
}

/// What is under way in the zone is not answered; a second later no server that is left hears that a table is not there.
#[test]
fn a_table_outlives_a_zone() {
    let records = Records::of(&world(&["faults=[ZonePowerLoss(zone: \"e1\", at: \"60s\")]"]), 1);
    assert!(points(&records).is_empty());
    let of_table =
        |cause| matches!(cause, Cause::DatabaseUnreachable | Cause::DatabaseRefused | Cause::DatabaseSlow);
    let later: Vec<_> = ends(&records).into_values().filter(|(at, _)| seconds(*at) > 61.1).collect();
    assert!(later.len() > 1_000 && !later.iter().any(|(_, request)| of_table(request.cause)));
    assert_eq!(acked(&records.document())[1], 0);
}

/// The same requests with the same luck, once with an answer of the own region and once with another's: a write of east waits
/// for the third region, 12 ms away and back, one of west for 50 ms. So does a read.
#[test]
fn strong_consistency_takes_a_round_trip_to_the_nearest_region() {
    let mixes = ["duration=20s", "traffic.easterners.mix={\"put-east\": 1, \"get-east\": 1}"];
    let own = ends(&Records::of(&world(&mixes), 1));
    let replicas = "tables.sessions.regions=[\"us-east-1\", \"us-west-2\", \"us-east-2\"]";
    let all_three = [&mixes[..], &[replicas, "tables.sessions.consistency=Strong()"]].concat();
    for strong in [[&mixes[..], &[STRONG]].concat(), all_three] {
        let records = Records::of(&world(&strong), 1);
        let asked = ends(&records);
        let classes = &records.started().classes;
        let mut compared = [0; 3];
        for (number, (at, request)) in &own {
            let Some((later, _)) = asked.get(number) else { continue };
            let class = usize::from(request.class);
            let expected = if classes[class] == "put-west" { 50 } else { 12 };
            assert_eq!(later.since(*at), SimDuration::from_millis(expected), "{}", classes[class]);
            compared[class] += 1;
        }
        assert!(compared.iter().all(|count| *count > 300), "{compared:?}");
    }
}

#[test]
fn a_strong_table_loses_nothing_and_refuses_when_two_regions_are_gone() {
    let plan = world(&[STRONG, "faults=[
        RegionPowerLoss(region: \"us-west-2\", at: \"40s\"), RegionPowerLoss(region: \"us-east-2\", at: \"60s\"),
    ]"]);
    for seed in 0..5 {
        let records = Records::of(&plan, seed);
        let [point] = &points(&records)[..] else { panic!("two are a majority, one is none") };
        assert_eq!((point.commits_lost, point.rpo), (0, SimDuration::ZERO));
        assert_eq!(acked(&records.document())[1..], [0, 0, 0]);
        let of_east = |class: u16| records.started().classes[usize::from(class)] == "put-east";
        for (at, request) in ends(&records).into_values().filter(|(_, request)| of_east(request.class)) {
            // What had asked the region that died waits for it for its second.
            let expected = if seconds(at) < 60.0 {
                (Outcome::Ok, Cause::None)
            } else {
                (Outcome::Error, Cause::DatabaseRefused)
            };
            let close = (60.0..61.1).contains(&seconds(at));
            assert!(close || (request.outcome, request.cause) == expected, "{at}: {request:?}");
        }
        assert!(records.document().tables[0].data.undecided);
    }
}

#[test]
fn each_region_pays_for_writes_and_storage_and_the_way_between_them() {
    let run =
        Records::of(&world(&["traffic.easterners.mix={\"put-east\": 1, \"get-east\": 1}"]), 1).document();
    let line = |what: &str| {
        let item = run.cost.items.iter().find(|item| item.what == what).expect("it is paid for");
        item.quantity_milli
    };
    assert_eq!(line("sessions storage"), 20_000);
    // 2,628,000 seconds of 75 writes in two regions, and of 25 reads that take half a unit.
    let near = |what: &str, expected: f64| {
        let found = line(what) as f64 / 1000.0;
        assert!((found / expected - 1.0).abs() < 0.05, "{what}: {found}, not {expected}");
    };
    near("sessions writes", 2.628 * 150.0);
    near("sessions reads", 2.628 * 12.5);
    near("data between regions", 2_628_000.0 * 75.0 * 1024.0 / 1e9);
}

#[test]
fn a_paused_world_tells_what_stands_in_a_table() {
    let plan = world(&[EAST_IS_LOST]);
    let paused = pause(&plan, 1, SimDuration::from_secs(61), |_| false);
    let table = paused.table(Kind::of("ddb").expect("tables are a kind"));
    let [row] = &table.rows[..] else { panic!("there is one table") };
    let regions = [("us-east-1", "Lost"), ("us-west-2", "Up")];
    let regions = regions.map(|(name, state)| (name.to_owned(), Cell::from(state)));
    assert_eq!(row[..3], [Cell::from("sessions"), Cell::from("Eventual"), Cell::Pairs(regions.to_vec())]);
}

#[test]
fn a_service_depends_on_the_tables_that_it_calls() {
    let records = Records::of(&world(&["duration=1s"]), 1);
    let table = records.entity(EntityKind::Table, "sessions").id;
    assert!(records.started().services.iter().all(|service| service.depends_on.contains(&table)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Every acknowledged write is kept, lost, overwritten or on its way. Whoever got a good answer had one acknowledged.
    #[test]
    fn whatever_breaks_each_acknowledged_write_is_in_one_class(
        seed in 0_u64..1_000,
        strong: bool,
        lasts in 1_u64..40,
        region in 0_usize..3,
        zone in 0_usize..5,
    ) {
        let region = ["us-east-1", "us-west-2", "us-east-2"][region];
        let zone = ["e1", "e2", "w1", "w2", "m1"][zone];
        let faults = format!(
            "faults=[RegionPowerLoss(region: \"{region}\", at: \"20s\", lasts: \"{lasts}s\"),
                ZonePowerLoss(zone: \"{zone}\", at: \"35s\", lasts: \"{lasts}s\")]"
        );
        let mut set = vec!["duration=60s", "tables.sessions.lag=Exponential(\"1s\")", &faults];
        set.extend(strong.then_some(STRONG));
        let records = Records::of(&world(&set), seed);
        let all = acked(&records.document());
        let sum: u64 = all.iter().sum();
        let arrived = ends(&records).len() as u64;
        prop_assert!((good(&records)..=arrived + 100).contains(&sum), "{all:?}");
        if strong {
            prop_assert_eq!(all[2], 0);
            for point in points(&records) {
                prop_assert_eq!(point.commits_lost, 0);
            }
        }
    }
}

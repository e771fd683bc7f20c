//! What stands in a second region, and who acts: the more, the sooner users are served again, and the dearer.

mod support;

use cloudsim_measures::RunDocument;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{NanoUsd, SimDuration};
use support::Records;

const STRATEGIES: [&str; 5] = ["dr-cold", "dr-pilot-light", "dr-warm", "dr-hot-passive", "dr-hot-active"];

/// A scenario with few users.
fn plan(scenario: &str, set: &[&str]) -> Plan {
    let set = ["traffic.visitors.rate=10/s"].iter().chain(set).map(|set| (*set).to_owned()).collect();
    match load(&MemoryFiles::default(), scenario, &Overrides { set, ..Overrides::default() }) {
        Ok(loaded) => loaded.plan,
        Err(problems) => panic!("{problems}"),
    }
}

fn ran(scenario: &str, seed: u64, set: &[&str]) -> RunDocument {
    Records::of(&plan(scenario, set), seed).document()
}

/// How long a service was away.
fn rto(document: &RunDocument, service: &str) -> SimDuration {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    service.outages.first().map_or(SimDuration::ZERO, |outage| outage.rto().expect("it is restored"))
}

/// What was lost of what users had written.
fn rpo(document: &RunDocument) -> SimDuration {
    let data = document.databases.iter().chain(document.tables.iter().map(|table| &table.data));
    data.flat_map(|data| &data.failovers).map(|failover| failover.rpo).max().unwrap_or(SimDuration::ZERO)
}

fn monthly(document: &RunDocument) -> NanoUsd {
    document.cost.items.iter().map(|item| item.usd).sum()
}

#[test]
fn the_more_stands_in_the_second_region_the_sooner_users_are_served_and_the_dearer_it_is() {
    for seed in 1..=3 {
        let [cold, pilot, warm, hot, active] = STRATEGIES.map(|scenario| ran(scenario, seed, &[]));
        let away = |service| [&cold, &pilot, &warm, &hot, &active].map(|of| rto(of, service));
        let minutes = SimDuration::from_mins;
        // People take a quarter of an hour at least, whatever has to be done after.
        let auth = away("auth");
        assert!(auth[0] > minutes(15) && auth[1] > minutes(15) && auth[1] > auth[2], "seed {seed}: {auth:?}");
        assert!(auth[3] < minutes(5) && auth[4] < SimDuration::from_secs(10), "seed {seed}: {auth:?}");
        // Where nobody has to be asked, whoever writes to a database waits for the same promotion, and nobody for one of a table.
        let orders = away("orders");
        assert!(
            orders[1] > orders[2] && orders[1] > orders[3] && orders[3] > orders[4],
            "seed {seed}: {orders:?}"
        );
        let cost = [&cold, &pilot, &warm, &hot, &active].map(monthly);
        assert!(cost.is_sorted_by(|one, next| one < next), "seed {seed}: {cost:?}");
        // A snapshot is up to a day old, what a replica has not heard of some seconds, and a table that asks both loses nothing.
        let lost = [&cold, &pilot, &warm, &hot, &active].map(rpo);
        assert!(lost[0] > minutes(10) && lost[0] < minutes(25 * 60), "seed {seed}: {lost:?}");
        assert!(lost[1..4].iter().all(|of| *of < SimDuration::from_secs(5)), "seed {seed}: {lost:?}");
        assert_eq!(lost[4], SimDuration::ZERO, "seed {seed}");
    }
}

/// Nothing but the decision changes, so that all that follows it is as much sooner. An outage ends with a second in which users
/// are served, of which there is one as soon as some try.
#[test]
fn people_who_need_not_decide_are_sooner_by_exactly_that_time() {
    let decide = |span: &str| {
        ["critical", "others"].map(|half| format!("runbooks.{half}-to-the-west.decide=Constant(\"{span}\")"))
    };
    for scenario in ["dr-cold", "dr-pilot-light"] {
        let [slow, fast] = ["20m", "0s"].map(|span| {
            let [critical, others] = decide(span);
            ran(scenario, 4, &[&critical, &others])
        });
        for service in ["orders", "reviews"] {
            let longer = rto(&slow, service).saturating_sub(rto(&fast, service));
            let apart = longer.as_nanos().abs_diff(SimDuration::from_mins(20).as_nanos());
            assert!(apart <= SimDuration::from_secs(10).as_nanos(), "{scenario}: {service} {longer}");
        }
    }
}

#[test]
fn a_program_that_neither_notices_nor_decides_is_delayed_by_a_decision_that_it_is_given() {
    let given = "runbooks.critical-to-the-west.decide=Constant(\"20m\")";
    let [slow, fast] = [&[given][..], &[]].map(|set| ran("dr-warm", 4, set));
    let longer = rto(&slow, "orders").saturating_sub(rto(&fast, "orders"));
    let apart = longer.as_nanos().abs_diff(SimDuration::from_mins(20).as_nanos());
    assert!(apart <= SimDuration::from_secs(10).as_nanos(), "{longer}");
}

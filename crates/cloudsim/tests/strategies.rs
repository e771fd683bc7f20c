//! What stands in a second region, and who acts: the more, the sooner users are served again, and the dearer.

mod support;

use cloudsim_measures::RunDocument;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{NanoUsd, SimDuration};
use support::Records;

const STRATEGIES: [(&str, &str); 3] = [
    ("pilot-light.ron", include_str!("strategies/pilot-light.ron")),
    ("warm.ron", include_str!("strategies/warm.ron")),
    ("hot-passive.ron", include_str!("strategies/hot-passive.ron")),
];

fn plan(strategy: usize, set: &[&str]) -> Plan {
    let (name, text) = STRATEGIES[strategy];
    let files =
        MemoryFiles::from([("two-regions.ron", include_str!("strategies/two-regions.ron")), (name, text)]);
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    match load(&files, name, &Overrides { set, ..Overrides::default() }) {
        Ok(loaded) => loaded.plan,
        Err(problems) => panic!("{problems}"),
    }
}

/// How long a service was away.
fn rto(document: &RunDocument, service: &str) -> SimDuration {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    service.outages[0].rto().expect("it is restored")
}

fn monthly(document: &RunDocument) -> NanoUsd {
    document.cost.items.iter().map(|item| item.usd).sum()
}

#[test]
fn the_more_stands_in_the_second_region_the_sooner_users_are_served_and_the_dearer_it_is() {
    for seed in 1..=3 {
        let [pilot, warm, hot] =
            [0, 1, 2].map(|strategy| Records::of(&plan(strategy, &["duration=80m"]), seed).document());
        let catalogue = [&pilot, &warm, &hot].map(|of| rto(of, "catalogue"));
        assert!(catalogue[0] > catalogue[1] && catalogue[1] >= catalogue[2], "seed {seed}: {catalogue:?}");
        // Writes wait for the same promotion, before which people have to decide.
        let orders = [&pilot, &warm, &hot].map(|of| rto(of, "orders"));
        assert!(orders[0] > orders[1] && orders[1] >= orders[2], "seed {seed}: {orders:?}");
        let cost = [&pilot, &warm, &hot].map(monthly);
        assert!(cost[0] < cost[1] && cost[1] < cost[2], "seed {seed}: {cost:?}");
        // What is lost is what the replica had not heard of yet, whoever acts.
        for document in [&pilot, &warm, &hot] {
            let rpo = document.databases[0].failovers[0].rpo;
            assert!(rpo < SimDuration::from_secs(5), "seed {seed}: {rpo}");
        }
    }
}

#[test]
fn people_who_need_not_decide_are_sooner_by_that_time() {
    let at_once = "runbooks.to-the-west.decide=Constant(\"0s\")";
    let decided = "runbooks.to-the-west.decide=Constant(\"20m\")";
    let [slow, fast] =
        [decided, at_once].map(|set| Records::of(&plan(0, &["duration=80m", set]), 4).document());
    let longer = rto(&slow, "catalogue").saturating_sub(rto(&fast, "catalogue"));
    // The first good second begins when a request is answered, within some seconds.
    assert!(longer.as_nanos().abs_diff(20 * 60 * 1_000_000_000) <= 15_000_000_000, "{longer}");
}

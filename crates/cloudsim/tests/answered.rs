//! How near what would be answered is to what requests measure, in the scenarios that ship.

mod support;

use cloudsim::answered;
use cloudsim_measures::Measures;
use cloudsim_records::Digest;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::SimTime;
use support::Records;

fn plan(name: &str, set: &[&str]) -> Plan {
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    load(&MemoryFiles::default(), name, &Overrides { set, ..Overrides::default() }).expect("it is right").plan
}

/// For each service or workload the seconds that are lost by state, and those that are by what was measured.
fn lost(plan: &Plan, seed: u64) -> Vec<(String, f64, f64)> {
    let records = Records::of(plan, seed);
    let (mut measures, digest) = (Measures::new(), Digest::new());
    for stamped in &records.0 {
        measures.observe(stamped.at, stamped.number, &stamped.record);
    }
    let reached = records.0.last().expect("a run has records").at;
    let document = measures.finish(reached, false, digest.finish(), "test");
    let from = SimTime::ZERO + plan.warm_up;
    let by_state = answered(plan, seed, |_| false);
    by_state
        .services
        .iter()
        .map(|service| {
            let of =
                document.services_and_workloads().find(|of| of.name == service.name).expect("both know it");
            let (good, whole) = of.uptime.unwrap_or((of.good, of.requests));
            let span = reached.since(from).as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "counts of a short run")]
            let requested = (whole - good) as f64 / whole as f64 * span;
            (service.name.clone(), service.lost(from, reached).as_secs_f64(), requested)
        })
        .collect()
}

/// The difference is no more than so many seconds.
fn assert_near(name: &str, set: &[&str], seconds: f64) {
    let plan = plan(name, set);
    for (service, by_state, measured) in lost(&plan, plan.seed) {
        assert!(
            (by_state - measured).abs() <= seconds,
            "{name}: {service} {by_state} s by state, {measured} s measured"
        );
    }
}

const FEWER: &str = "traffic.visitors.rate=100/s";

#[test]
fn the_loss_of_a_zone_costs_as_much_by_state_as_by_requests() {
    assert_near("az-a-outage.ron", &[FEWER], 10.0);
}

/// Servers go on asking the old address for as long as they keep it: seconds, and some a minute.
#[test]
fn a_failover_costs_as_much_by_state_as_by_requests() {
    assert_near("rds-failover.ron", &[FEWER], 10.0);
}

#[test]
fn the_loss_of_a_gateway_costs_as_much_by_state_as_by_requests() {
    assert_near("nat-a-loss.ron", &[FEWER], 5.0);
}

#[test]
fn workloads_without_requests_are_measured_by_their_state_anyway() {
    assert_near("k8s-whole-zone.ron", &[], 1e-6);
}

#[test]
fn nothing_is_lost_on_a_quiet_day() {
    let plan = plan("quiet-day.ron", &[]);
    for service in answered(&plan, plan.seed, |_| false).services {
        assert_eq!(
            service.lost(SimTime::ZERO, SimTime::ZERO + plan.duration).as_nanos(),
            0,
            "{}",
            service.name
        );
    }
}

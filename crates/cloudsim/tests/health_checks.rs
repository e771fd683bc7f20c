//! How long load balancers send requests to targets that died, came back or are new: 200 seeds against the rules.
//!
//! The rules (ALB-01 to ALB-04 of the User Guide for Application Load Balancers): every node probes every target each
//! `I` = 30 s with a phase of its own, uniform in the interval; a probe that nobody answers fails after `T` = 5 s, a refused
//! one at once; 2 failures in a row take a target out, 5 passes bring it back, 1 pass is enough for a new one.

mod support;

use cloudsim_records::{EntityKind, InstanceState, Record, TargetHealth};
use support::{Micro, Records, Samples, seconds};

const SEEDS: std::ops::Range<u64> = 0..200;

/// The instants at which the two nodes changed their minds about `target` to a state for which `to` is true.
fn flips(records: &Records, name: &str, to: fn(TargetHealth) -> bool) -> Vec<f64> {
    let wanted = records.entity(EntityKind::Instance, name).id;
    records.times(|record| {
        matches!(record, Record::TargetHealthChanged { target, health, .. } if *target == wanted && to(*health))
    })
}

fn unhealthy(health: TargetHealth) -> bool {
    matches!(health, TargetHealth::UnhealthyTimeout | TargetHealth::UnhealthyRefused)
}

fn healthy(health: TargetHealth) -> bool {
    health == TargetHealth::Healthy
}

/// The arrival of the last request that was sent to a server, in seconds. Requests arrive every 10 ms.
fn last_request(records: &Records, name: &str, before: f64) -> f64 {
    let server = records.entity(EntityKind::Instance, name).id;
    records
        .0
        .iter()
        .filter_map(|stamped| match &stamped.record {
            Record::RequestFinished(request) if request.hops.contains(&Some(server)) => {
                Some(seconds(request.arrived))
            }
            _ => None,
        })
        .filter(|arrived| *arrived < before)
        .fold(0.0, f64::max)
}

fn micro(faults: &'static str, duration: &'static str) -> Micro {
    // One try per client, so that each request shows one choice of the load balancer.
    Micro { duration, servers: 4, rate: "100/s", class: "read", faults, set: &["clients.user.tries=1"] }
}

#[test]
fn a_dead_target_gets_no_more_traffic_after_one_to_two_intervals_and_a_timeout() {
    // A node's first failing probe starts U after the death, U uniform in [0, I); the second I later, and its failure is
    // known T after that: U + 35 s. Two nodes are done at the larger of two: 35 + 30 * 2/3 = 55 s in the mean, with a
    // deviation of 30 * sqrt(1/18) = 7.07 s.
    let plan = micro(r#"HostDeath(instance: "server-1", at: "60s")"#, "140s").plan();
    let mut last_traffic = Vec::new();
    let all = Samples::over(SEEDS, |seed| {
        let records = Records::of(&plan, seed);
        let flips = flips(&records, "server-1", unhealthy);
        assert_eq!(flips.len(), 2, "each node takes it out once");
        last_traffic.push(last_request(&records, "server-1", f64::MAX) - 60.0);
        flips[1] - 60.0
    });
    all.agree("until both nodes have taken it out", (35.0, 65.0), 55.0, 7.07);
    for (flip, traffic) in all.0.iter().zip(&last_traffic) {
        // After the last flip nothing is sent; before it, each node sends a target of 4 a request every 80 ms or so.
        assert!(*traffic < *flip && *traffic > flip - 2.0, "traffic until {traffic}, taken out at {flip}");
    }
}

#[test]
fn a_refusing_target_is_found_out_one_timeout_earlier() {
    // As above without T: U + 30 s per node, the larger of two is 50 s in the mean.
    let plan = micro(r#"ProcessDeath(instance: "server-1", at: "60s")"#, "140s").plan();
    let all = Samples::over(SEEDS, |seed| flips(&Records::of(&plan, seed), "server-1", unhealthy)[1] - 60.0);
    all.agree("until both nodes have taken it out", (30.0, 60.0), 50.0, 7.07);
}

#[test]
fn a_recovered_target_gets_traffic_after_five_passes() {
    // The first pass comes U after the process answers, the fifth 4 intervals later: U + 120 s per node. The first node to
    // bring it back is the smaller of two: 120 + 30/3 = 130 s, the last 140 s, with a deviation of 7.07 s each.
    let plan = micro(r#"ProcessDeath(instance: "server-1", at: "60s", lasts: "100s")"#, "340s").plan();
    let mut last = Vec::new();
    let first = Samples::over(SEEDS, |seed| {
        let records = Records::of(&plan, seed);
        let running = records.times(|record| {
            matches!(record, Record::InstanceStateChanged { state: InstanceState::Running, .. })
        });
        let back: Vec<f64> =
            flips(&records, "server-1", healthy).iter().map(|flip| flip - running[0]).collect();
        last.push(back[1]);
        back[0]
    });
    first.agree("until the first node sends again", (120.0, 150.0), 130.0, 7.07);
    Samples(last).agree("until both nodes send again", (120.0, 150.0), 140.0, 7.07);
}

#[test]
fn a_new_target_gets_traffic_after_one_pass() {
    // The host is dead for good, so the group launches another, whose process answers at once. Its first probe comes within
    // one interval of its registration: the smaller of two is 10 s in the mean, the larger 20 s.
    let death = micro(r#"HostDeath(instance: "server-1", at: "10s")"#, "600s");
    let set = &["clients.user.tries=1", r#"auto_scaling_groups.web.server.start=Constant("0s")"#];
    let plan = Micro { set, ..death }.plan();
    let mut last = Vec::new();
    let first = Samples::over(0..100, |seed| {
        let records = Records::of(&plan, seed);
        let registered = records.times(|record| matches!(record, Record::TargetRegistered { .. }));
        let passed: Vec<f64> =
            flips(&records, "server-5", healthy).iter().map(|flip| flip - registered[0]).collect();
        last.push(passed[1]);
        passed[0]
    });
    first.agree("until the first node sends", (0.0, 30.0), 10.0, 7.07);
    Samples(last).agree("until both nodes send", (0.0, 30.0), 20.0, 7.07);
}

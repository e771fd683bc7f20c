//! How long clients use an address that DNS no longer lists: 200 seeds against the rules.
//!
//! The rules: an answer may be kept for the TTL, 60 s for a load balancer's name (ALB-12); resolvers asked at random times
//! before, so that the age of their answers is uniform; some keep answers longer (R53-21).

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a few thousand requests"
)]

mod support;

use cloudsim_records::Record;
use cloudsim_units::math::ln;
use support::{Micro, Records, seconds};

/// How many requests that arrived in each quarter minute after the withdrawal tried the dead node first, and how many
/// requests there were. A request that does takes a second longer, its client's connect timeout.
fn tries_of_the_dead(records: &Records) -> [(u64, u64); 48] {
    let withdrawn = records
        .times(|record| matches!(record, Record::DnsAnswerChanged { listed: false, .. }))
        .first()
        .copied()
        .expect("AWS withdraws the dead node");
    let mut quarters = [(0, 0); 48];
    for stamped in &records.0 {
        if let Record::RequestFinished(request) = &stamped.record {
            let after = seconds(request.arrived) - withdrawn;
            let quarter = (after / 15.0).floor();
            if after >= 0.0 && quarter < 48.0 {
                let took = stamped.at.since(request.arrived).as_secs_f64();
                let quarter = &mut quarters[quarter as usize];
                quarter.0 += u64::from(took > 1.0);
                quarter.1 += 1;
            }
        }
    }
    quarters
}

fn micro(set: &'static [&'static str]) -> Micro {
    Micro {
        duration: "1020s",
        servers: 4,
        rate: "5/s",
        class: "read",
        // The servers of y alone carry the load; only the node of x is of interest, until after the last quarter minute.
        faults: r#"ZonePowerLoss(zone: "x", at: "1s")"#,
        set,
    }
}

/// The shares of all seeds taken together.
fn shares(micro: &Micro) -> Vec<f64> {
    let plan = micro.plan();
    let mut sums = [(0_u64, 0_u64); 48];
    for seed in 0..200 {
        for (sum, quarter) in sums.iter_mut().zip(tries_of_the_dead(&Records::of(&plan, seed))) {
            sum.0 += quarter.0;
            sum.1 += quarter.1;
        }
    }
    sums.iter().map(|(dead, all)| *dead as f64 / (*all).max(1) as f64).collect()
}

#[test]
fn honest_resolvers_leave_a_withdrawn_address_within_one_ttl() {
    // The share of resolvers with an old answer falls from 1 to 0 over 60 s; half of their clients try the dead address
    // first. Means of the four quarters: 0.5 * (7/8, 5/8, 3/8, 1/8). Each resolver is asked every 2 s, so of the 62 s from
    // one renewal to the next it remembers nothing for 2: a share of 60/62.
    let shares = shares(&micro(&[
        "target_groups.web.interval=5s",
        "target_groups.web.timeout=2s",
        "clients.user.resolvers.count=10",
    ]));
    for (quarter, expected) in [0.4375, 0.3125, 0.1875, 0.0625].into_iter().enumerate() {
        let expected = expected * 60.0 / 62.0;
        // 2000 resolvers, each old or not: a deviation of at most 0.5 * sqrt(0.25 / 2000) = 0.6 points, and the requests'
        // own choices add 0.4.
        assert!(
            (shares[quarter] - expected).abs() < 0.04,
            "quarter {quarter}: {} not {expected}",
            shares[quarter]
        );
    }
    assert!(shares[4..].iter().all(|share| *share == 0.0), "nobody after one TTL: {shares:?}");
}

#[test]
fn resolvers_that_break_ttls_keep_it_for_up_to_ten() {
    // All of them stretch the TTL by S, uniform in [1, 10]; the answer's age is uniform in S TTLs, so the share that is
    // still old after x TTLs is E[max(0, 1 - x/S)] = integral over s from max(1, x) to 10 of (1 - x/s)/9 ds.
    let share = |x: f64| {
        let from = x.max(1.0);
        ((10.0 - from) - x * (ln(10.0) - ln(from))) / 9.0
    };
    let shares = shares(&micro(&[
        "target_groups.web.interval=5s",
        "target_groups.web.timeout=2s",
        "clients.user.resolvers.count=10",
        "clients.user.resolvers.ttl_violators=100%",
    ]));
    for quarter in [0, 4, 8, 16, 32] {
        let expected = 0.5 * share((quarter as f64 + 0.5) / 4.0);
        assert!(
            (shares[quarter] - expected).abs() < 0.04,
            "quarter {quarter}: {} not {expected}",
            shares[quarter]
        );
    }
    assert!(shares[40..].iter().all(|share| *share == 0.0), "nobody after ten TTLs: {shares:?}");
}

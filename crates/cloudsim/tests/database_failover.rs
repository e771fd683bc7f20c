//! How long a database and its clients are without a writer: 200 seeds against the rules.
//!
//! The rules: a crash is noticed after U(3, 10) s, a writer that is cut off after U(10, 40) s (RDS-02), the standby recovers
//! for U(20, 60) s and replays the redo since the last checkpoint (RDS-03), is promoted, and the name follows within seconds
//! (RDS-04); clients use an address for 5 s, or 60 s (RDS-05).

mod support;

use cloudsim_records::{EntityKind, FailoverStep, Record};
use support::{Micro, Records, Samples};

fn crash() -> Micro {
    Micro {
        duration: "400s",
        servers: 4,
        rate: "40/s",
        class: "write",
        faults: r#"DatabasePrimaryCrash(database: "db", at: "60s")"#,
        set: &[],
    }
}

fn step(records: &Records, wanted: FailoverStep) -> f64 {
    records.times(|record| matches!(record, Record::FailoverStepEnded { step, .. } if *step == wanted))[0]
        - 60.0
}

#[test]
fn the_steps_of_a_failover_take_what_their_rules_say() {
    let plan = crash().plan();
    let (mut detect, mut whole) = (Vec::new(), Vec::new());
    for seed in 0..200 {
        let records = Records::of(&plan, seed);
        detect.push(step(&records, FailoverStep::Detect));
        let finished = records.times(|record| matches!(record, Record::FailoverFinished { .. }));
        assert_eq!(finished.len(), 1, "one failover");
        let name = step(&records, FailoverStep::Dns);
        assert!((finished[0] - 60.0 - name).abs() < 1e-9, "the name is the last step");
        whole.push(finished[0] - 60.0);
    }
    // Uniform between 3 and 10: mean 6.5, deviation 7 / sqrt(12) = 2.02.
    Samples(detect).agree("noticing", (3.0, 10.0), 6.5, 2.02);
    // "Typically 60 to 120 seconds" (RDS-01): the middle of the distribution is in there.
    let whole = Samples(whole);
    let (low, median, high) = (whole.quantile(0.05), whole.quantile(0.5), whole.quantile(0.95));
    assert!(low > 40.0 && (60.0..=100.0).contains(&median) && high < 135.0, "{low} {median} {high}");
}

/// A writer that lives and is cut off is noticed after U(10, 40) s (RDS-02): mean 25, deviation 30 / sqrt(12) = 8.66.
#[test]
fn a_writer_that_is_cut_off_is_noticed_later_than_one_that_is_dead() {
    let noticed = |faults| {
        let plan = Micro { duration: "110s", faults, ..crash() }.plan();
        Samples::over(0..200, |seed| step(&Records::of(&plan, seed), FailoverStep::Detect))
    };
    noticed(r#"ZonePartition(zone: "x", at: "60s")"#).agree("noticing", (10.0, 40.0), 25.0, 8.66);
    noticed(r#"ZonePowerLoss(zone: "x", at: "60s")"#).agree("noticing", (3.0, 10.0), 6.5, 2.02);
}

#[test]
fn clients_come_back_by_the_age_of_their_answers() {
    // Servers 1 to 4 are dealt the two classes alternately. After the name has changed, an honest client's answer has an
    // age uniform in 5 s, so it asks again after U(0, 5); a caching one after U(0, 60). Writes arrive ten times a second
    // at each server and end within a second, so the first success follows within about 1.2 s.
    let plan = crash().plan();
    let (mut honest, mut caching): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for seed in 0..200 {
        let records = Records::of(&plan, seed);
        let finished = step(&records, FailoverStep::Dns) + 60.0;
        let mut waits: Vec<f64> = (1..=4)
            .map(|number| {
                let wanted = records.entity(EntityKind::Instance, &format!("server-{number}")).id;
                let back = records.times(|record| {
                    matches!(record, Record::DatabaseReconnected { server, .. } if *server == wanted)
                });
                assert_eq!(back.len(), 1, "server-{number} comes back once");
                back[0] - finished
            })
            .collect();
        waits.sort_by(f64::total_cmp);
        honest.extend(waits.iter().filter(|wait| **wait <= 6.2));
        caching.extend(waits.iter().filter(|wait| **wait > 6.2));
        assert!(waits[1] <= 6.2, "two servers honour the TTL of 5 s: {waits:?}");
        assert!(waits[3] <= 61.2, "and none keeps an answer longer than 60 s: {waits:?}");
    }
    // Of the 400 caching clients, those with an age below 6.2 s are counted as honest: 1 in 10.
    assert!((330..=390).contains(&caching.len()), "{} caching clients", caching.len());
    let caching = Samples(caching);
    // Uniform between 6.2 and 60, a little later: mean 33.1 + 0.2, deviation 53.8 / sqrt(12) = 15.5.
    caching.agree("coming back after a cached answer", (6.2, 61.2), 33.4, 15.5);
}

#[test]
fn a_name_that_changes_ten_seconds_later_makes_a_failover_ten_seconds_longer() {
    let finished = |set| {
        let plan = Micro { set, ..crash() }.plan();
        Records::of(&plan, 7).times(|record| matches!(record, Record::FailoverFinished { .. }))[0]
    };
    let soon = finished(&[r#"assumptions.rds.dns_change=Constant("3s")"#]);
    let late = finished(&[r#"assumptions.rds.dns_change=Constant("13s")"#]);
    assert!((late - soon - 10.0).abs() < 1e-9, "{soon} and {late}");
}

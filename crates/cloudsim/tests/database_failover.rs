//! How long a database and its clients are without a writer: 200 seeds against the rules.
//!
//! The rules: a crash is noticed after U(3, 10) s, a writer that is cut off after U(10, 40) s (RDS-02), the standby recovers
//! for U(20, 60) s and replays the redo since the last checkpoint (RDS-03), is promoted, and the name follows within seconds
//! (RDS-04); clients use an address for 5 s, or 60 s (RDS-05).

mod support;

use cloudsim_measures::{Outage, Phase};
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

/// The one outage of a run that lasts so long.
fn outage(set: &[&str], until: f64) -> Outage {
    let duration = format!("duration={until}s");
    let plan = crash().plan_setting(&[set, &[&duration]].concat());
    let mut document = Records::of(&plan, 3).document();
    assert_eq!(document.services[0].outages.len(), 1, "{set:?} until {until}");
    document.services[0].outages.remove(0)
}

/// Whoever looks before a recovery is over sees the phases of the whole way as far as it has come, the last one unfinished.
#[test]
fn a_recovery_that_has_not_ended_is_told_as_far_as_it_has_come() {
    let lost = r#"faults=[ZonePowerLoss(name: "dark", zone: "x", at: "60s", lasts: "30s")]"#;
    let restore = [
        "databases.db.multi_az=false",
        r#"databases.db.recovery=Restore(decide: "20s")"#,
        "assumptions.ec2_instance.power_return=Constant(\"1h\")",
        lost,
    ];
    let cases: [(&[&str], &[&str]); 2] = [(&[], &["promote", "dns"]), (&restore, &["recover", "dns"])];
    for (set, wanted) in cases {
        let whole = outage(set, 3000.0);
        let secs = |phase: &Phase| (support::seconds(phase.from), support::seconds(phase.to));
        for (place, phase) in
            whole.phases.iter().enumerate().filter(|(_, of)| wanted.contains(&of.name.as_str()))
        {
            let (from, to) = secs(phase);
            let until = f64::midpoint(from, to).round();
            let cut = outage(set, until);
            let told = |phases: &[Phase]| -> Vec<(String, Option<String>)> {
                phases.iter().map(|phase| (phase.name.clone(), phase.setting.clone())).collect()
            };
            assert_eq!(told(&cut.phases), told(&whole.phases[..=place]), "{set:?} until {until}");
            let end = secs(cut.phases.last().expect("there are phases")).1;
            assert!((end - until).abs() < 1e-9, "{end}, not {until}");
        }
        let found: Vec<&str> = whole.phases.iter().map(|phase| phase.name.as_str()).collect();
        assert!(wanted.iter().all(|name| found.contains(name)), "{found:?}");
    }
}

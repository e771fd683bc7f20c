//! What people do when something has happened: when they come to it, what they wait for, and what they do when it is in vain.

mod support;

use cloudsim_measures::RunDocument;
use cloudsim_records::RunbookStage::{Acted, Decided, Effective, Failed, Finished, Noticed};
use cloudsim_records::{Record, RunbookStage};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimDuration;
use support::{Micro, Records};

/// A database without standby whose zone is lost after a minute, and its replica in the other one.
fn lost(runbooks: &str, more: &[&str]) -> Plan {
    let micro = Micro {
        duration: "15m",
        servers: 4,
        rate: "20/s",
        class: "write",
        faults: r#"ZonePowerLoss(name: "dark", zone: "x", at: "60s")"#,
        set: &[],
    };
    let replicas = r#"databases.db.replicas=[(name: "db-replica", subnet: "sy")]"#;
    let runbooks = format!("runbooks=[{runbooks}]");
    let set = ["databases.db.multi_az=false", replicas, &runbooks];
    micro.plan_setting(&[&set[..], more].concat())
}

const PROMOTE: &str = r#"(name: "move", begins: Fault("dark"), notice: Constant("20s"), decide: Constant("1m"),
    steps: [(name: "promote", action: "promote replica/db-replica", takes: Constant("10s"))])"#;

/// When what happened to runbooks, in milliseconds: their name, the stage and the step.
fn stages(records: &Records) -> Vec<(u64, String, RunbookStage, String)> {
    let name = |id| records.entities().find(|info| info.id == id).expect("it is there").name.clone();
    let of = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RunbookAdvanced(of) if of.stage != RunbookStage::Begun => {
            Some((stamped.at.as_nanos() / 1_000_000, name(of.runbook), of.stage, of.step.clone()))
        }
        _ => None,
    });
    of.collect()
}

fn rto(document: &RunDocument) -> SimDuration {
    let [outage] = &document.services[0].outages[..] else { panic!("{:?}", document.services[0].outages) };
    outage.rto().expect("it is restored")
}

#[test]
fn people_notice_decide_and_act_and_the_way_back_tells_it() {
    let document = Records::of(&lost(PROMOTE, &[]), 1).document();
    let outage = &document.services[0].outages[0];
    let phases: Vec<(&str, f64)> =
        outage.phases.iter().map(|phase| (phase.name.as_str(), support::secs(phase.span()))).collect();
    assert_eq!(phases[..3], [("notice", 20.0), ("decide", 60.0), ("act", 10.0)], "{phases:?}");
    assert!(phases.iter().any(|(name, _)| *name == "promote"), "{phases:?}");
    let settings = outage.phases[..3].iter().map(|phase| phase.setting.as_deref().expect("each has one"));
    let settings: Vec<&str> = settings.collect();
    assert_eq!(
        settings,
        ["runbooks.move.notice", "runbooks.move.decide", "runbooks.move.steps.promote.takes"]
    );
}

#[test]
fn without_the_time_to_decide_an_outage_is_shorter_by_exactly_that() {
    // Servers look the name up again in time, and each second has requests enough to be judged by itself.
    let quick = "assumptions.rds.replica_promotion=Uniform(\"1m\", \"3m\")";
    let world =
        ["databases.db.clients=[(caching: HonourTtl)]", "traffic.users.rate=100/s", quick, "duration=7m"];
    let at_once = "runbooks.move.decide=Constant(\"0s\")";
    let mut exact = 0;
    for seed in 1..=10 {
        let slow = Records::of(&lost(PROMOTE, &world), seed).document();
        let fast = Records::of(&lost(PROMOTE, &[&world[..], &[at_once]].concat()), seed).document();
        // What people and AWS take is the same to the nanosecond; whose request is the first to come through is not up to them.
        let by_others = |document: &RunDocument| -> Vec<(String, SimDuration)> {
            let phases = document.services[0].outages[0].phases.iter();
            let phases = phases.take_while(|phase| phase.name != "dns");
            phases
                .filter(|phase| phase.name != "decide")
                .map(|phase| (phase.name.clone(), phase.span()))
                .collect()
        };
        assert_eq!(by_others(&slow), by_others(&fast), "seed {seed}");
        let longer = rto(&slow).saturating_sub(rto(&fast));
        exact += u32::from(longer == SimDuration::from_secs(60));
        assert!((58..=62).contains(&(longer.as_nanos() / 1_000_000_000)), "seed {seed}: {longer}");
    }
    assert!(exact >= 5, "{exact}");
}

#[test]
fn a_program_neither_notices_nor_decides() {
    let records = Records::of(&lost(PROMOTE, &["runbooks.move.automatic=true"]), 1);
    let times: Vec<u64> = stages(&records).into_iter().take(3).map(|(at, ..)| at).collect();
    // What is given holds for it too.
    assert_eq!(times, [80_000, 140_000, 150_000]);
    let bare = r#"(name: "move", begins: Fault("dark"), automatic: true,
        steps: [(name: "promote", action: "promote replica/db-replica", takes: Constant("10s"))])"#;
    let times: Vec<u64> =
        stages(&Records::of(&lost(bare, &[]), 1)).into_iter().take(3).map(|(at, ..)| at).collect();
    assert_eq!(times, [60_000, 60_000, 70_000]);
}

#[test]
fn the_next_step_waits_until_the_one_before_has_come_about() {
    let steps = r#"(name: "move", begins: Fault("dark"), automatic: true, steps: [
        (name: "grow", action: "scale group/web 6", takes: Constant("1s")),
        (name: "promote", action: "promote replica/db-replica", takes: Constant("1s"))])"#;
    let waiting = stages(&Records::of(&lost(steps, &[]), 1));
    let at = |stage: RunbookStage, step: &str, all: &[(u64, String, RunbookStage, String)]| {
        all.iter().find(|(_, _, of, name)| *of == stage && name == step).expect("it happened").0
    };
    let grown = at(RunbookStage::Effective, "grow", &waiting);
    assert!(grown > 61_000 + 10_000, "instances start for ten seconds, behind their launch: {waiting:?}");
    assert_eq!(at(RunbookStage::Acted, "promote", &waiting), grown + 1_000);
    let at_once = stages(&Records::of(&lost(steps, &["runbooks.move.steps.grow.waits=false"]), 1));
    assert_eq!(at(RunbookStage::Acted, "promote", &at_once), 62_000);
}

#[test]
fn what_is_in_vain_is_done_otherwise_and_then_once_more() {
    // The group has no more than six members at first.
    let steps = r#"(name: "move", begins: Fault("dark"), automatic: true, steps: [
            (name: "grow", action: "scale group/web 4", takes: Constant("1s"), within: "30s", otherwise: "wait"),
            (name: "promote", action: "promote replica/db-replica", takes: Constant("1s"))]),
        (name: "wait", steps: [(name: "call", takes: Constant("2m"))])"#;
    let short = r#"faults=[ZonePowerLoss(name: "dark", zone: "x", at: "60s"),
        InsufficientCapacity(name: "none", zone: "y", at: "60s", lasts: "2m")]"#;
    let all = stages(&Records::of(&lost(steps, &[short]), 1));
    let told: Vec<(u64, &str, RunbookStage)> =
        all.iter().map(|(at, name, stage, _)| (*at, name.as_str(), *stage)).collect();
    let until_retry = [
        (60_000, "move", Noticed),
        (60_000, "move", Decided),
        (61_000, "move", Acted),
        (91_000, "move", Failed),
        (91_000, "wait", Noticed),
        (91_000, "wait", Decided),
        (211_000, "wait", Acted),
        (211_000, "wait", Effective),
        (211_000, "wait", Finished),
        (212_000, "move", Acted),
    ];
    assert_eq!(told[..10], until_retry, "{told:?}");
    let (finished, runbook, stage) = told[told.len() - 1];
    assert!(runbook == "move" && stage == Finished && finished > 212_000, "{told:?}");
}

/// People try what does not help, do something else when it is in vain, and then what helps: the way back has all of it.
#[test]
fn the_way_back_tells_what_was_done_in_vain_and_otherwise() {
    let steps = r#"(name: "move", begins: Fault("dark"), notice: Constant("20s"), decide: Constant("1m"), steps: [
            (name: "grow", action: "scale group/web 6", takes: Constant("5s"), within: "30s", otherwise: "wait"),
            (name: "promote", action: "promote replica/db-replica", takes: Constant("10s"))]),
        (name: "wait", notice: Constant("3s"), decide: Constant("4s"), steps: [(name: "call", takes: Constant("2m"))])"#;
    let short = r#"faults=[ZonePowerLoss(name: "dark", zone: "x", at: "60s"),
        InsufficientCapacity(name: "none", zone: "y", at: "60s", lasts: "2m")]"#;
    let document = Records::of(&lost(steps, &[short]), 1).document();
    let outage = &document.services[0].outages[0];
    let phases: Vec<(&str, f64)> =
        outage.phases.iter().map(|phase| (phase.name.as_str(), support::secs(phase.span()))).collect();
    let people = [
        ("notice", 20.0),
        ("decide", 60.0),
        ("act", 5.0),
        ("in vain", 30.0),
        ("notice", 3.0),
        ("decide", 4.0),
        ("act", 120.0),
    ];
    assert_eq!(phases[..people.len()], people, "{phases:?}");
}

#[test]
fn a_step_that_is_refused_ends_a_runbook_that_knows_nothing_else() {
    let steps = r#"(name: "move", begins: Fault("dark"), automatic: true, steps: [
        (name: "back", action: "shift-back zone/x", takes: Constant("1s")),
        (name: "promote", action: "promote replica/db-replica", takes: Constant("1s"))])"#;
    let all = stages(&Records::of(&lost(steps, &[]), 1));
    let last = all.last().expect("something happened");
    assert_eq!((last.0, last.2, last.3.as_str()), (61_000, RunbookStage::Failed, "back"));
    assert!(Records::of(&lost(steps, &[]), 1).document().services[0].outages[0].restored.is_none());
}

#[test]
fn a_runbook_begins_with_a_fault_with_its_end_or_at_its_time() {
    for (begins, at) in
        [(r#"Fault("dark")"#, 60_000), (r#"FaultEnd("dark")"#, 90_000), (r#"At("2m")"#, 120_000)]
    {
        let runbook = format!(r#"(name: "look", begins: {begins}, automatic: true, steps: [])"#);
        let set = r#"faults=[ZonePowerLoss(name: "dark", zone: "x", at: "60s", lasts: "30s")]"#;
        let all = stages(&Records::of(&lost(&runbook, &[set]), 1));
        assert_eq!(all[0].0, at, "{begins}");
    }
}

#[test]
fn a_step_that_comes_to_nothing_again_at_once_ends_the_runbook() {
    let steps = r#"(name: "move", begins: Fault("dark"), automatic: true, steps: [
            (name: "fail", action: "restart instance/server-1", takes: Constant("0s"), otherwise: "nothing")]),
        (name: "nothing", steps: [(name: "nothing", takes: Constant("0s"))])"#;
    let all = stages(&Records::of(&lost(steps, &[]), 1));
    let failed = all.iter().filter(|(_, name, stage, _)| name == "move" && *stage == Failed).count();
    assert_eq!(failed, 2, "{all:?}");
}

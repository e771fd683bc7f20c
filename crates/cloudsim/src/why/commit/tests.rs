//! Commits end as the run counts them, where their copies say, and following one changes nothing.

use super::*;
use cloudsim_engine::{RecordSink, Stamped};
use cloudsim_records::Record;
use cloudsim_scenario::{MemoryFiles, Overrides, load};

#[derive(Default)]
struct All(Vec<Stamped<Record>>);

impl RecordSink<Record> for All {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        self.0.extend_from_slice(batch);
    }
}

/// A scenario that ships, with few requests and a fault after the first minute.
fn plan(name: &str, faults: &str, set: &[&str]) -> Plan {
    let common = ["traffic.visitors.rate=10/s", "duration=3m", "warm_up=0s", faults];
    let set = common.iter().chain(set).map(|text| (*text).to_owned()).collect();
    load(&MemoryFiles::default(), name, &Overrides { set, ..Overrides::default() }).expect("it ships").plan
}

const DARK: &str = r#"faults=[ZonePowerLoss(name: "dark", zone: "a", at: "1m", lasts: "2m")]"#;
const CRASH: &str = r#"faults=[DatabasePrimaryCrash(name: "crash", database: "orders", at: "1m")]"#;
const GREY: &str = r#"faults=[GreyZone(name: "grey", zone: "a", at: "1m", lasts: "2m", loss: "60%")]"#;

fn tell(plan: &Plan, which: WhichCommit) -> CommitAnswer {
    commit(plan, plan.seed, (None, which), |_| false).told.expect("it is there")
}

fn run(plan: &Plan) -> (All, CommitClasses) {
    let mut all = All::default();
    let _ = crate::simulate(plan, plan.seed, None, &mut all, |_| false);
    let settled = all.0.iter().find_map(|stamped| match &stamped.record {
        Record::CommitsSettled { commits, .. } => Some(*commits),
        _ => None,
    });
    let settled = settled.expect("it has a database");
    (all, settled)
}

/// Every commit of a run, one by one, held against what the run says of all.
fn every(plan: &Plan) -> (Vec<CommitStory>, CommitClasses) {
    let (_, settled) = run(plan);
    let CommitClasses { acked_kept, acked_lost, unacked_kept, unacked_gone } = settled;
    let tell = |number| {
        let answer = tell(plan, WhichCommit::Number(number));
        assert_eq!(answer.commits, settled);
        answer.story.expect("it was written")
    };
    let stories: Vec<_> = (0..acked_kept + acked_lost + unacked_kept + unacked_gone).map(tell).collect();
    let count = |class| stories.iter().filter(|story| story.class == class).count() as u64;
    assert_eq!(CommitClass::ALL.map(count), [acked_kept, acked_lost, unacked_kept, unacked_gone]);
    for story in &stories {
        assert!(story.steps.is_sorted_by_key(|step| step.at), "{story:#?}");
        assert_eq!(story.acknowledged.is_some(), story.class <= CommitClass::AckedLost);
    }
    (stories, settled)
}

/// Whether a commit was at a place of a kind in its first outage, if it lived to see one.
fn was_at(story: &CommitStory, kind: CopyKind) -> Option<bool> {
    let outage = story.steps.iter().find(|step| step.happens == Happens::Outage)?;
    outage.copies.iter().find(|copy| copy.kind == kind)?.has
}

#[test]
fn what_a_restore_loses_was_not_in_the_logs_and_is_as_much_as_the_run_says() {
    let plan = plan("rds-single-az", DARK, &["databases.orders.log_shipping=40s"]);
    let (stories, settled) = every(&plan);
    assert!(settled.acked_lost > 5 && settled.acked_kept > 5, "{settled:?}");
    let before = stories.iter().filter(|story| was_at(story, CopyKind::Writer) == Some(true));
    for story in before {
        assert_eq!(was_at(story, CopyKind::Logs), Some(story.gone.is_none()), "{story:#?}");
    }
    let first = tell(&plan, WhichCommit::FirstLost).story.expect("some are lost");
    assert_eq!(Some(&first), stories.iter().find(|story| story.class == CommitClass::AckedLost));
}

#[test]
fn what_a_promotion_loses_the_replica_had_not_applied() {
    let promote = r#"databases.orders.recovery=Promote(decide: "10s")"#;
    let plan = plan("rds-single-az", DARK, &[promote, "databases.orders.replica_lag=Constant(\"5s\")"]);
    let (stories, settled) = every(&plan);
    assert!(settled.acked_lost > 2, "{settled:?}");
    for story in stories.iter().filter(|story| was_at(story, CopyKind::Writer) == Some(true)) {
        assert_eq!(was_at(story, CopyKind::Replica), Some(story.gone.is_none()), "{story:#?}");
    }
}

#[test]
fn with_a_standby_in_step_none_that_was_acknowledged_is_lost() {
    let plan = plan("rds-failover", CRASH, &[]);
    let (stories, settled) = every(&plan);
    assert_eq!(settled.acked_lost, 0);
    let CommitAnswer { story, commits, .. } = tell(&plan, WhichCommit::FirstLost);
    assert_eq!((story, commits), (None, settled));
    let at_the_standby = stories.iter().filter(|story| was_at(story, CopyKind::Standby) == Some(true));
    assert!(at_the_standby.count() > 20);
}

#[test]
fn what_a_server_does_not_wait_for_is_in_doubt_and_what_is_on_no_disk_is_gone() {
    let (stories, settled) = every(&plan("rds-failover", GREY, &[]));
    assert!(settled.unacked_kept > 5, "{settled:?}");
    let doubted = stories.iter().filter(|story| story.class == CommitClass::UnackedKept);
    for story in doubted {
        let step = story.steps.iter().find(|step| step.happens == Happens::Acknowledge).expect("why not");
        let is_told = step.what.contains("the server") || step.what.ends_with("when the run ends");
        assert!(is_told, "{story:#?}");
    }
    let slow = r#"databases.orders.fsync=Constant("3s")"#;
    let (stories, settled) = every(&plan("rds-failover", CRASH, &[slow]));
    assert!(settled.unacked_gone > 0, "{settled:?}");
    for story in stories.iter().filter(|story| story.class == CommitClass::UnackedGone) {
        assert!(story.durable.is_none(), "{story:#?}");
        assert!(story.gone.is_none() || was_at(story, CopyKind::Writer) == Some(false), "{story:#?}");
    }
}

#[test]
fn every_step_behind_a_record_is_at_its_time() {
    let plan = plan("rds-single-az", DARK, &["databases.orders.log_shipping=40s"]);
    let (all, _) = run(&plan);
    let story = tell(&plan, WhichCommit::FirstLost).story.expect("some are lost");
    let told: Vec<_> = story.steps.iter().filter_map(|step| Some((step, step.record?))).collect();
    assert!(told.len() > 4, "{story:#?}");
    for (step, by) in told {
        let record = all.0.iter().find(|record| record.number == by.number).expect("it was made");
        assert_eq!((record.at, record.record.kind()), (step.at, by.kind));
    }
    for happens in [Happens::Answer, Happens::Outage, Happens::RecoveryPoint] {
        let of = story.steps.iter().find(|step| step.happens == happens);
        assert!(of.is_some_and(|step| step.record.is_some()), "{happens:?}");
    }
}

#[test]
fn following_a_commit_changes_no_record() {
    let plan = plan("rds-single-az", DARK, &["databases.orders.log_shipping=40s"]);
    let (alone, settled) = run(&plan);
    for number in [0, settled.acked_kept, u64::MAX] {
        let mut kernel = Kernel::<Root>::new(plan.seed);
        let mut cloud = Cloud::place(&plan, plan.seed, &mut kernel);
        let database = DatabaseId::from_index(0);
        cloud.databases.follow(database, number);
        let mut watched = Watched::new(cloud, (database, Some(number)));
        let mut all = All::default();
        let stop = kernel.run(&mut watched, SimTime::ZERO + plan.duration, &mut all, |_| false);
        let _ = run::ended(&mut watched.cloud, stop, &mut kernel, &mut all);
        assert!(all.0 == alone.0, "every record of the run, with commit {number} followed");
    }
}

#[test]
fn commits_that_cannot_be_meant_are_told_with_what_can() {
    let asked = |plan: &Plan, database: Option<&str>, number| {
        let told = commit(plan, plan.seed, (database, WhichCommit::Number(number)), |_| false).told;
        let problem = told.expect_err("there is none such");
        (problem.to_string(), problem.hint.unwrap_or_default())
    };
    let one = plan("rds-failover", CRASH, &[]);
    let (_, settled) = run(&one);
    let (said, hint) = asked(&one, None, u64::MAX);
    assert!(
        said.ends_with("of orders") && hint.contains(&format!("{} commits", settled.acked_kept)),
        "{hint}"
    );
    assert_eq!(asked(&one, Some("ordres"), 0).1, "did you mean `orders`?");
    let overrides = Overrides::default();
    let shipped = |name| load(&MemoryFiles::default(), name, &overrides).expect("it ships").plan;
    let (said, hint) = asked(&shipped("dr-cold"), None, 0);
    assert!(said.contains("several") && hint.contains("commit/orders/NUMBER"), "{said}: {hint}");
    assert_eq!(asked(&shipped("k8s-whole-zone"), None, 0).0, "the scenario has no database");
}

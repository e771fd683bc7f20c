//! The steps of requests are those of their records, and watching them changes nothing.

use super::*;
use cloudsim_records::{Cause, Outcome};
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use std::collections::BTreeSet;

#[derive(Default)]
struct All(Vec<Stamped<Record>>);

impl RecordSink<Record> for All {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        self.0.extend_from_slice(batch);
    }
}

impl All {
    fn finished(&self) -> impl Iterator<Item = (SimTime, u64, RequestFinished)> {
        self.0.iter().filter_map(|stamped| match &stamped.record {
            Record::RequestFinished(of) => Some((stamped.at, stamped.number, *of)),
            _ => None,
        })
    }
}

/// A scenario over a world that ships, with few requests.
fn plan(world: &str, traffic: &str, faults: &str) -> Plan {
    let text = format!(
        r#"(
            version: 1, name: "few", duration: "80s", include: ["worlds/{world}.ron"],
            traffic: [OpenLoop(name: "some", {traffic})], faults: [{faults}],
        )"#
    );
    let files = MemoryFiles::from([("few.ron", text)]);
    load(&files, "few.ron", &Overrides::default()).expect("it is one").plan
}

const VISITORS: &str = r#"rate: "20/s", mix: { "browse": 1, "checkout": 1 }"#;
const CRASH: &str = r#"DatabasePrimaryCrash(name: "crash", database: "orders", at: "20s")"#;

fn run(plan: &Plan) -> All {
    let mut all = All::default();
    let _ = crate::simulate(plan, plan.seed, None, &mut all, |_| false);
    all
}

/// Tells some requests of a run, and holds each against its record.
fn told(plan: &Plan, which: impl Fn(&RequestFinished) -> bool, at_most: usize) -> Vec<RequestStory> {
    let all = run(plan);
    let chosen: Vec<_> = all.finished().filter(|(_, _, of)| which(of)).collect();
    assert!(!chosen.is_empty(), "{} has some", plan.name);
    let every = chosen.len().div_ceil(at_most);
    let tell = |(at, record, finished): &(SimTime, u64, RequestFinished)| {
        let story = request(plan, plan.seed, finished.request, |_| false).told.expect("it was there");
        assert_eq!((story.ended, story.record, story.finished), (*at, *record, *finished));
        fits(&story);
        story
    };
    chosen.iter().step_by(every).map(tell).collect()
}

fn fits(story: &RequestStory) {
    let RequestStory { finished, steps, .. } = story;
    let (first, last) = (steps.first().expect("a step"), steps.last().expect("a step"));
    assert_eq!((first.from, last.until), (finished.arrived, story.ended), "{steps:#?}");
    assert!(steps.windows(2).all(|two| two[0].until == two[1].from), "{steps:#?}");
    let sum: u64 = steps.iter().map(|step| step.took().as_nanos()).sum();
    assert_eq!(sum, story.ended.since(finished.arrived).as_nanos());
    let tries: BTreeSet<u8> = steps.iter().map(|step| step.attempt).collect();
    assert_eq!(tries.into_iter().collect::<Vec<_>>(), (1..=finished.tries).collect::<Vec<_>>());
    let pauses = steps.iter().filter(|step| step.doing == Doing::Pause).count();
    assert!(pauses == usize::from(finished.tries) - 1 || finished.outcome == Outcome::Unfinished);
    match finished.outcome {
        Outcome::Ok => {
            let end = (last.doing, last.depth, last.ended, last.what.as_str());
            assert_eq!(end, (Doing::Answer, 0, None, "answers 200"), "{steps:#?}");
        }
        Outcome::Error => {
            assert!(last.ended.is_some() || last.what.contains(finished.cause.word()), "{steps:#?}");
        }
        Outcome::Timeout => assert_eq!(last.ended, Some(Ended::CallTimeout), "{steps:#?}"),
        Outcome::Unfinished => assert_eq!(last.ended, Some(Ended::Horizon), "{steps:#?}"),
        Outcome::Abandoned => {}
    }
    for step in steps.iter().filter(|step| step.ended.is_some_and(|ended| ended < Ended::Broken)) {
        assert!(!step.owners.is_empty(), "who gives up has a setting: {step:#?}");
    }
}

#[test]
fn the_steps_of_every_request_of_a_blog_that_loses_its_database_add_up_to_its_latency() {
    let crash = r#"DatabasePrimaryCrash(name: "crash", database: "posts", at: "20s")"#;
    let blog = plan("two-zone-blog", r#"rate: "2/s", mix: { "read": 1 }"#, crash);
    let stories = told(&blog, |_| true, usize::MAX);
    assert!(stories.len() > 100, "{}", stories.len());
    let seen: BTreeSet<Doing> =
        stories.iter().flat_map(|story| &story.steps).map(|step| step.doing).collect();
    for doing in [Doing::Pause, Doing::Connect, Doing::Route, Doing::Send, Doing::Work, Doing::Answer] {
        assert!(seen.contains(&doing), "{doing:?}: {seen:?}");
    }
}

#[test]
fn requests_end_as_their_records_say_whatever_is_broken() {
    for faults in [
        CRASH,
        r#"ZonePowerLoss(name: "dark", zone: "a", at: "20s", lasts: "30s")"#,
        r#"ZonePartition(name: "cut", zone: "a", at: "20s", lasts: "30s")"#,
        r#"GreyZone(name: "grey", zone: "a", at: "20s", lasts: "40s", loss: "30%")"#,
    ] {
        let plan = plan("three-tier", VISITORS, faults);
        let stories = told(&plan, |of| of.outcome != Outcome::Ok || of.tries > 1, 12);
        assert!(stories.iter().any(|story| story.finished.cause != Cause::None), "{faults}");
        assert!(stories.iter().any(|story| !story.faults.is_empty()), "{faults}");
    }
}

#[test]
fn a_write_is_committed_before_it_is_answered() {
    let plan = plan("three-tier", VISITORS, "");
    let is_checkout = |of: &RequestFinished| plan.classes[usize::from(of.class)].name == "checkout";
    for story in told(&plan, |of| is_checkout(of) && of.outcome == Outcome::Ok, 5) {
        let commit = story.steps.iter().position(|step| step.doing == Doing::Commit).expect("it writes");
        let around = [&story.steps[commit - 1], &story.steps[commit], &story.steps[commit + 1]];
        assert!(around.iter().all(|step| step.at == around[0].at), "{around:#?}");
        assert_eq!((around[0].doing, around[2].doing), (Doing::Work, Doing::Answer));
        assert!(around[1].owners.iter().any(|owner| owner.name == "databases.orders.fsync"));
    }
}

#[test]
fn watching_a_request_changes_no_record() {
    let plan = plan("three-tier", VISITORS, CRASH);
    let alone = run(&plan);
    let requests = alone.finished().count() as u64;
    let watched = |number| {
        let mut all = All::default();
        let _ = watch(&plan, plan.seed, number, &mut all, |_| false);
        all.0
    };
    let unfinished = alone.finished().find(|(_, _, of)| of.outcome == Outcome::Unfinished);
    let (_, _, unfinished) = unfinished.expect("one is under way at the horizon");
    assert!(watched(unfinished.request) == alone.0, "every record of the run");
    assert!(watched(requests) == alone.0, "one that never was");
    let some = watched(requests / 2);
    assert!(some.len() > 500 && alone.0.starts_with(&some), "{} records", some.len());
}

#[test]
fn a_number_that_never_was_is_told_with_how_many_there_are() {
    let plan = plan("two-zone-blog", r#"rate: "2/s", mix: { "read": 1 }"#, "");
    let requests = run(&plan).finished().count();
    let problem = request(&plan, plan.seed, u64::MAX, |_| false).told.expect_err("there are not so many");
    assert!(problem.hint.expect("a hint").contains(&format!("{requests} requests")));
}

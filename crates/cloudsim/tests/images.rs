//! Machine images of a region: what is not launched for want of one, what an old one is worth, and how a current one comes.

mod support;

use cloudsim::{Cell, Kind};
use cloudsim_measures::{Phase, RunDocument};
use cloudsim_records::{EntityKind, InstanceState, Outcome, Record, Refusal};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::SimDuration;
use support::{Records, plan_with, seconds};

const TWO_REGIONS: &str = include_str!("two_regions.ron");

/// No servers in the second region, which is where its copy would be needed.
const IDLE: &str = "auto_scaling_groups.west-web.desired=0";
/// They are replaced if they do not answer, a minute after they came into service at the earliest.
const REPLACED: [&str; 2] =
    ["auto_scaling_groups.west-web.health_check=Elb", "auto_scaling_groups.west-web.grace_period=60s"];
const MISSING: &str =
    r#"machine_images=[(name: "shop", size: "8GiB", regions: ["us-east-1"], builds_in: Constant("10m"))]"#;
const STALE: &str = r#"machine_images=[(
    name: "shop", size: "8GiB", regions: ["us-east-1"], stale_in: ["us-west-2"], builds_in: Constant("10m"),
)]"#;
const CURRENT: &str = r#"machine_images=[(name: "shop", size: "8GiB", regions: ["us-east-1", "us-west-2"])]"#;

/// 8 GiB at 100 MiB in a second.
const COPY: f64 = 81.92;

fn world(image: &str, set: &[&str], done: &[&str]) -> Plan {
    let all = [
        "traffic.users.rate=2/s",
        IDLE,
        image,
        "auto_scaling_groups.east-web.server.image=shop",
        "auto_scaling_groups.west-web.server.image=shop",
    ];
    let done: Vec<String> = done.iter().map(|text| (*text).to_owned()).collect();
    plan_with(TWO_REGIONS, &[&all, &REPLACED[..], set].concat(), &done)
}

fn refused(records: &Records) -> Vec<f64> {
    records.times(|record| matches!(record, Record::ImageNotFound { .. }))
}

fn made(records: &Records) -> Vec<f64> {
    records.times(|record| matches!(record, Record::CopyMade { .. }))
}

fn launched(records: &Records) -> Vec<f64> {
    records.times(|record| matches!(record, Record::EntityAdded(of) if of.kind == EntityKind::Instance))
}

fn failed(records: &Records) -> Vec<f64> {
    records.times(|record| matches!(record, Record::StartFailed { .. }))
}

fn started(records: &Records) -> Vec<f64> {
    let is = |record: &Record| {
        matches!(record, Record::InstanceStateChanged { state: InstanceState::Running, .. })
    };
    records.times(is)
}

fn refusals(records: &Records) -> Vec<Option<Refusal>> {
    let of = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(intervention) => Some(intervention.refusal),
        _ => None,
    });
    of.collect()
}

fn close(found: &[f64], wanted: &[f64]) {
    let near = found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6);
    assert!(found.len() == wanted.len() && near, "{found:?}, not {wanted:?}");
}

#[test]
fn what_has_no_image_is_not_launched_until_that_was_copied() {
    for seed in 1..=20 {
        let done = ["30s: scale group/west-web 4", "60s: copy image/shop us-west-2"];
        let records = Records::of(&world(MISSING, &["faults=[]"], &done), seed);
        close(&made(&records), &[60.0 + COPY]);
        // Each of four launches is refused, and tried again a minute and 5 to 30 s later: once more before there is a copy.
        let refused = refused(&records);
        assert_eq!(refused[..4], [30.0; 4], "seed {seed}");
        assert_eq!(refused.len(), 8, "seed {seed}: {refused:?}");
        assert!(refused[4..].iter().all(|at| (95.0..=120.0).contains(at)), "seed {seed}: {refused:?}");
        let launched = launched(&records);
        assert_eq!(launched.len(), 4, "seed {seed}: {launched:?}");
        assert!(launched.iter().all(|at| (160.0..=210.0).contains(at)), "seed {seed}: {launched:?}");
        assert_eq!((started(&records).len(), failed(&records).len()), (4, 0), "seed {seed}");
    }
}

#[test]
fn nothing_is_copied_from_a_region_that_is_dark_or_that_has_nothing() {
    // The region is dark from 60 s on, and the first copy would be there at 112 s.
    let done = ["30s: copy image/shop us-west-2", "2m: copy image/shop us-west-2"];
    let records = Records::of(&world(MISSING, &[], &done), 1);
    assert_eq!(refusals(&records), [None, Some(Refusal::ControlPlaneSilent)]);
    close(&made(&records), &[]);

    let old = r#"machine_images=[
        (name: "shop", size: "8GiB", regions: ["us-east-1"]),
        (name: "old", size: "8GiB", regions: [], stale_in: ["us-east-1"]),
    ]"#;
    let records = Records::of(&world(old, &["faults=[]"], &["30s: copy image/old us-west-2"]), 1);
    assert_eq!(refusals(&records), [Some(Refusal::NotThere)]);

    let silent = r#"faults=[ControlPlaneLoss(name: "silent", region: "us-west-2", at: "20s", lasts: "60s")]"#;
    let done = ["30s: copy image/shop us-west-2", "31s: build image/shop us-west-2"];
    let records = Records::of(&world(MISSING, &[silent], &done), 1);
    assert_eq!(refusals(&records), [Some(Refusal::ControlPlaneSilent); 2]);
}

#[test]
fn a_pipeline_makes_an_image_without_another_region() {
    let done = ["90s: scale group/west-web 4", "2m: build image/shop us-west-2"];
    let records = Records::of(&world(MISSING, &[], &done), 1);
    close(&made(&records), &[720.0]);
    let launched = launched(&records);
    assert_eq!(launched.len(), 4);
    assert!(launched.iter().all(|at| (720.0..=810.0).contains(at)), "{launched:?}");
    // A second one that is ready a second later changes nothing.
    let again = Records::of(&world(MISSING, &[], &[done[1], "121s: build image/shop us-west-2"]), 1);
    close(&made(&again), &[720.0]);
}

#[test]
fn what_is_launched_from_an_old_image_is_replaced_again_and_again() {
    for seed in 1..=20 {
        let done = ["30s: scale group/west-web 2", "10m: copy image/shop us-west-2"];
        let records = Records::of(&world(STALE, &["faults=[]"], &done), seed);
        let copied = 600.0 + COPY;
        close(&made(&records), &[copied]);
        assert_eq!(refused(&records), Vec::<f64>::new(), "seed {seed}");
        // A launch of 26 s and a minute of grace, or two failed probes 30 s apart: at most two minutes and a half for each.
        let (launched, started, failed) = (launched(&records), started(&records), failed(&records));
        let (before, after): (Vec<f64>, Vec<f64>) = launched.iter().partition(|at| **at < copied);
        assert!((8..=16).contains(&before.len()), "seed {seed}: {launched:?}");
        assert_eq!(after.len(), 2, "seed {seed}: {launched:?}");
        assert!(after.iter().all(|at| *at < copied + 150.0), "seed {seed}: {launched:?}");
        assert_eq!(started.len(), 2, "seed {seed}: {started:?}");
        assert!(started.iter().all(|at| *at > copied), "seed {seed}: {started:?}");
        // What has not been terminated before has failed.
        assert!(failed.len() <= before.len() && failed.len() >= before.len() - 2, "seed {seed}: {failed:?}");
    }
}

#[test]
fn a_group_that_asks_ec2_alone_keeps_what_does_not_start() {
    let done = ["30s: scale group/west-web 2", "10m: copy image/shop us-west-2"];
    let ec2 = ["faults=[]", "auto_scaling_groups.west-web.health_check=Ec2"];
    let records = Records::of(&world(STALE, &ec2, &done), 1);
    assert_eq!((launched(&records).len(), failed(&records).len(), started(&records).len()), (2, 2, 0));
    // Who terminates one gets another from the new copy.
    let by_hand = [&done[..], &["12m: terminate instance/west-server"]];
    let records = Records::of(&world(STALE, &ec2, &by_hand.concat()), 1);
    assert_eq!((launched(&records).len(), failed(&records).len(), started(&records).len()), (3, 2, 1));
}

fn phases<'a>(document: &'a RunDocument, service: &str) -> &'a [Phase] {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    &service.outages[0].phases
}

fn rto(document: &RunDocument, service: &str) -> SimDuration {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    service.outages[0].rto().expect("it is restored")
}

/// The region is lost, and after a minute the servers of the other one are asked for.
fn failover(image: &str, done: &[&str]) -> RunDocument {
    let done = [&["2m: scale group/west-web 4"], done].concat();
    let soon = "databases.orders.recovery=Promote(decide: \"1m\")";
    Records::of(&world(image, &["duration=40m", soon], &done), 1).document()
}

#[test]
fn the_way_back_says_that_an_image_was_missing_or_old() {
    let current = failover(CURRENT, &[]);
    for image in [MISSING, STALE] {
        let document = failover(image, &["3m: build image/shop us-west-2"]);
        for service in ["reads", "writes"] {
            let all = phases(&document, service);
            let phase = all.iter().find(|phase| phase.name == "image").expect("it was waited for");
            close(&[seconds(phase.to)], &[780.0]);
            assert_eq!(phase.setting.as_deref(), Some("machine_images.shop.regions"));
            assert!(phases(&current, service).iter().all(|phase| phase.name != "image"));
        }
        // It is built eleven minutes after the servers were asked for, and readers wait for nothing else.
        let longer = rto(&document, "reads").saturating_sub(rto(&current, "reads"));
        assert!(longer > SimDuration::from_mins(8), "{longer}");
    }
}

#[test]
fn an_image_that_every_region_has_is_as_good_as_none() {
    let answers = |records: &Records| {
        let finished = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::RequestFinished(of) => Some((stamped.at, of.request, of.outcome, of.cause)),
            _ => None,
        });
        finished.collect::<Vec<_>>()
    };
    let done = ["2m: scale group/west-web 4".to_owned()];
    let with = Records::of(&world(CURRENT, &[], &["2m: scale group/west-web 4"]), 1);
    let set = [&["traffic.users.rate=2/s", IDLE], &REPLACED[..]].concat();
    let without = Records::of(&plan_with(TWO_REGIONS, &set, &done), 1);
    assert!(answers(&with).iter().any(|(_, _, outcome, _)| *outcome == Outcome::Ok));
    assert!(answers(&with) == answers(&without));
}

#[test]
fn a_runbook_goes_on_when_the_image_that_it_has_built_is_there() {
    let runbooks = r#"runbooks=[
        (name: "west", begins: Fault("east-dark"), notice: Constant("1m"), decide: Constant("0s"), steps: [
            (name: "start", action: "scale group/west-web 4", takes: Constant("0s"), within: "4m", otherwise: "build"),
        ]),
        (name: "build", notice: Constant("2m"), decide: Constant("0s"), steps: [
            (name: "image", action: "build image/shop us-west-2", takes: Constant("0s")),
        ]),
    ]"#;
    let records = Records::of(&world(MISSING, &["duration=40m", runbooks], &[]), 1);
    // The region is lost at 60 s; who notices scales at 120 s, waits for four minutes, and looks why for two.
    close(&made(&records), &[480.0 + 600.0]);
    let document = records.document();
    let all = phases(&document, "reads");
    let image = all.iter().position(|phase| phase.name == "image").expect("it was waited for");
    close(&[seconds(all[image].from), seconds(all[image].to)], &[480.0, 1080.0]);
    let before: Vec<&str> = all[..image].iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(before, ["notice", "in vain", "notice"]);
    let after: Vec<&str> = all[image + 1..].iter().map(|phase| phase.name.as_str()).collect();
    assert!(after.starts_with(&["replace", "launch", "start"]), "{after:?}");
}

#[test]
fn what_a_region_has_is_listed() {
    let plan = world(MISSING, &["faults=[]"], &["60s: copy image/shop us-west-2"]);
    let regions = |at: u64| {
        let paused = cloudsim::pause(&plan, 1, SimDuration::from_secs(at), |_| false);
        let table = paused.table(Kind::of("ami").expect("it is a kind"));
        table.rows[0].clone()
    };
    let list = |names: &[&str]| Cell::from(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(regions(141), [Cell::from("shop"), list(&["us-east-1"]), list(&[])]);
    assert_eq!(regions(142), [Cell::from("shop"), list(&["us-east-1", "us-west-2"]), list(&[])]);
}

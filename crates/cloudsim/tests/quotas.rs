//! Quotas of vCPUs: what is refused, when it is not any more, and what a runbook that nobody has tried costs.

mod support;

use cloudsim_measures::{Phase, RunDocument};
use cloudsim_records::{Action, EntityKind, InstanceState, Record, Refusal};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::SimDuration;
use support::{Micro, Records, seconds};

/// Four instances of two vCPUs each, and a quota of nine.
fn nine() -> Micro {
    Micro {
        duration: "10m",
        servers: 4,
        rate: "5/s",
        class: "read",
        faults: "",
        set: &["regions.test.quotas=(vcpus: 9)", "assumptions.quotas.request=Constant(\"60s\")"],
    }
}

fn launches(records: &Records) -> Vec<f64> {
    let of = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::EntityAdded(info) if info.kind == EntityKind::Instance => Some(seconds(stamped.at)),
        _ => None,
    });
    of.collect()
}

fn refusals(records: &Records) -> Vec<f64> {
    let of = records.0.iter().filter_map(|stamped| match stamped.record {
        Record::QuotaExceeded { vcpus: 9, .. } => Some(seconds(stamped.at)),
        _ => None,
    });
    of.collect()
}

#[test]
fn what_is_beyond_the_quota_is_refused_until_it_was_raised() {
    for seed in 1..=20 {
        let doing = ["30s: scale group/web 6", "100s: raise quota/test 12"];
        let records = Records::of(&nine().plan_doing(&doing), seed);
        // 8 of 9 vCPUs run, and an instance has 2. Each of the two launches that are missing is tried again 5 to 30 s and a
        // minute after it was refused, so until 160 s once or twice more.
        let refused = refusals(&records);
        assert_eq!(refused[..2], [30.0, 30.0], "seed {seed}: {refused:?}");
        assert!((4..=6).contains(&refused.len()), "seed {seed}: {refused:?}");
        assert!(refused.iter().all(|at| *at < 160.0), "seed {seed}: {refused:?}");
        let raised =
            records.0.iter().find(|stamped| matches!(stamped.record, Record::QuotaRaised { vcpus: 12, .. }));
        assert!((seconds(raised.expect("it is granted").at) - 160.0).abs() < 1e-9, "seed {seed}");
        let launched = launches(&records);
        assert_eq!(launched.len(), 2, "seed {seed}: {launched:?}");
        assert!(launched.iter().all(|at| (160.0..=250.0).contains(at)), "seed {seed}: {launched:?}");
    }
}

#[test]
fn an_instance_counts_until_it_is_terminated() {
    let records = Records::of(&nine().plan_doing(&["30s: terminate instance/server-1"]), 3);
    let gone = records.0.iter().find(|stamped| {
        matches!(stamped.record, Record::InstanceStateChanged { state: InstanceState::Terminated, .. })
    });
    // It drains for the 300 s of a target group.
    let gone = seconds(gone.expect("it is terminated").at);
    assert!((gone - 330.0).abs() < 1e-9, "{gone}");
    let [launched] = launches(&records)[..] else { panic!("one replaces it") };
    assert!((gone..=gone + 90.0).contains(&launched), "{launched}");
}

#[test]
fn a_quota_that_is_not_reached_changes_nothing() {
    let doing = ["30s: scale group/web 6", "60s: terminate instance/server-2"];
    let far = Micro { set: &["regions.test.quotas=(vcpus: 64)"], ..nine() };
    let none = Micro { set: &[], ..nine() };
    let [with, without] = [far, none].map(|micro| Records::of(&micro.plan_doing(&doing), 1));
    let run = |records: &Records| {
        let happened = records.0.iter().filter(|stamped| !matches!(stamped.record, Record::RunStarted(_)));
        happened.cloned().collect::<Vec<_>>()
    };
    assert!(run(&with) == run(&without));
}

#[test]
fn nobody_grants_anything_while_the_apis_of_the_region_are_silent() {
    let silent = r#"ControlPlaneLoss(name: "silent", region: "test", at: "20s", lasts: "60s")"#;
    let micro = Micro { faults: silent, ..nine() };
    let records = Records::of(&micro.plan_doing(&["30s: raise quota/test 12"]), 1);
    let refusals = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(of) => Some(of.refusal),
        _ => None,
    });
    assert_eq!(refusals.collect::<Vec<_>>(), [Some(Refusal::ControlPlaneSilent)]);
    assert!(!records.0.iter().any(|stamped| matches!(stamped.record, Record::QuotaRaised { .. })));
}

/// The scenario with few users, and an answer of AWS's after three hours.
fn shop(runbook: &str) -> Plan {
    let set = [
        "traffic.visitors.rate=6/s",
        "duration=7h",
        "assumptions.quotas.request=Constant(\"3h\")",
        &format!("alternatives.runbook={runbook}"),
    ];
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    match load(&MemoryFiles::default(), "dr-untested-runbook", &Overrides { set, ..Overrides::default() }) {
        Ok(loaded) => loaded.plan,
        Err(problems) => panic!("{problems}"),
    }
}

fn rto(document: &RunDocument, service: &str) -> SimDuration {
    let service = document.services.iter().find(|of| of.name == service).expect("it is measured");
    service.outages[0].rto().expect("it is restored")
}

#[test]
fn a_runbook_that_nobody_has_tried_fails_for_want_of_a_quota_and_a_rehearsed_one_does_not() {
    for seed in 1..=2 {
        let records = Records::of(&shop("untested"), seed);
        let [untested, rehearsed] = [records.document(), Records::of(&shop("rehearsed"), seed).document()];
        let quota = |document: &RunDocument| {
            let outages = document.services.iter().flat_map(|service| &service.outages);
            let phases = outages.flat_map(|outage| &outage.phases);
            phases.filter(|phase| phase.name == "quota").map(Phase::span).max()
        };
        let when = |is_it: fn(&Record) -> bool| {
            let at = records.0.iter().filter(move |stamped| is_it(&stamped.record)).map(|stamped| stamped.at);
            at.collect::<Vec<_>>()
        };
        let asked =
            when(|record| matches!(record, Record::Intervened(of) if of.action == Action::RaiseQuota));
        let raised = when(|record| matches!(record, Record::QuotaRaised { .. }))[0];
        // AWS takes three hours to answer whoever asks first. The others ask too, wait for the same answer, and are the only ones
        // without a server until then.
        assert_eq!(asked.len(), 2, "seed {seed}");
        assert_eq!(raised.since(asked[0]), SimDuration::from_mins(180), "seed {seed}");
        assert_eq!(quota(&untested), Some(raised.since(asked[1])), "seed {seed}");
        assert_eq!(quota(&rehearsed), None, "seed {seed}");
        for service in ["reviews", "feedback", "complaints"] {
            let longer = rto(&untested, service).saturating_sub(rto(&rehearsed, service));
            assert!(longer > SimDuration::from_mins(120), "seed {seed}: {service} {longer}");
        }
    }
}

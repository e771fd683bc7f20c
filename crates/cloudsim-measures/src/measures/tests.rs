use crate::document::{Quantity, Verdict};
use crate::story::{Story, ms, rto, s, zone_outage};
use cloudsim_records::{
    Action, Cause, CommitClasses, EntityId, Expectation, FailoverStep, InstanceState, Intervention,
    ObjectiveKind, Outcome, Record, RecoveryKind, Refusal, TargetHealth,
};
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};

#[test]
fn warm_up_and_what_is_unfinished_are_not_counted() {
    let mut story = Story::new(60);
    story.run.warm_up = SimDuration::from_secs(10);
    story
        .request(0, ms(9_999), ms(15_000), Outcome::Error)
        .request(0, ms(10_000), ms(10_040), Outcome::Ok)
        .request(0, ms(59_000), s(60), Outcome::Unfinished)
        .request(0, ms(20_000), ms(25_000), Outcome::Timeout);
    let run = story.measure();
    let web = &run.services[0];
    assert_eq!((web.requests, web.good), (2, 1));
    let latency = web.latency.expect("one good answer");
    assert_eq!((latency.p50, latency.max), (SimDuration::from_millis(40), SimDuration::from_millis(40)));
}

#[test]
fn what_an_operator_did_is_an_override_and_a_line_of_the_timeline_from_when_it_happened() {
    let mut story = Story::new(600);
    story.run.overrides = vec!["set duration=10m".into()];
    let target = story.id("orders");
    for (at, refusal) in [(240, None), (250, Some(Refusal::Recovering))] {
        let text = format!("{at}s: failover database/orders");
        let intervention = Intervention { action: Action::Failover, target, text, refusal };
        story.at(s(at), Record::Intervened(Box::new(intervention)));
    }
    let run = story.measure();
    let made = ["set duration=10m", "do 240s: failover database/orders", "do 250s: failover database/orders"];
    assert_eq!(run.overrides, made);
    let told: Vec<_> = run.timeline.iter().map(|entry| (entry.at, entry.detail.as_str())).collect();
    assert_eq!(
        told,
        [
            (s(240), "240s: failover database/orders"),
            (s(250), "250s: failover database/orders: refused, recovering")
        ]
    );
    let text = run.to_text(&crate::TextOptions { colour: false, width: 80, command: "" });
    let lanes: Vec<&str> = text.lines().filter(|line| line.contains('▼')).collect();
    assert!(lanes.len() == 2 && lanes[0].ends_with("orders") && lanes[1].ends_with("✗ recovering"), "{text}");
}

#[test]
fn a_class_may_count_for_several_services() {
    let mut story = Story::new(10);
    story.run.services[1].classes = vec![0, 1];
    story.request(0, s(1), ms(1_040), Outcome::Ok).request(1, s(2), ms(2_040), Outcome::Ok);
    let run = story.measure();
    assert_eq!([run.services[0].requests, run.services[1].requests], [1, 2]);
}

#[test]
fn errors_are_grouped_and_the_most_frequent_come_first() {
    let mut story = Story::new(10);
    for outcome in [Outcome::Timeout, Outcome::Error, Outcome::Timeout, Outcome::Abandoned] {
        story.request(0, s(1), s(2), outcome);
    }
    let run = story.measure();
    let groups: Vec<(&str, Cause, Option<&str>, u64)> = run.services[0]
        .errors
        .iter()
        .map(|group| (group.code.as_str(), group.cause, group.zone.as_deref(), group.count))
        .collect();
    let cause = Cause::TargetUnreachable;
    assert_eq!(
        groups,
        [
            ("timeout", cause, Some("a"), 2),
            ("abandoned", cause, Some("a"), 1),
            ("connect", cause, Some("a"), 1)
        ]
    );
}

#[test]
fn a_service_that_is_not_restored_breaches_any_recovery_time() {
    let mut story = Story::new(120);
    story.objective("web", rto("web", 86_400), Expectation::Met).dark("a", 60, None).traffic(
        0,
        0..120,
        100,
        |at, _| at >= s(60),
    );
    let run = story.measure();
    let objective = &run.objectives[0];
    assert_eq!((objective.actual, objective.met, objective.verdict()), (None, false, Verdict::Breached));
    assert_eq!(run.services[0].outages[0].restored, None);
    assert!(run.has_failures() && !run.is_inconclusive());
}

#[test]
fn a_service_that_is_never_degraded_recovers_in_no_time() {
    let mut story = Story::new(60);
    story.objective("web", rto("web", 0), Expectation::Met).dark("a", 30, None).traffic(
        0,
        0..60,
        60,
        |_, _| false,
    );
    let objective = &story.measure().objectives[0];
    assert_eq!(objective.actual, Some(Quantity::Time(SimDuration::ZERO)));
    assert_eq!(objective.verdict(), Verdict::Met);
}

#[test]
fn what_nothing_was_measured_of_is_inconclusive() {
    let mut story = Story::new(60);
    let service = || "web".to_owned();
    story
        .objective("rto", rto("web", 60), Expectation::Met)
        .objective(
            "up",
            ObjectiveKind::Availability { service: service(), at_least: Ratio::ONE },
            Expectation::Met,
        )
        .objective(
            "fast",
            ObjectiveKind::Latency { service: service(), percentile: 50_000, at_most: SimDuration::ZERO },
            Expectation::Breached,
        )
        .objective("bill", ObjectiveKind::MonthlyCost { at_most: NanoUsd::ZERO }, Expectation::Met);
    let run = story.measure();
    for objective in &run.objectives {
        assert_eq!(
            (objective.verdict(), objective.actual),
            (Verdict::Inconclusive, None),
            "{}",
            objective.name
        );
    }
    assert!(run.is_inconclusive() && !run.has_failures());
}

#[test]
fn a_service_without_a_good_answer_is_not_fast() {
    let mut story = Story::new(60);
    let kind = ObjectiveKind::Latency {
        service: "web".into(),
        percentile: 50_000,
        at_most: SimDuration::from_mins(60),
    };
    story.objective("fast", kind, Expectation::Met).request(0, s(1), s(6), Outcome::Timeout);
    let objective = &story.measure().objectives[0];
    assert_eq!((objective.verdict(), objective.actual), (Verdict::Breached, None));
}

#[test]
fn a_failover_is_told_from_its_recovery_point_on() {
    let mut story = Story::new(300);
    let orders = story.id("orders");
    let to = story.id("orders-2");
    let rpo =
        |seconds| ObjectiveKind::Rpo { database: "orders".into(), at_most: SimDuration::from_secs(seconds) };
    story
        .objective("tight", rpo(146), Expectation::Met)
        .objective("loose", rpo(147), Expectation::Met)
        .dark("a", 50, None)
        .recovery(s(60), s(50), SimDuration::from_secs(147), 1_470)
        .at(s(90), Record::FailoverFinished { database: orders, to })
        .recovery(s(200), s(190), SimDuration::from_secs(3), 30);
    let run = story.measure();
    let [first, second] = &run.databases[0].failovers[..] else { panic!("two failovers") };
    assert_eq!((first.finished, first.rto()), (Some(s(90)), Some(SimDuration::from_secs(40))));
    assert_eq!((second.finished, second.rto(), second.commits_lost), (None, None, 30));
    assert_eq!(
        (first.from.as_str(), first.to.as_str(), first.fault.as_deref()),
        ("orders-1", "orders-2", Some("a-dark"))
    );
    assert_eq!(run.databases[0].commits, CommitClasses::default());
    assert_eq!(run.objectives[0].actual, Some(Quantity::Time(SimDuration::from_secs(147))));
    assert_eq!((run.objectives[0].met, run.objectives[1].met), (false, true));
}

#[test]
fn faults_that_did_not_start_are_not_told() {
    let mut story = Story::new(100);
    story.dark("a", 50, Some(70));
    let mut later = story.run.faults[0].clone();
    later.name = "later".into();
    story.run.faults.push(later);
    let run = story.measure();
    let [fault] = &run.faults[..] else { panic!("one fault started") };
    assert_eq!((fault.name.as_str(), fault.started, fault.ended), ("a-dark", s(50), Some(s(70))));
}

#[test]
fn many_instances_at_one_instant_are_one_line() {
    let mut story = Story::new(100);
    story.instance(s(10), "server-1", InstanceState::HostDown).instance(
        s(10),
        "server-2",
        InstanceState::HostDown,
    );
    story.instance(s(10), "server-3", InstanceState::HostDown);
    let told: Vec<(String, String)> =
        story.measure().timeline.into_iter().map(|entry| (entry.subject, entry.detail)).collect();
    assert_eq!(
        told,
        [("frontend".into(), "server-1, server-2 in zone a".into()), ("server-3".into(), "in zone b".into())]
    );
}

#[test]
fn of_many_nodes_the_first_and_the_last_are_told() {
    let mut story = Story::new(100);
    for (at, node) in [(10, "alb-a"), (12, "alb-b"), (14, "alb-a")] {
        story.health(s(at), node, "server-1", TargetHealth::UnhealthyTimeout);
    }
    story.health(s(20), "alb-a", "server-1", TargetHealth::Healthy);
    let told: Vec<_> =
        story.measure().timeline.into_iter().map(|entry| (entry.at, entry.what, entry.detail)).collect();
    assert_eq!(
        told,
        [
            (s(10), "is unhealthy".to_owned(), "target of frontend, seen by alb-a first".to_owned()),
            (
                s(14),
                "is unhealthy".to_owned(),
                "target of frontend, seen by alb-a as the last of 3 nodes".to_owned()
            ),
            (s(20), "is healthy".to_owned(), "target of frontend, seen by alb-a".to_owned()),
        ]
    );
}

#[test]
fn zones_show_how_many_instances_run() {
    let run = zone_outage().measure();
    let [a, b] = &run.lanes.zones[..] else { panic!("two zones") };
    assert_eq!(a.running, [(s(0), 2), (s(120), 0), (s(402), 2)]);
    assert_eq!(b.running, [(s(0), 2)]);
    assert_eq!(
        (a.hosts_min(s(0), s(120)), a.hosts_min(s(119), s(121)), a.hosts_min(s(402), s(600))),
        (2, 0, 2)
    );
}

#[test]
fn a_fault_elsewhere_does_not_own_an_outage() {
    let mut story = Story::new(300);
    story.dark("a", 60, None);
    // The zone of nothing that the service goes through: a third one.
    let zone = EntityId(u32::try_from(story.run.entities.len()).expect("a few"));
    let mut third = story.run.entities[0].clone();
    (third.id, third.name) = (zone, "c".into());
    story.run.entities.push(third);
    story.dark("c", 70, None).traffic(0, 0..300, 100, |at, _| at >= s(75) && at < s(80));
    let outage = &story.measure().services[0].outages[0];
    assert_eq!((outage.fault.as_deref(), outage.started), (Some("a-dark"), s(60)));
}

/// Zone a is dark from 60 s to 70 s, its server is back at `back`, and users suffer from 90 s to 95 s.
fn late_dip(back: u64) -> (Option<String>, SimTime) {
    let mut story = Story::new(200);
    story
        .dark("a", 60, Some(70))
        .instance(s(60), "server-1", InstanceState::HostDown)
        .instance(s(70), "server-1", InstanceState::Booting)
        .instance(s(back), "server-1", InstanceState::Running)
        .traffic(0, 0..200, 100, |at, _| at >= s(90) && at < s(95));
    let run = story.measure();
    let outage = &run.services[0].outages[0];
    (outage.fault.clone(), outage.started)
}

#[test]
fn a_fault_is_at_work_until_what_it_broke_is_whole() {
    assert_eq!(late_dip(120), (Some("a-dark".into()), s(60)));
    assert_eq!(late_dip(80), (Some("a-dark".into()), s(90)));
}

#[test]
fn what_requests_go_through_is_learnt_from_their_paths() {
    let mut story = Story::new(200);
    story.run.services[0].depends_on.clear();
    // Paths of the story lead through zone b, so the later fault of zone a is not on the chain.
    story.dark("b", 60, None).dark("a", 70, None).traffic(0, 0..200, 100, |at, _| at >= s(75) && at < s(80));
    let run = story.measure();
    let outage = &run.services[0].outages[0];
    assert_eq!((outage.fault.as_deref(), outage.started), (Some("b-dark"), s(60)));
}

#[test]
fn a_restore_is_owned_by_the_standby_that_was_not_there() {
    let recover = |kind| {
        let mut story = Story::new(300);
        story.causes[1] = cloudsim_records::Cause::DatabaseUnreachable;
        story
            .setting("databases.orders.checkpoint_interval", "5m", "5m")
            .setting("databases.orders.multi_az", "false", "false")
            .dark("a", 60, None)
            .recovery_of(kind, s(70), s(60), SimDuration::ZERO, 0)
            .step(s(70), FailoverStep::Detect)
            .step(s(80), FailoverStep::Recover)
            .step(s(90), FailoverStep::Dns)
            .traffic(1, 0..300, 100, |at, _| at >= s(60) && at < s(91));
        let run = story.measure();
        let phases = run.services[1].outages[0].phases.iter();
        phases.map(|phase| (phase.name.clone(), phase.setting.clone())).nth(1).expect("a second phase")
    };
    let owned_by = |setting: &str| ("recover".to_owned(), Some(setting.to_owned()));
    assert_eq!(recover(RecoveryKind::Failover), owned_by("databases.orders.checkpoint_interval"));
    assert_eq!(recover(RecoveryKind::Restore), owned_by("databases.orders.multi_az"));
}

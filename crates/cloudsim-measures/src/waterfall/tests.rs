use crate::document::{Outage, RunDocument};
use crate::story::{Story, ms, s, zone_outage};
use cloudsim_records::{
    Action, Cause, Component, DatabaseInstanceState, EndpointState, FailoverStep, InstanceState, NodeState,
    NodeTaint, PodReason, PodState, Record, TargetHealth,
};
use cloudsim_units::{SimDuration, SimTime};
use proptest::prelude::*;

fn phases(outage: &Outage) -> Vec<(&str, u64, u64)> {
    let milli = |at: SimTime| at.as_nanos() / 1_000_000;
    outage.phases.iter().map(|phase| (phase.name.as_str(), milli(phase.from), milli(phase.to))).collect()
}

fn only(run: &RunDocument, service: usize) -> &Outage {
    let [outage] = &run.services[service].outages[..] else {
        panic!("one outage: {:?}", run.services[service])
    };
    outage
}

/// Zone a is dark from 100 s on, for good, and `web` fails half of its requests until `until`.
fn dark_until(until: SimTime) -> Story {
    let mut story = Story::new(300);
    story
        .dark("a", 100, None)
        .traffic(0, 0..300, 100, move |at, number| at >= s(100) && at < until && number.is_multiple_of(2));
    story
}

#[test]
fn detection_alone_is_a_detection_and_its_confirmation() {
    let mut story = dark_until(ms(125_300));
    story.health(ms(125_300), "alb-b", "server-1", TargetHealth::UnhealthyTimeout);
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("detect", 100_000, 125_300), ("confirm", 125_300, 126_000)]
    );
}

#[test]
fn a_database_failover_has_its_steps_and_the_target_groups_flips_do_not_matter() {
    let run = zone_outage().measure();
    let names: Vec<&str> = only(&run, 1).phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(names, ["detect", "recover", "promote", "dns", "reconnect", "confirm"]);
}

#[test]
fn detection_that_goes_on_elsewhere_reaches_to_the_last_failure() {
    let mut story = dark_until(ms(140_500));
    story.health(ms(125_300), "alb-b", "server-1", TargetHealth::UnhealthyTimeout).health(
        ms(143_000),
        "alb-b",
        "server-2",
        TargetHealth::UnhealthyTimeout,
    );
    // The request that arrived at 135.98 s timed out at 140.98 s, the last before the restoration at 141 s.
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("detect", 100_000, 140_980), ("confirm", 140_980, 141_000)]
    );
}

/// The clients of the story try for 5 s.
#[test]
fn what_was_caught_by_the_last_milestone_is_drained_for_as_long_as_clients_are_patient() {
    let mut story = dark_until(ms(125_300));
    story.setting("clients.browser.timeout", "5s", "10s").health(
        ms(125_000),
        "alb-b",
        "server-1",
        TargetHealth::UnhealthyTimeout,
    );
    let run = story.measure();
    let outage = only(&run, 0);
    // A request that arrived at 120.98 s fails at 125.98 s, the last before the restoration.
    assert_eq!(
        phases(outage),
        [("detect", 100_000, 125_000), ("drain", 125_000, 125_980), ("confirm", 125_980, 126_000)]
    );
    assert_eq!(outage.phases[1].setting.as_deref(), Some("clients.browser.timeout"));
    assert_eq!(outage.phases[1].default.as_deref(), Some("10s"));
}

#[test]
fn what_fails_after_that_is_not_drained_but_degraded() {
    let mut story = dark_until(ms(140_500));
    story.health(ms(125_300), "alb-b", "server-1", TargetHealth::UnhealthyTimeout);
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("detect", 100_000, 125_300), ("degraded", 125_300, 140_980), ("confirm", 140_980, 141_000)]
    );
}

#[test]
fn after_a_node_was_withdrawn_old_answers_of_dns_are_waited_for() {
    let mut story = dark_until(ms(140_500));
    let (balancer, node) = (story.id("alb"), story.id("alb-a"));
    story
        .setting("clients.browser.timeout", "5s", "10s")
        .health(ms(125_300), "alb-a", "server-1", TargetHealth::UnhealthyTimeout)
        .at(ms(125_300), Record::DnsAnswerChanged { balancer, node, listed: false });
    let run = story.measure();
    let outage = only(&run, 0);
    assert_eq!(
        phases(outage),
        [("detect", 100_000, 125_300), ("ttl", 125_300, 140_980), ("confirm", 140_980, 141_000)]
    );
    assert_eq!(outage.phases[1].setting, None, "no patience of a client ends it");
}

#[test]
fn a_name_that_turns_ends_the_detection_and_old_answers_are_waited_for() {
    let mut story = dark_until(ms(250_500));
    story.causes[0] = Cause::BalancerUnreachable;
    story.setting("health_checks.alb-well.interval", "30s", "30s").name_turns(ms(196_700));
    let run = story.measure();
    let outage = only(&run, 0);
    assert_eq!(
        phases(outage),
        [("detect", 100_000, 196_700), ("ttl", 196_700, 250_980), ("confirm", 250_980, 251_000)]
    );
    assert_eq!(outage.phases[0].setting.as_deref(), Some("health_checks.alb-well.interval"));
    let told: Vec<(&str, &str, &str)> = run
        .timeline
        .iter()
        .filter(|entry| entry.at == ms(196_700))
        .map(|entry| (entry.subject.as_str(), entry.what.as_str(), entry.detail.as_str()))
        .collect();
    let expected = [
        ("alb-well", "health check fails", ""),
        ("www", "name leads there no longer", "alb, by alb-well"),
        ("www", "name leads there", "alb-west, by alb-well"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_name_that_turns_back_waited_for_a_database_that_its_health_check_needs_and_the_service_does_not() {
    let mut story = dark_until(ms(250_500));
    story.causes[0] = Cause::DatabaseUnreachable;
    story.setting("health_checks.alb-well.interval", "30s", "30s").name_turns(ms(20_000));
    story.step(ms(150_000), FailoverStep::Promote).step(ms(160_000), FailoverStep::Dns);
    let (east, west) = (story.id("alb"), story.id("alb-west"));
    let (record, health_check) = (story.id("www"), story.id("alb-well"));
    let changed = |balancer, listed| Record::DnsRecordChanged { record, balancer, listed, health_check };
    story
        .at(ms(196_700), Record::HealthCheckChanged { health_check, healthy: true })
        .at(ms(196_700), changed(east, true))
        .at(ms(196_700), changed(west, false));
    let run = story.measure();
    assert_eq!(
        phases(only(&run, 0)),
        [
            ("promote", 100_000, 150_000),
            ("dns", 150_000, 160_000),
            ("detect", 160_000, 196_700),
            ("ttl", 196_700, 250_980),
            ("confirm", 250_980, 251_000),
        ]
    );
}

/// Requests fail from 50 s to 80 s, of nobody's doing; a fault of another time hits the same zone.
fn overload(faults: &[(u64, u64)]) -> Story {
    let mut story = Story::new(300);
    story.causes[0] = Cause::TargetFull;
    for (from, to) in faults {
        story.dark("a", *from, Some(*to));
    }
    let nat_gateway = story.id("nat-a");
    story.at(s(250), Record::NatGatewayChanged { nat_gateway, up: true });
    story.traffic(0, 0..300, 100, |at, number| at >= s(50) && at < s(80) && number.is_multiple_of(2));
    story
}

#[test]
fn an_outage_that_no_fault_began_waits_for_none() {
    let alone = [("degraded", 50_000, 80_980), ("confirm", 80_980, 81_000)];
    let alone = |phases: &[(&str, u64, u64)]| {
        assert_eq!(phases.iter().map(|phase| phase.0).collect::<Vec<_>>(), alone.map(|phase| phase.0));
    };
    alone(&phases(only(&overload(&[]).measure(), 0)));
    // One comes later; one comes and goes meanwhile; one was over before.
    for fault in [(200, 240), (60, 75), (10, 20)] {
        alone(&phases(only(&overload(&[fault]).measure(), 0)));
    }
}

#[test]
fn a_repair_that_belongs_to_a_later_fault_is_not_waited_for() {
    let mut story = overload(&[(200, 240)]);
    story.causes[0] = Cause::NatGatewayUnreachable;
    let names: Vec<String> =
        only(&story.measure(), 0).phases.iter().map(|phase| phase.name.clone()).collect();
    assert_eq!(names, ["degraded", "confirm"]);
}

/// The fault ends 4 s after the service is back. Clients that try for 5 s were saved by that; those that try for 2 s were not.
#[test]
fn how_soon_a_milestone_saves_who_came_before_it_is_the_clients_patience() {
    for (patience, name) in [(5, "fault"), (2, "degraded")] {
        let mut story = Story::new(300);
        story.run.services[0].clients[0].timeout = SimDuration::from_secs(patience);
        story
            .dark("a", 100, Some(145))
            .health(s(110), "alb-b", "server-1", TargetHealth::UnhealthyTimeout)
            .traffic(0, 0..300, 100, |at, number| {
                at >= s(100) && at < ms(140_500) && number.is_multiple_of(2)
            });
        let run = story.measure();
        let phases = phases(only(&run, 0));
        // The last that failed before the restoration at 141 s is known at 140.98 s: so the phase ends, at a record.
        assert!(
            phases.contains(&(name, if patience == 5 { 100_000 } else { 110_000 }, 140_980)),
            "{phases:?}"
        );
    }
}

/// The database has moved at 140 s; the gateway, without which no request comes as far as the database, is back at 200 s.
#[test]
fn a_server_that_cannot_come_as_far_as_its_database_does_not_wait_for_that() {
    let mut story = Story::new(300);
    let (nat_gateway, database, server) = (story.id("nat-a"), story.id("orders"), story.id("server-3"));
    story
        .dark("a", 100, Some(200))
        .at(s(100), Record::NatGatewayChanged { nat_gateway, up: false })
        .writer(s(100), "orders-1", DatabaseInstanceState::Unreachable)
        .step(s(104), FailoverStep::Detect)
        .step(s(130), FailoverStep::Promote)
        .step(s(140), FailoverStep::Dns)
        .at(s(200), Record::NatGatewayChanged { nat_gateway, up: true })
        .at(ms(203_400), Record::DatabaseReconnected { server, database });
    story.causes[1] = Cause::NatGatewayUnreachable;
    story.traffic(1, 0..198, 60, |at, _| at >= s(100));
    story.causes[1] = Cause::DatabaseUnreachable;
    story.traffic(1, 198..300, 60, |at, _| at < ms(203_200));
    assert_eq!(
        phases(only(&story.measure(), 1)),
        [("fault", 100_000, 200_000), ("reconnect", 200_000, 203_400), ("confirm", 203_400, 204_000)]
    );
}

#[test]
fn an_outage_that_nothing_explains_is_degraded() {
    let run = dark_until(ms(110_500)).measure();
    assert_eq!(phases(only(&run, 0)), [("degraded", 100_000, 110_980), ("confirm", 110_980, 111_000)]);
}

#[test]
fn capacity_that_comes_back_was_launched_started_and_put_in_service() {
    let mut story = dark_until(ms(180_250));
    story
        .instance(s(100), "server-1", InstanceState::HostDown)
        .instance(ms(120_000), "server-1", InstanceState::Impaired)
        .instance(ms(121_000), "server-2", InstanceState::Pending)
        .instance(ms(140_000), "server-2", InstanceState::Booting)
        .instance(ms(170_000), "server-2", InstanceState::Running)
        .health(ms(180_250), "alb-b", "server-2", TargetHealth::Healthy);
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [
            ("detect", 100_000, 120_000),
            ("replace", 120_000, 121_000),
            ("launch", 121_000, 140_000),
            ("start", 140_000, 170_000),
            ("in service", 170_000, 180_250),
            ("confirm", 180_250, 181_000),
        ]
    );
}

#[test]
fn what_only_the_end_of_the_fault_repairs_waits_for_the_fault() {
    let mut story = Story::new(300);
    story.causes[0] = Cause::NatGatewayUnreachable;
    let nat_gateway = story.id("nat-a");
    story
        .dark("a", 100, Some(160))
        .at(s(100), Record::NatGatewayChanged { nat_gateway, up: false })
        .at(ms(162_500), Record::NatGatewayChanged { nat_gateway, up: true })
        .traffic(0, 0..300, 100, |at, number| at >= s(100) && at < ms(162_500) && number.is_multiple_of(2));
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("fault", 100_000, 160_000), ("repair", 160_000, 162_500), ("confirm", 162_500, 163_000)]
    );
}

#[test]
fn an_outage_without_an_end_has_the_phases_that_ended() {
    let mut story = dark_until(s(300));
    story.causes[1] = Cause::DatabaseUnreachable;
    story.step(ms(120_000), FailoverStep::Detect).step(ms(240_000), FailoverStep::Decide);
    story.traffic(1, 0..300, 60, |at, _| at >= s(100));
    let run = story.measure();
    let outage = only(&run, 1);
    assert_eq!(outage.rto(), None);
    assert_eq!(phases(outage), [("detect", 100_000, 120_000), ("decide", 120_000, 240_000)]);
}

#[test]
fn merged_buckets_are_confirmed_as_a_whole() {
    let mut story = Story::new(400);
    story
        .dark("a", 100, None)
        .traffic(0, 0..400, 10, |at, number| at >= s(100) && at < ms(121_200) && number.is_multiple_of(2))
        .health(ms(121_200), "alb-b", "server-1", TargetHealth::UnhealthyTimeout);
    // Ten requests a second: buckets of five seconds.
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("detect", 100_000, 121_200), ("confirm", 121_200, 125_000)]
    );
}

#[test]
fn a_milestone_at_the_restoration_leaves_nothing_to_confirm() {
    let mut story = dark_until(ms(125_700));
    story.health(s(126), "alb-b", "server-1", TargetHealth::UnhealthyTimeout);
    assert_eq!(phases(only(&story.measure(), 0)), [("detect", 100_000, 126_000)]);
}

#[test]
fn a_milestone_a_whole_bucket_before_the_restoration_is_too_early_to_confirm() {
    let mut story = dark_until(ms(125_700));
    story.health(s(125), "alb-b", "server-1", TargetHealth::UnhealthyTimeout);
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("detect", 100_000, 125_000), ("drain", 125_000, 125_980), ("confirm", 125_980, 126_000)]
    );
}

#[test]
fn where_the_last_failures_are_known_only_later_any_ending_will_do() {
    let mut story = Story::new(300);
    story.traffic(0, 0..300, 100, |at, number| {
        number.is_multiple_of(2) && ((at >= s(100) && at < ms(101_500)) || (at >= s(108) && at < ms(108_500)))
    });
    // What failed in the bucket from 108 s on timed out at 113 s; up to 109 s only answers ended in it.
    assert_eq!(
        phases(only(&story.measure(), 0)),
        [("degraded", 100_000, 108_990), ("confirm", 108_990, 109_000)]
    );
}

/// Zone a is dark from 100 s on for good, and with it a pod of a workload of that kind; its node is unknown at 140 s.
fn without_a_pod(kind: &str) -> Story {
    let mut story = Story::new(600);
    story.workload(kind).dark("a", 100, None).serves(s(0), None, 2, 2).serves(s(100), None, 1, 2);
    let node = story.id("node-1");
    story.at(s(140), Record::NodeChanged { node, state: NodeState::Unknown }).pod(
        ms(140_500),
        "shop/web-1",
        PodState::NotReady,
        PodReason::NodeNotReady,
    );
    story
}

fn outage_of_workload(run: &RunDocument) -> &Outage {
    let measured = run.services.iter().chain(&run.kubernetes.workloads);
    let measured = measured.filter(|of| of.uptime.is_some());
    let [outage] = &measured.flat_map(|of| &of.outages).collect::<Vec<_>>()[..] else { panic!("one outage") };
    outage
}

fn of_workload(run: &RunDocument) -> Vec<(&str, u64, u64)> {
    phases(outage_of_workload(run))
}

#[test]
fn what_is_good_because_fewer_are_wanted_waited_for_that() {
    let mut story = without_a_pod("deployment");
    story.serves(s(200), None, 1, 1);
    // What had happened by then brought nothing back.
    assert_eq!(of_workload(&story.measure()).last(), Some(&("scale", 100_000, 200_000)));
}

#[test]
fn pods_that_are_made_because_more_are_wanted_waited_for_that() {
    let mut story = without_a_pod("deployment");
    story
        .serves(s(200), None, 1, 3)
        .pod(ms(200_010), "shop/web-1", PodState::Pending, PodReason::None)
        .starts(s(203))
        .serves(s(210), Some("shop/web-1"), 3, 3);
    let run = story.measure();
    let of = of_workload(&run);
    let names: Vec<&str> = of.iter().map(|(name, ..)| *name).collect();
    // What was awaited until then stands before it.
    assert_eq!(names, ["detect", "mark", "taint", "create", "schedule", "pull", "start", "ready"]);
    assert_eq!(of[2], ("taint", 140_500, 200_000));
}

#[test]
fn pods_that_are_made_because_somebody_restarts_their_workload_waited_for_that() {
    let phases_of = |target: &str| {
        let mut story = without_a_pod("deployment");
        story
            .operated(s(200), Action::RestartWorkload, target)
            .pod(ms(200_010), "shop/web-1", PodState::Pending, PodReason::None)
            .starts(s(203))
            .serves(s(210), Some("shop/web-1"), 2, 2);
        let run = story.measure();
        of_workload(&run).into_iter().map(|(name, from, _)| (name.to_owned(), from)).collect::<Vec<_>>()
    };
    let own = phases_of("shop/deployment/web");
    // What was awaited until somebody acted stands before that.
    let of =
        |all: &[(String, u64)]| all.iter().map(|(name, from)| format!("{name} {from}")).collect::<Vec<_>>();
    assert_eq!(of(&own[..4]), ["detect 100000", "mark 140000", "taint 140500", "create 200000"]);
    assert_eq!(of(&phases_of("node-1")[..1]), ["create 100000"], "that is another thing");
}

#[test]
fn where_nothing_is_awaited_until_somebody_acts_they_are_what_was_waited_for() {
    let mut story = Story::new(600);
    story
        .workload("deployment")
        .dark("a", 100, None)
        .serves(s(0), None, 2, 2)
        .serves(s(100), None, 1, 2)
        .operated(s(200), Action::RestartWorkload, "shop/deployment/web")
        .pod(ms(200_010), "shop/web-1", PodState::Pending, PodReason::None)
        .starts(s(203))
        .serves(s(210), Some("shop/web-1"), 2, 2);
    let run = story.measure();
    assert_eq!(of_workload(&run)[..2], [("operator", 100_000, 200_000), ("create", 200_000, 200_010)]);
}

/// When an outage counts from, and whether it is a fault's, if one takes a zone and the pod in zone a leaves later.
fn told_to_leave(dark: &str, reason: PodReason) -> (SimTime, bool) {
    let mut story = Story::new(600);
    story.workload("deployment").dark(dark, 100, None).serves(s(0), None, 2, 2);
    story.pod(s(300), "shop/web-1", PodState::Terminating, reason);
    story.serves(s(301), Some("shop/web-1"), 1, 2);
    let run = story.measure();
    let outage = outage_of_workload(&run);
    (outage.started, outage.fault.is_some())
}

#[test]
fn pods_that_somebody_tells_to_leave_are_away_from_then_on_whatever_fault_is_at_work_elsewhere() {
    assert_eq!(told_to_leave("b", PodReason::RolledOut), (s(301), false));
    assert_eq!(told_to_leave("b", PodReason::Preemption), (s(301), false), "the fault has not taken it");
}

#[test]
fn a_fault_that_touches_a_workload_is_counted_from_unless_somebody_tells_its_pod_to_leave() {
    let started = |reason| told_to_leave("a", reason).0;
    assert_eq!((started(PodReason::TaintEviction), started(PodReason::Drained)), (s(100), s(301)));
}

#[test]
fn what_a_person_gives_up_is_away_from_then_on() {
    let started = |given_up: bool| {
        let mut story = Story::new(600);
        story.workload("deployment").dark("a", 100, None).serves(s(0), None, 2, 2);
        if given_up {
            story.operated(s(299), Action::OutOfService, "node-1");
        }
        story.pod(s(300), "shop/web-1", PodState::Terminating, PodReason::TaintEviction).serves(
            s(301),
            Some("shop/web-1"),
            1,
            2,
        );
        outage_of_workload(&story.measure()).started
    };
    assert_eq!([started(false), started(true)], [s(100), s(301)]);
}

#[test]
fn an_outage_belongs_to_the_fault_that_is_about_the_zone_of_the_pod_that_was_lost() {
    let mut story = Story::new(600);
    // The pod is in zone a; what happens to b later is active when it is found to be lost.
    story.workload("deployment").dark("a", 100, None).dark("b", 130, None).serves(s(0), None, 2, 2);
    story.pod(s(150), "shop/web-1", PodState::NotReady, PodReason::NodeNotReady).serves(
        s(150),
        Some("shop/web-1"),
        1,
        2,
    );
    let run = story.measure();
    let outage = outage_of_workload(&run);
    assert_eq!((outage.fault.as_deref(), outage.started), (Some("a-dark"), s(100)));
}

#[test]
fn who_leads_anew_counts_tolerations_anew() {
    let mut story = without_a_pod("deployment");
    let (node, cluster) = (story.id("node-1"), story.id("shop"));
    story.dark("b", 300, None);
    story.at(s(145), Record::NodeTainted { node, taint: NodeTaint::Unreachable, present: true });
    story.at(s(315), Record::LeaderElected { cluster, component: Component::ControllerManager });
    story
        .pod(s(400), "shop/web-1", PodState::Terminating, PodReason::TaintEviction)
        .pod(s(400), "shop/web-1", PodState::Pending, PodReason::None)
        .pod(s(401), "shop/web-1", PodState::Scheduled, PodReason::None)
        .pod(s(402), "shop/web-1", PodState::Pulled, PodReason::None)
        .pod(s(403), "shop/web-1", PodState::Running, PodReason::None)
        .serves(s(404), Some("shop/web-1"), 2, 2);
    let run = story.measure();
    let of = of_workload(&run);
    let after_taint: Vec<_> =
        of.iter().skip_while(|(name, ..)| *name != "tolerate").take(3).copied().collect();
    let right =
        [("tolerate", 145_000, 300_000), ("leader", 300_000, 315_000), ("tolerate", 315_000, 400_000)];
    assert_eq!(after_taint, right, "{of:?}");
}

#[test]
fn what_is_scaled_below_its_needs_waits_for_more_to_be_wanted() {
    let mut story = Story::new(600);
    story.workload("deployment").serves(s(0), None, 2, 2);
    story.pod(s(300), "shop/web-1", PodState::Terminating, PodReason::ScaledDown).serves(
        s(301),
        Some("shop/web-1"),
        1,
        2,
    );
    assert_eq!(of_workload(&story.measure()), [("scale", 301_000, 600_000)]);
}

#[test]
fn a_long_silence_of_the_api_is_a_phase_of_its_own() {
    let mut story = without_a_pod("deployment");
    let cluster = story.id("shop");
    for (at, answers) in [(200, false), (400, true)] {
        story.at(s(at), Record::ControlPlaneChanged { cluster, answers });
    }
    story.pod(s(450), "shop/web-1", PodState::Pending, PodReason::None).starts(s(451)).serves(
        s(454),
        Some("shop/web-1"),
        2,
        2,
    );
    let run = story.measure();
    let of = of_workload(&run);
    assert!(of.contains(&("control plane", 200_000, 400_000)), "{of:?}");
}

#[test]
fn pods_that_leave_because_their_node_is_drained_waited_for_that() {
    let mut story = without_a_pod("deployment");
    story
        .operated(s(200), Action::Drain, "node-1")
        .pod(ms(200_010), "shop/web-1", PodState::Terminating, PodReason::Drained)
        .pod(ms(200_020), "shop/web-1", PodState::Pending, PodReason::None)
        .starts(s(203))
        .serves(s(210), Some("shop/web-1"), 2, 2);
    let run = story.measure();
    let names: Vec<&str> = of_workload(&run).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names[..5], ["detect", "mark", "taint", "leave", "create"]);
}

#[test]
fn a_stretch_that_was_good_for_too_short_stands_between_what_two_faults_did() {
    let with = |second: Option<u64>| {
        let mut story = without_a_pod("deployment");
        if let Some(at) = second {
            story.dark("b", at, None);
        }
        story.serves(s(200), Some("shop/web-1"), 2, 2).serves(s(215), Some("shop/web-1"), 1, 2);
        story.serves(s(300), Some("shop/web-1"), 2, 2);
        of_workload(&story.measure()).iter().map(|(name, ..)| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(with(Some(210)), ["ready", "unstable", "ready"]);
    assert_eq!(with(None), ["ready"]);
}

#[test]
fn a_pod_that_serves_no_longer_brings_nobody_back() {
    let mut story = without_a_pod("deployment");
    story.serves(s(150), Some("shop/web-1"), 0, 2).serves(s(300), None, 0, 0);
    let run = story.measure();
    let of = of_workload(&run);
    assert!(of.iter().all(|(name, ..)| *name != "ready"), "{of:?}");
}

#[test]
fn an_outage_of_a_workload_that_did_not_end_says_what_it_still_waits_for() {
    let at_the_end = |kind| {
        of_workload(&without_a_pod(kind).measure()).last().map(|(name, _, to)| (name.to_string(), *to))
    };
    // Daemons stay on a node that nobody hears of; others wait until it is given up.
    assert_eq!(at_the_end("daemonset"), Some(("fault".into(), 600_000)));
    assert_eq!(at_the_end("deployment"), Some(("taint".into(), 600_000)));
}

#[test]
fn what_a_second_fault_begins_is_not_stretched_over_what_the_first_one_did() {
    let mut story = without_a_pod("statefulset");
    let node = story.id("node-1");
    story
        .at(s(145), Record::NodeTainted { node, taint: NodeTaint::Unreachable, present: true })
        .dark("b", 300, None)
        .at(s(350), Record::NodeChanged { node, state: NodeState::Unknown })
        .pod(ms(350_500), "shop/web-1", PodState::NotReady, PodReason::NodeNotReady)
        .serves(s(400), Some("shop/web-1"), 1, 2);
    let run = story.measure();
    let of = of_workload(&run);
    assert_eq!(
        of[..4],
        [
            ("detect", 100_000, 140_000),
            ("taint", 140_000, 145_000),
            ("tolerate", 145_000, 300_000),
            ("detect", 300_000, 350_000)
        ]
    );
}

#[test]
fn a_pod_that_is_marked_before_its_node_is_ends_the_detection() {
    let mut story = Story::new(600);
    story.workload("deployment").dark("a", 100, None).serves(s(0), None, 2, 2).serves(s(100), None, 1, 2);
    let node = story.id("node-1");
    story
        .pod(ms(140_000), "shop/web-1", PodState::NotReady, PodReason::NodeNotReady)
        .at(ms(140_007), Record::NodeChanged { node, state: NodeState::Unknown });
    assert_eq!(of_workload(&story.measure())[0], ("detect", 100_000, 140_000));
}

#[test]
fn rules_that_are_made_for_a_pod_that_came_later_are_not_what_was_waited_for() {
    // Rules forget a pod at 102 s; an overload goes on until 110 s; another pod serves at 120 s, and rules lead to it.
    let phases_with = |serves| {
        let mut story = dark_until(ms(110_500));
        story.workload("deployment");
        let (service, pod) = (story.id("frontend"), story.id("shop/web-1"));
        story.run.services[0].depends_on.extend([pod, service]);
        let changed = |state| Record::EndpointChanged { service, pod, state };
        story
            .at(s(102), changed(EndpointState::Forgotten))
            .serves(s(0), None, 1, 1)
            .serves(serves, Some("shop/web-1"), 2, 2)
            .at(ms(120_500), changed(EndpointState::Routed));
        phases(only(&story.measure(), 0)).iter().map(|(name, ..)| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(phases_with(s(120)), ["sync", "degraded", "confirm"]);
    assert_eq!(phases_with(s(101)), ["sync", "confirm"]);
}

prop_compose! {
    /// An outage of one zone with anything happening at any time.
    fn any_story()(
        fault in 40_u64..80,
        lasts in prop::option::of(10_u64..200),
        until in 40_000_u64..200_000,
        share in 2_u64..5,
        rate in prop::sample::select(vec![8_u64, 30, 60, 120]),
        changes in prop::collection::vec((0_u64..300_000, 0_u32..9), 0..12),
    ) -> (Story, Vec<SimTime>) {
        let mut story = Story::new(300);
        let mut records = vec![s(fault)];
        story.dark("a", fault, lasts.map(|lasts| fault + lasts));
        records.extend(lasts.map(|lasts| s(fault + lasts)));
        let (alb, node, orders) = (story.id("alb"), story.id("alb-a"), story.id("orders"));
        for (at, kind) in changes {
            let at = ms(at);
            records.push(at);
            match kind {
                0 => story.health(at, "alb-b", "server-1", TargetHealth::UnhealthyTimeout),
                1 => story.health(at, "alb-b", "server-2", TargetHealth::Healthy),
                2 => story.instance(at, "server-2", InstanceState::Pending),
                3 => story.instance(at, "server-2", InstanceState::Booting),
                4 => story.instance(at, "server-2", InstanceState::Running),
                5 => story.at(at, Record::DnsAnswerChanged { balancer: alb, node, listed: false }),
                6 => story.step(at, FailoverStep::Promote),
                7 => story.step(at, FailoverStep::Dns),
                _ => story.at(at, Record::DatabaseReconnected { server: node, database: orders }),
            };
        }
        for class in [0, 1] {
            story.traffic(class, 0..300, rate, |at, number| {
                at >= s(fault) && at < ms(until) && number.is_multiple_of(share)
            });
        }
        records.extend(story.endings());
        (story, records)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn phases_add_up_to_the_recovery_time_and_end_at_records((mut story, records) in any_story()) {
        let records: std::collections::BTreeSet<SimTime> = records.into_iter().collect();
        let run = story.measure();
        for service in &run.services {
            for outage in &service.outages {
                let mut from = outage.started;
                for phase in &outage.phases {
                    prop_assert_eq!(phase.from, from);
                    prop_assert!(phase.to > phase.from);
                    from = phase.to;
                    prop_assert!(phase.name == "confirm" || records.contains(&phase.to), "{:?}", phase);
                }
                if let Some(restored) = outage.restored {
                    prop_assert_eq!(from, restored);
                    let sum = outage.phases.iter().fold(SimDuration::ZERO, |sum, phase| sum + phase.span());
                    prop_assert_eq!(Some(sum), outage.rto());
                    let last = outage.phases.last().expect("an outage takes time");
                    let bucket = run.lanes.services.iter().find(|lane| lane.service == service.name)
                        .and_then(|lane| lane.windows.iter().rfind(|window| window.to <= restored))
                        .map(|window| restored.since(window.from)).expect("a window before");
                    prop_assert!(last.name != "confirm" || last.span() <= bucket, "{last:?} in {bucket}");
                }
            }
        }
    }
}

//! What an operator does: that it comes last in its instant, that nothing before it knows of it, and what it does.

mod support;

use cloudsim::{Cell, Kind, pause, simulate};
use cloudsim_records::{
    Action, DatabaseInstanceState, EntityKind, FailoverStep, Intervention, Outcome, Record, RecoveryKind,
    Refusal,
};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, load};
use cloudsim_units::{SimDuration, SimTime};
use support::{Micro, Records, seconds};

/// A database with a replica under writes, four minutes long.
fn quiet() -> Micro {
    Micro {
        duration: "240s",
        servers: 4,
        rate: "40/s",
        class: "write",
        faults: "",
        set: &["databases.db.replicas=[(name: \"db-replica\", subnet: \"sy\")]"],
    }
}

fn interventions(records: &Records) -> Vec<(f64, Intervention)> {
    let made = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::Intervened(intervention) => Some((seconds(stamped.at), (**intervention).clone())),
        _ => None,
    });
    made.collect()
}

fn until(plan: &Plan, end: SimTime) -> Records {
    let mut records = Records(Vec::new());
    simulate(plan, 1, Some(end.since(SimTime::ZERO)), &mut records, |_| false);
    records
}

const EACH: &[&str] = &[
    "failover database/db",
    "promote replica/db-replica",
    "shift-away zone/x",
    "shift-back zone/x",
    "scale group/web 7",
    "restart instance/server-2",
    "terminate instance/server",
];

#[test]
fn before_it_happens_a_run_with_an_intervention_is_the_run_without_it() {
    let micro = Micro { faults: r#"HostDeath(instance: "server", at: "30s", lasts: "30s")"#, ..quiet() };
    let just_before = SimTime::from_nanos(99_999_999_999);
    let without = until(&micro.plan(), just_before);
    for action in EACH {
        let plan = micro.plan_doing(&[&format!("100s: {action}")]);
        let before = until(&plan, just_before);
        assert!(before.0 == without.0, "{action}");
        assert_eq!(before.document().digest, without.document().digest, "{action}");
        // It is in the records once it has happened, and they differ from then on.
        let after = until(&plan, SimTime::from_secs(100));
        assert_eq!(interventions(&after).len(), 1, "{action}");
        assert_eq!(after.document().overrides.last(), Some(&format!("do 100s: {action}")));
    }
}

#[test]
fn a_world_that_comes_to_rest_does_so_at_the_same_time_before_an_intervention() {
    let micro = Micro {
        rate: "0/s",
        set: &[
            "load_balancers=[]",
            "target_groups=[]",
            "auto_scaling_groups=[]",
            "classes=[]",
            "services=[]",
            "traffic=[]",
        ],
        ..quiet()
    };
    let crash = Micro { faults: r#"DatabasePrimaryCrash(database: "db", at: "1s")"#, ..micro };
    let end = SimTime::from_secs(230);
    let (without, with) =
        (until(&crash.plan(), end), until(&crash.plan_doing(&["239s: failover database/db"]), end));
    assert!(without.0 == with.0, "{:?}", (without.0.last(), with.0.last()));
}

#[test]
fn an_intervention_comes_after_all_other_events_of_its_instant() {
    // The crash begins then, and ends by an event that it schedules for the same instant; the other fault ends then.
    let faults = r#"
        DatabasePrimaryCrash(database: "db", at: "100s"),
        ProcessDeath(instance: "server-1", at: "90s", lasts: "10s"),
        HostDeath(instance: "server-2", at: "100s"),
    "#;
    let records = Records::of(&Micro { faults, ..quiet() }.plan_doing(&["100s: failover database/db"]), 1);
    let now = |record: fn(&Record) -> bool| {
        let at = |stamped: &cloudsim_engine::Stamped<Record>| {
            stamped.at == SimTime::from_secs(100) && record(&stamped.record)
        };
        (records.0.iter().position(at), records.0.iter().rposition(at))
    };
    let (_, last) = now(|_| true);
    let (intervened, _) = now(|record| matches!(record, Record::Intervened(_)));
    assert_eq!(intervened, last, "nothing of that instant comes after it, because the crash came before");
    assert!(now(|record| matches!(record, Record::FaultEnded { .. })).1 < intervened);
    let (at, made) = interventions(&records).remove(0);
    assert!((at - 100.0).abs() < 1e-9);
    assert_eq!((made.action, made.refusal), (Action::Failover, Some(Refusal::Recovering)));
}

#[test]
fn a_failover_on_demand_takes_what_a_failover_takes_less_the_noticing() {
    // U(20, 60) s, the redo of at most five minutes, U(4, 12) s and U(1, 5) s: 25 s at least, 107 s at most.
    for seed in 0..20 {
        let records = Records::of(&quiet().plan_doing(&["60s: failover database/db"]), seed);
        let finished = records.times(|record| matches!(record, Record::FailoverFinished { .. }));
        assert!(finished.len() == 1 && (85.0..167.0).contains(&finished[0]), "{finished:?}");
        let step = |wanted| {
            records
                .times(|record| matches!(record, Record::FailoverStepEnded { step, .. } if *step == wanted))
        };
        assert!(step(FailoverStep::Detect).is_empty());
        let measured = records.document();
        let failover = &measured.databases[0].failovers[0];
        assert_eq!((failover.kind, &failover.fault), (RecoveryKind::Failover, &None));
        assert_eq!((failover.from.as_str(), failover.to.as_str()), ("db-1", "db-2"));
        assert_eq!((failover.started, failover.commits_lost), (SimTime::from_secs(60), 0));
        // Users are without writes for at least as long as the database is.
        let outage = measured.services[0].outages.first().expect("writes stop");
        assert!(outage.rto() >= failover.rto(), "{outage:?}");
        let started = seconds(outage.started);
        // At 40 a second a window is two seconds long.
        assert!((58.0..=60.0).contains(&started), "{started}");
    }
}

#[test]
fn a_replica_that_is_promoted_by_hand_ends_an_outage_that_nobody_would_have_ended() {
    let dark = Micro {
        duration: "1500s",
        faults: r#"ZonePowerLoss(zone: "x", at: "60s")"#,
        set: &[
            "databases.db.multi_az=false",
            "databases.db.replicas=[(name: \"db-replica\", subnet: \"sy\")]",
        ],
        ..quiet()
    };
    let finished =
        |records: &Records| records.times(|record| matches!(record, Record::FailoverFinished { .. })).len();
    assert_eq!(finished(&Records::of(&dark.plan(), 1)), 0, "`recovery: Wait` waits");
    let records = Records::of(&dark.plan_doing(&["90s: promote replica/db-replica"]), 1);
    assert_eq!(finished(&records), 1);
    let measured = records.document();
    let failover = &measured.databases[0].failovers[0];
    assert_eq!((failover.kind, failover.to.as_str()), (RecoveryKind::Promotion, "db-replica"));
    assert_eq!(failover.started, SimTime::from_secs(60));
    assert!(measured.services[0].outages[0].restored.is_some());
    let old = records.entity(EntityKind::DatabaseInstance, "db-1").id;
    let writes_again = records.times(|record| {
        matches!(record, Record::DatabaseInstanceChanged { instance, state: DatabaseInstanceState::Writer, .. }
            if *instance == old)
    });
    assert!(writes_again.is_empty());
}

#[test]
fn traffic_that_was_shifted_away_in_time_does_not_meet_a_grey_zone() {
    // DNS answers are a minute old at most: whoever asks after 120 s goes elsewhere by 180 s.
    let grey = Micro {
        duration: "400s",
        class: "read",
        faults: r#"GreyZone(zone: "x", loss: "70%", at: "200s", lasts: "100s")"#,
        set: &["target_groups.web.unhealthy_threshold=10"],
        ..quiet()
    };
    let away = |plan: &Plan| {
        let measured = Records::of(plan, 1).document();
        let service = &measured.services[0];
        let away: SimDuration = service
            .outages
            .iter()
            .filter_map(cloudsim_measures::Outage::rto)
            .fold(SimDuration::ZERO, SimDuration::saturating_add);
        (away, service.requests - service.good)
    };
    let (without, failed_without) = away(&grey.plan());
    // Handshakes that come late are tried at another address, so that only part of the hundred seconds is an outage.
    assert!(without > SimDuration::from_secs(10), "{without}");
    let (late, failed_late) = away(&grey.plan_doing(&["220s: shift-away zone/x"]));
    assert!(late < without && failed_late < failed_without, "{late} of {without}");
    let (early, failed_early) = away(&grey.plan_doing(&["120s: shift-away zone/x"]));
    assert_eq!((early, failed_early), (SimDuration::ZERO, 0));
}

#[test]
fn while_traffic_is_shifted_away_nothing_new_goes_to_the_zone() {
    let plan =
        quiet().plan_doing(&["60s: shift-away zone/x", "61s: shift-away zone/y", "180s: shift-back zone/x"]);
    let records = Records::of(&plan, 1);
    let in_x: Vec<_> = {
        let x = records.entity(EntityKind::Zone, "x").id;
        records.entities().filter(|info| info.zone == Some(x)).map(|info| info.id).collect()
    };
    let balanced = |from: f64, to: f64| {
        let requests = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::RequestFinished(request) => Some(request),
            _ => None,
        });
        let within = requests.filter(|request| (from..to).contains(&seconds(request.arrived)));
        let mut counts = (0, 0);
        for request in within {
            assert_eq!(request.outcome, Outcome::Ok);
            let [node, server] = [request.hops[0], request.hops[1]].map(|hop| hop.expect("it got so far"));
            counts.0 += u32::from(in_x.contains(&node));
            counts.1 += u32::from(in_x.contains(&server));
        }
        counts
    };
    let (nodes, servers) = balanced(0.0, 60.0);
    assert!(nodes > 100 && servers > 100);
    // Who has an old answer still comes to the node there, and is sent on to the other zone.
    let (nodes, servers) = balanced(60.0, 120.0);
    assert!(nodes > 10 && servers == 0, "{nodes} {servers}");
    // What arrives just before the shift ends may reach its node just after.
    assert_eq!(balanced(120.0, 179.0), (0, 0));
    let (nodes, servers) = balanced(200.0, 239.0);
    assert!(nodes > 10 && servers > 100);
    let refusals: Vec<_> = interventions(&records).into_iter().map(|(_, made)| made.refusal).collect();
    assert_eq!(refusals, [None, Some(Refusal::AlreadyShifted), None]);
}

#[test]
fn an_instance_that_is_launched_where_traffic_is_shifted_away_gets_none() {
    let plan = quiet().plan_doing(&["60s: shift-away zone/x", "70s: scale group/web 8"]);
    let records = Records::of(&plan, 1);
    let x = records.entity(EntityKind::Zone, "x").id;
    let new = records.entities().filter(|info| info.kind == EntityKind::Instance).skip(4);
    let (there, elsewhere): (Vec<_>, Vec<_>) =
        new.map(|info| (info.id, info.zone)).partition(|(_, zone)| *zone == Some(x));
    assert!(there.len() == 2 && elsewhere.len() == 2);
    let served = |servers: &[(cloudsim_records::EntityId, _)]| {
        let at = |record: &Record| {
            let Record::RequestFinished(request) = record else { return false };
            servers
                .iter()
                .any(|(id, _): &(_, Option<cloudsim_records::EntityId>)| request.hops[1] == Some(*id))
        };
        records.times(at).len()
    };
    assert_eq!(served(&there), 0);
    assert!(served(&elsewhere) > 100);
}

#[test]
fn a_group_that_is_scaled_carries_what_it_could_not() {
    // Two servers with two workers that need 20 ms each serve 200 requests a second; eight serve 800.
    let busy = Micro {
        duration: "400s",
        servers: 2,
        rate: "260/s",
        class: "read",
        faults: "",
        set: &["classes.read.handlers.web.work=Constant(\"20ms\")"],
    };
    let failed = |plan: &Plan| {
        let measured = Records::of(plan, 1).document();
        measured.services[0].requests - measured.services[0].good
    };
    let scaled = busy.plan_doing(&["20s: scale group/web 8"]);
    assert!(failed(&scaled) * 2 < failed(&busy.plan()));
    let at = |when| {
        let paused = pause(&scaled, 1, SimDuration::from_secs(when), |_| false);
        let table = paused.table(Kind::of("asg").expect("a kind"));
        let place = |key: &str| table.columns.iter().position(|column| column.key == key).expect("a column");
        (table.rows[0][place("desired")].clone(), table.rows[0][place("running")].clone())
    };
    assert_eq!(at(19), (Cell::Count(2), Cell::Count(2)));
    assert_eq!(at(20).0, Cell::Count(8));
    assert_eq!(at(100), (Cell::Count(8), Cell::Count(8)));
}

#[test]
fn a_process_is_restarted_and_an_instance_replaced() {
    let records = Records::of(
        &quiet().plan_doing(&["60s: restart instance/server-1", "60s: terminate instance/server-2"]),
        1,
    );
    let states = |name: &str| {
        let id = records.entity(EntityKind::Instance, name).id;
        let states = records.0.iter().filter_map(move |stamped| match &stamped.record {
            Record::InstanceStateChanged { instance, state } if *instance == id => {
                Some((seconds(stamped.at), state.word()))
            }
            _ => None,
        });
        states.collect::<Vec<_>>()
    };
    // It starts for 10 s.
    assert_eq!(states("server-1"), [(60.0, "ProcessDown"), (70.0, "Running")]);
    assert_eq!(states("server-2")[0], (60.0, "Terminating"));
    assert_eq!(states("server-5")[0], (60.0, "Pending"));
    let twice = Records::of(
        &quiet().plan_doing(&["60s: terminate instance/server-2", "61s: restart instance/server-2"]),
        1,
    );
    let (_, second) = interventions(&twice).remove(1);
    assert_eq!(second.refusal, Some(Refusal::NotThere));
    // Any member is one that stays, however many are on their way out.
    let any =
        Records::of(&quiet().plan_doing(&["60s: scale group/web 1", "61s: terminate instance/server"]), 1);
    let (_, second) = interventions(&any).remove(1);
    assert_eq!(second.refusal, None);
}

#[test]
fn things_are_called_as_get_calls_them() {
    for (kind, rest) in [
        ("database", "failover KIND/orders"),
        ("zone", "shift-away KIND/a"),
        ("zone", "shift-back KIND/a"),
        ("auto_scaling_group", "scale KIND/frontend 7"),
        ("instance", "restart KIND/frontend-server"),
        ("instance", "terminate KIND/frontend-server-1"),
    ] {
        for word in Kind::of(kind).expect("a kind").names() {
            let interventions = vec![format!("4m: {}", rest.replace("KIND", word))];
            let overrides = Overrides { interventions, ..Overrides::default() };
            let loaded = load(&MemoryFiles::default(), "az-a-outage-ec2", &overrides);
            assert!(loaded.is_ok(), "{word}: {}", loaded.expect_err("just so"));
        }
    }
}

#[test]
fn a_cluster_whose_api_is_silent_refuses_what_kubectl_asks() {
    let (silent, answers) = ("4m", "14m");
    let each = |at: &str| {
        let verbs = ["cordon node/node-b-1", "scale deployment/shop/api 7", "restart deployment/shop/api"];
        verbs.map(|verb| format!("{at}: {verb}"))
    };
    let interventions_of = |at: &str| {
        let overrides = Overrides { interventions: each(at).to_vec(), ..Overrides::default() };
        let plan = load(&MemoryFiles::default(), "k8s-etcd-quorum", &overrides)
            .unwrap_or_else(|problems| panic!("{problems}"))
            .plan;
        interventions(&until(&plan, SimTime::from_secs(15 * 60)))
    };
    // Two of three members of etcd are without power from 2 to 12 minutes.
    let refusals = |at| interventions_of(at).into_iter().map(|(_, made)| made.refusal).collect::<Vec<_>>();
    assert_eq!(refusals(silent), [Some(Refusal::ApiSilent); 3]);
    assert_eq!(refusals(answers), [None; 3]);
}

#[test]
fn a_zone_is_cordoned_and_drained_node_by_node_as_a_selector_of_kubectl_finds_them() {
    let done = ["1m: cordon zone/b", "2m: drain zone/b", "3m: uncordon az/b", "13m: drain zone/a"];
    let overrides = Overrides { interventions: done.map(str::to_owned).to_vec(), ..Overrides::default() };
    let loaded = load(&MemoryFiles::default(), "k8s-whole-zone", &overrides);
    let plan = loaded.unwrap_or_else(|problems| panic!("{problems}")).plan;
    let records = until(&plan, SimTime::from_secs(15 * 60));
    let told: Vec<(f64, Action, Option<Refusal>)> =
        interventions(&records).into_iter().map(|(at, made)| (at, made.action, made.refusal)).collect();
    let each = |at: f64, action: Action| vec![(at, action, None); 4];
    assert_eq!(told[..4], each(60.0, Action::Cordon));
    assert_eq!(told[4..8], each(120.0, Action::Drain));
    assert_eq!(told[8..12], each(180.0, Action::Uncordon));
    // Nodes that stand for themselves stay registered, whether their zone has power or not.
    assert_eq!(told[12..], each(780.0, Action::Drain));
    let nowhere = Overrides { interventions: vec!["1m: cordon zone/c".into()], ..Overrides::default() };
    let plan = load(&MemoryFiles::default(), "az-a-outage-ec2", &nowhere).expect("it has zones").plan;
    let told = interventions(&until(&plan, SimTime::from_secs(61)));
    assert_eq!(told[0].1.refusal, Some(Refusal::NotThere));
}

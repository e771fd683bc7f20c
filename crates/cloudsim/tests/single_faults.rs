//! Each thing can fail by itself: nodes of load balancers, endpoints outside, read replicas, API servers.

mod support;

use cloudsim_records::{Cause, DatabaseInstanceState, EntityKind, Outcome, PodState, Record};
use cloudsim_scenario::plan::Plan;
use support::{Micro, Records, callers, plan, plan_with, seconds};

/// Callers whose NAT gateway is in the zone of their load balancer's second node.
fn caller(faults: &str) -> Plan {
    plan(&callers("20/s", "", "200s"), &["nat_gateways.nat.subnet=py", &format!("faults=[{faults}]")])
}

/// Arrivals of the requests that failed, each for that reason.
fn failed(records: &Records, why: Cause) -> Vec<f64> {
    let ended = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) if !matches!(request.outcome, Outcome::Ok | Outcome::Unfinished) => {
            Some(request)
        }
        _ => None,
    });
    ended
        .map(|request| {
            assert_eq!(request.cause, why);
            seconds(request.arrived)
        })
        .collect()
}

#[test]
fn whoever_calls_a_silent_endpoint_waits_in_vain() {
    let records = Records::of(&caller(r#"EndpointOutage(endpoint: "api", at: "50s", lasts: "30s")"#), 1);
    let failed = failed(&records, Cause::EndpointSlow);
    // A request reaches the endpoint some tens of milliseconds after it arrives, and those that are there get no answer.
    assert!(failed.iter().all(|at| (49.9..80.0).contains(at)), "{failed:?}");
    assert!((598..=602).contains(&failed.len()), "20 a second for 30 s: {}", failed.len());
    let document = records.document();
    let [outage] = &document.services[0].outages[..] else { panic!("one outage") };
    assert_eq!(outage.fault.as_deref(), Some("endpoint-api"));
    assert!(outage.phases.iter().any(|phase| phase.name == "fault"), "{:?}", outage.phases);
}

#[test]
fn a_balancers_node_dies_alone_and_is_back_when_all_that_broke_it_is_over() {
    let node = |faults: &str| {
        let records = Records::of(&caller(faults), 1);
        let of = records.entity(EntityKind::BalancerNode, "lb/y").id;
        let other = records.entity(EntityKind::BalancerNode, "lb/x").id;
        let turned = |wanted, is: bool| {
            records.times(|record| {
                matches!(record, Record::BalancerNodeChanged { node, up } if *node == wanted && *up == is)
            })
        };
        assert_eq!(turned(other, false), Vec::<f64>::new());
        let gateway = |record: &Record| matches!(record, Record::NatGatewayChanged { .. });
        (turned(of, false), turned(of, true), records.times(gateway).len())
    };
    let loss = |name: &str, at: u32, lasts: u32| {
        format!(r#"BalancerNodeLoss(name: "{name}", node: "lb/y", at: "{at}s", lasts: "{lasts}s")"#)
    };
    let (down, up, gateways) = node(&loss("one", 30, 30));
    assert_eq!((down, gateways), (vec![30.0], 0), "nothing else of its zone is hit");
    let probed = up[0] - 60.0;
    assert!((0.0..60.0).contains(&probed), "it looks for its targets first: {probed}");
    let (down, up, _) = node(&format!("{}, {}", loss("one", 30, 60), loss("two", 60, 60)));
    assert_eq!(down, [30.0]);
    assert!((up[0] - 120.0 - probed).abs() < 6.0 && up.len() == 1, "{up:?}");
    let dark = r#"ZonePowerLoss(name: "dark", zone: "y", at: "20s", lasts: "20s")"#;
    let (down, up, gateways) = node(&format!("{dark}, {}", loss("one", 30, 60)));
    assert_eq!((down, gateways), (vec![20.0], 2));
    assert!(up[0] >= 90.0 && up.len() == 1, "its zone's power alone does not bring it back: {up:?}");
}

#[test]
fn a_read_replica_is_lost_and_follows_again() {
    let micro = Micro {
        duration: "30m",
        servers: 2,
        rate: "5/s",
        class: "write",
        faults: "",
        set: &[r#"databases.db.replicas=[(name: "copy", subnet: "sy")]"#],
    };
    let changes = |lasts: &str| {
        let fault = format!(r#"faults=[ReplicaLoss(replica: "copy", at: "60s"{lasts})]"#);
        let records = Records::of(&micro.plan_setting(&[&fault]), 1);
        let copy = records.entity(EntityKind::DatabaseInstance, "copy").id;
        let all = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::DatabaseInstanceChanged { instance, state, .. } => {
                assert_eq!(*instance, copy, "nothing happens to the others");
                Some((seconds(stamped.at), *state))
            }
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    let of_a_minute = changes(r#", lasts: "60s""#);
    assert_eq!(of_a_minute[0], (60.0, DatabaseInstanceState::Unreachable));
    let (back, state) = of_a_minute[of_a_minute.len() - 1];
    assert!(state == DatabaseInstanceState::Replica && (120.0..600.0).contains(&back), "{of_a_minute:?}");
    // Without an end it moves to another host, which takes as long as to make one.
    let replaced = changes("");
    let (back, state) = replaced[replaced.len() - 1];
    assert!(state == DatabaseInstanceState::Replica && back > 120.0, "{replaced:?}");
}

#[test]
fn what_runs_goes_on_while_the_api_servers_are_silent_and_nothing_is_made() {
    let world = include_str!("registries.ron");
    let set = [
        "deployments.shop/web.spec.replicas=1",
        "deployments.shop/api.spec.replicas=0",
        r#"faults=[ApiServerOutage(cluster: "west", at: "60s", lasts: "5m")]"#,
    ];
    let done = ["90s: scale deployment/shop/web 3", "400s: scale deployment/shop/api 2"].map(str::to_owned);
    let records = Records::of(&plan_with(world, &set, &done), 1);
    let turns = |is| {
        records
            .times(|record| matches!(record, Record::ControlPlaneChanged { answers, .. } if *answers == is))
    };
    assert_eq!((turns(false), turns(true)), (vec![60.0], vec![360.0]));
    let came_to = |wanted: PodState| {
        records.times(|record| matches!(record, Record::PodChanged { state, .. } if *state == wanted))
    };
    // Nobody takes the first command; the second is.
    let made = came_to(PodState::Pending);
    assert!(made.len() == 2 && made.iter().all(|at| (400.0..410.0).contains(at)), "{made:?}");
    assert_eq!(came_to(PodState::Running).len(), 2);
    assert_eq!(came_to(PodState::Gone).len(), 0, "nothing that runs is evicted");
    let twice = r#"faults=[ApiServerOutage(name: "one", cluster: "west", at: "60s", lasts: "60s"),
        ApiServerOutage(name: "two", cluster: "west", at: "90s", lasts: "60s")]"#;
    let records = Records::of(&plan_with(world, &[twice], &[]), 1);
    let turned = |record: &Record| matches!(record, Record::ControlPlaneChanged { .. });
    assert_eq!(records.times(turned), [60.0, 150.0]);
}

#[test]
fn each_thing_fails_once() {
    let plan = caller(r#"NatGatewayLoss(nat_gateway: "nat", at: "100s")"#);
    let all = plan.single_faults();
    let names: Vec<&str> = all.iter().map(|thing| thing.name.as_str()).collect();
    let wanted = [
        "zone:x",
        "zone:y",
        "region:test",
        "control-plane:test",
        "host:server-1",
        "nat:nat",
        "balancer-node:lb/x",
        "balancer-node:lb/y",
        "endpoint:api",
    ];
    assert_eq!(names, wanted);
    for thing in &all {
        let alone = plan.with_single_fault(thing, support::at(40), Some(support::span(20)));
        let records = Records::of(&alone, 1);
        let started = records.times(|record| matches!(record, Record::FaultStarted { .. }));
        assert_eq!(started, [40.0], "{}: those of the scenario itself do not come", thing.name);
    }
}

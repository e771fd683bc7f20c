//! The network in whole runs: rules that change, zones that are cut off, ports that run out, connections that are forgotten.

mod support;

use cloudsim_records::{Cause, EntityKind, Outcome, Record, RequestFinished};
use support::{Micro, Records, callers, plan, seconds};

fn requests(records: &Records) -> impl Iterator<Item = &RequestFinished> {
    records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) if request.outcome != Outcome::Unfinished => Some(request),
        _ => None,
    })
}

fn micro(faults: &'static str, set: &'static [&'static str]) -> Micro {
    Micro { duration: "240s", servers: 4, rate: "20/s", class: "read", faults, set }
}

const ONE_TRY: &str = "clients.user.tries=1";

#[test]
fn requests_are_held_against_the_rules_that_hold_when_they_begin() {
    // From 60 s to 120 s the subnets have an ACL that lets nothing in.
    let records = Records::of(
        &micro(
            r#"NetworkAclChange(subnets: ["sx", "sy"], network_acl: "closed", at: "60s", lasts: "60s")"#,
            &[ONE_TRY, r#"network_acls=[(name: "closed", vpc: "net")]"#],
        )
        .plan(),
        1,
    );
    // What is on its way at the change may see either; a client tries its second address a second after the first.
    let margin = 1.1;
    let mut stopped = 0;
    for request in requests(&records) {
        let arrived = seconds(request.arrived);
        if (60.0..120.0 - margin).contains(&arrived) {
            assert_eq!(request.cause, Cause::NetworkAclDenied, "arrived at {arrived}");
            stopped += 1;
        } else if !(60.0 - margin..120.0).contains(&arrived) {
            assert_ne!(request.cause, Cause::NetworkAclDenied, "arrived at {arrived}");
        }
    }
    assert!(stopped > 1_000);
}

/// Clients on the internet use source ports from 1024 to 65535, which are 64,512. An ACL that lets answers out to 32768 and
/// above drops those to the 31,744 below: 49.2 % of all connections fail, whoever they are from.
#[test]
fn an_acl_that_forgets_half_of_the_ephemeral_ports_stops_half_of_the_connections() {
    let records = Records::of(
        &micro(
            "",
            &[
                ONE_TRY,
                // One address, and no time for the second.
                "clients.user.connect_timeout=2s",
                "clients.user.try_timeout=2s",
                r#"network_acls=[(
                    name: "half", vpc: "net",
                    ingress: [(rule: 1, action: Allow, cidr: "0.0.0.0/0")],
                    egress: [
                        (rule: 1, action: Allow, cidr: "10.0.0.0/16"),
                        (rule: 2, action: Allow, ports: "32768-65535", cidr: "0.0.0.0/0"),
                    ],
                )]"#,
                "subnets.sx.network_acl=half",
                "subnets.sy.network_acl=half",
            ],
        )
        .plan(),
        1,
    );
    let (mut stopped, mut tried) = (0_u32, 0_u32);
    for request in requests(&records) {
        tried += 1;
        stopped += u32::from(request.cause == Cause::NetworkAclDenied);
    }
    let (share, expected) = (f64::from(stopped) / f64::from(tried), 31_744.0 / 64_512.0);
    let deviation = (expected * (1.0 - expected) / f64::from(tried)).sqrt();
    assert!((share - expected).abs() < 4.0 * deviation, "{share} instead of {expected} ± {deviation}");
}

#[test]
fn each_side_of_a_partition_sees_the_other_as_dead_and_itself_as_well() {
    let records = Records::of(
        &micro(
            r#"ZonePartition(zone: "x", at: "30s", lasts: "120s")"#,
            &["target_groups.web.interval=5s", "target_groups.web.timeout=2s"],
        )
        .plan(),
        1,
    );
    let zone_of = |entity| records.entities().find(|info| info.id == entity).and_then(|info| info.zone);
    let mut judged = 0;
    for stamped in &records.0 {
        if let Record::TargetHealthChanged { node, target, .. } = stamped.record {
            assert_ne!(zone_of(node), zone_of(target), "a target of the node's own zone was judged");
            judged += 1;
        }
    }
    // Two nodes, each with two targets on the other side, lost and found again.
    assert_eq!(judged, 8);
    let died = |record: &Record| {
        matches!(record, Record::InstanceStateChanged { .. } | Record::BalancerNodeChanged { .. })
    };
    assert!(records.times(died).is_empty(), "nothing died");
}

#[test]
fn a_writer_that_is_cut_off_from_its_standby_loses_no_acknowledged_commit() {
    for zone in ["x", "y"] {
        let fault = if zone == "x" {
            r#"ZonePartition(zone: "x", at: "30s", lasts: "120s")"#
        } else {
            r#"ZonePartition(zone: "y", at: "30s", lasts: "120s")"#
        };
        let records = Records::of(&Micro { class: "write", ..micro(fault, &[]) }.plan(), 1);
        let finished = records.times(|record| matches!(record, Record::FailoverFinished { .. }));
        // The writer is in x: if its zone is the one that is isolated, the standby takes over.
        assert_eq!(finished.len(), usize::from(zone == "x"), "zone {zone}");
        let lost = records.0.iter().find_map(|stamped| match &stamped.record {
            Record::CommitsSettled { commits, .. } => Some(commits.acked_lost),
            _ => None,
        });
        assert_eq!(lost, Some(0), "zone {zone}");
        let mut good = requests(&records).filter(|request| request.outcome == Outcome::Ok);
        assert!(good.any(|request| seconds(request.arrived) > 200.0), "writes go on after it");
    }
}

/// The callers of one NAT gateway, at a rate and with connections that are kept so long.
fn caller(rate: &str, keep_alive: &str, duration: &str) -> cloudsim_scenario::plan::Plan {
    plan(&callers(rate, keep_alive, duration), &[])
}

/// 1,000 connections a second use up 55,000 ports in 55 s; the first of them is free again 60 s after its answer, and
/// a second later the shortage is over.
#[test]
fn ports_run_out_when_connections_come_faster_than_they_rest() {
    let records = Records::of(&caller("1000/s", "", "80s"), 1);
    let times = records.times(|record| matches!(record, Record::NatPortsChanged { exhausted: true, .. }));
    assert!((55.0..55.2).contains(&times[0]), "{times:?}");
    let times = records.times(|record| matches!(record, Record::NatPortsChanged { exhausted: false, .. }));
    assert!((60.9..61.2).contains(&times[0]), "{times:?}");
    for request in requests(&records) {
        let arrived = seconds(request.arrived);
        if request.outcome != Outcome::Ok {
            assert_eq!(request.cause, Cause::NatPortsExhausted);
            assert!(arrived > 54.9, "{arrived}");
        }
    }
    let slower = Records::of(&caller("900/s", "", "80s"), 1);
    assert!(requests(&slower).all(|request| request.outcome == Outcome::Ok));
}

#[test]
fn connections_that_are_kept_need_no_new_ports() {
    let records = Records::of(&caller("1000/s", r#"keep_alive: "60s","#, "80s"), 1);
    assert!(requests(&records).all(|request| request.outcome == Outcome::Ok));
}

/// A request every 360 s. The gateway forgets a connection that idles for 350 s.
#[test]
fn a_connection_that_idles_longer_than_the_gateway_remembers_is_reset() {
    let resets = |keep_alive| {
        let records = Records::of(&caller("10/h", keep_alive, "3500s"), 1);
        let outcomes: Vec<Cause> = requests(&records).map(|request| request.cause).collect();
        assert_eq!(outcomes.len(), 9);
        outcomes.iter().filter(|cause| **cause == Cause::ConnectionReset).count()
    };
    // The client closes it first, or never keeps any.
    assert_eq!(resets(r#"keep_alive: "300s","#), 0);
    assert_eq!(resets(""), 0);
    // Every second call finds a forgotten one; the one after it makes a new one.
    assert_eq!(resets(r#"keep_alive: "1h","#), 4);
}

#[test]
fn a_launch_fails_while_its_subnet_has_no_address_left() {
    let micro = Micro {
        servers: 16,
        duration: "900s",
        ..micro(
            r#"ZonePowerLoss(zone: "x", at: "10s")"#,
            &["subnets.sx.cidr=10.0.0.0/28", "subnets.sy.cidr=10.0.1.0/28", "auto_scaling_groups.web.max=16"],
        )
    };
    // Of the eleven addresses of y the balancer's node and eight servers hold nine, the standby and a restored instance two.
    let records = Records::of(&micro.plan(), 1);
    assert!(!records.times(|record| matches!(record, Record::AddressesExhausted { .. })).is_empty());
    let y = records.entity(EntityKind::Zone, "y").id;
    let launched =
        records.entities().filter(|info| info.kind == EntityKind::Instance && info.zone == Some(y));
    assert_eq!(launched.count(), 8, "none was launched in y");
}

#[test]
fn a_gateway_that_two_faults_break_works_again_when_both_are_over() {
    let mut plan = caller("1/s", "", "200s");
    let loss = |name: &str, at, lasts| cloudsim_scenario::plan::FaultSpec {
        name: name.into(),
        kind: cloudsim_scenario::plan::FaultKind::NatGatewayLoss {
            nat_gateway: cloudsim_world::NatGatewayId(0),
        },
        at: cloudsim_units::SimTime::from_secs(at),
        lasts: Some(cloudsim_units::SimDuration::from_secs(lasts)),
    };
    plan.faults = vec![loss("one", 30, 60), loss("two", 60, 90)];
    let records = Records::of(&plan, 1);
    let up =
        |is| records.times(move |record| matches!(record, Record::NatGatewayChanged { up, .. } if *up == is));
    assert_eq!((up(false), up(true)), (vec![30.0], vec![150.0]));
}

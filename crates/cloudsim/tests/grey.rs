//! Grey borders in whole runs: who gives a handshake up and takes another address, and which commits wait.

mod support;

use cloudsim_records::{Cause, EntityId, EntityKind, Outcome, Record, RequestFinished};
use cloudsim_units::SimTime;
use support::{Micro, Records, seconds};

fn requests(records: &Records) -> impl Iterator<Item = (SimTime, &RequestFinished)> {
    records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) if request.outcome != Outcome::Unfinished => {
            Some((stamped.at, request))
        }
        _ => None,
    })
}

fn micro(class: &'static str, faults: &'static str, set: &'static [&'static str]) -> Micro {
    Micro { duration: "120s", servers: 4, rate: "40/s", class, faults, set }
}

fn node(records: &Records, name: &str) -> EntityId {
    records.entity(EntityKind::BalancerNode, name).id
}

const X_LATE: &str = r#"GreyZone(zone: "x", latency: "600ms", at: "30s")"#;
const ALL_LATE: &str = r#"
    GreyZone(name: "one", zone: "x", latency: "600ms", at: "30s"),
    GreyZone(name: "two", zone: "y", latency: "600ms", at: "30s"),
"#;

/// To and fro over the border of x takes 1,220 ms, and a client waits for a connection for a second.
#[test]
fn a_client_takes_the_next_address_when_a_handshake_is_late() {
    let records = Records::of(&micro("read", X_LATE, &[]).plan(), 1);
    let (x, y) = (node(&records, "lb/x"), node(&records, "lb/y"));
    let mut asked_x_first = 0;
    for (at, request) in requests(&records) {
        if seconds(request.arrived) < 30.0 {
            continue;
        }
        assert_eq!(request.outcome, Outcome::Ok);
        assert_eq!((request.tries, request.hops[0]), (1, Some(y)));
        assert!(!request.hops.contains(&Some(x)));
        let took = seconds(at) - seconds(request.arrived);
        // 40 ms for the client that came to y at once; a server in x is another 1.2 s away.
        let first = if took > 1.5 { took - 1.2 } else { took };
        asked_x_first += u32::from(first > 1.0);
    }
    assert!(asked_x_first > 500, "{asked_x_first}");
}

#[test]
fn a_handshake_that_is_late_everywhere_fails_when_the_connect_timeout_says_so() {
    let set: &[&str] = &["clients.user.tries=1", "clients.user.try_timeout=5s"];
    let records = Records::of(&micro("read", ALL_LATE, set).plan(), 1);
    let mut failed = 0;
    for (at, request) in requests(&records).filter(|(_, request)| seconds(request.arrived) >= 30.0) {
        assert_eq!((request.outcome, request.cause), (Outcome::Error, Cause::LinkDegraded));
        assert_eq!((request.code, request.hops[0]), (0, None), "nobody was reached");
        // Two addresses.
        assert!((seconds(at) - seconds(request.arrived) - 2.0).abs() < 1e-6);
        failed += 1;
    }
    assert!(failed > 3_000, "{failed}");
    let set: &[&str] = &["clients.user.connect_timeout=1300ms", "clients.user.try_timeout=5s"];
    let records = Records::of(&micro("read", ALL_LATE, set).plan(), 1);
    assert!(requests(&records).all(|(_, request)| request.outcome == Outcome::Ok), "it was only late");
}

/// Half of the clients begin with x. Three in ten of their handshakes are lost, and sent again after a second, which is too
/// late: 35 % of all get in by x.
#[test]
fn a_lost_handshake_is_another_address() {
    let fault = r#"GreyZone(zone: "x", loss: "30%", direction: Ingress, at: "1us")"#;
    let (mut by_x, mut all) = (0_u32, 0_u32);
    for seed in 0..10 {
        let records = Records::of(&micro("read", fault, &[]).plan(), seed);
        let x = node(&records, "lb/x");
        for (_, request) in requests(&records).filter(|(_, request)| request.tries == 1) {
            by_x += u32::from(request.hops[0] == Some(x));
            all += 1;
        }
    }
    let (share, deviation) = (f64::from(by_x) / f64::from(all), (0.35 * 0.65 / f64::from(all)).sqrt());
    // Clients of one resolver get one answer, but each chooses its address by itself.
    assert!((share - 0.35).abs() < 5.0 * deviation, "{share} ± {deviation} of {all}");
}

/// The writer is in x, the standby in y. What enters y is 50 ms late and what leaves it 20 ms.
#[test]
fn commits_over_a_grey_border_are_late_by_both_directions() {
    let faults = r#"
        GreyZone(name: "in", zone: "y", latency: "50ms", direction: Ingress, at: "60s"),
        GreyZone(name: "out", zone: "y", latency: "20ms", direction: Egress, at: "60s"),
    "#;
    for seed in 0..5 {
        let records = Records::of(&micro("write", faults, &[]).plan(), seed);
        let x = Some(records.entity(EntityKind::Zone, "x").id);
        let zone =
            |entity: EntityId| records.entities().find(|info| info.id == entity).and_then(|info| info.zone);
        let (mut before, mut during) = (f64::MAX, f64::MAX);
        for (at, request) in requests(&records) {
            if request.outcome == Outcome::Ok && request.hops.iter().flatten().all(|hop| zone(*hop) == x) {
                let took = seconds(at) - seconds(request.arrived);
                let quickest = if seconds(request.arrived) < 60.0 { &mut before } else { &mut during };
                *quickest = quickest.min(took);
            }
        }
        // The disks are other ones: their log-normal times differ by less than a few milliseconds.
        assert!((during - before - 0.07).abs() < 0.003, "{before} and {during}");
    }
}

/// Twenty commits a second whose copies are lost three times in ten: of those one comes in behind at the next timer.
#[test]
fn a_lossy_way_to_the_standby_loses_no_acknowledged_commit() {
    let fault = r#"
        GreyZone(zone: "y", loss: "30%", at: "20s"),
        DatabasePrimaryCrash(database: "db", at: "60s"),
    "#;
    for seed in 0..10 {
        let records = Records::of(&micro("write", fault, &[]).plan(), seed);
        let settled = records.0.iter().find_map(|stamped| match &stamped.record {
            Record::CommitsSettled { commits, .. } => Some(*commits),
            _ => None,
        });
        let commits = settled.expect("commits are settled at the end");
        assert_eq!(commits.acked_lost, 0);
        let late = requests(&records)
            .filter(|(at, request)| seconds(*at) - seconds(request.arrived) > 0.2)
            .filter(|(_, request)| (20.0..50.0).contains(&seconds(request.arrived)));
        assert!(late.count() > 100, "many wait for a timer");
    }
}

/// Twenty writes a second to a database in x; half of the servers are in y. Each costs two kibibytes over the border.
#[test]
fn statements_to_another_zone_are_billed_and_those_within_a_zone_are_not() {
    let between_zones = |set| {
        let records = Records::of(&Micro { rate: "20/s", ..micro("write", "", set) }.plan(), 1);
        let bill = records.0.iter().find_map(|stamped| match &stamped.record {
            Record::BillDrawn(items) => Some((**items).clone()),
            _ => None,
        });
        let bill = bill.expect("a bill is drawn at the end");
        bill.into_iter().find(|item| item.what == "data between zones")
    };
    let item = between_zones(&[]).expect("it costs");
    // 20 / 2 * 2,048 bytes a second are 53.8 GB in 730 hours, at two cents; 2,400 requests deviate by 2 %.
    let (gigabytes, cents) = (item.quantity_milli / 1_000, item.usd.as_nanos() / 10_000_000);
    assert!((50..58).contains(&gigabytes), "{item:?}");
    assert!((100..116).contains(&cents), "{item:?}");
    assert_eq!(between_zones(&[r#"auto_scaling_groups.web.subnets=["sx"]"#]), None);
}

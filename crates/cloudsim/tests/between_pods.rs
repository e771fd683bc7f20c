//! Requests from pod to pod by way of a service of Kubernetes, in whole runs.

mod support;

use cloudsim_records::{Cause, EndpointState, EntityId, EntityKind, Outcome, Record, RequestFinished};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{MemoryFiles, Overrides, SHIPPED, load};
use cloudsim_units::SimTime;
use std::collections::BTreeSet;
use support::{Records, seconds};

/// A shipped scenario with changes, in which nobody tries twice.
fn shop(scenario: &str, set: &[&str], act: &[&str]) -> Plan {
    let mut files = MemoryFiles::default();
    for (path, text) in SHIPPED {
        files.insert(path, *text);
    }
    let set = ["clients.buyer.tries=1", "objectives=[]"].iter().chain(set);
    let overrides = Overrides {
        set: set.map(|set| (*set).to_owned()).collect(),
        interventions: act.iter().map(|act| (*act).to_owned()).collect(),
        ..Overrides::default()
    };
    load(&files, scenario, &overrides).unwrap_or_else(|problems| panic!("{problems}")).plan
}

fn requests(records: &Records) -> impl Iterator<Item = &RequestFinished> {
    records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(request) => Some(request),
        _ => None,
    })
}

/// Whether a request failed. One that is under way at the end has not.
fn is_bad(request: &RequestFinished) -> bool {
    !matches!(request.outcome, Outcome::Ok | Outcome::Unfinished)
}

fn at(records: &Records, state: EndpointState) -> f64 {
    let is = |record: &Record| matches!(record, Record::EndpointChanged { state: of, .. } if *of == state);
    records.times(is)[0]
}

/// The share of the requests that arrived in between and failed, and whether all failures had that cause.
fn failed(records: &Records, from: f64, to: f64, cause: Cause) -> (f64, bool) {
    let within =
        |request: &&RequestFinished| (from..to).contains(&request.arrived.since(SimTime::ZERO).as_secs_f64());
    let all = requests(records).filter(within).count();
    let bad: Vec<_> = requests(records).filter(within).filter(|request| is_bad(request)).collect();
    let share = f64::from(u32::try_from(bad.len()).unwrap()) / f64::from(u32::try_from(all).unwrap());
    (share, bad.iter().all(|request| request.cause == cause))
}

#[test]
fn until_the_rules_forget_a_dead_pod_it_gets_its_share_of_the_connections() {
    let records = Records::of(&shop("k8s-stale-endpoints.ron", &["duration=8m"], &[]), 1);
    let (unlisted, forgotten) =
        (at(&records, EndpointState::Unlisted), at(&records, EndpointState::Forgotten));
    assert!(unlisted < forgotten && forgotten < unlisted + 0.2, "{unlisted} {forgotten}");
    // One of six, of about nine thousand requests: four standard deviations are 1.6 %.
    let (share, unreachable) = failed(&records, 300.0, forgotten - 2.0, Cause::TargetUnreachable);
    assert!((share - 1.0 / 6.0).abs() < 0.016 && unreachable, "{share}");
    let (share, _) = failed(&records, forgotten, 480.0, Cause::None);
    assert!(share.abs() < 1e-9, "{share}");
}

#[test]
fn a_call_to_a_dead_pod_takes_the_connect_timeout_and_no_longer() {
    let set = ["duration=6m", "classes.buy.handlers.web.calls.0.connect_timeout=400ms"];
    let records = Records::of(&shop("k8s-stale-endpoints.ron", &set, &[]), 1);
    let ended = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::RequestFinished(of) if of.cause == Cause::TargetUnreachable => {
            Some(stamped.at.since(of.arrived).as_secs_f64())
        }
        _ => None,
    });
    let took: Vec<f64> = ended.collect();
    assert!(took.len() > 100, "{}", took.len());
    // The way of the client and the work of `web` come on top.
    assert!(took.iter().all(|took| (0.4..1.2).contains(took)), "{took:?}");
}

#[test]
fn pods_that_are_gone_before_the_rules_are_written_refuse_or_keep_silent() {
    let act = ["2m: restart deployment/shop/cart"];
    // They end as soon as they are told, and nobody writes rules for ten seconds after the last time.
    let set = ["duration=4m", "faults=[]", "clusters.shop.kube_proxy=(min_sync_period: \"10s\")"];
    let slow = Records::of(&shop("k8s-stale-endpoints.ron", &set, &act), 1);
    let gone: Vec<_> = requests(&slow).filter(|request| is_bad(request)).collect();
    assert!(!gone.is_empty());
    let stale = [Cause::TargetRefused, Cause::TargetUnreachable];
    assert!(gone.iter().all(|request| stale.contains(&request.cause)), "{:?}", gone[0]);
    let quick = Records::of(&shop("k8s-stale-endpoints.ron", &["duration=4m", "faults=[]"], &act), 1);
    let rest = requests(&quick).filter(|request| is_bad(request)).count();
    assert!(rest < gone.len(), "{rest} {}", gone.len());
}

#[test]
fn a_service_without_a_ready_pod_refuses_at_once() {
    let act = ["2m: scale deployment/shop/cart 0"];
    let records = Records::of(&shop("k8s-stale-endpoints.ron", &["duration=5m", "faults=[]"], &act), 1);
    let (share, no_targets) = failed(&records, 240.0, 299.0, Cause::NoTargets);
    assert!((share - 1.0).abs() < 1e-9 && no_targets, "{share}");
}

/// What data between zones costs in a month, in thousand-millionths of a dollar.
fn between_zones(records: &Records) -> i64 {
    let bill = records.0.iter().find_map(|stamped| match &stamped.record {
        Record::BillDrawn(items) => Some(items),
        _ => None,
    });
    let items = bill.expect("each run ends with a bill");
    items.iter().filter(|item| item.what.contains("between zones")).map(|item| item.usd.as_nanos()).sum()
}

#[test]
fn a_service_that_prefers_its_zone_sends_nothing_to_another() {
    let set = ["duration=3m", "faults=[]"];
    let plain = Records::of(&shop("k8s-stale-endpoints.ron", &set, &[]), 1);
    let close = Records::of(&shop("k8s-prefer-close.ron", &set, &[]), 1);
    assert!(between_zones(&plain) > 0);
    assert_eq!(between_zones(&close), 0);
}

#[test]
fn a_zonal_shift_of_a_cluster_keeps_requests_and_new_nodes_out_of_the_zone() {
    let act = ["2m: shift-away zone/a", "2m30s: terminate instance/cart-node-1"];
    let set = ["duration=6m", "faults=[]", "clusters.shop.zonal_shift=true"];
    let records = Records::of(&shop("k8s-stale-endpoints.ron", &set, &act), 1);
    let zone = records.entity(EntityKind::Zone, "a").id;
    let gone: BTreeSet<EntityId> = records
        .0
        .iter()
        .filter(|stamped| (120.0..130.0).contains(&seconds(stamped.at)))
        .filter_map(|stamped| match stamped.record {
            Record::EndpointChanged { pod, state: EndpointState::Unlisted, .. } => Some(pod),
            Record::TargetDeregistered { target, .. } => Some(target),
            _ => None,
        })
        .collect();
    assert!(!gone.is_empty());
    let through = |request: &RequestFinished| request.hops.iter().flatten().any(|hop| gone.contains(hop));
    let arrived = |request: &&RequestFinished| seconds(request.arrived);
    let before = requests(&records).filter(|request| arrived(request) < 119.0);
    let after = requests(&records).filter(|request| arrived(request) > 130.0);
    assert!(before.filter(|request| through(request)).count() > 100);
    assert_eq!(after.filter(|request| through(request)).count(), 0);
    let (share, _) = failed(&records, 60.0, 330.0, Cause::None);
    assert!(share < 0.001, "{share}");
    let new = records.0.iter().filter_map(|stamped| match &stamped.record {
        Record::EntityAdded(info) if info.kind == EntityKind::Instance => Some(info.zone),
        _ => None,
    });
    let new: Vec<_> = new.collect();
    // Its own zone has the fewest members, and would be next.
    assert!(new.len() == 1 && new[0] != Some(zone), "{new:?}");
}

//! Container images in the registries of regions: from which a node pulls, what becomes of its pods while that is dark, and
//! what it costs.

mod support;

use cloudsim::why::{self, Became};
use cloudsim::{Cell, Kind, pause};
use cloudsim_measures::RunDocument;
use cloudsim_records::{BillItem, EntityKind, PodState, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use support::{Records, plan_with, seconds};

const WORLD: &str = include_str!("registries.ron");

/// The registry of the cluster's own region has a copy.
const REPLICA: &str = r#"images.shop/web:1.regions=["us-east-1", "us-west-2"]"#;
const NO_FAULT: &str = "faults=[]";

/// 1 GiB at 100 MB in a second.
const PULL: f64 = 10.737_418_24;
/// What cannot connect gives up after 30 s.
const DIAL: f64 = 30.0;

fn world(set: &[&str], done: &[&str]) -> Plan {
    let done: Vec<String> = done.iter().map(|text| (*text).to_owned()).collect();
    plan_with(WORLD, set, &done)
}

fn failed(records: &Records) -> Vec<f64> {
    records.times(|record| matches!(record, Record::ImagePullFailed { .. }))
}

/// When the pods of a workload came to a state.
fn came_to(records: &Records, workload: &str, wanted: PodState) -> Vec<f64> {
    let of = format!("shop/{workload}-");
    let pods: Vec<_> = records
        .entities()
        .filter(|entity| entity.kind == EntityKind::Pod && entity.name.starts_with(&of))
        .map(|entity| entity.id)
        .collect();
    records.times(|record| match record {
        Record::PodChanged { pod, state, .. } => *state == wanted && pods.contains(pod),
        _ => false,
    })
}

fn close(found: &[f64], wanted: &[f64]) {
    let near = found.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-6);
    assert!(found.len() == wanted.len() && near, "{found:?}, not {wanted:?}");
}

fn column(plan: &Plan, at: f64, kind: &str, key: &str) -> Vec<Cell> {
    let paused = pause(plan, 1, SimDuration::from_nanos_f64(at * 1e9), |_| false);
    let table = paused.table(Kind::of(kind).expect("it is a kind"));
    let place = table.columns.iter().position(|column| column.key == key).expect("a column");
    table.rows.into_iter().map(|mut row| row.swap_remove(place)).collect()
}

#[test]
fn pods_start_from_a_replica_while_the_other_region_is_dark() {
    for seed in 1..=20 {
        let records = Records::of(&world(&[REPLICA], &["90s: scale deployment/shop/web 2"]), seed);
        assert_eq!(failed(&records), Vec::<f64>::new(), "seed {seed}");
        // Both are on one node: the second waits for the bytes of the first, some seconds after they were made.
        let pulled = came_to(&records, "web", PodState::Pulled);
        assert_eq!(pulled.len(), 2, "seed {seed}");
        assert!(pulled.iter().all(|at| (90.0 + PULL..100.0 + PULL).contains(at)), "seed {seed}: {pulled:?}");
        assert_eq!(came_to(&records, "web", PodState::Running).len(), 2, "seed {seed}");
    }
}

#[test]
fn without_one_they_are_tried_again_at_growing_distances_until_the_region_is_back() {
    for seed in 1..=20 {
        let records = Records::of(&world(&[], &["90s: scale deployment/shop/web 1"]), seed);
        let failed = failed(&records);
        // Each try fails after 30 s, and the next begins 10, 20, 40, 80 and 160 s after that. The sixth, about 571 s after the
        // first began, fails still; the seventh begins 300 s later, when the region has been back since 660 s.
        let first = failed[0];
        assert!((90.0 + DIAL..100.0 + DIAL).contains(&first), "seed {seed}: {first}");
        let gaps = [10.0, 20.0, 40.0, 80.0, 160.0].map(|backoff| backoff + DIAL);
        let mut wanted = vec![first];
        for gap in gaps {
            wanted.push(wanted.last().expect("the first is there") + gap);
        }
        close(&failed, &wanted);
        let pulled = came_to(&records, "web", PodState::Pulled);
        close(&pulled, &[wanted[5] + 300.0 + PULL]);
        assert_eq!(came_to(&records, "web", PodState::Running).len(), 1, "seed {seed}");
    }
}

#[test]
fn no_distance_is_longer_than_five_minutes() {
    let done = ["90s: scale deployment/shop/web 1"];
    let records = Records::of(&world(&["duration=40m", "faults.east-dark.lasts=1h"], &done), 1);
    let failed = failed(&records);
    let gaps: Vec<f64> = failed.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 6, "{gaps:?}");
    close(&gaps[5..], &vec![300.0 + DIAL; gaps.len() - 5]);
    assert_eq!(came_to(&records, "web", PodState::Pulled), Vec::<f64>::new());
}

#[test]
fn kubectl_shows_what_became_of_a_pull() {
    let plan = world(&[], &["90s: scale deployment/shop/web 1"]);
    let failed = failed(&Records::of(&plan, 1));
    let status = |at: f64| column(&plan, at, "pods", "status");
    let one = |word: &str| vec![Cell::from(word)];
    assert_eq!(status(failed[0] - 1.0), one("ContainerCreating"));
    assert_eq!(status(failed[0] + 1.0), one("ErrImagePull"));
    // 10 s after it has failed the kubelet looks again: the first time it tries again, later it leaves it for some time more.
    assert_eq!(status(failed[0] + 11.0), one("ErrImagePull"));
    assert_eq!(status(failed[1] + 9.0), one("ErrImagePull"));
    assert_eq!(status(failed[1] + 11.0), one("ImagePullBackOff"));
    assert_eq!(status(failed[1] + 21.0), one("ImagePullBackOff"));
    assert_eq!(status(1199.0), one("Running"));
    let said: Vec<(Cell, Cell)> = column(&plan, failed[1] + 11.0, "events", "reason")
        .into_iter()
        .zip(column(&plan, failed[1] + 11.0, "events", "message"))
        .filter(|(reason, _)| {
            ["Pulling", "Failed", "BackOff"].iter().any(|word| *reason == Cell::from(*word))
        })
        .collect();
    let unreachable = "Failed to pull image \"shop/web:1\": rpc error: code = DeadlineExceeded desc = failed to pull and \
                       unpack image \"shop/web:1\": failed to resolve reference \"shop/web:1\": failed to do request: dial \
                       tcp: i/o timeout";
    let wanted = [
        ("Pulling", "Pulling image \"shop/web:1\""),
        ("Failed", unreachable),
        ("Failed", "Error: ErrImagePull"),
        ("BackOff", "Back-off pulling image \"shop/web:1\""),
        ("Failed", "Error: ImagePullBackOff"),
    ];
    let wanted: Vec<(Cell, Cell)> =
        wanted.into_iter().map(|(reason, message)| (Cell::from(reason), Cell::from(message))).collect();
    assert_eq!(said, wanted);
}

#[test]
fn the_life_of_a_pod_has_each_pull_that_failed() {
    let plan = world(&[], &["90s: scale deployment/shop/web 1"]);
    let failed = failed(&Records::of(&plan, 1));
    let [Cell::Text(name)] = &column(&plan, 400.0, "pods", "name")[..] else { panic!("one pod") };
    let told = why::pod(&plan, 1, name, SimDuration::from_secs(400), |_| false).told.expect("it is there");
    let of_pulls = told.moments.iter().filter(|moment| matches!(moment.became, Became::NotPulled { .. }));
    let (times, messages): (Vec<f64>, Vec<_>) =
        of_pulls.map(|moment| (seconds(moment.at), moment.became.message())).unzip();
    let until = failed.iter().copied().filter(|at| *at <= 400.0).collect::<Vec<f64>>();
    close(&times, &until);
    let message = "shop/web:1: the registry of us-east-1 does not answer".to_owned();
    assert_eq!(messages, vec![Some(message); times.len()]);
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&told.status.as_str()), "{}", told.status);
}

#[test]
fn an_image_that_a_node_has_is_not_pulled_again() {
    let one = "deployments.shop/web.spec.replicas=1";
    let records = Records::of(&world(&[one], &["90s: scale deployment/shop/web 3"]), 1);
    assert_eq!(failed(&records), Vec::<f64>::new());
    let running = came_to(&records, "web", PodState::Running);
    assert!(running.len() == 2 && running.iter().all(|at| *at < 110.0), "{running:?}");
}

#[test]
fn what_is_being_fetched_as_the_region_goes_dark_is_given_up() {
    // 20 GiB take 215 s. At 60 s no more bytes come, and after five minutes it is given up; the region is back after one.
    let set = ["images.shop/web:1.size=20GiB", "faults.east-dark.lasts=60s"];
    let records = Records::of(&world(&set, &["30s: scale deployment/shop/web 1"]), 1);
    close(&failed(&records), &[360.0]);
    close(&came_to(&records, "web", PodState::Pulled), &[360.0 + 10.0 + 20.0 * PULL]);
}

#[test]
fn a_registry_that_is_down_keeps_the_next_image_waiting_no_longer_than_one_try() {
    for seed in 1..=20 {
        let done = ["90s: scale deployment/shop/web 1", "100s: scale deployment/shop/api 1"];
        let records = Records::of(&world(&[], &done), seed);
        let (failed, pulled) = (failed(&records), came_to(&records, "api", PodState::Pulled));
        // Its turn comes when the first try has failed.
        close(&pulled, &[failed[0] + PULL]);
        // The second try of the other one, 10 s later, has to wait for it in turn.
        close(&failed[..2], &[failed[0], failed[0] + PULL + DIAL]);
    }
}

#[test]
fn a_region_hands_out_images_as_long_as_one_of_its_zones_has_power_and_without_its_control_planes() {
    let faults = [
        r#"faults=[ZonePowerLoss(name: "dark", zone: "e1", at: "60s")]"#,
        r#"faults=[ControlPlaneLoss(name: "silent", region: "us-east-1", at: "60s")]"#,
    ];
    for fault in faults {
        let records = Records::of(&world(&[fault], &["90s: scale deployment/shop/web 1"]), 1);
        assert_eq!(failed(&records), Vec::<f64>::new(), "{fault}");
        assert_eq!(came_to(&records, "web", PodState::Running).len(), 1, "{fault}");
    }
}

#[test]
fn an_image_of_the_own_region_is_pulled_as_one_of_which_nothing_is_said() {
    let pods = |set: &[&str]| {
        let records = Records::of(&world(set, &["90s: scale deployment/shop/web 5"]), 3);
        let of = records.0.iter().filter_map(|stamped| match &stamped.record {
            Record::PodChanged { state, .. } => Some((stamped.at, *state)),
            _ => None,
        });
        of.collect::<Vec<(SimTime, PodState)>>()
    };
    let plain = pods(&[r#"images=[(name: "shop/web:1", size: "1GiB")]"#]);
    assert!(plain.iter().any(|(_, state)| *state == PodState::Running));
    assert_eq!(pods(&[REPLICA]), plain);
}

#[test]
fn the_same_run_again_has_the_same_digest() {
    let digest = || {
        let done = ["50s: scale deployment/shop/web 4", "90s: scale deployment/shop/api 2"];
        Records::of(&world(&[], &done), 7).document().digest
    };
    assert_eq!(digest(), digest());
}

fn bill(plan: &Plan) -> Vec<BillItem> {
    let records = Records::of(plan, 1);
    let items = records.0.iter().find_map(|stamped| match &stamped.record {
        Record::BillDrawn(items) => Some(items.to_vec()),
        _ => None,
    });
    items.expect("a bill is drawn")
}

#[test]
fn copies_are_paid_where_they_are_and_what_crosses_regions_is_paid_as_it_does() {
    let cost = |set: &[&str], what: &str| {
        let set = [&["duration=10m", NO_FAULT], set].concat();
        let items = bill(&world(&set, &["30s: scale deployment/shop/web 2"]));
        items.iter().find(|item| item.what == what).map(|item| item.usd.as_nanos())
    };
    // 1 GiB × 0.10, and twice that.
    assert_eq!(cost(&[], "shop/web:1 image"), Some(100_000_000));
    assert_eq!(cost(&[REPLICA], "shop/web:1 image"), Some(200_000_000));
    // The node fetches 1,073,741,824 bytes once within ten minutes, and so 4,380 times in a month: 4,702.989 GB × 0.02.
    let crossed = cost(&[], "data between regions").expect("it crosses");
    assert_eq!(crossed, 94_059_780_000);
    assert_eq!(cost(&[REPLICA], "data between regions"), None);
}

fn outage(set: &[&str]) -> RunDocument {
    // The pod leaves a node that has died for one that does not have its image, while the region that has it is dark.
    let moved = [
        "clusters.west.scheduler=(tie_break: FirstByName)",
        "deployments.shop/web.spec.replicas=1",
        r#"deployments.shop/web.spec.template.spec=(containers: [(name: "web", image: "shop/web:1")])"#,
        r#"faults=[
            RegionPowerLoss(name: "east-dark", region: "us-east-1", at: "60s", lasts: "10m", return_apart: "0s"),
            HostDeath(name: "dead", instance: "node-1", at: "90s"),
        ]"#,
    ];
    Records::of(&world(&[&moved[..], set].concat(), &[]), 1).document()
}

#[test]
fn the_way_back_says_that_a_registry_was_dark() {
    let document = outage(&[]);
    let service =
        document.services.iter().find(|of| of.name == "shop/deployment/web").expect("it is measured");
    let phases = &service.outages[0].phases;
    let images: Vec<_> = phases.iter().filter(|phase| phase.name == "image").collect();
    assert!(images.iter().all(|phase| phase.setting.as_deref() == Some("images.shop/web:1.regions")));
    // The last try in vain ends no later than 30 s after the region is back at 660 s. The next one, after a back-off of five
    // minutes at most, brings the image.
    let [image] = images[..] else { panic!("{phases:?}") };
    assert!((90.0..200.0).contains(&seconds(image.from)), "{phases:?}");
    assert!((660.0 + PULL..960.0 + DIAL + PULL).contains(&seconds(image.to)), "{phases:?}");
    assert!(phases.iter().all(|phase| phase.name != "pull"), "{phases:?}");
    // Were it dark for good, that would be the last that is told.
    let for_good = outage(&["faults.east-dark.lasts=1h"]);
    let service =
        for_good.services.iter().find(|of| of.name == "shop/deployment/web").expect("it is measured");
    let last = service.outages[0].phases.last().expect("there are phases");
    assert_eq!((last.name.as_str(), seconds(last.to)), ("image", 1200.0));
    let with = outage(&[REPLICA]);
    let service = with.services.iter().find(|of| of.name == "shop/deployment/web").expect("it is measured");
    assert!(service.outages[0].phases.iter().all(|phase| phase.name != "image"));
}

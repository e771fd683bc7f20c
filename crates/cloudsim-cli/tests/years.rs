//! `years`: that its bytes depend on nothing but its words, and that what it says can be run again.

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;

const FEW: [&str; 5] = ["rds-failover", "--runs", "2", "--years", "50"];

fn years(more: &[&str]) -> String {
    let args: Vec<&str> = ["years"].iter().chain(&FEW).chain(more).copied().collect();
    printed(&args)
}

#[test]
fn a_world_without_services_is_judged_by_its_workloads() {
    let text = printed(&["years", CHEAP, "--runs", "2", "--years", "10", "-o", "json"]);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let services = document["services"].as_array().expect("services");
    let names: Vec<&str> = services.iter().filter_map(|of| of["name"].as_str()).collect();
    assert!(!names.is_empty() && names.iter().all(|name| name.contains("/deployment/")), "{names:?}");
}

#[test]
fn the_same_bytes_for_any_number_of_jobs() {
    assert_eq!(years(&["--jobs", "1"]), years(&["--jobs", "2"]));
}

#[test]
fn what_cost_most_can_be_run_again() {
    let text = years(&["--set", "traffic.visitors.rate=20/s"]);
    let line = text.lines().find(|line| line.starts_with("  cloudsim run ")).expect("something is lost");
    let words: Vec<String> = line
        .trim()
        .split(' ')
        .skip(1)
        .map(|word| word.trim_matches('\'').to_owned())
        .chain(["-o".to_owned(), "json".to_owned()])
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let run: Value = serde_json::from_str(&printed(&words)).expect("JSON");
    let services = run["services"].as_array().expect("services");
    let has_outage = |service: &Value| !service["outages"].as_array().expect("outages").is_empty();
    assert!(services.iter().any(has_outage), "{line}: {run}");
}

#[test]
fn rates_of_nothing_are_refused() {
    for (failures, message) in [
        (r#"[(what: "zone:q", per_year: 0.1, lasts: Constant("1h"))]"#, "nothing is called `zone:q`"),
        (r#"[(what: "moon:a", per_year: 0.1, lasts: Constant("1h"))]"#, "nothing is called `moon:a`"),
        (r#"[(what: "zone:a", per_year: 0, lasts: Constant("1h"))]"#, "is not between"),
        (r#"[(what: "zone:a", per_year: 1, lasts: Constant("0s"))]"#, "less than a second is no failure"),
        ("[]", "nothing in it fails"),
        (
            r#"[(what: "zone:a", per_year: 1, lasts: Constant("1h")), (what: "zone:a", per_year: 1, lasts: Constant("1h"))]"#,
            "two failures",
        ),
        (
            r#"[(what: "zone:*", per_year: 1, lasts: Constant("1h")), (what: "zone:a", per_year: 1, lasts: Constant("1h"))]"#,
            "`zone:a` fails by two entries",
        ),
        (r#"[(what: "zone:*", per_year: 900, lasts: Constant("1d"))]"#, "practically never all is well"),
    ] {
        let set = format!("failures={failures}");
        let output = cloudsim(&["years", "rds-failover", "--set", &set]);
        assert_eq!(output.status.code(), Some(2), "{set}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(message), "{set}: {told}");
    }
}

/// Twice the rate costs twice as much, to the luck of the runs.
#[test]
fn what_zones_cost_is_proportional_to_their_rate() {
    let lost = |rate: &str| {
        let set = format!(r#"failures=[(what: "zone:*", per_year: {rate}, lasts: Constant("1h"))]"#);
        let text = years(&["--set", &set, "-o", "json"]);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        document["services"][1]["lost_s"].as_f64().expect("a number")
    };
    let (one, other) = (lost("0.01"), lost("0.02"));
    assert!(one > 0.0 && (other / one - 2.0).abs() < 0.01, "{one} {other}");
}

/// Once in a hundred years an hour, and what comes back after it: 36 s a year, and some.
#[test]
fn a_region_that_fails_takes_everything_for_as_long() {
    let set = r#"failures=[(what: "region:*", per_year: 0.01, lasts: Constant("1h"))]"#;
    let text = years(&["--set", set, "-o", "json"]);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let lost = document["services"][0]["lost_s"].as_f64().expect("a number");
    assert!((36.0..45.0).contains(&lost), "{lost}");
}

#[test]
fn what_rests_on_how_long_failures_last_is_what_other_lengths_come_to() {
    let failures = |hours: &str| format!(r#"(what: "host:*", per_year: 0.5, lasts: Constant("{hours}"))"#);
    let of = |hours: &str, more: &[&str]| {
        let document = years_of(&one_pod_a_zone(2, 2, &failures(hours)), &[&["--runs", "8"], more].concat());
        document["services"][0].clone()
    };
    let found = of("3h", &["--sensitivity"]);
    for (hours, key) in [("1h", "all_lost_a_third_as_long_s"), ("9h", "all_lost_thrice_as_long_s")] {
        assert_eq!(found["causes"][0][key], of(hours, &[])["lost_s"], "{found}");
    }
}

/// A workload of a pod on each of some nodes, each in a zone of its own, of which so many have to serve; the control plane is
/// in a zone that does not fail.
fn one_pod_a_zone(nodes: usize, needs: usize, failures: &str) -> String {
    let zones = &["a", "b", "c"][..nodes];
    let list = |of: &dyn Fn(&str) -> String| zones.iter().map(|zone| of(zone)).collect::<Vec<_>>().join(", ");
    let zone = list(&|zone| format!(r#"(name: "{zone}", region: "here")"#));
    let node = list(&|zone| {
        format!(
            r#"(name: "node-{zone}", zone: "{zone}", instance_type: "m5.large",
                allocatable: {{ "cpu": "2", "memory": "7Gi", "pods": "29" }})"#
        )
    });
    format!(
        r#"(version: 1, name: "pods", seed: 1, duration: "10m", regions: [(name: "here")],
            zones: [(name: "control", region: "here"), {zone}],
            clusters: [(name: "k", version: "1.34", control_plane: (api_servers: ["control"], etcd: ["control"]))],
            nodes: [{node}], images: [(name: "api:1", size: "20MiB")],
            deployments: [(name: "shop/api", needs: "{needs}", spec: (replicas: {nodes},
                selector: (matchLabels: {{ "app": "api" }}), template: (metadata: (labels: {{ "app": "api" }}),
                spec: (topologySpreadConstraints: [(maxSkew: 1, topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "DoNotSchedule", labelSelector: (matchLabels: {{ "app": "api" }}))],
                    containers: [(name: "api", image: "api:1")]))))],
            failures: [{failures}])"#
    )
}

fn years_of(scenario: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pods.ron");
    std::fs::write(&file, scenario).expect("a file");
    let file = file.to_str().expect("a path of letters");
    let args: Vec<&str> = ["years", file, "--years", "1", "-o", "json"].iter().chain(more).copied().collect();
    serde_json::from_str(&printed(&args)).expect("JSON")
}

/// The engine itself runs what the closed form is of: nodes and zones that are down, pods that serve or do not.
fn assert_engine_meets(system: &str, scenario: &str, truth: f64, within: f64) {
    let document = years_of(scenario, &["--runs", "32"]);
    let [low, mean, high] = ["lost_low_s", "lost_s", "lost_high_s"]
        .map(|key| document["services"][0][key].as_f64().expect("a number") / (365.25 * 86_400.0));
    assert!(low <= truth && truth <= high, "{system}: {truth}, but {low} to {high}");
    assert!((mean / truth - 1.0).abs() < within, "{system}: {truth}, but {mean}");
}

/// The share of time in which what fails so often a year of up time, for so many hours, is down.
fn unavailability(per_year: f64, hours: f64) -> f64 {
    hours / (365.25 * 24.0 / per_year + hours)
}

/// What takes longer to be as before than it was given is waited for.
#[test]
fn a_run_that_has_not_settled_goes_on_until_it_has() {
    let scenario = one_pod_a_zone(1, 1, r#"(what: "host:*", per_year: 1, lasts: Constant("1h"))"#);
    let settling = |span: &str| {
        let set = format!("assumptions.failures.settles={span}");
        let document = years_of(&scenario, &["--runs", "8", "--set", &set]);
        let count = |key: &str| document["episodes"][key].as_u64().expect("a count");
        (document["services"][0]["lost_s"].as_f64().expect("a number"), count("went_on"), count("unsettled"))
    };
    let ((soon, went_on, unsettled), (late, at_once, _)) = (settling("6s"), settling("30m"));
    assert!(went_on > 0 && unsettled == 0 && at_once == 0, "{went_on} {unsettled} {at_once}");
    assert!((soon / late - 1.0).abs() < 0.01, "{soon} {late}");
}

/// A group has replaced what fails long before it would fail again.
#[test]
fn failures_that_meet_nobody_are_counted() {
    let set = r#"failures=[(what: "host:*", per_year: 300, lasts: Constant("2h"))]"#;
    let args = ["years", FEW[0], "--runs", "8", "--years", "1", "--set", set, "-o", "json"];
    let document: Value = serde_json::from_str(&printed(&args)).expect("JSON");
    let count = |key: &str| document["episodes"][key].as_u64().expect("a count");
    let (missed, failures) = (count("missed"), count("failures"));
    assert!(0 < missed && missed < failures, "{missed} of {failures}");
}

#[test]
fn two_hosts_in_series_are_lost_as_often_as_one_of_them_is() {
    let scenario = one_pod_a_zone(2, 2, r#"(what: "host:*", per_year: 4, lasts: Exponential("5h"))"#);
    let up = 1.0 - unavailability(4.0, 5.0);
    assert_engine_meets("series", &scenario, 1.0 - up * up, 0.1);
}

#[test]
fn two_hosts_in_parallel_are_lost_as_often_as_the_product_says() {
    let failures = r#"(what: "host:node-a", per_year: 2, lasts: Exponential("20h")),
                      (what: "host:node-b", per_year: 6, lasts: Exponential("10h"))"#;
    let scenario = one_pod_a_zone(2, 1, failures);
    assert_engine_meets("parallel", &scenario, unavailability(2.0, 20.0) * unavailability(6.0, 10.0), 0.5);
}

#[test]
fn two_of_three_zones_are_lost_as_often_as_the_binomial_says() {
    let failures = ["a", "b", "c"]
        .map(|zone| format!(r#"(what: "zone:{zone}", per_year: 2, lasts: Exponential("10h"))"#));
    let scenario = one_pod_a_zone(3, 2, &failures.join(", "));
    let down = unavailability(2.0, 10.0);
    let truth = 3.0 * down * down * (1.0 - down) + down * down * down;
    assert_engine_meets("two of three", &scenario, truth, 0.5);
}

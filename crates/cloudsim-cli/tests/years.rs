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

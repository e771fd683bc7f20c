//! Two clusters that have things of the same names.

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

/// A deployment of so many pods in a cluster.
fn deployment(cluster: &str, replicas: u32) -> String {
    format!(
        "(name: \"shop/web\", cluster: \"{cluster}\", spec: (replicas: {replicas}, \
         selector: (matchLabels: {{\"app\": \"web\"}}), template: (metadata: (labels: {{\"app\": \"web\"}}), \
         spec: (containers: [(name: \"web\", image: \"web:1\")]))))"
    )
}

/// The east over two zones, the west in the one that dies; two pods and three.
fn scenario(folder: &TempDir) -> PathBuf {
    let node = |name: &str, cluster: &str, zone: &str| {
        format!("(name: \"{name}\", cluster: \"{cluster}\", zone: \"{zone}\", instance_type: \"m5.xlarge\")")
    };
    let nodes = [node("e1", "east", "a"), node("e2", "east", "b"), node("w1", "west", "a")].join(", ");
    let text = format!(
        "(version: 1, name: \"two\", duration: \"20m\", regions: [(name: \"us-east-1\")], \
         zones: [(name: \"a\", region: \"us-east-1\"), (name: \"b\", region: \"us-east-1\")], \
         clusters: [(name: \"east\"), (name: \"west\")], nodes: [{nodes}], \
         deployments: [{}, {}], faults: [ZonePowerLoss(zone: \"a\", at: \"5m\", lasts: \"5m\")])",
        deployment("east", 2),
        deployment("west", 3)
    );
    let file = folder.path().join("two.ron");
    std::fs::write(&file, text).expect("it can be written");
    file
}

#[test]
fn what_is_measured_and_listed_begins_with_the_name_of_its_cluster() {
    let folder = TempDir::new().expect("a folder");
    let file = scenario(&folder);
    let file = file.to_str().expect("text");
    let run: Value = serde_json::from_str(&printed(&["run", file, "-o", "json"])).expect("JSON");
    let services = run["services"].as_array().expect("a list");
    let names: Vec<&str> = services.iter().map(|service| service["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["east/shop/deployment/web", "west/shop/deployment/web"]);
    assert_eq!(services[0]["outages"].as_array().map(Vec::len), Some(0));
    assert_eq!(services[1]["outages"].as_array().map(Vec::len), Some(1));
    let pods = printed(&["get", "pods", file]);
    assert_eq!(pods.matches("east/shop   web-").count(), 2, "{pods}");
    assert_eq!(pods.matches("west/shop   web-").count(), 3, "{pods}");
    let text = printed(&["run", file]);
    assert!(
        text.contains("took 1 node of east, 1 left") && text.contains("took 1 node of west, 0 left"),
        "{text}"
    );
}

#[test]
fn the_only_cluster_of_a_scenario_is_in_no_name() {
    let pods: Value = serde_json::from_str(&printed(&["get", "pods", CHEAP, "-o", "json"])).expect("JSON");
    let pods = pods["items"].as_array().expect("a list");
    assert!(pods.len() > 10);
    // Namespace and name.
    assert!(pods.iter().all(|pod| pod["name"].as_str().is_some_and(|name| name.matches('/').count() == 1)));
}

#[test]
fn the_name_of_a_cluster_says_which_of_two_is_meant() {
    let folder = TempDir::new().expect("a folder");
    let file = scenario(&folder);
    let file = file.to_str().expect("text");
    let at = ["--at", "4m"];
    let pods = |more: &[&str]| printed(&[&["get", "pods", file], &at[..], more].concat());
    let set = pods(&["--set", "deployments.west/shop/web.spec.replicas=1"]);
    assert_eq!((set.matches("east/").count(), set.matches("west/").count()), (2, 1), "{set}");
    let scaled = pods(&["--do", "1m: scale deploy/east/shop/web 5"]);
    assert_eq!((scaled.matches("east/").count(), scaled.matches("west/").count()), (5, 3), "{scaled}");
    let way = printed(&["why", file, "apply/west/shop/web"]);
    assert!(way.contains("cluster west") && way.contains("3 pods"), "{way}");
    let pod = pods(&["-o", "name"]).lines().last().expect("a pod").to_owned();
    let told = printed(&["why", file, &format!("pod/{}", pod.trim_start_matches("pods/")), "--at", "4m"]);
    assert!(told.contains("pod west/shop/web-"), "{told}");
}

#[test]
fn a_name_that_may_mean_things_of_both_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let file = scenario(&folder);
    let file = file.to_str().expect("text");
    for args in [
        &["run", file, "--set", "deployments.shop/web.spec.replicas=1"][..],
        &["run", file, "--do", "1m: scale deploy/shop/web 5"],
        &["run", file, "--set", "objectives=[Rto(service: \"shop/deployment/web\", at_most: \"1h\")]"],
    ] {
        let output = cloudsim(args);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains("is in several clusters: east, west"), "{told}");
    }
    let output = cloudsim(&["why", file, "apply/web"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("write one of east/shop/deployment/web, west/shop/deployment/web"), "{told}");
}

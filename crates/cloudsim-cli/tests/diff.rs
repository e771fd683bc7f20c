//! `diff`: two scenarios on the same seeds.

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;

const MORE_NODES: &str = "auto_scaling_groups.nodes.desired=14";

fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(&printed(&[args, &["-o", "json"]].concat())).expect("JSON")
}

#[test]
fn the_result_is_the_same_bytes_for_any_number_of_jobs() {
    for output in ["text", "json"] {
        let with = |jobs| {
            printed(&["diff", CHEAP, "--with", MORE_NODES, "--seeds", "3..20", "-o", output, "--jobs", jobs])
        };
        assert!(with("1") == with("3"), "{output}");
    }
}

#[test]
fn each_pair_is_the_two_runs_of_its_seed() {
    let diff = json_of(&["diff", CHEAP, "--with", MORE_NODES, "--seeds", "5..8", "--until", "20m"]);
    let runs = diff["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 3);
    for (pair, seed) in runs.iter().zip(["5", "6", "7"]) {
        let a = json_of(&["run", CHEAP, "--seed", seed, "--until", "20m"]);
        let b = json_of(&["run", CHEAP, "--seed", seed, "--until", "20m", "--set", MORE_NODES]);
        assert_eq!([&pair["a"], &pair["b"]], [&a["digest"], &b["digest"]]);
    }
}

#[test]
fn a_scenario_is_the_same_as_itself_and_exits_0() {
    let diff = json_of(&["diff", CHEAP, CHEAP, "--seeds", "0..4", "--exit-code"]);
    assert_eq!(diff["differs"], false);
    assert_eq!(diff["settings"].as_array().map(Vec::len), Some(0));
    assert_eq!(diff["objectives"][0]["difference"]["verdict"], "Same");
}

#[test]
fn what_differs_exits_3_only_if_asked() {
    let args = ["diff", CHEAP, "--with", MORE_NODES, "--seeds", "0..2"];
    assert_eq!(cloudsim(&args).status.code(), Some(0));
    assert_eq!(cloudsim(&[&args[..], &["--exit-code"]].concat()).status.code(), Some(3));
    // A setting that changes nothing that is measured.
    let same = ["diff", CHEAP, "--with", "auto_scaling_groups.nodes.max=40", "--until", "1m", "--exit-code"];
    let output = cloudsim(&same);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(0) && text.contains("nodes.max  24 → 40"), "{text}");
}

#[test]
fn what_is_wrong_with_either_is_said_at_once() {
    let output = cloudsim(&[
        "diff",
        CHEAP,
        "--set",
        "auto_scaling_groups.nodes.desird=3",
        "--with",
        "faults=[Nothing]",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("desird") && said.contains("Nothing"), "{said}");
    assert_eq!(cloudsim(&["diff", CHEAP]).status.code(), Some(2), "a scenario is not compared with nothing");
}

/// The width of the interval of the median difference, and of what the same runs say when their seeds are not matched: the
/// difference of the two medians, each of which may be at either end of its own interval.
#[test]
fn the_same_luck_makes_the_interval_of_a_difference_shorter() {
    let set = "clusters.shop.cluster_autoscaler.scan_interval=12s";
    let diff = json_of(&["diff", CHEAP, "--with", set, "--seeds", "0..60"]);
    let number = |value: &Value| value.as_f64().expect("a number");
    let difference = &diff["objectives"][0]["difference"];
    let paired = number(&difference["high"]) - number(&difference["low"]);
    let width = |more: &[&str]| {
        let sweep = json_of(&[&["sweep", CHEAP, "--seeds", "0..60"], more].concat());
        let median = &sweep["points"][0]["objectives"][0]["quantiles"][0];
        number(&median["worse"]) - number(&median["better"])
    };
    let unpaired = width(&[]) + width(&["--set", set]);
    assert!(paired < unpaired, "{paired} s is not shorter than {unpaired} s");
}

/// The lines that say how to see the widest pair again do show it.
#[test]
fn the_widest_pair_can_be_seen_again() {
    let args = ["diff", CHEAP, "--with", MORE_NODES, "--seeds", "0..12"];
    let text = printed(&args);
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("  cloudsim run ")).collect();
    let [a, b] = commands[..] else { panic!("two commands: {text}") };
    let words = |line: &str| -> Vec<String> {
        let command = line.split('#').next().unwrap_or_default();
        command.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    let diff = json_of(&args);
    let seed = &diff["objectives"][0]["difference"]["widest"];
    let pair =
        diff["runs"].as_array().expect("runs").iter().find(|run| &run["seed"] == seed).expect("a pair");
    for (line, digest) in [(a, &pair["a"]), (b, &pair["b"])] {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(&json_of(&words)["digest"], digest);
    }
}

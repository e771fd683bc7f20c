//! `sweep`: many runs of which each is the run of its seed, in an order that does not depend on how many go on at a time.

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;
use std::process::{Command, Stdio};

fn json_of(args: &[&str]) -> Value {
    serde_json::from_str(&printed(&[args, &["-o", "json"]].concat())).expect("JSON")
}

#[test]
fn the_result_is_the_same_bytes_for_any_number_of_jobs() {
    for output in ["text", "json"] {
        let with = |jobs| printed(&["sweep", CHEAP, "--seeds", "3..40", "-o", output, "--jobs", jobs]);
        let one = with("1");
        assert!(with("2") == one && with("7") == one, "{output}");
    }
}

#[test]
fn each_run_is_the_run_of_its_seed() {
    let changes = ["--set", "auto_scaling_groups.0.min=1", "--fault", "zone:b@12m+5m", "--until", "20m"];
    let sweep = json_of(&[&["sweep", CHEAP, "--seeds", "5..9"], &changes[..]].concat());
    assert_eq!(sweep["overrides"].as_array().expect("a list").len(), 2);
    let runs = sweep["points"][0]["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 4);
    for (swept, seed) in runs.iter().zip(["5", "6", "7", "8"]) {
        let run = json_of(&[&["run", CHEAP, "--seed", seed], &changes[..]].concat());
        assert_eq!(swept["seed"].to_string(), seed);
        assert_eq!(swept["digest"], run["digest"]);
        for (outcome, objective) in swept["objectives"]
            .as_array()
            .expect("a list")
            .iter()
            .zip(run["objectives"].as_array().expect("a list"))
        {
            for key in ["name", "actual", "met"] {
                assert_eq!(outcome[key], objective[key], "seed {seed}");
            }
        }
    }
}

/// The line that says how to see the worst run again does show it.
#[test]
fn the_worst_run_can_be_seen_again() {
    let args = [
        "sweep",
        CHEAP,
        "--seeds",
        "0..30",
        "--until",
        "35m",
        "--set",
        "zones=[(name: \"a\", region: \"us-east-1\")]",
    ];
    let refused = cloudsim(&args);
    assert_eq!(refused.status.code(), Some(2), "a scenario that cannot be run is not swept");
    let set = "auto_scaling_groups.nodes.desired=13";
    let args = ["sweep", CHEAP, "--seeds", "0..30", "--until", "35m", "--set", set, "--fault", "zone:b@34m"];
    let text = printed(&args);
    let line =
        text.lines().find(|line| line.trim_start().starts_with("cloudsim run ")).expect("a line to repeat");
    let words = line.split('#').next().expect("a command").split_whitespace().skip(1);
    let run = json_of(&words.collect::<Vec<_>>());
    let max = &json_of(&args)["points"][0]["objectives"][0]["max"];
    assert_eq!(&run["objectives"][0]["actual"], max);
    assert!(
        line.contains("--until 35m") && line.contains(set) && line.contains("--fault zone:b@34m"),
        "{line}"
    );
}

/// A service that is down to the end has no recovery time. Three minutes and twenty seconds after the fault that is some of the
/// runs, and none of them is left out.
#[test]
fn runs_that_are_not_restored_are_breaches_without_a_value() {
    let objective = r#"objectives=[Rto(service: "shop/deployment/api", at_most: "10m")]"#;
    let args = ["sweep", CHEAP, "--seeds", "0..20", "--until", "5m20s", "--set", objective];
    let sweep = json_of(&args);
    let rto = &sweep["points"][0]["objectives"][0];
    let [measured, censored] =
        ["measured", "censored"].map(|key| rto["runs"][key].as_u64().expect("a count"));
    assert_eq!(measured + censored, 20);
    assert!(censored > 0 && measured > 0, "{rto}");
    assert_eq!(rto["breaches"]["runs"], censored);
    assert!(rto["max"].is_null() && rto["worst"][0]["actual"].is_null());
    assert_eq!(sweep["points"][0]["services"][0]["not_restored"], censored);
    let text = printed(&args);
    assert!(text.contains(&format!("not restored in {censored} of 20 runs")), "{text}");
}

const DESIRED: &str = "auto_scaling_groups.nodes.desired=12,14";
const SCAN: &str = "clusters.shop.cluster_autoscaler.scan_interval=10s,30s";

#[test]
fn every_point_of_a_grid_meets_the_same_seeds() {
    let args = ["sweep", CHEAP, "--seeds", "2..5", "--vary", DESIRED, "--vary", SCAN];
    let sweep = json_of(&args);
    let points = sweep["points"].as_array().expect("points");
    let settings = |point: &Value| {
        let all = point["settings"].as_array().expect("settings").iter();
        all.map(|of| {
            format!("{}={}", of["path"].as_str().expect("text"), of["value"].as_str().expect("text"))
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(points.len(), 4);
    assert_eq!(
        settings(&points[1]),
        ["auto_scaling_groups.nodes.desired=12", "clusters.shop.cluster_autoscaler.scan_interval=30s"]
    );
    for point in points {
        let set = settings(point);
        let run = json_of(&["run", CHEAP, "--seed", "4", "--set", &set[0], "--set", &set[1]]);
        let runs = point["runs"].as_array().expect("runs");
        assert_eq!(runs.iter().map(|run| run["seed"].to_string()).collect::<Vec<_>>(), ["2", "3", "4"]);
        assert_eq!(runs[2]["digest"], run["digest"]);
    }
    let one = printed(&[&args[..], &["--jobs", "1"]].concat());
    assert!(printed(&[&args[..], &["--jobs", "3"]].concat()) == one);
    // Each factor alone is all runs with its value.
    let by_value = &sweep["factors"][1]["values"];
    assert_eq!(by_value[1]["value"], "30s");
    assert_eq!(by_value[1]["objectives"][0]["runs"]["measured"], 6);
}

/// A scenario says itself how it is swept; the command line has the last word. Its runs are those of a scenario without.
#[test]
fn a_scenario_says_how_it_is_swept() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = |sweep: &str| {
        let path = folder.path().join(if sweep.is_empty() { "without.ron" } else { "with.ron" });
        let shipped = include_str!("../../../scenarios/k8s-autoscaler-three-zones.ron");
        let text = shipped.replacen("    duration: \"40m\",", &format!("    duration: \"40m\", {sweep}"), 1);
        std::fs::write(&path, text).expect("the file can be written");
        path.to_str().expect("text").to_owned()
    };
    let without = scenario("");
    let digest = json_of(&["run", &without, "--until", "3m"])["digest"].clone();
    let refused = cloudsim(&["sweep", &without]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--seeds 0..200"));
    let with = scenario(&format!("sweep: (seeds: \"1..3\", vary: [\"{DESIRED}\"]),"));
    assert_eq!(json_of(&["run", &with, "--until", "3m"])["digest"], digest);
    let sweep = json_of(&["sweep", &with, "--until", "3m"]);
    assert_eq!(sweep["seeds"]["until"], 3);
    assert_eq!(sweep["points"].as_array().expect("points").len(), 2);
    let set = "auto_scaling_groups.nodes.desired=12";
    let first = json_of(&["run", &without, "--until", "3m", "--seed", "1", "--set", set]);
    assert_eq!(sweep["points"][0]["runs"][0]["digest"], first["digest"]);
    let more = [
        "--seeds",
        "7..8",
        "--vary",
        "auto_scaling_groups.nodes.desired=13",
        "--vary",
        SCAN,
        "--until",
        "3m",
    ];
    let sweep = json_of(&[&["sweep", &with], &more[..]].concat());
    assert_eq!(sweep["seeds"]["from"], 7);
    assert_eq!(sweep["points"].as_array().expect("points").len(), 2);
    assert_eq!(sweep["points"][1]["settings"][0]["value"], "13");
}

/// Everything that is wrong with a grid is said, and each thing once however many points it spoils.
#[test]
fn a_grid_with_points_that_cannot_be_is_refused() {
    let refused = |args: &[&str]| {
        let output = cloudsim(&[&["sweep", CHEAP, "--seeds", "0..2"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).expect("text")
    };
    let said = refused(&["--vary", "auto_scaling_groups.nodes.desired=12,many,99", "--vary", SCAN]);
    assert_eq!(said.matches("found the text `many`").count(), 1, "{said}");
    assert!(said.contains("4 of 6 points of k8s-autoscaler-three-zones cannot be run"), "{said}");
    assert!(refused(&["--vary", "groups.nodes.desired=1"]).contains("a scenario has no `groups`"));
    assert!(refused(&["--vary", "duration"]).contains("without values"));
    assert!(refused(&["--vary", "seed=1,2"]).contains("cannot be varied"));
    assert!(refused(&["--vary", "duration=5m", "--vary", "duration=6m"]).contains("varied twice"));
    let values: Vec<String> = (1..=300).map(|seconds| format!("{seconds}s")).collect();
    let many = format!("warm_up={}", values.join(","));
    assert!(refused(&["--vary", &many]).contains("300 points are more than 256"));
}

#[test]
fn an_interrupted_sweep_is_that_of_fewer_seeds() {
    let child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["sweep", CHEAP, "--seeds", "0..1000000", "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success(), "a million runs take longer");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let mut interrupted: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(interrupted["interrupted"], true);
    let measured = interrupted["seeds"]["measured"].as_u64().expect("a count");
    assert!(measured > 0, "a second is enough for a run");
    let whole = json_of(&["sweep", CHEAP, "--seeds", &format!("0..{measured}")]);
    interrupted["interrupted"] = false.into();
    interrupted["seeds"]["until"] = measured.into();
    assert!(interrupted == whole, "the same seeds say the same");
}

/// What is kept of a run is small, and with a folder it is written to it: ten times as many take hardly more. A folder
/// holds a group of rows of each table besides. What the allocator keeps for each thread differs from time to time.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_flat_in_the_number_of_seeds() {
    let folders = tempfile::tempdir().expect("a folder");
    let peak_kib = |seeds: &str, more: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
            .args(["sweep", CHEAP, "--seeds", seeds, "--jobs", "2", "--until", "4m"])
            .args(more)
            .env("MALLOC_ARENA_MAX", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut peak = 0;
        while child.try_wait().expect("a child").is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(kib.unwrap_or(0_u64));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        peak
    };
    let [few, many] = ["0..200", "0..2000"].map(|seeds| {
        let folder = folders.path().join(seeds);
        [peak_kib(seeds, &[]), peak_kib(seeds, &["--out", folder.to_str().expect("text")])]
    });
    for ((few, many), part) in few.into_iter().zip(many).zip([4, 2]) {
        assert!(few > 0 && many < few + few / part, "{few} KiB for 200 seeds, {many} KiB for 2,000");
    }
}

#[test]
fn seeds_that_are_none_are_refused() {
    for (seeds, said) in [
        ("5..5", "no seed is in `5..5`"),
        ("9..3", "no seed is in `9..3`"),
        ("0-9", "as in \"0..200\""),
        ("-1..4", "as in \"0..200\""),
        ("0..1000001", "1000001 runs are more than 1000000"),
        ("0..18446744073709551615", "more than 1000000"),
    ] {
        let output = cloudsim(&["sweep", CHEAP, &format!("--seeds={seeds}")]);
        assert_eq!(output.status.code(), Some(2), "{seeds}");
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(talk.contains(said), "{seeds}: {talk}");
    }
    assert_eq!(cloudsim(&["sweep", CHEAP, "--seeds", "0..2", "--jobs", "0"]).status.code(), Some(2));
}

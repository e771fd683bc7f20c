//! `test` as a gate of CI: its forms, what it finds by a pattern, parts, and where it stops.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn cloudsim(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// A blog whose readers see nothing of a lost writer: one objective holds, the other asks for too much, on line 7.
const BLOG: &str = r#"(
    version: 1, name: "NAME", duration: "3m",
    include: ["worlds/two-zone-blog.ron"],
    traffic: [OpenLoop(name: "readers", rate: "20/s", mix: { "read": 1 })],
    objectives: [
        Availability(service: "blog", at_least: "50%"),
        MonthlyCost(at_most: "LIMIT"),
    ],
)"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, limit) in [("cheap", "1"), ("dear", "100000"), ("other", "100000")] {
        let text = BLOG.replace("NAME", name).replace("LIMIT", limit);
        std::fs::write(folder.path().join(format!("{name}.ron")), text).expect("it can be written");
    }
    folder
}

#[test]
fn a_pattern_finds_files_and_a_breach_has_an_exit_code() {
    let folder = folder();
    let all = cloudsim(folder.path(), &["test", "*.ron"]);
    assert_eq!(all.status.code(), Some(99), "{}", text(&all.stderr));
    let told = text(&all.stdout);
    assert!(told.contains("5 passed, 1 failed, 0 inconclusive"), "{told}");
    let fine = cloudsim(folder.path(), &["test", "*e[ar]*.ron", "dear.ron", "--jobs", "2"]);
    assert!(
        fine.status.code() == Some(99) && text(&fine.stdout).matches("dear").count() == 2,
        "{}",
        text(&fine.stdout)
    );
    let none = cloudsim(folder.path(), &["test", "x*.ron"]);
    assert!(none.status.code() == Some(2) && text(&none.stderr).contains("finds no file"));
}

#[test]
fn parts_share_the_files_and_the_first_failure_may_be_the_last_run() {
    let folder = folder();
    let part = |part: &str| text(&cloudsim(folder.path(), &["test", "*.ron", "--shard", part]).stdout);
    assert!(part("1/2").contains("cheap") && part("1/2").contains("other") && !part("1/2").contains("dear"));
    assert!(part("2/2").contains("dear") && !part("2/2").contains("cheap"));
    let wrong = cloudsim(folder.path(), &["test", "*.ron", "--shard", "3/2"]);
    assert!(wrong.status.code() == Some(2) && text(&wrong.stderr).contains("write `2/4`"));
    let fast = cloudsim(folder.path(), &["test", "*.ron", "--fail-fast", "--jobs", "1"]);
    assert!(text(&fast.stderr).contains("2 more were not run"), "{}", text(&fast.stderr));
    assert!(!text(&fast.stdout).contains("dear"));
}

#[test]
fn annotations_and_results_point_at_the_line_of_an_objective() {
    let folder = folder();
    let form = |form: &str| text(&cloudsim(folder.path(), &["test", "cheap.ron", "-o", form]).stdout);
    let github = form("github");
    assert!(github.contains("::error file=cheap.ron,line=7,col=9,title=cheap%3A "), "{github}");
    let json: Value = serde_json::from_str(&form("json")).expect("JSON");
    let objectives = json["files"][0]["objectives"].as_array().expect("objectives");
    assert_eq!((&objectives[0]["verdict"], &objectives[0]["line"]), (&"Met".into(), &6.into()));
    assert_eq!((&objectives[1]["verdict"], &objectives[1]["line"]), (&"Breached".into(), &7.into()));
    let sarif: Value = serde_json::from_str(&form("sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!((results.len(), &place["region"]["startLine"]), (1, &7.into()));
    assert_eq!(place["artifactLocation"]["uri"], "cheap.ron");
    let junit = form("junit");
    assert!(
        junit.contains(r#"tests="2""#)
            && junit.contains(r#"failures="1""#)
            && junit.contains("cheap.ron:7:9"),
        "{junit}"
    );
    let markdown = form("markdown");
    assert!(markdown.starts_with("| | scenario |") && markdown.lines().count() == 4, "{markdown}");
}

#[test]
fn a_summary_of_the_job_is_appended_where_there_is_one() {
    let folder = folder();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").expect("it can be written");
    let ran = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["test", "dear.ron", "-o", "github"])
        .current_dir(folder.path())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .expect("the program starts");
    assert_eq!(ran.status.code(), Some(0));
    let written = std::fs::read_to_string(summary).expect("it is there");
    assert!(written.starts_with("before\n| | scenario |"), "{written}");
}

#[test]
fn a_file_that_cannot_be_run_is_a_result_too() {
    let folder = folder();
    std::fs::write(folder.path().join("wrong.ron"), "(version: 1, name: \"wrong\")")
        .expect("it can be written");
    let ran = cloudsim(folder.path(), &["test", "wrong.ron", "dear.ron", "-o", "junit"]);
    assert_eq!(ran.status.code(), Some(2));
    let junit = text(&ran.stdout);
    assert!(junit.contains(r#"errors="1""#) && junit.contains("the scenario cannot be run"), "{junit}");
    let github = text(&cloudsim(folder.path(), &["test", "wrong.ron", "-o", "github"]).stdout);
    assert_eq!(github, "::error file=wrong.ron::the scenario cannot be run\n");
}

/// A blog that loses a zone, and what of its own faults it expects.
const ALONE: &str = r#"(
    version: 1, name: "alone", duration: "10m",
    include: ["worlds/two-zone-blog.ron"],
    traffic: [OpenLoop(name: "all", rate: "20/s", mix: { "read": 1 })],
    faults: [ZonePowerLoss(zone: "x", at: "3m", lasts: "2m")],
    objectives: [
        Rto(service: "blog", at_most: "1m", expect: Breached),
        Rpo(database: "posts", at_most: "0s"),
        MonthlyCost(at_most: "1"),
    ],
)"#;

#[test]
fn each_thing_fails_once_and_is_held_against_times_and_points_of_recovery() {
    let folder = folder();
    std::fs::write(folder.path().join("alone.ron"), ALONE).expect("it can be written");
    let test = |args: &[&str]| cloudsim(folder.path(), &[&["test"], args].concat());
    let all = test(&["alone.ron", "--every-single-fault"]);
    assert_eq!(all.status.code(), Some(99), "{}", text(&all.stderr));
    insta::assert_snapshot!("every_single_fault", text(&all.stdout));
    let json = |args: &[&str]| -> Value {
        serde_json::from_slice(&test(&[args, &["-o", "json"]].concat()).stdout).expect("JSON")
    };
    let faults = |document: &Value| -> Vec<String> {
        let files = document["files"].as_array().expect("files").iter();
        files.map(|file| file["fault"].as_str().expect("a fault").to_owned()).collect()
    };
    let whole = json(&["alone.ron", "--every-single-fault"]);
    for file in whole["files"].as_array().expect("files") {
        let kinds: Vec<&Value> =
            file["objectives"].as_array().expect("objectives").iter().map(|of| &of["kind"]).collect();
        assert_eq!(kinds, ["Rto", "Rpo"]);
        assert!(file["objectives"].as_array().expect("objectives").iter().all(|of| of["expect"] == "Met"));
    }
    let parts =
        ["1/2", "2/2"].map(|part| faults(&json(&["alone.ron", "--every-single-fault", "--shard", part])));
    let mut both = parts.concat();
    let mut wanted = faults(&whole);
    both.sort();
    wanted.sort();
    assert_eq!(both, wanted);
    // The same as the run in which that fault comes by hand.
    let writer = whole["files"].as_array().expect("files").iter().find(|file| file["fault"] == "rds:posts");
    let rto = &writer.expect("a writer crashes")["services"][0]["rto_s"];
    let args = ["run", "alone.ron", "--set", "faults=[]", "--fault", "rds:posts@3m+2m", "-o", "json"];
    let run: Value = serde_json::from_slice(&cloudsim(folder.path(), &args).stdout).expect("JSON");
    assert_eq!(run["services"][0]["outages"][0]["rto_s"], *rto);
    let junit = text(&test(&["alone.ron", "--every-single-fault", "-o", "junit"]).stdout);
    assert!(junit.contains(r#"testsuite name="alone zone:x""#), "{junit}");
}

#[test]
fn single_faults_need_a_time_within_the_run() {
    let folder = folder();
    let refused = |args: &[&str], hint: &str| {
        let ran = cloudsim(folder.path(), &[&["test", "dear.ron"], args].concat());
        assert!(ran.status.code() == Some(2) && text(&ran.stderr).contains(hint), "{}", text(&ran.stderr));
    };
    refused(&["--every-single-fault"], "--every-single-fault=5m+10m");
    refused(&["--every-single-fault=5m"], "let them begin before");
    refused(&["--every-single-fault=soon"], "soon");
    refused(&["--every-single-fault=1m", "--fault", "zone:x@1m"], "--fault");
}

#[test]
fn objectives_have_to_hold_in_nearly_all_seeds_and_too_few_show_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("alone.ron"), ALONE).expect("it can be written");
    let test = |args: &[&str]| cloudsim(folder.path(), &[&["test", "alone.ron"], args].concat());
    let objectives = |limit: &str, expect: &str| {
        format!(r#"objectives=[Rto(name: "back", service: "blog", at_most: "{limit}"{expect})]"#)
    };
    let verdict = |limit: &str, expect: &str, seeds: &[&str]| -> (Option<i32>, Value) {
        let set = objectives(limit, expect);
        let args =
            [&["--set", "faults=[]", "--fault", "rds:posts@3m", "--set", &set, "-o", "json"], seeds].concat();
        let ran = test(&args);
        let document: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        (ran.status.code(), document["files"][0]["objectives"][0].clone())
    };
    // The writer is away for about three minutes, whatever the luck.
    let (exit, met) = verdict("20m", "", &["--seeds", "0..60"]);
    assert_eq!((exit, &met["verdict"], &met["seeds"]["breached"]), (Some(0), &"Met".into(), &0.into()));
    let (exit, breached) = verdict("1s", "", &["--seeds", "0..10"]);
    assert_eq!((exit, &breached["verdict"]), (Some(99), &"Breached".into()));
    assert_eq!((&breached["seeds"]["breached"], &breached["seeds"]["judged"]), (&10.into(), &10.into()));
    let (exit, expected) = verdict("1s", ", expect: Breached", &["--seeds", "0..60"]);
    assert_eq!((exit, &expected["verdict"]), (Some(0), &"BreachedAsExpected".into()));
    let (exit, few) = verdict("20m", "", &["--seeds", "0..10"]);
    assert_eq!((exit, &few["verdict"]), (Some(4), &"Inconclusive".into()));
    let lenient = ["--seeds", "0..10", "--breach-at-most", "30%", "--confidence", "95%"];
    let (exit, enough) = verdict("20m", "", &lenient);
    assert_eq!((exit, &enough["verdict"]), (Some(0), &"Met".into()));
    // The worst run is told, and is the one that its seed makes again.
    let worst = breached["seeds"]["worst"].as_u64().expect("a seed").to_string();
    let (_, again) = verdict("1s", "", &["--seed", &worst]);
    assert_eq!((&again["actual"], &again["seeds"]), (&breached["actual"], &Value::Null));
    let hint = test(&["--seeds", "0..10"]);
    assert!(text(&hint.stderr).contains("59 can"), "{}", text(&hint.stderr));
    assert!(text(&hint.stdout).contains("in 10 of 10"), "{}", text(&hint.stdout));
    for wrong in
        [&["--seeds", "0..10", "--seed", "3"][..], &["--breach-at-most", "5%"], &["--seeds", "10..3"]]
    {
        assert_eq!(test(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn what_was_printed_once_has_to_be_printed_again() {
    let folder = folder();
    let test =
        |args: &[&str]| cloudsim(folder.path(), &[&["test", "dear.ron", "--goldens", "kept"], args].concat());
    let golden = folder.path().join("kept/dear.txt");
    let missing = test(&[]);
    assert!(
        missing.status.code() == Some(99) && text(&missing.stderr).contains("--update-goldens writes it")
    );
    assert!(!golden.exists());
    assert_eq!(test(&["--update-goldens"]).status.code(), Some(0));
    let printed = cloudsim(folder.path(), &["run", "dear.ron"]).stdout;
    assert_eq!(std::fs::read(&golden).expect("it was written"), printed);
    assert_eq!(test(&[]).status.code(), Some(0));

    let mut lines: Vec<&str> = std::str::from_utf8(&printed).expect("text").lines().collect();
    let line = lines[1].to_owned();
    lines[1] = "what it was";
    std::fs::write(&golden, lines.join("\n") + "\n").expect("it can be written");
    let other = test(&[]);
    assert_eq!(other.status.code(), Some(99));
    assert!(text(&other.stderr).contains(&format!("kept/dear.txt:2:\n- what it was\n+ {line}")));
    assert!(text(&other.stdout).contains("another line 2"), "{}", text(&other.stdout));
    let form = |form: &str| text(&test(&["-o", form]).stdout);
    let json: Value = serde_json::from_str(&form("json")).expect("JSON");
    let value = serde_json::json!({ "file": "kept/dear.txt", "verdict": "Breached", "line": 2 });
    assert_eq!((&json["files"][0]["golden"], &json["files"][0]["exit"]), (&value, &99.into()));
    assert!(form("github").contains("::error file=kept/dear.txt,line=2,col=1,title=dear%3A golden::"));
    assert!(
        form("junit").contains("output as in kept/dear.txt") && form("junit").contains(r#"failures="1""#)
    );
    assert!(form("markdown").contains("another line 2"));
    let sarif: Value = serde_json::from_str(&form("sarif")).expect("JSON");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "kept/dear.txt");
    // Another seed is another run; its golden is written over the one that is there.
    assert_eq!(test(&["--seed", "5", "--update-goldens"]).status.code(), Some(0));
    assert_eq!(test(&["--seed", "5"]).status.code(), Some(0));
}

#[test]
fn goldens_are_of_one_run_of_each_file_and_each_has_its_own() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("more")).expect("a folder");
    std::fs::copy(folder.path().join("dear.ron"), folder.path().join("more/dear.ron")).expect("a copy");
    for wrong in [
        &["dear.ron", "more/dear.ron", "--goldens", "kept"][..],
        &["dear.ron", "--update-goldens"],
        &["dear.ron", "--goldens", "kept", "--seeds", "0..3"],
        &["dear.ron", "--goldens", "kept", "--every-single-fault=1m"],
    ] {
        let ran = cloudsim(folder.path(), &[&["test"], wrong].concat());
        assert_eq!(ran.status.code(), Some(2), "{wrong:?}: {}", text(&ran.stderr));
    }
    assert!(!folder.path().join("kept").exists());
}

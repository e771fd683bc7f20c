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

//! Files of records: Parquet says what lines say, and a report is made from either alone.
#![cfg(feature = "parquet")]
#![expect(clippy::print_stderr, reason = "a test says what it skips")]

use cloudsim_tidy::json_schema::violations;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Each with a world of its own kind.
const RUNS: [&[&str]; 4] =
    [&["az-a-outage", "--until", "7m"], &["dr-warm"], &["k8s-whole-zone"], &["nat-ports-exhausted"]];

fn cloudsim(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    command.args(args).current_dir(folder).output().expect("the program starts")
}

fn printed(folder: &Path, args: &[&str]) -> String {
    let output = cloudsim(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it twice, for either form of records; the result as JSON.
fn recorded(folder: &Path, run: &[&str]) -> String {
    let more = ["-o", "json", "--report", "run.html", "--records"];
    let told = printed(folder, &[&["run"], run, &more, &["run.jsonl"]].concat());
    let again = printed(folder, &[&["run"], run, &more, &["run.parquet"]].concat());
    assert!(told == again, "{run:?}");
    told
}

#[test]
fn a_report_from_records_alone_is_that_of_the_run() {
    for run in RUNS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let told = recorded(folder.path(), run);
        let page = fs::read(folder.path().join("run.html")).expect("a page");
        for records in ["run.jsonl", "run.parquet"] {
            let again = printed(folder.path(), &["report", records, "-o", "json", "--html", "again.html"]);
            assert!(again == told, "{run:?} from {records}");
            let made = fs::read(folder.path().join("again.html")).expect("a page");
            assert!(made == page, "the page of {run:?} from {records}");
        }
        for form in ["text", "markdown"] {
            let of_run = printed(folder.path(), &[&["run"], run, &["-o", form]].concat());
            assert!(
                printed(folder.path(), &["report", "run.jsonl", "-o", form]) == of_run,
                "{run:?} as {form}"
            );
        }
    }
}

#[test]
fn lines_of_runs_fit_their_schema_which_is_closed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let schema: Value = serde_json::from_str(&printed(folder.path(), &["schema", "records"])).expect("JSON");
    // Each by its own kind, and so with a message of its own.
    let mut by_kind = std::collections::BTreeMap::new();
    for kind in schema["oneOf"].as_array().expect("kinds") {
        by_kind.insert(kind["properties"]["kind"]["const"].as_str().expect("a kind"), kind);
    }
    let mut seen = std::collections::BTreeSet::new();
    for run in RUNS {
        printed(folder.path(), &[&["run"], run, &["--records", "run.jsonl"]].concat());
        for line in fs::read_to_string(folder.path().join("run.jsonl")).expect("lines").lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let kind = line["kind"].as_str().expect("a kind").to_owned();
            if kind == "RequestFinished" && !line["number"].as_u64().expect("a number").is_multiple_of(50) {
                continue;
            }
            assert_eq!(violations(by_kind[&*kind], &line), [] as [String; 0], "{line}");
            seen.insert(kind);
        }
    }
    assert!(seen.len() > 30, "{seen:?}");
    let mut line = json!({ "at_s": 1, "number": 2, "kind": "FaultStarted", "fault": 0 });
    assert_eq!(violations(&schema, &line), [] as [String; 0]);
    line["more"] = json!(1);
    assert_eq!(violations(&schema, &line).len(), 1);
    assert_eq!(
        violations(&schema, &json!({ "at_s": 1, "number": 2, "kind": "Rumour", "fault": 0 })).len(),
        1
    );
}

#[test]
fn what_is_no_whole_recording_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    recorded(folder.path(), &["quiet-day", "--until", "70s"]);
    let whole = fs::read_to_string(folder.path().join("run.jsonl")).expect("lines");
    let table = fs::read(folder.path().join("run.parquet")).expect("a table");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let files: [(&str, Vec<u8>, &str); 8] = [
        ("empty", Vec::new(), "its last record is no end of a run"),
        ("words", b"hello\n".to_vec(), "line 1: it is no JSON object"),
        ("bytes", vec![0xff, 0xfe, 0, 10, 0], "line 1: it is no JSON object"),
        ("cut", whole.as_bytes()[..whole.len() - 20].to_vec(), "is cut off"),
        ("half", lines[..lines.len() - 1].concat().into_bytes(), "it was cut off, or is still being written"),
        ("gap", [lines[0], lines[2]].concat().into_bytes(), "line 2: it is record 2 where 1 comes next"),
        (
            "later",
            whole.replacen("\"schema_version\":\"1.", "\"schema_version\":\"7.", 1).into_bytes(),
            "line 1: its lines are of version 7.",
        ),
        ("torn", table[..table.len() / 2].to_vec(), "holds no whole run"),
    ];
    for (name, bytes, why) in files {
        fs::write(folder.path().join(name), bytes).expect("it can be written");
        let output = cloudsim(folder.path(), &["report", name]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && output.stdout.is_empty() && said.contains(why),
            "{name}: {said}"
        );
    }
    assert_eq!(cloudsim(folder.path(), &["report", "nowhere"]).status.code(), Some(2));
}

/// What DuckDB reads is what the lines say.
#[test]
fn duckdb_reads_the_records() {
    let python = std::env::var_os("CLOUDSIM_PYTHON");
    let excused = std::env::var_os("CI").is_none() || python.as_ref().is_some_and(|python| python.is_empty());
    let python = python.unwrap_or_else(|| "python3".into());
    let probe = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        assert!(excused, "CLOUDSIM_PYTHON has no duckdb");
        eprintln!("skipped: needs `pip install duckdb`; CLOUDSIM_PYTHON may name the python that has it");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    recorded(folder.path(), RUNS[0]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_records.py");
    let read = Command::new(python).arg(script).arg(folder.path()).output().expect("python starts");
    let said = [read.stdout, read.stderr].concat();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&said));
}

//! The folder of a sweep: what is in it, that it can be gone on with, and what other programs read.
#![cfg(feature = "parquet")]
#![expect(clippy::print_stderr, reason = "a test says what it skips")]

mod program;

use program::{CHEAP, cloudsim, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const DESIRED: &str = "auto_scaling_groups.nodes.desired=12,14";

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn refusal(args: &[&str]) -> String {
    let output = cloudsim(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
    assert!(output.stdout.is_empty(), "{args:?}");
    said(&output)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    named.map(|(name, path)| (name, fs::read(path).expect("a file"))).collect()
}

/// Grids, databases that fail over, services that are not restored: from the tables the very same is said.
#[test]
fn a_report_is_what_the_sweep_said() {
    let unbearable = "objectives=[Rto(service: \"shop/deployment/api\", at_most: \"10m\")]";
    let sweeps: [&[&str]; 4] = [
        &[CHEAP, "--seeds", "3..9", "--vary", DESIRED, "--vary", "warm_up=0s,1m", "--until", "9m"],
        &[CHEAP, "--seeds", "0..20", "--until", "5m20s", "--set", unbearable],
        &["rds-single-az", "--seeds", "0..2", "--until", "6m", "--fault", "rds:orders@4m"],
        &["az-a-outage", "--seeds", "7..8", "--until", "6m"],
    ];
    let temporary = tempfile::tempdir().expect("a folder");
    for (number, sweep) in sweeps.iter().enumerate() {
        let folder = temporary.path().join(number.to_string());
        let out = ["--out", text(&folder)];
        for form in ["text", "json"] {
            let plain = printed(&[&["sweep"], *sweep, &["-o", form]].concat());
            let resumed = printed(&[&["sweep"], *sweep, &out, &["--resume", "-o", form]].concat());
            assert!(resumed == plain, "{sweep:?} -o {form}");
            assert!(printed(&["report", text(&folder), "-o", form]) == plain, "{sweep:?} -o {form}");
        }
    }
}

#[test]
fn a_folder_is_the_same_for_any_number_of_jobs_and_holds_tables_and_what_they_are_of() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = |jobs: &str| {
        let folder = temporary.path().join(jobs);
        let sweep = ["sweep", CHEAP, "--seeds", "0..10", "--vary", DESIRED];
        printed(&[&sweep[..], &["--jobs", jobs, "--out", text(&folder)]].concat());
        contents(&folder)
    };
    let one = folder("1");
    let names: Vec<&str> = one.keys().map(String::as_str).collect();
    let expected = [
        "B3SUMS",
        "costs.parquet",
        "databases.parquet",
        "failovers.parquet",
        "faults.parquet",
        "objectives.parquet",
        "outages.parquet",
        "phases.parquet",
        "runs.parquet",
        "services.parquet",
        "sweep.json",
    ];
    assert_eq!(names, expected);
    assert!(folder("3") == one);
}

/// Whole lines of the journal, once there are so many.
fn kill_at(lines: usize, mut sweep: Child, folder: &Path) -> usize {
    let journal = folder.join("journal.jsonl");
    let count = || {
        let bytes = fs::read(&journal).unwrap_or_default();
        bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).count()
    };
    while count() < lines {
        assert!(sweep.try_wait().expect("a child").is_none(), "it ended before there were {lines} runs");
        std::thread::yield_now();
    }
    sweep.kill().expect("it goes on");
    sweep.wait().expect("a child");
    count()
}

#[test]
fn a_sweep_that_is_killed_goes_on_and_runs_nothing_twice() {
    let temporary = tempfile::tempdir().expect("a folder");
    let sweep = ["sweep", CHEAP, "--seeds", "100..400", "--until", "8m"];
    let unbroken = temporary.path().join("unbroken");
    let all = printed(&[&sweep[..], &["--out", text(&unbroken)]].concat());
    let unbroken = contents(&unbroken);
    for jobs in ["1", "2"] {
        let folder = temporary.path().join(jobs);
        let resume = [&sweep[..], &["--jobs", jobs, "--out", text(&folder), "--resume"]].concat();
        let mut kept = 0;
        for lines in [1, 20, 21, 150] {
            let child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
                .args(&resume)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program starts");
            kept = kill_at(lines.max(kept), child, &folder);
        }
        assert!(kept < 300, "it was killed too late to mean anything");
        let prefix = printed(&["report", text(&folder), "-o", "json"]);
        let prefix: Value = serde_json::from_str(&prefix).expect("JSON");
        assert_eq!(prefix["interrupted"], true);
        let last = cloudsim(&resume);
        assert_eq!(String::from_utf8_lossy(&last.stdout), all);
        let talk = said(&last);
        assert!(talk.contains(&format!("{} runs,", 300 - kept)), "{kept} were kept: {talk}");
        assert!(talk.contains(&format!("{kept} were there")), "{talk}");
        assert!(contents(&folder) == unbroken, "killed with {jobs} jobs");
        let again = cloudsim(&resume);
        assert_eq!(String::from_utf8_lossy(&again.stdout), all);
        assert!(said(&again).contains("all 300 runs were there"), "{}", said(&again));
    }
}

#[test]
fn an_interrupted_sweep_says_how_to_go_on() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("new");
    let args = ["sweep", CHEAP, "--seeds", "0..1000000", "--until", "8m", "--out", text(&folder)];
    let child = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let journal = folder.join("journal.jsonl");
    while !fs::metadata(&journal).is_ok_and(|journal| journal.len() > 100_000) {
        std::thread::yield_now();
    }
    let busy = refusal(&[&args[..], &["--resume"]].concat());
    assert!(busy.contains("another process writes to"), "{busy}");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success(), "a million runs take longer");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let hint = format!("to go on: cloudsim {} --resume", args.join(" "));
    assert!(said(&output).contains(&hint), "{}", said(&output));
    assert!(printed(&["report", text(&folder)]).as_bytes() == output.stdout, "the same runs say the same");
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("sweep");
    let sweep = |more: &[&str]| {
        let args = ["sweep", CHEAP, "--seeds", "0..2", "--until", "3m", "--out", text(&folder)];
        args.iter().chain(more).map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let refusal_of = |more: &[&str]| {
        let args = sweep(more);
        refusal(&args.iter().map(String::as_str).collect::<Vec<_>>())
    };
    printed(&sweep(&[]).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(refusal_of(&[]).contains("hint: `--resume` goes on with a sweep that was stopped"));
    let said = refusal_of(&["--resume", "--set", "warm_up=2m", "--do", "2m: scale group/nodes 13"]);
    assert!(said.contains("changes: none there, set warm_up=2m; do 2m: scale group/nodes 13 here"), "{said}");
    assert!(refusal(&["report", text(temporary.path())]).contains("is no folder of a sweep"));
    fs::write(folder.join("runs.parquet"), "PAR1").expect("it can be written");
    assert!(refusal(&["report", text(&folder)]).contains("runs.parquet is damaged"));
    fs::write(folder.join("sweep.json"), "{}").expect("it can be written");
    assert!(refusal(&["report", text(&folder)]).contains("sweep.json is damaged"));
    assert!(refusal(&["sweep", CHEAP, "--resume"]).contains("--out"));
}

/// The files may change between two sessions; what they said at first cannot be gone on with.
#[test]
fn a_scenario_that_was_changed_is_another_sweep() {
    let temporary = tempfile::tempdir().expect("a folder");
    let scenario = temporary.path().join("mine.ron");
    let shipped = include_str!("../../../scenarios/k8s-autoscaler-three-zones.ron");
    fs::write(&scenario, shipped).expect("it can be written");
    let folder = temporary.path().join("sweep");
    let args = ["sweep", text(&scenario), "--seeds", "0..2", "--until", "3m", "--out", text(&folder)];
    printed(&args);
    let changed = shipped.replacen("at: \"", "at: \"1", 1);
    assert_ne!(changed, shipped);
    fs::write(&scenario, changed).expect("it can be written");
    let said = refusal(&[&args[..], &["--resume"]].concat());
    assert!(said.contains("the files of the scenario have changed"), "{said}");
}

/// What DuckDB and pandas read of a grid is what `sweep -o json` says of it, to the last digit.
#[test]
fn duckdb_and_pandas_read_the_tables() {
    let python = std::env::var_os("CLOUDSIM_PYTHON");
    // Named, but empty: somebody has tried to install them and could not.
    let excused = std::env::var_os("CI").is_none() || python.as_ref().is_some_and(|python| python.is_empty());
    let python = python.unwrap_or_else(|| "python3".into());
    let probe = Command::new(&python).args(["-c", "import duckdb, pandas, pyarrow"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        assert!(excused, "CLOUDSIM_PYTHON has no duckdb, pandas and pyarrow");
        eprintln!(
            "skipped: needs `pip install duckdb pandas pyarrow`; CLOUDSIM_PYTHON may name the python that has them"
        );
        return;
    }
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().join("sweep");
    let grid = ["sweep", CHEAP, "--seeds", "0..30", "--until", "5m20s", "--vary", DESIRED];
    let sweep = printed(&[&grid[..], &["--out", text(&folder), "-o", "json"]].concat());
    fs::write(temporary.path().join("sweep.json"), sweep).expect("it can be written");
    let shown = ["sweep", CHEAP, "--seeds", "0..100", "--vary", DESIRED, "--out"];
    printed(&[&shown[..], &[text(&temporary.path().join("autoscaler"))]].concat());
    let documents = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_tables.py");
    let read = Command::new(python)
        .arg(script)
        .arg(temporary.path())
        .arg(documents)
        .output()
        .expect("python starts");
    assert!(read.status.success(), "{}{}", String::from_utf8_lossy(&read.stdout), said(&read));
}

//! `replay`: what a run wrote makes it again, and says when it is not the same.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn cloudsim(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    command.args(args).current_dir(folder).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// What is changed about a scenario, in all ways that there are.
const CHANGED: [&str; 12] = [
    "k8s-pdb-drain",
    "--seed",
    "7",
    "--set",
    "duration=6m",
    "--set",
    "faults.a-dark.at=4m",
    "--fault",
    "zone:b@2m+1m",
    "--do",
    "3m: cordon node/node-a-1",
    "--allow-large",
];

fn ran(folder: &Path, args: &[&str], more: &[&str]) {
    let run = cloudsim(folder, &[&["run"], args, more].concat());
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
}

fn replayed(folder: &Path, file: &str) -> (Option<i32>, String, String) {
    let output = cloudsim(folder, &["replay", file]);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_recording_is_the_same_run_again_whatever_was_changed_about_the_scenario() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    ran(folder.path(), &CHANGED, &["--records", "whole.jsonl"]);
    ran(folder.path(), &CHANGED, &["--records", "half.jsonl", "--until", "150s"]);
    let lines =
        |file: &str| fs::read_to_string(folder.path().join(file)).expect("it is there").lines().count();
    let mut files = vec![("whole.jsonl", lines("whole.jsonl")), ("half.jsonl", lines("half.jsonl"))];
    if cfg!(feature = "parquet") {
        ran(folder.path(), &CHANGED, &["--records", "whole.parquet"]);
        files.push(("whole.parquet", lines("whole.jsonl")));
    }
    for (file, lines) in files {
        let (exit, told, why) = replayed(folder.path(), file);
        assert_eq!(exit, Some(0), "{told}{why}");
        assert_eq!(told, format!("{file}: the same run, {lines} records\n"));
    }
}

#[test]
fn the_first_line_that_differs_is_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("run.jsonl");
    ran(folder.path(), &CHANGED, &["--records", "run.jsonl"]);
    let whole = fs::read_to_string(&path).expect("it is there");
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    let place = lines.iter().position(|line| line.contains("\"FaultStarted\"")).expect("a fault starts");
    lines[place] = lines[place].replace("\"at_s\":120", "\"at_s\":121");
    fs::write(&path, lines.join("\n") + "\n").expect("it can be written");
    let (exit, told, _) = replayed(folder.path(), "run.jsonl");
    assert_eq!(exit, Some(3), "{told}");
    assert!(told.contains(&format!("another run from line {} on", place + 1)), "{told}");
    assert!(told.contains("\"at_s\":121") && told.contains("\"at_s\":120"), "{told}");
    let last = whole.lines().next_back().expect("a run ends");
    fs::write(&path, format!("{whole}{last}\n")).expect("it can be written");
    let (exit, told, _) = replayed(folder.path(), "run.jsonl");
    assert!(exit == Some(3) && told.contains("replayed: nothing more"), "{told}");
}

#[test]
fn a_bundle_holds_all_that_makes_a_run_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = r#"(version: 1, name: "alone", duration: "2m", include: ["world.ron"],
        traffic: [OpenLoop(name: "all", rate: "5/s", mix: { "read": 1 })])"#;
    let world = cloudsim_scenario::shipped("worlds/two-zone-blog.ron").expect("it is shipped");
    fs::write(folder.path().join("alone.ron"), scenario).expect("it can be written");
    fs::write(folder.path().join("world.ron"), world).expect("it can be written");
    ran(folder.path(), &["alone.ron", "--seed", "3", "--fault", "zone:x@1m"], &["--bundle", "it.cloudsim"]);
    for file in ["alone.ron", "world.ron"] {
        fs::remove_file(folder.path().join(file)).expect("it was there");
    }
    let (exit, told, why) = replayed(folder.path(), "it.cloudsim");
    assert!(exit == Some(0) && told.starts_with("it.cloudsim: the same run, blake3:"), "{told}{why}");
    let bundle = fs::read_to_string(folder.path().join("it.cloudsim")).expect("it is there");
    let changed = |from: &str, to: &str| {
        assert!(bundle.contains(from), "{from}");
        fs::write(folder.path().join("other.cloudsim"), bundle.replace(from, to)).expect("it can be written");
        replayed(folder.path(), "other.cloudsim")
    };
    let (exit, told, _) = changed("\"seed\": 3", "\"seed\": 4");
    assert!(exit == Some(90) && told.contains("another run"), "{told}");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(
        folder.path().join("older.cloudsim"),
        bundle.replace("\"seed\": 3", "\"seed\": 4").replace(&version, "\"version\": \"0.0.1\""),
    )
    .expect("it can be written");
    let (exit, _, why) = replayed(folder.path(), "older.cloudsim");
    assert!(exit == Some(3) && why.contains("made by version 0.0.1"), "{why}");
    let (exit, _, why) = changed("zone:x@1m", "zone:nowhere@1m");
    assert!(exit == Some(2) && why.contains("no zone `nowhere`"), "{why}");
}

#[test]
fn what_is_neither_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    ran(folder.path(), &CHANGED, &["--records", "run.jsonl"]);
    let whole = fs::read(folder.path().join("run.jsonl")).expect("it is there");
    let files: [(&str, &[u8], &str); 5] = [
        ("empty", b"", "neither a recording nor a bundle"),
        ("words", b"hello\n", "neither a recording nor a bundle"),
        ("bytes", &[0xff, 0xfe, 0, 10, 0], "neither a recording nor a bundle"),
        ("cut", &whole[..whole.len() - 20], "its last line is cut off"),
        (
            "first",
            &whole[..=whole.iter().position(|byte| *byte == b'\n').expect("a line")],
            "no end of a run",
        ),
    ];
    for (name, bytes, why) in files {
        fs::write(folder.path().join(name), bytes).expect("it can be written");
        let (exit, told, said) = replayed(folder.path(), name);
        assert!(exit == Some(2) && told.is_empty() && said.contains(why), "{name}: {said}");
    }
    assert_eq!(replayed(folder.path(), "nowhere").0, Some(2));
}

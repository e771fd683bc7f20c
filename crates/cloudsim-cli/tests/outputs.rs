//! What becomes of outputs when the world outside is hostile: signals, pipes, full disks, files that are in use.

#![cfg(unix)]

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloudsim");

/// A run of a second or less.
const SHORT: [&str; 4] = ["run", "quiet-day", "--until", "70s"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn run(more: &[&str]) -> Output {
    Command::new(PROGRAM).args(SHORT).args(more).output().expect("the program starts")
}

fn shell(script: &str) -> Output {
    let script = script.replace("CLOUDSIM", PROGRAM);
    Command::new("bash").args(["-c", &script]).output().expect("bash starts")
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The records of one whole run: numbered from 0, the first and the last as they should be.
fn whole(records: &str) -> Vec<Value> {
    let lines: Vec<Value> =
        records.lines().map(|line| serde_json::from_str(line).expect("each line is whole")).collect();
    assert_eq!(lines.first().expect("records")["kind"], "RunStarted");
    assert_eq!(lines.last().expect("records")["kind"], "RunEnded");
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["number"], number);
    }
    lines
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success(), "the program is still running");
}

/// The file that is being written, once there is something in it.
fn part(folder: &Path) -> PathBuf {
    for _ in 0..600 {
        let mut paths = names(folder).into_iter().map(|name| folder.join(name));
        if let Some(path) = paths.find(|path| path.extension().is_some_and(|extension| extension == "part"))
            && fs::metadata(&path).is_ok_and(|file| file.len() > 0)
        {
            return path;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing was written in half a minute")
}

#[test]
fn an_interrupted_run_finishes_its_file_and_says_so_in_it() {
    let folder = folder();
    let records = folder.path().join("run.jsonl");
    let mut child = Command::new(PROGRAM)
        .args(["run", "rds-single-az", "-o", "json", "--records", text(&records)])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    part(folder.path());
    interrupt(&child);
    let mut result = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut result).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let result: Value = serde_json::from_str(&result).expect("what was measured is printed whole");
    assert_eq!(result["interrupted"], true);
    let lines = whole(&fs::read_to_string(&records).expect("the file has its name"));
    let last = lines.last().expect("records");
    assert!(last.to_string().contains("Interrupted"), "{last}");
    assert_eq!(names(folder.path()), ["run.jsonl"]);
}

#[test]
fn whoever_interrupts_twice_finds_nothing_half_written() {
    let folder = folder();
    let records = folder.path().join("run.jsonl");
    fs::write(&records, "old\n").expect("the old file");
    let mut child = Command::new(PROGRAM)
        .args(["run", "rds-single-az", "--records", text(&records)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    part(folder.path());
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(5));
    // It may have ended by now.
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status();
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(names(folder.path()), ["run.jsonl"]);
}

#[test]
fn an_interrupted_question_is_not_answered() {
    let mut child = Command::new(PROGRAM)
        .args(["get", "all", "rds-single-az", "--at", "30m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_millis(700));
    interrupt(&child);
    let mut answer = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut answer).expect("text");
    let mut talk = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut talk).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{talk}");
    assert!(answer.is_empty(), "{answer}");
    assert!(talk.contains("error: interrupted at "), "{talk}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure_and_no_news() {
    for command in [
        "run quiet-day --until 70s",
        "run quiet-day --until 70s -o json",
        "get all az-a-outage",
        "run --list",
        "man",
        "explain CS0105",
        "--help",
    ] {
        let output = shell(&format!("CLOUDSIM {command} | head -c 1; echo \" ${{PIPESTATUS[0]}}\""));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.ends_with(" 0\n"), "{command}: {said}");
        assert!(!talk(&output).contains("error") && !talk(&output).contains("panic"), "{}", talk(&output));
        // With nobody at all from the start.
        let output =
            shell(&format!("CLOUDSIM {command} 2>&1 >&- | grep -iE 'panic'; echo ${{PIPESTATUS[0]}}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!said.contains("panic"), "{command}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_wherever_it_is() {
    let output = run(&["--records", "/dev/full"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(talk(&output).contains("error: failed to write /dev/full: No space left"), "{}", talk(&output));
    assert!(!output.stdout.is_empty(), "what was measured is printed all the same");

    for command in ["run quiet-day --until 70s", "explain 105", "--help", "--version", ""] {
        let output = shell(&format!("CLOUDSIM {command} > /dev/full"));
        assert_eq!(output.status.code(), Some(1), "{command}");
        let told = "error: failed to print the result: No space left";
        assert!(talk(&output).contains(told), "{command}: {}", talk(&output));
    }
}

#[test]
fn a_disk_that_fills_up_leaves_the_old_file_and_nothing_else() {
    let folder = folder();
    let records = folder.path().join("run.jsonl");
    fs::write(&records, "old\n").expect("the old file");
    // A limit of the size of files stands in for a disk: 64 KiB, and an error instead of a signal.
    let output = shell(&format!(
        "trap '' XFSZ; ulimit -f 64; exec CLOUDSIM {} --records {}",
        SHORT.join(" "),
        text(&records)
    ));
    assert_eq!(output.status.code(), Some(1), "{}", talk(&output));
    assert!(talk(&output).contains("error: failed to write "), "{}", talk(&output));
    assert!(!output.stdout.is_empty(), "what was measured is printed all the same");
    assert_eq!(fs::read_to_string(&records).expect("the old file"), "old\n");
    assert_eq!(names(folder.path()), ["run.jsonl"]);
}

#[test]
#[cfg(target_os = "linux")]
fn where_nothing_can_be_written_the_run_does_not_start() {
    // Nobody can make files there, not even root.
    for place in ["/proc/run.jsonl", "/no/such/folder/run.jsonl", "/"] {
        let output = run(&["--records", place]);
        assert_eq!(output.status.code(), Some(1), "{place}");
        let told = format!("error: failed to write {place}: ");
        assert!(talk(&output).lines().any(|line| line.starts_with(&told)), "{}", talk(&output));
        assert!(output.stdout.is_empty(), "{place}");
        assert!(!talk(&output).contains(".part"), "nobody asked for that name: {}", talk(&output));
    }
    let output = Command::new(PROGRAM).args(["init", "/proc/mine.ron"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{}", talk(&output));
    let output = Command::new(PROGRAM).args(["man", "/proc/man"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{}", talk(&output));
}

#[test]
fn of_two_runs_that_write_one_file_one_is_there_whole() {
    let folder = folder();
    let records = folder.path().join("run.jsonl");
    let start = |seed: &str| {
        Command::new(PROGRAM)
            .args(SHORT)
            .args(["--seed", seed, "--records", text(&records)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    };
    let (mut one, mut other) = (start("1"), start("2"));
    assert!(one.wait().expect("it ends").success() && other.wait().expect("it ends").success());
    let found = fs::read_to_string(&records).expect("the file");
    whole(&found);
    assert_eq!(names(folder.path()), ["run.jsonl"]);
    let alone: Vec<String> = ["1", "2"]
        .map(|seed| {
            let path = folder.path().join(seed);
            assert!(run(&["--seed", seed, "--records", text(&path)]).status.success());
            fs::read_to_string(path).expect("the file")
        })
        .into();
    assert!(alone.contains(&found), "it is one of the two, to the byte");
}

#[test]
fn the_scenario_itself_is_not_written_over() {
    let folder = folder();
    let scenario = folder.path().join("mine.ron");
    let world = folder.path().join("world.ron");
    let link = folder.path().join("link.jsonl");
    fs::write(&scenario, r#"(version: 1, name: "mine", duration: "2m", include: ["world.ron"])"#)
        .expect("a file");
    let shipped = cloudsim_scenario::shipped("worlds/two-zone-blog.ron").expect("it ships");
    fs::write(&world, shipped).expect("a file");
    std::os::unix::fs::symlink(&scenario, &link).expect("a link");
    for records in [&scenario, &world, &link, &folder.path().join(".").join("mine.ron")] {
        let output = Command::new(PROGRAM)
            .args(["run", text(&scenario), "--records", text(records)])
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{}", talk(&output));
        assert!(talk(&output).contains("is a file of the scenario\nhint: "), "{}", talk(&output));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(fs::read_to_string(&world).expect("the file"), shipped);
}

#[test]
fn a_pipe_with_a_name_is_written_to_as_it_is() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let copy = folder.path().join("copy");
    let mut reader = Command::new("cat")
        .arg(&pipe)
        .stdout(fs::File::create(&copy).expect("a file"))
        .spawn()
        .expect("cat starts");
    let output = run(&["--records", text(&pipe)]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    assert!(reader.wait().expect("it ends").success());
    whole(&fs::read_to_string(&copy).expect("the copy"));
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, ["copy", "pipe"]);
}

#[test]
fn a_file_keeps_its_permissions_and_a_new_one_follows_the_mask() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let (old, new, link) = (folder.path().join("old"), folder.path().join("new"), folder.path().join("link"));
    fs::write(&old, "old").expect("the old file");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).expect("its permissions");
    std::os::unix::fs::symlink(&old, &link).expect("a link");
    for path in [&link, &new] {
        let output = shell(&format!("umask 027; exec CLOUDSIM {} --records {}", SHORT.join(" "), text(path)));
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    }
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&old), mode(&new)), (0o640, 0o640));
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink(), "the link is still one");
    whole(&fs::read_to_string(&old).expect("what the link leads to is new"));
}

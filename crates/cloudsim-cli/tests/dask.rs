//! A sweep on a Dask cluster of one machine, of which a worker dies.
#![expect(clippy::print_stderr, reason = "a test says what it skips")]

mod program;

use program::{CHEAP, printed};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The python that has Dask; `None` if there is none, which is said.
fn python() -> Option<OsString> {
    let python = std::env::var_os("CLOUDSIM_PYTHON");
    // Named, but empty: somebody has tried to install it and could not.
    let excused = std::env::var_os("CI").is_none() || python.as_ref().is_some_and(|python| python.is_empty());
    let python = python.filter(|python| !python.is_empty()).unwrap_or_else(|| "python3".into());
    let probe = Command::new(&python).args(["-c", "import distributed"]).output();
    if probe.is_ok_and(|probe| probe.status.success()) {
        return Some(python);
    }
    assert!(excused, "CLOUDSIM_PYTHON has no distributed");
    eprintln!(
        "skipped: needs `pip install -r deploy/dask/requirements.txt`; CLOUDSIM_PYTHON may name the python that has it"
    );
    None
}

/// The address in the scheduler's file, once it is written.
fn address_in(path: &Path) -> String {
    for _ in 0..1_200 {
        let text = fs::read_to_string(path).unwrap_or_default();
        let described: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(address) = described["address"].as_str() {
            return address.to_owned();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the scheduler does not come");
}

#[test]
fn a_worker_that_dies_changes_no_byte() {
    let Some(python) = python() else { return };
    let temporary = tempfile::tempdir().expect("a folder");
    let path = |name: &str| -> PathBuf { temporary.path().join(name) };
    let dask = |args: &[&str]| {
        let mut command = Command::new(&python);
        command.arg("-m").args(args);
        command.current_dir(temporary.path()).stdout(Stdio::null()).stderr(Stdio::null());
        Killed(command.spawn().expect("python starts"))
    };
    let file = path("scheduler.json");
    let scheduler_file = file.to_str().expect("text");
    let local = ["--host", "127.0.0.1", "--no-dashboard"];
    let scheduler = ["distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", scheduler_file];
    let _scheduler = dask(&[&scheduler[..], &local].concat());
    let address = &*address_in(&file);
    let worker = || {
        let nthreads = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"];
        dask(&[&nthreads[..], &local].concat())
    };
    let [victim, _survivor] = [(); 2].map(|()| worker());
    let swept = [CHEAP, "--seeds", "0..600", "--until", "8m"];
    let parts = path("parts");
    let driver = Command::new(&python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/dask/sweep.py"))
        .args(["--scheduler", address, "--shards", "60", "--program", env!("CARGO_BIN_EXE_cloudsim")])
        .args(["--out", parts.to_str().expect("text"), "--"])
        .args(swept)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    // Some shards are over, most are not.
    let count = || fs::read_dir(&parts).map_or(0, Iterator::count);
    for _ in 0..1_200 {
        if count() >= 5 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(victim);
    assert!((5..60).contains(&count()), "{} parts: it was killed at the wrong time", count());
    let output = driver.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == printed(&[&["sweep"], &swept[..]].concat()).into_bytes());
}

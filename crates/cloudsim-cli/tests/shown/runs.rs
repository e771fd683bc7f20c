//! The commands that the documents show are run, each page's in a folder of its own, in order.
//!
//! Readers' own files are made from the starter; where a command asks for many seeds or years it gets few, and the
//! scenarios of a thousand requests a second get twenty.

use super::{Shown, pages};
use cloudsim_tidy::expect_none;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Words of lines that are not run here, and why.
const NOT_RUN: [(&str, &str); 11] = [
    ("nri-kubernetes", "the manifests are somebody else's; tests/clusters.rs has what their scenario prints"),
    ("cockroachdb", "the manifests are somebody else's; tests/clusters.rs has what their scenario prints"),
    (
        "online-boutique",
        "the manifests are somebody else's; tests/clusters.rs has what their scenario prints",
    ),
    ("kubernetes-manifests.yaml", "the same"),
    ("scheduler.yaml", "tests/sched.rs has one"),
    ("trace.jsonl", "tests/sched.rs has one"),
    ("--update-goldens", "it takes what is printed for right; tests/gate.rs has it"),
    ("sweep run", "a shard of 500 runs; tests/shards.rs has them all"),
    ("sweep merge", "the same"),
    ("optimize dr-hybrid-shop", "tests/golden.rs has what it prints"),
    ("~/", "a home"),
];

/// Manifests have no nodes.
const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx, resources: {requests: {cpu: 500m, memory: 512Mi}}}]
";

/// Files that readers have, made from the starter.
const FROM_STARTER: [&str; 3] = ["my-shop.ron", "before.ron", "after.ron"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with what readers have.
fn folder_of(page: &str, commands: &[Shown]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shown").join(page.replace(['/', '.'], "-"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("scenarios/expected")).expect("a folder of tests");
    fs::create_dir_all(folder.join("manifests")).expect("a folder of tests");
    let copy = |from: &str, to: &str| {
        fs::copy(root().join(from), folder.join(to)).unwrap_or_else(|error| panic!("{from}: {error}"));
    };
    for name in [
        "scenarios/nat-per-az.ron",
        "scenarios/dr-region-control-plane.ron",
        "scenarios/expected/nat-per-az.txt",
    ] {
        copy(name, name);
    }
    for name in ["shop.yaml", "cluster.yaml.gz"] {
        copy("crates/cloudsim-import/tests/shop.yaml", name);
    }
    fs::write(folder.join("manifests/web.yaml"), MANIFEST).expect("it is written");
    copy("scenarios/sched/tainted-zone.jsonl", "case.jsonl");
    copy("crates/cloudsim-kube-scheduler/tests/data/taints.jsonl.gz", "cases.jsonl.gz");
    let makes = |name: &str| commands.iter().any(|of| of.words[0] == "init" && of.words[1] == name);
    let out = super::cloudsim(&["init".to_owned(), "-".to_owned()]);
    let starter = String::from_utf8(out.stdout).expect("text");
    for name in FROM_STARTER.into_iter().filter(|name| !makes(name)) {
        fs::write(folder.join(name), &starter).expect("it is written");
    }
    // A group and knobs as the pages have them.
    let own =
        starter.replacen("name: \"shop\",\n            member:", "name: \"web\",\n            member:", 1);
    let knobs = "    optimize: (knobs: [\"databases.orders.multi_az=true,false\"]),\n)\n";
    let own = format!("{}{knobs}", own.trim_end().trim_end_matches(')'));
    fs::write(folder.join("mine.ron"), own).expect("it is written");
    if commands.iter().any(|of| of.line.contains("report nightly")) {
        let swept = ["sweep", "mine.ron", "--seeds", "0..2", "--out", "nightly"];
        let ran = Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(swept).current_dir(&folder).output();
        assert!(ran.expect("the program starts").status.success(), "a folder of a sweep");
    }
    folder
}

/// Scenarios with a thousand requests a second.
const BUSY: [&str; 6] =
    ["az-a-outage", "az-a-outage-ec2", "quiet-day", "grey-az", "rds-failover", "rds-single-az"];

/// The arguments as they are run: few seeds instead of many, and few requests, unless one of many is asked for.
fn few(words: &[String]) -> Vec<String> {
    let mut few: Vec<String> = Vec::new();
    for word in words {
        few.push(match few.last().map(String::as_str) {
            Some("--seeds") => "0..2".to_owned(),
            Some("--shards") => "2".to_owned(),
            Some("--breach-at-most" | "--confidence") => "60%".to_owned(),
            _ => word.clone(),
        });
    }
    let is_many = few.iter().any(|word| word == "--sensitivity");
    if is_many && words[0] == "sweep" && !few.iter().any(|word| word == "--seeds") {
        few.extend(["--seeds", "0..2"].map(str::to_owned));
    }
    let is_busy = words.iter().any(|word| BUSY.contains(&word.trim_end_matches(".ron")));
    if is_busy && !words.iter().any(|word| word.starts_with("request/")) {
        few.extend(["--set", "traffic.visitors.rate=20/s"].map(str::to_owned));
    }
    if words[0] == "optimize" && !few.iter().any(|word| word == "--confidence") {
        few.extend(["--breach-at-most", "60%", "--confidence", "60%"].map(str::to_owned));
    }
    if words[0] == "years" {
        few.extend(["--runs", "2", "--years", "10"].map(str::to_owned));
    }
    few
}

/// Runs a command; what is wrong with that, if anything is.
fn run(of: &Shown, folder: &Path) -> Option<String> {
    let words = few(&of.words);
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let read = if has("--nodes") { "manifests/web.yaml" } else { "shop.yaml" };
    let given = || Stdio::from(File::open(folder.join(read)).expect("it was written"));
    let stdin = if has("-") { given() } else { Stdio::null() };
    if words[0] == "import" {
        // Pages show several ways to the same file.
        let _ = words
            .iter()
            .skip_while(|word| *word != "-o")
            .nth(1)
            .map(|made| fs::remove_file(folder.join(made)));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    let ran = command.args(&words).current_dir(folder).stdin(stdin).output().expect("the program starts");
    if let Some(into) = of.into.as_ref().filter(|into| !into.starts_with('/')) {
        fs::write(folder.join(into), &ran.stdout).expect("it is written");
    }
    let fine: &[i32] = match words[0].as_str() {
        // Breached or inconclusive is an answer.
        "test" => &[0, 99, 4],
        "diff" => &[0, 3],
        // Pages show what it refuses.
        "check" => &[0, 2],
        "optimize" => &[0, 4],
        _ => &[0],
    };
    let code = ran.status.code();
    (!code.is_some_and(|code| fine.contains(&code)))
        .then(|| format!("{code:?}: {}", String::from_utf8_lossy(&ran.stderr)))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "pages are read in processes of their own, of which two run at once"
)]
fn every_command_that_a_document_shows_runs() {
    let pages = pages();
    let seen = Mutex::new(BTreeSet::new());
    let next = Mutex::new(pages.iter());
    let breaches = Mutex::new(Vec::new());
    let work = || {
        while let Some((page, commands)) = { next.lock().expect("no panic").next() } {
            let folder = folder_of(page, commands);
            for of in commands.iter().filter(|of| !of.within_text) {
                let is_left_out = NOT_RUN.iter().any(|(words, _)| of.line.contains(words));
                let is_played = of.words[0] == "watch" && !of.has("--at");
                let words: Vec<&str> = of.words.iter().map(|word| word.trim_end_matches(".ron")).collect();
                let is_new = seen.lock().expect("no panic").insert(words.join(" "));
                // What writes nothing has to be run on one page only.
                if is_left_out || is_played || (!is_new && of.words[0] == "why") {
                    continue;
                }
                if let Some(wrong) = run(of, &folder) {
                    breaches.lock().expect("no panic").push(format!("{}: `{}`: {wrong}", of.place, of.line));
                }
            }
        }
    };
    let work = &work;
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    expect_none("a document shows a command that fails", &breaches.into_inner().expect("no panic"));
    let ran = seen.into_inner().expect("no panic").len();
    assert!(ran > 100, "only {ran} commands were run: the scan misses some");
}

//! Manifests and dumps of real projects: each is read, and loads as a scenario, or is refused with a reason.
//!
//! Where they are is said by `CLOUDSIM_CORPUS`, as in `CLOUDSIM_CORPUS=../shared/corpus cargo test -p cloudsim-import`.

#![expect(clippy::print_stderr, reason = "a test says what it skips, and how the files fared")]

use cloudsim_import::kubectl::{Options, Source, import};
use cloudsim_scenario::{MemoryFiles, Overrides, Problems, load};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of what kubectl reads or prints.
const FOLDERS: [&str; 3] = ["k8s-manifest", "cluster-dump", "kustomize"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn imported(sources: &[PathBuf]) -> Result<String, Problems> {
    let read = |path: &PathBuf| Source {
        name: path.display().to_string(),
        bytes: fs::read(path).expect("it was found a moment ago"),
    };
    let sources: Vec<Source> = sources.iter().map(read).collect();
    let nodes =
        Options { nodes: Some("3xm5.xlarge".into()), name: Some("corpus".into()), ..Options::default() };
    import(sources.clone(), &nodes)
        .or_else(|problems| {
            // What has nodes takes none.
            if problems.problems.iter().all(|problem| problem.rule.code == "CS1109") {
                import(sources, &Options { nodes: None, ..nodes })
            } else {
                Err(problems)
            }
        })
        .map(|imported| imported.scenario)
}

fn check(path: &Path, outcome: &Result<String, Problems>, outcomes: &mut BTreeMap<String, usize>) {
    let at = path.display();
    match outcome {
        Ok(scenario) => {
            let files = MemoryFiles::from([("corpus.ron", scenario.as_str())]);
            let loaded = load(&files, "corpus.ron", &Overrides::default());
            loaded.unwrap_or_else(|problems| {
                panic!("{at} became a scenario that is wrong:\n{problems}\n{scenario}")
            });
            *outcomes.entry("read".into()).or_default() += 1;
        }
        Err(problems) => {
            assert!(!problems.problems.is_empty(), "{at} is refused without a reason");
            for problem in &problems.problems {
                assert!(problem.hint.is_some() || problem.rule.code == "CS1101", "{at}: no hint\n{problems}");
            }
            let rule = problems.problems[0].rule;
            *outcomes.entry(format!("refused, {}: {}", rule.code, rule.title)).or_default() += 1;
            if std::env::var_os("CLOUDSIM_CORPUS_TELL").is_some() {
                eprintln!("{at}\n{problems}");
            }
        }
    }
}

#[test]
fn every_real_file_is_read_or_refused_with_a_reason() {
    let Some(corpus) = std::env::var_os("CLOUDSIM_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CLOUDSIM_CORPUS names no folder of manifests and dumps");
        return;
    };
    let mut outcomes = BTreeMap::new();
    for folder in FOLDERS {
        let mut found = Vec::new();
        files(&corpus.join(folder), &mut found);
        assert!(!found.is_empty(), "{folder} is empty");
        for path in &found {
            check(path, &imported(std::slice::from_ref(path)), &mut outcomes);
        }
    }
    eprintln!("{outcomes:#?}");
    assert!(outcomes["read"] >= 100, "{outcomes:#?}");
}

#[test]
fn a_dump_of_one_object_a_file_is_read_as_a_whole() {
    let Some(corpus) = std::env::var_os("CLOUDSIM_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CLOUDSIM_CORPUS names no folder of manifests and dumps");
        return;
    };
    let mut found = Vec::new();
    let dump = corpus.join("cluster-dump/openshift__insights-operator/docs/insights-archive-sample/config");
    for folder in ["node", "pod", "pdbs", "storage", "persistentvolumes"] {
        files(&dump.join(folder), &mut found);
    }
    assert!(found.len() > 20, "{found:?}");
    check(&dump, &imported(&found), &mut BTreeMap::new());
}

//! Every decision that was recorded of kube-scheduler v1.34.1 is decided alike.

use cloudsim_kube_scheduler::explain::{Case, Trace};
use cloudsim_kube_scheduler::{Profile, Version};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn lines(path: &Path) -> impl Iterator<Item = String> + use<> {
    BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines().map(Result::unwrap)
}

/// With several extended resources missing, the order of their reasons is arbitrary.
fn sorted_reasons(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                if key == "reasons" {
                    let reasons = value.as_array_mut().unwrap();
                    reasons.sort_by_key(ToString::to_string);
                } else {
                    sorted_reasons(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(sorted_reasons),
        _ => {}
    }
}

fn differences(path: &str, expected: &Value, found: &Value, into: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&format!("{path}.{key}"), a, b, into),
                    (Some(a), None) => into.push(format!("{path}.{key}: {a} is missing")),
                    (None, Some(b)) => into.push(format!("{path}.{key}: {b} is too much")),
                    (None, None) => unreachable!(),
                }
            }
        }
        _ if expected == found => {}
        _ => into.push(format!("{path}: {expected} expected, {found} found")),
    }
}

#[test]
fn every_recorded_case_agrees_in_every_field() {
    let mut families: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut report = Vec::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("trace300")) {
        for line in lines(file) {
            let mut recorded: Value = serde_json::from_str(&line).unwrap();
            let case = Case::read(&line, Version::V1_34).unwrap();
            let mut found = case.decide().to_json();
            let mut expected = recorded["expect"].take();
            sorted_reasons(&mut found);
            sorted_reasons(&mut expected);
            let mut different = Vec::new();
            differences("expect", &expected, &found, &mut different);
            let count = families.entry(recorded["family"].as_str().unwrap().to_owned()).or_default();
            count.1 += 1;
            if different.is_empty() {
                count.0 += 1;
            } else {
                different.truncate(3);
                report.push(format!("{} {}: {}", recorded["id"], recorded["tags"], different.join("\n    ")));
            }
        }
    }
    assert!(
        report.is_empty(),
        "{} cases differ:\n{}",
        report.len(),
        report[..report.len().min(12)].join("\n")
    );
    assert_eq!(families.values().map(|(_, all)| all).sum::<usize>(), 660);
}

#[test]
fn every_step_of_the_recorded_trace_agrees() {
    let mut steps = lines(&data().join("trace300.jsonl.gz"));
    let mut trace = Trace::begin(&steps.next().unwrap(), Profile::default()).unwrap();
    let mut played = 0;
    for line in steps {
        let found = trace.play(&line).unwrap();
        let mut expected: Value = serde_json::from_str(&line).unwrap();
        if expected.get("delete").is_some() {
            assert_eq!(found, None);
            continue;
        }
        expected.as_object_mut().unwrap().remove("pod");
        let mut different = Vec::new();
        differences("step", &expected, &found.unwrap(), &mut different);
        assert!(different.is_empty(), "{different:?}");
        played += 1;
    }
    assert_eq!(played, 3000);
}

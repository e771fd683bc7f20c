//! The hot loop prints one line with the published checksums, and refuses what it does not know.

use serde_json::Value;
use std::process::{Command, Output};

fn hotloop(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotloop"));
    command.args(arguments.split(' ')).output().expect("it was built for this test")
}

/// The one line that it prints.
fn line(arguments: &str) -> Value {
    let output = hotloop(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    serde_json::from_str(&text).expect("one line of JSON")
}

#[test]
fn a_line_has_six_keys_and_no_more() {
    let line = line("sched --nodes 10 --kind basic --pct 100 --pods 20");
    let keys: Vec<&String> = line.as_object().expect("an object").keys().collect();
    let expected = ["cpu_ns_per_op", "wall_ns_per_op", "ops", "checksum", "peak_rss_mb", "oracle_agrees"];
    assert_eq!(keys, expected);
    assert!(line["cpu_ns_per_op"].as_f64().is_some_and(|ns| ns > 0.0), "{line}");
    assert!(line["wall_ns_per_op"].as_f64().is_some_and(|ns| ns > 0.0), "{line}");
    assert!(line["peak_rss_mb"].as_u64().is_some_and(|mb| mb > 0), "{line}");
    assert_eq!(line["ops"], 20);
    assert!(line["oracle_agrees"].is_null(), "nobody asked: {line}");
}

#[test]
fn a_checksum_is_that_of_the_numbers_of_the_nodes() {
    // One node takes 30 more; FNV-1a over thirty zeros and ten times four bytes of ones.
    let bytes = [[0; 4]; 30].into_iter().chain([[0xff; 4]; 10]).flatten();
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let expected = bytes.fold(0xcbf2_9ce4_8422_2325, hash);
    let line = line("sched --nodes 1 --kind basic --pct 100 --pods 40 --verify");
    assert_eq!(line["checksum"], format!("{expected:016x}"));
    assert_eq!(line["oracle_agrees"], true);
}

#[test]
fn placements_are_held_to_the_plain_cycle() {
    for kind in ["basic", "spread", "anti"] {
        for percentage in ["100", "0"] {
            let line =
                line(&format!("sched --nodes 100 --kind {kind} --pct {percentage} --pods 40 --verify"));
            assert_eq!(line["oracle_agrees"], true, "{kind}, {percentage}: {line}");
        }
    }
}

#[test]
fn hold_has_the_published_checksum() {
    let line = line("engine --workload w1 --n 1000 --ops 1000000");
    assert_eq!(line["checksum"], "f0e3ad177677fbc4");
    assert_eq!(line["ops"], 1_000_000);
}

#[test]
fn engines_agree_with_a_naive_heap() {
    for workload in ["w1", "w2", "w3", "w5"] {
        let line = line(&format!("engine --workload {workload} --n 100 --ops 20000 --verify"));
        assert_eq!(line["oracle_agrees"], true, "{workload}: {line}");
        assert_eq!(line["ops"], 20_000, "{workload}: as many as were asked for");
    }
}

#[test]
fn what_it_does_not_know_is_refused() {
    for arguments in [
        "sched",
        "sched --nodes 0 --kind basic --pct 100 --pods 1",
        "sched --nodes 10 --kind none --pct 100 --pods 1",
        "sched --nodes 10 --kind basic --pct 50 --pods 1",
        "sched --nodes 10 --kind basic --pct 100 --pods -1",
        "engine --workload w4 --n 10 --ops 10",
        "engine --workload w1 --n 0 --ops 10",
    ] {
        let output = hotloop(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments}");
    }
}

//! The shipped scenarios, as a person sees them: each run's text is compared with `scenarios/expected/NAME.txt`.
//!
//! `UPDATE_GOLDEN=1 cargo test -p cloudsim-cli --test golden` writes them anew; read the difference before it is kept.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check(name: &str) {
    let file = format!("{name}.ron");
    // From a folder without scenarios, so that the embedded ones are run.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["run", &file])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let (text, talk) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{name}: {talk}");
    let golden = root().join(format!("scenarios/expected/{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, text.as_bytes()).expect("the golden can be written");
        return;
    }
    let expected =
        std::fs::read_to_string(&golden).unwrap_or_else(|problem| panic!("{}: {problem}", golden.display()));
    assert!(text == expected, "{name} changed.\n--- expected\n{expected}\n--- found\n{text}");
}

#[test]
fn alb_cross_zone_off() {
    check("alb-cross-zone-off");
}

#[test]
fn az_a_outage() {
    check("az-a-outage");
}

#[test]
fn az_c_outage() {
    check("az-c-outage");
}

#[test]
fn az_partition() {
    check("az-partition");
}

#[test]
fn grey_az() {
    check("grey-az");
}

#[test]
fn nacl_return_path() {
    check("nacl-return-path");
}

#[test]
fn nat_a_loss() {
    check("nat-a-loss");
}

#[test]
fn nat_per_az() {
    check("nat-per-az");
}

#[test]
fn nat_ports_exhausted() {
    check("nat-ports-exhausted");
}

#[test]
fn quiet_day() {
    check("quiet-day");
}

#[test]
fn rds_failover() {
    check("rds-failover");
}

#[test]
fn rds_single_az() {
    check("rds-single-az");
}

#[test]
fn every_scenario_has_a_golden() {
    for entry in std::fs::read_dir(root().join("scenarios")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let golden = root().join(format!("scenarios/expected/{name}.txt"));
            assert!(golden.exists(), "{name} has no golden");
        }
    }
}

//! The program, started.

use std::process::{Command, Output};

/// Takes a few thousandths of a second, and differs from seed to seed.
pub(crate) const CHEAP: &str = "k8s-autoscaler-three-zones";

pub(crate) fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

/// What it prints if all is well.
pub(crate) fn printed(args: &[&str]) -> String {
    let output = cloudsim(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

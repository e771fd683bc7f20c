//! Who may know whom: units, engine, domains, the cloud, the command; records and measures beside them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each package may depend on, by name: other packages of the workspace, then crates from outside. An edge that is not
/// here is a mistake, or a decision that belongs here.
const MAY_DEPEND_ON: &[(&str, &[&str], &[&str])] = &[
    // Numbers: no clock, no I/O, no serialization.
    ("cloudsim-units", &[], &["libm", "thiserror"]),
    // Time, queue, loop, luck: no ECS, no cloud, no files.
    ("cloudsim-engine", &["cloudsim-units"], &["blake3", "rand", "rand_chacha"]),
    // What a run says: the one thing that both sides of it know.
    ("cloudsim-records", &["cloudsim-units"], &["blake3", "serde_json"]),
    // What the domains share in the ECS.
    ("cloudsim-world", &["cloudsim-units"], &["hecs"]),
    // The domains: the engine's context, the world, records; nothing above, and not each other.
    (
        "cloudsim-aws",
        &["cloudsim-engine", "cloudsim-records", "cloudsim-units", "cloudsim-world"],
        &["hecs", "ipnet", "rustc-hash", "slotmap"],
    ),
    ("cloudsim-workload", &["cloudsim-engine", "cloudsim-units", "cloudsim-world"], &[]),
    // The input side: knows what the domains want to be told, and runs nothing.
    (
        "cloudsim-scenario",
        &["cloudsim-aws", "cloudsim-kube", "cloudsim-units", "cloudsim-workload", "cloudsim-world"],
        &[
            "ipnet",
            "k8s-openapi",
            "ron",
            "schemars",
            "serde",
            "serde_json",
            "strsim",
            "thiserror",
            "unicode-width",
        ],
    ),
    // Real artefacts to the text of a scenario: texts in, text out. It checks objects by the readers that a run has.
    (
        "cloudsim-import",
        &["cloudsim-aws", "cloudsim-kube", "cloudsim-scenario"],
        &["ipnet", "k8s-openapi", "serde", "serde-saphyr", "serde_json"],
    ),
    // Decides as kube-scheduler does: no clock, no engine, no files; usable alone.
    (
        "cloudsim-kube-scheduler",
        &["cloudsim-units"],
        &["k8s-openapi", "rustc-hash", "serde", "serde_json", "serde_path_to_error", "strsim", "thiserror"],
    ),
    // Kubernetes in simulated time: a domain as the others are, with the scheduler inside.
    (
        "cloudsim-kube",
        &[
            "cloudsim-engine",
            "cloudsim-kube-scheduler",
            "cloudsim-records",
            "cloudsim-units",
            "cloudsim-world",
        ],
        &["ipnet", "k8s-openapi", "rustc-hash", "slotmap"],
    ),
    // The output side: sees records, and nothing that made them.
    ("cloudsim-measures", &["cloudsim-records", "cloudsim-units"], &["hdrhistogram", "serde_json"]),
    // A run as a page and as a trace, many runs as a page: what was measured and recorded, and what a sweep says, drawn; no
    // files.
    (
        "cloudsim-report",
        &["cloudsim-measures", "cloudsim-records", "cloudsim-sweep", "cloudsim-units"],
        &["maud", "serde_json"],
    ),
    // A run played in a terminal: the one that draws on one; a leaf, because of what the library costs to build. Its clock is
    // the command's.
    (
        "cloudsim-watch",
        &["cloudsim-measures", "cloudsim-records", "cloudsim-units"],
        &["ratatui", "unicode-width"],
    ),
    // Many runs together: statistics over what was measured, with luck of its own; nothing that runs or reads files.
    (
        "cloudsim-sweep",
        &["cloudsim-engine", "cloudsim-measures", "cloudsim-records", "cloudsim-units"],
        &["blake3", "serde_json"],
    ),
    // The tables of a sweep and the records of a run as files of another format, which have the lines of records in them: a leaf,
    // because of what the library costs to build.
    (
        "cloudsim-parquet",
        &["cloudsim-records", "cloudsim-sweep", "cloudsim-units"],
        &["parquet", "serde_json", "thiserror"],
    ),
    // Objects of a store under a prefix: a leaf, because of the client of S3.
    ("cloudsim-objects", &[], &["object_store", "thiserror"]),
    // The only one that names all domains.
    (
        "cloudsim",
        &[
            "cloudsim-aws",
            "cloudsim-engine",
            "cloudsim-kube",
            "cloudsim-kube-scheduler",
            "cloudsim-records",
            "cloudsim-scenario",
            "cloudsim-units",
            "cloudsim-workload",
            "cloudsim-world",
        ],
        &["hecs", "rustc-hash", "slotmap", "tracing"],
    ),
    // The only one with files, clocks and threads.
    (
        "cloudsim-cli",
        &[
            "cloudsim",
            "cloudsim-engine",
            "cloudsim-import",
            "cloudsim-kube-scheduler",
            "cloudsim-measures",
            "cloudsim-objects",
            "cloudsim-parquet",
            "cloudsim-records",
            "cloudsim-report",
            "cloudsim-scenario",
            "cloudsim-sweep",
            "cloudsim-units",
            "cloudsim-watch",
        ],
        &[
            "blake3",
            "clap",
            "clap_complete",
            "clap_mangen",
            "flate2",
            "glob",
            "indicatif",
            "quick-junit",
            "serde",
            "serde-saphyr",
            "serde_json",
            "tempfile",
            "terminal_size",
            "thiserror",
            "tokio",
            "tracing",
            "tracing-subscriber",
            "unicode-width",
        ],
    ),
    // Measures the engine and the scheduler against others.
    (
        "cloudsim-bench",
        &["cloudsim-engine", "cloudsim-kube-scheduler", "cloudsim-units"],
        &["clap", "hecs", "nexosim", "rustix", "serde", "serde_json"],
    ),
    // What holds the house rules; of the others only tests know it.
    ("cloudsim-tidy", &[], &["serde_json"]),
];

/// What tests may depend on besides, in every package.
const TESTS_MAY_DEPEND_ON: &[&str] = &["insta", "proptest", "serde_json", "tempfile"];

/// What the tests of single packages may depend on besides.
const TESTS_OF_MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("cloudsim", &["cloudsim-measures"]),
    ("cloudsim-bench", &["allocation-counter", "criterion"]),
    ("cloudsim-cli", &["cloudsim-tidy", "k8s-openapi", "shlex"]),
    ("cloudsim-kube-scheduler", &["flate2", "serde-saphyr"]),
    ("cloudsim-scenario", &["cloudsim-tidy"]),
    ("cloudsim-watch", &["cloudsim", "cloudsim-engine", "cloudsim-scenario"]),
];

/// Crates from outside that stay in one place, because they do I/O, run threads, or cost much to build.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("clap", &["cloudsim-bench", "cloudsim-cli"]),
    ("clap_complete", &["cloudsim-cli"]),
    ("clap_mangen", &["cloudsim-cli"]),
    ("criterion", &["cloudsim-bench"]),
    ("flate2", &["cloudsim-cli"]),
    ("glob", &["cloudsim-cli"]),
    ("hecs", &["cloudsim", "cloudsim-aws", "cloudsim-bench", "cloudsim-world"]),
    ("indicatif", &["cloudsim-cli"]),
    ("k8s-openapi", &["cloudsim-import", "cloudsim-kube", "cloudsim-kube-scheduler", "cloudsim-scenario"]),
    ("nexosim", &["cloudsim-bench"]),
    ("object_store", &["cloudsim-objects"]),
    ("parquet", &["cloudsim-parquet"]),
    ("quick-junit", &["cloudsim-cli"]),
    ("rand", &["cloudsim-engine"]),
    ("rand_chacha", &["cloudsim-engine"]),
    ("ratatui", &["cloudsim-watch"]),
    ("ron", &["cloudsim-scenario"]),
    ("schemars", &["cloudsim-scenario"]),
    ("terminal_size", &["cloudsim-cli"]),
    ("tokio", &["cloudsim-cli"]),
    ("tracing-subscriber", &["cloudsim-cli"]),
];

/// What a package must not reach through any number of packages of the workspace.
const NEVER_REACHES: &[(&str, &[&str])] = &[
    ("cloudsim-engine", &["cloudsim-aws", "cloudsim-world", "hecs", "ron", "serde", "serde_json", "tokio"]),
    ("cloudsim-world", &["cloudsim-engine", "tokio"]),
    ("cloudsim-records", &["cloudsim-engine", "cloudsim-scenario", "hecs", "tokio"]),
    ("cloudsim-measures", &["cloudsim-engine", "cloudsim-scenario", "hecs", "tokio"]),
    ("cloudsim-sweep", &["cloudsim-scenario", "cloudsim-world", "hecs", "tokio"]),
    ("cloudsim-watch", &["cloudsim-engine", "cloudsim-scenario", "hecs", "tokio"]),
    ("cloudsim-aws", &["cloudsim", "cloudsim-scenario", "cloudsim-workload", "ron", "serde", "tokio"]),
    ("cloudsim-workload", &["cloudsim", "cloudsim-aws", "cloudsim-scenario", "ron", "serde", "tokio"]),
    ("cloudsim-kube-scheduler", &["cloudsim-engine", "cloudsim-records", "cloudsim-world", "hecs", "tokio"]),
    ("cloudsim-scenario", &["cloudsim", "cloudsim-measures", "tokio"]),
    ("cloudsim", &["cloudsim-measures", "clap", "indicatif", "tokio"]),
];

/// What a package must not depend on by itself, though it may come with another.
const NEVER_NAMES: &[(&str, &[&str])] = &[("cloudsim-scenario", &["cloudsim-engine", "hecs"])];

struct Package {
    /// What the package is built with.
    normal: BTreeSet<String>,
    /// What only its tests and benches are built with.
    dev: BTreeSet<String>,
    manifest: String,
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(cloudsim_tidy::root())
        .output()
        .expect("cargo runs the tests, so it is there");
    assert!(run.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).expect("cargo prints JSON")
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("cargo's metadata has a text here").to_owned()
}

fn packages() -> BTreeMap<String, Package> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("cargo lists dependencies");
            let of_kind = |dev: bool| {
                let chosen = dependencies.iter().filter(|dependency| (dependency["kind"] == "dev") == dev);
                chosen.map(|dependency| text_of(&dependency["name"])).collect()
            };
            let manifest = text_of(&package["manifest_path"]);
            (text_of(&package["name"]), Package { normal: of_kind(false), dev: of_kind(true), manifest })
        })
        .collect()
}

fn row<'a>(table: &'a [(&str, &[&str])], name: &str) -> &'a [&'a str] {
    table.iter().find(|(row, _)| *row == name).map_or(&[], |(_, allowed)| allowed)
}

/// Everything a package is built with, through packages of the workspace.
fn reached<'a>(packages: &'a BTreeMap<String, Package>, from: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for next in packages.get(name).into_iter().flat_map(|package| &package.normal) {
            if seen.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    seen
}

#[test]
fn every_package_has_a_row_and_every_row_a_package() {
    let packages: BTreeSet<String> = packages().into_keys().collect();
    let rows: BTreeSet<String> = MAY_DEPEND_ON.iter().map(|(name, _, _)| (*name).to_owned()).collect();
    assert_eq!(packages, rows);
}

#[test]
fn no_edge_is_new() {
    let packages = packages();
    let mut breaches = Vec::new();
    for (name, inside, outside) in MAY_DEPEND_ON {
        let Some(package) = packages.get(*name) else { continue };
        let known = |edge: &str| inside.contains(&edge) || outside.contains(&edge);
        for edge in &package.normal {
            if !known(edge) {
                breaches.push(format!("{name} -> {edge}"));
            }
        }
        for edge in &package.dev {
            let of_tests = TESTS_MAY_DEPEND_ON.contains(&edge.as_str());
            if !(of_tests || known(edge) || row(TESTS_OF_MAY_DEPEND_ON, name).contains(&edge.as_str())) {
                breaches.push(format!("tests of {name} -> {edge}"));
            }
        }
    }
    cloudsim_tidy::expect_none("a package depends on what MAY_DEPEND_ON does not grant it", &breaches);
}

#[test]
fn the_table_grants_no_more_than_the_layers_do() {
    let mut breaches = Vec::new();
    for (name, inside, outside) in MAY_DEPEND_ON {
        for edge in inside.iter().chain(*outside) {
            let place = row(ONLY_IN, edge);
            if !place.is_empty() && !place.contains(name) {
                breaches.push(format!("{name} -> {edge}, which belongs in {}", place.join(", ")));
            }
            if row(NEVER_NAMES, name).contains(edge) {
                breaches.push(format!("{name} -> {edge}, which it must not name"));
            }
        }
    }
    cloudsim_tidy::expect_none("a row grants what the layers forbid", &breaches);
}

#[test]
fn no_package_reaches_what_its_layer_hides() {
    let packages = packages();
    let mut breaches = Vec::new();
    for (name, hidden) in NEVER_REACHES {
        let reached = reached(&packages, name);
        for edge in hidden.iter().filter(|edge| reached.contains(**edge)) {
            breaches.push(format!("{name} reaches {edge}"));
        }
    }
    cloudsim_tidy::expect_none("a layer reaches above itself or out of the simulation", &breaches);
}

#[test]
fn every_package_takes_the_lints_of_the_workspace_and_so_forbids_unsafe() {
    let root = cloudsim_tidy::root();
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    assert!(workspace.contains("unsafe_code = \"forbid\""), "the workspace forbids unsafe code");
    let mut breaches = Vec::new();
    for (name, package) in packages() {
        // Only the bench crate may go its own way, to count allocations or cycles.
        let manifest = std::fs::read_to_string(&package.manifest).expect("cargo has just read it");
        let inherits = manifest.replace(' ', "").contains("[lints]\nworkspace=true");
        if name != "cloudsim-bench" && !inherits {
            breaches.push(format!("{name}: its manifest lacks `[lints] workspace = true`"));
        }
    }
    cloudsim_tidy::expect_none("a package does not take the lints of the workspace", &breaches);
}

#[test]
fn a_command_without_a_package_means_the_command_line() {
    let metadata = metadata();
    let defaults = metadata["workspace_default_members"].as_array().expect("cargo lists the default members");
    let names: Vec<String> = defaults.iter().map(text_of).collect();
    assert!(names.len() == 1 && names[0].contains("cloudsim-cli"), "{names:?}");
}

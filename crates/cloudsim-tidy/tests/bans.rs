//! The bans of `clippy.toml` and the lints of the workspace fire: a package that breaks each of them is shown to clippy.
//!
//! A ban whose path has a typo is silent, and so is one that a new version of a library moves. So each has a line here that
//! clippy must object to, and `clippy.toml` may not hold a ban without one.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A path that `clippy.toml` bans, and a use of it.
const BANNED: &[(&str, &str)] = &[
    ("std::collections::HashMap", "fn f(_: &std::collections::HashMap<u8, u8>) {}"),
    ("std::collections::HashSet", "fn f(_: &std::collections::HashSet<u8>) {}"),
    ("std::time::Instant", "fn f(_: std::time::Instant) {}"),
    ("std::time::SystemTime", "fn f(_: std::time::SystemTime) {}"),
    ("hecs::World::query", "fn f(world: &hecs::World) { let _ = world.query::<&u8>(); }"),
    ("hecs::World::query_mut", "fn f(world: &mut hecs::World) { let _ = world.query_mut::<&u8>(); }"),
    ("hecs::World::iter", "fn f(world: &hecs::World) { let _ = world.iter(); }"),
    ("f64::ln", "fn f(x: f64) -> f64 { x.ln() }"),
    ("f64::ln_1p", "fn f(x: f64) -> f64 { x.ln_1p() }"),
    ("f64::log", "fn f(x: f64) -> f64 { x.log(3.0) }"),
    ("f64::log2", "fn f(x: f64) -> f64 { x.log2() }"),
    ("f64::log10", "fn f(x: f64) -> f64 { x.log10() }"),
    ("f64::exp", "fn f(x: f64) -> f64 { x.exp() }"),
    ("f64::exp2", "fn f(x: f64) -> f64 { x.exp2() }"),
    ("f64::exp_m1", "fn f(x: f64) -> f64 { x.exp_m1() }"),
    ("f64::powf", "fn f(x: f64) -> f64 { x.powf(x) }"),
    ("f64::powi", "fn f(x: f64) -> f64 { x.powi(3) }"),
    ("f64::sin", "fn f(x: f64) -> f64 { x.sin() }"),
    ("f64::cos", "fn f(x: f64) -> f64 { x.cos() }"),
    ("f64::mul_add", "fn f(x: f64) -> f64 { x.mul_add(x, x) }"),
    ("f64::tan", "fn f(x: f64) -> f64 { x.tan() }"),
    ("f64::asin", "fn f(x: f64) -> f64 { x.asin() }"),
    ("f64::acos", "fn f(x: f64) -> f64 { x.acos() }"),
    ("f64::atan", "fn f(x: f64) -> f64 { x.atan() }"),
    ("f64::atan2", "fn f(x: f64) -> f64 { x.atan2(x) }"),
    ("f64::sinh", "fn f(x: f64) -> f64 { x.sinh() }"),
    ("f64::cosh", "fn f(x: f64) -> f64 { x.cosh() }"),
    ("f64::tanh", "fn f(x: f64) -> f64 { x.tanh() }"),
    ("f64::cbrt", "fn f(x: f64) -> f64 { x.cbrt() }"),
    ("f64::hypot", "fn f(x: f64) -> f64 { x.hypot(x) }"),
    ("std::thread::scope", "fn f() { std::thread::scope(|_| ()) }"),
    ("std::env::var", "fn f() { let _ = std::env::var(\"HOME\"); }"),
    ("std::thread::spawn", "fn f() { let _ = std::thread::spawn(|| 1); }"),
];

/// A lint of the workspace that a house rule rests on, and a breach of it.
const LINTED: &[(&str, &str)] = &[
    ("clippy::allow_attributes", concat!("#", "[allow(dead_code, reason = \"none\")] fn f() {}")),
    ("clippy::allow_attributes_without_reason", "#[expect(unused_variables)] fn f(x: u8) {}"),
    ("clippy::dbg_macro", concat!("fn f() { let _ = dbg", "!(1); }")),
    (
        "clippy::iter_over_hash_type",
        "fn f(x: &std::collections::HashMap<u8, u8>) -> u8 { let mut s = 0; for v in x.values() { s ^= v; } s }",
    ),
    ("clippy::print_stderr", "fn f() { eprintln!(); }"),
    ("clippy::print_stdout", "fn f() { println!(); }"),
    ("clippy::todo", concat!("fn f() { todo", "!() }")),
    ("clippy::unimplemented", concat!("fn f() { unimplemented", "!() }")),
    ("missing_docs", "pub fn f() {}"),
    ("unreachable_pub", "mod inner { /// A.\n pub fn f() {} }"),
    ("unsafe_code", "fn f(x: *const u8) -> u8 { unsafe { *x } }"),
];

/// Every breach, one in a module of its own, which is named by its number.
fn breaches() -> impl Iterator<Item = (&'static str, &'static str)> {
    BANNED.iter().chain(LINTED).copied()
}

/// The paths that `clippy.toml` bans.
fn banned_paths() -> BTreeSet<String> {
    let config =
        fs::read_to_string(cloudsim_tidy::root().join("clippy.toml")).expect("the workspace has bans");
    let entries = config.lines().filter_map(|line| line.split_once("path = \""));
    entries.map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

/// The sections of the workspace's manifest that set the levels of lints.
fn lint_levels(manifest: &str) -> String {
    let mut levels = String::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.starts_with("[workspace.lints.");
        }
        if inside {
            levels += line;
            levels.push('\n');
        }
    }
    assert!(!levels.is_empty(), "the workspace sets levels of lints");
    levels
}

/// The package that breaks every rule, with the lints and locked versions of the workspace.
fn write_package(folder: &Path) {
    let root = cloudsim_tidy::root();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    let hecs = manifest.lines().find(|line| line.starts_with("hecs = ")).expect("the workspace uses hecs");
    let package = format!(
        "[package]\nname = \"breaches\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{hecs}\n\n\
         [lints]\nworkspace = true\n\n[workspace]\n\n{}",
        lint_levels(&manifest)
    );
    let mut text = String::from("//! What the workspace does not want.\n\n");
    for (number, (_, code)) in breaches().enumerate() {
        writeln!(text, "/// B.\npub mod breach_{number} {{ {} }}", code.replace('\n', "\n  "))
            .expect("a String takes all");
    }
    fs::create_dir_all(folder.join("src")).expect("the folder for tests' files can be written");
    fs::write(folder.join("Cargo.toml"), package).expect("the folder can be written");
    fs::write(folder.join("src/lib.rs"), text).expect("the folder can be written");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace has a lock file");
}

/// What clippy says: for each breach, the lints that fire in it and the texts that go with them.
fn objections(folder: &Path) -> BTreeMap<usize, Vec<(String, String)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args(["clippy", "--offline", "--message-format", "json"])
        .current_dir(folder)
        .env("CLIPPY_CONF_DIR", cloudsim_tidy::root())
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs the tests, so it is there");
    let source = fs::read_to_string(folder.join("src/lib.rs")).expect("just written");
    let mut found: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for json in String::from_utf8_lossy(&run.stdout).lines() {
        let message: Value = serde_json::from_str(json).expect("cargo prints JSON");
        let message = &message["message"];
        let Some(lint) = message["code"]["code"].as_str() else { continue };
        for span in message["spans"].as_array().into_iter().flatten() {
            let place = span["line_start"].as_u64().and_then(|place| usize::try_from(place).ok());
            let above = source.lines().take(place.expect("spans have lines"));
            let modules = above.filter(|line| line.starts_with("pub mod breach_")).count();
            if span["file_name"] == "src/lib.rs" && modules > 0 {
                let said = message["message"].as_str().unwrap_or_default();
                found.entry(modules - 1).or_default().push((lint.to_owned(), said.to_owned()));
            }
        }
    }
    assert!(!found.is_empty(), "clippy said nothing: {}", String::from_utf8_lossy(&run.stderr));
    found
}

fn clippy_is_there() -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let there =
        Command::new(cargo).args(["clippy", "--version"]).output().is_ok_and(|run| run.status.success());
    let automated = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(there || !automated, "cargo clippy is missing: rustup component add clippy");
    there
}

#[test]
fn every_ban_has_a_breach_here() {
    let here: BTreeSet<String> = BANNED.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(banned_paths(), here);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn clippy_objects_to_every_breach() {
    if !clippy_is_there() {
        eprintln!("skipped: cargo clippy is missing; rustup component add clippy");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("breaches");
    write_package(&folder);
    let objections = objections(&folder);
    let mut silent = Vec::new();
    for (number, (rule, code)) in breaches().enumerate() {
        let said = objections.get(&number).map_or(&[][..], Vec::as_slice);
        let fires = if number < BANNED.len() {
            let path = format!("`{rule}`");
            said.iter().any(|(lint, text)| lint.starts_with("clippy::disallowed_") && text.contains(&path))
        } else {
            said.iter().any(|(lint, _)| lint == rule)
        };
        if !fires {
            silent.push(format!("{rule}: {code}: {said:?}"));
        }
    }
    cloudsim_tidy::expect_none("clippy lets a breach pass", &silent);
}

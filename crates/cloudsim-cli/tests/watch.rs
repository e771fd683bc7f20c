//! `watch`, as people and scripts use it: in a terminal, and without one.

mod program;

use program::{CHEAP, cloudsim, printed};
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

fn watch_at(columns: &str, lines: &str, at: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(["watch", CHEAP, "--at", at])
        .envs([("COLUMNS", columns), ("LINES", lines)])
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn without_a_terminal_it_says_what_can_be_done_instead_and_runs_nothing() {
    // It would take seconds to run.
    let output = cloudsim(&["watch", "az-a-outage"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "nothing is shown");
    let talk = text(&output.stderr);
    assert!(talk.starts_with("error: `watch` plays in a terminal, and this is none\nhint: "), "{talk}");
    for command in [
        "`cloudsim watch az-a-outage --at 6m`",
        "`cloudsim get all az-a-outage --at 6m`",
        "`cloudsim run az-a-outage --report run.html`",
    ] {
        assert!(talk.contains(command), "{talk}");
    }
}

#[test]
fn a_time_is_printed_as_wide_and_high_as_variables_say() {
    for (columns, lines) in [(80, 24), (120, 40), (30, 5), (1, 1)] {
        let output = watch_at(&columns.to_string(), &lines.to_string(), "4m");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let shown = text(&output.stdout);
        assert!(shown.lines().count() <= lines, "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= columns), "{shown}");
    }
    let output = watch_at("none", "0", "4m");
    let shown = text(&output.stdout);
    let widest = shown.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80) && shown.lines().count() <= 24, "what is no size is not taken: {shown}");
    assert!(shown.starts_with(CHEAP) && shown.contains("4m of "), "{shown}");
}

#[test]
fn settings_faults_and_interventions_are_those_of_run() {
    let shown = |more: &[&str]| printed(&[&["watch", CHEAP, "--at", "2m"], more].concat());
    assert!(shown(&["--seed", "9"]).contains("seed 9"));
    assert!(shown(&["--until", "3m"]).contains("2m of 3m"));
    assert!(shown(&["--fault", "zone:b@1m+10m"]).contains("zone power loss of b"));
    let scaled = shown(&["--do", "1m59s: scale deployment/shop/api 3"]);
    assert!(scaled.contains("operator scales the workload"), "{scaled}");
}

#[test]
fn a_time_after_the_end_is_refused() {
    for more in [&["--at", "20h"][..], &["--at", "2m", "--until", "1m"]] {
        let output = cloudsim(&[&["watch", CHEAP], more].concat());
        assert_eq!(output.status.code(), Some(2));
        let talk = text(&output.stderr);
        assert!(talk.contains("is after the end of") && talk.contains("hint: it ends at"), "{talk}");
    }
}

/// Whether the machine has a program.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

#[expect(clippy::print_stderr, reason = "a test says what it skips")]
fn has_terminals() -> bool {
    let all = ["script", "timeout", "stty"].into_iter().all(has);
    assert!(all || std::env::var_os("CI").is_none(), "there is no `script`, `timeout` or `stty`");
    if !all {
        eprintln!(
            "skipped: needs `script`, `timeout` and `stty`, as in `apt-get install bsdutils coreutils`"
        );
    }
    all
}

/// What a terminal of 80 columns and 24 lines gets while these keys are pressed, once the first instant is there; then how
/// the program ended, and how the terminal is set after it.
fn played(keys: &str, before: &str) -> Option<String> {
    if !has_terminals() {
        return None;
    }
    let program = env!("CARGO_BIN_EXE_cloudsim");
    let line = format!("stty rows 24 cols 80; {before} {program} watch {CHEAP}; echo ended with $?; stty -a");
    let mut child = Command::new("timeout")
        .args(["60", "script", "-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it is there");
    let (mut typed, mut read) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    while !text(&shown).contains("q quit") {
        match read.read(&mut part).expect("it can be read") {
            0 => break,
            length => shown.extend_from_slice(&part[..length]),
        }
    }
    typed.write_all(keys.as_bytes()).expect("it is heard");
    read.read_to_end(&mut shown).expect("it can be read");
    child.wait().expect("it ends");
    Some(text(&shown))
}

/// What enters and leaves the other screen of a terminal.
const ENTERS: &str = "\u{1b}[?1049h";
const LEAVES: &str = "\u{1b}[?1049l";

fn is_restored(shown: &str) -> bool {
    let after = shown.rsplit(LEAVES).next().unwrap_or_default();
    let words: Vec<&str> = after.split([' ', ';', '\r', '\n']).collect();
    shown.contains(LEAVES)
        && shown.rfind("\u{1b}[?25h") > shown.rfind("\u{1b}[?25l")
        && ["icanon", "echo", "isig"].iter().all(|word| words.contains(word))
}

#[test]
fn in_a_terminal_it_plays_until_somebody_quits_and_leaves_the_terminal_as_it_was() {
    for keys in ["q", " n+z?q", "?q", "\u{3}"] {
        let Some(shown) = played(keys, "") else { return };
        assert!(shown.contains(ENTERS), "{shown:?}");
        assert!(shown.contains("playing"), "{shown:?}");
        assert!(shown.contains("ended with 0"), "{keys:?}: {shown:?}");
        assert!(is_restored(&shown), "{keys:?}: {shown:?}");
    }
}

#[test]
fn whoever_terminates_it_finds_the_terminal_as_it_was() {
    let Some(shown) = played("", "timeout --foreground --preserve-status -s TERM 2") else { return };
    assert!(shown.contains("playing"), "{shown:?}");
    assert!(shown.contains("ended with 130"), "{shown:?}");
    assert!(is_restored(&shown), "{shown:?}");
}

#[test]
fn no_color_is_respected() {
    let Some(shown) = played("q", "env NO_COLOR=1") else { return };
    let colours = ["[31m", "[32m", "[33m", "[38;5;"];
    assert!(shown.contains("playing") && !colours.iter().any(|colour| shown.contains(colour)), "{shown:?}");
    let Some(shown) = played("q", "env -u NO_COLOR") else { return };
    assert!(colours.iter().any(|colour| shown.contains(colour)), "{shown:?}");
}

//! The first minutes: what the command says alone, what it lists, the scenario it writes, the pages it prints.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn in_folder(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

fn cloudsim(args: &[&str]) -> Output {
    in_folder(Path::new("."), args)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn alone_it_says_what_to_do_first_and_all_of_that_works() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = in_folder(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let welcome = text(&output.stdout);
    let commands: Vec<Vec<&str>> = welcome
        .lines()
        .filter_map(|line| line.strip_prefix("  cloudsim "))
        .map(|line| line.split("   ").next().expect("a command").split_whitespace().collect())
        .collect();
    assert_eq!(commands.len(), 3, "{welcome}");
    for command in commands {
        let output = in_folder(folder.path(), &command);
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    }
    assert!(welcome.contains("cloudsim --help") && welcome.contains("https://"), "{welcome}");
}

#[test]
fn scenarios_that_ship_are_listed_with_a_line_each() {
    let output = cloudsim(&["run", "--list"]);
    assert_eq!(output.status.code(), Some(0));
    let list = text(&output.stdout);
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let shipped: Vec<&str> = cloudsim_scenario::shipped_scenarios().map(|(name, _)| name).collect();
    assert_eq!(names, shipped);
    let line = list.lines().find_map(|line| line.strip_prefix("quiet-day "));
    assert!(line.is_some_and(|about| about.trim_start().starts_with("Nothing breaks: ")), "{list}");
    let with_file = cloudsim(&["run", "--list", "quiet-day"]);
    assert_eq!(with_file.status.code(), Some(2), "a list of one scenario is nothing");
}

#[test]
fn the_starter_is_right_has_an_outage_and_judged_objectives() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = in_folder(folder.path(), &["init", "mine.ron"]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    assert_eq!(text(&written.stderr), "wrote mine.ron; next: cloudsim run mine.ron\n");
    let check = in_folder(folder.path(), &["check", "mine.ron"]);
    assert_eq!((check.status.code(), text(&check.stderr).as_str()), (Some(0), ""), "not even a doubt");
    let run = in_folder(folder.path(), &["run", "mine.ron", "-o", "json"]);
    let document: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let outages = document["services"][0]["outages"].as_array().expect("outages");
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert!(!outages[0]["rto_s"].is_null() && outages[0]["fault"] == "a-dark", "{outages:?}");
    let objectives = document["objectives"].as_array().expect("objectives");
    assert!(objectives.len() >= 3 && objectives.iter().all(|objective| !objective["actual"].is_null()));
    let test = in_folder(folder.path(), &["test", "mine.ron"]);
    assert_eq!(test.status.code(), Some(0), "{}", text(&test.stdout));
}

#[test]
fn every_main_part_of_the_starter_is_explained() {
    let starter = text(&cloudsim(&["init", "-"]).stdout);
    let lines: Vec<&str> = starter.lines().map(str::trim).collect();
    for part in [
        "regions:",
        "load_balancers:",
        "auto_scaling_groups:",
        "databases:",
        "clients:",
        "faults:",
        "objectives:",
    ] {
        let place = lines.iter().position(|line| line.starts_with(part));
        let place = place.unwrap_or_else(|| panic!("the starter has {part}"));
        assert!(lines[place - 1].starts_with("//"), "{part} is explained");
    }
    assert!(starter.lines().count() < 120, "small enough to read");
}

#[test]
fn init_writes_over_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("my-shop.ron"), "mine").expect("a file");
    let refused = in_folder(folder.path(), &["init"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.starts_with("error: my-shop.ron is there already\nhint: "), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("my-shop.ron")).expect("the file"), "mine");
}

#[test]
fn there_is_a_page_of_the_manual_for_every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pages = folder.path().join("man1");
    let written = in_folder(folder.path(), &["man", "man1"]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let page = |name: &str| fs::read_to_string(pages.join(name)).expect(name);
    assert!(page("cloudsim.1").contains(".TH"), "the main page");
    let help = text(&cloudsim(&["--help"]).stdout);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    // What goes on from the line before stands further to the right.
    let commands: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.contains(&"run") && commands.contains(&"get"), "{help}");
    for command in commands {
        assert!(page(&format!("cloudsim-{command}.1")).contains(".TH"), "{command}");
    }
    assert!(text(&cloudsim(&["man"]).stdout).contains(".TH cloudsim 1"));
}

//! `report DIR --html`, `sweep --report` and `diff --report`: pages of many runs that fetch nothing and say what the results
//! say.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>";

fn cloudsim(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsim"));
    command.args(args).current_dir(folder).output().expect("the program starts")
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with a short world in which a zone dies.
fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = r#"(
        version: 1, name: "NAME", duration: "4m", include: ["worlds/two-zone-blog.ron"],
        traffic: [OpenLoop(name: "readers", rate: "20/s", mix: { "read": 1 })],
        faults: [ZonePowerLoss(name: "dark", zone: "x", at: "1m", lasts: "1m")],
        objectives: [Rto(service: "blog", at_most: "1s"), Availability(service: "blog", at_least: "50%"),
            Latency(service: "blog", percentile: 95, at_most: "10s")],
    )"#;
    fs::write(folder.path().join("blog.ron"), world.replace("NAME", name)).expect("it can be written");
    folder
}

fn page(folder: &Path, args: &[&str]) -> String {
    let output = cloudsim(folder, args);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    fs::read_to_string(folder.join("page.html")).expect("a page")
}

fn fetches_nothing(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    for fetched in
        ["<script", "<img", "src=\"", "href=", "url(", "@import", "http:", "https:", "<link", "<iframe"]
    {
        assert!(!page.contains(fetched), "{fetched}: {page}");
    }
}

#[test]
fn pages_of_many_runs_fetch_nothing_and_names_are_text() {
    let folder = folder(HOSTILE);
    let path = folder.path();
    let swept = page(path, &["sweep", "blog.ron", "--seeds", "0..4", "--report", "page.html"]);
    let compared = page(
        path,
        &["diff", "blog.ron", "--with", "faults.dark.at=2m", "--seeds", "0..4", "--report", "page.html"],
    );
    for page in [swept, compared] {
        fetches_nothing(&page);
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    }
}

/// Each seed has a mark in each strip, and the worst run its command.
#[test]
fn a_page_of_a_sweep_has_a_mark_for_each_run_and_says_what_the_result_says() {
    let folder = folder("blog");
    let args = ["sweep", "blog.ron", "--seeds", "0..6", "--report", "page.html", "-o", "json"];
    let output = cloudsim(folder.path(), &args);
    let result: Value = serde_json::from_slice(&output.stdout).expect("a result");
    let page = fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let differ = |objective: &&Value| objective["worst"][0]["actual"] != objective["quantiles"][0]["value"];
    let spread =
        result["points"][0]["objectives"].as_array().expect("objectives").iter().filter(differ).count();
    assert!(spread > 0, "{result}");
    let paths = page.split("class=\"runs\" d=\"").chain(page.split("class=\"breaches\" d=\""));
    let marks: usize = paths
        .filter(|text| text.starts_with('M'))
        .map(|text| text.split('"').next().expect("a path").matches('M').count())
        .sum();
    assert_eq!(marks % 6, 0, "{marks}");
    assert!(marks >= spread * 6, "{marks}");
    for objective in result["points"][0]["objectives"].as_array().expect("objectives").iter().filter(differ) {
        let command = format!("cloudsim run blog.ron --seed {}", objective["worst"][0]["seed"]);
        assert!(page.contains(&command), "{command}");
        assert!(page.contains(objective["worst"][0]["digest"].as_str().expect("a digest")));
    }
}

#[test]
fn the_page_of_a_folder_is_that_of_its_sweep() {
    let folder = folder("blog");
    let vary = ["--seeds", "0..3", "--vary", "faults.dark.at=1m,2m"];
    let sweep = ["sweep", "blog.ron", "--out", "swept", "--report", "page.html"];
    let first = page(folder.path(), &[&sweep[..], &vary].concat());
    fs::remove_file(folder.path().join("page.html")).expect("it is there");
    assert_eq!(first, page(folder.path(), &["report", "swept", "--html", "page.html"]));
    assert!(first.contains("What a shorter recovery costs"), "a grid has a frontier");
    let inside = cloudsim(folder.path(), &["report", "swept", "--html", "swept/page.html"]);
    assert_eq!(inside.status.code(), Some(2));
    assert!(talk(&inside).contains("is in the folder of the sweep"), "{}", talk(&inside));
}

#[test]
fn a_page_of_a_comparison_has_both_runs_and_what_was_changed() {
    let folder = folder("blog");
    let args =
        ["diff", "blog.ron", "--with", "faults.dark.lasts=2m", "--seeds", "0..4", "--report", "page.html"];
    let page = page(folder.path(), &args);
    let views = ["settings", "measures", "pairs", "lanes", "waterfall"];
    let places: Vec<usize> = (views.iter())
        .map(|view| page.find(&format!("<section id=\"{view}\"")).unwrap_or_else(|| panic!("no {view}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(
        page.contains("faults.dark.lasts")
            && page.contains("aria-label=\"A\"")
            && page.contains("aria-label=\"B\"")
    );
}

#[test]
fn the_scenario_is_not_written_over() {
    let folder = folder("blog");
    for command in [&["sweep", "blog.ron", "--seeds", "0..2"][..], &["diff", "blog.ron", "--with", "seed=2"]]
    {
        let over = cloudsim(folder.path(), &[command, &["--report", "blog.ron"]].concat());
        assert_eq!(over.status.code(), Some(2));
        assert!(talk(&over).contains("is a file of the scenario"), "{}", talk(&over));
    }
}

//! The documents: complete, true in what a test can see, and with links that lead somewhere.

use cloudsim_tidy::pages::{facts, links, listed_facts, local};
use cloudsim_tidy::{TextFile, expect_none, file, files, read, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Whether a file's name ends so.
fn is_a(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// The scenarios that ship, without their worlds, by name.
fn scenarios() -> Vec<String> {
    let all = files("scenarios", &["ron"]);
    let own = all.iter().filter(|file| file.path.matches('/').count() == 1);
    let names: Vec<String> = own.map(|file| file.name().trim_end_matches(".ron").to_owned()).collect();
    assert!(!names.is_empty(), "scenarios ship");
    names
}

#[test]
fn every_scenario_ships_with_a_page_and_its_expected_output() {
    let shipped = read("crates/cloudsim-scenario/src/files/shipped.rs");
    let index = read("docs/README.md");
    let mut breaches = Vec::new();
    for name in scenarios() {
        for path in [format!("docs/scenarios/{name}.md"), format!("scenarios/expected/{name}.txt")] {
            if !root().join(&path).is_file() {
                breaches.push(format!("{path} is missing"));
            }
        }
        if !shipped.contains(&format!("{name}.ron\"")) {
            breaches.push(format!("{name}.ron is not built into the command"));
        }
        if !index.contains(&format!("scenarios/{name}.md")) {
            breaches.push(format!("docs/README.md does not list scenarios/{name}.md"));
        }
    }
    expect_none("a scenario is not complete", &breaches);
}

/// The file that holds what a command prints: `run NAME.ron` has the scenario's, `run NAME.ron …`, `path …`,
/// `sched explain …`, `sweep …`, `optimize …`, `years …`, `diff …` and `watch …` one named after their words.
fn expected_file(command: &str) -> String {
    let words: Vec<&str> = command.split(' ').collect();
    match words[..] {
        ["run", file] => format!("{}.txt", file.trim_end_matches(".ron")),
        ["run", ref words @ ..] => format!("runs/{}.txt", words.join("_")),
        ["path", ref words @ ..] => format!("paths/{}.txt", words.join("_").replace([':', '/'], "-")),
        ["sweep", ref words @ ..] => format!("sweeps/{}.txt", words.join("_")),
        ["optimize", ref words @ ..] => format!("optimized/{}.txt", words.join("_").replace('/', "-")),
        ["years", ref words @ ..] => format!("years/{}.txt", words.join("_")),
        ["diff", ref words @ ..] => format!("diffs/{}.txt", words.join("_").replace('/', "-")),
        ["watch", ref words @ ..] => format!("watched/{}.txt", words.join("_")),
        ["sched", "explain", ref words @ ..] => {
            format!("sched/{}.txt", words.join("_").replace([':', '/'], "-"))
        }
        _ => panic!("no output of `{command}` is kept"),
    }
}

/// A document with its outputs as `scenarios/expected` has them, and how many there are.
///
/// An output is a block of text behind a comment that names the command.
fn with_outputs(text: &str, expected: impl Fn(&str) -> String) -> (String, usize) {
    let mut fresh = String::new();
    let mut rest = text;
    let mut count = 0;
    while let Some((before, after)) = rest.split_once("<!-- output: cloudsim ") {
        let (command, after) = after.split_once(" -->\n").expect("an output names its command");
        let (gap, after) = after.split_once("```text\n").expect("a block of text follows");
        let (_, after) = after.split_once("```\n").expect("the block ends");
        let output = expected(&expected_file(command));
        let head = format!("{before}<!-- output: cloudsim {command} -->\n{gap}");
        fresh.extend([&head, "```text\n", &output, "```\n"]);
        rest = after;
        count += 1;
    }
    (fresh + rest, count)
}

/// Whether documents are to be written instead of compared.
fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

#[test]
fn documents_show_the_expected_outputs() {
    let mut count = 0;
    let mut breaches = Vec::new();
    for file in files("", &["md"]) {
        let (fresh, _) = with_outputs(&file.text, |name| read(&format!("scenarios/expected/{name}")));
        count += file.text.matches("<!-- output: cloudsim run ").count();
        if fresh != file.text {
            if updating() {
                fs::write(root().join(&file.path), fresh).expect("the document can be written");
            } else {
                breaches.push(file.path);
            }
        }
    }
    expect_none(
        "a document shows another output than scenarios/expected; `just golden` writes it",
        &breaches,
    );
    assert!(
        count > scenarios().len(),
        "the README and the page of each scenario show an output, not {count}"
    );
}

#[test]
fn links_lead_somewhere() {
    let mut breaches = Vec::new();
    let mut count = 0;
    for file in &files("", &["md"]) {
        for link in links(file) {
            let Some(path) = local(file, link.target) else { continue };
            count += 1;
            if !root().join(&path).exists() {
                breaches.push(format!("{}:{}: {}", file.path, link.line, link.target));
            }
        }
    }
    expect_none("a link leads nowhere", &breaches);
    assert!(count > 20, "only {count} links: the scan misses some");
}

#[test]
fn the_book_has_every_page_once_and_calls_it_by_its_title() {
    let summary = file("docs/SUMMARY.md");
    let pages = files("docs", &["md"]);
    let mut missing: BTreeMap<&str, &str> = pages.iter().map(|page| (&*page.path, title(page))).collect();
    missing.remove(&*summary.path);
    let mut breaches = Vec::new();
    for link in links(&summary) {
        let path = local(&summary, link.target).unwrap_or_else(|| link.target.to_owned());
        match missing.remove(&*path) {
            None => breaches.push(format!("{}: {path} is no page, or named twice", link.line)),
            Some(title) if title != link.text => {
                breaches.push(format!("{}: {path} is \"{title}\"", link.line));
            }
            Some(_) => {}
        }
    }
    breaches.extend(missing.keys().map(|path| format!("{path} is not named")));
    expect_none("docs/SUMMARY.md is not the list of the pages of docs/", &breaches);
}

/// The heading that a page begins with.
fn title(page: &TextFile) -> &str {
    let title = page.text.lines().next().and_then(|line| line.strip_prefix("# "));
    title.unwrap_or_else(|| panic!("{} begins with its title", page.path))
}

/// Whether code defines a name: as an item, as a variant of an enum, or in a macro that makes such.
fn defines(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let (before, after) = (&code[..start], &code[start + name.len()..]);
        let whole = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        let item = ["fn ", "struct ", "enum ", "trait ", "const ", "static ", "type "];
        let variant = line.is_empty() && after.trim_start().starts_with(['{', '(', ',']);
        whole && (item.iter().any(|keyword| line.ends_with(keyword)) || variant)
    })
}

#[test]
fn code_that_documents_name_is_where_they_say() {
    let mut breaches = Vec::new();
    let mut count = 0;
    for file in &files("", &["md"]) {
        for link in links(file) {
            let Some(path) = local(file, link.target) else { continue };
            let Some(name) = link.text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) else {
                continue;
            };
            let is_code = is_a(&path, "rs") && !name.contains(['/', '-']) && !is_a(name, "rs");
            let Ok(code) = fs::read_to_string(root().join(&path)) else { continue };
            if is_code {
                count += 1;
                let last = name.rsplit("::").next().unwrap_or(name);
                if !defines(&code, last) {
                    breaches.push(format!("{}:{}: {name} is not in {path}", file.path, link.line));
                }
            }
        }
    }
    expect_none("a document names code that has moved", &breaches);
    assert!(count > 20, "only {count} names of code: the scan misses some");
}

#[test]
fn the_code_map_has_every_crate() {
    let map = read("ARCHITECTURE.md");
    let crates = fs::read_dir(root().join("crates")).expect("the workspace has crates");
    let names = crates.map(|entry| entry.expect("the folder can be read").file_name());
    let names: Vec<String> = names.map(|name| name.into_string().expect("crates have plain names")).collect();
    let breaches: Vec<String> =
        names.into_iter().filter(|name| !map.contains(&format!("### `crates/{name}`"))).collect();
    expect_none("ARCHITECTURE.md has no section on a crate", &breaches);
}

#[test]
fn every_fact_that_is_cited_is_in_the_list_of_sources() {
    let sources = file("docs/sources.md");
    let rows = listed_facts(&sources);
    let texts = files("", &["md", "ron", "rs"]);
    let own = texts.iter().filter(|file| !file.path.starts_with("crates/cloudsim-tidy/"));
    let cited: BTreeSet<&str> = own.clone().flat_map(|file| facts(&file.text)).collect();
    // The list itself, and the page that has a row for each, rest on nothing.
    let rests = own.clone().filter(|file| !["docs/sources.md", "docs/fidelity.md"].contains(&&*file.path));
    let rested_on: BTreeSet<&str> = rests.flat_map(|file| facts(&file.text)).collect();
    let by_code: BTreeSet<&str> =
        own.filter(|file| !is_a(&file.path, "md")).flat_map(|file| facts(&file.text)).collect();
    let unknown: Vec<String> = cited.difference(&rows).map(|fact| (*fact).to_owned()).collect();
    expect_none("a fact is cited that docs/sources.md does not list", &unknown);
    let idle: Vec<String> = rows.difference(&rested_on).map(|fact| (*fact).to_owned()).collect();
    expect_none("docs/sources.md lists a fact that nothing rests on", &idle);
    assert!(by_code.len() > 30, "only {} facts in the code: the scan misses some", by_code.len());
}

#[test]
fn an_output_is_replaced_and_the_rest_is_kept() {
    let old = "One.\n\n<!-- output: cloudsim run x.ron -->\n\n```text\nold\n```\n\nTwo.\n";
    let (fresh, count) = with_outputs(old, |name| format!("new {name}\n"));
    assert_eq!((fresh, count), (old.replace("old", "new x.txt"), 1));
    assert_eq!(expected_file("path x internet web/a:443 --at 6m"), "paths/x_internet_web-a-443_--at_6m.txt");
}

//! The pages of the rules: every example says what its page claims, and the documents show the same.

use cloudsim_scenario::{
    MemoryFiles, Overrides, Rule, Severity, field, fields, load, page, reference_page, render, rules,
    scenario_schema, world_schema,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The codes of what is said.
fn codes(said: &cloudsim_scenario::Said) -> BTreeSet<&'static str> {
    said.problems.iter().map(|problem| problem.rule.code).collect()
}

#[test]
fn every_example_breaks_its_rule_and_no_other() {
    for rule in rules() {
        let said = rule.example.said();
        assert_eq!(codes(&said), BTreeSet::from([rule.code]), "{:?}", said.problems);
    }
}

#[test]
fn every_example_that_is_mended_is_right() {
    let mut mended = 0;
    for Rule { code, example, .. } in rules() {
        let Some(said) = example.said_when_mended() else { continue };
        mended += 1;
        assert!(!codes(&said).contains(code), "{code}: {:?}", said.problems);
        let errors = said.problems.iter().filter(|problem| problem.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{code}: {:?}", said.problems);
    }
    assert!(mended > 40, "{mended}");
}

/// Compares a document with what it should be, or writes it.
fn assert_document(name: &str, fresh: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, fresh).expect("the document can be written");
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == fresh, "{name} is not what the code says; `just golden` writes it");
}

/// The first problems of a file that has eight.
fn three_of_eight() -> String {
    let files = MemoryFiles::from([("eight-mistakes.ron", include_str!("eight-mistakes.ron"))]);
    let found = load(&files, "eight-mistakes.ron", &Overrides::default()).expect_err("eight mistakes");
    let first = found.problems.iter().take(3).map(|problem| render(problem, &found.sources, false));
    first.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_page_of_checks_has_every_rule() {
    let mut document = format!("# Checks\n\n{OPENING}\n\n```text\n{}```\n\n{MIDDLE}\n", three_of_eight());
    for rule in rules() {
        document.extend(["\n## ", rule.code, ": ", rule.title, "\n\n", &page(rule)]);
    }
    assert_document("docs/checks.md", &document);
}

#[test]
fn the_reference_has_every_field() {
    assert_document("docs/reference.md", &reference_page());
}

#[test]
fn the_schemas_stand_beside_the_documents() {
    for (name, schema) in [("scenario", scenario_schema()), ("world", world_schema())] {
        let text = serde_json::to_string_pretty(&schema).expect("a tree of values is JSON");
        assert_document(&format!("docs/schema/{name}.json"), &(text + "\n"));
    }
}

#[test]
fn every_field_says_what_it_means() {
    let all = fields();
    assert!(all.len() > 200, "{}", all.len());
    for page in &all {
        assert!(page.meaning.ends_with('.'), "{} means {:?}", page.path, page.meaning);
        let optional = page.default.is_some()
            || page.default_in_words.is_some()
            || page.required
            || page.value.is_empty();
        let of_a_kind = page.path.rsplit('.').next().is_some_and(|part| part.starts_with(char::is_uppercase));
        let made_of_parts = all.iter().any(|other| other.path.starts_with(&format!("{}.", page.path)));
        assert!(optional || of_a_kind || made_of_parts, "{} has no default and may be left out", page.path);
        assert_eq!(field(&page.path).as_ref(), Ok(page));
    }
}

#[test]
fn defaults_of_the_reference_are_those_of_a_plan() {
    let none = MemoryFiles::default();
    let plan = load(&none, "az-a-outage.ron", &Overrides::default()).expect("it is shipped").plan;
    let mut compared = 0;
    // What lies below `spec` is the API's own, and is described there.
    for setting in plan.settings.iter().filter(|setting| !setting.path.contains(".spec.")) {
        let page = field(&setting.path).expect("settings are fields");
        if let Some(shown) = page.default {
            assert_eq!(shown.trim_matches('"'), setting.default.trim_matches('"'), "{}", setting.path);
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

const OPENING: &str = "\
Everything that is wrong with a scenario is said at once, each with its code, its place and a hint. Of
[a file with eight mistakes](../crates/cloudsim-scenario/tests/eight-mistakes.ron), `cloudsim check` says first:";

const MIDDLE: &str = "\
Here is every code. `cloudsim explain CODE` shows the same page. What stands under *Wrong* and *Right* is tried by a
test; what adds fields to a scenario stands on [a small world](../scenarios/worlds/two-zone-blog.ron). Errors keep
a scenario from being run, warnings do not. This page is made from the rules themselves; `just golden` writes it anew.";

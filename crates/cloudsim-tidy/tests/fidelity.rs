//! The page on how faithful each behaviour is: every fact has a row, every test that it names is one, and its counts are right.

use cloudsim_tidy::pages::{facts, links_of, listed_facts, local, rows};
use cloudsim_tidy::{TextFile, expect_none, file, read, root};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = "docs/fidelity.md";
/// What a row has that no test is about.
const UNTESTED: &str = "no test of its own";
const NOT_MODELLED: &str = "not modelled";
/// The end of a cell whose tests take the number from the code, or set another one.
const NOT_THE_NUMBER: &str = "; not the number";

/// A row of the page.
struct Behaviour<'a> {
    line: usize,
    facts: &'a str,
    code: &'a str,
    test: &'a str,
    deviation: &'a str,
}

impl Behaviour<'_> {
    /// The kind of its evidence: the words before the names of tests, or that there are none.
    fn evidence(&self) -> &str {
        self.test.split_once(": ").map_or(self.test, |(kind, _)| kind)
    }
}

/// The rows of all services.
fn behaviours(page: &TextFile) -> Vec<Behaviour<'_>> {
    let all = rows(page).into_iter().filter_map(|(line, cells)| {
        let [what, facts, code, test, deviation] = cells[..] else { return None };
        let is_head = what == "Behaviour" || what.starts_with("---");
        (!is_head).then_some(Behaviour { line, facts, code, test, deviation })
    });
    all.collect()
}

/// How many rows have each kind of evidence, as the page says it: name and number.
fn told(page: &TextFile) -> BTreeMap<&str, usize> {
    let all = rows(page).into_iter().filter_map(|(_, cells)| {
        let [kind, count, _] = cells[..] else { return None };
        Some((kind, count.parse().ok()?))
    });
    all.collect()
}

/// Whether code has a test of that name: the function that follows `#[test]`.
fn has_test(code: &str, name: &str) -> bool {
    let start = format!("fn {name}(");
    code.match_indices(&start).any(|(at, _)| {
        let mark = code[..at].rfind("#[test]");
        mark.is_some_and(|mark| !code[mark..at].contains("fn "))
    })
}

/// The anchors of a page's sections.
fn anchors(page: &str) -> BTreeSet<String> {
    let heads = page.lines().filter_map(|line| line.strip_prefix("## "));
    heads.map(|head| head.to_lowercase().replace(' ', "-")).collect()
}

#[test]
fn every_fact_has_a_row_and_every_row_has_facts_of_the_list() {
    let (page, sources) = (file(PAGE), file("docs/sources.md"));
    let listed = listed_facts(&sources);
    let all = behaviours(&page);
    let told: BTreeSet<&str> = all.iter().flat_map(|row| facts(row.facts)).collect();
    let without: Vec<String> = listed.difference(&told).map(|fact| (*fact).to_owned()).collect();
    expect_none("a fact stands in no row", &without);
    let unknown: Vec<String> = told.difference(&listed).map(|fact| (*fact).to_owned()).collect();
    expect_none("a row has a fact that docs/sources.md does not list", &unknown);
    assert!(told.len() > 100, "only {} facts: the scan misses some", told.len());
}

#[test]
fn every_test_that_a_row_names_is_a_test() {
    let page = file(PAGE);
    let kinds = told(&page);
    let mut breaches = Vec::new();
    let mut count = 0;
    for row in behaviours(&page) {
        let named: Vec<_> = links_of(row.line, row.test).collect();
        let is_tested = ![UNTESTED, NOT_MODELLED].contains(&row.test);
        if !kinds.contains_key(row.evidence()) || is_tested == named.is_empty() {
            breaches.push(format!("{PAGE}:{}: `{}` is no evidence", row.line, row.test));
        }
        for link in named {
            count += 1;
            let path = local(&page, link.target).unwrap_or_default();
            let name = link.text.trim_matches('`');
            if !root().join(&path).is_file() || !has_test(&read(&path), name) {
                breaches.push(format!("{PAGE}:{}: {path} has no test {name}", row.line));
            }
        }
    }
    expect_none("a row names a test that is none", &breaches);
    assert!(count > 100, "only {count} tests: the scan misses some");
}

/// That the code which is named is there is held for all pages, in `documents.rs`.
#[test]
fn every_row_leads_to_its_code_and_to_what_is_left_out() {
    let page = file(PAGE);
    let mut breaches = Vec::new();
    for row in behaviours(&page) {
        let mut code = links_of(row.line, row.code);
        if !code.any(|link| link.target.starts_with("../crates/")) {
            breaches.push(format!("{PAGE}:{}: no code", row.line));
        }
        for link in links_of(row.line, row.deviation) {
            let section = link.target.split_once('#').map_or("", |(_, section)| section);
            let path = local(&page, link.target).unwrap_or_default();
            if !root().join(&path).is_file() || !anchors(&read(&path)).contains(section) {
                breaches.push(format!("{PAGE}:{}: {} leads nowhere", row.line, link.target));
            }
        }
        if row.deviation.is_empty() {
            breaches.push(format!("{PAGE}:{}: nothing is said of what is simplified", row.line));
        }
    }
    expect_none("a row is not complete", &breaches);
}

#[test]
fn the_counts_are_those_of_the_rows() {
    let page = file(PAGE);
    let all = behaviours(&page);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::from([("all", all.len())]);
    for row in &all {
        *counts.entry(row.evidence()).or_default() += 1;
    }
    assert_eq!(told(&page), counts, "the table of evidence");
    let (untested, not_modelled) = (counts[UNTESTED], counts[NOT_MODELLED]);
    let rules = all.iter().filter(|row| row.test.ends_with(NOT_THE_NUMBER)).count();
    let tested = all.len() - untested - not_modelled;
    let sentence =
        page.text.split("\n\n").find(|part| part.contains(" behaviours: ")).expect("it says how many");
    let numbers = sentence.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
    let numbers: Vec<usize> = numbers.collect();
    assert_eq!(numbers, [all.len(), tested, rules, untested, not_modelled], "{sentence}");
}

#[test]
fn a_test_is_told_from_a_function() {
    let code = "#[test]\n#[ignore]\nfn one() {}\nfn two() {}\nproptest! {\n    #[test]\n    fn three(seed: u64) {}\n}\n";
    let found = ["one", "two", "three", "thr", "four"].map(|name| has_test(code, name));
    assert_eq!(found, [true, false, true, false, false]);
}

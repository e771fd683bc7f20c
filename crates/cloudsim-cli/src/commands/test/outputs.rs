//! What `test` prints: a table for people, and what CI systems read.

use super::Tested;
use crate::args::TestOutput;
use crate::output;
use crate::tables::document_text;
use cloudsim_measures::{ObjectiveMeasure, SCHEMA_VERSION, TestedScenario, Verdict, test_table, words};
use cloudsim_scenario::{Location, printable};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// The file of GitHub Actions that the summary of a job is appended to.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The one thing that objectives are judged by, as SARIF names it.
const RULE: &str = "objective";

/// Prints what came of all files; so many more were not run.
pub(super) fn print(tested: &[Tested], left: usize, form: TestOutput) -> io::Result<()> {
    let text = match form {
        TestOutput::Text => text(tested),
        TestOutput::Json => json_document(tested, left),
        TestOutput::Junit => junit(tested),
        TestOutput::Github => {
            if let Some(summary) = std::env::var_os(STEP_SUMMARY) {
                let mut summary = std::fs::OpenOptions::new().append(true).create(true).open(summary)?;
                summary.write_all(markdown(tested).as_bytes())?;
            }
            github(tested)
        }
        TestOutput::Markdown => markdown(tested),
        TestOutput::Sarif => sarif(tested),
    };
    output::data(&text)?;
    if left > 0 {
        output::talk(&format!("{left} more were not run"));
    }
    Ok(())
}

/// An objective, and where it is written.
struct Judged<'a> {
    tested: &'a Tested,
    scenario: &'a str,
    objective: &'a ObjectiveMeasure,
    /// Nothing of one that a flag has brought.
    place: Option<&'a Location>,
}

impl Judged<'_> {
    /// `web RTO ≤ 2m`.
    fn asks(&self) -> String {
        let ObjectiveMeasure { subject, label, target, .. } = self.objective;
        format!("{subject} {label} {}", words::limit(*target))
    }

    /// `measured 2m45s: BREACHED`.
    fn says(&self) -> String {
        format!("measured {}: {}", words::measured(self.objective), words::verdict(self.objective.verdict()))
    }
}

fn judged(tested: &[Tested]) -> impl Iterator<Item = Judged<'_>> {
    tested.iter().filter_map(|tested| Some((tested, tested.document.as_ref()?))).flat_map(
        |(tested, document)| {
            document.objectives.iter().enumerate().map(move |(place, objective)| {
                let place = tested.places.get(place).filter(|place| place.line > 0);
                Judged { tested, scenario: &document.scenario, objective, place }
            })
        },
    )
}

fn text(tested: &[Tested]) -> String {
    let documents = tested.iter().filter_map(|of| of.document.as_ref());
    let all: Vec<TestedScenario<'_>> = documents
        .map(|document| TestedScenario { name: &document.scenario, objectives: &document.objectives })
        .collect();
    if all.is_empty() { String::new() } else { test_table(&all) }
}

fn json_document(tested: &[Tested], left: usize) -> String {
    let of_objective = |judged: Judged<'_>| {
        let mut value = judged.objective.to_value();
        let fields = value.as_object_mut().expect("it is one");
        fields.insert("verdict".into(), verdict_word(judged.objective.verdict()).into());
        fields.insert("file".into(), judged.place.map(|place| place.name.as_str()).into());
        fields.insert("line".into(), judged.place.map(|place| place.line).into());
        fields.insert("column".into(), judged.place.map(|place| place.column).into());
        value
    };
    let of_file = |tested: &Tested| {
        json!({
            "file": tested.file,
            "scenario": tested.document.as_ref().map(|document| &document.scenario),
            "seed": tested.document.as_ref().map(|document| document.seed),
            "exit": tested.exit as u8,
            "problem": tested.problem,
            "objectives": judged(std::slice::from_ref(tested)).map(of_objective).collect::<Vec<Value>>(),
        })
    };
    let document = json!({
        "kind": "Test",
        "schema_version": SCHEMA_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "files": tested.iter().map(of_file).collect::<Vec<Value>>(),
        "not_run": left,
    });
    document_text(&document)
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "Met",
        Verdict::BreachedAsExpected => "BreachedAsExpected",
        Verdict::Breached => "Breached",
        Verdict::MetAgainstExpectation => "MetAgainstExpectation",
        Verdict::Inconclusive => "Inconclusive",
    }
}

/// One suite for each file, one case for each objective; what is inconclusive is skipped.
fn junit(tested: &[Tested]) -> String {
    let mut report = Report::new("cloudsim");
    for tested in tested {
        let name = tested.document.as_ref().map_or(tested.file.as_str(), |document| &document.scenario);
        let name = printable(name);
        let mut suite = TestSuite::new(name.as_str());
        if let Some(problem) = &tested.problem {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(printable(problem));
            suite.add_test_case(TestCase::new("run", status).set_classname(name.as_str()).to_owned());
        }
        for judged in judged(std::slice::from_ref(tested)) {
            let verdict = judged.objective.verdict();
            let mut status = match verdict {
                Verdict::Inconclusive => TestCaseStatus::skipped(),
                verdict if verdict.is_failure() => TestCaseStatus::non_success(NonSuccessKind::Failure),
                _ => TestCaseStatus::success(),
            };
            if verdict == Verdict::Inconclusive || verdict.is_failure() {
                status.set_message(judged.says());
                status.set_description(at(&judged));
            }
            suite.add_test_case(TestCase::new(judged.asks(), status).set_classname(name.as_str()).to_owned());
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("a report is XML")
}

/// `shop.ron:12:9`, or the file alone.
fn at(judged: &Judged<'_>) -> String {
    match judged.place {
        Some(place) => format!("{}:{}:{}", printable(&place.name), place.line, place.column),
        None => printable(&judged.tested.file),
    }
}

/// Workflow commands: an error for each objective that failed, a warning for what could not be judged.
fn github(tested: &[Tested]) -> String {
    let mut out = text(tested);
    for tested in tested.iter().filter(|tested| tested.problem.is_some()) {
        let problem = data(tested.problem.as_deref().unwrap_or_default());
        let _ = writeln!(out, "::error file={}::{problem}", property(&tested.file));
    }
    for judged in judged(tested) {
        let verdict = judged.objective.verdict();
        let level = match verdict {
            Verdict::Inconclusive => "warning",
            verdict if verdict.is_failure() => "error",
            _ => continue,
        };
        let place = match judged.place {
            Some(place) => {
                format!("file={},line={},col={}", property(&place.name), place.line, place.column)
            }
            None => format!("file={}", property(&judged.tested.file)),
        };
        let title = property(&format!("{}: {}", judged.scenario, judged.objective.name));
        let message = data(&format!("{}, {}", judged.asks(), judged.says()));
        let _ = writeln!(out, "::{level} {place},title={title}::{message}");
    }
    out
}

/// A message of a workflow command, which is one line.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of one, which ends with a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn markdown(tested: &[Tested]) -> String {
    let mut out = String::from(
        "| | scenario | objective | target | measured | verdict |\n| --- | --- | --- | ---: | ---: | --- |\n",
    );
    let cell = |text: &str| words::markdown(&printable(text));
    for tested in tested {
        if let Some(problem) = &tested.problem {
            let _ = writeln!(out, "| ✗ | {} | | | | {} |", cell(&tested.file), cell(problem));
        }
        for judged in judged(std::slice::from_ref(tested)) {
            let objective = judged.objective;
            let _ = writeln!(
                out,
                "| {} | {} | {} {} | {} | {} | {} |",
                words::mark(objective.verdict()),
                cell(judged.scenario),
                cell(&objective.subject),
                cell(&objective.label),
                cell(&words::limit(objective.target)),
                cell(&words::measured(objective)),
                words::verdict(objective.verdict()),
            );
        }
    }
    out
}

/// SARIF 2.1.0: a result for each objective that failed or could not be judged.
fn sarif(tested: &[Tested]) -> String {
    let result = |judged: &Judged<'_>| {
        let verdict = judged.objective.verdict();
        let level = match verdict {
            Verdict::Inconclusive => "warning",
            verdict if verdict.is_failure() => "error",
            _ => return None,
        };
        let uri = judged.place.map_or(judged.tested.file.as_str(), |place| place.name.as_str());
        let mut place = json!({ "artifactLocation": { "uri": uri_of(uri) } });
        if let Some(at) = judged.place {
            place["region"] = json!({ "startLine": at.line, "startColumn": at.column });
        }
        Some(json!({
            "ruleId": RULE,
            "level": level,
            "message": { "text": format!("{}: {}, {}", judged.scenario, judged.asks(), judged.says()) },
            "locations": [{ "physicalLocation": place }],
        }))
    };
    let problem = |tested: &Tested| {
        let problem = tested.problem.as_ref()?;
        Some(json!({
            "ruleId": RULE,
            "level": "error",
            "message": { "text": problem },
            "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri_of(&tested.file) } } }],
        }))
    };
    let results: Vec<Value> = tested
        .iter()
        .filter_map(problem)
        .chain(judged(tested).filter_map(|judged| result(&judged)))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cloudsim",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": [{ "id": RULE, "shortDescription": { "text": "An objective of a scenario holds." } }],
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    document_text(&document)
}

/// A path as a relative reference.
fn uri_of(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

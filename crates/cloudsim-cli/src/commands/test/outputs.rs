//! What `test` prints: a table for people, and what CI systems read.

use super::objective::Judged;
use super::{Subject, Tested};
use crate::args::TestOutput;
use crate::output;
use crate::tables::document_text;
use cloudsim_measures::{
    DatabaseMeasures, RunDocument, SCHEMA_VERSION, ServiceMeasures, SingleFault, TestedScenario, Verdict,
    fault_table, test_counts, test_table, words,
};
use cloudsim_records::Decimal;
use cloudsim_scenario::printable;
use cloudsim_units::SimDuration;
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

/// The objectives of all that was tested, with whose each is.
fn judged(tested: &[Tested]) -> impl Iterator<Item = (&Tested, &Judged)> {
    tested.iter().flat_map(|tested| tested.judged().map(move |objective| (tested, objective)))
}

fn text(tested: &[Tested]) -> String {
    let ran = || tested.iter().filter(|of| of.subject.is_some());
    let titles: Vec<String> = ran().map(Tested::title).collect();
    let all: Vec<TestedScenario<'_>> = ran()
        .zip(&titles)
        .map(|(of, name)| TestedScenario { name, objectives: of.judged().map(Judged::line).collect() })
        .collect();
    if all.is_empty() {
        return String::new();
    }
    let single: Vec<(&Tested, SingleFault<'_>)> = ran()
        .filter_map(|of| Some((of, SingleFault { name: of.fault.as_deref()?, document: of.document()? })))
        .collect();
    if single.is_empty() {
        return test_table(&all);
    }
    let mut out = String::new();
    for of_file in single.chunk_by(|(one, _), (other, _)| one.file == other.file) {
        let document = of_file[0].1.document;
        let faults: Vec<SingleFault<'_>> = of_file.iter().map(|(_, fault)| *fault).collect();
        let (name, many) = (printable(&document.scenario), words::several(faults.len(), "single fault"));
        let _ = writeln!(out, "{name}   seed {}   {many}{}\n", document.seed, when(document));
        out.push_str(&fault_table(&faults));
        out.push('\n');
    }
    out.push_str(&test_counts(&all));
    out
}

/// `, each from 5m to 20m`, of a fault that stands for all.
fn when(document: &RunDocument) -> String {
    let Some(fault) = document.faults.first() else { return String::new() };
    let until = fault.ended.map_or("on".to_owned(), |ended| format!("to {}", words::instant(ended)));
    format!(", each from {} {until}", words::instant(fault.started))
}

fn json_document(tested: &[Tested], left: usize) -> String {
    let of_file = |tested: &Tested| {
        let (seed, seeds) = match &tested.subject {
            Some(Subject::Run(document)) => (Some(document.seed), None),
            Some(Subject::Seeds { seeds, .. }) => {
                (None, Some(json!({ "from": seeds.from, "until": seeds.until })))
            }
            None => (None, None),
        };
        json!({
            "file": tested.file,
            "fault": tested.fault,
            "scenario": tested.scenario(),
            "seed": seed,
            "seeds": seeds,
            "exit": tested.exit as u8,
            "problem": tested.problem,
            "services": tested.document().map_or_else(Vec::new, services),
            "databases": tested.document().map_or_else(Vec::new, stores),
            "objectives": tested.objectives.iter().map(|of| &of.value).collect::<Vec<&Value>>(),
            "golden": tested.golden.as_ref().map(|of| &of.value),
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

/// How each service fared.
fn services(document: &RunDocument) -> Vec<Value> {
    let one = |of: &ServiceMeasures| {
        let longest = of.longest_outage().map_or(Some(SimDuration::ZERO), |(_, outage)| outage.rto());
        let rto = longest.map(|span| Decimal::seconds(span).to_json());
        json!({ "name": of.name, "outages": of.outages.len(), "rto_s": rto })
    };
    document.services.iter().map(one).collect()
}

/// What each database and table lost.
fn stores(document: &RunDocument) -> Vec<Value> {
    let one = |of: &DatabaseMeasures| {
        let lost: u64 = of.failovers.iter().map(|failover| failover.commits_lost).sum();
        let rpo = of.failovers.iter().map(|failover| failover.rpo).max();
        json!({ "name": of.name, "rpo_s": rpo.map(|span| Decimal::seconds(span).to_json()), "commits_lost": lost })
    };
    document.databases_and_tables().map(one).collect()
}

/// One suite for each file, one case for each objective; what is inconclusive is skipped.
fn junit(tested: &[Tested]) -> String {
    let mut report = Report::new("cloudsim");
    for tested in tested {
        let name = printable(&tested.title());
        let mut suite = TestSuite::new(name.as_str());
        if let Some(problem) = &tested.problem {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(printable(problem));
            suite.add_test_case(TestCase::new("run", status).set_classname(name.as_str()).to_owned());
        }
        for objective in tested.judged() {
            let verdict = objective.verdict;
            let mut status = match verdict {
                Verdict::Inconclusive => TestCaseStatus::skipped(),
                verdict if verdict.is_failure() => TestCaseStatus::non_success(NonSuccessKind::Failure),
                _ => TestCaseStatus::success(),
            };
            if verdict == Verdict::Inconclusive || verdict.is_failure() {
                status.set_message(objective.says());
                status.set_description(at(tested, objective));
            }
            let case = TestCase::new(objective.asks(), status).set_classname(name.as_str()).to_owned();
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("a report is XML")
}

/// `shop.ron:12:9`, or the file alone.
fn at(tested: &Tested, objective: &Judged) -> String {
    match &objective.place {
        Some(place) => format!("{}:{}:{}", printable(&place.name), place.line, place.column),
        None => printable(&tested.file),
    }
}

/// Workflow commands: an error for each objective that failed, a warning for what could not be judged.
fn github(tested: &[Tested]) -> String {
    let mut out = text(tested);
    for tested in tested.iter().filter(|tested| tested.problem.is_some()) {
        let problem = data(tested.problem.as_deref().unwrap_or_default());
        let _ = writeln!(out, "::error file={}::{problem}", property(&tested.file));
    }
    for (tested, objective) in judged(tested) {
        let level = match objective.verdict {
            Verdict::Inconclusive => "warning",
            verdict if verdict.is_failure() => "error",
            _ => continue,
        };
        let place = match &objective.place {
            Some(place) => {
                format!("file={},line={},col={}", property(&place.name), place.line, place.column)
            }
            None => format!("file={}", property(&tested.file)),
        };
        let title = property(&format!("{}: {}", tested.title(), objective.name));
        let message = data(&format!("{}, {}", objective.asks(), objective.says()));
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
        let name = cell(&tested.title());
        for objective in tested.judged() {
            let _ = writeln!(
                out,
                "| {} | {name} | {} {} | {} | {} | {} |",
                words::mark(objective.verdict),
                cell(&objective.subject),
                cell(&objective.label),
                cell(&objective.limit),
                cell(&objective.measured),
                words::verdict(objective.verdict),
            );
        }
    }
    out
}

/// SARIF 2.1.0: a result for each objective that failed or could not be judged.
fn sarif(tested: &[Tested]) -> String {
    let result = |tested: &Tested, objective: &Judged| {
        let level = match objective.verdict {
            Verdict::Inconclusive => "warning",
            verdict if verdict.is_failure() => "error",
            _ => return None,
        };
        let uri = objective.place.as_ref().map_or(tested.file.as_str(), |place| place.name.as_str());
        let mut place = json!({ "artifactLocation": { "uri": uri_of(uri) } });
        if let Some(at) = &objective.place {
            place["region"] = json!({ "startLine": at.line, "startColumn": at.column });
        }
        let message = format!("{}: {}, {}", tested.title(), objective.asks(), objective.says());
        Some(json!({
            "ruleId": RULE,
            "level": level,
            "message": { "text": message },
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
        .chain(judged(tested).filter_map(|(tested, objective)| result(tested, objective)))
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

//! An objective that was judged, by one run or by those of many seeds.

use cloudsim_measures::{ObjectiveMeasure, TestedObjective, Verdict, words};
use cloudsim_records::Expectation;
use cloudsim_scenario::Location;
use cloudsim_sweep::{Demand, ObjectiveStatistics, Outcome, Shown};
use serde_json::{Value, json};

/// What came of it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) name: String,
    /// The service or database.
    pub(super) subject: String,
    /// `RTO`.
    pub(super) label: String,
    /// `≤ 2m`.
    pub(super) limit: String,
    /// `2m45s`, or in how many runs it was breached.
    pub(super) measured: String,
    pub(super) verdict: Verdict,
    /// Where it is written; nothing of one that a flag has brought.
    pub(super) place: Option<Location>,
    /// As documents have it.
    pub(super) value: Value,
}

impl Judged {
    /// By one run.
    pub(super) fn of(objective: &ObjectiveMeasure, place: Location) -> Self {
        let verdict = objective.verdict();
        let place = written(place);
        Self {
            name: objective.name.clone(),
            subject: objective.subject.clone(),
            label: objective.label.clone(),
            limit: words::limit(objective.target),
            measured: words::measured(objective),
            value: with(objective.to_value(), verdict, place.as_ref(), &Value::Null),
            verdict,
            place,
        }
    }

    /// By the runs of many seeds: it passes where they show that it is seldom enough not as expected, and fails where they
    /// show the contrary.
    pub(super) fn by_seeds(of: &ObjectiveStatistics, place: Location, demand: Demand) -> Self {
        let head = &of.head;
        let is_expected = head.expect == Expectation::Met;
        let verdict = match (demand.shows(of.failures, of.breaches.of), is_expected) {
            (Shown::Rarer, true) => Verdict::Met,
            (Shown::Rarer, false) => Verdict::BreachedAsExpected,
            (Shown::MoreFrequent, true) => Verdict::Breached,
            (Shown::MoreFrequent, false) => Verdict::MetAgainstExpectation,
            (Shown::Open, _) => Verdict::Inconclusive,
        };
        let worst = of.worst.first();
        let beyond = |outcome: Outcome| outcome.actual().map_or(head.beyond().to_owned(), words::quantity);
        let told = worst.filter(|_| is_expected && of.failures > 0);
        let told = told.map(|worst| format!(", worst {} with seed {}", beyond(worst.outcome), worst.seed));
        let word = if is_expected { "breached" } else { "met" };
        let measured = format!("{word} in {} of {}{}", of.failures, of.breaches.of, told.unwrap_or_default());
        let place = written(place);
        let seeds = json!({
            "judged": of.breaches.of,
            "breached": of.breaches.runs,
            "unmeasured": of.unmeasured,
            "worst": worst.map(|worst| worst.seed),
        });
        let actual = worst.and_then(|worst| worst.outcome.actual());
        let value = json!({
            "name": head.name,
            "kind": head.kind,
            "subject": head.subject,
            "target": head.target.to_value(),
            "actual": actual.map(cloudsim_measures::Quantity::to_value),
            "met": of.breaches.runs == 0 && of.breaches.of > 0,
            "expect": head.expect.word(),
        });
        Self {
            name: head.name.clone(),
            subject: head.subject.clone(),
            label: head.label.clone(),
            limit: head.limit.clone(),
            measured,
            value: with(value, verdict, place.as_ref(), &seeds),
            verdict,
            place,
        }
    }

    /// By what was kept of a run: from some line on it may not be what is printed now.
    pub(super) fn golden(kept: String, differs: Option<usize>, measured: &str) -> Self {
        let verdict = if differs.is_some() { Verdict::Breached } else { Verdict::Met };
        Self {
            name: "golden".into(),
            subject: "output".into(),
            label: "as in".into(),
            measured: measured.into(),
            verdict,
            place: differs.map(|line| Location { name: kept.clone(), line, column: 1 }),
            value: json!({ "file": kept, "verdict": word(verdict), "line": differs }),
            limit: kept,
        }
    }

    /// `web RTO ≤ 2m`.
    pub(super) fn asks(&self) -> String {
        format!("{} {} {}", self.subject, self.label, self.limit)
    }

    /// `measured 2m45s: BREACHED`.
    pub(super) fn says(&self) -> String {
        format!("measured {}: {}", self.measured, words::verdict(self.verdict))
    }

    /// As a line of a table.
    pub(super) fn line(&self) -> TestedObjective<'_> {
        let Self { subject, label, limit, measured, verdict, .. } = self;
        TestedObjective { subject, label, limit, measured, verdict: *verdict }
    }
}

fn written(place: Location) -> Option<Location> {
    Some(place).filter(|place| place.line > 0)
}

fn with(mut value: Value, verdict: Verdict, place: Option<&Location>, seeds: &Value) -> Value {
    let fields = value.as_object_mut().expect("it is one");
    fields.insert("verdict".into(), word(verdict).into());
    fields.insert("seeds".into(), seeds.clone());
    fields.insert("file".into(), place.map(|place| place.name.as_str()).into());
    fields.insert("line".into(), place.map(|place| place.line).into());
    fields.insert("column".into(), place.map(|place| place.column).into());
    value
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "Met",
        Verdict::BreachedAsExpected => "BreachedAsExpected",
        Verdict::Breached => "Breached",
        Verdict::MetAgainstExpectation => "MetAgainstExpectation",
        Verdict::Inconclusive => "Inconclusive",
    }
}

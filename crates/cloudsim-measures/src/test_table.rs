//! Objectives of many scenarios as one table.

use crate::document::Verdict;
use crate::{draw, words};

/// A scenario that was tested.
#[derive(Clone, Debug)]
pub struct TestedScenario<'a> {
    /// Its name, with the seed or file if those tell it from others.
    pub name: &'a str,
    /// What came of its objectives.
    pub objectives: Vec<TestedObjective<'a>>,
}

/// What came of an objective, in words.
#[derive(Clone, Copy, Debug)]
pub struct TestedObjective<'a> {
    /// The service or database.
    pub subject: &'a str,
    /// What is measured: `RTO`.
    pub label: &'a str,
    /// The limit: `≤ 2m`.
    pub limit: &'a str,
    /// What was measured.
    pub measured: &'a str,
    /// What a judge says.
    pub verdict: Verdict,
}

/// The objectives of all scenarios as a plain table, one a line, with a last line that counts them.
#[must_use]
pub fn test_table(scenarios: &[TestedScenario<'_>]) -> String {
    let mut rows =
        vec![["", "scenario", "objective", "", "target", "measured", "verdict"].map(str::to_owned)];
    for scenario in scenarios {
        if scenario.objectives.is_empty() {
            let mut row = [const { String::new() }; 7];
            (row[0], row[1], row[6]) = ("?".into(), scenario.name.into(), "no objectives".into());
            rows.push(row);
        }
        for of in &scenario.objectives {
            let (mark, verdict) = (words::mark(of.verdict), words::verdict(of.verdict));
            let cells = [mark, scenario.name, of.subject, of.label, of.limit, of.measured, verdict];
            rows.push(cells.map(str::to_owned));
        }
    }
    let mut lines = draw::table(&rows, &[4, 5]);
    lines.push(String::new());
    lines.join("\n") + "\n" + &test_counts(scenarios)
}

/// How many objectives passed, as a line; a scenario without any is one that is inconclusive.
#[must_use]
pub fn test_counts(scenarios: &[TestedScenario<'_>]) -> String {
    let verdicts: Vec<Verdict> = scenarios.iter().flat_map(verdicts).collect();
    let failed = verdicts.iter().filter(|verdict| verdict.is_failure()).count();
    let open = verdicts.iter().filter(|verdict| **verdict == Verdict::Inconclusive).count();
    let passed = verdicts.len() - failed - open;
    format!("{passed} passed, {failed} failed, {open} inconclusive\n")
}

fn verdicts(scenario: &TestedScenario<'_>) -> Vec<Verdict> {
    let all: Vec<Verdict> = scenario.objectives.iter().map(|of| of.verdict).collect();
    if all.is_empty() { vec![Verdict::Inconclusive] } else { all }
}

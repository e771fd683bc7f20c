//! Objectives of many scenarios as one table.

use crate::document::{ObjectiveMeasure, Verdict};
use crate::{draw, words};

/// A scenario that was tested.
#[derive(Clone, Copy, Debug)]
pub struct TestedScenario<'a> {
    /// Its name, with the seed or file if those tell it from others.
    pub name: &'a str,
    /// What came of its objectives.
    pub objectives: &'a [ObjectiveMeasure],
}

/// The objectives of all scenarios as a plain table, one a line, with a last line that counts them.
#[must_use]
pub fn test_table(scenarios: &[TestedScenario<'_>]) -> String {
    let mut rows =
        vec![["", "scenario", "objective", "", "target", "measured", "verdict"].map(str::to_owned)];
    let mut verdicts = Vec::new();
    for scenario in scenarios {
        if scenario.objectives.is_empty() {
            let mut row = [const { String::new() }; 7];
            (row[0], row[1], row[6]) = ("?".into(), scenario.name.into(), "no objectives".into());
            rows.push(row);
            verdicts.push(Verdict::Inconclusive);
        }
        for objective in scenario.objectives {
            let verdict = objective.verdict();
            verdicts.push(verdict);
            rows.push([
                words::mark(verdict).to_owned(),
                scenario.name.to_owned(),
                objective.subject.clone(),
                objective.label.clone(),
                words::limit(objective.target),
                words::measured(objective),
                words::verdict(verdict).to_owned(),
            ]);
        }
    }
    let failed = verdicts.iter().filter(|verdict| verdict.is_failure()).count();
    let open = verdicts.iter().filter(|verdict| **verdict == Verdict::Inconclusive).count();
    let passed = verdicts.len() - failed - open;
    let mut lines = draw::table(&rows, &[4, 5]);
    lines.push(String::new());
    lines.push(format!("{passed} passed, {failed} failed, {open} inconclusive"));
    lines.join("\n") + "\n"
}

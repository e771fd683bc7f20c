//! Documents in words, for whoever draws them: the same words as in the text.

use crate::diff::{
    Change, Comparison, DiffDocument, ObjectiveDiff, Verdict, change, interval_of, unit, value,
};
use crate::document::{Availability, ObjectiveStatistics, Quantile, Share};
use crate::row::Outcome;
use crate::text::{interval, of_runs, probability, say, shares, thousandths};
use cloudsim_measures::Quantity;

impl ObjectiveStatistics {
    /// What was measured in a run, or what it means that nothing was.
    #[must_use]
    pub fn say(&self, outcome: Outcome) -> String {
        say(self, outcome)
    }

    /// The interval of a quantile, the better end first.
    #[must_use]
    pub fn interval(&self, quantile: &Quantile) -> String {
        interval(self, quantile)
    }
}

impl Share {
    /// `0 of 200`.
    #[must_use]
    pub fn in_words(&self) -> String {
        of_runs(self)
    }

    /// The interval of its probability: `0% to 1.9%`; nothing if there is none.
    #[must_use]
    pub fn probability(&self) -> String {
        probability(self)
    }
}

impl Availability {
    /// The share in percent, with its interval where there is one.
    #[must_use]
    pub fn in_words(&self) -> String {
        let share = thousandths(self.good, self.whole);
        self.interval.map_or_else(|| share.clone(), |of| format!("{share} ({})", shares(of)))
    }
}

impl Change {
    /// By how much more of what objectives of a kind measure: `+1m12s`, `−0.5 pts`, `0`; `+∞` if only B has no end.
    #[must_use]
    pub fn in_words(self, kind: &str) -> String {
        change(self, unit(kind))
    }
}

impl Comparison {
    /// The interval of the median of what pairs differ by.
    #[must_use]
    pub fn interval(&self, kind: &str) -> String {
        interval_of(self, unit(kind))
    }
}

impl Verdict {
    /// A sign, and what it says of B.
    #[must_use]
    pub fn in_words(self) -> [&'static str; 2] {
        match self {
            Self::Better => ["▲", "better"],
            Self::Worse => ["▼", "worse"],
            Self::Same => ["=", "the same"],
            Self::NotShown => ["·", "no difference shown"],
        }
    }
}

impl DiffDocument {
    /// By how much more B measured of an objective, seed by seed; `None` where neither run has an end. Seeds in which there was
    /// nothing to judge by are left out.
    #[must_use]
    pub fn changes(&self, objective: &ObjectiveDiff) -> Vec<(u64, Option<Change>)> {
        let [Some(in_a), Some(in_b)] = objective.places else { return Vec::new() };
        let [a, b] = &self.sides;
        (a.runs.iter().zip(&b.runs))
            .map(|(a, b)| (a.seed, a.outcomes[in_a], b.outcomes[in_b]))
            .filter(|(_, a, b)| ![a, b].contains(&&Outcome::Unmeasured))
            .map(|(seed, a, b)| (seed, Change::between(a, b)))
            .collect()
    }

    /// By how much more a month of B costs, seed by seed.
    #[must_use]
    pub fn cost_changes(&self) -> Vec<(u64, Option<Change>)> {
        let [a, b] = &self.sides;
        let cost = |cost| Outcome::Measured { actual: Quantity::Money(cost), met: true };
        let both = a.runs.iter().zip(&b.runs);
        both.map(|(a, b)| (a.seed, Change::between(cost(a.cost), cost(b.cost)))).collect()
    }
}

impl Outcome {
    /// What was measured, or `beyond`, what it means that nothing was.
    #[must_use]
    pub fn in_words(self, beyond: &str) -> String {
        value(Some(self), beyond)
    }
}

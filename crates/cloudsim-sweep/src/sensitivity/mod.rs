//! What of an answer rests on which assumption: each is tried at its low and at its high end, everything else as it is.
//!
//! All points meet the same seeds, so that what differs between the runs of a seed is due to the assumption; compared is each
//! pair by itself, as in a comparison of two scenarios ([`crate::diff`]).

mod json;
mod schema;
mod text;

pub use schema::sensitivity_schema;
pub use text::SensitivityTextOptions;

use crate::diff::{Breaches, Change, Comparison, cost, objectives, services};
use crate::document::{PointStatistics, Share, SweepDocument};
use crate::row::{ObjectiveHead, Outcome};
use cloudsim_units::SimDuration;
use std::cmp::Reverse;

/// An assumption that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedAssumption {
    /// Which, as `--set` names it.
    pub path: String,
    /// Its value otherwise, in words.
    pub default: String,
    /// Its low end, then its high end, as `--set` takes them.
    pub ends: [String; 2],
    /// The ends in words.
    pub words: [String; 2],
    /// What it is, and why these ends.
    pub why: String,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensitivityInfo {
    /// What was tried: the first point is the scenario as it is, then come two for each.
    pub tried: Vec<TriedAssumption>,
    /// What was not, because the scenario has nothing that it is about.
    pub skipped: Vec<String>,
}

/// What the answers of a scenario rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityDocument {
    /// The version of the program that made it.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// What was asked for beside the scenario, in all runs.
    pub overrides: Vec<String>,
    /// The first seed.
    pub from: u64,
    /// The seed before which it was to end.
    pub until: u64,
    /// How many seeds were measured, from the first on, each at every end.
    pub measured: u64,
    /// How far a run comes.
    pub reached: SimDuration,
    /// What was tried.
    pub tried: Vec<TriedAssumption>,
    /// What was not, because the scenario has nothing that it is about.
    pub skipped: Vec<String>,
    /// The objectives, then the availability of services and the bill, unless they are objectives.
    pub measures: Vec<Measure>,
}

/// Something that is measured, and what moves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// `Rto`, `Rpo`, `Availability`, `Latency` or `MonthlyCost`.
    pub kind: &'static str,
    /// The service or database, by name; `bill` for a cost.
    pub subject: String,
    /// What is measured, for eyes: `RTO`, `p99.9`.
    pub label: String,
    /// The objective, if it is one.
    pub objective: Option<ObjectiveHead>,
    /// The median with everything as it is, and what 95 of 100 runs of an objective are no worse than; `None` without runs.
    pub as_it_is: [Option<Outcome>; 2],
    /// In which runs of an objective the limit does not hold then.
    pub breaches: Option<Share>,
    /// What moves it in any seed, the most first.
    pub effects: Vec<Effect>,
}

/// What an assumption does to a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Which of those that were tried.
    pub assumption: usize,
    /// At its low end, then at its high end, each compared with everything as it is.
    pub ends: [(Comparison, Option<Breaches>); 2],
}

impl Effect {
    /// By how much each end moves the median of the pairs.
    fn sizes(&self) -> [u128; 2] {
        [0, 1].map(|side| match self.ends[side].0.median {
            None => 0,
            Some(Change::By(amount)) => amount.unsigned_abs(),
            Some(Change::Less | Change::More) => u128::MAX,
        })
    }

    /// By how much it moves the median of the pairs at most.
    fn size(&self) -> u128 {
        let [low, high] = self.sizes();
        low.max(high)
    }

    /// Whether a limit that holds in some seed does not at an end, or the other way round.
    fn changes_a_verdict(&self) -> bool {
        self.ends.iter().any(|(_, breaches)| breaches.as_ref().is_some_and(|of| of.alone != [0, 0]))
    }

    fn is_none(&self) -> bool {
        !self.changes_a_verdict() && self.ends.iter().all(|(of, _)| of.is_same())
    }
}

impl SensitivityDocument {
    /// Compares all ends with the first point of a sweep.
    ///
    /// # Panics
    /// If there are not two points more for each of what was tried.
    #[must_use]
    pub fn of(sweep: SweepDocument, info: SensitivityInfo) -> Self {
        let (base, ends) = sweep.points.split_first().expect("the scenario as it is");
        assert_eq!(ends.len(), info.tried.len() * 2, "two ends of each");
        let mut measures = measures(base);
        let own = measures.len();
        for (assumption, ends) in ends.chunks_exact(2).enumerate() {
            let mut effects: Vec<Vec<(Comparison, Option<Breaches>)>> = vec![Vec::new(); own];
            for end in ends {
                for (of, effect) in effects.iter_mut().zip(compared(base, end)) {
                    of.push(effect);
                }
            }
            for (measure, ends) in measures.iter_mut().zip(effects) {
                let ends = ends.try_into().expect("two ends");
                measure.effects.push(Effect { assumption, ends });
            }
        }
        for measure in &mut measures {
            measure.effects.retain(|effect| !effect.is_none());
            measure.effects.sort_by_key(|effect| (Reverse(effect.size()), effect.assumption));
        }
        Self {
            reached: base.reached,
            version: sweep.version,
            scenario: sweep.scenario,
            overrides: sweep.overrides,
            from: sweep.from,
            until: sweep.until,
            measured: sweep.measured,
            tried: info.tried,
            skipped: info.skipped,
            measures,
        }
    }

    /// Whether someone stopped it before all seeds were measured.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.measured < self.until - self.from
    }
}

/// Whether the availability of a service is an objective.
fn is_asked(point: &PointStatistics, kind: &str, subject: &str) -> bool {
    point.objectives.iter().any(|of| of.head.kind == kind && of.head.subject == subject)
}

/// What a point measures; no effects yet.
fn measures(base: &PointStatistics) -> Vec<Measure> {
    let measure = |kind, subject: &str, label: &str| Measure {
        kind,
        subject: subject.to_owned(),
        label: label.to_owned(),
        objective: None,
        as_it_is: [None, None],
        breaches: None,
        effects: Vec::new(),
    };
    let objectives = base.objectives.iter().map(|of| {
        let p95 = of.quantiles.iter().find(|quantile| quantile.percent == 95).map(|quantile| quantile.at);
        Measure {
            objective: Some(of.head.clone()),
            as_it_is: [None, p95],
            breaches: Some(of.breaches),
            ..measure(of.head.kind, &of.head.subject, &of.head.label)
        }
    });
    let services = base.services.iter().filter(|of| !is_asked(base, "Availability", &of.name));
    let services = services.map(|of| measure("Availability", &of.name, "availability"));
    let bill = (!is_asked(base, "MonthlyCost", "bill")).then(|| measure("MonthlyCost", "bill", "per month"));
    let mut all: Vec<Measure> = objectives.chain(services).chain(bill).collect();
    for (measure, (of, _)) in all.iter_mut().zip(compared(base, base)) {
        [measure.as_it_is[0], _] = of.medians;
    }
    all
}

/// Each measure in both, in the same order.
fn compared(base: &PointStatistics, end: &PointStatistics) -> Vec<(Comparison, Option<Breaches>)> {
    let objectives = objectives(base, end).into_iter();
    let objectives = objectives.map(|of| {
        let (comparison, breaches) = of.measured.expect("an assumption changes no objective");
        (comparison, Some(breaches))
    });
    let services = services(base, end).into_iter().filter(|of| !is_asked(base, "Availability", &of.name));
    let services = services.map(|of| (of.availability.expect("an assumption takes no service away"), None));
    let bill = (!is_asked(base, "MonthlyCost", "bill")).then(|| (cost(base, end), None));
    objectives.chain(services).chain(bill).collect()
}

//! What many runs said, as values: what every form of output is made of.

use crate::intervals::Interval;
use crate::row::{ObjectiveHead, Outcome, Row};
use crate::sweep::Factor;
use cloudsim_measures::Quantity;
use cloudsim_records::RunDigest;
use cloudsim_units::SimDuration;

/// What a sweep measured.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepDocument {
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
    /// How many seeds were measured, from the first on, each at every point.
    pub measured: u64,
    /// Whether someone stopped it before all were.
    pub interrupted: bool,
    /// The settings that were varied; none if there is a single point.
    pub factors: Vec<Factor>,
    /// Each combination of their values, the last factor turning first. What they measured is empty without a seed.
    pub points: Vec<PointStatistics>,
    /// By factor and by its value: the objectives over all runs with that value, whatever the others were; of several
    /// factors without intervals.
    pub by_factor: Vec<Vec<Vec<ObjectiveStatistics>>>,
}

/// The runs of one combination of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct PointStatistics {
    /// The value of each factor.
    pub values: Vec<String>,
    /// How far a run comes.
    pub reached: SimDuration,
    /// What had to hold, in the scenario's order.
    pub objectives: Vec<ObjectiveStatistics>,
    /// The services, then the workloads beside them.
    pub services: Vec<ServiceStatistics>,
    /// The runs, in the order of their seeds.
    pub runs: Vec<Row>,
}

/// What came of an objective in many runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectiveStatistics {
    /// The objective.
    pub head: ObjectiveHead,
    /// Runs in which it had a value.
    pub measured: u64,
    /// Runs in which it was worse than any value; see [`Outcome::Beyond`].
    pub beyond: u64,
    /// Runs in which there was nothing to judge by; they are left out of everything else.
    pub unmeasured: u64,
    /// At 50, 90, 95 and 99 %; none without runs.
    pub quantiles: Vec<Quantile>,
    /// The runs in which it is breached.
    pub breaches: Share,
    /// The runs in which that is not what the scenario expects.
    pub failures: u64,
    /// The three worst runs, the worst first.
    pub worst: Vec<WorstRun>,
    /// From the best to the worst, those without a value last.
    pub(crate) sorted: Vec<Outcome>,
}

impl ObjectiveStatistics {
    /// Whether every run measured the same.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        let [best, worst] = [self.sorted.first(), self.sorted.last()];
        self.beyond + self.unmeasured == 0
            && best.zip(worst).is_some_and(|(best, worst)| best.compare(worst).is_eq())
    }

    pub(crate) fn forget_intervals(&mut self) {
        self.breaches.interval = None;
        for quantile in &mut self.quantiles {
            (quantile.better, quantile.worse) = (None, None);
        }
    }

    /// The best value and the worst; `None` without any.
    #[must_use]
    pub fn ends(&self) -> Option<[Quantity; 2]> {
        let mut values = self.sorted.iter().filter_map(|outcome| outcome.actual());
        let best = values.next()?;
        Some([best, values.next_back().unwrap_or(best)])
    }
}

/// How bad it is at most in so many of 100 runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile {
    /// In how many of 100.
    pub percent: u32,
    /// The run that is it.
    pub at: Outcome,
    /// The run at the better end of its interval; `None` if there are too few to say.
    pub better: Option<Outcome>,
    /// The run at the worse end; `None` if there are too few to say.
    pub worse: Option<Outcome>,
}

/// How many of all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// How many.
    pub runs: u64,
    /// Of how many.
    pub of: u64,
    /// The probability of one; `None` without runs, or where runs share their luck.
    pub interval: Option<Interval>,
}

/// One of the worst runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstRun {
    /// Its seed.
    pub seed: u64,
    /// What it measured.
    pub outcome: Outcome,
    /// The digest of its records.
    pub digest: RunDigest,
}

/// What became of a service in many runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceStatistics {
    /// Its name.
    pub name: String,
    /// The runs in which it was degraded.
    pub degraded: Share,
    /// How often it was, over all runs.
    pub outages: u64,
    /// The runs in which it was to the end.
    pub not_restored: u64,
    /// The share of all requests of all runs, or of all time, that was good; `None` if there were none.
    pub availability: Option<Availability>,
}

/// A share of what was good over all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Availability {
    /// What was good.
    pub good: u128,
    /// Of how much; not 0.
    pub whole: u128,
    /// Between which shares it is; `None` for fewer than two runs.
    pub interval: Option<Interval>,
}

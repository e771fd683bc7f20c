//! The cheapest settings that meet every objective.
//!
//! All points of a grid meet the same seeds. A [`Race`] says which runs are wanted next, and gives a point up as soon as no
//! run that is left could bring it back; so it ends with what all runs of all points would say, after fewer of them.
//!
//! # Sources
//! - Racing: O. Maron, A. W. Moore, "The Racing Algorithm: Model Selection for Lazy Learners", Artificial Intelligence
//!   Review 11 (1997), 193-225 (<https://doi.org/10.1023/A:1006556606079>). Their bounds hold with a probability;
//!   those here are certain, because the number of seeds is known.
//! - In blocks of common seeds: M. López-Ibáñez et al., "The irace package: Iterated racing for automatic algorithm
//!   configuration", Operations Research Perspectives 3 (2016), 43-58 (<https://doi.org/10.1016/j.orp.2016.09.002>).
//!
//! # Invariants
//! - Optimum and frontier are those of all runs of all points.
//! - With the stated confidence the optimum holds what it is said to hold, however many points there are: each is tested at its
//!   part of the error.

mod json;
mod race;
mod schema;
mod text;

pub use race::Race;
pub use schema::optimize_schema;
pub use text::OptimizeTextOptions;

use crate::diff::SettingDiff;
use crate::intervals::{Odds, allowed, needed, seeds_needed};
use crate::row::{ObjectiveHead, Outcome};
use crate::sweep::SweepInfo;
use cloudsim_units::{NanoUsd, Ratio};

/// What some runs show of how often an objective is breached, as sure as is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In no larger share of runs than may be.
    Rarer,
    /// In a larger one.
    MoreFrequent,
    /// Neither.
    Open,
}

/// When a point holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// In this share of runs at most any objective may be breached.
    pub breach_at_most: Ratio,
    /// How sure that has to be of whichever point is chosen.
    pub confidence: Ratio,
}

impl Demand {
    /// The fewest seeds that can show it, of one among so many points.
    #[must_use]
    pub fn seeds_needed(self, points: usize) -> u64 {
        seeds_needed(self.odds(points))
    }

    /// What it shows that it happened in `breaches` of `runs`.
    ///
    /// ```
    /// use cloudsim_sweep::{Demand, Shown};
    /// use cloudsim_units::Ratio;
    ///
    /// let demand = Demand { breach_at_most: Ratio::parse("5%")?, confidence: Ratio::parse("95%")? };
    /// assert_eq!(demand.shows(0, 59), Shown::Rarer);
    /// assert_eq!(demand.shows(0, 58), Shown::Open);
    /// assert_eq!(demand.shows(8, 59), Shown::MoreFrequent);
    /// # Ok::<(), cloudsim_units::ParseUnitError>(())
    /// ```
    #[must_use]
    pub fn shows(self, breaches: u64, runs: u64) -> Shown {
        let odds = self.odds(1);
        if allowed(runs, odds).is_some_and(|most| breaches <= most) {
            Shown::Rarer
        } else if needed(runs, odds).is_some_and(|least| breaches >= least) {
            Shown::MoreFrequent
        } else {
            Shown::Open
        }
    }

    /// Each of the points has an equal part of the error.
    #[expect(clippy::cast_precision_loss, reason = "few points")]
    pub(crate) fn odds(self, points: usize) -> Odds {
        let error = self.confidence.complement().as_f64() / points as f64;
        Odds { share: self.breach_at_most.as_f64(), error }
    }
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All its runs are over, and show that it holds.
    Holds,
    /// So many runs were breaches that those left could not show that it holds.
    Fails,
    /// It was given up: another is no dearer and better, or it cannot be the cheapest.
    Behind,
    /// It was interrupted.
    Open,
}

/// What was tried of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The value of each knob.
    pub values: Vec<String>,
    /// The mean bill of a month over the seeds that every point meets; `None` before they are over.
    pub cost: Option<NanoUsd>,
    /// What the bill leaves out because no price of it is known: instance types and database classes.
    pub unpriced: Vec<String>,
    /// How many runs.
    pub runs: u64,
    /// Those in which an objective was breached, or could not be judged.
    pub breaches: u64,
    /// What became of it.
    pub fate: Fate,
    /// Whether all its runs are over.
    pub whole: bool,
    /// The worst recovery time and the worst recovery point, each that 95 % of all runs do not exceed; `None` where no
    /// objective asks for one. Of a point that is not whole it is no worse than that one's will be.
    pub axes: [Option<Outcome>; 2],
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizeDocument {
    /// What was tried on which seeds.
    pub info: SweepInfo,
    /// When a point holds.
    pub demand: Demand,
    /// In so many runs of a point there may be breaches.
    pub allowed: u64,
    /// What must hold.
    pub objectives: Vec<ObjectiveHead>,
    /// Each point of the grid.
    pub points: Vec<Tried>,
    /// The point that the scenario is as it stands, if it is one.
    pub present: Option<usize>,
    /// The cheapest point that holds.
    pub optimum: Option<usize>,
    /// How the optimum's settings differ from those of the scenario as it stands.
    pub settings: Vec<SettingDiff>,
    /// The points to which no other is preferred in cost, recovery time and recovery point, the cheapest first.
    pub frontier: Vec<usize>,
}

impl OptimizeDocument {
    /// Whether someone stopped it before the answer was known.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.points.iter().any(|point| point.fate == Fate::Open)
    }

    /// How many runs there were.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.points.iter().map(|point| point.runs).sum()
    }

    /// How many all runs of all points are.
    #[must_use]
    pub fn all(&self) -> u64 {
        (self.info.until - self.info.from) * self.points.len() as u64
    }

    /// How much cheaper the optimum is than the scenario as it stands, if that is a point and both bills are whole.
    #[must_use]
    pub fn saved(&self) -> Option<NanoUsd> {
        let cost = |point: Option<usize>| {
            let point = &self.points[point?];
            point.cost.filter(|_| point.unpriced.is_empty())
        };
        Some(NanoUsd::from_nanos(cost(self.present)?.as_nanos() - cost(self.optimum)?.as_nanos()))
    }
}

#[cfg(test)]
mod tests;

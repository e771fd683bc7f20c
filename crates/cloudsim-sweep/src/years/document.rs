//! What was found, with what it was found of.

use super::Effort;
use super::study::Estimates;
use cloudsim_units::SimDuration;

/// Things that fail alike.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureClass {
    /// Kind and target of a fault.
    pub what: String,
    /// How many things.
    pub things: usize,
    /// How often a year each of them fails.
    pub per_year: f64,
    /// For how long, in words.
    pub lasts: String,
}

/// A run that cost a service much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstEpisode {
    /// The service.
    pub service: String,
    /// How long it was lost.
    pub lost: SimDuration,
    /// The seed of the run.
    pub seed: u64,
    /// What failed, as `--fault` takes it.
    pub faults: Vec<String>,
    /// How long the run was.
    pub duration: SimDuration,
}

/// Failures that met nobody: members of groups that had been replaced, or were dark with their zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many.
    pub failures: u64,
    /// Of all that there were in the runs.
    pub of: u64,
}

/// What years do to the services of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct YearsDocument {
    /// Of the program.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// What was changed of it.
    pub overrides: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// What fails, class by class.
    pub classes: Vec<FailureClass>,
    /// So long after the last repair all is taken to be well.
    pub settle: SimDuration,
    /// How much was run.
    pub effort: Effort,
    /// The runs in which a service was not as it was before by then, and which so went on.
    pub went_on: u64,
    /// For how long they did.
    pub goes_on: SimDuration,
    /// Those after which a service was not as it was before even so.
    pub unsettled: u64,
    /// The failures that met nobody.
    pub missed: Missed,
    /// What the runs say.
    pub estimates: Estimates,
    /// For each service that lost anything the run that cost it most, and at most two more.
    pub worst: Vec<WorstEpisode>,
}

impl YearsDocument {
    /// How many episodes were run.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.estimates.runs.values().sum()
    }
}

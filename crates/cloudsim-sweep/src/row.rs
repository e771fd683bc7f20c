//! What is kept of a run when it is over.

use cloudsim_measures::{ObjectiveMeasure, Quantity, RunDocument, ServiceMeasures, Verdict};
use cloudsim_records::{Expectation, RunDigest};
use cloudsim_units::{NanoUsd, SimDuration};
use std::cmp::Ordering;

/// What a run measured, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    pub(crate) head: Head,
    pub(crate) row: Row,
}

/// What all runs of a point of the grid have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// How far each run came.
    pub(crate) reached: SimDuration,
    pub(crate) objectives: Vec<ObjectiveHead>,
    /// Services, then workloads beside them, by name.
    pub(crate) services: Vec<String>,
}

/// An objective, whatever came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveHead {
    /// Its name.
    pub name: String,
    /// `Rto`, `Rpo`, `Availability`, `Latency` or `MonthlyCost`.
    pub kind: &'static str,
    /// What is measured, for eyes: `RTO`, `p99.9`.
    pub label: String,
    /// The service or database, by name; `bill` for a cost.
    pub subject: String,
    /// The limit.
    pub target: Quantity,
    /// The limit for eyes: `≤ 2m`.
    pub limit: String,
    /// Whether it should be met.
    pub expect: Expectation,
}

/// What a run measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its seed.
    pub seed: u64,
    /// The digest of its records.
    pub digest: RunDigest,
    /// What came of each objective.
    pub outcomes: Vec<Outcome>,
    /// What became of each service.
    pub services: Vec<ServiceRow>,
    /// What it costs per month.
    pub cost: NanoUsd,
}

/// What came of an objective in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This was measured.
    Measured {
        /// What.
        actual: Quantity,
        /// Whether it is within the limit.
        met: bool,
    },
    /// It was worse than anything that can be measured within the run: not restored, no recovery point, no good answer.
    Beyond,
    /// There was nothing to judge by.
    Unmeasured,
}

/// What became of a service in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    /// How often it was degraded.
    pub outages: u32,
    /// Whether it was degraded to the end.
    pub not_restored: bool,
    /// What was good of it, and of how much; requests, or nanoseconds of a workload that nobody asks for anything.
    pub availability: Option<(u64, u64)>,
}

impl RunSummary {
    /// The little that is kept of a run that came to its end.
    #[must_use]
    pub fn of(run: &RunDocument) -> Self {
        let head = Head {
            reached: run.reached.since(cloudsim_units::SimTime::ZERO),
            objectives: run.objectives.iter().map(ObjectiveHead::of).collect(),
            services: run.services_and_workloads().map(|service| service.name.clone()).collect(),
        };
        let row = Row {
            seed: run.seed,
            digest: run.digest,
            outcomes: run.objectives.iter().map(Outcome::of).collect(),
            services: run.services_and_workloads().map(ServiceRow::of).collect(),
            cost: run.cost.monthly(),
        };
        Self { head, row }
    }
}

impl ObjectiveHead {
    fn of(objective: &ObjectiveMeasure) -> Self {
        Self {
            name: objective.name.clone(),
            kind: objective.kind,
            label: objective.label.clone(),
            subject: objective.subject.clone(),
            target: objective.target,
            limit: cloudsim_measures::words::limit(objective),
            expect: objective.expect,
        }
    }

    /// What [`Outcome::Beyond`] means for it, in words.
    #[must_use]
    pub fn beyond(&self) -> &'static str {
        match self.kind {
            "Rto" => "not restored",
            "Rpo" => "no recovery point",
            _ => "no good answer",
        }
    }
}

impl Outcome {
    fn of(objective: &ObjectiveMeasure) -> Self {
        // A database that ended without a recovery point is not unmeasured: what it lost is still growing.
        match (objective.actual, objective.verdict(), objective.kind) {
            (Some(actual), ..) => Self::Measured { actual, met: objective.met },
            (None, Verdict::Inconclusive, kind) if kind != "Rpo" => Self::Unmeasured,
            (None, ..) => Self::Beyond,
        }
    }

    /// Whether the limit does not hold; `None` if that cannot be said.
    #[must_use]
    pub fn is_breach(self) -> Option<bool> {
        match self {
            Self::Measured { met, .. } => Some(!met),
            Self::Beyond => Some(true),
            Self::Unmeasured => None,
        }
    }

    /// What was measured.
    #[must_use]
    pub fn actual(self) -> Option<Quantity> {
        match self {
            Self::Measured { actual, .. } => Some(actual),
            Self::Beyond | Self::Unmeasured => None,
        }
    }

    /// From the best to the worst: more time and money are worse, more availability is better, and nothing is worse than
    /// what has no end. What is unmeasured is not to be compared.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self.actual(), other.actual()) {
            (Some(one), Some(other)) => worse(one, other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}

/// How bad one is compared with the other; both are of one objective.
fn worse(one: Quantity, other: Quantity) -> Ordering {
    match (one, other) {
        (Quantity::Time(one), Quantity::Time(other)) => one.cmp(&other),
        (Quantity::Money(one), Quantity::Money(other)) => one.cmp(&other),
        (Quantity::Share { part, whole }, Quantity::Share { part: other, whole: of }) => {
            (u128::from(other) * u128::from(whole)).cmp(&(u128::from(part) * u128::from(of)))
        }
        _ => unreachable!("an objective measures one thing"),
    }
}

impl ServiceRow {
    fn of(service: &ServiceMeasures) -> Self {
        Self {
            outages: u32::try_from(service.outages.len()).expect("an outage takes a second and more"),
            not_restored: service.outages.iter().any(|outage| outage.restored.is_none()),
            availability: service.availability(),
        }
    }
}

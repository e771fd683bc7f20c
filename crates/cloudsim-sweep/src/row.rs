//! What is kept of a run when it is over.

use crate::tables::{Cell, RunTables, Table};
use cloudsim_measures::{ObjectiveMeasure, Quantity, Verdict};
use cloudsim_records::{Expectation, RunDigest};
use cloudsim_units::{NanoUsd, Ratio, SimDuration};
use std::cmp::Ordering;

/// What objectives are about.
const KINDS: [&str; 5] = ["Rto", "Rpo", "Availability", "Latency", "MonthlyCost"];

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
    /// The little that is kept of what a run says in tables; `None` if they cannot be those of a run.
    #[must_use]
    pub fn from_tables(tables: &RunTables) -> Option<Self> {
        let [run] = tables.rows(Table::Runs) else { return None };
        let [Cell::Text(digest), Cell::Decimal(reached), Cell::Decimal(cost)] = &run[..] else { return None };
        let objectives = tables.rows(Table::Objectives).iter();
        let (heads, outcomes) = objectives.map(|row| objective(row)).collect::<Option<_>>()?;
        let services = tables.rows(Table::Services).iter();
        let (names, services) = services.map(|row| service(row)).collect::<Option<_>>()?;
        Some(Self {
            head: Head { reached: span(*reached)?, objectives: heads, services: names },
            row: Row {
                seed: tables.seed,
                digest: RunDigest::parse(digest)?,
                outcomes,
                services,
                cost: NanoUsd::from_nanos(*cost),
            },
        })
    }
}

/// A row of the table of objectives.
fn objective(row: &[Cell]) -> Option<(ObjectiveHead, Outcome)> {
    let [name, kind, label, subject, expect, target, actual, part, whole, met] = row else { return None };
    let [name, kind, label, subject, expect] = [name, kind, label, subject, expect].map(text);
    let kind = KINDS.into_iter().find(|known| Some(*known) == kind)?;
    let target = match (kind, target) {
        ("Availability", Cell::Decimal(part)) => {
            Quantity::Share { part: u64::try_from(*part).ok()?, whole: Ratio::ONE.as_billionths() }
        }
        ("MonthlyCost", Cell::Decimal(nanos)) => Quantity::Money(NanoUsd::from_nanos(*nanos)),
        (_, Cell::Decimal(nanos)) => Quantity::Time(span(*nanos)?),
        _ => return None,
    };
    let outcome = match (met, actual, target, part, whole) {
        (Cell::Null, Cell::Null, ..) => Outcome::Unmeasured,
        (Cell::Flag(false), Cell::Null, ..) => Outcome::Beyond,
        (
            Cell::Flag(met),
            Cell::Decimal(_),
            Quantity::Share { .. },
            Cell::Count(part),
            Cell::Count(whole),
        ) => (*whole > 0).then_some(Outcome::Measured {
            actual: Quantity::Share { part: *part, whole: *whole },
            met: *met,
        })?,
        (Cell::Flag(met), Cell::Decimal(nanos), Quantity::Money(_), ..) => {
            Outcome::Measured { actual: Quantity::Money(NanoUsd::from_nanos(*nanos)), met: *met }
        }
        (Cell::Flag(met), Cell::Decimal(nanos), Quantity::Time(_), ..) => {
            Outcome::Measured { actual: Quantity::Time(span(*nanos)?), met: *met }
        }
        _ => return None,
    };
    let head = ObjectiveHead {
        name: name?.to_owned(),
        kind,
        label: label?.to_owned(),
        subject: subject?.to_owned(),
        target,
        limit: cloudsim_measures::words::limit(target),
        expect: Expectation::ALL.iter().copied().find(|known| Some(known.word()) == expect)?,
    };
    Some((head, outcome))
}

/// A row of the table of services.
fn service(row: &[Cell]) -> Option<(String, ServiceRow)> {
    let [name, _, Cell::Count(requests), Cell::Count(good), up, watched, .., outages, not_restored] = row
    else {
        return None;
    };
    let (Cell::Count(outages), Cell::Flag(not_restored)) = (outages, not_restored) else { return None };
    let uptime = match (up, watched) {
        (Cell::Decimal(up), Cell::Decimal(watched)) => {
            Some((u64::try_from(*up).ok()?, u64::try_from(*watched).ok()?))
        }
        _ => None,
    };
    let requests = (*requests > 0).then_some((*good, *requests));
    let row = ServiceRow {
        outages: u32::try_from(*outages).ok()?,
        not_restored: *not_restored,
        availability: requests.or(uptime.filter(|(_, whole)| *whole > 0)),
    };
    Some((text(name)?.to_owned(), row))
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

fn span(nanos: i64) -> Option<SimDuration> {
    u64::try_from(nanos).ok().map(SimDuration::from_nanos)
}

impl ObjectiveHead {
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
    pub(crate) fn of(objective: &ObjectiveMeasure) -> Self {
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
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
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

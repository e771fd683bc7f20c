//! Two scenarios on the same luck: what differs between their runs, seed by seed.
//!
//! The runs of a seed share the streams of randomness of everything that both have by the same name, so that most of what
//! differs between them is due to what was changed. Compared is therefore each pair by itself, before anything is summed up.
//!
//! # Invariants
//! - A run that was not restored is worse than one that was. Where neither was, which is worse is unknown: such a pair is
//!   counted apart, and stands in the interval of the median as whatever would widen it.
//! - Exchanging the two changes the sign of each figure and nothing else.

pub(crate) mod json;
mod pairs;
pub(crate) mod schema;
mod text;

pub use pairs::{Breaches, Change, Comparison, Signs, Verdict};
pub use schema::diff_schema;
pub use text::DiffTextOptions;
pub(crate) use text::{change, interval_of, setting_lines, unit, value};

use crate::document::{PointStatistics, SweepDocument};
use crate::row::{ObjectiveHead, Outcome, Row};
use cloudsim_measures::Quantity;
use cloudsim_units::SimDuration;

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffInfo {
    /// The scenarios' names.
    pub scenarios: [String; 2],
    /// What is asked for beside each of them.
    pub overrides: [Vec<String>; 2],
    /// The settings that differ.
    pub settings: Vec<SettingDiff>,
}

/// A setting that both do not have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDiff {
    /// Which, as `--set` names it.
    pub path: String,
    /// Its value in A, as RON; `None` if it has none.
    pub before: Option<String>,
    /// Its value in B, as RON; `None` if it has none.
    pub after: Option<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSide {
    /// The scenario's name.
    pub scenario: String,
    /// What was asked for beside it.
    pub overrides: Vec<String>,
    /// How far a run comes.
    pub reached: SimDuration,
    /// The runs, in the order of their seeds.
    pub runs: Vec<Row>,
}

/// What two scenarios measured on the same seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffDocument {
    /// The version of the program that made it.
    pub version: String,
    /// The first seed.
    pub from: u64,
    /// The seed before which it was to end.
    pub until: u64,
    /// How many seeds were measured, from the first on.
    pub measured: u64,
    /// A, then B.
    pub sides: [DiffSide; 2],
    /// The settings that differ.
    pub settings: Vec<SettingDiff>,
    /// The objectives of A, then those that only B has.
    pub objectives: Vec<ObjectiveDiff>,
    /// The services and workloads of A, then those that only B has.
    pub services: Vec<ServiceDiff>,
    /// The bill of a month.
    pub cost: Comparison,
    /// Whether anything that was measured differs in any pair.
    pub differs: bool,
}

/// An objective that at least one of them has.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectiveDiff {
    /// As A has it, then as B has it.
    pub heads: [Option<ObjectiveHead>; 2],
    /// What was measured, where both have it.
    pub measured: Option<(Comparison, Breaches)>,
    /// Which it is of A's objectives, and of B's.
    pub(crate) places: [Option<usize>; 2],
}

/// A service that at least one of them has.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceDiff {
    /// Its name.
    pub name: String,
    /// How often it was degraded, over all runs; `None` in whom there is none.
    pub outages: [Option<u64>; 2],
    /// In how many runs it was to the end.
    pub not_restored: [Option<u64>; 2],
    /// Its availability, where both have it.
    pub availability: Option<Comparison>,
    /// Whether anything of it differs in any pair.
    pub differs: bool,
}

impl ObjectiveDiff {
    /// Whether both have it, and each pair measured the same.
    pub(crate) fn is_same(&self) -> bool {
        self.measured.as_ref().is_some_and(|(of, breaches)| of.is_same() && breaches.alone == [0, 0])
    }

    /// As one of them has it.
    #[must_use]
    pub fn head(&self) -> &ObjectiveHead {
        self.heads.iter().flatten().next().expect("one of them has it")
    }
}

impl DiffDocument {
    /// Compares the two points of a sweep.
    ///
    /// # Panics
    /// If it has not two points.
    #[must_use]
    pub fn of(sweep: SweepDocument, info: DiffInfo) -> Self {
        let [a, b] = &sweep.points[..] else { panic!("two are compared") };
        let (objectives, services, cost) = (objectives(a, b), services(a, b), cost(a, b));
        let differs = !cost.is_same()
            || objectives.iter().any(|of| !of.is_same())
            || services.iter().any(|of| of.differs);
        let [of_a, of_b] = info.overrides;
        let [name_a, name_b] = info.scenarios;
        let [a, b] = <[PointStatistics; 2]>::try_from(sweep.points).expect("two are compared");
        let side = |scenario, overrides, point: PointStatistics| DiffSide {
            scenario,
            overrides,
            reached: point.reached,
            runs: point.runs,
        };
        Self {
            version: sweep.version,
            from: sweep.from,
            until: sweep.until,
            measured: sweep.measured,
            sides: [side(name_a, of_a, a), side(name_b, of_b, b)],
            settings: info.settings,
            objectives,
            services,
            cost,
            differs,
        }
    }

    /// Whether someone stopped it before all seeds were measured.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.measured < self.until - self.from
    }
}

/// Those of A with their like in B, then those that only B has. What is alike twice is matched in its order.
fn matched<T>(a: &[T], b: &[T], alike: impl Fn(&T, &T) -> bool) -> Vec<[Option<usize>; 2]> {
    let mut left: Vec<usize> = (0..b.len()).collect();
    let mut pairs: Vec<[Option<usize>; 2]> = Vec::new();
    for (place, one) in a.iter().enumerate() {
        let found = left.iter().position(|other| alike(one, &b[*other]));
        pairs.push([Some(place), found.map(|found| left.remove(found))]);
    }
    pairs.extend(left.into_iter().map(|place| [None, Some(place)]));
    pairs
}

/// The objectives of A with their like in B.
pub(crate) fn objectives(a: &PointStatistics, b: &PointStatistics) -> Vec<ObjectiveDiff> {
    let alike = |one: &&ObjectiveHead, other: &&ObjectiveHead| {
        (one.kind, &one.subject, &one.label) == (other.kind, &other.subject, &other.label)
    };
    let heads = |point: &'_ PointStatistics| -> Vec<ObjectiveHead> {
        point.objectives.iter().map(|objective| objective.head.clone()).collect()
    };
    let [of_a, of_b] = [a, b].map(heads);
    let pairs = matched(&of_a.iter().collect::<Vec<_>>(), &of_b.iter().collect::<Vec<_>>(), alike);
    let one = |[in_a, in_b]: [Option<usize>; 2]| {
        let measured = in_a.zip(in_b).map(|(in_a, in_b)| {
            let runs = a.runs.iter().zip(&b.runs);
            let pairs = runs.map(|(a, b)| (a.seed, a.outcomes[in_a], b.outcomes[in_b]));
            (Comparison::of(pairs.clone()), Breaches::of(pairs.map(|(_, a, b)| [a, b])))
        });
        let heads = [in_a.map(|place| of_a[place].clone()), in_b.map(|place| of_b[place].clone())];
        ObjectiveDiff { heads, measured, places: [in_a, in_b] }
    };
    pairs.into_iter().map(one).collect()
}

/// The services of A with their like in B.
pub(crate) fn services(a: &PointStatistics, b: &PointStatistics) -> Vec<ServiceDiff> {
    let pairs = matched(&a.services, &b.services, |one, other| one.name == other.name);
    let share = |row: &Row, place: usize| {
        let measured =
            |(part, whole)| Outcome::Measured { actual: Quantity::Share { part, whole }, met: true };
        row.services[place].availability.map_or(Outcome::Unmeasured, measured)
    };
    let one = |[in_a, in_b]: [Option<usize>; 2]| {
        let of = [in_a.map(|place| &a.services[place]), in_b.map(|place| &b.services[place])];
        ServiceDiff {
            name: of.iter().flatten().next().expect("one of them has it").name.clone(),
            outages: of.map(|service| service.map(|service| service.outages)),
            not_restored: of.map(|service| service.map(|service| service.not_restored)),
            availability: in_a.zip(in_b).map(|(in_a, in_b)| {
                let runs = a.runs.iter().zip(&b.runs);
                Comparison::of(runs.map(|(a, b)| (a.seed, share(a, in_a), share(b, in_b))))
            }),
            differs: in_a.zip(in_b).is_none_or(|(in_a, in_b)| {
                let mut runs = a.runs.iter().zip(&b.runs);
                runs.any(|(a, b)| a.services[in_a] != b.services[in_b])
            }),
        }
    };
    pairs.into_iter().map(one).collect()
}

/// The bills of a month.
pub(crate) fn cost(a: &PointStatistics, b: &PointStatistics) -> Comparison {
    let cost = |row: &Row| Outcome::Measured { actual: Quantity::Money(row.cost), met: true };
    Comparison::of(a.runs.iter().zip(&b.runs).map(|(a, b)| (a.seed, cost(a), cost(b))))
}

#[cfg(test)]
mod tests;

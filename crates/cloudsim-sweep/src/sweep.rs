//! Many runs, one after the other, in the order of their seeds.

use crate::document::{ObjectiveStatistics, PointStatistics, SweepDocument};
use crate::row::{Head, Row, RunSummary};
use crate::statistics;
use cloudsim_units::SimDuration;

/// So many runs are taken: what is kept of them takes less than a gigabyte.
pub const RUNS_MAX: u64 = 1_000_000;

/// So many points a grid may have: each is a world that has to be held.
pub const POINTS_MAX: usize = 256;

/// What is swept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepInfo {
    /// The version of the program.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// What is asked for beside the scenario, in all runs.
    pub overrides: Vec<String>,
    /// The first seed.
    pub from: u64,
    /// The seed before which it ends.
    pub until: u64,
    /// The settings that are varied.
    pub factors: Vec<Factor>,
}

/// A setting that is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The setting, as `--set` names it.
    pub path: String,
    /// The values that it takes, as `--set` takes them; not empty.
    pub values: Vec<String>,
}

/// The runs so far.
#[derive(Clone, Debug)]
pub struct Sweep {
    info: SweepInfo,
    points: Vec<Point>,
}

#[derive(Clone, Debug, Default)]
struct Point {
    /// For each factor, which of its values.
    choices: Vec<usize>,
    head: Option<Head>,
    rows: Vec<Row>,
}

impl SweepInfo {
    /// For each point of the grid, which value each factor has: all combinations, the last factor turning first. Without
    /// factors one point.
    #[must_use]
    pub fn grid(&self) -> Vec<Vec<usize>> {
        self.factors.iter().fold(vec![Vec::new()], |points, factor| {
            let with = |point: &Vec<usize>, value| point.iter().copied().chain([value]).collect();
            points
                .iter()
                .flat_map(|point| (0..factor.values.len()).map(move |value| with(point, value)))
                .collect()
        })
    }

    /// The settings of a point of the grid, as `--set` takes them.
    #[must_use]
    pub fn settings(&self, choices: &[usize]) -> Vec<String> {
        let values = self.factors.iter().zip(self.values(choices));
        values.map(|(factor, value)| format!("{}={value}", factor.path)).collect()
    }

    /// The value of each factor at a point of the grid.
    #[must_use]
    pub fn values(&self, choices: &[usize]) -> Vec<&str> {
        self.factors.iter().zip(choices).map(|(factor, value)| factor.values[*value].as_str()).collect()
    }
}

impl Sweep {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(info: SweepInfo) -> Self {
        let points = info.grid().into_iter().map(|choices| Point { choices, ..Point::default() }).collect();
        Self { info, points }
    }

    /// Whether that is the next run of a point of the grid, and of the same objectives and services as those before it.
    #[must_use]
    pub fn takes(&self, point: usize, run: &RunSummary) -> bool {
        self.points.get(point).is_some_and(|Point { head, rows, .. }| {
            let alike =
                |head: &Head| head.objectives == run.head.objectives && head.services == run.head.services;
            run.row.seed == self.info.from + rows.len() as u64 && head.as_ref().is_none_or(alike)
        })
    }

    /// Takes the next run of a point of the grid. Runs of a point come in the order of their seeds, without a gap.
    ///
    /// # Panics
    /// If they do not.
    pub fn take(&mut self, point: usize, run: RunSummary) {
        let Point { head, rows, .. } = &mut self.points[point];
        assert_eq!(run.row.seed, self.info.from + rows.len() as u64, "seeds come in their order");
        head.get_or_insert(run.head);
        rows.push(run.row);
    }

    /// What the runs say. Seeds that not every point has are left out, so that points are compared on the same luck.
    #[must_use]
    pub fn finish(mut self) -> SweepDocument {
        let measured = self.points.iter().map(|point| point.rows.len()).min().unwrap_or_default();
        for point in &mut self.points {
            point.rows.truncate(measured);
        }
        let by_factor = (0..self.info.factors.len()).map(|factor| self.by_values(factor)).collect();
        let info = self.info;
        SweepDocument {
            version: info.version,
            scenario: info.scenario,
            overrides: info.overrides,
            from: info.from,
            until: info.until,
            measured: measured as u64,
            interrupted: (measured as u64) < info.until - info.from,
            points: self.points.into_iter().map(|point| point.statistics(&info.factors)).collect(),
            factors: info.factors,
            by_factor,
        }
    }

    /// The objectives by the value of a factor. Intervals would be too short: each seed is there once for each of the other points,
    /// and such runs have the same luck.
    fn by_values(&self, factor: usize) -> Vec<Vec<ObjectiveStatistics>> {
        let of_value = |value: usize| {
            let points = self.points.iter().filter(move |point| point.choices[factor] == value);
            let head = points.clone().find_map(|point| point.head.as_ref());
            let objectives = head.map_or(&[][..], |head| &head.objectives).iter().enumerate();
            let rows = points.flat_map(|point| &point.rows);
            let mut objectives: Vec<ObjectiveStatistics> =
                objectives.map(|(place, head)| statistics::objective(head, place, rows.clone())).collect();
            if self.info.factors.len() > 1 {
                objectives.iter_mut().for_each(ObjectiveStatistics::forget_intervals);
            }
            objectives
        };
        (0..self.info.factors[factor].values.len()).map(of_value).collect()
    }
}

impl Point {
    fn statistics(self, factors: &[Factor]) -> PointStatistics {
        let chosen = factors.iter().zip(&self.choices);
        let values = chosen.map(|(factor, value)| factor.values[*value].clone()).collect();
        let Some(head) = self.head.filter(|_| !self.rows.is_empty()) else {
            return PointStatistics {
                values,
                reached: SimDuration::ZERO,
                objectives: Vec::new(),
                services: Vec::new(),
                runs: Vec::new(),
            };
        };
        let objectives = head.objectives.iter().enumerate();
        let services = head.services.iter().enumerate();
        PointStatistics {
            values,
            reached: head.reached,
            objectives: objectives
                .map(|(place, head)| statistics::objective(head, place, self.rows.iter()))
                .collect(),
            services: services.map(|(place, name)| statistics::service(name, place, &self.rows)).collect(),
            runs: self.rows,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

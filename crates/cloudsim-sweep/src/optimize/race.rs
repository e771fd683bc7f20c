//! Which runs are wanted, until the answer is known.

use super::{Demand, Fate, OptimizeDocument, Tried};
use crate::intervals::{allowed, ranks};
use crate::row::{Head, ObjectiveHead, Outcome, Row, RunSummary};
use crate::sweep::SweepInfo;
use cloudsim_records::Expectation;
use cloudsim_units::NanoUsd;
use std::cmp::Ordering;

/// Seeds that every point meets before any is given up.
const BLOCK: u64 = 8;

/// In so many of 100 runs a recovery is no worse than what is compared.
const PERCENT: u32 = 95;

const AXES: [&str; 2] = ["Rto", "Rpo"];

/// Points of a grid on common seeds.
#[derive(Clone, Debug)]
pub struct Race {
    info: SweepInfo,
    demand: Demand,
    /// In so many runs of a point there may be breaches.
    allowed: u64,
    head: Option<Head>,
    points: Vec<Entrant>,
}

#[derive(Clone, Debug, Default)]
struct Entrant {
    values: Vec<String>,
    rows: Vec<Row>,
    breaches: u64,
}

/// What is known of a point, at its best: cost, then what is compared of recoveries, `None` if it may be better than anything.
type Standing = (NanoUsd, [Option<Outcome>; 2]);

impl Race {
    /// At the start; `None` if there are too few seeds to show what is asked for.
    #[must_use]
    pub fn new(info: SweepInfo, demand: Demand) -> Option<Self> {
        let values = |choices: &Vec<usize>| info.values(choices).into_iter().map(str::to_owned).collect();
        let entrant = |choices: &Vec<usize>| Entrant { values: values(choices), ..Entrant::default() };
        let points: Vec<Entrant> = info.grid().iter().map(entrant).collect();
        let allowed = allowed(info.until - info.from, demand.odds(points.len()))?;
        Some(Self { allowed, info, demand, head: None, points })
    }

    /// The runs that are wanted next, by point and seed; none if the answer is known. All of them are to be taken before the next
    /// are asked for.
    #[must_use]
    pub fn wanted(&self) -> Vec<(usize, u64)> {
        let leading = self.leading();
        let next = |point: usize| {
            let from = self.points[point].rows.len() as u64;
            let until = (2 * from).max(BLOCK).min(self.seeds());
            (from..until).map(move |seed| (point, self.info.from + seed))
        };
        leading.into_iter().flat_map(next).collect()
    }

    /// The points that are neither whole nor given up, and how many runs of each are left.
    #[must_use]
    pub fn left(&self) -> Vec<(usize, u64)> {
        let left = |point: usize| (point, self.seeds() - self.points[point].rows.len() as u64);
        self.open().into_iter().map(left).collect()
    }

    fn open(&self) -> Vec<usize> {
        (0..self.points.len()).filter(|point| self.is_open(*point)).collect()
    }

    /// Takes the next run of a point. Runs of a point come in the order of their seeds, without a gap.
    ///
    /// # Panics
    /// If they do not.
    pub fn take(&mut self, point: usize, run: RunSummary) {
        let head = self.head.get_or_insert(run.head);
        let entrant = &mut self.points[point];
        assert_eq!(run.row.seed, self.info.from + entrant.rows.len() as u64, "seeds come in their order");
        // What was not judged is no evidence that it holds.
        let is_breach = |(objective, outcome): (&_, &Outcome)| {
            is_demanded(objective) && outcome.is_breach() != Some(false)
        };
        entrant.breaches += u64::from(head.objectives.iter().zip(&run.row.outcomes).any(is_breach));
        entrant.rows.push(run.row);
    }

    fn seeds(&self) -> u64 {
        self.info.until - self.info.from
    }

    fn is_whole(&self, point: usize) -> bool {
        self.points[point].rows.len() as u64 == self.seeds()
    }

    fn holds(&self, point: usize) -> bool {
        self.is_whole(point) && !self.fails(point)
    }

    fn fails(&self, point: usize) -> bool {
        self.points[point].breaches > self.allowed
    }

    /// The mean bill of the first seeds, which does not change with more.
    fn cost(&self, point: usize) -> Option<NanoUsd> {
        let count = BLOCK.min(self.seeds());
        let rows = self.points[point].rows.get(..usize::try_from(count).expect("a few"))?;
        let sum: i128 = rows.iter().map(|row| i128::from(row.cost.as_nanos())).sum();
        let mean = i64::try_from(sum / i128::from(count)).expect("between the least and the most");
        Some(NanoUsd::from_nanos(mean))
    }

    /// As good as a point can still turn out; as it is, if it is whole. `None` before its cost is known.
    fn standing(&self, point: usize) -> Option<Standing> {
        Some((self.cost(point)?, [0, 1].map(|axis| self.axis(point, axis))))
    }

    /// Of the runs that are left each may be better than all there are: so many ranks better the quantile may become.
    fn axis(&self, point: usize, axis: usize) -> Option<Outcome> {
        let rows = &self.points[point].rows;
        let at = ranks(self.seeds(), PERCENT)?.at;
        let rank = at.checked_sub(self.seeds() - rows.len() as u64).filter(|rank| *rank > 0)?;
        let objectives = self.head.iter().flat_map(|head| head.objectives.iter().enumerate());
        let quantile = |place: usize| {
            let judged = |row: &Row| Some(row.outcomes[place]).filter(|of| *of != Outcome::Unmeasured);
            let mut sorted: Vec<Outcome> =
                rows.iter().map(|row| judged(row).unwrap_or(Outcome::Beyond)).collect();
            sorted.sort_by(Outcome::compare);
            sorted[usize::try_from(rank - 1).expect("as many as there are runs")]
        };
        let asked = objectives.filter(|(_, head)| head.kind == AXES[axis]);
        asked.map(|(place, _)| quantile(place)).max_by(Outcome::compare)
    }

    /// Whether one is preferred to the other if both turn out so: nowhere worse, and better somewhere, or else first in the grid.
    fn is_preferred(one: (usize, Standing), other: (usize, Standing)) -> bool {
        let ((place, (cost, axes)), (behind, (dearer, worse))) = (one, other);
        let mut orders = vec![cost.cmp(&dearer)];
        orders.extend(axes.iter().zip(&worse).map(|(one, other)| compare(*one, *other)));
        orders.iter().all(|order| order.is_le())
            && (orders.iter().any(|order| order.is_lt()) || place < behind)
    }

    /// The cheapest first; of equally cheap ones that with the better recovery.
    fn rank(one: (usize, Standing), other: (usize, Standing)) -> Ordering {
        let ((place, (cost, axes)), (behind, (dearer, worse))) = (one, other);
        let by_axes = axes.iter().zip(&worse).map(|(one, other)| compare(*one, *other));
        by_axes.fold(cost.cmp(&dearer), Ordering::then).then(place.cmp(&behind))
    }

    fn standings(&self, which: impl Fn(usize) -> bool) -> Vec<(usize, Standing)> {
        let known = (0..self.points.len()).filter(|point| which(*point));
        known.filter_map(|point| Some((point, self.standing(point)?))).collect()
    }

    fn optimum(&self) -> Option<(usize, Standing)> {
        self.standings(|point| self.holds(point)).into_iter().min_by(|one, other| Self::rank(*one, *other))
    }

    /// Whether it may still be the optimum.
    fn may_win(&self, at: (usize, Standing)) -> bool {
        !self.fails(at.0) && self.optimum().is_none_or(|best| Self::rank(at, best).is_lt())
    }

    /// Whether it may still be on the frontier: nothing that is whole is preferred to the best that it may become.
    fn may_lead(&self, at: (usize, Standing)) -> bool {
        !self.standings(|point| self.is_whole(point)).into_iter().any(|other| Self::is_preferred(other, at))
    }

    fn is_open(&self, point: usize) -> bool {
        if self.is_whole(point) {
            return false;
        }
        self.standing(point)
            .is_none_or(|standing| self.may_win((point, standing)) || self.may_lead((point, standing)))
    }

    /// Of the open points those that are ahead if all turn out as well as they can: the rest waits for them.
    fn leading(&self) -> Vec<usize> {
        let open = self.open();
        if open.iter().any(|point| self.cost(*point).is_none()) {
            return open.into_iter().filter(|point| self.cost(*point).is_none()).collect();
        }
        let standings = self.standings(|point| open.contains(&point));
        let hopeful = standings.iter().copied().filter(|at| self.may_win(*at));
        let cheapest = hopeful.min_by(|one, other| Self::rank(*one, *other)).map(|(point, _)| point);
        let is_ahead = |at: &(usize, Standing)| {
            Some(at.0) == cheapest
                || self.may_lead(*at) && !standings.iter().any(|other| Self::is_preferred(*other, *at))
        };
        let ahead: Vec<usize> = standings.iter().filter(|at| is_ahead(at)).map(|(point, _)| *point).collect();
        // Whoever is ahead of those that may lead may itself only win.
        if ahead.is_empty() { open } else { ahead }
    }

    /// What is known. `present` is the point that the scenario is as it stands.
    #[must_use]
    pub fn finish(self, present: Option<usize>) -> OptimizeDocument {
        let whole = self.standings(|point| self.is_whole(point));
        let mut frontier: Vec<(usize, Standing)> = whole
            .iter()
            .copied()
            .filter(|at| !whole.iter().any(|other| Self::is_preferred(*other, *at)))
            .collect();
        frontier.sort_by(|one, other| Self::rank(*one, *other));
        let tried = |point: usize| Tried {
            values: self.points[point].values.clone(),
            cost: self.cost(point),
            unpriced: Vec::new(),
            runs: self.points[point].rows.len() as u64,
            breaches: self.points[point].breaches,
            fate: match () {
                () if self.fails(point) => Fate::Fails,
                () if self.holds(point) => Fate::Holds,
                () if self.is_open(point) => Fate::Open,
                () => Fate::Behind,
            },
            whole: self.is_whole(point),
            axes: [0, 1].map(|axis| self.axis(point, axis)),
        };
        OptimizeDocument {
            points: (0..self.points.len()).map(tried).collect(),
            optimum: self.optimum().map(|(point, _)| point),
            frontier: frontier.into_iter().map(|(point, _)| point).collect(),
            objectives: self.head.map_or_else(Vec::new, |head| head.objectives),
            info: self.info,
            demand: self.demand,
            allowed: self.allowed,
            settings: Vec::new(),
            present,
        }
    }
}

/// What a scenario shows to be breached is no demand.
pub(super) fn is_demanded(objective: &ObjectiveHead) -> bool {
    objective.expect == Expectation::Met
}

/// What may be better than anything is better than all that is known.
fn compare(one: Option<Outcome>, other: Option<Outcome>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.compare(&other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

//! Runs as dots over the range of what was measured, from the best on the left to the worst on the right.

use crate::row::Outcome;
use cloudsim_measures::{Quantity, draw, words};

/// What a dot of braille is, from the bottom of a cell upwards: of its left half, and of its right.
const DOTS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];
/// A range is drawn up to a limit beyond it if it still takes this part of the columns, in percent.
const RANGE_MIN: i128 = 30;

/// Columns from the best value to the worst.
#[derive(Clone, Debug)]
pub struct Axis {
    from: i128,
    to: i128,
    columns: usize,
    /// Where the objective's limit is.
    pub limit: Limit,
}

/// Where a limit is on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Left of all that is drawn.
    Left,
    /// In this column.
    In(usize),
    /// Right of all that is drawn.
    Right,
}

/// How bad a value is, as a number that grows with it.
fn badness(quantity: Quantity) -> i128 {
    match quantity {
        Quantity::Time(time) => time.as_nanos().into(),
        Quantity::Share { part, whole } => i128::from(whole - part) * 1_000_000_000_000 / i128::from(whole),
        Quantity::Money(amount) => amount.as_nanos().into(),
    }
}

impl Axis {
    /// An axis for these outcomes; `None` if no two values differ.
    #[must_use]
    pub fn new<'a>(
        outcomes: impl Iterator<Item = &'a Outcome> + Clone,
        limit: Quantity,
        columns: usize,
    ) -> Option<Self> {
        let values = outcomes.filter_map(|outcome| outcome.actual()).map(badness);
        let (best, worst, limit) = (values.clone().min()?, values.max()?, badness(limit));
        if best == worst {
            return None;
        }
        let (from, to) = (best.min(limit), worst.max(limit));
        let is_near = (worst - best) * 100 >= (to - from) * RANGE_MIN;
        let (from, to) = if is_near { (from, to) } else { (best, worst) };
        let mut axis = Self { from, to, columns, limit: Limit::Right };
        axis.limit = match limit {
            _ if (from..=to).contains(&limit) => Limit::In(axis.part(limit, 1)),
            _ if limit < from => Limit::Left,
            _ => Limit::Right,
        };
        Some(axis)
    }

    /// Which of `parts` of each column a value falls into, counted over all columns.
    fn part(&self, badness: i128, parts: usize) -> usize {
        let last = i128::try_from(self.columns * parts).expect("a few hundred") - 1;
        usize::try_from((badness - self.from) * last / (self.to - self.from)).expect("within the axis")
    }

    /// The column in which a value is.
    #[must_use]
    pub fn column(&self, quantity: Quantity) -> usize {
        self.part(badness(quantity), 1)
    }

    /// Lines of dots, the upper first, as many as are needed, and how many runs a dot stands for at most. Each place with a run has
    /// a dot.
    pub(crate) fn dots(&self, outcomes: &[Outcome], lines_max: usize) -> (Vec<String>, usize) {
        let mut counts = vec![0; self.columns * 2];
        for value in outcomes.iter().filter_map(|outcome| outcome.actual()) {
            counts[self.part(badness(value), 2)] += 1;
        }
        let most: usize = counts.iter().copied().max().unwrap_or_default();
        let lines = most.div_ceil(4).clamp(1, lines_max);
        let runs_a_dot = most.div_ceil(lines * 4).max(1);
        let line = |line: usize| {
            let below = (lines - 1 - line) * 4;
            let cell = |column: usize| {
                let mut cell = 0;
                for (half, dots) in DOTS.iter().enumerate() {
                    let height = counts[column * 2 + half].div_ceil(runs_a_dot);
                    cell |= dots.iter().take(height.saturating_sub(below)).sum::<u32>();
                }
                self.or_limit(column, cell)
            };
            (0..self.columns).map(cell).collect()
        };
        ((0..lines).map(line).collect(), runs_a_dot)
    }

    fn or_limit(&self, column: usize, cell: u32) -> char {
        match (cell, self.limit) {
            (0, Limit::In(limit)) if limit == column => '│',
            (0, _) => ' ',
            _ => char::from_u32(0x2800 + cell).expect("a character of braille"),
        }
    }

    /// An interval with its value. What has no end goes on to the edge.
    pub(crate) fn whisker(&self, low: Option<Outcome>, at: Outcome, high: Option<Outcome>) -> String {
        let column = |outcome: Outcome| outcome.actual().map(|value| self.column(value));
        let mut cells: Vec<char> = (0..self.columns).map(|column| self.or_limit(column, 0)).collect();
        // A quantile whose run has no value is right of everything.
        let low_end = low.map(column);
        let high_end = high.map(column);
        let from = low_end.map_or(0, |low| low.unwrap_or(self.columns - 1));
        let to = high_end.flatten().unwrap_or(self.columns - 1);
        cells[from..=to].fill('─');
        cells[from] = if low_end.is_some() { '├' } else { '◂' };
        cells[to] = if high_end.flatten().is_some() { '┤' } else { '▸' };
        if let Some(at) = column(at) {
            cells[at] = '●';
        }
        cells.into_iter().collect::<String>()
    }

    /// A line that names the ends of the range, and the limit where it is; what would run into the limit is left out.
    pub(crate) fn labels(&self, [best, worst]: [Quantity; 2], limit: &str) -> String {
        let mut line = vec![' '; self.columns];
        let labels =
            [(self.column(best), words::quantity(best)), (self.column(worst), words::quantity(worst))];
        let at = match self.limit {
            Limit::In(column) => Some((column, limit.to_owned())),
            Limit::Left | Limit::Right => None,
        };
        let mut free = vec![true; self.columns];
        for (column, label) in at.into_iter().chain(labels) {
            let length = draw::width(&label);
            let from = column.saturating_sub(length / 2).min(self.columns.saturating_sub(length));
            // A blank on each side keeps labels apart.
            let around = from.saturating_sub(1)..(from + length + 1).min(self.columns);
            if length <= self.columns && free[around.clone()].iter().all(|free| *free) {
                free[around].fill(false);
                line.splice(from..from + length, label.chars());
            }
        }
        line.into_iter().collect()
    }

    /// A line with a mark at a value.
    pub(crate) fn mark(&self, value: Quantity, mark: char) -> String {
        let at = self.column(value);
        (0..self.columns).map(|column| if column == at { mark } else { self.or_limit(column, 0) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_units::SimDuration;

    fn seconds(seconds: u64) -> Outcome {
        let actual = Quantity::Time(SimDuration::from_secs(seconds));
        Outcome::Measured { actual, met: true }
    }

    fn limit(seconds: u64) -> Quantity {
        Quantity::Time(SimDuration::from_secs(seconds))
    }

    fn axis(outcomes: &[Outcome], at: u64) -> Axis {
        Axis::new(outcomes.iter(), limit(at), 11).expect("they differ")
    }

    #[test]
    fn each_run_is_a_dot_and_the_limit_a_line() {
        let runs = [0, 0, 0, 0, 0, 50, 100].map(seconds);
        let (lines, runs_a_dot) = axis(&runs, 80).dots(&runs, 2);
        assert_eq!(runs_a_dot, 1);
        assert_eq!(lines, ["⡀       │  ", "⡇    ⡀  │ ⢀"]);
        let (lines, runs_a_dot) = axis(&runs, 80).dots(&runs, 1);
        assert_eq!((runs_a_dot, lines[0].as_str()), (2, "⡆    ⡀  │ ⢀"));
    }

    #[test]
    fn a_limit_far_away_does_not_squeeze_the_runs() {
        let runs = [40, 41].map(seconds);
        assert_eq!(axis(&runs, 120).limit, Limit::Right);
        assert_eq!(axis(&runs, 5).limit, Limit::Left);
        assert_eq!(axis(&[40, 80].map(seconds), 120).limit, Limit::In(10));
        assert!(Axis::new([seconds(1), Outcome::Beyond].iter(), limit(1), 9).is_none());
    }

    #[test]
    fn intervals_end_where_the_runs_do_or_not_at_all() {
        let runs = [0, 100].map(seconds);
        let axis = axis(&runs, 1_000);
        let [low, at, high] = [20, 50, 80].map(seconds);
        assert_eq!(axis.whisker(Some(low), at, Some(high)), "  ├──●──┤  ");
        assert_eq!(axis.whisker(None, at, Some(high)), "◂────●──┤  ");
        assert_eq!(axis.whisker(Some(low), at, None), "  ├──●────▸");
        assert_eq!(axis.whisker(Some(low), at, Some(Outcome::Beyond)), "  ├──●────▸");
        assert_eq!(axis.whisker(Some(low), Outcome::Beyond, None), "  ├───────▸");
        assert_eq!(axis.whisker(Some(at), at, Some(at)), "     ●     ");
    }

    #[test]
    fn the_ends_are_named_unless_the_limit_is_there() {
        let runs = [20, 100].map(seconds);
        let labels = |runs: &[Outcome], limit_s, columns| {
            let axis = Axis::new(runs.iter(), limit(limit_s), columns).expect("they differ");
            axis.labels([limit(20), limit(100)], "≤ 1m")
        };
        assert_eq!(labels(&runs, 60, 30), "20s         ≤ 1m         1m40s");
        assert_eq!(labels(&runs, 99, 30), "20s                       ≤ 1m");
        assert_eq!(labels(&runs, 1_000, 30), "20s                      1m40s");
    }

    /// Less availability is worse, so it is further to the right.
    #[test]
    fn the_worst_is_on_the_right() {
        let share = |part| Quantity::Share { part, whole: 100 };
        let runs = [99, 50].map(|part| Outcome::Measured { actual: share(part), met: true });
        let axis = Axis::new(runs.iter(), share(60), 50).expect("they differ");
        assert_eq!([axis.column(share(99)), axis.column(share(50))], [0, 49]);
        assert_eq!(axis.limit, Limit::In(39));
    }
}

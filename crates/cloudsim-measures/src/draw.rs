//! Tables, sparklines and bars out of characters. Every character drawn here is one column wide.

use crate::lanes::{ServiceLane, ZoneLane};
use crate::words;
use cloudsim_units::{SimDuration, SimTime};

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// What colours say again that words and signs have said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Headings.
    Bold = 1,
    /// What stands back.
    Dim = 2,
    /// Broken.
    Red = 31,
    /// Well.
    Green = 32,
    /// Degraded, or to be looked at.
    Yellow = 33,
}

/// `text` in a colour, as terminals take it.
#[must_use]
pub fn painted(colour: Colour, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\x1b[{}m{text}\x1b[0m", colour as u8)
}

/// How many columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// `text` and blanks up to `columns`.
#[must_use]
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Blanks and `text` up to `columns`.
#[must_use]
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text`, cut to `columns` with an ellipsis.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Rows in aligned columns, two blanks apart; the columns in `to_the_right` are aligned to the right. All rows have as many
/// cells as the first.
pub(crate) fn table(rows: &[impl AsRef<[String]>], to_the_right: &[usize]) -> Vec<String> {
    let columns = rows.first().map_or(0, |row| row.as_ref().len());
    let widest = |column: usize| rows.iter().map(|row| width(&row.as_ref()[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let line = |row: &[String]| {
        let cells: Vec<String> = (0..columns)
            .filter(|column| widths[*column] > 0)
            .map(|column| {
                let align = if to_the_right.contains(&column) { right } else { left };
                align(&row[column], widths[column])
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(|row| line(row.as_ref())).collect()
}

/// Round instants from t = 0 up to `end`, so far apart or farther; all in nanoseconds.
pub fn round_instants(end: u64, apart: u64) -> impl Iterator<Item = SimTime> {
    const STEPS: [u64; 21] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 172_800,
        604_800, 2_592_000, 31_536_000,
    ];
    const SECOND: u64 = 1_000_000_000;
    let fits = |step: &u64| *step * SECOND >= apart;
    let step = STEPS.into_iter().find(fits).unwrap_or(STEPS[STEPS.len() - 1]);
    (0..)
        .map_while(move |tick: u64| tick.checked_mul(step * SECOND).filter(|at| *at <= end))
        .map(SimTime::from_nanos)
}

/// A stretch of time, cut into columns of equal length.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    begin: u64,
    length: u64,
    /// How many columns.
    pub columns: usize,
}

impl Axis {
    /// From t = 0 to the horizon.
    pub(crate) fn new(end: SimDuration, columns: usize) -> Self {
        Self::between(SimTime::ZERO, SimTime::ZERO + end, columns)
    }

    /// From one instant to a later one, in so many columns; one at least.
    #[must_use]
    pub fn between(from: SimTime, to: SimTime, columns: usize) -> Self {
        let (begin, end) = (from.as_nanos(), to.as_nanos());
        Self { begin, length: end.saturating_sub(begin).max(1), columns: columns.max(1) }
    }

    /// The stretch of time that a column shows.
    fn column(&self, column: usize) -> (SimTime, SimTime) {
        (self.edge(column), self.edge(column + 1))
    }

    fn edge(&self, column: usize) -> SimTime {
        let nanos = u128::from(self.length) * column as u128 / self.columns as u128;
        SimTime::from_nanos(self.begin.saturating_add(u64::try_from(nanos).expect("at most the length")))
    }

    /// The column in which an instant lies; the last one of what comes at its end or after.
    #[must_use]
    pub fn column_of(&self, at: SimTime) -> usize {
        let since = u128::from(at.as_nanos().saturating_sub(self.begin));
        let column = since * self.columns as u128 / u128::from(self.length);
        usize::try_from(column).unwrap_or(usize::MAX).min(self.columns - 1)
    }

    /// One character for each column.
    pub fn draw(&self, mut of: impl FnMut(SimTime, SimTime) -> char) -> String {
        (0..self.columns)
            .map(|column| {
                let (from, to) = self.column(column);
                of(from, to)
            })
            .collect()
    }

    /// Round instants, eight columns apart or more, each above the column in which it lies; the last may stand out by some
    /// columns.
    #[must_use]
    pub fn ticks(&self, stands_out: usize) -> String {
        let mut line = String::new();
        let room = u128::from(self.length) * 8 / self.columns as u128;
        let end = self.begin.saturating_add(self.length);
        let instants = round_instants(end, u64::try_from(room).unwrap_or(u64::MAX));
        for at in instants.skip_while(|at| at.as_nanos() < self.begin) {
            let since = u128::from(at.as_nanos() - self.begin);
            let column = since * self.columns as u128 / u128::from(self.length);
            let column = usize::try_from(column).expect("a column");
            let label = if at == SimTime::ZERO { "0".to_owned() } else { words::instant(at) };
            if column < width(&line) + usize::from(!line.is_empty())
                || column + width(&label) > self.columns + stands_out
            {
                continue;
            }
            line = left(&line, column) + &label;
        }
        line
    }

    /// How much of its hosts a zone had at the worst of each column.
    #[must_use]
    pub fn zone(&self, lane: &ZoneLane) -> String {
        let most = u64::from(lane.hosts_max());
        self.draw(|from, to| level(u64::from(lane.hosts_min(from, to)), most))
    }

    /// A full block where the service was not degraded, else its share of good requests at the worst of the column; a
    /// blank where nobody asked. Of a workload the share of its pods that serve.
    #[must_use]
    pub fn service(&self, lane: &ServiceLane) -> String {
        self.draw(|from, to| match lane.worst(from, to) {
            None => ' ',
            Some(window) if lane.counts_pods => level(window.good, window.valid),
            Some(window) if window.degraded => level(window.good.min(window.valid - 1), window.valid),
            Some(_) => '█',
        })
    }
}

/// The lowest level for nothing, the highest for all and only for all.
#[must_use]
pub fn level(part: u64, whole: u64) -> char {
    if part == 0 {
        return LEVELS[0];
    }
    if part >= whole {
        return LEVELS[7];
    }
    LEVELS[1 + usize::try_from(part * 6 / whole).expect("below six")]
}

/// A bar from `from` to `to` on a scale from 0 to `whole` of `columns` characters, in eighths of a character at its
/// end.
pub(crate) fn bar(from: u64, to: u64, whole: u64, columns: usize) -> String {
    let scale = |at: u64| {
        let eighths = u128::from(at) * columns as u128 * 8 / u128::from(whole.max(1));
        usize::try_from(eighths).expect("at most eight a column")
    };
    let begin = scale(from) / 8;
    let end = scale(to).max(begin * 8 + 1);
    let mut bar = " ".repeat(begin) + &"█".repeat((end - begin * 8) / 8);
    if !end.is_multiple_of(8) {
        bar.push(EIGHTHS[end % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::ServiceWindow;

    #[test]
    fn ticks_stand_above_their_columns() {
        let axis = Axis::new(SimDuration::from_mins(30), 60);
        assert_eq!(axis.ticks(4), "0         5m        10m       15m       20m       25m       30m");
        assert_eq!(Axis::new(SimDuration::from_secs(9), 9).ticks(4), "0         ".trim_end());
    }

    #[test]
    fn a_stretch_within_a_run_has_its_own_columns() {
        let axis = Axis::between(SimTime::from_secs(300), SimTime::from_secs(360), 30);
        assert_eq!(axis.ticks(0), "5m             5m30s");
        let columns = [0, 300, 301, 302, 359, 360, 900].map(|at| axis.column_of(SimTime::from_secs(at)));
        assert_eq!(columns, [0, 0, 0, 1, 29, 29, 29]);
    }

    #[test]
    fn a_second_of_degradation_shows_in_a_column_of_half_a_minute() {
        let window = |second: u64, good| ServiceWindow {
            from: SimTime::from_secs(second),
            to: SimTime::from_secs(second + 1),
            valid: 100,
            good,
            degraded: good < 99,
        };
        let windows = (0..60).map(|second| window(second, if second == 40 { 70 } else { 100 })).collect();
        let lane = ServiceLane { service: "web".into(), counts_pods: false, windows, heat: Vec::new() };
        assert_eq!(Axis::new(SimDuration::from_secs(60), 2).service(&lane), "█▆");
    }

    #[test]
    fn only_all_is_full_and_only_nothing_is_empty() {
        assert_eq!([level(0, 6), level(1, 1000), level(999, 1000), level(6, 6)], ['▁', '▂', '▇', '█']);
    }

    #[test]
    fn bars_follow_one_another() {
        assert_eq!(bar(0, 10, 40, 8), "██");
        assert_eq!(bar(10, 39, 40, 8), "  █████▊");
        assert_eq!(bar(40, 40, 40, 8), "        ▏");
    }
}

//! A sweep on a few screens: what came of each objective, how its runs spread, and how to see the worst of them again.
//!
//! Colour only repeats what characters say.

mod grid;
mod table;

use crate::document::{ObjectiveStatistics, PointStatistics, Quantile, Share, SweepDocument};
use crate::intervals::{Interval, LEVEL_PERCENT};
use crate::plot::{Axis, Limit};
use crate::row::Outcome;
use cloudsim_measures::draw::{self, Colour};
use cloudsim_measures::words;
use cloudsim_records::Decimal;
pub(crate) use table::Table;

/// How the text is to look.
#[derive(Clone, Copy)]
pub struct TextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The command that makes the run again that has these settings besides, as `--set` takes them, and this seed.
    pub command: &'a dyn Fn(&[String], u64) -> String,
}

const DOT_LINES: usize = 2;

/// Lines of a text, as they are written.
pub(crate) struct Page {
    colour: bool,
    pub(crate) width: usize,
    pub(crate) out: String,
}

impl SweepDocument {
    /// The result as text for a terminal.
    #[must_use]
    pub fn to_text(&self, options: &TextOptions<'_>) -> String {
        let mut page = Page::new(options.colour, options.width.clamp(60, 120));
        page.headline(self);
        if self.measured == 0 {
            return page.out;
        }
        if self.factors.is_empty() {
            let point = &self.points[0];
            page.summary(&point.objectives);
            page.spreads(&point.objectives);
            page.services(point);
        } else {
            page.grid(self);
        }
        page.again(self, options.command);
        page.methods();
        page.out
    }
}

impl Page {
    pub(crate) fn new(colour: bool, width: usize) -> Self {
        Self { colour, width, out: String::new() }
    }

    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        if self.colour { draw::painted(colour, text) } else { text.to_owned() }
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    pub(crate) fn gap(&mut self) {
        self.out.push('\n');
    }

    fn headline(&mut self, sweep: &SweepDocument) {
        let asked = sweep.until - sweep.from;
        let seeds = format!("seeds {}..{}", sweep.from, sweep.from + sweep.measured);
        let mut facts = vec![String::new(), seeds];
        if sweep.points.len() > 1 {
            facts.push(words::several(sweep.points.len(), "point"));
        }
        let reached = sweep.points.iter().map(|point| point.reached);
        if let Some((least, most)) = reached.clone().min().zip(reached.max()).filter(|_| sweep.measured > 0) {
            let at_least = if least == most { "" } else { "at least " };
            facts.push(format!("{at_least}{} simulated each", words::span(least)));
        }
        let facts = facts.join("   ");
        let name = draw::cut(&sweep.scenario, self.width.saturating_sub(draw::width(&facts)));
        let line = self.paint(Colour::Bold, &name) + &facts;
        self.line(&line);
        if sweep.interrupted {
            let line =
                format!("OPEN  interrupted: {} of {} seeds measured", sweep.measured, words::count(asked));
            let line = self.paint(Colour::Yellow, &line);
            self.line(&line);
        }
    }

    /// One line for each objective.
    fn summary(&mut self, objectives: &[ObjectiveStatistics]) {
        if objectives.is_empty() {
            let line = self.paint(Colour::Dim, "no objectives");
            self.line(&line);
            return;
        }
        let header = ["objective", "", "limit", "p50", "p95", "max", "breached in", "probability"];
        let mut table = Table::new(&header, &[2, 3, 4, 5, 6]);
        for objective in objectives {
            let head = &objective.head;
            let [subject, label, limit] = [&head.subject, &head.label, &head.limit].map(Clone::clone);
            let mut row = vec![subject, label, limit];
            row.extend(figures(objective));
            table.row(row);
        }
        // What is left out of a narrow terminal stands below.
        table.fit(self.width - 2, &[3, 2, 4]);
        self.marked(&table, objectives.iter());
    }

    /// A table with the mark of each line's objective before it.
    fn marked<'a>(&mut self, table: &Table, objectives: impl Iterator<Item = &'a ObjectiveStatistics>) {
        let mut lines = table.lines().into_iter();
        if let Some(header) = lines.next() {
            let header = self.paint(Colour::Dim, &format!("  {header}"));
            self.line(&header);
        }
        for (line, objective) in lines.zip(objectives) {
            let mark = self.mark(objective);
            self.line(&format!("{mark} {line}"));
        }
    }

    /// Whether all runs are as the scenario expects.
    fn mark(&self, objective: &ObjectiveStatistics) -> String {
        match (objective.breaches.of, objective.failures) {
            (0, _) => self.paint(Colour::Yellow, "?"),
            (_, 0) => self.paint(Colour::Green, "✓"),
            _ => self.paint(Colour::Red, "✗"),
        }
    }

    /// The objectives whose runs differ, one by one, then those whose runs do not.
    fn spreads(&mut self, objectives: &[ObjectiveStatistics]) {
        let (alike, spread): (Vec<_>, Vec<_>) =
            objectives.iter().partition(|objective| objective.is_uniform());
        for objective in spread {
            self.spread(objective);
        }
        if !alike.is_empty() {
            self.gap();
            let names = alike.iter().map(|of| format!("{} {}", of.head.subject, of.head.label));
            self.wrapped(&format!("the same in every run: {}", names.collect::<Vec<_>>().join(", ")), None);
        }
    }

    /// The runs of an objective as dots, with its quantiles below.
    fn spread(&mut self, objective: &ObjectiveStatistics) {
        let head = &objective.head;
        self.gap();
        let title = self.paint(Colour::Bold, &format!("{} {}", head.subject, head.label));
        self.line(&format!("{title} {}", head.limit));
        for (runs, what) in [(objective.beyond, head.beyond()), (objective.unmeasured, "nothing to judge by")]
        {
            if runs > 0 {
                let all = objective.measured + objective.beyond + objective.unmeasured;
                let line = format!("  {what} in {} of {} runs", words::count(runs), words::count(all));
                let line = self.paint(Colour::Yellow, &line);
                self.line(&line);
            }
        }
        let values: Vec<String> =
            objective.quantiles.iter().map(|quantile| say(objective, quantile.at)).collect();
        let spans: Vec<String> = objective.quantiles.iter().map(|of| interval(objective, of)).collect();
        let value_columns = widest(values.iter().map(String::as_str).chain([worst(objective).as_str()]));
        let span_columns = widest(spans.iter().map(String::as_str));
        let columns = self.width.saturating_sub(value_columns + span_columns + 11).clamp(12, 64);
        let Some(axis) = Axis::new(objective.sorted.iter(), head.target, columns) else {
            if let Some(Outcome::Measured { actual, .. }) = objective.sorted.first() {
                self.line(&format!("  {} in all others", words::quantity(*actual)));
            }
            return;
        };
        let (lines, runs_a_dot) = axis.dots(&objective.sorted, DOT_LINES);
        let margin = |note: &str| draw::left(&format!("  {note}"), value_columns + 9);
        let [left, right] = match axis.limit {
            Limit::Left => [format!("◂ {}", head.limit), String::new()],
            Limit::In(_) => [String::new(), String::new()],
            Limit::Right => [String::new(), format!("  {} ▸", head.limit)],
        };
        let labels = axis.labels(objective.ends().expect("an axis is drawn of values"), &head.limit);
        self.line(&format!("{}{labels}{right}", margin(&left)));
        for (number, line) in lines.iter().enumerate() {
            let is_last = number + 1 == lines.len();
            let note =
                if is_last && runs_a_dot > 1 { format!("⡀ ≤ {runs_a_dot} runs") } else { String::new() };
            self.line(&format!("{}{line}", margin(&note)));
        }
        for (quantile, (value, span)) in objective.quantiles.iter().zip(values.iter().zip(&spans)) {
            let whisker = axis.whisker(quantile.better, quantile.at, quantile.worse);
            let name = draw::left(&format!("p{}", quantile.percent), 5);
            self.line(&format!("  {name}{}  {whisker}  {span}", draw::right(value, value_columns)));
        }
        self.worst_line(objective, &axis, value_columns, columns);
    }

    fn worst_line(&mut self, objective: &ObjectiveStatistics, axis: &Axis, value: usize, columns: usize) {
        let seeds: Vec<String> = objective.worst.iter().map(|run| run.seed.to_string()).collect();
        let end = match objective.worst.first().and_then(|run| run.outcome.actual()) {
            Some(actual) => axis.mark(actual, '●'),
            None => draw::right("▸", columns),
        };
        let noun = if seeds.len() == 1 { "seed" } else { "seeds" };
        let shown = draw::right(&worst(objective), value);
        self.line(&format!("  max  {shown}  {end}  {noun} {}", seeds.join(", ")));
    }

    fn services(&mut self, point: &PointStatistics) {
        if point.services.is_empty() {
            return;
        }
        self.gap();
        let header =
            ["service", "degraded in", "probability", "outages", "not restored", "availability", "interval"];
        let mut table = Table::new(&header, &[1, 3, 4, 5]);
        for service in &point.services {
            let availability = service.availability.as_ref();
            table.row(vec![
                service.name.clone(),
                of_runs(&service.degraded),
                probability(&service.degraded),
                words::count(service.outages),
                words::count(service.not_restored),
                availability.map_or_else(|| "-".to_owned(), |of| thousandths(of.good, of.whole)),
                availability.and_then(|of| of.interval).map(shares).unwrap_or_default(),
            ]);
        }
        let mut availabilities = point.services.iter().filter_map(|service| service.availability.as_ref());
        if availabilities.all(|of| of.interval.is_none()) {
            table.leave_out(6);
        }
        table.fit(self.width - 2, &[3, 2, 6]);
        for (number, line) in table.lines().into_iter().enumerate() {
            let line = format!("  {line}");
            let line = if number == 0 { self.paint(Colour::Dim, &line) } else { line };
            self.line(&line);
        }
    }

    /// The worst run of each objective whose runs differ, or have no end.
    fn again(&mut self, sweep: &SweepDocument, command: &dyn Fn(&[String], u64) -> String) {
        let mut lines: Vec<(String, String)> = Vec::new();
        let places = sweep.points.first().map_or(0, |point| point.objectives.len());
        for place in 0..places {
            let of_points =
                sweep.points.iter().filter_map(|point| Some((point, point.objectives.get(place)?)));
            let runs =
                of_points.filter_map(|(point, objective)| Some((point, objective, objective.worst.first()?)));
            // Of runs that are alike the first.
            let worst = runs.clone().reduce(|one, other| {
                if other.2.outcome.compare(&one.2.outcome).is_gt() { other } else { one }
            });
            let Some((point, objective, run)) = worst else { continue };
            let is_spread = runs.clone().any(|(_, other, _)| {
                other.sorted.first().is_some_and(|best| best.compare(&run.outcome).is_ne())
            });
            if !is_spread && run.outcome != Outcome::Beyond {
                continue;
            }
            let settings: Vec<String> = sweep
                .factors
                .iter()
                .zip(&point.values)
                .map(|(factor, value)| format!("{}={value}", factor.path))
                .collect();
            let command = command(&settings, run.seed);
            let what = format!("{} {}", objective.head.subject, objective.head.label);
            match lines.iter_mut().find(|(_, other)| *other == command) {
                Some((whats, _)) => *whats = format!("{whats}, {what}"),
                None => lines.push((what, command)),
            }
        }
        if lines.is_empty() {
            return;
        }
        self.gap();
        self.line("the worst runs, again:");
        let columns = widest(lines.iter().map(|(_, command)| command.as_str()));
        for (what, command) in lines {
            let what = self.paint(Colour::Dim, &format!("# {what}"));
            self.line(&format!("  {}  {what}", draw::left(&command, columns)));
        }
    }

    fn methods(&mut self) {
        self.gap();
        let line = format!(
            "intervals at {LEVEL_PERCENT} %: quantiles by order statistics, probabilities by Clopper and Pearson, \
             availability by bootstrap (BCa)"
        );
        self.wrapped(&line, Some(Colour::Dim));
    }

    /// A text in as many lines as it takes.
    pub(crate) fn wrapped(&mut self, text: &str, colour: Option<Colour>) {
        let mut line = String::new();
        for word in text.split(' ').map(Some).chain([None]) {
            match word {
                Some(word) if line.is_empty() => line.push_str(word),
                Some(word) if draw::width(&line) + 1 + draw::width(word) <= self.width => {
                    line.push(' ');
                    line.push_str(word);
                }
                next => {
                    let full = std::mem::replace(&mut line, next.unwrap_or_default().to_owned());
                    let full = colour.map_or_else(|| full.clone(), |colour| self.paint(colour, &full));
                    self.line(&full);
                }
            }
        }
    }
}

/// The figures of an objective: median, 95 %, the worst, breaches and how likely they are.
fn figures(objective: &ObjectiveStatistics) -> [String; 5] {
    [
        at_percent(objective, 50),
        at_percent(objective, 95),
        worst(objective),
        of_runs(&objective.breaches),
        probability(&objective.breaches),
    ]
}

pub(crate) fn say(objective: &ObjectiveStatistics, outcome: Outcome) -> String {
    outcome.actual().map_or_else(|| objective.head.beyond().to_owned(), words::quantity)
}

fn at_percent(objective: &ObjectiveStatistics, percent: u32) -> String {
    let quantile = objective.quantiles.iter().find(|quantile| quantile.percent == percent);
    quantile.map_or_else(|| "-".to_owned(), |quantile| say(objective, quantile.at))
}

fn worst(objective: &ObjectiveStatistics) -> String {
    objective.worst.first().map_or_else(|| "-".to_owned(), |run| say(objective, run.outcome))
}

/// `0 of 200`.
pub(crate) fn of_runs(share: &Share) -> String {
    format!("{} of {}", words::count(share.runs), words::count(share.of))
}

/// The interval of a probability in tenths of percent, rounded outwards: `0% to 1.9%`.
pub(crate) fn probability(share: &Share) -> String {
    share.interval.map_or_else(String::new, |of| outwards(of, 1))
}

/// The interval of a share of requests, in thousandths of percent.
pub(crate) fn shares(interval: Interval) -> String {
    outwards(interval, 3)
}

#[expect(clippy::cast_possible_truncation, reason = "at most a hundred thousand")]
fn outwards(interval: Interval, places: u32) -> String {
    // What is within a billionth of a printed figure is that figure.
    const EXACT: f64 = 1e-9;
    let scale = f64::from(10_u32.pow(places + 2));
    let low = (interval.low * scale + EXACT * scale).floor() as i128;
    let high = (interval.high * scale - EXACT * scale).ceil() as i128;
    let [low, high] = [low, high].map(|end| format!("{}%", Decimal::trimmed(end, places)));
    if low == high { low } else { format!("{low} to {high}") }
}

/// A share in percent with three decimals at most, rounded down.
pub(crate) fn thousandths(part: u128, whole: u128) -> String {
    let thousandths = part * 100_000 / whole;
    format!("{}%", Decimal::trimmed(i128::try_from(thousandths).expect("at most a hundred thousand"), 3))
}

/// An interval of values, the better end first.
pub(crate) fn interval(objective: &ObjectiveStatistics, quantile: &Quantile) -> String {
    match (quantile.better, quantile.worse) {
        (Some(better), Some(worse)) if better == worse => say(objective, better),
        (Some(better), Some(worse)) => format!("{} to {}", say(objective, better), say(objective, worse)),
        (Some(better), None) => format!("{} or worse", say(objective, better)),
        (None, Some(worse)) => format!("{} or better", say(objective, worse)),
        (None, None) => "too few runs".to_owned(),
    }
}

pub(crate) fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(draw::width).max().unwrap_or_default()
}

#[cfg(test)]
mod tests;

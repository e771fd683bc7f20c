//! What was found on a screen: the optimum as a change of the scenario, the frontier, and what was tried.
//!
//! Colour only repeats what characters say.

use super::{Fate, OptimizeDocument, Tried};
use crate::diff::setting_lines;
use crate::row::Outcome;
use crate::text::{Page, Table};
use cloudsim_measures::draw::{self, Colour};
use cloudsim_measures::{Quantity, words};
use cloudsim_records::Decimal;
use cloudsim_units::NanoUsd;

/// How the text is to look.
#[derive(Clone, Copy)]
pub struct OptimizeTextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The command that compares the scenario with these settings, as `--set` takes them.
    pub command: &'a dyn Fn(&[String]) -> String,
}

/// Points that are shown at most; all are in the JSON document.
const POINTS_MAX: usize = 40;
const MISSES_MAX: usize = 3;
const PLOT_LINES: usize = 7;
const PLOT_COLUMNS: usize = 60;

impl OptimizeDocument {
    /// The result as text for a terminal.
    #[must_use]
    pub fn to_text(&self, options: &OptimizeTextOptions<'_>) -> String {
        let mut page = Page::new(options.colour, options.width.clamp(60, 120));
        self.headline(&mut page);
        self.best(&mut page, options.command);
        self.plot(&mut page);
        let frontier: Vec<usize> = self.frontier.clone();
        if !frontier.is_empty() {
            self.table(&mut page, "the frontier of cost, RTO and RPO:", &frontier);
        }
        let mut rest: Vec<usize> = (0..self.points.len()).filter(|point| !frontier.contains(point)).collect();
        rest.sort_by_key(|point| (self.points[*point].cost, *point));
        if !rest.is_empty() {
            self.table(&mut page, "tried besides:", &rest);
        }
        page.gap();
        let [done, all] = [self.runs(), self.all()];
        let share = words::percent(done * 1000 / all.max(1), 1000);
        page.line(&format!(
            "{} of {} runs ({share}) tell what all would",
            words::count(done),
            words::count(all)
        ));
        page.gap();
        let line = "★ the optimum   ● on the frontier, and holds   ○ on the frontier   ✗ breached too often   · another is preferred; \
                    probabilities by Clopper and Pearson, divided among all points (Bonferroni); costs are means of the first 8 seeds; \
                    ≥ what it would be at best";
        page.wrapped(line, Some(Colour::Dim));
        page.out
    }

    fn headline(&self, page: &mut Page) {
        let info = &self.info;
        let name = page.paint(Colour::Bold, &info.scenario);
        let points = words::several(self.points.len(), "point");
        page.line(&format!("{name}   seeds {}..{}   {points}", info.from, info.until));
        for knob in &info.factors {
            let line = format!("knob  {} = {}", knob.path, knob.values.join(", "));
            page.line(&draw::cut(&line, page.width));
        }
        let [breach, sure] = [self.demand.breach_at_most, self.demand.confidence];
        let line = format!(
            "holds if at most {breach} of runs breach an objective, shown at {sure} for whichever point is chosen: at most {} of {}",
            self.allowed,
            words::count(info.until - info.from),
        );
        page.wrapped(&line, None);
        let demanded = self.objectives.iter().filter(|of| super::race::is_demanded(of));
        for objective in demanded {
            page.line(&format!("  {} {} {}", objective.subject, objective.label, objective.limit));
        }
        if self.is_interrupted() {
            let line = page.paint(Colour::Yellow, "OPEN  interrupted: what follows is what is known so far");
            page.line(&line);
        }
    }

    fn best(&self, page: &mut Page, command: &dyn Fn(&[String]) -> String) {
        page.gap();
        let Some(best) = self.optimum else {
            let line = page.paint(Colour::Red, "✗ no point is shown to hold");
            page.line(&line);
            let mut misses: Vec<usize> =
                (0..self.points.len()).filter(|at| self.points[*at].runs > 0).collect();
            misses.sort_by(|one, other| {
                let [one, other] = [one, other].map(|at| &self.points[*at]);
                let by_share = (one.breaches * other.runs).cmp(&(other.breaches * one.runs));
                by_share.then(one.cost.cmp(&other.cost))
            });
            misses.truncate(MISSES_MAX);
            if !misses.is_empty() {
                self.table(page, "nearest to it:", &misses);
            }
            return;
        };
        let point = &self.points[best];
        let cost = point.cost.map_or_else(String::new, |cost| bill(point, cost));
        let saved = match (self.saved(), self.present) {
            (_, Some(present)) if present == best => ", as the scenario stands".to_owned(),
            (Some(saved), _) if saved >= NanoUsd::ZERO => {
                format!(", {} less than as the scenario stands", money(saved))
            }
            (Some(saved), _) => {
                let more = NanoUsd::from_nanos(-saved.as_nanos());
                format!(", {} more than as the scenario stands", money(more))
            }
            (None, _) => String::new(),
        };
        let line = page.paint(Colour::Green, &format!("★ {cost} a month{saved}"));
        page.line(&line);
        if !point.unpriced.is_empty() {
            let line = format!("+ what no price is known of: {}", point.unpriced.join(", "));
            page.wrapped(&line, Some(Colour::Yellow));
        }
        if !self.settings.is_empty() {
            setting_lines(page, &self.settings);
            let settings = self.info.factors.iter().zip(&self.points[best].values);
            let settings: Vec<String> =
                settings.map(|(knob, value)| format!("{}={value}", knob.path)).collect();
            page.gap();
            page.line("compared, seed by seed:");
            page.line(&format!("  {}", command(&settings)));
        }
    }

    /// Points whose cost and RTO are known, as marks over both.
    fn plot(&self, page: &mut Page) {
        let known: Vec<(usize, i64, u64)> = (0..self.points.len())
            .filter_map(|at| {
                let point = &self.points[at];
                let Quantity::Time(rto) = point.axes[0].filter(|_| point.whole)?.actual()? else {
                    return None;
                };
                Some((at, point.cost?.as_nanos(), rto.as_nanos()))
            })
            .collect();
        let ends = |values: &mut dyn Iterator<Item = i128>| {
            values.fold((i128::MAX, i128::MIN), |(low, high), value| (low.min(value), high.max(value)))
        };
        let (cheap, dear) = ends(&mut known.iter().map(|of| of.1.into()));
        let (fast, slow) = ends(&mut known.iter().map(|of| of.2.into()));
        if known.len() < 2 || cheap == dear || fast == slow {
            return;
        }
        let place = |value: i128, low: i128, high: i128, count: usize| {
            let last = i128::try_from(count).expect("few") - 1;
            usize::try_from((value - low) * last / (high - low)).expect("within")
        };
        let mut cells = vec![vec![' '; PLOT_COLUMNS]; PLOT_LINES];
        // Of several marks in one place the first is kept.
        let strength = |at: &usize| ['★', '●', '○', '✗', '·'].iter().position(|mark| *mark == self.mark(*at));
        let mut drawn = known.clone();
        drawn.sort_by_key(|(at, ..)| std::cmp::Reverse(strength(at)));
        for (at, cost, rto) in drawn {
            let line = PLOT_LINES - 1 - place(rto.into(), fast, slow, PLOT_LINES);
            cells[line][place(cost.into(), cheap, dear, PLOT_COLUMNS)] = self.mark(at);
        }
        let span = |of: i128| {
            words::span(cloudsim_units::SimDuration::from_nanos(u64::try_from(of).expect("a span")))
        };
        let labels = [span(slow), span(fast)];
        let columns = labels.iter().map(|label| draw::width(label)).max().unwrap_or_default();
        page.gap();
        page.line("RTO p95");
        for (number, line) in cells.iter().enumerate() {
            let label = match number {
                0 => labels[0].as_str(),
                _ if number + 1 == PLOT_LINES => labels[1].as_str(),
                _ => "",
            };
            page.line(&format!("{} ┤{}", draw::right(label, columns), line.iter().collect::<String>()));
        }
        let [cheap, dear] =
            [cheap, dear].map(|of| money(NanoUsd::from_nanos(i64::try_from(of).expect("a bill"))));
        let right = draw::right(&format!("{dear} a month"), PLOT_COLUMNS.saturating_sub(draw::width(&cheap)));
        page.line(&format!("{} └{}", " ".repeat(columns), "─".repeat(PLOT_COLUMNS)));
        page.line(&format!("{}  {cheap}{right}", " ".repeat(columns)));
    }

    fn mark(&self, at: usize) -> char {
        match (self.optimum == Some(at), self.frontier.contains(&at), self.points[at].fate) {
            (true, ..) => '★',
            (_, true, Fate::Holds) => '●',
            (_, true, _) => '○',
            (_, _, Fate::Fails) => '✗',
            (_, _, Fate::Holds | Fate::Behind) => '·',
            (_, _, Fate::Open) => '?',
        }
    }

    fn table(&self, page: &mut Page, title: &str, points: &[usize]) {
        let knobs = self.info.factors.len();
        let short = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        let mut header: Vec<String> = self.info.factors.iter().map(|knob| short(&knob.path)).collect();
        header.extend(["per month", "RTO p95", "RPO p95", "breached in"].map(str::to_owned));
        let mut table = Table::new(&header, &[knobs, knobs + 1, knobs + 2, knobs + 3]);
        for (axis, kind) in ["Rto", "Rpo"].iter().enumerate() {
            if !self.objectives.iter().any(|of| of.kind == *kind) {
                table.leave_out(knobs + 1 + axis);
            }
        }
        for at in points.iter().take(POINTS_MAX) {
            let point = &self.points[*at];
            let mut row = point.values.clone();
            row.push(point.cost.map_or_else(|| "-".to_owned(), |cost| bill(point, cost)));
            row.extend([0, 1].map(|axis| recovery(point, axis)));
            row.push(format!("{} of {}", words::count(point.breaches), words::count(point.runs)));
            table.row(row);
        }
        page.gap();
        page.line(title);
        let mut lines = table.lines().into_iter();
        if let Some(header) = lines.next() {
            let header = page.paint(Colour::Dim, &format!("  {header}"));
            page.line(&header);
        }
        for (line, at) in lines.zip(points) {
            page.line(&format!("{} {line}", self.mark(*at)));
        }
        let more = points.len().saturating_sub(POINTS_MAX);
        if more > 0 {
            page.line(&format!("… and {more} more; all of them with -o json"));
        }
    }
}

/// As measured, or as it would be at best.
fn recovery(point: &Tried, axis: usize) -> String {
    let at_least = if point.whole { "" } else { "≥ " };
    match point.axes[axis] {
        None => "-".to_owned(),
        Some(Outcome::Measured { actual, .. }) => format!("{at_least}{}", words::quantity(actual)),
        Some(Outcome::Beyond | Outcome::Unmeasured) if axis == 0 => "not restored".to_owned(),
        Some(_) => "no recovery point".to_owned(),
    }
}

/// With a sign that there is more, of which no price is known.
fn bill(point: &Tried, cost: NanoUsd) -> String {
    let more = if point.unpriced.is_empty() { "" } else { " +?" };
    format!("{}{more}", money(cost))
}

fn money(amount: NanoUsd) -> String {
    format!("${}", Decimal::cents(amount))
}

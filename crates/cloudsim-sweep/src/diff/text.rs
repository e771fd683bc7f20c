//! A comparison on a screen: what was changed, what came of it, and how to see the widest pairs again.
//!
//! Colour only repeats what characters say.

use super::{Breaches, Change, Comparison, DiffDocument, ObjectiveDiff, SettingDiff, Verdict};
use crate::intervals::LEVEL_PERCENT;
use crate::row::Outcome;
use crate::text::{Page, Table, of_runs, widest};
use cloudsim_measures::draw::{self, Colour};
use cloudsim_measures::{Quantity, words};
use cloudsim_records::Decimal;
use cloudsim_units::SimDuration;

/// How the text is to look.
#[derive(Clone, Copy)]
pub struct DiffTextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The commands that make the runs of a seed again, that of A first.
    pub commands: &'a dyn Fn(u64) -> [String; 2],
}

/// Settings that are shown at most; all are in the JSON document.
const SETTINGS_MAX: usize = 40;

/// Pairs that are shown at most.
const PAIRS_MAX: usize = 3;

/// What is measured, which says how it is written.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Time,
    Share,
    Money,
}

impl DiffDocument {
    /// The result as text for a terminal.
    #[must_use]
    pub fn to_text(&self, options: &DiffTextOptions<'_>) -> String {
        let mut page = Page::new(options.colour, options.width.clamp(60, 120));
        self.headline(&mut page);
        self.settings(&mut page);
        if self.measured > 0 {
            self.measures(&mut page);
            self.breaches(&mut page);
            self.outages(&mut page);
            self.again(&mut page, options.commands);
            page.gap();
            let line = format!(
                "▲ B is better   ▼ B is worse   = the same in every seed   · no difference shown; intervals of the median \
                 difference at {LEVEL_PERCENT} % by order statistics, ▲ and ▼ by the sign test (p < 0.05), breaches by that of \
                 McNemar, each for itself"
            );
            page.wrapped(&line, Some(Colour::Dim));
        }
        page.out
    }

    fn headline(&self, page: &mut Page) {
        let [a, b] = &self.sides;
        let mut facts = vec![format!("seeds {}..{} of both", self.from, self.from + self.measured)];
        if self.measured > 0 && a.reached == b.reached {
            facts.push(format!("{} simulated each", words::span(a.reached)));
        }
        let names = if a.scenario == b.scenario {
            format!("{}   A → B", a.scenario)
        } else {
            format!("A {} → B {}", a.scenario, b.scenario)
        };
        let names = page.paint(Colour::Bold, &names);
        page.line(&format!("{names}   {}", facts.join("   ")));
        let asked = words::count(self.until - self.from);
        if self.is_interrupted() {
            let line = format!("OPEN  interrupted: {} of {asked} seeds measured", self.measured);
            let line = page.paint(Colour::Yellow, &line);
            page.line(&line);
        }
        if self.measured > 0 && a.reached != b.reached {
            let [a, b] = [a, b].map(|side| words::span(side.reached));
            let line = format!("A is simulated for {a}, B for {b}: what is not restored may be so later");
            let line = page.paint(Colour::Yellow, &line);
            page.line(&line);
        }
    }

    fn settings(&self, page: &mut Page) {
        page.gap();
        if self.settings.is_empty() {
            page.line("no setting differs");
            return;
        }
        setting_lines(page, &self.settings);
    }

    /// One line for each thing that was measured in both.
    fn measures(&self, page: &mut Page) {
        let header = ["", "", "A p50", "B p50", "B − A", "interval", "▲", "▼", "=", "?"];
        let mut table = Table::new(&header, &[2, 3, 4, 6, 7, 8, 9]);
        let (mut marks, mut alone) = (Vec::new(), Vec::new());
        let mut is_unknown = false;
        for objective in &self.objectives {
            let head = objective.head();
            let Some((comparison, _)) = &objective.measured else {
                alone.push(objective);
                continue;
            };
            let (unit, beyond) = (unit(head.kind), head.beyond());
            table.row(cells(head.subject.clone(), head.label.clone(), comparison, unit, beyond));
            marks.push(comparison.signs.verdict());
            is_unknown |= comparison.signs.unknown > 0;
        }
        let is_asked = |kind: &str, subject: &str| {
            self.objectives.iter().any(|of| of.head().kind == kind && of.head().subject == subject)
        };
        for service in self.services.iter().filter(|service| !is_asked("Availability", &service.name)) {
            let Some(comparison) = &service.availability else { continue };
            let label = "availability".to_owned();
            table.row(cells(service.name.clone(), label, comparison, Unit::Share, "-"));
            marks.push(comparison.signs.verdict());
        }
        if !is_asked("MonthlyCost", "bill") {
            table.row(cells("bill".to_owned(), "per month".to_owned(), &self.cost, Unit::Money, "-"));
            marks.push(self.cost.signs.verdict());
        }
        if !is_unknown {
            table.leave_out(9);
        }
        table.fit(page.width.saturating_sub(2), &[8, 2, 3]);
        page.gap();
        marked(page, &table, &marks);
        for objective in alone {
            let sign = if objective.heads[0].is_some() { "-" } else { "+" };
            let who = if objective.heads[0].is_some() { "A" } else { "B" };
            let head = objective.head();
            page.line(&format!("{sign} {} {}  in {who} alone", head.subject, head.label));
        }
        let censored = self.objectives.iter().filter_map(|of| Some((of, of.measured.as_ref()?)));
        for (objective, (comparison, _)) in censored {
            let [a, b, both] = comparison.censored;
            if a + b + both > 0 {
                let head = objective.head();
                let line = format!(
                    "  {} {}: {} in A alone {a}, in B alone {b}, in both {both} of {} seeds",
                    head.subject,
                    head.label,
                    head.beyond(),
                    words::count(self.measured)
                );
                let line = page.paint(Colour::Yellow, &line);
                page.line(&line);
            }
        }
    }

    /// Objectives that are breached in any run.
    fn breaches(&self, page: &mut Page) {
        let header = ["breached", "", "limit", "A", "B", "A alone", "B alone", "p"];
        let mut table = Table::new(&header, &[3, 4, 5, 6, 7]);
        let mut marks = Vec::new();
        let of_both = self.objectives.iter().filter_map(|of| Some((of, &of.measured.as_ref()?.1)));
        for (objective, breaches) in of_both.filter(|(_, of)| of.shares.iter().any(|share| share.runs > 0)) {
            let [a, b] = breaches.shares.each_ref().map(of_runs);
            let head = objective.head();
            let mut row = vec![head.subject.clone(), head.label.clone(), limits(objective), a, b];
            row.extend(breaches.alone.map(words::count));
            row.push(probability(breaches.p));
            table.row(row);
            marks.push(Breaches::verdict(breaches));
        }
        if !marks.is_empty() {
            page.gap();
            table.fit(page.width.saturating_sub(2), &[2]);
            marked(page, &table, &marks);
        }
    }

    /// Services of which the outages differ, or that only one of them has.
    fn outages(&self, page: &mut Page) {
        let header = ["service", "outages in A", "in B", "not restored in A", "in B"];
        let mut table = Table::new(&header, &[1, 2, 3, 4]);
        let differ = |of: &[Option<u64>; 2]| of[0] != of[1];
        let mut lines = 0;
        for service in self.services.iter().filter(|of| differ(&of.outages) || differ(&of.not_restored)) {
            let cell = |of: Option<u64>| of.map_or_else(|| "-".to_owned(), words::count);
            let mut row = vec![service.name.clone()];
            row.extend(service.outages.iter().chain(&service.not_restored).map(|of| cell(*of)));
            table.row(row);
            lines += 1;
        }
        if lines > 0 {
            page.gap();
            for (number, line) in table.lines().into_iter().enumerate() {
                let line = format!("  {line}");
                let line = if number == 0 { page.paint(Colour::Dim, &line) } else { line };
                page.line(&line);
            }
        }
    }

    /// The pairs that differ most, each once.
    fn again(&self, page: &mut Page, commands: &dyn Fn(u64) -> [String; 2]) {
        let mut pairs: Vec<(u64, Vec<String>)> = Vec::new();
        for objective in &self.objectives {
            let Some(seed) = objective.measured.as_ref().and_then(|(of, _)| of.widest) else { continue };
            let what = format!("{} {}", objective.head().subject, objective.head().label);
            match pairs.iter_mut().find(|(other, _)| *other == seed) {
                Some((_, whats)) => whats.push(what),
                None => pairs.push((seed, vec![what])),
            }
        }
        if pairs.is_empty() {
            return;
        }
        page.gap();
        page.line("where they differ most, again:");
        for (seed, whats) in pairs.into_iter().take(PAIRS_MAX) {
            let what = page.paint(Colour::Dim, &format!("# {}", whats.join(", ")));
            let commands = commands(seed);
            let columns = widest(commands.iter().map(String::as_str));
            page.line(&format!("  {}  {what}", draw::left(&commands[0], columns)));
            page.line(&format!("  {}", commands[1]));
        }
    }
}

/// A line for each setting that differs.
pub(crate) fn setting_lines(page: &mut Page, settings: &[SettingDiff]) {
    let columns = settings.iter().map(|setting| draw::width(&setting.path)).max().unwrap_or(0);
    let columns = columns.min(page.width / 2);
    for setting in settings.iter().take(SETTINGS_MAX) {
        let (sign, colour) = match (&setting.before, &setting.after) {
            (None, _) => ("+", Colour::Green),
            (_, None) => ("-", Colour::Red),
            _ => ("~", Colour::Yellow),
        };
        let path = draw::left(&setting.path, columns);
        let room = page.width.saturating_sub(draw::width(&path) + 4);
        let line = format!("{sign} {path}  {}", values(setting, room));
        let line = page.paint(colour, line.trim_end());
        page.line(&line);
    }
    let more = settings.len().saturating_sub(SETTINGS_MAX);
    if more > 0 {
        page.line(&format!("… and {more} more; all of them with -o json"));
    }
}

/// A table with the sign of each line's verdict before it.
fn marked(page: &mut Page, table: &Table, marks: &[Verdict]) {
    let mut lines = table.lines().into_iter();
    if let Some(header) = lines.next() {
        let header = page.paint(Colour::Dim, &format!("  {header}"));
        page.line(&header);
    }
    for (line, verdict) in lines.zip(marks) {
        let mark = match verdict {
            Verdict::Better => page.paint(Colour::Green, "▲"),
            Verdict::Worse => page.paint(Colour::Red, "▼"),
            Verdict::Same => page.paint(Colour::Dim, "="),
            Verdict::NotShown => "·".to_owned(),
        };
        page.line(&format!("{mark} {line}"));
    }
}

/// What is measured by a kind of objective.
pub(crate) fn unit(kind: &str) -> Unit {
    match kind {
        "Availability" => Unit::Share,
        "MonthlyCost" => Unit::Money,
        _ => Unit::Time,
    }
}

fn cells(subject: String, label: String, of: &Comparison, unit: Unit, beyond: &str) -> Vec<String> {
    let value = |outcome| value(outcome, beyond);
    let signs = &of.signs;
    let counts = [signs.better, signs.worse, signs.equal, signs.unknown].map(words::count);
    let [a, b] = of.medians.map(value);
    let median = of.median.map_or_else(|| "unknown".to_owned(), |median| change(median, unit));
    let all: u64 = [signs.better, signs.worse, signs.equal, signs.unknown].iter().sum();
    let middle =
        if all == 0 { [a, b, "-".to_owned(), String::new()] } else { [a, b, median, interval_of(of, unit)] };
    [subject, label].into_iter().chain(middle).chain(counts).collect()
}

/// What was measured, or what it means that there is no value.
pub(crate) fn value(outcome: Option<Outcome>, beyond: &str) -> String {
    match outcome.map(Outcome::actual) {
        None => "-".to_owned(),
        Some(None) => beyond.to_owned(),
        Some(Some(Quantity::Money(amount))) => format!("${}", Decimal::cents(amount)),
        Some(Some(quantity)) => words::quantity(quantity),
    }
}

/// How much more: `+1m12s`, `−0.5 pts`, `0`; `+∞` if only B has no end.
pub(crate) fn change(of: Change, unit: Unit) -> String {
    let amount = match of {
        Change::Less => return "−∞".to_owned(),
        Change::More => return "+∞".to_owned(),
        Change::By(amount) => amount,
    };
    let size = amount.unsigned_abs();
    let written = match unit {
        Unit::Time => words::span(SimDuration::from_nanos(u64::try_from(size).unwrap_or(u64::MAX))),
        Unit::Share => format!("{} pts", Decimal::trimmed(((size + 5_000) / 10_000).cast_signed(), 3)),
        Unit::Money => format!("${}", Decimal::quotient(size.cast_signed(), 1_000_000_000, 2)),
    };
    match amount {
        0 => "0".to_owned(),
        1.. => format!("+{written}"),
        _ => format!("−{written}"),
    }
}

pub(crate) fn interval_of(of: &Comparison, unit: Unit) -> String {
    match (of.low, of.high) {
        (Some(low), Some(high)) if low == high => change(low, unit),
        (Some(low), Some(high)) => format!("{} to {}", change(low, unit), change(high, unit)),
        _ => "too few seeds".to_owned(),
    }
}

/// The limit of both, or that of each.
fn limits(objective: &ObjectiveDiff) -> String {
    let mut limits: Vec<&str> = objective.heads.iter().flatten().map(|head| head.limit.as_str()).collect();
    limits.dedup();
    limits.join(" → ")
}

/// With three places, and never as if it were nothing.
#[expect(clippy::cast_possible_truncation, reason = "at most a thousand")]
fn probability(p: f64) -> String {
    match (p * 1000.0).round() as i128 {
        0 => "< 0.001".to_owned(),
        thousandths => Decimal::trimmed(thousandths, 3).to_string(),
    }
}

/// A value, or both, within so many columns.
fn values(setting: &SettingDiff, columns: usize) -> String {
    let plain = |text: &str| {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let is_simple = |text: &&str| !text.is_empty() && !text.contains(['"', '\\', ' ', '(', '[', '{']);
        inner.filter(is_simple).unwrap_or(text).to_owned()
    };
    match [&setting.before, &setting.after] {
        [Some(before), Some(after)] => {
            let [mut before, mut after] = [before, after].map(|text| plain(text));
            if before == after {
                [before, after] =
                    [setting.before.clone(), setting.after.clone()].map(Option::unwrap_or_default);
            }
            let room = columns.saturating_sub(3);
            let half = room / 2;
            let first = draw::cut(&before, half.max(room.saturating_sub(draw::width(&after))));
            let second = draw::cut(&after, room.saturating_sub(draw::width(&first)));
            format!("{first} → {second}")
        }
        [one, other] => draw::cut(&plain(one.as_ref().or(other.as_ref()).map_or("", |text| text)), columns),
    }
}

//! What answers rest on, on a screen: verdicts that change, then a tornado for each measure.
//!
//! Colour only repeats what characters say.

use super::{Effect, Measure, SensitivityDocument};
use crate::diff::{Breaches, Change, Comparison, Verdict, change, unit, value};
use crate::intervals::LEVEL_PERCENT;
use crate::text::{Page, Table, of_runs};
use cloudsim_measures::draw::Colour;
use cloudsim_measures::words;

/// How the text is to look.
#[derive(Clone, Copy)]
pub struct SensitivityTextOptions<'a> {
    /// Whether escape sequences for colours may be used.
    pub colour: bool,
    /// How many columns there are; less than 60 count as 60, more than 120 as 120.
    pub width: usize,
    /// The command that compares the scenario with this setting, as `--set` takes it, on all seeds.
    pub command: &'a dyn Fn(&str) -> String,
}

/// Verdicts that change, and lines of a tornado, that are shown at most; all are in the JSON document.
const LINES_MAX: usize = 12;
/// With fewer seeds the sign test shows nothing, even if all of them agree: two times 0.5 to the power of five is above 0.05.
const SEEDS_MIN: u64 = 6;
/// Columns on each side of a tornado.
const SIDE: usize = 14;
/// What the names of assumptions begin with, which nobody needs to read each time.
const BLOCK: &str = "assumptions.";

impl SensitivityDocument {
    /// The result as text for a terminal.
    #[must_use]
    pub fn to_text(&self, options: &SensitivityTextOptions<'_>) -> String {
        let mut page = Page::new(options.colour, options.width.clamp(60, 120));
        self.headline(&mut page);
        if self.measured > 0 {
            self.verdicts(&mut page);
            for measure in self.measures.iter().filter(|of| !of.effects.is_empty()) {
                self.tornado(&mut page, measure);
            }
            self.still(&mut page);
        }
        self.nothing(&mut page);
        if self.measured > 0 {
            self.again(&mut page, options.command);
            page.gap();
            if self.measured < SEEDS_MIN {
                let line =
                    format!("with fewer than {SEEDS_MIN} seeds no change is more than what seeds scatter");
                page.wrapped(&line, Some(Colour::Yellow));
            }
            let line = format!(
                "░ at the low end   █ at the high end   ▲ better   ▼ worse   = the same in every seed   · within what seeds scatter; \
                 changes are medians of the differences seed by seed, with the same luck; ▲ and ▼ by the sign test (p < 0.05), each \
                 for itself; intervals at {LEVEL_PERCENT} % are in the JSON document. One assumption at a time: what two do together \
                 is not seen"
            );
            page.wrapped(&line, Some(Colour::Dim));
        }
        page.out
    }

    fn headline(&self, page: &mut Page) {
        let mut facts = vec![
            format!("seeds {}..{} at both ends", self.from, self.from + self.measured),
            words::several(self.tried.len(), "assumption"),
        ];
        if self.measured > 0 {
            facts.push(format!("{} simulated each", words::span(self.reached)));
        }
        let name = page.paint(Colour::Bold, &self.scenario);
        page.line(&format!("{name}   {}", facts.join("   ")));
        if self.is_interrupted() {
            let asked = words::count(self.until - self.from);
            let line = format!("OPEN  interrupted: {} of {asked} seeds measured", self.measured);
            let line = page.paint(Colour::Yellow, &line);
            page.line(&line);
        }
    }

    fn short(&self, effect: &Effect) -> &str {
        let path = &self.tried[effect.assumption].path;
        path.strip_prefix(BLOCK).unwrap_or(path)
    }

    /// Whether a limit holds only because of what is assumed.
    fn verdicts(&self, page: &mut Page) {
        // Those that a longer run might not have come last.
        let (mut lines, mut open) = (Vec::new(), Vec::new());
        for measure in &self.measures {
            let Some(head) = &measure.objective else { continue };
            for effect in measure.effects.iter().filter(|effect| effect.changes_a_verdict()) {
                for (side, (_, breaches)) in effect.ends.iter().enumerate() {
                    let Some(Breaches { shares: [as_it_is, there], alone, .. }) = breaches else { continue };
                    if *alone == [0, 0] {
                        continue;
                    }
                    let end = &self.tried[effect.assumption].words[side];
                    // It may only be that the run is too short to see more.
                    let is_open = effect.ends[side].0.median == Some(Change::More);
                    let line = format!(
                        "{} {} {}  breached in {} instead of {} with {} = {end}",
                        measure.subject,
                        measure.label,
                        head.limit,
                        of_runs(there),
                        words::count(as_it_is.runs),
                        self.short(effect),
                    );
                    if is_open {
                        let reached = words::span(self.reached);
                        open.push(format!(
                            "{line}, still open after {reached}: a longer `duration` may show its end"
                        ));
                    } else {
                        lines.push(line);
                    }
                }
            }
        }
        lines.extend(open);
        page.gap();
        if lines.is_empty() {
            if self.measures.iter().any(|of| of.objective.is_some()) {
                page.line("no verdict rests on a single assumption: in each seed, each objective is met or breached as it is");
            }
            return;
        }
        let line = page.paint(Colour::Yellow, "verdicts that rest on an assumption:");
        page.line(&line);
        for line in lines.iter().take(LINES_MAX) {
            page.wrapped(line, None);
        }
        more(page, lines.len());
    }

    fn tornado(&self, page: &mut Page, measure: &Measure) {
        let (unit, beyond) = (unit(measure.kind), beyond(measure));
        page.gap();
        let [p50, p95] = measure.as_it_is.map(|outcome| value(outcome, beyond));
        let limit = measure.objective.as_ref().map(|head| format!(" {}", head.limit)).unwrap_or_default();
        let title = format!("{} {}{limit}", measure.subject, measure.label);
        let title = page.paint(Colour::Bold, &title);
        let p95 = if measure.objective.is_some() { format!("   p95 {p95}") } else { String::new() };
        let breached = measure.breaches.as_ref().map(|of| format!("   breached in {}", of_runs(of)));
        page.line(&format!("{title}   p50 {p50}{p95}{}", breached.unwrap_or_default()));
        let (shown, rare): (Vec<&Effect>, Vec<&Effect>) =
            measure.effects.iter().partition(|effect| effect.size() > 0);
        let most = largest(&shown);
        let mut table =
            Table::new(&["assumption", "low", "at the low end", "high", "at the high end", ""], &[2, 4]);
        for effect in shown.iter().take(LINES_MAX) {
            let mut row = vec![self.short(effect).to_owned()];
            for (side, (of, _)) in effect.ends.iter().enumerate() {
                let median = of.median.map_or_else(|| "unknown".to_owned(), |median| change(median, unit));
                row.push(self.tried[effect.assumption].words[side].clone());
                row.push(format!("{median} {}", sign(of)));
            }
            row.push(bars(effect, most));
            table.row(row);
        }
        if !shown.is_empty() {
            let columns = page.width.saturating_sub(2);
            if table.width() > columns {
                // Both values or none: one alone would be taken for what it is now.
                table.fit(0, &[3, 1]);
            }
            for (number, line) in table.lines().into_iter().enumerate() {
                let line = format!("  {line}");
                let line = if number == 0 { page.paint(Colour::Dim, &line) } else { line };
                page.line(&line);
            }
            more(page, shown.len());
        }
        if !rare.is_empty() {
            let names: Vec<&str> = rare.iter().map(|effect| self.short(effect)).collect();
            page.wrapped(&format!("  in fewer than half of the seeds: {}", names.join(", ")), None);
        }
    }

    /// Measures that rest on nothing.
    fn still(&self, page: &mut Page) {
        let still = self.measures.iter().filter(|of| of.effects.is_empty());
        let names: Vec<String> = still.map(|of| format!("{} {}", of.subject, of.label)).collect();
        if !names.is_empty() {
            page.gap();
            page.wrapped(&format!("rest on none of them: {}", names.join(", ")), None);
        }
    }

    /// Assumptions that move nothing.
    fn nothing(&self, page: &mut Page) {
        let moves = |assumption: &usize| {
            self.measures.iter().any(|of| of.effects.iter().any(|effect| effect.assumption == *assumption))
        };
        let short = |path: &'_ str| path.strip_prefix(BLOCK).unwrap_or(path).to_owned();
        let idle = (0..self.tried.len()).filter(|assumption| !moves(assumption));
        let idle: Vec<String> = idle.map(|assumption| short(&self.tried[assumption].path)).collect();
        if self.measured > 0 && !idle.is_empty() {
            page.gap();
            page.wrapped(
                &format!("{} move nothing here: {}", words::count(idle.len() as u64), idle.join(", ")),
                None,
            );
        }
        let mut layers: Vec<(String, usize)> = Vec::new();
        for path in &self.skipped {
            let layer = short(path).split('.').next().unwrap_or_default().to_owned();
            match layers.iter_mut().find(|(name, _)| *name == layer) {
                Some((_, count)) => *count += 1,
                None => layers.push((layer, 1)),
            }
        }
        if !layers.is_empty() {
            let layers: Vec<String> =
                layers.iter().map(|(name, count)| format!("{name} ({count})")).collect();
            page.gap();
            let line =
                format!("not tried, for the scenario has nothing that they are about: {}", layers.join(", "));
            page.wrapped(&line, None);
        }
    }

    /// What moves each objective most, as a comparison.
    fn again(&self, page: &mut Page, command: &dyn Fn(&str) -> String) {
        let mut settings: Vec<String> = Vec::new();
        for measure in self.measures.iter().filter(|of| of.objective.is_some()) {
            let Some(effect) = measure.effects.first() else { continue };
            let tried = &self.tried[effect.assumption];
            let [low, high] = effect.sizes();
            let setting = format!("{}={}", tried.path, tried.ends[usize::from(low <= high)]);
            if !settings.contains(&setting) {
                settings.push(setting);
            }
        }
        if !settings.is_empty() {
            page.gap();
            page.line("what moves them most, seed by seed:");
            for setting in settings.iter().take(LINES_MAX) {
                page.line(&format!("  {}", command(setting)));
            }
        }
    }
}

fn more(page: &mut Page, all: usize) {
    if all > LINES_MAX {
        page.line(&format!("  … and {} more; all of them with -o json", all - LINES_MAX));
    }
}

fn beyond(measure: &Measure) -> &'static str {
    measure.objective.as_ref().map_or("-", crate::row::ObjectiveHead::beyond)
}

fn sign(of: &Comparison) -> char {
    match of.signs.verdict() {
        Verdict::Better => '▲',
        Verdict::Worse => '▼',
        Verdict::Same => '=',
        Verdict::NotShown => '·',
    }
}

/// The largest change that has an end.
fn largest(effects: &[&Effect]) -> u128 {
    let changes = effects.iter().flat_map(|effect| &effect.ends).filter_map(|(of, _)| match of.median {
        Some(Change::By(amount)) => Some(amount.unsigned_abs()),
        _ => None,
    });
    changes.max().unwrap_or(0)
}

/// Both ends left and right of what is measured as it is; what has no end goes to the edge.
fn bars(effect: &Effect, most: u128) -> String {
    let mut cells = vec![' '; SIDE * 2 + 1];
    cells[SIDE] = '│';
    // The longer one is drawn first, so that both are seen on one side.
    let mut ends: Vec<(i128, char)> =
        effect.ends.iter().zip(['░', '█']).map(|((of, _), sign)| (columns(of.median, most), sign)).collect();
    ends.sort_by_key(|(columns, _)| std::cmp::Reverse(columns.abs()));
    for (columns, sign) in ends {
        for step in 1..=usize::try_from(columns.abs()).unwrap_or(SIDE) {
            let at = if columns < 0 { SIDE - step } else { SIDE + step };
            cells[at] = sign;
        }
    }
    cells.into_iter().collect()
}

/// How many columns a change takes, negative ones to the left. Whatever is not nothing takes one.
fn columns(change: Option<Change>, most: u128) -> i128 {
    let side = i128::try_from(SIDE).expect("a few columns");
    match change {
        None | Some(Change::By(0)) => 0,
        Some(Change::Less) => -side,
        Some(Change::More) => side,
        Some(Change::By(amount)) => {
            let columns = (amount.unsigned_abs() * SIDE as u128).div_ceil(most.max(1));
            i128::try_from(columns).unwrap_or(side).min(side) * amount.signum()
        }
    }
}

//! What answers rest on as a page: verdicts that change, then a tornado for each measure.

use crate::axis::{HEIGHT, WIDTH};
use crate::lanes::legend;
use crate::shell;
use crate::{more, section, table};
use cloudsim_measures::words;
use cloudsim_sweep::{Change, Comparison, Effect, Measure, ObjectiveHead, SensitivityDocument};
use maud::{Markup, html};

/// So many bars are drawn of each measure; all are in the JSON document.
const EFFECTS_MAX: usize = 20;

const COLUMNS: [&str; 6] =
    ["assumption", "low end", "moves it by", "low above, high below", "high end", "moves it by"];

/// What a page of what answers rest on is made of.
#[derive(Clone, Copy)]
pub struct SensitivityPage<'a> {
    /// What was tried, and what it moves.
    pub study: &'a SensitivityDocument,
    /// The command that compares the scenario with this setting, as `--set` takes it, on all seeds.
    pub command: &'a dyn Fn(&str) -> String,
}

impl SensitivityPage<'_> {
    /// The page as a text of HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        let study = self.study;
        let body = html! {
            header {
                h1 { (study.scenario) ": what the answers rest on" }
                @if study.is_interrupted() {
                    p.verdict {
                        span.badge.open { "OPEN" } " interrupted: " (words::count(study.measured)) " of "
                        (words::count(study.until - study.from)) " seeds measured"
                    }
                }
                p.facts {
                    "seeds " (study.from) ".." (study.from + study.measured) " at both ends of "
                    (words::several(study.tried.len(), "assumption"))
                    @if study.measured > 0 { " · " (words::span(study.reached)) " simulated each" }
                }
                @for given in &study.overrides { p.facts { "with " code { (given) } } }
            }
            @if study.measured > 0 {
                (self.verdicts())
                (self.tornadoes())
            }
            p.facts {
                "Changes are medians of the differences seed by seed, with the same luck; ▲ better and ▼ worse by the sign test "
                "(p < 0.05), each for itself. One assumption at a time: what two do together is not seen."
            }
        };
        shell::page_of_many(&study.scenario, &study.version, &body)
    }

    fn verdicts(&self) -> Markup {
        let rows: Vec<Markup> =
            self.study.measures.iter().flat_map(|measure| self.verdicts_of(measure)).collect();
        let columns = ["objective", "assumption", "at", "breached in", "as it is"];
        let body = html! {
            @if rows.is_empty() {
                p { "No verdict rests on a single assumption: in each seed, each objective is met or breached as it is." }
            } @else { (table(&columns, rows.into_iter())) }
        };
        section("verdicts", "Verdicts that rest on an assumption", &body)
    }

    fn verdicts_of(&self, measure: &Measure) -> Vec<Markup> {
        let Some(head) = &measure.objective else { return Vec::new() };
        let ends = measure.effects.iter().flat_map(|effect| {
            effect
                .ends
                .iter()
                .enumerate()
                .map(move |(side, (_, breaches))| (effect.assumption, side, breaches))
        });
        ends.filter_map(|(assumption, side, breaches)| {
            let of = breaches.as_ref().filter(|of| of.alone != [0, 0])?;
            let tried = &self.study.tried[assumption];
            Some(html! {
                tr {
                    th scope="row" { (head.subject) " " (head.label) " " (head.limit) }
                    td { code { (tried.path) } }
                    td { (tried.words[side]) }
                    td.number { (of.shares[1].in_words()) }
                    td.number { (of.shares[0].in_words()) }
                }
            })
        })
        .collect()
    }

    fn tornadoes(&self) -> Markup {
        let moved = || self.study.measures.iter().filter(|of| !of.effects.is_empty());
        let still: Vec<String> = (self.study.measures.iter())
            .filter(|of| of.effects.is_empty())
            .map(|of| format!("{} {}", of.subject, of.label))
            .collect();
        let body = html! {
            (legend(&[("low", "at the low end"), ("high", "at the high end")]))
            @for measure in moved() { (self.tornado(measure)) }
            @if !still.is_empty() { p { "Rest on none of them: " (still.join(", ")) "." } }
        };
        section("tornado", "What moves what, and how far", &body)
    }

    fn tornado(&self, measure: &Measure) -> Markup {
        let beyond = measure.objective.as_ref().map_or("-", ObjectiveHead::beyond);
        let shown = measure.effects.iter().take(EFFECTS_MAX);
        let sizes = shown.clone().flat_map(|effect| &effect.ends).filter_map(|(of, _)| match of.median {
            Some(Change::By(amount)) => Some(amount.unsigned_abs()),
            _ => None,
        });
        let most = sizes.max().unwrap_or(0).max(1);
        html! {
            h3 {
                (measure.subject) " " (measure.label)
                @if let Some(head) = &measure.objective { " " (head.limit) }
            }
            p.facts {
                "as it is: p50 " (measure.as_it_is[0].map_or_else(|| "-".to_owned(), |of| of.in_words(beyond)))
                @if let Some(p95) = measure.as_it_is[1] { ", p95 " (p95.in_words(beyond)) }
                @if let Some(breaches) = &measure.breaches { ", breached in " (breaches.in_words()) }
            }
            (table(&COLUMNS, shown.map(|effect| self.effect(measure, effect, most))))
            (more(EFFECTS_MAX, measure.effects.len(), "assumption"))
            @if let Some(command) = self.again(measure) { p.command { "seed by seed: " code { (command) } } }
        }
    }

    fn effect(&self, measure: &Measure, effect: &Effect, most: u128) -> Markup {
        let tried = &self.study.tried[effect.assumption];
        let [low, high] = &effect.ends;
        let change = |of: &Comparison| {
            let by = of.median.map_or_else(|| "unknown".to_owned(), |by| by.in_words(measure.kind));
            format!("{by} {}", of.signs.verdict().in_words()[0])
        };
        html! {
            tr {
                th scope="row" title=(tried.why) { code { (tried.path) } }
                td { (tried.words[0]) }
                td.number { (change(&low.0)) }
                td.bar {
                    svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                        (bar("low", low.0.median, most, 8))
                        (bar("high", high.0.median, most, 52))
                        path.median d={ "M" (WIDTH / 2) " 0V" (HEIGHT) } {}
                    }
                }
                td { (tried.words[1]) }
                td.number { (change(&high.0)) }
            }
        }
    }

    /// What moves an objective most, as a comparison.
    fn again(&self, measure: &Measure) -> Option<String> {
        measure.objective.as_ref()?;
        let effect = measure.effects.first()?;
        let size = |side: usize| match effect.ends[side].0.median {
            None => 0,
            Some(Change::By(amount)) => amount.unsigned_abs(),
            Some(Change::Less | Change::More) => u128::MAX,
        };
        let tried = &self.study.tried[effect.assumption];
        Some((self.command)(&format!("{}={}", tried.path, tried.ends[usize::from(size(0) <= size(1))])))
    }
}

/// From the middle, which is what is measured as it is, to the left for less; what has no end goes to the edge.
fn bar(class: &str, change: Option<Change>, most: u128, y: u64) -> Markup {
    let long = width(change, most);
    let x = match change {
        Some(Change::Less) => WIDTH / 2 - long,
        Some(Change::By(amount)) if amount < 0 => WIDTH / 2 - long,
        _ => WIDTH / 2,
    };
    html! { rect.(class) x=(x) y=(y) width=(long) height="40" {} }
}

fn width(change: Option<Change>, most: u128) -> u64 {
    let half = WIDTH / 2;
    match change {
        None => 0,
        Some(Change::Less | Change::More) => half,
        Some(Change::By(amount)) => {
            let part = amount.unsigned_abs().min(most) * u128::from(half) / most;
            u64::try_from(part).expect("half of the width at most")
        }
    }
}

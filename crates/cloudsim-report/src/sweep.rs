//! A sweep as a page: how runs spread over each objective, point by point, which were the worst, and what better costs.

use crate::axis::WIDTH;
use crate::frontier;
use crate::lanes::{lane, legend};
use crate::shell;
use crate::strip::{self, ENDLESS, LEFT, Mark, RIGHT};
use crate::{more, section, table};
use cloudsim_measures::{Quantity, words};
use cloudsim_sweep::{
    Availability, Axis, Limit, Manifest, ObjectiveStatistics, Outcome, PointStatistics, Quantile,
    SweepDocument, WorstRun,
};
use maud::{Markup, html};

/// So many points are drawn of each objective; all are in the JSON document.
const POINTS_MAX: usize = 64;

/// So many of the worst runs of an objective are named.
const WORST_MAX: usize = 8;

/// So many lines of services are shown.
const ROWS_MAX: usize = 256;

const FIGURES: [&str; 9] = [
    "point",
    "limit",
    "p50",
    "its interval",
    "p95",
    "its interval",
    "worst",
    "breached in",
    "probability of a breach",
];

/// What a page of a sweep is made of.
#[derive(Clone, Copy)]
pub struct SweepPage<'a> {
    /// What the runs say.
    pub sweep: &'a SweepDocument,
    /// What was swept.
    pub manifest: &'a Manifest,
    /// The command that makes the run again that has these settings besides, as `--set` takes them, and this seed.
    pub command: &'a dyn Fn(&[String], u64) -> String,
}

impl SweepPage<'_> {
    /// The page as a text of HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        let sweep = self.sweep;
        let body = html! {
            (self.header())
            @if sweep.measured > 0 {
                @if sweep.points.len() > 1 { (self.points()) }
                (self.objectives())
                (self.worst())
                @if sweep.points.len() > 1 { (frontier::view(sweep)) }
                (self.services())
            }
            p.facts {
                "Intervals at 95 %: quantiles by order statistics, probabilities by Clopper and Pearson, availability by "
                "bootstrap (BCa). A run without an end is worse than every value and keeps its place in every quantile."
            }
        };
        shell::page_of_many(&sweep.scenario, &sweep.version, &body)
    }

    fn header(&self) -> Markup {
        let (sweep, manifest) = (self.sweep, self.manifest);
        let request = &manifest.request;
        let asked = sweep.until - sweep.from;
        html! {
            header {
                h1 { (sweep.scenario) }
                p.verdict { (self.verdict()) }
                @if sweep.interrupted {
                    p.verdict {
                        span.badge.open { "OPEN" } " "
                        (words::count(sweep.measured)) " of " (words::count(asked)) " seeds are measured at every point; "
                        code { "cloudsim sweep --resume" } " goes on with a folder."
                    }
                }
                p.facts {
                    "seeds " (sweep.from) ".." (sweep.from + sweep.measured)
                    @if sweep.points.len() > 1 { " at each of " (sweep.points.len()) " points" }
                    @if let Some(reached) = sweep.points.iter().map(|point| point.reached).min() {
                        @if sweep.measured > 0 { " · " (words::span(reached)) " simulated each" }
                    }
                    " · plans " code { (manifest.plans) }
                }
                @for given in &sweep.overrides { p.facts { "with " code { (given) } } }
                @if !request.file.is_empty() { p.command { "of " code { (request.file) } } }
                @if let Some(until) = manifest.until { p.facts { "each stopped at " (until) } }
            }
        }
    }

    fn verdict(&self) -> Markup {
        let judged = || self.sweep.points.iter().flat_map(|point| &point.objectives);
        let failed = judged().filter(|of| of.failures > 0).count();
        let open = judged().filter(|of| of.breaches.of == 0).count();
        html! {
            @if judged().next().is_none() { "No objective was judged." }
            @else if failed > 0 {
                span.badge.bad { "✗" } " "
                (words::several(failed, "objective")) " of " (judged().count())
                @if self.sweep.points.len() > 1 { ", counted at each point," }
                " not as the scenario expects in some run."
            } @else if open > 0 {
                span.badge.open { "?" } " " (words::several(open, "objective")) " with nothing to judge by."
            } @else {
                span.badge.good { "✓" } " Each objective is as the scenario expects in every run."
            }
        }
    }

    /// What the numbers of points stand for.
    fn points(&self) -> Markup {
        let sweep = self.sweep;
        let columns: Vec<&str> =
            ["point"].into_iter().chain(sweep.factors.iter().map(|factor| factor.path.as_str())).collect();
        let points = sweep.points.iter().take(POINTS_MAX).enumerate();
        let body = html! {
            (table(&columns, points.map(|(place, point)| html! {
                tr {
                    th scope="row" { (place + 1) }
                    @for value in &point.values { td { code { (value) } } }
                }
            })))
            (more(POINTS_MAX, sweep.points.len(), "point"))
        };
        section("points", "What was varied", &body)
    }

    fn objectives(&self) -> Markup {
        let points = &self.sweep.points;
        let count = points.first().map_or(0, |point| point.objectives.len());
        let each = strip::marks_each(count * points.len().min(POINTS_MAX));
        let drawn = usize::try_from(self.sweep.measured).unwrap_or(usize::MAX);
        let body = html! {
            @if count == 0 { p { "The scenario has no objectives." } }
            @for place in 0..count { (self.objective(place, each)) }
            @if drawn > each {
                p.facts {
                    "The first " (words::count(each as u64)) " seeds of each point are drawn; all figures are of all "
                    (words::count(self.sweep.measured)) "."
                }
            }
            (legend(&[
                ("runs", "a run within the limit"),
                ("breaches", "a run that breaches it"),
                ("median", "p50"),
                ("interval", "interval of p50"),
                ("p95", "p95"),
                ("limit", "the limit"),
                ("endless", "without an end: worse than any value"),
            ]))
        };
        section("objectives", "What had to hold, run by run", &body)
    }

    fn objective(&self, place: usize, each: usize) -> Markup {
        let points = || {
            let points = self.sweep.points.iter().take(POINTS_MAX).enumerate();
            points.filter_map(|(number, point)| Some((number, point, point.objectives.get(place)?)))
        };
        let Some((_, _, first)) = points().next() else { return Markup::default() };
        let head = &first.head;
        let outcomes =
            || points().flat_map(|(_, point, _)| point.runs.iter().map(|run| &run.outcomes[place]));
        let columns = usize::try_from(RIGHT - LEFT + 1).expect("a few thousand");
        let axis = Axis::new(outcomes(), head.target, columns);
        let scale = Scale { axis, has_endless: outcomes().any(|of| *of == Outcome::Beyond) };
        html! {
            h3 { (head.subject) " " (head.label) " " (head.limit) }
            @if scale.is_needed() {
                div.lanes.strips {
                    (scale.labels(points().map(|(_, _, of)| of)))
                    @for (number, point, of) in points() {
                        (lane(&self.name(number, point), &note(of), &scale.strip(point, of, place, each)))
                    }
                }
            } @else { p { "The same in every run: " (worst(first, "nothing to judge by")) "." } }
            (table(&FIGURES, points().map(|(number, point, of)| self.figures(number, point, of))))
            (more(POINTS_MAX, self.sweep.points.len(), "point"))
        }
    }

    /// What a point is called: its number and its values.
    fn name(&self, number: usize, point: &PointStatistics) -> String {
        if self.sweep.points.len() == 1 {
            return "all runs".to_owned();
        }
        format!("{}: {}", number + 1, point.values.join(" · "))
    }

    fn figures(&self, number: usize, point: &PointStatistics, of: &ObjectiveStatistics) -> Markup {
        let (mark, tone) = match (of.breaches.of, of.failures) {
            (0, _) => ("?", "open"),
            (_, 0) => ("✓", "good"),
            _ => ("✗", "bad"),
        };
        html! {
            tr {
                th scope="row" { span.(tone) { (mark) } " " (self.name(number, point)) }
                td.number { (of.head.limit) }
                @for percent in [50, 95] {
                    @match at(of, percent) {
                        Some(quantile) => {
                            td.number { (of.say(quantile.at)) }
                            td.number { (of.interval(quantile)) }
                        }
                        None => { td { "-" } td {} }
                    }
                }
                td.number { (worst(of, "-")) }
                td.number { (of.breaches.in_words()) }
                td.number { (of.breaches.probability()) }
            }
        }
    }

    /// The worst runs of each objective, with how to make them again; of a grid those of all points together.
    fn worst(&self) -> Markup {
        let count = self.sweep.points.first().map_or(0, |point| point.objectives.len());
        let several = self.sweep.points.len() > 1;
        let rows: Vec<Markup> = (0..count).flat_map(|place| self.worst_of(place)).collect();
        if rows.is_empty() {
            return Markup::default();
        }
        let mut columns = vec!["objective", "point", "seed", "measured", "the same run again", "its digest"];
        if !several {
            columns.remove(1);
        }
        section("worst", "The worst runs", &table(&columns, rows.into_iter()))
    }

    fn worst_of(&self, place: usize) -> Vec<Markup> {
        type Run<'a> = (usize, &'a PointStatistics, &'a ObjectiveStatistics, &'a WorstRun);
        let points = self.sweep.points.iter().enumerate();
        let of_points =
            points.filter_map(|(number, point)| Some((number, point, point.objectives.get(place)?)));
        let mut runs: Vec<Run<'_>> = of_points
            .filter(|(_, _, of)| !of.is_uniform())
            .flat_map(|(number, point, of)| of.worst.iter().map(move |run| (number, point, of, run)))
            .collect();
        // Runs that are alike stay in the order of points, then seeds.
        runs.sort_by(|one, other| other.3.outcome.compare(&one.3.outcome));
        let row = |(number, point, of, run): Run<'_>| {
            let settings: Vec<String> = (self.sweep.factors.iter().zip(&point.values))
                .map(|(factor, value)| format!("{}={value}", factor.path))
                .collect();
            html! {
                tr {
                    th scope="row" { (of.head.subject) " " (of.head.label) }
                    @if self.sweep.points.len() > 1 { td { (self.name(number, point)) } }
                    td.number { (run.seed) }
                    td.number { (of.say(run.outcome)) }
                    td.command { code { ((self.command)(&settings, run.seed)) } }
                    td { code { (run.digest.to_string()) } }
                }
            }
        };
        runs.into_iter().take(WORST_MAX).map(row).collect()
    }

    fn services(&self) -> Markup {
        let columns = [
            "point",
            "service",
            "degraded in",
            "probability",
            "outages",
            "runs not restored",
            "availability",
        ];
        let points = self.sweep.points.iter().take(POINTS_MAX).enumerate();
        let rows = points.flat_map(|(number, point)| {
            let name = self.name(number, point);
            point.services.iter().map(move |of| {
                html! {
                    tr {
                        td { (name) }
                        th scope="row" { (of.name) }
                        td.number { (of.degraded.in_words()) }
                        td.number { (of.degraded.probability()) }
                        td.number { (words::count(of.outages)) }
                        td.number { (words::count(of.not_restored)) }
                        td.number { (of.availability.as_ref().map_or_else(|| "-".to_owned(), Availability::in_words)) }
                    }
                }
            })
        });
        let all: usize = self.sweep.points.iter().take(POINTS_MAX).map(|point| point.services.len()).sum();
        if all == 0 {
            return Markup::default();
        }
        let body = html! {
            (table(&columns, rows.take(ROWS_MAX)))
            (more(ROWS_MAX, all, "line"))
        };
        section("services", "Services, and workloads beside them", &body)
    }
}

/// How values of an objective become places; `None` of an axis where all are the same.
struct Scale {
    axis: Option<Axis>,
    has_endless: bool,
}

impl Scale {
    /// Whether runs differ at all.
    fn is_needed(&self) -> bool {
        self.axis.is_some() || self.has_endless
    }

    fn x(&self, outcome: Outcome) -> Option<u64> {
        match (outcome, outcome.actual(), &self.axis) {
            (Outcome::Beyond, ..) => Some(ENDLESS),
            (_, Some(actual), Some(axis)) => Some(LEFT + axis.column(actual) as u64),
            (_, Some(_), None) => Some(LEFT),
            (_, None, _) => None,
        }
    }

    /// The limit, where it is near enough, then the best and the worst.
    fn labels<'a>(&self, of: impl Iterator<Item = &'a ObjectiveStatistics>) -> Markup {
        let all: Vec<&ObjectiveStatistics> = of.collect();
        let head = &all[0].head;
        let mut labels = Vec::new();
        if let Some(limit) = self.limit() {
            labels.push((limit, head.limit.clone()));
        }
        if self.has_endless {
            labels.push((WIDTH, head.beyond().to_owned()));
        }
        if let Some(axis) = &self.axis {
            let ends = || all.iter().filter_map(|of| of.ends()).flatten();
            let place = |end: &Quantity| axis.column(*end);
            for end in [ends().min_by_key(place), ends().max_by_key(place)].into_iter().flatten() {
                labels.push((LEFT + place(&end) as u64, words::quantity(end)));
            }
        }
        let far = self.axis.as_ref().map(|axis| axis.limit);
        html! {
            (strip::labels(&labels))
            @if far == Some(Limit::Left) { p.facts { "The limit lies left of all that is drawn: every run breaches it." } }
            @if far == Some(Limit::Right) { p.facts { "The limit lies far right of all values." } }
        }
    }

    fn limit(&self) -> Option<u64> {
        match self.axis.as_ref()?.limit {
            Limit::In(column) => Some(LEFT + column as u64),
            Limit::Left | Limit::Right => None,
        }
    }

    fn strip(&self, point: &PointStatistics, of: &ObjectiveStatistics, place: usize, each: usize) -> Markup {
        let marks = point.runs.iter().take(each).filter_map(|run| {
            let outcome = run.outcomes[place];
            let breach = outcome.is_breach() == Some(true);
            self.x(outcome).map(|x| Mark { seed: run.seed, x, breach })
        });
        let x = |outcome: Option<Outcome>| outcome.and_then(|outcome| self.x(outcome));
        let p50 = at(of, 50);
        html! {
            @if self.has_endless { (strip::endless()) }
            @if let Some(p50) = p50 {
                (strip::interval(x(p50.better).unwrap_or(LEFT), x(p50.worse).unwrap_or(ENDLESS)))
            }
            (strip::marks(marks))
            @if let Some(limit) = self.limit() { (strip::across("limit", limit)) }
            @if let Some(at) = x(at(of, 95).map(|of| of.at)) { (strip::across("p95", at)) }
            @if let Some(at) = x(p50.map(|of| of.at)) { (strip::across("median", at)) }
        }
    }
}

fn at(of: &ObjectiveStatistics, percent: u32) -> Option<&Quantile> {
    of.quantiles.iter().find(|quantile| quantile.percent == percent)
}

/// The worst that was measured, or `nothing`.
fn worst(of: &ObjectiveStatistics, nothing: &str) -> String {
    of.worst.first().map_or_else(|| nothing.to_owned(), |run| of.say(run.outcome))
}

/// What a strip says, in words.
fn note(of: &ObjectiveStatistics) -> String {
    let median =
        at(of, 50).map_or_else(|| "nothing to judge by".to_owned(), |p50| format!("p50 {}", of.say(p50.at)));
    let mut note = format!("{median}, breached in {}", of.breaches.in_words());
    if of.beyond > 0 {
        note = format!("{note}, {} {}", words::count(of.beyond), of.head.beyond());
    }
    if of.unmeasured > 0 {
        note = format!("{note}, {} with nothing to judge by", words::count(of.unmeasured));
    }
    note
}

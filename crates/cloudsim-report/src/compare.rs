//! A comparison as a page: what differs in settings and in measures, how the differences spread over the seeds, and the two
//! runs of one seed over one axis of time.

use crate::axis::{Axis, HEIGHT, WIDTH};
use crate::lanes::{fault_lane, lane, legend, service_lane, stretch, zone_lane};
use crate::shell;
use crate::strip::{self, ENDLESS, LEFT, Mark, RIGHT};
use crate::{more, section, table};
use cloudsim_measures::{Outage, Phase, RunDocument, ServiceMeasures, words};
use cloudsim_sweep::{Change, Comparison, DiffDocument, ObjectiveDiff, ObjectiveHead, SettingDiff};
use cloudsim_units::SimDuration;
use maud::{Markup, html};

/// So many settings are shown; all are in the JSON document.
const SETTINGS_MAX: usize = 200;

/// So many pairs of outages are drawn.
const OUTAGES_MAX: usize = 24;

const SIDES: [&str; 2] = ["A", "B"];

const MEASURES: [&str; 10] = [
    "measure",
    "A, p50",
    "B, p50",
    "B − A",
    "its interval",
    "B is",
    "better in",
    "worse in",
    "the same in",
    "unknown in",
];

/// What a page of a comparison is made of.
#[derive(Clone, Copy)]
pub struct DiffPage<'a> {
    /// What differs over all seeds.
    pub diff: &'a DiffDocument,
    /// The runs of one seed, that of A first.
    pub runs: [&'a RunDocument; 2],
    /// The commands that make these two again.
    pub commands: [&'a str; 2],
}

impl DiffPage<'_> {
    /// The page as a text of HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        let diff = self.diff;
        let [a, b] = &diff.sides;
        let longest = self.runs[0].reached.max(self.runs[1].reached);
        let axis = Axis::new(longest);
        let body = html! {
            (self.header())
            (settings(&diff.settings))
            @if diff.measured > 0 { (self.measures()) }
            @if diff.measured > 1 { (self.strips()) }
            (self.lanes(&axis))
            (self.outages())
            p.facts {
                "Intervals of the median difference at 95 % by order statistics; better and worse by the sign test (p < 0.05), "
                "breaches by that of McNemar, each for itself."
            }
        };
        shell::page_of_many(&format!("{} → {}", a.scenario, b.scenario), &diff.version, &body)
    }

    fn header(&self) -> Markup {
        let diff = self.diff;
        let [a, b] = &diff.sides;
        html! {
            header {
                h1 { (a.scenario) @if a.scenario == b.scenario { ": A → B" } @else { " → " (b.scenario) } }
                @if diff.is_interrupted() {
                    p.verdict {
                        span.badge.open { "OPEN" } " interrupted: " (words::count(diff.measured)) " of "
                        (words::count(diff.until - diff.from)) " seeds measured"
                    }
                }
                p.verdict {
                    @if diff.measured == 0 { "Nothing was measured." }
                    @else if diff.differs { "What was measured differs." }
                    @else { "All that was measured is the same in every seed." }
                }
                p.facts { "seeds " (diff.from) ".." (diff.from + diff.measured) " of both" }
                @for (name, side) in SIDES.into_iter().zip([a, b]) {
                    p.facts {
                        strong { (name) } " " (side.scenario) ", " (words::span(side.reached)) " simulated"
                        @for given in &side.overrides { ", with " code { (given) } }
                    }
                }
            }
        }
    }

    fn measures(&self) -> Markup {
        let diff = self.diff;
        let mut rows = Vec::new();
        for of in &diff.objectives {
            let head = of.head();
            let name = format!("{} {}", head.subject, head.label);
            match &of.measured {
                Some((comparison, _)) => rows.push(measure(&name, comparison, head.kind, head.beyond())),
                None => rows.push(alone(&name, if of.heads[0].is_some() { "A" } else { "B" })),
            }
        }
        for service in diff.services.iter().filter(|of| !self.is_asked("Availability", &of.name)) {
            if let Some(comparison) = &service.availability {
                rows.push(measure(
                    &format!("{} availability", service.name),
                    comparison,
                    "Availability",
                    "-",
                ));
            }
        }
        if !self.is_asked("MonthlyCost", "bill") {
            rows.push(measure("bill per month", &diff.cost, "MonthlyCost", "-"));
        }
        let breached = || diff.objectives.iter().filter_map(|of| Some((of, &of.measured.as_ref()?.1)));
        let body = html! {
            (table(&MEASURES, rows.into_iter()))
            @if breached().any(|(_, of)| of.shares.iter().any(|share| share.runs > 0)) {
                h3 { "Limits that do not hold" }
                (table(
                    &["objective", "limit", "A", "B", "in A alone", "in B alone", "B is"],
                    breached().filter(|(_, of)| of.shares.iter().any(|share| share.runs > 0)).map(|(objective, of)| {
                        let head = objective.head();
                        let [sign, word] = of.verdict().in_words();
                        html! {
                            tr {
                                th scope="row" { (head.subject) " " (head.label) }
                                td.number { (limits(objective)) }
                                @for share in &of.shares { td.number { (share.in_words()) } }
                                @for runs in of.alone { td.number { (words::count(runs)) } }
                                td.(tone(sign)) { (sign) " " (word) }
                            }
                        }
                    }),
                ))
            }
        };
        section("measures", "What came of it", &body)
    }

    fn is_asked(&self, kind: &str, subject: &str) -> bool {
        self.diff.objectives.iter().any(|of| of.head().kind == kind && of.head().subject == subject)
    }

    /// What pairs differ by, one mark for each seed.
    fn strips(&self) -> Markup {
        let diff = self.diff;
        let objectives = || diff.objectives.iter().filter_map(|of| Some((of, &of.measured.as_ref()?.0)));
        let each = strip::marks_each(objectives().count() + 1);
        let body = html! {
            @for (objective, comparison) in objectives() {
                @let head = objective.head();
                (changes(&format!("{} {}", head.subject, head.label), head.kind, &diff.changes(objective), comparison, each))
            }
            @if !self.is_asked("MonthlyCost", "bill") {
                (changes("bill per month", "MonthlyCost", &diff.cost_changes(), &diff.cost, each))
            }
            @if usize::try_from(diff.measured).is_ok_and(|all| all > each) {
                p.facts { "The first " (words::count(each as u64)) " seeds are drawn; all figures are of all." }
            }
            (legend(&[
                ("runs", "the difference in a seed"),
                ("median", "median"),
                ("interval", "its interval"),
                ("limit", "no difference"),
                ("endless", "only B has no end"),
            ]))
        };
        section("pairs", "B − A, seed by seed", &body)
    }

    fn lanes(&self, axis: &Axis) -> Markup {
        let [a, b] = self.runs;
        let both = [a, b];
        let faults = names(both.map(|run| run.faults.iter().map(|fault| fault.name.as_str()).collect()));
        let zones = names(both.map(|run| run.lanes.zones.iter().map(|zone| zone.zone.as_str()).collect()));
        let services = names(both.map(RunDocument::drawn_services));
        let body = html! {
            p.facts { "The runs of seed " (a.seed) "." }
            @for (name, command) in SIDES.into_iter().zip(self.commands) {
                p.command { strong { (name) } " again: " code { (command) } }
            }
            div.lanes {
                (side("", "the time", &axis.ticks()))
                @for name in faults {
                    (pair(both.map(|run| {
                        let fault = run.faults.iter().find(|fault| fault.name == name)?;
                        Some(fault_lane(fault, run, axis))
                    })))
                }
                @for name in zones {
                    (pair(both.map(|run| {
                        let zone = run.lanes.zones.iter().find(|zone| zone.zone == name)?;
                        Some(zone_lane(zone, run, axis))
                    })))
                }
                @for name in services {
                    (pair(both.map(|run| {
                        let mut all = run.lanes.services.iter().zip(&run.services);
                        let (lane, service) = all.find(|(_, service)| service.name == name)?;
                        Some(service_lane(lane, service, run, axis))
                    })))
                }
            }
            (legend(&[
                ("fault", "fault"),
                ("outage", "users without service"),
                ("area", "of a zone: instances or nodes"),
                ("pods", "its pods that run"),
                ("line", "its share of the traffic; of a service: good requests"),
                ("limit", "what its budget allows"),
            ]))
        };
        section("lanes", "Both runs over one axis of time", &body)
    }

    /// Outages of a service in the order in which they come, the first of A beside the first of B.
    fn outages(&self) -> Markup {
        let [a, b] = self.runs;
        let all = [a, b].map(|run| run.services_and_workloads().collect::<Vec<&ServiceMeasures>>());
        let services = names([&all[0], &all[1]].map(|all| all.iter().map(|of| of.name.as_str()).collect()));
        let mut pairs: Vec<(&str, [Option<&Outage>; 2])> = Vec::new();
        for name in services {
            let of = [&all[0], &all[1]]
                .map(|all| all.iter().find(|of| of.name == name).map_or(&[][..], |of| &of.outages[..]));
            let most = of[0].len().max(of[1].len());
            pairs.extend((0..most).map(|place| (name, of.map(|outages| outages.get(place)))));
        }
        let body = html! {
            @if pairs.is_empty() { p { "Nobody was without service in either." } }
            @for (service, outages) in pairs.iter().take(OUTAGES_MAX) { (outage(service, *outages)) }
            (more(OUTAGES_MAX, pairs.len(), "pair"))
            @if !pairs.is_empty() { (legend(&[("a", "in A"), ("b", "in B")])) }
        };
        section("waterfall", "Where the time went in both", &body)
    }
}

fn settings(settings: &[SettingDiff]) -> Markup {
    let value = |of: &Option<String>| of.clone().unwrap_or_else(|| "not there".to_owned());
    let body = html! {
        @if settings.is_empty() { p { "No setting differs." } }
        @else {
            (table(&["setting", "A", "B"], settings.iter().take(SETTINGS_MAX).map(|of| html! {
                tr { th scope="row" { code { (of.path) } } td { (value(&of.before)) } td { (value(&of.after)) } }
            })))
            (more(SETTINGS_MAX, settings.len(), "setting"))
        }
    };
    section("settings", "What was changed", &body)
}

fn tone(sign: &str) -> &'static str {
    match sign {
        "▲" => "good",
        "▼" => "bad",
        _ => "even",
    }
}

fn measure(name: &str, of: &Comparison, kind: &str, beyond: &str) -> Markup {
    let signs = &of.signs;
    let [sign, word] = signs.verdict().in_words();
    html! {
        tr {
            th scope="row" { (name) }
            @for median in of.medians {
                td.number { (median.map_or_else(|| "-".to_owned(), |median| median.in_words(beyond))) }
            }
            td.number { strong { (of.median.map_or_else(|| "unknown".to_owned(), |by| by.in_words(kind))) } }
            td.number { (of.interval(kind)) }
            td.(tone(sign)) { (sign) " " (word) }
            @for seeds in [signs.better, signs.worse, signs.equal, signs.unknown] { td.number { (words::count(seeds)) } }
        }
    }
}

fn alone(name: &str, side: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td colspan="9" { "in " (side) " alone" } } }
}

/// The limit of both, or that of each.
fn limits(objective: &ObjectiveDiff) -> String {
    let mut limits: Vec<&str> =
        objective.heads.iter().flatten().map(|head: &ObjectiveHead| head.limit.as_str()).collect();
    limits.dedup();
    limits.join(" → ")
}

/// The differences of a measure, less on the left.
fn changes(name: &str, kind: &str, of: &[(u64, Option<Change>)], all: &Comparison, each: usize) -> Markup {
    let sizes = of.iter().filter_map(|(_, change)| match change {
        Some(Change::By(amount)) => Some(*amount),
        _ => None,
    });
    let (least, most) = sizes.fold((0, 0), |(least, most), by| (by.min(least), by.max(most)));
    if all.is_same() {
        return html! { h3 { (name) } p { "The same in every seed." } };
    }
    let x = |change: Change| match change {
        Change::Less => LEFT / 2,
        Change::More => ENDLESS,
        Change::By(amount) => {
            let room = i128::from(RIGHT - LEFT);
            let part = (amount - least) * room / (most - least).max(1);
            LEFT + u64::try_from(part.clamp(0, room)).expect("within the strip")
        }
    };
    let marks = of
        .iter()
        .take(each)
        .filter_map(|(seed, change)| Some(Mark { seed: *seed, x: x((*change)?), breach: false }));
    let mut labels = vec![(x(Change::By(0)), "0".to_owned())];
    labels.extend([least, most].map(|by| (x(Change::By(by)), Change::By(by).in_words(kind))));
    let signs = &all.signs;
    let median = all.median.map_or_else(|| "unknown".to_owned(), |by| by.in_words(kind));
    let mut note = format!("median {median}; better in {}, worse in {}", signs.better, signs.worse);
    if signs.unknown > 0 {
        note = format!("{note}, unknown in {}", signs.unknown);
    }
    html! {
        h3 { (name) }
        div.lanes.strips {
            (strip::labels(&labels))
            (lane("B − A", &note, &html! {
                @if all.censored[1] > 0 { (strip::endless()) }
                @if let Some((low, high)) = all.low.zip(all.high) { (strip::interval(x(low), x(high))) }
                (strip::marks(marks))
                (strip::across("limit", x(Change::By(0))))
                @if let Some(median) = all.median { (strip::across("median", x(median))) }
            }))
        }
    }
}

/// The names of both, those of A first, each once.
fn names(of: [Vec<&str>; 2]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in of.into_iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The lanes of both above one another.
fn pair(lanes: [Option<Markup>; 2]) -> Markup {
    html! {
        div.pair {
            @for (name, lanes) in SIDES.into_iter().zip(lanes) {
                @match lanes {
                    Some(lanes) => (side(name, name, &lanes)),
                    None => (side(name, name, &html! { p.facts { "not there" } })),
                }
            }
        }
    }
}

fn side(name: &str, label: &str, lanes: &Markup) -> Markup {
    html! { div.side role="group" aria-label=(label) { b { (name) } div { (lanes) } } }
}

/// Phases of both, matched by their names in their order.
fn outage(service: &str, outages: [Option<&Outage>; 2]) -> Markup {
    let longest = outages.iter().flatten().map(|outage| outage.told_until().since(outage.started).as_nanos());
    let axis = Axis::new(cloudsim_units::SimTime::from_nanos(longest.max().unwrap_or(1)));
    let [a, b] = outages.map(|outage| outage.map_or(&[][..], |outage| &outage.phases[..]));
    let told = |outage: Option<&Outage>| match outage {
        None => "no outage".to_owned(),
        Some(outage) => outage
            .rto()
            .map_or_else(|| "not restored".to_owned(), |rto| format!("back after {}", words::span(rto))),
    };
    let by = outages[0].and_then(Outage::rto).zip(outages[1].and_then(Outage::rto));
    let columns = ["phase", "A above, B below", "A", "B", "B − A", "setting"];
    html! {
        article {
            h3 {
                (service) ": A " (told(outages[0])) ", B " (told(outages[1]))
                @if let Some((a, b)) = by { " (" (difference(a, b)) ")" }
            }
            (table(&columns, matched(a, b).into_iter().map(|phases| row(phases, outages, &axis))))
        }
    }
}

/// Each phase of A with its like in B; those of B alone stand after the one that they follow.
fn matched<'a>(a: &'a [Phase], b: &'a [Phase]) -> Vec<[Option<&'a Phase>; 2]> {
    let mut left: Vec<&Phase> = b.iter().collect();
    let mut pairs = Vec::new();
    for phase in a {
        if let Some(place) = left.iter().position(|other| other.name == phase.name) {
            let before: Vec<&Phase> = left.drain(..place).collect();
            let in_a = |other: &&Phase| a.iter().any(|phase| phase.name == other.name);
            let (later, alone): (Vec<&Phase>, Vec<&Phase>) = before.into_iter().partition(in_a);
            pairs.extend(alone.into_iter().map(|other| [None, Some(other)]));
            pairs.push([Some(phase), Some(left.remove(0))]);
            left.splice(0..0, later);
        } else {
            pairs.push([Some(phase), None]);
        }
    }
    pairs.extend(left.into_iter().map(|other| [None, Some(other)]));
    pairs
}

fn row(phases: [Option<&Phase>; 2], outages: [Option<&Outage>; 2], axis: &Axis) -> Markup {
    let of = phases.iter().flatten().next().expect("one of them has it");
    let spans = phases.map(|phase| phase.map_or(SimDuration::ZERO, Phase::span));
    let bar = |side: usize| {
        let (phase, outage) = (phases[side]?, outages[side]?);
        let place = |at: cloudsim_units::SimTime| {
            cloudsim_units::SimTime::from_nanos(at.since(outage.started).as_nanos())
        };
        Some(stretch(axis, place(phase.from), place(phase.to), ["a", "b"][side]))
    };
    html! {
        tr {
            th scope="row" { (of.name) }
            td.bar {
                @for side in [0, 1] {
                    svg.half viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                        @if let Some(bar) = bar(side) { (bar) }
                    }
                }
            }
            @for phase in phases { td.number { (phase.map_or_else(|| "-".to_owned(), |of| words::span(of.span()))) } }
            td.number { strong { (difference(spans[0], spans[1])) } }
            td { @if let Some(setting) = &of.setting { code { (setting) } (values(phases)) } }
        }
    }
}

/// What the setting of a phase is in both, where it differs.
fn values(phases: [Option<&Phase>; 2]) -> String {
    let [a, b] = phases.map(|phase| phase.and_then(|phase| phase.value.as_deref()));
    match (a, b) {
        (Some(a), Some(b)) if a != b => format!(" {a} → {b}"),
        (Some(one), _) | (None, Some(one)) => format!(" {one}"),
        (None, None) => String::new(),
    }
}

/// By how much longer it took in B.
fn difference(a: SimDuration, b: SimDuration) -> String {
    Change::By(i128::from(b.as_nanos()) - i128::from(a.as_nanos())).in_words("Rto")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_units::SimTime;

    fn phases(names: &[&str]) -> Vec<Phase> {
        let phase = |name: &&str| Phase {
            name: (*name).to_owned(),
            from: SimTime::ZERO,
            to: SimTime::from_secs(1),
            setting: None,
            value: None,
            default: None,
            candidates: Vec::new(),
            deciders: Vec::new(),
            ended_by: None,
            lever: None,
        };
        names.iter().map(phase).collect()
    }

    fn told(a: &[&str], b: &[&str]) -> Vec<String> {
        let (a, b) = (phases(a), phases(b));
        let name = |phase: Option<&Phase>| phase.map_or("-".to_owned(), |phase| phase.name.clone());
        matched(&a, &b).into_iter().map(|pair| pair.map(name).join(" ")).collect()
    }

    #[test]
    fn phases_are_paired_by_name_and_what_one_lacks_stands_where_it_came() {
        assert_eq!(
            told(&["detect", "launch", "join"], &["detect", "wait", "join"]),
            ["detect detect", "launch -", "- wait", "join join"]
        );
        assert_eq!(told(&["a", "b"], &["b", "a"]), ["a a", "b b"]);
        assert_eq!(told(&["a", "a"], &["a"]), ["a a", "a -"]);
        assert_eq!(told(&[], &["a"]), ["- a"]);
    }
}

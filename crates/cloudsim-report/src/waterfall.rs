//! Where the time of each outage went: its phases one below the other, with the setting that each belongs to.

use crate::axis::{HEIGHT, WIDTH};
use crate::bracket::{bracket, recovery_point};
use crate::cursor::values;
use crate::{more, section};
use cloudsim_measures::{
    DatabaseMeasures, FailoverMeasures, Outage, Phase, RunDocument, ServiceMeasures, longest_first, phases,
    words,
};
use cloudsim_units::SimTime;
use maud::{Markup, html};

/// So many outages are drawn, those first that lasted the longest.
const OUTAGES_MAX: usize = 12;

/// A phase is drawn so wide at least, in units of the width.
const WIDTH_MIN: u64 = 20;

pub(crate) fn view(run: &RunDocument, command: &str, levers: bool) -> Markup {
    let services = longest_first(&run.services);
    let workloads = longest_first(&run.kubernetes.workloads);
    let body = html! {
        @if services.is_empty() && workloads.is_empty() { p { "Nobody was without service." } }
        @if let Some(lever) = run.biggest_lever() {
            p.lever {
                strong { "Biggest lever: " }
                code { (lever.setting) " " (lever.value) " → " (lever.other) }
                ", with which " (lever.service) " is back after " strong { (words::span(lever.rto)) } "."
            }
        } @else if let Some((service, outage)) = services.first().or(workloads.first()) {
            (longest(service, outage, command, levers))
        }
        @if !services.is_empty() { h3 { "Until services were back" } }
        @for (service, outage) in services.iter().take(OUTAGES_MAX) { (outage_of(service, outage, run)) }
        (more(OUTAGES_MAX, services.len(), "outage"))
        @if !workloads.is_empty() {
            h3 { "Until all pods were there again" }
            @for (workload, outage) in workloads.iter().take(OUTAGES_MAX) { (outage_of(workload, outage, run)) }
            (more(OUTAGES_MAX, workloads.len(), "outage"))
        }
    };
    section("waterfall", "Where the time went", &body)
}

/// Where to begin, if it was not measured: the longest phase of the longest outage that a setting owns.
fn longest(service: &ServiceMeasures, outage: &Outage, command: &str, levers: bool) -> Markup {
    let whole = outage.told_until().since(outage.started);
    let longest = outage.phases.iter().rev().max_by_key(|phase| phase.span());
    html! {
        p.lever {
            @if let Some((phase, setting)) = outage.longest_owned().and_then(|of| Some((of, of.setting.as_ref()?))) {
                strong { "The longest phase with a setting: " }
                code { (setting) } " owns " (phase.name) ", " (words::span(phase.span())) " of the "
                (words::span(whole)) " that " (service.name) " was away. "
                @if let Some(longer) = longest.filter(|longest| longest.span() > phase.span()) {
                    "Longer still is " (longer.name) ", " (words::span(longer.span())) ", which none owns. "
                }
            } @else {
                "No phase of the " (words::span(whole)) " that " (service.name) " was away has a setting. "
            }
            @if levers {
                "No other documented value of any setting brings a service back sooner."
            } @else {
                "How much sooner another value brings it back is not measured here: "
                code { (command) " --levers" }
                " runs the scenario again with each documented value of each such setting."
            }
        }
    }
}

fn outage_of(service: &ServiceMeasures, outage: &Outage, run: &RunDocument) -> Markup {
    let scale = Scale::of(outage, run);
    html! {
        article data-label={ "why " (service.name) } data-values=(chain(outage)) {
            h4 {
                (service.name) ": "
                @match outage.rto() {
                    Some(rto) => { "back after " (words::span(rto)) }
                    None => { "not restored at " (words::instant(run.reached)) }
                }
            }
            p.facts {
                @if let Some(fault) = &outage.fault { "after fault " (fault) ", " }
                "from " (words::instant(outage.started))
                @if let Some(restored) = outage.restored { " to " (words::instant(restored)) }
            }
            ol.phases {
                @for (database, failover) in recoveries(outage, run) { (point(database, failover, &scale)) }
                (time(outage, &scale))
                @for phase in &outage.phases { (phase_of(phase, &scale)) }
            }
        }
    }
}

/// The time that the bars and brackets of an outage stand in: from its start, or from the recovery point of a database that
/// lost something in it, to its end.
struct Scale {
    from: SimTime,
    whole: u64,
}

impl Scale {
    fn of(outage: &Outage, run: &RunDocument) -> Self {
        let points = recoveries(outage, run).map(|(_, failover)| recovery_point(failover));
        let from = points.chain([outage.started]).min().unwrap_or(outage.started);
        Self { from, whole: outage.told_until().since(from).as_nanos().max(1) }
    }

    fn x(&self, at: SimTime) -> u64 {
        let nanos = u128::from(at.since(self.from).as_nanos().min(self.whole));
        u64::try_from(nanos * u128::from(WIDTH) / u128::from(self.whole)).expect("at most the width")
    }
}

/// What was done about databases that an outage waited for.
fn recoveries<'a>(
    outage: &'a Outage,
    run: &'a RunDocument,
) -> impl Iterator<Item = (&'a DatabaseMeasures, &'a FailoverMeasures)> {
    let waited_for = |database: &DatabaseMeasures| {
        let mut ends = outage.phases.iter().filter_map(|phase| phase.ended_by.as_ref());
        ends.any(|by| by.kind.starts_with("Failover") && by.subject == database.name)
    };
    let times = outage.started..=outage.told_until();
    run.databases_and_tables().filter(move |database| waited_for(database)).flat_map(move |database| {
        let times = times.clone();
        let own = database.failovers.iter();
        own.filter(move |of| times.contains(&of.started)).map(move |failover| (database, failover))
    })
}

/// The recovery time as a bracket above the phases that it consists of.
fn time(outage: &Outage, scale: &Scale) -> Markup {
    let (from, to) = (scale.x(outage.started), scale.x(outage.told_until()));
    let (span, what) = match outage.rto() {
        Some(rto) => (words::span(rto), "until enough requests, or pods, were good again"),
        None => ("none".to_owned(), "not over at the end of the run"),
    };
    bracket_row("RTO", &bracket(from, to, "outage", outage.rto().is_some()), &span, what)
}

/// The recovery point of a database as a bracket that ends where writes stopped.
fn point(database: &DatabaseMeasures, failover: &FailoverMeasures, scale: &Scale) -> Markup {
    let (from, to) = (scale.x(recovery_point(failover)), scale.x(failover.started));
    let drawing = html! { @if !failover.rpo.is_zero() { (bracket(from, to, "lost", true)) } };
    let what = format!("{} acknowledged commits of {} lost", failover.lost(), database.name);
    bracket_row("RPO", &drawing, &words::span(failover.rpo), &what)
}

fn bracket_row(label: &str, drawing: &Markup, span: &str, what: &str) -> Markup {
    html! {
        li.row {
            span.label { (label) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" { (drawing) }
            span.span { (span) }
            span.owner { (what) }
        }
    }
}

/// What each phase waits for, for the cursor.
fn chain(outage: &Outage) -> String {
    let told = outage.phases.iter().map(|phase| {
        let setting = phase.setting.as_ref().map_or_else(String::new, |setting| format!(" ({setting})"));
        let until = phase.ended_by.as_ref().map_or_else(
            || "the end".to_owned(),
            |by| format!("{} {}, record {}", by.subject, by.what, by.record),
        );
        (phase.from, format!("{}{setting}, until {until}", phase.name))
    });
    values(told.chain([(outage.told_until(), String::new())]))
}

/// A bar and the setting that owns it; once it is opened, the rule by which it takes time, and the record that ended it.
fn phase_of(phase: &Phase, scale: &Scale) -> Markup {
    let from = scale.x(phase.from).min(WIDTH - WIDTH_MIN);
    let width = scale.x(phase.to).saturating_sub(from).max(WIDTH_MIN);
    html! {
        li {
            details {
                summary {
                    span.label { (phase.name) }
                    svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                        rect.phase x=(from) y="10" width=(width) height=(HEIGHT - 20) {}
                    }
                    span.span { (words::span(phase.span())) }
                    span.owner { (owner(phase)) }
                }
                p { (phases::rule(&phase.name)) }
                @if let Some(by) = &phase.ended_by {
                    p {
                        "It ended at " (words::instant(by.at)) " with record " (by.record) " (" (by.kind) "): "
                        (by.subject) " " (by.what)
                        @if !by.detail.is_empty() { ", " (by.detail) }
                        "."
                    }
                } @else {
                    p { "No record ended it: it was the last, or the run was over." }
                }
            }
        }
    }
}

/// The setting that a phase belongs to, or what else decides it: what that is set to, and what else it would be.
fn owner(phase: &Phase) -> Markup {
    html! {
        @if let Some(setting) = &phase.setting {
            code { (setting) }
            @match (&phase.value, &phase.default) {
                (Some(value), Some(default)) if value == default => { " " (value) " (default)" }
                (Some(value), Some(default)) => { " " (value) " (default " (default) ")" }
                _ => {}
            }
        }
        @for (place, decider) in phase.deciders.iter().enumerate() {
            @if place > 0 { ", " }
            code { (decider.name) } " " (decider.told())
        }
    }
}

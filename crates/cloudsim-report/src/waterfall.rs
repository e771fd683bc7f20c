//! Where the time of each outage went: its phases one below the other, with the setting that each belongs to.

use crate::axis::{HEIGHT, WIDTH};
use crate::cursor::values;
use crate::{more, section};
use cloudsim_measures::{Outage, Phase, RunDocument, ServiceMeasures, longest_first, phases, words};
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
    let whole = outage.told_until().since(outage.started).as_nanos().max(1);
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
                @for phase in &outage.phases { (phase_of(phase, outage, whole)) }
            }
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
fn phase_of(phase: &Phase, outage: &Outage, whole: u64) -> Markup {
    let x = |nanos: u64| {
        u64::try_from(u128::from(nanos) * u128::from(WIDTH) / u128::from(whole)).expect("at most the width")
    };
    let from = x(phase.from.since(outage.started).as_nanos()).min(WIDTH - WIDTH_MIN);
    let width = x(phase.span().as_nanos()).max(WIDTH_MIN);
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

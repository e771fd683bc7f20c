//! Faults, what was done, zones and services over one axis of time: the run at a glance.

use crate::axis::{Axis, HEIGHT, WIDTH};
use crate::cursor::values;
use crate::section;
use cloudsim_measures::{
    FaultMeasures, Outage, RunDocument, ServiceLane, ServiceMeasures, ServiceWindow, ZoneLane, recovery_word,
    words,
};
use cloudsim_units::{Ratio, SimTime};
use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;

/// A stretch of time is drawn so wide at least, in units of the width.
const WIDTH_MIN: u64 = 12;

pub(crate) fn view(run: &RunDocument, axis: &Axis) -> Markup {
    let body = html! {
        div.lanes {
            (axis.ticks())
            @for fault in &run.faults { (fault_lane(fault, run, axis)) }
            @for mark in &run.lanes.interventions {
                @let what = words::apart(mark.action.word());
                @let note = match mark.refusal {
                    Some(refusal) => format!("✗ {}", words::apart(refusal.word())),
                    None => mark.target.clone(),
                };
                (lane(&what, &note, &html! { (at(axis, mark.at)) }))
            }
            @for database in run.databases_and_tables() {
                @for failover in &database.failovers {
                    @let what = format!("{} {}", database.name, recovery_word(failover.kind));
                    @let until = failover.finished.unwrap_or(run.reached);
                    (lane(&what, &format!("to {}", failover.to), &html! {
                        (stretch(axis, failover.started, until, "away"))
                    }))
                }
            }
            @for zone in &run.lanes.zones { (zone_lane(zone, run, axis)) }
            @let drawn = run.drawn_services();
            @for (lane, service) in run.lanes.services.iter().zip(&run.services) {
                @if drawn.contains(&service.name.as_str()) { (service_lane(lane, service, run, axis)) }
            }
        }
        (legend(&[
            ("fault", "fault"),
            ("recovery", "from its end until users had all back"),
            ("outage", "users without service"),
            ("away", "no writes"),
            ("area", "of a zone: instances or nodes"),
            ("pods", "its pods that run"),
            ("line", "its share of the traffic; of a service: good requests"),
            ("limit", "what its budget allows"),
        ]))
    };
    section("lanes", "The run at a glance", &body)
}

/// What the looks of a drawing mean.
pub(crate) fn legend(keys: &[(&str, &str)]) -> Markup {
    html! {
        p.legend {
            @for (look, meaning) in keys { span { span.key.(look) {} " " (meaning) } " " }
        }
    }
}

/// A row: what it is about, what is drawn, and the same in words.
pub(crate) fn lane(label: &str, note: &str, drawing: &Markup) -> Markup {
    told_lane(label, note, None, drawing)
}

/// The same with what the cursor says of it.
fn told_lane(label: &str, note: &str, values: Option<&str>, drawing: &Markup) -> Markup {
    html! {
        div.lane role="group" aria-label={ (label) ": " (note) } data-values=[values] {
            span.label title=(label) { (label) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                (drawing)
            }
            span.note { (note) }
        }
    }
}

/// What lasts from one instant to another.
pub(crate) fn stretch(axis: &Axis, from: SimTime, to: SimTime, class: &str) -> Markup {
    let x = axis.x(from);
    let width = axis.x(to).saturating_sub(x).max(WIDTH_MIN);
    html! { rect.(class) x=(x) y="0" width=(width) height=(HEIGHT) {} }
}

fn at(axis: &Axis, at: SimTime) -> Markup {
    let x = axis.x(at);
    html! { path.mark d={ "M" (x) " 0V" (HEIGHT) } {} }
}

/// When users had all back that a fault took, if that was after its end.
fn restored(fault: &FaultMeasures, run: &RunDocument) -> Option<SimTime> {
    let outages = run.services.iter().flat_map(|service| &service.outages);
    let of_it = outages.filter(|outage| outage.fault.as_ref() == Some(&fault.name));
    let last = of_it.map(|outage| outage.restored.unwrap_or(run.reached)).max()?;
    fault.ended.is_some_and(|ended| ended < last).then_some(last)
}

fn fault_and_recovery(fault: &FaultMeasures, run: &RunDocument, axis: &Axis) -> Markup {
    let until = fault.ended.unwrap_or(run.reached);
    html! {
        (stretch(axis, fault.started, until, "fault"))
        @if let Some(restored) = restored(fault, run) { (stretch(axis, until, restored, "recovery")) }
    }
}

pub(crate) fn fault_lane(fault: &FaultMeasures, run: &RunDocument, axis: &Axis) -> Markup {
    let note = format!(
        "{} {}, {} to {}",
        words::apart(&fault.kind),
        fault.target,
        words::instant(fault.started),
        fault.ended.map_or_else(|| "the end".to_owned(), words::instant)
    );
    let ended = fault.ended.map(|ended| (ended, String::new()));
    let told = values([(fault.started, "at work".to_owned())].into_iter().chain(ended));
    told_lane(&fault.name, &note, Some(&told), &fault_and_recovery(fault, run, axis))
}

/// How many hosts there are, behind them faults of the zone, before them the zone's share of the traffic; below it the pods.
pub(crate) fn zone_lane(zone: &ZoneLane, run: &RunDocument, axis: &Axis) -> Markup {
    let label = format!("zone {}", zone.zone);
    let hosts = html! {
        (faults_of(&zone.zone, run, axis))
        path.area d=(PreEscaped(area(zone.hosts(), axis))) {}
        @if let Some(line) = traffic(zone, run, axis) { path.line d=(PreEscaped(line)) {} }
    };
    let pods = zone.pods.iter().map(|(_, pods)| *pods);
    let (least, most) = (pods.clone().min().unwrap_or(0), pods.max().unwrap_or(0));
    html! {
        (told_lane(&label, &words::zone_hosts(zone), Some(&counts(zone.hosts(), "host")), &hosts))
        @if most > 0 {
            @let note = format!("{} at first, {least} to {most}", zone.pods[0].1);
            (told_lane(&format!("pods in {}", zone.zone), &note, Some(&counts(&zone.pods, "pod")), &html! {
                (faults_of(&zone.zone, run, axis))
                path.pods d=(PreEscaped(area(&zone.pods, axis))) {}
            }))
        }
    }
}

/// How many there are from when on.
fn counts(steps: &[(SimTime, u32)], noun: &str) -> String {
    values(steps.iter().map(|(at, count)| (*at, words::many(*count, noun))))
}

/// What is below steps of which the highest has the whole height.
fn area(steps: &[(SimTime, u32)], axis: &Axis) -> String {
    let most = steps.iter().map(|(_, count)| u64::from(*count)).max().unwrap_or(0).max(1);
    let mut area = format!("M0 {HEIGHT}");
    for (at, count) in steps {
        let _ = write!(area, "H{}V{}", axis.x(*at), HEIGHT - u64::from(*count) * HEIGHT / most);
    }
    let _ = write!(area, "H{WIDTH}V{HEIGHT}Z");
    area
}

/// The zone's share of all requests that came in, column by column.
fn traffic(zone: &ZoneLane, run: &RunDocument, axis: &Axis) -> Option<String> {
    let mut line = Line::default();
    for (from, to) in axis.columns() {
        match run.lanes.traffic(zone, from, to) {
            Some((part, whole)) => line.to(axis.x(from), axis.x(to), HEIGHT - part * HEIGHT / whole),
            None => line.breaks(),
        }
    }
    line.path()
}

fn faults_of(zone: &str, run: &RunDocument, axis: &Axis) -> Markup {
    html! {
        @for fault in run.faults.iter().filter(|fault| fault.target == zone) {
            (fault_and_recovery(fault, run, axis))
        }
    }
}

/// The share of good requests, or of pods that serve, before what its outages took.
pub(crate) fn service_lane(
    lane_of: &ServiceLane,
    service: &ServiceMeasures,
    run: &RunDocument,
    axis: &Axis,
) -> Markup {
    let mut line = Line::default();
    for (from, to) in axis.columns() {
        match lane_of.worst(from, to) {
            Some(worst) => {
                let good = u128::from(worst.good) * u128::from(HEIGHT) / u128::from(worst.valid);
                line.to(
                    axis.x(from),
                    axis.x(to),
                    HEIGHT - u64::try_from(good).expect("a share of the height"),
                );
            }
            None => line.breaks(),
        }
    }
    let note = words::availability(service);
    let until = |outage: &Outage| outage.restored.unwrap_or(run.reached);
    let limit = limit(service.budget);
    let drawing = html! {
        @for outage in &service.outages { (stretch(axis, outage.started, until(outage), "outage")) }
        @if !lane_of.counts_pods { path.limit d={ "M0 " (limit) "H" (WIDTH) } {} }
        @if let Some(line) = line.path() { path.line d=(PreEscaped(line)) {} }
    };
    let share = |worst: &ServiceWindow| words::percent(worst.good, worst.valid);
    let told = axis.columns().map(|(from, to)| {
        let noun = if lane_of.counts_pods { "of its pods" } else { "good" };
        (from, lane_of.worst(from, to).map_or_else(String::new, |worst| format!("{} {noun}", share(worst))))
    });
    told_lane(&lane_of.service, &note, Some(&values(told)), &drawing)
}

/// How high the share stands that a budget leaves.
fn limit(budget: Ratio) -> u64 {
    const WHOLE: u64 = 1_000_000_000;
    budget.as_billionths().min(WHOLE) * HEIGHT / WHOLE
}

/// A line of steps with gaps.
#[derive(Default)]
struct Line {
    path: String,
    is_drawn: bool,
    last: Option<u64>,
}

impl Line {
    fn to(&mut self, from: u64, to: u64, y: u64) {
        if !self.is_drawn {
            let _ = write!(self.path, "M{from} {y}");
        } else if self.last != Some(y) {
            let _ = write!(self.path, "H{from}V{y}");
        }
        let _ = write!(self.path, "H{to}");
        self.is_drawn = true;
        self.last = Some(y);
    }

    fn breaks(&mut self) {
        self.is_drawn = false;
    }

    fn path(self) -> Option<String> {
        (!self.path.is_empty()).then_some(self.path)
    }
}

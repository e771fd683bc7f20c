//! What users saw: how many requests, how fast, and what went wrong by cause.

use crate::axis::{Axis, WIDTH};
use crate::{section, table};
use cloudsim_measures::heat::{ROWS, row_end};
use cloudsim_measures::{ErrorGroup, RunDocument, ServiceLane, ServiceMeasures, words};
use maud::{Markup, PreEscaped, html};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) fn view(run: &RunDocument, axis: &Axis) -> Markup {
    let asked: Vec<&ServiceMeasures> = run.services.iter().filter(|service| service.requests > 0).collect();
    if asked.is_empty() {
        return Markup::default();
    }
    let columns = ["service", "requests", "good", "p50", "p95", "p99", "slowest"];
    let body = html! {
        (table(&columns, asked.iter().map(|service| html! {
            tr {
                th scope="row" { (service.name) }
                td.number { (words::count(service.requests)) }
                td.number { (words::percent(service.good, service.requests)) }
                @match service.latency {
                    Some(latency) => {
                        @for time in [latency.p50, latency.p95, latency.p99, latency.max] {
                            td.number { (words::span(time)) }
                        }
                    }
                    None => { td colspan="4" { "no good answer" } }
                }
            }
        })))
        @for lane in run.lanes.services.iter().filter(|lane| !lane.heat.is_empty()) { (heat_map(lane, axis)) }
        @let failed = asked.iter().flat_map(|service| service.errors.iter().map(move |of| (*service, of)));
        @if failed.clone().next().is_some() {
            h3 { "What went wrong" }
            (table(&["service", "requests", "answer", "cause", "zone"], failed.map(error)))
        }
    };
    section("services", "What users saw", &body)
}

/// How long answers took over time, the slow ones above, and above all those what failed. The darker, the more, on a scale
/// of powers of four.
fn heat_map(lane: &ServiceLane, axis: &Axis) -> Markup {
    let used = |row: &usize| lane.heat.iter().any(|column| column.good[*row] > 0);
    let lowest = (0..ROWS).find(used).unwrap_or(0);
    let highest = (0..ROWS).rfind(used).unwrap_or(0);
    let rows = highest - lowest + 2;
    let (mut cells, mut failed) = (BTreeMap::new(), BTreeMap::new());
    for column in &lane.heat {
        let (x, width) = (axis.x(column.from), axis.x(column.to) - axis.x(column.from));
        cell(&mut failed, column.failed, (x, 0, width));
        for row in lowest..=highest {
            cell(&mut cells, column.good[row], (x, highest + 1 - row, width));
        }
    }
    html! {
        h3 { (lane.service) ": how long answers took" }
        div.heat {
            div.scale aria-hidden="true" {
                span { "failed" }
                @for row in (lowest..=highest).rev() {
                    span {
                        @match row_end(row) {
                            Some(end) => { "< " (words::span(end)) }
                            None => { "longer" }
                        }
                    }
                }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (rows) } preserveAspectRatio="none" style={ "height:" (rows) "rem" }
                role="img" aria-label={ "heat map of " (lane.service) ", summed up in the table above" }
            {
                @for (opacity, path) in &cells { path.heat d=(PreEscaped(path)) fill-opacity=(opacity) {} }
                @for (opacity, path) in &failed { path.failed d=(PreEscaped(path)) fill-opacity=(opacity) {} }
            }
        }
        div.heat.axis { (axis.ticks()) }
    }
}

/// Adds a cell to the path of all that are as dark.
fn cell(paths: &mut BTreeMap<&str, String>, count: u32, (x, y, width): (u64, usize, u64)) {
    let opacity = match count {
        0 => return,
        1..4 => ".2",
        4..16 => ".35",
        16..64 => ".5",
        64..256 => ".65",
        256..1024 => ".8",
        _ => "1",
    };
    let _ = write!(paths.entry(opacity).or_default(), "M{x} {y}h{width}v1h-{width}z");
}

fn error((service, of): (&ServiceMeasures, &ErrorGroup)) -> Markup {
    html! {
        tr {
            th scope="row" { (service.name) }
            td.number { (words::count(of.count)) }
            td { (of.code) }
            td { (words::apart(of.cause.word())) }
            td { (of.zone.as_deref().unwrap_or("")) }
        }
    }
}

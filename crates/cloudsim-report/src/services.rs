//! What users saw: how many requests, how fast, and what went wrong by cause.

use crate::{section, table};
use cloudsim_measures::{ErrorGroup, RunDocument, ServiceMeasures, words};
use maud::{Markup, html};

pub(crate) fn view(run: &RunDocument) -> Markup {
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
        @let failed = asked.iter().flat_map(|service| service.errors.iter().map(move |of| (*service, of)));
        @if failed.clone().next().is_some() {
            h3 { "What went wrong" }
            (table(&["service", "requests", "answer", "cause", "zone"], failed.map(error)))
        }
    };
    section("services", "What users saw", &body)
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

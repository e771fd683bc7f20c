//! Recovery times and recovery points, as brackets over the axis of the run.

use crate::axis::Axis;
use crate::bracket::{bracket, recovery_point};
use crate::lanes::{lane, legend};
use crate::{more, section, table};
use cloudsim_measures::{DatabaseMeasures, FailoverMeasures, RunDocument, recovery_word, words};
use cloudsim_units::SimTime;
use maud::{Markup, html};

/// So many outages have a bracket.
const OUTAGES_MAX: usize = 40;

pub(crate) fn view(run: &RunDocument, axis: &Axis) -> Markup {
    let outages: Vec<_> = run
        .services_and_workloads()
        .flat_map(|service| service.outages.iter().map(move |outage| (service, outage)))
        .collect();
    let has_data = run.databases_and_tables().next().is_some();
    let body = html! {
        div.lanes {
            (axis.ticks())
            @for (service, outage) in outages.iter().take(OUTAGES_MAX) {
                @let note = match outage.rto() {
                    Some(rto) => format!("RTO {} from {}", words::span(rto), words::instant(outage.started)),
                    None => format!("not restored since {}", words::instant(outage.started)),
                };
                @let until = outage.restored.unwrap_or(run.reached);
                @let drawing = bracket(axis.x(outage.started), axis.x(until), "outage", outage.restored.is_some());
                (lane(&service.name, &note, &drawing))
            }
            @for database in run.databases_and_tables() {
                @for failover in &database.failovers { (points(database, failover, run.reached, axis)) }
            }
        }
        (more(OUTAGES_MAX, outages.len(), "outage"))
        (legend(&[("outage", "users without service"), ("away", "no writes"), ("lost", "acknowledged, and lost")]))
        @if has_data { (commits(run)) }
    };
    section("recovery", "How long, and what is lost", &body)
}

/// From the last write that survived to the first that was taken again.
fn points(database: &DatabaseMeasures, failover: &FailoverMeasures, reached: SimTime, axis: &Axis) -> Markup {
    let label = format!("{} {}", database.name, recovery_word(failover.kind));
    let back = failover
        .rto()
        .map_or_else(|| "no writes since".to_owned(), |rto| format!("writes after {}", words::span(rto)));
    let note = format!("RPO {}, {} commits lost; {back}", words::span(failover.rpo), failover.lost());
    let (kept, begun) = (axis.x(recovery_point(failover)), axis.x(failover.started));
    let end = axis.x(failover.finished.unwrap_or(reached));
    lane(
        &label,
        &note,
        &html! {
            (bracket(begun, end, "away", failover.finished.is_some()))
            @if !failover.rpo.is_zero() { (bracket(kept, begun, "lost", true)) }
        },
    )
}

fn commits(run: &RunDocument) -> Markup {
    let columns =
        ["database", "acknowledged and kept", "acknowledged and lost", "never acknowledged", "written again"];
    table(
        &columns,
        run.databases_and_tables().map(|database| {
            let commits = &database.commits;
            html! {
                tr {
                    th scope="row" { (database.name) }
                    td.number { (words::count(commits.acked_kept)) }
                    td.number { (words::count(commits.acked_lost)) }
                    td.number { (words::count(commits.unacked_kept + commits.unacked_gone)) }
                    td.number { (words::count(database.reconciled)) }
                }
            }
        }),
    )
}

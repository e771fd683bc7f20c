//! What a shorter recovery costs: the points of a grid by their bills and their recovery times, and which of them no other
//! point beats in both.

use crate::axis::{WIDTH, percent};
use crate::lanes::legend;
use crate::{section, table};
use cloudsim_measures::{Quantity, words};
use cloudsim_sweep::{ObjectiveStatistics, Outcome, PointStatistics, Quantile, SweepDocument};
use maud::{Markup, html};

/// So many objectives have a drawing.
const OBJECTIVES_MAX: usize = 6;

/// A point of the grid.
struct Place<'a> {
    /// Counted from 0.
    number: usize,
    point: &'a PointStatistics,
    of: &'a ObjectiveStatistics,
    /// The median of the bills, in thousand-millionths of a dollar.
    cost: i64,
    /// What half of the runs are no worse than.
    p50: Quantile,
}

impl Place<'_> {
    /// Whether another one is no worse in both and better in one.
    fn is_beaten_by(&self, other: &Place<'_>) -> bool {
        let slower = self.p50.at.compare(&other.p50.at);
        other.cost <= self.cost && slower.is_ge() && (other.cost < self.cost || slower.is_gt())
    }
}

pub(crate) fn view(sweep: &SweepDocument) -> Markup {
    let heads = sweep.points.first().map_or(&[][..], |point| &point.objectives[..]).iter().enumerate();
    let about: Vec<usize> = heads.filter(|(_, of)| of.head.kind == "Rto").map(|(place, _)| place).collect();
    if about.is_empty() {
        return Markup::default();
    }
    let body = html! {
        @for objective in about.iter().take(OBJECTIVES_MAX) { (drawing(sweep, *objective)) }
        (crate::more(OBJECTIVES_MAX, about.len(), "objective"))
        (legend(&[("runs", "a point by its number"), ("frontier", "points that none beats in both")]))
    };
    section("frontier", "What a shorter recovery costs", &body)
}

fn drawing(sweep: &SweepDocument, objective: usize) -> Markup {
    let places: Vec<Place<'_>> = (sweep.points.iter().enumerate())
        .filter_map(|(number, point)| {
            let of = point.objectives.get(objective)?;
            let p50 = *of.quantiles.iter().find(|quantile| quantile.percent == 50)?;
            Some(Place { number, point, of, cost: median_cost(point)?, p50 })
        })
        .collect();
    let Some(first) = places.first() else { return Markup::default() };
    let head = &first.of.head;
    let is_best = |place: &Place<'_>| !places.iter().any(|other| place.is_beaten_by(other));
    html! {
        h3 { (head.subject) " " (head.label) " and the bill of a month" }
        (scatter(&places, &is_best))
        (table(
            &["point", "a month, median", "p50", "its interval", "breached in", "beaten in both"],
            places.iter().map(|place| html! {
                tr {
                    th scope="row" { (place.number + 1) ": " (place.point.values.join(" · ")) }
                    td.number { (dollars(place.cost)) }
                    td.number { (place.of.say(place.p50.at)) }
                    td.number { (place.of.interval(&place.p50)) }
                    td.number { (place.of.breaches.in_words()) }
                    td { @if is_best(place) { strong { "by none" } } @else { "by another point" } }
                }
            }),
        ))
    }
}

/// Dearer to the right, longer upwards; what has no end stands at the upper edge.
fn scatter(places: &[Place<'_>], is_best: &dyn Fn(&Place<'_>) -> bool) -> Markup {
    let costs = || places.iter().map(|place| i128::from(place.cost));
    let times = || places.iter().filter_map(|place| time(place.p50.at));
    let (Some(cheap), Some(dear)) = (costs().min(), costs().max()) else { return Markup::default() };
    let (least, most) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    // A tenth is left free at each edge.
    let part = |value: i128, from: i128, to: i128| -> u64 {
        let inner = i128::from(WIDTH) * 8 / 10;
        let at = if from == to { inner / 2 } else { (value - from) * inner / (to - from) };
        u64::try_from(i128::from(WIDTH) / 10 + at).expect("within the drawing")
    };
    let at = |place: &Place<'_>| {
        let y = time(place.p50.at).map_or(WIDTH * 97 / 100, |time| part(time, least, most));
        (part(place.cost.into(), cheap, dear), WIDTH - y)
    };
    let mut best: Vec<(u64, u64)> = places.iter().filter(|place| is_best(place)).map(at).collect();
    best.sort_unstable();
    let line = best.iter().enumerate().map(|(number, (x, y))| {
        let to = if number == 0 { "M" } else { "L" };
        format!("{to}{x} {y}")
    });
    let line = line.collect::<Vec<String>>().concat();
    let dots = places.iter().map(at).map(|(x, y)| format!("M{x} {y}h0")).collect::<Vec<String>>().concat();
    let ends = |from: i128, to: i128| if from == to { vec![from] } else { vec![from, to] };
    html! {
        div.scatter aria-hidden="true" {
            svg viewBox={ "0 0 " (WIDTH) " " (WIDTH) } preserveAspectRatio="none" {
                path.frontier d=(line) {}
                path.points d=(dots) {}
            }
            @for ((x, y), numbers) in labelled(places, &at) {
                span.point style={ "left:" (percent(x)) "%;top:" (percent(y)) "%" } { (numbers) }
            }
            @for cost in ends(cheap, dear) {
                span.end style={ "left:" (percent(part(cost, cheap, dear))) "%;top:100%" } {
                    (dollars(i64::try_from(cost).expect("it was one")))
                }
            }
            @if times().next().is_some() {
                @for time in ends(least, most) {
                    span.end style={ "left:.3rem;top:" (percent(WIDTH - part(time, least, most))) "%" } { (span(time)) }
                }
            }
        }
    }
}

/// Points that stand in one place share a label.
fn labelled<'a>(places: &[Place<'a>], at: &dyn Fn(&Place<'a>) -> (u64, u64)) -> Vec<((u64, u64), String)> {
    let mut labels: Vec<((u64, u64), String)> = Vec::new();
    for place in places {
        let (here, number) = (at(place), (place.number + 1).to_string());
        match labels.iter_mut().find(|(there, _)| *there == here) {
            Some((_, numbers)) => *numbers = format!("{numbers}, {number}"),
            None => labels.push((here, number)),
        }
    }
    labels
}

fn median_cost(point: &PointStatistics) -> Option<i64> {
    let mut costs: Vec<i64> = point.runs.iter().map(|run| run.cost.as_nanos()).collect();
    costs.sort_unstable();
    costs.get(costs.len().checked_sub(1)? / 2).copied()
}

fn time(outcome: Outcome) -> Option<i128> {
    match outcome.actual() {
        Some(Quantity::Time(time)) => Some(time.as_nanos().into()),
        _ => None,
    }
}

fn span(nanos: i128) -> String {
    let nanos = u64::try_from(nanos).expect("a recovery time");
    words::span(cloudsim_units::SimDuration::from_nanos(nanos))
}

fn dollars(nanos: i64) -> String {
    let amount = Quantity::Money(cloudsim_units::NanoUsd::from_nanos(nanos));
    Outcome::Measured { actual: amount, met: true }.in_words("")
}

//! Why pods went where they are, and why others waited: what the scheduler said of them.

use crate::{more, section, table};
use cloudsim_measures::{Choice, RankedNode, RunDocument, WaitingMeasures, words};
use maud::{Markup, html};

/// So many choices and so many groups of pods that waited are shown.
const SHOWN_MAX: usize = 24;

pub(crate) fn view(run: &RunDocument) -> Markup {
    let (choices, waiting) = (&run.lanes.choices, &run.kubernetes.waiting);
    if choices.is_empty() && waiting.is_empty() {
        return Markup::default();
    }
    let body = html! {
        p.note {
            "Of each workload the first pod that got a node since the run began, and since nodes were lost. "
            "Of any other pod, at any time, "
            code { "cloudsim why FILE pod/NAME --at T" } " tells."
        }
        @for choice in choices.iter().take(SHOWN_MAX) { (chosen(choice)) }
        (more(SHOWN_MAX, choices.len(), "pod"))
        @if !waiting.is_empty() {
            h3 { "Pods that had to wait" }
            p.note {
                "What kept each from the nodes that were up stands with "
                a href="#capacity" { "what was left to carry it" } "; here the pods, and what the scheduler said for the longest time."
            }
            @for (place, group) in waiting.iter().take(SHOWN_MAX).enumerate() { (waited(place, group)) }
            (more(SHOWN_MAX, waiting.len(), "group"))
        }
    };
    section("why", "Why there, and why not", &body)
}

/// The choice in a line, and once it is opened, what each plugin said of the nodes that came into question.
fn chosen(of: &Choice) -> Markup {
    let [first, ..] = of.candidates.as_slice() else { return Markup::default() };
    let how = match (of.feasible, of.best) {
        (1, _) => format!("the only one of {} that could take it", words::many(of.nodes, "node")),
        (feasible, 1) => {
            format!("the best of {feasible} that could take it, of {}", words::many(of.nodes, "node"))
        }
        (feasible, best) => format!(
            "drawn from the {best} best of {feasible} that could take it, of {}",
            words::many(of.nodes, "node")
        ),
    };
    html! {
        details.choice {
            summary { (words::instant(of.at)) " " b { (of.pod) } " → " b { (first.node) } (zone(first)) ": " (how) }
            @if !first.scores.is_empty() { (scores(&of.candidates)) }
            @if !of.rejected.is_empty() {
                (table(&["what kept it from others", "plugin", "nodes"], of.rejected.iter().map(|rejection| html! {
                    tr {
                        th scope="row" { (rejection.reason) }
                        td { (rejection.plugin) }
                        td.number { (rejection.nodes) }
                    }
                })))
            }
            p.note { "Of " (of.workload) "; record " (of.record) " (NodeChosen)." }
        }
    }
}

fn zone(node: &RankedNode) -> String {
    node.zone.as_ref().map_or_else(String::new, |zone| format!(" in zone {zone}"))
}

/// Plugin by plugin what it gave each node, weighted, and the sums.
fn scores(candidates: &[RankedNode]) -> Markup {
    let names = candidates.iter().map(|node| format!("{}{}", node.node, zone(node)));
    let columns: Vec<String> = ["plugin × weight".to_owned()].into_iter().chain(names).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let plugins = candidates.first().map_or(&[][..], |node| &node.scores);
    let row = |(place, of): (usize, &cloudsim_records::PluginScore)| {
        html! {
            tr {
                th scope="row" { (of.plugin) " × " (of.weight) }
                @for node in candidates { td.number { (node.scores[place].score * of.weight) } }
            }
        }
    };
    let total = html! {
        tr {
            th scope="row" { "together" }
            @for node in candidates { td.number { b { (node.total) } } }
        }
    };
    table(&columns, plugins.iter().enumerate().map(row).chain([total]))
}

/// How many pods of a group waited, with the way to what is told of them here.
pub(crate) fn link_to(place: usize, of: &WaitingMeasures) -> Markup {
    let pods = words::several(of.pods.len(), "pod");
    html! {
        @if place < SHOWN_MAX { a href={ "#waited-" (place) } { (pods) } } @else { (pods) }
    }
}

/// The place that links lead to is within what opens, so that it opens for who follows one.
fn waited(place: usize, of: &WaitingMeasures) -> Markup {
    html! {
        details.choice {
            summary {
                (words::instant(of.from)) " " b { (words::some_of(&of.pods)) } ": waited "
                (words::spans(of.shortest, of.longest))
                @if of.pending > 0 { ", " (words::count(of.pending)) " to the end" }
            }
            p id={ "waited-" (place) } { (of.reason) }
            p.note { "Of " (of.workload) "." }
        }
    }
}

//! Which workload runs where, before, during and after the first fault.

use crate::network::{Domain, Spread};
use crate::{more, section, table};
use cloudsim_measures::{PlacedNode, Placement, RunDocument, words};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// So many workloads have a row, those first that have the most pods.
const WORKLOADS_MAX: usize = 40;

/// So many nodes are shown one by one.
const NODES_MAX: usize = 60;

pub(crate) fn view(run: &RunDocument, spreads: &[Spread]) -> Markup {
    let seen = &run.lanes.placements;
    if seen.is_empty() {
        return Markup::default();
    }
    let body = html! {
        (by_zone(seen))
        (constraints(seen, spreads))
        @for placement in seen {
            h3 { (title(placement)) }
            ul.nodes {
                @for node in placement.nodes.iter().take(NODES_MAX) { (node_of(node)) }
            }
            (more(NODES_MAX, placement.nodes.len(), "node"))
        }
    };
    section("placement", "Who ran where", &body)
}

fn title(placement: &Placement) -> String {
    let when = match placement.when {
        "before" => "Before the fault",
        "during" => "During it",
        _ => "After it",
    };
    format!("{when}, at {}", words::instant(placement.at))
}

/// How many pods of each workload each zone has, and how far apart the zones are.
fn by_zone(seen: &[Placement]) -> Markup {
    let zones: BTreeSet<&str> =
        seen.iter().flat_map(|placement| &placement.nodes).filter_map(|node| node.zone.as_deref()).collect();
    let mut workloads: BTreeMap<&str, u32> = BTreeMap::new();
    for (workload, pods) in seen.iter().flat_map(|placement| &placement.nodes).flat_map(|node| &node.pods) {
        *workloads.entry(workload).or_default() += pods;
    }
    let mut workloads: Vec<(&str, u32)> = workloads.into_iter().collect();
    workloads.sort_by_key(|(name, pods)| (std::cmp::Reverse(*pods), *name));
    let mut columns = vec!["workload".to_owned()];
    for placement in seen {
        let zones = zones.iter().copied().collect::<Vec<_>>().join(" / ");
        columns.push(format!("{}: {zones}", placement.when));
        columns.push("skew".to_owned());
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    html! {
        (table(&columns, workloads.iter().take(WORKLOADS_MAX).map(|(workload, _)| html! {
            tr {
                th scope="row" { (workload) }
                @for placement in seen {
                    @let counts: Vec<u32> = zones.iter().map(|zone| pods_in(placement, zone, workload)).collect();
                    @let (least, most) = (counts.iter().min().unwrap_or(&0), counts.iter().max().unwrap_or(&0));
                    td.number { (counts.iter().map(u32::to_string).collect::<Vec<_>>().join(" / ")) }
                    td.number { (most - least) }
                }
            }
        })))
        (more(WORKLOADS_MAX, workloads.len(), "workload"))
    }
}

/// How far apart domains are, against how far they may be.
fn constraints(seen: &[Placement], spreads: &[Spread]) -> Markup {
    let columns: Vec<&str> =
        ["workload", "constraint"].into_iter().chain(seen.iter().map(|placement| placement.when)).collect();
    let held = |placement: &Placement, spread: &Spread| match skew_of(placement, spread) {
        Some(skew) if skew <= spread.max_skew => html! { td.good { (skew) " ✓ within" } },
        Some(skew) => html! { td.bad { (skew) " ✗ beyond" } },
        None => html! { td { "–" } },
    };
    html! {
        @if !spreads.is_empty() {
            h3 { "Constraints on spread" }
            p.note {
                "A constraint is asked when a pod is placed; nothing moves pods that stand, "
                "so what is lost may leave a skew beyond it."
            }
            (table(&columns, spreads.iter().take(WORKLOADS_MAX).map(|spread| html! {
                tr {
                    th scope="row" { (spread.workload) }
                    td {
                        code { (spread.topology_key) } " at most " (spread.max_skew)
                        @if spread.is_required { ", else it waits" } @else { ", if it can be" }
                    }
                    @for placement in seen { (held(placement, spread)) }
                }
            })))
            (more(WORKLOADS_MAX, spreads.len(), "constraint"))
        }
    }
}

/// By how many running pods the fullest domain is above the emptiest, over the nodes that there are.
fn skew_of(placement: &Placement, spread: &Spread) -> Option<u32> {
    let mut domains: BTreeMap<&str, u32> = BTreeMap::new();
    for node in &placement.nodes {
        let domain = match spread.domain {
            Domain::Zone => node.zone.as_deref()?,
            Domain::Host => &node.node,
            Domain::Other => return None,
        };
        *domains.entry(domain).or_default() += node.pods.get(&spread.workload).copied().unwrap_or_default();
    }
    Some(domains.values().max()? - domains.values().min()?)
}

fn pods_in(placement: &Placement, zone: &str, workload: &str) -> u32 {
    let nodes = placement.nodes.iter().filter(|node| node.zone.as_deref() == Some(zone));
    nodes.filter_map(|node| node.pods.get(workload)).sum()
}

fn node_of(node: &PlacedNode) -> Markup {
    html! {
        li.away[!node.ready] {
            b { (node.node) }
            (node.zone.as_deref().map_or_else(String::new, |zone| format!("zone {zone}, ")))
            @if node.ready { "ready" } @else { "not ready" }
            @for (workload, pods) in &node.pods { br; (pods) " × " (workload) }
        }
    }
}

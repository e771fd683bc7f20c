//! Whom a pod would have to evict.

use super::{Detail, INDENT, KINDS, NAMES, ROWS, listed, nodes, paragraph, title};
use crate::look::{Look, columns_of};
use cloudsim_kube_scheduler::explain::{Expect, Preemption};
use cloudsim_kube_scheduler::objects::Text;
use cloudsim_kube_scheduler::plugins::{Candidate, Criterion};
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn preemption(out: &mut String, decided: &Expect<'_>, detail: Detail, look: Look) {
    let Some(Preemption { nominated, tried }) = decided.preemption() else { return };
    let Some(tried) = tried else {
        if let Err(status) = nominated {
            title(out, "preemption was not tried", look);
            paragraph(out, 2, &printable(&status.message()), look);
        }
        return;
    };
    if tried.candidates.is_empty() && tried.failures.is_empty() {
        return;
    }
    title(out, "preemption", look);
    let best: BTreeSet<&Text> = tried.best().into_iter().map(|candidate| &candidate.node).collect();
    let mut candidates: Vec<&Candidate> = tried.candidates.iter().collect();
    candidates.sort_by_key(|candidate| !best.contains(&candidate.node));
    let shown = candidates.len().min(detail.shown(KINDS).max(best.len().min(ROWS)));
    let width = candidates[..shown]
        .iter()
        .map(|candidate| columns_of(&printable(&candidate.node)))
        .max()
        .unwrap_or(0);
    for candidate in &candidates[..shown] {
        let mark =
            if best.contains(&candidate.node) { look.paint(Colour::Green, "→") } else { " ".to_owned() };
        look.lines(
            out,
            &mark,
            &[(printable(&candidate.node), width)],
            &printable(&victims(candidate, detail)),
        );
    }
    if candidates.len() > shown {
        let left = nodes(candidates.len() - shown);
        paragraph(out, INDENT, &format!("… and {left} where it would work too; --all shows them"), look);
    }
    if !candidates.is_empty() {
        paragraph(
            out,
            2,
            &choice(tried.candidates.len(), &tried.narrowed(), best.len(), tried.untried),
            look,
        );
    }
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (node, status) in &tried.failures {
        failures.entry(printable(&status.message())).or_default().push(printable(node));
    }
    for (why, nodes) in failures {
        let nodes = listed(nodes.into_iter(), detail.shown(NAMES));
        look.lines(
            out,
            &look.paint(Colour::Red, "✗"),
            &[],
            &format!("{nodes}: no help from evicting: {why}"),
        );
    }
}

fn victims(candidate: &Candidate, detail: Detail) -> String {
    let victims = candidate.victims.iter().map(|pod| format!("{} (priority {})", pod.key, pod.priority));
    let evicted = match candidate.victims.len() {
        0 => "evicts nobody".to_owned(),
        count => format!("evicts {count}: {}", listed(victims, detail.shown(KINDS))),
    };
    match candidate.violations {
        0 => evicted,
        1 => format!("{evicted}; a disruption budget does not allow 1 of them"),
        several => format!("{evicted}; disruption budgets do not allow {several} of them"),
    }
}

/// How one of the candidates was chosen.
fn choice(candidates: usize, narrowed: &[(Criterion, usize)], best: usize, untried: usize) -> String {
    if candidates == 1 && untried == 0 {
        return "the only node where evicting makes room".to_owned();
    }
    let mut left = candidates;
    let mut decided = Vec::new();
    for (criterion, after) in narrowed {
        let by = match criterion {
            Criterion::Violations => "fewest violated budgets",
            Criterion::HighestPriority => "least important top victim",
            Criterion::PrioritySum => "least sum of priorities",
            Criterion::Victims => "fewest victims",
            Criterion::Started => "top victims that started last",
        };
        if *after < left {
            decided.push(format!("{by} ({left} to {after})"));
        }
        left = *after;
    }
    let by =
        if decided.is_empty() { String::new() } else { format!("; decided by: {}", decided.join(", then ")) };
    let alike = if best > 1 {
        format!("; {best} are alike in everything, any of them may be taken")
    } else {
        String::new()
    };
    let untried = match untried {
        0 => String::new(),
        more => format!(
            "; {} where it may help were not tried, as these are enough: kube-scheduler begins at a drawn node",
            nodes(more)
        ),
    };
    format!("evicting makes room on {}{by}{alike}{untried}", nodes(candidates))
}

//! Scheduling decisions for people: scores and the winner, or what keeps a pod from each node and what would have to change.
//!
//! Colour only repeats what characters say.

mod preemption;
mod rejections;
mod scores;

use crate::look::{Look, broken, line_of};
use cloudsim_kube_scheduler::explain::{Case, Expect, Placement, Uncounted, Untried};
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;
use preemption::preemption;
use rejections::rejections;
use scores::scores;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What is alike is told once, and the best and the most frequent first.
    Folded,
    /// Everything.
    Everything,
}

impl Detail {
    /// How many of a list are shown.
    fn shown(self, folded: usize) -> usize {
        if self == Detail::Everything { usize::MAX } else { folded }
    }
}

/// Rows of scores that are shown when folded.
const ROWS: usize = 10;
/// Kinds of rejections of one reason that are shown when folded.
const KINDS: usize = 5;
/// Names in a row that are shown when folded.
const NAMES: usize = 3;
/// The indent of what stands below a mark.
const INDENT: usize = 4;

/// A case that was decided.
pub(crate) fn case(case: &Case, decided: &Expect<'_>, detail: Detail, look: Look) -> String {
    let mut out = String::new();
    untried(&mut out, case, look);
    headline(&mut out, case, decided, look);
    if let Some(message) = decided.failure() {
        paragraph(&mut out, 2, &printable(&message), look);
    }
    scores(&mut out, decided, detail, look);
    rejections(&mut out, case, decided, detail, look);
    preemption(&mut out, decided, detail, look);
    uncounted(&mut out, case, detail, look);
    out
}

/// Where a pod of a trace went, in a line.
pub(crate) fn placement(placement: &Placement, look: Look) -> String {
    let Placement { i, pod, feasible, outcome } = placement;
    let pod = printable(&pod.to_string());
    let mut out = String::new();
    match outcome {
        Ok(best) => {
            let tie = match best.nodes.len() {
                1 => String::new(),
                alike => format!(", {alike} alike"),
            };
            let (mark, node) = (look.paint(Colour::Green, "✓"), printable(&best.nodes[0]));
            let how = match best.total {
                Some(total) => format!("{total}, best of {feasible} that fit{tie}"),
                None => "the only one that fits".to_owned(),
            };
            line_of(&mut out, &format!("{mark} {i}  {pod} → {node}  ({how})"));
        }
        Err(message) => {
            line_of(
                &mut out,
                &format!("{} {i}  {pod}  {}", look.paint(Colour::Red, "✗"), printable(message)),
            );
        }
    }
    out
}

/// A line that cannot be used.
pub(crate) fn refusal(place: &str, field: &str, problem: &str, look: Look) -> String {
    let field = if field.is_empty() { String::new() } else { format!("{}: ", printable(field)) };
    format!("{} {}: {field}{}\n", look.paint(Colour::Red, "✗"), printable(place), printable(problem))
}

/// Why kube-scheduler does not try the pod. What follows is what it would decide otherwise.
fn untried(out: &mut String, case: &Case, look: Look) {
    let pod = printable(&case.pod.key.to_string());
    let (why, otherwise) = match &case.untried {
        None => return,
        Some(Untried::Ended) => {
            (format!("{pod} has ended"), "kube-scheduler sees it no more; if it were new:")
        }
        Some(Untried::Assigned(node)) => (
            format!("{pod} is on {} already", printable(node)),
            "kube-scheduler does not try it; its filters would say:",
        ),
        Some(Untried::Kept(_)) => {
            let gates: Vec<String> = case.pod.scheduling_gates.iter().map(|gate| printable(gate)).collect();
            (
                format!("{pod} waits at its scheduling gates: {}", gates.join(", ")),
                "kube-scheduler does not try it before all of them are removed; then:",
            )
        }
        Some(Untried::Terminating) => {
            (format!("{pod} is being deleted"), "kube-scheduler skips it; if it were not:")
        }
    };
    head(out, &look.paint(Colour::Yellow, "○"), &format!("{}{why}", id(case)), look);
    paragraph(out, 2, otherwise, look);
    line_of(out, "");
}

/// The pods that somebody might believe to count.
fn uncounted(out: &mut String, case: &Case, detail: Detail, look: Look) {
    let elsewhere: Vec<String> = case
        .uncounted
        .iter()
        .filter_map(|(pod, why)| match why {
            Uncounted::Elsewhere(node) => Some(printable(&format!("{pod} on {node}"))),
            Uncounted::Ended => None,
        })
        .collect();
    if !elsewhere.is_empty() {
        title(out, "counted nowhere: pods on nodes that are not listed", look);
        paragraph(out, 2, &listed(elsewhere.into_iter(), detail.shown(NAMES)), look);
    }
}

/// The name of a case before what is said of it.
fn id(case: &Case) -> String {
    match &case.id {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(id) => format!("{}  ", printable(id)),
        other => format!("{}  ", printable(&other.to_string())),
    }
}

fn headline(out: &mut String, case: &Case, decided: &Expect<'_>, look: Look) {
    let id = if case.untried.is_none() { id(case) } else { String::new() };
    let pod = printable(&case.pod.key.to_string());
    let (all, fit) = (nodes(case.cluster.len()), decided.feasible().len());
    let best = decided.best();
    let total = decided.totals().iter().max();
    let (mark, text) = match (best.as_slice(), total) {
        ([only], _) if decided.takes_nominated() => (
            look.paint(Colour::Green, "✓"),
            format!("{pod} → {}, its nominated node: no other of {all} is looked at", printable(only)),
        ),
        ([only], _) if fit == 1 => (
            look.paint(Colour::Green, "✓"),
            format!("{pod} → {}, the only one of {all} that fits", printable(only)),
        ),
        ([one], Some(total)) => (
            look.paint(Colour::Green, "✓"),
            format!("{pod} → {} with {total}, best of {fit} that fit, of {all}", printable(one)),
        ),
        (several @ [_, ..], Some(total)) => {
            let text = format!(
                "{pod} → one of {} with {total}, drawn at random: {}; {fit} fit, of {all}",
                several.len(),
                listed(several.iter().map(|name| printable(name)), NAMES)
            );
            (look.paint(Colour::Yellow, "✓"), text)
        }
        _ => (look.paint(Colour::Red, "✗"), format!("{pod} fits on none of {all}")),
    };
    head(out, &mark, &format!("{id}{text}"), look);
}

/// The first line of what is said of a case, after its mark.
fn head(out: &mut String, mark: &str, text: &str, look: Look) {
    let mut lines = broken(text, look.width.max(60) - 2).into_iter();
    line_of(out, &format!("{mark} {}", look.paint(Colour::Bold, &lines.next().unwrap_or_default())));
    for line in lines {
        line_of(out, &format!("  {}", look.paint(Colour::Bold, &line)));
    }
}

fn nodes(count: usize) -> String {
    if count == 1 { "1 node".to_owned() } else { format!("{count} nodes") }
}

fn title(out: &mut String, title: &str, look: Look) {
    line_of(out, "");
    line_of(out, &look.paint(Colour::Bold, title));
}

fn paragraph(out: &mut String, indent: usize, text: &str, look: Look) {
    for line in broken(text, look.width.max(60) - indent) {
        line_of(out, &format!("{:indent$}{line}", ""));
    }
}

/// The first of some names, and how many more there are.
fn listed(names: impl ExactSizeIterator<Item = String>, shown: usize) -> String {
    let count = names.len();
    // One more name says as much as that there is one more.
    let shown = if count == shown.saturating_add(1) { count } else { shown };
    let mut text: Vec<String> = names.take(shown).collect();
    if count > shown {
        text.push(format!("{} more", count - shown));
    }
    text.join(", ")
}

// ---- scores

// ---- rejected nodes

// ---- preemption

//! Scheduling decisions for people: scores and the winner, or what keeps a pod from each node and what would have to change.
//!
//! Colour only repeats what characters say.

use crate::look::{Look, broken, columns_of, line_of, padded};
use cloudsim_kube_scheduler::PluginScores;
use cloudsim_kube_scheduler::explain::{Case, Expect, Placement, Preemption, Rejected, Uncounted, Untried};
use cloudsim_kube_scheduler::framework::{Code, Obstacle, Skew, Status, Unmet};
use cloudsim_kube_scheduler::objects::{ClaimKey, PodKey, ResourceName, Text};
use cloudsim_kube_scheduler::plugins::{Candidate, Criterion};
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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

/// The scores of one plugin on one node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Scored {
    raw: i64,
    normalized: i64,
    weighted: i64,
}

impl Scored {
    fn of(scores: &PluginScores, node: usize) -> Scored {
        let normalized = scores.normalized[node];
        Scored { raw: scores.raw[node], normalized, weighted: normalized * scores.weight }
    }

    fn text(self) -> String {
        format!("{}/{}/{}", self.raw, self.normalized, self.weighted)
    }
}

/// Nodes with the same scores.
struct Row {
    total: i64,
    scores: Vec<Scored>,
    names: Vec<String>,
}

fn scores(out: &mut String, decided: &Expect<'_>, detail: Detail, look: Look) {
    let feasible = decided.feasible();
    if feasible.is_empty() {
        return;
    }
    let plugins = decided.scores();
    let rows = rows(decided, detail);
    title(out, "scores: raw/normalized/weighted", look);
    if feasible.len() == 1 {
        paragraph(out, 2, "kube-scheduler takes an only node unscored; it would have these", look);
    }
    let alike = |plugin: usize| rows.iter().all(|row| row.scores[plugin] == rows[0].scores[plugin]);
    let told: Vec<usize> = (0..plugins.len())
        .filter(|&plugin| detail == Detail::Everything || rows.len() == 1 || !alike(plugin))
        .collect();
    let shown = &rows[..rows.len().min(detail.shown(ROWS))];
    let heads: Vec<Vec<String>> = told.iter().map(|&plugin| stacked(&plugins[plugin])).collect();
    let cells = |plugin: usize| shown.iter().map(move |row| row.scores[plugin].text());
    let widths: Vec<usize> = told
        .iter()
        .zip(&heads)
        .map(|(&plugin, head)| {
            cells(plugin).chain(head.iter().cloned()).map(|text| columns_of(&text)).max().unwrap_or(0)
        })
        .collect();
    let names: Vec<String> = shown.iter().map(|row| listed(row.names.iter().cloned(), NAMES)).collect();
    let name_width = names.iter().map(|name| columns_of(name)).max().unwrap_or(0).max("NODE".len());
    let total_width =
        shown.iter().map(|row| row.total.to_string().len()).max().unwrap_or(0).max("TOTAL".len());
    // What does not fit beside each other goes below, with the names of the nodes again.
    let room = look.width.max(60).saturating_sub(2 + name_width + 2 + total_width);
    let table = Table { rows: shown, names, name_width, total_width, look };
    for block in blocks(&widths, room) {
        table.block(out, &told[block.clone()], &heads[block.clone()], &widths[block]);
    }
    let left: usize = rows[shown.len()..].iter().map(|row| row.names.len()).sum();
    if left > 0 {
        let lowest = rows.last().map_or(0, |row| row.total);
        paragraph(out, 2, &format!("… and {} down to {lowest}; --all shows them", nodes(left)), look);
    }
    let same: Vec<String> = (0..plugins.len())
        .filter(|plugin| !told.contains(plugin))
        .map(|plugin| format!("{} {}", plugins[plugin].plugin, rows[0].scores[plugin].text()))
        .collect();
    if !same.is_empty() {
        paragraph(out, 2, &format!("alike on all: {}", same.join(", ")), look);
    }
    if let [first, second, ..] = rows.as_slice()
        && second.total < first.total
    {
        paragraph(out, 2, &lead(plugins, first, second), look);
    }
}

/// What sets the best apart from the next.
fn lead(plugins: &[PluginScores], first: &Row, second: &Row) -> String {
    let mut apart: Vec<(i64, String)> = plugins
        .iter()
        .enumerate()
        .map(|(i, plugin)| (first.scores[i].weighted - second.scores[i].weighted, plugin.plugin.to_string()))
        .filter(|(by, _)| *by != 0)
        .collect();
    apart.sort_by_key(|(by, _)| Reverse(by.abs()));
    let apart: Vec<String> = apart.into_iter().map(|(by, plugin)| format!("{plugin} {by:+}")).collect();
    let is = if first.names.len() == 1 { "is" } else { "are" };
    format!(
        "{} {is} {} ahead of {}: {}",
        listed(first.names.iter().cloned(), NAMES),
        first.total - second.total,
        listed(second.names.iter().cloned(), NAMES),
        apart.join(", ")
    )
}

/// The nodes from best to worst; folded, nodes with the same scores are one row.
fn rows(decided: &Expect<'_>, detail: Detail) -> Vec<Row> {
    /// Nodes are alike by total and scores; each by itself where everything is told.
    type Alike = (Reverse<i64>, Vec<Scored>, Option<Text>);
    let mut folded: BTreeMap<Alike, BTreeSet<Text>> = BTreeMap::new();
    for (i, node) in decided.feasible().iter().enumerate() {
        let scores = decided.scores().iter().map(|scores| Scored::of(scores, i)).collect();
        let own = (detail == Detail::Everything).then(|| node.name().clone());
        folded.entry((Reverse(decided.totals()[i]), scores, own)).or_default().insert(node.name().clone());
    }
    let mut rows: Vec<Row> = folded
        .into_iter()
        .map(|((Reverse(total), scores, _), names)| Row {
            total,
            scores,
            names: names.iter().map(|name| printable(name)).collect(),
        })
        .collect();
    rows.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.names.cmp(&b.names)));
    rows
}

/// The name of a plugin in short lines, broken where a word begins, and its weight.
fn stacked(scores: &PluginScores) -> Vec<String> {
    const SHORT: usize = 10;
    let mut lines: Vec<String> = Vec::new();
    let name = scores.plugin.as_str();
    let starts: Vec<usize> =
        name.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at).chain([name.len()]).collect();
    for word in starts.windows(2).map(|ends| &name[ends[0]..ends[1]]) {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() <= SHORT => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.push(format!("×{}", scores.weight));
    lines
}

/// Ranges of columns that fit beside each other, each at least one; one empty range without columns.
fn blocks(widths: &[usize], room: usize) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (i, width) in widths.iter().enumerate() {
        if i > start && used + width + 2 > room {
            blocks.push(start..i);
            (start, used) = (i, 0);
        }
        used += width + 2;
    }
    blocks.push(start..widths.len());
    blocks
}

/// Rows of scores, the columns of which are printed in blocks.
struct Table<'r> {
    rows: &'r [Row],
    /// Of each row.
    names: Vec<String>,
    name_width: usize,
    total_width: usize,
    look: Look,
}

impl Table<'_> {
    /// Prints the columns of some plugins.
    fn block(&self, out: &mut String, plugins: &[usize], heads: &[Vec<String>], widths: &[usize]) {
        let Table { rows, names, name_width, total_width, look } = self;
        let height = heads.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            let last = line + 1 == height;
            let (node, total) = if last { ("NODE", "TOTAL") } else { ("", "") };
            let mut text = format!("  {}  {total:>total_width$}", padded(node, *name_width));
            for (head, width) in heads.iter().zip(widths) {
                // Names stand at the bottom, above the scores.
                let word = (line + head.len()).checked_sub(height).map_or("", |at| head[at].as_str());
                text += "  ";
                text += &" ".repeat(width - columns_of(word));
                text += word;
            }
            line_of(out, &look.paint(Colour::Bold, text.trim_end()));
        }
        let best = rows.first().map(|row| row.total);
        for (row, name) in rows.iter().zip(names) {
            let mut text = format!("  {}  {:>total_width$}", padded(name, *name_width), row.total);
            for (&plugin, width) in plugins.iter().zip(widths) {
                let score = row.scores[plugin].text();
                text += "  ";
                text += &" ".repeat(width.saturating_sub(columns_of(&score)));
                text += &score;
            }
            let text =
                if Some(row.total) == best { look.paint(Colour::Green, text.trim_end()) } else { text };
            line_of(out, &text);
        }
    }
}

// ---- rejected nodes

/// Nodes that one plugin rejects with the same words.
struct Rejection {
    status: Status,
    /// By what would have to change, the nodes.
    kinds: BTreeMap<(Vec<String>, Option<Text>), Kind>,
    count: usize,
}

struct Kind {
    nodes: Vec<String>,
    /// How far the nodes are from fitting; less is nearer.
    distance: (usize, i128),
}

fn rejections(out: &mut String, case: &Case, decided: &Expect<'_>, detail: Detail, look: Look) {
    if decided.pre_filter().is_some() {
        title(out, "no node was looked at", look);
        paragraph(out, 2, &pre_filter_text(case, decided), look);
        return;
    }
    let mut rejections: Vec<Rejection> = Vec::new();
    let mut alike: BTreeMap<(String, Vec<String>, bool), usize> = BTreeMap::new();
    let mut count = 0;
    for rejected in decided.rejected() {
        count += 1;
        let plugin = rejected.status.plugin.map(|plugin| plugin.to_string()).unwrap_or_default();
        let words = rejected.status.reasons.iter().map(ToString::to_string).collect();
        let hope = rejected.status.code == Code::Unschedulable;
        let at = *alike.entry((plugin, words, hope)).or_insert_with(|| {
            let status = rejected.status.clone();
            rejections.push(Rejection { status, kinds: BTreeMap::new(), count: 0 });
            rejections.len() - 1
        });
        let rejection = &mut rejections[at];
        rejection.count += 1;
        let distance = distance(&rejected);
        let own = (detail == Detail::Everything).then(|| rejected.node.name().clone());
        let kind = rejection.kinds.entry((changes(&rejected, detail), own));
        let kind = kind.or_insert_with(|| Kind { nodes: Vec::new(), distance });
        kind.nodes.push(printable(rejected.node.name()));
        kind.distance = kind.distance.min(distance);
    }
    if count == 0 {
        return;
    }
    title(out, &format!("rejected: {count} of {}", nodes(case.cluster.len())), look);
    rejections.sort_by_key(|rejection| Reverse(rejection.count));
    let shown = rejections.len().min(detail.shown(ROWS));
    for rejection in &rejections[..shown] {
        let status = &rejection.status;
        let by = status.plugin.map(|plugin| format!("{plugin}: ")).unwrap_or_default();
        let hope = if status.code == Code::Unschedulable {
            "evicting pods may help"
        } else {
            "evicting pods does not help"
        };
        let head = format!("{}: {by}{} ({hope})", nodes(rejection.count), printable(&status.message()));
        look.lines(out, &look.paint(Colour::Red, "✗"), &[], &head);
        kinds(out, rejection, detail, look);
    }
    let left: usize = rejections[shown..].iter().map(|rejection| rejection.count).sum();
    if left > 0 {
        paragraph(out, 2, &format!("… and {} for other reasons; --all shows them", nodes(left)), look);
    }
}

/// What would have to change, the nearest nodes first.
fn kinds(out: &mut String, rejection: &Rejection, detail: Detail, look: Look) {
    let mut kinds: Vec<(&Vec<String>, &Kind)> =
        rejection.kinds.iter().map(|((changes, _), kind)| (changes, kind)).collect();
    kinds.sort_by(|(_, a), (_, b)| {
        let near = |kind: &Kind| (kind.distance, Reverse(kind.nodes.len()));
        near(a).cmp(&near(b)).then_with(|| a.nodes.cmp(&b.nodes))
    });
    let shown = &kinds[..kinds.len().min(detail.shown(KINDS))];
    let names = |kind: &Kind| listed(kind.nodes.iter().cloned(), detail.shown(NAMES));
    // One long list of names does not push all changes to the right.
    let width = shown
        .iter()
        .map(|(_, kind)| columns_of(&names(kind)))
        .filter(|width| *width <= 40)
        .max()
        .unwrap_or(0);
    for (changes, kind) in shown {
        let names = names(kind);
        let width = width.max(columns_of(&names).min(40));
        if columns_of(&names) > 40 {
            paragraph(out, INDENT, &names, look);
            for change in *changes {
                paragraph(out, INDENT + 2, change, look);
            }
            continue;
        }
        let mut changes = changes.iter();
        let first = changes.next().map_or("", String::as_str);
        look.lines(out, " ", &[(names, width)], first);
        for change in changes {
            look.lines(out, " ", &[(String::new(), width)], change);
        }
    }
    let left: usize = kinds[shown.len()..].iter().map(|(_, kind)| kind.nodes.len()).sum();
    if left > 0 {
        paragraph(out, INDENT, &format!("… and {}; --all shows them", nodes(left)), look);
    }
}

fn pre_filter_text(case: &Case, decided: &Expect<'_>) -> String {
    let Some(status) = decided.pre_filter() else { return String::new() };
    let by = status.plugin.map(|plugin| format!("{plugin}: ")).unwrap_or_default();
    let mut text = format!("{by}{}", printable(&status.message()));
    let named: BTreeSet<String> = case
        .pod
        .required_nodes
        .iter()
        .flat_map(|required| &required.terms)
        .flat_map(|term| &term.names)
        .map(ToString::to_string)
        .collect();
    if !named.is_empty() {
        text.push_str(&printable(&format!(
            "; the pod's node affinity asks for {}",
            Vec::from_iter(named).join(", ")
        )));
    }
    text
}

/// How many things would have to change, and how much of resources is short, in thousandths of what is asked.
fn distance(rejected: &Rejected<'_>) -> (usize, i128) {
    let obstacles = || rejected.objections.iter().flat_map(|objection| &objection.obstacles);
    let short = |obstacle: &Obstacle| match obstacle {
        Obstacle::Resource { asked, free, .. } => {
            (i128::from(*asked) - i128::from(*free)) * 1000 / i128::from(*asked).max(1)
        }
        Obstacle::Skew(skew) => i128::from(skew.excess()) * 1000,
        _ => 0,
    };
    (obstacles().count(), obstacles().map(short).sum())
}

/// What would have to change on a node; all of it.
fn changes(rejected: &Rejected<'_>, detail: Detail) -> Vec<String> {
    let first = rejected.objections.first().map(|objection| objection.plugin);
    let mut changes = Vec::new();
    for objection in &rejected.objections {
        let also = if Some(objection.plugin) == first
            && rejected.status.plugin.is_none_or(|plugin| Some(plugin) == first)
        {
            String::new()
        } else {
            format!("also {}: ", objection.plugin)
        };
        if objection.obstacles.is_empty() && !also.is_empty() {
            changes.push(format!("{also}{}", printable(&objection.status.message())));
        }
        let shown = detail.shown(NAMES + 1);
        let texts = objection.obstacles.iter().take(shown).map(|obstacle| obstacle_text(obstacle, detail));
        changes.extend(texts.map(|text| printable(&format!("{also}{text}"))));
        let more = objection.obstacles.len().saturating_sub(shown);
        if more > 0 {
            changes.push(format!("{also}and {more} more"));
        }
    }
    if !rejected.waiting.is_empty() {
        let waiting = pods(&rejected.waiting, detail);
        changes
            .push(printable(&format!("room there is kept for {waiting}, nominated and no less important")));
    }
    changes
}

fn pods(pods: &[PodKey], detail: Detail) -> String {
    listed(pods.iter().map(ToString::to_string), detail.shown(NAMES))
}

fn obstacle_text(obstacle: &Obstacle, detail: Detail) -> String {
    match obstacle {
        Obstacle::Cordoned => {
            "uncordon it, or tolerate node.kubernetes.io/unschedulable:NoSchedule".to_owned()
        }
        Obstacle::NamesNode(name) => format!("the pod asks for node {name} by name"),
        Obstacle::Taint(taint) => format!("tolerate {taint}, or remove it"),
        Obstacle::NodeSelector(unmet) => format!("the node selector wants {}", unmet_text(unmet)),
        Obstacle::NodeAffinity { enforced, terms } => affinity_text(*enforced, terms),
        Obstacle::HostPort { wanted, taken_by } => {
            format!("port {wanted} is taken by {taken_by}")
        }
        Obstacle::TooManyPods { pods, allowed } => {
            let go = i64::try_from(*pods).unwrap_or(i64::MAX).saturating_add(1).saturating_sub(*allowed);
            format!("{pods} pods of {allowed} are there; {go} would have to go")
        }
        Obstacle::Resource { name, asked, free, allocatable } => {
            resource_text(name, *asked, *free, *allocatable)
        }
        Obstacle::NoDomain { topology_key } => {
            format!("the node lacks the label {topology_key}, which the spread constraint needs")
        }
        Obstacle::Skew(skew) => skew_text(skew, detail),
        Obstacle::Alone { topology_key, domain, selectors, company } => {
            let Some(domain) = domain else {
                return format!("the node lacks the label {topology_key}, which the affinity term needs");
            };
            let selectors: Vec<String> = selectors.iter().map(ToString::to_string).collect();
            let selector = selectors.join(" and ");
            if company.is_empty() {
                return format!(
                    "needs a pod with {selector} in {topology_key}={domain}; no such pod is in any {topology_key}"
                );
            }
            let others = company.iter().map(|(domain, count)| format!("{domain} ({count})"));
            format!(
                "needs a pod with {selector} in {topology_key}={domain}; there are some in {}",
                listed(others, detail.shown(NAMES))
            )
        }
        Obstacle::Conflict { own, topology_key, domain, pods: others } => {
            let others = pods(others, detail);
            if *own {
                format!("the pod keeps away from {others} in {topology_key}={domain}")
            } else {
                format!("{others} in {topology_key}={domain} keeps it away")
            }
        }
        Obstacle::OutOfReach { claim, volume } => {
            format!("volume {volume} of claim {claim} cannot be reached from it")
        }
        Obstacle::NoSuchVolume { claim, volume } => {
            format!("claim {claim} is bound to volume {volume}, which does not exist")
        }
        Obstacle::NoVolumeFor { claims } => {
            format!(
                "no volume that it reaches is free for {}, and none can be made",
                claims_text(claims, detail)
            )
        }
        Obstacle::NoStorageFor { claims } => {
            format!(
                "no storage that it reaches has room to make a volume for {}",
                claims_text(claims, detail)
            )
        }
        Obstacle::VolumeElsewhere { topology_key, values, found } => {
            let values = listed(values.iter().map(ToString::to_string), detail.shown(NAMES));
            let found = found.as_ref().map_or("lacks the label".to_owned(), |found| format!("is in {found}"));
            format!("a volume is in {topology_key} {values}, the node {found}")
        }
        Obstacle::DiskInUse { pods: others } => format!("{} has the same disk", pods(others, detail)),
        Obstacle::ClaimInUse { claims } => {
            let claims = listed(claims.iter().map(ToString::to_string), detail.shown(NAMES));
            format!("another pod uses {claims}, which one pod alone may use")
        }
        Obstacle::TooManyVolumes { driver, attached, new, allowed } => {
            format!("{attached} volumes of {driver} are attached and {new} would come, {allowed} are allowed")
        }
    }
}

fn claims_text(claims: &[ClaimKey], detail: Detail) -> String {
    listed(claims.iter().map(|claim| format!("claim {claim}")), detail.shown(NAMES))
}

fn unmet_text(unmet: &[Unmet]) -> String {
    let one = |Unmet { requirement, found }: &Unmet| match found {
        Some(found) => format!("{requirement}, the node has {found}"),
        None => format!("{requirement}, the node lacks it"),
    };
    unmet.iter().map(one).collect::<Vec<_>>().join("; and ")
}

fn affinity_text(enforced: bool, terms: &[Vec<Unmet>]) -> String {
    let whose = if enforced { "the profile's node affinity" } else { "node affinity" };
    let nearest = terms.iter().filter(|unmet| !unmet.is_empty()).min_by_key(|unmet| unmet.len());
    let Some(nearest) = nearest else { return format!("{whose} has no term that chooses any node") };
    let among = if terms.len() > 1 { format!(" (nearest of {} terms)", terms.len()) } else { String::new() };
    format!("{whose} wants {}{among}", unmet_text(nearest))
}

fn resource_text(name: &ResourceName, asked: i64, free: i64, allocatable: i64) -> String {
    let short = i128::from(asked) - i128::from(free);
    let free_text = if free < 0 { "nothing".to_owned() } else { amount(name, i128::from(free)) };
    let text = format!(
        "{}: {} asked, {free_text} free of {}, {} short",
        name.as_str(),
        amount(name, i128::from(asked)),
        amount(name, i128::from(allocatable)),
        amount(name, short)
    );
    if asked > allocatable { format!("{text}; the node is too small even when empty") } else { text }
}

/// An amount as manifests write it, with at most two decimals.
fn amount(name: &ResourceName, amount: i128) -> String {
    const UNITS: [(&str, u32); 6] = [("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let bytes = match name {
        ResourceName::Memory | ResourceName::EphemeralStorage => true,
        ResourceName::Scalar(name) => name.starts_with("hugepages-"),
        _ => false,
    };
    if *name == ResourceName::Cpu {
        return if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    let unit = UNITS.iter().find(|(_, bits)| bytes && amount >= 1 << bits);
    let Some((unit, bits)) = unit else { return amount.to_string() };
    let hundredths = amount * 100 / (1 << bits);
    // What two decimals would round away is told to the byte.
    if hundredths * (1 << bits) != amount * 100 && amount % 1024 != 0 {
        return amount.to_string();
    }
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => format!("{whole}{unit}"),
        (whole, part) => format!("{whole}.{part:02}{unit}"),
    }
}

fn skew_text(skew: &Skew, detail: Detail) -> String {
    let Skew {
        topology_key,
        domain,
        count,
        counts_itself,
        least,
        least_in,
        domains,
        min_domains,
        max_skew,
        ..
    } = skew;
    let itself = if *counts_itself { " and would get this pod" } else { "" };
    let held = if skew.lacks_domains() {
        format!("of {domains} domains, fewer than minDomains {min_domains}, the least counts as 0")
    } else {
        format!(
            "the least is {least} in {}",
            listed(least_in.iter().map(ToString::to_string), detail.shown(NAMES))
        )
    };
    let excess = skew.excess();
    let fewer = format!("{excess} fewer there");
    let cure = if skew.lacks_domains() || skew.missing_elsewhere == 0 {
        format!("{fewer} or maxSkew {} would do", skew.skew())
    } else {
        format!("{fewer}, {} more elsewhere or maxSkew {} would do", skew.missing_elsewhere, skew.skew())
    };
    format!(
        "{topology_key}={domain} has {count}{itself}, {held}: a skew of {}, {max_skew} is allowed; {cure}",
        skew.skew()
    )
}

// ---- preemption

fn preemption(out: &mut String, decided: &Expect<'_>, detail: Detail, look: Look) {
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

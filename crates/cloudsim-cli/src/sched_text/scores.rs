//! How nodes were scored, as a table.

use super::{Detail, NAMES, ROWS, listed, nodes, paragraph, title};
use crate::look::{Look, columns_of, line_of, padded};
use cloudsim_kube_scheduler::PluginScores;
use cloudsim_kube_scheduler::explain::Expect;
use cloudsim_kube_scheduler::objects::Text;
use cloudsim_measures::draw::Colour;
use cloudsim_scenario::printable;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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

pub(super) fn scores(out: &mut String, decided: &Expect<'_>, detail: Detail, look: Look) {
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

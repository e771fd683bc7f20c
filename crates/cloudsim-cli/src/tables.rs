//! What stands in a world, printed: as kubectl's tables, as a document, or as names.

use cloudsim::{Cell, Column, Kind, Kubectl, Shown, Table};
use cloudsim_measures::instant;
use cloudsim_records::Decimal;
use cloudsim_scenario::{is_unprintable, printable};
use cloudsim_units::SimDuration;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Things of one kind that were asked for.
pub(crate) struct Found {
    pub(crate) kind: &'static Kind,
    pub(crate) table: Table,
}

/// What of a table is shown to people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// Columns up to those.
    pub(crate) shown: Shown,
    /// Labels that have a column of their own.
    pub(crate) labels: &'a [String],
}

/// Tables under each other. Where there are several, each name says its kind.
pub(crate) fn text(found: &[Found], view: View<'_>) -> String {
    let filled: Vec<&Found> = found.iter().filter(|found| !found.table.rows.is_empty()).collect();
    let prefixed = filled.len() > 1;
    filled.into_iter().map(|found| table_text(found, view, prefixed)).collect::<Vec<_>>().join("\n")
}

/// Columns two blanks apart, or three, as kubectl has those of a cluster.
fn table_text(found: &Found, view: View<'_>, prefixed: bool) -> String {
    let columns = &found.table.columns;
    let places: Vec<usize> = (0..columns.len()).filter(|place| columns[*place].shown <= view.shown).collect();
    let of_labels = columns.iter().position(|column| column.key == "labels");
    let labels = if of_labels.is_some() { view.labels } else { &[] };
    let mut header: Vec<String> = places.iter().map(|place| heading(found.kind, &columns[*place])).collect();
    header.extend(labels.iter().map(|key| label_heading(key)));
    let rows = found.table.rows.iter().map(|row| {
        let cells = places.iter().map(|place| match &row[*place] {
            Cell::None => columns[*place].none.unwrap_or_default().to_owned(),
            cell => cell_text(found.kind, cell),
        });
        cells.chain(labels.iter().map(|key| label(of_labels.map(|place| &row[place]), key))).collect()
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let blanks = if let Some(kubectl) = &found.kind.kubectl {
        let name = header.remove(0);
        place_name(kubectl, &mut header, "NAMESPACE", name);
        for row in &mut rows {
            as_kubectl(kubectl, prefixed, row);
        }
        "   "
    } else {
        if prefixed {
            for row in &mut rows {
                row[0] = format!("{}/{}", found.kind.plural, row[0]);
            }
        }
        "  "
    };
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|place| lines.iter().map(|line| line[place].width()).max().unwrap_or_default())
        .collect();
    let mut out = String::new();
    for line in lines {
        let padded =
            line.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        out.push_str(padded.collect::<Vec<_>>().join(blanks).trim_end());
        out.push('\n');
    }
    out
}

/// A column of a label is headed by what stands behind the last slash.
fn label_heading(key: &str) -> String {
    printable(key.rsplit('/').next().unwrap_or_default()).to_uppercase()
}

/// The value of a label, if it is there.
fn label(labels: Option<&Cell>, key: &str) -> String {
    let Some(Cell::Pairs(pairs)) = labels else { return String::new() };
    match pairs.iter().find(|(name, _)| name == key) {
        Some((_, Cell::Text(value))) => printable(value),
        _ => String::new(),
    }
}

/// Takes the namespace out of a name, and says what kind of thing it is if that is to be said, or if it is an object that
/// something is told of.
fn as_kubectl(kubectl: &Kubectl, prefixed: bool, row: &mut Vec<String>) {
    let name = row.remove(0);
    let (kind, name) = match name.split_once('/') {
        Some(object) if kubectl.resource == "event" => (Some(object.0), object.1),
        _ => (prefixed.then_some(kubectl.resource), &*name),
    };
    // What happens to a node is told in the default namespace.
    let (namespace, name) = match name.rsplit_once('/') {
        Some(both) if kubectl.namespaced => both,
        _ => ("default", name),
    };
    let shown = kind.map_or_else(|| name.to_owned(), |kind| format!("{kind}/{name}"));
    place_name(kubectl, row, namespace, shown);
}

/// Puts the name where kubectl has it, and the namespace before all.
fn place_name(kubectl: &Kubectl, line: &mut Vec<String>, namespace: &str, name: String) {
    line.insert(kubectl.before_name, name);
    if kubectl.namespaced {
        line.insert(0, namespace.to_owned());
    }
}

/// `launched_s` is headed `LAUNCHED`, `image_id` `IMAGE-ID`, or `IMAGE ID` where kubectl does so.
fn heading(kind: &Kind, column: &Column) -> String {
    let blank = if kind.kubectl.is_some() { " " } else { "-" };
    let name = column.key.strip_suffix("_s").unwrap_or(column.key).replace('_', blank).to_uppercase();
    column.heading.map_or(name, str::to_owned)
}

fn cell_text(kind: &Kind, cell: &Cell) -> String {
    match cell {
        Cell::None => "<none>".to_owned(),
        Cell::Text(text) => printable(text),
        Cell::Times(count, Some(last)) => format!("{count} ({} ago)", age(*last)),
        Cell::Count(count) | Cell::Times(count, None) => count.to_string(),
        Cell::Flag(flag) if kind.kubectl.is_some() => (if *flag { "True" } else { "False" }).to_owned(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Instant(at) => instant(*at),
        Cell::Span(span) if kind.kubectl.is_some() => age(*span),
        Cell::Span(span) => span.to_string(),
        Cell::List(items) if items.is_empty() => "<none>".to_owned(),
        Cell::List(items) => printable(&items.join(",")),
        Cell::Pairs(pairs) if pairs.is_empty() => "<none>".to_owned(),
        Cell::Pairs(pairs) => {
            let pair =
                |(name, value): &(String, Cell)| format!("{}={}", printable(name), cell_text(kind, value));
            pairs.iter().map(pair).collect::<Vec<_>>().join(",")
        }
    }
}

/// An age as kubectl prints it, the coarser the older: `107s`, `5m14s`, `37m`, `3h5m`, `31h`, `2d1h`.
///
/// Source: Kubernetes, `HumanDuration` of `k8s.io/apimachinery/pkg/util/duration`.
fn age(span: SimDuration) -> String {
    let seconds = span.as_nanos() / 1_000_000_000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let both = |whole: u64, unit: char, rest: u64, of_rest: char| match rest {
        0 => format!("{whole}{unit}"),
        rest => format!("{whole}{unit}{rest}{of_rest}"),
    };
    match hours {
        0 if seconds < 120 => format!("{seconds}s"),
        0 if minutes < 10 => both(minutes, 'm', seconds % 60, 's'),
        0..3 => format!("{minutes}m"),
        3..8 => both(hours, 'h', minutes % 60, 'm'),
        8..48 => format!("{hours}h"),
        48..192 => both(hours / 24, 'd', hours % 24, 'h'),
        _ => format!("{}d", hours / 24),
    }
}

/// Names, one a line, each with its kind.
pub(crate) fn names(found: &[Found]) -> String {
    let lines = found.iter().flat_map(|Found { kind, table }| {
        table.rows.iter().map(|row| format!("{}/{}\n", kind.plural, cell_text(kind, &row[0])))
    });
    lines.collect()
}

/// Every thing as an object, with all its columns.
pub(crate) fn items(found: &[Found]) -> Value {
    let objects = found.iter().flat_map(|Found { kind, table }| {
        table.rows.iter().map(|row| {
            let kind = ("kind".to_owned(), Value::from(kind.plural));
            let cells = table.columns.iter().zip(row);
            let cells = cells.map(|(column, cell)| (column.key.to_owned(), cell_value(cell)));
            Value::Object(std::iter::once(kind).chain(cells).collect())
        })
    });
    Value::Array(objects.collect())
}

fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::None => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) | Cell::Times(count, _) => Value::from(*count),
        Cell::Flag(flag) => Value::from(*flag),
        Cell::Instant(at) => Decimal::instant(*at).to_json(),
        Cell::Span(span) => Decimal::seconds(*span).to_json(),
        Cell::List(items) => Value::from(items.clone()),
        Cell::Pairs(pairs) => {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), cell_value(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// A document as indented text that ends with a line feed, in which nothing can steer a terminal.
pub(crate) fn document_text(document: &Value) -> String {
    escaped(&serde_json::to_string_pretty(document).expect("a tree is JSON")) + "\n"
}

/// A document in which nothing can steer a terminal. What JSON or quoted YAML leaves as it is, it may also escape.
pub(crate) fn escaped(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && is_unprintable(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("a string takes every byte");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim::Content;
    use cloudsim_units::SimTime;

    fn found() -> Vec<Found> {
        let column = |key, shown, content, none| Column { key, shown, content, none, heading: None };
        let columns = vec![
            column("name", Shown::Always, Content::Text, None),
            column("cause", Shown::Always, Content::List, Some("<none>")),
            column("launched_s", Shown::Wide, Content::Seconds, None),
        ];
        let launched = SimTime::ZERO + SimDuration::from_millis(61_250);
        let rows = vec![
            vec![Cell::from("web-1"), Cell::None, launched.into()],
            vec![
                Cell::from("w\u{202e}b\u{1b}"),
                vec!["a".to_owned(), "b".to_owned()].into(),
                launched.into(),
            ],
        ];
        let kind = Kind::of("instances").expect("a kind");
        vec![Found { kind, table: Table { columns, rows } }]
    }

    #[test]
    fn a_table_shows_what_is_not_there_and_escapes_what_a_terminal_would_obey() {
        insta::assert_snapshot!(text(&found(), View { shown: Shown::Wide, labels: &[] }), @r"
        NAME              CAUSE   LAUNCHED
        web-1             <none>  1m1.3s
        w\u{202e}b\u{1b}  a,b     1m1.3s
        ");
    }

    #[test]
    fn an_age_is_the_coarser_the_older_as_kubectl_prints_it() {
        let of = |seconds| age(SimDuration::from_secs(seconds));
        assert_eq!(
            [0, 107, 119, 120, 314, 599, 600, 2239, 10_799].map(of),
            ["0s", "107s", "119s", "2m", "5m14s", "9m59s", "10m", "37m", "179m"]
        );
        assert_eq!(
            [10_800, 11_100, 28_799, 28_800, 172_799, 172_800, 176_400, 691_200].map(of),
            ["3h", "3h5m", "7h59m", "8h", "47h", "2d", "2d1h", "8d"]
        );
    }

    #[test]
    fn a_document_escapes_as_json_does_and_reads_back_the_same() {
        let items = items(&found());
        let text = escaped(&serde_json::to_string_pretty(&items).expect("JSON"));
        assert!(text.contains(r"w\u202eb\u001b") && text.contains("\"launched_s\": 61.25"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), items);
    }
}

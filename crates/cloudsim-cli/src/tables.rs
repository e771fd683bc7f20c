//! What stands in a world, printed: as kubectl's tables, as a document, or as names.

use cloudsim::{Cell, Column, Kind, Table};
use cloudsim_measures::instant;
use cloudsim_records::Decimal;
use cloudsim_scenario::{is_unprintable, printable};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Things of one kind that were asked for.
pub(crate) struct Found {
    pub(crate) kind: &'static Kind,
    pub(crate) table: Table,
}

/// Tables under each other, in columns two blanks apart. Where there are several, each name says its kind.
pub(crate) fn text(found: &[Found], wide: bool) -> String {
    let filled: Vec<&Found> = found.iter().filter(|found| !found.table.rows.is_empty()).collect();
    let prefixed = filled.len() > 1;
    filled.into_iter().map(|found| table_text(found, wide, prefixed)).collect::<Vec<_>>().join("\n")
}

fn table_text(found: &Found, wide: bool, prefixed: bool) -> String {
    let shown = |column: &Column| wide || !column.wide;
    let header: Vec<String> =
        found.table.columns.iter().filter(|column| shown(column)).map(heading).collect();
    let mut lines = vec![header];
    for row in &found.table.rows {
        let cells = found.table.columns.iter().zip(row).filter(|(column, _)| shown(column));
        let mut line: Vec<String> = cells.map(|(_, cell)| cell_text(cell)).collect();
        if prefixed {
            line[0] = format!("{}/{}", found.kind.plural, line[0]);
        }
        lines.push(line);
    }
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|place| lines.iter().map(|line| line[place].width()).max().unwrap_or_default())
        .collect();
    let mut out = String::new();
    for line in lines {
        let padded =
            line.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// `launched_s` is headed `LAUNCHED`.
fn heading(column: &Column) -> String {
    column.key.strip_suffix("_s").unwrap_or(column.key).replace('_', "-").to_uppercase()
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::None => "<none>".to_owned(),
        Cell::Text(text) => printable(text),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Instant(at) => instant(*at),
        Cell::Span(span) => span.to_string(),
        Cell::List(items) if items.is_empty() => "<none>".to_owned(),
        Cell::List(items) => printable(&items.join(",")),
        Cell::Pairs(pairs) if pairs.is_empty() => "<none>".to_owned(),
        Cell::Pairs(pairs) => {
            let pair = |(name, value): &(String, Cell)| format!("{}={}", printable(name), cell_text(value));
            pairs.iter().map(pair).collect::<Vec<_>>().join(",")
        }
    }
}

/// Names, one a line, each with its kind.
pub(crate) fn names(found: &[Found]) -> String {
    let lines = found.iter().flat_map(|Found { kind, table }| {
        table.rows.iter().map(|row| format!("{}/{}\n", kind.plural, cell_text(&row[0])))
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
        Cell::Count(count) => Value::from(*count),
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

/// A number with its own digits.
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
    use cloudsim_units::{SimDuration, SimTime};

    fn found() -> Vec<Found> {
        let column = |key, wide, content, optional| Column { key, wide, content, optional };
        let columns = vec![
            column("name", false, Content::Text, false),
            column("cause", false, Content::List, true),
            column("launched_s", true, Content::Seconds, false),
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
        insta::assert_snapshot!(text(&found(), true), @r"
        NAME              CAUSE   LAUNCHED
        web-1             <none>  1m1.3s
        w\u{202e}b\u{1b}  a,b     1m1.3s
        ");
    }

    #[test]
    fn a_document_escapes_as_json_does_and_reads_back_the_same() {
        let items = items(&found());
        let text = escaped(&serde_json::to_string_pretty(&items).expect("JSON"));
        assert!(text.contains(r"w\u202eb\u001b") && text.contains("\"launched_s\": 61.25"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), items);
    }
}

//! A tree to text: the canonical form, and a form in which every value can be found again.

use super::{Field, Node, Value};
use std::fmt::Write as _;
use std::ops::Range;

/// Lines of the canonical form are at most so long where a value can be broken.
const WIDTH: usize = 110;

/// A value on one line, with the places of all values within.
pub(crate) struct Printed {
    pub(crate) text: String,
    /// Where each value stands, and the way to it: at each level the number of the part.
    pub(crate) places: Vec<(Range<usize>, Vec<usize>)>,
}

/// Prints on one line and notes where each value went.
pub(crate) fn print_with_places(node: &Node) -> Printed {
    let mut printer = Printer { out: String::new(), places: Some(Vec::new()), way: Vec::new() };
    printer.flat(node);
    Printed { text: printer.out, places: printer.places.unwrap_or_default() }
}

/// Prints on one line.
pub(crate) fn compact(node: &Node) -> String {
    let mut printer = Printer { out: String::new(), places: None, way: Vec::new() };
    printer.flat(node);
    printer.out
}

/// Prints the canonical form: what fits stays on one line, everything else has one part on each line.
pub(crate) fn pretty(node: &Node) -> String {
    let mut out = String::new();
    broken(node, 0, 0, &mut out);
    out.push('\n');
    out
}

struct Printer {
    out: String,
    places: Option<Vec<(Range<usize>, Vec<usize>)>>,
    way: Vec<usize>,
}

impl Printer {
    fn flat(&mut self, node: &Node) {
        let start = self.out.len();
        let place = self.places.as_mut().map(|places| {
            places.push((start..start, self.way.clone()));
            places.len() - 1
        });
        let (open, close) = brackets(node);
        self.out.push_str(&open);
        for (number, part) in parts(node).into_iter().enumerate() {
            if number > 0 {
                self.out.push_str(", ");
            }
            self.way.push(number);
            part.write_key(&mut self.out);
            self.flat(part.value);
            self.way.pop();
        }
        self.out.push_str(close);
        if let (Some(place), Some(places)) = (place, self.places.as_mut()) {
            places[place].0 = start..self.out.len();
        }
    }
}

/// A part of a value, with what stands before it.
struct Part<'a> {
    field: Option<&'a Field>,
    key: Option<&'a Node>,
    value: &'a Node,
}

impl Part<'_> {
    fn write_key(&self, out: &mut String) {
        if let Some(field) = self.field {
            out.push_str(&field.name);
            out.push_str(": ");
        }
        if let Some(key) = self.key {
            out.push_str(&compact(key));
            out.push_str(": ");
        }
    }
}

fn parts(node: &Node) -> Vec<Part<'_>> {
    let plain = |value| Part { field: None, key: None, value };
    match &node.value {
        Value::List(items) | Value::Tuple(_, items) => items.iter().map(plain).collect(),
        Value::Struct(_, fields) => {
            fields.iter().map(|field| Part { field: Some(field), ..plain(&field.value) }).collect()
        }
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| Part { key: Some(key), ..plain(value) }).collect()
        }
        Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => Vec::new(),
    }
}

/// What opens and closes a value; a simple one is all opening.
fn brackets(node: &Node) -> (String, &'static str) {
    match &node.value {
        Value::Word(word) => (word.clone(), ""),
        Value::Number(number) => (number.clone(), ""),
        Value::Text(text) => (quote(text), ""),
        Value::Char(c) => (format!("'{}'", c.escape_default()), ""),
        Value::List(_) => ("[".to_owned(), "]"),
        Value::Map(_) => ("{".to_owned(), "}"),
        Value::Tuple(name, _) | Value::Struct(name, _) => {
            (format!("{}(", name.as_deref().unwrap_or_default()), ")")
        }
    }
}

/// A string as RON: on one line, and nothing in it that a terminal would obey.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if crate::diagnostics::is_unprintable(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn broken(node: &Node, indent: usize, column: usize, out: &mut String) {
    let line = compact(node);
    let parts = parts(node);
    // The scenario itself is always broken: one kind of thing on each line, so that two of them compare well.
    if parts.is_empty() || (indent > 0 && column + line.chars().count() < WIDTH) {
        out.push_str(&line);
        return;
    }
    let (open, close) = brackets(node);
    out.push_str(&open);
    out.push('\n');
    for part in parts {
        let start = out.len();
        out.push_str(&" ".repeat(indent + 4));
        part.write_key(out);
        let column = out[start..].chars().count();
        broken(part.value, indent + 4, column, out);
        out.push_str(",\n");
    }
    out.push_str(&" ".repeat(indent));
    out.push_str(close);
}

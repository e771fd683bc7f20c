//! The result as YAML: the JSON document in block style.
//!
//! Written here, in a screenful: a serialiser for data models would read a number into a float on its way.

use crate::document::RunDocument;
use serde_json::Value;
use std::fmt::Write as _;

impl RunDocument {
    /// The document as YAML; numbers have the digits of the JSON document.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        to_yaml(&self.to_value())
    }
}

/// A JSON document as YAML 1.2, keys in their order, every text in quotes that needs them.
#[must_use]
pub fn to_yaml(document: &Value) -> String {
    let mut out = String::new();
    match document {
        Value::Object(map) if !map.is_empty() => block(document, 0, &mut out),
        Value::Array(items) if !items.is_empty() => block(document, 0, &mut out),
        _ => {
            scalar(document, &mut out);
            out.push('\n');
        }
    }
    out
}

/// Writes a mapping or sequence that is not empty; the cursor is where its first line begins.
fn block(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) => {
            for (place, (key, value)) in map.iter().enumerate() {
                if place > 0 {
                    indent(depth, out);
                }
                text(key, out);
                out.push(':');
                child(value, depth, out);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    indent(depth, out);
                }
                out.push('-');
                if is_block(item) {
                    out.push(' ');
                    block(item, depth + 1, out);
                } else {
                    child(item, depth, out);
                }
            }
        }
        _ => unreachable!("a scalar is written on the line of its key"),
    }
}

fn child(value: &Value, depth: usize, out: &mut String) {
    if is_block(value) {
        out.push('\n');
        indent(depth + 1, out);
        block(value, depth + 1, out);
    } else {
        out.push(' ');
        scalar(value, out);
        out.push('\n');
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn scalar(value: &Value, out: &mut String) {
    match value {
        Value::String(string) => text(string, out),
        other => write!(out, "{other}").expect("a string takes every byte"),
    }
}

/// Plain if it is a word that no version of YAML reads as anything else; else as JSON quotes it, which YAML reads.
fn text(string: &str, out: &mut String) {
    let plain = string.starts_with(|c: char| c.is_ascii_alphabetic())
        && string.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c))
        && !string.ends_with(' ')
        && !RESERVED.iter().any(|word| string.eq_ignore_ascii_case(word));
    if plain {
        out.push_str(string);
    } else {
        let quoted = Value::String(string.to_owned());
        write!(out, "{quoted}").expect("a string takes every byte");
    }
}

/// What some version of YAML reads as a boolean, a null or a number.
const RESERVED: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];

fn indent(depth: usize, out: &mut String) {
    (0..depth).for_each(|_| out.push_str("  "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_prints_in_block_style() {
        let document = json!({
            "kind": "Run",
            "empty": [],
            "none": null,
            "list": [{ "name": "web", "inner": { "a": 1 } }, 2, [3, []]],
            "flag": true,
        });
        insta::assert_snapshot!(to_yaml(&document), @r"
        kind: Run
        empty: []
        none: null
        list:
          - name: web
            inner:
              a: 1
          - 2
          - - 3
            - []
        flag: true
        ");
    }

    #[test]
    fn words_that_yaml_reads_as_something_else_are_quoted() {
        let document =
            json!(["no", "1.0", "blake3:00", "", "a: b", "5m", "frontend-1", "two words", "tab\t"]);
        insta::assert_snapshot!(to_yaml(&document), @r#"
        - "no"
        - "1.0"
        - "blake3:00"
        - ""
        - "a: b"
        - "5m"
        - frontend-1
        - two words
        - "tab\t"
        "#);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let document: Value =
            serde_json::from_str(r#"{"a":0.990000,"b":123456789.123456789,"c":12.50}"#).expect("JSON");
        assert_eq!(to_yaml(&document), "a: 0.990000\nb: 123456789.123456789\nc: 12.50\n");
    }
}

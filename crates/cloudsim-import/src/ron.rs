//! RON as people would write it: what fits stays on one line, everything else has one part on each line.

use serde_json::Value;
use std::fmt::Write as _;

/// Lines are at most so long where a value can be broken.
const WIDTH: usize = 110;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ron {
    /// As it is written: a number, a truth value.
    Word(String),
    Text(String),
    List(Vec<Ron>),
    Struct(Vec<(String, Ron)>),
    Map(Vec<(String, Ron)>),
}

/// Fields of the Kubernetes API that are maps, not structs.
const MAPS: &[&str] =
    &["labels", "matchLabels", "nodeSelector", "requests", "limits", "capacity", "allocatable", "overhead"];

impl Ron {
    pub(crate) fn text(text: impl Into<String>) -> Ron {
        Ron::Text(text.into())
    }

    /// A value of the API, which stands in a field of that name.
    pub(crate) fn of_api(field: &str, value: &Value) -> Ron {
        match value {
            Value::Null => Ron::Struct(Vec::new()),
            Value::Bool(truth) => Ron::Word(truth.to_string()),
            Value::Number(number) => Ron::Word(number.to_string()),
            Value::String(text) => Ron::Text(text.clone()),
            Value::Array(items) => Ron::List(items.iter().map(|item| Ron::of_api("", item)).collect()),
            Value::Object(fields) => {
                let parts =
                    fields.iter().map(|(name, value)| (name.clone(), Ron::of_api(name, value))).collect();
                if MAPS.contains(&field) { Ron::Map(parts) } else { Ron::Struct(parts) }
            }
        }
    }

    fn brackets(&self) -> (char, char) {
        match self {
            Ron::List(_) => ('[', ']'),
            Ron::Map(_) => ('{', '}'),
            _ => ('(', ')'),
        }
    }

    fn flat(&self, out: &mut String) {
        let (open, close) = self.brackets();
        match self {
            Ron::Word(word) => return out.push_str(word),
            Ron::Text(text) => return quote(text, out),
            Ron::List(_) | Ron::Struct(_) | Ron::Map(_) => out.push(open),
        }
        for (number, (key, value)) in self.parts().enumerate() {
            out.push_str(if number > 0 { ", " } else { "" });
            out.push_str(&key);
            value.flat(out);
        }
        out.push(close);
    }

    /// Its parts, each with what stands in front of it.
    fn parts(&self) -> Box<dyn Iterator<Item = (String, &Ron)> + '_> {
        match self {
            Ron::Word(_) | Ron::Text(_) => Box::new(std::iter::empty()),
            Ron::List(items) => Box::new(items.iter().map(|item| (String::new(), item))),
            Ron::Struct(fields) => Box::new(fields.iter().map(|(name, value)| (format!("{name}: "), value))),
            Ron::Map(entries) => Box::new(entries.iter().map(|(key, value)| {
                let mut quoted = String::new();
                quote(key, &mut quoted);
                (quoted + ": ", value)
            })),
        }
    }

    /// How many columns it takes on one line, or more than there are.
    fn width(&self) -> usize {
        let own = match self {
            Ron::Word(text) | Ron::Text(text) => text.chars().count() + 2,
            Ron::List(_) | Ron::Struct(_) | Ron::Map(_) => 2,
        };
        let mut width = own;
        for (key, value) in self.parts() {
            width += key.chars().count() + 2 + value.width();
            if width > WIDTH {
                break;
            }
        }
        width
    }

    fn broken(&self, indent: usize, before: usize, out: &mut String) {
        if indent + before + self.width() < WIDTH || matches!(self, Ron::Word(_) | Ron::Text(_)) {
            return self.flat(out);
        }
        let (open, close) = self.brackets();
        out.push(open);
        out.push('\n');
        self.lines(indent + 4, out);
        out.extend(std::iter::repeat_n(' ', indent));
        out.push(close);
    }

    fn lines(&self, indent: usize, out: &mut String) {
        for (key, value) in self.parts() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(&key);
            value.broken(indent, key.chars().count(), out);
            out.push_str(",\n");
        }
    }

    /// A document of one struct, its fields in lines of their own.
    pub(crate) fn document(&self) -> String {
        let mut out = "(\n".to_owned();
        self.lines(4, &mut out);
        out.push_str(")\n");
        out
    }
}

fn quote(text: &str, out: &mut String) {
    // Rust's escapes are RON's.
    let _ = write!(out, "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_broken_where_it_is_too_wide_and_maps_are_told_from_structs() {
        let spec = json!({
            "replicas": 3,
            "selector": { "matchLabels": { "app": "say \"web\"" } },
            "containers": [{ "name": "web", "args": ["x".repeat(100)] }],
        });
        let document = Ron::Struct(vec![("spec".into(), Ron::of_api("spec", &spec))]).document();
        let long = "x".repeat(100);
        assert_eq!(
            document,
            format!(
                r#"(
    spec: (
        replicas: 3,
        selector: (matchLabels: {{"app": "say \"web\""}}),
        containers: [
            (
                name: "web",
                args: [
                    "{long}",
                ],
            ),
        ],
    ),
)
"#
            )
        );
    }
}

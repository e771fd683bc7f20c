//! Every field of the language with its meaning, from the schema: what `explain` says of one, and the page of all.

use crate::diagnostics::did_you_mean;
use crate::schema::scenario_schema;
use crate::spec::facts::{DEFAULT_IN_WORDS, NAMES, RANGE, SOURCE};
use serde_json::Value;
use std::fmt::Write as _;

/// What every place may hold, so that it is not taken apart at each: the page of the language describes it.
const DISTRIBUTION: &str = "Distribution";

/// A field, or a kind that a field may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPage {
    /// Where it is, without names of things: `target_groups.interval`.
    pub path: String,
    /// What it is, as a whole sentence.
    pub meaning: String,
    /// What is written there, in words; empty for a kind.
    pub value: String,
    /// How it is written, if that is a text with a unit.
    pub form: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// What it is if not given, as a scenario writes it.
    pub default: Option<String>,
    /// What holds if it is not given and no value says so.
    pub default_in_words: Option<String>,
    /// Its limits.
    pub range: Option<String>,
    /// A fact of the list of sources, or `assumed`.
    pub source: Option<String>,
}

/// All fields, in the order of the language.
#[must_use]
pub fn fields() -> Vec<FieldPage> {
    let schema = scenario_schema();
    let mut walk = Walk { schema: &schema, pages: Vec::new() };
    walk.enter_fields("", &schema);
    walk.pages
}

/// The field of that path, with or without the name of a thing in it: `target_groups.frontend.interval`.
///
/// # Errors
/// There is none; the text says which may have been meant.
///
/// ```
/// use cloudsim_scenario::field;
/// assert_eq!(field("target_groups.interval").expect("it exists").default.as_deref(), Some("\"30s\""));
/// assert_eq!(field("target_groups.intervall"), Err("did you mean `target_groups.interval`?".into()));
/// ```
pub fn field(path: &str) -> Result<FieldPage, String> {
    let all = fields();
    let parts: Vec<&str> = path.split('.').collect();
    let without_name = match parts.as_slice() {
        [kind, _, rest @ ..] if !rest.is_empty() => Some([&[*kind], rest].concat().join(".")),
        _ => None,
    };
    let wanted = [Some(path.to_owned()), without_name];
    let found = wanted.iter().flatten().find_map(|wanted| all.iter().find(|page| page.path == *wanted));
    found.cloned().ok_or_else(|| {
        // Of a path whose first part is right, the fields of that kind are what may have been meant.
        let kind = format!("{}.", parts[0]);
        let near: Vec<&str> = all.iter().map(|page| page.path.as_str()).collect();
        let own: Vec<&str> = near.iter().copied().filter(|path| path.starts_with(&kind)).collect();
        did_you_mean(path, if own.is_empty() { near } else { own }).unwrap_or_default()
    })
}

/// The page of all fields, in Markdown.
#[must_use]
pub fn reference_page() -> String {
    let mut page = format!("# Reference of the language\n\n{OPENING}\n\n## The scenario itself\n{HEAD}");
    let schema = scenario_schema();
    let mut walk = Walk { schema: &schema, pages: Vec::new() };
    walk.enter_fields("", &schema);
    let all = &walk.pages;
    let is_list = |path: &str| all.iter().any(|field| field.path.starts_with(&format!("{path}.")));
    for field in all.iter().filter(|field| !field.path.contains('.')) {
        row(&mut page, &field.path, field);
    }
    for kind in all.iter().filter(|field| !field.path.contains('.') && is_list(&field.path)) {
        let start = format!("{}.", kind.path);
        let _ = write!(page, "\n## `{}`\n\n{}\n{HEAD}", kind.path, walk.one_of(&kind.path));
        for field in all {
            if let Some(path) = field.path.strip_prefix(&start) {
                row(&mut page, path, field);
            }
        }
    }
    page
}

const OPENING: &str = "\
Every kind and every field. **Bold** fields must be given. A dot leads into a part: `server.workers` is `workers` in `server`, \
and a part\nthat begins with a capital letter is one of several kinds. Where a default has a source, the fact stands beside it \
([sources](sources.md));\n*assumed* ones are explained at the constant, in the `limits.rs` of the service. What the values look \
like, and how the parts belong together,\nis told by [the language](language.md). `cloudsim explain FIELD` shows one field, and \
`cloudsim schema scenario` prints the same as a JSON Schema\n([docs/schema/scenario.json](schema/scenario.json)). This page is \
made from the types that files are read into; `just golden` writes it anew.";

const HEAD: &str = "\n| Field | Value | Default | Limits | |\n| --- | --- | --- | --- | --- |\n";

fn row(page: &mut String, path: &str, field: &FieldPage) {
    let path = if field.required { format!("**`{path}`**") } else { format!("`{path}`") };
    let written = field.default.as_ref().map(|default| format!("`{default}`"));
    let default = written.or_else(|| field.default_in_words.clone()).unwrap_or_default();
    let default = match field.source.as_deref() {
        Some("assumed") => format!("{default}, *assumed*"),
        Some(fact) => format!("{default} ({fact})"),
        None => default,
    };
    let range = field.range.as_deref().unwrap_or_default();
    let cells = [path.as_str(), &field.value, &default, range, &field.meaning];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let line = format!("| {} |\n", cells.join(" | "));
    page.push_str(&line.replace("  ", " ").replace("  ", " "));
}

struct Walk<'a> {
    schema: &'a Value,
    pages: Vec<FieldPage>,
}

impl<'a> Walk<'a> {
    /// What a reference leads to, and its name.
    fn resolve(&self, node: &'a Value) -> (Option<&'a str>, &'a Value) {
        let name = node["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/"));
        (name, name.map_or(node, |name| &self.schema["$defs"][name]))
    }

    /// What a thing of one of the scenario's lists is, or a field of it that is no list.
    fn one_of(&self, kind: &str) -> &'a str {
        let field = &self.schema["properties"][kind];
        let (_, item) = self.resolve(field.get("items").unwrap_or(field));
        item["description"].as_str().unwrap_or_default()
    }

    fn enter_fields(&mut self, path: &str, node: &'a Value) {
        let required =
            |name: &str| node["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name));
        for (name, field) in node["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.pages.push(self.page(&path, field, required(name)));
            self.enter(&path, field);
        }
    }

    /// Goes into what a value is made of.
    fn enter(&mut self, path: &str, node: &'a Value) {
        let (name, node) = self.resolve(node);
        if name == Some(DISTRIBUTION) {
            return;
        }
        if node["type"] == "array" && node.get("items").is_some_and(Value::is_object) {
            self.enter(path, &node["items"]);
        } else if let Some(kinds) = kinds(node) {
            for kind in kinds {
                let path = format!("{path}.{}", kind.name);
                self.pages.push(FieldPage {
                    path: path.clone(),
                    meaning: kind.meaning.to_owned(),
                    value: kind.content.map_or_else(String::new, |content| self.value(content)),
                    form: kind.content.and_then(|content| self.form(content)),
                    required: false,
                    default: None,
                    default_in_words: None,
                    range: None,
                    source: None,
                });
                if let Some(content) = kind.content {
                    self.enter(&path, content);
                }
            }
        } else {
            self.enter_fields(path, node);
        }
    }

    fn page(&self, path: &str, node: &'a Value, required: bool) -> FieldPage {
        let text = |key: &str| node[key].as_str().map(str::to_owned);
        let is_kind = kinds(self.resolve(node).1).is_some();
        let written = node.get("default").map(|default| match default {
            Value::String(word) if is_kind => word.clone(),
            other => ron(other),
        });
        FieldPage {
            path: path.to_owned(),
            meaning: text("description").unwrap_or_default(),
            value: self.value(node),
            form: self.form(node),
            required,
            default: written,
            default_in_words: text(DEFAULT_IN_WORDS),
            range: text(RANGE),
            source: text(SOURCE),
        }
    }

    /// How a text with a unit is written: `a duration, as in "30s"`.
    fn form(&self, node: &'a Value) -> Option<String> {
        let (name, inner) = self.resolve(node);
        name.filter(|_| inner["type"] == "string" && kinds(inner).is_none())?;
        inner["description"].as_str().map(str::to_owned)
    }

    /// What is written there, in words.
    fn value(&self, node: &'a Value) -> String {
        let (name, inner) = self.resolve(node);
        let names = node[NAMES].as_str().map(|list| format!("name in `{}`", list.replace(" or ", "` or `")));
        if name == Some(DISTRIBUTION) {
            return "distribution".into();
        }
        if kinds(inner).is_some() {
            return "kind".into();
        }
        match inner["type"].as_str() {
            Some("array") if inner.get("prefixItems").is_some() => {
                names.map_or("several values".into(), |names| format!("two, each a {names}"))
            }
            Some("array") => {
                let items = names.unwrap_or_else(|| self.value(&inner["items"]));
                if ["kind", "struct"].contains(&items.as_str()) {
                    "list".into()
                } else {
                    format!("list: {items}")
                }
            }
            Some("object") if inner.get("properties").is_some() => "struct".into(),
            Some("object") => names.map_or("map".into(), |names| format!("map: {names} to count")),
            Some("integer") => "count".into(),
            Some("number") => "number".into(),
            Some("boolean") => "`true` or `false`".into(),
            _ => names.or_else(|| name.map(str::to_owned)).unwrap_or_else(|| "text".into()),
        }
    }
}

/// One of several things that a value may be.
struct Kind<'a> {
    name: &'a str,
    meaning: &'a str,
    content: Option<&'a Value>,
}

/// The kinds that a value may be of, if it is of one of several.
fn kinds(node: &Value) -> Option<Vec<Kind<'_>>> {
    let all = node["oneOf"].as_array()?;
    all.iter()
        .map(|node| {
            let meaning = node["description"].as_str().unwrap_or_default();
            if let Some(name) = node["const"].as_str() {
                return Some(Kind { name, meaning, content: None });
            }
            let (name, content) = node["properties"].as_object().and_then(|fields| fields.iter().next())?;
            Some(Kind { name, meaning, content: Some(content) })
        })
        .collect()
}

/// A value as a scenario writes it.
fn ron(value: &Value) -> String {
    let list = |items: &[Value]| items.iter().map(ron).collect::<Vec<_>>().join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Object(fields) => match fields.iter().next() {
            Some((kind, Value::Array(items))) => format!("{kind}({})", list(items)),
            Some((kind, content)) => format!("{kind}({})", ron(content)),
            None => "{}".into(),
        },
        other => other.to_string(),
    }
}

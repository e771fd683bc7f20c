//! Every field of the language with its meaning, from the schema: what `explain` says of one, and the page of all.

use crate::diagnostics::{did_you_mean, nearest};
use crate::schema::scenario_schema;
use crate::spec::API;
use crate::spec::facts::{DEFAULT_IN_WORDS, NAMES, RANGE, SOURCE};
use serde_json::Value;
use std::fmt::Write as _;

/// What every place may hold, so that it is not taken apart at each: the page of the language describes it.
const DISTRIBUTION: &str = "Distribution";

/// What is longer leads to no field, even with names of things in it.
const PATH_MAX: usize = 2_000;

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

/// The field of a path as people type it: in full, its end alone, as `--set` takes it with names of things in it, or with the
/// kind of a thing in front: `target_groups.interval`, `GreyZone.loss`, `databases.orders.multi_az`, `Subnet.cidr`.
///
/// # Errors
/// There is none, or there are several; the text says which may have been meant.
///
/// ```
/// use cloudsim_scenario::field;
/// assert_eq!(field("target_groups.interval").expect("it exists").default.as_deref(), Some("\"30s\""));
/// assert_eq!(field("GreyZone.loss").expect("it exists").path, "faults.GreyZone.loss");
/// assert_eq!(field("target_groups.intervall"), Err("did you mean `target_groups.interval`?".into()));
/// ```
pub fn field(path: &str) -> Result<FieldPage, String> {
    let all = fields();
    if let Some(page) = all.iter().find(|page| page.path == path) {
        return Ok(page.clone());
    }
    if path.len() > PATH_MAX {
        return Err(format!("no field has a path of more than {PATH_MAX} bytes"));
    }
    let typed: Vec<String> = path.split('.').map(plain).collect();
    let ends: Vec<&FieldPage> = all.iter().filter(|page| ends_like(&page.path, &typed)).collect();
    match ends.as_slice() {
        [] => {}
        [page] => return Ok((*page).clone()),
        many => {
            let paths: Vec<String> = many.iter().take(12).map(|page| format!("`{}`", page.path)).collect();
            let more = if many.len() > paths.len() { ", …" } else { "" };
            return Err(format!("it may be {}{more}", paths.join(", ")));
        }
    }
    let through = all.iter().filter_map(|page| Some((leads_through(&page.path, &typed)?, page)));
    // Of those that fit equally well the first, as everywhere.
    let best = through.fold(
        None,
        |best: Option<(usize, &FieldPage)>, next| {
            if best.is_some_and(|best| best.0 >= next.0) { best } else { Some(next) }
        },
    );
    if let Some((_, page)) = best {
        return Ok(page.clone());
    }
    // Of a path whose first part is right, the fields of that kind are what may have been meant; else those of any place
    // that end like it.
    let kind = format!("{}.", path.split('.').next().unwrap_or_default());
    let own: Vec<&str> =
        all.iter().map(|page| page.path.as_str()).filter(|path| path.starts_with(&kind)).collect();
    if !own.is_empty() {
        return Err(did_you_mean(path, own).unwrap_or_default());
    }
    let tails: Vec<(&str, &str)> =
        all.iter().map(|page| (tail(&page.path, typed.len()), page.path.as_str())).collect();
    let near = nearest(path, tails.iter().map(|(tail, _)| *tail));
    let meant = near.and_then(|near| tails.iter().find(|(tail, _)| *tail == near));
    Err(match meant {
        Some((_, whole)) => format!("did you mean `{whole}`?"),
        None => did_you_mean(path, all.iter().map(|page| page.path.as_str())).unwrap_or_default(),
    })
}

/// A part of a path without what people do not remember.
fn plain(part: &str) -> String {
    part.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Whether a list or a kind is what a part of a path means; one thing of a list is called by its singular.
fn is_part(part: &str, typed: &str) -> bool {
    let part = plain(part);
    part == typed || part.strip_suffix('s') == Some(typed) || part.strip_suffix("es") == Some(typed)
}

/// Whether a path ends with what was typed.
fn ends_like(path: &str, typed: &[String]) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    let Some(start) = parts.len().checked_sub(typed.len()) else { return false };
    parts[start..].iter().zip(typed).all(|(part, typed)| is_part(part, typed))
}

/// How many parts of a path are in what was typed, if that leads there: names of things may stand between them, and kinds
/// may be left out.
fn leads_through(path: &str, typed: &[String]) -> Option<usize> {
    let (mut found, mut rest) = (0, typed);
    for (index, part) in path.split('.').enumerate() {
        let may_lack = part.starts_with(char::is_uppercase);
        match rest.iter().position(|typed| is_part(part, typed)) {
            Some(at) if index > 0 || at == 0 => {
                found += 1;
                rest = &rest[at + 1..];
            }
            _ if may_lack => {}
            _ => return None,
        }
    }
    rest.is_empty().then_some(found)
}

/// The last parts of a path.
fn tail(path: &str, parts: usize) -> &str {
    path.rmatch_indices('.').nth(parts.saturating_sub(1)).map_or(path, |(at, _)| &path[at + 1..])
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
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
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
        link(self.schema, node)
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
        FieldPage {
            path: path.to_owned(),
            meaning: text("description").unwrap_or_default(),
            value: self.value(node),
            form: self.form(node),
            required,
            default: written_default(self.schema, node),
            default_in_words: text(DEFAULT_IN_WORDS),
            range: text(RANGE),
            source: text(SOURCE),
        }
    }

    /// How a text with a unit is written: `a duration, as in "30s"`.
    fn form(&self, node: &'a Value) -> Option<String> {
        let (name, inner) = self.resolve(node);
        let is_text = inner["type"] == "string" || inner["type"].is_array();
        name.filter(|_| is_text && kinds(inner).is_none())?;
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
        if let Some(page) = inner[API].as_str() {
            return format!("[`{}`]({page})", name.unwrap_or_default());
        }
        if let Some(types) = inner["type"].as_array() {
            return types
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" or ")
                .replace("string", "text");
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

/// What a reference in a schema leads to, and its name.
pub(crate) fn link<'a>(schema: &'a Value, node: &'a Value) -> (Option<&'a str>, &'a Value) {
    let name = node["$ref"].as_str().and_then(|link| link.strip_prefix("#/$defs/"));
    (name, name.map_or(node, |name| &schema["$defs"][name]))
}

/// The value of a field that is not given, as a scenario writes it.
pub(crate) fn written_default(schema: &Value, node: &Value) -> Option<String> {
    let is_kind = kinds(link(schema, node).1).is_some();
    node.get("default").map(|default| match default {
        Value::String(word) if is_kind => word.clone(),
        other => ron(other),
    })
}

/// One of several things that a value may be.
pub(crate) struct Kind<'a> {
    pub(crate) name: &'a str,
    meaning: &'a str,
    pub(crate) content: Option<&'a Value>,
}

/// The kinds that a value may be of, if it is of one of several.
pub(crate) fn kinds(node: &Value) -> Option<Vec<Kind<'_>>> {
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

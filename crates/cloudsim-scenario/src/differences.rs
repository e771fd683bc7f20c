//! Where two scenarios differ: by the paths that `--set` takes, after includes, overrides and defaults.
//!
//! Compared is what is run: [`Plan::resolved`]. Things of a list are matched by their names, as paths match them, so that their
//! order is no difference; lists of plain values are compared whole. A field that one scenario lacks has its default, and
//! durations are compared as such: `"60s"` is `"1m"`.
//!
//! # Not seen
//! Defaults that are words in the reference (they follow from other fields, or from a vendor's table) are no values to compare
//! with: a scenario that writes such a default out has a field more. The same holds for defaults of the Kubernetes API, which
//! [`spec`](crate::reference_page) leaves to its documentation. `name`, `seed`, `sweep`, `optimize` and `failures` are no part
//! of the comparison.

use crate::diagnostics::{Origin, SourceId, Sources};
use crate::names::{full_name, identity};
use crate::plan::Plan;
use crate::reference::{kinds, link, written_default};
use crate::schema::scenario_schema;
use crate::spec::{KINDS, ROOT_FIELDS};
use crate::syntax::{Field, Node, Value, compact, parse_value};
use cloudsim_units::SimDuration;
use serde_json::Value as Schema;

/// A setting that two scenarios do not have alike. Values are RON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which, as `--set` names it.
    pub path: String,
    /// Its value in the first; `None` if it has none.
    pub before: Option<String>,
    /// Its value in the second; `None` if it has none.
    pub after: Option<String>,
}

/// What no result depends on when both run with the same seeds.
const ASIDE: [&str; 2] = ["name", "seed"];

/// The settings of two scenarios that differ, in the order of the language.
///
/// ```
/// use cloudsim_scenario::{Difference, MemoryFiles, Overrides, differences, load};
///
/// let with = |set: &[&str]| {
///     let set = set.iter().map(|text| (*text).to_owned()).collect();
///     load(&MemoryFiles::default(), "az-a-outage", &Overrides { set, ..Overrides::default() }).expect("it is shipped").plan
/// };
/// let found = differences(&with(&[]), &with(&["databases.orders.multi_az=false", "duration=1800s"]));
/// let [Difference { path, before, after }] = &found[..] else { panic!("{found:?}") };
/// assert_eq!(path, "databases.orders.multi_az");
/// assert_eq!([before.as_deref(), after.as_deref()], [Some("true"), Some("false")]);
/// ```
#[must_use]
pub fn differences(before: &Plan, after: &Plan) -> Vec<Difference> {
    let mut sources = Sources::default();
    let source = sources.add("scenario".into(), String::new(), Origin::File);
    let schema = scenario_schema();
    let mut walk = Walk { schema: &schema, source, found: Vec::new() };
    let [before, after] = [before, after].map(|plan| {
        let mut root = parse_value(source, &plan.resolved, 0).expect("what was resolved can be read");
        if let Some(fields) = root.fields_mut() {
            fields.retain(|field| !ASIDE.contains(&field.name.as_str()));
        }
        root
    });
    let known = ROOT_FIELDS.iter().chain(KINDS);
    let fields = |root: &Node, name: &str| root.field(name).cloned();
    for name in known {
        walk.field(name, &schema, name, fields(&before, name).as_ref(), fields(&after, name).as_ref());
    }
    walk.found
}

struct Walk<'a> {
    schema: &'a Schema,
    /// Where values come from that no file has.
    source: SourceId,
    found: Vec<Difference>,
}

impl<'a> Walk<'a> {
    fn add(&mut self, path: &str, before: Option<&Node>, after: Option<&Node>) {
        let [before, after] = [before, after].map(|node| node.map(compact));
        self.found.push(Difference { path: path.to_owned(), before, after });
    }

    /// The value of a field that is not given, if a scenario could write it.
    fn default(&self, schema: &Schema) -> Option<Node> {
        parse_value(self.source, &written_default(self.schema, schema)?, 0).ok()
    }

    /// A field of a struct; `of` is what the language says about that.
    fn field(&mut self, path: &str, of: &'a Schema, name: &str, before: Option<&Node>, after: Option<&Node>) {
        let schema = &of["properties"][name];
        match (before, after) {
            (None, None) => {}
            (Some(before), Some(after)) => self.value(path, schema, name, before, after),
            (one, other) => {
                let default = self.default(schema);
                let [one, other] = [one, other].map(|given| given.or(default.as_ref()));
                match (one, other) {
                    (Some(one), Some(other)) => self.value(path, schema, name, one, other),
                    _ => self.add(path, one, other),
                }
            }
        }
    }

    /// A value that both have, of the field or list `name`.
    fn value(&mut self, path: &str, schema: &'a Schema, name: &str, before: &Node, after: &Node) {
        if is_same(before, after) {
            return;
        }
        let schema = link(self.schema, schema).1;
        match (&before.value, &after.value) {
            (Value::List(one), Value::List(other)) => match keyed(name, one).zip(keyed(name, other)) {
                Some((one, other)) => self.items(path, &schema["items"], one, other),
                None => self.add(path, Some(before), Some(after)),
            },
            (Value::Map(one), Value::Map(other)) => self.entries(path, one, other),
            _ => match (before.fields(), after.fields()) {
                (Some(one), Some(other)) if before.variant() == after.variant() => {
                    let schema = self.content(schema, before.variant());
                    self.fields(path, schema, one, other);
                }
                _ => self.add(path, Some(before), Some(after)),
            },
        }
    }

    /// What the language says about the fields of a kind.
    fn content(&self, schema: &'a Schema, variant: Option<&str>) -> &'a Schema {
        let all = kinds(schema).unwrap_or_default();
        let content = all.into_iter().find(|kind| Some(kind.name) == variant).and_then(|kind| kind.content);
        link(self.schema, content.unwrap_or(schema)).1
    }

    fn fields(&mut self, path: &str, schema: &'a Schema, one: &[Field], other: &[Field]) {
        let find = |fields: &'_ [Field], name: &str| fields.iter().position(|field| field.name == name);
        for field in one {
            let after = find(other, &field.name).map(|at| &other[at].value);
            self.field(&join(path, &field.name), schema, &field.name, Some(&field.value), after);
        }
        for field in other.iter().filter(|field| find(one, &field.name).is_none()) {
            self.field(&join(path, &field.name), schema, &field.name, None, Some(&field.value));
        }
    }

    fn items(&mut self, path: &str, schema: &'a Schema, one: Vec<Item<'_>>, other: Vec<Item<'_>>) {
        for item in &one {
            let path = join(path, &item.name);
            match other.iter().find(|other| other.key == item.key) {
                Some(other) => self.value(&path, schema, &item.name, item.node, other.node),
                None => self.add(&path, Some(item.node), None),
            }
        }
        for item in other.iter().filter(|item| one.iter().all(|one| one.key != item.key)) {
            self.add(&join(path, &item.name), None, Some(item.node));
        }
    }

    fn entries(&mut self, path: &str, one: &[(Node, Node)], other: &[(Node, Node)]) {
        let name = |key: &Node| key.text().map_or_else(|| compact(key), str::to_owned);
        for (key, before) in one {
            let path = join(path, &name(key));
            match other.iter().find(|(other, _)| name(other) == name(key)) {
                Some((_, after)) => self.value(&path, &Schema::Null, "", before, after),
                None => self.add(&path, Some(before), None),
            }
        }
        for (key, after) in other.iter().filter(|(key, _)| one.iter().all(|(one, _)| name(one) != name(key)))
        {
            self.add(&join(path, &name(key)), None, Some(after));
        }
    }
}

/// A thing of a list.
struct Item<'a> {
    name: String,
    /// What tells it from all others.
    key: (String, Option<String>),
    node: &'a Node,
}

/// The things of a list with what tells them apart; `None` if nothing does.
fn keyed<'a>(list: &str, items: &'a [Node]) -> Option<Vec<Item<'a>>> {
    let mut all: Vec<Item<'a>> = Vec::new();
    for node in items {
        let (name, _) = identity(list, node)?;
        let key = full_name(list, node, &name);
        let is_it = |other: &&Node| identity(list, other).is_some_and(|(other, _)| other == name);
        let name = match &key.1 {
            Some(cluster) if items.iter().filter(is_it).nth(1).is_some() => format!("{cluster}/{name}"),
            _ => name,
        };
        if all.iter().any(|item| item.key == key) {
            return None;
        }
        all.push(Item { name, key, node });
    }
    Some(all)
}

fn join(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}

/// Whether two values are the same, in whatever unit a duration is written.
fn is_same(one: &Node, other: &Node) -> bool {
    let time = |node: &Node| SimDuration::parse(node.text()?).ok();
    compact(one) == compact(other) || time(one).is_some_and(|span| time(other) == Some(span))
}

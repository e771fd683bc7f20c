//! Many files to one tree: lists joined in the order of the includes, the scenario's own items last.

use crate::diagnostics::{Problem, Span, codes, did_you_mean, nearest};
use crate::names::check_twins;
use crate::spec::{KINDS, ROOT_FIELDS};
use crate::syntax::{Field, Node, Value};
use std::collections::BTreeMap;

/// The language that this program reads.
const VERSION: &str = "1";

/// A scenario as one tree, and what its files want to be set in it.
pub(crate) struct Merged {
    pub(crate) root: Node,
    /// Paths and values of the `set` fields, in order.
    pub(crate) sets: Vec<(String, Span, Node)>,
}

/// Joins files, the scenario itself being the last. `None` if that one is not a struct, or if one is of an unknown version:
/// whatever else stands in it may mean something else.
pub(crate) fn merge(documents: Vec<Node>, problems: &mut Vec<Problem>) -> Option<Merged> {
    let last = documents.len().checked_sub(1)?;
    let mut fields: Vec<Option<Field>> = vec![None; ROOT_FIELDS.len() + KINDS.len()];
    let mut sets = Vec::new();
    let mut root_span = None;
    if !check_versions(&documents, problems) {
        return None;
    }
    for (index, mut document) in documents.into_iter().enumerate() {
        // Here for the fields of the file; overrides are looked at when they are in.
        drop_duplicate_fields(&mut document, problems);
        let span = document.span;
        let unnamed = matches!(document.value, Value::Struct(None, _) | Value::Tuple(None, _));
        let Some(own) = document.fields_mut().filter(|_| unnamed).map(std::mem::take) else {
            let problem = Problem::error(&codes::NOT_A_STRUCT, "not a scenario");
            problems.push(problem.at(kind(&document)).hint("a file is one struct: `( version: 1, … )`"));
            continue;
        };
        for field in meant(own, problems) {
            add(field, &mut fields, &mut sets, problems);
        }
        root_span = (index == last).then_some(span);
    }
    let fields = fields.into_iter().flatten().collect();
    let root = Node { span: root_span?, value: Value::Struct(None, fields) };
    Some(Merged { root, sets })
}

/// All fields of a scenario, in the order of the canonical form.
fn known() -> impl Iterator<Item = &'static str> {
    ROOT_FIELDS.iter().chain(KINDS).copied()
}

/// The field of a scenario that a name is, or probably should be.
pub(crate) fn meant_name(name: &str) -> Option<&'static str> {
    known().find(|known| *known == name).or_else(|| nearest(name, known()))
}

/// The fields of a file that a scenario has. An unknown one stands for the one that was probably meant, so that what it
/// says is not missed as well.
fn meant(mut own: Vec<Field>, problems: &mut Vec<Problem>) -> Vec<Field> {
    let given: Vec<String> = own.iter().map(|field| field.name.clone()).collect();
    own.retain_mut(|field| {
        if known().any(|known| known == field.name) {
            return true;
        }
        let name = &field.name;
        let problem = Problem::error(&codes::UNKNOWN_FIELD, format!("a scenario has no field `{name}`"));
        problems.push(problem.at(field.name_span).hint(did_you_mean(name, known()).unwrap_or_default()));
        let fits = |known: &str| !KINDS.contains(&known) || matches!(field.value.value, Value::List(_));
        let meant = meant_name(name).filter(|meant| fits(meant) && !given.iter().any(|name| name == meant));
        if let Some(meant) = meant {
            meant.clone_into(&mut field.name);
        }
        meant.is_some()
    });
    own
}

fn add(
    field: Field,
    fields: &mut [Option<Field>],
    sets: &mut Vec<(String, Span, Node)>,
    problems: &mut Vec<Problem>,
) {
    let Some(slot) = known().position(|name| name == field.name) else { return };
    match field.name.as_str() {
        // Read when the files were.
        "include" => {}
        "set" => match field.value.value {
            Value::Map(entries) => {
                for (key, value) in entries {
                    match key.value {
                        Value::Text(path) => sets.push((path, key.span, value)),
                        _ => problems.push(not_a_path(key.span)),
                    }
                }
            }
            _ => problems.push(not_a_path(field.value.span)),
        },
        "alternatives" => match (&mut fields[slot], field.value.value) {
            // Of one name the last file's.
            (Some(Field { value: Node { value: Value::Map(all), .. }, .. }), Value::Map(own)) => {
                all.retain(|(name, _)| own.iter().all(|(other, _)| other.text() != name.text()));
                all.extend(own);
            }
            (other, value) => *other = Some(Field { value: Node { value, ..field.value }, ..field }),
        },
        _ if slot >= ROOT_FIELDS.len() => match (&mut fields[slot], field.value.value) {
            (Some(Field { value: Node { value: Value::List(all), .. }, .. }), Value::List(items)) => {
                all.extend(items);
            }
            (empty, Value::List(items)) => {
                let value = Node { span: field.value.span, value: Value::List(items) };
                *empty = Some(Field { value, ..field });
            }
            _ => problems.push(not_a_list(&field.name, field.value.span)),
        },
        _ => fields[slot] = Some(field),
    }
}

/// Brings the fields of a scenario into the order of the canonical form.
pub(crate) fn sort_fields(root: &mut Node) {
    let slot = |field: &Field| known().position(|name| name == field.name);
    if let Some(fields) = root.fields_mut() {
        fields.sort_by_key(slot);
    }
}

pub(crate) fn not_a_list(kind: &str, span: Span) -> Problem {
    let problem = Problem::error(&codes::WRONG_TYPE, format!("`{kind}` is a list"));
    problem.at(span).hint(format!("write `{kind}: [ … ]`"))
}

fn not_a_path(span: Span) -> Problem {
    let problem = Problem::error(&codes::WRONG_TYPE, "expected settings and their values");
    problem.at(span).hint("write `set: { \"databases.orders.multi_az\": false }`")
}

/// Whether all files are of the version that this program reads. A world need not say so, the scenario itself must.
fn check_versions(documents: &[Node], problems: &mut Vec<Problem>) -> bool {
    let before = problems.len();
    for (index, document) in documents.iter().enumerate() {
        let given = document.field("version");
        let (message, place, hint) = match given.map(|given| (given, &given.value)) {
            Some((_, Value::Number(number))) if number == VERSION => continue,
            Some((given, Value::Number(found))) => (
                unknown(found),
                given.span,
                format!("write `version: {VERSION}`, or take a cloudsim that knows {found}"),
            ),
            Some((given, Value::Text(found))) => (
                unknown(&format!("{found:?}")),
                given.span,
                format!("write the number, `version: {VERSION}`"),
            ),
            Some((given, _)) => (unknown("of this kind"), given.span, format!("write `version: {VERSION}`")),
            None if index + 1 == documents.len() && document.fields().is_some() => {
                let start = document.span.start as usize;
                let place = Span::new(document.span.source, start, start + 1);
                let message = format!("a scenario without a `version`; this program knows {VERSION}");
                (message, place, format!("write `version: {VERSION}` first"))
            }
            None => continue,
        };
        problems.push(Problem::error(&codes::VERSION, message).at(place).hint(hint));
    }
    problems.len() == before
}

fn unknown(version: &str) -> String {
    format!("unknown version {version} of the language; this program knows {VERSION}")
}

/// Reports fields and keys that are given twice, and keeps the first.
pub(crate) fn drop_duplicate_fields(node: &mut Node, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::Struct(_, fields) => {
            let mut seen: BTreeMap<String, Span> = BTreeMap::new();
            fields.retain(|field| {
                if let Some(first) = seen.get(&field.name) {
                    problems.push(twice(&field.name, field.name_span, *first));
                    false
                } else {
                    seen.insert(field.name.clone(), field.name_span);
                    true
                }
            });
            for field in fields {
                drop_duplicate_fields(&mut field.value, problems);
            }
        }
        Value::Map(entries) => {
            let mut seen: BTreeMap<String, Span> = BTreeMap::new();
            entries.retain(|(key, _)| {
                if let Some((text, first)) = key.text().and_then(|text| Some((text, seen.get(text)?))) {
                    problems.push(twice(text, key.span, *first));
                    false
                } else {
                    seen.extend(key.text().map(|text| (text.to_owned(), key.span)));
                    true
                }
            });
            for (_, value) in entries {
                drop_duplicate_fields(value, problems);
            }
        }
        Value::List(items) | Value::Tuple(_, items) => {
            for item in items {
                drop_duplicate_fields(item, problems);
            }
        }
        Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => {}
    }
}

fn twice(name: &str, place: Span, first: Span) -> Problem {
    let problem = Problem::error(&codes::DUPLICATE_FIELD, format!("`{name}` is given twice"));
    problem.at(place).also(first, "first given here")
}

/// The part of a value that stands for it: its name, the name of its kind, or where it starts.
pub(crate) fn head(node: &Node) -> Span {
    node.field("name").map_or_else(|| kind(node), |name| name.span)
}

/// The name of a value's kind, or where it starts.
pub(crate) fn kind(node: &Node) -> Span {
    let length = match &node.value {
        Value::Struct(name, _) | Value::Tuple(name, _) => name.as_ref().map_or(1, String::len),
        Value::List(_) | Value::Map(_) => 1,
        Value::Word(_) | Value::Number(_) | Value::Text(_) | Value::Char(_) => return node.span,
    };
    let start = node.span.start as usize;
    Span::new(node.span.source, start, start + length)
}

/// Problems about two things of one name, as places among the others: by the list that has them.
pub(crate) type Twins = BTreeMap<String, Vec<usize>>;

/// Reports things of one kind, and parts of one thing, that cannot be told apart.
pub(crate) fn check_duplicate_names(root: &Node, problems: &mut Vec<Problem>) -> Twins {
    let mut twins = Twins::new();
    for field in root.fields().unwrap_or_default().iter().filter(|field| KINDS.contains(&field.name.as_str()))
    {
        let Value::List(items) = &field.value.value else { continue };
        let before = problems.len();
        check_twins(&field.name, items, problems);
        if problems.len() > before {
            twins.insert(field.name.clone(), (before..problems.len()).collect());
        }
        for part in items.iter().filter_map(Node::fields).flatten() {
            if let Value::List(items) = &part.value.value {
                check_twins(&part.name, items, problems);
            }
        }
    }
    twins
}

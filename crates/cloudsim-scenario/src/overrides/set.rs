//! `kind.name.field=value`: the way to a value, by names.

use super::alternatives;
use crate::diagnostics::{Problem, Span, codes, did_you_mean};
use crate::names::{all_names, identity};
use crate::spec::{KINDS, MAPS, ROOT_FIELDS};
use crate::syntax::{Field, Node, Value};

/// The field whose parts are chosen, and set what the chosen one sets.
pub(super) const ALTERNATIVES: &str = "alternatives";

/// Sets what `path` names to `value`. `place` is where the path is written, with or without quotes.
pub(crate) fn set(root: &mut Node, path: &str, place: Span, value: Node) -> Result<(), Problem> {
    let walk = Walk { path, place };
    let (kind, rest) = split(path);
    if !parts().any(|name| name == kind) {
        let hint = did_you_mean(kind, parts()).unwrap_or_default();
        return Err(walk.problem(format!("a scenario has no `{kind}`"), path, kind).hint(hint));
    }
    if kind == ALTERNATIVES {
        let name = rest.unwrap_or_default();
        return alternatives::choose(root, name, walk.span(name, name), &value);
    }
    walk.enter_field(root, path, value)
}

/// The parts of a scenario that can be set.
pub(super) fn parts() -> impl Iterator<Item = &'static str> {
    let fixed = ["include", "set", "version"];
    ROOT_FIELDS.iter().chain(KINDS).copied().filter(move |name| !fixed.contains(name))
}

/// In all methods `rest` is the part of the path that is left, always its end.
struct Walk<'a> {
    path: &'a str,
    place: Span,
}

impl Walk<'_> {
    /// Where `part` is written, which `rest` starts with.
    fn span(&self, rest: &str, part: &str) -> Span {
        let length = (self.place.end - self.place.start) as usize;
        let quotes = length.saturating_sub(self.path.len());
        if quotes != 0 && quotes != 2 {
            return self.place;
        }
        let start = self.place.start as usize + quotes / 2 + self.path.len() - rest.len();
        Span::new(self.place.source, start, start + part.len())
    }

    fn problem(&self, message: String, rest: &str, part: &str) -> Problem {
        Problem::error(&codes::SET, message).at(self.span(rest, part))
    }

    /// Goes on in a value; `list` is the field that holds it.
    fn enter_value(&self, node: &mut Node, list: &str, rest: &str, value: Node) -> Result<(), Problem> {
        if node.fields().is_some() {
            return self.enter_field(node, rest, value);
        }
        match &mut node.value {
            Value::List(items) => self.enter_item(items, list, rest, value),
            Value::Map(entries) => {
                if let Some((_, old)) = entries.iter_mut().find(|(key, _)| key.text() == Some(rest)) {
                    *old = value;
                } else {
                    let key = Node { span: self.span(rest, rest), value: Value::Text(rest.to_owned()) };
                    entries.push((key, value));
                }
                Ok(())
            }
            _ => Err(self.problem(format!("`{list}` has no parts"), rest, rest)),
        }
    }

    fn enter_field(&self, node: &mut Node, rest: &str, value: Node) -> Result<(), Problem> {
        let (name, tail) = split(rest);
        let name_span = self.span(rest, name);
        let Some(fields) = node.fields_mut() else {
            return Err(self.problem(format!("nothing has a part `{name}` here"), rest, name));
        };
        let old = fields.iter_mut().find(|field| field.name == name);
        match (old, tail) {
            (Some(old), None) => old.value = value,
            (Some(old), Some(tail)) => return self.enter_value(&mut old.value, name, tail, value),
            (None, None) => fields.push(Field { name: name.to_owned(), name_span, value }),
            (None, Some(tail)) => {
                // Only those of the scenario itself are lists: what is assumed of clients is none.
                let is_list = rest.len() == self.path.len() && KINDS.contains(&name);
                let empty = match name {
                    _ if is_list => Value::List(Vec::new()),
                    _ if MAPS.contains(&name) => Value::Map(Vec::new()),
                    _ => Value::Struct(None, Vec::new()),
                };
                let mut node = Node { span: name_span, value: empty };
                self.enter_value(&mut node, name, tail, value)?;
                fields.push(Field { name: name.to_owned(), name_span, value: node });
            }
        }
        Ok(())
    }

    /// Goes on in the item of the longest name that the rest starts with, or else in the item of that number.
    fn enter_item(&self, items: &mut [Node], list: &str, rest: &str, value: Node) -> Result<(), Problem> {
        let names: Vec<Option<String>> =
            items.iter().map(|item| identity(list, item).map(|(name, _)| name)).collect();
        let tail = |name: &str| match rest.strip_prefix(name) {
            Some("") => Some(None),
            Some(tail) => tail.strip_prefix('.').map(Some),
            None => None,
        };
        let by_name = items.iter().enumerate().filter_map(|(index, item)| {
            let all = all_names(list, item).into_iter();
            all.filter_map(|name| Some((name.len(), index, tail(&name)?))).max_by_key(|(length, ..)| *length)
        });
        let by_name: Vec<_> = by_name.collect();
        let longest = by_name.iter().map(|(length, ..)| *length).max();
        let by_name: Vec<_> = by_name.into_iter().filter(|(length, ..)| Some(*length) == longest).collect();
        let (first, after) = split(rest);
        let number =
            || first.parse().ok().filter(|index| *index < items.len()).map(|index| (0, index, after));
        let clusters = by_name.iter().filter_map(|(_, index, _)| items[*index].field("cluster")?.text());
        let clusters: Vec<&str> = clusters.collect();
        if let [cluster, _, ..] = clusters[..] {
            let name = &rest[..longest.unwrap_or(0)];
            let message = format!("`{name}` is in several clusters: {}", clusters.join(", "));
            return Err(self.problem(message, rest, name).hint(format!("write `{cluster}/{name}`")));
        }
        let Some((_, index, tail)) = by_name.into_iter().last().or_else(number) else {
            let known: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
            let word = if known.iter().any(|name| name.contains('.')) { rest } else { first };
            let hint = did_you_mean(word, known);
            let hint = hint.unwrap_or_else(|| format!("`{list}` has {} items, counted from 0", items.len()));
            return Err(self.problem(format!("`{list}` has no `{first}`"), rest, first).hint(hint));
        };
        if let Some(tail) = tail {
            self.enter_value(&mut items[index], first, tail, value)
        } else {
            items[index] = value;
            Ok(())
        }
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

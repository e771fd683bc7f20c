//! YAML by way of `serde-saphyr`, and the documents of a file.

use super::Wrong;
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, DuplicateKeyPolicy, Error, MessageFormatter, Options, Spanned};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

/// Levels that an object may have.
///
/// Assumed: the deepest of the API, schemas of custom resources, have half as many.
const DEPTH_MAX: usize = 100;

/// Values that a document may have which is not in the form that kubectl prints.
///
/// Assumed: what kubectl prints of 5,000 nodes and 100,000 pods has half as many. Items of a list are read one by one, so
/// that they cost time and little memory.
const NODES_MAX: usize = 100_000_000;

/// Values that aliases may stand for.
///
/// Assumed: a hundred times what people write with anchors, and over in a moment.
const REPLAYED_MAX: usize = 100_000;

/// What kubectl reads as YAML 1.1 does, is read as that; a key that is given twice is an error, as it is for kubectl.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 3,
            max_total_scalar_bytes: usize::MAX,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPLAYED_MAX },
        duplicate_keys: DuplicateKeyPolicy::Error,
        legacy_octal_numbers: true,
        emit_comments: false,
        with_snippet: false,
    }
}

/// Reads a document.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    read_seed(text, PhantomData)
}

/// Reads a document, or a part of it.
pub(super) fn read_seed<T, S>(text: &str, seed: S) -> Result<T, Wrong>
where
    S: for<'de> DeserializeSeed<'de, Value = T>,
{
    let read =
        serde_saphyr::with_deserializer_from_str_with_options(text, options(), |yaml| seed.deserialize(yaml));
    read.map_err(|error| wrong(text, &error))
}

fn wrong(text: &str, error: &Error) -> Wrong {
    let error = error.without_snippet();
    let at = error.location().map_or(0, |place| offset(text, place));
    let hint = match error {
        Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayCounterOverflow { .. } => {
            "write out what they stand for, or import the documents in parts"
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => "write out what the inner one is to stand for",
        _ => "",
    };
    let message = match error {
        Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayCounterOverflow { .. } => {
            format!("the aliases of the document stand for more than {REPLAYED_MAX} values")
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands within what it stands for".into()
        }
        Error::InvalidScalar { ty: "i32" | "i64", .. } => "no whole number, or one too large".into(),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is given twice"),
        Error::Budget { .. } => {
            "the document is too large or too deep, or its aliases stand for too much".into()
        }
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    };
    let of_type = matches!(
        error,
        Error::SerdeInvalidType { .. } | Error::SerdeInvalidValue { .. } | Error::Message { .. }
    );
    Wrong { at, message, hint, of_type }
}

/// A place of the library as an offset in bytes.
fn offset(text: &str, place: serde_saphyr::Location) -> usize {
    let line = usize::try_from(place.line()).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(place.column()).unwrap_or(1).saturating_sub(1);
    let rest = text.get(start..).unwrap_or_default();
    start.min(text.len()) + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// Where a way leads in a document, as far as it goes.
pub(super) fn place(text: &str, steps: &[&str]) -> usize {
    let Ok(whole) = read::<Spanned<Tree>>(text) else { return 0 };
    let mut here = &whole;
    for step in steps {
        let next = match &here.value {
            Tree::Map(entries) => entries.iter().find(|(key, _)| key == step).map(|(_, value)| value),
            Tree::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
            Tree::Leaf => None,
        };
        let Some(next) = next else { break };
        here = next;
    }
    offset(text, here.referenced)
}

/// A value of which only the places of its parts matter.
enum Tree {
    Map(Vec<(String, Spanned<Tree>)>),
    List(Vec<Spanned<Tree>>),
    Leaf,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(Tree::Map(all))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Tree::List(all))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
}

/// Finds the items of a list of any form, and where each stands. No more than one is in memory at a time.
pub(super) fn items(text: &str, each: impl FnMut(usize, &Value)) -> Result<(), Wrong> {
    read_seed(text, Items { cursor: Cursor { text, line: 1, column: 1, at: 0 }, each })
}

/// Where a text was last looked at: places of items come in order, and a large text has very many.
struct Cursor<'a> {
    text: &'a str,
    line: u64,
    column: u64,
    at: usize,
}

impl Cursor<'_> {
    /// Goes on to a place of the library. Returns it as an offset in bytes.
    fn to(&mut self, place: serde_saphyr::Location) -> usize {
        let (line, column) = (place.line(), place.column());
        if (line, column) < (self.line, self.column) {
            *self = Cursor { text: self.text, line: 1, column: 1, at: 0 };
        }
        while self.line < line {
            let Some(feed) = self.text[self.at..].find('\n') else { break };
            (self.line, self.column, self.at) = (self.line + 1, 1, self.at + feed + 1);
        }
        let ahead = usize::try_from(column.saturating_sub(self.column)).unwrap_or(0);
        let rest = &self.text[self.at..];
        self.at += rest.char_indices().nth(ahead).map_or(rest.len(), |(at, _)| at);
        self.column = column;
        self.at
    }
}

/// A list whose items are handed on one by one.
struct Items<'a, F> {
    cursor: Cursor<'a>,
    each: F,
}

impl<'de, F: FnMut(usize, &Value)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<(), D::Error> {
        list.deserialize_map(self)
    }
}

impl<'de, F: FnMut(usize, &Value)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            if key == "items" {
                entries.next_value_seed(Each(&mut self))?;
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The items themselves.
struct Each<'a, 'b, F>(&'a mut Items<'b, F>);

impl<'de, F: FnMut(usize, &Value)> DeserializeSeed<'de> for Each<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, items: D) -> Result<(), D::Error> {
        items.deserialize_option(self)
    }
}

impl<'de, F: FnMut(usize, &Value)> Visitor<'de> for Each<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, items: D) -> Result<(), D::Error> {
        items.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Spanned<Value>>()? {
            (self.0.each)(self.0.cursor.to(item.referenced), &item.value);
        }
        Ok(())
    }
}

/// The documents of a file, by their places. What holds comments and directives alone is none.
pub(super) fn documents(text: &str) -> Vec<Range<usize>> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut close = |range: Range<usize>| {
        let marker = |line: &str| matches!(line.trim_end(), "---" | "...");
        let says_nothing = |line: &str| {
            marker(line)
                || line.trim().is_empty()
                || line.trim_start().starts_with('#')
                || line.starts_with('%')
        };
        if !text[range.clone()].lines().all(says_nothing) {
            documents.push(range);
        }
    };
    for line in text.split_inclusive('\n') {
        // Wherever it stands, even in a text, such a line ends a document.
        let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
            close(start..at);
            start = if line.starts_with('.') { at + line.len() } else { at };
        }
        at += line.len();
    }
    close(start..at);
    documents
}

/// The items of a list as kubectl prints it, by their places, and the list without them.
pub(super) fn printed_list(document: &str) -> Option<(String, Vec<Range<usize>>)> {
    let mut frame = String::new();
    let mut items: Vec<Range<usize>> = Vec::new();
    let mut in_items = false;
    let mut at = 0;
    for line in document.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if in_items && line.starts_with("- ") {
            items.push(range);
        } else if in_items && line.starts_with([' ', '\n']) {
            items.last_mut()?.end = range.end;
        } else if line.trim_end() == "items:" {
            if !items.is_empty() {
                return None;
            }
            in_items = true;
        } else {
            in_items = false;
            frame.push_str(line);
        }
    }
    (!items.is_empty()).then_some((frame, items))
}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Wrong { at: 0, message: message.to_string(), hint: "", of_type: true }
    }
}

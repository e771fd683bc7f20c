//! JSON by way of `serde_json`: one document behind the other, each key once.

use super::{Head, Wrong};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// A list: its items are found, not read.
#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

/// Where a part of a text stands in it.
pub(super) fn place_in(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The documents of a file, and how it goes wrong behind them.
pub(super) fn documents(text: &str) -> (Vec<&str>, Option<Wrong>) {
    let mut found = Vec::new();
    for document in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        match document {
            Ok(document) => found.push(document.get()),
            Err(error) => return (found, Some(wrong(text, &error))),
        }
    }
    (found, None)
}

/// The items of a list.
pub(super) fn items(text: &str) -> Result<Vec<&str>, Wrong> {
    let list: List<'_> = serde_json::from_str(text).map_err(|error| wrong(text, &error))?;
    Ok(list.items.into_iter().flatten().map(RawValue::get).collect())
}

pub(super) fn read_seed<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, Wrong> {
    let mut json = serde_json::Deserializer::from_str(text);
    seed.deserialize(&mut json).map_err(|error| wrong(text, &error))
}

fn wrong(text: &str, error: &serde_json::Error) -> Wrong {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    Wrong { at, message: message[..end].to_owned(), hint: "", of_type: error.is_data() }
}

/// What an object says it is, once it is clear that no key of it is given twice.
pub(super) fn head(text: &str) -> Result<Head, Wrong> {
    read_seed(text, Checked { top: true })
}

/// Reads anything and looks for keys that are given twice.
#[derive(Clone, Copy)]
struct Checked {
    /// Whether this is the object itself.
    top: bool,
}

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = Head;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_unit<E>(self) -> Result<Head, E> {
        Ok(Head::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Head, A::Error> {
        while items.next_element_seed(Checked { top: false })?.is_some() {}
        Ok(Head::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Head, A::Error> {
        let mut head = Head { is_map: true, ..Head::default() };
        // Programs print keys in order, so that one comparison is enough.
        let mut last: Cow<'de, str> = Cow::Borrowed("");
        let mut seen: Option<BTreeSet<Cow<'de, str>>> = None;
        let mut ordered: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            if seen.is_none() && !ordered.is_empty() && key <= last {
                seen = Some(ordered.drain(..).collect());
            }
            let is_new = if let Some(seen) = &mut seen {
                seen.insert(key.clone())
            } else {
                ordered.push(key.clone());
                true
            };
            if !is_new {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            match &*key {
                "apiVersion" if self.top => head.api_version = entries.next_value::<Option<String>>()?,
                "kind" if self.top => head.kind = entries.next_value::<Option<String>>()?,
                "items" if self.top => {
                    head.has_items = true;
                    entries.next_value_seed(Checked { top: false })?;
                }
                _ => drop(entries.next_value_seed(Checked { top: false })?),
            }
            last = key;
        }
        Ok(head)
    }
}

/// A key, borrowed where it has no escapes. A number that no machine word holds comes as a map with a key of the reader's own.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

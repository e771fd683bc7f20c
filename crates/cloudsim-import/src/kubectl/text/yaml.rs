//! YAML by way of `serde-saphyr`, and the documents of a file.

use super::Wrong;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, de};
use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, DuplicateKeyPolicy, Error, MessageFormatter, Options, Spanned};
use std::marker::PhantomData;
use std::ops::Range;

/// Levels that an object may have.
///
/// Assumed: the deepest of the API, schemas of custom resources, have half as many.
const DEPTH_MAX: usize = 100;

/// Values that a document may have which is not in the form that kubectl prints.
///
/// Assumed: ten times a manifest of everything in a large cluster; it is read in less than a minute.
const NODES_MAX: usize = 5_000_000;

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
    let message = match error {
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
    Wrong { at, message, of_type }
}

/// A place of the library as an offset in bytes.
fn offset(text: &str, place: serde_saphyr::Location) -> usize {
    let line = usize::try_from(place.line()).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let column = usize::try_from(place.column()).unwrap_or(1).saturating_sub(1);
    let rest = text.get(start..).unwrap_or_default();
    start.min(text.len()) + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// The items of a list of any form, and where each stands.
pub(super) fn items(text: &str) -> Result<Vec<(usize, Value)>, Wrong> {
    #[derive(Deserialize)]
    struct List {
        items: Option<Vec<Spanned<Value>>>,
    }
    let list: List = read(text)?;
    let items = list.items.into_iter().flatten();
    Ok(items.map(|item| (offset(text, item.referenced), item.value)).collect())
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
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Wrong { at: 0, message: message.to_string(), of_type: true }
    }
}

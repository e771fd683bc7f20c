//! From texts to objects: documents, lists, items; YAML and JSON.
//!
//! An object is read twice: once for its kind, and that no key is given twice, and once for what is kept of that kind.

mod blocks;
mod json;
mod yaml;

use super::keep::{Keep, Kind};
use cloudsim_kube::objects::Malformed;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor,
};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where, in bytes.
    pub(crate) at: usize,
    /// What, as a lower-case fragment.
    pub(crate) message: String,
    /// What would help, if more is known than the place.
    pub(crate) hint: &'static str,
    /// Whether the text is well-formed and a value of it is of another type than the API's.
    pub(crate) of_type: bool,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

/// What an object says it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    /// Its version of the API.
    pub(crate) api_version: Option<String>,
    /// Its kind.
    pub(crate) kind: Option<String>,
    is_map: bool,
    has_items: bool,
}

impl Head {
    /// What the items of this list are that do not say it.
    fn of_items(&self) -> Head {
        let of = self.kind.as_deref().and_then(|kind| kind.strip_suffix("List")).filter(|of| !of.is_empty());
        Head {
            api_version: self.api_version.clone().filter(|_| of.is_some()),
            kind: of.map(str::to_owned),
            ..Head::default()
        }
    }

    fn is_list(&self) -> bool {
        self.has_items && self.kind.as_deref().is_some_and(|kind| kind.ends_with("List"))
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Head, D::Error> {
        struct HeadVisitor;

        impl<'de> Visitor<'de> for HeadVisitor {
            type Value = Head;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map with `apiVersion` and `kind`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Head, A::Error> {
                let mut head = Head { is_map: true, ..Head::default() };
                while let Some(key) = entries.next_key::<String>()? {
                    match key.as_str() {
                        "apiVersion" => head.api_version = entries.next_value()?,
                        "kind" => head.kind = entries.next_value()?,
                        other => {
                            head.has_items |= other == "items";
                            entries.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(head)
            }
        }

        deserializer.deserialize_map(HeadVisitor)
    }
}

/// What takes what is found.
pub(crate) trait Sink {
    /// An object of a kind that is kept: what is kept of it, and where it begins. What is wrong with it is told better by
    /// [`Found::typed`].
    fn object(&mut self, kind: Kind, value: Value, at: usize, found: Found<'_>);
    /// An object of another kind.
    fn ignored(&mut self, head: &Head, at: usize);
    /// A map without a kind, or something else that is no object.
    fn no_object(&mut self, head: &Head, at: usize);
    /// A text that cannot be read.
    fn wrong(&mut self, wrong: Wrong);
}

/// An object in its text.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Json(&'a str),
    Yaml(&'a str),
    Tree(&'a Value),
}

impl Found<'_> {
    fn head(self) -> Result<Head, Wrong> {
        match self {
            Found::Json(text) => json::head(text),
            Found::Yaml(text) => yaml::read(text),
            Found::Tree(tree) => Head::deserialize(tree).map_err(of_tree),
        }
    }

    fn kept(self, keep: Keep) -> Result<Value, Wrong> {
        match self {
            Found::Json(text) => json::read_seed(text, keep),
            Found::Yaml(text) => yaml::read_seed(text, keep),
            Found::Tree(tree) => keep.deserialize(tree).map_err(of_tree),
        }
    }

    /// All of it.
    pub(crate) fn whole(self) -> Option<Value> {
        self.kept(Keep::All).ok()
    }

    /// What is wrong with the whole object as a type of the API; `None` if nothing is, or nobody knows where.
    pub(crate) fn typed<T: DeserializeOwned>(self) -> Option<Wrong> {
        match self {
            // JSON is YAML.
            Found::Json(text) | Found::Yaml(text) => yaml::read::<T>(text).err(),
            Found::Tree(_) => None,
        }
    }

    /// What is wrong with a field that its type takes and the API does not.
    pub(crate) fn malformed(self, malformed: &Malformed) -> Wrong {
        let at = match self {
            Found::Json(text) | Found::Yaml(text) => yaml::place(text, &malformed.steps()),
            Found::Tree(_) => 0,
        };
        let Malformed { field, problem } = malformed;
        let message = if field.is_empty() { problem.clone() } else { format!("`{field}`: {problem}") };
        Wrong { at, message, hint: "", of_type: true }
    }
}

fn of_tree(error: serde_json::Error) -> Wrong {
    Wrong { at: 0, message: error.to_string(), hint: "", of_type: true }
}

/// Finds all objects of a text.
pub(crate) fn objects(text: &str, sink: &mut impl Sink) {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = &text[start..];
    if body.trim_start().starts_with(['{', '[']) {
        let (documents, wrong) = json::documents(body);
        for document in documents {
            json_object(text, document, &Head::default(), sink);
        }
        if let Some(wrong) = wrong {
            sink.wrong(Wrong { at: start + wrong.at, ..wrong });
        }
        return;
    }
    let mut buffer = String::new();
    for range in yaml::documents(body) {
        let at = start + range.start;
        let document = &body[range];
        if !printed(document, at, &mut buffer, sink) {
            yaml_object(document, at, &Head::default(), sink);
        }
    }
}

/// Which document of a text a place is in, from 1, and how many there are.
pub(crate) fn document(text: &str, at: usize) -> (usize, usize) {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        return (1, 1);
    }
    let documents = yaml::documents(text);
    (documents.iter().filter(|range| range.start <= at).count(), documents.len())
}

fn json_object(whole: &str, text: &str, default: &Head, sink: &mut impl Sink) {
    let at = json::place_in(whole, text);
    let shifted = |wrong: Wrong| Wrong { at: at + wrong.at, ..wrong };
    let head = match json::head(text) {
        Ok(head) => head,
        Err(wrong) => return sink.wrong(shifted(wrong)),
    };
    if head.is_list() {
        match json::items(text) {
            Ok(items) => {
                for item in items {
                    json_object(whole, item, &head.of_items(), sink);
                }
            }
            Err(wrong) => sink.wrong(shifted(wrong)),
        }
        return;
    }
    object(head, default, Found::Json(text), at, sink);
}

/// Reads a document as kubectl prints it. Returns whether it is one.
fn printed(document: &str, at: usize, buffer: &mut String, sink: &mut impl Sink) -> bool {
    let Some((frame, items)) = yaml::printed_list(document) else {
        return printed_object(document, at, &Head::default(), buffer, sink);
    };
    let Ok(head) = yaml::read::<Head>(&frame) else { return false };
    if !head.kind.as_deref().is_some_and(|kind| kind.ends_with("List")) {
        return false;
    }
    let default = head.of_items();
    for range in items {
        let (item, at) = (&document[range.clone()], at + range.start);
        if !printed_object(item, at, &default, buffer, sink) {
            // The dash is no part of the item.
            let item = format!("  {}", &item[2..]);
            yaml_object(&item, at, &default, sink);
        }
    }
    true
}

fn printed_object(text: &str, at: usize, default: &Head, buffer: &mut String, sink: &mut impl Sink) -> bool {
    buffer.clear();
    if blocks::to_json(text, buffer).is_none() {
        return false;
    }
    let found = Found::Json(buffer);
    // That no key is given twice has been seen on the way.
    let Ok(head) = json::read_seed(buffer, PhantomData::<Head>) else { return false };
    if head.is_list() {
        return false;
    }
    // What is wrong is told of the text itself, not of what became of it.
    let head = named(head, default);
    match kept(&head, found) {
        Ok(None) => tell_unkept(&head, at, sink),
        Ok(Some((kind, value))) => {
            let item = text.strip_prefix("- ").map(|rest| format!("  {rest}"));
            sink.object(kind, value, at, Found::Yaml(item.as_deref().unwrap_or(text)));
        }
        Err(_) => return false,
    }
    true
}

fn yaml_object(text: &str, at: usize, default: &Head, sink: &mut impl Sink) {
    let shifted = |wrong: Wrong| Wrong { at: at + wrong.at, ..wrong };
    let head = match yaml::read::<Head>(text) {
        Ok(head) => head,
        // Something well-formed that is no map.
        Err(wrong) if wrong.of_type && yaml::read::<IgnoredAny>(text).is_ok() => {
            return sink.no_object(&Head::default(), at + wrong.at);
        }
        Err(wrong) => return sink.wrong(shifted(wrong)),
    };
    if head.is_list() {
        let default = head.of_items();
        let read = yaml::items(text, |item_at, item| tree_object(item, at + item_at, &default, sink));
        if let Err(wrong) = read {
            sink.wrong(shifted(wrong));
        }
        return;
    }
    object(head, default, Found::Yaml(text), at, sink);
}

fn tree_object(tree: &Value, at: usize, default: &Head, sink: &mut impl Sink) {
    let Ok(head) = Found::Tree(tree).head() else { return sink.no_object(&Head::default(), at) };
    if head.is_list() {
        let items = tree.get("items").and_then(Value::as_array);
        items.into_iter().flatten().for_each(|item| tree_object(item, at, &head.of_items(), sink));
        return;
    }
    object(head, default, Found::Tree(tree), at, sink);
}

fn object(head: Head, default: &Head, found: Found<'_>, at: usize, sink: &mut impl Sink) {
    let head = named(head, default);
    match kept(&head, found) {
        Ok(None) => tell_unkept(&head, at, sink),
        Ok(Some((kind, value))) => sink.object(kind, value, at, found),
        Err(wrong) => sink.wrong(Wrong { at: at + wrong.at, ..wrong }),
    }
}

/// The items of a typed list need not say what they are.
fn named(head: Head, default: &Head) -> Head {
    if head.kind.is_none() && head.is_map {
        return Head { is_map: true, ..default.clone() };
    }
    head
}

fn kept(head: &Head, found: Found<'_>) -> Result<Option<(Kind, Value)>, Wrong> {
    let kind = head.api_version.as_deref().zip(head.kind.as_deref());
    let Some(kind) = kind.and_then(|(version, kind)| Kind::of(version, kind)) else { return Ok(None) };
    found.kept(kind.keep()).map(|value| Some((kind, value)))
}

fn tell_unkept(head: &Head, at: usize, sink: &mut impl Sink) {
    let says = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if says(&head.kind) && says(&head.api_version) {
        sink.ignored(head, at);
    } else {
        sink.no_object(head, at);
    }
}

//! RON as a tree in which everything knows where it was written.
//!
//! The `ron` crate reads a text into types and keeps no places; diagnostics, includes and overrides need them. So a file
//! becomes this tree first, and what is left after merging is printed again for `ron` to read.

mod lexer;
mod parser;
mod print;

pub(crate) use parser::{parse_document, parse_value};
pub(crate) use print::{Printed, compact, pretty, print_with_places};

use crate::diagnostics::Span;

/// Lists, structs and maps may be nested so deep.
pub(crate) const DEPTH_MAX: usize = 64;

/// The files of a scenario may hold so many values together; each takes some hundred bytes of memory, and may be wrong.
pub(crate) const VALUES_MAX: usize = 750_000;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A bare word: `true`, `None`, `Poisson`.
    Word(String),
    /// A number, as written.
    Number(String),
    /// A string, escapes resolved.
    Text(String),
    /// A character.
    Char(char),
    /// `[…]`.
    List(Vec<Node>),
    /// `{…}`.
    Map(Vec<(Node, Node)>),
    /// `(1, 2)` or `Uniform("1s", "2s")`; `()` too.
    Tuple(Option<String>, Vec<Node>),
    /// `(a: 1)` or `Wait(a: 1)`.
    Struct(Option<String>, Vec<Field>),
}

/// A named part of a struct.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) value: Node,
}

impl Node {
    /// The fields, if this is a struct. An empty pair of parentheses is one without fields.
    pub(crate) fn fields(&self) -> Option<&[Field]> {
        match &self.value {
            Value::Struct(_, fields) => Some(fields),
            Value::Tuple(None, items) if items.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The fields for change, if this is a struct.
    pub(crate) fn fields_mut(&mut self) -> Option<&mut Vec<Field>> {
        if matches!(&self.value, Value::Tuple(None, items) if items.is_empty()) {
            self.value = Value::Struct(None, Vec::new());
        }
        match &mut self.value {
            Value::Struct(_, fields) => Some(fields),
            _ => None,
        }
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&Node> {
        self.fields()?.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// The items, if this is a list or a tuple.
    pub(crate) fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) | Value::Tuple(_, items) => Some(items),
            _ => None,
        }
    }

    /// The string, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of the struct, the tuple or the word.
    pub(crate) fn variant(&self) -> Option<&str> {
        match &self.value {
            Value::Struct(name, _) | Value::Tuple(name, _) => name.as_deref(),
            Value::Word(word) => Some(word),
            _ => None,
        }
    }
}

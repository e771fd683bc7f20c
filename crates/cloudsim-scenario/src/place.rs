//! Ways through the tree, to say where something is written.

use crate::diagnostics::Span;
use crate::merge::head;
use crate::syntax::{Node, Value};

/// A value of the tree, or, where a field was not given, what it would be a field of.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    node: &'a Node,
}

impl<'a> At<'a> {
    pub(crate) fn new(node: &'a Node) -> Self {
        Self { node }
    }

    /// What is written there.
    pub(crate) fn node(self) -> &'a Node {
        self.node
    }

    /// A map's entry, by its key.
    fn named(self, name: &str) -> Option<&'a (Node, Node)> {
        let Value::Map(entries) = &self.node.value else { return None };
        entries.iter().find(|(key, _)| key.text() == Some(name))
    }

    /// The value of a map's entry, by its key.
    pub(crate) fn value_of(self, name: &str) -> Self {
        self.named(name).map_or(self, |(_, value)| Self::new(value))
    }

    /// A field.
    pub(crate) fn field(self, name: &str) -> Self {
        self.node.field(name).map_or(self, Self::new)
    }

    /// An item of a list or a tuple.
    pub(crate) fn item(self, index: usize) -> Self {
        self.node.items().and_then(|items| items.get(index)).map_or(self, Self::new)
    }

    /// An item of one of the scenario's lists, if this is the scenario.
    pub(crate) fn of(self, kind: &str, index: usize) -> Self {
        self.field(kind).item(index)
    }

    /// The key of a map's entry.
    pub(crate) fn key(self, index: usize) -> Span {
        match &self.node.value {
            Value::Map(entries) => entries.get(index).map_or(self.span(), |(key, _)| key.span),
            _ => self.span(),
        }
    }

    /// The key of a map's entry of that name.
    pub(crate) fn key_of(self, name: &str) -> Span {
        self.named(name).map_or(self.span(), |(key, _)| key.span)
    }

    /// The value of a map's entry.
    pub(crate) fn entry(self, index: usize) -> Self {
        match &self.node.value {
            Value::Map(entries) => entries.get(index).map_or(self, |(_, value)| Self::new(value)),
            _ => self,
        }
    }

    /// Where it is written: a simple value whole, of a large one what stands for it.
    pub(crate) fn span(self) -> Span {
        match &self.node.value {
            Value::Struct(..) | Value::List(_) | Value::Map(_) => head(self.node),
            _ => self.node.span,
        }
    }
}

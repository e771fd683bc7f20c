//! The nodes' labels that name domains, as columns of small numbers.

use super::rows::Rows;
use crate::cluster::Cluster;
use crate::objects::{Node, Text};
use rustc_hash::FxHashMap;

/// A label key that names domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyId(u32);

/// The domain of the rows that lack the label, or have no node.
pub(super) const NO_DOMAIN: u32 = 0;

/// One key: the domain of each row. What it says of a row never changes: a node whose domain changes gets another row.
struct Column {
    key: Text,
    /// Whether every node is a domain of its own, whatever the label's value.
    per_node: bool,
    of: Vec<u32>,
    domains: FxHashMap<Text, u32>,
    /// The last domain.
    last: u32,
}

/// The keys that pods are placed by.
#[derive(Default)]
pub(super) struct Topology {
    columns: Vec<Column>,
}

impl Topology {
    /// The column of a key; it is filled when it is first asked for.
    pub(super) fn key(&mut self, cluster: &Cluster, rows: &Rows, key: &Text) -> KeyId {
        self.column(cluster, rows, key, false)
    }

    /// The column of the nodes that have a key, each a domain of its own.
    pub(super) fn nodes_with(&mut self, cluster: &Cluster, rows: &Rows, key: &Text) -> KeyId {
        self.column(cluster, rows, key, true)
    }

    fn column(&mut self, cluster: &Cluster, rows: &Rows, key: &Text, per_node: bool) -> KeyId {
        let is_it = |column: &Column| column.key == *key && column.per_node == per_node;
        let at = self.columns.iter().position(is_it).unwrap_or_else(|| {
            let mut column = Column {
                key: key.clone(),
                per_node,
                of: Vec::new(),
                domains: FxHashMap::default(),
                last: NO_DOMAIN,
            };
            for row in 0..rows.len() {
                column.push(rows.slot(row).map(|slot| &*cluster.nodes()[slot].node));
            }
            self.columns.push(column);
            self.columns.len() - 1
        });
        KeyId(u32::try_from(at).expect("keys are few"))
    }

    /// A row more, for a node.
    pub(super) fn push(&mut self, node: &Node) {
        self.columns.iter_mut().for_each(|column| column.push(Some(node)));
    }

    /// Whether a node changes its domain by any of the keys.
    pub(super) fn differs(&self, old: &Node, new: &Node) -> bool {
        self.columns.iter().any(|column| old.labels.get(&column.key) != new.labels.get(&column.key))
    }

    /// The domain of each row.
    pub(super) fn domains(&self, key: KeyId) -> &[u32] {
        &self.columns[key.0 as usize].of
    }

    /// How many domains there are, [`NO_DOMAIN`] included.
    pub(super) fn count(&self, key: KeyId) -> usize {
        self.columns[key.0 as usize].last as usize + 1
    }
}

impl Column {
    fn push(&mut self, node: Option<&Node>) {
        let domain = match node.and_then(|node| node.labels.get(&self.key)) {
            None => NO_DOMAIN,
            Some(_) if self.per_node => self.last + 1,
            Some(value) => *self.domains.entry(value.clone()).or_insert(self.last + 1),
        };
        self.last = self.last.max(domain);
        self.of.push(domain);
    }
}

//! The nodes' labels that name domains, as columns of small numbers.

use crate::cluster::{Cluster, NodeInfo};
use crate::objects::Text;
use rustc_hash::FxHashMap;

/// A label key that names domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyId(u32);

/// The domain of a node that lacks the key.
pub(super) const NOWHERE: u32 = u32::MAX;

/// One key: the domain of each node by slot.
struct Column {
    key: Text,
    /// Whether every node is a domain of its own, whatever the label's value.
    per_node: bool,
    of: Vec<u32>,
    domains: FxHashMap<Text, u32>,
    count: u32,
}

/// The keys that pods are placed by.
#[derive(Default)]
pub(super) struct Topology {
    columns: Vec<Column>,
}

impl Topology {
    /// The column of a key; it is filled when it is first asked for.
    pub(super) fn key(&mut self, cluster: &Cluster, key: &Text) -> KeyId {
        self.column(cluster, key, false)
    }

    /// The column of the nodes that have a key, each a domain of its own.
    pub(super) fn nodes_with(&mut self, cluster: &Cluster, key: &Text) -> KeyId {
        self.column(cluster, key, true)
    }

    fn column(&mut self, cluster: &Cluster, key: &Text, per_node: bool) -> KeyId {
        let is_it = |column: &Column| column.key == *key && column.per_node == per_node;
        let at = self.columns.iter().position(is_it).unwrap_or_else(|| {
            let mut column = Column {
                key: key.clone(),
                per_node,
                of: Vec::new(),
                domains: FxHashMap::default(),
                count: 0,
            };
            for node in cluster.nodes() {
                let domain = column.domain(node);
                column.of.push(domain);
            }
            self.columns.push(column);
            self.columns.len() - 1
        });
        KeyId(u32::try_from(at).expect("keys are few"))
    }

    /// The domain of each node by slot: [`NOWHERE`] where the label is missing.
    pub(super) fn domains(&self, key: KeyId) -> &[u32] {
        &self.columns[key.0 as usize].of
    }

    /// How many domains a key has.
    pub(super) fn len(&self, key: KeyId) -> usize {
        self.columns[key.0 as usize].count as usize
    }
}

impl Column {
    fn domain(&mut self, node: &NodeInfo) -> u32 {
        let Some(value) = node.label(&self.key) else { return NOWHERE };
        let next = self.count;
        let domain = if self.per_node { next } else { *self.domains.entry(value.clone()).or_insert(next) };
        self.count = self.count.max(domain + 1);
        domain
    }
}

//! The cluster with what the columns of all profiles share: rows, domains, classes of pods, and what happened to them.

use super::log::{Log, Move};
use super::peers::{Peer, PeerKey};
use super::rows::Rows;
use super::topology::Topology;
use super::{COLUMNS_KEPT, classes::Classes};
use crate::cluster::{Cluster, NodeInfo, ZONE};
use crate::objects::{Namespace, Node, Pod, PodDisruptionBudget, PodKey, Service, Workload};
use crate::storage::Storage;
use std::sync::Arc;

/// A cluster whose changes are written down for the columns.
#[derive(Default)]
pub(crate) struct Census {
    pub(super) cluster: Cluster,
    pub(super) rows: Rows,
    pub(super) topology: Topology,
    pub(super) peers: Classes<Peer>,
    pub(super) moves: Log<Move>,
    /// The rows whose nodes came, changed or went.
    pub(super) changes: Log<u32>,
    /// Counts how often rows were numbered anew.
    pub(super) epoch: u64,
    /// Counts what makes all that is known of peers void.
    pub(super) version: u64,
    /// Counts changes of the images of nodes, and of their number, which they are compared with.
    pub(super) images_version: u64,
    pub(super) decisions: u64,
    /// How many nodes are in a zone without a name: their label is there and empty.
    pub(super) nameless_zones: usize,
    /// The rows in the order of a search; empty if it is to be worked out.
    order: Vec<u32>,
}

impl Census {
    /// A cluster as it is.
    pub(crate) fn of(cluster: Cluster) -> Census {
        let mut census = Census { cluster, ..Census::default() };
        census.nameless_zones = census.cluster.nodes().iter().map(|info| nameless(&info.node)).sum();
        census.number_anew();
        census
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The node in a row.
    pub(super) fn node(&self, row: u32) -> Option<&NodeInfo> {
        Some(&self.cluster.nodes()[self.rows.slot(row)?])
    }

    /// Adds a node, or replaces the one of that name; its pods stay.
    pub(crate) fn set_node(&mut self, node: Node) {
        let old = self.cluster.slot(&node.name).map_or(0, |slot| nameless(&self.cluster.nodes()[slot].node));
        self.nameless_zones = self.nameless_zones + nameless(&node) - old;
        let Some(slot) = self.cluster.slot(&node.name) else {
            let name = node.name.clone();
            self.cluster.set_node(node);
            let slot = self.cluster.slot(&name).expect("it was added just now");
            let row = self.rows.add(slot);
            self.topology.push(&self.cluster.nodes()[slot].node);
            self.changes.push(row);
            self.order.clear();
            self.images_version += 1;
            return;
        };
        let old = self.cluster.nodes()[slot].node.clone();
        let seen_before: Vec<_> =
            old.images_by_name().into_keys().map(|image| self.cluster.image(image)).collect();
        self.cluster.set_node(node);
        let node = &self.cluster.nodes()[slot].node;
        let seen_now = old.images_by_name().into_keys().map(|image| self.cluster.image(image));
        if old.images != node.images || !seen_now.eq(seen_before) {
            self.images_version += 1;
        }
        // The order of a search goes by zones.
        if old.labels != node.labels {
            self.order.clear();
        }
        let row = self.rows.row(slot);
        if self.topology.differs(&old, node) {
            self.count_pods(slot, -1);
            self.changes.push(row);
            let row = self.rows.renew(slot);
            self.topology.push(&self.cluster.nodes()[slot].node);
            self.changes.push(row);
            self.count_pods(slot, 1);
            self.number_anew_if_sparse();
        } else {
            self.changes.push(row);
        }
    }

    /// Takes a node away, with its pods.
    pub(crate) fn remove_node(&mut self, name: &str) -> Option<NodeInfo> {
        let slot = self.cluster.slot(name)?;
        self.nameless_zones -= nameless(&self.cluster.nodes()[slot].node);
        self.count_pods(slot, -1);
        self.changes.push(self.rows.row(slot));
        self.rows.remove(slot);
        self.order.clear();
        self.images_version += 1;
        let info = self.cluster.remove_node(name);
        self.number_anew_if_sparse();
        info
    }

    /// Adds or replaces a namespace.
    pub(crate) fn set_namespace(&mut self, namespace: Namespace) {
        self.cluster.set_namespace(namespace);
        self.version += 1;
    }

    pub(crate) fn set_services(&mut self, services: Vec<Service>) {
        self.cluster.services = services;
        self.version += 1;
    }

    pub(crate) fn set_workloads(&mut self, workloads: Vec<Workload>) {
        self.cluster.workloads = workloads;
        self.version += 1;
    }

    // Columns do not look at budgets and storage, and ask the cluster itself about pods that wait for room.

    pub(crate) fn set_disruption_budgets(&mut self, budgets: Vec<PodDisruptionBudget>) {
        self.cluster.disruption_budgets = budgets;
    }

    pub(crate) fn storage_mut(&mut self) -> &mut Storage {
        &mut self.cluster.storage
    }

    pub(crate) fn nominate(&mut self, pod: Arc<Pod>) {
        self.cluster.nominate(pod);
    }

    pub(crate) fn forget_nomination(&mut self, key: &PodKey) {
        self.cluster.forget_nomination(key);
    }

    /// Puts a pod on a node. Returns whether that node exists; a pod of that name elsewhere is moved.
    pub(crate) fn add_pod(&mut self, pod: Arc<Pod>, node: &str) -> bool {
        self.remove_pod(&pod.key);
        let Some(slot) = self.cluster.slot(node) else { return false };
        self.count(&pod, slot, 1);
        self.cluster.add_pod(pod, node)
    }

    /// Takes a pod away, if it is on a node.
    pub(crate) fn remove_pod(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        let slot = self.cluster.slot_of(key)?;
        let pod = self.cluster.remove_pod(key)?;
        self.count(&pod, slot, -1);
        Some(pod)
    }

    fn count_pods(&mut self, slot: usize, by: i8) {
        for i in 0..self.cluster.nodes()[slot].pods.len() {
            let pod = self.cluster.nodes()[slot].pods[i].clone();
            self.count(&pod, slot, by);
        }
    }

    fn count(&mut self, pod: &Pod, slot: usize, by: i8) {
        let (peer, row) = (self.peer(pod), self.rows.row(slot));
        self.peers.get_mut(peer).count(row, by);
        self.moves.push(Move { row, peer, by });
    }

    /// What a pod is to other pods.
    pub(super) fn peer(&mut self, pod: &Pod) -> u32 {
        let key = PeerKey::of(pod);
        let is = |peer: &Peer| PeerKey::of(&peer.pod) == key;
        self.peers.find(&key, is, || Peer::new(Arc::new(pod.clone())))
    }

    fn number_anew_if_sparse(&mut self) {
        if self.rows.are_sparse() {
            self.number_anew();
        }
    }

    /// Numbers the rows in the order of names: nothing that was known of rows holds any more.
    fn number_anew(&mut self) {
        self.rows = Rows::of(self.cluster.len());
        self.topology = Topology::default();
        self.order.clear();
        self.epoch += 1;
        self.version += 1;
        self.peers.iter_mut().for_each(Peer::clear);
        for slot in 0..self.cluster.len() {
            for i in 0..self.cluster.nodes()[slot].pods.len() {
                let pod = self.cluster.nodes()[slot].pods[i].clone();
                let (peer, row) = (self.peer(&pod), self.rows.row(slot));
                self.peers.get_mut(peer).count(row, 1);
            }
        }
    }

    /// Works out the order of a search, if nodes came or went since.
    pub(super) fn settle_order(&mut self) {
        if self.order.is_empty() {
            let rows = &self.rows;
            self.order.extend(self.cluster.search_order().into_iter().map(|slot| rows.row(slot)));
        }
    }

    /// The rows in the order of a search, once it is settled.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Counts a decision; forgets, now and then, classes without pods that nobody asked about for long.
    ///
    /// It waits until these are the most: forgetting costs whoever is asked next all that it knew of its peers.
    pub(super) fn count_decision(&mut self) {
        self.decisions += 1;
        if !self.decisions.is_multiple_of(COLUMNS_KEPT) {
            return;
        }
        let old = self.decisions.saturating_sub(COLUMNS_KEPT);
        let is_kept = |class: &Peer| class.is_anywhere() || class.used >= old;
        let (all, kept) = self
            .peers
            .iter()
            .fold((0, 0), |(all, kept), (_, class)| (all + 1, kept + usize::from(is_kept(class))));
        if all > 2 * kept + 64 {
            self.peers.retain(is_kept);
            // The log may still name what is gone, and its number may come again: nobody is to read on.
            self.version += 1;
        }
    }
}

fn nameless(node: &Node) -> usize {
    usize::from(node.labels.get(ZONE).is_some_and(|zone| zone.is_empty()))
}

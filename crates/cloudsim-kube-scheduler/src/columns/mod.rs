//! The cluster in columns: the same decisions as the plain cycle, without asking every plugin about every node for every pod.
//!
//! - Pods that are alike are classes: in what nodes suit them ([`suitability`]), what room they need ([`room`]), what other
//!   pods mean to them ([`peers`]). What is known of a class is a column over the slots of the nodes.
//! - A pod that comes or goes is one entry of a [`log`]. Who is asked again looks only at the slots that the log names.
//! - What is left for each decision is to go through the columns of the feasible nodes once or twice.
//!
//! What is not in columns is decided plainly: pods with claims or volumes, pods that name their node, and clusters in which
//! pods wait on nominated nodes. The same holds for what follows a rejection: preemption asks the plugins.

mod bits;
mod classes;
mod decide;
mod log;
mod peers;
mod room;
mod suitability;
mod topology;

use crate::cluster::Cluster;
use crate::objects::{Namespace, Node, Pod, PodKey};
use crate::profile::Profile;
use classes::Classes;
use log::{Log, Move};
use peers::{Limit, Peer, PeerKey};
use room::Room;
use std::sync::Arc;
use suitability::Suitability;
use topology::Topology;

/// What was decided for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// How many nodes are feasible, of those looked at.
    pub feasible: usize,
    /// How many nodes were looked at.
    pub looked_at: usize,
    /// The slot that was chosen.
    pub slot: Option<usize>,
    /// Its total; `None` where a single node is feasible, which is taken without scoring.
    pub total: Option<i64>,
}

/// A cluster in which pods are placed fast.
///
/// ```
/// use cloudsim_kube_scheduler::framework::Choice;
/// use cloudsim_kube_scheduler::objects::{Node, Pod};
/// use cloudsim_kube_scheduler::{Placer, Profile, Search};
///
/// let allocatable = serde_json::json!({"cpu": "4", "memory": "8Gi", "pods": "110"});
/// let node = serde_json::json!({"metadata": {"name": "a"}, "status": {"allocatable": allocatable}});
/// let pod = serde_json::json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"containers": [
///     {"name": "web", "resources": {"requests": {"cpu": "3"}}}]}});
/// let pod = Pod::read(&serde_json::from_value(pod)?)?;
/// let mut placer = Placer::new(Profile::default());
/// placer.set_node(Node::read(&serde_json::from_value(node)?)?);
/// let placed = placer.place(&pod, Search::default(), &mut Choice::FirstByName);
/// assert_eq!(placed.slot, Some(0));
/// placer.add_pod(pod.into(), "a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Placer {
    profile: Profile,
    cluster: Cluster,
    /// Counts changes of nodes.
    nodes_version: u64,
    /// Counts changes of nodes and of what is looked up.
    version: u64,
    topology: Topology,
    log: Log,
    /// The slots in the order of a search.
    order: Vec<u32>,
    suitabilities: Classes<Suitability>,
    rooms: Classes<Room>,
    peers: Classes<Peer>,
    decisions: u64,
    last: Buffers,
}

/// What is reused from decision to decision.
#[derive(Default)]
struct Buffers {
    feasible: Vec<u32>,
    totals: Vec<i64>,
    raw: Vec<i64>,
    sums: Vec<f64>,
    limits: Vec<Limit>,
    weights: Vec<f64>,
    seen: Vec<u64>,
    stamp: u64,
    best: Vec<u32>,
    one: Vec<u32>,
}

/// After so many decisions without a pod of its kind, a class loses its columns. Each is a word or two for every node.
const COLUMNS_KEPT: u64 = 1024;

impl Placer {
    /// An empty cluster.
    #[must_use]
    pub fn new(profile: Profile) -> Placer {
        Placer::with_cluster(profile, Cluster::new())
    }

    /// A cluster as it is.
    #[must_use]
    pub fn with_cluster(profile: Profile, cluster: Cluster) -> Placer {
        let mut placer = Placer {
            profile,
            cluster,
            nodes_version: 0,
            version: 0,
            topology: Topology::default(),
            log: Log::default(),
            order: Vec::new(),
            suitabilities: Classes::default(),
            rooms: Classes::default(),
            peers: Classes::default(),
            decisions: 0,
            last: Buffers::default(),
        };
        for slot in 0..placer.cluster.len() {
            for i in 0..placer.cluster.nodes()[slot].pods.len() {
                let pod = placer.cluster.nodes()[slot].pods[i].clone();
                let peer = placer.peer(&pod);
                placer.peers.get_mut(peer).count(number(slot), 1);
            }
        }
        placer
    }

    /// The cluster as it is.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// How pods are placed.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Adds a node, or replaces the one of that name; its pods stay.
    pub fn set_node(&mut self, node: Node) {
        let (name, is_new) = (node.name.clone(), self.cluster.slot(&node.name).is_none());
        self.cluster.set_node(node);
        if is_new {
            let slot = self.cluster.slot(&name).expect("it was added just now");
            self.peers.iter_mut().for_each(|peer| peer.shift(number(slot), 1));
        }
        self.nodes_changed();
    }

    /// Takes a node away, with its pods.
    pub fn remove_node(&mut self, name: &str) {
        let Some(slot) = self.cluster.slot(name) else { return };
        self.cluster.remove_node(name);
        for peer in self.peers.iter_mut() {
            peer.on.remove(&number(slot));
            peer.shift(number(slot), -1);
        }
        self.nodes_changed();
    }

    fn nodes_changed(&mut self) {
        self.nodes_version += 1;
        self.version += 1;
        self.topology = Topology::default();
        self.order.clear();
    }

    /// Adds or replaces a namespace.
    pub fn set_namespace(&mut self, namespace: Namespace) {
        self.cluster.set_namespace(namespace);
        self.version += 1;
    }

    /// Changes what is looked up: services, workloads, budgets, storage, nominated pods. Nodes and pods have their own ways in.
    pub fn change_listers(&mut self, change: impl FnOnce(&mut Cluster)) {
        change(&mut self.cluster);
        self.version += 1;
    }

    /// Puts a pod on a node. Returns whether that node exists; a pod of that name elsewhere is moved.
    pub fn add_pod(&mut self, pod: Arc<Pod>, node: &str) -> bool {
        self.remove_pod(&pod.key);
        let Some(slot) = self.cluster.slot(node) else { return false };
        self.count(&pod, slot, 1);
        self.cluster.add_pod(pod, node)
    }

    /// Takes a pod away, if it is on a node.
    pub fn remove_pod(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        let slot = self.cluster.slot_of(key)?;
        let pod = self.cluster.remove_pod(key)?;
        self.count(&pod, slot, -1);
        Some(pod)
    }

    fn count(&mut self, pod: &Pod, slot: usize, by: i8) {
        let (peer, slot) = (self.peer(pod), number(slot));
        self.peers.get_mut(peer).count(slot, by);
        self.log.push(Move { slot, peer, by });
    }

    fn peer(&mut self, pod: &Pod) -> u32 {
        let key = PeerKey::of(pod);
        let is = |peer: &Peer| PeerKey::of(&peer.pod) == key;
        self.peers.find(&key, is, || Peer::new(Arc::new(pod.clone())))
    }

    /// The slots in the order of a search, made anew where nodes came or went.
    fn settle(&mut self) {
        if self.order.is_empty() {
            let slots =
                self.cluster.interleaved().into_iter().filter_map(|node| self.cluster.slot(node.name()));
            self.order = slots.map(number).collect();
        }
    }

    /// Forgets, now and then, the columns of classes that were not asked about for long, and classes without pods.
    fn sweep(&mut self) {
        if !self.decisions.is_multiple_of(COLUMNS_KEPT) {
            return;
        }
        let old = self.decisions.saturating_sub(COLUMNS_KEPT);
        self.suitabilities.retain(|class| class.used >= old);
        self.rooms.retain(|class| class.used >= old);
        for peer in self.peers.iter_mut().filter(|peer| peer.used < old) {
            peer.view = None;
        }
        if self.peers.retain(|class| !class.on.is_empty() || class.used >= old) {
            // The log may still name what is gone, and its number may come again: nobody is to read on.
            self.version += 1;
        }
    }
}

/// A slot as columns have it.
fn number(slot: usize) -> u32 {
    u32::try_from(slot).expect("there are fewer than 2^32 nodes")
}

//! The cluster in columns: the same decisions as the plain cycle, without asking every plugin about every node for every pod.
//!
//! - A [`census`] has the cluster and what all profiles share of it: a row for each node ([`rows`]), the domains that labels
//!   name ([`topology`]), the classes of pods, and what happened lately ([`log`]).
//! - [`Columns`] are those of one profile. Pods that are alike are classes: in what nodes suit them ([`suitability`]), what
//!   room they need ([`room`]), what other pods mean to them ([`peers`]). What is known of a class is a column over the rows.
//! - A pod that comes or goes is one entry of a log, and so is a node that comes, changes or goes. Who is asked again looks
//!   only at the rows that the logs name.
//! - What is left for each decision is to go through the columns of the feasible nodes once or twice.
//!
//! What is not in columns is decided plainly: pods with claims or volumes, and pods that name their node. Where pods wait for
//! room on a node that would do, the plugins are asked about that node alone, unless room is all that matters. What follows a
//! rejection is plain, too: preemption asks the plugins.

mod bits;
mod census;
mod classes;
mod decide;
mod log;
mod peers;
mod room;
mod rows;
mod suitability;
mod topology;

use crate::cluster::Cluster;
use crate::cycle::{Search, totals};
use crate::framework::{Choice, Diagnosis};
use crate::objects::{Namespace, Node, Pod, PodKey, Service};
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
pub(crate) use census::Census;
use classes::Classes;
use peers::{AskedOfPeers, Limit, View};
use room::Room;
use std::sync::Arc;
use suitability::Suitability;

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
    census: Census,
    columns: Columns,
}

/// What one profile knows of the classes of pods.
pub(crate) struct Columns {
    /// Whether the plugins are enabled such that columns say what they say.
    follow_profile: bool,
    asked: AskedOfPeers,
    suitabilities: Classes<Suitability>,
    rooms: Classes<Room>,
    /// By class of peers.
    views: Vec<Option<Box<View>>>,
    /// After how many decisions what was not used was last forgotten.
    swept: u64,
    last: Buffers,
}

/// What is reused from decision to decision.
#[derive(Default)]
struct Buffers {
    feasible: Vec<u32>,
    /// Whether they are in the order of names.
    in_order: bool,
    /// Of the feasible rows; empty if they were not scored.
    totals: Vec<i64>,
    raw: Vec<i64>,
    sums: Vec<f64>,
    limits: Vec<Limit>,
    weights: Vec<f64>,
    seen: Vec<u64>,
    stamp: u64,
    best: Vec<u32>,
    one: Vec<u32>,
    /// Rows that would be feasible but for pods that wait for room there, in order.
    crowded: Vec<u32>,
}

/// After so many decisions without a pod of its kind, a class loses its columns. Each is a word or two for every node.
const COLUMNS_KEPT: u64 = 1024;

impl Columns {
    /// Those of a profile, which knows of nothing yet.
    pub(crate) fn of(profile: &Profile) -> Columns {
        let spec = profile.spec();
        // A plugin that filters what it has not prepared, or prepares what it does not filter, is left to the plain cycle.
        let is_whole = |plugin: &PluginName| {
            !plugin.points().contains(&Point::PreFilter)
                || spec.asks(*plugin, Point::PreFilter) == spec.asks(*plugin, Point::Filter)
        };
        Columns {
            follow_profile: PluginName::ALL.iter().all(is_whole),
            asked: AskedOfPeers::by(profile),
            suitabilities: Classes::default(),
            rooms: Classes::default(),
            views: Vec::new(),
            swept: 0,
            last: Buffers::default(),
        }
    }
}

impl Placer {
    /// An empty cluster.
    #[must_use]
    pub fn new(profile: Profile) -> Placer {
        Placer::with_cluster(profile, Cluster::new())
    }

    /// A cluster as it is.
    #[must_use]
    pub fn with_cluster(profile: Profile, cluster: Cluster) -> Placer {
        Placer { columns: Columns::of(&profile), profile, census: Census::of(cluster) }
    }

    /// The cluster as it is.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.census.cluster()
    }

    /// How pods are placed.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Adds a node, or replaces the one of that name; its pods stay.
    pub fn set_node(&mut self, node: Node) {
        self.census.set_node(node);
    }

    /// Takes a node away, with its pods.
    pub fn remove_node(&mut self, name: &str) {
        self.census.remove_node(name);
    }

    /// Adds or replaces a namespace.
    pub fn set_namespace(&mut self, namespace: Namespace) {
        self.census.set_namespace(namespace);
    }

    /// Replaces all services.
    pub fn set_services(&mut self, services: Vec<Service>) {
        self.census.set_services(services);
    }

    /// Reserves a place: a pod that waits for room on the node that its status nominates.
    pub fn nominate(&mut self, pod: Arc<Pod>) {
        self.census.nominate(pod);
    }

    /// Gives up a reserved place.
    pub fn forget_nomination(&mut self, key: &PodKey) {
        self.census.forget_nomination(key);
    }

    /// Puts a pod on a node. Returns whether that node exists; a pod of that name elsewhere is moved.
    pub fn add_pod(&mut self, pod: Arc<Pod>, node: &str) -> bool {
        self.census.add_pod(pod, node)
    }

    /// Takes a pod away, if it is on a node.
    pub fn remove_pod(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        self.census.remove_pod(key)
    }

    /// Decides where a pod goes; it does not put it there. The node that its status nominates comes first.
    pub fn place(&mut self, pod: &Pod, search: Search, choice: &mut Choice<'_>) -> Placed {
        let placed = self.columns.place(&mut self.census, &self.profile, pod, search, choice);
        placed.unwrap_or_else(|| self.place_plainly(pod, search, choice))
    }

    fn place_plainly(&mut self, pod: &Pod, search: Search, choice: &mut Choice<'_>) -> Placed {
        let cluster = self.census.cluster();
        let filtered = self.profile.filter_nominated_first(cluster, pod, search);
        let last = &mut self.columns.last;
        let rows = filtered.feasible.iter().filter_map(|node| cluster.slot(node.name()));
        last.feasible.clear();
        last.feasible.extend(rows.map(|slot| self.census.rows.row(slot)));
        last.totals.clear();
        last.in_order = false;
        let (feasible, looked_at) = (last.feasible.len(), filtered.looked_at);
        let (slot, total) = match *last.feasible {
            [] => (None, None),
            [only] => (self.census.rows.slot(only), None),
            _ => {
                let scores = self.profile.score(cluster, pod, &filtered.feasible);
                last.totals = totals(feasible, &scores);
                let (row, total) = last.choose(&self.census, choice);
                (self.census.rows.slot(row), Some(total))
            }
        };
        Placed { feasible, looked_at, slot, total }
    }

    /// The slots that were feasible for the pod that was decided last: in the order in which they were looked at, unless all
    /// nodes were.
    pub fn last_feasible(&self) -> impl Iterator<Item = usize> {
        self.columns.last.feasible.iter().filter_map(|row| self.census.rows.slot(*row))
    }

    /// Their totals; empty if no more than one was feasible.
    #[must_use]
    pub fn last_totals(&self) -> &[i64] {
        &self.columns.last.totals
    }

    /// The slots with the highest total of the last decision, by name.
    #[must_use]
    pub fn last_best(&self) -> Vec<usize> {
        let last = &self.columns.last;
        let rows = if last.totals.is_empty() { &last.feasible } else { &last.best };
        let mut slots: Vec<usize> = rows.iter().filter_map(|row| self.census.rows.slot(*row)).collect();
        slots.sort_unstable();
        slots
    }

    /// Why a pod fits nowhere.
    #[must_use]
    pub fn diagnosis(&self, pod: &Pod) -> Diagnosis {
        self.profile.filter(self.census.cluster(), pod, Search::default()).diagnosis
    }
}

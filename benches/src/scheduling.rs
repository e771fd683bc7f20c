//! Scheduling: pods placed one after the other in a cluster that is filled already, as the published measurements of
//! kube-scheduler have them.
//!
//! Nodes `0..N` over three zones, ten pods on each; then the next pods of the same kind. [`Kind`] says what the pods
//! ask of each other. A unit is a pod: decided, and put where it was decided.

use cloudsim_kube_scheduler::framework::{Choice, Nominated};
use cloudsim_kube_scheduler::objects::{Node, Pod, PodKey};
use cloudsim_kube_scheduler::{Enough, HOSTNAME, Placer, Profile, REGION, Search, ZONE, best};
use serde_json::{Value, json};
use std::sync::Arc;

/// What the pods ask of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Basic,
    /// To be spread over zones and hosts, if possible.
    Spread,
    /// To share no host with pods of the same app.
    Anti,
    /// To be spread over zones with a skew of one, or to wait.
    ZoneSpread,
    /// To be with their app in a zone, and on other hosts than it, if possible.
    Preferred,
}

impl Kind {
    /// Over how many apps the pods are dealt.
    #[must_use]
    pub fn apps(self) -> usize {
        if self == Kind::Anti { 100 } else { 10 }
    }

    /// Pod number `i` of the sequence, as the API has it.
    #[must_use]
    pub fn manifest(self, i: usize) -> Value {
        let (name, app) = (format!("pod-{i:06}"), format!("app-{}", i % self.apps()));
        let own = json!({"matchLabels": {"app": app}});
        let spread = |key: &str, otherwise: &str| {
            json!({
                "maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": otherwise, "labelSelector": own,
            })
        };
        let term = |key: &str| json!({"labelSelector": own, "topologyKey": key});
        let preferred = |key: &str| json!([{"weight": 100, "podAffinityTerm": term(key)}]);
        let mut spec = json!({
            "containers": [{
                "name": "c", "image": "img:1", "resources": {"requests": {"cpu": "100m", "memory": "500Mi"}}}],
            "schedulerName": "default-scheduler",
        });
        match self {
            Kind::Basic => {}
            Kind::Spread => {
                let constraints = [spread(ZONE, "ScheduleAnyway"), spread(HOSTNAME, "ScheduleAnyway")];
                spec["topologySpreadConstraints"] = json!(constraints);
            }
            Kind::ZoneSpread => {
                spec["topologySpreadConstraints"] = json!([spread(ZONE, "DoNotSchedule")]);
            }
            Kind::Anti => {
                let terms = json!({"requiredDuringSchedulingIgnoredDuringExecution": [term(HOSTNAME)]});
                spec["affinity"] = json!({"podAntiAffinity": terms});
            }
            Kind::Preferred => {
                spec["affinity"] = json!({
                    "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred(ZONE)},
                    "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred(HOSTNAME)},
                });
            }
        }
        let metadata = json!({"name": name, "namespace": "default", "uid": name, "labels": {"app": app}});
        json!({"metadata": metadata, "spec": spec})
    }

    /// Pod number `i` of the sequence.
    #[must_use]
    pub fn pod(self, i: usize) -> Pod {
        Pod::read(&object(self.manifest(i))).expect("a pod as the API has it")
    }

    /// The `count` pods that come after those that fill a cluster of `nodes` nodes.
    #[must_use]
    pub fn next_pods(self, nodes: usize, count: usize) -> Vec<Arc<Pod>> {
        (0..count).map(|i| Arc::new(self.pod(PODS_PER_NODE * nodes + i))).collect()
    }
}

/// How many pods are on each node at first.
pub const PODS_PER_NODE: usize = 10;

/// How many pods a node has room for: 4 processors for a tenth each.
const FULL: usize = 40;

fn object<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object as the API has it")
}

/// The name of node number `i`.
#[must_use]
pub fn node_name(i: usize) -> String {
    format!("node-{i:05}")
}

/// Node number `i`, as the API has it.
#[must_use]
pub fn node_manifest(i: usize) -> Value {
    let (name, room) = (node_name(i), json!({"cpu": "4", "memory": "32Gi", "pods": "110"}));
    let labels = json!({HOSTNAME: name, REGION: "r1", ZONE: format!("zone-{}", i % 3)});
    json!({"metadata": {"name": name, "labels": labels}, "status": {"capacity": room, "allocatable": room}})
}

/// Node number `i`.
#[must_use]
pub fn node(i: usize) -> Node {
    Node::read(&object(node_manifest(i))).expect("a node as the API has it")
}

/// On which of `nodes` nodes the pod number `i` of those that fill them is: an app has no two pods on a node.
#[must_use]
pub fn home(i: usize, nodes: usize) -> usize {
    (i % nodes + i / nodes) % nodes
}

/// A cluster of `nodes` nodes with ten pods of a kind on each.
#[must_use]
pub fn filled(nodes: usize, kind: Kind) -> Placer {
    holding(nodes, PODS_PER_NODE, kind)
}

/// A cluster of `nodes` nodes on which there is no room for one pod more.
#[must_use]
pub fn full(nodes: usize) -> Placer {
    holding(nodes, FULL, Kind::Basic)
}

fn holding(nodes: usize, each: usize, kind: Kind) -> Placer {
    let mut placer = Placer::new(Profile::default());
    for i in 0..nodes {
        placer.set_node(node(i));
    }
    for i in 0..each * nodes {
        assert!(placer.add_pod(Arc::new(kind.pod(i)), &node_name(home(i, nodes))), "the node is there");
    }
    placer
}

/// Pod number `i` of a kind that asks for nothing, but is more important than all others.
#[must_use]
pub fn urgent(i: usize) -> Pod {
    Pod { priority: 1000, ..Kind::Basic.pod(i) }
}

/// How the searches go: over all nodes, or as far as the adaptive percentage has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// All nodes are looked at and scored.
    All,
    /// Each search goes on where the last one stopped, beginning with the first node of the list.
    Adaptive,
}

/// Places the pods of a sequence one after the other.
pub struct Scheduling {
    placer: Placer,
    search: Search,
}

impl Scheduling {
    /// In a cluster, beginning at the first node.
    #[must_use]
    pub fn new(placer: Placer, nodes: Nodes) -> Scheduling {
        let search = match nodes {
            Nodes::All => Search::default(),
            Nodes::Adaptive => Search { start: 0, enough: Enough::Percent(0) },
        };
        Scheduling { placer, search }
    }

    /// Decides where a pod goes. Returns the slot of the node; `None` if it does not fit.
    pub fn decide(&mut self, pod: &Pod) -> Option<usize> {
        let placed = self.placer.place(pod, self.search, &mut Choice::FirstByName);
        self.goes_on(placed.looked_at);
        placed.slot
    }

    /// Decides where a pod goes and puts it there. Returns the number of the node; `None` if it does not fit.
    pub fn place(&mut self, pod: &Arc<Pod>) -> Option<u32> {
        let slot = self.decide(pod)?;
        let name = self.placer.cluster().nodes()[slot].name().clone();
        self.placer.add_pod(pod.clone(), &name);
        // Slots are in the order of names, and names are numbers of equal length: a slot is the number.
        u32::try_from(slot).ok()
    }

    /// The same, by asking every plugin about every node.
    pub fn place_plainly(&mut self, pod: &Arc<Pod>) -> Option<u32> {
        let (profile, cluster) = (self.placer.profile(), self.placer.cluster());
        let filtered = profile.filter(cluster, pod, self.search);
        let scores = profile.score(cluster, pod, &filtered.feasible);
        let name = best(&filtered.feasible, &scores).first().map(|node| node.name().clone());
        let looked_at = filtered.looked_at;
        drop(filtered);
        self.goes_on(looked_at);
        let name = name?;
        let slot = self.placer.cluster().slot(&name)?;
        self.placer.add_pod(pod.clone(), &name);
        u32::try_from(slot).ok()
    }

    /// Decides about a pod for which there is no room, and which pods make way for it. Nobody is evicted.
    ///
    /// The plain plugins say why it does not fit, and try what would help.
    ///
    /// # Errors
    ///
    /// The number of the node, if the pod fits without.
    pub fn preempt(&mut self, pod: &Pod) -> Result<Option<Nominated>, usize> {
        if let Some(slot) = self.decide(pod) {
            return Err(slot);
        }
        let (profile, cluster) = (self.placer.profile(), self.placer.cluster());
        let filtered = profile.filter(cluster, pod, Search::default());
        Ok(profile.post_filter(cluster, pod, &filtered, &mut Choice::FirstByName).0.ok())
    }

    /// Deletes a pod, if it is there.
    pub fn delete(&mut self, key: &PodKey) {
        self.placer.remove_pod(key);
    }

    /// Adds a node, or replaces the one of that name.
    pub fn set_node(&mut self, node: Node) {
        self.placer.set_node(node);
    }

    fn goes_on(&mut self, looked_at: usize) {
        if self.search != Search::default() {
            self.search.start = (self.search.start + looked_at) % self.placer.cluster().len();
        }
    }
}

/// What kube-scheduler takes for the same work.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// How many nodes there are.
    pub nodes: usize,
    /// What the pods ask of each other.
    pub kind: Kind,
    /// How the searches go.
    pub search: Nodes,
    /// Processor time of the whole process for each pod, in milliseconds.
    pub cpu_ms: f64,
}

/// kube-scheduler v1.34.1, on two cores of a virtual Xeon.
///
/// Measured: its scheduling function (snapshot, pre-filter to pick) and the pod assumed into its cache, in process,
/// with the default profile and 16-way parallelism; the quieter of two series where it has the line.
/// `docs/performance.md` has both.
pub const PUBLISHED: [Published; 18] = {
    use Kind::{Anti, Basic, Spread};
    use Nodes::{Adaptive, All};
    const fn of(nodes: usize, kind: Kind, search: Nodes, cpu_ms: f64) -> Published {
        Published { nodes, kind, search, cpu_ms }
    }
    [
        of(100, Basic, All, 0.567),
        of(100, Basic, Adaptive, 0.53),
        // Of 100 nodes either search looks at all; only one of them was measured.
        of(100, Spread, All, 1.26),
        of(100, Spread, Adaptive, 1.26),
        of(100, Anti, All, 1.47),
        of(100, Anti, Adaptive, 1.47),
        of(1000, Basic, All, 3.33),
        of(1000, Basic, Adaptive, 1.94),
        of(1000, Spread, All, 12.44),
        of(1000, Spread, Adaptive, 4.56),
        of(1000, Anti, All, 12.79),
        of(1000, Anti, Adaptive, 13.93),
        of(5000, Basic, All, 20.0),
        of(5000, Basic, Adaptive, 2.19),
        of(5000, Spread, All, 82.4),
        of(5000, Spread, Adaptive, 25.73),
        of(5000, Anti, All, 98.2),
        of(5000, Anti, Adaptive, 70.25),
    ]
};

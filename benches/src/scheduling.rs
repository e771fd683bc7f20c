//! Scheduling: pods placed one after the other in a cluster that is filled already, as the published measurements of
//! kube-scheduler have them.
//!
//! Nodes `0..N` over three zones, ten pods on each; then the next pods of the same kind. [`Kind`] says what the pods ask of
//! each other. A unit is a pod: decided, and put where it was decided.

use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{Node, Pod};
use cloudsim_kube_scheduler::{Enough, HOSTNAME, Placer, Profile, Search, ZONE, best};
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
    fn apps(self) -> usize {
        if self == Kind::Anti { 100 } else { 10 }
    }

    /// Pod number `i` of the sequence.
    #[must_use]
    pub fn pod(self, i: usize) -> Pod {
        let app = format!("app-{}", i % self.apps());
        let own = json!({"matchLabels": {"app": app}});
        let constraint = |key: &str, when: &str| {
            json!({"maxSkew": 1, "topologyKey": key,
            "whenUnsatisfiable": when, "labelSelector": own})
        };
        let term = |key: &str| json!({"labelSelector": own, "topologyKey": key});
        let preferred = |key: &str| json!([{"weight": 100, "podAffinityTerm": term(key)}]);
        let mut spec = json!({"containers": [{
            "name": "c", "image": "img:1", "resources": {"requests": {"cpu": "100m", "memory": "500Mi"}}}]});
        match self {
            Kind::Basic => {}
            Kind::Spread => {
                let soft = |key| constraint(key, "ScheduleAnyway");
                spec["topologySpreadConstraints"] = json!([soft(ZONE), soft(HOSTNAME)]);
            }
            Kind::ZoneSpread => {
                spec["topologySpreadConstraints"] = json!([constraint(ZONE, "DoNotSchedule")])
            }
            Kind::Anti => {
                spec["affinity"] = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term(HOSTNAME)]}});
            }
            Kind::Preferred => {
                spec["affinity"] = json!({
                    "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred(ZONE)},
                    "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred(HOSTNAME)}});
            }
        }
        let metadata = json!({"name": format!("pod-{i:06}"), "namespace": "default", "labels": {"app": app}});
        Pod::read(&object(json!({"metadata": metadata, "spec": spec}))).expect("a pod as the API has it")
    }
}

fn object<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object as the API has it")
}

/// Node number `i`.
#[must_use]
pub fn node(i: usize) -> Node {
    let name = format!("node-{i:05}");
    let labels =
        json!({HOSTNAME: name, ZONE: format!("zone-{}", i % 3), "topology.kubernetes.io/region": "r1"});
    Node::read(&object(json!({
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"cpu": "4", "memory": "32Gi", "pods": "110"}},
    })))
    .expect("a node as the API has it")
}

/// A cluster of `nodes` nodes with ten pods of a kind on each.
#[must_use]
pub fn filled(nodes: usize, kind: Kind) -> Placer {
    let mut placer = Placer::new(Profile::default());
    for i in 0..nodes {
        placer.set_node(node(i));
    }
    for i in 0..10 * nodes {
        let on = (i % nodes + i / nodes) % nodes;
        assert!(placer.add_pod(Arc::new(kind.pod(i)), &format!("node-{on:05}")), "the node is there");
    }
    placer
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

    /// Decides where a pod goes and puts it there. Returns the number of the node; `None` if it does not fit.
    pub fn place(&mut self, pod: &Arc<Pod>) -> Option<u32> {
        let placed = self.placer.place(pod, self.search, &mut Choice::FirstByName);
        self.goes_on(placed.looked_at);
        let slot = placed.slot?;
        let name = self.placer.cluster().nodes()[slot].name().clone();
        self.placer.add_pod(pod.clone(), &name);
        // Names are numbers of equal length, so that slots are numbers.
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

    fn goes_on(&mut self, looked_at: usize) {
        if self.search != Search::default() {
            self.search.start = (self.search.start + looked_at) % self.placer.cluster().len();
        }
    }
}

//! The cluster as the scheduler knows it: nodes with their pods, and what stands in its listers.

use crate::objects::{
    HostPort, Labels, Namespace, Node, Pod, PodDisruptionBudget, PodKey, Resources, Service, Text, Workload,
    WorkloadKind,
};
use crate::storage::Storage;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The label of a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The label of a node's region.
pub const REGION: &str = "topology.kubernetes.io/region";
/// The label of a node's own name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// A node with its pods and their sums.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Arc<Node>,
    /// The pods on it, in order of arrival.
    pub pods: Vec<Arc<Pod>>,
    /// What they ask for.
    pub requested: Resources,
    /// Thousandths of cores that they count for in scores.
    pub counted_cpu: i64,
    /// Bytes of memory that they count for in scores.
    pub counted_memory: i64,
    /// The ports of the host that they take, each once: as in kube-scheduler a port that two pods have is free once one of
    /// them has gone.
    host_ports: Vec<HostPort>,
}

impl NodeInfo {
    /// An empty node.
    #[must_use]
    pub fn new(node: Arc<Node>) -> NodeInfo {
        NodeInfo {
            node,
            pods: Vec::new(),
            requested: Resources::default(),
            counted_cpu: 0,
            counted_memory: 0,
            host_ports: Vec::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.node.name
    }

    /// The value of one of its labels.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&Text> {
        self.node.labels.get(key)
    }

    /// The ports of the host that are taken.
    pub fn host_ports(&self) -> impl Iterator<Item = &HostPort> {
        self.host_ports.iter()
    }

    /// Puts a pod on it.
    pub fn add(&mut self, pod: Arc<Pod>) {
        self.count(&pod, 1);
        for port in &pod.host_ports {
            if !self.host_ports.contains(port) {
                self.host_ports.push(port.clone());
            }
        }
        self.pods.push(pod);
    }

    /// Takes a pod away, if it is there.
    pub fn remove(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        let at = self.pods.iter().position(|pod| pod.key == *key)?;
        let pod = self.pods.remove(at);
        self.count(&pod, -1);
        if !pod.host_ports.is_empty() {
            self.host_ports.retain(|port| !pod.host_ports.contains(port));
        }
        Some(pod)
    }

    fn count(&mut self, pod: &Pod, times: i64) {
        self.requested.add(&pod.requests.asked, times);
        self.counted_cpu = self.counted_cpu.saturating_add(times * pod.requests.counted_cpu);
        self.counted_memory = self.counted_memory.saturating_add(times * pod.requests.counted_memory);
    }
}

/// An image, as the cluster's nodes have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageSpread {
    /// In bytes, as the first node that had it said.
    pub size: i64,
    /// How many nodes have it.
    pub nodes: u32,
}

/// Nodes, pods, and the objects that scheduling looks up.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// By name; a node's place here is its slot.
    nodes: Vec<NodeInfo>,
    /// The names of each zone's nodes in order of arrival; zones in order of arrival.
    zones: Vec<(Text, Vec<Text>)>,
    pods: FxHashMap<PodKey, Text>,
    images: BTreeMap<Text, ImageSpread>,
    /// The pods that wait for room, by node.
    nominated: BTreeMap<Text, Vec<Arc<Pod>>>,
    /// The nodes that pods wait for.
    nominations: FxHashMap<PodKey, Text>,
    namespaces: BTreeMap<Text, Labels>,
    no_labels: Labels,
    /// Services.
    pub services: Vec<Service>,
    /// Replication controllers, replica sets and stateful sets.
    pub workloads: Vec<Workload>,
    /// Disruption budgets.
    pub disruption_budgets: Vec<PodDisruptionBudget>,
    /// Claims, volumes, storage classes, CSI drivers.
    pub storage: Storage,
}

impl Cluster {
    /// A cluster without anything.
    #[must_use]
    pub fn new() -> Cluster {
        Cluster::default()
    }

    /// Adds a node, or replaces the one of that name; its pods stay, and so does its turn in the search if its zone is
    /// the same.
    pub fn set_node(&mut self, node: Node) {
        let Some(slot) = self.slot(&node.name) else {
            self.count_images(&node);
            self.join_zone(&node);
            let slot = self.nodes.partition_point(|info| *info.name() < node.name);
            self.nodes.insert(slot, NodeInfo::new(Arc::new(node)));
            return;
        };
        let old = self.nodes[slot].node.clone();
        self.forget_images(&old);
        self.count_images(&node);
        if zone_of(&old) != zone_of(&node) {
            self.leave_zone(&old);
            self.join_zone(&node);
        }
        self.nodes[slot].node = Arc::new(node);
    }

    /// Takes a node away, with its pods.
    pub fn remove_node(&mut self, name: &str) -> Option<NodeInfo> {
        let info = self.nodes.remove(self.slot(name)?);
        for pod in &info.pods {
            self.pods.remove(&pod.key);
        }
        self.forget_images(&info.node);
        self.leave_zone(&info.node);
        Some(info)
    }

    fn count_images(&mut self, node: &Node) {
        for (name, size) in node.images_by_name() {
            self.images.entry(name.clone()).or_insert(ImageSpread { size, nodes: 0 }).nodes += 1;
        }
    }

    fn forget_images(&mut self, node: &Node) {
        for name in node.images_by_name().into_keys() {
            let spread = self.images.get_mut(name).expect("an image of a node is counted");
            spread.nodes -= 1;
            if spread.nodes == 0 {
                self.images.remove(name);
            }
        }
    }

    fn join_zone(&mut self, node: &Node) {
        let zone = zone_of(node);
        match self.zones.iter_mut().find(|(listed, _)| *listed == zone) {
            Some((_, nodes)) => nodes.push(node.name.clone()),
            None => self.zones.push((zone, vec![node.name.clone()])),
        }
    }

    fn leave_zone(&mut self, node: &Node) {
        let zone = zone_of(node);
        let at = self.zones.iter().position(|(name, _)| *name == zone).expect("a node's zone is listed");
        self.zones[at].1.retain(|listed| *listed != node.name);
        if self.zones[at].1.is_empty() {
            self.zones.remove(at);
        }
    }

    /// Puts a pod on a node. Returns whether that node exists; a pod of that name elsewhere is moved.
    pub fn add_pod(&mut self, pod: Arc<Pod>, node: &str) -> bool {
        self.remove_pod(&pod.key);
        let Some(slot) = self.slot(node) else { return false };
        let info = &mut self.nodes[slot];
        self.pods.insert(pod.key.clone(), info.name().clone());
        info.add(pod);
        true
    }

    /// Takes a pod away, if it is on a node.
    pub fn remove_pod(&mut self, key: &PodKey) -> Option<Arc<Pod>> {
        let node = self.pods.remove(key)?;
        let slot = self.slot(&node).expect("a pod's node exists");
        self.nodes[slot].remove(key)
    }

    /// Reserves a place: a pod that waits for room on the node that its status nominates.
    pub fn nominate(&mut self, pod: Arc<Pod>) {
        self.forget_nomination(&pod.key);
        if let Some(node) = &pod.nominated_node {
            self.nominations.insert(pod.key.clone(), node.clone());
            self.nominated.entry(node.clone()).or_default().push(pod.clone());
        }
    }

    /// Gives up a reserved place.
    pub fn forget_nomination(&mut self, key: &PodKey) {
        let Some(node) = self.nominations.remove(key) else { return };
        let pods = self.nominated.get_mut(&node).expect("a nominated pod is listed at its node");
        pods.retain(|pod| pod.key != *key);
        if pods.is_empty() {
            self.nominated.remove(&node);
        }
    }

    /// Adds or replaces a namespace.
    pub fn set_namespace(&mut self, namespace: Namespace) {
        self.namespaces.insert(namespace.name, namespace.labels);
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node by name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        Some(&self.nodes[self.slot(name)?])
    }

    /// The nodes by name: a node's place among them is its slot, until a node comes or goes.
    #[must_use]
    pub fn nodes(&self) -> &[NodeInfo] {
        &self.nodes
    }

    /// The slot of a node.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|info| (**info.name()).cmp(name)).ok()
    }

    /// The nodes in the order in which the search goes: one of each zone in turn.
    #[must_use]
    pub fn interleaved(&self) -> Vec<&NodeInfo> {
        self.search_order().into_iter().map(|slot| &self.nodes[slot]).collect()
    }

    /// Their slots in that order.
    pub(crate) fn search_order(&self) -> Vec<usize> {
        let slots: FxHashMap<&str, usize> =
            self.nodes.iter().enumerate().map(|(slot, info)| (&**info.name(), slot)).collect();
        let longest = self.zones.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(0);
        (0..longest)
            .flat_map(|i| self.zones.iter().filter_map(move |(_, nodes)| nodes.get(i)))
            .map(|name| slots[&**name])
            .collect()
    }

    /// The slot of the node that a pod is on.
    #[must_use]
    pub fn slot_of(&self, key: &PodKey) -> Option<usize> {
        self.slot(self.pods.get(key)?)
    }

    /// The node that a pod is on.
    #[must_use]
    pub fn node_of(&self, key: &PodKey) -> Option<&NodeInfo> {
        self.node(self.pods.get(key)?)
    }

    /// The pods that wait for room on a node, in order of arrival.
    #[must_use]
    pub fn nominated(&self, node: &str) -> &[Arc<Pod>] {
        self.nominated.get(node).map_or(&[], Vec::as_slice)
    }

    /// The nodes on which pods wait for room, with these pods.
    pub(crate) fn all_nominated(&self) -> impl Iterator<Item = (&Text, &[Arc<Pod>])> {
        self.nominated.iter().map(|(node, pods)| (node, &**pods))
    }

    /// An image as nodes have it, by a name it goes by.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<ImageSpread> {
        self.images.get(name).copied()
    }

    /// The namespaces with their labels.
    pub fn namespaces(&self) -> impl Iterator<Item = (&Text, &Labels)> {
        self.namespaces.iter()
    }

    /// The labels of a namespace; none if there is no such namespace.
    #[must_use]
    pub fn namespace_labels(&self, name: &str) -> &Labels {
        self.namespaces.get(name).unwrap_or(&self.no_labels)
    }

    /// The controller that owns a pod, if it is of a kind whose selector spreads its pods by default.
    #[must_use]
    pub fn workload_of(&self, pod: &Pod) -> Option<&Workload> {
        let owner = pod.owner.as_ref()?;
        let kind = match (&*owner.api_version, &*owner.kind) {
            ("v1", "ReplicationController") => WorkloadKind::ReplicationController,
            ("apps/v1", "ReplicaSet") => WorkloadKind::ReplicaSet,
            ("apps/v1", "StatefulSet") => WorkloadKind::StatefulSet,
            _ => return None,
        };
        let is_it = |workload: &&Workload| {
            workload.kind == kind && workload.namespace == pod.namespace && workload.name == owner.name
        };
        self.workloads.iter().find(is_it)
    }
}

/// Region and zone in one: zones of one name in two regions are two.
fn zone_of(node: &Node) -> Text {
    let label = |key| node.labels.get(key).map_or("", |value| &**value);
    format!("{}:\0:{}", label(REGION), label(ZONE)).into()
}

#[cfg(test)]
mod tests {
    use super::{Cluster, ImageSpread, REGION, ZONE};
    use crate::objects::{Node, Pod, PodKey, Resources, Text};
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;

    fn node(name: u8, zone: u8, images: &[(u8, i64)]) -> Node {
        let images: Vec<_> =
            images.iter().map(|(i, size)| json!({"names": [format!("i{i}")], "sizeBytes": size})).collect();
        let labels = json!({ZONE: format!("z{zone}"), REGION: "r"});
        let object =
            json!({"metadata": {"name": format!("n{name}"), "labels": labels}, "status": {"images": images}});
        Node::read(&serde_json::from_value(object).unwrap()).unwrap()
    }

    fn pod(name: u8, cpu: u8, extended: u8) -> Arc<Pod> {
        let requests =
            json!({"cpu": format!("{cpu}m"), "memory": "64Mi", format!("example.com/r{extended}"): "2"});
        let object = json!({"metadata": {"name": format!("p{name}")},
            "spec": {"containers": [{"name": "c", "resources": {"requests": requests}}]}});
        Arc::new(Pod::read(&serde_json::from_value(object).unwrap()).unwrap())
    }

    #[test]
    fn a_node_that_lists_an_image_twice_has_it_once_with_the_size_said_first() {
        let mut cluster = Cluster::new();
        cluster.set_node(node(1, 1, &[(7, 100), (7, 300)]));
        assert_eq!(cluster.image("i7"), Some(ImageSpread { size: 100, nodes: 1 }));
        cluster.set_node(node(2, 1, &[(7, 500)]));
        assert_eq!(cluster.image("i7"), Some(ImageSpread { size: 100, nodes: 2 }));
        cluster.remove_node("n1");
        cluster.remove_node("n2");
        assert_eq!(cluster.image("i7"), None);
    }

    #[derive(Clone, Debug)]
    enum Step {
        SetNode(u8, u8, Vec<(u8, i64)>),
        RemoveNode(u8),
        AddPod(u8, u8, u8, u8),
        RemovePod(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        // An image has one size, as its name is that of its content: which of several is kept depends on the order.
        let images = prop::collection::vec(0u8..4, 0..4);
        let images = images.prop_map(|images| images.into_iter().map(|i| (i, i64::from(i) * 100)).collect());
        prop_oneof![
            (0u8..5, 0u8..3, images).prop_map(|(name, zone, images)| Step::SetNode(name, zone, images)),
            (0u8..5).prop_map(Step::RemoveNode),
            (0u8..8, 0u8..5, 0u8..9, 0u8..3).prop_map(|(pod, node, cpu, r)| Step::AddPod(pod, node, cpu, r)),
            (0u8..8).prop_map(Step::RemovePod),
        ]
    }

    /// Without the names of which nothing is left: once mentioned, they stay.
    fn nonzero(resources: &Resources) -> Resources {
        let mut resources = resources.clone();
        resources.scalars.retain(|_, amount| *amount != 0);
        resources
    }

    /// All that can be seen of a cluster, but for the order of arrival.
    fn seen(cluster: &Cluster) -> impl PartialEq + std::fmt::Debug {
        let pods = |node: &super::NodeInfo| -> Vec<PodKey> {
            let mut keys: Vec<_> = node.pods.iter().map(|pod| pod.key.clone()).collect();
            keys.sort();
            keys
        };
        let nodes: Vec<_> = cluster
            .nodes()
            .iter()
            .map(|node| {
                let sums = (nonzero(&node.requested), node.counted_cpu, node.counted_memory);
                (node.name().clone(), node.node.clone(), pods(node), sums)
            })
            .collect();
        let interleaved: BTreeSet<Text> =
            cluster.interleaved().into_iter().map(|node| node.name().clone()).collect();
        (nodes, interleaved, cluster.interleaved().len(), cluster.pods.clone(), cluster.images.clone())
    }

    proptest! {
        #[test]
        fn sums_are_those_of_a_cluster_built_anew(steps in prop::collection::vec(step(), 0..60)) {
            let mut cluster = Cluster::new();
            let mut nodes: BTreeMap<u8, Node> = BTreeMap::new();
            let mut pods: BTreeMap<u8, (Arc<Pod>, u8)> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::SetNode(name, zone, images) => {
                        let node = node(name, zone, &images);
                        cluster.set_node(node.clone());
                        nodes.insert(name, node);
                    }
                    Step::RemoveNode(name) => {
                        cluster.remove_node(&format!("n{name}"));
                        nodes.remove(&name);
                        pods.retain(|_, (_, on)| *on != name);
                    }
                    Step::AddPod(name, on, cpu, extended) => {
                        let pod = pod(name, cpu, extended);
                        let added = cluster.add_pod(pod.clone(), &format!("n{on}"));
                        prop_assert_eq!(added, nodes.contains_key(&on));
                        pods.remove(&name);
                        if added {
                            pods.insert(name, (pod, on));
                        }
                    }
                    Step::RemovePod(name) => {
                        let key = pod(name, 0, 0).key.clone();
                        prop_assert_eq!(cluster.remove_pod(&key).is_some(), pods.remove(&name).is_some());
                    }
                }
                let mut anew = Cluster::new();
                for node in nodes.values() {
                    anew.set_node(node.clone());
                }
                for (pod, on) in pods.values() {
                    anew.add_pod(pod.clone(), &format!("n{on}"));
                }
                prop_assert_eq!(seen(&cluster), seen(&anew));
            }
        }
    }
}

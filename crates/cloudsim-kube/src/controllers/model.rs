//! The cluster as it would be: with nodes that are not there, and pods that are elsewhere. What fits where is asked of the
//! scheduler's own filters.

use crate::objects::Text;
use cloudsim_kube_scheduler::framework::Status;
use cloudsim_kube_scheduler::objects::{Node, Pod, PodKey};
use cloudsim_kube_scheduler::{Cluster, HOSTNAME, NodeInfo, Profile};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A cluster to try things on.
#[derive(Clone)]
pub(super) struct Model {
    profile: Arc<Profile>,
    pub(super) cluster: Cluster,
    /// A pod of each daemon set.
    daemons: Arc<[Pod]>,
}

impl Model {
    pub(super) fn new(profile: Arc<Profile>, cluster: Cluster, daemons: Vec<Pod>) -> Model {
        Model { profile, cluster, daemons: daemons.into() }
    }

    /// Adds a node like a template, with the daemons that go there.
    pub(super) fn add_node(&mut self, template: &Node, name: &Text) {
        let mut node = template.clone();
        node.name = name.clone();
        node.labels.insert(HOSTNAME.into(), name.clone());
        self.cluster.set_node(node);
        for daemon in self.daemons.clone().iter() {
            let own = format!("{}-{name}", daemon.key.name).into();
            let key = PodKey { namespace: daemon.key.namespace.clone(), name: own };
            self.place(&Arc::new(Pod { key, ..daemon.clone() }), |node| node.name() == name).ok();
        }
    }

    /// Whether a node takes a pod.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn takes(&self, node: &Text, pod: &Pod) -> Result<(), Status> {
        self.profile.first_fit(&self.cluster, pod, |info| info.name() == node).map(|_| ())
    }

    /// Puts a pod on the first of some nodes that takes it.
    ///
    /// # Errors
    /// Why none does.
    pub(super) fn place(&mut self, pod: &Arc<Pod>, among: impl Fn(&NodeInfo) -> bool) -> Result<(), Status> {
        let node = self.profile.first_fit(&self.cluster, pod, among)?;
        self.cluster.add_pod(pod.clone(), &node);
        Ok(())
    }

    /// Moves pods from a node to others, all of them or none. Returns whether they have moved.
    pub(super) fn move_all(&mut self, pods: &[Arc<Pod>], from: &Text, gone: &BTreeSet<Text>) -> bool {
        for (moved, pod) in pods.iter().enumerate() {
            self.cluster.remove_pod(&pod.key);
            let unbound = Arc::new(Pod { node_name: None, ..Pod::clone(pod) });
            let elsewhere = |node: &NodeInfo| node.name() != from && !gone.contains(node.name());
            if self.place(&unbound, elsewhere).is_err() {
                for pod in &pods[..=moved] {
                    self.cluster.add_pod(pod.clone(), from);
                }
                return false;
            }
        }
        true
    }

    /// How many nodes like a template take so many of the pods as fit there at all, the largest first; and which those are.
    pub(super) fn nodes_for(&self, template: &Node, pods: &[Arc<Pod>]) -> (u32, Vec<PodKey>) {
        let mut model = self.clone();
        let room = &template.allocatable;
        let share = |part: i64, whole: i64| i128::from(part) * 1_000_000 / i128::from(whole.max(1));
        let size = |pod: &Arc<Pod>| {
            let asked = &pod.requests.asked;
            share(asked.milli_cpu, room.milli_cpu) + share(asked.memory, room.memory)
        };
        let mut pods = pods.to_vec();
        pods.sort_by_key(|pod| std::cmp::Reverse(size(pod)));
        let mut added: BTreeSet<Text> = BTreeSet::new();
        let mut placed = Vec::new();
        let mut last_is_empty = false;
        for pod in &pods {
            if model.place(pod, |node| added.contains(node.name())).is_err() {
                if last_is_empty {
                    continue;
                }
                let name: Text = format!("template-{:06}", added.len()).into();
                model.add_node(template, &name);
                added.insert(name.clone());
                last_is_empty = model.place(pod, |node| *node.name() == name).is_err();
                if last_is_empty {
                    continue;
                }
            } else {
                last_is_empty = false;
            }
            placed.push(pod.key.clone());
        }
        let nodes = added.len() - usize::from(last_is_empty);
        (u32::try_from(nodes).expect("few nodes"), placed)
    }
}

impl crate::cluster::Cluster {
    /// The cluster as the scheduler knows it, to try things on.
    pub(super) fn model(&self) -> Model {
        let sets = self.workloads.iter().filter(|(_, workload)| workload.is_daemon_set() && !workload.gone);
        let daemons = sets.map(|(_, workload)| workload.newest().prototype.clone());
        let profile = self.scheduling.profile.clone();
        Model::new(profile, self.scheduling.scheduler.cluster().clone(), daemons.collect())
    }
}

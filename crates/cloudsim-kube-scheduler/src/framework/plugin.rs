//! Plugins: one trait, whose methods are the extension points.

use super::{ClusterEvent, Diagnosis, Hint, Objection, Obstacle, Status};
use crate::cluster::{Cluster, NodeInfo};
use crate::objects::{Labels, Pod, PodKey, Text};
use crate::plugins::{DryRun, PluginName};
use crate::storage::PodVolumes;
use crate::version::Version;
use cloudsim_units::SimTime;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One attempt to place one pod: what every plugin is given.
#[derive(Clone, Copy)]
pub struct Cycle<'c> {
    /// The cluster as the scheduler knows it.
    pub cluster: &'c Cluster,
    /// The pod to place.
    pub pod: &'c Pod,
    /// The version of kube-scheduler whose decisions are followed.
    pub version: Version,
}

impl<'c> Cycle<'c> {
    /// The labels of the pod's namespace; none if there is no such namespace.
    #[must_use]
    pub fn namespace_labels(&self) -> &'c Labels {
        self.cluster.namespace_labels(&self.pod.namespace)
    }
}

impl Cycle<'_> {
    /// Whether the pod takes the room for taken that another waits for: that of pods that are no less important.
    pub(crate) fn minds(&self, waiting: &Pod) -> bool {
        waiting.priority >= self.pod.priority && waiting.key != self.pod.key
    }
}

/// Where a pod comes among those that wait for an attempt: the least first.
pub type QueueOrder = (Reverse<i32>, SimTime);

/// What a plugin's pre-filter found.
pub enum PreFiltered<'c> {
    /// It has nothing to say about this pod: its filter is not asked.
    Skip,
    /// The pod can go nowhere.
    Rejected(Status),
    /// Its filter is to be asked.
    Filter {
        /// The only nodes that can come into question, by name; `None` is all.
        nodes: Option<BTreeSet<Text>>,
        /// What it keeps for its filter.
        filter: Box<dyn Filter + 'c>,
    },
}

impl<'c> PreFiltered<'c> {
    /// Its filter is to be asked, for every node.
    #[must_use]
    pub fn filter(filter: impl Filter + 'c) -> PreFiltered<'c> {
        PreFiltered::Filter { nodes: None, filter: Box::new(filter) }
    }
}

/// What a plugin keeps of a cycle for its filter: its part of the cycle's state.
pub trait Filter {
    /// Whether the pod can go to a node.
    ///
    /// # Errors
    /// Why not.
    fn filter(&self, node: &NodeInfo) -> Result<(), Status>;

    /// What would have to change for a node that it rejects; all of it. Empty where it cannot say.
    fn obstacles(&self, _cycle: &Cycle<'_>, _node: &NodeInfo) -> Vec<Obstacle> {
        Vec::new()
    }

    /// What would be if a pod came to a node. `node` is as it was or will be: only its own labels and taints may be read.
    fn add_pod(&mut self, _pod: &Pod, _node: &NodeInfo) {}

    /// What would be if a pod left a node.
    fn remove_pod(&mut self, _pod: &Pod, _node: &NodeInfo) {}

    /// A copy to try things on; `None` if neither adding nor removing a pod changes it.
    fn copied(&self) -> Option<Box<dyn Filter + '_>> {
        None
    }
}

/// What a plugin keeps of a cycle for its score.
pub trait Score {
    /// How good a node is, in the plugin's own measure.
    fn score(&self, node: &NodeInfo) -> i64;

    /// Brings the scores of the feasible nodes to 0..=100, best highest. `scores[i]` is that of `nodes[i]`.
    fn normalize(&self, _nodes: &[&NodeInfo], _scores: &mut [i64]) {}
}

/// What a plugin's post-filter did for a pod that fits nowhere.
pub struct PostFiltered {
    /// The node on which it has made room.
    ///
    /// # Errors
    /// Why it cannot help.
    pub nominated: Result<Nominated, Status>,
    /// What it tried.
    pub dry_run: Option<DryRun>,
}

impl PostFiltered {
    /// It cannot help, and has tried nothing.
    #[must_use]
    pub fn rejected(status: Status) -> PostFiltered {
        PostFiltered { nominated: Err(status), dry_run: None }
    }
}

/// A node on which room is made for a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Nominated {
    /// The node.
    pub node: Text,
    /// The pods that must go, most important first.
    pub victims: Vec<Arc<Pod>>,
}

/// How one of several equals is taken.
pub enum Choice<'l> {
    /// The first by name.
    FirstByName,
    /// By luck: given a number of equals, the index of one of them.
    Drawn(&'l mut dyn FnMut(usize) -> usize),
}

impl Choice<'_> {
    /// The index of one of `equals`, at least one, sorted by name.
    pub fn pick(&mut self, equals: usize) -> usize {
        match self {
            Choice::FirstByName => 0,
            Choice::Drawn(_) if equals == 1 => 0,
            Choice::Drawn(draw) => draw(equals),
        }
    }
}

/// What the filters that were not skipped keep of a cycle, in order.
#[derive(Default)]
pub struct CycleState<'c> {
    filters: Vec<(PluginName, Kept<'c>)>,
}

enum Kept<'c> {
    Own(Box<dyn Filter + 'c>),
    Shared(&'c (dyn Filter + 'c)),
}

impl<'c> Kept<'c> {
    fn filter(&self) -> &(dyn Filter + 'c) {
        match self {
            Kept::Own(filter) => &**filter,
            Kept::Shared(filter) => *filter,
        }
    }

    fn copied(&self) -> Kept<'_> {
        let filter = self.filter();
        filter.copied().map_or(Kept::Shared(filter), Kept::Own)
    }
}

impl<'c> CycleState<'c> {
    pub(crate) fn new(filters: impl Iterator<Item = (PluginName, Box<dyn Filter + 'c>)>) -> CycleState<'c> {
        CycleState { filters: filters.map(|(plugin, filter)| (plugin, Kept::Own(filter))).collect() }
    }

    /// A copy to try things on.
    #[must_use]
    pub fn copied(&self) -> CycleState<'_> {
        CycleState { filters: self.filters.iter().map(|(plugin, kept)| (*plugin, kept.copied())).collect() }
    }

    /// Asks one filter after the other.
    ///
    /// # Errors
    /// The first rejection.
    pub fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        self.filters.iter().try_for_each(|(plugin, kept)| {
            kept.filter().filter(node).map_err(|status| {
                status.within(|| format!("running {:?} filter plugin", plugin.as_str())).by(*plugin)
            })
        })
    }

    /// Asks one filter after the other, with the pods that wait for room on the node, if any, there and then not there.
    ///
    /// # Errors
    /// The first rejection.
    pub fn filter_with_nominated(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Result<(), Status> {
        if let Some((state, node)) = self.with_nominated(cycle, node) {
            state.filter(&node)?;
        }
        self.filter(node)
    }

    /// The plugins that reject a node as it is when each is asked alone.
    pub(crate) fn all_rejecting(&self, node: &NodeInfo) -> Vec<PluginName> {
        let rejecting = self.filters.iter().filter(|(_, kept)| kept.filter().filter(node).is_err());
        rejecting.map(|(plugin, _)| *plugin).collect()
    }

    /// Each plugin that rejects a node, and why: with the pods that wait for room there, if it is they who take it.
    pub(crate) fn objections(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> (Vec<Objection>, Vec<PodKey>) {
        if let Some((state, crowded)) = self.with_nominated(cycle, node)
            && state.filter(&crowded).is_err()
        {
            let waiting = crowded.pods.iter().skip(node.pods.len()).map(|pod| pod.key.clone());
            return (state.objections_alone(cycle, &crowded), waiting.collect());
        }
        (self.objections_alone(cycle, node), Vec::new())
    }

    fn objections_alone(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Vec<Objection> {
        let objects = |(plugin, kept): &(PluginName, Kept<'_>)| {
            let status = kept.filter().filter(node).err()?.by(*plugin);
            Some(Objection { plugin: *plugin, status, obstacles: kept.filter().obstacles(cycle, node) })
        };
        self.filters.iter().filter_map(objects).collect()
    }

    /// The state and the node as if the pods that wait for room there, and are no less important, were there; `None` if there
    /// are none.
    fn with_nominated(&self, cycle: &Cycle<'_>, node: &NodeInfo) -> Option<(CycleState<'_>, NodeInfo)> {
        let waiting = cycle.cluster.nominated(node.name()).iter();
        let mut waiting = waiting.filter(|pod| cycle.minds(pod)).peekable();
        waiting.peek()?;
        let (mut state, mut node) = (self.copied(), node.clone());
        for pod in waiting {
            state.add_pod(pod, &node);
            node.add(pod.clone());
        }
        Some((state, node))
    }

    /// As if a pod came to a node.
    pub(crate) fn add_pod(&mut self, pod: &Pod, node: &NodeInfo) {
        self.move_pod(|filter| filter.add_pod(pod, node));
    }

    /// As if a pod left a node.
    pub(crate) fn remove_pod(&mut self, pod: &Pod, node: &NodeInfo) {
        self.move_pod(|filter| filter.remove_pod(pod, node));
    }

    fn move_pod(&mut self, mut tell: impl FnMut(&mut (dyn Filter + 'c))) {
        for (_, kept) in &mut self.filters {
            // What is shared has no copy because nothing changes it.
            if let Kept::Own(filter) = kept {
                tell(&mut **filter);
            }
        }
    }
}

/// A plugin. A method that it does not write says what a plugin that is not at that extension point says.
pub trait Plugin: Send + Sync {
    /// Pre-enqueue: whether a pod may enter the queue.
    ///
    /// # Errors
    /// Why not yet.
    fn pre_enqueue(&self, _pod: &Pod) -> Result<(), Status> {
        Ok(())
    }

    /// Queue sort: where a pod comes that has been waiting since a time.
    fn queue_sort(&self, _pod: &Pod, since: SimTime) -> QueueOrder {
        (Reverse(0), since)
    }

    /// Queueing hint: whether an event may help the pod, which this plugin has rejected. A plugin that does not say has
    /// pods tried again after every event.
    fn hint(&self, _cycle: &Cycle<'_>, _event: &ClusterEvent) -> Hint {
        Hint::Queue
    }

    /// Pre-filter: what of the pod and the cluster its filter will need.
    fn pre_filter<'c>(&'c self, _cycle: &Cycle<'c>) -> PreFiltered<'c> {
        PreFiltered::Skip
    }

    /// Pre-score: what of the pod, the cluster and the feasible nodes its score will need; `None` if it adds nothing.
    fn pre_score<'c>(
        &'c self,
        _cycle: &Cycle<'c>,
        _feasible: &[&'c NodeInfo],
    ) -> Option<Box<dyn Score + 'c>> {
        None
    }

    /// Reserve: what is to be set aside for the pod on the node.
    ///
    /// # Errors
    /// Why it cannot be.
    fn reserve(&self, _cycle: &Cycle<'_>, _node: &NodeInfo) -> Result<PodVolumes, Status> {
        Ok(PodVolumes::default())
    }

    /// Permit: whether the pod may be bound to the node now.
    ///
    /// # Errors
    /// Why not.
    fn permit(&self, _cycle: &Cycle<'_>, _node: &NodeInfo) -> Result<(), Status> {
        Ok(())
    }

    /// Bind: gives the pod to the node.
    ///
    /// # Errors
    /// Why it cannot.
    fn bind(&self, _cycle: &Cycle<'_>, _node: &NodeInfo) -> Result<(), Status> {
        Ok(())
    }

    /// Post-filter: whether room can be made for a pod that fits nowhere; `None` if the plugin is not at this point.
    fn post_filter(
        &self,
        _cycle: &Cycle<'_>,
        _state: &CycleState<'_>,
        _diagnosis: &Diagnosis,
        _choice: &mut Choice<'_>,
    ) -> Option<PostFiltered> {
        None
    }
}

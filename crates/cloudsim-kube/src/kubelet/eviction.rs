//! Kubelets: pods that are evicted because those of a node use more memory than it has for them.
//!
//! # Modelled, as the source of v1.34 has it
//! - A pod that runs uses what its workload says, or what it asks for. What a node has for pods is its allocatable memory:
//!   EKS takes the 100Mi of `memory.available<100Mi` off that, so that this threshold, which holds for all pods of a node
//!   together as well, is passed when they use more.
//! - A look every ten seconds. Each that finds too little evicts one pod: of those that use more than they ask for before the
//!   others, then of the lowest priority, then the one that uses most beyond what it asks for; never a critical one.
//! - The pod fails (`Evicted`) without a grace, and whoever keeps its number up makes another. The node has the condition
//!   `MemoryPressure`, and by that a taint that keeps pods away, until five minutes after the last look that found too little.
//!
//! # Left out
//! What the kernel does: it kills processes when the memory of a node, of all pods, or of a container's limit is used up
//! before a kubelet looks. Growth: a pod has its memory when its containers start. Disks and processes, soft thresholds,
//! the pods that a kubelet does not let in, and the wait for the pod that it kills.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/tree/v1.34.1/pkg/kubelet/eviction>.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::kubelet::KUBELET;
use crate::limits;
use crate::words::{Event, KubeContext, Step};
use cloudsim_units::{DurationDistribution, SimDuration};
use std::cmp::Reverse;

/// The place of a pod among those that are evicted, by the memory that it uses and asks for, and its priority.
fn rank(used: i64, asked: i64, priority: i32) -> (bool, i32, Reverse<i64>) {
    (used <= asked, priority, Reverse(used.saturating_sub(asked)))
}

impl Cluster {
    /// The memory that a pod uses, and what it asks for.
    fn memory_of(&self, id: PodId) -> (i64, i64) {
        let pod = self.pods.get(id);
        let asked = pod.object.requests.asked.memory;
        if !pod.runs() {
            return (0, asked);
        }
        let known = pod.owner.and_then(|owner| self.workloads.get(owner.workload).spec.uses_memory);
        (known.map_or(asked, |used| i64::try_from(used).unwrap_or(i64::MAX)), asked)
    }

    /// Whether the pods of a node use more than it has for them: some must use more than they ask for, since what they ask
    /// for was seen to when they were placed.
    fn lacks_memory(&self, id: NodeId) -> bool {
        let node = self.nodes.get(id);
        let of_pods = || node.pods.iter().map(|pod| self.memory_of(*pod));
        let used = of_pods().fold(0_i64, |sum, (used, _)| sum.saturating_add(used));
        used > node.object.allocatable.memory && of_pods().any(|(used, asked)| used > asked)
    }

    /// The run begins: kubelets will see what its pods use.
    pub(crate) fn begin_watching_memory(&mut self, ctx: &mut impl KubeContext) {
        let nodes: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
        for node in nodes {
            self.memory_grows(node, ctx);
        }
    }

    /// A pod of a node has begun to run: its kubelet will see if that was too much.
    pub(crate) fn memory_grows(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        if node.watches_memory || !self.lacks_memory(id) {
            return;
        }
        let path = format!("clusters/{}/nodes/{}", self.spec.name, node.name);
        let word = ctx.streams().stream(&path, &format!("memory {}", ctx.now().as_nanos())).word();
        let spread = DurationDistribution::Uniform(SimDuration::ZERO, limits::EVICTION_LOOK);
        self.look_again(id, spread.sample(word), ctx);
    }

    fn look_again(&mut self, id: NodeId, after: SimDuration, ctx: &mut impl KubeContext) {
        let node = self.nodes.get_mut(id);
        node.watches_memory = true;
        let epoch = node.epoch;
        ctx.schedule_in(after, Event::MemoryLookedAt { node: id, epoch });
    }

    pub(crate) fn look_at_memory(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        if self.nodes.get(id).epoch != epoch {
            return;
        }
        self.nodes.get_mut(id).watches_memory = false;
        if self.lacks_memory(id) {
            let was_low = self.nodes.get_mut(id).memory_low.replace(now).is_some();
            if !was_low {
                let message = "Attempting to reclaim memory";
                self.events.warning(now, About::Node(id), KUBELET, "EvictionThresholdMet", message);
                self.say_memory(id, ctx);
            }
            if let Some(pod) = self.first_to_go(id) {
                self.evict_for_memory(pod, id, ctx);
            }
        }
        let Some(low) = self.nodes.get(id).memory_low else { return };
        if now.since(low) >= limits::PRESSURE_TRANSITION {
            self.nodes.get_mut(id).memory_low = None;
            self.say_memory(id, ctx);
        } else {
            self.look_again(id, limits::EVICTION_LOOK, ctx);
        }
    }

    fn say_memory(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(id).is_heard() {
            self.ask(Client::Kubelet(id), Write::MemoryPressure { node: id }, ctx);
        }
    }

    pub(crate) fn commit_memory_pressure(&mut self, id: NodeId, ctx: &mut impl KubeContext) -> Option<Event> {
        let node = self.nodes.get_mut(id);
        let low = node.memory_low.is_some();
        if node.gone || node.memory_pressure == low {
            return None;
        }
        node.memory_pressure = low;
        let what = if low { "NodeHasInsufficientMemory" } else { "NodeHasSufficientMemory" };
        let message = format!("Node {} status is now: {what}", node.name);
        self.events.normal(ctx.now(), About::Node(id), KUBELET, what, message);
        Some(Event::NodeSeen { node: id })
    }

    /// The pod of a node that its kubelet evicts first.
    fn first_to_go(&self, id: NodeId) -> Option<PodId> {
        let pods = self.nodes.get(id).pods.iter().copied();
        let may_go = |pod: &PodId| {
            let of = self.pods.get(*pod);
            of.runs() && of.object.priority < limits::CRITICAL_PRIORITY
        };
        pods.filter(may_go).min_by_key(|pod| {
            let (used, asked) = self.memory_of(*pod);
            rank(used, asked, self.pods.get(*pod).object.priority)
        })
    }

    fn evict_for_memory(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let (used, asked) = self.memory_of(id);
        let message = format!(
            "The node was low on resource: memory. The pod was using {}Ki, request is {}Ki",
            used >> 10,
            asked >> 10
        );
        self.events.warning(ctx.now(), About::Pod(id), KUBELET, "Evicted", message);
        let pod = self.pods.get_mut(id);
        pod.evicted = true;
        pod.step = Some(Step::Errored);
        self.work_ended(id, node, ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn who_uses_more_than_asked_for_goes_first_then_the_least_important_then_the_most_beyond() {
        let modest = rank(900, 1_000, -5);
        let important = rank(1_500, 1_000, 10);
        let greedy = rank(3_000, 1_000, 0);
        let less_greedy = rank(4_000, 3_000, 0);
        let mut all = [modest, important, less_greedy, greedy];
        all.sort_unstable();
        assert_eq!(all, [greedy, less_greedy, important, modest]);
    }
}

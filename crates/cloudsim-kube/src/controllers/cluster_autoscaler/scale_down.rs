//! Fewer nodes: which ones nobody needs, and how they go.

use super::{Leaving, NAME, Seen, TO_BE_DELETED};
use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::controllers::node_lifecycle::taint;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::{TaintEffect, Text};
use crate::spec::ClusterAutoscalerSpec;
use crate::words::{Event, KubeContext, Signal};
use cloudsim_kube_scheduler::NodeInfo;
use cloudsim_kube_scheduler::objects::Pod;
use cloudsim_records::ScaleReason;
use cloudsim_units::{Ratio, SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Cluster {
    /// Notes which nodes nobody needs, and begins to take out those that nobody has needed for long.
    pub(super) fn scale_down(
        &mut self,
        spec: &ClusterAutoscalerSpec,
        seen: &Seen,
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        let unneeded = self.unneeded_nodes(spec, seen);
        let before = std::mem::take(&mut self.cluster_autoscaler.unneeded);
        let since = |node: NodeId| before.get(&node).copied().unwrap_or(now);
        self.cluster_autoscaler.unneeded = unneeded.iter().map(|node| (*node, since(*node))).collect();
        if self.scale_down_waits(spec, now) {
            return;
        }
        for node in unneeded {
            let (group, _) = seen.live[&node];
            let ready = self.nodes.get(node).ready == Ready::True;
            let wait = if ready { spec.scale_down_unneeded_time } else { spec.scale_down_unready_time };
            if since(node).saturating_add(wait) > now {
                continue;
            }
            let with_pods = !self.to_leave(node).is_empty();
            let leaving = &self.cluster_autoscaler.leaving;
            let of_group = leaving.keys().filter(|node| seen.live.get(node).is_some_and(|of| of.0 == group));
            let left = (seen.groups[group].desired as usize).saturating_sub(of_group.count());
            let draining = leaving.values().filter(|leaving| leaving.with_pods).count();
            let is_enough = left <= self.spec.node_groups[group].min as usize;
            if is_enough
                || leaving.len() >= limits::SCALE_DOWN_PARALLELISM
                || (with_pods && draining >= limits::DRAIN_PARALLELISM)
            {
                continue;
            }
            self.cluster_autoscaler.leaving.insert(node, Leaving { since: now, with_pods });
            let add = vec![taint(TO_BE_DELETED, TaintEffect::NoSchedule)];
            self.ask(Client::ClusterAutoscaler, Write::Taints { node, add, remove: Vec::new() }, ctx);
            let message = "marked the node as toBeDeleted/unschedulable";
            self.events.normal(now, About::Node(node), NAME, "ScaleDown", message);
            ctx.schedule_in(limits::DELETE_DELAY_AFTER_TAINT, Event::NodeLeaves { node });
        }
    }

    /// Whether nodes were added, or could not be taken out, too lately.
    fn scale_down_waits(&self, spec: &ClusterAutoscalerSpec, now: SimTime) -> bool {
        let is_recent =
            |at: Option<SimTime>, delay: SimDuration| at.is_some_and(|at| at.saturating_add(delay) > now);
        let state = &self.cluster_autoscaler;
        is_recent(state.scaled_up, spec.scale_down_delay_after_add)
            || is_recent(state.scale_down_failed, spec.scale_down_delay_after_failure)
    }

    /// The nodes whose pods would have room on others, all of them at once; those that were so before come first.
    fn unneeded_nodes(&self, spec: &ClusterAutoscalerSpec, seen: &Seen) -> Vec<NodeId> {
        let state = &self.cluster_autoscaler;
        let candidates = seen.live.keys().copied().filter(|node| {
            let info = self.scheduling.scheduler.cluster().node(&self.nodes.get(*node).name);
            let is_idle = info.is_some_and(|info| is_idle(info, spec.scale_down_utilization_threshold));
            is_idle && !state.leaving.contains_key(node)
        });
        let mut candidates: Vec<NodeId> = candidates.collect();
        candidates
            .sort_by_key(|node| (!state.unneeded.contains_key(node), self.nodes.get(*node).name.clone()));
        if candidates.is_empty() {
            return candidates;
        }
        let mut model = self.model();
        let leaving = state.leaving.keys().map(|node| self.nodes.get(*node).name.clone());
        let mut gone: BTreeSet<Text> = leaving.collect();
        let mut budgets: BTreeMap<usize, u32> =
            (0..self.protected.len()).map(|place| (place, self.disruptions_allowed(place))).collect();
        let mut unneeded = Vec::new();
        for node in candidates {
            let name = self.nodes.get(node).name.clone();
            let pods = self.to_leave(node);
            let mut left = budgets.clone();
            if !pods.iter().all(|pod| self.may_move(*pod, &mut left)) {
                continue;
            }
            // Those that would have moved there from other nodes move on.
            let info = model.cluster.node(&name).expect("a candidate is known");
            let pods: Vec<Arc<Pod>> = info.pods.iter().filter(|pod| self.is_to_move(pod)).cloned().collect();
            if model.move_all(&pods, &name, &gone) {
                gone.insert(name);
                budgets = left;
                unneeded.push(node);
            }
        }
        unneeded
    }

    /// Whether a pod needs another node if its own goes.
    fn is_to_move(&self, pod: &Pod) -> bool {
        let known = self.by_key.get(&pod.key).map(|id| self.pods.get(*id));
        known.is_some_and(|pod| pod.owner.is_none_or(|owner| owner.daemon_of.is_none()) && !pod.has_ended())
    }

    /// Whether a pod may be evicted for the sake of fewer nodes: someone makes it anew, and its budgets have some left.
    fn may_move(&self, id: PodId, budgets: &mut BTreeMap<usize, u32>) -> bool {
        let pod = self.pods.get(id);
        let own = (0..self.protected.len()).filter(|place| self.protected[*place].contains(&id));
        let own: Vec<usize> = own.collect();
        // Nobody knows what the cluster needs of its own pods, unless a budget says so.
        if pod.owner.is_none() || (&*pod.key.namespace == "kube-system" && own.is_empty()) {
            return false;
        }
        own.into_iter().all(|place| {
            let left = budgets.get_mut(&place).expect("each budget is there");
            let may = *left > 0;
            *left = left.saturating_sub(1);
            may
        })
    }

    /// A node that is to go is emptied further, and goes once it is empty.
    pub(crate) fn node_leaves(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let Some(&Leaving { since, with_pods }) = self.cluster_autoscaler.leaving.get(&node) else { return };
        let instance = self.instance_of(node, ctx);
        let Some(instance) = instance.filter(|_| !self.nodes.get(node).gone) else {
            self.cluster_autoscaler.leaving.remove(&node);
            return;
        };
        let pods = self.to_leave(node);
        let name = self.nodes.get(node).name.clone();
        if pods.is_empty() {
            self.cluster_autoscaler.leaving.remove(&node);
            self.cluster_autoscaler.unneeded.remove(&node);
            let how = if with_pods { "removed with drain" } else { "empty node removed" };
            let reason = if with_pods { "ScaleDown" } else { "ScaleDownEmpty" };
            let message = format!("Scale-down: {how}: {name}");
            self.events.normal(now, About::ClusterAutoscaler, NAME, reason, message);
            let message = "node removed by cluster autoscaler";
            self.events.normal(now, About::Node(node), NAME, "ScaleDown", message);
            ctx.signal(Signal::InstanceUnwanted { instance, why: ScaleReason::NodeUnneeded });
            return;
        }
        let (stay, end): (Vec<PodId>, Vec<PodId>) =
            pods.into_iter().partition(|pod| self.pods.get(*pod).is_active() && !self.evicting.contains(pod));
        let is_late = |limit: SimDuration| since.saturating_add(limit) < now;
        let never_ends = limits::MAX_POD_EVICTION_TIME + limits::MAX_GRACEFUL_TERMINATION;
        if (!stay.is_empty() && is_late(limits::MAX_POD_EVICTION_TIME))
            || (!end.is_empty() && is_late(never_ends))
        {
            self.cluster_autoscaler.leaving.remove(&node);
            self.cluster_autoscaler.scale_down_failed = Some(now);
            let remove = vec![taint(TO_BE_DELETED, TaintEffect::NoSchedule)];
            self.ask(Client::ClusterAutoscaler, Write::Taints { node, add: Vec::new(), remove }, ctx);
            let message = "failed to drain the node, aborting ScaleDown";
            self.events.warning(now, About::Node(node), NAME, "ScaleDownFailed", message);
            return;
        }
        let told = [NAME, "ScaleDown", "deleting pod for node scale down"];
        self.ask_to_leave(stay, Client::ClusterAutoscaler, Some(told), ctx);
        ctx.schedule_in(limits::AUTOSCALER_EVICTION_RETRY, Event::NodeLeaves { node });
    }
}

/// Whether pods ask for less than such a share of a node, of CPU and of memory.
fn is_idle(info: &NodeInfo, threshold: Ratio) -> bool {
    let less = |asked: i64, room: i64| {
        i128::from(asked) * 1_000_000_000 < i128::from(threshold.as_billionths()) * i128::from(room)
    };
    let room = &info.node.allocatable;
    less(info.requested.milli_cpu, room.milli_cpu) && less(info.requested.memory, room.memory)
}

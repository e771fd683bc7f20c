//! What becomes of requests that the API server carries out.

use super::Cluster;
use crate::api_server::Write;
use crate::controllers::node_lifecycle::NODE_CONTROLLER;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::kubelet::KUBELET;
use crate::nodes::Ready;
use crate::objects::Kind;
use crate::pods::{Ending, NewPod, Phase};
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::objects::{self as scheduler};
use cloudsim_records::{NodeState, PodReason, PodState, Record};
use cloudsim_units::{SimDuration, SimTime};
use std::sync::Arc;

impl Cluster {
    /// What a request does once the API server has carried it out.
    pub(super) fn commit(&mut self, write: Write, ctx: &mut impl KubeContext) {
        let change = match write {
            Write::MakePod(new) => self.commit_pod(*new, ctx),
            Write::Bind { pod, node } => self.commit_binding(pod, node, ctx),
            // The eviction API asks the budgets.
            Write::DeletePod { pod, why: Ending::Drained, .. } if !self.may_be_evicted(pod) => {
                self.evicting.remove(&pod);
                self.tell_eviction_refused(pod, ctx);
                None
            }
            Write::DeletePod { pod, why, grace } => self.commit_deletion(pod, why, grace, ctx),
            Write::RemovePod { pod } => self.commit_removal(pod, ctx),
            Write::PodStatus { pod } => self.commit_status(pod, ctx),
            Write::PodNotReady { pod } => self.commit_not_ready(pod, ctx),
            Write::NodeUnknown { node } => self.commit_node_ready(node, Ready::Unknown, ctx),
            Write::NodeReady { node } => self.commit_node_ready(node, Ready::True, ctx),
            Write::MemoryPressure { node } => self.commit_memory_pressure(node, ctx),
            Write::Taints { node, add, remove } => self.commit_taints(node, add, &remove, ctx),
            Write::Cordon { node, cordoned } => {
                let change = self.commit_cordon(node, cordoned, ctx);
                if cordoned {
                    self.begin_draining(node, ctx);
                }
                change
            }
            Write::RemoveNode { node } => self.commit_node_removal(node, ctx),
            Write::Endpoints { service } => self.commit_endpoints(service, ctx),
            Write::MakeJob { cron_job, minute } => Some(self.commit_job(cron_job, minute, ctx)),
            Write::RemoveJob { workload } => self.commit_job_removal(workload, ctx),
            Write::PlaceClaim { claim, node } => {
                self.place_claim(claim, node, ctx).then_some(Event::ClaimSeen { claim })
            }
            Write::MakeVolume { claim } => self.commit_volume(claim, ctx).map(|_| Event::ClaimSeen { claim }),
            Write::BindClaim { claim, volume } => {
                self.bind_claim(claim, volume, ctx.now()).then_some(Event::ClaimSeen { claim })
            }
            Write::Attachment { attachment, state } => self.commit_attachment(attachment, state, ctx),
            Write::VolumesInUse { node } => self.commit_volumes_in_use(node),
            Write::Scale { workload, replicas } => {
                let scaled = self.workloads.get_mut(workload);
                scaled.replicas = replicas;
                self.tell_serving(workload, None, ctx);
                Some(Event::WorkloadSeen { workload })
            }
            Write::Apply { workload } => {
                self.held_back = self.held_back.filter(|held| *held != workload);
                self.tell_serving(workload, None, ctx);
                Some(Event::WorkloadSeen { workload })
            }
            Write::MakeNodeClaim { claim } => Some(Event::NodeClaimSeen { claim }),
            Write::RemoveNodeClaim => None,
        };
        if let Some(change) = change {
            ctx.schedule_in(self.spec.assumed.watch, change);
        }
    }

    fn commit_pod(&mut self, new: NewPod, ctx: &mut impl KubeContext) -> Option<Event> {
        if let Some(owner) = new.owner {
            let workload = self.workloads.get_mut(owner.workload);
            if let Some(asked) = workload.asked.get_mut(&owner.revision) {
                *asked = asked.saturating_sub(1);
            }
            if let Some(ordinal) = owner.ordinal {
                workload.asked_ordinals.remove(&ordinal);
            }
            if let Some(node) = owner.daemon_of {
                workload.asked_nodes.remove(&node);
            }
        }
        if self.by_key.contains_key(&new.key) {
            // Its controller asks for one of another name.
            return new.owner.map(|owner| Event::WorkloadSeen { workload: owner.workload });
        }
        let id = self.make_pod(new, None, ctx);
        self.tell_controlled(id, ("SuccessfulCreate", "Created", "create"), ctx.now());
        Some(Event::PodMadeSeen { pod: id })
    }

    /// What the controller of a pod says when it has had it made or deleted.
    fn tell_controlled(&mut self, id: PodId, (reason, done, verb): (&'static str, &str, &str), now: SimTime) {
        let pod = self.pods.get(id);
        let Some(owner) = pod.owner else { return };
        let of = &self.workloads.get(owner.workload).spec.workload;
        let message = match of.kind {
            Kind::StatefulSet { .. } => {
                format!("{verb} Pod {} in StatefulSet {} successful", pod.key.name, of.key.name)
            }
            _ => format!("{done} pod: {}", pod.key.name),
        };
        let about = match of.kind {
            Kind::Deployment { .. } => About::ReplicaSet(owner.workload, owner.revision),
            _ => About::Workload(owner.workload),
        };
        self.events.normal(now, about, of.kind.maker(), reason, message);
    }

    fn commit_binding(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) -> Option<Event> {
        if !self.pods.get(id).is_active() || self.pods.get(id).node.is_some() {
            return None;
        }
        if self.nodes.get(node).gone {
            // The API server takes the binding to a node that is gone; the collector of garbage finds the pod.
            self.orphaned.entry(node).or_insert(ctx.now());
            self.arm_garbage(ctx);
        }
        self.bind(id, node);
        self.karpenter.note_pods(node, ctx.now());
        self.tell(id, PodState::Scheduled, PodReason::None, ctx);
        let message =
            format!("Successfully assigned {} to {}", self.pods.get(id).key, self.nodes.get(node).name);
        self.events.normal(ctx.now(), About::Pod(id), self.leading_scheduler(), "Scheduled", message);
        Some(Event::PodBoundSeen { pod: id })
    }

    fn commit_deletion(
        &mut self,
        id: PodId,
        why: Ending,
        grace: Option<SimDuration>,
        ctx: &mut impl KubeContext,
    ) -> Option<Event> {
        self.evicting.remove(&id);
        let owner = self.pods.get(id).owner;
        let by_controller =
            owner.is_some_and(|owner| self.workloads.get_mut(owner.workload).ending.remove(&id));
        let pod = self.pods.get_mut(id);
        if pod.gone || pod.ending.is_some() {
            return None;
        }
        let grace = grace.unwrap_or(pod.template.termination_grace_period);
        pod.ending = Some((why, ctx.now().saturating_add(grace)));
        pod.eviction = None;
        let mut object = scheduler::Pod::clone(&pod.object);
        object.terminating = true;
        object.preempted = why == Ending::Preemption;
        pod.object = Arc::new(object);
        let forced = pod.node.is_none() || pod.has_ended() || grace.is_zero();
        if let Some(node) = pod.node {
            self.karpenter.note_pods(node, ctx.now());
        }
        self.tell(id, PodState::Terminating, why.into(), ctx);
        if by_controller {
            self.tell_controlled(id, ("SuccessfulDelete", "Deleted", "delete"), ctx.now());
        }
        if forced {
            // Nobody has to stop anything: it goes at once.
            return self.commit_removal(id, ctx);
        }
        Some(Event::PodDeletedSeen { pod: id })
    }

    fn commit_removal(&mut self, id: PodId, ctx: &mut impl KubeContext) -> Option<Event> {
        let pod = self.pods.get_mut(id);
        if pod.gone {
            return None;
        }
        pod.gone = true;
        pod.ready = false;
        let (key, node, owner, entity) = (pod.key.clone(), pod.node, pod.owner, pod.entity);
        self.by_key.remove(&key);
        for claim in self.claims_of(id) {
            self.volumes.claim_mut(claim).pods.remove(&id);
        }
        self.budgets_lose(id);
        self.services_lose(id);
        if let Some(node) = node {
            self.nodes.get_mut(node).pods.remove(&id);
            self.karpenter.note_pods(node, ctx.now());
        }
        // A pod that still runs where nobody can reach it goes on serving; nobody counts on it.
        self.set_serves(id, false, ctx);
        if let Some(owner) = owner {
            let workload = self.workloads.get_mut(owner.workload);
            workload.pods.remove(&id);
            workload.ending.remove(&id);
        }
        self.tell(id, PodState::Gone, PodReason::None, ctx);
        ctx.remove(entity);
        Some(Event::PodGoneSeen { pod: id })
    }

    fn commit_status(&mut self, id: PodId, ctx: &mut impl KubeContext) -> Option<Event> {
        let pod = self.pods.get(id);
        let node = pod.node?;
        if pod.gone {
            return None;
        }
        let (phase, containers_ready) = self.status_of(id);
        // The node controller's word stands until the node is ready again.
        let ready = containers_ready && self.nodes.get(node).ready == Ready::True;
        let pod = self.pods.get_mut(id);
        pod.containers_ready = containers_ready;
        let (before, was_ready) = (pod.phase, pod.ready);
        if before == phase && was_ready == ready {
            return None;
        }
        pod.phase = phase;
        if was_ready != ready {
            pod.ready = ready;
            pod.ready_since = ctx.now();
            let state = if ready { PodState::Ready } else { PodState::NotReady };
            self.tell(id, state, PodReason::None, ctx);
            self.count_serving(id, ctx);
        }
        match phase {
            Phase::Succeeded if before != phase => self.tell(id, PodState::Succeeded, PodReason::None, ctx),
            Phase::Failed if before != phase => {
                let evicted = self.pods.get(id).evicted;
                let why = if evicted { PodReason::MemoryPressure } else { PodReason::None };
                self.tell(id, PodState::Failed, why, ctx);
            }
            _ => {}
        }
        Some(Event::PodStatusSeen { pod: id })
    }

    fn commit_not_ready(&mut self, id: PodId, ctx: &mut impl KubeContext) -> Option<Event> {
        let pod = self.pods.get_mut(id);
        if pod.gone || !pod.ready {
            return None;
        }
        pod.ready = false;
        pod.ready_since = ctx.now();
        self.tell(id, PodState::NotReady, PodReason::NodeNotReady, ctx);
        self.count_serving(id, ctx);
        self.events.warning(ctx.now(), About::Pod(id), NODE_CONTROLLER, "NodeNotReady", "Node is not ready");
        Some(Event::PodStatusSeen { pod: id })
    }

    fn commit_node_ready(&mut self, id: NodeId, ready: Ready, ctx: &mut impl KubeContext) -> Option<Event> {
        let node = self.nodes.get_mut(id);
        if node.gone || node.ready == ready {
            return None;
        }
        node.ready = ready;
        node.ready_since = ctx.now();
        let state = match ready {
            Ready::True => NodeState::Ready,
            Ready::False => NodeState::NotReady,
            Ready::Unknown => NodeState::Unknown,
        };
        ctx.record(Record::NodeChanged { node: node.entity, state });
        let (reason, by) = match ready {
            Ready::True => ("NodeReady", KUBELET),
            Ready::False | Ready::Unknown => ("NodeNotReady", NODE_CONTROLLER),
        };
        let message = format!("Node {} status is now: {reason}", node.name);
        self.events.normal(ctx.now(), About::Node(id), by, reason, message);
        Some(Event::NodeSeen { node: id })
    }

    fn commit_cordon(&mut self, id: NodeId, cordoned: bool, ctx: &mut impl KubeContext) -> Option<Event> {
        let node = self.nodes.get_mut(id);
        if node.gone || node.object.unschedulable == cordoned {
            return None;
        }
        node.object.unschedulable = cordoned;
        let state = if cordoned { NodeState::Cordoned } else { NodeState::Uncordoned };
        ctx.record(Record::NodeChanged { node: node.entity, state });
        let reason = if cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" };
        let message = format!("Node {} status is now: {reason}", node.name);
        if node.connected && node.ready == Ready::True {
            self.events.normal(ctx.now(), About::Node(id), KUBELET, reason, message);
        }
        Some(Event::NodeSeen { node: id })
    }

    fn commit_node_removal(&mut self, id: NodeId, ctx: &mut impl KubeContext) -> Option<Event> {
        let node = self.nodes.get_mut(id);
        if node.gone {
            return None;
        }
        node.gone = true;
        let entity = node.entity;
        let message = format!("Node {0} event: Removing Node {0} from Controller", node.name);
        self.events.normal(ctx.now(), About::Node(id), NODE_CONTROLLER, "RemovingNode", message);
        self.without_instance.remove(&id);
        ctx.record(Record::NodeChanged { node: entity, state: NodeState::Gone });
        ctx.remove(entity);
        Some(Event::NodeGoneSeen { node: id })
    }
}

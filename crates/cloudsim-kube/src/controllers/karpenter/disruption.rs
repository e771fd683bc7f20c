//! Which nodes Karpenter takes out, and how they go.

use super::packing::{Draft, Packing, Placed};
use super::{NAME, NodeClaim, Waiting, largest_first};
use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::controllers::node_lifecycle::taint;
use crate::events::About;
use crate::ids::{NodeClaimId, NodeId, PodId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::TaintEffect;
use crate::spec::{ConsolidationPolicy, DisruptionReason, KarpenterSpec};
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_records::ClaimReason;
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The taint of a node that is to go.
///
/// Source: Karpenter documentation, "Disruption" (<https://karpenter.sh/docs/concepts/disruption/>).
const DISRUPTED: &str = "karpenter.sh/disrupted";

/// What is to be done about nodes, if it still can be after a while.
#[derive(Clone, Debug)]
pub(super) struct Command {
    reason: DisruptionReason,
    claims: Vec<NodeClaimId>,
}

/// A claim that is to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    since: SimTime,
    reason: ClaimReason,
    /// The claim whose node has to be ready first.
    replacement: Option<NodeClaimId>,
}

/// How a node can go.
enum Consolidation {
    /// Its pods have room on others.
    Delete,
    /// Its pods have room on others and a cheaper one.
    Replace(Draft),
}

impl Cluster {
    /// Looks for nodes to take out: empty ones first, then one whose pods have room elsewhere.
    pub(crate) fn consider_disruption(&mut self, ctx: &mut impl KubeContext) {
        let Some(spec) = self.karpenter.spec.clone() else { return };
        let command = if self.api.answers() { self.choose_nodes(&spec, ctx.now()) } else { None };
        if command.is_some() {
            self.karpenter.command = command;
            ctx.schedule_in(limits::CONSOLIDATION_VALIDATION, Event::DisruptionValidated);
        } else {
            ctx.schedule_in(limits::DISRUPTION_POLL, Event::DisruptionConsidered);
        }
    }

    fn choose_nodes(&mut self, spec: &Arc<KarpenterSpec>, now: SimTime) -> Option<Command> {
        let empty = self.within_budgets(spec, DisruptionReason::Empty, now);
        let claims: Vec<NodeClaimId> = empty.into_iter().filter(|claim| self.is_empty(*claim)).collect();
        let claims = self.cut_to_budgets(spec, DisruptionReason::Empty, claims);
        if !claims.is_empty() {
            return Some(Command { reason: DisruptionReason::Empty, claims });
        }
        let candidates = self.within_budgets(spec, DisruptionReason::Underutilized, now);
        let mut candidates: Vec<NodeClaimId> = candidates
            .into_iter()
            .filter(|claim| {
                let policy = spec.pools[self.karpenter.get(*claim).pool].disruption.policy;
                policy == ConsolidationPolicy::WhenEmptyOrUnderutilized && !self.is_empty(*claim)
            })
            .collect();
        candidates.sort_by_key(|claim| self.pods_on(*claim).len());
        let claim =
            candidates.into_iter().find(|claim| self.consolidation_of(spec, *claim, now).is_some())?;
        Some(Command { reason: DisruptionReason::Underutilized, claims: vec![claim] })
    }

    /// Does what was chosen, as far as it still can be done.
    pub(crate) fn validate_disruption(&mut self, ctx: &mut impl KubeContext) {
        let Some(spec) = self.karpenter.spec.clone() else { return };
        let Some(Command { reason, claims }) = self.karpenter.command.take() else { return };
        let now = ctx.now();
        let still = self.within_budgets(&spec, reason, now);
        let claims = claims.into_iter().filter(|claim| self.api.answers() && still.contains(claim)).collect();
        let mut acted = false;
        for claim in self.cut_to_budgets(&spec, reason, claims) {
            match reason {
                DisruptionReason::Empty if self.is_empty(claim) => {
                    self.disrupt(claim, (ClaimReason::Empty, None), ctx);
                    acted = true;
                }
                DisruptionReason::Underutilized => {
                    let how = self.consolidation_of(&spec, claim, now);
                    let Some(how) = how else { continue };
                    let replacement = match how {
                        Consolidation::Delete => None,
                        Consolidation::Replace(draft) => Some(self.claim(draft, ctx)),
                    };
                    self.disrupt(claim, (ClaimReason::Underutilized, replacement), ctx);
                    acted = true;
                }
                DisruptionReason::Empty => {}
            }
        }
        let wait = if acted { SimDuration::ZERO } else { limits::DISRUPTION_POLL };
        ctx.schedule_in(wait, Event::DisruptionConsidered);
    }

    /// The claims whose nodes may go, of pools whose budgets let one go.
    fn within_budgets(
        &self,
        spec: &KarpenterSpec,
        reason: DisruptionReason,
        now: SimTime,
    ) -> Vec<NodeClaimId> {
        let left: Vec<u32> = (0..spec.pools.len()).map(|pool| self.budget_of(spec, pool, reason)).collect();
        let may = self.karpenter.present().filter(|(_, claim)| {
            let wait = spec.pools[claim.pool].disruption.consolidate_after;
            let rests = wait.is_some_and(|wait| claim.pods_changed.saturating_add(wait) <= now);
            rests
                && left[claim.pool] > 0
                && claim.initialized
                && claim.leaving.is_none()
                && claim.nominated_until <= now
                && claim.node.is_some_and(|node| !self.nodes.get(node).gone)
        });
        let evictable =
            |claim: &NodeClaimId| self.pods_on(*claim).iter().all(|pod| self.may_be_evicted(*pod));
        may.map(|(id, _)| id).filter(evictable).collect()
    }

    /// As many of the claims as the budgets of their pools let go.
    fn cut_to_budgets(
        &self,
        spec: &KarpenterSpec,
        reason: DisruptionReason,
        claims: Vec<NodeClaimId>,
    ) -> Vec<NodeClaimId> {
        let mut left: Vec<u32> =
            (0..spec.pools.len()).map(|pool| self.budget_of(spec, pool, reason)).collect();
        let lets = |claim: &NodeClaimId| {
            let left = &mut left[self.karpenter.get(*claim).pool];
            let lets = *left > 0;
            *left = left.saturating_sub(1);
            lets
        };
        claims.into_iter().filter(lets).collect()
    }

    /// How many more nodes of a pool may go: those that are not ready, or go already, count as gone.
    fn budget_of(&self, spec: &KarpenterSpec, pool: usize, reason: DisruptionReason) -> u32 {
        let own = self.karpenter.present().filter(|(_, claim)| claim.pool == pool && claim.initialized);
        let own: Vec<&NodeClaim> = own.map(|(_, claim)| claim).collect();
        let is_going = |claim: &&&NodeClaim| {
            let ready = claim.node.is_some_and(|node| self.nodes.get(node).ready == Ready::True);
            claim.leaving.is_some() || !ready
        };
        let count = |number: usize| u32::try_from(number).expect("few nodes");
        let allowed = spec.pools[pool].disruption.allowed(reason, count(own.len()));
        allowed.saturating_sub(count(own.iter().filter(is_going).count()))
    }

    /// The pods on a claim's node that need another one if it goes.
    fn pods_on(&self, claim: NodeClaimId) -> Vec<PodId> {
        let node = self.karpenter.get(claim).node;
        let pods = node.map(|node| self.to_leave(node)).unwrap_or_default();
        pods.into_iter().filter(|pod| self.pods.get(*pod).is_active()).collect()
    }

    fn is_empty(&self, claim: NodeClaimId) -> bool {
        self.pods_on(claim).is_empty()
    }

    /// How a node could go so that all its pods have room, on nodes that are ready or on one that is cheaper.
    fn consolidation_of(
        &mut self,
        spec: &Arc<KarpenterSpec>,
        id: NodeClaimId,
        now: SimTime,
    ) -> Option<Consolidation> {
        let (mut packing, mut pods) = self.packing(spec, now);
        let node = self.karpenter.get(id).node?;
        let own = self.pods_to_move(node);
        packing.close(&self.nodes.get(node).name, &own);
        let keys: BTreeSet<PodKey> = own.iter().map(|pod| pod.key.clone()).collect();
        pods.extend(own.into_iter().map(|pod| (None, pod)));
        largest_first(&mut pods);
        let coming = self.names_of_coming();
        for (_, pod) in &pods {
            let is_own = keys.contains(&pod.key);
            match packing.place(pod) {
                Placed::On(on) if is_own && coming.contains(&*on) => return None,
                Placed::Nowhere(_) if is_own => return None,
                Placed::On(_) | Placed::New | Placed::Nowhere(_) => {}
            }
        }
        self.outcome(spec, id, packing)
    }

    fn names_of_coming(&self) -> BTreeSet<String> {
        let coming = self.karpenter.present().filter(|(_, claim)| claim.is_coming());
        let name = |claim: &NodeClaim| {
            claim.node.map_or_else(|| claim.name.to_string(), |node| self.nodes.get(node).name.to_string())
        };
        coming.map(|(_, claim)| name(claim)).collect()
    }

    /// What is new is one node at most, and cheaper than the one that goes.
    fn outcome(&self, spec: &KarpenterSpec, id: NodeClaimId, mut packing: Packing) -> Option<Consolidation> {
        let Some(mut draft) = packing.drafts.pop() else { return Some(Consolidation::Delete) };
        let claim = self.karpenter.get(id);
        let price = spec.pools[claim.pool].types[claim.launched?.kind].price;
        draft.offerings.retain(|offering| spec.pools[draft.pool].types[offering.kind].price < price);
        (packing.drafts.is_empty() && !draft.offerings.is_empty()).then_some(Consolidation::Replace(draft))
    }

    /// Lets a node go: no new pods come, its replacement is waited for, and its pods are asked to leave.
    fn disrupt(
        &mut self,
        id: NodeClaimId,
        (reason, replacement): (ClaimReason, Option<NodeClaimId>),
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        let claim = self.karpenter.get_mut(id);
        claim.leaving = Some(Leaving { since: now, reason, replacement });
        let Some(node) = claim.node else { return };
        let add = vec![taint(DISRUPTED, TaintEffect::NoSchedule)];
        self.ask(Client::Karpenter, Write::Taints { node, add, remove: Vec::new() }, ctx);
        let message = match reason {
            ClaimReason::Empty => "Disrupting Node: Empty",
            _ => "Disrupting Node: Underutilized",
        };
        self.events.normal(now, About::Node(node), NAME, "DisruptionTerminating", message);
        self.join_batch(Waiting::Node(node), ctx);
        ctx.schedule_in(limits::KARPENTER_DRAIN_LOOK, Event::NodeClaimLeaves { claim: id });
    }

    /// A node that is to go is emptied further once its replacement is ready, and goes once it is empty.
    pub(crate) fn node_claim_leaves(&mut self, id: NodeClaimId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let claim = self.karpenter.get(id);
        let (Some(leaving), Some(node)) = (claim.leaving, claim.node) else { return };
        if claim.gone {
            return;
        }
        ctx.schedule_in(limits::KARPENTER_DRAIN_LOOK, Event::NodeClaimLeaves { claim: id });
        if !self.api.answers() {
            return;
        }
        if let Some(replacement) = leaving.replacement {
            let of = self.karpenter.get(replacement);
            let is_late = leaving.since.saturating_add(limits::REPLACEMENT_TIMEOUT) < now;
            if of.gone || (is_late && !of.initialized) {
                self.keep_node(id, node, ctx);
                return;
            }
            if !of.initialized {
                return;
            }
        }
        let waited_for: Vec<PodId> =
            self.to_leave(node).into_iter().filter(|pod| self.is_awaited(*pod, now)).collect();
        if waited_for.is_empty() || ctx.instance_of(node).is_none() {
            self.give_up_claim(id, leaving.reason, ctx);
            self.release(None, Some(node), ctx);
            return;
        }
        let told = [NAME, "Evicted", "Evicted pod: node is being disrupted"];
        self.ask_to_leave(waited_for, Client::Karpenter, Some(told), ctx);
    }

    /// Whether a node waits for a pod to be gone: not for one that should have ended long ago.
    fn is_awaited(&self, pod: PodId, now: SimTime) -> bool {
        let ending = self.pods.get(pod).ending;
        ending.is_none_or(|(_, until)| until.saturating_add(limits::STUCK_TERMINATING) > now)
    }

    /// A node does not go after all.
    fn keep_node(&mut self, id: NodeClaimId, node: NodeId, ctx: &mut impl KubeContext) {
        self.karpenter.get_mut(id).leaving = None;
        let remove = vec![taint(DISRUPTED, TaintEffect::NoSchedule)];
        self.ask(Client::Karpenter, Write::Taints { node, add: Vec::new(), remove }, ctx);
    }
}

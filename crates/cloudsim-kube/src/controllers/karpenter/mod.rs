//! Karpenter: an instance for pods that have no room, of the cheapest type that takes them.
//!
//! # Modelled
//! Batches of pods (a second without another, ten at most). Packing by the scheduler's own filters onto nodes that are there,
//! nodes that are to come and new ones, of which each has all types and zones of its pool that are left to its pods. Pools by
//! weight, with limits. Claims that the API server keeps, and the call of `CreateFleet` for each: the cheapest type that EC2
//! has, in whichever zone; what a zone has none of is not asked for there for three minutes. Claims whose node does not join,
//! or whose instance is gone. Nodes that are empty, and one node after the other whose pods have room elsewhere or on a
//! cheaper node, within the budgets of pools and of pods.
//!
//! It has no stop: however many nodes are unready, pods that wait get nodes. Nor does it replace a node that is unready: its
//! node repair is off by default.
//!
//! # Left out
//! Karpenter's own death: it is a pod, and here it always works. Drift, expiry (after 30 days), node repair, spot instances,
//! static capacity, several nodes that are replaced by one at once, budgets by the clock, `terminationGracePeriod`,
//! `minValues`, annotations. Of what pods would rather have only their spread over zones counts. What it knows of EC2's types
//! and prices is the price table of this program; a pool takes part with the types that it names.

mod disruption;
mod packing;

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeClaimId, NodeId, PodId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::Text;
use crate::spec::{ClusterSpec, KarpenterSpec, NodePoolSpec};
use crate::words::{Event, KubeContext, Signal};
use cloudsim_engine::Stream;
use cloudsim_kube_scheduler::objects::Pod;
use cloudsim_records::{ClaimReason, Record};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::ZoneId;
use disruption::{Command, Leaving};
use packing::{Draft, Packing, Placed};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who says what happens here.
const NAME: &str = "karpenter";

/// An instance type of a pool in a zone of it, by their places in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offering {
    /// The type.
    pub kind: usize,
    /// The zone.
    pub zone: usize,
}

/// A node that Karpenter wants, or has.
#[derive(Debug)]
pub struct NodeClaim {
    /// Its name.
    pub name: Text,
    /// When it was made.
    pub made: SimTime,
    /// The place of its pool.
    pub pool: usize,
    /// What it may be, the cheapest first.
    pub offerings: Vec<Offering>,
    /// What was launched for it.
    pub launched: Option<Offering>,
    /// The node that it became.
    pub node: Option<NodeId>,
    /// Its instance, from the launch until it has joined.
    instance: Option<u32>,
    /// Whether its node has been ready.
    initialized: bool,
    /// When pods last came to its node or left it.
    pods_changed: SimTime,
    /// Until then pods may be on their way to it.
    nominated_until: SimTime,
    /// Whether it is to go.
    leaving: Option<Leaving>,
    /// Whether it has been given up.
    gone: bool,
}

impl NodeClaim {
    /// Whether its node has been ready.
    #[must_use]
    pub fn is_initialized(&self) -> bool {
        self.initialized
    }

    /// Whether it is to become a node, and not ready yet.
    fn is_coming(&self) -> bool {
        !self.initialized && !self.gone
    }

    /// What it counts for against the limits of its pool: the largest that it may become.
    fn capacity(&self, pool: &NodePoolSpec) -> (i64, i64) {
        match self.launched {
            Some(launched) => pool.types[launched.kind].capacity,
            None => pool.largest(self.offerings.iter().map(|offering| offering.kind)),
        }
    }
}

/// Pods without room: those that wait, by their ids, and those of nodes that are to go.
type PodsToPlace = Vec<(Option<PodId>, Arc<Pod>)>;

/// What nodes are wanted for: a pod without room, or those of a node that is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Waiting {
    Pod(PodId),
    Node(NodeId),
}

/// A batch of what nodes are wanted for.
#[derive(Debug)]
struct Batch {
    opened: SimTime,
    /// When the last one came.
    last: SimTime,
    waiting: BTreeSet<Waiting>,
}

/// What Karpenter remembers.
#[derive(Debug)]
pub(crate) struct Karpenter {
    luck: Stream,
    spec: Option<Arc<KarpenterSpec>>,
    claims: Vec<NodeClaim>,
    of_nodes: BTreeMap<NodeId, NodeClaimId>,
    /// What a zone had none of lately, and until when it is not asked for.
    unavailable: BTreeMap<(String, ZoneId), SimTime>,
    batch: Option<Batch>,
    /// What it has chosen to do about nodes, until it has looked once more.
    command: Option<Command>,
}

impl Karpenter {
    pub(crate) fn new(spec: &ClusterSpec, luck: Stream) -> Karpenter {
        Karpenter {
            luck,
            spec: spec.karpenter.clone().map(Arc::new),
            claims: Vec::new(),
            of_nodes: BTreeMap::new(),
            unavailable: BTreeMap::new(),
            batch: None,
            command: None,
        }
    }

    fn get(&self, claim: NodeClaimId) -> &NodeClaim {
        &self.claims[claim.index()]
    }

    fn get_mut(&mut self, claim: NodeClaimId) -> &mut NodeClaim {
        &mut self.claims[claim.index()]
    }

    /// The claims that have not been given up.
    fn present(&self) -> impl Iterator<Item = (NodeClaimId, &NodeClaim)> {
        let all = self.claims.iter().enumerate().filter(|(_, claim)| !claim.gone);
        all.map(|(place, claim)| (NodeClaimId::from_index(place), claim))
    }

    /// Pods came to a node, or left it.
    pub(crate) fn note_pods(&mut self, node: NodeId, now: SimTime) {
        if let Some(claim) = self.of_nodes.get(&node) {
            self.claims[claim.index()].pods_changed = now;
        }
    }

    fn add(&mut self, draft: Draft, now: SimTime) -> NodeClaimId {
        let pool = &self.spec.as_ref().expect("who has drafts has pools").pools[draft.pool];
        let name = format!("{}-{}", pool.name, crate::names::suffix(self.luck.word(), 5)).into();
        self.claims.push(NodeClaim {
            name,
            made: now,
            pool: draft.pool,
            offerings: draft.offerings,
            launched: None,
            node: None,
            instance: None,
            initialized: false,
            pods_changed: now,
            nominated_until: now,
            leaving: None,
            gone: false,
        });
        NodeClaimId::from_index(self.claims.len() - 1)
    }
}

/// What the cloud tells Karpenter.
impl Cluster {
    /// A claim of Karpenter's.
    #[must_use]
    pub fn node_claim(&self, claim: NodeClaimId) -> &NodeClaim {
        self.karpenter.get(claim)
    }

    /// The claims of Karpenter's that have not been given up.
    pub fn node_claims(&self) -> impl Iterator<Item = (NodeClaimId, &NodeClaim)> {
        self.karpenter.present()
    }

    /// A node of a pool has long been there.
    ///
    /// # Panics
    /// If the cluster has no Karpenter.
    pub fn place_claimed(&mut self, pool: usize, launched: Offering, node: NodeId) {
        let draft = Draft::of(pool, launched);
        let claim = self.karpenter.add(draft, SimTime::ZERO);
        let of = self.karpenter.get_mut(claim);
        of.launched = Some(launched);
        of.node = Some(node);
        of.initialized = true;
        self.karpenter.of_nodes.insert(node, claim);
    }

    /// EC2 has answered the call for a claim: what was launched, if anything was, and what there was none of.
    ///
    /// # Panics
    /// If the cluster has no Karpenter.
    pub fn fleet_answered(
        &mut self,
        id: NodeClaimId,
        launched: Option<(Offering, u32)>,
        lacking: &[Offering],
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        let spec = self.karpenter.spec.clone().expect("who calls has pools");
        let claim = self.karpenter.get(id);
        let pool = &spec.pools[claim.pool];
        for offering in lacking {
            let (kind, zone) = (&pool.types[offering.kind].name, &pool.zones[offering.zone]);
            let until = now + limits::OFFERING_UNAVAILABLE;
            self.karpenter.unavailable.insert((kind.clone(), zone.zone), until);
            let message = format!("EC2 has no {kind} in zone {}", zone.name);
            self.events.warning(now, About::NodeClaim(id), NAME, "InsufficientCapacityError", message);
        }
        let Some((offering, instance)) = launched else {
            self.give_up_claim(id, ClaimReason::NoCapacity, ctx);
            return;
        };
        let claim = self.karpenter.get_mut(id);
        claim.launched = Some(offering);
        claim.instance = Some(instance);
        let (kind, zone) = (&pool.types[offering.kind].name, &pool.zones[offering.zone].name);
        let message = format!("Status condition transitioned, Type: Launched: {kind} in zone {zone}");
        self.events.normal(now, About::NodeClaim(id), NAME, "Launched", message);
    }

    /// The host of an instance that was launched for a claim runs: this is the node that it will be.
    pub fn claim_joins(&mut self, instance: u32, node: NodeId) {
        let claim = self.karpenter.present().find(|(_, claim)| claim.instance == Some(instance));
        let Some(id) = claim.map(|(id, _)| id) else { return };
        self.karpenter.get_mut(id).node = Some(node);
        self.karpenter.of_nodes.insert(node, id);
    }
}

/// What Karpenter does about pods that wait.
impl Cluster {
    /// Lets Karpenter begin, if there is one.
    pub(crate) fn begin_karpenter(&mut self, ctx: &mut impl KubeContext) {
        if self.karpenter.spec.is_none() {
            return;
        }
        let mut phase =
            |period: SimDuration| SimDuration::from_nanos(self.karpenter.luck.below(period.as_nanos()));
        ctx.schedule_in(phase(limits::DISRUPTION_POLL), Event::DisruptionConsidered);
        ctx.schedule_in(phase(limits::CLAIM_COLLECTION), Event::NodeClaimsCollected);
        let waiting: Vec<PodId> = self.pods.present().map(|(id, _)| id).collect();
        for pod in waiting {
            self.has_no_room(pod, ctx);
        }
    }

    /// A pod's condition says that it fits nowhere.
    pub(crate) fn has_no_room(&self, pod: PodId, ctx: &mut impl KubeContext) {
        if self.karpenter.spec.is_some() && self.wants_node(pod) {
            ctx.schedule_in(self.spec.assumed.watch, Event::PodWantsNode { pod });
        }
    }

    /// Whether a node is to be launched for a pod: it fits nowhere, and nothing makes room for it.
    fn wants_node(&self, id: PodId) -> bool {
        let pod = self.pods.get(id);
        let queue = self.scheduling.scheduler.queue();
        let is_nominated = || queue.get(&pod.key).is_some_and(|waiting| waiting.pod.nominated_node.is_some());
        let is_daemon = pod.owner.is_some_and(|owner| owner.daemon_of.is_some());
        pod.has_no_room() && !is_daemon && !is_nominated()
    }

    /// A pod that has no room is looked at, and again after a while.
    pub(crate) fn pod_wants_node(&mut self, pod: PodId, ctx: &mut impl KubeContext) {
        if self.wants_node(pod) {
            self.join_batch(Waiting::Pod(pod), ctx);
            ctx.schedule_in(limits::KARPENTER_POD_LOOK, Event::PodWantsNode { pod });
        }
    }

    /// Opens a batch, or makes the one that is open last longer, unless it has that already.
    fn join_batch(&mut self, waiting: Waiting, ctx: &mut impl KubeContext) {
        let Some(spec) = self.karpenter.spec.clone() else { return };
        let now = ctx.now();
        let batch = self.karpenter.batch.get_or_insert_with(|| {
            ctx.schedule_in(spec.batch_idle_duration.min(spec.batch_max_duration), Event::BatchChecked);
            Batch { opened: now, last: now, waiting: BTreeSet::new() }
        });
        if batch.waiting.insert(waiting) {
            batch.last = now;
        }
    }

    /// A batch may be over.
    pub(crate) fn check_batch(&mut self, ctx: &mut impl KubeContext) {
        let Some(spec) = self.karpenter.spec.clone() else { return };
        let Some(batch) = &self.karpenter.batch else { return };
        let idle = batch.last.saturating_add(spec.batch_idle_duration);
        let end = idle.min(batch.opened.saturating_add(spec.batch_max_duration));
        if ctx.now() < end {
            ctx.schedule_at(end, Event::BatchChecked);
            return;
        }
        self.karpenter.batch = None;
        if self.api.answers() {
            self.provision(&spec, ctx);
        }
    }

    /// Finds room for all pods that wait, and for those on nodes that are to go, and claims the nodes that are missing.
    fn provision(&mut self, spec: &Arc<KarpenterSpec>, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let (mut packing, mut pods) = self.packing(spec, now);
        largest_first(&mut pods);
        let nominated = now + spec.batch_max_duration.saturating_mul(2);
        for (id, pod) in &pods {
            match packing.place(pod) {
                Placed::On(node) => self.nominate(&node, nominated),
                Placed::New => {}
                Placed::Nowhere(why) => {
                    if let Some(id) = *id {
                        let message = format!("Failed to schedule pod, {why}");
                        self.events.warning(now, About::Pod(id), NAME, "FailedScheduling", message);
                    }
                }
            }
        }
        let mut claimed: BTreeMap<usize, (u32, u32)> = BTreeMap::new();
        for draft in std::mem::take(&mut packing.drafts) {
            let count = u32::try_from(draft.pods.len()).expect("few pods");
            let claims = claimed.entry(draft.pool).or_default();
            *claims = (claims.0 + count, claims.1 + 1);
            let pods = draft.pods.clone();
            let claim = self.claim(draft, ctx);
            let name = &self.karpenter.get(claim).name;
            let message: Text = format!("Pod should schedule on: nodeclaim/{name}").into();
            for key in &pods {
                if let Some(&id) = self.by_key.get(key) {
                    self.events.normal(now, About::Pod(id), NAME, "Nominated", message.clone());
                }
            }
        }
        for (pool, (pods, claims)) in claimed {
            let pool = ctx.group_entity(spec.pools[pool].group);
            ctx.record(Record::NodesClaimed { pool, pods, claims });
        }
    }

    /// Asks the API server for a claim.
    fn claim(&mut self, mut draft: Draft, ctx: &mut impl KubeContext) -> NodeClaimId {
        let pool = &self.karpenter.spec.as_ref().expect("who has drafts has pools").pools[draft.pool];
        // Of several zones at one price EC2 takes any.
        let luck: Vec<u64> = draft.offerings.iter().map(|_| self.karpenter.luck.word()).collect();
        let mut drawn: Vec<(Offering, u64)> = draft.offerings.iter().copied().zip(luck).collect();
        drawn.sort_by_key(|(offering, word)| (pool.types[offering.kind].price, offering.kind, *word));
        draft.offerings = drawn.into_iter().map(|(offering, _)| offering).collect();
        let claim = self.karpenter.add(draft, ctx.now());
        self.ask(Client::Karpenter, Write::MakeNodeClaim { claim }, ctx);
        claim
    }

    /// Pods may be on their way to a node, or to what is to be one.
    fn nominate(&mut self, node: &Text, until: SimTime) {
        let known = self.nodes.named(node).and_then(|node| self.karpenter.of_nodes.get(&node).copied());
        let by_name = || self.karpenter.present().find(|(_, claim)| claim.name == *node).map(|(id, _)| id);
        if let Some(claim) = known.or_else(by_name) {
            self.karpenter.get_mut(claim).nominated_until = until;
        }
    }

    /// The pods that need another node if theirs goes.
    fn pods_to_move(&self, node: NodeId) -> Vec<Arc<Pod>> {
        let pods = self.to_leave(node).into_iter().map(|pod| self.pods.get(pod));
        pods.filter(|pod| pod.is_active()).map(|pod| pod.object.clone()).collect()
    }

    /// The cluster to pack pods into, with all nodes that are to come and without room on those that are to go.
    fn packing(&mut self, spec: &Arc<KarpenterSpec>, now: SimTime) -> (Packing, PodsToPlace) {
        self.karpenter.unavailable.retain(|_, until| *until > now);
        let mut offerings = Vec::new();
        let mut left = Vec::new();
        for (place, pool) in spec.pools.iter().enumerate() {
            let kinds =
                (0..pool.types.len()).flat_map(|kind| (0..pool.zones.len()).map(move |zone| (kind, zone)));
            let is_available = |offering: &Offering| {
                let key = (pool.types[offering.kind].name.clone(), pool.zones[offering.zone].zone);
                !self.karpenter.unavailable.contains_key(&key)
            };
            let all = kinds.map(|(kind, zone)| Offering { kind, zone });
            let mut available: Vec<Offering> = all.filter(is_available).collect();
            available.sort_by_key(|offering| (pool.types[offering.kind].price, offering.kind, offering.zone));
            offerings.push(available);
            let own = self.karpenter.present().filter(|(_, claim)| claim.pool == place);
            left.push(own.fold(pool.limits, |left, (_, claim)| left.less(claim.capacity(pool))));
        }
        let mut packing = Packing::new(self.model(), spec.clone(), offerings, left);
        for (_, claim) in self.karpenter.present().filter(|(_, claim)| claim.is_coming()) {
            // One that has joined has its own name; what pods it has stays on it.
            let node = claim.node.map(|node| self.nodes.get(node).name.clone());
            let offering = claim.launched.unwrap_or(claim.offerings[0]);
            packing.add_coming(claim.pool, offering, &node.unwrap_or_else(|| claim.name.clone()));
        }
        let waiting = self.pods.present().filter(|(id, _)| self.wants_node(*id));
        let mut pods: PodsToPlace = waiting.map(|(id, pod)| (Some(id), pod.object.clone())).collect();
        let leaving = self.karpenter.present().filter(|(_, claim)| claim.leaving.is_some());
        for node in leaving.filter_map(|(_, claim)| claim.node) {
            if !self.nodes.get(node).gone {
                let own = self.pods_to_move(node);
                packing.close(&self.nodes.get(node).name, &own);
                pods.extend(own.into_iter().map(|pod| (None, pod)));
            }
        }
        (packing, pods)
    }
}

/// What becomes of claims.
impl Cluster {
    /// A claim is seen: EC2 is called for it.
    pub(crate) fn node_claim_seen(&mut self, claim: NodeClaimId, ctx: &mut impl KubeContext) {
        let answers = self.spec.assumed.create_fleet.sample(self.karpenter.luck.word());
        ctx.schedule_in(answers, Event::FleetCalled { claim });
        ctx.schedule_in(limits::REGISTRATION_TIMEOUT, Event::NodeClaimAged { claim });
    }

    /// EC2 answers a call.
    pub(crate) fn fleet_called(&mut self, claim: NodeClaimId, ctx: &mut impl KubeContext) {
        if !self.karpenter.get(claim).gone {
            ctx.signal(Signal::FleetWanted { claim });
        }
    }

    /// A claim whose node has not joined by now is given up.
    pub(crate) fn claim_aged(&mut self, id: NodeClaimId, ctx: &mut impl KubeContext) {
        let claim = self.karpenter.get(id);
        let has_joined = claim.node.is_some_and(|node| self.nodes.get(node).registered);
        if claim.gone || has_joined {
            return;
        }
        let (instance, node) = (claim.instance, claim.node);
        self.give_up_claim(id, ClaimReason::NotRegistered, ctx);
        self.release(instance, node, ctx);
    }

    /// A node is seen: if it is a claim's and ready, that has come to its aim.
    pub(crate) fn claimed_node_seen(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let Some(&id) = self.karpenter.of_nodes.get(&node) else { return };
        let ready = self.nodes.get(node).ready == Ready::True;
        let claim = self.karpenter.get_mut(id);
        if ready && claim.is_coming() {
            claim.initialized = true;
            claim.pods_changed = ctx.now();
            let message = "Status condition transitioned, Type: Initialized, Status: True";
            self.events.normal(ctx.now(), About::NodeClaim(id), NAME, "Initialized", message);
        }
    }

    /// Gives up the claims whose instance is gone, unless their node is still heard of.
    pub(crate) fn collect_claims(&mut self, ctx: &mut impl KubeContext) {
        ctx.schedule_in(limits::CLAIM_COLLECTION, Event::NodeClaimsCollected);
        if !self.api.answers() {
            return;
        }
        let joined = self.karpenter.present().filter_map(|(id, claim)| Some((id, claim.node?)));
        let lost = joined.filter(|(_, node)| {
            let of = self.nodes.get(*node);
            of.registered && ctx.instance_of(*node).is_none() && (of.gone || of.ready != Ready::True)
        });
        let lost: Vec<(NodeClaimId, NodeId)> = lost.collect();
        for (claim, node) in lost {
            self.give_up_claim(claim, ClaimReason::InstanceGone, ctx);
            self.ask(Client::Karpenter, Write::RemoveNode { node }, ctx);
        }
    }

    /// Takes a claim out.
    fn give_up_claim(&mut self, id: NodeClaimId, reason: ClaimReason, ctx: &mut impl KubeContext) {
        let claim = self.karpenter.get_mut(id);
        claim.gone = true;
        let (pool, node) = (claim.pool, claim.node);
        let spec = self.karpenter.spec.as_ref().expect("who has claims has pools");
        let pool = ctx.group_entity(spec.pools[pool].group);
        let node = node.map(|node| self.nodes.get(node).entity);
        ctx.record(Record::NodeClaimRemoved { pool, node, reason });
        self.ask(Client::Karpenter, Write::RemoveNodeClaim, ctx);
    }

    /// Terminates the instance of a claim that is over, and takes its node out.
    fn release(&mut self, instance: Option<u32>, node: Option<NodeId>, ctx: &mut impl KubeContext) {
        if let Some(instance) = instance.or_else(|| node.and_then(|node| ctx.instance_of(node))) {
            ctx.signal(Signal::InstanceReleased { instance });
        }
        if let Some(node) = node {
            self.ask(Client::Karpenter, Write::RemoveNode { node }, ctx);
        }
    }
}

/// Pods that ask for more processors come first, then those that ask for more memory.
fn largest_first(pods: &mut [(Option<PodId>, Arc<Pod>)]) {
    pods.sort_by_key(|(_, pod)| (Reverse(pod.requests.asked.milli_cpu), Reverse(pod.requests.asked.memory)));
}

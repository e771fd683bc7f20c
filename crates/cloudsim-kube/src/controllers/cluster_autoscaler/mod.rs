//! The cluster autoscaler: as many nodes as pods need.
//!
//! # Modelled
//! A look every few seconds. Scale-up for pods that the scheduler has no room for: the scheduler's own filters on a node
//! like those of a group, first-fit packing, expanders, the bounds of groups, nodes that are to come; groups that are left
//! alone after a failure; nodes that never join; launches that find no capacity. The stop: with too many nodes unready
//! nothing is done at all. Scale-down of nodes that little asks for and whose pods would have room elsewhere, with budgets,
//! delays and drains.
//!
//! It knows nothing of zones: a node that it imagines is in the zone of one that is there, and in which zone a new one comes
//! up is the Auto Scaling group's choice.
//!
//! # Left out
//! The autoscaler's own death: it is a pod, and here it always works. Balancing between similar groups, priorities of
//! groups, limits of the cluster's size in processors and memory, pods with local storage and annotations. What it knows of
//! Auto Scaling groups is new, not up to a minute old.

mod health;
mod scale_down;
mod scale_up;

use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::NodeId;
use crate::limits;
use crate::nodes::Ready;
use crate::spec::{ClusterAutoscalerSpec, ClusterSpec};
use crate::words::{Event, KubeContext, Signal};
use cloudsim_engine::Stream;
use cloudsim_records::{Record, ScaleReason};
use cloudsim_units::{SimDuration, SimTime};
use health::{Backoff, NodeSeen, Readiness, cluster_is_healthy};
use std::collections::BTreeMap;

/// Who says what happens here.
const NAME: &str = "cluster-autoscaler";
/// The taint of a node that is to go.
const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";

/// What the cluster autoscaler remembers.
pub(crate) struct ClusterAutoscaler {
    luck: Stream,
    /// By their places in the specification.
    groups: Vec<Group>,
    /// Nodes that are, or were, instances of groups.
    known: BTreeMap<NodeId, usize>,
    /// Instances that are no nodes, and since when.
    unregistered: BTreeMap<u32, SimTime>,
    /// Nodes that nobody needs, and since when.
    unneeded: BTreeMap<NodeId, SimTime>,
    /// Nodes that are to go.
    leaving: BTreeMap<NodeId, Leaving>,
    scaled_up: Option<SimTime>,
    scale_down_failed: Option<SimTime>,
    /// Whether too many nodes are unready.
    halted: bool,
}

impl std::fmt::Debug for ClusterAutoscaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterAutoscaler").field("halted", &self.halted).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Group {
    asked: Option<Asked>,
    backoff: Option<Backoff>,
    /// Whether its last launch found no capacity anywhere.
    launch_fails: bool,
}

/// Nodes that were asked for and have not all joined.
#[derive(Clone, Copy, Debug)]
struct Asked {
    nodes: u32,
    /// Until when they should have.
    until: SimTime,
}

/// A node that is to go.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    since: SimTime,
    /// Whether pods had to leave it first.
    with_pods: bool,
}

/// What is seen at a look.
struct Seen {
    all: Readiness,
    groups: Vec<GroupSeen>,
    /// The nodes whose instance is there: the group's place, and the instance.
    live: BTreeMap<NodeId, (usize, u32)>,
}

struct GroupSeen {
    desired: u32,
    instances: Vec<u32>,
    readiness: Readiness,
}

impl GroupSeen {
    /// How many instances are wanted and not there.
    fn missing(&self) -> u32 {
        self.desired.saturating_sub(u32::try_from(self.instances.len()).expect("few instances"))
    }
}

impl ClusterAutoscaler {
    pub(crate) fn new(spec: &ClusterSpec, luck: Stream) -> ClusterAutoscaler {
        ClusterAutoscaler {
            luck,
            groups: vec![Group::default(); spec.node_groups.len()],
            known: BTreeMap::new(),
            unregistered: BTreeMap::new(),
            unneeded: BTreeMap::new(),
            leaving: BTreeMap::new(),
            scaled_up: None,
            scale_down_failed: None,
            halted: false,
        }
    }
}

impl Cluster {
    /// Lets the cluster autoscaler begin, if there is one.
    pub(crate) fn begin_scanning(&mut self, ctx: &mut impl KubeContext) {
        let Some(spec) = &self.spec.cluster_autoscaler else { return };
        let period = spec.scan_interval.as_nanos();
        let phase = self.cluster_autoscaler.luck.below(period);
        ctx.schedule_in(SimDuration::from_nanos(phase), Event::ClusterScanned);
    }

    /// The cluster autoscaler looks at the cluster.
    pub(crate) fn scan_cluster(&mut self, ctx: &mut impl KubeContext) {
        let Some(spec) = self.spec.cluster_autoscaler.clone() else { return };
        ctx.schedule_in(spec.scan_interval, Event::ClusterScanned);
        if !self.api.answers() {
            return;
        }
        let seen = self.look_at_nodes(&spec, ctx);
        self.settle_requests(&spec, &seen, ctx);
        self.give_up_unregistered(&spec, &seen, ctx);
        self.note_health(&spec, &seen.all, ctx);
        if self.cluster_autoscaler.halted {
            self.cluster_autoscaler.unneeded.clear();
            let message = "Cluster is unhealthy";
            self.events.warning(ctx.now(), About::ClusterAutoscaler, NAME, "ClusterUnhealthy", message);
            return;
        }
        if self.give_up_launches(&seen, ctx) || self.scale_up(&spec, &seen, ctx) || !spec.scale_down {
            return;
        }
        self.scale_down(&spec, &seen, ctx);
    }

    fn note_health(&mut self, spec: &ClusterAutoscalerSpec, all: &Readiness, ctx: &mut impl KubeContext) {
        let halted = !cluster_is_healthy(spec, all);
        if self.cluster_autoscaler.halted != halted {
            self.cluster_autoscaler.halted = halted;
            let (unready, nodes) = (all.unready, all.registered);
            ctx.record(Record::AutoscalerHalted { cluster: self.entity, halted, unready, nodes });
        }
    }

    fn look_at_nodes(&mut self, spec: &ClusterAutoscalerSpec, ctx: &impl KubeContext) -> Seen {
        let now = ctx.now();
        let mut groups = Vec::new();
        let mut live = BTreeMap::new();
        let mut unregistered = BTreeMap::new();
        let state = &mut self.cluster_autoscaler;
        for (place, of) in self.spec.node_groups.iter().enumerate() {
            let instances = ctx.instances(of.group);
            let mut readiness = Readiness::default();
            for instance in &instances {
                let node = ctx.node_of(*instance);
                let is_there =
                    |node: &NodeId| self.nodes.get(*node).registered && !self.nodes.get(*node).gone;
                if let Some(node) = node.filter(is_there) {
                    live.insert(node, (place, *instance));
                    state.known.insert(node, place);
                    continue;
                }
                let since = state.unregistered.get(instance).copied().unwrap_or(now);
                unregistered.insert(*instance, since);
                let is_late = since.saturating_add(spec.max_node_provision_time) < now;
                readiness.long_unregistered += u32::from(is_late);
            }
            groups.push(GroupSeen { desired: ctx.desired(of.group), instances, readiness });
        }
        state.unregistered = unregistered;
        let mut all = Readiness::default();
        for (id, node) in self.nodes.present() {
            let of = live.get(&id);
            // What was there when the run began has long been there.
            let is_new = node.joined > SimTime::ZERO
                && node.joined.saturating_add(limits::MAX_NODE_STARTUP_TIME) > now;
            let seen = match node.ready {
                _ if of.is_none() && state.known.contains_key(&id) => NodeSeen::Deleted,
                Ready::True => NodeSeen::Ready,
                _ if is_new => NodeSeen::NotStarted,
                _ => NodeSeen::Unready,
            };
            all.count(seen);
            if let Some((place, _)) = of {
                groups[*place].readiness.count(seen);
            }
        }
        all.long_unregistered = groups.iter().map(|group| group.readiness.long_unregistered).sum();
        Seen { all, groups, live }
    }

    /// Terminates instances that should have joined long ago, as far as the bounds of their groups let it.
    fn give_up_unregistered(
        &mut self,
        spec: &ClusterAutoscalerSpec,
        seen: &Seen,
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        for (place, of) in seen.groups.iter().enumerate() {
            let group = &self.spec.node_groups[place];
            let spare = of.desired.saturating_sub(group.min) as usize;
            let since = &self.cluster_autoscaler.unregistered;
            let is_late = |instance: &&u32| {
                since.get(*instance).is_some_and(|at| at.saturating_add(spec.max_node_provision_time) < now)
            };
            let late: Vec<u32> = of.instances.iter().filter(is_late).take(spare).copied().collect();
            for instance in late {
                let message = format!("Removed unregistered node of group {}", group.name);
                self.events.normal(now, About::ClusterAutoscaler, NAME, "DeleteUnregistered", message);
                ctx.signal(Signal::InstanceUnwanted { instance, why: ScaleReason::NotRegistered });
            }
        }
    }

    /// The instance that a node is, if that is there and in a group.
    fn instance_of(&self, node: NodeId, ctx: &impl KubeContext) -> Option<u32> {
        let groups = self.spec.node_groups.iter();
        let mut instances = groups.flat_map(|group| ctx.instances(group.group));
        instances.find(|instance| ctx.node_of(*instance) == Some(node))
    }
}

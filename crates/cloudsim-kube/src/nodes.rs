//! A node: what the API knows of it, and what is true of its host.

use crate::ids::{NodeId, PodId, VolumeId};
use crate::kubelet::Pulls;
use crate::objects::{Taint, TaintEffect, Text};
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_records::EntityId;
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::ZoneId;
use ipnet::Ipv4Net;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The taint of a node that says it is not ready.
///
/// Source: Kubernetes documentation, "Well-Known Labels, Annotations and Taints"
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/>).
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// The taint of a node that is not heard of.
///
/// Source: as [`NOT_READY`].
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The taint of a node that is cordoned.
///
/// Source: as [`NOT_READY`].
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The taint of a node whose memory runs out.
///
/// Source: as [`NOT_READY`].
pub const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";

/// The taint of a node that somebody has declared dead: its pods are taken out, its volumes detached.
///
/// Source: as [`NOT_READY`].
pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Whether a node is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Its kubelet says so.
    True,
    /// Its kubelet says it is not.
    False,
    /// Nobody has heard of it.
    Unknown,
}

/// What a node says of itself and kubectl prints. Nothing depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// The version of its kubelet.
    pub kubelet_version: Text,
    /// Its operating system; empty if it is not known.
    pub os_image: Text,
    /// The kernel; empty if it is not known.
    pub kernel_version: Text,
    /// What runs containers on it; empty if it is not known.
    pub container_runtime_version: Text,
    /// Its address inside its network.
    pub internal_ip: Option<Text>,
    /// Its address on the internet.
    pub external_ip: Option<Text>,
    /// The addresses that its pods get, if they are not of its subnet.
    pub pod_cidr: Option<Ipv4Net>,
}

/// A node.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the API's word and the truth differ in each of them")]
pub struct Node {
    /// Its name.
    pub name: Text,
    /// Its entity.
    pub entity: EntityId,
    /// What it says of itself.
    pub info: NodeInfo,
    /// Its zone, if it is in one.
    pub zone: Option<ZoneId>,
    /// The label of its zone and region: nodes that have the same are given up at one rate.
    pub zone_key: Text,
    /// When it joined.
    pub joined: SimTime,

    /// As the API has it: labels, taints, cordon, room.
    pub object: scheduler::Node,
    /// Whether it is ready, as the API has it.
    pub ready: Ready,
    /// Since when [`Node::ready`] has been as it is.
    pub ready_since: SimTime,
    /// Whether its memory is low, as the API has it.
    pub memory_pressure: bool,
    /// The pods that are bound to it.
    pub pods: BTreeSet<PodId>,
    /// Whether it has gone from the API.
    pub gone: bool,

    /// The volumes that its kubelet has last said to be in use.
    pub volumes_in_use: BTreeSet<VolumeId>,
    /// Volumes that are no longer in use, which is not seen yet.
    pub(crate) volumes_released: BTreeSet<VolumeId>,

    /// Whether it is being emptied.
    pub draining: bool,
    /// The pods that it is to lose then: those that were on it when it was cordoned for that.
    pub(crate) to_lose: BTreeSet<PodId>,
    /// Whether its kubelet has started and no API server has told it of its pods yet.
    pub(crate) knows_no_pods: bool,

    /// Whether its host runs.
    pub host_up: bool,
    /// Whether the API server and it reach each other.
    pub connected: bool,
    /// How often it was cut off or connected.
    pub(crate) cuts: u16,
    /// Whether its kubelet runs.
    pub kubelet_up: bool,
    /// Pods that have gone from the API and that its kubelet has not stopped.
    pub(crate) left: BTreeSet<PodId>,
    /// Counts the deaths of its host.
    pub(crate) epoch: u16,
    /// When its kubelet last found memory to be low, unless that is too long ago to count.
    pub(crate) memory_low: Option<SimTime>,
    /// Whether its kubelet will look at that again.
    pub(crate) watches_memory: bool,
    /// When within each ten seconds its lease is renewed.
    pub(crate) lease_phase: SimDuration,
    /// The time from which its lease has been renewed without a gap, and the time at which that ended.
    pub(crate) heard: (SimTime, Option<SimTime>),
    /// The last renewal before `heard`.
    pub(crate) last_renewal_before: SimTime,
    /// From a running host until its kubelet has joined.
    pub(crate) join: DurationDistribution,
    /// Whether its kubelet has ever said that it is there.
    pub(crate) registered: bool,
    /// Images that it has, and since when.
    pub(crate) images: FxHashMap<Text, SimTime>,
    /// What it fetches.
    pub(crate) pulls: Pulls,

    /// What the node controller has noted of it: the lease that it saw last, and when it saw that.
    pub(crate) lease_seen: SimTime,
    pub(crate) probe_timestamp: SimTime,
}

impl Node {
    /// Whether its kubelet hears the API server and is heard.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.host_up && self.kubelet_up && self.connected
    }

    /// The last renewal of its lease up to `now`.
    pub(crate) fn last_renewal(&self, now: SimTime, period: SimDuration) -> SimTime {
        let (since, until) = self.heard;
        let until = until.unwrap_or(now).min(now);
        if until < since {
            return self.last_renewal_before;
        }
        let (since, until) = (since.as_nanos(), until.as_nanos());
        let (phase, period) = (self.lease_phase.as_nanos(), period.as_nanos());
        // Renewals are at `phase + k * period`, and one at `since`, with which it began.
        let last = until.checked_sub(phase).map_or(0, |past| phase + past / period * period);
        SimTime::from_nanos(last.max(since))
    }

    /// Whether it has a taint of this key and effect.
    #[must_use]
    pub fn has_taint(&self, key: &str, effect: TaintEffect) -> bool {
        self.object.taints.iter().any(|taint| &*taint.key == key && taint.effect == effect)
    }

    /// Whether somebody has declared it dead.
    #[must_use]
    pub fn is_out_of_service(&self) -> bool {
        self.object.taints.iter().any(|taint| &*taint.key == OUT_OF_SERVICE)
    }

    /// Its taints that evict.
    pub fn no_execute(&self) -> impl Iterator<Item = &Taint> {
        self.object.taints.iter().filter(|taint| taint.effect == TaintEffect::NoExecute)
    }
}

/// All nodes that there have been.
#[derive(Debug, Default)]
pub struct Nodes {
    all: Vec<Node>,
    by_name: BTreeMap<Text, NodeId>,
}

impl Nodes {
    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId::from_index(self.all.len());
        self.by_name.insert(node.name.clone(), id);
        self.all.push(node);
        id
    }

    /// The node.
    #[must_use]
    pub fn get(&self, node: NodeId) -> &Node {
        &self.all[node.index()]
    }

    pub(crate) fn get_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.all[node.index()]
    }

    /// The node of this name that has not gone.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).copied().filter(|node| !self.get(*node).gone)
    }

    /// The node that had this name last, also if it has gone.
    pub(crate) fn known(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).copied()
    }

    /// Those that have joined and not gone, in the order in which their hosts ran.
    pub fn present(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let all = self.all.iter().enumerate();
        all.filter(|(_, node)| node.registered && !node.gone).map(|(i, node)| (NodeId::from_index(i), node))
    }
}

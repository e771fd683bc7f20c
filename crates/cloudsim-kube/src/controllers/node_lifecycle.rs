//! The node controller: who has not been heard of, and who is given up.
//!
//! # Modelled, as the source of v1.34 has it
//! - A look at all nodes every few seconds. A node whose lease was not renewed within the grace period, counted from the
//!   look at which its last renewal was seen, is `Unknown`, and its pods are marked as not ready. At the *next* look it is
//!   put in the queue of its zone, to get the taint that evicts.
//! - A zone is *fully* disrupted if no node of it is ready, *partially* if more than two are not and they are at least the
//!   threshold's share, else *normal*. A fully disrupted zone is emptied at the normal rate, a partially disrupted one at
//!   the secondary rate if it is large, or else not at all.
//! - When all zones are fully disrupted, taints that evict are taken away and no node is given up. When one of them has a
//!   ready node again, all grace periods begin anew.
//!
//! # Left out
//! Taints by pressure of disks and processes. A node that never says it is ready.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/nodelifecycle/node_lifecycle_controller.go> and
//! `scheduler/rate_limited_queue.go` beside it.

use crate::api_server::{Client, Limiter, Write};
use crate::cluster::Cluster;
use crate::ids::NodeId;
use crate::limits;
use crate::nodes::{MEMORY_PRESSURE, NOT_READY, Ready, UNREACHABLE, UNSCHEDULABLE};
use crate::objects::{Taint, TaintEffect, Text};
use crate::spec::ControlPlaneSpec;
use crate::words::{Event, KubeContext};
use cloudsim_engine::EventKey;
use cloudsim_records::{Component, NodeTaint, Record};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Nodes with this label are not counted when a zone is judged.
///
/// Source: node lifecycle controller, `labelNodeDisruptionExclusion`.
const EXCLUDED: &str = "node.kubernetes.io/exclude-disruption";

/// How a zone fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// Most nodes are ready.
    Normal,
    /// Many nodes are not.
    PartialDisruption,
    /// No node is.
    FullDisruption,
}

/// The state of a zone with so many nodes that are ready and that are not.
#[must_use]
pub fn zone_state(ready: u32, not_ready: u32, spec: &ControlPlaneSpec) -> ZoneState {
    let all = u64::from(ready) + u64::from(not_ready);
    if ready == 0 && not_ready > 0 {
        ZoneState::FullDisruption
    } else if not_ready > limits::NOT_READY_AT_LEAST
        && spec.unhealthy_zone_threshold.is_met_by(not_ready.into(), all)
    {
        ZoneState::PartialDisruption
    } else {
        ZoneState::Normal
    }
}

/// What the controller keeps of a zone.
#[derive(Debug)]
struct Zone {
    /// How it fared when it was last judged.
    state: Option<ZoneState>,
    /// From node to node; `None` gives up none.
    interval: Option<SimDuration>,
    limiter: Option<Limiter>,
    /// Nodes that are to be given up, in order.
    queue: VecDeque<NodeId>,
    /// Those that are in the queue or have left it by being given up.
    known: BTreeSet<NodeId>,
}

impl Zone {
    fn new(interval: Option<SimDuration>) -> Zone {
        Zone {
            state: None,
            interval,
            limiter: interval.map(|interval| Limiter::every(interval, 1)),
            queue: VecDeque::new(),
            known: BTreeSet::new(),
        }
    }

    fn add(&mut self, node: NodeId) {
        if self.known.insert(node) {
            self.queue.push_back(node);
        }
    }

    fn remove(&mut self, node: NodeId) {
        if self.known.remove(&node) {
            self.queue.retain(|queued| *queued != node);
        }
    }

    /// Another rate; whoever waits at the old one waits at the new one too.
    fn set_interval(&mut self, interval: Option<SimDuration>, now: SimTime) {
        if self.interval == interval {
            return;
        }
        let waits = !self.limiter.as_mut().is_some_and(|limiter| limiter.try_accept(now));
        self.interval = interval;
        self.limiter = interval.map(|interval| {
            let mut limiter = Limiter::every(interval, 1);
            if waits {
                limiter.try_accept(now);
            }
            limiter
        });
    }
}

/// What the controller keeps.
#[derive(Debug, Default)]
pub(crate) struct NodeLifecycle {
    zones: BTreeMap<Text, Zone>,
    armed: Option<(SimTime, EventKey)>,
}

impl NodeLifecycle {
    /// How each zone was last judged, by the label of its region and zone.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&Text, ZoneState)> {
        self.zones.iter().filter_map(|(zone, of)| Some((zone, of.state?)))
    }
}

/// Who says what happens here.
pub(crate) const NODE_CONTROLLER: &str = "node-controller";

impl Cluster {
    /// How each zone fares in the eyes of the node controller, by `region:zone` as nodes' labels name them.
    pub fn zone_states(&self) -> impl Iterator<Item = (&Text, ZoneState)> {
        self.node_lifecycle.states()
    }

    pub(crate) fn monitor_nodes(&mut self, ctx: &mut impl KubeContext) {
        if self.acts(Component::ControllerManager) {
            self.judge_nodes(ctx);
        }
        // A look takes as long as what it has to write, and the pause comes after it.
        let end = self.api.drained(Client::NodeLifecycle, ctx.now());
        let period = self.spec.control_plane.node_monitor_period;
        ctx.schedule_at(end + period + self.spec.assumed.node_monitor_takes, Event::NodesMonitored);
    }

    fn judge_nodes(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let grace = self.spec.control_plane.node_monitor_grace_period;
        let ids: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
        let mut counts: BTreeMap<Text, (u32, u32)> = BTreeMap::new();
        for &id in &ids {
            let node = self.nodes.get_mut(id);
            let renewal = node.last_renewal(now, limits::LEASE_RENEWAL);
            if renewal > node.lease_seen {
                node.lease_seen = renewal;
                node.probe_timestamp = now;
            }
            let observed = node.ready;
            let silent = now > node.probe_timestamp.saturating_add(grace);
            let current = if silent { Ready::Unknown } else { observed };
            let (zone, excluded) = (node.zone_key.clone(), node.object.labels.contains_key(EXCLUDED));
            let interval = self.spec.control_plane.eviction_interval;
            self.node_lifecycle.zones.entry(zone.clone()).or_insert_with(|| Zone::new(interval));
            if !excluded {
                let (ready, not_ready) = counts.entry(zone).or_default();
                *(if current == Ready::True { ready } else { not_ready }) += 1;
            }
            if silent && observed != Ready::Unknown {
                self.ask(Client::NodeLifecycle, Write::NodeUnknown { node: id }, ctx);
            }
            self.queue_for_taint(id, observed, ctx);
            if current != Ready::True && observed == Ready::True {
                for pod in self.nodes.get(id).pods.clone() {
                    if self.pods.get(pod).ready {
                        self.ask(Client::NodeLifecycle, Write::PodNotReady { pod }, ctx);
                    }
                }
            }
        }
        self.judge_zones(&counts, &ids, ctx);
        self.arm_tainting(ctx);
    }

    /// Puts a node into the queue of those that are given up, or takes it out, by what was known of it before this look.
    fn queue_for_taint(&mut self, id: NodeId, observed: Ready, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        let (mine, other) = match observed {
            Ready::True => {
                self.mark_reachable(id, ctx);
                return;
            }
            Ready::False => (NOT_READY, UNREACHABLE),
            Ready::Unknown => (UNREACHABLE, NOT_READY),
        };
        let effect = TaintEffect::NoExecute;
        let (has_mine, has_other) = (node.has_taint(mine, effect), node.has_taint(other, effect));
        if has_other {
            // Given up already, only for another reason.
            let (add, remove) = (vec![taint(mine, effect)], vec![taint(other, effect)]);
            self.ask(Client::NodeTaints, Write::Taints { node: id, add, remove }, ctx);
            return;
        }
        let zone = self.node_lifecycle.zones.get_mut(&node.zone_key).expect("made at the look");
        if !has_mine {
            zone.remove(id);
        }
        zone.add(id);
    }

    /// Takes the taints that evict from a node, and the node from its zone's queue.
    fn mark_reachable(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        let evicting = [NOT_READY, UNREACHABLE].map(|key| taint(key, TaintEffect::NoExecute));
        let remove: Vec<Taint> =
            evicting.into_iter().filter(|taint| node.object.taints.contains(taint)).collect();
        if let Some(zone) = self.node_lifecycle.zones.get_mut(&node.zone_key) {
            zone.remove(id);
        }
        if !remove.is_empty() {
            self.ask(Client::NodeTaints, Write::Taints { node: id, add: Vec::new(), remove }, ctx);
        }
    }

    /// Judges each zone anew, and sets the rate at which its nodes are given up.
    fn judge_zones(
        &mut self,
        counts: &BTreeMap<Text, (u32, u32)>,
        ids: &[NodeId],
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        let spec = self.spec.control_plane.clone();
        let new: BTreeMap<&Text, ZoneState> = counts
            .iter()
            .map(|(zone, (ready, not_ready))| (zone, zone_state(*ready, *not_ready, &spec)))
            .collect();
        let full = |state: Option<ZoneState>| state == Some(ZoneState::FullDisruption);
        let all_are = new.values().all(|state| full(Some(*state)));
        // A zone that is left out as a whole has no state, and evicts as it would in peace.
        let counted = |zone: &Text| counts.contains_key(zone);
        let zones = &self.node_lifecycle.zones;
        let all_were = zones.iter().filter(|(key, _)| counted(key)).all(|(_, zone)| full(zone.state));
        if all_are && all_were {
            return;
        }
        if all_are {
            for &id in ids {
                self.mark_reachable(id, ctx);
            }
            for (_, zone) in self.node_lifecycle.zones.iter_mut().filter(|(key, _)| counted(key)) {
                zone.set_interval(None, now);
                zone.state = Some(ZoneState::FullDisruption);
            }
            return;
        }
        if all_were {
            for &id in ids {
                self.nodes.get_mut(id).probe_timestamp = now;
            }
        }
        for (key, zone) in self.node_lifecycle.zones.iter_mut().filter(|(key, _)| counted(key)) {
            let state = new[key];
            if zone.state == Some(state) && !all_were {
                continue;
            }
            let (ready, not_ready) = counts[key];
            zone.set_interval(
                match state {
                    ZoneState::Normal | ZoneState::FullDisruption => spec.eviction_interval,
                    ZoneState::PartialDisruption if ready + not_ready > spec.large_cluster_size_threshold => {
                        spec.secondary_eviction_interval
                    }
                    ZoneState::PartialDisruption => None,
                },
                now,
            );
            zone.state = Some(state);
        }
    }

    /// Sees to it that nodes are given up as soon as a zone's rate lets the next one.
    fn arm_tainting(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let zones = self.node_lifecycle.zones.values();
        let waiting = zones.filter(|zone| !zone.queue.is_empty());
        let Some(next) = waiting.filter_map(|zone| Some(zone.limiter.as_ref()?.free_at())).min() else {
            return;
        };
        // The queues are looked at every tenth of a second.
        let period = limits::NODE_EVICTION_PERIOD.as_nanos();
        let at = SimTime::from_nanos(next.max(now).as_nanos().div_ceil(period) * period);
        if let Some((armed, key)) = self.node_lifecycle.armed {
            if armed <= at {
                return;
            }
            ctx.cancel(key);
        }
        self.node_lifecycle.armed = Some((at, ctx.arm_at(at, Event::NodesTainted)));
    }

    pub(crate) fn taint_nodes(&mut self, ctx: &mut impl KubeContext) {
        self.node_lifecycle.armed = None;
        let now = ctx.now();
        let mut given_up = Vec::new();
        for zone in self.node_lifecycle.zones.values_mut() {
            while !zone.queue.is_empty()
                && zone.limiter.as_mut().is_some_and(|limiter| limiter.try_accept(now))
            {
                given_up.extend(zone.queue.pop_front());
            }
        }
        for id in given_up {
            let node = self.nodes.get(id);
            let (mine, other) = match node.ready {
                Ready::False => (NOT_READY, UNREACHABLE),
                Ready::Unknown => (UNREACHABLE, NOT_READY),
                Ready::True => continue,
            };
            if !node.gone {
                let effect = TaintEffect::NoExecute;
                let (add, remove) = (vec![taint(mine, effect)], vec![taint(other, effect)]);
                self.ask(Client::NodeTaints, Write::Taints { node: id, add, remove }, ctx);
            }
        }
        self.arm_tainting(ctx);
    }

    pub(crate) fn commit_taints(
        &mut self,
        id: NodeId,
        add: Vec<Taint>,
        remove: &[Taint],
        ctx: &mut impl KubeContext,
    ) -> Option<Event> {
        let node = self.nodes.get_mut(id);
        if node.gone {
            return None;
        }
        let before = node.object.taints.clone();
        node.object.taints.retain(|taint| !remove.contains(taint));
        for taint in add {
            if !node.object.taints.contains(&taint) {
                node.object.taints.push(taint);
            }
        }
        if node.object.taints == before {
            return None;
        }
        for (key, word) in [(NOT_READY, NodeTaint::NotReady), (UNREACHABLE, NodeTaint::Unreachable)] {
            let evicting = taint(key, TaintEffect::NoExecute);
            let present = node.object.taints.contains(&evicting);
            if before.contains(&evicting) != present {
                ctx.record(Record::NodeTainted { node: node.entity, taint: word, present });
            }
        }
        Some(Event::NodeSeen { node: id })
    }

    /// Puts on a node the taints that keep new pods away, by its condition and cordon, and takes away those that do not
    /// fit any more.
    pub(crate) fn reconcile_taints(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let (add, remove) = self.condition_taints(id);
        if !(add.is_empty() && remove.is_empty()) {
            self.ask(Client::NodeTaints, Write::Taints { node: id, add, remove }, ctx);
        }
    }

    /// The taints that keep new pods away which a node should have and has not, and those that it should not have.
    pub(crate) fn condition_taints(&self, id: NodeId) -> (Vec<Taint>, Vec<Taint>) {
        let node = self.nodes.get(id);
        let wanted = [
            (NOT_READY, node.ready == Ready::False),
            (UNREACHABLE, node.ready == Ready::Unknown),
            (UNSCHEDULABLE, node.object.unschedulable),
            (MEMORY_PRESSURE, node.memory_pressure),
        ];
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for (key, wanted) in wanted {
            let effect = TaintEffect::NoSchedule;
            match (wanted, node.has_taint(key, effect)) {
                (true, false) => add.push(taint(key, effect)),
                (false, true) => remove.push(taint(key, effect)),
                _ => {}
            }
        }
        (add, remove)
    }

    /// Another instance of the controllers leads, and begins anew: what the last one had noted is forgotten.
    pub(crate) fn controllers_restart(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        if let Some((_, key)) = self.node_lifecycle.armed.take() {
            ctx.cancel(key);
        }
        self.node_lifecycle.zones.clear();
        let ids: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
        for id in ids {
            self.nodes.get_mut(id).probe_timestamp = now;
            self.forget_evictions(id, ctx);
            self.reconcile_taints(id, ctx);
            self.evict_from(id, ctx);
        }
    }
}

pub(crate) fn taint(key: &str, effect: TaintEffect) -> Taint {
    Taint { key: key.into(), value: "".into(), effect }
}

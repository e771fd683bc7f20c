//! What a zone or a host that is lost, a zone that is cut off, or an outage of its own does to the control plane.

use super::Cluster;
use crate::api_server::{ApiServer, Borders};
use crate::ids::NodeId;
use crate::limits;
use crate::spec::Seat;
use crate::words::{Event, KubeContext};
use cloudsim_records::Record;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::ZoneId;
use std::collections::BTreeSet;

impl Cluster {
    /// A zone loses its power, or has it again: the control plane's part of it, and the volumes there.
    pub fn control_plane_turns(&mut self, zone: ZoneId, up: bool, ctx: &mut impl KubeContext) {
        self.volumes_turn(zone, up, ctx);
        self.control_plane_changes(|api| api.turn(|seat| seat.node.is_none() && seat.zone == zone, up), ctx);
    }

    /// A host dies, or its kubelet runs again: the parts of the control plane that are on it.
    pub(crate) fn control_plane_on(&mut self, node: NodeId, up: bool, ctx: &mut impl KubeContext) {
        let name = self.nodes.get(node).name.clone();
        let is_there = |seat: &Seat| seat.node.as_ref() == Some(&name);
        let plane = &self.spec.control_plane;
        if plane.api_servers.iter().chain(&plane.etcd).any(is_there) {
            self.control_plane_changes(|api| api.turn(is_there, up), ctx);
        }
    }

    /// The API servers answer nobody, or do again.
    pub fn api_servers_fall_silent(&mut self, silent: bool, ctx: &mut impl KubeContext) {
        let change = |api: &mut ApiServer| {
            api.silence(silent);
            false
        };
        self.control_plane_changes(change, ctx);
    }

    /// Borders of zones are cut, or open again: `lets` says of two zones whether they reach each other.
    pub fn borders_change(&mut self, lets: impl Fn(ZoneId, ZoneId) -> bool, ctx: &mut impl KubeContext) {
        let borders = Borders::new(self.rtt.len(), lets);
        self.control_plane_changes(|api| api.divide(borders), ctx);
    }

    /// The parts of the control plane on a host that had long been down when the run began: others lead.
    pub(super) fn control_plane_was_down_on(&mut self, node: NodeId) {
        let name = &self.nodes.get(node).name;
        if self.api.turn(|seat| seat.node.as_ref() == Some(name), false) {
            self.api.elect(self.api_luck.word());
        }
        self.leases.begin_beside(&self.api);
    }

    /// Something becomes of the control plane; `change` says whether etcd is to elect a leader.
    fn control_plane_changes(
        &mut self,
        change: impl FnOnce(&mut ApiServer) -> bool,
        ctx: &mut impl KubeContext,
    ) {
        let before = self.api.answers();
        if change(&mut self.api) {
            // A silence between one timeout and two, then a vote.
            let span = limits::ETCD_ELECTION_TIMEOUT;
            let more = self.api_luck.below(span.as_nanos());
            ctx.schedule_in(span + SimDuration::from_nanos(more), Event::LeaderElected);
        }
        self.control_plane_told(before, ctx);
    }

    pub(super) fn leader_elected(&mut self, ctx: &mut impl KubeContext) {
        let before = self.api.answers();
        let word = self.api_luck.word();
        self.api.elect(word);
        self.control_plane_told(before, ctx);
    }

    fn control_plane_told(&mut self, before: bool, ctx: &mut impl KubeContext) {
        let answers = self.api.answers();
        if before != answers {
            ctx.record(Record::ControlPlaneChanged { cluster: self.entity, answers });
            for request in self.api.asked_again() {
                let after = self.api_luck.below(self.spec.assumed.retry_max.as_nanos());
                ctx.schedule_in(SimDuration::from_nanos(after), Event::Committed { request });
            }
            let nodes: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
            for node in nodes {
                let of = self.nodes.get(node);
                let (heard, is_new) = (of.is_heard() && answers, of.knows_no_pods);
                self.lease_heard(node, heard, ctx.now());
                if heard && is_new {
                    self.kubelet_is_told(node, ctx);
                }
            }
        }
        if answers {
            self.reconnect_nodes(ctx);
        }
        self.look_at_leaders(ctx);
    }

    /// Nodes reach an API server that answers, or no longer.
    fn reconnect_nodes(&mut self, ctx: &mut impl KubeContext) {
        let zones = (0..self.rtt.len()).map(ZoneId::from_index);
        let cut_off: BTreeSet<ZoneId> = zones.filter(|zone| !self.api.is_reached_from(*zone)).collect();
        let before = std::mem::replace(&mut self.cut_off, cut_off);
        let turns = |zone: &ZoneId| before.contains(zone) != self.cut_off.contains(zone);
        let nodes = self.nodes.present().filter(|(_, node)| node.zone.as_ref().is_some_and(turns));
        let changed: Vec<(NodeId, bool)> = nodes
            .map(|(id, node)| (id, node.zone.is_some_and(|zone| !self.cut_off.contains(&zone))))
            .collect();
        for (node, connected) in changed {
            self.connect(node, connected, ctx);
        }
    }

    /// Notes from when on a node's lease is renewed, or until when it was.
    pub(crate) fn lease_heard(&mut self, id: NodeId, heard: bool, now: SimTime) {
        let node = self.nodes.get_mut(id);
        match (heard, node.heard.1) {
            (true, Some(_)) => {
                node.last_renewal_before = node.last_renewal(now, limits::LEASE_RENEWAL);
                node.heard = (now, None);
            }
            (false, None) => node.heard.1 = Some(now),
            _ => {}
        }
    }
}

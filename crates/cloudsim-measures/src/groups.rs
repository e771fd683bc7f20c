//! Servers and pods over time, by their group and zone: what a drawing of the architecture is coloured by.

use crate::lanes::step;
use crate::measures::Change;
use crate::milestones::Hosts;
use cloudsim_records::{EntityId, EntityKind, InstanceState, Names, NodeState, PodState, Record, RunStarted};
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// The servers of a group that are in one zone, over time, and the pods on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLane {
    /// The group: an Auto Scaling group or what else launches instances; of nodes that stand for themselves their cluster.
    pub group: String,
    /// The zone; `None` if they are nowhere that can fail.
    pub zone: Option<String>,
    /// From when on how many there are; the first is at t = 0.
    pub there: Vec<(SimTime, u32)>,
    /// The same of those that work: the process of an instance answers, and a node is ready.
    pub up: Vec<(SimTime, u32)>,
    /// The same of pods that run on them, by workload.
    pub pods: BTreeMap<String, Vec<(SimTime, u32)>>,
}

/// How many there are at an instant, what happens in that instant included.
#[must_use]
pub fn count_at(steps: &[(SimTime, u32)], at: SimTime) -> u32 {
    let known = steps.partition_point(|(since, _)| *since <= at);
    steps[..known].last().map_or(0, |(_, count)| *count)
}

/// A group in a zone.
type Place = (EntityId, Option<EntityId>);

/// What is known of servers: of each its instance, its node, or both under one name.
struct Servers<'a> {
    names: &'a Names,
    hosts: Hosts,
    there: BTreeSet<EntityId>,
    running: BTreeSet<EntityId>,
    ready: BTreeSet<EntityId>,
    pods: BTreeMap<EntityId, EntityId>,
    lanes: BTreeMap<Place, GroupLane>,
}

impl<'a> Servers<'a> {
    fn of(names: &'a Names) -> Self {
        Self {
            names,
            hosts: Hosts::of(names),
            there: BTreeSet::new(),
            running: BTreeSet::new(),
            ready: BTreeSet::new(),
            pods: BTreeMap::new(),
            lanes: BTreeMap::new(),
        }
    }

    /// The instance if there is one, else the node.
    fn server(&self, of: EntityId) -> EntityId {
        self.hosts.instance_of(of).unwrap_or(of)
    }

    fn lane(&mut self, server: EntityId) -> Option<&mut GroupLane> {
        let names = self.names;
        let of = names.entity(server)?;
        let group = of.parent?;
        let none = || vec![(SimTime::ZERO, 0)];
        Some(self.lanes.entry((group, of.zone)).or_insert_with(|| GroupLane {
            group: names.name(group).to_owned(),
            zone: of.zone.map(|zone| names.name(zone).to_owned()),
            there: none(),
            up: none(),
            pods: BTreeMap::new(),
        }))
    }

    fn is_up(&self, server: EntityId) -> bool {
        let ready = self.ready.contains(&server);
        let is_node = self.names.entity(server).is_some_and(|of| of.kind == EntityKind::Node);
        let runs = is_node || self.running.contains(&server);
        runs && (ready || !is_node && !self.hosts.have(server))
    }

    /// Changes what is known of a server, and takes down what that changes of its group.
    fn change(&mut self, server: EntityId, at: SimTime, change: impl FnOnce(&mut Self)) {
        let before = (self.there.contains(&server), self.is_up(server));
        change(self);
        let after = (self.there.contains(&server), self.is_up(server));
        let Some(lane) = self.lane(server).filter(|_| before != after) else { return };
        if before.0 != after.0 {
            step(&mut lane.there, at, after.0);
        }
        if before.1 != after.1 {
            step(&mut lane.up, at, after.1);
        }
    }

    fn instance(&mut self, instance: EntityId, at: SimTime, is_there: bool, runs: bool) {
        self.change(instance, at, |servers| {
            set(&mut servers.there, instance, is_there);
            set(&mut servers.running, instance, runs);
        });
    }

    fn node(&mut self, node: EntityId, at: SimTime, is_there: bool, is_ready: bool) {
        let server = self.server(node);
        self.change(server, at, |servers| {
            if server == node {
                set(&mut servers.there, node, is_there);
            }
            set(&mut servers.ready, server, is_ready);
        });
    }

    fn pod(&mut self, pod: EntityId, node: Option<EntityId>, at: SimTime) {
        let before = match node {
            Some(node) => self.pods.insert(pod, node),
            None => self.pods.remove(&pod),
        };
        if before == node {
            return;
        }
        let whose = crate::waiting::owner(self.names, pod);
        for (node, more) in before.map(|node| (node, false)).into_iter().chain(node.map(|node| (node, true)))
        {
            let server = self.server(node);
            let Some(lane) = self.lane(server) else { continue };
            let steps = lane.pods.entry(whose.clone()).or_insert_with(|| vec![(SimTime::ZERO, 0)]);
            step(steps, at, more);
        }
    }
}

fn set(of: &mut BTreeSet<EntityId>, id: EntityId, is_in: bool) {
    if is_in {
        of.insert(id);
    } else {
        of.remove(&id);
    }
}

/// What the inventory has works at first, unless a record says otherwise.
pub(crate) fn groups(run: &RunStarted, names: &Names, changes: &[Change]) -> Vec<GroupLane> {
    let mut servers = Servers::of(names);
    for entity in &run.entities {
        match entity.kind {
            EntityKind::Instance => servers.instance(entity.id, SimTime::ZERO, true, true),
            EntityKind::Node => servers.node(entity.id, SimTime::ZERO, true, true),
            _ => {}
        }
    }
    for placed in &run.placed {
        servers.pod(placed.pod, Some(placed.node), SimTime::ZERO);
    }
    for change in changes {
        match &change.record {
            Record::InstanceStateChanged { instance, state } => {
                let (is_there, runs) =
                    (*state != InstanceState::Terminated, *state == InstanceState::Running);
                servers.instance(*instance, change.at, is_there, runs);
            }
            Record::NodeChanged { node, state } => match state {
                NodeState::Ready => servers.node(*node, change.at, true, true),
                NodeState::NotReady | NodeState::Unknown => servers.node(*node, change.at, true, false),
                NodeState::Gone => servers.node(*node, change.at, false, false),
                NodeState::Cordoned | NodeState::Uncordoned => {}
            },
            Record::PodChanged { pod, node, state, .. } => match state {
                PodState::Running => servers.pod(*pod, *node, change.at),
                PodState::Pending
                | PodState::Gone
                | PodState::Failed
                | PodState::Succeeded
                | PodState::Lost => servers.pod(*pod, None, change.at),
                _ => {}
            },
            _ => {}
        }
    }
    servers.lanes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, s};

    #[test]
    fn servers_of_a_group_are_counted_zone_by_zone_as_long_as_they_are_there() {
        let mut story = Story::new(600);
        let instance = story.id("server-1");
        for (at, state) in [
            (100, InstanceState::HostDown),
            (200, InstanceState::Terminated),
            (300, InstanceState::Pending),
            (400, InstanceState::Running),
        ] {
            story.at(s(at), Record::InstanceStateChanged { instance, state });
        }
        let groups = story.measure().lanes.groups;
        let [a, b] = &groups[..] else { panic!("one group in two zones: {groups:?}") };
        let seen = |at: u64| (count_at(&a.up, s(at)), count_at(&a.there, s(at)));
        assert_eq!([99, 100, 200, 300, 400].map(seen), [(2, 2), (1, 2), (1, 1), (1, 2), (2, 2)]);
        assert_eq!((b.zone.as_deref(), &b.up, &b.there), (Some("b"), &vec![(s(0), 2)], &vec![(s(0), 2)]));
    }
}

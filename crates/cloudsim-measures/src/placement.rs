//! Which pods run on which nodes: over time by zone, and all of them at a few instants.

use crate::causes::FaultSpan;
use crate::measures::Change;
use cloudsim_records::{EntityId, EntityKind, Names, NodeState, PodState, Record, RunStarted};
use cloudsim_units::SimTime;
use std::collections::BTreeMap;

/// All nodes of all clusters at an instant, with the pods that run on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// When that is.
    pub at: SimTime,
    /// Why that is looked at: `before`, `during` or `after`.
    pub when: &'static str,
    /// The nodes, by zone and then in the order in which they came to be.
    pub nodes: Vec<PlacedNode>,
}

/// A node and what runs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedNode {
    /// Its name.
    pub node: String,
    /// The zone that it is in.
    pub zone: Option<String>,
    /// Whether it is ready, as the API has it.
    pub ready: bool,
    /// How many pods of each workload run there; a bare pod stands for itself.
    pub pods: BTreeMap<String, u32>,
}

/// Something that changed the number of ready nodes or of running pods in a zone.
pub(crate) struct Moved {
    pub(crate) zone: EntityId,
    pub(crate) of: EntityKind,
    pub(crate) more: bool,
}

/// Which nodes are ready and which pods run.
pub(crate) struct Standing<'a> {
    names: &'a Names,
    ready: BTreeMap<EntityId, bool>,
    pods: BTreeMap<EntityId, EntityId>,
}

impl<'a> Standing<'a> {
    /// Nodes of the inventory are ready and pods on them run, unless a record says otherwise.
    pub(crate) fn at_start(run: &RunStarted, names: &'a Names) -> Self {
        let nodes = run.entities.iter().filter(|entity| entity.kind == EntityKind::Node);
        Self {
            names,
            ready: nodes.map(|node| (node.id, true)).collect(),
            pods: run.placed.iter().map(|placed| (placed.pod, placed.node)).collect(),
        }
    }

    pub(crate) fn zone_of(&self, node: EntityId) -> Option<EntityId> {
        self.names.entity(node)?.zone
    }

    /// What a zone has of ready nodes and of running pods.
    pub(crate) fn count(&self, zone: EntityId) -> (u32, u32) {
        let nodes = self.ready.iter().filter(|(node, ready)| **ready && self.zone_of(**node) == Some(zone));
        let pods = self.pods.values().filter(|node| self.zone_of(**node) == Some(zone));
        let number = |count: usize| u32::try_from(count).expect("fewer than there are entity numbers");
        (number(nodes.count()), number(pods.count()))
    }

    pub(crate) fn apply(&mut self, record: &Record) -> Option<Moved> {
        match record {
            Record::NodeChanged { node, state } => {
                let ready = match state {
                    NodeState::Ready => true,
                    NodeState::NotReady | NodeState::Unknown | NodeState::Gone => false,
                    NodeState::Cordoned | NodeState::Uncordoned => return None,
                };
                let before = if *state == NodeState::Gone {
                    self.ready.remove(node)
                } else {
                    self.ready.insert(*node, ready)
                };
                let zone = self.zone_of(*node)?;
                (before.unwrap_or(false) != ready).then_some(Moved {
                    zone,
                    of: EntityKind::Node,
                    more: ready,
                })
            }
            Record::PodChanged { pod, node, state, .. } => {
                let (node, more) = match state {
                    PodState::Running => {
                        let node = (*node)?;
                        (self.pods.insert(*pod, node).is_none().then_some(node)?, true)
                    }
                    PodState::Pending
                    | PodState::Gone
                    | PodState::Failed
                    | PodState::Succeeded
                    | PodState::Lost => (self.pods.remove(pod)?, false),
                    _ => return None,
                };
                Some(Moved { zone: self.zone_of(node)?, of: EntityKind::Pod, more })
            }
            _ => None,
        }
    }

    fn seen(&self, at: SimTime, when: &'static str) -> Placement {
        let name = |id: EntityId| self.names.name(id).to_owned();
        let mut nodes: BTreeMap<EntityId, PlacedNode> = (self.ready.iter())
            .map(|(node, ready)| {
                let zone = self.zone_of(*node).map(name);
                (*node, PlacedNode { node: name(*node), zone, ready: *ready, pods: BTreeMap::new() })
            })
            .collect();
        for (pod, node) in &self.pods {
            let Some(node) = nodes.get_mut(node) else { continue };
            let parent = self.names.entity(*pod).and_then(|pod| self.names.entity(pod.parent?));
            let workload = parent.filter(|parent| parent.kind == EntityKind::Workload);
            let whose = workload.map_or_else(|| name(*pod), |workload| workload.name.clone());
            *node.pods.entry(whose).or_default() += 1;
        }
        let mut nodes: Vec<PlacedNode> = nodes.into_values().collect();
        nodes.sort_by(|a, b| a.zone.cmp(&b.zone));
        Placement { at, when, nodes }
    }
}

/// Where pods ran just before the first fault, just before it ended, and when the run was over; empty of a run without nodes.
pub(crate) fn placements(
    run: &RunStarted,
    names: &Names,
    changes: &[Change],
    spans: &[FaultSpan],
    reached: SimTime,
) -> Vec<Placement> {
    if names.of_kind(EntityKind::Node).next().is_none() {
        return Vec::new();
    }
    let first = spans.iter().min_by_key(|span| span.started);
    let before = first.map(|span| (span.started, "before"));
    let during = first.and_then(|span| span.ended).map(|ended| (ended, "during"));
    let mut wanted = before.into_iter().chain(during).peekable();
    let mut standing = Standing::at_start(run, names);
    let mut seen = Vec::new();
    for change in changes {
        while let Some((at, when)) = wanted.next_if(|(at, _)| *at <= change.at) {
            seen.push(standing.seen(at, when));
        }
        standing.apply(&change.record);
    }
    seen.extend(wanted.map(|(at, when)| standing.seen(at, when)));
    let last = if first.is_some_and(|span| span.ended.is_none()) { "during" } else { "after" };
    seen.push(standing.seen(reached, last));
    seen
}

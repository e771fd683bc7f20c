//! What is to blame for a pod that waits: everything that keeps it from the nodes that are up.
//!
//! A scheduler's message counts, of each node, the first plugin that rejects it, and dead nodes among the others. Here
//! every plugin is asked, about the nodes that are up only: what would have to change without waiting for the others.

use crate::cluster::Cluster;
use crate::controllers::node_lifecycle::taint;
use crate::ids::PodId;
use crate::nodes::{NOT_READY, Ready, UNREACHABLE, UNSCHEDULABLE};
use crate::objects::TaintEffect;
use cloudsim_kube_scheduler::framework::{Objection, Obstacle, Unmet};
use cloudsim_kube_scheduler::objects::{ClaimKey, Requirement, Text};
use cloudsim_records::{Blame, BlameKind};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// So many things are told of one pod.
///
/// Assumed: more than anybody reads.
const BLAME_MAX: usize = 8;

/// A sort of thing, and which one.
type Thing = (BlameKind, String);

impl Cluster {
    /// What keeps a pod that waits from the nodes that are up, what is most often alone in the way first.
    pub(crate) fn blame(&self, id: PodId) -> Vec<Blame> {
        let objections = match self.scheduling.scheduler.obstacles(&self.pods.get(id).key) {
            Ok(objections) => objections,
            Err(status) => {
                let what = status.message().into();
                return vec![Blame { kind: BlameKind::Pod, what, nodes: 0, alone: 0 }];
            }
        };
        let mut things: BTreeMap<Thing, (u32, u32)> = BTreeMap::new();
        let mut is_any_up = false;
        for (node, objections) in objections {
            if !self.is_up(&node) {
                continue;
            }
            is_any_up = true;
            let mut on_node: BTreeSet<Thing> =
                objections.iter().flat_map(|objection| self.things(objection)).collect();
            if on_node.contains(&(BlameKind::Cordon, String::new())) {
                // The node controller's taint says the same once more.
                on_node
                    .remove(&(BlameKind::Taint, taint(UNSCHEDULABLE, TaintEffect::NoSchedule).to_string()));
            }
            let alone = u32::from(on_node.len() == 1);
            for thing in on_node {
                let (nodes, by_itself) = things.entry(thing).or_default();
                *nodes += 1;
                *by_itself += alone;
            }
        }
        if !is_any_up {
            return vec![Blame { kind: BlameKind::NoNode, what: "".into(), nodes: 0, alone: 0 }];
        }
        let mut blame: Vec<Blame> = things
            .into_iter()
            .map(|((kind, what), (nodes, alone))| Blame { kind, what: what.into(), nodes, alone })
            .collect();
        blame.sort_by_key(|of| (Reverse(of.alone), Reverse(of.nodes)));
        blame.truncate(BLAME_MAX);
        blame
    }

    /// Whether a node is up, as the API has it.
    fn is_up(&self, node: &str) -> bool {
        self.nodes.named(node).is_some_and(|node| {
            let node = self.nodes.get(node);
            let is_lost = |key: &str| node.object.taints.iter().any(|taint| &*taint.key == key);
            node.ready == Ready::True && !is_lost(NOT_READY) && !is_lost(UNREACHABLE)
        })
    }

    fn things(&self, objection: &Objection) -> Vec<Thing> {
        if objection.obstacles.is_empty() {
            return vec![(BlameKind::Pod, objection.status.message())];
        }
        objection.obstacles.iter().map(|obstacle| self.thing(obstacle)).collect()
    }

    /// The thing behind an obstacle, which is the same on all nodes that it keeps the pod from.
    fn thing(&self, obstacle: &Obstacle) -> Thing {
        match obstacle {
            Obstacle::Cordoned => (BlameKind::Cordon, String::new()),
            Obstacle::NamesNode(name) => (BlameKind::NodeAffinity, format!("metadata.name={name}")),
            Obstacle::Taint(taint) => (BlameKind::Taint, taint.to_string()),
            Obstacle::NodeSelector(unmet) => (BlameKind::NodeAffinity, wanted(unmet)),
            Obstacle::NodeAffinity { terms, .. } => {
                let terms: Vec<String> = terms.iter().map(|unmet| wanted(unmet)).collect();
                (BlameKind::NodeAffinity, terms.join(" or "))
            }
            Obstacle::HostPort { wanted, .. } => (BlameKind::HostPort, wanted.to_string()),
            Obstacle::TooManyPods { .. } => (BlameKind::Capacity, "pods".to_owned()),
            Obstacle::Resource { name, .. } => (BlameKind::Capacity, name.as_str().to_owned()),
            Obstacle::NoDomain { topology_key } => {
                (BlameKind::Spread, format!("{topology_key}, no such label"))
            }
            Obstacle::Skew(skew) => {
                let domains = if skew.lacks_domains() {
                    format!(", minDomains {}", skew.min_domains)
                } else {
                    String::new()
                };
                (BlameKind::Spread, format!("{}, maxSkew {}{domains}", skew.topology_key, skew.max_skew))
            }
            Obstacle::Alone { topology_key, selectors, .. } => {
                let selectors: Vec<String> = selectors.iter().map(ToString::to_string).collect();
                (BlameKind::PodAffinity, format!("{topology_key}, with {}", selectors.join(" and ")))
            }
            // Pods of one workload keep away from each other: the same term on both sides.
            Obstacle::Conflict { topology_key, .. } => (BlameKind::PodAntiAffinity, topology_key.to_string()),
            Obstacle::OutOfReach { claim, volume } => {
                (BlameKind::Volume, format!("claim {claim}, volume {volume}{}", self.whereabouts(volume)))
            }
            Obstacle::NoSuchVolume { claim, volume } => {
                (BlameKind::Volume, format!("claim {claim}, volume {volume}, which is not there"))
            }
            Obstacle::NoVolumeFor { claims } => {
                (BlameKind::Volume, format!("{}, no volume for it", claims_of(claims)))
            }
            Obstacle::NoStorageFor { claims } => {
                (BlameKind::Volume, format!("{}, no storage for it", claims_of(claims)))
            }
            Obstacle::VolumeElsewhere { topology_key, values, .. } => {
                (BlameKind::Volume, format!("a volume with {topology_key}={}", joined(values.iter())))
            }
            Obstacle::DiskInUse { .. } => (BlameKind::Volume, "a disk that another pod has".to_owned()),
            Obstacle::ClaimInUse { claims } => {
                (BlameKind::Volume, format!("claim {}, which another pod has", joined(claims.iter())))
            }
            Obstacle::TooManyVolumes { driver, .. } => (BlameKind::VolumeLimit, driver.to_string()),
        }
    }

    /// Where a volume can be reached, as its node affinity says it.
    fn whereabouts(&self, volume: &str) -> String {
        let volume = self.volumes.called(volume).map(|volume| &self.volumes.get(volume).object);
        let terms = volume.and_then(|volume| volume.nodes.as_ref()).map_or(&[][..], |nodes| &nodes.terms);
        let conditions =
            |term: &[Requirement]| -> Vec<String> { term.iter().map(ToString::to_string).collect() };
        let terms: Vec<String> = terms.iter().map(|term| conditions(&term.labels).join(" and ")).collect();
        if terms.is_empty() { String::new() } else { format!(" with {}", terms.join(" or ")) }
    }
}

/// The conditions on labels that some node does not meet.
fn wanted(unmet: &[Unmet]) -> String {
    let conditions: Vec<String> = unmet.iter().map(|unmet| unmet.requirement.to_string()).collect();
    conditions.join(" and ")
}

fn claims_of(claims: &[ClaimKey]) -> String {
    let claims: Vec<String> = claims.iter().map(|claim| format!("claim {claim}")).collect();
    claims.join(", ")
}

fn joined<'a>(values: impl Iterator<Item = &'a Text>) -> String {
    values.map(|value| &**value).collect::<Vec<_>>().join(", ")
}

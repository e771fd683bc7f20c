//! Which nodes suit a pod by their own nature: cordons, taints, labels, names, images.
//!
//! It changes with nodes and never with pods.

use super::bits::Bits;
use crate::cluster::{Cluster, NodeInfo};
use crate::framework::{Cycle, PreFiltered, Status};
use crate::objects::{NodeSelector, Pod, PreferredNodeTerm, Selector, Text, Toleration};
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The plugins that look at nodes alone.
const STATIC_FILTERS: [PluginName; 4] = [
    PluginName::NodeUnschedulable,
    PluginName::NodeName,
    PluginName::TaintToleration,
    PluginName::NodeAffinity,
];
/// Those of them that score, and the one that scores by images.
const STATIC_SCORES: [PluginName; 3] =
    [PluginName::TaintToleration, PluginName::NodeAffinity, PluginName::ImageLocality];

/// What pods must have in common to find the same nodes suitable.
#[derive(PartialEq)]
pub(super) struct SuitabilityKey<'p> {
    node_name: &'p Option<Text>,
    tolerations: &'p [Toleration],
    node_selector: &'p Option<Selector>,
    required_nodes: &'p Option<NodeSelector>,
    preferred_nodes: &'p Option<Vec<PreferredNodeTerm>>,
    images: &'p [Text],
}

impl Hash for SuitabilityKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tolerations.hash(state);
        self.node_selector.hash(state);
        self.required_nodes.hash(state);
        self.images.hash(state);
    }
}

impl<'p> SuitabilityKey<'p> {
    pub(super) fn of(pod: &'p Pod) -> SuitabilityKey<'p> {
        SuitabilityKey {
            node_name: &pod.node_name,
            tolerations: &pod.tolerations,
            node_selector: &pod.node_selector,
            required_nodes: &pod.required_nodes,
            preferred_nodes: &pod.preferred_nodes,
            images: &pod.images,
        }
    }
}

/// A plugin's raw scores by slot, where they are not all alike.
pub(super) struct RawScores {
    pub(super) plugin: PluginName,
    pub(super) raw: Vec<i64>,
}

/// Which nodes suit pods of a class, and how well.
pub(super) struct Suitability {
    pub(super) pod: Arc<Pod>,
    /// The state of the nodes that it was computed for.
    pub(super) nodes_version: u64,
    /// What rejects such pods before any node is looked at.
    pub(super) rejected: Option<Status>,
    /// The only slots that are looked at, if names are asked for.
    pub(super) wanted: Option<Bits>,
    /// The slots that suit.
    pub(super) suits: Bits,
    /// The scores that differ from node to node.
    pub(super) scores: Vec<RawScores>,
    /// What the scores that are 0 on every node come to, weighted.
    pub(super) flat: i64,
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
}

impl Suitability {
    pub(super) fn new(pod: Arc<Pod>) -> Suitability {
        Suitability {
            pod,
            nodes_version: u64::MAX,
            rejected: None,
            wanted: None,
            suits: Bits::default(),
            scores: Vec::new(),
            flat: 0,
            used: 0,
        }
    }

    /// Computes it by asking the plugins themselves about every node.
    pub(super) fn refresh(&mut self, profile: &Profile, cluster: &Cluster, nodes_version: u64) {
        if self.nodes_version == nodes_version {
            return;
        }
        self.nodes_version = nodes_version;
        let pod = self.pod.clone();
        let cycle = Cycle { cluster, pod: &pod, version: profile.version() };
        let slots = cluster.nodes().len();
        self.rejected = None;
        self.wanted = None;
        self.suits = Bits::none(slots);
        let mut filters = Vec::new();
        for (name, plugin) in profile.at(Point::Filter).filter(|(name, _)| STATIC_FILTERS.contains(name)) {
            match plugin.pre_filter(&cycle) {
                PreFiltered::Skip => {}
                PreFiltered::Rejected(status) => self.rejected = Some(status.by(name)),
                PreFiltered::Filter { nodes, filter } => {
                    if let Some(nodes) = nodes {
                        let mut wanted = Bits::none(slots);
                        for slot in nodes.iter().filter_map(|name| cluster.slot(name)) {
                            wanted.set(slot, true);
                        }
                        self.wanted = Some(wanted);
                    }
                    filters.push(filter);
                }
            }
        }
        for (slot, node) in cluster.nodes().iter().enumerate() {
            let wanted = self.wanted.as_ref().is_none_or(|wanted| wanted.get(slot));
            self.suits.set(slot, wanted && filters.iter().all(|filter| filter.filter(node).is_ok()));
        }
        self.score(profile, &cycle);
    }

    fn score(&mut self, profile: &Profile, cycle: &Cycle<'_>) {
        self.scores.clear();
        self.flat = 0;
        let all: Vec<&NodeInfo> = cycle.cluster.nodes().iter().collect();
        for (name, plugin) in profile.at(Point::Score).filter(|(name, _)| STATIC_SCORES.contains(name)) {
            let Some(score) = plugin.pre_score(cycle, &all) else { continue };
            let raw: Vec<i64> = all.iter().map(|node| score.score(node)).collect();
            if raw.iter().any(|score| *score != 0) {
                self.scores.push(RawScores { plugin: name, raw });
            } else {
                let mut alike = [0];
                score.normalize(&[], &mut alike);
                self.flat += alike[0] * profile.spec().weight(name);
            }
        }
    }
}

//! Which nodes suit a pod by their own nature: cordons, taints, labels, names, images.
//!
//! It changes with nodes and never with pods.

use super::bits::Bits;
use super::census::Census;
use crate::framework::{Cycle, Filter, PreFiltered, Score};
use crate::objects::{NodeSelector, Pod, PreferredNodeTerm, Selector, Text, Toleration};
use crate::plugins::{PluginName, Point};
use crate::profile::Profile;
use std::collections::BTreeSet;
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

/// A plugin's raw scores.
pub(super) struct RawScores {
    pub(super) plugin: PluginName,
    pub(super) weight: i64,
    /// By row.
    pub(super) raw: Vec<i64>,
    /// How many of them are not 0.
    pub(super) nonzero: usize,
    /// What the plugin makes of them when all are 0, weighted.
    pub(super) flat: i64,
}

/// What a class has seen of the nodes.
#[derive(Clone, Copy)]
struct Seen {
    epoch: u64,
    changes: u64,
    images: u64,
}

/// Which nodes suit pods of a class, and how well.
pub(super) struct Suitability {
    pub(super) pod: Arc<Pod>,
    seen: Option<Seen>,
    /// Whether such pods are rejected before any node is looked at.
    pub(super) rejected: bool,
    /// The only rows that are looked at, if names are asked for.
    pub(super) wanted: Option<Bits>,
    /// The rows that suit.
    pub(super) suits: Bits,
    pub(super) scores: Vec<RawScores>,
    /// When it was used last, by count of decisions.
    pub(super) used: u64,
}

/// What the plugins keep of a class to be asked about nodes.
struct Asked<'c> {
    /// The only names that are looked at, if names are asked for.
    names: Option<BTreeSet<Text>>,
    filters: Vec<Box<dyn Filter + 'c>>,
    scores: Vec<(PluginName, Box<dyn Score + 'c>)>,
}

impl Suitability {
    pub(super) fn new(pod: Arc<Pod>) -> Suitability {
        Suitability {
            pod,
            seen: None,
            rejected: false,
            wanted: None,
            suits: Bits::default(),
            scores: Vec::new(),
            used: 0,
        }
    }

    /// Asks the plugins themselves about the nodes that came, changed or went since it was last asked; about all of them if it
    /// was never asked.
    pub(super) fn refresh(&mut self, profile: &Profile, census: &Census) {
        let now = Seen { epoch: census.epoch, changes: census.changes.end(), images: census.images_version };
        let seen = self.seen.replace(now).filter(|seen| seen.epoch == now.epoch);
        let changed = seen.and_then(|seen| census.changes.since(seen.changes));
        let images_changed = seen.is_none_or(|seen| seen.images != now.images);
        if changed.is_some_and(<[u32]>::is_empty) && !images_changed {
            return;
        }
        let (pod, rows) = (self.pod.clone(), census.rows.len());
        let cycle = Cycle { cluster: census.cluster(), pod: &pod, version: profile.version() };
        let asked = self.ask(profile, &cycle);
        if let Some(changed) = changed.filter(|changed| changed.len() < rows as usize) {
            for of in &mut self.scores {
                of.raw.resize(rows as usize, 0);
            }
            for row in changed {
                self.look_at(&asked, census, *row);
            }
            // An image counts by how many of all nodes have it.
            if images_changed {
                self.score_images(&asked, census);
            }
            return;
        }
        self.wanted = asked.names.is_some().then(Bits::default);
        self.suits = Bits::default();
        for of in &mut self.scores {
            (of.raw, of.nonzero) = (vec![0; rows as usize], 0);
        }
        for row in 0..rows {
            self.look_at(&asked, census, row);
        }
    }

    /// Asks the pre-filters and pre-scores. What they say depends on the pod alone.
    fn ask<'c>(&mut self, profile: &'c Profile, cycle: &Cycle<'c>) -> Asked<'c> {
        let mut asked = Asked { names: None, filters: Vec::new(), scores: Vec::new() };
        for (_, plugin) in profile.at(Point::Filter).filter(|(name, _)| STATIC_FILTERS.contains(name)) {
            match plugin.pre_filter(cycle) {
                PreFiltered::Skip => {}
                PreFiltered::Rejected(_) => self.rejected = true,
                PreFiltered::Filter { nodes, filter } => {
                    asked.names = asked.names.or(nodes);
                    asked.filters.push(filter);
                }
            }
        }
        let is_first = self.scores.is_empty();
        for (name, plugin) in profile.at(Point::Score).filter(|(name, _)| STATIC_SCORES.contains(name)) {
            let Some(score) = plugin.pre_score(cycle, &[]) else { continue };
            if is_first {
                let mut alike = [0];
                score.normalize(&[], &mut alike);
                let weight = profile.spec().weight(name);
                let (raw, flat) = (Vec::new(), alike[0] * weight);
                self.scores.push(RawScores { plugin: name, weight, raw, nonzero: 0, flat });
            }
            asked.scores.push((name, score));
        }
        asked
    }

    fn look_at(&mut self, asked: &Asked<'_>, census: &Census, row: u32) {
        let node = census.node(row);
        let wanted =
            node.is_some_and(|node| asked.names.as_ref().is_none_or(|names| names.contains(node.name())));
        if let Some(of) = &mut self.wanted {
            of.set(row, wanted);
        }
        let suits =
            wanted && node.is_some_and(|node| asked.filters.iter().all(|filter| filter.filter(node).is_ok()));
        self.suits.set(row, suits);
        for (of, (_, score)) in self.scores.iter_mut().zip(&asked.scores) {
            of.set(row, node.map_or(0, |node| score.score(node)));
        }
    }

    fn score_images(&mut self, asked: &Asked<'_>, census: &Census) {
        let is_known = |image: &Text| census.cluster().image(image).is_some();
        for (of, (name, score)) in self.scores.iter_mut().zip(&asked.scores) {
            let concerns = *name == PluginName::ImageLocality
                && (of.nonzero > 0 || self.pod.images.iter().any(is_known));
            if concerns {
                for row in 0..census.rows.len() {
                    of.set(row, census.node(row).map_or(0, |node| score.score(node)));
                }
            }
        }
    }
}

impl RawScores {
    fn set(&mut self, row: u32, score: i64) {
        let raw = &mut self.raw[row as usize];
        self.nonzero += usize::from(score != 0);
        self.nonzero -= usize::from(*raw != 0);
        *raw = score;
    }
}

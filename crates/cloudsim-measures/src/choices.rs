//! Why a pod went to its node: what the plugins of the scheduler said of it and of the next best.

use crate::measures::Change;
use crate::waiting::owner;
use cloudsim_records::{EntityId, Names, PluginScore, Record, Rejection};
use cloudsim_units::SimTime;

/// The choice of a node for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// When.
    pub at: SimTime,
    /// The number of the record that tells of it.
    pub record: u64,
    /// The pod, as `namespace/name`.
    pub pod: String,
    /// Whose it is.
    pub workload: String,
    /// How many nodes the cluster had.
    pub nodes: u32,
    /// How many could take it.
    pub feasible: u32,
    /// How many shared the highest score.
    pub best: u32,
    /// What kept it from others, the most frequent first.
    pub rejected: Vec<Rejection>,
    /// The node that was chosen, then the best of the others.
    pub candidates: Vec<RankedNode>,
}

/// A node that could take the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedNode {
    /// Its name.
    pub node: String,
    /// Its zone.
    pub zone: Option<String>,
    /// The sum of its weighted scores.
    pub total: i64,
    /// What each plugin said.
    pub scores: Vec<PluginScore>,
}

pub(crate) fn choices(names: &Names, changes: &[Change]) -> Vec<Choice> {
    let ranked = |node: EntityId| {
        let zone = names.entity(node).and_then(|node| node.zone);
        (names.name(node).to_owned(), zone.map(|zone| names.name(zone).to_owned()))
    };
    let choice = |change: &Change| {
        let Record::NodeChosen(of) = &change.record else { return None };
        let candidates = of.candidates.iter().map(|candidate| {
            let (node, zone) = ranked(candidate.node);
            RankedNode { node, zone, total: candidate.total, scores: candidate.scores.clone() }
        });
        Some(Choice {
            at: change.at,
            record: change.number,
            pod: names.name(of.pod).to_owned(),
            workload: owner(names, of.pod),
            nodes: of.nodes,
            feasible: of.feasible,
            best: of.best,
            rejected: of.rejected.clone(),
            candidates: candidates.collect(),
        })
    };
    changes.iter().filter_map(choice).collect()
}

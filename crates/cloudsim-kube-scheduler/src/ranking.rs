//! What the plugins say of the nodes that can take a pod, one against the other.

use crate::cluster::Cluster;
use crate::cycle::{Search, totals};
use crate::objects::{Pod, Text};
use crate::plugins::PluginName;
use crate::profile::Profile;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What an attempt to place a pod found, before it decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// How many nodes there are.
    pub nodes: usize,
    /// What keeps the pod from how many of those that were looked at: the plugin and its first reason, the most frequent first.
    pub rejected: Vec<(PluginName, Text, usize)>,
    /// The plugins that score, with what their scores weigh; none where nothing is to be told apart.
    pub plugins: Vec<(PluginName, i64)>,
    /// The nodes that can take it, the best first, and by name among equals.
    pub ranked: Vec<Ranked>,
}

/// A node that can take the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Its name.
    pub node: Text,
    /// The sum of its weighted scores.
    pub total: i64,
    /// What each plugin gives it, from 0 to 100, before it is weighted.
    pub scores: Vec<i64>,
}

impl Profile {
    /// Asks every plugin about every node that a search looks at. Nothing is decided.
    #[must_use]
    pub fn rank(&self, cluster: &Cluster, pod: &Pod, search: Search) -> Ranking {
        let filtered = self.filter_nominated_first(cluster, pod, search);
        let scores = match filtered.feasible.as_slice() {
            [] | [_] => Vec::new(),
            several => self.score(cluster, pod, several),
        };
        let totals = totals(filtered.feasible.len(), &scores);
        let ranked = |(i, total): (usize, &i64)| Ranked {
            node: filtered.feasible[i].name().clone(),
            total: *total,
            scores: scores.iter().map(|of| of.normalized[i]).collect(),
        };
        let mut ranked: Vec<Ranked> = totals.iter().enumerate().map(ranked).collect();
        ranked.sort_by(|a, b| (Reverse(a.total), &a.node).cmp(&(Reverse(b.total), &b.node)));
        let mut rejected: BTreeMap<(PluginName, Text), usize> = BTreeMap::new();
        for status in filtered.diagnosis.nodes.values() {
            let (Some(plugin), Some(reason)) = (status.plugin, status.reasons.first()) else { continue };
            *rejected.entry((plugin, (**reason).into())).or_default() += 1;
        }
        let mut rejected: Vec<_> =
            rejected.into_iter().map(|((plugin, reason), nodes)| (plugin, reason, nodes)).collect();
        rejected.sort_by_key(|(.., nodes)| Reverse(*nodes));
        Ranking {
            nodes: cluster.len(),
            rejected,
            plugins: scores.iter().map(|of| (of.plugin, of.weight)).collect(),
            ranked,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::explain::Case;
    use crate::version::Version;

    #[test]
    fn a_ranking_has_the_nodes_by_their_totals_and_counts_what_keeps_it_from_the_others() {
        let line = r#"{"id": 1, "nodes": [
            {"metadata": {"name": "busy"}, "status": {"allocatable": {"cpu": "3", "memory": "4Gi", "pods": "110"}}},
            {"metadata": {"name": "full"}, "status": {"allocatable": {"cpu": "1", "memory": "4Gi", "pods": "110"}}},
            {"metadata": {"name": "idle"}, "status": {"allocatable": {"cpu": "8", "memory": "4Gi", "pods": "110"}}}],
            "pod": {"metadata": {"name": "web"},
                "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "2"}}}]}}}"#;
        let case = Case::read(&line.replace('\n', " "), Version::V1_34).expect("a case");
        let ranking = case.profile.rank(&case.cluster, &case.pod, case.search);
        let nodes: Vec<&str> = ranking.ranked.iter().map(|of| &*of.node).collect();
        assert_eq!(nodes, ["idle", "busy"]);
        let decided = case.decide();
        assert_eq!(Some(&ranking.ranked[0].total), decided.totals().iter().max());
        for of in &ranking.ranked {
            let sum: i64 =
                of.scores.iter().zip(&ranking.plugins).map(|(score, (_, weight))| score * weight).sum();
            assert_eq!(sum, of.total);
        }
        let [(plugin, reason, 1)] = ranking.rejected.as_slice() else { panic!("{ranking:?}") };
        assert_eq!((plugin.as_str(), &**reason, ranking.nodes), ("NodeResourcesFit", "Insufficient cpu", 3));
    }
}

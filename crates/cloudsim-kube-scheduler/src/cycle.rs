//! One attempt to place one pod, plainly: each plugin asked about each node.
//!
//! This is the meaning of the scheduler; what is faster is held to it.

use crate::cluster::{Cluster, NodeInfo};
use crate::framework::{
    Choice, Code, Cycle, CycleState, Diagnosis, Filter, Nominated, PostFiltered, PreFiltered, Status,
};
use crate::objects::{Pod, Text};
use crate::plugins::{DryRun, PluginName, Point};
use crate::profile::Profile;
use crate::storage::PodVolumes;
use std::collections::{BTreeMap, BTreeSet};

/// What the score of one plugin is for each feasible node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginScores {
    /// The plugin.
    pub plugin: PluginName,
    /// What its score weighs.
    pub weight: i64,
    /// In its own measure.
    pub raw: Vec<i64>,
    /// From 0 to 100.
    pub normalized: Vec<i64>,
}

/// What pre-filters and filters say of a pod.
pub struct Filtered<'c> {
    /// What the filters keep.
    pub state: CycleState<'c>,
    /// The nodes that are left, in the order in which they were looked at.
    pub feasible: Vec<&'c NodeInfo>,
    /// Why the others are not.
    pub diagnosis: Diagnosis,
    /// How many nodes of the list were looked at: the next search begins so much later.
    pub looked_at: usize,
}

impl Profile {
    pub(crate) fn cycle<'c>(&self, cluster: &'c Cluster, pod: &'c Pod) -> Cycle<'c> {
        Cycle { cluster, pod, version: self.version() }
    }

    /// Asks the filters about the nodes, from the one at `start` of the interleaved list on, until `enough` are feasible.
    #[must_use]
    pub fn filter<'c>(&'c self, cluster: &'c Cluster, pod: &'c Pod, search: Search) -> Filtered<'c> {
        self.look(cluster, pod, search, None)
    }

    /// The same, but the node that the pod's status nominates comes first: if it is feasible, it is taken without
    /// looking at others, wherever it is in the list.
    #[must_use]
    pub fn filter_nominated_first<'c>(
        &'c self,
        cluster: &'c Cluster,
        pod: &'c Pod,
        search: Search,
    ) -> Filtered<'c> {
        let nominated = pod.nominated_node.as_ref().and_then(|name| cluster.node(name));
        self.look(cluster, pod, search, nominated)
    }

    fn look<'c>(
        &'c self,
        cluster: &'c Cluster,
        pod: &'c Pod,
        search: Search,
        first: Option<&'c NodeInfo>,
    ) -> Filtered<'c> {
        let cycle = self.cycle(cluster, pod);
        let mut diagnosis = Diagnosis { nodes_total: cluster.len(), ..Diagnosis::default() };
        let (state, wanted) = match self.pre_filter(&cycle) {
            Ok(passed) => passed,
            Err(status) => {
                diagnosis.pre_filter = Some(status);
                return Filtered {
                    state: CycleState::default(),
                    feasible: Vec::new(),
                    diagnosis,
                    looked_at: 0,
                };
            }
        };
        if let Some(node) = first {
            match state.filter_with_nominated(&cycle, node) {
                Ok(()) => return Filtered { state, feasible: vec![node], diagnosis, looked_at: 0 },
                Err(status) => {
                    diagnosis.nodes.insert(node.name().clone(), status);
                }
            }
        }
        let mut nodes = cluster.interleaved();
        if let Some((names, by)) = wanted {
            nodes.retain(|node| names.contains(node.name()));
            let plugins: Vec<&str> = by.iter().map(|plugin| plugin.as_str()).collect();
            let reason = format!("node(s) didn't satisfy plugin(s) [{}]", plugins.join(" "));
            diagnosis.absent = Some(Status::unresolvable(reason));
            diagnosis.restricted_by = by;
        }
        let enough = search.enough.of(nodes.len());
        let mut feasible = Vec::new();
        for i in 0..nodes.len() {
            if feasible.len() >= enough {
                break;
            }
            let node = nodes[(search.start + i) % nodes.len()];
            match state.filter_with_nominated(&cycle, node) {
                Ok(()) => feasible.push(node),
                Err(status) => {
                    diagnosis.nodes.insert(node.name().clone(), status);
                }
            }
        }
        let looked_at = feasible.len() + diagnosis.nodes.len();
        Filtered { state, feasible, diagnosis, looked_at }
    }

    /// The first of some nodes, by name, on which the filters let a pod; others' nominations do not count.
    ///
    /// # Errors
    /// Why the pod does not fit on the last of them.
    pub fn first_fit(
        &self,
        cluster: &Cluster,
        pod: &Pod,
        among: impl Fn(&NodeInfo) -> bool,
    ) -> Result<Text, Status> {
        let cycle = self.cycle(cluster, pod);
        let (state, wanted) = self.pre_filter(&cycle)?;
        let mut refusal = Status::unschedulable("no node");
        for node in cluster.nodes().iter().filter(|node| among(node)) {
            let by = wanted.as_ref().filter(|(names, _)| !names.contains(node.name())).map(|(_, by)| by);
            match by.map_or_else(|| state.filter(node), |by| Err(Status::unresolvable(nowhere(by)))) {
                Ok(()) => return Ok(node.name().clone()),
                Err(status) => refusal = status,
            }
        }
        Err(refusal)
    }

    /// Asks the pre-filters: what the filters keep, and the only nodes that can come into question with the plugins that say so.
    #[expect(clippy::type_complexity, reason = "a name would say no more")]
    pub(crate) fn pre_filter<'c>(
        &'c self,
        cycle: &Cycle<'c>,
    ) -> Result<(CycleState<'c>, Option<(BTreeSet<Text>, BTreeSet<PluginName>)>), Status> {
        let mut kept: BTreeMap<PluginName, Box<dyn Filter + 'c>> = BTreeMap::new();
        let mut wanted: Option<(BTreeSet<Text>, BTreeSet<PluginName>)> = None;
        let mut rejected = None;
        let points = self.at(Point::PreFilter);
        let without_point =
            self.at(Point::Filter).filter(|(plugin, _)| !plugin.points().contains(&Point::PreFilter));
        for (name, plugin) in points.chain(without_point) {
            match plugin.pre_filter(cycle) {
                PreFiltered::Skip => {}
                PreFiltered::Rejected(status) if status.code == Code::Unschedulable => {
                    // The others may still say that evicting cannot help.
                    rejected.get_or_insert(status.by(name));
                }
                PreFiltered::Rejected(status) => {
                    let doing = || format!("running PreFilter plugin {:?}", name.as_str());
                    return Err(status.within(doing).by(name));
                }
                PreFiltered::Filter { nodes, filter } => {
                    kept.insert(name, filter);
                    let Some(nodes) = nodes else { continue };
                    let (common, by) = wanted.get_or_insert_with(|| (nodes.clone(), BTreeSet::new()));
                    common.retain(|node| nodes.contains(node));
                    by.insert(name);
                    if common.is_empty() {
                        return Err(Status::unresolvable(nowhere(by)).by(name));
                    }
                }
            }
        }
        if let Some(status) = rejected {
            return Err(status);
        }
        let filters = self.at(Point::Filter).filter_map(|(name, _)| Some((name, kept.remove(&name)?)));
        Ok((CycleState::new(filters.collect::<Vec<_>>().into_iter()), wanted))
    }

    /// Asks the scores about the feasible nodes. Plugins that add nothing are not there.
    #[must_use]
    pub fn score<'c>(
        &'c self,
        cluster: &'c Cluster,
        pod: &'c Pod,
        feasible: &[&'c NodeInfo],
    ) -> Vec<PluginScores> {
        let cycle = self.cycle(cluster, pod);
        self.at(Point::Score)
            .filter_map(|(name, plugin)| {
                let score = plugin.pre_score(&cycle, feasible)?;
                let raw: Vec<i64> = feasible.iter().map(|node| score.score(node)).collect();
                let mut normalized = raw.clone();
                score.normalize(feasible, &mut normalized);
                Some(PluginScores { plugin: name, weight: self.spec().weight(name), raw, normalized })
            })
            .collect()
    }

    /// Gives the pod to the node: reserve, permit, bind. Returns what is to be set aside for it there.
    ///
    /// # Errors
    /// The first rejection.
    pub(crate) fn commit(&self, cluster: &Cluster, pod: &Pod, node: &NodeInfo) -> Result<PodVolumes, Status> {
        let cycle = self.cycle(cluster, pod);
        let mut volumes = PodVolumes::default();
        for (name, plugin) in self.at(Point::Reserve) {
            volumes.extend(plugin.reserve(&cycle, node).map_err(|status| status.by(name))?);
        }
        for (name, plugin) in self.at(Point::Permit) {
            plugin.permit(&cycle, node).map_err(|status| status.by(name))?;
        }
        for (name, plugin) in self.at(Point::Bind) {
            plugin.bind(&cycle, node).map_err(|status| status.by(name))?;
        }
        Ok(volumes)
    }

    /// Whether anybody is asked to make room for a pod that fits nowhere.
    pub(crate) fn makes_room(&self) -> bool {
        self.at(Point::PostFilter).next().is_some()
    }

    /// Asks the post-filters for help with a pod that fits nowhere: the node on which there is room now, or why not, and what was
    /// tried.
    pub fn post_filter(
        &self,
        cluster: &Cluster,
        pod: &Pod,
        filtered: &Filtered<'_>,
        choice: &mut Choice<'_>,
    ) -> (Result<Nominated, Status>, Option<DryRun>) {
        let cycle = self.cycle(cluster, pod);
        let mut reasons = Vec::new();
        let mut tried = None;
        for (name, plugin) in self.at(Point::PostFilter) {
            let answer = plugin.post_filter(&cycle, &filtered.state, &filtered.diagnosis, choice);
            let Some(PostFiltered { nominated, dry_run }) = answer else { continue };
            tried = tried.or(dry_run);
            match nominated {
                Ok(nominated) => return (Ok(nominated), tried),
                Err(status) if status.code == Code::Unschedulable => reasons.extend(status.reasons),
                Err(status) => return (Err(status.by(name)), tried),
            }
        }
        (Err(Status { code: Code::Unschedulable, reasons, plugin: None }), tried)
    }
}

/// The nodes with the highest total, by name; one at least if one is feasible.
#[must_use]
pub fn best<'c>(feasible: &[&'c NodeInfo], scores: &[PluginScores]) -> Vec<&'c NodeInfo> {
    let totals = totals(feasible.len(), scores);
    let highest = totals.iter().copied().max();
    let mut best: Vec<&NodeInfo> = feasible
        .iter()
        .zip(&totals)
        .filter(|(_, total)| Some(**total) == highest)
        .map(|(node, _)| *node)
        .collect();
    best.sort_by(|a, b| a.name().cmp(b.name()));
    best
}

/// The sum of the weighted scores of each of `feasible` nodes.
pub(crate) fn totals(feasible: usize, scores: &[PluginScores]) -> Vec<i64> {
    let total = |i: usize| scores.iter().map(|scores| scores.weight * scores.normalized[i]).sum();
    (0..feasible).map(total).collect()
}

fn nowhere(by: &BTreeSet<PluginName>) -> String {
    let names: Vec<&str> = by.iter().map(|plugin| plugin.as_str()).collect();
    match names.as_slice() {
        [one] => format!("node(s) didn't satisfy plugin {one}"),
        several => format!("node(s) didn't satisfy plugin(s) [{}] simultaneously", several.join(" ")),
    }
}

/// How the search goes through the nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Where in the interleaved list it begins.
    pub start: usize,
    /// When it may stop.
    pub enough: Enough,
}

/// When a search may stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enough {
    /// When all nodes were looked at.
    #[default]
    All,
    /// When so many percent of the nodes are feasible: 0 adapts to their number.
    Percent(i32),
    /// When one is feasible: nothing tells several apart.
    One,
}

/// Below this number of nodes every one is looked at, and no search stops with fewer feasible ones.
///
/// Source: kube-scheduler v1.34 `minFeasibleNodesToFind`
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/>).
const LEAST_TO_FIND: usize = 100;
/// The least percentage that a search adapts to.
///
/// Source: kube-scheduler v1.34 `minFeasibleNodesPercentageToFind`
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/>).
const LEAST_PERCENT: usize = 5;

impl Enough {
    /// How many feasible nodes are enough among so many nodes.
    #[must_use]
    pub fn of(self, nodes: usize) -> usize {
        let percent = match self {
            Enough::All => return nodes,
            Enough::One => return nodes.min(1),
            Enough::Percent(percent) => percent,
        };
        if nodes < LEAST_TO_FIND {
            return nodes;
        }
        let percent = match usize::try_from(percent).unwrap_or(0) {
            // 50 for a small cluster, one less for each 125 nodes.
            0 => 50usize.saturating_sub(nodes / 125).max(LEAST_PERCENT),
            percent => percent,
        };
        (nodes * percent.min(100) / 100).max(LEAST_TO_FIND)
    }
}

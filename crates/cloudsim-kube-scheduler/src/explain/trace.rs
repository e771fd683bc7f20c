//! A trace: pods that come and go one after the other in one cluster.

use super::case::{from_line, read_cluster, serving};
use super::{CaseError, Defaults};
use crate::cluster::Cluster;
use crate::cycle::Search;
use crate::objects::{Malformed, Pod, PodKey, Text};
use crate::profile::Profile;
use k8s_openapi::api::core::v1 as core;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::sync::Arc;

/// The cluster of a trace, as far as it was played.
pub struct Trace {
    profiles: Vec<Profile>,
    cluster: Cluster,
    steps: u64,
}

/// What a line of a trace says happens.
enum Step {
    /// A pod comes; its number in the trace.
    Pod(u64, Box<Pod>),
    /// A pod that was placed is gone.
    Delete(PodKey),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    i: Option<u64>,
    pod: Option<core::Pod>,
    delete: Option<String>,
    #[serde(default, rename = "feasible")]
    _feasible: IgnoredAny,
    #[serde(default, rename = "best")]
    _best: IgnoredAny,
    #[serde(default, rename = "chosen")]
    _chosen: IgnoredAny,
    #[serde(default, rename = "total")]
    _total: IgnoredAny,
    #[serde(default, rename = "fitError")]
    _fit_error: IgnoredAny,
}

impl Trace {
    /// Begins with the cluster of the first line.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn begin(line: &str, defaults: &Defaults) -> Result<Trace, CaseError> {
        let (cluster, profiles) = read_cluster(line, defaults)?;
        Ok(Trace { profiles, cluster, steps: 0 })
    }

    /// Plays a line. Ties are broken by name; a pod that does not fit is dropped, and nothing makes room for it.
    ///
    /// # Errors
    /// The first field that cannot be used; nothing has happened then.
    pub fn play(&mut self, line: &str) -> Result<Option<Placement>, CaseError> {
        match self.read(line)? {
            Step::Delete(key) => match self.cluster.remove_pod(&key) {
                Some(_) => Ok(None),
                None => Err(Malformed::new("delete", format!("{key} is on no node")).into()),
            },
            Step::Pod(i, pod) => self.place(i, *pod).map(Some),
        }
    }

    fn read(&mut self, line: &str) -> Result<Step, CaseError> {
        let written: Written = from_line(line)?;
        match (written.pod, written.delete) {
            (Some(pod), None) => {
                let pod = Pod::read(&pod).map_err(|e| e.below("pod"))?;
                if self.cluster.node_of(&pod.key).is_some() {
                    return Err(Malformed::new(
                        "pod.metadata.name",
                        format!("{} is on a node already", pod.key),
                    )
                    .into());
                }
                let i = written.i.unwrap_or(self.steps);
                self.steps = i.saturating_add(1);
                Ok(Step::Pod(i, Box::new(pod)))
            }
            (None, Some(key)) => {
                let Some((namespace, name)) = key.split_once('/') else {
                    return Err(Malformed::new("delete", "is written namespace/name").into());
                };
                Ok(Step::Delete(PodKey { namespace: namespace.into(), name: name.into() }))
            }
            _ => Err(Malformed::new("", "a line of a trace has either a pod or a delete").into()),
        }
    }

    fn place(&mut self, i: u64, pod: Pod) -> Result<Placement, CaseError> {
        let profile = &self.profiles[serving(&self.profiles, &pod)?];
        let filtered = profile.filter(&self.cluster, &pod, Search::default());
        let key = pod.key.clone();
        let feasible = filtered.feasible.len();
        if feasible == 0 {
            let outcome = Err(filtered.diagnosis.message());
            return Ok(Placement { i, pod: key, feasible, outcome });
        }
        let scores = profile.score(&self.cluster, &pod, &filtered.feasible);
        let total = |n: usize| -> i64 { scores.iter().map(|score| score.normalized[n] * score.weight).sum() };
        let totals: Vec<i64> = (0..feasible).map(total).collect();
        let total = *totals.iter().max().expect("a node is feasible");
        let nodes = filtered.feasible.iter().zip(&totals).filter(|(_, of_node)| **of_node == total);
        let mut best: Vec<Text> = nodes.map(|(node, _)| node.name().clone()).collect();
        best.sort_unstable();
        drop(filtered);
        self.cluster.add_pod(Arc::new(pod), &best[0]);
        Ok(Placement { i, pod: key, feasible, outcome: Ok(Best { nodes: best, total }) })
    }
}

/// Where a pod of a trace went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Its number in the trace.
    pub i: u64,
    /// The pod.
    pub pod: PodKey,
    /// How many nodes could take it.
    pub feasible: usize,
    /// The best of them.
    ///
    /// # Errors
    /// Why there are none, as the event says it.
    pub outcome: Result<Best, String>,
}

/// The nodes with the highest total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// By name; the first is chosen.
    pub nodes: Vec<Text>,
    /// Their total.
    pub total: i64,
}

impl Placement {
    /// As one flat JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Placement { i, feasible, outcome, .. } = self;
        let best = match outcome {
            Ok(best) => best,
            Err(message) => return json!({"i": i, "feasible": feasible, "fitError": message}),
        };
        let names: Vec<&str> = best.nodes.iter().map(|name| &**name).collect();
        let mut step = json!({"i": i, "feasible": feasible, "best": names, "chosen": names[0]});
        // The real scheduler takes a single node without scoring it.
        if *feasible > 1 {
            step["total"] = best.total.into();
        }
        step
    }
}

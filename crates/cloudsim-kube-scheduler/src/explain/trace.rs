//! A trace: pods that come and go one after the other in one cluster.

use super::case::{read_cluster, serving};
use super::{CaseError, Defaults, Uncounted, line};
use crate::columns::Placer;
use crate::cycle::Search;
use crate::framework::Choice;
use crate::objects::{Malformed, Pod, PodKey, Text};
use k8s_openapi::api::core::v1 as core;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The cluster of a trace, as far as it was played.
pub struct Trace {
    /// One for each profile, all with the same cluster.
    placers: Vec<Placer>,
    /// The pods of the first line that count nowhere.
    uncounted: BTreeMap<PodKey, Uncounted>,
    steps: u64,
}

/// What a line of a trace says happens.
enum Step {
    /// A pod comes.
    Pod {
        /// Its number in the trace.
        i: u64,
        /// The number of the profile that serves it.
        by: usize,
        /// The pod.
        pod: Box<Pod>,
    },
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
        let (cluster, uncounted, profiles) = read_cluster(line, defaults)?;
        let placers = profiles.into_iter().map(|profile| Placer::with_cluster(profile, cluster.clone()));
        Ok(Trace { placers: placers.collect(), uncounted, steps: 0 })
    }

    /// Plays a line. Ties are broken by name; a pod that does not fit is dropped, and nothing makes room for it. So is
    /// one that is not queued, as its scheduling gates are still there.
    ///
    /// # Errors
    /// The first field that cannot be used; nothing has happened then.
    pub fn play(&mut self, line: &str) -> Result<Option<Placement>, CaseError> {
        match self.read(line)? {
            Step::Delete(key) => {
                let removed = self.placers.iter_mut().filter_map(|placer| placer.remove_pod(&key)).count();
                if self.uncounted.remove(&key).is_none() && removed == 0 {
                    return Err(Malformed::new("delete", format!("{key} is on no node")).into());
                }
                Ok(None)
            }
            Step::Pod { i, by, pod } => Ok(Some(self.place(i, by, *pod))),
        }
    }

    fn read(&mut self, line: &str) -> Result<Step, CaseError> {
        let written: Written = line::read(line, "a line of a trace")?;
        match (written.pod, written.delete) {
            (Some(pod), None) => {
                let pod = Pod::read(&pod).map_err(|e| e.below("pod"))?;
                if self.placers[0].cluster().node_of(&pod.key).is_some() {
                    return Err(Malformed::new(
                        "pod.metadata.name",
                        format!("{} is on a node already", pod.key),
                    )
                    .into());
                }
                let by = serving(self.placers.iter().map(Placer::profile), &pod)?;
                let i = written.i.unwrap_or(self.steps);
                self.steps = i.saturating_add(1);
                Ok(Step::Pod { i, by, pod: Box::new(pod) })
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

    fn place(&mut self, i: u64, by: usize, pod: Pod) -> Placement {
        let placer = &mut self.placers[by];
        if let Err(status) = placer.profile().pre_enqueue(&pod) {
            return Placement { i, pod: pod.key, feasible: 0, outcome: Err(status.message()) };
        }
        let decided = placer.place(&pod, Search::default(), &mut Choice::FirstByName);
        let (key, feasible) = (pod.key.clone(), decided.feasible);
        let Some(slot) = decided.slot else {
            let outcome = Err(placer.diagnosis(&pod).message());
            return Placement { i, pod: key, feasible, outcome };
        };
        let name = |slot: usize| placer.cluster().nodes()[slot].name().clone();
        let nodes: Vec<Text> = placer.last_best().into_iter().map(name).collect();
        let (chosen, pod) = (name(slot), Arc::new(pod));
        for placer in &mut self.placers {
            placer.add_pod(pod.clone(), &chosen);
        }
        Placement { i, pod: key, feasible, outcome: Ok(Best { nodes, total: decided.total }) }
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
    /// Their total; `None` where a single node can take the pod, which is then not scored.
    pub total: Option<i64>,
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
        if let Some(total) = best.total {
            step["total"] = total.into();
        }
        step
    }
}

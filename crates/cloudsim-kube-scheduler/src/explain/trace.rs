//! A trace: pods that come and go one after the other in one cluster.

use super::CaseError;
use super::case::{from_line, read_cluster};
use crate::columns::Placer;
use crate::cycle::Search;
use crate::framework::Choice;
use crate::objects::{Malformed, Pod, PodKey, Text};
use crate::profile::Profile;
use k8s_openapi::api::core::v1 as core;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::sync::Arc;

/// The cluster of a trace, as far as it was played.
pub struct Trace {
    placer: Placer,
    steps: u64,
}

/// What a line of a trace says happens.
pub enum Step {
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
    pub fn begin(line: &str, profile: Profile) -> Result<Trace, CaseError> {
        Ok(Trace { placer: Placer::with_cluster(profile, read_cluster(line)?), steps: 0 })
    }

    /// Plays a line. Ties are broken by name; a pod that does not fit is dropped, and nothing makes room for it.
    ///
    /// # Errors
    /// The first field that cannot be used; nothing has happened then.
    pub fn play(&mut self, line: &str) -> Result<Option<Value>, CaseError> {
        match self.read(line)? {
            Step::Delete(key) => match self.placer.remove_pod(&key) {
                Some(_) => Ok(None),
                None => Err(Malformed::new("delete", format!("{key} is on no node")).into()),
            },
            Step::Pod(i, pod) => Ok(Some(self.place(i, *pod))),
        }
    }

    fn read(&mut self, line: &str) -> Result<Step, CaseError> {
        let written: Written = from_line(line)?;
        match (written.pod, written.delete) {
            (Some(pod), None) => {
                let pod = Pod::read(&pod).map_err(|e| e.below("pod"))?;
                if self.placer.cluster().node_of(&pod.key).is_some() {
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

    fn place(&mut self, i: u64, pod: Pod) -> Value {
        let placed = self.placer.place(&pod, Search::default(), &mut Choice::FirstByName);
        let Some(slot) = placed.slot else {
            return json!({"i": i, "feasible": 0, "fitError": self.placer.diagnosis(&pod).message()});
        };
        let name = |slot: usize| self.placer.cluster().nodes()[slot].name().clone();
        let best: Vec<Text> = self.placer.last_best().iter().map(|slot| name(*slot as usize)).collect();
        let best: Vec<&str> = best.iter().map(|name| &**name).collect();
        let chosen = name(slot);
        let mut step = json!({"i": i, "feasible": placed.feasible, "best": best, "chosen": &*chosen});
        // The real scheduler takes a single node without scoring it.
        if let Some(total) = placed.total {
            step["total"] = total.into();
        }
        self.placer.add_pod(Arc::new(pod), &chosen);
        step
    }
}

//! Why: what led to something, told from a re-run that is watched.
//!
//! There is nothing to tell it from but the run itself: the same plan and seed come to the same world again, and whoever
//! watches it reads every event and changes nothing.

mod apply;
mod commit;
mod pod;
mod request;

pub use apply::apply;
pub use apply::way::{Chosen, Destination, Leg, Owner, Part, PodWay, Way};
pub use commit::{
    ByRecord, CommitAnswer, CommitClass, CommitCopy, CommitStep, CommitStory, CopyKind, Happens, WhichCommit,
    commit, to_the_millisecond,
};
pub use pod::{Became, Moment, PodStory, Waits, Where, pod};
pub use request::{Doing, Ended, RequestStep, RequestStory, request};

use crate::run::Run;
use cloudsim_engine::StopReason;
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_records::EndReason;
use cloudsim_scenario::nearest;
use cloudsim_units::SimTime;
use std::fmt;

/// Why a question cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyProblem {
    message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl WhyProblem {
    fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint }
    }

    /// Something of that name is not there; `names` are.
    fn unknown(what: &str, name: &str, names: &[String], otherwise: &str) -> Self {
        let hint = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => otherwise.to_owned(),
        };
        Self::new(format!("no {what} `{name}`"), Some(hint))
    }
}

impl fmt::Display for WhyProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for WhyProblem {}

/// What was found, and how far the run came that it was found in.
#[derive(Debug)]
pub struct Told<T> {
    /// The run.
    pub run: Run,
    /// What was found, or why it cannot be said; nothing of worth where the run was interrupted or stuck.
    ///
    /// # Errors
    /// The question names something that is not there.
    pub told: Result<T, WhyProblem>,
}

/// What is to be known of clusters before anything is placed in them.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// A workload that nobody has applied, and its cluster.
    held_back: Option<(usize, WorkloadId)>,
    /// Pods whose attempts to be scheduled are kept, in whichever cluster they are.
    pods: Vec<PodKey>,
}

impl Asked {
    /// Tells a cluster, by its place in the plan.
    pub(crate) fn before(&self, index: usize, cluster: &mut Cluster) {
        if let Some((_, workload)) = self.held_back.filter(|(of, _)| *of == index) {
            cluster.hold_back(workload);
        }
        for pod in &self.pods {
            cluster.watch(pod.clone());
        }
    }
}

fn ended(stop: &StopReason, reached: SimTime, requests: u64) -> Run {
    let (reason, culprit) = match stop {
        StopReason::Horizon => (EndReason::Horizon, None),
        StopReason::Drained => (EndReason::Drained, None),
        StopReason::Interrupted => (EndReason::Interrupted, None),
        StopReason::Stuck { culprit } => (EndReason::Stuck, Some(*culprit)),
    };
    Run { reason, reached, requests, culprit }
}

/// Whether a name of Kubernetes is meant by what was typed: with its namespace, or without.
fn is_meant(typed: &str, namespace: &str, name: &str) -> bool {
    match typed.split_once('/') {
        Some((of, rest)) => of == namespace && rest == name,
        None => typed == name,
    }
}

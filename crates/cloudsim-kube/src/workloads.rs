//! A workload: what it wants, and which pods are its own.

use crate::controllers::deployment::Rollout;
use crate::controllers::job::JobState;
use crate::ids::{NodeId, PodId, WorkloadId};
use crate::objects::{Kind, PodTemplate};
use crate::spec::WorkloadSpec;
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_records::EntityId;
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A template that a workload has or had.
#[derive(Debug)]
pub struct Revision {
    /// The template.
    pub template: Arc<PodTemplate>,
    /// What the scheduler sees of its pods.
    pub prototype: scheduler::Pod,
    /// What tells its pods from those of others: the label `pod-template-hash`, and part of their names.
    pub hash: String,
    /// How many of its pods the workload wants.
    pub replicas: u32,
    /// When it was written.
    pub made: SimTime,
}

/// A workload.
#[derive(Debug)]
pub struct Workload {
    /// As it was when the run began.
    pub spec: WorkloadSpec,
    /// Its entity.
    pub entity: EntityId,
    /// The first disruption budget that protects its pods, by its place in the specification.
    pub(crate) budget: Option<usize>,
    /// How many pods it wants; a daemon set wants one on each node that suits.
    pub replicas: u32,
    /// The templates that it has had, the present one last.
    pub revisions: Vec<Revision>,
    /// Its pods that have not gone.
    pub pods: BTreeSet<PodId>,
    /// How many of them serve.
    pub serving: u32,
    /// Pods that it has asked for and that are not made yet, by revision.
    pub(crate) asked: BTreeMap<u32, u32>,
    /// The same of a stateful set, by number.
    pub(crate) asked_ordinals: BTreeSet<u32>,
    /// The same of a daemon set, by node.
    pub(crate) asked_nodes: BTreeSet<NodeId>,
    /// Pods that it has asked to end, and that are not told yet.
    pub(crate) ending: BTreeSet<PodId>,
    /// How many pods it ever had: their names are made of it.
    pub(crate) made: u32,
    /// What it says of its rollout, if it is a deployment that was looked at.
    pub(crate) rollout: Option<Rollout>,
    /// How far it has come, if it is a job.
    pub(crate) job: Option<JobState>,
    /// Whether it was deleted.
    pub gone: bool,
}

impl Workload {
    /// The number of its present template.
    #[must_use]
    pub fn revision(&self) -> u32 {
        u32::try_from(self.revisions.len() - 1).expect("few templates")
    }

    /// Its present template.
    #[must_use]
    pub fn newest(&self) -> &Revision {
        self.revisions.last().expect("a workload has a template")
    }

    /// Whether one of its pods is for each node.
    #[must_use]
    pub fn is_daemon_set(&self) -> bool {
        matches!(self.spec.workload.kind, Kind::DaemonSet { .. })
    }
}

/// All workloads.
#[derive(Debug, Default)]
pub struct Workloads {
    all: Vec<Workload>,
}

impl Workloads {
    pub(crate) fn push(&mut self, workload: Workload) -> WorkloadId {
        self.all.push(workload);
        WorkloadId::from_index(self.all.len() - 1)
    }

    /// The workload.
    #[must_use]
    pub fn get(&self, workload: WorkloadId) -> &Workload {
        &self.all[workload.index()]
    }

    pub(crate) fn get_mut(&mut self, workload: WorkloadId) -> &mut Workload {
        &mut self.all[workload.index()]
    }

    /// All of them, in the order of the specification.
    pub fn iter(&self) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        self.all.iter().enumerate().map(|(i, workload)| (WorkloadId::from_index(i), workload))
    }
}

//! A pod: what the API knows of it, and what is true on its node.

use crate::ids::{KubeServiceId, NodeId, PodId, VolumeId, WorkloadId};
use crate::objects::{PodTemplate, Text};
use crate::words::Step;
use cloudsim_kube_scheduler::objects::{self as scheduler, PodKey};
use cloudsim_records::{EntityId, PodReason};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Why a pod is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its node has a taint that it tolerates no longer.
    TaintEviction,
    /// The scheduler needs its room.
    Preemption,
    /// Its workload wants fewer.
    ScaledDown,
    /// Its workload has another template.
    RolledOut,
    /// Its node is being emptied.
    Drained,
    /// Someone deleted it.
    Operator,
    /// Its node is gone.
    NodeGone,
    /// Its job is over.
    JobOver,
}

impl From<Ending> for PodReason {
    fn from(why: Ending) -> PodReason {
        match why {
            Ending::TaintEviction => PodReason::TaintEviction,
            Ending::Preemption => PodReason::Preemption,
            Ending::ScaledDown | Ending::JobOver => PodReason::ScaledDown,
            Ending::RolledOut => PodReason::RolledOut,
            Ending::Drained => PodReason::Drained,
            Ending::Operator => PodReason::Operator,
            Ending::NodeGone => PodReason::NodeGone,
        }
    }
}

/// How far a pod has come in its life, as the API says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its containers do not run yet.
    Pending,
    /// They run.
    Running,
    /// They have ended well.
    Succeeded,
    /// They have ended badly.
    Failed,
}

/// A pod that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewPod {
    pub(crate) key: PodKey,
    pub(crate) template: Arc<PodTemplate>,
    pub(crate) object: scheduler::Pod,
    pub(crate) owner: Option<Owner>,
    /// Claims that are made before it, unless they are there.
    pub(crate) claims: Vec<scheduler::PersistentVolumeClaim>,
}

/// Whose a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The workload.
    pub workload: WorkloadId,
    /// Which of the workload's templates it was made of, by their order.
    pub revision: u32,
    /// Its number, if it has one.
    pub ordinal: Option<u32>,
    /// The node that it is for, if it is a daemon's.
    pub daemon_of: Option<NodeId>,
}

/// The eviction of a pod that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlannedEviction {
    /// When the taint was first seen.
    pub(crate) since: SimTime,
    /// When it will be.
    pub(crate) at: SimTime,
    /// The number of the plan.
    pub(crate) plan: u16,
}

/// An image that could not be pulled, and when its pod's kubelet tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedPull {
    /// So often in a row.
    pub times: u32,
    /// When it is tried again at the soonest.
    pub again: SimTime,
    /// Whether its kubelet has looked at the pod since, and left it for the time being.
    pub backs_off: bool,
}

/// A pod.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the API's word and the truth differ in each of them")]
pub struct Pod {
    /// Namespace and name.
    pub key: PodKey,
    /// Its entity.
    pub entity: EntityId,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// What it was made of.
    pub template: Arc<PodTemplate>,
    /// As the scheduler sees it.
    pub object: Arc<scheduler::Pod>,
    /// When it was made.
    pub made: SimTime,
    /// When its kubelet first took it on.
    pub taken_on: Option<SimTime>,
    /// When its kubelet last asked for an image of its.
    pub(crate) image_asked: SimTime,
    /// How the image that it waits for could not be pulled, until it is.
    pub failed_pull: Option<FailedPull>,

    /// The node it is bound to.
    pub node: Option<NodeId>,
    /// Its phase, as the API has it.
    pub phase: Phase,
    /// Whether it is ready, as the API has it, and since when that has been so.
    pub ready: bool,
    /// Since when [`Pod::ready`] has been as it is.
    pub ready_since: SimTime,
    /// Whether its containers are ready, as its kubelet last said. Nobody takes that back when the kubelet falls silent.
    pub containers_ready: bool,
    /// Its address; `None` before it has one, and where it has that of its node.
    pub address: Option<Ipv4Addr>,
    /// Why it is to end, and when its time is over, if it is to end.
    pub ending: Option<(Ending, SimTime)>,
    /// Whether its kubelet has evicted it.
    pub evicted: bool,
    /// Whether it has gone from the API.
    pub gone: bool,
    /// Why it fits nowhere, as its condition says.
    pub unschedulable: Option<Text>,
    /// The services that choose it.
    pub(crate) services: Vec<KubeServiceId>,

    /// The last step that it has taken on its node; `None` before the first.
    pub step: Option<Step>,
    /// The container that was due last on its node, by its place among all: init containers come first.
    pub due: u8,
    /// Whether its process answers.
    pub answers: bool,
    /// Since when it has answered, or last did.
    pub(crate) answers_since: SimTime,
    /// Whether its containers run and its probes pass, on a node that is alive.
    pub serves: bool,
    /// Whether it is one of those of its workload that serve.
    pub(crate) counts: bool,
    /// How often its containers were started again.
    pub restarts: u32,
    /// When its containers last ended other than for good.
    pub last_ended: Option<SimTime>,
    /// When its containers were last started.
    pub started: Option<SimTime>,
    /// Counts beginnings on the node: what was planned for an earlier one is void.
    pub(crate) epoch: u16,
    /// The node that it gets once its claims are bound, and since when it waits for that.
    pub(crate) binding: Option<(NodeId, SimTime)>,
    /// Since when its kubelet looks whether its volumes are attached.
    pub(crate) looks_since: Option<SimTime>,
    /// Volumes that it could not have yet because they were on another node.
    pub(crate) refused: BTreeSet<VolumeId>,
    /// Failures in a row.
    pub(crate) failures: u32,
    pub(crate) eviction: Option<PlannedEviction>,
    pub(crate) plans: u16,
}

impl Pod {
    /// Whether it counts for its workload: neither ended nor to end.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.gone && self.ending.is_none() && !self.has_ended()
    }

    /// Whether it has been ready for as long as its workload wants. What was ready when the run began had long been so.
    #[must_use]
    pub fn is_available(&self, min_ready: SimDuration, now: SimTime) -> bool {
        self.ready && (self.ready_since == SimTime::ZERO || self.ready_since.saturating_add(min_ready) <= now)
    }

    /// Whether its containers have ended for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Whether its containers run.
    pub(crate) fn runs(&self) -> bool {
        self.step.is_some_and(|step| (Step::Running..=Step::Ready).contains(&step))
    }

    /// Which start of its containers this is: another number after each.
    pub(crate) fn life(&self) -> u16 {
        let restarts = u16::try_from(self.restarts % u32::from(u16::MAX)).expect("below");
        self.epoch.wrapping_add(restarts)
    }

    /// Whether it waits for a node.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.is_active() && self.node.is_none()
    }

    /// Whether it waits because it fits nowhere. At its scheduling gates it is not even tried.
    pub(crate) fn has_no_room(&self) -> bool {
        self.is_waiting() && self.unschedulable.is_some() && self.object.scheduling_gates.is_empty()
    }
}

/// All pods that there have been.
#[derive(Debug, Default)]
pub struct Pods {
    all: Vec<Pod>,
}

impl Pods {
    pub(crate) fn push(&mut self, pod: Pod) -> PodId {
        self.all.push(pod);
        PodId::from_index(self.all.len() - 1)
    }

    /// The pod.
    #[must_use]
    pub fn get(&self, pod: PodId) -> &Pod {
        &self.all[pod.index()]
    }

    pub(crate) fn get_mut(&mut self, pod: PodId) -> &mut Pod {
        &mut self.all[pod.index()]
    }

    /// All of them, in the order in which they were made.
    pub fn all(&self) -> impl Iterator<Item = &Pod> {
        self.all.iter()
    }

    /// Those that have not gone, in the order in which they were made.
    pub fn present(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.all.iter().enumerate().filter(|(_, pod)| !pod.gone).map(|(i, pod)| (PodId::from_index(i), pod))
    }
}

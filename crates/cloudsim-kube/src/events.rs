//! Events as `kubectl get events` shows them: what components said, with the reasons that they give.

use crate::cluster::Cluster;
use crate::ids::{AutoscalerId, ClaimId, CronJobId, NodeClaimId, NodeId, PodId, WorkloadId};
use crate::leader_election::SCHEDULER;
use crate::objects::Text;
use cloudsim_records::Component;
use cloudsim_units::{SimDuration, SimTime};
use rustc_hash::FxHashMap;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// A node.
    Node(NodeId),
    /// A pod.
    Pod(PodId),
    /// A container of a pod, by its place: init containers come before the others.
    Container(PodId, u8),
    /// A workload.
    Workload(WorkloadId),
    /// The replica set of a deployment that has the pods of one of its templates, by their order.
    ReplicaSet(WorkloadId, u32),
    /// An autoscaler.
    Autoscaler(AutoscalerId),
    /// A cron job.
    CronJob(CronJobId),
    /// A claim to a volume.
    Claim(ClaimId),
    /// What the cluster autoscaler does, which is about no object of its own.
    ClusterAutoscaler,
    /// A claim of Karpenter's.
    NodeClaim(NodeClaimId),
    /// The lease of a component of the control plane.
    Lease(Component),
}

/// What a component said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeEvent {
    /// When it was first said.
    pub first: SimTime,
    /// When it was last said.
    pub last: SimTime,
    /// How often.
    pub count: u32,
    /// Whether it is a warning.
    pub warning: bool,
    /// What it is about.
    pub about: About,
    /// Who said it.
    pub by: Source,
    /// The reason, in one word.
    pub reason: &'static str,
    /// The message.
    pub message: Text,
    /// How many events of the same cluster were first said at the same instant before it.
    pub nth: u32,
}

/// Who says an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The component.
    pub component: &'static str,
    /// Which of its instances, if it says so; a kubelet is that of the event's node.
    pub instance: Option<Text>,
}

impl From<&'static str> for Source {
    fn from(component: &'static str) -> Self {
        Self { component, instance: None }
    }
}

impl Cluster {
    /// The scheduler that leads.
    ///
    /// Source: client-go, `event_broadcaster.go`, `NewRecorder`
    /// (<https://github.com/kubernetes/client-go/blob/v0.34.1/tools/events/event_broadcaster.go>).
    pub(crate) fn leading_scheduler(&self) -> Source {
        let host = self.host_of_leader(Component::Scheduler);
        Source { component: SCHEDULER, instance: Some(format!("{SCHEDULER}-{host}").into()) }
    }
}

/// The API server forgets events after so long.
///
/// Source: kube-apiserver reference, `--event-ttl`
/// (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>).
const TTL: SimDuration = SimDuration::from_mins(60);

/// All events.
#[derive(Debug, Default)]
pub struct KubeEvents {
    all: Vec<KubeEvent>,
    known: FxHashMap<(About, &'static str, Text), usize>,
}

impl KubeEvents {
    /// Those that the API server has at `now`, by the time at which they were last said.
    #[must_use]
    pub fn at(&self, now: SimTime) -> Vec<&KubeEvent> {
        let mut all: Vec<&KubeEvent> =
            self.all.iter().filter(|event| event.last.saturating_add(TTL) > now).collect();
        all.sort_by_key(|event| event.last);
        all
    }

    pub(crate) fn normal(
        &mut self,
        now: SimTime,
        about: About,
        by: impl Into<Source>,
        reason: &'static str,
        message: impl Into<Text>,
    ) {
        self.push(now, false, (about, by.into(), reason, message.into()));
    }

    pub(crate) fn warning(
        &mut self,
        now: SimTime,
        about: About,
        by: impl Into<Source>,
        reason: &'static str,
        message: impl Into<Text>,
    ) {
        self.push(now, true, (about, by.into(), reason, message.into()));
    }

    /// The same about the same, with the same message, is one event that was said once more.
    fn push(
        &mut self,
        now: SimTime,
        warning: bool,
        (about, by, reason, message): (About, Source, &'static str, Text),
    ) {
        let is_known = |event: &KubeEvent| event.last.saturating_add(TTL) > now;
        let known = self.known.entry((about, reason, message.clone())).or_insert(self.all.len());
        if let Some(event) = self.all.get_mut(*known).filter(|event| is_known(event)) {
            event.count += 1;
            event.last = now;
            return;
        }
        *known = self.all.len();
        let nth = self.all.last().filter(|before| before.first == now).map_or(0, |before| before.nth + 1);
        self.all.push(KubeEvent {
            first: now,
            last: now,
            count: 1,
            warning,
            about,
            by,
            reason,
            message,
            nth,
        });
    }
}

//! Clusters of Kubernetes: the states of nodes and pods, and what is to blame for pods that wait.

use crate::EntityId;

recorded! {
/// Something that keeps a pod from nodes that are up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blame {
    /// What sort of thing.
    pub kind: BlameKind,
    /// Which one: a resource, a claim with its volume, the label that a constraint is over.
    pub what: Box<str>,
    /// From how many nodes that are up.
    pub nodes: u32,
    /// From how many of them nothing else keeps it.
    pub alone: u32,
}
}

/// What sort of thing keeps a pod from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BlameKind {
    /// No node is up.
    NoNode = 0,
    /// A resource is short, or the node takes no more pods.
    Capacity = 1,
    /// A volume is elsewhere, is in use, or is not there.
    Volume = 2,
    /// The node takes no more volumes.
    VolumeLimit = 3,
    /// A topology spread constraint.
    Spread = 4,
    /// A pod affinity, which wants company.
    PodAffinity = 5,
    /// A pod anti-affinity, which keeps away.
    PodAntiAffinity = 6,
    /// A node selector or node affinity.
    NodeAffinity = 7,
    /// A taint.
    Taint = 8,
    /// The node is cordoned.
    Cordon = 9,
    /// A port of the host.
    HostPort = 10,
    /// Something of the pod itself, wherever it is to go.
    Pod = 11,
}

recorded! {
/// What a fault left of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodesLost {
    /// The cluster.
    pub cluster: EntityId,
    /// Index in [`RunStarted::faults`](crate::RunStarted::faults).
    pub fault: u32,
    /// So many nodes went down or out of reach.
    pub lost: u32,
    /// So many are up and not cordoned.
    pub left: u32,
    /// So many pods were on lost nodes that will be made again somewhere.
    pub displaced: u32,
    /// So many were that nothing makes again: bare ones.
    pub bare: u32,
    /// The resources that displaced pods ask for.
    pub room: Vec<Room>,
}
}

recorded! {
/// The scheduler's choice of a node for a pod, with what its plugins said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChosen {
    /// The pod.
    pub pod: EntityId,
    /// The node.
    pub node: EntityId,
    /// How many nodes the cluster had.
    pub nodes: u32,
    /// How many could take the pod, of those that were looked at.
    pub feasible: u32,
    /// How many shared the highest score: the node was drawn among them.
    pub best: u32,
    /// What kept the pod from others, the most frequent first.
    pub rejected: Vec<Rejection>,
    /// The node that was chosen, then the best of the others, at most three in all.
    pub candidates: Vec<Candidate>,
}
}

recorded! {
/// Why nodes could not take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The plugin of the scheduler that says so.
    pub plugin: Box<str>,
    /// Why.
    pub reason: Box<str>,
    /// Of how many nodes.
    pub nodes: u32,
}
}

recorded! {
/// A node that could take a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: EntityId,
    /// The sum of its weighted scores.
    pub total: i64,
    /// What each plugin said; none where it was the only one.
    pub scores: Vec<PluginScore>,
}
}

recorded! {
/// What a plugin of the scheduler says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginScore {
    /// The plugin.
    pub plugin: Box<str>,
    /// What its score weighs.
    pub weight: i64,
    /// From 0 to 100.
    pub score: i64,
}
}

recorded! {
/// A resource of the nodes that are left, all of them together: thousandths of cores, bytes, pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The resource, as manifests name it.
    pub resource: String,
    /// What the nodes have for pods.
    pub allocatable: i64,
    /// What the pods on them ask for.
    pub requested: i64,
    /// What the displaced pods ask for.
    pub displaced: i64,
}
}

/// A node of Kubernetes in the eyes of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum NodeState {
    /// It has joined and is ready, or is ready again.
    Ready = 0,
    /// Its kubelet says that it is not ready.
    NotReady = 1,
    /// Its kubelet has not been heard of for too long: shown as not ready.
    Unknown = 2,
    /// It takes no new pods.
    Cordoned = 3,
    /// It takes new pods again.
    Uncordoned = 4,
    /// It was taken out.
    Gone = 5,
}

/// A taint that evicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum NodeTaint {
    /// `node.kubernetes.io/not-ready`.
    NotReady = 0,
    /// `node.kubernetes.io/unreachable`.
    Unreachable = 1,
}

/// The life of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum PodState {
    /// It was made and waits for a node.
    Pending = 0,
    /// It is bound to a node.
    Scheduled = 1,
    /// The last of its images is on the node.
    Pulled = 2,
    /// Its containers run.
    Running = 3,
    /// Its probes pass, as the API has it.
    Ready = 4,
    /// It is not ready, as the API has it.
    NotReady = 5,
    /// It is to end.
    Terminating = 6,
    /// It is gone.
    Gone = 7,
    /// Its containers have failed: for good, if no reason is given, else they are started again.
    Failed = 8,
    /// Its containers have ended well.
    Succeeded = 9,
    /// It died with its node, which nobody has noticed yet.
    Lost = 10,
    /// A volume that it waited for has left the node that had it.
    Released = 11,
    /// Its volumes are mounted on its node.
    Mounted = 12,
    /// Its init containers have ended; one without any is not in this state.
    Initialised = 13,
}

/// How far it has come that connections to a service of Kubernetes end at a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EndpointState {
    /// The endpoint slices lead there.
    Listed = 0,
    /// They do so no longer.
    Unlisted = 1,
    /// The rules of a first node lead there.
    Routed = 2,
    /// The rules of no node do any longer.
    Forgotten = 3,
}

/// How the rollout of a deployment comes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RolloutState {
    /// Pods of its present template are being made, or old ones end.
    Progressing = 0,
    /// All its pods are of its present template and available.
    Complete = 1,
    /// It has not come further within its deadline (`ProgressDeadlineExceeded`). It goes on nevertheless.
    DeadlineExceeded = 2,
}

/// Why a pod changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum PodReason {
    /// It is the way of its life.
    None = 0,
    /// Its node has a taint that it tolerates no longer.
    TaintEviction = 1,
    /// The scheduler needs its room for another.
    Preemption = 2,
    /// Its workload wants fewer.
    ScaledDown = 3,
    /// Its workload has another template.
    RolledOut = 4,
    /// Its node is being emptied.
    Drained = 5,
    /// Someone deleted it.
    Operator = 6,
    /// Its node is gone.
    NodeGone = 7,
    /// Its node is not ready.
    NodeNotReady = 8,
    /// The host of its node died.
    HostDied = 9,
    /// Its probes fail.
    ProbeFailed = 10,
    /// Its process has ended with an error, and is started again.
    ProcessFailed = 11,
    /// Its node has too little memory for its pods.
    MemoryPressure = 12,
}

/// Why a cluster's autoscaler has a group of nodes grow or shrink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ScaleReason {
    /// Pods wait for room.
    PodsPending = 0,
    /// Nobody needs a node.
    NodeUnneeded = 1,
    /// Instances could not be launched.
    LaunchFailed = 2,
    /// An instance has not joined.
    NotRegistered = 3,
}

/// Why Karpenter gives up a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ClaimReason {
    /// Its node has no pods.
    Empty = 0,
    /// The pods of its node have room elsewhere, or on a cheaper one.
    Underutilized = 1,
    /// Its node has not joined.
    NotRegistered = 2,
    /// EC2 has nothing that it may be.
    NoCapacity = 3,
    /// Its instance is gone.
    InstanceGone = 4,
}

/// A component of a control plane of which one instance leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Component {
    /// kube-scheduler.
    Scheduler = 0,
    /// kube-controller-manager.
    ControllerManager = 1,
    /// cloud-controller-manager.
    CloudControllerManager = 2,
}

//! The records of a run: its only output, versioned, with a canonical encoding and a digest.

mod decimal;
mod digest;
mod encode;
mod jsonl;
mod names;
mod run;
mod words;

pub use decimal::Decimal;
pub use digest::{Digest, RecordHashes, RunDigest};
pub use encode::encode;
pub use jsonl::{JsonLines, SCHEMA_VERSION};
pub use names::Names;
pub use run::{
    BillItem, ClientInfo, EntityId, EntityInfo, EntityKind, Expectation, FaultInfo, Needs, NeedsBy,
    ObjectiveInfo, ObjectiveKind, RunStarted, ServiceInfo, SettingInfo, WorkloadInfo,
};

use cloudsim_units::{SimDuration, SimTime};

/// How many entities a request's path can name; longer paths keep their first ones.
pub const HOPS_MAX: usize = 8;

/// Everything that can have happened. Variants and fields are only added within a major version of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The first record: what was run.
    RunStarted(Box<RunStarted>),
    /// A fault began.
    FaultStarted {
        /// Index in [`RunStarted::faults`].
        fault: u32,
    },
    /// A fault ended; what it broke may come back later.
    FaultEnded {
        /// Index in [`RunStarted::faults`].
        fault: u32,
    },
    /// An entity appeared after the start, such as an instance that was launched.
    EntityAdded(Box<EntityInfo>),
    /// An instance changed its state.
    InstanceStateChanged {
        /// The instance.
        instance: EntityId,
        /// Its new state.
        state: InstanceState,
    },
    /// A load balancer's node in a zone went down or came back.
    BalancerNodeChanged {
        /// The node.
        node: EntityId,
        /// Whether it works now.
        up: bool,
    },
    /// A NAT gateway went down or came back.
    NatGatewayChanged {
        /// The gateway.
        nat_gateway: EntityId,
        /// Whether it works now.
        up: bool,
    },
    /// A NAT gateway ran out of ports for a destination, or has some again.
    NatPortsChanged {
        /// The gateway.
        nat_gateway: EntityId,
        /// The destination.
        endpoint: EntityId,
        /// Whether none is left.
        exhausted: bool,
    },
    /// An instance could not be launched: its subnet has no address left.
    AddressesExhausted {
        /// The Auto Scaling group.
        group: EntityId,
        /// The subnet.
        subnet: EntityId,
    },
    /// A target was added to a target group.
    TargetRegistered {
        /// The group.
        group: EntityId,
        /// The instance.
        target: EntityId,
    },
    /// A target was taken out of a target group.
    TargetDeregistered {
        /// The group.
        group: EntityId,
        /// The instance.
        target: EntityId,
    },
    /// A node of a load balancer changed its mind about a target.
    TargetHealthChanged {
        /// The target group.
        group: EntityId,
        /// The node that probes.
        node: EntityId,
        /// The instance.
        target: EntityId,
        /// Its state in the eyes of that node.
        health: TargetHealth,
    },
    /// A load balancer's DNS answer gained or lost the address of a node.
    DnsAnswerChanged {
        /// The load balancer.
        balancer: EntityId,
        /// The node.
        node: EntityId,
        /// Whether the answer holds its address now.
        listed: bool,
    },
    /// A database instance went down or came back.
    DatabaseInstanceChanged {
        /// The database.
        database: EntityId,
        /// The instance.
        instance: EntityId,
        /// Its new state.
        state: DatabaseInstanceState,
    },
    /// A step of a failover, promotion or restore ended.
    FailoverStepEnded {
        /// The database.
        database: EntityId,
        /// The step.
        step: FailoverStep,
    },
    /// The point that the data goes back to is known; at or before [`Record::FailoverFinished`].
    RecoveryPointChosen(Box<RecoveryPoint>),
    /// A database takes writes again and its name points there.
    FailoverFinished {
        /// The database.
        database: EntityId,
        /// The instance that takes writes.
        to: EntityId,
    },
    /// A server that had lost its database wrote to it again.
    DatabaseReconnected {
        /// The server.
        server: EntityId,
        /// The database.
        database: EntityId,
    },
    /// How all commits of a database ended, as known when the run ended.
    CommitsSettled {
        /// The database.
        database: EntityId,
        /// The commits, each in one class.
        commits: CommitClasses,
    },
    /// A client's logical request ended, retries included.
    RequestFinished(RequestFinished),
    /// What the world costs in a month.
    BillDrawn(Box<Vec<BillItem>>),
    /// A node of Kubernetes changed in the eyes of the API.
    NodeChanged {
        /// The node.
        node: EntityId,
        /// Its new state.
        state: NodeState,
    },
    /// A node got a taint that evicts, or lost it.
    NodeTainted {
        /// The node.
        node: EntityId,
        /// The taint.
        taint: NodeTaint,
        /// Whether it is there now.
        present: bool,
    },
    /// A pod came a step further, or back.
    PodChanged {
        /// The pod.
        pod: EntityId,
        /// The node it is bound to, if it is.
        node: Option<EntityId>,
        /// Its new state.
        state: PodState,
        /// Why.
        reason: PodReason,
    },
    /// A pod fits on no node.
    PodUnschedulable {
        /// The pod.
        pod: EntityId,
        /// Why, as the scheduler says it.
        message: Box<str>,
        /// What keeps it from the nodes that are left, the most telling first.
        blame: Vec<Blame>,
    },
    /// A pod waits for a volume that is attached to another node.
    PodHeld {
        /// The pod.
        pod: EntityId,
        /// The volume.
        volume: Box<str>,
        /// The node that has it.
        node: EntityId,
    },
    /// A node is to be emptied, and the eviction API lets the pod not go. Told once of a pod.
    EvictionRefused {
        /// The pod.
        pod: EntityId,
        /// The disruption budget that is in the way, as `namespace/name`; all of them, with a comma between, if there are several,
        /// which the API refuses for itself.
        budget: Box<str>,
        /// Its node.
        node: EntityId,
    },
    /// A fault took nodes from a cluster: what is left for the pods that were on them.
    NodesLost(Box<NodesLost>),
    /// So many pods of a workload serve now: they run, on nodes that are alive, their probes pass, and the API server has them
    /// as ready.
    WorkloadServes {
        /// The workload.
        workload: EntityId,
        /// The pod that made the difference, if one did.
        pod: Option<EntityId>,
        /// So many do.
        serving: u32,
        /// So many should.
        wanted: u32,
        /// With fewer it would be down.
        needed: u32,
    },
    /// An autoscaler wants another number of pods of a workload.
    WorkloadRescaled {
        /// The workload.
        workload: EntityId,
        /// So many were wanted.
        from: u32,
        /// So many are.
        to: u32,
        /// Why, as the autoscaler says it.
        reason: Box<str>,
    },
    /// The rollout of a deployment's present template has come this far.
    RolloutChanged {
        /// The deployment.
        workload: EntityId,
        /// How far.
        state: RolloutState,
    },
    /// A cluster's autoscaler has a group of nodes grow or shrink.
    NodeGroupScaled {
        /// The Auto Scaling group.
        group: EntityId,
        /// So many nodes were wanted.
        from: u32,
        /// So many are.
        to: u32,
        /// Why.
        reason: ScaleReason,
    },
    /// A cluster's autoscaler stops because too many nodes are unready, or goes on.
    AutoscalerHalted {
        /// The cluster.
        cluster: EntityId,
        /// Whether it does nothing now.
        halted: bool,
        /// So many nodes are unready.
        unready: u32,
        /// So many there are.
        nodes: u32,
    },
    /// An instance could not be launched: the zone has no capacity left (`InsufficientInstanceCapacity`).
    CapacityInsufficient {
        /// The Auto Scaling group.
        group: EntityId,
        /// The zone.
        zone: EntityId,
    },
    /// Connections to a service of Kubernetes can end at a pod, or no longer.
    EndpointChanged {
        /// The service.
        service: EntityId,
        /// The pod.
        pod: EntityId,
        /// How far that has come.
        state: EndpointState,
    },
    /// A batch of pods is over for which Karpenter claims nodes of a pool.
    NodesClaimed {
        /// The pool.
        pool: EntityId,
        /// So many pods had no room.
        pods: u32,
        /// So many nodes are to be launched for them.
        claims: u32,
    },
    /// EC2 launches an instance for a claim of Karpenter's.
    NodeClaimLaunched {
        /// The pool.
        pool: EntityId,
        /// The instance.
        instance: EntityId,
        /// Its type.
        instance_type: Box<str>,
    },
    /// EC2 has none of an instance type in a zone (`InsufficientInstanceCapacity`): Karpenter leaves both alone for a while.
    OfferingUnavailable {
        /// The pool.
        pool: EntityId,
        /// The zone.
        zone: EntityId,
        /// The type.
        instance_type: Box<str>,
    },
    /// Karpenter gives up a claim.
    NodeClaimRemoved {
        /// The pool.
        pool: EntityId,
        /// The node that it was, if it was one.
        node: Option<EntityId>,
        /// Why.
        reason: ClaimReason,
    },
    /// The API servers of a cluster answer again, or no longer.
    ControlPlaneChanged {
        /// The cluster.
        cluster: EntityId,
        /// Whether they answer now.
        answers: bool,
    },
    /// A component of a cluster's control plane has a new leader.
    LeaderElected {
        /// The cluster.
        cluster: EntityId,
        /// The component.
        component: Component,
    },
    /// An operator intervened, after everything else of that instant; what follows from it comes behind.
    Intervened(Box<Intervention>),
    /// The last record.
    RunEnded {
        /// Why.
        reason: EndReason,
    },
}

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

/// What a fault left of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodesLost {
    /// The cluster.
    pub cluster: EntityId,
    /// Index in [`RunStarted::faults`].
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

/// What became of a client's logical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFinished {
    /// Its number, counted from 0 by arrival over all traffic.
    pub request: u64,
    /// Index in [`RunStarted::classes`].
    pub class: u16,
    /// When the client first wanted it.
    pub arrived: SimTime,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of the last answer; 0 if there was none.
    pub code: u16,
    /// Why the last try failed; [`Cause::None`] if it did not.
    pub cause: Cause,
    /// The zone of what made the last try fail.
    pub zone: Option<EntityId>,
    /// How many tries the client made.
    pub tries: u8,
    /// What the last try went through, in order: balancer node, server, …; unused places are `None`.
    pub hops: [Option<EntityId>; HOPS_MAX],
}

/// How a logical request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// A good answer within the client's patience.
    Ok = 0,
    /// The last try was answered with an error, or refused.
    Error = 1,
    /// The last try was not answered in time.
    Timeout = 2,
    /// The client's whole patience ran out between tries.
    Abandoned = 3,
    /// Still under way at the horizon.
    Unfinished = 4,
}

/// Why a try failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// It did not.
    None = 0,
    /// The name has no address.
    DnsNoAnswer = 1,
    /// No node of the load balancer answered the connection.
    BalancerUnreachable = 2,
    /// The target group has no registered target.
    NoTargets = 3,
    /// The target does not answer: host, zone or network gone.
    TargetUnreachable = 4,
    /// The target refused or reset the connection.
    TargetRefused = 5,
    /// The target has no connection left.
    TargetFull = 6,
    /// The target took too long.
    TargetSlow = 7,
    /// The database's host does not answer.
    DatabaseUnreachable = 8,
    /// The database refuses connections or writes.
    DatabaseRefused = 9,
    /// The database took too long.
    DatabaseSlow = 10,
    /// The route to the internet leads through a gateway that is gone.
    NatGatewayUnreachable = 11,
    /// The subnet has no route to the internet.
    NoRoute = 12,
    /// The endpoint outside took too long.
    EndpointSlow = 13,
    /// The endpoint outside answered with an error.
    EndpointFailed = 14,
    /// Packets do not get from one zone to another, or to the internet.
    ZoneCutOff = 15,
    /// Packets were late or had to be sent again at the border of a zone, for too long.
    LinkDegraded = 16,
    /// No rule of a security group lets the connection through.
    SecurityGroupDenied = 17,
    /// A network ACL drops the connection, or its answers.
    NetworkAclDenied = 18,
    /// What is on the other side cannot be reached without a public address.
    NoPublicAddress = 19,
    /// A NAT gateway has no port left for the destination: `ErrorPortAllocation`.
    NatPortsExhausted = 20,
    /// A connection that was kept had been forgotten on the way.
    ConnectionReset = 21,
    /// Nobody answered a lookup of a name of the cluster.
    DnsUnreachable = 22,
}

/// The life of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum InstanceState {
    /// Being launched: asked for, not yet running.
    Pending = 0,
    /// The host runs, the process does not answer yet.
    Booting = 1,
    /// The process answers.
    Running = 2,
    /// The host runs, the process is dead: connections are refused.
    ProcessDown = 3,
    /// The host is gone: packets vanish.
    HostDown = 4,
    /// EC2 reports failed status checks.
    Impaired = 5,
    /// Being taken out: drains, then stops.
    Terminating = 6,
    /// Gone for good.
    Terminated = 7,
}

/// A target as one node of a load balancer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TargetHealth {
    /// Registered, not probed yet.
    Initial = 0,
    /// Gets traffic.
    Healthy = 1,
    /// Failed its probes by time-out.
    UnhealthyTimeout = 2,
    /// Failed its probes by a refused connection or a wrong answer.
    UnhealthyRefused = 3,
    /// Deregistered; lives on for what is under way.
    Draining = 4,
}

/// A database instance's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum DatabaseInstanceState {
    /// Takes writes.
    Writer = 0,
    /// Mirrors the writer synchronously; takes nothing.
    Standby = 1,
    /// Takes reads, follows the writer asynchronously.
    Replica = 2,
    /// The host is gone.
    Unreachable = 3,
    /// The host answers, the engine does not.
    Crashed = 4,
    /// Being made or brought back.
    Starting = 5,
    /// Gone for good; its volume is not used again.
    Abandoned = 6,
}

/// The steps of a failover, promotion or restore, in the order they end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FailoverStep {
    /// The failure was noticed.
    Detect = 0,
    /// People decided what to do.
    Decide = 1,
    /// The new home recovered its data: redo replayed, or a backup restored.
    Recover = 2,
    /// The new home takes writes.
    Promote = 3,
    /// The name points to it.
    Dns = 4,
}

/// What a failover, promotion or restore does to the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// The database.
    pub database: EntityId,
    /// Failover, promotion or restore.
    pub kind: RecoveryKind,
    /// Index in [`RunStarted::faults`] of the fault behind it, if one is.
    pub fault: Option<u32>,
    /// The instance that took writes before.
    pub from: EntityId,
    /// The instance that will.
    pub to: EntityId,
    /// When writes stopped.
    pub started: SimTime,
    /// Last acknowledged commit minus last one that survives.
    pub rpo: SimDuration,
    /// Acknowledged commits that are gone.
    pub commits_lost: u64,
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
    /// Its images are on the node.
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

/// What an operator did, or tried to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intervention {
    /// What was to be done.
    pub action: Action,
    /// To what.
    pub target: EntityId,
    /// The whole of it, as given: `4m: failover database/orders`.
    pub text: String,
    /// Why nothing was done, if nothing was.
    pub refusal: Option<Refusal>,
}

/// What operators can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    /// Reboot a database with failover to its standby.
    Failover = 0,
    /// Make a read replica the writer.
    Promote = 1,
    /// Shift the traffic of load balancers away from a zone.
    ShiftAway = 2,
    /// Let it come back.
    ShiftBack = 3,
    /// Change how many members an Auto Scaling group wants.
    Scale = 4,
    /// Restart the process on an instance.
    Restart = 5,
    /// Terminate an instance; its group replaces it.
    Terminate = 6,
    /// Let no new pod onto a node.
    Cordon = 7,
    /// Let pods come again.
    Uncordon = 8,
    /// Let no new pod onto a node and evict those that are there.
    Drain = 9,
    /// Change how many pods a workload wants.
    ScaleWorkload = 10,
    /// Replace all pods of a workload.
    RestartWorkload = 11,
    /// Declare a node dead.
    OutOfService = 12,
    /// Give a workload's containers another image.
    SetImage = 13,
}

/// Why an intervention came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// The target is not there, or no longer.
    NotThere = 0,
    /// No standby is in step.
    NoStandby = 1,
    /// The replica is down, or follows nobody.
    NotFollowing = 2,
    /// The database is being recovered already.
    Recovering = 3,
    /// Traffic is shifted away from a zone already; it can be from one.
    AlreadyShifted = 4,
    /// Traffic is not shifted away from that zone.
    NotShifted = 5,
    /// No API server of the cluster answers.
    ApiSilent = 6,
    /// No load balancer is in that zone, and no cluster that has opted in to zonal shifts.
    NoZonalShift = 7,
}

/// How a database gets a new writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecoveryKind {
    /// The synchronous standby takes over.
    Failover = 0,
    /// A read replica is made the writer.
    Promotion = 1,
    /// A new instance is made from backups.
    Restore = 2,
}

/// Commits of a database, each in exactly one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitClasses {
    /// Acknowledged and still there.
    pub acked_kept: u64,
    /// Acknowledged and gone.
    pub acked_lost: u64,
    /// Never acknowledged, but there: in doubt.
    pub unacked_kept: u64,
    /// Never acknowledged, and not there.
    pub unacked_gone: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EndReason {
    /// The horizon was reached.
    Horizon = 0,
    /// Nothing was left to happen.
    Drained = 1,
    /// Someone stopped it.
    Interrupted = 2,
    /// The model made no progress in time.
    Stuck = 3,
}

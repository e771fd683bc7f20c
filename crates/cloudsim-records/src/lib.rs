//! The records of a run: its only output, versioned, with a canonical encoding and a digest.

mod field;
#[macro_use]
mod recorded;

mod database;
mod decimal;
mod digest;
mod encode;
mod jsonl;
mod kubernetes;
mod names;
mod operator;
mod run;
mod words;

pub use database::{CommitClasses, DatabaseInstanceState, FailoverStep, RecoveryKind, RecoveryPoint};
pub use decimal::Decimal;
pub use digest::{Digest, RecordHashes, RunDigest};
pub use encode::encode;
pub use field::Object;
pub use jsonl::{JsonLines, LineError, LineReader, Origin, SCHEMA_VERSION, schema as line_schema};
pub use kubernetes::{
    Blame, BlameKind, Candidate, ClaimReason, Component, EndpointState, NodeChosen, NodeState, NodeTaint,
    NodesLost, PluginScore, PodReason, PodState, Rejection, RolloutState, Room, ScaleReason,
};
pub use names::Names;
pub use operator::{Action, CreatedResource, Intervention, Refusal, RunbookAdvance, RunbookStage};
pub use run::{
    BillItem, BillShare, ClientInfo, EntityId, EntityInfo, EntityKind, Expectation, FaultInfo, Needs,
    NeedsBy, ObjectiveInfo, ObjectiveKind, OwnPrices, Placed, PricesInfo, RunStarted, ServiceInfo,
    SettingInfo, WorkloadInfo,
};

use cloudsim_units::SimTime;

/// Of so many workloads of a cluster the choice of a node is told in full, each time.
pub const RANKED_MAX: usize = 64;

/// How many entities a request's path can name; longer paths keep their first ones.
pub const HOPS_MAX: usize = 8;

recorded! {
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
    /// A health check of Route 53 passes again, or fails.
    HealthCheckChanged {
        /// The check.
        health_check: EntityId,
        /// Whether it passes now.
        healthy: bool,
    },
    /// A DNS name with several records answers with one of them, or does so no longer.
    DnsRecordChanged {
        /// The name.
        record: EntityId,
        /// The load balancer that the record is an alias of.
        balancer: EntityId,
        /// Whether answers lead there now.
        listed: bool,
        /// The health check that made it so.
        health_check: EntityId,
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
    /// How all commits of a database ended, as known when the run ended; or all writes of a table.
    CommitsSettled {
        /// The database, or the table.
        database: EntityId,
        /// The commits, each in one class.
        commits: CommitClasses,
    },
    /// People have written again what a recovery had lost.
    CommitsReconciled {
        /// The database.
        database: EntityId,
        /// How many commits.
        commits: u64,
    },
    /// A client's logical request ended, retries included.
    RequestFinished(RequestFinished),
    /// What the world costs in a month.
    BillDrawn(Box<Vec<BillItem>>),
    /// What retrievals from archives and replicas created in other regions cost, once: no part of a month. Only in runs that
    /// have some.
    PaidOnce(Box<Vec<BillItem>>),
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
    /// The scheduler has chosen a node for a pod. Told of the first pod of each workload since the run began, and since nodes were
    /// last lost, of [`RANKED_MAX`] workloads at most; of others `why` tells.
    NodeChosen(Box<NodeChosen>),
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
    /// An instance was not launched: with it more vCPUs would run in the region than its quota allows (`VcpuLimitExceeded`).
    QuotaExceeded {
        /// The Auto Scaling group, or the pool of nodes.
        group: EntityId,
        /// The region.
        region: EntityId,
        /// The quota.
        vcpus: u32,
    },
    /// The quota of a region was raised.
    QuotaRaised {
        /// The region.
        region: EntityId,
        /// To so many vCPUs.
        vcpus: u32,
    },
    /// An instance was not launched: its region has no copy of its machine image (`InvalidAMIID.NotFound`).
    ImageNotFound {
        /// The Auto Scaling group.
        group: EntityId,
        /// The image.
        image: EntityId,
        /// The region.
        region: EntityId,
    },
    /// The process on an instance has ended when it should have begun to answer.
    StartFailed {
        /// The instance.
        instance: EntityId,
        /// The image of which it has an old version, or the secret that its region does not have.
        lacks: EntityId,
    },
    /// The copy of a machine image or of a secret in a region is current from now on.
    CopyMade {
        /// The image or the secret.
        of: EntityId,
        /// The region.
        region: EntityId,
    },
    /// A node has not got an image for a pod: the registry that has it is that of a region that is dark (`ErrImagePull`).
    ImagePullFailed {
        /// The pod.
        pod: EntityId,
        /// The image.
        image: EntityId,
        /// The region of the registry.
        region: EntityId,
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
    /// People, or a program in their place, have come further with a runbook.
    RunbookAdvanced(Box<RunbookAdvance>),
    /// Terraform has made a resource.
    ResourceCreated(Box<CreatedResource>),
    /// A region of a table was lost, or is back: the replica that servers there use, or the witness.
    TableReplicaChanged {
        /// The table.
        table: EntityId,
        /// The region.
        region: EntityId,
        /// Whether it is there now.
        up: bool,
    },
    /// What else became of the acknowledged writes of a table, beside [`Record::CommitsSettled`].
    WritesSettled {
        /// The table.
        table: EntityId,
        /// A later write of another region, which had not seen it, took its place everywhere.
        overwritten: u64,
        /// Still on its way to other regions.
        open: u64,
    },
    /// The last record.
    RunEnded {
        /// Why.
        reason: EndReason,
    },
}
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
    /// The database refuses the credentials that the server has, which have been rotated since.
    LoginRefused = 23,
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

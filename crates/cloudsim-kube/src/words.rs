//! The words of Kubernetes: what will happen in a cluster, and what others are told.

use crate::ids::{
    AttachmentId, AutoscalerId, ClaimId, CronJobId, KubeServiceId, NodeClaimId, NodeId, PodId, VolumeId,
    WorkloadId,
};
use cloudsim_engine::{Context, Vocabulary};
use cloudsim_records::{Component, EntityId, EntityKind, Record, ScaleReason};
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, TargetGroupId, ZoneId};

/// The words of clusters.
#[derive(Debug)]
pub struct Kube;

impl Vocabulary for Kube {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request to the API server has been carried out.
    Committed {
        /// Its number.
        request: u32,
    },
    /// A node is seen to be new, or of another condition, taint or cordon.
    NodeSeen {
        /// The node.
        node: NodeId,
    },
    /// A node is seen to be gone.
    NodeGoneSeen {
        /// The node.
        node: NodeId,
    },
    /// A pod is seen to have been made.
    PodMadeSeen {
        /// The pod.
        pod: PodId,
    },
    /// A pod is seen to be bound to a node.
    PodBoundSeen {
        /// The pod.
        pod: PodId,
    },
    /// A pod's phase or readiness is seen to have changed.
    PodStatusSeen {
        /// The pod.
        pod: PodId,
    },
    /// A pod is seen to be about to end.
    PodDeletedSeen {
        /// The pod.
        pod: PodId,
    },
    /// A pod is seen to be gone.
    PodGoneSeen {
        /// The pod.
        pod: PodId,
    },
    /// The addresses behind a service are seen to have changed.
    EndpointsSeen {
        /// The service.
        service: KubeServiceId,
    },
    /// Where a service leads is seen to have changed by those who lead connections there.
    SlicesSeen {
        /// The service.
        service: KubeServiceId,
    },
    /// A kube-proxy begins to write rules.
    ProxySyncs {
        /// The node.
        node: NodeId,
        /// How often its host had died when this was scheduled.
        epoch: u16,
    },
    /// It has written them.
    ProxySynced {
        /// The node.
        node: NodeId,
        /// How often its host had died when this was scheduled.
        epoch: u16,
    },
    /// A workload is seen to want another number of pods, or another template, or its controller has reason to look
    /// again.
    WorkloadSeen {
        /// The workload.
        workload: WorkloadId,
    },
    /// The node controller looks at all nodes.
    NodesMonitored,
    /// The node controller gives up nodes, as far as their zones' rates let it.
    NodesTainted,
    /// A pod's time on a tainted node is over.
    ToleranceEnded {
        /// The pod.
        pod: PodId,
        /// The number of its evictions that were planned.
        plan: u16,
    },
    /// The cloud's controller looks at the nodes that are not ready.
    CloudNodesMonitored,
    /// The collector of garbage looks at all pods.
    GarbageCollected,
    /// The members of etcd have chosen a leader.
    LeaderElected,
    /// An instance of a component of the control plane looks whether it can lead.
    LeaseTaken {
        /// The component.
        of: Component,
    },
    /// The scheduler takes the next pod.
    PodTried,
    /// A kubelet has started.
    KubeletStarted {
        /// The node.
        node: NodeId,
        /// How often its host had died when this was scheduled.
        epoch: u16,
    },
    /// The host of a node has its power back and runs.
    HostReturned {
        /// The node.
        node: NodeId,
        /// How often it had died when this was scheduled.
        epoch: u16,
    },
    /// The kubelet of a node that was cut off tries again.
    Reconnected {
        /// The node.
        node: NodeId,
        /// How often it had been cut off or connected when this was scheduled.
        cut: u16,
    },
    /// Pods of a node that is being emptied are asked again to leave.
    DrainContinued {
        /// The node.
        node: NodeId,
    },
    /// The controller of balancers brings target groups in line with a service.
    TargetsReconciled {
        /// The service.
        service: KubeServiceId,
    },
    /// A kubelet reads how much CPU a pod has used.
    CpuRead {
        /// The pod.
        pod: PodId,
        /// Which start of its containers this was scheduled for.
        life: u16,
    },
    /// A kubelet looks whether memory runs out on its node.
    MemoryLookedAt {
        /// The node.
        node: NodeId,
        /// How often its host had died when this was scheduled.
        epoch: u16,
    },
    /// metrics-server asks all kubelets.
    MetricsScraped,
    /// An autoscaler looks at what its pods use.
    AutoscalerSynced {
        /// The autoscaler.
        autoscaler: AutoscalerId,
    },
    /// The cluster autoscaler looks at the cluster.
    ClusterScanned,
    /// A node that the cluster autoscaler takes out is looked at: pods leave, or it goes.
    NodeLeaves {
        /// The node.
        node: NodeId,
    },
    /// Karpenter looks at a pod that has no room.
    PodWantsNode {
        /// The pod.
        pod: PodId,
    },
    /// Karpenter's batch of pods may be over.
    BatchChecked,
    /// A claim of Karpenter's is seen to have been made.
    NodeClaimSeen {
        /// The claim.
        claim: NodeClaimId,
    },
    /// EC2 answers the call for a claim of Karpenter's.
    FleetCalled {
        /// The claim.
        claim: NodeClaimId,
    },
    /// The node of a claim of Karpenter's should have joined by now.
    NodeClaimAged {
        /// The claim.
        claim: NodeClaimId,
    },
    /// Karpenter looks for claims whose instance is gone.
    NodeClaimsCollected,
    /// Karpenter looks for nodes to take out.
    DisruptionConsidered,
    /// Karpenter looks whether the nodes that it has chosen may still be taken out.
    DisruptionValidated,
    /// A node that Karpenter takes out is looked at: pods leave, or it goes.
    NodeClaimLeaves {
        /// The claim.
        claim: NodeClaimId,
    },
    /// The time of a cron job has come.
    CronJobDue {
        /// The cron job.
        cron_job: CronJobId,
    },
    /// A claim is seen to have been made, or to be placed or bound.
    ClaimSeen {
        /// The claim.
        claim: ClaimId,
    },
    /// The volume of a claim is there.
    VolumeMade {
        /// The claim.
        claim: ClaimId,
    },
    /// The scheduler has seen that the claims of a pod are bound.
    ClaimsBound {
        /// The pod.
        pod: PodId,
    },
    /// A volume may have waited long enough for a node that does not answer.
    VolumeChecked {
        /// The volume.
        volume: VolumeId,
    },
    /// EC2 has attached a volume, or detached it.
    VolumeMoved {
        /// The volume, on the node.
        attachment: AttachmentId,
        /// How often EC2 had been asked when this was scheduled.
        call: u16,
    },
    /// An attachment is seen to have changed.
    AttachmentSeen {
        /// The volume, on the node.
        attachment: AttachmentId,
    },
    /// A kubelet says which volumes are in use on its node.
    VolumesReported {
        /// The node.
        node: NodeId,
    },
    /// The volumes in use on a node are seen to have changed.
    VolumesInUseSeen {
        /// The node.
        node: NodeId,
    },
    /// A pod has come a step further on its node.
    PodAdvanced {
        /// The pod.
        pod: PodId,
        /// The step that has ended.
        step: Step,
        /// How often it had begun anew when this was scheduled.
        epoch: u16,
    },
    /// A container of a pod is due: its image is asked for.
    ContainerDue {
        /// The pod.
        pod: PodId,
        /// Its place: init containers come before the others.
        container: u8,
        /// How often the pod had begun anew when this was scheduled.
        epoch: u16,
    },
    /// The image of a container that is not its pod's last is on the node.
    ImagePulled {
        /// The pod.
        pod: PodId,
        /// Its place: init containers come before the others.
        container: u8,
        /// How often the pod had begun anew when this was scheduled.
        epoch: u16,
    },
    /// A node has fetched an image, or has given it up.
    PullEnded {
        /// The node.
        node: NodeId,
        /// The number that this end of a pull was planned under.
        pull: u16,
    },
    /// A probe asks a process that may not answer yet.
    ProbeMade {
        /// The pod.
        pod: PodId,
        /// Which of its probes.
        probe: ProbeKind,
        /// How often the pod had begun anew when this was scheduled.
        epoch: u16,
    },
}

// The engine moves events by value: those of several clusters have to fit into sixteen bytes.
const _: () = assert!(size_of::<Event>() <= 8);

/// What a probe of a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Whether it has started up.
    Startup,
    /// Whether it may get connections.
    Readiness,
    /// Whether it has to be started again.
    Liveness,
}

/// The steps of a pod on its node, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Its kubelet has begun with it; it waits for its volumes, if it has any.
    Begun,
    /// Its kubelet has seen that its volumes are attached.
    Attached,
    /// Its volumes are mounted.
    Mounted,
    /// Its sandbox stands: it has an address.
    Sandbox,
    /// Its init containers have ended; one without any does not take this step.
    Initialised,
    /// The last of its images is there.
    Pulled,
    /// Its containers run.
    Running,
    /// Its process answers.
    Answering,
    /// Its probes have passed.
    Ready,
    /// Its containers have ended, because it was told to.
    Ended,
    /// Its containers have failed.
    Failed,
    /// The kubelet starts them once more.
    Restarted,
    /// Its containers have done their work, and have ended.
    Succeeded,
    /// Its containers have failed, and are not started again.
    Errored,
}

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A pod's containers were started on a node: it has an address and does not answer yet.
    PodStarted {
        /// The pod.
        pod: PodId,
    },
    /// A pod's process answers.
    PodAnswers {
        /// The pod.
        pod: PodId,
    },
    /// A pod's process is gone; its node may be well.
    PodStopped {
        /// The pod.
        pod: PodId,
    },
    /// A pod's address is given back.
    PodRemoved {
        /// The pod.
        pod: PodId,
    },
    /// A node has fetched an image from the registry of a region.
    ImageFetched {
        /// The node.
        node: NodeId,
        /// The number of the image, in the order of the specification.
        image: u16,
        /// The number of the region.
        from: u16,
    },
    /// A pod's image could not be had from the registry of a region.
    PullFailed {
        /// The pod.
        pod: PodId,
        /// The number of the image, in the order of the specification.
        image: u16,
        /// The number of the region.
        from: u16,
    },
    /// A node that was to be emptied is.
    NodeDrained {
        /// The node.
        node: NodeId,
    },
    /// A group of nodes is to have another number of them.
    GroupResized {
        /// The group.
        group: AutoScalingGroupId,
        /// So many were wanted.
        from: u32,
        /// So many are.
        to: u32,
        /// Why.
        why: ScaleReason,
    },
    /// An instance of a group of nodes is to be terminated, and not replaced.
    InstanceUnwanted {
        /// The instance.
        instance: u32,
        /// Why.
        why: ScaleReason,
    },
    /// An instance is to be launched for a claim of Karpenter's; who does that calls [`crate::Cluster::fleet_answered`] before
    /// anything else happens.
    FleetWanted {
        /// The claim.
        claim: NodeClaimId,
    },
    /// An instance that was launched for a claim is to be terminated at once.
    InstanceReleased {
        /// The instance.
        instance: u32,
    },
    /// A pod is to get requests from a target group.
    Registered {
        /// The pod.
        pod: PodId,
        /// The group.
        target_group: TargetGroupId,
    },
    /// A pod is to get no more of them.
    Deregistered {
        /// The pod.
        pod: PodId,
        /// The group.
        target_group: TargetGroupId,
    },
}

/// Who adds entities to the world, and takes them out.
pub trait Inventory {
    /// Adds an entity; its name is unique in its kind.
    fn add(
        &mut self,
        kind: EntityKind,
        name: &str,
        zone: Option<ZoneId>,
        parent: Option<EntityId>,
    ) -> EntityId;

    /// Takes an entity out.
    fn remove(&mut self, entity: EntityId);
}

/// Who knows what pods work.
pub trait Processors {
    /// The time for which a pod has kept processors busy since it was made: twice as much as time goes by with two of
    /// them. What it uses besides serving requests is not in it.
    fn cpu_used(&self, pod: PodId) -> SimDuration;
}

/// Who has groups of nodes. Instances are numbers that are theirs for as long as a run lasts.
pub trait NodeGroups {
    /// How many instances a group wants.
    fn desired(&self, group: AutoScalingGroupId) -> u32;

    /// The instances that it has, or is launching.
    fn instances(&self, group: AutoScalingGroupId) -> Vec<u32>;

    /// Whether its last launch has failed in all of its zones.
    fn launch_fails(&self, group: AutoScalingGroupId) -> bool;

    /// The node that an instance is, once its host runs.
    fn node_of(&self, instance: u32) -> Option<NodeId>;

    /// The instance that a node is, until that is terminated.
    fn instance_of(&self, node: NodeId) -> Option<u32>;

    /// The entity of a group.
    fn group_entity(&self, group: AutoScalingGroupId) -> EntityId;
}

/// Who has a registry of images in each region.
pub trait Registries {
    /// The number of a zone's region.
    fn region_of(&self, zone: ZoneId) -> u16;

    /// Whether the registry of a region answers.
    fn registry_answers(&self, region: u16) -> bool;
}

/// All that a handler of a cluster may do besides changing its own state.
pub trait KubeContext: Context<Kube> + Inventory + Processors + NodeGroups + Registries {}

impl<T: Context<Kube> + Inventory + Processors + NodeGroups + Registries> KubeContext for T {}

//! Kubernetes in simulated time: what happens between a node's death and its pods' return.
//!
//! - [`objects`] is what is kept of the API's objects, read from the types of `k8s-openapi`.
//! - [`cron`] is what the clock on the wall shows, and the times of cron jobs.
//! - [`dns`] is how many names a pod asks for until it has the address of a service.
//! - [`eks`] is what EKS makes of an instance.
//! - [`spec`] says what a cluster is when a run begins.

mod api_server;
mod blame;
mod capacity;
mod cluster;
mod controllers;
pub mod cron;
pub mod dns;
pub mod eks;
mod events;
mod ids;
mod kubelet;
mod leader_election;
pub mod limits;
mod metrics;
mod names;
mod nodes;
pub mod objects;
mod operator;
mod period;
mod pods;
mod proxy;
mod scheduling;
pub mod spec;
mod version;
mod volumes;
mod words;
mod workloads;
mod zonal_shift;

pub use api_server::{Asks, Request};
pub use cluster::{Cluster, KubeService, NewNode};
pub use controllers::cron_job::CronJobState;
pub use controllers::job::{JobEnd, JobState};
pub use controllers::karpenter::{NodeClaim, Offering};
pub use controllers::node_lifecycle::{ZoneState, zone_state};
pub use events::{About, KubeEvent, KubeEvents, Source};
pub use ids::{
    AttachmentId, AutoscalerId, ClaimId, CronJobId, KubeServiceId, NodeClaimId, NodeId, PodId, VolumeId,
    WorkloadId,
};
pub use kubelet::KUBELET;
pub use nodes::{
    MEMORY_PRESSURE, NOT_READY, Node, NodeInfo, Nodes, OUT_OF_SERVICE, Ready, UNREACHABLE, UNSCHEDULABLE,
};
pub use pods::{Ending, FailedPull, Owner, Phase, Pod, Pods};
pub use version::{Minor, UnknownMinor};
pub use volumes::{Attachment, AttachmentState, Claim, ClaimPhase, Volume, VolumePhase, Volumes};
pub use words::{
    Event, Inventory, Kube, KubeContext, NodeGroups, ProbeKind, Processors, Registries, Signal, Step,
};
pub use workloads::{Revision, Workload, Workloads};

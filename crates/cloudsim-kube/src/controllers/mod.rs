//! The controllers: each keeps one kind of thing as it is wanted.

pub(crate) mod attach_detach;
pub(crate) mod autoscaler;
mod cloud_node_lifecycle;
pub(crate) mod cluster_autoscaler;
pub(crate) mod cron_job;
pub(crate) mod daemon_set;
pub(crate) mod deployment;
pub(crate) mod disruption;
pub(crate) mod endpoint_slice;
pub(crate) mod job;
pub(crate) mod karpenter;
mod model;
pub(crate) mod node_lifecycle;
pub(crate) mod persistent_volume;
pub(crate) mod pod_garbage;
mod replica_set;
pub(crate) mod stateful_set;
pub(crate) mod taint_eviction;
pub(crate) mod topology_hints;
mod workload;

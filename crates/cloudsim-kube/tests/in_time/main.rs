//! Clusters in simulated time.

mod autoscaling;
mod blame;
mod control_plane;
mod drains;
mod eviction;
mod histories;
mod jobs;
mod karpenter;
mod kubelet;
mod node_autoscaling;
mod node_loss;
mod preemption;
mod proxy;
mod rollouts;
mod scheduling;
mod stateful_sets;
mod support;
mod volumes;
mod zonal_shift;
mod zones;

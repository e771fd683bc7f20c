//! Clusters in simulated time.

mod autoscaling;
mod histories;
mod jobs;
mod node_loss;
mod preemption;
mod proxy;
mod support;
mod volumes;
mod zonal_shift;
mod zones;

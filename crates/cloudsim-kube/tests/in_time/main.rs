//! Clusters in simulated time.

mod autoscaling;
mod histories;
mod jobs;
mod node_loss;
mod support;
mod zones;

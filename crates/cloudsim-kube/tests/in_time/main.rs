//! Clusters in simulated time.

mod histories;
mod node_loss;
mod preemption;
mod support;
mod volumes;
mod zones;

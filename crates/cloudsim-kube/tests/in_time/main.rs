//! Clusters in simulated time.

mod histories;
mod node_loss;
mod support;
mod zones;

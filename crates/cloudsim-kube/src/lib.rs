//! Kubernetes in simulated time: what happens between a node's death and its pods' return.
//!
//! - [`objects`] is what is kept of the API's objects, read from the types of `k8s-openapi`.
//! - [`eks`] is what EKS makes of an instance.
//! - [`spec`] says what a cluster is when a run begins.

pub mod eks;
pub mod limits;
pub mod objects;
pub mod spec;
mod version;

pub use version::{Minor, UnknownMinor};

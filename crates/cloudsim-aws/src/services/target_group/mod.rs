//! Target groups: who gets a load balancer's requests, and who is well enough to.
//!
//! # Modelled
//! Health probes by every node of the load balancer with a phase of its own, thresholds, the one pass that a new target
//! needs, fail-open, round robin, least outstanding requests, cross-zone on or off, the deregistration delay.
//!
//! # Left out
//! Weighted random with anomaly mitigation, slow start, stickiness, health thresholds other than one target.

mod choice;
mod health;
pub mod limits;
mod prober;

pub use choice::NodeView;
pub use health::{Health, Reach};
pub use prober::{
    Event, NodeSlot, Prober, ProberEntities, ProberId, Probers, ServerSlot, Signal, TargetGroups,
};

use cloudsim_units::SimDuration;

/// How a node chooses among targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastOutstandingRequests,
}

/// A target group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroupSpec {
    /// Its name.
    pub name: String,
    /// The port its targets answer.
    pub port: u16,
    /// Time from probe to probe.
    pub interval: SimDuration,
    /// A probe without an answer for that long has failed.
    pub timeout: SimDuration,
    /// So many passes in a row make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// So many failures in a row make a healthy target unhealthy.
    pub unhealthy_threshold: u32,
    /// How a node chooses.
    pub algorithm: Algorithm,
    /// Whether a node sends requests to targets of other zones.
    pub cross_zone: bool,
    /// How long a deregistered target keeps what is under way.
    pub deregistration_delay: SimDuration,
}

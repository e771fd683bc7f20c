//! EC2 instances that serve requests: workers, a queue, connections, and a life from launch to end.
//!
//! # Modelled
//! A queue in front of a number of workers, a limit of connections, death of the host (packets vanish) and of the
//! process (connections are refused), launch, boot and start times, status checks, hours.
//!
//! # Left out
//! CPU credits, memory, disks, noisy neighbours, Spot, capacity shortage.

mod fleet;
pub mod limits;
pub mod types;

pub use fleet::{Ec2, Event, Fleet, Server, Signal};

use cloudsim_units::DurationDistribution;
use cloudsim_world::{MachineImageId, SecretId};

/// What runs on the instances of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSpec {
    /// The instance type, as `m5.large`.
    pub instance_type: String,
    /// Requests worked on at once; more wait in a queue, first come, first served. None, if it is a node: its pods serve.
    pub workers: u32,
    /// Requests accepted at once, waiting ones and those that wait for others included; more are refused.
    pub connections_max: u32,
    /// From asking for an instance until its host runs.
    pub launch: DurationDistribution,
    /// From a running host until the process answers.
    pub start: DurationDistribution,
    /// What it is launched from; `None` for an image that every region has.
    pub image: Option<MachineImageId>,
    /// What the process asks for as it starts.
    pub secrets: Vec<SecretId>,
}

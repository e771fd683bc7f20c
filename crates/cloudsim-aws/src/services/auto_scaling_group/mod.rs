//! Auto Scaling groups: keep so many instances, spread over zones, and replace those that died.
//!
//! # Modelled
//! Replacement on failed EC2 status checks (a check a minute, then minutes until the group acts) or on the load balancer's
//! verdict, the grace period that shields new members from both, the choice of zone, launches that fail in a dead zone and
//! go elsewhere, zones without capacity for the group's instance type, and rebalancing when the zone is back: first a
//! launch, then a termination. An instance whose host is back before the group has acted lives on. Replacements know no
//! cooldown (ASG-03).
//!
//! # Left out
//! Scaling policies, warm pools, lifecycle hooks, mixed instances. The default termination policy, which
//! looks at launch templates and billing hours, is the oldest member here.
//!
//! # Sources
//! Each constant in [`limits`] names its fact and where that was read.

mod balance;
mod groups;
pub mod limits;
#[cfg(test)]
mod tests;

pub use groups::{GroupPlacement, Groups, Refused};

use crate::services::ec2_instance::ServerSpec;
use crate::services::target_group::ServerSlot;
use cloudsim_engine::Vocabulary;
use cloudsim_records::Record;
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, SecurityGroupId, SubnetId, TargetGroupId, ZoneId};

/// The words of Auto Scaling groups.
#[derive(Debug)]
pub struct AutoScaling;

impl Vocabulary for AutoScaling {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to a group. A number that no longer fits, because the member recovered or is gone, makes it void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// EC2 checked the status of a member whose host is gone.
    StatusChecked {
        /// The member.
        server: ServerSlot,
        /// The number of the change of its host that this belongs to.
        change: u32,
    },
    /// The group acts on failed status checks.
    ImpairedReplaced {
        /// The member.
        server: ServerSlot,
        /// The number of the change of its host that this belongs to.
        change: u32,
    },
    /// The group acts on the load balancer's verdict.
    UnhealthyReplaced {
        /// The member.
        server: ServerSlot,
        /// The number of the verdict that this belongs to.
        verdict: u32,
    },
    /// A launch in a dead zone, or one without capacity, has failed.
    LaunchFailed {
        /// The group.
        group: AutoScalingGroupId,
        /// The number of the launch.
        launch: u32,
    },
    /// A group looks whether its members are spread evenly.
    BalanceChecked {
        /// The group.
        group: AutoScalingGroupId,
    },
}

// The queue moves events by value: a larger one would slow every run.
const _: () = assert!(size_of::<Event>() <= 12);

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The group wants an instance; who makes it calls [`Groups::launched`] before anything else happens.
    LaunchWanted {
        /// The group.
        group: AutoScalingGroupId,
        /// Where; the group has one subnet there.
        zone: ZoneId,
    },
    /// A launch has failed because its zone has no capacity (EC2-10).
    CapacityInsufficient {
        /// The group.
        group: AutoScalingGroupId,
        /// Where.
        zone: ZoneId,
    },
    /// The group gives an instance up: it is no member any more.
    TerminateWanted {
        /// The instance.
        server: ServerSlot,
    },
}

/// Who sees to it that a group has its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The Auto Scaling group itself.
    AutoScaling,
    /// Karpenter, which launches its members one by one, each of a type of its own, and terminates them; none is replaced. It is
    /// no Auto Scaling group: what the two have in common is where their members are and how they start.
    Karpenter,
}

/// What makes an instance unhealthy to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthCheckType {
    /// Failed EC2 status checks only.
    Ec2,
    /// Those, or being unhealthy to a load balancer.
    Elb,
}

/// An Auto Scaling group.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoScalingGroupSpec {
    /// Its name.
    pub name: String,
    /// Who keeps it.
    pub keeper: Keeper,
    /// What its members are called: `frontend-server` gives `frontend-server-1`, …; the bare word means any of them.
    pub member: String,
    /// Where its members live; one subnet per zone.
    pub subnets: Vec<SubnetId>,
    /// How many members it starts with and keeps.
    pub desired: u32,
    /// The autoscaler of a cluster leaves it so many.
    pub min: u32,
    /// It never has more, rebalancing aside.
    pub max: u32,
    /// Where its members get their requests from.
    pub target_groups: Vec<TargetGroupId>,
    /// The security groups of its members; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// What makes a member unhealthy.
    pub health_check: HealthCheckType,
    /// For how long after it came into service a member's failed checks are ignored.
    pub grace_period: SimDuration,
    /// What runs on its members.
    pub server: ServerSpec,
}

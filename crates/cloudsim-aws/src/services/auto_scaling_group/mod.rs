//! Auto Scaling groups: keep so many instances, spread over zones, and replace those that died.
//!
//! # Modelled
//! Replacement on failed EC2 status checks or ELB health, the grace period, the choice of zone, launches that fail in a
//! dead zone and go elsewhere, rebalancing when the zone is back.
//!
//! # Left out
//! Scaling policies, warm pools, lifecycle hooks, mixed instances, capacity shortage.

pub mod limits;

use crate::services::ec2_instance::ServerSpec;
use cloudsim_units::SimDuration;
use cloudsim_world::{SubnetId, TargetGroupId};

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
    /// What its members are called: `frontend-server` gives `frontend-server-1`, …; the bare word means any of them.
    pub member: String,
    /// Where its members live; one subnet per zone.
    pub subnets: Vec<SubnetId>,
    /// How many members it starts with and keeps.
    pub desired: u32,
    /// It never has more, rebalancing aside.
    pub max: u32,
    /// Where its members get their requests from.
    pub target_groups: Vec<TargetGroupId>,
    /// What makes a member unhealthy.
    pub health_check: HealthCheckType,
    /// For how long after it came into service a member's failed checks are ignored.
    pub grace_period: SimDuration,
    /// What runs on its members.
    pub server: ServerSpec,
}

//! Target groups and the servers in them.

use super::facts::{by_default, default, names, within};
use super::{Count, Distribution, NodeOfGroup, Text};
use crate::limits;
use cloudsim_aws::services::{auto_scaling_group, ec2_instance, target_group};
use cloudsim_units::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// A target group: servers that get requests, and how their health is probed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetGroup {
    /// What it is called.
    pub(crate) name: String,
    /// The port of the servers.
    #[schemars(transform = within(&limits::PORTS))]
    pub(crate) port: Count,
    /// From probe to probe.
    #[schemars(transform = default(target_group::limits::INTERVAL)
        .within(&target_group::limits::INTERVAL_RANGE)
        .source("ALB-01"))]
    pub(crate) interval: Option<Text<SimDuration>>,
    /// A probe without an answer for that long has failed.
    #[schemars(transform = default(target_group::limits::TIMEOUT)
        .within(&target_group::limits::TIMEOUT_RANGE)
        .source("ALB-02"))]
    pub(crate) timeout: Option<Text<SimDuration>>,
    /// Passes in a row until a target is healthy; a new one needs one.
    #[schemars(transform = default(target_group::limits::HEALTHY_THRESHOLD)
        .within(&target_group::limits::THRESHOLD_RANGE)
        .source("ALB-04"))]
    pub(crate) healthy_threshold: Option<Count>,
    /// Failures in a row until a target is unhealthy.
    #[schemars(transform = default(target_group::limits::UNHEALTHY_THRESHOLD)
        .within(&target_group::limits::THRESHOLD_RANGE)
        .source("ALB-03"))]
    pub(crate) unhealthy_threshold: Option<Count>,
    /// How a target is chosen.
    #[schemars(transform = default("RoundRobin"))]
    pub(crate) algorithm: Option<Algorithm>,
    /// Whether a node sends requests to targets of other zones.
    #[schemars(transform = default(limits::CROSS_ZONE).source("ALB-15"))]
    pub(crate) cross_zone: Option<bool>,
    /// How long a target that leaves keeps what is under way.
    #[schemars(transform = default(target_group::limits::DEREGISTRATION_DELAY)
        .within(&limits::DEREGISTRATION_DELAYS)
        .source("ALB-20"))]
    pub(crate) deregistration_delay: Option<Text<SimDuration>>,
}

/// How a load balancer chooses a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Algorithm {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastOutstandingRequests,
}

/// An Auto Scaling group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoScalingGroup {
    /// What it is called.
    pub(crate) name: String,
    /// What its instances are called, with a number behind: `frontend-server-1`.
    #[schemars(transform = by_default("the group's name"))]
    pub(crate) member: Option<String>,
    /// One for each zone.
    #[schemars(transform = names("subnets"))]
    pub(crate) subnets: Vec<String>,
    /// How many instances it keeps.
    #[schemars(transform = within(&limits::MEMBERS))]
    pub(crate) desired: Count,
    /// The autoscaler of its cluster leaves it so many; for groups whose instances are nodes.
    #[schemars(transform = by_default("`desired`").within(&limits::MEMBERS))]
    pub(crate) min: Option<Count>,
    /// It never has more, rebalancing aside (ASG-06).
    #[schemars(transform = by_default("`desired`").within(&limits::MEMBERS))]
    pub(crate) max: Option<Count>,
    /// Where its instances get requests from.
    #[serde(default)]
    #[schemars(transform = names("target_groups").and(default(json!([]))))]
    pub(crate) target_groups: Vec<String>,
    /// Its security groups.
    #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// What makes it replace an instance.
    #[schemars(transform = default("Ec2"))]
    pub(crate) health_check: Option<HealthCheck>,
    /// After coming into service, failed checks do not count for so long.
    #[schemars(transform = default(auto_scaling_group::limits::GRACE_PERIOD).source("ASG-02"))]
    pub(crate) grace_period: Option<Text<SimDuration>>,
    /// What its instances are.
    pub(crate) server: Server,
    /// Makes its instances nodes of a cluster, which serve by their pods.
    pub(crate) node: Option<NodeOfGroup>,
}

impl AutoScalingGroup {
    /// The word that its members' names start with.
    pub(crate) fn members_called(&self) -> &str {
        self.member.as_deref().unwrap_or(&self.name)
    }
}

/// What makes a group replace an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum HealthCheck {
    /// What EC2 says of its host.
    Ec2,
    /// Also what the load balancer holds for unhealthy.
    Elb,
}

/// An instance and the process on it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// For the bill.
    pub(crate) instance_type: String,
    /// Requests worked on at once; of a node its pods say so.
    #[schemars(transform = by_default("none, for a node alone").within(&limits::WORKERS))]
    pub(crate) workers: Option<Count>,
    /// Requests accepted at once; more are refused. Of a node its pods say so.
    #[schemars(transform = by_default("none, for a node alone").within(&limits::CONNECTIONS))]
    pub(crate) connections_max: Option<Count>,
    /// From asking for an instance until its host runs.
    #[schemars(transform = default(ec2_instance::limits::LAUNCH).source("EC2-02"))]
    pub(crate) launch: Option<Distribution>,
    /// From a running host until the process answers.
    #[schemars(transform = default(ec2_instance::limits::START).assumed())]
    pub(crate) start: Option<Distribution>,
    /// What it is launched from. Not of a node.
    #[schemars(transform = names("machine_images").and(by_default("an image that every region has")))]
    pub(crate) image: Option<String>,
    /// What the process asks for as it starts, and logs in with. Not of a node.
    #[serde(default)]
    #[schemars(transform = names("secrets").and(default(json!([]))))]
    pub(crate) secrets: Vec<String>,
}

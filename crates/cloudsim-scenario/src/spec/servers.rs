//! Target groups and the servers in them.

use super::{Count, Distribution, Text};
use cloudsim_units::SimDuration;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetGroup {
    pub(crate) name: String,
    pub(crate) port: Count,
    pub(crate) interval: Option<Text<SimDuration>>,
    pub(crate) timeout: Option<Text<SimDuration>>,
    pub(crate) healthy_threshold: Option<Count>,
    pub(crate) unhealthy_threshold: Option<Count>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) cross_zone: Option<bool>,
    pub(crate) deregistration_delay: Option<Text<SimDuration>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    RoundRobin,
    LeastOutstandingRequests,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoScalingGroup {
    pub(crate) name: String,
    /// What its members are called; the group's own name by default.
    pub(crate) member: Option<String>,
    pub(crate) subnets: Vec<String>,
    pub(crate) desired: Count,
    /// As many as desired by default.
    pub(crate) max: Option<Count>,
    #[serde(default)]
    pub(crate) target_groups: Vec<String>,
    /// Everything passes by default.
    pub(crate) security_groups: Option<Vec<String>>,
    pub(crate) health_check: Option<HealthCheck>,
    pub(crate) grace_period: Option<Text<SimDuration>>,
    pub(crate) server: Server,
}

impl AutoScalingGroup {
    /// The word that its members' names start with.
    pub(crate) fn members_called(&self) -> &str {
        self.member.as_deref().unwrap_or(&self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum HealthCheck {
    Ec2,
    Elb,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) instance_type: String,
    pub(crate) workers: Count,
    pub(crate) connections_max: Count,
    pub(crate) launch: Option<Distribution>,
    pub(crate) start: Option<Distribution>,
}

//! Stacks: what Terraform makes, and what is not there before.

use super::Count;
use super::facts::{default, names};
use crate::limits;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// What is not there before `apply stack/NAME` makes it, and that in the order of Terraform's graph.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stack {
    /// What it is called.
    pub(crate) name: String,
    /// VPCs, each with the subnets, gateways, endpoints, route tables and security groups in it.
    #[serde(default)]
    #[schemars(transform = names("vpcs").and(default(json!([]))))]
    pub(crate) vpcs: Vec<String>,
    /// NAT gateways of VPCs that are there, each with its address. Those of a VPC above come with it.
    #[serde(default)]
    #[schemars(transform = names("nat_gateways").and(default(json!([]))))]
    pub(crate) nat_gateways: Vec<String>,
    /// Load balancers, each with its target groups, its listeners and the records of DNS that lead to it.
    #[serde(default)]
    #[schemars(transform = names("load_balancers").and(default(json!([]))))]
    pub(crate) load_balancers: Vec<String>,
    /// Auto Scaling groups, each with its launch template.
    #[serde(default)]
    #[schemars(transform = names("auto_scaling_groups").and(default(json!([]))))]
    pub(crate) auto_scaling_groups: Vec<String>,
    /// How many resources are made at once.
    #[schemars(transform = default(limits::PARALLELISM).within(&limits::PARALLELISMS).source("CD-15"))]
    pub(crate) parallelism: Option<Count>,
}

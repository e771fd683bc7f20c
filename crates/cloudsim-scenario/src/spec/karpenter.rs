//! Karpenter: what launches nodes for the pods of a cluster.

use super::facts::{by_default, default, names};
use super::kube::Taint;
use super::text::{Amount, Interval, Need};
use super::{Count, Distribution, Text};
use crate::limits;
use cloudsim_aws::services::ec2_instance;
use cloudsim_kube::limits as kube;
use cloudsim_units::SimDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Karpenter, with its settings and node pools.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Karpenter {
    /// A batch of pods that wait is over when no other has come for so long.
    #[schemars(transform = default(kube::BATCH_IDLE).source("K8S-39"))]
    pub(crate) batch_idle_duration: Option<Text<SimDuration>>,
    /// It is over after so long in any case.
    #[schemars(transform = default(kube::BATCH_MAX).source("K8S-39"))]
    pub(crate) batch_max_duration: Option<Text<SimDuration>>,
    /// What it may launch.
    pub(crate) node_pools: Vec<NodePool>,
}

/// A node pool: what may be launched, how much of it, and when it is taken out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodePool {
    /// What it is called, and its nodes, with a number behind: `general-1`.
    pub(crate) name: String,
    /// The instance types that its nodes may be of. For the pods that wait the cheapest is launched that takes them.
    pub(crate) instance_types: Vec<String>,
    /// The zones that its nodes may be in.
    #[schemars(transform = names("zones").and(by_default("those of its subnets")))]
    pub(crate) zones: Option<Vec<String>>,
    /// Pools with a larger weight are tried first.
    #[schemars(transform = default(0_u32).within(&limits::POOL_WEIGHTS))]
    pub(crate) weight: Option<Count>,
    /// What all its nodes may have together.
    pub(crate) limits: Option<PoolLimits>,
    /// What is on its nodes beside the labels that each node has.
    #[serde(default)]
    #[schemars(transform = default(json!({})))]
    pub(crate) labels: BTreeMap<String, String>,
    /// Their taints.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) taints: Vec<Taint>,
    /// How many nodes it has at the start: of its first instance type, dealt over its zones.
    #[schemars(transform = default(0_u32).within(&limits::MEMBERS))]
    pub(crate) nodes: Option<Count>,
    /// When and how its nodes are taken out.
    pub(crate) disruption: Option<Disruption>,
    /// What all its instances have in common.
    pub(crate) node_class: NodeClass,
}

/// What the nodes of a pool may have together.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolLimits {
    /// Processors, as in `"100"`.
    #[schemars(transform = by_default("no limit"))]
    pub(crate) cpu: Option<Amount>,
    /// Memory, as in `"400Gi"`.
    #[schemars(transform = by_default("no limit"))]
    pub(crate) memory: Option<Amount>,
}

/// When and how the nodes of a pool are taken out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disruption {
    /// Which nodes may go.
    #[schemars(transform = default("WhenEmptyOrUnderutilized"))]
    pub(crate) consolidation_policy: Option<ConsolidationPolicy>,
    /// They may go so long after pods last came to them or left them.
    #[schemars(transform = default(kube::CONSOLIDATE_AFTER).source("K8S-40"))]
    pub(crate) consolidate_after: Option<Text<Interval>>,
    /// How many at once. The least of those that count holds; nodes that are not ready count as gone.
    #[schemars(transform = by_default("one, of `\"10%\"`").source("K8S-40"))]
    pub(crate) budgets: Option<Vec<DisruptionBudget>>,
}

/// Which nodes of a pool may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum ConsolidationPolicy {
    /// Those without pods.
    WhenEmpty,
    /// Those too whose pods have room on others, or on others and a cheaper one.
    WhenEmptyOrUnderutilized,
}

/// How many nodes of a pool may be on their way out at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisruptionBudget {
    /// A number, or a share, rounded up.
    pub(crate) nodes: Need,
    /// What it counts for.
    #[schemars(transform = by_default("each reason"))]
    pub(crate) reasons: Option<Vec<DisruptionReason>>,
}

/// Why a node is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum DisruptionReason {
    /// It has no pods.
    Empty,
    /// Its pods have room on others, or on others and a cheaper one.
    Underutilized,
}

/// What all instances of a pool have in common.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeClass {
    /// One for each zone.
    #[schemars(transform = names("subnets"))]
    pub(crate) subnets: Vec<String>,
    /// Their security groups.
    #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// From asking for an instance until its host runs.
    #[schemars(transform = default(ec2_instance::limits::LAUNCH).source("EC2-02"))]
    pub(crate) launch: Option<Distribution>,
    /// From a running host until the process answers.
    #[schemars(transform = default(ec2_instance::limits::START).assumed())]
    pub(crate) start: Option<Distribution>,
    /// From a running host until its kubelet has joined.
    #[schemars(transform = default(kube::JOIN).source("K8S-38"))]
    pub(crate) join: Option<Distribution>,
}

impl super::Cluster {
    /// The node pools of its Karpenter.
    pub(crate) fn node_pools(&self) -> impl Iterator<Item = &NodePool> {
        self.karpenter.iter().flat_map(|karpenter| &karpenter.node_pools)
    }
}

impl super::Scenario {
    /// The node pools of all clusters, in their order.
    pub(crate) fn node_pools(&self) -> impl Iterator<Item = &NodePool> {
        self.clusters.iter().flat_map(super::Cluster::node_pools)
    }
}

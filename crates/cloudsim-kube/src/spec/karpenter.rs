//! Karpenter, with its node pools.

use crate::objects::{IntOrPercent, Labels, Taint};
use crate::{eks, limits};
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_units::{DurationDistribution, NanoUsd, SimDuration};
use cloudsim_world::{AutoScalingGroupId, SubnetId, ZoneId};

/// The label of a node's pool.
///
/// Source: Karpenter documentation, "NodePools" (<https://karpenter.sh/docs/concepts/nodepools/>).
pub const NODE_POOL: &str = "karpenter.sh/nodepool";
/// The label that says how a node is paid for.
///
/// Source: as [`NODE_POOL`].
pub const CAPACITY_TYPE: &str = "karpenter.sh/capacity-type";

/// Karpenter: it launches an instance for pods that have no room, and takes out what is not needed.
#[derive(Clone, Debug, PartialEq)]
pub struct KarpenterSpec {
    /// A batch of pods is over when no other has come for so long.
    pub batch_idle_duration: SimDuration,
    /// It is over after so long in any case.
    pub batch_max_duration: SimDuration,
    /// Its pools.
    pub pools: Vec<NodePoolSpec>,
}

/// A pool of nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePoolSpec {
    /// Its name.
    pub name: String,
    /// What its instances are members of in the cloud.
    pub group: AutoScalingGroupId,
    /// Pools of a larger weight are tried first.
    pub weight: u32,
    /// The instance types that its nodes may be of.
    pub types: Vec<PoolType>,
    /// Where its nodes may be.
    pub zones: Vec<PoolZone>,
    /// What all its nodes may have together.
    pub limits: PoolLimits,
    /// What is on its nodes beside the labels that each node has.
    pub labels: Labels,
    /// Their taints.
    pub taints: Vec<Taint>,
    /// When and how its nodes are taken out.
    pub disruption: DisruptionSpec,
    /// From a running host until its kubelet has joined.
    pub join: DurationDistribution,
}

/// An instance type of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolType {
    /// Its name.
    pub name: String,
    /// What an hour of it costs.
    pub price: NanoUsd,
    /// What it is sold with: thousandths of processors, and bytes of memory.
    pub capacity: (i64, i64),
    /// What of it is left for pods.
    pub allocatable: scheduler::Resources,
    /// How many pods it takes.
    pub pods_max: i64,
}

/// A zone of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolZone {
    /// The zone.
    pub zone: ZoneId,
    /// The subnet that the pool has there.
    pub subnet: SubnetId,
    /// The zone's region.
    pub region: String,
    /// The zone's name.
    pub name: String,
}

/// What all nodes of a pool may have together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolLimits {
    /// Thousandths of processors.
    pub milli_cpu: Option<i64>,
    /// Bytes of memory.
    pub memory: Option<i64>,
}

/// When and how the nodes of a pool are taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisruptionSpec {
    /// Which nodes may go.
    pub policy: ConsolidationPolicy,
    /// So long after pods last came to a node or left it; `None` for never.
    pub consolidate_after: Option<SimDuration>,
    /// How many at once; the least of those that count for a reason holds.
    pub budgets: Vec<DisruptionBudget>,
}

impl Default for DisruptionSpec {
    fn default() -> DisruptionSpec {
        DisruptionSpec {
            policy: ConsolidationPolicy::WhenEmptyOrUnderutilized,
            consolidate_after: Some(limits::CONSOLIDATE_AFTER),
            budgets: vec![DisruptionBudget { nodes: limits::DISRUPTION_BUDGET, reason: None }],
        }
    }
}

/// Which nodes of a pool may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsolidationPolicy {
    /// Those without pods.
    WhenEmpty,
    /// Those too whose pods have room elsewhere, or on a cheaper node.
    WhenEmptyOrUnderutilized,
}

/// How many nodes of a pool may be on their way out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// So many, or such a share.
    pub nodes: IntOrPercent,
    /// For that reason; `None` for each.
    pub reason: Option<DisruptionReason>,
}

/// Why a node is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisruptionReason {
    /// It has no pods.
    Empty,
    /// Its pods have room elsewhere, or on a cheaper node.
    Underutilized,
}

impl DisruptionSpec {
    /// How many of so many nodes may be on their way out for a reason.
    #[must_use]
    pub fn allowed(&self, reason: DisruptionReason, nodes: u32) -> u32 {
        let counts = self.budgets.iter().filter(|budget| budget.reason.is_none_or(|of| of == reason));
        counts.map(|budget| budget.nodes.ceiling_of(nodes)).min().unwrap_or(nodes)
    }
}

impl PoolLimits {
    /// What is left of it once processors and memory are taken.
    #[must_use]
    pub(crate) fn less(self, (milli_cpu, memory): (i64, i64)) -> PoolLimits {
        PoolLimits {
            milli_cpu: self.milli_cpu.map(|all| all - milli_cpu),
            memory: self.memory.map(|all| all - memory),
        }
    }
}

impl NodePoolSpec {
    /// The most processors, in thousandths, and memory that one of some of its types has: which of them a node will be is
    /// not known yet.
    pub(crate) fn largest(&self, kinds: impl Iterator<Item = usize> + Clone) -> (i64, i64) {
        let all = kinds.map(|kind| self.types[kind].capacity);
        (all.clone().map(|(cpu, _)| cpu).max().unwrap_or(0), all.map(|(_, memory)| memory).max().unwrap_or(0))
    }

    /// A node of one of its types in one of its zones, by their places.
    #[must_use]
    pub fn node(&self, (kind, zone): (usize, usize), name: &str) -> scheduler::Node {
        let (kind, zone) = (&self.types[kind], &self.zones[zone]);
        let mut labels = self.labels.clone();
        let place = (zone.region.as_str(), zone.name.as_str());
        for (key, value) in eks::labels(name, Some(&kind.name), Some(place)) {
            labels.insert(key.into(), value.into());
        }
        labels.insert(NODE_POOL.into(), self.name.as_str().into());
        labels.insert(CAPACITY_TYPE.into(), "on-demand".into());
        scheduler::Node {
            name: name.into(),
            labels,
            taints: self.taints.clone(),
            unschedulable: false,
            allocatable: kind.allocatable.clone(),
            pods_max: kind.pods_max,
            images: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DisruptionBudget, DisruptionReason, DisruptionSpec};
    use crate::objects::IntOrPercent;

    #[test]
    fn a_tenth_of_the_nodes_may_go_at_once_and_of_a_few_one() {
        let spec = DisruptionSpec::default();
        for (nodes, allowed) in [(0, 0), (1, 1), (10, 1), (11, 2), (100, 10)] {
            assert_eq!(spec.allowed(DisruptionReason::Empty, nodes), allowed, "of {nodes}");
        }
    }

    #[test]
    fn of_several_budgets_the_least_that_counts_for_the_reason_holds() {
        let empty = Some(DisruptionReason::Empty);
        let budgets = vec![
            DisruptionBudget { nodes: IntOrPercent::Percent(100), reason: None },
            DisruptionBudget { nodes: IntOrPercent::Int(3), reason: empty },
            DisruptionBudget { nodes: IntOrPercent::Int(5), reason: empty },
        ];
        let spec = DisruptionSpec { budgets, ..DisruptionSpec::default() };
        assert_eq!(spec.allowed(DisruptionReason::Empty, 20), 3);
        assert_eq!(spec.allowed(DisruptionReason::Underutilized, 20), 20);
    }
}

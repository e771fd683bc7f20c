//! Prefers nodes whose resources would be used evenly. Points: pre-score, score.

use super::node_resources_fit::{Amount, WeightedResource, amount};
use super::normalize::MAX;
use crate::cluster::NodeInfo;
use crate::framework::{Cycle, Plugin, Score};
use crate::numbers::{count, double, truncated};
use crate::objects::Resources;
use crate::version::Version;

/// `NodeResourcesBalancedAllocationArgs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeResourcesBalancedAllocationArgs {
    /// What is to be even. Weights are read, and do not matter.
    pub resources: Vec<WeightedResource>,
}

impl Default for NodeResourcesBalancedAllocationArgs {
    fn default() -> Self {
        NodeResourcesBalancedAllocationArgs { resources: WeightedResource::cpu_and_memory() }
    }
}

impl NodeResourcesBalancedAllocationArgs {
    /// Whether a pod asks for any of the resources; one that does not is not scored.
    pub(crate) fn concerns(&self, asked: &Resources) -> bool {
        self.resources.iter().any(|resource| asked.get(&resource.name) != 0)
    }

    /// What a node is worth once a pod that asks for `asked` is on it.
    pub(crate) fn score(&self, node: &NodeInfo, asked: &Resources, version: Version) -> i64 {
        let with = |factor: i64| {
            balance(self.resources.iter().map(|resource| {
                let name = &resource.name;
                let wanted = asked.get(name);
                let counted = (node.requested.milli_cpu, node.requested.memory);
                let mut amount = amount(node, name, wanted, counted);
                amount.requested -= (1 - factor) * wanted;
                amount
            }))
        };
        match version {
            Version::V1_33 | Version::V1_34 | Version::V1_35 => with(1),
            Version::V1_36 => MAX / 2 + (MAX / 2 + with(1) - with(0)) / 2,
        }
    }
}

/// 100 where all fractions are equal, less the further they are apart.
fn balance(amounts: impl Iterator<Item = Amount> + Clone) -> i64 {
    let mut fractions = amounts.filter(|amount| amount.capacity != 0).map(Amount::fraction);
    let apart = match fractions.clone().count() {
        0 | 1 => 0.0,
        2 => {
            let [a, b] =
                [fractions.next(), fractions.next()].map(|fraction| fraction.expect("there are two"));
            ((a - b) / 2.0).abs()
        }
        many => {
            let number = double(count(many));
            let mean = fractions.clone().sum::<f64>() / number;
            let squares = fractions.fold(0.0, |sum, fraction| sum + (fraction - mean) * (fraction - mean));
            (squares / number).sqrt()
        }
    };
    truncated((1.0 - apart) * double(MAX))
}

/// The plugin.
pub(super) struct NodeResourcesBalancedAllocation {
    args: NodeResourcesBalancedAllocationArgs,
}

impl NodeResourcesBalancedAllocation {
    /// With its arguments.
    pub(super) fn new(args: NodeResourcesBalancedAllocationArgs) -> Self {
        NodeResourcesBalancedAllocation { args }
    }
}

impl Plugin for NodeResourcesBalancedAllocation {
    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        let asked = &cycle.pod.requests.asked;
        if !self.args.concerns(asked) {
            return None;
        }
        Some(Box::new(Balance { args: &self.args, asked, version: cycle.version }))
    }
}

struct Balance<'c> {
    args: &'c NodeResourcesBalancedAllocationArgs,
    asked: &'c Resources,
    version: Version,
}

impl Score for Balance<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        self.args.score(node, self.asked, self.version)
    }
}

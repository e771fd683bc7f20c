//! Keeps pods from nodes without room, and prefers emptier or fuller nodes. Points: pre-filter, filter, pre-score, score.

use super::normalize::MAX;
use crate::cluster::NodeInfo;
use crate::framework::{
    ClusterEvent, Code, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Reason, Score, Status,
};
use crate::numbers::{count, double, truncated};
use crate::objects::{Node, Requests, ResourceName, Resources, Text};
use std::collections::BTreeSet;

/// A resource with its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedResource {
    /// The resource.
    pub name: ResourceName,
    /// Its weight, from 1 to 100.
    pub weight: i64,
}

impl WeightedResource {
    /// cpu and memory alike: what kube-scheduler looks at by default.
    #[must_use]
    pub fn cpu_and_memory() -> Vec<WeightedResource> {
        [ResourceName::Cpu, ResourceName::Memory].map(|name| WeightedResource { name, weight: 1 }).to_vec()
    }
}

/// A point of the curve that `RequestedToCapacityRatio` scores by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtilizationPoint {
    /// Percent of the node, 0 to 100.
    pub utilization: i64,
    /// What that is worth, 0 to 10.
    pub score: i64,
}

/// How the fit is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScoringStrategy {
    /// The more is free, the better.
    LeastAllocated,
    /// The less is free, the better.
    MostAllocated,
    /// By a curve over the utilization.
    RequestedToCapacityRatio(Vec<UtilizationPoint>),
}

/// `NodeResourcesFitArgs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeResourcesFitArgs {
    /// Extended resources that are not filtered by.
    pub ignored_resources: BTreeSet<Text>,
    /// Extended resources that are not filtered by, by what stands before the slash.
    pub ignored_resource_groups: BTreeSet<Text>,
    /// How the fit is scored.
    pub strategy: ScoringStrategy,
    /// What is scored.
    pub resources: Vec<WeightedResource>,
}

impl Default for NodeResourcesFitArgs {
    fn default() -> NodeResourcesFitArgs {
        NodeResourcesFitArgs {
            ignored_resources: BTreeSet::new(),
            ignored_resource_groups: BTreeSet::new(),
            strategy: ScoringStrategy::LeastAllocated,
            resources: WeightedResource::cpu_and_memory(),
        }
    }
}

impl NodeResourcesFitArgs {
    fn ignores(&self, name: &str) -> bool {
        let group = name.split('/').next().unwrap_or_default();
        ResourceName::named(name).is_extended()
            && (self.ignored_resources.contains(name) || self.ignored_resource_groups.contains(group))
    }

    /// What a pod still asks for once what is ignored is left out.
    pub(crate) fn filtered(&self, asked: &Resources) -> Resources {
        let mut asked = asked.clone();
        asked.scalars.retain(|name, amount| *amount != 0 && !self.ignores(name));
        asked
    }

    /// What a node is worth, given what would be asked of it and what it has of each resource of `resources`, in order.
    /// A resource that it has none of counts nothing.
    pub(crate) fn score(&self, amounts: impl Iterator<Item = Amount>) -> i64 {
        let (mut score, mut weights) = (0i64, 0i64);
        for (resource, amount) in self.resources.iter().zip(amounts) {
            if amount.capacity == 0 {
                continue;
            }
            let worth = match &self.strategy {
                ScoringStrategy::LeastAllocated => amount.percent_free(),
                ScoringStrategy::MostAllocated => amount.percent_used(),
                ScoringStrategy::RequestedToCapacityRatio(shape) => {
                    let worth = along(shape, amount.percent_used());
                    if worth <= 0 {
                        continue;
                    }
                    worth
                }
            };
            score += worth * resource.weight;
            weights += resource.weight;
        }
        match &self.strategy {
            _ if weights == 0 => 0,
            // Half away from zero, of a quotient that doubles hold exactly enough.
            ScoringStrategy::RequestedToCapacityRatio(_) => {
                truncated((double(score) / double(weights)).round())
            }
            _ => score / weights,
        }
    }
}

/// The worth at a utilization, between the points of the curve in straight lines.
fn along(shape: &[UtilizationPoint], utilization: i64) -> i64 {
    // A point scores up to 10, a plugin up to 100.
    let worth = |point: &UtilizationPoint| point.score * (MAX / 10);
    let next = shape.iter().position(|point| utilization <= point.utilization);
    match next {
        None => shape.last().map_or(0, worth),
        Some(0) => worth(&shape[0]),
        Some(next) => {
            let (from, to) = (&shape[next - 1], &shape[next]);
            worth(from)
                + (worth(to) - worth(from)) * (utilization - from.utilization)
                    / (to.utilization - from.utilization)
        }
    }
}

/// Of one resource: what would be asked of a node, and what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) requested: i64,
    pub(crate) capacity: i64,
}

impl Amount {
    fn percent_free(self) -> i64 {
        if self.requested > self.capacity {
            return 0;
        }
        percent(self.capacity - self.requested, self.capacity)
    }

    fn percent_used(self) -> i64 {
        percent(self.requested.min(self.capacity), self.capacity)
    }

    /// The share that would be used, at most 1.
    pub(crate) fn fraction(self) -> f64 {
        (double(self.requested) / double(self.capacity)).min(1.0)
    }
}

/// Truncated; a part is never above its whole.
fn percent(part: i64, whole: i64) -> i64 {
    match part.checked_mul(MAX) {
        Some(product) => product / whole,
        None => i64::try_from(i128::from(part) * i128::from(MAX) / i128::from(whole)).expect("at most 100"),
    }
}

/// Of one resource, for a pod that asks for `asked` on a node whose pods count for `counted_cpu` and `counted_memory`.
///
/// An extended resource that the pod does not ask for counts as absent, and so does one that the node does not have.
pub(crate) fn amount(node: &NodeInfo, name: &ResourceName, asked: i64, counted: (i64, i64)) -> Amount {
    let requested = match name {
        ResourceName::Cpu => counted.0,
        ResourceName::Memory => counted.1,
        ResourceName::Scalar(_) if asked == 0 => return Amount::default(),
        _ => node.requested.get(name),
    };
    Amount { requested: requested.saturating_add(asked), capacity: node.node.allocatable.get(name) }
}

/// The plugin.
pub(super) struct NodeResourcesFit {
    args: NodeResourcesFitArgs,
}

impl NodeResourcesFit {
    /// With its arguments.
    pub(super) fn new(args: NodeResourcesFitArgs) -> NodeResourcesFit {
        NodeResourcesFit { args }
    }
}

impl Plugin for NodeResourcesFit {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        PreFiltered::filter(Room { asked: self.args.filtered(&cycle.pod.requests.asked) })
    }

    /// Room was made: a node came that is large enough, or grew to be; a pod left, gave up its room, or asks for less
    /// of what this one asks for; or this one asks for less itself.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let asked = &cycle.pod.requests.asked;
        if let Some((old, new)) = event.node_came() {
            // Resources that the filter ignores are not ignored here.
            let large_enough = lacking(asked, new, &Resources::default(), 0).is_ok();
            return Hint::queue_if(large_enough && old.is_none_or(|old| grew(asked, old, new)));
        }
        Hint::queue_if(match event {
            ClusterEvent::AssignedPodDeleted(_) | ClusterEvent::NominationDropped(_) => true,
            ClusterEvent::AssignedPodUpdated { old, new } => {
                let (old, new) = (&old.requests.asked, &new.requests.asked);
                old.names().any(|name| asked.get(&name) > 0 && new.get(&name) < old.get(&name))
            }
            _ => event.own_change(cycle.pod).is_some_and(|(old, new)| {
                let (old, new) = (&old.requests.asked, &new.requests.asked);
                old.names().any(|name| new.get(&name) < old.get(&name))
            }),
        })
    }

    fn pre_score<'c>(&'c self, cycle: &Cycle<'c>, _: &[&'c NodeInfo]) -> Option<Box<dyn Score + 'c>> {
        Some(Box::new(Fit { args: &self.args, requests: &cycle.pod.requests }))
    }
}

/// Whether a node came to take more pods, or to have more of what is asked for.
fn grew(asked: &Resources, old: &Node, new: &Node) -> bool {
    let more =
        |name: ResourceName| asked.get(&name) > 0 && new.allocatable.get(&name) > old.allocatable.get(&name);
    new.pods_max > old.pods_max || asked.names().any(more)
}

struct Room {
    asked: Resources,
}

impl Filter for Room {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        lacking(&self.asked, &node.node, &node.requested, node.pods.len())
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let (pods, allowed) = (node.pods.len(), node.node.pods_max);
        let mut obstacles = Vec::new();
        if count(pods) >= allowed {
            obstacles.push(Obstacle::TooManyPods { pods, allowed });
        }
        let fixed = [ResourceName::Cpu, ResourceName::Memory, ResourceName::EphemeralStorage];
        for name in fixed.into_iter().chain(self.asked.scalars.keys().cloned().map(ResourceName::Scalar)) {
            let (asked, allocatable) = (self.asked.get(&name), node.node.allocatable.get(&name));
            let free = allocatable.saturating_sub(node.requested.get(&name));
            if asked > 0 && asked > free {
                obstacles.push(Obstacle::Resource { name, asked, free, allocatable });
            }
        }
        obstacles
    }
}

/// Whether `asked` fits on a node beside `requested` by `pods` pods.
pub(crate) fn has_room(asked: &Resources, node: &Node, requested: &Resources, pods: usize) -> bool {
    let has = &node.allocatable;
    let of = |resources: &Resources, name: &Text| resources.scalars.get(name).copied().unwrap_or(0);
    count(pods) < node.pods_max
        && !is_short(asked.milli_cpu, requested.milli_cpu, has.milli_cpu)
        && !is_short(asked.memory, requested.memory, has.memory)
        && !is_short(asked.ephemeral_storage, requested.ephemeral_storage, has.ephemeral_storage)
        && !asked.scalars.iter().any(|(name, amount)| is_short(*amount, of(requested, name), of(has, name)))
}

fn is_short(asked: i64, requested: i64, allocatable: i64) -> bool {
    asked > 0 && asked > allocatable.saturating_sub(requested)
}

/// The same, with the reasons.
///
/// # Errors
/// Each resource that is short. More than the whole node has cannot be helped by evicting.
pub(crate) fn lacking(
    asked: &Resources,
    node: &Node,
    requested: &Resources,
    pods: usize,
) -> Result<(), Status> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut unresolvable = false;
    if count(pods) + 1 > node.pods_max {
        reasons.push("Too many pods".into());
    }
    let mut check = |asked: i64, requested: i64, allocatable: i64, reason: Reason| {
        if is_short(asked, requested, allocatable) {
            reasons.push(reason);
            unresolvable |= asked > allocatable;
        }
    };
    let has = &node.allocatable;
    check(asked.milli_cpu, requested.milli_cpu, has.milli_cpu, "Insufficient cpu".into());
    check(asked.memory, requested.memory, has.memory, "Insufficient memory".into());
    check(
        asked.ephemeral_storage,
        requested.ephemeral_storage,
        has.ephemeral_storage,
        "Insufficient ephemeral-storage".into(),
    );
    let of = |resources: &Resources, name: &Text| resources.scalars.get(name).copied().unwrap_or(0);
    for (name, amount) in &asked.scalars {
        check(*amount, of(requested, name), of(has, name), format!("Insufficient {name}").into());
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let code = if unresolvable { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
    Err(Status { code, reasons, plugin: None })
}

struct Fit<'c> {
    args: &'c NodeResourcesFitArgs,
    requests: &'c Requests,
}

impl Score for Fit<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let counted = (node.counted_cpu, node.counted_memory);
        let amounts =
            self.args.resources.iter().map(|resource| {
                amount(node, &resource.name, self.requests.scored.get(&resource.name), counted)
            });
        self.args.score(amounts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, NodeResourcesFitArgs, ScoringStrategy, UtilizationPoint, along};

    fn point(utilization: i64, score: i64) -> UtilizationPoint {
        UtilizationPoint { utilization, score }
    }

    #[test]
    fn the_curve_is_straight_between_its_points_and_flat_outside() {
        let shape = [point(10, 2), point(70, 9)];
        assert_eq!([0, 10, 40, 70, 100].map(|u| along(&shape, u)), [20, 20, 55, 90, 90]);
    }

    #[test]
    fn a_resource_worth_nothing_has_no_weight_under_a_curve() {
        let shape = vec![point(0, 0), point(100, 10)];
        let args = NodeResourcesFitArgs {
            strategy: ScoringStrategy::RequestedToCapacityRatio(shape),
            ..NodeResourcesFitArgs::default()
        };
        let amounts = [Amount { requested: 0, capacity: 100 }, Amount { requested: 50, capacity: 100 }];
        assert_eq!(args.score(amounts.into_iter()), 50);
    }

    #[test]
    fn the_greatest_amounts_do_not_overflow() {
        let amounts = || [Amount { requested: i64::MAX, capacity: i64::MAX }; 2].into_iter();
        assert_eq!(NodeResourcesFitArgs::default().score(amounts()), 0);
        let most = NodeResourcesFitArgs { strategy: ScoringStrategy::MostAllocated, ..Default::default() };
        assert_eq!(most.score(amounts()), 100);
    }
}

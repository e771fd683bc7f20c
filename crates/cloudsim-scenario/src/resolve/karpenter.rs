//! Karpenter's pools, and the instances that they have at the start.

use super::context::{Context, Kind};
use super::kube::nodes::Room;
use super::kube::workloads::needed;
use super::network::subnet_list;
use super::security::security_groups;
use crate::diagnostics::{codes, did_you_mean};
use crate::limits;
use crate::place::At;
use crate::spec::{self, Text};
use cloudsim_aws::services::auto_scaling_group::{AutoScalingGroupSpec, HealthCheckType, Keeper};
use cloudsim_aws::services::ec2_instance::{ServerSpec, types};
use cloudsim_kube::objects::Quantity;
use cloudsim_kube::spec::{
    ClusterSpec, ConsolidationPolicy, DisruptionBudget, DisruptionReason, DisruptionSpec, KarpenterSpec,
    NodePoolSpec, PoolLimits, PoolType, PoolZone,
};
use cloudsim_kube::{eks, limits as kube};
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, SubnetId};

/// Gives clusters their Karpenter. Returns what its instances are members of: they come after all Auto Scaling groups.
pub(super) fn node_pools(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) -> Vec<AutoScalingGroupSpec> {
    let mut groups = Vec::new();
    for (index, cluster) in cx.spec.clusters.iter().enumerate() {
        let Some(karpenter) = &cluster.karpenter else { continue };
        let at = cx.at("clusters", index).field("karpenter");
        let (idle, most) = (karpenter.batch_idle_duration.as_ref(), karpenter.batch_max_duration.as_ref());
        let so_far = cx.problems.len();
        let mut read = KarpenterSpec {
            batch_idle_duration: cx.positive_or(at, "batch_idle_duration", idle, kube::BATCH_IDLE),
            batch_max_duration: cx.positive_or(at, "batch_max_duration", most, kube::BATCH_MAX),
            pools: Vec::new(),
        };
        if cx.problems.len() == so_far && read.batch_max_duration < read.batch_idle_duration {
            let message = "a batch is over before it has been idle".to_owned();
            let field = if most.is_some() { "batch_max_duration" } else { "batch_idle_duration" };
            cx.error(&codes::RANGE, at.field(field).span(), message).hint =
                Some("let `batch_max_duration` be at least `batch_idle_duration`".into());
        }
        let list = at.field("node_pools");
        if karpenter.node_pools.is_empty() {
            cx.error(&codes::RANGE, list.span(), "Karpenter has nothing to launch").hint =
                Some("give it a node pool, or leave `karpenter` out".into());
        }
        for (place, pool) in karpenter.node_pools.iter().enumerate() {
            let at = list.item(place);
            let first = cx.spec.auto_scaling_groups.len() + groups.len();
            let zones = zones(cx, at, pool);
            let group = members(cx, at, pool, &zones);
            let group_id = AutoScalingGroupId::from_index(first);
            let pool = node_pool(cx, at, pool, (group_id, zones));
            groups.push(group);
            read.pools.extend(pool);
        }
        clusters[index].karpenter = Some(read);
    }
    groups
}

/// Where the nodes of a pool may be.
fn zones(cx: &mut Context<'_>, at: At<'_>, pool: &spec::NodePool) -> Vec<PoolZone> {
    let class = at.field("node_class");
    let subnets = subnet_list(cx, class, &pool.node_class.subnets);
    let place = class.field("subnets");
    if subnets.is_empty() {
        cx.error(&codes::RANGE, place.span(), format!("pool `{}` is in no subnet", pool.name)).hint =
            Some("name a subnet for each zone".into());
    }
    let mut zones: Vec<PoolZone> = Vec::new();
    for (index, (name, subnet)) in pool.node_class.subnets.iter().zip(subnets).enumerate() {
        let Some(known) = cx.find(Kind::Subnet, name).map(|subnet| &cx.spec.subnets[subnet]) else {
            continue;
        };
        let Some(zone) = cx.find(Kind::Zone, &known.zone) else { continue };
        let of = &cx.spec.zones[zone];
        let zone = cloudsim_world::ZoneId::from_index(zone);
        if zones.iter().any(|other| other.zone == zone) {
            let message = format!("pool `{}` has two subnets in zone `{}`", pool.name, of.name);
            cx.error(&codes::RANGE, place.item(index).span(), message).hint = Some("keep one of them".into());
            continue;
        }
        let (region, name) = (of.region.clone(), of.name.clone());
        zones.push(PoolZone { zone, subnet, region, name });
    }
    let Some(wanted) = &pool.zones else { return zones };
    let list = at.field("zones");
    if wanted.is_empty() {
        cx.error(&codes::RANGE, list.span(), format!("pool `{}` may be in no zone", pool.name)).hint =
            Some("name a zone, or leave `zones` out".into());
    }
    for (index, name) in wanted.iter().enumerate() {
        cx.reference(list.item(index).span(), Kind::Zone, name);
        if cx.find(Kind::Zone, name).is_some()
            && !zones.iter().any(|zone| zone.name == *name)
            && !zones.is_empty()
        {
            let message = format!("pool `{}` has no subnet in zone `{name}`", pool.name);
            cx.error(&codes::RANGE, list.item(index).span(), message).hint =
                Some("name a subnet of that zone in its `node_class`".into());
        }
    }
    zones.retain(|zone| wanted.contains(&zone.name));
    zones
}

/// What the instances of a pool are members of, with those that it has at the start.
fn members(
    cx: &mut Context<'_>,
    at: At<'_>,
    pool: &spec::NodePool,
    zones: &[PoolZone],
) -> AutoScalingGroupSpec {
    let class = at.field("node_class");
    let of = &pool.node_class;
    let name = cx.name(at, &pool.name);
    let taken =
        cx.spec.auto_scaling_groups.iter().any(|group| group.name == name || group.members_called() == name);
    let same = cx.spec.node_pools().filter(|other| other.name == name).count() > 1;
    if taken || same {
        let message = format!("the instances of two are called `{name}`");
        cx.error(&codes::DUPLICATE_NAME, at.field("name").span(), message).hint =
            Some("give the pool a name that no other pool and no Auto Scaling group has".into());
    }
    let subnets: Vec<SubnetId> = zones.iter().map(|zone| zone.subnet).collect();
    let desired = cx.count_or(at, "nodes", pool.nodes, &limits::MEMBERS, 0);
    AutoScalingGroupSpec {
        keeper: Keeper::Karpenter,
        member: name.clone(),
        name,
        subnets,
        desired,
        min: 0,
        max: desired,
        target_groups: Vec::new(),
        security_groups: security_groups(cx, class, of.security_groups.as_deref()),
        health_check: HealthCheckType::Ec2,
        grace_period: SimDuration::ZERO,
        server: ServerSpec {
            instance_type: pool.instance_types.first().cloned().unwrap_or_default(),
            workers: 0,
            connections_max: 0,
            launch: cx.distribution_or(class, "launch", of.launch.as_ref(), cx.assumed.ec2_instance.launch),
            start: cx.distribution_or(class, "start", of.start.as_ref(), cx.assumed.ec2_instance.start),
            image: None,
            secrets: Vec::new(),
        },
    }
}

fn node_pool(
    cx: &mut Context<'_>,
    at: At<'_>,
    pool: &spec::NodePool,
    (group, zones): (AutoScalingGroupId, Vec<PoolZone>),
) -> Option<NodePoolSpec> {
    let types = instance_types(cx, at, pool);
    let class = at.field("node_class");
    let join = cx.distribution_or(class, "join", pool.node_class.join.as_ref(), cx.assumed.kube.join);
    let weight = cx.count_or(at, "weight", pool.weight, &limits::POOL_WEIGHTS, 0);
    let limits = pool_limits(cx, at.field("limits"), pool.limits.as_ref());
    let disruption = disruption(cx, at.field("disruption"), pool.disruption.as_ref());
    let first = pool.instance_types.iter().find(|kind| types::instance_type(kind).is_some());
    let room = Room { at, allocatable: None, instance_type: Some(first?.as_str()) };
    let read = room.node(cx, &pool.name, pool.labels.clone(), &pool.taints, None)?;
    Some(NodePoolSpec {
        name: pool.name.clone(),
        group,
        weight,
        types,
        zones,
        limits,
        labels: read.labels,
        taints: read.taints,
        disruption,
        join,
    })
}

/// The types that a pool may launch: those of which both the room and the price are known.
fn instance_types(cx: &mut Context<'_>, at: At<'_>, pool: &spec::NodePool) -> Vec<PoolType> {
    let list = at.field("instance_types");
    if pool.instance_types.is_empty() {
        cx.error(&codes::RANGE, list.span(), format!("pool `{}` may launch no instance type", pool.name))
            .hint = Some("name one at least, as in \"m5.xlarge\"".into());
    }
    let mut types: Vec<PoolType> = Vec::new();
    for (index, name) in pool.instance_types.iter().enumerate() {
        let place = list.item(index).span();
        let (Some(known), Some(price)) = (types::instance_type(name), cx.prices.instance_hour(name)) else {
            let both = cx.prices.instance_types().filter(|name| types::instance_type(name).is_some());
            let message = format!(
                "room and price of `{}` are not known: Karpenter chooses by both",
                name.escape_debug()
            );
            let hint = did_you_mean(name, both);
            let hint =
                hint.unwrap_or_else(|| "take a type as \"m5.xlarge\", \"c5.large\" or \"r5.large\"".into());
            cx.error(&codes::VALUE, place, message).hint = Some(hint);
            continue;
        };
        if types.iter().any(|other| other.name == *name) {
            let message = format!("pool `{}` has `{name}` twice", pool.name);
            cx.error(&codes::DUPLICATE_NAME, place, message).hint = Some("keep one of them".into());
            continue;
        }
        let memory = i64::try_from(known.memory.0).unwrap_or(i64::MAX);
        types.push(PoolType {
            name: name.clone(),
            price,
            capacity: (i64::from(known.vcpus) * 1000, memory),
            allocatable: eks::allocatable(known.vcpus, known.memory, known.pods_max),
            pods_max: known.pods_max.into(),
        });
    }
    types
}

fn pool_limits(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::PoolLimits>) -> PoolLimits {
    let Some(spec) = spec else { return PoolLimits::default() };
    let mut read = |field: &str, amount: Option<&spec::Amount>, of: fn(Quantity) -> i64| {
        let amount = amount?;
        match Quantity::parse(&amount.0) {
            Ok(quantity) if of(quantity) > 0 => Some(of(quantity)),
            Ok(_) => {
                cx.error(&codes::RANGE, at.field(field).span(), "a limit of nothing").hint =
                    Some("write an amount above 0, as in \"100\" or \"400Gi\"".into());
                None
            }
            Err(problem) => {
                cx.error(&codes::VALUE, at.field(field).span(), problem).hint =
                    Some("write an amount, as in \"100\" or \"400Gi\"".into());
                None
            }
        }
    };
    let milli_cpu = read("cpu", spec.cpu.as_ref(), Quantity::milli_value);
    PoolLimits { milli_cpu, memory: read("memory", spec.memory.as_ref(), Quantity::value) }
}

fn disruption(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::Disruption>) -> DisruptionSpec {
    let default = DisruptionSpec::default();
    let Some(spec) = spec else { return default };
    let after = spec.consolidate_after.as_ref();
    let budgets = spec.budgets.as_ref().map(|budgets| {
        let mut read = Vec::new();
        for (index, budget) in budgets.iter().enumerate() {
            let place = at.field("budgets").item(index);
            let Some(nodes) = needed(cx, place.field("nodes"), &budget.nodes.0, "nodes") else { continue };
            match &budget.reasons {
                None => read.push(DisruptionBudget { nodes, reason: None }),
                Some(reasons) if reasons.is_empty() => {
                    cx.error(&codes::RANGE, place.field("reasons").span(), "a budget for no reason").hint =
                        Some("name `Empty` or `Underutilized`, or leave `reasons` out".into());
                }
                Some(reasons) => read.extend(reasons.iter().map(|reason| DisruptionBudget {
                    nodes,
                    reason: Some(match reason {
                        spec::DisruptionReason::Empty => DisruptionReason::Empty,
                        spec::DisruptionReason::Underutilized => DisruptionReason::Underutilized,
                    }),
                })),
            }
        }
        read
    });
    DisruptionSpec {
        policy: match spec.consolidation_policy {
            None => default.policy,
            Some(spec::ConsolidationPolicy::WhenEmpty) => ConsolidationPolicy::WhenEmpty,
            Some(spec::ConsolidationPolicy::WhenEmptyOrUnderutilized) => {
                ConsolidationPolicy::WhenEmptyOrUnderutilized
            }
        },
        consolidate_after: consolidate_after(
            cx,
            at.field("consolidate_after"),
            after,
            default.consolidate_after,
        ),
        budgets: budgets.unwrap_or(default.budgets),
    }
}

/// A duration, or never.
fn consolidate_after(
    cx: &mut Context<'_>,
    at: At<'_>,
    text: Option<&Text<spec::Interval>>,
    default: Option<SimDuration>,
) -> Option<SimDuration> {
    let Some(text) = text else { return default };
    let interval = cx.value(at, text).0?;
    Some(cx.within(at, interval, &(SimDuration::ZERO..=limits::SPAN_MAX)))
}

//! How often things fail: what is meant by each entry.

use super::Context;
use crate::diagnostics::{Problem, codes, did_you_mean};
use crate::limits::{self, PER_YEAR};
use crate::plan::{FailingThing, FailureSpec, FaultKind, Member, Plan};
use cloudsim_aws::services::rds::{DatabaseSpec, ReplicaSpec};
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, DatabaseId, EndpointId, LoadBalancerId, NatGatewayId, ZoneId};

/// The kinds of faults that come and go by themselves.
const KINDS: [&str; 13] = [
    "zone",
    "region",
    "control-plane",
    "partition",
    "host",
    "process",
    "nat",
    "balancer-node",
    "rds",
    "standby",
    "replica",
    "api-server",
    "endpoint",
];

/// Of these, those in which nothing fails that another takes not as well: a host takes its process with it, and power what a
/// partition cuts off.
const TAKEN_BY_OTHERS: [&str; 2] = ["partition", "process"];

/// The failures of the file, or those of the world's kind.
pub(super) fn failures(cx: &mut Context<'_>, plan: &Plan) -> Vec<FailureSpec> {
    // An empty list lets nothing fail.
    if cx.root.field("failures").is_none() {
        return by_default(plan);
    }
    let mut failures: Vec<FailureSpec> = Vec::new();
    for (index, spec) in cx.spec.failures.iter().enumerate() {
        let at = cx.at("failures", index);
        if !PER_YEAR.contains(&spec.per_year) {
            let message =
                format!("`{}` is not between {} and {}", spec.per_year, PER_YEAR.start(), PER_YEAR.end());
            cx.error(&codes::RANGE, at.field("per_year").span(), message);
        }
        let lasts = cx.distribution(at.field("lasts"), &spec.lasts);
        if lasts.mean() < SimDuration::from_secs(1) {
            let message = "what lasts less than a second is no failure".to_owned();
            cx.error(&codes::RANGE, at.field("lasts").span(), message).hint =
                Some("say `Constant(\"1s\")` or more".into());
        }
        let things = match spec.what.split_once(':').filter(|(kind, _)| KINDS.contains(kind)) {
            Some((kind, target)) => things(plan, kind, target),
            None => Vec::new(),
        };
        if things.is_empty() && cx.incomplete.is_empty() {
            let known: Vec<String> =
                KINDS.iter().flat_map(|kind| things_of(plan, kind)).map(|of| of.name).collect();
            let hint = did_you_mean(&spec.what, known.iter().map(String::as_str));
            let kinds = || format!("write one of the kinds {}, and what: `zone:*`", KINDS.join(", "));
            cx.error(
                &codes::UNKNOWN_NAME,
                at.field("what").span(),
                format!("nothing is called `{}`", spec.what),
            )
            .hint = Some(hint.unwrap_or_else(kinds));
        }
        for thing in &things {
            let other = failures.iter().position(|of| of.things.iter().any(|other| other.name == thing.name));
            // Entries of one name are told elsewhere.
            if let Some(other) = other.filter(|other| failures[*other].what != spec.what) {
                let message = format!(
                    "`{}` fails by two entries, `{}` and `{}`",
                    thing.name, failures[other].what, spec.what
                );
                let (first, hint) =
                    (cx.at("failures", other).field("what").span(), "name each thing in one entry");
                cx.problems.push(
                    Problem::error(&codes::DUPLICATE_NAME, message)
                        .at(at.field("what").span())
                        .also(first, "here too")
                        .hint(hint),
                );
                break;
            }
        }
        failures.push(FailureSpec { what: spec.what.clone(), per_year: spec.per_year, lasts, things });
    }
    failures
}

/// Everything that can fail by itself, each thing once.
pub(crate) fn single(plan: &Plan) -> Vec<FailingThing> {
    let kinds = KINDS.iter().filter(|kind| !TAKEN_BY_OTHERS.contains(kind));
    kinds.flat_map(|kind| things_of(plan, kind)).collect()
}

fn by_default(plan: &Plan) -> Vec<FailureSpec> {
    let assumed = &plan.assumptions.failures;
    let of = [
        ("zone", limits::ZONE_FAILURES, assumed.zone_outage),
        ("host", limits::HOST_FAILURES, assumed.host_repair),
        ("nat", limits::NAT_GATEWAY_FAILURES, assumed.nat_gateway_repair),
        ("rds", limits::HOST_FAILURES, assumed.host_repair),
        ("standby", limits::HOST_FAILURES, assumed.host_repair),
    ];
    of.into_iter()
        .map(|(kind, per_year, lasts)| FailureSpec {
            what: format!("{kind}:*"),
            per_year,
            lasts,
            things: things(plan, kind, "*"),
        })
        .filter(|failure| !failure.things.is_empty())
        .collect()
}

/// What is meant by a target: all, one, or the members of a group.
fn things(plan: &Plan, kind: &str, target: &str) -> Vec<FailingThing> {
    let group = plan.auto_scaling_groups.iter().find(|group| group.member == target);
    let is_meant = |thing: &FailingThing| {
        let own = thing.name.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
        let number = || own?.strip_prefix(group?.member.as_str())?.strip_prefix('-');
        target == "*" || own == Some(target) || number().is_some_and(|number| number.parse::<u32>().is_ok())
    };
    things_of(plan, kind).into_iter().filter(is_meant).collect()
}

/// Everything that can fail in one way.
fn things_of(plan: &Plan, kind: &str) -> Vec<FailingThing> {
    let thing = |name: &str, fault: FaultKind| FailingThing { name: format!("{kind}:{name}"), kind: fault };
    let zones = || plan.zones.iter().enumerate().map(|(index, zone)| (ZoneId::from_index(index), zone));
    let databases = || {
        let all = plan.databases.iter().enumerate();
        all.map(|(index, spec)| (DatabaseId::from_index(index), spec))
    };
    let members = |may: &dyn Fn(AutoScalingGroupId) -> bool,
                   fault: fn(AutoScalingGroupId, Member) -> FaultKind| {
        let groups = plan.auto_scaling_groups.iter().enumerate();
        let groups = groups.map(|(index, spec)| (AutoScalingGroupId::from_index(index), spec));
        let members = groups.filter(|(id, _)| may(*id)).flat_map(|(id, spec)| {
            (1..=spec.desired).map(move |number| (format!("{}-{number}", spec.member), id, number))
        });
        members
            .map(|(name, id, number)| thing(&name, fault(id, Member::Number(number))))
            .collect::<Vec<FailingThing>>()
    };
    match kind {
        "zone" => zones().map(|(zone, spec)| thing(&spec.name, FaultKind::ZonePowerLoss { zone })).collect(),
        "region" => {
            let of = |region: &str| FaultKind::RegionPowerLoss {
                region: region.to_owned(),
                zones: plan.zones_of(region),
                return_apart: SimDuration::ZERO,
            };
            plan.regions().into_iter().map(|region| thing(region, of(region))).collect()
        }
        "control-plane" => {
            let of = |region: &str| FaultKind::ControlPlaneLoss {
                region: region.to_owned(),
                zones: plan.zones_of(region),
            };
            plan.regions().into_iter().map(|region| thing(region, of(region))).collect()
        }
        "partition" => zones()
            .map(|(zone, spec)| {
                let others = zones().filter(|(other, of)| *other != zone && of.region == spec.region);
                let from = others.map(|(other, _)| other).collect();
                thing(&spec.name, FaultKind::ZonePartition { zone, from, internet: false })
            })
            .collect(),
        "host" => {
            let mut hosts = members(&|_| true, |group, member| FaultKind::HostDeath { group, member });
            hosts.extend(plan.clusters.iter().enumerate().flat_map(|(cluster, spec)| {
                let nodes = spec.nodes.iter().enumerate();
                nodes.map(move |(node, spec)| thing(&spec.name, FaultKind::NodeDeath { cluster, node }))
            }));
            hosts
        }
        "process" => members(
            &|group| !plan.clusters.iter().any(|cluster| cluster.has_group(group)),
            |group, member| FaultKind::ProcessDeath { group, member },
        ),
        "nat" => {
            let gateways = plan.nat_gateways.iter().enumerate();
            gateways
                .map(|(index, spec)| {
                    let nat_gateway = NatGatewayId::from_index(index);
                    thing(&spec.name, FaultKind::NatGatewayLoss { nat_gateway })
                })
                .collect()
        }
        "rds" => databases()
            .map(|(database, spec)| thing(&spec.name, FaultKind::DatabasePrimaryCrash { database }))
            .collect(),
        "standby" => databases()
            .filter(|(_, spec)| spec.multi_az)
            .map(|(database, spec)| thing(&spec.name, FaultKind::DatabaseStandbyLoss { database }))
            .collect(),
        _ => apart(plan, kind),
    }
}

/// The same of what is no host and no zone: nodes of load balancers, endpoints, API servers and read replicas.
fn apart(plan: &Plan, kind: &str) -> Vec<FailingThing> {
    let thing = |name: &str, fault: FaultKind| FailingThing { name: format!("{kind}:{name}"), kind: fault };
    match kind {
        "balancer-node" => {
            let balancers = plan.load_balancers.iter().enumerate();
            let nodes = balancers.flat_map(|(index, spec)| {
                spec.subnets.iter().map(move |subnet| {
                    let zone = plan.subnets[subnet.index()].zone;
                    let name = format!("{}/{}", spec.name, plan.zones[zone.index()].name);
                    let balancer = LoadBalancerId::from_index(index);
                    (name, FaultKind::BalancerNodeLoss { balancer, zone })
                })
            });
            nodes.map(|(name, fault)| thing(&name, fault)).collect()
        }
        "endpoint" => {
            let endpoints = plan.endpoints.iter().enumerate();
            let of = |index| FaultKind::EndpointOutage { endpoint: EndpointId::from_index(index) };
            endpoints.map(|(index, spec)| thing(&spec.name, of(index))).collect()
        }
        "api-server" => {
            let clusters = plan.clusters.iter().enumerate();
            clusters
                .map(|(cluster, spec)| thing(&spec.name, FaultKind::ApiServerOutage { cluster }))
                .collect()
        }
        "replica" => {
            let of = |(database, spec): (DatabaseId, &DatabaseSpec)| {
                let there = spec.replicas.iter().enumerate().filter(|(_, replica)| replica.exists);
                let of = |(replica, spec): (usize, &ReplicaSpec)| {
                    thing(&spec.name, FaultKind::ReplicaLoss { database, replica })
                };
                there.map(of).collect::<Vec<FailingThing>>()
            };
            let all = plan.databases.iter().enumerate();
            all.map(|(index, spec)| (DatabaseId::from_index(index), spec)).flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

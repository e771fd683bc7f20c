//! Faults and objectives.

use super::network::subnet_list;
use super::{Context, Kind, instant};
use crate::diagnostics::{Span, codes};
use crate::place::At;
use crate::plan::{FaultKind, FaultSpec, Measured, Member, ObjectiveKind, ObjectiveSpec, Store, Suffers};
use crate::spec::{Direction, Fault, Objective, Text};
use cloudsim_kube::objects::Workload;
use cloudsim_kube::spec::{ClusterSpec, WorkloadSpec};
use cloudsim_units::{Ratio, SimDuration};
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, EndpointId, LoadBalancerId, NatGatewayId, NetworkAclId, RouteTableId,
    SecurityGroupId, ServiceId, TableId, ZoneId,
};
use std::collections::BTreeSet;

pub(super) fn faults(cx: &mut Context<'_>, clusters: &[ClusterSpec]) -> Vec<FaultSpec> {
    let mut faults = Vec::new();
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let at = cx.at("faults", index);
        let kind = match fault {
            Fault::ZonePowerLoss { zone, .. } => {
                FaultKind::ZonePowerLoss { zone: zone_id(cx, at.field("zone"), zone) }
            }
            Fault::RegionPowerLoss { region, return_apart, .. } => {
                let return_apart = cx.span_or(at, "return_apart", return_apart.as_ref(), SimDuration::ZERO);
                let zones = zones_of(cx, at.field("region"), region);
                FaultKind::RegionPowerLoss { region: region.clone(), zones, return_apart }
            }
            Fault::ControlPlaneLoss { region, .. } => {
                let zones = zones_of(cx, at.field("region"), region);
                FaultKind::ControlPlaneLoss { region: region.clone(), zones }
            }
            Fault::ZonePartition { zone, from, internet, .. } => {
                let zone = zone_id(cx, at.field("zone"), zone);
                let from = match from {
                    Some(names) => zone_list(cx, at.field("from"), names, zone),
                    None => others(cx, zone),
                };
                FaultKind::ZonePartition { zone, from, internet: internet.unwrap_or(false) }
            }
            Fault::GreyZone { zone, latency, jitter, loss, direction, .. } => {
                let zone = zone_id(cx, at.field("zone"), zone);
                let late = (latency.as_ref(), jitter.as_ref());
                grey_zone(cx, at, zone, late, loss.as_ref(), *direction)
            }
            Fault::RouteTableChange { subnets, route_table, .. } => {
                not_empty(cx, at.field("subnets"), subnets, "subnet");
                let table = cx.reference(at.field("route_table").span(), Kind::RouteTable, route_table);
                FaultKind::RouteTableChange {
                    subnets: subnet_list(cx, at, subnets),
                    route_table: RouteTableId::from_index(table),
                }
            }
            Fault::NetworkAclChange { subnets, network_acl, .. } => {
                not_empty(cx, at.field("subnets"), subnets, "subnet");
                let acl = cx.reference(at.field("network_acl").span(), Kind::NetworkAcl, network_acl);
                FaultKind::NetworkAclChange {
                    subnets: subnet_list(cx, at, subnets),
                    network_acl: NetworkAclId::from_index(acl),
                }
            }
            Fault::SecurityGroupChange { security_group, rules_of, .. } => {
                rules_change(cx, at, security_group, rules_of)
            }
            Fault::HostDeath { instance, .. } => {
                let own = clusters.iter().enumerate().find_map(|(cluster, spec)| {
                    let node = spec.nodes.iter().position(|node| node.name == *instance)?;
                    Some(FaultKind::NodeDeath { cluster, node })
                });
                own.unwrap_or_else(|| {
                    let (group, member) = host(cx, at.field("instance"), instance);
                    FaultKind::HostDeath { group, member }
                })
            }
            Fault::ProcessDeath { instance, .. } => {
                let (group, member) = with_process(cx, clusters, at.field("instance"), instance);
                FaultKind::ProcessDeath { group, member }
            }
            Fault::InsufficientCapacity { zone, instance_type, .. } => FaultKind::InsufficientCapacity {
                zone: zone_id(cx, at.field("zone"), zone),
                instance_type: instance_type.clone(),
            },
            Fault::NatGatewayLoss { nat_gateway, .. } => {
                let gateway = cx.reference(at.field("nat_gateway").span(), Kind::NatGateway, nat_gateway);
                FaultKind::NatGatewayLoss { nat_gateway: NatGatewayId::from_index(gateway) }
            }
            Fault::DatabasePrimaryCrash { database, .. } => {
                FaultKind::DatabasePrimaryCrash { database: database_id(cx, at, database) }
            }
            Fault::DatabaseStandbyLoss { database, .. } => {
                FaultKind::DatabaseStandbyLoss { database: database_id(cx, at, database) }
            }
            Fault::ReplicaLoss { replica, .. } => {
                let (database, replica) = super::intervention::replica(cx, at.field("replica"), replica);
                FaultKind::ReplicaLoss { database, replica }
            }
            Fault::BalancerNodeLoss { node, .. } => balancer_node(cx, at.field("node"), node),
            Fault::EndpointOutage { endpoint, .. } => {
                let endpoint = cx.reference(at.field("endpoint").span(), Kind::Endpoint, endpoint);
                FaultKind::EndpointOutage { endpoint: EndpointId::from_index(endpoint) }
            }
            Fault::ApiServerOutage { cluster, .. } => {
                let cluster = cx.reference(at.field("cluster").span(), Kind::Cluster, cluster);
                FaultKind::ApiServerOutage { cluster }
            }
        };
        let (name, starts, lasts) = fault.common();
        faults.push(FaultSpec {
            name: cx.name(at, name),
            kind,
            at: instant(cx.span(at.field("at"), starts)),
            lasts: lasts.map(|lasts| cx.positive(at.field("lasts"), lasts)),
        });
    }
    faults
}

/// Packets of a zone suffer, in some way at least.
fn grey_zone(
    cx: &mut Context<'_>,
    at: At<'_>,
    zone: ZoneId,
    (latency, jitter): (Option<&Text<SimDuration>>, Option<&Text<SimDuration>>),
    loss: Option<&Text<Ratio>>,
    direction: Option<Direction>,
) -> FaultKind {
    let suffers = match direction {
        None | Some(Direction::Both) => Suffers { leaving: true, entering: true },
        Some(Direction::Ingress) => Suffers { leaving: false, entering: true },
        Some(Direction::Egress) => Suffers { leaving: true, entering: false },
    };
    let latency = cx.span_or(at, "latency", latency, SimDuration::ZERO);
    let jitter = cx.span_or(at, "jitter", jitter, SimDuration::ZERO);
    let loss = cx.value_or(at, "loss", loss, Ratio::ZERO);
    if latency == SimDuration::ZERO && jitter == SimDuration::ZERO && loss == Ratio::ZERO {
        cx.error(&codes::MISSING_FIELD, at.span(), "a grey zone in which nothing suffers").hint =
            Some("give at least one of `latency`, `jitter` and `loss`".into());
    }
    FaultKind::GreyZone { zone, latency, jitter, loss, suffers }
}

/// A security group gets the rules of another, which has to be one.
fn rules_change(cx: &mut Context<'_>, at: At<'_>, security_group: &str, rules_of: &str) -> FaultKind {
    let group = |cx: &mut Context<'_>, field: &str, name: &str| {
        let group = cx.reference(at.field(field).span(), Kind::SecurityGroup, name);
        SecurityGroupId::from_index(group)
    };
    if security_group == rules_of && cx.find(Kind::SecurityGroup, rules_of).is_some() {
        let message = format!("`{rules_of}` has its own rules already");
        cx.error(&codes::RANGE, at.field("rules_of").span(), message).hint =
            Some("name a group with other rules".into());
    }
    FaultKind::SecurityGroupChange {
        security_group: group(cx, "security_group", security_group),
        rules_of: group(cx, "rules_of", rules_of),
    }
}

/// The node of a load balancer, called by that and its zone.
fn balancer_node(cx: &mut Context<'_>, at: At<'_>, name: &str) -> FaultKind {
    let mut known = Vec::new();
    for (place, balancer) in cx.spec.load_balancers.iter().enumerate() {
        for subnet in &balancer.subnets {
            let Some(subnet) = cx.find(Kind::Subnet, subnet) else { continue };
            let zone = &cx.spec.subnets[subnet].zone;
            if let Some(number) = cx.find(Kind::Zone, zone) {
                let id = LoadBalancerId::from_index(place);
                known.push((format!("{}/{zone}", balancer.name), id, ZoneId::from_index(number)));
            }
        }
    }
    let found = known.iter().find(|(node, ..)| node == name);
    if found.is_none() && !cx.has_unread("load_balancers") && !cx.has_unread("subnets") {
        let hint = cx.nearest(name, known.iter().map(|(node, ..)| node.as_str()), "load balancer");
        cx.error(&codes::UNKNOWN_NAME, at.span(), format!("no node `{name}` of a load balancer")).hint = hint;
    }
    let (balancer, zone) =
        found.map_or((LoadBalancerId(0), ZoneId(0)), |(_, balancer, zone)| (*balancer, *zone));
    FaultKind::BalancerNodeLoss { balancer, zone }
}

/// The zones of a region.
fn zones_of(cx: &mut Context<'_>, at: At<'_>, region: &str) -> Vec<ZoneId> {
    cx.reference(at.span(), Kind::Region, region);
    let zones = cx.spec.zones.iter().enumerate().filter(|(_, zone)| zone.region == region);
    zones.map(|(index, _)| ZoneId::from_index(index)).collect()
}

/// A fault of nothing is a mistake.
fn not_empty(cx: &mut Context<'_>, list: At<'_>, names: &[String], what: &str) {
    if names.is_empty() {
        cx.error(&codes::RANGE, list.span(), format!("a fault that names no {what}")).hint =
            Some(format!("name at least one {what}"));
    }
}

fn zone_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> ZoneId {
    ZoneId::from_index(cx.reference(at.span(), Kind::Zone, name))
}

/// The zones that a list names, which cannot hold the zone itself.
fn zone_list(cx: &mut Context<'_>, list: At<'_>, names: &[String], but: ZoneId) -> Vec<ZoneId> {
    not_empty(cx, list, names, "zone");
    let mut zones = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let zone = zone_id(cx, list.item(index), name);
        if zone == but && cx.find(Kind::Zone, name).is_some() {
            cx.error(&codes::RANGE, list.item(index).span(), format!("zone `{name}` cut off from itself"))
                .hint = Some("name other zones; `ZonePowerLoss` makes all of a zone fail".into());
        }
        zones.push(zone);
    }
    zones
}

/// The other zones of a zone's region.
fn others(cx: &Context<'_>, zone: ZoneId) -> Vec<ZoneId> {
    let zones = &cx.spec.zones;
    let region = zones.get(zone.index()).map(|zone| &zone.region);
    let others = zones
        .iter()
        .enumerate()
        .filter(|(index, other)| *index != zone.index() && Some(&other.region) == region);
    others.map(|(index, _)| ZoneId::from_index(index)).collect()
}

fn database_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> DatabaseId {
    DatabaseId::from_index(cx.reference(at.field("database").span(), Kind::Database, name))
}

/// What keeps the data that an objective is about.
fn store(cx: &mut Context<'_>, at: At<'_>, name: &str) -> Store {
    let index = cx.reference(at.field("database").span(), Kind::Store, name);
    match index.checked_sub(cx.spec.databases.len()) {
        Some(table) => Store::Table(TableId::from_index(table)),
        None => Store::Database(DatabaseId::from_index(index)),
    }
}

/// The host of an instance, unless that is a node with which something is wrong.
fn host(cx: &mut Context<'_>, at: At<'_>, name: &str) -> (AutoScalingGroupId, Member) {
    if cx.has_unread("nodes") || cx.spec.nodes.iter().any(|node| node.name == name) {
        return (AutoScalingGroupId(0), Member::Any);
    }
    member(cx, at, name)
}

/// An instance whose process can die: one that is no node, whose processes are pods.
pub(super) fn with_process(
    cx: &mut Context<'_>,
    clusters: &[ClusterSpec],
    at: At<'_>,
    name: &str,
) -> (AutoScalingGroupId, Member) {
    let (group, member) = host(cx, at, name);
    let is_own = cx.spec.nodes.iter().any(|node| node.name == name);
    if is_own || clusters.iter().any(|cluster| cluster.has_group(group)) && !cx.has_unread("nodes") {
        let message = format!("`{name}` is a node: what runs on it are pods");
        cx.error(&codes::UNKNOWN_NAME, at.span(), message).hint =
            Some(format!("the whole node dies by `host:{name}@…`; pods start anew by `rollout restart`"));
    }
    (group, member)
}

/// `frontend-server` is any member of the group that calls its members so, `frontend-server-2` its second.
pub(super) fn member(cx: &mut Context<'_>, at: At<'_>, instance: &str) -> (AutoScalingGroupId, Member) {
    // A pool is a group of the plan's, after all Auto Scaling groups.
    let own = cx.spec.auto_scaling_groups.iter().map(|group| (group.members_called(), group.desired.0));
    let pools = cx.spec.node_pools().map(|pool| (pool.name.as_str(), pool.nodes.map_or(0, |count| count.0)));
    let groups: Vec<(&str, u64)> = own.chain(pools).collect();
    let called = |word: &str| groups.iter().position(|(member, _)| *member == word);
    if let Some(index) = called(instance) {
        return (AutoScalingGroupId::from_index(index), Member::Any);
    }
    let numbered = instance.rsplit_once('-').and_then(|(member, number)| {
        let number =
            number.parse::<u32>().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some((called(member)?, number))
    });
    let Some((index, number)) = numbered else {
        if !cx.has_unread("auto_scaling_groups") && !cx.incomplete.contains("auto_scaling_groups") {
            let nodes = cx.spec.nodes.iter().map(|node| node.name.as_str());
            let known = groups.iter().map(|(member, _)| *member).chain(nodes);
            let hint = cx.nearest(instance, known, "Auto Scaling group");
            cx.error(&codes::UNKNOWN_NAME, at.span(), format!("no instance `{instance}`")).hint = hint;
        }
        return (AutoScalingGroupId(0), Member::Any);
    };
    let (member, desired) = groups[index];
    if u64::from(number) > desired || number == 0 {
        let message = if desired == 0 {
            let name = cx.spec.auto_scaling_groups.get(index).map_or(member, |group| group.name.as_str());
            format!("`{instance}` does not exist: group `{name}` starts without members")
        } else {
            format!("`{instance}` does not exist: members start as `{member}-1` to `{member}-{desired}`")
        };
        cx.error(&codes::UNKNOWN_NAME, at.span(), message).hint =
            Some(format!("`{member}` means any of them"));
    }
    (AutoScalingGroupId::from_index(index), Member::Number(number))
}

pub(super) fn objectives(cx: &mut Context<'_>, clusters: &[ClusterSpec]) -> Vec<ObjectiveSpec> {
    let mut objectives = Vec::new();
    for (index, objective) in cx.spec.objectives.iter().enumerate() {
        let at = cx.at("objectives", index);
        let limit = at.field("at_most");
        let kind = match objective {
            Objective::Rto { service, at_most, .. } => {
                let service = measured(cx, at, service, clusters);
                ObjectiveKind::Rto { service, at_most: cx.span(limit, at_most) }
            }
            Objective::Rpo { database, at_most, .. } => {
                ObjectiveKind::Rpo { store: store(cx, at, database), at_most: cx.span(limit, at_most) }
            }
            Objective::Availability { service, at_least, .. } => ObjectiveKind::Availability {
                service: measured(cx, at, service, clusters),
                at_least: cx.value(at.field("at_least"), at_least),
            },
            Objective::Latency { service, percentile: share, at_most, .. } => ObjectiveKind::Latency {
                service: service_id(cx, at, service),
                percentile: percentile(cx, at.field("percentile"), *share),
                at_most: cx.span(limit, at_most),
            },
            Objective::MonthlyCost { at_most, .. } => {
                ObjectiveKind::MonthlyCost { at_most: cx.value(limit, at_most) }
            }
        };
        let name = cx.name(at, objective.name());
        objectives.push(ObjectiveSpec { name, kind, expect_breached: objective.expects_breach() });
    }
    objectives
}

/// A service, or where there is no traffic a workload by the name under which it is measured.
fn measured(cx: &mut Context<'_>, at: At<'_>, name: &str, clusters: &[ClusterSpec]) -> Measured {
    if cx.find(Kind::Service, name).is_none() && cx.spec.traffic.is_empty() {
        // What seems to be missing may be something that could not be read.
        let lists = ["clusters", "deployments", "replica_sets", "stateful_sets", "daemon_sets"];
        if lists.iter().any(|list| cx.has_unread(list) || cx.incomplete.contains(list)) {
            return Measured::Service(ServiceId(0));
        }
        let is_measured = |of: &Workload, own: &str| of.is_service() && of.path() == own;
        let place = at.field("service").span();
        if let Some((cluster, workload)) = workload_called(cx, clusters, (place, name), is_measured) {
            return Measured::Workload { cluster, workload };
        }
        if cx.spec.services.is_empty() && !clusters.is_empty() {
            let of_cluster = |spec: &ClusterSpec| -> Vec<String> {
                let own = spec.workloads.iter().map(|of| &of.workload).filter(|of| of.is_service());
                own.map(|of| spec.called(of.path())).collect()
            };
            let known: Vec<String> = clusters.iter().flat_map(of_cluster).collect();
            // Of two of one name, either may be what is meant here.
            if known.iter().collect::<BTreeSet<_>>().len() < known.len() {
                return Measured::Service(ServiceId(0));
            }
            let hint = cx.nearest(name, known.iter().map(String::as_str), "workload");
            cx.error(&codes::UNKNOWN_NAME, at.field("service").span(), format!("no workload `{name}`"))
                .hint = hint;
            return Measured::Service(ServiceId(0));
        }
    }
    Measured::Service(service_id(cx, at, name))
}

/// The workload that is meant by a name, and its cluster; what `is_it` says of it and of the name within its cluster.
pub(super) fn workload_called(
    cx: &mut Context<'_>,
    clusters: &[ClusterSpec],
    (place, name): (Span, &str),
    is_it: impl Fn(&Workload, &str) -> bool,
) -> Option<(usize, usize)> {
    let in_cluster = |(cluster, spec): (usize, &ClusterSpec)| {
        let is_meant = |of: &WorkloadSpec| spec.is_meant(name, |own| is_it(&of.workload, own));
        Some((cluster, spec.workloads.iter().position(is_meant)?))
    };
    let found: Vec<(usize, usize)> = clusters.iter().enumerate().filter_map(in_cluster).collect();
    if found.len() > 1 {
        let of: Vec<&str> = found.iter().map(|(cluster, _)| clusters[*cluster].name.as_str()).collect();
        let message = format!("`{name}` is in several clusters: {}", of.join(", "));
        cx.error(&codes::CLUSTER, place, message).hint = Some(format!("write `{}/{name}`", of[0]));
    }
    found.first().copied()
}

fn service_id(cx: &mut Context<'_>, at: At<'_>, name: &str) -> ServiceId {
    ServiceId::from_index(cx.reference(at.field("service").span(), Kind::Service, name))
}

/// In thousandths of a percent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100, as was just checked"
)]
fn percentile(cx: &mut Context<'_>, at: At<'_>, percentile: f64) -> u32 {
    let thousandths = (percentile * 1_000.0).round();
    // Written so that what is not a number is out of bounds too.
    let inside = percentile > 0.0 && percentile < 100.0;
    if !inside || (percentile * 1_000.0 - thousandths).abs() > 1e-6 {
        cx.error(&codes::RANGE, at.span(), format!("{percentile} is not a percentile")).hint =
            Some("take a number above 0 and below 100 with at most three decimals, as in 99.9".into());
        return 50_000;
    }
    thousandths as u32
}

//! Interventions: what the words of an operator name.

use super::trial::{member, with_process, workload_called};
use super::{Context, Kind, instant, regional};
use crate::diagnostics::{codes, printable};
use crate::limits;
use crate::overrides::{Typed, Verb};
use crate::place::At;
use crate::plan::{Action, InterventionSpec, Member, NodeChoice, NodeTarget, NodesTarget, WorkloadTarget};
use crate::spec::Database;
use cloudsim_kube::objects::{ObjectKey, Workload};
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, DnsNameId, HealthCheckId, MachineImageId, SecretId, StackId, ZoneId,
};

pub(super) fn interventions(cx: &mut Context<'_>, clusters: &[ClusterSpec]) -> Vec<InterventionSpec> {
    let mut interventions = Vec::new();
    for typed in cx.interventions {
        let at = typed.at.as_ref().map(|(text, at)| instant(cx.span(At::new(at), text)));
        let (name, place) = (typed.name.0.as_str(), At::new(&typed.name.1));
        let action = match typed.verb {
            Verb::Failover => Action::Failover {
                database: DatabaseId::from_index(cx.reference(place.span(), Kind::Database, name)),
            },
            Verb::Promote => {
                let (database, replica) = replica(cx, place, name);
                Action::Promote { database, replica }
            }
            Verb::Create => {
                let (database, replica) = replica(cx, place, name);
                Action::Create { database, replica }
            }
            Verb::SwitchOver => {
                let (database, replica) = replica(cx, place, name);
                Action::SwitchOver { database, replica }
            }
            Verb::Reconcile => Action::Reconcile {
                database: DatabaseId::from_index(cx.reference(place.span(), Kind::Database, name)),
            },
            Verb::Restore => {
                let (database, backup) = backup(cx, place, name);
                Action::Restore { database, backup }
            }
            Verb::Point => {
                let (name, record) = record(cx, place, typed);
                Action::Point { name, record }
            }
            Verb::SwitchOn => Action::Switch { control: control(cx, place, name), on: true },
            Verb::SwitchOff => Action::Switch { control: control(cx, place, name), on: false },
            Verb::Apply => {
                Action::Apply { stack: StackId::from_index(cx.reference(place.span(), Kind::Stack, name)) }
            }
            Verb::RaiseQuota => {
                let (region, vcpus) = quota(cx, place, typed);
                Action::RaiseQuota { region, vcpus }
            }
            Verb::CopyImage => {
                let image = machine_image(cx, place, name);
                Action::CopyImage { image, region: region_of(cx, typed) }
            }
            Verb::BuildImage => {
                let image = machine_image(cx, place, name);
                Action::BuildImage { image, region: region_of(cx, typed) }
            }
            Verb::SetSecret => {
                let secret = SecretId::from_index(cx.reference(place.span(), Kind::Secret, name));
                Action::SetSecret { secret, region: region_of(cx, typed) }
            }
            Verb::ShiftAway => Action::ShiftAway { zone: zone(cx, place, name) },
            Verb::ShiftBack => Action::ShiftBack { zone: zone(cx, place, name) },
            Verb::Scale => {
                let count = typed.count.as_ref().map_or(0, |(count, _)| *count);
                let desired = u32::try_from(count).unwrap_or(u32::MAX);
                Action::Scale { group: group(cx, place, name), desired }
            }
            Verb::Restart => {
                let (group, member) = with_process(cx, clusters, place, name);
                Action::Restart { group, member }
            }
            Verb::Terminate => {
                let (group, member) = member(cx, place, name);
                Action::Terminate { group, member }
            }
            Verb::Cordon => Action::Cordon { nodes: nodes(cx, clusters, typed) },
            Verb::Uncordon => Action::Uncordon { nodes: nodes(cx, clusters, typed) },
            Verb::Drain => Action::Drain { nodes: nodes(cx, clusters, typed) },
            Verb::OutOfService => Action::OutOfService { nodes: nodes(cx, clusters, typed) },
            Verb::ScaleWorkload => {
                let count = typed.count.as_ref().map_or(0, |(count, _)| *count);
                let replicas = u32::try_from(count).unwrap_or(u32::MAX);
                Action::ScaleWorkload { workload: workload(cx, clusters, place, typed.kind, name), replicas }
            }
            Verb::RestartWorkload => {
                Action::RestartWorkload { workload: workload(cx, clusters, place, typed.kind, name) }
            }
            Verb::SetImage => {
                let workload = workload(cx, clusters, place, typed.kind, name);
                let (container, image) = image(cx, clusters, workload, typed);
                Action::SetImage { workload, container, image }
            }
        };
        interventions.push(InterventionSpec { at, action, text: printable(&typed.text), own: typed.own });
    }
    interventions
}

/// The health check of a routing control; those of checkers come before them.
fn control(cx: &mut Context<'_>, place: At<'_>, name: &str) -> HealthCheckId {
    let control = cx.reference(place.span(), Kind::RoutingControl, name);
    HealthCheckId::from_index(cx.spec.health_checks.len() + control)
}

/// A record of a DNS name: the name, and the place of the record that leads to the load balancer.
fn record(cx: &mut Context<'_>, place: At<'_>, typed: &Typed) -> (DnsNameId, usize) {
    let balancers = cx.spec.load_balancers.len();
    let wanted = &typed.name.0;
    let of = cx.spec.dns_records.iter().position(|record| record.name == *wanted);
    let Some(of) = of else {
        if !cx.has_unread("dns_records") {
            let names = cx.spec.dns_records.iter().map(|record| record.name.as_str());
            let hint = cx.nearest(wanted, names, "DNS record");
            cx.error(&codes::UNKNOWN_NAME, place.span(), format!("no DNS record `{wanted}`")).hint = hint;
        }
        return (DnsNameId(0), 0);
    };
    // A load balancer's own name comes before those of records.
    let name = DnsNameId::from_index(balancers + of);
    let Some((to, at)) = &typed.to else { return (name, 0) };
    let aliases: Vec<&String> = cx.spec.dns_records[of].aliases().collect();
    let found = aliases.iter().position(|alias| *alias == to);
    if found.is_none() {
        let hint = cx.nearest(to, aliases.into_iter().map(String::as_str), "load balancer of that record");
        let message = format!("no record of `{wanted}` leads to `{to}`");
        cx.error(&codes::UNKNOWN_NAME, At::new(at).span(), message).hint = hint;
    }
    (name, found.unwrap_or(0))
}

/// The region whose quota is to be raised, and to how many vCPUs.
fn quota(cx: &mut Context<'_>, place: At<'_>, typed: &Typed) -> (String, u32) {
    let name = &typed.name.0;
    cx.reference(place.span(), Kind::Region, name);
    if let Some(found) = cx.find(Kind::Region, name) {
        let hint = if !cx.spec.zones.iter().any(|zone| zone.region == *name) {
            "it has no zone"
        } else if cx.spec.regions[found].quotas.is_none() {
            "give it `quotas: (vcpus: 5)`; without it nothing is refused there"
        } else {
            ""
        };
        if !hint.is_empty() {
            let message = format!("region `{name}` has no quota to be raised");
            cx.error(&codes::UNKNOWN_NAME, place.span(), message).hint = Some(hint.into());
        }
    }
    let Some((vcpus, at)) = &typed.count else { return (name.clone(), 0) };
    let vcpus = cx.within(At::new(at), *vcpus, &limits::VCPUS);
    (name.clone(), u32::try_from(vcpus).unwrap_or(u32::MAX))
}

fn machine_image(cx: &mut Context<'_>, place: At<'_>, name: &str) -> MachineImageId {
    MachineImageId::from_index(cx.reference(place.span(), Kind::MachineImage, name))
}

/// The region of a copy.
fn region_of(cx: &mut Context<'_>, typed: &Typed) -> String {
    let Some((name, at)) = &typed.to else { return String::new() };
    regional::region(cx, At::new(at), name);
    name.clone()
}

fn zone(cx: &mut Context<'_>, place: At<'_>, name: &str) -> ZoneId {
    ZoneId::from_index(cx.reference(place.span(), Kind::Zone, name))
}

fn group(cx: &mut Context<'_>, place: At<'_>, name: &str) -> AutoScalingGroupId {
    AutoScalingGroupId::from_index(cx.reference(place.span(), Kind::AutoScalingGroup, name))
}

/// A node, or those of a zone.
fn nodes(cx: &mut Context<'_>, clusters: &[ClusterSpec], typed: &Typed) -> NodesTarget {
    let (name, place) = (typed.name.0.as_str(), At::new(&typed.name.1));
    match typed.kind {
        "zone" => NodesTarget::Zone(zone(cx, place, name)),
        _ => NodesTarget::One(node(cx, clusters, place, name)),
    }
}

/// A node: one that stands for itself, or an instance of a group whose instances are nodes.
fn node(cx: &mut Context<'_>, clusters: &[ClusterSpec], place: At<'_>, name: &str) -> NodeTarget {
    let own = clusters.iter().enumerate().find_map(|(cluster, spec)| {
        let node = spec.nodes.iter().position(|node| node.name == name)?;
        Some(NodeTarget { cluster, node: NodeChoice::Own(node) })
    });
    if let Some(own) = own {
        return own;
    }
    // Nothing more is said about one with which something is wrong.
    let known = cx.spec.nodes.iter().any(|node| node.name == name) || cx.has_unread("nodes");
    let before = cx.problems.len();
    let (group, member) = if known { (AutoScalingGroupId(0), Member::Any) } else { member(cx, place, name) };
    let cluster = clusters.iter().position(|spec| spec.has_group(group));
    if cluster.is_none() && !known && cx.problems.len() == before && !cx.has_unread("auto_scaling_groups") {
        cx.error(&codes::UNKNOWN_NAME, place.span(), format!("`{name}` is no node of a cluster")).hint =
            Some("give its group a `node`".into());
    }
    NodeTarget { cluster: cluster.unwrap_or(0), node: NodeChoice::Member { group, member } }
}

/// A workload by kind, namespace and name.
fn workload(
    cx: &mut Context<'_>,
    clusters: &[ClusterSpec],
    place: At<'_>,
    kind: &str,
    name: &str,
) -> WorkloadTarget {
    let is_it =
        |of: &Workload, own: &str| of.kind.word() == kind && own.parse::<ObjectKey>().as_ref() == Ok(&of.key);
    let found = workload_called(cx, clusters, (place.span(), name), is_it)
        .map(|(cluster, workload)| WorkloadTarget { cluster, workload });
    let spec = cx.spec;
    let (list, written): (_, Vec<&str>) = match kind {
        "deployment" => ("deployments", spec.deployments.iter().map(|one| one.name.as_str()).collect()),
        "statefulset" => ("stateful_sets", spec.stateful_sets.iter().map(|one| one.name.as_str()).collect()),
        "replicaset" => ("replica_sets", spec.replica_sets.iter().map(|one| one.name.as_str()).collect()),
        _ => ("daemon_sets", spec.daemon_sets.iter().map(|one| one.name.as_str()).collect()),
    };
    // One with which something is wrong is there all the same.
    let key = name.parse::<ObjectKey>();
    let is_there = written.iter().any(|name| name.parse::<ObjectKey>() == key);
    if found.is_none() && !is_there && !cx.has_unread(list) {
        let hint = cx.nearest(name, written, kind);
        cx.error(&codes::UNKNOWN_NAME, place.span(), format!("no {kind} `{name}`")).hint = hint;
    }
    found.unwrap_or(WorkloadTarget { cluster: 0, workload: 0 })
}

/// The container that gets another image, and the image.
fn image(
    cx: &mut Context<'_>,
    clusters: &[ClusterSpec],
    of: WorkloadTarget,
    typed: &Typed,
) -> (usize, String) {
    let Some((container, image, place)) = &typed.image else { return (0, String::new()) };
    let workload = clusters.get(of.cluster).and_then(|spec| spec.workloads.get(of.workload));
    // Of a workload that is not there that was said.
    let Some(workload) = workload.filter(|one| one.workload.kind.word() == typed.kind) else {
        return (0, String::new());
    };
    let containers = &workload.workload.template.containers;
    let found = containers.iter().position(|one| *one.name == **container);
    if found.is_none() {
        let message = format!("{} has no container `{container}`", workload.workload.key);
        let hint = cx.nearest(container, containers.iter().map(|one| &*one.name), "container");
        cx.error(&codes::UNKNOWN_NAME, At::new(place).span(), message).hint = hint;
    }
    (found.unwrap_or(0), image.clone())
}

/// A replica: its database, and its place among that one's replicas.
pub(super) fn replica(cx: &mut Context<'_>, place: At<'_>, name: &str) -> (DatabaseId, usize) {
    let replicas = |database: &'_ Database| names(&database.replicas, |replica| &replica.name);
    of_a_database(cx, (place, name), "read replica", replicas)
}

/// A backup: its database, and its place among that one's backups.
fn backup(cx: &mut Context<'_>, place: At<'_>, name: &str) -> (DatabaseId, usize) {
    let backups = |database: &'_ Database| names(&database.backups, |backup| &backup.name);
    of_a_database(cx, (place, name), "backup", backups)
}

fn names<T>(all: &[T], name: impl Fn(&T) -> &String) -> Vec<String> {
    all.iter().map(|of| name(of).clone()).collect()
}

/// Something that a database has several of: its database, and its place among those.
fn of_a_database(
    cx: &mut Context<'_>,
    (place, name): (At<'_>, &str),
    what: &str,
    names: impl Fn(&Database) -> Vec<String>,
) -> (DatabaseId, usize) {
    let all: Vec<Vec<String>> = cx.spec.databases.iter().map(names).collect();
    let mut found = all.iter().enumerate().filter_map(|(index, of)| {
        let place = of.iter().position(|own| own == name)?;
        Some((DatabaseId::from_index(index), place))
    });
    let first = found.next();
    if found.next().is_some() {
        let message = format!("several databases have a {what} `{name}`");
        cx.error(&codes::DUPLICATE_NAME, place.span(), message).hint = Some("rename one of them".into());
    }
    if first.is_none() && !cx.has_unread("databases") {
        let hint = cx.nearest(name, all.iter().flatten().map(String::as_str), what);
        cx.error(&codes::UNKNOWN_NAME, place.span(), format!("no {what} `{name}`")).hint = hint;
    }
    first.unwrap_or((DatabaseId(0), 0))
}

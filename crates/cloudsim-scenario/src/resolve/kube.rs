//! Kubernetes clusters: whose is what, the API's own words read, names resolved.

mod control_plane;
pub(super) mod nodes;
mod services;
mod storage;
pub(super) mod workloads;

use super::{Context, Kind, regional};
use crate::diagnostics::{codes, did_you_mean};
use crate::place::At;
use crate::plan::ServiceTarget;
use crate::syntax::Node as Tree;
use crate::{api, limits};
use cloudsim_kube::objects::{Labels, Malformed, Namespace, ObjectKey, Workload};
use cloudsim_kube::spec::{ClusterSpec, ControlPlaneSpec, ImageSpec, PriorityClassSpec, Seat};
use cloudsim_units::Bytes;
use cloudsim_world::ZoneId;
use control_plane::{clock, cluster_autoscaler, control_plane, dns, kube_proxy, scheduler, version};
use nodes::{NodeNames, node_groups, nodes};
use services::{autoscalers, budgets, services};
use std::collections::BTreeMap;
use storage::storage;
use workloads::{cron_jobs, pods, workloads};

/// The priority classes that every cluster has.
///
/// Source: Kubernetes documentation, "Guaranteed scheduling for critical add-on pods".
const SYSTEM_CLASSES: [(&str, i32); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

pub(super) fn clusters(cx: &mut Context<'_>) -> (Vec<ClusterSpec>, Vec<ServiceTarget>) {
    none_at_all(cx);
    let mut clusters = Vec::new();
    for (index, cluster) in cx.spec.clusters.iter().enumerate() {
        let at = cx.at("clusters", index);
        let name = cx.name(at, &cluster.name);
        let version = version(cx, at.field("version"), cluster.version.as_deref());
        let scheduler = scheduler(cx, at.field("scheduler"), cluster.scheduler.as_ref());
        let autoscaler = cluster.cluster_autoscaler.as_ref();
        let cluster_autoscaler =
            autoscaler.map(|spec| cluster_autoscaler(cx, at.field("cluster_autoscaler"), spec));
        clusters.push(ClusterSpec {
            name,
            among_several: cx.spec.clusters.len() > 1,
            version,
            clock: clock(cx, at.field("clock"), cluster.clock.as_deref()),
            // Where it is depends on where the nodes are.
            control_plane: ControlPlaneSpec::of(version),
            scheduler,
            cluster_autoscaler,
            // Its pools are read once all groups are.
            karpenter: None,
            kube_proxy: kube_proxy(cx, at.field("kube_proxy"), cluster.kube_proxy.as_ref()),
            // Which of the services it asks is known when those are.
            dns: None,
            zonal_shift: cluster.zonal_shift.unwrap_or(false),
            nodes: Vec::new(),
            node_groups: Vec::new(),
            workloads: Vec::new(),
            cron_jobs: Vec::new(),
            pods: Vec::new(),
            services: Vec::new(),
            disruption_budgets: Vec::new(),
            autoscalers: Vec::new(),
            namespaces: Vec::new(),
            priority_classes: SYSTEM_CLASSES.map(system_class).into(),
            storage_classes: Vec::new(),
            volumes: Vec::new(),
            claims: Vec::new(),
            images: Vec::new(),
            assumed: cx.assumed.kube,
        });
    }
    nodes(cx, &mut clusters);
    node_groups(cx, &mut clusters);
    let names: Vec<NodeNames> = (0..clusters.len()).map(|cluster| NodeNames::of(cx, cluster)).collect();
    let spec = cx.spec;
    workloads(cx, "deployments", &spec.deployments, Workload::read_deployment, &names, &mut clusters);
    workloads(cx, "replica_sets", &spec.replica_sets, Workload::read_replica_set, &names, &mut clusters);
    workloads(cx, "stateful_sets", &spec.stateful_sets, Workload::read_stateful_set, &names, &mut clusters);
    workloads(cx, "daemon_sets", &spec.daemon_sets, Workload::read_daemon_set, &names, &mut clusters);
    workloads(cx, "jobs", &spec.jobs, Workload::read_job, &names, &mut clusters);
    cron_jobs(cx, &mut clusters);
    pods(cx, &names, &mut clusters);
    let services = services(cx, &mut clusters);
    for (index, cluster) in cx.spec.clusters.iter().enumerate() {
        let Some(spec) = &cluster.dns else { continue };
        let at = cx.at("clusters", index).field("dns");
        clusters[index].dns = dns(cx, at, spec, index, &services);
    }
    budgets(cx, &mut clusters);
    autoscalers(cx, &mut clusters);
    storage(cx, &mut clusters);
    small_things(cx, &mut clusters);
    for (index, cluster) in cx.spec.clusters.iter().enumerate() {
        let at = cx.at("clusters", index).field("control_plane");
        control_plane(cx, at, cluster.control_plane.as_ref(), &mut clusters[index]);
    }
    (clusters, services)
}

fn system_class((name, value): (&str, i32)) -> PriorityClassSpec {
    PriorityClassSpec { name: name.into(), value, global_default: false, never_preempts: false }
}

/// The region that a cluster is in: that of its first node with a zone, else the first of the scenario.
fn region_of(cx: &Context<'_>, cluster: &ClusterSpec) -> Option<String> {
    let of_nodes = || cluster.nodes.iter().find_map(|node| node.zone);
    let of_groups = || {
        cluster.node_groups.iter().find_map(|node| {
            let group = cx.spec.auto_scaling_groups.get(node.group.index())?;
            let subnet = cx.find(Kind::Subnet, group.subnets.first()?)?;
            cx.find(Kind::Zone, &cx.spec.subnets[subnet].zone).map(ZoneId::from_index)
        })
    };
    let of_pools = || {
        let spec = cx.spec.clusters.iter().find(|spec| spec.name == cluster.name)?;
        let mut subnets = spec.node_pools().flat_map(|pool| &pool.node_class.subnets);
        let subnet = cx.find(Kind::Subnet, subnets.next()?)?;
        cx.find(Kind::Zone, &cx.spec.subnets[subnet].zone).map(ZoneId::from_index)
    };
    let zone = of_nodes().or_else(of_groups).or_else(of_pools).map_or(0, ZoneId::index);
    cx.spec.zones.get(zone).map(|zone| zone.region.clone())
}

/// So many, dealt over the first zones of a region.
fn dealt(cx: &Context<'_>, region: Option<&str>, first: usize, count: usize) -> Vec<Seat> {
    let zones = cx.spec.zones.iter().enumerate().filter(|(_, zone)| Some(zone.region.as_str()) == region);
    let zones: Vec<Seat> = zones.take(first).map(|(index, _)| ZoneId::from_index(index).into()).collect();
    zones.iter().cloned().cycle().take(if zones.is_empty() { 0 } else { count }).collect()
}

/// The lists of what is in clusters, images aside, which are in none.
const IN_CLUSTERS: &[&str] = &[
    "namespaces",
    "priority_classes",
    "nodes",
    "deployments",
    "replica_sets",
    "stateful_sets",
    "daemon_sets",
    "jobs",
    "cron_jobs",
    "pods",
    "kubernetes_services",
    "pod_disruption_budgets",
    "horizontal_pod_autoscalers",
    "storage_classes",
    "persistent_volumes",
    "persistent_volume_claims",
];

/// Says once that there are things of clusters and no cluster.
fn none_at_all(cx: &mut Context<'_>) {
    if !cx.spec.clusters.is_empty() || cx.has_unread("clusters") {
        return;
    }
    let group = cx.spec.auto_scaling_groups.iter().position(|group| group.node.is_some());
    let group = group.map(|index| cx.at("auto_scaling_groups", index).field("node").span());
    let first = IN_CLUSTERS.iter().find_map(|list| {
        let items = cx.root.field(list)?.items()?;
        (!items.is_empty()).then(|| cx.at(list, 0).field("name").span())
    });
    if let Some(place) = group.or(first) {
        cx.error(&codes::CLUSTER, place, "there is no cluster that this could be in").hint =
            Some("add one: `clusters: [(name: \"shop\")]`".into());
    }
}

/// The cluster that something belongs to: the one that it names, or the only one.
fn cluster_of(cx: &mut Context<'_>, at: At<'_>, cluster: Option<&String>) -> Option<usize> {
    let spec = cx.spec;
    let index = match (cluster, spec.clusters.as_slice()) {
        (Some(name), _) => cx.reference(at.field("cluster").span(), Kind::Cluster, name),
        (None, [] | [_]) => 0,
        (None, several) => {
            let names: Vec<String> = several.iter().map(|cluster| format!("`{}`", cluster.name)).collect();
            let known = names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
            let place = at.field("name").span();
            cx.error(
                &codes::CLUSTER,
                place,
                format!("there are {} clusters that this could be in", names.len()),
            )
            .hint = Some(format!("write `cluster: \"…\"`, one of {known}"));
            0
        }
    };
    (index < spec.clusters.len()).then_some(index)
}

/// Says what the API would refuse, where it stands.
fn malformed(cx: &mut Context<'_>, whole: Option<&Tree>, at: At<'_>, error: &Malformed) {
    let place = whole.map_or(at.span(), |node| api::place(node, error));
    let is_name = |step: &&&str| step.parse::<usize>().is_err();
    let message = match error.steps().iter().rfind(is_name) {
        Some(field) => format!("`{field}`: {}", error.problem),
        None => error.problem.clone(),
    };
    cx.error(&codes::API, place, message);
}

/// Reads what is in the words of the API; what it would refuse is told.
fn read<T>(cx: &mut Context<'_>, at: At<'_>, result: Result<T, Malformed>) -> Option<T> {
    result.map_err(|error| malformed(cx, at.node().field("spec"), at, &error)).ok()
}

/// Namespace and name of an object.
fn key(cx: &mut Context<'_>, at: At<'_>, name: &str) -> ObjectKey {
    let key = ObjectKey { namespace: "default".into(), name: "".into() };
    let before = cx.problems.len();
    cx.name(at, name);
    if cx.problems.len() > before {
        return key;
    }
    let (namespace, own) = name.split_once('/').unwrap_or(("default", name));
    for part in [namespace, own] {
        object_name(cx, at, part);
    }
    ObjectKey { namespace: namespace.into(), name: own.into() }
}

/// Checks what the API asks of the names of objects.
fn object_name(cx: &mut Context<'_>, at: At<'_>, name: &str) {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let inside = |c: char| letter(c) || matches!(c, '-' | '.');
    if !name.chars().all(inside) || !name.starts_with(letter) || !name.ends_with(letter) {
        let message = format!("`{name}` is no name of Kubernetes");
        cx.error(&codes::NAME, at.field("name").span(), message).hint =
            Some("write `name` or `namespace/name`, of small letters, digits, `-` and `.`".into());
    }
}

fn labels(texts: &BTreeMap<String, String>) -> Labels {
    texts.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect()
}

/// The numbers of the regions whose registries have an image.
fn registries(cx: &mut Context<'_>, at: At<'_>, names: &[String]) -> Vec<u16> {
    if names.is_empty() {
        let hint = Some("name one, or leave `regions` out: then it is in a registry that is always there");
        let message = "an image that no registry has cannot be pulled".to_owned();
        cx.error(&codes::VALUE, at.field("regions").span(), message).hint = hint.map(Into::into);
    }
    let mut all: Vec<&str> = Vec::new();
    for zone in &cx.spec.zones {
        if !all.contains(&zone.region.as_str()) {
            all.push(&zone.region);
        }
    }
    let mut numbers = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let place = at.field("regions").item(index);
        regional::region(cx, place, name);
        let Some(number) = all.iter().position(|region| *region == name) else { continue };
        let number = u16::try_from(number).expect("few regions");
        if numbers.contains(&number) {
            cx.error(&codes::DUPLICATE_NAME, place.span(), format!("region `{name}` is named twice"));
        } else {
            numbers.push(number);
        }
    }
    numbers
}

fn small_things(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, namespace) in cx.spec.namespaces.iter().enumerate() {
        let at = cx.at("namespaces", index);
        let cluster = cluster_of(cx, at, namespace.cluster.as_ref());
        let name = cx.name(at, &namespace.name);
        let Some(cluster) = cluster else { continue };
        let labels = labels(&namespace.labels);
        clusters[cluster].namespaces.push(Namespace { name: name.as_str().into(), labels });
    }
    for (index, class) in cx.spec.priority_classes.iter().enumerate() {
        let at = cx.at("priority_classes", index);
        let cluster = cluster_of(cx, at, class.cluster.as_ref());
        let name = cx.name(at, &class.name);
        let value = cx.within(at.field("value"), class.value.0, &limits::PRIORITIES);
        let policies = ["PreemptLowerPriority", "Never"];
        let policy = class.preemption_policy.as_deref().unwrap_or(policies[0]);
        if !policies.contains(&policy) {
            let place = at.field("preemption_policy").span();
            let message = format!("`{}` is no policy of preemption", policy.escape_debug());
            cx.error(&codes::VALUE, place, message).hint = did_you_mean(policy, policies);
        }
        let Some(cluster) = cluster else { continue };
        clusters[cluster].priority_classes.push(PriorityClassSpec {
            name: name.as_str().into(),
            value: i32::try_from(value).unwrap_or_default(),
            global_default: class.global_default.unwrap_or(false),
            never_preempts: policy == "Never",
        });
    }
    let mut images = Vec::new();
    for (index, image) in cx.spec.images.iter().enumerate() {
        let at = cx.at("images", index);
        let size = cx.value(at.field("size"), &image.size);
        let size: Bytes = cx.within(at.field("size"), size, &limits::IMAGES);
        let regions = image.regions.as_ref().map_or_else(Vec::new, |names| registries(cx, at, names));
        images.push(ImageSpec { name: image.name.as_str().into(), size, regions });
    }
    for cluster in clusters {
        cluster.images.clone_from(&images);
    }
}

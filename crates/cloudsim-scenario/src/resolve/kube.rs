//! Kubernetes clusters: whose is what, the API's own words read, names resolved.

use super::{Context, Kind};
use crate::api;
use crate::diagnostics::{Span, codes, did_you_mean};
use crate::limits;
use crate::place::At;
use crate::plan::ServiceTarget;
use crate::spec::{
    self, Amount, ApiType, ControlPlane, Distribution, Interval, NodeOfGroup, PodServer, Taint, Text,
};
use crate::syntax::Node as Tree;
use cloudsim_aws::services::ec2_instance::types::instance_type;
use cloudsim_kube::cron::{Schedule, WallClock};
use cloudsim_kube::dns::{Resolver, Written};
use cloudsim_kube::objects::{
    HorizontalPodAutoscaler, IntOrPercent, Labels, Malformed, Namespace, Node, ObjectKey, PersistentVolume,
    PersistentVolumeClaim, PodTemplate, Selector, StorageClass, Workload,
};
use cloudsim_kube::spec::{
    BarePodSpec, Budget, ClusterAutoscalerSpec, ClusterSpec, Concurrency, ControlPlaneSpec, CronJobSpec,
    DisruptionBudgetSpec, DnsSpec, Expander, ImageSpec, KubeProxySpec, KubeServiceSpec, NodeGroupSpec,
    NodeSpec, PlacedPod, PodServerSpec, PriorityClassSpec, ProxyMode, SchedulerSpec, TieBreak, UnhealthyPods,
    WorkSpec, WorkloadSpec, ZoneHints,
};
use cloudsim_kube::{KubeServiceId, Minor, eks, limits as kube};
use cloudsim_units::{Bytes, Ratio, SimDuration};
use cloudsim_world::{AutoScalingGroupId, SubnetId, TargetGroupId, ZoneId};
use k8s_openapi::api::{batch::v1 as batch, core::v1 as core, policy::v1 as policy, storage::v1 as storage};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};

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

fn kube_proxy(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::KubeProxy>) -> KubeProxySpec {
    let default = KubeProxySpec::default();
    let Some(spec) = spec else { return default };
    let period = spec.min_sync_period.as_ref();
    KubeProxySpec {
        mode: match spec.mode {
            None => default.mode,
            Some(spec::ProxyMode::Iptables) => ProxyMode::Iptables,
            Some(spec::ProxyMode::Ipvs) => ProxyMode::Ipvs,
            Some(spec::ProxyMode::Nftables) => ProxyMode::Nftables,
        },
        min_sync_period: cx.span_or(at, "min_sync_period", period, default.min_sync_period),
    }
}

fn dns(
    cx: &mut Context<'_>,
    at: At<'_>,
    spec: &spec::Dns,
    cluster: usize,
    services: &[ServiceTarget],
) -> Option<DnsSpec> {
    let name = spec.service.as_deref().unwrap_or(limits::DNS_SERVICE);
    let place = at.field("service").span();
    let before = cx.problems.len();
    let index = cx.reference(place, Kind::KubernetesService, name);
    if spec.service.is_none() && cx.problems.len() > before {
        let hint =
            "include \"worlds/coredns.ron\", which has what EKS installs, or name the service".to_owned();
        cx.problems.last_mut().expect("there is one").hint = Some(hint);
    }
    let timeout = spec.timeout.as_ref();
    let timeout = cx.span_or(at, "timeout", timeout, kube::RESOLVER_TIMEOUT);
    let ndots = cx.count_or(at, "ndots", spec.ndots, &limits::NDOTS, kube::NDOTS);
    let attempts = &limits::RESOLVER_ATTEMPTS;
    let attempts = cx.count_or(at, "attempts", spec.attempts, attempts, kube::RESOLVER_ATTEMPTS);
    let timeout = cx.within(at.field("timeout"), timeout, &limits::RESOLVER_TIMEOUTS);
    let target = services.get(index)?;
    if target.cluster != cluster {
        let message = format!("`{name}` is a service of another cluster");
        cx.error(&codes::CLUSTER, place, message).hint = Some("name one of this cluster".into());
    }
    Some(DnsSpec {
        service: KubeServiceId(u32::try_from(target.service).expect("few services")),
        resolver: match spec.resolver {
            None | Some(spec::Resolver::Glibc) => Resolver::Glibc,
            Some(spec::Resolver::Go) => Resolver::Go,
        },
        names: match spec.names {
            None | Some(spec::WrittenNames::Short) => Written::Short,
            Some(spec::WrittenNames::Qualified) => Written::Qualified,
            Some(spec::WrittenNames::Rooted) => Written::Rooted,
        },
        ndots,
        timeout,
        attempts,
    })
}

fn system_class((name, value): (&str, i32)) -> PriorityClassSpec {
    PriorityClassSpec { name: name.into(), value, global_default: false, never_preempts: false }
}

fn version(cx: &mut Context<'_>, at: At<'_>, text: Option<&str>) -> Minor {
    let Some(text) = text else { return Minor::DEFAULT };
    text.parse().unwrap_or_else(|error: cloudsim_kube::UnknownMinor| {
        cx.error(&codes::VALUE, at.span(), error.to_string()).hint =
            Some(format!("write the minor version, as in \"{}\"", Minor::DEFAULT));
        Minor::DEFAULT
    })
}

fn scheduler(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::Scheduler>) -> SchedulerSpec {
    let Some(spec) = spec else { return SchedulerSpec::default() };
    let per_second = spec.pods_per_second;
    SchedulerSpec {
        pods_per_second: per_second
            .map(|count| cx.count(at.field("pods_per_second"), count, &limits::PODS_PER_SECOND)),
        spread_ignores_tainted_domains: spec.spread_ignores_tainted_domains.unwrap_or(false),
        tie_break: match spec.tie_break {
            None | Some(spec::TieBreak::Drawn) => TieBreak::Drawn,
            Some(spec::TieBreak::FirstByName) => TieBreak::FirstByName,
        },
    }
}

fn cluster_autoscaler(
    cx: &mut Context<'_>,
    at: At<'_>,
    spec: &spec::ClusterAutoscaler,
) -> ClusterAutoscalerSpec {
    let flags = ClusterAutoscalerSpec::default();
    let mut span =
        |field, text: &Option<Text<SimDuration>>, default| cx.span_or(at, field, text.as_ref(), default);
    let delays = [
        span("scale_down_unneeded_time", &spec.scale_down_unneeded_time, flags.scale_down_unneeded_time),
        span("scale_down_unready_time", &spec.scale_down_unready_time, flags.scale_down_unready_time),
        span(
            "scale_down_delay_after_add",
            &spec.scale_down_delay_after_add,
            flags.scale_down_delay_after_add,
        ),
        span(
            "scale_down_delay_after_failure",
            &spec.scale_down_delay_after_failure,
            flags.scale_down_delay_after_failure,
        ),
    ];
    let (every, provision) = (spec.scan_interval.as_ref(), spec.max_node_provision_time.as_ref());
    let (unready, idle) =
        (spec.max_total_unready_percentage.as_ref(), spec.scale_down_utilization_threshold.as_ref());
    ClusterAutoscalerSpec {
        scan_interval: looks(cx, at, "scan_interval", every, flags.scan_interval),
        expander: match spec.expander {
            None | Some(spec::Expander::LeastWaste) => Expander::LeastWaste,
            Some(spec::Expander::MostPods) => Expander::MostPods,
            Some(spec::Expander::Random) => Expander::Random,
        },
        max_node_provision_time: cx.positive_or(
            at,
            "max_node_provision_time",
            provision,
            flags.max_node_provision_time,
        ),
        ok_total_unready_count: cx.count_or(
            at,
            "ok_total_unready_count",
            spec.ok_total_unready_count,
            &limits::CLUSTER_SIZES,
            flags.ok_total_unready_count,
        ),
        max_total_unready_percentage: cx.value_or(
            at,
            "max_total_unready_percentage",
            unready,
            flags.max_total_unready_percentage,
        ),
        scale_down: spec.scale_down_enabled.unwrap_or(flags.scale_down),
        scale_down_utilization_threshold: cx.value_or(
            at,
            "scale_down_utilization_threshold",
            idle,
            flags.scale_down_utilization_threshold,
        ),
        scale_down_unneeded_time: delays[0],
        scale_down_unready_time: delays[1],
        scale_down_delay_after_add: delays[2],
        scale_down_delay_after_failure: delays[3],
    }
}

fn control_plane(cx: &mut Context<'_>, at: At<'_>, spec: Option<&ControlPlane>, cluster: &mut ClusterSpec) {
    let default = ControlPlane::default();
    let spec = spec.unwrap_or(&default);
    let region = region_of(cx, cluster);
    let zones =
        |cx: &mut Context<'_>, field: &str, names: Option<&Vec<String>>, first: usize, count: usize| {
            let Some(names) = names else { return dealt(cx, region.as_deref(), first, count) };
            let list = at.field(field);
            if names.is_empty() {
                cx.error(&codes::RANGE, list.span(), format!("no {} at all", field.replace('_', " "))).hint =
                    Some("name at least one zone".into());
            }
            let zones = names.iter().enumerate();
            zones
                .map(|(index, name)| {
                    ZoneId::from_index(cx.reference(list.item(index).span(), Kind::Zone, name))
                })
                .collect()
        };
    let flags = &mut cluster.control_plane;
    // EKS runs two API servers and three members of etcd, over three zones (K8S-55).
    flags.api_servers = zones(cx, "api_servers", spec.api_servers.as_ref(), 2, 2);
    flags.etcd = zones(cx, "etcd", spec.etcd.as_ref(), 3, 3);
    let period = spec.node_monitor_period.as_ref();
    flags.node_monitor_period = looks(cx, at, "node_monitor_period", period, flags.node_monitor_period);
    let grace = spec.node_monitor_grace_period.as_ref();
    flags.node_monitor_grace_period =
        cx.positive_or(at, "node_monitor_grace_period", grace, flags.node_monitor_grace_period);
    let first = spec.eviction_interval.as_ref();
    flags.eviction_interval = interval(cx, at.field("eviction_interval"), first, flags.eviction_interval);
    let second = spec.secondary_eviction_interval.as_ref();
    flags.secondary_eviction_interval =
        interval(cx, at.field("secondary_eviction_interval"), second, flags.secondary_eviction_interval);
    let threshold = spec.unhealthy_zone_threshold.as_ref();
    flags.unhealthy_zone_threshold =
        cx.value_or(at, "unhealthy_zone_threshold", threshold, flags.unhealthy_zone_threshold);
    flags.large_cluster_size_threshold = cx.count_or(
        at,
        "large_cluster_size_threshold",
        spec.large_cluster_size_threshold,
        &limits::CLUSTER_SIZES,
        flags.large_cluster_size_threshold,
    );
    let not_ready = spec.default_not_ready_toleration.as_ref();
    flags.default_not_ready_toleration =
        cx.span_or(at, "default_not_ready_toleration", not_ready, flags.default_not_ready_toleration);
    let unreachable = spec.default_unreachable_toleration.as_ref();
    flags.default_unreachable_toleration =
        cx.span_or(at, "default_unreachable_toleration", unreachable, flags.default_unreachable_toleration);
}

/// What the clock shows at the start.
fn clock(cx: &mut Context<'_>, at: At<'_>, text: Option<&str>) -> WallClock {
    let Some(text) = text else { return kube::CLOCK };
    WallClock::parse(text).unwrap_or_else(|problem| {
        cx.error(&codes::VALUE, at.span(), problem);
        kube::CLOCK
    })
}

/// How long from one look of a controller to the next, or the default.
fn looks(
    cx: &mut Context<'_>,
    at: At<'_>,
    field: &str,
    text: Option<&Text<SimDuration>>,
    default: SimDuration,
) -> SimDuration {
    let every = cx.positive_or(at, field, text, default);
    cx.within(at.field(field), every, &limits::LOOKS)
}

/// A duration above nothing, or never.
fn interval(
    cx: &mut Context<'_>,
    at: At<'_>,
    text: Option<&Text<Interval>>,
    default: Option<SimDuration>,
) -> Option<SimDuration> {
    let Some(text) = text else { return default };
    let interval = cx.value(at, text).0?;
    if interval.is_zero() {
        cx.error(&codes::RANGE, at.span(), "an interval of nothing").hint =
            Some("take a duration above 0s, or \"never\"".into());
    }
    Some(cx.within(at, interval, &(SimDuration::ZERO..=limits::SPAN_MAX)))
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
fn dealt(cx: &Context<'_>, region: Option<&str>, first: usize, count: usize) -> Vec<ZoneId> {
    let zones = cx.spec.zones.iter().enumerate().filter(|(_, zone)| Some(zone.region.as_str()) == region);
    let zones: Vec<ZoneId> = zones.take(first).map(|(index, _)| ZoneId::from_index(index)).collect();
    zones.iter().copied().cycle().take(if zones.is_empty() { 0 } else { count }).collect()
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
    let place = whole.map_or(at.span(), |node| api::place(node, &error.field));
    let is_name = |step: &&&str| step.parse::<usize>().is_err();
    let message = match api::steps(&error.field).iter().rfind(is_name) {
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

fn nodes(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, node) in cx.spec.nodes.iter().enumerate() {
        let at = cx.at("nodes", index);
        let cluster = cluster_of(cx, at, node.cluster.as_ref());
        let name = cx.name(at, &node.name);
        let subnet = node
            .subnet
            .as_ref()
            .map(|name| SubnetId::from_index(cx.reference(at.field("subnet").span(), Kind::Subnet, name)));
        let of_subnet = node.subnet.as_ref().and_then(|name| {
            let index = cx.find(Kind::Subnet, name)?;
            cx.find(Kind::Zone, &cx.spec.subnets[index].zone).map(ZoneId::from_index)
        });
        let own = node
            .zone
            .as_ref()
            .map(|name| ZoneId::from_index(cx.reference(at.field("zone").span(), Kind::Zone, name)));
        if let (Some(zone), Some(own_name), Some(other)) = (own, &node.zone, of_subnet)
            && cx.find(Kind::Zone, own_name).is_some()
            && zone != other
        {
            let (subnet, zone) =
                (node.subnet.as_deref().unwrap_or_default(), &cx.spec.zones[other.index()].name);
            cx.error(
                &codes::RANGE,
                at.field("zone").span(),
                format!("subnet `{subnet}` is in zone `{zone}`"),
            )
            .hint = Some("leave `zone` out, or take a subnet of that zone".into());
        }
        let zone = own.or(of_subnet);
        let mut labels = node.labels.clone();
        let kind = node.instance_type.as_deref();
        let place = zone.and_then(|zone| cx.spec.zones.get(zone.index()));
        let place = place.map(|zone| (zone.region.as_str(), zone.name.as_str()));
        for (key, value) in eks::labels(&name, kind, place) {
            labels.entry(key.to_owned()).or_insert(value);
        }
        let room = Room { at, allocatable: node.allocatable.as_ref(), instance_type: kind };
        let read = room.node(cx, &name, labels, &node.taints, node.unschedulable);
        let (Some(cluster), Some(read)) = (cluster, read) else { continue };
        clusters[cluster].nodes.push(NodeSpec {
            name,
            zone,
            subnet,
            instance_type: node.instance_type.clone(),
            node: read,
            ready: node.ready.unwrap_or(true),
        });
    }
}

/// What a node can give to pods, and where that is said.
pub(super) struct Room<'a> {
    pub(super) at: At<'a>,
    pub(super) allocatable: Option<&'a BTreeMap<String, Amount>>,
    pub(super) instance_type: Option<&'a str>,
}

impl Room<'_> {
    /// The node as the scheduler sees it.
    pub(super) fn node(
        &self,
        cx: &mut Context<'_>,
        name: &str,
        labels: BTreeMap<String, String>,
        taints: &[Taint],
        unschedulable: Option<bool>,
    ) -> Option<Node> {
        let known = self.instance_type.and_then(instance_type);
        let most = known.map_or(kube::MAX_PODS, |known| known.pods_max);
        let allocatable = self.allocatable.map(|given| {
            let mut amounts: BTreeMap<String, Quantity> =
                given.iter().map(|(name, amount)| (name.clone(), Quantity(amount.0.clone()))).collect();
            amounts.entry("pods".to_owned()).or_insert_with(|| Quantity(most.to_string()));
            amounts
        });
        let taints = taints.iter().map(|taint| core::Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.clone(),
            time_added: None,
        });
        let read = Node::read(&core::Node {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
            spec: Some(core::NodeSpec {
                taints: Some(taints.collect()),
                unschedulable,
                ..core::NodeSpec::default()
            }),
            status: Some(core::NodeStatus { allocatable, ..core::NodeStatus::default() }),
        });
        let mut node = match read {
            Ok(node) => node,
            Err(mut error) => {
                // What is below other fields in the API stands beside the name here.
                for parent in ["metadata.", "spec.", "status."] {
                    if let Some(own) = error.field.strip_prefix(parent) {
                        error.field = own.to_owned();
                    }
                }
                if error.field != "name" {
                    malformed(cx, Some(self.at.node()), self.at, &error);
                }
                return None;
            }
        };
        if self.allocatable.is_none() {
            let Some(known) = known else {
                self.unknown_room(cx, name);
                return None;
            };
            node.allocatable = eks::allocatable(known.vcpus, known.memory, known.pods_max);
            node.pods_max = known.pods_max.into();
        }
        Some(node)
    }

    /// Says that nobody knows what the node can give.
    fn unknown_room(&self, cx: &mut Context<'_>, name: &str) {
        let unread = ["nodes", "auto_scaling_groups"].iter().any(|list| cx.incomplete.contains(list));
        if self.instance_type.is_none() && unread {
            return;
        }
        let types = cloudsim_aws::services::ec2_instance::types::known_types();
        let (message, hint) = match self.instance_type {
            Some(kind) => {
                let near = crate::diagnostics::nearest(kind, types);
                let near = near.map(|near| format!("did you mean `{near}`? Else ")).unwrap_or_default();
                (format!("`{name}` needs `allocatable`: what `{kind}` has is not known"), near)
            }
            None => (format!("`{name}` lacks `allocatable`"), "name an `instance_type`, or ".to_owned()),
        };
        let hint = format!("{hint}write `allocatable: {{ \"cpu\": \"3920m\", \"memory\": \"14Gi\" }}`");
        cx.error(&codes::MISSING_FIELD, self.at.span(), message).hint = Some(hint);
    }
}

fn node_groups(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let Some(node) = &group.node else { continue };
        let whole = cx.at("auto_scaling_groups", index);
        let at = whole.field("node");
        let cluster = cluster_of(cx, at, node.cluster.as_ref());
        serves_nothing(cx, whole, group);
        let NodeOfGroup { labels: own, taints, allocatable, join, .. } = node;
        let kind = Some(group.server.instance_type.as_str());
        let read = Room { at, allocatable: allocatable.as_ref(), instance_type: kind }.node(
            cx,
            &group.name,
            own.clone(),
            taints,
            None,
        );
        let join = cx.distribution_or(at, "join", join.as_ref(), kube::JOIN);
        let (Some(cluster), Some(read)) = (cluster, read) else { continue };
        let name = format!("template-node-for-{}", group.name);
        let mut template = Node { name: name.as_str().into(), ..read.clone() };
        let zone = group.subnets.first().and_then(|name| {
            let index = cx.find(Kind::Subnet, name)?;
            cx.spec.zones.get(cx.find(Kind::Zone, &cx.spec.subnets[index].zone)?)
        });
        let place = zone.map(|zone| (zone.region.as_str(), zone.name.as_str()));
        for (key, value) in eks::labels(&name, kind, place) {
            template.labels.entry(key.into()).or_insert_with(|| value.into());
        }
        let desired = group.desired.0;
        let bound = |count: Option<spec::Count>| count.map_or(desired, |count| count.0);
        clusters[cluster].node_groups.push(NodeGroupSpec {
            group: AutoScalingGroupId::from_index(index),
            name: group.name.clone(),
            min: u32::try_from(bound(group.min)).unwrap_or(u32::MAX),
            max: u32::try_from(bound(group.max)).unwrap_or(u32::MAX),
            template,
            labels: read.labels,
            taints: read.taints,
            allocatable: read.allocatable,
            pods_max: read.pods_max,
            join,
        });
    }
}

/// Requests reach the pods of a node, never the node itself.
fn serves_nothing(cx: &mut Context<'_>, at: At<'_>, group: &spec::AutoScalingGroup) {
    if !group.target_groups.is_empty() {
        let message = format!("the instances of `{}` are nodes: requests reach their pods", group.name);
        cx.error(&codes::RANGE, at.field("target_groups").span(), message).hint =
            Some("name the target groups at the service of Kubernetes that chooses the pods".into());
    } else if group.health_check == Some(spec::HealthCheck::Elb) {
        let message = format!("the instances of `{}` are in no target group", group.name);
        cx.error(&codes::RANGE, at.field("health_check").span(), message).hint =
            Some("take `Ec2`, or leave the field out".into());
    }
}

/// What the nodes of a cluster are called.
struct NodeNames {
    own: BTreeSet<String>,
    /// Of each group what its members are called, and how many there are at the start.
    members: BTreeMap<String, u64>,
}

impl NodeNames {
    /// As the scenario has them, whatever else is wrong with them.
    fn of(cx: &Context<'_>, cluster: usize) -> NodeNames {
        let is_here = |name: Option<&String>| match name {
            Some(name) => cx.find(Kind::Cluster, name).is_none_or(|index| index == cluster),
            None => cluster == 0,
        };
        let nodes = cx.spec.nodes.iter().filter(|node| is_here(node.cluster.as_ref()));
        let groups = cx
            .spec
            .auto_scaling_groups
            .iter()
            .filter(|group| group.node.as_ref().is_some_and(|node| is_here(node.cluster.as_ref())));
        let pools = cx.spec.clusters.get(cluster).into_iter().flat_map(spec::Cluster::node_pools);
        NodeNames {
            own: nodes.map(|node| node.name.clone()).collect(),
            members: groups
                .map(|group| (group.members_called().to_owned(), group.desired.0))
                .chain(pools.map(|pool| (pool.name.clone(), pool.nodes.map_or(0, |count| count.0))))
                .collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        let is_member = || {
            let (member, number) = name.rsplit_once('-')?;
            let number: u64 =
                number.parse().ok().filter(|number: &u64| number.to_string() == name[member.len() + 1..])?;
            Some((1..=*self.members.get(member)?).contains(&number))
        };
        self.own.contains(name) || is_member() == Some(true)
    }
}

/// Says that a node is not there. `place` is asked for only then.
fn node_there(cx: &mut Context<'_>, names: &NodeNames, name: &str, place: impl FnOnce() -> Span) {
    let unclear = |list| cx.has_unread(list) || cx.has_twins(list);
    if names.has(name) || unclear("nodes") || unclear("auto_scaling_groups") {
        return;
    }
    let known = names.own.iter().chain(names.members.keys()).map(String::as_str);
    let hint = cx.nearest(name, known, "node");
    cx.error(&codes::UNKNOWN_NAME, place(), format!("no node `{name}`")).hint = hint;
}

fn workloads<'a, T: ApiType>(
    cx: &mut Context<'a>,
    list: &'static str,
    all: &'a [spec::Workload<T>],
    of_api: fn(ObjectKey, &T::Value) -> Result<Workload, Malformed>,
    names: &[NodeNames],
    clusters: &mut [ClusterSpec],
) {
    for (index, workload) in all.iter().enumerate() {
        let at = cx.at(list, index);
        let cluster = cluster_of(cx, at, workload.cluster.as_ref());
        let key = key(cx, at, &workload.name);
        let own = workload.spec.0.as_ref().map(|spec| of_api(key, spec));
        let read = own.and_then(|own| read(cx, at, own));
        let server = workload.server.as_ref().map(|server| pod_server(cx, at.field("server"), server));
        if let Some(member) = &workload.member {
            cx.name(at.field("member"), member);
        }
        let needs = workload.needs.as_ref();
        let needs = needs.and_then(|needs| needed(cx, at.field("needs"), &needs.0, "pods"));
        let (runs_for, fails) = (workload.runs_for.as_ref(), workload.fails.as_ref());
        let work = (list == "jobs").then(|| work(cx, at, runs_for, fails));
        if work.is_none() {
            let given = [("runs_for", runs_for.is_some()), ("fails", fails.is_some())];
            for (field, _) in given.into_iter().filter(|(_, given)| *given) {
                let message = format!("the pods of `{}` do not end by themselves", workload.name);
                cx.error(&codes::RANGE, at.field(field).span(), message).hint =
                    Some("leave it out; only jobs have it".into());
            }
        }
        let uses_milli_cpu = workload.uses_cpu.as_ref().map(|cpu| used(cx, at.field("uses_cpu"), cpu));
        let uses_memory = workload.uses_memory.as_ref();
        let uses_memory = uses_memory.and_then(|memory| memory_used(cx, at.field("uses_memory"), memory));
        let Some(cluster) = cluster else { continue };
        let pods = placed(cx, at, workload, &names[cluster]);
        let Some(read) = read else { continue };
        let member = workload.member.clone();
        clusters[cluster].workloads.push(WorkloadSpec {
            workload: read,
            pods,
            server,
            member,
            needs,
            uses_milli_cpu,
            uses_memory,
            work,
        });
    }
}

fn pod_server(cx: &mut Context<'_>, at: At<'_>, server: &PodServer) -> PodServerSpec {
    PodServerSpec {
        workers: cx.count(at.field("workers"), server.workers, &limits::WORKERS),
        connections_max: cx.count(at.field("connections_max"), server.connections_max, &limits::CONNECTIONS),
        start: cx.distribution_or(at, "start", server.start.as_ref(), kube::CONTAINER_START),
    }
}

/// The work of the pods of a job.
fn work(
    cx: &mut Context<'_>,
    at: At<'_>,
    runs_for: Option<&Distribution>,
    fails: Option<&Text<Ratio>>,
) -> WorkSpec {
    WorkSpec {
        lasts: cx.distribution_or(at, "runs_for", runs_for, kube::JOB_RUNS_FOR),
        fails: cx.value_or(at, "fails", fails, Ratio::ZERO),
    }
}

/// An amount of CPU, in thousandths of a processor.
fn used(cx: &mut Context<'_>, at: At<'_>, amount: &Amount) -> u32 {
    let parsed = cloudsim_kube::objects::Quantity::parse(&amount.0);
    match parsed.map(|quantity| u32::try_from(quantity.milli_value())) {
        Ok(Ok(milli)) => milli,
        Ok(Err(_)) => {
            cx.error(&codes::RANGE, at.span(), "no pod uses that much CPU");
            0
        }
        Err(problem) => {
            cx.error(&codes::VALUE, at.span(), problem);
            0
        }
    }
}

/// An amount of memory, in bytes.
fn memory_used(cx: &mut Context<'_>, at: At<'_>, amount: &Amount) -> Option<u64> {
    match cloudsim_kube::objects::Quantity::parse(&amount.0) {
        Ok(quantity) => u64::try_from(quantity.value()).ok().or_else(|| {
            cx.error(&codes::RANGE, at.span(), "no pod uses less than nothing");
            None
        }),
        Err(problem) => {
            cx.error(&codes::VALUE, at.span(), problem);
            None
        }
    }
}

/// A number of pods, or of nodes, or a share of them.
pub(super) fn needed(cx: &mut Context<'_>, at: At<'_>, text: &str, what: &str) -> Option<IntOrPercent> {
    let number = text.parse().ok().map(IntOrPercent::Int);
    let share =
        || text.strip_suffix('%')?.parse().ok().filter(|share| *share <= 100).map(IntOrPercent::Percent);
    let needs = number.or_else(share);
    if needs.is_none() {
        cx.error(
            &codes::VALUE,
            at.span(),
            format!("`{}` is no number of {what} and no share", text.escape_debug()),
        )
        .hint = Some("write a number, as in 3, or a share, as in \"50%\"".into());
    }
    needs
}

/// The pods that are there at the start.
fn placed<T: ApiType>(
    cx: &mut Context<'_>,
    at: At<'_>,
    workload: &spec::Workload<T>,
    names: &NodeNames,
) -> Option<Vec<PlacedPod>> {
    if workload.running.is_none() && workload.pending.is_none() {
        return None;
    }
    let mut pods = Vec::new();
    for (pod, node) in workload.running.iter().flatten() {
        node_there(cx, names, node, || at.field("running").value_of(pod).span());
        pods.push(PlacedPod { name: pod.as_str().into(), node: Some(node.as_str().into()) });
    }
    for (index, pod) in workload.pending.iter().flatten().enumerate() {
        if workload.running.as_ref().is_some_and(|running| running.contains_key(pod)) {
            let place = at.field("pending").item(index).span();
            cx.error(&codes::DUPLICATE_NAME, place, format!("pod `{pod}` is running and pending")).hint =
                Some("keep it in one of the two".into());
        }
        pods.push(PlacedPod { name: pod.as_str().into(), node: None });
    }
    Some(pods)
}

fn cron_jobs(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, cron_job) in cx.spec.cron_jobs.iter().enumerate() {
        let at = cx.at("cron_jobs", index);
        let cluster = cluster_of(cx, at, cron_job.cluster.as_ref());
        let key = key(cx, at, &cron_job.name);
        let work = work(cx, at, cron_job.runs_for.as_ref(), cron_job.fails.as_ref());
        let own = cron_job.spec.0.as_ref().map(|spec| read_cron_job(key, spec, work));
        let Some(read) = own.and_then(|own| read(cx, at, own)) else { continue };
        let Some(cluster) = cluster else { continue };
        clusters[cluster].cron_jobs.push(read);
    }
}

fn read_cron_job(
    key: ObjectKey,
    spec: &batch::CronJobSpec,
    work: WorkSpec,
) -> Result<CronJobSpec, Malformed> {
    let wrong = |field: &str, problem: String| Malformed { field: field.to_owned(), problem };
    let schedule = Schedule::parse(&spec.schedule).map_err(|problem| wrong("schedule", problem))?;
    let kept = |number: Option<i32>, default: u32, field: &str| {
        number.map_or(Ok(default), |number| {
            u32::try_from(number).map_err(|_| wrong(field, format!("{number} is negative")))
        })
    };
    let concurrency = match spec.concurrency_policy.as_deref() {
        None | Some("" | "Allow") => Concurrency::Allow,
        Some("Forbid") => Concurrency::Forbid,
        Some("Replace") => Concurrency::Replace,
        Some(other) => {
            let problem = format!("`{}` is none of Allow, Forbid and Replace", other.escape_debug());
            return Err(wrong("concurrencyPolicy", problem));
        }
    };
    let deadline = spec.starting_deadline_seconds.map(|seconds| {
        let negative = |_| wrong("startingDeadlineSeconds", format!("{seconds} is negative"));
        u64::try_from(seconds).map(SimDuration::from_secs).map_err(negative)
    });
    let job = spec.job_template.spec.clone().unwrap_or_default();
    let job = Workload::read_job(key.clone(), &job).map_err(|error| error.below("jobTemplate.spec"))?;
    Ok(CronJobSpec {
        key,
        schedule,
        concurrency,
        starting_deadline: deadline.transpose()?,
        suspended: spec.suspend == Some(true),
        keeps_successful: kept(
            spec.successful_jobs_history_limit,
            kube::JOBS_KEPT_SUCCESSFUL,
            "successfulJobsHistoryLimit",
        )?,
        keeps_failed: kept(spec.failed_jobs_history_limit, kube::JOBS_KEPT_FAILED, "failedJobsHistoryLimit")?,
        job,
        work,
    })
}

fn pods(cx: &mut Context<'_>, names: &[NodeNames], clusters: &mut [ClusterSpec]) {
    for (index, pod) in cx.spec.pods.iter().enumerate() {
        let at = cx.at("pods", index);
        let cluster = cluster_of(cx, at, pod.cluster.as_ref());
        let key = key(cx, at, &pod.name);
        let template = core::PodTemplateSpec {
            metadata: Some(ObjectMeta { labels: Some(pod.labels.clone()), ..ObjectMeta::default() }),
            spec: pod.spec.0.clone(),
        };
        let Some(template) = read_below_spec(cx, at, PodTemplate::read(&template)) else { continue };
        let Some(cluster) = cluster else { continue };
        if let Some(node) = &pod.node {
            node_there(cx, &names[cluster], node, || at.field("node").span());
        }
        clusters[cluster].pods.push(BarePodSpec { key, node: pod.node.as_deref().map(Into::into), template });
    }
}

/// As [`read`], of something whose fields the error counts from the thing itself.
fn read_below_spec<T>(cx: &mut Context<'_>, at: At<'_>, result: Result<T, Malformed>) -> Option<T> {
    let below = |error: Malformed| {
        let field =
            error.field.strip_prefix("spec").map_or(error.field.as_str(), |own| own.trim_start_matches('.'));
        Malformed { field: field.to_owned(), problem: error.problem.clone() }
    };
    read(cx, at, result.map_err(below))
}

fn services(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) -> Vec<ServiceTarget> {
    let mut all = Vec::new();
    for (index, service) in cx.spec.kubernetes_services.iter().enumerate() {
        let at = cx.at("kubernetes_services", index);
        let cluster = cluster_of(cx, at, service.cluster.as_ref());
        let key = key(cx, at, &service.name);
        let list = at.field("target_groups");
        let mut target_groups = Vec::new();
        for (index, name) in service.target_groups.iter().enumerate() {
            let group = cx.reference(list.item(index).span(), Kind::TargetGroup, name);
            target_groups.push(TargetGroupId::from_index(group));
        }
        let spec = service.spec.0.clone().unwrap_or_default();
        let prefers = match spec.traffic_distribution.as_deref() {
            None | Some("") => Ok(false),
            Some("PreferClose" | "PreferSameZone" | "PreferSameNode") => Ok(true),
            Some(other) => Err(Malformed {
                field: "trafficDistribution".into(),
                problem: format!(
                    "`{}` is none of PreferSameZone, PreferSameNode and PreferClose",
                    other.escape_debug()
                ),
            }),
        };
        let own = topology_mode(cx, at.field("annotations"), &service.annotations);
        let (Some(cluster), Some(prefers)) = (cluster, read(cx, at, prefers)) else { continue };
        all.push(ServiceTarget { cluster, service: clusters[cluster].services.len() });
        clusters[cluster].services.push(KubeServiceSpec {
            key,
            selector: labels(&spec.selector.unwrap_or_default()),
            target_groups,
            // As the controller does it, which looks at the annotation first.
            hints: own.unwrap_or(if prefers { ZoneHints::SameZone } else { ZoneHints::None }),
            called: false,
        });
    }
    all
}

/// What turns topology aware routing on.
const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";

/// The hints that the annotations of a service ask for, if they do.
fn topology_mode(
    cx: &mut Context<'_>,
    at: At<'_>,
    annotations: &BTreeMap<String, String>,
) -> Option<ZoneHints> {
    let mut hints = None;
    for (key, value) in annotations {
        let place = at.value_of(key).span();
        if key != TOPOLOGY_MODE {
            let message = format!("annotation `{}` has no effect here", key.escape_debug());
            cx.error(&codes::VALUE, place, message).hint =
                Some(format!("leave it out; the only one that has is `{TOPOLOGY_MODE}`"));
            continue;
        }
        match value.as_str() {
            "Auto" | "auto" => hints = Some(ZoneHints::ByProcessors),
            "Disabled" | "disabled" => {}
            other => {
                let message = format!("`{}` is neither `Auto` nor `Disabled`", other.escape_debug());
                cx.error(&codes::VALUE, place, message).hint = did_you_mean(other, ["Auto", "Disabled"]);
            }
        }
    }
    hints
}

fn budgets(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, budget) in cx.spec.pod_disruption_budgets.iter().enumerate() {
        let at = cx.at("pod_disruption_budgets", index);
        let cluster = cluster_of(cx, at, budget.cluster.as_ref());
        let key = key(cx, at, &budget.name);
        let own = budget.spec.0.as_ref().map(|spec| read_budget(key, spec));
        let Some(read) = own.and_then(|own| read(cx, at, own)) else { continue };
        let Some(cluster) = cluster else { continue };
        clusters[cluster].disruption_budgets.push(read);
    }
}

fn read_budget(
    key: ObjectKey,
    spec: &policy::PodDisruptionBudgetSpec,
) -> Result<DisruptionBudgetSpec, Malformed> {
    let allows = match (&spec.min_available, &spec.max_unavailable) {
        (Some(_), Some(_)) => {
            let problem = "a budget has `minAvailable` or `maxUnavailable`, not both".to_owned();
            return Err(Malformed { field: "maxUnavailable".into(), problem });
        }
        (Some(least), None) => Budget::MinAvailable(IntOrPercent::read(least, "minAvailable")?),
        (None, Some(most)) => Budget::MaxUnavailable(IntOrPercent::read(most, "maxUnavailable")?),
        // The disruption controller wants none then.
        (None, None) => Budget::MinAvailable(IntOrPercent::Int(0)),
    };
    let selector = Selector::read(spec.selector.as_ref()).map_err(|error| error.below("selector"))?;
    let unhealthy = match spec.unhealthy_pod_eviction_policy.as_deref() {
        None | Some("" | "IfHealthyBudget") => UnhealthyPods::IfHealthyBudget,
        Some("AlwaysAllow") => UnhealthyPods::AlwaysAllow,
        Some(other) => {
            let problem = format!("`{other}` is neither `IfHealthyBudget` nor `AlwaysAllow`");
            return Err(Malformed { field: "unhealthyPodEvictionPolicy".into(), problem });
        }
    };
    Ok(DisruptionBudgetSpec { key, selector, allows, unhealthy })
}

fn autoscalers(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, autoscaler) in cx.spec.horizontal_pod_autoscalers.iter().enumerate() {
        let at = cx.at("horizontal_pod_autoscalers", index);
        let cluster = cluster_of(cx, at, autoscaler.cluster.as_ref());
        let key = key(cx, at, &autoscaler.name);
        let own = autoscaler.spec.0.as_ref().map(|spec| HorizontalPodAutoscaler::read(key, spec));
        let Some(read) = own.and_then(|own| read(cx, at, own)) else { continue };
        let Some(cluster) = cluster else { continue };
        clusters[cluster].autoscalers.push(read);
    }
}

/// What a claim that has its volume already is marked with.
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";

fn storage(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    let metadata = |namespace: Option<&str>, name: &str, labels: &BTreeMap<String, String>| ObjectMeta {
        name: Some(name.to_owned()),
        namespace: namespace.map(str::to_owned),
        labels: Some(labels.clone()),
        ..ObjectMeta::default()
    };
    for (index, class) in cx.spec.storage_classes.iter().enumerate() {
        let at = cx.at("storage_classes", index);
        let cluster = cluster_of(cx, at, class.cluster.as_ref());
        let name = cx.name(at, &class.name);
        let Some(spec) = &class.spec.0 else { continue };
        let own = storage::StorageClass { metadata: metadata(None, &name, &class.labels), ..spec.clone() };
        let (Some(read), Some(cluster)) = (read(cx, at, StorageClass::read(&own)), cluster) else { continue };
        clusters[cluster].storage_classes.push(read);
    }
    for (index, volume) in cx.spec.persistent_volumes.iter().enumerate() {
        let at = cx.at("persistent_volumes", index);
        let cluster = cluster_of(cx, at, volume.cluster.as_ref());
        let name = cx.name(at, &volume.name);
        let spec = volume.spec.0.clone();
        let bound = spec.as_ref().is_some_and(|spec| spec.claim_ref.is_some());
        let own = core::PersistentVolume {
            metadata: metadata(None, &name, &volume.labels),
            spec,
            status: Some(core::PersistentVolumeStatus {
                phase: Some(if bound { "Bound" } else { "Available" }.to_owned()),
                ..core::PersistentVolumeStatus::default()
            }),
        };
        let own = PersistentVolume::read(&own);
        let (Some(read), Some(cluster)) = (read_below_spec(cx, at, own), cluster) else { continue };
        clusters[cluster].volumes.push(read);
    }
    for (index, claim) in cx.spec.persistent_volume_claims.iter().enumerate() {
        let at = cx.at("persistent_volume_claims", index);
        let cluster = cluster_of(cx, at, claim.cluster.as_ref());
        let key = key(cx, at, &claim.name);
        let spec = claim.spec.0.clone();
        let mut metadata = metadata(Some(&key.namespace), &key.name, &claim.labels);
        // One that names its volume has it.
        if spec.as_ref().is_some_and(|spec| spec.volume_name.is_some()) {
            metadata.annotations = Some(BTreeMap::from([(BIND_COMPLETED.to_owned(), "yes".to_owned())]));
        }
        let own = PersistentVolumeClaim::read(&core::PersistentVolumeClaim { metadata, spec, status: None });
        let (Some(read), Some(cluster)) = (read_below_spec(cx, at, own), cluster) else { continue };
        clusters[cluster].claims.push(read);
    }
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
        images.push(ImageSpec { name: image.name.as_str().into(), size });
    }
    for cluster in clusters {
        cluster.images.clone_from(&images);
    }
}

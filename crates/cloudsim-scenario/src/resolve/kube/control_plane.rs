//! Clusters themselves: versions, control planes, and what runs in them for all.

use super::{dealt, region_of};
use crate::diagnostics::codes;
use crate::place::At;
use crate::plan::ServiceTarget;
use crate::resolve::{Context, Kind};
use crate::spec::{ControlPlane, Interval, Text};
use crate::{limits, spec};
use cloudsim_kube::cron::WallClock;
use cloudsim_kube::dns::{Resolver, Written};
use cloudsim_kube::spec::{
    ClusterAutoscalerSpec, ClusterSpec, DnsSpec, Expander, KubeProxySpec, NodeSpec, ProxyMode, SchedulerSpec,
    Seat, TieBreak,
};
use cloudsim_kube::{KubeServiceId, Minor, limits as kube};
use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

pub(super) fn kube_proxy(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::KubeProxy>) -> KubeProxySpec {
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

pub(super) fn dns(
    cx: &mut Context<'_>,
    at: At<'_>,
    spec: &spec::Dns,
    cluster: usize,
    services: &[ServiceTarget],
) -> Option<DnsSpec> {
    let name = spec.service.as_deref().unwrap_or(limits::DNS_SERVICE);
    // The one of this cluster is meant, if others have one of that name too.
    let own = format!("{}/{name}", cx.spec.clusters[cluster].name);
    let name = if cx.find(Kind::KubernetesService, &own).is_some() { &own } else { name };
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

pub(super) fn version(cx: &mut Context<'_>, at: At<'_>, text: Option<&str>) -> Minor {
    let Some(text) = text else { return Minor::DEFAULT };
    text.parse().unwrap_or_else(|error: cloudsim_kube::UnknownMinor| {
        cx.error(&codes::VALUE, at.span(), error.to_string()).hint =
            Some(format!("write the minor version, as in \"{}\"", Minor::DEFAULT));
        Minor::DEFAULT
    })
}

pub(super) fn scheduler(cx: &mut Context<'_>, at: At<'_>, spec: Option<&spec::Scheduler>) -> SchedulerSpec {
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

pub(super) fn cluster_autoscaler(
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

/// A zone of that name, or else a node of the cluster.
fn seat(cx: &mut Context<'_>, at: At<'_>, nodes: &[NodeSpec], name: &str) -> Seat {
    let node = nodes.iter().find(|node| node.name == name);
    let Some(node) = node.filter(|_| cx.find(Kind::Zone, name).is_none()) else {
        return ZoneId::from_index(cx.reference(at.span(), Kind::Zone, name)).into();
    };
    let zone = node.zone.unwrap_or_else(|| {
        let problem = format!("node `{name}` is in no zone");
        cx.error(&codes::RANGE, at.span(), problem).hint = Some("give it its `zone`".into());
        ZoneId::from_index(0)
    });
    Seat { zone, node: Some(name.into()) }
}

pub(super) fn control_plane(
    cx: &mut Context<'_>,
    at: At<'_>,
    spec: Option<&ControlPlane>,
    cluster: &mut ClusterSpec,
) {
    let default = ControlPlane::default();
    let spec = spec.unwrap_or(&default);
    let region = region_of(cx, cluster);
    let nodes = &cluster.nodes;
    let seats =
        |cx: &mut Context<'_>, field: &str, names: Option<&Vec<String>>, first: usize, count: usize| {
            let Some(names) = names else { return dealt(cx, region.as_deref(), first, count) };
            let list = at.field(field);
            if names.is_empty() {
                cx.error(&codes::RANGE, list.span(), format!("no {} at all", field.replace('_', " "))).hint =
                    Some("name at least one zone or node".into());
            }
            let all = names.iter().enumerate();
            all.map(|(index, name)| seat(cx, list.item(index), nodes, name)).collect()
        };
    // EKS runs two API servers and three members of etcd, over three zones (K8S-55).
    let api_servers = seats(cx, "api_servers", spec.api_servers.as_ref(), 2, 2);
    let etcd = seats(cx, "etcd", spec.etcd.as_ref(), 3, 3);
    let flags = &mut cluster.control_plane;
    (flags.api_servers, flags.etcd) = (api_servers, etcd);
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
    flags.kube_api_qps =
        cx.count_or(at, "kube_api_qps", spec.kube_api_qps, &limits::API_QPS, flags.kube_api_qps);
    flags.kube_api_burst =
        cx.count_or(at, "kube_api_burst", spec.kube_api_burst, &limits::API_QPS, flags.kube_api_burst);
    let not_ready = spec.default_not_ready_toleration.as_ref();
    flags.default_not_ready_toleration =
        cx.span_or(at, "default_not_ready_toleration", not_ready, flags.default_not_ready_toleration);
    let unreachable = spec.default_unreachable_toleration.as_ref();
    flags.default_unreachable_toleration =
        cx.span_or(at, "default_unreachable_toleration", unreachable, flags.default_unreachable_toleration);
}

/// What the clock shows at the start.
pub(super) fn clock(cx: &mut Context<'_>, at: At<'_>, text: Option<&str>) -> WallClock {
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

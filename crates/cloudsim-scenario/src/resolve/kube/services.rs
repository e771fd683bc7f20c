//! What stands beside workloads: services, disruption budgets, autoscalers.

use super::{cluster_of, key, labels, read};
use crate::diagnostics::{codes, did_you_mean};
use crate::place::At;
use crate::plan::ServiceTarget;
use crate::resolve::{Context, Kind};
use cloudsim_kube::objects::{HorizontalPodAutoscaler, Malformed, PodDisruptionBudget};
use cloudsim_kube::spec::{ClusterSpec, KubeServiceSpec, ZoneHints};
use cloudsim_world::TargetGroupId;
use std::collections::BTreeMap;

pub(super) fn services(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) -> Vec<ServiceTarget> {
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

pub(super) fn budgets(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, budget) in cx.spec.pod_disruption_budgets.iter().enumerate() {
        let at = cx.at("pod_disruption_budgets", index);
        let cluster = cluster_of(cx, at, budget.cluster.as_ref());
        let key = key(cx, at, &budget.name);
        let own = budget.spec.0.as_ref().map(|spec| PodDisruptionBudget::read(key, spec));
        let Some(read) = own.and_then(|own| read(cx, at, own)) else { continue };
        let Some(cluster) = cluster else { continue };
        clusters[cluster].disruption_budgets.push(read);
    }
}

pub(super) fn autoscalers(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
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

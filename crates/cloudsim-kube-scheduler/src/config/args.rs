//! `pluginConfig`: the arguments of the plugins.

use super::place::{Fields, Place};
use super::{duration, is_of_type};
use crate::objects::{
    NodeInclusion, NodeSelector, NodeTerm, PreferredNodeTerm, ResourceName, Selector, SpreadConstraint, Text,
    Unsatisfiable,
};
use crate::objects::{is_label_value, not_a_key};
use crate::plugins::{
    Args, DefaultConstraints, DefaultPreemptionArgs, InterPodAffinityArgs, NodeAffinityArgs,
    NodeResourcesBalancedAllocationArgs, NodeResourcesFitArgs, PodTopologySpreadArgs, ScoringStrategy,
    UtilizationPoint, WeightedResource,
};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

/// Reads the arguments of one plugin. What they omit has its default. Those of a plugin that takes none are not looked at.
pub(super) fn read(plugin: &str, place: &Place<'_>, args: &mut Args) {
    let fields = |own: &[&str]| {
        let fields = place.fields(&[&["apiVersion", "kind"], own].concat());
        is_of_type(&fields, &format!("{plugin}Args"));
        fields
    };
    match plugin {
        "DefaultPreemption" => {
            args.default_preemption =
                default_preemption(&fields(&["minCandidateNodesPercentage", "minCandidateNodesAbsolute"]));
        }
        "DynamicResources" => dynamic_resources(&fields(&["filterTimeout"])),
        "InterPodAffinity" => {
            args.inter_pod_affinity =
                inter_pod_affinity(&fields(&["hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"]));
        }
        "NodeAffinity" => args.node_affinity = node_affinity(&fields(&["addedAffinity"])),
        "NodeResourcesBalancedAllocation" => {
            args.node_resources_balanced_allocation = balanced_allocation(&fields(&["resources"]));
        }
        "NodeResourcesFit" => {
            args.node_resources_fit =
                resources_fit(&fields(&["ignoredResources", "ignoredResourceGroups", "scoringStrategy"]));
        }
        "PodTopologySpread" => {
            args.pod_topology_spread = topology_spread(&fields(&["defaultConstraints", "defaultingType"]));
        }
        "VolumeBinding" => volume_binding(&fields(&["bindTimeoutSeconds", "shape"])),
        _ => {}
    }
}

fn default_preemption(fields: &Fields<'_>) -> DefaultPreemptionArgs {
    const PERCENTAGE: &str = "minCandidateNodesPercentage";
    const ABSOLUTE: &str = "minCandidateNodesAbsolute";
    let mut args = DefaultPreemptionArgs::default();
    if let Some(percentage) = fields.integer32(PERCENTAGE, 0..=100) {
        args.min_candidate_nodes_percentage = percentage;
    }
    if let Some(absolute) = fields.integer32(ABSOLUTE, 0..=i32::MAX) {
        args.min_candidate_nodes_absolute = absolute;
    }
    if args.min_candidate_nodes_percentage == 0 && args.min_candidate_nodes_absolute == 0 {
        fields.wrong(PERCENTAGE, format!("this and {ABSOLUTE} cannot both be 0"));
    }
    args
}

fn inter_pod_affinity(fields: &Fields<'_>) -> InterPodAffinityArgs {
    let mut args = InterPodAffinityArgs::default();
    if let Some(weight) = fields.integer32("hardPodAffinityWeight", 0..=100) {
        args.hard_pod_affinity_weight = weight;
    }
    if let Some(ignore) = fields.flag("ignorePreferredTermsOfExistingPods") {
        args.ignore_preferred_terms_of_existing_pods = ignore;
    }
    args
}

fn node_affinity(fields: &Fields<'_>) -> NodeAffinityArgs {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let mut args = NodeAffinityArgs::default();
    let Some(affinity) = fields.get("addedAffinity") else { return args };
    let affinity = affinity.fields(&[REQUIRED, PREFERRED]);
    if let Some(required) = affinity.get(REQUIRED) {
        let terms = required.fields(&["nodeSelectorTerms"]).items("nodeSelectorTerms");
        args.added_required = Some(NodeSelector { terms: terms.iter().filter_map(node_term).collect() });
    }
    let preferred: Vec<PreferredNodeTerm> = affinity
        .items(PREFERRED)
        .iter()
        .filter_map(|preferred| {
            let preferred = preferred.fields(&["weight", "preference"]);
            let weight = preferred.integer32("weight", i32::MIN..=i32::MAX).unwrap_or(0);
            let term = preferred.get("preference").map_or(Some(NodeTerm::default()), |term| node_term(&term));
            Some(PreferredNodeTerm { weight, term: term? })
        })
        .collect();
    args.added_preferred = (!preferred.is_empty()).then_some(preferred);
    args
}

fn node_term(place: &Place<'_>) -> Option<NodeTerm> {
    let fields = place.fields(&["matchExpressions", "matchFields"]);
    let requirements = |name: &str| -> Vec<api::NodeSelectorRequirement> {
        fields
            .items(name)
            .iter()
            .map(|place| {
                let fields = place.fields(&["key", "operator", "values"]);
                let key = fields.needed("key").unwrap_or_default();
                let values: Vec<String> = fields.items("values").iter().filter_map(value_of_label).collect();
                if let Some(problem) = not_a_key(key).filter(|_| !key.is_empty()) {
                    fields.wrong("key", problem);
                }
                api::NodeSelectorRequirement {
                    key: key.to_owned(),
                    operator: fields.text("operator").unwrap_or_default().to_owned(),
                    values: Some(values),
                }
            })
            .collect()
    };
    let term = api::NodeSelectorTerm {
        match_expressions: Some(requirements("matchExpressions")),
        match_fields: Some(requirements("matchFields")),
    };
    NodeTerm::read(&term).map_err(|e| fields.wrong(&e.field, e.problem)).ok()
}

fn value_of_label(place: &Place<'_>) -> Option<String> {
    let text = place.text()?;
    if !is_label_value(text) {
        place.wrong(format!("`{}` is no value of a label", text.escape_debug()));
    }
    Some(text.to_owned())
}

fn balanced_allocation(fields: &Fields<'_>) -> NodeResourcesBalancedAllocationArgs {
    let mut seen = BTreeSet::new();
    let resources = resources(fields, |resource, fields| {
        if !seen.insert(resource.name.clone()) {
            fields.wrong("name", format!("`{}` is named twice", resource.name.as_str().escape_debug()));
        }
        if resource.weight != 1 {
            fields.wrong("weight", format!("a balance has no weights: {} can only be 1", resource.weight));
        }
    });
    NodeResourcesBalancedAllocationArgs { resources }
}

/// cpu and memory alike if none are named.
fn resources(
    fields: &Fields<'_>,
    mut check: impl FnMut(&WeightedResource, &Fields<'_>),
) -> Vec<WeightedResource> {
    let items = fields.items("resources");
    if items.is_empty() {
        return WeightedResource::cpu_and_memory();
    }
    items
        .iter()
        .filter_map(|place| {
            let fields = place.fields(&["name", "weight"]);
            let name = ResourceName::named(fields.needed("name")?);
            // No weight is one of 1, and 0 is none.
            let weight = fields.integer("weight", i64::MIN..=i64::MAX).filter(|weight| *weight != 0);
            let resource = WeightedResource { name, weight: weight.unwrap_or(1) };
            check(&resource, &fields);
            Some(resource)
        })
        .collect()
}

fn resources_fit(fields: &Fields<'_>) -> NodeResourcesFitArgs {
    const CURVE: &str = "requestedToCapacityRatio";
    let mut args = NodeResourcesFitArgs::default();
    for place in fields.items("ignoredResources") {
        args.ignored_resources.extend(key(&place));
    }
    for place in fields.items("ignoredResourceGroups") {
        let Some(group) = place.text() else { continue };
        if group.contains('/') {
            place.wrong(format!("a group is what stands before the slash, not `{}`", group.escape_debug()));
        } else {
            args.ignored_resource_groups.extend(key(&place));
        }
    }
    let Some(strategy) = fields.get("scoringStrategy") else { return args };
    let strategy = strategy.fields(&["type", "resources", "requestedToCapacityRatio"]);
    args.resources = resources(&strategy, |resource, fields| {
        if !(1..=100).contains(&resource.weight) {
            fields.wrong("weight", format!("{} is not from 1 to 100", resource.weight));
        }
    });
    let kinds = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"];
    let kind = strategy.get("type");
    if kind.is_none() {
        strategy.wrong("type", format!("this is needed: one of {}", kinds.join(", ")));
    }
    let kind = kind.and_then(|kind| kind.one_of(&kinds));
    match (kind, strategy.get(CURVE)) {
        (Some("RequestedToCapacityRatio"), None) => {
            strategy.wrong(CURVE, "this is needed with type RequestedToCapacityRatio");
        }
        (Some("RequestedToCapacityRatio"), Some(curve)) => {
            args.strategy = ScoringStrategy::RequestedToCapacityRatio(shape(&curve));
        }
        (Some(kind), curve) => {
            if curve.is_some() {
                strategy
                    .wrong(CURVE, format!("this goes with type RequestedToCapacityRatio, not with {kind}"));
            }
            if kind == "MostAllocated" {
                args.strategy = ScoringStrategy::MostAllocated;
            }
        }
        (None, _) => {}
    }
    args
}

fn key(place: &Place<'_>) -> Option<Text> {
    let text = place.text()?;
    if let Some(problem) = not_a_key(text) {
        place.wrong(problem);
    }
    Some(text.into())
}

fn shape(curve: &Place<'_>) -> Vec<UtilizationPoint> {
    let fields = curve.fields(&["shape"]);
    let places = fields.items("shape");
    if places.is_empty() {
        fields.wrong("shape", "a curve needs at least one point");
    }
    let mut points: Vec<UtilizationPoint> = Vec::new();
    for place in places {
        let fields = place.fields(&["utilization", "score"]);
        let number = |name, most| match fields.get(name) {
            Some(place) => place.integer(0..=most),
            None => Some(0),
        };
        let (utilization, score) = (number("utilization", 100), number("score", 10));
        let Some(utilization) = utilization else { continue };
        if let Some(before) = points.last().filter(|before| before.utilization >= utilization) {
            let problem =
                format!("{utilization} is not above the {} of the point before", before.utilization);
            fields.wrong("utilization", problem);
        }
        points.push(UtilizationPoint { utilization, score: score.unwrap_or(0) });
    }
    points
}

fn topology_spread(fields: &Fields<'_>) -> PodTopologySpreadArgs {
    const TYPE: &str = "defaultingType";
    let places = fields.items("defaultConstraints");
    let mut constraints: Vec<SpreadConstraint> = Vec::new();
    for place in &places {
        let Some(constraint) = default_constraint(place) else { continue };
        let same = |other: &SpreadConstraint| {
            other.topology_key == constraint.topology_key
                && other.when_unsatisfiable == constraint.when_unsatisfiable
        };
        if constraints.iter().any(same) {
            place.wrong("topologyKey and whenUnsatisfiable are those of a constraint before");
        }
        constraints.push(constraint);
    }
    let defaulting = fields.get(TYPE).and_then(|place| match place.text() {
        Some("") => None,
        _ => Some(place.one_of(&["System", "List"])),
    });
    let defaults = match defaulting {
        Some(Some("List")) => DefaultConstraints::List(constraints),
        Some(None) => DefaultConstraints::System,
        _ => {
            if !places.is_empty() {
                fields.wrong(TYPE, "with defaultConstraints this must be List");
            }
            DefaultConstraints::System
        }
    };
    PodTopologySpreadArgs { defaults, ..PodTopologySpreadArgs::default() }
}

/// A default constraint. `matchLabelKeys` is read and has no effect: the selector is derived for each pod.
fn default_constraint(place: &Place<'_>) -> Option<SpreadConstraint> {
    let fields = place.fields(&[
        "maxSkew",
        "topologyKey",
        "whenUnsatisfiable",
        "labelSelector",
        "minDomains",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "matchLabelKeys",
    ]);
    if let Some(selector) = fields.get("labelSelector") {
        selector.wrong("a default constraint has no selector: it is derived for each pod");
    }
    for key in fields.items("matchLabelKeys") {
        key.text();
    }
    if fields.get("maxSkew").is_none() {
        fields.wrong("maxSkew", "this is needed, from 1 up");
    }
    let max_skew = fields.integer32("maxSkew", 1..=i32::MAX);
    let topology_key = fields.needed("topologyKey");
    if let Some(problem) = topology_key.and_then(not_a_key) {
        fields.wrong("topologyKey", problem);
    }
    let unsatisfiable = fields.needed("whenUnsatisfiable").and_then(|_| {
        fields.get("whenUnsatisfiable").and_then(|place| place.one_of(&["DoNotSchedule", "ScheduleAnyway"]))
    });
    let inclusion =
        |name, default| match fields.get(name).and_then(|place| place.one_of(&["Honor", "Ignore"])) {
            Some("Honor") => NodeInclusion::Honor,
            Some(_) => NodeInclusion::Ignore,
            None => default,
        };
    let constraint = SpreadConstraint {
        max_skew: 1,
        topology_key: "".into(),
        when_unsatisfiable: Unsatisfiable::DoNotSchedule,
        selector: Selector::Nothing,
        min_domains: fields.integer32("minDomains", 1..=i32::MAX).unwrap_or(1),
        node_affinity_policy: inclusion("nodeAffinityPolicy", NodeInclusion::Honor),
        node_taints_policy: inclusion("nodeTaintsPolicy", NodeInclusion::Ignore),
    };
    Some(SpreadConstraint {
        max_skew: max_skew?,
        topology_key: topology_key?.into(),
        when_unsatisfiable: match unsatisfiable? {
            "DoNotSchedule" => Unsatisfiable::DoNotSchedule,
            _ => Unsatisfiable::ScheduleAnyway,
        },
        ..constraint
    })
}

fn volume_binding(fields: &Fields<'_>) {
    fields.integer("bindTimeoutSeconds", 0..=i64::MAX);
    if let Some(shape) = fields.get("shape") {
        shape.wrong("kube-scheduler refuses this unless the feature gate StorageCapacityScoring is on");
    }
}

fn dynamic_resources(fields: &Fields<'_>) {
    if let Some(place) = fields.get("filterTimeout")
        && duration(&place).is_some_and(|seconds| seconds < 0.0)
    {
        place.wrong("this is to be 0 or above");
    }
}

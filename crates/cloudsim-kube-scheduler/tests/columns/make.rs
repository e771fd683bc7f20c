//! Nodes and pods that differ in everything that columns look at.

use cloudsim_kube_scheduler::objects::{Namespace, Node, Pod, Service};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const KEYS: [&str; 4] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack", "disk"];

fn labels() -> impl Strategy<Value = Value> {
    (select(&["web", "db", "api"][..]), select(&["front", "back"][..]))
        .prop_map(|(app, tier)| json!({"app": app, "tier": tier}))
}

fn selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!({})),
        select(&["web", "db", "api"][..]).prop_map(|app| json!({"matchLabels": {"app": app}})),
        Just(json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]})),
        Just(json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]})),
        Just(json!({"matchExpressions": [{"key": "extra", "operator": "DoesNotExist"}]})),
    ]
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(object) = &mut value {
        object.retain(|_, value| !value.is_null());
        for value in object.values_mut() {
            *value = without_nulls(value.take());
        }
    }
    value
}

fn term() -> impl Strategy<Value = Value> {
    let namespaces = prop_oneof![
        4 => Just(json!({})),
        1 => Just(json!({"namespaces": ["prod", "dev"]})),
        1 => Just(json!({"namespaceSelector": {}})),
        1 => Just(json!({"namespaceSelector": {"matchLabels": {"env": "prod"}}})),
        1 => Just(json!({"namespaceSelector": {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}})),
    ];
    (selector(), namespaces, select(&KEYS[..])).prop_map(|(selector, namespaces, key)| {
        let mut term = json!({"labelSelector": selector, "topologyKey": key});
        term.as_object_mut().unwrap().extend(namespaces.as_object().unwrap().clone());
        without_nulls(term)
    })
}

fn constraint() -> impl Strategy<Value = Value> {
    let policy = || select(&[None, Some("Honor"), Some("Ignore")][..]);
    (
        selector(),
        select(&KEYS[..]),
        1..3,
        select(&["DoNotSchedule", "ScheduleAnyway"][..]),
        select(&[None, Some(2), Some(4)][..]),
        policy(),
        policy(),
    )
        .prop_map(|(selector, key, skew, when, min_domains, affinity, taints)| {
            let min_domains = if when == "DoNotSchedule" { min_domains } else { None };
            without_nulls(json!({
                "labelSelector": selector, "topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": when,
                "minDomains": min_domains, "nodeAffinityPolicy": affinity, "nodeTaintsPolicy": taints,
                "matchLabelKeys": if skew == 1 { json!(null) } else { json!(["tier"]) },
            }))
        })
}

fn affinity() -> impl Strategy<Value = Value> {
    let required = || prop::collection::vec(term(), 0..=2);
    let preferred = || {
        prop::collection::vec((1..100, term()), 0..=2).prop_map(|terms| {
            terms
                .into_iter()
                .map(|(weight, term)| json!({"weight": weight, "podAffinityTerm": term}))
                .collect::<Vec<_>>()
        })
    };
    (required(), required(), preferred(), preferred()).prop_map(|(with, against, prefer, avoid)| {
        json!({
            "podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": with,
                "preferredDuringSchedulingIgnoredDuringExecution": prefer,
            },
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": against,
                "preferredDuringSchedulingIgnoredDuringExecution": avoid,
            },
        })
    })
}

fn node_rules() -> impl Strategy<Value = Value> {
    let node_affinity = |terms: Value| {
        json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
    };
    let preferring = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 7, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}},
        {"weight": 20, "preference": {"matchExpressions": [{"key": "rack", "operator": "Exists"}]}}]}}});
    prop_oneof![
        6 => Just(json!({})),
        1 => Just(json!({"nodeSelector": {"disk": "ssd"}})),
        1 => Just(node_affinity(json!([{"matchExpressions": [{"key": "rack", "operator": "NotIn", "values": ["r0"]}]}]))),
        1 => Just(node_affinity(json!([
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]},
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n3"]}]}]))),
        2 => Just(preferring),
    ]
}

pub(crate) fn pod() -> impl Strategy<Value = Value> {
    let tolerations = prop_oneof![
        3 => Just(json!([])),
        1 => Just(json!([{"key": "dedicated", "operator": "Exists"}])),
        1 => Just(json!([{"operator": "Exists", "effect": "NoSchedule"}])),
    ];
    let owner = select(&[false, true][..]);
    (
        (select(&["prod", "dev"][..]), labels(), select(&["0", "250m", "500m", "1"][..]), select(&["0", "256Mi", "1Gi"][..])),
        prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(constraint(), 1..=2)],
        prop_oneof![3 => Just(json!({})), 2 => affinity()],
        node_rules(),
        tolerations,
        (select(&[None, Some(80), Some(443)][..]), select(&["web:1", "db:2"][..]), owner, prop::bool::weighted(0.1)),
    )
        .prop_map(|((namespace, labels, cpu, memory), spread, affinity, rules, tolerations, rest)| {
            let (port, image, has_owner, terminating) = rest;
            let mut all_affinity = rules.get("affinity").cloned().unwrap_or_else(|| json!({}));
            all_affinity.as_object_mut().unwrap().extend(affinity.as_object().unwrap().clone());
            without_nulls(json!({
                "metadata": {
                    "namespace": namespace, "labels": labels,
                    "ownerReferences": if has_owner {
                        json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": "1", "controller": true}])
                    } else { json!(null) },
                    "deletionTimestamp": if terminating { json!("2026-01-01T00:00:00Z") } else { json!(null) },
                },
                "spec": {
                    "containers": [{
                        "name": "c", "image": image,
                        "resources": {"requests": {"cpu": cpu, "memory": memory}},
                        "ports": port.map(|port| json!([{"containerPort": port, "hostPort": port}])),
                    }],
                    "nodeSelector": rules.get("nodeSelector"),
                    "affinity": all_affinity, "topologySpreadConstraints": spread, "tolerations": tolerations,
                },
            }))
        })
}

pub(crate) fn node(name: usize) -> impl Strategy<Value = Value> {
    let taints = prop_oneof![
        4 => Just(json!([])),
        1 => Just(json!([{"key": "dedicated", "value": "a", "effect": "NoSchedule"}])),
        1 => Just(json!([{"key": "dedicated", "effect": "PreferNoSchedule"}, {"key": "x", "effect": "PreferNoSchedule"}])),
    ];
    let label = |values: &'static [Option<&'static str>]| select(values);
    (
        label(&[Some("a"), Some("b"), Some("c"), Some("a"), None]),
        label(&[Some("r0"), Some("r1"), None]),
        label(&[Some("ssd"), Some("hdd")]),
        prop::bool::weighted(0.9),
        taints,
        prop::bool::weighted(0.1),
        (select(&["1", "2", "4"][..]), select(&["2Gi", "8Gi"][..]), select(&["2", "5", "110"][..])),
        prop::bool::ANY,
    )
        .prop_map(move |(zone, rack, disk, named, taints, cordoned, (cpu, memory, pods), images)| {
            let name = format!("n{name}");
            without_nulls(json!({
                "metadata": {"name": name, "labels": {
                    "kubernetes.io/hostname": if named { json!(name) } else { json!(null) },
                    "topology.kubernetes.io/zone": zone, "rack": rack, "disk": disk}},
                "spec": {"taints": taints, "unschedulable": cordoned},
                "status": {
                    "allocatable": {"cpu": cpu, "memory": memory, "pods": pods},
                    "images": if images { json!([{"names": ["web:1"], "sizeBytes": 700_000_000}]) } else { json!(null) },
                },
            }))
        })
}

pub(crate) fn nodes() -> impl Strategy<Value = Vec<Value>> {
    (1..8usize).prop_flat_map(|count| (0..count).map(|i| node(i).boxed()).collect::<Vec<_>>())
}

pub(crate) fn read_node(value: &Value) -> Node {
    Node::read(&serde_json::from_value(value.clone()).unwrap()).unwrap()
}

pub(crate) fn read_pod(value: &Value) -> Pod {
    Pod::read(&serde_json::from_value(value.clone()).unwrap()).unwrap()
}

/// The namespaces that pods are in.
pub(crate) fn namespaces() -> Vec<Namespace> {
    [("prod", "prod"), ("dev", "test")]
        .map(|(name, env)| {
            let namespace = json!({"metadata": {"name": name, "labels": {"env": env}}});
            Namespace::read(&serde_json::from_value(namespace).unwrap())
        })
        .into()
}

/// A service that spreads some of the pods by default.
pub(crate) fn service() -> Service {
    let service =
        json!({"metadata": {"name": "web", "namespace": "prod"}, "spec": {"selector": {"app": "web"}}});
    Service::read(&serde_json::from_value(service).unwrap())
}

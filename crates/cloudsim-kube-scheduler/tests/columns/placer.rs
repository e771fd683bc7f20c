//! The columns decide what the plain cycle decides: on random clusters, while pods and nodes come, change and go.

use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{Namespace, Node, Pod, PodKey, Service};
use cloudsim_kube_scheduler::{Enough, Placer, Profile, Search};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::sync::Arc;

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

fn pod() -> impl Strategy<Value = Value> {
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

fn node(name: usize) -> impl Strategy<Value = Value> {
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

#[derive(Clone, Debug)]
enum Step {
    Place(Value),
    Delete(prop::sample::Index),
    SetNode(Value),
    RemoveNode(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => pod().prop_map(Step::Place),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => (0..9usize).prop_flat_map(node).prop_map(Step::SetNode),
        1 => (0..9usize).prop_map(Step::RemoveNode),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Value>> {
    (1..8usize).prop_flat_map(|count| (0..count).map(|i| node(i).boxed()).collect::<Vec<_>>())
}

fn read_node(value: &Value) -> Node {
    Node::read(&serde_json::from_value(value.clone()).unwrap()).unwrap()
}

/// Places a pod both ways and compares everything that both say.
fn place(placer: &mut Placer, pod: &Pod, search: Search) -> Result<Option<String>, TestCaseError> {
    let decided = placer.place(pod, search, &mut Choice::FirstByName);
    let (slots, totals) = placer.last_scores();
    let names = |slots: &[u32]| -> Vec<String> {
        slots.iter().map(|slot| placer.cluster().nodes()[*slot as usize].name().to_string()).collect()
    };
    let plain = placer.profile().filter(placer.cluster(), pod, search);
    let scores = placer.profile().score(placer.cluster(), pod, &plain.feasible);
    let mut expected: Vec<(String, i64)> = plain
        .feasible
        .iter()
        .enumerate()
        .map(|(i, node)| {
            (node.name().to_string(), scores.iter().map(|score| score.normalized[i] * score.weight).sum())
        })
        .collect();
    let mut feasible = names(slots);
    if search == Search::default() {
        // Looked at all of them: the order is no part of the decision.
        expected.sort();
        feasible.sort();
    }
    prop_assert_eq!(&feasible, &expected.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    prop_assert_eq!(decided.feasible, expected.len());
    prop_assert_eq!(decided.looked_at, plain.looked_at);
    let Some(greatest) = expected.iter().map(|(_, total)| *total).max() else {
        prop_assert_eq!(decided.slot, None);
        return Ok(None);
    };
    if expected.len() > 1 {
        let mut found: Vec<(String, i64)> = names(slots).into_iter().zip(totals.iter().copied()).collect();
        let mut wanted = expected.clone();
        found.sort();
        wanted.sort();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(decided.total, Some(greatest));
    }
    let mut best: Vec<&String> =
        expected.iter().filter(|(_, total)| *total == greatest).map(|(name, _)| name).collect();
    best.sort();
    let chosen = placer.cluster().nodes()[decided.slot.unwrap()].name().to_string();
    prop_assert_eq!(&chosen, best[0]);
    prop_assert_eq!(names(placer.last_best()), best.into_iter().cloned().collect::<Vec<_>>());
    Ok(Some(chosen))
}

fn run(nodes: Vec<Value>, steps: Vec<Step>, search: Search) -> Result<(), TestCaseError> {
    let mut placer = Placer::new(Profile::default());
    for (name, env) in [("prod", "prod"), ("dev", "test")] {
        let namespace = json!({"metadata": {"name": name, "labels": {"env": env}}});
        placer.set_namespace(Namespace::read(&serde_json::from_value(namespace).unwrap()));
    }
    let service =
        json!({"metadata": {"name": "web", "namespace": "prod"}, "spec": {"selector": {"app": "web"}}});
    let service = Service::read(&serde_json::from_value(service).unwrap());
    placer.change_listers(|cluster| cluster.services.push(service));
    for node in &nodes {
        placer.set_node(read_node(node));
    }
    let mut decided: Vec<PodKey> = Vec::new();
    for (i, step) in steps.into_iter().enumerate() {
        match step {
            Step::Place(mut pod) => {
                pod["metadata"]["name"] = json!(format!("p{i}"));
                let pod = Pod::read(&serde_json::from_value(pod).unwrap()).unwrap();
                if let Some(node) = place(&mut placer, &pod, search)? {
                    decided.push(pod.key.clone());
                    placer.add_pod(Arc::new(pod), &node);
                }
            }
            Step::Delete(which) if !decided.is_empty() => {
                placer.remove_pod(&decided.swap_remove(which.index(decided.len())));
            }
            Step::Delete(_) => {}
            Step::SetNode(node) => placer.set_node(read_node(&node)),
            Step::RemoveNode(name) => {
                placer.remove_node(&format!("n{name}"));
                decided.retain(|key| placer.cluster().node_of(key).is_some());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn columns_and_plugins_agree_while_everything_changes(
        nodes in nodes(),
        steps in prop::collection::vec(step(), 1..14),
        from in prop_oneof![3 => Just(None), 1 => (0..9usize, 1..60).prop_map(Some)],
    ) {
        let search = from.map_or(Search::default(), |(start, percent)| {
            Search { start, enough: Enough::Percent(percent) }
        });
        run(nodes, steps, search)?;
    }
}

#[test]
fn pods_that_are_all_different_come_and_go_without_end() {
    let mut placer = Placer::new(Profile::default());
    for i in 0..4 {
        placer.set_node(read_node(&json!({
            "metadata": {"name": format!("n{i}"), "labels": {"kubernetes.io/hostname": format!("n{i}"), "rack": format!("r{}", i % 2)}},
            "status": {"allocatable": {"cpu": "64", "memory": "64Gi", "pods": "30"}},
        })));
    }
    let mut running = std::collections::VecDeque::new();
    for i in 0..5000 {
        let term =
            json!({"labelSelector": {"matchLabels": {"wave": format!("{}", i / 7)}}, "topologyKey": "rack"});
        let pod = json!({
            "metadata": {"namespace": "prod", "name": format!("p{i}"), "labels": {"job": format!("{i}"), "wave": format!("{}", i / 7)}},
            "spec": {
                "containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{}m", 100 + i % 40)}}}],
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 10, "podAffinityTerm": term}]}},
            },
        });
        let pod = Pod::read(&serde_json::from_value(pod).unwrap()).unwrap();
        // What the plain cycle says is asked now and then: it is the sweeping between that could go wrong.
        let chosen = if i % 97 < 3 {
            place(&mut placer, &pod, Search::default()).unwrap()
        } else {
            let decided = placer.place(&pod, Search::default(), &mut Choice::FirstByName);
            decided.slot.map(|slot| placer.cluster().nodes()[slot].name().to_string())
        };
        running.push_back(pod.key.clone());
        placer.add_pod(Arc::new(pod), &chosen.expect("there is room"));
        if running.len() > 60 {
            placer.remove_pod(&running.pop_front().unwrap());
        }
    }
}

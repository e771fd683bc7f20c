use crate::make::{self, node, nodes, pod, read_node, read_pod};
use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{Pod, PodKey};
use cloudsim_kube_scheduler::{Enough, Placer, Profile, Search};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Step {
    /// A pod comes; its status may nominate a node.
    Place(Value, Option<usize>, i32),
    /// Another pod waits for room on a node, or no longer does.
    Nominate(Value, usize, i32),
    GiveUp(prop::sample::Index),
    Delete(prop::sample::Index),
    SetNode(Value),
    RemoveNode(usize),
}

fn priority() -> impl Strategy<Value = i32> {
    prop::sample::select(&[0, 0, 5, 9][..])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (pod(), prop_oneof![6 => Just(None), 1 => (0..9usize).prop_map(Some)], priority())
            .prop_map(|(pod, node, priority)| Step::Place(pod, node, priority)),
        1 => (pod(), 0..9usize, priority()).prop_map(|(pod, node, priority)| Step::Nominate(pod, node, priority)),
        1 => any::<prop::sample::Index>().prop_map(Step::GiveUp),
        2 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => (0..9usize).prop_flat_map(node).prop_map(Step::SetNode),
        1 => (0..9usize).prop_map(Step::RemoveNode),
    ]
}

/// Places a pod both ways and compares everything that both say.
fn place(placer: &mut Placer, pod: &Pod, search: Search) -> Result<Option<String>, TestCaseError> {
    let decided = placer.place(pod, search, &mut Choice::FirstByName);
    let name = |slot: usize| placer.cluster().nodes()[slot].name().to_string();
    let plain = placer.profile().filter_nominated_first(placer.cluster(), pod, search);
    let scores = placer.profile().score(placer.cluster(), pod, &plain.feasible);
    let mut expected: Vec<(String, i64)> = plain
        .feasible
        .iter()
        .enumerate()
        .map(|(i, node)| {
            (node.name().to_string(), scores.iter().map(|score| score.normalized[i] * score.weight).sum())
        })
        .collect();
    let mut feasible: Vec<String> = placer.last_feasible().map(name).collect();
    if search.enough.of(placer.cluster().len()) == placer.cluster().len() {
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
        let mut found: Vec<(String, i64)> =
            placer.last_feasible().map(name).zip(placer.last_totals().iter().copied()).collect();
        let mut wanted = expected.clone();
        found.sort();
        wanted.sort();
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(decided.total, Some(greatest));
    }
    let mut best: Vec<&String> =
        expected.iter().filter(|(_, total)| *total == greatest).map(|(name, _)| name).collect();
    best.sort();
    let chosen = name(decided.slot.unwrap());
    prop_assert_eq!(&chosen, best[0]);
    prop_assert_eq!(
        placer.last_best().into_iter().map(name).collect::<Vec<_>>(),
        best.into_iter().cloned().collect::<Vec<_>>()
    );
    Ok(Some(chosen))
}

fn run(nodes: Vec<Value>, steps: Vec<Step>, search: Search) -> Result<(), TestCaseError> {
    let mut placer = Placer::new(Profile::default());
    for namespace in make::namespaces() {
        placer.set_namespace(namespace);
    }
    placer.set_services(vec![make::service()]);
    for node in &nodes {
        placer.set_node(read_node(node));
    }
    let (mut decided, mut waiting): (Vec<PodKey>, Vec<PodKey>) = (Vec::new(), Vec::new());
    for (i, step) in steps.into_iter().enumerate() {
        match step {
            Step::Nominate(mut pod, node, priority) => {
                pod["metadata"]["name"] = json!(format!("p{i}"));
                let pod = Pod { priority, nominated_node: Some(format!("n{node}").into()), ..read_pod(&pod) };
                waiting.push(pod.key.clone());
                placer.nominate(Arc::new(pod));
            }
            Step::GiveUp(which) if !waiting.is_empty() => {
                placer.forget_nomination(&waiting.swap_remove(which.index(waiting.len())));
            }
            Step::Place(mut pod, nominated, priority) => {
                pod["metadata"]["name"] = json!(format!("p{i}"));
                let nominated_node = nominated.map(|node| format!("n{node}").into());
                let pod = Pod { priority, nominated_node, ..read_pod(&pod) };
                if let Some(node) = place(&mut placer, &pod, search)? {
                    decided.push(pod.key.clone());
                    placer.add_pod(Arc::new(pod), &node);
                }
            }
            Step::Delete(which) if !decided.is_empty() => {
                placer.remove_pod(&decided.swap_remove(which.index(decided.len())));
            }
            // There is none to give up or to delete.
            Step::GiveUp(_) | Step::Delete(_) => {}
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
        let of_wave =
            json!({"labelSelector": {"matchLabels": {"wave": format!("{}", i / 7)}}, "topologyKey": "rack"});
        // Now and then one comes to stay, and nobody asks for another of its kind ever again.
        let stays = i % 500 == 0;
        let of_those_that_stay = json!({
            "labelSelector": {"matchExpressions": [{"key": "stays", "operator": "In", "values": ["true"]}]},
            "topologyKey": "kubernetes.io/hostname",
        });
        let pod = json!({
            "metadata": {"namespace": "prod", "name": format!("p{i}"), "labels": {
                "job": format!("{i}"), "wave": format!("{}", i / 7), "stays": format!("{stays}")}},
            "spec": {
                "containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{}m", 100 + i % 40)}}}],
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 10, "podAffinityTerm": of_wave},
                    {"weight": 7, "podAffinityTerm": of_those_that_stay}]}},
            },
        });
        let pod = read_pod(&pod);
        // What the plain cycle says is asked now and then: it is the sweeping between that could go wrong.
        let chosen = if i % 97 < 3 {
            place(&mut placer, &pod, Search::default()).unwrap()
        } else {
            let decided = placer.place(&pod, Search::default(), &mut Choice::FirstByName);
            decided.slot.map(|slot| placer.cluster().nodes()[slot].name().to_string())
        };
        if !stays {
            running.push_back(pod.key.clone());
        }
        placer.add_pod(Arc::new(pod), &chosen.expect("there is room"));
        if running.len() > 60 {
            placer.remove_pod(&running.pop_front().unwrap());
        }
    }
}

#[test]
fn nodes_come_go_and_move_without_end() {
    let node = |name: usize, rack: usize, tainted: bool| {
        let taints = if tainted {
            json!([{"key": "dedicated", "value": "a", "effect": "NoSchedule"}])
        } else {
            json!([])
        };
        read_node(&json!({
            "metadata": {"name": format!("n{name}"), "labels": {
                "kubernetes.io/hostname": format!("n{name}"), "rack": format!("r{rack}")}},
            "spec": {"taints": taints},
            "status": {"allocatable": {"cpu": "8", "memory": "16Gi", "pods": "30"}},
        }))
    };
    let constraint = |key: &str, otherwise: &str, taints: &str| {
        json!({
            "labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": key, "maxSkew": 1,
            "whenUnsatisfiable": otherwise, "nodeTaintsPolicy": taints,
        })
    };
    let pods = [
        json!({"topologySpreadConstraints": [
            constraint("rack", "DoNotSchedule", "Honor"), constraint("kubernetes.io/hostname", "ScheduleAnyway", "Ignore")]}),
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]}}}),
        json!({"topologySpreadConstraints": [constraint("rack", "ScheduleAnyway", "Honor")]}),
    ];
    let mut placer = Placer::new(Profile::default());
    let mut running = std::collections::VecDeque::new();
    for i in 0..1500_usize {
        match i % 5 {
            0 => placer.remove_node(&format!("n{}", i * 3 % 11)),
            1 => placer.set_node(node(i * 5 % 11, 0, i % 3 == 0)),
            2 => placer.set_node(node(i * 5 % 11, i % 4, false)),
            _ => placer.set_node(node(i * 7 % 11, i % 3, i % 7 == 0)),
        }
        let mut pod =
            json!({"metadata": {"name": format!("p{i}"), "labels": {"app": "web"}}, "spec": pods[i % 3]});
        pod["spec"]["containers"] = json!([{"name": "c", "resources": {"requests": {"cpu": "100m"}}}]);
        let pod = read_pod(&pod);
        if let Some(chosen) = place(&mut placer, &pod, Search::default()).unwrap() {
            running.push_back(pod.key.clone());
            placer.add_pod(Arc::new(pod), &chosen);
        }
        if running.len() > 12 {
            placer.remove_pod(&running.pop_front().unwrap());
        }
    }
    assert!(placer.cluster().len() > 3, "{}", placer.cluster().len());
}

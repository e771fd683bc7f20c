//! What always holds, whatever dies, comes back, is cut off, drained, scaled and deleted, and when.

use crate::support::{
    Act, bare, budget, cluster, deployment, of, run_acts, stateful_set, template, three_zones,
};
use cloudsim_kube::objects::IntOrPercent;
use cloudsim_kube::objects::{Budget, UnhealthyPods, Workload};
use cloudsim_kube::{AttachmentState, Cluster, NodeId};
use cloudsim_kube_scheduler as scheduler;
use cloudsim_kube_scheduler::objects::{Node, Pod, PodKey};
use cloudsim_records::{EntityId, PodReason, PodState, Record};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What holds after every event.
fn check(cluster: &Cluster) {
    check_scheduler(cluster);
    let mut used: BTreeMap<NodeId, (i64, i64)> = BTreeMap::new();
    for (id, pod) in cluster.pods.present() {
        if let Some(node) = pod.node {
            assert!(cluster.nodes.get(node).pods.contains(&id), "a pod is on the node that it is bound to");
            let (cpu, memory) = used.entry(node).or_default();
            *cpu += pod.object.requests.asked.milli_cpu;
            *memory += pod.object.requests.asked.memory;
        }
    }
    for (node, (cpu, memory)) in used {
        let room = &cluster.nodes.get(node).object.allocatable;
        assert!(cpu <= room.milli_cpu && memory <= room.memory, "no node is above its room");
    }
    for (node, of) in cluster.nodes.present() {
        for pod in &of.pods {
            assert_eq!(cluster.pods.get(*pod).node, Some(node), "no pod is on two nodes");
        }
    }
    for (_, volume) in cluster.volumes.iter() {
        assert!(volume.attachments.len() <= 1, "{} is on one node at a time", volume.object.name);
        for node in volume.attachments.keys() {
            assert_eq!(cluster.nodes.get(*node).zone, volume.zone, "no volume leaves its zone");
        }
    }
    for (_, pod) in cluster.pods.present().filter(|(_, pod)| pod.serves && !pod.object.volumes.is_empty()) {
        let node = pod.node.expect("who serves is on a node");
        for (id, claim) in cluster.volumes.claims().filter(|(_, claim)| pod.object.claims(&claim.object.key))
        {
            let volume = cluster.volumes.of_claim(id).expect("a pod that serves has its volumes");
            let state = cluster.volumes.state_on(volume, node);
            let cut_off = !cluster.nodes.get(node).connected;
            let out = cluster.nodes.get(node).is_out_of_service();
            assert!(
                state == Some(AttachmentState::Listed) || cut_off || out,
                "{} serves without {}: {state:?}",
                pod.key,
                claim.object.key
            );
        }
    }
    for (_, workload) in cluster.workloads.iter() {
        let pods = workload.pods.iter().map(|pod| cluster.pods.get(*pod));
        let serving = pods.filter(|pod| pod.serves && pod.ready).count();
        assert_eq!(workload.serving as usize, serving, "what serves is counted right");
        for pod in &workload.pods {
            let of = cluster.pods.get(*pod);
            if of.is_waiting() && cluster.api_answers() {
                let queued = cluster.scheduler().queue().get(&of.key).is_some();
                let bound = cluster.scheduler().cluster().node_of(&of.key).is_some();
                assert!(queued || bound, "{} waits and the scheduler knows nothing of it", of.key);
            }
        }
    }
}

/// What the scheduler was told by changes alone is what a cluster that is rebuilt from all objects has, but for what its
/// watch has not told it yet: that pods are to end or gone, and taints. Its sums are those of its pods.
fn check_scheduler(cluster: &Cluster) {
    let told = cluster.scheduler().cluster();
    let mut rebuilt = scheduler::Cluster::new();
    for (_, node) in cluster.nodes.present() {
        rebuilt.set_node(node.object.clone());
    }
    let mut there = BTreeSet::new();
    for (_, pod) in cluster.pods.present().filter(|(_, pod)| !pod.has_ended()) {
        let bound = pod.node.map(|node| cluster.nodes.get(node).name.clone());
        // The binding of a pod whose node is chosen may be on its way.
        let node = bound.or_else(|| told.node_of(&pod.key).map(|node| node.name().clone()));
        // On a node that is gone it waits for the collector of garbage.
        if node.is_some_and(|node| rebuilt.add_pod(pod.object.clone(), &node)) {
            there.insert(pod.key.clone());
        }
    }
    let pods = |info: &scheduler::NodeInfo| -> BTreeMap<PodKey, Pod> {
        let seen = |pod: &Pod| Pod { node_name: None, terminating: false, preempted: false, ..pod.clone() };
        let known = info.pods.iter().filter(|pod| there.contains(&pod.key));
        known.map(|pod| (pod.key.clone(), seen(pod))).collect()
    };
    let node = |info: &scheduler::NodeInfo| Node {
        taints: Vec::new(),
        unschedulable: false,
        images: Vec::new(),
        ..(*info.node).clone()
    };
    for info in rebuilt.nodes() {
        let other = told.node(info.name()).expect("the scheduler knows all nodes");
        assert_eq!(node(other), node(info));
        assert_eq!(pods(other), pods(info), "{}", info.name());
        let mut sums = scheduler::NodeInfo::new(other.node.clone());
        other.pods.iter().for_each(|pod| sums.add(pod.clone()));
        assert_eq!(
            (&other.requested, other.counted_cpu),
            (&sums.requested, sums.counted_cpu),
            "{}",
            info.name()
        );
    }
}

fn act() -> impl Strategy<Value = (u64, Act)> {
    let node = 0_usize..6;
    let what = prop_oneof![
        node.clone().prop_map(Act::Die),
        node.clone().prop_map(Act::Return),
        (node.clone(), any::<bool>()).prop_map(|(node, connected)| Act::Connect(node, connected)),
        node.clone().prop_map(Act::Drain),
        node.clone().prop_map(Act::Uncordon),
        node.clone().prop_map(Act::Gone),
        node.prop_map(Act::OutOfService),
        (0_usize..40).prop_map(Act::Delete),
        (0_u32..10).prop_map(Act::Scale),
        Just(Act::Restart),
        (0_u32..3, any::<bool>()).prop_map(|(zone, up)| Act::ControlPlane(zone, up)),
    ];
    (10_u64..900, what)
}

/// A set that makes its pods at once asks for one in the instant in which its predecessor of that name is gone, often before
/// those who watch have seen that.
#[test]
fn no_pod_that_has_the_name_of_another_is_lost_to_the_scheduler() {
    let set = json!({"replicas": 12, "serviceName": "db", "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": "db"}}, "template": template("db", json!({}))});
    let set =
        Workload::read_stateful_set("db".parse().unwrap(), &serde_json::from_value(set).unwrap()).unwrap();
    for seed in 0..60 {
        let mut spec = cluster("1.34");
        spec.workloads.push(of(set.clone()));
        let acts = [(60, Act::Die(0)), (900, Act::Return(0))];
        let run = run_acts(seed, spec, three_zones(1), &acts, 1_200, check);
        let waits = run.world.cluster.pods.present().filter(|(_, pod)| !pod.ready).count();
        assert_eq!(waits, 0, "seed {seed}");
    }
}

/// So many pods are to stay ready.
const WANTED: u32 = 5;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_what_always_holds(
        seed in 0_u64..1000,
        acts in prop::collection::vec(act(), 1..24),
    ) {
        let mut spec = cluster("1.34");
        spec.workloads.push(deployment("web", 6, template("web", json!({}))));
        spec.workloads.push(stateful_set("db", 3, template("db", json!({}))));
        spec.pods.push(bare("tool", "node-a-0", json!({})));
        let of_web = Budget::MinAvailable(IntOrPercent::Int(WANTED));
        let of_tool = Budget::MaxUnavailable(IntOrPercent::Int(1));
        for (app, allows) in [("web", of_web), ("tool", of_tool)] {
            spec.disruption_budgets.push(budget(app, allows, UnhealthyPods::IfHealthyBudget));
        }
        let run = run_acts(seed, spec, three_zones(2), &acts, 1200, check);
        // No eviction that someone asked for violates a budget: of the pods that were ready there were more than it wants.
        let is_web = |pod: &EntityId| run.world.names[pod.0 as usize].starts_with("default/web-");
        // Six of them are there when it begins.
        let named = (0_u32..).map(EntityId).take(run.world.names.len());
        let mut ready: BTreeSet<EntityId> = named.filter(is_web).take(6).collect();
        for stamped in &run.records {
            let Record::PodChanged { pod, state, reason, .. } = stamped.record else { continue };
            if reason == PodReason::Drained {
                let name = &run.world.names[pod.0 as usize];
                prop_assert!(name != "default/tool", "none may be missing of pods that nobody wants");
            }
            if reason == PodReason::Drained && ready.contains(&pod) {
                prop_assert!(ready.len() > WANTED as usize, "{} of {WANTED} were ready at {}", ready.len(), stamped.at);
            }
            match state {
                PodState::Ready if is_web(&pod) => _ = ready.insert(pod),
                PodState::NotReady | PodState::Terminating | PodState::Gone => _ = ready.remove(&pod),
                _ => {}
            }
        }
    }
}

//! Which event wakes a pod that a plugin has rejected.

use crate::make::{asking, at, node, nothing, on, pod, queue, rejected_by};
use cloudsim_kube_scheduler::framework::ClusterEvent;
use cloudsim_kube_scheduler::objects::{Node, Pod, Service};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::queue::{Outcome, Place, Queue};
use cloudsim_kube_scheduler::{Cluster, ZONE};
use serde_json::{Value, json};
use std::sync::Arc;

fn waiting(pod: &Pod, by: PluginName) -> Queue {
    let mut queue = queue();
    assert!(queue.add(at(0), Arc::new(pod.clone())));
    let attempt = queue.pop(at(0)).unwrap();
    queue.done(at(0), attempt, Outcome::Rejected(rejected_by(&[by])), &nothing());
    assert!(matches!(queue.get(&pod.key).unwrap().place, Place::Unschedulable { .. }));
    queue
}

fn is_awake(queue: &Queue, pod: &Pod) -> bool {
    !matches!(queue.get(&pod.key).unwrap().place, Place::Unschedulable { .. })
}

fn wakes_in(cluster: &Cluster, pod: &Pod, by: PluginName, event: ClusterEvent) -> bool {
    let mut queue = waiting(pod, by);
    queue.on_event(at(1), event, cluster);
    is_awake(&queue, pod)
}

pub(crate) fn wakes(pod: &Pod, by: PluginName, event: ClusterEvent) -> bool {
    wakes_in(&nothing(), pod, by, event)
}

fn own_change_wakes(pod: &Pod, by: PluginName, new: Pod) -> bool {
    let mut queue = waiting(pod, by);
    queue.update(at(1), Arc::new(new), &nothing());
    is_awake(&queue, pod)
}

pub(crate) fn added(node: Node) -> ClusterEvent {
    ClusterEvent::NodeAdded(Arc::new(node))
}

pub(crate) fn updated(old: Node, new: Node) -> ClusterEvent {
    ClusterEvent::NodeUpdated { old: Arc::new(old), new: Arc::new(new) }
}

fn plain(name: &str) -> Node {
    node(name, json!({}))
}

fn labelled(key: &str, value: &str) -> Node {
    node("n", json!({"metadata": {"labels": {key: value}}}))
}

fn tainted(key: &str) -> Node {
    node("n", json!({"spec": {"taints": [{"key": key, "effect": "NoSchedule"}]}}))
}

fn cordoned() -> Node {
    node("n", json!({"spec": {"unschedulable": true}}))
}

fn of_app(name: &str, app: &str) -> Pod {
    pod(name, json!({"metadata": {"labels": {"app": app}}}))
}

fn tolerating(name: &str, key: &str) -> Pod {
    pod(name, json!({"spec": {"tolerations": [{"key": key, "operator": "Exists"}]}}))
}

fn with_port(name: &str, port: u16) -> Pod {
    pod(
        name,
        json!({"spec": {"containers": [{"name": "c", "ports": [{"containerPort": 1, "hostPort": port}]}]}}),
    )
}

fn with_affinity(kind: &str, app: &str) -> Pod {
    let term = json!({"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": ZONE});
    pod(
        "p",
        json!({"spec": {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}}),
    )
}

fn spread(taints_policy: Value) -> Pod {
    let constraint = json!({
        "maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}}, "nodeTaintsPolicy": taints_policy,
    });
    pod(
        "p",
        json!({"metadata": {"labels": {"app": "web"}}, "spec": {"topologySpreadConstraints": [constraint]}}),
    )
}

#[test]
fn fit_is_helped_by_a_node_that_is_large_enough() {
    let small = asking("p", 500, 0);
    let large = asking("p", 1500, 0);
    assert!(wakes(&small, PluginName::NodeResourcesFit, added(plain("n"))));
    assert!(!wakes(&large, PluginName::NodeResourcesFit, added(plain("n"))));
}

#[test]
fn fit_is_helped_by_a_node_that_grows_in_what_the_pod_asks_for() {
    let with = |cpu: &str, memory: &str| {
        node("n", json!({"status": {"allocatable": {"cpu": cpu, "memory": memory, "pods": "10"}}}))
    };
    let p = asking("p", 500, 0);
    assert!(wakes(&p, PluginName::NodeResourcesFit, updated(with("400m", "1Gi"), with("600m", "1Gi"))));
    assert!(!wakes(&p, PluginName::NodeResourcesFit, updated(with("600m", "1Gi"), with("600m", "2Gi"))));
    assert!(!wakes(&p, PluginName::NodeResourcesFit, updated(with("2", "1Gi"), with("1", "1Gi"))));
    assert!(!wakes(&p, PluginName::NodeResourcesFit, updated(with("300m", "1Gi"), with("400m", "1Gi"))));
}

#[test]
fn fit_is_helped_by_a_node_that_takes_more_pods() {
    let taking = |pods: &str| {
        node("n", json!({"status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": pods}}}))
    };
    assert!(wakes(&pod("p", json!({})), PluginName::NodeResourcesFit, updated(taking("1"), taking("2"))));
}

#[test]
fn fit_is_not_helped_by_a_node_that_gets_a_label() {
    assert!(!wakes(
        &asking("p", 500, 0),
        PluginName::NodeResourcesFit,
        updated(plain("n"), labelled("a", "b"))
    ));
}

#[test]
fn fit_is_helped_by_any_pod_that_leaves_a_node() {
    let left = ClusterEvent::AssignedPodDeleted(on("n", pod("other", json!({}))));
    assert!(wakes(&asking("p", 500, 0), PluginName::NodeResourcesFit, left));
    let came = ClusterEvent::AssignedPodAdded(on("n", pod("other", json!({}))));
    assert!(!wakes(&asking("p", 500, 0), PluginName::NodeResourcesFit, came));
}

#[test]
fn fit_is_helped_by_a_pod_that_asks_for_less_of_what_this_one_asks_for() {
    let changed =
        |old: Pod, new: Pod| ClusterEvent::AssignedPodUpdated { old: on("n", old), new: on("n", new) };
    let less = || changed(asking("other", 500, 0), asking("other", 400, 0));
    let more = changed(asking("other", 400, 0), asking("other", 500, 0));
    assert!(wakes(&asking("p", 500, 0), PluginName::NodeResourcesFit, less()));
    assert!(!wakes(&asking("p", 500, 0), PluginName::NodeResourcesFit, more));
    assert!(!wakes(&pod("p", json!({})), PluginName::NodeResourcesFit, less()));
}

#[test]
fn fit_is_helped_by_the_pod_asking_for_less_itself() {
    let p = asking("p", 500, 0);
    assert!(own_change_wakes(&p, PluginName::NodeResourcesFit, asking("p", 400, 0)));
    assert!(!own_change_wakes(&p, PluginName::NodeResourcesFit, asking("p", 600, 0)));
}

#[test]
fn room_that_a_nominated_pod_gives_up_helps_pods_that_are_no_more_important() {
    let gave_up = || ClusterEvent::NominationDropped(Arc::new(asking("other", 500, 5)));
    assert!(wakes(&asking("p", 500, 5), PluginName::NodeResourcesFit, gave_up()));
    assert!(!wakes(&asking("p", 500, 6), PluginName::NodeResourcesFit, gave_up()));
    assert!(!wakes(&with_port("p", 80), PluginName::NodePorts, gave_up()));
}

#[test]
fn taints_are_helped_by_a_node_that_comes_to_be_tolerated() {
    let p = tolerating("p", "mine");
    assert!(wakes(&p, PluginName::TaintToleration, added(tainted("mine"))));
    assert!(!wakes(&p, PluginName::TaintToleration, added(tainted("other"))));
    assert!(wakes(&p, PluginName::TaintToleration, updated(tainted("other"), plain("n"))));
    assert!(!wakes(&p, PluginName::TaintToleration, updated(tainted("mine"), plain("n"))));
}

#[test]
fn taints_are_helped_by_new_tolerations_of_the_pod() {
    let p = pod("p", json!({}));
    assert!(own_change_wakes(&p, PluginName::TaintToleration, tolerating("p", "any")));
    assert!(!own_change_wakes(&p, PluginName::TaintToleration, of_app("p", "web")));
}

#[test]
fn cordons_are_helped_by_an_uncordoned_node_or_a_toleration_of_cordons() {
    let p = pod("p", json!({}));
    assert!(wakes(&p, PluginName::NodeUnschedulable, added(plain("n"))));
    assert!(!wakes(&p, PluginName::NodeUnschedulable, added(cordoned())));
    assert!(wakes(&p, PluginName::NodeUnschedulable, updated(cordoned(), plain("n"))));
    assert!(!wakes(&p, PluginName::NodeUnschedulable, updated(plain("n"), labelled("a", "b"))));
    let tolerant = tolerating("p", "node.kubernetes.io/unschedulable");
    assert!(own_change_wakes(&p, PluginName::NodeUnschedulable, tolerant));
    assert!(!own_change_wakes(&p, PluginName::NodeUnschedulable, tolerating("p", "other")));
}

#[test]
fn node_affinity_is_helped_by_a_node_that_comes_to_match() {
    let p = pod("p", json!({"spec": {"nodeSelector": {"disk": "ssd"}}}));
    assert!(wakes(&p, PluginName::NodeAffinity, added(labelled("disk", "ssd"))));
    assert!(!wakes(&p, PluginName::NodeAffinity, added(labelled("disk", "hdd"))));
    assert!(wakes(&p, PluginName::NodeAffinity, updated(labelled("disk", "hdd"), labelled("disk", "ssd"))));
    assert!(!wakes(&p, PluginName::NodeAffinity, updated(labelled("disk", "ssd"), labelled("disk", "hdd"))));
    let tainted =
        node("n", json!({"metadata": {"labels": {"disk": "ssd"}}, "spec": {"unschedulable": true}}));
    assert!(!wakes(&p, PluginName::NodeAffinity, updated(labelled("disk", "ssd"), tainted)));
}

#[test]
fn a_named_node_is_waited_for_until_any_node_comes() {
    let p = pod("p", json!({}));
    assert!(wakes(&p, PluginName::NodeName, added(plain("other"))));
    assert!(!wakes(&p, PluginName::NodeName, updated(plain("n"), labelled("a", "b"))));
}

#[test]
fn ports_are_helped_by_a_new_node_or_by_a_pod_that_gives_up_a_port_that_is_wanted() {
    let p = with_port("p", 80);
    assert!(wakes(&p, PluginName::NodePorts, added(plain("n"))));
    let deleted = |port| ClusterEvent::AssignedPodDeleted(on("n", with_port("other", port)));
    assert!(wakes(&p, PluginName::NodePorts, deleted(80)));
    assert!(!wakes(&p, PluginName::NodePorts, deleted(81)));
    assert!(!wakes(&p, PluginName::NodePorts, updated(plain("n"), labelled("a", "b"))));
}

#[test]
fn affinity_is_helped_by_a_pod_that_it_is_about() {
    let p = with_affinity("podAffinity", "db");
    let came = |app| ClusterEvent::AssignedPodAdded(on("n", of_app("other", app)));
    assert!(wakes(&p, PluginName::InterPodAffinity, came("db")));
    assert!(!wakes(&p, PluginName::InterPodAffinity, came("web")));
    let changed = |old, new| ClusterEvent::AssignedPodUpdated {
        old: on("n", of_app("other", old)),
        new: on("n", of_app("other", new)),
    };
    assert!(wakes(&p, PluginName::InterPodAffinity, changed("web", "db")));
    assert!(!wakes(&p, PluginName::InterPodAffinity, changed("db", "web")));
    assert!(!wakes(
        &p,
        PluginName::InterPodAffinity,
        ClusterEvent::AssignedPodDeleted(on("n", of_app("other", "db")))
    ));
}

#[test]
fn anti_affinity_is_helped_by_the_departure_of_a_pod_that_it_is_about() {
    let p = with_affinity("podAntiAffinity", "db");
    let left = |app| ClusterEvent::AssignedPodDeleted(on("n", of_app("other", app)));
    assert!(wakes(&p, PluginName::InterPodAffinity, left("db")));
    assert!(!wakes(&p, PluginName::InterPodAffinity, left("web")));
    assert!(!wakes(
        &p,
        PluginName::InterPodAffinity,
        ClusterEvent::AssignedPodAdded(on("n", of_app("other", "db")))
    ));
}

#[test]
fn the_departure_of_a_pod_whose_own_anti_affinity_kept_this_one_away_goes_unnoticed() {
    let keeper = on("n", with_affinity("podAntiAffinity", "web"));
    let p = of_app("other", "web");
    assert!(!wakes(&p, PluginName::InterPodAffinity, ClusterEvent::AssignedPodDeleted(keeper)));
}

#[test]
fn affinity_is_helped_by_a_node_that_enters_a_domain_and_anti_affinity_by_one_that_leaves() {
    let with = with_affinity("podAffinity", "db");
    let against = with_affinity("podAntiAffinity", "db");
    let (bare, a, b) = (|| plain("n"), || labelled(ZONE, "a"), || labelled(ZONE, "b"));
    let plugin = PluginName::InterPodAffinity;
    assert!(wakes(&with, plugin, added(a())) && !wakes(&with, plugin, added(bare())));
    assert!(wakes(&against, plugin, added(a())) && wakes(&against, plugin, added(bare())));
    assert!(wakes(&with, plugin, updated(bare(), a())) && !wakes(&with, plugin, updated(a(), bare())));
    assert!(!wakes(&against, plugin, updated(bare(), a())) && wakes(&against, plugin, updated(a(), bare())));
    assert!(wakes(&with, plugin, updated(a(), b())) && wakes(&against, plugin, updated(a(), b())));
    assert!(!wakes(&with, plugin, updated(bare(), labelled("other", "x"))));
}

#[test]
fn spreading_is_helped_by_pods_of_the_namespace_that_are_counted() {
    let p = spread(Value::Null);
    let plugin = PluginName::PodTopologySpread;
    for event in [ClusterEvent::AssignedPodAdded, ClusterEvent::AssignedPodDeleted] {
        assert!(wakes(&p, plugin, event(on("n", of_app("other", "web")))));
        assert!(!wakes(&p, plugin, event(on("n", of_app("other", "db")))));
        let abroad = pod("other", json!({"metadata": {"namespace": "abroad", "labels": {"app": "web"}}}));
        assert!(!wakes(&p, plugin, event(on("n", abroad))));
    }
    let relabelled = |old, new| ClusterEvent::AssignedPodUpdated {
        old: on("n", of_app("other", old)),
        new: on("n", of_app("other", new)),
    };
    assert!(wakes(&p, plugin, relabelled("web", "db")) && !wakes(&p, plugin, relabelled("db", "cache")));
}

#[test]
fn spreading_is_helped_by_nodes_that_come_go_or_change_in_a_domain() {
    let p = spread(Value::Null);
    let plugin = PluginName::PodTopologySpread;
    let (a, b) = (|| labelled(ZONE, "a"), || labelled(ZONE, "b"));
    assert!(wakes(&p, plugin, added(a())) && !wakes(&p, plugin, added(plain("n"))));
    assert!(wakes(&p, plugin, ClusterEvent::NodeDeleted(Arc::new(a()))));
    assert!(!wakes(&p, plugin, ClusterEvent::NodeDeleted(Arc::new(plain("n")))));
    assert!(wakes(&p, plugin, updated(a(), b())) && wakes(&p, plugin, updated(a(), plain("n"))));
    assert!(!wakes(&p, plugin, updated(plain("n"), labelled("other", "x"))));
    let mut tainted = tainted("t");
    tainted.labels = a().labels;
    assert!(wakes(&p, plugin, updated(a(), tainted)));
}

#[test]
fn spreading_is_helped_by_own_tolerations_only_if_taints_are_honoured() {
    let tolerant = |p: &Pod| Pod { tolerations: tolerating("p", "t").tolerations, ..p.clone() };
    let (honours, ignores) = (spread(json!("Honor")), spread(json!("Ignore")));
    assert!(own_change_wakes(&honours, PluginName::PodTopologySpread, tolerant(&honours)));
    assert!(!own_change_wakes(&ignores, PluginName::PodTopologySpread, tolerant(&ignores)));
    assert!(own_change_wakes(
        &ignores,
        PluginName::PodTopologySpread,
        Pod { labels: std::collections::BTreeMap::default(), ..ignores.clone() }
    ));
}

#[test]
fn a_service_alone_wakes_nobody() {
    let mut cluster = Cluster::new();
    cluster.services.push(Service { namespace: "default".into(), selector: Some(of_app("p", "web").labels) });
    let p = of_app("p", "web");
    let came = ClusterEvent::AssignedPodAdded(on("n", of_app("other", "web")));
    // The default constraints are preferences: they reject nobody, and so no one waits for them.
    assert!(!wakes_in(&cluster, &p, PluginName::PodTopologySpread, came));
}

#[test]
fn nothing_helps_a_pod_with_claims() {
    let p = pod("p", json!({"spec": {"resourceClaims": [{"name": "gpu"}]}}));
    assert!(!wakes(&p, PluginName::DynamicResources, added(plain("n"))));
}

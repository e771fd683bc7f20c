//! Decisions that no recorded case shows, derived from what kube-scheduler v1.34.1 does.

use cloudsim_kube_scheduler::Version;
use cloudsim_kube_scheduler::explain::Case;
use serde_json::{Value, json};

fn decision(case: &Value) -> Value {
    decision_of(Version::V1_34, case)
}

fn decision_of(version: Version, case: &Value) -> Value {
    Case::read(&case.to_string(), version).unwrap().decide().to_json()
}

fn node(name: &str, zone: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": zone,
        }},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"}},
    })
}

fn at_port_80(name: &str, priority: i32, on: Option<&str>) -> Value {
    let mut pod = json!({
        "metadata": {"name": name},
        "spec": {"priority": priority, "containers": [{"name": "c", "ports": [{"containerPort": 80, "hostPort": 80}]}]},
    });
    if let Some(node) = on {
        pod["spec"]["nodeName"] = node.into();
    }
    pod
}

/// `HostPortInfo` of pkg/scheduler/framework/types.go is a set: `Remove` takes a port out, whoever else has it.
#[test]
fn a_port_that_two_pods_have_is_free_once_one_of_them_is_evicted() {
    let pods = [at_port_80("low", 0, Some("n")), at_port_80("high", 200, Some("n"))];
    let case = json!({"nodes": [node("n", "a")], "pods": pods, "pod": at_port_80("p", 100, None)});
    let candidates = &decision(&case)["preemption"]["candidates"];
    assert_eq!(*candidates, json!([{"node": "n", "victims": ["default/low"]}]));
}

/// `DefaultSelector` of pkg/scheduler/framework/plugins/helper/spread.go merges the labels that a replication controller
/// selects into those of the services, so that its own count.
#[test]
fn a_replication_controller_has_the_last_word_on_a_label_that_services_select_too() {
    let mut own = json!({
        "metadata": {"name": "p", "labels": {"app": "web"}, "ownerReferences": [
            {"apiVersion": "v1", "kind": "ReplicationController", "name": "rc", "controller": true, "uid": "u"}]},
        "spec": {"containers": [{"name": "c"}]},
    });
    let placed = |app: &str, on: &str| {
        json!({
            "metadata": {"name": app, "labels": {"app": app}},
            "spec": {"nodeName": on, "containers": [{"name": "c"}]},
        })
    };
    let mut case = json!({
        "nodes": [node("n1", "a"), node("n2", "b")],
        "pods": [placed("other", "n1"), placed("third", "n2")],
        "services": [{"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}],
        "replicationControllers": [{"metadata": {"name": "rc"}, "spec": {"selector": {"app": "other"}}}],
        "pod": own,
    });
    // Nothing but the pods that are counted tells the nodes apart.
    let raw = |case: &Value| {
        let nodes = decision(case)["nodes"].clone();
        ["n1", "n2"].map(|node| nodes[node]["raw"].clone())
    };
    let counted = raw(&case);
    assert_ne!(counted[0], counted[1], "the pod on n1 is one of the controller's: {counted:?}");
    own["metadata"]["ownerReferences"] = json!([]);
    case["pod"] = own;
    let counted = raw(&case);
    assert_eq!(counted[0], counted[1], "and none of the service's: {counted:?}");
}

/// Dynamic resource allocation is on by default from 1.34 on, and one text stands for every taint from 1.35 on.
#[test]
fn versions_differ_in_what_they_say_of_a_pod_that_fits_nowhere() {
    let mut tainted = node("n", "a");
    tainted["spec"] = json!({"taints": [{"key": "gpu", "value": "", "effect": "NoSchedule"}]});
    let case = json!({
        "nodes": [tainted],
        "pods": [],
        "pod": {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}},
    });
    let said = |version| decision_of(version, &case)["eventMessage"].as_str().unwrap_or_default().to_owned();
    let (taint, taints) = ("untolerated taint {gpu: }.", "untolerated taint(s).");
    for (version, reason, dynamic) in [
        (Version::V1_33, taint, false),
        (Version::V1_34, taint, true),
        (Version::V1_35, taints, true),
        (Version::V1_36, taints, true),
    ] {
        let dynamic = if dynamic { "no new claims to deallocate, " } else { "" };
        let expected = format!("0/1 nodes are available: 1 node(s) had {reason} {dynamic}preemption: ");
        assert!(said(version).starts_with(&expected), "{version}: {}", said(version));
    }
}

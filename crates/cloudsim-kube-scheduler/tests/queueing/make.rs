//! Objects of the API in a line each.

use cloudsim_kube_scheduler::framework::Rejectors;
use cloudsim_kube_scheduler::objects::{Node, Pod, PodKey};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::queue::{Queue, QueueConfig};
use cloudsim_kube_scheduler::{Cluster, Profiles};
use cloudsim_units::SimTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A pod of this name; `object` is the rest of it.
pub(crate) fn pod(name: &str, mut object: Value) -> Pod {
    object["metadata"]["name"] = json!(name);
    if object["spec"]["containers"].is_null() {
        object["spec"]["containers"] = json!([]);
    }
    Pod::read(&serde_json::from_value(object).unwrap()).unwrap()
}

/// A pod that asks for thousandths of a core, with a priority.
pub(crate) fn asking(name: &str, milli_cpu: u32, priority: i32) -> Pod {
    let requests = json!({"cpu": format!("{milli_cpu}m")});
    pod(
        name,
        json!({"spec": {"priority": priority, "containers": [{"name": "c", "resources": {"requests": requests}}]}}),
    )
}

/// A node of this name; `object` is the rest of it.
pub(crate) fn node(name: &str, mut object: Value) -> Node {
    object["metadata"]["name"] = json!(name);
    if object["status"]["allocatable"].is_null() {
        object["status"]["allocatable"] = json!({"cpu": "1", "memory": "1Gi", "pods": "10"});
    }
    Node::read(&serde_json::from_value(object).unwrap()).unwrap()
}

/// The same pod on a node.
pub(crate) fn on(node: &str, pod: Pod) -> Arc<Pod> {
    Arc::new(Pod { node_name: Some(node.into()), ..pod })
}

pub(crate) fn key(name: &str) -> PodKey {
    PodKey { namespace: "default".into(), name: name.into() }
}

pub(crate) fn rejected_by(plugins: &[PluginName]) -> Rejectors {
    Rejectors { rejected: plugins.iter().copied().collect(), pending: BTreeSet::new() }
}

pub(crate) fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

pub(crate) fn queue() -> Queue {
    Queue::new(QueueConfig::default(), Arc::new(Profiles::default()))
}

/// A queue in which a pod waits until its backoff is over, whether or not others do.
pub(crate) fn strict_queue() -> Queue {
    let config = QueueConfig { pop_from_backoff: false, ..QueueConfig::default() };
    Queue::new(config, Arc::new(Profiles::default()))
}

pub(crate) fn nothing() -> Cluster {
    Cluster::new()
}

//! What the API server would say: objects as its types have them, by the readers of the simulation itself.

use super::gather::Key;
use super::keep::Kind;
use super::text::{Found, Wrong};
use cloudsim_kube::cron::Schedule;
use cloudsim_kube::objects::{
    HorizontalPodAutoscaler, Malformed, Node, ObjectKey, PodDisruptionBudget, PodTemplate, Workload,
};
use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core,
    policy::v1 as policy, scheduling::v1 as scheduling, storage::v1 as storage,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Checks what the API asks of names.
pub(super) fn name(field: &str, name: &str) -> Result<(), Malformed> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let inside = |c: char| letter(c) || matches!(c, '-' | '.');
    if name.len() <= 253 && name.starts_with(letter) && name.ends_with(letter) && name.chars().all(inside) {
        return Ok(());
    }
    Err(Malformed::new(
        field,
        format!("`{}` is no name of Kubernetes", name.chars().take(80).collect::<String>()),
    ))
}

/// What is wrong with an object as a type of the API, and where.
pub(super) fn typed(kind: Kind, found: Found<'_>) -> Option<Wrong> {
    match kind {
        Kind::Namespace => found.typed::<core::Namespace>(),
        Kind::PriorityClass => found.typed::<scheduling::PriorityClass>(),
        Kind::Node => found.typed::<core::Node>(),
        Kind::Deployment => found.typed::<apps::Deployment>(),
        Kind::ReplicaSet => found.typed::<apps::ReplicaSet>(),
        Kind::StatefulSet => found.typed::<apps::StatefulSet>(),
        Kind::DaemonSet => found.typed::<apps::DaemonSet>(),
        Kind::Job => found.typed::<batch::Job>(),
        Kind::CronJob => found.typed::<batch::CronJob>(),
        Kind::Pod => found.typed::<core::Pod>(),
        Kind::Service => found.typed::<core::Service>(),
        Kind::PodDisruptionBudget => found.typed::<policy::PodDisruptionBudget>(),
        Kind::HorizontalPodAutoscaler => found.typed::<autoscaling::HorizontalPodAutoscaler>(),
        Kind::StorageClass => found.typed::<storage::StorageClass>(),
        Kind::PersistentVolume => found.typed::<core::PersistentVolume>(),
        Kind::PersistentVolumeClaim => found.typed::<core::PersistentVolumeClaim>(),
    }
}

/// The fields below `spec` that the API does not have.
pub(super) fn unknown(kind: Kind, found: Found<'_>) -> Vec<String> {
    let mut unknown = Vec::new();
    let Some(spec) = found.whole().and_then(|mut whole| whole.get_mut("spec").map(Value::take)) else {
        return unknown;
    };
    let known = match kind {
        Kind::Deployment => known::<apps::DeploymentSpec>(&spec),
        Kind::ReplicaSet => known::<apps::ReplicaSetSpec>(&spec),
        Kind::StatefulSet => known::<apps::StatefulSetSpec>(&spec),
        Kind::DaemonSet => known::<apps::DaemonSetSpec>(&spec),
        Kind::Job => known::<batch::JobSpec>(&spec),
        Kind::CronJob => known::<batch::CronJobSpec>(&spec),
        Kind::Pod => known::<core::PodSpec>(&spec),
        Kind::Service => known::<core::ServiceSpec>(&spec),
        Kind::PodDisruptionBudget => known::<policy::PodDisruptionBudgetSpec>(&spec),
        Kind::HorizontalPodAutoscaler => known::<autoscaling::HorizontalPodAutoscalerSpec>(&spec),
        Kind::PersistentVolume => known::<core::PersistentVolumeSpec>(&spec),
        Kind::PersistentVolumeClaim => known::<core::PersistentVolumeClaimSpec>(&spec),
        Kind::Namespace | Kind::PriorityClass | Kind::Node | Kind::StorageClass => None,
    };
    if let Some(known) = known {
        lost(&spec, &known, "spec", &mut unknown);
        // Version 1 of autoscalers has it.
        unknown.retain(|field| field != "spec.targetCPUUtilizationPercentage");
    }
    unknown
}

/// What a type of the API makes of a value.
fn known<T: DeserializeOwned + Serialize>(value: &Value) -> Option<Value> {
    serde_json::from_value::<T>(value.clone()).and_then(serde_json::to_value).ok()
}

/// The fields of a value that another does not have.
fn lost(value: &Value, known: &Value, at: &str, unknown: &mut Vec<String>) {
    match (value, known) {
        (Value::Object(fields), Value::Object(known)) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                let at = format!("{at}.{name}");
                match known.get(name) {
                    Some(known) => lost(value, known, &at, unknown),
                    None => unknown.push(at),
                }
            }
        }
        (Value::Array(items), Value::Array(known)) => {
            for (index, (item, known)) in items.iter().zip(known).enumerate() {
                lost(item, known, &format!("{at}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

/// An object without its metadata as the API writes it: numbers of quantities as texts, what no type has left out.
///
/// # Errors
/// What the API server would refuse.
pub(super) fn checked(kind: Kind, key: &Key, mut value: Value) -> Result<Value, Malformed> {
    let own = ObjectKey { namespace: key.0.as_str().into(), name: key.1.as_str().into() };
    let spec = |value: &mut Value| {
        value.as_object_mut().and_then(|fields| fields.shift_remove("spec")).unwrap_or_default()
    };
    let below = |error: Malformed| error.below("spec");
    match kind {
        Kind::Namespace => Ok(json!({})),
        Kind::Node => {
            value["metadata"] = json!({ "name": key.1 });
            read(value, Node::read)
        }
        Kind::PriorityClass => through::<scheduling::PriorityClass>(value),
        Kind::StorageClass => {
            required(&value, "", &["provisioner"])?;
            through::<storage::StorageClass>(value)
        }
        Kind::Deployment => workload(spec(&mut value), true, |spec| {
            Workload::read_deployment(own, spec).and_then(selects_its_own)
        }),
        Kind::ReplicaSet => workload(spec(&mut value), true, |spec| {
            Workload::read_replica_set(own, spec).and_then(selects_its_own)
        }),
        Kind::StatefulSet => workload(spec(&mut value), true, |spec| {
            Workload::read_stateful_set(own, spec).and_then(selects_its_own)
        }),
        Kind::DaemonSet => workload(spec(&mut value), true, |spec| {
            Workload::read_daemon_set(own, spec).and_then(selects_its_own)
        }),
        Kind::Job => {
            let spec = workload(spec(&mut value), false, |spec| Workload::read_job(own, spec))?;
            Ok(json!({ "spec": spec, "status": value.get("status") }))
        }
        Kind::CronJob => {
            let mut spec = spec(&mut value);
            required(&spec, "spec", &["schedule", "jobTemplate"])?;
            if let Some(schedule) = spec["schedule"].as_str() {
                Schedule::parse(schedule).map_err(|problem| Malformed::new("spec.schedule", problem))?;
            }
            let job = spec.pointer_mut("/jobTemplate/spec").map(Value::take).unwrap_or_default();
            let job = workload(job, false, |spec| Workload::read_job(own, spec))
                .map_err(|error| error.below("spec.jobTemplate"))?;
            spec["jobTemplate"] = json!({ "spec": job });
            through::<batch::CronJobSpec>(spec)
        }
        Kind::Pod => {
            containers(&value, "spec")?;
            read(value, |spec: &core::PodSpec| {
                PodTemplate::read(&core::PodTemplateSpec { metadata: None, spec: Some(spec.clone()) })
            })
        }
        Kind::Service => through::<core::ServiceSpec>(spec(&mut value)),
        Kind::PodDisruptionBudget => {
            read(spec(&mut value), |spec| PodDisruptionBudget::read(own, spec).map_err(below))
        }
        Kind::HorizontalPodAutoscaler => {
            let mut spec = spec(&mut value);
            required(&spec, "spec", &["scaleTargetRef", "maxReplicas"])?;
            // What version 1 says in a field of its own.
            if let Some(percent) =
                spec.as_object_mut().and_then(|spec| spec.shift_remove("targetCPUUtilizationPercentage"))
            {
                spec["metrics"] = json!([{ "type": "Resource", "resource": {
                    "name": "cpu", "target": { "type": "Utilization", "averageUtilization": percent },
                } }]);
            }
            read(spec, |spec| HorizontalPodAutoscaler::read(own, spec).map_err(below))
        }
        Kind::PersistentVolume => through::<core::PersistentVolumeSpec>(spec(&mut value)),
        Kind::PersistentVolumeClaim => through::<core::PersistentVolumeClaimSpec>(spec(&mut value)),
    }
}

/// A workload that selects the pods that it makes, as the API server wants it.
fn selects_its_own(workload: Workload) -> Result<Workload, Malformed> {
    if workload.selector.is_everything() {
        return Err(Malformed::new("selector", "may not be empty: it would select all pods"));
    }
    if workload.selector.matches(&workload.template.labels()) {
        return Ok(workload);
    }
    Err(Malformed::new("selector", "does not match the labels of `template`"))
}

/// Through a type of the API and back.
fn through<T: DeserializeOwned + Serialize>(value: Value) -> Result<Value, Malformed> {
    read(value, |_: &T| Ok(()))
}

fn read<T: DeserializeOwned + Serialize, R>(
    value: Value,
    read: impl FnOnce(&T) -> Result<R, Malformed>,
) -> Result<Value, Malformed> {
    let empty = value.is_null();
    let value = if empty { json!({}) } else { value };
    let of_type = |error: serde_json::Error| Malformed::new("", error.to_string());
    let typed: T = serde_json::from_value(value).map_err(of_type)?;
    read(&typed)?;
    serde_json::to_value(&typed).map_err(of_type)
}

fn required(value: &Value, at: &str, fields: &[&str]) -> Result<(), Malformed> {
    let missing = fields.iter().find(|field| value.get(field).is_none());
    missing.map_or(Ok(()), |field| {
        let dot = if at.is_empty() { "" } else { "." };
        Err(Malformed::new(format!("{at}{dot}{field}"), "required"))
    })
}

/// Checks a workload, with what the types themselves take a default for, and settles what its pods are made of: in this order,
/// so that nothing wrong goes unsaid because it is idle.
fn workload<T: DeserializeOwned + Serialize>(
    spec: Value,
    selects: bool,
    of: impl FnOnce(&T) -> Result<Workload, Malformed>,
) -> Result<Value, Malformed> {
    required(&spec, "spec", if selects { &["selector", "template"] } else { &["template"] })?;
    let pod = spec.pointer("/template/spec").unwrap_or(&Value::Null);
    containers(pod, "spec.template.spec")?;
    let mut spec = read(spec, |spec| of(spec).map_err(|error| error.below("spec")))?;
    spec.pointer_mut("/template/spec").map(settle);
    Ok(spec)
}

fn containers(pod: &Value, at: &str) -> Result<(), Malformed> {
    required(pod, at, &["containers"])?;
    for list in ["initContainers", "containers"] {
        let all = pod.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, container) in all.enumerate() {
            required(container, &format!("{at}.{list}[{index}]"), &["name", "image"])?;
        }
    }
    Ok(())
}

/// Whether a field of a pod says what the API server fills in and the simulation takes too.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "restartPolicy" => value == "Always",
        "schedulerName" => value == "default-scheduler",
        "terminationGracePeriodSeconds" => value.as_i64() == Some(30),
        "preemptionPolicy" => value == "PreemptLowerPriority",
        _ => false,
    }
}

/// Leaves of the specification of a pod what has a part in where it runs and when.
pub(super) fn settle(pod: &mut Value) {
    let Some(fields) = pod.as_object_mut() else { return };
    fields.retain(|name, value| {
        let is_idle = name == "volumes" && is_empty_once(value, |volume| volume.len() > 1);
        !is_idle && !is_default(name, value)
    });
    let host_network = fields.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["initContainers", "containers"] {
        let all = fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for container in all.filter_map(Value::as_object_mut) {
            if let Some(hook) =
                container.get_mut("lifecycle").and_then(|lifecycle| lifecycle.pointer_mut("/preStop"))
            {
                settle_hook(hook);
            }
            container.retain(|name, value| match name.as_str() {
                "volumeMounts" => false,
                // Only ports of nodes can be taken.
                "ports" => !is_empty_once(value, |port| host_network || port.contains_key("hostPort")),
                _ => true,
            });
        }
    }
}

/// Keeps these items of a list, and says whether none is left.
fn is_empty_once(list: &mut Value, keep: impl Fn(&Map<String, Value>) -> bool) -> bool {
    let Some(items) = list.as_array_mut() else { return false };
    items.retain(|item| item.as_object().is_none_or(&keep));
    items.is_empty()
}

/// Leaves of a hook how long it sleeps: what else it runs may hold anything.
fn settle_hook(hook: &mut Value) {
    let words = hook.pointer("/exec/command").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<&str> = words.filter_map(Value::as_str).flat_map(str::split_ascii_whitespace).collect();
    if let ["sleep" | "/bin/sleep", seconds] | [.., "-c", "sleep", seconds] = words[..]
        && let Ok(seconds) = seconds.trim_end_matches('s').parse::<u32>()
    {
        *hook = json!({ "sleep": { "seconds": seconds } });
    } else if let Some(exec) = hook.get_mut("exec") {
        *exec = json!({});
    }
}

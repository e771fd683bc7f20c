//! Pods under what keeps them running, by their owners.

use super::gather::{Gathered, Key, MadeOf, Object, Pod, PodState, full_name};
use super::keep::Kind;
use super::notes::Notes;
use cloudsim_kube::limits;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A workload and what runs of it.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) object: Object,
    /// Its pods that are bound, and their nodes.
    pub(super) running: BTreeMap<String, String>,
    /// Its pods that wait for a node.
    pub(super) pending: BTreeSet<String>,
    /// What its pods are made of, by number.
    made_of: BTreeSet<usize>,
}

/// A pod that nothing of a scenario keeps running.
#[derive(Debug)]
pub(super) struct Bare {
    pub(super) key: Key,
    pub(super) node: Option<String>,
    pub(super) mirror: bool,
    pub(super) made_of: usize,
}

/// What runs.
#[derive(Debug)]
pub(super) struct Grouped {
    pub(super) workloads: BTreeMap<Kind, Vec<Workload>>,
    pub(super) bare: Vec<Bare>,
    /// Whether pods were read that say where they run: what is not among them does not run.
    pub(super) is_live: bool,
}

/// So many workloads are named where something is said of them.
const NAMED_MAX: usize = 5;

/// Kinds that keep pods running.
const CONTROLLERS: [Kind; 5] =
    [Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::Job];

/// Puts all pods under their workloads.
pub(super) fn group(
    gathered: &mut Gathered,
    nodes_in: &BTreeMap<String, String>,
    notes: &mut Notes,
) -> Grouped {
    let pods = std::mem::take(&mut gathered.pods);
    let is_live = !nodes_in.is_empty()
        && pods.iter().any(|pod| matches!(&pod.state, PodState::On(node) if nodes_in.contains_key(node)));
    let mut homes = Homes::of(gathered, notes);
    let mut sets: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    let mut bare = Vec::new();
    let (mut lost, mut unready) = (0, 0);
    for pod in pods {
        match pod.state {
            PodState::Over => notes.ignored(1, "Pod that has succeeded or failed"),
            PodState::Ending => notes.ignored(1, "Pod that is being deleted"),
            PodState::Waiting | PodState::On(_) => {
                unready += usize::from(pod.unready);
                if pod.nominated {
                    notes.ignored(1, "nomination of a node: the scheduler decides again");
                }
                match homes.home(&pod, notes) {
                    Some(workload) if is_live => {
                        if let Some(set) = pod.owner.as_ref().filter(|owner| owner.kind == "ReplicaSet") {
                            sets.entry(workload.object.key.clone()).or_default().insert(set.name.clone());
                        }
                        workload.made_of.insert(pod.made_of);
                        match pod.state {
                            PodState::On(node) if nodes_in.contains_key(&node) => {
                                drop(workload.running.insert(pod.key.1, node));
                            }
                            PodState::On(_) => lost += 1,
                            _ => drop(workload.pending.insert(pod.key.1)),
                        }
                    }
                    // The scheduler places all pods of the workload.
                    Some(_) => {}
                    None => {
                        let node = match pod.state {
                            PodState::On(node) => Some(node),
                            _ => None,
                        };
                        lost += usize::from(node.as_ref().is_some_and(|node| !nodes_in.contains_key(node)));
                        bare.push(Bare {
                            key: pod.key,
                            node: node.filter(|node| nodes_in.contains_key(node)),
                            mirror: pod.mirror,
                            made_of: pod.made_of,
                        });
                    }
                }
            }
        }
    }
    if unready > 0 {
        notes.assumed(unready, "Pod that runs and is not ready: taken to be as well as the others");
    }
    if lost > 0 {
        notes.assumed(
            lost,
            "Pod on a node that was not read: its workload makes another, a bare one is placed again",
        );
    }
    let mut workloads = homes.workloads;
    tell_rollouts(&workloads, &sets, notes);
    for list in workloads.values_mut() {
        for workload in list.iter_mut() {
            take_what_runs(workload, &gathered.made_of, notes);
        }
        list.sort_by(|one, next| one.object.key.cmp(&next.object.key));
    }
    bare.sort_by(|one, next| one.key.cmp(&next.key));
    Grouped { workloads, bare, is_live }
}

/// Names workloads that change, which a run takes to have changed.
fn tell_rollouts(
    workloads: &BTreeMap<Kind, Vec<Workload>>,
    sets: &BTreeMap<Key, BTreeSet<String>>,
    notes: &mut Notes,
) {
    let (mut rolling, mut paused) = (Vec::new(), Vec::new());
    for (kind, workload) in workloads.iter().flat_map(|(kind, all)| all.iter().map(move |one| (*kind, one))) {
        let object = &workload.object;
        let name = || format!("{} {}", kind.name(), full_name(&object.key));
        let has_several =
            kind == Kind::Deployment && sets.get(&object.key).is_some_and(|sets| sets.len() > 1);
        if object.is_rolling || has_several {
            rolling.push(name());
        }
        if kind == Kind::Deployment && object.value.get("paused") == Some(&Value::Bool(true)) {
            paused.push(name());
        }
    }
    for (mut names, what) in [
        (rolling, "rollout that is under way: taken to be over, and all pods to be new"),
        (paused, "Deployment that is paused: `paused` has no effect in a run"),
    ] {
        names.sort();
        let more = names.len().saturating_sub(NAMED_MAX);
        let others = if more > 0 { format!(" and {more} more") } else { String::new() };
        if !names.is_empty() {
            let first = names.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            notes.assumed(names.len(), &format!("{what}: {first}{others}"));
        }
    }
}

/// Where pods belong.
struct Homes {
    workloads: BTreeMap<Kind, Vec<Workload>>,
    index: BTreeMap<(Kind, Key), usize>,
    /// Replica sets that belong to a deployment.
    parents: BTreeMap<Key, Key>,
}

impl Homes {
    fn of(gathered: &mut Gathered, notes: &mut Notes) -> Homes {
        let mut homes =
            Homes { workloads: BTreeMap::new(), index: BTreeMap::new(), parents: BTreeMap::new() };
        let deployments: BTreeSet<Key> =
            gathered.of(Kind::Deployment).iter().map(|object| object.key.clone()).collect();
        let cron_jobs: BTreeSet<Key> =
            gathered.of(Kind::CronJob).iter().map(|object| object.key.clone()).collect();
        let with_pods: BTreeSet<Key> = gathered
            .pods
            .iter()
            .filter(|pod| pod.state != PodState::Over && pod.state != PodState::Ending)
            .filter_map(|pod| Some((pod.key.0.clone(), pod.owner.as_ref()?.name.clone())))
            .collect();
        for kind in CONTROLLERS {
            for mut object in gathered.take(kind) {
                let owner = object
                    .owner
                    .as_ref()
                    .map(|owner| (owner.kind.clone(), (object.key.0.clone(), owner.name.clone())));
                if kind == Kind::ReplicaSet {
                    let replicas = object.value.get("replicas").and_then(Value::as_i64);
                    match &owner {
                        Some((kind, parent)) if kind == "Deployment" && deployments.contains(parent) => {
                            homes.parents.insert(object.key, parent.clone());
                            continue;
                        }
                        _ if replicas == Some(0) && owner.is_some() && !with_pods.contains(&object.key) => {
                            notes.ignored(1, "ReplicaSet of an earlier revision, without pods");
                            continue;
                        }
                        Some((kind, _)) if kind == "Deployment" => {
                            notes.assumed(1, "ReplicaSet whose Deployment was not read: kept by itself, it does not roll out");
                        }
                        Some((kind, _)) => notes.assumed(
                            1,
                            &format!(
                                "ReplicaSet of a {kind}, whose controller is not simulated: kept by itself"
                            ),
                        ),
                        None => {}
                    }
                }
                if kind == Kind::Job {
                    if let Some(over) = job_is_over(&object.value) {
                        notes.ignored(1, over);
                        continue;
                    }
                    job_goes_on(&mut object.value, notes);
                    if owner.is_some_and(|(kind, parent)| kind == "CronJob" && !cron_jobs.contains(&parent)) {
                        notes.assumed(1, "Job whose CronJob was not read: kept by itself");
                    }
                }
                let list = homes.workloads.entry(kind).or_default();
                homes.index.insert((kind, object.key.clone()), list.len());
                list.push(Workload {
                    object,
                    running: BTreeMap::new(),
                    pending: BTreeSet::new(),
                    made_of: BTreeSet::new(),
                });
            }
        }
        homes
    }

    /// The workload that a pod belongs to; `None` if it is a bare one here.
    fn home(&mut self, pod: &Pod, notes: &mut Notes) -> Option<&mut Workload> {
        if pod.mirror {
            notes.assumed(1, "Pod that mirrors a static one: a bare pod that is bound to its node");
            return None;
        }
        let owner = pod.owner.as_ref()?;
        let key = (pod.key.0.clone(), owner.name.clone());
        let kind = CONTROLLERS.into_iter().find(|kind| kind.name() == owner.kind);
        let found = match kind {
            None => None,
            Some(Kind::ReplicaSet) => match self.parents.get(&key) {
                Some(parent) => Some((Kind::Deployment, parent.clone())),
                None if self.index.contains_key(&(Kind::ReplicaSet, key.clone())) => {
                    Some((Kind::ReplicaSet, key))
                }
                None => {
                    // A deployment calls its replica sets by its own name and a hash of the template.
                    let parent = owner
                        .name
                        .rsplit_once('-')
                        .map(|(parent, _)| (Kind::Deployment, (pod.key.0.clone(), parent.to_owned())));
                    let parent = parent.filter(|parent| self.index.contains_key(parent));
                    if parent.is_some() {
                        notes.assumed(
                            1,
                            "Pod whose ReplicaSet was not read: its Deployment is the one of that name",
                        );
                    }
                    parent
                }
            },
            Some(kind) => Some((kind, key)),
        };
        let Some(index) = found.as_ref().and_then(|found| self.index.get(found)) else {
            let what = if kind.is_some() {
                format!("Pod whose {} was not read: a bare pod, which nothing replaces", owner.kind)
            } else {
                format!(
                    "Pod of a {}, whose controller is not simulated: a bare pod, which nothing replaces",
                    owner.kind
                )
            };
            notes.assumed(1, &what);
            return None;
        };
        let kind = found?.0;
        self.workloads.get_mut(&kind)?.get_mut(*index)
    }
}

/// Why a job has nothing left to do.
fn job_is_over(job: &Value) -> Option<&'static str> {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let holds = |condition: &Value| condition.get("status").and_then(Value::as_str) == Some("True");
    let mut held = conditions
        .filter(|condition| holds(condition))
        .filter_map(|condition| condition.get("type")?.as_str());
    if held.any(|kind| matches!(kind, "Complete" | "Failed" | "SuccessCriteriaMet" | "FailureTarget")) {
        return Some("Job that is over");
    }
    (job.pointer("/spec/suspend") == Some(&Value::Bool(true))).then_some("Job that is suspended")
}

/// Leaves of a job what it has still to do.
fn job_goes_on(job: &mut Value, notes: &mut Notes) {
    let succeeded = job.pointer("/status/succeeded").and_then(Value::as_i64).unwrap_or(0);
    let mut spec = job.get_mut("spec").map(Value::take).unwrap_or_default();
    if succeeded > 0
        && let Some(completions) = spec.get("completions").and_then(Value::as_i64)
    {
        let is_indexed = spec.get("completionMode").is_some_and(|mode| mode == "Indexed");
        let numbers = if is_indexed { ", counted from 0 again" } else { "" };
        notes.assumed(1, &format!("Job that has succeeded in part: `completions` is what is left{numbers}"));
        spec["completions"] = json!((completions - succeeded).max(1));
    }
    let failed = job.pointer("/status/failed").and_then(Value::as_i64).unwrap_or(0);
    let limit = spec.get("backoffLimit").and_then(Value::as_i64);
    if failed > 0 && (limit.is_some() || spec.get("backoffLimitPerIndex").is_none()) {
        notes.assumed(1, "Job of which pods have failed: `backoffLimit` is what is left");
        let limit = limit.unwrap_or(limits::JOB_BACKOFF_LIMIT.into());
        spec["backoffLimit"] = json!((limit - failed).max(0));
    }
    *job = spec;
}

/// What pods of this specification ask for: their containers, resources, and what runs beside.
fn asked(spec: &Value) -> Value {
    let of = |list: &str| -> Vec<Value> {
        let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        containers
            .map(|container| {
                json!([container.get("name"), container.get("resources"), container.get("restartPolicy")])
            })
            .collect()
    };
    json!([of("initContainers"), of("containers"), spec.get("overhead"), spec.get("resources")])
}

/// Takes containers as they run where all pods agree and the template says something else, as after an admission controller.
fn take_what_runs(workload: &mut Workload, made_of: &[MadeOf], notes: &mut Notes) {
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for number in &workload.made_of {
        forms.entry(asked(&made_of[*number].spec).to_string()).or_insert(*number);
    }
    let Some(template) = workload.object.value.pointer_mut("/template/spec") else { return };
    let own = asked(template).to_string();
    if forms.keys().all(|form| *form == own) {
        return;
    }
    let mut forms = forms.into_values();
    let (Some(number), None) = (forms.next(), forms.next()) else {
        notes.assumed(
            1,
            "workload whose pods differ in what they ask for: its template holds for all of them",
        );
        return;
    };
    let runs = &made_of[number].spec;
    for field in ["initContainers", "containers", "overhead", "resources"] {
        match runs.get(field) {
            Some(value) => template[field] = value.clone(),
            None => drop(template.as_object_mut().and_then(|fields| fields.shift_remove(field))),
        }
    }
    notes.assumed(
        1,
        "workload whose pods all ask for something else than its template: containers are taken as they run",
    );
}

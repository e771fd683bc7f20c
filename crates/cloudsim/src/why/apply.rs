//! The way of a `kubectl apply` through the parts of a cluster: from the object to pods that get requests.
//!
//! The workload is held back until it is applied; then every event of the run that brings one of its pods on is a leg of that
//! pod's way. Legs follow each other without a gap, so that they add up.

use super::{Asked, Told, WhyProblem, ended};
use crate::Cloud;
use crate::words::{Event, Root, Signal};
use cloudsim_aws::services::target_group;
use cloudsim_engine::{Context, Kernel, Model, RecordSink, Stamped, StopReason};
use cloudsim_kube::objects::{Kind, PodTemplate};
use cloudsim_kube::{Asks, Cluster, KubeServiceId, PodId, Request, Step, WorkloadId, limits};
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_records::{Record, TargetHealth};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[cfg(test)]
mod tests;

/// The part of Kubernetes, or of the cloud, that a leg is spent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The client.
    Kubectl,
    /// The API server.
    ApiServer,
    /// Its store.
    Etcd,
    /// The controllers.
    ControllerManager,
    /// The scheduler.
    Scheduler,
    /// The agent on the node.
    Kubelet,
    /// What runs containers there.
    ContainerRuntime,
    /// The process in them.
    Process,
    /// The probes.
    Readiness,
    /// What keeps endpoint slices.
    EndpointSlice,
    /// What forwards to them on nodes.
    KubeProxy,
    /// The controller of load balancers.
    CloudController,
    /// The load balancer.
    LoadBalancer,
}

impl Part {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Kubectl => "kubectl",
            Part::ApiServer => "API server",
            Part::Etcd => "etcd",
            Part::ControllerManager => "controller manager",
            Part::Scheduler => "scheduler",
            Part::Kubelet => "kubelet",
            Part::ContainerRuntime => "container runtime",
            Part::Process => "process",
            Part::Readiness => "readiness",
            Part::EndpointSlice => "EndpointSlice",
            Part::KubeProxy => "kube-proxy",
            Part::CloudController => "cloud controller",
            Part::LoadBalancer => "load balancer",
        }
    }
}

/// What a leg takes its time from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The path of a setting, or the name of a constant of the model.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is a setting.
    pub is_setting: bool,
}

/// A leg of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Where it is spent.
    pub part: Part,
    /// What happens, in words.
    pub what: String,
    /// When it begins: when the one before it ended.
    pub from: SimTime,
    /// When it ends.
    pub until: SimTime,
    /// What its length comes from.
    pub owners: Vec<Owner>,
}

impl Leg {
    /// How long it is.
    #[must_use]
    pub fn took(&self) -> SimDuration {
        self.until.since(self.from)
    }
}

/// How the scheduler chose a pod's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// When.
    pub at: SimTime,
    /// The attempt, counted from 1.
    pub attempt: u32,
    /// How many nodes there were.
    pub nodes: usize,
    /// How many could take the pod.
    pub feasible: usize,
    /// The total score of the best; `None` if only one could.
    pub score: Option<i64>,
    /// How many had that score.
    pub best: usize,
    /// The node that was chosen.
    pub node: String,
}

/// The way of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodWay {
    /// Its namespace and name.
    pub pod: String,
    /// Its node, if it has one.
    pub node: Option<String>,
    /// That one's zone, if it is in one.
    pub zone: Option<String>,
    /// Its way, after that of the object.
    pub legs: Vec<Leg>,
    /// How its node was chosen.
    pub chosen: Option<Chosen>,
    /// Whether it came to the end of its way.
    pub arrived: bool,
    /// What it waited for at the end of the run, if it was for a node.
    pub waits: Option<String>,
}

impl PodWay {
    /// When its way ends, or ended so far.
    #[must_use]
    pub fn until(&self) -> SimTime {
        self.legs.last().map_or(SimTime::ZERO, |leg| leg.until)
    }
}

/// How far pods go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// They are ready, and no service leads to them.
    Ready,
    /// They are endpoints of a service.
    Endpoints(String),
    /// They are healthy targets of a service's target groups.
    Targets(String),
}

/// The way of a `kubectl apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The cluster.
    pub cluster: String,
    /// Its version.
    pub version: String,
    /// What kind of object was applied, as `deployment`.
    pub kind: &'static str,
    /// Its namespace and name.
    pub name: String,
    /// When.
    pub applied: SimTime,
    /// The way of the object, until its controller knows of it.
    pub object: Vec<Leg>,
    /// How many pods it wants.
    pub wanted: u32,
    /// How many were made.
    pub made: u32,
    /// How many came to the end of their way.
    pub arrived: u32,
    /// Where that is.
    pub destination: Destination,
    /// The pod that arrived first; or was made first, if none did.
    pub first: Option<PodWay>,
    /// The pod that arrived last, or one that did not; `None` if there is no other.
    pub last: Option<PodWay>,
    /// What is on the way of a real `kubectl apply` and is no leg here.
    pub not_modelled: Vec<&'static str>,
}

/// Applies a workload in a re-run of a plan in which it is not there before, and tells its way until all of its pods have
/// arrived, or the run ends.
///
/// `name` is `NAME`, `NAMESPACE/NAME`, or `NAMESPACE/KIND/NAME`. `interrupted` is asked now and then with the simulated time.
#[must_use]
pub fn apply(
    plan: &Plan,
    seed: u64,
    name: &str,
    at: SimDuration,
    mut interrupted: impl FnMut(SimTime) -> bool,
) -> Told<Way> {
    let target = match target(plan, name) {
        Ok(target) => target,
        Err(problem) => {
            let run = ended(&StopReason::Drained, SimTime::ZERO, 0);
            return Told { run, told: Err(problem) };
        }
    };
    let asked = Asked { held_back: Some(target), pods: Vec::new() };
    let (watched, stop, now) =
        watch(plan, seed, target, &asked, (at, plan.duration), &mut Nobody, &mut interrupted);
    let mut run = ended(&stop, now, watched.cloud.next_request);
    let mut way = watched.way();
    // The same once more, to see the cluster as the scheduler saw it when it chose the nodes.
    let told = [watched.first(), watched.last()];
    let pods = told.iter().flatten().map(|id| watched.notes.pods[id].key.clone()).collect();
    let decided = told.iter().flatten().filter_map(|id| watched.notes.pods[id].decided).max();
    let is_whole = matches!(stop, StopReason::Horizon | StopReason::Drained);
    if let Some(decided) = decided.filter(|_| is_whole) {
        let asked = Asked { held_back: Some(target), pods };
        let until = decided.since(SimTime::ZERO);
        let (again, stop, now) =
            watch(plan, seed, target, &asked, (at, until), &mut Nobody, &mut interrupted);
        if stop == StopReason::Interrupted {
            run = ended(&stop, now, again.cloud.next_request);
        }
        for (of, id) in [(&mut way.first, told[0]), (&mut way.last, told[1])] {
            if let (Some(of), Some(id)) = (of, id) {
                of.chosen = again.chosen(&watched.notes.pods[&id].key, of.node.as_deref());
            }
        }
    }
    Told { run, told: Ok(way) }
}

/// The workload that is meant, and its cluster.
fn target(plan: &Plan, typed: &str) -> Result<(usize, WorkloadId), WhyProblem> {
    let all = || {
        plan.clusters.iter().enumerate().flat_map(|(cluster, spec)| {
            let ids = (0..).map(WorkloadId);
            ids.zip(&spec.workloads).map(move |(id, of)| (cluster, id, &of.workload))
        })
    };
    let full = |of: &cloudsim_kube::objects::Workload| {
        format!("{}/{}/{}", of.key.namespace, of.kind.word(), of.key.name)
    };
    let found: Vec<_> = all()
        .filter(|(_, _, of)| super::is_meant(typed, &of.key.namespace, &of.key.name) || full(of) == typed)
        .collect();
    match found.as_slice() {
        [(cluster, id, _)] => Ok((*cluster, *id)),
        [] if all().next().is_none() => {
            Err(WhyProblem::new("no cluster of the scenario has a workload", None))
        }
        [] => {
            let typed_namespace = typed.contains('/');
            let name = |of: &cloudsim_kube::objects::Workload| {
                if typed_namespace { of.key.to_string() } else { of.key.name.to_string() }
            };
            let names: Vec<String> = all().map(|(_, _, of)| name(of)).collect();
            Err(WhyProblem::unknown("workload", typed, &names, &listed(&names)))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(_, _, of)| full(of)).collect();
            let message = format!("several workloads are called `{typed}`");
            Err(WhyProblem::new(message, Some(format!("write one of {}", names.join(", ")))))
        }
    }
}

/// The first of some names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("workloads are {}{more}", names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
}

/// Runs a plan in which a workload is applied at a time, until that one's pods have arrived or the time is over.
fn watch(
    plan: &Plan,
    seed: u64,
    (cluster, workload): (usize, WorkloadId),
    asked: &Asked,
    (at, until): (SimDuration, SimDuration),
    sink: &mut impl RecordSink<Record>,
    interrupted: &mut impl FnMut(SimTime) -> bool,
) -> (Watched, StopReason, SimTime) {
    let mut kernel = Kernel::<Root>::new(seed);
    let cloud = Cloud::place_asked(plan, seed, asked, &mut kernel);
    let number = u8::try_from(cluster).expect("few clusters");
    let done = Rc::new(Cell::new(false));
    let applied = SimTime::ZERO + at;
    let notes = Notes::new((number, workload), applied, done.clone());
    let mut watched = Watched { cloud, notes };
    let mut stop = kernel.run(&mut watched, applied, sink, &mut *interrupted);
    if matches!(stop, StopReason::Horizon | StopReason::Drained) {
        watched.cloud.with_cluster(number, &mut kernel, None, |cluster, cx| cluster.apply(workload, cx));
        stop = kernel.run(&mut watched, SimTime::ZERO + until, sink, |now| done.get() || interrupted(now));
    }
    if done.get() {
        // It ended because there is no more to see.
        stop = StopReason::Horizon;
    }
    (watched, stop, Context::<Root>::now(&kernel))
}

/// Takes records that nobody asks for.
struct Nobody;

impl RecordSink<Record> for Nobody {
    fn take(&mut self, _: &[Stamped<Record>]) {}
}

/// A cloud, and what is noted of it.
struct Watched {
    cloud: Cloud,
    notes: Notes,
}

/// How far a pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Made,
    Decided,
    Bound,
    OnNode,
    Ready,
    Told,
    Written,
    Known,
    Registered,
    Healthy,
    Arrived,
}

/// What is noted of a pod.
struct PodNotes {
    key: PodKey,
    legs: Vec<Leg>,
    stage: Stage,
    /// How often it was tried in vain.
    attempts: u32,
    /// When its node was chosen.
    decided: Option<SimTime>,
    arrived: bool,
}

/// What is noted while a workload's pods are on their way.
struct Notes {
    cluster: u8,
    workload: WorkloadId,
    applied: SimTime,
    object: Vec<Leg>,
    pods: BTreeMap<PodId, PodNotes>,
    /// The service that leads to them, and whether to their targets.
    service: Option<(KubeServiceId, bool)>,
    /// Whether something has arrived since it was last looked whether everything has.
    news: bool,
    /// Set once everything has. The run goes on for a moment after that, and nothing of it is noted.
    done: Rc<Cell<bool>>,
}

/// Adds a leg behind the others; one that ends before they do is none.
fn leg(legs: &mut Vec<Leg>, part: Part, until: SimTime, what: impl Into<String>, owners: Vec<Owner>) {
    let from = legs.last().map_or(until, |leg| leg.until);
    if until >= from {
        legs.push(Leg { part, what: what.into(), from, until, owners });
    }
}

fn constant(name: &str, value: impl ToString) -> Owner {
    Owner { name: name.to_owned(), value: value.to_string(), is_setting: false }
}

fn setting(name: String, value: impl ToString) -> Owner {
    Owner { name, value: value.to_string(), is_setting: true }
}

/// A distribution in short.
fn short(distribution: DurationDistribution) -> String {
    match distribution {
        DurationDistribution::LogNormal { median, .. } => format!("median {median}"),
        DurationDistribution::Uniform(low, high) => format!("{low} to {high}"),
        other => other.to_string(),
    }
}

fn watch_delay() -> Vec<Owner> {
    vec![constant("WATCH", limits::WATCH)]
}

impl Notes {
    fn new((cluster, workload): (u8, WorkloadId), applied: SimTime, done: Rc<Cell<bool>>) -> Notes {
        let sent = "sends the object to the API server";
        let object = vec![Leg {
            part: Part::Kubectl,
            what: sent.into(),
            from: applied,
            until: applied,
            owners: Vec::new(),
        }];
        Notes { cluster, workload, applied, object, pods: BTreeMap::new(), service: None, news: false, done }
    }

    /// The legs of a request that was carried out at `now`.
    fn request(
        legs: &mut Vec<Leg>,
        cluster: &Cluster,
        request: &Request,
        now: SimTime,
        (part, what, stored): (Part, &str, &str),
    ) {
        let end = legs.last().map_or(request.asked, |leg| leg.until);
        if request.leaves > request.asked.max(end) {
            let (qps, burst, of) = if part == Part::Scheduler {
                (limits::SCHEDULER_QPS, limits::SCHEDULER_BURST, "SCHEDULER")
            } else {
                (limits::CONTROLLER_QPS, limits::CONTROLLER_BURST, "CONTROLLER")
            };
            let owners = vec![constant(&format!("{of}_QPS"), qps), constant(&format!("{of}_BURST"), burst)];
            let what = format!("its client holds the request back: {burst} at once, then {qps} a second");
            leg(legs, part, request.leaves, what, owners);
        }
        if request.begins > request.leaves.max(end) {
            let what = "waits for a seat of its level (priority and fairness)";
            leg(legs, Part::ApiServer, request.begins, what, vec![constant("SEATS", limits::SEATS)]);
        }
        let processed =
            SimTime::from_nanos(request.done.as_nanos().saturating_sub(request.storing.as_nanos()));
        let owners = vec![constant("API_REQUEST", short(limits::API_REQUEST))];
        leg(legs, Part::ApiServer, processed, what, owners);
        let name = &cluster.spec().name;
        let etcd = cluster.spec().control_plane.etcd.len();
        let members = if etcd == 1 {
            "its only member".to_owned()
        } else {
            format!("{} of {etcd} members", etcd / 2 + 1)
        };
        let owners = vec![
            setting(format!("clusters.{name}.control_plane.etcd"), format!("{etcd} members")),
            constant("ETCD_FSYNC", limits::ETCD_FSYNC),
        ];
        // What was asked for while etcd took nothing is stored when it is asked for again.
        if request.storing > SimDuration::ZERO {
            leg(legs, Part::Etcd, request.done, format!("{stored}, on {members}"), owners);
        }
        if now > request.done {
            let what = "nobody answers; asked again once somebody does";
            leg(legs, Part::ApiServer, now, what, vec![constant("RETRY_MAX", limits::RETRY_MAX)]);
        }
    }
}

impl Watched {
    fn cluster(&self) -> &Cluster {
        &self.cloud.kubernetes.clusters[usize::from(self.notes.cluster)]
    }

    /// Notes what a request did. `ready` is whether its pod was, before.
    fn carried_out(&mut self, request: Request, was_ready: bool, now: SimTime) {
        let cluster = &self.cloud.kubernetes.clusters[usize::from(self.notes.cluster)];
        let notes = &mut self.notes;
        match request.asks {
            Asks::Apply(workload) if workload == notes.workload => {
                let what =
                    "takes the object; authentication, authorization and admission are within this time";
                let words = (Part::Kubectl, what, "stores the object");
                Notes::request(&mut notes.object, cluster, &request, now, words);
            }
            Asks::MakePod(Some(workload)) if workload == notes.workload => {
                let Some(&id) = cluster.workloads.get(workload).pods.last() else { return };
                if notes.pods.contains_key(&id) {
                    return;
                }
                let key = cluster.pods.get(id).key.clone();
                notes.note_service(cluster, &self.cloud.plan, id);
                let known = notes.object.last().map_or(notes.applied, |leg| leg.until);
                let kind = &cluster.workloads.get(workload).spec.workload.kind;
                // The pod's way goes on where that of the object ends.
                let mut legs = Vec::new();
                let what = if request.asked <= known {
                    format!("{} asks for the pod", maker(kind))
                } else if matches!(kind, Kind::StatefulSet { ordered: true, .. }) {
                    format!("{} asks for the pod once the one before it is ready", maker(kind))
                } else {
                    format!("{} asks for another pod", maker(kind))
                };
                let owners = Vec::new();
                let (from, until) = (known, request.asked.max(known));
                legs.push(Leg { part: Part::ControllerManager, what, from, until, owners });
                let words = (Part::ControllerManager, "takes the pod", "stores the pod");
                Notes::request(&mut legs, cluster, &request, now, words);
                let pod =
                    PodNotes { key, legs, stage: Stage::Made, attempts: 0, decided: None, arrived: false };
                notes.pods.insert(id, pod);
            }
            Asks::Bind(id) => {
                let Some(pod) = notes.pods.get_mut(&id).filter(|pod| pod.stage == Stage::Decided) else {
                    return;
                };
                if cluster.pods.get(id).node.is_some() {
                    let words = (Part::Scheduler, "takes the binding to the node", "stores the binding");
                    Notes::request(&mut pod.legs, cluster, &request, now, words);
                    pod.stage = Stage::Bound;
                }
            }
            Asks::Status(id) => {
                let Some(pod) = notes.pods.get_mut(&id) else { return };
                if cluster.pods.get(id).ready && !was_ready && pod.stage < Stage::Ready {
                    let what = "takes what the kubelet says: the pod is ready";
                    let words = (Part::Kubelet, what, "stores the pod's status");
                    Notes::request(&mut pod.legs, cluster, &request, now, words);
                    pod.stage = Stage::Ready;
                }
            }
            Asks::Endpoints(service) => {
                if notes.service.is_none_or(|(of, _)| of != service) {
                    return;
                }
                let of = &cluster.services[service.index()];
                for (id, pod) in &mut notes.pods {
                    if pod.stage == Stage::Told && of.written.contains(id) {
                        let what =
                            format!("takes the slice of service {} with the pod's address", of.spec.key);
                        let words = (Part::EndpointSlice, what.as_str(), "stores the slice");
                        Notes::request(&mut pod.legs, cluster, &request, now, words);
                        pod.stage = Stage::Written;
                    }
                }
            }
            Asks::MakePod(_) | Asks::Apply(_) | Asks::Else => {}
        }
    }

    /// Notes how a pod fared whom the scheduler may have tried.
    fn tried(&mut self, now: SimTime) {
        let cluster = &self.cloud.kubernetes.clusters[usize::from(self.notes.cluster)];
        let scheduler = &cluster.spec().scheduler;
        let name = &cluster.spec().name;
        for (id, pod) in &mut self.notes.pods {
            if pod.stage != Stage::Made {
                continue;
            }
            let of = cluster.pods.get(*id);
            match cluster.scheduler().queue().get(&pod.key) {
                None if cluster.scheduler().cluster().node_of(&pod.key).is_some() => {
                    let owner = match scheduler.pods_per_second {
                        Some(rate) => setting(format!("clusters.{name}.scheduler.pods_per_second"), rate),
                        None => constant("SCHEDULING_CYCLE", limits::SCHEDULING_CYCLE),
                    };
                    let waited = pod.legs.last().is_some_and(|leg| leg.until < now);
                    let what = match (pod.attempts, waited) {
                        (0, false) => "chooses a node",
                        (0, true) => "has done with those before it, and chooses a node",
                        _ => "tries it again, and chooses a node",
                    };
                    leg(&mut pod.legs, Part::Scheduler, now, what, vec![owner]);
                    pod.stage = Stage::Decided;
                    pod.decided = Some(now);
                }
                Some(waiting) if waiting.attempts > pod.attempts => {
                    pod.attempts = waiting.attempts;
                    let why = of.unschedulable.as_deref().unwrap_or("it failed");
                    let what = format!("tries it in vain: {why}");
                    match pod.legs.last_mut().filter(|leg| leg.what == what) {
                        Some(leg) => leg.until = now,
                        None => leg(&mut pod.legs, Part::Scheduler, now, what, Vec::new()),
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes a step of a pod on its node.
    fn advanced(&mut self, id: PodId, step: Step, now: SimTime) {
        let cluster = &self.cloud.kubernetes.clusters[usize::from(self.notes.cluster)];
        let Some(pod) = self.notes.pods.get_mut(&id).filter(|pod| pod.stage == Stage::OnNode) else { return };
        let of = cluster.pods.get(id);
        // Of a step that was planned for an earlier life nothing came; a restart has gone on already.
        let came = of.step == Some(step) || (step == Step::Restarted && of.step == Some(Step::Running));
        if !came || pod.legs.last().is_some_and(|leg| leg.until > now) {
            return;
        }
        let (part, what, owners) = step_words(cluster, self.notes.workload, &of.template, step);
        let takes_none = pod.legs.last().is_some_and(|leg| leg.until == now);
        if step == Step::Initialised && takes_none {
            return;
        }
        let what = if step == Step::Pulled && takes_none {
            "its images are on the node already".into()
        } else {
            what
        };
        leg(&mut pod.legs, part, now, what, owners);
    }

    /// Notes what those learn who watch.
    fn seen(&mut self, event: cloudsim_kube::Event, now: SimTime) {
        let cluster = &self.cloud.kubernetes.clusters[usize::from(self.notes.cluster)];
        let notes = &mut self.notes;
        match event {
            cloudsim_kube::Event::WorkloadSeen { workload }
                if workload == notes.workload && notes.object.len() > 1 && notes.pods.is_empty() =>
            {
                let kind = &cluster.workloads.get(workload).spec.workload.kind;
                let what = format!("{} learns of the object by its watch", maker(kind));
                leg(&mut notes.object, Part::ControllerManager, now, what, watch_delay());
                notes.news = true;
            }
            cloudsim_kube::Event::PodBoundSeen { pod } => {
                let Some(of) = notes.pods.get_mut(&pod).filter(|pod| pod.stage == Stage::Bound) else {
                    return;
                };
                leg(&mut of.legs, Part::Kubelet, now, "learns of the pod by its watch", watch_delay());
                of.stage = Stage::OnNode;
            }
            cloudsim_kube::Event::PodStatusSeen { pod } => {
                let Some(of) = notes.pods.get_mut(&pod).filter(|pod| pod.stage == Stage::Ready) else {
                    return;
                };
                if notes.service.is_some() {
                    let what = "its controller learns that the pod is ready by its watch";
                    leg(&mut of.legs, Part::EndpointSlice, now, what, watch_delay());
                } else {
                    of.arrived = true;
                    notes.news = true;
                }
                of.stage = Stage::Told;
            }
            cloudsim_kube::Event::EndpointsSeen { service } => {
                let Some((_, to_targets)) = notes.service.filter(|(of, _)| *of == service) else { return };
                for of in notes.pods.values_mut().filter(|pod| pod.stage == Stage::Written) {
                    let (part, what) = if to_targets {
                        (
                            Part::CloudController,
                            "learns of the slice by its watch, as kube-proxy on each node does",
                        )
                    } else {
                        (Part::KubeProxy, "on each node learns of the slice by its watch")
                    };
                    leg(&mut of.legs, part, now, what, watch_delay());
                    of.stage = Stage::Known;
                    of.arrived = !to_targets;
                    notes.news = true;
                }
            }
            cloudsim_kube::Event::TargetsReconciled { service } => {
                if notes.service.is_none_or(|(of, _)| of != service) {
                    return;
                }
                let of = &cluster.services[service.index()];
                let groups = of.spec.target_groups.iter();
                let names: Vec<&str> =
                    groups.map(|group| self.cloud.plan.target_groups[group.index()].name.as_str()).collect();
                for (id, pod) in &mut notes.pods {
                    if (Stage::Written..=Stage::Known).contains(&pod.stage) && of.endpoints.contains(id) {
                        let what = format!("registers the pod with target group {}", names.join(", "));
                        let owners = vec![constant("TARGETS_RECONCILE", short(limits::TARGETS_RECONCILE))];
                        leg(&mut pod.legs, Part::CloudController, now, what, owners);
                        pod.stage = Stage::Registered;
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes what the nodes of load balancers think of the pods.
    fn judged(&mut self, now: SimTime) {
        let Some((service, true)) = self.notes.service else { return };
        let number = self.notes.cluster;
        let groups = self.cluster().services[service.index()].spec.target_groups.clone();
        let waiting = self
            .notes
            .pods
            .iter()
            .filter(|(_, pod)| (Stage::Registered..Stage::Arrived).contains(&pod.stage));
        let waiting: Vec<PodId> = waiting.map(|(id, _)| *id).collect();
        for id in waiting {
            let Some(server) = self.cloud.server_of((number, id)) else { continue };
            let balancers = &self.cloud.balancers;
            let views = balancers
                .slots()
                .filter(|node| balancers.node(*node).is_up())
                .flat_map(|node| &balancers.node(node).views)
                .filter(|view| groups.contains(&view.group));
            let opinions: Vec<bool> = views
                .flat_map(|view| &view.probers)
                .filter(|(target, _)| *target == server)
                .filter_map(|(_, prober)| self.cloud.probers.get(*prober))
                .map(|prober| prober.health() == TargetHealth::Healthy)
                .collect();
            let (all, well) = (opinions.len(), opinions.iter().filter(|well| **well).count());
            let pod = self.notes.pods.get_mut(&id).expect("just listed");
            // A target that was just registered needs fewer passes than one that was unhealthy.
            let owners = || {
                let group = &self.cloud.plan.target_groups[groups[0].index()];
                vec![
                    setting(format!("target_groups.{}.interval", group.name), group.interval),
                    constant("INITIAL_THRESHOLD", target_group::limits::INITIAL_THRESHOLD),
                ]
            };
            if well > 0 && pod.stage == Stage::Registered {
                let what = format!("the first of its {all} nodes finds the pod healthy and sends requests");
                leg(&mut pod.legs, Part::LoadBalancer, now, what, owners());
                pod.stage = Stage::Healthy;
            }
            if well == all && pod.stage == Stage::Healthy {
                if all > 1 {
                    let what = format!("all {all} nodes find it healthy");
                    leg(&mut pod.legs, Part::LoadBalancer, now, what, owners());
                }
                pod.stage = Stage::Arrived;
                pod.arrived = true;
                self.notes.news = true;
            }
        }
    }

    /// How many pods are to arrive.
    fn wanted(&self) -> u32 {
        let cluster = self.cluster();
        let wanted = cluster.wanted(self.notes.workload);
        match &cluster.workloads.get(self.notes.workload).spec.workload.kind {
            Kind::Job(job) => job.completions.map_or(wanted, |completions| wanted.min(completions)),
            _ => wanted,
        }
    }

    /// Notes whether everything has arrived.
    fn look_whether_done(&mut self) {
        if !std::mem::take(&mut self.notes.news) {
            return;
        }
        if self.arrived() >= self.wanted() {
            self.notes.done.set(true);
        }
    }

    /// How many pods have arrived, without those that are lost since.
    fn arrived(&self) -> u32 {
        let cluster = self.cluster();
        let counts = |id: PodId| cluster.pods.get(id).is_active() || cluster.pods.get(id).has_ended();
        let arrived = self.notes.pods.iter().filter(|(id, pod)| pod.arrived && counts(**id)).count();
        u32::try_from(arrived).expect("few pods")
    }

    /// The pods by when they arrived, then those that did not by when they were made.
    fn by_arrival(&self) -> Vec<PodId> {
        let mut pods: Vec<PodId> = self.notes.pods.keys().copied().collect();
        pods.sort_by_key(|id| {
            let pod = &self.notes.pods[id];
            (!pod.arrived, pod.arrived.then(|| pod.legs.last().map(|leg| leg.until)), *id)
        });
        pods
    }

    fn first(&self) -> Option<PodId> {
        self.by_arrival().first().copied()
    }

    fn last(&self) -> Option<PodId> {
        // A pod that was lost on its way, and made up for, is none of those that arrived.
        let all = self.arrived() >= self.wanted();
        self.by_arrival().into_iter().skip(1).rfind(|id| !all || self.notes.pods[id].arrived)
    }

    fn way(&self) -> Way {
        let cluster = self.cluster();
        let of = cluster.workloads.get(self.notes.workload);
        let workload = &of.spec.workload;
        let service = |id: KubeServiceId| cluster.services[id.index()].spec.key.to_string();
        let destination = match self.notes.service {
            None => Destination::Ready,
            Some((id, false)) => Destination::Endpoints(service(id)),
            Some((id, true)) => Destination::Targets(service(id)),
        };
        Way {
            cluster: cluster.spec().name.clone(),
            version: cluster.spec().version.to_string(),
            kind: workload.kind.word(),
            name: workload.key.to_string(),
            applied: self.notes.applied,
            object: self.notes.object.clone(),
            wanted: self.wanted(),
            made: u32::try_from(self.notes.pods.len()).expect("few pods"),
            arrived: self.arrived(),
            destination,
            first: self.first().map(|id| self.pod_way(id)),
            last: self.last().map(|id| self.pod_way(id)),
            not_modelled: not_modelled(&workload.kind),
        }
    }

    fn pod_way(&self, id: PodId) -> PodWay {
        let cluster = self.cluster();
        let (of, pod) = (cluster.pods.get(id), &self.notes.pods[&id]);
        let node = of.node.map(|node| cluster.nodes.get(node));
        let zone = node.and_then(|node| node.zone);
        PodWay {
            pod: pod.key.to_string(),
            node: node.map(|node| node.name.to_string()),
            zone: zone.map(|zone| self.cloud.plan.zones[zone.index()].name.clone()),
            legs: pod.legs.clone(),
            chosen: None,
            arrived: pod.arrived,
            waits: of.unschedulable.as_ref().filter(|_| of.is_waiting()).map(ToString::to_string),
        }
    }

    /// How a pod's node was chosen, as far as the last attempt was kept.
    fn chosen(&self, pod: &PodKey, node: Option<&str>) -> Option<Chosen> {
        let attempted = self.cluster().scheduler().last_attempt(pod)?;
        let decided = attempted.case.decide();
        let feasible = decided.feasible().len();
        Some(Chosen {
            at: attempted.at,
            attempt: attempted.attempt,
            nodes: attempted.case.cluster.len(),
            feasible,
            score: if feasible > 1 { decided.totals().iter().max().copied() } else { None },
            best: decided.best().len(),
            node: node?.to_owned(),
        })
    }
}

impl Notes {
    /// Notes which service leads to the pods: one with target groups, if there is one.
    fn note_service(&mut self, cluster: &Cluster, plan: &Plan, pod: PodId) {
        if !self.pods.is_empty() {
            return;
        }
        let of = cluster.pods.get(pod);
        let serves = cluster.workloads.get(self.workload).spec.server.is_some();
        let leads = (0..).map(KubeServiceId).zip(&cluster.services);
        let leads = leads.filter(|(_, service)| service.spec.selects(&of.key.namespace, &of.object.labels));
        let balanced = |groups: &[cloudsim_world::TargetGroupId]| {
            let listens =
                |group| plan.load_balancers.iter().any(|balancer| balancer.target_groups().contains(&group));
            serves && groups.iter().any(|group| listens(*group))
        };
        self.service = leads
            .map(|(id, service)| (id, balanced(&service.spec.target_groups)))
            .max_by_key(|(id, to_targets)| (*to_targets, std::cmp::Reverse(*id)));
    }
}

/// The controller that makes a workload's pods.
fn maker(kind: &Kind) -> &'static str {
    match kind {
        Kind::Deployment { .. } | Kind::ReplicaSet => "the replica set controller",
        Kind::StatefulSet { .. } => "the stateful set controller",
        Kind::DaemonSet { .. } => "the daemon set controller",
        Kind::Job(_) => "the job controller",
    }
}

/// What is on the way of a real `kubectl apply` and no leg of this one.
fn not_modelled(kind: &Kind) -> Vec<&'static str> {
    let mut all = vec![
        "kubectl: reading the manifest, discovery, the network from you to the API server",
        "API server: authentication, authorization and admission have no time of their own, and webhooks are not asked",
    ];
    if matches!(kind, Kind::Deployment { .. }) {
        all.push(
            "controller manager: a deployment's replica set is no object of its own; no request makes it",
        );
    }
    all.push("scheduler: it knows of a pod as soon as that is stored, others once their watch tells them");
    all.push("kube-proxy: the time until its rules are in the kernel");
    all
}

/// Where a step on the node is spent, what happens in it, and what its length comes from.
fn step_words(
    cluster: &Cluster,
    workload: WorkloadId,
    template: &PodTemplate,
    step: Step,
) -> (Part, String, Vec<Owner>) {
    let of = cluster.workloads.get(workload);
    let list = match of.spec.workload.kind {
        Kind::Deployment { .. } => "deployments",
        Kind::ReplicaSet => "replica_sets",
        Kind::StatefulSet { .. } => "stateful_sets",
        Kind::DaemonSet { .. } => "daemon_sets",
        Kind::Job(_) => "jobs",
    };
    let path = format!("{list}.{}", of.spec.workload.key);
    let runtime = Part::ContainerRuntime;
    match step {
        Step::Begun => (Part::Kubelet, "begins with the pod".into(), Vec::new()),
        Step::Attached => {
            let attach = constant("EBS_ATTACH", short(limits::EBS_ATTACH));
            let look = constant("ATTACH_LOOK", limits::ATTACH_LOOK);
            (Part::Kubelet, "waits until it sees that the volumes are attached".into(), vec![attach, look])
        }
        Step::Mounted => {
            let owners = vec![constant("MOUNT", short(limits::MOUNT))];
            (Part::Kubelet, "mounts the volumes".into(), owners)
        }
        Step::Sandbox => {
            let owners = vec![constant("SANDBOX", short(limits::SANDBOX))];
            (runtime, "makes the sandbox: the pod has an address".into(), owners)
        }
        Step::Pulled => {
            let containers = template.init_containers.iter().chain(&template.containers);
            let mut owners: Vec<Owner> = Vec::new();
            for container in containers {
                let known = cluster.spec().images.iter().find(|image| image.name == container.image);
                let owner = match known {
                    Some(image) => setting(format!("images.{}.size", image.name), image.size),
                    None => constant("IMAGE_SIZE", limits::IMAGE_SIZE),
                };
                if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
            owners.push(constant("PULL_BYTES_PER_SECOND", limits::PULL_BYTES_PER_SECOND));
            (runtime, "pulls the images that the node lacks".into(), owners)
        }
        Step::Initialised => {
            let owners = vec![constant("INIT_CONTAINER", limits::INIT_CONTAINER)];
            (runtime, "runs the init containers one after the other".into(), owners)
        }
        Step::Running => {
            let owners = vec![constant("CONTAINERS", short(limits::CONTAINERS))];
            (runtime, "creates and starts the containers".into(), owners)
        }
        Step::Answering => {
            let owner = match &of.spec.server {
                Some(server) => setting(format!("{path}.server.start"), short(server.start)),
                None => constant("CONTAINER_START", short(limits::CONTAINER_START)),
            };
            (Part::Process, "starts and answers".into(), vec![owner])
        }
        Step::Ready => {
            let probes = template.containers.iter().filter_map(|container| {
                let probe = container.readiness.as_ref()?;
                let path = format!("{path}.spec.template.spec.containers.{}.readinessProbe", container.name);
                Some(setting(format!("{path}.periodSeconds"), probe.period))
            });
            let owners: Vec<Owner> = probes.collect();
            let what = if owners.is_empty() {
                "there is no readiness probe: the pod is ready"
            } else {
                "the next readiness probe of the kubelet passes"
            };
            (Part::Readiness, what.into(), owners)
        }
        Step::Ended => (Part::Kubelet, "the containers have ended".into(), Vec::new()),
        Step::Succeeded => (Part::Process, "has done its work, and ends".into(), Vec::new()),
        Step::Errored => (Part::Process, "fails, and is not started again".into(), Vec::new()),
        Step::Failed => {
            (Part::Kubelet, "a probe fails too often: the containers are stopped".into(), Vec::new())
        }
        Step::Restarted => {
            let owners = vec![constant("CRASH_BACKOFF", limits::CRASH_BACKOFF)];
            (Part::Kubelet, "starts the containers once more".into(), owners)
        }
    }
}

impl Model<Root> for Watched {
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        let now = Context::<Root>::now(kernel);
        let of = match event {
            Event::Kube(of) if of.cluster == self.notes.cluster && !self.notes.done.get() => of,
            _ => return self.cloud.handle(event, kernel),
        };
        let request = match of.event {
            cloudsim_kube::Event::Committed { request } if self.cluster().api_answers() => {
                self.cluster().request(request).copied()
            }
            _ => None,
        };
        let was_ready = matches!(request, Some(Request { asks: Asks::Status(pod), .. })
            if self.cluster().pods.get(pod).ready);
        self.cloud.handle(event, kernel);
        if let Some(request) = request {
            self.carried_out(request, was_ready, now);
        }
        match of.event {
            cloudsim_kube::Event::PodTried => self.tried(now),
            cloudsim_kube::Event::PodAdvanced { pod, step, .. } => self.advanced(pod, step, now),
            other => self.seen(other, now),
        }
        self.look_whether_done();
    }

    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Root>) {
        let now = Context::<Root>::now(kernel);
        self.cloud.react(signal, kernel);
        if self.notes.done.get() {
            return;
        }
        if matches!(signal, Signal::Probe(target_group::Signal::HealthChanged { .. })) {
            self.judged(now);
            self.look_whether_done();
        }
    }

    fn kind_of(event: &Event) -> &'static str {
        event.kind()
    }
}

//! Why a pod is where it is, or waits: the scheduler's last decision about it, made again from the cluster as the scheduler
//! knew it at that moment, and what the records tell of its life.

use super::{Asked, Told, WhyProblem, ended, is_meant};
use crate::Cloud;
use crate::tables::kubernetes::pod_status;
use crate::words::Root;
use cloudsim_engine::{Context, Kernel, RecordSink, Stamped, StopReason};
use cloudsim_kube::spec::ClusterSpec;
use cloudsim_kube::{Cluster, Pod};
use cloudsim_kube_scheduler::Attempted;
use cloudsim_kube_scheduler::objects::{PodKey, Text};
use cloudsim_kube_scheduler::queue::Place;
use cloudsim_records::{EntityId, EntityInfo, EntityKind, PodReason, PodState, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A moment in the life of a pod, as a record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: SimTime,
    /// What became of it.
    pub became: Became,
    /// Why.
    pub reason: PodReason,
    /// The node that it was bound to then.
    pub node: Option<String>,
}

/// What became of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// It changed.
    State(PodState),
    /// It was found to fit nowhere, for that reason.
    Unschedulable(String),
    /// That budget did not let it leave a node that is to be emptied.
    Kept(String),
    /// Its image was not to be had from the registry of a region.
    NotPulled {
        /// The image.
        image: String,
        /// The region.
        region: String,
    },
}

impl Became {
    /// The word for it, as documents have it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::State(state) => state.word(),
            Self::Unschedulable(_) => "Unschedulable",
            Self::Kept(_) => "EvictionRefused",
            Self::NotPulled { .. } => "ImagePullFailed",
        }
    }

    /// Why it fits nowhere, what keeps it, or the image that it did not get and from where.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::State(_) => None,
            Self::Unschedulable(message) | Self::Kept(message) => Some(message.clone()),
            Self::NotPulled { image, region } => {
                Some(format!("{image}: the registry of {region} does not answer"))
            }
        }
    }
}

/// Where a pod waits for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// It is tried as soon as its turn comes.
    Active,
    /// Something happened that may help it, but it has just failed: it is tried at `until`.
    Backoff {
        /// When it is tried again.
        until: SimTime,
    },
    /// Nothing has happened that may help it.
    Unschedulable {
        /// When it is tried again all the same.
        until: SimTime,
    },
    /// It may not be tried yet.
    Gated,
    /// Its node is chosen; the API server has not carried that out yet.
    Chosen,
    /// It asks for a scheduler that is not there.
    Unserved,
}

impl Where {
    /// The queue of the scheduler, as kube-scheduler's metrics name it.
    #[must_use]
    pub fn queue(self) -> &'static str {
        match self {
            Where::Active => "active",
            Where::Backoff { .. } => "backoff",
            Where::Unschedulable { .. } => "unschedulable",
            Where::Gated => "gated",
            Where::Chosen | Where::Unserved => "none",
        }
    }

    /// When it is tried again at the latest, if that is known.
    #[must_use]
    pub fn until(self) -> Option<SimTime> {
        match self {
            Where::Backoff { until } | Where::Unschedulable { until } => Some(until),
            Where::Active | Where::Gated | Where::Chosen | Where::Unserved => None,
        }
    }
}

/// How a pod waits for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Where.
    pub place: Where,
    /// Since when.
    pub since: SimTime,
    /// How often it was tried.
    pub attempts: u32,
    /// The plugins that rejected it the last time.
    pub rejected_by: Vec<String>,
    /// The gate that keeps it from being tried.
    pub gate: Option<String>,
    /// The node on which room is made for it.
    pub nominated: Option<String>,
    /// Why it fits nowhere, as its condition says it.
    pub message: Option<String>,
}

/// What there is to say of a pod.
pub struct PodStory {
    /// Its cluster.
    pub cluster: String,
    /// Its namespace and name, after its cluster's where there are several.
    pub pod: String,
    /// Its status, as kubectl prints it.
    pub status: String,
    /// Whether it is ready, as the API has it.
    pub ready: bool,
    /// Whose it is, as `deployment/web`.
    pub owner: Option<String>,
    /// When it was made.
    pub made: SimTime,
    /// Whether it was there when the run began.
    pub from_the_start: bool,
    /// Its node.
    pub node: Option<String>,
    /// That one's zone.
    pub zone: Option<String>,
    /// How it waits, if it does.
    pub waits: Option<Waits>,
    /// Its life so far.
    pub moments: Vec<Moment>,
    /// The last attempt to find a node for it; `None` if the scheduler was never asked.
    pub decision: Option<Arc<Attempted>>,
}

impl std::fmt::Debug for PodStory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PodStory")
            .field("pod", &self.pod)
            .field("moments", &self.moments)
            .finish_non_exhaustive()
    }
}

/// Runs a plan until `at`, that instant included, and tells of the pod of that name.
///
/// `name` is `NAME` or `NAMESPACE/NAME`, after `CLUSTER/` where there are several. `interrupted` is asked now and then
/// with the simulated time.
#[must_use]
pub fn pod(
    plan: &Plan,
    seed: u64,
    name: &str,
    at: SimDuration,
    mut interrupted: impl FnMut(SimTime) -> bool,
) -> Told<PodStory> {
    let asked = Asked { held_back: None, pods: keys(plan, name) };
    let mut kernel = Kernel::<Root>::new(seed);
    let mut cloud = Cloud::place_asked(plan, seed, &asked, &mut kernel);
    let mut lives = Lives::of(name, &plan.clusters);
    let until = SimTime::ZERO + at;
    let stop = kernel.run(&mut cloud, until, &mut lives, &mut interrupted);
    let reached = match stop {
        // Nothing more will happen, so this is the world at any later time too.
        StopReason::Drained => until,
        _ => Context::<Root>::now(&kernel),
    };
    let run = ended(&stop, reached, cloud.next_request);
    if !matches!(stop, StopReason::Horizon | StopReason::Drained) {
        return Told { run, told: Err(WhyProblem::new("the run did not come so far", None)) };
    }
    let found: Vec<(&Cluster, &Pod)> = cloud
        .kubernetes
        .clusters
        .iter()
        .flat_map(|cluster| cluster.pods.present().map(move |(_, pod)| (cluster, pod)))
        .filter(|(cluster, pod)| {
            cluster.spec().is_meant(name, |own| is_meant(own, &pod.key.namespace, &pod.key.name))
        })
        .collect();
    let told = match found.as_slice() {
        [(cluster, pod)] => Ok(story(&cloud, cluster, pod, &lives)),
        [] => {
            let known = names(&cloud, name.contains('/'));
            let gone = lives.gone();
            let made = if gone.is_none() {
                // It may be yet to come.
                kernel.run(&mut cloud, SimTime::ZERO + plan.duration, &mut lives, &mut interrupted);
                lives.began()
            } else {
                None
            };
            // In whole milliseconds, by which it has happened.
            let since_start = |at: SimTime| SimDuration::from_millis(at.as_nanos().div_ceil(1_000_000));
            Err(missing(plan, (name, at), gone.map(since_start), made.map(since_start), &known))
        }
        several => {
            let names: Vec<String> =
                several.iter().map(|(cluster, pod)| cluster.spec().called(&pod.key)).collect();
            let message = format!("several pods are called `{name}`");
            Err(WhyProblem::new(message, Some(format!("write one of {}", names.join(", ")))))
        }
    };
    Told { run, told }
}

/// What a pod of that name may be called in full: names alone may be in any namespace.
fn keys(plan: &Plan, typed: &str) -> Vec<PodKey> {
    let mut keys = BTreeSet::new();
    for cluster in &plan.clusters {
        let workloads = cluster.workloads.iter().map(|of| &of.workload.key.namespace);
        let pods = cluster.pods.iter().map(|pod| &pod.key.namespace);
        let jobs = cluster.cron_jobs.iter().map(|of| &of.key.namespace);
        let namespaces: BTreeSet<_> = workloads.chain(pods).chain(jobs).collect();
        for own in cluster.readings(typed) {
            if let Some((namespace, name)) = own.split_once('/') {
                keys.insert(PodKey { namespace: namespace.into(), name: name.into() });
            } else {
                let key = |namespace: &Text| PodKey { namespace: namespace.clone(), name: own.into() };
                keys.extend(namespaces.iter().copied().map(key));
            }
        }
    }
    keys.into_iter().collect()
}

/// The names of the pods that are there, with their namespaces or without.
fn names(cloud: &Cloud, in_full: bool) -> Vec<String> {
    let in_cluster = |cluster: &Cluster| -> Vec<String> {
        let name = |pod: &Pod| {
            if in_full { cluster.spec().called(&pod.key) } else { pod.key.name.to_string() }
        };
        cluster.pods.present().map(|(_, pod)| name(pod)).collect()
    };
    cloud.kubernetes.clusters.iter().flat_map(in_cluster).collect()
}

/// Why a pod cannot be told of.
fn missing(
    plan: &Plan,
    (name, at): (&str, SimDuration),
    gone: Option<SimDuration>,
    made: Option<SimDuration>,
    known: &[String],
) -> WhyProblem {
    if plan.clusters.is_empty() {
        return WhyProblem::new("the scenario has no cluster", None);
    }
    if let Some(gone) = gone {
        let message = format!("pod `{name}` is no more there at {at}: it went at {gone}");
        return WhyProblem::new(message, Some("ask for a time before that with `--at`".to_owned()));
    }
    if let Some(made) = made {
        let message = format!("pod `{name}` is not there yet at {at}: it is made at {made}");
        return WhyProblem::new(message, Some("ask for a time from then on with `--at`".to_owned()));
    }
    WhyProblem::unknown("pod", name, known, "`cloudsim get pods FILE --at T` lists those of a time")
}

fn story(cloud: &Cloud, cluster: &Cluster, pod: &Pod, lives: &Lives<'_>) -> PodStory {
    let node = pod.node.map(|node| cluster.nodes.get(node));
    let zone = node.and_then(|node| node.zone);
    let moments: Vec<Moment> = lives.moments.get(&pod.entity).cloned().unwrap_or_default();
    PodStory {
        cluster: cluster.spec().name.clone(),
        pod: cluster.spec().called(&pod.key),
        status: pod_status(pod),
        ready: pod.ready,
        owner: pod.owner.map(|owner| {
            let workload = &cluster.workloads.get(owner.workload).spec.workload;
            format!("{}/{}", workload.kind.word(), workload.key)
        }),
        made: pod.made,
        from_the_start: lives.from_the_start.contains(&pod.entity),
        node: node.map(|node| node.name.to_string()),
        zone: zone.map(|zone| cloud.plan.zones[zone.index()].name.clone()),
        waits: pod.is_waiting().then(|| waits(cluster, pod)),
        moments,
        decision: cluster.scheduler().last_attempt(&pod.key),
    }
}

fn waits(cluster: &Cluster, pod: &Pod) -> Waits {
    let message = pod.unschedulable.as_ref().map(ToString::to_string);
    let Some(waiting) = cluster.scheduler().queue().get(&pod.key) else {
        let chosen = cluster.scheduler().last_attempt(&pod.key);
        return Waits {
            place: if chosen.is_some() { Where::Chosen } else { Where::Unserved },
            since: pod.made,
            attempts: chosen.map_or(0, |attempted| attempted.attempt),
            rejected_by: Vec::new(),
            gate: None,
            nominated: None,
            message,
        };
    };
    Waits {
        place: match waiting.place {
            Place::Active | Place::InFlight => Where::Active,
            Place::Backoff { until } | Place::ErrorBackoff { until } => Where::Backoff { until },
            Place::Unschedulable { until } => Where::Unschedulable { until },
            Place::Gated => Where::Gated,
        },
        since: waiting.added,
        attempts: waiting.attempts,
        rejected_by: waiting.rejectors.iter().map(|plugin| plugin.to_string()).collect(),
        gate: waiting.gate.as_ref().map(cloudsim_kube_scheduler::framework::Status::message),
        nominated: waiting.pod.nominated_node.as_ref().map(ToString::to_string),
        message,
    }
}

/// What the records tell of all pods of a name.
struct Lives<'a> {
    name: &'a str,
    clusters: &'a [ClusterSpec],
    /// The names of nodes, regions and container images.
    names: BTreeMap<EntityId, String>,
    /// The pods of that name that were there when the run began.
    from_the_start: BTreeSet<EntityId>,
    moments: BTreeMap<EntityId, Vec<Moment>>,
}

impl<'a> Lives<'a> {
    fn of(name: &'a str, clusters: &'a [ClusterSpec]) -> Self {
        Self {
            name,
            clusters,
            names: BTreeMap::new(),
            from_the_start: BTreeSet::new(),
            moments: BTreeMap::new(),
        }
    }

    fn added(&mut self, info: &EntityInfo) {
        if matches!(info.kind, EntityKind::Node | EntityKind::Region | EntityKind::ContainerImage) {
            self.names.insert(info.id, info.name.clone());
        }
        let is_meant = |cluster: &ClusterSpec| {
            let before = cluster.called("");
            let within = || info.name.strip_prefix(&before)?.split_once('/');
            let meant = |(namespace, name)| cluster.is_meant(self.name, |own| is_meant(own, namespace, name));
            within().is_some_and(meant)
        };
        if info.kind == EntityKind::Pod && self.clusters.iter().any(is_meant) {
            self.moments.insert(info.id, Vec::new());
        }
    }

    /// Notes what became of a pod, if it is of that name.
    fn note(
        &mut self,
        pod: EntityId,
        at: SimTime,
        became: Became,
        (reason, node): (PodReason, Option<EntityId>),
    ) {
        let node = node.and_then(|node| self.names.get(&node)).cloned();
        if let Some(moments) = self.moments.get_mut(&pod) {
            moments.push(Moment { at, became, reason, node });
        }
    }

    /// When the last one went, if all have gone.
    fn gone(&self) -> Option<SimTime> {
        let last = self.moments.values().filter_map(|moments| moments.last());
        last.filter(|moment| moment.became == Became::State(PodState::Gone)).map(|moment| moment.at).max()
    }

    /// When the first one came.
    fn began(&self) -> Option<SimTime> {
        self.moments.values().filter_map(|moments| moments.first()).map(|moment| moment.at).min()
    }
}

impl RecordSink<Record> for Lives<'_> {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        for stamped in batch {
            match &stamped.record {
                Record::RunStarted(started) => {
                    for info in &started.entities {
                        self.added(info);
                    }
                    self.from_the_start = self.moments.keys().copied().collect();
                }
                Record::EntityAdded(info) => self.added(info),
                Record::PodChanged { pod, node, state, reason } => {
                    self.note(*pod, stamped.at, Became::State(*state), (*reason, *node));
                }
                Record::PodUnschedulable { pod, message, .. } => {
                    let became = Became::Unschedulable(message.to_string());
                    self.note(*pod, stamped.at, became, (PodReason::None, None));
                }
                Record::EvictionRefused { pod, budget, .. } => {
                    let became = Became::Kept(budget.to_string());
                    self.note(*pod, stamped.at, became, (PodReason::Drained, None));
                }
                Record::ImagePullFailed { pod, image, region } => {
                    let name = |of: &EntityId| self.names.get(of).cloned().unwrap_or_default();
                    let became = Became::NotPulled { image: name(image), region: name(region) };
                    self.note(*pod, stamped.at, became, (PodReason::None, None));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_scenario::{MemoryFiles, Overrides, load};

    #[derive(Default)]
    struct All(Vec<Stamped<Record>>);

    impl RecordSink<Record> for All {
        fn take(&mut self, batch: &[Stamped<Record>]) {
            self.0.extend_from_slice(batch);
        }
    }

    #[test]
    fn watching_changes_no_record() {
        let overrides = Overrides {
            interventions: vec!["1m: scale deployment/shop/api 60".into()],
            ..Overrides::default()
        };
        let plan = load(&MemoryFiles::default(), "k8s-whole-zone", &overrides).expect("it ships").plan;
        let until = SimTime::from_secs(9 * 60);
        let run = |asked: &Asked| {
            let (mut kernel, mut all) = (Kernel::<Root>::new(7), All::default());
            let mut cloud = Cloud::place_asked(&plan, 7, asked, &mut kernel);
            kernel.run(&mut cloud, until, &mut all, |_| false);
            (cloud, all)
        };
        let (cloud, alone) = run(&Asked::default());
        let pods: Vec<PodKey> =
            cloud.kubernetes.clusters[0].pods.present().map(|(_, pod)| pod.key.clone()).collect();
        assert!(pods.len() > 60 && alone.0.len() > 200, "{} pods, {} records", pods.len(), alone.0.len());
        let (watched, all) = run(&Asked { held_back: None, pods: pods.clone() });
        assert_eq!(all.0, alone.0);
        let scheduler = watched.kubernetes.clusters[0].scheduler();
        assert!(pods.iter().all(|pod| scheduler.last_attempt(pod).is_some()), "all were tried");
    }
}

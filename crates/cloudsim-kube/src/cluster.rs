//! A cluster: what the API server keeps, who works on it, and what is true on the nodes.

mod commits;
mod control_plane;
mod watchers;

use crate::api_server::{ApiServer, Client, Request, Write};
use crate::controllers::autoscaler::Autoscaler;
use crate::controllers::cluster_autoscaler::ClusterAutoscaler;
use crate::controllers::cron_job::CronJobState;
use crate::controllers::deployment::Rollout;
use crate::controllers::job::JobState;
use crate::controllers::karpenter::Karpenter;
use crate::controllers::node_lifecycle::NodeLifecycle;
use crate::controllers::persistent_volume::eks_class;
use crate::events::KubeEvents;
use crate::ids::{KubeServiceId, NodeId, PodId, WorkloadId};
use crate::kubelet::Pulls;
use crate::leader_election::Leases;
use crate::limits;
use crate::metrics::Metrics;
use crate::nodes::{Node, NodeInfo, Nodes, Ready};
use crate::objects::{Kind, Text};
use crate::pods::{NewPod, Phase, Pod, Pods};
use crate::proxy::{Proxies, Slices};
use crate::scheduling::Scheduling;
use crate::spec::{BarePodSpec, ClusterSpec, KubeServiceSpec, WorkloadSpec};
use crate::volumes::Volumes;
use crate::words::{Event, KubeContext, Signal};
use crate::workloads::{Revision, Workload, Workloads};
use cloudsim_engine::{Stream, Streams};
use cloudsim_kube_scheduler::objects::{self as scheduler, BindingMode, PersistentVolumeClaim, PodKey};
use cloudsim_kube_scheduler::{Delta, REGION, ZONE};
use cloudsim_records::{EntityId, EntityKind, NodeState, PodReason, PodState, Record};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::ZoneId;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What the condition of a pod at its scheduling gates says.
///
/// Source: kube-scheduler and registry, `PodScheduled` with reason `SchedulingGated`
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/>).
const GATED: &str = "Scheduling is blocked due to non-empty scheduling gates";

/// A service, with the pods behind it as its endpoint slices have them.
#[derive(Debug)]
pub struct KubeService {
    /// What it is.
    pub spec: KubeServiceSpec,
    /// The ready pods behind it, as those who watch its endpoint slices know them.
    pub endpoints: BTreeSet<PodId>,
    /// The same as the slices say.
    pub written: BTreeSet<PodId>,
    /// The pods that it chooses, ready or not, that have not gone.
    pub(crate) pods: BTreeSet<PodId>,
    /// Where the slices lead, if it is called.
    pub(crate) slices: Arc<Slices>,
    /// Its entity, if it is called and the run has begun.
    pub(crate) entity: Option<EntityId>,
    /// Whether its controller has asked for an update that is not written yet.
    pub(crate) asked: bool,
}

/// A node that is to join.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// As the API will have it.
    pub object: scheduler::Node,
    /// What it says of itself.
    pub info: NodeInfo,
    /// Its zone, if it is in one.
    pub zone: Option<ZoneId>,
    /// From a running host until its kubelet has joined.
    pub join: DurationDistribution,
}

/// A cluster.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the cluster autoscaler is called so")]
pub struct Cluster {
    pub(crate) spec: ClusterSpec,
    pub(crate) entity: EntityId,
    /// The nodes.
    pub nodes: Nodes,
    /// The pods.
    pub pods: Pods,
    /// The workloads.
    pub workloads: Workloads,
    /// The services.
    pub services: Vec<KubeService>,
    /// Claims and volumes.
    pub volumes: Volumes,
    /// What the components said.
    pub events: KubeEvents,
    pub(crate) by_key: BTreeMap<PodKey, PodId>,
    pub(crate) api: ApiServer,
    pub(crate) api_luck: Stream,
    pub(crate) leases: Leases,
    /// Zones from which no API server that answers is reached, as it was when one last answered.
    pub(crate) cut_off: BTreeSet<ZoneId>,
    /// Round trips between zones, by index.
    pub(crate) rtt: Vec<Vec<SimDuration>>,
    pub(crate) scheduling: Scheduling,
    pub(crate) node_lifecycle: NodeLifecycle,
    /// By their places in the specification; `None` if what one scales is not there.
    pub(crate) autoscalers: Vec<Option<Autoscaler>>,
    pub(crate) cluster_autoscaler: ClusterAutoscaler,
    pub(crate) karpenter: Karpenter,
    pub(crate) metrics: Metrics,
    pub(crate) proxies: Proxies,
    pub(crate) cron_jobs: Vec<CronJobState>,
    pub(crate) garbage_armed: bool,
    /// Pods that the eviction API has let go and that are not told yet.
    pub(crate) evicting: BTreeSet<PodId>,
    /// Pods of which it was told that their budgets let them not go.
    pub(crate) kept: BTreeSet<PodId>,
    /// The pods that each disruption budget protects, by its place in the specification.
    pub(crate) protected: Vec<BTreeSet<PodId>>,
    /// The priorities that pods have or had: with one alone, no pod makes room for another.
    pub(crate) priorities: BTreeSet<i32>,
    /// Nodes that are gone and still have pods, with the time at which that was seen.
    pub(crate) orphaned: BTreeMap<NodeId, SimTime>,
    /// Nodes that are still there although their instance is not.
    pub(crate) without_instance: BTreeSet<NodeId>,
    /// Workloads of which the choice of a node has been told in full since nodes were last lost.
    pub(crate) ranked: BTreeSet<WorkloadId>,
    /// Whether the run has begun: before, what is made is there at once.
    pub(crate) begun: bool,
    /// The workload that nobody has applied yet.
    pub(crate) held_back: Option<WorkloadId>,
    /// The zone that traffic is shifted away from, and the nodes there that were cordoned for that.
    pub(crate) shifted: Option<(ZoneId, Vec<NodeId>)>,
}

impl Cluster {
    /// A cluster without nodes and pods.
    ///
    /// `rtt` is a round trip between two zones.
    pub fn new(
        mut spec: ClusterSpec,
        entity: EntityId,
        rtt: impl Fn(ZoneId, ZoneId) -> SimDuration,
        zones: usize,
        streams: &Streams,
    ) -> Cluster {
        let path = format!("clusters/{}", spec.name);
        if spec.storage_classes.is_empty() {
            spec.storage_classes.push(eks_class());
        }
        for class in &mut spec.storage_classes {
            class.binding_mode.get_or_insert(BindingMode::Immediate);
        }
        let control_plane = &spec.control_plane;
        let zone = ZoneId::from_index;
        let first = streams.stream(&path, "etcd leader").word();
        let servers = control_plane.api_servers.len();
        let services = spec.services.iter().map(|spec| KubeService {
            spec: spec.clone(),
            endpoints: BTreeSet::new(),
            written: BTreeSet::new(),
            pods: BTreeSet::new(),
            slices: Arc::default(),
            entity: None,
            asked: false,
        });
        Cluster {
            entity,
            nodes: Nodes::default(),
            pods: Pods::default(),
            workloads: Workloads::default(),
            services: services.collect(),
            volumes: Volumes::default(),
            events: KubeEvents::default(),
            by_key: BTreeMap::new(),
            api: ApiServer::new(control_plane, first),
            api_luck: streams.stream(&path, "API server"),
            leases: Leases::new(servers, streams.stream(&path, "leader election")),
            cut_off: BTreeSet::new(),
            rtt: (0..zones).map(|a| (0..zones).map(|b| rtt(zone(a), zone(b))).collect()).collect(),
            scheduling: Scheduling::new(&spec, streams.stream(&path, "scheduler")),
            node_lifecycle: NodeLifecycle::default(),
            autoscalers: Vec::new(),
            cluster_autoscaler: ClusterAutoscaler::new(&spec, streams.stream(&path, "cluster autoscaler")),
            karpenter: Karpenter::new(&spec, streams.stream(&path, "karpenter")),
            metrics: Metrics::default(),
            proxies: Proxies::default(),
            cron_jobs: Vec::new(),
            garbage_armed: false,
            evicting: BTreeSet::new(),
            kept: BTreeSet::new(),
            protected: vec![BTreeSet::new(); spec.disruption_budgets.len()],
            priorities: BTreeSet::new(),
            orphaned: BTreeMap::new(),
            without_instance: BTreeSet::new(),
            ranked: BTreeSet::new(),
            begun: false,
            held_back: None,
            shifted: None,
            spec,
        }
    }

    /// Holds a workload back, before anything is placed: nobody has applied it, and it has no pods.
    pub fn hold_back(&mut self, workload: WorkloadId) {
        self.held_back = Some(workload);
    }

    /// Keeps the last attempt to schedule a pod of that name; see [`cloudsim_kube_scheduler::Scheduler::watch`].
    pub fn watch(&mut self, pod: PodKey) {
        self.scheduling.scheduler.watch(pod);
    }

    /// A request that is under way to the API server, by its number.
    #[must_use]
    pub fn request(&self, request: u32) -> Option<&Request> {
        self.api.request(request)
    }

    /// What it was when the run began.
    #[must_use]
    pub fn spec(&self) -> &ClusterSpec {
        &self.spec
    }

    /// Its entity.
    #[must_use]
    pub fn entity(&self) -> EntityId {
        self.entity
    }

    /// Whether its API servers answer.
    #[must_use]
    pub fn api_answers(&self) -> bool {
        self.api.answers()
    }

    /// The scheduler, with its view of the cluster.
    #[must_use]
    pub fn scheduler(&self) -> &cloudsim_kube_scheduler::Scheduler {
        &self.scheduling.scheduler
    }

    /// Adds a node that has long been there.
    pub fn place_node(&mut self, node: NewNode, ready: bool, ctx: &mut impl KubeContext) -> NodeId {
        let id = self.add_node(node, ctx);
        let now = ctx.now();
        let path = format!("clusters/{}/nodes/{}", self.spec.name, self.nodes.get(id).name);
        let phase = ctx.streams().stream(&path, "lease").below(limits::LEASE_RENEWAL.as_nanos());
        let node = self.nodes.get_mut(id);
        node.lease_phase = SimDuration::from_nanos(phase);
        node.registered = true;
        node.kubelet_up = ready;
        node.host_up = ready;
        if ready {
            node.ready = Ready::True;
            node.heard = (now, None);
        } else {
            node.ready = Ready::Unknown;
            node.heard = (now, Some(now));
            self.control_plane_was_down_on(id);
        }
        // The node controller has long seen how it is.
        let (taints, _) = self.condition_taints(id);
        self.nodes.get_mut(id).object.taints.extend(taints);
        self.tell_scheduler_of_node(id, now);
        id
    }

    fn add_node(&mut self, new: NewNode, ctx: &mut impl KubeContext) -> NodeId {
        let now = ctx.now();
        let name = new.object.name.clone();
        let label = |key: &str| new.object.labels.get(key).map_or("", |value| &**value);
        let zone_key: Text = format!("{}:{}", label(REGION), label(ZONE)).into();
        let entity = ctx.add(EntityKind::Node, &name, new.zone, Some(self.entity));
        self.nodes.push(Node {
            name,
            entity,
            info: new.info,
            zone: new.zone,
            zone_key,
            joined: now,
            object: new.object,
            ready: Ready::Unknown,
            ready_since: now,
            memory_pressure: false,
            memory_low: None,
            watches_memory: false,
            pods: BTreeSet::new(),
            gone: false,
            volumes_in_use: BTreeSet::new(),
            volumes_released: BTreeSet::new(),
            draining: false,
            to_lose: BTreeSet::new(),
            knows_no_pods: false,
            host_up: true,
            cuts: 0,
            connected: !new.zone.is_some_and(|zone| self.cut_off.contains(&zone)),
            kubelet_up: false,
            left: BTreeSet::new(),
            epoch: 0,
            lease_phase: SimDuration::ZERO,
            heard: (now, None),
            last_renewal_before: now,
            join: new.join,
            registered: false,
            images: FxHashMap::default(),
            pulls: Pulls::default(),
            lease_seen: now,
            probe_timestamp: now,
        })
    }

    /// A host that is to be a node runs: it joins once its kubelet has started.
    pub fn host_runs(&mut self, new: NewNode, ctx: &mut impl KubeContext) -> NodeId {
        let id = self.add_node(new, ctx);
        self.start_kubelet(id, ctx);
        id
    }

    /// A node's addresses are known, on the internet only if it has one there.
    pub fn node_has_addresses(&mut self, id: NodeId, internal: Ipv4Addr, external: Option<Ipv4Addr>) {
        let info = &mut self.nodes.get_mut(id).info;
        info.internal_ip = Some(internal.to_string().into());
        info.external_ip = external.map(|address| address.to_string().into());
    }

    /// A pod that does not use its node's has an address.
    pub fn pod_has_address(&mut self, id: PodId, address: Ipv4Addr) {
        self.pods.get_mut(id).address = Some(address);
    }

    /// The address of a pod, which may be that of its node.
    #[must_use]
    pub fn address_of(&self, id: PodId) -> Option<Text> {
        let pod = self.pods.get(id);
        if pod.template.host_network {
            return pod.node.and_then(|node| self.nodes.get(node).info.internal_ip.clone());
        }
        pod.address.map(|address| address.to_string().into())
    }

    /// Places what controllers keep running and what waits, and lets the run begin. Nodes are there already.
    pub fn begin(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        self.tell_scheduler_what_stands(now);
        self.place_storage(ctx);
        let workloads = self.spec.workloads.clone();
        for spec in workloads {
            self.add_workload(spec, ctx);
        }
        self.tell_scheduler_of_workloads(now);
        let bare = std::mem::take(&mut self.spec.pods);
        for pod in &bare {
            self.place_bare_pod(pod, ctx);
        }
        self.spec.pods = bare;
        // Daemons came with their nodes, before others were there to take their room.
        let all = (0..self.spec.workloads.len()).map(WorkloadId::from_index);
        let is_daemon =
            |id: &WorkloadId| matches!(self.workloads.get(*id).spec.workload.kind, Kind::DaemonSet { .. });
        let (daemons, others): (Vec<_>, Vec<_>) = all.partition(is_daemon);
        let is_ordered = |id: &WorkloadId| {
            matches!(self.workloads.get(*id).spec.workload.kind, Kind::StatefulSet { ordered: true, .. })
        };
        let ordered: Vec<WorkloadId> = others.iter().copied().filter(is_ordered).collect();
        for workload in daemons.into_iter().chain(others) {
            self.sync_workload(workload, ctx);
        }
        loop {
            // What waits is tried before the run begins, as often as that brings anything on.
            while let Some((tried, ranking)) = self.try_next(now) {
                self.tried(tried, ranking, ctx);
            }
            // Whose pods come one by one goes on where the last has a place.
            let made = self.pods.all().count();
            for &workload in &ordered {
                self.sync_workload(workload, ctx);
            }
            if self.pods.all().count() == made {
                break;
            }
        }
        for service in 0..self.services.len() {
            self.place_endpoints(KubeServiceId::from_index(service), ctx);
        }
        self.place_proxies(ctx);
        self.add_called_services(ctx);
        self.begun = true;
        self.begin_autoscaling(ctx);
        self.begin_watching_memory(ctx);
        self.begin_scanning(ctx);
        self.begin_karpenter(ctx);
        self.begin_cron_jobs(ctx);
        for workload in 0..self.spec.workloads.len() {
            self.tell_serving(WorkloadId::from_index(workload), None, ctx);
        }
        for (_, node) in self.nodes.present().filter(|(_, node)| node.ready != Ready::True) {
            ctx.record(Record::NodeChanged { node: node.entity, state: NodeState::Unknown });
        }
        if !self.api.answers() {
            ctx.record(Record::ControlPlaneChanged { cluster: self.entity, answers: false });
        }
        let waiting: Vec<PodId> =
            self.pods.present().filter(|(_, pod)| pod.is_waiting()).map(|(id, _)| id).collect();
        for pod in waiting {
            self.tell(pod, PodState::Pending, PodReason::None, ctx);
            self.tell_unschedulable(pod, ctx);
        }
        let period = self.spec.control_plane.node_monitor_period;
        let path = format!("clusters/{}", self.spec.name);
        let phase = ctx.streams().stream(&path, "node monitor").below(period.as_nanos().max(1));
        ctx.schedule_in(SimDuration::from_nanos(phase), Event::NodesMonitored);
        self.wake_scheduler(ctx);
    }

    pub(crate) fn add_workload(&mut self, spec: WorkloadSpec, ctx: &mut impl KubeContext) -> WorkloadId {
        let workload = &spec.workload;
        let name = workload.path();
        let entity = ctx.add(EntityKind::Workload, &self.spec.called(&name), None, Some(self.entity));
        let template = Arc::new(workload.template.clone());
        let hash = written_hash(&spec);
        let hash = hash.unwrap_or_else(|| crate::names::hash(&format!("{name} {:?}", workload.template.api)));
        let prototype = workload.template.scheduling(&workload.key.namespace, "prototype", &[]);
        let prototype = prototype.expect("a template that was read once is read again");
        let replicas = workload.replicas;
        let held_back = self.held_back == Some(WorkloadId::from_index(self.workloads.iter().count()));
        let pods = spec.pods.clone().filter(|_| !held_back);
        let is_job = matches!(workload.kind, Kind::Job(_));
        let (namespace, labels) = (&spec.workload.key.namespace, &prototype.labels);
        let budget =
            self.spec.disruption_budgets.iter().position(|budget| budget.protects(namespace, labels));
        let id = self.workloads.push(Workload {
            spec,
            entity,
            budget,
            replicas,
            revisions: vec![Revision { template, prototype, hash, replicas, made: SimTime::ZERO }],
            pods: BTreeSet::new(),
            serving: 0,
            asked: BTreeMap::new(),
            asked_ordinals: BTreeSet::new(),
            asked_nodes: BTreeSet::new(),
            ending: BTreeSet::new(),
            made: 0,
            rollout: (!held_back).then_some(Rollout::BEFORE),
            job: is_job.then(JobState::default),
            gone: false,
        });
        for placed in pods.iter().flatten() {
            let name = placed.name.to_string();
            let node = placed.node.as_ref().and_then(|node| self.nodes.named(node));
            let ordinal = self.ordinal_in(id, &name);
            let daemon_of = node.filter(|_| self.workloads.get(id).is_daemon_set());
            let new = self.new_pod(id, 0, (name, ordinal, daemon_of));
            self.make_pod(new, node, ctx);
        }
        id
    }

    fn place_bare_pod(&mut self, spec: &BarePodSpec, ctx: &mut impl KubeContext) {
        let object = spec.template.scheduling(&spec.key.namespace, &spec.key.name, &[]);
        let object = object.expect("a template that was read once is read again");
        let template = Arc::new(spec.template.clone());
        let key = PodKey { namespace: spec.key.namespace.clone(), name: spec.key.name.clone() };
        let object = self.admitted(object, &template);
        let node = spec.node.as_ref().and_then(|node| self.nodes.named(node));
        self.make_pod(NewPod { key, template, object, owner: None, claims: Vec::new() }, node, ctx);
    }

    /// What admission adds to a pod: the priority of its class.
    pub(crate) fn admitted(
        &self,
        mut object: scheduler::Pod,
        template: &crate::objects::PodTemplate,
    ) -> scheduler::Pod {
        let classes = &self.spec.priority_classes;
        let class = match &template.priority_class {
            Some(name) => classes.iter().find(|class| class.name == *name),
            None => classes.iter().find(|class| class.global_default),
        };
        if let Some(class) = class {
            object.priority = class.value;
            object.never_preempts |= class.never_preempts;
        }
        object
    }

    /// Puts a pod into the API; bound to a node, if it is there already and has long been running.
    pub(crate) fn make_pod(
        &mut self,
        new: NewPod,
        node: Option<NodeId>,
        ctx: &mut impl KubeContext,
    ) -> PodId {
        let now = ctx.now();
        let NewPod { key, template, mut object, owner, claims } = new;
        let name = self.spec.called(&key);
        let parent = owner.map_or(self.entity, |owner| self.workloads.get(owner.workload).entity);
        let zone = node.and_then(|node| self.nodes.get(node).zone);
        let entity = ctx.add(EntityKind::Pod, &name, zone, Some(parent));
        object.uid = format!("{}", entity.0).into();
        let is_gated = !object.scheduling_gates.is_empty();
        for claim in claims {
            self.make_claim(claim, ctx);
        }
        for (name, claim) in &template.ephemeral {
            let key = object.claim(&format!("{}-{name}", key.name).into());
            let controller = Some(object.uid.clone());
            self.make_claim(PersistentVolumeClaim { key, controller, ..claim.clone() }, ctx);
        }
        let id = self.pods.push(Pod {
            key: key.clone(),
            entity,
            owner,
            template,
            object: Arc::new(object),
            made: now,
            taken_on: None,
            image_asked: SimTime::ZERO,
            failed_pull: None,
            due: 0,
            node: None,
            phase: Phase::Pending,
            ready: false,
            ready_since: now,
            containers_ready: false,
            address: None,
            ending: None,
            evicted: false,
            gone: false,
            unschedulable: is_gated.then(|| GATED.into()),
            services: Vec::new(),
            step: None,
            answers: false,
            answers_since: SimTime::ZERO,
            serves: false,
            counts: false,
            restarts: 0,
            last_ended: None,
            started: None,
            epoch: 0,
            binding: None,
            looks_since: None,
            refused: BTreeSet::new(),
            failures: 0,
            eviction: None,
            plans: 0,
        });
        if self.begun {
            // Who watches learns of one name in order: that the last one is gone, before that there is another.
            self.scheduling.scheduler.apply(now, Delta::PodDeleted(key.clone()));
        }
        self.by_key.insert(key, id);
        for claim in self.claims_of(id) {
            self.volumes.claim_mut(claim).pods.insert(id);
        }
        self.budgets_gain(id);
        self.services_gain(id);
        if let Some(owner) = owner {
            self.workloads.get_mut(owner.workload).pods.insert(id);
        }
        if let Some(node) = node {
            self.settle_on(id, node, ctx);
            return id;
        }
        if self.begun {
            self.tell(id, PodState::Pending, PodReason::None, ctx);
        }
        if let Some(name) = self.pods.get(id).object.node_name.clone() {
            // Nobody has to choose; without that node it waits for ever.
            match self.nodes.named(&name) {
                Some(node) => self.bind_as_named(id, node, ctx),
                None if self.begun => self.tell_unschedulable(id, ctx),
                None => {}
            }
            return id;
        }
        let object = scheduler::Pod::clone(&self.pods.get(id).object);
        self.scheduling.scheduler.apply(now, Delta::Pod(object));
        if self.begun {
            self.tell_unschedulable(id, ctx);
        }
        id
    }

    /// A pod names its node itself.
    fn bind_as_named(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if !self.begun {
            self.settle_on(id, node, ctx);
            return;
        }
        self.bind(id, node);
        self.tell(id, PodState::Scheduled, PodReason::None, ctx);
        let object = scheduler::Pod::clone(&self.pods.get(id).object);
        self.scheduling.scheduler.apply(ctx.now(), Delta::Pod(object));
        ctx.schedule_in(self.spec.assumed.watch, Event::PodBoundSeen { pod: id });
    }

    /// Binds a pod to a node on which it has long been running.
    pub(crate) fn settle_on(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let alive = self.nodes.get(node).is_heard();
        self.bind(id, node);
        self.settle_volumes(id, node, ctx);
        let pod = self.pods.get_mut(id);
        pod.phase = Phase::Running;
        pod.ready = alive;
        pod.containers_ready = true;
        pod.taken_on = Some(now);
        pod.started = Some(now);
        for container in pod.template.init_containers.iter().chain(&pod.template.containers) {
            self.nodes.get_mut(node).images.insert(container.image.clone(), SimTime::ZERO);
        }
        let object = scheduler::Pod::clone(&pod.object);
        if alive {
            ctx.signal(Signal::PodStarted { pod: id });
            let pod = self.pods.get_mut(id);
            pod.step = Some(crate::words::Step::Ready);
            self.pod_answers(id, true, ctx);
            self.set_serves(id, true, ctx);
            self.begin_work(id, ctx);
        }
        self.scheduling.scheduler.apply(now, Delta::Pod(object));
    }

    pub(crate) fn bind(&mut self, id: PodId, node: NodeId) {
        let name = self.nodes.get(node).name.clone();
        let pod = self.pods.get_mut(id);
        let mut object = scheduler::Pod::clone(&pod.object);
        object.node_name = Some(name);
        object.nominated_node = None;
        pod.object = Arc::new(object);
        pod.node = Some(node);
        pod.unschedulable = None;
        self.nodes.get_mut(node).pods.insert(id);
    }

    /// Notes whether a pod's process answers, and tells others.
    pub(crate) fn pod_answers(&mut self, id: PodId, answers: bool, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        if pod.answers != answers {
            pod.answers = answers;
            if answers {
                pod.answers_since = ctx.now();
            }
            ctx.signal(if answers { Signal::PodAnswers { pod: id } } else { Signal::PodStopped { pod: id } });
        }
    }

    /// Notes whether a pod serves.
    pub(crate) fn set_serves(&mut self, id: PodId, serves: bool, ctx: &mut impl KubeContext) {
        self.pods.get_mut(id).serves = serves;
        self.count_serving(id, ctx);
    }

    /// Counts a pod among those of its workload that serve if it does and the API server has it as ready.
    fn count_serving(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        let serves = pod.serves && pod.ready;
        if pod.counts == serves {
            return;
        }
        pod.counts = serves;
        let Some(owner) = pod.owner else { return };
        let entity = pod.entity;
        let workload = self.workloads.get_mut(owner.workload);
        workload.serving = if serves { workload.serving + 1 } else { workload.serving - 1 };
        if self.begun {
            self.tell_serving(owner.workload, Some(entity), ctx);
        }
    }

    pub(crate) fn tell_serving(
        &self,
        workload: WorkloadId,
        pod: Option<EntityId>,
        ctx: &mut impl KubeContext,
    ) {
        let wanted = self.wanted(workload);
        let needed = self.needed_of(workload, wanted).pods;
        let workload = self.workloads.get(workload);
        let (serving, workload) = (workload.serving, workload.entity);
        ctx.record(Record::WorkloadServes { workload, pod, serving, wanted, needed });
    }

    /// Records what became of a pod.
    pub(crate) fn tell(&self, id: PodId, state: PodState, reason: PodReason, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let node = pod.node.map(|node| self.nodes.get(node).entity);
        ctx.record(Record::PodChanged { pod: pod.entity, node, state, reason });
    }

    /// Asks the API server for something.
    pub(crate) fn ask(&mut self, client: Client, write: Write, ctx: &mut impl KubeContext) {
        let processing = self.spec.assumed.api_request.sample(self.api_luck.word());
        let rtt = &self.rtt;
        let storing = self.api.write_latency(|a, b| rtt[a.index()][b.index()]);
        let storing = storing.map(|quorum| quorum + self.spec.assumed.etcd_fsync);
        let takes = (processing, storing.unwrap_or(SimDuration::ZERO));
        let (request, done) = self.api.ask(client, write, ctx.now(), takes);
        ctx.schedule_at(done, Event::Committed { request });
    }

    /// Lets an event happen.
    pub fn handle(&mut self, event: Event, ctx: &mut impl KubeContext) {
        match event {
            Event::Committed { request } => {
                let taken = self.api.take(request);
                let write = taken.and_then(|(client, write, of)| self.let_through(client, write, of.leaves));
                if let Some(write) = write {
                    self.commit(write, ctx);
                }
            }
            Event::NodesMonitored => self.monitor_nodes(ctx),
            Event::NodesTainted => self.taint_nodes(ctx),
            Event::ToleranceEnded { pod, plan } => self.tolerance_ended(pod, plan, ctx),
            Event::CloudNodesMonitored => self.monitor_cloud_nodes(ctx),
            Event::GarbageCollected => self.collect_garbage(ctx),
            Event::PodTried => self.try_pod(ctx),
            Event::KubeletStarted { node, epoch } => self.kubelet_started(node, epoch, ctx),
            Event::PodAdvanced { pod, step, epoch } => self.pod_advanced(pod, step, epoch, ctx),
            Event::ContainerDue { pod, container, epoch } => self.container_due(pod, container, epoch, ctx),
            Event::ImagePulled { pod, container, epoch } => self.image_pulled(pod, container, epoch, ctx),
            Event::PullEnded { node, pull } => self.pull_ended(node, pull, ctx),
            Event::ProbeMade { pod, probe, epoch } => self.probe_made(pod, probe, epoch, ctx),
            Event::Reconnected { node, cut } => self.reconnected(node, cut, ctx),
            Event::HostReturned { node, epoch } => self.host_back(node, epoch, ctx),
            Event::DrainContinued { node } => self.go_on_draining(node, ctx),
            Event::TargetsReconciled { service } => self.reconcile_targets(service, ctx),
            Event::LeaderElected => self.leader_elected(ctx),
            Event::LeaseTaken { of } => self.lease_taken(of, ctx),
            Event::CronJobDue { cron_job } => self.cron_job_due(cron_job, ctx),
            Event::CpuRead { pod, life } => self.read_cpu(pod, life, ctx),
            Event::MemoryLookedAt { node, epoch } => self.look_at_memory(node, epoch, ctx),
            Event::MetricsScraped => self.scrape_metrics(ctx),
            Event::AutoscalerSynced { autoscaler } => self.sync_autoscaler(autoscaler, ctx),
            Event::ClusterScanned => self.scan_cluster(ctx),
            Event::NodeLeaves { node } => self.node_leaves(node, ctx),
            Event::PodWantsNode { pod } => self.pod_wants_node(pod, ctx),
            Event::BatchChecked => self.check_batch(ctx),
            Event::NodeClaimSeen { claim } => self.node_claim_seen(claim, ctx),
            Event::FleetCalled { claim } => self.fleet_called(claim, ctx),
            Event::NodeClaimAged { claim } => self.claim_aged(claim, ctx),
            Event::NodeClaimsCollected => self.collect_claims(ctx),
            Event::DisruptionConsidered => self.consider_disruption(ctx),
            Event::DisruptionValidated => self.validate_disruption(ctx),
            Event::NodeClaimLeaves { claim } => self.node_claim_leaves(claim, ctx),
            Event::NodeSeen { node } => self.node_seen(node, ctx),
            Event::NodeGoneSeen { node } => self.node_gone_seen(node, ctx),
            Event::PodMadeSeen { pod } => self.sync_owner_of(pod, ctx),
            Event::PodBoundSeen { pod } => self.pod_bound_seen(pod, ctx),
            Event::PodStatusSeen { pod } => self.pod_status_seen(pod, ctx),
            Event::PodDeletedSeen { pod } => self.pod_deleted_seen(pod, ctx),
            Event::PodGoneSeen { pod } => self.pod_gone_seen(pod, ctx),
            Event::EndpointsSeen { service } => self.endpoints_seen(service, ctx),
            Event::SlicesSeen { service } => self.slices_seen(service, ctx),
            Event::ProxySyncs { node, epoch } => self.proxy_syncs(node, epoch, ctx),
            Event::ProxySynced { node, epoch } => self.proxy_synced(node, epoch, ctx),
            Event::WorkloadSeen { workload } => self.sync_workload(workload, ctx),
            Event::ClaimSeen { claim } => self.claim_seen(claim, ctx),
            Event::VolumeMade { claim } => self.volume_made(claim, ctx),
            Event::ClaimsBound { pod } => self.claims_are_bound(pod, ctx),
            Event::VolumeChecked { volume } => self.sync_volume(volume, ctx),
            Event::VolumeMoved { attachment, call } => self.volume_moved(attachment, call, ctx),
            Event::AttachmentSeen { attachment } => self.attachment_seen(attachment, ctx),
            Event::VolumesReported { node } => self.volumes_reported(node, ctx),
            Event::VolumesInUseSeen { node } => self.volumes_in_use_seen(node, ctx),
        }
        self.wake_scheduler(ctx);
    }
}

/// The hash of its template that the pods of a deployment have in their names, `NAME-HASH-…`, if there are pods: those that are
/// made in their place have it too. Of several that of most pods.
fn written_hash(spec: &WorkloadSpec) -> Option<String> {
    if !matches!(spec.workload.kind, Kind::Deployment { .. }) {
        return None;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in spec.pods.iter().flatten() {
        let own = pod.name.strip_prefix(&*spec.workload.key.name).and_then(|rest| rest.strip_prefix('-'));
        if let Some((hash, _)) = own.and_then(|own| own.split_once('-')) {
            *counts.entry(hash).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, pods)| *pods);
    most.map(|(hash, _)| hash.to_owned())
}

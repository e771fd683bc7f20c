//! A small world around a cluster: an engine that runs it, and entities that are only numbers.

use cloudsim_engine::{Context, EventKey, Kernel, Model, RecordSink, Stamped, Streams, Vocabulary};
use cloudsim_kube::objects::{Budget, ObjectKey, PodDisruptionBudget, PodTemplate, UnhealthyPods, Workload};
use cloudsim_kube::spec::{BarePodSpec, ClusterSpec, ControlPlaneSpec, SchedulerSpec, WorkloadSpec};
use cloudsim_kube::{
    Cluster, Event, Inventory, Kube, Minor, NewNode, NodeGroups, NodeId, NodeInfo, Offering, PodId,
    Processors, Registries, Signal, limits,
};
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_records::{EntityId, EntityKind, Record};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::{AutoScalingGroupId, ZoneId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// The address of every pod.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);

/// The words of the little world: those of the cluster, and what a test does.
#[derive(Debug)]
pub(crate) struct Words;

/// Something that a test does at a time.
pub(crate) type Deed = fn(&mut Cluster, &mut Cx<'_>);

/// Something that may happen to a cluster in a random history. Nodes and pods are counted as they are there then.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Die(usize),
    Return(usize),
    Connect(usize, bool),
    Drain(usize),
    Uncordon(usize),
    Delete(usize),
    Scale(u32),
    Restart,
    ControlPlane(u32, bool),
    Gone(usize),
    OutOfService(usize),
}

impl Act {
    fn happens(self, cluster: &mut Cluster, cx: &mut Cx<'_>) {
        let nodes: Vec<NodeId> = cluster.nodes.present().map(|(id, _)| id).collect();
        let is_about_pods =
            matches!(self, Act::Delete(_) | Act::Scale(_) | Act::Restart | Act::ControlPlane(..));
        if nodes.is_empty() && !is_about_pods {
            return;
        }
        let node = |place: usize| nodes[place % nodes.len()];
        let workload = cloudsim_kube::WorkloadId(0);
        match self {
            Act::Die(place) => cluster.host_died(node(place), cx),
            Act::Return(place) => cluster.host_returned(node(place), cx),
            Act::Connect(place, connected) => cluster.connect(node(place), connected, cx),
            Act::Drain(place) => cluster.drain(node(place), cx),
            Act::Uncordon(place) => cluster.cordon(node(place), false, cx),
            Act::Delete(place) => {
                let pods: Vec<_> = cluster.pods.present().map(|(id, _)| id).collect();
                if let Some(pod) = pods.get(place % pods.len().max(1)) {
                    cluster.delete_pod(*pod, cx);
                }
            }
            Act::Scale(replicas) => cluster.scale(workload, replicas, cx),
            Act::Restart => cluster.rollout_restart(workload, cx),
            Act::Gone(place) => {
                // Some stay, so that there is always one to choose.
                if nodes.len() > 3 {
                    cluster.instance_gone(node(place), cx);
                }
            }
            Act::OutOfService(place) => cluster.out_of_service(node(place), cx),
            Act::ControlPlane(zone, up) => cluster.control_plane_turns(ZoneId(zone), up, cx),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Root {
    Kube(Event),
    /// The host of an instance of the pool runs.
    HostRuns(u32),
    Deed(usize),
    Act(Act),
}

impl From<Event> for Root {
    fn from(event: Event) -> Root {
        Root::Kube(event)
    }
}

impl Vocabulary for Words {
    type Event = Root;
    type Record = Record;
    type Signal = Signal;
}

/// What a cluster is given: the engine's context, and numbers for its entities.
pub(crate) struct Cx<'a> {
    kernel: &'a mut Kernel<Words>,
    names: &'a mut Vec<String>,
    pub(crate) pool: &'a mut Pool,
}

/// The only group of nodes: instances that come up in 26 seconds, in zones b and c in turn.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) desired: u32,
    /// By their numbers, which nobody else ever has.
    pub(crate) instances: BTreeMap<u32, Option<NodeId>>,
    launched: u32,
    /// Whether new instances can be had.
    pub(crate) has_capacity: bool,
    /// Whether hosts ever run.
    pub(crate) boots: bool,
    /// What was launched for claims of Karpenter's: the pool, and what of it.
    pub(crate) launched_for: BTreeMap<u32, (usize, Offering)>,
    /// Types that zones do not have.
    pub(crate) lacks: BTreeSet<(String, u32)>,
}

impl Pool {
    fn new() -> Pool {
        Pool {
            desired: 0,
            instances: BTreeMap::new(),
            launched: 0,
            has_capacity: true,
            boots: true,
            launched_for: BTreeMap::new(),
            lacks: BTreeSet::new(),
        }
    }

    fn add(&mut self, node: Option<NodeId>) -> u32 {
        self.launched += 1;
        self.instances.insert(self.launched, node);
        self.launched
    }
}

impl NodeGroups for Cx<'_> {
    fn desired(&self, _: AutoScalingGroupId) -> u32 {
        self.pool.desired
    }
    fn instances(&self, _: AutoScalingGroupId) -> Vec<u32> {
        self.pool.instances.keys().copied().collect()
    }
    fn launch_fails(&self, _: AutoScalingGroupId) -> bool {
        !self.pool.has_capacity && self.pool.instances.len() < self.pool.desired as usize
    }
    fn node_of(&self, instance: u32) -> Option<NodeId> {
        self.pool.instances.get(&instance).copied().flatten()
    }
    fn instance_of(&self, node: NodeId) -> Option<u32> {
        let is_it = |(_, of): &(&u32, &Option<NodeId>)| **of == Some(node);
        self.pool.instances.iter().find(is_it).map(|(instance, _)| *instance)
    }
    fn group_entity(&self, _: AutoScalingGroupId) -> EntityId {
        EntityId(0)
    }
}

/// All zones are of one region.
impl Registries for Cx<'_> {
    fn region_of(&self, _: ZoneId) -> u16 {
        0
    }
    fn registry_answers(&self, _: u16) -> bool {
        true
    }
}

impl Context<Kube> for Cx<'_> {
    fn now(&self) -> SimTime {
        Context::<Kube>::now(self.kernel)
    }
    fn streams(&self) -> &Streams {
        Context::<Kube>::streams(self.kernel)
    }
    fn schedule_at(&mut self, at: SimTime, event: impl Into<Event>) {
        Context::<Kube>::schedule_at(self.kernel, at, event);
    }
    fn arm_at(&mut self, at: SimTime, event: impl Into<Event>) -> EventKey {
        Context::<Kube>::arm_at(self.kernel, at, event)
    }
    fn arm_in(&mut self, delay: SimDuration, event: impl Into<Event>) -> EventKey {
        Context::<Kube>::arm_in(self.kernel, delay, event)
    }
    fn cancel(&mut self, key: EventKey) -> bool {
        Context::<Kube>::cancel(self.kernel, key)
    }
    fn record(&mut self, record: impl Into<Record>) {
        Context::<Kube>::record(self.kernel, record);
    }
    fn signal(&mut self, signal: impl Into<Signal>) {
        Context::<Kube>::signal(self.kernel, signal);
    }
}

impl Inventory for Cx<'_> {
    fn add(&mut self, _: EntityKind, name: &str, _: Option<ZoneId>, _: Option<EntityId>) -> EntityId {
        self.names.push(name.to_owned());
        EntityId(u32::try_from(self.names.len() - 1).unwrap())
    }
    fn remove(&mut self, _: EntityId) {}
}

impl Processors for Cx<'_> {
    fn cpu_used(&self, _: PodId) -> SimDuration {
        SimDuration::ZERO
    }
}

/// A cluster that runs by itself.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) names: Vec<String>,
    pub(crate) pool: Pool,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) signals: Vec<(SimTime, Signal)>,
    /// Looks at the cluster after each event.
    pub(crate) check: fn(&Cluster),
}

impl Model<Words> for World {
    fn handle(&mut self, event: Root, kernel: &mut Kernel<Words>) {
        let mut cx = Cx { kernel, names: &mut self.names, pool: &mut self.pool };
        match event {
            Root::HostRuns(instance) => {
                if cx.pool.instances.contains_key(&instance) {
                    let claimed = cx.pool.launched_for.get(&instance);
                    let new = claimed.map_or_else(
                        || node(1 + instance % 2, 100 + instance),
                        |(pool, offering)| {
                            let pools = &self.cluster.spec().karpenter.as_ref().unwrap().pools;
                            let of = &pools[*pool];
                            let object =
                                of.node((offering.kind, offering.zone), &format!("general-{instance}"));
                            NewNode {
                                object,
                                info: NodeInfo::default(),
                                zone: Some(of.zones[offering.zone].zone),
                                join: limits::JOIN,
                            }
                        },
                    );
                    let id = self.cluster.host_runs(new, &mut cx);
                    self.cluster.claim_joins(instance, id);
                    cx.pool.instances.insert(instance, Some(id));
                }
            }
            Root::Kube(event) => self.cluster.handle(event, &mut cx),
            Root::Deed(deed) => self.deeds[deed](&mut self.cluster, &mut cx),
            Root::Act(act) => act.happens(&mut self.cluster, &mut cx),
        }
        (self.check)(&self.cluster);
    }
    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Words>) {
        self.signals.push((Context::<Words>::now(kernel), signal));
        let mut cx = Cx { kernel, names: &mut self.names, pool: &mut self.pool };
        match signal {
            Signal::GroupResized { to, .. } => {
                cx.pool.desired = to;
                while cx.pool.has_capacity && cx.pool.instances.len() < to as usize {
                    let instance = cx.pool.add(None);
                    if cx.pool.boots {
                        let at = Context::<Kube>::now(&cx) + SimDuration::from_secs(26);
                        Context::<Words>::schedule_at(cx.kernel, at, Root::HostRuns(instance));
                    }
                }
            }
            Signal::FleetWanted { claim } => {
                let of = self.cluster.node_claim(claim);
                let pool = of.pool;
                let spec = &self.cluster.spec().karpenter.as_ref().unwrap().pools[pool];
                let is_there = |offering: &&Offering| {
                    let place = (spec.types[offering.kind].name.clone(), spec.zones[offering.zone].zone.0);
                    cx.pool.has_capacity && !cx.pool.lacks.contains(&place)
                };
                let launched = of.offerings.iter().find(is_there).copied();
                let lacking: Vec<Offering> =
                    of.offerings.iter().copied().take_while(|of| Some(*of) != launched).collect();
                let launched = launched.map(|offering| {
                    let instance = cx.pool.add(None);
                    cx.pool.launched_for.insert(instance, (pool, offering));
                    if cx.pool.boots {
                        let at = Context::<Kube>::now(&cx) + SimDuration::from_secs(26);
                        Context::<Words>::schedule_at(cx.kernel, at, Root::HostRuns(instance));
                    }
                    (offering, instance)
                });
                self.cluster.fleet_answered(claim, launched, &lacking, &mut cx);
            }
            Signal::InstanceReleased { instance } => {
                if let Some(node) = cx.pool.instances.remove(&instance).expect("it was there") {
                    let left = self.cluster.nodes.get(node).pods.iter();
                    let now = Context::<Kube>::now(&cx);
                    let waits = |pod: &&cloudsim_kube::Pod| {
                        // A pod that should have ended a minute ago is not waited for.
                        let is_stuck =
                            pod.ending.is_some_and(|(_, until)| until + limits::STUCK_TERMINATING <= now);
                        !pod.has_ended() && !is_stuck
                    };
                    let left: Vec<_> = left.map(|pod| self.cluster.pods.get(*pod)).filter(waits).collect();
                    assert!(left.is_empty(), "a node that goes is empty: {left:?}");
                    self.cluster.instance_gone(node, &mut cx);
                }
            }
            Signal::InstanceUnwanted { instance, .. } => {
                cx.pool.desired -= 1;
                if let Some(node) = cx.pool.instances.remove(&instance).expect("it was there") {
                    let left = self.cluster.nodes.get(node).pods.iter();
                    let left: Vec<_> = left.map(|pod| self.cluster.pods.get(*pod)).collect();
                    assert!(left.iter().all(|pod| pod.has_ended()), "a node that goes is empty: {left:?}");
                    self.cluster.instance_gone(node, &mut cx);
                }
            }
            Signal::PodStarted { pod } => self.cluster.pod_has_address(pod, ADDRESS),
            _ => {}
        }
    }
    fn kind_of(_: &Root) -> &'static str {
        "event"
    }
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) records: Vec<Stamped<Record>>,
}

struct Kept(Vec<Stamped<Record>>);

impl RecordSink<Record> for Kept {
    fn take(&mut self, batch: &[Stamped<Record>]) {
        self.0.extend_from_slice(batch);
    }
}

/// Runs a cluster until a time, with what the test does at times.
pub(crate) fn run(
    seed: u64,
    spec: ClusterSpec,
    nodes: Vec<NewNode>,
    deeds: &[(u64, Deed)],
    until: u64,
    check: fn(&Cluster),
) -> Run {
    let at = deeds.iter().enumerate().map(|(deed, (at, _))| (*at, Root::Deed(deed))).collect();
    let deeds = deeds.iter().map(|(_, deed)| *deed).collect();
    run_all(seed, spec, nodes, (at, deeds), until, check)
}

/// Runs a cluster until a time, with what happens to it.
pub(crate) fn run_acts(
    seed: u64,
    spec: ClusterSpec,
    nodes: Vec<NewNode>,
    acts: &[(u64, Act)],
    until: u64,
    check: fn(&Cluster),
) -> Run {
    let at = acts.iter().map(|(at, act)| (*at, Root::Act(*act))).collect();
    run_all(seed, spec, nodes, (at, Vec::new()), until, check)
}

fn run_all(
    seed: u64,
    spec: ClusterSpec,
    nodes: Vec<NewNode>,
    (at, deeds): (Vec<(u64, Root)>, Vec<Deed>),
    until: u64,
    check: fn(&Cluster),
) -> Run {
    let mut kernel = Kernel::<Words>::new(seed);
    let mut names = vec!["cluster".to_owned()];
    let rtt = |a, b| SimDuration::from_micros(if a == b { 150 } else { 800 });
    let streams = Context::<Words>::streams(&kernel);
    let mut cluster = Cluster::new(spec, EntityId(0), rtt, 3, streams);
    let mut pool = Pool::new();
    let mut cx = Cx { kernel: &mut kernel, names: &mut names, pool: &mut pool };
    for node in nodes {
        let object = node.object.clone();
        // Those of the specification say whether they were ready.
        let of_spec = cluster.spec().nodes.iter().find(|of| of.node.name == object.name);
        let ready = of_spec.is_none_or(|of| of.ready);
        let id = cluster.place_node(node, ready, &mut cx);
        cx.pool.add(Some(id));
        if let Some(karpenter) = cluster.spec().karpenter.clone() {
            let of = &karpenter.pools[0];
            let kind = of.types.iter().position(|kind| kind.allocatable == object.allocatable).unwrap();
            let zone = cluster.nodes.get(id).zone;
            let zone = of.zones.iter().position(|of| Some(of.zone) == zone).unwrap();
            cluster.place_claimed(0, Offering { kind, zone }, id);
        }
        cx.pool.desired += 1;
    }
    cluster.begin(&mut cx);
    for (at, what) in at {
        Context::<Words>::schedule_at(&mut kernel, SimTime::from_secs(at), what);
    }
    let mut world = World { cluster, names, pool, deeds, signals: Vec::new(), check };
    let mut kept = Kept(Vec::new());
    kernel.run(&mut world, SimTime::from_secs(until), &mut kept, |_| false);
    kernel.flush(&mut kept);
    Run { world, records: kept.0 }
}

/// A node `node-ZONE-NUMBER` with four cores.
pub(crate) fn node(zone: u32, number: u32) -> NewNode {
    let name = format!("node-{}-{number}", ["a", "b", "c"][zone as usize]);
    let zone_name = format!("us-east-1{}", ["a", "b", "c"][zone as usize]);
    let object = json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name,
            "topology.kubernetes.io/zone": zone_name,
            "topology.kubernetes.io/region": "us-east-1",
        }},
        "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "58"}},
    });
    let object = scheduler::Node::read(&serde_json::from_value(object).unwrap()).unwrap();
    NewNode { object, info: NodeInfo::default(), zone: Some(ZoneId(zone)), join: limits::JOIN }
}

/// So many nodes in each of three zones.
pub(crate) fn three_zones(each: u32) -> Vec<NewNode> {
    (0..3).flat_map(|zone| (0..each).map(move |number| node(zone, number))).collect()
}

/// A cluster of a version without workloads.
pub(crate) fn cluster(version: &str) -> ClusterSpec {
    let version: Minor = version.parse().unwrap();
    ClusterSpec {
        assumed: limits::Assumed::default(),
        name: "test".into(),
        among_several: false,
        version,
        clock: limits::CLOCK,
        control_plane: ControlPlaneSpec {
            api_servers: [1, 2].map(|zone| ZoneId(zone).into()).into(),
            etcd: [0, 1, 2].map(|zone| ZoneId(zone).into()).into(),
            node_monitor_period: limits::NODE_MONITOR_PERIOD,
            node_monitor_grace_period: limits::node_monitor_grace_period(version),
            eviction_interval: Some(limits::EVICTION_INTERVAL),
            secondary_eviction_interval: Some(limits::SECONDARY_EVICTION_INTERVAL),
            unhealthy_zone_threshold: limits::UNHEALTHY_ZONE_THRESHOLD,
            large_cluster_size_threshold: limits::LARGE_CLUSTER_SIZE_THRESHOLD,
            default_not_ready_toleration: limits::DEFAULT_TOLERATION,
            default_unreachable_toleration: limits::DEFAULT_TOLERATION,
            kube_api_qps: limits::CONTROLLER_QPS,
            kube_api_burst: limits::CONTROLLER_BURST,
        },
        zonal_shift: true,
        kube_proxy: cloudsim_kube::spec::KubeProxySpec::default(),
        dns: None,
        scheduler: SchedulerSpec::default(),
        cluster_autoscaler: None,
        karpenter: None,
        nodes: Vec::new(),
        node_groups: Vec::new(),
        workloads: Vec::new(),
        cron_jobs: Vec::new(),
        pods: Vec::new(),
        services: Vec::new(),
        disruption_budgets: Vec::new(),
        autoscalers: Vec::new(),
        namespaces: Vec::new(),
        priority_classes: Vec::new(),
        storage_classes: Vec::new(),
        volumes: Vec::new(),
        claims: Vec::new(),
        images: Vec::new(),
    }
}

/// A pod's template that asks for half a core, with more fields of its specification.
pub(crate) fn template(app: &str, more: Value) -> Value {
    let mut spec = json!({"containers": [{"name": app, "image": format!("{app}:1"),
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}},
        "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5}}]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"metadata": {"labels": {"app": app}}, "spec": spec})
}

/// A deployment of so many pods.
pub(crate) fn deployment(app: &str, replicas: u32, template: Value) -> WorkloadSpec {
    let spec = json!({"replicas": replicas, "selector": {"matchLabels": {"app": app}}, "template": template});
    let key: ObjectKey = app.parse().unwrap();
    let workload = Workload::read_deployment(key, &serde_json::from_value(spec).unwrap()).unwrap();
    of(workload)
}

/// A stateful set of so many pods, each with a volume of its own.
pub(crate) fn stateful_set(app: &str, replicas: u32, template: Value) -> WorkloadSpec {
    let claim = json!({"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}});
    let spec = json!({"replicas": replicas, "serviceName": app, "volumeClaimTemplates": [claim],
        "selector": {"matchLabels": {"app": app}}, "template": template});
    let key: ObjectKey = app.parse().unwrap();
    of(Workload::read_stateful_set(key, &serde_json::from_value(spec).unwrap()).unwrap())
}

/// A pod without a controller on a node, with annotations.
pub(crate) fn bare(name: &str, node: &str, annotations: Value) -> BarePodSpec {
    let mut object = template(name, json!({}));
    object["metadata"]["annotations"] = annotations;
    let template = PodTemplate::read(&serde_json::from_value(object).unwrap()).unwrap();
    BarePodSpec { key: name.parse().unwrap(), template, node: Some(node.into()) }
}

/// A budget for all pods of an application.
pub(crate) fn budget(app: &str, allows: Budget, unhealthy: UnhealthyPods) -> PodDisruptionBudget {
    let spec = json!({"selector": {"matchLabels": {"app": app}}});
    let read = PodDisruptionBudget::read(app.parse().unwrap(), &serde_json::from_value(spec).unwrap());
    PodDisruptionBudget { allows, unhealthy, ..read.unwrap() }
}

pub(crate) fn of(workload: Workload) -> WorkloadSpec {
    WorkloadSpec {
        workload,
        pods: None,
        server: None,
        member: None,
        needs: None,
        uses_milli_cpu: None,
        uses_memory: None,
        work: None,
    }
}

/// The nodes whose name begins so.
pub(crate) fn named(cluster: &Cluster, prefix: &str) -> Vec<NodeId> {
    cluster.nodes.present().filter(|(_, node)| node.name.starts_with(prefix)).map(|(id, _)| id).collect()
}

//! Clusters of Kubernetes among the rest of the cloud: nodes are instances, pods are servers.

mod addresses;
mod context;
mod nodes;

use crate::Cloud;
use crate::request_path::rows::CallKey;
use crate::why::Asked;
use crate::words::Root;
use cloudsim_aws::services::auto_scaling_group::Groups;
use cloudsim_aws::services::ec2_instance::{Fleet, ServerSpec};
use cloudsim_aws::services::target_group::{Health, Reach, ServerSlot};
use cloudsim_engine::{Context, Kernel};
use cloudsim_kube::spec::{ClusterSpec, NodePoolSpec};
use cloudsim_kube::{
    Cluster, KubeServiceId, Minor, NewNode, NodeClaimId, NodeId, Offering, PodId, Step, eks,
};
use cloudsim_records::{
    EntityId, EntityInfo, EntityKind, Placed, Record, ScaleReason, ServiceInfo, WorkloadInfo,
};
use cloudsim_units::{DurationDistribution, SimDuration};
use cloudsim_world::{AutoScalingGroupId, FaultId, KubernetesServiceId, SubnetId, TargetGroupId, ZoneId};
use hecs::{Entity, World};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What will happen in a cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) cluster: u8,
    pub(crate) event: cloudsim_kube::Event,
}

/// What a cluster tells the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    cluster: u8,
    signal: cloudsim_kube::Signal,
}

/// A pod of a cluster.
pub(crate) type PodOf = (u8, PodId);
/// A node of a cluster.
pub(crate) type NodeOf = (u8, NodeId);

/// Where a connection to a service is led.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backend {
    /// To the server that a pod is.
    Server(ServerSlot),
    /// To an address that nobody has any longer; in that zone, if known.
    Gone(Option<ZoneId>),
}

/// All clusters, and what of them is what in the cloud.
#[derive(Debug, Default)]
pub(crate) struct Kubernetes {
    pub(crate) clusters: Vec<Cluster>,
    /// The server that a pod is.
    servers: FxHashMap<PodOf, ServerSlot>,
    /// The pod that a server is.
    pods: FxHashMap<ServerSlot, PodOf>,
    /// The node that an instance is.
    nodes: FxHashMap<ServerSlot, NodeOf>,
    /// The instance that a node is.
    instances: FxHashMap<NodeOf, ServerSlot>,
    /// Instances that are to be terminated once their nodes are empty.
    leaving: BTreeSet<ServerSlot>,
    /// The entities in the world of nodes, workloads and pods.
    entities: FxHashMap<EntityId, Entity>,
    /// The addresses of pods and nodes that have no interface.
    addresses: addresses::Addresses,
    /// A fault whose losses are not told yet, and the nodes that were up before it, by cluster.
    untold: Option<(FaultId, Vec<BTreeSet<NodeId>>)>,
}

/// What is placed before the first record.
#[derive(Default)]
pub(crate) struct Placing {
    pub(crate) entities: Vec<EntityInfo>,
    records: Vec<Record>,
    signals: Vec<Signal>,
    /// The node that each instance of a group will be, in the order of the members.
    nodes: Vec<Option<NodeOf>>,
}

/// What a cluster sees of the engine and the world.
pub(crate) struct Cx<'a> {
    cluster: u8,
    kernel: &'a mut Kernel<Root>,
    world: &'a mut World,
    next_entity: &'a mut u32,
    zone_entities: &'a [EntityId],
    entities: &'a mut FxHashMap<EntityId, Entity>,
    fleet: &'a Fleet<CallKey>,
    groups: &'a Groups,
    nodes: &'a FxHashMap<ServerSlot, NodeOf>,
    instances: &'a FxHashMap<NodeOf, ServerSlot>,
    group_entities: &'a [EntityId],
    servers: &'a FxHashMap<PodOf, ServerSlot>,
    zone_regions: &'a [u32],
    dark_zones: &'a [ZoneId],
    placing: Option<&'a mut Placing>,
}

/// The pool whose instances are members of a group, and its place.
fn pool_of(cluster: &ClusterSpec, group: AutoScalingGroupId) -> Option<(usize, &NodePoolSpec)> {
    let pools = cluster.karpenter.iter().flat_map(|karpenter| karpenter.pools.iter().enumerate());
    pools.into_iter().find(|(_, pool)| pool.group == group)
}

/// The node that an instance of a pool will be, by its type and subnet.
fn claimed_node(
    pool: &NodePoolSpec,
    name: &str,
    version: Minor,
    (kind, subnet): (&str, SubnetId),
) -> (NewNode, Offering) {
    let info = eks::node_info(version, Some(kind));
    let kind =
        pool.types.iter().position(|of| of.name == kind).expect("an instance is of a type of its pool");
    let zone = pool.zones.iter().position(|of| of.subnet == subnet).expect("it is in a subnet of its pool");
    let object = pool.node((kind, zone), name);
    let new = NewNode { object, info, zone: Some(pool.zones[zone].zone), join: pool.join };
    (new, Offering { kind, zone })
}

impl Cloud {
    /// Lets something be done to a cluster.
    pub(crate) fn with_cluster<T>(
        &mut self,
        cluster: u8,
        kernel: &mut Kernel<Root>,
        placing: Option<&mut Placing>,
        act: impl FnOnce(&mut Cluster, &mut Cx<'_>) -> T,
    ) -> T {
        let Kubernetes { clusters, entities, servers, nodes, instances, .. } = &mut self.kubernetes;
        let mut cx = Cx {
            cluster,
            kernel,
            world: &mut self.world,
            next_entity: &mut self.next_entity,
            zone_entities: &self.zone_entities,
            entities,
            fleet: &self.fleet,
            groups: &self.groups,
            nodes,
            instances,
            group_entities: &self.group_entities,
            servers,
            zone_regions: &self.zone_regions,
            dark_zones: &self.dark_zones,
            placing,
        };
        act(&mut clusters[usize::from(cluster)], &mut cx)
    }

    pub(crate) fn kube(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        self.with_cluster(event.cluster, kernel, None, |cluster, cx| cluster.handle(event.event, cx));
    }

    /// Places all clusters with their nodes and pods. `members` are the instances that will be placed, by group.
    pub(crate) fn place_clusters(
        &mut self,
        members: &[(String, AutoScalingGroupId, SubnetId)],
        asked: &Asked,
        kernel: &mut Kernel<Root>,
    ) -> Placing {
        let mut placing = Placing { nodes: vec![None; members.len()], ..Placing::default() };
        let plan = self.plan.clone();
        for (index, spec) in plan.clusters.iter().enumerate() {
            let number = u8::try_from(index).expect("few clusters");
            let (_, info) = self.spawn(EntityKind::Cluster, &spec.name, None, None);
            let entity = info.id;
            placing.entities.push(info);
            let streams = Context::<Root>::streams(kernel).clone();
            let links = &self.links;
            let rtt = |a, b| links.one_way(a, b).saturating_mul(2);
            let mut cluster = Cluster::new(spec.clone(), entity, rtt, plan.zones.len(), &streams);
            asked.before(index, &mut cluster);
            self.kubernetes.clusters.push(cluster);
            for node in &spec.nodes {
                let (object, info) = (node.node.clone(), node.info.clone());
                let new = NewNode { object, info, zone: node.zone, join: spec.assumed.join };
                self.with_cluster(number, kernel, Some(&mut placing), |cluster, cx| {
                    cluster.place_node(new, node.ready, cx)
                });
            }
            for (place, (name, group, subnet)) in members.iter().enumerate() {
                if let Some(of) = spec.node_groups.iter().find(|of| of.group == *group) {
                    let new = self.new_node(name, spec.version, of, *subnet);
                    let node = self.with_cluster(number, kernel, Some(&mut placing), |cluster, cx| {
                        cluster.place_node(new, true, cx)
                    });
                    placing.nodes[place] = Some((number, node));
                } else if let Some((pool, of)) = pool_of(spec, *group) {
                    let kind = &plan.auto_scaling_groups[group.index()].server.instance_type;
                    let (new, offering) = claimed_node(of, name, spec.version, (kind, *subnet));
                    let node = self.with_cluster(number, kernel, Some(&mut placing), |cluster, cx| {
                        let node = cluster.place_node(new, true, cx);
                        cluster.place_claimed(pool, offering, node);
                        node
                    });
                    placing.nodes[place] = Some((number, node));
                }
            }
            self.with_cluster(number, kernel, Some(&mut placing), |cluster, cx| cluster.begin(cx));
        }
        placing
    }

    /// The pods that are on nodes.
    pub(crate) fn placed_pods(&self) -> impl Iterator<Item = Placed> {
        self.kubernetes.clusters.iter().flat_map(|cluster| {
            cluster.pods.present().filter_map(|(_, pod)| {
                let node = cluster.nodes.get(pod.node?).entity;
                Some(Placed { pod: pod.entity, node })
            })
        })
    }

    /// What a cluster is to have seen before the run begins: instances are placed already.
    pub(crate) fn settle_clusters(
        &mut self,
        placing: Placing,
        members: &[ServerSlot],
        kernel: &mut Kernel<Root>,
    ) {
        for (server, node) in members.iter().zip(placing.nodes) {
            if let Some(node) = node {
                self.kubernetes.nodes.insert(*server, node);
                self.kubernetes.instances.insert(node, *server);
                self.address_instance(node, *server);
            }
        }
        self.address_own_nodes();
        for record in placing.records {
            Context::<Root>::record(kernel, record);
        }
        for signal in placing.signals {
            self.pod_changed(signal, Health::HEALTHY, kernel);
        }
        self.update_answers(kernel);
    }

    /// What is measured of each workload: where nobody asks for anything it is a service that needs some of its pods, else
    /// what is asked for is the service, and of the workload only counts whether all its pods are there.
    pub(crate) fn workload_services(&self) -> Vec<ServiceInfo> {
        let alone = self.plan.traffic.is_empty();
        let assumed = self.plan.assumptions.outages;
        let clusters = self.kubernetes.clusters.iter();
        let all =
            clusters.flat_map(|cluster| cluster.workloads.iter().map(move |(id, of)| (cluster, id, of)));
        all.filter(|(_, _, of)| of.spec.workload.is_service())
            .map(|(cluster, id, of)| {
                let name = cluster.spec().called(of.spec.workload.path());
                let promised = self.promised(&name).unwrap_or(assumed.threshold);
                ServiceInfo {
                    name,
                    classes: Vec::new(),
                    threshold: assumed.threshold,
                    stable_for: assumed.stable_for,
                    depends_on: vec![of.entity],
                    budget: promised.complement(),
                    clients: Vec::new(),
                    workload: Some(WorkloadInfo {
                        workload: of.entity,
                        needs: alone.then(|| cluster.needed(id)),
                    }),
                    request_value: None,
                }
            })
            .collect()
    }

    /// What follows in the cloud from what became of a pod. `health` is what balancers hold of those that are registered.
    pub(crate) fn pod_changed(&mut self, signal: Signal, health: Health, ctx: &mut Kernel<Root>) {
        let Signal { cluster, signal } = signal;
        match signal {
            cloudsim_kube::Signal::NodeDrained { node } => {
                if let Some(&server) = self.kubernetes.instances.get(&(cluster, node))
                    && self.kubernetes.leaving.remove(&server)
                {
                    self.drained(crate::members::Event::Drained { server }, ctx);
                }
            }
            cloudsim_kube::Signal::GroupResized { group, from, to, why } => {
                self.tell_scaled(group, (from, to), why, ctx);
                self.groups.scale(group, to, ctx);
            }
            cloudsim_kube::Signal::InstanceUnwanted { instance, why } => {
                let server = ServerSlot(instance);
                if let Some(group) = self.groups.of_member(server) {
                    let desired = self.groups.desired(group);
                    self.tell_scaled(group, (desired, desired.saturating_sub(1)), why, ctx);
                    self.groups.shrink(server, ctx);
                }
            }
            cloudsim_kube::Signal::FleetWanted { claim } => self.create_fleet(cluster, claim, ctx),
            cloudsim_kube::Signal::InstanceReleased { instance } => {
                self.drained(crate::members::Event::Drained { server: ServerSlot(instance) }, ctx);
            }
            cloudsim_kube::Signal::ImageFetched { node, image, from } => {
                let of = &self.kubernetes.clusters[usize::from(cluster)];
                self.image_fetched(of.nodes.get(node).zone, (image, from));
            }
            cloudsim_kube::Signal::PullFailed { pod, image, from } => {
                let pod = self.kubernetes.clusters[usize::from(cluster)].pods.get(pod).entity;
                self.pull_failed(pod, (image, from), ctx);
            }
            cloudsim_kube::Signal::PodStarted { pod } => self.pod_started((cluster, pod), ctx),
            cloudsim_kube::Signal::PodAnswers { pod } => {
                if let Some(&server) = self.kubernetes.servers.get(&(cluster, pod)) {
                    self.fleet.turn(server, Reach::Answers);
                }
            }
            cloudsim_kube::Signal::PodStopped { pod } => {
                let Some(&server) = self.kubernetes.servers.get(&(cluster, pod)) else { return };
                let of = &self.kubernetes.clusters[usize::from(cluster)];
                let node = of.pods.get(pod).node.expect("a pod that stopped was on a node");
                let host_up = of.nodes.get(node).host_up;
                self.fleet.turn(server, if host_up { Reach::Refuses } else { Reach::Silent });
                self.drop_calls(server, host_up, ctx);
            }
            cloudsim_kube::Signal::PodRemoved { pod } => {
                self.address_free((cluster, pod));
                let Some(server) = self.kubernetes.servers.remove(&(cluster, pod)) else { return };
                self.kubernetes.pods.remove(&server);
                self.drop_calls(server, true, ctx);
                self.fleet.turn(server, Reach::Silent);
                for group in (0..self.plan.target_groups.len()).map(TargetGroupId::from_index) {
                    self.deregister_from(server, group, ctx);
                }
                self.detach_server(server);
            }
            cloudsim_kube::Signal::Registered { pod, target_group } => {
                if let Some(&server) = self.kubernetes.servers.get(&(cluster, pod)) {
                    self.register_with_group(server, target_group, health, ctx);
                    self.update_answers(ctx);
                }
            }
            cloudsim_kube::Signal::Deregistered { pod, target_group } => {
                if let Some(&server) = self.kubernetes.servers.get(&(cluster, pod)) {
                    self.deregister_from(server, target_group, ctx);
                    self.update_answers(ctx);
                }
            }
        }
    }

    /// Launches an instance for a claim: the first of what it may be that there is.
    fn create_fleet(&mut self, cluster: u8, claim: NodeClaimId, ctx: &mut Kernel<Root>) {
        let of = &self.kubernetes.clusters[usize::from(cluster)];
        let wanted = of.node_claim(claim);
        let pools = &of.spec().karpenter.as_ref().expect("who has claims has pools").pools;
        let (pool, offerings) = (pools[wanted.pool].clone(), wanted.offerings.clone());
        let group_entity = self.group_entities[pool.group.index()];
        let mut lacking = Vec::new();
        let mut launched = None;
        for offering in offerings {
            let (kind, zone) = (&pool.types[offering.kind].name, &pool.zones[offering.zone]);
            let mut spec = self.plan.auto_scaling_groups[pool.group.index()].server.clone();
            spec.instance_type.clone_from(kind);
            if !self.groups.can_launch(zone.zone, kind) {
                let zone = self.zone_entities[zone.zone.index()];
                let instance_type = kind.as_str().into();
                let record = Record::OfferingUnavailable { pool: group_entity, zone, instance_type };
                Context::<Root>::record(ctx, record);
            } else if !self.exceeds_quota(pool.group, zone.zone, kind, ctx)
                && let Some(server) = self.launch_instance(pool.group, zone.subnet, &spec, ctx)
            {
                let instance = self.fleet.get(server).entity;
                let instance_type = kind.as_str().into();
                let record = Record::NodeClaimLaunched { pool: group_entity, instance, instance_type };
                Context::<Root>::record(ctx, record);
                launched = Some((offering, server.0));
                break;
            }
            lacking.push(offering);
        }
        self.with_cluster(cluster, ctx, None, |cluster, cx| {
            cluster.fleet_answered(claim, launched, &lacking, cx);
        });
    }

    fn tell_scaled(
        &self,
        group: AutoScalingGroupId,
        (from, to): (u32, u32),
        reason: ScaleReason,
        ctx: &mut Kernel<Root>,
    ) {
        let group = self.group_entities[group.index()];
        Context::<Root>::record(ctx, Record::NodeGroupScaled { group, from, to, reason });
    }

    /// A pod has an address; if it serves requests it is a server from now on.
    fn pod_started(&mut self, (cluster, pod): PodOf, ctx: &mut Kernel<Root>) {
        if let Some(&server) = self.kubernetes.servers.get(&(cluster, pod)) {
            self.fleet.turn(server, Reach::Refuses);
            return;
        }
        let of = &self.kubernetes.clusters[usize::from(cluster)];
        let state = of.pods.get(pod);
        let spec = state.owner.and_then(|owner| of.workloads.get(owner.workload).spec.server.clone());
        let node = state.node.expect("a pod that started is on a node");
        let instance = self.kubernetes.instances.get(&(cluster, node));
        let (Some(spec), Some(&instance)) = (spec, instance) else {
            if !self.address_pod((cluster, pod)) {
                self.with_cluster(cluster, ctx, None, |cluster, cx| cluster.sandbox_failed(pod, cx));
            }
            return;
        };
        let host = self.fleet.get(instance);
        let (place, group, entity) = ((host.subnet, host.zone), host.group, state.entity);
        let group = group.expect("nodes are members of groups");
        let Some(interface) = self.attach_server(group, place.0) else {
            self.with_cluster(cluster, ctx, None, |cluster, cx| cluster.sandbox_failed(pod, cx));
            return;
        };
        let address = self.network.interface(interface).address;
        self.kubernetes.clusters[usize::from(cluster)].pod_has_address(pod, address);
        let spec = ServerSpec {
            instance_type: String::new(),
            workers: spec.workers,
            connections_max: spec.connections_max,
            launch: DurationDistribution::Constant(SimDuration::ZERO),
            start: spec.start,
            image: None,
            secrets: Vec::new(),
        };
        let server = self.fleet.place(entity, None, place, &spec);
        self.fleet.turn(server, Reach::Refuses);
        self.server_entities.push(self.kubernetes.entities[&entity]);
        self.kubernetes.servers.insert((cluster, pod), server);
        self.kubernetes.pods.insert(server, (cluster, pod));
        self.add_side(server, ctx as &Kernel<Root>);
    }

    /// A service of Kubernetes, and the workloads whose pods it leads to.
    pub(crate) fn behind_service(&self, service: KubernetesServiceId) -> Vec<EntityId> {
        let at = self.plan.kubernetes_services[service.index()];
        self.behind(at.cluster, KubeServiceId(u32::try_from(at.service).expect("few services")))
    }

    /// The same of the service that is asked for its name, if one is.
    pub(crate) fn behind_dns_of(&self, service: KubernetesServiceId) -> Vec<EntityId> {
        let cluster = self.plan.kubernetes_services[service.index()].cluster;
        let dns = self.kubernetes.clusters[cluster].spec().dns;
        dns.map_or_else(Vec::new, |dns| self.behind(cluster, dns.service))
    }

    fn behind(&self, cluster: usize, id: KubeServiceId) -> Vec<EntityId> {
        let cluster = &self.kubernetes.clusters[cluster];
        let spec = &cluster.services[id.index()].spec;
        let workloads = cluster.workloads.iter().filter(|(_, of)| {
            let labels = &of.revisions[0].prototype.labels;
            spec.selects(&of.spec.workload.key.namespace, labels)
        });
        cluster.service_entity(id).into_iter().chain(workloads.map(|(_, of)| of.entity)).collect()
    }

    /// Where the rules of a pod's node lead a connection to a service of its cluster: to a pod, which may have gone for
    /// long, or nowhere. `word` is its luck.
    pub(crate) fn routed(
        &mut self,
        caller: ServerSlot,
        service: KubeServiceId,
        word: u64,
    ) -> Option<Backend> {
        let (number, pod) = self.kubernetes.pods[&caller];
        let cluster = &mut self.kubernetes.clusters[usize::from(number)];
        let node = cluster.pods.get(pod).node.expect("a pod that calls is on a node");
        let chosen = cluster.route(node, service, word)?;
        Some(if let Some(server) = self.kubernetes.servers.get(&(number, chosen)) {
            Backend::Server(*server)
        } else {
            let node = cluster.pods.get(chosen).node.expect("a pod that was ready is on a node");
            Backend::Gone(cluster.nodes.get(node).zone)
        })
    }

    /// The pod that a lookup from a pod goes to by the rules of its node, how it takes that, and the zone that it is in; `None`
    /// if they lead nowhere. `word` is its luck, `before` where an earlier query from the same port was led.
    pub(crate) fn looked_up_at(
        &mut self,
        caller: ServerSlot,
        service: KubeServiceId,
        before: Option<PodId>,
        word: u64,
    ) -> Option<(PodId, Reach, Option<ZoneId>)> {
        let (number, pod) = self.kubernetes.pods[&caller];
        let cluster = &mut self.kubernetes.clusters[usize::from(number)];
        let node = cluster.pods.get(pod).node.expect("a pod that calls is on a node");
        let kept = before.filter(|before| cluster.leads_to(node, service, *before));
        let chosen = kept.or_else(|| cluster.route(node, service, word))?;
        let node = cluster.pods.get(chosen).node.expect("a pod that was ready is on a node");
        let zone = cluster.nodes.get(node).zone;
        Some((chosen, self.reach_of((number, chosen)), zone))
    }

    /// How a pod takes what is sent to its address.
    fn reach_of(&self, (number, pod): PodOf) -> Reach {
        let cluster = &self.kubernetes.clusters[usize::from(number)];
        let of = cluster.pods.get(pod);
        let node = cluster.nodes.get(of.node.expect("a pod that was ready is on a node"));
        let has_address = !of.gone && of.step.is_some_and(|step| step != Step::Ended);
        match (of.answers, node.host_up && has_address) {
            (true, _) => Reach::Answers,
            (false, true) => Reach::Refuses,
            (false, false) => Reach::Silent,
        }
    }

    /// Where the rules of a pod's node lead connections to a service of its cluster, to each pod as often as to the others: the
    /// server that it is, if it is one and there, and how it takes them.
    pub(crate) fn led_to(
        &self,
        caller: ServerSlot,
        service: KubeServiceId,
    ) -> Vec<(Option<ServerSlot>, Reach)> {
        let (number, pod) = self.kubernetes.pods[&caller];
        let cluster = &self.kubernetes.clusters[usize::from(number)];
        let node = cluster.pods.get(pod).node.expect("a pod that calls is on a node");
        let pods = cluster.led_to(node, service).iter();
        pods.map(|pod| (self.server_of((number, *pod)), self.reach_of((number, *pod)))).collect()
    }

    /// The server that a pod is, if it is one.
    pub(crate) fn server_of(&self, pod: PodOf) -> Option<ServerSlot> {
        self.kubernetes.servers.get(&pod).copied()
    }

    /// The servers that are pods, with the number of their cluster, in the order of the API.
    pub(crate) fn serving_pods(&self) -> impl Iterator<Item = (ServerSlot, u8, &cloudsim_kube::Pod)> {
        let Kubernetes { clusters, servers, .. } = &self.kubernetes;
        (0_u8..).zip(clusters).flat_map(move |(number, cluster)| {
            let pods = cluster.pods.present();
            pods.filter_map(move |(id, pod)| Some((*servers.get(&(number, id))?, number, pod)))
        })
    }

    /// The target groups that a server is registered with while it is ready.
    pub(crate) fn target_groups_of(&self, server: ServerSlot) -> Vec<TargetGroupId> {
        if let Some(group) = self.fleet.get(server).group {
            return self.plan.auto_scaling_groups[group.index()].target_groups.clone();
        }
        let (cluster, _) = self.kubernetes.pods[&server];
        let pod = self.pod_of(server).expect("a server without a group is a pod");
        let services = &self.kubernetes.clusters[usize::from(cluster)].spec().services;
        let leads = services.iter().filter(|of| of.selects(&pod.key.namespace, &pod.object.labels));
        leads.flat_map(|service| service.target_groups.iter().copied()).collect()
    }

    /// The pod that a server is, if it is one.
    pub(crate) fn pod_of(&self, server: ServerSlot) -> Option<&cloudsim_kube::Pod> {
        let (cluster, pod) = self.kubernetes.pods.get(&server)?;
        Some(self.kubernetes.clusters[usize::from(*cluster)].pods.get(*pod))
    }

    /// How many servers of its workload are older than a pod's, and over how many zones its cluster's nodes are.
    pub(crate) fn place_among_pods(&self, server: ServerSlot) -> Option<(usize, usize)> {
        let &(number, pod) = self.kubernetes.pods.get(&server)?;
        let cluster = &self.kubernetes.clusters[usize::from(number)];
        let workload = cluster.pods.get(pod).owner?.workload;
        let older = |other: &&PodId| {
            self.kubernetes.servers.get(&(number, **other)).is_some_and(|other| other.0 < server.0)
        };
        let place = cluster.workloads.get(workload).pods.iter().filter(older).count();
        let zones: BTreeSet<ZoneId> = cluster.nodes.present().filter_map(|(_, node)| node.zone).collect();
        Some((place, zones.len().max(1)))
    }
}

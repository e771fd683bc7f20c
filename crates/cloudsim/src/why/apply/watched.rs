//! The world beside which notes are taken.

use super::way::{Chosen, Destination, Leg, Part, PodWay, Way};
use super::words::{constant, leg, maker, not_modelled, setting, short, step_words, watch_delay};
use crate::Cloud;
use crate::words::{Event, Root, Signal};
use cloudsim_aws::services::target_group;
use cloudsim_engine::{Context, Kernel, Model};
use cloudsim_kube::objects::Kind;
use cloudsim_kube::{Asks, Cluster, KubeServiceId, PodId, Request, Step, WorkloadId, limits};
use cloudsim_kube_scheduler::objects::PodKey;
use cloudsim_records::TargetHealth;
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A cloud, and what is noted of it.
pub(super) struct Watched {
    pub(super) cloud: Cloud,
    pub(super) notes: Notes,
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
pub(super) struct PodNotes {
    pub(super) key: PodKey,
    pub(super) legs: Vec<Leg>,
    stage: Stage,
    /// How often it was tried in vain.
    attempts: u32,
    /// When its node was chosen.
    pub(super) decided: Option<SimTime>,
    pub(super) arrived: bool,
}

/// What is noted while a workload's pods are on their way.
pub(super) struct Notes {
    cluster: u8,
    workload: WorkloadId,
    applied: SimTime,
    pub(super) object: Vec<Leg>,
    pub(super) pods: BTreeMap<PodId, PodNotes>,
    /// The service that leads to them, and whether to their targets.
    service: Option<(KubeServiceId, bool)>,
    /// Whether something has arrived since it was last looked whether everything has.
    news: bool,
    /// Set once everything has. The run goes on for a moment after that, and nothing of it is noted.
    done: Rc<Cell<bool>>,
    /// How many had arrived then, and how many were to.
    counts: Option<(u32, u32)>,
}

impl Notes {
    pub(super) fn new(
        (cluster, workload): (u8, WorkloadId),
        applied: SimTime,
        done: Rc<Cell<bool>>,
    ) -> Notes {
        let sent = "sends the object to the API server";
        let object = vec![Leg {
            part: Part::Kubectl,
            what: sent.into(),
            from: applied,
            until: applied,
            owners: Vec::new(),
        }];
        Notes {
            cluster,
            workload,
            applied,
            object,
            pods: BTreeMap::new(),
            service: None,
            news: false,
            done,
            counts: None,
        }
    }

    /// The legs of a request that was carried out at `now`.
    fn request(
        legs: &mut Vec<Leg>,
        cluster: &Cluster,
        request: &Request,
        now: SimTime,
        (part, what, stored): (Part, &str, &str),
    ) {
        let assumed = &cluster.spec().assumed;
        let end = legs.last().map_or(request.asked, |leg| leg.until);
        if request.leaves > request.asked.max(end) {
            let (qps, burst, owners) = if part == Part::Scheduler {
                let (qps, burst) = (limits::SCHEDULER_QPS, limits::SCHEDULER_BURST);
                (qps, burst, vec![constant("SCHEDULER_QPS", qps), constant("SCHEDULER_BURST", burst)])
            } else {
                let flags = &cluster.spec().control_plane;
                let (qps, burst) = (flags.kube_api_qps, flags.kube_api_burst);
                let path = |field: &str| format!("clusters.{}.control_plane.{field}", cluster.spec().name);
                let owners = vec![setting(path("kube_api_qps"), qps), setting(path("kube_api_burst"), burst)];
                (qps, burst, owners)
            };
            let what = format!("its client holds the request back: {burst} at once, then {qps} a second");
            leg(legs, part, request.leaves, what, owners);
        }
        if request.begins > request.leaves.max(end) {
            let what = "waits for a seat of its level (priority and fairness)";
            leg(legs, Part::ApiServer, request.begins, what, vec![constant("SEATS", limits::SEATS)]);
        }
        let processed =
            SimTime::from_nanos(request.done.as_nanos().saturating_sub(request.storing.as_nanos()));
        let owners = vec![constant("API_REQUEST", short(assumed.api_request))];
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
            constant("ETCD_FSYNC", assumed.etcd_fsync),
        ];
        // What was asked for while etcd took nothing is stored when it is asked for again.
        if request.storing > SimDuration::ZERO {
            leg(legs, Part::Etcd, request.done, format!("{stored}, on {members}"), owners);
        }
        if now > request.done {
            let what = match part {
                Part::Kubectl => "nobody answers: it ends with an error, and is run again once somebody does",
                _ => "nobody answers; asked again once somebody does",
            };
            leg(legs, Part::ApiServer, now, what, vec![constant("RETRY_MAX", assumed.retry_max)]);
        }
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

impl Watched {
    pub(super) fn cluster(&self) -> &Cluster {
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
                    if pod.decided.is_some_and(|decided| request.asked > decided) {
                        let what = "waits until the pod's claims are bound: their volumes are made in the node's zone";
                        let owners = vec![
                            constant("EBS_CREATE", limits::EBS_CREATE),
                            constant("BINDING_LOOK", limits::BINDING_LOOK),
                        ];
                        leg(&mut pod.legs, Part::Scheduler, request.asked, what, owners);
                    }
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
                    let once = format!("tries it in vain: {why}");
                    let again = format!("has tried it again and again in vain: {why}");
                    match pod.legs.last_mut() {
                        Some(leg) if leg.what == again => leg.until = now,
                        Some(last) if last.what == once => {
                            leg(&mut pod.legs, Part::Scheduler, now, again, Vec::new());
                        }
                        _ => leg(&mut pod.legs, Part::Scheduler, now, once, Vec::new()),
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
        let assumed = &cluster.spec().assumed;
        let notes = &mut self.notes;
        match event {
            cloudsim_kube::Event::WorkloadSeen { workload }
                if workload == notes.workload && notes.object.len() > 1 && notes.pods.is_empty() =>
            {
                let kind = &cluster.workloads.get(workload).spec.workload.kind;
                let what = format!("{} learns of the object by its watch", maker(kind));
                leg(&mut notes.object, Part::ControllerManager, now, what, watch_delay(assumed));
                notes.news = true;
            }
            cloudsim_kube::Event::PodBoundSeen { pod } => {
                let Some(of) = notes.pods.get_mut(&pod).filter(|pod| pod.stage == Stage::Bound) else {
                    return;
                };
                leg(&mut of.legs, Part::Kubelet, now, "learns of the pod by its watch", watch_delay(assumed));
                of.stage = Stage::OnNode;
            }
            cloudsim_kube::Event::PodStatusSeen { pod } => {
                let Some(of) = notes.pods.get_mut(&pod).filter(|pod| pod.stage == Stage::Ready) else {
                    return;
                };
                if notes.service.is_some() {
                    let what = "its controller learns that the pod is ready by its watch";
                    leg(&mut of.legs, Part::EndpointSlice, now, what, watch_delay(assumed));
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
                    leg(&mut of.legs, part, now, what, watch_delay(assumed));
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
                        let owners = vec![constant("TARGETS_RECONCILE", short(assumed.targets_reconcile))];
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
        let counts = (self.arrived(), self.wanted());
        if counts.0 >= counts.1 {
            self.notes.done.set(true);
            self.notes.counts = Some(counts);
        }
    }

    /// How many pods have arrived, and how many were to; once all have, what becomes of them later is nothing of theirs.
    fn counts(&self) -> (u32, u32) {
        self.notes.counts.unwrap_or_else(|| (self.arrived(), self.wanted()))
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

    pub(super) fn first(&self) -> Option<PodId> {
        self.by_arrival().first().copied()
    }

    pub(super) fn last(&self) -> Option<PodId> {
        // A pod that was lost on its way, and made up for, is none of those that arrived.
        let (arrived, wanted) = self.counts();
        let all = arrived >= wanted;
        self.by_arrival().into_iter().skip(1).rfind(|id| !all || self.notes.pods[id].arrived)
    }

    pub(super) fn way(&self) -> Way {
        let cluster = self.cluster();
        let of = cluster.workloads.get(self.notes.workload);
        let workload = &of.spec.workload;
        let service = |id: KubeServiceId| cluster.services[id.index()].spec.key.to_string();
        let destination = match self.notes.service {
            None => Destination::Ready,
            Some((id, false)) => Destination::Endpoints(service(id)),
            Some((id, true)) => Destination::Targets(service(id)),
        };
        let (arrived, wanted) = self.counts();
        Way {
            cluster: cluster.spec().name.clone(),
            version: cluster.spec().version.to_string(),
            kind: workload.kind.word(),
            name: workload.key.to_string(),
            applied: self.notes.applied,
            object: self.notes.object.clone(),
            wanted,
            made: u32::try_from(self.notes.pods.len()).expect("few pods"),
            arrived,
            destination,
            first: self.first().map(|id| self.pod_way(id)),
            last: self.last().map(|id| self.pod_way(id)),
            api_is_silent: !cluster.api_answers(),
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
    pub(super) fn chosen(&self, pod: &PodKey, node: Option<&str>) -> Option<Chosen> {
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

//! The scheduler in simulated time: when it takes a pod, and what follows from its decision.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::objects::Kind;
use crate::pods::{Ending, Pod};
use crate::spec::{ClusterSpec, TieBreak};
use crate::volumes::EBS;
use crate::words::{Event, KubeContext};
use crate::{eks, limits};
use cloudsim_engine::{EventKey, Stream};
use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{self as scheduler, PodKey};
use cloudsim_kube_scheduler::plugins::PluginName;
use cloudsim_kube_scheduler::queue::QueueConfig;
use cloudsim_kube_scheduler::{
    Decision, Delta, Profile, ProfileSpec, Profiles, Ranked, Ranking, Scheduler, StorageDelta,
};
use cloudsim_records::{
    Blame, BlameKind, Candidate, Component, NodeChosen, PluginScore, RANKED_MAX, Record, Rejection,
};
use cloudsim_units::{SimDuration, SimTime};
use std::sync::Arc;

/// Of a choice so many nodes are told: the one that was chosen, and those that came next.
const CANDIDATES: usize = 3;

/// The scheduler, and when it is free.
pub(crate) struct Scheduling {
    /// How it places pods, for those who want to know where it would.
    pub(crate) profile: Arc<Profile>,
    pub(crate) scheduler: Scheduler,
    luck: Stream,
    tie_break: TieBreak,
    /// When it has done with the pod that it took last.
    free_at: SimTime,
    /// At most so often.
    gap: SimDuration,
    armed: Option<(SimTime, EventKey)>,
}

impl std::fmt::Debug for Scheduling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduling").field("free_at", &self.free_at).finish_non_exhaustive()
    }
}

/// How a cluster's pods are placed.
fn profile_of(spec: &ClusterSpec) -> Profile {
    let mut profile = ProfileSpec::default();
    profile.args.pod_topology_spread.ignore_tainted_domains |= spec.scheduler.spread_ignores_tainted_domains;
    Profile::new(profile, spec.version.scheduler())
}

impl Scheduling {
    pub(crate) fn new(spec: &ClusterSpec, luck: Stream) -> Scheduling {
        let profiles = Profiles::new([profile_of(spec)]);
        let gap = spec.scheduler.pods_per_second.map_or(SimDuration::ZERO, |pods| {
            SimDuration::from_nanos(1_000_000_000 / u64::from(pods.max(1)))
        });
        Scheduling {
            profile: Arc::new(profile_of(spec)),
            scheduler: Scheduler::new(profiles, QueueConfig::default()),
            luck,
            tie_break: spec.scheduler.tie_break,
            free_at: SimTime::ZERO,
            gap,
            armed: None,
        }
    }

    /// Tries the next pod; `wants` says of which pods the plugins' words are wanted.
    fn try_next(
        &mut self,
        now: SimTime,
        wants: impl Fn(&PodKey) -> bool,
    ) -> Option<(Decision, Option<Ranking>)> {
        if self.tie_break == TieBreak::FirstByName {
            return self.scheduler.schedule_one_ranked(now, &mut Choice::FirstByName, wants);
        }
        let luck = &mut self.luck;
        let mut draw = |equals: usize| {
            let equals = u64::try_from(equals).expect("a usize fits");
            usize::try_from(luck.below(equals)).expect("below a usize")
        };
        self.scheduler.schedule_one_ranked(now, &mut Choice::Drawn(&mut draw), wants)
    }
}

impl Cluster {
    /// Tells the scheduler of everything that is neither node nor pod.
    pub(crate) fn tell_scheduler_what_stands(&mut self, now: SimTime) {
        let spec = &self.spec;
        let scheduler = &mut self.scheduling.scheduler;
        for namespace in &spec.namespaces {
            scheduler.apply(now, Delta::Namespace(namespace.clone()));
        }
        let services = spec.services.iter().map(|service| scheduler::Service {
            namespace: service.key.namespace.clone(),
            selector: (!service.selector.is_empty()).then(|| service.selector.clone()),
        });
        scheduler.apply(now, Delta::Services(services.collect()));
    }

    /// Tells the scheduler of the workloads whose selectors spread their pods: a deployment has a replica set for each of its
    /// templates.
    pub(crate) fn tell_scheduler_of_workloads(&mut self, now: SimTime) {
        let mut all = Vec::new();
        for (_, of) in self.workloads.iter() {
            let workload = &of.spec.workload;
            let of_kind = |kind| scheduler::Workload {
                kind,
                namespace: workload.key.namespace.clone(),
                name: workload.key.name.clone(),
                selector: workload.selector.clone(),
            };
            match workload.kind {
                Kind::Deployment { .. } => all.extend(of.revisions.iter().map(|revision| {
                    let mut set = of_kind(scheduler::WorkloadKind::ReplicaSet);
                    set.name = format!("{}-{}", set.name, revision.hash).into();
                    let hash = std::collections::BTreeSet::from([revision.hash.as_str().into()]);
                    set.selector.add(scheduler::Requirement::In("pod-template-hash".into(), hash));
                    set
                })),
                Kind::ReplicaSet => all.push(of_kind(scheduler::WorkloadKind::ReplicaSet)),
                Kind::StatefulSet { .. } => all.push(of_kind(scheduler::WorkloadKind::StatefulSet)),
                Kind::DaemonSet { .. } | Kind::Job(_) => {}
            }
        }
        self.scheduling.scheduler.apply(now, Delta::Workloads(all));
    }

    /// Tells the scheduler how a node is, and once, how many volumes it takes.
    pub(crate) fn tell_scheduler_of_node(&mut self, id: NodeId, now: SimTime) {
        let node = &self.nodes.get(id).object;
        let scheduler = &mut self.scheduling.scheduler;
        scheduler.apply(now, Delta::Node(node.clone()));
        if scheduler.cluster().storage.csi_node(&node.name).is_none() {
            let instance_type = node.labels.get(eks::INSTANCE_TYPE);
            let limit = instance_type.map(|of| (EBS.into(), eks::volumes_max(of)));
            let csi_node = scheduler::CsiNode {
                name: node.name.clone(),
                limits: limit.into_iter().collect(),
                migrated: std::collections::BTreeSet::new(),
            };
            self.tell_storage(now, StorageDelta::CsiNode(csi_node));
        }
    }

    /// Tells the scheduler which evictions budgets allow, if that has changed and pods can evict others.
    fn tell_scheduler_of_budgets(&mut self, now: SimTime) {
        if self.spec.disruption_budgets.is_empty() || self.priorities.len() < 2 {
            return;
        }
        let budgets: Vec<scheduler::PodDisruptionBudget> = self
            .spec
            .disruption_budgets
            .iter()
            .enumerate()
            .map(|(place, budget)| scheduler::PodDisruptionBudget {
                namespace: budget.key.namespace.clone(),
                selector: budget.selector.clone(),
                disruptions_allowed: i32::try_from(self.disruptions_allowed(place)).unwrap_or(i32::MAX),
                disrupted: std::collections::BTreeSet::new(),
            })
            .collect();
        if self.scheduling.scheduler.cluster().disruption_budgets != budgets {
            self.scheduling.scheduler.apply(now, Delta::DisruptionBudgets(budgets));
        }
    }

    /// Takes the pod whose turn it is, if one's turn has come.
    pub(crate) fn try_next(&mut self, now: SimTime) -> Option<(Decision, Option<Ranking>)> {
        if self.scheduling.scheduler.next_wake_up(now).is_some_and(|at| at <= now) {
            self.tell_scheduler_of_budgets(now);
        }
        let (pods, by_key, ranked) = (&self.pods, &self.by_key, &self.ranked);
        let wants = self.begun && ranked.len() < RANKED_MAX;
        let is_first = |pod: &PodKey| {
            let owner = by_key.get(pod).and_then(|id| pods.get(*id).owner);
            owner.is_some_and(|owner| !ranked.contains(&owner.workload))
        };
        self.scheduling.try_next(now, |pod| wants && is_first(pod))
    }

    /// Sees to it that the scheduler takes the next pod as soon as there is one and it is free.
    pub(crate) fn wake_scheduler(&mut self, ctx: &mut impl KubeContext) {
        if !self.begun || self.is_leaderless(Component::Scheduler) {
            return;
        }
        let now = ctx.now();
        let scheduling = &mut self.scheduling;
        let Some(at) = scheduling.scheduler.next_wake_up(now) else { return };
        let at = at.max(scheduling.free_at).max(now);
        if let Some((armed, key)) = scheduling.armed {
            if armed <= at {
                return;
            }
            ctx.cancel(key);
        }
        scheduling.armed = Some((at, ctx.arm_at(at, Event::PodTried)));
    }

    /// Another instance leads, which has no pod in hand.
    pub(crate) fn scheduler_is_free(&mut self, now: SimTime) {
        self.scheduling.free_at = now;
    }

    pub(crate) fn try_pod(&mut self, ctx: &mut impl KubeContext) {
        self.scheduling.armed = None;
        let now = ctx.now();
        if self.acts(Component::Scheduler)
            && let Some((decision, ranking)) = self.try_next(now)
        {
            let nodes = u64::try_from(self.scheduling.scheduler.cluster().len()).expect("a usize fits");
            let takes = limits::SCHEDULING_CYCLE + limits::SCHEDULING_PER_NODE.saturating_mul(nodes);
            self.scheduling.free_at = now + takes.max(self.scheduling.gap);
            self.tried(decision, ranking, ctx);
        } else if !self.api.answers() {
            self.scheduling.free_at = now + self.spec.assumed.retry_max;
        }
        self.wake_scheduler(ctx);
    }

    /// What follows from a decision.
    pub(crate) fn tried(&mut self, decision: Decision, ranking: Option<Ranking>, ctx: &mut impl KubeContext) {
        match decision {
            Decision::Bound { pod, node, volumes } => {
                let Some(&id) = self.by_key.get(&pod) else { return };
                let Some(node) = self.nodes.named(&node) else { return };
                if let Some(ranking) = ranking {
                    self.tell_choice(id, node, &ranking, ctx);
                }
                if !volumes.is_empty() {
                    self.bind_volumes(id, node, &volumes, ctx);
                }
                if !self.begun {
                    self.settle_on(id, node, ctx);
                } else if self.pods.get(id).binding.is_none() {
                    self.ask(Client::Scheduler, Write::Bind { pod: id, node }, ctx);
                }
            }
            Decision::Nominated { pod, nominated, message, .. } => {
                let Some(&id) = self.by_key.get(&pod) else { return };
                self.unschedulable(id, message, ctx);
                for victim in &nominated.victims {
                    let Some(&victim) = self.by_key.get(&victim.key) else { continue };
                    let message = format!("Preempted by pod {} on node {}", pod, nominated.node);
                    let by = self.leading_scheduler();
                    self.events.normal(ctx.now(), About::Pod(victim), by, "Preempted", message);
                    let why = Ending::Preemption;
                    self.ask(Client::Scheduler, Write::DeletePod { pod: victim, why, grace: None }, ctx);
                }
            }
            Decision::Unschedulable { pod, message, .. } => {
                let Some(&id) = self.by_key.get(&pod) else { return };
                self.unschedulable(id, message, ctx);
            }
        }
    }

    /// Records what the plugins said when a node was chosen for the first pod of a workload.
    fn tell_choice(&mut self, pod: PodId, node: NodeId, ranking: &Ranking, ctx: &mut impl KubeContext) {
        let count = |many: usize| u32::try_from(many).expect("fewer than there are entity numbers");
        let entity = |node: &str| self.nodes.named(node).map(|node| self.nodes.get(node).entity);
        let chosen = self.nodes.get(node).entity;
        let candidate = |of: &Ranked| {
            let scores = ranking.plugins.iter().zip(&of.scores).map(|((plugin, weight), score)| {
                PluginScore { plugin: plugin.as_str().into(), weight: *weight, score: *score }
            });
            Some(Candidate { node: entity(&of.node)?, total: of.total, scores: scores.collect() })
        };
        let highest = ranking.ranked.first().map(|of| of.total);
        let mut candidates: Vec<Candidate> = ranking.ranked.iter().filter_map(candidate).collect();
        candidates.sort_by_key(|of| of.node != chosen);
        candidates.truncate(CANDIDATES);
        let rejection = |(plugin, reason, nodes): &(PluginName, scheduler::Text, usize)| Rejection {
            plugin: plugin.as_str().into(),
            reason: (&**reason).into(),
            nodes: count(*nodes),
        };
        let of = self.pods.get(pod);
        self.ranked.extend(of.owner.map(|owner| owner.workload));
        ctx.record(Record::NodeChosen(Box::new(NodeChosen {
            pod: of.entity,
            node: chosen,
            nodes: count(ranking.nodes),
            feasible: count(ranking.ranked.len()),
            best: count(ranking.ranked.iter().filter(|of| Some(of.total) == highest).count()),
            rejected: ranking.rejected.iter().map(rejection).collect(),
            candidates,
        })));
    }

    fn unschedulable(&mut self, id: PodId, message: String, ctx: &mut impl KubeContext) {
        let message: crate::objects::Text = message.into();
        let event = message.clone();
        let by = self.leading_scheduler();
        self.events.warning(ctx.now(), About::Pod(id), by, "FailedScheduling", event);
        let pod = self.pods.get_mut(id);
        if pod.unschedulable.as_ref() != Some(&message) {
            let is_news = pod.unschedulable.replace(message).is_none();
            if self.begun {
                self.tell_unschedulable(id, ctx);
                if is_news {
                    self.has_no_room(id, ctx);
                }
            }
        }
    }

    /// Records why a pod gets no node, if it does not: it fits nowhere, or nobody chooses one for it.
    pub(crate) fn tell_unschedulable(&self, id: PodId, ctx: &mut impl KubeContext) {
        let of = self.pods.get(id);
        let pod = of.entity;
        if let Some(why) = self.nobody_places(of) {
            let what: Box<str> = why.into();
            let blame = vec![Blame { kind: BlameKind::Pod, what: what.clone(), nodes: 0, alone: 0 }];
            ctx.record(Record::PodUnschedulable { pod, message: what, blame });
        } else if let Some(message) = &of.unschedulable {
            let message = (&**message).into();
            ctx.record(Record::PodUnschedulable { pod, message, blame: self.blame(id) });
        }
    }

    /// Why no scheduler sees a pod that has no node. The API has no word of it: such a pod is pending without a condition.
    fn nobody_places(&self, pod: &Pod) -> Option<String> {
        let object = &pod.object;
        if let Some(node) = &object.node_name {
            return Some(format!("its nodeName {node} is no node"));
        }
        let served = &self.scheduling.profile.spec().scheduler_name;
        (object.scheduler_name != *served)
            .then(|| format!("its schedulerName {} is no scheduler", object.scheduler_name))
    }
}

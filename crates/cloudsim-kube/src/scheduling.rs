//! The scheduler in simulated time: when it takes a pod, and what follows from its decision.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::PodId;
use crate::limits;
use crate::pods::Ending;
use crate::spec::ClusterSpec;
use crate::words::{Event, KubeContext};
use cloudsim_engine::{EventKey, Stream};
use cloudsim_kube_scheduler::framework::Choice;
use cloudsim_kube_scheduler::objects::{self as scheduler};
use cloudsim_kube_scheduler::queue::QueueConfig;
use cloudsim_kube_scheduler::{Decision, Delta, Profile, ProfileSpec, Profiles, Scheduler};
use cloudsim_records::Record;
use cloudsim_units::{SimDuration, SimTime};

/// The scheduler, and when it is free.
pub(crate) struct Scheduling {
    pub(crate) scheduler: Scheduler,
    luck: Stream,
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

impl Scheduling {
    pub(crate) fn new(spec: &ClusterSpec, luck: Stream) -> Scheduling {
        let mut profile = ProfileSpec::default();
        profile.args.pod_topology_spread.ignore_tainted_domains |=
            spec.scheduler.spread_ignores_tainted_domains;
        let profiles = Profiles::new([Profile::new(profile, spec.version.scheduler())]);
        let gap = spec.scheduler.pods_per_second.map_or(SimDuration::ZERO, |pods| {
            SimDuration::from_nanos(1_000_000_000 / u64::from(pods.max(1)))
        });
        Scheduling {
            scheduler: Scheduler::new(profiles, QueueConfig::default()),
            luck,
            free_at: SimTime::ZERO,
            gap,
            armed: None,
        }
    }

    /// Takes the pod whose turn it is, if one's turn has come.
    pub(crate) fn try_next(&mut self, now: SimTime) -> Option<Decision> {
        let luck = &mut self.luck;
        let mut draw = |equals: usize| {
            let equals = u64::try_from(equals).expect("a usize fits");
            usize::try_from(luck.below(equals)).expect("below a usize")
        };
        self.scheduler.schedule_one(now, &mut Choice::Drawn(&mut draw))
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
        let workloads = spec.workloads.iter().filter_map(|spec| {
            let workload = &spec.workload;
            let kind = match workload.kind {
                crate::objects::Kind::Deployment { .. } | crate::objects::Kind::ReplicaSet => {
                    scheduler::WorkloadKind::ReplicaSet
                }
                crate::objects::Kind::StatefulSet { .. } => scheduler::WorkloadKind::StatefulSet,
                crate::objects::Kind::DaemonSet { .. } | crate::objects::Kind::Job(_) => return None,
            };
            let (namespace, name) = (workload.key.namespace.clone(), workload.key.name.clone());
            Some(scheduler::Workload { kind, namespace, name, selector: workload.selector.clone() })
        });
        scheduler.apply(now, Delta::Workloads(workloads.collect()));
    }

    /// Sees to it that the scheduler takes the next pod as soon as there is one and it is free.
    pub(crate) fn wake_scheduler(&mut self, ctx: &mut impl KubeContext) {
        if !self.begun {
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

    pub(crate) fn try_pod(&mut self, ctx: &mut impl KubeContext) {
        self.scheduling.armed = None;
        let now = ctx.now();
        if self.api.answers()
            && let Some(decision) = self.scheduling.try_next(now)
        {
            let nodes = u64::try_from(self.scheduling.scheduler.cluster().len()).expect("a usize fits");
            let takes = limits::SCHEDULING_CYCLE + limits::SCHEDULING_PER_NODE.saturating_mul(nodes);
            self.scheduling.free_at = now + takes.max(self.scheduling.gap);
            self.tried(decision, ctx);
        } else if !self.api.answers() {
            self.scheduling.free_at = now + limits::RETRY_MAX;
        }
        self.wake_scheduler(ctx);
    }

    /// What follows from a decision.
    pub(crate) fn tried(&mut self, decision: Decision, ctx: &mut impl KubeContext) {
        match decision {
            Decision::Bound { pod, node, .. } => {
                let Some(&id) = self.by_key.get(&pod) else { return };
                let Some(node) = self.nodes.named(&node) else { return };
                if self.begun {
                    self.ask(Client::Scheduler, Write::Bind { pod: id, node }, ctx);
                } else {
                    self.settle_on(id, node, ctx);
                }
            }
            Decision::Nominated { pod, nominated, message, .. } => {
                let Some(&id) = self.by_key.get(&pod) else { return };
                self.unschedulable(id, message, ctx);
                for victim in &nominated.victims {
                    let Some(&victim) = self.by_key.get(&victim.key) else { continue };
                    let message = format!("Preempted by pod {} on node {}", pod, nominated.node);
                    self.events.normal(
                        ctx.now(),
                        About::Pod(victim),
                        "default-scheduler",
                        "Preempted",
                        message,
                    );
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

    fn unschedulable(&mut self, id: PodId, message: String, ctx: &mut impl KubeContext) {
        let message: crate::objects::Text = message.into();
        let event = message.clone();
        self.events.warning(ctx.now(), About::Pod(id), "default-scheduler", "FailedScheduling", event);
        let pod = self.pods.get_mut(id);
        if pod.unschedulable.as_ref() != Some(&message) {
            let record = Record::PodUnschedulable { pod: pod.entity, message: (&*message).into() };
            pod.unschedulable = Some(message);
            if self.begun {
                ctx.record(record);
            }
        }
    }
}

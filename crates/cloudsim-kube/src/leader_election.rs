//! Leader election: of the scheduler, the controller manager and the cloud controller manager one instance acts, the one
//! that holds the lease.
//!
//! # Modelled
//! Each node of the control plane runs an instance of each beside its API server, and asks that one alone. A leader that
//! does not get through for the renew deadline gives up; another takes the lease once nobody has renewed it for its
//! duration, at its next look. Until then nothing of that component is written. The new leader knows nothing of what the old
//! one had noted: the node controller begins all grace periods and tolerations anew.
//!
//! # Left out
//! What a new leader asks for twice, because it has not seen what the old one got done. Its caches, which it fills at once.
//!
//! # Sources
//! K8S-53; <https://github.com/kubernetes/client-go/blob/v0.34.1/tools/leaderelection/leaderelection.go>

use crate::api_server::{ApiServer, Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::limits;
use crate::objects::Text;
use crate::words::{Event, KubeContext};
use cloudsim_engine::Stream;
use cloudsim_records::{Component, Record};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::ZoneId;

/// The component that a client is part of; `None` of those that run elsewhere.
fn part_of(client: Client) -> Option<Component> {
    match client {
        Client::Scheduler => Some(Component::Scheduler),
        Client::CloudNode => Some(Component::CloudControllerManager),
        Client::NodeLifecycle
        | Client::NodeTaints
        | Client::TaintEviction
        | Client::PodGarbage
        | Client::ReplicaSet
        | Client::StatefulSet
        | Client::DaemonSet
        | Client::Job
        | Client::CronJob
        | Client::GarbageCollector
        | Client::Autoscaler
        | Client::EndpointSlice
        | Client::VolumeBinder
        | Client::AttachDetach => Some(Component::ControllerManager),
        Client::Kubelet(_)
        | Client::Provisioner
        | Client::Attacher
        | Client::ClusterAutoscaler
        | Client::Karpenter
        | Client::Operator => None,
    }
}

/// The scheduler's name as events have it.
pub(crate) const SCHEDULER: &str = "default-scheduler";

/// A lease.
#[derive(Debug)]
struct Lease {
    /// The server beside which the instance runs that took it last.
    holder: usize,
    silence: Option<Silence>,
    /// What the component asks for while nobody leads it.
    held: Vec<(Client, Write)>,
}

/// A leader that does not get through.
#[derive(Clone, Copy, Debug)]
struct Silence {
    since: SimTime,
    /// Whether its process is gone.
    died: bool,
    /// From when on another may take the lease.
    expires: SimTime,
    /// Whether it is arranged that somebody takes it.
    armed: bool,
}

impl Silence {
    /// Whether the leader is one no longer.
    fn is_final(self, now: SimTime) -> bool {
        self.died || now.since(self.since) > limits::RENEW_DEADLINE
    }
}

/// All leases.
#[derive(Debug)]
pub(crate) struct Leases {
    luck: Stream,
    /// By [`Component`].
    all: [Lease; 3],
}

impl Leases {
    /// Held beside one server or another, as `luck` has it.
    pub(crate) fn new(servers: usize, mut luck: Stream) -> Leases {
        let servers = u64::try_from(servers.max(1)).expect("a usize fits");
        let mut lease = || {
            let holder = usize::try_from(luck.below(servers)).expect("below a usize");
            Lease { holder, silence: None, held: Vec::new() }
        };
        let all = [lease(), lease(), lease()];
        Leases { luck, all }
    }

    /// None is held beside a server that does not answer, if another does.
    pub(crate) fn begin_beside(&mut self, api: &ApiServer) {
        let Some(first) = able(api).first().copied() else { return };
        for lease in self.all.iter_mut().filter(|lease| !api.server_answers(lease.holder)) {
            lease.holder = first;
        }
    }

    fn of(&self, elected: Component) -> &Lease {
        &self.all[elected as usize]
    }

    fn of_mut(&mut self, elected: Component) -> &mut Lease {
        &mut self.all[elected as usize]
    }

    /// Whether the component has a leader that gets through.
    fn acts(&self, elected: Component) -> bool {
        self.of(elected).silence.is_none()
    }
}

/// The servers beside which an instance can take a lease.
fn able(api: &ApiServer) -> Vec<usize> {
    (0..api.servers().count()).filter(|server| api.server_answers(*server)).collect()
}

impl Cluster {
    /// Whether a component acts: somebody leads it, and is answered.
    pub(crate) fn acts(&self, elected: Component) -> bool {
        self.api.answers() && self.leases.acts(elected)
    }

    /// Whether a component has no leader, although requests are answered.
    pub(crate) fn is_leaderless(&self, elected: Component) -> bool {
        self.api.answers() && !self.leases.acts(elected)
    }

    /// Whether what a component had noted is lost with its leader.
    pub(crate) fn has_forgotten(&self, elected: Component, now: SimTime) -> bool {
        self.leases.of(elected).silence.is_some_and(|silence| silence.is_final(now))
    }

    /// Keeps what a component without a leader asks for until it has one; what it is, if it is not kept. What left before
    /// its leader fell silent arrives.
    pub(crate) fn let_through(&mut self, client: Client, write: Write, left: SimTime) -> Option<Write> {
        let lease = part_of(client).map(|elected| self.leases.of_mut(elected));
        match lease {
            Some(Lease { silence: Some(silence), held, .. }) if left >= silence.since => {
                held.push((client, write));
                None
            }
            _ => Some(write),
        }
    }

    /// Who gets through to the API servers may have changed: leaders fall silent, go on, or are to be replaced.
    pub(crate) fn look_at_leaders(&mut self, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        for elected in Component::ALL.iter().copied() {
            let Leases { luck, all } = &mut self.leases;
            let lease = &mut all[elected as usize];
            let (is_up, gets_through) =
                (self.api.server_is_up(lease.holder), self.api.server_answers(lease.holder));
            if lease.silence.is_none() && !gets_through {
                // It renewed its lease at some time within the last period.
                let ago = luck.below(limits::LEASE_RETRY.as_nanos());
                let expires = now + (limits::LEASE_DURATION - SimDuration::from_nanos(ago));
                lease.silence = Some(Silence { since: now, died: false, expires, armed: false });
            }
            let Some(silence) = &mut lease.silence else { continue };
            silence.died |= !is_up;
            if gets_through && !silence.is_final(now) {
                lease.silence = None;
                self.component_goes_on(elected, ctx);
            } else if !silence.armed && self.api.answers() {
                silence.armed = true;
                let wait = luck.below(limits::LEASE_RETRY.as_nanos());
                let at = silence.expires.max(now) + SimDuration::from_nanos(wait);
                ctx.schedule_at(at, Event::LeaseTaken { of: elected });
            }
        }
    }

    /// An instance looks whether the lease of its component is free.
    pub(crate) fn lease_taken(&mut self, elected: Component, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let able = able(&self.api);
        let Leases { luck, all } = &mut self.leases;
        let lease = &mut all[elected as usize];
        let Some(silence) = &mut lease.silence else { return };
        if now < silence.expires {
            // Arranged for a silence that has ended.
            return;
        }
        if able.is_empty() {
            silence.armed = false;
            return;
        }
        let count = u64::try_from(able.len()).expect("a usize fits");
        lease.holder = able[usize::try_from(luck.below(count)).expect("below a usize")];
        lease.silence = None;
        if elected == Component::ControllerManager {
            // The new leader judges nodes and plans evictions itself.
            lease.held.retain(|(client, _)| !matches!(client, Client::NodeTaints | Client::TaintEviction));
            self.controllers_restart(ctx);
        }
        if elected == Component::Scheduler {
            self.scheduler_is_free(now);
        }
        ctx.record(Record::LeaderElected { cluster: self.entity, component: elected });
        let holder = self.leases.of(elected).holder;
        let path = format!("{}/leases/{}/{holder}", self.spec.name, elected.name());
        let identity = crate::names::uid(&path);
        let message = format!("{}_{identity} became leader", self.host_of_leader(elected));
        let by = if elected == Component::Scheduler { SCHEDULER } else { elected.name() };
        self.events.normal(now, About::Lease(elected), by, "LeaderElection", message);
        self.component_goes_on(elected, ctx);
    }

    /// The host of the instance that has a component's lease: the node that it runs on, or one that AWS has.
    pub(crate) fn host_of_leader(&self, of: Component) -> Text {
        let holder = self.leases.of(of).holder;
        let seat = self.spec.control_plane.api_servers.get(holder);
        let node = seat.and_then(|seat| seat.node.clone());
        node.unwrap_or_else(|| format!("control-plane-{holder}").into())
    }

    fn component_goes_on(&mut self, elected: Component, ctx: &mut impl KubeContext) {
        for (client, write) in std::mem::take(&mut self.leases.of_mut(elected).held) {
            self.ask(client, write, ctx);
        }
        if elected == Component::Scheduler {
            self.wake_scheduler(ctx);
        }
    }

    /// The zone in which a component's leader runs; `None` while nobody leads.
    #[must_use]
    pub fn leader_zone(&self, elected: Component) -> Option<ZoneId> {
        let lease = self.leases.of(elected);
        self.api.servers().nth(lease.holder).filter(|_| lease.silence.is_none())
    }
}

//! The API server: who asks, how long an answer takes, and when nobody answers.
//!
//! # Modelled
//! The brake in each client, the levels of priority and fairness with their seats, the time of a request, and below it etcd
//! with its quorum. A request that finds nobody is asked again by its client once someone answers.
//!
//! # Left out
//! Reads: informers have what they watch. Seats that a level lends to another, queues within a level, requests that are
//! refused because a queue is full. Requests that were under way to a server that died.

mod etcd;
mod limiter;

use etcd::Etcd;
pub(crate) use limiter::Limiter;

use crate::ids::{
    AttachmentId, ClaimId, CronJobId, KubeServiceId, NodeClaimId, NodeId, PodId, VolumeId, WorkloadId,
};
use crate::limits;
use crate::objects::Taint;
use crate::pods::{Ending, NewPod};
use crate::spec::{ControlPlaneSpec, Seat};
use crate::volumes::AttachmentState;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::ZoneId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Who asks the API server. Each has its own brake, controllers of one process included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    /// The kubelet of a node.
    Kubelet(NodeId),
    /// The scheduler.
    Scheduler,
    /// The node controller, in its looks at all nodes.
    NodeLifecycle,
    /// The parts of it that taint nodes. All share one brake, and take turns: those who look have few requests at a time, not
    /// all of a look, so that taints hardly wait for them.
    NodeTaints,
    /// The controller that evicts from tainted nodes.
    TaintEviction,
    /// The collector of garbage.
    PodGarbage,
    /// The controller of replica sets.
    ReplicaSet,
    /// The controller of stateful sets.
    StatefulSet,
    /// The controller of daemon sets.
    DaemonSet,
    /// The controller of jobs.
    Job,
    /// The controller of cron jobs.
    CronJob,
    /// The collector of what belongs to something that is gone.
    GarbageCollector,
    /// The controller of autoscalers.
    Autoscaler,
    /// The controller of endpoint slices.
    EndpointSlice,
    /// The controller that binds claims to volumes.
    VolumeBinder,
    /// The part of the driver that makes volumes.
    Provisioner,
    /// The controller that says where volumes are to be.
    AttachDetach,
    /// The part of the driver that attaches and detaches them.
    Attacher,
    /// The cloud's controller of nodes.
    CloudNode,
    /// The cluster autoscaler.
    ClusterAutoscaler,
    /// Karpenter.
    Karpenter,
    /// A person.
    Operator,
}

impl Client {
    /// Its brake; `controllers` may make so many requests a second, and at once.
    ///
    /// A kubelet may ask fifty times a second and never has that much to say here.
    fn limiter(self, controllers: (u32, u32)) -> Option<Limiter> {
        match self {
            Client::Kubelet(_) | Client::Operator => None,
            Client::Scheduler => Some(Limiter::new(limits::SCHEDULER_QPS, limits::SCHEDULER_BURST)),
            Client::ClusterAutoscaler => Some(Limiter::new(limits::AUTOSCALER_QPS, limits::AUTOSCALER_BURST)),
            Client::Karpenter => Some(Limiter::new(limits::KARPENTER_QPS, limits::KARPENTER_BURST)),
            _ => Some(Limiter::new(controllers.0, controllers.1)),
        }
    }

    fn level(self) -> usize {
        match self {
            Client::Kubelet(_) => 0,
            Client::Operator => 2,
            _ => 1,
        }
    }
}

impl Client {
    /// Its component, as events name it.
    fn name(self) -> &'static str {
        match self {
            Client::Kubelet(_) => "kubelet",
            Client::Scheduler => "scheduler",
            Client::NodeLifecycle | Client::NodeTaints => "node controller",
            Client::TaintEviction => "taint eviction controller",
            Client::PodGarbage => "pod garbage collector",
            Client::ReplicaSet => "replica set controller",
            Client::StatefulSet => "stateful set controller",
            Client::DaemonSet => "daemon set controller",
            Client::Job => "job controller",
            Client::CronJob => "cron job controller",
            Client::GarbageCollector => "garbage collector",
            Client::Autoscaler => "pod autoscaler",
            Client::VolumeBinder => "volume binding controller",
            Client::Provisioner => "volume provisioner",
            Client::AttachDetach => "attach/detach controller",
            Client::Attacher => "volume attacher",
            Client::EndpointSlice => "endpoint slice controller",
            Client::CloudNode => "cloud node controller",
            Client::ClusterAutoscaler => "cluster autoscaler",
            Client::Karpenter => "karpenter",
            Client::Operator => "kubectl",
        }
    }
}

/// A request that is under way to the API server: by whom, and its way in time. What lies between `begins` and `done` is the
/// API server's own work, then etcd's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub by: &'static str,
    /// What for.
    pub asks: Asks,
    /// When it was asked for.
    pub asked: SimTime,
    /// When its client's brake let it go.
    pub leaves: SimTime,
    /// When a seat was free for it.
    pub begins: SimTime,
    /// The end of it, of which etcd has had it.
    pub storing: SimDuration,
    /// When it is done, if somebody answers then.
    pub done: SimTime,
}

/// What a request is about, as far as it brings a workload's pods on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The object of a workload.
    Apply(WorkloadId),
    /// A pod, if it is a workload's.
    MakePod(Option<WorkloadId>),
    /// The node of a pod.
    Bind(PodId),
    /// What a kubelet says of a pod.
    Status(PodId),
    /// The addresses behind a service.
    Endpoints(KubeServiceId),
    /// Something else.
    Else,
}

/// What is asked of the API server.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// Makes a pod.
    MakePod(Box<NewPod>),
    /// Binds a pod to a node.
    Bind { pod: PodId, node: NodeId },
    /// Lets a pod end.
    DeletePod { pod: PodId, why: Ending, grace: Option<SimDuration> },
    /// Takes a pod out: it has ended, or nobody can tell.
    RemovePod { pod: PodId },
    /// Says how a pod is: phase and readiness as its kubelet knows them.
    PodStatus { pod: PodId },
    /// Says that a pod is not ready because its node is not.
    PodNotReady { pod: PodId },
    /// Says that a node has not been heard of.
    NodeUnknown { node: NodeId },
    /// Says that a node is ready, as its kubelet knows it.
    NodeReady { node: NodeId },
    /// Says whether memory is low on a node, as its kubelet knows it.
    MemoryPressure { node: NodeId },
    /// Puts taints on a node and takes others away.
    Taints { node: NodeId, add: Vec<Taint>, remove: Vec<Taint> },
    /// Lets no new pod on a node, or lets them again.
    Cordon { node: NodeId, cordoned: bool },
    /// Takes a node out.
    RemoveNode { node: NodeId },
    /// Writes the addresses behind a service.
    Endpoints { service: KubeServiceId },
    /// Makes a job of a cron job, for a time in minutes since 1970.
    MakeJob { cron_job: CronJobId, minute: u64 },
    /// Takes a job out, and its pods.
    RemoveJob { workload: WorkloadId },
    /// Says for which node the volume of a claim is to be made.
    PlaceClaim { claim: ClaimId, node: NodeId },
    /// Puts in the volume that was made for a claim.
    MakeVolume { claim: ClaimId },
    /// Binds a claim to a volume.
    BindClaim { claim: ClaimId, volume: VolumeId },
    /// Says how far a volume has come on its way to a node, or from it.
    Attachment { attachment: AttachmentId, state: AttachmentState },
    /// Says which volumes are in use on a node, as its kubelet knows it.
    VolumesInUse { node: NodeId },
    /// Wants another number of pods.
    Scale { workload: WorkloadId, replicas: u32 },
    /// Makes the object of a workload that was held back.
    Apply { workload: WorkloadId },
    /// Makes a claim of Karpenter's.
    MakeNodeClaim { claim: NodeClaimId },
    /// Takes out a claim that Karpenter has given up: nobody else looks at it.
    RemoveNodeClaim,
}

impl Write {
    /// What it is about.
    fn asks(&self) -> Asks {
        match self {
            Write::MakePod(new) => Asks::MakePod(new.owner.map(|owner| owner.workload)),
            Write::Bind { pod, .. } => Asks::Bind(*pod),
            Write::PodStatus { pod } => Asks::Status(*pod),
            Write::Endpoints { service } => Asks::Endpoints(*service),
            Write::Apply { workload } => Asks::Apply(*workload),
            _ => Asks::Else,
        }
    }

    /// How many requests it takes.
    fn requests(&self) -> u32 {
        match self {
            // The controller of evictions looks at the pod, says why, and deletes it.
            Write::DeletePod { why: Ending::TaintEviction, .. } => 3,
            // The controller makes the pod's claims before the pod.
            Write::MakePod(new) => 1 + u32::try_from(new.claims.len()).expect("few claims"),
            // The controller writes into both.
            Write::BindClaim { .. } => 2,
            _ => 1,
        }
    }
}

/// Pairs of zones between which nothing gets through; the lower one of each first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Borders(BTreeSet<(ZoneId, ZoneId)>);

impl Borders {
    /// So many zones, of which `lets` says for two whether they reach each other.
    pub(crate) fn new(zones: usize, lets: impl Fn(ZoneId, ZoneId) -> bool) -> Borders {
        let zone = ZoneId::from_index;
        let pairs = (0..zones).flat_map(|a| (a + 1..zones).map(move |b| (zone(a), zone(b))));
        Borders(pairs.filter(|(a, b)| !lets(*a, *b)).collect())
    }

    /// Whether two zones reach each other.
    pub(crate) fn lets(&self, a: ZoneId, b: ZoneId) -> bool {
        !self.0.contains(&(a.min(b), a.max(b)))
    }

    #[cfg(test)]
    fn around(cut: impl IntoIterator<Item = ZoneId>, zones: usize) -> Borders {
        let cut: BTreeSet<ZoneId> = cut.into_iter().collect();
        Borders::new(zones, |a, b| !cut.contains(&a) && !cut.contains(&b))
    }
}

/// Seats in which requests are carried out.
#[derive(Debug)]
struct Level {
    seats: usize,
    /// When each seat that was taken is free again.
    busy: BinaryHeap<Reverse<SimTime>>,
}

impl Level {
    /// Takes a seat from the first instant at which one is free; when the request begins and is done.
    fn serve(&mut self, at: SimTime, takes: SimDuration) -> (SimTime, SimTime) {
        let begin = if self.busy.len() < self.seats {
            at
        } else {
            let Reverse(free) = self.busy.pop().expect("a level has a seat");
            at.max(free)
        };
        let done = begin + takes;
        self.busy.push(Reverse(done));
        (begin, done)
    }
}

/// The API server and etcd.
#[derive(Debug)]
pub(crate) struct ApiServer {
    requests: Vec<Option<(Client, Write, Request)>>,
    free: Vec<u32>,
    /// Requests that nobody has answered, to be asked again.
    waiting: Vec<u32>,
    limiters: BTreeMap<Client, Limiter>,
    /// Requests a second, and at once, of each controller.
    controllers: (u32, u32),
    levels: [Level; 3],
    servers: Vec<Part>,
    /// Whether they run and answer nobody.
    silent: bool,
    etcd: Etcd,
    borders: Borders,
}

/// An API server or a member of etcd.
#[derive(Clone, Debug)]
struct Part {
    seat: Seat,
    /// Whether what it runs on has power.
    up: bool,
}

impl Part {
    fn all(seats: &[Seat]) -> Vec<Part> {
        seats.iter().map(|seat| Part { seat: seat.clone(), up: true }).collect()
    }
}

impl ApiServer {
    /// Servers and members of etcd in zones, all up; who leads of these is by `word`.
    pub(crate) fn new(spec: &ControlPlaneSpec, word: u64) -> ApiServer {
        let level = |shares: u64| {
            let seats = (limits::SEATS * shares).div_ceil(limits::SHARES_TOTAL);
            let seats = usize::try_from(seats).expect("few seats");
            Level { seats, busy: BinaryHeap::new() }
        };
        ApiServer {
            requests: Vec::new(),
            free: Vec::new(),
            waiting: Vec::new(),
            limiters: BTreeMap::new(),
            controllers: (spec.kube_api_qps, spec.kube_api_burst),
            levels: [
                level(limits::SHARES_NODE_HIGH + limits::SHARES_SYSTEM),
                level(limits::SHARES_WORKLOAD_HIGH),
                level(limits::SHARES_GLOBAL_DEFAULT),
            ],
            servers: Part::all(&spec.api_servers),
            silent: false,
            etcd: Etcd::new(&spec.etcd, word),
            borders: Borders::default(),
        }
    }

    /// Whether requests are answered, by one server at least.
    pub(crate) fn answers(&self) -> bool {
        (0..self.servers.len()).any(|server| self.server_answers(server))
    }

    /// Whether a server answers: it is up, not silent, and reaches an etcd that takes writes.
    pub(crate) fn server_answers(&self, server: usize) -> bool {
        let Part { seat, up } = &self.servers[server];
        *up && !self.silent && self.etcd.serves(seat.zone, &self.borders)
    }

    /// Whether what a server runs on has power.
    pub(crate) fn server_is_up(&self, server: usize) -> bool {
        self.servers[server].up
    }

    /// The zone of each server.
    pub(crate) fn servers(&self) -> impl Iterator<Item = ZoneId> {
        self.servers.iter().map(|server| server.seat.zone)
    }

    /// Whether a zone reaches a server that answers.
    pub(crate) fn is_reached_from(&self, zone: ZoneId) -> bool {
        let mut servers = self.servers.iter().enumerate();
        servers.any(|(server, of)| self.server_answers(server) && self.borders.lets(zone, of.seat.zone))
    }

    /// The servers and the members of etcd that have such seats die, or come back. Whether etcd is to elect a leader.
    pub(crate) fn turn(&mut self, is_there: impl Fn(&Seat) -> bool, up: bool) -> bool {
        let parts = self.servers.iter_mut().chain(self.etcd.members());
        for part in parts.filter(|part| is_there(&part.seat)) {
            part.up = up;
        }
        self.etcd.is_to_elect(&self.borders)
    }

    /// All servers answer nobody, or do again.
    pub(crate) fn silence(&mut self, silent: bool) {
        self.silent = silent;
    }

    /// Other zones are cut off from each other. Whether etcd is to elect a leader.
    pub(crate) fn divide(&mut self, borders: Borders) -> bool {
        self.borders = borders;
        self.etcd.is_to_elect(&self.borders)
    }

    /// etcd elects a leader, if it has none and there can be one, by `word`.
    pub(crate) fn elect(&mut self, word: u64) {
        self.etcd.elect(&self.borders, word);
    }

    /// How long etcd takes for a write; `None` if it takes none.
    pub(crate) fn write_latency(&self, rtt: impl Fn(ZoneId, ZoneId) -> SimDuration) -> Option<SimDuration> {
        self.etcd.write_latency(&self.borders, rtt)
    }

    /// Asks for something; the number of the request, and when it will be done. It has a seat while it is worked on and
    /// stored.
    pub(crate) fn ask(
        &mut self,
        client: Client,
        write: Write,
        now: SimTime,
        (processing, storing): (SimDuration, SimDuration),
    ) -> (u32, SimTime) {
        let mut leaves = now;
        if let Some(fresh) = client.limiter(self.controllers) {
            let limiter = self.limiters.entry(client).or_insert(fresh);
            for _ in 0..write.requests() {
                leaves = limiter.admit(now);
            }
        }
        let takes = processing + storing;
        // What a brake holds back takes no seat: it comes one by one, fifty times a second or less, and a seat that it was
        // given now would be kept from all others until then.
        let (begins, done) = if leaves > now {
            (leaves, leaves + takes)
        } else {
            self.levels[client.level()].serve(now, takes)
        };
        let (by, asks) = (client.name(), write.asks());
        let request = Request { by, asks, asked: now, leaves, begins, storing, done };
        let number = self.free.pop().unwrap_or_else(|| {
            self.requests.push(None);
            u32::try_from(self.requests.len() - 1).expect("fewer than 2^32 requests at a time")
        });
        self.requests[number as usize] = Some((client, write, request));
        (number, done)
    }

    /// When a client's brake has let go all that it was asked for; not before `now`.
    pub(crate) fn drained(&self, client: Client, now: SimTime) -> SimTime {
        self.limiters.get(&client).map_or(now, |limiter| limiter.free_at().max(now))
    }

    /// A request that is under way.
    pub(crate) fn request(&self, request: u32) -> Option<&Request> {
        self.requests.get(request as usize)?.as_ref().map(|(.., request)| request)
    }

    /// Takes a request whose time has come; `None` keeps it, because nobody answers.
    pub(crate) fn take(&mut self, request: u32) -> Option<(Client, Write, Request)> {
        if !self.answers() {
            self.waiting.push(request);
            return None;
        }
        self.free.push(request);
        self.requests[request as usize].take()
    }

    /// The requests that are to be asked again, now that someone answers.
    pub(crate) fn asked_again(&mut self) -> Vec<u32> {
        if self.answers() { std::mem::take(&mut self.waiting) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Minor;

    #[test]
    fn a_request_waits_for_a_seat_of_its_level() {
        let mut level = Level { seats: 2, busy: BinaryHeap::new() };
        let second = SimDuration::from_secs(1);
        let done: Vec<SimTime> = (0..5).map(|_| level.serve(SimTime::ZERO, second).1).collect();
        assert_eq!(done, [1, 1, 2, 2, 3].map(SimTime::from_secs));
    }

    fn one_of_each() -> ControlPlaneSpec {
        let zones = || vec![ZoneId(0).into()];
        ControlPlaneSpec { api_servers: zones(), etcd: zones(), ..ControlPlaneSpec::of(Minor::NEWEST) }
    }

    #[test]
    fn what_a_brake_holds_back_keeps_nobody_else_from_a_seat() {
        let mut api = ApiServer::new(&one_of_each(), 0);
        let takes = (SimDuration::from_millis(10), SimDuration::ZERO);
        let unknown = |node| Write::NodeUnknown { node: NodeId::from_index(node) };
        let last =
            (0..30_000).map(|node| api.ask(Client::NodeLifecycle, unknown(node), SimTime::ZERO, takes).1);
        assert!(last.max() > Some(SimTime::from_secs(500)), "one client has very much to say");
        let (_, done) = api.ask(Client::ReplicaSet, unknown(0), SimTime::from_secs(1), takes);
        assert_eq!(done, SimTime::from_secs(1) + takes.0, "another does not wait for it");
    }

    #[test]
    fn what_nobody_answers_is_kept_and_asked_again() {
        let mut api = ApiServer::new(&one_of_each(), 0);
        let write = Write::RemovePod { pod: PodId(7) };
        let takes = (SimDuration::ZERO, SimDuration::ZERO);
        let (request, _) = api.ask(Client::Operator, write, SimTime::ZERO, takes);
        api.turn(|_| true, false);
        assert!(api.take(request).is_none());
        assert!(api.asked_again().is_empty());
        assert!(api.turn(|_| true, true), "etcd can elect a leader again");
        assert!(api.asked_again().is_empty(), "and has none yet");
        api.elect(0);
        assert_eq!(api.asked_again(), [request]);
        assert!(matches!(api.take(request), Some((Client::Operator, Write::RemovePod { pod: PodId(7) }, _))));
    }
}

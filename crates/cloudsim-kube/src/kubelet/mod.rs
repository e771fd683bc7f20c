//! Kubelets: what becomes of a pod on its node.
//!
//! # Modelled
//! Sandbox, after the volumes if there are any; container by container its image, one after the other at the node's
//! bandwidth, and its start; probes on their own grid, restarts with back-off, graceful ends, the death and return of hosts,
//! nodes that are cut off.
//!
//! # Left out
//! Parallel pulls, a registry that is slow, ephemeral containers.

mod eviction;
mod images;
mod probes;
mod volumes;

pub(crate) use self::images::Pulls;

use self::probes::{is_ready_at_once, passed_at, ready_at};
use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::controllers::node_lifecycle::NODE_CONTROLLER;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::{Container, RestartPolicy};
use crate::pods::Phase;
use crate::words::{Event, KubeContext, Signal, Step};
use cloudsim_records::{PodReason, PodState};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};

/// Who says what happens here.
pub const KUBELET: &str = "kubelet";

impl Cluster {
    /// A host runs: its kubelet starts.
    pub(crate) fn start_kubelet(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        let path = format!("clusters/{}/nodes/{}", self.spec.name, node.name);
        let word = ctx.streams().stream(&path, &format!("kubelet {}", node.epoch)).word();
        let event = Event::KubeletStarted { node: id, epoch: node.epoch };
        ctx.schedule_in(node.join.sample(word), event);
    }

    /// The host of a node dies, and all that runs on it.
    pub fn host_died(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let node = self.nodes.get_mut(id);
        if !node.host_up {
            node.epoch = node.epoch.wrapping_add(1);
            return;
        }
        node.epoch = node.epoch.wrapping_add(1);
        node.host_up = false;
        node.kubelet_up = false;
        node.memory_low = None;
        node.watches_memory = false;
        node.left.clear();
        // What was fetched only in part is fetched anew.
        node.pulls.drop_all();
        self.lease_heard(id, false, now);
        self.control_plane_on(id, false, ctx);
        self.proxy_dies(id, ctx);
        for pod in self.nodes.get(id).pods.clone() {
            let of = self.pods.get_mut(pod);
            of.epoch = of.epoch.wrapping_add(1);
            if of.runs() {
                of.last_ended = Some(now);
            }
            of.step = None;
            of.looks_since = None;
            if of.serves {
                self.tell(pod, PodState::Lost, PodReason::HostDied, ctx);
            }
            self.pod_answers(pod, false, ctx);
            self.set_serves(pod, false, ctx);
        }
    }

    /// The host of a node runs again.
    pub fn host_returned(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let node = self.nodes.get_mut(id);
        if !node.host_up && !node.gone {
            node.host_up = true;
            self.start_kubelet(id, ctx);
        }
    }

    /// The power of a node's host is back: it runs after a time of that distribution.
    pub fn power_returned(&mut self, id: NodeId, boots: DurationDistribution, ctx: &mut impl KubeContext) {
        let node = self.nodes.get(id);
        if node.host_up || node.gone {
            return;
        }
        let path = format!("clusters/{}/nodes/{}", self.spec.name, node.name);
        let word = ctx.streams().stream(&path, &format!("power return {}", node.epoch)).word();
        ctx.schedule_in(boots.sample(word), Event::HostReturned { node: id, epoch: node.epoch });
    }

    pub(crate) fn host_back(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        if self.nodes.get(id).epoch == epoch {
            self.host_returned(id, ctx);
        }
    }

    /// A pod's node had no address left for it: the kubelet tries again.
    pub fn sandbox_failed(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        pod.epoch = pod.epoch.wrapping_add(1);
        pod.step = Some(Step::Mounted);
        let message = "Failed to create pod sandbox: failed to assign an IP address to container";
        self.events.warning(ctx.now(), About::Pod(id), KUBELET, "FailedCreatePodSandBox", message);
        self.advance(id, Step::Sandbox, self.spec.assumed.sandbox_retry, ctx);
    }

    /// The API servers and a node reach each other, or no longer: its kubelet finds out when it next renews its lease.
    pub fn connect(&mut self, id: NodeId, connected: bool, ctx: &mut impl KubeContext) {
        let node = self.nodes.get_mut(id);
        node.cuts = node.cuts.wrapping_add(1);
        let cut = node.cuts;
        if !connected || node.connected {
            self.connection_changes(id, connected, ctx);
            return;
        }
        let path = format!("clusters/{}/nodes/{}", self.spec.name, self.nodes.get(id).name);
        let wait = ctx
            .streams()
            .stream(&path, &format!("reconnection {cut}"))
            .below(limits::LEASE_RENEWAL.as_nanos());
        ctx.schedule_in(SimDuration::from_nanos(wait), Event::Reconnected { node: id, cut });
    }

    /// A kubelet tries again, and gets through unless its node was cut off meanwhile.
    pub(crate) fn reconnected(&mut self, id: NodeId, cut: u16, ctx: &mut impl KubeContext) {
        if self.nodes.get(id).cuts == cut {
            self.connection_changes(id, true, ctx);
        }
    }

    fn connection_changes(&mut self, id: NodeId, connected: bool, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let was_heard = self.nodes.get(id).is_heard();
        self.nodes.get_mut(id).connected = connected;
        let heard = self.nodes.get(id).is_heard();
        self.lease_heard(id, heard && self.api.answers(), now);
        if heard && !was_heard {
            self.kubelet_is_told(id, ctx);
        }
    }

    pub(crate) fn kubelet_started(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let node = self.nodes.get_mut(id);
        if node.epoch != epoch || node.gone || !node.host_up {
            return;
        }
        node.kubelet_up = true;
        let is_new = !std::mem::replace(&mut node.registered, true);
        if is_new {
            node.joined = now;
        }
        let heard = node.is_heard();
        if heard && self.api.answers() {
            self.events.normal(now, About::Node(id), KUBELET, "Starting", "Starting kubelet.");
            if is_new {
                let name = &self.nodes.get(id).name;
                let message = format!("Node {name} event: Registered Node {name} in Controller");
                self.events.normal(now, About::Node(id), NODE_CONTROLLER, "RegisteredNode", message);
            }
        }
        self.control_plane_on(id, true, ctx);
        self.lease_heard(id, heard && self.api.answers(), now);
        if heard && self.api.answers() {
            self.kubelet_is_told(id, ctx);
        } else {
            self.nodes.get_mut(id).knows_no_pods = true;
        }
    }

    /// A kubelet that has just started, or is heard again, learns of its pods and of services.
    pub(crate) fn kubelet_is_told(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        self.nodes.get_mut(id).knows_no_pods = false;
        self.proxy_starts(id, ctx);
        self.kubelet_catches_up(id, ctx);
    }

    /// A kubelet that is heard again says that its node is ready, ends what is to end, and starts what is to run.
    fn kubelet_catches_up(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        self.ask(Client::Kubelet(id), Write::NodeReady { node: id }, ctx);
        let node = self.nodes.get(id);
        if node.memory_pressure != node.memory_low.is_some() {
            self.ask(Client::Kubelet(id), Write::MemoryPressure { node: id }, ctx);
        }
        for pod in self.nodes.get(id).pods.clone() {
            let of = self.pods.get(pod);
            if of.ending.is_some() {
                self.kubelet_stops(pod, id, ctx);
            } else if of.step.is_none() && of.started.is_some() && of.template.restart == RestartPolicy::Never
            {
                // Its containers are gone, and are not started again.
                if !of.has_ended() {
                    self.pods.get_mut(pod).step = Some(Step::Errored);
                    self.ask_status(pod, id, ctx);
                }
            } else if of.step.is_none() && !of.has_ended() {
                // Each of its containers, if they have run.
                let restarted = of.started.map_or(0, |_| of.template.lasting().count());
                self.pods.get_mut(pod).restarts += u32::try_from(restarted).expect("few");
                self.begin_pod(pod, id, ctx);
            } else {
                self.look_for_volumes(pod, ctx);
                self.ask(Client::Kubelet(id), Write::PodStatus { pod }, ctx);
            }
        }
        for pod in std::mem::take(&mut self.nodes.get_mut(id).left) {
            self.kubelet_forgets(pod, ctx);
        }
        if !self.nodes.get(id).volumes_in_use.is_empty() {
            self.report_volumes_soon(id, ctx);
        }
    }

    /// A node is ready again: its kubelet says again what the node controller has overruled.
    pub(crate) fn kubelet_repeats(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(id).ready != Ready::True {
            return;
        }
        for pod in self.nodes.get(id).pods.clone() {
            let of = self.pods.get(pod);
            if of.serves && !of.ready {
                self.ask_status(pod, id, ctx);
            }
        }
    }

    /// A kubelet learns of a pod that was bound to its node.
    pub(crate) fn kubelet_sees(&mut self, pod: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let of = self.pods.get(pod);
        if self.nodes.get(node).is_heard() && of.step.is_none() && of.is_active() {
            self.begin_pod(pod, node, ctx);
        }
    }

    fn begin_pod(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get_mut(id);
        pod.taken_on.get_or_insert(now);
        // A kubelet that starts anew remembers no back-off.
        pod.failed_pull = None;
        pod.step = Some(Step::Begun);
        if !self.waits_for_volumes(id, node, ctx) {
            self.make_sandbox(id, ctx);
        }
    }

    fn make_sandbox(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let takes = self.drawn(id, "sandbox", self.spec.assumed.sandbox, ctx);
        self.advance(id, Step::Sandbox, takes, ctx);
    }

    /// A time of a pod's, drawn by its name, the purpose and how often it has begun.
    pub(crate) fn drawn(
        &self,
        id: PodId,
        purpose: &str,
        distribution: DurationDistribution,
        ctx: &impl KubeContext,
    ) -> SimDuration {
        let pod = self.pods.get(id);
        let path = format!("clusters/{}/pods/{}", self.spec.name, pod.key);
        distribution.sample(ctx.streams().stream(&path, &format!("{purpose} {}", pod.epoch)).word())
    }

    pub(crate) fn advance(&mut self, id: PodId, step: Step, takes: SimDuration, ctx: &mut impl KubeContext) {
        let epoch = self.pods.get(id).epoch;
        ctx.schedule_in(takes, Event::PodAdvanced { pod: id, step, epoch });
    }

    pub(crate) fn pod_advanced(&mut self, id: PodId, step: Step, epoch: u16, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        let Some(node) = pod.node else { return };
        let looks = pod.step == Some(Step::Begun);
        if pod.epoch != epoch || !self.nodes.get(node).host_up || step == Step::Attached && !looks {
            return;
        }
        let pod = self.pods.get_mut(id);
        pod.step = Some(step);
        match step {
            Step::Begun => {}
            Step::Attached => self.mount_volumes(id, node, ctx),
            Step::Mounted => {
                self.tell(id, PodState::Mounted, PodReason::None, ctx);
                self.make_sandbox(id, ctx);
            }
            Step::Sandbox => {
                ctx.signal(Signal::PodStarted { pod: id });
                self.container_due(id, 0, epoch, ctx);
            }
            Step::Initialised => self.initialised(id, ctx),
            Step::Pulled => self.pulled(id, node, ctx),
            Step::Running => {
                // The others have started before, each once its image was there.
                self.container_starts(id, self.pods.get(id).template.last(), ctx.now());
                self.runs(id, node, ctx);
            }
            Step::Answering => {
                self.pod_answers(id, true, ctx);
                if let Some(ready) = ready_at(self.pods.get(id)) {
                    self.advance(id, Step::Ready, ready.since(ctx.now()), ctx);
                }
            }
            Step::Ready => {
                self.set_serves(id, true, ctx);
                self.ask_status(id, node, ctx);
            }
            Step::Ended => {
                self.pod_answers(id, false, ctx);
                ctx.signal(Signal::PodRemoved { pod: id });
                self.let_volumes_go(id, node, ctx);
                if self.nodes.get(node).connected {
                    self.ask(Client::Kubelet(node), Write::RemovePod { pod: id }, ctx);
                }
            }
            Step::Failed => self.failed(id, node, PodReason::ProbeFailed, ctx),
            Step::Restarted => {
                let pod = self.pods.get_mut(id);
                pod.restarts += 1;
                let failed = pod.due;
                self.container_starts(id, failed, ctx.now());
                self.runs(id, node, ctx);
                self.sync_job_of(id, ctx);
            }
            Step::Errored if self.pods.get(id).template.restart == RestartPolicy::OnFailure => {
                self.failed(id, node, PodReason::ProcessFailed, ctx);
            }
            Step::Succeeded | Step::Errored => self.work_ended(id, node, ctx),
        }
    }

    fn ask_status(&mut self, pod: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(node).is_heard() {
            self.ask(Client::Kubelet(node), Write::PodStatus { pod }, ctx);
        }
    }

    /// The containers run: the process will answer, unless a probe loses patience before.
    fn runs(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get_mut(id);
        pod.started = Some(now);
        pod.step = Some(Step::Running);
        let template = pod.template.clone();
        self.tell(id, PodState::Running, PodReason::None, ctx);
        self.ask_status(id, node, ctx);
        self.count_cpu(id, ctx);
        self.memory_grows(node, ctx);
        self.begin_work(id, ctx);
        let server = self.pods.get(id).owner.and_then(|owner| {
            self.workloads.get(owner.workload).spec.server.as_ref().map(|server| server.start)
        });
        let takes = self.drawn(id, "start", server.unwrap_or(self.spec.assumed.container_start), ctx);
        if template.containers.iter().all(is_ready_at_once) {
            self.advance(id, Step::Ready, SimDuration::ZERO, ctx);
        }
        self.advance(id, Step::Answering, takes, ctx);
        self.begin_probes(id, takes, ctx);
    }

    /// A container is made and started.
    fn container_starts(&mut self, pod: PodId, place: u8, now: SimTime) {
        let name = self.pods.get(pod).template.in_order(place).name.clone();
        let about = About::Container(pod, place);
        self.events.normal(now, about, KUBELET, "Created", format!("Created container: {name}"));
        self.events.normal(now, about, KUBELET, "Started", format!("Started container {name}"));
    }

    /// The containers of a pod that ends by itself begin their work.
    pub(crate) fn begin_work(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let Some(work) = pod.owner.and_then(|owner| self.workloads.get(owner.workload).spec.work) else {
            return;
        };
        let path = format!("clusters/{}/pods/{}", self.spec.name, pod.key);
        let mut luck = ctx.streams().stream(&path, &format!("work {}", pod.life()));
        let takes = work.lasts.sample(luck.word());
        let step = if work.fails.chosen_by(luck.word()) { Step::Errored } else { Step::Succeeded };
        self.advance(id, step, takes, ctx);
    }

    /// A pod's containers have ended for good.
    pub(crate) fn work_ended(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        // It may have ended before it would have answered.
        pod.epoch = pod.epoch.wrapping_add(1);
        self.pod_answers(id, false, ctx);
        self.set_serves(id, false, ctx);
        ctx.signal(Signal::PodRemoved { pod: id });
        self.ask_status(id, node, ctx);
    }

    /// A pod's containers have failed: they are started again, later each time.
    fn failed(&mut self, id: PodId, node: NodeId, why: PodReason, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        self.pod_answers(id, false, ctx);
        self.set_serves(id, false, ctx);
        self.tell(id, PodState::Failed, why, ctx);
        let pod = self.pods.get_mut(id);
        pod.last_ended = Some(now);
        if why == PodReason::ProcessFailed {
            pod.due = pod.template.first();
        }
        // What was planned for the containers that have failed is void.
        pod.epoch = pod.epoch.wrapping_add(1);
        pod.step = Some(Step::Failed);
        let ran = pod.started.map_or(SimDuration::ZERO, |started| now.since(started));
        pod.failures = if ran >= limits::CRASH_BACKOFF_RESET { 1 } else { pod.failures + 1 };
        // The first time at once, then after 10 s, 20 s, 40 s, …
        let wait = match pod.failures {
            1 => SimDuration::ZERO,
            n => limits::CRASH_BACKOFF.saturating_mul(1 << (n - 2).min(16)).min(limits::CRASH_BACKOFF_MAX),
        };
        if wait > SimDuration::ZERO {
            let (place, key) = (pod.due, &pod.key);
            let container = &pod.template.in_order(place).name;
            let uid = crate::names::uid(&format!("{}/{key}/{}", self.spec.name, id.index()));
            let message = format!(
                "Back-off restarting failed container {container} in pod {}_{}({uid})",
                key.name, key.namespace
            );
            self.events.warning(now, About::Container(id, place), KUBELET, "BackOff", message);
        }
        self.ask_status(id, node, ctx);
        let starts = self.drawn(id, "containers", self.spec.assumed.containers, ctx);
        self.advance(id, Step::Restarted, wait + starts, ctx);
    }

    /// The process of a pod dies.
    pub fn process_died(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        if let Some(node) = pod.node
            && pod.runs()
        {
            self.failed(id, node, PodReason::ProcessFailed, ctx);
        }
    }

    /// A kubelet learns that a pod is to end.
    pub(crate) fn kubelet_stops(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if !self.nodes.get(node).is_heard() {
            return;
        }
        let now = ctx.now();
        let pod = self.pods.get_mut(id);
        let Some((_, deadline)) = pod.ending else { return };
        if pod.step == Some(Step::Ended) {
            return;
        }
        let runs = pod.step.is_some_and(|step| (Step::Running..=Step::Restarted).contains(&step));
        let hooks = pod.template.containers.iter().map(|container| container.pre_stop);
        let takes = hooks.max().unwrap_or_default() + self.spec.assumed.process_ends;
        pod.epoch = pod.epoch.wrapping_add(1);
        let takes = if runs { takes.min(deadline.max(now).since(now)) } else { SimDuration::ZERO };
        let template = pod.template.clone();
        let sidecars = template.all_in_order().filter(|(_, container)| container.sidecar);
        for (place, container) in template.together().chain(sidecars).filter(|_| runs) {
            let message = format!("Stopping container {}", container.name);
            self.events.normal(now, About::Container(id, place), KUBELET, "Killing", message);
        }
        self.set_serves(id, false, ctx);
        self.advance(id, Step::Ended, takes, ctx);
    }

    /// A pod has gone from the API; if it still runs where its kubelet hears of it, it is stopped at once.
    pub(crate) fn kubelet_forgets(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        let Some(node) = pod.node else { return };
        if pod.step.is_none_or(|step| step == Step::Ended) {
            return;
        }
        if self.nodes.get(node).is_heard() {
            pod.epoch = pod.epoch.wrapping_add(1);
            pod.step = Some(Step::Ended);
            self.pod_answers(id, false, ctx);
            ctx.signal(Signal::PodRemoved { pod: id });
            self.let_volumes_go(id, node, ctx);
        } else {
            self.nodes.get_mut(node).left.insert(id);
        }
    }

    /// A pod has ended: its volumes are not in use any more, unless another has them.
    fn let_volumes_go(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if !self.attached_volumes_of(id).is_empty() {
            self.report_volumes_soon(node, ctx);
        }
    }

    /// How many of a pod's containers are ready, as its kubelet says: those of which nothing is asked are as soon as they run.
    #[must_use]
    pub fn ready_containers(&self, id: PodId, now: SimTime) -> usize {
        let pod = self.pods.get(id);
        let lasting = pod.template.lasting();
        if pod.containers_ready {
            return lasting.count();
        }
        let runs = |place: u8| match pod.step {
            Some(Step::Sandbox | Step::Initialised) => place < pod.due,
            Some(Step::Pulled) => !pod.template.is_last(place),
            Some(Step::Failed) => place != pod.due,
            Some(_) if pod.runs() => true,
            _ => false,
        };
        let is_ready = |container: &Container| {
            is_ready_at_once(container) || passed_at(pod, container).is_some_and(|at| at <= now)
        };
        lasting.filter(|(place, container)| runs(*place) && is_ready(container)).count()
    }

    /// A pod's phase and readiness as its kubelet knows them.
    pub(crate) fn status_of(&self, id: PodId) -> (Phase, bool) {
        let pod = self.pods.get(id);
        let phase = match pod.step {
            _ if pod.has_ended() => pod.phase,
            None => pod.phase,
            Some(step) if step < Step::Running => pod.phase,
            Some(Step::Succeeded) => Phase::Succeeded,
            Some(Step::Errored) => Phase::Failed,
            Some(_) => Phase::Running,
        };
        (phase, pod.serves)
    }
}

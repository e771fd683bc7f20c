//! Kubelets: what becomes of a pod on its node.
//!
//! # Modelled
//! Sandbox, after the volumes if there are any; images one after the other at the node's bandwidth, init containers, start,
//! probes on their own grid, restarts with back-off, graceful ends, the death and return of hosts, nodes that are cut off.
//!
//! # Left out
//! Parallel pulls, a registry that is slow or down, ephemeral containers.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::limits;
use crate::nodes::Ready;
use crate::objects::{Container, Probe, RestartPolicy, Text};
use crate::pods::{Phase, Pod};
use crate::words::{Event, KubeContext, Signal, Step};
use cloudsim_records::{PodReason, PodState};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};

/// Who says what happens here.
pub(crate) const KUBELET: &str = "kubelet";

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
        for (image, until) in std::mem::take(&mut node.pulling) {
            if until > now {
                node.images.remove(&image);
            }
        }
        self.lease_heard(id, false, now);
        self.proxy_dies(id, ctx);
        for pod in self.nodes.get(id).pods.clone() {
            let of = self.pods.get_mut(pod);
            of.epoch = of.epoch.wrapping_add(1);
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
            node.pulls_until = ctx.now();
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
        self.advance(id, Step::Sandbox, limits::SANDBOX_RETRY, ctx);
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
            self.proxy_starts(id, ctx);
            self.kubelet_catches_up(id, ctx);
        }
    }

    pub(crate) fn kubelet_started(&mut self, id: NodeId, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let node = self.nodes.get_mut(id);
        if node.epoch != epoch || node.gone || !node.host_up {
            return;
        }
        node.kubelet_up = true;
        node.registered = true;
        let heard = node.is_heard();
        self.lease_heard(id, heard && self.api.answers(), now);
        if heard {
            self.proxy_starts(id, ctx);
            self.kubelet_catches_up(id, ctx);
        }
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
                let has_run = of.started.is_some();
                self.pods.get_mut(pod).restarts += u32::from(has_run);
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
        pod.step = Some(Step::Begun);
        if !self.waits_for_volumes(id, node, ctx) {
            self.make_sandbox(id, ctx);
        }
    }

    fn make_sandbox(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let takes = self.drawn(id, "sandbox", limits::SANDBOX, ctx);
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
                self.pull(id, node, ctx);
            }
            Step::Pulled => self.pulled(id, node, ctx),
            Step::Initialised => {
                let takes = self.drawn(id, "containers", limits::CONTAINERS, ctx);
                self.advance(id, Step::Running, takes, ctx);
            }
            Step::Running => self.runs(id, node, ctx),
            Step::Answering => {
                self.pod_answers(id, true, ctx);
                let pod = self.pods.get(id);
                if !pod.template.containers.iter().all(is_ready_at_once) {
                    let ready = ready_at(pod, ctx.now());
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
                self.runs(id, node, ctx);
                self.sync_job_of(id, ctx);
            }
            Step::Errored if self.pods.get(id).template.restart == RestartPolicy::OnFailure => {
                let pod = self.pods.get_mut(id);
                pod.epoch = pod.epoch.wrapping_add(1);
                pod.step = Some(Step::Failed);
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

    /// Fetches the images that the node does not have, each after what it fetches already.
    fn pull(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let template = self.pods.get(id).template.clone();
        let mut until = now;
        for container in template.init_containers.iter().chain(&template.containers) {
            let image = &container.image;
            let about = About::Pod(id);
            let of = self.nodes.get(node);
            if of.images.contains(image) {
                let (reason, message) = if of.pulling.contains_key(image) {
                    ("Pulling", format!("Pulling image {image:?}"))
                } else {
                    ("Pulled", format!("Container image {image:?} already present on machine"))
                };
                self.events.normal(now, about, KUBELET, reason, message);
                continue;
            }
            let size = self.image_size(image);
            let takes = SimDuration::from_nanos(
                u64::try_from(u128::from(size) * 1_000_000_000 / u128::from(limits::PULL_BYTES_PER_SECOND))
                    .unwrap_or(u64::MAX),
            );
            let of = self.nodes.get_mut(node);
            of.pulls_until = of.pulls_until.max(now).saturating_add(takes);
            until = until.max(of.pulls_until);
            // Whoever asks for it meanwhile waits for the same bytes.
            of.images.insert(image.clone());
            of.pulling.insert(image.clone(), of.pulls_until);
            self.events.normal(now, about, KUBELET, "Pulling", format!("Pulling image {image:?}"));
        }
        for container in template.init_containers.iter().chain(&template.containers) {
            if let Some(at) = self.nodes.get(node).pulling.get(&container.image) {
                until = until.max(*at);
            }
        }
        self.advance(id, Step::Pulled, until.since(now), ctx);
    }

    fn image_size(&self, image: &Text) -> u64 {
        let known = self.spec.images.iter().find(|known| known.name == *image);
        known.map_or(limits::IMAGE_SIZE, |known| known.size).0
    }

    fn pulled(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        self.nodes.get_mut(node).pulling.retain(|_, until| *until > now);
        self.tell(id, PodState::Pulled, PodReason::None, ctx);
        let init = self.pods.get(id).template.init_containers.iter().filter(|container| !container.sidecar);
        let init = u64::try_from(init.count()).expect("few containers");
        self.advance(id, Step::Initialised, limits::INIT_CONTAINER.saturating_mul(init), ctx);
    }

    /// The containers run: the process will answer, unless a probe loses patience before.
    fn runs(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get_mut(id);
        pod.started = Some(now);
        pod.step = Some(Step::Running);
        let template = pod.template.clone();
        self.tell(id, PodState::Running, PodReason::None, ctx);
        for container in &template.containers {
            let message = format!("Started container {}", container.name);
            self.events.normal(now, About::Pod(id), KUBELET, "Started", message);
        }
        self.ask_status(id, node, ctx);
        self.count_cpu(id, ctx);
        self.memory_grows(node, ctx);
        self.begin_work(id, ctx);
        let server = self.pods.get(id).owner.and_then(|owner| {
            self.workloads.get(owner.workload).spec.server.as_ref().map(|server| server.start)
        });
        let takes = self.drawn(id, "start", server.unwrap_or(limits::CONTAINER_START), ctx);
        let patience = template.containers.iter().filter_map(|container| {
            let probe = container.startup.as_ref().or(container.liveness.as_ref())?;
            let probes = probe.period.saturating_mul(u64::from(probe.failure_threshold.max(1) - 1));
            Some(probe.initial_delay + probes + probe.timeout)
        });
        if template.containers.iter().all(is_ready_at_once) {
            self.advance(id, Step::Ready, SimDuration::ZERO, ctx);
        }
        match patience.min().filter(|patience| *patience < takes) {
            Some(patience) => self.advance(id, Step::Failed, patience, ctx),
            None => self.advance(id, Step::Answering, takes, ctx),
        }
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
        let ran = pod.started.map_or(SimDuration::ZERO, |started| now.since(started));
        pod.failures = if ran >= limits::CRASH_BACKOFF_RESET { 1 } else { pod.failures + 1 };
        // The first time at once, then after 10 s, 20 s, 40 s, …
        let wait = match pod.failures {
            1 => SimDuration::ZERO,
            n => limits::CRASH_BACKOFF.saturating_mul(1 << (n - 2).min(16)).min(limits::CRASH_BACKOFF_MAX),
        };
        let (container, key) = (pod.template.containers[0].name.clone(), pod.key.clone());
        let message = format!("Back-off restarting failed container {container} in pod {key}");
        self.events.warning(now, About::Pod(id), KUBELET, "BackOff", message);
        self.ask_status(id, node, ctx);
        self.advance(id, Step::Restarted, wait, ctx);
    }

    /// The process of a pod dies.
    pub fn process_died(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        if let Some(node) = pod.node
            && pod.runs()
        {
            pod.epoch = pod.epoch.wrapping_add(1);
            pod.step = Some(Step::Failed);
            self.failed(id, node, PodReason::ProbeFailed, ctx);
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
        let takes = hooks.max().unwrap_or_default() + limits::PROCESS_ENDS;
        pod.epoch = pod.epoch.wrapping_add(1);
        let takes = if runs { takes.min(deadline.max(now).since(now)) } else { SimDuration::ZERO };
        let message = format!("Stopping container {}", pod.template.containers[0].name);
        self.events.normal(now, About::Pod(id), KUBELET, "Killing", message);
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

/// Whether nothing is asked of a container before it counts as ready: it is as soon as it runs, whether its process answers or
/// not.
///
/// Source: kubelet, `prober_manager.go`, `UpdatePodStatus`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/prober/prober_manager.go>).
fn is_ready_at_once(container: &Container) -> bool {
    container.startup.is_none() && container.readiness.is_none()
}

/// When the probes of a pod whose process answers from `now` on have passed. Each is made at fixed times from when the kubelet
/// took the pod on, before it pulled anything; readiness besides as soon as a container has started up.
///
/// Source: kubelet, `worker.go`, `run` and `doProbe`, and `prober_manager.go`, `UpdatePodStatus`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/prober/worker.go>).
fn ready_at(pod: &Pod, now: SimTime) -> SimTime {
    let started = pod.started.unwrap_or(now);
    let grid = pod.taken_on.unwrap_or(started);
    let containers = pod.template.containers.iter().filter(|container| !is_ready_at_once(container));
    let of = containers.map(|container| {
        let up = container.startup.as_ref().map(|probe| passes(probe, (grid, started), now));
        let Some(readiness) = &container.readiness else { return up.unwrap_or(now) };
        match up {
            Some(up) if started.saturating_add(readiness.initial_delay) <= up => {
                up.saturating_add(more(readiness))
            }
            _ => passes(readiness, (grid, started), up.unwrap_or(now)),
        }
    });
    of.max().unwrap_or(now)
}

/// The first instant at which a probe of a container that was `started` then has passed, if it passes from `from` on. It is
/// made at `grid` and then each period, but not before its delay is over.
fn passes(probe: &Probe, (grid, started): (SimTime, SimTime), from: SimTime) -> SimTime {
    let first = started.saturating_add(probe.initial_delay).max(from);
    let period = probe.period.as_nanos().max(1);
    let wait = first.as_nanos().saturating_sub(grid.as_nanos()).div_ceil(period).saturating_mul(period);
    grid.saturating_add(SimDuration::from_nanos(wait)).saturating_add(more(probe))
}

/// From the first pass of a probe to the last that it takes.
fn more(probe: &Probe) -> SimDuration {
    probe.period.saturating_mul(u64::from(probe.success_threshold.max(1) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Action;

    fn seconds(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn a_probe_passes_on_its_own_grid() {
        let probe = Probe {
            action: Action::Network,
            initial_delay: SimDuration::from_secs(5),
            period: SimDuration::from_secs(10),
            timeout: SimDuration::from_secs(1),
            success_threshold: 1,
            failure_threshold: 3,
        };
        // Probes at 97, 107, 117, …, of which the first to count is the one after 105.
        let taken = (seconds(97), seconds(100));
        assert_eq!(passes(&probe, taken, seconds(101)), seconds(107));
        assert_eq!(passes(&probe, taken, seconds(107)), seconds(107));
        assert_eq!(passes(&probe, taken, seconds(108)), seconds(117));
        let twice = Probe { success_threshold: 2, ..probe };
        assert_eq!(passes(&twice, taken, seconds(108)), seconds(127));
    }
}

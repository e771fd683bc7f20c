//! Kubelets and probes: when a pod counts as ready, and what happens while its process does not answer.
//!
//! # Modelled
//! Each probe is made at fixed times from when the kubelet took the pod on; startup goes before the others. A process that
//! does not answer yet refuses at once, which makes a probe fail; after as many failures in a row as it permits, a startup or a
//! liveness probe has the containers started again.
//!
//! # Left out
//! Processes that hang, for which a probe would wait for its timeout, and containers of one pod that answer at different times.

use super::KUBELET;
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::PodId;
use crate::objects::{Container, Probe};
use crate::pods::Pod;
use crate::words::{Event, KubeContext, ProbeKind, Step};
use cloudsim_units::{SimDuration, SimTime};

impl ProbeKind {
    const ALL: [Self; 3] = [Self::Startup, Self::Readiness, Self::Liveness];

    /// The container of a pod that is asked so while it starts, and the probe: the first that has one, as the pod's one process
    /// answers for all of them.
    fn of(self, pod: &Pod) -> Option<(u8, &Container, &Probe)> {
        pod.template.together().find_map(|(place, container)| {
            let probe = match self {
                Self::Startup => container.startup.as_ref(),
                // Startup goes before the others.
                Self::Readiness => container.readiness.as_ref().filter(|_| container.startup.is_none()),
                Self::Liveness => container.liveness.as_ref().filter(|_| container.startup.is_none()),
            };
            Some((place, container, probe?))
        })
    }

    /// As an event has it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Startup => ("Startup", "startup"),
            Self::Readiness => ("Readiness", "readiness"),
            Self::Liveness => ("Liveness", "liveness"),
        }
    }
}

impl Cluster {
    /// The containers of a pod have started: those probes begin that come before its process answers.
    pub(super) fn begin_probes(&mut self, id: PodId, answers_in: SimDuration, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let started = ctx.now();
        for kind in ProbeKind::ALL {
            let Some((_, _, probe)) = kind.of(pod) else { continue };
            let first = made_at(probe, (pod.taken_on.unwrap_or(started), started), started);
            if first < started.saturating_add(answers_in) {
                ctx.schedule_at(first, Event::ProbeMade { pod: id, probe: kind, epoch: pod.epoch });
            }
        }
    }

    /// A probe asks a pod's process. If it does not answer, it is asked again, until it has been too often.
    pub(crate) fn probe_made(&mut self, id: PodId, kind: ProbeKind, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get(id);
        let alive = pod.node.is_some_and(|node| self.nodes.get(node).host_up);
        if pod.epoch != epoch || pod.answers || !pod.runs() || !alive {
            return;
        }
        let Some(((place, container, probe), started)) = kind.of(pod).zip(pod.started) else { return };
        let (at_first, within) = kind.words();
        let address = self.address_of(id).unwrap_or_default();
        let why = probe.action.refused(&address, probe.timeout);
        let first = made_at(probe, (pod.taken_on.unwrap_or(started), started), started);
        let failures = now.since(first).as_nanos() / probe.period.as_nanos().max(1) + 1;
        let kills = kind != ProbeKind::Readiness && failures >= u64::from(probe.failure_threshold.max(1));
        let next = Event::ProbeMade { pod: id, probe: kind, epoch };
        let (period, container) = (probe.period, container.name.clone());
        self.events.warning(
            now,
            About::Container(id, place),
            KUBELET,
            "Unhealthy",
            format!("{at_first} probe failed: {why}"),
        );
        if kills {
            self.pods.get_mut(id).due = place;
            let message = format!("Container {container} failed {within} probe, will be restarted");
            self.events.normal(now, About::Container(id, place), KUBELET, "Killing", message);
            self.advance(id, Step::Failed, SimDuration::ZERO, ctx);
        } else {
            ctx.schedule_in(period, next);
        }
    }
}

/// Whether nothing is asked of a container before it counts as ready: it is as soon as it runs, whether its process answers or
/// not.
///
/// Source: kubelet, `prober_manager.go`, `UpdatePodStatus`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/prober/prober_manager.go>).
pub(super) fn is_ready_at_once(container: &Container) -> bool {
    container.startup.is_none() && container.readiness.is_none()
}

/// When the probes of a pod whose process answers have passed, if there are any.
pub(super) fn ready_at(pod: &Pod) -> Option<SimTime> {
    pod.template.containers.iter().filter_map(|container| passed_at(pod, container)).max()
}

/// When the probes of a container have passed, if the pod's process answers and any is made. Each is made at fixed times from
/// when the kubelet took the pod on, before it pulled anything; readiness besides as soon as the container has started up.
///
/// Source: kubelet, `worker.go`, `run` and `doProbe`, and `prober_manager.go`, `UpdatePodStatus`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/prober/worker.go>).
pub(super) fn passed_at(pod: &Pod, container: &Container) -> Option<SimTime> {
    let from = pod.answers.then_some(pod.answers_since)?;
    let started = pod.started.unwrap_or(from);
    let times = (pod.taken_on.unwrap_or(started), started);
    let up = container.startup.as_ref().map(|probe| passes(probe, times, from));
    let Some(readiness) = &container.readiness else { return up };
    Some(match up {
        Some(up) if started.saturating_add(readiness.initial_delay) <= up => {
            up.saturating_add(more(readiness))
        }
        _ => passes(readiness, times, up.unwrap_or(from)),
    })
}

/// The first instant at which a probe of a container that was `started` then has passed, if it passes from `from` on.
fn passes(probe: &Probe, times: (SimTime, SimTime), from: SimTime) -> SimTime {
    made_at(probe, times, from).saturating_add(more(probe))
}

/// The first instant from `from` on at which a probe of a container that was `started` then is made: at `grid` and then each
/// period, but not before its delay is over.
fn made_at(probe: &Probe, (grid, started): (SimTime, SimTime), from: SimTime) -> SimTime {
    let first = started.saturating_add(probe.initial_delay).max(from);
    let period = probe.period.as_nanos().max(1);
    let wait = first.as_nanos().saturating_sub(grid.as_nanos()).div_ceil(period).saturating_mul(period);
    grid.saturating_add(SimDuration::from_nanos(wait))
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
            action: Action::Tcp { port: 80 },
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

//! How much CPU pods use, as it is known: kubelets read the counters of containers, metrics-server asks the kubelets.
//!
//! # Modelled
//! Each container's own housekeeping with its jitter, the scrapes, the use between the last two readings that differ,
//! fresh containers, nodes that do not answer.
//!
//! # Left out
//! metrics-server itself as pods: it always works. The processor time of a pod is that of its first container. Memory.

use crate::cluster::Cluster;
use crate::controllers::autoscaler::Metric;
use crate::ids::PodId;
use crate::limits;
use crate::words::{Event, KubeContext};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// A reading of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    /// When the container began.
    began: SimTime,
    at: SimTime,
    /// What it had used by then.
    used: SimDuration,
}

/// A counter of a container, as its kubelet has it.
#[derive(Clone, Copy, Debug)]
struct Counter {
    last: Reading,
    /// What the pod had used when the container began.
    before: SimDuration,
}

/// What kubelets and metrics-server know.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counters: BTreeMap<PodId, Counter>,
    /// What metrics-server has, and had before.
    last: BTreeMap<PodId, Reading>,
    previous: BTreeMap<PodId, Reading>,
}

impl Metrics {
    /// Takes in what kubelets say.
    fn store(&mut self, readings: BTreeMap<PodId, Reading>) {
        let mut previous = BTreeMap::new();
        for (pod, new) in &readings {
            let runs = new.at.since(new.began);
            if runs < limits::METRICS_RESOLUTION && runs >= limits::METRICS_FRESH {
                let start = Reading { at: new.began, used: SimDuration::ZERO, ..*new };
                previous.insert(*pod, start);
            } else if let Some(last) = self.last.get(pod).filter(|last| new.began < last.at) {
                let before = if new.at > last.at { Some(last) } else { self.previous.get(pod) };
                previous.extend(before.filter(|before| before.at < new.at).map(|before| (*pod, *before)));
            }
        }
        self.last = readings;
        self.previous = previous;
    }

    /// What a pod used, if that is known.
    fn of(&self, pod: PodId) -> Option<Metric> {
        let (last, previous) = (self.last.get(&pod)?, self.previous.get(&pod)?);
        let window = last.at.since(previous.at);
        let used = last.used.saturating_sub(previous.used);
        let milli = (u128::from(used.as_nanos()) * 1000).div_ceil(u128::from(window.as_nanos()));
        Some(Metric { milli: u64::try_from(milli).unwrap_or(u64::MAX), at: last.at, window })
    }
}

impl Cluster {
    /// What a pod used, as the API says it.
    pub(crate) fn metric_of(&self, pod: PodId) -> Option<Metric> {
        self.metrics.of(pod)
    }

    /// Lets metrics-server ask, if somebody looks at what it says.
    pub(crate) fn begin_metrics(&mut self, ctx: &mut impl KubeContext) {
        let path = format!("clusters/{}", self.spec.name);
        let phase = ctx.streams().stream(&path, "metrics").below(limits::METRICS_RESOLUTION.as_nanos());
        ctx.schedule_in(SimDuration::from_nanos(phase), Event::MetricsScraped);
    }

    /// The containers of a pod have begun: their counters are read from now on, if somebody looks at them.
    pub(crate) fn count_cpu(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let owner = self.pods.get(id).owner;
        if !owner.is_some_and(|owner| self.is_measured(owner.workload)) {
            return;
        }
        let now = ctx.now();
        let reading = Reading { began: now, at: now, used: SimDuration::ZERO };
        self.metrics.counters.insert(id, Counter { last: reading, before: ctx.cpu_used(id) });
        self.read_again(id, ctx);
    }

    fn read_again(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let path = format!("clusters/{}/pods/{}", self.spec.name, pod.key);
        let word = ctx.streams().stream(&path, &format!("housekeeping {}", ctx.now().as_nanos())).word();
        let life = pod.life();
        ctx.schedule_in(limits::HOUSEKEEPING.sample(word), Event::CpuRead { pod: id, life });
    }

    pub(crate) fn read_cpu(&mut self, id: PodId, life: u16, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        if pod.life() != life {
            // A later life has a counter of its own.
            return;
        }
        let Some(node) = pod.node.filter(|_| pod.runs()) else {
            self.metrics.counters.remove(&id);
            return;
        };
        if !self.nodes.get(node).host_up {
            self.metrics.counters.remove(&id);
            return;
        }
        let workload = pod.owner.expect("a workload's pod").workload;
        let beside = self.workloads.get(workload).spec.uses_milli_cpu.unwrap_or(0);
        let now = ctx.now();
        let counter = self.metrics.counters.get_mut(&id).expect("a container that runs has a counter");
        let runs = now.since(counter.last.began);
        let served = ctx.cpu_used(id).saturating_sub(counter.before);
        let idle = u128::from(runs.as_nanos()) * u128::from(beside) / 1000;
        counter.last.at = now;
        counter.last.used = served + SimDuration::from_nanos(u64::try_from(idle).unwrap_or(u64::MAX));
        self.read_again(id, ctx);
    }

    pub(crate) fn scrape_metrics(&mut self, ctx: &mut impl KubeContext) {
        let answers = |pod: &PodId| {
            let pod = self.pods.get(*pod);
            pod.runs() && pod.node.is_some_and(|node| self.nodes.get(node).is_heard())
        };
        let counters = self.metrics.counters.iter().filter(|(pod, _)| answers(pod));
        let readings = counters.map(|(pod, counter)| (*pod, counter.last)).collect();
        self.metrics.store(readings);
        ctx.schedule_in(limits::METRICS_RESOLUTION, Event::MetricsScraped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: PodId = PodId(0);

    fn reading(began: u64, at: u64, used: u64) -> BTreeMap<PodId, Reading> {
        let (began, at, used) =
            (SimTime::from_secs(began), SimTime::from_secs(at), SimDuration::from_secs(used));
        BTreeMap::from([(POD, Reading { began, at, used })])
    }

    fn metric(milli: u64, at: u64, window: u64) -> Metric {
        Metric { milli, at: SimTime::from_secs(at), window: SimDuration::from_secs(window) }
    }

    #[test]
    fn what_is_used_is_what_two_readings_differ_by() {
        let mut metrics = Metrics::default();
        metrics.store(reading(0, 100, 30));
        assert_eq!(metrics.of(POD), None, "one reading is none");
        metrics.store(reading(0, 112, 36));
        // Six seconds of a processor in twelve.
        assert_eq!(metrics.of(POD), Some(metric(500, 112, 12)));
        // The kubelet has not read the counter since: the same is said again.
        metrics.store(reading(0, 112, 36));
        assert_eq!(metrics.of(POD), Some(metric(500, 112, 12)));
        metrics.store(BTreeMap::new());
        assert_eq!(metrics.of(POD), None, "a node that does not answer says nothing");
    }

    #[test]
    fn a_fresh_container_is_measured_from_its_start() {
        let mut metrics = Metrics::default();
        metrics.store(reading(100, 112, 3));
        // Three seconds in the twelve since its start.
        assert_eq!(metrics.of(POD), Some(metric(250, 112, 12)));
        let mut metrics = Metrics::default();
        metrics.store(reading(100, 105, 3));
        assert_eq!(metrics.of(POD), None, "five seconds are too few");
        metrics.store(reading(100, 120, 9));
        assert_eq!(metrics.of(POD), Some(metric(400, 120, 15)));
    }

    #[test]
    fn a_container_that_was_started_again_begins_anew() {
        let mut metrics = Metrics::default();
        metrics.store(reading(0, 100, 30));
        metrics.store(reading(0, 115, 36));
        metrics.store(reading(116, 118, 1));
        assert_eq!(metrics.of(POD), None);
    }
}

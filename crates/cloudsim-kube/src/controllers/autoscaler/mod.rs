//! Horizontal pod autoscalers: so many pods that each uses as much CPU as it should.
//!
//! # Modelled
//! CPU by utilization and by average value, of pods and of containers; pods that are not ready or not measured; the
//! tolerance; of several metrics the one that wants most; behaviors with policies and windows; the bounds.
//!
//! # Left out
//! Memory, custom and external metrics: what is not about CPU is passed over. A tolerance of one's own (a gate that is
//! off). Pods that serve nothing and of which the scenario does not say what they use: their number stays, within the
//! bounds. An autoscaler was not there before the run: what it wanted before is not known.

mod pace;
mod replicas;

pub(crate) use replicas::Metric;

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{AutoscalerId, PodId, WorkloadId};
use crate::limits;
use crate::objects::{Container, CpuMetric, CpuTarget, HorizontalPodAutoscaler, Workload};
use crate::pods::Pod;
use crate::words::{Event, KubeContext};
use cloudsim_records::{Component, Record};
use cloudsim_units::{SimDuration, SimTime};
use pace::Pace;
use replicas::{Proposal, Seen, Unknown};

/// Who says what happens here.
const NAME: &str = "horizontal-pod-autoscaler";

/// An autoscaler at work.
#[derive(Debug)]
pub(crate) struct Autoscaler {
    target: WorkloadId,
    pace: Pace,
    /// What it last measured, by metric.
    measured: Vec<Option<u64>>,
}

impl HorizontalPodAutoscaler {
    /// Whether it scales a workload.
    #[must_use]
    pub fn scales(&self, workload: &Workload) -> bool {
        self.target_kind == workload.kind.name()
            && self.target == *workload.key.name
            && self.key.namespace == workload.key.namespace
    }
}

impl CpuMetric {
    /// What the controller calls it.
    fn name(&self) -> String {
        let container = if self.container.is_some() { "container " } else { "" };
        match self.target {
            CpuTarget::Utilization(_) => {
                format!("cpu {container}resource utilization (percentage of request)")
            }
            CpuTarget::AverageMilli(_) => format!("cpu {container}resource"),
        }
    }
}

impl Cluster {
    /// Lets autoscalers begin, and what they look at.
    pub(crate) fn begin_autoscaling(&mut self, ctx: &mut impl KubeContext) {
        let path = format!("clusters/{}", self.spec.name);
        for spec in &self.spec.autoscalers {
            let target = self.workloads.iter().find(|(_, workload)| spec.scales(&workload.spec.workload));
            let target = target.map(|(id, _)| id);
            if target.is_some() {
                let purpose = format!("autoscaler {}", spec.key);
                let phase = ctx.streams().stream(&path, &purpose).below(limits::HPA_SYNC.as_nanos());
                let autoscaler = AutoscalerId::from_index(self.autoscalers.len());
                ctx.schedule_in(SimDuration::from_nanos(phase), Event::AutoscalerSynced { autoscaler });
            }
            self.autoscalers.push(target.map(|target| Autoscaler {
                target,
                pace: Pace::default(),
                measured: vec![None; spec.metrics.len()],
            }));
        }
        if self.autoscalers.iter().any(Option::is_some) {
            self.begin_metrics(ctx);
            let running: Vec<PodId> =
                self.pods.present().filter(|(_, pod)| pod.runs()).map(|(id, _)| id).collect();
            for pod in running {
                self.count_cpu(pod, ctx);
            }
        }
    }

    /// Whether an autoscaler looks at what the pods of a workload use, and that is known.
    pub(crate) fn is_measured(&self, workload: WorkloadId) -> bool {
        let spec = &self.workloads.get(workload).spec;
        let is_known = spec.server.is_some() || spec.uses_milli_cpu.is_some();
        is_known && self.spec.autoscalers.iter().any(|autoscaler| autoscaler.scales(&spec.workload))
    }

    /// What an autoscaler scales, and what it last measured by metric: percent of what pods ask for, or thousandths of
    /// a processor. `None` if what it names is not there.
    #[must_use]
    pub fn autoscaler(&self, id: AutoscalerId) -> Option<(WorkloadId, &[Option<u64>])> {
        self.autoscalers[id.index()].as_ref().map(|of| (of.target, of.measured.as_slice()))
    }

    pub(crate) fn sync_autoscaler(&mut self, id: AutoscalerId, ctx: &mut impl KubeContext) {
        ctx.schedule_in(limits::HPA_SYNC, Event::AutoscalerSynced { autoscaler: id });
        if !self.acts(Component::ControllerManager) {
            return;
        }
        let Some(autoscaler) = &mut self.autoscalers[id.index()] else { return };
        let now = ctx.now();
        let target = autoscaler.target;
        let current = self.workloads.get(target).replicas;
        autoscaler.pace.begin(now, current);
        let spec = &self.spec.autoscalers[id.index()];
        let (min, max) = (spec.min, spec.max);
        if current == 0 && min != 0 {
            // Someone has switched it off.
            return;
        }
        let (wanted, reason) = if current > max {
            (max, "Current number of replicas above Spec.MaxReplicas".to_owned())
        } else if current < min {
            (min, "Current number of replicas below Spec.MinReplicas".to_owned())
        } else if !self.is_measured(target) {
            return;
        } else {
            let Some((wanted, metric)) = self.wanted_by_metrics(id, current, now) else { return };
            let reason = if wanted > current {
                format!("{metric} above target")
            } else {
                "All metrics below target".to_owned()
            };
            let autoscaler = self.autoscalers[id.index()].as_mut().expect("it was there");
            (autoscaler.pace.allowed(&self.spec.autoscalers[id.index()], now, current, wanted), reason)
        };
        if wanted == current {
            return;
        }
        let message = format!("New size: {wanted}; reason: {reason}");
        self.events.normal(now, About::Autoscaler(id), NAME, "SuccessfulRescale", message);
        let workload = self.workloads.get(target).entity;
        let reason = reason.into();
        ctx.record(Record::WorkloadRescaled { workload, from: current, to: wanted, reason });
        let autoscaler = self.autoscalers[id.index()].as_mut().expect("it was there");
        autoscaler.pace.went(&self.spec.autoscalers[id.index()], now, current, wanted);
        self.ask(Client::Autoscaler, Write::Scale { workload: target, replicas: wanted }, ctx);
    }

    /// The most that a metric wants, and which; `None` if nothing is known, or too little to take pods away.
    fn wanted_by_metrics(&mut self, id: AutoscalerId, current: u32, now: SimTime) -> Option<(u32, String)> {
        let spec = &self.spec.autoscalers[id.index()];
        let target = self.autoscalers[id.index()].as_ref().expect("it was there").target;
        let mut most: Option<(u32, String)> = None;
        let mut problems = Vec::new();
        let mut measured = Vec::new();
        for metric in &spec.metrics {
            let pods = self.pods_seen(target, metric);
            match replicas::proposed(metric.target, current, &pods, now) {
                Ok(Proposal { replicas, measured: average }) => {
                    measured.push(Some(average));
                    if most.as_ref().is_none_or(|(most, _)| replicas > *most) {
                        most = Some((replicas, metric.name()));
                    }
                }
                Err(why) => {
                    measured.push(None);
                    problems.push(self.problem(target, metric, why));
                }
            }
        }
        let all = spec.metrics.len();
        self.autoscalers[id.index()].as_mut().expect("it was there").measured = measured;
        if let Some(first) = problems.first() {
            let about = About::Autoscaler(id);
            self.events.warning(now, about, NAME, "FailedGetResourceMetric", first.as_str());
            if most.as_ref().is_none_or(|(most, _)| *most < current) {
                let message = format!(
                    "invalid metrics ({} invalid out of {all}), first error is: {first}",
                    problems.len()
                );
                self.events.warning(now, about, NAME, "FailedComputeMetricsReplicas", message);
                return None;
            }
        }
        most
    }

    /// The pods of a workload as an autoscaler sees them.
    fn pods_seen(&self, workload: WorkloadId, metric: &CpuMetric) -> Vec<Seen> {
        let pods = self.workloads.get(workload).pods.iter();
        let seen = pods.map(|id| {
            let pod = self.pods.get(*id);
            let containers = &pod.template.containers;
            let of_first = metric.container.as_ref().is_none_or(|name| containers[0].name == *name);
            let used = self.metric_of(*id);
            let requests = counted(pod, metric).map(|container| container.cpu_request);
            Seen {
                phase: pod.phase,
                ending: pod.ending.is_some(),
                ready: pod.ready,
                ready_since: pod.ready_since,
                taken_on: pod.taken_on,
                metric: used.map(|used| if of_first { used } else { Metric { milli: 0, ..used } }),
                request: requests.sum(),
            }
        });
        seen.collect()
    }

    /// What the controller says of a metric that it cannot use.
    fn problem(&self, workload: WorkloadId, metric: &CpuMetric, why: Unknown) -> String {
        let what = match metric.target {
            CpuTarget::Utilization(_) => "utilization",
            CpuTarget::AverageMilli(_) => "usage",
        };
        let why = match why {
            Unknown::NoMetrics => {
                "unable to get metrics for resource cpu: no metrics returned from resource metrics API"
                    .to_owned()
            }
            Unknown::NoPods => "no pods returned by selector while calculating replica count".to_owned(),
            Unknown::NoneCounts => {
                "did not receive metrics for targeted pods (pods might be unready)".to_owned()
            }
            Unknown::NoRequest => {
                let pods = self.workloads.get(workload).pods.iter().map(|pod| self.pods.get(*pod));
                let silent = pods.flat_map(|pod| {
                    let containers = counted(pod, metric).filter(|container| container.cpu_request.is_none());
                    containers.map(move |container| (&container.name, &pod.key.name))
                });
                let (container, pod) = silent.into_iter().next().expect("one asks for nothing");
                format!("missing request for cpu in container {container} of Pod {pod}")
            }
        };
        format!("failed to get cpu {what}: {why}")
    }
}

/// The containers of a pod that a metric is about.
fn counted<'a>(pod: &'a Pod, metric: &'a CpuMetric) -> impl Iterator<Item = &'a Container> {
    let containers = pod.template.containers.iter().chain(pod.template.sidecars());
    containers.filter(|container| metric.container.as_ref().is_none_or(|name| container.name == *name))
}

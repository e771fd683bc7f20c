//! More nodes: for which pods, of which group, and how many.

use super::health::{Backoff, group_is_healthy};

use super::{Asked, NAME, Seen, TO_BE_DELETED};
use crate::cluster::Cluster;
use crate::controllers::model::Model;
use crate::events::About;
use crate::ids::{PodId, WorkloadId};
use crate::nodes::Ready;
use crate::objects::Text;
use crate::spec::{ClusterAutoscalerSpec, Expander};
use crate::words::{KubeContext, Signal};
use cloudsim_kube_scheduler::objects::{Node, Pod, PodKey};
use cloudsim_records::ScaleReason;
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pods of a lower priority are nobody's concern.
///
/// Source: Cluster Autoscaler FAQ, `--expendable-pods-priority-cutoff`
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md>).
const EXPENDABLE_BELOW: i32 = -10;

/// Pods that are alike: of one template, or one alone.
type Alike = (Option<(WorkloadId, u32)>, Option<PodId>);

/// What growing a group would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Growth {
    /// The group, by its place in the specification.
    pub(super) group: usize,
    /// So many nodes more.
    pub(super) nodes: u32,
    /// The pods that would have room.
    pub(super) pods: BTreeSet<PodKey>,
    /// The share of what is added that nobody asked for: of CPU and of memory, in millionths, both added up.
    pub(super) waste: u128,
}

/// The best of several, of which one at least is there; among equals by luck.
pub(super) fn best(expander: Expander, all: &[Growth], mut below: impl FnMut(u64) -> u64) -> Option<&Growth> {
    let rank = |growth: &Growth| match expander {
        Expander::Random => 0,
        Expander::LeastWaste => growth.waste,
        Expander::MostPods => u128::MAX - u128::try_from(growth.pods.len()).expect("few pods"),
    };
    let least = all.iter().map(rank).min()?;
    let equals: Vec<&Growth> = all.iter().filter(|growth| rank(growth) == least).collect();
    let count = u64::try_from(equals.len()).expect("a usize fits");
    let chosen = if count == 1 { 0 } else { below(count) };
    Some(equals[usize::try_from(chosen).expect("below the length")])
}

impl Cluster {
    /// Notes which scale-ups have ended, well or not.
    pub(super) fn settle_requests(
        &mut self,
        spec: &ClusterAutoscalerSpec,
        seen: &Seen,
        ctx: &mut impl KubeContext,
    ) {
        let now = ctx.now();
        let mut said = Vec::new();
        for (place, of) in seen.groups.iter().enumerate() {
            let group = &mut self.cluster_autoscaler.groups[place];
            let name = &self.spec.node_groups[place].name;
            group.backoff = group.backoff.filter(|backoff| !backoff.is_stale(now));
            if let Some(asked) = group.asked {
                if of.readiness.has_all(of.desired) {
                    (group.asked, group.backoff) = (None, None);
                } else if asked.until < now {
                    group.asked = None;
                    group.backoff = Some(Backoff::after(group.backoff, now));
                    let waited = spec.max_node_provision_time;
                    let message = format!("Nodes added to group {name} failed to register within {waited}");
                    said.push(("ScaleUpTimedOut", message));
                }
            }
            let fails = ctx.launch_fails(self.spec.node_groups[place].group);
            if fails && !group.launch_fails {
                group.backoff = Some(Backoff::after(group.backoff, now));
                let missing = of.missing();
                let message = format!("Failed adding {missing} nodes to group {name}: no zone has capacity");
                said.push(("ScaleUpFailed", message));
            }
            group.launch_fails = fails;
        }
        for (reason, message) in said {
            self.events.warning(now, About::ClusterAutoscaler, NAME, reason, message);
        }
    }

    /// Gives up the nodes of groups that cannot be launched. Returns whether there were any.
    pub(super) fn give_up_launches(&mut self, seen: &Seen, ctx: &mut impl KubeContext) -> bool {
        let mut any = false;
        for (place, of) in seen.groups.iter().enumerate() {
            let group = &mut self.cluster_autoscaler.groups[place];
            let spec = &self.spec.node_groups[place];
            let to = (of.desired - of.missing()).max(spec.min);
            if !group.launch_fails || to >= of.desired {
                continue;
            }
            group.asked = group.asked.and_then(|asked| {
                let nodes = asked.nodes.checked_sub(of.desired - to).filter(|left| *left > 0)?;
                Some(Asked { nodes, ..asked })
            });
            let why = ScaleReason::LaunchFailed;
            ctx.signal(Signal::GroupResized { group: spec.group, from: of.desired, to, why });
            any = true;
        }
        any
    }

    /// Grows a group if pods wait for room. Returns whether one grows.
    pub(super) fn scale_up(
        &mut self,
        spec: &ClusterAutoscalerSpec,
        seen: &Seen,
        ctx: &mut impl KubeContext,
    ) -> bool {
        let now = ctx.now();
        let mut waiting = self.pods_without_room();
        if waiting.is_empty() {
            return false;
        }
        let templates: Vec<Node> =
            (0..self.spec.node_groups.len()).map(|place| self.template(place, seen)).collect();
        let mut model = self.model();
        for (place, of) in seen.groups.iter().enumerate() {
            for number in 0..of.readiness.upcoming(of.desired) {
                model.add_node(&templates[place], &format!("upcoming-{place}-{number:06}").into());
            }
        }
        waiting.retain(|(_, pod)| model.place(pod, |_| true).is_err());
        if waiting.is_empty() {
            return false;
        }
        let (growths, refusals) = self.growths(spec, seen, (&model, &templates), &waiting, now);
        let luck = &mut self.cluster_autoscaler.luck;
        let best = best(spec.expander, &growths, |count| luck.below(count)).cloned();
        for (id, pod) in &waiting {
            if growths.iter().any(|growth| growth.pods.contains(&pod.key)) {
                continue;
            }
            let reasons = refusals.get(&self.alike(*id)).into_iter().flatten();
            let reasons: Vec<String> = reasons.map(|(reason, count)| format!("{count} {reason}")).collect();
            let message = format!("pod didn't trigger scale-up: {}", reasons.join(", "));
            self.events.normal(now, About::Pod(*id), NAME, "NotTriggerScaleUp", message);
        }
        let Some(best) = best else { return false };
        self.grow(spec, seen, &best, ctx);
        let (from, group) = (seen.groups[best.group].desired, &self.spec.node_groups[best.group]);
        let change = format!("{} {from}->{} (max: {})", group.name, from + best.nodes, group.max);
        let message: Text = format!("pod triggered scale-up: [{{{change}}}]").into();
        for (id, _) in waiting.iter().filter(|(_, pod)| best.pods.contains(&pod.key)) {
            self.events.normal(now, About::Pod(*id), NAME, "TriggeredScaleUp", message.clone());
        }
        true
    }

    fn grow(&mut self, spec: &ClusterAutoscalerSpec, seen: &Seen, best: &Growth, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let group = &self.spec.node_groups[best.group];
        let from = seen.groups[best.group].desired;
        let to = from + best.nodes;
        let (name, max) = (&group.name, group.max);
        let message = format!("Scale-up: group {name} size set to {to} instead of {from} (max: {max})");
        self.events.normal(now, About::ClusterAutoscaler, NAME, "ScaledUpGroup", message);
        ctx.signal(Signal::GroupResized { group: group.group, from, to, why: ScaleReason::PodsPending });
        let state = &mut self.cluster_autoscaler;
        state.scaled_up = Some(now);
        let asked = &mut state.groups[best.group].asked;
        let before = asked.map_or(0, |asked| asked.nodes);
        *asked = Some(Asked { nodes: before + best.nodes, until: now + spec.max_node_provision_time });
    }

    /// The pods that the scheduler has no room for, in the order in which they were made.
    fn pods_without_room(&self) -> Vec<(PodId, Arc<Pod>)> {
        let queue = self.scheduling.scheduler.queue();
        let is_nominated =
            |pod: &Pod| queue.get(&pod.key).is_some_and(|waiting| waiting.pod.nominated_node.is_some());
        self.pods
            .present()
            .filter(|(_, pod)| pod.has_no_room())
            .filter(|(_, pod)| pod.object.priority >= EXPENDABLE_BELOW && !is_nominated(&pod.object))
            .map(|(id, pod)| (id, pod.object.clone()))
            .collect()
    }

    fn alike(&self, id: PodId) -> Alike {
        match self.pods.get(id).owner {
            Some(owner) => (Some((owner.workload, owner.revision)), None),
            None => (None, Some(id)),
        }
    }

    /// What growing each group that may grow would bring, and of pods that are alike how often which reason speaks against it.
    fn growths(
        &self,
        spec: &ClusterAutoscalerSpec,
        seen: &Seen,
        (model, templates): (&Model, &[Node]),
        waiting: &[(PodId, Arc<Pod>)],
        now: SimTime,
    ) -> (Vec<Growth>, BTreeMap<Alike, BTreeMap<String, u32>>) {
        let mut growths = Vec::new();
        let mut refusals: BTreeMap<Alike, BTreeMap<String, u32>> = BTreeMap::new();
        let mut refuse = |alike: Alike, reason: String| {
            *refusals.entry(alike).or_default().entry(reason).or_default() += 1;
        };
        let samples: BTreeMap<Alike, &Arc<Pod>> =
            waiting.iter().rev().map(|(id, pod)| (self.alike(*id), pod)).collect();
        for (place, of) in seen.groups.iter().enumerate() {
            let state = &self.cluster_autoscaler.groups[place];
            let asked_for = state.asked.map_or(0, |asked| asked.nodes);
            let group = &self.spec.node_groups[place];
            let refusal = if !group_is_healthy(spec, &of.readiness, of.desired, asked_for) {
                Some("not ready for scale-up")
            } else if state.backoff.is_some_and(|backoff| backoff.until > now) {
                Some("in backoff after failed scale-up")
            } else if of.desired >= group.max {
                Some("max node group size reached")
            } else {
                None
            };
            if let Some(refusal) = refusal {
                for alike in samples.keys() {
                    refuse(*alike, refusal.to_owned());
                }
                continue;
            }
            let mut with_one = model.clone();
            let name: Text = "template".into();
            with_one.add_node(&templates[place], &name);
            let mut fits = BTreeSet::new();
            for (alike, sample) in &samples {
                match with_one.takes(&name, sample) {
                    Ok(()) => {
                        fits.insert(*alike);
                    }
                    Err(status) => refuse(*alike, status.message()),
                }
            }
            let pods = waiting.iter().filter(|(id, _)| fits.contains(&self.alike(*id)));
            let pods: Vec<Arc<Pod>> = pods.map(|(_, pod)| pod.clone()).collect();
            let (nodes, placed) = model.nodes_for(&templates[place], &pods);
            if nodes > 0 {
                let placed: BTreeSet<PodKey> = placed.into_iter().collect();
                let waste = waste(&templates[place], nodes, &pods, &placed);
                let nodes = nodes.min(group.max - of.desired);
                growths.push(Growth { group: place, nodes, pods: placed, waste });
            }
        }
        (growths, refusals)
    }

    /// A new node of a group as the cluster autoscaler imagines it: like the first of its nodes that is ready, zone included,
    /// or, if there is none, as the group's launch template has it, in the first of its zones.
    fn template(&self, place: usize, seen: &Seen) -> Node {
        let of_group = seen.live.iter().filter(|(_, (group, _))| *group == place);
        let nodes = of_group.map(|(id, _)| self.nodes.get(*id));
        let usable = nodes.filter(|node| {
            let leaves = node.object.taints.iter().any(|taint| *taint.key == *TO_BE_DELETED);
            node.ready == Ready::True && !node.object.unschedulable && !leaves
        });
        let first = usable.map(|node| &node.object).min_by(|a, b| a.name.cmp(&b.name));
        let mut template = first.unwrap_or(&self.spec.node_groups[place].template).clone();
        template.taints.retain(|taint| !taint.key.starts_with("node.kubernetes.io/"));
        template
    }
}

/// The share of new nodes that nobody has asked for.
fn waste(template: &Node, nodes: u32, pods: &[Arc<Pod>], placed: &BTreeSet<PodKey>) -> u128 {
    let pods = || pods.iter().filter(|pod| placed.contains(&pod.key));
    let wasted = |whole: i64, asked: i64| {
        let whole = i128::from(whole.max(1)) * i128::from(nodes);
        u128::try_from((whole - i128::from(asked)).max(0) * 1_000_000 / whole).expect("a share")
    };
    let room = &template.allocatable;
    let cpu = wasted(room.milli_cpu, pods().map(|pod| pod.requests.asked.milli_cpu).sum());
    cpu + wasted(room.memory, pods().map(|pod| pod.requests.asked.memory).sum())
}

//! Eviction from tainted nodes: at once, or when a pod's time is over.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/tainteviction/taint_eviction.go>

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::nodes::{NOT_READY, UNREACHABLE};
use crate::objects::{NoExecute, TaintEffect, Text};
use crate::pods::{Ending, PlannedEviction};
use crate::words::{Event, KubeContext};
use cloudsim_kube_scheduler::objects::Toleration;
use cloudsim_records::Component;
use cloudsim_units::SimDuration;

/// Who says what happens here.
const CONTROLLER: &str = "taint-eviction-controller";

/// How long a pod may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stay {
    /// Not at all.
    No,
    /// So long.
    For(SimDuration),
    /// For ever.
    ForEver,
}

impl Cluster {
    /// A pod's tolerations of taints that evict, with those that admission and the controller of daemons add.
    pub(crate) fn tolerations(&self, id: PodId) -> Vec<NoExecute> {
        let pod = self.pods.get(id);
        let mut all = pod.template.no_execute.clone();
        if pod.template.is_mirror() {
            // Its kubelet lets it tolerate all of them, for ever.
            let toleration = Toleration { key: "".into(), value: None, effect: Some(TaintEffect::NoExecute) };
            return vec![NoExecute { toleration, lasts: None }];
        }
        let is_daemon = pod.owner.is_some_and(|owner| owner.daemon_of.is_some());
        let control_plane = &self.spec.control_plane;
        let defaults = [
            (NOT_READY, control_plane.default_not_ready_toleration),
            (UNREACHABLE, control_plane.default_unreachable_toleration),
        ];
        for (key, lasts) in defaults {
            let says = |all: &NoExecute| all.toleration.key.is_empty() || &*all.toleration.key == key;
            if is_daemon || !all.iter().any(says) {
                let toleration =
                    Toleration { key: key.into(), value: None, effect: Some(TaintEffect::NoExecute) };
                all.push(NoExecute { toleration, lasts: (!is_daemon).then_some(lasts) });
            }
        }
        all
    }

    fn stay(&self, pod: PodId, node: NodeId) -> Stay {
        let tolerations = self.tolerations(pod);
        let mut least: Option<SimDuration> = None;
        for taint in self.nodes.get(node).no_execute() {
            let Some(used) = tolerations.iter().find(|all| all.toleration.tolerates(taint)) else {
                return Stay::No;
            };
            if let Some(lasts) = used.lasts {
                least = Some(least.map_or(lasts, |least| least.min(lasts)));
            }
        }
        least.map_or(Stay::ForEver, Stay::For)
    }

    /// A node's taints may have changed: plans the evictions of its pods, or takes plans back.
    pub(crate) fn evict_from(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let tainted = self.nodes.get(node).no_execute().next().is_some();
        for pod in self.nodes.get(node).pods.clone() {
            if tainted || self.pods.get(pod).eviction.is_some() {
                self.plan_eviction(pod, node, ctx);
            }
        }
    }

    /// A pod came to a node.
    pub(crate) fn evict_if_tainted(&mut self, pod: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(node).no_execute().next().is_some() {
            self.plan_eviction(pod, node, ctx);
        }
    }

    fn plan_eviction(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        if !self.pods.get(id).is_active() {
            return;
        }
        let now = ctx.now();
        let stay = self.stay(id, node);
        let planned = self.pods.get(id).eviction;
        match stay {
            Stay::No => {
                self.cancel_eviction(id, ctx);
                self.evict(id, ctx);
            }
            Stay::ForEver => self.cancel_eviction(id, ctx),
            Stay::For(lasts) => {
                let since = match planned {
                    // What was planned for sooner stands.
                    Some(planned) if planned.since.saturating_add(lasts) < now.saturating_add(lasts) => {
                        return;
                    }
                    Some(planned) => planned.since,
                    None => now,
                };
                let pod = self.pods.get_mut(id);
                pod.plans = pod.plans.wrapping_add(1);
                let at = since.saturating_add(lasts).max(now);
                pod.eviction = Some(PlannedEviction { since, at, plan: pod.plans });
                ctx.schedule_at(at, Event::ToleranceEnded { pod: id, plan: pod.plans });
            }
        }
    }

    fn cancel_eviction(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        if pod.eviction.take().is_some() {
            let message: Text = format!("Cancelling deletion of Pod {}", pod.key).into();
            self.events.normal(ctx.now(), About::Pod(id), CONTROLLER, "TaintManagerEviction", message);
        }
    }

    pub(crate) fn tolerance_ended(&mut self, id: PodId, plan: u16, ctx: &mut impl KubeContext) {
        if self.pods.get(id).eviction.is_some_and(|planned| planned.plan == plan) {
            self.pods.get_mut(id).eviction = None;
            self.evict(id, ctx);
        }
    }

    fn evict(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        if !pod.is_active() || self.has_forgotten(Component::ControllerManager, ctx.now()) {
            return;
        }
        let message: Text = format!("Marking for deletion Pod {}", pod.key).into();
        self.events.normal(ctx.now(), About::Pod(id), CONTROLLER, "TaintManagerEviction", message);
        let why = Ending::TaintEviction;
        self.ask(Client::TaintEviction, Write::DeletePod { pod: id, why, grace: None }, ctx);
    }

    /// Forgets what is planned for the pods of a node.
    pub(crate) fn forget_evictions(&mut self, node: NodeId, _: &impl KubeContext) {
        for pod in self.nodes.get(node).pods.clone() {
            self.pods.get_mut(pod).eviction = None;
        }
    }
}

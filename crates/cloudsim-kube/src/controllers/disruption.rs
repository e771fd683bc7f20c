//! Disruption budgets, and the emptying of nodes that heeds them.
//!
//! # Modelled
//! The eviction API: a pod may go if the budget that protects it has enough healthy pods without it; one that is not ready, if
//! the others are enough or the budget says so. `kubectl drain` and managed node groups ask again every few seconds.
//! A budget that counts what controllers want, as shares and `maxUnavailable` do, lets nothing go where it cannot be
//! known: of bare pods, and of pods whose controller cannot be scaled.
//! `drain` is that of kubectl with `--ignore-daemonsets --delete-emptydir-data --force`: bare pods go and stay away.
//!
//! # Left out
//! The time until the disruption controller has written how many may go: the API counts itself.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/disruption/disruption.go>

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId, WorkloadId};
use crate::limits;
use crate::objects::{Budget, IntOrPercent, Kind, UnhealthyPods};
use crate::pods::{Ending, Phase, Pod};
use crate::words::{Event, KubeContext, Signal};
use cloudsim_records::Record;
use std::collections::BTreeSet;

impl Cluster {
    /// A pod is there: its budgets count it.
    pub(crate) fn budgets_gain(&mut self, id: PodId) {
        let pod = &self.pods.get(id).object;
        self.priorities.insert(pod.priority);
        for (budget, pods) in self.spec.disruption_budgets.iter().zip(&mut self.protected) {
            if budget.protects(&pod.namespace, &pod.labels) {
                pods.insert(id);
            }
        }
    }

    /// A pod is gone.
    pub(crate) fn budgets_lose(&mut self, id: PodId) {
        for pods in &mut self.protected {
            pods.remove(&id);
        }
    }

    /// How many more pods the budget at that place lets go now.
    #[must_use]
    pub fn disruptions_allowed(&self, place: usize) -> u32 {
        let (healthy, desired) = self.health_of(place);
        if self.expected_of(place).is_some_and(|expected| expected > 0) {
            healthy.saturating_sub(desired)
        } else {
            0
        }
    }

    /// How many healthy pods the budget at that place has, and how many it wants.
    #[must_use]
    pub fn health_of(&self, place: usize) -> (u32, u32) {
        let pods = || self.protected[place].iter().map(|id| self.pods.get(*id));
        let healthy = pods().filter(|pod| pod.ready && pod.is_active());
        let healthy = u32::try_from(healthy.count()).expect("few pods");
        let expected = self.expected_of(place).unwrap_or(0);
        (healthy, self.spec.disruption_budgets[place].allows.least_of(expected))
    }

    /// How many pods there should be of those that the budget protects; `None` if one has a controller that cannot be scaled.
    fn expected_of(&self, place: usize) -> Option<u32> {
        let pods = &self.protected[place];
        if let Budget::MinAvailable(IntOrPercent::Int(_)) = self.spec.disruption_budgets[place].allows {
            return u32::try_from(pods.len()).ok();
        }
        let owners = pods.iter().filter_map(|pod| self.pods.get(*pod).owner);
        let workloads: BTreeSet<WorkloadId> = owners.map(|owner| owner.workload).collect();
        let wanted = |id| match self.workloads.get(id).spec.workload.kind {
            Kind::Deployment { .. } | Kind::ReplicaSet | Kind::StatefulSet { .. } => Some(self.wanted(id)),
            Kind::DaemonSet { .. } | Kind::Job(_) => None,
        };
        workloads.into_iter().map(wanted).sum()
    }

    /// The places of the budgets that protect a pod.
    fn budgets_of(&self, id: PodId) -> Vec<usize> {
        (0..self.protected.len()).filter(|place| self.protected[*place].contains(&id)).collect()
    }

    /// Whether the eviction API lets a pod go now.
    pub(crate) fn may_be_evicted(&self, id: PodId) -> bool {
        let pod = self.pods.get(id);
        if pod.phase != Phase::Running || pod.ending.is_some() {
            return true;
        }
        let place = match self.budgets_of(id)[..] {
            [] => return true,
            [place] => place,
            // The API refuses to choose between two budgets.
            _ => return false,
        };
        let (healthy, desired) = self.health_of(place);
        match self.spec.disruption_budgets[place].unhealthy {
            _ if pod.ready => self.disruptions_allowed(place) > 0,
            UnhealthyPods::AlwaysAllow => true,
            UnhealthyPods::IfHealthyBudget => healthy >= desired.max(1),
        }
    }

    /// Records once of a pod of a node that is to be emptied that it may not go.
    pub(crate) fn tell_eviction_refused(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let Some(node) = pod.node.map(|node| self.nodes.get(node)).filter(|node| node.draining) else {
            return;
        };
        let (pod, node) = (pod.entity, node.entity);
        if self.kept.insert(id) {
            let budgets = &self.spec.disruption_budgets;
            let names: Vec<String> =
                self.budgets_of(id).into_iter().map(|place| budgets[place].key.to_string()).collect();
            ctx.record(Record::EvictionRefused { pod, budget: names.join(", ").into(), node });
        }
    }

    /// Lets no new pod on a node and asks those on it to leave, as far as their budgets let them.
    pub fn drain(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        self.nodes.get_mut(node).draining = true;
        // It goes on when that is done.
        self.ask(Client::Operator, Write::Cordon { node, cordoned: true }, ctx);
    }

    /// The pods that a drained node is to lose.
    pub(crate) fn to_leave(&self, node: NodeId) -> Vec<PodId> {
        let pods = self.nodes.get(node).pods.iter().copied();
        let leaves = |pod: &Pod| {
            let is_daemon = pod.owner.is_some_and(|owner| owner.daemon_of.is_some());
            !is_daemon && !pod.template.is_mirror() && !pod.has_ended()
        };
        pods.filter(|pod| leaves(self.pods.get(*pod))).collect()
    }

    /// A node is cordoned: if that was for a drain, the pods that are on it now are to leave.
    pub(crate) fn begin_draining(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(node).draining {
            self.nodes.get_mut(node).to_lose = self.to_leave(node).into_iter().collect();
            self.go_on_draining(node, ctx);
        }
    }

    pub(crate) fn go_on_draining(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let of = self.nodes.get(node);
        if !of.draining || of.gone {
            return;
        }
        // What has come since is not asked for.
        let mut pods = self.to_leave(node);
        pods.retain(|pod| self.nodes.get(node).to_lose.contains(pod));
        if pods.is_empty() {
            self.nodes.get_mut(node).draining = false;
            ctx.signal(Signal::NodeDrained { node });
            return;
        }
        self.ask_to_leave(pods, Client::Operator, None, ctx);
        ctx.schedule_in(limits::EVICTION_RETRY, Event::DrainContinued { node });
    }

    /// Asks for the evictions of pods, of each once, and tells it by an event of that source, reason and message.
    pub(crate) fn ask_to_leave(
        &mut self,
        pods: Vec<PodId>,
        client: Client,
        told: Option<[&'static str; 3]>,
        ctx: &mut impl KubeContext,
    ) {
        for pod in pods {
            if self.pods.get(pod).is_active() && self.evicting.insert(pod) {
                if let Some([by, reason, message]) = told {
                    self.events.normal(ctx.now(), About::Pod(pod), by, reason, message);
                }
                self.ask(client, Write::DeletePod { pod, why: Ending::Drained, grace: None }, ctx);
            }
        }
    }
}

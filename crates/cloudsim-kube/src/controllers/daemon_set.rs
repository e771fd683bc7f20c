//! Daemon sets: one pod on each node that suits.
//!
//! Its pods tolerate what a node suffers from, as the controller adds to them.
//!
//! # Modelled
//! Rolling updates: as far as `maxUnavailable` lets them a pod of an older template ends, then the new one is made; as far as
//! `maxSurge` lets them it is made beside the old one, which ends once it is available.

use crate::cluster::Cluster;
use crate::ids::{NodeId, PodId, WorkloadId};
use crate::nodes::{NOT_READY, UNREACHABLE, UNSCHEDULABLE};
use crate::objects::{Kind, TaintEffect};
use crate::pods::Ending;
use crate::words::KubeContext;
use cloudsim_kube_scheduler::objects::{NodeSelector, NodeTerm, Pod, Requirement, Toleration};
use std::collections::{BTreeMap, BTreeSet};

/// What daemons tolerate whatever their template says.
///
/// Source: Kubernetes documentation, "`DaemonSet`", "Taints and tolerations"
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations>).
const TOLERATED: [(&str, TaintEffect); 6] = [
    (NOT_READY, TaintEffect::NoExecute),
    (UNREACHABLE, TaintEffect::NoExecute),
    ("node.kubernetes.io/disk-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/memory-pressure", TaintEffect::NoSchedule),
    ("node.kubernetes.io/pid-pressure", TaintEffect::NoSchedule),
    (UNSCHEDULABLE, TaintEffect::NoSchedule),
];

impl Cluster {
    pub(crate) fn sync_daemon_sets(&mut self, ctx: &mut impl KubeContext) {
        let all: Vec<WorkloadId> =
            self.workloads.iter().filter(|(_, of)| of.is_daemon_set()).map(|(id, _)| id).collect();
        for id in all {
            self.sync_workload(id, ctx);
        }
    }

    pub(crate) fn sync_daemon_set(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let has: BTreeSet<NodeId> = workload
            .pods
            .iter()
            .filter_map(|pod| self.pods.get(*pod).owner?.daemon_of)
            .chain(workload.asked_nodes.iter().copied())
            .collect();
        let nodes: Vec<NodeId> = self.nodes.present().map(|(node, _)| node).collect();
        for &node in nodes.iter().filter(|node| !has.contains(node)) {
            if self.daemon_suits(id, node) {
                self.ask_for_daemon(id, node, ctx);
            }
        }
        let gone: Vec<_> = self
            .workloads
            .get(id)
            .pods
            .iter()
            .copied()
            .filter(|pod| {
                let of = self.pods.get(*pod);
                let node = of.owner.and_then(|owner| owner.daemon_of);
                let unfit = |node| of.has_ended() || !self.daemon_suits(id, node);
                of.ending.is_none() && node.is_some_and(|node| !self.nodes.get(node).gone && unfit(node))
            })
            .collect();
        for pod in gone {
            self.ask_to_end(pod, Ending::ScaledDown, ctx);
        }
        self.roll_daemon_set(id, ctx);
    }

    fn ask_for_daemon(&mut self, id: WorkloadId, node: NodeId, ctx: &mut impl KubeContext) {
        let revision = self.workloads.get(id).revision();
        let name = self.next_name(id, revision, None, ctx);
        let new = self.new_pod(id, revision, (name, None, Some(node)));
        self.ask_for_pod(new, ctx);
    }

    /// Moves pods to the present template: those that are not available at once, others as far as few enough nodes are without.
    ///
    /// Source: daemon set controller, update.go, `rollingUpdate`
    /// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/daemon/update.go>).
    fn roll_daemon_set(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let (revision, min_ready) = (workload.revision(), workload.spec.workload.min_ready);
        let Kind::DaemonSet { rolling: Some(rolling) } = workload.spec.workload.kind else { return };
        if revision == 0 {
            return;
        }
        let wanted = self.wanted(id);
        let surge = rolling.max_surge.ceiling_of(wanted);
        if surge > 0 {
            self.surge(id, surge, ctx);
            return;
        }
        let mut at_once = rolling.max_unavailable.ceiling_of(wanted);
        let (mut nodes, mut old) = (0, Vec::new());
        for (pod, of) in self.counted(id) {
            let Some(owner) = of.owner else { continue };
            if owner.daemon_of.is_none_or(|node| !self.daemon_suits(id, node)) {
                continue;
            }
            nodes += 1;
            let is_available = of.is_available(min_ready, ctx.now());
            if owner.revision < revision {
                old.push((is_available, pod));
            } else if !is_available {
                at_once = at_once.saturating_sub(1);
            }
        }
        // Nodes that have no pod now.
        at_once = at_once.saturating_sub(wanted.saturating_sub(nodes));
        for (is_available, pod) in old {
            if is_available {
                if at_once == 0 {
                    continue;
                }
                at_once -= 1;
            }
            self.ask_to_end(pod, Ending::RolledOut, ctx);
        }
    }

    /// Makes pods of the present template beside those of an older one, on so many nodes at once, and ends the old ones where
    /// the new one is available. Where the old one is not, nothing is waited for.
    fn surge(&mut self, id: WorkloadId, at_once: u32, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let (revision, min_ready) = (workload.revision(), workload.spec.workload.min_ready);
        let mut by_node: BTreeMap<NodeId, [Option<PodId>; 2]> = BTreeMap::new();
        for (pod, of) in self.counted(id) {
            let Some((owner, node)) = of.owner.and_then(|owner| Some((owner, owner.daemon_of?))) else {
                continue;
            };
            by_node.entry(node).or_default()[usize::from(owner.revision == revision)] = Some(pod);
        }
        let asked = self.workloads.get(id).asked_nodes.clone();
        let is_available = |pod: PodId| self.pods.get(pod).is_available(min_ready, ctx.now());
        let mut surging = u32::try_from(asked.len()).expect("few nodes");
        let (mut to_end, mut at_least, mut candidates) = (Vec::new(), Vec::new(), Vec::new());
        for (node, pods) in by_node.into_iter().filter(|(node, _)| self.daemon_suits(id, *node)) {
            match pods {
                [Some(old), Some(new)] if is_available(new) => to_end.push(old),
                [Some(_), Some(_)] => surging += 1,
                [Some(_), None] if asked.contains(&node) => {}
                [Some(old), None] if is_available(old) => candidates.push(node),
                [Some(_), None] => at_least.push(node),
                [None, _] => {}
            }
        }
        let more = usize::try_from(at_once.saturating_sub(surging)).expect("a u32 fits");
        for node in at_least.into_iter().chain(candidates.into_iter().take(more)) {
            self.ask_for_daemon(id, node, ctx);
        }
        for pod in to_end {
            self.ask_to_end(pod, Ending::RolledOut, ctx);
        }
    }

    /// Whether a daemon belongs on a node: its selector and affinity choose it, and it tolerates its taints.
    pub(crate) fn daemon_suits(&self, id: WorkloadId, node: NodeId) -> bool {
        let workload = self.workloads.get(id);
        let template = &workload.newest().prototype;
        let node = &self.nodes.get(node).object;
        let tolerates = |taint: &crate::objects::Taint| {
            template.tolerates(taint)
                || TOLERATED.iter().any(|(key, effect)| *key == &*taint.key && *effect == taint.effect)
                || taint.effect == TaintEffect::PreferNoSchedule
                || is_of_the_node(&taint.key)
        };
        template.may_use(node) && node.taints.iter().all(tolerates)
    }

    /// Ties a daemon's pod to its node.
    pub(crate) fn bind_to(&self, pod: &mut Pod, node: NodeId) {
        let name = self.nodes.get(node).name.clone();
        let names = vec![Requirement::In("metadata.name".into(), BTreeSet::from([name]))];
        pod.required_nodes = Some(NodeSelector { terms: vec![NodeTerm { labels: Vec::new(), names }] });
        for (key, effect) in TOLERATED {
            pod.tolerations.push(Toleration { key: key.into(), value: None, effect: Some(effect) });
        }
        // The scheduler is told that nodes that are not ready take no pods; daemons go there all the same.
        for key in [NOT_READY, UNREACHABLE] {
            let effect = Some(TaintEffect::NoSchedule);
            pod.tolerations.push(Toleration { key: key.into(), value: None, effect });
        }
    }
}

/// Whether a taint says how a node fares, rather than whom it is for.
fn is_of_the_node(key: &str) -> bool {
    key == NOT_READY || key == UNREACHABLE
}

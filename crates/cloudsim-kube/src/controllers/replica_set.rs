//! Replica sets: so many pods of a template.
//!
//! # Modelled
//! Replacement of pods that end, the choice of those that go when fewer are wanted.
//!
//! # Left out
//! Slow start of creation.

use crate::cluster::Cluster;
use crate::ids::{PodId, WorkloadId};
use crate::pods::{Ending, Pod};
use crate::words::KubeContext;
use std::cmp::Reverse;

impl Cluster {
    /// Those pods of a workload that count.
    pub(super) fn counted(&self, id: WorkloadId) -> impl Iterator<Item = (PodId, &Pod)> {
        let workload = self.workloads.get(id);
        let pods = workload.pods.iter().map(|pod| (*pod, self.pods.get(*pod)));
        pods.filter(|(id, pod)| pod.is_active() && !workload.ending.contains(id))
    }

    /// Those of a template.
    pub(super) fn active(&self, id: WorkloadId, revision: u32) -> Vec<PodId> {
        let of_template = |pod: &Pod| pod.owner.is_some_and(|owner| owner.revision == revision);
        self.counted(id).filter(|(_, pod)| of_template(pod)).map(|(id, _)| id).collect()
    }

    pub(super) fn sync_replica_set(&mut self, id: WorkloadId, revision: u32, ctx: &mut impl KubeContext) {
        let active = self.active(id, revision);
        let workload = self.workloads.get(id);
        let asked = workload.asked.get(&revision).copied().unwrap_or(0) as usize;
        let wanted = workload.revisions[revision as usize].replicas as usize;
        for _ in active.len() + asked..wanted {
            let name = self.next_name(id, revision, None, ctx);
            let new = self.new_pod(id, revision, (name, None, None));
            self.ask_for_pod(new, ctx);
        }
        if active.len() > wanted {
            let why = if revision == self.workloads.get(id).revision() {
                Ending::ScaledDown
            } else {
                Ending::RolledOut
            };
            for pod in self.to_go(active.clone()).into_iter().take(active.len() - wanted) {
                self.ask_to_end(pod, why, ctx);
            }
        }
    }

    /// Pods in the order in which they go when fewer are wanted: those without a node, those that are not ready, those on
    /// nodes with more of their like, the younger ones.
    fn to_go(&self, mut pods: Vec<PodId>) -> Vec<PodId> {
        let like = |node| pods.iter().filter(|pod| self.pods.get(**pod).node == node).count();
        let crowd: std::collections::BTreeMap<PodId, usize> =
            pods.iter().map(|pod| (*pod, like(self.pods.get(*pod).node))).collect();
        pods.sort_by_key(|pod| {
            let of = self.pods.get(*pod);
            (of.node.is_some(), of.ready, Reverse(crowd[pod]), Reverse(of.ready_since), Reverse(*pod))
        });
        pods
    }
}

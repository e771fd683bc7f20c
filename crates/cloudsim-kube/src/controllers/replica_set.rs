//! Deployments and their replica sets: so many pods of the present template, moved to it step by step.
//!
//! # Modelled
//! Replacement of pods that end, the choice of those that go when fewer are wanted, rolling updates with surge and
//! unavailability, recreation.
//!
//! # Left out
//! Slow start of creation, rollbacks, progress deadlines as more than a condition, proportional scaling amid a rollout.

use crate::cluster::Cluster;
use crate::ids::{PodId, WorkloadId};
use crate::objects::{Kind, RollingUpdate};
use crate::pods::Ending;
use crate::words::KubeContext;
use std::cmp::Reverse;

impl Cluster {
    pub(crate) fn sync_replica_sets(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        self.move_on(id, ctx);
        for revision in 0..=self.workloads.get(id).revision() {
            self.sync_replica_set(id, revision, ctx);
        }
    }

    /// Those pods of a template that count.
    fn active(&self, id: WorkloadId, revision: u32) -> Vec<PodId> {
        let workload = self.workloads.get(id);
        let counts = |pod: &PodId| {
            let of = self.pods.get(*pod);
            of.is_active()
                && of.owner.is_some_and(|owner| owner.revision == revision)
                && !workload.ending.contains(pod)
        };
        workload.pods.iter().copied().filter(counts).collect()
    }

    fn sync_replica_set(&mut self, id: WorkloadId, revision: u32, ctx: &mut impl KubeContext) {
        let active = self.active(id, revision);
        let workload = self.workloads.get(id);
        let asked = workload.asked.get(&revision).copied().unwrap_or(0) as usize;
        let wanted = workload.revisions[revision as usize].replicas as usize;
        for _ in active.len() + asked..wanted {
            let name = self.next_name(id, revision, ctx);
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

    /// How many pods of a template are ready, and have been for long enough.
    fn available(&self, id: WorkloadId, revision: u32, ctx: &impl KubeContext) -> u32 {
        let min_ready = self.workloads.get(id).spec.workload.min_ready;
        let available = self.active(id, revision).into_iter().filter(|pod| {
            let of = self.pods.get(*pod);
            of.ready && of.ready_since.saturating_add(min_ready) <= ctx.now()
        });
        u32::try_from(available.count()).expect("few pods")
    }

    /// Decides how many pods each replica set is to have.
    fn move_on(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let (replicas, newest) = (self.workloads.get(id).replicas, self.workloads.get(id).revision());
        if newest == 0 {
            self.workloads.get_mut(id).revisions[0].replicas = replicas;
            return;
        }
        let rolling = match self.workloads.get(id).spec.workload.kind {
            Kind::Deployment { rolling, .. } => rolling,
            _ => None,
        };
        let Some(RollingUpdate { max_surge, max_unavailable }) = rolling else {
            self.recreate(id, newest, replicas);
            return;
        };
        let surge = max_surge.ceiling_of(replicas);
        // Neither more nor fewer would stand still: one fewer then.
        let unavailable = match max_unavailable.floor_of(replicas) {
            0 if surge == 0 => 1,
            unavailable => unavailable,
        };
        let total = |cluster: &Cluster| -> u32 {
            cluster.workloads.get(id).revisions.iter().map(|revision| revision.replicas).sum()
        };
        // First the new ones, as far as the surge lets them.
        let room = (replicas + surge).saturating_sub(total(self));
        let revision = &mut self.workloads.get_mut(id).revisions[newest as usize];
        revision.replicas = replicas.min(revision.replicas + room);
        // Then the old ones go: those that are not well at once, others as far as enough are available.
        let least = replicas.saturating_sub(unavailable);
        let available: u32 = (0..=newest).map(|revision| self.available(id, revision, ctx)).sum();
        let new_not_available = self.workloads.get(id).revisions[newest as usize]
            .replicas
            .saturating_sub(self.available(id, newest, ctx));
        let mut may_go = total(self).saturating_sub(least).saturating_sub(new_not_available);
        for old in 0..newest {
            let unwell = self.workloads.get(id).revisions[old as usize]
                .replicas
                .saturating_sub(self.available(id, old, ctx));
            let gone = unwell.min(may_go);
            self.workloads.get_mut(id).revisions[old as usize].replicas -= gone;
            may_go -= gone;
        }
        let mut spare = available.saturating_sub(least);
        for old in 0..newest {
            let revision = &mut self.workloads.get_mut(id).revisions[old as usize];
            let gone = revision.replicas.min(spare);
            revision.replicas -= gone;
            spare -= gone;
        }
    }

    /// Lets all old pods end before the first new one is made.
    fn recreate(&mut self, id: WorkloadId, newest: u32, replicas: u32) {
        let old_left = self
            .workloads
            .get(id)
            .pods
            .iter()
            .any(|pod| self.pods.get(*pod).owner.is_some_and(|owner| owner.revision < newest));
        let revisions = &mut self.workloads.get_mut(id).revisions;
        for revision in &mut revisions[..newest as usize] {
            revision.replicas = 0;
        }
        revisions[newest as usize].replicas = if old_left { 0 } else { replicas };
    }
}

//! Deployments: how many pods each of their replica sets is to have, and how a rollout comes along.
//!
//! # Modelled
//! Rolling updates with surge and unavailability, recreation; the deadline within which a rollout has to come further. As in
//! the real controller nothing is undone when it has passed: it is only said.
//!
//! # Left out
//! Rollbacks, pauses, proportional scaling amid a rollout.

use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{PodId, WorkloadId};
use crate::objects::{Kind, RollingUpdate};
use crate::words::{Event, KubeContext};
use cloudsim_records::{Record, RolloutState};
use cloudsim_units::{SimDuration, SimTime};

/// The deadline is looked at so long after it.
///
/// Source: deployment controller, progress.go, `requeueStuckDeployment`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/deployment/progress.go>).
const DEADLINE_MARGIN: SimDuration = SimDuration::from_secs(1);

/// What a deployment says of the rollout of its present template: its condition `Progressing`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rollout {
    revision: u32,
    state: RolloutState,
    /// When it last came further.
    progressed: SimTime,
    counts: Counts,
}

impl Rollout {
    /// That of a template that had been rolled out before the run.
    pub(crate) const BEFORE: Rollout = Rollout {
        revision: 0,
        state: RolloutState::Complete,
        progressed: SimTime::ZERO,
        counts: Counts { updated: 0, old: 0, ready: 0, available: 0 },
    };
}

/// How far a rollout has come, in pods.
#[derive(Clone, Copy, Debug)]
struct Counts {
    updated: u32,
    old: u32,
    ready: u32,
    available: u32,
}

impl Counts {
    fn further_than(self, before: Counts) -> bool {
        self.updated > before.updated
            || self.old < before.old
            || self.ready > before.ready
            || self.available > before.available
    }
}

impl Cluster {
    pub(crate) fn sync_deployment(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let before: Vec<u32> = self.workloads.get(id).revisions.iter().map(|of| of.replicas).collect();
        self.move_on(id, ctx);
        self.tell_scaled(id, &before, ctx.now());
        for revision in 0..=self.workloads.get(id).revision() {
            self.sync_replica_set(id, revision, ctx);
        }
        self.follow_rollout(id, ctx);
    }

    /// The event of each replica set that is to have another number of pods.
    fn tell_scaled(&mut self, id: WorkloadId, before: &[u32], now: SimTime) {
        let workload = self.workloads.get(id);
        if !self.begun || !matches!(workload.spec.workload.kind, Kind::Deployment { .. }) {
            return;
        }
        for (revision, &from) in
            workload.revisions.iter().zip(before).filter(|(of, from)| of.replicas != **from)
        {
            let (name, hash, to) = (&workload.spec.workload.key.name, &revision.hash, revision.replicas);
            let way = if to > from { "up" } else { "down" };
            let message = format!("Scaled {way} replica set {name}-{hash} from {from} to {to}");
            self.events.normal(
                now,
                About::Workload(id),
                "deployment-controller",
                "ScalingReplicaSet",
                message,
            );
        }
    }

    /// Says what has become of a rollout since its deployment was last looked at.
    fn follow_rollout(&mut self, id: WorkloadId, ctx: &mut impl KubeContext) {
        let workload = self.workloads.get(id);
        let Kind::Deployment { progress_deadline, .. } = workload.spec.workload.kind else { return };
        let (newest, replicas, entity) = (workload.revision(), workload.replicas, workload.entity);
        let before = workload.rollout.filter(|rollout| rollout.revision == newest);
        if before.is_some_and(|rollout| rollout.state == RolloutState::Complete) {
            return;
        }
        let (now, counts) = (ctx.now(), self.counts(id, ctx));
        let done = counts.updated == replicas && counts.old == 0 && counts.available == replicas;
        let (state, progressed) = match before {
            _ if done => (RolloutState::Complete, now),
            None => (RolloutState::Progressing, now),
            Some(before) if counts.further_than(before.counts) => (RolloutState::Progressing, now),
            Some(before) if before.progressed.saturating_add(progress_deadline) < now => {
                (RolloutState::DeadlineExceeded, before.progressed)
            }
            Some(before) => (before.state, before.progressed),
        };
        if before.is_none_or(|before| before.state != state) {
            ctx.record(Record::RolloutChanged { workload: entity, state });
        }
        if state == RolloutState::Progressing && progressed == now {
            let look = progress_deadline.saturating_add(DEADLINE_MARGIN);
            ctx.schedule_in(look, Event::WorkloadSeen { workload: id });
        }
        self.workloads.get_mut(id).rollout = Some(Rollout { revision: newest, state, progressed, counts });
    }

    fn counts(&self, id: WorkloadId, ctx: &impl KubeContext) -> Counts {
        let workload = self.workloads.get(id);
        let (newest, min_ready) = (workload.revision(), workload.spec.workload.min_ready);
        let mut counts = Counts { updated: 0, old: 0, ready: 0, available: 0 };
        for (_, pod) in self.counted(id) {
            let is_newest = pod.owner.is_some_and(|owner| owner.revision == newest);
            *(if is_newest { &mut counts.updated } else { &mut counts.old }) += 1;
            counts.ready += u32::from(pod.ready);
            counts.available += u32::from(pod.is_available(min_ready, ctx.now()));
        }
        counts
    }

    /// Lets the controller of a pod that has just become ready look again once it has been for long enough.
    pub(crate) fn wait_until_available(&self, id: PodId, ctx: &mut impl KubeContext) {
        let pod = self.pods.get(id);
        let Some(owner) = pod.owner.filter(|_| pod.ready) else { return };
        let min_ready = self.workloads.get(owner.workload).spec.workload.min_ready;
        let available = pod.ready_since.saturating_add(min_ready);
        if available > ctx.now() {
            ctx.schedule_at(available, Event::WorkloadSeen { workload: owner.workload });
        }
    }

    /// How many pods of a template are ready, and have been for long enough.
    fn available(&self, id: WorkloadId, revision: u32, ctx: &impl KubeContext) -> u32 {
        let min_ready = self.workloads.get(id).spec.workload.min_ready;
        let pods = self.active(id, revision).into_iter().map(|pod| self.pods.get(pod));
        let available = pods.filter(|pod| pod.is_available(min_ready, ctx.now()));
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

//! Kubelets and volumes: what a pod waits for before its sandbox is made, and when a node lets a volume go.
//!
//! # Modelled
//! A kubelet says in its node's status, every ten seconds, which volumes are in use there; from then on it looks whether the
//! status lists them as attached, at intervals that double. Then they are mounted. After the last pod that needs one has
//! ended, the next status does not have it any more.
//!
//! # Left out
//! The two minutes after which a kubelet complains and begins to wait anew, and how long unmounting takes.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{NodeId, PodId, VolumeId};
use crate::limits;
use crate::period::until_next_look;
use crate::volumes::AttachmentState;
use crate::words::{Event, KubeContext, Step};
use cloudsim_units::SimTime;

impl Cluster {
    /// Whether a pod has to wait for volumes; if so, its kubelet sees to them.
    pub(crate) fn waits_for_volumes(&mut self, pod: PodId, node: NodeId, ctx: &mut impl KubeContext) -> bool {
        let volumes = self.attached_volumes_of(pod);
        if volumes.is_empty() {
            return false;
        }
        if volumes.iter().all(|volume| self.nodes.get(node).volumes_in_use.contains(volume)) {
            self.look_for_volumes(pod, ctx);
        } else {
            self.report_volumes_soon(node, ctx);
        }
        true
    }

    /// What a kubelet has to say of its volumes is in its next status.
    pub(crate) fn report_volumes_soon(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let of = self.nodes.get(node);
        let path = format!("clusters/{}/nodes/{}", self.spec.name, of.name);
        let purpose = format!("status {}", of.epoch);
        let wait = until_next_look(limits::NODE_STATUS_UPDATE, (&path, &purpose), ctx);
        ctx.schedule_in(wait, Event::VolumesReported { node });
    }

    /// The volumes in use on a node, as its kubelet knows it: of pods that are there and have not ended.
    fn used_on(&self, node: NodeId) -> std::collections::BTreeSet<VolumeId> {
        let of = self.nodes.get(node);
        let runs = |pod: &&PodId| {
            let pod = self.pods.get(**pod);
            !pod.has_ended() && pod.step.is_some_and(|step| step != Step::Ended)
        };
        let pods = of.pods.iter().chain(&of.left).filter(runs);
        pods.flat_map(|pod| self.attached_volumes_of(*pod)).collect()
    }

    pub(crate) fn volumes_reported(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        if self.nodes.get(node).is_heard() && self.used_on(node) != self.nodes.get(node).volumes_in_use {
            self.ask(Client::Kubelet(node), Write::VolumesInUse { node }, ctx);
        }
    }

    pub(crate) fn commit_volumes_in_use(&mut self, node: NodeId) -> Option<Event> {
        let used = self.used_on(node);
        let of = self.nodes.get_mut(node);
        if of.gone || of.volumes_in_use == used || !of.is_heard() {
            return None;
        }
        let before = std::mem::replace(&mut of.volumes_in_use, used);
        of.volumes_released.extend(before.difference(&of.volumes_in_use));
        Some(Event::VolumesInUseSeen { node })
    }

    /// Those who watch nodes learn which volumes one has let go, and its kubelet, that it may look for those it waits for.
    pub(crate) fn volumes_in_use_seen(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        for volume in std::mem::take(&mut self.nodes.get_mut(node).volumes_released) {
            self.sync_volume(volume, ctx);
        }
        for pod in self.nodes.get(node).pods.clone() {
            if self.pods.get(pod).step == Some(Step::Begun) {
                self.look_for_volumes(pod, ctx);
            }
        }
    }

    /// A kubelet looks whether the volumes of a pod are attached. If they are, it has seen that at the first look since.
    pub(crate) fn look_for_volumes(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get(id);
        let (Some(node), Some(Step::Begun)) = (pod.node, pod.step) else { return };
        let volumes = self.attached_volumes_of(id);
        let of = self.nodes.get(node);
        if !of.is_heard() || !volumes.iter().all(|volume| of.volumes_in_use.contains(volume)) {
            return;
        }
        let looks_since = *self.pods.get_mut(id).looks_since.get_or_insert(now);
        let listed =
            |volume: &VolumeId| self.volumes.state_on(*volume, node) == Some(AttachmentState::Listed);
        if !volumes.is_empty() && volumes.iter().all(listed) {
            let at = next_look(looks_since, now);
            self.advance(id, Step::Attached, at.since(now), ctx);
        }
    }

    /// A kubelet has seen that the volumes of a pod are attached, if they still are: it mounts them.
    pub(crate) fn mount_volumes(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let listed =
            |volume: &VolumeId| self.volumes.state_on(*volume, node) == Some(AttachmentState::Listed);
        if self.attached_volumes_of(id).iter().all(listed) {
            let takes = self.drawn(id, "mount", self.spec.assumed.mount, ctx);
            self.advance(id, Step::Mounted, takes, ctx);
        } else {
            self.pods.get_mut(id).step = Some(Step::Begun);
        }
    }
}

/// The first look from `now` on of one who looks since a time, at intervals that double.
fn next_look(since: SimTime, now: SimTime) -> SimTime {
    let (mut at, mut wait) = (since, limits::ATTACH_LOOK);
    while at < now {
        at = at.saturating_add(wait);
        wait = wait.saturating_mul(2).min(limits::ATTACH_LOOK_MAX);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_units::SimDuration;

    #[test]
    fn a_kubelet_looks_for_a_volume_at_intervals_that_double() {
        let since = SimTime::from_secs(100);
        let look = |after: u64| {
            let at = next_look(since, since.saturating_add(SimDuration::from_millis(after)));
            at.since(since).as_nanos() / 1_000_000
        };
        // 0.5, 1, 2, 4, 8, 16, 32 and 64 s between looks, then 122 s: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5, 249.5, 371.5.
        assert_eq!(
            [0, 1, 500, 3_000, 8_000, 120_000, 128_000, 360_000].map(look),
            [0, 500, 500, 3_500, 15_500, 127_500, 249_500, 371_500]
        );
    }
}

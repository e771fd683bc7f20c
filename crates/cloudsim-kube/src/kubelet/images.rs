//! Kubelets and images: what a pod's containers wait for before they start, and init containers.
//!
//! # Modelled
//! A node pulls what it was asked for one after the other, at its own bandwidth; an image that it has is not pulled again,
//! and one that it pulls already is waited for. A container's image is asked for when the container is due: init containers
//! run one after the other, sidecars among them, and the others start one after the other, each once its image is there.
//!
//! Source: kubelet, `kuberuntime_manager.go`, `SyncPod`
//! (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/kuberuntime/kuberuntime_manager.go>).
//!
//! # Left out
//! Parallel pulls, a registry that is slow, down or asked again for what `imagePullPolicy: Always` names, and the startup
//! probe of a sidecar, for which the next init container would wait.

use super::KUBELET;
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::words::{Event, KubeContext, Step};
use cloudsim_records::{PodReason, PodState};
use cloudsim_units::{Bytes, SimDuration, SimTime};

impl Cluster {
    /// A container of a pod is due, of all its init containers and then the others by its place: its image is fetched, unless
    /// the node has it, after what the node fetches already.
    pub(crate) fn container_due(&mut self, id: PodId, place: u8, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let Some(node) = self.lives_on(id, epoch) else { return };
        let pod = self.pods.get_mut(id);
        pod.image_asked = now;
        pod.due = place;
        let template = pod.template.clone();
        let image = &template.in_order(place).image;
        let takes = self.pull_takes(image);
        let of = self.nodes.get_mut(node);
        // Whoever asks for it meanwhile waits for the same bytes.
        let there = *of.images.entry(image.clone()).or_insert_with(|| {
            of.pulls_until = of.pulls_until.max(now).saturating_add(takes);
            of.pulls_until
        });
        let (reason, message) = if there > now {
            ("Pulling", format!("Pulling image {image:?}"))
        } else {
            ("Pulled", format!("Container image {image:?} already present on machine"))
        };
        self.events.normal(now, About::Container(id, place), KUBELET, reason, message);
        let wait = there.since(now);
        if template.is_last(place) {
            self.advance(id, Step::Pulled, wait, ctx);
        } else {
            ctx.schedule_in(wait, Event::ImagePulled { pod: id, container: place, epoch });
        }
    }

    /// The image of a container that is not a pod's last is there: it starts, and the next is due.
    pub(crate) fn image_pulled(&mut self, id: PodId, place: u8, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let Some(node) = self.lives_on(id, epoch) else { return };
        let template = self.pods.get(id).template.clone();
        let own = template.in_order(place);
        self.say_pulled(id, node, place, now);
        self.container_starts(id, place, now);
        let inits = template.init_containers.len();
        let takes = match usize::from(place) {
            place if place < inits && !own.sidecar => self.spec.assumed.init_container,
            _ => SimDuration::ZERO,
        };
        if usize::from(place) + 1 == inits {
            self.advance(id, Step::Initialised, takes, ctx);
        } else {
            ctx.schedule_in(takes, Event::ContainerDue { pod: id, container: place + 1, epoch });
        }
    }

    /// The init containers of a pod have ended, and its sidecars run.
    pub(super) fn initialised(&mut self, id: PodId, ctx: &mut impl KubeContext) {
        self.tell(id, PodState::Initialised, PodReason::None, ctx);
        let pod = self.pods.get(id);
        self.container_due(id, pod.template.first(), pod.epoch, ctx);
    }

    /// The last of a pod's images is there.
    pub(super) fn pulled(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        self.tell(id, PodState::Pulled, PodReason::None, ctx);
        self.say_pulled(id, node, self.pods.get(id).template.last(), ctx.now());
        let takes = self.drawn(id, "containers", self.spec.assumed.containers, ctx);
        self.advance(id, Step::Running, takes, ctx);
    }

    /// The node of a pod that has not begun anew since, if its host runs.
    fn lives_on(&self, id: PodId, epoch: u16) -> Option<NodeId> {
        let pod = self.pods.get(id);
        pod.node.filter(|node| pod.epoch == epoch && self.nodes.get(*node).host_up)
    }

    fn image_size(&self, image: &str) -> u64 {
        let known = self.spec.images.iter().find(|known| *known.name == *image);
        known.map_or(self.spec.assumed.image_size, |known| known.size).0
    }

    fn pull_takes(&self, image: &str) -> SimDuration {
        Bytes(self.image_size(image)).take(Bytes(self.spec.assumed.pull_bytes_per_second))
    }

    fn say_pulled(&mut self, id: PodId, node: NodeId, place: u8, now: SimTime) {
        let pod = self.pods.get(id);
        let (asked, image) = (pod.image_asked, &*pod.template.in_order(place).image);
        let Some(waited) = self.nodes.get(node).images.get(image).map(|there| there.since(asked)) else {
            return;
        };
        if waited == SimDuration::ZERO {
            return;
        }
        let message = format!(
            "Successfully pulled image {image:?} in {} ({} including waiting). Image size: {} bytes.",
            told(self.pull_takes(image).min(waited)),
            told(waited),
            self.image_size(image)
        );
        self.events.normal(now, About::Container(id, place), KUBELET, "Pulled", message);
    }
}

/// A time as a kubelet tells it, cut off at thousandths of a second: `313ms`, `5.419s`, `1m2.5s`.
fn told(time: SimDuration) -> String {
    let millis = time.as_nanos() / 1_000_000;
    let seconds = SimDuration::from_millis(millis % 60_000);
    match millis / 60_000 {
        0 if millis < 1_000 => format!("{millis}ms"),
        0 => format!("{}s", seconds.in_seconds()),
        minutes => format!("{minutes}m{}s", seconds.in_seconds()),
    }
}

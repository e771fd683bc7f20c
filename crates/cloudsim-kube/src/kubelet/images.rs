//! Kubelets and images: what a pod waits for before its containers start, and its init containers.
//!
//! # Modelled
//! A node pulls what it was asked for one after the other, at its own bandwidth; an image that it has is not pulled again,
//! and one that it pulls already is waited for. Init containers run one after the other, sidecars among them.
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
use cloudsim_units::{SimDuration, SimTime};

impl Cluster {
    /// Fetches the images that the node does not have, each after what it fetches already.
    pub(super) fn pull(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let pod = self.pods.get_mut(id);
        pod.images_asked = now;
        let template = pod.template.clone();
        let mut until = now;
        for container in template.init_containers.iter().chain(&template.containers) {
            let image = &container.image;
            let takes = self.pull_takes(image);
            let of = self.nodes.get_mut(node);
            // Whoever asks for it meanwhile waits for the same bytes.
            let there = *of.images.entry(image.clone()).or_insert_with(|| {
                of.pulls_until = of.pulls_until.max(now).saturating_add(takes);
                of.pulls_until
            });
            until = until.max(there);
            let (reason, message) = if there > now {
                ("Pulling", format!("Pulling image {image:?}"))
            } else {
                ("Pulled", format!("Container image {image:?} already present on machine"))
            };
            self.events.normal(now, About::Pod(id), KUBELET, reason, message);
        }
        self.advance(id, Step::Pulled, until.since(now), ctx);
    }

    fn image_size(&self, image: &str) -> u64 {
        let known = self.spec.images.iter().find(|known| *known.name == *image);
        known.map_or(self.spec.assumed.image_size, |known| known.size).0
    }

    fn pull_takes(&self, image: &str) -> SimDuration {
        let nanos = u128::from(self.image_size(image)) * 1_000_000_000;
        let nanos = nanos / u128::from(self.spec.assumed.pull_bytes_per_second);
        SimDuration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The images of a pod are there.
    pub(super) fn pulled(&mut self, id: PodId, node: NodeId, ctx: &mut impl KubeContext) {
        self.tell(id, PodState::Pulled, PodReason::None, ctx);
        let pod = self.pods.get(id);
        let (asked, epoch, template) = (pod.images_asked, pod.epoch, pod.template.clone());
        for container in template.init_containers.iter().chain(&template.containers) {
            self.say_pulled(id, node, &container.image, asked, ctx.now());
        }
        if template.init_containers.is_empty() {
            self.advance(id, Step::Initialised, SimDuration::ZERO, ctx);
        } else {
            self.start_init_container(id, 0, epoch, ctx);
        }
    }

    fn say_pulled(&mut self, id: PodId, node: NodeId, image: &str, asked: SimTime, now: SimTime) {
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
        self.events.normal(now, About::Pod(id), KUBELET, "Pulled", message);
    }

    /// The next init container of a pod is started, once the one before has ended; sidecars do not.
    pub(crate) fn start_init_container(
        &mut self,
        id: PodId,
        container: u8,
        epoch: u16,
        ctx: &mut impl KubeContext,
    ) {
        let pod = self.pods.get(id);
        let alive = pod.node.is_some_and(|node| self.nodes.get(node).host_up);
        if pod.epoch != epoch || !alive {
            return;
        }
        let template = pod.template.clone();
        let own = &template.init_containers[usize::from(container)];
        self.container_starts(id, own, ctx.now());
        let takes = if own.sidecar { SimDuration::ZERO } else { self.spec.assumed.init_container };
        let next = container.saturating_add(1);
        if usize::from(next) < template.init_containers.len() && next > container {
            ctx.schedule_in(takes, Event::InitContainerStarts { pod: id, container: next, epoch });
        } else {
            self.advance(id, Step::Initialised, takes, ctx);
        }
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

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
//! # Registries of regions
//! An image that is in the registries of certain regions (ECR) is pulled from that of the node's own region if it is
//! there, else from that of the first, whatever state that is in: a manifest names one registry (ECR-01). A registry
//! answers unless its region is dark. What connects to one that does not answer gives up after
//! [`limits::REGISTRY_DIAL_TIMEOUT`], and what is being fetched as it goes dark brings no more bytes and is given up
//! after [`limits::PULL_PROGRESS_TIMEOUT`], be the region back by then or not; the node's next pull waits for as long.
//! Each pod tries again after a back-off of its own, as soon as that is over, or starts when its kubelet finds that
//! another pod's try has brought the image.
//!
//! Source: kubelet, `image_manager.go`
//! (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/images/image_manager.go>).
//!
//! # Left out
//! Parallel pulls, a registry that is slow or asked again for what `imagePullPolicy: Always` names, and the startup probe of a
//! sidecar, for which the next init container would wait. That a kubelet looks at its pods at its own times, and so may try
//! again later than the back-off lets it. The way to a registry: gateways, endpoints and partitions.

use super::KUBELET;
use crate::cluster::Cluster;
use crate::events::About;
use crate::ids::{NodeId, PodId};
use crate::limits;
use crate::objects::Text;
use crate::pods::FailedPull;
use crate::words::{Event, KubeContext, Signal, Step};
use cloudsim_records::{PodReason, PodState};
use cloudsim_units::{Bytes, SimDuration, SimTime};
use std::collections::VecDeque;

/// The images that a node fetches, one after the other; the first is under way.
#[derive(Debug, Default)]
pub(crate) struct Pulls {
    all: VecDeque<Pull>,
    /// Counts the ends that were planned: all but the last are void.
    planned: u16,
}

/// An image that a node fetches, or will.
#[derive(Debug)]
struct Pull {
    image: Text,
    waiting: Vec<Waiting>,
    /// Why it will come to nothing, if it will.
    fails: Option<Failure>,
}

/// A container that waits for its image.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    pod: PodId,
    container: u8,
    epoch: u16,
}

/// Why a pull comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// Nobody answers.
    NoConnection,
    /// No more bytes come.
    NoProgress,
}

impl Pulls {
    /// Gives up all that is fetched or will be.
    pub(super) fn drop_all(&mut self) {
        self.all.clear();
        self.planned = self.planned.wrapping_add(1);
    }

    /// Plans the end of what is under way, in place of what was planned before.
    fn plan_end(&mut self, fails: Option<Failure>) -> u16 {
        self.all[0].fails = fails;
        self.planned = self.planned.wrapping_add(1);
        self.planned
    }
}

impl Cluster {
    /// A container of a pod is due, of all its init containers and then the others by its place: its image is fetched, unless
    /// the node has it, after what the node fetches already.
    pub(crate) fn container_due(&mut self, id: PodId, place: u8, epoch: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let Some(node) = self.lives_on(id, epoch) else { return };
        let pod = self.pods.get_mut(id);
        pod.image_asked = now;
        pod.due = place;
        let image = pod.template.in_order(place).image.clone();
        let about = About::Container(id, place);
        let waiting = Waiting { pod: id, container: place, epoch };
        if self.nodes.get(node).images.contains_key(&image) {
            let message = format!("Container image {image:?} already present on machine");
            self.events.normal(now, about, KUBELET, "Pulled", message);
            self.image_is_there(waiting, ctx);
            return;
        }
        if let Some(failed) = pod.failed_pull.as_mut().filter(|failed| failed.again > now) {
            failed.backs_off = true;
            let again = failed.again;
            self.events.normal(now, about, KUBELET, "BackOff", format!("Back-off pulling image {image:?}"));
            self.events.warning(now, about, KUBELET, "Failed", "Error: ImagePullBackOff");
            ctx.schedule_at(again, Event::ContainerDue { pod: id, container: place, epoch });
            return;
        }
        self.events.normal(now, about, KUBELET, "Pulling", format!("Pulling image {image:?}"));
        let pulls = &mut self.nodes.get_mut(node).pulls.all;
        if let Some(pull) = pulls.iter_mut().find(|pull| pull.image == image) {
            // Whoever asks for it meanwhile waits for the same bytes.
            pull.waiting.push(waiting);
            return;
        }
        pulls.push_back(Pull { image, waiting: vec![waiting], fails: None });
        if pulls.len() == 1 {
            self.begin_pull(node, ctx);
        }
    }

    /// A node begins with the first of the images that it is to fetch, if there is any.
    fn begin_pull(&mut self, id: NodeId, ctx: &mut impl KubeContext) {
        let Some(first) = self.nodes.get(id).pulls.all.front() else { return };
        let answers = self.registry_of(id, &first.image, ctx).is_none_or(|(_, of)| ctx.registry_answers(of));
        let takes = if answers { self.pull_takes(&first.image) } else { limits::REGISTRY_DIAL_TIMEOUT };
        let fails = (!answers).then_some(Failure::NoConnection);
        let pull = self.nodes.get_mut(id).pulls.plan_end(fails);
        ctx.schedule_in(takes, Event::PullEnded { node: id, pull });
    }

    /// The number of an image, and that of the region from whose registry a node pulls it, if it is in any.
    fn registry_of(&self, node: NodeId, image: &str, ctx: &impl KubeContext) -> Option<(u16, u16)> {
        let place = self.spec.images.iter().position(|known| *known.name == *image)?;
        let region = self.nodes.get(node).zone.map(|zone| ctx.region_of(zone));
        let from = self.spec.images[place].pulled_from(region)?;
        Some((u16::try_from(place).expect("few images"), from))
    }

    /// The registry of a region answers no more.
    pub fn registry_lost(&mut self, region: u16, ctx: &mut impl KubeContext) {
        let nodes: Vec<NodeId> = self.nodes.present().map(|(id, _)| id).collect();
        for id in nodes {
            let first = self.nodes.get(id).pulls.all.front().filter(|pull| pull.fails.is_none());
            let from = first.and_then(|pull| self.registry_of(id, &pull.image, ctx));
            if from.is_some_and(|(_, from)| from == region) {
                let pull = self.nodes.get_mut(id).pulls.plan_end(Some(Failure::NoProgress));
                ctx.schedule_in(limits::PULL_PROGRESS_TIMEOUT, Event::PullEnded { node: id, pull });
            }
        }
    }

    /// A node has fetched the first of its images, or has given it up, and goes on with the next.
    pub(crate) fn pull_ended(&mut self, id: NodeId, planned: u16, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        let node = self.nodes.get_mut(id);
        if node.pulls.planned != planned {
            return;
        }
        let Some(pull) = node.pulls.all.pop_front() else { return };
        let from = self.registry_of(id, &pull.image, ctx);
        match (pull.fails, from) {
            (Some(why), Some((image, from))) => {
                for waiting in pull.waiting {
                    if self.lives_on(waiting.pod, waiting.epoch).is_some() {
                        self.pull_failed(waiting, &pull.image, why, ctx);
                        ctx.signal(Signal::PullFailed { pod: waiting.pod, image, from });
                    }
                }
            }
            (_, from) => {
                self.nodes.get_mut(id).images.insert(pull.image, now);
                if let Some((image, from)) = from {
                    ctx.signal(Signal::ImageFetched { node: id, image, from });
                }
                for waiting in pull.waiting {
                    self.image_is_there(waiting, ctx);
                }
            }
        }
        self.begin_pull(id, ctx);
    }

    /// The image of a container is on its node.
    fn image_is_there(&mut self, Waiting { pod: id, container, epoch }: Waiting, ctx: &mut impl KubeContext) {
        let pod = self.pods.get_mut(id);
        if pod.epoch != epoch {
            return;
        }
        pod.failed_pull = None;
        if pod.template.is_last(container) {
            self.advance(id, Step::Pulled, SimDuration::ZERO, ctx);
        } else {
            ctx.schedule_in(SimDuration::ZERO, Event::ImagePulled { pod: id, container, epoch });
        }
    }

    /// A container's image could not be had: its kubelet looks again, and tries again after a back-off.
    fn pull_failed(&mut self, of: Waiting, image: &str, why: Failure, ctx: &mut impl KubeContext) {
        let now = ctx.now();
        // As containerd says it; the address that it tried is left out.
        let (code, cause) = match why {
            Failure::NoConnection => (
                "DeadlineExceeded",
                format!("failed to resolve reference {image:?}: failed to do request: dial tcp: i/o timeout"),
            ),
            Failure::NoProgress => ("Canceled", "context canceled".to_owned()),
        };
        let message = format!(
            "Failed to pull image {image:?}: rpc error: code = {code} desc = failed to pull and unpack image {image:?}: {cause}"
        );
        let about = About::Container(of.pod, of.container);
        self.events.warning(now, about, KUBELET, "Failed", message);
        self.events.warning(now, about, KUBELET, "Failed", "Error: ErrImagePull");
        let pod = self.pods.get_mut(of.pod);
        let times = pod.failed_pull.map_or(1, |failed| failed.times + 1);
        let backoff = limits::PULL_BACKOFF.saturating_mul(1 << (times - 1).min(16));
        let backoff = backoff.min(limits::PULL_BACKOFF_MAX);
        pod.failed_pull = Some(FailedPull { times, again: now.saturating_add(backoff), backs_off: false });
        let event = Event::ContainerDue { pod: of.pod, container: of.container, epoch: of.epoch };
        ctx.schedule_in(limits::SYNC_BACKOFF.min(backoff), event);
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

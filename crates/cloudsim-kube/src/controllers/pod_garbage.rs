//! The collector of pods whose node is gone.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::NodeId;
use crate::limits;
use crate::pods::Ending;
use crate::words::{Event, KubeContext};
use cloudsim_units::SimDuration;

impl Cluster {
    pub(crate) fn arm_garbage(&mut self, ctx: &mut impl KubeContext) {
        if self.garbage_armed {
            return;
        }
        self.garbage_armed = true;
        let period = limits::POD_GC_PERIOD.as_nanos();
        let path = format!("clusters/{}", self.spec.name);
        let phase = ctx.streams().stream(&path, "pod garbage").below(period);
        // It looks at `phase + k * period`, next after now.
        let wait = period - (ctx.now().as_nanos() + period - phase) % period;
        ctx.schedule_in(SimDuration::from_nanos(wait), Event::GarbageCollected);
    }

    pub(crate) fn collect_garbage(&mut self, ctx: &mut impl KubeContext) {
        self.garbage_armed = false;
        let now = ctx.now();
        let due: Vec<NodeId> = self
            .orphaned
            .iter()
            .filter(|(_, since)| since.saturating_add(limits::POD_GC_QUARANTINE) <= now)
            .map(|(node, _)| *node)
            .collect();
        for node in due {
            self.orphaned.remove(&node);
            for pod in self.nodes.get(node).pods.clone() {
                if self.pods.get(pod).ending.is_some() {
                    self.ask(Client::PodGarbage, Write::RemovePod { pod }, ctx);
                } else {
                    let grace = Some(SimDuration::ZERO);
                    let why = Ending::NodeGone;
                    self.ask(Client::PodGarbage, Write::DeletePod { pod, why, grace }, ctx);
                }
            }
        }
        if !self.orphaned.is_empty() {
            self.arm_garbage(ctx);
        }
    }
}

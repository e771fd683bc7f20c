//! The collector of pods whose node is gone, or declared dead.
//!
//! # Sources
//! <https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/podgc/gc_controller.go>

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::NodeId;
use crate::limits;
use crate::nodes::Ready;
use crate::period::until_next_look;
use crate::pods::Ending;
use crate::words::{Event, KubeContext};
use cloudsim_units::SimDuration;

impl Cluster {
    pub(crate) fn arm_garbage(&mut self, ctx: &mut impl KubeContext) {
        if self.garbage_armed {
            return;
        }
        self.garbage_armed = true;
        let path = format!("clusters/{}", self.spec.name);
        let wait = until_next_look(limits::POD_GC_PERIOD, (&path, "pod garbage"), ctx);
        ctx.schedule_in(wait, Event::GarbageCollected);
    }

    pub(crate) fn collect_garbage(&mut self, ctx: &mut impl KubeContext) {
        self.garbage_armed = false;
        let now = ctx.now();
        let out = self.nodes.present().filter(|(_, node)| node.is_out_of_service() && !node.pods.is_empty());
        let out: Vec<NodeId> = out.map(|(id, _)| id).collect();
        for &node in &out {
            self.collect_terminating(node, ctx);
        }
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
        if !(self.orphaned.is_empty() && out.is_empty()) {
            self.arm_garbage(ctx);
        }
    }

    /// Takes out the pods that are to end on a node that is declared dead and is not ready.
    fn collect_terminating(&mut self, node: NodeId, ctx: &mut impl KubeContext) {
        let of = self.nodes.get(node);
        if of.ready != Ready::True {
            for pod in of.pods.clone() {
                if self.pods.get(pod).ending.is_some() {
                    self.ask(Client::PodGarbage, Write::RemovePod { pod }, ctx);
                }
            }
        }
    }
}

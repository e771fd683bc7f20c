//! Keeps pods away from cordoned nodes. Points: filter.

use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Plugin, PreFiltered, Status};
use crate::objects::{Taint, TaintEffect};

/// The plugin.
pub(super) struct NodeUnschedulable;

/// The taint that the node controller puts on cordoned nodes; a pod that tolerates it passes whether or not it is there.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

fn cordon() -> Taint {
    Taint { key: UNSCHEDULABLE.into(), value: "".into(), effect: TaintEffect::NoSchedule }
}

impl Plugin for NodeUnschedulable {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        PreFiltered::filter(Cordon { tolerated: cycle.pod.tolerates(&cordon()) })
    }

    /// A node came that is not cordoned, or one was uncordoned, or the pod came to tolerate cordoned nodes.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        if let Some((old, new)) = event.node_came() {
            return Hint::queue_if(!new.unschedulable && old.is_none_or(|old| old.unschedulable));
        }
        let tolerations = event.own_change(cycle.pod).filter(|(old, new)| old.tolerations != new.tolerations);
        Hint::queue_if(tolerations.is_some_and(|(_, new)| new.tolerates(&cordon())))
    }
}

struct Cordon {
    tolerated: bool,
}

impl Filter for Cordon {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if node.node.unschedulable && !self.tolerated {
            return Err(Status::unresolvable("node(s) were unschedulable"));
        }
        Ok(())
    }
}

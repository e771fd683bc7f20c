//! Keeps pods away from cordoned nodes. Points: filter.

use crate::cluster::NodeInfo;
use crate::framework::{Cycle, Filter, Obstacle, Plugin, PreFiltered, Status};
use crate::objects::{Taint, TaintEffect};

/// The plugin.
pub(super) struct NodeUnschedulable;

/// The taint that the node controller puts on cordoned nodes; a pod that tolerates it passes whether or not it is there.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

impl Plugin for NodeUnschedulable {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        let taint = Taint { key: UNSCHEDULABLE.into(), value: "".into(), effect: TaintEffect::NoSchedule };
        PreFiltered::filter(Cordon { tolerated: cycle.pod.tolerates(&taint) })
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

    fn obstacles(&self, _: &Cycle<'_>, _: &NodeInfo) -> Vec<Obstacle> {
        vec![Obstacle::Cordoned]
    }
}

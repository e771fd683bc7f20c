//! Keeps a pod that names a node on that node. Points: filter.

use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Plugin, PreFiltered, Status};
use crate::objects::Text;

/// The plugin.
pub(super) struct NodeName;

impl Plugin for NodeName {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        match &cycle.pod.node_name {
            Some(name) => PreFiltered::filter(Named(name)),
            None => PreFiltered::Skip,
        }
    }

    /// Any node came.
    fn hint(&self, _: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        Hint::queue_if(matches!(event, ClusterEvent::NodeAdded(_)))
    }
}

struct Named<'c>(&'c Text);

impl Filter for Named<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if node.name() == self.0 {
            Ok(())
        } else {
            Err(Status::unresolvable("node(s) didn't match the requested node name"))
        }
    }
}

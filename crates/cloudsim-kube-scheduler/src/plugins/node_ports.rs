//! Keeps two pods from one port of a host. Points: pre-filter, filter.

use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Plugin, PreFiltered, Status};
use crate::objects::{HostPort, Pod};

/// The plugin.
pub(super) struct NodePorts;

impl Plugin for NodePorts {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        if cycle.pod.host_ports.is_empty() {
            return PreFiltered::Skip;
        }
        PreFiltered::filter(Ports(&cycle.pod.host_ports))
    }

    /// A node came, or one of the ports that the pod wants was given up.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let conflicts = |gone: &Pod| conflict(&cycle.pod.host_ports, &gone.host_ports);
        let node_came = matches!(event, ClusterEvent::NodeAdded(_));
        Hint::queue_if(node_came || event.room_given_up().is_some_and(conflicts))
    }
}

fn conflict<'p>(wanted: &[HostPort], taken: impl IntoIterator<Item = &'p HostPort>) -> bool {
    taken.into_iter().any(|taken| wanted.iter().any(|wanted| wanted.conflicts(taken)))
}

struct Ports<'c>(&'c [HostPort]);

impl Filter for Ports<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if conflict(self.0, node.host_ports()) {
            return Err(Status::unschedulable("node(s) didn't have free ports for the requested pod ports"));
        }
        Ok(())
    }
}

//! Keeps two pods from one port of a host. Points: pre-filter, filter.

use crate::cluster::NodeInfo;
use crate::framework::{Cycle, Filter, Plugin, PreFiltered, Status};
use crate::objects::HostPort;

/// The plugin.
pub(super) struct NodePorts;

impl Plugin for NodePorts {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        if cycle.pod.host_ports.is_empty() {
            return PreFiltered::Skip;
        }
        PreFiltered::filter(Ports(&cycle.pod.host_ports))
    }
}

struct Ports<'c>(&'c [HostPort]);

impl Filter for Ports<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if node.host_ports().any(|taken| self.0.iter().any(|wanted| wanted.conflicts(taken))) {
            return Err(Status::unschedulable("node(s) didn't have free ports for the requested pod ports"));
        }
        Ok(())
    }
}

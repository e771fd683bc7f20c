//! Keeps two pods from one port of a host. Points: pre-filter, filter.

use crate::cluster::NodeInfo;
use crate::framework::{ClusterEvent, Cycle, Filter, Hint, Obstacle, Plugin, PreFiltered, Status};
use crate::objects::{HostPort, Pod};
use std::collections::{BTreeMap, BTreeSet};

/// The plugin.
pub(super) struct NodePorts;

impl Plugin for NodePorts {
    fn pre_filter<'c>(&'c self, cycle: &Cycle<'c>) -> PreFiltered<'c> {
        if cycle.pod.host_ports.is_empty() {
            return PreFiltered::Skip;
        }
        let mut ports = Ports { wanted: &cycle.pod.host_ports, by_number: BTreeMap::new() };
        for port in ports.wanted {
            ports.by_number.entry((port.port, &*port.protocol)).or_default().insert(&*port.ip);
        }
        PreFiltered::filter(ports)
    }

    /// A node came, or one of the ports that the pod wants was given up.
    fn hint(&self, cycle: &Cycle<'_>, event: &ClusterEvent) -> Hint {
        let conflicts = |gone: &Pod| conflict(&cycle.pod.host_ports, &gone.host_ports);
        let node_came = matches!(event, ClusterEvent::NodeAdded(_));
        Hint::queue_if(node_came || event.room_given_up().is_some_and(conflicts))
    }
}

/// Whether any port that is wanted is taken.
pub(crate) fn conflict<'p>(wanted: &[HostPort], taken: impl IntoIterator<Item = &'p HostPort>) -> bool {
    taken.into_iter().any(|taken| wanted.iter().any(|wanted| wanted.conflicts(taken)))
}

struct Ports<'c> {
    wanted: &'c [HostPort],
    /// The addresses on which a port is wanted, so that many ports are not compared each with each.
    by_number: BTreeMap<(i32, &'c str), BTreeSet<&'c str>>,
}

impl Ports<'_> {
    fn conflicts(&self, taken: &HostPort) -> bool {
        let wanted = self.by_number.get(&(taken.port, &*taken.protocol));
        wanted.is_some_and(|ips| {
            taken.is_on_every_address() || ips.contains(&*taken.ip) || ips.contains(HostPort::EVERY_ADDRESS)
        })
    }
}

impl Filter for Ports<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Status> {
        if node.host_ports().any(|taken| self.conflicts(taken)) {
            return Err(Status::unschedulable("node(s) didn't have free ports for the requested pod ports"));
        }
        Ok(())
    }

    fn obstacles(&self, _: &Cycle<'_>, node: &NodeInfo) -> Vec<Obstacle> {
        let taken = node.pods.iter().flat_map(|pod| pod.host_ports.iter().map(move |port| (pod, port)));
        taken
            .filter(|(_, port)| self.conflicts(port))
            .filter_map(|(pod, port)| {
                let wanted = self.wanted.iter().find(|wanted| wanted.conflicts(port))?.clone();
                Some(Obstacle::HostPort { wanted, taken_by: pod.key.clone() })
            })
            .collect()
    }
}

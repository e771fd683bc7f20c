//! The zonal shift of EKS: traffic within a cluster is led away from a zone.
//!
//! # Modelled
//! The nodes of the zone are cordoned, its pods leave the endpoint slices, and by way of those the target groups. Pods are not
//! evicted, and come back at the end, with the nodes that the shift had cordoned (K8S-58).
//!
//! # Left out
//! What EKS does where a service has no pod elsewhere: here its slices are empty then. Nodes that join the zone meanwhile.

use crate::api_server::{Client, Write};
use crate::cluster::Cluster;
use crate::ids::{KubeServiceId, NodeId};
use crate::pods::Pod;
use crate::words::KubeContext;
use cloudsim_world::ZoneId;

impl Cluster {
    /// Shifts traffic away from a zone, or from none any more.
    pub fn shift(&mut self, from: Option<ZoneId>, ctx: &mut impl KubeContext) {
        let (_, cordoned) = self.shifted.take().unzip();
        for node in cordoned.into_iter().flatten() {
            self.ask(Client::CloudNode, Write::Cordon { node, cordoned: false }, ctx);
        }
        if let Some(zone) = from {
            let open = self.nodes.present();
            let open = open.filter(|(_, node)| node.zone == Some(zone) && !node.object.unschedulable);
            let open: Vec<NodeId> = open.map(|(id, _)| id).collect();
            for &node in &open {
                self.ask(Client::CloudNode, Write::Cordon { node, cordoned: true }, ctx);
            }
            self.shifted = Some((zone, open));
        }
        for service in (0..self.services.len()).map(KubeServiceId::from_index) {
            self.sync_service(service, ctx);
        }
    }

    /// Whether endpoint slices may lead to a pod, wherever traffic is shifted to.
    pub(crate) fn is_listed(&self, pod: &Pod) -> bool {
        let Some((zone, _)) = &self.shifted else { return true };
        pod.node.is_none_or(|node| self.nodes.get(node).zone != Some(*zone))
    }
}

//! Addresses of nodes and pods. Each pod has one of the subnet that its node is in, unless it uses the network of its
//! node; on a node that is in no subnet it has one of those that the node has for its pods.

use super::{NodeOf, PodOf};
use crate::Cloud;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_aws::services::vpc::AddressPool;
use cloudsim_kube::NodeId;
use cloudsim_world::{InterfaceId, SubnetId};
use rustc_hash::FxHashMap;
use std::net::Ipv4Addr;

/// What public addresses are numbered from: addresses that belong to nobody, as those of AWS are somebody's.
///
/// Source: RFC 2544, appendix C.2.2, and RFC 6890: 198.18.0.0/15 is for benchmarks of networks.
const PUBLIC: u32 = Ipv4Addr::new(198, 18, 0, 0).to_bits();

/// How many there are.
///
/// Source: as [`PUBLIC`].
const PUBLIC_COUNT: u32 = 1 << 17;

/// Who has which.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Those of pods that have no interface.
    pods: FxHashMap<PodOf, (Ipv4Addr, Origin)>,
    /// What nodes have left for their pods.
    ranges: FxHashMap<NodeOf, AddressPool>,
}

/// Where an address comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Subnet(SubnetId),
    Node(NodeOf),
}

impl Cloud {
    /// Tells a cluster the addresses of an instance that is its node.
    pub(super) fn address_instance(&mut self, (cluster, node): NodeOf, server: ServerSlot) {
        let id = self.interfaces.servers[server.0 as usize];
        let interface = self.network.interface(id);
        let public = interface.public.then(|| public_address(id));
        let address = interface.address;
        self.kubernetes.clusters[usize::from(cluster)].node_has_addresses(node, address, public);
    }

    /// Gives nodes that stand for themselves in a subnet an address there, unless they say their own.
    pub(super) fn address_own_nodes(&mut self) {
        for (number, spec) in self.plan.clone().clusters.iter().enumerate() {
            for node in spec.nodes.iter().filter(|node| node.info.internal_ip.is_none()) {
                let Some(id) = self.node_called(number, &node.name) else { continue };
                if let Some(address) = node.subnet.and_then(|subnet| self.take_address(subnet)) {
                    self.kubernetes.clusters[number].node_has_addresses(id, address, None);
                }
            }
        }
    }

    /// Gives a pod that has no interface an address, unless it has one already or uses its node's; whether there was one left.
    pub(super) fn address_pod(&mut self, pod: PodOf) -> bool {
        let of = &self.kubernetes.clusters[usize::from(pod.0)];
        let state = of.pods.get(pod.1);
        if state.template.host_network || self.kubernetes.addresses.pods.contains_key(&pod) {
            return true;
        }
        let node = (pod.0, state.node.expect("a pod that started is on a node"));
        let origin = self.subnet_of(node).map_or(Origin::Node(node), Origin::Subnet);
        let address = match origin {
            Origin::Subnet(subnet) => self.take_address(subnet),
            Origin::Node(node) => self.range_of(node).take(),
        };
        let Some(address) = address else { return false };
        self.kubernetes.addresses.pods.insert(pod, (address, origin));
        self.kubernetes.clusters[usize::from(pod.0)].pod_has_address(pod.1, address);
        true
    }

    /// A pod has no sandbox any more: its address is free.
    pub(super) fn address_free(&mut self, pod: PodOf) {
        match self.kubernetes.addresses.pods.remove(&pod) {
            Some((address, Origin::Subnet(subnet))) => self.give_back_address(subnet, address),
            Some((address, Origin::Node(node))) => self.range_of(node).give_back(address),
            None => {}
        }
    }

    fn subnet_of(&self, node: NodeOf) -> Option<SubnetId> {
        if let Some(instance) = self.kubernetes.instances.get(&node) {
            return Some(self.fleet.get(*instance).subnet);
        }
        let name = &self.node(node).name;
        let nodes = &self.plan.clusters[usize::from(node.0)].nodes;
        nodes.iter().find(|of| *of.name == **name)?.subnet
    }

    fn range_of(&mut self, of: NodeOf) -> &mut AddressPool {
        let range = self.node(of).info.pod_cidr.unwrap_or_default();
        self.kubernetes.addresses.ranges.entry(of).or_insert_with(|| AddressPool::of_node(range))
    }

    fn node(&self, (cluster, node): (u8, NodeId)) -> &cloudsim_kube::Node {
        self.kubernetes.clusters[usize::from(cluster)].nodes.get(node)
    }
}

/// The public address of an interface that has one.
fn public_address(interface: InterfaceId) -> Ipv4Addr {
    Ipv4Addr::from_bits(PUBLIC + interface.0 % PUBLIC_COUNT)
}

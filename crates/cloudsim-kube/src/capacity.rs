//! Whether the nodes that are left have room for the pods of those that went.
//!
//! # Modelled
//! Sums over nodes, as a person would work them out. That the sums suffice does not say that each pod finds a node; what
//! keeps one from those that are left is told of the pod itself.

use crate::cluster::Cluster;
use crate::ids::NodeId;
use crate::pods::Pod;
use crate::words::KubeContext;
use cloudsim_kube_scheduler::objects::{ResourceName, Resources};
use cloudsim_records::{NodesLost, Record, Room};
use std::collections::BTreeSet;

impl Cluster {
    /// The nodes that are up and reached.
    #[must_use]
    pub fn nodes_up(&self) -> BTreeSet<NodeId> {
        let up = self.nodes.present().filter(|(_, node)| node.host_up && node.connected);
        up.map(|(id, _)| id).collect()
    }

    /// Records what a fault left, if it took any of the nodes that were `up` before it.
    pub fn tell_of_lost_nodes(&mut self, fault: u32, up: &BTreeSet<NodeId>, ctx: &mut impl KubeContext) {
        let now_up = self.nodes_up();
        let lost: Vec<NodeId> = up.difference(&now_up).copied().collect();
        if lost.is_empty() {
            return;
        }
        let is_left = |node: &&NodeId| !self.nodes.get(**node).object.unschedulable;
        let left: Vec<NodeId> = now_up.iter().filter(is_left).copied().collect();
        let on_lost: Vec<&Pod> = lost
            .iter()
            .flat_map(|node| &self.nodes.get(*node).pods)
            .map(|pod| self.pods.get(*pod))
            .filter(|pod| pod.is_active())
            .collect();
        let displaced: Vec<&Pod> = on_lost
            .iter()
            .filter(|pod| pod.owner.is_some_and(|of| of.daemon_of.is_none()))
            .copied()
            .collect();
        let bare = on_lost.iter().filter(|pod| pod.owner.is_none()).count();
        let count = |many: usize| u32::try_from(many).expect("few enough");
        let lost = NodesLost {
            cluster: self.entity(),
            fault,
            lost: count(lost.len()),
            left: count(left.len()),
            displaced: count(displaced.len()),
            bare: count(bare),
            room: self.room(&left, &displaced),
        };
        self.ranked.clear();
        ctx.record(Record::NodesLost(Box::new(lost)));
    }

    /// What nodes have for pods, what is asked for there, and what `displaced` pods ask for, of the resources that these name.
    fn room(&self, nodes: &[NodeId], displaced: &[&Pod]) -> Vec<Room> {
        let sum = |pods: &mut dyn Iterator<Item = &Pod>| {
            let (mut asked, mut number) = (Resources::default(), 0_i64);
            for pod in pods {
                asked.add(&pod.object.requests.asked, 1);
                number += 1;
            }
            (asked, number)
        };
        let wanted = sum(&mut displaced.iter().copied());
        let on_nodes = nodes.iter().flat_map(|node| &self.nodes.get(*node).pods);
        let requested = sum(&mut on_nodes.map(|pod| self.pods.get(*pod)).filter(|pod| !pod.has_ended()));
        let (mut has, mut takes) = (Resources::default(), 0_i64);
        for node in nodes {
            let object = &self.nodes.get(*node).object;
            has.add(&object.allocatable, 1);
            takes = takes.saturating_add(object.pods_max);
        }
        let of_resource = |name: ResourceName| {
            let of = |(resources, pods): &(Resources, i64)| match name {
                ResourceName::Pods => *pods,
                _ => resources.get(&name),
            };
            Room {
                resource: name.as_str().to_owned(),
                allocatable: if name == ResourceName::Pods { takes } else { has.get(&name) },
                requested: of(&requested),
                displaced: of(&wanted),
            }
        };
        let names = wanted.0.names().chain([ResourceName::Pods]);
        names.map(of_resource).filter(|room| room.displaced > 0).collect()
    }
}

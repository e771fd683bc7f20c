//! Instances that are nodes of clusters, and what becomes of both when hosts and zones are lost.

use super::{NodeOf, claimed_node, pool_of};
use crate::Cloud;
use crate::words::Root;
use cloudsim_aws::services::target_group::ServerSlot;
use cloudsim_engine::{Context, Kernel};
use cloudsim_kube::spec::NodeGroupSpec;
use cloudsim_kube::{Cluster, Minor, NewNode, NodeId, eks};
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, FaultId, SubnetId, ZoneId};

impl Cloud {
    /// A node as an instance of a group joins as one.
    pub(super) fn new_node(
        &self,
        name: &str,
        version: Minor,
        of: &NodeGroupSpec,
        subnet: SubnetId,
    ) -> NewNode {
        let zone = self.plan.subnets[subnet.index()].zone;
        let zone_spec = &self.plan.zones[zone.index()];
        let instance_type = &self.plan.auto_scaling_groups[of.group.index()].server.instance_type;
        let mut labels = of.labels.clone();
        let place = (zone_spec.region.as_str(), zone_spec.name.as_str());
        for (key, value) in eks::labels(name, Some(instance_type), Some(place)) {
            labels.entry(key.into()).or_insert_with(|| value.into());
        }
        let object = scheduler::Node {
            name: name.into(),
            labels,
            taints: of.taints.clone(),
            unschedulable: false,
            allocatable: of.allocatable.clone(),
            pods_max: of.pods_max,
            images: Vec::new(),
        };
        let info = eks::node_info(version, Some(instance_type));
        NewNode { object, info, zone: Some(zone), join: of.join }
    }

    /// The group of nodes that an Auto Scaling group is, if it is one.
    pub(super) fn node_group(&self, group: AutoScalingGroupId) -> Option<(u8, &NodeGroupSpec)> {
        (0_u8..).zip(&self.plan.clusters).find_map(|(cluster, spec)| {
            spec.node_groups.iter().find(|of| of.group == group).map(|of| (cluster, of))
        })
    }

    /// An instance died: if it is a node, its pods die with it.
    pub(crate) fn node_died(&mut self, server: ServerSlot, kernel: &mut Kernel<Root>) {
        if let Some(&(cluster, node)) = self.kubernetes.nodes.get(&server) {
            self.with_cluster(cluster, kernel, None, |cluster, cx| cluster.host_died(node, cx));
        }
    }

    /// An instance runs: if it is to be a node, its kubelet starts.
    pub(crate) fn node_runs(&mut self, server: ServerSlot, kernel: &mut Kernel<Root>) {
        if let Some(&(cluster, node)) = self.kubernetes.nodes.get(&server) {
            self.with_cluster(cluster, kernel, None, |cluster, cx| cluster.host_returned(node, cx));
            return;
        }
        let state = self.fleet.get(server);
        let (Some(group), subnet) = (state.group, state.subnet) else { return };
        let name = self.name(self.server_entities[server.0 as usize]);
        let pool =
            (0_u8..).zip(&self.plan.clusters).find_map(|(number, of)| Some((number, pool_of(of, group)?.1)));
        let (cluster, new) = if let Some((cluster, of)) = self.node_group(group) {
            (cluster, self.new_node(&name, self.version_of(cluster), of, subnet))
        } else if let Some((cluster, of)) = pool {
            let kind = (state.instance_type.as_str(), subnet);
            (cluster, claimed_node(of, &name, self.version_of(cluster), kind).0)
        } else {
            return;
        };
        let node = self.with_cluster(cluster, kernel, None, |cluster, cx| {
            let node = cluster.host_runs(new, cx);
            cluster.claim_joins(server.0, node);
            node
        });
        self.kubernetes.nodes.insert(server, (cluster, node));
        self.kubernetes.instances.insert((cluster, node), server);
        self.address_instance((cluster, node), server);
    }

    fn version_of(&self, cluster: u8) -> Minor {
        self.plan.clusters[usize::from(cluster)].version
    }

    /// An instance is to be terminated: if it is a node, its pods are asked to leave first.
    pub(crate) fn empty_node(&mut self, server: ServerSlot, kernel: &mut Kernel<Root>) -> bool {
        let Some(&(cluster, node)) = self.kubernetes.nodes.get(&server) else { return false };
        self.kubernetes.leaving.insert(server);
        self.with_cluster(cluster, kernel, None, |cluster, cx| cluster.drain(node, cx));
        true
    }

    /// An instance is terminated: if it is a node, that is taken out.
    pub(crate) fn node_terminated(&mut self, server: ServerSlot, kernel: &mut Kernel<Root>) {
        if let Some(node) = self.kubernetes.nodes.remove(&server) {
            self.kubernetes.instances.remove(&node);
            let (cluster, node) = node;
            self.with_cluster(cluster, kernel, None, |cluster, cx| cluster.instance_gone(node, cx));
        }
    }

    /// The host of a node that stands for itself dies, or runs again unless its zone is dark.
    pub(crate) fn own_node_turns(
        &mut self,
        (cluster, node): (usize, usize),
        power: bool,
        kernel: &mut Kernel<Root>,
    ) {
        let spec = &self.plan.clusters[cluster].nodes[node];
        let dark = spec.zone.is_some_and(|zone| self.dark_zones.contains(&zone));
        let Some(id) = self.node_called(cluster, &spec.name).filter(|_| !power || !dark) else { return };
        let number = u8::try_from(cluster).expect("few clusters");
        let power_return = self.plan.assumptions.ec2_instance.power_return;
        self.with_cluster(number, kernel, None, |cluster, cx| {
            if power {
                cluster.power_returned(id, power_return, cx);
            } else {
                cluster.host_died(id, cx);
            }
        });
    }

    /// Notes which nodes are up before a fault takes some of them.
    pub(crate) fn note_nodes_up(&mut self, fault: FaultId, ctx: &mut Kernel<Root>) {
        let clusters = &self.kubernetes.clusters;
        if !clusters.is_empty() {
            self.kubernetes.untold = Some((fault, clusters.iter().map(Cluster::nodes_up).collect()));
            Context::<Root>::schedule_in(ctx, SimDuration::ZERO, crate::faults::Event::Felt);
        }
    }

    /// Tells what the last fault left of each cluster that lost nodes by it, once its instances' deaths are known there.
    pub(crate) fn tell_of_lost_nodes(&mut self, kernel: &mut Kernel<Root>) {
        let Some((fault, up)) = self.kubernetes.untold.take() else { return };
        for (number, up) in (0_u8..).zip(&up) {
            self.with_cluster(number, kernel, None, |cluster, cx| {
                cluster.tell_of_lost_nodes(fault.0, up, cx);
            });
        }
    }

    /// The node that an instance is.
    pub(crate) fn node_of(&self, server: ServerSlot) -> Option<NodeOf> {
        self.kubernetes.nodes.get(&server).copied()
    }

    /// The node of that name, unless it has gone.
    pub(crate) fn node_called(&self, cluster: usize, name: &str) -> Option<NodeId> {
        let mut nodes = self.kubernetes.clusters[cluster].nodes.present();
        nodes.find(|(_, node)| &*node.name == name).map(|(id, _)| id)
    }

    /// A zone loses its power, or has it again: control planes, and nodes that stand for themselves.
    pub(crate) fn clusters_in_zone(&mut self, zone: ZoneId, power: bool, kernel: &mut Kernel<Root>) {
        for number in 0..self.kubernetes.clusters.len() {
            let number = u8::try_from(number).expect("few clusters");
            let alone: Vec<NodeId> = self.kubernetes.clusters[usize::from(number)]
                .nodes
                .present()
                .filter(|(node, of)| {
                    of.zone == Some(zone) && !self.kubernetes.instances.contains_key(&(number, *node))
                })
                .map(|(node, _)| node)
                .collect();
            let power_return = self.plan.assumptions.ec2_instance.power_return;
            self.with_cluster(number, kernel, None, |cluster, cx| {
                cluster.control_plane_turns(zone, power, cx);
                for node in alone {
                    if power {
                        cluster.power_returned(node, power_return, cx);
                    } else {
                        cluster.host_died(node, cx);
                    }
                }
            });
        }
    }

    /// The API servers of a cluster answer nobody, or do again.
    pub(crate) fn silence_api_servers(&mut self, cluster: usize, silent: bool, kernel: &mut Kernel<Root>) {
        let number = u8::try_from(cluster).expect("few clusters");
        self.with_cluster(number, kernel, None, |cluster, cx| cluster.api_servers_fall_silent(silent, cx));
    }

    /// Shifts the traffic of clusters that have opted in away from a zone, or from none any more: their groups of nodes launch
    /// nothing there meanwhile (K8S-58).
    pub(crate) fn shift_clusters(&mut self, from: Option<ZoneId>, kernel: &mut Kernel<Root>) {
        for number in 0..self.kubernetes.clusters.len() {
            let spec = self.kubernetes.clusters[number].spec();
            if !spec.zonal_shift {
                continue;
            }
            let groups: Vec<AutoScalingGroupId> = spec.node_groups.iter().map(|of| of.group).collect();
            for group in groups {
                self.groups.avoid(group, from, kernel);
            }
            let number = u8::try_from(number).expect("few clusters");
            self.with_cluster(number, kernel, None, |cluster, cx| cluster.shift(from, cx));
        }
    }

    /// Control planes and nodes reach each other as the borders of zones are now.
    pub(crate) fn divide_clusters(&mut self, kernel: &mut Kernel<Root>) {
        let zones = self.plan.zones.len();
        let lets =
            |a, b| self.links.cut_by(Some(ZoneId::from_index(a)), Some(ZoneId::from_index(b))).is_none();
        let lets: Vec<Vec<bool>> = (0..zones).map(|a| (0..zones).map(|b| lets(a, b)).collect()).collect();
        for number in 0..self.kubernetes.clusters.len() {
            let number = u8::try_from(number).expect("few clusters");
            self.with_cluster(number, kernel, None, |cluster, cx| {
                cluster.borders_change(|a, b| lets[a.index()][b.index()], cx);
            });
        }
    }
}

//! Every reaction of one domain to another. Reading this file is reading how the cloud hangs together.

use crate::Cloud;
use crate::asg_stub as auto_scaling_group;
use crate::words::{Root, Signal};
use cloudsim_aws::services::target_group::{Health, ServerSlot};
use cloudsim_aws::services::{ec2_instance, load_balancer, nat_gateway, rds, target_group};
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::TargetHealth;
use cloudsim_world::AutoScalingGroupId;

impl Cloud {
    pub(crate) fn wire(&mut self, signal: Signal, ctx: &mut Kernel<Root>) {
        match signal {
            Signal::Instance(signal) => self.instance_changed(signal, ctx),
            Signal::Probe(target_group::Signal::HealthChanged { prober, health }) => {
                let Some(prober) = self.probers.get(prober) else { return };
                let (node, group, target) = (prober.node, prober.group, prober.target);
                let healthy = health == TargetHealth::Healthy;
                let state = self.balancers.node_mut(node);
                let balancer = state.balancer;
                for view in &mut state.views {
                    if view.group == group {
                        view.view.set_healthy(target, healthy);
                    }
                }
                self.balancers.update_answer(balancer, ctx);
                self.judge(target, ctx);
            }
            Signal::Balancer(load_balancer::Signal::NodeDied { .. }) => {
                // Its callers find out by their own timers; DNS follows when AWS notices.
            }
            Signal::Balancer(load_balancer::Signal::NodeReturned { node }) => {
                let state = self.balancers.node_mut(node);
                for view in &mut state.views {
                    for (target, prober) in &view.probers {
                        self.probers.forget(*prober);
                        view.view.set_healthy(*target, false);
                    }
                }
            }
            Signal::Nat(nat_gateway::Signal::Died { nat_gateway }) => self.drop_through(nat_gateway),
            Signal::Database(signal) => self.database_changed(signal, ctx),
            Signal::Group(signal) => self.group_wants(signal, ctx),
        }
    }

    fn instance_changed(&mut self, signal: ec2_instance::Signal, ctx: &mut Kernel<Root>) {
        match signal {
            ec2_instance::Signal::HostDied { server } => {
                self.drop_calls(server, false, ctx);
                let server = self.fleet.get(server);
                self.groups.instance_down(server.entity, ctx);
            }
            ec2_instance::Signal::ProcessDied { server } => self.drop_calls(server, true, ctx),
            ec2_instance::Signal::HostReturned { server } => {
                let server = self.fleet.get(server);
                self.groups.instance_up(server.entity, ctx);
            }
            ec2_instance::Signal::Started { server } => {
                // A member that was launched by its group comes into service; one that came back never left.
                if !self.is_registered(server) {
                    self.register(server, Health::INITIAL, ctx);
                    let entity = self.fleet.get(server).entity;
                    self.groups.in_service(entity, ctx);
                }
            }
        }
    }

    fn database_changed(&mut self, signal: rds::Signal, ctx: &mut Kernel<Root>) {
        match signal {
            rds::Signal::InstanceDied { instance } => self.drop_statements(instance, ctx),
            rds::Signal::WriterDied { database, .. } => {
                for side in &mut self.sides {
                    side.databases[database.index()].lost_writer = true;
                }
            }
            // Servers learn of a new or returned instance by looking its name up.
            rds::Signal::WriterChanged { .. } | rds::Signal::InstanceReturned { .. } => {}
        }
    }

    fn group_wants(&mut self, signal: auto_scaling_group::Signal, ctx: &mut Kernel<Root>) {
        match signal {
            auto_scaling_group::Signal::LaunchWanted { group, zone } => {
                let subnets = &self.plan.auto_scaling_groups[group.index()].subnets;
                let subnet = subnets.iter().find(|subnet| self.plan.subnets[subnet.index()].zone == zone);
                let subnet = *subnet.expect("a group launches where it has a subnet");
                self.launch(group, subnet, ctx);
            }
            auto_scaling_group::Signal::TerminateWanted { instance } => {
                let server = self.server_of(instance);
                self.retire(server, ctx);
            }
        }
    }

    fn is_registered(&self, server: ServerSlot) -> bool {
        let mut probers = self
            .balancers
            .slots()
            .flat_map(|node| &self.balancers.node(node).views)
            .flat_map(|view| &view.probers);
        probers.any(|(target, _)| *target == server)
    }

    /// Tells a target's group what the load balancers make of it.
    fn judge(&mut self, target: ServerSlot, ctx: &mut Kernel<Root>) {
        let mut opinions = self
            .balancers
            .slots()
            .filter(|node| self.balancers.node(*node).is_up())
            .flat_map(|node| &self.balancers.node(node).views)
            .flat_map(|view| &view.probers)
            .filter(|(server, _)| *server == target)
            .filter_map(|(_, prober)| self.probers.get(*prober))
            .map(|prober| prober.health())
            .peekable();
        let unhealthy = opinions.peek().is_some()
            && opinions.all(|health| {
                matches!(health, TargetHealth::UnhealthyTimeout | TargetHealth::UnhealthyRefused)
            });
        let entity = self.fleet.get(target).entity;
        self.groups.target_judged(entity, unhealthy, ctx);
    }
}

/// Where a group's members are, for the group.
impl Cloud {
    pub(crate) fn zones_of(&self, group: AutoScalingGroupId) -> Vec<cloudsim_world::ZoneId> {
        let subnets = &self.plan.auto_scaling_groups[group.index()].subnets;
        subnets.iter().map(|subnet| self.plan.subnets[subnet.index()].zone).collect()
    }
}

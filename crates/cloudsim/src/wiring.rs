//! Every reaction of one domain to another. Reading this file is reading how the cloud hangs together.

use crate::Cloud;
use crate::words::{Root, Signal};
use cloudsim_aws::services::target_group::{Health, Prober, ServerSlot};
use cloudsim_aws::services::{
    auto_scaling_group, ec2_instance, load_balancer, nat_gateway, rds, route53, target_group,
};
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{Record, TargetHealth};

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
                self.judge(target, healthy, ctx);
            }
            Signal::Balancer(load_balancer::Signal::NodePowered { node }) => {
                let state = self.balancers.node_mut(node);
                for view in &mut state.views {
                    view.view.forget();
                    for (_, prober) in &view.probers {
                        self.probers.forget(*prober);
                    }
                }
            }
            Signal::Names(route53::Signal::HealthChanged { check }) => self.reroute(check, ctx),
            Signal::Nat(nat_gateway::Signal::Died { nat_gateway }) => self.drop_through(nat_gateway),
            Signal::Database(signal) => self.database_changed(signal, ctx),
            Signal::Group(signal) => self.group_wants(signal, ctx),
            Signal::Kube(signal) => self.pod_changed(signal, Health::INITIAL, ctx),
        }
    }

    fn instance_changed(&mut self, signal: ec2_instance::Signal, ctx: &mut Kernel<Root>) {
        match signal {
            ec2_instance::Signal::HostDied { server } => {
                self.drop_calls(server, false, ctx);
                self.groups.host_down(server, ctx);
                self.node_died(server, ctx);
            }
            ec2_instance::Signal::ProcessDied { server } => self.drop_calls(server, true, ctx),
            ec2_instance::Signal::HostReturned { server } => {
                self.groups.host_returned(server);
                // A launched member is registered as soon as its host runs; one that came back never left.
                if !self.is_registered(server) {
                    self.register(server, Health::INITIAL, ctx);
                    self.update_answers(ctx);
                }
                self.groups.in_service(server, ctx);
                self.node_runs(server, ctx);
            }
            // Load balancers find out by their probes.
            ec2_instance::Signal::Started { .. } => {}
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
            auto_scaling_group::Signal::CapacityInsufficient { group, zone } => {
                let (group, zone) = (self.group_entities[group.index()], self.zone_entities[zone.index()]);
                Context::<Root>::record(ctx, Record::CapacityInsufficient { group, zone });
            }
            auto_scaling_group::Signal::TerminateWanted { server } => self.retire(server, ctx),
        }
    }

    pub(crate) fn is_registered(&self, server: ServerSlot) -> bool {
        let mut probers = self
            .balancers
            .slots()
            .flat_map(|node| &self.balancers.node(node).views)
            .flat_map(|view| &view.probers);
        probers.any(|(target, _)| *target == server)
    }

    /// Tells a target's group what the load balancers make of it, after one node changed its mind.
    fn judge(&mut self, target: ServerSlot, healthy: bool, ctx: &mut Kernel<Root>) {
        if self.fleet.get(target).group.is_none() {
            // Pods are looked after by their kubelets.
            return;
        }
        if healthy {
            self.groups.target_healthy(target);
            return;
        }
        let opinions = self
            .balancers
            .slots()
            .filter(|node| self.balancers.node(*node).is_up())
            .flat_map(|node| &self.balancers.node(node).views)
            .flat_map(|view| &view.probers)
            .filter(|(server, _)| *server == target)
            .filter_map(|(_, prober)| self.probers.get(*prober));
        let unhealthy =
            |health| matches!(health, TargetHealth::UnhealthyTimeout | TargetHealth::UnhealthyRefused);
        if opinions.map(Prober::health).all(unhealthy) {
            self.groups.target_unhealthy(target, ctx);
        }
    }
}

//! Interventions: what an operator does, by the doors that faults and controllers use too.

use crate::Cloud;
use crate::kubernetes::NodeOf;
use crate::words::Root;
use cloudsim_aws::services::auto_scaling_group::Keeper;
use cloudsim_aws::services::target_group::{Reach, ServerSlot};
use cloudsim_engine::{Context, Kernel};
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::{self as records, EntityId, Intervention, Record, Refusal};
use cloudsim_scenario::plan::{Action, Made, Member, NodeChoice, NodeTarget, NodesTarget, WorkloadTarget};
use cloudsim_units::SimDuration;
use cloudsim_world::{AutoScalingGroupId, InterventionId, ZoneId};

/// An operator acts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) intervention: InterventionId,
}

impl Cloud {
    /// Does what an operator wants, unless there is something against it.
    ///
    /// # Errors
    /// What is.
    pub(crate) fn intervene(
        &mut self,
        intervention: InterventionId,
        ctx: &mut Kernel<Root>,
    ) -> Result<(), Refusal> {
        let spec = &self.plan.interventions[intervention.index()];
        let (action, text) = (spec.action.clone(), spec.text.clone());
        match action {
            action @ (Action::Failover { .. }
            | Action::Promote { .. }
            | Action::Create { .. }
            | Action::SwitchOver { .. }
            | Action::Reconcile { .. }
            | Action::Restore { .. }) => return self.intervene_in_database(action, text, ctx),
            Action::Point { name, record } => {
                let may = if self.are_records_fixed() { Err(Refusal::ControlPlaneSilent) } else { Ok(()) };
                tell(records::Action::Point, self.name_entity(name), text, may, ctx)?;
                self.point(name, record, ctx);
            }
            Action::Switch { control, on } => {
                // Five regions have the switches, of which one may be lost.
                let word = if on { records::Action::SwitchOn } else { records::Action::SwitchOff };
                tell(word, self.check_entity(control), text, Ok(()), ctx)?;
                self.dns.checks.switch(control, on, &self.plan.assumptions.health_checks, ctx);
            }
            Action::Apply { stack } => {
                let target = self.stacks.entities[stack.index()];
                tell(records::Action::Apply, target, text, self.may_apply(stack), ctx)?;
                self.apply(stack, ctx);
            }
            Action::RaiseQuota { region, vcpus } => {
                let target = self.quotas.entity(self.region_called(&region));
                let zone = *self.plan.zones_of(&region).first().expect("checked: it has zones");
                tell(records::Action::RaiseQuota, target, text, self.api_of(zone), ctx)?;
                self.raise_quota(&region, vcpus, ctx);
            }
            copy @ (Action::CopyImage { .. } | Action::BuildImage { .. } | Action::SetSecret { .. }) => {
                return self.intervene_in_copies(&copy, text, ctx);
            }
            Action::ShiftAway { zone } => {
                let may = self.may_shift(zone, true);
                tell(records::Action::ShiftAway, self.zone_entities[zone.index()], text, may, ctx)?;
                self.shift(Some(zone), ctx);
            }
            Action::ShiftBack { zone } => {
                let may = self.may_shift(zone, false);
                tell(records::Action::ShiftBack, self.zone_entities[zone.index()], text, may, ctx)?;
                self.shift(None, ctx);
            }
            Action::Scale { group, desired } => {
                let target = self.group_entities[group.index()];
                let there = self.stacks.is_there(Made::Group(group));
                let may = if there { self.api_of_group(group) } else { Err(Refusal::NotThere) };
                tell(records::Action::Scale, target, text, may, ctx)?;
                self.groups.scale(group, desired, ctx);
            }
            Action::Restart { group, member } => {
                let (server, target) = self.meant(&text, (group, member), Hosts::Up, ctx);
                tell(records::Action::Restart, target, text, server.map(|_| ()), ctx)?;
                let server = server?;
                self.fleet.kill_process(server, ctx);
                self.start_process(server, group, ctx);
            }
            Action::Terminate { group, member } => {
                // EC2 terminates an instance whose host is dead as well.
                let hosts = if member == Member::Any { Hosts::Up } else { Hosts::All };
                let (server, target) = self.meant(&text, (group, member), hosts, ctx);
                let server = self.api_of_group(group).and(server);
                tell(records::Action::Terminate, target, text, server.map(|_| ()), ctx)?;
                let server = server?;
                match self.plan.auto_scaling_groups[group.index()].keeper {
                    Keeper::AutoScaling => self.groups.terminate(server, ctx),
                    Keeper::Karpenter => self.drained(crate::members::Event::Drained { server }, ctx),
                }
            }
            of_a_cluster => return self.intervene_in_cluster(of_a_cluster, text, ctx),
        }
        Ok(())
    }

    fn intervene_in_database(
        &mut self,
        action: Action,
        text: String,
        ctx: &mut Kernel<Root>,
    ) -> Result<(), Refusal> {
        match action {
            Action::Failover { database } => {
                let target = self.database_entities[database.index()];
                let there = self.databases.zone(self.databases.writer(database));
                let may = self.api_of(there).and_then(|()| self.databases.may_fail_over(database));
                tell(records::Action::Failover, target, text, may, ctx)?;
                self.databases.reboot_with_failover(database, ctx);
            }
            Action::Promote { database, replica } => {
                let replica = self.databases.replica_endpoint(database, replica);
                let api = self.api_of(self.databases.zone(replica));
                let may = api.and_then(|()| self.databases.may_promote(replica));
                tell(records::Action::Promote, self.databases.entity(replica), text, may, ctx)?;
                self.databases.promote_by_hand(replica, ctx);
            }
            Action::Create { database, replica: place } => {
                let replica = self.databases.replica_endpoint(database, place);
                let there = self.databases.zone(replica);
                let subnet = self.plan.databases[database.index()].replicas[place].subnet;
                let vpc = if self.has_vpc(subnet) { Ok(()) } else { Err(Refusal::NotThere) };
                let may = self.api_of(there).and(vpc).and_then(|()| self.databases.may_create(replica));
                tell(records::Action::Create, self.databases.entity(replica), text, may, ctx)?;
                let here = self.databases.zone(self.databases.writer(database));
                let far = self.zone_regions[here.index()] != self.zone_regions[there.index()];
                if far {
                    self.replicas_copied.push((database, place));
                }
                let distance = if far { self.links.one_way(here, there) } else { SimDuration::ZERO };
                self.databases.create_replica(replica, distance, ctx);
            }
            Action::SwitchOver { database, replica } => {
                let replica = self.databases.replica_endpoint(database, replica);
                let api = self.api_of(self.databases.zone(replica));
                let may = api.and_then(|()| self.databases.may_switch_over(replica));
                tell(records::Action::SwitchOver, self.databases.entity(replica), text, may, ctx)?;
                self.databases.switch_over(replica, ctx);
            }
            Action::Reconcile { database } => {
                let target = self.database_entities[database.index()];
                tell(records::Action::Reconcile, target, text, self.databases.may_reconcile(database), ctx)?;
                self.databases.reconcile(database, ctx);
            }
            Action::Restore { database, backup } => {
                let target = self.databases.backup_entity(database, backup);
                let subnet = self.plan.databases[database.index()].backups[backup].subnet;
                let api = self.api_of(self.plan.subnets[subnet.index()].zone);
                let there = if self.has_vpc(subnet) { Ok(()) } else { Err(Refusal::NotThere) };
                let may = api.and(there).and_then(|()| self.databases.may_restore(database, backup));
                tell(records::Action::Restore, target, text, may, ctx)?;
                self.databases.restore_by_hand(database, backup, ctx);
            }
            _ => unreachable!("nothing of a database"),
        }
        Ok(())
    }

    fn intervene_in_cluster(
        &mut self,
        action: Action,
        text: String,
        ctx: &mut Kernel<Root>,
    ) -> Result<(), Refusal> {
        match action {
            Action::Cordon { nodes } => return self.tend(nodes, records::Action::Cordon, &text, ctx),
            Action::Uncordon { nodes } => return self.tend(nodes, records::Action::Uncordon, &text, ctx),
            Action::Drain { nodes } => return self.tend(nodes, records::Action::Drain, &text, ctx),
            Action::OutOfService { nodes } => {
                return self.tend(nodes, records::Action::OutOfService, &text, ctx);
            }
            Action::ScaleWorkload { workload, replicas } => {
                let (number, id, target) = self.meant_workload(workload);
                tell(records::Action::ScaleWorkload, target, text, self.takes_orders(number), ctx)?;
                self.with_cluster(number, ctx, None, |cluster, cx| cluster.scale(id, replicas, cx));
            }
            Action::RestartWorkload { workload } => {
                let (number, id, target) = self.meant_workload(workload);
                tell(records::Action::RestartWorkload, target, text, self.takes_orders(number), ctx)?;
                self.with_cluster(number, ctx, None, |cluster, cx| cluster.rollout_restart(id, cx));
            }
            Action::SetImage { workload, container, image } => {
                let (number, id, target) = self.meant_workload(workload);
                tell(records::Action::SetImage, target, text, self.takes_orders(number), ctx)?;
                self.with_cluster(number, ctx, None, |cluster, cx| {
                    cluster.set_image(id, container, &image, cx);
                });
            }
            Action::Failover { .. }
            | Action::Promote { .. }
            | Action::Create { .. }
            | Action::SwitchOver { .. }
            | Action::Reconcile { .. }
            | Action::Restore { .. }
            | Action::Apply { .. }
            | Action::RaiseQuota { .. }
            | Action::CopyImage { .. }
            | Action::BuildImage { .. }
            | Action::SetSecret { .. }
            | Action::Point { .. }
            | Action::Switch { .. }
            | Action::ShiftAway { .. }
            | Action::ShiftBack { .. }
            | Action::Scale { .. }
            | Action::Restart { .. }
            | Action::Terminate { .. } => unreachable!("nothing of a cluster"),
        }
        Ok(())
    }

    /// Whether what was done has come about.
    pub(crate) fn has_come_about(&self, intervention: InterventionId) -> bool {
        match &self.plan.interventions[intervention.index()].action {
            Action::Failover { database }
            | Action::Promote { database, .. }
            | Action::Restore { database, .. } => self.databases.takes_writes(*database),
            Action::Create { database, replica } => {
                self.databases.is_following(self.databases.replica_endpoint(*database, *replica))
            }
            Action::SwitchOver { database, replica } => {
                self.databases.is_writer(self.databases.replica_endpoint(*database, *replica))
            }
            Action::Apply { stack } => self.is_applied(*stack),
            Action::RaiseQuota { region, vcpus } => {
                self.quotas.vcpus(self.region_called(region)).is_none_or(|quota| quota >= *vcpus)
            }
            Action::CopyImage { image, region } | Action::BuildImage { image, region } => {
                self.has_image(*image, region)
            }
            Action::SetSecret { secret, region } => self.has_secret(*secret, region),
            Action::Point { name, record } => self.is_pointed(*name, *record),
            Action::Switch { control, on } => self.dns.checks.is_healthy(*control) == *on,
            Action::Scale { group, desired } => self.answering(*group) >= *desired as usize,
            Action::ScaleWorkload { workload, .. }
            | Action::RestartWorkload { workload }
            | Action::SetImage { workload, .. } => {
                let (number, id, _) = self.meant_workload(*workload);
                self.kubernetes.clusters[usize::from(number)].is_rolled_out(id)
            }
            // A drain goes on by itself; the others are done at once.
            Action::Reconcile { .. }
            | Action::ShiftAway { .. }
            | Action::ShiftBack { .. }
            | Action::Restart { .. }
            | Action::Terminate { .. }
            | Action::Cordon { .. }
            | Action::Uncordon { .. }
            | Action::Drain { .. }
            | Action::OutOfService { .. } => true,
        }
    }

    /// Whether the APIs of a zone's region answer.
    fn api_of(&self, zone: ZoneId) -> Result<(), Refusal> {
        if self.is_api_silent(zone) { Err(Refusal::ControlPlaneSilent) } else { Ok(()) }
    }

    fn api_of_group(&self, group: AutoScalingGroupId) -> Result<(), Refusal> {
        let subnets = &self.plan.auto_scaling_groups[group.index()].subnets;
        subnets.first().map_or(Ok(()), |subnet| self.api_of(self.plan.subnets[subnet.index()].zone))
    }

    /// How many members of a group answer.
    pub(crate) fn answering(&self, group: AutoScalingGroupId) -> usize {
        let answers = |server: &ServerSlot| self.fleet.get(*server).reach() == Reach::Answers;
        self.groups.members(group).filter(answers).count()
    }

    /// To what an intervention does something.
    pub(crate) fn target_of(&self, intervention: InterventionId) -> Option<EntityId> {
        Some(match &self.plan.interventions[intervention.index()].action {
            Action::Failover { database }
            | Action::Promote { database, .. }
            | Action::Create { database, .. }
            | Action::SwitchOver { database, .. }
            | Action::Reconcile { database }
            | Action::Restore { database, .. } => self.database_entities[database.index()],
            Action::Apply { stack } => self.stacks.entities[stack.index()],
            Action::RaiseQuota { region, .. } => self.quotas.entity(self.region_called(region)),
            copy @ (Action::CopyImage { .. } | Action::BuildImage { .. } | Action::SetSecret { .. }) => {
                self.copied_entity(copy)
            }
            Action::Point { name, .. } => self.name_entity(*name),
            Action::Switch { control, .. } => self.check_entity(*control),
            Action::ShiftAway { zone } | Action::ShiftBack { zone } => self.zone_entities[zone.index()],
            Action::Scale { group, .. } | Action::Restart { group, .. } | Action::Terminate { group, .. } => {
                self.group_entities[group.index()]
            }
            Action::ScaleWorkload { workload, .. }
            | Action::RestartWorkload { workload }
            | Action::SetImage { workload, .. } => self.meant_workload(*workload).2,
            Action::Cordon { .. }
            | Action::Uncordon { .. }
            | Action::Drain { .. }
            | Action::OutOfService { .. } => return None,
        })
    }

    /// Does to nodes what `kubectl` does; refused if it is for all of them.
    fn tend(
        &mut self,
        nodes: NodesTarget,
        action: records::Action,
        text: &str,
        ctx: &mut Kernel<Root>,
    ) -> Result<(), Refusal> {
        let mut outcome = Err(Refusal::NotThere);
        for (node, target) in self.meant_nodes(text, nodes, ctx) {
            let told = tell(action, target, text.to_owned(), node.map(|_| ()), ctx);
            outcome = if outcome.is_ok() { outcome } else { told };
            let Ok((number, id)) = node else { continue };
            self.with_cluster(number, ctx, None, |cluster, cx| match action {
                records::Action::Cordon => cluster.cordon(id, true, cx),
                records::Action::Uncordon => cluster.cordon(id, false, cx),
                records::Action::Drain => cluster.drain(id, cx),
                _ => cluster.out_of_service(id, cx),
            });
        }
        outcome
    }

    /// The nodes that an operator means, and their entities; that of whatever stands for those that are not to be had.
    fn meant_nodes(
        &self,
        text: &str,
        nodes: NodesTarget,
        ctx: &Kernel<Root>,
    ) -> Vec<(Result<NodeOf, Refusal>, EntityId)> {
        let zone = match nodes {
            NodesTarget::One(node) => return vec![self.meant_node(text, node, ctx)],
            NodesTarget::Zone(zone) => zone,
        };
        let mut found = Vec::new();
        for (number, cluster) in (0u8..).zip(&self.kubernetes.clusters) {
            let there = cluster.nodes.present().filter(|(_, node)| node.zone == Some(zone));
            let there = there.map(|(id, node)| (Ok((number, id)), node.entity));
            match self.takes_orders(number) {
                Ok(()) => found.extend(there),
                Err(refusal) => found.extend(there.take(1).map(|_| (Err(refusal), cluster.entity()))),
            }
        }
        if found.is_empty() {
            found.push((Err(Refusal::NotThere), self.zone_entities[zone.index()]));
        }
        found
    }

    /// The node that an operator means, and its entity; that of its cluster or its group, if it has gone.
    fn meant_node(
        &self,
        text: &str,
        target: NodeTarget,
        ctx: &Kernel<Root>,
    ) -> (Result<NodeOf, Refusal>, EntityId) {
        let number = u8::try_from(target.cluster).expect("few clusters");
        let (node, entity) = self.node_there(text, number, target, ctx);
        // kubectl does not get as far as asking whether there is such a node.
        (self.takes_orders(number).and(node), entity)
    }

    /// Whether kubectl is answered.
    fn takes_orders(&self, cluster: u8) -> Result<(), Refusal> {
        let answers = self.kubernetes.clusters[usize::from(cluster)].api_answers();
        if answers { Ok(()) } else { Err(Refusal::ApiSilent) }
    }

    /// The node of the cluster of that number, without asking its API.
    fn node_there(
        &self,
        text: &str,
        number: u8,
        target: NodeTarget,
        ctx: &Kernel<Root>,
    ) -> (Result<NodeOf, Refusal>, EntityId) {
        let cluster = &self.kubernetes.clusters[target.cluster];
        match target.node {
            NodeChoice::Own(node) => {
                let name = &self.plan.clusters[target.cluster].nodes[node].name;
                match self.node_called(target.cluster, name) {
                    Some(id) => (Ok((number, id)), cluster.nodes.get(id).entity),
                    None => (Err(Refusal::NotThere), cluster.entity()),
                }
            }
            // kubectl reaches whatever the API has, whether its host lives or not.
            NodeChoice::Member { group, member: Member::Number(of_group) } => {
                let name = format!("{}-{of_group}", self.plan.auto_scaling_groups[group.index()].member);
                match self.node_called(target.cluster, &name) {
                    Some(id) => (Ok((number, id)), cluster.nodes.get(id).entity),
                    None => (Err(Refusal::NotThere), self.group_entities[group.index()]),
                }
            }
            NodeChoice::Member { group, member: member @ Member::Any } => {
                let (server, entity) = self.meant(text, (group, member), Hosts::Up, ctx);
                let node = server.and_then(|server| self.node_of(server).ok_or(Refusal::NotThere));
                let of_node = node.map(|(_, id)| cluster.nodes.get(id).entity);
                (node, of_node.unwrap_or(entity))
            }
        }
    }

    /// A workload of a cluster, and its entity.
    fn meant_workload(&self, target: WorkloadTarget) -> (u8, WorkloadId, EntityId) {
        let number = u8::try_from(target.cluster).expect("few clusters");
        let id = WorkloadId(u32::try_from(target.workload).expect("few workloads"));
        (number, id, self.kubernetes.clusters[target.cluster].workloads.get(id).entity)
    }

    /// The member that an operator means, and its entity; that of its group, if no such member lives and stays.
    fn meant(
        &self,
        text: &str,
        (group, member): (AutoScalingGroupId, Member),
        hosts: Hosts,
        ctx: &Kernel<Root>,
    ) -> (Result<ServerSlot, Refusal>, EntityId) {
        let path = format!("interventions/{text}");
        let is_pool = self.plan.auto_scaling_groups[group.index()].keeper == Keeper::Karpenter;
        let may = |server| {
            let known = hosts == Hosts::All || !self.fleet.get(server).is_dark();
            known && (is_pool || self.groups.has_member(server))
        };
        match self.chosen_member(&path, (group, member), may, ctx) {
            Some(server) => (Ok(server), self.fleet.get(server).entity),
            None => (Err(Refusal::NotThere), self.group_entities[group.index()]),
        }
    }

    fn shift(&mut self, from: Option<ZoneId>, ctx: &mut Kernel<Root>) {
        let fleet = &self.fleet;
        self.balancers.shift(from, |server| fleet.get(server).zone, ctx);
        self.shift_clusters(from, ctx);
    }

    /// Whether traffic can be shifted: that of load balancers, and of clusters that have opted in.
    fn may_shift(&self, zone: ZoneId, away: bool) -> Result<(), Refusal> {
        let nodes_there =
            |cluster: &Cluster| cluster.nodes.present().any(|(_, node)| node.zone == Some(zone));
        let mut clusters = self.kubernetes.clusters.iter().filter(|cluster| cluster.spec().zonal_shift);
        self.balancers.may_shift(zone, away, clusters.any(nodes_there))
    }
}

/// On which hosts an operator finds instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hosts {
    Up,
    All,
}

/// Records what is about to be done, or why nothing will.
pub(crate) fn tell(
    action: records::Action,
    target: EntityId,
    text: String,
    may: Result<(), Refusal>,
    ctx: &mut Kernel<Root>,
) -> Result<(), Refusal> {
    let refusal = may.err();
    Context::<Root>::record(
        ctx,
        Record::Intervened(Box::new(Intervention { action, target, text, refusal })),
    );
    may
}

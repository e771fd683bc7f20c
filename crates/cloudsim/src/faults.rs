//! Faults: what breaks, when, and what its end means.

use crate::Cloud;
use crate::copies::is_lit;
use crate::words::Root;
use cloudsim_aws::services::load_balancer::Node;
use cloudsim_aws::services::route53::limits::RECORDS_REGION;
use cloudsim_aws::services::target_group::{NodeSlot, ServerSlot};
use cloudsim_aws::services::vpc::{Grey, Impairment};
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::Record;
use cloudsim_scenario::plan::{Begins, FaultKind, Member};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::{
    AutoScalingGroupId, EndpointId, FaultId, InZone, LoadBalancerId, NatGatewayId, ZoneId, in_order,
};

/// What will happen to a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// It begins.
    Started { fault: FaultId },
    /// What it broke at once is broken.
    Felt,
    /// Its cause is over.
    Ended { fault: FaultId },
    /// A zone of its region has power again, after others.
    ZoneReturned { zone: ZoneId },
}

/// What a fault does at the border of a zone, if that is what it does.
pub(crate) fn impairment(kind: &FaultKind) -> Option<Impairment> {
    match kind {
        FaultKind::ZonePartition { zone, from, internet } => {
            Some(Impairment::Cut { zone: *zone, from: from.clone(), internet: *internet })
        }
        FaultKind::GreyZone { zone, latency, jitter, loss, suffers } => {
            let grey = Grey { latency: *latency, jitter: *jitter, loss: *loss };
            Some(Impairment::Grey {
                zone: *zone,
                leaving: suffers.leaving.then_some(grey),
                entering: suffers.entering.then_some(grey),
            })
        }
        _ => None,
    }
}

/// What a zone's power is the life of, databases aside.
enum Thing {
    Server(ServerSlot),
    Node(NodeSlot),
    NatGateway(NatGatewayId),
}

impl Cloud {
    pub(crate) fn fault(&mut self, event: Event, ctx: &mut Kernel<Root>) {
        // Of several faults of one instant each is told its own losses.
        self.tell_of_lost_nodes(ctx);
        match event {
            Event::Felt => {}
            Event::Started { fault } => {
                self.mark_usage(Context::<Root>::now(ctx));
                Context::<Root>::record(ctx, Record::FaultStarted { fault: fault.0 });
                self.active_faults.push(fault);
                self.note_nodes_up(fault, ctx);
                self.breaks(fault, ctx);
                self.begin_runbooks(Begins::Fault(fault), ctx);
                let spec = &self.plan.faults[fault.index()];
                // A crash is over at once: the engine can be started again.
                let crash = matches!(spec.kind, FaultKind::DatabasePrimaryCrash { .. });
                if let Some(lasts) = spec.lasts.or(crash.then_some(SimDuration::ZERO)) {
                    Context::<Root>::schedule_in(ctx, lasts, Event::Ended { fault });
                }
            }
            Event::Ended { fault } => {
                Context::<Root>::record(ctx, Record::FaultEnded { fault: fault.0 });
                self.active_faults.retain(|active| *active != fault);
                self.ends(fault, ctx);
                self.begin_runbooks(Begins::FaultEnd(fault), ctx);
            }
            Event::ZoneReturned { zone } => self.zone_gets_power(zone, ctx),
        }
        self.tables.resume(&self.links, ctx);
    }

    fn breaks(&mut self, fault: FaultId, ctx: &mut Kernel<Root>) {
        match self.plan.faults[fault.index()].kind.clone() {
            FaultKind::ZonePowerLoss { zone } => self.zone_loses_power(zone, fault, ctx),
            FaultKind::RegionPowerLoss { zones, .. } => {
                for zone in zones {
                    self.zone_loses_power(zone, fault, ctx);
                }
            }
            FaultKind::ControlPlaneLoss { zones, .. } => {
                for zone in zones {
                    self.groups.withdraw_capacity(zone, None);
                }
            }
            FaultKind::ZonePartition { zone, from, internet } => {
                self.reimpair();
                self.divide_clusters(ctx);
                let isolated = self.is_isolated(zone, &from);
                self.databases.cut(zone, &from, isolated, Some(fault), ctx);
                if isolated {
                    self.groups.zone_lost(zone, ctx);
                }
                if isolated && internet {
                    self.cut_nodes_off(zone, true, ctx);
                }
            }
            FaultKind::GreyZone { .. } => self.reimpair(),
            FaultKind::RouteTableChange { .. }
            | FaultKind::NetworkAclChange { .. }
            | FaultKind::SecurityGroupChange { .. } => self.rewire(),
            FaultKind::HostDeath { group, member } => {
                if let Some(server) = self.hit_member(fault, group, member, ctx) {
                    self.fault_servers[fault.index()] = Some(server);
                    self.fleet.kill_host(server, ctx);
                }
            }
            FaultKind::NodeDeath { cluster, node } => self.own_node_turns((cluster, node), false, ctx),
            FaultKind::ProcessDeath { group, member } => {
                if let Some(server) = self.hit_member(fault, group, member, ctx) {
                    self.fault_servers[fault.index()] = Some(server);
                    self.fleet.kill_process(server, ctx);
                }
            }
            FaultKind::NatGatewayLoss { nat_gateway } => self.nats.turn(nat_gateway, false, ctx),
            FaultKind::BalancerNodeLoss { balancer, zone } => {
                let node = self.node_in(balancer, zone);
                self.balancers.kill_node(node, ctx);
            }
            FaultKind::EndpointOutage { endpoint } => self.endpoint_falls_silent(endpoint),
            FaultKind::ApiServerOutage { cluster } => self.silence_api_servers(cluster, true, ctx),
            FaultKind::InsufficientCapacity { zone, instance_type } => {
                self.groups.withdraw_capacity(zone, instance_type);
            }
            FaultKind::DatabasePrimaryCrash { database } => {
                self.databases.crash_writer(
                    database,
                    self.plan.faults[fault.index()].lasts,
                    Some(fault),
                    ctx,
                );
            }
            FaultKind::DatabaseStandbyLoss { database } => {
                self.databases.lose_standby(
                    database,
                    self.plan.faults[fault.index()].lasts,
                    Some(fault),
                    ctx,
                );
            }
            FaultKind::ReplicaLoss { database, replica } => {
                let lasts = self.plan.faults[fault.index()].lasts;
                self.databases.lose_replica(database, replica, lasts, Some(fault), ctx);
            }
        }
    }

    fn ends(&mut self, fault: FaultId, ctx: &mut Kernel<Root>) {
        match self.plan.faults[fault.index()].kind.clone() {
            FaultKind::ZonePowerLoss { zone } => self.zone_gets_power(zone, ctx),
            FaultKind::RegionPowerLoss { zones, return_apart, .. } => {
                self.region_gets_power(fault, &zones, return_apart, ctx);
            }
            FaultKind::ControlPlaneLoss { zones, .. } => {
                for zone in zones {
                    self.groups.restore_capacity(zone, None);
                }
                self.go_on_with_stacks(ctx);
            }
            FaultKind::ZonePartition { zone, from, internet } => {
                self.reimpair();
                self.divide_clusters(ctx);
                self.databases.rejoin(zone, &from, ctx);
                let isolated = self.is_isolated(zone, &from);
                if isolated {
                    self.groups.zone_returned(zone, ctx);
                }
                if isolated && internet && !self.is_cut_off(zone) {
                    self.cut_nodes_off(zone, false, ctx);
                }
            }
            FaultKind::GreyZone { .. } => self.reimpair(),
            FaultKind::RouteTableChange { .. }
            | FaultKind::NetworkAclChange { .. }
            | FaultKind::SecurityGroupChange { .. } => self.rewire(),
            FaultKind::HostDeath { .. } => {
                if let Some(server) = self.fault_servers[fault.index()] {
                    let path = self.member_path(server);
                    let power_return = self.plan.assumptions.ec2_instance.power_return;
                    self.fleet.return_power(server, power_return, &path, ctx);
                }
            }
            FaultKind::NodeDeath { cluster, node } => self.own_node_turns((cluster, node), true, ctx),
            FaultKind::ProcessDeath { group, .. } => {
                if let Some(server) = self.fault_servers[fault.index()] {
                    self.start_process(server, group, ctx);
                }
            }
            FaultKind::NatGatewayLoss { nat_gateway } => self.mend_nat_gateway(nat_gateway, ctx),
            FaultKind::BalancerNodeLoss { balancer, zone } => {
                self.mend_balancer_node(self.node_in(balancer, zone), ctx);
            }
            FaultKind::ApiServerOutage { cluster } => {
                let kind = FaultKind::ApiServerOutage { cluster };
                if !self.is_at_work(&kind) {
                    self.silence_api_servers(cluster, false, ctx);
                }
            }
            FaultKind::InsufficientCapacity { zone, instance_type } => {
                self.groups.restore_capacity(zone, instance_type.as_deref());
            }
            // The database knows how long its instance stays down; calls to an endpoint that are made from now on are answered.
            FaultKind::EndpointOutage { .. }
            | FaultKind::DatabasePrimaryCrash { .. }
            | FaultKind::DatabaseStandbyLoss { .. }
            | FaultKind::ReplicaLoss { .. } => {}
        }
    }

    /// Whether the APIs of a zone's region answer nobody: they are lost, or all that is there is.
    pub(crate) fn is_api_silent(&self, zone: ZoneId) -> bool {
        let region = self.zone_regions[zone.index()];
        let in_region = |zone: &ZoneId| self.zone_regions[zone.index()] == region;
        let lost = |fault: &FaultId| match &self.plan.faults[fault.index()].kind {
            FaultKind::ControlPlaneLoss { zones, .. } => zones.iter().any(in_region),
            _ => false,
        };
        self.active_faults.iter().any(lost) || !is_lit(region, &self.zone_regions, &self.dark_zones)
    }

    /// Whether records of Route 53 cannot be changed: that is done in one region alone.
    pub(crate) fn are_records_fixed(&self) -> bool {
        let home = self.plan.zones.iter().position(|zone| zone.region == RECORDS_REGION);
        home.is_some_and(|zone| self.is_api_silent(ZoneId::from_index(zone)))
    }

    /// Whether a fault of that kind and target is at work.
    pub(crate) fn is_at_work(&self, kind: &FaultKind) -> bool {
        self.active_faults.iter().any(|fault| self.plan.faults[fault.index()].kind == *kind)
    }

    /// Whether nobody answers at an endpoint.
    pub(crate) fn is_silent(&self, endpoint: EndpointId) -> bool {
        self.is_at_work(&FaultKind::EndpointOutage { endpoint })
    }

    /// The node of a load balancer in a zone.
    fn node_in(&self, balancer: LoadBalancerId, zone: ZoneId) -> NodeSlot {
        let mut nodes = self.balancers.slots();
        let is_it = |of: &Node| of.balancer == balancer && of.zone == zone;
        nodes.find(|slot| is_it(self.balancers.node(*slot))).expect("the fault names one that there is")
    }

    /// A load balancer's node works again, unless something else still breaks it.
    fn mend_balancer_node(&mut self, slot: NodeSlot, ctx: &mut Kernel<Root>) {
        let (balancer, zone) = (self.balancers.node(slot).balancer, self.balancers.node(slot).zone);
        let lost = self.is_at_work(&FaultKind::BalancerNodeLoss { balancer, zone });
        if !lost && self.has_balancer_of(slot) && !self.dark_zones.contains(&zone) {
            self.balancers.return_node(slot, ctx);
        }
    }

    /// A NAT gateway works again, unless something else still breaks it.
    pub(crate) fn mend_nat_gateway(&mut self, id: NatGatewayId, ctx: &mut Kernel<Root>) {
        let lost = self.is_at_work(&FaultKind::NatGatewayLoss { nat_gateway: id });
        if !lost && self.has_nat_gateway(id) && !self.dark_zones.contains(&self.nats.zone(id)) {
            self.nats.turn(id, true, ctx);
        }
    }

    /// Lets AWS lose, or find again, the load balancers' nodes of a zone.
    fn cut_nodes_off(&mut self, zone: ZoneId, cut_off: bool, ctx: &mut Kernel<Root>) {
        for thing in self.things_in(zone) {
            if let Thing::Node(node) = thing {
                self.balancers.cut_off(node, cut_off, ctx);
            }
        }
    }

    /// Whether a fault that is at work cuts a zone off from everything.
    fn is_cut_off(&self, zone: ZoneId) -> bool {
        self.active_faults.iter().any(|fault| match &self.plan.faults[fault.index()].kind {
            FaultKind::ZonePartition { zone: of, from, internet } => {
                *of == zone && *internet && self.is_isolated(zone, from)
            }
            _ => false,
        })
    }

    /// The faults that have begun and hit no member, though it is one that they were for: nobody has its number, or it is dead.
    pub(crate) fn missed_faults(&self, now: SimTime) -> Vec<usize> {
        let of_members =
            |kind: &FaultKind| matches!(kind, FaultKind::HostDeath { .. } | FaultKind::ProcessDeath { .. });
        let faults = self.plan.faults.iter().enumerate();
        let missed = faults.filter(|(place, fault)| {
            fault.at <= now && of_members(&fault.kind) && self.fault_servers[*place].is_none()
        });
        missed.map(|(place, _)| place).collect()
    }

    /// The member that a fault hits, if it is alive.
    fn hit_member(
        &self,
        fault: FaultId,
        group: AutoScalingGroupId,
        member: Member,
        ctx: &Kernel<Root>,
    ) -> Option<ServerSlot> {
        let path = format!("faults/{}", self.plan.faults[fault.index()].name);
        let alive = |server| !self.fleet.get(server).is_dark();
        self.chosen_member(&path, (group, member), alive, ctx)
    }

    /// Starts the process on a member again.
    pub(crate) fn start_process(
        &mut self,
        server: ServerSlot,
        group: AutoScalingGroupId,
        ctx: &mut Kernel<Root>,
    ) {
        let path = self.member_path(server);
        let spec = self.plan.auto_scaling_groups[group.index()].server.clone();
        self.fleet.restart_process(server, &spec, &path, ctx);
    }

    /// The member that is meant, if it is there and may be chosen; which one, where any is, is the luck of `path`.
    pub(crate) fn chosen_member(
        &self,
        path: &str,
        (group, member): (AutoScalingGroupId, Member),
        may: impl Fn(ServerSlot) -> bool,
        ctx: &Kernel<Root>,
    ) -> Option<ServerSlot> {
        let chosen = |server: &ServerSlot| !self.fleet.get(*server).is_terminated() && may(*server);
        let chosen: Vec<ServerSlot> = self.fleet.members(group).filter(chosen).collect();
        match member {
            Member::Any => {
                let mut stream = Context::<Root>::streams(ctx).stream(path, "member");
                let count = u64::try_from(chosen.len()).expect("a usize fits");
                (count > 0).then(|| chosen[usize::try_from(stream.below(count)).expect("below the length")])
            }
            Member::Number(number) => {
                let name = format!("{}-{number}", self.plan.auto_scaling_groups[group.index()].member);
                chosen.into_iter().find(|server| {
                    let entity = self.server_entities[server.0 as usize];
                    self.world.get::<&cloudsim_world::Name>(entity).is_ok_and(|found| found.0 == name)
                })
            }
        }
    }

    /// Everything in a zone dies at once.
    fn zone_loses_power(&mut self, zone: ZoneId, fault: FaultId, ctx: &mut Kernel<Root>) {
        self.dark_zones.push(zone);
        for thing in self.things_in(zone) {
            match thing {
                Thing::Server(server) => self.fleet.kill_host(server, ctx),
                Thing::Node(node) => self.balancers.kill_node(node, ctx),
                Thing::NatGateway(id) => self.nats.turn(id, false, ctx),
            }
        }
        self.databases.lose_power(zone, Some(fault), ctx);
        self.tables.lose_power(zone, Some(fault), ctx);
        self.groups.zone_lost(zone, ctx);
        self.clusters_in_zone(zone, false, ctx);
        self.registry_may_be_lost(zone, ctx);
    }

    /// Everything in a zone gets its power back, unless another fault still withholds it, and comes up in its own time.
    fn zone_gets_power(&mut self, zone: ZoneId, ctx: &mut Kernel<Root>) {
        let place = self.dark_zones.iter().position(|dark| *dark == zone).expect("it lost power before");
        self.dark_zones.swap_remove(place);
        if self.dark_zones.contains(&zone) {
            return;
        }
        let power_return = self.plan.assumptions.ec2_instance.power_return;
        for thing in self.things_in(zone) {
            match thing {
                Thing::Server(server) => {
                    self.fleet.return_power(server, power_return, &self.member_path(server), ctx);
                }
                Thing::Node(node) => self.mend_balancer_node(node, ctx),
                Thing::NatGateway(id) => self.mend_nat_gateway(id, ctx),
            }
        }
        self.databases.return_power(zone, power_return, ctx);
        self.tables.return_power(zone, ctx);
        self.groups.zone_returned(zone, ctx);
        self.clusters_in_zone(zone, true, ctx);
        self.go_on_with_stacks(ctx);
    }

    /// The zones of a region get their power back: the first at once, each other one some time after the one before.
    fn region_gets_power(
        &mut self,
        fault: FaultId,
        zones: &[ZoneId],
        apart: SimDuration,
        ctx: &mut Kernel<Root>,
    ) {
        let path = format!("faults/{}", self.plan.faults[fault.index()].name);
        let mut stream = Context::<Root>::streams(ctx).stream(&path, "return of zones");
        let apart = DurationDistribution::Uniform(SimDuration::ZERO, apart);
        let mut after = SimDuration::ZERO;
        for zone in zones {
            if after.is_zero() {
                self.zone_gets_power(*zone, ctx);
            } else {
                Context::<Root>::schedule_in(ctx, after, Event::ZoneReturned { zone: *zone });
            }
            after = after.saturating_add(apart.sample(stream.word()));
        }
    }

    /// What lives and dies with a zone, in the order of the world.
    fn things_in(&self, zone: ZoneId) -> Vec<Thing> {
        let mut things = Vec::new();
        for entity in in_order::<&InZone>(&self.world) {
            let entity = self.world.entity(entity).expect("just found");
            if entity.get::<&InZone>().is_none_or(|found| found.0 != zone) {
                continue;
            }
            if let Some(server) = entity.get::<&ServerSlot>() {
                things.push(Thing::Server(*server));
            } else if let Some(node) = entity.get::<&NodeSlot>() {
                things.push(Thing::Node(*node));
            } else if let Some(id) = entity.get::<&NatGatewayId>() {
                things.push(Thing::NatGateway(*id));
            }
        }
        things
    }
}

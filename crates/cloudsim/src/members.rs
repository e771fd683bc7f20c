//! Members of Auto Scaling groups: how they come into service and leave it.

use crate::Cloud;
use crate::cloud::{DatabaseSide, Side};
use crate::request_path::external::Pool;
use crate::words::Root;
use cloudsim_aws::services::auto_scaling_group::Refused;
use cloudsim_aws::services::ec2_instance::ServerSpec;
use cloudsim_aws::services::rds::DatabaseClient;
use cloudsim_aws::services::route53::Resolver;
use cloudsim_aws::services::target_group::{Health, NodeSlot, ProberEntities, ServerSlot};
use cloudsim_engine::{Context, Kernel};
use cloudsim_kube::limits::NODE_DRAIN_TIMEOUT;
use cloudsim_records::{EntityInfo, EntityKind, Record};
use cloudsim_units::SimTime;
use cloudsim_world::{AutoScalingGroupId, DatabaseId, SubnetId, TargetGroupId, ZoneId};

/// What will happen to a member that leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// Its deregistration delay is over.
    Drained { server: ServerSlot },
}

impl Cloud {
    /// Adds a member's entity; it is named after its group and its number.
    pub(crate) fn spawn_member(
        &mut self,
        group: AutoScalingGroupId,
        number: u32,
        zone: ZoneId,
    ) -> (hecs::Entity, EntityInfo) {
        let name = format!("{}-{number}", self.plan.auto_scaling_groups[group.index()].member);
        let parent = self.group_entities[group.index()];
        self.spawn(EntityKind::Instance, &name, Some(zone), Some(parent))
    }

    /// The path that names a member's random streams.
    pub(crate) fn member_path(&self, server: ServerSlot) -> String {
        if let Some(group) = self.fleet.get(server).group {
            let spec = &self.plan.auto_scaling_groups[group.index()];
            return format!("auto_scaling_groups/{}/{}", spec.name, server.0);
        }
        let pod = self.pod_of(server).expect("a server without a group is a pod");
        format!("pods/{}", pod.key)
    }

    /// Gives a new server what it keeps besides its queue.
    pub(crate) fn add_side(&mut self, server: ServerSlot, ctx: &impl Context<Root>) {
        assert_eq!(server.0 as usize, self.sides.len(), "sides follow the fleet");
        let path = self.member_path(server);
        let databases = (0..self.plan.databases.len())
            .map(|index| {
                let purpose = format!("database client {}", self.plan.databases[index].name);
                let word = ctx.streams().stream(&path, &purpose).word();
                let client = self.database_client(DatabaseId::from_index(index), server, ctx.now(), word);
                DatabaseSide { client, lost_writer: false }
            })
            .collect();
        let resolver = Resolver::new(self.plan.dns_names.len(), 1000);
        let pools = (0..self.plan.endpoints.len()).map(|_| Pool::default()).collect();
        self.sides.push(Side { resolver, databases, pools });
    }

    /// The number of the region that a server is in.
    pub(crate) fn region_of(&self, server: ServerSlot) -> u32 {
        self.zone_regions[self.fleet.get(server).zone.index()]
    }

    fn database_client(
        &self,
        database: DatabaseId,
        server: ServerSlot,
        now: SimTime,
        word: u64,
    ) -> DatabaseClient {
        let spec = &self.plan.databases[database.index()];
        // Classes are dealt out by weight over the members of a group, so that small fleets have the mix that the scenario
        // says; each round over the zones starts one class further on, so that no zone has all of one class.
        let total: u32 = spec.clients.iter().map(|class| class.weight).sum();
        let (place, zones) = match self.fleet.get(server).group {
            Some(group) => {
                let zones = self.plan.auto_scaling_groups[group.index()].subnets.len();
                (self.fleet.members(group).take_while(|member| *member != server).count(), zones)
            }
            None => self.place_among_pods(server).expect("a server without a group is a pod"),
        };
        let mut rank = u32::try_from(place + place / zones).expect("few members") % total;
        let mut caching = spec.clients[0].caching;
        for class in &spec.clients {
            if rank < class.weight {
                caching = class.caching;
                break;
            }
            rank -= class.weight;
        }
        let region = self.region_of(server);
        DatabaseClient::new(caching, &self.databases, (database, region), now, word)
    }

    /// Launches the member that an Auto Scaling group has asked for in a subnet.
    pub(crate) fn launch(&mut self, group: AutoScalingGroupId, subnet: SubnetId, ctx: &mut Kernel<Root>) {
        let zone = self.plan.subnets[subnet.index()].zone;
        let spec = self.plan.auto_scaling_groups[group.index()].server.clone();
        if self.lacks_image(group, zone, ctx) || self.exceeds_quota(group, zone, &spec.instance_type, ctx) {
            return self.groups.launch_failed(group, zone, Refused::Everywhere, ctx);
        }
        match self.launch_instance(group, subnet, &spec, ctx) {
            Some(server) => {
                self.launched_from(group, server);
                let id = self.fleet.get(server).entity;
                self.groups.launched(group, server, id, zone, ctx);
            }
            None => self.groups.launch_failed(group, zone, Refused::Here, ctx),
        }
    }

    /// Launches an instance in a subnet, if that has an address left.
    pub(crate) fn launch_instance(
        &mut self,
        group: AutoScalingGroupId,
        subnet: SubnetId,
        spec: &ServerSpec,
        ctx: &mut Kernel<Root>,
    ) -> Option<ServerSlot> {
        let zone = self.plan.subnets[subnet.index()].zone;
        let Some(interface) = self.attach_server(group, subnet) else {
            let (group_entity, subnet) =
                (self.group_entities[group.index()], self.subnet_entities[subnet.index()]);
            Context::<Root>::record(ctx, Record::AddressesExhausted { group: group_entity, subnet });
            return None;
        };
        let number = self.member_numbers[group.index()] + 1;
        self.member_numbers[group.index()] = number;
        let (entity, info) = self.spawn_member(group, number, zone);
        let id = info.id;
        Context::<Root>::record(ctx, Record::EntityAdded(Box::new(info)));
        let path = format!(
            "auto_scaling_groups/{}/{}",
            self.plan.auto_scaling_groups[group.index()].name,
            self.fleet.len()
        );
        let server = self.fleet.launch(id, group, (subnet, zone), spec, &path, ctx);
        self.world.insert(entity, (server, group, subnet, interface)).expect("just spawned");
        self.server_entities.push(entity);
        self.add_side(server, ctx as &Kernel<Root>);
        Some(server)
    }

    /// Registers a member with its group's target groups.
    pub(crate) fn register(&mut self, server: ServerSlot, health: Health, ctx: &mut Kernel<Root>) {
        let Some(group) = self.fleet.get(server).group else { return };
        for target_group in self.plan.auto_scaling_groups[group.index()].target_groups.clone() {
            self.register_with_group(server, target_group, health, ctx);
        }
    }

    /// Registers a server with a target group.
    pub(crate) fn register_with_group(
        &mut self,
        server: ServerSlot,
        target_group: TargetGroupId,
        health: Health,
        ctx: &mut Kernel<Root>,
    ) {
        let entity = self.fleet.get(server).entity;
        if health == Health::INITIAL {
            let group = self.target_group_entities[target_group.index()];
            Context::<Root>::record(ctx, Record::TargetRegistered { group, target: entity });
        }
        for node in self.balancers.slots() {
            self.register_with(node, target_group, server, health, ctx);
        }
    }

    /// Takes a server out of a target group, if it is in it.
    pub(crate) fn deregister_from(
        &mut self,
        server: ServerSlot,
        target_group: TargetGroupId,
        ctx: &mut Kernel<Root>,
    ) {
        let mut was_there = false;
        for node in self.balancers.slots() {
            for view in &mut self.balancers.node_mut(node).views {
                if view.group != target_group {
                    continue;
                }
                for (_, prober) in view.probers.extract_if(.., |(target, _)| *target == server) {
                    was_there = true;
                    self.probers.stop(prober);
                }
                view.view.deregister(server);
            }
        }
        if was_there {
            let (group, target) =
                (self.target_group_entities[target_group.index()], self.fleet.get(server).entity);
            Context::<Root>::record(ctx, Record::TargetDeregistered { group, target });
        }
    }

    fn register_with(
        &mut self,
        node: NodeSlot,
        group: TargetGroupId,
        server: ServerSlot,
        health: Health,
        ctx: &mut Kernel<Root>,
    ) {
        let member_path = self.member_path(server);
        let spec = &self.plan.target_groups[group.index()];
        let (target_zone, target) = (self.fleet.get(server).zone, self.fleet.get(server).entity);
        let shifted = self.balancers.is_shifted(target_zone);
        let state = self.balancers.node_mut(node);
        let (zone, node_entity) = (state.zone, state.entity);
        let path = format!("target_groups/{}/{}/{}", spec.name, state.path(), member_path);
        let Some(view) = state.views.iter_mut().find(|view| view.group == group) else { return };
        let in_reach = spec.cross_zone || zone == target_zone;
        view.view.register(server, in_reach, health == Health::HEALTHY);
        if shifted {
            view.view.set_shifted(server, true);
        }
        let entities =
            ProberEntities { group: self.target_group_entities[group.index()], node: node_entity, target };
        let prober = self.probers.start((group, node, server), entities, health, spec, &path, ctx);
        view.probers.push((server, prober));
    }

    /// Takes a member out of its target groups.
    fn deregister(&mut self, server: ServerSlot, ctx: &mut Kernel<Root>) {
        if !self.is_registered(server) {
            return;
        }
        let group = self.fleet.get(server).group.expect("a member has a group");
        for target_group in self.plan.auto_scaling_groups[group.index()].target_groups.clone() {
            self.deregister_from(server, target_group, ctx);
        }
        self.update_answers(ctx);
    }

    pub(crate) fn update_answers(&mut self, ctx: &mut Kernel<Root>) {
        for balancer in 0..self.plan.load_balancers.len() {
            self.balancers.update_answer(cloudsim_world::LoadBalancerId::from_index(balancer), ctx);
        }
    }

    /// Takes a member out for good: at once if it is dead, or else after the deregistration delay.
    pub(crate) fn retire(&mut self, server: ServerSlot, ctx: &mut Kernel<Root>) {
        self.deregister(server, ctx);
        let state = self.fleet.get(server);
        if state.is_dark() {
            self.drained(Event::Drained { server }, ctx);
            return;
        }
        self.fleet.retire(server, ctx);
        if self.empty_node(server, ctx) {
            Context::<Root>::schedule_in(ctx, NODE_DRAIN_TIMEOUT, Event::Drained { server });
            return;
        }
        let state = self.fleet.get(server);
        let group = state.group.expect("a member has a group");
        let groups = &self.plan.auto_scaling_groups[group.index()].target_groups;
        let delays = groups.iter().map(|group| self.plan.target_groups[group.index()].deregistration_delay);
        let delay = delays.max().unwrap_or_default();
        Context::<Root>::schedule_in(ctx, delay, Event::Drained { server });
    }

    pub(crate) fn drained(&mut self, event: Event, ctx: &mut Kernel<Root>) {
        let Event::Drained { server } = event;
        if self.fleet.get(server).is_terminated() {
            return;
        }
        // What is still under way is cut (ALB-21).
        self.drop_calls(server, true, ctx);
        self.fleet.terminate(server, ctx);
        self.node_terminated(server, ctx);
        self.detach_server(server);
        let entity = self.server_entities[server.0 as usize];
        self.world.despawn(entity).expect("a member is terminated once");
    }
}

//! From a plan to a world: everything is placed in the order of the file, so that numbers are the same in every run.

use crate::cloud::{Cloud, Traffic, Usage};
use crate::dns::{Asker, Dns};
use crate::faults;
use crate::interventions;
use crate::network::Interfaces;
use crate::request_path;
use crate::request_path::program::{Program, needs_writer};
use crate::request_path::rows::Rows;
use crate::runbooks::{self, Runbooks};
use crate::why::Asked;
use crate::words::Root;
use cloudsim_aws::Station;
use cloudsim_aws::prices::PriceList;
use cloudsim_aws::services::auto_scaling_group::{AutoScalingGroupSpec, GroupPlacement, Groups, Keeper};
use cloudsim_aws::services::dynamodb::{MemberPlacement, TablePlacement, Tables};
use cloudsim_aws::services::ec2_instance::Fleet;
use cloudsim_aws::services::load_balancer::Balancers;
use cloudsim_aws::services::nat_gateway::NatGateways;
use cloudsim_aws::services::rds::{self, AssumedOfBackups, DatabasePlacement, Databases, InstancePlacement};
use cloudsim_aws::services::route53::Resolver;
use cloudsim_aws::services::target_group::{Health, NodeSlot, NodeView, Probers, ServerSlot};
use cloudsim_aws::services::vpc::Links;
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{
    ClientInfo, EntityId, EntityInfo, EntityKind, Expectation, FaultInfo, ObjectiveInfo, ObjectiveKind,
    OwnPrices, PricesInfo, Record, RunStarted, ServiceInfo, SettingInfo,
};
use cloudsim_scenario::plan::{self, Begins, FaultKind, Member, Plan};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_workload::{CallSpec, ClassSpec, Tier};
use cloudsim_world::{
    AutoScalingGroupId, DatabaseId, DnsNameId, FaultId, InterventionId, LoadBalancerId, NatGatewayId,
    RunbookId, SubnetId, ZoneId,
};
use hecs::World;

impl Cloud {
    /// The cloud of a plan at t = 0, with its first events scheduled and its first record made.
    pub(crate) fn place(plan: &Plan, seed: u64, kernel: &mut Kernel<Root>) -> Self {
        Self::place_asked(plan, seed, &Asked::default(), kernel)
    }

    /// The same for who asks why.
    pub(crate) fn place_asked(plan: &Plan, seed: u64, asked: &Asked, kernel: &mut Kernel<Root>) -> Self {
        let streams = Context::<Root>::streams(kernel).clone();
        let groups = plan.auto_scaling_groups.len();
        let mut cloud = Self {
            plan: plan.clone(),
            world: World::new(),
            next_entity: 0,
            zone_entities: Vec::new(),
            zone_regions: plan.region_numbers(),
            subnet_entities: Vec::new(),
            group_entities: Vec::new(),
            target_group_entities: Vec::new(),
            database_entities: Vec::new(),
            endpoint_entities: Vec::new(),
            network: plan.network(),
            interfaces: Interfaces::of(plan),
            links: Links::new(plan.latencies.clone(), plan.zones.len()),
            probe_luck: streams.stream("network", "probes").word(),
            fleet: Fleet::default(),
            server_entities: Vec::new(),
            member_numbers: (0..).map(|group| plan.desired_at_first(group)).take(groups).collect(),
            sides: Vec::new(),
            balancers: Balancers::new(plan.assumptions.load_balancer),
            dns: Dns::of(plan, streams.stream("health checks", "luck").word()),
            probers: Probers::default(),
            nats: NatGateways::new(plan.assumptions.nat_gateway),
            groups: Groups::new(group_placements(plan), plan.assumptions.auto_scaling_group),
            databases: Databases::new(Vec::new(), assumed_of_databases(plan), &streams),
            tables: Tables::default(),
            stations: Vec::new(),
            kubernetes: crate::kubernetes::Kubernetes::default(),
            quotas: crate::quotas::Quotas::default(),
            copies: crate::copies::Copies::default(),
            runbooks: Runbooks::default(),
            stacks: crate::stacks::Stacks::default(),
            fault_servers: vec![None; plan.faults.len()],
            dark_zones: Vec::new(),
            active_faults: Vec::new(),
            program: Program::of(plan),
            traffic: Vec::new(),
            resolvers: Vec::new(),
            refills: streams.stream("requests", "luck"),
            next_request: 0,
            rows: Rows::default(),
            usage: Usage::of(plan),
            replicas_copied: Vec::new(),
            usage_mark: None,
        };
        let mut entities = Vec::new();
        let balancer_entities = cloud.place_network(&mut entities, &streams);
        let members = cloud.place_groups(&mut entities);
        cloud.place_databases(&mut entities, &streams);
        cloud.place_tables(&mut entities, &streams);
        for endpoint in &plan.endpoints {
            let (_, info) = cloud.spawn(EntityKind::Endpoint, &endpoint.name, None, None);
            cloud.endpoint_entities.push(info.id);
            cloud.nats.add_destination(info.id);
            entities.push(info);
        }
        cloud.place_rules(&mut entities);
        for service in &plan.services {
            entities.push(cloud.spawn(EntityKind::Service, &service.name, None, None).1);
        }
        cloud.place_names(&mut entities);
        let mut runbooks = Vec::new();
        for runbook in &plan.runbooks {
            let (_, info) = cloud.spawn(EntityKind::Runbook, &runbook.name, None, None);
            runbooks.push(info.id);
            entities.push(info);
        }
        cloud.runbooks = Runbooks::of(runbooks);
        let mut stacks = Vec::new();
        for stack in &plan.stacks {
            let (_, info) = cloud.spawn(EntityKind::Stack, &stack.name, None, None);
            stacks.push(info.id);
            entities.push(info);
        }
        cloud.place_stacks(stacks);
        cloud.place_copies(&mut entities);
        let named: Vec<(String, AutoScalingGroupId, SubnetId)> =
            members.iter().map(|(entity, _, group, subnet)| (cloud.name(*entity), *group, *subnet)).collect();
        let mut placing = cloud.place_clusters(&named, asked, kernel);
        entities.append(&mut placing.entities);
        let started = cloud.run_started(seed, entities, &balancer_entities);
        Context::<Root>::record(kernel, Record::RunStarted(Box::new(started)));
        let members = cloud.place_members(members, kernel);
        cloud.settle_clusters(placing, &members, kernel);
        cloud.start_checks(kernel);
        cloud.place_traffic(&streams);
        cloud.schedule_first(kernel);
        cloud
    }

    fn place_network(
        &mut self,
        entities: &mut Vec<EntityInfo>,
        streams: &cloudsim_engine::Streams,
    ) -> Vec<EntityId> {
        let plan = self.plan.clone();
        let mut regions: Vec<(String, EntityId)> = Vec::new();
        for zone in &plan.zones {
            if !regions.iter().any(|(name, _)| *name == zone.region) {
                let (_, info) = self.spawn(EntityKind::Region, &zone.region, None, None);
                regions.push((zone.region.clone(), info.id));
                entities.push(info);
            }
        }
        self.quotas = crate::quotas::Quotas::of(&plan, &regions);
        for zone in &plan.zones {
            let region = regions.iter().find(|(name, _)| *name == zone.region).map(|(_, id)| *id);
            let (_, info) = self.spawn(EntityKind::Zone, &zone.name, None, region);
            self.zone_entities.push(info.id);
            entities.push(info);
        }
        let mut vpcs = Vec::new();
        for vpc in &plan.vpcs {
            let (_, info) = self.spawn(EntityKind::Vpc, &vpc.name, None, None);
            vpcs.push(info.id);
            entities.push(info);
        }
        for subnet in &plan.subnets {
            let (_, info) = self.spawn(
                EntityKind::Subnet,
                &subnet.name,
                Some(subnet.zone),
                Some(vpcs[subnet.vpc.index()]),
            );
            self.subnet_entities.push(info.id);
            entities.push(info);
        }
        for table in &plan.route_tables {
            entities
                .push(self.spawn(EntityKind::RouteTable, &table.name, None, Some(vpcs[table.vpc.index()])).1);
        }
        for gateway in &plan.internet_gateways {
            entities.push(
                self.spawn(EntityKind::InternetGateway, &gateway.name, None, Some(vpcs[gateway.vpc.index()]))
                    .1,
            );
        }
        for (index, gateway) in plan.nat_gateways.iter().enumerate() {
            let zone = plan.subnets[gateway.subnet.index()].zone;
            let (entity, info) = self.spawn(EntityKind::NatGateway, &gateway.name, Some(zone), None);
            self.world.insert_one(entity, NatGatewayId::from_index(index)).expect("just spawned");
            self.nats.place(info.id, zone, gateway.addresses);
            let interface = self.attach_nat_gateway(gateway.subnet);
            self.world.insert_one(entity, interface).expect("just spawned");
            entities.push(info);
        }
        for group in &plan.target_groups {
            let (_, info) = self.spawn(EntityKind::TargetGroup, &group.name, None, None);
            self.target_group_entities.push(info.id);
            entities.push(info);
        }
        let mut balancer_entities = Vec::new();
        for (number, spec) in plan.load_balancers.iter().enumerate() {
            let (_, balancer) = self.spawn(EntityKind::LoadBalancer, &spec.name, None, None);
            let balancer_id = balancer.id;
            balancer_entities.push(balancer_id);
            entities.push(balancer);
            let mut nodes = Vec::new();
            for subnet in &spec.subnets {
                let zone = plan.subnets[subnet.index()].zone;
                let name = format!("{}/{}", spec.name, plan.zones[zone.index()].name);
                let (entity, info) =
                    self.spawn(EntityKind::BalancerNode, &name, Some(zone), Some(balancer_id));
                nodes.push((info.id, zone, format!("load_balancers/{name}")));
                let slot = NodeSlot(
                    u32::try_from(self.balancers.slots().count() + nodes.len() - 1).expect("few nodes"),
                );
                let interface = self.attach_node(LoadBalancerId::from_index(number), *subnet);
                self.world.insert(entity, (slot, interface)).expect("just spawned");
                entities.push(info);
            }
            self.balancers.place(balancer_id, spec, &nodes, |group, place| {
                let target_group = &plan.target_groups[group.index()];
                let path = format!("load_balancers/{}/{place}", spec.name);
                let start = streams.stream(&path, &format!("round robin {}", target_group.name)).word();
                NodeView::new(target_group.algorithm, u32::try_from(start >> 48).expect("16 bits"))
            });
        }
        balancer_entities
    }

    /// Places the groups and the entities of their members; the members themselves follow once the run has started.
    fn place_groups(
        &mut self,
        entities: &mut Vec<EntityInfo>,
    ) -> Vec<(hecs::Entity, EntityId, AutoScalingGroupId, SubnetId)> {
        let plan = self.plan.clone();
        let mut members = Vec::new();
        for spec in &plan.auto_scaling_groups {
            let kind = match spec.keeper {
                Keeper::AutoScaling => EntityKind::AutoScalingGroup,
                Keeper::Karpenter => EntityKind::NodePool,
            };
            let (_, info) = self.spawn(kind, &spec.name, None, None);
            self.group_entities.push(info.id);
            entities.push(info);
        }
        for (index, spec) in plan.auto_scaling_groups.iter().enumerate() {
            let group = AutoScalingGroupId::from_index(index);
            for number in 1..=plan.desired_at_first(index) {
                // Members are spread evenly: the n-th goes to the n-th subnet, round and round.
                let subnet = spec.subnets[(number - 1) as usize % spec.subnets.len()];
                let (entity, info) = self.spawn_member(group, number, plan.subnets[subnet.index()].zone);
                members.push((entity, info.id, group, subnet));
                entities.push(info);
            }
        }
        members
    }

    fn place_members(
        &mut self,
        members: Vec<(hecs::Entity, EntityId, AutoScalingGroupId, SubnetId)>,
        kernel: &mut Kernel<Root>,
    ) -> Vec<ServerSlot> {
        let mut servers = Vec::with_capacity(members.len());
        for (entity, id, group, subnet) in members {
            let zone = self.plan.subnets[subnet.index()].zone;
            let spec = self.plan.auto_scaling_groups[group.index()].server.clone();
            let server = self.fleet.place(id, Some(group), (subnet, zone), &spec);
            servers.push(server);
            let interface = self.attach_server(group, subnet);
            let interface = interface.expect("checked: what stands at first has addresses");
            self.world.insert(entity, (server, group, subnet, interface)).expect("just spawned");
            self.server_entities.push(entity);
            if self.plan.auto_scaling_groups[group.index()].keeper == Keeper::AutoScaling {
                self.groups.place(group, server, id, zone);
            }
            self.add_side(server, &*kernel);
            self.register(server, Health::HEALTHY, kernel);
        }
        self.update_answers(kernel);
        servers
    }

    fn place_databases(&mut self, entities: &mut Vec<EntityInfo>, streams: &cloudsim_engine::Streams) {
        let plan = self.plan.clone();
        let zone_of = |subnet: SubnetId| plan.subnets[subnet.index()].zone;
        let mut placements = Vec::new();
        for (index, spec) in plan.databases.iter().enumerate() {
            let id = DatabaseId::from_index(index);
            let (_, info) = self.spawn(EntityKind::Database, &spec.name, None, None);
            let entity = info.id;
            self.database_entities.push(entity);
            entities.push(info);
            let main = plan::Attached::DatabaseInstance(id);
            let mut instance = |cloud: &mut Self, name: &str, zone: Option<ZoneId>, (of, subnet)| {
                let (hecs, info) = cloud.spawn(EntityKind::DatabaseInstance, name, zone, Some(entity));
                let interface = cloud.attach_instance(of, subnet);
                cloud.world.insert_one(hecs, interface).expect("just spawned");
                let instance = info.id;
                entities.push(info);
                instance
            };
            let primary_zone = zone_of(spec.primary);
            let primary =
                instance(self, &format!("{}-1", spec.name), Some(primary_zone), (main, spec.primary));
            let standby_zone = zone_of(spec.standby);
            let standby = if spec.multi_az {
                instance(self, &format!("{}-2", spec.name), Some(standby_zone), (main, spec.standby))
            } else {
                primary
            };
            let replicas: Vec<InstancePlacement> = spec
                .replicas
                .iter()
                .enumerate()
                .map(|(place, replica)| {
                    let zone = zone_of(replica.subnet);
                    let of = (plan::Attached::Replica(id, place), replica.subnet);
                    let region = self.zone_regions[zone.index()];
                    let far = region != self.zone_regions[primary_zone.index()];
                    let distance = plan.latencies.one_way(primary_zone, zone);
                    InstancePlacement {
                        zone,
                        region,
                        entity: instance(self, &replica.name, Some(zone), of),
                        distance: if far { distance } else { SimDuration::ZERO },
                    }
                })
                .collect();
            let restored = instance(self, &format!("{}-restored", spec.name), None, (main, spec.standby));
            let backups = spec.backups.iter().enumerate().map(|(place, backup)| {
                let zone = zone_of(backup.subnet);
                InstancePlacement {
                    zone,
                    region: self.zone_regions[zone.index()],
                    entity: instance(
                        self,
                        &backup.name,
                        None,
                        (plan::Attached::Restored(id, place), backup.subnet),
                    ),
                    distance: SimDuration::ZERO,
                }
            });
            let backups = backups.collect();
            placements.push(DatabasePlacement {
                spec: spec.clone(),
                entity,
                primary: InstancePlacement {
                    zone: primary_zone,
                    region: self.zone_regions[primary_zone.index()],
                    entity: primary,
                    distance: SimDuration::ZERO,
                },
                standby_zone,
                standby,
                replicas,
                promoted_by_hand: plan.promotes(id),
                restored,
                backups,
            });
        }
        self.databases = Databases::new(placements, assumed_of_databases(&plan), streams);
        self.stations = (0..self.databases.instance_count())
            .map(|slot| {
                let slot =
                    cloudsim_aws::services::rds::InstanceSlot(u32::try_from(slot).expect("few instances"));
                let spec = self.databases.spec(self.databases.database_of(slot));
                Station::new(spec.workers, spec.connections_max)
            })
            .collect();
    }

    fn place_tables(&mut self, entities: &mut Vec<EntityInfo>, streams: &cloudsim_engine::Streams) {
        let plan = self.plan.clone();
        let mut placements = Vec::new();
        for spec in &plan.tables {
            let member = |name: &str| {
                let mut regions = entities.iter().filter(|info| info.kind == EntityKind::Region);
                let zones = plan.zones_of(name);
                MemberPlacement {
                    region: self.zone_regions[zones[0].index()],
                    entity: regions.find(|info| info.name == name).expect("checked: it has zones").id,
                    zones,
                }
            };
            let members = spec.members().map(member).collect();
            let (_, info) = self.spawn(EntityKind::Table, &spec.name, None, None);
            placements.push(TablePlacement { spec: spec.clone(), entity: info.id, members });
            entities.push(info);
        }
        self.tables = Tables::new(placements, streams);
    }

    /// Places security groups, network ACLs and VPC endpoints.
    fn place_rules(&mut self, entities: &mut Vec<EntityInfo>) {
        let plan = self.plan.clone();
        for group in &plan.security_groups {
            entities.push(self.spawn(EntityKind::SecurityGroup, &group.name, None, None).1);
        }
        for acl in &plan.network_acls {
            entities.push(self.spawn(EntityKind::NetworkAcl, &acl.name, None, None).1);
        }
        for endpoint in &plan.vpc_endpoints {
            entities.push(self.spawn(EntityKind::VpcEndpoint, &endpoint.name, None, None).1);
        }
        self.attach_vpc_endpoints();
    }

    fn place_traffic(&mut self, streams: &cloudsim_engine::Streams) {
        let plan = self.plan.clone();
        for spec in &plan.traffic {
            // Traffic of no requests has no gap; its place is kept so that the numbers of the others stay.
            let gap = spec.gap().unwrap_or(DurationDistribution::Constant(SimDuration::MAX));
            let stream = streams.stream(&format!("traffic/{}", spec.name), "arrivals");
            self.traffic.push(Traffic { spec: spec.clone(), gap, stream });
        }
        for (index, client) in plan.clients.iter().enumerate() {
            let mut stream = streams.stream(&format!("clients/{}", client.name), "resolvers");
            let resolvers = (0..client.resolvers.count)
                .map(|_| {
                    let (honesty, stretch) = (stream.word(), stream.word());
                    let span = (client.resolvers.ttl_stretch_max.max(1) - 1) * 1000 + 1;
                    let extra = u64::try_from((u128::from(stretch) * u128::from(span)) >> 64)
                        .expect("below the span");
                    let stretch =
                        if client.resolvers.ttl_violators.chosen_by(honesty) { 1000 + extra } else { 1000 };
                    self.aged_resolver(Asker::Client(index), stretch, &mut stream)
                })
                .collect();
            self.resolvers.push(resolvers);
        }
        for index in 0..self.sides.len() {
            let mut stream = streams.stream(&format!("servers/{index}"), "resolver");
            let zone = self.fleet.get(ServerSlot(u32::try_from(index).expect("slots are u32"))).zone;
            self.sides[index].resolver = self.aged_resolver(Asker::Zone(zone), 1000, &mut stream);
        }
    }

    /// A resolver that has been asking for long: its answers have random ages.
    fn aged_resolver(&self, of: Asker, stretch: u64, stream: &mut cloudsim_engine::Stream) -> Resolver {
        let mut resolver = Resolver::new(self.plan.dns_names.len(), stretch);
        for (index, name) in self.plan.dns_names.iter().enumerate() {
            let kept = SimDuration::from_nanos(name.ttl.as_nanos() / 1000 * stretch);
            let age = DurationDistribution::Uniform(SimDuration::ZERO, kept).sample(stream.word());
            let name = DnsNameId::from_index(index);
            let found = self.answer_to(of, name, || stream.word());
            resolver.age(index, found, SimTime::ZERO + age);
        }
        resolver
    }

    fn schedule_first(&mut self, kernel: &mut Kernel<Root>) {
        for index in 0..self.plan.faults.len() {
            let at = self.plan.faults[index].at;
            Context::<Root>::schedule_at(
                kernel,
                at,
                faults::Event::Started { fault: FaultId::from_index(index) },
            );
        }
        for index in 0..self.plan.interventions.len() {
            let intervention = InterventionId::from_index(index);
            if let Some(at) = self.plan.interventions[index].at {
                kernel.schedule_last(at, interventions::Event { intervention }.into());
            }
        }
        for (index, runbook) in self.plan.runbooks.iter().enumerate() {
            if let Some(Begins::At(at)) = runbook.begins {
                let runbook = RunbookId::from_index(index);
                Context::<Root>::schedule_at(kernel, at, runbooks::Event::Begins { runbook });
            }
        }
        for index in 0..self.traffic.len() {
            let source = &mut self.traffic[index];
            if source.spec.gap().is_some() {
                let gap = source.gap.sample(source.stream.word());
                let first = source.spec.from.saturating_add(gap);
                let traffic = u32::try_from(index).expect("few sources");
                if first < source.spec.until {
                    Context::<Root>::schedule_at(kernel, first, request_path::Event::Arrived { traffic });
                }
            }
        }
    }

    fn run_started(&self, seed: u64, entities: Vec<EntityInfo>, balancers: &[EntityId]) -> RunStarted {
        let plan = &self.plan;
        RunStarted {
            name: plan.name.clone(),
            scenario: plan.resolved.clone(),
            overrides: plan.overrides.clone(),
            seed,
            duration: plan.duration,
            warm_up: plan.warm_up,
            entities,
            classes: plan.classes.iter().map(|class| class.name.clone()).collect(),
            services: plan
                .services
                .iter()
                .map(|service| self.service_info(service, balancers))
                .chain(self.workload_services())
                .collect(),
            faults: plan.faults.iter().map(|fault| fault_info(plan, fault)).collect(),
            objectives: plan.objectives.iter().map(|objective| objective_info(plan, objective)).collect(),
            settings: plan
                .settings
                .iter()
                .map(|setting| SettingInfo {
                    path: setting.path.clone(),
                    value: setting.value.clone(),
                    default: setting.default.clone(),
                    alternatives: setting.alternatives.clone(),
                })
                .collect(),
            prices: prices_info(&plan.prices),
            placed: self.placed_pods().collect(),
        }
    }

    fn service_info(&self, service: &plan::ServiceSpec, balancers: &[EntityId]) -> ServiceInfo {
        let plan = &self.plan;
        let mut depends_on = Vec::new();
        for class in &service.classes {
            let spec = &plan.classes[class.index()];
            depends_on.extend(self.names_of(spec));
            for handler in &spec.handlers {
                let group = match handler.at {
                    Tier::TargetGroup(group) => group,
                    Tier::KubernetesService(service) => {
                        depends_on.extend(self.behind_service(service));
                        depends_on.extend(self.behind_dns_of(service));
                        continue;
                    }
                };
                depends_on.push(self.target_group_entities[group.index()]);
                for (index, balancer) in plan.load_balancers.iter().enumerate() {
                    if balancer.listeners.iter().any(|listener| listener.target_group == group) {
                        depends_on.push(balancers[index]);
                    }
                }
            }
            for index in 0..plan.databases.len() {
                if needs_writer(plan, class.index(), DatabaseId::from_index(index)) {
                    depends_on.push(self.database_entities[index]);
                }
            }
            let calls = || spec.handlers.iter().flat_map(|handler| &handler.calls);
            depends_on.extend(calls().filter_map(|call| match call {
                CallSpec::Item { table, .. } => Some(self.tables.entity(*table)),
                _ => None,
            }));
            if calls().any(|call| matches!(call, CallSpec::External { .. })) {
                for index in 0..plan.nat_gateways.len() {
                    depends_on.push(self.nats.entity(NatGatewayId::from_index(index)));
                }
            }
        }
        depends_on.sort_unstable();
        depends_on.dedup();
        let mut clients: Vec<ClientInfo> = Vec::new();
        for class in &service.classes {
            let client = &plan.clients[plan.classes[class.index()].client.index()];
            if clients.iter().all(|known| known.name != client.name) {
                clients.push(ClientInfo { name: client.name.clone(), timeout: client.timeout });
            }
        }
        ServiceInfo {
            name: service.name.clone(),
            classes: service
                .classes
                .iter()
                .map(|class| u16::try_from(class.0).expect("few classes"))
                .collect(),
            threshold: service.threshold,
            stable_for: service.stable_for,
            depends_on,
            budget: self.error_budget(service),
            clients,
            workload: None,
            request_value: service.request_value,
        }
    }

    /// The names that a class's requests look up, as far as they turn, and what they turn by.
    fn names_of(&self, class: &ClassSpec) -> Vec<EntityId> {
        let calls = class.handlers.iter().flat_map(|handler| &handler.calls);
        let called = calls.filter_map(|call| match call {
            CallSpec::Http { to, .. } => Some(*to),
            _ => None,
        });
        let names = std::iter::once(class.enter).chain(called);
        names.flat_map(|name| self.dns.behind(&self.plan.dns_names[name.index()], name)).collect()
    }

    /// What may fail: what the service's availability objective leaves, or else its threshold.
    fn error_budget(&self, service: &plan::ServiceSpec) -> cloudsim_units::Ratio {
        self.promised(&service.name).unwrap_or(service.threshold).complement()
    }

    /// The availability that an objective asks of a service, or of what is measured as one.
    pub(crate) fn promised(&self, service: &str) -> Option<cloudsim_units::Ratio> {
        self.plan.objectives.iter().find_map(|objective| match objective.kind {
            plan::ObjectiveKind::Availability { service: of, at_least }
                if self.plan.measured_name(of) == service =>
            {
                Some(at_least)
            }
            _ => None,
        })
    }
}

fn group_placements(plan: &Plan) -> Vec<GroupPlacement> {
    let zone_of = |subnet: &SubnetId| plan.subnets[subnet.index()].zone;
    plan.auto_scaling_groups
        .iter()
        .enumerate()
        .map(|(index, spec)| match spec.keeper {
            Keeper::AutoScaling => GroupPlacement {
                spec: AutoScalingGroupSpec { desired: plan.desired_at_first(index), ..spec.clone() },
                zones: spec.subnets.iter().map(zone_of).collect(),
            },
            // Auto Scaling has nothing to do with it.
            Keeper::Karpenter => GroupPlacement {
                spec: AutoScalingGroupSpec { desired: 0, ..spec.clone() },
                zones: Vec::new(),
            },
        })
        .collect()
}

fn prices_info(prices: &PriceList) -> PricesInfo {
    let names: Vec<String> = prices.own().map(str::to_owned).collect();
    let (region, date) = (prices.own_region.clone(), prices.own_date.clone());
    PricesInfo {
        region: prices.region.clone(),
        date: prices.date.clone(),
        own: (!names.is_empty()).then_some(OwnPrices { region, date, names }),
    }
}

pub(crate) fn fault_info(plan: &Plan, fault: &plan::FaultSpec) -> FaultInfo {
    let member_name = |group: AutoScalingGroupId, member: Member| {
        let word = &plan.auto_scaling_groups[group.index()].member;
        match member {
            Member::Any => word.clone(),
            Member::Number(number) => format!("{word}-{number}"),
        }
    };
    let zone_name = |zone: &ZoneId| plan.zones[zone.index()].name.clone();
    let (kind, target) = match &fault.kind {
        FaultKind::ZonePowerLoss { zone } => ("ZonePowerLoss", zone_name(zone)),
        FaultKind::RegionPowerLoss { region, .. } => ("RegionPowerLoss", region.clone()),
        FaultKind::ControlPlaneLoss { region, .. } => ("ControlPlaneLoss", region.clone()),
        FaultKind::ZonePartition { zone, .. } => ("ZonePartition", zone_name(zone)),
        FaultKind::GreyZone { zone, .. } => ("GreyZone", zone_name(zone)),
        FaultKind::HostDeath { group, member } => ("HostDeath", member_name(*group, *member)),
        FaultKind::NodeDeath { cluster, node } => {
            ("HostDeath", plan.clusters[*cluster].nodes[*node].name.clone())
        }
        FaultKind::ProcessDeath { group, member } => ("ProcessDeath", member_name(*group, *member)),
        FaultKind::InsufficientCapacity { zone, .. } => ("InsufficientCapacity", zone_name(zone)),
        FaultKind::NatGatewayLoss { nat_gateway } => {
            ("NatGatewayLoss", plan.nat_gateways[nat_gateway.index()].name.clone())
        }
        FaultKind::RouteTableChange { route_table, .. } => {
            ("RouteTableChange", plan.route_tables[route_table.index()].name.clone())
        }
        FaultKind::NetworkAclChange { network_acl, .. } => {
            ("NetworkAclChange", plan.network_acls[network_acl.index()].name.clone())
        }
        FaultKind::SecurityGroupChange { security_group, .. } => {
            ("SecurityGroupChange", plan.security_groups[security_group.index()].name.clone())
        }
        FaultKind::DatabasePrimaryCrash { database } => {
            ("DatabasePrimaryCrash", plan.databases[database.index()].name.clone())
        }
        FaultKind::DatabaseStandbyLoss { database } => {
            ("DatabaseStandbyLoss", plan.databases[database.index()].name.clone())
        }
        FaultKind::ReplicaLoss { database, replica } => {
            ("ReplicaLoss", plan.databases[database.index()].replicas[*replica].name.clone())
        }
        FaultKind::BalancerNodeLoss { balancer, zone } => {
            let balancer = &plan.load_balancers[balancer.index()].name;
            ("BalancerNodeLoss", format!("{balancer}/{}", zone_name(zone)))
        }
        FaultKind::EndpointOutage { endpoint } => {
            ("EndpointOutage", plan.endpoints[endpoint.index()].name.clone())
        }
        FaultKind::ApiServerOutage { cluster } => ("ApiServerOutage", plan.clusters[*cluster].name.clone()),
    };
    FaultInfo { name: fault.name.clone(), kind: kind.to_owned(), target, at: fault.at, lasts: fault.lasts }
}

pub(crate) fn objective_info(plan: &Plan, objective: &plan::ObjectiveSpec) -> ObjectiveInfo {
    let service = |measured| plan.measured_name(measured);
    let kind = match objective.kind {
        plan::ObjectiveKind::Rto { service: id, at_most } => {
            ObjectiveKind::Rto { service: service(id), at_most }
        }
        plan::ObjectiveKind::Rpo { store, at_most } => {
            ObjectiveKind::Rpo { database: plan.store_name(store).to_owned(), at_most }
        }
        plan::ObjectiveKind::Availability { service: id, at_least } => {
            ObjectiveKind::Availability { service: service(id), at_least }
        }
        plan::ObjectiveKind::Latency { service: id, percentile, at_most } => {
            ObjectiveKind::Latency { service: service(plan::Measured::Service(id)), percentile, at_most }
        }
        plan::ObjectiveKind::MonthlyCost { at_most } => ObjectiveKind::MonthlyCost { at_most },
    };
    let expect = if objective.expect_breached { Expectation::Breached } else { Expectation::Met };
    ObjectiveInfo { name: objective.name.clone(), kind, expect }
}

fn assumed_of_databases(plan: &Plan) -> (rds::limits::Assumed, AssumedOfBackups) {
    let assumed = &plan.assumptions;
    (assumed.rds, AssumedOfBackups { of_rds: assumed.backups, s3: assumed.s3 })
}

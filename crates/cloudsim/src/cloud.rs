//! The simulated cloud: the world, and beside it what the path of a request needs in dense columns.

use crate::dns::Dns;
use crate::network::Interfaces;
use crate::request_path::external::Pool;
use crate::request_path::program::Program;
use crate::request_path::rows::{CallKey, OutgoingKey, Rows};
use crate::words::{Event, Root, Signal};
use cloudsim_aws::Station;
use cloudsim_aws::services::auto_scaling_group::Groups;
use cloudsim_aws::services::dynamodb::Tables;
use cloudsim_aws::services::ec2_instance::Fleet;
use cloudsim_aws::services::load_balancer::Balancers;
use cloudsim_aws::services::nat_gateway::NatGateways;
use cloudsim_aws::services::rds::{DatabaseClient, Databases};
use cloudsim_aws::services::route53::Resolver;
use cloudsim_aws::services::target_group::{Prober, Probers, Reach};
use cloudsim_aws::services::vpc::{End, Links, Network};
use cloudsim_engine::{Context, Kernel, Model, Stream, mix};
use cloudsim_records::{EntityId, EntityInfo, EntityKind, Record};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{DurationDistribution, SimTime};
use cloudsim_workload::OpenLoopSpec;
use cloudsim_world::{DatabaseId, FaultId, InZone, Name, SimId, ZoneId};
use hecs::{Entity, World};

/// A source of requests.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) spec: OpenLoopSpec,
    pub(crate) gap: DurationDistribution,
    pub(crate) stream: Stream,
}

/// What a server keeps besides its queue.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) resolver: Resolver,
    /// One per database.
    pub(crate) databases: Vec<DatabaseSide>,
    /// Connections that are kept, one pool per endpoint outside.
    pub(crate) pools: Vec<Pool>,
}

/// A server's client of one database.
#[derive(Debug)]
pub(crate) struct DatabaseSide {
    pub(crate) client: DatabaseClient,
    /// Whether it has lost the writer and not written since.
    pub(crate) lost_writer: bool,
}

/// What usage is billed by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    /// New connections by load balancer.
    pub(crate) new_connections: Vec<u64>,
    /// Bytes by load balancer.
    pub(crate) balanced_bytes: Vec<u64>,
    /// Bytes by NAT gateway.
    pub(crate) nat_bytes: Vec<u64>,
    /// Bytes by VPC endpoint.
    pub(crate) vpc_endpoint_bytes: Vec<u64>,
    /// Units that were written, over all regions, by table.
    pub(crate) table_write_units: Vec<u64>,
    /// Halves of units that were read, by table.
    pub(crate) table_read_half_units: Vec<u64>,
    /// Requests by class.
    pub(crate) requests: Vec<u64>,
    /// Bytes that crossed from zone to zone of a region.
    pub(crate) inter_zone_bytes: ByClass,
    /// Bytes that crossed from region to region.
    pub(crate) inter_region_bytes: ByClass,
    /// Bytes to the internet.
    pub(crate) egress_bytes: ByClass,
}

/// Bytes by the class of the request that they are sent for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByClass {
    /// The last are those of requests that were given up before, and of none.
    bytes: Vec<u64>,
}

impl ByClass {
    pub(crate) fn of(classes: usize) -> Self {
        Self { bytes: vec![0; classes + 1] }
    }

    pub(crate) fn add(&mut self, class: Option<u16>, bytes: u64) {
        let last = self.bytes.len() - 1;
        self.bytes[class.map_or(last, usize::from)] += bytes;
    }

    pub(crate) fn all(&self) -> u64 {
        self.bytes.iter().sum()
    }

    pub(crate) fn each(&self) -> &[u64] {
        &self.bytes
    }
}

impl Usage {
    /// None yet.
    pub(crate) fn of(plan: &Plan) -> Self {
        let (balancers, tables) = (plan.load_balancers.len(), plan.tables.len());
        let by_class = || ByClass::of(plan.classes.len());
        Self {
            new_connections: vec![0; balancers],
            balanced_bytes: vec![0; balancers],
            nat_bytes: vec![0; plan.nat_gateways.len()],
            vpc_endpoint_bytes: vec![0; plan.vpc_endpoints.len()],
            table_write_units: vec![0; tables],
            table_read_half_units: vec![0; tables],
            requests: vec![0; plan.classes.len()],
            inter_zone_bytes: by_class(),
            inter_region_bytes: by_class(),
            egress_bytes: by_class(),
        }
    }

    /// Counts what goes from one zone to another for a request; `regions` are the numbers of theirs.
    pub(crate) fn count_between(
        &mut self,
        regions: &[u32],
        (from, to): (ZoneId, ZoneId),
        class: Option<u16>,
        bytes: u64,
    ) {
        if regions[from.index()] != regions[to.index()] {
            self.inter_region_bytes.add(class, bytes);
        } else if from != to {
            self.inter_zone_bytes.add(class, bytes);
        }
    }
}

/// The simulated cloud.
pub(crate) struct Cloud {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) next_entity: u32,
    pub(crate) zone_entities: Vec<EntityId>,
    /// The number of each zone's region.
    pub(crate) zone_regions: Vec<u32>,
    pub(crate) subnet_entities: Vec<EntityId>,
    pub(crate) group_entities: Vec<EntityId>,
    pub(crate) target_group_entities: Vec<EntityId>,
    pub(crate) database_entities: Vec<EntityId>,
    pub(crate) endpoint_entities: Vec<EntityId>,

    pub(crate) network: Network,
    pub(crate) interfaces: Interfaces,
    pub(crate) links: Links,
    /// Draws the source ports and the luck of probes.
    pub(crate) probe_luck: u64,

    pub(crate) fleet: Fleet<CallKey>,
    /// The entity of each server.
    pub(crate) server_entities: Vec<Entity>,
    /// The highest number that a member of each group ever had.
    pub(crate) member_numbers: Vec<u32>,
    pub(crate) sides: Vec<Side>,
    pub(crate) balancers: Balancers,
    pub(crate) dns: Dns,
    pub(crate) probers: Probers,
    pub(crate) nats: NatGateways,
    pub(crate) groups: Groups,
    pub(crate) databases: Databases,
    pub(crate) tables: Tables,
    pub(crate) stations: Vec<Station<OutgoingKey>>,

    pub(crate) kubernetes: crate::kubernetes::Kubernetes,
    pub(crate) quotas: crate::quotas::Quotas,
    pub(crate) copies: crate::copies::Copies,
    pub(crate) runbooks: crate::runbooks::Runbooks,
    pub(crate) stacks: crate::stacks::Stacks,

    /// The server that each fault has hit.
    pub(crate) fault_servers: Vec<Option<cloudsim_aws::services::target_group::ServerSlot>>,
    pub(crate) dark_zones: Vec<ZoneId>,
    /// The faults that are at work, in the order in which they began.
    pub(crate) active_faults: Vec<FaultId>,

    pub(crate) program: Program,
    pub(crate) traffic: Vec<Traffic>,
    /// The resolvers of each kind of client.
    pub(crate) resolvers: Vec<Vec<Resolver>>,
    pub(crate) refills: Stream,
    pub(crate) next_request: u64,
    pub(crate) rows: Rows,

    pub(crate) usage: Usage,
    /// The replicas that were created in other regions, by database and place.
    pub(crate) replicas_copied: Vec<(DatabaseId, usize)>,
    /// When the first fault began, and the usage until then.
    pub(crate) usage_mark: Option<(SimTime, Usage)>,
}

impl Cloud {
    /// Adds an entity. Numbers are given in the order of the calls and never again.
    pub(crate) fn spawn(
        &mut self,
        kind: EntityKind,
        name: &str,
        zone: Option<ZoneId>,
        parent: Option<EntityId>,
    ) -> (Entity, EntityInfo) {
        let zones = &self.zone_entities;
        spawn(&mut self.world, &mut self.next_entity, zones, (kind, name), zone, parent)
    }
}

/// Adds an entity to a world; `next` is the number that it gets.
pub(crate) fn spawn(
    world: &mut World,
    next: &mut u32,
    zones: &[EntityId],
    (kind, name): (EntityKind, &str),
    zone: Option<ZoneId>,
    parent: Option<EntityId>,
) -> (Entity, EntityInfo) {
    let id = *next;
    *next += 1;
    let entity = world.spawn((SimId(id), Name(name.to_owned())));
    if let Some(zone) = zone {
        world.insert_one(entity, InZone(zone)).expect("just spawned");
    }
    let zone = zone.map(|zone| zones[zone.index()]);
    (entity, EntityInfo { id: EntityId(id), kind, name: name.to_owned(), zone, parent })
}

impl Cloud {
    /// What an entity is called.
    pub(crate) fn name(&self, entity: Entity) -> String {
        self.world.get::<&Name>(entity).expect("everything has a name").0.clone()
    }
}

impl Model<Root> for Cloud {
    #[inline]
    fn handle(&mut self, event: Event, kernel: &mut Kernel<Root>) {
        match event {
            Event::Path(event) => self.step(event, kernel),
            Event::Fault(event) => self.fault(event, kernel),
            // Why nothing came of it is in its record.
            Event::Intervention(event) => drop(self.intervene(event.intervention, kernel)),
            Event::Runbook(event) => self.runbook(event, kernel),
            Event::Stack(event) => self.stack(event, kernel),
            Event::Quota(granted) => self.granted(granted, kernel),
            Event::Image(made) => self.image_made(made, kernel),
            Event::Record(change) => self.pointed(change, kernel),
            Event::Probe(event) => {
                let now = Context::<Root>::now(kernel);
                let (fleet, balancers, links) = (&self.fleet, &self.balancers, &self.links);
                let (network, interfaces, groups) =
                    (&mut self.network, &self.interfaces, &self.plan.target_groups);
                let luck = mix(self.probe_luck, now.as_nanos());
                let reach = |prober: &Prober| {
                    let (node, server) = (balancers.node(prober.node), fleet.get(prober.target));
                    if !node.is_powered() {
                        return None;
                    }
                    let word = || mix(luck, u64::from(prober.node.0) << 32 | u64::from(prober.target.0));
                    let from = End::Interface(interfaces.nodes[prober.node.0 as usize]);
                    let to = End::Interface(interfaces.servers[prober.target.0 as usize]);
                    let group = &groups[prober.group.index()];
                    let base = links.one_way(node.zone, server.zone);
                    let (here, there) = (Some(node.zone), Some(server.zone));
                    // Handshake, request, answer.
                    let trip = links.connect(here, there, base, 4, group.timeout, word);
                    let heard = network.decide(from, to, group.port).passes(|| mix(word(), 4))
                        && trip.is_ok_and(|trip| trip.after <= group.timeout);
                    Some(if heard { server.reach() } else { Reach::Silent })
                };
                self.probers.handle(event, &self.plan.target_groups, reach, kernel);
            }
            Event::Names(event) => self.check(event, kernel),
            Event::Balancer(event) => self.balancers.handle(event, kernel),
            Event::Instance(event) => {
                if let Some((instance, lacks)) = self.fails_to_start(event) {
                    return Context::<Root>::record(kernel, Record::StartFailed { instance, lacks });
                }
                let groups = &self.plan.auto_scaling_groups;
                let spec = |group: cloudsim_world::AutoScalingGroupId| {
                    let spec = &groups[group.index()];
                    (spec.server.clone(), format!("auto_scaling_groups/{}", spec.name))
                };
                self.fleet.handle(event, spec, kernel);
            }
            Event::Group(event) => self.groups.handle(event, kernel),
            Event::Database(event) => self.databases.handle(event, kernel),
            Event::Table(event) => self.tables.handle(event, &self.links),
            Event::Drain(event) => self.drained(event, kernel),
            Event::Kube(event) => self.kube(event, kernel),
        }
    }

    fn react(&mut self, signal: Signal, kernel: &mut Kernel<Root>) {
        let now = Context::<Root>::now(kernel);
        let _entered = tracing::debug_span!("reaction", sim_time = %now).entered();
        tracing::debug!(?signal, "state changed");
        self.wire(signal, kernel);
        self.look_at_runbooks(kernel);
    }

    fn kind_of(event: &Event) -> &'static str {
        event.kind()
    }
}

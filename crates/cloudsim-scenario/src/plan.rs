//! A scenario that is known to be right: names resolved, units typed, defaults written out.

use crate::assumptions::Assumptions;
use crate::sweep::{OptimizeSpec, SweepSpec};
use cloudsim_aws::prices::PriceList;
use cloudsim_aws::services::{
    auto_scaling_group::AutoScalingGroupSpec,
    dynamodb::TableSpec,
    load_balancer::{LoadBalancerSpec, Scheme},
    nat_gateway::NatGatewaySpec,
    rds::DatabaseSpec,
    route53::{DnsNameSpec, HealthCheckSpec},
    target_group::TargetGroupSpec,
    vpc::{
        Interface, InternetGatewaySpec, Latencies, Network, NetworkAclSpec, NetworkSpec, RouteTableSpec,
        RouteTarget, SecurityGroupSpec, SubnetSpec, VpcEndpointKind, VpcEndpointSpec, VpcSpec, ZoneSpec,
        limits::{EPHEMERAL_PORTS, EPHEMERAL_PORTS_LINUX},
    },
};
use cloudsim_kube::spec::{ClusterSpec, ImageSpec, KubeServiceSpec};
use cloudsim_units::{Bytes, DurationDistribution, NanoUsd, Ratio, SimDuration, SimTime};
use cloudsim_workload::{ClassSpec, ClientSpec, EndpointSpec, OpenLoopSpec};
use cloudsim_world::{
    AutoScalingGroupId, ClassId, DatabaseId, DnsNameId, EndpointId, FaultId, HealthCheckId, InterventionId,
    KubernetesServiceId, LoadBalancerId, MachineImageId, NatGatewayId, NetworkAclId, RouteTableId, RunbookId,
    SecretId, SecurityGroupId, ServiceId, StackId, SubnetId, TableId, VpcEndpointId, VpcId, ZoneId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// A service of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceTarget {
    /// The place of its cluster.
    pub cluster: usize,
    /// Its place among the services of that.
    pub service: usize,
}

/// A whole scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The seed that the file asks for.
    pub seed: u64,
    /// The horizon.
    pub duration: SimDuration,
    /// What is run but not measured at the start.
    pub warm_up: SimDuration,
    /// The resolved scenario as canonical text: includes merged, overrides applied.
    pub resolved: String,
    /// The changes to the scenario as given; interventions happen to it, and are none.
    pub overrides: Vec<String>,
    /// What is assumed.
    pub assumptions: Assumptions,
    /// What things cost.
    pub prices: PriceList,
    /// The zones.
    pub zones: Vec<ZoneSpec>,
    /// How far apart they are.
    pub latencies: Latencies,
    /// The vCPUs that may run at once in regions that have a quota.
    pub vcpu_quotas: BTreeMap<String, u32>,
    /// The VPCs.
    pub vpcs: Vec<VpcSpec>,
    /// The subnets.
    pub subnets: Vec<SubnetSpec>,
    /// The internet gateways.
    pub internet_gateways: Vec<InternetGatewaySpec>,
    /// The NAT gateways.
    pub nat_gateways: Vec<NatGatewaySpec>,
    /// The route tables.
    pub route_tables: Vec<RouteTableSpec>,
    /// The security groups.
    pub security_groups: Vec<SecurityGroupSpec>,
    /// The network ACLs.
    pub network_acls: Vec<NetworkAclSpec>,
    /// The VPC endpoints.
    pub vpc_endpoints: Vec<VpcEndpointSpec>,
    /// The health checks of Route 53.
    pub health_checks: Vec<HealthCheckSpec>,
    /// The DNS names: one for each load balancer, in their order, then the records of the file.
    pub dns_names: Vec<DnsNameSpec>,
    /// The load balancers.
    pub load_balancers: Vec<LoadBalancerSpec>,
    /// The target groups.
    pub target_groups: Vec<TargetGroupSpec>,
    /// The machine images.
    pub machine_images: Vec<MachineImageSpec>,
    /// The Auto Scaling groups.
    pub auto_scaling_groups: Vec<AutoScalingGroupSpec>,
    /// The databases.
    pub databases: Vec<DatabaseSpec>,
    /// The secrets.
    pub secrets: Vec<SecretSpec>,
    /// What Terraform makes when it is applied.
    pub stacks: Vec<StackSpec>,
    /// The tables.
    pub tables: Vec<TableSpec>,
    /// The Kubernetes clusters.
    pub clusters: Vec<ClusterSpec>,
    /// The services of Kubernetes, over all clusters.
    pub kubernetes_services: Vec<ServiceTarget>,
    /// Endpoints outside of the cloud.
    pub endpoints: Vec<EndpointSpec>,
    /// The kinds of clients.
    pub clients: Vec<ClientSpec>,
    /// The classes of requests.
    pub classes: Vec<ClassSpec>,
    /// The services that users see.
    pub services: Vec<ServiceSpec>,
    /// The traffic.
    pub traffic: Vec<OpenLoopSpec>,
    /// The faults, in the order of the file.
    pub faults: Vec<FaultSpec>,
    /// What an operator does: as the scenario has it, then as the command line does.
    pub interventions: Vec<InterventionSpec>,
    /// What people do when something has happened.
    pub runbooks: Vec<RunbookSpec>,
    /// What must hold.
    pub objectives: Vec<ObjectiveSpec>,
    /// The settings that can own a phase of an outage, with value, default and documented alternatives.
    pub settings: Vec<Setting>,
    /// How often things fail; no part of a run.
    pub failures: Vec<FailureSpec>,
    /// The settings that alternatives of each name set; no part of a run.
    pub alternatives: BTreeMap<String, Vec<String>>,
    /// How it is swept; no part of a run.
    pub sweep: SweepSpec,
    /// How it is optimized; no part of a run.
    pub optimize: OptimizeSpec,
}

impl Plan {
    /// A service of Kubernetes, by its place over all clusters.
    #[must_use]
    pub fn kubernetes_service(&self, id: KubernetesServiceId) -> &KubeServiceSpec {
        let at = self.kubernetes_services[id.index()];
        &self.clusters[at.cluster].services[at.service]
    }

    /// All that was asked for beside the scenario: [`Plan::overrides`], then the interventions that are not its own.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let interventions = self.interventions.iter().filter(|spec| !spec.own);
        let interventions = interventions.map(|spec| format!("do {}", spec.text));
        self.overrides.iter().cloned().chain(interventions).collect()
    }

    /// The instance types and database classes of which no price is known, by name: the bill leaves them out.
    #[must_use]
    pub fn unpriced(&self) -> Vec<String> {
        let groups = self.auto_scaling_groups.iter().map(|group| group.server.instance_type.as_str());
        let nodes = self.clusters.iter().flat_map(|cluster| &cluster.nodes);
        let types = groups.chain(nodes.filter_map(|node| node.instance_type.as_deref()));
        let types = types.filter(|kind| self.prices.instance_hour(kind).is_none());
        let databases = self.databases.iter();
        let is_known = |of: &DatabaseSpec| self.prices.database_hour(&of.instance_class, of.engine).is_some();
        let databases = databases.filter(|of| !is_known(of));
        let classes = databases.map(|of| of.instance_class.as_str());
        let names: BTreeSet<&str> = types.chain(classes).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The regions that have zones, in the order of those.
    #[must_use]
    pub fn regions(&self) -> Vec<&str> {
        let mut regions: Vec<&str> = Vec::new();
        for zone in &self.zones {
            if !regions.contains(&zone.region.as_str()) {
                regions.push(&zone.region);
            }
        }
        regions
    }

    /// Everything that can fail by itself, each thing once, as `--fault` names it.
    #[must_use]
    pub fn single_faults(&self) -> Vec<FailingThing> {
        crate::resolve::single_faults(self)
    }

    /// The same with one fault in place of its own, which do not come before it is over. What begins with one of them, as a
    /// runbook may, does not begin.
    #[must_use]
    pub fn with_single_fault(&self, thing: &FailingThing, at: SimTime, lasts: Option<SimDuration>) -> Self {
        let mut plan = self.clone();
        let never = SimTime::ZERO.saturating_add(plan.duration).saturating_add(SimDuration::from_secs(1));
        for fault in &mut plan.faults {
            fault.at = never;
        }
        let (name, kind) = (thing.name.clone(), thing.kind.clone());
        plan.faults.push(FaultSpec { name, kind, at, lasts });
        plan
    }

    /// What is known of container images, which are those of all clusters.
    #[must_use]
    pub fn container_images(&self) -> &[ImageSpec] {
        self.clusters.first().map_or(&[], |cluster| &cluster.images)
    }

    /// The number of each zone's region, among [`Plan::regions`].
    ///
    /// # Panics
    /// Never: each zone is of one of them.
    #[must_use]
    pub fn region_numbers(&self) -> Vec<u32> {
        let regions = self.regions();
        let number = |region: &str| regions.iter().position(|of| *of == region).expect("it has a zone");
        let numbers = self.zones.iter().map(|zone| number(&zone.region));
        numbers.map(|number| u32::try_from(number).expect("few regions")).collect()
    }

    /// The zones of a region, in their order.
    #[must_use]
    pub fn zones_of(&self, region: &str) -> Vec<ZoneId> {
        let zones = self.zones.iter().enumerate().filter(|(_, zone)| zone.region == region);
        zones.map(|(index, _)| ZoneId::from_index(index)).collect()
    }

    /// What is not there at first, as a stack has yet to make it.
    pub fn made_later(&self) -> impl Iterator<Item = Made> {
        self.stacks.iter().flat_map(|stack| &stack.resources).filter_map(|resource| resource.makes)
    }

    /// Whether something is not there at first.
    #[must_use]
    pub fn is_made_later(&self, what: Made) -> bool {
        self.made_later().any(|made| made == what)
    }

    /// How many members a group has at first.
    #[must_use]
    pub fn desired_at_first(&self, group: usize) -> u32 {
        let later = self.is_made_later(Made::Group(AutoScalingGroupId::from_index(group)));
        if later { 0 } else { self.auto_scaling_groups[group].desired }
    }

    /// Whether an operator promotes a replica of a database.
    #[must_use]
    pub fn promotes(&self, database: DatabaseId) -> bool {
        let promotes = |spec: &InterventionSpec| match spec.action {
            Action::Promote { database: of, .. } | Action::SwitchOver { database: of, .. } => of == database,
            _ => false,
        };
        self.interventions.iter().any(promotes)
    }

    /// What results call something that is measured.
    #[must_use]
    pub fn measured_name(&self, measured: Measured) -> String {
        match measured {
            Measured::Service(id) => self.services[id.index()].name.clone(),
            Measured::Workload { cluster, workload } => {
                let cluster = &self.clusters[cluster];
                cluster.called(cluster.workloads[workload].workload.path())
            }
        }
    }

    /// What a database or a table is called.
    #[must_use]
    pub fn store_name(&self, store: Store) -> &str {
        match store {
            Store::Database(id) => &self.databases[id.index()].name,
            Store::Table(id) => &self.tables[id.index()].name,
        }
    }

    /// Whether the internet can reach a load balancer, by its place.
    #[must_use]
    pub fn faces_internet(&self, balancer: usize) -> bool {
        self.load_balancers[balancer].scheme == Scheme::InternetFacing
    }

    /// Whether the route table of a subnet, by its place, leads to an internet gateway.
    #[must_use]
    pub fn is_public(&self, subnet: usize) -> bool {
        let table = &self.route_tables[self.subnets[subnet].route_table.index()];
        table.routes.iter().any(|route| matches!(route.via, RouteTarget::InternetGateway(_)))
    }

    /// The network that it describes, with nothing attached.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::new(NetworkSpec {
            vpcs: self.vpcs.clone(),
            subnets: self.subnets.clone(),
            route_tables: self.route_tables.clone(),
            internet_gateways: self.internet_gateways.clone(),
            security_groups: self.security_groups.clone(),
            network_acls: self.network_acls.clone(),
            vpc_endpoints: self.vpc_endpoints.clone(),
        })
    }

    /// The interface that something has in a subnet.
    #[must_use]
    pub fn interface(&self, of: Attached, subnet: SubnetId, address: Ipv4Addr) -> Interface {
        let (public, security_groups, ephemeral) = match of {
            Attached::NatGateway => (true, None, EPHEMERAL_PORTS),
            Attached::BalancerNode(id) => {
                let spec = &self.load_balancers[id.index()];
                (spec.scheme == Scheme::InternetFacing, spec.security_groups.clone(), EPHEMERAL_PORTS)
            }
            Attached::Server(id) => {
                let public = self.subnets[subnet.index()].public_addresses;
                let groups = self.auto_scaling_groups[id.index()].security_groups.clone();
                (public, groups, EPHEMERAL_PORTS_LINUX)
            }
            Attached::DatabaseInstance(id) => {
                (false, self.databases[id.index()].security_groups.clone(), EPHEMERAL_PORTS_LINUX)
            }
            Attached::Replica(id, place) => {
                let replica = &self.databases[id.index()].replicas[place];
                (false, replica.security_groups.clone(), EPHEMERAL_PORTS_LINUX)
            }
            Attached::Restored(id, place) => {
                let backup = &self.databases[id.index()].backups[place];
                (false, backup.security_groups.clone(), EPHEMERAL_PORTS_LINUX)
            }
            Attached::VpcEndpoint(id) => {
                let groups = match &self.vpc_endpoints[id.index()].kind {
                    VpcEndpointKind::Interface { security_groups, .. } => security_groups.clone(),
                    VpcEndpointKind::Gateway { .. } => None,
                };
                (false, groups, EPHEMERAL_PORTS_LINUX)
            }
        };
        Interface { subnet, address, public, security_groups, ephemeral }
    }
}

/// What has an interface in a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    /// A NAT gateway.
    NatGateway,
    /// A node of a load balancer.
    BalancerNode(LoadBalancerId),
    /// A member of a group.
    Server(AutoScalingGroupId),
    /// An instance of a database that is no replica.
    DatabaseInstance(DatabaseId),
    /// A replica of a database, by its place.
    Replica(DatabaseId, usize),
    /// What a restore from a backup of a database makes, by the backup's place.
    Restored(DatabaseId, usize),
    /// An interface endpoint.
    VpcEndpoint(VpcEndpointId),
}

/// A service that users see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSpec {
    /// Its name.
    pub name: String,
    /// The classes it is measured by.
    pub classes: Vec<ClassId>,
    /// Below this share of good requests it is degraded.
    pub threshold: Ratio,
    /// How long it must stay good to count as restored.
    pub stable_for: SimDuration,
    /// What a request is worth, if that is known.
    pub request_value: Option<NanoUsd>,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSpec {
    /// Its name.
    pub name: String,
    /// What breaks.
    pub kind: FaultKind,
    /// When.
    pub at: SimTime,
    /// For how long; `None` for ever.
    pub lasts: Option<SimDuration>,
}

/// Things that fail alike over years.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureSpec {
    /// Kind and target of a fault: `zone:*`.
    pub what: String,
    /// How often a year each of them fails while it is up.
    pub per_year: f64,
    /// For how long.
    pub lasts: DurationDistribution,
    /// The things.
    pub things: Vec<FailingThing>,
}

/// Something that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingThing {
    /// As `--fault` names it: `zone:a`.
    pub name: String,
    /// What breaks.
    pub kind: FaultKind,
}

/// Which members of an Auto Scaling group a fault hits, or an operator means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// Any one of them; the run's luck chooses.
    Any,
    /// The one with this number, counted from 1 as in its name.
    Number(u32),
}

/// Which packets of a grey zone suffer: those that leave it, those that enter it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suffers {
    /// Those that leave it.
    pub leaving: bool,
    /// Those that enter it.
    pub entering: bool,
}

/// Nodes that an operator does something to with one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodesTarget {
    /// One of them.
    One(NodeTarget),
    /// All that every cluster has in a zone then, as `kubectl` finds them by the label.
    Zone(ZoneId),
}

/// A node of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeTarget {
    /// The cluster, by its place in the plan.
    pub cluster: usize,
    /// Which of its nodes.
    pub node: NodeChoice,
}

/// Which node of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeChoice {
    /// One that stands for itself, by its place among the cluster's `nodes`.
    Own(usize),
    /// An instance of an Auto Scaling group.
    Member {
        /// The group.
        group: AutoScalingGroupId,
        /// Which member.
        member: Member,
    },
}

/// A workload of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadTarget {
    /// The cluster, by its place in the plan.
    pub cluster: usize,
    /// Its place among the cluster's `workloads`.
    pub workload: usize,
}

/// What breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A zone loses power: instances, NAT gateways, load balancer nodes and database instances of it die at once.
    ZonePowerLoss {
        /// The zone.
        zone: ZoneId,
    },
    /// All zones of a region lose power at once, each as by [`FaultKind::ZonePowerLoss`].
    RegionPowerLoss {
        /// The region.
        region: String,
        /// Its zones, in the order in which they return.
        zones: Vec<ZoneId>,
        /// Up to so long lies between the returns of two zones.
        return_apart: SimDuration,
    },
    /// The APIs of a region answer nobody.
    ControlPlaneLoss {
        /// The region.
        region: String,
        /// Its zones.
        zones: Vec<ZoneId>,
    },
    /// A zone is cut off: what lives there goes on living, and packets to and from other zones vanish.
    ZonePartition {
        /// The zone.
        zone: ZoneId,
        /// The zones that it is cut off from.
        from: Vec<ZoneId>,
        /// Whether it is cut off from the internet too.
        internet: bool,
    },
    /// Packets that cross the border of a zone arrive late, or not at once.
    GreyZone {
        /// The zone.
        zone: ZoneId,
        /// What each packet takes longer.
        latency: SimDuration,
        /// Up to so much more, each packet anew.
        jitter: SimDuration,
        /// The share of packets that are lost, and sent again.
        loss: Ratio,
        /// Which packets suffer.
        suffers: Suffers,
    },
    /// The host of an instance dies: packets vanish.
    HostDeath {
        /// The instance's group.
        group: AutoScalingGroupId,
        /// Which member.
        member: Member,
    },
    /// A node that stands for itself dies, as the host of an instance does.
    NodeDeath {
        /// Its cluster, by its place in the plan.
        cluster: usize,
        /// Its place among the cluster's `nodes`.
        node: usize,
    },
    /// The process on an instance dies: connections are refused.
    ProcessDeath {
        /// The instance's group.
        group: AutoScalingGroupId,
        /// Which member.
        member: Member,
    },
    /// A NAT gateway stops working.
    NatGatewayLoss {
        /// The gateway.
        nat_gateway: NatGatewayId,
    },
    /// The node of a load balancer in a zone dies.
    BalancerNodeLoss {
        /// The load balancer.
        balancer: LoadBalancerId,
        /// The zone.
        zone: ZoneId,
    },
    /// Nobody answers at an endpoint.
    EndpointOutage {
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// The API servers of a cluster answer nobody.
    ApiServerOutage {
        /// The cluster, by its place in the plan.
        cluster: usize,
    },
    /// A zone has no capacity for new instances.
    InsufficientCapacity {
        /// The zone.
        zone: ZoneId,
        /// Of that instance type; `None` for all.
        instance_type: Option<String>,
    },
    /// Subnets are associated with another route table.
    RouteTableChange {
        /// The subnets.
        subnets: Vec<SubnetId>,
        /// The table.
        route_table: RouteTableId,
    },
    /// Subnets are associated with another network ACL.
    NetworkAclChange {
        /// The subnets.
        subnets: Vec<SubnetId>,
        /// The ACL.
        network_acl: NetworkAclId,
    },
    /// The members of a security group get the rules of another.
    SecurityGroupChange {
        /// The group.
        security_group: SecurityGroupId,
        /// The group whose rules hold meanwhile.
        rules_of: SecurityGroupId,
    },
    /// The writer of a database crashes.
    DatabasePrimaryCrash {
        /// The database.
        database: DatabaseId,
    },
    /// The synchronous standby of a database is lost.
    DatabaseStandbyLoss {
        /// The database.
        database: DatabaseId,
    },
    /// The host of a read replica is lost.
    ReplicaLoss {
        /// Its database.
        database: DatabaseId,
        /// Its place among the replicas of that.
        replica: usize,
    },
}

/// What an operator does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterventionSpec {
    /// When, after everything else of that instant; `None` for a step of a runbook, which is done when it is its turn.
    pub at: Option<SimTime>,
    /// What.
    pub action: Action,
    /// The whole of it, as given: `4m: failover database/orders`.
    pub text: String,
    /// Whether the scenario has it itself.
    pub own: bool,
}

/// How a region's copy of something stands to what it is a copy of. A region may have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// That has changed since.
    Stale,
    /// They are the same.
    Current,
}

/// A machine image.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineImageSpec {
    /// Its name.
    pub name: String,
    /// What its volumes hold.
    pub size: Bytes,
    /// How long a pipeline takes to make it anew.
    pub builds_in: DurationDistribution,
    /// The regions that have a copy of it; they have zones.
    pub copies: BTreeMap<String, Copied>,
}

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSpec {
    /// Its name.
    pub name: String,
    /// The database that it is for.
    pub database: DatabaseId,
    /// The regions that have a replica of it; they have zones.
    pub copies: BTreeMap<String, Copied>,
}

/// What Terraform makes with one apply.
#[derive(Clone, Debug, PartialEq)]
pub struct StackSpec {
    /// Its name.
    pub name: String,
    /// How many resources are made at once.
    pub parallelism: u32,
    /// From the start of an apply until the first is.
    pub planning: DurationDistribution,
    /// The resources: each comes after those that it needs.
    pub resources: Vec<ResourceSpec>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceSpec {
    /// Its address, as Terraform has it: `aws_lb.west-alb`.
    pub address: String,
    /// How long it takes to make it.
    pub takes: DurationDistribution,
    /// The places of those that have to be there before.
    pub needs: Vec<usize>,
    /// What is there then that was not before, if the run knows it.
    pub makes: Option<Made>,
}

/// What is not there before Terraform has made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// A VPC, in which databases are restored.
    Vpc(VpcId),
    /// A NAT gateway.
    NatGateway(NatGatewayId),
    /// A load balancer.
    LoadBalancer(LoadBalancerId),
    /// A record of a DNS name, by its place.
    Record(DnsNameId, usize),
    /// An Auto Scaling group, and with it its instances.
    Group(AutoScalingGroupId),
}

/// What people do when something has happened, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct RunbookSpec {
    /// Its name.
    pub name: String,
    /// What it is for; `None` if only another runbook calls it.
    pub begins: Option<Begins>,
    /// From then until somebody looks at it.
    pub notice: DurationDistribution,
    /// From then until it is decided.
    pub decide: DurationDistribution,
    /// What is done, one after the other.
    pub steps: Vec<RunbookStepSpec>,
}

/// What a runbook is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// A fault has begun.
    Fault(FaultId),
    /// A fault has ended.
    FaultEnd(FaultId),
    /// A health check finds its endpoint unhealthy.
    Unhealthy(HealthCheckId),
    /// It finds it healthy again.
    Healthy(HealthCheckId),
    /// It is that time.
    At(SimTime),
}

/// A step of a runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct RunbookStepSpec {
    /// Its name.
    pub name: String,
    /// What is done in the end; `None` is something that nothing here depends on.
    pub does: Option<InterventionId>,
    /// How long it takes somebody to do it.
    pub takes: DurationDistribution,
    /// Whether the next step waits until it has come about.
    pub waits: bool,
    /// It has failed if it has not come about after so long.
    pub within: Option<SimDuration>,
    /// What is done then, before it is done once more; `None` ends the runbook.
    pub otherwise: Option<RunbookId>,
}

/// What an operator can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Reboots a database with failover to its standby.
    Failover {
        /// The database.
        database: DatabaseId,
    },
    /// Makes a read replica the writer.
    Promote {
        /// The replica's database.
        database: DatabaseId,
        /// Its place among the database's replicas.
        replica: usize,
    },
    /// Creates a read replica.
    Create {
        /// The replica's database.
        database: DatabaseId,
        /// Its place among the database's replicas.
        replica: usize,
    },
    /// Stops writes, and makes a read replica the writer once it has all of them.
    SwitchOver {
        /// The replica's database.
        database: DatabaseId,
        /// Its place among the database's replicas.
        replica: usize,
    },
    /// Writes again what a recovery has lost.
    Reconcile {
        /// The database.
        database: DatabaseId,
    },
    /// Makes an instance of a backup the writer.
    Restore {
        /// The backup's database.
        database: DatabaseId,
        /// Its place among the database's backups.
        backup: usize,
    },
    /// Changes a DNS name's records, so that it leads to one load balancer whatever checks say.
    Point {
        /// The name.
        name: DnsNameId,
        /// The place of the record that is left.
        record: usize,
    },
    /// Switches a routing control.
    Switch {
        /// Its health check.
        control: HealthCheckId,
        /// Whether it is on from then on.
        on: bool,
    },
    /// Asks for a larger quota of vCPUs.
    RaiseQuota {
        /// The region, which has zones and a quota.
        region: String,
        /// So many.
        vcpus: u32,
    },
    /// Copies a machine image to a region, from one that has its current version.
    CopyImage {
        /// The image.
        image: MachineImageId,
        /// The region, which has zones.
        region: String,
    },
    /// Lets a pipeline make a machine image anew in a region.
    BuildImage {
        /// The image.
        image: MachineImageId,
        /// The region, which has zones.
        region: String,
    },
    /// Writes the current value of a secret into a region by hand.
    SetSecret {
        /// The secret.
        secret: SecretId,
        /// The region, which has zones.
        region: String,
    },
    /// Lets Terraform make a stack.
    Apply {
        /// The stack.
        stack: StackId,
    },
    /// Shifts the traffic of all load balancers away from a zone.
    ShiftAway {
        /// The zone.
        zone: ZoneId,
    },
    /// Ends the shift.
    ShiftBack {
        /// The zone.
        zone: ZoneId,
    },
    /// Changes how many members an Auto Scaling group wants.
    Scale {
        /// The group.
        group: AutoScalingGroupId,
        /// So many; at most the group's `max`.
        desired: u32,
    },
    /// Restarts the process on an instance.
    Restart {
        /// The instance's group.
        group: AutoScalingGroupId,
        /// Which member.
        member: Member,
    },
    /// Terminates an instance; its group replaces it.
    Terminate {
        /// The instance's group.
        group: AutoScalingGroupId,
        /// Which member.
        member: Member,
    },
    /// Lets no new pod onto nodes.
    Cordon {
        /// The nodes.
        nodes: NodesTarget,
    },
    /// Lets pods come again.
    Uncordon {
        /// The nodes.
        nodes: NodesTarget,
    },
    /// Lets no new pod onto nodes and evicts those that are there, as far as disruption budgets allow.
    Drain {
        /// The nodes.
        nodes: NodesTarget,
    },
    /// Declares nodes dead: their pods are taken out and their volumes detached, whatever they may still do.
    OutOfService {
        /// The nodes.
        nodes: NodesTarget,
    },
    /// Changes how many pods a workload wants.
    ScaleWorkload {
        /// The workload.
        workload: WorkloadTarget,
        /// So many.
        replicas: u32,
    },
    /// Replaces all pods of a workload as a rollout does.
    RestartWorkload {
        /// The workload.
        workload: WorkloadTarget,
    },
    /// Replaces them by pods one of whose containers has another image.
    SetImage {
        /// The workload.
        workload: WorkloadTarget,
        /// The container's place among those of the template.
        container: usize,
        /// The image.
        image: String,
    },
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveSpec {
    /// Its name, unique; made from kind and subject where the file gives none.
    pub name: String,
    /// What it asks for.
    pub kind: ObjectiveKind,
    /// Whether meeting it is the failure.
    pub expect_breached: bool,
}

/// What is measured as a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// What users ask for.
    Service(ServiceId),
    /// A workload of Kubernetes in a world without traffic.
    Workload {
        /// Index in [`Plan::clusters`].
        cluster: usize,
        /// Index in the cluster's workloads.
        workload: usize,
    },
}

/// What keeps data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// A database.
    Database(DatabaseId),
    /// A table.
    Table(TableId),
}

/// What an objective asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectiveKind {
    /// No outage of a service longer than that.
    Rto {
        /// The service.
        service: Measured,
        /// The longest outage.
        at_most: SimDuration,
    },
    /// No data loss of a database, or of a table, longer than that.
    Rpo {
        /// Where the data is.
        store: Store,
        /// The longest loss.
        at_most: SimDuration,
    },
    /// At least so many good requests; of a workload the share of the time.
    Availability {
        /// The service.
        service: Measured,
        /// The share.
        at_least: Ratio,
    },
    /// Good answers in time.
    Latency {
        /// The service.
        service: ServiceId,
        /// In thousandths of a percent: 99.9 is 99,900.
        percentile: u32,
        /// The time.
        at_most: SimDuration,
    },
    /// A bill not higher than that.
    MonthlyCost {
        /// The amount.
        at_most: NanoUsd,
    },
}

/// A setting that can own a phase of an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As `--set` names it: `target_groups.frontend.interval`.
    pub path: String,
    /// Its value, as a scenario writes it.
    pub value: String,
    /// The vendor's default, as a scenario writes it.
    pub default: String,
    /// Other documented values worth trying, as a scenario writes them.
    pub alternatives: Vec<String>,
}

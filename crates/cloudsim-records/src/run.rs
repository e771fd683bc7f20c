//! What was run: the first record of every run.

use crate::field::Field;
use crate::jsonl::Index;
use cloudsim_units::{NanoUsd, Ratio, SimDuration, SimTime};
use serde_json::Value;
use std::fmt;

/// An entity by its stable number: its place in [`RunStarted::entities`], or the one that
/// [`Record::EntityAdded`](crate::Record::EntityAdded) announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub u32);

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EntityKind {
    /// A region.
    Region = 0,
    /// A zone.
    Zone = 1,
    /// A VPC.
    Vpc = 2,
    /// A subnet.
    Subnet = 3,
    /// A route table.
    RouteTable = 4,
    /// An internet gateway.
    InternetGateway = 5,
    /// A NAT gateway.
    NatGateway = 6,
    /// A load balancer.
    LoadBalancer = 7,
    /// A load balancer's node in one zone.
    BalancerNode = 8,
    /// A target group.
    TargetGroup = 9,
    /// An Auto Scaling group.
    AutoScalingGroup = 10,
    /// An EC2 instance.
    Instance = 11,
    /// A database.
    Database = 12,
    /// One instance of a database.
    DatabaseInstance = 13,
    /// An endpoint outside of the cloud.
    Endpoint = 14,
    /// A service that users see.
    Service = 15,
    /// A security group.
    SecurityGroup = 16,
    /// A network ACL.
    NetworkAcl = 17,
    /// A VPC endpoint.
    VpcEndpoint = 18,
    /// A cluster of Kubernetes.
    Cluster = 19,
    /// A node of a cluster.
    Node = 20,
    /// What keeps pods running: a deployment, a stateful set and so on; named `namespace/kind/name`.
    Workload = 21,
    /// A pod; named `namespace/name`.
    Pod = 22,
    /// A service of Kubernetes that pods call; named `namespace/name`.
    KubernetesService = 23,
    /// A pool of nodes that Karpenter launches.
    NodePool = 24,
    /// A health check of Route 53.
    HealthCheck = 25,
    /// A DNS name that leads to one of several load balancers.
    DnsRecord = 26,
    /// A runbook.
    Runbook = 27,
    /// What Terraform makes with one apply.
    Stack = 28,
    /// A table of DynamoDB.
    Table = 29,
    /// A routing control, and its health check.
    RoutingControl = 30,
    /// A machine image, in all regions that have a copy of it.
    MachineImage = 31,
    /// A secret, in all regions that have a replica of it; part of the database that it is for.
    Secret = 32,
    /// A container image, in the registries of all regions that have it.
    ContainerImage = 33,
}

impl EntityKind {
    /// The kind's plural name, as scenario files and settings use it.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Region => "regions",
            Self::Zone => "zones",
            Self::Vpc => "vpcs",
            Self::Subnet => "subnets",
            Self::RouteTable => "route_tables",
            Self::InternetGateway => "internet_gateways",
            Self::NatGateway => "nat_gateways",
            Self::LoadBalancer => "load_balancers",
            Self::BalancerNode => "balancer_nodes",
            Self::TargetGroup => "target_groups",
            Self::AutoScalingGroup => "auto_scaling_groups",
            Self::Instance => "instances",
            Self::Database => "databases",
            Self::DatabaseInstance => "database_instances",
            Self::Endpoint => "endpoints",
            Self::Service => "services",
            Self::SecurityGroup => "security_groups",
            Self::NetworkAcl => "network_acls",
            Self::VpcEndpoint => "vpc_endpoints",
            Self::Cluster => "clusters",
            Self::Node => "nodes",
            Self::Workload => "workloads",
            Self::Pod => "pods",
            Self::KubernetesService => "kubernetes_services",
            Self::NodePool => "node_pools",
            Self::HealthCheck => "health_checks",
            Self::DnsRecord => "dns_records",
            Self::Runbook => "runbooks",
            Self::Stack => "stacks",
            Self::Table => "tables",
            Self::RoutingControl => "routing_controls",
            Self::MachineImage => "machine_images",
            Self::Secret => "secrets",
            Self::ContainerImage => "images",
        }
    }
}

/// One entity of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityInfo {
    /// Its number.
    pub id: EntityId,
    /// What it is.
    pub kind: EntityKind,
    /// Its name, unique within its kind.
    pub name: String,
    /// The zone it lives in, if in one.
    pub zone: Option<EntityId>,
    /// What it is part of: an instance's Auto Scaling group, a node's balancer, a database instance's database.
    pub parent: Option<EntityId>,
}

recorded! {
/// What was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStarted {
    /// The scenario's name.
    pub name: String,
    /// The resolved scenario in its canonical text: includes merged, overrides applied.
    pub scenario: String,
    /// The overrides as given, in order.
    pub overrides: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The horizon.
    pub duration: SimDuration,
    /// What is run but not measured at the start.
    pub warm_up: SimDuration,
    /// All entities at the start; the id of each is its index.
    pub entities: Vec<EntityInfo>,
    /// The classes of requests, by name.
    pub classes: Vec<String>,
    /// The services that users see.
    pub services: Vec<ServiceInfo>,
    /// The faults that will happen.
    pub faults: Vec<FaultInfo>,
    /// What must hold.
    pub objectives: Vec<ObjectiveInfo>,
    /// The settings that can own a phase of an outage.
    pub settings: Vec<SettingInfo>,
    /// Which prices the bill is made with.
    pub prices: PricesInfo,
    /// The pods that have long been on nodes.
    pub placed: Vec<Placed>,
}
}

recorded! {
/// A pod, and the node that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The pod.
    pub pod: EntityId,
    /// The node.
    pub node: EntityId,
}
}

/// A service that users see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// The classes of requests it is measured by: indices in [`RunStarted::classes`].
    pub classes: Vec<u16>,
    /// Below this share of good requests it is degraded.
    pub threshold: Ratio,
    /// How long it must stay good to count as restored.
    pub stable_for: SimDuration,
    /// What its requests go through: load balancers, target groups, databases they write to.
    pub depends_on: Vec<EntityId>,
    /// The share of requests that may fail: what the error budget is counted against.
    pub budget: Ratio,
    /// The clients that send its requests, in the order of its classes.
    pub clients: Vec<ClientInfo>,
    /// What it is measured by if it is a workload: its ready pods.
    pub workload: Option<WorkloadInfo>,
    /// What a request of its is worth, if the scenario says so.
    pub request_value: Option<NanoUsd>,
}

/// A workload, measured by its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadInfo {
    /// The workload.
    pub workload: EntityId,
    /// With fewer ready pods it is down; `None` for as many as are wanted.
    pub needs: Option<Needs>,
}

/// How many ready pods a workload needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// So many.
    pub pods: u32,
    /// Who says so.
    pub by: NeedsBy,
}

/// Who says how many ready pods a workload needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum NeedsBy {
    /// The scenario.
    Scenario = 0,
    /// The pod disruption budget that protects it.
    PodDisruptionBudget = 1,
    /// It is a stateful set, of which more than half are a quorum.
    Quorum = 2,
    /// Nobody: half of them.
    Half = 3,
}

recorded! {
/// Which prices the bill is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PricesInfo {
    /// The region that they are of.
    pub region: String,
    /// When they were looked up.
    pub date: String,
    /// What the scenario put in their place.
    pub own: Option<OwnPrices>,
}
}

impl PricesInfo {
    /// As it stands in records and documents.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.value(&Index::default())
    }
}

recorded! {
/// Prices of a scenario's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPrices {
    /// The region that they are of, if it says so.
    pub region: Option<String>,
    /// When they were looked up, if it says so.
    pub date: Option<String>,
    /// What has one, by name.
    pub names: Vec<String>,
}
}

recorded! {
/// A kind of client of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    /// Its name.
    pub name: String,
    /// How long it tries, all tries together.
    pub timeout: SimDuration,
}
}

recorded! {
/// A fault of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultInfo {
    /// Its name.
    pub name: String,
    /// Its kind, as the scenario writes it: `ZonePowerLoss`.
    pub kind: String,
    /// What it hits, by name.
    pub target: String,
    /// When it starts.
    pub at: SimTime,
    /// How long its cause lasts; `None` for ever.
    pub lasts: Option<SimDuration>,
}
}

/// What an objective asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectiveKind {
    /// The longest outage of a service.
    Rto {
        /// The service's name.
        service: String,
        /// No outage may be longer.
        at_most: SimDuration,
    },
    /// The largest data loss of a database.
    Rpo {
        /// The database's name.
        database: String,
        /// No loss may span more.
        at_most: SimDuration,
    },
    /// The share of good requests.
    Availability {
        /// The service's name.
        service: String,
        /// It may not be lower.
        at_least: Ratio,
    },
    /// A percentile of the time to a good answer.
    Latency {
        /// The service's name.
        service: String,
        /// The percentile in thousandths of a percent: 99.9 is 99,900.
        percentile: u32,
        /// It may not be longer.
        at_most: SimDuration,
    },
    /// The bill of a month.
    MonthlyCost {
        /// It may not be higher.
        at_most: NanoUsd,
    },
}

/// Whether meeting an objective is the success or the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Expectation {
    /// It should hold.
    Met = 0,
    /// The scenario shows that it does not hold.
    Breached = 1,
}

/// An objective of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveInfo {
    /// Its name.
    pub name: String,
    /// What it asks for.
    pub kind: ObjectiveKind,
    /// Whether it should.
    pub expect: Expectation,
}

recorded! {
/// A setting that can own a phase of an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingInfo {
    /// As `--set` names it: `target_groups.frontend.interval`.
    pub path: String,
    /// Its value in this run, as the scenario would write it.
    pub value: String,
    /// The vendor's default, as the scenario would write it.
    pub default: String,
    /// Other documented values worth trying, as the scenario would write them.
    pub alternatives: Vec<String>,
}
}

/// A line of the bill, for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillItem {
    /// What is paid for: `nat_gateways hours`.
    pub what: String,
    /// How much of it, in thousandths of the unit.
    pub quantity_milli: u64,
    /// The unit: `h`, `GB`, `LCU-h`.
    pub unit: String,
    /// The price of it all.
    pub usd: NanoUsd,
    /// Who uses it; empty if nobody in particular does.
    pub users: Vec<BillShare>,
}

recorded! {
/// What of a line of the bill belongs to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillShare {
    /// Index in [`RunStarted::services`]; `None` for requests that no service is measured by.
    pub service: Option<u32>,
    /// Its part, in proportion to those of the other users.
    pub weight: u64,
}
}

impl fmt::Display for EntityId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{}", self.0)
    }
}

//! What a file says, field by field: the types that `ron` reads. Names and units are texts still.

pub(crate) mod api;
mod database;
pub(crate) mod facts;
mod failures;
mod karpenter;
mod kube;
mod network;
mod prices;
mod regional;
mod runbook;
mod servers;
mod stack;
mod sweep;
mod table;
mod text;
mod trial;
mod workload;

pub(crate) use api::{API, Api, ApiType, HasApi};
pub(crate) use database::*;
pub(crate) use failures::*;
pub(crate) use karpenter::*;
pub(crate) use kube::*;
pub(crate) use network::*;
pub(crate) use prices::*;
pub(crate) use regional::*;
pub(crate) use runbook::*;
pub(crate) use servers::*;
pub(crate) use stack::*;
pub(crate) use sweep::*;
pub(crate) use table::*;
pub(crate) use text::{Amount, COUNT, Count, Distribution, Interval, Quantity, Text};
pub(crate) use trial::*;
pub(crate) use workload::*;

use crate::assumptions::Given;
use cloudsim_units::SimDuration;
use facts::default;
use schemars::JsonSchema;

/// The root fields of a scenario that are not lists of things.
pub(crate) const ROOT_FIELDS: &[&str] = &[
    "version",
    "name",
    "seed",
    "duration",
    "warm_up",
    "include",
    "set",
    "alternatives",
    "sweep",
    "optimize",
    "assumptions",
    "prices",
    "latencies",
];

/// The fields that are maps, wherever they stand: what is set in one that is not given yet becomes its first entry.
pub(crate) const MAPS: &[&str] = &["allocatable", "annotations", "labels", "mix", "running", "usd"];

/// The lists of things, in the order of the canonical form.
pub(crate) const KINDS: &[&str] = &[
    "regions",
    "zones",
    "vpcs",
    "subnets",
    "internet_gateways",
    "nat_gateways",
    "route_tables",
    "security_groups",
    "network_acls",
    "vpc_endpoints",
    "health_checks",
    "routing_controls",
    "dns_records",
    "load_balancers",
    "target_groups",
    "machine_images",
    "auto_scaling_groups",
    "databases",
    "secrets",
    "stacks",
    "tables",
    "clusters",
    "namespaces",
    "priority_classes",
    "images",
    "nodes",
    "deployments",
    "replica_sets",
    "stateful_sets",
    "daemon_sets",
    "jobs",
    "cron_jobs",
    "pods",
    "kubernetes_services",
    "pod_disruption_budgets",
    "horizontal_pod_autoscalers",
    "storage_classes",
    "persistent_volumes",
    "persistent_volume_claims",
    "endpoints",
    "clients",
    "classes",
    "services",
    "traffic",
    "faults",
    "interventions",
    "runbooks",
    "objectives",
    "failures",
];

/// A whole scenario, merged. What could not be read is missing.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct Scenario {
    /// What results call it.
    pub(crate) name: Option<String>,
    /// The luck; `--seed` overrides it.
    #[schemars(transform = default(1_u64))]
    pub(crate) seed: Option<Count>,
    /// How long it runs.
    pub(crate) duration: Option<Text<SimDuration>>,
    /// What is run but not measured at the start.
    #[schemars(transform = default(SimDuration::ZERO))]
    pub(crate) warm_up: Option<Text<SimDuration>>,
    /// What `sweep` does with it.
    pub(crate) sweep: Option<Sweep>,
    /// What `optimize` does with it.
    pub(crate) optimize: Option<Optimize>,
    /// What is assumed instead of what models assume.
    pub(crate) assumptions: Option<Given>,
    /// What things cost.
    pub(crate) prices: Option<Prices>,
    /// Round-trip times.
    pub(crate) latencies: Option<Latencies>,
    /// Regions.
    #[schemars(default)]
    pub(crate) regions: Vec<Region>,
    /// Availability Zones.
    #[schemars(default)]
    pub(crate) zones: Vec<Zone>,
    /// VPCs.
    #[schemars(default)]
    pub(crate) vpcs: Vec<Vpc>,
    /// Subnets.
    #[schemars(default)]
    pub(crate) subnets: Vec<Subnet>,
    /// Internet gateways.
    #[schemars(default)]
    pub(crate) internet_gateways: Vec<InternetGateway>,
    /// NAT gateways.
    #[schemars(default)]
    pub(crate) nat_gateways: Vec<NatGateway>,
    /// Route tables.
    #[schemars(default)]
    pub(crate) route_tables: Vec<RouteTable>,
    /// Security groups.
    #[schemars(default)]
    pub(crate) security_groups: Vec<SecurityGroup>,
    /// Network ACLs.
    #[schemars(default)]
    pub(crate) network_acls: Vec<NetworkAcl>,
    /// VPC endpoints.
    #[schemars(default)]
    pub(crate) vpc_endpoints: Vec<VpcEndpoint>,
    /// Health checks of Route 53.
    #[schemars(default)]
    pub(crate) health_checks: Vec<EndpointCheck>,
    /// Routing controls.
    #[schemars(default)]
    pub(crate) routing_controls: Vec<RoutingControl>,
    /// DNS records.
    #[schemars(default)]
    pub(crate) dns_records: Vec<DnsRecord>,
    /// Load balancers.
    #[schemars(default)]
    pub(crate) load_balancers: Vec<LoadBalancer>,
    /// Target groups.
    #[schemars(default)]
    pub(crate) target_groups: Vec<TargetGroup>,
    /// Machine images, of which each region has a copy of its own.
    #[schemars(default)]
    pub(crate) machine_images: Vec<MachineImage>,
    /// Auto Scaling groups.
    #[schemars(default)]
    pub(crate) auto_scaling_groups: Vec<AutoScalingGroup>,
    /// Databases.
    #[schemars(default)]
    pub(crate) databases: Vec<Database>,
    /// Secrets, of which each region has a replica of its own.
    #[schemars(default)]
    pub(crate) secrets: Vec<Secret>,
    /// What Terraform makes when it is applied.
    #[schemars(default)]
    pub(crate) stacks: Vec<Stack>,
    /// Tables of DynamoDB.
    #[schemars(default)]
    pub(crate) tables: Vec<Table>,
    /// Kubernetes clusters.
    #[schemars(default)]
    pub(crate) clusters: Vec<Cluster>,
    /// Namespaces with labels.
    #[schemars(default)]
    pub(crate) namespaces: Vec<Namespace>,
    /// Priority classes.
    #[schemars(default)]
    pub(crate) priority_classes: Vec<PriorityClass>,
    /// Container images.
    #[schemars(default)]
    pub(crate) images: Vec<Image>,
    /// Nodes that are no instances of a group.
    #[schemars(default)]
    pub(crate) nodes: Vec<Node>,
    /// Deployments.
    #[schemars(default)]
    pub(crate) deployments: Vec<Workload<api::DeploymentSpec>>,
    /// Replica sets of their own.
    #[schemars(default)]
    pub(crate) replica_sets: Vec<Workload<api::ReplicaSetSpec>>,
    /// Stateful sets.
    #[schemars(default)]
    pub(crate) stateful_sets: Vec<Workload<api::StatefulSetSpec>>,
    /// Daemon sets.
    #[schemars(default)]
    pub(crate) daemon_sets: Vec<Workload<api::DaemonSetSpec>>,
    /// Jobs.
    #[schemars(default)]
    pub(crate) jobs: Vec<Workload<api::JobSpec>>,
    /// Cron jobs.
    #[schemars(default)]
    pub(crate) cron_jobs: Vec<CronJob>,
    /// Pods that nothing keeps running.
    #[schemars(default)]
    pub(crate) pods: Vec<Pod>,
    /// Services of Kubernetes.
    #[schemars(default)]
    pub(crate) kubernetes_services: Vec<KubernetesService>,
    /// Disruption budgets.
    #[schemars(default)]
    pub(crate) pod_disruption_budgets: Vec<PodDisruptionBudget>,
    /// Autoscalers of workloads.
    #[schemars(default)]
    pub(crate) horizontal_pod_autoscalers: Vec<HorizontalPodAutoscaler>,
    /// Storage classes.
    #[schemars(default)]
    pub(crate) storage_classes: Vec<StorageClassObject>,
    /// Volumes.
    #[schemars(default)]
    pub(crate) persistent_volumes: Vec<PersistentVolume>,
    /// Claims to volumes.
    #[schemars(default)]
    pub(crate) persistent_volume_claims: Vec<PersistentVolumeClaim>,
    /// What is called on the internet.
    #[schemars(default)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// Kinds of clients.
    #[schemars(default)]
    pub(crate) clients: Vec<Client>,
    /// Classes of requests.
    #[schemars(default)]
    pub(crate) classes: Vec<Class>,
    /// What users see.
    #[schemars(default)]
    pub(crate) services: Vec<Service>,
    /// Where requests come from.
    #[schemars(default)]
    pub(crate) traffic: Vec<Traffic>,
    /// What breaks.
    #[schemars(default)]
    pub(crate) faults: Vec<Fault>,
    /// What operators do.
    #[schemars(default)]
    pub(crate) interventions: Vec<Intervention>,
    /// What people do when something has happened.
    #[schemars(default)]
    pub(crate) runbooks: Vec<Runbook>,
    /// What must hold.
    #[schemars(default)]
    pub(crate) objectives: Vec<Objective>,
    /// How often things fail over years.
    #[schemars(default)]
    pub(crate) failures: Vec<Failing>,
}

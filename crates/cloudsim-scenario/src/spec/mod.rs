//! What a file says, field by field: the types that `ron` reads. Names and units are texts still.

mod database;
mod network;
mod servers;
mod text;
mod trial;
mod workload;

pub(crate) use database::*;
pub(crate) use network::*;
pub(crate) use servers::*;
pub(crate) use text::{Count, Distribution, Quantity, Text};
pub(crate) use trial::*;
pub(crate) use workload::*;

use cloudsim_units::SimDuration;

/// The root fields of a scenario that are not lists of things.
pub(crate) const ROOT_FIELDS: &[&str] =
    &["version", "name", "seed", "duration", "warm_up", "include", "set", "latencies"];

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
    "dns_records",
    "load_balancers",
    "target_groups",
    "auto_scaling_groups",
    "databases",
    "endpoints",
    "clients",
    "classes",
    "services",
    "traffic",
    "faults",
    "objectives",
];

/// A whole scenario, merged. What could not be read is missing.
#[derive(Debug, Default)]
pub(crate) struct Scenario {
    pub(crate) name: Option<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) duration: Option<Text<SimDuration>>,
    pub(crate) warm_up: Option<Text<SimDuration>>,
    pub(crate) latencies: Option<Latencies>,
    pub(crate) regions: Vec<Region>,
    pub(crate) zones: Vec<Zone>,
    pub(crate) vpcs: Vec<Vpc>,
    pub(crate) subnets: Vec<Subnet>,
    pub(crate) internet_gateways: Vec<InternetGateway>,
    pub(crate) nat_gateways: Vec<NatGateway>,
    pub(crate) route_tables: Vec<RouteTable>,
    pub(crate) security_groups: Vec<SecurityGroup>,
    pub(crate) network_acls: Vec<NetworkAcl>,
    pub(crate) vpc_endpoints: Vec<VpcEndpoint>,
    pub(crate) dns_records: Vec<DnsRecord>,
    pub(crate) load_balancers: Vec<LoadBalancer>,
    pub(crate) target_groups: Vec<TargetGroup>,
    pub(crate) auto_scaling_groups: Vec<AutoScalingGroup>,
    pub(crate) databases: Vec<Database>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) clients: Vec<Client>,
    pub(crate) classes: Vec<Class>,
    pub(crate) services: Vec<Service>,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) objectives: Vec<Objective>,
}

//! What a network consists of, in words: what the drawing of the architecture is made of besides the run.

use cloudsim_records::DatabaseInstanceState;
use cloudsim_units::NanoUsd;

/// Where things are. Records do not tell it; who has the scenario does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The regions, in the order of the scenario.
    pub regions: Vec<Region>,
    /// How the pods of workloads are to be spread, in the order of the scenario.
    pub spreads: Vec<Spread>,
    /// The machines that there could be more of.
    pub machines: Vec<Machine>,
}

/// A machine that there could be more of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The group that it would be in, as lanes name it.
    pub group: String,
    /// The cluster that it would be a node of, if one.
    pub cluster: Option<String>,
    /// Its type.
    pub kind: String,
    /// What an hour of it costs.
    pub hour: NanoUsd,
    /// What a month of it costs.
    pub month: NanoUsd,
}

/// What pods are spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Zones.
    Zone,
    /// Nodes.
    Host,
    /// Something that a page knows nothing of.
    Other,
}

/// A topology spread constraint of a workload's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The workload, as records name it.
    pub workload: String,
    /// The label that names the domains.
    pub topology_key: String,
    /// What the label tells apart.
    pub domain: Domain,
    /// The most by which a domain may be above the least one.
    pub max_skew: u32,
    /// Whether a pod waits rather than go beyond.
    pub is_required: bool,
}

/// A region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// The names of its zones.
    pub zones: Vec<String>,
    /// The VPCs that have subnets in it.
    pub vpcs: Vec<Vpc>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub cidr: String,
    /// Its internet gateways, by name.
    pub internet_gateways: Vec<String>,
    /// Its load balancers.
    pub balancers: Vec<Balancer>,
    /// Its subnets, in the order of the scenario.
    pub subnets: Vec<Subnet>,
}

/// A load balancer, which has a node in the zone of each of its subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balancer {
    /// Its name.
    pub name: String,
    /// Whether the internet can reach it.
    pub faces_internet: bool,
    /// Its ports.
    pub ports: Vec<u16>,
    /// The subnets that it has nodes in, by name.
    pub subnets: Vec<String>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its name.
    pub name: String,
    /// Its zone, by name.
    pub zone: String,
    /// Its addresses.
    pub cidr: String,
    /// Whether it has a way to an internet gateway.
    pub is_public: bool,
    /// The NAT gateways in it, by name.
    pub nat_gateways: Vec<String>,
    /// The groups that launch instances in it, or the clusters that have nodes of their own there, by name.
    pub groups: Vec<String>,
    /// The instances of databases in it.
    pub database_instances: Vec<DatabaseInstance>,
}

/// An instance of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInstance {
    /// Its name.
    pub name: String,
    /// What it is until something is recorded of it; `None` if it has yet to be made.
    pub at_first: Option<DatabaseInstanceState>,
}

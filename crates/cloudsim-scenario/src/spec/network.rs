//! Regions, zones, VPCs and what is in them.

use super::{Count, Text};
use cloudsim_aws::services::vpc::PortRange;
use cloudsim_units::SimDuration;
use ipnet::Ipv4Net;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Region {
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) region: String,
}

/// Round-trip times.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latencies {
    pub(crate) within_zone: Option<Text<SimDuration>>,
    pub(crate) between_zones: Option<Text<SimDuration>>,
    #[serde(default)]
    pub(crate) pairs: Vec<LatencyPair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LatencyPair {
    pub(crate) zones: (String, String),
    pub(crate) rtt: Text<SimDuration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vpc {
    pub(crate) name: String,
    pub(crate) cidr: Text<Ipv4Net>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subnet {
    pub(crate) name: String,
    pub(crate) vpc: String,
    pub(crate) zone: String,
    pub(crate) cidr: Text<Ipv4Net>,
    pub(crate) route_table: String,
    /// The VPC's default ACL, which lets everything through, by default.
    pub(crate) network_acl: Option<String>,
    /// None by default, as in the API.
    pub(crate) public_addresses: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InternetGateway {
    pub(crate) name: String,
    pub(crate) vpc: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatGateway {
    pub(crate) name: String,
    pub(crate) subnet: String,
    /// One public address by default.
    pub(crate) addresses: Option<Count>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTable {
    pub(crate) name: String,
    pub(crate) vpc: String,
    /// Besides the `local` route.
    #[serde(default)]
    pub(crate) routes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    pub(crate) to: Text<Ipv4Net>,
    pub(crate) via: Via,
}

#[derive(Debug, Deserialize)]
pub(crate) enum Via {
    InternetGateway(String),
    NatGateway(String),
    Blackhole,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroup {
    pub(crate) name: String,
    pub(crate) vpc: String,
    /// Nothing by default.
    #[serde(default)]
    pub(crate) ingress: Vec<IngressRule>,
    /// Everything by default.
    pub(crate) egress: Option<Vec<EgressRule>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IngressRule {
    pub(crate) protocol: Option<RuleProtocol>,
    pub(crate) ports: Option<Text<PortRange>>,
    pub(crate) from: Peer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EgressRule {
    pub(crate) protocol: Option<RuleProtocol>,
    pub(crate) ports: Option<Text<PortRange>>,
    pub(crate) to: Peer,
}

#[derive(Debug, Deserialize)]
pub(crate) enum Peer {
    Cidr(Text<Ipv4Net>),
    SecurityGroup(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum RuleProtocol {
    All,
    Tcp,
    Udp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkAcl {
    pub(crate) name: String,
    pub(crate) vpc: String,
    #[serde(default)]
    pub(crate) ingress: Vec<AclRule>,
    #[serde(default)]
    pub(crate) egress: Vec<AclRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AclRule {
    /// Its number.
    pub(crate) rule: Count,
    pub(crate) action: AclAction,
    pub(crate) protocol: Option<RuleProtocol>,
    pub(crate) ports: Option<Text<PortRange>>,
    pub(crate) cidr: Text<Ipv4Net>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum AclAction {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VpcEndpoint {
    pub(crate) name: String,
    pub(crate) vpc: String,
    /// What it leads to.
    pub(crate) endpoint: String,
    pub(crate) kind: VpcEndpointKind,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum VpcEndpointKind {
    Gateway { route_tables: Vec<String> },
    Interface { subnets: Vec<String>, security_groups: Option<Vec<String>> },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsRecord {
    pub(crate) name: String,
    /// A load balancer.
    pub(crate) alias: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    pub(crate) name: String,
    pub(crate) scheme: Scheme,
    pub(crate) subnets: Vec<String>,
    pub(crate) listeners: Vec<Listener>,
    /// Everything passes by default.
    pub(crate) security_groups: Option<Vec<String>>,
    pub(crate) idle_timeout: Option<Text<SimDuration>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Scheme {
    InternetFacing,
    Internal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    pub(crate) port: Count,
    pub(crate) protocol: Protocol,
    pub(crate) target_group: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Protocol {
    Http,
    Https,
}

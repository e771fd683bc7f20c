//! Regions, zones, VPCs and what is in them.

use super::{Count, Text};
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

//! Regions, zones, VPCs and what is in them.

use super::facts::{by_default, default, names, within};
use super::{Count, Text};
use crate::limits;
use cloudsim_aws::services::vpc::PortRange;
use cloudsim_aws::services::{load_balancer, nat_gateway, route53};
use cloudsim_units::SimDuration;
use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// A region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Region {
    /// What it is called.
    pub(crate) name: String,
    /// What AWS lets the account have there; without it, as much as is wanted.
    pub(crate) quotas: Option<Quotas>,
}

/// Quotas of a region. An account that nobody has asked more for has 5 vCPUs (EC2-13).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quotas {
    /// The quota "Running On-Demand Standard instances", in vCPUs: a launch that would go beyond it is refused
    /// (`VcpuLimitExceeded`), and `raise quota/REGION VCPUS` asks for more.
    #[schemars(transform = within(&limits::VCPUS))]
    pub(crate) vcpus: Count,
}

/// An Availability Zone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zone {
    /// What it is called.
    pub(crate) name: String,
    /// Its region.
    #[schemars(transform = names("regions"))]
    pub(crate) region: String,
}

/// Round-trip times.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latencies {
    /// There and back within a zone.
    #[schemars(transform = default(limits::RTT_WITHIN_ZONE).source("NET-19"))]
    pub(crate) within_zone: Option<Text<SimDuration>>,
    /// There and back between two zones.
    #[schemars(transform = default(limits::RTT_BETWEEN_ZONES).source("NET-20"))]
    pub(crate) between_zones: Option<Text<SimDuration>>,
    /// There and back between zones of two regions.
    #[schemars(transform = default(limits::RTT_BETWEEN_REGIONS).assumed())]
    pub(crate) between_regions: Option<Text<SimDuration>>,
    /// Between two certain zones.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) pairs: Vec<LatencyPair>,
}

/// Two zones and how far apart they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LatencyPair {
    /// The two, in any order.
    #[schemars(transform = names("zones"))]
    pub(crate) zones: (String, String),
    /// There and back.
    pub(crate) rtt: Text<SimDuration>,
}

/// A VPC.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vpc {
    /// What it is called.
    pub(crate) name: String,
    /// Its addresses.
    pub(crate) cidr: Text<Ipv4Net>,
}

/// A subnet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subnet {
    /// What it is called.
    pub(crate) name: String,
    /// Its VPC.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
    /// Its zone.
    #[schemars(transform = names("zones"))]
    pub(crate) zone: String,
    /// Its addresses, a part of the VPC's.
    pub(crate) cidr: Text<Ipv4Net>,
    /// The routes that packets from here take.
    #[schemars(transform = names("route_tables"))]
    pub(crate) route_table: String,
    /// What may pass its border.
    #[schemars(transform = names("network_acls").and(by_default("everything passes, as with the VPC's default ACL")))]
    pub(crate) network_acl: Option<String>,
    /// Whether instances here get public addresses.
    #[schemars(transform = default(false))]
    pub(crate) public_addresses: Option<bool>,
}

/// An internet gateway.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InternetGateway {
    /// What it is called.
    pub(crate) name: String,
    /// The VPC that it is attached to.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
}

/// A NAT gateway.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatGateway {
    /// What it is called.
    pub(crate) name: String,
    /// A public subnet; the gateway lives and dies with that zone.
    #[schemars(transform = names("subnets"))]
    pub(crate) subnet: String,
    /// How many public addresses it has; each has ports of its own.
    #[schemars(transform = default(1_u32).within(&nat_gateway::limits::ADDRESSES))]
    pub(crate) addresses: Option<Count>,
}

/// A route table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteTable {
    /// What it is called.
    pub(crate) name: String,
    /// Its VPC.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
    /// Besides the `local` route of the VPC, which is always there.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) routes: Vec<Route>,
}

/// A route.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    /// The addresses that it leads to; the longest prefix wins.
    pub(crate) to: Text<Ipv4Net>,
    /// The next hop.
    pub(crate) via: Via,
}

/// Where a route leads.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) enum Via {
    /// To the internet, for what has a public address.
    InternetGateway(String),
    /// To the internet, from here only.
    NatGateway(String),
    /// Nowhere: packets vanish.
    Blackhole,
}

/// A security group: what may reach an instance and what may leave it. Answers pass by themselves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityGroup {
    /// What it is called.
    pub(crate) name: String,
    /// Its VPC.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
    /// What may come in.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) ingress: Vec<IngressRule>,
    /// What may go out.
    #[schemars(transform = by_default("everything"))]
    pub(crate) egress: Option<Vec<EgressRule>>,
}

/// What may come in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IngressRule {
    /// Of which protocol.
    #[schemars(transform = default("All"))]
    pub(crate) protocol: Option<RuleProtocol>,
    /// At which ports.
    #[schemars(transform = default(PortRange::ALL))]
    pub(crate) ports: Option<Text<PortRange>>,
    /// From whom.
    pub(crate) from: Peer,
}

/// What may go out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EgressRule {
    /// Of which protocol.
    #[schemars(transform = default("All"))]
    pub(crate) protocol: Option<RuleProtocol>,
    /// To which ports.
    #[schemars(transform = default(PortRange::ALL))]
    pub(crate) ports: Option<Text<PortRange>>,
    /// To whom.
    pub(crate) to: Peer,
}

/// Who is at the other end.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) enum Peer {
    /// Addresses.
    Cidr(Text<Ipv4Net>),
    /// Whatever is in a security group, by its name.
    SecurityGroup(String),
}

/// The protocols of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum RuleProtocol {
    /// Any.
    All,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A network ACL: what may pass the border of a subnet, in each direction by itself. What no rule allows is denied.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkAcl {
    /// What it is called.
    pub(crate) name: String,
    /// Its VPC.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
    /// For what comes in; the lowest number that fits decides.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) ingress: Vec<AclRule>,
    /// For what goes out.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) egress: Vec<AclRule>,
}

/// A rule of a network ACL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AclRule {
    /// Its number.
    #[schemars(transform = within(&limits::ACL_NUMBERS).source("NET-15"))]
    pub(crate) rule: Count,
    /// What happens to what fits.
    pub(crate) action: AclAction,
    /// Of which protocol.
    #[schemars(transform = default("All"))]
    pub(crate) protocol: Option<RuleProtocol>,
    /// To which ports.
    #[schemars(transform = default(PortRange::ALL))]
    pub(crate) ports: Option<Text<PortRange>>,
    /// From or to which addresses.
    pub(crate) cidr: Text<Ipv4Net>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum AclAction {
    /// Lets it pass.
    Allow,
    /// Drops it.
    Deny,
}

/// A VPC endpoint: a way to something outside that does not lead over the internet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VpcEndpoint {
    /// What it is called.
    pub(crate) name: String,
    /// Its VPC.
    #[schemars(transform = names("vpcs"))]
    pub(crate) vpc: String,
    /// What it leads to.
    #[schemars(transform = names("endpoints"))]
    pub(crate) endpoint: String,
    /// How it is reached.
    pub(crate) kind: VpcEndpointKind,
}

/// How a VPC endpoint is reached.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum VpcEndpointKind {
    /// By a route.
    Gateway {
        /// The tables that get the route.
        #[schemars(transform = names("route_tables"))]
        route_tables: Vec<String>,
    },
    /// By an address in a subnet.
    Interface {
        /// The subnets in which it has an address.
        #[schemars(transform = names("subnets"))]
        subnets: Vec<String>,
        /// Its security groups.
        #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
        security_groups: Option<Vec<String>>,
    },
}

/// A health check of Route 53: some sixteen checkers all over the world ask a load balancer that faces the internet.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointCheck {
    /// What it is called.
    pub(crate) name: String,
    /// The load balancer that is asked.
    #[schemars(transform = names("load_balancers"))]
    pub(crate) target: String,
    /// At which port, one that it has a listener for.
    #[schemars(transform = by_default("that of its first listener").within(&limits::PORTS))]
    pub(crate) port: Option<Count>,
    /// The class whose page is asked for: it is answered well if all is there that the class's handlers need.
    #[schemars(transform = names("classes").and(by_default("a page that a server has by itself")))]
    pub(crate) class: Option<String>,
    /// From an answer to the next request of the same checker: `30s`, or `10s`, which costs extra.
    #[schemars(transform = default(route53::limits::INTERVAL).source("R53-01"))]
    pub(crate) interval: Option<Text<SimDuration>>,
    /// So many results in a row change a checker's mind.
    #[schemars(transform = default(route53::limits::FAILURE_THRESHOLD)
        .within(&route53::limits::FAILURE_THRESHOLDS).assumed())]
    pub(crate) failure_threshold: Option<Count>,
}

/// A switch of Application Recovery Controller, with a health check of its own that is healthy while the switch is on: people
/// turn names by it, in whatever region the APIs are silent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoutingControl {
    /// What it is called; records name it where they name a health check.
    pub(crate) name: String,
    /// Whether it is on at first.
    #[serde(default = "on")]
    #[schemars(transform = default(true))]
    pub(crate) on: bool,
}

const fn on() -> bool {
    true
}

/// A name in Route 53: an alias, or a choice of several; its TTL is 60 s (R53-16). Exactly one of `alias`, `failover` and
/// `weighted` is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsRecord {
    /// What it is called.
    pub(crate) name: String,
    /// What it stands for.
    #[schemars(transform = names("load_balancers").and(by_default("it is one of several")))]
    pub(crate) alias: Option<String>,
    /// One that it stands for, and another while that is not healthy.
    pub(crate) failover: Option<Failover>,
    /// Several that it stands for, each query for one of them.
    pub(crate) weighted: Option<Vec<Weighted>>,
    /// Several that it stands for, each query for the one that is nearest to whoever asks.
    pub(crate) latency: Option<Vec<Checked>>,
    /// Several that it stands for, all in one answer: whoever cannot connect to one address goes on to the next.
    pub(crate) multivalue: Option<Vec<Checked>>,
}

impl DnsRecord {
    /// The load balancers that it may stand for.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = &String> {
        let failover = self.failover.iter().flat_map(|of| [&of.primary, &of.secondary]);
        let weighted = self.weighted.iter().flatten().map(|of| &of.alias);
        let checked = self.latency.iter().chain(&self.multivalue).flatten().map(|of| &of.alias);
        self.alias.iter().chain(failover).chain(weighted).chain(checked)
    }
}

/// A pair of records, of which the second counts only while the first is not healthy (R53-12).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failover {
    /// What the name stands for.
    #[schemars(transform = names("load_balancers"))]
    pub(crate) primary: String,
    /// What it stands for otherwise.
    #[schemars(transform = names("load_balancers"))]
    pub(crate) secondary: String,
    /// What says whether the primary is healthy.
    #[schemars(transform = names("health_checks"))]
    pub(crate) health_check: String,
    /// What says whether the secondary is. If neither is, the primary counts (R53-11).
    #[schemars(transform = names("health_checks").and(by_default("it counts as healthy")))]
    pub(crate) secondary_health_check: Option<String>,
}

/// A record that is answered with by weight (R53-13).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weighted {
    /// What the name stands for.
    #[schemars(transform = names("load_balancers"))]
    pub(crate) alias: String,
    /// How often, compared with the others; those of 0 count only while no other is healthy.
    #[schemars(transform = default(1_u32).within(&route53::limits::WEIGHTS).source("R53-13"))]
    pub(crate) weight: Option<Count>,
    /// What says whether it is healthy.
    #[schemars(transform = names("health_checks").and(by_default("it counts as healthy")))]
    pub(crate) health_check: Option<String>,
}

/// A record that is answered with while it is healthy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checked {
    /// What the name stands for.
    #[schemars(transform = names("load_balancers"))]
    pub(crate) alias: String,
    /// What says whether it is healthy. If no record is, all count as if they were (R53-11).
    #[schemars(transform = names("health_checks").and(by_default("it counts as healthy")))]
    pub(crate) health_check: Option<String>,
}

/// An Application Load Balancer. It has one node in the zone of each of its subnets, and its own name is a DNS name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    /// What it is called.
    pub(crate) name: String,
    /// Who can reach it.
    pub(crate) scheme: Scheme,
    /// One for each zone, at least two (ALB-30).
    #[schemars(transform = names("subnets"))]
    pub(crate) subnets: Vec<String>,
    /// The ports that it answers.
    pub(crate) listeners: Vec<Listener>,
    /// Its security groups.
    #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// A request without an answer for that long ends with 504.
    #[schemars(transform = default(load_balancer::limits::IDLE_TIMEOUT).within(&limits::IDLE_TIMEOUT_RANGE).source("ALB-24"))]
    pub(crate) idle_timeout: Option<Text<SimDuration>>,
}

/// Who can reach a load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Scheme {
    /// The internet.
    InternetFacing,
    /// The VPC alone.
    Internal,
}

/// A port and where its requests go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// The port.
    #[schemars(transform = within(&limits::PORTS))]
    pub(crate) port: Count,
    /// What is spoken there.
    pub(crate) protocol: Protocol,
    /// Where requests go.
    #[schemars(transform = names("target_groups"))]
    pub(crate) target_group: String,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Protocol {
    /// HTTP.
    Http,
    /// HTTPS.
    Https,
}

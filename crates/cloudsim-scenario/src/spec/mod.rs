//! What a file says, field by field: the types that `ron` reads. Names and units are texts still.

mod database;
mod fields;
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

/// The fields of the things in a list; none where its items are of several variants, such as faults.
pub(crate) fn fields_of_kind(kind: &str) -> &'static [&'static str] {
    use fields::fields_of;
    match kind {
        "regions" => fields_of::<Region>(),
        "zones" => fields_of::<Zone>(),
        "vpcs" => fields_of::<Vpc>(),
        "subnets" => fields_of::<Subnet>(),
        "internet_gateways" => fields_of::<InternetGateway>(),
        "nat_gateways" => fields_of::<NatGateway>(),
        "route_tables" => fields_of::<RouteTable>(),
        "security_groups" => fields_of::<SecurityGroup>(),
        "network_acls" => fields_of::<NetworkAcl>(),
        "vpc_endpoints" => fields_of::<VpcEndpoint>(),
        "dns_records" => fields_of::<DnsRecord>(),
        "load_balancers" => fields_of::<LoadBalancer>(),
        "target_groups" => fields_of::<TargetGroup>(),
        "auto_scaling_groups" => fields_of::<AutoScalingGroup>(),
        "databases" => fields_of::<Database>(),
        "endpoints" => fields_of::<Endpoint>(),
        "clients" => fields_of::<Client>(),
        "classes" => fields_of::<Class>(),
        "services" => fields_of::<Service>(),
        _ => &[],
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_every_kind_that_has_no_variants_are_known() {
        for kind in KINDS {
            let has_variants = ["traffic", "faults", "objectives"].contains(kind);
            assert_eq!(fields_of_kind(kind).contains(&"name"), !has_variants, "{kind}");
        }
        assert!(fields_of_kind("target_groups").contains(&"interval"));
    }
}

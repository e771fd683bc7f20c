//! CS0504: a fault breaks something.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::{AutoScalingGroup, Call, Fault, Subnet, Via, VpcEndpointKind};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0504",
        title: "a fault breaks something",
        page: "\
A fault of a zone, or a region, in which nothing stands, of an instance of a group that has none, or of a NAT gateway that no subnet \
leaves through, or of an endpoint that no handler calls happens, and nobody sees it: the run shows a quiet day. The same is true of a change to the route table or \
the network ACL that the subnets have already, and of other rules for a security group without members.",
        example: Example::Fields {
            wrong: r#"
                zones: [(name: "z", region: "eu-west-1")],
                faults: [ZonePowerLoss(zone: "z", at: "5m")],
            "#,
            right: r#"
                zones: [(name: "z", region: "eu-west-1")],
                faults: [ZonePowerLoss(zone: "x", at: "5m")],
            "#,
        },
    },
    needs: &[
        "auto_scaling_groups",
        "classes",
        "clusters",
        "databases",
        "images",
        "load_balancers",
        "nat_gateways",
        "network_acls",
        "nodes",
        "route_tables",
        "security_groups",
        "subnets",
        "vpc_endpoints",
        "zones",
    ],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    if cx.spec.faults.is_empty() {
        return;
    }
    let standing: BTreeSet<&str> = stand_in(cx).collect();
    let used: BTreeSet<&str> = used_gateways(cx).collect();
    let members: BTreeSet<&str> = memberships(cx).collect();
    let called: BTreeSet<&str> = called_endpoints(cx).collect();
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let found = match fault {
            Fault::ZonePowerLoss { zone, .. } => {
                let known = cx.find(Kind::Zone, zone).is_some();
                let used = standing.contains(zone.as_str());
                let why = format!("nothing stands in zone `{zone}`");
                (known && !used).then_some(("zone", why, "name a zone in which something stands"))
            }
            Fault::RegionPowerLoss { region, .. } | Fault::ControlPlaneLoss { region, .. } => {
                let known = cx.find(Kind::Region, region).is_some();
                let mut zones = cx.spec.zones.iter().filter(|zone| zone.region == *region);
                let mut images = cx.spec.images.iter().filter_map(|image| image.regions.as_ref());
                // A registry goes dark with its region, and hands out images without its control planes.
                let used = zones.any(|zone| standing.contains(zone.name.as_str()))
                    || matches!(fault, Fault::RegionPowerLoss { .. })
                        && images.any(|regions| regions.contains(region));
                let why = format!("nothing stands in region `{region}`");
                (known && !used).then_some(("region", why, "name a region in which something stands"))
            }
            Fault::InsufficientCapacity { zone, instance_type, .. } => {
                let launches = launched_in(cx, zone);
                let is_it = |kind: &&str| instance_type.as_deref().is_none_or(|only| only == *kind);
                let known = cx.find(Kind::Zone, zone).is_some();
                let kind = instance_type.as_deref().unwrap_or("instance");
                let why = format!("nobody launches any `{kind}` in zone `{zone}`");
                let hint =
                    "name a zone in which a group or a node pool has a subnet, and the type of its instances";
                (known && !launches.iter().any(is_it)).then_some(("zone", why, hint))
            }
            Fault::HostDeath { instance, .. } | Fault::ProcessDeath { instance, .. } => {
                let groups = &cx.spec.auto_scaling_groups;
                let group = groups.iter().find(|group| group.members_called() == instance);
                let empty = group.filter(|group| group.desired.0 == 0);
                let why = |group: &AutoScalingGroup| format!("group `{}` has no instances", group.name);
                empty.map(|group| ("instance", why(group), "let the group's `desired` be 1 or more"))
            }
            Fault::NatGatewayLoss { nat_gateway, .. } => {
                let known = cx.find(Kind::NatGateway, nat_gateway).is_some();
                let why = format!("no subnet leaves through `{nat_gateway}`");
                let hint = "name one that a subnet's route table leads to";
                (known && !used.contains(nat_gateway.as_str())).then_some(("nat_gateway", why, hint))
            }
            Fault::EndpointOutage { endpoint, .. } => {
                let known = cx.find(Kind::Endpoint, endpoint).is_some();
                let why = format!("no class calls `{endpoint}`");
                (known && !called.contains(endpoint.as_str())).then_some((
                    "endpoint",
                    why,
                    "name one that a handler calls",
                ))
            }
            Fault::RouteTableChange { subnets, route_table, .. } => {
                let had = |subnet: &Subnet| subnet.route_table == *route_table;
                let hint = "name another route table";
                is_idle(cx, index, subnets, had)
                    .then(|| ("route_table", they_have(subnets, route_table), hint))
            }
            Fault::NetworkAclChange { subnets, network_acl, .. } => {
                let had = |subnet: &Subnet| subnet.network_acl.as_ref() == Some(network_acl);
                let hint = "name another network ACL";
                is_idle(cx, index, subnets, had)
                    .then(|| ("network_acl", they_have(subnets, network_acl), hint))
            }
            Fault::SecurityGroupChange { security_group, rules_of, .. } => {
                let known = cx.find(Kind::SecurityGroup, security_group).is_some();
                if known && !members.contains(security_group.as_str()) {
                    let why = format!("nothing is a member of `{security_group}`");
                    Some(("security_group", why, "name a group that something is a member of"))
                } else if known && security_group == rules_of {
                    let why = format!("`{security_group}` has these rules already");
                    Some(("rules_of", why, "name another security group"))
                } else {
                    None
                }
            }
            Fault::GreyZone { .. }
            | Fault::ZonePartition { .. }
            | Fault::DatabasePrimaryCrash { .. }
            | Fault::DatabaseStandbyLoss { .. }
            | Fault::ReplicaLoss { .. }
            | Fault::BalancerNodeLoss { .. }
            | Fault::ApiServerOutage { .. } => None,
        };
        let Some((field, why, hint)) = found else { continue };
        let (name, ..) = fault.common();
        let problem = Problem::warning(rule, format!("fault `{name}` breaks nothing: {why}"));
        cx.problems.push(problem.at(cx.at("faults", index).field(field).span()).hint(hint));
    }
}

/// The instance types that groups launch in a zone.
fn launched_in<'a>(cx: &Context<'a>, zone: &str) -> Vec<&'a str> {
    let is_there = |subnet: &String| {
        cx.find(Kind::Subnet, subnet).is_some_and(|subnet| cx.spec.subnets[subnet].zone == zone)
    };
    let groups = cx.spec.auto_scaling_groups.iter().filter(|group| group.subnets.iter().any(is_there));
    let pools = cx.spec.node_pools().filter(|pool| pool.node_class.subnets.iter().any(is_there));
    let of_pools = pools.flat_map(|pool| pool.instance_types.iter().map(String::as_str));
    groups.map(|group| group.server.instance_type.as_str()).chain(of_pools).collect()
}

/// The zones in which something stands that can break.
fn stand_in<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    let spec = cx.spec;
    let groups = spec.auto_scaling_groups.iter().filter(|group| group.desired.0 > 0);
    let databases = spec.databases.iter().flat_map(|database| {
        let standby = (database.multi_az == Some(true)).then_some(&database.standby);
        let replicas = database.replicas.iter().map(|replica| &replica.subnet);
        std::iter::once(&database.primary).chain(standby).chain(replicas)
    });
    let balancers = spec.load_balancers.iter().flat_map(|balancer| &balancer.subnets);
    let gateways = spec.nat_gateways.iter().map(|gateway| &gateway.subnet);
    let pools = spec.node_pools().filter(|pool| pool.nodes.is_some_and(|nodes| nodes.0 > 0));
    let nodes = spec.nodes.iter();
    let of_nodes = nodes.clone().filter_map(|node| node.subnet.as_ref());
    let control = spec.clusters.iter().filter_map(|cluster| cluster.control_plane.as_ref());
    let control = control.flat_map(|plane| [&plane.api_servers, &plane.etcd]).flatten().flatten();
    let subnets = groups.flat_map(|group| &group.subnets).chain(databases).chain(balancers).chain(gateways);
    let subnets = subnets.chain(pools.flat_map(|pool| &pool.node_class.subnets));
    let zones = subnets.chain(of_nodes).filter_map(|name| Some(cx.subnet(name)?.zone.as_str()));
    zones.chain(nodes.filter_map(|node| node.zone.as_deref())).chain(control.map(String::as_str))
}

fn they_have(subnets: &[String], name: &str) -> String {
    match subnets {
        [subnet] => format!("subnet `{subnet}` has `{name}` already"),
        _ => format!("the subnets have `{name}` already"),
    }
}

/// Whether a fault that gives subnets something changes none of them: all had it, and no other fault takes it from them.
fn is_idle(cx: &Context<'_>, fault: usize, subnets: &[String], had: impl Fn(&Subnet) -> bool) -> bool {
    let kind = std::mem::discriminant(&cx.spec.faults[fault]);
    let others = cx.spec.faults.iter().enumerate();
    let others = others.filter(|(index, other)| *index != fault && std::mem::discriminant(*other) == kind);
    let mut changed = others.flat_map(|(_, other)| match other {
        Fault::RouteTableChange { subnets, .. } | Fault::NetworkAclChange { subnets, .. } => {
            subnets.as_slice()
        }
        _ => &[],
    });
    !subnets.is_empty()
        && subnets.iter().all(|name| cx.subnet(name).is_some_and(&had))
        && !changed.any(|subnet| subnets.contains(subnet))
}

/// The security groups that anything is, or may become, a member of.
fn memberships<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    let spec = cx.spec;
    let groups = spec.auto_scaling_groups.iter().filter(|group| group.desired.0 > 0);
    let groups = groups.map(|group| &group.security_groups);
    let balancers = spec.load_balancers.iter().map(|balancer| &balancer.security_groups);
    let databases = spec.databases.iter().flat_map(|database| {
        let replicas = database.replicas.iter().map(|replica| &replica.security_groups);
        std::iter::once(&database.security_groups).chain(replicas)
    });
    let endpoints = spec.vpc_endpoints.iter().filter_map(|endpoint| match &endpoint.kind {
        VpcEndpointKind::Interface { security_groups, .. } => Some(security_groups),
        VpcEndpointKind::Gateway { .. } => None,
    });
    let all = groups.chain(balancers).chain(databases).chain(endpoints);
    all.flatten().flatten().map(String::as_str)
}

/// The endpoints that handlers call.
fn called_endpoints<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    let handlers = cx.spec.classes.iter().flat_map(|class| &class.handlers);
    handlers.flat_map(|handler| &handler.calls).filter_map(|call| match call {
        Call::External { endpoint, .. } => Some(endpoint.as_str()),
        _ => None,
    })
}

/// The NAT gateways that a route of a subnet leads through.
fn used_gateways<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    let tables = cx.spec.subnets.iter().filter_map(|subnet| cx.route_table(&subnet.route_table));
    tables.flat_map(|table| &table.routes).filter_map(|route| match &route.via {
        Via::NatGateway(name) => Some(name.as_str()),
        Via::InternetGateway(_) | Via::Blackhole => None,
    })
}

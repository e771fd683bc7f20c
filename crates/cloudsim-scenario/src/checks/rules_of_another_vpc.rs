//! CS0111: rules belong to the VPC that they are for.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::place::At;
use crate::resolve::{Context, Kind};
use crate::spec::{Fault, Peer, VpcEndpointKind};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0111",
        title: "rules belong to the VPC that they are for",
        page: "\
Security groups, network ACLs and VPC endpoints belong to one VPC. What stands in another cannot have them, and a rule \
cannot name a group of another, since no VPC here is connected with one.",
        example: Example::Fields {
            wrong: r#"
                vpcs: [(name: "other", cidr: "10.0.0.0/16")],
                network_acls: [(name: "tight", vpc: "other")],
                set: { "subnets.data-x.network_acl": "tight" },
            "#,
            right: r#"
                network_acls: [(name: "tight", vpc: "blog")],
                set: { "subnets.data-x.network_acl": "tight" },
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let spec = cx.spec;
    for (index, subnet) in spec.subnets.iter().enumerate() {
        if let Some(acl) = &subnet.network_acl {
            let place = cx.at("subnets", index).field("network_acl").span();
            same(rule, cx, place, ("network ACL", acl, acl_vpc(cx, acl)), Some(&subnet.vpc));
        }
    }
    for (index, group) in spec.security_groups.iter().enumerate() {
        let at = cx.at("security_groups", index);
        let ingress = group.ingress.iter().map(|rule| &rule.from).enumerate();
        let ingress = ingress.map(|(number, peer)| (peer, at.field("ingress").item(number).field("from")));
        let egress = group.egress.iter().flatten().map(|rule| &rule.to).enumerate();
        let egress = egress.map(|(number, peer)| (peer, at.field("egress").item(number).field("to")));
        for (peer, place) in ingress.chain(egress) {
            if let Peer::SecurityGroup(name) = peer {
                let place = place.item(0).span();
                same(rule, cx, place, ("security group", name, group_vpc(cx, name)), Some(&group.vpc));
            }
        }
    }
    for (index, balancer) in spec.load_balancers.iter().enumerate() {
        let at = cx.at("load_balancers", index);
        members(rule, cx, at, balancer.security_groups.as_deref(), balancer.subnets.first());
    }
    for (index, group) in spec.auto_scaling_groups.iter().enumerate() {
        let at = cx.at("auto_scaling_groups", index);
        members(rule, cx, at, group.security_groups.as_deref(), group.subnets.first());
    }
    for (pool, at) in cx.node_pools() {
        let class = &pool.node_class;
        let place = at.field("node_class");
        members(rule, cx, place, class.security_groups.as_deref(), class.subnets.first());
    }
    for (index, database) in spec.databases.iter().enumerate() {
        let at = cx.at("databases", index);
        members(rule, cx, at, database.security_groups.as_deref(), Some(&database.primary));
        for (number, replica) in database.replicas.iter().enumerate() {
            let at = at.field("replicas").item(number);
            members(rule, cx, at, replica.security_groups.as_deref(), Some(&replica.subnet));
        }
        for (number, backup) in database.backups.iter().enumerate() {
            let at = at.field("backups").item(number);
            members(rule, cx, at, backup.security_groups.as_deref(), Some(&backup.subnet));
        }
    }
    for (index, endpoint) in spec.vpc_endpoints.iter().enumerate() {
        let at = cx.at("vpc_endpoints", index).field("kind");
        match &endpoint.kind {
            VpcEndpointKind::Gateway { route_tables } => {
                for (number, name) in route_tables.iter().enumerate() {
                    let vpc = cx.route_table(name).map(|table| table.vpc.as_str());
                    let place = at.field("route_tables").item(number).span();
                    same(rule, cx, place, ("route table", name, vpc), Some(&endpoint.vpc));
                }
            }
            VpcEndpointKind::Interface { subnets, security_groups } => {
                for (number, name) in subnets.iter().enumerate() {
                    let vpc = cx.subnet(name).map(|subnet| subnet.vpc.as_str());
                    let place = at.field("subnets").item(number).span();
                    same(rule, cx, place, ("subnet", name, vpc), Some(&endpoint.vpc));
                }
                members(rule, cx, at, security_groups.as_deref(), subnets.first());
            }
        }
    }
    for (index, fault) in spec.faults.iter().enumerate() {
        let at = cx.at("faults", index);
        let (what, field, name, vpc, subnets) = match fault {
            Fault::RouteTableChange { route_table, subnets, .. } => {
                let vpc = cx.route_table(route_table).map(|table| table.vpc.as_str());
                ("route table", "route_table", route_table, vpc, subnets)
            }
            Fault::NetworkAclChange { network_acl, subnets, .. } => {
                ("network ACL", "network_acl", network_acl, acl_vpc(cx, network_acl), subnets)
            }
            _ => continue,
        };
        for subnet in subnets {
            let of = cx.subnet(subnet).map(|subnet| subnet.vpc.as_str());
            same(rule, cx, at.field(field).span(), (what, name, vpc), of);
        }
    }
}

fn acl_vpc<'a>(cx: &Context<'a>, name: &str) -> Option<&'a str> {
    cx.find(Kind::NetworkAcl, name).map(|index| cx.spec.network_acls[index].vpc.as_str())
}

fn group_vpc<'a>(cx: &Context<'a>, name: &str) -> Option<&'a str> {
    cx.find(Kind::SecurityGroup, name).map(|index| cx.spec.security_groups[index].vpc.as_str())
}

/// The groups of what stands in a subnet.
fn members(
    rule: &'static Rule,
    cx: &mut Context<'_>,
    at: At<'_>,
    groups: Option<&[String]>,
    subnet: Option<&String>,
) {
    let of = subnet.and_then(|subnet| cx.subnet(subnet)).map(|subnet| subnet.vpc.as_str());
    for (number, name) in groups.unwrap_or_default().iter().enumerate() {
        let place = at.field("security_groups").item(number).span();
        same(rule, cx, place, ("security group", name, group_vpc(cx, name)), of);
    }
}

fn same(
    rule: &'static Rule,
    cx: &mut Context<'_>,
    place: Span,
    (what, name, vpc): (&str, &str, Option<&str>),
    of: Option<&str>,
) {
    let known = |vpc: &&str| cx.find(Kind::Vpc, vpc).is_some();
    if let (Some(vpc), Some(of)) = (vpc.filter(known), of.filter(known))
        && vpc != of
    {
        let message = format!("{what} `{name}` is of VPC `{vpc}`, not `{of}`");
        cx.problems.push(Problem::error(rule, message).at(place));
    }
}

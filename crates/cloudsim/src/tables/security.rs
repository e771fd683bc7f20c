//! What lets packets pass or leads them past the internet: security groups, network ACLs, VPC endpoints.

use super::Content::{Count, List, Text};
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::vpc::{
    AclRule, Action, Peer, PortRange, Protocol, SecurityRule, VpcEndpointKind,
};
use cloudsim_scenario::plan::Plan;
use cloudsim_world::{NetworkAclId, SecurityGroupId, SubnetId};

pub(super) const SECURITY_GROUPS: [Column; 5] = [
    always("name", Text),
    always("vpc", Text),
    always("ingress", List),
    always("egress", List),
    wide("rules_of", Text),
];

/// The rules are those that hold now: a fault may have put those of another group in their place.
pub(super) fn security_groups(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.security_groups.iter().enumerate().map(|(index, group)| {
        let rules = paused.cloud.network.rules(SecurityGroupId::from_index(index));
        let written = |rules: &[SecurityRule]| -> Vec<String> {
            rules.iter().map(|rule| security_rule(plan, rule)).collect()
        };
        [
            Cell::from(&group.name),
            (&plan.vpcs[group.vpc.index()].name).into(),
            written(&rules.ingress).into(),
            written(&rules.egress).into(),
            (&rules.name).into(),
        ]
    });
    Table::new(SECURITY_GROUPS, rows)
}

pub(super) const NETWORK_ACLS: [Column; 5] = [
    always("name", Text),
    always("vpc", Text),
    always("subnets", List),
    wide("ingress", List),
    wide("egress", List),
];

pub(super) fn network_acls(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.network_acls.iter().enumerate().map(|(index, acl)| {
        let id = NetworkAclId::from_index(index);
        let held = |number: usize| paused.cloud.network.network_acl(SubnetId::from_index(number)) == Some(id);
        let subnets = plan.subnets.iter().enumerate().filter(|(number, _)| held(*number));
        [
            Cell::from(&acl.name),
            (&plan.vpcs[acl.vpc.index()].name).into(),
            subnets.map(|(_, subnet)| subnet.name.clone()).collect::<Vec<_>>().into(),
            acl.ingress.iter().map(acl_rule).collect::<Vec<_>>().into(),
            acl.egress.iter().map(acl_rule).collect::<Vec<_>>().into(),
        ]
    });
    Table::new(NETWORK_ACLS, rows)
}

pub(super) const VPC_ENDPOINTS: [Column; 6] = [
    always("name", Text),
    always("vpc", Text),
    always("type", Text),
    always("leads_to", Text),
    always("reached_by", List),
    wide("bytes", Count),
];

pub(super) fn vpc_endpoints(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.vpc_endpoints.iter().enumerate().map(|(index, endpoint)| {
        let (kind, by): (_, Vec<String>) = match &endpoint.kind {
            VpcEndpointKind::Gateway { route_tables } => {
                let tables = route_tables.iter().map(|table| plan.route_tables[table.index()].name.clone());
                ("Gateway", tables.collect())
            }
            VpcEndpointKind::Interface { subnets, .. } => {
                let subnets = subnets.iter().map(|subnet| plan.subnets[subnet.index()].name.clone());
                ("Interface", subnets.collect())
            }
        };
        [
            Cell::from(&endpoint.name),
            (&plan.vpcs[endpoint.vpc.index()].name).into(),
            kind.into(),
            (&plan.endpoints[endpoint.endpoint.index()].name).into(),
            by.into(),
            paused.cloud.usage.vpc_endpoint_bytes[index].into(),
        ]
    });
    Table::new(VPC_ENDPOINTS, rows)
}

/// As `tcp:443:0.0.0.0/0`.
fn security_rule(plan: &Plan, rule: &SecurityRule) -> String {
    let peer = match rule.peer {
        Peer::Cidr(cidr) => cidr.to_string(),
        Peer::Group(group) => plan.security_groups[group.index()].name.clone(),
    };
    format!("{}:{peer}", what(rule.protocol, rule.ports))
}

/// As `100:Allow:tcp:443:0.0.0.0/0`.
fn acl_rule(rule: &AclRule) -> String {
    let action = match rule.action {
        Action::Allow => "Allow",
        Action::Deny => "Deny",
    };
    format!("{}:{action}:{}:{}", rule.number, what(rule.protocol, rule.ports), rule.cidr)
}

fn what(protocol: Protocol, ports: PortRange) -> String {
    match protocol {
        Protocol::All => "all".to_owned(),
        Protocol::Tcp => format!("tcp:{ports}"),
        Protocol::Udp => format!("udp:{ports}"),
    }
}

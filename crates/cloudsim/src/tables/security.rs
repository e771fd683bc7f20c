//! What lets packets pass or leads them past the internet: security groups, network ACLs, VPC endpoints.

use super::{Cell, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::vpc::{
    AclRule, Action, Peer, PortRange, Protocol, SecurityRule, VpcEndpointKind,
};
use cloudsim_scenario::plan::Plan;
use cloudsim_world::{NetworkAclId, SecurityGroupId, SubnetId};

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
    let columns = [always("name"), always("vpc"), always("ingress"), always("egress"), wide("rules_of")];
    Table::new(columns, rows)
}

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
    let columns = [always("name"), always("vpc"), always("subnets"), wide("ingress"), wide("egress")];
    Table::new(columns, rows)
}

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
    let columns = [
        always("name"),
        always("vpc"),
        always("type"),
        always("leads_to"),
        always("reached_by"),
        wide("bytes"),
    ];
    Table::new(columns, rows)
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

//! Security groups, network ACLs, VPC endpoints.

use super::network::subnet_list;
use super::{Context, Kind};
use crate::diagnostics::codes;
use crate::limits;
use crate::place::At;
use crate::spec::{self, RuleProtocol, Text};
use cloudsim_aws::services::vpc::limits as aws;
use cloudsim_aws::services::vpc::{
    AclRule, Action, NetworkAclSpec, Peer, PortRange, Protocol, SecurityGroupSpec, SecurityRule,
    VpcEndpointKind, VpcEndpointSpec,
};
use cloudsim_world::{EndpointId, RouteTableId, SecurityGroupId, VpcId};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// A rule of a security group as a file has it: protocol, ports, peer.
type FileRule<'a> = (Option<RuleProtocol>, Option<&'a Text<PortRange>>, &'a spec::Peer);

/// What a new security group lets out: everything.
///
/// Source: NET-14, Amazon VPC User Guide, "Security groups".
const EGRESS: SecurityRule =
    SecurityRule { protocol: Protocol::All, ports: PortRange::ALL, peer: Peer::Cidr(EVERYWHERE) };

const EVERYWHERE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);

pub(super) fn all_security_groups(cx: &mut Context<'_>) -> Vec<SecurityGroupSpec> {
    let mut groups = Vec::new();
    for (index, group) in cx.spec.security_groups.iter().enumerate() {
        let at = cx.at("security_groups", index);
        let ingress = group.ingress.iter().map(|rule| (rule.protocol, rule.ports.as_ref(), &rule.from));
        let ingress = security_rules(cx, at.field("ingress"), "from", ingress.collect());
        let egress = group.egress.as_ref().map(|rules| {
            let rules = rules.iter().map(|rule| (rule.protocol, rule.ports.as_ref(), &rule.to));
            security_rules(cx, at.field("egress"), "to", rules.collect())
        });
        groups.push(SecurityGroupSpec {
            name: cx.name(at, &group.name),
            vpc: VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &group.vpc)),
            ingress,
            egress: egress.unwrap_or_else(|| vec![EGRESS]),
        });
    }
    groups
}

fn security_rules(
    cx: &mut Context<'_>,
    at: At<'_>,
    peer_field: &str,
    rules: Vec<FileRule<'_>>,
) -> Vec<SecurityRule> {
    at_most(cx, at, rules.len(), aws::SECURITY_RULES_MAX, "rules");
    let mut resolved = Vec::new();
    for (index, (protocol, ports, peer)) in rules.into_iter().enumerate() {
        let at = at.item(index);
        let place = at.field(peer_field).item(0);
        let peer = match peer {
            spec::Peer::Cidr(range) => Peer::Cidr(cx.value(place, range)),
            spec::Peer::SecurityGroup(name) => Peer::Group(SecurityGroupId::from_index(cx.reference(
                place.span(),
                Kind::SecurityGroup,
                name,
            ))),
        };
        resolved.push(SecurityRule {
            protocol: protocol_of(protocol),
            ports: cx.value_or(at, "ports", ports, PortRange::ALL),
            peer,
        });
    }
    resolved
}

pub(super) fn network_acls(cx: &mut Context<'_>) -> Vec<NetworkAclSpec> {
    let mut acls = Vec::new();
    for (index, acl) in cx.spec.network_acls.iter().enumerate() {
        let at = cx.at("network_acls", index);
        acls.push(NetworkAclSpec {
            name: cx.name(at, &acl.name),
            vpc: VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &acl.vpc)),
            ingress: acl_rules(cx, at.field("ingress"), &acl.ingress),
            egress: acl_rules(cx, at.field("egress"), &acl.egress),
        });
    }
    acls
}

/// The rules by number. Two of one number were told.
fn acl_rules(cx: &mut Context<'_>, at: At<'_>, rules: &[spec::AclRule]) -> Vec<AclRule> {
    at_most(cx, at, rules.len(), aws::ACL_RULES_MAX, "rules");
    let mut resolved: Vec<AclRule> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let at = at.item(index);
        let number = cx.count(at.field("rule"), rule.rule, &limits::ACL_NUMBERS);
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        resolved.push(AclRule {
            number,
            action: match rule.action {
                spec::AclAction::Allow => Action::Allow,
                spec::AclAction::Deny => Action::Deny,
            },
            protocol: protocol_of(rule.protocol),
            ports: cx.value_or(at, "ports", rule.ports.as_ref(), PortRange::ALL),
            cidr: cx.value(at.field("cidr"), &rule.cidr),
        });
    }
    resolved.sort_by_key(|rule| rule.number);
    resolved
}

pub(super) fn vpc_endpoints(cx: &mut Context<'_>) -> Vec<VpcEndpointSpec> {
    let mut endpoints = Vec::new();
    for (index, endpoint) in cx.spec.vpc_endpoints.iter().enumerate() {
        let at = cx.at("vpc_endpoints", index);
        let target = cx.reference(at.field("endpoint").span(), Kind::Endpoint, &endpoint.endpoint);
        let address = cx.spec.endpoints.get(target).and_then(|endpoint| endpoint.address.read().ok());
        let kind = match &endpoint.kind {
            spec::VpcEndpointKind::Gateway { route_tables } => {
                let list = at.field("kind").field("route_tables");
                let tables = route_tables.iter().enumerate().map(|(index, name)| {
                    let table = cx.reference(list.item(index).span(), Kind::RouteTable, name);
                    RouteTableId::from_index(table)
                });
                VpcEndpointKind::Gateway { route_tables: tables.collect() }
            }
            spec::VpcEndpointKind::Interface { subnets, security_groups: groups } => {
                let at = at.field("kind");
                VpcEndpointKind::Interface {
                    subnets: subnet_list(cx, at, subnets),
                    security_groups: security_groups(cx, at, groups.as_deref()),
                }
            }
        };
        endpoints.push(VpcEndpointSpec {
            name: cx.name(at, &endpoint.name),
            vpc: VpcId::from_index(cx.reference(at.field("vpc").span(), Kind::Vpc, &endpoint.vpc)),
            endpoint: EndpointId::from_index(target),
            to: Ipv4Net::from(address.unwrap_or(Ipv4Addr::UNSPECIFIED)),
            kind,
        });
    }
    endpoints
}

/// The groups that a field `security_groups` names.
pub(super) fn security_groups(
    cx: &mut Context<'_>,
    at: At<'_>,
    names: Option<&[String]>,
) -> Option<Vec<SecurityGroupId>> {
    let list = at.field("security_groups");
    let names = names?;
    at_most(cx, list, names.len(), aws::GROUPS_PER_INTERFACE_MAX, "security groups");
    let groups = names.iter().enumerate().map(|(index, name)| {
        SecurityGroupId::from_index(cx.reference(list.item(index).span(), Kind::SecurityGroup, name))
    });
    Some(groups.collect())
}

fn at_most(cx: &mut Context<'_>, at: At<'_>, count: usize, most: usize, what: &str) {
    if count > most {
        cx.error(&codes::RANGE, at.span(), format!("{count} {what} are more than AWS takes")).hint =
            Some(format!("its quota is {most}"));
    }
}

fn protocol_of(protocol: Option<RuleProtocol>) -> Protocol {
    match protocol {
        None | Some(RuleProtocol::Tcp) => Protocol::Tcp,
        Some(RuleProtocol::All) => Protocol::All,
        Some(RuleProtocol::Udp) => Protocol::Udp,
    }
}

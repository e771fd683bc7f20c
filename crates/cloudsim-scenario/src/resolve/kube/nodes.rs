//! Nodes, and groups of them.

use super::{cluster_of, malformed};
use crate::diagnostics::{Span, codes};
use crate::place::At;
use crate::resolve::{Context, Kind};
use crate::spec;
use crate::spec::{Amount, NodeOfGroup, Taint};
use cloudsim_aws::services::ec2_instance::types::instance_type;
use cloudsim_kube::objects::Node;
use cloudsim_kube::spec::{ClusterSpec, NodeGroupSpec, NodeSpec};
use cloudsim_kube::{Minor, NodeInfo, eks, limits as kube};
use cloudsim_world::{AutoScalingGroupId, SubnetId, ZoneId};
use ipnet::Ipv4Net;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

pub(super) fn nodes(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, node) in cx.spec.nodes.iter().enumerate() {
        let at = cx.at("nodes", index);
        let cluster = cluster_of(cx, at, node.cluster.as_ref());
        let name = cx.name(at, &node.name);
        let subnet = node
            .subnet
            .as_ref()
            .map(|name| SubnetId::from_index(cx.reference(at.field("subnet").span(), Kind::Subnet, name)));
        let of_subnet = node.subnet.as_ref().and_then(|name| {
            let index = cx.find(Kind::Subnet, name)?;
            cx.find(Kind::Zone, &cx.spec.subnets[index].zone).map(ZoneId::from_index)
        });
        let own = node
            .zone
            .as_ref()
            .map(|name| ZoneId::from_index(cx.reference(at.field("zone").span(), Kind::Zone, name)));
        if let (Some(zone), Some(own_name), Some(other)) = (own, &node.zone, of_subnet)
            && cx.find(Kind::Zone, own_name).is_some()
            && zone != other
        {
            let (subnet, zone) =
                (node.subnet.as_deref().unwrap_or_default(), &cx.spec.zones[other.index()].name);
            cx.error(
                &codes::RANGE,
                at.field("zone").span(),
                format!("subnet `{subnet}` is in zone `{zone}`"),
            )
            .hint = Some("leave `zone` out, or take a subnet of that zone".into());
        }
        let zone = own.or(of_subnet);
        let mut labels = node.labels.clone();
        let kind = node.instance_type.as_deref();
        let place = zone.and_then(|zone| cx.spec.zones.get(zone.index()));
        let place = place.map(|zone| (zone.region.as_str(), zone.name.as_str()));
        for (key, value) in eks::labels(&name, kind, place) {
            labels.entry(key.to_owned()).or_insert(value);
        }
        let room = Room { at, allocatable: node.allocatable.as_ref(), instance_type: kind };
        let read = room.node(cx, &name, labels, &node.taints, node.unschedulable);
        let (Some(cluster), Some(read)) = (cluster, read) else { continue };
        let range = node.info.as_ref().and_then(|info| info.pod_cidr.as_ref());
        let range = range.map(|range| cx.value(at.field("info").field("pod_cidr"), range));
        let pod_cidr = range.unwrap_or_else(|| kube::pod_cidr(index));
        let own = subnet.is_none().then(|| kube::node_address(index));
        let info = info(node.info.as_ref(), clusters[cluster].version, kind, (own, pod_cidr));
        clusters[cluster].nodes.push(NodeSpec {
            name,
            info,
            zone,
            subnet,
            instance_type: node.instance_type.clone(),
            node: read,
            ready: node.ready.unwrap_or(true),
        });
    }
}

/// What a node says of itself: all of it as EKS has it, unless it says something.
fn info(
    own: Option<&spec::NodeInfo>,
    version: Minor,
    kind: Option<&str>,
    (address, pod_cidr): (Option<Ipv4Addr>, Ipv4Net),
) -> NodeInfo {
    let pod_cidr = Some(pod_cidr);
    let Some(own) = own else {
        let internal_ip = address.map(|address| address.to_string().into());
        return NodeInfo { internal_ip, pod_cidr, ..eks::node_info(version, kind) };
    };
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().into();
    let address = |text: &Option<String>| text.as_deref().map(Into::into);
    NodeInfo {
        kubelet_version: text(&own.kubelet_version),
        os_image: text(&own.os_image),
        kernel_version: text(&own.kernel_version),
        container_runtime_version: text(&own.container_runtime_version),
        internal_ip: address(&own.internal_ip),
        external_ip: address(&own.external_ip),
        pod_cidr,
    }
}

/// What a node can give to pods, and where that is said.
pub(in crate::resolve) struct Room<'a> {
    pub(in crate::resolve) at: At<'a>,
    pub(in crate::resolve) allocatable: Option<&'a BTreeMap<String, Amount>>,
    pub(in crate::resolve) instance_type: Option<&'a str>,
}

impl Room<'_> {
    /// The node as the scheduler sees it.
    pub(in crate::resolve) fn node(
        &self,
        cx: &mut Context<'_>,
        name: &str,
        labels: BTreeMap<String, String>,
        taints: &[Taint],
        unschedulable: Option<bool>,
    ) -> Option<Node> {
        let known = self.instance_type.and_then(instance_type);
        let most = known.map_or(kube::MAX_PODS, |known| known.pods_max);
        let allocatable = self.allocatable.map(|given| {
            let mut amounts: BTreeMap<String, Quantity> =
                given.iter().map(|(name, amount)| (name.clone(), Quantity(amount.0.clone()))).collect();
            amounts.entry("pods".to_owned()).or_insert_with(|| Quantity(most.to_string()));
            amounts
        });
        let taints = taints.iter().map(|taint| core::Taint {
            key: taint.key.clone(),
            value: taint.value.clone(),
            effect: taint.effect.clone(),
            time_added: None,
        });
        let read = Node::read(&core::Node {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                labels: Some(labels),
                ..ObjectMeta::default()
            },
            spec: Some(core::NodeSpec {
                taints: Some(taints.collect()),
                unschedulable,
                ..core::NodeSpec::default()
            }),
            status: Some(core::NodeStatus { allocatable, ..core::NodeStatus::default() }),
        });
        let mut node = match read {
            Ok(node) => node,
            Err(mut error) => {
                // What is below other fields in the API stands beside the name here.
                for parent in ["metadata.", "spec.", "status."] {
                    if let Some(own) = error.field.strip_prefix(parent) {
                        error.field = own.to_owned();
                    }
                }
                if error.field != "name" {
                    malformed(cx, Some(self.at.node()), self.at, &error);
                }
                return None;
            }
        };
        if self.allocatable.is_none() {
            let Some(known) = known else {
                self.unknown_room(cx, name);
                return None;
            };
            node.allocatable = eks::allocatable(known.vcpus, known.memory, known.pods_max);
            node.pods_max = known.pods_max.into();
        }
        Some(node)
    }

    /// Says that nobody knows what the node can give.
    fn unknown_room(&self, cx: &mut Context<'_>, name: &str) {
        let unread = ["nodes", "auto_scaling_groups"].iter().any(|list| cx.incomplete.contains(list));
        if self.instance_type.is_none() && unread {
            return;
        }
        let types = cloudsim_aws::services::ec2_instance::types::known_types();
        let (message, hint) = match self.instance_type {
            Some(kind) => {
                let near = crate::diagnostics::nearest(kind, types);
                let near = near.map(|near| format!("did you mean `{near}`? Else ")).unwrap_or_default();
                (format!("`{name}` needs `allocatable`: what `{kind}` has is not known"), near)
            }
            None => (format!("`{name}` lacks `allocatable`"), "name an `instance_type`, or ".to_owned()),
        };
        let hint = format!("{hint}write `allocatable: {{ \"cpu\": \"3920m\", \"memory\": \"14Gi\" }}`");
        cx.error(&codes::MISSING_FIELD, self.at.span(), message).hint = Some(hint);
    }
}

pub(super) fn node_groups(cx: &mut Context<'_>, clusters: &mut [ClusterSpec]) {
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let Some(node) = &group.node else { continue };
        let whole = cx.at("auto_scaling_groups", index);
        let at = whole.field("node");
        let cluster = cluster_of(cx, at, node.cluster.as_ref());
        serves_nothing(cx, whole, group);
        let NodeOfGroup { labels: own, taints, allocatable, join, .. } = node;
        let kind = Some(group.server.instance_type.as_str());
        let read = Room { at, allocatable: allocatable.as_ref(), instance_type: kind }.node(
            cx,
            &group.name,
            own.clone(),
            taints,
            None,
        );
        let join = cx.distribution_or(at, "join", join.as_ref(), cx.assumed.kube.join);
        let (Some(cluster), Some(read)) = (cluster, read) else { continue };
        let name = format!("template-node-for-{}", group.name);
        let mut template = Node { name: name.as_str().into(), ..read.clone() };
        let zone = group.subnets.first().and_then(|name| {
            let index = cx.find(Kind::Subnet, name)?;
            cx.spec.zones.get(cx.find(Kind::Zone, &cx.spec.subnets[index].zone)?)
        });
        let place = zone.map(|zone| (zone.region.as_str(), zone.name.as_str()));
        for (key, value) in eks::labels(&name, kind, place) {
            template.labels.entry(key.into()).or_insert_with(|| value.into());
        }
        let desired = group.desired.0;
        let bound = |count: Option<spec::Count>| count.map_or(desired, |count| count.0);
        clusters[cluster].node_groups.push(NodeGroupSpec {
            group: AutoScalingGroupId::from_index(index),
            name: group.name.clone(),
            min: u32::try_from(bound(group.min)).unwrap_or(u32::MAX),
            max: u32::try_from(bound(group.max)).unwrap_or(u32::MAX),
            template,
            labels: read.labels,
            taints: read.taints,
            allocatable: read.allocatable,
            pods_max: read.pods_max,
            join,
        });
    }
}

/// Requests reach the pods of a node, never the node itself.
fn serves_nothing(cx: &mut Context<'_>, at: At<'_>, group: &spec::AutoScalingGroup) {
    if !group.target_groups.is_empty() {
        let message = format!("the instances of `{}` are nodes: requests reach their pods", group.name);
        cx.error(&codes::RANGE, at.field("target_groups").span(), message).hint =
            Some("name the target groups at the service of Kubernetes that chooses the pods".into());
    } else if group.health_check == Some(spec::HealthCheck::Elb) {
        let message = format!("the instances of `{}` are in no target group", group.name);
        cx.error(&codes::RANGE, at.field("health_check").span(), message).hint =
            Some("take `Ec2`, or leave the field out".into());
    }
}

/// What the nodes of a cluster are called.
pub(super) struct NodeNames {
    own: BTreeSet<String>,
    /// Of each group what its members are called, and how many there are at the start.
    members: BTreeMap<String, u64>,
}

impl NodeNames {
    /// As the scenario has them, whatever else is wrong with them.
    pub(super) fn of(cx: &Context<'_>, cluster: usize) -> NodeNames {
        let is_here = |name: Option<&String>| match name {
            Some(name) => cx.find(Kind::Cluster, name).is_none_or(|index| index == cluster),
            None => cluster == 0,
        };
        let nodes = cx.spec.nodes.iter().filter(|node| is_here(node.cluster.as_ref()));
        let groups = cx
            .spec
            .auto_scaling_groups
            .iter()
            .filter(|group| group.node.as_ref().is_some_and(|node| is_here(node.cluster.as_ref())));
        let pools = cx.spec.clusters.get(cluster).into_iter().flat_map(spec::Cluster::node_pools);
        NodeNames {
            own: nodes.map(|node| node.name.clone()).collect(),
            members: groups
                .map(|group| (group.members_called().to_owned(), group.desired.0))
                .chain(pools.map(|pool| (pool.name.clone(), pool.nodes.map_or(0, |count| count.0))))
                .collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        let is_member = || {
            let (member, number) = name.rsplit_once('-')?;
            let number: u64 =
                number.parse().ok().filter(|number: &u64| number.to_string() == name[member.len() + 1..])?;
            Some((1..=*self.members.get(member)?).contains(&number))
        };
        self.own.contains(name) || is_member() == Some(true)
    }
}

/// Says that a node is not there. `place` is asked for only then.
pub(super) fn node_there(cx: &mut Context<'_>, names: &NodeNames, name: &str, place: impl FnOnce() -> Span) {
    let unclear = |list| cx.has_unread(list) || cx.has_twins(list);
    if names.has(name) || unclear("nodes") || unclear("auto_scaling_groups") {
        return;
    }
    let known = names.own.iter().chain(names.members.keys()).map(String::as_str);
    let hint = cx.nearest(name, known, "node");
    cx.error(&codes::UNKNOWN_NAME, place(), format!("no node `{name}`")).hint = hint;
}

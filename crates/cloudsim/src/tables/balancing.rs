//! Names, load balancers, their nodes, and what those think of the targets.

use super::Content::{Count, Flag, List, Seconds, Text, Words};
use super::network::zone_name;
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::load_balancer::Scheme;
use cloudsim_aws::services::target_group::{Algorithm, NodeSlot, ServerSlot};
use cloudsim_records::TargetHealth;
use cloudsim_world::{HealthCheckId, LoadBalancerId, TargetGroupId};

pub(super) const DNS_RECORDS: [Column; 4] =
    [always("name", Text), always("alias", Text), always("ttl_s", Seconds), always("listed", List)];

pub(super) fn dns_records(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.dns_names.iter().enumerate().map(|(index, name)| {
        let served = paused.cloud.dns.served(index).map(|record| name.records[record].alias);
        let served: Vec<LoadBalancerId> = served.collect();
        let aliases: Vec<&str> =
            served.iter().map(|alias| plan.load_balancers[alias.index()].name.as_str()).collect();
        let listed: Vec<_> = served.iter().flat_map(|alias| listed(paused, *alias)).collect();
        [Cell::from(&name.name), aliases.join(", ").into(), name.ttl.into(), listed.into()]
    });
    Table::new(DNS_RECORDS, rows)
}

pub(super) const HEALTH_CHECKS: [Column; 7] = [
    always("name", Text),
    always("target", Text),
    always("port", Count),
    always("healthy", Flag),
    always("checkers", Count),
    wide("interval_s", Seconds),
    wide("failure_threshold", Count),
];

/// `checkers` are those that think well of the target.
pub(super) fn health_checks(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.health_checks.iter().enumerate().filter_map(|(index, spec)| {
        let (id, checks) = (HealthCheckId::from_index(index), &paused.cloud.dns.checks);
        let asks = spec.endpoint()?;
        Some([
            Cell::from(&spec.name),
            (&plan.load_balancers[asks.target.index()].name).into(),
            asks.port.into(),
            checks.is_healthy(id).into(),
            checks.votes(id).into(),
            asks.interval.into(),
            asks.failure_threshold.into(),
        ])
    });
    Table::new(HEALTH_CHECKS, rows)
}

pub(super) const ROUTING_CONTROLS: [Column; 2] = [always("name", Text), always("on", Flag)];

pub(super) fn routing_controls(paused: &Paused) -> Table {
    let rows = paused.plan().health_checks.iter().enumerate().filter(|(_, spec)| spec.endpoint().is_none());
    let checks = &paused.cloud.dns.checks;
    let rows = rows.map(|(index, spec)| {
        [Cell::from(&spec.name), checks.is_healthy(HealthCheckId::from_index(index)).into()]
    });
    Table::new(ROUTING_CONTROLS, rows)
}

pub(super) const LOAD_BALANCERS: [Column; 7] = [
    always("name", Text),
    always("scheme", Text),
    always("nodes", Count),
    always("up", Count),
    always("listed", List),
    wide("listeners", Words),
    wide("idle_timeout_s", Seconds),
];

pub(super) fn load_balancers(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.load_balancers.iter().enumerate().map(|(index, spec)| {
        let id = LoadBalancerId::from_index(index);
        let up = nodes(paused, id).filter(|node| paused.cloud.balancers.node(*node).is_up()).count();
        let listeners = spec.listeners.iter().map(|listener| {
            let group = &plan.target_groups[listener.target_group.index()];
            (listener.port.to_string(), Cell::from(&group.name))
        });
        let scheme = match spec.scheme {
            Scheme::InternetFacing => "InternetFacing",
            Scheme::Internal => "Internal",
        };
        [
            Cell::from(&spec.name),
            scheme.into(),
            nodes(paused, id).count().into(),
            up.into(),
            listed(paused, id).into(),
            listeners.collect::<Vec<_>>().into(),
            spec.idle_timeout.into(),
        ]
    });
    Table::new(LOAD_BALANCERS, rows)
}

pub(super) const BALANCER_NODES: [Column; 6] = [
    always("name", Text),
    always("state", Text),
    always("zone", Text),
    always("listed", Flag),
    always("healthy", Words),
    wide("address", Text),
];

pub(super) fn balancer_nodes(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = paused.cloud.balancers.slots().map(|slot| {
        let node = paused.cloud.balancers.node(slot);
        let state = match (node.is_powered(), node.is_up()) {
            (false, _) => "Off",
            (true, false) => "Probing",
            (true, true) => "Up",
        };
        let healthy = node.views.iter().map(|view| {
            let healthy = view.probers.iter().filter(|(server, _)| {
                opinion(paused, slot, view.group, *server) == Some(TargetHealth::Healthy)
            });
            let group = &plan.target_groups[view.group.index()].name;
            (group.clone(), Cell::from(format!("{}/{}", healthy.count(), view.probers.len())))
        });
        [
            Cell::from(paused.name_of(node.entity)),
            state.into(),
            zone_name(plan, node.zone).into(),
            node.is_listed().into(),
            healthy.collect::<Vec<_>>().into(),
            paused.address(paused.cloud.interfaces.nodes[slot.0 as usize]).into(),
        ]
    });
    Table::new(BALANCER_NODES, rows)
}

pub(super) const TARGET_GROUPS: [Column; 10] = [
    always("name", Text),
    always("port", Count),
    always("targets", Count),
    always("healthy", Count),
    wide("interval_s", Seconds),
    wide("timeout_s", Seconds),
    wide("unhealthy_threshold", Count),
    wide("healthy_threshold", Count),
    wide("algorithm", Text),
    wide("cross_zone", Flag),
];

pub(super) fn target_groups(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.target_groups.iter().enumerate().map(|(index, spec)| {
        let group = TargetGroupId::from_index(index);
        let targets = targets_of(paused, group);
        // A target counts if every node that has power would send to it.
        let healthy = targets.iter().filter(|target| {
            let opinions: Vec<TargetHealth> = paused
                .cloud
                .balancers
                .slots()
                .filter_map(|node| opinion(paused, node, group, **target))
                .collect();
            !opinions.is_empty() && opinions.iter().all(|health| *health == TargetHealth::Healthy)
        });
        let algorithm = match spec.algorithm {
            Algorithm::RoundRobin => "RoundRobin",
            Algorithm::LeastOutstandingRequests => "LeastOutstandingRequests",
        };
        [
            Cell::from(&spec.name),
            spec.port.into(),
            targets.len().into(),
            healthy.count().into(),
            spec.interval.into(),
            spec.timeout.into(),
            spec.unhealthy_threshold.into(),
            spec.healthy_threshold.into(),
            algorithm.into(),
            spec.cross_zone.into(),
        ]
    });
    Table::new(TARGET_GROUPS, rows)
}

pub(super) const TARGETS: [Column; 5] = [
    always("name", Text),
    always("group", Text),
    always("zone", Text),
    wide("balancer", Text),
    always("health_by_node", Words),
];

/// A row for each target and load balancer that sends to it: every node has an opinion of its own.
pub(super) fn targets(paused: &Paused) -> Table {
    let plan = paused.plan();
    let mut rows = Vec::new();
    for (index, spec) in plan.target_groups.iter().enumerate() {
        let group = TargetGroupId::from_index(index);
        for target in targets_of(paused, group) {
            for (balancer, balancer_spec) in plan.load_balancers.iter().enumerate() {
                if !balancer_spec.target_groups().contains(&group) {
                    continue;
                }
                let health = nodes(paused, LoadBalancerId::from_index(balancer)).map(|node| {
                    let zone = zone_name(plan, paused.cloud.balancers.node(node).zone).to_owned();
                    let health = opinion(paused, node, group, target).map_or("Unknown", TargetHealth::word);
                    (zone, Cell::from(health))
                });
                let server = paused.cloud.fleet.get(target);
                rows.push([
                    Cell::from(paused.name_of(server.entity)),
                    (&spec.name).into(),
                    zone_name(plan, server.zone).into(),
                    (&balancer_spec.name).into(),
                    health.collect::<Vec<_>>().into(),
                ]);
            }
        }
    }
    Table::new(TARGETS, rows)
}

/// What a node thinks of a target; nothing while it has no power.
fn opinion(
    paused: &Paused,
    node: NodeSlot,
    group: TargetGroupId,
    target: ServerSlot,
) -> Option<TargetHealth> {
    let state = paused.cloud.balancers.node(node);
    let view = state.views.iter().find(|view| view.group == group && state.is_powered())?;
    let (_, prober) = view.probers.iter().find(|(server, _)| *server == target)?;
    paused.cloud.probers.get(*prober).map(cloudsim_aws::services::target_group::Prober::health)
}

/// The registered targets of a group, in the order of their launch.
fn targets_of(paused: &Paused, group: TargetGroupId) -> Vec<ServerSlot> {
    let views = paused.cloud.balancers.slots().flat_map(|node| &paused.cloud.balancers.node(node).views);
    let probers = views.filter(|view| view.group == group).flat_map(|view| &view.probers);
    let mut targets: Vec<ServerSlot> = probers.map(|(server, _)| *server).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn nodes(paused: &Paused, balancer: LoadBalancerId) -> impl Iterator<Item = NodeSlot> {
    let balancers = &paused.cloud.balancers;
    balancers.slots().filter(move |node| balancers.node(*node).balancer == balancer)
}

/// The zones of the nodes whose addresses DNS answers with.
fn listed(paused: &Paused, balancer: LoadBalancerId) -> Vec<String> {
    let nodes = nodes(paused, balancer).map(|node| paused.cloud.balancers.node(node));
    let listed = nodes.filter(|node| node.is_listed());
    listed.map(|node| zone_name(paused.plan(), node.zone).to_owned()).collect()
}

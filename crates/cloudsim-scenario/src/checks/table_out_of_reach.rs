//! CS0902: servers have a replica of a table in their region.

use super::{PlanCheck, calls};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_workload::{CallSpec, Tier};
use cloudsim_world::ZoneId;
use std::collections::BTreeSet;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS0902",
        title: "servers have a replica of a table in their region",
        page: "\
A table has an endpoint in each region that has a replica, and servers call that of their own region. Where there is none, their \
calls would go to another region, which is not modelled: they would all fail. Give the table a replica there, or let servers \
of other regions do the work.",
        example: Example::Fields {
            wrong: r#"
                regions: [(name: "elsewhere")],
                zones: [(name: "far", region: "elsewhere")],
                tables: [(name: "sessions", regions: ["elsewhere"])],
                set: {
                    "classes.read.handlers": [
                        (at: "writers", work: Constant("8ms"), calls: [GetItem(table: "sessions", timeout: "1s")]),
                    ],
                },
            "#,
            right: r#"
                regions: [(name: "elsewhere")],
                zones: [(name: "far", region: "elsewhere")],
                tables: [(name: "sessions", regions: ["elsewhere", "eu-west-1"])],
                set: {
                    "classes.read.handlers": [
                        (at: "writers", work: Constant("8ms"), calls: [GetItem(table: "sessions", timeout: "1s")]),
                    ],
                },
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    for (tier, call, at) in calls(plan, cx) {
        let CallSpec::Item { table, .. } = call else { continue };
        let table = &plan.tables[table.index()];
        let without = |region: &&str| !table.regions.iter().any(|of| of == region);
        if let Some(region) = regions_of(plan, tier).into_iter().find(without) {
            let message = format!("`{}` has no replica in region `{region}`", table.name);
            let problem = Problem::error(rule, message).at(at.field("table").span());
            cx.problems.push(problem.hint("add the region to the `regions` of the table"));
        }
    }
}

/// The regions that the servers of a tier may be in.
fn regions_of(plan: &Plan, tier: Tier) -> BTreeSet<&str> {
    let groups = plan.auto_scaling_groups.iter();
    let subnets = groups
        .filter(|group| matches!(tier, Tier::TargetGroup(of) if group.target_groups.contains(&of)))
        .flat_map(|group| &group.subnets);
    let instances = subnets.map(|subnet| plan.subnets[subnet.index()].zone);
    let clusters = plan.clusters.iter().enumerate().filter(|(index, cluster)| match tier {
        Tier::KubernetesService(service) => plan.kubernetes_services[service.index()].cluster == *index,
        Tier::TargetGroup(group) => cluster.services.iter().any(|of| of.target_groups.contains(&group)),
    });
    let nodes = clusters.flat_map(|(_, cluster)| {
        let grown = cluster.node_groups.iter().map(|node| node.group);
        let pools = cluster.karpenter.iter().flat_map(|karpenter| &karpenter.pools).map(|pool| pool.group);
        let subnets = grown.chain(pools).flat_map(|group| &plan.auto_scaling_groups[group.index()].subnets);
        let grown = subnets.map(|subnet| plan.subnets[subnet.index()].zone);
        cluster.nodes.iter().filter_map(|node| node.zone).chain(grown)
    });
    let region = |zone: ZoneId| plan.zones[zone.index()].region.as_str();
    instances.chain(nodes).map(region).collect()
}

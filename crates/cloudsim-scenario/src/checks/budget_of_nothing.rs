//! CS1005: a disruption budget lets somebody take a node out.

use super::PlanCheck;
use super::workloads::{ByLabels, Places};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::objects::Budget;
use cloudsim_kube::objects::{Kind, Workload};
use std::collections::BTreeSet;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1005",
        title: "a disruption budget lets somebody take a node out",
        page: "\
A budget that never allows a pod to be missing stops every drain of a node on which one of its pods runs: upgrades and \
replacements of nodes hang there. It does nothing against a node or a zone that is lost.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    replicas: 2,
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "web" }),
                        spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                    ),
                ))],
                pod_disruption_budgets: [(name: "web", spec: (minAvailable: 2, selector: (matchLabels: { "app": "web" })))],
            "#,
            right: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    replicas: 2,
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "web" }),
                        spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                    ),
                ))],
                pod_disruption_budgets: [(name: "web", spec: (minAvailable: 1, selector: (matchLabels: { "app": "web" })))],
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = Places::of(cx, "pod_disruption_budgets");
    for (index, cluster) in plan.clusters.iter().enumerate() {
        let workloads = ByLabels::of_workloads(cluster);
        let scaled: BTreeSet<(&str, &str)> =
            cluster.autoscalers.iter().map(|one| (&*one.key.namespace, one.target.as_str())).collect();
        for budget in &cluster.disruption_budgets {
            let chosen = workloads.chosen(&budget.key.namespace, &budget.selector);
            let own: Vec<&Workload> = chosen.map(|index| &cluster.workloads[index].workload).collect();
            // What changes by itself may have more pods than it begins with.
            let changes = own.iter().any(|workload| {
                matches!(workload.kind, Kind::DaemonSet { .. } | Kind::Job { .. })
                    || scaled.contains(&(&*workload.key.namespace, &*workload.key.name))
            });
            if changes {
                continue;
            }
            let pods = own.iter().map(|workload| workload.replicas).fold(0, u32::saturating_add);
            if pods == 0 || budget.allows.least_of(pods) < pods {
                continue;
            }
            let Some(at) = places.at(index, &budget.key) else { continue };
            let field = match budget.allows {
                Budget::MinAvailable(_) => "minAvailable",
                Budget::MaxUnavailable(_) => "maxUnavailable",
            };
            let message = format!("budget `{}` never lets any of its {pods} pods go", budget.key);
            let problem = Problem::advice(rule, message).at(at.field("spec").field(field).span());
            cx.problems.push(problem.hint("let one be missing, or add a replica"));
        }
    }
}

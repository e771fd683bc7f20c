//! CS1009: a scheduler serves the pods of each workload.

use super::PlanCheck;
use super::workloads::{WorkloadPlaces, workloads};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::spec::SchedulerSpec;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1009",
        title: "a scheduler serves the pods of each workload",
        page: "\
A scheduler leaves pods alone that name another one in `schedulerName`. A cluster has kube-scheduler here, by its own name; pods \
of any other wait for ever, as they do where that is not installed.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "web" }),
                        spec: (schedulerName: "volcano", containers: [(name: "web", image: "shop/web:1.0")]),
                    ),
                ))],
            "#,
            right: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "web" }),
                        spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                    ),
                ))],
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = WorkloadPlaces::of(cx);
    let own = SchedulerSpec::name();
    for (cluster, workload) in workloads(plan) {
        let pod = workload.template.api.spec.as_ref();
        let name = pod.and_then(|pod| pod.scheduler_name.as_deref()).unwrap_or_default();
        if name.is_empty() || *name == *own {
            continue;
        }
        let Some(at) = places.at(cluster, workload) else { continue };
        let message = format!(
            "no scheduler `{}` places the pods of {} `{}`",
            name.escape_debug(),
            workload.kind.word(),
            workload.key
        );
        let at = at.field("spec").field("template").field("spec").field("schedulerName");
        let hint = format!("leave `schedulerName` out: the cluster has `{own}`");
        cx.problems.push(Problem::warning(rule, message).at(at.span()).hint(hint));
    }
}

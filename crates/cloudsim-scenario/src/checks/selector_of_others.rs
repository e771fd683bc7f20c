//! CS1001: a workload selects the pods that it makes.

use super::PlanCheck;
use super::workloads::{WorkloadPlaces, workloads};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::objects::Kind;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1001",
        title: "a workload selects the pods that it makes",
        page: "\
A controller counts the pods that its `selector` chooses. If those of its own `template` are not among them it would make \
pods for ever, so the API server refuses it: `selector` does not match template `labels`.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "wbe" }),
                        spec: (containers: [(name: "web", image: "shop/web:1.0")]),
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
    for (cluster, workload) in workloads(plan) {
        // The API server gives a job a selector of its own.
        let of_job = matches!(workload.kind, Kind::Job { .. });
        if of_job || workload.selector.matches(&workload.template.labels()) {
            continue;
        }
        let Some(at) = places.at(cluster, workload) else { continue };
        let message = format!("{} `{}` does not select its own pods", workload.kind.word(), workload.key);
        let labels = at.field("spec").field("template").field("metadata").field("labels").span();
        let problem = Problem::error(rule, message).at(at.field("spec").field("selector").span());
        cx.problems.push(problem.also(labels, "what they have").hint("give both the same labels"));
    }
}

//! CS1002: a service of Kubernetes finds pods.

use super::PlanCheck;
use super::workloads::{ByLabels, Places};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::objects::Selector;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1002",
        title: "a service of Kubernetes finds pods",
        page: "\
A service sends requests to the pods of its namespace that have all labels of its `selector`. One that no pod has leads \
nowhere. A service without a selector has its addresses from somebody else, and is left alone.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                pods: [(name: "web", labels: { "app": "web" }, spec: (containers: [(name: "web", image: "shop/web:1.0")]))],
                kubernetes_services: [(name: "web", spec: (selector: { "app": "wbe" }, ports: [(port: 80)]))],
            "#,
            right: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                pods: [(name: "web", labels: { "app": "web" }, spec: (containers: [(name: "web", image: "shop/web:1.0")]))],
                kubernetes_services: [(name: "web", spec: (selector: { "app": "web" }, ports: [(port: 80)]))],
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = Places::of(cx, "kubernetes_services");
    for (index, cluster) in plan.clusters.iter().enumerate() {
        let pods = ByLabels::of_pods(cluster);
        for service in &cluster.services {
            let selector = Selector::of_labels(&service.selector);
            let selects = || pods.chosen(&service.key.namespace, &selector).next().is_some();
            if service.selector.is_empty() || selects() {
                continue;
            }
            let Some(at) = places.at(index, &service.key) else { continue };
            let message = format!("service `{}` selects no pod", service.key);
            let problem = Problem::warning(rule, message).at(at.field("spec").field("selector").span());
            let hint = format!("no pod of namespace `{}` has all these labels", service.key.namespace);
            cx.problems.push(problem.hint(hint));
        }
    }
}

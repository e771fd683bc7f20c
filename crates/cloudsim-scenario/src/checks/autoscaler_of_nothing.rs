//! CS1006: an autoscaler has something to scale.

use super::PlanCheck;
use super::workloads::Places;
use crate::diagnostics::{Problem, Rule, nearest};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use std::collections::BTreeSet;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1006",
        title: "an autoscaler has something to scale",
        page: "\
`scaleTargetRef` names a deployment, a stateful set or a replica set of the autoscaler's own namespace. One that is not there \
is never scaled; the autoscaler says `FailedGetScale` to whoever asks.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                horizontal_pod_autoscalers: [
                    (name: "web", spec: (scaleTargetRef: (kind: "Deployment", name: "web"), maxReplicas: 9)),
                ],
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
                horizontal_pod_autoscalers: [
                    (name: "web", spec: (scaleTargetRef: (kind: "Deployment", name: "web"), maxReplicas: 9)),
                ],
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = Places::of(cx, "horizontal_pod_autoscalers");
    for (index, cluster) in plan.clusters.iter().enumerate() {
        let workloads = cluster.workloads.iter().map(|one| &one.workload);
        let known: BTreeSet<(&str, &str, &str)> =
            workloads.map(|one| (one.kind.name(), &*one.key.namespace, &*one.key.name)).collect();
        for autoscaler in &cluster.autoscalers {
            let (kind, name) = (autoscaler.target_kind.as_str(), autoscaler.target.as_str());
            let namespace = &*autoscaler.key.namespace;
            if known.contains(&(kind, namespace, name)) {
                continue;
            }
            let Some(at) = places.at(index, &autoscaler.key) else { continue };
            let target = at.field("spec").field("scaleTargetRef");
            let message = format!("there is no {kind} `{namespace}/{name}` to scale");
            let own = known.iter().filter(|(_, of, _)| *of == namespace).map(|(_, _, name)| *name);
            let near = nearest(name, own).filter(|near| *near != name);
            let hint = near.map_or_else(
                || "name a deployment, a stateful set or a replica set of the same namespace".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let problem = Problem::warning(rule, message).at(target.field("name").span());
            cx.problems.push(problem.hint(hint));
        }
    }
}

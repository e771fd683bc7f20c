//! CS1007: pods call services of their cluster, and pods answer.

use super::workloads::ByLabels;
use super::{PlanCheck, calls};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::{Plan, ServiceTarget};
use crate::resolve::Context;
use cloudsim_kube::objects::Selector;
use cloudsim_workload::{CallSpec, Tier};

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1007",
        title: "pods call services of their cluster, and pods answer",
        page: "\
The address of a service of Kubernetes is known to the nodes of its cluster alone: their kube-proxies lead connections on to \
a pod. An instance that is no node, or a pod of another cluster, gets nowhere with it; it needs a load balancer. And the pods \
that the service selects answer only if their workload has a `server`.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "search", server: (workers: 1, connections_max: 9), spec: (
                    selector: (matchLabels: { "app": "search" }),
                    template: (
                        metadata: (labels: { "app": "search" }),
                        spec: (containers: [(name: "search", image: "shop/search:1.0")]),
                    ),
                ))],
                kubernetes_services: [(name: "search", spec: (selector: { "app": "search" }, ports: [(port: 80)]))],
                set: {
                    "classes.read.handlers": [
                        (at: "writers", work: Constant("8ms"), calls: [Service(to: "search", port: 80, timeout: "1s")]),
                        (at: "search", work: Constant("2ms")),
                    ],
                },
            "#,
            right: r#"
                set: { "classes.read.handlers": [(at: "writers", work: Constant("8ms"))] },
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    for (tier, call, at) in calls(plan, cx) {
        let CallSpec::Service { to, .. } = call else { continue };
        let target = plan.kubernetes_services[to.index()];
        let key = &plan.clusters[target.cluster].services[target.service].key;
        let problem = if !calls_from(plan, tier, target.cluster) {
            let message = format!("not only pods of its cluster call service `{key}`");
            Problem::error(rule, message).hint("call a load balancer, with `Http`")
        } else if !answers(plan, target) {
            let message = format!("no pod of service `{key}` answers requests");
            Problem::error(rule, message).hint("give the workload of its pods a `server`")
        } else {
            continue;
        };
        cx.problems.push(problem.at(at.field("to").span()));
    }
}

/// Whether the servers of a tier are pods of a cluster, and nothing else.
fn calls_from(plan: &Plan, tier: Tier, cluster: usize) -> bool {
    match tier {
        Tier::KubernetesService(service) => plan.kubernetes_services[service.index()].cluster == cluster,
        Tier::TargetGroup(group) => {
            let instances = plan.auto_scaling_groups.iter().any(|of| of.target_groups.contains(&group));
            let mut elsewhere = plan.clusters.iter().enumerate().filter(|(other, _)| *other != cluster);
            !instances
                && !elsewhere.any(|(_, other)| {
                    other.services.iter().any(|service| service.target_groups.contains(&group))
                })
        }
    }
}

/// Whether a service selects pods that serve requests.
fn answers(plan: &Plan, ServiceTarget { cluster, service }: ServiceTarget) -> bool {
    let cluster = &plan.clusters[cluster];
    let service = &cluster.services[service];
    let selector = Selector::of_labels(&service.selector);
    let pods = ByLabels::of_workloads(cluster);
    !service.selector.is_empty()
        && pods
            .chosen(&service.key.namespace, &selector)
            .any(|workload| cluster.workloads[workload].server.is_some())
}

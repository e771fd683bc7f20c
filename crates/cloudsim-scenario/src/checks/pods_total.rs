//! CS1008: the workloads of a cluster want at most 150,000 pods.

use super::PlanCheck;
use super::workloads::WorkloadPlaces;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::PODS_MAX;
use crate::plan::{Action, Plan};
use crate::resolve::Context;
use cloudsim_kube::spec::ClusterSpec;
use std::cmp::Reverse;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1008",
        title: "the workloads of a cluster want at most 150,000 pods",
        page: "\
Kubernetes is built for 150,000 pods in a cluster, and each takes memory here, whether it has a node or not. What counts is the \
most that a workload may want: its `replicas` or `parallelism`, the `maxReplicas` of its autoscaler, what an operator scales \
it to.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    replicas: 2147483647,
                    selector: (matchLabels: { "app": "web" }),
                    template: (
                        metadata: (labels: { "app": "web" }),
                        spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                    ),
                ))],
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
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = WorkloadPlaces::of(cx);
    for (index, cluster) in plan.clusters.iter().enumerate() {
        let most: Vec<u64> = (0..cluster.workloads.len()).map(|of| most(plan, index, cluster, of)).collect();
        let total: u64 = most.iter().sum::<u64>() + cluster.pods.len() as u64;
        if total <= PODS_MAX as u64 {
            continue;
        }
        let largest = (0..most.len()).min_by_key(|of| Reverse(most[*of]));
        let at = largest.and_then(|of| places.at(index, &cluster.workloads[of].workload));
        let message =
            format!("the workloads of cluster `{}` want {total} pods, of at most {PODS_MAX}", cluster.name);
        let mut problem = Problem::error(rule, message);
        if let Some(at) = at {
            problem = problem.at(at.field("name").span());
        }
        cx.problems.push(problem.hint("lower `replicas`, `parallelism` or `maxReplicas`"));
    }
}

/// The most pods that a workload may ever want.
fn most(plan: &Plan, index: usize, cluster: &ClusterSpec, of: usize) -> u64 {
    let workload = &cluster.workloads[of].workload;
    let scaled = plan.interventions.iter().filter_map(|intervention| match intervention.action {
        Action::ScaleWorkload { workload, replicas } => {
            (workload.cluster == index && workload.workload == of).then_some(replicas)
        }
        _ => None,
    });
    let autoscalers = cluster.autoscalers.iter().filter(|autoscaler| autoscaler.scales(workload));
    let most = autoscalers.map(|autoscaler| autoscaler.max).chain(scaled).chain([workload.replicas]);
    most.max().unwrap_or(0).into()
}

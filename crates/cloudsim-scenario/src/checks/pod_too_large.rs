//! CS1003: there is a node that a pod fits on.

use super::PlanCheck;
use super::workloads::{WorkloadPlaces, named, workloads};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::objects::Resources;
use cloudsim_kube::spec::ClusterSpec;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1003",
        title: "there is a node that a pod fits on",
        page: "\
The scheduler places a pod where what its containers request is free. If that is more than any node of the cluster could ever \
give, empty as it may be, the pod waits for ever. What a node can give is its `allocatable`: of an instance, less than what is \
paid for.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (metadata: (labels: { "app": "web" }), spec: (containers: [
                        (name: "web", image: "shop/web:1.0", resources: (requests: { "cpu": 2 })),
                    ])),
                ))],
            "#,
            right: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (metadata: (labels: { "app": "web" }), spec: (containers: [
                        (name: "web", image: "shop/web:1.0", resources: (requests: { "cpu": "1900m" })),
                    ])),
                ))],
            "#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = WorkloadPlaces::of(cx);
    let rooms: Vec<Vec<&Resources>> = plan.clusters.iter().map(rooms).collect();
    for (cluster, workload) in workloads(plan) {
        let template = &workload.template;
        let Ok(pod) = template.scheduling(&workload.key.namespace, &workload.key.name, &[]) else { continue };
        let request = &pod.requests.asked;
        let fits = rooms[cluster].iter().any(|room| {
            request.milli_cpu <= room.milli_cpu
                && request.memory <= room.memory
                && request.ephemeral_storage <= room.ephemeral_storage
        });
        if fits || rooms[cluster].is_empty() {
            continue;
        }
        let Some(at) = places.at(cluster, workload) else { continue };
        let message =
            format!("a pod of {} `{}` fits on no node of the cluster", workload.kind.word(), workload.key);
        let most = rooms[cluster].iter().map(|room| room.milli_cpu).max().unwrap_or(0);
        let memory = rooms[cluster].iter().map(|room| room.memory).max().unwrap_or(0);
        let hint = format!(
            "it requests {}m of CPU and {} MiB; nodes have {most}m and {} MiB at most",
            request.milli_cpu,
            request.memory >> 20,
            memory >> 20
        );
        cx.problems.push(Problem::warning(rule, message).at(named(at)).hint(hint));
    }
}

/// The kinds of rooms that nodes have, each once.
fn rooms(cluster: &ClusterSpec) -> Vec<&Resources> {
    let own = cluster.nodes.iter().map(|node| &node.node.allocatable);
    let groups = cluster.node_groups.iter().map(|group| &group.allocatable);
    let pools = cluster.karpenter.iter().flat_map(|karpenter| &karpenter.pools);
    let types = pools.flat_map(|pool| &pool.types).map(|kind| &kind.allocatable);
    let mut rooms: Vec<&Resources> = own.chain(groups).chain(types).collect();
    rooms.sort_unstable();
    rooms.dedup();
    rooms
}

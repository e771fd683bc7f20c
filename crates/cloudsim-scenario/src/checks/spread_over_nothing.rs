//! CS1004: pods are spread over something that nodes have.

use super::PlanCheck;
use super::workloads::{WorkloadPlaces, workloads};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::spec::ClusterSpec;
use std::collections::BTreeSet;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1004",
        title: "pods are spread over something that nodes have",
        page: "\
A node without the label that `topologyKey` names is left out by a constraint with `DoNotSchedule`. If no node has it, no pod \
of the workload is ever placed.",
        example: Example::Fields {
            wrong: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (metadata: (labels: { "app": "web" }), spec: (
                        containers: [(name: "web", image: "shop/web:1.0")],
                        topologySpreadConstraints: [(maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule",
                            labelSelector: (matchLabels: { "app": "web" }))],
                    )),
                ))],
            "#,
            right: r#"
                clusters: [(name: "shop")],
                nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
                deployments: [(name: "web", spec: (
                    selector: (matchLabels: { "app": "web" }),
                    template: (metadata: (labels: { "app": "web" }), spec: (
                        containers: [(name: "web", image: "shop/web:1.0")],
                        topologySpreadConstraints: [
                            (maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule",
                                labelSelector: (matchLabels: { "app": "web" })),
                        ],
                    )),
                ))],
            "#,
        },
    },
    run,
};

/// What every node of a group has, beside what its group says.
const OF_MEMBERS: [&str; 5] = [
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let places = WorkloadPlaces::of(cx);
    let keys: Vec<BTreeSet<&str>> = plan.clusters.iter().map(keys).collect();
    for (cluster, workload) in workloads(plan) {
        let spec = workload.template.api.spec.as_ref();
        let constraints = spec.and_then(|spec| spec.topology_spread_constraints.as_ref());
        for (index, constraint) in constraints.into_iter().flatten().enumerate() {
            let strict = constraint.when_unsatisfiable == "DoNotSchedule";
            if !strict || keys[cluster].is_empty() || keys[cluster].contains(constraint.topology_key.as_str())
            {
                continue;
            }
            let Some(at) = places.at(cluster, workload) else { continue };
            let template = at.field("spec").field("template").field("spec");
            let place = template.field("topologySpreadConstraints").item(index).field("topologyKey").span();
            let message = format!("no node has a label `{}`", constraint.topology_key);
            let problem = Problem::warning(rule, message).at(place);
            let near = crate::diagnostics::nearest(&constraint.topology_key, keys[cluster].iter().copied());
            let hint = near.map_or_else(
                || format!("no pod of `{}` is ever placed", workload.key),
                |near| format!("did you mean `{near}`?"),
            );
            cx.problems.push(problem.hint(hint));
        }
    }
}

/// The keys of the labels that any node has.
fn keys(cluster: &ClusterSpec) -> BTreeSet<&str> {
    let own = cluster.nodes.iter().flat_map(|node| node.node.labels.keys());
    let groups = cluster.node_groups.iter().flat_map(|group| group.labels.keys());
    let pools = || cluster.karpenter.iter().flat_map(|karpenter| &karpenter.pools);
    let of_pools = pools().flat_map(|pool| pool.labels.keys());
    let keys: BTreeSet<&str> = own.chain(groups).chain(of_pools).map(|key| &**key).collect();
    let has_members = !cluster.node_groups.is_empty() || pools().next().is_some();
    let members = if has_members { &OF_MEMBERS[..] } else { &[] };
    keys.into_iter().chain(members.iter().copied()).collect()
}

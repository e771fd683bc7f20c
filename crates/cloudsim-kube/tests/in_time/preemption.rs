//! Who makes way for a more important pod.

use crate::support::{Cx, cluster, deployment, node, run, template};
use cloudsim_kube::objects::IntOrPercent;
use cloudsim_kube::objects::{Budget, PodDisruptionBudget, UnhealthyPods};
use cloudsim_kube::spec::PriorityClassSpec;
use cloudsim_kube::{Cluster, WorkloadId};
use cloudsim_records::{PodReason, Record};
use serde_json::json;

fn want_one(cluster: &mut Cluster, cx: &mut Cx<'_>) {
    cluster.scale(WorkloadId(2), 1, cx);
}

/// Who makes way on a node of four cores with a pod of two cores of each of two deployments, for a third one, while a
/// budget lets no pod of one of them go.
fn who_makes_way(deployments: [&str; 2], guarded: &str) -> String {
    let two_cores = |app: &str, more: serde_json::Value| {
        let mut template = template(app, more);
        template["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("1900m");
        template
    };
    let mut spec = cluster("1.34");
    spec.priority_classes.push(PriorityClassSpec {
        name: "high".into(),
        value: 1_000,
        global_default: false,
        never_preempts: false,
    });
    for app in deployments {
        spec.workloads.push(deployment(app, 1, two_cores(app, json!({}))));
    }
    spec.workloads.push(deployment("urgent", 0, two_cores("urgent", json!({"priorityClassName": "high"}))));
    let of = spec.workloads.iter().find(|of| &*of.workload.key.name == guarded).unwrap();
    spec.disruption_budgets.push(PodDisruptionBudget {
        key: guarded.parse().unwrap(),
        selector: of.workload.selector.clone(),
        allows: Budget::MaxUnavailable(IntOrPercent::Int(0)),
        unhealthy: UnhealthyPods::IfHealthyBudget,
    });
    let run = run(1, spec, vec![node(0, 0)], &[(100, want_one)], 200, |_| {});
    let victims = run.records.iter().filter_map(|stamped| match stamped.record {
        Record::PodChanged { pod, reason: PodReason::Preemption, .. } => {
            Some(&run.world.names[pod.0 as usize])
        }
        _ => None,
    });
    let victims: Vec<&String> = victims.collect();
    assert_eq!(victims.len(), 1, "{victims:?}");
    let name = victims[0].strip_prefix("default/").unwrap();
    name.split_once('-').unwrap().0.to_owned()
}

#[test]
fn a_pod_whose_budget_lets_none_go_makes_way_only_if_no_other_can() {
    for deployments in [["a", "b"], ["b", "a"]] {
        assert_eq!(who_makes_way(deployments, "a"), "b", "{deployments:?}");
        assert_eq!(who_makes_way(deployments, "b"), "a", "{deployments:?}");
    }
}

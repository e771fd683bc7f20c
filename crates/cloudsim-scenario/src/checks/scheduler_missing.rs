//! CS1009: a scheduler serves all pods.

use super::PlanCheck;
use super::workloads::{Places, WorkloadPlaces, workloads};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::place::At;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_kube::spec::SchedulerSpec;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS1009",
        title: "a scheduler serves all pods",
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

/// The template of what stands there.
fn template(at: At<'_>) -> At<'_> {
    at.field("spec").field("template")
}

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    let own = SchedulerSpec::name();
    let places = WorkloadPlaces::of(cx);
    let of_workloads = workloads(plan).filter_map(|(cluster, workload)| {
        let whose = format!("{} `{}`", workload.kind.word(), workload.key);
        Some((&workload.template, whose, template(places.at(cluster, workload)?)))
    });
    let (cron_jobs, pods) = (Places::of(cx, "cron_jobs"), Places::of(cx, "pods"));
    let clusters = || plan.clusters.iter().enumerate();
    let of_cron_jobs =
        clusters().flat_map(|(cluster, spec)| spec.cron_jobs.iter().map(move |of| (cluster, of)));
    let of_cron_jobs = of_cron_jobs.filter_map(|(cluster, of)| {
        let at = cron_jobs.at(cluster, &of.key)?.field("spec").field("jobTemplate");
        Some((&of.job.template, format!("cronjob `{}`", of.key), template(at)))
    });
    let of_pods = clusters().flat_map(|(cluster, spec)| spec.pods.iter().map(move |of| (cluster, of)));
    let of_pods = of_pods.filter_map(|(cluster, of)| {
        Some((&of.template, format!("pod `{}`", of.key), pods.at(cluster, &of.key)?))
    });
    let all: Vec<_> = of_workloads.chain(of_cron_jobs).chain(of_pods).collect();
    for (template, whose, at) in all {
        let pod = template.api.spec.as_ref();
        let name = pod.and_then(|pod| pod.scheduler_name.as_deref()).unwrap_or_default();
        if name.is_empty() || *name == *own {
            continue;
        }
        let message = format!("no scheduler `{}` places {whose}", name.escape_debug());
        let hint = format!("leave `schedulerName` out: the cluster has `{own}`");
        let at = at.field("spec").field("schedulerName");
        cx.problems.push(Problem::warning(rule, message).at(at.span()).hint(hint));
    }
}

//! CS0201: a target group that gets requests has targets.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0201",
        title: "a target group that gets requests has targets",
        page: "\
A listener sends its requests to a target group. If no Auto Scaling group registers its members there, every request ends \
with 503. A group whose `desired` is 0 counts as one that does, and so does a service of Kubernetes.",
        example: Example::Fields {
            wrong: r#"set: { "auto_scaling_groups.writers.target_groups": [] },"#,
            right: r#"set: { "auto_scaling_groups.writers.target_groups": ["writers"] },"#,
        },
    },
    needs: &["auto_scaling_groups", "kubernetes_services"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let services = cx.spec.kubernetes_services.iter();
    let of_pods: BTreeSet<&String> = services.flat_map(|service| &service.target_groups).collect();
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        for (number, listener) in balancer.listeners.iter().enumerate() {
            let group = &listener.target_group;
            let known = cx.find(Kind::TargetGroup, group).is_some();
            if known && cx.behind(group).is_empty() && !of_pods.contains(group) {
                let place =
                    cx.at("load_balancers", index).field("listeners").item(number).field("target_group");
                let message = format!("nothing is ever in target group `{group}`");
                let hint =
                    "name it in the `target_groups` of an Auto Scaling group, or of a service of Kubernetes";
                cx.problems.push(Problem::error(rule, message).at(place.span()).hint(hint));
            }
        }
    }
}

//! CS0201: a target group that gets requests has targets.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0201",
        title: "a target group that gets requests has targets",
        page: "\
A listener sends its requests to a target group. If no Auto Scaling group registers its members there, and no service of \
Kubernetes its pods, every request ends with 503. A group whose `desired` is 0 counts as one that does.",
        example: Example::Fields {
            wrong: r#"set: { "auto_scaling_groups.writers.target_groups": [] },"#,
            right: r#"set: { "auto_scaling_groups.writers.target_groups": ["writers"] },"#,
        },
    },
    needs: &["auto_scaling_groups", "kubernetes_services"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        for (number, listener) in balancer.listeners.iter().enumerate() {
            let known = cx.spec.target_groups.iter().any(|group| group.name == listener.target_group);
            let mut services = cx.spec.kubernetes_services.iter();
            let has_pods = services.any(|service| service.target_groups.contains(&listener.target_group));
            if known && !has_pods && cx.groups_behind(&listener.target_group).next().is_none() {
                let place =
                    cx.at("load_balancers", index).field("listeners").item(number).field("target_group");
                let message = format!("nothing is ever in target group `{}`", listener.target_group);
                let hint =
                    "name it in the `target_groups` of an Auto Scaling group or of a Kubernetes service";
                cx.problems.push(Problem::error(rule, message).at(place.span()).hint(hint));
            }
        }
    }
}

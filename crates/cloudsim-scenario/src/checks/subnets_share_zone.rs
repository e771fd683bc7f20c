//! CS0106: one subnet for each zone.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0106",
        title: "one subnet for each zone",
        page: "\
A load balancer has one node, and so one subnet, in each of its zones. An Auto Scaling group spreads its members over \
zones; here it has one subnet in each as well.",
        example: Example::Fields {
            wrong: r#"set: { "auto_scaling_groups.writers.subnets": ["front-x", "data-x"] },"#,
            right: r#"set: { "auto_scaling_groups.writers.subnets": ["front-x", "front-y"] },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        look(rule, cx, "load_balancers", index, &balancer.subnets);
    }
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        look(rule, cx, "auto_scaling_groups", index, &group.subnets);
    }
}

fn look(rule: &'static Rule, cx: &mut Context<'_>, kind: &str, index: usize, names: &[String]) {
    let list = cx.at(kind, index).field("subnets");
    if names.is_empty() && kind == "auto_scaling_groups" {
        cx.problems.push(Problem::error(rule, "a group without a subnet").at(list.span()));
    }
    let mut zones = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        let Some(subnet) = cx.subnet(name) else { continue };
        let place = list.item(number).span();
        if let Some(first) = zones.insert(subnet.zone.as_str(), place) {
            let problem = Problem::error(rule, format!("a second subnet in zone `{}`", subnet.zone));
            cx.problems.push(problem.at(place).also(first, "the first").hint("keep one for each zone"));
        }
    }
}

//! CS0507: what a stack makes is made once, and stands on what is there by then.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::place::At;
use crate::resolve::Context;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0507",
        title: "what a stack makes is made once, and stands on what is there by then",
        page: "\
What `apply stack/NAME` makes is not there before. So nothing that is there from the start can stand in a VPC that a stack \
makes: its load balancers and Auto Scaling groups are of a stack too, and no database runs in it, while the backups of one \
may be restored to it later. Two stacks that make the same thing would each take it for its own. Groups whose instances \
are nodes of a cluster are no part of a stack here.",
        example: Example::Fields {
            wrong: r#"
                stacks: [(name: "servers", auto_scaling_groups: ["writers"]), (name: "more", auto_scaling_groups: ["writers"])],
            "#,
            right: r#"
                stacks: [(name: "servers", auto_scaling_groups: ["writers"])],
            "#,
        },
    },
    needs: &[
        "stacks",
        "vpcs",
        "subnets",
        "nat_gateways",
        "load_balancers",
        "auto_scaling_groups",
        "databases",
    ],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let spec = cx.spec;
    let mut made: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (index, stack) in spec.stacks.iter().enumerate() {
        let at = cx.at("stacks", index);
        let lists = [
            ("vpcs", &stack.vpcs),
            ("nat_gateways", &stack.nat_gateways),
            ("load_balancers", &stack.load_balancers),
            ("auto_scaling_groups", &stack.auto_scaling_groups),
        ];
        for (list, names) in lists {
            for (place, name) in names.iter().enumerate() {
                let at = at.field(list).item(place);
                if let Some(other) = made.insert((list, name), &stack.name) {
                    let message = if other == stack.name {
                        format!("stack `{other}` makes `{name}` twice")
                    } else {
                        format!("stack `{other}` makes `{name}` too")
                    };
                    tell(rule, cx, at, message, "name it once");
                }
            }
        }
        for (place, name) in stack.auto_scaling_groups.iter().enumerate() {
            let group = spec.auto_scaling_groups.iter().find(|group| group.name == *name);
            if group.is_some_and(|group| group.node.is_some()) {
                let message = format!("the instances of `{name}` are nodes of a cluster");
                let at = at.field("auto_scaling_groups").item(place);
                tell(rule, cx, at, message, "let the group be there from the start, with `desired: 0`");
            }
        }
    }
    let later = |subnet: &String| {
        let vpc = cx.subnet(subnet).map(|subnet| subnet.vpc.as_str())?;
        made.get(&("vpcs", vpc)).map(|stack| (vpc.to_owned(), (*stack).to_owned()))
    };
    let mut problems = Vec::new();
    let balancers = spec.load_balancers.iter().map(|of| (&of.name, of.subnets.first()));
    let groups = spec.auto_scaling_groups.iter().map(|of| (&of.name, of.subnets.first()));
    for (list, all) in
        [("load_balancers", balancers.collect::<Vec<_>>()), ("auto_scaling_groups", groups.collect())]
    {
        for (index, (name, subnet)) in all.into_iter().enumerate() {
            if let Some((vpc, stack)) =
                subnet.and_then(later).filter(|_| !made.contains_key(&(list, name.as_str())))
            {
                let message = format!(
                    "`{name}` stands in VPC `{vpc}`, which is not there before stack `{stack}` is applied"
                );
                problems.push((cx.at(list, index), message, format!("add it to `{list}` of a stack")));
            }
        }
    }
    for (index, database) in spec.databases.iter().enumerate() {
        let replicas = database.replicas.iter().map(|replica| &replica.subnet);
        let subnets = [&database.primary, &database.standby].into_iter().chain(replicas);
        if let Some((vpc, stack)) = { subnets }.find_map(later) {
            let message = format!(
                "`{}` runs in VPC `{vpc}`, which is not there before stack `{stack}` is applied",
                database.name
            );
            problems.push((
                cx.at("databases", index),
                message,
                "keep a backup there, which is restored later".into(),
            ));
        }
    }
    for (at, message, hint) in problems {
        cx.problems.push(Problem::error(rule, message).at(at.field("name").span()).hint(hint));
    }
}

fn tell(rule: &'static Rule, cx: &mut Context<'_>, at: At<'_>, message: String, hint: &str) {
    cx.problems.push(Problem::error(rule, message).at(at.span()).hint(hint));
}

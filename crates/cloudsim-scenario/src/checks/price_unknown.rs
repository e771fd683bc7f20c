//! CS0804: the price of every instance type and database class is known.

use super::Check;
use crate::diagnostics::{Problem, Rule, did_you_mean};
use crate::examples::Example;
use crate::resolve::{Context, engine};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0804",
        title: "the price of every instance type and database class is known",
        page: "\
Types and classes matter to the bill alone. One whose price is neither in the list that comes with cloudsim (`cloudsim get prices \
FILE`) nor in `prices` of the scenario runs like any other, and the bill has no line for it.",
        example: Example::Fields {
            wrong: r#"set: { "databases.posts.instance_class": "db.m5.lagre" },"#,
            right: r#"set: { "databases.posts.instance_class": "db.m5.large" },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let kind = &group.server.instance_type;
        if cx.prices.instance_hour(kind).is_none() {
            let place = cx.at("auto_scaling_groups", index).field("server").field("instance_type").span();
            let problem = unpriced(rule, kind, did_you_mean(kind, cx.prices.instance_types()));
            cx.problems.push(problem.at(place));
        }
    }
    let mut told = BTreeSet::new();
    for (index, node) in cx.spec.nodes.iter().enumerate() {
        let Some(kind) = &node.instance_type else { continue };
        if cx.prices.instance_hour(kind).is_none() && told.insert(kind) {
            let problem = unpriced(rule, kind, did_you_mean(kind, cx.prices.instance_types()));
            cx.problems.push(problem.at(cx.at("nodes", index).field("instance_type").span()));
        }
    }
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let class = &database.instance_class;
        let runs = engine(database.engine);
        if cx.prices.database_hour(class, runs).is_none() {
            let place = cx.at("databases", index).field("instance_class").span();
            let problem = unpriced(rule, class, did_you_mean(class, cx.prices.database_classes(runs)));
            cx.problems.push(problem.at(place));
        }
    }
}

fn unpriced(rule: &'static Rule, name: &str, hint: Option<String>) -> Problem {
    let problem = Problem::warning(rule, format!("no price is known for `{name}`: the bill leaves it out"));
    problem.hint(hint.unwrap_or_default())
}

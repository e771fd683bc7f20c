//! CS0401: what is promoted exists.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Recovery;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0401",
        title: "what is promoted exists",
        page: "\
`recovery: Promote(…)` promotes a read replica, so the database needs one in `replicas`.",
        example: Example::Fields {
            wrong: r#"set: { "databases.posts.recovery": Promote(decide: "2m") },"#,
            right: r#"
                set: {
                    "databases.posts.recovery": Promote(decide: "2m"),
                    "databases.posts.replicas": [(name: "posts-replica", subnet: "data-x")],
                },
            "#,
        },
    },
    needs: &["databases"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, database) in cx.spec.databases.iter().enumerate() {
        if database.replicas.is_empty() && matches!(database.recovery, Some(Recovery::Promote { .. })) {
            let message = format!("database `{}` has no replica to promote", database.name);
            let place = cx.at("databases", index).field("recovery").span();
            let hint = "add one to `replicas`, or take `Restore(…)` or `Wait`";
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

//! CS0304: calls lead somewhere.

use super::Check;
use super::calls::{Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0304",
        title: "calls lead somewhere",
        page: "\
A handler whose calls lead back to its own target group would call itself for ever.",
        example: Example::Fields {
            wrong: r#"
                set: {
                    "classes.read.handlers.writers.calls": [Http(to: "blog-alb", port: 443, timeout: "1s")],
                },
            "#,
            right: r#"
                set: {
                    "classes.read.handlers.writers.calls": [Read(database: "posts", from: Primary, work: Constant("3ms"), timeout: "1s")],
                },
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::Cycle { class, place, groups } = finding {
            let message = format!("calls of class `{class}` go round in circles: {}", groups.join(" → "));
            cx.problems.push(Problem::error(rule, message).at(place).label("leads back"));
        }
    }
}

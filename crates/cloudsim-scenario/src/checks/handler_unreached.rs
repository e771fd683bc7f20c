//! CS0303: every handler is reached.

use super::Check;
use super::calls::{Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0303",
        title: "every handler is reached",
        page: "\
A handler at a target group, or at a service of Kubernetes, that no request of its class gets to does nothing. Often a call was forgotten, or the group \
renamed.",
        example: Example::Fields {
            wrong: r#"
                target_groups: [(name: "search", port: 80)],
                set: {
                    "classes.read.handlers": [(at: "writers", work: Constant("8ms")), (at: "search", work: Constant("9ms"))],
                },
            "#,
            right: r#"set: { "classes.read.handlers": [(at: "writers", work: Constant("8ms"))] },"#,
        },
    },
    needs: &["classes", "load_balancers"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::Unreached { class, place, group } = finding {
            let message = format!("no request of class `{class}` reaches its handler at `{group}`");
            let hint = "add a call that leads there, or remove the handler";
            cx.problems.push(Problem::warning(rule, message).at(place).hint(hint));
        }
    }
}

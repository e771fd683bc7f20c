//! CS0302: every server that a class reaches knows what to do.

use super::Check;
use super::calls::{Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0302",
        title: "every server that a class reaches knows what to do",
        page: "\
A class says what the servers of each tier do with its requests: one handler for each target group that a listener or an \
`Http` call leads to, and for each service of Kubernetes that is called.",
        example: Example::Fields {
            wrong: r#"set: { "classes.read.handlers": [] },"#,
            right: r#"set: { "classes.read.handlers": [(at: "writers", work: Constant("8ms"))] },"#,
        },
    },
    needs: &["classes"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::NoHandler { class, place, group } = finding {
            let message = format!("class `{class}` reaches `{group}` and has no handler there");
            let hint = format!("add `(at: \"{group}\", work: …)` to its `handlers`");
            cx.problems.push(Problem::error(rule, message).at(place).label("leads there").hint(hint));
        }
    }
}

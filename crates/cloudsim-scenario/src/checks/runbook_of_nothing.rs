//! CS0506: something begins a runbook.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0506",
        title: "something begins a runbook",
        page: "\
A runbook is done when something has happened, or when a step of another one has come to nothing. One that says neither, and \
that no other names, is never opened.",
        example: Example::Fields {
            wrong: r#"
                runbooks: [(name: "restart", steps: [(name: "restart", action: "scale group/writers 6")])],
            "#,
            right: r#"
                runbooks: [(name: "restart", begins: At("5m"), steps: [(name: "restart", action: "scale group/writers 6")])],
            "#,
        },
    },
    needs: &["runbooks"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let steps = cx.spec.runbooks.iter().flat_map(|runbook| &runbook.steps);
    let called: BTreeSet<&str> = steps.filter_map(|step| step.otherwise.as_deref()).collect();
    for (index, runbook) in cx.spec.runbooks.iter().enumerate() {
        if runbook.begins.is_none() && !called.contains(runbook.name.as_str()) {
            let message = format!("nothing begins runbook `{}`", runbook.name);
            let problem = Problem::error(rule, message).at(cx.at("runbooks", index).field("name").span());
            cx.problems
                .push(problem.hint("say what it is for with `begins`, or name it as `otherwise` of a step"));
        }
    }
}

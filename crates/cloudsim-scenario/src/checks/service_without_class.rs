//! CS0308: a service is measured by something.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0308",
        title: "a service is measured by something",
        page: "\
The requests of a service's classes are what its availability, latency and recovery time are measured by.",
        example: Example::Fields {
            wrong: r#"services: [(name: "search", classes: [])],"#,
            right: r#"services: [(name: "search", classes: ["read"])],"#,
        },
    },
    needs: &["services"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, service) in cx.spec.services.iter().enumerate() {
        if service.classes.is_empty() {
            let message = format!("service `{}` has no classes", service.name);
            let place = cx.at("services", index).field("classes").span();
            cx.problems.push(Problem::error(rule, message).at(place).hint("name at least one class"));
        }
    }
}

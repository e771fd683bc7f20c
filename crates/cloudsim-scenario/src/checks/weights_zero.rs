//! CS0306: weights choose something.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0306",
        title: "weights choose something",
        page: "\
Weights say how often each of several things is chosen. With none, or with zeros alone, nothing could be.",
        example: Example::Fields {
            wrong: r#"traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 0 })],"#,
            right: r#"traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })],"#,
        },
    },
    needs: &["traffic", "databases"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, crate::spec::Traffic::OpenLoop { name, mix, .. }) in cx.spec.traffic.iter().enumerate() {
        if mix.0.iter().all(|(_, weight)| weight.0 == 0) {
            let message = format!("traffic `{name}` sends nothing: all weights of its mix are 0");
            let place = cx.at("traffic", index).field("mix").span();
            let hint = "give a class a weight, as in { \"browse\": 1 }";
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let Some(clients) = &database.clients else { continue };
        if clients.iter().all(|client| client.weight.is_some_and(|weight| weight.0 == 0)) {
            let message = format!("database `{}` has no clients: all weights are 0", database.name);
            let place = cx.at("databases", index).field("clients").span();
            let hint = "leave `clients` out, or give one a weight";
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

//! CS0706: a run has at most 1,000,000 resolvers.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::RESOLVERS_MAX;
use crate::place::At;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0706",
        title: "a run has at most 1,000,000 resolvers",
        page: "\
Each resolver remembers an answer for every name, so those behind all kinds of clients together are at most 1,000,000. Some \
thousands show everything that more would.",
        example: Example::Fields {
            wrong: r#"clients: [
    (name: "phone", resolvers: (count: 600000)),
    (name: "desktop", resolvers: (count: 600000)),
],"#,
            right: r#"clients: [(name: "phone", resolvers: (count: 6000)), (name: "desktop", resolvers: (count: 6000))],"#,
        },
    },
    needs: &["clients"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let counts = cx.spec.clients.iter().filter_map(|client| client.resolvers.as_ref()?.count);
    let total: u64 = counts.map(|count| count.0.min(RESOLVERS_MAX)).sum();
    if total > RESOLVERS_MAX {
        let place = At::new(cx.root).of("clients", 0).span();
        let problem =
            Problem::error(rule, format!("{total} resolvers are more than {RESOLVERS_MAX}")).at(place);
        cx.problems.push(problem.hint("lower `count` of the `resolvers`"));
    }
}

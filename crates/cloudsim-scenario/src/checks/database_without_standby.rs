//! CS0802: a database that is written to has a standby.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Call;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0802",
        title: "a database that is written to has a standby",
        page: "\
Without a standby, the end of the writer's host or zone is the end of writing until somebody restores a backup or promotes a \
replica, and writes that were acknowledged are lost: those that the log had not shipped, or the replica had not replayed.",
        example: Example::Fields {
            wrong: r#"
                set: {
                    "classes.read.handlers.writers.calls":
                        [Write(database: "posts", work: Constant("3ms"), timeout: "1s")],
                },
            "#,
            right: r#"
                set: {
                    "classes.read.handlers.writers.calls":
                        [Write(database: "posts", work: Constant("3ms"), timeout: "1s")],
                    "databases.posts.multi_az": true,
                },
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let Some(write) = first_write(cx, &database.name) else { continue };
        if database.multi_az != Some(true) {
            let message = format!("database `{}` has no standby and is written to", database.name);
            let problem = Problem::advice(rule, message).at(cx.at("databases", index).span());
            cx.problems.push(problem.also(write, "here").hint("set its `multi_az` to true"));
        }
    }
}

/// Where a class writes to a database.
fn first_write(cx: &Context<'_>, name: &str) -> Option<Span> {
    cx.spec.classes.iter().enumerate().find_map(|(index, class)| {
        class.handlers.iter().enumerate().find_map(|(number, handler)| {
            let calls = cx.at("classes", index).field("handlers").item(number).field("calls");
            let writes = |call: &Call| matches!(call, Call::Write { database, .. } if database == name);
            let call = handler.calls.iter().position(writes)?;
            Some(calls.item(call).field("database").span())
        })
    })
}

//! CS0503: what breaks exists.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::Fault;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0503",
        title: "what breaks exists",
        page: "\
`DatabaseStandbyLoss` needs a database with `multi_az: true`: others have no standby.",
        example: Example::Fields {
            wrong: r#"faults: [DatabaseStandbyLoss(database: "posts", at: "5m")],"#,
            right: r#"
                set: { "databases.posts.multi_az": true },
                faults: [DatabaseStandbyLoss(database: "posts", at: "5m")],
            "#,
        },
    },
    needs: &["databases"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let Fault::DatabaseStandbyLoss { name, database, .. } = fault else { continue };
        let found = cx.find(Kind::Database, database).map(|index| &cx.spec.databases[index]);
        if found.is_some_and(|database| database.multi_az != Some(true)) {
            let message = format!("fault `{name}` has no target: database `{database}` has no standby");
            let place = cx.at("faults", index).field("database").span();
            cx.problems.push(Problem::error(rule, message).at(place).hint("set its `multi_az` to true"));
        }
    }
}

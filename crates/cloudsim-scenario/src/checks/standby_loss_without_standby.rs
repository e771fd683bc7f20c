//! CS0503: a standby that is needed exists.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::overrides::Verb;
use crate::resolve::{Context, Kind};
use crate::spec::Fault;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0503",
        title: "a standby that is needed exists",
        page: "\
`DatabaseStandbyLoss` needs a database with `multi_az: true`: others have no standby. So does `--do \"T: failover \
database/NAME\"`, a reboot with failover.",
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
    let without = |name: &str| {
        let found = cx.find(Kind::Database, name).map(|index| &cx.spec.databases[index]);
        found.is_some_and(|database| database.multi_az != Some(true))
    };
    let mut problems = Vec::new();
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let Fault::DatabaseStandbyLoss { name, database, .. } = fault else { continue };
        if without(database) {
            let message = format!("fault `{name}` has no target: database `{database}` has no standby");
            let place = cx.at("faults", index).field("database").span();
            problems.push(Problem::error(rule, message).at(place).hint("set its `multi_az` to true"));
        }
    }
    for typed in cx.interventions.iter().filter(|typed| typed.verb == Verb::Failover) {
        let (name, place) = &typed.name;
        if without(name) {
            let message = format!("database `{name}` has no standby to fail over to");
            let hint = format!("`--set databases.{name}.multi_az=true` gives it one");
            problems.push(Problem::error(rule, message).at(place.span).hint(hint));
        }
    }
    cx.problems.append(&mut problems);
}

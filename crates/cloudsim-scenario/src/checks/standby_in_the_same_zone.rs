//! CS0402: the standby lives in another zone.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0402",
        title: "the standby lives in another zone",
        page: "\
The standby of a Multi-AZ deployment is in another zone than the writer; that is what it is for, and AWS places it so.",
        example: Example::Fields {
            wrong: r#"set: { "databases.posts.multi_az": true, "databases.posts.standby": "front-y" },"#,
            right: r#"set: { "databases.posts.multi_az": true, "databases.posts.standby": "data-x" },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let (primary, standby) = (cx.subnet(&database.primary), cx.subnet(&database.standby));
        let (Some(primary), Some(standby)) = (primary, standby) else { continue };
        if database.multi_az == Some(true) && primary.zone == standby.zone {
            let at = cx.at("databases", index);
            let message =
                format!("writer and standby of `{}` are both in zone `{}`", database.name, primary.zone);
            let problem = Problem::error(rule, message).at(at.field("standby").span());
            cx.problems.push(
                problem.also(at.field("primary").span(), "the writer").hint("take a subnet of another zone"),
            );
        }
    }
}

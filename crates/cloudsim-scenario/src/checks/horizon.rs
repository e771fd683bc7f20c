//! CS0701: a run lasts.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::place::At;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0701",
        title: "a run lasts",
        page: "\
`duration` is the horizon of a run. A run of no length shows nothing.",
        example: Example::Fields {
            wrong: r#"set: { "duration": "0s" },"#,
            right: r#"set: { "duration": "20m" },"#,
        },
    },
    needs: &["duration"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    if cx
        .spec
        .duration
        .as_ref()
        .is_some_and(|text| text.read().is_ok_and(cloudsim_units::SimDuration::is_zero))
    {
        let place = At::new(cx.root).field("duration").span();
        cx.problems
            .push(Problem::error(rule, "a run of no length").at(place).hint("write `duration: \"30m\"`"));
    }
}

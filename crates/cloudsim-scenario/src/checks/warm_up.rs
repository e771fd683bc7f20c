//! CS0702: something is measured.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::place::At;
use crate::resolve::Context;
use crate::spec::Text;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0702",
        title: "something is measured",
        page: "\
What happens before `warm_up` is over is not measured, so it has to end before the run does.",
        example: Example::Fields { wrong: r#"warm_up: "10m","#, right: r#"warm_up: "1m","# },
    },
    needs: &["duration", "warm_up"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let (Some(Ok(warm_up)), Some(Ok(duration))) =
        (cx.spec.warm_up.as_ref().map(Text::read), cx.spec.duration.as_ref().map(Text::read))
    else {
        return;
    };
    if warm_up >= duration && !duration.is_zero() {
        let root = At::new(cx.root);
        let problem =
            Problem::error(rule, format!("nothing is measured: {warm_up} of {duration} are warm-up"));
        let problem = problem.at(root.field("warm_up").span());
        cx.problems.push(
            problem.also(root.field("duration").span(), "the whole run").hint("warm up for a shorter time"),
        );
    }
}

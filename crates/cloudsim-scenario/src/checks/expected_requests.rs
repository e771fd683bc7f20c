//! CS0703: a run has at most 200 million requests.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::REQUESTS_MAX;
use crate::place::At;
use crate::resolve::Context;
use crate::spec::{Text, Traffic};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0703",
        title: "a run has at most 200 million requests",
        page: "\
The rate of all traffic times the duration says how many requests a run will have. More than 200 million take minutes or \
hours; `--allow-large` says that this is meant.",
        example: Example::Fields {
            wrong: r#"traffic: [OpenLoop(name: "readers", rate: "1000000/s", mix: { "read": 1 })],"#,
            right: r#"traffic: [OpenLoop(name: "readers", rate: "1000/s", mix: { "read": 1 })],"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let Some(Ok(duration)) = cx.spec.duration.as_ref().map(Text::read) else { return };
    let rates = cx.spec.traffic.iter().map(|Traffic::OpenLoop { rate, .. }| rate.read());
    let expected: u128 = rates.flatten().map(|rate| rate.expected_in(duration)).sum();
    if expected > REQUESTS_MAX && !cx.allow_large {
        let place = At::new(cx.root).of("traffic", 0).field("rate").span();
        let message = format!("{expected} expected requests");
        let problem = Problem::error(rule, message).at(place).label(format!("over {duration}"));
        cx.problems.push(problem.hint("lower the rate or the duration, or add `--allow-large`"));
    }
}

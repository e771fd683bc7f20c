//! CS0309: calls are nested at most 64 deep.

use super::Check;
use super::calls::{DEPTH_MAX, Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0309",
        title: "calls are nested at most 64 deep",
        page: "\
A request that waits for another, which waits for another, and so on over more than 64 tiers is a mistake: no system is \
built so.",
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::TooDeep { class, place } = finding {
            let message = format!("calls of class `{class}` are nested deeper than {DEPTH_MAX}");
            cx.problems
                .push(Problem::error(rule, message).at(place).hint("call fewer tiers one through the other"));
        }
    }
}

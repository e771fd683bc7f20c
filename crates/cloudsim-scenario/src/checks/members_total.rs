//! CS0704: a run has at most 100,000 instances.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::limits::INSTANCES_MAX;
use crate::place::At;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0704",
        title: "a run has at most 100,000 instances",
        page: "\
Each instance takes memory and is probed by every node of its load balancers. More than 100,000 in all groups together are \
refused.",
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let total: u64 =
        cx.spec.auto_scaling_groups.iter().map(|group| group.desired.0.min(INSTANCES_MAX + 1)).sum();
    if total > INSTANCES_MAX {
        let place = At::new(cx.root).of("auto_scaling_groups", 0).field("desired").span();
        let problem = Problem::error(rule, format!("more than {INSTANCES_MAX} instances")).at(place);
        cx.problems.push(problem.hint("lower `desired`"));
    }
}

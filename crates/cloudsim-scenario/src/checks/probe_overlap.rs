//! CS0202: a probe ends before the next.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Text;
use cloudsim_aws::services::target_group::limits;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0202",
        title: "a probe ends before the next",
        page: "\
The interval of health checks must be longer than their timeout. AWS answers `Health check interval must be greater than \
the timeout`. The default timeout is 5 s, so an interval of 5 s needs a shorter one.",
        example: Example::Fields {
            wrong: r#"set: { "target_groups.writers.timeout": "5s" },"#,
            right: r#"set: { "target_groups.writers.timeout": "2s" },"#,
        },
    },
    needs: &["target_groups"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, group) in cx.spec.target_groups.iter().enumerate() {
        let interval = group.interval.as_ref().map_or(Ok(limits::INTERVAL), Text::read);
        let timeout = group.timeout.as_ref().map_or(Ok(limits::TIMEOUT), Text::read);
        let (Ok(interval), Ok(timeout)) = (interval, timeout) else { continue };
        let within = limits::INTERVAL_RANGE.contains(&interval) && limits::TIMEOUT_RANGE.contains(&timeout);
        if within && interval <= timeout {
            let at = cx.at("target_groups", index);
            let field = if group.interval.is_some() { "interval" } else { "timeout" };
            let message = format!("the interval {interval} is not longer than the timeout {timeout}");
            let problem = Problem::error(rule, message).at(at.field(field).span());
            cx.problems.push(problem.hint("lengthen the interval or shorten the timeout, 2s at least"));
        }
    }
}

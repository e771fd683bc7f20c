//! CS0505: an intervention happens during the run.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Text;
use cloudsim_units::SimDuration;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0505",
        title: "an intervention happens during the run",
        page: "\
What an operator does at or after the horizon changes nothing.",
        example: Example::Flag {
            flag: "--do",
            wrong: "30m: failover database/orders",
            right: "4m: failover database/orders",
        },
    },
    needs: &["duration"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let Some(Ok(duration)) = cx.spec.duration.as_ref().map(Text::read) else { return };
    // A run of no length was told.
    if duration == SimDuration::ZERO {
        return;
    }
    for typed in cx.interventions {
        let Some((at, place)) = &typed.at else { continue };
        if at.read().is_ok_and(|at| at >= duration) {
            let message = format!("an intervention that never happens: the run ends at {duration}");
            let problem = Problem::error(rule, message).at(place.span);
            cx.problems.push(problem.hint("intervene earlier or let the run last longer"));
        }
    }
}

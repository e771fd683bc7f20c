//! CS0501: a fault happens during the run.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Text;
use cloudsim_units::SimDuration;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0501",
        title: "a fault happens during the run",
        page: "\
A fault at or after the horizon never happens, and a run without it would answer another question.",
        example: Example::Fields {
            wrong: r#"faults: [ZonePowerLoss(zone: "x", at: "10m")],"#,
            right: r#"faults: [ZonePowerLoss(zone: "x", at: "5m")],"#,
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
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let (name, at, _) = fault.common();
        if at.read().is_ok_and(|at| at >= duration) {
            let message = format!("fault `{name}` never happens: the run ends at {duration}");
            let place = cx.at("faults", index).field("at").span();
            let hint = "let it start earlier or the run last longer";
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

//! CS0502: a fault happens when it is measured.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Text;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0502",
        title: "a fault happens when it is measured",
        page: "\
What happens during `warm_up` is run and not measured, so that caches and queues have settled before. The outage of a \
fault that strikes then is missing from the figures in part.",
        example: Example::Fields {
            wrong: r#"warm_up: "1m", faults: [ZonePowerLoss(zone: "x", at: "30s")],"#,
            right: r#"warm_up: "1m", faults: [ZonePowerLoss(zone: "x", at: "5m")],"#,
        },
    },
    needs: &["warm_up"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let Some(Ok(warm_up)) = cx.spec.warm_up.as_ref().map(Text::read) else { return };
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let (name, at, _) = fault.common();
        if at.read().is_ok_and(|at| at < warm_up) {
            let message = format!("fault `{name}` strikes before measuring starts at {warm_up}");
            let place = cx.at("faults", index).field("at").span();
            let hint = "let it start later or warm up for a shorter time";
            cx.problems.push(Problem::warning(rule, message).at(place).hint(hint));
        }
    }
}

//! CS0601: an objective has something to judge.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::resolve::Kind;
use crate::spec::{Objective, Traffic};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0601",
        title: "an objective has something to judge",
        page: "\
An objective about a service whose classes nobody sends cannot be judged: the run says nothing about it.",
        example: Example::Fields {
            wrong: r#"objectives: [Availability(service: "blog", at_least: "99%")],"#,
            right: r#"
                traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })],
                objectives: [Availability(service: "blog", at_least: "99%")],
            "#,
        },
    },
    needs: &["traffic", "services"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let mixes = cx.spec.traffic.iter().flat_map(|Traffic::OpenLoop { mix, .. }| &mix.0);
    let sent: BTreeSet<&str> =
        mixes.filter(|(_, weight)| weight.0 > 0).map(|(class, _)| class.as_str()).collect();
    for (index, objective) in cx.spec.objectives.iter().enumerate() {
        let (Objective::Rto { name, service, .. }
        | Objective::Availability { name, service, .. }
        | Objective::Latency { name, service, .. }) = objective
        else {
            continue;
        };
        let Some(found) = cx.find(Kind::Service, service).map(|index| &cx.spec.services[index]) else {
            continue;
        };
        if !found.classes.iter().any(|class| sent.contains(class.as_str())) {
            let message =
                format!("objective `{name}` has nothing to judge: no traffic has a class of `{service}`");
            let place = cx.at("objectives", index).field("service").span();
            cx.problems
                .push(Problem::warning(rule, message).at(place).hint("add one to the mix of the traffic"));
        }
    }
}

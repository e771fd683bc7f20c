//! CS0601: an objective has something to judge.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::{Call, Objective, Traffic};
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0601",
        title: "an objective has something to judge",
        page: "\
An objective about a service whose classes nobody sends cannot be judged: the run says nothing about it. The same is true of \
an `Rpo` of a database, or a table, that nobody writes to: there is nothing to lose.",
        example: Example::Fields {
            wrong: r#"objectives: [Availability(service: "blog", at_least: "99%")],"#,
            right: r#"
                traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })],
                objectives: [Availability(service: "blog", at_least: "99%")],
            "#,
        },
    },
    needs: &["classes", "services", "traffic"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let mixes = cx.spec.traffic.iter().flat_map(|Traffic::OpenLoop { mix, .. }| &mix.0);
    let sent: BTreeSet<&str> =
        mixes.filter(|(_, weight)| weight.0 > 0).map(|(class, _)| class.as_str()).collect();
    for (index, objective) in cx.spec.objectives.iter().enumerate() {
        let idle = match objective {
            Objective::Rto { service, .. }
            | Objective::Availability { service, .. }
            | Objective::Latency { service, .. } => {
                let found = cx.find(Kind::Service, service).map(|index| &cx.spec.services[index]);
                let idle =
                    found.filter(|found| !found.classes.iter().any(|class| sent.contains(class.as_str())));
                idle.map(|_| ("service", format!("no traffic has a class of `{service}`")))
            }
            Objective::Rpo { database, .. } => {
                let classes = cx.spec.classes.iter().filter(|class| sent.contains(class.name.as_str()));
                let mut calls = classes.flat_map(|class| &class.handlers).flat_map(|handler| &handler.calls);
                let known = cx.find(Kind::Store, database).is_some();
                let written = calls.any(|call| match call {
                    Call::Write { database: written, .. } | Call::PutItem { table: written, .. } => {
                        written == database
                    }
                    _ => false,
                });
                (known && !written).then(|| ("database", format!("no traffic writes to `{database}`")))
            }
            Objective::MonthlyCost { .. } => None,
        };
        let Some((field, why)) = idle else { continue };
        let message = format!("objective `{}` has nothing to judge: {why}", objective.name());
        let place = cx.at("objectives", index).field(field).span();
        cx.problems.push(
            Problem::warning(rule, message).at(place).hint("add such a class to the mix of the traffic"),
        );
    }
}

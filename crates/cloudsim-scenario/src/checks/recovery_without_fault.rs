//! CS0602: an objective of recovery has something to recover from.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::{Objective, Traffic};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0602",
        title: "an objective of recovery has something to recover from",
        page: "\
`Rto` limits the longest outage and `Rpo` the largest loss of data. Where nothing fails, both are met by themselves and say \
nothing about a bad day. An `Rto` of `0s` asks for no outage at all, which a quiet day can miss: it needs no fault. Neither \
does one where traffic begins within the run (`from`), which may be more than the servers are up to.",
        example: Example::Fields {
            wrong: r#"
                traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })],
                objectives: [Rto(service: "blog", at_most: "1m")],
            "#,
            right: r#"
                traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })],
                faults: [ZonePowerLoss(zone: "x", at: "5m", lasts: "2m")],
                objectives: [Rto(service: "blog", at_most: "1m")],
            "#,
        },
    },
    needs: &["faults", "objectives", "traffic"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    if !cx.spec.faults.is_empty() || !cx.interventions.is_empty() {
        return;
    }
    let surges = cx.spec.traffic.iter().any(|Traffic::OpenLoop { from, .. }| from.is_some());
    let objectives = cx.spec.objectives.iter().enumerate();
    let idle = objectives.filter(|(_, objective)| match objective {
        Objective::Rto { at_most, .. } => !surges && at_most.read().is_ok_and(|limit| !limit.is_zero()),
        Objective::Rpo { .. } => true,
        _ => false,
    });
    let idle: Vec<_> = idle.map(|(index, objective)| (index, objective.name())).collect();
    let Some(((index, name), more)) = idle.split_first() else { return };
    let problem =
        Problem::warning(rule, format!("objective `{name}` is about a recovery, and nothing fails"));
    let mut problem = problem.at(cx.at("objectives", *index).span());
    for (index, _) in more {
        problem = problem.also(cx.at("objectives", *index).span(), "this one too");
    }
    cx.problems.push(problem.hint("add a fault to `faults`, or one with `--fault`"));
}

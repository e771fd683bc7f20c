//! CS0703: a run has at most 200 million requests.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::{INSTANCES_MAX, REQUESTS_MAX};
use crate::place::At;
use crate::resolve::Context;
use crate::spec::{Text, Traffic};
use cloudsim_aws::services::target_group::limits::{INTERVAL, INTERVAL_RANGE};
use cloudsim_units::SimDuration;
use std::collections::{BTreeMap, BTreeSet};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0703",
        title: "a run has at most 200 million requests",
        page: "\
The rate of all traffic times the duration says how many requests a run will have, and the probes of all load balancers are \
requests too. More than 200 million take minutes or hours; `--allow-large` says that this is meant.",
        example: Example::Fields {
            wrong: r#"traffic: [OpenLoop(name: "readers", rate: "10000/s", mix: { "read": 1 })],
set: { "duration": "10h" },"#,
            right: r#"traffic: [OpenLoop(name: "readers", rate: "10000/s", mix: { "read": 1 })],
set: { "duration": "1h" },"#,
        },
    },
    needs: &["auto_scaling_groups", "duration", "load_balancers", "target_groups", "traffic"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let Some(Ok(duration)) = cx.spec.duration.as_ref().map(Text::read) else { return };
    let read = |time: &Option<Text<SimDuration>>| time.as_ref().and_then(|time| time.read().ok());
    let expected = cx.spec.traffic.iter().filter_map(|Traffic::OpenLoop { rate, from, until, .. }| {
        let until = read(until).unwrap_or(duration).min(duration);
        Some(rate.read().ok()?.expected_in(until.saturating_sub(read(from).unwrap_or_default())))
    });
    let asked: u128 = expected.sum();
    let probes = probes(cx, duration);
    if asked + probes > REQUESTS_MAX && !cx.allow_large {
        let root = At::new(cx.root);
        let place = if asked > probes { root.of("traffic", 0).field("rate") } else { root.field("duration") };
        let message = format!("{} expected requests", asked + probes);
        let of_these = if probes > 0 { format!(", {probes} of them probes") } else { String::new() };
        let problem = Problem::error(rule, format!("{message}{of_these}")).at(place.span());
        let problem = problem.label(format!("over {duration}"));
        let hint = format!("at most {REQUESTS_MAX}: lower the rate or the duration, or add `--allow-large`");
        cx.problems.push(problem.hint(hint));
    }
}

/// Every node of a load balancer probes every member of its target groups.
fn probes(cx: &Context<'_>, duration: SimDuration) -> u128 {
    let mut total = 0;
    let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
    for balancer in &cx.spec.load_balancers {
        let groups = balancer.listeners.iter().map(|listener| listener.target_group.as_str());
        for group in groups.collect::<BTreeSet<_>>() {
            *nodes.entry(group).or_default() += balancer.subnets.len();
        }
    }
    for group in &cx.spec.target_groups {
        let Ok(interval) = group.interval.as_ref().map_or(Ok(INTERVAL), Text::read) else { continue };
        let members: u64 =
            cx.groups_behind(&group.name).map(|servers| servers.desired.0.min(INSTANCES_MAX)).sum();
        let nodes = nodes.get(group.name.as_str()).copied().unwrap_or(0);
        // One that is out of its range has a problem of its own.
        let interval = interval.clamp(*INTERVAL_RANGE.start(), *INTERVAL_RANGE.end());
        let times = duration.as_nanos() / interval.as_nanos();
        total += u128::from(members) * nodes as u128 * u128::from(times);
    }
    total
}

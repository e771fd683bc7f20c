//! CS0705: a run has at most 250,000 requests under way.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::REQUESTS_AT_ONCE_MAX;
use crate::place::At;
use crate::resolve::{Context, Kind};
use crate::spec::{Text, Traffic};
use cloudsim_units::SimDuration;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0705",
        title: "a run has at most 250,000 requests under way",
        page: "\
Where nothing answers, requests wait until their clients give up: the rate of all traffic times the longest `timeout` of its \
clients says how many at once. Each takes memory. `--allow-large` says that more than 250,000 are meant.",
        example: Example::Fields {
            wrong: r#"traffic: [OpenLoop(name: "readers", rate: "30000/s", mix: { "read": 1 })],"#,
            right: r#"traffic: [OpenLoop(name: "readers", rate: "1000/s", mix: { "read": 1 })],"#,
        },
    },
    needs: &["classes", "clients", "duration", "traffic"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let Some(Ok(duration)) = cx.spec.duration.as_ref().map(Text::read) else { return };
    let mut at_once = 0;
    let mut longest = SimDuration::ZERO;
    for Traffic::OpenLoop { rate, mix, .. } in &cx.spec.traffic {
        let patience = mix.0.iter().filter_map(|(class, _)| patience(cx, class)).max().unwrap_or_default();
        let waiting = rate.read().map_or(0, |rate| rate.expected_in(patience.min(duration)));
        at_once += waiting;
        longest = longest.max(patience);
    }
    if at_once > REQUESTS_AT_ONCE_MAX && !cx.allow_large {
        let place = At::new(cx.root).of("traffic", 0).field("rate").span();
        let problem = Problem::error(rule, format!("{at_once} requests may be under way at once")).at(place);
        let problem = problem.label(format!("clients wait for up to {longest}"));
        let hint = format!(
            "at most {REQUESTS_AT_ONCE_MAX}: lower the rate or `timeout` of the clients, or add `--allow-large`"
        );
        cx.problems.push(problem.hint(hint));
    }
}

/// How long the clients of a class wait for an answer.
fn patience(cx: &Context<'_>, class: &str) -> Option<SimDuration> {
    let class = &cx.spec.classes[cx.find(Kind::Class, class)?];
    let client = &cx.spec.clients[cx.find(Kind::Client, &class.client)?];
    client.timeout.as_ref().map_or(Some(cx.assumed.clients.timeout), |timeout| timeout.read().ok())
}

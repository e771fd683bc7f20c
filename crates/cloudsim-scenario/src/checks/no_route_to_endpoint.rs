//! CS0104: subnet has no route to a destination it sends to.

use super::Check;
use super::lookup::Way;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::Call;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0104",
        title: "subnet has no route to a destination it sends to",
        page: "\
A server that calls an endpoint on the internet needs a route to it: a route table entry `0.0.0.0/0` (or one that holds \
the endpoint's address) through a NAT gateway or an internet gateway. To break the route on purpose, write \
`via: Blackhole`.",
        example: Example::Fields {
            wrong: r#"
                endpoints: [(name: "mail", address: "203.0.113.9", port: 25, response: Constant("9ms"))],
                set: {
                    "classes.read.handlers.writers.calls": [External(endpoint: "mail", timeout: "1s")],
                    "auto_scaling_groups.writers.subnets": ["data-x", "front-y"],
                },
            "#,
            right: r#"
                endpoints: [(name: "mail", address: "203.0.113.9", port: 25, response: Constant("9ms"))],
                set: {
                    "classes.read.handlers.writers.calls": [External(endpoint: "mail", timeout: "1s")],
                    "auto_scaling_groups.writers.subnets": ["front-x", "front-y"],
                },
            "#,
        },
    },
    needs: &["route_tables"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let calls = external_calls(cx);
    let mut told = BTreeSet::new();
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let subnets = cx.at("auto_scaling_groups", index).field("subnets");
        for call in calls.iter().filter(|call| group.target_groups.contains(call.from)) {
            for (number, name) in group.subnets.iter().enumerate() {
                let Some(subnet) = cx.subnet(name) else { continue };
                if cx.way(subnet, call.address) != Some(Way::Nowhere) || !told.insert((name, call.endpoint)) {
                    continue;
                }
                let problem = Problem::error(rule, format!("subnet `{name}` has no route to the internet"));
                let problem = problem.at(subnets.item(number).span());
                let problem = problem.label(format!("servers here call `{}`", call.endpoint));
                let (address, table) = (call.address, &subnet.route_table);
                let hint = format!("add a route to {address} through a NAT gateway to route table `{table}`");
                cx.problems.push(problem.also(call.place, "called here").hint(hint));
            }
        }
    }
}

struct ExternalCall<'a> {
    /// The target group whose servers call.
    from: &'a String,
    endpoint: &'a str,
    address: Ipv4Addr,
    place: Span,
}

fn external_calls<'a>(cx: &Context<'a>) -> Vec<ExternalCall<'a>> {
    let mut all = Vec::new();
    for (index, class) in cx.spec.classes.iter().enumerate() {
        for (number, handler) in class.handlers.iter().enumerate() {
            let calls = cx.at("classes", index).field("handlers").item(number).field("calls");
            for (number, call) in handler.calls.iter().enumerate() {
                let Call::External { endpoint, .. } = call else { continue };
                let found = cx.find(Kind::Endpoint, endpoint).map(|index| &cx.spec.endpoints[index]);
                let Some(address) = found.and_then(|endpoint| endpoint.address.read().ok()) else { continue };
                let place = calls.item(number).field("endpoint").span();
                all.push(ExternalCall { from: &handler.at, endpoint, address, place });
            }
        }
    }
    all
}

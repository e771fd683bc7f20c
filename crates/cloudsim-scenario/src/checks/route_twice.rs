//! CS0110: a route table has one route for each destination.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0110",
        title: "a route table has one route for each destination",
        page: "\
Of the routes that match a packet the one with the longest prefix counts (NET-12). Two with the same destination would leave \
it open which, and AWS refuses the second. Two that are written are told as CS0015. The VPC's own range is there already: a \
route may be narrower, and not the same.",
        example: Example::Fields {
            wrong: r#"set: { "route_tables.closed.routes": [(to: "172.16.0.0/22", via: Blackhole)] },"#,
            right: r#"set: { "route_tables.closed.routes": [(to: "172.16.1.0/24", via: Blackhole)] },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, table) in cx.spec.route_tables.iter().enumerate() {
        let Some(own) = cx.vpc_range(&table.vpc) else { continue };
        let list = cx.at("route_tables", index).field("routes");
        for (number, route) in table.routes.iter().enumerate() {
            if route.to.read() == Ok(own) {
                let problem = Problem::error(rule, format!("`{own}` is the VPC's own range"));
                let problem = problem.at(list.item(number).field("to").span());
                cx.problems.push(problem.hint("its route is always there, and leads to the VPC"));
            }
        }
    }
}

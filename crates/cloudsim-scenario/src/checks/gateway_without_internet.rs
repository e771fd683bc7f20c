//! CS0107: what faces the internet stands in a public subnet.

use super::Check;
use super::lookup::Way;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Scheme;
use std::net::Ipv4Addr;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0107",
        title: "what faces the internet stands in a public subnet",
        page: "\
A subnet is public if its route table leads to an internet gateway. A NAT gateway or an internet-facing load balancer in \
another subnet exists and is billed, but no packet comes through.",
        example: Example::Fields {
            wrong: r#"set: { "load_balancers.blog-alb.subnets": ["front-x", "data-y"] },"#,
            right: r#"set: { "load_balancers.blog-alb.subnets": ["front-x", "front-y"] },"#,
        },
    },
    needs: &["route_tables"],
    run,
};

/// An address that only a default route leads to: of the range for documentation, RFC 5737.
const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, gateway) in cx.spec.nat_gateways.iter().enumerate() {
        let place = cx.at("nat_gateways", index).field("subnet").span();
        look(rule, cx, &format!("NAT gateway `{}`", gateway.name), &gateway.subnet, place);
    }
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        let list = cx.at("load_balancers", index).field("subnets");
        if balancer.scheme == Scheme::InternetFacing {
            for (number, subnet) in balancer.subnets.iter().enumerate() {
                let what = format!("load balancer `{}` faces the internet and", balancer.name);
                look(rule, cx, &what, subnet, list.item(number).span());
            }
        }
    }
}

fn look(rule: &'static Rule, cx: &mut Context<'_>, what: &str, subnet: &str, place: Span) {
    let Some(subnet) = cx.subnet(subnet) else { return };
    if cx.way(subnet, SOMEWHERE).is_some_and(|way| way != Way::InternetGateway) {
        let problem = Problem::warning(rule, format!("{what} stands in a private subnet")).at(place);
        let hint =
            format!("route table `{}` has no route `0.0.0.0/0` to an internet gateway", subnet.route_table);
        cx.problems.push(problem.hint(hint));
    }
}

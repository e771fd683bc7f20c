//! CS0803: each zone leaves through a NAT gateway of its own.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::{Subnet, Via};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0803",
        title: "each zone leaves through a NAT gateway of its own",
        page: "\
A NAT gateway lives in one zone. Private subnets of other zones that leave through it lose their way out with that zone, and \
what they send crosses zones, which is billed. The cure is a gateway and a route table in each zone.",
        example: Example::Fields {
            wrong: r#"
                nat_gateways: [(name: "nat-x", subnet: "front-x")],
                set: { "route_tables.closed.routes": [(to: "0.0.0.0/0", via: NatGateway("nat-x"))] },
            "#,
            right: r#"
                nat_gateways: [(name: "nat-x", subnet: "front-x"), (name: "nat-y", subnet: "front-y")],
                route_tables: [
                    (name: "closed-y", vpc: "blog", routes: [(to: "0.0.0.0/0", via: NatGateway("nat-y"))]),
                ],
                set: {
                    "route_tables.closed.routes": [(to: "0.0.0.0/0", via: NatGateway("nat-x"))],
                    "subnets.data-y.route_table": "closed-y",
                },
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let mut users: BTreeMap<&str, Vec<&Subnet>> = BTreeMap::new();
    for subnet in &cx.spec.subnets {
        let routes = cx.route_table(&subnet.route_table).map_or(&[][..], |table| &table.routes);
        let gateways = routes.iter().filter_map(|route| match &route.via {
            Via::NatGateway(name) => Some(name.as_str()),
            Via::InternetGateway(_) | Via::Blackhole => None,
        });
        for gateway in gateways.collect::<BTreeSet<_>>() {
            users.entry(gateway).or_default().push(subnet);
        }
    }
    for (index, gateway) in cx.spec.nat_gateways.iter().enumerate() {
        let Some(home) = cx.subnet(&gateway.subnet) else { continue };
        let users = users.get(gateway.name.as_str()).into_iter().flatten();
        let others = users.filter(|subnet| subnet.zone != home.zone);
        let (zones, subnets): (BTreeSet<String>, Vec<&str>) =
            others.map(|subnet| (format!("`{}`", subnet.zone), subnet.name.as_str())).unzip();
        if zones.is_empty() {
            continue;
        }
        let (noun, verb) = if zones.len() == 1 { ("zone", "leaves") } else { ("zones", "leave") };
        let zones = zones.into_iter().collect::<Vec<_>>().join(" and ");
        let message =
            format!("{noun} {zones} {verb} through NAT gateway `{}` of zone `{}`", gateway.name, home.zone);
        let hint = format!("without zone `{}` there is no way out of {}", home.zone, subnets.join(", "));
        let problem = Problem::advice(rule, message).at(cx.at("nat_gateways", index).span());
        cx.problems.push(problem.hint(hint));
    }
}

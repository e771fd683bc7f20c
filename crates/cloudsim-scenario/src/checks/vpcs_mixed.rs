//! CS0103: what works together is in one VPC.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::Via;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0103",
        title: "what works together is in one VPC",
        page: "\
A route table serves subnets of its own VPC, an internet gateway serves the VPC that it is attached to, and all subnets \
of a load balancer, an Auto Scaling group or a database belong to one VPC; a read replica may stand in a VPC of another \
region. A VPC lies in one region. Ranges of different VPCs may overlap, as AWS allows: no route leads from one to another.",
        example: Example::Fields {
            wrong: r#"
                vpcs: [(name: "other", cidr: "10.0.0.0/16")],
                route_tables: [(name: "open", vpc: "other")],
                set: { "subnets.data-x.route_table": "open" },
            "#,
            right: r#"
                route_tables: [(name: "open", vpc: "blog")],
                set: { "subnets.data-x.route_table": "open" },
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    one_region(rule, cx);
    for (index, subnet) in cx.spec.subnets.iter().enumerate() {
        let known = |vpc: &str| cx.find(Kind::Vpc, vpc).is_some();
        let table =
            cx.route_table(&subnet.route_table).filter(|table| known(&table.vpc) && known(&subnet.vpc));
        if let Some(table) = table.filter(|table| table.vpc != subnet.vpc) {
            let message =
                format!("route table `{}` is of VPC `{}`, not `{}`", table.name, table.vpc, subnet.vpc);
            let place = cx.at("subnets", index).field("route_table").span();
            cx.problems.push(Problem::error(rule, message).at(place));
        }
    }
    for (index, table) in cx.spec.route_tables.iter().enumerate() {
        if cx.find(Kind::Vpc, &table.vpc).is_none() {
            continue;
        }
        for (number, route) in table.routes.iter().enumerate() {
            let vpc = match &route.via {
                Via::InternetGateway(name) => cx
                    .find(Kind::InternetGateway, name)
                    .map(|index| cx.spec.internet_gateways[index].vpc.as_str()),
                Via::NatGateway(name) => {
                    let gateway = cx.find(Kind::NatGateway, name).map(|index| &cx.spec.nat_gateways[index]);
                    gateway.and_then(|gateway| cx.subnet(&gateway.subnet)).map(|subnet| subnet.vpc.as_str())
                }
                Via::Blackhole => None,
            };
            if let Some(vpc) = vpc.filter(|vpc| *vpc != table.vpc) {
                let message = format!("a route of VPC `{}` leads to a gateway of VPC `{vpc}`", table.vpc);
                let place = cx.at("route_tables", index).field("routes").item(number).field("via").span();
                cx.problems.push(Problem::error(rule, message).at(place));
            }
        }
    }
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        let list = cx.at("load_balancers", index).field("subnets");
        let places = |number| list.item(number).span();
        one_vpc(rule, cx, balancer.subnets.iter().enumerate().map(|(number, name)| (name, places(number))));
    }
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        let list = cx.at("auto_scaling_groups", index).field("subnets");
        let places = |number| list.item(number).span();
        one_vpc(rule, cx, group.subnets.iter().enumerate().map(|(number, name)| (name, places(number))));
    }
    for (pool, at) in cx.node_pools() {
        let list = at.field("node_class").field("subnets");
        let places = |number| list.item(number).span();
        let subnets = pool.node_class.subnets.iter().enumerate();
        one_vpc(rule, cx, subnets.map(|(number, name)| (name, places(number))));
    }
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let at = cx.at("databases", index);
        let own = [
            (&database.primary, at.field("primary").span()),
            (&database.standby, at.field("standby").span()),
        ];
        let replicas = database.replicas.iter().enumerate();
        let place = |number| at.field("replicas").item(number).field("subnet").span();
        let home = region_of(cx, &database.primary);
        let replicas = replicas.filter(|(_, replica)| {
            let region = region_of(cx, &replica.subnet);
            region.is_some() && region == home
        });
        let replicas = replicas.map(|(number, replica)| (&replica.subnet, place(number)));
        let replicas: Vec<_> = replicas.collect();
        one_vpc(rule, cx, own.into_iter().chain(replicas));
    }
}

/// The region of a subnet.
fn region_of<'a>(cx: &Context<'a>, subnet: &str) -> Option<&'a str> {
    let zone = cx.find(Kind::Zone, &cx.subnet(subnet)?.zone)?;
    Some(&cx.spec.zones[zone].region)
}

fn one_region(rule: &'static Rule, cx: &mut Context<'_>) {
    let mut regions: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (index, subnet) in cx.spec.subnets.iter().enumerate() {
        let Some(zone) = cx.find(Kind::Zone, &subnet.zone).map(|index| &cx.spec.zones[index]) else {
            continue;
        };
        if cx.find(Kind::Vpc, &subnet.vpc).is_none() || cx.find(Kind::Region, &zone.region).is_none() {
            continue;
        }
        let place = cx.at("subnets", index).field("zone").span();
        let (region, first) = *regions.entry(&subnet.vpc).or_insert((&zone.region, place));
        if zone.region != region {
            let message = format!("VPC `{}` is in region `{region}`, not in `{}`", subnet.vpc, zone.region);
            let problem = Problem::error(rule, message).at(place);
            cx.problems.push(problem.also(first, "its first zone").hint("a VPC lies in one region"));
        }
    }
}

fn one_vpc<'s>(
    rule: &'static Rule,
    cx: &mut Context<'_>,
    subnets: impl IntoIterator<Item = (&'s String, Span)>,
) {
    let mut first: Option<(&str, Span)> = None;
    for (name, place) in subnets {
        let Some(subnet) = cx.subnet(name).filter(|subnet| cx.find(Kind::Vpc, &subnet.vpc).is_some()) else {
            continue;
        };
        let (vpc, seen) = *first.get_or_insert((&subnet.vpc, place));
        if subnet.vpc != vpc {
            let problem = Problem::error(rule, format!("`{name}` is of VPC `{}`, not `{vpc}`", subnet.vpc));
            cx.problems.push(problem.at(place).also(seen, format!("this one is of `{vpc}`")));
        }
    }
}

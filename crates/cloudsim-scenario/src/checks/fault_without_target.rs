//! CS0504: a fault breaks something.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};
use crate::spec::{AutoScalingGroup, Fault, Via};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0504",
        title: "a fault breaks something",
        page: "\
A fault of a zone in which nothing stands, of an instance of a group that has none, or of a NAT gateway that no subnet \
leaves through happens, and nobody sees it: the run shows a quiet day.",
        example: Example::Fields {
            wrong: r#"
                zones: [(name: "z", region: "eu-west-1")],
                faults: [ZonePowerLoss(zone: "z", at: "5m")],
            "#,
            right: r#"
                zones: [(name: "z", region: "eu-west-1")],
                faults: [ZonePowerLoss(zone: "x", at: "5m")],
            "#,
        },
    },
    needs: &[
        "auto_scaling_groups",
        "databases",
        "load_balancers",
        "nat_gateways",
        "route_tables",
        "subnets",
        "zones",
    ],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, fault) in cx.spec.faults.iter().enumerate() {
        let found = match fault {
            Fault::ZonePowerLoss { zone, .. } => {
                let known = cx.find(Kind::Zone, zone).is_some();
                let used = stand_in(cx).any(|subnet| cx.subnet(subnet).is_none_or(|s| s.zone == *zone));
                let why = format!("nothing stands in zone `{zone}`");
                (known && !used).then_some(("zone", why, "name a zone in which something stands"))
            }
            Fault::HostDeath { instance, .. } | Fault::ProcessDeath { instance, .. } => {
                let groups = &cx.spec.auto_scaling_groups;
                let group = groups.iter().find(|group| group.members_called() == instance);
                let empty = group.filter(|group| group.desired.0 == 0);
                let why = |group: &AutoScalingGroup| format!("group `{}` has no instances", group.name);
                empty.map(|group| ("instance", why(group), "let the group's `desired` be 1 or more"))
            }
            Fault::NatGatewayLoss { nat_gateway, .. } => {
                let known = cx.find(Kind::NatGateway, nat_gateway).is_some();
                let why = format!("no subnet leaves through `{nat_gateway}`");
                let hint = "name one that a subnet's route table leads to";
                (known && !is_used(cx, nat_gateway)).then_some(("nat_gateway", why, hint))
            }
            _ => None,
        };
        let Some((field, why, hint)) = found else { continue };
        let (name, ..) = fault.common();
        let problem = Problem::warning(rule, format!("fault `{name}` breaks nothing: {why}"));
        cx.problems.push(problem.at(cx.at("faults", index).field(field).span()).hint(hint));
    }
}

/// The subnets in which something stands that can break.
fn stand_in<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a String> + use<'a> {
    let spec = cx.spec;
    let groups = spec.auto_scaling_groups.iter().filter(|group| group.desired.0 > 0);
    let databases = spec.databases.iter().flat_map(|database| {
        let standby = (database.multi_az == Some(true)).then_some(&database.standby);
        let replicas = database.replicas.iter().map(|replica| &replica.subnet);
        std::iter::once(&database.primary).chain(standby).chain(replicas)
    });
    let balancers = spec.load_balancers.iter().flat_map(|balancer| &balancer.subnets);
    let gateways = spec.nat_gateways.iter().map(|gateway| &gateway.subnet);
    groups.flat_map(|group| &group.subnets).chain(databases).chain(balancers).chain(gateways)
}

/// Whether a route of a subnet leads through a NAT gateway.
fn is_used(cx: &Context<'_>, gateway: &str) -> bool {
    let mut tables = cx.spec.subnets.iter().filter_map(|subnet| cx.route_table(&subnet.route_table));
    let leads = |via: &Via| matches!(via, Via::NatGateway(name) if name == gateway);
    tables.any(|table| table.routes.iter().any(|route| leads(&route.via)))
}

//! CS0109: a subnet has addresses for what stands in it.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::limits::{INSTANCES_MAX, MEMBERS};
use crate::resolve::Context;
use crate::spec::VpcEndpointKind;
use cloudsim_aws::services::vpc::usable_addresses;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0109",
        title: "a subnet has addresses for what stands in it",
        page: "\
AWS keeps five addresses of each subnet for itself (NET-11). Each node of a load balancer, NAT gateway, instance, instance \
of a database (the one that a restore would make included) and interface endpoint takes one of the rest. Launches that find \
none during a run fail, as in reality; what stands at the start has to fit.",
        example: Example::Fields {
            wrong: r#"set: { "subnets.front-x.cidr": "172.16.0.0/28", "auto_scaling_groups.writers.desired": 22, "auto_scaling_groups.writers.max": 22 },"#,
            right: r#"set: { "subnets.front-x.cidr": "172.16.0.0/27", "auto_scaling_groups.writers.desired": 22, "auto_scaling_groups.writers.max": 22 },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let pools: Vec<_> =
        cx.spec.node_pools().map(|pool| (pool, pool.nodes.map_or(0, |nodes| nodes.0))).collect();
    let groups = cx.spec.auto_scaling_groups.iter().map(|group| group.desired.0);
    let members = groups.chain(pools.iter().map(|(_, nodes)| *nodes));
    if members.clone().any(|desired| !MEMBERS.contains(&desired)) || members.sum::<u64>() > INSTANCES_MAX {
        // More than any subnet holds, and told by rules of their own.
        return;
    }
    let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
    let mut want = |subnet: &'_ str, count: u64| {
        if let Some(subnet) = cx.subnet(subnet) {
            *wanted.entry(&subnet.name).or_default() += count;
        }
    };
    for gateway in &cx.spec.nat_gateways {
        want(&gateway.subnet, 1);
    }
    for balancer in &cx.spec.load_balancers {
        for subnet in &balancer.subnets {
            want(subnet, 1);
        }
    }
    for group in &cx.spec.auto_scaling_groups {
        // Members are dealt out in turn.
        let subnets = group.subnets.len() as u64;
        for (place, subnet) in (0..).zip(&group.subnets) {
            want(subnet, group.desired.0 / subnets + u64::from(place < group.desired.0 % subnets));
        }
    }
    for (pool, nodes) in &pools {
        let is_used = |name: &&String| {
            let zone = cx.subnet(name).map(|subnet| &subnet.zone);
            pool.zones.as_ref().is_none_or(|zones| zone.is_some_and(|zone| zones.contains(zone)))
        };
        let subnets: Vec<&String> = pool.node_class.subnets.iter().filter(is_used).collect();
        let count = (subnets.len() as u64).max(1);
        for (place, subnet) in (0..).zip(subnets) {
            want(subnet, nodes / count + u64::from(place < nodes % count));
        }
    }
    for database in &cx.spec.databases {
        want(&database.primary, 1);
        want(&database.standby, 1 + u64::from(database.multi_az == Some(true)));
        for replica in &database.replicas {
            want(&replica.subnet, 1);
        }
        for backup in &database.backups {
            want(&backup.subnet, 1);
        }
    }
    for endpoint in &cx.spec.vpc_endpoints {
        if let VpcEndpointKind::Interface { subnets, .. } = &endpoint.kind {
            for subnet in subnets {
                want(subnet, 1);
            }
        }
    }
    for (index, subnet) in cx.spec.subnets.iter().enumerate() {
        let Ok(cidr) = subnet.cidr.read() else { continue };
        let (usable, wanted) = (usable_addresses(cidr), wanted.get(subnet.name.as_str()).copied());
        if let Some(wanted) = wanted.filter(|wanted| *wanted > u64::from(usable)) {
            let place = cx.at("subnets", index).field("cidr").span();
            let message = format!("subnet `{}` is too small for what stands in it", subnet.name);
            let problem = Problem::error(rule, message).at(place);
            let label = format!("{usable} addresses can be used, {wanted} are needed");
            cx.problems.push(problem.label(label).hint("take a shorter prefix, or spread over more subnets"));
        }
    }
}

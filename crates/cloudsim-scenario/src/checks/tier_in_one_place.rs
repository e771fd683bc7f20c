//! CS0801: a tier of servers outlives an instance and a zone.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0801",
        title: "a tier of servers outlives an instance and a zone",
        page: "\
If all servers behind a target group are one, or are in one zone, then the tier is away for as long as that instance or that \
zone is. Auto Scaling replaces an instance in minutes, and a zone never.",
        example: Example::Fields {
            wrong: r#"set: { "auto_scaling_groups.writers.subnets": ["front-x"] },"#,
            right: r#"set: { "auto_scaling_groups.writers.subnets": ["front-x", "front-y"] },"#,
        },
    },
    needs: &["auto_scaling_groups", "subnets"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for target_group in &cx.spec.target_groups {
        let all = cx.behind(&target_group.name).iter();
        let all = all.map(|index| (index, &cx.spec.auto_scaling_groups[*index]));
        let groups: Vec<_> = all.filter(|(_, group)| group.desired.0 > 0).collect();
        let Some((first, _)) = groups.first() else { continue };
        let at = cx.at("auto_scaling_groups", **first);
        let instances: u128 = groups.iter().map(|(_, group)| u128::from(group.desired.0)).sum();
        let subnets = groups.iter().flat_map(|(_, group)| &group.subnets);
        let Some(zones): Option<BTreeSet<&str>> =
            subnets.map(|name| cx.subnet(name).map(|subnet| subnet.zone.as_str())).collect()
        else {
            continue;
        };
        let (field, message, hint) = if instances == 1 {
            ("desired", "has one server".to_owned(), "let `desired` be 2 or more, in two zones")
        } else if let (1, Some(zone)) = (zones.len(), zones.first()) {
            ("subnets", format!("is in zone `{zone}` alone"), "add a subnet of another zone")
        } else {
            continue;
        };
        let message = format!("target group `{}` {message}", target_group.name);
        cx.problems.push(Problem::advice(rule, message).at(at.field(field).span()).hint(hint));
    }
}

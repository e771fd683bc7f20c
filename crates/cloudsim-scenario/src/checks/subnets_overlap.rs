//! CS0102: subnets of a VPC do not overlap.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use ipnet::Ipv4Net;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0102",
        title: "subnets of a VPC do not overlap",
        page: "\
Each address of a VPC belongs to at most one subnet. AWS refuses overlapping ones.",
        example: Example::Fields {
            wrong: r#"set: { "subnets.front-y.cidr": "172.16.0.128/25" },"#,
            right: r#"set: { "subnets.front-y.cidr": "172.16.1.128/25" },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let subnets = cx.spec.subnets.iter().enumerate();
    let mut known: Vec<(Ipv4Net, usize)> =
        subnets.filter_map(|(index, subnet)| Some((subnet.cidr.read().ok()?, index))).collect();
    known.sort_unstable();
    // Ranges are nested or apart. Sorted by their first address, one that holds others stands before them.
    let mut open: Vec<(Ipv4Net, usize)> = Vec::new();
    for (range, index) in known {
        open.retain(|(earlier, _)| earlier.contains(&range));
        let own = &cx.spec.subnets[index];
        let clash = open.iter().find(|(_, earlier)| cx.spec.subnets[*earlier].vpc == own.vpc);
        if let Some((_, earlier)) = clash {
            let (first, second) = (index.min(*earlier), index.max(*earlier));
            let (one, other) = (&cx.spec.subnets[first].name, &cx.spec.subnets[second].name);
            let problem = Problem::error(rule, format!("subnets `{one}` and `{other}` overlap"));
            let problem = problem.at(cx.at("subnets", second).field("cidr").span());
            cx.problems.push(
                problem.also(cx.at("subnets", first).field("cidr").span(), "shares addresses with this one"),
            );
        }
        open.push((range, index));
    }
}

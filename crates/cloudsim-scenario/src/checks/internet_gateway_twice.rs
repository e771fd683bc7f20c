//! CS0108: a VPC has one internet gateway.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0108",
        title: "a VPC has one internet gateway",
        page: "\
At most one internet gateway is attached to a VPC (NET-13). It is regional and redundant: a second would not help.",
        example: Example::Fields {
            wrong: r#"internet_gateways: [(name: "second", vpc: "blog")],"#,
            right: r#"
                vpcs: [(name: "other", cidr: "10.0.0.0/16")],
                internet_gateways: [(name: "second", vpc: "other")],
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let mut first = BTreeMap::new();
    for (index, gateway) in cx.spec.internet_gateways.iter().enumerate() {
        let place = cx.at("internet_gateways", index).field("vpc").span();
        if let Some(first) = first.insert(gateway.vpc.as_str(), place) {
            let message = format!("VPC `{}` has two internet gateways", gateway.vpc);
            cx.problems.push(Problem::error(rule, message).at(place).also(first, "the first"));
        }
    }
}

//! CS0101: a subnet lies within its VPC.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0101",
        title: "a subnet lies within its VPC",
        page: "\
The addresses of a subnet are a part of its VPC's. AWS refuses any others.",
        example: Example::Fields {
            wrong: r#"set: { "subnets.front-x.cidr": "172.17.0.0/24" },"#,
            right: r#"set: { "subnets.front-x.cidr": "172.16.0.0/24" },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, subnet) in cx.spec.subnets.iter().enumerate() {
        let (Ok(own), Some(vpc)) = (subnet.cidr.read(), cx.vpc_range(&subnet.vpc)) else { continue };
        if !vpc.contains(&own) {
            let message = format!("subnet `{}` is not within VPC `{}`", subnet.name, subnet.vpc);
            let place = cx.at("subnets", index).field("cidr").span();
            let problem = Problem::error(rule, message).at(place).label(format!("the VPC has {vpc}"));
            cx.problems.push(problem.hint(format!("take a part of {vpc}")));
        }
    }
}

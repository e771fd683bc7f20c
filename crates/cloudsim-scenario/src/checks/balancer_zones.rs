//! CS0105: a load balancer spans two zones.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use cloudsim_aws::services::load_balancer::limits::ZONES_MIN;
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0105",
        title: "a load balancer spans two zones",
        page: "\
An Application Load Balancer needs subnets in at least two zones (ALB-30). AWS refuses fewer.",
        example: Example::Fields {
            wrong: r#"set: { "load_balancers.blog-alb.subnets": ["front-x"] },"#,
            right: r#"set: { "load_balancers.blog-alb.subnets": ["front-x", "front-y"] },"#,
        },
    },
    needs: &["load_balancers"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, balancer) in cx.spec.load_balancers.iter().enumerate() {
        let subnets: Vec<_> = balancer.subnets.iter().filter_map(|name| cx.subnet(name)).collect();
        let zones: BTreeSet<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
        if subnets.len() == balancer.subnets.len() && zones.len() < ZONES_MIN {
            let message = match zones.first() {
                Some(zone) => format!("load balancer `{}` is in zone `{zone}` alone", balancer.name),
                None => format!("load balancer `{}` is in no zone", balancer.name),
            };
            let place = cx.at("load_balancers", index).field("subnets").span();
            let problem = Problem::error(rule, message).at(place);
            cx.problems.push(problem.hint(format!("give it subnets in at least {ZONES_MIN} zones")));
        }
    }
}

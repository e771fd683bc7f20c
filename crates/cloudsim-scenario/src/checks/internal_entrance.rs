//! CS0305: clients enter where the internet can.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Scheme;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0305",
        title: "clients enter where the internet can",
        page: "\
Clients are on the internet, and so are the checkers of Route 53; the addresses of an internal load balancer are not \
reachable from there.",
        example: Example::Fields {
            wrong: r#"set: { "load_balancers.blog-alb.scheme": Internal },"#,
            right: r#"set: { "load_balancers.blog-alb.scheme": InternetFacing },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, class) in cx.spec.classes.iter().enumerate() {
        let entrances = cx.balancers(&class.enter).into_iter();
        for balancer in entrances.filter(|balancer| balancer.scheme == Scheme::Internal) {
            let place = cx.at("classes", index).field("enter").span();
            let message = format!("class `{}` enters at `{}`, which is internal", class.name, balancer.name);
            cx.problems.push(
                Problem::error(rule, message).at(place).hint("enter at one with `scheme: InternetFacing`"),
            );
        }
    }
    for (index, check) in cx.spec.health_checks.iter().enumerate() {
        let mut asked = cx.balancers(&check.target).into_iter();
        if asked.any(|balancer| balancer.scheme == Scheme::Internal) {
            let place = cx.at("health_checks", index).field("target").span();
            let message = format!("health check `{}` asks `{}`, which is internal", check.name, check.target);
            let problem = Problem::error(rule, message).at(place);
            cx.problems.push(problem.hint("ask one with `scheme: InternetFacing`"));
        }
    }
}

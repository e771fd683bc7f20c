//! CS0301: a load balancer answers the port.

use super::Check;
use super::calls::{Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0301",
        title: "a load balancer answers the port",
        page: "\
Requests enter, `Http` calls go, and health checks ask at a port of a load balancer. A port without a listener refuses \
every connection.",
        example: Example::Fields {
            wrong: r#"set: { "classes.read.port": 80 },"#,
            right: r#"set: { "classes.read.port": 443 },"#,
        },
    },
    needs: &["load_balancers"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::NoListener { place, balancer, port } = finding {
            let message = format!("load balancer `{}` has no listener at port {port}", balancer.name);
            let ports: Vec<String> =
                balancer.listeners.iter().map(|listener| listener.port.0.to_string()).collect();
            let hint = if ports.is_empty() {
                "it has no listener at all".into()
            } else {
                format!("it answers {}", ports.join(", "))
            };
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
    for (index, check) in cx.spec.health_checks.iter().enumerate() {
        let Some(balancer) = cx.balancers(&check.target).first().copied() else { continue };
        let asked = check.port.map(|port| port.0);
        let ports: Vec<u64> = balancer.listeners.iter().map(|listener| listener.port.0).collect();
        let is_known = asked.map_or(!ports.is_empty(), |port| ports.contains(&port));
        if !is_known && asked.is_none_or(|port| crate::limits::PORTS.contains(&port)) {
            let at = cx.at("health_checks", index);
            let place = at.field(if asked.is_some() { "port" } else { "target" }).span();
            let answers: Vec<String> = ports.iter().map(u64::to_string).collect();
            let message = format!("health check `{}` asks a port without a listener", check.name);
            let hint = format!("load balancer `{}` answers {}", balancer.name, answers.join(", "));
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

//! CS0302: every server that a class reaches knows what to do.

use super::Check;
use super::calls::{Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::{Context, Kind};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0302",
        title: "every server that a class reaches knows what to do",
        page: "\
A class says what the servers of each tier do with its requests: one handler for each target group that a listener or an \
`Http` call leads to, and for each service of Kubernetes that is called. A health check that asks for a page of a class comes to \
the targets behind its port.",
        example: Example::Fields {
            wrong: r#"set: { "classes.read.handlers": [] },"#,
            right: r#"set: { "classes.read.handlers": [(at: "writers", work: Constant("8ms"))] },"#,
        },
    },
    needs: &["classes"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::NoHandler { class, place, group } = finding {
            let message = format!("class `{class}` reaches `{group}` and has no handler there");
            let hint = format!("add `(at: \"{group}\", work: …)` to its `handlers`");
            cx.problems.push(Problem::error(rule, message).at(place).label("leads there").hint(hint));
        }
    }
    for (index, check) in cx.spec.health_checks.iter().enumerate() {
        let class = check.class.as_ref().and_then(|name| cx.find(Kind::Class, name));
        let balancer = cx.find(Kind::LoadBalancer, &check.target);
        let (Some(class), Some(balancer)) = (class, balancer) else { continue };
        let (class, balancer) = (&cx.spec.classes[class], &cx.spec.load_balancers[balancer]);
        let is_asked = |port: u64| check.port.is_none_or(|asked| asked.0 == port);
        let Some(listener) = balancer.listeners.iter().find(|listener| is_asked(listener.port.0)) else {
            continue;
        };
        let group = &listener.target_group;
        if cx.find(Kind::TargetGroup, group).is_some() && !class.handlers.iter().any(|of| of.at == *group) {
            let message =
                format!("class `{}` is asked for at `{group}` and has no handler there", class.name);
            let hint = format!("add `(at: \"{group}\", work: …)` to its `handlers`");
            let place = cx.at("health_checks", index).field("class").span();
            cx.problems.push(Problem::error(rule, message).at(place).hint(hint));
        }
    }
}

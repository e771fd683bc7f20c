//! CS0309: calls are nested at most 64 deep.

use super::Check;
use super::calls::{DEPTH_MAX, Finding, walk_all};
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::files::MemoryFiles;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0309",
        title: "calls are nested at most 64 deep",
        page: "\
A request that waits for another, which waits for another, and so on over more than 64 tiers is a mistake: no system is \
built so.",
        example: Example::Made {
            what: "A way through 65 target groups, each of whose servers call the next",
            files: || tiers(DEPTH_MAX + 1),
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for finding in walk_all(cx) {
        if let Finding::TooDeep { class, place } = finding {
            let message = format!("calls of class `{class}` are nested deeper than {DEPTH_MAX}");
            cx.problems
                .push(Problem::error(rule, message).at(place).hint("call fewer tiers one through the other"));
        }
    }
}

/// A class that goes through so many tiers.
fn tiers(count: usize) -> MemoryFiles {
    let list = |item: &dyn Fn(usize) -> String| (1..=count).map(item).collect::<Vec<_>>().join(",\n");
    let groups = list(&|tier| format!("(name: \"tier-{tier}\", port: 80)"));
    let listeners = list(&|tier| format!("(port: {tier}, protocol: Http, target_group: \"tier-{tier}\")"));
    let handlers = list(&|tier| {
        let call = format!("Http(to: \"blog-alb\", port: {}, timeout: \"1s\")", tier + 1);
        let calls = if tier < count { call } else { String::new() };
        format!("(at: \"tier-{tier}\", work: Constant(\"1ms\"), calls: [{calls}])")
    });
    let names = list(&|tier| format!("\"tier-{tier}\""));
    let scenario = format!(
        "(version: 1, name: \"deep\", duration: \"10m\", include: [\"worlds/two-zone-blog.ron\"], \
         target_groups: [{groups}], set: {{ \"load_balancers.blog-alb.listeners\": [{listeners}], \
         \"auto_scaling_groups.writers.target_groups\": [{names}], \"classes.read.port\": 1, \
         \"classes.read.handlers\": [{handlers}] }})"
    );
    MemoryFiles::from([("example.ron", scenario)])
}

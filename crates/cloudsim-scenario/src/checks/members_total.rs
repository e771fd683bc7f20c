//! CS0704: a run has at most 100,000 instances.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::files::MemoryFiles;
use crate::limits::{INSTANCES_MAX, MEMBERS};
use crate::overrides::Typed;
use crate::place::At;
use crate::resolve::Context;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0704",
        title: "a run has at most 100,000 instances",
        page: "\
Each instance takes memory and is probed by every node of its load balancers. More than 100,000 in all groups together are \
refused.",
        example: Example::Made {
            what: "Eleven Auto Scaling groups of 10,000 instances each",
            files: || groups(INSTANCES_MAX / MEMBERS.end() + 1),
        },
    },
    needs: &["auto_scaling_groups"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    // A group beyond its own limit was told.
    let groups = cx.spec.auto_scaling_groups.iter().map(|group| {
        let all = cx.interventions.iter().filter_map(Typed::scales);
        let scaled = all.filter(|(name, ..)| *name == group.name).map(|(_, count, _)| count);
        scaled.max().unwrap_or(0).max(group.desired.0)
    });
    let pools = cx.spec.node_pools().map(|pool| pool.nodes.map_or(0, |nodes| nodes.0));
    let total: u64 = groups.chain(pools).filter(|desired| MEMBERS.contains(desired)).sum();
    if total > INSTANCES_MAX {
        let place = At::new(cx.root).of("auto_scaling_groups", 0).field("desired").span();
        let problem = Problem::error(rule, format!("more than {INSTANCES_MAX} instances")).at(place);
        cx.problems.push(problem.hint("lower `desired`"));
    }
}

/// So many groups, each as large as one may be.
fn groups(count: u64) -> MemoryFiles {
    let group = |number: u64| {
        format!(
            "(name: \"group-{number}-\", subnets: [\"front-x\", \"front-y\"], desired: {}, \
             server: (instance_type: \"t3.small\", workers: 2, connections_max: 100))",
            MEMBERS.end()
        )
    };
    let groups: Vec<String> = (0..count).map(group).collect();
    let scenario = format!(
        "(version: 1, name: \"large\", duration: \"10m\", include: [\"worlds/two-zone-blog.ron\"], \
         auto_scaling_groups: [{}])",
        groups.join(", ")
    );
    MemoryFiles::from([("example.ron", scenario)])
}

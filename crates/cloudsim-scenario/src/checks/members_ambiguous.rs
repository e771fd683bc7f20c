//! CS0204: the names of instances tell them apart.

use super::Check;
use crate::diagnostics::{Problem, Rule, Span};
use crate::examples::Example;
use crate::resolve::Context;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0204",
        title: "the names of instances tell them apart",
        page: "\
The members of a group are called by its `member` and a number: `web-1`, `web-2`. Two groups with the same word, or with \
words like `web` and `web-1`, would give one name to two instances.",
        example: Example::Fields {
            wrong: r#"
                auto_scaling_groups: [
                    (
                        name: "jobs",
                        member: "blog-server",
                        subnets: ["front-x", "front-y"],
                        desired: 2,
                        server: (instance_type: "t3.small", workers: 2, connections_max: 100),
                    ),
                ],
            "#,
            right: r#"
                auto_scaling_groups: [
                    (
                        name: "jobs",
                        member: "job-server",
                        subnets: ["front-x", "front-y"],
                        desired: 2,
                        server: (instance_type: "t3.small", workers: 2, connections_max: 100),
                    ),
                ],
            "#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    let groups = cx.spec.auto_scaling_groups.iter().enumerate();
    let place = |index| cx.at("auto_scaling_groups", index).field("member").span();
    let own = groups.map(|(index, group)| (group.members_called(), place(index)));
    let pools = cx.node_pools().into_iter().map(|(pool, at)| (pool.name.as_str(), at.field("name").span()));
    let (members, places): (Vec<&str>, Vec<Span>) = own.chain(pools).unzip();
    let mut first = BTreeMap::new();
    let mut words = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        words.entry(*member).or_insert(index);
    }
    for (index, member) in members.iter().enumerate() {
        let twin = first.get(member).copied().or_else(|| {
            let (word, number) = member.rsplit_once('-')?;
            let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            words.get(word).copied().filter(|_| numbered)
        });
        if let Some(twin) = twin {
            let message =
                format!("members called `{member}` cannot be told from those called `{}`", members[twin]);
            let problem = Problem::error(rule, message).at(places[index]).also(places[twin], "the others");
            cx.problems
                .push(problem.hint("give each group a `member` of its own, and each node pool a name"));
        }
        first.entry(member).or_insert(index);
    }
}

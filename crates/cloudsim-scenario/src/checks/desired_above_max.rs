//! CS0203: a group does not want more than it may have.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::overrides::Typed;
use crate::resolve::{Context, Kind};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0203",
        title: "a group does not want more than it may have",
        page: "\
An Auto Scaling group never has more than `max` members, rebalancing aside, so `desired` cannot be above it. Without `max` \
it is as large as `desired`. Nor can an operator scale it beyond.",
        example: Example::Fields {
            wrong: r#"set: { "auto_scaling_groups.writers.desired": 8 },"#,
            right: r#"set: { "auto_scaling_groups.writers.desired": 6 },"#,
        },
    },
    needs: &[],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, group) in cx.spec.auto_scaling_groups.iter().enumerate() {
        if let Some(max) = group.max.filter(|max| group.desired.0 > max.0) {
            let at = cx.at("auto_scaling_groups", index);
            let message =
                format!("group `{}` wants {} members of at most {}", group.name, group.desired.0, max.0);
            let problem = Problem::error(rule, message).at(at.field("desired").span());
            cx.problems.push(problem.also(at.field("max").span(), "at most so many"));
        }
    }
    for (name, count, place) in cx.interventions.iter().filter_map(Typed::scales) {
        let Some(index) = cx.find(Kind::AutoScalingGroup, name) else { continue };
        let group = &cx.spec.auto_scaling_groups[index];
        let (field, max) = group.max.map_or(("desired", group.desired), |max| ("max", max));
        if count > max.0 {
            let limit = cx.at("auto_scaling_groups", index).field(field).span();
            let message = format!("group `{name}` cannot have {count} members");
            let problem = Problem::error(rule, message).at(place).also(limit, "at most so many");
            cx.problems.push(problem.hint(format!("`--set auto_scaling_groups.{name}.max={count}` lets it")));
        }
    }
}

//! CS0904: what runs at the start could have been launched.

use super::PlanCheck;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::plan::{Copied, Plan};
use crate::resolve::Context;

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS0904",
        title: "what runs at the start could have been launched",
        page: "\
Servers run at the start only where their machine image is current, and where there are the secrets that they ask for. A \
secret may be stale there: they have been started, and the database refuses them since the login was rotated.",
        example: Example::Fields {
            wrong: r#"machine_images: [(name: "blog", regions: [], size: "8GiB")],
set: { "auto_scaling_groups.writers.server.image": "blog" },"#,
            right: r#"machine_images: [(name: "blog", regions: ["eu-west-1"], size: "8GiB")],
set: { "auto_scaling_groups.writers.server.image": "blog" },"#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    for (index, group) in plan.auto_scaling_groups.iter().enumerate() {
        // The subnets of a group are in one VPC, and so in one region.
        let Some(subnet) = group.subnets.first() else { continue };
        let region = &plan.zones[plan.subnets[subnet.index()].zone.index()].region;
        if plan.desired_at_first(index) == 0 {
            continue;
        }
        let server = &group.server;
        if let Some(image) = server.image.map(|id| &plan.machine_images[id.index()])
            && image.copies.get(region) != Some(&Copied::Current)
        {
            let at = cx.at("auto_scaling_groups", index).field("server").field("image").span();
            let message =
                format!("`{}` runs in `{region}`, where `{}` is not current", group.name, image.name);
            let hint = format!("add `{region}` to its `regions`, or let `desired` be 0");
            cx.problems.push(Problem::error(rule, message).at(at).hint(hint));
        }
        for (place, secret) in server.secrets.iter().map(|id| &plan.secrets[id.index()]).enumerate() {
            if !secret.copies.contains_key(region) {
                let at = cx.at("auto_scaling_groups", index).field("server").field("secrets").item(place);
                let message =
                    format!("`{}` runs in `{region}`, where there is no `{}`", group.name, secret.name);
                let hint = format!("add `{region}` to its `regions` or `stale_in`, or let `desired` be 0");
                cx.problems.push(Problem::error(rule, message).at(at.span()).hint(hint));
            }
        }
    }
}

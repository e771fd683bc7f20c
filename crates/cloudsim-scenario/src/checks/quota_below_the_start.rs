//! CS0903: what runs at the start is within the quotas.

use super::PlanCheck;
use crate::diagnostics::{Problem, Rule, did_you_mean};
use crate::examples::Example;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_aws::services::auto_scaling_group::Keeper;
use cloudsim_aws::services::ec2_instance::types::{instance_type, known_types};

pub(super) static CHECK: PlanCheck = PlanCheck {
    rule: Rule {
        code: "CS0903",
        title: "what runs at the start is within the quotas",
        page: "\
Nobody could have launched what runs in a region at the start if that had more vCPUs than the `quotas` of the region allow. In a \
region with a quota it is known how many vCPUs an instance has, of which the type has to be one that is known.",
        example: Example::Fields {
            wrong: r#"set: { "regions.eu-west-1.quotas": (vcpus: 5) },"#,
            right: r#"set: { "regions.eu-west-1.quotas": (vcpus: 64) },"#,
        },
    },
    run,
};

fn run(rule: &'static Rule, plan: &Plan, cx: &mut Context<'_>) {
    for (index, region) in cx.spec.regions.iter().enumerate() {
        let Some(quota) = plan.vcpu_quotas.get(&region.name) else { continue };
        let at = cx.at("regions", index).field("quotas").field("vcpus").span();
        let mut running: u64 = 0;
        for (number, group) in plan.auto_scaling_groups.iter().enumerate() {
            // Karpenter launches types that are known.
            if group.keeper == Keeper::Karpenter {
                continue;
            }
            // The subnets of a group are in one VPC, and so in one region.
            let zone = group.subnets.first().map(|subnet| plan.subnets[subnet.index()].zone);
            if zone.is_none_or(|zone| plan.zones[zone.index()].region != region.name) {
                continue;
            }
            let kind = &group.server.instance_type;
            let Some(known) = instance_type(kind) else {
                let message = format!("how many vCPUs a `{kind}` has is not known");
                let hint = did_you_mean(kind, known_types());
                cx.problems.push(Problem::error(rule, message).at(at).hint(hint.unwrap_or_default()));
                continue;
            };
            running += u64::from(known.vcpus) * u64::from(plan.desired_at_first(number));
        }
        if running > u64::from(*quota) {
            let message =
                format!("{running} vCPUs run in `{}` at the start, of {quota} at most", region.name);
            let hint = format!("let the quota be {running} or more, or fewer instances `desired`");
            cx.problems.push(Problem::error(rule, message).at(at).hint(hint));
        }
    }
}

//! What a scenario may say and cannot mean: rules over the whole of it, one in each file.
//!
//! A check looks things up by name, which finds nothing that something is wrong with, and is silent about what it does not
//! find or cannot read: that was told already.

mod autoscaler_of_nothing;
mod balancer_zones;
mod budget_of_nothing;
mod call_cycle;
mod calls;
mod calls_too_deep;
mod client_timeouts;
mod closed_by_rules;
mod database_without_standby;
mod desired_above_max;
mod expected_requests;
mod fault_after_the_end;
mod fault_during_warm_up;
mod fault_without_target;
mod gateway_without_internet;
mod handler_missing;
mod handler_unreached;
mod horizon;
mod internal_entrance;
mod internet_gateway_twice;
mod intervention_after_the_end;
mod listener_missing;
mod lookup;
mod members_ambiguous;
mod members_total;
mod nat_gateway_of_another_zone;
mod no_route_to_callee;
mod no_route_to_endpoint;
mod objective_without_traffic;
mod pod_too_large;
mod pods_total;
mod price_unknown;
mod probe_overlap;
mod promotion_without_replica;
mod quota_below_the_start;
mod recovery_without_fault;
mod requests_at_once;
mod resolvers_total;
mod route_twice;
mod rules_of_another_vpc;
mod runbook_of_nothing;
mod scheduler_missing;
mod selector_of_others;
mod service_of_nothing;
mod service_out_of_reach;
mod service_without_class;
mod spread_over_nothing;
mod stack_without_ground;
mod standby_in_the_same_zone;
mod standby_loss_without_standby;
mod start_without_copy;
mod subnet_full;
mod subnet_outside_vpc;
mod subnets_overlap;
mod subnets_share_zone;
mod table_out_of_reach;
mod table_regions;
mod target_group_empty;
mod tier_in_one_place;
mod vpcs_mixed;
mod warm_up;
mod weights_zero;
mod workloads;

use crate::diagnostics::{Rule, codes};
use crate::place::At;
use crate::plan::Plan;
use crate::resolve::Context;
use cloudsim_workload::{CallSpec, Tier};
use std::collections::BTreeSet;

/// A rule and what looks for breaches of it.
pub(crate) struct Check {
    rule: Rule,
    /// The kinds and fields that it says something is missing from, or adds up: it is not asked where something is wrong
    /// with one of them.
    needs: &'static [&'static str],
    run: fn(&'static Rule, &mut Context<'_>),
}

/// A rule over what a scenario has become, asked where nothing else is wrong.
pub(crate) struct PlanCheck {
    rule: Rule,
    run: fn(&'static Rule, &Plan, &mut Context<'_>),
}

/// All checks of plans, by number.
static OF_PLANS: &[&PlanCheck] = &[
    &closed_by_rules::CHECK,
    &table_out_of_reach::CHECK,
    &quota_below_the_start::CHECK,
    &start_without_copy::CHECK,
    &selector_of_others::CHECK,
    &service_of_nothing::CHECK,
    &pod_too_large::CHECK,
    &spread_over_nothing::CHECK,
    &budget_of_nothing::CHECK,
    &autoscaler_of_nothing::CHECK,
    &service_out_of_reach::CHECK,
    &pods_total::CHECK,
    &scheduler_missing::CHECK,
];

/// All checks, by number.
static ALL: &[&Check] = &[
    &subnet_outside_vpc::CHECK,
    &subnets_overlap::CHECK,
    &vpcs_mixed::CHECK,
    &no_route_to_endpoint::CHECK,
    &balancer_zones::CHECK,
    &subnets_share_zone::CHECK,
    &gateway_without_internet::CHECK,
    &internet_gateway_twice::CHECK,
    &subnet_full::CHECK,
    &route_twice::CHECK,
    &rules_of_another_vpc::CHECK,
    &no_route_to_callee::CHECK,
    &target_group_empty::CHECK,
    &probe_overlap::CHECK,
    &desired_above_max::CHECK,
    &members_ambiguous::CHECK,
    &listener_missing::CHECK,
    &handler_missing::CHECK,
    &handler_unreached::CHECK,
    &call_cycle::CHECK,
    &internal_entrance::CHECK,
    &weights_zero::CHECK,
    &client_timeouts::CHECK,
    &service_without_class::CHECK,
    &calls_too_deep::CHECK,
    &promotion_without_replica::CHECK,
    &standby_in_the_same_zone::CHECK,
    &table_regions::CHECK,
    &fault_after_the_end::CHECK,
    &fault_during_warm_up::CHECK,
    &standby_loss_without_standby::CHECK,
    &fault_without_target::CHECK,
    &intervention_after_the_end::CHECK,
    &runbook_of_nothing::CHECK,
    &stack_without_ground::CHECK,
    &objective_without_traffic::CHECK,
    &recovery_without_fault::CHECK,
    &horizon::CHECK,
    &warm_up::CHECK,
    &expected_requests::CHECK,
    &members_total::CHECK,
    &requests_at_once::CHECK,
    &resolvers_total::CHECK,
    &tier_in_one_place::CHECK,
    &database_without_standby::CHECK,
    &nat_gateway_of_another_zone::CHECK,
    &price_unknown::CHECK,
];

/// Runs all checks that have what they need; `incomplete` are the kinds and fields with which something is wrong.
pub(crate) fn run(cx: &mut Context<'_>, incomplete: &BTreeSet<&str>) {
    for check in ALL.iter().filter(|check| check.needs.iter().all(|kind| !incomplete.contains(kind))) {
        (check.run)(&check.rule, cx);
    }
}

/// All calls of a plan: who makes them, what they are, and where each stands.
fn calls<'a, 'p>(plan: &'p Plan, cx: &Context<'a>) -> Vec<(Tier, &'p CallSpec, At<'a>)> {
    let mut all = Vec::new();
    for (index, class) in plan.classes.iter().enumerate() {
        let handlers = cx.at("classes", index).field("handlers");
        for (number, handler) in class.handlers.iter().enumerate() {
            let calls = handlers.item(number).field("calls");
            let of_handler = handler.calls.iter().enumerate();
            all.extend(of_handler.map(|(number, call)| (handler.at, call, calls.item(number))));
        }
    }
    all
}

/// Runs all checks of a plan.
pub(crate) fn run_on_plan(plan: &Plan, cx: &mut Context<'_>) {
    for check in OF_PLANS {
        (check.run)(&check.rule, plan, cx);
    }
}

/// All rules, by number: those of reading, then those of the checks.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    codes::ALL
        .iter()
        .copied()
        .chain(ALL.iter().map(|check| &check.rule))
        .chain(OF_PLANS.iter().map(|check| &check.rule))
}

/// The rule of that number; upper or lower case, and without the letters and zeros in front too.
///
/// ```
/// let rule = cloudsim_scenario::explain("cs0105").expect("it exists");
/// assert_eq!(rule.title, "a load balancer spans two zones");
/// assert_eq!(cloudsim_scenario::explain("105"), Some(rule));
/// ```
#[must_use]
pub fn explain(code: &str) -> Option<&'static Rule> {
    let start = code.get(..2).filter(|start| start.eq_ignore_ascii_case("cs"));
    let number = start.map_or(code, |_| &code[2..]);
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| digits)?;
    rules().find(|rule| rule.code[2..].parse() == Ok(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_in_order_and_explained() {
        let codes: Vec<&str> = rules().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
        for rule in rules() {
            assert!(rule.code.len() == 6 && rule.code.starts_with("CS"), "{}", rule.code);
            assert!(!rule.title.ends_with('.') && rule.page.trim_end().ends_with('.'), "{}", rule.code);
            assert!(!rule.page.contains("  "), "{}: a line of the page lacks its backslash", rule.code);
        }
    }
}

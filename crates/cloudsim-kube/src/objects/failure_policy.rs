//! What a job does about pods that failed, by how they did.

use super::{Malformed, Text};
use k8s_openapi::api::{batch::v1 as batch, core::v1 as core};

/// A rule of a job's `podFailurePolicy`: the first that fits a failure decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRule {
    /// Which failures it is about.
    pub fits: Failures,
    /// What it does about them.
    pub action: FailureAction,
}

/// Some of the ways in which pods fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failures {
    /// A container that ended with one of these codes.
    ExitCodes {
        /// Which container; `None` for any.
        container: Option<Text>,
        /// The codes.
        codes: Vec<i32>,
        /// Whether it is those that are not listed.
        others: bool,
    },
    /// A pod that has such a condition.
    Conditions {
        /// Whether `DisruptionTarget`, the only one that pods of a run have, is among them.
        disrupted: bool,
    },
}

/// What happens because a pod failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureAction {
    /// The job is given up.
    FailJob,
    /// Nothing: another pod is made, and the failure does not count.
    Ignore,
    /// It counts against the back-off limit, as without a policy.
    Count,
}

/// How a pod failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure<'a> {
    /// The container that ended, and with which code.
    pub(crate) exited: Option<(&'a str, i32)>,
    /// Whether something from outside ended it, as the condition `DisruptionTarget` says.
    pub(crate) disrupted: bool,
}

impl FailureRule {
    /// Reads the rules of a policy.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    ///
    /// Source: API server, validation of pod failure policies
    /// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/batch/validation/validation.go>).
    pub(super) fn read_all(spec: &batch::JobSpec) -> Result<Option<Vec<FailureRule>>, Malformed> {
        let Some(policy) = &spec.pod_failure_policy else { return Ok(None) };
        let restarts = spec.template.spec.as_ref().and_then(|pod| pod.restart_policy.as_deref());
        if restarts != Some("Never") {
            let problem = "only a job whose pods have `restartPolicy: Never` may have one";
            return Err(Malformed::new("podFailurePolicy", problem));
        }
        let read = |(place, rule)| {
            let below = |error: Malformed| error.below(&format!("podFailurePolicy.rules[{place}]"));
            FailureRule::read(rule, spec).map_err(below)
        };
        policy.rules.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    fn read(rule: &batch::PodFailurePolicyRule, spec: &batch::JobSpec) -> Result<FailureRule, Malformed> {
        let action = match rule.action.as_str() {
            "FailJob" => FailureAction::FailJob,
            "Ignore" => FailureAction::Ignore,
            // Limits per index are not simulated: a failure that is to end an index counts for the whole.
            "Count" => FailureAction::Count,
            "FailIndex" if spec.backoff_limit_per_index.is_some() => FailureAction::Count,
            "FailIndex" => return Err(Malformed::new("action", "FailIndex needs `backoffLimitPerIndex`")),
            other => {
                let problem =
                    format!("`{}` is none of FailJob, FailIndex, Ignore and Count", other.escape_debug());
                return Err(Malformed::new("action", problem));
            }
        };
        let conditions = rule.on_pod_conditions.as_ref().filter(|conditions| !conditions.is_empty());
        let fits = match (&rule.on_exit_codes, conditions) {
            (Some(codes), None) => {
                Failures::read_codes(codes, &spec.template).map_err(|error| error.below("onExitCodes"))?
            }
            (None, Some(conditions)) => Failures::read_conditions(conditions)?,
            _ => {
                let problem = "a rule has `onExitCodes` or `onPodConditions`, one of the two";
                return Err(Malformed::new("", problem));
            }
        };
        Ok(FailureRule { fits, action })
    }

    pub(crate) fn fits(&self, failure: Failure<'_>) -> bool {
        match &self.fits {
            Failures::ExitCodes { container, codes, others } => failure.exited.is_some_and(|(own, code)| {
                container.as_deref().is_none_or(|name| name == own) && codes.contains(&code) != *others
            }),
            Failures::Conditions { disrupted } => *disrupted && failure.disrupted,
        }
    }
}

impl Failures {
    fn read_conditions(all: &[batch::PodFailurePolicyOnPodConditionsPattern]) -> Result<Failures, Malformed> {
        let wrong = |of: &batch::PodFailurePolicyOnPodConditionsPattern| {
            !matches!(&*of.status, "True" | "False" | "Unknown" | "")
        };
        if let Some(place) = all.iter().position(wrong) {
            let problem =
                format!("`{}` is none of True, False and Unknown", all[place].status.escape_debug());
            return Err(Malformed::new(format!("onPodConditions[{place}].status"), problem));
        }
        let is_disruption = |of: &batch::PodFailurePolicyOnPodConditionsPattern| {
            of.type_ == "DisruptionTarget" && matches!(&*of.status, "True" | "")
        };
        Ok(Failures::Conditions { disrupted: all.iter().any(is_disruption) })
    }

    fn read_codes(
        of: &batch::PodFailurePolicyOnExitCodesRequirement,
        template: &core::PodTemplateSpec,
    ) -> Result<Failures, Malformed> {
        let others = match of.operator.as_str() {
            "In" => false,
            "NotIn" => true,
            other => {
                let problem = format!("`{}` is neither In nor NotIn", other.escape_debug());
                return Err(Malformed::new("operator", problem));
            }
        };
        if of.values.is_empty() {
            return Err(Malformed::new("values", "at least one code is needed"));
        }
        if !others && of.values.contains(&0) {
            return Err(Malformed::new("values", "0 is no failure"));
        }
        if !of.values.is_sorted_by(|one, next| one < next) {
            return Err(Malformed::new("values", "codes stand in order, each once"));
        }
        if let (Some(name), Some(pod)) = (&of.container_name, &template.spec) {
            let init = pod.init_containers.iter().flatten();
            if !init.chain(&pod.containers).any(|container| container.name == *name) {
                let problem = format!("the template has no container `{}`", name.escape_debug());
                return Err(Malformed::new("containerName", problem));
            }
        }
        let container = of.container_name.as_deref().map(Text::from);
        Ok(Failures::ExitCodes { container, codes: of.values.clone(), others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{Kind, Workload};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn read(restart: &str, rule: &Value) -> Result<Arc<[FailureRule]>, Malformed> {
        let spec = json!({"podFailurePolicy": {"rules": [rule]}, "template": {"spec": {
            "restartPolicy": restart, "containers": [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]}}});
        let read =
            Workload::read_job("a".parse().expect("a key"), &serde_json::from_value(spec).expect("a job"));
        read.map(|workload| match workload.kind {
            Kind::Job(job) => job.failure_policy.expect("it was given"),
            other => unreachable!("{other:?}"),
        })
    }

    fn exited(codes: &Value) -> Value {
        json!({"action": "FailJob", "onExitCodes": codes})
    }

    #[test]
    fn codes_are_those_that_are_listed_or_all_others_of_any_container_or_one() {
        let fits = |codes: Value, container, code| {
            let failure = Failure { exited: Some((container, code)), disrupted: false };
            read("Never", &exited(&codes)).expect("it is right")[0].fits(failure)
        };
        let some = json!({"operator": "In", "values": [2, 42]});
        assert!(fits(some.clone(), "a", 42) && !fits(some, "a", 1));
        let others = json!({"operator": "NotIn", "values": [2, 42]});
        assert!(!fits(others.clone(), "a", 42) && fits(others, "a", 1));
        let of_b = json!({"containerName": "b", "operator": "In", "values": [1]});
        assert!(fits(of_b.clone(), "b", 1) && !fits(of_b, "a", 1));
    }

    #[test]
    fn only_a_disruption_is_a_condition_that_pods_have() {
        let fits = |kind: &str, disrupted| {
            let rule = json!({"action": "Ignore", "onPodConditions": [{"type": kind, "status": "True"}]});
            read("Never", &rule).expect("it is right")[0].fits(Failure { exited: Some(("a", 1)), disrupted })
        };
        assert!(fits("DisruptionTarget", true));
        assert!(!fits("DisruptionTarget", false) && !fits("example.com/Slow", true));
    }

    #[test]
    fn what_the_api_server_refuses_is_refused_at_its_place() {
        let at = |restart, rule| read(restart, &rule).expect_err("it is wrong").field;
        let right = exited(&json!({"operator": "In", "values": [2]}));
        assert_eq!(at("OnFailure", right), "podFailurePolicy");
        let rule = "podFailurePolicy.rules[0]";
        assert_eq!(at("Never", json!({"action": "Ignore"})), rule);
        let codes = |codes| at("Never", exited(&codes));
        assert_eq!(codes(json!({"operator": "In", "values": []})), format!("{rule}.onExitCodes.values"));
        assert_eq!(codes(json!({"operator": "In", "values": [0]})), format!("{rule}.onExitCodes.values"));
        assert_eq!(codes(json!({"operator": "Is", "values": [1]})), format!("{rule}.onExitCodes.operator"));
        for values in [json!([3, 2]), json!([2, 2])] {
            let unordered = json!({"operator": "In", "values": values});
            assert_eq!(codes(unordered), format!("{rule}.onExitCodes.values"));
        }
        let of_none = json!({"containerName": "c", "operator": "In", "values": [1]});
        assert_eq!(codes(of_none), format!("{rule}.onExitCodes.containerName"));
        let conditions = |all: Value| at("Never", json!({"action": "Ignore", "onPodConditions": all}));
        assert_eq!(conditions(json!([])), rule);
        let maybe = json!([{"type": "DisruptionTarget", "status": "Maybe"}]);
        assert_eq!(conditions(maybe), format!("{rule}.onPodConditions[0].status"));
        let of_index = json!({"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [2]}});
        assert_eq!(at("Never", of_index), format!("{rule}.action"));
    }
}

//! A disruption budget: how many of some pods are to stay.

use super::{IntOrPercent, Labels, Malformed, ObjectKey, Selector};
use k8s_openapi::api::policy::v1 as policy;

/// A disruption budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodDisruptionBudget {
    /// Namespace and name.
    pub key: ObjectKey,
    /// What it protects.
    pub selector: Selector,
    /// What must hold of it.
    pub allows: Budget,
    /// What holds for those of its pods that are not ready.
    pub unhealthy: UnhealthyPods,
}

/// When pods that are not ready may be evicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnhealthyPods {
    /// If there are as many healthy ones as there should be.
    #[default]
    IfHealthyBudget,
    /// Always.
    AlwaysAllow,
}

impl PodDisruptionBudget {
    /// Reads its specification.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read(
        key: ObjectKey,
        spec: &policy::PodDisruptionBudgetSpec,
    ) -> Result<PodDisruptionBudget, Malformed> {
        let allows = match (&spec.min_available, &spec.max_unavailable) {
            (Some(_), Some(_)) => {
                let problem = "a budget has `minAvailable` or `maxUnavailable`, not both".to_owned();
                return Err(Malformed { field: "maxUnavailable".into(), problem });
            }
            (Some(least), None) => Budget::MinAvailable(IntOrPercent::read_part(least, "minAvailable")?),
            (None, Some(most)) => Budget::MaxUnavailable(IntOrPercent::read_part(most, "maxUnavailable")?),
            // The disruption controller wants none then.
            (None, None) => Budget::MinAvailable(IntOrPercent::Int(0)),
        };
        let selector = Selector::read(spec.selector.as_ref()).map_err(|error| error.below("selector"))?;
        let unhealthy = match spec.unhealthy_pod_eviction_policy.as_deref() {
            None | Some("" | "IfHealthyBudget") => UnhealthyPods::IfHealthyBudget,
            Some("AlwaysAllow") => UnhealthyPods::AlwaysAllow,
            Some(other) => {
                let problem =
                    format!("`{}` is neither IfHealthyBudget nor AlwaysAllow", other.escape_debug());
                return Err(Malformed { field: "unhealthyPodEvictionPolicy".into(), problem });
            }
        };
        Ok(PodDisruptionBudget { key, selector, allows, unhealthy })
    }

    /// Whether it protects pods of a namespace with such labels.
    #[must_use]
    pub fn protects(&self, namespace: &str, labels: &Labels) -> bool {
        *self.key.namespace == *namespace && self.selector.matches(labels)
    }
}

/// What must hold of the pods of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So many stay.
    MinAvailable(IntOrPercent),
    /// So many may be missing.
    MaxUnavailable(IntOrPercent),
}

impl Budget {
    /// How many of so many pods are to stay.
    #[must_use]
    pub fn least_of(self, expected: u32) -> u32 {
        match self {
            Budget::MinAvailable(least) => least.ceiling_of(expected),
            Budget::MaxUnavailable(most) => expected.saturating_sub(most.ceiling_of(expected)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

    fn read(least: Option<IntOrString>, most: Option<IntOrString>) -> Result<Budget, Malformed> {
        let spec = policy::PodDisruptionBudgetSpec {
            min_available: least,
            max_unavailable: most,
            ..policy::PodDisruptionBudgetSpec::default()
        };
        let key = ObjectKey { namespace: "shop".into(), name: "api".into() };
        PodDisruptionBudget::read(key, &spec).map(|budget| budget.allows)
    }

    fn percent(percent: &str) -> IntOrString {
        IntOrString::String(percent.to_owned())
    }

    #[test]
    fn a_budget_may_ask_for_all_pods_and_not_for_more() {
        assert_eq!(read(Some(percent("100%")), None), Ok(Budget::MinAvailable(IntOrPercent::Percent(100))));
        let more = read(Some(percent("101%")), None).unwrap_err();
        assert_eq!((more.field.as_str(), more.problem.as_str()), ("minAvailable", "101% is more than all"));
        assert_eq!(read(None, Some(percent("200%"))).unwrap_err().field, "maxUnavailable");
    }

    #[test]
    fn a_budget_says_how_many_stay_or_how_many_go_and_not_both() {
        let one = || Some(IntOrString::Int(1));
        assert_eq!(read(None, one()), Ok(Budget::MaxUnavailable(IntOrPercent::Int(1))));
        assert!(read(one(), one()).is_err());
    }

    #[test]
    fn what_stays_of_a_percentage_is_rounded_up() {
        assert_eq!(Budget::MinAvailable(IntOrPercent::Percent(50)).least_of(3), 2);
        assert_eq!(Budget::MaxUnavailable(IntOrPercent::Percent(50)).least_of(3), 1);
    }
}

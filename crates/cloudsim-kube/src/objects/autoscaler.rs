//! Horizontal pod autoscalers.

use super::{Malformed, ObjectKey, Text, natural};
use crate::limits;
use cloudsim_kube_scheduler::objects::Quantity;
use cloudsim_units::SimDuration;
use k8s_openapi::api::autoscaling::v2 as api;

/// An autoscaler of a workload by the CPU that its pods use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HorizontalPodAutoscaler {
    /// Namespace and name.
    pub key: ObjectKey,
    /// The kind of what it scales, as the API names it.
    pub target_kind: String,
    /// The name of what it scales.
    pub target: String,
    /// It never wants fewer.
    pub min: u32,
    /// It never wants more.
    pub max: u32,
    /// What it looks at; what is not about CPU is not simulated, and not here.
    pub metrics: Vec<CpuMetric>,
    /// How fast it goes; `None` for what the controller does where nothing is said.
    pub behavior: Option<Behavior>,
}

/// A measure of the CPU that pods use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuMetric {
    /// The container whose CPU it is; `None` for that of whole pods.
    pub container: Option<Text>,
    /// What it is to be on average.
    pub target: CpuTarget,
}

/// How much CPU pods are to use on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CpuTarget {
    /// So many percent of what they ask for.
    Utilization(u32),
    /// So many thousandths of a processor.
    AverageMilli(u64),
}

/// How fast an autoscaler goes, all defaults written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behavior {
    /// Towards more pods.
    pub up: ScalingRules,
    /// Towards fewer.
    pub down: ScalingRules,
}

/// How fast it goes one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalingRules {
    /// It goes as far as all recommendations of that span agree.
    pub stabilization: SimDuration,
    /// Which of the policies counts.
    pub select: Select,
    /// How far it may go in which time.
    pub policies: Vec<ScalingPolicy>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// The one that goes farthest.
    Max,
    /// The one that goes least far.
    Min,
    /// None: it does not go that way.
    Disabled,
}

/// How far an autoscaler may go in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalingPolicy {
    /// So far.
    pub value: ScalingValue,
    /// In that time.
    pub period: SimDuration,
}

/// How far an autoscaler may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalingValue {
    /// So many pods.
    Pods(u32),
    /// So many percent of the pods that there were.
    Percent(u32),
}

impl HorizontalPodAutoscaler {
    /// Reads the specification of an autoscaler.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read(
        key: ObjectKey,
        spec: &api::HorizontalPodAutoscalerSpec,
    ) -> Result<HorizontalPodAutoscaler, Malformed> {
        let given = spec.metrics.as_deref().unwrap_or_default();
        let mut metrics = Vec::new();
        for (i, metric) in given.iter().enumerate() {
            let whole = metric.resource.as_ref().map(|of| ("resource", &of.name, None, &of.target));
            let one = metric.container_resource.as_ref();
            let one = one.map(|of| ("containerResource", &of.name, Some(of.container.as_str()), &of.target));
            let Some((field, _, container, target)) = whole.or(one).filter(|(_, name, ..)| *name == "cpu")
            else {
                continue;
            };
            let target = CpuTarget::read(target, &format!("metrics[{i}].{field}.target"))?;
            metrics.extend(target.map(|target| CpuMetric { container: container.map(Text::from), target }));
        }
        if given.is_empty() {
            let target = CpuTarget::Utilization(limits::HPA_CPU_TARGET);
            metrics.push(CpuMetric { container: None, target });
        }
        let behavior = spec.behavior.as_ref().map(|behavior| {
            Ok(Behavior {
                up: ScalingRules::read(behavior.scale_up.as_ref(), ScalingRules::up())
                    .map_err(|error: Malformed| error.below("behavior.scaleUp"))?,
                down: ScalingRules::read(behavior.scale_down.as_ref(), ScalingRules::down())
                    .map_err(|error: Malformed| error.below("behavior.scaleDown"))?,
            })
        });
        let (min, max) = (
            natural(spec.min_replicas, 1, "minReplicas")?,
            natural(Some(spec.max_replicas), 1, "maxReplicas")?,
        );
        if max < min {
            let problem = format!("{max} is below `minReplicas`, {min}");
            return Err(Malformed { field: "maxReplicas".into(), problem });
        }
        Ok(HorizontalPodAutoscaler {
            key,
            target_kind: spec.scale_target_ref.kind.clone(),
            target: spec.scale_target_ref.name.clone(),
            min,
            max,
            metrics,
            behavior: behavior.transpose()?,
        })
    }
}

impl CpuTarget {
    /// Reads a target; `None` if it names neither an average value nor a utilization.
    fn read(target: &api::MetricTarget, at: &str) -> Result<Option<CpuTarget>, Malformed> {
        if let Some(value) = &target.average_value {
            let field = format!("{at}.averageValue");
            let value =
                Quantity::parse(&value.0).map_err(|problem| Malformed { field: field.clone(), problem })?;
            return match u64::try_from(value.milli_value()) {
                Ok(milli) if milli > 0 => Ok(Some(CpuTarget::AverageMilli(milli))),
                _ => Err(Malformed { field, problem: "it is to be above nothing".into() }),
            };
        }
        let Some(percent) = target.average_utilization else { return Ok(None) };
        let field = format!("{at}.averageUtilization");
        match natural(Some(percent), 0, &field)? {
            0 => Err(Malformed { field, problem: "it is to be above nothing".into() }),
            percent => Ok(Some(CpuTarget::Utilization(percent))),
        }
    }
}

impl ScalingRules {
    /// What holds towards more pods where a behavior says nothing.
    fn up() -> ScalingRules {
        let policy = |value| ScalingPolicy { value, period: limits::HPA_POLICY_PERIOD };
        ScalingRules {
            stabilization: SimDuration::ZERO,
            select: Select::Max,
            policies: vec![
                policy(ScalingValue::Pods(limits::HPA_SCALE_UP_PODS)),
                policy(ScalingValue::Percent(limits::HPA_SCALE_PERCENT)),
            ],
        }
    }

    /// What holds towards fewer.
    fn down() -> ScalingRules {
        let value = ScalingValue::Percent(limits::HPA_SCALE_PERCENT);
        ScalingRules {
            stabilization: limits::HPA_DOWNSCALE_STABILIZATION,
            select: Select::Max,
            policies: vec![ScalingPolicy { value, period: limits::HPA_POLICY_PERIOD }],
        }
    }

    fn read(given: Option<&api::HPAScalingRules>, default: ScalingRules) -> Result<ScalingRules, Malformed> {
        let Some(given) = given else { return Ok(default) };
        let seconds = |number: i32, field: &str| {
            natural(Some(number), 0, field).map(|seconds| SimDuration::from_secs(seconds.into()))
        };
        let wrong = |field: &str, word: &str, known: &str| Malformed {
            field: field.to_owned(),
            problem: format!("`{}` is none of {known}", word.escape_debug()),
        };
        let stabilization = given.stabilization_window_seconds;
        let stabilization = stabilization.map(|number| seconds(number, "stabilizationWindowSeconds"));
        let select = match given.select_policy.as_deref() {
            None => default.select,
            Some("Max") => Select::Max,
            Some("Min") => Select::Min,
            Some("Disabled") => Select::Disabled,
            Some(other) => return Err(wrong("selectPolicy", other, "Max, Min and Disabled")),
        };
        let policies = given.policies.as_ref().map(|policies| {
            let read = |(i, policy): (usize, &api::HPAScalingPolicy)| {
                let value = natural(Some(policy.value), 0, &format!("policies[{i}].value"))?;
                let value = match policy.type_.as_str() {
                    "Pods" => ScalingValue::Pods(value),
                    "Percent" => ScalingValue::Percent(value),
                    other => return Err(wrong(&format!("policies[{i}].type"), other, "Pods and Percent")),
                };
                let period = seconds(policy.period_seconds, &format!("policies[{i}].periodSeconds"))?;
                Ok(ScalingPolicy { value, period })
            };
            policies.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()
        });
        Ok(ScalingRules {
            stabilization: stabilization.transpose()?.unwrap_or(default.stabilization),
            select,
            policies: policies.transpose()?.unwrap_or(default.policies),
        })
    }
}

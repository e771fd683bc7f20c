//! Horizontal pod autoscalers.

use super::{Malformed, ObjectKey, natural};
use crate::limits;
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
    /// The percentage of the requested CPU that it aims at; `None` if it looks at other metrics only, which are not
    /// simulated.
    pub cpu_percent: Option<u32>,
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
        let metrics = spec.metrics.as_deref().unwrap_or_default();
        let cpu = metrics.iter().enumerate().find_map(|(i, metric)| {
            let resource = metric.resource.as_ref().filter(|resource| resource.name == "cpu")?;
            Some((i, resource.target.average_utilization?))
        });
        let cpu_percent = match cpu {
            Some((i, percent)) => {
                let field = format!("metrics[{i}].resource.target.averageUtilization");
                Some(natural(Some(percent), 0, &field)?)
            }
            None if metrics.is_empty() => Some(limits::HPA_CPU_TARGET),
            None => None,
        };
        Ok(HorizontalPodAutoscaler {
            key,
            target_kind: spec.scale_target_ref.kind.clone(),
            target: spec.scale_target_ref.name.clone(),
            min: natural(spec.min_replicas, 1, "minReplicas")?,
            max: natural(Some(spec.max_replicas), 1, "maxReplicas")?,
            cpu_percent,
        })
    }
}

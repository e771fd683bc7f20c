//! Controllers of pods: deployments, replica sets, stateful sets, daemon sets, jobs.

use super::{
    FailureRule, Malformed, ObjectKey, PersistentVolumeClaim, PodTemplate, RestartPolicy, Selector, natural,
};
use crate::limits;
use cloudsim_units::SimDuration;
use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::fmt;
use std::sync::Arc;

/// A number of pods, or a share of those that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// So many.
    Int(u32),
    /// So many of a hundred.
    Percent(u32),
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntOrPercent::Int(number) => write!(f, "{number}"),
            IntOrPercent::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl IntOrPercent {
    /// Reads a field of the API.
    ///
    /// # Errors
    /// A number that is negative, or a text that is no percentage.
    pub fn read(value: &IntOrString, field: &str) -> Result<IntOrPercent, Malformed> {
        let wrong = |problem| Malformed { field: field.to_owned(), problem };
        match value {
            IntOrString::Int(number) => natural(Some(*number), 0, field).map(IntOrPercent::Int),
            IntOrString::String(text) => {
                let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
                percent.map(IntOrPercent::Percent).ok_or_else(|| {
                    wrong(format!("`{}` is neither a number nor a percentage", text.escape_debug()))
                })
            }
        }
    }

    /// Reads a field of the API that says how many of those that are there: at most 100 %.
    ///
    /// # Errors
    /// As of [`read`](Self::read), and a percentage above 100.
    ///
    /// Source: API server, `IsNotMoreThan100Percent`
    /// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/apps/validation/validation.go>).
    pub fn read_part(value: &IntOrString, field: &str) -> Result<IntOrPercent, Malformed> {
        match IntOrPercent::read(value, field)? {
            IntOrPercent::Percent(percent) if percent > 100 => {
                Err(Malformed { field: field.to_owned(), problem: format!("{percent}% is more than all") })
            }
            part => Ok(part),
        }
    }

    fn is_zero(self) -> bool {
        matches!(self, IntOrPercent::Int(0) | IntOrPercent::Percent(0))
    }

    /// Of so many, rounded down.
    #[must_use]
    pub fn floor_of(self, whole: u32) -> u32 {
        match self {
            IntOrPercent::Int(number) => number,
            IntOrPercent::Percent(percent) => scaled(percent, whole, 0),
        }
    }

    /// Of so many, rounded up.
    #[must_use]
    pub fn ceiling_of(self, whole: u32) -> u32 {
        match self {
            IntOrPercent::Int(number) => number,
            IntOrPercent::Percent(percent) => scaled(percent, whole, 99),
        }
    }
}

fn scaled(percent: u32, whole: u32, plus: u64) -> u32 {
    let scaled = (u64::from(percent) * u64::from(whole) + plus) / 100;
    u32::try_from(scaled).unwrap_or(u32::MAX)
}

/// How far an update may go at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollingUpdate {
    /// So many more pods than wanted.
    pub max_surge: IntOrPercent,
    /// So many fewer.
    pub max_unavailable: IntOrPercent,
}

/// What kind of controller it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// apps/v1: replica sets, one for each template that it had.
    Deployment {
        /// How it moves to a new template; `None` stops all pods first.
        rolling: Option<RollingUpdate>,
        /// Without progress for so long an update has failed.
        progress_deadline: SimDuration,
    },
    /// apps/v1: so many alike pods.
    ReplicaSet,
    /// apps/v1: pods with numbers, each with claims of its own.
    StatefulSet {
        /// Whether pods come and go one by one, in order.
        ordered: bool,
        /// The number of its first pod.
        start: u32,
        /// How pods come to the present template.
        update: StatefulUpdate,
        /// The claims of each pod, whose names are those of these, a dash and the pod's.
        claims: Vec<PersistentVolumeClaim>,
    },
    /// apps/v1: one pod on each node that suits.
    DaemonSet {
        /// How far an update may go at once; `None` leaves pods alone until somebody deletes them.
        rolling: Option<RollingUpdate>,
    },
    /// batch/v1: pods that end.
    Job(Job),
}

/// How the pods of a stateful set come to a new template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatefulUpdate {
    /// One by one, from the highest number down; the first so many keep the old one.
    Rolling {
        /// So many.
        partition: u32,
    },
    /// When somebody deletes them.
    OnDelete,
}

/// What a job wants beside pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// So many must end well; `None` if one that does says that all work is done.
    pub completions: Option<u32>,
    /// Whether each that must end well has a number.
    pub indexed: bool,
    /// With more failures it is given up.
    pub backoff_limit: u32,
    /// It is given up so long after its start.
    pub active_deadline: Option<SimDuration>,
    /// It is deleted so long after its end.
    pub ttl_after_finished: Option<SimDuration>,
    /// Whether it does nothing.
    pub suspended: bool,
    /// What it does about pods that failed, by how they did; `None` if each failure counts.
    pub failure_policy: Option<Arc<[FailureRule]>>,
    /// Whether a pod that is to end is replaced only once it has, and has failed only then.
    pub replaces_failed_only: bool,
}

impl Kind {
    /// Its name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Deployment { .. } => "Deployment",
            Kind::ReplicaSet => "ReplicaSet",
            Kind::StatefulSet { .. } => "StatefulSet",
            Kind::DaemonSet { .. } => "DaemonSet",
            Kind::Job(_) => "Job",
        }
    }

    /// Its name as kubectl and services have it: `deployment`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Deployment { .. } => "deployment",
            Kind::ReplicaSet => "replicaset",
            Kind::StatefulSet { .. } => "statefulset",
            Kind::DaemonSet { .. } => "daemonset",
            Kind::Job { .. } => "job",
        }
    }
}

/// A controller of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Namespace and name.
    pub key: ObjectKey,
    /// What it is.
    pub kind: Kind,
    /// How many pods it keeps; of a job, how many run at once. A daemon set has no number.
    pub replicas: u32,
    /// A pod must have been ready for so long to be available.
    pub min_ready: SimDuration,
    /// The pods that are its own.
    pub selector: Selector,
    /// What its pods are made of.
    pub template: PodTemplate,
}

impl Workload {
    /// `namespace/kind/name`, as measures name it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.key.namespace, self.kind.word(), self.key.name)
    }

    /// Whether it is there to serve for good, and not to end.
    #[must_use]
    pub fn is_service(&self) -> bool {
        !matches!(self.kind, Kind::Job(_))
    }

    /// Reads the specification of a deployment.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read_deployment(key: ObjectKey, spec: &apps::DeploymentSpec) -> Result<Workload, Malformed> {
        let strategy = spec.strategy.as_ref();
        let rolling = match strategy.and_then(|strategy| strategy.type_.as_deref()) {
            None | Some("" | "RollingUpdate") => {
                let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
                let at = "strategy.rollingUpdate";
                let default = || Ok(IntOrPercent::Percent(limits::ROLLING_UPDATE_PERCENT));
                let max_surge = rolling.and_then(|rolling| rolling.max_surge.as_ref());
                let max_surge = max_surge.map_or_else(default, |value| IntOrPercent::read(value, "maxSurge"));
                let max_unavailable = rolling.and_then(|rolling| rolling.max_unavailable.as_ref());
                let max_unavailable = max_unavailable
                    .map_or_else(default, |value| IntOrPercent::read_part(value, "maxUnavailable"));
                let max_surge = max_surge.map_err(|e| e.below(at))?;
                let max_unavailable = max_unavailable.map_err(|e| e.below(at))?;
                if max_surge.is_zero() && max_unavailable.is_zero() {
                    let problem = "may not be 0 where `maxSurge` is 0".to_owned();
                    return Err(Malformed { field: format!("{at}.maxUnavailable"), problem });
                }
                Some(RollingUpdate { max_surge, max_unavailable })
            }
            Some("Recreate") if strategy.is_some_and(|strategy| strategy.rolling_update.is_some()) => {
                let problem = "may not be said where `type` is Recreate".to_owned();
                return Err(Malformed { field: "strategy.rollingUpdate".into(), problem });
            }
            Some("Recreate") => None,
            Some(other) => {
                let problem = format!("`{}` is neither RollingUpdate nor Recreate", other.escape_debug());
                return Err(Malformed { field: "strategy.type".into(), problem });
            }
        };
        let deadline =
            natural(spec.progress_deadline_seconds, limits::PROGRESS_DEADLINE, "progressDeadlineSeconds")?;
        let progress_deadline = SimDuration::from_secs(deadline.into());
        Ok(Workload {
            key,
            kind: Kind::Deployment { rolling, progress_deadline },
            replicas: natural(spec.replicas, 1, "replicas")?,
            min_ready: seconds(spec.min_ready_seconds, "minReadySeconds")?,
            selector: Selector::read(Some(&spec.selector)).map_err(|e| e.below("selector"))?,
            template: template(&spec.template, Restarts::Always)?,
        })
    }

    /// Reads the specification of a replica set.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read_replica_set(key: ObjectKey, spec: &apps::ReplicaSetSpec) -> Result<Workload, Malformed> {
        Ok(Workload {
            key,
            kind: Kind::ReplicaSet,
            replicas: natural(spec.replicas, 1, "replicas")?,
            min_ready: seconds(spec.min_ready_seconds, "minReadySeconds")?,
            selector: Selector::read(Some(&spec.selector)).map_err(|e| e.below("selector"))?,
            template: template(&spec.template.clone().unwrap_or_default(), Restarts::Always)?,
        })
    }

    /// Reads the specification of a stateful set.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read_stateful_set(key: ObjectKey, spec: &apps::StatefulSetSpec) -> Result<Workload, Malformed> {
        let ordered = match spec.pod_management_policy.as_deref() {
            None | Some("" | "OrderedReady") => true,
            Some("Parallel") => false,
            Some(other) => {
                let problem = format!("`{}` is neither OrderedReady nor Parallel", other.escape_debug());
                return Err(Malformed { field: "podManagementPolicy".into(), problem });
            }
        };
        let start = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start);
        let strategy = spec.update_strategy.as_ref();
        let update = match strategy.and_then(|strategy| strategy.type_.as_deref()) {
            None | Some("" | "RollingUpdate") => {
                let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
                let partition = rolling.and_then(|rolling| rolling.partition);
                let at = |e: Malformed| e.below("updateStrategy.rollingUpdate");
                StatefulUpdate::Rolling { partition: natural(partition, 0, "partition").map_err(at)? }
            }
            Some("OnDelete") => StatefulUpdate::OnDelete,
            Some(other) => {
                let problem = format!("`{}` is neither RollingUpdate nor OnDelete", other.escape_debug());
                return Err(Malformed { field: "updateStrategy.type".into(), problem });
            }
        };
        let claims = spec.volume_claim_templates.iter().flatten();
        let read = |(i, claim): (usize, &core::PersistentVolumeClaim)| {
            PersistentVolumeClaim::read(claim).map_err(|e| e.below(&format!("volumeClaimTemplates[{i}]")))
        };
        let claims = claims.enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Workload {
            key,
            kind: Kind::StatefulSet {
                ordered,
                start: natural(start, 0, "start").map_err(|e| e.below("ordinals"))?,
                update,
                claims,
            },
            replicas: natural(spec.replicas, 1, "replicas")?,
            min_ready: seconds(spec.min_ready_seconds, "minReadySeconds")?,
            selector: Selector::read(Some(&spec.selector)).map_err(|e| e.below("selector"))?,
            template: template(&without_claimed(spec), Restarts::Always)?,
        })
    }

    /// Reads the specification of a daemon set.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read_daemon_set(key: ObjectKey, spec: &apps::DaemonSetSpec) -> Result<Workload, Malformed> {
        let strategy = spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let number = |value: Option<&IntOrString>, default: u32, field: &str| {
            let at = |e: Malformed| e.below("updateStrategy.rollingUpdate");
            value.map_or(Ok(IntOrPercent::Int(default)), |value| {
                IntOrPercent::read_part(value, field).map_err(at)
            })
        };
        let max_surge = rolling.and_then(|rolling| rolling.max_surge.as_ref());
        let max_unavailable = rolling.and_then(|rolling| rolling.max_unavailable.as_ref());
        let rolling = RollingUpdate {
            max_surge: number(max_surge, 0, "maxSurge")?,
            max_unavailable: number(max_unavailable, 1, "maxUnavailable")?,
        };
        let rolling = match strategy.and_then(|strategy| strategy.type_.as_deref()) {
            None | Some("" | "RollingUpdate") => Some(rolling),
            Some("OnDelete") => None,
            Some(other) => {
                let problem = format!("`{}` is neither RollingUpdate nor OnDelete", other.escape_debug());
                return Err(Malformed { field: "updateStrategy.type".into(), problem });
            }
        };
        Ok(Workload {
            key,
            kind: Kind::DaemonSet { rolling },
            replicas: 0,
            min_ready: seconds(spec.min_ready_seconds, "minReadySeconds")?,
            selector: Selector::read(Some(&spec.selector)).map_err(|e| e.below("selector"))?,
            template: template(&spec.template, Restarts::Always)?,
        })
    }

    /// Reads the specification of a job.
    ///
    /// # Errors
    /// The first field that cannot be used, below `spec`.
    pub fn read_job(key: ObjectKey, spec: &batch::JobSpec) -> Result<Workload, Malformed> {
        let given =
            |number: Option<i32>, field: &str| number.map(|of| natural(Some(of), 0, field)).transpose();
        let span = |number: Option<i64>, field: &str| {
            let negative =
                |number| Malformed { field: field.into(), problem: format!("{number} is negative") };
            let read =
                number.map(|of| u64::try_from(of).map(SimDuration::from_secs).map_err(|_| negative(of)));
            read.transpose()
        };
        let indexed = match spec.completion_mode.as_deref() {
            None | Some("" | "NonIndexed") => false,
            Some("Indexed") => true,
            Some(other) => {
                let problem = format!("`{}` is neither NonIndexed nor Indexed", other.escape_debug());
                return Err(Malformed { field: "completionMode".into(), problem });
            }
        };
        let parallelism = given(spec.parallelism, "parallelism")?;
        let completions = given(spec.completions, "completions")?;
        if indexed && completions.is_none() {
            let problem = "an indexed job needs a number of completions".to_owned();
            return Err(Malformed { field: "completions".into(), problem });
        }
        if !indexed && spec.backoff_limit_per_index.is_some() {
            let problem = "only an indexed job has a limit for each index".to_owned();
            return Err(Malformed { field: "backoffLimitPerIndex".into(), problem });
        }
        if let Some(most) = spec.max_failed_indexes {
            let problem = match (spec.backoff_limit_per_index, spec.completions) {
                (None, _) => "needs `backoffLimitPerIndex`",
                (_, Some(completions)) if most > completions => "is more than `completions`",
                _ => "",
            };
            if !problem.is_empty() {
                return Err(Malformed::new("maxFailedIndexes", problem));
            }
        }
        let failure_policy = FailureRule::read_all(spec)?;
        let replaces_failed_only = match (spec.pod_replacement_policy.as_deref(), &failure_policy) {
            (Some("Failed"), _) | (None | Some(""), Some(_)) => true,
            (None | Some("" | "TerminatingOrFailed"), None) => false,
            (Some("TerminatingOrFailed"), Some(_)) => {
                let problem = "must be Failed where there is a `podFailurePolicy`".to_owned();
                return Err(Malformed { field: "podReplacementPolicy".into(), problem });
            }
            (Some(other), _) => {
                let problem = format!("`{}` is neither TerminatingOrFailed nor Failed", other.escape_debug());
                return Err(Malformed { field: "podReplacementPolicy".into(), problem });
            }
        };
        let job = Job {
            // One of one, if neither is said.
            completions: completions.or_else(|| parallelism.is_none().then_some(1)),
            indexed,
            backoff_limit: natural(
                spec.backoff_limit,
                // Where each number has a limit of its own, all together have none (API server, defaults of batch/v1).
                if spec.backoff_limit_per_index.is_some() { u32::MAX } else { limits::JOB_BACKOFF_LIMIT },
                "backoffLimit",
            )?,
            active_deadline: span(spec.active_deadline_seconds, "activeDeadlineSeconds")?,
            ttl_after_finished: span(
                spec.ttl_seconds_after_finished.map(i64::from),
                "ttlSecondsAfterFinished",
            )?,
            suspended: spec.suspend == Some(true),
            failure_policy: failure_policy.map(Into::into),
            replaces_failed_only,
        };
        Ok(Workload {
            key,
            kind: Kind::Job(job),
            replicas: parallelism.unwrap_or(1),
            min_ready: SimDuration::ZERO,
            // The API server gives a job that has none a selector of its own.
            selector: Selector::read(spec.selector.as_ref()).map_err(|e| e.below("selector"))?,
            template: template(&spec.template, Restarts::NotAlways)?,
        })
    }
}

fn seconds(number: Option<i32>, field: &str) -> Result<SimDuration, Malformed> {
    natural(number, 0, field).map(|number| SimDuration::from_secs(number.into()))
}

/// What pods of a controller do when a container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Restarts {
    Always,
    /// As of a job, whose pods end.
    NotAlways,
}

/// The template of a controller.
///
/// Source: API server, validation of the templates of apps/v1 and batch/v1
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/apis/batch/validation/validation.go>).
fn template(template: &core::PodTemplateSpec, restarts: Restarts) -> Result<PodTemplate, Malformed> {
    let read = PodTemplate::read(template).map_err(|e| e.below("template"))?;
    let deadline = template.spec.as_ref().and_then(|pod| pod.active_deadline_seconds);
    if restarts == Restarts::Always && deadline.is_some() {
        let problem = "may not be said: only pods that end by themselves have a deadline";
        return Err(Malformed::new("template.spec.activeDeadlineSeconds", problem));
    }
    let wrong = |problem: &str| {
        Err(Malformed { field: "template.spec.restartPolicy".into(), problem: problem.to_owned() })
    };
    match (restarts, read.restart) {
        (Restarts::Always, RestartPolicy::OnFailure | RestartPolicy::Never) => {
            wrong("must be Always, or not said: only the pods of jobs end")
        }
        (Restarts::NotAlways, RestartPolicy::Always) => wrong("a job needs Never or OnFailure: its pods end"),
        _ => Ok(read),
    }
}

/// The template of a stateful set, whose volumes give way to claims of the same name.
fn without_claimed(spec: &apps::StatefulSetSpec) -> core::PodTemplateSpec {
    let mut template = spec.template.clone();
    let claims = spec.volume_claim_templates.iter().flatten();
    let Some(pod) = &mut template.spec else { return template };
    for name in claims.filter_map(|claim| claim.metadata.name.as_deref()) {
        // In its place stands one that goes anywhere, so that the others keep theirs in what is said of them.
        let stand_in = || core::Volume {
            name: name.to_owned(),
            empty_dir: Some(core::EmptyDirVolumeSource::default()),
            ..core::Volume::default()
        };
        let volumes = pod.volumes.get_or_insert_default();
        let mut is_there = false;
        for volume in volumes.iter_mut().filter(|volume| volume.name == name) {
            *volume = stand_in();
            is_there = true;
        }
        if !is_there {
            volumes.push(stand_in());
        }
    }
    template
}

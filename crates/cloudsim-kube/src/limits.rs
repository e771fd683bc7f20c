//! Published numbers of Kubernetes, keyed by minor version where they moved.

use crate::Minor;
use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration};

/// A kubelet renews its node's lease so often.
///
/// Source: K8S-01, Kubernetes documentation, "Nodes".
pub const LEASE_RENEWAL: SimDuration = SimDuration::from_secs(10);

/// The node controller looks at all nodes so often.
///
/// Source: K8S-03, kube-controller-manager, `--node-monitor-period`.
pub const NODE_MONITOR_PERIOD: SimDuration = SimDuration::from_secs(5);

/// A node that has not been heard of for so long is not ready.
///
/// Source: K8S-04, kube-controller-manager, `--node-monitor-grace-period`: 40 s up to 1.31, 50 s from 1.32
/// (<https://github.com/kubernetes/kubernetes/pull/126287>).
#[must_use]
pub const fn node_monitor_grace_period(minor: Minor) -> SimDuration {
    SimDuration::from_secs(if minor.number() >= 32 { 50 } else { 40 })
}

/// A node that has just joined is given so long.
///
/// Source: K8S-14, kube-controller-manager, `--node-startup-grace-period`.
pub const NODE_STARTUP_GRACE_PERIOD: SimDuration = SimDuration::from_secs(60);

/// How long a pod tolerates that its node is not ready, or not heard of, if it says nothing else.
///
/// Source: K8S-06, kube-apiserver, `--default-not-ready-toleration-seconds` and `--default-unreachable-toleration-seconds`.
pub const DEFAULT_TOLERATION: SimDuration = SimDuration::from_secs(300);

/// Between two nodes of a zone that are given up, where the zone is well or wholly dead: ten seconds, a rate of 0.1 a second.
///
/// Source: K8S-08, kube-controller-manager, `--node-eviction-rate`.
pub const EVICTION_INTERVAL: SimDuration = SimDuration::from_secs(10);

/// The same where much of a large zone is not ready: a rate of 0.01 a second.
///
/// Source: K8S-10, kube-controller-manager, `--secondary-node-eviction-rate`.
pub const SECONDARY_EVICTION_INTERVAL: SimDuration = SimDuration::from_secs(100);

/// With that share of its nodes not ready, a zone is partially disrupted.
///
/// Source: K8S-09, kube-controller-manager, `--unhealthy-zone-threshold`.
pub const UNHEALTHY_ZONE_THRESHOLD: Ratio = Ratio::from_percent(55);

/// A zone with more nodes than that is large.
///
/// Source: K8S-10, kube-controller-manager, `--large-cluster-size-threshold`.
pub const LARGE_CLUSTER_SIZE_THRESHOLD: u32 = 50;

/// A pod that is deleted has so long to end.
///
/// Source: K8S-46, Kubernetes API, `terminationGracePeriodSeconds`.
pub const TERMINATION_GRACE_PERIOD: SimDuration = SimDuration::from_secs(30);

/// The size of an image that the scenario does not know.
///
/// Assumed: images of services are mostly between 50 MB and 500 MB. Each pull on a fresh node takes that much longer or
/// shorter; a scenario says it with `images`.
pub const IMAGE_SIZE: Bytes = Bytes(200 << 20);

/// From the start of a container until its process answers, where the scenario says nothing.
///
/// Assumed: depends on the application; K8S-20 bounds what Kubernetes itself adds.
pub const CONTAINER_START: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(5));

/// Seconds from probe to probe.
///
/// Source: K8S-44, Kubernetes API, `Probe`.
pub const PROBE_PERIOD: u32 = 10;
/// Seconds after which a probe has failed.
///
/// Source: K8S-44, Kubernetes API, `Probe`.
pub const PROBE_TIMEOUT: u32 = 1;
/// Passes in a row that make a probe pass.
///
/// Source: K8S-44, Kubernetes API, `Probe`.
pub const PROBE_SUCCESS_THRESHOLD: u32 = 1;
/// Failures in a row that make a probe fail.
///
/// Source: K8S-44, Kubernetes API, `Probe`.
pub const PROBE_FAILURE_THRESHOLD: u32 = 3;

/// Percent of the replicas that a rolling update may have too many, and too few.
///
/// Source: K8S-43, Kubernetes API, `RollingUpdateDeployment`.
pub const ROLLING_UPDATE_PERCENT: u32 = 25;
/// A rollout without progress for so many seconds has failed.
///
/// Source: K8S-43, Kubernetes API, `progressDeadlineSeconds`.
pub const PROGRESS_DEADLINE: u32 = 600;
/// A job is given up after so many failed pods.
///
/// Source: K8S-48, Kubernetes API, `backoffLimit`.
pub const JOB_BACKOFF_LIMIT: u32 = 6;
/// The percentage of its requested CPU that an autoscaler aims at.
///
/// Source: K8S-30, autoscaling/v2 `defaults.go`.
pub const HPA_CPU_TARGET: u32 = 80;

/// From a running host until its kubelet has joined the cluster.
///
/// Assumed: K8S-38 recalls 40 to 90 s from the request for an instance to a node that is ready; the launch is counted apart
/// (EC2-02). Each new node of a group takes that much longer.
pub const JOIN: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(15), SimDuration::from_secs(60));

/// A kubelet takes so many pods, unless its instance has fewer addresses.
///
/// Source: K8S-47, kubelet, `maxPods`.
pub const MAX_PODS: u32 = 110;

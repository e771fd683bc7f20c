//! Published numbers of Kubernetes, keyed by minor version where they moved.

use crate::Minor;
use crate::cron::WallClock;
use crate::objects::IntOrPercent;
use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration, assumptions};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

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

/// The domain of a cluster's own names.
///
/// Source: DNS-01, kubelet, `--cluster-domain`: what EKS and most others set.
pub const CLUSTER_DOMAIN: &str = "cluster.local";
/// The last domain of a pod's search list, which is that of its instance.
///
/// Source: Amazon VPC, DHCP option sets: `region.compute.internal`, and `ec2.internal` in us-east-1. No name of a service is in
/// it, so that which of them it is makes no difference.
pub const INSTANCE_DOMAIN: &str = "ec2.internal";
/// Names with fewer dots are looked for in the search list first.
///
/// Source: DNS-01, what a kubelet writes into the `resolv.conf` of a pod.
pub const NDOTS: u32 = 5;
/// A resolver waits so long for an answer.
///
/// Source: DNS-02, resolv.conf(5), `RES_TIMEOUT`; Go has the same.
pub const RESOLVER_TIMEOUT: SimDuration = SimDuration::from_secs(5);
/// It asks so often for a name.
///
/// Source: DNS-02, resolv.conf(5), `RES_DFLRETRY`; Go has the same.
pub const RESOLVER_ATTEMPTS: u32 = 2;
/// CoreDNS takes so long to answer a query for a name of its cluster.
///
/// Assumed: it has all services in memory. Every lookup takes that much longer or shorter for each of its names.
pub const DNS_ANSWER: SimDuration = SimDuration::from_micros(200);

/// A kubelet looks so often whether memory runs out.
///
/// Source: MEM-01, kubelet, `evictionMonitoringPeriod`.
pub const EVICTION_LOOK: SimDuration = SimDuration::from_secs(10);
/// Memory is low for so long after it was last found to be.
///
/// Source: K8S-47, kubelet, `evictionPressureTransitionPeriod`.
pub const PRESSURE_TRANSITION: SimDuration = SimDuration::from_mins(5);
/// Pods of this priority and more are critical: no kubelet evicts them.
///
/// Source: Kubernetes documentation, "Guaranteed scheduling for critical add-on pods", and `SystemCriticalPriority`.
pub const CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// A pod that is deleted has so long to end.
///
/// Source: K8S-46, Kubernetes core/v1 `types.go`, `DefaultTerminationGracePeriodSeconds`.
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
/// The percentage of its requested CPU that an autoscaler aims at.
///
/// Source: K8S-30, autoscaling/v2 `defaults.go`.
pub const HPA_CPU_TARGET: u32 = 80;
/// An autoscaler looks so often.
///
/// Source: K8S-29, kube-controller-manager, `--horizontal-pod-autoscaler-sync-period`.
pub const HPA_SYNC: SimDuration = SimDuration::from_secs(15);
/// So far from what it aims at it changes nothing.
///
/// Source: K8S-29, kube-controller-manager, `--horizontal-pod-autoscaler-tolerance`.
pub const HPA_TOLERANCE: f64 = 0.1;
/// For so long after its start a pod may use CPU for its start.
///
/// Source: K8S-29, kube-controller-manager, `--horizontal-pod-autoscaler-cpu-initialization-period`.
pub const HPA_CPU_INITIALIZATION: SimDuration = SimDuration::from_mins(5);
/// A pod that is not ready and became so within that time of its start was never ready.
///
/// Source: K8S-29, kube-controller-manager, `--horizontal-pod-autoscaler-initial-readiness-delay`.
pub const HPA_INITIAL_READINESS: SimDuration = SimDuration::from_secs(30);
/// It goes down only as far as all that it wanted in that time.
///
/// Source: K8S-29, kube-controller-manager, `--horizontal-pod-autoscaler-downscale-stabilization`.
pub const HPA_DOWNSCALE_STABILIZATION: SimDuration = SimDuration::from_secs(300);
/// Without a behavior it goes up to so many times the pods that there are, in one look.
///
/// Source: horizontal pod autoscaler, `scaleUpLimitFactor`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/podautoscaler/horizontal.go>).
pub const HPA_SCALE_UP_FACTOR: u32 = 2;
/// Without a behavior it may always have so many; with one so many may always come in a period.
///
/// Source: K8S-30, `scaleUpLimitMinimum` in the same file, and autoscaling/v2 `defaults.go`.
pub const HPA_SCALE_UP_PODS: u32 = 4;
/// A behavior lets so many percent come, and go, in a period, if it says nothing else.
///
/// Source: K8S-30, autoscaling/v2 `defaults.go`.
pub const HPA_SCALE_PERCENT: u32 = 100;
/// The period of the policies of a behavior that names none.
///
/// Source: K8S-30, autoscaling/v2 `defaults.go`.
pub const HPA_POLICY_PERIOD: SimDuration = SimDuration::from_secs(15);

/// metrics-server asks all kubelets so often.
///
/// Source: K8S-31, metrics-server, `--metric-resolution=15s` in its manifest
/// (<https://github.com/kubernetes-sigs/metrics-server/blob/master/manifests/base/deployment.yaml>).
pub const METRICS_RESOLUTION: SimDuration = SimDuration::from_secs(15);
/// The use of a container that has run for less than [`METRICS_RESOLUTION`] is counted from its start, once it has run
/// for so long.
///
/// Source: metrics-server, `freshContainerMinMetricsResolution`
/// (<https://github.com/kubernetes-sigs/metrics-server/blob/master/pkg/storage/pod.go>).
pub const METRICS_FRESH: SimDuration = SimDuration::from_secs(10);
/// A kubelet reads the counters of a container again after so long.
///
/// Source: K8S-31, cAdvisor, `nextHousekeepingInterval`: ten seconds in a kubelet, and up to as much again by chance
/// (<https://github.com/google/cadvisor/blob/master/manager/container.go>).
pub const HOUSEKEEPING: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(10), SimDuration::from_secs(20));

/// With more failures a job is given up, if it says nothing else.
///
/// Source: K8S-48, Kubernetes API, `backoffLimit`.
pub const JOB_BACKOFF_LIMIT: u32 = 6;
/// A job makes a pod in place of one that failed after so long, of two in a row after twice as long, and so on.
///
/// Source: K8S-48, job controller, `DefaultJobPodFailureBackOff`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/job/job_controller.go>).
pub const JOB_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// It never waits longer than that.
///
/// Source: K8S-48, job controller, `MaxJobPodFailureBackOff`, same file.
pub const JOB_BACKOFF_MAX: SimDuration = SimDuration::from_mins(10);
/// What a container that fails by itself ends with.
///
/// Assumed: the code of most programs that fail, which no scenario says. Only rules of failure policies look at it.
pub const JOB_FAILS_WITH: i32 = 1;
/// What a container ends with that is told to end before its work is done, and does not catch that.
///
/// Source: POSIX shells and container runtimes: 128 and the number of the signal, SIGTERM
/// (<https://man7.org/linux/man-pages/man7/signal.7.html>).
pub const TERMINATED: i32 = 128 + 15;
/// What a container ends with that is killed.
///
/// Source: as [`TERMINATED`], SIGKILL.
pub const KILLED: i32 = 128 + 9;
/// What became of the pods of a job is gathered for so long before the controller looks at it.
///
/// Source: job controller, `SyncJobBatchPeriod`, same file.
pub const JOB_SYNC_BATCH: SimDuration = SimDuration::from_secs(1);
/// The work of a job's pod takes so long, where the scenario says nothing.
///
/// Assumed: the API does not say it, and jobs run from seconds to days. A job's end, and the room that its pods take
/// meanwhile, rest on it; a scenario says it with `runs_for`.
pub const JOB_RUNS_FOR: DurationDistribution = DurationDistribution::Constant(SimDuration::from_mins(1));

/// A cron job is looked at so long after its time, lest the clock be a little behind.
///
/// Source: cron job controller, `nextScheduleDelta`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/cronjob/cronjob_controllerv2.go>).
pub const CRON_DELAY: SimDuration = SimDuration::from_millis(100);
/// More times that were missed than that are worth a warning.
///
/// Source: cron job controller, `mostRecentScheduleTime`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/cronjob/utils.go>).
pub const CRON_MISSED_MAX: u32 = 100;
/// A cron job keeps so many of its jobs that have ended well, if it says nothing else.
///
/// Source: Kubernetes API, `successfulJobsHistoryLimit`
/// (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/>).
pub const JOBS_KEPT_SUCCESSFUL: u32 = 3;
/// A cron job keeps so many of its jobs that have failed, if it says nothing else.
///
/// Source: Kubernetes API, `failedJobsHistoryLimit`, same page.
pub const JOBS_KEPT_FAILED: u32 = 1;
/// What the clock shows when a run begins, where the scenario says nothing: midnight at the begin of a week.
///
/// Assumed: no run has a date of its own. When cron jobs start within a run rests on it; a scenario says it with
/// `clock`.
pub const CLOCK: WallClock = WallClock::of(2025, 1, 6);

/// Requests a second that a controller of kube-controller-manager may make; each has its own client.
///
/// Source: K8S-61, kube-controller-manager reference, `--kube-api-qps`
/// (<https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/>). EKS does
/// not say what it sets.
pub const CONTROLLER_QPS: u32 = 20;
/// Requests that such a controller may make at once.
///
/// Source: K8S-61, kube-controller-manager reference, `--kube-api-burst`.
pub const CONTROLLER_BURST: u32 = 30;
/// Requests a second that the scheduler may make.
///
/// Source: K8S-53, component-base `defaults.go`, `ClientConnectionConfiguration`.
pub const SCHEDULER_QPS: u32 = 50;
/// Requests that the scheduler may make at once.
///
/// Source: K8S-53, component-base `defaults.go`, `ClientConnectionConfiguration`.
pub const SCHEDULER_BURST: u32 = 100;

/// Requests that an API server carries out at once: 400 that read and 200 that write share their seats.
///
/// Source: K8S-54, kube-apiserver, `--max-requests-inflight` and `--max-mutating-requests-inflight`.
pub const SEATS: u64 = 600;
/// The shares of all levels of priority that there are by default.
///
/// Source: API Priority and Fairness, suggested configuration
/// (<https://kubernetes.io/docs/concepts/cluster-administration/flow-control/>): `node-high` 40, `system` 30,
/// `leader-election` 10, `workload-high` 40, `workload-low` 100, `global-default` 20, `catch-all` 5.
pub const SHARES_TOTAL: u64 = 245;
/// The share of what nodes say of themselves.
///
/// Source: as [`SHARES_TOTAL`].
pub const SHARES_NODE_HIGH: u64 = 40;
/// The share of what nodes ask for besides.
///
/// Source: as [`SHARES_TOTAL`].
pub const SHARES_SYSTEM: u64 = 30;
/// The share of controllers and the scheduler.
///
/// Source: as [`SHARES_TOTAL`].
pub const SHARES_WORKLOAD_HIGH: u64 = 40;
/// The share of people.
///
/// Source: as [`SHARES_TOTAL`].
pub const SHARES_GLOBAL_DEFAULT: u64 = 20;

/// What the API server needs for a request that changes something, etcd aside.
///
/// Assumed: K8S-18 promises 99 of 100 within a second; a median of 8 ms and a 99th percentile near 100 ms is what clusters
/// well below their limits show. Every step of a pod's way has a request in it.
pub const API_REQUEST: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(8), sigma: 1.1 };
/// A member of etcd writes to its disk.
///
/// Source: etcd documentation, "What does the warning apply entries took too long mean"
/// (<https://etcd.io/docs/v3.5/faq/>): healthy disks stay below 10 ms. Assumed: 2 ms, as cloud disks do.
pub const ETCD_FSYNC: SimDuration = SimDuration::from_millis(2);
/// From a change until those who watch have it.
///
/// Assumed: K8S-22 sets no number; caches of watches send at once, and a few milliseconds go by on the way.
pub const WATCH: SimDuration = SimDuration::from_millis(5);
/// From the end of one sync of kube-proxy to the begin of the next, at least.
///
/// Source: K8S-23, kube-proxy `defaults.go`, `minSyncPeriod`; that it runs from the end of a sync is `BoundedFrequencyRunner`
/// (<https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/runner/bounded_frequency_runner.go>).
pub const PROXY_MIN_SYNC_PERIOD: SimDuration = SimDuration::from_secs(1);
/// kube-proxy takes so long to write the rules of what has changed.
///
/// Assumed: K8S-22 sets no number; `kubeproxy_sync_proxy_rules_duration_seconds` of small clusters is mostly in the buckets
/// up to 128 ms. How long a stale pod gets connections rests on it by a tenth of a second.
pub const PROXY_SYNC: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_millis(20), SimDuration::from_millis(100));
/// In iptables mode each sync writes a rule for each service of the cluster too, changed or not.
///
/// Assumed: `iptables-restore` takes in about a hundred thousand rules a second.
pub const PROXY_SYNC_PER_SERVICE: SimDuration = SimDuration::from_micros(10);
/// A client asks again at the latest so long after a request that nobody answered.
///
/// Assumed: clients back off exponentially, most of them up to ten seconds.
pub const RETRY_MAX: SimDuration = SimDuration::from_secs(10);
/// Members of etcd choose a new leader after a silence between one such time and two.
///
/// Source: K8S-50, etcd documentation, "Tuning": election timeout 1,000 ms.
pub const ETCD_ELECTION_TIMEOUT: SimDuration = SimDuration::from_millis(1000);

/// A controller that could not renew its lease for so long gives up and begins anew.
///
/// Source: K8S-53, component-base `defaults.go`, `LeaderElectionConfiguration`.
pub const RENEW_DEADLINE: SimDuration = SimDuration::from_secs(10);
/// Nobody takes the lease of a leader that has renewed it within so long.
///
/// Source: K8S-53, component-base `defaults.go`, `LeaderElectionConfiguration`.
pub const LEASE_DURATION: SimDuration = SimDuration::from_secs(15);
/// A leader renews its lease so often, and others look as often whether it is free.
///
/// Source: K8S-53, component-base `defaults.go`, `LeaderElectionConfiguration`.
pub const LEASE_RETRY: SimDuration = SimDuration::from_secs(2);

/// The node controller looks at the queue of nodes to give up so often.
///
/// Source: kube-controller-manager, `NodeEvictionPeriod`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go>).
pub const NODE_EVICTION_PERIOD: SimDuration = SimDuration::from_millis(100);
/// What a look at all nodes takes: the next one begins that much later.
///
/// Assumed: the loop waits for its period after each look, so that grace periods that are multiples of the period are
/// seen to be over at once. Milliseconds in clusters of any size.
pub const NODE_MONITOR_TAKES: SimDuration = SimDuration::from_millis(10);
/// More nodes than that must not be ready before a zone is partially disrupted.
///
/// Source: node lifecycle controller, `ComputeZoneState`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/nodelifecycle/node_lifecycle_controller.go>).
pub const NOT_READY_AT_LEAST: u32 = 2;
/// The collector of pods looks so often.
///
/// Source: pod garbage collector, `gcCheckPeriod`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/podgc/gc_controller.go>).
pub const POD_GC_PERIOD: SimDuration = SimDuration::from_secs(20);
/// Pods of a node that is gone are left alone for so long.
///
/// Source: pod garbage collector, `quarantineTime`, same file.
pub const POD_GC_QUARANTINE: SimDuration = SimDuration::from_secs(40);
/// The cloud's controller asks for the instances of nodes that are not ready so often.
///
/// Source: K8S-17, Kubernetes cloud-provider `defaults.go`, `NodeMonitorPeriod`.
pub const CLOUD_NODE_PERIOD: SimDuration = SimDuration::from_secs(5);

/// From a pod's assignment until its sandbox stands and it has an address.
///
/// Assumed: part of K8S-20, which has whole pods started within 5 s at the 99th percentile, images aside.
pub const SANDBOX: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(900), sigma: 0.5 };
/// An init container runs so long.
///
/// Assumed: depends on what it does; Kubernetes says nothing of it.
pub const INIT_CONTAINER: SimDuration = SimDuration::from_secs(1);
/// From images that are there until the containers run.
///
/// Assumed: part of K8S-20 as [`SANDBOX`] is.
pub const CONTAINERS: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(500), sigma: 0.5 };
/// Bytes of an image that a node fetches and unpacks in a second.
///
/// Assumed: K8S-47 has 50 to 150 MB/s from a registry in the region.
pub const PULL_BYTES_PER_SECOND: u64 = 100_000_000;
/// A kubelet pulls an image that could not be had again after so long, then after twice as long, and so on.
///
/// Source: K8S-63, kubelet, `kubelet.go`, `imageBackOffPeriod`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/kubelet/kubelet.go>).
pub const PULL_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// It never waits longer than that.
///
/// Source: same file, `MaxImageBackOff`.
pub const PULL_BACKOFF_MAX: SimDuration = SimDuration::from_secs(300);
/// A kubelet looks again so long after it failed to start a pod, at the soonest.
///
/// Source: same file, `backOffPeriod`.
pub const SYNC_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// A container runtime gives up a registry that it cannot connect to after so long.
///
/// Source: K8S-64, containerd, `image_pull.go`, `newTransport`
/// (<https://github.com/containerd/containerd/blob/v2.1.4/internal/cri/server/images/image_pull.go>).
pub const REGISTRY_DIAL_TIMEOUT: SimDuration = SimDuration::from_secs(30);
/// It gives up a pull that brings no more bytes after so long.
///
/// Source: K8S-64, containerd, `image_pull_progress_timeout`
/// (<https://github.com/containerd/containerd/blob/v2.1.4/docs/cri/config.md>).
pub const PULL_PROGRESS_TIMEOUT: SimDuration = SimDuration::from_mins(5);
/// A process ends so long after it was told to, if it is given that long.
///
/// Assumed: depends on the application; those that do not listen take the whole grace period.
pub const PROCESS_ENDS: SimDuration = SimDuration::from_secs(1);
/// A container that failed is started again after so long, then after twice as long, and so on.
///
/// Source: K8S-45, kubelet, `CrashLoopBackOff`.
pub const CRASH_BACKOFF: SimDuration = SimDuration::from_secs(10);
/// It never waits longer than that.
///
/// Source: K8S-45, kubelet `defaults.go`, `MaxContainerBackOff`.
pub const CRASH_BACKOFF_MAX: SimDuration = SimDuration::from_secs(300);
/// After so long without failing it begins anew.
///
/// Source: K8S-45, Kubernetes documentation, "Pod lifecycle".
pub const CRASH_BACKOFF_RESET: SimDuration = SimDuration::from_secs(600);

/// What the scheduler needs for a pod, the nodes aside.
///
/// Measured: kube-scheduler v1.34.1 took 20 ms for a pod with 5,000 nodes all scored; see docs/performance.md.
pub const SCHEDULING_CYCLE: SimDuration = SimDuration::from_millis(1);
/// What it needs for each node that it scores.
///
/// Measured: as [`SCHEDULING_CYCLE`]: 20 ms by 5,000 nodes.
pub const SCHEDULING_PER_NODE: SimDuration = SimDuration::from_micros(4);

/// The kubelet tries again to set up a pod that got no address.
///
/// Assumed: the kubelet comes back to a pod that failed with its own back-off of about ten seconds.
pub const SANDBOX_RETRY: SimDuration = SimDuration::from_secs(10);
/// From new addresses behind a service until the balancer's target group has them.
///
/// Assumed: the AWS Load Balancer Controller acts on each change and calls `RegisterTargets`, which takes about a second.
pub const TARGETS_RECONCILE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_millis(500), SimDuration::from_millis(2500));
/// From a running host until its kubelet has joined the cluster.
///
/// Assumed: K8S-38 recalls 40 to 90 s from the request for an instance to a node that is ready; the launch is counted apart
/// (EC2-02). Each new node of a group takes that much longer.
pub const JOIN: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(15), SimDuration::from_secs(60));

/// Where the addresses of pods begin on nodes that are in no subnet and do not say which they have: each node has 256.
///
/// Source: RFC 6598, the shared address space, which clusters use for pods. kube-controller-manager deals out ranges of this
/// size (`--node-cidr-mask-size`). Addresses are shown, and nothing depends on them.
const POD_CIDRS: Ipv4Addr = Ipv4Addr::new(100, 64, 0, 0);

/// The addresses of the pods on the node of that number.
#[must_use]
pub fn pod_cidr(node: usize) -> Ipv4Net {
    // There are as many of them as nodes that a scenario may have, and some more.
    let number = u32::try_from(node % (1 << 14)).expect("below 2^14");
    Ipv4Net::new_assert(Ipv4Addr::from_bits(POD_CIDRS.to_bits() + (number << 8)), 24)
}

/// Where the addresses of nodes begin that are in no subnet and say nothing of themselves.
///
/// Source: RFC 1918, a private range. Addresses are shown, and nothing depends on them.
const NODE_ADDRESSES: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 0);

/// The address of the node of that number.
#[must_use]
pub fn node_address(node: usize) -> Ipv4Addr {
    let number = u32::try_from(node % ((1 << 16) - 2)).expect("below 2^16");
    Ipv4Addr::from_bits(NODE_ADDRESSES.to_bits() + number + 1)
}

/// A kubelet takes so many pods, unless its instance has fewer addresses.
///
/// Source: K8S-47, kubelet, `maxPods`.
pub const MAX_PODS: u32 = 110;
/// A pod whose budget did not let it go is asked again after so long.
///
/// Source: kubectl, `drain`: five seconds after an answer of 429
/// (<https://github.com/kubernetes/kubectl/blob/v0.34.1/pkg/drain/drain.go>).
pub const EVICTION_RETRY: SimDuration = SimDuration::from_secs(5);
/// A managed node group waits so long for a node to be empty, then terminates it all the same.
///
/// Source: EKS User Guide, "Managed node group update behavior": 15 minutes
/// (<https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html>).
pub const NODE_DRAIN_TIMEOUT: SimDuration = SimDuration::from_mins(15);

/// A volume that nobody on a node needs, and that the node has not said to have unmounted, is detached all the same after so
/// long, if the node is not ready or gone.
///
/// Source: K8S-15, attach/detach controller, `ReconcilerMaxWaitForUnmountDuration`.
pub const MAX_WAIT_FOR_UNMOUNT: SimDuration = SimDuration::from_mins(6);
/// From a call of `CreateVolume` until the volume is available.
///
/// Source: aws-ebs-csi-driver, `cloud.go`: a median of 1.5 s and a 99th percentile of 4 s, as its authors measured
/// (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/cloud/cloud.go>).
pub const EBS_CREATE: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(1500), sigma: 0.42 };
/// From a call of `AttachVolume` or `DetachVolume` until it is done.
///
/// Source: aws-ebs-csi-driver, `cloud.go`: most finish within 1 to 4 seconds.
pub const EBS_ATTACH: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(4));
/// A kubelet says so often how its node is, and which volumes are in use there.
///
/// Source: kubelet configuration, `nodeStatusUpdateFrequency`
/// (<https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>).
pub const NODE_STATUS_UPDATE: SimDuration = SimDuration::from_secs(10);
/// A kubelet that looks whether a volume is attached, and finds that it is not, looks again after so long, then after twice as
/// long, and so on.
///
/// Source: Kubernetes, `initialDurationBeforeRetry`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/util/goroutinemap/exponentialbackoff/exponential_backoff.go>).
pub const ATTACH_LOOK: SimDuration = SimDuration::from_millis(500);
/// It looks at least so often.
///
/// Source: Kubernetes, `maxDurationBeforeRetry`, same file.
pub const ATTACH_LOOK_MAX: SimDuration = SimDuration::from_secs(122);
/// From a volume that is attached until it is mounted.
///
/// Assumed: the node's part of the driver checks the file system and mounts it; a first format of a small volume is in it.
pub const MOUNT: DurationDistribution =
    DurationDistribution::LogNormal { median: SimDuration::from_millis(600), sigma: 0.5 };
/// The scheduler looks so often whether the volumes of a pod are bound.
///
/// Source: volume binder, `BindPodVolumes`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/scheduler/framework/plugins/volumebinding/binder.go>).
pub const BINDING_LOOK: SimDuration = SimDuration::from_secs(1);

/// The cluster autoscaler looks at the cluster so often.
///
/// Source: K8S-32, Cluster Autoscaler FAQ, `--scan-interval`.
pub const AUTOSCALER_SCAN: SimDuration = SimDuration::from_secs(10);
/// A node that has not joined after so long is given up.
///
/// Source: K8S-35, Cluster Autoscaler FAQ, `--max-node-provision-time`.
pub const MAX_NODE_PROVISION_TIME: SimDuration = SimDuration::from_mins(15);
/// So many nodes may be unready, however small the cluster.
///
/// Source: K8S-36, Cluster Autoscaler FAQ, `--ok-total-unready-count`.
pub const OK_TOTAL_UNREADY_COUNT: u32 = 3;
/// With a larger share of unready nodes the cluster autoscaler does nothing.
///
/// Source: K8S-36, Cluster Autoscaler FAQ, `--max-total-unready-percentage`.
pub const MAX_TOTAL_UNREADY: Ratio = Ratio::from_percent(45);
/// A node that is not ready so soon after it joined has not started yet, rather than broken down.
///
/// Source: Cluster Autoscaler, `clusterstate.go`, `MaxNodeStartupTime`
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/clusterstate/clusterstate.go>).
pub const MAX_NODE_STARTUP_TIME: SimDuration = SimDuration::from_mins(15);
/// A group whose scale-up has failed is left alone for so long.
///
/// Source: Cluster Autoscaler, `--initial-node-group-backoff-duration`
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md>).
pub const GROUP_BACKOFF: SimDuration = SimDuration::from_mins(5);
/// It is left alone for twice as long after each failure that follows, and for no longer than that.
///
/// Source: Cluster Autoscaler, `--max-node-group-backoff-duration`, same page.
pub const GROUP_BACKOFF_MAX: SimDuration = SimDuration::from_mins(30);
/// A failure is forgotten after so long.
///
/// Source: Cluster Autoscaler, `--node-group-backoff-reset-timeout`, same page.
pub const GROUP_BACKOFF_RESET: SimDuration = SimDuration::from_mins(180);
/// Of a node that uses less the pods may be moved.
///
/// Source: K8S-34, Cluster Autoscaler FAQ, `--scale-down-utilization-threshold`.
pub const SCALE_DOWN_UTILIZATION: Ratio = Ratio::from_percent(50);
/// A node that nobody has needed for so long is taken out.
///
/// Source: K8S-34, Cluster Autoscaler FAQ, `--scale-down-unneeded-time`.
pub const SCALE_DOWN_UNNEEDED: SimDuration = SimDuration::from_mins(10);
/// The same of a node that is not ready.
///
/// Source: K8S-34, Cluster Autoscaler FAQ, `--scale-down-unready-time`.
pub const SCALE_DOWN_UNREADY: SimDuration = SimDuration::from_mins(20);
/// After nodes were added, none is taken out for so long.
///
/// Source: K8S-34, Cluster Autoscaler FAQ, `--scale-down-delay-after-add`.
pub const SCALE_DOWN_AFTER_ADD: SimDuration = SimDuration::from_mins(10);
/// After a node could not be taken out, none is for so long.
///
/// Source: K8S-34, Cluster Autoscaler FAQ, `--scale-down-delay-after-failure`.
pub const SCALE_DOWN_AFTER_FAILURE: SimDuration = SimDuration::from_mins(3);
/// So many nodes are on their way out at once.
///
/// Source: Cluster Autoscaler, `--max-scale-down-parallelism`, same page as [`GROUP_BACKOFF`].
pub const SCALE_DOWN_PARALLELISM: usize = 10;
/// So many of them have pods that have to leave first.
///
/// Source: Cluster Autoscaler, `--max-drain-parallelism`, same page as [`GROUP_BACKOFF`].
pub const DRAIN_PARALLELISM: usize = 1;
/// From the taint on a node that is to go until its pods are asked to leave, or it is terminated.
///
/// Source: Cluster Autoscaler, `--node-delete-delay-after-taint`, same page as [`GROUP_BACKOFF`].
pub const DELETE_DELAY_AFTER_TAINT: SimDuration = SimDuration::from_secs(5);
/// The cluster autoscaler asks again so often for pods to leave.
///
/// Source: Cluster Autoscaler, `drain.go`, `DefaultEvictionRetryTime`
/// (<https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/core/scaledown/actuation/drain.go>).
pub const AUTOSCALER_EVICTION_RETRY: SimDuration = SimDuration::from_secs(10);
/// It waits so long at most for pods that are ending.
///
/// Source: K8S-37, Cluster Autoscaler FAQ, `--max-graceful-termination-sec`.
pub const MAX_GRACEFUL_TERMINATION: SimDuration = SimDuration::from_mins(10);
/// It gives up a node whose pods may not leave after so long.
///
/// Source: Cluster Autoscaler, `--max-pod-eviction-time`, same page as [`GROUP_BACKOFF`].
pub const MAX_POD_EVICTION_TIME: SimDuration = SimDuration::from_mins(2);
/// What the cluster autoscaler may ask the API server in a second.
///
/// Source: Cluster Autoscaler, `--kube-client-qps`: that of client-go, same page as [`GROUP_BACKOFF`].
pub const AUTOSCALER_QPS: u32 = 5;
/// What it may ask at once.
///
/// Source: Cluster Autoscaler, `--kube-client-burst`: that of client-go, same page as [`GROUP_BACKOFF`].
pub const AUTOSCALER_BURST: u32 = 10;

/// Karpenter's batch of pods is over when no other has come for so long.
///
/// Source: K8S-39, Karpenter settings, `BATCH_IDLE_DURATION`.
pub const BATCH_IDLE: SimDuration = SimDuration::from_secs(1);
/// It is over after so long in any case.
///
/// Source: K8S-39, Karpenter settings, `BATCH_MAX_DURATION`.
pub const BATCH_MAX: SimDuration = SimDuration::from_secs(10);
/// Karpenter looks so often at a pod that has no room, whether or not it has launched anything for it.
///
/// Source: Karpenter, `provisioning/controller.go`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/provisioning/controller.go>).
pub const KARPENTER_POD_LOOK: SimDuration = SimDuration::from_secs(10);
/// From a call of `CreateFleet` until it has answered, whatever the answer is.
///
/// Assumed: the API answers within seconds; Karpenter itself waits some hundredths of a second to send calls together.
pub const CREATE_FLEET: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(3));
/// A type that a zone had none of is not asked for there for so long.
///
/// Source: K8S-41, Karpenter, `UnavailableOfferingsTTL`.
pub const OFFERING_UNAVAILABLE: SimDuration = SimDuration::from_mins(3);
/// A node that has not joined so long after its claim was made is given up.
///
/// Source: Karpenter, `liveness.go`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/nodeclaim/lifecycle/liveness.go>).
pub const REGISTRATION_TIMEOUT: SimDuration = SimDuration::from_mins(15);
/// Karpenter looks so often for claims whose instance is gone.
///
/// Source: Karpenter, `garbagecollection/controller.go`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/nodeclaim/garbagecollection/controller.go>).
pub const CLAIM_COLLECTION: SimDuration = SimDuration::from_mins(2);
/// Karpenter looks so often for nodes to take out.
///
/// Source: Karpenter, `disruption/controller.go`, `pollingPeriod`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/disruption/controller.go>).
pub const DISRUPTION_POLL: SimDuration = SimDuration::from_secs(10);
/// From its choice of nodes to take out until it looks whether the choice still holds.
///
/// Source: Karpenter, `disruption/consolidation.go`, `consolidationTTL`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/disruption/consolidation.go>).
pub const CONSOLIDATION_VALIDATION: SimDuration = SimDuration::from_secs(15);
/// A node whose pods have not changed for so long may be taken out.
///
/// Source: K8S-40, Karpenter disruption, `consolidateAfter`.
pub const CONSOLIDATE_AFTER: SimDuration = SimDuration::ZERO;
/// So many of a pool's nodes may be on their way out at once.
///
/// Source: K8S-40, Karpenter disruption, the budget of a pool that has none.
pub const DISRUPTION_BUDGET: IntOrPercent = IntOrPercent::Percent(10);
/// Karpenter waits so long for a replacement, then leaves the node as it is.
///
/// Source: Karpenter, `disruption/queue.go`, `maxRetryDuration`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/disruption/queue.go>).
pub const REPLACEMENT_TIMEOUT: SimDuration = SimDuration::from_mins(10);
/// Karpenter looks so often at a node that it empties, and asks the pods again that were not let go.
///
/// Source: Karpenter, `node/termination/controller.go`: a second; pods that a budget holds back are asked after a tenth of a
/// second first, and after ten in the end
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/controllers/node/termination/controller.go>).
pub const KARPENTER_DRAIN_LOOK: SimDuration = SimDuration::from_secs(1);
/// A pod that should have ended so long ago is waited for no more.
///
/// Source: Karpenter, `utils/pod/scheduling.go`, `IsStuckTerminating`
/// (<https://github.com/kubernetes-sigs/karpenter/blob/main/pkg/utils/pod/scheduling.go>).
pub const STUCK_TERMINATING: SimDuration = SimDuration::from_mins(1);
/// What Karpenter may ask the API server in a second.
///
/// Source: Karpenter settings, `KUBE_CLIENT_QPS` (<https://karpenter.sh/docs/reference/settings/>).
pub const KARPENTER_QPS: u32 = 200;
/// What it may ask at once.
///
/// Source: Karpenter settings, `KUBE_CLIENT_BURST`, same page.
pub const KARPENTER_BURST: u32 = 300;

assumptions! {
    /// What is assumed of Kubernetes.
    Assumed {
        /// Until CoreDNS has answered: all of it in a cache, or a server that is short of CPU.
        dns_answer: SimDuration = DNS_ANSWER, "50us" to "2ms";
        /// The size of an image of which nothing is known: the ends of what services mostly have.
        image_size: Bytes = IMAGE_SIZE, "50MiB" to "500MiB";
        /// Until a container answers: a small native program, or a large one on a virtual machine.
        container_start: DurationDistribution = CONTAINER_START,
            r#"Uniform("100ms", "1s")"# to r#"Uniform("10s", "30s")"#;
        /// How long a job's pod works: seconds, or a quarter of an hour.
        job_runs_for: DurationDistribution = JOB_RUNS_FOR, r#"Constant("5s")"# to r#"Constant("15m")"#;
        /// What a change costs the API server: an idle one, or one near what K8S-18 promises.
        api_request: DurationDistribution = API_REQUEST,
            r#"LogNormal(median: "2ms", p95: "10ms")"# to r#"LogNormal(median: "40ms", p95: "400ms")"#;
        /// Until etcd has written to its disk: a local disk, or the 10 ms below which healthy ones stay.
        etcd_fsync: SimDuration = ETCD_FSYNC, "500us" to "10ms";
        /// From a change until those who watch have it: at once, or through a cache that is busy.
        watch: SimDuration = WATCH, "1ms" to "50ms";
        /// How long kube-proxy writes rules: what has changed alone, or the bucket of half a second.
        proxy_sync: DurationDistribution = PROXY_SYNC,
            r#"Uniform("5ms", "20ms")"# to r#"Uniform("100ms", "500ms")"#;
        /// What each service adds to that in iptables mode: ten times faster, or ten times slower.
        proxy_sync_per_service: SimDuration = PROXY_SYNC_PER_SERVICE, "1us" to "100us";
        /// When clients ask again that nobody answered: impatient ones, or those that back off for half a minute.
        retry_max: SimDuration = RETRY_MAX, "1s" to "30s";
        /// What a look at all nodes takes: next to nothing, or what thousands of nodes take.
        node_monitor_takes: SimDuration = NODE_MONITOR_TAKES, "1ms" to "200ms";
        /// Until a pod has an address: a warm pool of them, or half of the 5 s of K8S-20.
        sandbox: DurationDistribution = SANDBOX,
            r#"LogNormal(median: "300ms", p95: "700ms")"# to r#"LogNormal(median: "2500ms", p95: "5s")"#;
        /// How long an init container runs: it checks something, or it migrates something.
        init_container: SimDuration = INIT_CONTAINER, "100ms" to "20s";
        /// From images to running containers: a fast runtime, or a node that starts many pods at once.
        containers: DurationDistribution = CONTAINERS,
            r#"LogNormal(median: "200ms", p95: "400ms")"# to r#"LogNormal(median: "1500ms", p95: "4s")"#;
        /// Bytes of an image that a node fetches and unpacks in a second: the ends of K8S-47.
        pull_bytes_per_second: u64 = PULL_BYTES_PER_SECOND, "50000000" to "150000000";
        /// Until a process ends that was told to: at once, or after it has finished what it was at.
        process_ends: SimDuration = PROCESS_ENDS, "100ms" to "10s";
        /// When the kubelet tries again to set up a pod: at its next look, or after some failures.
        sandbox_retry: SimDuration = SANDBOX_RETRY, "2s" to "30s";
        /// From new addresses to a target group: one fast call, or a controller that is held back by limits of the API.
        targets_reconcile: DurationDistribution = TARGETS_RECONCILE,
            r#"Uniform("100ms", "500ms")"# to r#"Uniform("2s", "10s")"#;
        /// From a running host to a node: what is left of the 40 s and of the 90 s of K8S-38, each the whole of it.
        join: DurationDistribution = JOIN, r#"Uniform("10s", "20s")"# to r#"Uniform("50s", "90s")"#;
        /// Until a volume is mounted: a file system that is there, or one that is checked and large.
        mount: DurationDistribution = MOUNT,
            r#"LogNormal(median: "200ms", p95: "500ms")"# to r#"LogNormal(median: "3s", p95: "10s")"#;
        /// Until `CreateFleet` has answered: the fastest answers, or those of an API under load.
        create_fleet: DurationDistribution = CREATE_FLEET,
            r#"Uniform("500ms", "1s")"# to r#"Uniform("3s", "10s")"#;
    }
}

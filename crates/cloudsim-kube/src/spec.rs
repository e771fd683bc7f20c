//! What a cluster is when a run begins: as a scenario says it, names resolved and defaults written out.

mod karpenter;

pub use karpenter::{
    CAPACITY_TYPE, ConsolidationPolicy, DisruptionBudget, DisruptionReason, DisruptionSpec, KarpenterSpec,
    NODE_POOL, NodePoolSpec, PoolLimits, PoolType, PoolZone,
};

use crate::cron::{Schedule, WallClock};
use crate::dns::{Resolver, Written};
use crate::ids::KubeServiceId;
use crate::limits::Assumed;
use crate::nodes::NodeInfo;
use crate::objects::{
    HorizontalPodAutoscaler, IntOrPercent, Labels, ObjectKey, PodDisruptionBudget, Taint, Text, Workload,
};
use crate::{Minor, limits};
use cloudsim_kube_scheduler::objects as scheduler;
use cloudsim_units::{Bytes, DurationDistribution, Ratio, SimDuration};
use cloudsim_world::{AutoScalingGroupId, SubnetId, TargetGroupId, ZoneId};
use std::fmt::Display;

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterSpec {
    /// Its name.
    pub name: String,
    /// Whether there are other clusters: then the names of workloads and pods begin with this one's.
    pub among_several: bool,
    /// Its version.
    pub version: Minor,
    /// What the clock shows when the run begins.
    pub clock: WallClock,
    /// Where its control plane is, and its flags.
    pub control_plane: ControlPlaneSpec,
    /// Its scheduler.
    pub scheduler: SchedulerSpec,
    /// The autoscaler of its groups of nodes, if it has one.
    pub cluster_autoscaler: Option<ClusterAutoscalerSpec>,
    /// What launches nodes for its pods, if it has that.
    pub karpenter: Option<KarpenterSpec>,
    /// The kube-proxy of each of its nodes.
    pub kube_proxy: KubeProxySpec,
    /// How its pods look up names of services; `None` if they know the addresses.
    pub dns: Option<DnsSpec>,
    /// Whether a zonal shift shifts its traffic too.
    pub zonal_shift: bool,
    /// Nodes that stand for themselves.
    pub nodes: Vec<NodeSpec>,
    /// Auto Scaling groups whose instances are nodes.
    pub node_groups: Vec<NodeGroupSpec>,
    /// What controllers keep running.
    pub workloads: Vec<WorkloadSpec>,
    /// What starts jobs by the clock.
    pub cron_jobs: Vec<CronJobSpec>,
    /// Pods that nobody keeps running.
    pub pods: Vec<BarePodSpec>,
    /// What users reach pods by.
    pub services: Vec<KubeServiceSpec>,
    /// Disruption budgets.
    pub disruption_budgets: Vec<PodDisruptionBudget>,
    /// Autoscalers of workloads.
    pub autoscalers: Vec<HorizontalPodAutoscaler>,
    /// Namespaces with labels; others are there without.
    pub namespaces: Vec<scheduler::Namespace>,
    /// Priority classes.
    pub priority_classes: Vec<PriorityClassSpec>,
    /// Storage classes.
    pub storage_classes: Vec<scheduler::StorageClass>,
    /// Volumes.
    pub volumes: Vec<scheduler::PersistentVolume>,
    /// Claims.
    pub claims: Vec<scheduler::PersistentVolumeClaim>,
    /// What is known of images.
    pub images: Vec<ImageSpec>,
    /// What is assumed.
    pub assumed: Assumed,
}

impl ClusterSpec {
    /// What something in it is called where things of all clusters are.
    pub fn called(&self, name: impl Display) -> String {
        if self.among_several { format!("{}/{name}", self.name) } else { name.to_string() }
    }

    /// Whether something in it may be meant by what was typed, which may begin with the name of the cluster if there are others;
    /// `is_its` says so of a name within it.
    pub fn is_meant(&self, typed: &str, is_its: impl Fn(&str) -> bool) -> bool {
        self.readings(typed).any(is_its)
    }

    /// Whether the instances of a group, or of a pool, are its nodes.
    #[must_use]
    pub fn has_group(&self, group: AutoScalingGroupId) -> bool {
        let pools = self.karpenter.iter().flat_map(|karpenter| &karpenter.pools).map(|pool| pool.group);
        self.node_groups.iter().map(|node| node.group).chain(pools).any(|of| of == group)
    }

    /// Whether a container of its pods has that image when a run begins.
    #[must_use]
    pub fn uses(&self, image: &str) -> bool {
        let workloads = self.workloads.iter().map(|of| &of.workload.template);
        let jobs = self.cron_jobs.iter().map(|of| &of.job.template);
        let mut templates = workloads.chain(jobs).chain(self.pods.iter().map(|pod| &pod.template));
        templates.any(|of| of.init_containers.iter().chain(&of.containers).any(|of| *of.image == *image))
    }

    /// The names within it that may be meant by what was typed.
    pub fn readings<'a>(&self, typed: &'a str) -> impl Iterator<Item = &'a str> {
        let within = || typed.strip_prefix(&*self.name)?.strip_prefix('/').filter(|_| self.among_several);
        [Some(typed), within()].into_iter().flatten()
    }
}

/// Where an API server or a member of etcd runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// In that zone.
    pub zone: ZoneId,
    /// On that node of the cluster, and goes with its host; else with its zone.
    pub node: Option<Text>,
}

impl From<ZoneId> for Seat {
    fn from(zone: ZoneId) -> Self {
        Self { zone, node: None }
    }
}

/// The control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlaneSpec {
    /// Where the API servers are.
    pub api_servers: Vec<Seat>,
    /// Where the members of etcd are.
    pub etcd: Vec<Seat>,
    /// The node controller looks at all nodes so often.
    pub node_monitor_period: SimDuration,
    /// A node that has not been heard of for so long is not ready.
    pub node_monitor_grace_period: SimDuration,
    /// Between two nodes of a zone that are given up; `None` gives up none.
    pub eviction_interval: Option<SimDuration>,
    /// The same in a large zone that is partially disrupted.
    pub secondary_eviction_interval: Option<SimDuration>,
    /// From that share of nodes not ready on, a zone is partially disrupted.
    pub unhealthy_zone_threshold: Ratio,
    /// A zone with more nodes than that is large.
    pub large_cluster_size_threshold: u32,
    /// How long a pod tolerates a node that says it is not ready, if it does not say itself.
    pub default_not_ready_toleration: SimDuration,
    /// How long it tolerates one that is not heard of.
    pub default_unreachable_toleration: SimDuration,
    /// Requests a second that each controller of kube-controller-manager may make.
    pub kube_api_qps: u32,
    /// Requests that each of them may make at once.
    pub kube_api_burst: u32,
}

impl ControlPlaneSpec {
    /// The flags that a version has by default, nowhere.
    #[must_use]
    pub fn of(version: Minor) -> ControlPlaneSpec {
        ControlPlaneSpec {
            api_servers: Vec::new(),
            etcd: Vec::new(),
            node_monitor_period: limits::NODE_MONITOR_PERIOD,
            node_monitor_grace_period: limits::node_monitor_grace_period(version),
            eviction_interval: Some(limits::EVICTION_INTERVAL),
            secondary_eviction_interval: Some(limits::SECONDARY_EVICTION_INTERVAL),
            unhealthy_zone_threshold: limits::UNHEALTHY_ZONE_THRESHOLD,
            large_cluster_size_threshold: limits::LARGE_CLUSTER_SIZE_THRESHOLD,
            default_not_ready_toleration: limits::DEFAULT_TOLERATION,
            default_unreachable_toleration: limits::DEFAULT_TOLERATION,
            kube_api_qps: limits::CONTROLLER_QPS,
            kube_api_burst: limits::CONTROLLER_BURST,
        }
    }
}

/// The scheduler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchedulerSpec {
    /// So many pods a second at most; `None` for as many as the API server takes.
    pub pods_per_second: Option<u32>,
    /// Whether topology spread leaves out domains in which every node has a taint that the pod does not tolerate
    /// (KEP-5980, a proposal).
    pub spread_ignores_tainted_domains: bool,
    /// How one of several nodes that are equally good is taken.
    pub tie_break: TieBreak,
}

impl SchedulerSpec {
    /// What pods call the scheduler of a cluster; those that name another wait for ever.
    #[must_use]
    pub fn name() -> Text {
        cloudsim_kube_scheduler::ProfileSpec::default().scheduler_name
    }
}

/// How a scheduler takes one of several nodes that are equally good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TieBreak {
    /// By luck, each as likely as any other, as kube-scheduler does.
    #[default]
    Drawn,
    /// The first by name.
    FirstByName,
}

/// The cluster autoscaler: it scales all groups of nodes of its cluster, within their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAutoscalerSpec {
    /// It looks at the cluster so often.
    pub scan_interval: SimDuration,
    /// How it chooses among groups.
    pub expander: Expander,
    /// A node that has not joined after so long is given up.
    pub max_node_provision_time: SimDuration,
    /// So many nodes may be unready, however small the cluster.
    pub ok_total_unready_count: u32,
    /// With a larger share of unready nodes it does nothing.
    pub max_total_unready_percentage: Ratio,
    /// Whether it takes nodes out.
    pub scale_down: bool,
    /// Of a node that uses less the pods may be moved.
    pub scale_down_utilization_threshold: Ratio,
    /// A node that nobody has needed for so long is taken out.
    pub scale_down_unneeded_time: SimDuration,
    /// The same of a node that is not ready.
    pub scale_down_unready_time: SimDuration,
    /// After nodes were added, none is taken out for so long.
    pub scale_down_delay_after_add: SimDuration,
    /// After a node could not be taken out, none is for so long.
    pub scale_down_delay_after_failure: SimDuration,
}

impl Default for ClusterAutoscalerSpec {
    fn default() -> ClusterAutoscalerSpec {
        ClusterAutoscalerSpec {
            scan_interval: limits::AUTOSCALER_SCAN,
            expander: Expander::LeastWaste,
            max_node_provision_time: limits::MAX_NODE_PROVISION_TIME,
            ok_total_unready_count: limits::OK_TOTAL_UNREADY_COUNT,
            max_total_unready_percentage: limits::MAX_TOTAL_UNREADY,
            scale_down: true,
            scale_down_utilization_threshold: limits::SCALE_DOWN_UTILIZATION,
            scale_down_unneeded_time: limits::SCALE_DOWN_UNNEEDED,
            scale_down_unready_time: limits::SCALE_DOWN_UNREADY,
            scale_down_delay_after_add: limits::SCALE_DOWN_AFTER_ADD,
            scale_down_delay_after_failure: limits::SCALE_DOWN_AFTER_FAILURE,
        }
    }
}

/// How the cluster autoscaler chooses among groups that would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expander {
    /// Any.
    Random,
    /// The one of which least is left over.
    LeastWaste,
    /// The one that has room for most pods.
    MostPods,
}

/// What leads pods to the pods behind a service, on each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KubeProxySpec {
    /// What it writes its rules with.
    pub mode: ProxyMode,
    /// From the end of one writing of rules to the next.
    pub min_sync_period: SimDuration,
}

impl Default for KubeProxySpec {
    fn default() -> KubeProxySpec {
        KubeProxySpec { mode: ProxyMode::Iptables, min_sync_period: limits::PROXY_MIN_SYNC_PERIOD }
    }
}

/// What kube-proxy writes its rules with, and by that how a pod is chosen for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyMode {
    /// iptables: at random.
    Iptables,
    /// IPVS with its default scheduler `rr`: the next one.
    Ipvs,
    /// nftables: at random.
    Nftables,
}

/// How pods look up names of services, each time they connect to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsSpec {
    /// The service whose pods answer.
    pub service: KubeServiceId,
    /// What asks in the pods.
    pub resolver: Resolver,
    /// How they write names.
    pub names: Written,
    /// Names with fewer dots are looked for in the search list first.
    pub ndots: u32,
    /// A query without an answer is given up after so long.
    pub timeout: SimDuration,
    /// So many queries are sent for a name.
    pub attempts: u32,
}

/// A node that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSpec {
    /// Its name.
    pub name: String,
    /// Its zone; `None` if it is nowhere that can fail.
    pub zone: Option<ZoneId>,
    /// Its subnet, if it is in one.
    pub subnet: Option<SubnetId>,
    /// Its instance type, for the bill.
    pub instance_type: Option<String>,
    /// What the scheduler sees of it: labels, taints, cordon, room.
    pub node: scheduler::Node,
    /// Whether it was ready.
    pub ready: bool,
    /// What it says of itself.
    pub info: NodeInfo,
}

/// An Auto Scaling group whose instances are nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeGroupSpec {
    /// The group.
    pub group: AutoScalingGroupId,
    /// Its name.
    pub name: String,
    /// The cluster autoscaler leaves it so many nodes.
    pub min: u32,
    /// It never gets more.
    pub max: u32,
    /// A node of it, in the first of its zones, as nobody knows more of it before there is one.
    pub template: scheduler::Node,
    /// What is on its nodes beside the labels that each node has.
    pub labels: Labels,
    /// Their taints.
    pub taints: Vec<Taint>,
    /// Their room.
    pub allocatable: scheduler::Resources,
    /// How many pods each takes.
    pub pods_max: i64,
    /// From a running host until its kubelet has joined.
    pub join: DurationDistribution,
}

/// A workload, with what runs of it already.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSpec {
    /// The workload.
    pub workload: Workload,
    /// Its pods when the run begins; `None` lets the scheduler place them before.
    pub pods: Option<Vec<PlacedPod>>,
    /// How its pods serve requests, if they do.
    pub server: Option<PodServerSpec>,
    /// The word that the names of its pods begin with, followed by a number; `None` for names as Kubernetes makes them.
    pub member: Option<String>,
    /// Fewer ready pods than that are an outage; `None` for what follows from its kind and its budget.
    pub needs: Option<IntOrPercent>,
    /// What each of its pods uses beside serving requests, in thousandths of a processor; `None` if nobody knows.
    pub uses_milli_cpu: Option<u32>,
    /// The memory in bytes that each of its pods uses once it runs; `None` if that is what it asks for.
    pub uses_memory: Option<u64>,
    /// The work of each of its pods; `None` of pods that run until they are told to end.
    pub work: Option<WorkSpec>,
}

/// The work of a pod that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkSpec {
    /// From the start of its containers until they end.
    pub lasts: DurationDistribution,
    /// The share of pods that end badly.
    pub fails: Ratio,
}

/// A pod that is there when the run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedPod {
    /// Its name.
    pub name: Text,
    /// Its node, by name; `None` if it waits.
    pub node: Option<Text>,
}

/// What starts a job by the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct CronJobSpec {
    /// Namespace and name.
    pub key: ObjectKey,
    /// When.
    pub schedule: Schedule,
    /// What happens if the last job still runs.
    pub concurrency: Concurrency,
    /// A start that is later than that is left out; `None` for one that is never too late.
    pub starting_deadline: Option<SimDuration>,
    /// Whether it starts nothing.
    pub suspended: bool,
    /// So many jobs that have ended well are kept.
    pub keeps_successful: u32,
    /// So many that have failed.
    pub keeps_failed: u32,
    /// The job, as a workload of the kind.
    pub job: Workload,
    /// The work of its pods.
    pub work: WorkSpec,
}

/// What a cron job does while its last job still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// It starts another beside it.
    Allow,
    /// It leaves the start out.
    Forbid,
    /// It starts another in its place.
    Replace,
}

/// A pod that nobody keeps running.
#[derive(Clone, Debug, PartialEq)]
pub struct BarePodSpec {
    /// Namespace and name.
    pub key: ObjectKey,
    /// Its node, by name; `None` if it waits.
    pub node: Option<Text>,
    /// What it is made of.
    pub template: crate::objects::PodTemplate,
}

/// How a pod serves requests.
#[derive(Clone, Debug, PartialEq)]
pub struct PodServerSpec {
    /// Requests worked on at once.
    pub workers: u32,
    /// Requests accepted at once; more are refused.
    pub connections_max: u32,
    /// From the start of its containers until it answers.
    pub start: DurationDistribution,
}

/// What endpoint slices say of zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZoneHints {
    /// Nothing.
    #[default]
    None,
    /// Each pod is for its own zone (`trafficDistribution`).
    SameZone,
    /// Zones have pods in proportion to their processors (`service.kubernetes.io/topology-mode: Auto`).
    ByProcessors,
}

/// A service of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeServiceSpec {
    /// Namespace and name.
    pub key: ObjectKey,
    /// The labels that its pods have; empty chooses none.
    pub selector: Labels,
    /// The target groups that its pods are registered with, by their own addresses.
    pub target_groups: Vec<TargetGroupId>,
    /// What its endpoint slices say of zones.
    pub hints: ZoneHints,
    /// Whether pods of the scenario call it: kube-proxies are followed for the sake of those alone.
    pub called: bool,
}

impl KubeServiceSpec {
    /// Whether it leads to pods of a namespace with such labels.
    #[must_use]
    pub fn selects(&self, namespace: &str, labels: &Labels) -> bool {
        !self.selector.is_empty()
            && *self.key.namespace == *namespace
            && self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// A priority class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorityClassSpec {
    /// Its name.
    pub name: Text,
    /// Higher is more important.
    pub value: i32,
    /// Whether pods get it that name none.
    pub global_default: bool,
    /// Whether its pods never evict others.
    pub never_preempts: bool,
}

/// What is known of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSpec {
    /// Its name, as containers have it.
    pub name: Text,
    /// What a node without it has to fetch.
    pub size: Bytes,
    /// The numbers of the regions whose registries have it, as the scenario writes them; nowhere means in a registry that is
    /// always there.
    pub regions: Vec<u16>,
}

impl ImageSpec {
    /// The region from whose registry a node in a region pulls it, if it is in any: its own, or else the first.
    #[must_use]
    pub fn pulled_from(&self, node_in: Option<u16>) -> Option<u16> {
        let own = self.regions.iter().find(|region| Some(**region) == node_in);
        own.or_else(|| self.regions.first()).copied()
    }
}

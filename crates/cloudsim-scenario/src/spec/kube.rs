//! Kubernetes clusters and what is in them. What this language has words for is here; `spec` is the API's own.

use super::api::{
    Api, ApiType, CronJobSpec, HasApi, HorizontalPodAutoscalerSpec, PersistentVolumeClaimSpec,
    PersistentVolumeSpec, PodDisruptionBudgetSpec, PodSpec, ServiceSpec, StorageClass,
};
use super::facts::{by_default, default, names, within};
use super::text::{Amount, Interval, Need, Whole};
use super::{Count, Distribution, Karpenter, Text};
use crate::limits;
use cloudsim_kube::limits as kube;
use cloudsim_units::{Bytes, Ratio, SimDuration};
use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A Kubernetes cluster.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the cluster autoscaler is called so")]
pub(crate) struct Cluster {
    /// What it is called.
    pub(crate) name: String,
    /// The minor version, whose defaults hold.
    #[schemars(transform = default("1.34"))]
    pub(crate) version: Option<String>,
    /// What the clock shows when the run begins, in UTC: cron jobs go by it.
    #[schemars(transform = default(kube::CLOCK).assumed())]
    pub(crate) clock: Option<String>,
    /// Its control plane.
    pub(crate) control_plane: Option<ControlPlane>,
    /// Its scheduler.
    pub(crate) scheduler: Option<Scheduler>,
    /// The autoscaler of its nodes: it scales all groups whose instances are nodes of the cluster, between their `min` and
    /// `max`. Without it their number stays as it is; `()` is one with all its defaults.
    pub(crate) cluster_autoscaler: Option<ClusterAutoscaler>,
    /// Karpenter, which launches instances for pods that have no room, of types and in zones as its pools let it, and takes out
    /// those that are not needed.
    pub(crate) karpenter: Option<Karpenter>,
    /// The kube-proxy of each of its nodes.
    pub(crate) kube_proxy: Option<KubeProxy>,
    /// How its pods look up the names of services that they call, each time they connect. Without it they know the addresses;
    /// `()` is a resolver with all its defaults, and `worlds/coredns.ron` has what answers it on EKS.
    pub(crate) dns: Option<Dns>,
    /// Whether a zonal shift (`shift-away zone/NAME`) shifts its traffic too.
    #[schemars(transform = default(false).source("K8S-58"))]
    pub(crate) zonal_shift: Option<bool>,
}

/// How pods look up names of services.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dns {
    /// The service whose pods answer.
    #[schemars(transform = names("kubernetes_services").and(default(limits::DNS_SERVICE)))]
    pub(crate) service: Option<String>,
    /// What asks in the pods.
    #[schemars(transform = default("Glibc"))]
    pub(crate) resolver: Option<Resolver>,
    /// How the names are written that they ask for.
    #[schemars(transform = default("Short").assumed())]
    pub(crate) names: Option<WrittenNames>,
    /// Names with fewer dots are looked for in the search list first.
    #[schemars(transform = default(kube::NDOTS).within(&limits::NDOTS).source("DNS-01"))]
    pub(crate) ndots: Option<Count>,
    /// A query without an answer is given up after so long.
    #[schemars(transform = default(kube::RESOLVER_TIMEOUT).within(&limits::RESOLVER_TIMEOUTS).source("DNS-02"))]
    pub(crate) timeout: Option<Text<SimDuration>>,
    /// So many queries are sent for a name.
    #[schemars(transform = default(kube::RESOLVER_ATTEMPTS).within(&limits::RESOLVER_ATTEMPTS).source("DNS-02"))]
    pub(crate) attempts: Option<Count>,
}

/// What asks for names in pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Resolver {
    /// That of glibc: it asks again from the same port, which the node leads to the same pod until its rules change.
    Glibc,
    /// That of Go: it asks again from another port.
    Go,
}

/// How callers write the name of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum WrittenNames {
    /// `cart` in its own namespace, `cart.shop` elsewhere.
    Short,
    /// `cart.shop.svc.cluster.local`.
    Qualified,
    /// `cart.shop.svc.cluster.local.`, with the dot at the end.
    Rooted,
}

/// The cluster autoscaler, with its flags.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterAutoscaler {
    /// It looks at the cluster so often.
    #[schemars(transform = default(kube::AUTOSCALER_SCAN).source("K8S-32"))]
    pub(crate) scan_interval: Option<Text<SimDuration>>,
    /// How it chooses among groups that would help.
    #[schemars(transform = default("LeastWaste"))]
    pub(crate) expander: Option<Expander>,
    /// A node that has not joined after so long is given up.
    #[schemars(transform = default(kube::MAX_NODE_PROVISION_TIME).source("K8S-35"))]
    pub(crate) max_node_provision_time: Option<Text<SimDuration>>,
    /// So many nodes may be unready, however small the cluster.
    #[schemars(transform = default(kube::OK_TOTAL_UNREADY_COUNT).within(&limits::CLUSTER_SIZES).source("K8S-36"))]
    pub(crate) ok_total_unready_count: Option<Count>,
    /// With a larger share of unready nodes it does nothing at all.
    #[schemars(transform = default(kube::MAX_TOTAL_UNREADY).source("K8S-36"))]
    pub(crate) max_total_unready_percentage: Option<Text<Ratio>>,
    /// Whether it takes nodes out.
    #[schemars(transform = default(true))]
    pub(crate) scale_down_enabled: Option<bool>,
    /// A node whose pods ask for a smaller share of its processors, and of its memory, may go.
    #[schemars(transform = default(kube::SCALE_DOWN_UTILIZATION).source("K8S-34"))]
    pub(crate) scale_down_utilization_threshold: Option<Text<Ratio>>,
    /// A node that nobody has needed for so long goes.
    #[schemars(transform = default(kube::SCALE_DOWN_UNNEEDED).source("K8S-34"))]
    pub(crate) scale_down_unneeded_time: Option<Text<SimDuration>>,
    /// The same of a node that is not ready.
    #[schemars(transform = default(kube::SCALE_DOWN_UNREADY).source("K8S-34"))]
    pub(crate) scale_down_unready_time: Option<Text<SimDuration>>,
    /// After nodes were added, none goes for so long.
    #[schemars(transform = default(kube::SCALE_DOWN_AFTER_ADD).source("K8S-34"))]
    pub(crate) scale_down_delay_after_add: Option<Text<SimDuration>>,
    /// After a node could not be emptied, none goes for so long.
    #[schemars(transform = default(kube::SCALE_DOWN_AFTER_FAILURE).source("K8S-34"))]
    pub(crate) scale_down_delay_after_failure: Option<Text<SimDuration>>,
}

/// How the cluster autoscaler chooses among groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Expander {
    /// The one of which least is left over.
    LeastWaste,
    /// The one that has room for most pods.
    MostPods,
    /// Any.
    Random,
}

/// What leads pods to the pods behind a service, on each node.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KubeProxy {
    /// What it writes its rules with.
    #[schemars(transform = default("Iptables").source("K8S-23"))]
    pub(crate) mode: Option<ProxyMode>,
    /// From the end of one writing of rules to the next.
    #[schemars(transform = default(kube::PROXY_MIN_SYNC_PERIOD).source("K8S-23"))]
    pub(crate) min_sync_period: Option<Text<SimDuration>>,
}

/// What kube-proxy writes its rules with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum ProxyMode {
    /// iptables: each connection goes to a pod at random.
    Iptables,
    /// IPVS: connections go round.
    Ipvs,
    /// nftables: each connection goes to a pod at random.
    Nftables,
}

/// The control plane of a cluster: where it is, and its flags.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlPlane {
    /// The zones of its API servers, or the cluster's own nodes that they are on, whose hosts take them along.
    /// A zone, where both have the name; nodes of groups have names of their own.
    #[schemars(transform = names("zones or nodes")
        .and(by_default("the first two zones of the region of its nodes"))
        .source("K8S-55"))]
    pub(crate) api_servers: Option<Vec<String>>,
    /// The zones of the members of its etcd, or the nodes that they are on.
    #[schemars(transform = names("zones or nodes")
        .and(by_default("three, over the first three zones of the region of its nodes"))
        .source("K8S-55"))]
    pub(crate) etcd: Option<Vec<String>>,
    /// The node controller looks at all nodes so often.
    #[schemars(transform = default(kube::NODE_MONITOR_PERIOD).source("K8S-03"))]
    pub(crate) node_monitor_period: Option<Text<SimDuration>>,
    /// A node that has not been heard of for so long is not ready.
    #[schemars(transform = by_default("`\"50s\"` from 1.32 on, `\"40s\"` before").source("K8S-04"))]
    pub(crate) node_monitor_grace_period: Option<Text<SimDuration>>,
    /// Between two nodes of a zone that are given up.
    #[schemars(transform = default(kube::EVICTION_INTERVAL).source("K8S-08"))]
    pub(crate) eviction_interval: Option<Text<Interval>>,
    /// The same in a large zone of which much is not ready.
    #[schemars(transform = default(kube::SECONDARY_EVICTION_INTERVAL).source("K8S-10"))]
    pub(crate) secondary_eviction_interval: Option<Text<Interval>>,
    /// From that share of nodes not ready on, a zone is partially disrupted.
    #[schemars(transform = default(kube::UNHEALTHY_ZONE_THRESHOLD).source("K8S-09"))]
    pub(crate) unhealthy_zone_threshold: Option<Text<Ratio>>,
    /// A zone with more nodes than that is large.
    #[schemars(transform = default(kube::LARGE_CLUSTER_SIZE_THRESHOLD).within(&limits::CLUSTER_SIZES).source("K8S-10"))]
    pub(crate) large_cluster_size_threshold: Option<Count>,
    /// How long a pod tolerates a node that is not ready, if it does not say itself.
    #[schemars(transform = default(kube::DEFAULT_TOLERATION).source("K8S-06"))]
    pub(crate) default_not_ready_toleration: Option<Text<SimDuration>>,
    /// How long a pod tolerates a node that is not heard of, if it does not say itself.
    #[schemars(transform = default(kube::DEFAULT_TOLERATION).source("K8S-06"))]
    pub(crate) default_unreachable_toleration: Option<Text<SimDuration>>,
    /// Each controller of kube-controller-manager makes so many requests in a second at most.
    #[schemars(transform = default(kube::CONTROLLER_QPS).within(&limits::API_QPS).source("K8S-61"))]
    pub(crate) kube_api_qps: Option<Count>,
    /// Each makes so many at once.
    #[schemars(transform = default(kube::CONTROLLER_BURST).within(&limits::API_QPS).source("K8S-61"))]
    pub(crate) kube_api_burst: Option<Count>,
}

/// The scheduler of a cluster.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scheduler {
    /// It places so many pods in a second at most.
    #[schemars(transform = by_default("as many as the API server takes").within(&limits::PODS_PER_SECOND))]
    pub(crate) pods_per_second: Option<Count>,
    /// Whether topology spread leaves out domains whose nodes all have taints that the pod does not tolerate, a proposal.
    #[schemars(transform = default(false))]
    pub(crate) spread_ignores_tainted_domains: Option<bool>,
    /// How it takes one of several nodes that are equally good.
    #[schemars(transform = default("Drawn"))]
    pub(crate) tie_break: Option<TieBreak>,
}

/// How a scheduler takes one of several nodes that are equally good.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum TieBreak {
    /// By luck, each as likely as any other, as kube-scheduler does.
    Drawn,
    /// The first by name.
    FirstByName,
}

/// A namespace with labels; those without need not be listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Namespace {
    /// What it is called.
    pub(crate) name: String,
    /// Its cluster.
    #[schemars(transform = names("clusters").and(by_default("the only one")))]
    pub(crate) cluster: Option<String>,
    /// Its labels.
    #[serde(default)]
    #[schemars(transform = default(json!({})))]
    pub(crate) labels: BTreeMap<String, String>,
}

/// A priority class. `system-node-critical` and `system-cluster-critical` are always there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriorityClass {
    /// What it is called.
    pub(crate) name: String,
    /// Its cluster.
    #[schemars(transform = names("clusters").and(by_default("the only one")))]
    pub(crate) cluster: Option<String>,
    /// Higher is more important.
    #[schemars(transform = within(&limits::PRIORITIES))]
    pub(crate) value: Whole,
    /// Whether pods get it that name none.
    #[schemars(transform = default(false))]
    pub(crate) global_default: Option<bool>,
    /// `Never` if its pods may not evict others, else `PreemptLowerPriority`.
    #[schemars(transform = default("PreemptLowerPriority"))]
    pub(crate) preemption_policy: Option<String>,
}

/// What is known of a container image, in all clusters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    /// Its name, as containers have it.
    pub(crate) name: String,
    /// What a node without it has to fetch.
    #[schemars(transform = within(&limits::IMAGES))]
    pub(crate) size: Text<Bytes>,
    /// The regions whose registries (ECR) have it: a node pulls from that of its own region if that is named, else from the
    /// first, whatever state that is in.
    #[schemars(transform = names("regions").and(by_default("a registry that is always there")))]
    pub(crate) regions: Option<Vec<String>>,
}

/// A node that stands for itself, not for an instance of an Auto Scaling group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    /// What it is called.
    pub(crate) name: String,
    /// Its cluster.
    #[schemars(transform = names("clusters").and(by_default("the only one")))]
    pub(crate) cluster: Option<String>,
    /// Its zone.
    #[schemars(transform = names("zones").and(by_default("that of its subnet")))]
    pub(crate) zone: Option<String>,
    /// Its subnet.
    #[schemars(transform = names("subnets").and(by_default("none")))]
    pub(crate) subnet: Option<String>,
    /// Its instance type: its room, and a line of the bill.
    #[schemars(transform = by_default("unknown, and on no bill"))]
    pub(crate) instance_type: Option<String>,
    /// Its labels; those for host name, zone, region and instance type are filled in.
    #[serde(default)]
    #[schemars(transform = default(json!({})))]
    pub(crate) labels: BTreeMap<String, String>,
    /// Its taints.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) taints: Vec<Taint>,
    /// Whether it is cordoned.
    #[schemars(transform = default(false))]
    pub(crate) unschedulable: Option<bool>,
    /// What it can give to pods, as in `{ "cpu": "3920m", "memory": "14Gi", "pods": 58 }`.
    #[schemars(transform = by_default("as EKS has it for its instance type"))]
    pub(crate) allocatable: Option<BTreeMap<String, Amount>>,
    /// Whether it is ready at the start.
    #[schemars(transform = default(true))]
    pub(crate) ready: Option<bool>,
    /// What it says of itself, as `get nodes -o wide` shows it. Nothing depends on it.
    #[schemars(transform = by_default("as EKS has it for the version of its cluster"))]
    pub(crate) info: Option<NodeInfo>,
}

/// What a node says of itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeInfo {
    /// The version of its kubelet.
    #[schemars(transform = by_default("unknown"))]
    pub(crate) kubelet_version: Option<String>,
    /// Its operating system.
    #[schemars(transform = by_default("unknown"))]
    pub(crate) os_image: Option<String>,
    /// The kernel of that.
    #[schemars(transform = by_default("unknown"))]
    pub(crate) kernel_version: Option<String>,
    /// What runs its containers, as in `containerd://2.2.3`.
    #[schemars(transform = by_default("unknown"))]
    pub(crate) container_runtime_version: Option<String>,
    /// Its address inside its network.
    #[schemars(transform = by_default("one of its subnet, else none"))]
    pub(crate) internal_ip: Option<String>,
    /// Its address on the internet.
    #[schemars(transform = by_default("none"))]
    pub(crate) external_ip: Option<String>,
    /// The addresses of its pods, if those are not of its subnet.
    #[schemars(transform = by_default("a range of its own, within `100.64.0.0/10`"))]
    pub(crate) pod_cidr: Option<Text<Ipv4Net>>,
}

/// A taint of a node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taint {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    #[schemars(transform = default(""))]
    pub(crate) value: Option<String>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub(crate) effect: String,
}

/// What makes the instances of an Auto Scaling group nodes of a cluster.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeOfGroup {
    /// The cluster.
    #[schemars(transform = names("clusters").and(by_default("the only one")))]
    pub(crate) cluster: Option<String>,
    /// What is on its nodes beside the labels that each node has.
    #[serde(default)]
    #[schemars(transform = default(json!({})))]
    pub(crate) labels: BTreeMap<String, String>,
    /// Their taints.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) taints: Vec<Taint>,
    /// What each can give to pods.
    #[schemars(transform = by_default("as EKS has it for the instance type"))]
    pub(crate) allocatable: Option<BTreeMap<String, Amount>>,
    /// From a running host until its kubelet has joined.
    #[schemars(transform = default(kube::JOIN).source("K8S-38"))]
    pub(crate) join: Option<Distribution>,
}

/// What keeps pods running.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "T: ApiType")]
#[schemars(bound = "T: ApiType", rename = "WorkloadOf{T}")]
pub(crate) struct Workload<T: ApiType> {
    /// `namespace/name`, or a name in `default`.
    pub(crate) name: String,
    /// Its cluster.
    #[schemars(transform = names("clusters").and(by_default("the only one")))]
    pub(crate) cluster: Option<String>,
    /// Its own labels, which are not those of its pods.
    #[serde(default)]
    #[expect(dead_code, reason = "nothing chooses workloads by their labels")]
    #[schemars(transform = default(json!({})))]
    pub(crate) labels: BTreeMap<String, String>,
    /// What it is, in the API's own words.
    pub(crate) spec: Api<T>,
    /// How its pods serve requests, if they do.
    pub(crate) server: Option<PodServer>,
    /// The CPU that each of its pods uses beside serving requests, as in `"250m"`.
    #[schemars(transform = by_default("nothing, or unknown of pods that serve nothing: no autoscaler changes their number"))]
    pub(crate) uses_cpu: Option<Amount>,
    /// The memory that each of its pods uses once it runs, as in `"900Mi"`.
    #[schemars(transform = by_default("what it asks for"))]
    pub(crate) uses_memory: Option<Amount>,
    /// Of jobs: how long the work of a pod takes, from the start of its containers to their end.
    #[schemars(transform = default(kube::JOB_RUNS_FOR).assumed())]
    pub(crate) runs_for: Option<Distribution>,
    /// Of jobs: the share of pods that end badly.
    #[schemars(transform = default(Ratio::ZERO).assumed())]
    pub(crate) fails: Option<Text<Ratio>>,
    /// What its pods are called, with a number behind: `web-1`.
    #[schemars(transform = by_default("names as Kubernetes makes them"))]
    pub(crate) member: Option<String>,
    /// With fewer ready pods than this number or share it is down.
    #[schemars(transform = by_default("what its kind and its disruption budget ask for"))]
    pub(crate) needs: Option<Need>,
    /// Its pods that run at the start, and their nodes: `{ "web-7d9-x2x": "node-1" }`.
    #[schemars(transform = by_default("the scheduler places all before the start"))]
    pub(crate) running: Option<BTreeMap<String, String>>,
    /// Its pods that wait for a node at the start.
    #[schemars(transform = by_default("none"))]
    pub(crate) pending: Option<Vec<String>>,
}

impl<T: ApiType> HasApi for Workload<T> {
    type Type = T;

    fn api_mut(&mut self) -> &mut Api<T> {
        &mut self.spec
    }
}

/// How a pod serves requests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PodServer {
    /// Requests worked on at once.
    #[schemars(transform = within(&limits::WORKERS))]
    pub(crate) workers: Count,
    /// Requests accepted at once; more are refused.
    #[schemars(transform = within(&limits::CONNECTIONS))]
    pub(crate) connections_max: Count,
    /// From the start of its containers until it answers.
    #[schemars(transform = default(kube::CONTAINER_START).assumed())]
    pub(crate) start: Option<Distribution>,
}

/// `labels` are read of those that something chooses by them.
macro_rules! objects {
    ($(
        $(#[$doc:meta])*
        $name:ident: $spec:ident, $(#[$labels:meta])* labels { $($(#[$field:meta])* $own:ident: $type:ty,)* }
    )+) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            /// `namespace/name`, or a name in `default`; a name alone of what is in no namespace.
            pub(crate) name: String,
            /// Its cluster.
            #[schemars(transform = names("clusters").and(by_default("the only one")))]
            pub(crate) cluster: Option<String>,
            /// Its labels.
            #[serde(default)]
            #[schemars(transform = default(json!({})))]
            $(#[$labels])*
            pub(crate) labels: BTreeMap<String, String>,
            $($(#[$field])* pub(crate) $own: $type,)*
            /// What it is, in the API's own words.
            pub(crate) spec: Api<$spec>,
        }

        impl HasApi for $name {
            type Type = $spec;

            fn api_mut(&mut self) -> &mut Api<$spec> {
                &mut self.spec
            }
        }
    )+};
}

objects! {
    /// What starts a job by the clock.
    CronJob: CronJobSpec,
        #[expect(dead_code, reason = "nothing chooses them by their labels")]
        labels {
        /// How long the work of a pod takes, from the start of its containers to their end.
        #[schemars(transform = default(kube::JOB_RUNS_FOR).assumed())]
        runs_for: Option<Distribution>,
        /// The share of pods that end badly.
        #[schemars(transform = default(Ratio::ZERO).assumed())]
        fails: Option<Text<Ratio>>,
    }
    /// A pod that nothing keeps running.
    Pod: PodSpec, labels {
        /// Its node at the start.
        #[schemars(transform = by_default("the scheduler chooses"))]
        node: Option<String>,
        /// Whether it mirrors a static pod of its node, which no drain takes and no taint evicts.
        #[serde(default)]
        #[schemars(transform = default(json!(false)))]
        mirror: bool,
    }
    /// A service of Kubernetes.
    KubernetesService: ServiceSpec,
        #[expect(dead_code, reason = "nothing chooses them by their labels")]
        labels {
        /// Where its pods are registered by their own addresses.
        #[serde(default)]
        #[schemars(transform = names("target_groups").and(default(json!([]))))]
        target_groups: Vec<String>,
        /// Its annotations, of which `service.kubernetes.io/topology-mode` alone has an effect, and no other is taken.
        #[serde(default)]
        #[schemars(transform = default(json!({})))]
        annotations: BTreeMap<String, String>,
    }
    /// How many pods must stay when somebody takes nodes out.
    PodDisruptionBudget: PodDisruptionBudgetSpec,
        #[expect(dead_code, reason = "nothing chooses them by their labels")]
        labels {}
    /// What changes the number of a workload's pods by load.
    HorizontalPodAutoscaler: HorizontalPodAutoscalerSpec,
        #[expect(dead_code, reason = "nothing chooses them by their labels")]
        labels {}
    /// A class of storage. Its `spec` has the fields that the API has at the top.
    StorageClassObject: StorageClass, labels {}
    /// A volume.
    PersistentVolume: PersistentVolumeSpec, labels {}
    /// A claim to a volume.
    PersistentVolumeClaim: PersistentVolumeClaimSpec, labels {}
}

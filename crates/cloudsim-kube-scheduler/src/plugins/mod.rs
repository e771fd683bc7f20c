//! The plugins of kube-scheduler: one file and one row each.

mod csi_migration;
mod default_binder;
pub(crate) mod default_preemption;
mod dynamic_resources;
pub(crate) mod image_locality;
pub(crate) mod inter_pod_affinity;
mod node_affinity;
mod node_name;
pub(crate) mod node_ports;
pub(crate) mod node_resources_balanced_allocation;
pub(crate) mod node_resources_fit;
mod node_unschedulable;
mod node_volume_limits;
pub(crate) mod normalize;
pub(crate) mod pod_topology_spread;
mod priority_sort;
mod scheduling_gates;
pub(crate) mod taint_toleration;
mod volume_binding;
mod volume_restrictions;
mod volume_zone;

pub use default_preemption::{Candidate, Criterion, DefaultPreemptionArgs, DryRun};
pub use inter_pod_affinity::InterPodAffinityArgs;
pub use node_affinity::NodeAffinityArgs;
pub use node_resources_balanced_allocation::NodeResourcesBalancedAllocationArgs;
pub use node_resources_fit::{NodeResourcesFitArgs, ScoringStrategy, UtilizationPoint, WeightedResource};
pub use pod_topology_spread::{DefaultConstraints, PodTopologySpreadArgs};

use crate::framework::Plugin;
use crate::objects::{PersistentVolumeClaim, Pod};
use std::fmt;

/// The arguments of the plugins that take any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// Of `DefaultPreemption`.
    pub default_preemption: DefaultPreemptionArgs,
    /// Of `InterPodAffinity`.
    pub inter_pod_affinity: InterPodAffinityArgs,
    /// Of `NodeAffinity`.
    pub node_affinity: NodeAffinityArgs,
    /// Of `NodeResourcesBalancedAllocation`.
    pub node_resources_balanced_allocation: NodeResourcesBalancedAllocationArgs,
    /// Of `NodeResourcesFit`.
    pub node_resources_fit: NodeResourcesFitArgs,
    /// Of `PodTopologySpread`.
    pub pod_topology_spread: PodTopologySpreadArgs,
}

/// An extension point.
///
/// Source: Kubernetes documentation, scheduling framework
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// May a pod enter the queue?
    PreEnqueue,
    /// Which of two pods comes first?
    QueueSort,
    /// What will the filter need?
    PreFilter,
    /// Can the pod go to a node?
    Filter,
    /// No node is left: can room be made?
    PostFilter,
    /// What will the score need?
    PreScore,
    /// How good is a node?
    Score,
    /// Set something aside for the pod.
    Reserve,
    /// May the pod be bound now?
    Permit,
    /// Before the pod is bound. Nothing is asked here: what plugins wait for is not simulated.
    PreBind,
    /// Tell the API server.
    Bind,
    /// After the pod is bound. No plugin is here.
    PostBind,
}

macro_rules! plugins {
    ($($name:ident $weight:literal [$($point:ident)*] $build:expr;)*) => {
        /// The name of a plugin.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum PluginName {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
        }

        impl PluginName {
            /// All of them, in the order in which kube-scheduler asks them by default.
            pub const ALL: &[PluginName] = &[$(PluginName::$name),*];

            /// How it is written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(PluginName::$name => stringify!($name),)* }
            }

            /// The points at which it has something to say.
            #[must_use]
            pub fn points(self) -> &'static [Point] {
                match self { $(PluginName::$name => &[$(Point::$point),*],)* }
            }

            /// What its score weighs by default.
            #[must_use]
            pub fn default_weight(self) -> i64 {
                match self { $(PluginName::$name => $weight,)* }
            }

            /// The plugin itself.
            pub(crate) fn build(self, args: &Args) -> Box<dyn Plugin> {
                match self { $(PluginName::$name => {
                    let build: fn(&Args) -> Box<dyn Plugin> = $build;
                    build(args)
                })* }
            }
        }
    };
}

// Order and weights: Source: kube-scheduler v1.34 default plugins
// (https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins).
plugins! {
    SchedulingGates 0 [PreEnqueue] |_| Box::new(scheduling_gates::SchedulingGates);
    PrioritySort 0 [QueueSort] |_| Box::new(priority_sort::PrioritySort);
    NodeUnschedulable 0 [Filter] |_| Box::new(node_unschedulable::NodeUnschedulable);
    NodeName 0 [Filter] |_| Box::new(node_name::NodeName);
    TaintToleration 3 [Filter PreScore Score] |_| Box::new(taint_toleration::TaintToleration);
    NodeAffinity 2 [PreFilter Filter PreScore Score]
        |args| Box::new(node_affinity::NodeAffinity::new(args.node_affinity.clone()));
    NodePorts 0 [PreFilter Filter] |_| Box::new(node_ports::NodePorts);
    NodeResourcesFit 1 [PreFilter Filter PreScore Score]
        |args| Box::new(node_resources_fit::NodeResourcesFit::new(args.node_resources_fit.clone()));
    VolumeRestrictions 0 [PreFilter Filter] |_| Box::new(volume_restrictions::VolumeRestrictions);
    NodeVolumeLimits 0 [PreFilter Filter] |_| Box::new(node_volume_limits::NodeVolumeLimits);
    VolumeBinding 1 [PreFilter Filter Reserve PreBind PreScore Score] |_| Box::new(volume_binding::VolumeBinding);
    VolumeZone 0 [PreFilter Filter] |_| Box::new(volume_zone::VolumeZone);
    PodTopologySpread 2 [PreFilter Filter PreScore Score]
        |args| Box::new(pod_topology_spread::PodTopologySpread::new(args.pod_topology_spread.clone()));
    InterPodAffinity 2 [PreFilter Filter PreScore Score]
        |args| Box::new(inter_pod_affinity::InterPodAffinity::new(args.inter_pod_affinity));
    DynamicResources 0 [PreEnqueue PreFilter Filter PostFilter Reserve PreBind]
        |_| Box::new(dynamic_resources::DynamicResources);
    DefaultPreemption 0 [PostFilter] |args| Box::new(default_preemption::DefaultPreemption::new(args.default_preemption));
    NodeResourcesBalancedAllocation 1 [PreScore Score] |args| Box::new(
        node_resources_balanced_allocation::NodeResourcesBalancedAllocation::new(args.node_resources_balanced_allocation.clone()),
    );
    ImageLocality 1 [Score] |_| Box::new(image_locality::ImageLocality);
    DefaultBinder 0 [Bind] |_| Box::new(default_binder::DefaultBinder);
}

impl PluginName {
    /// The plugin of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<PluginName> {
        PluginName::ALL.iter().copied().find(|plugin| plugin.as_str() == name)
    }
}

/// How the API says that an object is not there.
fn not_found(kind: &str, name: &str) -> String {
    format!("{kind} {name:?} not found")
}

/// How kube-scheduler says that a claim is not that of a pod's generic ephemeral volume.
fn not_owner(pod: &Pod, claim: &PersistentVolumeClaim) -> String {
    format!("PVC {} was not created for pod {} (pod is not owner)", claim.key, pod.key)
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

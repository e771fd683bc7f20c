//! The way of an apply, as it is told.

use cloudsim_units::{SimDuration, SimTime};

/// The part of Kubernetes, or of the cloud, that a leg is spent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The client.
    Kubectl,
    /// The API server.
    ApiServer,
    /// Its store.
    Etcd,
    /// The controllers.
    ControllerManager,
    /// The scheduler.
    Scheduler,
    /// The agent on the node.
    Kubelet,
    /// What runs containers there.
    ContainerRuntime,
    /// The process in them.
    Process,
    /// The probes.
    Readiness,
    /// What keeps endpoint slices.
    EndpointSlice,
    /// What forwards to them on nodes.
    KubeProxy,
    /// The controller of load balancers.
    CloudController,
    /// The load balancer.
    LoadBalancer,
}

impl Part {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Kubectl => "kubectl",
            Part::ApiServer => "API server",
            Part::Etcd => "etcd",
            Part::ControllerManager => "controller manager",
            Part::Scheduler => "scheduler",
            Part::Kubelet => "kubelet",
            Part::ContainerRuntime => "container runtime",
            Part::Process => "process",
            Part::Readiness => "readiness",
            Part::EndpointSlice => "EndpointSlice",
            Part::KubeProxy => "kube-proxy",
            Part::CloudController => "cloud controller",
            Part::LoadBalancer => "load balancer",
        }
    }
}

/// What a leg takes its time from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The path of a setting, or the name of a constant of the model.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it is a setting.
    pub is_setting: bool,
}

/// A leg of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Where it is spent.
    pub part: Part,
    /// What happens, in words.
    pub what: String,
    /// When it begins: when the one before it ended.
    pub from: SimTime,
    /// When it ends.
    pub until: SimTime,
    /// What its length comes from.
    pub owners: Vec<Owner>,
}

impl Leg {
    /// How long it is.
    #[must_use]
    pub fn took(&self) -> SimDuration {
        self.until.since(self.from)
    }
}

/// How the scheduler chose a pod's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// When.
    pub at: SimTime,
    /// The attempt, counted from 1.
    pub attempt: u32,
    /// How many nodes there were.
    pub nodes: usize,
    /// How many could take the pod.
    pub feasible: usize,
    /// The total score of the best; `None` if only one could.
    pub score: Option<i64>,
    /// How many had that score.
    pub best: usize,
    /// The node that was chosen.
    pub node: String,
}

/// The way of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodWay {
    /// Its namespace and name.
    pub pod: String,
    /// Its node, if it has one.
    pub node: Option<String>,
    /// That one's zone, if it is in one.
    pub zone: Option<String>,
    /// Its way, after that of the object.
    pub legs: Vec<Leg>,
    /// How its node was chosen.
    pub chosen: Option<Chosen>,
    /// Whether it came to the end of its way.
    pub arrived: bool,
    /// What it waited for at the end of the run, if it was for a node.
    pub waits: Option<String>,
}

impl PodWay {
    /// When its way ends, or ended so far.
    #[must_use]
    pub fn until(&self) -> SimTime {
        self.legs.last().map_or(SimTime::ZERO, |leg| leg.until)
    }
}

/// How far pods go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// They are ready, and no service leads to them.
    Ready,
    /// They are endpoints of a service.
    Endpoints(String),
    /// They are healthy targets of a service's target groups.
    Targets(String),
}

/// The way of a `kubectl apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The cluster.
    pub cluster: String,
    /// Its version.
    pub version: String,
    /// What kind of object was applied, as `deployment`.
    pub kind: &'static str,
    /// Its namespace and name.
    pub name: String,
    /// When.
    pub applied: SimTime,
    /// The way of the object, until its controller knows of it.
    pub object: Vec<Leg>,
    /// How many pods it wants.
    pub wanted: u32,
    /// How many were made.
    pub made: u32,
    /// How many came to the end of their way.
    pub arrived: u32,
    /// Where that is.
    pub destination: Destination,
    /// The pod that arrived first; or was made first, if none did.
    pub first: Option<PodWay>,
    /// The pod that arrived last, or one that did not; `None` if there is no other.
    pub last: Option<PodWay>,
    /// Whether its API servers answer nobody when the run ends.
    pub api_is_silent: bool,
    /// What is on the way of a real `kubectl apply` and is no leg here.
    pub not_modelled: Vec<&'static str>,
}

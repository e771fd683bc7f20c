//! What happened on a service's way back: the changes of state that can end a phase of an outage.

mod predecessor;
mod room;

use self::room::NO_ROOM;
use self::room::Room;
pub(crate) use self::room::{silent, without_room};
use crate::blame::Blame;
use crate::causes::Reach;
use crate::held::{Held, HeldBy};
use crate::measures::Change;
use cloudsim_records::{
    Action, Component, DatabaseInstanceState, EndpointState, EntityId, EntityKind, FailoverStep, FaultInfo,
    InstanceState, Names, NodeState, NodeTaint, PodReason, PodState, Record, RecoveryKind, ScaleReason,
    TargetHealth,
};
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// The phase in which the API servers of a cluster answer nobody.
pub(crate) const CONTROL_PLANE: &str = "control plane";

/// The phase that ends with a fault.
pub(crate) const FAULT: &str = "fault";

/// The phase that ends as another number of pods is wanted.
pub(crate) const SCALE: &str = "scale";

/// The phase in which nobody had done yet what operators did in the end.
const OPERATOR: &str = "operator";

/// What kind of change a milestone is, with the entities that tie it to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A fault that reaches the service ended; it may have been one of a zone.
    FaultEnded { zone: Option<EntityId> },
    /// EC2 reported failed status checks.
    Impaired { group: Option<EntityId> },
    /// A node gave up on a target.
    Unhealthy { node: EntityId, group: Option<EntityId> },
    /// An Auto Scaling group asked for an instance.
    Asked { instance: EntityId, group: Option<EntityId>, zone: Option<EntityId> },
    /// The instance's host runs.
    Launched { instance: EntityId },
    /// The instance's process answers. A `new` one gets no traffic before a node has found it healthy, and one that is a
    /// node never gets any.
    Started { instance: EntityId, new: bool },
    /// A node sends a target traffic again.
    InService { target: EntityId, node: EntityId },
    /// A balancer's node or a NAT gateway works again.
    Repaired { entity: EntityId },
    /// A NAT gateway has ports again.
    PortsFree,
    /// A balancer's DNS answer changed.
    Dns { node: EntityId, listed: bool },
    /// A failover, promotion or restore came a step further.
    Failover { database: EntityId, step: FailoverStep },
    /// A database instance takes writes.
    Writer { database: EntityId },
    /// A server wrote to its database again.
    Reconnected { database: EntityId },
    /// The API servers of a cluster answer again, or a new leader watches over its nodes.
    Leads { cluster: EntityId },
    /// A node was not heard of for too long.
    NodeUnknown { node: EntityId, cluster: Option<EntityId> },
    /// A node was given up.
    NodeTainted { node: EntityId },
    /// A node joined, or is ready again.
    NodeReady { node: EntityId, host: Option<EntityId> },
    /// A pod was told to leave its node.
    PodLeaves { workload: Option<EntityId>, node: Option<EntityId> },
    /// An operator restarted a workload, emptied a node or gave it up.
    Operated { target: EntityId },
    /// Another number of a workload's pods is wanted.
    Rescaled { workload: EntityId },
    /// A pod was made.
    PodMade { pod: EntityId, workload: Option<EntityId>, replaces: Option<EntityId> },
    /// A pod was bound to a node.
    PodBound { pod: EntityId, node: Option<EntityId> },
    /// A pod was taken out that another one of its name waited for.
    PodGone { pod: EntityId, workload: Option<EntityId>, node: Option<EntityId> },
    /// A volume that a pod waited for left the node that had it.
    PodReleased { pod: EntityId },
    /// A pod's volumes are mounted.
    PodMounted { pod: EntityId, node: Option<EntityId> },
    /// A pod's images are on its node.
    PodPulled { pod: EntityId, node: Option<EntityId> },
    /// A pod's containers run.
    PodRuns { pod: EntityId },
    /// A pod serves.
    PodServes { pod: EntityId },
    /// A pod is not ready any more, because nothing is heard of its node.
    PodNotReady { pod: EntityId, node: Option<EntityId> },
    /// A pod is no target any more.
    PodDeregistered { pod: EntityId },
    /// The cluster autoscaler looks at its cluster again, of whose nodes fewer are unready.
    AutoscalerResumed,
    /// The cluster autoscaler has a group of nodes grow, for pods that wait.
    GroupGrows { group: EntityId },
    /// No instance was to be had for a group or a pool.
    LaunchFailed { group: EntityId },
    /// Karpenter's batch of pods is over, and it claims nodes of a pool for them.
    NodesClaimed { pool: EntityId },
    /// The endpoint slices of a service lead to a pod no longer.
    PodUnlisted { pod: EntityId },
    /// The rules of no node lead to a pod any longer.
    PodForgotten { pod: EntityId },
    /// The rules of a first node lead to a pod.
    PodRouted { pod: EntityId },
}

impl Step {
    /// Whether an instance started, if it is known which.
    fn starts(self, host: Option<EntityId>) -> bool {
        matches!(self, Self::Started { instance, .. } if Some(instance) == host)
    }

    /// Whether it comes of a fault by itself, and not of something else that is here.
    pub(crate) fn begins_with_a_fault(self) -> bool {
        matches!(
            self,
            Self::NodeUnknown { .. }
                | Self::NodeTainted { .. }
                | Self::PodNotReady { .. }
                | Self::PodLeaves { .. }
                | Self::Leads { .. }
        )
    }

    /// The phase that comes next on the way of a workload's pod; `None` where that is not known.
    pub(crate) fn awaits(self) -> Option<&'static str> {
        Some(match self {
            Self::Leads { .. } => "detect",
            Self::NodeUnknown { .. } | Self::PodNotReady { .. } => "taint",
            Self::NodeTainted { .. } => "tolerate",
            Self::PodLeaves { .. } | Self::PodGone { .. } | Self::Rescaled { .. } => "create",
            Self::PodMade { .. } | Self::NodeReady { .. } => "schedule",
            Self::PodReleased { .. } => "attach",
            Self::PodBound { .. } | Self::PodMounted { .. } => "pull",
            Self::PodPulled { .. } => "start",
            Self::PodRuns { .. } => "ready",
            Self::AutoscalerResumed => "scan",
            Self::LaunchFailed { .. } => "backoff",
            Self::GroupGrows { .. } => "replace",
            Self::NodesClaimed { .. } => "claim",
            Self::Asked { .. } => "launch",
            Self::Launched { .. } => "start",
            Self::Started { .. } => "join",
            _ => return None,
        })
    }

    fn is_failover_of(self, database: EntityId) -> bool {
        matches!(self, Self::Failover { database: of, .. } if of == database)
    }

    /// Whether it can end failures that point to a part of the path.
    fn concerns(self, blame: Blame) -> bool {
        if blame == Blame::Network {
            // Whatever leads around what lies between.
            return true;
        }
        match self {
            Self::FaultEnded { .. } => true,
            Self::Impaired { .. }
            | Self::Unhealthy { .. }
            | Self::Asked { .. }
            | Self::Launched { .. }
            | Self::Started { .. }
            | Self::InService { .. }
            | Self::Leads { .. }
            | Self::NodeUnknown { .. }
            | Self::NodeTainted { .. }
            | Self::NodeReady { .. }
            | Self::PodLeaves { .. }
            | Self::Operated { .. }
            | Self::Rescaled { .. }
            | Self::PodMade { .. }
            | Self::PodBound { .. }
            | Self::PodGone { .. }
            | Self::PodReleased { .. }
            | Self::PodMounted { .. }
            | Self::PodPulled { .. }
            | Self::PodRuns { .. }
            | Self::PodServes { .. }
            | Self::PodNotReady { .. }
            | Self::PodDeregistered { .. }
            | Self::AutoscalerResumed
            | Self::GroupGrows { .. }
            | Self::LaunchFailed { .. }
            | Self::NodesClaimed { .. }
            | Self::PodUnlisted { .. }
            | Self::PodForgotten { .. }
            | Self::PodRouted { .. } => blame == Blame::Target,
            Self::PortsFree => blame == Blame::Gateway,
            Self::Repaired { .. } => matches!(blame, Blame::Balancer | Blame::Gateway),
            Self::Dns { .. } => blame == Blame::Balancer,
            Self::Failover { .. } | Self::Writer { .. } | Self::Reconnected { .. } => {
                blame == Blame::Database
            }
        }
    }
}

/// What a pod waits for when all is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// Room.
    NoRoom { pod: EntityId },
    /// A volume that another node has.
    Held { pod: EntityId },
    /// The end of one of its name, on a node of which nothing is heard.
    Ending { workload: EntityId, node: EntityId },
}

impl Stuck {
    /// What a pod that is held waits for, or keeps others of its workload waiting for.
    pub(crate) fn of(wait: &Held, names: &Names) -> Option<Self> {
        match wait.by {
            HeldBy::Volume(_) => return Some(Self::Held { pod: wait.pod }),
            // It serves where it is.
            HeldBy::Budget(_) => return None,
            HeldBy::Node => {}
        }
        // Others are replaced at once.
        let workload = names.entity(wait.pod)?.parent.filter(|_| wait.keeps_waiting(names))?;
        Some(Self::Ending { workload, node: wait.node })
    }

    /// The phase that does not end.
    pub(crate) fn phase(self) -> &'static str {
        match self {
            Self::NoRoom { .. } => NO_ROOM,
            Self::Held { .. } => "detach",
            Self::Ending { .. } => "terminate",
        }
    }

    /// Whether it began to wait with that.
    pub(crate) fn begins_with(self, step: Step) -> bool {
        match (self, step) {
            (Self::NoRoom { pod }, Step::PodMade { pod: of, .. })
            | (Self::Held { pod }, Step::PodBound { pod: of, .. }) => of == pod,
            (Self::Ending { workload, node }, Step::PodLeaves { workload: of, node: on }) => {
                of == Some(workload) && on == Some(node)
            }
            _ => false,
        }
    }
}

/// A change of state that a service can wait for.
#[derive(Clone, Debug)]
pub(crate) struct Milestone {
    pub(crate) at: SimTime,
    pub(crate) step: Step,
    /// The phase that it ends.
    pub(crate) phase: &'static str,
    /// The settings that may own that phase, the best first.
    pub(crate) settings: Vec<String>,
}

/// The instances that are nodes of clusters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    of_nodes: BTreeMap<EntityId, EntityId>,
    all: BTreeSet<EntityId>,
}

impl Hosts {
    /// A node has the name of its instance.
    pub(crate) fn of(names: &Names) -> Self {
        let of_kind = |kind| names.iter().filter(move |entity| entity.kind == kind);
        let instances: BTreeMap<&str, EntityId> =
            of_kind(EntityKind::Instance).map(|entity| (entity.name.as_str(), entity.id)).collect();
        let of_nodes: BTreeMap<EntityId, EntityId> = of_kind(EntityKind::Node)
            .filter_map(|node| Some((node.id, *instances.get(node.name.as_str())?)))
            .collect();
        let all = of_nodes.values().copied().collect();
        Self { of_nodes, all }
    }

    /// The cluster that has the instances of a group, or of a pool, for its nodes.
    fn cluster_of(&self, group: EntityId, names: &Names) -> Option<EntityId> {
        let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
        let (node, _) = self.of_nodes.iter().find(|(_, host)| parent(**host) == Some(group))?;
        parent(*node)
    }
}

fn is_pod(names: &Names, entity: EntityId) -> bool {
    names.entity(entity).is_some_and(|entity| entity.kind == EntityKind::Pod)
}

/// Whether a workload of that name, `NAMESPACE/KIND/NAME` at its end, has a pod for each node.
pub(crate) fn is_daemon_set(workload: &str) -> bool {
    kind_of(workload) == Some("daemonset")
}

/// The word for the kind of a workload, in its name.
pub(crate) fn kind_of(workload: &str) -> Option<&str> {
    workload.rsplit('/').nth(1)
}

/// The lists of a scenario that workloads stand in, by the word of their kind.
const WORKLOAD_LISTS: [(&str, &str); 4] = [
    ("deployment", "deployments"),
    ("replicaset", "replica_sets"),
    ("statefulset", "stateful_sets"),
    ("daemonset", "daemon_sets"),
];

/// The faults of a run, and which of them reach a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults<'a> {
    pub(crate) all: &'a [FaultInfo],
    pub(crate) touching: &'a [bool],
}

impl Faults<'_> {
    /// The zone that a fault is about, if it is about one.
    fn zone(self, fault: u32, names: &Names) -> Option<EntityId> {
        let target = &self.all[fault as usize].target;
        let mut zones = names.iter().filter(|entity| entity.kind == EntityKind::Zone);
        zones.find(|zone| zone.name == *target).map(|zone| zone.id)
    }
}

/// The milestones of a service, in the order of their records.
pub(crate) fn milestones(
    reach: &Reach,
    faults: Faults<'_>,
    (names, hosts): (&Names, &Hosts),
    changes: &[Change],
) -> Vec<Milestone> {
    let recoveries = recoveries(changes);
    let of_no_service = Hosts::default();
    let hosts = if reach.has_pods(names) { hosts } else { &of_no_service };
    let mut traffic = Traffic::default();
    let mut room = Room::default();
    let mut gone: BTreeMap<&str, EntityId> = BTreeMap::new();
    let mut replaced = BTreeSet::new();
    let mut failed = BTreeSet::new();
    let mut workloads: BTreeMap<EntityId, (u32, u32)> = BTreeMap::new();
    let mut unheard: BTreeSet<EntityId> = BTreeSet::new();
    let mut milestones: Vec<Milestone> = changes
        .iter()
        .filter_map(|change| {
            if !traffic.changes_by(&change.record) {
                return None;
            }
            let found_room = room.found_by(change);
            // Whether more pods serve than before, and whether another number is wanted.
            let (gained, rescaled) = match change.record {
                Record::WorkloadServes { workload, wanted, serving, .. } => {
                    let before = workloads.insert(workload, (serving, wanted));
                    before.map_or((true, false), |before| (serving > before.0, wanted != before.1))
                }
                _ => (false, false),
            };
            let (mut step, mut phase, mut settings) =
                milestone(change, reach, faults, (names, hosts), &recoveries)?;
            match &mut step {
                Step::Started { instance, new } => {
                    *new = traffic.launched_later.contains(instance) || hosts.all.contains(instance);
                }
                Step::Rescaled { .. } if !rescaled => return None,
                Step::NodeUnknown { node, .. } => {
                    unheard.insert(*node);
                }
                Step::NodeReady { node, .. } => {
                    unheard.remove(node);
                }
                // The first pods of a node may be marked before the node is.
                Step::PodNotReady { node: Some(node), .. } if !unheard.contains(node) => {
                    phase = "detect";
                    settings = detected_by(*node, names);
                }
                Step::PodServes { .. } if !gained => return None,
                Step::LaunchFailed { group } => {
                    failed.insert(*group);
                }
                Step::PodBound { .. } if found_room => phase = NO_ROOM,
                Step::GroupGrows { group } | Step::NodesClaimed { pool: group } if failed.remove(group) => {
                    // Who has failed leaves a group or an offering alone for a while.
                    (phase, settings) = ("backoff", Vec::new());
                }
                Step::PodGone { pod, .. } => {
                    gone.insert(names.name(*pod), *pod);
                }
                Step::PodMade { pod, replaces, .. } => {
                    *replaces = gone.get(names.name(*pod)).copied();
                    replaced.extend(*replaces);
                }
                _ => {}
            }
            Some(Milestone { at: change.at, step, phase, settings })
        })
        .collect();
    milestones.retain(|milestone| match milestone.step {
        Step::PodGone { pod, .. } => replaced.contains(&pod),
        _ => true,
    });
    milestones
}

/// Which node sends traffic to which target. A target that fails its first probes never got any, so that its being found
/// unhealthy brings nobody back.
#[derive(Default)]
struct Traffic {
    launched_later: BTreeSet<EntityId>,
    registered_later: BTreeSet<EntityId>,
    nodes_returned: BTreeSet<EntityId>,
    known: BTreeMap<(EntityId, EntityId), bool>,
}

impl Traffic {
    /// Takes in a record; false if it is a verdict that changes no traffic.
    fn changes_by(&mut self, record: &Record) -> bool {
        match record {
            Record::InstanceStateChanged { instance, state: InstanceState::Pending } => {
                self.launched_later.insert(*instance);
            }
            Record::TargetRegistered { target, .. } => {
                self.registered_later.insert(*target);
            }
            Record::BalancerNodeChanged { node, up: true } => {
                self.nodes_returned.insert(*node);
                self.known.retain(|(of, _), _| of != node);
            }
            Record::TargetHealthChanged { node, target, health, .. } => {
                let healthy = *health == TargetHealth::Healthy;
                let at_first = !self.registered_later.contains(target) && !self.nodes_returned.contains(node);
                let before = self.known.insert((*node, *target), healthy).unwrap_or(at_first);
                return healthy || before;
            }
            _ => {}
        }
        true
    }
}

/// A failover, promotion or restore, to tell the steps of one from those of the next.
struct Recovery {
    database: EntityId,
    kind: RecoveryKind,
    finished: Option<SimTime>,
}

impl Recovery {
    fn has_step(&self, database: EntityId, at: SimTime) -> bool {
        self.database == database && self.finished.is_none_or(|finished| at <= finished)
    }
}

fn recoveries(changes: &[Change]) -> Vec<Recovery> {
    let mut recoveries: Vec<Recovery> = Vec::new();
    for change in changes {
        match &change.record {
            Record::RecoveryPointChosen(point) => {
                recoveries.push(Recovery { database: point.database, kind: point.kind, finished: None });
            }
            Record::FailoverFinished { database, .. } => {
                if let Some(open) = recoveries.iter_mut().rfind(|recovery| recovery.database == *database) {
                    open.finished.get_or_insert(change.at);
                }
            }
            _ => {}
        }
    }
    recoveries
}

type Described = (Step, &'static str, Vec<String>);

fn milestone(
    change: &Change,
    reach: &Reach,
    faults: Faults<'_>,
    (names, hosts): (&Names, &Hosts),
    recoveries: &[Recovery],
) -> Option<Described> {
    let of = |kind: &str, entity: EntityId, fields: &[&str]| -> Vec<String> {
        fields.iter().map(|field| format!("{kind}.{}.{field}", names.name(entity))).collect()
    };
    let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
    Some(match &change.record {
        Record::FaultEnded { fault } if faults.touching[*fault as usize] => {
            (Step::FaultEnded { zone: faults.zone(*fault, names) }, FAULT, Vec::new())
        }
        Record::TargetHealthChanged { group, node, target, health } if reach.contains(*group) => {
            let fields = |fields| of("target_groups", *group, fields);
            if health.is_unhealthy() {
                let step = Step::Unhealthy { node: *node, group: parent(*target) };
                (step, "detect", fields(&["interval", "unhealthy_threshold", "timeout"]))
            } else if *health == TargetHealth::Healthy {
                let step = Step::InService { target: *target, node: *node };
                (step, "in service", fields(&["healthy_threshold", "interval"]))
            } else {
                return None;
            }
        }
        Record::InstanceStateChanged { instance, state }
            if reach.contains(*instance) || hosts.all.contains(instance) =>
        {
            instance_milestone(*instance, *state, (names, hosts))?
        }
        Record::BalancerNodeChanged { node: entity, up: true } if reach.contains(*entity) => {
            (Step::Repaired { entity: *entity }, "repair", Vec::new())
        }
        // Which gateway a service's packets leave through is not in the records, so each one counts.
        Record::NatGatewayChanged { nat_gateway, up: true } => {
            (Step::Repaired { entity: *nat_gateway }, "repair", Vec::new())
        }
        Record::NatPortsChanged { nat_gateway, exhausted: false, .. } => {
            (Step::PortsFree, "ports", of("nat_gateways", *nat_gateway, &["addresses"]))
        }
        Record::DnsAnswerChanged { balancer, node, listed } if reach.contains(*balancer) => {
            let step = Step::Dns { node: *node, listed: *listed };
            (step, "dns", Vec::new())
        }
        Record::FailoverStepEnded { database, step } if reach.contains(*database) => {
            let of_step = |recovery: &&Recovery| recovery.has_step(*database, change.at);
            let kind = recoveries.iter().find(of_step).map(|recovery| recovery.kind);
            let (phase, fields) = failover_phase(*step, kind);
            (Step::Failover { database: *database, step: *step }, phase, of("databases", *database, fields))
        }
        Record::DatabaseInstanceChanged { database, state: DatabaseInstanceState::Writer, .. }
            if reach.contains(*database) =>
        {
            let fields = of("databases", *database, &["checkpoint_interval", "recovery", "multi_az"]);
            (Step::Writer { database: *database }, "recover", fields)
        }
        Record::DatabaseReconnected { database, .. } if reach.contains(*database) => {
            let fields = of("databases", *database, &["clients", "dns_ttl"]);
            (Step::Reconnected { database: *database }, "reconnect", fields)
        }
        record => return kubernetes_milestone(record, reach, (names, hosts), &of),
    })
}

/// The steps from a lost node to a pod in service, each with the flag or field that owns it.
fn kubernetes_milestone(
    record: &Record,
    reach: &Reach,
    (names, hosts): (&Names, &Hosts),
    of: &impl Fn(&str, EntityId, &[&str]) -> Vec<String>,
) -> Option<Described> {
    let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
    let control_plane = |node: EntityId, fields: &[&str]| {
        parent(node).map_or_else(Vec::new, |cluster| of("clusters", cluster, fields))
    };
    let cluster_of_pod = |pod: EntityId, fields: &[&str]| {
        let owner = parent(pod);
        let cluster = owner.and_then(parent).or(owner);
        cluster.map_or_else(Vec::new, |cluster| of("clusters", cluster, fields))
    };
    // A workload's name is NAMESPACE/KIND/NAME, or CLUSTER/NAMESPACE/KIND/NAME where there are several.
    let of_pods = |workload: Option<EntityId>, field: &str| {
        let name = workload.map_or("", |workload| names.name(workload));
        let mut parts = name.rsplitn(3, '/');
        let (Some(name), Some(kind), Some(namespace)) = (parts.next(), parts.next(), parts.next()) else {
            return Vec::new();
        };
        let Some((_, list)) = WORKLOAD_LISTS.iter().find(|(word, _)| *word == kind) else {
            return Vec::new();
        };
        vec![format!("{list}.{namespace}/{name}.spec.template.spec.{field}")]
    };
    Some(match *record {
        Record::NodeChanged { node, state: NodeState::Unknown } => {
            (Step::NodeUnknown { node, cluster: parent(node) }, "detect", detected_by(node, names))
        }
        Record::NodeChanged { node, state: NodeState::Ready } => {
            let host = hosts.of_nodes.get(&node).copied();
            let group = host.and_then(parent);
            let settings = group.map_or_else(Vec::new, |group| of_group(group, "node.join", (names, hosts)));
            (Step::NodeReady { node, host }, "join", settings)
        }
        Record::ControlPlaneChanged { cluster, answers: true } if reach.has_pods(names) => {
            (Step::Leads { cluster }, CONTROL_PLANE, Vec::new())
        }
        Record::LeaderElected { cluster, component: Component::ControllerManager }
            if reach.has_pods(names) =>
        {
            (Step::Leads { cluster }, "leader", Vec::new())
        }
        Record::NodeTainted { node, taint: NodeTaint::Unreachable, present: true } => {
            let settings = control_plane(node, &["control_plane.eviction_interval"]);
            (Step::NodeTainted { node }, "taint", settings)
        }
        Record::PodChanged { pod, node, state, reason } if reach.contains(pod) => match state {
            PodState::Terminating => {
                let workload = parent(pod);
                let (phase, settings) = match reason {
                    PodReason::TaintEviction => {
                        let mut own = of_pods(workload, "tolerations");
                        own.extend(cluster_of_pod(pod, &["control_plane.default_unreachable_toleration"]));
                        ("tolerate", own)
                    }
                    PodReason::NodeGone => ("collect", Vec::new()),
                    _ => ("leave", Vec::new()),
                };
                (Step::PodLeaves { workload, node }, phase, settings)
            }
            PodState::Gone => (Step::PodGone { pod, workload: parent(pod), node }, "terminate", Vec::new()),
            PodState::Pending => {
                (Step::PodMade { pod, workload: parent(pod), replaces: None }, "create", Vec::new())
            }
            PodState::Released => (Step::PodReleased { pod }, "detach", Vec::new()),
            PodState::Mounted => (Step::PodMounted { pod, node }, "attach", Vec::new()),
            PodState::Scheduled => (Step::PodBound { pod, node }, "schedule", Vec::new()),
            PodState::Pulled => (Step::PodPulled { pod, node }, "pull", Vec::new()),
            PodState::Running => (Step::PodRuns { pod }, "start", Vec::new()),
            PodState::NotReady if reason == PodReason::NodeNotReady => {
                // Its pods are marked one by one, as soon as the node is found to be silent.
                let cluster =
                    node.map_or_else(Vec::new, |node| control_plane(node, &["control_plane.kube_api_qps"]));
                (Step::PodNotReady { pod, node }, "mark", cluster)
            }
            _ => return None,
        },
        Record::Intervened(ref done) if done.refusal.is_none() && reach.has_pods(names) => {
            match done.action {
                Action::RestartWorkload | Action::SetImage | Action::Drain | Action::OutOfService => {
                    (Step::Operated { target: done.target }, OPERATOR, Vec::new())
                }
                _ => return None,
            }
        }
        Record::TargetDeregistered { target, .. } if reach.contains(target) && is_pod(names, target) => {
            (Step::PodDeregistered { pod: target }, "deregister", Vec::new())
        }
        Record::EndpointChanged { service, pod, state } if reach.contains(service) => {
            let cluster = parent(service);
            let settings = cluster
                .map_or_else(Vec::new, |cluster| of("clusters", cluster, &["kube_proxy.min_sync_period"]));
            match state {
                EndpointState::Listed => return None,
                EndpointState::Unlisted => (Step::PodUnlisted { pod }, "unlist", Vec::new()),
                EndpointState::Routed => (Step::PodRouted { pod }, "sync", settings),
                EndpointState::Forgotten => (Step::PodForgotten { pod }, "sync", settings),
            }
        }
        Record::WorkloadServes { workload, pod, .. } if reach.contains(workload) => match pod {
            Some(pod) => {
                let settings = of_pods(Some(workload), "containers.*.readinessProbe.periodSeconds");
                (Step::PodServes { pod }, "ready", settings)
            }
            // A daemon set follows its nodes.
            None if is_daemon_set(names.name(workload)) => return None,
            None => (Step::Rescaled { workload }, SCALE, Vec::new()),
        },
        _ => return node_milestone(record, (names, hosts), of),
    })
}

/// What owns the time until a node is found to be silent.
fn detected_by(node: EntityId, names: &Names) -> Vec<String> {
    let cluster = names.entity(node).and_then(|node| node.parent);
    let setting =
        |cluster| format!("clusters.{}.control_plane.node_monitor_grace_period", names.name(cluster));
    cluster.map(setting).into_iter().collect()
}

/// What brings nodes that pods wait for.
fn node_milestone(
    record: &Record,
    (names, hosts): (&Names, &Hosts),
    of: &impl Fn(&str, EntityId, &[&str]) -> Vec<String>,
) -> Option<Described> {
    Some(match *record {
        Record::AutoscalerHalted { cluster, halted: false, .. } if !hosts.all.is_empty() => {
            let fields = ["cluster_autoscaler.max_total_unready_percentage"];
            (Step::AutoscalerResumed, "halted", of("clusters", cluster, &fields))
        }
        Record::NodeGroupScaled { group, reason: ScaleReason::PodsPending, .. } => {
            let cluster = hosts.cluster_of(group, names)?;
            let fields = ["cluster_autoscaler.scan_interval"];
            (Step::GroupGrows { group }, "scan", of("clusters", cluster, &fields))
        }
        Record::CapacityInsufficient { group, .. } | Record::OfferingUnavailable { pool: group, .. } => {
            (Step::LaunchFailed { group }, "no capacity", Vec::new())
        }
        Record::NodesClaimed { pool, .. } => {
            let cluster = hosts.cluster_of(pool, names)?;
            let fields = ["karpenter.batch_idle_duration"];
            (Step::NodesClaimed { pool }, "batch", of("clusters", cluster, &fields))
        }
        _ => return None,
    })
}

/// Whether the instances of a group are launched by Karpenter, one by one.
fn is_pool(group: EntityId, names: &Names) -> bool {
    names.entity(group).is_some_and(|entity| entity.kind == EntityKind::NodePool)
}

/// A field of the group that an instance is in. A pool has those of its node class.
fn of_group(group: EntityId, field: &str, (names, hosts): (&Names, &Hosts)) -> Vec<String> {
    if !is_pool(group, names) {
        return vec![format!("auto_scaling_groups.{}.{field}", names.name(group))];
    }
    let Some(cluster) = hosts.cluster_of(group, names) else { return Vec::new() };
    let (cluster, pool) = (names.name(cluster), names.name(group));
    let own = field.rsplit('.').next().unwrap_or(field);
    vec![format!("clusters.{cluster}.karpenter.node_pools.{pool}.node_class.{own}")]
}

fn instance_milestone(
    instance: EntityId,
    state: InstanceState,
    (names, hosts): (&Names, &Hosts),
) -> Option<Described> {
    let of = names.entity(instance);
    let group = of.and_then(|entity| entity.parent);
    let asked = Step::Asked { instance, group, zone: of.and_then(|entity| entity.zone) };
    let fields = |fields: &[&str]| {
        let of_one =
            |group: EntityId| fields.iter().flat_map(move |field| of_group(group, field, (names, hosts)));
        group.map_or_else(Vec::new, |group| of_one(group).collect())
    };
    Some(match state {
        InstanceState::Pending if group.is_some_and(|group| is_pool(group, names)) => {
            (asked, "claim", Vec::new())
        }
        InstanceState::Impaired => (Step::Impaired { group }, "detect", fields(&["health_check"])),
        InstanceState::Pending => (asked, "replace", fields(&["grace_period", "health_check"])),
        InstanceState::Booting => (Step::Launched { instance }, "launch", fields(&["server.launch"])),
        InstanceState::Running => {
            (Step::Started { instance, new: false }, "start", fields(&["server.start"]))
        }
        InstanceState::ProcessDown
        | InstanceState::HostDown
        | InstanceState::Terminating
        | InstanceState::Terminated => return None,
    })
}

/// The phase that a step of a failover ends, with the fields of the database that may own it.
fn failover_phase(step: FailoverStep, kind: Option<RecoveryKind>) -> (&'static str, &'static [&'static str]) {
    // A restore or a promotion takes that long because no standby was there; a failover's detection, promotion and
    // name are AWS's own.
    let without_standby = matches!(kind, Some(RecoveryKind::Restore | RecoveryKind::Promotion));
    match step {
        FailoverStep::Detect => ("detect", &[]),
        FailoverStep::Decide => ("decide", &["recovery"]),
        FailoverStep::Recover if without_standby => ("recover", &["multi_az"]),
        FailoverStep::Recover => {
            ("recover", &["checkpoint_interval", "redo_per_commit", "replay_per_second"])
        }
        FailoverStep::Promote if without_standby => ("promote", &["multi_az"]),
        FailoverStep::Promote => ("promote", &[]),
        FailoverStep::Dns => ("dns", &["dns_ttl"]),
    }
}

impl Milestone {
    /// Whether it can end failures that point to a part of the path; if they point to none, any can.
    pub(crate) fn concerns(&self, blame: Option<Blame>) -> bool {
        blame.is_none_or(|blame| self.step.concerns(blame))
    }

    /// Whether something of the service itself changed, and not something that others wait for as well.
    pub(crate) fn is_own(&self) -> bool {
        !matches!(
            self.step,
            Step::Leads { .. }
                | Step::NodeUnknown { .. }
                | Step::NodeTainted { .. }
                | Step::NodeReady { .. }
                | Step::Operated { .. }
                | Step::AutoscalerResumed
                | Step::GroupGrows { .. }
                | Step::LaunchFailed { .. }
                | Step::NodesClaimed { .. }
        )
    }

    /// Whether a service can be good again because of it, rather than because of what follows from it.
    pub(crate) fn can_restore(&self) -> bool {
        !matches!(
            self.step,
            Step::Impaired { .. }
                | Step::Asked { .. }
                | Step::Launched { .. }
                | Step::Started { new: true, .. }
                | Step::Leads { .. }
                | Step::NodeUnknown { .. }
                | Step::NodeReady { .. }
                | Step::NodeTainted { .. }
                | Step::PodLeaves { .. }
                | Step::Operated { .. }
                | Step::Rescaled { .. }
                | Step::PodMade { .. }
                | Step::PodBound { .. }
                | Step::PodGone { .. }
                | Step::PodReleased { .. }
                | Step::PodMounted { .. }
                | Step::PodPulled { .. }
                | Step::PodRuns { .. }
                | Step::PodNotReady { .. }
                | Step::AutoscalerResumed
                | Step::GroupGrows { .. }
                | Step::LaunchFailed { .. }
                | Step::NodesClaimed { .. }
                | Step::PodUnlisted { .. }
                | Step::Failover {
                    step: FailoverStep::Detect | FailoverStep::Decide | FailoverStep::Recover,
                    ..
                }
        )
    }
}

//! What happened on a service's way back: the changes of state that can end a phase of an outage.

mod kubernetes;
mod predecessor;
mod room;

use self::kubernetes::{detected_by, kubernetes_milestone};
use self::room::Room;
pub(crate) use self::room::{NO_ROOM, Silence, WithoutRoom, silences, without_room};
use crate::blame::Blame;
use crate::causes::Reach;
use crate::held::{Held, HeldBy};
use crate::measures::Change;
use cloudsim_records::{
    DatabaseInstanceState, EntityId, EntityKind, FailoverStep, FaultInfo, InstanceState, Names, PodReason,
    Record, RecoveryKind, RunbookAdvance, RunbookStage, TargetHealth,
};
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// The phase in which the API servers of a cluster answer nobody.
pub(crate) const CONTROL_PLANE: &str = "control plane";

/// The phase that ends with a fault.
pub(crate) const FAULT: &str = "fault";

/// The phase that ends as another number of pods is wanted.
pub(crate) const SCALE: &str = "scale";

/// The phase in which the controllers have no leader.
const LEADER: &str = "leader";

/// The phase in which a volume is still on another node.
pub(crate) const DETACH: &str = "detach";

/// What of a health check says how soon its checkers find out.
const OF_CHECKERS: [&str; 2] = ["interval", "failure_threshold"];

/// The phase in which a step of a runbook comes to nothing.
const IN_VAIN: &str = "in vain";

/// The phase in which nobody had done yet what operators did in the end.
pub(crate) const OPERATOR: &str = "operator";

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
    /// A name leads to another load balancer, or to one no longer; `by` is what it turned by, itself where people changed it.
    /// What `heals` turned because a health check passes again.
    Rerouted { record: EntityId, balancer: EntityId, listed: bool, by: EntityId, heals: bool },
    /// Terraform has made something of a stack.
    Created { stack: EntityId, target: Option<EntityId> },
    /// A failover, promotion or restore came a step further.
    /// It may be one of a database that the service does not need, which others wait for: people, or a health check.
    Failover { database: EntityId, step: FailoverStep, is_needed: bool },
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
    PodLeaves { workload: Option<EntityId>, node: Option<EntityId>, reason: PodReason },
    /// An operator restarted a workload, emptied a node or gave it up, changed a record or switched what one turns by.
    Operated { target: EntityId },
    /// An instance of a group was more than the quota of its region allows.
    OverQuota { group: EntityId, region: EntityId },
    /// The quota of a region was raised.
    QuotaRaised { region: EntityId },
    /// An instance of a group was not launched, or did not start, for want of a current image or of a secret.
    Lacks { group: Option<EntityId>, what: EntityId },
    /// A region has the current version of a machine image.
    ImageMade { image: EntityId },
    /// A region has the current value of a secret, the login to a database.
    SecretSet { secret: EntityId, database: Option<EntityId> },
    /// People have come further with a runbook; `target` is to what they did something.
    Runbook { runbook: EntityId, stage: RunbookStage, target: Option<EntityId> },
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
    /// A pod's init containers have ended.
    PodInitialised { pod: EntityId, node: Option<EntityId> },
    /// A pod's image was not to be had from the registry that it is in.
    PullFailed { pod: EntityId },
    /// A pod's images are on its node.
    PodPulled { pod: EntityId, node: Option<EntityId> },
    /// A pod's containers run.
    PodRuns { pod: EntityId },
    /// A pod serves.
    PodServes { pod: EntityId, workload: EntityId },
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

/// What the first step of a way begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A fault.
    Fault,
    /// Nothing but itself: somebody acts, or a pod has to go for another.
    Itself,
}

impl Step {
    /// The pod that it is about.
    pub(crate) fn pod(self) -> Option<EntityId> {
        match self {
            Self::PodMade { pod, .. }
            | Self::PodBound { pod, .. }
            | Self::PodReleased { pod }
            | Self::PodMounted { pod, .. }
            | Self::PodInitialised { pod, .. }
            | Self::PullFailed { pod }
            | Self::PodPulled { pod, .. }
            | Self::PodRuns { pod } => Some(pod),
            _ => None,
        }
    }

    /// The node that a pod is on and starts.
    pub(crate) fn starts_on(self) -> Option<EntityId> {
        match self {
            Self::PodBound { node, .. }
            | Self::PodMounted { node, .. }
            | Self::PodInitialised { node, .. }
            | Self::PodPulled { node, .. } => node,
            _ => None,
        }
    }

    /// Whether an instance started, if it is known which.
    fn starts(self, host: Option<EntityId>) -> bool {
        matches!(self, Self::Started { instance, .. } if Some(instance) == host)
    }

    /// What it begins with, if that is nothing that is here.
    pub(crate) fn origin(self) -> Option<Origin> {
        match self {
            Self::NodeUnknown { .. }
            | Self::NodeTainted { .. }
            | Self::PodNotReady { .. }
            | Self::Leads { .. }
            | Self::Runbook { stage: RunbookStage::Begun | RunbookStage::Noticed, .. }
            | Self::PodLeaves { reason: PodReason::TaintEviction | PodReason::NodeGone, .. } => {
                Some(Origin::Fault)
            }
            Self::PodLeaves { .. } | Self::Operated { .. } | Self::Rescaled { .. } => Some(Origin::Itself),
            _ => None,
        }
    }

    /// The phase that comes next on the way of a workload's pod; `None` where that is not known.
    pub(crate) fn awaits(self) -> Option<&'static str> {
        Some(match self {
            Self::Leads { .. } => "detect",
            Self::Runbook { stage: RunbookStage::Begun, .. } => "notice",
            Self::Runbook { stage: RunbookStage::Noticed, .. } => "decide",
            Self::Runbook { stage: RunbookStage::Decided | RunbookStage::Effective, .. } => "act",
            Self::NodeUnknown { .. } | Self::PodNotReady { .. } => "taint",
            Self::NodeTainted { .. } => "tolerate",
            Self::PodLeaves { .. } | Self::PodGone { .. } | Self::Rescaled { .. } => "create",
            Self::PodMade { .. } | Self::NodeReady { .. } => "schedule",
            Self::PodReleased { .. } => "attach",
            Self::PodBound { .. } | Self::PodMounted { .. } | Self::PodInitialised { .. } => "pull",
            Self::PullFailed { .. } => "image",
            Self::PodPulled { .. } | Self::Launched { .. } => "start",
            Self::PodRuns { .. } => "ready",
            Self::AutoscalerResumed => "scan",
            Self::LaunchFailed { .. } => "backoff",
            Self::GroupGrows { .. } => "replace",
            Self::NodesClaimed { .. } => "claim",
            Self::Asked { .. } => "launch",
            Self::Started { .. } => "join",
            _ => return None,
        })
    }

    /// Whether it may be what people waited for who had done something to that.
    fn comes_of(self, target: EntityId) -> bool {
        match self {
            Self::Failover { database, .. } | Self::Writer { database } => database == target,
            Self::Asked { group, .. } => group == Some(target),
            Self::Created { stack, .. } => stack == target,
            Self::QuotaRaised { region: of }
            | Self::ImageMade { image: of }
            | Self::SecretSet { secret: of, .. } => of == target,
            Self::Launched { .. } | Self::Started { .. } => true,
            Self::PodServes { workload, .. } => workload == target,
            _ => false,
        }
    }

    pub(crate) fn is_failover_of(self, database: EntityId) -> bool {
        matches!(self, Self::Failover { database: of, .. } if of == database)
    }

    /// Whether it can end failures that point to a part of the path.
    fn concerns(self, blame: Blame) -> bool {
        if blame == Blame::Network {
            // Whatever leads around what lies between.
            return !matches!(self, Self::Failover { is_needed: false, .. });
        }
        match self {
            Self::Failover { is_needed: false, .. } => false,
            Self::FaultEnded { .. }
            | Self::Runbook { .. }
            | Self::Created { .. }
            | Self::OverQuota { .. }
            | Self::QuotaRaised { .. }
            | Self::Lacks { .. }
            | Self::ImageMade { .. } => true,
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
            | Self::PodInitialised { .. }
            | Self::PullFailed { .. }
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
            // It leads around all that a load balancer stands for.
            Self::Rerouted { .. } => blame != Blame::Outside,
            Self::Failover { .. }
            | Self::Writer { .. }
            | Self::Reconnected { .. }
            | Self::SecretSet { .. } => blame == Blame::Database,
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
            Self::Held { .. } => DETACH,
            Self::Ending { .. } => "terminate",
        }
    }

    /// Whether it began to wait with that.
    pub(crate) fn begins_with(self, step: Step) -> bool {
        match (self, step) {
            (Self::NoRoom { pod }, Step::PodMade { pod: of, .. })
            | (Self::Held { pod }, Step::PodBound { pod: of, .. }) => of == pod,
            (Self::Ending { workload, node }, Step::PodLeaves { workload: of, node: on, .. }) => {
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
    /// The number of its record.
    pub(crate) number: u64,
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

    /// The instance that a node runs on.
    pub(crate) fn instance_of(&self, node: EntityId) -> Option<EntityId> {
        self.of_nodes.get(&node).copied()
    }

    /// Whether an instance is, or becomes, a node.
    pub(crate) fn have(&self, instance: EntityId) -> bool {
        self.all.contains(&instance)
    }

    /// The cluster that has the instances of a group, or of a pool, for its nodes.
    fn cluster_of(&self, group: EntityId, names: &Names) -> Option<EntityId> {
        let parent = |entity: EntityId| names.entity(entity).and_then(|entity| entity.parent);
        let (node, _) = self.of_nodes.iter().find(|(_, host)| parent(**host) == Some(group))?;
        parent(*node)
    }
}

/// Whether a workload of that name, `NAMESPACE/KIND/NAME` at its end, has a pod for each node.
pub(crate) fn is_daemon_set(workload: &str) -> bool {
    kind_of(workload) == Some("daemonset")
}

/// Whether a workload of that name makes no other pod of a name before the last one is gone.
pub(crate) fn is_stateful_set(workload: &str) -> bool {
    kind_of(workload) == Some("statefulset")
}

/// The word for the kind of a workload, in its name.
pub(crate) fn kind_of(workload: &str) -> Option<&str> {
    workload.rsplit('/').nth(1)
}

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

    /// What decides how soon RDS notices what happened before that time: that a writer is cut off, or that it is gone.
    fn rds_detection(self, at: SimTime) -> &'static str {
        let touching =
            self.all.iter().zip(self.touching).filter(|(fault, touches)| **touches && fault.at <= at);
        match touching.max_by_key(|(fault, _)| fault.at) {
            Some((fault, _)) if fault.kind == "ZonePartition" => "assumptions.rds.detection_cut_off",
            _ => "assumptions.rds.detection_crash",
        }
    }
}

/// What the names that a service is asked by turn by: health checks, routing controls, themselves where people change them.
fn turned_by(changes: &[Change], reach: &Reach) -> BTreeSet<EntityId> {
    let turned = changes.iter().filter_map(|change| match change.record {
        Record::DnsRecordChanged { record, health_check, .. } if reach.contains(record) => Some(health_check),
        _ => None,
    });
    turned.collect()
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
    let mut names_led = NamesLed::default();
    // Pods that an image could not be had for, and what owns that.
    let mut unpulled: BTreeMap<EntityId, Vec<String>> = BTreeMap::new();
    let turned_by = turned_by(changes, reach);
    let mut milestones: Vec<Milestone> = changes
        .iter()
        .filter_map(|change| {
            if !traffic.changes_by(&change.record) {
                return None;
            }
            if !names_led.changes_by(&change.record) {
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
            let (mut step, mut phase, mut settings) = match &change.record {
                Record::Intervened(done) if done.refusal.is_none() && turned_by.contains(&done.target) => {
                    (Step::Operated { target: done.target }, OPERATOR, Vec::new())
                }
                _ => milestone(change, reach, faults, (names, hosts), &recoveries)?,
            };
            match &mut step {
                Step::Started { instance, new } => {
                    let later = traffic.launched_later.contains(instance);
                    *new = hosts.all.contains(instance) || (later && !traffic.opens(*instance, names));
                }
                Step::Rerouted { by, heals, .. } => *heals = names_led.passing.contains(by),
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
                Step::PullFailed { pod } => {
                    unpulled.insert(*pod, settings.clone());
                }
                Step::PodInitialised { pod, .. } | Step::PodPulled { pod, .. } => {
                    // Its kubelet has backed off for some of the time.
                    if let Some(owners) = unpulled.remove(pod) {
                        (phase, settings) = ("image", owners);
                    }
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
            Some(Milestone { at: change.at, number: change.number, step, phase, settings })
        })
        .collect();
    let is_ordered = |workload: EntityId| is_stateful_set(names.name(workload));
    milestones.retain(|milestone| match milestone.step {
        Step::PodGone { pod, workload, .. } => replaced.contains(&pod) || workload.is_some_and(is_ordered),
        _ => true,
    });
    milestones
}

/// Where names lead, and the health checks that pass.
#[derive(Default)]
struct NamesLed {
    left: BTreeSet<EntityId>,
    passing: BTreeSet<EntityId>,
}

impl NamesLed {
    /// Takes in a record; false if it is one of a load balancer that nobody is led to any more.
    fn changes_by(&mut self, record: &Record) -> bool {
        match *record {
            Record::HealthCheckChanged { health_check, healthy: true } => {
                self.passing.insert(health_check);
            }
            Record::HealthCheckChanged { health_check, healthy: false } => {
                self.passing.remove(&health_check);
            }
            Record::DnsRecordChanged { balancer, listed: true, .. } => {
                self.left.remove(&balancer);
            }
            Record::DnsRecordChanged { balancer, listed: false, .. } => {
                self.left.insert(balancer);
            }
            Record::DnsAnswerChanged { balancer, .. } => return !self.left.contains(&balancer),
            _ => {}
        }
        true
    }
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
    /// Whether nobody of an instance's group is in service: then load balancers send requests to whoever is registered (ALB-09),
    /// so that it serves as soon as it answers.
    fn opens(&self, instance: EntityId, names: &Names) -> bool {
        let group = |of: EntityId| names.entity(of).and_then(|entity| entity.parent);
        let serves = |of: EntityId| {
            let mut verdicts = self.known.iter().filter(|((_, target), _)| *target == of).peekable();
            let unheard = verdicts.peek().is_none();
            verdicts.any(|(_, healthy)| *healthy) || unheard && !self.launched_later.contains(&of)
        };
        let mut members = names.of_kind(EntityKind::Instance).map(|entity| entity.id);
        !members.any(|of| group(of) == group(instance) && serves(of))
    }

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
    let of = |kind: &str, entity: EntityId, fields: &[&str]| fields_of(kind, entity, fields, names);
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
            (step, "dns", vec!["assumptions.load_balancer.dns_reaction".to_owned()])
        }
        Record::DnsRecordChanged { record, listed, health_check, balancer } if reach.contains(*record) => {
            let (record, balancer, listed, by) = (*record, *balancer, *listed, *health_check);
            let step = Step::Rerouted { record, balancer, listed, by, heals: false };
            let by_hand = names.entity(by).is_some_and(|of| of.kind == EntityKind::RoutingControl);
            if by == record || by_hand {
                // People changed it, or switched what it turns by.
                let switch = by_hand.then(|| "assumptions.health_checks.routing_control".to_owned());
                return Some((step, "dns", switch.into_iter().collect()));
            }
            (step, "detect", of("health_checks", by, &OF_CHECKERS))
        }
        Record::FailoverStepEnded { database, step } => {
            let of_step = |recovery: &&Recovery| recovery.has_step(*database, change.at);
            let kind = recoveries.iter().find(of_step).map(|recovery| recovery.kind);
            let (phase, mut settings) = of_failover(*database, *step, kind, names);
            if *step == FailoverStep::Detect {
                settings.push(faults.rds_detection(change.at).to_owned());
            }
            let is_needed = reach.contains(*database);
            (Step::Failover { database: *database, step: *step, is_needed }, phase, settings)
        }
        Record::DatabaseInstanceChanged { database, state: DatabaseInstanceState::Writer, .. }
            if reach.contains(*database) =>
        {
            let fields = of("databases", *database, &["checkpoint_interval", "recovery", "multi_az"]);
            (Step::Writer { database: *database }, "recover", fields)
        }
        Record::TableReplicaChanged { table, up: true, .. } if reach.contains(*table) => {
            (Step::Writer { database: *table }, "repair", Vec::new())
        }
        Record::DatabaseReconnected { database, .. } if reach.contains(*database) => {
            let fields = of("databases", *database, &["clients", "dns_ttl"]);
            (Step::Reconnected { database: *database }, "reconnect", fields)
        }
        Record::RunbookAdvanced(advance) => of_runbook(advance, names)?,
        Record::ResourceCreated(created) => {
            let (stack, target) = (created.stack, created.target);
            (Step::Created { stack, target }, "apply", of("stacks", stack, &["parallelism"]))
        }
        record => {
            return of_regions(record, reach, names)
                .or_else(|| kubernetes_milestone(record, reach, (names, hosts), &of));
        }
    })
}

/// What a region did not have, and has from then on.
fn of_regions(record: &Record, reach: &Reach, names: &Names) -> Option<Described> {
    let entity = |of: EntityId| names.entity(of);
    let quota = |region: EntityId| vec![format!("regions.{}.quotas.vcpus", names.name(region))];
    let copies = |of: EntityId| {
        let field = entity(of).map(|entity| format!("{}.{}.regions", entity.kind.plural(), entity.name));
        field.into_iter().collect()
    };
    Some(match *record {
        Record::QuotaExceeded { group, region, .. } => {
            (Step::OverQuota { group, region }, "no quota", quota(region))
        }
        Record::QuotaRaised { region, .. } => (Step::QuotaRaised { region }, "quota", quota(region)),
        Record::ImageNotFound { group, image, .. } => {
            (Step::Lacks { group: Some(group), what: image }, "no image", copies(image))
        }
        Record::StartFailed { instance, lacks } => {
            let group = entity(instance).and_then(|entity| entity.parent);
            (Step::Lacks { group, what: lacks }, "no start", copies(lacks))
        }
        Record::CopyMade { of, .. } => match entity(of).filter(|of| of.kind == EntityKind::Secret) {
            Some(secret) => {
                // Who only reads goes through instances of the database that it is for.
                let mut parts = names.iter().filter(|of| of.parent == secret.parent);
                let step = Step::SecretSet { secret: of, database: secret.parent };
                parts.any(|of| reach.contains(of.id)).then(|| (step, "secret", copies(of)))?
            }
            None => (Step::ImageMade { image: of }, "image", copies(of)),
        },
        Record::ImagePullFailed { pod, image, .. } if reach.contains(pod) => {
            (Step::PullFailed { pod }, "image", copies(image))
        }
        _ => return None,
    })
}

/// The settings of a thing that may own a phase.
fn fields_of(kind: &str, entity: EntityId, fields: &[&str], names: &Names) -> Vec<String> {
    fields.iter().map(|field| format!("{kind}.{}.{field}", names.name(entity))).collect()
}

/// What a runbook's coming further ends.
fn of_runbook(advance: &RunbookAdvance, names: &Names) -> Option<Described> {
    let name = names.name(advance.runbook);
    let field = |field: &str| vec![format!("runbooks.{name}.{field}")];
    let of_step = |own: &str| field(&format!("steps.{}.{own}", advance.step));
    let (phase, settings) = match (advance.stage, advance.target) {
        (RunbookStage::Begun, Some(by))
            if names.entity(by).is_some_and(|of| of.kind == EntityKind::Runbook) =>
        {
            (IN_VAIN, Vec::new())
        }
        (RunbookStage::Begun, Some(check)) => {
            ("detect", fields_of("health_checks", check, &OF_CHECKERS, names))
        }
        (RunbookStage::Noticed, _) => ("notice", field("notice")),
        (RunbookStage::Decided, _) => ("decide", field("decide")),
        (RunbookStage::Acted, _) => ("act", of_step("takes")),
        (RunbookStage::Failed, _) => (IN_VAIN, of_step("within")),
        (RunbookStage::Begun, None) | (RunbookStage::Effective | RunbookStage::Finished, _) => {
            return None;
        }
    };
    let (runbook, stage, target) = (advance.runbook, advance.stage, advance.target);
    Some((Step::Runbook { runbook, stage, target }, phase, settings))
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
            (asked, "claim", vec!["assumptions.kube.create_fleet".to_owned()])
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

/// The phase that a step of a failover ends, with the settings of the database that may own it.
pub(crate) fn of_failover(
    database: EntityId,
    step: FailoverStep,
    kind: Option<RecoveryKind>,
    names: &Names,
) -> (&'static str, Vec<String>) {
    // A restore or a promotion takes that long because no standby was there; a failover's detection, promotion and
    // name are AWS's own.
    let without_standby = matches!(kind, Some(RecoveryKind::Restore | RecoveryKind::Promotion));
    let (phase, fields, assumed): (_, &[&str], _) = match step {
        FailoverStep::Detect => ("detect", &[], None),
        FailoverStep::Decide => ("decide", &["recovery"], None),
        FailoverStep::Recover if without_standby => ("recover", &["multi_az"], None),
        FailoverStep::Recover => {
            ("recover", &["checkpoint_interval", "redo_per_commit", "replay_per_second"], None)
        }
        FailoverStep::Promote if kind == Some(RecoveryKind::Promotion) => {
            ("promote", &["multi_az"], Some("replica_promotion"))
        }
        FailoverStep::Promote if without_standby => ("promote", &["multi_az"], None),
        FailoverStep::Promote => ("promote", &[], Some("promotion")),
        FailoverStep::Dns if without_standby => ("dns", &["dns_ttl"], Some("repointing")),
        FailoverStep::Dns => ("dns", &["dns_ttl"], Some("dns_change")),
        FailoverStep::Retrieve => ("retrieve", &["backups"], None),
    };
    let assumed = assumed.map(|name| format!("assumptions.rds.{name}"));
    (phase, fields_of("databases", database, fields, names).into_iter().chain(assumed).collect())
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
                | Step::Runbook { .. }
                | Step::Created { .. }
                | Step::OverQuota { .. }
                | Step::QuotaRaised { .. }
                | Step::Lacks { .. }
                | Step::ImageMade { .. }
                | Step::AutoscalerResumed
                | Step::GroupGrows { .. }
                | Step::LaunchFailed { .. }
                | Step::NodesClaimed { .. }
                | Step::Failover { is_needed: false, .. }
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
                | Step::Runbook { .. }
                | Step::Created { .. }
                | Step::OverQuota { .. }
                | Step::QuotaRaised { .. }
                | Step::Lacks { .. }
                | Step::ImageMade { .. }
                | Step::Rescaled { .. }
                | Step::PodMade { .. }
                | Step::PodBound { .. }
                | Step::PodGone { .. }
                | Step::PodReleased { .. }
                | Step::PodMounted { .. }
                | Step::PodInitialised { .. }
                | Step::PullFailed { .. }
                | Step::PodPulled { .. }
                | Step::PodRuns { .. }
                | Step::PodNotReady { .. }
                | Step::AutoscalerResumed
                | Step::GroupGrows { .. }
                | Step::LaunchFailed { .. }
                | Step::NodesClaimed { .. }
                | Step::PodUnlisted { .. }
                | Step::Failover { is_needed: false, .. }
                | Step::Failover {
                    step: FailoverStep::Detect
                        | FailoverStep::Decide
                        | FailoverStep::Retrieve
                        | FailoverStep::Recover,
                    ..
                }
        )
    }
}

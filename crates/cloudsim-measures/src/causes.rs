//! Which fault can be behind what a service suffers: when it was active, and whether it reaches the service.

use crate::measures::Change;
use crate::tally::Tally;
use cloudsim_records::{
    DatabaseInstanceState, EntityId, EntityKind, FaultInfo, InstanceState, Names, Record, RunStarted,
    ServiceInfo,
};
use cloudsim_units::SimTime;
use std::collections::BTreeSet;

/// The faults that break nothing: they keep from it what would be launched or changed.
const BREAK_NOTHING: [&str; 3] = ["InsufficientCapacity", "ControlPlaneLoss", "ApiServerOutage"];

/// When a fault was at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FaultSpan {
    /// Its index in the scenario.
    pub(crate) fault: usize,
    /// Whether it breaks something itself, and does not only keep others from making up for it.
    pub(crate) breaks: bool,
    /// The number of the record that it started with.
    pub(crate) record: u64,
    pub(crate) started: SimTime,
    /// When its cause ended.
    pub(crate) ended: Option<SimTime>,
    /// When its cause had ended and nothing in the world was broken any more.
    pub(crate) over: Option<SimTime>,
}

impl FaultSpan {
    /// Whether it was at work at some instant of `from..to`.
    pub(crate) fn is_active_in(&self, from: SimTime, to: SimTime) -> bool {
        self.started < to && self.over.is_none_or(|over| over > from)
    }
}

/// The faults that started, in the order in which they did.
pub(crate) fn fault_spans(run: &RunStarted, changes: &[Change]) -> Vec<FaultSpan> {
    let mut spans: Vec<FaultSpan> = Vec::new();
    let mut broken = BTreeSet::new();
    for change in changes {
        match &change.record {
            Record::FaultStarted { fault } => {
                let fault = *fault as usize;
                assert!(fault < run.faults.len(), "a fault of the scenario");
                let breaks = !BREAK_NOTHING.contains(&run.faults[fault].kind.as_str());
                let (started, record) = (change.at, change.number);
                spans.push(FaultSpan { fault, breaks, record, started, ended: None, over: None });
            }
            Record::FaultEnded { fault } => {
                let ending = spans.iter_mut().rfind(|span| span.fault == *fault as usize);
                ending.expect("a fault starts before it ends").ended = Some(change.at);
            }
            record => note_broken(record, &mut broken),
        }
        if broken.is_empty() {
            for span in spans.iter_mut().filter(|span| span.ended.is_some() && span.over.is_none()) {
                span.over = Some(change.at);
            }
        } else {
            // What breaks at the instant at which a fault ends is still that fault's doing.
            for span in spans.iter_mut().filter(|span| span.over == Some(change.at)) {
                span.over = None;
            }
        }
    }
    spans
}

/// Keeps the set of what is broken.
fn note_broken(record: &Record, broken: &mut BTreeSet<EntityId>) {
    let (entity, whole) = match record {
        Record::InstanceStateChanged { instance, state } => (
            *instance,
            matches!(state, InstanceState::Running | InstanceState::Terminating | InstanceState::Terminated),
        ),
        Record::BalancerNodeChanged { node: entity, up }
        | Record::NatGatewayChanged { nat_gateway: entity, up } => (*entity, *up),
        Record::DatabaseInstanceChanged { instance, state, .. } => (
            *instance,
            !matches!(
                state,
                DatabaseInstanceState::Unreachable
                    | DatabaseInstanceState::Crashed
                    | DatabaseInstanceState::Starting
            ),
        ),
        _ => return,
    };
    if whole {
        broken.remove(&entity);
    } else {
        broken.insert(entity);
    }
}

/// All that a service's requests go through, as far as the records tell.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    entities: BTreeSet<EntityId>,
    zones: BTreeSet<EntityId>,
}

impl Reach {
    /// What the service depends on, what its first requests went through, and the parts of both: the nodes of a
    /// balancer, the targets of a group and their whole Auto Scaling group, the instances of a database.
    pub(crate) fn of(service: &ServiceInfo, tally: &Tally, names: &Names, changes: &[Change]) -> Self {
        let mut entities: BTreeSet<EntityId> = service.depends_on.iter().copied().collect();
        entities.extend(&tally.seen);
        for change in changes {
            if let Record::TargetRegistered { group, target }
            | Record::TargetHealthChanged { group, target, .. } = &change.record
                && entities.contains(group)
            {
                entities.insert(*target);
            }
        }
        let groups: BTreeSet<EntityId> = entities
            .iter()
            .filter_map(|id| names.entity(*id))
            .filter(|entity| matches!(entity.kind, EntityKind::Instance | EntityKind::Pod))
            .filter_map(|member| member.parent)
            .collect();
        entities.extend(groups);
        for entity in names.iter() {
            if entity.parent.is_some_and(|parent| entities.contains(&parent)) {
                entities.insert(entity.id);
            }
        }
        let zones = entities.iter().filter_map(|id| names.entity(*id)?.zone).collect();
        Self { entities, zones }
    }

    /// Whether pods are among it: they may be on any node.
    pub(crate) fn has_pods(&self, names: &Names) -> bool {
        self.entities.iter().any(|id| names.entity(*id).is_some_and(|entity| entity.kind == EntityKind::Pod))
    }

    /// Whether something of it is in a cluster.
    pub(crate) fn is_in(&self, cluster: EntityId, names: &Names) -> bool {
        let parent = |id: &EntityId| names.entity(*id).and_then(|entity| entity.parent);
        self.entities.iter().filter_map(parent).any(|parent| parent == cluster)
    }

    pub(crate) fn contains(&self, entity: EntityId) -> bool {
        self.entities.contains(&entity)
    }

    /// Whether a fault hits something of the service. What routes its packets is not in the records, so a fault of
    /// anything else than zones, balancers, groups, instances and databases is taken to.
    pub(crate) fn is_touched_by(&self, fault: &FaultInfo, names: &Names) -> bool {
        let mut hit = names.iter().filter(|entity| entity.name == fault.target).peekable();
        if hit.peek().is_none() {
            return true;
        }
        hit.any(|entity| match entity.kind {
            EntityKind::Region => {
                let is_here =
                    |zone: &EntityId| names.entity(*zone).and_then(|zone| zone.parent) == Some(entity.id);
                self.zones.iter().any(is_here) || self.has_pods(names)
            }
            EntityKind::Zone => self.zones.contains(&entity.id) || self.has_pods(names),
            EntityKind::AutoScalingGroup | EntityKind::NodePool | EntityKind::Instance => {
                self.contains(entity.id) || self.has_pods(names)
            }
            EntityKind::Cluster => self.is_in(entity.id, names),
            EntityKind::LoadBalancer
            | EntityKind::BalancerNode
            | EntityKind::TargetGroup
            | EntityKind::Endpoint
            | EntityKind::Database
            | EntityKind::DatabaseInstance => self.contains(entity.id),
            _ => true,
        })
    }
}

//! The run as series over time, for drawing.

use crate::buckets::{BUCKET_NANOS, State, Window};
use crate::choices::Choice;
use crate::conditions::{Absence, DatabaseLane};
use crate::groups::GroupLane;
use crate::heat::HeatColumn;
use crate::measures::Change;
use crate::placement::{Moved, Placement, Standing};
use crate::tally::Tally;
use crate::timeline::RefusedLaunches;
use crate::workload::Serving;
use cloudsim_records::{
    Action, EntityId, EntityKind, InstanceState, Names, NodeState, Record, Refusal, RequestFinished,
    RunStarted, ServiceInfo, WorkloadInfo,
};
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// The series of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// What an operator did, in order of time.
    pub interventions: Vec<InterventionMark>,
    /// The zones that have instances or nodes, in the order of the inventory.
    pub zones: Vec<ZoneLane>,
    /// The services, in the scenario's order.
    pub services: Vec<ServiceLane>,
    /// The databases, in the scenario's order.
    pub databases: Vec<DatabaseLane>,
    /// From when on how many pods wait for a node or for their containers, in all clusters; the first is at t = 0.
    pub pending: Vec<(SimTime, u32)>,
    /// What did not work, in order of time.
    pub absences: Vec<Absence>,
    /// Where pods ran before, during and after the first fault, in order of time; empty of a run without nodes.
    pub placements: Vec<Placement>,
    /// Servers by group and zone, in the order in which their groups came to be.
    pub groups: Vec<GroupLane>,
    /// Launches that were refused, by who asked and why.
    pub refused: Vec<RefusedLaunches>,
    /// Nodes that were chosen, with what the scheduler's plugins said, in order of time.
    pub choices: Vec<Choice>,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterventionMark {
    /// When.
    pub at: SimTime,
    /// The number of its record.
    pub record: u64,
    /// What.
    pub action: Action,
    /// To what, by name.
    pub target: String,
    /// Why nothing was done, if nothing was.
    pub refusal: Option<Refusal>,
}

pub(crate) fn interventions(names: &Names, changes: &[Change]) -> Vec<InterventionMark> {
    let mark = |change: &Change| match &change.record {
        Record::Intervened(intervention) => Some(InterventionMark {
            at: change.at,
            record: change.number,
            action: intervention.action,
            target: names.name(intervention.target).to_owned(),
            refusal: intervention.refusal,
        }),
        _ => None,
    };
    changes.iter().filter_map(mark).collect()
}

impl Lanes {
    /// How many of the requests that arrived in `from..to`, in whole seconds, came in by a zone, and how many by any;
    /// `None` if none did.
    #[must_use]
    pub fn traffic(&self, zone: &ZoneLane, from: SimTime, to: SimTime) -> Option<(u64, u64)> {
        let whole = self.zones.iter().map(|zone| zone.entered(from, to)).sum();
        (whole > 0).then(|| (zone.entered(from, to), whole))
    }
}

/// How many instances run in a zone, and how many requests come in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLane {
    /// The zone's name.
    pub zone: String,
    /// How many requests came in by a load balancer's node of the zone, by the second of their arrival.
    pub entered: Vec<u32>,
    /// From when on how many run; the first is at t = 0.
    pub running: Vec<(SimTime, u32)>,
    /// The same of all instances that there are, from when they are asked for until they are terminated.
    pub instances: Vec<(SimTime, u32)>,
    /// The same of nodes of Kubernetes that are ready, as the API has it.
    pub nodes: Vec<(SimTime, u32)>,
    /// The same of all nodes that the API has, ready or not.
    pub registered: Vec<(SimTime, u32)>,
    /// The same of pods that run.
    pub pods: Vec<(SimTime, u32)>,
}

impl ZoneLane {
    fn entered(&self, from: SimTime, to: SimTime) -> u64 {
        let end = second(to).max(second(from) + 1).min(self.entered.len());
        self.entered[second(from).min(end)..end].iter().copied().map(u64::from).sum()
    }

    /// The instances that run; where there never is one, the nodes of Kubernetes that are ready.
    #[must_use]
    pub fn hosts(&self) -> &[(SimTime, u32)] {
        if most(&self.running) == 0 && most(&self.nodes) > 0 { &self.nodes } else { &self.running }
    }

    /// The most hosts that there ever were.
    #[must_use]
    pub fn hosts_max(&self) -> u32 {
        most(self.hosts())
    }

    /// The fewest hosts that there were at any instant of `from..to`.
    #[must_use]
    pub fn hosts_min(&self, from: SimTime, to: SimTime) -> u32 {
        let hosts = self.hosts();
        let begin = hosts.partition_point(|(at, _)| *at <= from).saturating_sub(1);
        let within = hosts[begin..].iter().take_while(|(at, _)| *at < to);
        within.map(|(_, hosts)| *hosts).min().unwrap_or(0)
    }
}

fn most(steps: &[(SimTime, u32)]) -> u32 {
    steps.iter().map(|(_, count)| *count).max().unwrap_or(0)
}

/// The good requests of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLane {
    /// The service's name.
    pub service: String,
    /// Whether pods are counted instead of requests: those that serve, of those that should.
    pub counts_pods: bool,
    /// Its windows, in order of time; there are gaps where no requests were.
    pub windows: Vec<ServiceWindow>,
    /// How long its answers took, in columns of time; empty where pods are counted.
    pub heat: Vec<HeatColumn>,
}

/// The requests that arrived in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceWindow {
    /// Its beginning.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
    /// Valid requests.
    pub valid: u64,
    /// Those of them that ended well.
    pub good: u64,
    /// Whether the service was degraded.
    pub degraded: bool,
}

impl ServiceLane {
    /// The worst window that overlaps `from..to`, by its share of good requests.
    #[must_use]
    pub fn worst(&self, from: SimTime, to: SimTime) -> Option<&ServiceWindow> {
        let begin = self.windows.partition_point(|window| window.to <= from);
        let within = self.windows[begin..].iter().take_while(|window| window.from < to);
        within.filter(|window| window.valid > 0).min_by_key(|window| {
            (!window.degraded, u128::from(window.good) * 1_000_000_000 / u128::from(window.valid))
        })
    }
}

pub(crate) fn service_lane(info: &ServiceInfo, windows: &[Window], tally: &Tally) -> ServiceLane {
    let windows = windows
        .iter()
        .map(|window| ServiceWindow {
            from: window.from,
            to: window.to,
            valid: window.valid,
            good: window.good,
            degraded: window.state == State::Degraded,
        })
        .collect();
    ServiceLane {
        service: info.name.clone(),
        counts_pods: false,
        windows,
        heat: tally.heat.columns(&tally.buckets),
    }
}

/// The pods of a workload that serve, of those that should.
pub(crate) fn workload_lane(
    info: &ServiceInfo,
    of: WorkloadInfo,
    states: &[Serving],
    (warm_up, reached): (SimTime, SimTime),
) -> ServiceLane {
    let mut windows: Vec<ServiceWindow> = Vec::new();
    for &Serving { at, pods: serving, wanted, .. } in states {
        let at = at.clamp(warm_up.min(reached), reached);
        if let Some(last) = windows.last_mut() {
            last.to = at;
        }
        let (valid, good) = (u64::from(wanted), u64::from(serving.min(wanted)));
        windows.push(ServiceWindow {
            from: at,
            to: reached,
            valid,
            good,
            degraded: serving < of.needs.map_or(wanted, |needs| needs.pods),
        });
    }
    windows.retain(|window| window.from < window.to);
    ServiceLane { service: info.name.clone(), counts_pods: true, windows, heat: Vec::new() }
}

/// One more, or one fewer, from `at` on.
pub(crate) fn step(steps: &mut Vec<(SimTime, u32)>, at: SimTime, more: bool) {
    let count = steps.last().expect("a lane begins at t = 0").1;
    let count = if more { count + 1 } else { count - 1 };
    match steps.last_mut() {
        Some((last, steps)) if *last == at => *steps = count,
        _ => steps.push((at, count)),
    }
}

/// By which zones requests came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entrances(BTreeMap<EntityId, Vec<u32>>);

impl Entrances {
    pub(crate) fn observe(&mut self, request: &RequestFinished, names: &Names) {
        let Some(zone) = request.hops[0].and_then(|hop| names.entity(hop)?.zone) else { return };
        let seconds = self.0.entry(zone).or_default();
        let place = second(request.arrived);
        if place >= seconds.len() {
            seconds.resize(place + 1, 0);
        }
        seconds[place] += 1;
    }
}

fn second(at: SimTime) -> usize {
    usize::try_from(at.as_nanos() / BUCKET_NANOS).expect("a count of seconds")
}

/// Instances and nodes that there are, in whatever state.
struct There<'a> {
    names: &'a Names,
    hosts: BTreeSet<EntityId>,
}

impl<'a> There<'a> {
    fn at_start(run: &RunStarted, names: &'a Names) -> Self {
        let is_host = |kind| matches!(kind, EntityKind::Instance | EntityKind::Node);
        let hosts = run.entities.iter().filter(|entity| is_host(entity.kind));
        Self { names, hosts: hosts.map(|host| host.id).collect() }
    }

    fn count(&self, zone: EntityId, of: EntityKind) -> u32 {
        let hosts = self.hosts.iter().filter_map(|host| self.names.entity(*host));
        let count = hosts.filter(|host| host.kind == of && host.zone == Some(zone)).count();
        u32::try_from(count).expect("fewer hosts than entity numbers")
    }

    fn apply(&mut self, record: &Record) -> Option<Moved> {
        let (host, more) = match record {
            Record::InstanceStateChanged { instance, state } => {
                (*instance, *state != InstanceState::Terminated)
            }
            Record::NodeChanged { node, state } => (*node, *state != NodeState::Gone),
            _ => return None,
        };
        let is_news = if more { self.hosts.insert(host) } else { self.hosts.remove(&host) };
        let entity = self.names.entity(host).filter(|_| is_news)?;
        Some(Moved { zone: entity.zone?, of: entity.kind, more })
    }
}

/// Instances of the inventory run from the start until a record says otherwise; later ones when a record says so.
pub(crate) fn zone_lanes(
    run: &RunStarted,
    names: &Names,
    changes: &[Change],
    entrances: &Entrances,
) -> Vec<ZoneLane> {
    let zone_of = |instance: EntityId| names.entity(instance).and_then(|instance| instance.zone);
    let mut running: BTreeSet<EntityId> = run
        .entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Instance)
        .map(|instance| instance.id)
        .collect();
    let in_zone = |running: &BTreeSet<EntityId>, zone: EntityId| {
        let count = running.iter().filter(|instance| zone_of(**instance) == Some(zone)).count();
        u32::try_from(count).expect("fewer instances than entity numbers")
    };
    let mut standing = Standing::at_start(run, names);
    let mut there = There::at_start(run, names);
    let has_some = |zone: EntityId| {
        let mut hosts = names.of_kind(EntityKind::Instance).chain(names.of_kind(EntityKind::Node));
        hosts.any(|host| host.zone == Some(zone))
    };
    let mut lanes: Vec<(EntityId, ZoneLane)> = names
        .of_kind(EntityKind::Zone)
        .filter(|zone| has_some(zone.id))
        .map(|zone| {
            let first = |count: u32| vec![(SimTime::ZERO, count)];
            let (nodes, pods) = standing.count(zone.id);
            let lane = ZoneLane {
                zone: zone.name.clone(),
                entered: entrances.0.get(&zone.id).cloned().unwrap_or_default(),
                running: first(in_zone(&running, zone.id)),
                instances: first(there.count(zone.id, EntityKind::Instance)),
                nodes: first(nodes),
                registered: first(there.count(zone.id, EntityKind::Node)),
                pods: first(pods),
            };
            (zone.id, lane)
        })
        .collect();
    for change in changes {
        if let Some(Moved { zone, of, more }) = there.apply(&change.record)
            && let Some((_, lane)) = lanes.iter_mut().find(|(id, _)| *id == zone)
        {
            let is_node = of == EntityKind::Node;
            step(if is_node { &mut lane.registered } else { &mut lane.instances }, change.at, more);
        }
        let moved = match &change.record {
            Record::InstanceStateChanged { instance, state } => {
                let more = *state == InstanceState::Running;
                let is_news = if more { running.insert(*instance) } else { running.remove(instance) };
                let zone = zone_of(*instance).filter(|_| is_news);
                zone.map(|zone| Moved { zone, of: EntityKind::Instance, more })
            }
            record => standing.apply(record),
        };
        let Some(Moved { zone, of, more }) = moved else { continue };
        let Some((_, lane)) = lanes.iter_mut().find(|(id, _)| *id == zone) else { continue };
        let steps = match of {
            EntityKind::Node => &mut lane.nodes,
            EntityKind::Pod => &mut lane.pods,
            _ => &mut lane.running,
        };
        step(steps, change.at, more);
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

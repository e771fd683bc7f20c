//! The changes of state worth telling, in plain words.
//!
//! What happens to many at one instant is one entry, and of what many say about one thing only the first and the last are
//! told: a hundred instances of a dark zone are not a hundred lines.

use crate::document::{FaultMeasures, ServiceMeasures, TimelineEntry};
use crate::measures::Change;
use crate::words;
use cloudsim_records::{
    Action, ClaimReason, DatabaseInstanceState, EntityId, EntityKind, FailoverStep, InstanceState, Names,
    Record, RecoveryPoint, RolloutState, RunbookStage, ScaleReason, TargetHealth,
};
use cloudsim_units::SimTime;
use std::collections::{BTreeMap, BTreeSet};

/// So many names are spelt out; of more only the number.
const NAMES_MAX: usize = 4;

pub(crate) fn timeline(
    names: &Names,
    changes: &[Change],
    faults: &[FaultMeasures],
    services: &[ServiceMeasures],
) -> Vec<TimelineEntry> {
    let mut entries = Vec::new();
    for fault in faults {
        entries.push(entry(
            fault.started,
            &fault.name,
            "fault starts",
            format!("{} of {}", fault.kind, fault.target),
        ));
        if let Some(ended) = fault.ended {
            entries.push(entry(
                ended,
                &fault.name,
                "fault ends",
                format!("{} of {}", fault.kind, fault.target),
            ));
        }
    }
    // What an operator did comes before what follows from it.
    entries.extend(changes.iter().filter_map(|change| runbook(names, change)));
    entries.extend(changes.iter().filter_map(|change| created(names, change)));
    entries.extend(changes.iter().filter_map(|change| intervention(names, change)));
    instances(names, changes, &mut entries);
    health(names, changes, &mut entries);
    reconnects(names, changes, &mut entries);
    entries.extend(changes.iter().filter_map(|change| table(names, change)));
    // A pod whose image cannot be had is told once, however often it is tried.
    let mut unpulled = BTreeSet::new();
    let is_told = |change: &&Change| match change.record {
        Record::ImagePullFailed { pod, image, .. } => unpulled.insert((pod, image)),
        _ => true,
    };
    entries.extend(changes.iter().filter(is_told).filter_map(|change| plain(names, change)));
    for service in services {
        outages(service, &mut entries);
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn entry(at: SimTime, subject: &str, what: &str, detail: String) -> TimelineEntry {
    TimelineEntry { at, subject: subject.to_owned(), what: what.to_owned(), detail }
}

/// A change by itself, in the words of the timeline; `None` of what that does not tell.
pub(crate) fn told(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let at = change.at;
    match &change.record {
        Record::RunbookAdvanced(_) => runbook(names, change),
        Record::ResourceCreated(_) => created(names, change),
        Record::TableReplicaChanged { .. } => table(names, change),
        Record::Intervened(_) => intervention(names, change),
        Record::InstanceStateChanged { instance, state } => {
            let zone = names.entity(*instance).and_then(|info| info.zone);
            Some(entry(at, names.name(*instance), instance_is(*state), in_zone(names, zone)))
        }
        Record::TargetHealthChanged { group, node, target, health } => {
            let detail = format!("target of {}, seen by {}", names.name(*group), names.name(*node));
            Some(entry(at, names.name(*target), target_is(*health)?, detail))
        }
        Record::DatabaseReconnected { server, database } => {
            Some(entry(at, names.name(*server), "writes again", format!("to {}", names.name(*database))))
        }
        _ => plain(names, change),
    }
}

/// How far people have come with what is written down.
fn runbook(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let Record::RunbookAdvanced(advance) = &change.record else { return None };
    let what = match advance.stage {
        RunbookStage::Begun => return None,
        RunbookStage::Noticed => "is opened",
        RunbookStage::Decided => "is decided on",
        RunbookStage::Acted => "step is done",
        RunbookStage::Effective => "step has come about",
        RunbookStage::Failed => "step is in vain",
        RunbookStage::Finished => "is finished",
    };
    Some(entry(change.at, names.name(advance.runbook), what, advance.step.clone()))
}

/// What Terraform has made.
fn created(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let Record::ResourceCreated(created) = &change.record else { return None };
    let took = words::span(change.at.since(created.began));
    let detail = format!("{} after {took}", created.address);
    Some(entry(change.at, names.name(created.stack), "creation complete", detail))
}

fn table(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let Record::TableReplicaChanged { table, region, up } = &change.record else { return None };
    let what = if *up { "region is back" } else { "region is lost" };
    Some(entry(change.at, names.name(*table), what, names.name(*region).to_owned()))
}

/// What an operator did.
fn intervention(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let Record::Intervened(intervention) = &change.record else { return None };
    let what = match intervention.action {
        Action::Failover => "operator reboots with failover",
        Action::Promote => "operator promotes the replica",
        Action::ShiftAway => "operator shifts traffic away",
        Action::ShiftBack => "operator lets traffic come back",
        Action::Scale => "operator scales the group",
        Action::Restart => "operator restarts the process",
        Action::Terminate => "operator terminates the instance",
        Action::Cordon => "operator cordons the node",
        Action::Uncordon => "operator uncordons the node",
        Action::Drain => "operator drains the node",
        Action::ScaleWorkload => "operator scales the workload",
        Action::RestartWorkload => "operator restarts the rollout",
        Action::OutOfService => "operator declares the node out of service",
        Action::SetImage => "operator rolls out another image",
        Action::Create => "operator creates the replica",
        Action::SwitchOver => "operator switches over to the replica",
        Action::Reconcile => "operator writes again what was lost",
        Action::Restore => "operator restores the backup",
        Action::Apply => "operator applies the stack",
        Action::Point => "operator changes the record",
        Action::RaiseQuota => "operator asks for a larger quota",
        Action::SwitchOn => "operator switches the routing control on",
        Action::SwitchOff => "operator switches the routing control off",
        Action::CopyImage => "operator copies the image",
        Action::BuildImage => "operator builds the image",
        Action::SetSecret => "operator sets the secret",
    };
    let refused = intervention.refusal.map(|refusal| format!(": refused, {}", words::apart(refusal.word())));
    let detail = format!("{}{}", intervention.text, refused.unwrap_or_default());
    Some(entry(change.at, names.name(intervention.target), what, detail))
}

/// What Karpenter does.
fn of_karpenter(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let at = change.at;
    let counted = |count: u32, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    Some(match &change.record {
        Record::NodesClaimed { pool, pods, claims } => {
            let detail = format!("{} for {} without room", counted(*claims, "node"), counted(*pods, "pod"));
            entry(at, names.name(*pool), "Karpenter claims nodes", detail)
        }
        Record::NodeClaimLaunched { pool, instance, instance_type } => {
            let zone = names.entity(*instance).and_then(|entity| entity.zone);
            let zone = zone.map_or_else(String::new, |zone| format!(" in zone {}", names.name(zone)));
            let detail = format!("{}: {instance_type}{zone}", names.name(*instance));
            entry(at, names.name(*pool), "is launched an instance", detail)
        }
        Record::OfferingUnavailable { pool, zone, instance_type } => {
            let zone = names.name(*zone);
            let detail = format!("zone {zone} has no {instance_type} (InsufficientInstanceCapacity)");
            entry(at, names.name(*pool), "launch fails", detail)
        }
        Record::NodeClaimRemoved { pool, node, reason } => {
            let why = match reason {
                ClaimReason::Empty => "it is empty",
                ClaimReason::Underutilized => "its pods have room elsewhere",
                ClaimReason::NotRegistered => "it has not joined",
                ClaimReason::NoCapacity => "there is nothing that it may be",
                ClaimReason::InstanceGone => "its instance is gone",
            };
            let of = node.map_or("a node", |node| names.name(node));
            entry(at, names.name(*pool), "Karpenter gives up a node", format!("{of}: {why}"))
        }
        _ => return None,
    })
}

/// Why launches fail, and starts of pods.
/// Launches that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLaunches {
    /// What asked for them.
    pub group: String,
    /// Why they were refused.
    pub why: String,
    /// When the first was.
    pub first: SimTime,
    /// When the last was.
    pub last: SimTime,
    /// How many times.
    pub times: u64,
}

/// What launches were refused, in the order of the first of each kind.
pub(crate) fn refused_launches(names: &Names, changes: &[Change]) -> Vec<RefusedLaunches> {
    let mut refused: Vec<RefusedLaunches> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for change in changes {
        let told = match change.record {
            Record::AddressesExhausted { .. }
            | Record::CapacityInsufficient { .. }
            | Record::QuotaExceeded { .. }
            | Record::ImageNotFound { .. } => of_launches(names, change),
            Record::OfferingUnavailable { .. } => of_karpenter(names, change),
            _ => None,
        };
        let Some(TimelineEntry { at, subject: group, detail: why, .. }) = told else { continue };
        let place = *places.entry((group.clone(), why.clone())).or_insert_with(|| {
            refused.push(RefusedLaunches { group, why, first: at, last: at, times: 0 });
            refused.len() - 1
        });
        refused[place].last = at;
        refused[place].times += 1;
    }
    refused
}

fn of_launches(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let at = change.at;
    Some(match &change.record {
        Record::AddressesExhausted { group, subnet } => {
            let detail = format!("{} has no address left", names.name(*subnet));
            entry(at, names.name(*group), "launch fails", detail)
        }
        Record::CapacityInsufficient { group, zone } => {
            let detail = format!("zone {} has no capacity (InsufficientInstanceCapacity)", names.name(*zone));
            entry(at, names.name(*group), "launch fails", detail)
        }
        Record::QuotaExceeded { group, region, vcpus } => {
            let detail = format!("{} has a quota of {vcpus} vCPUs (VcpuLimitExceeded)", names.name(*region));
            entry(at, names.name(*group), "launch fails", detail)
        }
        Record::QuotaRaised { region, vcpus } => {
            entry(at, names.name(*region), "quota is raised", format!("to {vcpus} vCPUs"))
        }
        Record::ImageNotFound { group, image, region } => {
            let (image, region) = (names.name(*image), names.name(*region));
            let detail = format!("{region} has no copy of {image} (InvalidAMIID.NotFound)");
            entry(at, names.name(*group), "launch fails", detail)
        }
        Record::StartFailed { instance, lacks } => {
            let what = names.name(*lacks);
            let detail = match names.entity(*lacks).map(|entity| entity.kind) {
                Some(EntityKind::Secret) => format!("its region has no secret {what}"),
                _ => format!("it has an old version of {what}"),
            };
            entry(at, names.name(*instance), "does not start", detail)
        }
        Record::CopyMade { of, region } => {
            entry(at, names.name(*of), "is current", format!("in {}", names.name(*region)))
        }
        Record::ImagePullFailed { pod, image, region } => {
            let (image, region) = (names.name(*image), names.name(*region));
            let detail = format!("the registry of {region} does not answer for {image} (ErrImagePull)");
            entry(at, names.name(*pod), "does not get its image", detail)
        }
        _ => return None,
    })
}

/// What has become of a health check, or of the routing control that one rests on.
fn turned(kind: Option<EntityKind>, healthy: bool) -> &'static str {
    match (kind, healthy) {
        (Some(EntityKind::RoutingControl), true) => "routing control is on",
        (Some(EntityKind::RoutingControl), false) => "routing control is off",
        (_, true) => "health check passes",
        (_, false) => "health check fails",
    }
}

/// What a recovery point costs.
fn lost(point: &RecoveryPoint, names: &Names) -> String {
    let to = names.name(point.to);
    match point.commits_lost {
        0 if point.rpo.is_zero() => format!("to {to}: no acknowledged commit is lost"),
        commits => format!(
            "to {to}: {} acknowledged commits are lost, {} back",
            words::lost(commits, point.rpo, point.started),
            words::span(point.rpo)
        ),
    }
}

/// Changes that are told one by one.
fn plain(names: &Names, change: &Change) -> Option<TimelineEntry> {
    let at = change.at;
    let up = |up: bool| if up { "works again" } else { "is down" };
    Some(match &change.record {
        Record::BalancerNodeChanged { node, up: is } => entry(at, names.name(*node), up(*is), String::new()),
        Record::NatGatewayChanged { nat_gateway, up: is } => {
            entry(at, names.name(*nat_gateway), up(*is), String::new())
        }
        Record::NatPortsChanged { nat_gateway, endpoint, exhausted } => {
            let what = if *exhausted { "has no port left (ErrorPortAllocation)" } else { "has ports again" };
            entry(at, names.name(*nat_gateway), what, format!("for {}", names.name(*endpoint)))
        }
        Record::AddressesExhausted { .. }
        | Record::CapacityInsufficient { .. }
        | Record::QuotaExceeded { .. }
        | Record::QuotaRaised { .. }
        | Record::ImageNotFound { .. }
        | Record::StartFailed { .. }
        | Record::CopyMade { .. }
        | Record::ImagePullFailed { .. } => return of_launches(names, change),
        Record::RolloutChanged { workload, state } => {
            let what = match state {
                RolloutState::Progressing => "rollout goes on",
                RolloutState::Complete => "rollout is complete",
                RolloutState::DeadlineExceeded => "rollout makes no progress (ProgressDeadlineExceeded)",
            };
            entry(at, names.name(*workload), what, String::new())
        }
        Record::NodeGroupScaled { group, from, to, reason } => {
            let why = match reason {
                ScaleReason::PodsPending => "pods wait for room",
                ScaleReason::NodeUnneeded => "a node is not needed",
                ScaleReason::LaunchFailed => "launches fail",
                ScaleReason::NotRegistered => "an instance has not joined",
            };
            entry(at, names.name(*group), "is scaled", format!("from {from} to {to} nodes: {why}"))
        }
        Record::AutoscalerHalted { cluster, halted, unready, nodes } => {
            let what = if *halted { "autoscaler stops" } else { "autoscaler goes on" };
            entry(at, names.name(*cluster), what, format!("{unready} of {nodes} nodes are unready"))
        }
        Record::NodesClaimed { .. }
        | Record::NodeClaimLaunched { .. }
        | Record::OfferingUnavailable { .. }
        | Record::NodeClaimRemoved { .. } => return of_karpenter(names, change),
        Record::DnsAnswerChanged { balancer, node, listed } => {
            let what = if *listed { "DNS answer gains an address" } else { "DNS answer loses an address" };
            entry(at, names.name(*balancer), what, names.name(*node).to_owned())
        }
        Record::HealthCheckChanged { health_check, healthy } => {
            let what = turned(names.entity(*health_check).map(|of| of.kind), *healthy);
            entry(at, names.name(*health_check), what, String::new())
        }
        Record::DnsRecordChanged { record, balancer, listed, health_check } => {
            let what = if *listed { "name leads there" } else { "name leads there no longer" };
            let detail = format!("{}, by {}", names.name(*balancer), names.name(*health_check));
            entry(at, names.name(*record), what, detail)
        }
        Record::WorkloadRescaled { workload, from, to, reason } => {
            entry(at, names.name(*workload), "is rescaled", format!("from {from} to {to} pods: {reason}"))
        }
        Record::DatabaseInstanceChanged { database, instance, state } => {
            let what = match state {
                DatabaseInstanceState::Writer => "takes writes",
                DatabaseInstanceState::Standby => "mirrors the writer",
                DatabaseInstanceState::Replica => "follows the writer",
                DatabaseInstanceState::Unreachable => "is unreachable",
                DatabaseInstanceState::Crashed => "has crashed",
                DatabaseInstanceState::Starting => "starts",
                DatabaseInstanceState::Abandoned => "is abandoned",
            };
            entry(at, names.name(*instance), what, format!("of {}", names.name(*database)))
        }
        Record::FailoverStepEnded { database, step } => {
            let what = match step {
                FailoverStep::Detect => "failure is detected",
                FailoverStep::Decide => "recovery is decided on",
                FailoverStep::Recover => "data is recovered",
                FailoverStep::Promote => "new writer is promoted",
                FailoverStep::Dns => "name points to the new writer",
                FailoverStep::Retrieve => "backup can be read",
            };
            entry(at, names.name(*database), what, String::new())
        }
        Record::RecoveryPointChosen(point) => {
            entry(at, names.name(point.database), "recovery point is chosen", lost(point, names))
        }
        Record::FailoverFinished { database, to } => {
            entry(at, names.name(*database), "takes writes again", names.name(*to).to_owned())
        }
        _ => return None,
    })
}

/// States of instances: those of one group and zone that change in the same way at the same instant are one entry.
fn instances(names: &Names, changes: &[Change], entries: &mut Vec<TimelineEntry>) {
    type Key = (SimTime, InstanceState, Option<EntityId>, Option<EntityId>);
    let mut together: BTreeMap<Key, Vec<EntityId>> = BTreeMap::new();
    for change in changes {
        if let Record::InstanceStateChanged { instance, state } = &change.record {
            let info = names.entity(*instance);
            let (group, zone) = info.map_or((None, None), |info| (info.parent, info.zone));
            together.entry((change.at, *state, group, zone)).or_default().push(*instance);
        }
    }
    for ((at, state, group, zone), members) in together {
        let what = instance_is(state);
        let zone = in_zone(names, zone);
        if let [one] = members[..] {
            entries.push(entry(at, names.name(one), what, zone));
        } else {
            let subject = group.map_or("instances", |group| names.name(group));
            let members = spelt(names, &members);
            entries.push(entry(at, subject, what, format!("{members} {zone}").trim_end().to_owned()));
        }
    }
}

fn in_zone(names: &Names, zone: Option<EntityId>) -> String {
    zone.map_or_else(String::new, |zone| format!("in zone {}", names.name(zone)))
}

fn instance_is(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Pending => "launch is asked for",
        InstanceState::Booting => "host runs",
        InstanceState::Running => "process answers",
        InstanceState::ProcessDown => "process is down",
        InstanceState::HostDown => "host is gone",
        InstanceState::Impaired => "status checks fail",
        InstanceState::Terminating => "is taken out",
        InstanceState::Terminated => "is terminated",
    }
}

/// What a node thinks of a target, once it does.
fn target_is(health: TargetHealth) -> Option<&'static str> {
    match health {
        TargetHealth::Healthy => Some("is healthy"),
        TargetHealth::UnhealthyTimeout | TargetHealth::UnhealthyRefused => Some("is unhealthy"),
        TargetHealth::Initial | TargetHealth::Draining => None,
    }
}

fn spelt(names: &Names, members: &[EntityId]) -> String {
    if members.len() > NAMES_MAX {
        return format!("{} instances", members.len());
    }
    members.iter().map(|member| names.name(*member)).collect::<Vec<_>>().join(", ")
}

/// What nodes think of a target: of each change of mind the first node and the last.
fn health(names: &Names, changes: &[Change], entries: &mut Vec<TimelineEntry>) {
    struct Run {
        what: &'static str,
        first: (SimTime, EntityId),
        last: (SimTime, EntityId),
        nodes: u32,
    }
    let mut runs: BTreeMap<(EntityId, EntityId), Vec<Run>> = BTreeMap::new();
    for change in changes {
        let Record::TargetHealthChanged { group, node, target, health } = &change.record else { continue };
        let Some(what) = target_is(*health) else { continue };
        let seen = (change.at, *node);
        let runs = runs.entry((*group, *target)).or_default();
        match runs.last_mut().filter(|run| run.what == what) {
            Some(run) => {
                run.last = seen;
                run.nodes += 1;
            }
            None => runs.push(Run { what, first: seen, last: seen, nodes: 1 }),
        }
    }
    for ((group, target), runs) in runs {
        for run in runs {
            let mut tell = |(at, node): (SimTime, EntityId), which: String| {
                let detail = format!("target of {}, seen by {}{which}", names.name(group), names.name(node));
                entries.push(entry(at, names.name(target), run.what, detail));
            };
            if run.nodes == 1 {
                tell(run.first, String::new());
            } else {
                tell(run.first, " first".to_owned());
                tell(run.last, format!(" as the last of {} nodes", run.nodes));
            }
        }
    }
}

/// Servers that reach their database again: after each failover or restart the first and the last.
fn reconnects(names: &Names, changes: &[Change], entries: &mut Vec<TimelineEntry>) {
    struct Run {
        database: EntityId,
        first: (SimTime, EntityId),
        last: (SimTime, EntityId),
        servers: u32,
    }
    fn tell(run: &Run, names: &Names, entries: &mut Vec<TimelineEntry>) {
        let (at, server) = run.first;
        entries.push(entry(
            at,
            names.name(run.database),
            "first server reconnects",
            names.name(server).to_owned(),
        ));
        if run.servers > 1 {
            let (at, server) = run.last;
            let detail = format!("{}, the last of {}", names.name(server), run.servers);
            entries.push(entry(at, names.name(run.database), "last server reconnects", detail));
        }
    }
    let mut open: Vec<Run> = Vec::new();
    for change in changes {
        match &change.record {
            Record::DatabaseReconnected { server, database } => {
                let seen = (change.at, *server);
                match open.iter_mut().find(|run| run.database == *database) {
                    Some(run) => {
                        run.last = seen;
                        run.servers += 1;
                    }
                    None => open.push(Run { database: *database, first: seen, last: seen, servers: 1 }),
                }
            }
            Record::DatabaseInstanceChanged {
                database,
                state: DatabaseInstanceState::Unreachable | DatabaseInstanceState::Crashed,
                ..
            } => {
                open.extract_if(.., |run| run.database == *database)
                    .for_each(|run| tell(&run, names, entries));
            }
            _ => {}
        }
    }
    for run in &open {
        tell(run, names, entries);
    }
}

fn outages(service: &ServiceMeasures, entries: &mut Vec<TimelineEntry>) {
    for outage in &service.outages {
        let behind = outage.fault.as_ref().map_or_else(String::new, |fault| format!("counted from {fault}"));
        entries.push(entry(outage.started, &service.name, "outage starts", behind));
        if let (Some(restored), Some(rto)) = (outage.restored, outage.rto()) {
            entries.push(entry(
                restored,
                &service.name,
                "is restored",
                format!("after {}", words::span(rto)),
            ));
        }
    }
}

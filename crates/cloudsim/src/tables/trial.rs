//! Faults, what people and Terraform do about them, and what must hold.

use super::Content::{List, Seconds, Text};
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use crate::place::{fault_info, objective_info};
use cloudsim_records::ObjectiveKind;
use cloudsim_world::{RunbookId, StackId};

pub(super) const FAULTS: [Column; 7] = [
    always("name", Text),
    always("type", Text),
    always("target", Text),
    always("state", Text),
    always("starts_s", Seconds),
    always("ends_s", Seconds).or_none(),
    wide("hit", Text).or_none(),
];

pub(super) fn faults(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = (0_u32..).zip(&plan.faults).map(|(number, spec)| {
        let fault = fault_info(plan, spec);
        let ended = paused.seen.ended_faults.get(&number).copied();
        let state = match ended {
            Some(_) => "Ended",
            None if fault.at <= paused.now() => "Active",
            None => "Pending",
        };
        let hit = paused.cloud.fault_servers[number as usize];
        let hit = hit.map(|server| paused.name_of(paused.cloud.fleet.get(server).entity));
        [
            Cell::from(fault.name),
            fault.kind.into(),
            fault.target.into(),
            state.into(),
            fault.at.into(),
            ended.or(fault.lasts.map(|lasts| fault.at.saturating_add(lasts))).into(),
            hit.into(),
        ]
    });
    Table::new(FAULTS, rows)
}

pub(super) const RUNBOOKS: [Column; 3] =
    [always("name", Text), always("stage", Text).or_none(), always("step", Text).or_none()];

/// What has happened last to each runbook, and the step that it is at.
pub(super) fn runbooks(paused: &Paused) -> Table {
    let rows = paused.plan().runbooks.iter().enumerate().map(|(index, spec)| {
        let (stage, step) = paused.cloud.runbooks.stage(RunbookId::from_index(index));
        let step = spec.steps.get(step).filter(|_| stage.is_some()).map(|step| step.name.clone());
        [Cell::from(&spec.name), stage.map(|stage| stage.word().to_owned()).into(), step.into()]
    });
    Table::new(RUNBOOKS, rows)
}

pub(super) const STACKS: [Column; 4] =
    [always("name", Text), always("state", Text), always("created", Text), always("creating", List)];

/// How far Terraform has come with each stack.
pub(super) fn stacks(paused: &Paused) -> Table {
    let rows = paused.plan().stacks.iter().enumerate().map(|(index, spec)| {
        let (applied, created, at_work) = paused.cloud.stacks.progress(StackId::from_index(index));
        let state = match applied {
            false => "Missing",
            true if created < spec.resources.len() => "Applying",
            true => "Applied",
        };
        let at_work = at_work.into_iter().map(|place| spec.resources[place].address.clone());
        [
            Cell::from(&spec.name),
            state.into(),
            format!("{created}/{}", spec.resources.len()).into(),
            at_work.collect::<Vec<_>>().into(),
        ]
    });
    Table::new(STACKS, rows)
}

pub(super) const OBJECTIVES: [Column; 5] = [
    always("name", Text),
    always("type", Text),
    always("subject", Text).or_none(),
    always("target", Text),
    wide("expect", Text),
];

pub(super) fn objectives(paused: &Paused) -> Table {
    let plan = paused.plan();
    let rows = plan.objectives.iter().map(|spec| {
        let objective = objective_info(plan, spec);
        let (kind, subject, target) = match objective.kind {
            ObjectiveKind::Rto { service, at_most } => ("Rto".into(), Some(service), format!("≤ {at_most}")),
            ObjectiveKind::Rpo { database, at_most } => {
                ("Rpo".into(), Some(database), format!("≤ {at_most}"))
            }
            ObjectiveKind::Availability { service, at_least } => {
                ("Availability".to_owned(), Some(service), format!("≥ {at_least}"))
            }
            ObjectiveKind::Latency { service, percentile, at_most } => {
                let percentile = cloudsim_records::Decimal::trimmed(percentile.into(), 3);
                (format!("Latency p{percentile}"), Some(service), format!("≤ {at_most}"))
            }
            ObjectiveKind::MonthlyCost { at_most } => ("MonthlyCost".into(), None, format!("≤ ${at_most}")),
        };
        [
            Cell::from(objective.name),
            kind.into(),
            subject.into(),
            target.into(),
            objective.expect.word().into(),
        ]
    });
    Table::new(OBJECTIVES, rows)
}

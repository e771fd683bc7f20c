//! What became of the data: commits, failovers, promotions and restores.

use crate::causes::Reach;
use crate::document::{DatabaseMeasures, FailoverMeasures, TableMeasures};
use crate::measures::Change;
use cloudsim_records::{
    CommitClasses, DatabaseInstanceState, EntityId, EntityKind, FailoverStep, Names, Record, RecoveryKind,
    RunStarted,
};
use cloudsim_units::SimTime;

/// All databases, in the order of the inventory.
pub(crate) fn databases(run: &RunStarted, names: &Names, changes: &[Change]) -> Vec<DatabaseMeasures> {
    names
        .of_kind(EntityKind::Database)
        .map(|database| DatabaseMeasures {
            name: database.name.clone(),
            reconciled: reconciled(database.id, changes),
            commits: commits(database.id, changes),
            failovers: failovers(database.id, run, names, changes),
            undecided: is_undecided(database.id, names, changes),
        })
        .collect()
}

/// All tables, in the order of the inventory.
pub(crate) fn tables(run: &RunStarted, names: &Names, changes: &[Change]) -> Vec<TableMeasures> {
    let measured = names.of_kind(EntityKind::Table).map(|table| {
        let settled = changes.iter().rev().find_map(|change| match change.record {
            Record::WritesSettled { table: of, overwritten, open } if of == table.id => {
                Some((overwritten, open))
            }
            _ => None,
        });
        let (overwritten, open) = settled.unwrap_or_default();
        let data = DatabaseMeasures {
            name: table.name.clone(),
            reconciled: 0,
            commits: commits(table.id, changes),
            failovers: failovers(table.id, run, names, changes),
            undecided: is_lost(table.id, changes),
        };
        TableMeasures { data, overwritten, open }
    });
    measured.collect()
}

/// Whether the last thing that was heard of a table is that a region was lost and that nobody has taken over.
fn is_lost(of: EntityId, changes: &[Change]) -> bool {
    let mut lost = false;
    for change in changes {
        match &change.record {
            Record::TableReplicaChanged { table, up, .. } if *table == of => lost = !up,
            Record::RecoveryPointChosen(point) if point.database == of => lost = false,
            _ => {}
        }
    }
    lost
}

fn reconciled(of: EntityId, changes: &[Change]) -> u64 {
    let again = changes.iter().filter_map(|change| match &change.record {
        Record::CommitsReconciled { database, commits } if *database == of => Some(commits),
        _ => None,
    });
    again.sum()
}

fn commits(of: EntityId, changes: &[Change]) -> CommitClasses {
    changes
        .iter()
        .rev()
        .find_map(|change| match &change.record {
            Record::CommitsSettled { database, commits } if *database == of => Some(*commits),
            _ => None,
        })
        .unwrap_or_default()
}

/// Whether the writer is gone and nobody has chosen where the data goes back to.
fn is_undecided(of: EntityId, names: &Names, changes: &[Change]) -> bool {
    let mut instances =
        names.of_kind(EntityKind::DatabaseInstance).filter(|instance| instance.parent == Some(of));
    let mut writer = instances.next().map(|first| first.id);
    let mut undecided = false;
    for change in changes {
        match &change.record {
            Record::DatabaseInstanceChanged { database, instance, state } if *database == of => match state {
                DatabaseInstanceState::Writer => (writer, undecided) = (Some(*instance), false),
                DatabaseInstanceState::Unreachable | DatabaseInstanceState::Crashed
                    if writer == Some(*instance) =>
                {
                    undecided = true;
                }
                _ => {}
            },
            Record::RecoveryPointChosen(point) if point.database == of => undecided = false,
            _ => {}
        }
    }
    undecided
}

/// A failover is there from the moment its recovery point is chosen. The next one of the same database begins only
/// when it has finished, or takes its place.
fn failovers(of: EntityId, run: &RunStarted, names: &Names, changes: &[Change]) -> Vec<FailoverMeasures> {
    let mut failovers: Vec<FailoverMeasures> = Vec::new();
    for change in changes {
        match &change.record {
            Record::RecoveryPointChosen(point) if point.database == of => failovers.push(FailoverMeasures {
                kind: point.kind,
                fault: point.fault.map(|fault| run.faults[fault as usize].name.clone()),
                from: names.name(point.from).to_owned(),
                to: names.name(point.to).to_owned(),
                started: point.started,
                // The other regions of a table go on without a pause.
                finished: (point.kind == RecoveryKind::Takeover).then_some(point.started),
                rpo: point.rpo,
                commits_lost: point.commits_lost,
            }),
            Record::FailoverFinished { database, .. } if *database == of => {
                if let Some(open) = failovers.last_mut().filter(|last| last.finished.is_none()) {
                    open.finished = Some(change.at);
                }
            }
            _ => {}
        }
    }
    failovers
}

/// What is being done about a lost writer when all is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) database: EntityId,
    pub(crate) kind: RecoveryKind,
    /// Where the data goes to.
    to: EntityId,
    /// When that was chosen.
    pub(crate) since: SimTime,
    /// The step that has not ended.
    pub(crate) step: FailoverStep,
}

/// What is being done about one of the databases of a service when all is over.
pub(crate) fn unfinished(reach: &Reach, changes: &[Change]) -> Option<Unfinished> {
    let mut open: Option<Unfinished> = None;
    for change in changes {
        let known = |of: EntityId| open.filter(|open| open.database == of);
        open = match &change.record {
            Record::RecoveryPointChosen(point) if reach.contains(point.database) => {
                let step = match point.kind {
                    RecoveryKind::Failover | RecoveryKind::Promotion => FailoverStep::Promote,
                    RecoveryKind::Restore => FailoverStep::Retrieve,
                    // The other regions of a table go on without a pause.
                    RecoveryKind::Takeover => continue,
                };
                let (database, kind, to) = (point.database, point.kind, point.to);
                Some(Unfinished { database, kind, to, since: change.at, step })
            }
            Record::DatabaseInstanceChanged {
                database,
                instance,
                state: DatabaseInstanceState::Starting,
            } => {
                let Some(open) = known(*database).filter(|open| open.to == *instance) else { continue };
                Some(Unfinished { step: FailoverStep::Recover, ..open })
            }
            Record::FailoverStepEnded { database, step: FailoverStep::Recover | FailoverStep::Promote } => {
                let Some(open) = known(*database) else { continue };
                Some(Unfinished { step: FailoverStep::Dns, ..open })
            }
            Record::FailoverFinished { database, .. } if known(*database).is_some() => None,
            _ => continue,
        };
    }
    open
}

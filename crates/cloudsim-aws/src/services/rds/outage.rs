//! The time without a writer: what is being done about it, and what it has cost so far.

use super::InstanceSlot;
use super::backups::Backup;
use super::ledger::Loss;
use cloudsim_records::{FailoverStep, RecoveryKind};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::FaultId;

/// What is being done about a writer that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Nobody knows yet.
    Noticing,
    /// Nothing can be done, or people have not decided.
    Waiting,
    /// The writer restarts where it is.
    Restarting,
    /// Somebody else becomes the writer.
    Moving(RecoveryKind, InstanceSlot),
    /// The writer takes writes; the name does not point to it yet.
    Pointing,
}

/// The time without a writer, until its name points to one again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    /// When writes stopped.
    pub(super) started: SimTime,
    /// The writer that was lost.
    pub(super) from: InstanceSlot,
    /// The fault behind it, if one is.
    pub(super) fault: Option<FaultId>,
    /// How long the redo since the last checkpoint takes to replay.
    pub(super) replay: SimDuration,
    pub(super) plan: Plan,
    /// Whether the failure was noticed once.
    pub(super) noticed: bool,
    /// Whether people have decided.
    pub(super) decided: bool,
    /// The replica that an operator wants to be the writer: they try again when it is back.
    pub(super) wanted: Option<InstanceSlot>,
    /// The backup that is restored, if one that is kept somewhere else is.
    pub(super) backup: Option<Backup>,
    /// What the recoveries of this outage have cost; a later one adds to an earlier one that came to nothing.
    pub(super) loss: Loss,
}

impl Outage {
    pub(super) fn new(
        started: SimTime,
        from: InstanceSlot,
        fault: Option<FaultId>,
        replay: SimDuration,
    ) -> Self {
        Self {
            started,
            from,
            fault,
            replay,
            plan: Plan::Noticing,
            noticed: false,
            decided: false,
            wanted: None,
            backup: None,
            loss: Loss::default(),
        }
    }

    pub(super) fn lose(&mut self, loss: Loss) {
        self.loss.commits += loss.commits;
        self.loss.last_acked = self.loss.last_acked.max(loss.last_acked);
        self.loss.last_kept = loss.last_kept;
        self.loss.before = loss.before;
    }
}

/// The field of [`DatabaseSpec`](super::DatabaseSpec) that decides how long a step takes; `None` where only AWS does.
///
/// Deciding is the `decide` of `recovery`. A failover's recovery replays the redo of a `checkpoint_interval` at
/// `replay_per_second`, of which the former is the one that people set; a restore takes that long because no standby was
/// there, which is `multi_az`, and so does the promotion of a replica.
#[must_use]
pub fn setting_of(step: FailoverStep, kind: RecoveryKind) -> Option<&'static str> {
    match (step, kind) {
        (FailoverStep::Decide, _) => Some("recovery"),
        (FailoverStep::Retrieve, _) => Some("backups"),
        (FailoverStep::Recover, RecoveryKind::Failover) => Some("checkpoint_interval"),
        (FailoverStep::Recover | FailoverStep::Promote, RecoveryKind::Restore | RecoveryKind::Promotion) => {
            Some("multi_az")
        }
        (FailoverStep::Detect | FailoverStep::Dns, _)
        | (FailoverStep::Promote, RecoveryKind::Failover)
        | (FailoverStep::Recover | FailoverStep::Promote, RecoveryKind::Takeover) => None,
    }
}

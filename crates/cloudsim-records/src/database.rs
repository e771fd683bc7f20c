//! Databases: the states of their instances, and how they recover.

use crate::EntityId;
use cloudsim_units::{SimDuration, SimTime};

/// A database instance's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum DatabaseInstanceState {
    /// Takes writes.
    Writer = 0,
    /// Mirrors the writer synchronously; takes nothing.
    Standby = 1,
    /// Takes reads, follows the writer asynchronously.
    Replica = 2,
    /// The host is gone.
    Unreachable = 3,
    /// The host answers, the engine does not.
    Crashed = 4,
    /// Being made or brought back.
    Starting = 5,
    /// Gone for good; its volume is not used again.
    Abandoned = 6,
}

/// The steps of a failover, promotion or restore, in the order they end but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FailoverStep {
    /// The failure was noticed.
    Detect = 0,
    /// People decided what to do.
    Decide = 1,
    /// The new home recovered its data: redo replayed, or a backup restored.
    Recover = 2,
    /// The new home takes writes.
    Promote = 3,
    /// The name points to it.
    Dns = 4,
    /// An archived backup can be read; before the recovery.
    Retrieve = 5,
}

recorded! {
/// What a failover, promotion, restore or takeover does to the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// The database, or the table.
    pub database: EntityId,
    /// Failover, promotion, restore or takeover.
    #[key = "recovery"]
    pub kind: RecoveryKind,
    /// Index in [`RunStarted::faults`](crate::RunStarted::faults) of the fault behind it, if one is.
    pub fault: Option<u32>,
    /// The instance that took writes before; of a table the region that is lost.
    pub from: EntityId,
    /// The instance that will; of a table the first region that is left.
    pub to: EntityId,
    /// When writes stopped.
    pub started: SimTime,
    /// Last acknowledged commit minus last one that survives; where they are not lost in their order, minus the last one up to
    /// which all survive.
    pub rpo: SimDuration,
    /// Acknowledged commits that are gone.
    pub commits_lost: u64,
}
}

/// How a database gets a new writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecoveryKind {
    /// The synchronous standby takes over.
    Failover = 0,
    /// A read replica is made the writer.
    Promotion = 1,
    /// A new instance is made from backups.
    Restore = 2,
    /// The replicas of a table in other regions go on without one that is lost.
    Takeover = 3,
}

recorded! {
/// Commits of a database, each in exactly one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitClasses {
    /// Acknowledged and still there.
    pub acked_kept: u64,
    /// Acknowledged and gone.
    pub acked_lost: u64,
    /// Never acknowledged, but there: in doubt.
    pub unacked_kept: u64,
    /// Never acknowledged, and not there.
    pub unacked_gone: u64,
}
}

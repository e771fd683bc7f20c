//! What is being done about a database now, in one word.

use super::Databases;
use super::outage::Plan;
use cloudsim_records::RecoveryKind;
use cloudsim_world::DatabaseId;

/// Whether a database takes writes under its name, or what is being done so that it will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseStatus {
    /// It takes writes.
    Available,
    /// The writer is gone, and nobody knows yet.
    Noticing,
    /// The writer is gone; people have not decided, or nothing can be done.
    Waiting,
    /// The writer restarts where it is.
    Restarting,
    /// The standby takes over.
    FailingOver,
    /// A replica is made the writer.
    Promoting,
    /// A new instance is made from backups.
    Restoring,
    /// The new writer takes writes; the name does not point to it yet.
    Repointing,
}

impl Databases {
    /// What is being done about a database now.
    #[must_use]
    pub fn status(&self, database: DatabaseId) -> DatabaseStatus {
        let Some(outage) = &self.get(database).outage else { return DatabaseStatus::Available };
        match outage.plan {
            Plan::Noticing => DatabaseStatus::Noticing,
            Plan::Waiting => DatabaseStatus::Waiting,
            Plan::Restarting => DatabaseStatus::Restarting,
            Plan::Moving(RecoveryKind::Failover, _) => DatabaseStatus::FailingOver,
            Plan::Moving(RecoveryKind::Promotion, _) => DatabaseStatus::Promoting,
            Plan::Moving(RecoveryKind::Restore, _) => DatabaseStatus::Restoring,
            Plan::Moving(RecoveryKind::Takeover, _) => unreachable!("only tables are taken over"),
            Plan::Pointing => DatabaseStatus::Repointing,
        }
    }
}

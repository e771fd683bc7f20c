//! RDS: a writer, a synchronous standby, asynchronous read replicas, backups, and what happens when the writer dies.
//!
//! # Modelled
//! Commits that are acknowledged once they are safe on the writer and, while one is in step, on the standby. Failover to
//! the standby: noticing, recovery with the redo since the last checkpoint, promotion, the change of the name. What
//! people do where no standby is left: a restore from the logs shipped last, the promotion of a replica, or waiting.
//! Servers that keep the old address. Every commit ends in one of four classes, and what a recovery loses follows from
//! where each commit had arrived.
//!
//! What the writer sends its standby and its replicas takes the time of the way between their zones, in order: a copy
//! that is late or has to be sent again delays those behind it. A standby that does not confirm a commit in time is given
//! up, connects anew and comes into step again.
//!
//! A replica may stand in another region, over whose distance the log reaches it later. Servers there read from it, and
//! take its name for that of the writer too: it refuses their writes until it is promoted, and nobody has to change a
//! name then. A restore stays in the region of the backups.
//!
//! A writer that is starting again by the time people decide is waited for, so a crashed engine that RDS restarts in
//! place leads to no restore. A replica answers reads until its promotion reboots it.
//!
//! What people do without being asked: a reboot with failover, the promotion of a replica and the restore of a backup
//! that they name, which fence off the writer, alive or not.
//!
//! Backups may be kept in another region: logs that are copied as they are shipped, snapshots that are copied whole,
//! dumps in S3, archived or not. What one has is what had arrived before the writer was lost. The volume of an instance
//! that is restored from one fetches each block when it is first read, until all are there.
//!
//! After a failover the old writer, once its host is back, becomes the standby. After a restore or a promotion there is
//! no standby, the old instances are not used again (people fence them off, or two writers would live), and replicas
//! follow nothing: they answer with what they had. What such a recovery lost is still on the old volume, once that has power:
//! people can write it again.
//!
//! The way back: a replica of the writer that there is now is created, from a snapshot of it that is copied to where it will
//! be, and works off what was written meanwhile. A switch-over to it stops writes, waits until it has them all, and promotes
//! it, so that nothing is lost.
//!
//! # Left out
//! Blocks that are missing after a restore from the backups of the region (RDS-19). Snapshot copies that wait for others,
//! or copy only what has changed; Multi-AZ clusters, Aurora, RDS Proxy, storage that grows, maintenance, what a writer
//! that is cut off still does for its own zone (it counts as lost at once), failovers that hang (RDS-38), engines that
//! acknowledge before the disk (RDS-37), and large open transactions, whose rollback prolongs a recovery. A restore
//! replays the logs since the start of the run, as if the daily snapshot had just been taken.
//!
//! # Sources
//! Each constant in [`limits`] names its fact and where that was read.

mod backups;
mod client;
mod control;
mod databases;
mod ledger;
pub mod limits;
mod operator;
mod outage;
pub mod pricing;
mod recovery;
mod redo;
mod replication;
mod status;
#[cfg(test)]
mod tests;
mod ticks;
mod trail;

pub use backups::Assumed as AssumedOfBackups;
pub use client::DatabaseClient;
pub use databases::{Absence, Accept, Commit, DatabasePlacement, Databases, InstancePlacement, InstanceSlot};
pub use ledger::{Acknowledgement, CommitId};
pub use outage::setting_of;
pub use status::DatabaseStatus;
pub use trail::{CopyOf, Mirroring, Trail, TrailCopy, TrailEnd, TrailOutage};

use crate::services::s3::{Replication, StorageClass};
use cloudsim_engine::Vocabulary;
use cloudsim_records::Record;
use cloudsim_units::{Bytes, DurationDistribution, SimDuration};
use cloudsim_world::{DatabaseId, SecurityGroupId, SubnetId};

/// The words of databases.
#[derive(Debug)]
pub struct Rds;

impl Vocabulary for Rds {
    type Event = Event;
    type Record = Record;
    type Signal = Signal;
}

/// What will happen to a database. A number that no longer fits (the plan was changed, the instance died) makes it void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The death of the writer was noticed.
    FailureDetected {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// People decided to act.
    DecisionMade {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// An archived backup can be read.
    BackupRetrieved {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// The new home holds the data.
    DataRecovered {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// The new home takes writes.
    WriterPromoted {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// The name points to the new home.
    NamePointed {
        /// The database.
        database: DatabaseId,
        /// The number of the plan that this is a part of.
        plan: u32,
    },
    /// The host of an instance runs again, or its process may be started again.
    HostReturned {
        /// The instance.
        instance: InstanceSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
    /// The engine has started and replayed its redo.
    EngineStarted {
        /// The instance.
        instance: InstanceSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
    /// The writer noticed that its standby is gone and goes on alone.
    StandbyGivenUp {
        /// The instance.
        instance: InstanceSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
    /// The standby has not confirmed a commit for so long that the writer goes on alone.
    StandbySilent {
        /// The instance.
        instance: InstanceSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
    /// The standby has everything that the writer has.
    StandbySynced {
        /// The instance.
        instance: InstanceSlot,
        /// The epoch in which this was scheduled.
        epoch: u32,
    },
}

// The queue moves events by value: a larger one would slow every run.
const _: () = assert!(size_of::<Event>() <= 12);

/// What others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// An instance died: what was under way there is gone. Its epoch has grown.
    InstanceDied {
        /// The instance.
        instance: InstanceSlot,
    },
    /// The instance that died, as told just before, was the writer: no write succeeds until [`Signal::WriterChanged`] or
    /// [`Signal::InstanceReturned`].
    WriterDied {
        /// The database.
        database: DatabaseId,
        /// The instance.
        instance: InstanceSlot,
    },
    /// Another instance takes writes now. The name follows later.
    WriterChanged {
        /// The database.
        database: DatabaseId,
        /// The instance.
        instance: InstanceSlot,
    },
    /// An instance is back in its role: a writer that restarted, a standby in step, a replica.
    InstanceReturned {
        /// The instance.
        instance: InstanceSlot,
    },
}

/// The engine of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// RDS for MySQL.
    MySql,
    /// RDS for PostgreSQL.
    PostgreSql,
}

impl Engine {
    /// The port that it listens on.
    ///
    /// Source: Amazon RDS User Guide, "Settings for DB instances": the default port of each engine.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::PostgreSql => 5432,
        }
    }
}

/// What follows when the writer is gone and no standby can take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// A point-in-time restore to a new instance in a surviving zone; the old volume is not used again.
    Restore {
        /// From the failure until people decide.
        decide: SimDuration,
    },
    /// A read replica is promoted.
    Promote {
        /// From the failure until people decide.
        decide: SimDuration,
    },
    /// Nobody acts: the writer comes back by itself, or never.
    Wait,
}

/// How the servers' database clients treat the name of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsCaching {
    /// Ask again when the TTL is over.
    HonourTtl,
    /// Keep an answer for a fixed time.
    CacheFor(SimDuration),
    /// Keep an answer until the process restarts.
    CacheForEver,
}

/// A share of the servers, by how they treat the name of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseClientSpec {
    /// How they treat it.
    pub caching: DnsCaching,
    /// How many of all `weight`s are such servers.
    pub weight: u32,
}

/// A read replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSpec {
    /// Its name.
    pub name: String,
    /// Where it lives: in the VPC of the writer, or in one of another region.
    pub subnet: SubnetId,
    /// Its security groups; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// Whether it is there from the start, or only once somebody creates it.
    pub exists: bool,
}

/// What a backup keeps of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// The logs, as they are shipped, behind a snapshot.
    Logs,
    /// A snapshot.
    Snapshots {
        /// From one to the next.
        every: SimDuration,
    },
    /// A logical dump in S3.
    Dumps {
        /// From one to the next.
        every: SimDuration,
        /// How it is kept.
        class: StorageClass,
        /// How it gets to where it is kept.
        replication: Replication,
    },
}

/// A backup that a restore somewhere else is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSpec {
    /// Its name, which the restored instance has too.
    pub name: String,
    /// Where a restore stands; the backup is kept in that region.
    pub subnet: SubnetId,
    /// The security groups of the restored instance; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// What it keeps.
    pub keeps: Keeps,
}

/// A database.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseSpec {
    /// Its name, which is also its DNS name.
    pub name: String,
    /// Its engine.
    pub engine: Engine,
    /// The class of its instances, as `db.m5.large`.
    pub instance_class: String,
    /// Its storage.
    pub storage: Bytes,
    /// Where the writer starts.
    pub primary: SubnetId,
    /// Whether a synchronous standby exists.
    pub multi_az: bool,
    /// The security groups of its instances; `None` lets everything through.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// Where the standby lives if there is one, and where a restore goes if it survives.
    pub standby: SubnetId,
    /// Asynchronous read replicas.
    pub replicas: Vec<ReplicaSpec>,
    /// Backups for a restore somewhere else.
    pub backups: Vec<BackupSpec>,
    /// Statements worked on at once by one instance; more wait.
    pub workers: u32,
    /// Connections one instance takes.
    pub connections_max: u32,
    /// Time from shipping transaction logs to the next: what a restore can lose.
    pub log_shipping: SimDuration,
    /// Time from checkpoint to checkpoint: redo since the last one is replayed by a failover.
    pub checkpoint_interval: SimDuration,
    /// Redo that one commit writes.
    pub redo_per_commit: Bytes,
    /// Redo that crash recovery replays in a second.
    pub replay_per_second: Bytes,
    /// How long the writer's log takes to be safe on disk.
    pub fsync: DurationDistribution,
    /// How far a replica is behind when it keeps up.
    pub replica_lag: DurationDistribution,
    /// How long clients may keep the address.
    pub dns_ttl: SimDuration,
    /// The servers' database clients.
    pub clients: Vec<DatabaseClientSpec>,
    /// What follows when no standby can take over.
    pub recovery: Recovery,
}

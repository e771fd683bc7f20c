//! RDS: a writer, a synchronous standby, asynchronous read replicas, backups, and what happens when the writer dies.

pub mod limits;

use cloudsim_units::{Bytes, DurationDistribution, SimDuration};
use cloudsim_world::SubnetId;

/// The engine of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// RDS for MySQL.
    MySql,
    /// RDS for PostgreSQL.
    PostgreSql,
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
    /// Where it lives.
    pub subnet: SubnetId,
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
    /// Where the standby lives if there is one, and where a restore goes if it survives.
    pub standby: SubnetId,
    /// Asynchronous read replicas.
    pub replicas: Vec<ReplicaSpec>,
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

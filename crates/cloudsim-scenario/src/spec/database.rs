//! Databases.

use super::facts::{by_default, default, names, within};
use super::{Count, Distribution, Text};
use crate::limits;
use cloudsim_aws::services::rds;
use cloudsim_units::{Bytes, SimDuration};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// An RDS database with all its instances.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// What it is called; also its DNS name.
    pub(crate) name: String,
    /// What it runs.
    pub(crate) engine: Engine,
    /// For the bill.
    pub(crate) instance_class: String,
    /// Its volume.
    #[schemars(transform = within(&limits::STORAGE))]
    pub(crate) storage: Text<Bytes>,
    /// The subnet where the writer starts.
    #[schemars(transform = names("subnets"))]
    pub(crate) primary: String,
    /// Whether there is a synchronous standby.
    #[schemars(transform = default(false))]
    pub(crate) multi_az: Option<bool>,
    /// The subnet of the standby, and where a restore goes if it survives.
    #[schemars(transform = names("subnets"))]
    pub(crate) standby: String,
    /// Read replicas, which follow asynchronously.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) replicas: Vec<Replica>,
    /// Backups that a restore somewhere else is made from, as `restore backup/NAME` does.
    #[serde(default)]
    #[schemars(transform = default(json!([])))]
    pub(crate) backups: Vec<Backup>,
    /// Its security groups.
    #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// Statements worked on at once by one instance.
    #[schemars(transform = default(rds::limits::WORKERS).within(&limits::WORKERS).assumed())]
    pub(crate) workers: Option<Count>,
    /// Connections that one instance takes.
    #[schemars(transform = default(rds::limits::CONNECTIONS_MAX).within(&limits::CONNECTIONS).assumed())]
    pub(crate) connections_max: Option<Count>,
    /// How often the log is put aside: what a restore can lose.
    #[schemars(transform = default(rds::limits::LOG_SHIPPING_INTERVAL).within(&limits::LOG_INTERVALS).source("RDS-17"))]
    pub(crate) log_shipping: Option<Text<SimDuration>>,
    /// Redo since the last checkpoint is replayed by a failover.
    #[schemars(transform = default(rds::limits::CHECKPOINT_INTERVAL).assumed())]
    pub(crate) checkpoint_interval: Option<Text<SimDuration>>,
    /// What a commit adds to the log.
    #[schemars(transform = default(rds::limits::REDO_PER_COMMIT).within(&limits::SIZES).assumed())]
    pub(crate) redo_per_commit: Option<Text<Bytes>>,
    /// How fast redo is replayed.
    #[schemars(transform = default(rds::limits::REPLAY_PER_SECOND).within(&limits::REPLAY).source("RDS-20"))]
    pub(crate) replay_per_second: Option<Text<Bytes>>,
    /// Until a log is safe on disk.
    #[schemars(transform = default(rds::limits::FSYNC).source("RDS-10"))]
    pub(crate) fsync: Option<Distribution>,
    /// How far a replica is behind.
    #[schemars(transform = default(rds::limits::REPLICA_LAG).source("RDS-15"))]
    pub(crate) replica_lag: Option<Distribution>,
    /// How long answers for its name may be kept.
    #[schemars(transform = default(rds::limits::ENDPOINT_TTL).source("RDS-04"))]
    pub(crate) dns_ttl: Option<Text<SimDuration>>,
    /// How the servers treat its name, by weight.
    #[schemars(transform = by_default("all honour the TTL"))]
    pub(crate) clients: Option<Vec<DatabaseClient>>,
    /// What follows when no standby can take over.
    #[schemars(transform = default("Wait"))]
    pub(crate) recovery: Option<Recovery>,
}

/// What a database runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Engine {
    /// MySQL.
    MySql,
    /// PostgreSQL.
    PostgreSql,
}

/// A read replica.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replica {
    /// What it is called.
    pub(crate) name: String,
    /// Where it lives: in the database's VPC, or in one of another region.
    #[schemars(transform = names("subnets"))]
    pub(crate) subnet: String,
    /// Its security groups.
    #[schemars(transform = names("security_groups").and(by_default("those of the database; in another VPC everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// Whether it is there from the start; else `create replica/NAME` makes it, of whichever instance is the writer then.
    #[schemars(transform = default(true))]
    pub(crate) exists: Option<bool>,
}

/// A backup that is kept where a restore from it would stand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    /// What it is called, and the instance that a restore makes.
    pub(crate) name: String,
    /// Where that instance would be. The backup is kept in that region.
    #[schemars(transform = names("subnets"))]
    pub(crate) subnet: String,
    /// Its security groups.
    #[schemars(transform = names("security_groups").and(by_default("everything passes")))]
    pub(crate) security_groups: Option<Vec<String>>,
    /// What is kept.
    pub(crate) keeps: Keeps,
}

/// What a backup keeps.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Keeps {
    /// The logs as they are shipped, which a restore replays: to minutes before the end.
    Logs,
    /// Snapshots, each copied whole.
    Snapshots {
        /// From one to the next.
        #[schemars(transform = default(rds::limits::SNAPSHOT_INTERVAL).within(&limits::BACKUP_INTERVALS).source("RDS-21"))]
        every: Option<Text<SimDuration>>,
    },
    /// Logical dumps in S3, which a restore loads row by row.
    Dumps {
        /// From one to the next.
        #[schemars(transform = default(rds::limits::SNAPSHOT_INTERVAL).within(&limits::BACKUP_INTERVALS).source("RDS-21"))]
        every: Option<Text<SimDuration>>,
        /// In which class of S3 they are.
        #[schemars(transform = default("Standard"))]
        class: Option<StorageClass>,
        /// How they get to the other region.
        #[schemars(transform = default("BestEffort"))]
        replication: Option<Replication>,
    },
}

/// In which class S3 keeps something.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum StorageClass {
    /// It can be read at once.
    Standard,
    /// Glacier Flexible Retrieval: a retrieval takes minutes or hours (DR-13).
    GlacierFlexible(Retrieval),
    /// Glacier Deep Archive: hours or days (DR-14).
    GlacierDeepArchive(DeepRetrieval),
}

/// How soon something archived is wanted.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum Retrieval {
    /// Within minutes.
    Expedited,
    /// Within hours.
    Standard,
    /// Within half a day.
    Bulk,
}

/// The same of what is in Deep Archive.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum DeepRetrieval {
    /// Within half a day.
    Standard,
    /// Within two.
    Bulk,
}

/// How S3 copies to another region.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum Replication {
    /// As soon as it gets to it (DR-12).
    BestEffort,
    /// With Replication Time Control (DR-11).
    TimeControl,
}

/// How some of the servers treat a database's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseClient {
    /// How long they keep an answer.
    pub(crate) caching: Caching,
    /// How many do so, compared with the others.
    #[schemars(transform = default(1_u32).within(&limits::WEIGHTS))]
    pub(crate) weight: Option<Count>,
}

/// How long an answer of DNS is kept.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) enum Caching {
    /// As long as its TTL says.
    HonourTtl,
    /// So long, as a JVM does (RDS-05).
    CacheFor(Text<SimDuration>),
    /// Until the process ends.
    CacheForEver,
}

/// What people do when no standby can take over.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) enum Recovery {
    /// They restore a backup to the last recovery point.
    Restore {
        /// From the failure until they act.
        decide: Text<SimDuration>,
    },
    /// They promote a read replica.
    Promote {
        /// From the failure until they act.
        decide: Text<SimDuration>,
    },
    /// They wait until the writer is back.
    Wait,
}

//! Databases.

use super::{Count, Distribution, Text};
use cloudsim_units::{Bytes, SimDuration};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) engine: Engine,
    pub(crate) instance_class: String,
    pub(crate) storage: Text<Bytes>,
    pub(crate) primary: String,
    /// No standby by default, as in the API.
    pub(crate) multi_az: Option<bool>,
    /// Where the standby lives, and where a restore goes if it survives.
    pub(crate) standby: String,
    #[serde(default)]
    pub(crate) replicas: Vec<Replica>,
    /// Everything passes by default.
    pub(crate) security_groups: Option<Vec<String>>,
    pub(crate) workers: Option<Count>,
    pub(crate) connections_max: Option<Count>,
    pub(crate) log_shipping: Option<Text<SimDuration>>,
    pub(crate) checkpoint_interval: Option<Text<SimDuration>>,
    pub(crate) redo_per_commit: Option<Text<Bytes>>,
    pub(crate) replay_per_second: Option<Text<Bytes>>,
    pub(crate) fsync: Option<Distribution>,
    pub(crate) replica_lag: Option<Distribution>,
    pub(crate) dns_ttl: Option<Text<SimDuration>>,
    /// All honour the TTL by default.
    pub(crate) clients: Option<Vec<DatabaseClient>>,
    /// Nobody acts by default.
    pub(crate) recovery: Option<Recovery>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Engine {
    MySql,
    PostgreSql,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) subnet: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseClient {
    pub(crate) caching: Caching,
    pub(crate) weight: Option<Count>,
}

#[derive(Debug, Deserialize)]
pub(crate) enum Caching {
    HonourTtl,
    CacheFor(Text<SimDuration>),
    CacheForEver,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Recovery {
    Restore { decide: Text<SimDuration> },
    Promote { decide: Text<SimDuration> },
    Wait,
}

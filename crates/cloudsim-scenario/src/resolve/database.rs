//! Databases.

use super::security::security_groups;
use super::{Context, Kind};
use crate::limits;
use crate::place::At;
use crate::spec::{self, Text};
use cloudsim_aws::services::rds::limits as aws;
use cloudsim_aws::services::rds::{
    BackupSpec, DatabaseClientSpec, DatabaseSpec, DnsCaching, Engine, Keeps, Recovery, ReplicaSpec,
};
use cloudsim_aws::services::s3;
use cloudsim_units::SimDuration;
use cloudsim_world::{SecurityGroupId, SubnetId};

pub(super) fn databases(cx: &mut Context<'_>) -> Vec<DatabaseSpec> {
    let assumed = cx.assumed.rds;
    let mut databases = Vec::new();
    for (index, database) in cx.spec.databases.iter().enumerate() {
        let at = cx.at("databases", index);
        let storage = cx.value(at.field("storage"), &database.storage);
        let log_shipping = database.log_shipping.as_ref();
        let checkpoints = database.checkpoint_interval.as_ref();
        let replay = cx.value_or(
            at,
            "replay_per_second",
            database.replay_per_second.as_ref(),
            assumed.replay_per_second,
        );
        databases.push(DatabaseSpec {
            name: cx.name(at, &database.name),
            engine: engine(database.engine),
            instance_class: database.instance_class.clone(),
            storage: cx.within(at.field("storage"), storage, &limits::STORAGE),
            primary: subnet(cx, at.field("primary"), &database.primary),
            multi_az: database.multi_az.unwrap_or(false),
            standby: subnet(cx, at.field("standby"), &database.standby),
            replicas: replicas(cx, at, database),
            backups: backups(cx, at.field("backups"), &database.backups),
            security_groups: security_groups(cx, at, database.security_groups.as_deref()),
            workers: cx.count_or(at, "workers", database.workers, &limits::WORKERS, assumed.workers),
            connections_max: cx.count_or(
                at,
                "connections_max",
                database.connections_max,
                &limits::CONNECTIONS,
                assumed.connections_max,
            ),
            log_shipping: {
                let every = cx.value_or(at, "log_shipping", log_shipping, aws::LOG_SHIPPING_INTERVAL);
                cx.within(at.field("log_shipping"), every, &limits::LOG_INTERVALS)
            },
            checkpoint_interval: cx.positive_or(
                at,
                "checkpoint_interval",
                checkpoints,
                assumed.checkpoint_interval,
            ),
            redo_per_commit: cx.size_or(
                at,
                "redo_per_commit",
                database.redo_per_commit.as_ref(),
                assumed.redo_per_commit,
            ),
            replay_per_second: cx.within(at.field("replay_per_second"), replay, &limits::REPLAY),
            fsync: cx.distribution_or(at, "fsync", database.fsync.as_ref(), assumed.fsync),
            replica_lag: cx.distribution_or(
                at,
                "replica_lag",
                database.replica_lag.as_ref(),
                assumed.replica_lag,
            ),
            dns_ttl: cx.span_or(at, "dns_ttl", database.dns_ttl.as_ref(), aws::ENDPOINT_TTL),
            clients: clients(cx, at.field("clients"), database.clients.as_deref()),
            recovery: recovery(cx, at.field("recovery"), database.recovery.as_ref()),
        });
    }
    databases
}

fn subnet(cx: &mut Context<'_>, at: At<'_>, name: &str) -> SubnetId {
    SubnetId::from_index(cx.reference(at.span(), Kind::Subnet, name))
}

fn replicas(cx: &mut Context<'_>, database_at: At<'_>, database: &spec::Database) -> Vec<ReplicaSpec> {
    let mut all = Vec::new();
    for (index, replica) in database.replicas.iter().enumerate() {
        let at = database_at.field("replicas").item(index);
        let vpc = |name: &str| cx.find(Kind::Subnet, name).map(|subnet| &cx.spec.subnets[subnet].vpc);
        let is_near = vpc(&replica.subnet) == vpc(&database.primary);
        let security_groups = match &replica.security_groups {
            Some(own) => security_groups(cx, at, Some(own)),
            // Those of the database were looked at there.
            None => database.security_groups.as_ref().filter(|_| is_near).map(|groups| {
                let known = groups.iter().filter_map(|name| cx.find(Kind::SecurityGroup, name));
                known.map(SecurityGroupId::from_index).collect()
            }),
        };
        let name = cx.name(at, &replica.name);
        all.push(ReplicaSpec {
            name,
            subnet: subnet(cx, at.field("subnet"), &replica.subnet),
            security_groups,
            exists: replica.exists.unwrap_or(true),
        });
    }
    all
}

fn backups(cx: &mut Context<'_>, at: At<'_>, backups: &[spec::Backup]) -> Vec<BackupSpec> {
    let mut all = Vec::new();
    for (index, backup) in backups.iter().enumerate() {
        let at = at.item(index);
        let kept = at.field("keeps");
        let mut every = |every: Option<&Text<SimDuration>>| {
            let every = cx.value_or(kept, "every", every, aws::SNAPSHOT_INTERVAL);
            cx.within(kept.field("every"), every, &limits::BACKUP_INTERVALS)
        };
        let keeps = match &backup.keeps {
            spec::Keeps::Logs => Keeps::Logs,
            spec::Keeps::Snapshots { every: given } => Keeps::Snapshots { every: every(given.as_ref()) },
            spec::Keeps::Dumps { every: given, class, replication } => Keeps::Dumps {
                every: every(given.as_ref()),
                class: class.map_or(s3::StorageClass::Standard, storage_class),
                replication: match replication {
                    Some(spec::Replication::TimeControl) => s3::Replication::TimeControl,
                    Some(spec::Replication::BestEffort) | None => s3::Replication::BestEffort,
                },
            },
        };
        all.push(BackupSpec {
            name: cx.name(at, &backup.name),
            subnet: subnet(cx, at.field("subnet"), &backup.subnet),
            security_groups: security_groups(cx, at, backup.security_groups.as_deref()),
            keeps,
        });
    }
    all
}

fn storage_class(class: spec::StorageClass) -> s3::StorageClass {
    let retrieval = |of| match of {
        spec::Retrieval::Expedited => s3::Retrieval::Expedited,
        spec::Retrieval::Standard => s3::Retrieval::Standard,
        spec::Retrieval::Bulk => s3::Retrieval::Bulk,
    };
    match class {
        spec::StorageClass::Standard => s3::StorageClass::Standard,
        spec::StorageClass::GlacierFlexible(of) => s3::StorageClass::GlacierFlexible(retrieval(of)),
        spec::StorageClass::GlacierDeepArchive(of) => s3::StorageClass::GlacierDeepArchive(match of {
            spec::DeepRetrieval::Standard => s3::DeepRetrieval::Standard,
            spec::DeepRetrieval::Bulk => s3::DeepRetrieval::Bulk,
        }),
    }
}

fn clients(
    cx: &mut Context<'_>,
    at: At<'_>,
    clients: Option<&[spec::DatabaseClient]>,
) -> Vec<DatabaseClientSpec> {
    let Some(clients) = clients else {
        return vec![DatabaseClientSpec { caching: DnsCaching::HonourTtl, weight: 1 }];
    };
    let mut all = Vec::new();
    for (index, client) in clients.iter().enumerate() {
        let at = at.item(index);
        let caching = match &client.caching {
            spec::Caching::HonourTtl => DnsCaching::HonourTtl,
            spec::Caching::CacheFor(span) => DnsCaching::CacheFor(cx.span(at.field("caching").item(0), span)),
            spec::Caching::CacheForEver => DnsCaching::CacheForEver,
        };
        all.push(DatabaseClientSpec {
            caching,
            weight: cx.count_or(at, "weight", client.weight, &limits::WEIGHTS, 1),
        });
    }
    all
}

fn recovery(cx: &mut Context<'_>, at: At<'_>, recovery: Option<&spec::Recovery>) -> Recovery {
    match recovery {
        Some(spec::Recovery::Restore { decide }) => {
            Recovery::Restore { decide: cx.span(at.field("decide"), decide) }
        }
        Some(spec::Recovery::Promote { decide }) => {
            Recovery::Promote { decide: cx.span(at.field("decide"), decide) }
        }
        Some(spec::Recovery::Wait) | None => Recovery::Wait,
    }
}

/// What a database runs, as the domain calls it.
pub(crate) fn engine(engine: spec::Engine) -> Engine {
    match engine {
        spec::Engine::MySql => Engine::MySql,
        spec::Engine::PostgreSql => Engine::PostgreSql,
    }
}

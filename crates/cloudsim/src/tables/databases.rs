//! Databases and their instances.

use super::Content::{Count, List, Seconds, Text};
use super::network::zone_name;
use super::{Cell, Column, Table, always, wide};
use crate::Paused;
use cloudsim_aws::services::rds::{DatabaseStatus, Engine, InstanceSlot};
use cloudsim_world::DatabaseId;

pub(super) const DATABASES: [Column; 9] = [
    always("name", Text),
    always("engine", Text),
    always("state", Text),
    always("writer", Text),
    always("standby", Text).or_none(),
    always("replicas", List),
    wide("points_to", Text),
    wide("ttl_s", Seconds),
    wide("class", Text),
];

pub(super) fn databases(paused: &Paused) -> Table {
    let databases = &paused.cloud.databases;
    let name = |slot: InstanceSlot| paused.name_of(databases.entity(slot)).to_owned();
    let rows = paused.plan().databases.iter().enumerate().map(|(index, spec)| {
        let id = DatabaseId::from_index(index);
        let engine = match spec.engine {
            Engine::MySql => "MySql",
            Engine::PostgreSql => "PostgreSql",
        };
        let replicas = (0..databases.replica_count(id)).map(|k| databases.replica_endpoint(id, k));
        // A promoted replica is none any more.
        let replicas = replicas.filter(|slot| *slot != databases.writer(id));
        [
            Cell::from(&spec.name),
            engine.into(),
            status_word(databases.status(id)).into(),
            name(databases.writer(id)).into(),
            databases.standby(id).map(name).into(),
            replicas.map(name).collect::<Vec<_>>().into(),
            name(databases.endpoint(id)).into(),
            spec.dns_ttl.into(),
            (&spec.instance_class).into(),
        ]
    });
    Table::new(DATABASES, rows)
}

pub(super) const DATABASE_INSTANCES: [Column; 8] = [
    always("name", Text),
    always("state", Text),
    always("zone", Text),
    always("database", Text),
    wide("address", Text),
    wide("busy", Count),
    wide("queued", Count),
    wide("connections", Count),
];

pub(super) fn database_instances(paused: &Paused) -> Table {
    let databases = &paused.cloud.databases;
    let plan = paused.plan();
    let rows = databases.instances().map(|slot| {
        let station = &paused.cloud.stations[slot.0 as usize];
        let spec = databases.spec(databases.database_of(slot));
        [
            Cell::from(paused.name_of(databases.entity(slot))),
            databases.state(slot).word().into(),
            zone_name(plan, databases.zone(slot)).into(),
            (&spec.name).into(),
            paused.address(paused.cloud.interfaces.instances[slot.0 as usize]).into(),
            station.busy().into(),
            station.queued().into(),
            station.connections().into(),
        ]
    });
    Table::new(DATABASE_INSTANCES, rows)
}

const fn status_word(status: DatabaseStatus) -> &'static str {
    match status {
        DatabaseStatus::Available => "Available",
        DatabaseStatus::Noticing => "Noticing",
        DatabaseStatus::Waiting => "Waiting",
        DatabaseStatus::Restarting => "Restarting",
        DatabaseStatus::FailingOver => "FailingOver",
        DatabaseStatus::Promoting => "Promoting",
        DatabaseStatus::Restoring => "Restoring",
        DatabaseStatus::Repointing => "Repointing",
    }
}

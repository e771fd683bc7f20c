//! What databases are billed by.

use super::{BackupSpec, DatabaseSpec, Keeps};
use crate::prices::{Price, PriceList};
use crate::services::s3::Replication;
use cloudsim_records::BillItem;
use cloudsim_units::{Bytes, NanoUsd};

/// Hours in a month, as AWS's own calculators count them.
///
/// Source: section 13, Infracost's examples: a monthly price is 730 hourly ones.
const HOURS_PER_MONTH: u32 = 730;

/// The bytes of a gigabyte that is sent.
///
/// Source: Amazon EC2 On-Demand Pricing, "Data transfer" (<https://aws.amazon.com/ec2/pricing/on-demand/>): decimal gigabytes.
const GIGABYTE: u128 = 1_000_000_000;

/// How often a Multi-AZ instance pays for instance and storage.
///
/// Source: PRC-05 and PRC-09, as above: exactly twice.
pub const MULTI_AZ_FACTOR: i64 = 2;

/// A month of a database: its instance, the same for each of its replicas, and their storage. An instance of a class whose
/// price is not known is left out.
#[must_use]
pub fn month(spec: &DatabaseSpec, prices: &PriceList) -> Vec<BillItem> {
    let hour = prices.database_hour(&spec.instance_class, spec.engine);
    let storage = prices.of(Price::DatabaseStorage).times(u128::from(spec.storage.0), 1 << 30);
    let replicas = spec.replicas.iter().filter(|of| of.exists).map(|replica| (&replica.name, false));
    let gigabytes_milli = gigabytes_milli(spec.storage.0.into());
    let backups = spec.backups.iter().map(|backup| backup_month(backup, spec.storage, prices));
    std::iter::once((&spec.name, spec.multi_az))
        .chain(replicas)
        .flat_map(|(name, multi_az)| {
            let class = &spec.instance_class;
            let kind = if multi_az { ", Multi-AZ" } else { "" };
            let instance = hour.map(|hour| BillItem {
                what: format!("{name} instance ({class}{kind})"),
                quantity_milli: u64::from(HOURS_PER_MONTH) * 1000,
                unit: "h".into(),
                usd: hour * hosts(multi_az) * i64::from(HOURS_PER_MONTH),
                users: Vec::new(),
            });
            let disk = BillItem {
                what: format!("{name} storage"),
                quantity_milli: gigabytes_milli,
                unit: "GB-month".into(),
                usd: storage * hosts(multi_az),
                users: Vec::new(),
            };
            instance.into_iter().chain([disk])
        })
        .chain(backups)
        .collect()
}

/// A month of a backup that is kept somewhere else: of one copy. One that is written over in an archive is paid for as long as
/// the archive asks for, beside those that came after it.
fn backup_month(backup: &BackupSpec, storage: Bytes, prices: &PriceList) -> BillItem {
    let bytes = u128::from(storage.0);
    let (gigabyte, paid) = match backup.keeps {
        Keeps::Logs | Keeps::Snapshots { .. } => (Price::DatabaseBackup, bytes),
        Keeps::Dumps { class, every, .. } => {
            let (least, every) = (class.least_paid().as_nanos(), every.as_nanos().max(1));
            (class.gigabyte_month(), bytes * u128::from(least.max(every)) / u128::from(every))
        }
    };
    BillItem {
        what: format!("{} backup", backup.name),
        quantity_milli: gigabytes_milli(paid),
        unit: "GB-month".into(),
        usd: prices.of(gigabyte).times(paid, 1 << 30),
        users: Vec::new(),
    }
}

fn gigabytes_milli(bytes: u128) -> u64 {
    u64::try_from(bytes * 1000 / (1 << 30)).unwrap_or(u64::MAX)
}

/// What Replication Time Control costs a backup in a month, if it has that: by what it copies.
#[must_use]
pub fn time_control_month(spec: &BackupSpec, storage: Bytes, prices: &PriceList) -> Option<BillItem> {
    let Keeps::Dumps { replication: Replication::TimeControl, .. } = spec.keeps else { return None };
    let copied = copied_in_a_month(spec, storage);
    Some(BillItem {
        what: format!("{} time control", spec.name),
        quantity_milli: u64::try_from(copied * 1000 / GIGABYTE).unwrap_or(u64::MAX),
        unit: "GB".into(),
        usd: prices.of(Price::ReplicationTimeControl).times(copied, GIGABYTE),
        users: Vec::new(),
    })
}

/// What it costs, once, to create a replica in another region: its bytes are copied there.
#[must_use]
pub fn replica_copied(name: &str, storage: Bytes, prices: &PriceList) -> BillItem {
    let bytes = u128::from(storage.0);
    BillItem {
        what: format!("{name} creation"),
        quantity_milli: u64::try_from(bytes * 1000 / GIGABYTE).unwrap_or(u64::MAX),
        unit: "GB".into(),
        usd: prices.of(Price::DataBetweenRegions).times(bytes, GIGABYTE),
        users: Vec::new(),
    }
}

/// What it costs to retrieve a backup from its archive so many times; nothing where it is in none.
#[must_use]
pub fn retrievals(spec: &BackupSpec, storage: Bytes, times: u32, prices: &PriceList) -> Vec<BillItem> {
    let Keeps::Dumps { class, .. } = spec.keeps else { return Vec::new() };
    let usd = |price: Option<Price>| price.map_or(NanoUsd::ZERO, |price| prices.of(price));
    let gigabytes = BillItem {
        what: format!("{} retrieval", spec.name),
        quantity_milli: gigabytes_milli(u128::from(storage.0) * u128::from(times)),
        unit: "GB".into(),
        usd: usd(class.retrieval_gigabyte()).times(u128::from(storage.0) * u128::from(times), 1 << 30),
        users: Vec::new(),
    };
    let requests = BillItem {
        what: format!("{} retrieval requests", spec.name),
        quantity_milli: u64::from(times) * 1000,
        unit: "requests".into(),
        usd: usd(class.retrieval_request()) * i64::from(times),
        users: Vec::new(),
    };
    [gigabytes, requests].into_iter().filter(|item| item.usd > NanoUsd::ZERO).collect()
}

/// What of a database's copies crosses from region to region in a month, in bytes: each is copied whole. Logs are counted as
/// they are written.
#[must_use]
pub fn copied_in_a_month(spec: &BackupSpec, storage: Bytes) -> u128 {
    let nanos = u128::from(HOURS_PER_MONTH) * 3_600_000_000_000;
    match spec.keeps {
        Keeps::Logs => 0,
        Keeps::Snapshots { every } | Keeps::Dumps { every, .. } => {
            u128::from(storage.0) * nanos / u128::from(every.as_nanos().max(1))
        }
    }
}

fn hosts(multi_az: bool) -> i64 {
    if multi_az { MULTI_AZ_FACTOR } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::of_a_dollar;
    use crate::services::s3::{DeepRetrieval, Retrieval, StorageClass};
    use cloudsim_units::SimDuration;
    use cloudsim_world::SubnetId;

    fn dumped(class: StorageClass, replication: Replication) -> BackupSpec {
        let keeps = Keeps::Dumps { every: SimDuration::from_mins(24 * 60), class, replication };
        BackupSpec { name: "copy".into(), subnet: SubnetId(0), security_groups: None, keeps }
    }

    #[test]
    fn a_dump_a_day_is_paid_for_as_long_as_its_archive_asks_for() {
        let paid = |class| {
            let spec = dumped(class, Replication::BestEffort);
            let line = backup_month(&spec, Bytes(10 << 30), &of_a_dollar());
            (line.quantity_milli, line.usd.to_string())
        };
        assert_eq!(paid(StorageClass::Standard), (10_000, "10.00".to_owned()));
        assert_eq!(paid(StorageClass::GlacierFlexible(Retrieval::Bulk)), (900_000, "900.00".to_owned()));
        let deep = StorageClass::GlacierDeepArchive(DeepRetrieval::Bulk);
        assert_eq!(paid(deep), (1_800_000, "1800.00".to_owned()));
    }

    #[test]
    fn time_control_is_paid_by_what_it_copies() {
        let line = |replication| {
            let spec = dumped(StorageClass::Standard, replication);
            time_control_month(&spec, Bytes(1_000_000_000), &of_a_dollar())
        };
        // 730 hours have 30.416 days.
        let paid = line(Replication::TimeControl).map(|line| (line.quantity_milli, line.usd.to_string()));
        assert_eq!(paid, Some((30_416, "30.42".to_owned())));
        assert_eq!(line(Replication::BestEffort), None);
    }

    #[test]
    fn replicas_are_paid_like_instances_without_a_standby() {
        let mut spec = crate::services::rds::tests::spec(crate::services::rds::Recovery::Wait);
        spec.storage = Bytes(100 << 30);
        let items = month(&spec, &of_a_dollar());
        let lines: Vec<_> = items.iter().map(|item| (&*item.what, item.usd.to_string())).collect();
        assert_eq!(
            lines,
            [
                ("orders instance (db.m5.large, Multi-AZ)", "249.66".to_owned()),
                ("orders storage", "200.00".to_owned()),
                ("orders-replica instance (db.m5.large)", "124.83".to_owned()),
                ("orders-replica storage", "100.00".to_owned()),
            ]
        );
    }
}

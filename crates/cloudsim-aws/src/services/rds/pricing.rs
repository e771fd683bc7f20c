//! What databases are billed by.

use super::{BackupSpec, DatabaseSpec, Keeps};
use crate::prices::{Price, PriceList};
use cloudsim_records::BillItem;
use cloudsim_units::{Bytes, NanoUsd};

/// Hours in a month, as AWS's own calculators count them.
///
/// Source: section 13, Infracost's examples: a monthly price is 730 hourly ones.
const HOURS_PER_MONTH: u32 = 730;

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
    let gigabytes = u128::from(spec.storage.0) * 1000 / (1 << 30);
    let gigabytes_milli = u64::try_from(gigabytes).expect("less than all disks there are");
    let backups = spec.backups.iter().map(|backup| BillItem {
        what: format!("{} backup", backup.name),
        quantity_milli: gigabytes_milli,
        unit: "GB-month".into(),
        usd: backup_month(backup.keeps, spec.storage, prices),
        users: Vec::new(),
    });
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

/// The price for a month of a backup that is kept somewhere else: of one copy.
fn backup_month(keeps: Keeps, storage: Bytes, prices: &PriceList) -> NanoUsd {
    let gigabyte = match keeps {
        Keeps::Logs | Keeps::Snapshots { .. } => Price::DatabaseBackup,
        Keeps::Dumps { class, .. } => class.gigabyte_month(),
    };
    prices.of(gigabyte).times(u128::from(storage.0), 1 << 30)
}

/// What it costs to retrieve a backup from its archive so many times; nothing where it is in none.
#[must_use]
pub fn retrievals(spec: &BackupSpec, storage: Bytes, times: u32, prices: &PriceList) -> Vec<BillItem> {
    let Keeps::Dumps { class, .. } = spec.keeps else { return Vec::new() };
    let usd = |price: Option<Price>| price.map_or(NanoUsd::ZERO, |price| prices.of(price));
    let gigabytes_milli = u128::from(storage.0) * u128::from(times) * 1000 / (1 << 30);
    let gigabytes = BillItem {
        what: format!("{} retrieval", spec.name),
        quantity_milli: u64::try_from(gigabytes_milli).expect("less than all disks there are"),
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

//! Prices of RDS, us-east-1, on demand.

use super::{BackupSpec, DatabaseSpec, Engine, Keeps};
use crate::prices;
use crate::services::s3;
use cloudsim_records::BillItem;
use cloudsim_units::{Bytes, NanoUsd};

/// Hours in a month, as AWS's own calculators count them.
///
/// Source: section 13, Infracost's examples: a monthly price is 730 hourly ones.
const HOURS_PER_MONTH: u32 = 730;

/// What an hour of one instance costs, in millionths of a dollar: class, with MySQL, with PostgreSQL; 0 where not known.
///
/// Source: PRC-05, AWS price list by way of Infracost's database example, July 2024, for db.t3.large with MySQL; PRC-06,
/// infratally.com, "RDS pricing explained 2026", for db.t4g with PostgreSQL.
const HOUR_MICROS: [(&str, i64, i64); 4] = [
    ("db.t3.large", 136_000, 0),
    ("db.t4g.micro", 0, 16_000),
    ("db.t4g.small", 0, 32_000),
    ("db.t4g.medium", 0, 65_000),
];

/// The same of other common classes and engines.
///
/// Assumed: PRC-07 and PRC-08 for db.m5.large and db.r5.large, recalled from the AWS price list as all others here. Only the
/// bill rests on it.
const HOUR_MICROS_RECALLED: [(&str, i64, i64); 15] = [
    ("db.t3.micro", 17_000, 18_000),
    ("db.t3.small", 34_000, 36_000),
    ("db.t3.medium", 68_000, 72_000),
    ("db.t3.large", 0, 145_000),
    ("db.t4g.micro", 16_000, 0),
    ("db.t4g.small", 32_000, 0),
    ("db.t4g.medium", 65_000, 0),
    ("db.t4g.large", 129_000, 129_000),
    ("db.m5.large", 171_000, 178_000),
    ("db.m5.xlarge", 342_000, 356_000),
    ("db.m5.2xlarge", 684_000, 712_000),
    ("db.m6g.large", 152_000, 159_000),
    ("db.m6g.xlarge", 304_000, 318_000),
    ("db.r5.large", 240_000, 250_000),
    ("db.r5.xlarge", 480_000, 500_000),
];

/// For each gigabyte of gp2 or gp3 storage and month, on each of the two hosts of a Multi-AZ instance.
///
/// Source: PRC-09, AWS price list by way of Infracost's database example, July 2024: 0.115, and 0.23 for Multi-AZ. What AWS
/// calls a gigabyte of storage are 2^30 bytes.
pub const STORAGE_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(115_000);

/// For each gigabyte of a backup beyond what comes with the storage of its own region, and month.
///
/// Source: PRC-11, AWS price list by way of Infracost's database example, July 2024.
pub const BACKUP_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(95_000);

/// How often a Multi-AZ instance pays for instance and storage.
///
/// Source: PRC-05 and PRC-09, as above: exactly twice.
pub const MULTI_AZ_FACTOR: i64 = 2;

/// The price of an instance for an hour; with a standby, that of both hosts. A read replica is an instance without one.
/// `None` for a class whose price is not known.
#[must_use]
pub fn hour(instance_class: &str, engine: Engine, multi_az: bool) -> Option<NanoUsd> {
    let micros = HOUR_MICROS
        .iter()
        .chain(&HOUR_MICROS_RECALLED)
        .filter(|(class, ..)| *class == instance_class)
        .map(|(_, mysql, postgresql)| match engine {
            Engine::MySql => *mysql,
            Engine::PostgreSql => *postgresql,
        })
        .find(|micros| *micros > 0)?;
    Some(NanoUsd::from_micros(micros) * hosts(multi_az))
}

/// Whether the price of a class is known.
#[must_use]
pub fn is_known(instance_class: &str, engine: Engine) -> bool {
    hour(instance_class, engine, false).is_some()
}

/// The classes whose price is known for an engine, in no particular order.
pub fn known_classes(engine: Engine) -> impl Iterator<Item = &'static str> {
    let all = HOUR_MICROS.iter().chain(&HOUR_MICROS_RECALLED).map(|(class, ..)| *class);
    all.filter(move |class| is_known(class, engine))
}

/// The price of storage for a month.
#[must_use]
pub fn storage_month(storage: Bytes, multi_az: bool) -> NanoUsd {
    STORAGE_GIGABYTE_MONTH.times(u128::from(storage.0), 1 << 30) * hosts(multi_az)
}

/// A month of a database: its instance, the same for each of its replicas, and their storage. An instance of a class whose
/// price is not known is left out.
#[must_use]
pub fn month(spec: &DatabaseSpec, assumed: &prices::Assumed) -> Vec<BillItem> {
    let of_engine = |(_, mysql, postgresql): &(&str, i64, i64)| match spec.engine {
        Engine::MySql => *mysql,
        Engine::PostgreSql => *postgresql,
    };
    let is_published = HOUR_MICROS.iter().any(|of| of.0 == spec.instance_class && of_engine(of) > 0);
    let percent = if is_published { 100 } else { assumed.databases };
    let replicas = spec.replicas.iter().filter(|of| of.exists).map(|replica| (&replica.name, false));
    let gigabytes = u128::from(spec.storage.0) * 1000 / (1 << 30);
    let gigabytes_milli = u64::try_from(gigabytes).expect("less than all disks there are");
    let backups = spec.backups.iter().map(|backup| BillItem {
        what: format!("{} backup", backup.name),
        quantity_milli: gigabytes_milli,
        unit: "GB-month".into(),
        usd: backup_month(backup.keeps, spec.storage),
        users: Vec::new(),
    });
    std::iter::once((&spec.name, spec.multi_az))
        .chain(replicas)
        .flat_map(|(name, multi_az)| {
            let class = &spec.instance_class;
            let kind = if multi_az { ", Multi-AZ" } else { "" };
            let price = hour(class, spec.engine, multi_az).map(|price| prices::at(price, percent));
            let instance = price.map(|price| BillItem {
                what: format!("{name} instance ({class}{kind})"),
                quantity_milli: u64::from(HOURS_PER_MONTH) * 1000,
                unit: "h".into(),
                usd: price * i64::from(HOURS_PER_MONTH),
                users: Vec::new(),
            });
            let storage = BillItem {
                what: format!("{name} storage"),
                quantity_milli: gigabytes_milli,
                unit: "GB-month".into(),
                usd: storage_month(spec.storage, multi_az),
                users: Vec::new(),
            };
            instance.into_iter().chain([storage])
        })
        .chain(backups)
        .collect()
}

/// The price for a month of a backup that is kept somewhere else: of one copy.
fn backup_month(keeps: Keeps, storage: Bytes) -> NanoUsd {
    let gigabyte = match keeps {
        Keeps::Logs | Keeps::Snapshots { .. } => BACKUP_GIGABYTE_MONTH,
        Keeps::Dumps { class, .. } => s3::pricing::gigabyte_month(class),
    };
    gigabyte.times(u128::from(storage.0), 1 << 30)
}

/// What it costs to retrieve a backup from its archive so many times; nothing where it is in none.
#[must_use]
pub fn retrievals(spec: &BackupSpec, storage: Bytes, times: u32) -> Vec<BillItem> {
    let Keeps::Dumps { class, .. } = spec.keeps else { return Vec::new() };
    let gigabytes_milli = u128::from(storage.0) * u128::from(times) * 1000 / (1 << 30);
    let gigabytes = BillItem {
        what: format!("{} retrieval", spec.name),
        quantity_milli: u64::try_from(gigabytes_milli).expect("less than all disks there are"),
        unit: "GB".into(),
        usd: s3::pricing::retrieval_gigabyte(class).times(u128::from(storage.0) * u128::from(times), 1 << 30),
        users: Vec::new(),
    };
    let requests = BillItem {
        what: format!("{} retrieval requests", spec.name),
        quantity_milli: u64::from(times) * 1000,
        unit: "requests".into(),
        usd: s3::pricing::retrieval_request(class) * i64::from(times),
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

    #[test]
    fn a_standby_doubles_the_price() {
        assert_eq!(hour("db.t3.large", Engine::MySql, false), NanoUsd::parse("0.136").ok());
        assert_eq!(hour("db.t3.large", Engine::MySql, true), NanoUsd::parse("0.272").ok());
        assert_eq!(storage_month(Bytes(100 << 30), true), NanoUsd::parse("23").expect("an amount"));
    }

    #[test]
    fn the_price_depends_on_the_engine() {
        assert_eq!(hour("db.m5.large", Engine::MySql, false), NanoUsd::parse("0.171").ok());
        assert_eq!(hour("db.m5.large", Engine::PostgreSql, true), NanoUsd::parse("0.356").ok());
        assert_eq!(hour("db.t4g.micro", Engine::PostgreSql, false), NanoUsd::parse("0.016").ok());
        assert!(!is_known("m5.large", Engine::MySql));
    }

    #[test]
    fn replicas_are_paid_like_instances_without_a_standby() {
        let mut spec = crate::services::rds::tests::spec(crate::services::rds::Recovery::Wait);
        spec.storage = Bytes(100 << 30);
        let items = month(&spec, &prices::Assumed::default());
        let lines: Vec<_> = items.iter().map(|item| (&*item.what, item.usd.to_string())).collect();
        assert_eq!(
            lines,
            [
                ("orders instance (db.m5.large, Multi-AZ)", "249.66".to_owned()),
                ("orders storage", "23.00".to_owned()),
                ("orders-replica instance (db.m5.large)", "124.83".to_owned()),
                ("orders-replica storage", "11.50".to_owned()),
            ]
        );
    }

    #[test]
    fn each_class_and_engine_has_one_price() {
        let all: Vec<_> = HOUR_MICROS.iter().chain(&HOUR_MICROS_RECALLED).collect();
        for (i, (class, mysql, postgresql)) in all.iter().enumerate() {
            for (other, other_mysql, other_postgresql) in &all[..i] {
                let twice = (*mysql > 0 && *other_mysql > 0) || (*postgresql > 0 && *other_postgresql > 0);
                assert!(class != other || !twice, "{class} stands twice");
            }
        }
    }
}

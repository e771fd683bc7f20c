//! Prices of DynamoDB, us-east-1, on demand.

use super::{TableSpec, limits};
use crate::prices;
use cloudsim_records::BillItem;
use cloudsim_units::{Bytes, NanoUsd};

/// For each million units of writing, in each region that has a replica.
///
/// Assumed: PRC-25, recalled from the AWS price list since November 2024, when replicated writes came to cost as much as
/// others.
/// Only the bill rests on it.
pub const WRITE_UNITS_MILLION: NanoUsd = NanoUsd::from_micros(625_000);

/// For each million units of reading.
///
/// Assumed: PRC-25, recalled as above.
pub const READ_UNITS_MILLION: NanoUsd = NanoUsd::from_micros(125_000);

/// For each gigabyte and month, in each region that has a replica; a witness is free.
///
/// Assumed: PRC-25, recalled as above: the standard table class, without the first 25 gigabytes that are free.
pub const TABLE_GIGABYTE_MONTH: NanoUsd = NanoUsd::from_micros(250_000);

/// What a unit writes.
///
/// Source: Amazon `DynamoDB` Developer Guide, "`DynamoDB` read and write operations": an item of 1 KB, rounded up.
pub const WRITE_UNIT: Bytes = Bytes(1 << 10);

/// What a unit reads strongly consistently, or half a unit eventually.
///
/// Source: as above: an item of 4 KB, rounded up.
pub const READ_UNIT: Bytes = Bytes(4 << 10);

/// The units that a write takes, over all regions.
#[must_use]
pub fn write_units(spec: &TableSpec) -> u64 {
    spec.item_size.0.div_ceil(WRITE_UNIT.0).max(1) * spec.regions.len() as u64
}

/// Half the units that a read takes are so many.
#[must_use]
pub fn read_half_units(spec: &TableSpec) -> u64 {
    let half_units = if spec.is_strong() { 2 } else { 1 };
    spec.item_size.0.div_ceil(READ_UNIT.0).max(1) * half_units
}

/// What a table costs in a month by standing there: its storage in all regions.
#[must_use]
pub fn month(spec: &TableSpec, assumed: &limits::Assumed) -> BillItem {
    let replicas = spec.regions.len() as u64;
    let gigabytes_milli = u128::from(spec.storage.0) * u128::from(replicas) * 1000 / (1 << 30);
    let price = prices::at(TABLE_GIGABYTE_MONTH, assumed.prices);
    BillItem {
        what: format!("{} storage", spec.name),
        quantity_milli: u64::try_from(gigabytes_milli).expect("less than all disks there are"),
        unit: "GB-month".into(),
        usd: price.times(u128::from(spec.storage.0) * u128::from(replicas), 1 << 30),
        users: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::dynamodb::Consistency;
    use crate::services::dynamodb::tests::spec;

    #[test]
    fn every_region_pays_for_a_write_and_for_storage() {
        let mut table = spec(Consistency::Eventual);
        (table.item_size, table.storage) = (Bytes(1025), Bytes(10 << 30));
        assert_eq!(write_units(&table), 2 * 2);
        let item = month(&table, &limits::Assumed::default());
        assert_eq!((item.quantity_milli, item.usd.to_string()), (20_000, "5.00".to_owned()));
    }

    #[test]
    fn an_eventually_consistent_read_costs_half() {
        let mut table = spec(Consistency::Eventual);
        table.item_size = Bytes(4097);
        assert_eq!(read_half_units(&table), 2);
        table.consistency = Consistency::Strong { witness: Some("c".into()) };
        assert_eq!(read_half_units(&table), 4);
    }
}

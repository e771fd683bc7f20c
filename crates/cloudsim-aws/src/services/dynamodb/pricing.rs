//! What a table is billed by.

use super::TableSpec;
use crate::prices::{Price, PriceList};
use cloudsim_records::BillItem;
use cloudsim_units::Bytes;

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
pub fn month(spec: &TableSpec, prices: &PriceList) -> BillItem {
    let replicas = spec.regions.len() as u64;
    let gigabytes_milli = u128::from(spec.storage.0) * u128::from(replicas) * 1000 / (1 << 30);
    BillItem {
        what: format!("{} storage", spec.name),
        quantity_milli: u64::try_from(gigabytes_milli).expect("less than all disks there are"),
        unit: "GB-month".into(),
        usd: prices.of(Price::TableStorage).times(u128::from(spec.storage.0) * u128::from(replicas), 1 << 30),
        users: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::of_a_dollar;
    use crate::services::dynamodb::Consistency;
    use crate::services::dynamodb::tests::spec;

    #[test]
    fn every_region_pays_for_a_write_and_for_storage() {
        let mut table = spec(Consistency::Eventual);
        (table.item_size, table.storage) = (Bytes(1025), Bytes(10 << 30));
        assert_eq!(write_units(&table), 2 * 2);
        let item = month(&table, &of_a_dollar());
        assert_eq!((item.quantity_milli, item.usd.to_string()), (20_000, "20.00".to_owned()));
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

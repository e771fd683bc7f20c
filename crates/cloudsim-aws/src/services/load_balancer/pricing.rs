//! What Application Load Balancers are billed by.

/// New connections per second in one unit.
///
/// Assumed: ALB-31, from memory of the Elastic Load Balancing price page; only the bill rests on it.
pub const LCU_NEW_CONNECTIONS_PER_SECOND: u64 = 25;

/// Gigabytes per hour in one unit.
///
/// Assumed: ALB-31, as above.
pub const LCU_GIGABYTES_PER_HOUR: u64 = 1;

/// Capacity units and hours of a month, in thousandths, from the month's new connections and bytes, both in thousandths:
/// the dimension that is used most counts.
#[must_use]
pub fn lcu_hours_milli(new_connections_milli: u128, bytes_milli: u128) -> u128 {
    let per_hour = u128::from(LCU_NEW_CONNECTIONS_PER_SECOND) * 3_600;
    let by_connections = new_connections_milli / per_hour;
    let by_bytes = bytes_milli / (u128::from(LCU_GIGABYTES_PER_HOUR) * 1_000_000_000);
    by_connections.max(by_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dimension_that_is_used_most_counts() {
        // 50 new connections a second for an hour are two units; 3 GB in that hour are three.
        assert_eq!(lcu_hours_milli(50 * 3_600 * 1000, 0), 2000);
        assert_eq!(lcu_hours_milli(50 * 3_600 * 1000, 3_000_000_000 * 1000), 3000);
    }
}

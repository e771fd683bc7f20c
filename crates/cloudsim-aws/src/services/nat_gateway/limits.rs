//! What AWS documents of NAT gateways.

use cloudsim_units::{SimDuration, assumptions};
use std::ops::RangeInclusive;

/// Public addresses of one gateway.
///
/// Source: NET-05 and NET-08, Amazon VPC User Guide, "NAT gateways": up to eight, of which a quota allows two at first.
pub const ADDRESSES: RangeInclusive<u64> = 1..=8;

/// Connections to one destination at a time, for each public address.
///
/// Source: NET-05, Amazon VPC User Guide, "NAT gateways".
pub const CONNECTIONS_PER_DESTINATION: u32 = 55_000;

/// How long the port of a connection that was closed is not used again.
///
/// Source: AWS Knowledge Center, "How do I resolve the `ErrorPortAllocation` error on my NAT gateway?", 2019: 55,000
/// connections to a destination per minute.
pub const PORT_REUSE: SimDuration = SimDuration::from_secs(60);

/// A shortage of ports is told to be over when nobody was refused for so long.
///
/// Assumed: ports become free one by one, and metrics of AWS count by the minute; only records and timelines depend on it.
pub const SHORTAGE_ENDS_AFTER: SimDuration = SimDuration::from_secs(1);

/// A connection on which nothing passes for so long is forgotten; who uses it then gets a reset.
///
/// Source: NET-07, Amazon VPC User Guide, "Troubleshoot NAT gateways".
pub const IDLE_TIMEOUT: SimDuration = SimDuration::from_secs(350);

/// What a gateway passes at first, in bits per second.
///
/// Source: NET-03, Amazon VPC User Guide, "NAT gateway basics": 5 Gbps.
pub const BITS_PER_SECOND: u64 = 5_000_000_000;

/// When a gateway looks whether it should grow.
///
/// Assumed: NET-03 says that it grows by itself and not how fast; here a minute with half of what could pass doubles it. Only
/// what sends gigabits per second depends on it.
pub const GROWTH_INTERVAL: SimDuration = SimDuration::from_secs(60);

/// So much of its line passes at once.
///
/// Assumed: the buffer of a network device, tens of milliseconds. Only what sends gigabits per second depends on it.
pub const BURST: SimDuration = SimDuration::from_millis(50);

/// What it grows to, in bits per second.
///
/// Source: NET-03, as above: 100 Gbps.
pub const BITS_PER_SECOND_MAX: u64 = 100_000_000_000;

assumptions! {
    /// What is assumed of NAT gateways.
    Assumed {
        /// How often a gateway looks whether it should grow: it grows at once, or by the quarter of an hour.
        growth_interval: SimDuration = GROWTH_INTERVAL, "5s" to "15m";
        /// So much of its line passes at once: next to no buffer, or a deep one.
        burst: SimDuration = BURST, "5ms" to "500ms";
    }
}

//! Published numbers of Route 53 and of resolvers.

use cloudsim_units::{DurationDistribution, Ratio, SimDuration, assumptions};
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

/// How long the answer for a load balancer may be kept. Fixed by AWS.
///
/// Source: R53-16, Route 53 Developer Guide, "Values specific for weighted records"; ALB-12.
pub const ALIAS_TTL: SimDuration = SimDuration::from_secs(60);

/// The share of resolvers that keep answers longer than their TTL.
///
/// Source: R53-21, "Measuring TTL violation of DNS resolvers at scale" (PAM 2023).
pub const TTL_VIOLATORS: Ratio = Ratio::from_billionths(87_400_000);

/// The longest that a resolver which breaks TTLs keeps an answer, in multiples of the TTL.
///
/// Assumed: R53-21 gives the share of such resolvers, not how long they hold; uniform between one and ten TTLs. Only the
/// tail of a zone's withdrawal from DNS rests on it, and clients that try a second address hide most of that.
pub const TTL_STRETCH_MAX: u64 = 10;

/// How many addresses an answer holds at most that is made of several records.
///
/// Source: R53-14, Route 53 Developer Guide, "Multivalue answer routing": up to eight healthy records.
pub const VALUES_MAX: u32 = 8;

/// From an answer to a checker's next request.
///
/// Source: R53-01, Route 53 Developer Guide, "Values that you specify when you create or update health checks".
pub const INTERVAL: SimDuration = SimDuration::from_secs(30);

/// The other interval, which costs extra.
///
/// Source: R53-01, as above.
pub const FAST_INTERVAL: SimDuration = SimDuration::from_secs(10);

/// So many results in a row change a checker's mind.
///
/// Assumed: R53-02, recalled: what the console proposes. Any scenario can say another.
pub const FAILURE_THRESHOLD: u32 = 3;

/// How many results that may be.
///
/// Source: Route 53 Developer Guide, "Values that you specify when you create or update health checks".
pub const FAILURE_THRESHOLDS: RangeInclusive<u64> = 1..=10;

/// How many checkers ask.
///
/// Source: R53-03, Route 53 Developer Guide, as above: an endpoint that is asked every 30 s by each sees about one request
/// every two seconds.
pub const CHECKERS: u8 = 16;

/// An endpoint is healthy while more of the checkers say so, in percent.
///
/// Source: R53-04, Route 53 Developer Guide, "How Amazon Route 53 determines whether a health check is healthy".
pub const HEALTHY_ABOVE_PERCENT: usize = 18;

/// A checker waits that long for a connection.
///
/// Source: R53-05, as above.
pub const CONNECT_TIMEOUT: SimDuration = SimDuration::from_secs(4);

/// And that long, once it has one, for the status of an answer.
///
/// Source: R53-05, as above.
pub const ANSWER_TIMEOUT: SimDuration = SimDuration::from_secs(2);

/// Where checkers ask from, as rules see it.
///
/// Assumed: one address of the range that is recalled for health checkers; they have several.
pub const CHECKER_ADDRESS: Ipv4Addr = Ipv4Addr::new(15, 177, 0, 1);

/// One way between a checker and the region, the same for all requests of a checker.
///
/// Assumed: checkers are on several continents. A check's answer is late by it, and nothing else depends on it.
pub const CHECKER_LATENCY: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_millis(5), SimDuration::from_millis(100));

/// The region in which records are changed.
///
/// Source: R53-18, Amazon Route 53 Developer Guide, "Control and data planes".
pub const RECORDS_REGION: &str = "us-east-1";

/// From a change of a record until all servers answer with it.
///
/// Source: R53-17, Amazon Route 53 Developer Guide, "Creating records": generally within 60 seconds.
pub const CHANGE: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::ZERO, SimDuration::from_secs(60));

/// From switching a routing control until names turn by it.
///
/// Assumed: its state is agreed on by five regions and told to Route 53, for which the Developer Guide of Application Recovery
/// Controller names no time; seconds. A switch in time by people is late by it.
pub const ROUTING_CONTROL: DurationDistribution =
    DurationDistribution::Uniform(SimDuration::from_secs(1), SimDuration::from_secs(10));

/// Weights of records.
///
/// Source: R53-13, Route 53 Developer Guide, "Values specific for weighted records": 0 to 255.
pub const WEIGHTS: RangeInclusive<u64> = 0..=255;

assumptions! {
    /// What is assumed of resolvers.
    Assumed {
        /// TTLs that a resolver which breaks them keeps an answer at most: no more than two, or an hour of a minute's TTL.
        ttl_stretch_max: u64 = TTL_STRETCH_MAX, "2" to "60";
    }
}

assumptions! {
    /// What is assumed of health checks.
    Checks {
        /// How many results in a row change a checker's mind where nobody says it: one, or the most.
        failure_threshold: u32 = FAILURE_THRESHOLD, "1" to "10";
        /// One way between a checker and the region: all of them near, or on the other side of the world.
        checker_latency: DurationDistribution = CHECKER_LATENCY, r#"Constant("2ms")"# to r#"Constant("150ms")"#;
        /// From switching a routing control until names turn by it: at once, or a minute.
        routing_control: DurationDistribution = ROUTING_CONTROL, r#"Constant("0s")"# to r#"Constant("1m")"#;
    }
}

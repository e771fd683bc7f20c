//! Published numbers of Route 53 and of resolvers.

use cloudsim_units::{Ratio, SimDuration, assumptions};

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

assumptions! {
    /// What is assumed of resolvers.
    Assumed {
        /// TTLs that a resolver which breaks them keeps an answer at most: no more than two, or an hour of a minute's TTL.
        ttl_stretch_max: u64 = TTL_STRETCH_MAX, "2" to "60";
    }
}

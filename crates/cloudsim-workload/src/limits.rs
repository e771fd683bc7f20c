//! Defaults of clients.

use cloudsim_units::{SimDuration, assumptions};
use std::net::Ipv4Addr;

/// What rules see of clients.
///
/// Assumed: an address of the range for documentation (RFC 5737), which stands for any on the internet. Only rules that name
/// single ranges of the internet depend on it.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

/// A connection not made in that time is tried at the next address.
///
/// Assumed: browsers and HTTP libraries differ from a quarter of a second (Happy Eyeballs) to minutes; a second is what
/// careful ones set. The latency while a dead address is still listed rests on it.
pub const CONNECT_TIMEOUT: SimDuration = SimDuration::from_secs(1);

/// A try has failed when it takes longer.
///
/// Assumed: a common choice for interactive requests. How much of a failure users see rests on it, with the next two.
pub const TRY_TIMEOUT: SimDuration = SimDuration::from_secs(3);

/// It tries at most so often.
///
/// Assumed: as above.
pub const TRIES_MAX: u32 = 3;

/// It gives up when all tries together take longer.
///
/// Assumed: ten seconds is the limit for keeping a user's attention (J. Nielsen, "Response Times: The 3 Important Limits").
pub const TIMEOUT: SimDuration = SimDuration::from_secs(10);

/// The span before the second try.
///
/// Assumed: the AWS SDKs start at 50 to 100 ms with full jitter (Exponential Backoff And Jitter, AWS Architecture Blog).
pub const BACKOFF_BASE: SimDuration = SimDuration::from_millis(100);

/// No span between tries is longer.
///
/// Assumed: as above.
pub const BACKOFF_MAX: SimDuration = SimDuration::from_secs(1);

/// How many resolvers stand behind a kind of client.
///
/// Assumed: enough that no single one matters; R53-21 measured 8,524 of them. Only the grain of DNS tails rests on it.
pub const RESOLVERS: u32 = 1_000;

assumptions! {
    /// What is assumed of clients.
    Assumed {
        /// When another address is tried: Happy Eyeballs, or what libraries leave to the system.
        connect_timeout: SimDuration = CONNECT_TIMEOUT, "250ms" to "3s";
        /// When a try has failed: an impatient client, or one that waits almost as long as it can.
        try_timeout: SimDuration = TRY_TIMEOUT, "1s" to "9s";
        /// How often it tries: once, or as often as the AWS SDKs do in their adaptive mode.
        tries_max: u32 = TRIES_MAX, "1" to "5";
        /// When it gives up: half as long, or what browsers wait for.
        timeout: SimDuration = TIMEOUT, "5s" to "60s";
        /// The span before the second try: what the AWS SDKs start at, or ten times that.
        backoff_base: SimDuration = BACKOFF_BASE, "50ms" to "500ms";
        /// The longest span between tries: next to none, or that of most SDKs.
        backoff_max: SimDuration = BACKOFF_MAX, "200ms" to "20s";
        /// Resolvers behind a kind of client: a few large ones, or as many as R53-21 measured.
        resolvers: u32 = RESOLVERS, "100" to "8524";
    }
}

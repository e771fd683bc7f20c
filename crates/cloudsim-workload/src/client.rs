//! Clients: how long they wait, how often they try, and who looks up names for them.

use cloudsim_units::{DurationDistribution, Ratio, SimDuration};

/// A kind of client.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientSpec {
    /// Its name.
    pub name: String,
    /// A connection not made in that time is tried at the next address of the answer.
    pub connect_timeout: SimDuration,
    /// A try has failed when it takes longer, connecting included.
    pub try_timeout: SimDuration,
    /// It tries at most so often.
    pub tries_max: u32,
    /// It gives up when all tries together take longer.
    pub timeout: SimDuration,
    /// How long it waits between tries.
    pub backoff: BackoffSpec,
    /// One way between it and the region.
    pub latency: DurationDistribution,
    /// Who looks up names for it.
    pub resolvers: ResolverSpec,
}

/// How long a client waits before its next try: a random share of a doubling span ("full jitter").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffSpec {
    /// The span before the second try.
    pub base: SimDuration,
    /// No span is longer.
    pub max: SimDuration,
}

/// The resolvers behind a kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolverSpec {
    /// How many there are; each request comes from one of them, all equally likely.
    pub count: u32,
    /// The share of them that keep answers longer than they may.
    pub ttl_violators: Ratio,
    /// Those keep an answer between one and so many TTLs.
    pub ttl_stretch_max: u64,
}

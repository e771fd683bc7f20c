//! Clients: how long they wait, how often they try, and who looks up names for them.

use cloudsim_units::{DurationDistribution, Ratio, SimDuration};
use std::net::Ipv4Addr;

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
    /// One way between it and a region.
    pub latency: DurationDistribution,
    /// The same for some regions, where it is another.
    pub latencies: Vec<(String, DurationDistribution)>,
    /// What security groups and network ACLs see of it.
    pub address: Ipv4Addr,
    /// Who looks up names for it.
    pub resolvers: ResolverSpec,
}

impl ClientSpec {
    /// One way between it and a region.
    #[must_use]
    pub fn latency_to(&self, region: &str) -> DurationDistribution {
        let own = self.latencies.iter().find(|(of, _)| of == region);
        own.map_or(self.latency, |(_, latency)| *latency)
    }
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

impl BackoffSpec {
    /// How long to wait before the `retry`-th retry, counted from 1: anywhere up to a span that doubles.
    #[must_use]
    pub fn delay(&self, retry: u32, word: u64) -> SimDuration {
        let span = self.base.saturating_mul(1 << (retry - 1).min(32)).min(self.max);
        DurationDistribution::Uniform(SimDuration::ZERO, span).sample(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_doubles_up_to_its_limit() {
        let backoff = BackoffSpec { base: SimDuration::from_millis(100), max: SimDuration::from_millis(300) };
        let longest: Vec<_> = (1..=4).map(|retry| backoff.delay(retry, u64::MAX)).collect();
        assert_eq!(longest, [100, 200, 300, 300].map(SimDuration::from_millis));
        assert_eq!(backoff.delay(3, 0), SimDuration::ZERO);
    }
}

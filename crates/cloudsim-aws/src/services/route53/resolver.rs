//! A caching resolver: one user's, one provider's, or one server's own.

use cloudsim_engine::mix;
use cloudsim_units::{SimDuration, SimTime};

/// The nodes of a load balancer that an answer lists: bit `i` is its `i`-th node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer(pub u32);

impl Answer {
    /// It has room for so many addresses.
    pub const MAX: u32 = u32::BITS;

    /// How many addresses it holds.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The node of the `rank`-th address, counted from 0.
    ///
    /// # Panics
    /// If there are not that many.
    #[must_use]
    pub fn nth(self, rank: u32) -> u32 {
        assert!(rank < self.count(), "an answer of {} addresses has none numbered {rank}", self.count());
        let mut bits = self.0;
        for _ in 0..rank {
            bits &= bits - 1;
        }
        bits.trailing_zeros()
    }

    /// At most `limit` of its addresses, any of them alike; `word` is drawn only if there are more.
    pub(super) fn some(self, limit: u32, word: impl FnOnce() -> u64) -> Self {
        if self.count() <= limit {
            return self;
        }
        let mut kept = self;
        let mut word = word();
        while kept.count() > limit {
            word = mix(word, u64::from(kept.0));
            let rank = (u128::from(word) * u128::from(kept.count())) >> 64;
            kept.0 &= !(1 << kept.nth(u32::try_from(rank).expect("below the count")));
        }
        kept
    }
}

/// What is found at a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Which of the name's records; the first where an answer holds the addresses of several.
    pub record: u8,
    /// The nodes of the load balancer that it is an alias of, or of several, one after the other.
    pub answer: Answer,
}

/// What a resolver remembers of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Cached {
    found: Found,
    until: SimTime,
}

/// A resolver and what it remembers.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// How many times the TTL it keeps an answer, in thousandths: 1000 honours it.
    stretch_milli: u64,
    cache: Vec<Cached>,
}

impl Resolver {
    /// A resolver for `names` names that keeps answers `stretch_milli` thousandths of their TTL.
    #[must_use]
    pub fn new(names: usize, stretch_milli: u64) -> Self {
        Self { stretch_milli, cache: vec![Cached::default(); names] }
    }

    /// The answer for a name that is not too old yet.
    #[inline]
    #[must_use]
    pub fn remembered(&self, name: usize, now: SimTime) -> Option<Found> {
        let cached = &self.cache[name];
        // `until` is the first instant at which the answer is too old; at t = 0 nothing is remembered.
        (now < cached.until).then_some(cached.found)
    }

    /// Remembers what it was answered now, and says it.
    pub fn remember(&mut self, name: usize, now: SimTime, ttl: SimDuration, found: Found) -> Found {
        let kept = SimDuration::from_nanos(ttl.as_nanos() / 1000 * self.stretch_milli);
        self.cache[name] = Cached { found, until: now.saturating_add(kept) };
        found
    }

    /// Lets what is remembered of a name end at `until`, so that not all resolvers ask at the same moment.
    pub fn age(&mut self, name: usize, found: Found, until: SimTime) {
        self.cache[name] = Cached { found, until };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: SimDuration = SimDuration::from_secs(60);

    const fn found(nodes: u32) -> Found {
        Found { record: 0, answer: Answer(nodes) }
    }

    #[test]
    fn an_answer_names_its_nodes_in_order() {
        let answer = Answer(0b1011);
        assert_eq!((answer.nth(0), answer.nth(1), answer.nth(2)), (0, 1, 3));
    }

    #[test]
    fn of_more_addresses_than_an_answer_holds_any_are_left_out() {
        let all = Answer(0b1111);
        assert_eq!(all.some(4, || unreachable!("all fit")), all);
        let kept: Vec<Answer> = (0..100).map(|word| all.some(2, || mix(word, 1))).collect();
        assert!(kept.iter().all(|answer| answer.count() == 2));
        // Six pairs, each left with the same chance: none is missing in a hundred but with 6 * (5/6)^100 = 7e-8.
        let pairs: std::collections::BTreeSet<u32> = kept.iter().map(|answer| answer.0).collect();
        assert_eq!(pairs.len(), 6);
    }

    #[test]
    fn an_honest_resolver_asks_again_when_the_ttl_is_over() {
        let mut resolver = Resolver::new(1, 1000);
        assert_eq!(resolver.remembered(0, SimTime::ZERO), None);
        resolver.remember(0, SimTime::from_secs(10), TTL, found(3));
        assert_eq!(resolver.remembered(0, SimTime::from_nanos(69_999_999_999)), Some(found(3)));
        assert_eq!(resolver.remembered(0, SimTime::from_secs(70)), None);
    }

    #[test]
    fn one_that_breaks_ttls_keeps_the_answer_longer() {
        let mut resolver = Resolver::new(1, 2500);
        resolver.remember(0, SimTime::ZERO, TTL, found(3));
        assert_eq!(resolver.remembered(0, SimTime::from_secs(149)), Some(found(3)));
        assert_eq!(resolver.remembered(0, SimTime::from_secs(150)), None);
    }
}

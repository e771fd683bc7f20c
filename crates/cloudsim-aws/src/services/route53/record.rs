//! Names and where they lead: to one load balancer, or by a policy to one of several.

use super::limits::VALUES_MAX;
use super::{Answer, Found};
use cloudsim_units::SimDuration;
use cloudsim_world::{HealthCheckId, LoadBalancerId};

/// A name that points to load balancers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsNameSpec {
    /// The name, as `shop.example.com`; a load balancer's own name is the load balancer's.
    pub name: String,
    /// How a record is chosen.
    pub policy: Policy,
    /// Its records, at least one; of a failover the primary, then the secondary.
    pub records: Vec<RecordSpec>,
    /// How long an answer may be kept.
    pub ttl: SimDuration,
}

/// How Route 53 chooses one of the records of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// There is one.
    Simple,
    /// The first while it is healthy, else the second.
    Failover,
    /// Each query by weight, among the healthy ones.
    Weighted,
    /// The nearest of the healthy ones, for whoever asks.
    Latency,
    /// The addresses of all healthy ones in one answer, up to [`limits::VALUES_MAX`](super::limits::VALUES_MAX) of them.
    Multivalue,
}

/// A record of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSpec {
    /// The load balancer that it is an alias of.
    pub alias: LoadBalancerId,
    /// What says whether it is healthy; without one it always is.
    pub health_check: Option<HealthCheckId>,
    /// Its weight; 1 where weights do not count.
    pub weight: u32,
    /// Of a name that is answered with the addresses of several load balancers: how many of those of others come before
    /// its own. Else 0.
    pub first_value: u32,
}

/// A name has at most so many records: each has a bit of [`Served`].
pub const RECORDS_MAX: usize = u32::BITS as usize;

/// Records of a name: bit `i` is its `i`-th.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served(pub u32);

impl Served {
    /// Whether a record is among them.
    #[must_use]
    pub fn has(self, record: usize) -> bool {
        self.0 >> record & 1 == 1
    }
}

impl DnsNameSpec {
    /// A name with one record.
    #[must_use]
    pub fn simple(name: String, alias: LoadBalancerId, ttl: SimDuration) -> Self {
        let record = RecordSpec { alias, health_check: None, weight: 1, first_value: 0 };
        Self { name, policy: Policy::Simple, records: vec![record], ttl }
    }

    /// The records that are answered with, given which are there and which checks pass. Where none is there all count as if they
    /// were.
    ///
    /// Records of weight 0 count only if no other is healthy (R53-12). If none is healthy at all, all count as healthy
    /// (R53-11), so that a failover answers with its primary.
    #[must_use]
    pub fn served(
        &self,
        is_there: impl Fn(usize) -> bool,
        is_healthy: impl Fn(HealthCheckId) -> bool,
    ) -> Served {
        let none = !(0..self.records.len()).any(&is_there);
        let of = |fits: &dyn Fn(&RecordSpec) -> bool| {
            let places = self.records.iter().enumerate();
            let places = places.filter(|(place, record)| (none || is_there(*place)) && fits(record));
            Served(places.fold(0, |bits, (place, _)| bits | 1 << place))
        };
        let healthy = |record: &RecordSpec| record.health_check.is_none_or(&is_healthy);
        let ranks: [Served; 4] = [
            of(&|record| healthy(record) && record.weight > 0),
            of(&healthy),
            of(&|record| record.weight > 0),
            of(&|_| true),
        ];
        let served = ranks.into_iter().find(|served| served.0 != 0).expect("a name has records");
        match self.policy {
            Policy::Weighted | Policy::Latency | Policy::Multivalue => served,
            // The first that counts.
            Policy::Simple | Policy::Failover => Served(served.0 & served.0.wrapping_neg()),
        }
    }

    /// What a query is answered with, from the addresses that each load balancer has in DNS. `distance` is how far one is from
    /// whoever asks; `word` is the query's luck, drawn only where there is a choice.
    ///
    /// # Panics
    /// If no record is served.
    #[must_use]
    pub fn answer(
        &self,
        served: Served,
        addresses: impl Fn(LoadBalancerId) -> Answer,
        distance: impl Fn(LoadBalancerId) -> SimDuration,
        word: impl FnOnce() -> u64,
    ) -> Found {
        let places = (0..self.records.len()).filter(|place| served.has(*place));
        let record = match self.policy {
            Policy::Multivalue => {
                let values = places.map(|place| &self.records[place]);
                let values = values.map(|record| addresses(record.alias).0 << record.first_value);
                let all = Answer(values.fold(0, |all, of| all | of));
                return Found { record: 0, answer: all.some(VALUES_MAX, word) };
            }
            Policy::Latency => {
                let nearest = places.min_by_key(|place| distance(self.records[*place].alias));
                nearest.expect("a record is served")
            }
            Policy::Simple | Policy::Failover | Policy::Weighted => self.choose(served, word),
        };
        let answer = addresses(self.records[record].alias);
        Found { record: u8::try_from(record).expect("few records"), answer }
    }

    /// The record that a query is answered with.
    fn choose(&self, served: Served, word: impl FnOnce() -> u64) -> usize {
        let places = (0..self.records.len()).filter(|place| served.has(*place));
        if served.0.is_power_of_two() {
            return served.0.trailing_zeros() as usize;
        }
        // Records of weight 0 are served among themselves alone, and then alike.
        let weight = |place: usize| u64::from(self.records[place].weight).max(1);
        let total: u64 = places.clone().map(weight).sum();
        let mut rank =
            u64::try_from((u128::from(word()) * u128::from(total)) >> 64).expect("below the total");
        for place in places {
            if rank < weight(place) {
                return place;
            }
            rank -= weight(place);
        }
        unreachable!("the rank is below the total")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cloudsim_engine::mix;

    const EAST: HealthCheckId = HealthCheckId(0);
    const WEST: HealthCheckId = HealthCheckId(1);

    fn name(policy: Policy, records: &[(Option<HealthCheckId>, u32)]) -> DnsNameSpec {
        let record = |(place, (health_check, weight)): (usize, &(Option<HealthCheckId>, u32))| RecordSpec {
            alias: LoadBalancerId::from_index(place),
            health_check: *health_check,
            weight: *weight,
            first_value: 2 * u32::try_from(place).expect("few records"),
        };
        let records = records.iter().enumerate().map(record).collect();
        DnsNameSpec { name: "www".into(), policy, records, ttl: SimDuration::from_secs(60) }
    }

    #[test]
    fn the_secondary_is_served_while_the_primary_is_unhealthy_and_it_is_not() {
        let name = name(Policy::Failover, &[(Some(EAST), 1), (Some(WEST), 1)]);
        assert_eq!(name.served(|_| true, |_| true), Served(0b01));
        assert_eq!(name.served(|_| true, |check| check == WEST), Served(0b10));
        assert_eq!(name.served(|_| true, |check| check == EAST), Served(0b01));
        assert_eq!(name.served(|_| true, |_| false), Served(0b01), "if none is healthy all count as healthy");
    }

    #[test]
    fn weight_zero_is_served_when_no_other_is_healthy() {
        let name = name(Policy::Weighted, &[(Some(EAST), 3), (None, 0), (Some(WEST), 1)]);
        assert_eq!(name.served(|_| true, |_| true), Served(0b101));
        assert_eq!(name.served(|_| true, |check| check == WEST), Served(0b100));
        assert_eq!(name.served(|_| true, |_| false), Served(0b010));
    }

    fn answered(name: &DnsNameSpec, served: Served) -> Found {
        // The first load balancer is far away and has two addresses in DNS, the others have their second.
        let addresses = |alias: LoadBalancerId| Answer(if alias.index() == 0 { 0b11 } else { 0b10 });
        let distance = |alias: LoadBalancerId| SimDuration::from_millis(9 - alias.index() as u64);
        name.answer(served, addresses, distance, || 7)
    }

    #[test]
    fn the_nearest_of_the_healthy_ones_is_served() {
        let name = name(Policy::Latency, &[(Some(EAST), 1), (None, 1), (Some(WEST), 1)]);
        assert_eq!(
            answered(&name, name.served(|_| true, |_| true)),
            Found { record: 2, answer: Answer(0b10) }
        );
        let east = name.served(|_| true, |check| check == EAST);
        assert_eq!(answered(&name, east), Found { record: 1, answer: Answer(0b10) });
    }

    #[test]
    fn one_answer_holds_the_addresses_of_all_that_are_healthy() {
        let name = name(Policy::Multivalue, &[(Some(EAST), 1), (None, 1), (Some(WEST), 1)]);
        let answer = |served| answered(&name, served).answer;
        assert_eq!(answer(name.served(|_| true, |_| true)), Answer(0b10_10_11));
        assert_eq!(answer(name.served(|_| true, |check| check == WEST)), Answer(0b10_10_00));
        assert_eq!(
            answer(name.served(|_| true, |_| false)),
            Answer(0b00_10_00),
            "one without a check is healthy"
        );
    }

    /// Of 8,000 queries three quarters: binomial, five standard deviations are below 200.
    #[test]
    fn queries_are_answered_by_weight() {
        let name = name(Policy::Weighted, &[(Some(EAST), 3), (None, 0), (Some(WEST), 1)]);
        let chosen = |word: u64| name.choose(name.served(|_| true, |_| true), || mix(word, 5));
        let first = (0..8_000).filter(|word| chosen(*word) == 0).count();
        assert!(first.abs_diff(6_000) < 200, "{first}");
        assert!((0..8_000).all(|word| chosen(word) != 1));
    }
}

//! How long a packet takes within a zone and between two.

use cloudsim_units::SimDuration;
use cloudsim_world::ZoneId;

/// One-way latencies between all pairs of zones, symmetric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latencies {
    zones: usize,
    one_way: Vec<SimDuration>,
}

impl Latencies {
    /// `zones` zones, `within` one way inside of each and `between` one way from each to each.
    #[must_use]
    pub fn new(zones: usize, within: SimDuration, between: SimDuration) -> Self {
        let one_way =
            (0..zones * zones).map(|i| if i / zones == i % zones { within } else { between }).collect();
        Self { zones, one_way }
    }

    /// Sets all pairs of zones that are in different regions; `region` says which one a zone is in.
    pub fn set_between_regions<R: PartialEq>(&mut self, one_way: SimDuration, region: impl Fn(ZoneId) -> R) {
        for one in (0..self.zones).map(ZoneId::from_index) {
            for other in (0..one.index()).map(ZoneId::from_index) {
                if region(one) != region(other) {
                    self.set(one, other, one_way);
                }
            }
        }
    }

    /// Sets one pair, in both directions.
    pub fn set(&mut self, one: ZoneId, other: ZoneId, one_way: SimDuration) {
        self.one_way[one.index() * self.zones + other.index()] = one_way;
        self.one_way[other.index() * self.zones + one.index()] = one_way;
    }

    /// One way from zone to zone.
    #[must_use]
    pub fn one_way(&self, from: ZoneId, to: ZoneId) -> SimDuration {
        self.one_way[from.index() * self.zones + to.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_symmetric_and_leaves_the_others_alone() {
        let mut latencies = Latencies::new(3, SimDuration::from_micros(75), SimDuration::from_micros(400));
        latencies.set(ZoneId(0), ZoneId(2), SimDuration::from_micros(600));
        assert_eq!(latencies.one_way(ZoneId(2), ZoneId(0)), SimDuration::from_micros(600));
        assert_eq!(latencies.one_way(ZoneId(0), ZoneId(1)), SimDuration::from_micros(400));
        assert_eq!(latencies.one_way(ZoneId(1), ZoneId(1)), SimDuration::from_micros(75));
    }

    #[test]
    fn zones_of_different_regions_are_far_apart_and_those_of_one_are_not() {
        let (between, far) = (SimDuration::from_micros(400), SimDuration::from_millis(35));
        let mut latencies = Latencies::new(4, SimDuration::from_micros(75), between);
        latencies.set_between_regions(far, |zone| zone.index() / 2);
        for (one, other, expected) in
            [(0, 1, between), (2, 3, between), (0, 2, far), (3, 0, far), (1, 2, far)]
        {
            assert_eq!(latencies.one_way(ZoneId(one), ZoneId(other)), expected, "{one} {other}");
        }
    }
}

//! Traffic: how requests arrive.

use cloudsim_units::{DurationDistribution, Rate, SimDuration, SimTime};
use cloudsim_world::ClassId;

/// How requests of an open loop are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// As if by very many independent users.
    Poisson,
    /// All gaps equal.
    Constant,
}

/// Requests that arrive whether or not earlier ones were answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLoopSpec {
    /// Its name.
    pub name: String,
    /// How many arrive.
    pub rate: Rate,
    /// How they are spaced.
    pub arrivals: Arrivals,
    /// From when on they arrive.
    pub from: SimTime,
    /// None arrives from then on.
    pub until: SimTime,
    /// What arrives: classes and their weights.
    pub mix: Vec<(ClassId, u32)>,
}

impl OpenLoopSpec {
    /// The class of a request, by its weight.
    ///
    /// # Panics
    /// If all weights are zero.
    #[must_use]
    pub fn choose(&self, word: u64) -> ClassId {
        let total: u64 = self.mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut rank = u64::try_from((u128::from(word) * u128::from(total)) >> 64).expect("below the total");
        for (class, weight) in &self.mix {
            match rank.checked_sub(u64::from(*weight)) {
                Some(rest) => rank = rest,
                None => return *class,
            }
        }
        unreachable!("the rank is below the sum of the weights")
    }

    /// The time from one request to the next; `None` if none ever comes.
    #[must_use]
    pub fn gap(&self) -> Option<DurationDistribution> {
        let mean = SimDuration::from_nanos_f64(self.rate.mean_gap_nanos()?);
        Some(match self.arrivals {
            Arrivals::Poisson => DurationDistribution::Exponential(mean),
            Arrivals::Constant => DurationDistribution::Constant(mean),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_come_by_their_weight() {
        let spec = OpenLoopSpec {
            name: "t".into(),
            rate: Rate::new(10, SimDuration::from_secs(1)),
            arrivals: Arrivals::Poisson,
            from: SimTime::ZERO,
            until: SimTime::MAX,
            mix: vec![(ClassId(0), 90), (ClassId(1), 0), (ClassId(2), 10)],
        };
        let chosen: Vec<u32> =
            (0..1000_u64).map(|i| spec.choose(i * (u64::MAX / 1000) + u64::MAX / 2000).0).collect();
        assert_eq!(chosen.iter().filter(|class| **class == 0).count(), 900);
        assert_eq!(chosen.iter().filter(|class| **class == 1).count(), 0);
        assert_eq!(spec.choose(u64::MAX), ClassId(2));
    }
}

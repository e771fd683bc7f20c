//! Time from arrival to a good answer, with three significant digits.

use crate::document::LatencyMeasures;
use cloudsim_units::SimDuration;
use hdrhistogram::Histogram;

/// Longer answers count as that long: a day.
const MICROS_MAX: u64 = 86_400_000_000;

/// The latencies of a service's good requests, in a fixed amount of memory.
#[derive(Clone, Debug)]
pub(crate) struct Latency {
    micros: Histogram<u64>,
    max: SimDuration,
}

impl Latency {
    pub(crate) fn new() -> Self {
        Self {
            micros: Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("bounds that a histogram takes"),
            max: SimDuration::ZERO,
        }
    }

    pub(crate) fn observe(&mut self, latency: SimDuration) {
        self.micros.saturating_record(latency.as_nanos().div_ceil(1_000));
        self.max = self.max.max(latency);
    }

    /// What a share of the answers, in thousandths of a percent, did not exceed; `None` without any answer.
    ///
    /// The rank is computed from integers: the smallest latency that at least that share of all do not exceed. It is
    /// at most one thousandth above the true one, and never above the maximum.
    pub(crate) fn percentile(&self, thousandths: u32) -> Option<SimDuration> {
        let rank = (u128::from(self.micros.len()) * u128::from(thousandths)).div_ceil(100_000).max(1);
        let mut seen = 0;
        for step in self.micros.iter_recorded() {
            seen += u128::from(step.count_at_value());
            if seen >= rank {
                let micros = self.micros.highest_equivalent(step.value_iterated_to());
                return Some(SimDuration::from_micros(micros).min(self.max));
            }
        }
        None
    }

    pub(crate) fn measures(&self) -> Option<LatencyMeasures> {
        Some(LatencyMeasures {
            p50: self.percentile(50_000)?,
            p95: self.percentile(95_000)?,
            p99: self.percentile(99_000)?,
            max: self.max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::new();
        millis.into_iter().for_each(|ms| latency.observe(SimDuration::from_millis(ms)));
        latency
    }

    #[test]
    fn no_answers_have_no_latency() {
        assert_eq!(of([]).measures(), None);
    }

    #[test]
    fn equal_answers_have_that_latency_exactly() {
        let latency = of([500; 1000]);
        assert_eq!(latency.percentile(50_000), Some(SimDuration::from_millis(500)));
        assert_eq!(latency.percentile(99_900), Some(SimDuration::from_millis(500)));
    }

    #[test]
    fn percentiles_are_within_a_thousandth() {
        let latency = of(1..=1000);
        for (thousandths, exact) in [(50_000, 500), (95_000, 950), (99_000, 990), (100_000, 1000), (0, 1)] {
            let exact = SimDuration::from_millis(exact);
            let measured = latency.percentile(thousandths).expect("an answer");
            assert!(measured >= exact && measured <= exact + exact / 1000, "{thousandths}: {measured}");
        }
    }

    #[test]
    fn the_rank_does_not_suffer_from_floats() {
        // 99.9 % of 1000 answers is the 999th of them; the double nearest to 0.999 would ask for the 1000th.
        let latency = of((0..1000).map(|n| if n < 999 { 10 } else { 9000 }));
        let p999 = latency.percentile(99_900).expect("an answer");
        assert!(p999 < SimDuration::from_millis(11), "{p999}");
    }
}

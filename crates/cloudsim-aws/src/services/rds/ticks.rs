//! Things done at regular intervals with a random phase, counted instead of scheduled: checkpoints, log shipping.

use super::ledger::Kept;
use cloudsim_units::{SimDuration, SimTime};

/// Instants one interval apart. The last one before the start of the run was `age` ago at t = 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticks {
    interval: u64,
    age: u64,
}

impl Ticks {
    /// Ticks whose phase is the uniform `word`.
    pub(super) fn new(interval: SimDuration, word: u64) -> Self {
        // An interval of nothing would be a tick at every instant; a nanosecond is as good.
        let interval = interval.as_nanos().max(1);
        let age = (u128::from(word) * u128::from(interval)) >> 64;
        Self { interval, age: u64::try_from(age).expect("below the interval") }
    }

    /// How many ticks there have been since t = 0, one at `now` included.
    pub(super) fn count(self, now: SimTime) -> u64 {
        now.as_nanos().saturating_add(self.age) / self.interval
    }

    /// How many there are in every stretch of that length, at least.
    pub(super) fn within(self, span: SimDuration) -> u64 {
        span.as_nanos() / self.interval
    }

    /// The last tick at or before `now`; `None` if that was before the run.
    pub(super) fn last(self, now: SimTime) -> Option<SimTime> {
        let count = self.count(now);
        (count > 0).then(|| SimTime::from_nanos(count * self.interval - self.age))
    }

    /// When the tick of that number is; those up to 0 were before the run.
    pub(super) fn at(self, number: i64) -> Kept {
        let at = i128::from(number) * i128::from(self.interval) - i128::from(self.age);
        let nanos = |at: i128| u64::try_from(at).unwrap_or(u64::MAX);
        Kept { at: SimTime::from_nanos(nanos(at.max(0))), before: SimDuration::from_nanos(nanos(-at.min(0))) }
    }

    /// How long ago the last tick was, even if it was before the run.
    pub(super) fn since_last(self, now: SimTime) -> SimDuration {
        SimDuration::from_nanos(now.as_nanos().saturating_add(self.age) % self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_one_interval_apart_and_the_first_is_where_the_phase_says() {
        // Half a word: the last tick was half an interval before t = 0.
        let ticks = Ticks::new(SimDuration::from_secs(300), 1 << 63);
        assert_eq!(ticks.last(SimTime::from_secs(149)), None);
        assert_eq!(ticks.since_last(SimTime::ZERO), SimDuration::from_secs(150));
        assert_eq!(ticks.last(SimTime::from_secs(150)), Some(SimTime::from_secs(150)));
        assert_eq!(ticks.last(SimTime::from_secs(500)), Some(SimTime::from_secs(450)));
        assert_eq!(ticks.since_last(SimTime::from_secs(500)), SimDuration::from_secs(50));
        assert_eq!(ticks.count(SimTime::from_secs(500)), 2);
    }
}

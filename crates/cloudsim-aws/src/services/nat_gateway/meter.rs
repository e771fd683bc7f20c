//! The bandwidth of a NAT gateway: what is sent faster than it passes waits, as TCP slows its senders down.

use super::limits::{Assumed, BITS_PER_SECOND, BITS_PER_SECOND_MAX};
use cloudsim_units::{Bytes, SimDuration, SimTime};

/// How fast a gateway is, and how much waits for it.
#[derive(Debug)]
pub(super) struct Meter {
    assumed: Assumed,
    bits_per_second: u64,
    /// What was sent until now has passed by then.
    busy_until: SimTime,
    /// The interval that is counted, and what was sent in it.
    minute: (u64, u64),
}

impl Meter {
    pub(super) fn new(assumed: Assumed) -> Self {
        Self { assumed, bits_per_second: BITS_PER_SECOND, busy_until: SimTime::ZERO, minute: (0, 0) }
    }

    /// Sends some data: how long it waits.
    pub(super) fn pass(&mut self, now: SimTime, data: Bytes) -> SimDuration {
        let bits = data.0.saturating_mul(8);
        self.grow(now, bits);
        let begins = self.busy_until.max(now);
        let nanos = u128::from(bits) * 1_000_000_000 / u128::from(self.bits_per_second);
        let takes = SimDuration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.busy_until = begins.saturating_add(takes);
        begins.since(now).saturating_sub(self.assumed.burst)
    }

    /// A minute in which at least half of what could pass was sent doubles what passes in the next.
    fn grow(&mut self, now: SimTime, bits: u64) {
        let minute = now.as_nanos() / self.assumed.growth_interval.as_nanos();
        if minute != self.minute.0 {
            let interval = self.assumed.growth_interval.as_nanos();
            let could = u128::from(self.bits_per_second) * u128::from(interval) / 1_000_000_000;
            if u128::from(self.minute.1) * 2 >= could && minute == self.minute.0 + 1 {
                self.bits_per_second = (self.bits_per_second * 2).min(BITS_PER_SECOND_MAX);
            }
            self.minute = (minute, 0);
        }
        self.minute.1 = self.minute.1.saturating_add(bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 625 MB are 5 Gbit: a second at first.
    const SECOND: Bytes = Bytes(625_000_000);

    #[test]
    fn a_burst_passes_and_what_is_sent_faster_for_longer_waits() {
        let mut meter = Meter::new(Assumed::default());
        let now = SimTime::from_secs(1);
        assert_eq!(meter.pass(now, Bytes(SECOND.0 / 20)), SimDuration::ZERO);
        assert_eq!(meter.pass(now, SECOND), SimDuration::ZERO);
        // Before it lie 1.05 s, of which 50 ms are free.
        assert_eq!(meter.pass(now, Bytes(1)), SimDuration::from_secs(1));
        assert_eq!(meter.pass(SimTime::from_secs(3), SECOND), SimDuration::ZERO);
    }

    #[test]
    fn a_minute_of_load_doubles_it_up_to_a_limit() {
        let mut meter = Meter::new(Assumed::default());
        for second in 0..600 {
            meter.pass(SimTime::from_secs(second), Bytes(SECOND.0 * 100));
        }
        assert_eq!(meter.bits_per_second, BITS_PER_SECOND_MAX);
    }
}

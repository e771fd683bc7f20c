//! The brake in each client: so many requests a second, and some at once.

use cloudsim_units::{SimDuration, SimTime};

/// A token bucket that tells when a request may leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    /// Between two requests.
    gap: SimDuration,
    /// What may be saved up.
    burst: SimDuration,
    /// When all tokens are there again, if none is taken.
    full: SimTime,
}

impl Limiter {
    pub(crate) fn new(per_second: u32, burst: u32) -> Limiter {
        Limiter::every(SimDuration::from_nanos(1_000_000_000 / u64::from(per_second)), burst.into())
    }

    /// One request each `gap`.
    pub(crate) fn every(gap: SimDuration, burst: u64) -> Limiter {
        Limiter { gap, burst: gap.saturating_mul(burst.saturating_sub(1)), full: SimTime::ZERO }
    }

    /// Takes a token; the instant at which the request leaves.
    pub(crate) fn admit(&mut self, now: SimTime) -> SimTime {
        let leaves = self.free_at().max(now);
        self.full = self.full.max(now) + self.gap;
        leaves
    }

    /// When a token is there.
    pub(crate) fn free_at(&self) -> SimTime {
        self.full.saturating_sub(self.burst)
    }

    /// Takes a token if one is there now.
    pub(crate) fn try_accept(&mut self, now: SimTime) -> bool {
        let accepted = self.free_at() <= now;
        if accepted {
            self.admit(now);
        }
        accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn a_burst_leaves_at_once_and_the_rest_at_the_rate() {
        let mut limiter = Limiter::new(2, 3);
        let left: Vec<SimTime> = (0..6).map(|_| limiter.admit(seconds(10))).collect();
        let half = SimDuration::from_millis(500);
        let ten = seconds(10);
        assert_eq!(left, [ten, ten, ten, ten + half, ten + half + half, ten + half + half + half]);
    }

    #[test]
    fn all_tokens_are_there_at_first() {
        let mut limiter = Limiter::new(2, 3);
        let left: Vec<SimTime> = (0..4).map(|_| limiter.admit(SimTime::ZERO)).collect();
        let half = SimTime::ZERO + SimDuration::from_millis(500);
        assert_eq!(left, [SimTime::ZERO, SimTime::ZERO, SimTime::ZERO, half]);
    }

    #[test]
    fn what_is_saved_up_is_at_most_a_burst() {
        let mut limiter = Limiter::new(1, 1);
        assert!(limiter.try_accept(seconds(1)));
        assert!(!limiter.try_accept(seconds(1)));
        assert!(limiter.try_accept(seconds(100)));
        assert!(!limiter.try_accept(seconds(100)));
    }
}

//! Requests counted by the second of their arrival, and what each stretch of seconds says about the service.

use cloudsim_units::{Ratio, SimTime};

/// A bucket with fewer valid requests says too little by itself: it merges with its successors.
pub(crate) const VALID_MIN: u64 = 50;
/// Fewer failures than these are bad luck, not degradation.
pub(crate) const FAILED_MIN: u64 = 3;
/// The length of a bucket.
pub(crate) const BUCKET_NANOS: u64 = 1_000_000_000;

/// The requests that arrived in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) valid: u32,
    pub(crate) good: u32,
    /// Under way at the horizon: not valid, but they might have failed.
    pub(crate) unfinished: u32,
}

/// What a stretch of seconds says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// At or above the threshold.
    Good,
    /// Below it.
    Degraded,
    /// At or above it, but below if those failed that were under way at the horizon: no proof of either.
    Open,
}

/// One bucket, or several that were merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: SimTime,
    pub(crate) to: SimTime,
    pub(crate) valid: u64,
    pub(crate) good: u64,
    pub(crate) state: State,
}

/// Merges buckets until each window has [`VALID_MIN`] valid requests; the last may have fewer. Empty buckets begin
/// no window, so there may be gaps.
pub(crate) fn windows(buckets: &[Bucket], threshold: Ratio) -> Vec<Window> {
    let second = |place: usize| SimTime::from_secs(u64::try_from(place).expect("a count of seconds"));
    let mut windows = Vec::new();
    let mut begun = None;
    let (mut valid, mut good, mut unfinished) = (0_u64, 0_u64, 0_u64);
    for (place, bucket) in buckets.iter().enumerate() {
        if begun.is_none() && bucket.valid + bucket.unfinished == 0 {
            continue;
        }
        let from = *begun.get_or_insert(place);
        valid += u64::from(bucket.valid);
        good += u64::from(bucket.good);
        unfinished += u64::from(bucket.unfinished);
        if valid >= VALID_MIN || place + 1 == buckets.len() {
            let state = judge(valid, good, unfinished, threshold);
            windows.push(Window { from: second(from), to: second(place + 1), valid, good, state });
            begun = None;
            (valid, good, unfinished) = (0, 0, 0);
        }
    }
    windows
}

fn judge(valid: u64, good: u64, unfinished: u64, threshold: Ratio) -> State {
    let below = |whole: u64| whole - good >= FAILED_MIN && !threshold.is_met_by(good, whole);
    if below(valid) {
        State::Degraded
    } else if below(valid + unfinished) {
        State::Open
    } else {
        State::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(valid: u32, good: u32) -> Bucket {
        Bucket { valid, good, unfinished: 0 }
    }

    fn states(buckets: &[Bucket]) -> Vec<(u64, u64, State)> {
        windows(buckets, Ratio::from_percent(99))
            .into_iter()
            .map(|w| (w.from.as_nanos() / BUCKET_NANOS, w.to.as_nanos() / BUCKET_NANOS, w.state))
            .collect()
    }

    #[test]
    fn a_full_bucket_stands_alone_and_small_ones_merge() {
        let buckets = [bucket(50, 50), bucket(20, 20), bucket(0, 0), bucket(30, 30), bucket(100, 90)];
        assert_eq!(states(&buckets), [(0, 1, State::Good), (1, 4, State::Good), (4, 5, State::Degraded)]);
    }

    #[test]
    fn empty_buckets_begin_no_window() {
        let buckets = [bucket(0, 0), bucket(60, 60), bucket(0, 0), bucket(0, 0), bucket(60, 60)];
        assert_eq!(states(&buckets), [(1, 2, State::Good), (4, 5, State::Good)]);
    }

    #[test]
    fn two_failures_are_bad_luck_and_three_are_not() {
        assert_eq!(states(&[bucket(50, 48)]), [(0, 1, State::Good)]);
        assert_eq!(states(&[bucket(50, 47)]), [(0, 1, State::Degraded)]);
    }

    #[test]
    fn three_failures_of_many_stay_above_the_threshold() {
        assert_eq!(states(&[bucket(300, 297)]), [(0, 1, State::Good)]);
        assert_eq!(states(&[bucket(300, 296)]), [(0, 1, State::Degraded)]);
    }

    #[test]
    fn what_was_under_way_at_the_horizon_leaves_a_bucket_open() {
        let open = Bucket { valid: 900, good: 900, unfinished: 100 };
        let closed = Bucket { valid: 900, good: 900, unfinished: 2 };
        assert_eq!(states(&[closed, open]), [(0, 1, State::Good), (1, 2, State::Open)]);
    }

    #[test]
    fn the_last_window_is_judged_however_small() {
        assert_eq!(states(&[bucket(10, 0)]), [(0, 1, State::Degraded)]);
        assert_eq!(states(&[bucket(2, 0)]), [(0, 1, State::Good)]);
    }
}

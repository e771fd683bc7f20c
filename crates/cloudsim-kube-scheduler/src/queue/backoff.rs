//! How long a pod waits after an attempt that failed, and when what waits is looked at.

use cloudsim_units::{SimDuration, SimTime};

/// What a queue is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConfig {
    /// The wait after the first failure: `podInitialBackoffSeconds`. Each further one doubles it.
    ///
    /// Source: K8S-25, kube-scheduler `DefaultPodInitialBackoffDuration`: 1 s.
    pub initial_backoff: SimDuration,
    /// The longest wait: `podMaxBackoffSeconds`. Nothing waits if it is zero.
    ///
    /// Source: K8S-25, kube-scheduler `DefaultPodMaxBackoffDuration`: 10 s.
    pub max_backoff: SimDuration,
    /// A pod that no event has helped is tried again once it has waited longer than this:
    /// `--pod-max-in-unschedulable-pods-duration`.
    ///
    /// Source: K8S-26, kube-scheduler `DefaultPodMaxInUnschedulablePodsDuration`: 5 min.
    pub max_in_unschedulable: SimDuration,
    /// Whether a pod is tried before its backoff is over if no other waits: feature gate `SchedulerPopFromBackoffQ`.
    /// Pods that wait after an error are not.
    ///
    /// Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/SchedulerPopFromBackoffQ/>,
    /// on since 1.33.
    pub pop_from_backoff: bool,
}

impl Default for QueueConfig {
    fn default() -> QueueConfig {
        QueueConfig {
            initial_backoff: SimDuration::from_secs(1),
            max_backoff: SimDuration::from_secs(10),
            max_in_unschedulable: SimDuration::from_mins(5),
            pop_from_backoff: true,
        }
    }
}

/// Pods whose backoff is over become active at multiples of this, and those whose backoffs end within one such window
/// are ordered as active ones are.
///
/// Source: kube-scheduler v1.34 `backoffQOrderingWindowDuration` (KEP-5142).
const WINDOW: SimDuration = SimDuration::from_secs(1);
/// How often pods that no event has helped are looked at.
///
/// Source: K8S-26, kube-scheduler `PriorityQueue.Run`.
const FLUSH_EVERY: SimDuration = SimDuration::from_secs(30);

/// The first multiple of `period` after an instant.
fn next_multiple(at: SimTime, period: SimDuration) -> SimTime {
    let period = period.as_nanos();
    SimTime::from_nanos((at.as_nanos() / period + 1).saturating_mul(period))
}

impl QueueConfig {
    /// How long a pod waits that has failed so often.
    #[must_use]
    pub fn backoff(&self, failures: u32) -> SimDuration {
        let Some(doublings) = failures.checked_sub(1) else { return SimDuration::default() };
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        self.initial_backoff.saturating_mul(factor).min(self.max_backoff)
    }

    /// When a pod that failed for the `failures`th time at `since` may be active again: at the end of the window in
    /// which its backoff ends. `None` if it need not wait.
    pub(super) fn backs_off_until(&self, since: SimTime, failures: u32) -> Option<SimTime> {
        let backoff = self.backoff(failures);
        (!backoff.is_zero()).then(|| next_multiple(since.saturating_add(backoff), WINDOW))
    }

    /// When a pod that failed at `since` is tried again though no event has helped it.
    pub(super) fn flushes_at(&self, since: SimTime) -> SimTime {
        next_multiple(since.saturating_add(self.max_in_unschedulable), FLUSH_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::{QueueConfig, SimDuration, SimTime};

    #[test]
    fn the_backoff_doubles_from_one_second_to_ten() {
        let config = QueueConfig::default();
        let seconds =
            [0, 1, 2, 3, 4, 5, 6, 100].map(|failures| config.backoff(failures).as_nanos() / 1_000_000_000);
        assert_eq!(seconds, [0, 1, 2, 4, 8, 10, 10, 10]);
    }

    #[test]
    fn a_backoff_ends_with_the_window_of_a_second_in_which_its_time_is_up() {
        let config = QueueConfig::default();
        let until = |since| config.backs_off_until(SimTime::from_nanos(since), 1).unwrap();
        assert_eq!(until(0), SimTime::from_secs(2));
        assert_eq!(until(999_999_999), SimTime::from_secs(2));
        assert_eq!(until(1_000_000_000), SimTime::from_secs(3));
    }

    #[test]
    fn nothing_waits_if_the_longest_backoff_is_zero() {
        let config = QueueConfig { max_backoff: SimDuration::default(), ..QueueConfig::default() };
        assert_eq!(config.backs_off_until(SimTime::from_secs(7), 5), None);
    }

    #[test]
    fn who_no_event_has_helped_is_tried_again_at_the_first_round_after_five_minutes() {
        let config = QueueConfig::default();
        assert_eq!(config.flushes_at(SimTime::ZERO), SimTime::from_secs(330), "after, not at");
        assert_eq!(config.flushes_at(SimTime::from_secs(29)), SimTime::from_secs(330));
        assert_eq!(config.flushes_at(SimTime::from_secs(30)), SimTime::from_secs(360));
    }
}

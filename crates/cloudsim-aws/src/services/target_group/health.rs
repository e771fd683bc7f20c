//! The health of one target in the eyes of one node.

use crate::services::target_group::{TargetGroupSpec, limits};
use cloudsim_records::TargetHealth;

/// How a target takes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answers.
    Answers,
    /// It refuses: the host is there, the process is not.
    Refuses,
    /// Nothing comes back.
    Silent,
}

/// What a node thinks of a target: a state and a streak of probes that contradict it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    state: TargetHealth,
    streak: u32,
}

impl Health {
    /// A target that was just registered.
    pub const INITIAL: Self = Self { state: TargetHealth::Initial, streak: 0 };

    /// A target that has long been healthy.
    pub const HEALTHY: Self = Self { state: TargetHealth::Healthy, streak: 0 };

    /// The state.
    #[must_use]
    pub fn state(self) -> TargetHealth {
        self.state
    }

    /// Takes in the result of a probe; returns the new state if it changed.
    pub fn observe(&mut self, probe: Reach, spec: &TargetGroupSpec) -> Option<TargetHealth> {
        let passed = probe == Reach::Answers;
        let (contradicts, threshold) = match self.state {
            TargetHealth::Initial => {
                (true, if passed { limits::INITIAL_THRESHOLD } else { spec.unhealthy_threshold })
            }
            TargetHealth::Healthy => (!passed, spec.unhealthy_threshold),
            TargetHealth::UnhealthyTimeout | TargetHealth::UnhealthyRefused => {
                (passed, spec.healthy_threshold)
            }
            TargetHealth::Draining => (false, 0),
        };
        if !contradicts {
            self.streak = 0;
            return None;
        }
        self.streak += 1;
        if self.streak < threshold {
            return None;
        }
        let state = match probe {
            Reach::Answers => TargetHealth::Healthy,
            Reach::Refuses => TargetHealth::UnhealthyRefused,
            Reach::Silent => TargetHealth::UnhealthyTimeout,
        };
        *self = Self { state, streak: 0 };
        Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::target_group::Algorithm;

    fn spec() -> TargetGroupSpec {
        TargetGroupSpec {
            name: "web".into(),
            port: 80,
            interval: limits::INTERVAL,
            timeout: limits::TIMEOUT,
            healthy_threshold: limits::HEALTHY_THRESHOLD,
            unhealthy_threshold: limits::UNHEALTHY_THRESHOLD,
            algorithm: Algorithm::RoundRobin,
            cross_zone: true,
            deregistration_delay: limits::DEREGISTRATION_DELAY,
        }
    }

    #[test]
    fn two_failures_in_a_row_make_a_target_unhealthy_by_default() {
        let mut health = Health::HEALTHY;
        assert_eq!(health.observe(Reach::Silent, &spec()), None);
        assert_eq!(health.observe(Reach::Silent, &spec()), Some(TargetHealth::UnhealthyTimeout));
    }

    #[test]
    fn a_pass_in_between_starts_the_count_anew() {
        let mut health = Health::HEALTHY;
        for _ in 0..10 {
            assert_eq!(health.observe(Reach::Refuses, &spec()), None);
            assert_eq!(health.observe(Reach::Answers, &spec()), None);
        }
    }

    #[test]
    fn five_passes_in_a_row_bring_it_back_but_one_is_enough_for_a_new_target() {
        let mut health = Health::HEALTHY;
        health.observe(Reach::Refuses, &spec());
        health.observe(Reach::Refuses, &spec());
        for _ in 0..4 {
            assert_eq!(health.observe(Reach::Answers, &spec()), None);
        }
        assert_eq!(health.observe(Reach::Answers, &spec()), Some(TargetHealth::Healthy));
        let mut new = Health::INITIAL;
        assert_eq!(new.observe(Reach::Answers, &spec()), Some(TargetHealth::Healthy));
    }
}

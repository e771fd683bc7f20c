//! How fast an autoscaler goes where it wants to go: what it wanted before, and how far it went in which time.

use crate::limits;
use crate::objects::{Behavior, HorizontalPodAutoscaler, ScalingPolicy, ScalingRules, ScalingValue, Select};
use cloudsim_units::{SimDuration, SimTime};
use std::cmp::Ordering;

/// What an autoscaler wanted, and what it did.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// What it wanted.
    wanted: Vec<(SimTime, u32)>,
    /// So many pods more.
    more: Vec<(SimTime, u32)>,
    /// So many fewer.
    fewer: Vec<(SimTime, u32)>,
}

impl Pace {
    /// Notes how many pods there were when it first looked.
    pub(crate) fn begin(&mut self, now: SimTime, current: u32) {
        if self.wanted.is_empty() {
            self.wanted.push((now, current));
        }
    }

    /// How many pods there are to be, of those that are wanted now.
    pub(crate) fn allowed(
        &mut self,
        spec: &HorizontalPodAutoscaler,
        now: SimTime,
        current: u32,
        wanted: u32,
    ) -> u32 {
        match &spec.behavior {
            None => {
                let stable = self.highest(now, wanted);
                self.note(now, wanted, limits::HPA_DOWNSCALE_STABILIZATION);
                let at_once =
                    current.saturating_mul(limits::HPA_SCALE_UP_FACTOR).max(limits::HPA_SCALE_UP_PODS);
                stable.min(spec.max.min(at_once)).max(spec.min)
            }
            Some(behavior) => {
                let stable = self.stable(behavior, now, current, wanted);
                self.note(now, wanted, behavior.up.stabilization.max(behavior.down.stabilization));
                self.limited(behavior, (spec.min, spec.max), now, (current, stable))
            }
        }
    }

    /// Notes that it went from so many pods to so many. Only a behavior looks at that.
    pub(crate) fn went(&mut self, spec: &HorizontalPodAutoscaler, now: SimTime, from: u32, to: u32) {
        let Some(behavior) = &spec.behavior else { return };
        let longest = |rules: &ScalingRules| rules.policies.iter().map(|policy| policy.period).max();
        let (events, rules) =
            if to > from { (&mut self.more, &behavior.up) } else { (&mut self.fewer, &behavior.down) };
        let longest = longest(rules).unwrap_or_default();
        events.retain(|(at, _)| at.saturating_add(longest) >= now);
        events.push((now, to.abs_diff(from)));
    }

    fn note(&mut self, now: SimTime, wanted: u32, kept: SimDuration) {
        self.wanted.retain(|(at, _)| at.saturating_add(kept) >= now);
        self.wanted.push((now, wanted));
    }

    /// The most that was wanted in the window of a way down.
    fn highest(&self, now: SimTime, wanted: u32) -> u32 {
        let window = limits::HPA_DOWNSCALE_STABILIZATION;
        let recent = self.wanted.iter().filter(|(at, _)| at.saturating_add(window) >= now);
        recent.map(|(_, wanted)| *wanted).fold(wanted, u32::max)
    }

    /// As far as all that was wanted in either window agrees.
    fn stable(&self, behavior: &Behavior, now: SimTime, current: u32, wanted: u32) -> u32 {
        let recent = |window: SimDuration| {
            self.wanted
                .iter()
                .filter(move |(at, _)| at.saturating_add(window) > now)
                .map(|(_, wanted)| *wanted)
        };
        let least = recent(behavior.up.stabilization).fold(wanted, u32::min);
        let most = recent(behavior.down.stabilization).fold(wanted, u32::max);
        current.max(least).min(most)
    }

    fn limited(
        &self,
        behavior: &Behavior,
        (min, max): (u32, u32),
        now: SimTime,
        (current, wanted): (u32, u32),
    ) -> u32 {
        match wanted.cmp(&current) {
            Ordering::Greater => {
                let limit = self.limit(&behavior.up, now, current, true).max(current);
                wanted.min(max.min(limit))
            }
            Ordering::Less => {
                let limit = self.limit(&behavior.down, now, current, false).min(current);
                wanted.max(min.max(limit))
            }
            Ordering::Equal => wanted,
        }
    }

    /// How far the policies let it go.
    fn limit(&self, rules: &ScalingRules, now: SimTime, current: u32, up: bool) -> u32 {
        let limits = rules.policies.iter().map(|policy| {
            let before = self.before(policy, now, current);
            match (policy.value, up) {
                (ScalingValue::Pods(pods), true) => before.saturating_add(pods),
                (ScalingValue::Pods(pods), false) => before.saturating_sub(pods),
                // Either way so that a small share of few pods is one pod all the same.
                (ScalingValue::Percent(percent), true) => {
                    whole((before, 1.0 + f64::from(percent) / 100.0), f64::ceil)
                }
                (ScalingValue::Percent(percent), false) => {
                    whole((before, 1.0 - f64::from(percent) / 100.0), f64::floor)
                }
            }
        });
        let limit = match (rules.select, up) {
            (Select::Disabled, _) => None,
            (Select::Max, true) | (Select::Min, false) => limits.max(),
            (Select::Min, true) | (Select::Max, false) => limits.min(),
        };
        limit.unwrap_or(current)
    }

    /// How many pods there were when the time of a policy began.
    fn before(&self, policy: &ScalingPolicy, now: SimTime, current: u32) -> u32 {
        let within = |events: &[(SimTime, u32)]| -> u32 {
            let recent = events.iter().filter(|(at, _)| at.saturating_add(policy.period) > now);
            recent.map(|(_, pods)| *pods).sum()
        };
        (current + within(&self.fewer)).saturating_sub(within(&self.more))
    }
}

/// A share of so many pods, in floats as the controller has it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of what is too large saturates"
)]
fn whole((pods, share): (u32, f64), rounded: fn(f64) -> f64) -> u32 {
    rounded(f64::from(pods) * share) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn autoscaler(behavior: Value) -> HorizontalPodAutoscaler {
        let target = json!({"kind": "Deployment", "name": "web"});
        let mut spec = json!({"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 40});
        if !behavior.is_null() {
            spec["behavior"] = behavior;
        }
        HorizontalPodAutoscaler::read("web".parse().unwrap(), &serde_json::from_value(spec).unwrap()).unwrap()
    }

    /// How many pods there are after each look, one each 15 s, if so many are wanted.
    fn pods(spec: &HorizontalPodAutoscaler, from: u32, wanted: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut pace = Pace::default();
        let (mut now, mut current) = (SimTime::from_secs(1000), from);
        pace.begin(now, current);
        let mut all = Vec::new();
        for wanted in wanted {
            let next = pace.allowed(spec, now, current, wanted);
            if next != current {
                pace.went(spec, now, current, next);
            }
            current = next;
            all.push(current);
            now += limits::HPA_SYNC;
        }
        all
    }

    #[test]
    fn without_a_behavior_it_doubles_at_most_and_four_are_always_allowed() {
        assert_eq!(pods(&autoscaler(Value::Null), 1, [30; 5]), [4, 8, 16, 30, 30]);
        assert_eq!(pods(&autoscaler(Value::Null), 3, [99; 5]), [6, 12, 24, 40, 40]);
    }

    #[test]
    fn it_goes_down_only_when_five_minutes_agree() {
        // The first look wanted 20. Looks come every 15 s: the twenty-first is 300 s later and still sees it, the next
        // does not.
        let wanted = std::iter::once(20).chain(std::iter::repeat_n(1, 25));
        let all = pods(&autoscaler(Value::Null), 20, wanted);
        assert!(all[..21].iter().all(|pods| *pods == 20), "{all:?}");
        // Then down to the least that it may be.
        assert_eq!(all[21], 2);
    }

    #[test]
    fn a_behavior_that_says_nothing_lets_four_come_or_as_many_as_there_are() {
        // 1 + 4, then 15 s later 5 + 5, 10 + 10, and so on.
        assert_eq!(pods(&autoscaler(json!({})), 1, [99; 5]), [5, 10, 20, 40, 40]);
    }

    #[test]
    fn a_policy_counts_from_what_there_was_when_its_time_began() {
        let two_a_minute =
            json!({"scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}});
        // Two at once; then none until 60 s later.
        assert_eq!(pods(&autoscaler(two_a_minute), 4, [9; 6]), [6, 6, 6, 6, 8, 8]);
        let tenth = json!({"scaleDown": {"stabilizationWindowSeconds": 0,
            "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}]}});
        // A tenth of 20 is two, so 18; a minute later 90 % of 18 is 16.2.
        assert_eq!(pods(&autoscaler(tenth), 20, [2; 5]), [18, 18, 18, 18, 16]);
    }

    #[test]
    fn of_several_policies_the_one_that_is_asked_for_counts() {
        let policy = |kind: &str, value: u32| json!({"type": kind, "value": value, "periodSeconds": 15});
        let policies = json!([policy("Pods", 1), policy("Percent", 50)]);
        let of =
            |select: &str| autoscaler(json!({"scaleUp": {"selectPolicy": select, "policies": policies}}));
        assert_eq!(pods(&of("Max"), 10, [40; 1]), [15]);
        assert_eq!(pods(&of("Min"), 10, [40; 1]), [11]);
        assert_eq!(pods(&of("Disabled"), 10, [40; 1]), [10]);
    }

    #[test]
    fn a_window_on_the_way_up_waits_until_all_of_it_agrees() {
        let spec = autoscaler(json!({"scaleUp": {"stabilizationWindowSeconds": 30}}));
        // What was wanted 30 s ago counts no longer: the third look sees only tens.
        assert_eq!(pods(&spec, 4, [10, 10, 10]), [4, 4, 8]);
    }

    proptest! {
        #[test]
        fn it_keeps_its_bounds_and_goes_only_where_it_wanted_to(
            wanted in prop::collection::vec(0_u32..60, 1..60),
            from in 2_u32..40,
            with_behavior in any::<bool>(),
        ) {
            let spec = autoscaler(if with_behavior { json!({}) } else { Value::Null });
            let all = pods(&spec, from, wanted.clone());
            let (mut before, mut highest) = (from, from);
            for (now, wanted) in all.into_iter().zip(wanted) {
                highest = highest.max(wanted);
                prop_assert!((2..=40).contains(&now));
                if now > before {
                    prop_assert!(now <= highest && now <= (before * 2).max(before + 4));
                } else if now < before {
                    prop_assert!(now >= wanted.clamp(2, 40));
                }
                before = now;
            }
        }
    }
}

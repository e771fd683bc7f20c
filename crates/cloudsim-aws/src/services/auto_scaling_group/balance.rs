//! Where members go: the choice of a zone, and what makes a spread even.

use std::cmp::Reverse;

/// The zone with the fewest members that was not tried in vain; the first of several.
///
/// Source: ASG-05. Which of several zones comes first is not published.
pub(super) fn zone_for_launch(counts: &[u32], tried: &[bool]) -> Option<usize> {
    (0..counts.len()).filter(|zone| !tried[*zone]).min_by_key(|zone| counts[*zone])
}

/// Of the zones that are `eligible`, the one with the most members; the first of several.
pub(super) fn fullest(counts: &[u32], eligible: &[bool]) -> Option<usize> {
    (0..counts.len()).filter(|zone| eligible[*zone]).min_by_key(|zone| Reverse(counts[*zone]))
}

/// The zones in which a rebalancing group launches now, with `counts` members in each zone, at most `limit` in all.
///
/// Those over `desired` are launches of an earlier round: each will be followed by a termination in the fullest zone, so
/// they are thought away there. Each launch of this round is followed by one, too.
pub(super) fn launches_for_balance(counts: &[u32], live: &[bool], desired: u32, limit: u32) -> Vec<usize> {
    let mut planned = counts.to_vec();
    let mut total: u32 = counts.iter().sum();
    for _ in desired..total {
        if let Some(zone) = fullest(&planned, live) {
            planned[zone] = planned[zone].saturating_sub(1);
        }
    }
    let dead: Vec<bool> = live.iter().map(|live| !live).collect();
    let mut launches = Vec::new();
    while total < limit
        && let Some(least) = zone_for_launch(&planned, &dead)
        && let Some(most) = fullest(&planned, live)
        && planned[most] > planned[least] + 1
    {
        planned[most] -= 1;
        planned[least] += 1;
        total += 1;
        launches.push(least);
    }
    launches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_launch_goes_to_the_emptiest_zone_and_to_the_next_when_that_failed() {
        assert_eq!(zone_for_launch(&[2, 1, 1], &[false; 3]), Some(1));
        assert_eq!(zone_for_launch(&[2, 1, 1], &[false, true, false]), Some(2));
        assert_eq!(zone_for_launch(&[2, 1, 1], &[true; 3]), None);
    }

    #[test]
    fn a_zone_that_is_back_gets_its_share() {
        assert_eq!(launches_for_balance(&[0, 3, 3], &[true; 3], 6, 10), [0, 0]);
        // Launched, and not yet in service.
        assert_eq!(launches_for_balance(&[2, 3, 3], &[true; 3], 6, 10), [0; 0]);
        assert_eq!(launches_for_balance(&[0, 3, 2], &[true; 3], 5, 10), [0]);
        assert_eq!(launches_for_balance(&[1, 3, 2], &[true; 3], 5, 10), [0; 0]);
    }

    #[test]
    fn an_even_spread_is_left_alone() {
        assert_eq!(launches_for_balance(&[2, 2, 1], &[true; 3], 5, 10), [0; 0]);
    }

    #[test]
    fn the_limit_slows_rebalancing_down() {
        assert_eq!(launches_for_balance(&[0, 3, 3], &[true; 3], 6, 7), [0]);
        assert_eq!(launches_for_balance(&[1, 3, 3], &[true; 3], 6, 7), [0; 0]);
    }

    #[test]
    fn a_dark_zone_is_not_rebalanced_into() {
        assert_eq!(launches_for_balance(&[0, 3, 3], &[false, true, true], 6, 10), [0; 0]);
    }

    proptest! {
        #[test]
        fn rebalancing_ends_even_and_within_the_limit(
            counts in prop::collection::vec(0..20_u32, 1..5),
            margin in 1..5_u32,
        ) {
            let desired: u32 = counts.iter().sum();
            let live = vec![true; counts.len()];
            let mut counts = counts;
            for _ in 0..200 {
                let launches = launches_for_balance(&counts, &live, desired, desired + margin);
                for zone in &launches {
                    counts[*zone] += 1;
                }
                prop_assert!(counts.iter().sum::<u32>() <= desired + margin);
                for _ in launches {
                    let most = fullest(&counts, &live).expect("all are live");
                    counts[most] -= 1;
                }
            }
            let (most, least) = (counts.iter().max(), counts.iter().min());
            prop_assert!(most.expect("a zone") - least.expect("a zone") <= 1);
        }
    }
}

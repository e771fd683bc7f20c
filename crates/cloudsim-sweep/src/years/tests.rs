//! The estimator against closed forms, with systems that need no simulation: a service is lost while a function of what is down
//! says so.

use super::failures::YEAR;
use super::*;
use crate::intervals::level::assert_held;
use cloudsim_units::{DurationDistribution, Ratio, SimDuration, math};
use proptest::prelude::*;

const HOUR: SimDuration = SimDuration::from_mins(60);

/// So many components of each class, each with its failures a year and mean hours of repair.
fn failures(classes: &[(&str, usize, f64, u64)]) -> Failures {
    let mut components = Vec::new();
    for (class, (name, count, per_year, hours)) in classes.iter().enumerate() {
        for number in 0..*count {
            let lasts = DurationDistribution::Exponential(HOUR * *hours);
            components.push(Component {
                name: format!("{name}:{number}"),
                class,
                per_year: *per_year,
                lasts,
            });
        }
    }
    let classes = classes.iter().map(|(name, ..)| (*name).to_owned()).collect();
    Failures { classes, components, settle: SimDuration::from_mins(30) }
}

/// How long a system is lost within an episode.
fn lost(failures: &Failures, episode: &Episode, is_lost: impl Fn(&[bool]) -> bool) -> SimDuration {
    let mut cuts: Vec<SimDuration> =
        episode.failures.iter().flat_map(|of| [of.at, of.at + of.lasts]).collect();
    cuts.sort_unstable();
    let mut sum = SimDuration::ZERO;
    for pair in cuts.windows(2) {
        let mut down = vec![false; failures.components.len()];
        for of in &episode.failures {
            down[of.component] |= of.at <= pair[0] && pair[0] < of.at + of.lasts;
        }
        if is_lost(&down) {
            sum += pair[1].saturating_sub(pair[0]);
        }
    }
    sum
}

fn estimate(failures: &Failures, effort: Effort, seed: u64, is_lost: impl Fn(&[bool]) -> bool) -> Estimates {
    let study = Study::new(failures.clone(), effort, seed);
    let losses: Vec<Vec<SimDuration>> =
        study.episodes().map(|episode| vec![lost(failures, episode, &is_lost)]).collect();
    let service = Judged { name: "web".into(), steady: Ratio::ZERO, objective: None };
    study.finish(&[service], &losses)
}

/// The share of time in which a component of so many failures a year of up time and mean hours of repair is down.
fn unavailability(per_year: f64, hours: f64) -> f64 {
    let (up, down) = (YEAR.as_secs_f64() / per_year, hours * 3600.0);
    down / (up + down)
}

fn assert_meets(estimates: &Estimates, truth: f64, within: f64) {
    let of = &estimates.services[0];
    let seconds = truth * YEAR.as_secs_f64();
    assert!(of.interval.low <= seconds && seconds <= of.interval.high, "{seconds} s, but {of:?}");
    let width = of.interval.high - of.interval.low;
    assert!(width <= within * seconds, "{width} s wide is of little use for {seconds} s");
}

const MANY: Effort = Effort { runs: 2048, years: 0 };

fn down(down: &[bool]) -> usize {
    down.iter().filter(|down| **down).count()
}

#[test]
fn a_series_of_components_is_available_as_often_as_all_of_them_are() {
    let failures = failures(&[("a", 2, 3.0, 4), ("b", 1, 0.5, 30)]);
    let up = math::pow(1.0 - unavailability(3.0, 4.0), 2.0) * (1.0 - unavailability(0.5, 30.0));
    assert_meets(&estimate(&failures, MANY, 7, |of| down(of) > 0), 1.0 - up, 0.05);
}

/// About once in 40,000 years.
#[test]
fn two_parallel_components_fail_together_as_often_as_the_product_says() {
    let failures = failures(&[("a", 1, 0.1, 8), ("b", 1, 0.5, 2)]);
    let truth = unavailability(0.1, 8.0) * unavailability(0.5, 2.0);
    assert_meets(&estimate(&failures, MANY, 7, |of| down(of) == 2), truth, 0.5);
}

/// Once in some million years.
#[test]
fn three_parallel_components_fail_together_as_often_as_the_product_says() {
    let failures = failures(&[("a", 3, 0.2, 5)]);
    let truth = math::pow(unavailability(0.2, 5.0), 3.0);
    assert_meets(&estimate(&failures, MANY, 7, |of| down(of) == 3), truth, 0.5);
}

#[test]
fn two_of_three_zones_are_up_as_often_as_the_binomial_says() {
    let failures = failures(&[("zone", 3, 0.5, 6)]);
    let u = unavailability(0.5, 6.0);
    let truth = 3.0 * u * u * (1.0 - u) + u * u * u;
    assert_meets(&estimate(&failures, MANY, 7, |of| down(of) >= 2), truth, 0.5);
}

/// The beta-factor model: what two units lose together they lose to a shock that takes both, and what is left to the product.
#[test]
fn a_common_shock_takes_what_redundancy_gave() {
    let failures = failures(&[("unit", 2, 0.9, 10), ("shock", 1, 0.1, 10)]);
    let (unit, shock) = (unavailability(0.9, 10.0), unavailability(0.1, 10.0));
    let truth = 1.0 - (1.0 - shock) * (1.0 - unit * unit);
    let estimates = estimate(&failures, MANY, 7, |of| of[2] || (of[0] && of[1]));
    assert_meets(&estimates, truth, 0.1);
    let first = &estimates.services[0].lost[0];
    assert_eq!(first.reason, Reason::Alone(1));
    assert!(first.share.is_some_and(|share| share > 0.95), "{first:?}");
}

#[test]
fn shares_add_up_to_one() {
    let failures = failures(&[("a", 2, 3.0, 4), ("b", 1, 0.5, 30)]);
    let estimates = estimate(&failures, Effort { runs: 64, years: 10 }, 7, |of| down(of) > 0);
    let shares: f64 = estimates.services[0].lost.iter().filter_map(|of| of.share).sum();
    assert!((shares - 1.0).abs() < 1e-12, "{shares}");
}

#[test]
fn pairs_add_up_to_what_several_cost_and_the_costliest_is_first() {
    let failures = failures(&[("a", 2, 3.0, 4), ("b", 2, 0.5, 30)]);
    // Lost is what takes one of each; an `a` more or less does not matter.
    let lost = |of: &[bool]| (of[0] || of[1]) && (of[2] || of[3]);
    let estimates = estimate(&failures, Effort { runs: 256, years: 0 }, 7, lost);
    let of = &estimates.services[0];
    let several = of.lost.iter().find(|lost| lost.reason == Reason::Several).expect("they overlap");
    let pairs: f64 = of.pairs.iter().map(|pair| pair.seconds).sum();
    assert!((pairs / several.seconds - 1.0).abs() < 1e-9, "{of:?}");
    assert_eq!(of.pairs[0].classes, [0, 1]);
    assert!(of.pairs[0].seconds > 0.9 * several.seconds, "{of:?}");
}

/// Panics if too few intervals hold the truth of a system that is lost in some cases, at the effort that is the default,
/// over so many seeds, or if the mean estimate is further off than that.
fn assert_level(
    failures: &Failures,
    truth: f64,
    (seeds, bias): (u32, f64),
    is_lost: impl Fn(&[bool]) -> bool,
) {
    let (mut held, mut sum) = (0, 0.0);
    for seed in 0..seeds {
        let estimates = estimate(failures, Effort { runs: 256, years: 0 }, seed.into(), &is_lost);
        let of = &estimates.services[0];
        let seconds = truth * YEAR.as_secs_f64();
        held += u64::from(of.interval.low <= seconds && seconds <= of.interval.high);
        sum += of.seconds / seconds / f64::from(seeds);
    }
    assert_held(held, seeds.into(), 0.95);
    assert!((sum - 1.0).abs() < bias, "biased: {sum}");
}

const SEEDS: u32 = 200;

#[test]
fn intervals_of_systems_that_fail_alone_hold_the_truth_at_their_level() {
    let failures = failures(&[("zone", 1, 0.5, 6), ("host", 4, 2.0, 20)]);
    let truth = 1.0 - (1.0 - unavailability(0.5, 6.0)) * math::pow(1.0 - unavailability(2.0, 20.0), 4.0);
    assert_level(&failures, truth, (SEEDS, 0.005), |of| down(of) > 0);
}

#[test]
fn intervals_of_two_in_parallel_hold_the_truth_at_their_level() {
    let failures = failures(&[("a", 1, 0.1, 8), ("b", 1, 0.5, 2)]);
    let truth = unavailability(0.1, 8.0) * unavailability(0.5, 2.0);
    assert_level(&failures, truth, (SEEDS, 0.05), |of| down(of) == 2);
}

#[test]
fn intervals_of_two_of_three_hold_the_truth_at_their_level() {
    let failures = failures(&[("zone", 3, 0.5, 6)]);
    let u = unavailability(0.5, 6.0);
    let truth = 3.0 * u * u * (1.0 - u) + u * u * u;
    assert_level(&failures, truth, (SEEDS, 0.03), |of| down(of) >= 2);
}

/// With other classes besides, of which one fails often.
#[test]
fn intervals_of_two_of_three_among_others_hold_the_truth_at_their_level() {
    let failures = failures(&[("zone", 3, 0.5, 6), ("host", 6, 2.0, 5), ("nat", 2, 0.1, 1)]);
    let u = unavailability(0.5, 6.0);
    let truth = 3.0 * u * u * (1.0 - u) + u * u * u;
    assert_level(&failures, truth, (SEEDS, 0.05), |of| down(&of[..3]) >= 2);
}

#[test]
fn intervals_of_three_in_parallel_hold_the_truth_at_their_level() {
    let failures = failures(&[("node", 3, 5.0, 50)]);
    let truth = math::pow(unavailability(5.0, 50.0), 3.0);
    assert_level(&failures, truth, (SEEDS, 0.05), |of| down(of) == 3);
}

/// So often that episodes are long.
#[test]
fn intervals_of_things_that_fail_all_the_time_hold_the_truth_at_their_level() {
    let failures = failures(&[("node", 12, 50.0, 20)]);
    let u = unavailability(50.0, 20.0);
    let choose = [1.0, 12.0, 66.0, 220.0];
    let of = |(down, ways): (i32, f64)| {
        ways * math::pow(u, f64::from(down)) * math::pow(1.0 - u, f64::from(12 - down))
    };
    let truth = 1.0 - (0..).zip(choose).map(of).sum::<f64>();
    assert_level(&failures, truth, (60, 0.05), |of| down(of) >= 4);
}

/// What would be lost at other rates is found without other runs.
#[test]
fn what_rests_on_a_rate_is_what_other_rates_come_to() {
    let of = |rate| failures(&[("a", 1, rate, 8), ("b", 1, 0.5, 2)]);
    let lost = |down_of: &[bool]| down(down_of) == 2 || down_of[1];
    let estimates = estimate(&of(0.3), MANY, 7, lost);
    let b = unavailability(0.5, 2.0) * YEAR.as_secs_f64();
    for lost in &estimates.services[0].lost {
        let Some([third, thrice]) = lost.by_rate else { continue };
        // What `a` does to `b` is a matter of those rare hours in which both are down; `b` alone decides.
        let [low, high] = if lost.reason == Reason::Alone(1) { [b / 3.0, b * 3.0] } else { [b, b] };
        assert!(
            (third / low - 1.0).abs() < 0.05 && (thrice / high - 1.0).abs() < 0.05,
            "{lost:?} {low} {high}"
        );
    }
    let parallel = |rate| estimate(&of(rate), MANY, 7, |of| down(of) == 2).services[0].clone();
    let of_a = parallel(0.3).lost.into_iter().find(|of| of.reason == Reason::Alone(0)).expect("it fails");
    let [third, thrice] = of_a.by_rate.expect("of a class");
    for (found, truth) in [(third, parallel(0.1)), (thrice, parallel(0.9))] {
        assert!((found / truth.seconds - 1.0).abs() < 0.2, "{found} {truth:?}");
    }
}

/// A failure that others leave no room for is no likelier at thrice the rate, and what fails all the time cannot fail more.
#[test]
fn what_rests_on_a_rate_is_right_where_failures_overlap_or_is_not_said() {
    let in_series = |rate, runs| {
        let effort = Effort { runs, years: 0 };
        let estimates = estimate(&failures(&[("a", 5, rate, 24)]), effort, 7, |of| down(of) >= 1);
        let alone = estimates.services[0].lost.iter().find(|of| of.reason == Reason::Alone(0));
        alone.expect("it fails").by_rate
    };
    let truth = |rate| (1.0 - math::pow(1.0 - unavailability(rate, 24.0), 5.0)) * YEAR.as_secs_f64();
    for rate in [2.0, 20.0] {
        let [third, thrice] = in_series(rate, 4096).expect("enough is known");
        for (found, truth) in [(third, truth(rate / 3.0)), (thrice, truth(rate * 3.0))] {
            assert!((found / truth - 1.0).abs() < 0.1, "{rate}: {found} instead of {truth}");
        }
    }
    let (now, ends) = (truth(60.0), in_series(60.0, 512));
    assert!(ends.is_none_or(|[third, thrice]| third < now && now < thrice), "{now} {ends:?}");
    assert_eq!(in_series(150.0, 512), None, "at 450 a year some of them are nearly always down");
}

/// What no run shows is not said to be impossible.
#[test]
fn a_service_that_no_run_lost_may_be_lost_now_and_then() {
    let failures = failures(&[("node", 3, 0.2, 5)]);
    let estimates = estimate(&failures, Effort { runs: 64, years: 0 }, 7, |_| false);
    let of = &estimates.services[0];
    assert!(of.seconds == 0.0 && of.interval.low == 0.0 && of.interval.high > 0.0, "{of:?}");
}

/// Two runs a stratum, and as many years as anybody likes: the interval of the years that lose more is that of the runs.
#[test]
fn more_years_of_the_same_few_runs_are_no_surer() {
    let failures = failures(&[("a", 1, 0.5, 2)]);
    let broken = |runs, seed| {
        let study = Study::new(failures.clone(), Effort { runs, years: 20_000 }, seed);
        let losses: Vec<Vec<SimDuration>> =
            study.episodes().map(|episode| vec![lost(&failures, episode, |of| down(of) > 0)]).collect();
        let objective = Some(Ratio::from_billionths(999_770_000));
        let service = Judged { name: "web".into(), steady: Ratio::ZERO, objective };
        study.finish(&[service], &losses).services[0]
            .budget
            .expect("one is asked for")
            .broken
            .interval
            .expect("years")
    };
    let sure = broken(4096, 7);
    let truth = f64::midpoint(sure.low, sure.high);
    let holds = |seed: &u64| {
        let of = broken(16, *seed);
        of.low <= truth && truth <= of.high
    };
    let held = (0..40).filter(holds).count();
    assert!(held >= 33, "{held} of 40 hold {truth}");
}

#[test]
fn an_objective_that_leaves_nothing_has_no_share_that_is_used() {
    let failures = failures(&[("a", 1, 3.0, 4)]);
    let study = Study::new(failures.clone(), Effort { runs: 8, years: 10 }, 7);
    let losses: Vec<Vec<SimDuration>> =
        study.episodes().map(|episode| vec![lost(&failures, episode, |of| down(of) > 0)]).collect();
    let service = Judged { name: "web".into(), steady: Ratio::ZERO, objective: Some(Ratio::ONE) };
    let budget = study.finish(&[service], &losses).services[0].budget.expect("one is asked for");
    assert!(budget.used.is_none() && budget.broken.runs > 0, "{budget:?}");
}

/// Years that are put together have the mean that the runs have.
#[test]
fn years_put_together_lose_what_the_estimate_says() {
    let failures = failures(&[("a", 2, 3.0, 4)]);
    let study = Study::new(failures.clone(), Effort { runs: 256, years: 4000 }, 7);
    let losses: Vec<Vec<SimDuration>> =
        study.episodes().map(|episode| vec![lost(&failures, episode, |of| down(of) > 0)]).collect();
    let objective = Some(Ratio::from_billionths(997_000_000));
    let service = Judged { name: "web".into(), steady: Ratio::ZERO, objective };
    let estimates = study.finish(&[service], &losses);
    let of = &estimates.services[0];
    let budget = of.budget.expect("one is asked for");
    let used = budget.used.expect("it leaves something");
    assert!((used - of.seconds / (0.003 * YEAR.as_secs_f64())).abs() < 1e-9);
    assert!(of.quantiles.is_sorted(), "{of:?}");
    assert!(budget.broken.runs > 0 && budget.broken.runs < 4000, "{budget:?}");
    // Six failures of four hours a year, less the time in which nothing fails anew.
    let episodes = f64::from(u32::try_from(estimates.episodes).expect("few")) / 4000.0;
    assert!((episodes / estimates.episodes_per_year - 1.0).abs() < 0.02, "{episodes}");
}

#[test]
fn the_same_seed_draws_the_same_episodes() {
    let failures = failures(&[("a", 2, 3.0, 4), ("b", 1, 0.5, 30)]);
    let drawn = |seed| {
        Study::new(failures.clone(), Effort { runs: 64, years: 0 }, seed)
            .episodes()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(drawn(7), drawn(7));
    assert_ne!(drawn(7), drawn(8));
}

proptest! {
    /// Every failure is within its episode, in order, and of something that is up; and no episode could be cut in two.
    #[test]
    fn overlapping_failures_are_neither_lost_nor_counted_twice(seed: u64, per_year in 1.0..2000.0_f64) {
        let failures = failures(&[("a", 2, per_year, 4), ("b", 1, 0.5, 30)]);
        let study = Study::new(failures.clone(), Effort { runs: 8, years: 0 }, seed);
        for episode in study.episodes() {
            let mut quiet_from = SimDuration::ZERO;
            for (place, of) in episode.failures.iter().enumerate() {
                prop_assert!(of.at <= quiet_from, "nothing holds the episode together");
                let end = of.at + of.lasts;
                for earlier in &episode.failures[..place] {
                    prop_assert!(earlier.at <= of.at);
                    prop_assert!(earlier.component != of.component || earlier.at + earlier.lasts <= of.at);
                }
                quiet_from = quiet_from.max(end + failures.settle);
            }
            prop_assert_eq!(episode.length, quiet_from);
            let all: SimDuration = lost(&failures, episode, |of| down(of) > 0);
            prop_assert!(all + failures.settle <= episode.length);
        }
    }
}

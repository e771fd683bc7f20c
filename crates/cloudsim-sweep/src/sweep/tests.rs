use super::*;
use crate::row::{ObjectiveHead, Outcome, ServiceRow};
use cloudsim_measures::Quantity;
use cloudsim_records::{Expectation, RunDigest};
use cloudsim_units::{NanoUsd, Ratio};
use proptest::prelude::*;

/// A run of a made-up service with a recovery time in seconds, `None` if it was not restored, and so many good requests of
/// 10,000; the limit is a minute.
pub(crate) fn run(seed: u64, rto_s: Option<u64>, good: u64) -> RunSummary {
    let target = Quantity::Time(SimDuration::from_secs(60));
    let rto = rto_s.map_or(Outcome::Beyond, |seconds| Outcome::Measured {
        actual: Quantity::Time(SimDuration::from_secs(seconds)),
        met: seconds <= 60,
    });
    let head = |kind, label: &str, target, limit: &str| ObjectiveHead {
        name: format!("{label} of web"),
        kind,
        label: label.to_owned(),
        subject: "web".to_owned(),
        target,
        limit: limit.to_owned(),
        expect: Expectation::Met,
    };
    let share = |part| Quantity::Share { part, whole: 10_000 };
    let available = Outcome::Measured { actual: share(good), met: good >= 9_900 };
    RunSummary {
        head: Head {
            reached: SimDuration::from_mins(10),
            objectives: vec![
                head("Rto", "RTO", target, "≤ 1m"),
                head(
                    "Availability",
                    "availability",
                    Quantity::Share {
                        part: Ratio::ONE.as_billionths() / 100 * 99,
                        whole: Ratio::ONE.as_billionths(),
                    },
                    "≥ 99%",
                ),
            ],
            services: vec!["web".to_owned()],
        },
        row: Row {
            seed,
            digest: RunDigest([u8::try_from(seed % 256).expect("a byte"); 32]),
            outcomes: vec![rto, available],
            services: vec![ServiceRow {
                outages: u32::from(rto_s != Some(0)),
                not_restored: rto_s.is_none(),
                availability: Some((good, 10_000)),
            }],
            cost: NanoUsd::from_micros(100_000_000),
        },
    }
}

pub(crate) fn info(seeds: std::ops::Range<u64>, factors: &[(&str, &[&str])]) -> SweepInfo {
    let factor = |(path, values): &(&str, &[&str])| Factor {
        path: (*path).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    SweepInfo {
        version: "0.0.0".to_owned(),
        scenario: "made-up".to_owned(),
        overrides: Vec::new(),
        from: seeds.start,
        until: seeds.end,
        factors: factors.iter().map(factor).collect(),
    }
}

fn swept(rto_s: &[Option<u64>]) -> SweepDocument {
    let mut sweep = Sweep::new(info(0..rto_s.len() as u64, &[]));
    for (seed, rto_s) in (0..).zip(rto_s) {
        sweep.take(0, run(seed, *rto_s, 10_000));
    }
    sweep.finish()
}

fn seconds(outcome: Outcome) -> Option<u64> {
    let Some(Quantity::Time(time)) = outcome.actual() else { return None };
    Some(time.as_nanos() / 1_000_000_000)
}

/// Of ten runs two were not restored: 50 % took up to 5 s, the median of the eight that were restored would be 4 s; at 90 %
/// none of the restored is left.
#[test]
fn runs_that_were_not_restored_are_worse_than_all_others_and_are_not_left_out() {
    let mut runs: Vec<Option<u64>> = (1..=8).map(Some).collect();
    runs.insert(3, None);
    runs.push(None);
    let document = swept(&runs);
    let rto = &document.points[0].objectives[0];
    assert_eq!((rto.measured, rto.beyond, rto.unmeasured), (8, 2, 0));
    let quantiles: Vec<Option<u64>> = rto.quantiles.iter().map(|quantile| seconds(quantile.at)).collect();
    assert_eq!(quantiles, [Some(5), None, None, None]);
    assert_eq!((rto.breaches.runs, rto.breaches.of), (2, 10));
    let worst: Vec<u64> = rto.worst.iter().map(|run| run.seed).collect();
    assert_eq!(worst, [3, 9, 8]);
    assert_eq!(document.points[0].services[0].not_restored, 2);
}

#[test]
fn a_run_with_nothing_to_judge_by_is_counted_and_left_out() {
    let mut sweep = Sweep::new(info(0..3, &[]));
    for seed in 0..3 {
        let mut run = run(seed, Some(70 + seed), 10_000);
        if seed == 1 {
            run.row.outcomes[0] = Outcome::Unmeasured;
        }
        sweep.take(0, run);
    }
    let document = sweep.finish();
    let rto = &document.points[0].objectives[0];
    assert_eq!((rto.measured, rto.unmeasured, rto.breaches.runs, rto.breaches.of), (2, 1, 2, 2));
}

/// 97 % is worse than 99 %: the worst run is the one with the fewest good requests.
#[test]
fn less_availability_is_worse() {
    let mut sweep = Sweep::new(info(5..8, &[]));
    for (seed, good) in [(5, 9_950), (6, 9_700), (7, 9_990)] {
        sweep.take(0, run(seed, Some(1), good));
    }
    let document = sweep.finish();
    let availability = &document.points[0].objectives[1];
    assert_eq!(availability.worst.iter().map(|run| run.seed).collect::<Vec<_>>(), [6, 5, 7]);
    assert_eq!(availability.breaches.runs, 1);
    let all = document.points[0].services[0].availability.as_ref().expect("requests");
    assert_eq!((all.good, all.whole), (29_640, 30_000));
}

#[test]
fn a_grid_is_every_combination_and_each_factor_alone_is_all_runs_with_its_value() {
    let info = info(0..2, &[("a.x", &["1", "2"]), ("b.y", &["p", "q", "r"])]);
    assert_eq!(info.grid().len(), 6);
    assert_eq!(info.settings(&info.grid()[4]), ["a.x=2", "b.y=q"]);
    let mut sweep = Sweep::new(info);
    for seed in 0..2 {
        for point in 0..6 {
            sweep.take(point, run(seed, Some(10 * point as u64 + seed), 10_000));
        }
    }
    let document = sweep.finish();
    assert_eq!(document.points[4].values, ["2", "q"]);
    // `a.x=2` is points 3 to 5, `b.y=q` points 1 and 4.
    let max = |factor: usize, value: usize| seconds(document.by_factor[factor][value][0].worst[0].outcome);
    assert_eq!((max(0, 0), max(0, 1), max(1, 0), max(1, 1)), (Some(21), Some(51), Some(31), Some(41)));
    // Their runs share their luck: to call them four independent ones would be a lie.
    let pooled = &document.by_factor[1][1][0];
    assert_eq!((pooled.measured, pooled.breaches.interval), (4, None));
    assert!(document.points[0].objectives[0].breaches.interval.is_some());
}

#[test]
fn a_sweep_that_was_interrupted_has_the_same_seeds_at_all_points() {
    let info = info(0..9, &[("a.x", &["1", "2"])]);
    let mut sweep = Sweep::new(info);
    for (point, seed) in [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)] {
        sweep.take(point, run(seed, Some(1), 10_000));
    }
    let document = sweep.finish();
    assert!(document.interrupted);
    assert_eq!(document.measured, 2);
    assert_eq!(document.points.iter().map(|point| point.runs.len()).collect::<Vec<_>>(), [2, 2]);
    let nothing = Sweep::new(self::info(0..9, &[])).finish();
    assert_eq!((nothing.measured, nothing.points[0].objectives.len()), (0, 0));
}

proptest! {
    /// Whatever the runs: as many of 100 as a quantile says are no worse than it, its interval holds it, and quantiles get worse.
    #[test]
    fn quantiles_are_what_they_say(runs in prop::collection::vec(prop::option::weighted(0.9, 0_u64..100), 1..80)) {
        let document = swept(&runs);
        let rto = &document.points[0].objectives[0];
        prop_assert_eq!(rto.measured + rto.beyond, runs.len() as u64);
        let worse = |outcome: Outcome| seconds(outcome).unwrap_or(u64::MAX);
        let mut before = 0;
        for quantile in &rto.quantiles {
            let at = worse(quantile.at);
            let up_to = runs.iter().filter(|run| run.unwrap_or(u64::MAX) <= at).count();
            prop_assert!(up_to * 100 >= runs.len() * quantile.percent as usize);
            let below = runs.iter().filter(|run| run.unwrap_or(u64::MAX) < at).count();
            prop_assert!(below * 100 < runs.len() * quantile.percent as usize);
            prop_assert!(quantile.better.is_none_or(|better| worse(better) <= at));
            prop_assert!(quantile.worse.is_none_or(|other| worse(other) >= at));
            prop_assert!(at >= before);
            before = at;
        }
        prop_assert_eq!(worse(rto.worst[0].outcome), runs.iter().map(|run| run.unwrap_or(u64::MAX)).max().expect("runs"));
        let breaches = runs.iter().filter(|run| run.is_none_or(|run| run > 60)).count() as u64;
        prop_assert_eq!(rto.breaches.runs, breaches);
        let interval = rto.breaches.interval.expect("runs");
        let share = f64::from(u32::try_from(breaches).expect("few"))
            / f64::from(u32::try_from(runs.len()).expect("few"));
        prop_assert!(interval.low <= share && share <= interval.high);
    }
}

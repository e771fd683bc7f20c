use super::pairs::Comparison;
use super::*;
use crate::Sweep;
use crate::intervals::Interval;
use crate::intervals::level::{assert_held, assert_useful};
use crate::sweep::tests::{info, run};
use cloudsim_engine::{Stream, Streams};
use cloudsim_units::SimDuration;
use proptest::prelude::*;

fn outcome(rto_s: Option<u64>) -> Outcome {
    rto_s.map_or(Outcome::Beyond, |seconds| Outcome::Measured {
        actual: Quantity::Time(SimDuration::from_secs(seconds)),
        met: seconds <= 60,
    })
}

/// Recovery times in seconds, `None` if not restored.
fn compared(pairs: &[(Option<u64>, Option<u64>)]) -> Comparison {
    Comparison::of((0..).zip(pairs).map(|(seed, (a, b))| (seed, outcome(*a), outcome(*b))))
}

fn seconds(of: i128) -> Change {
    Change::By(of * 1_000_000_000)
}

fn document(pairs: &[(Option<u64>, Option<u64>)]) -> DiffDocument {
    let mut sweep = Sweep::new(info(0..pairs.len() as u64, &[("", &["A", "B"])]));
    for (seed, (a, b)) in (0..).zip(pairs) {
        for (point, rto) in [a, b].into_iter().enumerate() {
            sweep.take(point, run(seed, *rto, 10_000 - rto.unwrap_or(900)));
        }
    }
    let setting = |path: &str, before: Option<&str>, after: Option<&str>| SettingDiff {
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let info = DiffInfo {
        scenarios: ["made-up".to_owned(), "made-up".to_owned()],
        overrides: [Vec::new(), vec!["set target_groups.web.interval=30s".to_owned()]],
        settings: vec![
            setting("target_groups.web.interval", Some("\"10s\""), Some("\"30s\"")),
            setting("faults.zone-b", None, Some("ZonePowerLoss(name: \"zone-b\", zone: \"b\", at: \"5m\")")),
            setting("databases.orders.recovery", Some("Restore(decide: \"2m\")"), None),
        ],
    };
    DiffDocument::of(sweep.finish(), info)
}

fn shown(document: &DiffDocument, width: usize) -> String {
    let command = |side: &str, seed: u64| format!("cloudsim run {side}.ron --seed {seed}");
    let commands = |seed| [command("a", seed), command("b", seed)];
    document.to_text(&DiffTextOptions { colour: false, width, commands: &commands })
}

/// B takes 2 s longer in each of ten seeds, whatever A takes.
#[test]
fn what_all_pairs_share_is_sure_however_far_the_seeds_are_apart() {
    let pairs: Vec<_> = (0..10).map(|seed| (Some(10 + seed * 37), Some(12 + seed * 37))).collect();
    let Comparison { median, low, high, mean, signs, .. } = compared(&pairs);
    assert_eq!([median, low, high], [Some(seconds(2)); 3]);
    assert_eq!(mean, Some(2_000_000_000));
    assert_eq!((signs.better, signs.worse, signs.equal), (0, 10, 0));
    assert_eq!(signs.verdict(), Verdict::Worse);
}

#[test]
fn a_run_that_is_not_restored_is_worse_than_any_that_is_and_never_averaged_away() {
    let mut pairs = vec![(Some(10), Some(11)); 4];
    pairs.extend([(Some(10), None); 5]);
    let Comparison { median, mean, censored, signs, widest, .. } = compared(&pairs);
    assert_eq!(median, Some(Change::More));
    assert_eq!(mean, None);
    assert_eq!(censored, [0, 5, 0]);
    assert_eq!((signs.worse, signs.verdict(), widest), (9, Verdict::Worse, Some(4)));
}

/// Of nine seeds two are not restored in either. Whichever is worse there, the median is the fourth to the sixth of all.
#[test]
fn a_pair_without_an_end_widens_the_interval_to_both_sides() {
    let mut pairs: Vec<_> = (1..=7).map(|more| (Some(10), Some(10 + more))).collect();
    pairs.extend([(None, None); 2]);
    let Comparison { median, low, high, censored, signs, .. } = compared(&pairs);
    assert_eq!((median, censored, signs.unknown), (None, [0, 0, 2], 2));
    // Of nine, the second and the eighth: of nine coins at most one is heads with 10 in 512.
    assert_eq!([low, high], [Some(Change::Less), Some(Change::More)]);
    assert_eq!(signs.verdict(), Verdict::Worse, "in the seven others it is");
}

#[test]
fn pairs_that_are_alike_are_the_same_and_few_pairs_say_nothing() {
    assert_eq!(compared(&[(Some(9), Some(9)); 3]).signs.verdict(), Verdict::Same);
    let few = compared(&[(Some(9), Some(1)); 5]);
    assert_eq!((few.low, few.high, few.signs.verdict()), (None, None, Verdict::NotShown));
    let ties: Vec<_> = (0..100).map(|seed| (Some(9), Some(if seed < 6 { 8 } else { 9 }))).collect();
    let ties = compared(&ties);
    assert_eq!((ties.median, ties.signs.verdict()), (Some(Change::By(0)), Verdict::Better));
}

#[test]
fn breaches_are_compared_in_the_seeds_in_which_they_differ() {
    let pair = |a: u64, b: u64| [outcome(Some(a)), outcome(Some(b))];
    let pairs =
        [vec![pair(70, 70); 50], vec![pair(70, 10); 9], vec![pair(10, 70)], vec![pair(1, 1); 40]].concat();
    let breaches = Breaches::of(pairs.into_iter());
    assert_eq!(breaches.shares.map(|share| (share.runs, share.of)), [(59, 100), (51, 100)]);
    assert_eq!((breaches.alone, breaches.verdict()), ([9, 1], Verdict::Better));
    assert!((breaches.p - 22.0 / 1024.0).abs() < 1e-12);
}

/// Two waits that share most of their luck, and a third that has luck of its own.
#[test]
fn the_level_is_held_and_shared_luck_makes_the_interval_shorter() {
    const SWEEPS: u64 = 1_000;
    let mut luck = Streams::new(3).stream("pairs", "test");
    let (mut held, mut paired, mut unpaired) = (0, 0, 0);
    for _ in 0..SWEEPS {
        let (mut shared, mut own) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let (day, other) = (luck.below(300), luck.below(300));
            // The median of what is added is 5, that of days 0.
            let added = luck.below(11);
            shared.push((Some(day), Some(day + added)));
            own.push((Some(day), Some(other + added)));
        }
        let ends = |of: &Comparison| match (of.low, of.high) {
            (Some(Change::By(low)), Some(Change::By(high))) => (low, high),
            ends => panic!("40 pairs have ends: {ends:?}"),
        };
        let (low, high) = ends(&compared(&shared));
        held += u64::from(low <= 5_000_000_000 && 5_000_000_000 <= high);
        paired += high - low;
        let (low, high) = ends(&compared(&own));
        unpaired += high - low;
    }
    assert_held(held, SWEEPS, 0.95);
    assert!(10 * paired < unpaired, "{paired} is not much shorter than {unpaired}");
}

/// A pair whose halves are alike but for luck: both may be the slow one, and neither may be restored.
fn alike(luck: &mut Stream) -> (Option<u64>, Option<u64>) {
    let mut one = |day: u64| (luck.below(12) > 0).then(|| day + luck.below(3) * luck.below(40));
    (one(40), one(40))
}

/// Where A and B are of one distribution, with pairs that are equal and runs without an end, 5 % of sweeps at most show a
/// difference.
#[test]
fn the_sign_test_rarely_shows_a_difference_that_is_none() {
    const SWEEPS: u64 = 4_000;
    let mut luck = Streams::new(4).stream("pairs", "sign test");
    for count in [12, 40, 150] {
        let mut silent = 0;
        for _ in 0..SWEEPS {
            let pairs: Vec<_> = (0..count).map(|_| alike(&mut luck)).collect();
            let verdict = compared(&pairs).signs.verdict();
            silent += u64::from(!matches!(verdict, Verdict::Better | Verdict::Worse));
        }
        assert_held(silent, SWEEPS, 0.95);
        // It takes some pairs to say anything at all.
        assert_useful(silent, SWEEPS, if count < 20 { 0.998 } else { 0.98 });
    }
}

/// B is better in 70 % of the seeds in which they differ: the interval of that share holds it.
#[test]
fn the_interval_of_who_is_better_holds_its_level() {
    const SWEEPS: u64 = 4_000;
    let mut luck = Streams::new(5).stream("pairs", "share");
    let mut held = 0;
    for _ in 0..SWEEPS {
        let pair = |luck: &mut Stream| match luck.below(20) {
            0..14 => (Some(30), Some(20)),
            _ => (Some(20), Some(30)),
        };
        let pairs: Vec<_> = (0..50).map(|_| pair(&mut luck)).collect();
        let Interval { low, high } = compared(&pairs).signs.share.expect("they differ");
        held += u64::from((low..=high).contains(&0.7));
    }
    assert_held(held, SWEEPS, 0.95);
    assert_useful(held, SWEEPS, 0.98);
}

/// McNemar's test: A and B breach together on bad days, and each by itself as often as the other.
#[test]
fn breaches_that_are_as_likely_are_rarely_told_apart() {
    const SWEEPS: u64 = 4_000;
    let mut luck = Streams::new(6).stream("pairs", "breaches");
    for count in [40, 200] {
        let mut silent = 0;
        for _ in 0..SWEEPS {
            let pairs = (0..count).map(|_| {
                let is_bad = luck.below(5) == 0;
                [0, 1].map(|_| outcome(Some(if is_bad || luck.below(10) == 0 { 70 } else { 10 })))
            });
            let verdict = Breaches::of(pairs).verdict();
            silent += u64::from(!matches!(verdict, Verdict::Better | Verdict::Worse));
        }
        assert_held(silent, SWEEPS, 0.95);
        assert_useful(silent, SWEEPS, if count < 100 { 0.999 } else { 0.985 });
    }
}

/// The median of what is added is 3 s, though in one pair of eight only B is restored, and in one of eight only A, so that a
/// quarter of all pairs has no number.
#[test]
fn the_interval_of_a_difference_holds_its_level_with_pairs_without_an_end() {
    const SWEEPS: u64 = 2_000;
    let mut luck = Streams::new(7).stream("pairs", "censored");
    let mut held = 0;
    for _ in 0..SWEEPS {
        let pair = |luck: &mut Stream| {
            let a = 20 + luck.below(200);
            match luck.below(8) {
                0 => (None, Some(a)),
                1 => (Some(a), None),
                _ => (Some(a), Some(a + luck.below(7))),
            }
        };
        let pairs: Vec<_> = (0..60).map(|_| pair(&mut luck)).collect();
        let Comparison { low, high, .. } = compared(&pairs);
        let truth = Some(seconds(3));
        held += u64::from(low <= truth && truth <= high);
    }
    assert_held(held, SWEEPS, 0.95);
}

/// A time in seconds, or none.
fn recovery() -> impl Strategy<Value = Option<u64>> {
    prop::option::weighted(0.8, 0_u64..90)
}

proptest! {
    #[test]
    fn exchanging_the_two_changes_signs_alone(
        pairs in prop::collection::vec((recovery(), recovery()), 0..40)
    ) {
        let back: Vec<_> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
        let (one, other) = (compared(&pairs), compared(&back));
        let turned = |change: Option<Change>| change.map(|change| match change {
            Change::Less => Change::More,
            Change::By(amount) => Change::By(-amount),
            Change::More => Change::Less,
        });
        prop_assert_eq!([one.median, one.low, one.high], [turned(other.median), turned(other.high), turned(other.low)]);
        prop_assert_eq!((one.signs.better, one.signs.worse), (other.signs.worse, other.signs.better));
        prop_assert_eq!((one.signs.equal, one.signs.unknown), (other.signs.equal, other.signs.unknown));
        prop_assert_eq!(one.widest, other.widest);
        prop_assert_eq!(one.mean, other.mean.map(|mean| -mean));
        prop_assert_eq!([one.medians[0], one.medians[1]], [other.medians[1], other.medians[0]]);
    }
}

#[test]
fn only_what_is_measured_differs() {
    assert!(!document(&[(Some(9), Some(9)); 3]).differs);
    assert!(document(&[(Some(9), Some(9)), (Some(9), Some(8))]).differs);
    assert!(!document(&[(None, None); 2]).differs);
}

fn made_up() -> DiffDocument {
    let mut luck = Streams::new(7).stream("runs", "test");
    let pairs: Vec<_> = (0..60)
        .map(|_| {
            let a = 20 + luck.below(30);
            let b = a + luck.below(25);
            (Some(a), (luck.below(20) > 0).then_some(b))
        })
        .collect();
    document(&pairs)
}

#[test]
fn a_comparison_is_settings_then_measures_then_commands() {
    insta::assert_snapshot!(shown(&made_up(), 100));
}

#[test]
fn a_comparison_on_a_narrow_terminal() {
    insta::assert_snapshot!(shown(&made_up(), 60));
}

#[test]
fn nothing_that_differs_is_said() {
    insta::assert_snapshot!(shown(&document(&[(Some(0), Some(0)); 8]), 100));
}

use super::*;
use crate::buckets::{Bucket, windows};
use crate::story::s;
use cloudsim_units::Ratio;
use proptest::prelude::*;

const STABLE: SimDuration = SimDuration::from_secs(30);

/// One character a second, 100 requests each: `.` all good, `x` half failed, ` ` none, `?` good but for twenty that
/// are still under way.
fn seconds(pattern: &str) -> Vec<Bucket> {
    pattern
        .chars()
        .map(|second| match second {
            '.' => Bucket { valid: 100, good: 100, unfinished: 0 },
            'x' => Bucket { valid: 100, good: 50, unfinished: 0 },
            '?' => Bucket { valid: 80, good: 80, unfinished: 20 },
            ' ' => Bucket::default(),
            other => panic!("no such second: {other}"),
        })
        .collect()
}

fn dips_of(pattern: &str) -> Vec<(u64, Option<u64>)> {
    let windows = windows(&seconds(pattern), Ratio::from_percent(99));
    let reached = s(u64::try_from(pattern.chars().count()).expect("short"));
    let second = |at: SimTime| at.as_nanos() / 1_000_000_000;
    dips(&windows, &Tally::new(), STABLE, reached)
        .into_iter()
        .map(|dip| (second(dip.from), dip.restored.map(|restored| second(restored.at))))
        .collect()
}

fn good(seconds: usize) -> String {
    ".".repeat(seconds)
}

#[test]
fn a_service_that_is_never_degraded_has_no_dip() {
    assert_eq!(dips_of(&good(60)), []);
    assert_eq!(dips_of(""), []);
}

#[test]
fn a_dip_ends_where_the_stable_stretch_begins() {
    assert_eq!(dips_of(&format!("...xx{}", good(30))), [(3, Some(5))]);
}

#[test]
fn a_stretch_that_the_horizon_cuts_short_is_no_proof() {
    assert_eq!(dips_of(&format!("...xx{}", good(29))), [(3, None)]);
}

#[test]
fn a_stretch_that_is_too_short_does_not_end_the_dip() {
    assert_eq!(dips_of(&format!("..x{}x{}", good(29), good(30))), [(2, Some(33))]);
}

#[test]
fn after_a_stable_stretch_a_dip_is_a_new_one() {
    assert_eq!(dips_of(&format!("..x{}x{}", good(30), good(30))), [(2, Some(3)), (33, Some(34))]);
}

#[test]
fn seconds_without_requests_change_nothing() {
    assert_eq!(dips_of(&format!("..x.{}x{}", " ".repeat(28), good(30))), [(2, Some(33))]);
    assert_eq!(dips_of(&format!("..x.{}x{}", " ".repeat(29), good(30))), [(2, Some(3)), (33, Some(34))]);
    assert_eq!(dips_of(&format!("..x{}", " ".repeat(60))), [(2, None)]);
}

#[test]
fn what_is_open_at_the_horizon_neither_begins_a_dip_nor_proves_its_end() {
    assert_eq!(dips_of(&format!("{}????", good(20))), []);
    assert_eq!(dips_of(&format!("x{}??", good(29))), [(0, None)]);
    assert_eq!(dips_of(&format!("x{}??", good(30))), [(0, Some(1))]);
}

fn span(fault: usize, started: SimTime, over: Option<u64>) -> FaultSpan {
    FaultSpan { fault, breaks: true, started, ended: over.map(s), over: over.map(s) }
}

fn dip(from: u64, first_to: u64, restored: u64) -> Dip {
    let restored = Restored { at: s(restored), last_bad: s(restored - 1), by_demand: false };
    Dip {
        from: s(from),
        first_to: s(first_to),
        first_failed: s(first_to),
        restored: Some(restored),
        by_fault: true,
        on: None,
        relapses: Vec::new(),
    }
}

fn owners(dips: &[Dip], spans: &[FaultSpan], touching: &[bool]) -> Vec<(Option<usize>, SimTime)> {
    own(dips, spans, touching, |_, _| false).into_iter().map(|owned| (owned.fault, owned.started)).collect()
}

#[test]
fn a_dip_without_a_fault_counts_from_itself() {
    assert_eq!(owners(&[dip(10, 11, 20)], &[span(0, s(30), None)], &[true]), [(None, s(10))]);
}

#[test]
fn a_dip_that_more_demand_made_counts_from_itself() {
    let grown = Dip { by_fault: false, ..dip(310, 311, 340) };
    assert_eq!(owners(&[grown], &[span(0, s(300), None)], &[true]), [(None, s(310))]);
}

#[test]
fn the_first_dip_after_a_fault_counts_from_the_fault() {
    assert_eq!(owners(&[dip(310, 311, 340)], &[span(0, s(300), None)], &[true]), [(Some(0), s(300))]);
}

#[test]
fn later_dips_count_from_themselves() {
    let dips = [dip(310, 311, 340), dip(400, 401, 420)];
    assert_eq!(owners(&dips, &[span(0, s(300), None)], &[true]), [(Some(0), s(300)), (Some(0), s(400))]);
}

#[test]
fn a_fault_within_a_second_owns_the_bucket_of_that_second() {
    let at = SimTime::from_nanos(300_500_000_000);
    assert_eq!(owners(&[dip(300, 301, 340)], &[span(0, at, None)], &[true]), [(Some(0), at)]);
}

#[test]
fn a_fault_at_the_end_of_the_first_bucket_did_not_cause_it() {
    assert_eq!(owners(&[dip(299, 300, 340)], &[span(0, s(300), None)], &[true]), [(None, s(299))]);
}

#[test]
fn a_merged_bucket_that_spans_a_fault_counts_from_the_fault() {
    assert_eq!(owners(&[dip(280, 330, 380)], &[span(0, s(300), None)], &[true]), [(Some(0), s(300))]);
}

#[test]
fn two_faults_own_an_outage_each() {
    let spans = [span(0, s(100), Some(150)), span(1, s(300), None)];
    let dips = [dip(105, 106, 140), dip(301, 302, 340)];
    assert_eq!(owners(&dips, &spans, &[true, true]), [(Some(0), s(100)), (Some(1), s(300))]);
}

#[test]
fn a_fault_that_strikes_during_an_outage_starts_no_clock_of_its_own() {
    let spans = [span(0, s(100), None), span(1, s(120), None)];
    let dips = [dip(105, 106, 140), dip(200, 201, 220)];
    assert_eq!(owners(&dips, &spans, &[true, true]), [(Some(0), s(100)), (Some(1), s(200))]);
}

#[test]
fn what_breaks_nothing_owns_no_dip_that_something_else_could_have_made() {
    let lost = span(0, s(100), None);
    let shortage = FaultSpan { breaks: false, ..span(1, s(100), None) };
    let spans = [lost, shortage.clone()];
    assert_eq!(owners(&[dip(105, 106, 140)], &spans, &[true, true]), [(Some(0), s(100))]);
    assert_eq!(owners(&[dip(105, 106, 140)], &[shortage], &[false, true]), [(Some(1), s(100))]);
}

#[test]
fn the_latest_fault_on_the_causal_chain_owns_a_dip() {
    let spans = [span(0, s(100), None), span(1, s(110), None)];
    assert_eq!(owners(&[dip(115, 116, 140)], &spans, &[true, true]), [(Some(1), s(110))]);
    assert_eq!(owners(&[dip(115, 116, 140)], &spans, &[true, false]), [(Some(0), s(100))]);
}

#[test]
fn a_dip_after_all_is_over_is_blamed_on_the_fault_but_counts_from_itself() {
    assert_eq!(owners(&[dip(500, 501, 520)], &[span(0, s(100), Some(150))], &[true]), [(Some(0), s(500))]);
}

#[test]
fn a_dip_at_the_instant_at_which_all_is_over_counts_from_itself() {
    assert_eq!(owners(&[dip(150, 151, 170)], &[span(0, s(100), Some(150))], &[true]), [(Some(0), s(150))]);
    assert_eq!(owners(&[dip(149, 150, 170)], &[span(0, s(100), Some(150))], &[true]), [(Some(0), s(100))]);
}

proptest! {
    #[test]
    fn outages_are_disjoint_ordered_and_end_in_stable_stretches(
        pattern in prop::collection::vec(prop::sample::select(vec!['.', '.', '.', '.', '.', 'x', ' ', '?']), 0..300),
        faults in prop::collection::vec((0_u64..300_000, 0_u64..200_000, any::<bool>()), 0..4),
    ) {
        let pattern: String = pattern.into_iter().collect();
        let windows = windows(&seconds(&pattern), Ratio::from_percent(99));
        let reached = s(u64::try_from(pattern.len()).expect("short"));
        let mut spans: Vec<FaultSpan> = Vec::new();
        let mut at = 0;
        for (fault, (gap, lasts, touches)) in faults.iter().enumerate() {
            at += gap;
            let over = touches.then(|| crate::story::ms(at + lasts));
            spans.push(FaultSpan {
                fault,
                breaks: true,
                started: crate::story::ms(at),
                ended: over,
                over,
            });
        }
        let touching: Vec<bool> = faults.iter().map(|(.., touches)| *touches).collect();
        let owned = own(&dips(&windows, &Tally::new(), STABLE, reached), &spans, &touching, |_, _| false);
        let mut free_from = SimTime::ZERO;
        for (place, outage) in owned.iter().enumerate() {
            prop_assert!(outage.started >= free_from);
            let Some(restored) = outage.dip.restored else {
                prop_assert_eq!(place + 1, owned.len(), "only the last outage lasts");
                continue;
            };
            prop_assert!(outage.started < restored.at && restored.last_bad < restored.at);
            prop_assert!(restored.at + STABLE <= reached);
            for window in windows.iter().filter(|w| w.from >= restored.at && w.from < restored.at + STABLE) {
                prop_assert_eq!(window.state, State::Good);
            }
            free_from = restored.at;
        }
        // Every degraded window lies in an outage.
        for window in windows.iter().filter(|window| window.state == State::Degraded) {
            let inside = owned.iter().any(|outage| {
                outage.dip.from <= window.from && outage.dip.restored.is_none_or(|restored| window.from < restored.at)
            });
            prop_assert!(inside, "{:?}", window);
        }
    }
}

#[test]
fn requests_under_way_when_a_fault_strikes_do_not_start_the_clock_early() {
    let early = Dip { first_failed: s(303), ..dip(299, 300, 340) };
    assert_eq!(owners(&[early], &[span(0, s(300), None)], &[true]), [(Some(0), s(300))]);
    let unrelated = Dip { first_failed: s(303), ..dip(299, 300, 340) };
    assert_eq!(owners(&[unrelated], &[span(0, s(300), None)], &[false]), [(None, s(299))]);
}

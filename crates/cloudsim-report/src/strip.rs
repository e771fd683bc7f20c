//! Runs as marks along a line, one for each seed, with what they say together behind and before them.

use crate::axis::{HEIGHT, WIDTH, percent};
use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;

/// Values are drawn between these, so that no mark is cut off.
pub(crate) const LEFT: u64 = 200;
pub(crate) const RIGHT: u64 = 9_300;

/// Where runs stand that are worse than any value, and where those begin.
pub(crate) const ENDLESS: u64 = 9_700;
const ENDLESS_FROM: u64 = 9_450;

/// So many runs have a mark of their own on a page.
const MARKS_MAX: usize = 60_000;

/// A run on a strip.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) seed: u64,
    /// Where, in units of the width.
    pub(crate) x: u64,
    /// Whether a limit does not hold in it.
    pub(crate) breach: bool,
}

/// How many marks each of some strips may have.
pub(crate) fn marks_each(strips: usize) -> usize {
    MARKS_MAX / strips.max(1)
}

/// A dot for each run in which the limit holds, a stroke for each in which it does not. How high it stands depends on its seed
/// and means nothing: marks of about the same value are to be seen side by side.
pub(crate) fn marks(marks: impl Iterator<Item = Mark>) -> Markup {
    let (mut runs, mut breaches) = (String::new(), String::new());
    for Mark { seed, x, breach } in marks {
        let y = 14 + spread(seed) * 72 / 1_000;
        let _ = if breach { write!(breaches, "M{x} {}v16", y - 8) } else { write!(runs, "M{x} {y}h0") };
    }
    html! {
        @if !runs.is_empty() { path.runs d=(PreEscaped(runs)) {} }
        @if !breaches.is_empty() { path.breaches d=(PreEscaped(breaches)) {} }
    }
}

/// A thousandth for each seed; those of seeds that follow each other are far apart.
fn spread(seed: u64) -> u64 {
    // The golden ratio as a part of 2⁶⁴: its multiples are spread the most evenly (Knuth, volume 3, 6.4).
    let part = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((part >> 32) * 1_000) >> 32
}

/// From one end of an interval to the other.
pub(crate) fn interval(from: u64, to: u64) -> Markup {
    html! { rect.interval x=(from) y="0" width=(to.saturating_sub(from).max(20)) height=(HEIGHT) {} }
}

/// Where what has no end is drawn.
pub(crate) fn endless() -> Markup {
    html! { rect.endless x=(ENDLESS_FROM) y="0" width=(WIDTH - ENDLESS_FROM) height=(HEIGHT) {} }
}

/// A line across the strip.
pub(crate) fn across(class: &str, x: u64) -> Markup {
    html! { path.(class) d={ "M" (x) " 0V" (HEIGHT) } {} }
}

/// What stands where, as a row of a grid of lanes. What would run into one before it is left out.
pub(crate) fn labels(labels: &[(u64, String)]) -> Markup {
    const APART: u64 = WIDTH / 5;
    let mut shown: Vec<&(u64, String)> = Vec::new();
    for label in labels {
        if shown.iter().all(|other| other.0.abs_diff(label.0) >= APART) {
            shown.push(label);
        }
    }
    html! {
        div.ticks aria-hidden="true" {
            div {
                @for (x, label) in shown {
                    span.last[*x > WIDTH - WIDTH / 5] style={ "left:" (percent(*x)) "%" } { (label) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_that_follow_each_other_stand_apart_and_always_in_the_same_place() {
        let places: Vec<u64> = (0..8).map(spread).collect();
        assert_eq!(places, [0, 618, 236, 854, 472, 90, 708, 326]);
    }

    #[test]
    fn a_run_that_breaches_has_another_shape() {
        let mark = |seed, breach| Mark { seed, x: 500, breach };
        let drawn = marks([mark(0, false), mark(1, true), mark(0, false)].into_iter()).into_string();
        assert!(drawn.contains("class=\"runs\" d=\"M500 14h0M500 14h0\""), "{drawn}");
        assert!(drawn.contains("class=\"breaches\" d=\"M500 50v16\""), "{drawn}");
    }

    #[test]
    fn what_would_run_into_a_label_is_left_out() {
        let of = |x| (x, format!("at {x}"));
        let drawn = labels(&[of(5_000), of(6_000), of(9_000)]).into_string();
        assert!(
            drawn.contains("at 5000") && !drawn.contains("at 6000") && drawn.contains("at 9000"),
            "{drawn}"
        );
    }
}

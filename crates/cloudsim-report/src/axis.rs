//! Time from left to right.

use cloudsim_measures::{draw, words};
use cloudsim_units::SimTime;
use maud::{Markup, html};

/// The width of a drawing in its own units. Drawings are stretched to the width that there is.
pub(crate) const WIDTH: u64 = 10_000;

/// The height of a lane's drawing, in its own units.
pub(crate) const HEIGHT: u64 = 100;

/// So many columns of time a curve is drawn in.
const COLUMNS: u64 = 400;

/// There are at most so many ticks after the first.
const TICKS_MAX: u64 = 10;

/// How wide the words of one are, at most.
const TICK_WIDTH: u64 = WIDTH / 9;

/// From t = 0 to the end of a run.
pub(crate) struct Axis {
    end: u64,
}

impl Axis {
    pub(crate) fn new(reached: SimTime) -> Self {
        Self { end: reached.as_nanos().max(1) }
    }

    /// Where an instant lies, in units of the width.
    pub(crate) fn x(&self, at: SimTime) -> u64 {
        let at = at.as_nanos().min(self.end);
        u64::try_from(u128::from(at) * u128::from(WIDTH) / u128::from(self.end)).expect("at most the width")
    }

    /// Stretches of equal length, one after the other, with where they begin and end.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (SimTime, SimTime)> {
        let edge = |column: u64| {
            let nanos = u128::from(self.end) * u128::from(column) / u128::from(COLUMNS);
            SimTime::from_nanos(u64::try_from(nanos).expect("at most the end"))
        };
        (0..COLUMNS).map(move |column| (edge(column), edge(column + 1)))
    }

    /// Round instants with the time that they stand for, as a row of a grid of lanes.
    pub(crate) fn ticks(&self) -> Markup {
        let mut free_from = 0;
        let ticks = draw::round_instants(self.end, self.end / TICKS_MAX).filter_map(|at| {
            let x = self.x(at);
            // The last one stands before its line, so that it ends with the drawing, where there is room for it.
            let is_last = x > WIDTH - WIDTH / 25;
            if is_last && x < free_from + TICK_WIDTH {
                return None;
            }
            free_from = x + TICK_WIDTH;
            Some((at, x, is_last))
        });
        html! {
            div.ticks aria-hidden="true" {
                div {
                    @for (at, x, is_last) in ticks {
                        span.last[is_last] style={ "left:" (percent(x)) "%" } { (words::instant(at)) }
                    }
                }
            }
        }
    }
}

/// A part of the width in percent, with two digits behind the point.
pub(crate) fn percent(x: u64) -> String {
    format!("{}.{:02}", x * 100 / WIDTH, x * 10_000 / WIDTH % 100)
}

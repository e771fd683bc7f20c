//! Brackets: from where to where a recovery time or a recovery point reaches, with an end at each side.

use crate::axis::HEIGHT;
use cloudsim_measures::FailoverMeasures;
use cloudsim_units::SimTime;
use maud::{Markup, html};

/// Ends are drawn so far apart at least, in units of the width.
const WIDTH_MIN: u64 = 12;

/// Up to when all acknowledged commits were there after a failover, a promotion or a restore; not before the run.
pub(crate) fn recovery_point(failover: &FailoverMeasures) -> SimTime {
    SimTime::from_nanos(failover.started.as_nanos().saturating_sub(failover.rpo.as_nanos()))
}

/// From one place to another, filled with what the class means; what goes on has no end at its right.
pub(crate) fn bracket(from: u64, to: u64, class: &str, ends: bool) -> Markup {
    let to = to.max(from + WIDTH_MIN);
    let (top, middle, bottom) = (HEIGHT / 6, HEIGHT / 2, HEIGHT - HEIGHT / 6);
    let right = if ends { format!("M{to} {top}V{bottom}") } else { String::new() };
    html! {
        rect.(class) x=(from) y=(HEIGHT / 3) width=(to - from) height=(HEIGHT / 3) {}
        path.bracket d={ "M" (from) " " (top) "V" (bottom) "M" (from) " " (middle) "H" (to) (right) } {}
    }
}

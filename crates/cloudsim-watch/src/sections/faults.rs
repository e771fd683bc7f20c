//! Faults: those that hold, those that are over, and those that come.

use super::{Section, View, told};
use crate::lines::{Lane, Sign};
use cloudsim_measures::{FaultMeasures, instant, span, words};
use cloudsim_units::SimTime;

pub(crate) fn faults(view: &View<'_>) -> Section {
    let rows = view.film.run.faults.iter().map(|fault| {
        let lane = view.draw(|from, to| if holds_in(fault, from, to) { '▓' } else { '·' });
        let (sign, when) = state(fault, view.now);
        let text = format!("{when}: {} of {}", words::apart(&fault.kind), fault.target);
        told(sign, &fault.name, text, lane.map(Lane::Trouble))
    });
    Section { plural: "faults", head: None, rows: rows.collect() }
}

pub(super) fn holds(fault: &FaultMeasures, at: SimTime) -> bool {
    fault.started <= at && fault.ended.is_none_or(|ended| at < ended)
}

pub(super) fn holds_in(fault: &FaultMeasures, from: SimTime, to: SimTime) -> bool {
    fault.started < to && fault.ended.is_none_or(|ended| from < ended)
}

fn state(fault: &FaultMeasures, at: SimTime) -> (Sign, String) {
    match fault.ended {
        _ if at < fault.started => (Sign::Ahead, format!("from {}", instant(fault.started))),
        Some(ended) if at >= ended => (Sign::None, format!("over since {}", instant(ended))),
        _ => (Sign::Broken, format!("for {}", span(at.since(fault.started)))),
    }
}

//! When a service was degraded, and which fault owns it.
//!
//! A dip begins with the first degraded window and ends at the first window from which the service stays good for its
//! `stable_for`; a shorter good stretch does not end it. A stretch must have been seen: it may not lean on the time after
//! the horizon, nor on windows that were still open there.
//!
//! # Invariants
//! Outages are disjoint and in order of time.

use crate::buckets::{State, Window};
use crate::causes::FaultSpan;
use crate::document::Outage;
use crate::tally::Tally;
use crate::waterfall::Waterfall;
use crate::workload::{self, Serving};
use cloudsim_records::{EntityId, RunStarted};
use cloudsim_units::{SimDuration, SimTime};

/// A time in which a service was degraded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dip {
    /// The first degraded window.
    pub(crate) from: SimTime,
    /// The end of that window.
    pub(crate) first_to: SimTime,
    /// When the first of its requests failed; it may have arrived well before.
    pub(crate) first_failed: SimTime,
    /// From when on the service was good.
    pub(crate) restored: Option<Restored>,
    /// Whether a fault took what was lost with its beginning, as far as is known. Not if more was asked for, and not if a pod was
    /// told to leave, or failed, for other reasons.
    pub(crate) by_fault: bool,
    /// The node of the pod that was lost then, of a workload.
    pub(crate) on: Option<EntityId>,
    /// Good stretches within it that were too short, of a workload: of a service with traffic any second may be one.
    pub(crate) relapses: Vec<Relapse>,
}

/// A good stretch that was too short to end a dip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relapse {
    pub(crate) good: Restored,
    /// When it was over.
    pub(crate) until: SimTime,
}

/// The end of a dip, or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restored {
    /// The first instant of the stable stretch.
    pub(crate) at: SimTime,
    /// The beginning of the last window before that was not good.
    pub(crate) last_bad: SimTime,
    /// Whether it was good because less was asked for, rather than because something came back.
    pub(crate) by_demand: bool,
}

/// The dips that the windows show, in order.
pub(crate) fn dips(windows: &[Window], tally: &Tally, stable_for: SimDuration, reached: SimTime) -> Vec<Dip> {
    let mut dips = Vec::new();
    let mut current: Option<Dip> = None;
    let mut last_bad = SimTime::ZERO;
    for window in windows {
        settle(&mut dips, &mut current, window.from, stable_for);
        match (window.state, &mut current) {
            (State::Degraded, None) => {
                let first_failed = tally.first_failure(window.from, window.to).unwrap_or(window.to);
                current = Some(Dip {
                    from: window.from,
                    first_to: window.to,
                    first_failed,
                    restored: None,
                    by_fault: true,
                    on: None,
                    relapses: Vec::new(),
                });
                last_bad = window.from;
            }
            (State::Degraded | State::Open, Some(dip)) => {
                dip.restored = None;
                last_bad = window.from;
            }
            (State::Good, Some(dip)) => {
                dip.restored.get_or_insert(Restored { at: window.from, last_bad, by_demand: false });
            }
            (State::Good | State::Open, None) => {}
        }
    }
    settle(&mut dips, &mut current, reached, stable_for);
    dips.extend(current.map(|dip| Dip { restored: None, ..dip }));
    dips
}

/// Ends the current dip if its good stretch has lasted long enough at `now`.
fn settle(dips: &mut Vec<Dip>, current: &mut Option<Dip>, now: SimTime, stable_for: SimDuration) {
    let stable = |dip: &mut Dip| dip.restored.is_some_and(|restored| now >= restored.at + stable_for);
    dips.extend(current.take_if(stable));
}

/// A dip with where it counts from and the fault behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedDip {
    pub(crate) dip: Dip,
    /// Index in the scenario.
    pub(crate) fault: Option<usize>,
    /// Whether that fault was at work when the dip began.
    pub(crate) at_work: bool,
    pub(crate) started: SimTime,
}

impl OwnedDip {
    pub(crate) fn outage(&self, run: &RunStarted, waterfall: &Waterfall<'_>, serving: &[Serving]) -> Outage {
        let until = self.dip.restored.map_or(waterfall.reached, |restored| restored.at);
        Outage {
            fault: self.fault.map(|fault| run.faults[fault].name.clone()),
            started: self.started,
            restored: self.dip.restored.map(|restored| restored.at),
            needed: workload::needed(serving, self.started, until),
            phases: waterfall.phases(self.started, &self.dip),
        }
    }
}

/// Finds the owner of each dip: the latest fault on the service's causal chain that was active when it began; else any
/// active one; else the latest that there was. One that breaks something comes before one that breaks nothing. Of active
/// ones, one that is about the node, or the zone, of the pod that was lost comes first, by `hits`. None, if something else
/// took what was lost then. `touching` says by fault whether it is on the chain.
///
/// The first dip after an active fault counts from the fault's start. A dip counts from its own start if the service
/// was degraded since the fault before, if the fault was over when the dip began, if it was not the fault that took what was
/// lost then, or if there was no fault.
///
/// Requests that are under way when a fault strikes arrived before it. So a dip is owned by a fault that
/// strikes after its first window and before the first request of that window has failed.
pub(crate) fn own(
    dips: &[Dip],
    spans: &[FaultSpan],
    touching: &[bool],
    hits: impl Fn(&FaultSpan, EntityId) -> bool,
) -> Vec<OwnedDip> {
    let mut free_from = SimTime::ZERO;
    let mut all = Vec::new();
    for dip in dips {
        let owner = spans
            .iter()
            .filter(|span| span.started < dip.first_to)
            .map(|span| (span.is_active_in(dip.from, dip.first_to), touching[span.fault], span))
            .max_by_key(|(active, touches, span)| {
                (*active, dip.on.is_some_and(|node| hits(span, node)), *touches, span.breaks, span.started)
            });
        let struck = spans
            .iter()
            .filter(|span| touching[span.fault] && (dip.first_to..dip.first_failed).contains(&span.started))
            .map(|span| (true, true, span))
            .max_by_key(|(.., span)| (span.breaks, span.started));
        let owner = struck.or(owner);
        let started = match owner {
            Some((true, _, span)) if span.started >= free_from && dip.by_fault => span.started,
            _ => dip.from,
        };
        all.push(OwnedDip {
            dip: dip.clone(),
            fault: owner.filter(|_| dip.by_fault).map(|(.., span)| span.fault),
            at_work: owner.is_some_and(|(active, ..)| active),
            started,
        });
        free_from = dip.restored.map_or(SimTime::MAX, |restored| restored.at);
    }
    all
}

#[cfg(test)]
mod tests;

//! Where the time of an outage went: contiguous phases on the critical path.
//!
//! The path is read backwards. The last milestone at or before the restoration, of the part of the path that the last
//! failures point to, is taken for what brought the service back; what it had to wait for comes before it, up to the start of the outage. What lies between the last milestone
//! and the restoration, beyond the one bucket that `confirm` may absorb, was spent on requests that still failed.
//!
//! # Invariants
//! Phases are contiguous and not empty; each ends at the time of a record, but for `confirm`, which ends at the
//! restoration. Those of a restored outage add up to its recovery time.

use crate::blame::Blame;
use crate::document::Phase;
use crate::milestones::Milestone;
use crate::outages::Restored;
use crate::settings::Settings;
use crate::tally::Tally;
use cloudsim_units::{SimDuration, SimTime};

/// All that the phases of a service's outages are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waterfall<'a> {
    pub(crate) milestones: &'a [Milestone],
    pub(crate) tally: &'a Tally,
    pub(crate) settings: Settings<'a>,
    pub(crate) stable_for: SimDuration,
}

/// A phase to be: its name, its end, and who may own it.
struct Draft {
    name: &'static str,
    to: SimTime,
    settings: Vec<String>,
}

impl Waterfall<'_> {
    /// The phases of an outage that began at `started`. One that did not end has those that did.
    pub(crate) fn phases(&self, started: SimTime, restored: Option<Restored>) -> Vec<Phase> {
        let until = restored.map_or(SimTime::MAX, |restored| restored.at);
        let blame = restored.and_then(|restored| self.tally.blame(restored.last_bad, restored.at));
        let mut drafts = self.critical_path(started, until, restored.is_none(), blame);
        if let Some(restored) = restored {
            self.settle(started, restored, &mut drafts);
        }
        let mut from = started;
        let mut phases: Vec<Phase> = Vec::new();
        for draft in drafts {
            if draft.to <= from {
                continue;
            }
            let setting = self.settings.first(&draft.settings);
            phases.push(Phase {
                name: draft.name.to_owned(),
                from,
                to: draft.to,
                setting: setting.map(|setting| setting.path.clone()),
                value: setting.map(|setting| setting.value.clone()),
                default: setting.map(|setting| setting.default.clone()),
                lever: None,
            });
            from = draft.to;
        }
        phases
    }

    /// The milestones that lead to the last one of `started..=until`, in order. `any` also takes one that cannot
    /// restore a service by itself. Milestones of the part that the last failures point to come first: what happens
    /// elsewhere at the same time did not end them.
    fn critical_path(&self, started: SimTime, until: SimTime, any: bool, blame: Option<Blame>) -> Vec<Draft> {
        let candidates = || {
            (0..self.milestones.len())
                .rev()
                .skip_while(|place| self.milestones[*place].at > until)
                .take_while(|place| self.milestones[*place].at > started)
                .filter(|place| any || self.milestones[*place].can_restore())
        };
        let last = candidates()
            .find(|place| blame.is_some_and(|blame| self.milestones[*place].step.concerns(blame)))
            .or_else(|| candidates().next());
        let mut path = Vec::new();
        let mut next = last;
        while let Some(place) = next {
            let milestone = &self.milestones[place];
            path.push(Draft {
                name: milestone.phase,
                to: milestone.at,
                settings: milestone.settings.clone(),
            });
            next = Milestone::predecessor(self.milestones, place, started);
        }
        path.reverse();
        path
    }

    /// Leads the path from its last milestone to the restoration.
    fn settle(&self, started: SimTime, restored: Restored, drafts: &mut Vec<Draft>) {
        let last = drafts.last().map_or(started, |draft| draft.to);
        if last <= restored.last_bad {
            let to = self
                .tally
                .last_failed(last, restored.at)
                .filter(|at| *at > restored.last_bad)
                .or_else(|| self.tally.last_ended(last, restored.at))
                .unwrap_or(last);
            self.extend(restored.at, to, drafts);
        }
        drafts.push(Draft { name: "confirm", to: restored.at, settings: Vec::new() });
    }

    /// Names the time from the last milestone to the last failure at `to`. If milestones of the last phase still come
    /// after the restoration, that phase was going on and the rest had become few enough; if the path is empty, the
    /// first milestone to come was being waited for.
    fn extend(&self, restored: SimTime, to: SimTime, drafts: &mut Vec<Draft>) {
        let horizon = restored.saturating_add(self.stable_for);
        let begin = self.milestones.partition_point(|milestone| milestone.at <= restored);
        let mut ahead = self.milestones[begin..]
            .iter()
            .take_while(|milestone| milestone.at <= horizon)
            .filter(|milestone| milestone.can_restore());
        match drafts.last_mut() {
            Some(last) => match ahead.find(|milestone| milestone.phase == last.name) {
                // It was still being waited for, so what owns it owns the phase.
                Some(milestone) => {
                    *last = Draft { name: last.name, to, settings: milestone.settings.clone() }
                }
                None => {
                    drafts.push(Draft { name: "drain", to, settings: vec!["clients.*.timeout".to_owned()] });
                }
            },
            None => drafts.push(match ahead.next() {
                Some(milestone) => Draft { name: milestone.phase, to, settings: milestone.settings.clone() },
                None => Draft { name: "degraded", to, settings: Vec::new() },
            }),
        }
    }
}

#[cfg(test)]
mod tests;

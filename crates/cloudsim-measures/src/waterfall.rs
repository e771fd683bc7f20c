//! Where the time of an outage went: contiguous phases on the critical path.
//!
//! The path is read backwards. The last milestone at or before the restoration, of the part of the path that the last
//! failures point to, is taken for what brought the service back; what it had to wait for comes before it, up to the
//! start of the outage. What lies between the last milestone and the restoration, beyond the one bucket that `confirm`
//! may absorb, was spent on requests that still failed.
//!
//! # Invariants
//! Phases are contiguous and not empty; each ends at the time of a record, but for `confirm`, which ends at the
//! restoration. Those of a restored outage add up to its recovery time. What saves requests that arrived before it comes
//! after the restoration; the phase that it would end then ends with the last request that failed.

use crate::blame::Blame;
use crate::clusters::{Blocked, Waits};
use crate::document::Phase;
use crate::evidence::Witnesses;
use crate::milestones::{
    CONTROL_PLANE, FAULT, Milestone, OPERATOR, Origin, SCALE, Step, Stuck, is_daemon_set, of_failover,
};
use crate::outages::{Dip, Restored};
use crate::phases::rule;
use crate::recovery::Unfinished;
use crate::settings::Settings;
use crate::tally::Tally;
use cloudsim_records::{ClientInfo, EntityId, PodReason};
use cloudsim_units::{SimDuration, SimTime};

/// All that the phases of a service's outages are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waterfall<'a> {
    /// Ends of faults are among them only if a fault was at work when the outage began.
    pub(crate) milestones: &'a [Milestone],
    /// When faults started. What comes after the next one is the way back from that.
    pub(crate) faults: &'a [SimTime],
    pub(crate) clients: &'a [ClientInfo],
    pub(crate) tally: &'a Tally,
    pub(crate) settings: Settings<'a>,
    pub(crate) stable_for: SimDuration,
    /// What its pods waited for.
    pub(crate) waits: &'a Waits,
    /// What is being done about a database of its when all is over.
    pub(crate) unfinished: Option<Unfinished>,
    /// When faults that touch it started, in order.
    pub(crate) struck: &'a [SimTime],
    /// Whether such a fault was at work when the outage began.
    pub(crate) of_a_fault: bool,
    /// Whether one still is when all is over.
    pub(crate) is_faulty: bool,
    /// The workload that it is, if it is one: its way back is all in the records.
    pub(crate) workload: Option<&'a str>,
    /// When that is.
    pub(crate) reached: SimTime,
    /// The records that end phases.
    pub(crate) witnesses: Witnesses<'a>,
}

/// What goes on, and what people do, also while nobody answers.
const WITHOUT_API: [&str; 9] =
    ["image", "pull", "start", "launch", FAULT, CONTROL_PLANE, OPERATOR, SCALE, "unstable"];

/// What ends with a second, and not with a record.
const WITHOUT_RECORD: [&str; 2] = ["confirm", "unstable"];

/// A phase to be: its name, its end, who may own it, and the record that it ends with, if that is one of a change of state.
struct Draft {
    name: &'static str,
    to: SimTime,
    settings: Vec<String>,
    by: Option<u64>,
}

impl Draft {
    /// One that ends with a request, or with whatever happened then.
    fn until(name: &'static str, to: SimTime, settings: Vec<String>) -> Self {
        Self { name, to, settings, by: None }
    }

    /// One that ends with a milestone.
    fn of(milestone: &Milestone) -> Self {
        let Milestone { at, number, phase, settings, .. } = milestone;
        Self { name: phase, to: *at, settings: settings.clone(), by: Some(*number) }
    }
}

impl Waterfall<'_> {
    /// The phases of an outage that counts from `started`. Where another fault struck after a good stretch that was too short,
    /// what comes after that is a part of its own.
    pub(crate) fn phases(&self, started: SimTime, dip: &Dip) -> Vec<Phase> {
        let mut drafts = Vec::new();
        let mut since = started;
        for relapse in &dip.relapses {
            if !self.faults.iter().any(|fault| since < *fault && *fault <= relapse.until) {
                continue;
            }
            drafts.extend(self.part(since, Some(relapse.good)));
            drafts.push(Draft::until("unstable", relapse.until, Vec::new()));
            since = relapse.until;
        }
        drafts.extend(self.part(since, dip.restored));
        let drafts = self.with_silences(started, drafts);
        let mut from = started;
        let mut phases: Vec<Phase> = Vec::new();
        for draft in drafts {
            if draft.to <= from {
                continue;
            }
            let setting = self.settings.first(&draft.settings);
            let path = setting.map(|setting| &setting.path);
            let ended_by = self.witnesses.of(draft.by, draft.to);
            debug_assert!(
                ended_by.is_some() || draft.to == self.reached || WITHOUT_RECORD.contains(&draft.name),
                "no record ends `{}` at {}",
                draft.name,
                draft.to
            );
            debug_assert!(!rule(draft.name).is_empty(), "`{}` has no rule", draft.name);
            if let Some(last) = phases.last_mut()
                && last.name == draft.name
                && last.setting.as_ref() == path
            {
                (last.to, last.ended_by, from) = (draft.to, ended_by, draft.to);
                continue;
            }
            phases.push(Phase {
                name: draft.name.to_owned(),
                from,
                to: draft.to,
                setting: setting.map(|setting| setting.path.clone()),
                value: setting.map(|setting| setting.value.clone()),
                default: setting.map(|setting| setting.default.clone()),
                candidates: if setting.is_none() { draft.settings } else { Vec::new() },
                deciders: Vec::new(),
                ended_by,
                lever: None,
            });
            from = draft.to;
        }
        phases
    }

    /// Nothing that is to be written comes on while nobody answers: such times are phases of their own.
    fn with_silences(&self, started: SimTime, drafts: Vec<Draft>) -> Vec<Draft> {
        let mut from = started;
        let mut all = Vec::new();
        for draft in drafts {
            if !WITHOUT_API.contains(&draft.name) {
                for (since, until) in self.waits.silences.iter().copied() {
                    if until <= from || draft.to <= since {
                        continue;
                    }
                    let before = Draft::until(draft.name, since, draft.settings.clone());
                    all.extend((from < since).then_some(before));
                    from = until.min(draft.to);
                    all.push(Draft::until(CONTROL_PLANE, from, Vec::new()));
                }
            }
            from = from.max(draft.to);
            all.push(draft);
        }
        all
    }

    /// What was being waited for after a milestone at that time; `None` where that is not known.
    fn awaits(&self, step: Step, at: SimTime) -> Option<&'static str> {
        let is_it = |of: &&Blocked| Some(of.pod) == step.pod() && of.from <= at && at <= of.until;
        let blocked = self.waits.blocked.iter().find(is_it).map(|of| of.phase);
        blocked.or_else(|| step.awaits()).filter(|name| {
            // Where no node is ready, none is given up.
            *name != "taint" || self.waits.nodes.iter().any(|node| self.is_ready(*node, at))
        })
    }

    /// The phases of what began at `started`. What did not end has those that did, and what its pods still wait for, if that
    /// is known.
    fn part(&self, started: SimTime, restored: Option<Restored>) -> Vec<Draft> {
        let Some(restored) = restored else {
            // What most failed of in the beginning may be well again by now.
            let late = started.max(self.reached.saturating_sub(self.stable_for));
            let blame = self.tally.blame(late, SimTime::MAX);
            let is_broken = self.of_a_fault && self.is_faulty;
            if blame == Some(Blame::Target) && !is_broken && self.tally.is_overload(late, SimTime::MAX) {
                return self.overloaded(started);
            }
            return self.so_far(started, blame.or_else(|| self.tally.blame(started, SimTime::MAX)));
        };
        let blame = self.tally.blame(restored.last_bad, restored.at);
        let mut drafts = self.critical_path(started, restored.at, blame);
        self.settle(started, restored, blame, &mut drafts);
        drafts
    }

    /// What has led to where an outage that did not end stands at the end: how a pod came to wait for what it waits for, if
    /// one does, or the last that happened to the service itself; where nobody answers any more, that too.
    fn so_far(&self, started: SimTime, blame: Option<Blame>) -> Vec<Draft> {
        let last_own =
            self.last(started, SimTime::MAX, |milestone| milestone.is_own() && milestone.concerns(blame));
        let to_the_end = |mut path: Vec<Draft>, name| {
            path.push(Draft::until(name, self.reached, Vec::new()));
            path
        };
        if let Some((at_work, awaited)) = self.people(started).filter(|(place, _)| Some(*place) > last_own) {
            return to_the_end(self.path_to(Some(at_work), started, blame), awaited);
        }
        if blame == Some(Blame::Database)
            && let Some(open) = self.unfinished
        {
            let chosen = self.last(started, open.since, Milestone::is_own);
            let step = self.last(started, SimTime::MAX, |of| of.step.is_failover_of(open.database));
            let mut path = self.path_to(step.or(chosen), started, blame);
            let (phase, settings) =
                of_failover(open.database, open.step, Some(open.kind), self.witnesses.names);
            path.push(Draft::until(phase, self.reached, settings));
            return path;
        }
        if blame.is_some_and(|blame| blame != Blame::Target) {
            return self.path_to(last_own, started, blame);
        }
        if let Some(silent) = self.waits.silent_since {
            let (mut path, name) = self.before_silence(silent, last_own, started, blame);
            path.extend(name.map(|name| Draft::until(name, silent, Vec::new())));
            return to_the_end(path, CONTROL_PLANE);
        }
        if let Some((stuck, place)) = self.waits_for(started) {
            return to_the_end(self.path_to(place, started, blame), stuck.phase());
        }
        let path = self.path_to(last_own, started, blame);
        let Some(workload) = self.workload else { return path };
        let last = last_own.map(|place| self.milestones[place].step);
        let is_on_dead_node =
            last.and_then(Step::starts_on).is_some_and(|node| !self.is_ready(node, self.reached));
        // Daemons tolerate that nothing is heard of their node.
        let awaited = last
            .filter(|_| !is_daemon_set(workload) && !is_on_dead_node)
            .and_then(|step| self.awaits(step, self.reached));
        let name = match awaited {
            Some(name) => name,
            None if self.is_faulty => FAULT,
            None if self.was_scaled_down(started) => SCALE,
            // What an operator has given up is theirs to take back.
            None if self.milestones.iter().any(|of| matches!(of.step, Step::Operated { .. })) => OPERATOR,
            None => "degraded",
        };
        to_the_end(path, name)
    }

    /// Servers that are there do not keep up when all is over: since the last thing that a fault has led to, or all along.
    fn overloaded(&self, started: SimTime) -> Vec<Draft> {
        let concerns = |milestone: &Milestone| milestone.is_own() && milestone.concerns(Some(Blame::Target));
        let last = self.last(started, SimTime::MAX, concerns).filter(|_| self.of_a_fault);
        let mut path = self.path_to(last, started, Some(Blame::Target));
        path.push(Draft::until("overload", self.reached, Vec::new()));
        path
    }

    /// How far people have come who are to bring a service back, and what they are at.
    fn people(&self, started: SimTime) -> Option<(usize, &'static str)> {
        let of_people = |milestone: &Milestone| matches!(milestone.step, Step::Runbook { .. });
        let last = self.last(started, SimTime::MAX, of_people).filter(|_| self.workload.is_none())?;
        Some((last, self.milestones[last].step.awaits()?))
    }

    /// What had led to where it stood when the API fell silent for good, and what was awaited then.
    fn before_silence(
        &self,
        silent: SimTime,
        last_own: Option<usize>,
        started: SimTime,
        blame: Option<Blame>,
    ) -> (Vec<Draft>, Option<&'static str>) {
        if let Some((stuck, Some(place))) = self.waits_for(started)
            && self.milestones[place].at < silent
        {
            return (self.path_to(Some(place), started, blame), Some(stuck.phase()));
        }
        let step = last_own.map(|place| self.milestones[place].step);
        (self.path_to(last_own, started, blame), step.and_then(|step| self.awaits(step, silent)))
    }

    /// Whether the last pod that left by then did so because fewer were wanted.
    fn was_scaled_down(&self, at: SimTime) -> bool {
        let left = self.milestones.iter().rev().filter(|of| of.at <= at).find_map(|of| match of.step {
            Step::PodLeaves { reason, .. } => Some(reason),
            _ => None,
        });
        left == Some(PodReason::ScaledDown)
    }

    /// Whether a node is ready at that time, as the API has it.
    fn is_ready(&self, node: EntityId, at: SimTime) -> bool {
        let known = self.milestones.iter().rev().filter(|of| of.at <= at).find_map(|of| match of.step {
            Step::NodeUnknown { node: of, .. } if of == node => Some(false),
            Step::NodeReady { node: of, .. } if of == node => Some(true),
            _ => None,
        });
        known.unwrap_or(true)
    }

    /// What its pods wait for when all is over, and the milestone with which that began: of several one that began with the
    /// outage if a fault did, else the oldest.
    fn waits_for(&self, started: SimTime) -> Option<(&Stuck, Option<usize>)> {
        let begun = |stuck: &Stuck| {
            self.milestones.iter().position(|other| stuck.begins_with(other.step) && other.at > started)
        };
        let known = self.waits.stuck.iter().find_map(|stuck| Some((stuck, begun(stuck)?)));
        let first = self.waits.stuck.first()?;
        match known {
            Some((stuck, place)) if self.of_a_fault => Some((stuck, Some(place))),
            _ => Some((first, begun(first))),
        }
    }

    /// The milestones that lead to the last one of `started..=until` that can restore the service, in order. Only milestones
    /// of the part that the last failures point to count: what happens elsewhere at the same time did not end them.
    fn critical_path(&self, started: SimTime, until: SimTime, blame: Option<Blame>) -> Vec<Draft> {
        let last =
            self.last(started, until, |milestone| milestone.can_restore() && milestone.concerns(blame));
        self.path_to(last, started, blame)
    }

    /// The place of the last milestone of `started..=until` that fits.
    fn last(&self, started: SimTime, until: SimTime, fits: impl Fn(&Milestone) -> bool) -> Option<usize> {
        (0..self.milestones.len())
            .rev()
            .skip_while(|place| self.milestones[*place].at > until)
            .take_while(|place| self.milestones[*place].at > started)
            .find(|place| fits(&self.milestones[*place]))
    }

    /// The milestones that lead to the one at `last`, and itself. What another fault than the first began is led to by what
    /// there was before that struck.
    fn path_to(&self, last: Option<usize>, started: SimTime, blame: Option<Blame>) -> Vec<Draft> {
        let mut path = Vec::new();
        let mut next = last;
        let mut head = None;
        while let Some(place) = next {
            let milestone = &self.milestones[place];
            path.push(Draft::of(milestone));
            head = next;
            let waited_for = Milestone::predecessor(self.milestones, place, started);
            let since = waited_for.map_or(started, |place| self.milestones[place].at);
            if self.struck_between(place, since).is_some() {
                break;
            }
            next = self.detour(place, since, blame).or(waited_for);
        }
        let before = head.map_or_else(Vec::new, |head| self.before_it_struck(head, started, blame));
        path.extend(before.into_iter().rev());
        path.reverse();
        path
    }

    /// When the last fault struck before a milestone of a workload that comes of one, if that was after `since`.
    fn struck_between(&self, place: usize, since: SimTime) -> Option<SimTime> {
        let of = &self.milestones[place];
        let is_due = self.workload.is_some() && of.step.origin() == Some(Origin::Fault);
        let mut struck = self.struck.iter().rev().copied().filter(|_| is_due);
        struck.find(|struck| since < *struck && *struck < of.at)
    }

    /// What led to where a workload stood when that happened which the milestone at `head` is due to, if the outage began
    /// before: another fault, or what somebody did.
    fn before_it_struck(&self, head: usize, started: SimTime, blame: Option<Blame>) -> Vec<Draft> {
        let of = &self.milestones[head];
        let Some(origin) = of.step.origin().filter(|_| self.workload.is_some()) else { return Vec::new() };
        let since = match origin {
            Origin::Itself => of.at,
            Origin::Fault => match self.struck_between(head, started) {
                Some(struck) => struck,
                None => return Vec::new(),
            },
        };
        let last = self.last(started, since, |milestone| {
            milestone.at < since
                && milestone.concerns(blame)
                && milestone.step.origin() != Some(Origin::Itself)
        });
        let Some(last) = last else {
            // What waited from the start, or from before, still did.
            let is_it = |of: &&Blocked| of.from <= started && since <= of.until;
            let waited = self.waits.blocked.iter().find(is_it).filter(|_| origin == Origin::Fault);
            let draft = waited.map(|of| Draft::until(of.phase, since, Vec::new()));
            return draft.into_iter().collect();
        };
        let awaited = self.awaits(self.milestones[last].step, since);
        let mut path = self.path_to(Some(last), started, blame);
        let of_itself = origin == Origin::Itself && !self.of_a_fault;
        let name = awaited.unwrap_or(if of_itself { of.phase } else { FAULT });
        path.push(Draft::until(name, since, Vec::new()));
        path
    }

    /// What the milestone at `place` had to wait for because requests did not come that far: if those that arrived `since`
    /// failed elsewhere on their way, whatever ended that. What lies between the parts is no such place: a way that is cut
    /// may be the way to any of them. Only what comes of requests waits for them: that servers are connected again, and that
    /// ports are free.
    fn detour(&self, place: usize, since: SimTime, blame: Option<Blame>) -> Option<usize> {
        if !matches!(self.milestones[place].step, Step::Reconnected { .. } | Step::PortsFree) {
            return None;
        }
        let elsewhere = self.tally.blame(since, self.milestones[place].at);
        if elsewhere.is_none() || elsewhere == blame || elsewhere == Some(Blame::Network) {
            return None;
        }
        (0..place).rev().take_while(|place| self.milestones[*place].at > since).find(|place| {
            let milestone = &self.milestones[*place];
            milestone.can_restore() && milestone.concerns(elsewhere)
        })
    }

    /// Leads the path from its last milestone to the restoration.
    fn settle(&self, started: SimTime, restored: Restored, blame: Option<Blame>, drafts: &mut Vec<Draft>) {
        if restored.by_demand {
            // Nothing that came before has helped.
            drafts.push(Draft::until(SCALE, restored.at, Vec::new()));
            return;
        }
        let last = drafts.last().map_or(started, |draft| draft.to);
        if last <= restored.last_bad {
            let to = self
                .tally
                .last_failed(last, restored.at)
                .filter(|at| *at > restored.last_bad)
                .or_else(|| self.tally.last_ended(last, restored.at))
                .unwrap_or(last);
            self.extend((started, restored.at), to, blame, drafts);
        }
        drafts.push(Draft::until("confirm", restored.at, Vec::new()));
    }

    /// Names the time from the last milestone to the last failure at `to`: by what was still being waited for.
    ///
    /// If milestones of the last phase still come, that phase was going on and the rest had become few enough. If another
    /// comes while a client may still be trying, the requests that arrived shortly before it were saved by their retries; if
    /// that is the end of the fault, nothing before it mattered. Else what had been caught ran out its tries, or went where
    /// old DNS answers lead; or, where the path is empty, the next milestone was being waited for, however late it came.
    fn extend(
        &self,
        (started, restored): (SimTime, SimTime),
        to: SimTime,
        blame: Option<Blame>,
        drafts: &mut Vec<Draft>,
    ) {
        let next_fault =
            self.faults.iter().copied().filter(|at| *at > restored).min().unwrap_or(SimTime::MAX);
        let begin = self.milestones.partition_point(|milestone| milestone.at <= restored);
        let ahead = self.milestones[begin..]
            .iter()
            .take_while(|milestone| milestone.at < next_fault)
            .filter(|milestone| milestone.can_restore() && milestone.concerns(blame));
        let next = ahead.clone().next();
        let saved_by = next.filter(|next| next.at <= restored.saturating_add(self.patience()));
        let soon = saved_by.map(|next| self.awaited(next, started, to));
        let within = |milestone: &&Milestone| milestone.at <= restored.saturating_add(self.stable_for);
        let end = ahead
            .clone()
            .take_while(within)
            .find(|milestone| matches!(milestone.step, Step::FaultEnded { .. }));
        if let (Some(end), Some(last)) = (end, drafts.last())
            && ahead
                .clone()
                .find(|milestone| milestone.phase == last.name)
                // A shortage of ports is a reason of its own, whatever began it.
                .is_some_and(|same| same.at >= end.at && same.step != Step::PortsFree)
        {
            // What seemed to go on had to wait for the end of the fault.
            drafts.clear();
            drafts.push(Draft::until(end.phase, to, end.settings.clone()));
            return;
        }
        if let Some(last) = drafts.last_mut()
            && let Some(milestone) =
                ahead.clone().take_while(within).find(|milestone| milestone.phase == last.name)
            && (!matches!(milestone.step, Step::PodRouted { .. })
                || self.waited_for(milestone, started).is_none_or(|before| before.at <= to))
        {
            *last = Draft::until(last.name, to, milestone.settings.clone());
            return;
        }
        if soon.is_some_and(|next| matches!(next.step, Step::FaultEnded { .. })) {
            // Nothing that came before has helped.
            drafts.clear();
        } else if let Some(saved_by) = saved_by.filter(|_| self.workload.is_none()) {
            // Where the way to that is known farther, it was that which was waited for.
            let last = self
                .place(saved_by)
                .and_then(|place| Milestone::predecessor(self.milestones, place, started));
            let mut way = self.path_to(last, started, blame);
            way.retain(|draft| draft.to < to);
            if way.last().map(|draft| draft.to) > drafts.last().map(|draft| draft.to) {
                *drafts = way;
            }
        }
        let draft = match (soon, drafts.is_empty()) {
            (Some(milestone), _) => Draft::until(milestone.phase, to, milestone.settings.clone()),
            (None, false) => self.aftermath(started, drafts.last().map_or(started, |last| last.to), to),
            (None, true) => match next {
                Some(milestone) => Draft::until(milestone.phase, to, milestone.settings.clone()),
                None => Draft::until("degraded", to, Vec::new()),
            },
        };
        drafts.push(draft);
    }

    /// What was still being waited for at `to` before a milestone could come: what the rules of kube-proxies say depends on
    /// what somebody has noticed.
    fn awaited<'m>(&'m self, milestone: &'m Milestone, started: SimTime, to: SimTime) -> &'m Milestone {
        if !matches!(milestone.step, Step::PodForgotten { .. } | Step::PodUnlisted { .. }) {
            return milestone;
        }
        match self.waited_for(milestone, started).filter(|before| before.at > to) {
            Some(before) => self.awaited(before, started, to),
            None => milestone,
        }
    }

    fn place(&self, milestone: &Milestone) -> Option<usize> {
        self.milestones.iter().position(|other| std::ptr::eq(other, milestone))
    }

    /// What a milestone had to wait for.
    fn waited_for(&self, milestone: &Milestone, started: SimTime) -> Option<&Milestone> {
        let place = self.place(milestone)?;
        Milestone::predecessor(self.milestones, place, started).map(|place| &self.milestones[place])
    }

    /// What made requests fail up to `to` after the last milestone. A client that was caught by then has given up after its
    /// patience. Those that failed later came later: to a node that was withdrawn from DNS, if one was, by an old answer.
    fn aftermath(&self, started: SimTime, last: SimTime, to: SimTime) -> Draft {
        if to.since(last) <= self.patience() {
            let timeout = |client: &ClientInfo| format!("clients.{}.timeout", client.name);
            return Draft::until("drain", to, self.clients.iter().map(timeout).collect());
        }
        let withdrawn = self.milestones.iter().any(|milestone| {
            matches!(milestone.step, Step::Dns { listed: false, .. } | Step::Rerouted { listed: false, .. })
                && milestone.at > started
                && milestone.at <= to
        });
        Draft::until(if withdrawn { "ttl" } else { "degraded" }, to, Vec::new())
    }

    /// How long the most patient client tries. So long before a milestone requests may arrive and be saved by it.
    fn patience(&self) -> SimDuration {
        self.clients.iter().map(|client| client.timeout).max().unwrap_or(SimDuration::ZERO)
    }
}

#[cfg(test)]
mod tests;

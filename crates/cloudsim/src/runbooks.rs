//! Runbooks: people notice, decide, and do one thing after the other, or a program does so in their place.

use crate::Cloud;
use crate::words::Root;
use cloudsim_engine::{Context, Kernel};
use cloudsim_records::{EntityId, Record, RunbookAdvance, RunbookStage};
use cloudsim_scenario::plan::{Begins, RunbookStepSpec};
use cloudsim_units::{DurationDistribution, SimDuration, SimTime};
use cloudsim_world::RunbookId;

/// What is done otherwise has taken no time if it took less than that.
///
/// Chosen: nobody does anything sooner.
const AT_ONCE: SimDuration = SimDuration::from_secs(1);

/// What will happen to a runbook.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// It is its time.
    Begins { runbook: RunbookId },
    /// Somebody looks at what has happened.
    Noticed { runbook: RunbookId },
    /// People have decided.
    Decided { runbook: RunbookId },
    /// Somebody has done the step that it is at.
    Acts { runbook: RunbookId },
    /// The time of a step is over.
    Overdue { runbook: RunbookId, attempt: u16 },
}

/// All runbooks, and how far people have come with them.
#[derive(Debug, Default)]
pub(crate) struct Runbooks {
    pub(crate) entities: Vec<EntityId>,
    all: Vec<Progress>,
}

/// How far people have come with one.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Whether it is being done.
    open: bool,
    /// Whether it waits until what was done has come about.
    waits: bool,
    /// The step that it is at.
    step: usize,
    /// When that came to nothing last.
    failed: Option<SimTime>,
    /// Counts the steps that were tried.
    attempts: u16,
    /// The runbook that waits for its end.
    caller: Option<RunbookId>,
    /// What has happened to it last.
    stage: Option<RunbookStage>,
}

impl Runbooks {
    pub(crate) fn of(entities: Vec<EntityId>) -> Self {
        Self { all: vec![Progress::default(); entities.len()], entities }
    }

    /// What has happened last to a runbook, and the step that it is at.
    pub(crate) fn stage(&self, id: RunbookId) -> (Option<RunbookStage>, usize) {
        let of = &self.all[id.index()];
        (of.stage, of.step)
    }
}

impl Cloud {
    pub(crate) fn runbook(&mut self, event: Event, ctx: &mut Kernel<Root>) {
        match event {
            Event::Begins { runbook } => self.begin_runbook(runbook, None, ctx),
            Event::Noticed { runbook } => {
                self.tell_of_runbook(runbook, RunbookStage::Noticed, ctx);
                let takes = self.takes(runbook, "decide", self.plan.runbooks[runbook.index()].decide, ctx);
                Context::<Root>::schedule_in(ctx, takes, Event::Decided { runbook });
            }
            Event::Decided { runbook } => {
                self.tell_of_runbook(runbook, RunbookStage::Decided, ctx);
                self.next_step(runbook, ctx);
            }
            Event::Acts { runbook } => self.act(runbook, ctx),
            Event::Overdue { runbook, attempt } => {
                let of = self.runbooks.all[runbook.index()];
                if of.open && of.waits && of.attempts == attempt {
                    self.step_failed(runbook, ctx);
                }
            }
        }
    }

    /// Begins what is to be done when that has happened.
    pub(crate) fn begin_runbooks(&mut self, what: Begins, ctx: &mut Kernel<Root>) {
        for index in 0..self.plan.runbooks.len() {
            if self.plan.runbooks[index].begins == Some(what) {
                self.begin_runbook(RunbookId::from_index(index), None, ctx);
            }
        }
    }

    /// Begins a runbook, unless people are at it already.
    fn begin_runbook(&mut self, id: RunbookId, caller: Option<RunbookId>, ctx: &mut Kernel<Root>) {
        let of = &mut self.runbooks.all[id.index()];
        if of.open {
            return;
        }
        *of = Progress { open: true, caller, attempts: of.attempts, ..Progress::default() };
        self.tell_of_runbook(id, RunbookStage::Begun, ctx);
        let takes = self.takes(id, "notice", self.plan.runbooks[id.index()].notice, ctx);
        Context::<Root>::schedule_in(ctx, takes, Event::Noticed { runbook: id });
    }

    /// A time of a runbook's, drawn by its name, the purpose and how often something was tried.
    fn takes(
        &self,
        id: RunbookId,
        purpose: &str,
        distribution: DurationDistribution,
        ctx: &Kernel<Root>,
    ) -> SimDuration {
        let path = format!("runbooks/{}", self.plan.runbooks[id.index()].name);
        let purpose = format!("{purpose} {}", self.runbooks.all[id.index()].attempts);
        distribution.sample(Context::<Root>::streams(ctx).stream(&path, &purpose).word())
    }

    fn step_of(&self, id: RunbookId) -> Option<&RunbookStepSpec> {
        self.plan.runbooks[id.index()].steps.get(self.runbooks.all[id.index()].step)
    }

    /// Somebody sets about the step that a runbook is at; behind the last one it is over.
    fn next_step(&mut self, id: RunbookId, ctx: &mut Kernel<Root>) {
        let Some(step) = self.step_of(id).cloned() else {
            self.tell_of_runbook(id, RunbookStage::Finished, ctx);
            return self.close_runbook(id, true, ctx);
        };
        let takes = self.takes(id, &format!("step {}", step.name), step.takes, ctx);
        // Whoever acts does so after all else of that instant, as operators do.
        let at = Context::<Root>::now(ctx) + takes;
        ctx.schedule_last(at, Event::Acts { runbook: id }.into());
    }

    fn act(&mut self, id: RunbookId, ctx: &mut Kernel<Root>) {
        let Some(step) = self.step_of(id).cloned() else { return };
        let of = &mut self.runbooks.all[id.index()];
        of.attempts = of.attempts.wrapping_add(1);
        let attempt = of.attempts;
        self.tell_of_runbook(id, RunbookStage::Acted, ctx);
        if step.does.is_some_and(|does| self.intervene(does, ctx).is_err()) {
            return self.step_failed(id, ctx);
        }
        self.runbooks.all[id.index()].waits = true;
        if !step.waits || self.is_effective(id) {
            return self.step_effective(id, ctx);
        }
        if let Some(within) = step.within {
            Context::<Root>::schedule_in(ctx, within, Event::Overdue { runbook: id, attempt });
        }
    }

    /// Goes on with runbooks that wait for what has come about by now.
    pub(crate) fn look_at_runbooks(&mut self, ctx: &mut Kernel<Root>) {
        for index in 0..self.runbooks.all.len() {
            let id = RunbookId::from_index(index);
            let of = self.runbooks.all[index];
            if of.open && of.waits && self.is_effective(id) {
                self.step_effective(id, ctx);
            }
        }
    }

    fn is_effective(&self, id: RunbookId) -> bool {
        let does = self.step_of(id).and_then(|step| step.does);
        does.is_none_or(|does| self.has_come_about(does))
    }

    fn step_effective(&mut self, id: RunbookId, ctx: &mut Kernel<Root>) {
        self.tell_of_runbook(id, RunbookStage::Effective, ctx);
        let of = &mut self.runbooks.all[id.index()];
        of.waits = false;
        of.step += 1;
        of.failed = None;
        self.next_step(id, ctx);
    }

    /// A step came to nothing: something else is done before it is tried once more, or the runbook ends there. It ends as well if
    /// that has taken no time, or nothing would ever change.
    fn step_failed(&mut self, id: RunbookId, ctx: &mut Kernel<Root>) {
        self.tell_of_runbook(id, RunbookStage::Failed, ctx);
        let now = Context::<Root>::now(ctx);
        let of = &mut self.runbooks.all[id.index()];
        of.waits = false;
        let before = of.failed.replace(now);
        let is_last = before.is_some_and(|before| now.since(before) < AT_ONCE);
        match self.step_of(id).and_then(|step| step.otherwise).filter(|_| !is_last) {
            Some(other) if !self.runbooks.all[other.index()].open => {
                self.begin_runbook(other, Some(id), ctx);
            }
            _ => self.close_runbook(id, false, ctx),
        }
    }

    /// A runbook is over, and who has called it tries again, or has failed too.
    fn close_runbook(&mut self, id: RunbookId, well: bool, ctx: &mut Kernel<Root>) {
        let of = &mut self.runbooks.all[id.index()];
        of.open = false;
        match of.caller {
            Some(caller) if well => self.next_step(caller, ctx),
            Some(caller) => self.close_runbook(caller, false, ctx),
            None => {}
        }
    }

    fn tell_of_runbook(&mut self, id: RunbookId, stage: RunbookStage, ctx: &mut Kernel<Root>) {
        self.runbooks.all[id.index()].stage = Some(stage);
        let of_step = matches!(stage, RunbookStage::Acted | RunbookStage::Effective | RunbookStage::Failed);
        let step = self.step_of(id).filter(|_| of_step);
        let check = match self.plan.runbooks[id.index()].begins {
            Some(Begins::Unhealthy(check) | Begins::Healthy(check)) if stage == RunbookStage::Begun => {
                Some(self.check_entity(check))
            }
            _ => None,
        };
        let caller = self.runbooks.all[id.index()].caller.filter(|_| stage == RunbookStage::Begun);
        let began_with = caller.map(|caller| self.runbooks.entities[caller.index()]).or(check);
        let advance = RunbookAdvance {
            runbook: self.runbooks.entities[id.index()],
            stage,
            step: step.map(|step| step.name.clone()).unwrap_or_default(),
            target: began_with
                .or_else(|| step.and_then(|step| step.does).and_then(|does| self.target_of(does))),
        };
        Context::<Root>::record(ctx, Record::RunbookAdvanced(Box::new(advance)));
    }
}

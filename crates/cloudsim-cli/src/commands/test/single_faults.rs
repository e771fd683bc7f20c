//! `test --every-single-fault`: each thing of a scenario fails once, by itself.

use super::{Case, Tested, judged};
use crate::Exit;
use crate::args::SingleFaults;
use crate::commands::refuse;
use crate::interrupt::Interrupt;
use crate::output::{self, quoted};
use crate::runner::RunError;
use cloudsim_scenario::plan::{FailingThing, ObjectiveKind, Plan};
use cloudsim_scenario::{Loaded, Location};
use cloudsim_units::{SimDuration, SimTime};
use std::sync::Arc;

/// A scenario with one fault in place of its own.
pub(super) struct Single {
    file: String,
    plan: Arc<Plan>,
    places: Arc<[Location]>,
    thing: FailingThing,
    at: SimTime,
    lasts: Option<SimDuration>,
}

/// All of a file.
pub(super) fn of(
    file: &str,
    loaded: Loaded,
    when: SingleFaults,
    until: Option<SimDuration>,
) -> Result<Vec<Case>, Exit> {
    let places = loaded.objectives();
    let mut plan = loaded.plan;
    // What else there are limits for is about the faults that the scenario has itself, as is what it expects.
    let judged = std::mem::take(&mut plan.objectives)
        .into_iter()
        .zip(places)
        .filter(|(of, _)| matches!(of.kind, ObjectiveKind::Rto { .. } | ObjectiveKind::Rpo { .. }));
    let (objectives, places): (Vec<_>, Vec<Location>) = judged.unzip();
    if places.is_empty() {
        output::talk(&format!("hint: {} has no objective `Rto` or `Rpo` to judge by", quoted(file)));
    }
    plan.objectives = objectives;
    for objective in &mut plan.objectives {
        objective.expect_breached = false;
    }
    let (plan, places) = (Arc::new(plan), Arc::<[Location]>::from(places));
    let first = plan.faults.iter().min_by_key(|fault| fault.at);
    let (at, lasts) = match (when, first) {
        (SingleFaults::At(at, lasts), _) => (SimTime::ZERO.saturating_add(at), lasts),
        (SingleFaults::AsTheFirst, Some(first)) => (first.at, first.lasts),
        (SingleFaults::AsTheFirst, None) => {
            let problem = format!("{} has no fault that says when things fail", quoted(file));
            return Err(refuse(&problem, "say when, and for how long: `--every-single-fault=5m+10m`"));
        }
    };
    let ends = SimTime::ZERO.saturating_add(until.unwrap_or(plan.duration).min(plan.duration));
    if at >= ends {
        let problem = format!("{}: the faults would begin at {at}, when the run is over", quoted(file));
        return Err(refuse(&problem, &format!("the run ends at {ends}: let them begin before")));
    }
    let cases = plan.single_faults().into_iter().map(|thing| {
        let (plan, places) = (Arc::clone(&plan), Arc::clone(&places));
        Case::Single(Box::new(Single { file: file.to_owned(), plan, places, thing, at, lasts }))
    });
    Ok(cases.collect())
}

impl Single {
    /// Runs it and judges it.
    pub(super) async fn tested(
        self,
        until: Option<SimDuration>,
        interrupt: &Interrupt,
    ) -> Result<Tested, RunError> {
        let plan = self.plan.with_single_fault(&self.thing, self.at, self.lasts);
        let mut tested = judged(self.file, plan, self.places.to_vec(), until, interrupt).await?;
        tested.fault = Some(self.thing.name);
        Ok(tested)
    }
}

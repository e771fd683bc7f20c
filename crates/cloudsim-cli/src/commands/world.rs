//! The world of a scenario at a time, for the commands that ask it.

use super::plan_of;
use crate::args::ChangeArgs;
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::progress::Progress;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim::{Paused, Run};
use cloudsim_measures::SCHEMA_VERSION;
use cloudsim_records::{Decimal, EndReason};
use cloudsim_scenario::plan::Plan;
use cloudsim_units::{SimDuration, SimTime};
use serde_json::{Map, Value, json};

/// Runs a scenario to a time and holds it there; says why if that cannot be done.
pub(super) async fn world_at(
    file: &str,
    changes: &ChangeArgs,
    at: SimDuration,
) -> Result<Result<Paused, Exit>, RunError> {
    let to = |_: &Plan| at;
    let world = re_run(file, changes, at, to, move |plan, interrupted| {
        let paused = cloudsim::pause(plan, plan.seed, at, interrupted);
        (paused.run().clone(), paused)
    });
    Ok(world.await?.map(|(_, paused)| paused))
}

/// Runs a scenario in order to find something out; says why if that cannot be done. `at` is a time within it, `to` is how far
/// the run may go.
pub(super) async fn re_run<T: Send + 'static>(
    file: &str,
    changes: &ChangeArgs,
    at: SimDuration,
    to: impl FnOnce(&Plan) -> SimDuration,
    find: impl FnOnce(&Plan, &mut dyn FnMut(SimTime) -> bool) -> (Run, T) + Send + 'static,
) -> Result<Result<(Plan, T), Exit>, RunError> {
    let plan = match plan_of(file, &changes.overrides()) {
        Ok(plan) => plan,
        Err(exit) => return Ok(Err(exit)),
    };
    if let Err(exit) = is_within(&plan, file, at) {
        return Ok(Err(exit));
    }
    let interrupt = Interrupt::listen();
    let to = to(&plan);
    let (plan, run, found) = tokio::task::spawn_blocking(move || {
        let mut progress = Progress::new(&plan.name, to);
        let (run, found) = find(&plan, &mut |now| {
            progress.reached(now);
            interrupt.happened()
        });
        progress.done();
        (plan, run, found)
    })
    .await
    .expect("a run does not panic");
    match (run.reason, run.culprit) {
        (EndReason::Interrupted, _) => {
            output::error(&format!("interrupted at {}", cloudsim_measures::instant(run.reached)));
            Ok(Err(Exit::Interrupted))
        }
        (_, Some(culprit)) => Err(RunError::Stuck { at_s: run.reached.to_string(), culprit }),
        _ => Ok(Ok((plan, found))),
    }
}

/// Says so if a time is after the end of a scenario.
pub(super) fn is_within(plan: &Plan, file: &str, at: SimDuration) -> Result<(), Exit> {
    if at <= plan.duration {
        return Ok(());
    }
    output::error(&format!("{at} is after the end of {}", quoted(file)));
    output::talk(&format!("hint: it ends at {}; `--set duration={at}` makes it longer", plan.duration));
    Err(Exit::Invalid)
}

/// An answer of a world as a document: its kind and what it was asked of come first.
pub(super) fn answer_of(plan: &Plan, at: SimTime, kind: &str, answer: Value) -> Value {
    let mut document = json!({
        "kind": kind,
        "schema_version": SCHEMA_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "scenario": plan.name,
        "seed": plan.seed,
        "overrides": plan.changes(),
        "at_s": Decimal::instant(at).to_json(),
    });
    let answer = if let Value::Object(answer) = answer { answer } else { Map::new() };
    document.as_object_mut().expect("it is one").extend(answer);
    document
}

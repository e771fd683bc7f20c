//! `test --seeds`: objectives that have to hold in nearly all runs, and whether those that were made show it.

use super::objective::Judged;
use super::{Subject, Tested, exit_of, stuck};
use crate::Exit;
use crate::args::TestArgs;
use crate::commands::sweep::{Over, Runs, info};
use crate::interrupt::Interrupt;
use crate::output;
use crate::runner::RunError;
use cloudsim_scenario::{Loaded, Seeds, SweepSpec};
use cloudsim_sweep::{Demand, Manifest, Request};
use cloudsim_units::Ratio;
use std::sync::Arc;

/// An objective may be breached in one of twenty runs, unless something else is said.
const BREACH_AT_MOST: Ratio = Ratio::from_billionths(50_000_000);
/// And that has to be as sure as statistics mostly are.
const CONFIDENCE: Ratio = Ratio::from_billionths(950_000_000);

/// Runs a file with all seeds and judges it.
pub(super) async fn tested(
    file: String,
    loaded: Loaded,
    seeds: Seeds,
    args: &TestArgs,
    interrupt: &Interrupt,
) -> Result<Tested, RunError> {
    let demand = Demand {
        breach_at_most: args.breach_at_most.unwrap_or(BREACH_AT_MOST),
        confidence: args.confidence.unwrap_or(CONFIDENCE),
    };
    let places = loaded.objectives();
    let plan = Arc::new(loaded.plan);
    let manifest = match info(&plan, seeds, SweepSpec { seeds: Some(seeds), vary: Vec::new() }) {
        Ok(info) => Manifest {
            info,
            until: args.scenario.until,
            plans: Manifest::hash([plan.resolved.as_str()].into_iter()),
            request: Request::default(),
        },
        Err(exit) => return Ok(Tested::without_a_run(file, exit, "too many runs")),
    };
    let runs = Runs { plans: vec![Arc::clone(&plan)], manifest: &manifest };
    let sweep = match runs.run(args.at_once.jobs(), &mut Over::in_memory(), interrupt).await {
        Ok(sweep) => sweep.finish(),
        Err(problem) => return stuck(file, problem),
    };
    if interrupt.happened() {
        return Ok(Tested::without_a_run(file, Exit::Interrupted, "interrupted"));
    }
    let of = sweep.points.first().map_or(&[][..], |point| &point.objectives);
    let objectives: Vec<Judged> =
        of.iter().zip(places).map(|(of, place)| Judged::by_seeds(of, place, demand)).collect();
    let (count, enough) = (seeds.until - seeds.from, demand.seeds_needed(1));
    if count < enough && !objectives.is_empty() {
        let share = demand.breach_at_most;
        output::talk(&format!(
            "hint: {count} seeds cannot show that an objective is breached in {share} of runs at most; {enough} can"
        ));
    }
    let exit = exit_of(objectives.iter());
    let subject = Some(Subject::Seeds { scenario: plan.name.clone(), seeds });
    Ok(Tested { file, fault: None, exit, subject, objectives, golden: None, problem: None })
}

//! `diff`: two scenarios on the same seeds.

use super::sweep::{Over, Runs};
use super::{loaded, refuse, repro};
use crate::args::{DiffArgs, SweepOutput};
use crate::interrupt::Interrupt;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{Difference, Seeds, differences};
use cloudsim_sweep::{
    DiffDocument, DiffInfo, DiffTextOptions, Factor, Manifest, RUNS_MAX, Request, SettingDiff, SweepInfo,
};
use std::sync::Arc;

pub(crate) async fn diff(args: DiffArgs) -> Result<Exit, RunError> {
    let other = args.other.as_ref().unwrap_or(&args.file);
    // What is wrong with either is said at once.
    let plans = [(&args.file, &[][..]), (other, &args.with)]
        .map(|(file, with)| loaded(file, &args.settings.overrides(with)).map(|loaded| loaded.plan));
    let [Ok(a), Ok(b)] = plans else { return Ok(Exit::Invalid) };
    let seeds = args.seeds.or(a.sweep.seeds).unwrap_or(Seeds { from: a.seed, until: a.seed + 1 });
    let runs = (seeds.until - seeds.from).saturating_mul(2);
    if runs > RUNS_MAX {
        return Ok(refuse(&format!("{runs} runs are more than {RUNS_MAX}"), "take fewer seeds"));
    }
    let info = info(&a, &b);
    let manifest = Manifest {
        info: points(&a, seeds),
        until: args.runs.until,
        plans: Manifest::hash([&a, &b].into_iter().map(|plan| plan.resolved.as_str())),
        request: Request::default(),
    };
    let interrupt = Interrupt::listen();
    let plans = vec![Arc::new(a), Arc::new(b)];
    let runs = Runs { plans, manifest: &manifest };
    let sweep = runs.run(args.runs.at_once.jobs(), &mut Over::in_memory(), &interrupt).await?;
    let document = DiffDocument::of(sweep.finish(), info);
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&DiffTextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            commands: &|seed| {
                let words = |with| args.settings.words(seed, with, args.runs.until);
                [repro(&args.file, &words(&[])), repro(other, &words(&args.with))]
            },
        }),
    };
    output::data(&text)?;
    Ok(match (interrupt.happened(), args.exit_code && document.differs) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Differs,
        (false, false) => Exit::Fine,
    })
}

fn info(a: &Plan, b: &Plan) -> DiffInfo {
    let setting = |Difference { path, before, after }| SettingDiff { path, before, after };
    DiffInfo {
        scenarios: [a.name.clone(), b.name.clone()],
        overrides: [a.changes(), b.changes()],
        settings: differences(a, b).into_iter().map(setting).collect(),
    }
}

/// Both as the points of one sweep.
fn points(a: &Plan, seeds: Seeds) -> SweepInfo {
    SweepInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: a.name.clone(),
        overrides: Vec::new(),
        from: seeds.from,
        until: seeds.until,
        factors: vec![Factor { path: String::new(), values: vec!["A".to_owned(), "B".to_owned()] }],
    }
}

//! `diff`: two scenarios on the same seeds.

use super::sweep::page;
use super::sweep::{Over, Runs};
use super::{loaded, not_of, refuse, repro};
use crate::args::{DiffArgs, SweepOutput};
use crate::interrupt::Interrupt;
use crate::part_file::Target;
use crate::runner::{self, RunError, Taps};
use crate::{Exit, output};
use cloudsim_report::DiffPage;
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
        .map(|(file, with)| loaded(file, &args.settings.overrides(with)));
    let [Ok(a), Ok(b)] = plans else { return Ok(Exit::Invalid) };
    for of in [&a, &b] {
        if let Some(path) = &args.report
            && let Err(exit) = not_of(&of.sources, path, "as in `--report diff.html`")
        {
            return Ok(exit);
        }
    }
    let [a, b] = [a.plan, b.plan];
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
    let target = page(args.report.as_deref(), &interrupt)?;
    let both = [Arc::new(a), Arc::new(b)];
    let runs = Runs { plans: both.to_vec(), manifest: &manifest };
    let sweep = runs.run(args.runs.at_once.jobs(), &mut Over::in_memory(), &interrupt).await?;
    let document = DiffDocument::of(sweep.finish(), info);
    let commands = |seed| {
        let words = |with| args.settings.words(seed, with, args.runs.until);
        [repro(&args.file, &words(&[])), repro(other, &words(&args.with))]
    };
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&DiffTextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            commands: &commands,
        }),
    };
    output::data(&text)?;
    if let Some(target) = target
        && !interrupt.happened()
    {
        write(target, &document, both, &args, &commands).await?;
    }
    Ok(match (interrupt.happened(), args.exit_code && document.differs) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Differs,
        (false, false) => Exit::Fine,
    })
}

/// Writes the page, with the runs of the seed in which they differ most, which are made again for it.
async fn write(
    target: Target,
    diff: &DiffDocument,
    plans: [Arc<Plan>; 2],
    args: &DiffArgs,
    commands: &dyn Fn(u64) -> [String; 2],
) -> Result<(), RunError> {
    let widest = diff.objectives.iter().find_map(|of| of.measured.as_ref().and_then(|(of, _)| of.widest));
    let seed = widest.or(diff.cost.widest).unwrap_or(diff.from);
    let until = args.runs.until;
    let runs = plans.map(|plan| {
        tokio::task::spawn_blocking(move || {
            runner::measured(&plan, seed, until, &mut Taps::default(), |_| false).0
        })
    });
    let [a, b] = runs;
    let [a, b] = [a.await, b.await].map(|run| run.expect("a run does not panic"));
    let [in_a, in_b] = commands(seed);
    let page = DiffPage { diff, runs: [&a, &b], commands: [&in_a, &in_b] }.to_html();
    Ok(target.fill(|out| out.write_all(page.as_bytes()))?)
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

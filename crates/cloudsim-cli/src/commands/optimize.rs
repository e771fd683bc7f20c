//! `optimize`: the cheapest settings that meet every objective.

use super::sweep::{Left, Worlds, grid, in_words, info, ran, varied};
use super::{loaded, refuse};
use crate::args::{OptimizeArgs, SweepOutput};
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::progress::Progress;
use crate::runner::RunError;
use crate::{Exit, output};
use cloudsim_measures::words;
use cloudsim_scenario::limits::SPACE_MAX;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{DiskFiles, Seeds, differences, load};
use cloudsim_sweep::{
    Demand, OptimizeDocument, OptimizeTextOptions, Race, RunSummary, SettingDiff, SweepInfo,
};
use std::collections::BTreeMap;

pub(crate) async fn optimize(args: OptimizeArgs) -> Result<Exit, RunError> {
    let base = match loaded(&args.file, &args.settings.overrides(&[])) {
        Ok(loaded) => loaded.plan,
        Err(exit) => return Ok(exit),
    };
    let (info, demand) = match asked(&args, &base) {
        Ok(asked) => asked,
        Err(exit) => return Ok(exit),
    };
    let plans =
        match grid(&args.file, &info, |more| load(&DiskFiles, &args.file, &args.settings.overrides(more))) {
            Ok(plans) => plans,
            Err(exit) => return Ok(exit),
        };
    let seeds = info.until - info.from;
    let Some(race) = Race::new(info, demand) else {
        let needed = demand.seeds_needed(plans.len());
        let seeds = in_words(seeds, "seed");
        let points = words::several(plans.len(), "point");
        let what = format!("{seeds} cannot show it of {points}: it takes {needed}");
        return Ok(refuse(&what, &format!("give them as in `--seeds 0..{needed}`, or none")));
    };
    let interrupt = Interrupt::listen();
    let worlds = Worlds { plans, until: args.runs.until };
    let race = run(race, &worlds, args.runs.at_once.jobs(), &interrupt).await?;
    let present = worlds.plans.iter().position(|plan| differences(&base, plan).is_empty());
    let mut document = race.finish(present);
    for (point, plan) in document.points.iter_mut().zip(&worlds.plans) {
        point.unpriced = plan.unpriced();
    }
    if let Some(optimum) = document.optimum {
        let setting = |of: cloudsim_scenario::Difference| SettingDiff {
            path: of.path,
            before: of.before,
            after: of.after,
        };
        document.settings = differences(&base, &worlds.plans[optimum]).into_iter().map(setting).collect();
    }
    print(&document, &args)?;
    Ok(match (interrupt.happened(), document.optimum) {
        (true, _) => Exit::Interrupted,
        (false, None) => Exit::Breached,
        (false, Some(_)) => Exit::Fine,
    })
}

/// What is to be tried, and what has to hold; or says why that is nothing.
fn asked(args: &OptimizeArgs, base: &Plan) -> Result<(SweepInfo, Demand), Exit> {
    let refuse = |what: &str, hint: &str| Err(refuse(what, hint));
    let demand = Demand {
        breach_at_most: args.breach_at_most.unwrap_or(base.optimize.breach_at_most),
        confidence: args.confidence.unwrap_or(base.optimize.confidence),
    };
    let space = varied(base, &base.optimize.space, args.seeds, &args.knobs)?;
    if space.vary.is_empty() {
        return refuse(
            "which settings may be chosen?",
            "give them as in `--knob auto_scaling_groups.web.desired=6..=12/2`, or in the scenario as `optimize: (knobs: […])`",
        );
    }
    if base.objectives.iter().all(|objective| objective.expect_breached) {
        return refuse("nothing says what must hold", "write `objectives` that are expected to be met");
    }
    let points = space.points();
    if points > SPACE_MAX {
        return refuse(
            &format!("{points} points are more than {SPACE_MAX}"),
            "give fewer knobs, or fewer values",
        );
    }
    let seeds = space.seeds.unwrap_or_else(|| Seeds { from: 0, until: demand.seeds_needed(points) });
    Ok((info(base, seeds, space)?, demand))
}

/// Runs what the race wants until it wants nothing more. What was run of a round when it is interrupted is left out, so that it
/// does not matter which runs were faster.
async fn run(mut race: Race, worlds: &Worlds, jobs: usize, interrupt: &Interrupt) -> Result<Race, RunError> {
    let progress = Progress::of_runs(&worlds.plans[0].name, 0);
    let mut done = 0;
    loop {
        let wanted = race.wanted();
        if wanted.is_empty() || interrupt.happened() {
            break;
        }
        let left = race.left();
        progress
            .shorten(left.into_iter().map(|(point, runs)| worlds.horizon(point) * u128::from(runs)).sum());
        let all = done + wanted.len() as u64;
        let mut ended: BTreeMap<usize, RunSummary> = BTreeMap::new();
        worlds
            .run(&wanted, (jobs, false), &progress, interrupt, |place, left| {
                let Left::Summary(summary) = left else { unreachable!("a run leaves what is asked for") };
                ended.insert(place, summary);
                done += 1;
                progress.runs(done, all);
                Ok(())
            })
            .await?;
        if ended.len() < wanted.len() {
            break;
        }
        for ((point, _), summary) in wanted.into_iter().zip(ended.into_values()) {
            race.take(point, summary);
        }
    }
    output::talk(&ran(done, jobs, progress.done()));
    Ok(race)
}

fn print(document: &OptimizeDocument, args: &OptimizeArgs) -> Result<(), RunError> {
    let command = |settings: &[String]| {
        let with = settings.iter().flat_map(|setting| ["--with".to_owned(), setting.clone()]);
        let seeds = format!("{}..{}", document.info.from, document.info.until);
        let own = args.settings.words(0, &[], args.runs.until).into_iter().skip(2);
        let words =
            [args.file.clone()].into_iter().chain(with).chain(["--seeds".to_owned(), seeds]).chain(own);
        format!("cloudsim diff {}", words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" "))
    };
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&OptimizeTextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            command: &command,
        }),
    };
    Ok(output::data(&text)?)
}

//! `sweep`: many runs, measured together.

use super::{loaded, repro};
use crate::args::{SweepArgs, SweepOutput};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::runner::{self, RunError};
use crate::{Exit, output};
use cloudsim_records::EndReason;
use cloudsim_scenario::limits::PROBLEMS_MAX;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{DiskFiles, load, render};
use cloudsim_sweep::{Factor, RunSummary, Sweep, SweepInfo, TextOptions};
use cloudsim_units::SimDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// What is kept of so many runs takes less than a gigabyte.
pub(super) const RUNS_MAX: u64 = 1_000_000;

/// Each point of a grid is a world that has to be held.
const POINTS_MAX: usize = 256;

pub(crate) async fn sweep(args: SweepArgs) -> Result<Exit, RunError> {
    let base = match loaded(&args.file, &args.settings.overrides(&[])) {
        Ok(loaded) => loaded.plan,
        Err(exit) => return Ok(exit),
    };
    let (info, plans) = match planned(&args, base) {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let interrupt = Interrupt::listen();
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok());
    let runs = Runs { plans, from: info.from, seeds: info.until - info.from, until: args.until };
    let sweep = runs.run(jobs.map_or(1, NonZeroUsize::get), Sweep::new(info), &interrupt).await?;
    let document = sweep.finish();
    let text = match args.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&TextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            command: &|more, seed| repro(&args.file, &args.settings.words(seed, more, args.until)),
        }),
    };
    output::data(&text)?;
    Ok(if interrupt.happened() { Exit::Interrupted } else { Exit::Fine })
}

/// What is to be swept, and the plan of each point of the grid; or says everything that is wrong with it.
fn planned(args: &SweepArgs, base: Plan) -> Result<(SweepInfo, Vec<Arc<Plan>>), Exit> {
    let refuse = |message: &str, hint: &str| {
        output::error(message);
        output::talk(&format!("hint: {hint}"));
        Err(Exit::Invalid)
    };
    for (place, variation) in args.vary.iter().enumerate() {
        if args.vary[..place].iter().any(|other| other.path == variation.path) {
            let message = format!("`{}` is varied twice", variation.path);
            return refuse(&message, "put all its values in one `--vary`");
        }
    }
    let spec = base.sweep.clone().with(args.seeds, &args.vary);
    let Some(seeds) = spec.seeds else {
        return refuse(
            "which seeds?",
            "give them as in `--seeds 0..200`, or in the scenario as `sweep: (seeds: \"0..200\")`",
        );
    };
    let points = spec.vary.iter().fold(1_usize, |points, of| points.saturating_mul(of.values.len()));
    if points > POINTS_MAX {
        return refuse(&format!("{points} points are more than {POINTS_MAX}"), "vary fewer settings at once");
    }
    let runs = (seeds.until - seeds.from).saturating_mul(points as u64);
    if runs > RUNS_MAX {
        return refuse(&format!("{runs} runs are more than {RUNS_MAX}"), "take fewer seeds or points");
    }
    let info = SweepInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: base.name.clone(),
        overrides: base.changes(),
        from: seeds.from,
        until: seeds.until,
        factors: spec.vary.into_iter().map(|of| Factor { path: of.path, values: of.values }).collect(),
    };
    let plans = if info.factors.is_empty() { vec![Arc::new(base)] } else { grid(args, &info)? };
    Ok((info, plans))
}

/// The plan of each point; or says what is wrong with any of them, each thing once.
fn grid(args: &SweepArgs, info: &SweepInfo) -> Result<Vec<Arc<Plan>>, Exit> {
    let colour = output::wants_colour(&std::io::stderr());
    let (mut plans, mut said, mut refused) = (Vec::new(), BTreeSet::new(), 0);
    for choices in info.grid() {
        match load(&DiskFiles, &args.file, &args.settings.overrides(&info.settings(&choices))) {
            Ok(loaded) => plans.push(Arc::new(loaded.plan)),
            Err(problems) => {
                refused += 1;
                said.extend(
                    problems.problems.iter().map(|problem| render(problem, &problems.sources, colour)),
                );
            }
        }
    }
    if refused == 0 {
        return Ok(plans);
    }
    for text in said.iter().take(PROBLEMS_MAX) {
        output::talk(text.trim_end());
        output::talk("");
    }
    let all = refused + plans.len();
    output::error(&format!(
        "{} cannot be swept: {refused} of {all} points cannot be run",
        output::quoted(&args.file)
    ));
    Err(Exit::Invalid)
}

/// The runs of a sweep: each seed at each point of the grid before the next seed, so that one which is interrupted is a sweep
/// over fewer seeds.
pub(super) struct Runs {
    /// One for each point.
    pub(super) plans: Vec<Arc<Plan>>,
    /// The first seed, and how many there are.
    pub(super) from: u64,
    pub(super) seeds: u64,
    pub(super) until: Option<SimDuration>,
}

impl Runs {
    /// Runs them, so many at a time, and gives what is left of each to the sweep in their order, whichever ends first.
    pub(super) async fn run(
        self,
        jobs: usize,
        mut sweep: Sweep,
        interrupt: &Interrupt,
    ) -> Result<Sweep, RunError> {
        let points = self.plans.len() as u64;
        let all = points * self.seeds;
        let horizon =
            |plan: &Arc<Plan>| u128::from(self.until.unwrap_or(plan.duration).min(plan.duration).as_nanos());
        let horizons = self.plans.iter().map(horizon).sum::<u128>() * u128::from(self.seeds);
        let progress = Progress::of_runs(&self.plans[0].name, horizons);
        let mut going = JoinSet::new();
        let mut early: BTreeMap<u64, RunSummary> = BTreeMap::new();
        let (mut started, mut taken) = (0, 0);
        // Tells runs that go on when another has failed.
        let given_up = Arc::new(AtomicBool::new(false));
        progress.runs(0, all);
        loop {
            while going.len() < jobs && started < all && !interrupt.happened() {
                let (number, until, interrupt) = (started, self.until, interrupt.clone());
                let plan = Arc::clone(&self.plans[place(number % points)]);
                let seed = self.from + number / points;
                let (mut progress, given_up) = (progress.next_run(), Arc::clone(&given_up));
                going.spawn_blocking(move || {
                    let (document, run) = runner::measured(&plan, seed, until, None, |now| {
                        progress.reached(now);
                        interrupt.happened() || given_up.load(Ordering::Relaxed)
                    });
                    // What is kept is little; the rest goes with this thread's stack.
                    (number, seed, RunSummary::of(&document), run)
                });
                started += 1;
            }
            let Some(ended) = going.join_next().await else { break };
            let (number, seed, summary, run) = ended.expect("a run does not panic");
            if let Some(culprit) = run.culprit {
                given_up.store(true, Ordering::Relaxed);
                let at_s = format!("{} (seed {seed})", run.reached);
                return Err(RunError::Stuck { at_s, culprit });
            }
            // Of half a run nothing is known.
            if run.reason != EndReason::Interrupted {
                early.insert(number, summary);
            }
            while let Some(summary) = early.remove(&taken) {
                sweep.take(place(taken % points), summary);
                taken += 1;
            }
            progress.runs(taken, all);
        }
        let wall = progress.done();
        output::talk(&format!("{taken} runs, {jobs} at a time, {:.1} s", wall.as_secs_f64()));
        Ok(sweep)
    }
}

fn place(point: u64) -> usize {
    usize::try_from(point).expect("as many as there are points")
}

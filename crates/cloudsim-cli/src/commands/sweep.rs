//! `sweep`: many runs, measured together.

use self::lanes::Lanes;
use super::{loaded, not_of, refuse, repro};
use crate::args::{SettingArgs, SweepArgs, SweepCommand, SweepOutput, SweptArgs};
use crate::folder::{Folder, FolderError, Opened, Told};
use crate::interrupt::Interrupt;
use crate::part_file::{Target, WriteError};
use crate::progress::Progress;
use crate::runner::{self, RunError, Taps};
use crate::{Exit, output};
use cloudsim::Run;
use cloudsim_measures::words;
use cloudsim_records::{EndReason, RunDigest};
use cloudsim_report::SweepPage;
use cloudsim_scenario::limits::PROBLEMS_MAX;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{DiskFiles, Loaded, Problems, Seeds, Severity, SweepSpec, Variation, load, render};
use cloudsim_sweep::{
    Factor, Manifest, POINTS_MAX, RUNS_MAX, RunSummary, RunTables, Sweep, SweepInfo, TextOptions,
};
use cloudsim_units::{SimDuration, SimTime};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

mod lanes;
mod manifest;
mod merge;
mod plan;
mod sensitivity;
mod shard;

pub(crate) async fn sweep(args: &SweepArgs) -> Result<Exit, RunError> {
    match &args.command {
        Some(SweepCommand::Plan(args)) => plan::plan(args),
        Some(SweepCommand::Run(args)) => shard::run(args).await,
        Some(SweepCommand::Merge(args)) => merge::merge(args).await,
        Some(SweepCommand::Manifest(args)) => manifest::manifest(args).await,
        None => here(args).await,
    }
}

/// All of it on this machine.
async fn here(args: &SweepArgs) -> Result<Exit, RunError> {
    let file = args.file.as_deref().expect("without a command a file is asked for");
    let base = match loaded(file, &args.swept.settings.overrides(&[])) {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    if let Some(path) = &args.report
        && let Err(exit) = not_of(&base.sources, path, "as in `--report sweep.html`")
    {
        return Ok(exit);
    }
    let base = base.plan;
    if args.sensitivity {
        return sensitivity::sensitivity(args, file, base).await;
    }
    let interrupt = Interrupt::listen();
    let (asked, plans) = match planned(file, &args.swept, args.runs.until, base) {
        Ok(planned) => planned,
        Err(exit) => return Ok(exit),
    };
    let page = page(args.report.as_deref(), &interrupt)?;
    let (mut over, manifest) = match args.out.as_deref().map(|out| Folder::open(out, &asked, args.resume)) {
        None => (Over::in_memory(), asked),
        Some(opened) => match opened? {
            Opened::Unfinished(folder, manifest) => (Over::Folder(folder), manifest),
            Opened::Finished(told) => return print_told(told, Form { output: args.output, page }),
        },
    };
    let runs = Runs { plans, manifest: &manifest };
    let sweep = runs.run(args.runs.at_once.jobs(), &mut over, &interrupt).await?;
    let interrupted = interrupt.happened();
    if !interrupted && let Over::Folder(folder) = over {
        folder.finish(&manifest)?;
    }
    print(sweep, &manifest, Form { output: args.output, page })?;
    if !interrupted {
        return Ok(Exit::Fine);
    }
    if args.out.is_some() {
        let words: Vec<String> = std::env::args().skip(1).map(|word| output::quoted(&word)).collect();
        let resume = if args.resume { "" } else { " --resume" };
        output::talk(&format!("to go on: cloudsim {}{resume}", words.join(" ")));
    }
    Ok(Exit::Interrupted)
}

/// Prints what a folder says that was finished before.
fn print_told(told: Told, form: Form) -> Result<Exit, RunError> {
    output::talk(&format!("all {} runs were there", told.runs));
    print(told.sweep, &told.manifest, form)?;
    Ok(Exit::Fine)
}

/// How a result is given: on the output, and as a page beside it.
pub(super) struct Form {
    pub(super) output: SweepOutput,
    pub(super) page: Option<Target>,
}

/// Opens a page before there is anything to write.
pub(super) fn page(path: Option<&Path>, interrupt: &Interrupt) -> Result<Option<Target>, WriteError> {
    path.map(|path| Target::open(path, interrupt)).transpose()
}

/// Prints what the runs say.
pub(super) fn print(sweep: Sweep, manifest: &Manifest, form: Form) -> Result<(), RunError> {
    let document = sweep.finish();
    let settings = SettingArgs::from(&manifest.request);
    let command =
        |more: &[String], seed| repro(&manifest.request.file, &settings.words(seed, more, manifest.until));
    let text = match form.output {
        SweepOutput::Json => document.to_json(),
        SweepOutput::Text => document.to_text(&TextOptions {
            colour: output::wants_colour(&std::io::stdout()),
            width: output::width(),
            command: &command,
        }),
    };
    output::data(&text)?;
    if let Some(target) = form.page {
        let page = SweepPage { sweep: &document, manifest, command: &command }.to_html();
        target.fill(|out| out.write_all(page.as_bytes()))?;
    }
    Ok(())
}

/// What is to be swept, and the plan of each point of the grid; or says everything that is wrong with it.
fn planned(
    file: &str,
    args: &SweptArgs,
    until: Option<SimDuration>,
    base: Plan,
) -> Result<(Manifest, Vec<Arc<Plan>>), Exit> {
    let refuse = |what: &str, hint: &str| Err(refuse(what, hint));
    let spec = varied(&base, &base.sweep, args.seeds, &args.vary)?;
    let Some(seeds) = spec.seeds else {
        return refuse(
            "which seeds?",
            "give them as in `--seeds 0..200`, or in the scenario as `sweep: (seeds: \"0..200\")`",
        );
    };
    let points = spec.points();
    if points > POINTS_MAX {
        return refuse(&format!("{points} points are more than {POINTS_MAX}"), "vary fewer settings at once");
    }
    let info = info(&base, seeds, spec)?;
    let plans = if info.factors.is_empty() {
        vec![Arc::new(base)]
    } else {
        grid(file, &info, |more| load(&DiskFiles, file, &args.settings.overrides(more)))?
    };
    Ok((Manifest { info, until, plans: hash(&plans), request: args.request(file) }, plans))
}

/// What a scenario varies with what the command line says; or refuses what would be set twice.
pub(super) fn varied(
    base: &Plan,
    own: &SweepSpec,
    seeds: Option<Seeds>,
    vary: &[Variation],
) -> Result<SweepSpec, Exit> {
    let asked = SweepSpec { seeds, vary: vary.to_vec() };
    let spec = own.clone().with(seeds, vary);
    for spec in [&asked, &spec] {
        if let Some((_, path)) = spec.varied_twice(&base.alternatives).first() {
            return Err(refuse(&format!("`{path}` is varied twice"), "put all its values in one place"));
        }
    }
    Ok(spec)
}

/// A scenario with these seeds at each point of a grid, unless those are too many runs.
pub(super) fn info(base: &Plan, seeds: Seeds, grid: SweepSpec) -> Result<SweepInfo, Exit> {
    let runs = (seeds.until - seeds.from).saturating_mul(grid.points() as u64);
    if runs > RUNS_MAX {
        return Err(refuse(&format!("{runs} runs are more than {RUNS_MAX}"), "take fewer seeds or points"));
    }
    Ok(SweepInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: base.name.clone(),
        overrides: base.changes(),
        from: seeds.from,
        until: seeds.until,
        factors: grid.vary.into_iter().map(|of| Factor { path: of.path, values: of.values }).collect(),
    })
}

/// So many seeds, or runs.
pub(super) fn in_words(number: u64, noun: &str) -> String {
    words::several(usize::try_from(number).expect("at most a million runs"), noun)
}

/// So many runs, how many at a time, and how long they took.
pub(super) fn ran(runs: u64, jobs: usize, wall: Duration) -> String {
    format!("{}, {jobs} at a time, {:.1} s", in_words(runs, "run"), wall.as_secs_f64())
}

/// The hash of the plans of all points.
fn hash(plans: &[Arc<Plan>]) -> RunDigest {
    Manifest::hash(plans.iter().map(|plan| plan.resolved.as_str()))
}

/// What is said to be doubtful about a scenario.
fn doubts(loaded: &Loaded, colour: bool) -> BTreeSet<String> {
    let doubts = loaded.warnings.iter().filter(|problem| problem.severity == Severity::Warning);
    doubts.map(|problem| render(problem, &loaded.sources, colour)).collect()
}

/// The plan of each point, with what is doubtful about any of them; or says what is wrong with them, each thing once.
pub(super) fn grid(
    file: &str,
    info: &SweepInfo,
    load: impl Fn(&[String]) -> Result<Loaded, Problems>,
) -> Result<Vec<Arc<Plan>>, Exit> {
    let points = info.grid().into_iter().map(|choices| load(&info.settings(&choices)));
    plans(file, points, || load(&[]).ok())
}

/// The plan of each of some points, as of a grid; `own` is the scenario as it stands.
pub(super) fn plans(
    file: &str,
    points: impl Iterator<Item = Result<Loaded, Problems>>,
    own: impl FnOnce() -> Option<Loaded>,
) -> Result<Vec<Arc<Plan>>, Exit> {
    let colour = output::wants_colour(&std::io::stderr());
    let (mut plans, mut said, mut doubtful, mut refused) = (Vec::new(), BTreeSet::new(), BTreeSet::new(), 0);
    for point in points {
        match point {
            Ok(loaded) => {
                doubtful.extend(doubts(&loaded, colour));
                plans.push(Arc::new(loaded.plan));
            }
            Err(problems) => {
                refused += 1;
                said.extend(
                    problems.problems.iter().map(|problem| render(problem, &problems.sources, colour)),
                );
            }
        }
    }
    if refused == 0 {
        if !doubtful.is_empty() {
            // Of the scenario as it stands they were said.
            let own = own().map(|loaded| doubts(&loaded, colour)).unwrap_or_default();
            for text in doubtful.difference(&own) {
                output::talk(text.trim_end());
                output::talk("");
            }
        }
        return Ok(plans);
    }
    for text in said.iter().take(PROBLEMS_MAX) {
        output::talk(text.trim_end());
        output::talk("");
    }
    let all = refused + plans.len();
    output::error(&format!("{refused} of {all} points of {} cannot be run", output::quoted(file)));
    Err(Exit::Invalid)
}

/// Scenarios, and how far each run of them goes.
pub(super) struct Worlds {
    pub(super) plans: Vec<Arc<Plan>>,
    pub(super) until: Option<SimDuration>,
}

/// The runs of a sweep: each seed at each point of the grid before the next seed, so that one which is interrupted is a sweep
/// over fewer seeds.
pub(super) struct Runs<'a> {
    /// One for each point.
    pub(super) plans: Vec<Arc<Plan>>,
    pub(super) manifest: &'a Manifest,
}

/// What is left of a run when its thread ends: little.
pub(super) enum Left {
    Summary(RunSummary),
    /// All that the tables say.
    Line(String),
}

/// Runs that are over, until those before them are.
pub(super) enum Over {
    Memory(BTreeMap<u64, RunSummary>),
    Folder(Folder),
    /// All that is said, until the part of a shard is put.
    Part(BTreeMap<u64, String>),
}

impl Over {
    pub(super) fn in_memory() -> Over {
        Self::Memory(BTreeMap::new())
    }

    fn has(&self, number: u64) -> bool {
        match self {
            Self::Memory(runs) => runs.contains_key(&number),
            Self::Folder(folder) => folder.has(number),
            Self::Part(lines) => lines.contains_key(&number),
        }
    }

    fn add(&mut self, number: u64, left: Left) -> Result<(), FolderError> {
        match (self, left) {
            (Self::Memory(runs), Left::Summary(summary)) => {
                runs.insert(number, summary);
                Ok(())
            }
            (Self::Folder(folder), Left::Line(line)) => folder.add(number, &line),
            (Self::Part(lines), Left::Line(line)) => {
                lines.insert(number, line);
                Ok(())
            }
            _ => unreachable!("a run leaves what is asked for"),
        }
    }

    fn next(&mut self, number: u64) -> Result<Option<RunSummary>, FolderError> {
        match self {
            Self::Memory(runs) => Ok(runs.remove(&number)),
            Self::Folder(folder) if folder.has(number) => folder.summary(number).map(Some),
            Self::Folder(_) => Ok(None),
            Self::Part(lines) => {
                let run = lines.get(&number).and_then(|line| RunTables::from_line(line.as_bytes()));
                Ok(run.and_then(|run| RunSummary::from_tables(&run)))
            }
        }
    }
}

/// Tells runs that still go on when nobody waits for them any more.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks, with the simulated time, whether a run is to end.
pub(super) type Stops = Box<dyn FnMut(SimTime) -> bool + Send>;

/// Makes a run with each of these seeds, so many at a time, and hands on what is left of each with its place among them,
/// whichever ends first.
pub(super) async fn at_once<T: Send + 'static, R: FnOnce() -> (T, Run) + Send + 'static>(
    seeds: &[u64],
    jobs: usize,
    (progress, interrupt): (&Progress, &Interrupt),
    one: impl Fn(usize, Stops) -> R,
    mut over: impl FnMut(usize, T) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut lanes = Lanes::new(jobs.min(seeds.len()));
    let mut next = 0..seeds.len();
    let given_up = GivenUp::default();
    loop {
        while lanes.going() < jobs && !interrupt.happened() {
            let Some(place) = next.next() else { break };
            let (mut progress, interrupt) = (progress.next_run(), interrupt.clone());
            let given_up = Arc::clone(&given_up.0);
            let stops: Stops = Box::new(move |now| {
                progress.reached(now);
                interrupt.happened() || given_up.load(Ordering::Relaxed)
            });
            let one = one(place, stops);
            lanes.start(move || (place, one()));
        }
        let Some((place, (left, run))) = lanes.next().await else { return Ok(()) };
        if let Some(culprit) = run.culprit {
            let at_s = format!("{} (seed {})", run.reached, seeds[place]);
            return Err(RunError::Stuck { at_s, culprit });
        }
        // Of half a run nothing is known.
        if run.reason != EndReason::Interrupted {
            over(place, left)?;
        }
    }
}

impl Worlds {
    /// Runs these points with these seeds, so many at a time, and hands on what is left of each with its place among them,
    /// whichever ends first.
    pub(super) async fn run(
        &self,
        wanted: &[(usize, u64)],
        (jobs, whole): (usize, bool),
        progress: &Progress,
        interrupt: &Interrupt,
        over: impl FnMut(usize, Left) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let seeds: Vec<u64> = wanted.iter().map(|(_, seed)| *seed).collect();
        let one = |place: usize, stops| self.one(wanted[place], whole, stops);
        at_once(&seeds, jobs, (progress, interrupt), one, over).await
    }

    /// A run, for a thread of its own.
    fn one(
        &self,
        (point, seed): (usize, u64),
        whole: bool,
        stops: Stops,
    ) -> impl FnOnce() -> (Left, Run) + use<> {
        let (plan, until) = (Arc::clone(&self.plans[point]), self.until);
        move || {
            let (document, run) = runner::measured(&plan, seed, until, &mut Taps::default(), stops);
            let tables = RunTables::of(&document, point);
            let summary = || RunSummary::from_tables(&tables).expect("a run says what is summed up");
            let left = if whole { Left::Line(tables.to_line()) } else { Left::Summary(summary()) };
            (left, run)
        }
    }

    /// How long a run of a point is.
    pub(super) fn horizon(&self, point: usize) -> u128 {
        let plan = &self.plans[point];
        self.until.unwrap_or(plan.duration).min(plan.duration).as_nanos().into()
    }
}

impl Runs<'_> {
    /// Runs those that are not over, so many at a time, and gives what is left of each to the sweep in their order, whichever
    /// ends first.
    pub(super) async fn run(
        self,
        jobs: usize,
        over: &mut Over,
        interrupt: &Interrupt,
    ) -> Result<Sweep, RunError> {
        let all = self.manifest.runs();
        let worlds = Worlds { plans: self.plans, until: self.manifest.until };
        let points = self.manifest.points();
        let point = |number: u64| usize::try_from(number % points).expect("as many as there are plans");
        let missing: Vec<u64> = (0..all).filter(|number| !over.has(*number)).collect();
        let wanted: Vec<(usize, u64)> = missing
            .iter()
            .map(|number| (point(*number), self.manifest.info.from + number / points))
            .collect();
        let before = all - missing.len() as u64;
        let mut sweep = Sweep::new(self.manifest.info.clone());
        let horizons = wanted.iter().map(|(point, _)| worlds.horizon(*point)).sum();
        let progress = Progress::of_runs(&worlds.plans[0].name, horizons);
        let (mut ended, mut taken) = (0, 0);
        let mut take = |over: &mut Over, ended: u64| -> Result<(), RunError> {
            while let Some(summary) = over.next(taken)? {
                sweep.take(point(taken), summary);
                taken += 1;
            }
            progress.runs(before + ended, all);
            Ok(())
        };
        take(over, ended)?;
        let whole = !matches!(over, Over::Memory(_));
        worlds
            .run(&wanted, (jobs, whole), &progress, interrupt, |place, left| {
                over.add(missing[place], left)?;
                ended += 1;
                take(over, ended)
            })
            .await?;
        let wall = progress.done();
        let before = if before > 0 { format!(", {before} were there") } else { String::new() };
        output::talk(&format!("{}{before}", ran(ended, jobs, wall)));
        Ok(sweep)
    }
}

//! `test`: the only judge of objectives.

mod goldens;
mod objective;
mod outputs;
mod seeds;
mod single_faults;

use self::goldens::Goldens;
use self::objective::Judged;

use super::loaded;
use crate::args::{ScenarioArgs, TestArgs};
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::runner::{self, Also, RunError};
use crate::{Exit, output};
use cloudsim_measures::{RunDocument, Verdict};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{Location, Seeds};
use cloudsim_units::SimDuration;
use std::collections::VecDeque;
use std::path::Path;
use tokio::task::JoinSet;

/// What came of a file.
#[derive(Debug)]
struct Tested {
    /// As it was given.
    file: String,
    /// The fault that stood in place of its own, as `--fault` names it.
    fault: Option<String>,
    exit: Exit,
    /// What was run; of half a run nothing is known.
    subject: Option<Subject>,
    /// What had to hold, in the order of the scenario.
    objectives: Vec<Judged>,
    /// What was kept of it before.
    golden: Option<Judged>,
    /// Why nothing was run.
    problem: Option<String>,
}

/// What was run of a file.
#[derive(Debug)]
enum Subject {
    Run(Box<RunDocument>),
    Seeds { scenario: String, seeds: Seeds },
}

impl Tested {
    fn without_a_run(file: String, exit: Exit, problem: impl Into<String>) -> Self {
        let problem = Some(problem.into());
        Self { file, fault: None, exit, subject: None, objectives: Vec::new(), golden: None, problem }
    }

    /// All that it was judged by.
    fn judged(&self) -> impl Iterator<Item = &Judged> {
        self.objectives.iter().chain(&self.golden)
    }

    fn scenario(&self) -> Option<&str> {
        match self.subject.as_ref()? {
            Subject::Run(document) => Some(&document.scenario),
            Subject::Seeds { scenario, .. } => Some(scenario),
        }
    }

    /// What was measured of a single run.
    fn document(&self) -> Option<&RunDocument> {
        match self.subject.as_ref()? {
            Subject::Run(document) => Some(document),
            Subject::Seeds { .. } => None,
        }
    }

    /// The scenario by name, with the fault that stood in place of its own.
    fn title(&self) -> String {
        let name = self.scenario().unwrap_or(&self.file);
        self.fault.as_ref().map_or(name.to_owned(), |fault| format!("{name} {fault}"))
    }
}

/// What is to be run.
enum Case {
    /// A file as it is.
    File(String),
    /// A file that cannot be run.
    Unread(Box<Tested>),
    /// A scenario with one fault in place of its own.
    Single(Box<single_faults::Single>),
}

impl Case {
    fn file(&self) -> Option<&str> {
        match self {
            Self::File(file) => Some(file),
            Self::Unread(_) | Self::Single(_) => None,
        }
    }
}

pub(crate) async fn test(args: TestArgs) -> Result<Exit, RunError> {
    let interrupt = Interrupt::listen();
    let cases = match cases(&args) {
        Ok(cases) => cases,
        Err(exit) => return Ok(exit),
    };
    let files = cases.iter().filter_map(Case::file);
    let goldens = match Goldens::of(&args.golden, files) {
        Ok(goldens) => goldens,
        Err(exit) => return Ok(exit),
    };
    let (tested, left) = match args.seeds {
        None => at_once(cases, goldens.as_ref(), &args, &interrupt).await?,
        Some(seeds) => one_by_one(cases, seeds, &args, &interrupt).await?,
    };
    outputs::print(&tested, left, args.output)?;
    Ok(Exit::worst(tested.iter().map(|of| of.exit)))
}

/// Whether no more is run after what has come of that.
fn is_last(tested: &Tested, args: &TestArgs) -> bool {
    args.fail_fast && !matches!(tested.exit, Exit::Fine | Exit::Inconclusive)
}

/// Each case with many seeds, which are several at a time; and how many were not run.
async fn one_by_one(
    cases: Vec<Case>,
    seeds: Seeds,
    args: &TestArgs,
    interrupt: &Interrupt,
) -> Result<(Vec<Tested>, usize), RunError> {
    let (all, mut tested) = (cases.len(), Vec::new());
    for case in cases {
        if interrupt.happened() || tested.last().is_some_and(|last| is_last(last, args)) {
            break;
        }
        let Case::File(file) = case else { unreachable!("single faults have one seed") };
        tested.push(match loaded(&file, &args.scenario.overrides()) {
            Ok(loaded) => seeds::tested(file, loaded, seeds, args, interrupt).await?,
            Err(exit) => unread(file, exit),
        });
    }
    let left = all - tested.len();
    Ok((tested, left))
}

/// Several cases at a time; what came of them in their order, and how many were not run.
async fn at_once(
    cases: Vec<Case>,
    goldens: Option<&Goldens>,
    args: &TestArgs,
    interrupt: &Interrupt,
) -> Result<(Vec<Tested>, usize), RunError> {
    let mut waiting: VecDeque<(usize, Case)> = cases.into_iter().enumerate().collect();
    let mut tested: Vec<(usize, Tested)> = Vec::new();
    let mut going = JoinSet::new();
    loop {
        let stops = interrupt.happened() || tested.iter().any(|(_, of)| is_last(of, args));
        while !stops && going.len() < args.at_once.jobs() {
            let Some((place, case)) = waiting.pop_front() else { break };
            let (scenario, goldens) = (args.scenario.clone(), goldens.cloned());
            let interrupt = interrupt.clone();
            going.spawn(async move { (place, one(case, &scenario, goldens.as_ref(), &interrupt).await) });
        }
        match going.join_next().await {
            Some(ended) => {
                let (place, ended) = ended.expect("a run does not panic");
                tested.push((place, ended?));
            }
            None => break,
        }
    }
    tested.sort_by_key(|(place, _)| *place);
    Ok((tested.into_iter().map(|(_, tested)| tested).collect(), waiting.len()))
}

/// Runs one case and judges it.
async fn one(
    case: Case,
    scenario: &ScenarioArgs,
    goldens: Option<&Goldens>,
    interrupt: &Interrupt,
) -> Result<Tested, RunError> {
    match case {
        Case::Unread(tested) => Ok(*tested),
        Case::Single(single) => single.tested(scenario.until, interrupt).await,
        Case::File(file) => {
            let loaded = match loaded(&file, &scenario.overrides()) {
                Ok(loaded) => loaded,
                Err(exit) => return Ok(unread(file, exit)),
            };
            let places = loaded.objectives();
            let mut tested = judged(file, loaded.plan, places, scenario.until, interrupt).await?;
            if let (Some(goldens), Some(document)) = (goldens, tested.document()) {
                tested.golden = Some(goldens.judged(&tested.file, document, scenario)?);
                tested.exit = exit_of(tested.judged());
            }
            Ok(tested)
        }
    }
}

fn unread(file: String, exit: Exit) -> Tested {
    Tested::without_a_run(file, exit, "the scenario cannot be run")
}

/// Runs a plan of a file and judges it.
async fn judged(
    file: String,
    plan: Plan,
    places: Vec<Location>,
    until: Option<SimDuration>,
    interrupt: &Interrupt,
) -> Result<Tested, RunError> {
    let document = match runner::run(plan, until, Also::default(), interrupt).await {
        Ok(ran) => ran.document,
        Err(problem) => return stuck(file, problem),
    };
    if document.interrupted {
        return Ok(Tested::without_a_run(file, Exit::Interrupted, "interrupted"));
    }
    let objectives: Vec<Judged> =
        document.objectives.iter().zip(places).map(|(of, place)| Judged::of(of, place)).collect();
    let exit = exit_of(objectives.iter());
    let subject = Some(Subject::Run(Box::new(document)));
    Ok(Tested { file, fault: None, exit, subject, objectives, golden: None, problem: None })
}

/// A run that makes no progress is a result; that the program cannot go on is none.
fn stuck(file: String, problem: RunError) -> Result<Tested, RunError> {
    let RunError::Stuck { .. } = problem else { return Err(problem) };
    output::error(&problem.to_string());
    Ok(Tested::without_a_run(file, Exit::Failed, problem.to_string()))
}

fn exit_of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Exit {
    let verdicts: Vec<Verdict> = judged.map(|of| of.verdict).collect();
    if verdicts.iter().any(|verdict| verdict.is_failure()) {
        Exit::Breached
    } else if verdicts.is_empty() || verdicts.contains(&Verdict::Inconclusive) {
        Exit::Inconclusive
    } else {
        Exit::Fine
    }
}

/// What is to be run, in order; of a shard every so-manieth.
fn cases(args: &TestArgs) -> Result<Vec<Case>, Exit> {
    let files = files(args)?;
    let all = match &args.every_single_fault {
        None => files.into_iter().map(Case::File).collect(),
        Some(when) => {
            let mut all = Vec::new();
            for file in files {
                match loaded(&file, &args.scenario.overrides()) {
                    Ok(loaded) => all.extend(single_faults::of(&file, loaded, *when, args.scenario.until)?),
                    Err(exit) => all.push(Case::Unread(Box::new(unread(file, exit)))),
                }
            }
            all
        }
    };
    let Some((shard, shards)) = args.shard else { return Ok(all) };
    Ok(all.into_iter().skip(shard - 1).step_by(shards).collect())
}

/// The files that are meant, in order: what a pattern finds by name, each once.
fn files(args: &TestArgs) -> Result<Vec<String>, Exit> {
    let mut files: Vec<String> = Vec::new();
    for given in &args.files {
        let is_pattern = given.contains(['*', '?', '[']) && !Path::new(given).exists();
        let found = if is_pattern { matching(given)? } else { vec![given.clone()] };
        for file in found {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn matching(pattern: &str) -> Result<Vec<String>, Exit> {
    let found = glob::glob(pattern).map(|paths| {
        let mut paths: Vec<String> =
            paths.filter_map(Result::ok).map(|path| path.display().to_string()).collect();
        paths.sort();
        paths
    });
    match found {
        Ok(paths) if !paths.is_empty() => Ok(paths),
        Ok(_) => Err(super::refuse(
            &format!("{} finds no file", quoted(pattern)),
            "a pattern is one of paths, as in 'scenarios/*.ron'",
        )),
        Err(problem) => {
            Err(super::refuse(&format!("{}: {problem}", quoted(pattern)), "write `*`, `?` or `[a-z]`"))
        }
    }
}

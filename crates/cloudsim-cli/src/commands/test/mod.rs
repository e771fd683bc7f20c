//! `test`: the only judge of objectives.

mod outputs;

use super::loaded;
use crate::args::TestArgs;
use crate::interrupt::Interrupt;
use crate::output::quoted;
use crate::runner::{self, Also, RunError};
use crate::{Exit, output};
use cloudsim_measures::RunDocument;
use cloudsim_scenario::Location;
use std::collections::VecDeque;
use std::path::Path;
use tokio::task::JoinSet;

/// What came of a file.
#[derive(Debug)]
struct Tested {
    /// As it was given.
    file: String,
    exit: Exit,
    /// Of half a run nothing is known.
    document: Option<RunDocument>,
    /// Where its objectives are written, in their order.
    places: Vec<Location>,
    /// Why there is no document.
    problem: Option<String>,
}

impl Tested {
    fn without_a_run(file: String, exit: Exit, problem: impl Into<String>) -> Self {
        Self { file, exit, document: None, places: Vec::new(), problem: Some(problem.into()) }
    }
}

pub(crate) async fn test(args: TestArgs) -> Result<Exit, RunError> {
    let interrupt = Interrupt::listen();
    let files = match files(&args) {
        Ok(files) => files,
        Err(exit) => return Ok(exit),
    };
    let mut waiting: VecDeque<(usize, String)> = files.into_iter().enumerate().collect();
    let mut tested: Vec<(usize, Tested)> = Vec::new();
    let mut going = JoinSet::new();
    loop {
        let stops = interrupt.happened()
            || args.fail_fast
                && tested.iter().any(|(_, of)| !matches!(of.exit, Exit::Fine | Exit::Inconclusive));
        while !stops && going.len() < args.at_once.jobs() {
            let Some((place, file)) = waiting.pop_front() else { break };
            let (scenario, interrupt) = (args.scenario.clone(), interrupt.clone());
            going.spawn(async move { (place, one(file, &scenario, &interrupt).await) });
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
    let tested: Vec<Tested> = tested.into_iter().map(|(_, tested)| tested).collect();
    outputs::print(&tested, waiting.len(), args.output)?;
    Ok(Exit::worst(tested.iter().map(|of| of.exit)))
}

/// Runs a file and judges it.
async fn one(
    file: String,
    scenario: &crate::args::ScenarioArgs,
    interrupt: &Interrupt,
) -> Result<Tested, RunError> {
    let loaded = match loaded(&file, &scenario.overrides()) {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(Tested::without_a_run(file, exit, "the scenario cannot be run")),
    };
    let places = loaded.objectives();
    let document = match runner::run(loaded.plan, scenario.until, Also::default(), interrupt).await {
        Ok(ran) => ran.document,
        Err(problem @ RunError::Stuck { .. }) => {
            output::error(&problem.to_string());
            return Ok(Tested::without_a_run(file, Exit::Failed, problem.to_string()));
        }
        Err(problem) => return Err(problem),
    };
    if document.interrupted {
        return Ok(Tested::without_a_run(file, Exit::Interrupted, "interrupted"));
    }
    let exit = if document.has_failures() {
        Exit::Breached
    } else if document.is_inconclusive() {
        Exit::Inconclusive
    } else {
        Exit::Fine
    };
    Ok(Tested { file, exit, document: Some(document), places, problem: None })
}

/// The files that are meant, in order: what a pattern finds by name, each once, and of a shard every so-manieth.
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
    let Some((shard, shards)) = args.shard else { return Ok(files) };
    let mine = files.into_iter().enumerate().filter(|(place, _)| place % shards == shard - 1);
    Ok(mine.map(|(_, file)| file).collect())
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

//! One file per command.

pub(crate) mod check;
pub(crate) mod check_determinism;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod get;
mod gzip;
pub(crate) mod import;
pub(crate) mod inevitable;
pub(crate) mod init;
mod levers;
pub(crate) mod man;
pub(crate) mod optimize;
pub(crate) mod path;
pub(crate) mod replay;
pub(crate) mod report;
mod report_run;
pub(crate) mod run;
pub(crate) mod sched;
pub(crate) mod schema;
pub(crate) mod sweep;
pub(crate) mod test;
pub(crate) mod watch;
pub(crate) mod welcome;
pub(crate) mod why;
mod why_commit;
mod why_request;
mod why_service;
mod world;
pub(crate) mod years;

use crate::output::quoted;
use crate::{Exit, output};
use cloudsim_measures::Decider;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{DiskFiles, Loaded, Overrides, Problem, Problems, Severity, Sources, deciders, load};
use cloudsim_units::{Assumed, DurationDistribution};
use std::path::Path;

/// Says what cannot be done, and what can instead.
pub(crate) fn refuse(what: &str, hint: &str) -> Exit {
    output::error(what);
    output::talk(&format!("hint: {hint}"));
    Exit::Invalid
}

/// Refuses to write over a file of the scenario.
fn not_of(sources: &Sources, path: &Path, example: &str) -> Result<(), Exit> {
    let is_same =
        |one: &Path| matches!((one.canonicalize(), path.canonicalize()), (Ok(one), Ok(two)) if one == two);
    if sources.files().any(|source| is_same(Path::new(source))) {
        let what = format!("{} is a file of the scenario", quoted(&path.display().to_string()));
        return Err(refuse(&what, &format!("what is written has a file of its own, {example}")));
    }
    Ok(())
}

/// The value of an assumption in words, as short as can be.
pub(crate) fn value_of(value: Assumed) -> String {
    match value {
        Assumed::Span(span) => span.to_string(),
        Assumed::Distribution(DurationDistribution::LogNormal { median, .. }) => format!("median {median}"),
        Assumed::Distribution(of) => of.to_string(),
        Assumed::Size(size) => size.to_string(),
        Assumed::Count(count) => count.to_string(),
        Assumed::Share(share) => share.to_string(),
    }
}

/// What a scenario sets beside the settings that own phases, and what is constant.
fn known(plan: &Plan) -> Vec<Decider> {
    let known = deciders(plan).into_iter();
    known
        .map(|of| Decider {
            name: of.name,
            value: of.value,
            default: of.default,
            source: of.source.map(str::to_owned),
        })
        .collect()
}

/// The command that makes a run again, in words for a shell.
fn repro(file: &str, words: &[String]) -> String {
    let words: Vec<String> = [file].into_iter().chain(words.iter().map(String::as_str)).map(quoted).collect();
    format!("cloudsim run {}", words.join(" "))
}

/// Reads a scenario in order to run it; says everything that is wrong or doubtful about it.
fn plan_of(file: &str, overrides: &Overrides) -> Result<Plan, Exit> {
    let mut loaded = load_or_say(file, overrides)?;
    take_advice(&mut loaded);
    Ok(loaded.plan)
}

/// Says what is doubtful about a scenario, and how much advice there is.
fn loaded(file: &str, overrides: &Overrides) -> Result<Loaded, Exit> {
    let mut loaded = load_or_say(file, overrides)?;
    let advice = take_advice(&mut loaded);
    if advice > 0 {
        let pieces = if advice == 1 { "piece" } else { "pieces" };
        let flags =
            [("--set", &overrides.set), ("--fault", &overrides.faults), ("--do", &overrides.interventions)];
        let changed =
            flags.iter().flat_map(|(flag, values)| values.iter().map(move |value| [*flag, value.as_str()]));
        let words: Vec<String> = [file].into_iter().chain(changed.flatten()).map(quoted).collect();
        output::talk(&format!("{advice} {pieces} of advice; see `cloudsim check {}`", words.join(" ")));
    }
    Ok(loaded)
}

/// Says what is doubtful, and counts the rest, which is advice.
fn take_advice(loaded: &mut Loaded) -> usize {
    let warnings = std::mem::take(&mut loaded.warnings);
    let (advice, doubts): (Vec<Problem>, Vec<Problem>) =
        warnings.into_iter().partition(|problem| problem.severity == Severity::Advice);
    output::problems(&doubts, &loaded.sources);
    advice.len()
}

/// Reads a scenario; says everything that is wrong if it cannot be run.
fn load_or_say(file: &str, overrides: &Overrides) -> Result<Loaded, Exit> {
    said(file, load(&DiskFiles, file, overrides))
}

/// What was loaded; says everything that is wrong if it cannot be run.
fn said(file: &str, loaded: Result<Loaded, Problems>) -> Result<Loaded, Exit> {
    loaded.map_err(|refused| {
        output::problems(&refused.problems, &refused.sources);
        if refused.omitted > 0 {
            output::talk(&format!("… and {} more\n", refused.omitted));
        }
        let count = refused.omitted
            + refused.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        let noun = if count == 1 { "problem" } else { "problems" };
        output::error(&format!("{} cannot be run: {count} {noun}", quoted(file)));
        Exit::Invalid
    })
}

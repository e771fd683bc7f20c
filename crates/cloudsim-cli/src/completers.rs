//! How a line that somebody has begun to type may go on: scenarios, what stands in them, settings, faults, interventions,
//! codes.

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use cloudsim::{Cell, KINDS, Kind, Paused};
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::{
    DiskFiles, Overrides, complete_fault, complete_intervention, complete_set, fields, load, rules, shipped,
    shipped_scenarios,
};
use cloudsim_units::SimDuration;
use std::ffi::OsStr;
use std::path::Path;

/// Scenario files, and those that ship.
pub(crate) fn scenario(typed: &OsStr) -> Vec<CompletionCandidate> {
    let files = PathCompleter::any().filter(is_scenario_file).complete(typed);
    let typed = typed.to_string_lossy();
    let shipped = shipped_scenarios()
        .filter(|(name, _)| name.starts_with(&*typed))
        .map(|(name, about)| CompletionCandidate::new(name).help(Some(about.into())));
    files.into_iter().chain(shipped).collect()
}

/// `--set`: the next part of a setting of the scenario that stands on the line.
pub(crate) fn setting(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(file) = scenario_on_the_line() else { return Vec::new() };
    complete_set(&DiskFiles, &file, &typed.to_string_lossy()).into_iter().map(Into::into).collect()
}

/// `--fault`: a kind in short, then a target in the scenario that stands on the line.
pub(crate) fn fault(typed: &OsStr) -> Vec<CompletionCandidate> {
    let file = scenario_on_the_line().unwrap_or_default();
    complete_fault(&DiskFiles, &file, &typed.to_string_lossy()).into_iter().map(Into::into).collect()
}

/// `--do`: an action and a target in the scenario that stands on the line, once a time is typed.
pub(crate) fn intervention(typed: &OsStr) -> Vec<CompletionCandidate> {
    let file = scenario_on_the_line().unwrap_or_default();
    complete_intervention(&DiskFiles, &file, &typed.to_string_lossy()).into_iter().map(Into::into).collect()
}

/// The codes of problems, and the fields of the language.
pub(crate) fn explained(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let code = typed.to_uppercase();
    let codes = rules()
        .filter(|rule| rule.code.starts_with(&code))
        .map(|rule| CompletionCandidate::new(rule.code).help(Some(rule.title.into())));
    let fields = fields()
        .into_iter()
        .filter(|field| field.path.starts_with(&*typed))
        .map(|field| CompletionCandidate::new(field.path).help(Some(field.meaning.into())));
    codes.chain(fields).collect()
}

/// `get`: kinds, and after a `/` the names of that kind in the scenario that stands on the line.
pub(crate) fn things(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let (done, last) =
        typed.rsplit_once(',').map_or(("", &*typed), |(_, last)| (&typed[..typed.len() - last.len()], last));
    let found: Vec<String> = match last.split_once('/') {
        Some((word, _)) => {
            let names = Kind::of(word).map(|kind| names_of(&[kind])).unwrap_or_default();
            names.into_iter().map(|name| format!("{word}/{name}")).collect()
        }
        None => KINDS.iter().map(|kind| kind.plural).chain(["all"]).map(str::to_owned).collect(),
    };
    let found = found.into_iter().filter(|thing| thing.starts_with(last));
    found.map(|thing| format!("{done}{thing}").into()).collect()
}

/// `why`: kinds of subjects, and after a `/` the workloads and the pods of t = 0 in the scenario that stands on the line.
pub(crate) fn subjects(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let names = match typed.split_once('/') {
        Some(("apply", _)) => {
            workloads_on_the_line().into_iter().map(|name| format!("apply/{name}")).collect()
        }
        Some((word, _)) if Kind::of(word).is_some_and(|kind| kind.plural == "pods") => {
            let pods = Kind::of("pods").map(|kind| names_of(&[kind])).unwrap_or_default();
            pods.into_iter().map(|name| format!("{word}/{name}")).collect()
        }
        Some(("commit", _)) => commits_on_the_line(),
        Some(_) => Vec::new(),
        None => {
            let kinds = ["apply/", "pod/", "request/", "commit/"];
            services_on_the_line().chain(kinds.map(str::to_owned)).collect()
        }
    };
    names.into_iter().filter(|name| name.starts_with(&*typed)).map(Into::into).collect()
}

/// The services of the scenario on the line.
pub(crate) fn services(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    services_on_the_line().filter(|name| name.starts_with(&*typed)).map(Into::into).collect()
}

fn services_on_the_line() -> impl Iterator<Item = String> {
    plan_on_the_line().into_iter().flat_map(|plan| plan.services).map(|service| service.name)
}

/// What can be asked of commits: with several databases a name stands before it.
fn commits_on_the_line() -> Vec<String> {
    let databases = plan_on_the_line().map(|plan| plan.databases).unwrap_or_default();
    let of = |name: &str| [format!("commit/{name}/lost"), format!("commit/{name}/")];
    match databases.as_slice() {
        [_] => vec!["commit/lost".to_owned()],
        several => several.iter().flat_map(|database| of(&database.name)).collect(),
    }
}

/// The scenario on the line.
fn plan_on_the_line() -> Option<Plan> {
    let loaded = load(&DiskFiles, &scenario_on_the_line()?, &Overrides::default());
    loaded.ok().map(|loaded| loaded.plan)
}

/// The workloads of the scenario on the line.
fn workloads_on_the_line() -> Vec<String> {
    let clusters = plan_on_the_line().map(|plan| plan.clusters).unwrap_or_default();
    let all = clusters.iter().flat_map(|cluster| cluster.workloads.iter().map(move |of| (cluster, of)));
    all.map(|(cluster, of)| cluster.called(&of.workload.key)).collect()
}

/// `path`: what has an address at t = 0 in the scenario that stands on the line.
pub(crate) fn ends(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let ends = world_on_the_line().map(|paused| paused.ends()).unwrap_or_default();
    ends.into_iter().filter(|end| end.starts_with(&*typed)).map(Into::into).collect()
}

/// The names of all things of some kinds that stand at t = 0 in the scenario on the line.
fn names_of(kinds: &[&Kind]) -> Vec<String> {
    let Some(paused) = world_on_the_line() else { return Vec::new() };
    let tables = kinds.iter().map(|kind| paused.table(kind));
    let names = tables.flat_map(|table| table.rows).filter_map(|row| match row.into_iter().next() {
        Some(Cell::Text(name)) => Some(name),
        _ => None,
    });
    names.collect()
}

fn is_scenario_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ron")
}

/// The world at t = 0 of the scenario on the line.
fn world_on_the_line() -> Option<Paused> {
    let loaded = load(&DiskFiles, &scenario_on_the_line()?, &Overrides::default()).ok()?;
    Some(cloudsim::pause(&loaded.plan, loaded.plan.seed, SimDuration::ZERO, |_| false))
}

/// The first word of the line that names a scenario. The words follow `--`, as the scripts of all shells pass them.
fn scenario_on_the_line() -> Option<String> {
    let words = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .skip_while(|word| word != "--")
        .skip(2);
    let is_scenario =
        |word: &String| is_scenario_file(word.as_ref()) || shipped(&format!("{word}.ron")).is_some();
    words.into_iter().find(is_scenario)
}
